package org.dvr.codec.differential;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Extensions;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.pcap4j.packet.Dot1qVlanTagPacket;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

/**
 * Walks a frame with our headers and gives pcap4j the same bytes at each of them. What we call sound pcap4j must accept,
 * with the same fields; what we refuse it must refuse too, unless the fault is one of {@link #STRICTER}.
 */
final class Comparison {
    /**
     * Faults of ours that pcap4j lets pass: it cuts payloads to what is there instead of judging total, payload and datagram
     * lengths, does not look at the version, takes any ARP for one of Ethernet and IPv4, and leaves checksums to
     * a call of their own, whose answer is compared.
     */
    static final Set<DecodeFault> STRICTER = EnumSet.of(
            DecodeFault.IPV4_TOTAL_LENGTH,
            DecodeFault.IPV4_VERSION,
            DecodeFault.IPV4_CHECKSUM,
            DecodeFault.IPV6_PAYLOAD_LENGTH,
            DecodeFault.IPV6_VERSION,
            DecodeFault.UDP_LENGTH,
            DecodeFault.ICMP_CHECKSUM,
            DecodeFault.ARP_NOT_ETHERNET_IPV4);

    private final byte[] frame;
    private final UnsafeBuffer buffer;
    private final Map<DecodeFault, Integer> verdicts = new EnumMap<>(DecodeFault.class);

    /** One of pcap4j's {@code newPacket} methods, bound to bytes. */
    @FunctionalInterface
    private interface Theirs<T> {
        T parse() throws IllegalRawDataException;
    }

    Comparison(final byte[] frame) {
        this.frame = frame;
        buffer = new UnsafeBuffer(frame);
    }

    /** {@return how often each of our verdicts was compared} */
    Map<DecodeFault, Integer> compare() {
        ethernet(0, frame.length);
        return verdicts;
    }

    private void ethernet(final int offset, final int length) {
        final DecodeFault fault = EthernetHeader.check(buffer, offset, length);
        if (fault == DecodeFault.NONE
                && new EthernetHeader().wrap(buffer, offset).etherType() < 1536) {
            // pcap4j judges the length of an IEEE 802.3 frame, which means nothing to us.
            return;
        }
        final EthernetPacket theirs = agree(fault, () -> EthernetPacket.newPacket(frame, offset, length));
        if (fault == DecodeFault.NONE) {
            final EthernetHeader ours = new EthernetHeader().wrap(buffer, offset);
            final EthernetPacket.EthernetHeader header = theirs.getHeader();
            same("source MAC", header.getSrcAddr().toString(), MacAddress.toString(ours.source()));
            same("destination MAC", header.getDstAddr().toString(), MacAddress.toString(ours.destination()));
            same("ether type", header.getType().value() & 0xFFFF, ours.etherType());
            payload(ours.etherType(), offset + EthernetHeader.LENGTH, length - EthernetHeader.LENGTH);
        }
    }

    private void payload(final int etherType, final int offset, final int length) {
        // pcap4j wants at least one byte of anything, and says so with an exception of another kind.
        if (length == 0) {
            return;
        }
        switch (etherType) {
            case EtherType.VLAN, EtherType.QINQ -> vlan(offset, length);
            case EtherType.ARP -> arp(offset, length);
            case EtherType.IPV4 -> ipv4(offset, length);
            case EtherType.IPV6 -> ipv6(offset, length);
            case EtherType.TRANSPARENT_ETHERNET_BRIDGING -> ethernet(offset, length);
            default -> {
                // Not ours to decode.
            }
        }
    }

    private void vlan(final int offset, final int length) {
        final DecodeFault fault = VlanTag.check(buffer, offset, length);
        final Dot1qVlanTagPacket theirs = agree(fault, () -> Dot1qVlanTagPacket.newPacket(frame, offset, length));
        if (fault == DecodeFault.NONE) {
            final VlanTag ours = new VlanTag().wrap(buffer, offset);
            same("priority", (int) theirs.getHeader().getPriority(), ours.priority());
            same("drop eligible", theirs.getHeader().getCfi(), ours.dropEligible());
            same("VLAN id", theirs.getHeader().getVidAsInt(), ours.vlanId());
            same("VLAN ether type", theirs.getHeader().getType().value() & 0xFFFF, ours.etherType());
            payload(ours.etherType(), offset + VlanTag.LENGTH, length - VlanTag.LENGTH);
        }
    }

