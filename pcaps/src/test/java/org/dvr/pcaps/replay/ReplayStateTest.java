package org.dvr.pcaps.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.state.ConnectionStore;
import org.dvr.pcaps.testing.Cast;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conversation that two replays share: the second one knows of the first what is in the state file, and nothing else. */
final class ReplayStateTest {
    private static final String A1 = "fa:16:3e:0a:00:11";
    private static final String GATEWAY_A = "fa:16:3e:0a:00:01";
    private static final String CSNAT_A = "fa:16:3e:0a:00:02";
    private static final String UPSTREAM = "52:54:00:00:00:01";
    private static final String FG_1 = "fa:16:3e:0e:00:41";
    private static final String QG = "fa:16:3e:0e:00:30";
    private static final String DVR_MAC_1 = "fa:16:3f:00:00:01";
    private static final String OUTSIDE = "8.8.8.8";
    private static final String SHARED = "203.0.113.30";
    private static final String FLOATING = "203.0.113.51";
    private static final long SECOND_US = 1_000_000;
    private static final int SYN = TcpHeader.SYN;
    private static final int ACK = TcpHeader.ACK;
    private static final int PUSH = TcpHeader.PSH | TcpHeader.ACK;
    private static final int IPV4_SOURCE = 14 + 12;
    private static final int SOURCE_PORT = 14 + 20;

    @TempDir
    private Path folder;

    private Path file;
    private final List<String> notes = new ArrayList<>();
    private final List<String> sent = new ArrayList<>();
    private int sourcePort;
    private int workers;

    @BeforeEach
    void name() {
        file = folder.resolve("connections.state");
    }

    /** A new host, new ids, an empty table: another process. */
    private JsonNode replay(final String host, final ScenarioInputs inputs, final Path state) {
        inputs.write(folder);
        final HostTopology topology = HostTopology.load(List.of(Cast.vxlan()), host);
        final List<ReplayInput> captures = new ArrayList<>();
        for (final Path capture : captures(folder.resolve("in"))) {
            captures.add(new ReplayInput(capture.getFileName().toString().replace(".pcap", ""), capture));
        }
        sent.clear();
        notes.clear();
        final FrameSink sink = (port, name, buffer, offset, length, nowNs) -> note(name, buffer, offset);
        workers = workers % 3 + 1; // how many there were does not matter
        final Map<String, String> options = Map.of("workers", Integer.toString(workers));
        final Replay replay = new Replay(topology, ReplayOptions.of(options, "options"), captures, sink);
        if (state != null) {
            replay.state(new ConnectionStore(state, host), notes::add);
        }
        replay.run();
        assertEquals(0, replay.imbalance());
        return replay.counters();
    }

    private static List<Path> captures(final Path in) {
        return List.of(in.toFile().list()).stream().sorted().map(in::resolve).toList();
    }

