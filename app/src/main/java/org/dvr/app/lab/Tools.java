package org.dvr.app.lab;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs of the machine that the lab calls: finds them, runs them, and says in a line what they had to complain of. */
final class Tools {
    private static final long TIMEOUT_SECONDS = 60;
    private static final List<String> ALSO_LOOK_IN =
            List.of("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin");
    /** The Debian package of each tool that is not its own package. */
    private static final Map<String, String> PACKAGES = Map.ofEntries(
            Map.entry("ip", "iproute2"),
            Map.entry("bridge", "iproute2"),
            Map.entry("nft", "nftables"),
            Map.entry("ping", "iputils-ping"),
            Map.entry("sysctl", "procps"),
            Map.entry("setsid", "util-linux"),
            Map.entry("taskset", "util-linux"),
            Map.entry("renice", "bsdutils"),
            Map.entry("nping", "nmap"),
            Map.entry("tracepath", "iputils-tracepath"),
            Map.entry("stun", "stun-client"),
            Map.entry("stund", "stun-server"),
            Map.entry("ovs-vswitchd", "openvswitch-switch"),
            Map.entry("ovsdb-server", "openvswitch-switch"),
            Map.entry("ovsdb-tool", "openvswitch-common"),
            Map.entry("ovs-vsctl", "openvswitch-switch"),
            Map.entry("ovs-ofctl", "openvswitch-common"),
            Map.entry("env", "coreutils"));

    private Tools() {}

    /**
     * How a program ended.
     *
     * @param status its exit status
     * @param output what it printed, both streams as they came
     */
    record Outcome(int status, String output) {
        boolean isFine() {
            return status == 0;
        }
    }

    /**
     * Refuses where one of them is missing; names all that are, and the packages that have them.
     *
     * @param tools names of programs
     */
    static void require(final Collection<String> tools) {
        final List<String> missing =
                tools.stream().filter(tool -> find(tool) == null).toList();
        if (!missing.isEmpty()) {
            final Set<String> packages = new LinkedHashSet<>();
            missing.forEach(tool -> packages.add(PACKAGES.getOrDefault(tool, tool)));
            throw new LabException("not found: " + String.join(", ", missing) + "; install: apt-get install "
                    + String.join(" ", packages));
        }
    }

    /**
     * Refuses where a user runs us who may not make namespaces.
     *
     * @param command for the remedy, as {@code dvr lab up}
     */
    static void requireRoot(final String command) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            // "Uid: real effective saved filesystem", proc_pid_status(5)
            final boolean isRoot = lines.filter(line -> line.startsWith("Uid:"))
                    .anyMatch(line -> "0".equals(line.split("\\s+", -1)[2]));
            if (!isRoot) {
                throw new LabException("network namespaces take root; run: sudo ./" + command);
            }
        } catch (final IOException e) {
            throw new LabException("the lab needs Linux with /proc mounted", e);
        }
    }

    /**
     * Runs a program that must end well.
     *
     * @param command program and arguments
     * @return what it printed
     */
    static String run(final List<String> command) {
        return run(command, "");
    }

    static String run(final List<String> command, final String input) {
        final Outcome outcome = attempt(command, input);
        if (!outcome.isFine()) {
            throw new LabException(String.join(" ", command) + ": " + complaint(outcome));
        }
        return outcome.output();
    }

    /**
     * Runs a program that may fail.
     *
     * @param command program and arguments
     * @param input   what it reads
     * @return how it ended
     */
    static Outcome attempt(final List<String> command, final String input) {
        try {
            final Process process = new ProcessBuilder(resolve(command))
                    .redirectErrorStream(true)
                    .start();
            try (OutputStream sink = process.getOutputStream()) {
                sink.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (final IOException e) {
                // It did not want to read; what it prints says why.
            }
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new LabException(String.join(" ", command) + ": does not end");
            }
            return new Outcome(process.exitValue(), output);
        } catch (final IOException e) {
            throw new LabException(String.join(" ", command) + ": cannot be started: " + e.getMessage(), e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    /**
     * Starts a program that goes on.
     *
     * @param command program and arguments
     * @param log     where both its streams go; overwritten
     * @return the process
     */
    static Process start(final List<String> command, final Path log) {
        try {
            return new ProcessBuilder(resolve(command))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .redirectInput(new File("/dev/null"))
                    .start();
        } catch (final IOException e) {
            throw new LabException(String.join(" ", command) + ": cannot be started: " + e.getMessage(), e);
        }
    }

    private static List<String> resolve(final List<String> command) {
        final List<String> resolved = new ArrayList<>(command);
        final String program = find(command.getFirst());
        if (program != null) {
            resolved.set(0, program);
        }
        return resolved;
    }

    /** Where a program is, null where it is not. A user's PATH often lacks the folders of administrators' tools. */
    private static String find(final String tool) {
        if (tool.startsWith("/")) {
            return Files.isExecutable(Path.of(tool)) ? tool : null;
        }
        final List<String> folders =
                new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)));
        folders.addAll(ALSO_LOOK_IN);
        for (final String folder : folders) {
            final Path file = Path.of(folder, tool);
            if (!folder.isEmpty() && Files.isRegularFile(file) && Files.isExecutable(file)) {
                return file.toString();
            }
        }
        return null;
    }

    /** The first line that says something; tools put it first. */
    static String complaint(final Outcome outcome) {
        return outcome.output()
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("ended with status " + outcome.status());
    }
}
