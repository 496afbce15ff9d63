package org.dvr.dataplane.io.afpacket;

import org.agrona.DirectBuffer;
import org.dvr.dataplane.frame.Offload;

/** Collects frames and hands them to the kernel together. */
interface Transmitter {
    /** As {@link org.dvr.dataplane.io.PacketPort#transmit}. */
    boolean transmit(DirectBuffer buffer, int offset, int length, Offload offload);

    void flush();

    /** As {@link org.dvr.dataplane.io.PacketPort#takesTunnelSegments}. */
    default boolean takesTunnelSegments() {
        return false;
    }

    /** @return frames taken that the kernel has refused; any thread */
    long refused();

    /** Frees what is its own. */
    void close();
}
