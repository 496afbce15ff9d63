package org.dvr.bench.growth;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.GrownTransit;
import org.dvr.bench.traffic.Rig;
import org.dvr.bench.traffic.Traffic;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * Cost by routers of a network host: legacy ones with two VXLAN networks of four guests each, and 131,072 flows over all of
 * them; ns per packet.
 * More values: {@code --param routers=1,10,100,1000,10000}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoutersBenchmark {
    private static final int BURST = Rig.BURST;

    /** Flows whose verdict is remembered. */
    public static class Remembered extends GrowthPath {
        /** On this host. */
        @Param({"1", "100", "10000"})
        public int routers;

        @Override
        int size() {
            return routers;
        }

        @Override
        Traffic traffic(final int size) {
            return GrownTransit.routers(size);
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
     * VXLAN in, one of the routers, VXLAN out.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int transit(final Remembered path) {
        return path.burst();
    }

    /**
     * As {@link #transit}, without the flow cache.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int transitDecided(final Decided path) {
        return path.burst();
    }
}
