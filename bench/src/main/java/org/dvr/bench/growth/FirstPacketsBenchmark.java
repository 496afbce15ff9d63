package org.dvr.bench.growth;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.FirstPackets;
import org.dvr.bench.traffic.Rig;
import org.dvr.bench.traffic.Traffic;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * Cost by share of packets that are the first of their flow and open a connection; the others are of 2,048 connections that are known: guests here, through
 * their floating IPs, to the outside; ns per packet, first and other alike. More values: {@code --param firstPacketShare=0,1,2,5,10,20,50,100}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FirstPacketsBenchmark {
    private static final int BURST = Rig.BURST;

    /** Outbound through floating IPs. */
    public static class Sized extends GrowthPath {
        /** Percent of all packets: of each burst of 64 as many as come closest. */
        @Param({"0", "10", "50", "100"})
        public int firstPacketShare;

        @Override
        int size() {
            return firstPacketShare;
        }

        @Override
        Traffic traffic(final int size) {
            return new FirstPackets(size);
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
}
