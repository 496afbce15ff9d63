package org.dvr.bench;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.EastWest;
import org.dvr.bench.traffic.FloatingIpFlows;
import org.dvr.bench.traffic.SharedRig;
import org.dvr.bench.traffic.Traffic;
import org.dvr.dataplane.topology.NetworkType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.Control;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Several workers, a thread, a memory port and a generator each, in nanoseconds per packet <em>of each worker</em>: where cores had nothing in common, two
 * workers would need as long for a packet as one does, and forward twice as much. The factor by which two workers forward more than one is twice the time of
 * {@code oneWorker} over that of {@code twoWorkers}.
 *
 * <p>{@code twoWorkersHandingOver} has every frame received by the worker that it does not belong to: the dearest case, and more than the kernel's sharing out
 * ever leaves to do. Its time less that of {@code twoWorkers} is what a hand-over costs, the receiver's half and the taker's.
 *
 * <p>Frames and clouds are those of {@link PipelineBenchmark}. What leaves is verified byte by byte before it is measured, one frame at a time; the counters
 * after it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ScalingBenchmark {
    private static final int BURST = 64;
    private static final int ALL = 100;

    /** A host and what travels through it. */
    @State(Scope.Benchmark)
    public static class Host {
        /** As many as fit into L2 with their state; into L3; far more than any cache holds. */
        @Param({"1024", "65536", "1048576"})
        public int flows;

        /** Translated, from guests to the outside; or between two networks over VXLAN, both ways. */
        @Param({"floatingIpOutbound", "eastWestVxlan"})
        public String path;

        private SharedRig rig;

        int misplaced() {
            return 0;
        }

        /**
         * Builds what is measured, opens connections, verifies what leaves.
         *
         * @param params tell how many threads there are, one for each worker
         */
        @Setup(Level.Trial)
        public void start(final BenchmarkParams params) {
            rig = SharedRig.start(traffic(), flows, params.getThreads(), misplaced());
        }

        private Traffic traffic() {
            return path.equals("eastWestVxlan") ? new EastWest(NetworkType.VXLAN) : new FloatingIpFlows(true);
        }

        int burst(final Seat seat) {
            return rig.burst(seat.worker);
        }

        boolean isAhead(final Seat seat) {
            return rig.isAhead(seat.worker);
        }

        /** Nothing may have been dropped while it was measured. */
        @TearDown(Level.Trial)
        public void verifyCounters() {
            rig.verifyCounters();
        }
    }

    /** A host whose workers receive each other's frames. */
    public static class CrossedHost extends Host {
        @Override
        int misplaced() {
            return ALL;
        }
    }

    /** The worker that a thread drives. */
    @State(Scope.Thread)
    public static class Seat {
        private int worker;

        /** @param params tell the number of the thread */
        @Setup(Level.Trial)
        public void sit(final ThreadParams params) {
            worker = params.getThreadIndex();
        }
    }

    /**
     * One worker alone: nothing is steered.
     *
     * @param host of one worker
     * @param seat that worker
     * @return frames processed
     */
    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(BURST)
    public int oneWorker(final Host host, final Seat seat) {
        return host.burst(seat);
    }

    /**
     * Two workers, each receives its own.
     *
     * @param host of two workers
     * @param seat one of them
     * @return frames processed
     */
    @Benchmark
    @Threads(2)
    @OperationsPerInvocation(BURST)
    public int twoWorkers(final Host host, final Seat seat) {
        return host.burst(seat);
    }

    /**
     * Two workers, each receives the other's; none runs ahead of the other.
     *
     * @param host of two workers
     * @param seat one of them
     * @param control tells when the other need not come any more
     * @return frames processed
     */
    @Benchmark
    @Threads(2)
    @OperationsPerInvocation(BURST)
    public int twoWorkersHandingOver(final CrossedHost host, final Seat seat, final Control control) {
        while (host.isAhead(seat)) {
            if (control.stopMeasurement) {
                return 0; // not measured any more
            }
            Thread.onSpinWait();
        }
        return host.burst(seat);
    }
}
