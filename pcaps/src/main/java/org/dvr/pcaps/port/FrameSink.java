package org.dvr.pcaps.port;

import org.agrona.DirectBuffer;

/** Where the frames go that a host under replay sends. */
public interface FrameSink {
    /** Forgets every frame. */
    FrameSink NONE = (port, name, buffer, offset, length, nowNs) -> {};

    /**
     * Takes a frame; its bytes may be reused as soon as the call returns.
     *
     * @param port   index of the attachment point
     * @param name   of the attachment point
     * @param buffer holds the frame
     * @param offset of its first byte
     * @param length in bytes
     * @param nowNs  virtual time of sending, nanoseconds since the epoch
     */
    void sent(int port, String name, DirectBuffer buffer, int offset, int length, long nowNs);
}
