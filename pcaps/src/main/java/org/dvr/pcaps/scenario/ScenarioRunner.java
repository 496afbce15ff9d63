package org.dvr.pcaps.scenario;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.dvr.pcaps.port.CaptureFolder;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.Replay;
import org.dvr.pcaps.replay.ReplayException;

/** Runs scenario folders: replays the inputs and compares what leaves, or makes what leaves the expectation. */
public final class ScenarioRunner {
    private final boolean isUpdate;

    /**
     * A runner.
     *
     * @param isUpdate rewrites {@code out/} and {@code counters.json} instead of comparing; not where conservation fails
     */
    public ScenarioRunner(final boolean isUpdate) {
        this.isUpdate = isUpdate;
    }

    /**
     * Runs a scenario.
     *
     * @param scenario as read
     * @return what came of it
     * @throws ReplayException  when it cannot be run
     */
    public ScenarioResult run(final Scenario scenario) {
        final HostTopology topology = scenario.loadTopology();
        try {
            final Path folder = Files.createTempDirectory("dvr-replay");
            try {
                return run(scenario, topology, folder);
            } finally {
                remove(folder);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ScenarioResult run(final Scenario scenario, final HostTopology topology, final Path folder)
            throws IOException {
        final Replay replay;
        try (CaptureFolder out = new CaptureFolder(folder, topology.attachmentNames())) {
            replay = new Replay(topology, scenario.options(), scenario.inputs(), out);
            replay.settle(scenario.settleNs());
            replay.run();
        }
        final List<String> notes = new ArrayList<>(topology.warnings());
        if (replay.undelivered() > 0) {
            notes.add(replay.undelivered()
                    + " frames arrived at attachment points that the host does not have at that time: not delivered");
        }
        final List<String> differences = new ArrayList<>();
        final ObjectNode counters = replay.counters();
        if (replay.imbalance() != 0) {
            differences.add("conservation: received + generated + flooded - sent - dropped - consumed - held is "
                    + replay.imbalance() + ", not 0: " + counters);
        }
        if (isUpdate && differences.isEmpty()) {
            update(scenario, folder, counters);
        } else {
            compare(scenario, topology, folder, replay.startNs(), differences);
            if (Files.exists(scenario.counters())) {
                new CounterComparison(scenario.counters(), differences).compare(counters);
            }
        }
        return new ScenarioResult(scenario, isUpdate && differences.isEmpty(), differences, notes, counters);
    }

    private static void compare(
            final Scenario scenario,
            final HostTopology topology,
            final Path got,
            final long startNs,
            final List<String> differences) {
        final List<Path> expected = Scenario.captures(scenario.out());
        for (final Path file : expected) {
            topology.attachmentId(nameOf(file), file.toString());
        }
        final CaptureComparison comparison = new CaptureComparison(scenario.inputs(), startNs, differences);
        for (final String name : topology.attachmentNames()) {
            final Path plain = CaptureFolder.file(scenario.out(), name);
            final Path next = scenario.out().resolve(name + ".pcapng");
            comparison.compare(name, expected.contains(next) ? next : plain, CaptureFolder.file(got, name));
        }
    }

    private static String nameOf(final Path capture) {
        final String fileName = capture.getFileName().toString();
        return fileName.substring(0, fileName.lastIndexOf('.'));
    }

    private static void update(final Scenario scenario, final Path got, final ObjectNode counters) throws IOException {
        Files.createDirectories(scenario.out());
        for (final Path old : Scenario.captures(scenario.out())) {
            Files.delete(old);
        }
        for (final Path file : Scenario.captures(got)) {
            Files.copy(file, scenario.out().resolve(file.getFileName()));
        }
        Files.writeString(
                scenario.counters(),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(counters) + "\n");
    }

    private static void remove(final Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
