package org.dvr.dataplane.stage;

import org.dvr.dataplane.topology.TopologySnapshot;

/** What all stages share for the length of one burst: one topology, one time. */
public final class Cycle {
    private TopologySnapshot topology;
    private long nowNs;

    /**
     * Starts a burst.
     *
     * @param topology in force for the whole burst
     * @param nowNs its time
     */
    public void start(final TopologySnapshot topology, final long nowNs) {
        this.topology = topology;
        this.nowNs = nowNs;
    }

    /** @return the topology in force */
    public TopologySnapshot topology() {
        return topology;
    }

    /** @return current time in nanoseconds */
    public long nowNs() {
        return nowNs;
    }
}
