package org.dvr.codec;

import static org.dvr.codec.testing.AllocationGuard.assertAllocatesNothing;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Extensions;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.NeighborDiscovery;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final String A = "fa:16:3e:00:00:01";
    private static final String B = "fa:16:3e:00:00:02";
    private static final int ITERATIONS = 20_000;

    private final EthernetHeader ethernet = new EthernetHeader();
    private final Ipv4Header ip = new Ipv4Header();
    private final UdpHeader udp = new UdpHeader();
    private final VxlanHeader vxlan = new VxlanHeader();
    private final GreHeader gre = new GreHeader();
    private final TcpHeader tcp = new TcpHeader();
    private final ArpPacket arp = new ArpPacket();
    private final IcmpHeader icmp = new IcmpHeader();
    private final NeighborDiscovery neighborDiscovery = new NeighborDiscovery();
    private final Ipv6Extensions extensions = new Ipv6Extensions();
    private long sink;

    @Test
    void shouldReadTunneledTcpWithoutAllocating() {
        final byte[] inner = TestFrames.ethernet(A, B)
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(1, 2, TcpHeader.ACK)
                .payload(101)
                .build();
        final byte[] frame = TestFrames.vxlan(A, B, "192.0.2.1", "192.0.2.2", 5001, inner);
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        assertAllocatesNothing(ITERATIONS, () -> {
            check(EthernetHeader.check(buffer, 0, frame.length));
            check(Ipv4Header.check(buffer, 14, frame.length - 14));
            check(UdpHeader.check(buffer, 34, frame.length - 34));
            check(VxlanHeader.check(buffer, 42, frame.length - 42));
            check(Ipv4Header.check(buffer, 64, frame.length - 64));
            check(TcpHeader.check(buffer, 84, frame.length - 84));
            sink += ethernet.wrap(buffer, 0).source()
                    + ip.wrap(buffer, 14).source()
                    + udp.wrap(buffer, 34).length();
            sink += vxlan.wrap(buffer, 42).vni() + tcp.wrap(buffer, 84).sequence();
        });
        assertNotEquals(0, sink);
    }

    @Test
    void shouldRewriteWithoutAllocating() {
        final byte[] frame = TestFrames.ethernet(A, B)
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(100)
                .build();
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        assertAllocatesNothing(ITERATIONS, () -> {
            ethernet.wrap(buffer, 0).source(0xfa163e000003L);
            ip.wrap(buffer, 14);
            final int newSource = ip.source() + 1;
            final int delta = InternetChecksum.delta32(ip.source(), newSource);
            udp.wrap(buffer, 34);
            ip.source(newSource).checksum(InternetChecksum.applyDelta(ip.checksum(), delta));
            udp.checksum(InternetChecksum.asSentByUdp(InternetChecksum.applyDelta(udp.checksum(), delta)));
        });
        assertEquals(DecodeFault.NONE, Ipv4Header.check(buffer, 14, frame.length - 14));
        final int pseudoHeader = InternetChecksum.pseudoHeader(ip.source(), ip.destination(), 17, udp.length());
        assertEquals(DecodeFault.NONE, UdpHeader.checkChecksum(buffer, 34, pseudoHeader));
    }

    @Test
    void shouldAnswerWithoutAllocating() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[128]);
        assertAllocatesNothing(ITERATIONS, () -> {
            arp.wrap(buffer, 14)
                    .ethernetIpv4()
                    .operation(ArpPacket.REPLY)
                    .senderMac(1)
                    .targetMac(2);
            check(ArpPacket.check(buffer, 14, 28));
            gre.wrap(buffer, 0).writeKeyed(0x6558, 5001);
            check(GreHeader.checkKeyedEthernet(buffer, 0, 40));
            icmp.wrap(buffer, 20).type(IcmpHeader.TIME_EXCEEDED).code(0).updateChecksum(36);
            check(IcmpHeader.check(buffer, 20, 36));
        });
        assertEquals(8, gre.headerLength());
    }

    @Test
    void shouldReadIpv6WithoutAllocating() {
        final byte[] frame = TestFrames.ethernet(A, B)
                .ipv6("fe80::1", "ff02::1:ff00:2")
                .neighborSolicitation("fe80::2", A)
                .build();
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        assertAllocatesNothing(ITERATIONS, () -> {
            check(Ipv6Header.check(buffer, 14, frame.length - 14));
            check(extensions.walk(buffer, 14, frame.length - 14));
            check(NeighborDiscovery.check(buffer, extensions.transportOffset(), extensions.transportLength()));
            sink = neighborDiscovery
                    .wrap(buffer, extensions.transportOffset())
                    .findLinkLayerAddress(NeighborDiscovery.SOURCE_LINK_LAYER_ADDRESS, extensions.transportLength());
        });
        assertEquals(0xfa163e000001L, sink);
    }

    private static void check(final DecodeFault fault) {
        if (fault != DecodeFault.NONE) {
            throw new IllegalStateException(fault.label());
        }
    }
}
