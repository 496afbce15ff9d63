package org.dvr.codec.testing;

import java.util.Arrays;
import java.util.HexFormat;
import org.agrona.DirectBuffer;
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
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.print.FramePrinter;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * Statements about a frame: {@code assertFrame(bytes).isIpv4().hasTtl(63).hasValidChecksums()}. One that does not hold throws
 * an {@link AssertionError} that prints the frame.
 */
public final class FrameAssert {
    private final UnsafeBuffer bytes;
    private final int etherType;
    private final int firstTci;
    private final int tagCount;
    private final int packetOffset;
    private final int length;
    private final boolean hasEthernet;

    private FrameAssert(final byte[] copy, final boolean hasEthernet) {
        this.hasEthernet = hasEthernet;
        bytes = new UnsafeBuffer(copy);
        length = copy.length;
        int type = EtherType.IPV4;
        int offset = 0;
        int tags = 0;
        int tci = -1;
        if (hasEthernet) {
            require(EthernetHeader.check(bytes, 0, length) == DecodeFault.NONE, "an Ethernet header", length);
            type = new EthernetHeader().wrap(bytes, 0).etherType();
            offset = EthernetHeader.LENGTH;
            while (VlanTag.isAnnouncedBy(type)) {
                require(VlanTag.check(bytes, offset, length - offset) == DecodeFault.NONE, "a VLAN tag", length);
                final VlanTag tag = new VlanTag().wrap(bytes, offset);
                tci = tags == 0 ? tag.tci() : tci;
                type = tag.etherType();
                offset += VlanTag.LENGTH;
                tags++;
            }
        }
        etherType = type;
        packetOffset = offset;
        tagCount = tags;
        firstTci = tci;
    }

    /** {@return statements about a whole array} */
    public static FrameAssert assertFrame(final byte[] frame) {
        return new FrameAssert(frame.clone(), true);
    }