    private void arp(final int offset, final int length) {
        final DecodeFault fault = ArpPacket.check(buffer, offset, length);
        final org.pcap4j.packet.ArpPacket theirs =
                agree(fault, () -> org.pcap4j.packet.ArpPacket.newPacket(frame, offset, length));
        if (fault == DecodeFault.NONE) {
            final ArpPacket ours = new ArpPacket().wrap(buffer, offset);
            final org.pcap4j.packet.ArpPacket.ArpHeader header = theirs.getHeader();
            same("operation", header.getOperation().value() & 0xFFFF, ours.operation());
            same("sender MAC", header.getSrcHardwareAddr().toString(), MacAddress.toString(ours.senderMac()));
            same("sender IP", ipv4(header.getSrcProtocolAddr().getAddress()), ours.senderIp());
            same("target MAC", header.getDstHardwareAddr().toString(), MacAddress.toString(ours.targetMac()));
            same("target IP", ipv4(header.getDstProtocolAddr().getAddress()), ours.targetIp());
        }
    }

    private void ipv4(final int offset, final int length) {
        final DecodeFault fault = Ipv4Header.check(buffer, offset, length);
        final IpV4Packet theirs = agree(fault, () -> IpV4Packet.newPacket(frame, offset, length));
        if (fault == DecodeFault.IPV4_CHECKSUM) {
            same("IPv4 checksum verdict", theirs.getHeader().hasValidChecksum(false), false);
        }
        if (fault != DecodeFault.NONE) {
            return;
        }
        final Ipv4Header ours = new Ipv4Header().wrap(buffer, offset);
        final IpV4Packet.IpV4Header header = theirs.getHeader();
        same("IPv4 checksum verdict", header.hasValidChecksum(false), true);
        same("version", (int) header.getVersion().value(), ours.version());
        same("IHL", header.getIhlAsInt() * 4, ours.headerLength());
        same("TOS", header.getTos().value() & 0xFF, ours.tos());
        same("total length", header.getTotalLengthAsInt(), ours.totalLength());
        same("id", header.getIdentificationAsInt(), ours.id());
        same("DF", header.getDontFragmentFlag(), ours.dontFragment());
        same("MF", header.getMoreFragmentFlag(), ours.moreFragments());
        same("fragment offset", header.getFragmentOffset() * 8, ours.fragmentOffset());
        same("TTL", header.getTtlAsInt(), ours.ttl());
        same("protocol", header.getProtocol().value() & 0xFF, ours.protocol());
        same("checksum", header.getHeaderChecksum() & 0xFFFF, ours.checksum());
        same("source", ipv4(header.getSrcAddr().getAddress()), ours.source());
        same("destination", ipv4(header.getDstAddr().getAddress()), ours.destination());
        final int transportLength = ours.totalLength() - ours.headerLength();
        if (!ours.isFragment() && transportLength > 0) {
            transport(ours, header, offset + ours.headerLength(), transportLength);
        }
    }

    private void transport(
            final Ipv4Header ours, final IpV4Packet.IpV4Header header, final int offset, final int length) {
        final int pseudoHeader =
                InternetChecksum.pseudoHeader(ours.source(), ours.destination(), ours.protocol(), length);
        switch (ours.protocol()) {
            case IpProtocol.TCP -> {
                final TcpPacket tcp = tcp(offset, length);
                if (tcp != null && isKept(tcp.getRawData(), offset, length)) {
                    final boolean isValid = tcp.hasValidChecksum(header.getSrcAddr(), header.getDstAddr(), false);
                    same("TCP checksum verdict", isValid, remainder(offset, length, pseudoHeader) == 0);
                }
            }
            case IpProtocol.UDP -> {
                final UdpPacket udp = udp(offset, length);
                if (udp != null && isKept(udp.getRawData(), offset, length)) {
                    final boolean isValid = udp.hasValidChecksum(header.getSrcAddr(), header.getDstAddr(), true);
                    final DecodeFault fault = UdpHeader.checkChecksum(buffer, offset, pseudoHeader);
                    same("UDP checksum verdict", isValid, fault == DecodeFault.NONE);
                }
            }
            case IpProtocol.ICMP -> icmp(offset, length);
            case IpProtocol.GRE -> gre(offset, length);
            default -> {
                // Not ours to decode.
            }
        }
    }

