package org.dvr.bench.growth;

import org.dvr.bench.traffic.Apart;
import org.dvr.bench.traffic.Rig;
import org.dvr.bench.traffic.Traffic;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A packet's whole way in a cloud of some size: what {@code PipelineBenchmark} measures in one of a fixed size. */
@State(Scope.Thread)
public abstract class GrowthPath {
    /** Flows where not flows are what varies: as many for the smallest cloud as for the largest, and more than that has prefixes, ports or floating IPs. */
    static final int FLOWS = 131_072;

    private static final int VERIFIED_FLOWS = 8_192;

    private Rig rig;

    /** What varies, as the parameter says. */
    abstract int size();

    abstract Traffic traffic(int size);

    /** How many flows of it. */
    int flows(final int size) {
        return FLOWS;
    }

    /** Flows of the rig that is verified: spread over everything, as those that are measured. */
    int verifiedFlows(final int size) {
        return Math.min(flows(size), VERIFIED_FLOWS);
    }

    /** Without the flow cache each packet is decided by the stages, as first packets are: so the size of their tables shows. */
    boolean isRemembered() {
        return true;
    }

    /** Verifies what leaves, apart; then builds what is measured, and opens connections. */
    @Setup(Level.Trial)
    public void start() {
        Apart.verify(getClass(), size());
        rig = rig(size(), flows(size()));
    }

    private Rig rig(final int size, final int flows) {
        return isRemembered() ? Rig.start(traffic(size), flows) : Rig.startWithoutCache(traffic(size), flows);
    }

    /** Nothing may have been dropped while it was measured. */
    @TearDown(Level.Trial)
    public void verifyCounters() {
        rig.verifyCounters();
    }

    /**
     * Compares every byte that leaves a rig of its own.
     *
     * @param size what varies
     */
    public void verifyRig(final int size) {
        rig(size, verifiedFlows(size)).verify();
    }

    int burst() {
        return rig.burst();
    }
}
