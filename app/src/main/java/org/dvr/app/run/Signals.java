package org.dvr.app.run;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Signals of the operating system. The JDK has them in a package that is supported, but that the compiler warns of; hence by reflection, in one place.
 */
public final class Signals {
    private Signals() {}

    /**
     * Has something done when a signal arrives, instead of what the JVM would do.
     *
     * @param name   without {@code SIG}, such as TERM
     * @param action runs on a thread of the JVM's
     */
    public static void on(final String name, final Runnable action) {
        try {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handler = Class.forName("sun.misc.SignalHandler");
            final InvocationHandler invocation = (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    action.run();
                }
                return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
            };
            signal.getMethod("handle", signal, handler)
                    .invoke(
                            null,
                            signal.getConstructor(String.class).newInstance(name),
                            Proxy.newProxyInstance(
                                    Signals.class.getClassLoader(), new Class<?>[] {handler}, invocation));
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("SIG" + name + " cannot be handled by this JVM", e);
        }
    }
}
