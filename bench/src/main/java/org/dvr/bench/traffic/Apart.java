package org.dvr.bench.traffic;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;

/**
 * Verifies with classes loaded once more. The verification tells stories, takes frames one by one and allocates: what the JVM would learn of that,
 * and compile into the code that is measured, costs 25 ns a packet. Other classes, other profiles. (Behind the measurement is no
 * place for it either: JMH counts a trial's teardown into what the last iteration allocates.)
 */
public final class Apart {
    private Apart() {}

    /**
     * Has a new instance of a state verify what leaves.
     *
     * @param type state whose output is verified: it has a public constructor without arguments, and a public method {@code verifyRig(int)}
     * @param size its argument: how many flows, or what else varies
     * @throws IllegalStateException when it is not as it should be
     */
    public static void verify(final Class<?> type, final int size) {
        try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            final Class<?> copy = loader.loadClass(type.getName());
            final Object path = copy.getDeclaredConstructor().newInstance();
            copy.getMethod("verifyRig", int.class).invoke(path, size);
        } catch (final ReflectiveOperationException | IOException e) {
            throw new IllegalStateException("output of " + type.getSimpleName() + " is not verified", e);
        }
    }

    private static URL[] classPath() throws MalformedURLException {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            urls.add(new File(entry).toURI().toURL());
        }
        return urls.toArray(URL[]::new);
    }
}