    /** {@return statements about a range of a buffer, as it is now} */
    public static FrameAssert assertFrame(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] copy = new byte[length];
        buffer.getBytes(offset, copy);
        return new FrameAssert(copy, true);
    }

    /** {@return statements about an IPv4 packet without an Ethernet header} */
    public static FrameAssert assertPacket(final byte[] packet) {
        return new FrameAssert(packet.clone(), false);
    }

    /** Length of the frame in bytes. */
    public FrameAssert hasLength(final int expected) {
        return equal("length", expected, length);
    }

    /** Exactly these bytes. */
    public FrameAssert hasBytes(final byte[] expected) {
        require(
                Arrays.equals(expected, bytes.byteArray()),
                "bytes " + HexFormat.of().formatHex(expected),
                hex());
        return this;
    }

    /** Source MAC as text. */
    public FrameAssert hasSourceMac(final String expected) {
        return equalMac("source MAC", expected, ethernet().source());
    }

    /** Destination MAC as text. */
    public FrameAssert hasDestinationMac(final String expected) {
        return equalMac("destination MAC", expected, ethernet().destination());
    }

    /** Id of the outermost VLAN tag. */
    public FrameAssert hasVlan(final int expected) {
        return equal("VLAN id", expected, firstTci < 0 ? -1 : firstTci & 0xFFF);
    }

    /** No VLAN tag at all. */
    public FrameAssert isUntagged() {
        return equal("VLAN tags", 0, tagCount);
    }

    /** Ether type behind all VLAN tags. */
    public FrameAssert hasEtherType(final int expected) {
        return equal("ether type", expected, etherType);
    }

    /** A sound ARP packet. */
    public FrameAssert isArp() {
        hasEtherType(EtherType.ARP);
        return sound(ArpPacket.check(bytes, packetOffset, length - packetOffset));
    }

    /** A sound ARP request. */
    public FrameAssert isArpRequest() {
        return isArp().equal("ARP operation", ArpPacket.REQUEST, arp().operation());
    }

    /** A sound ARP reply. */
    public FrameAssert isArpReply() {
        return isArp().equal("ARP operation", ArpPacket.REPLY, arp().operation());
    }

    /** Sender MAC of an ARP packet. */
    public FrameAssert hasSenderMac(final String expected) {
        return isArp().equalMac("sender MAC", expected, arp().senderMac());
    }

    /** Sender address of an ARP packet. */
    public FrameAssert hasSenderIp(final String expected) {
        return isArp().equalIp("sender IP", expected, arp().senderIp());
    }

    /** Target MAC of an ARP packet. */
    public FrameAssert hasTargetMac(final String expected) {
        return isArp().equalMac("target MAC", expected, arp().targetMac());
    }

    /** Target address of an ARP packet. */
    public FrameAssert hasTargetIp(final String expected) {
        return isArp().equalIp("target IP", expected, arp().targetIp());
    }

    /** An IPv4 packet of sound structure; its checksum is {@link #hasValidChecksums()}'s business. */
    public FrameAssert isIpv4() {
        hasEtherType(EtherType.IPV4);
        final int available = length - packetOffset;
        return sound(
                hasEthernet
                        ? Ipv4Header.checkStructure(bytes, packetOffset, available)
                        : Ipv4Header.checkHeader(bytes, packetOffset, available));
    }

    /** An IPv6 packet of sound structure. */
    public FrameAssert isIpv6() {
        hasEtherType(EtherType.IPV6);
        return sound(Ipv6Header.check(bytes, packetOffset, length - packetOffset));
    }

    /** TTL or hop limit. */
    public FrameAssert hasTtl(final int expected) {
        return equal("TTL", expected, isV6() ? ipv6().hopLimit() : ipv4().ttl());
    }

    /** Type of service or traffic class. */
    public FrameAssert hasTos(final int expected) {
        return equal("TOS", expected, isV6() ? ipv6().trafficClass() : ipv4().tos());
    }

    /** IPv4 identification. */
    public FrameAssert hasId(final int expected) {
        return equal("id", expected, ipv4().id());
    }

    /** Whether DF is set. */
    public FrameAssert hasDontFragment(final boolean expected) {
        require(ipv4().dontFragment() == expected, "DF " + expected, !expected);
        return this;
    }

    /** A fragment at an offset in bytes, with or without more to follow. */
    public FrameAssert isFragment(final int offset, final boolean more) {
        require(ipv4().isFragment(), "a fragment", "none");
        require(ipv4().moreFragments() == more, "more fragments " + more, !more);
        return equal("fragment offset", offset, ipv4().fragmentOffset());
    }

    /** No fragment. */
    public FrameAssert isWhole() {
        require(!ipv4().isFragment(), "no fragment", "a fragment");
        return this;
    }

    /** Source address, IPv4 or IPv6 as text. */
    public FrameAssert hasSourceIp(final String expected) {
        if (isV6()) {
            return equal(
                    "source IP", canonical(expected), Ipv6Address.toString(ipv6().sourceHigh(), ipv6().sourceLow()));
        }
        return equalIp("source IP", expected, ipv4().source());
    }

    /** Destination address, IPv4 or IPv6 as text. */
    public FrameAssert hasDestinationIp(final String expected) {
        if (isV6()) {
            final Ipv6Header ip = ipv6();
            final String actual = Ipv6Address.toString(ip.destinationHigh(), ip.destinationLow());
            return equal("destination IP", canonical(expected), actual);
        }
        return equalIp("destination IP", expected, ipv4().destination());
    }

    /** Protocol, behind the extension headers of IPv6. */
    public FrameAssert hasProtocol(final int expected) {
        return equal("protocol", expected, protocol());
    }

    /** A UDP header. */
    public FrameAssert isUdp() {
        hasProtocol(IpProtocol.UDP);
        return sound(UdpHeader.checkHeader(transportLength()));
    }

    /** A sound TCP header. */
    public FrameAssert isTcp() {
        hasProtocol(IpProtocol.TCP);
        return sound(TcpHeader.check(bytes, transportOffset(), transportLength()));
    }

    /** Source port of TCP or UDP. */
    public FrameAssert hasSourcePort(final int expected) {
        return equal("source port", expected, ports().sourcePort());
    }

    /** Destination port of TCP or UDP. */
    public FrameAssert hasDestinationPort(final int expected) {
        return equal("destination port", expected, ports().destinationPort());
    }

    /** TCP flags, all of them. */
    public FrameAssert hasTcpFlags(final int expected) {
        return isTcp().equal("TCP flags", expected, tcp().flags());
    }

    /** TCP sequence number. */
    public FrameAssert hasSequence(final long expected) {
        return isTcp().equal("TCP sequence", expected, tcp().sequence());
    }

    /** ICMP or ICMPv6 message of a type and code. */
    public FrameAssert isIcmp(final int type, final int code) {
        hasProtocol(isV6() ? IpProtocol.ICMPV6 : IpProtocol.ICMP);
        return equal("ICMP type", type, icmp().type()).equal("ICMP code", code, icmp().code());
    }

    /** Identifier of an echo. */
    public FrameAssert hasIcmpId(final int expected) {
        return equal("ICMP identifier", expected, icmp().identifier());
    }

    /** Sequence number of an echo. */
    public FrameAssert hasIcmpSequence(final int expected) {
        return equal("ICMP sequence", expected, icmp().sequence());
    }

    /** MTU of the next hop in an ICMP error for IPv4. */
    public FrameAssert hasIcmpMtu(final int expected) {
        return equal("ICMP MTU", expected, icmp().mtu());
    }

    /** {@return statements about the IPv4 packet that an ICMP error quotes} */
    public FrameAssert quotedPacket() {
        require(IcmpHeader.isError(icmp().type()), "an ICMP error", icmp().type());
        final int offset = transportOffset() + IcmpHeader.LENGTH;
        return new FrameAssert(copy(offset, transportLength() - IcmpHeader.LENGTH), false);
    }

    /** Payload behind the header of TCP, UDP, ICMP or, for other protocols, IP. */
    public FrameAssert hasPayload(final byte[] expected) {
        final int headerLength =
                switch (protocol()) {
                    case IpProtocol.TCP -> tcp().headerLength();
                    case IpProtocol.UDP, IpProtocol.ICMP, IpProtocol.ICMPV6 -> UdpHeader.LENGTH;
                    default -> 0;
                };
        final byte[] actual = copy(transportOffset() + headerLength, transportLength() - headerLength);
        final HexFormat format = HexFormat.of();
        return equal("payload", format.formatHex(expected), format.formatHex(actual));
    }

    /**
     * Header checksum of IPv4 and the checksum of TCP, UDP (unless zero over IPv4), ICMP, ICMPv6 or GRE (if present). Of a
     * fragment and a quoted packet only the header checksum is there to be judged.
     */
    public FrameAssert hasValidChecksums() {
        if (isV6()) {
            isIpv6();
        } else {
            isIpv4();
            final int headerLength = ipv4().headerLength();
            equal("IPv4 checksum remainder", 0, InternetChecksum.compute(bytes, packetOffset, headerLength));
        }
        if (!hasEthernet || isPartial()) {
            return this;
        }
        final int offset = transportOffset();
        final int available = transportLength();
        switch (protocol()) {
            case IpProtocol.TCP -> isTcp().equal("TCP checksum remainder", 0, remainder(available));
            case IpProtocol.UDP -> {
                isUdp().sound(UdpHeader.check(bytes, offset, available));
                final UdpHeader udp = new UdpHeader().wrap(bytes, offset);
                if (udp.checksum() != 0 || isV6()) {
                    equal("UDP checksum remainder", 0, remainder(udp.length()));
                }
            }
            case IpProtocol.ICMP -> sound(IcmpHeader.check(bytes, offset, available));
            case IpProtocol.ICMPV6 -> equal("ICMPv6 checksum remainder", 0, remainder(available));
            case IpProtocol.GRE -> sound(GreHeader.check(bytes, offset, available));
            default -> {
                // No checksum that is known here.
            }
        }
        return this;
    }

    /** {@return statements about the frame inside a VXLAN packet of this VNI} */
    public FrameAssert isVxlan(final int vni) {
        isIpv4().isUdp().hasDestinationPort(VxlanHeader.PORT);
        final int offset = transportOffset() + UdpHeader.LENGTH;
        final int available = transportLength() - UdpHeader.LENGTH;
        sound(VxlanHeader.check(bytes, offset, available));
        equal("VNI", vni, new VxlanHeader().wrap(bytes, offset).vni());
        return new FrameAssert(copy(offset + VxlanHeader.LENGTH, available - VxlanHeader.LENGTH), true);
    }

    /** {@return statements about the frame inside a GRE packet of this key} */
    public FrameAssert isGre(final int key) {
        isIpv4().hasProtocol(IpProtocol.GRE);
        final int offset = transportOffset();
        sound(GreHeader.checkKeyedEthernet(bytes, offset, transportLength()));
        final GreHeader gre = new GreHeader().wrap(bytes, offset);
        equal("GRE key", key, gre.key());
        return new FrameAssert(copy(offset + gre.headerLength(), transportLength() - gre.headerLength()), true);
    }

    private int remainder(final int checked) {
        final int pseudoHeader = isV6()
                ? InternetChecksum.pseudoHeader(
                        ipv6().sourceHigh(),
                        ipv6().sourceLow(),
                        ipv6().destinationHigh(),
                        ipv6().destinationLow(),
                        protocol(),
                        checked)
                : InternetChecksum.pseudoHeader(ipv4().source(), ipv4().destination(), protocol(), checked);
        return InternetChecksum.fold(InternetChecksum.sum(bytes, transportOffset(), checked, pseudoHeader));
    }

    private boolean isV6() {
        return etherType == EtherType.IPV6;
    }

    private boolean isPartial() {
        return isV6() ? extensions().isLaterFragment() || extensions().moreFragments() : ipv4().isFragment();
    }

    private EthernetHeader ethernet() {
        require(hasEthernet, "an Ethernet header", "a packet");
        return new EthernetHeader().wrap(bytes, 0);
    }

    private ArpPacket arp() {
        return new ArpPacket().wrap(bytes, packetOffset);
    }

    private Ipv4Header ipv4() {
        isIpv4();
        return new Ipv4Header().wrap(bytes, packetOffset);
    }

    private Ipv6Header ipv6() {
        isIpv6();
        return new Ipv6Header().wrap(bytes, packetOffset);
    }

    private Ipv6Extensions extensions() {
        final Ipv6Extensions extensions = new Ipv6Extensions();
        sound(extensions.walk(bytes, packetOffset, length - packetOffset));
        return extensions;
    }

    private int protocol() {
        return isV6() ? extensions().protocol() : ipv4().protocol();
    }

    private int transportOffset() {
        return isV6() ? extensions().transportOffset() : packetOffset + ipv4().headerLength();
    }

    private int transportLength() {
        if (isV6()) {
            return extensions().transportLength();
        }
        // A quoted packet ends before its total length says so.
        return Math.min(ipv4().totalLength(), length - packetOffset) - ipv4().headerLength();
    }

    private UdpHeader ports() {
        require(protocol() == IpProtocol.TCP || protocol() == IpProtocol.UDP, "TCP or UDP", protocol());
        require(transportLength() >= Integer.BYTES, "ports", transportLength());
        return new UdpHeader().wrap(bytes, transportOffset());
    }

    private TcpHeader tcp() {
        return new TcpHeader().wrap(bytes, transportOffset());
    }

    private IcmpHeader icmp() {
        final boolean isIcmp = protocol() == IpProtocol.ICMP || protocol() == IpProtocol.ICMPV6;
        require(isIcmp, "ICMP", protocol());
        sound(
                isV6()
                        ? Icmpv6Header.check(bytes, transportOffset(), transportLength())
                        : IcmpHeader.checkHeader(transportLength()));
        return new IcmpHeader().wrap(bytes, transportOffset());
    }

    private byte[] copy(final int offset, final int count) {
        return Arrays.copyOfRange(bytes.byteArray(), offset, offset + count);
    }

    private FrameAssert sound(final DecodeFault fault) {
        return equal("fault", DecodeFault.NONE, fault);
    }

    private FrameAssert equalMac(final String what, final String expected, final long actual) {
        return equal(what, MacAddress.toString(MacAddress.parse(expected)), MacAddress.toString(actual));
    }

    private FrameAssert equalIp(final String what, final String expected, final int actual) {
        return equal(what, Ipv4Address.toString(Ipv4Address.parse(expected)), Ipv4Address.toString(actual));
    }

    private FrameAssert equal(final String what, final Object expected, final Object actual) {
        require(expected.equals(actual), what + ' ' + expected, actual);
        return this;
    }

    private void require(final boolean isMet, final String expected, final Object actual) {
        if (!isMet) {
            final String printed = hasEthernet ? FramePrinter.toString(bytes.byteArray()) : "packet " + hex();
            throw new AssertionError("expected " + expected + " but was " + actual + " in: " + printed);
        }
    }

    private String hex() {
        return HexFormat.of().formatHex(bytes.byteArray());
    }

    private static String canonical(final String text) {
        return Ipv6Address.toString(Ipv6Address.high(text), Ipv6Address.low(text));
    }
}
