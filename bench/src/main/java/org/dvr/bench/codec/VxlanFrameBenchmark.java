package org.dvr.bench.codec;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.bench.traffic.TunnelFrames;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A VXLAN frame read and checked from its outer Ethernet header to its inner IPv4 addresses, in nanoseconds per frame. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class VxlanFrameBenchmark {
    private static final int BURST = 64;

    private final EthernetHeader ethernet = new EthernetHeader();
    private final Ipv4Header ipv4 = new Ipv4Header();
    private final UdpHeader udp = new UdpHeader();
    private final VxlanHeader vxlan = new VxlanHeader();
    private UnsafeBuffer frames;

    /** Makes frames. */
    @Setup(Level.Trial)
    public void start() {
        frames = TunnelFrames.vxlan(BURST);
    }

    /**
     * Each header checked, then read.
     *
     * @return something of every header
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long parse() {
        long sum = 0;
        for (int i = 0; i < BURST; i++) {
            sum += parse(i * TunnelFrames.STRIDE, TunnelFrames.VXLAN_LENGTH);
        }
        return sum;
    }

    private long parse(final int frame, final int length) {
        if (EthernetHeader.check(frames, frame, length) != DecodeFault.NONE) {
            return faulty();
        }
        final int outer = frame + EthernetHeader.LENGTH;
        if (Ipv4Header.check(frames, outer, frame + length - outer) != DecodeFault.NONE) {
            return faulty();
        }
        ipv4.wrap(frames, outer);
        final int transport = outer + ipv4.headerLength();
        if (UdpHeader.check(frames, transport, frame + length - transport) != DecodeFault.NONE) {
            return faulty();
        }
        final int tunnel = transport + UdpHeader.LENGTH;
        if (VxlanHeader.check(frames, tunnel, frame + length - tunnel) != DecodeFault.NONE) {
            return faulty();
        }
        final long outside = 0L
                + ipv4.source()
                + udp.wrap(frames, transport).sourcePort()
                + vxlan.wrap(frames, tunnel).vni();
        final int inner = tunnel + VxlanHeader.LENGTH;
        final int packet = inner + EthernetHeader.LENGTH;
        if (Ipv4Header.check(frames, packet, frame + length - packet) != DecodeFault.NONE) {
            return faulty();
        }
        ethernet.wrap(frames, inner);
        ipv4.wrap(frames, packet);
        return outside + ethernet.destination() + ethernet.source() + ipv4.source() + ipv4.destination();
    }

    private static long faulty() {
        throw new IllegalStateException("a sound frame was refused");
    }
}
