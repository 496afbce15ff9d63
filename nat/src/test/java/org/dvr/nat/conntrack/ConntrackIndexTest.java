package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dvr.nat.memory.MemorySource;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConntrackIndexTest {
    /** As full as an index can be: two of four slots for each connection. */
    private static final int CONNECTIONS = 1 << 20;

    /** At half full, of four million slots, 80 are expected: ln n / (1/2 - 1 - ln 1/2). */
    private static final int LONGEST_RUN = 160;

    /** Whoever looks up, inserts or removes walks one run at most: this is what bounds a packet's work in a table of any size. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void shouldKeepRunsShortWhenItIsFull(final long seed) {
        final ConntrackIndex index = new ConntrackIndex(CONNECTIONS, MemorySource.DIRECT);
        final TupleHash hash = new TupleHash(seed);
        for (int i = 0; i < CONNECTIONS; i++) {
            insert(index, hash, i, i + 1);
        }
        assertEquals(2 * CONNECTIONS, taken(index));
        assertTrue(longestRun(index) < LONGEST_RUN, "longest " + longestRun(index));
        // Every one makes room for another: gaps are closed and runs do not grow.
        for (int i = 0; i < CONNECTIONS; i++) {
            index.remove(original(hash, i), (i + 1) << 1);
            index.remove(reply(hash, i), (i + 1) << 1 | 1);
            insert(index, hash, CONNECTIONS + i, i + 1);
        }
        assertEquals(2 * CONNECTIONS, taken(index));
        assertTrue(longestRun(index) < LONGEST_RUN, "longest " + longestRun(index));
    }

    /**
     * Tuples that somebody found for one seed, which all belong at one place of the index, form one run there; under other seeds they spread. Whoever chooses tuples does
     * not know the seed: the launched program draws it at random.
     */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, -1, Long.MIN_VALUE, 0x1234_5678_9ABC_DEF0L})
    void shouldNotLetTuplesPileUpThatWereFoundForAnotherSeed(final long seed) {
        final int connections = 4_096;
        final long[] addresses = new long[connections];
        final ConntrackIndex known = new ConntrackIndex(connections, MemorySource.DIRECT);
        final TupleHash knownHash = new TupleHash(0);
        final ConntrackIndex index = new ConntrackIndex(connections, MemorySource.DIRECT);
        final TupleHash hash = new TupleHash(seed);
        final long ports = TupleKey.ports(1, TupleKey.UDP, 4_242, 443);
        for (int guess = 0, found = 0; found < connections; guess++) {
            addresses[found] = TupleKey.addresses(guess, 0xC612_0100);
            if (known.home(knownHash.hash(addresses[found], ports)) < 16) {
                known.insert(knownHash.hash(addresses[found], ports), (found + 1) << 1);
                index.insert(hash.hash(addresses[found], ports), (found + 1) << 1);
                found++;
            }
        }
        assertTrue(longestRun(known) >= connections, "longest of the known seed " + longestRun(known));
        assertTrue(longestRun(index) < 40, "longest " + longestRun(index)); // a quarter full: 15 are expected
    }

    private static void insert(
            final ConntrackIndex index, final TupleHash hash, final int connection, final int number) {
        index.insert(original(hash, connection), number << 1);
        index.insert(reply(hash, connection), number << 1 | 1);
    }

    /** What guests choose: addresses and ports in a row. */
    private static long original(final TupleHash hash, final int connection) {
        return hash.hash(
                TupleKey.addresses(0x0A00_0001, 0x0808_0000 + connection / 50_000),
                TupleKey.ports(1, TupleKey.TCP, 1_024 + connection % 50_000, 443));
    }

    private static long reply(final TupleHash hash, final int connection) {
        return hash.hash(
                TupleKey.addresses(0x0808_0000 + connection / 50_000, 0xCB00_711E),
                TupleKey.ports(1, TupleKey.TCP, 443, 1_024 + connection % 50_000));
    }

    private static int slots(final ConntrackIndex index) {
        return index.length() / Long.BYTES;
    }

    private static int taken(final ConntrackIndex index) {
        int count = 0;
        for (int i = 0; i < slots(index); i++) {
            count += index.slot(i) == ConntrackIndex.EMPTY ? 0 : 1;
        }
        return count;
    }

    private static int longestRun(final ConntrackIndex index) {
        int longest = 0;
        int run = 0;
        for (int i = 0; i < 2 * slots(index); i++) { // a run may go around the end
            run = index.slot(i & (slots(index) - 1)) == ConntrackIndex.EMPTY ? 0 : run + 1;
            longest = Math.max(longest, run);
        }
        return longest;
    }
}
