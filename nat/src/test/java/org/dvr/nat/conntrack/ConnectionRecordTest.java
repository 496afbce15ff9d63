package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;

/** Connections out of one table and into another. */
class ConnectionRecordTest {
    private static final int GUEST = 0x0A00010B;
    private static final int FLOATING = 0xCB007133;
    private static final int REMOTE = 0xC633640A;
    private static final long SECOND = 1_000_000_000L;
    private static final long NOW = 1_700_000_000L * SECOND;
    private static final int ACK = TcpState.ACK;
    private static final int SYN = TcpState.SYN;
    private static final int FIN = TcpState.FIN;

    private final ConntrackTable table = new ConntrackTable(1_024, 1, ConntrackTimeouts.DEFAULTS);
    private final ConntrackTable other = new ConntrackTable(1_024, 2, ConntrackTimeouts.DEFAULTS);

    private static int open(final ConntrackTable table, final int protocol, final int port, final long nowNs) {
        return table.open(
                TupleKey.addresses(GUEST, REMOTE),
                TupleKey.ports(7, protocol, port, 80),
                TupleKey.addresses(REMOTE, FLOATING),
                TupleKey.ports(7, protocol, 80, port + 1),
                99,
                nowNs);
    }

    private static int find(
            final ConntrackTable table, final int zone, final int protocol, final int port, final long nowNs) {
        final long addresses = TupleKey.addresses(GUEST, REMOTE);
        final long ports = TupleKey.ports(zone, protocol, port, 80);
        return table.find(addresses, ports, table.hash(addresses, ports), nowNs);
    }

    private static ConnectionBlock exportAll(final ConntrackTable table, final long nowNs) {
        final ConnectionBlock block = new ConnectionBlock(table.capacity());
        assertEquals(
                ConntrackTable.EXPORT_END,
                table.export(ConntrackTable.EXPORT_START, Integer.MAX_VALUE, nowNs, nowNs, block));
        return block;
    }

    private void establish(final int reference) {
        table.packet(reference, SYN, NOW);
        table.packet(reference | 1, SYN | ACK, NOW);
        table.packet(reference, ACK, NOW);
    }

    @Test
    void shouldGoOnWhereItWas() {
        final int reference = open(table, TupleKey.TCP, 40_000, NOW);
        establish(reference);
        table.packet(reference | 1, FIN | ACK, NOW + SECOND); // now the reply side leads
        final ConnectionBlock block = exportAll(table, NOW + 11 * SECOND);
        assertEquals(1, block.size());
        final ConnectionRecord record = block.get(0);
        assertTrue(record.isPlausible());
        assertEquals(110 * SECOND, record.remainingNs());
        assertEquals(11 * SECOND, record.ageNs());
        assertEquals(99, record.owner());

        // Another process with another clock, 20 s later.
        final int restored = other.restore(record, 20 * SECOND, 5 * SECOND);
        assertEquals(find(other, 7, TupleKey.TCP, 40_000, 5 * SECOND), restored);
        assertEquals(table.translatedAddresses(reference), other.translatedAddresses(restored));
        assertEquals(table.translatedPorts(reference | 1), other.translatedPorts(restored | 1));
        assertEquals(TcpState.FIN_WAIT, other.tcpState(restored));
        assertTrue(other.isReplied(restored));
        assertEquals(99, other.owner(restored));
        assertFalse(other.isTentative(restored));
        assertEquals(1, other.countOfOwner(restored));
        assertEquals(95 * SECOND, other.expiresAtNs(restored));
        assertEquals(-26 * SECOND, other.createdNs(restored));
        assertEquals(1, other.active());
        assertEquals(0, other.created());
        assertEquals(1, other.restored());
        // Who leads is known still: the leader's FIN again changes nothing, the follower's acknowledgment does.
        other.packet(restored | 1, FIN | ACK, 6 * SECOND);
        assertEquals(TcpState.FIN_WAIT, other.tcpState(restored));
        other.packet(restored, ACK, 6 * SECOND);
        assertEquals(TcpState.CLOSE_WAIT, other.tcpState(restored));
    }

    @Test
    void shouldLeaveOutWhatHasExpired() {
        table.packet(open(table, TupleKey.UDP, 1, NOW), 0, NOW);
        table.packet(open(table, TupleKey.UDP, 2, NOW + SECOND), 0, NOW + SECOND);
        final ConnectionBlock block = exportAll(table, NOW + 30 * SECOND);
        assertEquals(1, block.size());
        assertEquals(2, TupleKey.sourcePort(block.get(0).originalPorts()));
        assertEquals(SECOND, block.get(0).remainingNs());
    }

