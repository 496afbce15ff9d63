package org.dvr.dataplane.write;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Puts VXLAN or GRE headers in front of a frame (contract.md §3): outer TTL 64, don't-fragment, DSCP 0, UDP checksum 0, VXLAN flags
 * 0x08, GRE with the key alone. The outer IP id is 0: a packet that is never fragmented needs none (RFC 6864 §4.1). Over IPv6 the UDP
 * checksum is 0 as well (RFC 6935, RFC 6936: what the tunnel carries has checksums of its own).
 */
final class TunnelWriter {
    private static final int OUTER_LENGTH = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    private static final int VXLAN_LENGTH = OUTER_LENGTH + UdpHeader.LENGTH + VxlanHeader.LENGTH;
    private static final int GRE_LENGTH = OUTER_LENGTH + GreHeader.KEYED_LENGTH;

    private static final int LONGER_BY_IPV6 = Ipv6Header.LENGTH - Ipv4Header.MIN_LENGTH;
    static final int VERSION_AND_IHL = 0x4500;
    static final int DONT_FRAGMENT = 0x4000;
    private static final int IPV6_VERSION = 0x6000;
    static final int TTL = 64;
    private static final int FIRST_SOURCE_PORT = 49_152; // RFC 7348 §5: from the dynamic range
    private static final int SOURCE_PORT_MASK = 0x3FFF;
    private static final long VXLAN_FLAGS = (long) VxlanHeader.VNI_FLAG << 56;
    static final long GRE_KEYED = (0x2000L << 48) | ((long) EtherType.TRANSPARENT_ETHERNET_BRIDGING << 32);

    private TunnelWriter() {}

    /**
     * How many bytes the outer IP packet of a frame would have.
     *
     * @param segment its segment
     * @param topology our own address
     * @param length of the inner frame
     * @return bytes
     */
    static int outerPacketLength(final Segment segment, final TopologySnapshot topology, final int length) {
        return overhead(segment, topology) - EthernetHeader.LENGTH + length;
    }

    private static int overhead(final Segment segment, final TopologySnapshot topology) {
        final int overIpv4 = segment.type() == NetworkType.VXLAN ? VXLAN_LENGTH : GRE_LENGTH;
        return topology.isIpv6Underlay() ? overIpv4 + LONGER_BY_IPV6 : overIpv4;
    }

    /**
     * Wraps a frame: it begins at the outer Ethernet header afterwards.
     *
     * @param frame with an inner Ethernet header at its offset
     * @param segment whose VNI or key it wears
     * @param topology our own addresses
     * @param peer outer destination
     * @param peerMac outer destination MAC, low 48 bits
     */
    static void wrap(
            final Frame frame,
            final Segment segment,
            final TopologySnapshot topology,
            final Peer peer,
            final long peerMac) {
        frame.strip(-overhead(segment, topology));
        if (topology.isIpv6Underlay()) {
            putIpv6(frame, segment, topology, peer, peerMac);
        } else {
            putIpv4(frame, segment, topology, peer.ip(), peerMac);
        }
    }

    private static void putIpv4(
            final Frame frame,
            final Segment segment,
            final TopologySnapshot topology,
            final int peerIp,
            final long peerMac) {
        final MutableDirectBuffer buffer = frame.buffer();
        final int offset = frame.offset();
        final long sourceMac = topology.underlayMac();
        buffer.putLong(offset, (peerMac << 16) | (sourceMac >>> 32), BIG_ENDIAN);
        buffer.putLong(
                offset + 8, ((sourceMac & 0xFFFF_FFFFL) << 32) | (EtherType.IPV4 << 16) | VERSION_AND_IHL, BIG_ENDIAN);
        final int protocol = protocol(segment);
        final int ip = offset + EthernetHeader.LENGTH;
        final int totalLength = frame.length() - EthernetHeader.LENGTH;
        final int sourceIp = topology.vtepIp();
        int sum = VERSION_AND_IHL + DONT_FRAGMENT + (TTL << 8) + protocol + totalLength;
        sum += (sourceIp >>> 16) + (sourceIp & 0xFFFF) + (peerIp >>> 16) + (peerIp & 0xFFFF);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = ~((sum & 0xFFFF) + (sum >>> 16)) & 0xFFFF;
        buffer.putShort(ip + 2, (short) totalLength, BIG_ENDIAN);
        buffer.putLong(ip + 4, ((long) DONT_FRAGMENT << 32) | ((long) ((TTL << 8) | protocol) << 16) | sum, BIG_ENDIAN);
        buffer.putLong(ip + 12, ((long) sourceIp << 32) | (peerIp & 0xFFFF_FFFFL), BIG_ENDIAN);
        putTunnel(frame, segment, ip + Ipv4Header.MIN_LENGTH, totalLength - Ipv4Header.MIN_LENGTH);
    }

