package org.dvr.codec.print;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Extensions;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.NeighborDiscovery;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * Prints any bytes as one line, much as {@code tcpdump -e -n} does.
 *
 * <p>What is wrong with the bytes is said in brackets by the label of its {@link DecodeFault}, for instance
 * {@code [ipv4-checksum]}; printing goes on as long as the rest can still be told apart. Tunnels and quoted packets are
 * followed to a bounded depth. Nothing is thrown and nothing behind the length is read, because the bytes are copied out
 * first: cold.
 */
public final class FramePrinter {
    private static final int DEPTH_LIMIT = 4;
    private static final int LONGEST_LENGTH_FIELD = 1500;

    private final StringBuilder out;
    private final UnsafeBuffer bytes;

    private FramePrinter(final StringBuilder out, final UnsafeBuffer bytes) {
        this.out = out;
        this.bytes = bytes;
    }

    /**
     * Appends one line, without a line end.
     *
     * @param builder to append to
     * @param buffer what holds the frame
     * @param offset of the Ethernet header
     * @param length of the frame in bytes; cut to what the buffer has
     * @return the builder
     */
    public static StringBuilder append(
            final StringBuilder builder, final DirectBuffer buffer, final int offset, final int length) {
        final int available = Math.max(0, Math.min(length, buffer.capacity() - Math.max(0, offset)));
        final byte[] copy = new byte[available];
        if (available > 0) {
            buffer.getBytes(Math.max(0, offset), copy);
        }
        new FramePrinter(builder, new UnsafeBuffer(copy)).frame(0, available, DEPTH_LIMIT);
        return builder;
    }

    /** {@return the line for a whole array} */
    public static String toString(final byte[] frame) {
        return append(new StringBuilder(), new UnsafeBuffer(frame), 0, frame.length)
                .toString();
    }

    private void frame(final int offset, final int length, final int depth) {
        if (isFault(EthernetHeader.check(bytes, offset, length), length)) {
            return;
        }
        final EthernetHeader ethernet = new EthernetHeader().wrap(bytes, offset);
        MacAddress.append(out, ethernet.source()).append(" > ");
        MacAddress.append(out, ethernet.destination());
        final VlanTag tag = new VlanTag();
        int etherType = ethernet.etherType();
        int at = EthernetHeader.LENGTH;
        while (VlanTag.isAnnouncedBy(etherType)) {
            out.append(", ");
            if (isFault(VlanTag.check(bytes, offset + at, length - at), length - at)) {
                return;
            }
            tag.wrap(bytes, offset + at);
            out.append(etherType == EtherType.QINQ ? "qinq " : "vlan ").append(tag.vlanId());
            out.append(", p ").append(tag.priority()).append(tag.dropEligible() ? ", DEI" : "");
            etherType = tag.etherType();
            at += VlanTag.LENGTH;
        }
        out.append(", ");
        payload(etherType, offset + at, length - at, depth);
    }

    private void payload(final int etherType, final int offset, final int length, final int depth) {
        switch (etherType) {
            case EtherType.ARP -> arp(offset, length);
            case EtherType.IPV4 -> ipv4(offset, length, depth, false);
            case EtherType.IPV6 -> ipv6(offset, length, depth, false);
            case EtherType.TRANSPARENT_ETHERNET_BRIDGING -> nestedFrame(offset, length, depth);
            default -> {
                if (etherType <= LONGEST_LENGTH_FIELD) {
                    out.append("802.3, length field ").append(etherType);
                } else {
                    hex(out.append("ethertype "), etherType, 4);
                }
                out.append(", length ").append(length);
            }
        }
    }

    private void nestedFrame(final int offset, final int length, final int depth) {
        if (depth == 0) {
            out.append("nested too deep, length ").append(length);
        } else {
            frame(offset, length, depth - 1);
        }
    }

    private void arp(final int offset, final int length) {
        out.append("ARP, ");
        if (!isFault(ArpPacket.check(bytes, offset, length), length)) {
            new ArpPacket()
                    .wrap(bytes, offset)
                    .appendTo(out)
                    .append(", length ")
                    .append(length);
        }
    }

