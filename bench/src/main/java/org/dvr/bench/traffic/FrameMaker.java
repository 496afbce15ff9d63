package org.dvr.bench.traffic;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.topology.NetworkType;

/** Makes whole frames, every checksum computed in full: what goes in, and what must come out. */
final class FrameMaker {
    /** Bytes of an inner frame, Ethernet header included, unless another length is set. */
    static final int INNER_LENGTH = 64;

    /** Bytes of an ARP frame as a device receives it: padded to the least length of Ethernet. */
    static final int ARP_LENGTH = 60;

    private static final int OUTER_LENGTH = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    private static final int UDP_OFFSET = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    private static final int PAYLOAD_OFFSET = UDP_OFFSET + UdpHeader.LENGTH;
    private static final int OUTER_TTL = 64;
    private static final int SYN_LENGTH = 40;
    private static final byte NO_OPERATION = 1;

    private int innerLength = INNER_LENGTH;
    private final EthernetHeader ethernet = new EthernetHeader();
    private final Ipv4Header ipv4 = new Ipv4Header();
    private final TcpHeader tcp = new TcpHeader();
    private final UdpHeader udp = new UdpHeader();
    private final VxlanHeader vxlan = new VxlanHeader();
    private final GreHeader gre = new GreHeader();
    private final ArpPacket arp = new ArpPacket();

    /** Addresses of a UDP datagram in an Ethernet frame; the number is its payload, and tells it from others. */
    record Datagram(
            long sourceMac,
            long destinationMac,
            int source,
            int destination,
            int sourcePort,
            int destinationPort,
            int ttl,
            int number) {}

    /** Outer addresses of a tunnel. */
    record Outer(
            NetworkType type, int segmentationId, long sourceMac, long destinationMac, int source, int destination) {}

    /** Bytes of the inner frames that are made from now on, Ethernet header included. */
    FrameMaker innerLength(final int length) {
        innerLength = length;
        return this;
    }

    int datagram(final MutableDirectBuffer buffer, final int offset, final Datagram frame) {
        final int length = innerLength - EthernetHeader.LENGTH;
        header(buffer, offset, frame.sourceMac(), frame.destinationMac(), EtherType.IPV4);
        packet(buffer, offset + EthernetHeader.LENGTH, length, IpProtocol.UDP, frame.source(), frame.destination())
                .id(frame.number() & 0xFFFF)
                .ttl(frame.ttl())
                .updateChecksum();
        buffer.setMemory(offset + PAYLOAD_OFFSET, innerLength - PAYLOAD_OFFSET, (byte) 0x5A);
        buffer.putInt(offset + PAYLOAD_OFFSET, frame.number());
        final int udpLength = length - Ipv4Header.MIN_LENGTH;
        udp.wrap(buffer, offset + UDP_OFFSET)
                .sourcePort(frame.sourcePort())
                .destinationPort(frame.destinationPort())
                .length(udpLength)
                .updateChecksum(
                        InternetChecksum.pseudoHeader(frame.source(), frame.destination(), IpProtocol.UDP, udpLength));
        return innerLength;
    }

    /** The first segment of a TCP connection, as long as those of Linux are: 20 bytes of options, here without effect. */
    int syn(final MutableDirectBuffer buffer, final int offset, final Datagram frame) {
        final int length = Ipv4Header.MIN_LENGTH + SYN_LENGTH;
        header(buffer, offset, frame.sourceMac(), frame.destinationMac(), EtherType.IPV4);
        packet(buffer, offset + EthernetHeader.LENGTH, length, IpProtocol.TCP, frame.source(), frame.destination())
                .id(frame.number() & 0xFFFF)
                .ttl(frame.ttl())
                .updateChecksum();
        buffer.setMemory(offset + UDP_OFFSET, SYN_LENGTH, NO_OPERATION);
        tcp.wrap(buffer, offset + UDP_OFFSET)
                .sourcePort(frame.sourcePort())
                .destinationPort(frame.destinationPort())
                .sequence(frame.number())
                .acknowledgment(0)
                .headerLength(SYN_LENGTH)
                .flags(TcpHeader.SYN)
                .window(0xFFFF)
                .urgentPointer(0)
                .updateChecksum(
                        InternetChecksum.pseudoHeader(frame.source(), frame.destination(), IpProtocol.TCP, SYN_LENGTH),
                        SYN_LENGTH);
        return EthernetHeader.LENGTH + length;
    }

