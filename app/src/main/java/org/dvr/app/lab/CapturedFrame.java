package org.dvr.app.lab;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.print.FramePrinter;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * A frame that tcpdump saw, taken apart by the codec: the guests' frame, and the tunnel around it where there is one. Addresses are
 * text. A frame may be cut behind its headers.
 */
final class CapturedFrame {
    private static final int VXLAN_PORT = 4789;
    private static final int UDP_CHECKSUM_OFFSET = 6;
    private static final int TCP_CHECKSUM_OFFSET = 16;

    /**
     * The tunnel around a frame.
     *
     * @param source       tunnel address of the sender
     * @param destination  tunnel address of the receiver
     * @param segment      VNI or GRE key
     * @param ttl          outer
     * @param dontFragment outer
     */
    record Tunnel(String source, String destination, int segment, int ttl, boolean dontFragment) {
        @Override
        public String toString() {
            return source + " > " + destination + " segment " + segment;
        }
    }

    /**
     * An ARP packet.
     *
     * @param operation 1 or 2
     */
    record Arp(int operation, String senderMac, String senderIp, String targetMac, String targetIp) {
        boolean isGratuitous() {
            return senderIp.equals(targetIp);
        }
    }

    /**
     * An IPv4 packet, ports or type and code included.
     *
     * @param length             of the packet by its header
     * @param sourcePort         or ICMP type
     * @param destinationPort    or ICMP code
     * @param sequence           of an echo; for ICMP "fragmentation needed" the MTU; 0 otherwise
     * @param hasValidChecksums  of header and payload, as they are or as they are left to a device; true where the frame was cut
     *                           or is a fragment
     */
    record Ip(
            String source,
            String destination,
            int ttl,
            int protocol,
            int length,
            boolean isFragment,
            boolean dontFragment,
            int sourcePort,
            int destinationPort,
            int sequence,
            boolean hasValidChecksums) {
        boolean isIcmp(final int type) {
            return protocol == IpProtocol.ICMP && !isLaterFragment() && sourcePort == type;
        }

        private boolean isLaterFragment() {
            return sourcePort < 0;
        }
    }

    private final long timeNs;
    private final byte[] bytes;
    private final UnsafeBuffer buffer;
    private String sourceMac = "";
    private String destinationMac = "";
    private int etherType;
    private int vlanId;
    private Tunnel tunnel;
    private Arp arp;
    private Ip ip;

    /**
     * Takes a frame apart.
     *
     * @param timeNs   since 1970
     * @param bytes    from the Ethernet header, perhaps cut
     * @param isTunnel true where tunnels are looked into
     */
    CapturedFrame(final long timeNs, final byte[] bytes, final boolean isTunnel) {
        this.timeNs = timeNs;
        this.bytes = bytes;
        buffer = new UnsafeBuffer(bytes);
        ethernet(0, isTunnel);
    }

    private void ethernet(final int offset, final boolean isTunnel) {
        if (bytes.length - offset < EthernetHeader.LENGTH) {
            return;
        }
        final EthernetHeader ethernet = new EthernetHeader().wrap(buffer, offset);
        sourceMac = MacAddress.toString(ethernet.source());
        destinationMac = MacAddress.toString(ethernet.destination());
        etherType = ethernet.etherType();
        vlanId = 0;
        int at = offset + EthernetHeader.LENGTH;
        if (VlanTag.isAnnouncedBy(etherType) && bytes.length - at >= VlanTag.LENGTH) {
            final VlanTag tag = new VlanTag().wrap(buffer, at);
            vlanId = tag.vlanId();
            etherType = tag.etherType();
            at += VlanTag.LENGTH;
        }
        if (etherType == EtherType.ARP && bytes.length - at >= ArpPacket.LENGTH) {
            final ArpPacket packet = new ArpPacket().wrap(buffer, at);
            arp = new Arp(
                    packet.operation(),
                    MacAddress.toString(packet.senderMac()),
                    Ipv4Address.toString(packet.senderIp()),
                    MacAddress.toString(packet.targetMac()),
                    Ipv4Address.toString(packet.targetIp()));
        } else if (etherType == EtherType.IPV4 && bytes.length - at >= Ipv4Header.MIN_LENGTH) {
            ipv4(at, isTunnel);
        } else if (etherType == EtherType.IPV6 && isTunnel) {
            ipv6(at);
        }
    }

    /** Only what is in a tunnel is of interest. */
    private void ipv6(final int offset) {
        if (Ipv6Header.checkHeader(buffer, offset, bytes.length - offset) != DecodeFault.NONE) {
            return;
        }
        final Ipv6Header header = new Ipv6Header().wrap(buffer, offset);
        final int udp = offset + Ipv6Header.LENGTH;
        final int vxlan = header.nextHeader() == IpProtocol.UDP ? vxlan(udp) : 0;
        if (vxlan > 0) {
            tunnel = new Tunnel(
                    Ipv6Address.toString(header.sourceHigh(), header.sourceLow()),
                    Ipv6Address.toString(header.destinationHigh(), header.destinationLow()),
                    new VxlanHeader().wrap(buffer, vxlan).vni(),
                    header.hopLimit(),
                    true);
            ethernet(vxlan + VxlanHeader.LENGTH, false);
        }
    }