    private void ipv4(final int offset, final int length, final int depth, final boolean isQuoted) {
        out.append("IPv4, ");
        if (isFault(Ipv4Header.checkHeader(bytes, offset, length), length)) {
            return;
        }
        final Ipv4Header ip = new Ipv4Header().wrap(bytes, offset);
        final DecodeFault structure = Ipv4Header.checkStructure(bytes, offset, length);
        out.append("ttl ").append(ip.ttl()).append(", id ").append(ip.id());
        if (ip.tos() != 0) {
            hex(out.append(", tos "), ip.tos(), 2);
        }
        if (ip.dontFragment()) {
            out.append(", DF");
        }
        if (ip.isFragment()) {
            out.append(", frag ").append(ip.fragmentOffset()).append(ip.moreFragments() ? "+" : "");
        }
        if (ip.headerLength() > Ipv4Header.MIN_LENGTH) {
            out.append(", options ").append(ip.headerLength() - Ipv4Header.MIN_LENGTH);
        }
        out.append(", ");
        // A quoted packet is cut short by design, so that its total length says nothing about the quote.
        if (!isQuoted) {
            note(structure);
            if (structure == DecodeFault.NONE) {
                note(Ipv4Header.check(bytes, offset, length));
            }
        }
        final int end = structure == DecodeFault.NONE ? ip.totalLength() : length;
        final int headerLength = ip.headerLength();
        final Packet packet = new Packet(
                Ipv4Address.toString(ip.source()),
                Ipv4Address.toString(ip.destination()),
                ip.protocol(),
                isQuoted || ip.isFragment() || structure != DecodeFault.NONE);
        if (ip.isLaterFragment()) {
            fragment(packet, end - headerLength);
        } else {
            transport(packet, offset + headerLength, end - headerLength, depth);
        }
    }

    private void ipv6(final int offset, final int length, final int depth, final boolean isQuoted) {
        out.append("IPv6, ");
        if (isFault(Ipv6Header.checkHeader(bytes, offset, length), length)) {
            return;
        }
        final Ipv6Header ip = new Ipv6Header().wrap(bytes, offset);
        final DecodeFault structure = Ipv6Header.check(bytes, offset, length);
        out.append("hlim ").append(ip.hopLimit());
        if (ip.trafficClass() != 0) {
            hex(out.append(", class "), ip.trafficClass(), 2);
        }
        if (ip.flowLabel() != 0) {
            hex(out.append(", flow "), ip.flowLabel(), 5);
        }
        out.append(", ");
        if (!isQuoted) {
            note(structure);
        }
        final String source = Ipv6Address.toString(ip.sourceHigh(), ip.sourceLow());
        final String destination = Ipv6Address.toString(ip.destinationHigh(), ip.destinationLow());
        final Ipv6Extensions extensions = new Ipv6Extensions();
        final DecodeFault chain = extensions.walk(bytes, offset, length);
        if (chain != DecodeFault.NONE) {
            out.append(source).append(" > ").append(destination).append(": ");
            note(chain);
            out.append("length ").append(length - Ipv6Header.LENGTH);
            return;
        }
        if (extensions.hasFragment()) {
            out.append("frag ").append(extensions.fragmentOffset());
            out.append(extensions.moreFragments() ? "+, id " : ", id ");
            out.append(Integer.toUnsignedString(extensions.fragmentId())).append(", ");
        }
        final boolean isPartial =
                isQuoted || structure != DecodeFault.NONE || extensions.isLaterFragment() || extensions.moreFragments();
        final Packet packet = new Packet(source, destination, extensions.protocol(), isPartial);
        if (extensions.isLaterFragment()) {
            fragment(packet, extensions.transportLength());
        } else {
            transport(packet, extensions.transportOffset(), extensions.transportLength(), depth);
        }
    }

    private void fragment(final Packet packet, final int length) {
        addresses(packet).append("proto ").append(packet.protocol()).append(" fragment, length ");
        out.append(length);
    }

    private void transport(final Packet packet, final int offset, final int length, final int depth) {
        switch (packet.protocol()) {
            case IpProtocol.TCP -> tcp(packet, offset, length);
            case IpProtocol.UDP -> udp(packet, offset, length, depth);
            case IpProtocol.ICMP -> icmp(packet, offset, length, depth);
            case IpProtocol.ICMPV6 -> icmpv6(packet, offset, length, depth);
            case IpProtocol.GRE -> gre(packet, offset, length, depth);
            case IpProtocol.ESP -> addresses(packet).append("ESP, length ").append(length);
            case IpProtocol.SCTP -> addresses(packet).append("SCTP, length ").append(length);
            case IpProtocol.VRRP -> addresses(packet).append("VRRP, length ").append(length);
            default ->
                addresses(packet)
                        .append("proto ")
                        .append(packet.protocol())
                        .append(", length ")
                        .append(length);
        }
    }

