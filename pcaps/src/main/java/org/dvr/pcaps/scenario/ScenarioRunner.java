package org.dvr.pcaps.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dvr.pcaps.port.CaptureFolder;
import org.dvr.pcaps.replay.CloudReplay;
import org.dvr.pcaps.replay.CloudTopology;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.Replay;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.replay.ReplayInput;

/** Runs scenario folders: replays the inputs and compares what leaves, or makes what leaves the expectation. */
public final class ScenarioRunner {
    private final boolean isUpdate;
    private Consumer<String> alarms = line -> {};

    /**
     * A runner.
     *
     * @param isUpdate rewrites {@code out/} and {@code counters.json} instead of comparing; not where conservation fails
     */
    public ScenarioRunner(final boolean isUpdate) {
        this.isUpdate = isUpdate;
    }

    /**
     * Tells when a host begins to run short of something, and when that is over.
     *
     * @param lines takes a line at a time, with the names of scenario and host
     */
    public void alarms(final Consumer<String> lines) {
        alarms = lines;
    }

    /**
     * Runs a scenario.
     *
     * @param scenario as read
     * @return what came of it
     * @throws ReplayException  when it cannot be run
     */
    public ScenarioResult run(final Scenario scenario) {
        try {
            final Path folder = Files.createTempDirectory("dvr-replay");
            try {
                return result(scenario, scenario.isCloud() ? cloud(scenario, folder) : host(scenario, folder), folder);
            } finally {
                remove(folder);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a replay came to.
     *
     * @param captureNames what is captured, ascending
     * @param startNs      virtual time at the start
     * @param undelivered  frames for attachment points that were not there
     * @param warnings     what is odd about the topology
     * @param violations   what is wrong with conservation
     * @param counters     at the end
     */
    private record Outcome(
            List<String> captureNames,
            long startNs,
            long undelivered,
            List<String> warnings,
            List<String> violations,
            ObjectNode counters) {}

    private Outcome host(final Scenario scenario, final Path folder) {
        final HostTopology topology = scenario.loadTopology();
        for (final ReplayInput file : expected(scenario)) {
            topology.attachmentId(file.name(), file.file().toString());
        }
        final Replay replay;
        try (CaptureFolder out = new CaptureFolder(folder, topology.attachmentNames())) {
            replay = new Replay(topology, scenario.options(), scenario.inputs(), out);
            replay.alarms(line -> alarms.accept(scenario.name() + ": " + line));
            replay.settle(scenario.settleNs());
            replay.run();
        }
        final ObjectNode counters = replay.counters();
        final List<String> violations =
                replay.imbalance() == 0 ? List.of() : List.of(violation("", replay.imbalance(), counters));
        return new Outcome(
                topology.attachmentNames(),
                replay.startNs(),
                replay.undelivered(),
                topology.warnings(),
                violations,
                counters);
    }

    private Outcome cloud(final Scenario scenario, final Path folder) {
        final CloudTopology topology = scenario.loadCloud();
        for (final ReplayInput file : expected(scenario)) {
            topology.checkCapture(file.name(), file.file().toString());
        }
        final CloudReplay replay;
        try (CaptureFolder out = new CaptureFolder(folder, topology.captureNames())) {
            replay = new CloudReplay(topology, scenario.options(), scenario.inputs(), out);
            replay.alarms(line -> alarms.accept(scenario.name() + ": " + line));
            replay.settle(scenario.settleNs());
            replay.run();
        }
        final ObjectNode counters = replay.counters();
        final List<String> violations = new ArrayList<>();
        replay.imbalances()
                .forEach((host, imbalance) -> violations.add(violation(
                        " on " + host, imbalance, counters.path("hosts").path(host))));
        return new Outcome(
                topology.captureNames(),
                replay.startNs(),
                replay.undelivered(),
                topology.warnings(),
                violations,
                counters);
    }

    /** The captures whose names must be known: none where they are to be replaced. */
    private List<ReplayInput> expected(final Scenario scenario) {
        return isUpdate ? List.of() : Scenario.captures(scenario.out(), scenario.isCloud());
    }

    private static String violation(final String where, final long imbalance, final JsonNode counters) {
        return "conservation" + where + ": received + generated + flooded - sent - dropped - consumed - held is "
                + imbalance + ", not 0: " + counters;
    }

    private ScenarioResult result(final Scenario scenario, final Outcome outcome, final Path folder)
            throws IOException {
        final List<String> notes = new ArrayList<>(outcome.warnings);
        if (outcome.undelivered > 0) {
            notes.add(outcome.undelivered
                    + " frames arrived at attachment points that the host does not have at that time: not delivered");
        }
        final List<String> differences = new ArrayList<>(outcome.violations);
        final boolean isUpdated = isUpdate && differences.isEmpty();
        if (isUpdated) {
            update(scenario, folder, outcome.counters);
        } else {
            compare(scenario, outcome, folder, differences);
            if (Files.exists(scenario.counters())) {
                new CounterComparison(scenario.counters(), differences).compare(outcome.counters);
            }
        }
        return new ScenarioResult(scenario, isUpdated, differences, notes, outcome.counters);
    }

    private static void compare(
            final Scenario scenario, final Outcome outcome, final Path got, final List<String> differences) {
        final CaptureComparison comparison = new CaptureComparison(scenario.inputs(), outcome.startNs, differences);
        for (final String name : outcome.captureNames) {
            final Path plain = CaptureFolder.file(scenario.out(), name);
            final Path next = scenario.out().resolve(name + ".pcapng");
            comparison.compare(name, Files.exists(next) ? next : plain, CaptureFolder.file(got, name));
        }
    }

    private static void update(final Scenario scenario, final Path got, final ObjectNode counters) throws IOException {
        Files.createDirectories(scenario.out());
        for (final ReplayInput old : Scenario.captures(scenario.out(), scenario.isCloud())) {
            Files.delete(old.file());
        }
        for (final ReplayInput made : Scenario.captures(got, scenario.isCloud())) {
            final Path file = CaptureFolder.file(scenario.out(), made.name());
            Files.createDirectories(file.getParent());
            Files.copy(made.file(), file);
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
