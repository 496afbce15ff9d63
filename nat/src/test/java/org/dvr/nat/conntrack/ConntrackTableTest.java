package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConntrackTableTest {
    private static final int GUEST = 0x0A00010B;
    private static final int FLOATING = 0xCB007133;
    private static final int REMOTE = 0xC633640A;
    private static final long SECOND = 1_000_000_000L;
    private static final long NOW = 1_700_000_000L * SECOND;

    private final ConntrackTable table = new ConntrackTable(16, 1, ConntrackTimeouts.DEFAULTS);

    @Test
    void shouldFindAConnectionByBothTuplesInItsZoneOnly() {
        final long addresses = TupleKey.addresses(GUEST, REMOTE);
        final long ports = TupleKey.ports(7, TupleKey.TCP, 40_000, 80);
        final long replyAddresses = TupleKey.addresses(REMOTE, FLOATING);
        final long replyPorts = TupleKey.ports(7, TupleKey.TCP, 80, 5_679);
        final int reference = table.open(addresses, ports, replyAddresses, replyPorts, 99, NOW);

        assertEquals(reference, find(addresses, ports, NOW));
        assertEquals(reference | 1, find(replyAddresses, replyPorts, NOW));
        assertFalse(ConntrackTable.isReply(reference));
        assertTrue(ConntrackTable.isReply(reference | 1));
        assertEquals(ConntrackTable.MISSING, find(addresses, TupleKey.ports(8, TupleKey.TCP, 40_000, 80), NOW));
        assertEquals(ConntrackTable.MISSING, find(addresses, TupleKey.ports(7, TupleKey.UDP, 40_000, 80), NOW));
        assertEquals(99, table.owner(reference | 1));
        assertEquals(addresses, table.originalAddresses(reference | 1));
        assertEquals(ports, table.originalPorts(reference | 1));
        assertEquals(replyAddresses, table.replyAddresses(reference));
        assertEquals(replyPorts, table.replyPorts(reference));
        assertEquals(NOW, table.createdNs(reference));
    }

    @Test
    void shouldRewriteEachDirectionToTheInverseOfTheOther() {
        final int reference = table.open(
                TupleKey.addresses(GUEST, REMOTE),
                TupleKey.ports(7, TupleKey.TCP, 40_000, 80),
                TupleKey.addresses(REMOTE, FLOATING),
                TupleKey.ports(7, TupleKey.TCP, 80, 5_679),
                0,
                NOW);
        assertTrue(table.isTranslated(reference));
        assertEquals(TupleKey.addresses(FLOATING, REMOTE), table.translatedAddresses(reference));
        assertEquals(TupleKey.ports(7, TupleKey.TCP, 5_679, 80), table.translatedPorts(reference));
        assertEquals(TupleKey.addresses(REMOTE, GUEST), table.translatedAddresses(reference | 1));
        assertEquals(TupleKey.ports(7, TupleKey.TCP, 80, 40_000), table.translatedPorts(reference | 1));
    }

    @ParameterizedTest(name = "protocol {0}, replied {1}: {2} s")
    @CsvSource({
        "17, false, 30", "17, true, 120",
        "1, false, 30", "1, true, 30",
        "58, false, 30", "58, true, 30",
        "47, false, 30", "47, true, 180",
        "132, false, 210", "132, true, 210",
        "50, false, 600", "50, true, 600",
        "0, false, 600", "255, true, 600",
    })
    void shouldExpireAtTheVeryNanosecond(final int protocol, final boolean replied, final long seconds) {
        final long ports = TupleKey.ports(1, protocol, 0, 0);
        final int reference = openPlain(ports, NOW);
        table.packet(reference, 0, NOW);
        if (replied) {
            table.packet(reference | 1, 0, NOW);
        }
        assertEquals(replied, table.isReplied(reference));

        assertEquals(reference, find(TupleKey.addresses(GUEST, REMOTE), ports, NOW + seconds * SECOND - 1));
        assertEquals(1, table.active());
        assertEquals(ConntrackTable.MISSING, find(TupleKey.addresses(GUEST, REMOTE), ports, NOW + seconds * SECOND));
        assertEquals(0, table.active());
        assertEquals(1, table.expired());
        assertFalse(table.remove(reference));
    }

    @Test
    void shouldExpireByTheReplyTupleAndBySweepToTheNanosecondToo() {
        final long ports = TupleKey.ports(1, TupleKey.UDP, 5, 6);
        openPlain(ports, NOW);
        final long inverse = TupleKey.addresses(REMOTE, GUEST);
        assertEquals(ConntrackTable.MISSING, find(inverse, TupleKey.inversePorts(ports), NOW + 30 * SECOND));
        assertEquals(1, table.expired());

        openPlain(ports, NOW);
        assertEquals(0, table.expireAll(NOW + 30 * SECOND - 1));
        assertEquals(1, table.expireAll(NOW + 30 * SECOND));
        assertEquals(2, table.expired());
        assertEquals(0, table.active());
    }

    @Test
    void shouldWorkWithTimesBelowZeroAndAroundTheOverflow() {
        for (final long nowNs : new long[] {-SECOND, 0, Long.MAX_VALUE - SECOND, Long.MIN_VALUE}) {
            final long ports = TupleKey.ports(1, TupleKey.UDP, 5, 6);
            final int reference = openPlain(ports, nowNs);
            assertEquals(reference, find(TupleKey.addresses(GUEST, REMOTE), ports, nowNs + 30 * SECOND - 1));
            assertEquals(ConntrackTable.MISSING, find(TupleKey.addresses(GUEST, REMOTE), ports, nowNs + 30 * SECOND));
        }
    }

    @Test
    void shouldReclaimExpiredConnectionsWhenFull() {
        fill(NOW);
        assertTrue(openPlain(TupleKey.ports(1, TupleKey.UDP, 1, 100), NOW + 30 * SECOND) >= 0);
        assertEquals(0, table.fullCount());
        assertEquals(16, table.expired());
        assertEquals(1, table.active());
    }

    @Test
    void shouldReclaimABoundedNumberOfEntriesAtATime() {
        final ConntrackTable large = new ConntrackTable(1_000, 3, ConntrackTimeouts.DEFAULTS);
        for (int port = 0; port < 1_000; port++) {
            openPlain(large, TupleKey.ports(1, TupleKey.UDP, port, 53), NOW);
        }
        assertTrue(openPlain(large, TupleKey.ports(2, TupleKey.UDP, 1, 53), NOW + 30 * SECOND) >= 0);
        assertEquals(16, large.expired());
        assertEquals(985, large.active());
        assertEquals(0, large.reclaimed());
    }

    @Test
    void shouldRefuseATupleThatALiveConnectionUses() {
        final long addresses = TupleKey.addresses(GUEST, REMOTE);
        final long ports = TupleKey.ports(1, TupleKey.UDP, 5, 6);
        openPlain(ports, NOW);
        final long other = TupleKey.ports(1, TupleKey.UDP, 7, 8);
        final long inverse = TupleKey.inverseAddresses(addresses);
        final long inversePorts = TupleKey.inversePorts(ports);

        assertEquals(ConntrackTable.CLASH, table.open(addresses, ports, inverse, other, 0, NOW));
        assertEquals(ConntrackTable.CLASH, table.open(addresses, other, inverse, inversePorts, 0, NOW));
        assertEquals(ConntrackTable.CLASH, table.open(inverse, inversePorts, addresses, other, 0, NOW));
        assertEquals(ConntrackTable.CLASH, table.open(inverse, other, addresses, ports, 0, NOW));
        assertEquals(4, table.clashCount());
        assertEquals(4, table.refused());
        assertTrue(table.open(addresses, ports, inverse, inversePorts, 0, NOW + 30 * SECOND) >= 0);
    }

    @Test
    void shouldHoldAConnectionWhoseTuplesAreEqual() {
        final long addresses = TupleKey.addresses(FLOATING, FLOATING);
        final long ports = TupleKey.ports(1, TupleKey.ICMP, 5, 5);
        final int reference = table.open(addresses, ports, addresses, ports, 0, NOW);
        assertEquals(reference, find(addresses, ports, NOW));
        assertEquals(addresses, table.translatedAddresses(reference));
        assertEquals(ports, table.translatedPorts(reference));
        assertFalse(table.isTranslated(reference));
        assertTrue(table.remove(reference));
        assertEquals(ConntrackTable.MISSING, find(addresses, ports, NOW));
    }

    @Test
    void shouldRemoveOnceAndTellStaleReferencesApart() {
        final long ports = TupleKey.ports(1, TupleKey.UDP, 5, 6);
        final int reference = openPlain(ports, NOW);
        final int generation = table.generation(reference);
        assertTrue(table.remove(reference | 1));
        assertFalse(table.remove(reference));
        assertEquals(1, table.removed());
        assertEquals(ConntrackTable.MISSING, find(TupleKey.addresses(GUEST, REMOTE), ports, NOW));

        assertEquals(reference, openPlain(ports, NOW), "the freed entry is used first");
        assertNotEquals(generation, table.generation(reference));
        assertEquals(0, table.owner(reference));
        assertFalse(table.isReplied(reference));
    }

    @Test
    void shouldSweepAFewEntriesAtATimeRoundAndRound() {
        fill(NOW);
        final long later = NOW + 30 * SECOND;
        assertEquals(5, table.expire(later, 5));
        assertEquals(5, table.expire(later, 5));
        assertEquals(5, table.expire(later, 5));
        assertEquals(1, table.expire(later, 5));
        assertEquals(0, table.expire(later, 100));
        assertEquals(0, table.active());
        fill(NOW);
        assertEquals(16, table.expire(later, Integer.MAX_VALUE));
    }

    @Test
    void shouldSweepAnEmptyTable() {
        assertEquals(0, table.expire(NOW, 100));
        assertEquals(0, table.expireAll(NOW));
    }

    @Test
    void shouldVisitAndRemoveByChoice() {
        fill(NOW);
        final Set<Integer> ports = new HashSet<>();
        table.forEach(
                (connections, reference) -> ports.add(TupleKey.destinationPort(connections.originalPorts(reference))));
        assertEquals(16, ports.size());

        final int count = table.removeIf(
                (connections, reference) -> TupleKey.destinationPort(connections.originalPorts(reference)) % 2 == 0);
        assertEquals(8, count);
        assertEquals(8, table.removed());
        assertEquals(8, table.active());
        ports.clear();
        table.forEach(
                (connections, reference) -> ports.add(TupleKey.destinationPort(connections.originalPorts(reference))));
        assertEquals(Set.of(1, 3, 5, 7, 9, 11, 13, 15), ports);
    }

    private static boolean isEven(final ConntrackTable connections, final int reference) {
        return TupleKey.destinationPort(connections.originalPorts(reference)) % 2 == 0;
    }

    private int find(final int destinationPort) {
        final long addresses = TupleKey.addresses(GUEST, REMOTE);
        final long ports = TupleKey.ports(1, TupleKey.UDP, 5, destinationPort);
        return table.find(addresses, ports, table.hash(addresses, ports), NOW);
    }

    @Test
    void shouldMissAtOnceWhatIsCutAndRemoveItBySlices() {
        for (int port = 0; port < 16; port++) {
            openPlain(TupleKey.ports(1, TupleKey.UDP, 5, port), NOW);
        }
        table.cut(ConntrackTableTest::isEven);
        assertTrue(table.isCutting());
        assertEquals(16, table.active());
        assertEquals(ConntrackTable.MISSING, find(12));
        assertNotEquals(ConntrackTable.MISSING, find(13));
        assertEquals(15, table.active());
        assertEquals(1, table.removed());
        openPlain(TupleKey.ports(1, TupleKey.UDP, 5, 17), NOW);

        int removed = 0;
        for (int i = 0; i < 4; i++) {
            assertTrue(table.isCutting());
            removed += table.cutSome(4);
        }
        assertEquals(7, removed);
        assertFalse(table.isCutting());
        assertEquals(8, table.removed());
        assertEquals(9, table.active());
        assertEquals(0, table.cutSome(4));
        openPlain(TupleKey.ports(1, TupleKey.UDP, 5, 12), NOW);
        assertNotEquals(ConntrackTable.MISSING, find(12));
    }

    @Test
    void shouldLookAtEachConnectionThoughAnotherCutBeginsBefore() {
        for (int port = 0; port < 16; port++) {
            openPlain(TupleKey.ports(1, TupleKey.UDP, 5, port), NOW);
        }
        for (int i = 0; i < 8; i++) {
            table.cut(ConntrackTableTest::isEven);
            table.cutSome(2);
        }
        assertEquals(8, table.removed());
        assertTrue(table.isCutting());
    }

    @Test
    void shouldReadWhatFindWillNeedWhenTouched() {
        final long addresses = TupleKey.addresses(GUEST, REMOTE);
        final long ports = TupleKey.ports(1, TupleKey.UDP, 5, 6);
        final long hash = table.hash(addresses, ports);
        assertEquals(0, table.touch(hash));
        assertEquals(0, table.touchEntry(hash));
        final int reference = openPlain(ports, NOW);
        assertEquals(reference, (int) table.touch(hash), "nothing else was there first");
        assertEquals(addresses, table.touchEntry(hash));
    }

    @Test
    void shouldHashWithTheSeedAndSpreadNeighboringKeys() {
        final ConntrackTable other = new ConntrackTable(16, 2, ConntrackTimeouts.DEFAULTS);
        final long addresses = TupleKey.addresses(GUEST, REMOTE);
        final int[] buckets = new int[256];
        for (int port = 0; port < 65_536; port++) {
            final long ports = TupleKey.ports(1, TupleKey.TCP, port, 80);
            assertNotEquals(table.hash(addresses, ports), other.hash(addresses, ports));
            buckets[(int) (table.hash(addresses, ports) >>> 32) & 0xFF]++;
        }
        final int fullest = Arrays.stream(buckets).max().orElseThrow();
        final int emptiest = Arrays.stream(buckets).min().orElseThrow();
        // 256 expected in each, standard deviation 16.
        assertTrue(fullest < 352 && emptiest > 160, "fullest=" + fullest + " emptiest=" + emptiest);
    }

    @Test
    void shouldTellTuplesOfEqualFingerprintApart() {
        final Map<Long, Long> portsByFingerprint = new HashMap<>();
        int pairs = 0;
        for (int i = 0; i < 1 << 18; i++) {
            final long ports = TupleKey.ports(i >>> 16, TupleKey.UDP, i & 0xFFFF, 53);
            final long fingerprint = table.hash(TupleKey.addresses(GUEST, REMOTE), ports) >>> 32;
            final Long twin = portsByFingerprint.put(fingerprint, ports);
            if (twin != null) {
                pairs++;
                assertTwinsApart(twin, ports, true);
                assertTwinsApart(twin, ports, false);
            }
        }
        assertTrue(pairs > 0, "2^18 of 2^32 fingerprints make eight pairs on average");
    }

    private void assertTwinsApart(final long first, final long second, final boolean removeFirst) {
        final long addresses = TupleKey.addresses(GUEST, REMOTE);
        final int reference = openPlain(first, NOW);
        assertEquals(ConntrackTable.MISSING, find(addresses, second, NOW));
        final int twin = openPlain(second, NOW);
        assertEquals(reference, find(addresses, first, NOW));
        assertEquals(twin, find(addresses, second, NOW));
        assertTrue(table.remove(removeFirst ? reference : twin));
        assertEquals(removeFirst ? ConntrackTable.MISSING : reference, find(addresses, first, NOW));
        assertEquals(removeFirst ? twin : ConntrackTable.MISSING, find(addresses, second, NOW));
        assertTrue(table.remove(removeFirst ? twin : reference));
    }

    @Test
    void shouldPrintAConnection() {
        final int tcp = table.open(
                TupleKey.addresses(GUEST, REMOTE),
                TupleKey.ports(7, TupleKey.TCP, 40_000, 80),
                TupleKey.addresses(REMOTE, FLOATING),
                TupleKey.ports(7, TupleKey.TCP, 80, 40_000),
                0,
                NOW);
        table.packet(tcp, TcpState.SYN, NOW);
        assertEquals(
                "tcp 10.0.1.11:40000 > 198.51.100.10:80 zone 7,"
                        + " reply tcp 198.51.100.10:80 > 203.0.113.51:40000 zone 7, SYN_SENT, unreplied, 119 s left",
                table.appendTo(new StringBuilder(), tcp | 1, NOW + SECOND).toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 15, (1 << 24) + 1, Integer.MAX_VALUE})
    void shouldRejectACapacityOutOfRange(final int capacity) {
        final IllegalArgumentException rejected = assertThrows(
                IllegalArgumentException.class, () -> new ConntrackTable(capacity, 0, ConntrackTimeouts.DEFAULTS));
        assertEquals("capacity must be 16 to 16777216, capacity=" + capacity, rejected.getMessage());
    }

    private void fill(final long nowNs) {
        for (int port = 0; port < 16; port++) {
            assertTrue(openPlain(TupleKey.ports(1, TupleKey.UDP, 40_000, port), nowNs) >= 0);
        }
    }

    private int find(final long addresses, final long ports, final long nowNs) {
        return table.find(addresses, ports, table.hash(addresses, ports), nowNs);
    }

    private int openPlain(final long ports, final long nowNs) {
        return openPlain(table, ports, nowNs);
    }

    private static int openPlain(final ConntrackTable table, final long ports, final long nowNs) {
        return table.open(
                TupleKey.addresses(GUEST, REMOTE),
                ports,
                TupleKey.addresses(REMOTE, GUEST),
                TupleKey.inversePorts(ports),
                0,
                nowNs);
    }
}
