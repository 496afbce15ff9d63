package org.dvr.dataplane.io.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dvr.dataplane.io.sys.Libc;

/**
 * A network namespace without a name: a thread lives in it, commands are started from there, and it goes with the thread, whatever becomes of the test.
 */
final class Namespace implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final long PATIENCE_SECONDS = 30;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Path path;

    private Namespace() throws Exception {
        path = call(() -> {
            if (new Libc().unshare(CLONE_NEWNET) != 0) {
                return null;
            }
            return Path.of("/proc")
                    .resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")))
                    .resolve("ns/net");
        });
    }

    /** {@return a new one; the test is skipped, with the reason printed, where that is not possible} */
    static Namespace open() throws Exception {
        final Namespace namespace = new Namespace();
        String reason = null;
        if (namespace.path == null) {
            reason = "not root, or no network namespaces here";
        } else if (!Files.isExecutable(Path.of("/usr/sbin/ip")) && !Files.isExecutable(Path.of("/sbin/ip"))) {
            reason = "not installed: ip";
        }
        if (reason != null) {
            namespace.close();
            System.out.println("skipped: " + reason);
            abort(reason);
        }
        namespace.ip("link set lo up");
        return namespace;
    }

    /** Does something in it. */
    <T> T call(final Callable<T> task) throws Exception {
        try {
            return thread.submit(task).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        } catch (final TimeoutException e) {
            throw new IOException("did not end within " + PATIENCE_SECONDS + " s", e);
        }
    }

    /** Runs {@code ip} in it. */
    void ip(final String arguments) throws Exception {
        run(("ip " + arguments).split(" "));
    }

    /** Runs many {@code ip} commands at once. */
    void ipBatch(final String commands) throws Exception {
        final Path file = Files.createTempFile("dvr-ip", ".batch");
        try {
            Files.writeString(file, commands);
            run("ip", "-batch", file.toString());
        } finally {
            Files.delete(file);
        }
    }

    /** Runs a command in it; {@return what it prints}. */
    String run(final String... command) throws Exception {
        return call(() -> {
            final List<String> words = new ArrayList<>(Arrays.asList(command));
            final ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
            builder.environment().merge("PATH", "/usr/sbin:/sbin", (old, more) -> old + ":" + more);
            final Process process = builder.start();
            process.getOutputStream().close();
            final String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", words) + ": " + output);
            }
            return output;
        });
    }

    /** Where it can be found while it lives, for {@code ip link set ... netns}. */
    Path path() {
        return path;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
