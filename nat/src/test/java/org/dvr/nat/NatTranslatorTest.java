package org.dvr.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.dvr.nat.conntrack.ConntrackLimits;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.conntrack.TcpState;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NatTranslatorTest {
    private static final int ZONE = 7;
    private static final int GUEST = 0x0A00010B; // 10.0.1.11
    private static final int OTHER_GUEST = 0x0A00020B; // 10.0.2.11
    private static final int FLOATING = 0xCB007133; // 203.0.113.51
    private static final int OTHER_FLOATING = 0xCB00713D; // 203.0.113.61
    private static final int REMOTE = 0xC633640A; // 198.51.100.10
    private static final int OWNER = 5;
    private static final int SYN = TcpState.SYN;
    private static final int SYN_ACK = TcpState.SYN | TcpState.ACK;
    private static final long NOW = 1_000_000_000L;

    private final ConntrackTable table = new ConntrackTable(65_536, 1, ConntrackTimeouts.DEFAULTS);
    private final NatTranslator translator = new NatTranslator(table, PortRange.UNPRIVILEGED);

    /** A packet's tuple, as a test reads it. */
    private record Packet(int source, int sourcePort, int destination, int destinationPort, int protocol) {
        long addresses() {
            return TupleKey.addresses(source, destination);
        }

        long ports() {
            return TupleKey.ports(ZONE, protocol, sourcePort, destinationPort);
        }

        Packet answer() {
            return new Packet(
                    /* source= */ destination,
                    /* sourcePort= */ destinationPort,
                    /* destination= */ source,
                    /* destinationPort= */ sourcePort,
                    protocol);
        }
    }

    @Test
    void shouldKeepTheSourcePortOfAnOutboundConnection() {
        final Packet out = tcp(GUEST, 40_000, REMOTE, 80);
        final int reference = openSource(out, FLOATING);
        assertEquals(tcp(FLOATING, 40_000, REMOTE, 80), translated(reference, out));
        assertEquals(tcp(REMOTE, 80, GUEST, 40_000), forward(tcp(REMOTE, 80, FLOATING, 40_000), SYN_ACK));
        assertEquals(TcpState.SYN_RECV, table.tcpState(reference));
        assertEquals(OWNER, table.owner(reference));
    }

    @Test
    void shouldDeliverAnInboundConnectionWithItsPorts() {
        final Packet in = tcp(REMOTE, 50_000, FLOATING, 22);
        final int reference = openDestination(in, GUEST);
        assertEquals(tcp(REMOTE, 50_000, GUEST, 22), translated(reference, in));
        assertEquals(tcp(FLOATING, 22, REMOTE, 50_000), forward(tcp(GUEST, 22, REMOTE, 50_000), SYN_ACK));
    }

    @Test
    void shouldTrackWithoutTranslation() {
        final Packet packet = tcp(GUEST, 40_000, OTHER_GUEST, 80);
        final int reference = translator.open(packet.addresses(), packet.ports(), SYN, OWNER, NOW);
        assertFalse(table.isTranslated(reference));
        assertEquals(packet, translated(reference, packet));
        assertEquals(packet.answer(), forward(packet.answer(), SYN_ACK));
    }

    @Test
    void shouldTranslateEchoByItsIdentifier() {
        final Packet request = icmp(GUEST, REMOTE, 5);
        assertEquals(icmp(FLOATING, REMOTE, 5), translated(openSource(request, FLOATING), request));
        assertEquals(icmp(REMOTE, GUEST, 5), forward(icmp(REMOTE, FLOATING, 5), 0));
    }

    @Test
    void shouldChooseAnotherSourcePortWhenItIsTaken() {
        openSource(tcp(GUEST, 40_000, REMOTE, 80), FLOATING);
        final Packet second = tcp(OTHER_GUEST, 40_000, REMOTE, 80);
        final Packet out = translated(openSource(second, FLOATING), second);
        assertNotEquals(40_000, out.sourcePort());
        assertTrue(out.sourcePort() >= 1_024);
        assertEquals(second.answer(), forward(out.answer(), SYN_ACK));
    }

    @Test
    void shouldPickUpInMidStreamWithTheSamePortOrNotAtAll() {
        final Packet first = tcp(GUEST, 40_000, REMOTE, 80);
        final int reference =
                translator.openSource(first.addresses(), first.ports(), FLOATING, TcpState.ACK, OWNER, NOW);
        assertEquals(40_000, translated(reference, first).sourcePort());
        assertEquals(TcpState.ESTABLISHED, table.tcpState(reference));

        final Packet second = tcp(OTHER_GUEST, 40_000, REMOTE, 80);
        assertEquals(
                NatTranslator.CLASH,
                translator.openSource(second.addresses(), second.ports(), FLOATING, SYN_ACK, OWNER, NOW));
    }

    @Test
    void shouldChooseAnotherIdentifierWhenItIsTaken() {
        openSource(icmp(GUEST, REMOTE, 5), FLOATING);
        final Packet second = icmp(OTHER_GUEST, REMOTE, 5);
        final Packet out = translated(openSource(second, FLOATING), second);
        assertNotEquals(5, out.sourcePort());
        assertEquals(out.sourcePort(), out.destinationPort());
        assertEquals(icmp(REMOTE, OTHER_GUEST, 5), forward(out.answer(), 0));
    }

    @Test
    void shouldUseAPortAgainTowardsAnotherDestination() {
        openSource(tcp(GUEST, 40_000, REMOTE, 80), FLOATING);
        final Packet other = tcp(OTHER_GUEST, 40_000, REMOTE, 443);
        assertEquals(40_000, translated(openSource(other, FLOATING), other).sourcePort());
    }

    @Test
    void shouldNeverChooseAPortTwiceForOneDestination() {
        final Set<Integer> chosen = new HashSet<>();
        for (int guest = 0; guest < 5_000; guest++) {
            final Packet out = tcp(0x0A000000 + guest, 40_000, REMOTE, 80);
            assertTrue(chosen.add(translated(openSource(out, FLOATING), out).sourcePort()));
        }
    }

    @Test
    void shouldChooseTheSamePortsForTheSameSeed() {
        final ConntrackTable again = new ConntrackTable(65_536, 1, ConntrackTimeouts.DEFAULTS);
        final NatTranslator other = new NatTranslator(again, PortRange.UNPRIVILEGED);
        for (int guest = 0; guest < 100; guest++) {
            final Packet out = tcp(0x0A000000 + guest, 40_000, REMOTE, 80);
            final int reference = other.openSource(out.addresses(), out.ports(), FLOATING, SYN, OWNER, NOW);
            assertEquals(
                    TupleKey.sourcePort(other.translatedPorts(reference)),
                    translated(openSource(out, FLOATING), out).sourcePort());
        }
    }

    @Test
    void shouldReportAndCountExhaustedPorts() {
        final NatTranslator narrow = new NatTranslator(table, new PortRange(2_000, 2_003));
        int opened = 0;
        for (int guest = 0; guest < 6; guest++) {
            final Packet out = tcp(0x0A000000 + guest, 40_000, REMOTE, 80);
            final int reference = narrow.openSource(out.addresses(), out.ports(), FLOATING, SYN, OWNER, NOW);
            if (reference >= 0) {
                opened++;
            } else {
                assertEquals(NatTranslator.PORTS_EXHAUSTED, reference);
            }
        }
        assertEquals(5, opened, "its own port for the first, four of the range for others");
        assertEquals(1, narrow.exhaustedCount());
        assertEquals(0, table.refused());
    }

    @Test
    void shouldClashWhereThereIsNoPortToChoose() {
        final Packet gre = new Packet(GUEST, 0, REMOTE, 0, TupleKey.GRE);
        final Packet second = new Packet(OTHER_GUEST, 0, REMOTE, 0, TupleKey.GRE);
        assertTrue(openSource(gre, FLOATING) >= 0);
        assertEquals(NatTranslator.CLASH, openSource(second, FLOATING));
        assertEquals(1, table.clashCount());
    }

    @Test
    void shouldClashWhenTheGuestUsesTheTupleOfTheAnswerAlready() {
        final Packet own = tcp(GUEST, 22, REMOTE, 50_000);
        translator.open(own.addresses(), own.ports(), SYN, OWNER, NOW);
        assertEquals(NatTranslator.CLASH, openDestination(tcp(REMOTE, 50_000, FLOATING, 22), GUEST));
    }

    @Test
    void shouldReportThatAnOwnerHoldsAllItMay() {
        final ConntrackLimits limits = new ConntrackLimits(ConntrackLimits.UNLIMITED, 4);
        final NatTranslator small = new NatTranslator(
                new ConntrackTable(16, 1, ConntrackTimeouts.DEFAULTS, limits), PortRange.UNPRIVILEGED);
        for (int port = 0; port < 4; port++) {
            final Packet out = udp(GUEST, port, REMOTE, 80);
            final int reference = small.openSource(out.addresses(), out.ports(), FLOATING, 0, OWNER, NOW);
            small.packet(reference | 1, 0, NOW);
        }
        final Packet out = udp(GUEST, 16, REMOTE, 80);
        final Packet in = udp(REMOTE, 16, FLOATING, 80);
        assertEquals(NatTranslator.TABLE_FULL, small.openSource(out.addresses(), out.ports(), FLOATING, 0, OWNER, NOW));
        assertEquals(NatTranslator.TABLE_FULL, small.openDestination(in.addresses(), in.ports(), GUEST, 0, OWNER, NOW));
        assertEquals(NatTranslator.TABLE_FULL, small.open(out.addresses(), out.ports(), 0, OWNER, NOW));
        assertEquals(3, small.table().ownerLimitCount());
        assertTrue(small.open(out.addresses(), out.ports(), 0, OWNER + 1, NOW) >= 0);
    }

    @Test
    void shouldCarryAGuestToItsOwnFloatingIpByTwoConnections() {
        final Packet first = tcp(GUEST, 40_000, FLOATING, 80);
        final Packet between = translated(openSource(first, FLOATING), first);
        assertEquals(tcp(FLOATING, 40_000, FLOATING, 80), between);

        assertEquals(NatTranslator.MISSING, lookup(between));
        final Packet delivered = translated(openDestination(between, GUEST), between);
        assertEquals(tcp(FLOATING, 40_000, GUEST, 80), delivered);

        final Packet betweenBack = forward(delivered.answer(), SYN_ACK);
        assertEquals(between.answer(), betweenBack);
        assertEquals(first.answer(), forward(betweenBack, SYN_ACK));

        assertEquals(between, forward(first, TcpState.ACK));
        assertEquals(delivered, forward(between, TcpState.ACK));
        assertEquals(2, table.active());
        table.forEach((connections, reference) -> assertEquals(TcpState.ESTABLISHED, connections.tcpState(reference)));
    }

    @Test
    void shouldCarryAGuestToItsOwnFloatingIpByOneConnectionWhenThePortsAreEqual() {
        final Packet first = tcp(GUEST, 80, FLOATING, 80);
        final Packet between = translated(openSource(first, FLOATING), first);
        assertEquals(tcp(FLOATING, 80, FLOATING, 80), between);
        assertEquals(tcp(FLOATING, 80, GUEST, 80), forward(between, SYN));
        // The guest's socket talks to itself: a simultaneous open.
        assertEquals(between, forward(first, SYN_ACK));
        assertEquals(tcp(FLOATING, 80, GUEST, 80), forward(between, SYN_ACK));
        assertEquals(between, forward(first, TcpState.ACK));
        assertEquals(TcpState.ESTABLISHED, table.tcpState(lookup(first)));
        assertEquals(1, table.active());
    }

    @Test
    void shouldCarryAPingToTheOwnFloatingIp() {
        final Packet request = icmp(GUEST, FLOATING, 5);
        final Packet between = translated(openSource(request, FLOATING), request);
        assertEquals(icmp(FLOATING, FLOATING, 5), between);
        assertEquals(icmp(FLOATING, GUEST, 5), forward(between, 0));
        // The echo reply of the guest goes the same way round.
        assertEquals(between, forward(icmp(GUEST, FLOATING, 5), 0));
        assertEquals(icmp(FLOATING, GUEST, 5), forward(between, 0));
    }

    @Test
    void shouldCarryAnotherPortWhenTheOwnFloatingIpsTupleIsTaken() {
        // Somebody holds F:80 > F:40000 already, so the source port of the guest's connection must change.
        final Packet taken = tcp(FLOATING, 80, FLOATING, 40_000);
        translator.open(taken.addresses(), taken.ports(), SYN, OWNER, NOW);
        final Packet first = tcp(GUEST, 40_000, FLOATING, 80);
        final Packet between = translated(openSource(first, FLOATING), first);
        assertNotEquals(40_000, between.sourcePort());
        final Packet delivered = translated(openDestination(between, GUEST), between);
        assertEquals(first.answer(), forward(forward(delivered.answer(), SYN_ACK), SYN_ACK));
    }

    @Test
    void shouldCarryFloatingIpToFloatingIpOfOneRouter() {
        final Packet first = tcp(GUEST, 40_000, OTHER_FLOATING, 80);
        final Packet between = translated(openSource(first, FLOATING), first);
        assertEquals(tcp(FLOATING, 40_000, OTHER_FLOATING, 80), between);
        assertEquals(NatTranslator.MISSING, lookup(between));
        final Packet delivered = translated(openDestination(between, OTHER_GUEST), between);
        assertEquals(tcp(FLOATING, 40_000, OTHER_GUEST, 80), delivered);
        assertEquals(first.answer(), forward(forward(delivered.answer(), SYN_ACK), SYN_ACK));
    }

    @Test
    void shouldFlushTheConnectionsOfAPairOnly() {
        openSource(tcp(GUEST, 1, REMOTE, 80), FLOATING);
        openDestination(tcp(REMOTE, 2, FLOATING, 22), GUEST);
        openSource(tcp(OTHER_GUEST, 3, REMOTE, 80), OTHER_FLOATING);
        openDestination(tcp(REMOTE, 4, OTHER_FLOATING, 22), OTHER_GUEST);
        // By the flushed floating IP's name, but not of the pair.
        openSource(tcp(OTHER_GUEST, 5, FLOATING, 80), OTHER_FLOATING);
        final Packet plain = tcp(GUEST, 6, OTHER_GUEST, 80);
        translator.open(plain.addresses(), plain.ports(), SYN, OWNER, NOW);

        assertEquals(0, translator.flush(ZONE + 1, FLOATING, GUEST));
        assertEquals(2, translator.flush(ZONE, FLOATING, GUEST));
        assertEquals(0, translator.flush(ZONE, FLOATING, GUEST));
        assertEquals(4, table.active());
        assertEquals(NatTranslator.MISSING, lookup(tcp(REMOTE, 80, FLOATING, 1)));
        assertEquals(NatTranslator.MISSING, lookup(tcp(GUEST, 22, REMOTE, 2)));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void shouldTranslateBackWhatItTranslates(final long seed) {
        final Random random = new Random(seed);
        final int[] protocols = {TupleKey.TCP, TupleKey.UDP, TupleKey.ICMP, TupleKey.GRE};
        int opened = 0;
        for (int i = 0; i < 20_000; i++) {
            final int protocol = protocols[random.nextInt(protocols.length)];
            final int sourcePort = protocol == TupleKey.GRE ? 0 : 1 + random.nextInt(200);
            final int destinationPort = protocol == TupleKey.TCP || protocol == TupleKey.UDP ? 80 : sourcePort;
            final boolean outbound = random.nextBoolean();
            final int guest = GUEST + random.nextInt(8);
            final int remote = REMOTE + random.nextInt(4);
            final Packet packet = outbound
                    ? new Packet(guest, sourcePort, remote, destinationPort, protocol)
                    : new Packet(remote, sourcePort, FLOATING, destinationPort, protocol);
            if (lookup(packet) >= 0) {
                continue;
            }
            final int reference = outbound ? openSource(packet, FLOATING) : openDestination(packet, guest);
            if (reference >= 0) {
                opened++;
                final Packet out = translated(reference, packet);
                assertEquals(outbound ? FLOATING : guest, outbound ? out.source() : out.destination());
                assertEquals(packet.answer(), forward(out.answer(), TcpState.ACK));
                assertEquals(out, forward(packet, TcpState.ACK));
            }
        }
        assertTrue(opened > 2_000, "opened=" + opened);
    }

    private static Packet tcp(
            final int source, final int sourcePort, final int destination, final int destinationPort) {
        return new Packet(source, sourcePort, destination, destinationPort, TupleKey.TCP);
    }

    private static Packet udp(
            final int source, final int sourcePort, final int destination, final int destinationPort) {
        return new Packet(source, sourcePort, destination, destinationPort, TupleKey.UDP);
    }

    private static Packet icmp(final int source, final int destination, final int identifier) {
        return new Packet(source, identifier, destination, identifier, TupleKey.ICMP);
    }

    private int openSource(final Packet packet, final int newSource) {
        return translator.openSource(packet.addresses(), packet.ports(), newSource, SYN, OWNER, NOW);
    }

    private int openDestination(final Packet packet, final int newDestination) {
        return translator.openDestination(packet.addresses(), packet.ports(), newDestination, SYN, OWNER, NOW);
    }

    private int lookup(final Packet packet) {
        return translator.lookup(packet.addresses(), packet.ports(), NOW);
    }

    private Packet forward(final Packet packet, final int tcpFlags) {
        final int reference = lookup(packet);
        assertTrue(reference >= 0, () -> "no connection for " + packet);
        translator.packet(reference, tcpFlags, NOW);
        return translated(reference, packet);
    }

    private Packet translated(final int reference, final Packet packet) {
        assertTrue(reference >= 0, () -> "reference=" + reference);
        final long addresses = translator.translatedAddresses(reference);
        final long ports = translator.translatedPorts(reference);
        assertEquals(ZONE, TupleKey.zone(ports));
        assertEquals(packet.protocol(), TupleKey.protocol(ports));
        return new Packet(
                TupleKey.source(addresses),
                TupleKey.sourcePort(ports),
                TupleKey.destination(addresses),
                TupleKey.destinationPort(ports),
                TupleKey.protocol(ports));
    }
}