    @Test
    void shouldKeepToItsLimitsAndSkipNothing() {
        for (int port = 1; port <= 1_000; port++) {
            open(table, TupleKey.UDP, port, NOW);
        }
        for (int port = 1; port <= 1_000; port += 3) {
            assertTrue(table.remove(find(table, 7, TupleKey.UDP, port, NOW)));
        }
        final ConnectionBlock block = new ConnectionBlock(64);
        final Set<Integer> ports = new TreeSet<>();
        int next = ConntrackTable.EXPORT_START;
        int calls = 0;
        do {
            next = table.export(next, 100, NOW, NOW, block);
            for (int i = 0; i < block.size(); i++) {
                assertTrue(ports.add(TupleKey.sourcePort(block.get(i).originalPorts())));
            }
            block.clear();
            calls++;
        } while (next != ConntrackTable.EXPORT_END);
        assertEquals(666, ports.size());
        assertTrue(calls >= 11, "calls=" + calls);
        assertFalse(ports.contains(4));
    }

    @Test
    void shouldEndAtOnceInAnEmptyTable() {
        assertEquals(
                ConntrackTable.EXPORT_END,
                table.export(ConntrackTable.EXPORT_START, 1, NOW, NOW, new ConnectionBlock(1)));
    }

    @Test
    void shouldMoveToTheZoneOfTheOtherProcess() {
        open(table, TupleKey.GRE, 0, NOW);
        final ConnectionRecord record = exportAll(table, NOW).get(0);
        assertEquals(7, record.zone());
        assertTrue(record.zone(TupleKey.MAX_ZONE).isPlausible());
        final int restored = other.restore(record, 0, NOW);
        assertEquals(restored, find(other, TupleKey.MAX_ZONE, TupleKey.GRE, 0, NOW));
        assertEquals(ConntrackTable.MISSING, find(other, 7, TupleKey.GRE, 0, NOW));
    }

    @Test
    void shouldRefuseWhatIsThereAndWhatDoesNotFit() {
        final ConntrackTable small = new ConntrackTable(ConntrackTable.MIN_CAPACITY, 3, ConntrackTimeouts.DEFAULTS);
        for (int port = 1; port <= ConntrackTable.MIN_CAPACITY + 1; port++) {
            open(table, TupleKey.UDP, port, NOW);
        }
        final ConnectionBlock block = exportAll(table, NOW);
        for (int i = 0; i < ConntrackTable.MIN_CAPACITY; i++) {
            assertTrue(small.restore(block.get(i), 0, NOW) >= 0);
            if (i == 0) {
                assertEquals(ConntrackTable.CLASH, small.restore(block.get(0), 0, NOW));
            }
        }
        // Nobody's place is taken: all of them would be tentative.
        assertEquals(ConntrackTable.TABLE_FULL, small.restore(block.get(ConntrackTable.MIN_CAPACITY), 0, NOW));
        assertEquals(ConntrackTable.MIN_CAPACITY, small.restored());
    }

    @Test
    void shouldObeyTheTimeoutsOfTheOtherProcess() {
        establish(open(table, TupleKey.TCP, 1, NOW));
        final ConnectionRecord record = exportAll(table, NOW).get(0);
        assertEquals(432_000 * SECOND, record.remainingNs());
        final ConntrackTimeouts d = ConntrackTimeouts.DEFAULTS;
        final ConntrackTable hasty = new ConntrackTable(
                16,
                1,
                new ConntrackTimeouts(
                        d.tcpSynSentSeconds(),
                        d.tcpSynRecvSeconds(),
                        3_600,
                        d.tcpFinWaitSeconds(),
                        d.tcpCloseWaitSeconds(),
                        d.tcpLastAckSeconds(),
                        d.tcpTimeWaitSeconds(),
                        d.tcpCloseSeconds(),
                        d.tcpUnacknowledgedSeconds(),
                        d.udpSeconds(),
                        d.udpStreamSeconds(),
                        d.icmpSeconds(),
                        d.greSeconds(),
                        d.greStreamSeconds(),
                        d.sctpSeconds(),
                        d.otherSeconds()));
        assertEquals(NOW + 3_600 * SECOND, hasty.expiresAtNs(hasty.restore(record, 0, NOW)));
    }

