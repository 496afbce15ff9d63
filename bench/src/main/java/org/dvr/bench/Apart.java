package org.dvr.bench;

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
final class Apart {
    private Apart() {}

    /**
     * @param type state whose output is verified
     * @param flows how many
     * @throws IllegalStateException when it is not as it should be
     */
    static void verify(final Class<? extends PipelineBenchmark.Path> type, final int flows) {
        try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            final Class<?> copy = loader.loadClass(type.getName());
            final Object path = copy.getDeclaredConstructor().newInstance();
            copy.getMethod("verifyRig", int.class).invoke(path, flows);
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
