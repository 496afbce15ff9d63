package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;

/**
 * What travels: frames by flow number, and what must become of each. A flow has one frame, or two, one for each direction.
 * Expected frames are made from the flow's number, not from the frame that went in.
 */
public interface Traffic {
    /** The most flows that can be told apart, unless a traffic says otherwise. */
    int MAX_FLOWS = 1 << 20;

    /** Time between two bursts unless the traffic needs another: 640 ns a packet, a flow of a million is seen about once in a second. */
    long BURST_NS = 40_960;

    /** @return the host it travels through */
    TopologySnapshot topology();

    /** @return frames of a flow in one round: 1, or 2 where both directions are visited in turn */
    int directions();

    /**
     * What has to pass before this is measured: what opens the connections, and what answers there.
     *
     * @return in this order, one direction each, empty when nothing has to
     */
    List<Traffic> before();

    /**
     * What must be possible once a frame of this has passed: answers that lead back. Verified, never measured.
     *
     * @return in this order; flow and direction are those of the frame that has passed
     */
    default List<Traffic> after() {
        return List.of();
    }

    /**
     * The same for another worker, whose choices may be others.
     *
     * @return itself where nothing was observed that later frames depend on
     */
    default Traffic afresh() {
        return this;
    }

    /** @return whether {@link #observe} wants to see what leaves before the next begins */
    default boolean isObserved() {
        return false;
    }

    /**
     * Judges and remembers what the host has chosen.
     *
     * @param flow 0 to {@link #MAX_FLOWS} - 1
     * @param direction 0 to {@link #directions()} - 1
     * @param actual what left, at offset 0
     * @throws IllegalStateException when the host must not choose that
     */
    default void observe(final int flow, final int direction, final MutableDirectBuffer actual) {}

    /**
     * @param asked flows wanted
     * @return as many, or the fewest that make sense, a power of two
     */
    default int flows(final int asked) {
        return asked;
    }

    /**
     * @param flows how many there are
     * @return how many connections the worker's table has room for
     */
    default int connectionCapacity(final int flows) {
        return Math.max(flows, PipelineConfig.DEFAULT.connectionCapacity());
    }

    /** @return the most flows that can be told apart */
    default int maxFlows() {
        return MAX_FLOWS;
    }

    /** @return bytes that each frame has room in, where it waits and where it is sent to, a power of two from 128 on */
    default int slotLength() {
        return 128;
    }

    /** @return seed of the worker's hashes */
    default long seed() {
        return PipelineConfig.DEFAULT.seed();
    }

    /** @return nanoseconds from one burst to the next */
    default long burstNs() {
        return BURST_NS;
    }

    /**
     * Judges the connections after everything: none lost, none opened anew.
     *
     * @param connections of the worker
     * @param received frames since the beginning
     * @throws IllegalStateException when they are not as they should be
     */
    default void verifyConnections(final ConntrackTable connections, final long received) {
        Rig.require(connections.created() == connections.active(), "connections were lost or opened anew");
    }

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
