package org.dvr.dataplane.table;

import java.util.Arrays;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/**
 * FIB of a virtual router: IPv4 prefix to route, longest match first.
 *
 * <p>A few prefixes are compared one by one. Of more, one open-addressing table holds the prefixes of every length; a bit per length says which lengths occur, so a lookup probes
 * once per length that is in use: while the table is filled.
 *
 * <pre>   key: | 1 | length (6) | network address (32) |      value: T, the route </pre>
 *
 * <p>Sealed, it knows the answer by ranges: the addresses at which it changes, ascending, at most two for each prefix. The part of the address space in which
 * it does is cut into equal buckets, two to four times as many as there are ranges, and each bucket knows the range that it begins in. So a lookup
 * takes three misses of the cache, whatever lengths there are and however many prefixes; where these crowd together, a binary search in one bucket.
 *
 * Filled while the snapshot is built (it grows then), only read afterwards, by any thread.
 *
 * @param <T> the route
 */
public final class FibTable<T> {
    /** So many prefixes are compared faster one by one than looked up by hash. */
    private static final int FEW = 6;

    private long[] keys = new long[16];
    private Object[] values = new Object[16];
    private int size;
    // While there are few prefixes, as most tenants' routers have: network and mask in turn, longest first; else null.
    private int[] few = new int[0];
    private Object[] fewValues = new Object[0];
    // Sealed: the first address of each range in the order of signed numbers, and its answer; the range that each
    // bucket begins in, and the last one. Else null.
    private int[] starts;
    private Object[] answers;
    private int[] buckets;
    private int shift;
    private long lengths; // bit (32 - length): the longest present length is the lowest bit set

    private static long key(final int network, final int length) {
        return 1L << 40 | (long) length << 32 | (network & 0xFFFF_FFFFL);
    }

    private static int mask(final int length) {
        return length == 0 ? 0 : -1 << (32 - length);
    }

    /**
     * Longest-prefix match.
     *
     * @param destination IPv4 address
     * @return the route of the longest prefix that covers it, or null
     */
    @SuppressWarnings("unchecked")
    public T find(final int destination) {
        final int[] few = this.few;
        if (few != null) { // longest prefix first
            for (int i = 0; i < few.length; i += 2) {
                if ((destination & few[i + 1]) == few[i]) {
                    return (T) fewValues[i >> 1];
                }
            }
            return null;
        }
        final int[] starts = this.starts;
        if (starts != null) {
            return (T) answers[range(starts, destination ^ Integer.MIN_VALUE)];
        }
        final long[] keys = this.keys;
        final int slotMask = keys.length - 1;
        for (long left = lengths; left != 0; left &= left - 1) {
            final int length = 32 - Long.numberOfTrailingZeros(left);
            final long key = key(destination & mask(length), length);
            int slot = Hashing.slot(key, slotMask);
            long found = keys[slot];
            while (found != 0) {
                if (found == key) {
                    return (T) values[slot];
                }
                slot = (slot + 1) & slotMask;
                found = keys[slot];
            }
        }
        return null;
    }

