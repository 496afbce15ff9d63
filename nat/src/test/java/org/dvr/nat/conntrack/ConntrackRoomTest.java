package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens where there is no room: limits, who is given up, and the alarm. */
class ConntrackRoomTest {
    private static final int REMOTE = 0xC633640A;
    private static final int ALICE = 1;
    private static final int BOB = 2;
    private static final int CAROL = 3;
    private static final int ZONE = 7;
    private static final long SECOND = 1_000_000_000L;

    private ConntrackTable table = table(100, ConntrackLimits.DEFAULT);
    private long nowNs;

    @ParameterizedTest(name = "flood answered by SYN+ACK: {0}")
    @ValueSource(booleans = {false, true})
    void shouldKeepEstablishedConnectionsThroughASynFloodOfAnotherGuest(final boolean isAnswered) {
        table = table(65_536, ConntrackLimits.DEFAULT);
        for (int port = 0; port < 1_000; port++) {
            establish(BOB, port);
        }
        for (int i = 0; i < 300_000; i++) {
            nowNs += 1_000;
            final int reference = open(ALICE, TupleKey.TCP, i);
            assertTrue(reference >= 0);
            table.packet(reference, TcpState.SYN, nowNs);
            if (isAnswered) {
                table.packet(reference | 1, TcpState.SYN | TcpState.ACK, nowNs);
            }
            if (i % 300 == 0) {
                // Their packets, and new connections of theirs, come through all the while.
                table.packet(find(BOB, TupleKey.TCP, i / 300), TcpState.ACK, nowNs);
                establish(CAROL, i / 300);
            }
        }
        for (int port = 0; port < 1_000; port++) {
            assertEquals(TcpState.ESTABLISHED, table.tcpState(find(BOB, TupleKey.TCP, port)));
            assertEquals(TcpState.ESTABLISHED, table.tcpState(find(CAROL, TupleKey.TCP, port)));
        }
        assertEquals(65_536, table.active());
        assertEquals(302_000 - 65_536, table.reclaimedTentative());
        assertEquals(0, table.reclaimedSettled());
        assertEquals(0, table.refused());
        assertTrue(table.isAlarming());
    }

    @Test
    void shouldGiveUpTheOldestTentativeConnectionOfWhoHasMostOfThem() {
        openMany(BOB, 0, 6);
        openMany(ALICE, 0, 10);
        answerMany(CAROL, 0, 84);
        assertTrue(open(CAROL, TupleKey.UDP, 1_000) >= 0);
        assertEquals(ConntrackTable.MISSING, find(ALICE, TupleKey.UDP, 0));
        assertTrue(find(ALICE, TupleKey.UDP, 1) >= 0);
        assertEquals(1, table.reclaimedTentative());
        // Answered since: it is not the oldest tentative one any more.
        table.packet(find(ALICE, TupleKey.UDP, 1) | 1, 0, nowNs);
        assertTrue(open(CAROL, TupleKey.UDP, 1_001) >= 0);
        assertTrue(find(ALICE, TupleKey.UDP, 1) >= 0);
        assertEquals(ConntrackTable.MISSING, find(ALICE, TupleKey.UDP, 2));
    }

    @Test
    void shouldGiveUpTheOldestSettledConnectionOfWhoHasMostWhenNoneIsTentative() {
        answerMany(BOB, 0, 10);
        answerMany(ALICE, 0, 50);
        answerMany(CAROL, 0, 40);
        answerMany(BOB, 10, 1);
        assertEquals(ConntrackTable.MISSING, find(ALICE, TupleKey.UDP, 0));
        assertEquals(1, table.reclaimedSettled());
        assertEquals(100, table.active());
        // On and on: all three come to share what there is.
        answerMany(BOB, 11, 300);
        assertEquals(100, table.active());
        assertEquals(0, table.reclaimedTentative());
        for (final int guest : new int[] {ALICE, BOB, CAROL}) {
            final int count = count(guest);
            assertTrue(count >= 28 && count <= 40, "guest " + guest + " has " + count);
        }
    }

    @Test
    void shouldGiveUpWhatHasExpiredFirst() {
        openMany(ALICE, 0, 100);
        nowNs += 30 * SECOND;
        assertTrue(open(BOB, TupleKey.UDP, 0) >= 0);
        assertEquals(16, table.expired());
        assertEquals(0, table.reclaimed());
    }

