package org.dvr.dataplane.io.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.dvr.dataplane.io.sys.Libc;

/** Network namespaces of one test, named after this process; removed with all that is in them when closed. */
public final class Namespaces implements AutoCloseable {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final long SYS_SETNS = "aarch64".equals(System.getProperty("os.arch")) ? 268 : 308;
    private static final int CLONE_NEWNET = 0x4000_0000;

    private final List<String> names = new ArrayList<>();

    /** Skips the test where it cannot be done. */
    public static void skipUnlessPossible() throws Exception {
        final Process probe = new ProcessBuilder("unshare", "--net", "ip", "link", "show")
                .redirectErrorStream(true)
                .start();
        probe.getInputStream().readAllBytes();
        if (probe.waitFor() != 0) {
            final String reason = "not root, or no network namespaces here";
            System.out.println("skipped: " + reason);
            abort(reason);
        }
    }

    /** Makes a namespace whose loopback is up and whose IPv6 keeps quiet unless asked; answers its name. */
    public String add() throws Exception {
        final String name = "dvrt" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet();
        run("ip", "netns", "add", name);
        names.add(name);
        in(name, "ip link set lo up");
        in(name, "sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.accept_dad=0");
        return name;
    }

    /** Runs a command with blanks between its words inside a namespace; answers what it prints. */
    public String in(final String namespace, final String command) throws Exception {
        return run(("ip netns exec " + namespace + " " + command).split(" ", -1));
    }

    /** Ties two namespaces by a veth pair and brings it up; behind a device's name may be more of what {@code ip link} takes. */
    public void veth(final String first, final String firstDevice, final String second, final String secondDevice)
            throws Exception {
        final String command = "ip link add netns " + first + " name " + firstDevice + " type veth peer netns " + second
                + " name " + secondDevice;
        run(command.split(" ", -1));
        in(first, "ip link set " + firstDevice.split(" ", 2)[0] + " up");
        in(second, "ip link set " + secondDevice.split(" ", 2)[0] + " up");
    }

    /** Index of a device inside a namespace. */
    public int index(final String namespace, final String device) throws Exception {
        return inside(namespace, () -> NetworkInterface.getByName(device).getIndex());
    }

    /** Runs code on a thread that is inside a namespace; what it opens stays there. */
    public <T> T inside(final String namespace, final Callable<T> action) throws Exception {
        final FutureTask<T> task = new FutureTask<>(() -> {
            enter(namespace);
            return action.call();
        });
        Thread.ofPlatform().start(task);
        try {
            return task.get();
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static void enter(final String namespace) throws IOException {
        final Libc libc = new Libc();
        try (Arena arena = Arena.ofConfined()) {
            final int fd = libc.open(
                    arena.allocateFrom(Path.of("/run/netns", namespace).toString())
                            .address(),
                    0,
                    0);
            if (fd < 0 || libc.syscall(SYS_SETNS, fd, CLONE_NEWNET, 0) < 0) {
                throw new IOException("cannot enter " + namespace + ": " + libc.error());
            }
            libc.close(fd);
        }
    }

    private static String run(final String... command) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        for (final String name : names) {
            run("ip", "netns", "del", name);
        }
    }
}
