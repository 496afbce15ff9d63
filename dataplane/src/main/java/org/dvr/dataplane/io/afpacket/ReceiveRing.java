package org.dvr.dataplane.io.afpacket;

import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;

/** Frames that the kernel has put into memory shared with it. */
interface ReceiveRing {
    /** The kernel says so of a frame or block: it is ours. */
    int USER = 1;

    /** A longer copy of the frame waits in the socket's queue. */
    int COPIED = 1 << 1;

    /** As {@link PacketPort#view}. */
    default int view(final Arrival arrival, final long burst) {
        return PacketPort.UNSEEN;
    }

    /** As {@link PacketPort#receive}. */
    int receive(MutableDirectBuffer destination, int offset, int capacity, Offload offload);

    /** @return frames that were too long for the ring, and too many of them; any thread */
    long tooLong();
}
