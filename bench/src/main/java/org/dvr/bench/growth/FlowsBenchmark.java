package org.dvr.bench.growth;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.FloatingIpFlows;
import org.dvr.bench.traffic.Rig;
import org.dvr.bench.traffic.Traffic;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * Cost by flows, all of them established and visited in random order: guests here, through their floating IPs, to the outside; ns per packet. More values:
 * {@code --param flows=1,32,1024,32768,65536,262144,1048576,4194304,10485760}. Powers of two or multiples of 64, up to 16,777,216 of which the connection
 * table holds 16,777,215; a flow takes some 130 bytes of frame, 130 to 160 of connection, and what its place in the flow cache takes: 5 to 6 GiB for ten
 * million, for which these forks may take 12 GiB of native memory.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(jvmArgsAppend = {"-XX:MaxDirectMemorySize=12g", "-Xmx2g"})
public class FlowsBenchmark {
    private static final int BURST = Rig.BURST;

    /** Outbound through floating IPs. */
    public static class Sized extends GrowthPath {
        /** Known connections. */
        @Param({"1", "1024", "65536", "1048576"})
        public int flows;

        @Override
        int size() {
            return flows;
        }

        @Override
        Traffic traffic(final int size) {
            return FloatingIpFlows.many();
        }

        @Override
        int flows(final int size) {
            return size;
        }

        /** Two rigs are needed for that, and more memory than a larger one is worth. */
        @Override
        int verifiedFlows(final int size) {
            return Math.min(size, Traffic.MAX_FLOWS);
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
