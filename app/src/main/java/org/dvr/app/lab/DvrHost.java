package org.dvr.app.lab;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.dvr.app.lab.Cast.Host;

/** A host whose forwarder is {@code dvr run}: this program once more, in the host's namespace. */
final class DvrHost {
    private static final String READY = "ready";
    private static final long READY_TIMEOUT_MS = 30_000;
    private static final long STOP_TIMEOUT_SECONDS = 10;
    private static final long POLL_MS = 20;

    private final Host host;
    private final List<String> command;
    private final Path log;
    private Process process;

    /**
     * A host that does not run yet.
     *
     * @param lab     where its namespace and wires are
     * @param host    which one
     * @param io      {@code afpacket}, {@code afxdp} or {@code pcap}
     * @param options {@code K=V} each
     */
    DvrHost(final Lab lab, final Host host, final String io, final List<String> options) {
        this.host = host;
        final List<String> run = new ArrayList<>(self());
        // What the collector does is part of what a lab shows; the file goes with the lab's folder.
        run.add(1, "-Xlog:gc*:file=" + gcLog(lab, host) + ":uptime:filecount=0");
        run.addAll(List.of("run", "--topology", lab.file(Lab.TOPOLOGY).toString(), "--host", host.name(), "--io", io));
        run.addAll(List.of("--run-dir", lab.runFolder(host).toString()));
        run.addAll(List.of("--option", "metadata_agent=127.0.0.1:" + Metadata.AGENT_PORT));
        options.forEach(option -> run.addAll(List.of("--option", option)));
        // A session of its own: it outlives the terminal from which the lab was started.
        command = new ArrayList<>(List.of("setsid"));
        command.addAll(lab.host(host).within(run.toArray(String[]::new)));
        log = lab.file(host.name() + ".log");
    }

    /** {@return where its collector writes what it does} */
    static Path gcLog(final Lab lab, final Host host) {
        return lab.file(host.name() + ".gc.log");
    }

    /** The command line of this very program, so that no launcher builds or waits for a build. */
    static List<String> self() {
        final Optional<String> java = ProcessHandle.current().info().command();
        final List<String> self = new ArrayList<>();
        self.add(java.orElse(
                Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        self.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        final List<String> classPath = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            classPath.add(Path.of(entry).toAbsolutePath().toString());
        }
        self.addAll(List.of("-cp", String.join(File.pathSeparator, classPath), "org.dvr.app.Main"));
        return self;
    }

    Host host() {
        return host;
    }

    /** {@return its process id} */
    long pid() {
        return process.pid();
    }

    /** {@return where what it prints goes} */
    Path log() {
        return log;
    }

    void start() {
        process = Tools.start(command, log);
    }

    /** Waits until it says that it forwards. */
    void awaitReady() {
        final long deadline = System.nanoTime() + READY_TIMEOUT_MS * 1_000_000;
        while (System.nanoTime() < deadline) {
            if (isReady()) {
                return;
            }
            if (!process.isAlive()) {
                throw new LabException(
                        "dvr run of " + host.name() + " ended with status " + process.exitValue() + ": " + lastLine());
            }
            Pause.ms(POLL_MS);
        }
        throw new LabException(
                "dvr run of " + host.name() + " is not ready after " + READY_TIMEOUT_MS / 1_000 + " s: " + lastLine());
    }

    private boolean isReady() {
        return lines().stream().anyMatch(line -> line.startsWith(READY));
    }

    /** Its complaint, or the last thing it said. */
    private String lastLine() {
        final List<String> lines = lines();
        final String last = lines.isEmpty() ? "it says nothing" : lines.getLast();
        return lines.stream()
                .filter(line -> line.startsWith("dvr: "))
                .reduce((one, other) -> other)
                .map(line -> line.substring("dvr: ".length()))
                .orElse(last);
    }

    private List<String> lines() {
        try {
            return Files.exists(log) ? Files.readAllLines(log) : List.of();
        } catch (final java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Ends it as a crash would: it can write nothing any more. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    /**
     * Whether it has said something since it started.
     *
     * @param text part of a line
     * @return true when a line of its log has it
     */
    boolean hasSaid(final String text) {
        return lines().stream().anyMatch(line -> line.contains(text));
    }

    /** Asks it to end, and makes it when it does not. */
    void stop() {
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