    @Test
    void shouldTreatHandshakesAndClosedConnectionsAsTentative() {
        final int reference = open(ALICE, TupleKey.TCP, 1);
        table.packet(reference, TcpState.SYN, nowNs);
        table.packet(reference | 1, TcpState.SYN | TcpState.ACK, nowNs);
        assertTrue(table.isTentative(reference));
        table.packet(reference, TcpState.ACK, nowNs);
        assertFalse(table.isTentative(reference));
        table.packet(reference, TcpState.FIN | TcpState.ACK, nowNs);
        table.packet(reference | 1, TcpState.FIN | TcpState.ACK, nowNs);
        assertFalse(table.isTentative(reference));
        table.packet(reference, TcpState.ACK, nowNs);
        assertEquals(TcpState.TIME_WAIT, table.tcpState(reference));
        assertTrue(table.isTentative(reference));
        // Again with the same ports.
        nowNs += SECOND;
        table.packet(reference, TcpState.SYN, nowNs);
        assertTrue(table.isTentative(reference));
        assertEquals(nowNs, table.createdNs(reference));
        table.packet(reference | 1, TcpState.SYN | TcpState.ACK, nowNs);
        table.packet(reference, TcpState.ACK, nowNs);
        assertFalse(table.isTentative(reference));
        table.packet(reference | 1, TcpState.RST, nowNs);
        assertTrue(table.isTentative(reference));
        assertEquals(1, table.countOfOwner(reference));
    }

    @Test
    void shouldRefuseAnOwnerAboveItsLimitThatHasNothingToGiveUp() {
        table = table(100, new ConntrackLimits(ConntrackLimits.UNLIMITED, 10));
        answerMany(ALICE, 0, 10);
        assertEquals(ConntrackTable.TABLE_FULL, open(ALICE, TupleKey.UDP, 10));
        assertEquals(1, table.ownerLimitCount());
        assertEquals(1, table.fullCount());
        assertEquals(1, table.refused());
        assertEquals(10, count(ALICE));
        assertTrue(open(BOB, TupleKey.UDP, 0) >= 0);
        // The same address in another network is another guest.
        assertTrue(open(ZONE + 1, ALICE, TupleKey.UDP, 10) >= 0);
    }

    @Test
    void shouldGiveUpATentativeConnectionOfAnOwnerAtItsLimit() {
        table = table(100, new ConntrackLimits(ConntrackLimits.UNLIMITED, 10));
        openMany(BOB, 0, 5);
        answerMany(ALICE, 0, 8);
        openMany(ALICE, 8, 2);
        assertTrue(open(ALICE, TupleKey.UDP, 10) >= 0);
        assertEquals(ConntrackTable.MISSING, find(ALICE, TupleKey.UDP, 8));
        assertEquals(10, count(ALICE));
        assertEquals(5, count(BOB));
        assertEquals(0, table.refused());
        assertEquals(1, table.reclaimed());
    }

    @Test
    void shouldGiveUpAnExpiredConnectionOfAnOwnerAtItsLimit() {
        table = table(100, new ConntrackLimits(ConntrackLimits.UNLIMITED, 10));
        answerMany(ALICE, 0, 10);
        nowNs += 60 * SECOND;
        for (int port = 0; port < 10; port++) {
            if (port != 3) {
                table.packet(find(ALICE, TupleKey.UDP, port), 0, nowNs);
            }
        }
        nowNs += 60 * SECOND;
        assertTrue(open(ALICE, TupleKey.UDP, 10) >= 0);
        assertEquals(1, table.expired());
        assertEquals(0, table.reclaimed());
        assertEquals(10, count(ALICE));
    }

    @Test
    void shouldTakeRoomFromTheLeaderOfAZoneAtItsLimit() {
        table = table(200, new ConntrackLimits(50, ConntrackLimits.UNLIMITED));
        answerMany(BOB, 0, 20);
        openMany(ALICE, 0, 29);
        openMany(CAROL, 0, 2); // the second takes the place of Alice's first
        assertEquals(ConntrackTable.MISSING, find(ALICE, TupleKey.UDP, 0));
        assertEquals(2, count(CAROL));
        answerMany(BOB, 20, 5);
        assertEquals(25, count(BOB));
        assertEquals(23, count(ALICE));
        assertEquals(0, table.refused());
        // Another router is not concerned.
        assertTrue(open(ZONE + 1, ALICE, TupleKey.UDP, 10) >= 0);
        assertEquals(51, table.active());
    }

    @Test
    void shouldRefuseAZoneAboveItsLimitThatHasNothingToGiveUp() {
        table = table(200, new ConntrackLimits(50, ConntrackLimits.UNLIMITED));
        answerMany(BOB, 0, 25);
        answerMany(ALICE, 0, 25);
        assertEquals(ConntrackTable.TABLE_FULL, open(CAROL, TupleKey.UDP, 0));
        assertEquals(1, table.zoneLimitCount());
        assertEquals(0, table.ownerLimitCount());
        assertTrue(table.remove(find(BOB, TupleKey.UDP, 0)));
        assertTrue(open(CAROL, TupleKey.UDP, 0) >= 0);
    }

    @Test
    void shouldAlarmFromEightyPercentUntilBelowSeventy() {
        openMany(ALICE, 0, 79);
        assertFalse(table.isAlarming());
        openMany(ALICE, 79, 1);
        assertTrue(table.isAlarming());
        for (int port = 0; port < 10; port++) {
            table.remove(find(ALICE, TupleKey.UDP, port));
            assertTrue(table.isAlarming());
        }
        table.remove(find(ALICE, TupleKey.UDP, 10));
        assertFalse(table.isAlarming());
        openMany(ALICE, 100, 10);
        assertFalse(table.isAlarming());
        assertEquals(79, table.active());
        assertEquals(80, table.highWater());
    }

