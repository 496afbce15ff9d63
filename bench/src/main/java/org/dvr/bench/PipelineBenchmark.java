package org.dvr.bench;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.Apart;
import org.dvr.bench.traffic.EastWest;
import org.dvr.bench.traffic.EastWestTransit;
import org.dvr.bench.traffic.FloatingIpFlows;
import org.dvr.bench.traffic.ProxyArp;
import org.dvr.bench.traffic.Rig;
import org.dvr.bench.traffic.SourceNatFlows;
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

/**
 * A packet's whole way through a compute host or a network host, in nanoseconds per packet: copied from a memory port, parsed, decided, written, copied to a memory
 * port. Bursts of 64 frames of 64 bytes (inner, Ethernet header included), IPv4 and UDP; 64 guests here, 256 elsewhere (see {@code traffic.Cloud}), or
 * 16 tenants' routers for 1,024 guests elsewhere ({@code traffic.NetworkHost}).
 * Output is verified once per trial before it is measured, the counters after it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PipelineBenchmark {
    private static final int BURST = Rig.BURST;

    /** Traffic of one kind. */
    @State(Scope.Thread)
    public abstract static class Path {
        /** One flow; as many as fit into L2 with their state; into L3; far more than any cache holds. */
        @Param({"1", "1024", "65536", "1048576"})
        public int flows;

        private Rig rig;

        abstract Traffic traffic(int count);

        /** Verifies what leaves, apart; then builds what is measured, and opens connections. */
        @Setup(Level.Trial)
        public void start() {
            Apart.verify(getClass(), flows);
            rig = Rig.start(traffic(flows), flows);
        }

        /** Nothing may have been dropped while it was measured. */
        @TearDown(Level.Trial)
        public void verifyCounters() {
            rig.verifyCounters();
        }

        /**
         * Compares every byte that leaves a rig of its own.
         *
         * @param count of flows
         */
        public void verifyRig(final int count) {
            Rig.start(traffic(count), count).verify();
        }

        int burst() {
            return rig.burst();
        }
    }

    /** Both directions between two networks over VXLAN. */
    public static class EastWestVxlan extends Path {
        @Override
        Traffic traffic(final int count) {
            return new EastWest(NetworkType.VXLAN);
        }
    }

    /** Both directions between two networks over GRE. */
    public static class EastWestGre extends Path {
        @Override
        Traffic traffic(final int count) {
            return new EastWest(NetworkType.GRE);
        }
    }

    /** From guests to the outside, connections known. */
    public static class FloatingIpOutbound extends Path {
        @Override
        Traffic traffic(final int count) {
            return new FloatingIpFlows(true);
        }
    }

    /** From the outside to guests, connections known. */
    public static class FloatingIpInbound extends Path {
        @Override
        Traffic traffic(final int count) {
            return new FloatingIpFlows(false);
        }
    }

    /** Both directions between two networks through a legacy router. */
    public static class EastWestVxlanTransit extends Path {
        @Override
        Traffic traffic(final int count) {
            return new EastWestTransit();
        }
    }

    /** From guests to the outside through the SNAT side, connections known. */
    public static class SnatEstablished extends Path {
        @Override
        Traffic traffic(final int count) {
            return SourceNatFlows.established();
        }
    }

    /** From guests to the outside through the SNAT side, connections new. */
    public static class SnatNewFlow extends Path {
        @Override
        Traffic traffic(final int count) {
            return SourceNatFlows.opening(count);
        }
    }

    /** Requests for floating IPs. */
    public static class ProxyArpRequests extends Path {
        @Override
        Traffic traffic(final int count) {
            return new ProxyArp();
        }
    }

    /**
     * Half guest, route, VXLAN, underlay; half underlay, VXLAN, guest (routed already at the sender).
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int eastWestVxlan(final EastWestVxlan path) {
        return path.burst();
    }

    /**
     * As {@link #eastWestVxlan} over GRE.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int eastWestGre(final EastWestGre path) {
        return path.burst();
    }

    /**
     * Guest, route, floating IP, external network.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int floatingIpOutbound(final FloatingIpOutbound path) {
        return path.burst();
    }

    /**
     * External network, floating IP, route, guest.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int floatingIpInbound(final FloatingIpInbound path) {
        return path.burst();
    }

    /**
     * On a network host: underlay, VXLAN, legacy router, VXLAN, underlay.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int eastWestVxlanTransit(final EastWestVxlanTransit path) {
        return path.burst();
    }

    /**
     * On a network host: underlay, VXLAN, SNAT side, external network.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int snatEstablished(final SnatEstablished path) {
        return path.burst();
    }

    /**
     * As {@link #snatEstablished}; each packet opens a connection, and an old one is given up for it. The table has as many entries as there are flows (128
     * at least), none of them free.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int snatNewFlow(final SnatNewFlow path) {
        return path.burst();
    }

    /**
     * ARP request for a floating IP on the external network, reply.
     *
     * @param path its state
     * @return frames processed
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int proxyArp(final ProxyArpRequests path) {
        return path.burst();
    }
}
