package org.dvr.pcaps.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.testing.TestFrames;
import org.dvr.pcaps.file.CaptureReader;
import org.dvr.pcaps.file.CaptureWriter;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.testing.Cast;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScenarioRunnerTest {
    private static final String A1 = "fa:16:3e:0a:00:11";
    private static final String A2 = "fa:16:3e:0a:00:12";
    private static final String GATEWAY_A = "fa:16:3e:0a:00:01";

    @TempDir
    private Path folder;

    @BeforeEach
    void writeScenario() throws IOException {
        yaml("says: A test.\nhost: compute1\n");
        Files.copy(Cast.vxlan(), folder.resolve("topology.yaml"));
        new ScenarioInputs()
                .at("tapport-a1", 0, toA2())
                .at("tapport-a1", 1_000, ping())
                .write(folder);
    }

    private void yaml(final String text) throws IOException {
        Files.writeString(folder.resolve("scenario.yaml"), text);
    }

    private static byte[] toA2() {
        return TestFrames.ethernet(A1, A2)
                .ipv4("10.0.1.11", "10.0.1.12")
                .udp(1000, 2000)
                .payload(8)
                .build();
    }

    private static byte[] ping() {
        return TestFrames.ethernet(A1, GATEWAY_A)
                .ipv4("10.0.1.11", "10.0.1.1")
                .icmpEcho(5, 1)
                .payload(8)
                .build();
    }

    private ScenarioResult run() {
        return new ScenarioRunner(false).run(Scenario.read(folder));
    }

    private ScenarioResult update() {
        return new ScenarioRunner(true).run(Scenario.read(folder));
    }

    /** Rewrites an expected capture with one byte changed, or a time. */
    private void change(final String name, final int byteOffset, final int value, final long laterNs) {
        final Path file = folder.resolve("out").resolve(name + ".pcap");
        final byte[] frame;
        final long timeNs;
        try (CaptureReader reader = CaptureReader.open(file)) {
            reader.next();
            frame = new byte[reader.capturedLength()];
            reader.copyTo(new UnsafeBuffer(frame), 0);
            timeNs = reader.timestampNs();
        }
        if (byteOffset >= 0) {
            frame[byteOffset] = (byte) value;
        }
        try (CaptureWriter writer = CaptureWriter.create(file)) {
            writer.write(timeNs + laterNs, new UnsafeBuffer(frame), 0, frame.length);
        }
    }

    @Test
    void shouldBeContentWithWhatItWroteItself() {
        assertTrue(update().isUpdated());
        final ScenarioResult result = run();
        assertEquals(List.of(), result.differences());
        assertTrue(Files.exists(folder.resolve("out/underlay.pcap")));
        assertTrue(Files.exists(folder.resolve("counters.json")));
        assertFalse(Files.exists(folder.resolve("out/provider.pcap")), "nothing left by provider");
    }

    @Test
    void shouldTellAFieldThatDiffers() {
        update();
        // Inner TTL: outer headers are 50 bytes, the inner Ethernet header 14, the TTL is the ninth byte of the IP
        // header.
        change("underlay", 50 + 14 + 8, 63, 0);
        final List<String> differences = run().differences();
        assertEquals("out/underlay: frame 1 differs", differences.get(0));
        assertTrue(differences.get(1).startsWith("    expected  02:00:00:00:00:01 > "), differences.get(1));
        assertTrue(differences.get(2).startsWith("    got       02:00:00:00:00:01 > "), differences.get(2));
        assertEquals("    inner.ipv4.ttl                  expected 63                    got 64", differences.get(3));
        assertEquals(4, differences.size());
    }

    @Test
    void shouldShowUndecodedBytesInHex() {
        update();
        change("underlay", 50 + 14 + 20 + 8 + 3, 0xEE, 0);
        final String last = run().differences().getLast();
        assertTrue(last.contains("inner.udp.data from byte 3"), last);
        assertTrue(last.contains("expected ee"), last);
    }

    @Test
    void shouldIgnoreWhatMayDiffer() {
        update();
        for (final int offset : new int[] {14 + 4, 14 + 10, 34, 35, 34 + 6}) {
            change("underlay", offset, 0x5A, 0); // outer IP id, outer IP checksum, UDP source port, UDP checksum
            assertEquals(List.of(), run().differences(), "offset=" + offset);
        }
        change("tapport-a1", 14 + 5, 0x77, 0); // IP id of the echo reply that the router made
        assertEquals(List.of(), run().differences());
    }

    @Test
    void shouldNotIgnoreTheIdOfAnAnswerThatWasForwarded() {
        final byte[] reply = TestFrames.ethernet(A2, A1)
                .ipv4("10.0.1.12", "10.0.1.11")
                .id(99)
                .icmpEchoReply(5, 1)
                .build();
        new ScenarioInputs()
                .at(
                        "underlay",
                        0,
                        TestFrames.vxlan(
                                "02:00:00:00:00:02", "02:00:00:00:00:01", "172.16.0.2", "172.16.0.1", 101, reply))
                .write(folder);
        update();
        assertEquals(List.of(), run().differences());
        change("tapport-a1", 14 + 5, 98, 0);
        assertTrue(
                run().differences().toString().contains("ipv4.id"),
                run().differences().toString());
    }

    @Test
    void shouldCompareTimeToTheNanosecond() {
        update();
        change("underlay", -1, 0, 1);
        final List<String> differences = run().differences();
        assertTrue(
                differences.getLast().contains("time") && differences.getLast().contains("expected +0.000000001 s"),
                differences.toString());
    }

    @Test
    void shouldTellMissingAndExtraFrames() throws IOException {
        update();
        Files.delete(folder.resolve("out/underlay.pcap"));
        Files.copy(folder.resolve("in/tapport-a1.pcap"), folder.resolve("out/provider.pcap"));
        final List<String> differences = run().differences();
        assertEquals("out/provider: 2 frames missing, first is frame 1", differences.get(0));
        assertEquals("out/underlay: 1 frame too many, first is frame 1", differences.get(2));
    }

    @Test
    void shouldCompareOnlyTheCountersThatAreGiven() throws IOException {
        update();
        Files.writeString(
                folder.resolve("counters.json"),
                "{\"ports\": {\"underlay\": {\"tx\": 1}}, \"drops\": {\"vni-unknown\": 0}, \"flooded\": 0}");
        assertEquals(List.of(), run().differences());
        Files.writeString(
                folder.resolve("counters.json"),
                "{\"ports\": {\"underlay\": {\"tx\": 2}}, \"drops\": {\"vni-unknow\": 0}, \"held\": 1}");
        final List<String> differences = run().differences();
        assertEquals(3, differences.size(), differences.toString());
        assertTrue(differences.get(0).matches("counters: ports.underlay.tx +expected 2 +got 1"), differences.get(0));
        assertEquals("counters: there is no counter drops.vni-unknow, did you mean vni-unknown?", differences.get(1));
        assertTrue(differences.get(2).matches("counters: held +expected 1 +got 0"), differences.get(2));
    }

    @Test
    void shouldReplaceTheTopologyAtAStep() throws IOException {
        yaml("says: The other guest goes away.\nhost: compute1\nsteps:\n  - {at: 500us, topology: after.yaml}\n");
        final String topology = Files.readString(folder.resolve("topology.yaml"));
        Files.writeString(
                folder.resolve("after.yaml"), topology.replace("segmentation_id\": 101", "segmentation_id\": 555"));
        new ScenarioInputs()
                .at("tapport-a1", 0, toA2())
                .at("tapport-a1", 500, toA2())
                .write(folder);
        update();
        try (CaptureReader reader = CaptureReader.open(folder.resolve("out/underlay.pcap"))) {
            assertEquals(101, vni(reader));
            assertEquals(555, vni(reader), "a step comes before a frame of the same time");
        }
    }

    private static int vni(final CaptureReader reader) {
        assertTrue(reader.next());
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[reader.capturedLength()]);
        reader.copyTo(frame, 0);
        return frame.getInt(46, ByteOrder.BIG_ENDIAN) >>> 8;
    }

    @Test
    void shouldNameEverythingThatIsWrongWithAScenario() throws IOException {
        yaml("say: x\nsettle: soon\nsteps: [{at: 1s, topology: gone.yaml}]\n");
        final String message =
                assertThrows(ReplayException.class, () -> Scenario.read(folder)).getMessage();
        final String file = folder.resolve("scenario.yaml") + ": ";
        assertEquals(
                List.of(
                        file
                                + "unknown key say, did you mean says? known are says, host, hosts, options, settle, steps",
                        file + "host: missing; it names the host whose view is replayed",
                        file + "says: missing; one sentence that says what the scenario shows",
                        file + "settle must be a time of at most 30 days such as 5s, 3.5s or 200ms, not soon",
                        file + "steps[0].topology: no file gone.yaml in the folder"),
                message.lines().toList());
    }

    private void cloud() throws IOException {
        yaml("says: A test.\nhosts: [compute1, compute2]\n");
        new ScenarioInputs()
                .at("compute1/tapport-a1", 0, toA2())
                .at("compute1/tapport-a1", 1_000, ping())
                .write(folder);
    }

    @Test
    void shouldReplaySeveralHosts() throws IOException {
        cloud();
        assertTrue(update().isUpdated());
        assertTrue(Files.exists(folder.resolve("out/wire-underlay.pcap")));
        assertTrue(Files.exists(folder.resolve("out/compute2/tapport-a2.pcap")));
        assertEquals(List.of(), run().differences());
        change("wire-underlay", 34, 0x5A, 0); // outer UDP source port
        assertEquals(List.of(), run().differences());
        change("wire-underlay", 50 + 14 + 8, 63, 0);
        change("compute2/tapport-a2", 14 + 8, 62, 0);
        Files.writeString(
                folder.resolve("counters.json"),
                "{\"hosts\": {\"compute2\": {\"drops\": {\"vni-unknown\": 0, \"vni-unknow\": 0}, \"consumed\": 4}}}");
        final List<String> differences = run().differences();
        assertEquals("out/compute2/tapport-a2: frame 1 differs", differences.get(0));
        assertTrue(differences.contains("out/wire-underlay: frame 1 differs"), differences.toString());
        assertTrue(
                differences.contains(
                        "counters: there is no counter hosts.compute2.drops.vni-unknow, did you mean vni-unknown?"),
                differences.toString());
        assertTrue(
                differences.getLast().matches("counters: hosts.compute2.consumed +expected 4 +got 0"),
                differences.getLast());
    }

    @Test
    void shouldNotLetACaptureOfAWiredPointPassUnseen() throws IOException {
        cloud();
        update();
        Files.copy(folder.resolve("out/wire-underlay.pcap"), folder.resolve("out/compute1/underlay.pcap"));
        final String message = assertThrows(ReplayException.class, this::run).getMessage();
        assertTrue(message.endsWith("is wired to the other hosts; its frames belong in wire-underlay"), message);
        assertTrue(update().isUpdated(), "an update removes it");
        assertEquals(List.of(), run().differences());
    }

    @Test
    void shouldNameWhatIsWrongWithHosts() throws IOException {
        final String file = folder.resolve("scenario.yaml") + ": ";
        yaml("says: x\nhost: compute1\nhosts: [compute1, compute2, compute1]\n");
        assertEquals(
                List.of(file + "hosts: give host, or hosts, not both", file + "hosts: compute1 is there twice"),
                assertThrows(ReplayException.class, () -> Scenario.read(folder))
                        .getMessage()
                        .lines()
                        .toList());
        yaml("says: x\nhosts: compute1\n");
        assertEquals(
                file + "hosts: must be a list of 1 to 100 names",
                assertThrows(ReplayException.class, () -> Scenario.read(folder)).getMessage());
    }

    @Test
    void shouldShareMemoryForConnectionsAmongManyHosts() throws IOException {
        final StringBuilder hosts = new StringBuilder("says: x\nhosts: [h0");
        for (int i = 1; i < 64; i++) {
            hosts.append(", h").append(i);
        }
        yaml(hosts + "]\n");
        assertEquals(16_384, Scenario.read(folder).options().connections());
        yaml(hosts + "]\noptions: {connections: 70000}\n");
        assertEquals(70_000, Scenario.read(folder).options().connections());
        cloud();
        assertEquals(262_144, Scenario.read(folder).options().connections());
    }

    @Test
    void shouldRefuseAnExpectedFileOfNoAttachmentPoint() throws IOException {
        update();
        Files.copy(folder.resolve("out/underlay.pcap"), folder.resolve("out/overlay.pcap"));
        final String message = assertThrows(ReplayException.class, this::run).getMessage();
        assertTrue(message.contains("host compute1 has no attachment point overlay"), message);
    }

    @Test
    void shouldFindScenariosBelowAFolder() throws IOException {
        assertEquals(List.of(folder), Scenario.find(folder));
        assertTrue(Scenario.find(Cast.scenarios()).size() > 1);
        final Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThrows(ReplayException.class, () -> Scenario.find(empty));
    }

    @Test
    void shouldReadTimes() {
        assertEquals(5_000_000_000L, Durations.parse("5s"));
        assertEquals(3_500_000_000L, Durations.parse("3.5s"));
        assertEquals(200_000_000L, Durations.parse("200 ms"));
        assertEquals(120_000_000_000L, Durations.parse("2m"));
        assertEquals(7, Durations.parse("7ns"));
        assertEquals(2_000_000_000L, Durations.parse("2"));
        assertEquals(-1, Durations.parse("-1s"));
        assertEquals(-1, Durations.parse("0.5ns"));
        assertEquals(-1, Durations.parse("soon"));
        assertEquals(-1, Durations.parse("1000000h"));
    }
}
