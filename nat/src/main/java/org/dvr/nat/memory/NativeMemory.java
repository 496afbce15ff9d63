package org.dvr.nat.memory;

import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Memory outside of the heap, aligned to cache lines, in native byte order. It does what a buffer does and, knowing that it is never an array, lets the
 * compiler read with one instruction where a buffer takes several and a barrier against moving them: 3 to 9 ns a translated packet (docs/performance.md).
 * Bounds are checked where Agrona checks them: in tests, not in the launched program.
 */
public final class NativeMemory {
    private final UnsafeBuffer buffer; // keeps the memory alive
    private final long address;

    /**
     * Allocates memory that holds zeros.
     *
     * @param length bytes
     * @param alignment of its first byte, a power of two
     */
    public NativeMemory(final int length, final int alignment) {
        this(new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, alignment)));
    }

    /**
     * Takes memory that somebody else has allocated.
     *
     * @param buffer not an array; whoever keeps it keeps the memory
     */
    public NativeMemory(final UnsafeBuffer buffer) {
        this.buffer = buffer;
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
     * Where a place is, for {@link Words}.
     *
     * @param offset bytes from the beginning, up to the capacity
     * @return its absolute address, which holds as long as this object is reachable
     */
    public long address(final int offset) {
        return address + offset;
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
