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
 * Cost by extra routes of one router, longest match first: prefixes of nine lengths from /20 to /28, and of a tenth, /12, that cover 256 of them each and must
 * not be taken; 131,072 flows to addresses in all of them; ns per packet. More values: {@code --param prefixes=1,10,100,1000,10000,100000}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PrefixesBenchmark {
    private static final int BURST = Rig.BURST;

    /** Flows whose verdict is remembered. */
    public static class Remembered extends GrowthPath {
        /** Extra routes, those that cover others not counted. */
        @Param({"1", "1000", "100000"})
        public int prefixes;

        @Override
        int size() {
            return prefixes;
        }

        @Override
        Traffic traffic(final int size) {
            return GrownTransit.prefixes(size);
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
     * VXLAN in, the router with all routes, VXLAN out.
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
