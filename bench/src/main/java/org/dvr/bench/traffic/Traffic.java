package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;

/**
 * What travels: frames by flow number, and what must become of each. A flow has one frame, or two, one for each direction.
 * Expected frames are made from the flow's number, not from the frame that went in.
 */
public interface Traffic {
    /** The most flows that can be told apart. */
    int MAX_FLOWS = 1 << 20;

    /** @return the cloud it travels through */
    Cloud cloud();

    /** @return frames of a flow in one round: 1, or 2 where both directions are visited in turn */
    int directions();

    /**
     * What has to pass before this is measured: what opens the connections, and what answers there.
     *
     * @return in this order, empty when nothing has to
     */
    List<Traffic> before();

    /**
     * @param flow 0 to {@link #MAX_FLOWS} - 1
     * @param direction 0 to {@link #directions()} - 1
     * @return attachment id where its frame comes in
     */
    int ingress(int flow, int direction);

    /**
     * @param flow 0 to {@link #MAX_FLOWS} - 1
     * @param direction 0 to {@link #directions()} - 1
     * @return attachment id where it, or its answer, leaves
     */
    int egress(int flow, int direction);

    /**
     * Makes a flow's frame as it comes in.
     *
     * @param buffer to write to
     * @param offset of the first byte
     * @param flow 0 to {@link #MAX_FLOWS} - 1
     * @param direction 0 to {@link #directions()} - 1
     * @return its length in bytes
     */
    int write(MutableDirectBuffer buffer, int offset, int flow, int direction);

    /**
     * Makes what must leave. What the host may choose (the outer source port) is taken over from what left.
     *
     * @param expected to write to
     * @param flow 0 to {@link #MAX_FLOWS} - 1
     * @param direction 0 to {@link #directions()} - 1
     * @param actual what left, at offset 0
     * @return its length in bytes
     */
    int expect(MutableDirectBuffer expected, int flow, int direction, MutableDirectBuffer actual);
}