    /** Traffic class and flow label 0; the UDP source port tells flows apart. */
    private static void putIpv6(
            final Frame frame,
            final Segment segment,
            final TopologySnapshot topology,
            final Peer peer,
            final long peerMac) {
        final MutableDirectBuffer buffer = frame.buffer();
        final int offset = frame.offset();
        final long sourceMac = topology.underlayMac();
        buffer.putLong(offset, (peerMac << 16) | (sourceMac >>> 32), BIG_ENDIAN);
        buffer.putLong(
                offset + 8,
                ((sourceMac & 0xFFFF_FFFFL) << 32) | ((long) EtherType.IPV6 << 16) | IPV6_VERSION,
                BIG_ENDIAN);
        final int ip = offset + EthernetHeader.LENGTH;
        final int payloadLength = frame.length() - EthernetHeader.LENGTH - Ipv6Header.LENGTH;
        buffer.putShort(ip + 2, (short) 0, BIG_ENDIAN);
        buffer.putInt(ip + 4, (payloadLength << 16) | (protocol(segment) << 8) | TTL, BIG_ENDIAN);
        buffer.putLong(ip + 8, topology.vtepHigh(), BIG_ENDIAN);
        buffer.putLong(ip + 16, topology.vtepLow(), BIG_ENDIAN);
        buffer.putLong(ip + 24, peer.high(), BIG_ENDIAN);
        buffer.putLong(ip + 32, peer.low(), BIG_ENDIAN);
        putTunnel(frame, segment, ip + Ipv6Header.LENGTH, payloadLength);
    }

    private static int protocol(final Segment segment) {
        return segment.type() == NetworkType.VXLAN ? IpProtocol.UDP : IpProtocol.GRE;
    }

    private static void putTunnel(final Frame frame, final Segment segment, final int tunnel, final int length) {
        final MutableDirectBuffer buffer = frame.buffer();
        if (segment.type() == NetworkType.VXLAN) {
            final long sourcePort = sourcePort(frame.facts.flowHash());
            buffer.putLong(
                    tunnel, (sourcePort << 48) | ((long) VxlanHeader.PORT << 32) | ((long) length << 16), BIG_ENDIAN);
            writeVxlan(buffer, tunnel + UdpHeader.LENGTH, segment);
        } else {
            buffer.putLong(tunnel, GRE_KEYED | (segment.segmentationId() & 0xFFFF_FFFFL), BIG_ENDIAN);
        }
    }

    /**
     * The UDP source port of a flow.
     *
     * @param flowHash of which the lower 14 bits count
     * @return 49,152 to 65,535
     */
    static long sourcePort(final int flowHash) {
        return (long) FIRST_SOURCE_PORT + (flowHash & SOURCE_PORT_MASK);
    }

    /**
     * Writes a VXLAN header.
     *
     * @param buffer where to
     * @param offset of its first byte
     * @param segment whose VNI it wears
     */
    static void writeVxlan(final MutableDirectBuffer buffer, final int offset, final Segment segment) {
        buffer.putLong(offset, VXLAN_FLAGS | ((long) segment.segmentationId() << 8), BIG_ENDIAN);
    }

    /**
     * Aims a wrapped frame at another peer.
     *
     * @param frame wrapped before
     * @param segment whose VNI or key it wears
     * @param topology our own addresses
     * @param peer outer destination
     * @param peerMac outer destination MAC, low 48 bits
     */
    static void rewrap(
            final Frame frame,
            final Segment segment,
            final TopologySnapshot topology,
            final Peer peer,
            final long peerMac) {
        frame.strip(overhead(segment, topology));
        wrap(frame, segment, topology, peer, peerMac);
    }
}
