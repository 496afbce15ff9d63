package org.dvr.pcaps.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.testing.TestFrames;
import org.dvr.pcaps.file.CaptureReader;
import org.dvr.pcaps.file.CaptureWriter;
import org.dvr.pcaps.testing.ExpectedFrames;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What ships as expected output is judged by somebody else: tshark must find in every frame what {@code expected.txt} says of it, and no
 * wrong checksum or malformed header. Skipped where there is no tshark.
 */
class ScenarioJudgeTest {
    /** A wrong checksum or a malformed header; a line whose filter speaks of these itself is exempt. */
    private static final String INVALID = "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0"
            + " || tcp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0";

    @TempDir
    private Path folder;

    static Stream<String> scenarios() {
        return Scenario.find(root()).stream()
                .map(path -> root().relativize(path).toString());
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void shouldSayOfEachScenarioWhatLeaves(final String name) {
        final Path scenario = root().resolve(name);
        assertTrue(
                Files.exists(scenario.resolve(ExpectedFrames.FILE)),
                name + ": no " + ExpectedFrames.FILE + ", which says what must leave");
        final ExpectedFrames expected = ExpectedFrames.read(scenario);
        final Set<String> attachments = new TreeSet<>(expected.attachments());
        attachments.addAll(captureNames(scenario));
        for (final String attachment : attachments) {
            assertEquals(
                    expected.count(attachment),
                    frameCount(scenario, attachment),
                    name + ": frames that leave " + attachment);
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    @Execution(ExecutionMode.CONCURRENT) // most of the time is tshark's, a process each
    void shouldSatisfyTshark(final String name) throws Exception {
        assumeTshark();
        final Path scenario = root().resolve(name);
        assertEquals("", judge(scenario), name);
    }

    @Test
    void shouldFindWhatIsNotAsExpected() throws Exception {
        assumeTshark();
        final TestFrames good = frame();
        write(good.build(), frame().badIpChecksum().build(), frame().ttl(7).build());
        expect("tapport-a1 1-2: ip.ttl == 64", "tapport-a1 3: ip.ttl == 8");
        final String complaints = judge(folder);
        assertTrue(complaints.contains("tapport-a1 2: "), complaints);
        assertTrue(complaints.contains("tapport-a1 3: ip.ttl == 8"), complaints);
        assertTrue(!complaints.contains("tapport-a1 1: "), complaints);
    }

    @Test
    void shouldAcceptABadChecksumThatIsAskedFor() throws Exception {
        assumeTshark();
        write(frame().badIpChecksum().build());
        expect("tapport-a1 1: ip.checksum.status == 0");
        assertEquals("", judge(folder));
    }

    @Test
    void shouldDemandALineForEachFrame() throws Exception {
        expect("tapport-a1 1: arp", "tapport-a1 3: arp");
        final IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> ExpectedFrames.read(folder));
        assertTrue(e.getMessage().contains("no line for tapport-a1 2"), e.getMessage());
    }

    private static TestFrames frame() {
        return TestFrames.ethernet("fa:16:3e:0a:00:11", "fa:16:3e:0a:00:12")
                .ipv4("10.0.1.11", "10.0.1.12")
                .icmpEcho(1, 1)
                .payload(8);
    }

    private void write(final byte[]... frames) throws IOException {
        final Path out = Files.createDirectories(folder.resolve("out"));
        try (CaptureWriter writer = CaptureWriter.create(out.resolve("tapport-a1.pcap"))) {
            for (final byte[] frame : frames) {
                writer.write(ScenarioInputs.EPOCH_NS, new UnsafeBuffer(frame), 0, frame.length);
            }
        }
    }

    private void expect(final String... lines) throws IOException {
        Files.write(folder.resolve(ExpectedFrames.FILE), List.of(lines));
    }

    /** One run of tshark for each attachment point or wire: frames that do not pass are named with the lines that speak of them. */
    private static String judge(final Path scenario) throws IOException, InterruptedException {
        final ExpectedFrames expected = ExpectedFrames.read(scenario);
        final StringBuilder complaints = new StringBuilder();
        for (final String attachment : expected.attachments()) {
            final int count = expected.count(attachment);
            final Path capture = capture(scenario, attachment);
            if (!Files.exists(capture)) {
                complaints.append(attachment).append(": nothing leaves\n");
                continue;
            }
            final BitSet passed = matching(capture, filter(expected.lines(attachment), count));
            for (int frame = 1; frame <= count; frame++) {
                if (!passed.get(frame)) {
                    complain(complaints, attachment, frame, expected.lines(attachment));
                }
            }
        }
        return complaints.toString();
    }

    private static void complain(
            final StringBuilder complaints,
            final String attachment,
            final int frame,
            final List<ExpectedFrames.Line> lines) {
        for (final ExpectedFrames.Line line : lines) {
            if (line.covers(frame)) {
                complaints
                        .append(attachment)
                        .append(' ')
                        .append(frame)
                        .append(": ")
                        .append(line.filter())
                        .append('\n');
            }
        }
    }

    /** Each frame passes that is valid and matches every line which covers it. */
    private static String filter(final List<ExpectedFrames.Line> lines, final int count) {
        final StringBuilder filter = new StringBuilder("frame.number <= ").append(count);
        for (final ExpectedFrames.Line line : lines) {
            filter.append(" && (frame.number < ")
                    .append(line.first())
                    .append(" || frame.number > ")
                    .append(line.last())
                    .append(" || ((")
                    .append(line.filter())
                    .append(')');
            if (!line.filter().contains("checksum.status") && !line.filter().contains("_ws.malformed")) {
                filter.append(" && !(").append(INVALID).append(')');
            }
            filter.append("))");
        }
        return filter.toString();
    }

    private static BitSet matching(final Path capture, final String filter) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        for (final String preference : List.of(
                "ip.check_checksum:TRUE",
                "udp.check_checksum:TRUE",
                "tcp.check_checksum:TRUE",
                // Each frame by itself, but where fragments are what is looked at: the last one then shows what they
                // make together.
                "ip.defragment:" + (capture.toString().contains("/fragments/") ? "TRUE" : "FALSE"),
                "tcp.desegment_tcp_streams:FALSE")) {
            command.add("-o");
            command.add(preference);
        }
        Collections.addAll(command, "-Y", filter, "-T", "fields", "-e", "frame.number");
        final Path said = Files.createTempFile("tshark", null);
        try {
            final Process process =
                    new ProcessBuilder(command).redirectError(said.toFile()).start();
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), Files.readString(said) + filter);
            final BitSet frames = new BitSet();
            output.lines().forEach(line -> frames.set(Integer.parseInt(line)));
            return frames;
        } finally {
            Files.delete(said);
        }
    }

    private static Path root() {
        final Path here = Path.of("scenarios").toAbsolutePath();
        return Files.isDirectory(here) ? here : Path.of("pcaps", "scenarios").toAbsolutePath();
    }

    private static Path capture(final Path scenario, final String attachment) {
        return scenario.resolve("out").resolve(attachment + ".pcap");
    }

    private static List<String> captureNames(final Path scenario) {
        final Path out = scenario.resolve("out");
        if (!Files.isDirectory(out)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> out.relativize(file).toString())
                    .map(name -> name.substring(0, name.lastIndexOf('.')))
                    .toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int frameCount(final Path scenario, final String attachment) {
        final Path capture = capture(scenario, attachment);
        if (!Files.exists(capture)) {
            return 0;
        }
        int count = 0;
        try (CaptureReader reader = CaptureReader.open(capture)) {
            while (reader.next()) {
                count++;
            }
        }
        return count;
    }

    private static void assumeTshark() {
        final boolean isThere = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "tshark")));
        if (!isThere) {
            System.out.println("ScenarioJudgeTest: skipped, no tshark on the PATH (Debian: apt-get install tshark)");
        }
        assumeTrue(isThere, "no tshark on the PATH");
    }
}
