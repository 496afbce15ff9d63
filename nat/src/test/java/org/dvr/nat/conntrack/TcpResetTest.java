package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RSTs of the ends of a connection, and of others, around all places of the circle of sequence numbers. */
class TcpResetTest {
    private static final long ADDRESSES = TupleKey.addresses(0x0A00010B, 0xC633640A);
    private static final long PORTS = TupleKey.ports(1, TupleKey.TCP, 40_000, 80);
    private static final int SYN = TcpState.SYN;
    private static final int ACK = TcpState.ACK;
    private static final int RST = TcpState.RST;
    private static final int FIN = TcpState.FIN;
    private static final long NOW = 5;

    private final ConntrackTable table = new ConntrackTable(16, 1, ConntrackTimeouts.DEFAULTS);
    private final int reference =
            table.open(ADDRESSES, PORTS, TupleKey.inverseAddresses(ADDRESSES), TupleKey.inversePorts(PORTS), 0, NOW);
    private int client;
    private int server;

    @ParameterizedTest(name = "client at {0}")
    @ValueSource(ints = {0, 1, 1_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1, -2})
    void shouldBelieveTheEndsAtEveryMoment(final int start) {
        for (int kind = 0; kind < 7; kind++) {
            connect(start, start * 31 + kind);
            switch (kind) {
                case 0 -> sendServer(RST, server, 0, 0);
                case 1 -> sendClient(RST | ACK, client, server, 0);
                case 2 -> { // data in flight behind which its sender gives up
                    sendClient(ACK, client, server, 1_400);
                    sendClient(RST | ACK, client + 1_400, server, 0);
                }
                case 3 -> { // data for a socket that is gone
                    sendClient(ACK, client, server, 1_400);
                    sendServer(RST, server, 0, 0);
                }
                case 4 -> { // unacknowledged data is answered by what was acknowledged last
                    sendServer(ACK, server, client, 500);
                    sendClient(RST, server, 0, 0);
                    assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
                    sendClient(RST, client, 0, 0);
                }
                case 5 -> {
                    sendClient(FIN | ACK, client, server, 0);
                    sendClient(RST, client + 1, 0, 0);
                }
                default -> {
                    sendServer(FIN | ACK, server, client, 10);
                    sendClient(ACK, client, server + 11, 0);
                    sendServer(RST, server + 11, 0, 0);
                }
            }
            assertEquals(TcpState.CLOSE, table.tcpState(reference), "kind " + kind);
        }
    }

    @Test
    void shouldBelieveTheAnswerToASynOnlyIfItAcknowledgesIt() {
        sendClient(SYN, 1_000, 0, 0);
        sendServer(RST, 0, 0, 0);
        sendServer(RST | ACK, 0, 1_000, 0);
        sendServer(RST | ACK, 0, 1_002, 0);
        assertEquals(TcpState.SYN_SENT, table.tcpState(reference));
        assertEquals(3, table.ignoredResetCount());
        sendServer(RST | ACK, 0, 1_001, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @Test
    void shouldBelieveBothSidesOfASimultaneousOpen() {
        sendClient(SYN, 1_000, 0, 0);
        sendServer(SYN, 9_000, 0, 0);
        sendServer(RST, 9_002, 0, 0);
        assertEquals(TcpState.SYN_SENT2, table.tcpState(reference));
        sendServer(RST, 9_001, 0, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldNotBelieveThoseWhoSeeNothing(final long seed) {
        final Random random = new Random(seed);
        connect(random.nextInt(), random.nextInt());
        sendClient(ACK, client, server, 1_400);
        client += 1_400;
        sendServer(ACK, server, client, 0);
        final long expiresAtNs = table.expiresAtNs(reference);
        for (int i = 0; i < 1_000_000; i++) {
            // With segments that would move the memory, and the RST that goes with them.
            final int direction = random.nextInt(2);
            final int sequence = random.nextInt();
            if (i % 2 == 0) {
                send(direction, ACK, sequence, random.nextInt(), random.nextInt(1_400), NOW);
            }
            send(direction, random.nextBoolean() ? RST : RST | ACK, sequence, random.nextInt(), 0, NOW + 1);
        }
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
        assertEquals(expiresAtNs, table.expiresAtNs(reference));
        assertEquals(1_000_000, table.ignoredResetCount());
        sendServer(RST | ACK, server, client, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @Test
    void shouldNotBelieveARstWithinTheWindowThatIsNotExact() {
        connect(1_000, 2_000);
        sendServer(RST, server + 1, 0, 0);
        sendServer(RST, server - 1, 0, 0);
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
        // The client challenges, the server repeats what the challenge acknowledges.
        sendClient(ACK, client, server, 0);
        sendServer(RST, server, 0, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @Test
    void shouldBelieveTheSenderOfAHalfFlow() {
        sendServer(SYN | ACK, 500, 100, 0); // the SYN took another way
        sendServer(ACK, 501, 101, 300);
        sendServer(RST, 500, 0, 0);
        sendClient(RST, 100, 0, 0);
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
        sendClient(RST, 101, 0, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @Test
    void shouldBelieveAnyRstWhereNothingIsKnown() {
        table.packet(reference, ACK, NOW);
        sendServer(RST, 77, 0, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @Test
    void shouldFollowReorderedAndRepeatedSegments() {
        connect(-3_000, 5_000);
        sendClient(ACK, client + 1_000, server, 1_000);
        sendClient(ACK, client, server, 1_000);
        sendServer(ACK, server, client + 2_000, 0);
        sendServer(ACK, server, client, 0);
        sendClient(ACK, client, server, 1_000);
        sendClient(RST, client + 1_000, 0, 0);
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
        sendClient(RST, client + 2_000, 0, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @Test
    void shouldForgetTheNumbersWhenPortsAreUsedAgain() {
        connect(1_000, 2_000);
        sendServer(RST, server, 0, 0);
        connect(1_000_000_000, -5);
        sendServer(RST, 2_001, 0, 0);
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
        sendServer(RST, server, 0, 0);
        assertEquals(TcpState.CLOSE, table.tcpState(reference));
    }

    @Test
    void shouldNoteNothingForOtherProtocols() {
        final long ports = TupleKey.ports(1, TupleKey.UDP, 1, 2);
        final int udp = table.open(
                ADDRESSES, ports, TupleKey.inverseAddresses(ADDRESSES), TupleKey.inversePorts(ports), 0, NOW);
        table.note(udp, SYN, 1, 2, 3);
        table.packet(udp, RST, 1, 2, 3, NOW);
        table.packet(udp | 1, RST, 1, 2, 3, NOW);
        assertTrue(table.isReplied(udp));
        assertEquals(TcpState.NEW, table.tcpState(udp));
        assertEquals(0, table.ignoredResetCount());
    }

    private void connect(final int clientStart, final int serverStart) {
        sendClient(SYN, clientStart, 0, 0);
        sendServer(SYN | ACK, serverStart, clientStart + 1, 0);
        client = clientStart + 1;
        server = serverStart + 1;
        sendClient(ACK, client, server, 0);
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));
    }

    private void sendClient(final int flags, final int sequence, final int acknowledgment, final int length) {
        send(0, flags, sequence, acknowledgment, length, NOW);
    }

    private void sendServer(final int flags, final int sequence, final int acknowledgment, final int length) {
        send(1, flags, sequence, acknowledgment, length, NOW);
    }

    private void send(
            final int direction,
            final int flags,
            final int sequence,
            final int acknowledgment,
            final int length,
            final long nowNs) {
        table.packet(reference | direction, flags, sequence, acknowledgment, length, nowNs);
    }
}
