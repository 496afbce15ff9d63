package org.dvr.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.dvr.pcaps.file.CaptureException;
import org.dvr.pcaps.port.CaptureFolder;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.Measurement;
import org.dvr.pcaps.replay.Replay;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.scenario.Scenario;
import org.dvr.pcaps.scenario.ScenarioResult;
import org.dvr.pcaps.scenario.ScenarioRunner;
import org.dvr.pcaps.state.ConnectionStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dvr replay}: scenario folders, or any captures through a host. */
@Command(
        name = "replay",
        description = {
            "Replay captures through a host, and compare.",
            "",
            "With folders (default: all that ship): prints a line for each scenario and for a difference the first frames that"
                    + " differ, field by field.",
            "With --topology: replays the captures through a host and writes what leaves to --out."
        })
public final class ReplayCommand implements Callable<Integer> {
    /** Counters of connections that are printed even where they are 0. */
    private static final Set<String> FLOWS = Set.of("active", "created", "expired");

    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};

    @Parameters(
            paramLabel = "FOLDER",
            arity = "0..*",
            description = "Scenario folders, or folders with scenario folders below them.")
    private List<Path> folders = new ArrayList<>();

    @Option(names = "--update", description = "Rewrite out/ and counters.json of the scenarios instead of comparing.")
    private boolean isUpdate;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the counters.")
    private Path json;

    @Mixin
    private HostArguments host;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Write DIR/NAME.pcap for each attachment point that sends something. Files of these names from an earlier"
                            + " run are removed.")
    private Path out;

    @Option(
            names = "--loop",
            paramLabel = "N",
            description =
                    "Play the captures N times and report packets per second and latencies. 1 streams them from the disk; more are"
                            + " played from memory (up to 2 GiB), the first time recorded, then measured in bursts of 64.")
    private Integer loop;

    @Option(
            names = "--report",
            paramLabel = "FILE.html",
            description = "Write the figures of --loop as one page to read, with machine and calibration.")
    private Path report;

    @Option(
            names = "--state",
            paramLabel = "FILE",
            description =
                    "Go on with the connections in FILE, if it is there, and write them there at the end. A file that is damaged or of"
                            + " another host is refused with a line, and the replay begins without it.")
    private Path state;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        checkArguments();
        return Unusable.from(() -> host.isGiven() ? replayHost() : replayFolders());
    }

    private void checkArguments() {
        if (!host.isGiven()) {
            if (out != null || loop != null || state != null || report != null) {
                throw wrong("--out, --loop, --report and --state go with --topology and --host");
            }
            return;
        }
        host.check();
        if (!folders.isEmpty()) {
            throw wrong("give scenario folders or --topology, not both: " + folders.getFirst());
        }
        if (isUpdate) {
            throw wrong("--update goes with scenario folders");
        }
        if (loop != null && loop < 1) {
            throw wrong("--loop must be 1 or more, not " + loop);
        }
        if (report != null && loop == null) {
            throw wrong("--report goes with --loop");
        }
        if (out == null && loop == null) {
            throw wrong("--out is missing");
        }
        if (out != null) {
            host.checkOut(out);
        }
    }

    private ParameterException wrong(final String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    // ---- scenario folders

    private int replayFolders() throws IOException {
        final List<Path> found = new ArrayList<>();
        for (final Path folder : folders.isEmpty() ? List.of(ShippedScenarios.folder()) : folders) {
            found.addAll(Scenario.find(folder));
        }
        final PrintWriter printer = spec.commandLine().getOut();
        final ScenarioRunner runner = new ScenarioRunner(isUpdate);
        runner.alarms(errorLines());
        final ArrayNode counters = JsonNodeFactory.instance.arrayNode();
        final List<String> names = found.stream().map(Scenario::nameOf).toList();
        final int width = names.stream().mapToInt(String::length).max().orElse(0);
        int failed = 0;
        int unusable = 0;
        for (int i = 0; i < found.size(); i++) {
            final String name = names.get(i);
            final ObjectNode entry = counters.addObject().put("scenario", name);
            try {
                final ScenarioResult result = runner.run(Scenario.read(found.get(i)));
                print(printer, result, width);
                failed += result.isOk() ? 0 : 1;
                entry.setAll(result.counters());
            } catch (final ReplayException | CaptureException e) {
                unusable++;
                printer.printf("error  %s%n", name);
                e.getMessage().lines().forEach(line -> printer.println("       " + line));
                entry.put("error", e.getMessage());
            }
            printer.flush();
        }
        printer.println(summary(found.size(), failed, unusable));
        printer.flush();
        final boolean isSingle = folders.size() == 1 && found.equals(folders);
        write(isSingle ? counters.get(0) : counters);
        return unusable > 0 ? ExitStatus.UNUSABLE : failed > 0 ? ExitStatus.NO : ExitStatus.FINE;
    }

    private static void print(final PrintWriter printer, final ScenarioResult result, final int width) {
        final Scenario scenario = result.scenario();
        final String word = result.isOk() ? result.isUpdated() ? "wrote" : "ok" : "FAIL";
        printer.printf("%-5s  %-" + width + "s  %s%n", word, scenario.name(), scenario.says());
        for (final String note : result.notes()) {
            printer.println("       note: " + note);
        }
        for (final String difference : result.differences()) {
            printer.println("       " + difference);
        }
    }

    private static String summary(final int count, final int failed, final int unusable) {
        final String scenarios = count + (count == 1 ? " scenario: " : " scenarios: ");
        if (failed == 0 && unusable == 0) {
            return scenarios + (count == 1 ? "ok" : "all ok");
        }
        return scenarios + (count - failed - unusable) + " ok, " + failed + " failed"
                + (unusable == 0 ? "" : ", " + unusable + " unusable");
    }

    /** Takes lines for whoever watches, each at once. */
    private Consumer<String> errorLines() {
        final PrintWriter err = spec.commandLine().getErr();
        return line -> {
            err.println(line);
            err.flush();
        };
    }

    private void write(final JsonNode counters) throws IOException {
        if (json != null) {
            Files.writeString(
                    json, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(counters) + "\n");
        }
    }

    // ---- any captures

    private int replayHost() throws IOException {
        final HostTopology topology = host.loadTopology();
        final PrintWriter err = spec.commandLine().getErr();
        topology.warnings().forEach(err::println);
        final ConnectionStore store = state == null ? null : new ConnectionStore(state, topology.host());
        final ReplayReport page = report == null ? null : ReplayReport.begin(report, topology.host());
        final Replay replay;
        Measurement measurement = null;
        try (CaptureFolder folder = out == null ? null : new CaptureFolder(out, topology.attachmentNames())) {
            replay = new Replay(topology, host.options(), host.inputs(), folder == null ? FrameSink.NONE : folder);
            final Consumer<String> lines = errorLines();
            replay.progress(lines);
            replay.alarms(lines);
            if (store != null) {
                replay.state(store, lines);
            }
            if (loop == null) {
                replay.run();
            } else {
                measurement = replay.loop(loop);
            }
        }
        final PrintWriter printer = spec.commandLine().getOut();
        print(printer, replay.counters());
        if (replay.undelivered() > 0) {
            printer.println("not delivered  " + replay.undelivered());
        }
        if (measurement != null) {
            print(printer, measurement);
        }
        if (page != null) {
            page.write(measurement, spec.commandLine().getParseResult().originalArgs());
        }
        printer.flush();
        write(replay.counters());
        if (replay.imbalance() != 0) {
            throw new IllegalStateException("conservation violated, imbalance=" + replay.imbalance());
        }
        return ExitStatus.FINE;
    }

    private static void print(final PrintWriter printer, final ObjectNode counters) {
        printer.printf("%-20s %12s %12s %15s %15s%n", "attachment point", "rx", "tx", "rx bytes", "tx bytes");
        counters.path("ports")
                .properties()
                .forEach(port -> printer.printf(
                        "%-20s %12d %12d %15d %15d%n",
                        port.getKey(),
                        port.getValue().path("rx").asLong(),
                        port.getValue().path("tx").asLong(),
                        port.getValue().path("rx_bytes").asLong(),
                        port.getValue().path("tx_bytes").asLong()));
        for (final String total : List.of("consumed", "generated", "flooded", "held")) {
            printer.printf("%-20s %12d%n", total, counters.path(total).asLong());
        }
        counters.path("flows").properties().forEach(flows -> {
            final long count = flows.getValue().asLong();
            if (count > 0 || FLOWS.contains(flows.getKey())) {
                printer.printf("%-25s %7d%n", "flows " + flows.getKey().replace('_', ' '), count);
            }
        });
        for (final String shortage : List.of("fragments", "alarms")) {
            counters.path(shortage).properties().forEach(counter -> {
                if (counter.getValue().asLong() > 0) {
                    printer.printf(
                            "%-25s %7d%n",
                            shortage + ' ' + counter.getKey(),
                            counter.getValue().asLong());
                }
            });
        }
        counters.path("drops")
                .properties()
                .forEach(drop -> printer.printf(
                        "%-33s %12d%n", "drop " + drop.getKey(), drop.getValue().asLong()));
    }

    private static void print(final PrintWriter printer, final Measurement measured) {
        printer.println();
        printer.printf(
                "measured %d %s, %d frames, %s%n",
                measured.passes(),
                measured.passes() == 1 ? "pass" : "passes",
                measured.frames(),
                measured.memoryBytes() == 0
                        ? "streamed from the disk"
                        : "from memory (" + (measured.memoryBytes() >> 20) + " MiB), the first pass not counted");
        printer.printf(
                "%.0f packets per second, %.1f ns per packet%n", measured.packetsPerSecond(), measured.nsPerPacket());
        if (measured.memoryBytes() == 0) {
            printer.printf(
                    "processing %.3f s, reading %.3f s (%.0f %% of both)%n",
                    measured.processNs() / 1e9, measured.readNs() / 1e9, measured.readShare() * 100);
        }
        final double mean = measured.bursts().getTotalCount() == 0
                ? 0
                : (double) measured.frames() / measured.bursts().getTotalCount();
        printer.printf("%d bursts, %.1f frames each%n", measured.bursts().getTotalCount(), mean);
        printer.printf("%12s %16s %16s%n", "percentile", "ns per burst", "ns per packet");
        for (final double percentile : PERCENTILES) {
            final long ns = measured.bursts().getValueAtPercentile(percentile);
            printer.printf("%11.2f%% %16d %16.1f%n", percentile, ns, mean == 0 ? 0 : ns / mean);
        }
    }
}