    /** The range that an address is in, which is given in the order of signed numbers. */
    private int range(final int[] starts, final int address) {
        final int last = starts.length - 1;
        if (address >= starts[last]) {
            return last;
        }
        if (last == 0 || address < starts[1]) {
            return 0;
        }
        final int bucket = (address - starts[1]) >>> shift; // below the last start, so within the buckets
        int low = buckets[bucket];
        int high = buckets[bucket + 1];
        while (low < high) {
            final int middle = (low + high + 1) >>> 1;
            if (starts[middle] <= address) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /**
     * Makes lookups fast once all prefixes are there; cold. A table that is changed afterwards is right all the same, and slower until it is sealed again.
     */
    public void seal() {
        if (size <= FEW || starts != null) {
            return;
        }
        final FibRanges ranges = new FibRanges(size);
        // By network, the shorter first: what covers others comes before them.
        final long[] ordered = new long[size];
        int count = 0;
        for (final long key : keys) {
            if (key != 0) {
                ordered[count++] = (key & 0xFFFF_FFFFL) << 6 | (key >>> 32 & 0x3F);
            }
        }
        Arrays.sort(ordered);
        for (final long prefix : ordered) {
            final int network = (int) (prefix >>> 6);
            final int length = (int) prefix & 0x3F;
            ranges.add(network & 0xFFFF_FFFFL, 1L << (32 - length), values[slotOf(key(network, length))]);
        }
        ranges.finish();
        answers = ranges.answers();
        sealBuckets(ranges.starts());
    }

    private void sealBuckets(final int[] sealed) {
        final int last = sealed.length - 1;
        final long width = last == 0 ? 0 : (long) sealed[last] - sealed[1];
        shift = 0;
        while (width >>> shift >= 4L * sealed.length) {
            shift++;
        }
        buckets = new int[(int) (width >>> shift) + 2];
        int range = Math.min(1, last);
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            final long first = last == 0 ? 0 : sealed[1] + ((long) bucket << shift);
            while (range < last && sealed[range + 1] <= first) {
                range++;
            }
            buckets[bucket] = range;
        }
        starts = sealed;
    }

    /**
     * The route of exactly one prefix.
     *
     * @param network network address, host bits zero
     * @param length prefix length, 0 to 32
     * @return the route, or null
     */
    @SuppressWarnings("unchecked")
    public T get(final int network, final int length) {
        final int slot = slotOf(key(network, length));
        return keys[slot] == 0 ? null : (T) values[slot];
    }

    /**
     * Sets the route of a prefix; one that is there already is replaced.
     *
     * @param network network address, host bits zero
     * @param length prefix length, 0 to 32
     * @param route the route
     */
    public void put(final int network, final int length, final T route) {
        if (length < 0 || length > 32 || (network & ~mask(length)) != 0) {
            throw new IllegalArgumentException("not a prefix, network=" + network + " length=" + length);
        }
        if ((size + 1) * 2 > keys.length) {
            grow();
        }
        final long key = key(network, length);
        final int slot = slotOf(key);
        if (keys[slot] == 0) {
            size++;
        }
        keys[slot] = key;
        values[slot] = route;
        lengths |= 1L << (32 - length);
        starts = null;
        listFew();
    }

    private void listFew() {
        if (size > FEW) {
            few = null;
            return;
        }
        few = new int[size * 2];
        fewValues = new Object[size];
        int at = 0;
        for (int length = 32; length >= 0; length--) {
            for (int i = 0; i < keys.length; i++) {
                if (keys[i] != 0 && ((keys[i] >>> 32) & 0x3F) == length) {
                    few[at * 2] = (int) keys[i];
                    few[at * 2 + 1] = mask(length);
                    fewValues[at++] = values[i];
                }
            }
        }
    }

    /**
     * Tells whether another table has the same prefixes with like routes; cold.
     *
     * @param other the other table
     * @param isAlike judges two routes of one prefix
     * @return true where both say the same of every address
     */
    @SuppressWarnings("unchecked")
    public boolean isAlike(final FibTable<T> other, final BiPredicate<T, T> isAlike) {
        if (size != other.size) {
            return false;
        }
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                final T route = other.get((int) keys[i], (int) (keys[i] >>> 32) & 0x3F);
                if (route == null || !isAlike.test((T) values[i], route)) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Tells of every route, in no order; cold.
     *
     * @param visitor told of each
     */
    @SuppressWarnings("unchecked")
    public void forEach(final Consumer<T> visitor) {
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                visitor.accept((T) values[i]);
            }
        }
    }

    /** @return the number of prefixes */
    public int size() {
        return size;
    }

    private int slotOf(final long key) {
        final int slotMask = keys.length - 1;
        int slot = Hashing.slot(key, slotMask);
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = (slot + 1) & slotMask;
        }
        return slot;
    }

    private void grow() {
        final long[] oldKeys = keys;
        final Object[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new Object[oldKeys.length * 2];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                final int slot = slotOf(oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }
}
