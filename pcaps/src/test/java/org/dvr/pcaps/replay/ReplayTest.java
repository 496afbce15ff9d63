package org.dvr.pcaps.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.dvr.codec.print.FramePrinter;
import org.dvr.codec.testing.TestFrames;
import org.dvr.pcaps.file.CaptureException;
import org.dvr.pcaps.port.CaptureFolder;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.testing.Cast;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplayTest {
    private static final String A1 = "fa:16:3e:0a:00:11";
    private static final String A3 = "fa:16:3e:0a:00:13";
    private static final String GATEWAY_A = "fa:16:3e:0a:00:01";
    private static final String NOBODY = "fa:16:3e:0a:00:99";

    @TempDir
    private Path folder;

    /** What was sent, one line each: virtual time from the start, attachment point, frame. */
    private static final class Log implements FrameSink {
        private final List<String> lines = new ArrayList<>();

        @Override
        public void sent(
                final int port,
                final String name,
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final long nowNs) {
            final StringBuilder line = new StringBuilder();
            line.append(nowNs - ScenarioInputs.EPOCH_NS)
                    .append(' ')
                    .append(name)
                    .append(' ');
            lines.add(FramePrinter.append(line, buffer, offset, length).toString());
        }
    }

    private static byte[] udp(final String source, final String destination, final int id) {
        return TestFrames.ethernet(source, destination)
                .ipv4(source.equals(A1) ? "10.0.1.11" : "10.0.1.13", destination.equals(A1) ? "10.0.1.11" : "10.0.1.13")
                .id(id)
                .udp(1000, 2000)
                .payload(8)
                .build();
    }

    private static byte[] toOutside(final int ttl) {
        return TestFrames.ethernet(A1, GATEWAY_A)
                .ipv4("10.0.1.11", "203.0.113.99")
                .ttl(ttl)
                .udp(1000, 2000)
                .payload(8)
                .build();
    }

    private List<ReplayInput> inputs(final ScenarioInputs inputs, final String... names) {
        inputs.write(folder);
        final List<ReplayInput> list = new ArrayList<>();
        for (final String name : names) {
            list.add(new ReplayInput(name, folder.resolve("in").resolve(name + ".pcap")));
        }
        return list;
    }

    private Replay replay(final FrameSink sink, final List<ReplayInput> inputs, final Map<String, String> options) {
        final HostTopology topology = HostTopology.load(List.of(Cast.vxlan()), "compute1");
        return new Replay(topology, ReplayOptions.of(options, "options"), inputs, sink);
    }

    private static List<Integer> ids(final Log log) {
        return log.lines.stream()
                .map(line -> Integer.parseInt(line.replaceAll(".*, id (\\d+),.*", "$1")))
                .toList();
    }

    @Test
    void shouldTellThatTheConnectionTableRunsFullAndCountIt() {
        final ScenarioInputs flows = new ScenarioInputs();
        for (int i = 0; i < 16; i++) {
            flows.at(
                    "tapport-a1",
                    i * 1_000L,
                    TestFrames.ethernet(A1, GATEWAY_A)
                            .ipv4("10.0.1.11", "8.8.8.8")
                            .udp(1000 + i, 2000)
                            .build());
        }
        final Replay replay = replay(new Log(), inputs(flows, "tapport-a1"), Map.of("connections", "16"));
        final List<String> lines = new ArrayList<>();
        replay.alarms(lines::add);
        replay.settle(31_000_000_000L);
        replay.run();
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(
                lines.get(0)
                        .startsWith(
                                "compute1 +0.012000000 s: alarm: the connection table runs full: 13 of 16 connections (81 %)"),
                lines.get(0));
        assertEquals(
                "compute1 +31.015000000 s: over: the connection table has room again: 0 of 16 connections (0 %)",
                lines.get(1));
        assertEquals(1, replay.counters().at("/alarms/connections").asInt());
        assertEquals(16, replay.counters().at("/flows/high_water").asInt());
        assertEquals(16, replay.counters().at("/flows/capacity").asInt());
    }

    @Test
    void shouldMergeByTimeThenNameThenFrameNumber() {
        final ScenarioInputs inputs = new ScenarioInputs()
                .at("tapport-a3", 0, udp(A3, A1, 3))
                .at("tapport-a3", 5, udp(A3, A1, 6))
                .at("tapport-a1", 0, udp(A1, A3, 1))
                .at("tapport-a1", 0, udp(A1, A3, 2))
                .at("tapport-a1", 4, udp(A1, A3, 4))
                .at("tapport-a1", 4, udp(A1, A3, 5));
        final Log log = new Log();
        replay(log, inputs(inputs, "tapport-a3", "tapport-a1"), Map.of()).run();
        assertEquals(List.of(1, 2, 3, 4, 5, 6), ids(log));
        assertEquals(
                List.of("0", "0", "0", "4000", "4000", "5000"),
                log.lines.stream()
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .toList());
    }

    @Test
    void shouldNotLetTimeGoBackWithinACapture() {
        final ScenarioInputs inputs = new ScenarioInputs()
                .at("tapport-a1", 10, udp(A1, A3, 1))
                .at("tapport-a1", 5, udp(A1, A3, 2))
                .at("tapport-a3", 7, udp(A3, A1, 3));
        final Log log = new Log();
        replay(log, inputs(inputs, "tapport-a1", "tapport-a3"), Map.of()).run();
        assertEquals(List.of(3, 1, 2), ids(log));
        assertTrue(log.lines.get(2).startsWith("10000 "), log.lines.get(2));
    }

    @Test
    void shouldFireTimersBetweenFramesAtTheirTime() {
        // The external gateway's neighbor is unknown: ARP at once, then once a second.
        final ScenarioInputs inputs =
                new ScenarioInputs().at("tapport-a1", 0, toOutside(64)).at("tapport-a3", 2_500_000, udp(A3, A1, 9));
        final Log log = new Log();
        replay(log, inputs(inputs, "tapport-a1", "tapport-a3"), Map.of()).run();
        assertTrue(log.lines.get(0).startsWith("0 provider"), log.lines.toString());
        assertTrue(log.lines.get(1).startsWith("1000000000 provider"), log.lines.toString());
        assertTrue(log.lines.get(2).startsWith("2000000000 provider"), log.lines.toString());
        assertTrue(log.lines.get(3).startsWith("2500000000 tapport-a1"), log.lines.toString());
        assertEquals(4, log.lines.size());
    }

    @Test
    void shouldLetTheClockRunOnToSettle() {
        final ScenarioInputs inputs = new ScenarioInputs().at("tapport-a1", 0, toOutside(64));
        final Log log = new Log();
        final Replay replay = replay(log, inputs(inputs, "tapport-a1"), Map.of());
        replay.settle(10_000_000_000L);
        replay.run();
        assertEquals(ScenarioInputs.EPOCH_NS + 10_000_000_000L, replay.nowNs());
        assertTrue(log.lines.size() > 3, log.lines.toString());
        assertTrue(log.lines.getLast().contains("tapport-a1"), log.lines.toString());
        assertEquals(0, replay.counters().path("held").asLong());
        assertEquals(0, replay.imbalance());
    }

    @Test
    void shouldExpireConnectionsExactlyAtTheEnd() {
        final ScenarioInputs inputs = new ScenarioInputs().at("tapport-a1", 0, toOutside(64));
        final Replay early = replay(FrameSink.NONE, inputs(inputs, "tapport-a1"), Map.of());
        early.settle(29_999_999_999L);
        early.run();
        assertEquals(1, early.counters().path("flows").path("active").asLong());
        final Replay late = replay(FrameSink.NONE, inputs(inputs, "tapport-a1"), Map.of());
        late.settle(30_000_000_000L);
        late.run();
        assertEquals(0, late.counters().path("flows").path("active").asLong());
        assertEquals(1, late.counters().path("flows").path("expired").asLong());
    }

    @Test
    void shouldAnnounceWhereTheOptionSaysSo() {
        final Log log = new Log();
        final Replay replay = replay(log, List.of(), Map.of("announce", "on"));
        replay.settle(5_000_000_000L);
        replay.run();
        assertTrue(log.lines.getFirst().contains("provider"), log.lines.toString());
        final Log quiet = new Log();
        final Replay other = replay(quiet, List.of(), Map.of());
        other.settle(5_000_000_000L);
        other.run();
        assertEquals(List.of(), quiet.lines);
    }

    @Test
    void shouldRefuseAnAttachmentPointThatTheHostDoesNotHave() {
        final ScenarioInputs inputs = new ScenarioInputs().at("tapport-a2", 0, udp(A1, A3, 1));
        final List<ReplayInput> list = inputs(inputs, "tapport-a2");
        final String message = assertThrows(ReplayException.class, () -> replay(FrameSink.NONE, list, Map.of()))
                .getMessage();
        assertTrue(
                message.endsWith("tapport-a2.pcap: host compute1 has no attachment point tapport-a2, it has provider,"
                        + " tapport-a1, tapport-a3, tapport-b1, underlay"),
                message);
    }

    @Test
    void shouldRefuseTwoCapturesOfOneAttachmentPoint() {
        final ScenarioInputs inputs = new ScenarioInputs().at("tapport-a1", 0, udp(A1, A3, 1));
        final List<ReplayInput> list = inputs(inputs, "tapport-a1", "tapport-a1");
        final String message = assertThrows(ReplayException.class, () -> replay(FrameSink.NONE, list, Map.of()))
                .getMessage();
        assertTrue(message.contains("a second capture for tapport-a1"), message);
    }

    @Test
    void shouldRefuseABrokenCapture() throws IOException {
        final Path file = Files.writeString(folder.resolve("tapport-a1.pcap"), "no capture at all");
        final Replay replay = replay(FrameSink.NONE, List.of(new ReplayInput("tapport-a1", file)), Map.of());
        final String message = assertThrows(CaptureException.class, replay::run).getMessage();
        assertTrue(message.startsWith(file + ": is no pcap or pcapng capture"), message);
    }

    @Test
    void shouldGiveTheSameBytesTwice() throws IOException {
        final ScenarioInputs inputs = new ScenarioInputs();
        for (int i = 0; i < 500; i++) {
            inputs.at("tapport-a1", i / 3, i % 2 == 0 ? toOutside(64) : udp(A1, NOBODY, i));
            inputs.at("tapport-a3", i / 3, udp(A3, A1, i));
        }
        final List<ReplayInput> list = inputs(inputs, "tapport-a1", "tapport-a3");
        for (final String run : List.of("first", "second")) {
            final HostTopology topology = HostTopology.load(List.of(Cast.vxlan()), "compute1");
            try (CaptureFolder out = new CaptureFolder(folder.resolve(run), topology.attachmentNames())) {
                new Replay(topology, ReplayOptions.DEFAULT, list, out).run();
            }
        }
        for (final String name : List.of("tapport-a1.pcap", "tapport-a3.pcap", "underlay.pcap", "provider.pcap")) {
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("first").resolve(name)),
                    Files.readAllBytes(folder.resolve("second").resolve(name)),
                    name);
        }
    }

    @Test
    void shouldLoopFromMemoryAndCountEveryPass() {
        final ScenarioInputs inputs = new ScenarioInputs();
        for (int i = 0; i < 100; i++) {
            inputs.at("tapport-a1", i, udp(A1, A3, i)).at("tapport-a3", i, udp(A3, A1, i));
        }
        final Log log = new Log();
        final Replay replay = replay(log, inputs(inputs, "tapport-a1", "tapport-a3"), Map.of());
        final Measurement measured = replay.loop(5);
        assertEquals(200, log.lines.size(), "the first pass is recorded, the others are not");
        assertEquals(800, measured.frames());
        assertEquals(4 * 4, measured.bursts().getTotalCount());
        assertTrue(measured.packetsPerSecond() > 0);
        assertEquals(
                500,
                replay.counters().path("ports").path("tapport-a1").path("rx").asLong());
        assertEquals(0, replay.imbalance());
    }

    @Test
    void shouldStreamASinglePass() {
        final ScenarioInputs inputs = new ScenarioInputs().at("tapport-a1", 0, udp(A1, A3, 1));
        final Log log = new Log();
        final Measurement measured =
                replay(log, inputs(inputs, "tapport-a1"), Map.of()).loop(1);
        assertEquals(1, measured.frames());
        assertEquals(0, measured.memoryBytes());
        assertEquals(1, log.lines.size());
    }

    @Test
    void shouldExplainAFrameAfterWhatComesBeforeIt() {
        final ScenarioInputs inputs = new ScenarioInputs()
                .at("tapport-a1", 0, udp(A1, A3, 1))
                .at("tapport-a1", 0, udp(A1, A3, 2))
                .at("tapport-a1", 7, udp(A1, A3, 3));
        final Log log = new Log();
        final ExplainedFrame explained =
                replay(log, inputs(inputs, "tapport-a1"), Map.of()).explain("tapport-a1", 2);
        assertEquals(1, log.lines.size(), "only what comes before it");
        assertArrayEquals(udp(A1, A3, 2), explained.bytes());
        assertEquals(1, explained.sent().size());
        assertEquals("tapport-a3", explained.sent().getFirst().name());
        assertTrue(explained.story().steps().size() >= 2);
        assertTrue(explained.facts().stream().anyMatch(fact -> fact.value().contains("10.0.1.11 > 10.0.1.13")));
    }

    @Test
    void shouldTellHowManyFramesThereAreWhenOneIsOutOfRange() {
        final ScenarioInputs inputs = new ScenarioInputs().at("tapport-a1", 0, udp(A1, A3, 1));
        final Replay replay = replay(FrameSink.NONE, inputs(inputs, "tapport-a1"), Map.of());
        final String message = assertThrows(ReplayException.class, () -> replay.explain("tapport-a1", 2))
                .getMessage();
        assertEquals("2@tapport-a1: the capture of tapport-a1 has the frames 1 to 1", message);
    }
}
