package org.dvr.dataplane.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.sys.Libc;

/** A network namespace of a test's own, with devices that go when it is closed. */
public final class Namespace implements AutoCloseable {
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final long SETNS = System.getProperty("os.arch").equals("aarch64") ? 268 : 308;
    private static final long CAPGET = System.getProperty("os.arch").equals("aarch64") ? 90 : 125;
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final long COMMAND_SECONDS = 60;

    private final String name;

    /** Makes it, without devices but for the loopback one. */
    public Namespace() {
        name = "dvr-test-" + ProcessHandle.current().pid() + "-" + NUMBERS.incrementAndGet();
        run("ip", "netns", "add", name);
        inside("ip", "link", "set", "lo", "up");
        // No frame leaves a device that a test has not asked for.
        inside("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
    }

    /** Skips the test, with a reason, where no namespaces can be made. */
    public static void skipUnlessPossible() {
        if (!System.getProperty("user.name").equals("root")) {
            abort("skipped: needs root, for network namespaces");
        }
        for (final String tool : List.of("ip", "sysctl", "ping", "ethtool")) {
            if (Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1))
                    .noneMatch(folder -> Files.isExecutable(Path.of(folder, tool)))) {
                abort("skipped: needs " + tool);
            }
        }
    }

    public String name() {
        return name;
    }

    /**
     * Makes a pair of devices, up, one of them elsewhere.
     *
     * @param device of this namespace
     * @param other where its peer is, maybe this one too
     * @param peer its peer's name
     */
    public void pair(final String device, final Namespace other, final String peer) {
        inside("ip", "link", "add", device, "type", "veth", "peer", "name", peer, "netns", other.name);
        inside("ip", "link", "set", device, "up");
        other.inside("ip", "link", "set", peer, "up");
    }

    /**
     * @param command what to run here; it must succeed
     * @return what it prints
     */
    public String inside(final String... command) {
        final List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
        whole.addAll(List.of(command));
        return run(whole.toArray(String[]::new));
    }

    private static String run(final String... command) {
        try {
            final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
            final Process process = builder.start();
            process.getOutputStream().close();
            final CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process));
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output.join());
            return output.join();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String read(final Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts something on a thread of its own whose sockets are of this namespace.
     *
     * @param action what to do
     * @return what it will answer
     */
    public <T> CompletableFuture<T> start(final Callable<T> action) {
        final CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                enter();
                result.complete(action.call());
            } catch (final Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /**
     * Does something on a thread whose sockets are of this namespace.
     *
     * @param action what to do
     * @return what it answers
     */
    public <T> T call(final Callable<T> action) throws Exception {
        return start(action).get(COMMAND_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Takes a privilege from the calling thread: one that {@link #start} or {@link #call} has made.
     *
     * @param capability number, below 64
     */
    public static void giveUp(final int capability) {
        final Libc libc = new Libc();
        final UnsafeBuffer header = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));
        final UnsafeBuffer data = new UnsafeBuffer(BufferUtil.allocateDirectAligned(24, 8));
        header.putInt(0, CAPABILITY_VERSION_3);
        assertEquals(0, libc.syscall(CAPGET, header.addressOffset(), data.addressOffset(), 0), libc::error);
        final int effective = capability / Integer.SIZE * 12;
        data.putInt(effective, data.getInt(effective) & ~(1 << capability));
        assertEquals(0, libc.syscall(CAPGET + 1, header.addressOffset(), data.addressOffset(), 0), libc::error);
    }

    private void enter() {
        final Libc libc = new Libc();
        final byte[] path = ("/run/netns/" + name + "\0").getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer text = new UnsafeBuffer(BufferUtil.allocateDirectAligned(path.length, 8));
        text.putBytes(0, path);
        final int fd = libc.open(text.addressOffset(), 0, 0);
        assertTrue(fd >= 0, libc::error);
        assertEquals(0, libc.syscall(SETNS, fd, CLONE_NEWNET, 0), libc::error);
        libc.close(fd);
    }

    @Override
    public void close() {
        run("ip", "netns", "delete", name);
    }
}
