package org.dvr.dataplane.table;

import java.util.Arrays;
import org.agrona.collections.IntHashSet;

/**
 * FDB of a snapshot: where the control plane says that each MAC of each segment is. Open addressing, linear probing.
 *
 * <pre>   key: | segmentId (16) | MAC (48) |      value: T, the entry </pre>
 *
 * Filled while the snapshot is built (it grows then), only read afterwards, by any thread.
 *
 * <p>A table may lie over another one, whose entries it hides where it has its own: a snapshot shares what it says of other hosts with those before it, and
 * has entries of its own for what is on this host.
 *
 * @param <T> what an address leads to
 */
public final class FdbTable<T> {
    /**
     * Is told of entries.
     *
     * @param <T> what an address leads to
     */
    @FunctionalInterface
    public interface Visitor<T> {
        /**
         * @param segmentId segment, 1 to 65,535
         * @param mac MAC in the low 48 bits
         * @param value the entry
         */
        void entry(int segmentId, long mac, T value);
    }

    private static final long MAC_MASK = 0xFFFF_FFFF_FFFFL;

    private static final long EMPTY = 0; // the all-zero MAC is refused by put

    private final FdbTable<T> below; // null where it lies over none
    private long[] keys;
    private Object[] values;
    private int size;

    /**
     * @param expected number of entries it should hold without growing, 0 or more
     */
    public FdbTable(final int expected) {
        this(expected, null);
    }

    /**
     * @param expected number of entries of its own that it should hold without growing, 0 or more
     * @param below what it lies over, complete and itself over none; null = nothing
     */
    public FdbTable(final int expected, final FdbTable<T> below) {
        this.below = below;
        final int capacity = Hashing.capacityFor(expected);
        keys = new long[capacity];
        values = new Object[capacity];
    }

    private static long key(final int segmentId, final long mac) {
        return ((long) segmentId << 48) | mac;
    }

    /**
     * The entry of a MAC.
     *
     * @param segmentId segment, 1 to 65,535
     * @param mac MAC in the low 48 bits
     * @return the entry, or null where the control plane knows none
     */
    @SuppressWarnings("unchecked")
    public T find(final int segmentId, final long mac) {
        final long[] keys = this.keys;
        final int mask = keys.length - 1;
        final long key = key(segmentId, mac);
        int slot = Hashing.slot(key, mask);
        long found = keys[slot];
        while (found != EMPTY) {
            if (found == key) {
                return (T) values[slot];
            }
            slot = (slot + 1) & mask;
            found = keys[slot];
        }
        return below == null ? null : below.find(segmentId, mac);
    }

    /**
     * The same table without the entries of some segments; cold.
     *
     * @param segmentIds whose entries are left out
     * @return a copy that lies over none
     */
    @SuppressWarnings("unchecked")
    public FdbTable<T> without(final IntHashSet segmentIds) {
        final FdbTable<T> copy = new FdbTable<>(size);
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != EMPTY && !segmentIds.contains((int) (keys[i] >>> 48))) {
                copy.put((int) (keys[i] >>> 48), keys[i] & MAC_MASK, (T) values[i]);
            }
        }
        return copy;
    }

    /**
     * Sets the entry of a MAC; an entry that is there already is replaced.
     *
     * @param segmentId segment, 1 to 65,535
     * @param mac MAC in the low 48 bits, not zero
     * @param value the entry
     */
    public void put(final int segmentId, final long mac, final T value) {
        if (mac == 0) {
            throw new IllegalArgumentException("mac must not be zero, segmentId=" + segmentId);
        }
        if ((size + 1) * 2 > keys.length) {
            grow();
        }
        final int mask = keys.length - 1;
        final long key = key(segmentId, mac);
        int slot = Hashing.slot(key, mask);
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        if (keys[slot] == EMPTY) {
            size++;
        }
        keys[slot] = key;
        values[slot] = value;
    }

    /**
     * Tells of every entry, those it hides left out, in no order; cold.
     *
     * @param visitor told of each
     */
    public void forEach(final Visitor<T> visitor) {
        forEachOwn(visitor);
        if (below != null) {
            below.forEach((segmentId, mac, value) -> {
                if (!hasOwn(segmentId, mac)) {
                    visitor.entry(segmentId, mac, value);
                }
            });
        }
    }

    /**
     * Tells of every entry of its own, not of those it lies over, in no order; cold.
     *
     * @param visitor told of each
     */
    @SuppressWarnings("unchecked")
    public void forEachOwn(final Visitor<T> visitor) {
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != EMPTY) {
                visitor.entry((int) (keys[i] >>> 48), keys[i] & MAC_MASK, (T) values[i]);
            }
        }
    }

    private boolean hasOwn(final int segmentId, final long mac) {
        final int mask = keys.length - 1;
        final long key = key(segmentId, mac);
        int slot = Hashing.slot(key, mask);
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return keys[slot] == key;
    }

    /** @return the number of entries of its own */
    public int size() {
        return size;
    }

    @SuppressWarnings("unchecked")
    private void grow() {
        final long[] oldKeys = keys;
        final Object[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new Object[oldKeys.length * 2];
        Arrays.fill(values, null);
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != EMPTY) {
                put((int) (oldKeys[i] >>> 48), oldKeys[i] & MAC_MASK, (T) oldValues[i]);
            }
        }
    }
}
