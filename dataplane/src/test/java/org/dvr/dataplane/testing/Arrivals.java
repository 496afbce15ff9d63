package org.dvr.dataplane.testing;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.topology.AttachmentKind;

/** Frames that lie in memory of nobody's port. */
public final class Arrivals {
    private static final int LENGTH = 1 << 17;
    private static final ThreadLocal<UnsafeBuffer> MEMORY =
            ThreadLocal.withInitial(() -> new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH, 64)));

    private Arrivals() {}

    /**
     * @param kind of the attachment point, whose id is 0
     * @param frame from its first byte on
     * @return the frame as it arrived, until the next one is made
     */
    public static Arrival of(final AttachmentKind kind, final byte[] frame) {
        final UnsafeBuffer memory = MEMORY.get();
        memory.setMemory(0, frame.length + Long.BYTES, (byte) 0);
        memory.putBytes(0, frame);
        final Arrival arrival = new Arrival();
        arrival.lies(memory.addressOffset(), frame.length);
        arrival.came(Arrival.origin(0, kind));
        return arrival;
    }
}
