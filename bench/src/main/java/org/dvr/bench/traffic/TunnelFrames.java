package org.dvr.bench.traffic;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.topology.NetworkType;

/** A few tunnel frames as the underlay delivers them. */
public final class TunnelFrames {
    /** Bytes from one frame to the next. */
    public static final int STRIDE = 128;

    /** Bytes of a VXLAN frame around a 64-byte one. */
    public static final int VXLAN_LENGTH = 114;

    private static final int FROM_UNDERLAY = 1;

    private TunnelFrames() {}

    /**
     * @param count of frames, each of another flow
     * @return a buffer of its own that holds them
     */
    public static UnsafeBuffer vxlan(final int count) {
        final EastWest traffic = new EastWest(NetworkType.VXLAN);
        final UnsafeBuffer frames = new UnsafeBuffer(BufferUtil.allocateDirectAligned(count * STRIDE, STRIDE));
        for (int i = 0; i < count; i++) {
            Rig.require(traffic.write(frames, i * STRIDE, i, FROM_UNDERLAY) == VXLAN_LENGTH, "not the length expected");
        }
        return frames;
    }
}
