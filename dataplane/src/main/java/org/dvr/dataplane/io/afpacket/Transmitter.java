package org.dvr.dataplane.io.afpacket;

import org.agrona.DirectBuffer;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;

/** Collects frames and hands them to the kernel together. */
interface Transmitter {
    /** As {@link PacketPort#transmit}. */
    boolean transmit(DirectBuffer buffer, int offset, int length, Offload offload);

    /** As {@link PacketPort#place}. */
    default long place(final int length) {
        return PacketPort.NOWHERE;
    }

    /** As {@link PacketPort#sendPlaced}. */
    default void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
        throw new UnsupportedOperationException("no place");
    }

    void flush();

    /** As {@link PacketPort#takesTunnelSegments}. */
    default boolean takesTunnelSegments() {
        return false;
    }

    /** @return frames taken that the kernel has refused; any thread */
    long refused();

    /** Frees what is its own. */
    void close();
}