    private TcpPacket tcp(final int offset, final int length) {
        final DecodeFault fault = TcpHeader.check(buffer, offset, length);
        final TcpPacket theirs = agree(fault, () -> TcpPacket.newPacket(frame, offset, length));
        if (fault != DecodeFault.NONE) {
            return null;
        }
        final TcpHeader ours = new TcpHeader().wrap(buffer, offset);
        final TcpPacket.TcpHeader header = theirs.getHeader();
        same("source port", header.getSrcPort().valueAsInt(), ours.sourcePort());
        same("destination port", header.getDstPort().valueAsInt(), ours.destinationPort());
        same("sequence", header.getSequenceNumberAsLong(), ours.sequence());
        same("acknowledgment", header.getAcknowledgmentNumberAsLong(), ours.acknowledgment());
        same("data offset", header.getDataOffsetAsInt() * 4, ours.headerLength());
        same("SYN", header.getSyn(), ours.hasFlags(TcpHeader.SYN));
        same("ACK", header.getAck(), ours.hasFlags(TcpHeader.ACK));
        same("FIN", header.getFin(), ours.hasFlags(TcpHeader.FIN));
        same("RST", header.getRst(), ours.hasFlags(TcpHeader.RST));
        same("PSH", header.getPsh(), ours.hasFlags(TcpHeader.PSH));
        same("URG", header.getUrg(), ours.hasFlags(TcpHeader.URG));
        same("window", header.getWindowAsInt(), ours.window());
        same("checksum", header.getChecksum() & 0xFFFF, ours.checksum());
        same("urgent pointer", header.getUrgentPointerAsInt(), ours.urgentPointer());
        return theirs;
    }

    private UdpPacket udp(final int offset, final int length) {
        final DecodeFault fault = UdpHeader.check(buffer, offset, length);
        final UdpPacket theirs = agree(fault, () -> UdpPacket.newPacket(frame, offset, length));
        if (fault != DecodeFault.NONE) {
            return null;
        }
        final UdpHeader ours = new UdpHeader().wrap(buffer, offset);
        same("source port", theirs.getHeader().getSrcPort().valueAsInt(), ours.sourcePort());
        same("destination port", theirs.getHeader().getDstPort().valueAsInt(), ours.destinationPort());
        same("UDP length", theirs.getHeader().getLengthAsInt(), ours.length());
        same("checksum", theirs.getHeader().getChecksum() & 0xFFFF, ours.checksum());
        final int payloadOffset = offset + UdpHeader.LENGTH;
        final int payloadLength = ours.length() - UdpHeader.LENGTH;
        if (ours.destinationPort() == VxlanHeader.PORT
                && VxlanHeader.check(buffer, payloadOffset, payloadLength) == DecodeFault.NONE) {
            // pcap4j knows no VXLAN: only what is inside can be compared.
            ethernet(payloadOffset + VxlanHeader.LENGTH, payloadLength - VxlanHeader.LENGTH);
        }
        return theirs;
    }

    private void icmp(final int offset, final int length) {
        // pcap4j's common header is the four bytes that all types share: shorter bodies than ours are fine with it.
        if (length < IcmpHeader.LENGTH) {
            return;
        }
        final DecodeFault fault = IcmpHeader.check(buffer, offset, length);
        final IcmpV4CommonPacket theirs = agree(fault, () -> IcmpV4CommonPacket.newPacket(frame, offset, length));
        final IcmpHeader ours = new IcmpHeader().wrap(buffer, offset);
        same("ICMP checksum verdict", theirs.hasValidChecksum(false), fault == DecodeFault.NONE);
        same("ICMP type", theirs.getHeader().getType().value() & 0xFF, ours.type());
        same("ICMP code", theirs.getHeader().getCode().value() & 0xFF, ours.code());
        same("ICMP checksum", theirs.getHeader().getChecksum() & 0xFFFF, ours.checksum());
    }

    private void gre(final int offset, final int length) {
        // pcap4j knows no GRE: only what is inside can be compared.
        if (GreHeader.check(buffer, offset, length) == DecodeFault.NONE) {
            final GreHeader gre = new GreHeader().wrap(buffer, offset);
            payload(gre.protocolType(), offset + gre.headerLength(), length - gre.headerLength());
        }
    }