    private void tcp(final Packet packet, final int offset, final int length) {
        final DecodeFault fault = TcpHeader.check(bytes, offset, length);
        if (fault != DecodeFault.NONE) {
            withPorts(packet, offset, length).append("TCP, ");
            note(fault);
            out.append("length ").append(length);
            return;
        }
        withPorts(packet, offset, length).append("TCP, ");
        final TcpHeader tcp = new TcpHeader().wrap(bytes, offset);
        // What appendTo() says of the ports has been said with the addresses.
        final StringBuilder fields = tcp.appendTo(new StringBuilder());
        out.append(fields, fields.indexOf("Flags"), fields.length());
        out.append(", length ").append(length - tcp.headerLength());
    }

    private void udp(final Packet packet, final int offset, final int length, final int depth) {
        withPorts(packet, offset, length).append("UDP, ");
        if (isFault(UdpHeader.checkHeader(length), length)) {
            return;
        }
        final UdpHeader udp = new UdpHeader().wrap(bytes, offset);
        final DecodeFault fault = UdpHeader.check(bytes, offset, length);
        if (!packet.isPartial()) {
            note(fault);
        }
        final int payloadOffset = offset + UdpHeader.LENGTH;
        final int payloadLength = (fault == DecodeFault.NONE ? udp.length() : length) - UdpHeader.LENGTH;
        out.append("length ").append(payloadLength);
        if (udp.destinationPort() == VxlanHeader.PORT) {
            out.append(": ");
            vxlan(payloadOffset, payloadLength, depth);
        }
    }

    private void vxlan(final int offset, final int length, final int depth) {
        out.append("VXLAN, ");
        if (isFault(VxlanHeader.check(bytes, offset, length), length)) {
            return;
        }
        out.append("vni ").append(new VxlanHeader().wrap(bytes, offset).vni()).append(": ");
        nestedFrame(offset + VxlanHeader.LENGTH, length - VxlanHeader.LENGTH, depth);
    }

    private void gre(final Packet packet, final int offset, final int length, final int depth) {
        addresses(packet).append("GRE, ");
        final DecodeFault fault = GreHeader.check(bytes, offset, length);
        if (fault != DecodeFault.NONE && (fault != DecodeFault.GRE_CHECKSUM || !packet.isPartial())) {
            note(fault);
        }
        if (fault != DecodeFault.NONE && fault != DecodeFault.GRE_CHECKSUM) {
            out.append("length ").append(length);
            return;
        }
        final GreHeader gre = new GreHeader().wrap(bytes, offset);
        if (gre.hasKey()) {
            out.append("key ").append(Integer.toUnsignedString(gre.key())).append(", ");
        }
        if (gre.hasSequence()) {
            out.append("seq ").append(gre.sequence()).append(", ");
        }
        hex(out.append("proto "), gre.protocolType(), 4).append(": ");
        if (depth == 0) {
            out.append("nested too deep, length ").append(length);
        } else {
            payload(gre.protocolType(), offset + gre.headerLength(), length - gre.headerLength(), depth - 1);
        }
    }

    private void icmp(final Packet packet, final int offset, final int length, final int depth) {
        addresses(packet).append("ICMP, ");
        if (isFault(IcmpHeader.checkHeader(length), length)) {
            return;
        }
        if (!packet.isPartial()) {
            note(IcmpHeader.check(bytes, offset, length));
        }
        final IcmpHeader icmp = new IcmpHeader().wrap(bytes, offset);
        icmpName(icmp);
        out.append(", length ").append(length);
        if (IcmpHeader.isError(icmp.type())) {
            quoted(offset + IcmpHeader.LENGTH, length - IcmpHeader.LENGTH, depth, true);
        }
    }

    private void icmpName(final IcmpHeader icmp) {
        switch (icmp.type()) {
            case IcmpHeader.ECHO_REQUEST -> out.append("echo request");
            case IcmpHeader.ECHO_REPLY -> out.append("echo reply");
            case IcmpHeader.UNREACHABLE -> out.append("unreachable code ").append(icmp.code());
            case IcmpHeader.TIME_EXCEEDED -> out.append("time exceeded code ").append(icmp.code());
            case IcmpHeader.PARAMETER_PROBLEM ->
                out.append("parameter problem at ").append(icmp.pointer());
            case IcmpHeader.REDIRECT ->
                Ipv4Address.append(
                        out.append("redirect code ").append(icmp.code()).append(" to "), icmp.gateway());
            case IcmpHeader.SOURCE_QUENCH -> out.append("source quench");
            default -> out.append("type ").append(icmp.type()).append(" code ").append(icmp.code());
        }
        if (IcmpHeader.isEcho(icmp.type())) {
            out.append(", id ").append(icmp.identifier()).append(", seq ").append(icmp.sequence());
        } else if (icmp.type() == IcmpHeader.UNREACHABLE && icmp.code() == IcmpHeader.FRAGMENTATION_NEEDED) {
            out.append(", mtu ").append(icmp.mtu());
        }
    }

