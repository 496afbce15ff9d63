package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The table agrees with a {@link HashMap} under random operations, and gives up whom its policy names. Few keys and owners and a small table, so that
 * clashes, refusals, reclaim and probing around the end of the index are common; a seed is printed as the name of its run.
 */
class ConntrackTablePropertyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int OPERATIONS = 15_000;
    private static final int[] PROTOCOLS = {TupleKey.UDP, TupleKey.ICMP, TupleKey.GRE, 99};

    private record Tuple(long addresses, long ports) {
        Tuple inverse() {
            return new Tuple(TupleKey.inverseAddresses(addresses), TupleKey.inversePorts(ports));
        }
    }

    private record Account(int zone, int owner) {}

    private static final class Connection {
        private final Tuple original;
        private final Tuple reply;
        private final Account account;
        private final int reference;
        private long ofItsKindSince;
        private long expiresAtNs;
        private boolean seenOriginal;
        private boolean seenReply;

        private Connection(
                final Tuple original,
                final Tuple reply,
                final Account account,
                final int reference,
                final long ofItsKindSince) {
            this.original = original;
            this.reply = reply;
            this.account = account;
            this.reference = reference;
            this.ofItsKindSince = ofItsKindSince;
        }

        private boolean replied() {
            return seenOriginal && seenReply;
        }

        private long timeoutNs() {
            return ConntrackTimeouts.DEFAULTS.otherNs(TupleKey.protocol(original.ports), replied());
        }
    }

    private final Map<Tuple, Connection> model = new HashMap<>();
    private Random random;
    private ConntrackTable table;
    private ConntrackLimits limits;
    private long nowNs;
    private long changes;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void shouldAgreeWithAHashMap(final long seed) {
        random = new Random(seed);
        limits = seed % 2 == 0
                ? ConntrackLimits.DEFAULT
                : new ConntrackLimits(12 + random.nextInt(20), 3 + random.nextInt(8));
        table = new ConntrackTable(16 + random.nextInt(33), seed, ConntrackTimeouts.DEFAULTS, limits);
        for (int i = 0; i < OPERATIONS; i++) {
            step();
            if (i % 64 == 0) {
                assertAllFound();
            }
        }
        assertTrue(table.clashCount() > 0 && table.expired() > 0 && table.removed() > 0);
        assertTrue(table.reclaimedTentative() > 0, "reclaimed=" + table.reclaimed());
        if (limits.perOwner() == ConntrackLimits.UNLIMITED) {
            assertTrue(table.reclaimedSettled() > 0);
            assertEquals(0, table.fullCount());
        } else {
            assertTrue(table.ownerLimitCount() > 0);
        }
        table.expireAll(nowNs + 1_000 * SECOND);
        assertEquals(0, table.active());
        assertEquals(table.created(), table.expired() + table.removed() + table.reclaimed());
    }

    private void step() {
        final int kind = random.nextInt(100);
        if (kind < 45) {
            open();
        } else if (kind < 80) {
            findAndTrack();
        } else if (kind < 90) {
            remove();
        } else if (kind < 95) {
            nowNs += random.nextInt(3) == 0 ? SECOND * random.nextInt(40) : random.nextInt(1_000);
            table.expire(nowNs, random.nextInt(20));
        } else {
            nowNs += SECOND;
        }
        forgetExpired();
        assertEquals(table.created() - table.removed() - table.expired() - table.reclaimed(), table.active());
    }

    private void open() {
        final Tuple original = randomTuple();
        final Tuple reply = random.nextBoolean() ? original.inverse() : withProtocolOf(original, randomTuple());
        final Account account = new Account(TupleKey.zone(original.ports), random.nextInt(4));
        table.expireAll(nowNs); // else what has expired and was not swept would count
        final long reclaimed = table.reclaimed();
        final int reference =
                table.open(original.addresses, original.ports, reply.addresses, reply.ports, account.owner, nowNs);
        if (model.containsKey(original) || model.containsKey(reply)) {
            assertEquals(ConntrackTable.CLASH, reference);
            assertEquals(reclaimed, table.reclaimed());
        } else if (reference == ConntrackTable.TABLE_FULL) {
            assertTrue(isOverOwnerLimit(account) || isOverZoneLimit(account));
            assertTrue(live().stream().noneMatch(other -> other.account.equals(account) && !other.replied()));
            assertEquals(reclaimed, table.reclaimed());
        } else {
            assertTrue(reference >= 0, "reference=" + reference);
            final boolean hasNoRoom =
                    isOverOwnerLimit(account) || isOverZoneLimit(account) || live().size() == table.capacity();
            assertEquals(reclaimed + (hasNoRoom ? 1 : 0), table.reclaimed());
            if (hasNoRoom) {
                forgetVictim(account, reference);
            }
            final Connection connection = new Connection(original, reply, account, reference, ++changes);
            connection.expiresAtNs = nowNs + connection.timeoutNs();
            model.put(reply, connection);
            model.put(original, connection);
            assertEquals(account.owner, table.owner(reference));
            assertTrue(table.isTentative(reference));
            assertEquals(count(account), table.countOfOwner(reference));
            if ((changes >>> 9 & 1) != 0) {
                settle(connection); // times of few tentative connections, and times of many
            }
        }
    }

    private void settle(final Connection connection) {
        table.packet(connection.reference, 0, nowNs);
        table.packet(connection.reference | 1, 0, nowNs);
        connection.seenOriginal = true;
        connection.seenReply = true;
        connection.ofItsKindSince = ++changes;
        connection.expiresAtNs = nowNs + connection.timeoutNs();
    }

    private void forgetVictim(final Account opener, final int opened) {
        final List<Connection> missing = live().stream()
                .filter(other -> find(other.original) != other.reference || other.reference == opened)
                .toList();
        assertEquals(1, missing.size());
        final Connection victim = missing.get(0);
        for (final Connection other : live()) {
            if (other.account.equals(victim.account) && other.replied() == victim.replied()) {
                assertTrue(other.ofItsKindSince >= victim.ofItsKindSince, "an older one was there");
            }
        }
        if (isOverOwnerLimit(opener)) {
            assertEquals(opener, victim.account);
            assertEquals(false, victim.replied());
        } else if (isOverZoneLimit(opener)) {
            assertEquals(opener.zone, victim.account.zone);
            assertEquals(false, victim.replied());
        } else {
            final boolean isSettled = live().stream().allMatch(Connection::replied);
            assertEquals(isSettled, victim.replied());
            final int mostOfOthers = live().stream()
                    .mapToInt(other -> countOfKind(other.account, isSettled))
                    .max()
                    .orElseThrow();
            assertEquals(
                    AccountRanking.classOf(mostOfOthers),
                    AccountRanking.classOf(countOfKind(victim.account, isSettled)));
        }
        model.remove(victim.original);
        model.remove(victim.reply);
    }

    private boolean isOverOwnerLimit(final Account account) {
        return count(account) >= limits.perOwner();
    }

    private boolean isOverZoneLimit(final Account account) {
        return live().stream()
                        .filter(other -> other.account.zone == account.zone)
                        .count()
                >= limits.perZone();
    }

    private int count(final Account account) {
        return countOfKind(account, false) + countOfKind(account, true);
    }

    private int countOfKind(final Account account, final boolean isReplied) {
        return (int) live().stream()
                .filter(other -> other.account.equals(account) && other.replied() == isReplied)
                .count();
    }

    private void findAndTrack() {
        final Tuple tuple = pick();
        final Connection expected = model.get(tuple);
        final int reference = find(tuple);
        if (expected == null) {
            assertEquals(ConntrackTable.MISSING, reference);
            return;
        }
        final boolean reply = !tuple.equals(expected.original);
        assertEquals(expected.reference | (reply ? 1 : 0), reference);
        assertEquals(expected.expiresAtNs, table.expiresAtNs(reference));
        assertTranslation(expected, reference);
        table.packet(reference, 0, nowNs);
        final boolean wasReplied = expected.replied();
        expected.seenOriginal |= !reply;
        expected.seenReply |= reply;
        if (expected.replied() != wasReplied) {
            expected.ofItsKindSince = ++changes;
        }
        assertEquals(expected.replied(), !table.isTentative(reference));
        expected.expiresAtNs = nowNs + expected.timeoutNs();
        assertEquals(expected.expiresAtNs, table.expiresAtNs(reference));
        assertEquals(expected.replied(), table.isReplied(reference));
    }

    private void assertTranslation(final Connection expected, final int reference) {
        final Tuple other = ConntrackTable.isReply(reference) ? expected.original : expected.reply;
        assertEquals(
                other.inverse(), new Tuple(table.translatedAddresses(reference), table.translatedPorts(reference)));
    }

    private void remove() {
        final Connection connection = model.get(pick());
        if (connection != null) {
            assertTrue(table.remove(connection.reference | random.nextInt(2)));
            model.remove(connection.original);
            model.remove(connection.reply);
        }
    }

    private void assertAllFound() {
        for (final Connection connection : live()) {
            assertEquals(connection.reference, find(connection.original));
            final int direction = connection.reply.equals(connection.original) ? 0 : 1;
            assertEquals(connection.reference | direction, find(connection.reply));
        }
        table.expireAll(nowNs);
        assertEquals(live().size(), table.active());
    }

    private void forgetExpired() {
        model.values().removeIf(connection -> connection.expiresAtNs <= nowNs);
    }

    private List<Connection> live() {
        return model.values().stream().distinct().toList();
    }

    private Tuple pick() {
        if (model.isEmpty() || random.nextInt(3) == 0) {
            return randomTuple();
        }
        return new ArrayList<>(model.keySet()).get(random.nextInt(model.size()));
    }

    private int find(final Tuple tuple) {
        return table.find(tuple.addresses, tuple.ports, table.hash(tuple.addresses, tuple.ports), nowNs);
    }

    private Tuple randomTuple() {
        return new Tuple(
                TupleKey.addresses(random.nextInt(4), random.nextInt(4)),
                TupleKey.ports(
                        random.nextInt(2),
                        PROTOCOLS[random.nextInt(PROTOCOLS.length)],
                        random.nextInt(3),
                        random.nextInt(3)));
    }

    private static Tuple withProtocolOf(final Tuple original, final Tuple tuple) {
        return new Tuple(
                tuple.addresses,
                TupleKey.withPorts(
                        original.ports, TupleKey.sourcePort(tuple.ports), TupleKey.destinationPort(tuple.ports)));
    }
}