    private void note(final String name, final DirectBuffer buffer, final int offset) {
        final int source = buffer.getInt(offset + IPV4_SOURCE, ByteOrder.BIG_ENDIAN);
        sent.add(name + " " + Ipv4Address.toString(source));
        if (name.equals("provider")) {
            sourcePort = buffer.getShort(offset + SOURCE_PORT, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        }
    }

    private static byte[] guest(final int flags, final int sequence, final int acknowledgment) {
        return TestFrames.ethernet(A1, GATEWAY_A)
                .ipv4("10.0.1.11", OUTSIDE)
                .tcp(40_000, 80, flags, sequence, acknowledgment)
                .build();
    }

    private static byte[] outside(
            final String mac,
            final String to,
            final int port,
            final int flags,
            final int sequence,
            final int acknowledgment) {
        return TestFrames.ethernet(UPSTREAM, mac)
                .ipv4(OUTSIDE, to)
                .tcp(80, port, flags, sequence, acknowledgment)
                .build();
    }

    /** A guest of compute1 without floating IP, as it arrives at the network host: routed, redirected to the csnat port. */
    private static byte[] redirected(final int flags, final int sequence, final int acknowledgment) {
        final byte[] inner = TestFrames.ethernet(DVR_MAC_1, CSNAT_A)
                .ipv4("10.0.1.13", OUTSIDE)
                .ttl(63)
                .tcp(40_000, 80, flags, sequence, acknowledgment)
                .build();
        return TestFrames.vxlan("02:00:00:00:00:01", "02:00:00:00:00:03", "172.16.0.1", "172.16.0.3", 101, inner);
    }

    @Test
    void shouldGoOnWithAConversationThroughAFloatingIp() {
        final ScenarioInputs first = new ScenarioInputs()
                .at("tapport-a1", 0, guest(SYN, 100, 0))
                .at("provider", 1_000, outside(FG_1, FLOATING, 40_000, SYN | ACK, 500, 101))
                .at("tapport-a1", 2_000, guest(ACK, 101, 501));
        final JsonNode before = replay("compute1", first, file);
        assertEquals(1, before.at("/flows/created").asInt());
        assertEquals(
                List.of(file + ": no state yet, starting without connections", file + ": 1 connection written"), notes);

        final ScenarioInputs second = new ScenarioInputs()
                .at("provider", 3_600 * SECOND_US, outside(FG_1, FLOATING, 40_000, PUSH, 501, 101))
                .at("tapport-a1", 3_601 * SECOND_US, guest(ACK, 101, 501));
        final JsonNode after = replay("compute1", second, file);
        assertEquals(List.of("tapport-a1 8.8.8.8", "provider 203.0.113.51"), sent);
        assertEquals(0, after.at("/flows/created").asInt());
        assertEquals(1, after.at("/flows/restored").asInt());
        assertEquals(1, after.at("/flows/active").asInt());
        assertEquals(List.of(file + ": 1 connection restored", file + ": 1 connection written"), notes);

        // Six days later.
        final ScenarioInputs third =
                new ScenarioInputs().at("tapport-a1", 6 * 86_400 * SECOND_US, guest(ACK, 101, 501));
        assertEquals(1, replay("compute1", third, file).at("/flows/created").asInt());
        assertEquals(file + ": 0 connections restored, 1 expired meanwhile", notes.getFirst());
    }

    @Test
    void shouldGoOnWithSourceNatThatNobodyCanPickUp() {
        final ScenarioInputs first = new ScenarioInputs().at("underlay", 0, redirected(SYN, 100, 0));
        replay("network1", first, file);
        assertEquals(List.of("provider " + SHARED), sent);
        final int chosen = sourcePort;

        final ScenarioInputs second = new ScenarioInputs()
                .at("provider", 1_000, outside(QG, SHARED, chosen, SYN | ACK, 500, 101))
                .at("underlay", 2_000, redirected(ACK, 101, 501));
        replay("network1", second, file);
        // The answer goes back in VXLAN.
        assertEquals(List.of("underlay 172.16.0.3", "provider " + SHARED), sent);
        assertEquals(chosen, sourcePort);

        final ScenarioInputs third = new ScenarioInputs()
                .at("underlay", 60 * SECOND_US, redirected(PUSH, 101, 501))
                .at("provider", 61 * SECOND_US, outside(QG, SHARED, chosen, PUSH, 501, 101));
        final JsonNode without = replay("network1", third, null);
        assertEquals(List.of(), sent);
        assertTrue(without.at("/drops/nat-no-connection").asInt() >= 1, without.toString());

        final JsonNode with = replay("network1", third, file);
        assertEquals(List.of("provider " + SHARED, "underlay 172.16.0.3"), sent);
        assertEquals(chosen, sourcePort);
        assertEquals(1, with.at("/flows/restored").asInt());
        assertEquals(0, with.at("/flows/created").asInt());
        assertTrue(with.at("/drops").isEmpty(), with.toString());
    }

    @Test
    void shouldBeginWithoutAFileThatIsRefused() {
        final ScenarioInputs inputs = new ScenarioInputs().at("tapport-a1", 0, guest(SYN, 100, 0));
        replay("compute1", inputs, file);
        inputs.write(folder);
        replay("network1", new ScenarioInputs().at("underlay", 0, redirected(SYN, 100, 0)), file);
        assertEquals(
                file
                        + ": is the state of host compute1, not of network1; starting without connections and leaving it alone, name"
                        + " another file to keep state",
                notes.getFirst());
        assertEquals(List.of("provider " + SHARED), sent);
        assertEquals(file + ": not written, it is somebody else's", notes.getLast());
    }
}
