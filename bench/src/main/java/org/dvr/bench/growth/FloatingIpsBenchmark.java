package org.dvr.bench.growth;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.CentralFloatingIps;
import org.dvr.bench.traffic.Rig;
import org.dvr.bench.traffic.Traffic;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * Cost by floating IPs that a network host translates, five hundred to a legacy router; 131,072 flows over all of them, established; ns per packet. More values: {@code --param floatingIps=1,10,100,1000,10000,50000}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FloatingIpsBenchmark {
    private static final int BURST = Rig.BURST;

    /** Flows whose verdict is remembered. */
    public static class Remembered extends GrowthPath {
        /** On this host. */
        @Param({"1", "1000", "50000"})
        public int floatingIps;

        @Override
        int size() {
            return floatingIps;
        }

        @Override
        Traffic traffic(final int size) {
            return CentralFloatingIps.inbound(size);
        }
    }

    /** The same, each packet decided by the stages. */
    public static class Decided extends Remembered {
        @Override
        boolean isRemembered() {
            return false;
        }
    }

    /**
     * External network, one of the floating IPs, VXLAN to its guest.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int inbound(final Remembered path) {
        return path.burst();
    }

    /**
     * As {@link #inbound}, without the flow cache.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int inboundDecided(final Decided path) {
        return path.burst();
    }
}
