package org.dvr.pcaps.port;

import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Frames in order of arrival, off heap: what lies between reading and processing, so that the two can be timed apart and frames can be
 * played again without being read again. A frame is known by the offset of its record:
 *
 * <pre>   | time (8) | port (4) | length (4) | bytes, padded to a multiple of 8 | </pre>
 */
public final class FrameBlock implements AutoCloseable {
    /** Bytes it takes at most, records included. */
    public static final int CAPACITY = 4 << 20;

    private static final int PORT_OFFSET = 8;
    private static final int LENGTH_OFFSET = 12;
    private static final int HEADER_LENGTH = 16;

    private final long address;
    private final UnsafeBuffer buffer;
    private int end;
    private boolean isClosed;

    /** Allocates its memory outside of the heap, which {@link #close} gives back. */
    public FrameBlock() {
        address = UnsafeApi.allocateMemory(CAPACITY);
        buffer = new UnsafeBuffer(address, CAPACITY);
    }

    private static int recordLength(final int length) {
        return HEADER_LENGTH + ((length + 7) & -8);
    }

    /** Forgets its frames. */
    public void clear() {
        end = 0;
    }

    /** {@return true when no frame is in it} */
    public boolean isEmpty() {
        return end == 0;
    }

    /** {@return where the frames end: the first frame is at 0, unless that is the end} */
    public int end() {
        return end;
    }

    /**
     * The frame after a frame.
     *
     * @param frame offset of a frame
     * @return offset of the next one, or {@link #end()}
     */
    public int next(final int frame) {
        return frame + recordLength(length(frame));
    }

    /**
     * Is there room for another frame?
     *
     * @param length of the frame in bytes
     * @return true when {@link #add} may be called with it
     */
    public boolean hasRoom(final int length) {
        return recordLength(length) <= CAPACITY - end;
    }

    /**
     * Appends a frame, whose bytes the caller then writes to {@link #buffer()} from {@link #dataOffset(int)} on.
     *
     * @param port   where it arrives, a number that the caller chooses
     * @param timeNs when it arrives
     * @param length in bytes; {@link #hasRoom} must be true of it
     * @return its offset
     */
    public int add(final int port, final long timeNs, final int length) {
        final int frame = end;
        buffer.putLong(frame, timeNs);
        buffer.putInt(frame + PORT_OFFSET, port);
        buffer.putInt(frame + LENGTH_OFFSET, length);
        end += recordLength(length);
        return frame;
    }

    /** {@return the bytes of all frames} */
    public MutableDirectBuffer buffer() {
        return buffer;
    }

    /**
     * Where the bytes of a frame begin.
     *
     * @param frame its offset
     * @return bytes from the start of the buffer
     */
    public int dataOffset(final int frame) {
        return frame + HEADER_LENGTH;
    }

    /**
     * How long a frame is.
     *
     * @param frame its offset
     * @return bytes
     */
    public int length(final int frame) {
        return buffer.getInt(frame + LENGTH_OFFSET);
    }

    /**
     * Where a frame arrives.
     *
     * @param frame its offset
     * @return as given to {@link #add}
     */
    public int port(final int frame) {
        return buffer.getInt(frame + PORT_OFFSET);
    }

    /**
     * When a frame arrives.
     *
     * @param frame its offset
     * @return nanoseconds since the epoch
     */
    public long timeNs(final int frame) {
        return buffer.getLong(frame);
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
