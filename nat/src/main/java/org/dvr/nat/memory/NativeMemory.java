package org.dvr.nat.memory;

import java.nio.ByteOrder;
import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Memory outside of the heap, aligned to cache lines, in native byte order. It does what a buffer does and, knowing that it is never an array, lets the
 * compiler read with one instruction where a buffer takes several and a barrier against moving them: 3 to 9 ns a translated packet (docs/performance.md).
 * Bounds are checked where Agrona checks them: in tests, not in the launched program.
 */
public final class NativeMemory {
    private static final boolean IS_LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final UnsafeBuffer buffer; // keeps the memory alive
    private final long address;

    /**
     * Allocates memory that holds zeros.
     *
     * @param length bytes
     * @param alignment of its first byte, a power of two
     */
    public NativeMemory(final int length, final int alignment) {
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, alignment));
        address = buffer.addressOffset();
    }

    /** Its length in bytes. */
    public int capacity() {
        return buffer.capacity();
    }

    /** The same memory, for those who need all that a buffer can do. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /**
     * Reads eight bytes of a frame.
     *
     * @param offset bytes from the beginning, anywhere
     * @return what is there, in network byte order
     */
    public long getNetLong(final int offset) {
        check(offset, Long.BYTES);
        final long word = UnsafeApi.getLong(address + offset);
        return IS_LITTLE ? Long.reverseBytes(word) : word;
    }

    /**
     * Writes eight bytes of a frame.
     *
     * @param offset bytes from the beginning, anywhere
     * @param value in network byte order
     */
    public void putNetLong(final int offset, final long value) {
        check(offset, Long.BYTES);
        UnsafeApi.putLong(address + offset, IS_LITTLE ? Long.reverseBytes(value) : value);
    }

    /**
     * Reads four bytes of a frame.
     *
     * @param offset bytes from the beginning, anywhere
     * @return what is there, in network byte order
     */
    public int getNetInt(final int offset) {
        check(offset, Integer.BYTES);
        final int word = UnsafeApi.getInt(address + offset);
        return IS_LITTLE ? Integer.reverseBytes(word) : word;
    }

    /**
     * Writes four bytes of a frame.
     *
     * @param offset bytes from the beginning, anywhere
     * @param value in network byte order
     */
    public void putNetInt(final int offset, final int value) {
        check(offset, Integer.BYTES);
        UnsafeApi.putInt(address + offset, IS_LITTLE ? Integer.reverseBytes(value) : value);
    }

    /**
     * Reads two bytes of a frame.
     *
     * @param offset bytes from the beginning, anywhere
     * @return what is there, in network byte order, 0 to 65,535
     */
    public int getNetShort(final int offset) {
        check(offset, Short.BYTES);
        final short word = UnsafeApi.getShort(address + offset);
        return (IS_LITTLE ? Short.reverseBytes(word) : word) & 0xFFFF;
    }

    /**
     * Writes two bytes of a frame.
     *
     * @param offset bytes from the beginning, anywhere
     * @param value of which the lower 16 bits count, in network byte order
     */
    public void putNetShort(final int offset, final int value) {
        check(offset, Short.BYTES);
        UnsafeApi.putShort(address + offset, IS_LITTLE ? Short.reverseBytes((short) value) : (short) value);
    }

    /**
     * Reads a byte.
     *
     * @param offset bytes from the beginning
     * @return what is there, 0 to 255
     */
    public int getByte(final int offset) {
        check(offset, 1);
        return UnsafeApi.getByte(address + offset) & 0xFF;
    }

    /**
     * Reads a word.
     *
     * @param offset bytes from the beginning, aligned
     * @return what is there, in native byte order
     */
    public long getLong(final int offset) {
        check(offset, Long.BYTES);
        return UnsafeApi.getLong(address + offset);
    }

    /**
     * Writes a word.
     *
     * @param offset bytes from the beginning, aligned
     * @param value in native byte order
     */
    public void putLong(final int offset, final long value) {
        check(offset, Long.BYTES);
        UnsafeApi.putLong(address + offset, value);
    }

    /**
     * Reads a word.
     *
     * @param offset bytes from the beginning, aligned
     * @return what is there, in native byte order
     */
    public int getInt(final int offset) {
        check(offset, Integer.BYTES);
        return UnsafeApi.getInt(address + offset);
    }

    /**
     * Writes a word.
     *
     * @param offset bytes from the beginning, aligned
     * @param value in native byte order
     */
    public void putInt(final int offset, final int value) {
        check(offset, Integer.BYTES);
        UnsafeApi.putInt(address + offset, value);
    }

    private void check(final int offset, final int length) {
        if (UnsafeBuffer.SHOULD_BOUNDS_CHECK) {
            buffer.boundsCheck(offset, length);
        }
    }
}
