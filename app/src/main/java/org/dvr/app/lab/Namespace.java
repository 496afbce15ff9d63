package org.dvr.app.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.dvr.dataplane.io.sys.NetworkNamespace;

/** A network namespace with a name: a machine of the lab, seen from its administrator's shell. */
final class Namespace {
    private static final Path FOLDER = Path.of("/run/netns");
    /** Quiet stacks: no IPv6 of their own accord, no redirects, no check of the way back. */
    private static final List<String> QUIET = List.of(
            "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1",
            "net.ipv4.conf.all.rp_filter=0",
            "net.ipv4.conf.default.rp_filter=0",
            "net.ipv4.conf.all.send_redirects=0",
            "net.ipv4.conf.default.send_redirects=0");
    /** There once the module br_netfilter is loaded, as Docker does: bridged frames would pass the rules of routers too. */
    private static final List<String> BRIDGES_ALONE = List.of(
            "net.bridge.bridge-nf-call-iptables=0",
            "net.bridge.bridge-nf-call-ip6tables=0",
            "net.bridge.bridge-nf-call-arptables=0");

    private final String name;

    private Namespace(final String name) {
        this.name = name;
    }

    /**
     * One that exists.
     *
     * @param name as {@code ip netns} lists it
     * @return the namespace
     */
    static Namespace named(final String name) {
        return new Namespace(name);
    }

    /**
     * Makes one, quiet and with its loopback up.
     *
     * @param name that does not exist yet
     * @return the namespace
     */
    static Namespace add(final String name) {
        Tools.run(List.of("ip", "netns", "add", name));
        final Namespace namespace = new Namespace(name);
        final List<String> settings = new ArrayList<>(QUIET);
        if (Files.isDirectory(Path.of("/proc/sys/net/bridge"))) {
            settings.addAll(BRIDGES_ALONE);
        }
        namespace.sysctl(settings.toArray(String[]::new));
        namespace.ip("link set lo up");
        return namespace;
    }

    /**
     * All of the machine.
     *
     * @param prefix of their names
     * @return names in order
     */
    static List<String> list(final String prefix) {
        return Tools.run(List.of("ip", "netns", "list"))
                .lines()
                .map(Namespace::firstWord)
                .filter(each -> each.startsWith(prefix))
                .sorted()
                .toList();
    }

    /** "NAME (id: 3)" */
    private static String firstWord(final String line) {
        final int end = line.indexOf(' ');
        return end < 0 ? line : line.substring(0, end);
    }

    String name() {
        return name;
    }

    /** {@return the processes in it} */
    List<ProcessHandle> processes() {
        final Tools.Outcome outcome = Tools.attempt(List.of("ip", "netns", "pids", name), "");
        return outcome.isFine()
                ? outcome.output()
                        .lines()
                        .map(line -> ProcessHandle.of(Long.parseLong(line.strip())))
                        .flatMap(java.util.Optional::stream)
                        .toList()
                : List.of();
    }

    /** Forgets the name; devices go when nobody is in it any more. */
    void remove() {
        Tools.run(List.of("ip", "netns", "del", name));
    }

    /**
     * Commands of {@code ip}, in one go.
     *
     * @param lines as {@code link set lo up}
     */
    void ip(final String... lines) {
        batch("ip", List.of(lines));
    }

    void ip(final List<String> lines) {
        batch("ip", lines);
    }

    /**
     * Commands of {@code bridge}, in one go.
     *
     * @param lines as {@code fdb append …}
     */
    void bridge(final List<String> lines) {
        batch("bridge", lines);
    }

    private void batch(final String tool, final List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        final Tools.Outcome outcome =
                Tools.attempt(List.of(tool, "-n", name, "-batch", "-"), String.join("\n", lines) + "\n");
        if (!outcome.isFine()) {
            throw new LabException(explain(tool, lines, outcome));
        }
    }

    /** "Command failed -:3": the third line. */
    private String explain(final String tool, final List<String> lines, final Tools.Outcome outcome) {
        String command = "-batch -";
        String complaint = "status " + outcome.status();
        for (final String line : outcome.output().lines().toList()) {
            if (line.startsWith("Command failed -:")) {
                command = lines.get(Integer.parseInt(line.substring(line.indexOf(':') + 1)) - 1);
                break;
            }
            if (!line.isBlank()) {
                complaint = line;
            }
        }
        return tool + " -n " + name + " " + command + ": " + complaint;
    }

    /**
     * Settings of its stack.
     *
     * @param settings as {@code net.ipv4.ip_forward=1}
     */
    void sysctl(final String... settings) {
        final List<String> command = new ArrayList<>(List.of("sysctl", "-qw"));
        command.addAll(List.of(settings));
        run(command.toArray(String[]::new));
    }

    /**
     * Rules of its packet filter.
     *
     * @param rules a file of {@code nft}
     */
    void nft(final String rules) {
        Tools.run(within("nft", "-f", "-"), rules);
    }

    /**
     * Runs a program in it that must end well.
     *
     * @param command program and arguments
     * @return what it printed
     */
    String run(final String... command) {
        return Tools.run(within(command));
    }

    /**
     * Runs a program in it that may fail.
     *
     * @param command program and arguments
     * @return how it ended
     */
    Tools.Outcome attempt(final String... command) {
        return Tools.attempt(within(command), "");
    }

    /**
     * The command line that runs a program in it.
     *
     * @param command program and arguments
     * @return what an administrator would type
     */
    List<String> within(final String... command) {
        final List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", name));
        line.addAll(List.of(command));
        return line;
    }

    /**
     * Does work of this process in it, on a thread of its own; sockets that the work opens stay there.
     *
     * @param work what to do
     * @param <T>  what it answers with
     * @return what the work answers with
     * @throws IOException when the work fails
     */
    <T> T call(final Callable<T> work) throws IOException {
        try {
            return NetworkNamespace.call(FOLDER.resolve(name), work);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