    @Test
    void shouldGoOnWhenThereAreMoreOwnersThanAccounts() {
        final int owners = AccountTable.MAX_ACCOUNTS + 1_000;
        table = table(owners, new ConntrackLimits(ConntrackLimits.UNLIMITED, 1));
        for (int owner = 1; owner <= owners; owner++) {
            assertTrue(open(owner, TupleKey.UDP, 1) >= 0);
        }
        final int last = find(owners, TupleKey.UDP, 1);
        assertEquals(owners, table.owner(last));
        assertTrue(table.countOfOwner(last) > 1_000, "those without an account share one");
        assertTrue(open(owners, TupleKey.UDP, 2) >= 0, "to which no limit applies");
        assertEquals(1, table.reclaimed());
        nowNs += 30 * SECOND;
        table.expireAll(nowNs);
        assertEquals(0, table.active());
        final int alone = open(owners, TupleKey.UDP, 1);
        assertEquals(1, table.countOfOwner(alone));
    }

    @Test
    void shouldRejectLimitsBelowOne() {
        assertEquals(
                "perZone must be at least 1, perZone=0",
                assertThrows(IllegalArgumentException.class, () -> new ConntrackLimits(0, 1))
                        .getMessage());
        assertEquals(
                "perOwner must be at least 1, perOwner=-1",
                assertThrows(IllegalArgumentException.class, () -> new ConntrackLimits(1, -1))
                        .getMessage());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void shouldFindTheLargestAccountToAnEighth(final long seed) {
        final Random random = new Random(seed);
        final AccountTable accounts = new AccountTable(100, seed);
        final AccountRanking ranking = new AccountRanking(accounts, 28, 32);
        final int[] counts = new int[60];
        for (int i = 0; i < 20_000; i++) {
            final int account = 3 + random.nextInt(counts.length - 3);
            final int before = counts[account];
            final int now =
                    switch (random.nextInt(4)) {
                        case 0 -> 0;
                        case 1 -> random.nextInt(1 << random.nextInt(25));
                        default -> before + 1;
                    };
            counts[account] = now;
            ranking.onChange(account, before, now);
            final int most = Arrays.stream(counts).max().orElseThrow();
            final int largest = ranking.largest();
            assertTrue(most < 16 ? counts[largest] == most : counts[largest] * 9L >= most * 8L);
            assertEquals(most == 0, largest == 0);
        }
    }

    private static ConntrackTable table(final int capacity, final ConntrackLimits limits) {
        return new ConntrackTable(capacity, 5, ConntrackTimeouts.DEFAULTS, limits);
    }

    private int count(final int guest) {
        final int[] count = new int[1];
        table.forEach((connections, reference) -> {
            if (connections.owner(reference) == guest && TupleKey.zone(connections.originalPorts(reference)) == ZONE) {
                count[0]++;
                assertTrue(connections.countOfOwner(reference) > 0);
            }
        });
        return count[0];
    }

    private void openMany(final int guest, final int firstPort, final int count) {
        for (int port = firstPort; port < firstPort + count; port++) {
            table.packet(open(guest, TupleKey.UDP, port), 0, nowNs);
        }
    }

    private void answerMany(final int guest, final int firstPort, final int count) {
        for (int port = firstPort; port < firstPort + count; port++) {
            final int reference = open(guest, TupleKey.UDP, port);
            table.packet(reference, 0, nowNs);
            table.packet(reference | 1, 0, nowNs);
        }
    }

    private void establish(final int guest, final int port) {
        final int reference = open(guest, TupleKey.TCP, port);
        table.packet(reference, TcpState.SYN, nowNs);
        table.packet(reference | 1, TcpState.SYN | TcpState.ACK, nowNs);
        table.packet(reference, TcpState.ACK, nowNs);
    }

    private int find(final int guest, final int protocol, final int port) {
        final long addresses = addresses(guest, port);
        final long ports = TupleKey.ports(ZONE, protocol, port, 80);
        return table.find(addresses, ports, table.hash(addresses, ports), nowNs);
    }

    private int open(final int guest, final int protocol, final int port) {
        return open(ZONE, guest, protocol, port);
    }

    private int open(final int zone, final int guest, final int protocol, final int port) {
        final long addresses = addresses(guest, port);
        final long ports = TupleKey.ports(zone, protocol, port, 80);
        return table.open(
                addresses, ports, TupleKey.inverseAddresses(addresses), TupleKey.inversePorts(ports), guest, nowNs);
    }

    /** What does not fit into the port is told by the remote address. */
    private static long addresses(final int guest, final int port) {
        return TupleKey.addresses(guest, REMOTE + (port >>> 16));
    }
}
