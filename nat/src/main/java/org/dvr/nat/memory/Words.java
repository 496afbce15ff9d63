package org.dvr.nat.memory;

import java.nio.ByteOrder;
import org.agrona.UnsafeApi;

/**
 * Reads and writes by absolute address: for the few loops in which an offset that has to be added to a base, for each access, is a third of all
 * instructions (docs/performance.md). Nobody checks bounds here: the caller has an address from {@link NativeMemory#address} and has checked lengths.
 *
 * <p>{@code net} stands for network byte order, in which bytes of frames are read; the other words are in native order.
 */
public final class Words {
    private static final boolean IS_LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private static final int BLOCK = 32;

    private Words() {}

    /** {@return eight bytes at an address, native order} */
    public static long getLong(final long address) {
        return UnsafeApi.getLong(address);
    }

    /** {@return four bytes at an address, native order} */
    public static int getInt(final long address) {
        return UnsafeApi.getInt(address);
    }

    /**
     * Writes eight bytes.
     *
     * @param address where to
     * @param value native order
     */
    public static void putLong(final long address, final long value) {
        UnsafeApi.putLong(address, value);
    }

    /**
     * Writes four bytes.
     *
     * @param address where to
     * @param value native order
     */
    public static void putInt(final long address, final int value) {
        UnsafeApi.putInt(address, value);
    }

    /** {@return eight bytes at an address, network byte order} */
    public static long getNetLong(final long address) {
        final long word = UnsafeApi.getLong(address);
        return IS_LITTLE ? Long.reverseBytes(word) : word;
    }

    /** {@return four bytes at an address, network byte order} */
    public static int getNetInt(final long address) {
        final int word = UnsafeApi.getInt(address);
        return IS_LITTLE ? Integer.reverseBytes(word) : word;
    }

    /** {@return two bytes at an address, network byte order, 0 to 65,535} */
    public static int getNetShort(final long address) {
        final short word = UnsafeApi.getShort(address);
        return (IS_LITTLE ? Short.reverseBytes(word) : word) & 0xFFFF;
    }

    /** {@return a byte, 0 to 255} */
    public static int getByte(final long address) {
        return UnsafeApi.getByte(address) & 0xFF;
    }

    /**
     * Writes eight bytes.
     *
     * @param address where to
     * @param value network byte order
     */
    public static void putNetLong(final long address, final long value) {
        UnsafeApi.putLong(address, IS_LITTLE ? Long.reverseBytes(value) : value);
    }

    /**
     * Writes four bytes.
     *
     * @param address where to
     * @param value network byte order
     */
    public static void putNetInt(final long address, final int value) {
        UnsafeApi.putInt(address, IS_LITTLE ? Integer.reverseBytes(value) : value);
    }

    /**
     * Writes two bytes.
     *
     * @param address where to
     * @param value of which the lower 16 bits count, network byte order
     */
    public static void putNetShort(final long address, final int value) {
        UnsafeApi.putShort(address, IS_LITTLE ? Short.reverseBytes((short) value) : (short) value);
    }

    /**
     * Copies a few bytes, a frame of some lines: a call of the general copy costs more than they do.
     *
     * @param from first byte
     * @param to where to, not overlapping
     * @param length 0 or more
     */
    public static void copy(final long from, final long to, final int length) {
        if (length < BLOCK) {
            copyFew(from, to, length);
            return;
        }
        copyBlock(from, to);
        if (length > 2 * BLOCK) { // a loop costs more than two blocks do
            for (int at = BLOCK; at < length - BLOCK; at += BLOCK) {
                copyBlock(from + at, to + at);
            }
        }
        final int last = length - BLOCK; // overlaps the one before, so that there is no rest
        copyBlock(from + last, to + last);
    }

    private static void copyBlock(final long from, final long to) {
        final long a = UnsafeApi.getLong(from);
        final long b = UnsafeApi.getLong(from + 8);
        final long c = UnsafeApi.getLong(from + 16);
        final long d = UnsafeApi.getLong(from + 24);
        UnsafeApi.putLong(to, a);
        UnsafeApi.putLong(to + 8, b);
        UnsafeApi.putLong(to + 16, c);
        UnsafeApi.putLong(to + 24, d);
    }

    private static void copyFew(final long from, final long to, final int length) {
        int at = 0;
        for (; at <= length - Long.BYTES; at += Long.BYTES) {
            UnsafeApi.putLong(to + at, UnsafeApi.getLong(from + at));
        }
        for (; at < length; at++) {
            UnsafeApi.putByte(to + at, UnsafeApi.getByte(from + at));
        }
    }
}
