package org.dvr.dataplane.io.afpacket;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** Puts back the tag that the kernel takes out of a frame before a packet socket sees it. */
final class VlanTags {
    /** Where a tag is in a frame. */
    static final int OFFSET = 12;

    static final int LENGTH = 4;

    private static final int VLAN_VALID = 1 << 4;
    private static final int VLAN_TPID_VALID = 1 << 6;
    private static final int IEEE_802_1Q = 0x8100;

    private VlanTags() {}

    /**
     * @param status of the frame, {@code TP_STATUS_…}
     * @param ring where it is
     * @param tpidAt where its tag's type is
     * @param tciAt where its tag's content is
     * @return the tag as it was in the frame, 0 = none
     */
    static int of(final int status, final DirectBuffer ring, final int tpidAt, final int tciAt) {
        if ((status & VLAN_VALID) == 0) {
            return 0;
        }
        final int type = (status & VLAN_TPID_VALID) == 0 ? IEEE_802_1Q : ring.getShort(tpidAt);
        return (type << 16) | (ring.getShort(tciAt) & 0xffff);
    }

    /**
     * Copies a frame without its tag to where it is to have it.
     *
     * @param length bytes without the tag
     * @param capacity the most bytes to write
     */
    static void copy(
            final DirectBuffer frame,
            final int at,
            final int length,
            final int tag,
            final MutableDirectBuffer destination,
            final int offset,
            final int capacity) {
        destination.putBytes(offset, frame, at, OFFSET);
        destination.putInt(offset + OFFSET, tag, ByteOrder.BIG_ENDIAN);
        destination.putBytes(
                offset + OFFSET + LENGTH, frame, at + OFFSET, Math.min(length - OFFSET, capacity - OFFSET - LENGTH));
    }
}