    private void ipv6(final int offset, final int length) {
        final DecodeFault fault = Ipv6Header.check(buffer, offset, length);
        final IpV6Packet theirs = agree(fault, () -> IpV6Packet.newPacket(frame, offset, length));
        if (fault != DecodeFault.NONE) {
            return;
        }
        final Ipv6Header ours = new Ipv6Header().wrap(buffer, offset);
        final IpV6Packet.IpV6Header header = theirs.getHeader();
        same("version", (int) header.getVersion().value(), ours.version());
        same("traffic class", header.getTrafficClass().value() & 0xFF, ours.trafficClass());
        same("flow label", header.getFlowLabel().value(), ours.flowLabel());
        same("payload length", header.getPayloadLengthAsInt(), ours.payloadLength());
        same("next header", header.getNextHeader().value() & 0xFF, ours.nextHeader());
        same("hop limit", header.getHopLimitAsInt(), ours.hopLimit());
        final ByteBuffer source = ByteBuffer.wrap(header.getSrcAddr().getAddress());
        same("source high", source.getLong(0), ours.sourceHigh());
        same("source low", source.getLong(8), ours.sourceLow());
        final ByteBuffer destination = ByteBuffer.wrap(header.getDstAddr().getAddress());
        same("destination high", destination.getLong(0), ours.destinationHigh());
        same("destination low", destination.getLong(8), ours.destinationLow());
        final Ipv6Extensions extensions = new Ipv6Extensions();
        if (extensions.walk(buffer, offset, length) == DecodeFault.NONE && !extensions.hasFragment()) {
            transport(ours, header, extensions);
        }
    }

    private void transport(final Ipv6Header ours, final IpV6Packet.IpV6Header header, final Ipv6Extensions extensions) {
        final int at = extensions.transportOffset();
        final int length = extensions.transportLength();
        if (length == 0) {
            return;
        }
        final int pseudoHeader = InternetChecksum.pseudoHeader(
                ours.sourceHigh(),
                ours.sourceLow(),
                ours.destinationHigh(),
                ours.destinationLow(),
                extensions.protocol(),
                length);
        switch (extensions.protocol()) {
            case IpProtocol.TCP -> {
                final TcpPacket tcp = tcp(at, length);
                if (tcp != null && isKept(tcp.getRawData(), at, length)) {
                    final boolean isValid = tcp.hasValidChecksum(header.getSrcAddr(), header.getDstAddr(), false);
                    same("TCP checksum verdict", isValid, remainder(at, length, pseudoHeader) == 0);
                }
            }
            case IpProtocol.UDP -> udp(at, length);
            case IpProtocol.ICMPV6 -> {
                if (length >= Icmpv6Header.LENGTH) {
                    final IcmpV6CommonPacket icmp =
                            agree(DecodeFault.NONE, () -> IcmpV6CommonPacket.newPacket(frame, at, length));
                    final boolean isValid = icmp.hasValidChecksum(header.getSrcAddr(), header.getDstAddr(), false);
                    same("ICMPv6 checksum verdict", isValid, remainder(at, length, pseudoHeader) == 0);
                }
            }
            default -> {
                // Not ours to decode.
            }
        }
    }

    /**
     * {@return whether pcap4j still has these bytes} It judges checksums over what it writes again after parsing, and writes
     * some payloads differently, for instance DNS names that were compressed.
     */
    private boolean isKept(final byte[] theirs, final int offset, final int length) {
        return Arrays.equals(theirs, 0, theirs.length, frame, offset, offset + length);
    }

    private int remainder(final int offset, final int length, final int pseudoHeader) {
        return InternetChecksum.fold(InternetChecksum.sum(buffer, offset, length, pseudoHeader));
    }

    private <T> T agree(final DecodeFault ours, final Theirs<T> parser) {
        verdicts.merge(ours, 1, Integer::sum);
        final T theirs;
        try {
            theirs = parser.parse();
        } catch (final IllegalRawDataException e) {
            if (ours != DecodeFault.NONE) {
                return null;
            }
            throw new AssertionError("pcap4j refuses what we accept: " + e.getMessage() + ", " + hex(), e);
        }
        if (ours != DecodeFault.NONE && !STRICTER.contains(ours)) {
            throw new AssertionError("pcap4j accepts what we call " + ours.label() + ", " + hex());
        }
        return theirs;
    }

    private void same(final String field, final Object theirs, final Object ours) {
        if (!Objects.equals(theirs, ours)) {
            throw new AssertionError(field + " is " + theirs + " to pcap4j and " + ours + " to us, " + hex());
        }
    }

    private String hex() {
        return "frame=" + HexFormat.of().formatHex(frame);
    }

    private static int ipv4(final byte[] address) {
        return ByteBuffer.wrap(address).getInt();
    }
}
