package org.dvr.pcaps.port;

import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A few thousand frames in order of arrival, off heap: what lies between reading and processing, so that the two can be timed
 * apart and frames can be played again without being read again.
 */
public final class FrameBlock implements AutoCloseable {
    /** Frames it takes at most. */
    public static final int FRAME_CAPACITY = 4_096;

    /** Bytes of frames it takes at most. */
    public static final int BYTE_CAPACITY = 4 << 20;

    private final long address;
    private final UnsafeBuffer buffer;
    private final int[] offsets = new int[FRAME_CAPACITY];
    private final int[] lengths = new int[FRAME_CAPACITY];
    private final int[] ports = new int[FRAME_CAPACITY];
    private final long[] timesNs = new long[FRAME_CAPACITY];
    private int size;
    private int end;
    private boolean isClosed;

    /** Allocates its memory outside of the heap, which {@link #close} gives back. */
    public FrameBlock() {
        address = UnsafeApi.allocateMemory(BYTE_CAPACITY);
        buffer = new UnsafeBuffer(address, BYTE_CAPACITY);
    }

    /** Forgets its frames. */
    public void clear() {
        size = 0;
        end = 0;
    }

    /** {@return frames in it} */
    public int size() {
        return size;
    }

    /**
     * Is there room for another frame?
     *
     * @param length of the frame in bytes
     * @return true when {@link #add} may be called with it
     */
    public boolean hasRoom(final int length) {
        return size < FRAME_CAPACITY && length <= BYTE_CAPACITY - end;
    }

    /**
     * Appends a frame, whose bytes the caller then writes to {@link #buffer()} from {@link #offset(int)} on.
     *
     * @param port   where it arrives, an index that the caller chooses
     * @param timeNs when it arrives
     * @param length in bytes; {@link #hasRoom} must be true of it
     * @return its index
     */
    public int add(final int port, final long timeNs, final int length) {
        final int index = size++;
        offsets[index] = end;
        lengths[index] = length;
        ports[index] = port;
        timesNs[index] = timeNs;
        end += length;
        return index;
    }

    /** {@return the bytes of all frames} */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /**
     * Where a frame begins.
     *
     * @param index of a frame
     * @return bytes from the start of the buffer
     */
    public int offset(final int index) {
        return offsets[index];
    }

    /**
     * How long a frame is.
     *
     * @param index of a frame
     * @return bytes
     */
    public int length(final int index) {
        return lengths[index];
    }

    /**
     * Where a frame arrives.
     *
     * @param index of a frame
     * @return as given to {@link #add}
     */
    public int port(final int index) {
        return ports[index];
    }

    /**
     * When a frame arrives.
     *
     * @param index of a frame
     * @return nanoseconds since the epoch
     */
    public long timeNs(final int index) {
        return timesNs[index];
    }

    /** Gives its memory back; closing again does nothing. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            clear();
            UnsafeApi.freeMemory(address);
        }
    }
}
