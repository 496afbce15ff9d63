package org.dvr.pcaps.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dvr.codec.print.FramePrinter;
import org.dvr.codec.testing.TestFrames;
import org.dvr.pcaps.port.CaptureFolder;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.testing.Cast;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CloudReplayTest {
    private static final List<String> HOSTS = List.of("compute2", "compute1");
    private static final String A1 = "fa:16:3e:0a:00:11";
    private static final String GATEWAY_A = "fa:16:3e:0a:00:01";
    private static final String TAP_A1 = "compute1/tapport-a1";

    @TempDir
    private Path folder;

    private final List<String> log = new ArrayList<>();
    private final FrameSink logger = (port, name, buffer, offset, length, nowNs) -> log.add(FramePrinter.append(
                    new StringBuilder()
                            .append(nowNs - ScenarioInputs.EPOCH_NS)
                            .append(' ')
                            .append(name)
                            .append(' '),
                    buffer,
                    offset,
                    length)
            .toString());

    private static byte[] toFloatingIp(final String destination, final int id) {
        return TestFrames.ethernet(A1, GATEWAY_A)
                .ipv4("10.0.1.11", destination)
                .id(id)
                .udp(1000, 2000)
                .payload(8)
                .build();
    }

    private List<ReplayInput> inputs(final ScenarioInputs inputs, final String... names) {
        inputs.write(folder);
        final List<ReplayInput> list = new ArrayList<>();
        for (final String name : names) {
            list.add(new ReplayInput(name, CaptureFolder.file(folder.resolve("in"), name)));
        }
        return list;
    }

    private static CloudTopology cast() {
        return CloudTopology.load(List.of(Cast.vxlan()), HOSTS);
    }

    private CloudReplay replay(final CloudTopology topology, final List<ReplayInput> inputs) {
        return new CloudReplay(topology, ReplayOptions.DEFAULT, inputs, logger);
    }

    /** From floating IP to floating IP: the first frame needs ARP, three rounds on the wire. */
    private CloudReplay acrossHosts() {
        return replay(cast(), inputs(new ScenarioInputs().at(TAP_A1, 0, toFloatingIp("203.0.113.52", 1)), TAP_A1));
    }

    @Test
    void shouldLetWhatHostsSendArriveAtTheSameTime() {
        final CloudReplay replay = acrossHosts();
        replay.run();
        assertEquals(4, log.size(), log.toString());
        assertTrue(log.get(0).startsWith("0 wire-provider fa:16:3e:0e:00:41 > ff:ff:ff:ff:ff:ff"), log.toString());
        assertTrue(log.get(1).startsWith("0 wire-provider fa:16:3e:0e:00:42 > fa:16:3e:0e:00:41"), log.toString());
        assertTrue(log.get(2).startsWith("0 wire-provider fa:16:3e:0e:00:41 > fa:16:3e:0e:00:42"), log.toString());
        assertTrue(log.get(3).startsWith("0 compute2/tapport-a2 "), log.toString());
        assertEquals(Map.of(), replay.imbalances());
        final ObjectNode counters = replay.counters();
        assertEquals(
                2,
                counters.at("/hosts/compute1/ports/provider/tx").asInt(),
                "an ARP request and the frame: " + counters);
        assertEquals(1, counters.at("/hosts/compute2/ports/provider/tx").asInt());
        assertEquals("compute2", counters.at("/hosts/compute2/host").asText());
        assertEquals(3, counters.at("/wires/wire-provider/frames").asInt());
    }

    @Test
    void shouldNameTheHostThatRunsShort() {
        final ScenarioInputs flows = new ScenarioInputs();
        for (int i = 0; i < 3; i++) {
            flows.at(
                    TAP_A1,
                    i,
                    TestFrames.ethernet(A1, GATEWAY_A)
                            .ipv4("10.0.1.11", "203.0.113.52")
                            .udp(1000 + i, 2000)
                            .build());
        }
        final CloudReplay replay = new CloudReplay(
                cast(),
                ReplayOptions.of(Map.of("nat_ports", "2000-2000", "random_fully_floating_ip", "on"), "options"),
                inputs(flows, TAP_A1),
                logger);
        final List<String> lines = new ArrayList<>();
        replay.alarms(lines::add);
        replay.run();
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(
                lines.getFirst().startsWith("compute1 +0.000001000 s: alarm: source ports run out on 203.0.113.51: "),
                lines.getFirst());
        assertEquals(1, replay.counters().at("/hosts/compute1/alarms/ports").asInt());
        assertEquals(0, replay.counters().at("/hosts/compute2/alarms/ports").asInt());
        assertTrue(replay.counters().at("/hosts/compute1/flows/refused_ports").asInt() > 0);
    }

    @Test
    void shouldGiveUpWhenFramesCrossTheWiresWithoutEnd() {
        final CloudReplay rounds = acrossHosts();
        rounds.limit(2, 1_000);
        final String late = assertThrows(ReplayException.class, rounds::run).getMessage();
        assertTrue(
                late.startsWith("frames cross the wires without end: at +0.000000000 s hosts still send to each other"
                        + " after 2 rounds; the next goes to compute2/provider: fa:16:3e:0e:00:41 > "),
                late);
        final CloudReplay arrivals = acrossHosts();
        arrivals.limit(1_000, 2);
        final String many = assertThrows(ReplayException.class, arrivals::run).getMessage();
        assertTrue(many.contains("more than 2 frames arrive by wires"), many);
        final CloudReplay enough = acrossHosts();
        enough.limit(3, 3);
        enough.run();
    }

    @Test
    void shouldGiveTheSameBytesTwice() throws IOException {
        final List<ReplayInput> inputs = inputs(
                new ScenarioInputs()
                        .at(TAP_A1, 0, toFloatingIp("203.0.113.52", 1))
                        .at(TAP_A1, 0, toFloatingIp("203.0.113.61", 2))
                        .at("wire-provider", 0, new byte[60])
                        .at("compute2/tapport-a2", 0, new byte[60]),
                TAP_A1,
                "wire-provider",
                "compute2/tapport-a2");
        final Map<String, byte[]> first = files(run(inputs, "first"));
        final Map<String, byte[]> second = files(run(inputs, "second"));
        assertEquals(first.keySet(), second.keySet());
        assertTrue(first.containsKey("wire-provider.pcap") && first.containsKey("compute2/tapport-a2.pcap"));
        first.forEach((name, bytes) -> assertArrayEquals(bytes, second.get(name), name));
    }

    private Path run(final List<ReplayInput> inputs, final String name) {
        final CloudTopology topology = cast();
        final Path out = folder.resolve(name);
        try (CaptureFolder captures = new CaptureFolder(out, topology.captureNames())) {
            new CloudReplay(topology, ReplayOptions.DEFAULT, inputs, captures).run();
        }
        return out;
    }

    private static Map<String, byte[]> files(final Path out) throws IOException {
        final Map<String, byte[]> files = new TreeMap<>();
        try (var paths = Files.walk(out)) {
            for (final Path file : paths.filter(Files::isRegularFile).toList()) {
                files.put(out.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    @Test
    void shouldFireTheTimersOfEachHostBetweenFrames() throws IOException {
        // Nobody answers for .9: compute1 asks for it again each second, and gives up.
        final CloudReplay replay =
                replay(cast(), inputs(new ScenarioInputs().at(TAP_A1, 0, toFloatingIp("203.0.113.9", 1)), TAP_A1));
        replay.settle(5_000_000_000L);
        replay.run();
        assertEquals(
                3, log.stream().filter(line -> line.contains("wire-provider")).count(), log.toString());
        assertTrue(log.get(1).startsWith("1000000000 wire-provider"), log.toString());
    }

    @Test
    void shouldChangeTheTopologyOfAllHostsAtOnce() throws IOException {
        final Path moved = folder.resolve("moved.yaml");
        Files.writeString(
                moved,
                Files.readString(Cast.vxlan())
                        .replace("\"provider:physical_network\": provider", "\"provider:physical_network\": other")
                        .replace("bridge_mappings: {provider: br-ex}", "bridge_mappings: {other: br-ex}")
                        .replace("\"on\": provider", "\"on\": other"));
        final CloudTopology topology = cast();
        topology.change(1_000_000, List.of(moved));
        assertEquals(List.of("wire-other", "wire-provider", "wire-underlay"), topology.wireNames());
        final byte[] broadcast = TestFrames.ethernet("52:54:00:00:00:01", "ff:ff:ff:ff:ff:ff")
                .arpRequest("52:54:00:00:00:01", "203.0.113.1", "203.0.113.52")
                .build();
        final CloudReplay replay = replay(
                topology,
                inputs(
                        new ScenarioInputs()
                                .at("wire-provider", 0, broadcast)
                                .at("wire-provider", 2_000, broadcast)
                                .at("wire-other", 3_000, broadcast),
                        "wire-provider",
                        "wire-other"));
        replay.run();
        assertEquals(
                List.of("0 wire-provider", "0 wire-provider", "2000000 wire-provider"),
                log.stream()
                        .filter(line -> line.contains("wire-provider"))
                        .map(line -> line.substring(0, line.indexOf(' ', line.indexOf(' ') + 1)))
                        .toList(),
                "nobody is wired to it any more at 2 ms");
        assertTrue(
                log.getLast().startsWith("3000000 wire-other fa:16:3e:0e:00:42 > 52:54:00:00:00:01"), log.toString());
    }

    @Test
    void shouldExplainAFrameThatArrivesByAWire() {
        final ExplainedFrame frame = acrossHosts().explain("compute2/provider", 2);
        assertEquals("compute2/provider", frame.name());
        assertTrue(FramePrinter.toString(frame.bytes()).contains("203.0.113.51"), FramePrinter.toString(frame.bytes()));
        assertEquals("compute2/tapport-a2", frame.sent().getFirst().name());
        assertEquals(
                "3@compute2/provider: the frames 1 to 2 arrive there",
                assertThrows(ReplayException.class, () -> acrossHosts().explain("compute2/provider", 3))
                        .getMessage());
    }

    @Test
    void shouldExplainAFrameOfACaptureAndOneOfNone() {
        assertEquals(1, acrossHosts().explain(TAP_A1, 1).held(), "it waits for an answer to ARP");
        final ExplainedFrame frame = acrossHosts().explain(TAP_A1, toFloatingIp("203.0.113.52", 9));
        assertEquals("compute1/provider", frame.sent().getFirst().name(), "the neighbor is known by then");
    }

    @Test
    void shouldNameWhatIsWrongWithANameOfACapture() {
        final CloudTopology topology = cast();
        assertEquals(
                List.of(
                        "f: there is no wire wire-physnet1, there are wire-provider, wire-underlay",
                        "f: with several hosts a capture is HOST/NAME.pcap or wire-NAME.pcap, not underlay",
                        "f: host compute9 is not in this replay, which has compute1, compute2",
                        "f: underlay of host compute1 is wired to the other hosts; its frames belong in wire-underlay"),
                List.of("wire-physnet1", "underlay", "compute9/tapport-a1", "compute1/underlay").stream()
                        .map(name -> assertThrows(ReplayException.class, () -> topology.checkCapture(name, "f"))
                                .getMessage())
                        .toList());
        assertTrue(assertThrows(ReplayException.class, () -> topology.checkCapture("compute2/tapport-a1", "f"))
                .getMessage()
                .startsWith("f: host compute2 has no attachment point tapport-a1, it has "));
        assertEquals(
                "host compute9 is not in the topology, it knows compute1, compute2, network1",
                assertThrows(
                                ReplayException.class,
                                () -> CloudTopology.load(List.of(Cast.vxlan()), List.of("compute1", "compute9")))
                        .getMessage());
    }
}
