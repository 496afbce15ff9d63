package org.dvr.pcaps.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dvr.pcaps.port.CaptureFolder;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.Replay;
import org.dvr.pcaps.scenario.Scenario;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The forwarder in the place of a host that Linux played: {@code recording/record} records anew what arrived at the host and what Linux's
 * bridges, tunnels, routers and nft rules made of it; ours is given the same frames and must have sent the same.
 * Needs root, for network namespaces. Where {@link KnownDifference} says so, and nowhere else, the two may differ.
 */
@Tag("namespaces")
class KernelDifferentialTest {
    // Half a minute where nothing else runs.
    private static final long RECORDING_SECONDS = 180;
    private static final int SCENARIOS = 13;
    private static final List<String> TOOLS = List.of(
            "tshark", "ip", "bridge", "ping", "arping", "nft", "ethtool", "tcpdump", "python3", "sysctl", "bash");

    private final Path module = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
    private final List<String> differences = new ArrayList<>();
    private final Map<KnownDifference, Integer> known = new EnumMap<>(KnownDifference.class);
    private final StringBuilder table = new StringBuilder();

    @TempDir
    private Path folder;

    @Test
    void shouldSendWhatTheKernelSends() throws Exception {
        skipUnlessPossible();
        record();
        final List<Path> recordings = list(folder.resolve("in"));
        assertEquals(SCENARIOS, recordings.size(), () -> "recordings: " + recordings);
        for (final Path recording : recordings) {
            compare(recording.getFileName().toString());
        }
        for (final KnownDifference difference : KnownDifference.values()) {
            final int frames = known.getOrDefault(difference, 0);
            table.append(String.format("%-52s %4d frames, %s%n", difference, frames, difference.section()));
            if (frames == 0) {
                differences.add(difference
                        + " did not occur, or not as described: if it is gone for good, so must be its" + " exception");
            }
        }
        System.out.print(table);
        assertTrue(differences.isEmpty(), () -> "not explained:\n" + String.join("\n", differences));
    }

    @Test
    void shouldListEveryKnownDifferenceForPeople() throws Exception {
        final String readme = Files.readString(module.resolve("recording/README.md"));
        for (final KnownDifference difference : KnownDifference.values()) {
            final String row = "| `" + difference + "` | " + difference.section() + " |";
            assertTrue(readme.contains(row), () -> "recording/README.md has no row " + row);
        }
    }

    private void record() throws IOException, InterruptedException {
        final Path said = folder.resolve("record.log");
        final Path complained = folder.resolve("record.err");
        final int status = Programs.run(
                List.of(
                        module.resolve("recording/record").toString(),
                        "--into",
                        folder.resolve("in").toString(),
                        "--reference",
                        folder.resolve("kernel").toString()),
                said,
                complained,
                RECORDING_SECONDS);
        assertEquals(0, status, () -> "recording failed or took over " + RECORDING_SECONDS + " s: " + text(complained));
    }

    private void compare(final String name) throws IOException, InterruptedException {
        final Path recording = folder.resolve("in").resolve(name);
        Files.copy(
                module.resolve("scenarios/recorded").resolve(name).resolve(Scenario.FILE),
                recording.resolve(Scenario.FILE));
        final Path ours = folder.resolve("ours").resolve(name);
        replay(Scenario.read(recording), ours);
        final Path kernel = folder.resolve("kernel").resolve(name).resolve("out");
        final Map<String, List<DecodedFrame>> arrived = new TreeMap<>();
        for (final Path capture : list(recording.resolve("in"))) {
            arrived.put(pointOf(capture), DecodedFrame.decode(capture));
        }
        final Set<String> points = new TreeSet<>();
        Stream.of(ours, kernel).flatMap(side -> list(side).stream()).forEach(file -> points.add(pointOf(file)));
        for (final String point : points) {
            compare(new SentFrames(
                    name,
                    point,
                    arrived,
                    DecodedFrame.decode(CaptureFolder.file(ours, point)),
                    DecodedFrame.decode(CaptureFolder.file(kernel, point))));
        }
    }

    private void compare(final SentFrames sent) {
        final String where = sent.scenario() + "/" + sent.point();
        final int ours = sent.ours().size();
        final int kernel = sent.kernel().size();
        int excused = 0;
        for (final KnownDifference difference : KnownDifference.values()) {
            final int frames = difference.settle(sent);
            known.merge(difference, frames, Integer::sum);
            excused += frames;
        }
        final List<String> found = FlowComparison.differences(sent.ours(), sent.kernel());
        for (final String difference : found) {
            differences.add(where + ": " + difference);
        }
        table.append(String.format(
                "%-52s %4d ours, %4d the kernel's, %2d known, %2d unexplained differences%n",
                where, ours, kernel, excused, found.size()));
    }

    private void replay(final Scenario scenario, final Path out) {
        final HostTopology topology = scenario.loadTopology();
        final Replay replay;
        try (CaptureFolder captures = new CaptureFolder(out, topology.attachmentNames())) {
            replay = new Replay(topology, scenario.options(), scenario.inputs(), captures);
            replay.settle(scenario.settleNs());
            replay.run();
        }
        if (replay.imbalance() != 0 || replay.undelivered() != 0) {
            differences.add(scenario.name() + ": imbalance " + replay.imbalance() + ", undelivered "
                    + replay.undelivered() + ": " + replay.counters());
        }
    }

    private static void skipUnlessPossible() throws IOException, InterruptedException {
        final List<String> missing =
                TOOLS.stream().filter(tool -> !Programs.isOnPath(tool)).toList();
        if (!missing.isEmpty()) {
            skip("not installed: " + String.join(", ", missing));
        }
        if (!Programs.output(List.of("id", "-u")).strip().equals("0")) {
            skip("not root");
        }
        final String probe = "dvr-differential-" + ProcessHandle.current().pid();
        try {
            Programs.output(List.of("ip", "netns", "add", probe));
        } catch (final IllegalStateException refusal) {
            skip("no network namespaces here: " + refusal.getMessage().strip());
        }
        Programs.output(List.of("ip", "netns", "del", probe));
    }

    private static void skip(final String reason) {
        System.out.println("KernelDifferentialTest skipped: " + reason);
        abort(reason);
    }

    private static String pointOf(final Path capture) {
        return capture.getFileName().toString().replaceFirst("\\.pcap$", "");
    }

    private static List<Path> list(final Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