    private void icmpv6(final Packet packet, final int offset, final int length, final int depth) {
        addresses(packet).append("ICMPv6, ");
        if (isFault(Icmpv6Header.check(bytes, offset, length), length)) {
            return;
        }
        final Icmpv6Header icmp = new Icmpv6Header().wrap(bytes, offset);
        final int type = icmp.type();
        if (type == Icmpv6Header.NEIGHBOR_SOLICITATION || type == Icmpv6Header.NEIGHBOR_ADVERTISEMENT) {
            neighborDiscovery(offset, length);
        } else {
            icmpv6Name(icmp);
        }
        out.append(", length ").append(length);
        if (Icmpv6Header.isError(type)) {
            quoted(offset + Icmpv6Header.LENGTH, length - Icmpv6Header.LENGTH, depth, false);
        }
    }

    private void neighborDiscovery(final int offset, final int length) {
        final DecodeFault fault = NeighborDiscovery.check(bytes, offset, length);
        if (fault == DecodeFault.ICMP_TRUNCATED) {
            out.append("neighbor discovery ");
            note(fault);
            return;
        }
        final NeighborDiscovery message = new NeighborDiscovery().wrap(bytes, offset);
        message.appendTo(out);
        if (fault == DecodeFault.NONE) {
            message.appendLinkLayerAddressTo(out, length);
        } else {
            out.append(' ');
            note(fault);
        }
    }

    private void icmpv6Name(final Icmpv6Header icmp) {
        switch (icmp.type()) {
            case Icmpv6Header.ECHO_REQUEST -> out.append("echo request");
            case Icmpv6Header.ECHO_REPLY -> out.append("echo reply");
            case Icmpv6Header.UNREACHABLE -> out.append("unreachable code ").append(icmp.code());
            case Icmpv6Header.PACKET_TOO_BIG ->
                out.append("packet too big, mtu ").append(icmp.mtu());
            case Icmpv6Header.TIME_EXCEEDED -> out.append("time exceeded code ").append(icmp.code());
            case Icmpv6Header.PARAMETER_PROBLEM ->
                out.append("parameter problem at ").append(icmp.pointer());
            case Icmpv6Header.ROUTER_SOLICITATION -> out.append("router solicitation");
            case Icmpv6Header.ROUTER_ADVERTISEMENT -> out.append("router advertisement");
            case Icmpv6Header.REDIRECT -> out.append("redirect");
            default -> out.append("type ").append(icmp.type()).append(" code ").append(icmp.code());
        }
        if (Icmpv6Header.isEcho(icmp.type())) {
            out.append(", id ").append(icmp.identifier()).append(", seq ").append(icmp.sequence());
        }
    }

    private void quoted(final int offset, final int length, final int depth, final boolean isIpv4) {
        out.append(", about {");
        if (depth == 0) {
            out.append("nested too deep, length ").append(length);
        } else if (isIpv4) {
            ipv4(offset, length, depth - 1, true);
        } else {
            ipv6(offset, length, depth - 1, true);
        }
        out.append('}');
    }

    /** Appends the addresses, with ports if at least these are there: a quote or fragment may end behind them. */
    private StringBuilder withPorts(final Packet packet, final int offset, final int length) {
        if (length < Integer.BYTES) {
            return addresses(packet);
        }
        final UdpHeader ports = new UdpHeader().wrap(bytes, offset);
        out.append(packet.source()).append('.').append(ports.sourcePort()).append(" > ");
        return out.append(packet.destination())
                .append('.')
                .append(ports.destinationPort())
                .append(": ");
    }

    private StringBuilder addresses(final Packet packet) {
        return out.append(packet.source())
                .append(" > ")
                .append(packet.destination())
                .append(": ");
    }

    private void note(final DecodeFault fault) {
        if (fault != DecodeFault.NONE) {
            out.append('[').append(fault.label()).append("] ");
        }
    }

    private boolean isFault(final DecodeFault fault, final int length) {
        note(fault);
        if (fault != DecodeFault.NONE) {
            out.append("length ").append(length);
        }
        return fault != DecodeFault.NONE;
    }

    private static StringBuilder hex(final StringBuilder out, final int value, final int digits) {
        final String text = Integer.toHexString(value);
        return out.append("0x")
                .append("0".repeat(Math.max(0, digits - text.length())))
                .append(text);
    }

    /** What the network layer tells the transport; partial: a quote, a fragment, or cut short, so that totals do not hold. */
    private record Packet(String source, String destination, int protocol, boolean isPartial) {}
}
