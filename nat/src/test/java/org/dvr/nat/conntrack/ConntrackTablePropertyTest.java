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
 * The table agrees with a {@link HashMap} under random operations. Few keys and a small table, so that clashes,
 * refusals and probing around the end of the index are common; a seed is printed as the name of its run.
 */
class ConntrackTablePropertyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int OPERATIONS = 40_000;
    private static final int[] PROTOCOLS = {TupleKey.UDP, TupleKey.ICMP, TupleKey.GRE, 99};

    private record Tuple(long addresses, long ports) {
        Tuple inverse() {
            return new Tuple(TupleKey.inverseAddresses(addresses), TupleKey.inversePorts(ports));
        }
    }

    private static final class Connection {
        private final Tuple original;
        private final Tuple reply;
        private final int reference;
        private long expiresAtNs;
        private boolean seenOriginal;
        private boolean seenReply;

        private Connection(final Tuple original, final Tuple reply, final int reference) {
            this.original = original;
            this.reply = reply;
            this.reference = reference;
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
    private long nowNs;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void shouldAgreeWithAHashMap(final long seed) {
        random = new Random(seed);
        table = new ConntrackTable(16 + random.nextInt(49), seed, ConntrackTimeouts.DEFAULTS);
        for (int i = 0; i < OPERATIONS; i++) {
            step();
            if (i % 64 == 0) {
                assertAllFound();
            }
        }
        assertTrue(table.clashCount() > 0 && table.fullCount() > 0 && table.expired() > 0 && table.removed() > 0);
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
        assertEquals(table.created() - table.removed() - table.expired(), table.active());
    }

    private void open() {
        final Tuple original = randomTuple();
        final Tuple reply = random.nextBoolean() ? original.inverse() : withProtocolOf(original, randomTuple());
        final int reference =
                table.open(original.addresses, original.ports, reply.addresses, reply.ports, random.nextInt(), nowNs);
        if (model.containsKey(original) || model.containsKey(reply)) {
            assertEquals(ConntrackTable.CLASH, reference);
        } else if (live().size() == table.capacity()) {
            assertEquals(ConntrackTable.TABLE_FULL, reference);
        } else {
            assertTrue(reference >= 0, "reference=" + reference);
            final Connection connection = new Connection(original, reply, reference);
            connection.expiresAtNs = nowNs + connection.timeoutNs();
            model.put(reply, connection);
            model.put(original, connection);
        }
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
        expected.seenOriginal |= !reply;
        expected.seenReply |= reply;
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
