package org.dvr.dataplane.table;

import java.util.Arrays;

/**
 * FIB of a virtual router for IPv6: prefix to route, longest match first; and, with prefixes of length 128, a map of addresses.
 *
 * <p>One open-addressing table holds the prefixes of every length, so a lookup probes once per length that is in use. Filled while the
 * snapshot is built (it grows then), only read afterwards, by any thread.
 *
 * @param <T> the route
 */
public final class Fib6Table<T> {
    private long[] highs = new long[16];
    private long[] lows = new long[16];
    private byte[] keyLengths = new byte[16]; // -128 to 0: length - 128; used slots have a value
    private Object[] values = new Object[16];
    private int size;
    private int[] lengths = new int[0]; // in use, longest first

    private static long highMask(final int length) {
        return length == 0 ? 0 : length >= 64 ? -1 : -1L << (64 - length);
    }

    private static long lowMask(final int length) {
        return length <= 64 ? 0 : -1L << (128 - length);
    }

    /**
     * Longest-prefix match.
     *
     * @param high high half of the destination
     * @param low low half of the destination
     * @return the route of the longest prefix that covers it, or null
     */
    public T find(final long high, final long low) {
        for (final int length : lengths) {
            final T found = get(high & highMask(length), low & lowMask(length), length);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /**
     * The route of exactly one prefix.
     *
     * @param high high half of the network address, host bits zero
     * @param low low half of the network address, host bits zero
     * @param length prefix length, 0 to 128
     * @return the route, or null
     */
    @SuppressWarnings("unchecked")
    public T get(final long high, final long low, final int length) {
        return (T) values[slotOf(high, low, length)];
    }

    /**
     * Sets the route of a prefix; one that is there already is replaced.
     *
     * @param high high half of the network address; host bits are cleared
     * @param low low half of the network address; host bits are cleared
     * @param length prefix length, 0 to 128
     * @param value the route
     */
    public void put(final long high, final long low, final int length, final T value) {
        if (length < 0 || length > 128) {
            throw new IllegalArgumentException("length must be 0 to 128, length=" + length);
        }
        if ((size + 1) * 2 > values.length) {
            grow();
        }
        final int slot = slotOf(high & highMask(length), low & lowMask(length), length);
        if (values[slot] == null) {
            size++;
            highs[slot] = high & highMask(length);
            lows[slot] = low & lowMask(length);
            keyLengths[slot] = (byte) (length - 128);
            addLength(length);
        }
        values[slot] = value;
    }

    /**
     * Sets every route of this table in another one; cold.
     *
     * @param other the other table
     */
    @SuppressWarnings("unchecked")
    public void copyTo(final Fib6Table<T> other) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null) {
                other.put(highs[i], lows[i], keyLengths[i] + 128, (T) values[i]);
            }
        }
    }

    /** @return the number of prefixes */
    public int size() {
        return size;
    }

    private void addLength(final int length) {
        for (final int known : lengths) {
            if (known == length) {
                return;
            }
        }
        final int[] longer = Arrays.copyOf(lengths, lengths.length + 1);
        int at = lengths.length;
        while (at > 0 && longer[at - 1] < length) {
            longer[at] = longer[at - 1];
            at--;
        }
        longer[at] = length;
        lengths = longer;
    }

    private int slotOf(final long high, final long low, final int length) {
        final int mask = values.length - 1;
        int slot = Hashing.slot(Hashing.mix(high + length) ^ low, mask);
        while (values[slot] != null
                && (highs[slot] != high || lows[slot] != low || keyLengths[slot] != (byte) (length - 128))) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        final long[] oldHighs = highs;
        final long[] oldLows = lows;
        final byte[] oldLengths = keyLengths;
        final Object[] oldValues = values;
        final int capacity = oldValues.length * 2;
        highs = new long[capacity];
        lows = new long[capacity];
        keyLengths = new byte[capacity];
        values = new Object[capacity];
        for (int i = 0; i < oldValues.length; i++) {
            if (oldValues[i] != null) {
                final int slot = slotOf(oldHighs[i], oldLows[i], oldLengths[i] + 128);
                highs[slot] = oldHighs[i];
                lows[slot] = oldLows[i];
                keyLengths[slot] = oldLengths[i];
                values[slot] = oldValues[i];
            }
        }
    }
}
