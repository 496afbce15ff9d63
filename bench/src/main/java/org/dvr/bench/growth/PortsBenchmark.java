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
 * Cost by ports of the cloud that a network host knows: guests on up to 1,000 other hosts, a router for each thousand; 131,072 flows among all of them;
 * ns per packet. More values: {@code --param ports=100,1000,10000,100000}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PortsBenchmark {
    private static final int BURST = Rig.BURST;

    /** Flows whose verdict is remembered. */
    public static class Remembered extends GrowthPath {
        /** Guests of the cloud. */
        @Param({"100", "10000", "100000"})
        public int ports;

        @Override
        int size() {
            return ports;
        }

        @Override
        Traffic traffic(final int size) {
            return GrownTransit.ports(size);
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
     * VXLAN in from one guest, its router, VXLAN out to another.
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
