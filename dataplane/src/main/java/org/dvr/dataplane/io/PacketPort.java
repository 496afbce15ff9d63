package org.dvr.dataplane.io;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One attachment point's device: frames in, frames out, in bursts. Used by one worker.
 */
public interface PacketPort extends AutoCloseable {
    /** Answer of {@link #receive} when nothing waits. */
    int NOTHING = -1;

    /**
     * Copies the next waiting frame, as a device would write it.
     *
     * @param destination where to
     * @param offset first byte to write
     * @param capacity the most bytes to write
     * @return length of the frame in bytes, which may exceed the capacity (only capacity bytes are written then), or {@link #NOTHING}
     */
    int receive(MutableDirectBuffer destination, int offset, int capacity);

    /**
     * Sends a frame; its bytes may be reused as soon as the call returns.
     *
     * @param buffer holds the frame
     * @param offset first byte
     * @param length in bytes
     * @param nowNs time of sending
     */
    void transmit(DirectBuffer buffer, int offset, int length, long nowNs);

    /** Hands on what was sent since the last call; called once per burst. */
    default void flush() {}

    @Override
    default void close() {}
}
