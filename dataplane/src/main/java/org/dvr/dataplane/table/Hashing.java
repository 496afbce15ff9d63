package org.dvr.dataplane.table;

/** Hash functions of the tables: cheap mixing of primitive keys. */
public final class Hashing {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L; // 2^64 / golden ratio: consecutive keys land far apart

    private Hashing() {}

    /**
     * Mixes a key so that every input bit reaches the high and the low bits.
     *
     * @param key any value
     * @return the mixed value
     */
    public static long mix(final long key) {
        long h = key * MIX;
        h ^= h >>> 32;
        h *= MIX;
        return h ^ (h >>> 29);
    }

    /**
     * Home slot of a key.
     *
     * @param key any value
     * @param mask capacity - 1, capacity a power of two
     * @return a slot, 0 to mask
     */
    public static int slot(final long key, final int mask) {
        return (int) mix(key) & mask;
    }

    /**
     * Capacity that keeps a table at most half full.
     *
     * @param expected number of entries, 0 or more
     * @return a power of two, 16 or more
     */
    public static int capacityFor(final int expected) {
        return Math.max(16, Integer.highestOneBit(Math.max(1, expected)) * 4);
    }
}
