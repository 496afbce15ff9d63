package org.dvr.bench.growth;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.FloatingIpFlows;
import org.dvr.bench.traffic.Rig;
import org.dvr.bench.traffic.Traffic;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * Cost by length of frames: guests here, through their floating IPs, to the outside; a thousand established flows; ns per packet. What grows are two copies, as
 * a device would make them: checksums are updated, not computed anew. More values: {@code --param frameLength=64,128,256,512,1024,1514,4096,9000}.
 * {@link #imix} has no such parameter: of twelve frames seven of 64 bytes, four of 594, one of 1,514.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameLengthBenchmark {
    private static final int BURST = Rig.BURST;
    private static final int FEW_FLOWS = 1_024; // so that frames of 9,000 bytes stay in L3

    /** Outbound through floating IPs. */
    public static class Sized extends GrowthPath {
        /** Bytes, Ethernet header included, FCS not. */
        @Param({"64", "512", "1514", "9000"})
        public int frameLength;

        @Override
        int size() {
            return frameLength;
        }

        @Override
        Traffic traffic(final int size) {
            return FloatingIpFlows.ofLength(size);
        }

        @Override
        int flows(final int size) {
            return FEW_FLOWS;
        }
    }

    /**
     * Guest, route, floating IP, external network.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int floatingIpOutbound(final Sized path) {
        return path.burst();
    }

    /** Frames of three lengths. */
    public static class Mixed extends GrowthPath {
        @Override
        int size() {
            return FEW_FLOWS;
        }

        @Override
        int flows(final int size) {
            return size;
        }

        @Override
        Traffic traffic(final int size) {
            return FloatingIpFlows.imix();
        }
    }

    /**
     * As {@link #floatingIpOutbound}, frames of three lengths.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int imix(final Mixed path) {
        return path.burst();
    }
}