    /** The outer source port is any of the dynamic range: the caller gives it. */
    int tunneled(
            final MutableDirectBuffer buffer,
            final int offset,
            final Outer outer,
            final int outerSourcePort,
            final Datagram inner) {
        final boolean isVxlan = outer.type() == NetworkType.VXLAN;
        final int tunnelLength = isVxlan ? UdpHeader.LENGTH + VxlanHeader.LENGTH : GreHeader.KEYED_LENGTH;
        final int packetLength = Ipv4Header.MIN_LENGTH + tunnelLength + innerLength;
        header(buffer, offset, outer.sourceMac(), outer.destinationMac(), EtherType.IPV4);
        packet(
                        buffer,
                        offset + EthernetHeader.LENGTH,
                        packetLength,
                        isVxlan ? IpProtocol.UDP : IpProtocol.GRE,
                        outer.source(),
                        outer.destination())
                .dontFragment(true)
                .ttl(OUTER_TTL)
                .updateChecksum();
        if (isVxlan) {
            udp.wrap(buffer, offset + OUTER_LENGTH)
                    .sourcePort(outerSourcePort)
                    .destinationPort(VxlanHeader.PORT)
                    .length(packetLength - Ipv4Header.MIN_LENGTH)
                    .checksum(0);
            vxlan.wrap(buffer, offset + OUTER_LENGTH + UdpHeader.LENGTH).write(outer.segmentationId());
        } else {
            gre.wrap(buffer, offset + OUTER_LENGTH)
                    .writeKeyed(EtherType.TRANSPARENT_ETHERNET_BRIDGING, outer.segmentationId());
        }
        return OUTER_LENGTH + tunnelLength + datagram(buffer, offset + OUTER_LENGTH + tunnelLength, inner);
    }

    /** The outer source port of a VXLAN frame. */
    int outerSourcePort(final MutableDirectBuffer buffer, final int offset) {
        return udp.wrap(buffer, offset + OUTER_LENGTH).sourcePort();
    }

    /** The source port of a datagram that is in no tunnel. */
    int sourcePort(final MutableDirectBuffer buffer, final int offset) {
        return udp.wrap(buffer, offset + UDP_OFFSET).sourcePort();
    }

    int arp(
            final MutableDirectBuffer buffer,
            final int offset,
            final long destinationMac,
            final int operation,
            final long senderMac,
            final int senderIp,
            final long targetMac,
            final int targetIp) {
        buffer.setMemory(offset, ARP_LENGTH, (byte) 0);
        header(buffer, offset, senderMac, destinationMac, EtherType.ARP);
        arp.wrap(buffer, offset + EthernetHeader.LENGTH)
                .ethernetIpv4()
                .operation(operation)
                .senderMac(senderMac)
                .senderIp(senderIp)
                .targetMac(targetMac)
                .targetIp(targetIp);
        return ARP_LENGTH;
    }

    private void header(
            final MutableDirectBuffer buffer,
            final int offset,
            final long sourceMac,
            final long destinationMac,
            final int etherType) {
        ethernet.wrap(buffer, offset)
                .source(sourceMac)
                .destination(destinationMac)
                .etherType(etherType);
    }

    private Ipv4Header packet(
            final MutableDirectBuffer buffer,
            final int offset,
            final int length,
            final int protocol,
            final int source,
            final int destination) {
        return ipv4.wrap(buffer, offset)
                .version(4)
                .headerLength(Ipv4Header.MIN_LENGTH)
                .tos(0)
                .totalLength(length)
                .id(0)
                .rawFragment(0)
                .protocol(protocol)
                .source(source)
                .destination(destination);
    }
}
