package org.dvr.dataplane.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.agrona.collections.IntHashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each table against the plainest way to do the same. */
class TableTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long LIFE = 300 * SECOND;

    @Test
    void shouldLieOverAnotherFdbAndHideItsEntries() {
        final FdbTable<String> below = new FdbTable<>(0);
        below.put(1, 5, "far");
        below.put(1, 6, "farther");
        below.put(2, 5, "elsewhere");
        final FdbTable<String> table = new FdbTable<>(0, below);
        table.put(1, 5, "here");
        assertEquals("here", table.find(1, 5));
        assertEquals("farther", table.find(1, 6));
        assertNull(table.find(1, 7));
        assertEquals(1, table.size());
        final Set<String> all = new TreeSet<>();
        table.forEach((segmentId, mac, value) -> all.add(segmentId + " " + mac + " " + value));
        assertEquals(Set.of("1 5 here", "1 6 farther", "2 5 elsewhere"), all);

        final FdbTable<String> without = below.without(segments(1));
        assertNull(without.find(1, 6));
        assertEquals("elsewhere", without.find(2, 5));
        assertEquals("far", below.find(1, 5));
    }

    @Test
    void shouldCopyNeighborsWithoutSomeDomains() {
        final NeighborTable table = new NeighborTable(0);
        table.put(1, 7, 70);
        table.put(NeighborTable.domainOfWire(1), 7, 71);
        final NeighborTable without = table.without(segments(1));
        assertEquals(NeighborTable.MISSING, without.find(1, 7));
        assertEquals(71, without.find(NeighborTable.domainOfWire(1), 7));
        assertEquals(70, table.find(1, 7));
    }

    private static IntHashSet segments(final int id) {
        final IntHashSet ids = new IntHashSet();
        ids.add(id);
        return ids;
    }

    @Test
    void shouldFindInFdbWhatAMapFinds() {
        final Random random = new Random(1);
        final FdbTable<Integer> table = new FdbTable<>(0);
        final Map<Long, Integer> map = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            final int segment = 1 + random.nextInt(4) * 21_844;
            final long mac = 0xFA16_3E00_0000L | random.nextInt(4_000);
            if (random.nextInt(3) == 0) {
                table.put(segment, mac, i);
                map.put((long) segment << 48 | mac, i);
            }
            assertEquals(map.get((long) segment << 48 | mac), table.find(segment, mac));
        }
        assertEquals(map.size(), table.size());
        assertThrows(IllegalArgumentException.class, () -> table.put(1, 0, 1));
        assertNull(table.find(1, 0));
    }

    @Test
    void shouldFindTheLongestPrefix() {
        final Random random = new Random(2);
        for (int round = 0; round < 200; round++) {
            final FibTable<String> table = new FibTable<>();
            final Map<Long, String> routes = new HashMap<>();
            for (int i = 0; i < 1 + random.nextInt(60); i++) {
                final int length = random.nextInt(33);
                final int network = random.nextInt() & 0x0303_0303 & mask(length);
                final String route = network + "/" + length + "#" + i;
                table.put(network, length, route);
                routes.put((long) network << 8 | length, route);
                assertEquals(route, table.get(network, length));
            }
            assertEquals(routes.size(), table.size());
            for (int i = 0; i < 200; i++) {
                final int destination = random.nextInt() & 0x0303_0303;
                assertEquals(naive(routes, destination), table.find(destination));
            }
            table.seal();
            for (int i = 0; i < 200; i++) {
                final int destination = random.nextInt() & 0x0303_0303;
                assertEquals(naive(routes, destination), table.find(destination));
            }
        }
    }

    /** Seldom the tables of a tenant, and they must not be slow or wrong: thousands of prefixes within each other, crowded and far apart, to both ends. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldFindTheLongestOfManyPrefixesOnceSealed(final long seed) {
        final Random random = new Random(seed);
        final FibTable<String> table = new FibTable<>();
        final Map<Long, String> routes = new HashMap<>();
        final int[] networks = new int[5_000];
        for (int i = 0; i < networks.length; i++) {
            final int length = i % 16 == 0 ? random.nextInt(33) : 8 + random.nextInt(25);
            final int near = random.nextBoolean() ? 0x0A00_0000 | (random.nextInt() & 0x0003_FFFF) : random.nextInt();
            networks[i] = (i % 100 == 0 ? i % 200 == 0 ? 0 : -1 : near) & mask(length);
            final String route = networks[i] + "/" + length + "#" + i;
            table.put(networks[i], length, route);
            routes.put((long) networks[i] << 8 | length, route);
        }
        table.seal();
        for (int i = 0; i < 20_000; i++) {
            // At the edges of prefixes, and anywhere.
            final int destination =
                    i % 4 == 0 ? random.nextInt() : networks[random.nextInt(networks.length)] + random.nextInt(3) - 1;
            assertEquals(naive(routes, destination), table.find(destination));
        }
        for (final int edge : new int[] {0, 1, -1, -2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertEquals(naive(routes, edge), table.find(edge));
        }
    }

    @Test
    void shouldTakeFurtherPrefixesOnceSealed() {
        final FibTable<String> table = new FibTable<>();
        for (int i = 0; i < 100; i++) {
            table.put(i << 24, 8, "" + i);
        }
        table.seal();
        assertEquals("7", table.find(0x0701_0203));
        table.put(0x0701_0000, 16, "longer");
        assertEquals("longer", table.find(0x0701_0203));
        assertEquals("7", table.find(0x0702_0203));
        table.seal();
        assertEquals("longer", table.find(0x0701_0203));
        assertEquals("7", table.find(0x0702_0203));
        assertNull(table.find(-1));
    }

    @Test
    void shouldFindOneDefaultAmongEqualAnswersOnceSealed() {
        final FibTable<String> table = new FibTable<>();
        table.put(0, 0, "all");
        for (int i = 0; i < 20; i++) {
            table.put(i << 24, 8, "all");
        }
        table.seal();
        assertEquals("all", table.find(0));
        assertEquals("all", table.find(0x0A00_0001));
        assertEquals("all", table.find(-1));
    }

    private static int mask(final int length) {
        return length == 0 ? 0 : -1 << (32 - length);
    }

    private static String naive(final Map<Long, String> routes, final int destination) {
        for (int length = 32; length >= 0; length--) {
            final String route = routes.get((long) (destination & mask(length)) << 8 | length);
            if (route != null) {
                return route;
            }
        }
        return null;
    }

    @Test
    void shouldRefuseWhatIsNoPrefix() {
        final FibTable<String> table = new FibTable<>();
        assertThrows(IllegalArgumentException.class, () -> table.put(1, 24, "host bits"));
        assertThrows(IllegalArgumentException.class, () -> table.put(0, 33, "too long"));
        assertThrows(IllegalArgumentException.class, () -> table.put(0, -1, "too short"));
        assertNull(table.find(0));
        table.put(0, 0, "default");
        assertEquals("default", table.find(-1));
        assertEquals("default", table.find(0));
        assertNull(table.get(0, 1));
    }

    @Test
    void shouldFindNeighborsAsAMapDoes() {
        final Random random = new Random(3);
        final NeighborTable table = new NeighborTable(0);
        final Map<Long, Long> map = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            final int domain =
                    random.nextBoolean() ? 1 + random.nextInt(3) : NeighborTable.domainOfWire(random.nextInt(3));
            final int ip = random.nextInt() & 0xC000_0FFF;
            final long key = (long) domain << 32 | (ip & 0xFFFF_FFFFL);
            if (random.nextInt(3) == 0) {
                table.put(domain, ip, i | NeighborTable.ROUTERS_ONLY);
                map.put(key, i | NeighborTable.ROUTERS_ONLY);
            }
            assertEquals(map.getOrDefault(key, NeighborTable.MISSING), table.find(domain, ip));
        }
        assertEquals(map.size(), table.size());
        assertEquals(5, NeighborTable.mac(5 | NeighborTable.ROUTERS_ONLY));
        assertThrows(IllegalArgumentException.class, () -> table.put(0, 1, 1));
    }

    @Test
    void shouldForgetALearnedMacAfterExactlyFiveMinutes() {
        final LearnedFdbTable table = new LearnedFdbTable(16, 9);
        assertTrue(table.learn(1, 5, 42, 0));
        assertEquals(42, table.find(1, 5, LIFE - 1));
        assertEquals(LearnedFdbTable.MISSING, table.find(1, 5, LIFE));
        assertTrue(table.learn(1, 5, 7 | LearnedFdbTable.PEER, LIFE - 1)); // every frame renews
        assertEquals(7 | LearnedFdbTable.PEER, table.find(1, 5, 2 * LIFE - 2));
        assertEquals(LearnedFdbTable.MISSING, table.find(2, 5, LIFE));
        assertEquals(LearnedFdbTable.MISSING, table.find(1, 5, 2 * LIFE - 1));
        table.learn(1, 5, 8, 3 * LIFE);
        table.clear();
        assertEquals(LearnedFdbTable.MISSING, table.find(1, 5, 3 * LIFE));
    }

    @Test
    void shouldRefuseToLearnMoreThanItHolds() {
        final LearnedFdbTable table = new LearnedFdbTable(16, 9);
        for (int mac = 1; mac <= 16; mac++) {
            assertTrue(table.learn(1, mac, mac, mac));
        }
        assertFalse(table.learn(1, 17, 17, 17));
        assertEquals(LearnedFdbTable.MISSING, table.find(1, 17, 17));
        for (int mac = 1; mac <= 16; mac++) {
            assertEquals(mac, table.find(1, mac, 17));
            assertTrue(table.learn(1, mac, mac + 100, mac)); // who is in may move
        }
        assertFalse(table.learn(1, 17, 17, LIFE));
        assertTrue(table.learn(1, 17, 17, LIFE + 1)); // the first has expired
        assertEquals(17, table.find(1, 17, LIFE + 1));
        assertEquals(LearnedFdbTable.MISSING, table.find(1, 1, LIFE + 1));
        assertThrows(IllegalArgumentException.class, () -> new LearnedFdbTable(8, 1));
        assertThrows(IllegalArgumentException.class, () -> new LearnedFdbTable(24, 1));
    }

    @Test
    void shouldNeverTellAWrongPlace() {
        final Random random = new Random(4);
        final LearnedFdbTable table = new LearnedFdbTable(256, 77);
        final Map<Long, long[]> truth = new HashMap<>();
        long nowNs = 0;
        for (int i = 0; i < 50_000; i++) {
            nowNs += random.nextInt((int) SECOND);
            final int segment = 1 + random.nextInt(3);
            final long mac = 1L + random.nextInt(200);
            final long key = (long) segment << 48 | mac;
            if (random.nextBoolean() && table.learn(segment, mac, i, nowNs)) {
                truth.put(key, new long[] {i, nowNs});
            }
            final int found = table.find(segment, mac, nowNs);
            final long[] entry = truth.get(key);
            final boolean isAlive = entry != null && nowNs - entry[1] < LIFE;
            assertEquals(isAlive ? (int) entry[0] : LearnedFdbTable.MISSING, found);
        }
    }

    @Test
    void shouldGrantABurstAndThenARate() {
        final RateLimiter limiter = new RateLimiter(10, 50, 3);
        long nowNs = 1_000 * SECOND;
        assertEquals(50, taken(limiter, 1, nowNs));
        assertEquals(50, taken(limiter, 2, nowNs)); // another sender, another bucket
        nowNs += SECOND / 10 - 1;
        assertEquals(0, taken(limiter, 1, nowNs));
        nowNs += 1;
        assertEquals(1, taken(limiter, 1, nowNs));
        nowNs += SECOND;
        assertEquals(10, taken(limiter, 1, nowNs));
        nowNs += 100 * SECOND;
        assertEquals(50, taken(limiter, 1, nowNs)); // rest buys one burst, not more
        assertEquals(0, taken(new RateLimiter(0, 50, 3), 1, nowNs));
        assertEquals(50, taken(new RateLimiter(10, 50, 3), 1, 0));
    }

    private static int taken(final RateLimiter limiter, final long sender, final long nowNs) {
        int count = 0;
        while (count < 1_000 && limiter.tryTake(sender, nowNs)) {
            count++;
        }
        return count;
    }
}