    @Test
    void shouldTellWhatNoTableCouldHaveHeld() {
        establish(open(table, TupleKey.TCP, 1, NOW));
        final ConnectionRecord record = exportAll(table, NOW).get(0);
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[ConnectionRecord.LENGTH]);
        final ConnectionRecord broken = new ConnectionRecord().wrap(bytes, 0);
        copy(record, broken);
        assertTrue(broken.isPlausible());
        broken.times(0, 0);
        assertFalse(broken.isPlausible(), "no lifetime");
        broken.times(Long.MAX_VALUE, 0);
        assertFalse(broken.isPlausible(), "a lifetime beyond every timeout");
        broken.times(1, -1);
        assertFalse(broken.isPlausible(), "begun in the future");
        copy(record, broken);
        broken.state(200, 0);
        assertFalse(broken.isPlausible(), "a TCP state that nobody knows");
        copy(record, broken);
        bytes.putByte(51, (byte) 0x80);
        assertFalse(broken.isPlausible(), "unknown bits");
        copy(record, broken);
        broken.tuples(1, TupleKey.ports(1, TupleKey.TCP, 1, 1), 1, TupleKey.ports(2, TupleKey.TCP, 1, 1));
        assertFalse(broken.isPlausible(), "two zones");
        broken.tuples(1, TupleKey.ports(1, TupleKey.TCP, 1, 1), 1, TupleKey.ports(1, TupleKey.UDP, 1, 1));
        assertFalse(broken.isPlausible(), "two protocols");
        broken.tuples(1, TupleKey.ports(1, TupleKey.UDP, 1, 1), 1, TupleKey.ports(1, TupleKey.UDP, 1, 1));
        assertFalse(broken.isPlausible(), "UDP with a state of TCP");
    }

    private static void copy(final ConnectionRecord from, final ConnectionRecord to) {
        to.tuples(from.originalAddresses(), from.originalPorts(), from.replyAddresses(), from.replyPorts());
        to.times(from.remainingNs(), from.ageNs());
        to.state(from.stateWord(), from.owner());
    }

    @Test
    void shouldCarryOverWhatARandomHistoryLeaves() {
        final long seed = 20_261_121;
        final Random random = new Random(seed);
        final int[] protocols = {TupleKey.TCP, TupleKey.UDP, TupleKey.ICMP, TupleKey.GRE, TupleKey.SCTP, 50};
        long now = NOW;
        for (int i = 0; i < 20_000; i++) {
            now += random.nextInt(200) * 1_000_000L;
            final int protocol = protocols[random.nextInt(protocols.length)];
            final int port = random.nextInt(400);
            int reference = find(table, 7, protocol, port, now);
            if (reference == ConntrackTable.MISSING) {
                reference = open(table, protocol, port, now);
            }
            if (reference >= 0) {
                table.packet(reference ^ random.nextInt(2), random.nextInt(32), now);
            }
        }
        final ConnectionBlock block = exportAll(table, now);
        for (int i = 0; i < block.size(); i++) {
            assertTrue(block.get(i).isPlausible(), "seed=" + seed);
            assertTrue(other.restore(block.get(i), 0, now) >= 0, "seed=" + seed);
        }
        table.expireAll(now);
        assertEquals(lines(table, now), lines(other, now), "seed=" + seed);
        assertTrue(other.active() > 100, "seed=" + seed);
        // And from there on both go the same way.
        for (int i = 0; i < 5_000; i++) {
            now += random.nextInt(20) * 1_000_000L;
            final int protocol = protocols[random.nextInt(protocols.length)];
            final int port = random.nextInt(400);
            final int direction = random.nextInt(2);
            final int flags = random.nextInt(32);
            final int here = find(table, 7, protocol, port, now);
            final int there = find(other, 7, protocol, port, now);
            assertEquals(here < 0, there < 0, "seed=" + seed);
            if (here >= 0) {
                table.packet(here ^ direction, flags, now);
                other.packet(there ^ direction, flags, now);
            }
        }
        table.expireAll(now);
        other.expireAll(now);
        assertEquals(lines(table, now), lines(other, now), "seed=" + seed);
    }

    private static Set<String> lines(final ConntrackTable table, final long nowNs) {
        final Set<String> lines = new TreeSet<>();
        table.forEach((connections, reference) -> lines.add(connections.appendTo(new StringBuilder(), reference, nowNs)
                + " until " + connections.expiresAtNs(reference) + " owner " + connections.owner(reference) + " since "
                + connections.createdNs(reference) + " tentative " + connections.isTentative(reference)));
        return lines;
    }

    @Test
    void shouldAllocateNothing() {
        for (int port = 1; port <= 1_000; port++) {
            open(table, TupleKey.UDP, port, NOW);
        }
        final ConnectionBlock block = new ConnectionBlock(64);
        final int[] next = {ConntrackTable.EXPORT_START};
        AllocationGuard.assertAllocatesNothing(20_000, () -> {
            block.clear();
            next[0] = table.export(Math.max(1, next[0]), 64, NOW, NOW, block);
        });
    }

    @Test
    void shouldRefuseABlockWithoutRoom() {
        assertThrows(IllegalArgumentException.class, () -> new ConnectionBlock(0));
    }
}