    /** Where the VXLAN header behind a UDP header begins; 0 where there is none. */
    private int vxlan(final int udp) {
        final int vxlan = udp + UdpHeader.LENGTH;
        return bytes.length - udp >= UdpHeader.LENGTH + VxlanHeader.LENGTH
                        && new UdpHeader().wrap(buffer, udp).destinationPort() == VXLAN_PORT
                        && VxlanHeader.check(buffer, vxlan, bytes.length - vxlan) == DecodeFault.NONE
                ? vxlan
                : 0;
    }

    private void ipv4(final int offset, final boolean isTunnel) {
        final Ipv4Header header = new Ipv4Header().wrap(buffer, offset);
        final int payload = offset + header.headerLength();
        if (isTunnel && !header.isFragment()) {
            final int inner = inside(header, payload);
            if (inner > 0) {
                ethernet(inner, false);
                return;
            }
        }
        final boolean hasPorts = !header.isLaterFragment() && bytes.length - payload >= 8;
        final boolean isIcmp = header.protocol() == IpProtocol.ICMP;
        int first = -1;
        int second = -1;
        int sequence = 0;
        if (hasPorts && isIcmp) {
            final IcmpHeader icmp = new IcmpHeader().wrap(buffer, payload);
            first = icmp.type();
            second = icmp.code();
            sequence = icmp.sequence();
        } else if (hasPorts) {
            first = buffer.getShort(payload, ByteOrder.BIG_ENDIAN) & 0xffff;
            second = buffer.getShort(payload + 2, ByteOrder.BIG_ENDIAN) & 0xffff;
        }
        ip = new Ip(
                Ipv4Address.toString(header.source()),
                Ipv4Address.toString(header.destination()),
                header.ttl(),
                header.protocol(),
                header.totalLength(),
                header.isFragment(),
                header.dontFragment(),
                first,
                second,
                sequence,
                hasValidChecksums(header, offset, payload));
    }

    /** Where the frame in a tunnel begins; 0 where this is no tunnel. */
    private int inside(final Ipv4Header outer, final int payload) {
        final int vxlan = outer.protocol() == IpProtocol.UDP ? vxlan(payload) : 0;
        if (vxlan > 0) {
            tunnel(outer, new VxlanHeader().wrap(buffer, vxlan).vni());
            return vxlan + VxlanHeader.LENGTH;
        }
        if (outer.protocol() == IpProtocol.GRE
                && GreHeader.checkKeyedEthernet(buffer, payload, bytes.length - payload) == DecodeFault.NONE) {
            final GreHeader gre = new GreHeader().wrap(buffer, payload);
            tunnel(outer, gre.key());
            return payload + gre.headerLength();
        }
        return 0;
    }

    private void tunnel(final Ipv4Header outer, final int segment) {
        tunnel = new Tunnel(
                Ipv4Address.toString(outer.source()),
                Ipv4Address.toString(outer.destination()),
                segment,
                outer.ttl(),
                outer.dontFragment());
    }

    private boolean hasValidChecksums(final Ipv4Header header, final int offset, final int payload) {
        final int length = header.totalLength() - header.headerLength();
        if (InternetChecksum.compute(buffer, offset, header.headerLength()) != 0) {
            return false;
        }
        if (header.isFragment() || bytes.length < payload + length) {
            return true;
        }
        final int pseudo =
                InternetChecksum.pseudoHeader(header.source(), header.destination(), header.protocol(), length);
        return switch (header.protocol()) {
            case IpProtocol.ICMP -> InternetChecksum.compute(buffer, payload, length) == 0;
            case IpProtocol.UDP ->
                length < UdpHeader.LENGTH
                        || UdpHeader.checkChecksum(buffer, payload, pseudo) == DecodeFault.NONE
                        || isPartial(payload + UDP_CHECKSUM_OFFSET, pseudo);
            case IpProtocol.TCP ->
                length < TcpHeader.MIN_LENGTH
                        || InternetChecksum.fold(InternetChecksum.sum(buffer, payload, length, pseudo)) == 0
                        || isPartial(payload + TCP_CHECKSUM_OFFSET, pseudo);
            default -> true;
        };
    }

    /** Left to a device that computes checksums: the sum of the pseudo header stands where the checksum will be. */
    private boolean isPartial(final int offset, final int pseudo) {
        return (buffer.getShort(offset, ByteOrder.BIG_ENDIAN) & 0xffff) == pseudo;
    }

    long timeNs() {
        return timeNs;
    }

    String sourceMac() {
        return sourceMac;
    }

    String destinationMac() {
        return destinationMac;
    }

    /** {@return the tag's, 0 where there is none} */
    int vlanId() {
        return vlanId;
    }

    /** {@return null where it is in none} */
    Tunnel tunnel() {
        return tunnel;
    }

    /** {@return null where it is none} */
    Arp arp() {
        return arp;
    }

    /** {@return null where it is none} */
    Ip ip() {
        return ip;
    }

    boolean isBetween(final String source, final String destination) {
        return ip != null && ip.source().equals(source) && ip.destination().equals(destination);
    }

    @Override
    public String toString() {
        return FramePrinter.toString(bytes);
    }
}
