package org.dvr.codec.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
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
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.NeighborDiscovery;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * Builds frames from the outside in: {@code ethernet(source, destination).ipv4(source, destination).udp(1, 2).payload(8).build()}.
 *
 * <p>Lengths and checksums are right unless a method says otherwise. Defaults: TTL 64, TOS 0, id 0, no DF. Of two calls that
 * say the same thing the last counts.
 */
public final class TestFrames {
    private static final int DEFAULT_TTL = 64;
    private static final int FIRST_DYNAMIC_PORT = 49152;

    private final long sourceMac;
    private final long destinationMac;
    private final List<int[]> tags = new ArrayList<>();
    private int etherType;
    private byte[] rawPayload;

    private boolean isIpv4;
    private boolean isIpv6;
    private int source;
    private int destination;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int ttl = DEFAULT_TTL;
    private int tos;
    private int id;
    private int rawFragment;
    private byte[] options = new byte[0];
    private boolean hasBadIpChecksum;

    private int protocol = -1;
    private byte[] transport = new byte[0];
    private byte[] payload = new byte[0];
    private boolean hasBadTransportChecksum;
    private boolean hasTransportChecksum = true;
    private int minLength;

    private TestFrames(final String sourceMac, final String destinationMac) {
        this.sourceMac = MacAddress.parse(sourceMac);
        this.destinationMac = MacAddress.parse(destinationMac);
    }

    /**
     * Begins a frame.
     *
     * @param source MAC as text
     * @param destination MAC as text
     * @return the builder
     */
    public static TestFrames ethernet(final String source, final String destination) {
        return new TestFrames(source, destination);
    }

    /**
     * Wraps a frame as our tunnel endpoints send it in VXLAN: TTL 64, DF, no UDP checksum, source port from a hash of the inner
     * frame.
     *
     * @param outerSourceMac MAC as text
     * @param outerDestinationMac MAC as text
     * @param outerSourceIp IPv4 as text
     * @param outerDestinationIp IPv4 as text
     * @param vni 0 to 16,777,215
     * @param inner frame from its Ethernet header
     * @return the outer frame
     */
    public static byte[] vxlan(
            final String outerSourceMac,
            final String outerDestinationMac,
            final String outerSourceIp,
            final String outerDestinationIp,
            final int vni,
            final byte[] inner) {
        final byte[] payload = new byte[VxlanHeader.LENGTH + inner.length];
        new VxlanHeader().wrap(new UnsafeBuffer(payload), 0).write(vni);
        System.arraycopy(inner, 0, payload, VxlanHeader.LENGTH, inner.length);
        final int sourcePort = FIRST_DYNAMIC_PORT | (Arrays.hashCode(inner) & 0x3FFF);
        return ethernet(outerSourceMac, outerDestinationMac)
                .ipv4(outerSourceIp, outerDestinationIp)
                .dontFragment()
                .udp(sourcePort, VxlanHeader.PORT)
                .noTransportChecksum()
                .payload(payload)
                .build();
    }

    /**
     * Wraps a frame as our tunnel endpoints send it in GRE: TTL 64, DF, a key, no checksum, no sequence number.
     *
     * @param outerSourceMac MAC as text
     * @param outerDestinationMac MAC as text
     * @param outerSourceIp IPv4 as text
     * @param outerDestinationIp IPv4 as text
     * @param key all 32 bits
     * @param inner frame from its Ethernet header
     * @return the outer frame
     */
    public static byte[] gre(
            final String outerSourceMac,
            final String outerDestinationMac,
            final String outerSourceIp,
            final String outerDestinationIp,
            final int key,
            final byte[] inner) {
        final byte[] payload = new byte[GreHeader.KEYED_LENGTH + inner.length];
        new GreHeader().wrap(new UnsafeBuffer(payload), 0).writeKeyed(EtherType.TRANSPARENT_ETHERNET_BRIDGING, key);
        System.arraycopy(inner, 0, payload, GreHeader.KEYED_LENGTH, inner.length);
        return ethernet(outerSourceMac, outerDestinationMac)
                .ipv4(outerSourceIp, outerDestinationIp)
                .dontFragment()
                .protocol(IpProtocol.GRE, payload)
                .build();
    }

    /**
     * Cuts an untagged IPv4 frame into fragments, in order, with the options on each.
     *
     * @param frame from its Ethernet header, without padding
     * @param mtu most bytes of a packet
     * @return the fragments as frames; the frame itself if it fits
     */
    public static List<byte[]> fragments(final byte[] frame, final int mtu) {
        final Ipv4Header ip = new Ipv4Header().wrap(new UnsafeBuffer(frame), EthernetHeader.LENGTH);
        if (ip.totalLength() <= mtu) {
            return List.of(frame);
        }
        final int headersLength = EthernetHeader.LENGTH + ip.headerLength();
        final int payloadLength = ip.totalLength() - ip.headerLength();
        final int pieceLength = (mtu - ip.headerLength()) & ~7;
        final List<byte[]> fragments = new ArrayList<>();
        for (int from = 0; from < payloadLength; from += pieceLength) {
            final int length = Math.min(pieceLength, payloadLength - from);
            final byte[] fragment = Arrays.copyOf(frame, headersLength + length);
            System.arraycopy(frame, headersLength + from, fragment, headersLength, length);
            new Ipv4Header()
                    .wrap(new UnsafeBuffer(fragment), EthernetHeader.LENGTH)
                    .totalLength(ip.headerLength() + length)
                    .fragmentOffset(ip.fragmentOffset() + from)
                    .moreFragments(ip.moreFragments() || from + length < payloadLength)
                    .updateChecksum();
            fragments.add(fragment);
        }
        return fragments;
    }

    /** {@return the packet of a frame, cut to the length that an ICMP error quotes of it} */
    public static byte[] quote(final byte[] frame, final int length) {
        return Arrays.copyOfRange(frame, EthernetHeader.LENGTH, Math.min(frame.length, EthernetHeader.LENGTH + length));
    }

    /** Adds a VLAN tag of type 0x8100, inside those that are there. */
    public TestFrames vlan(final int vlanId) {
        return tag(EtherType.VLAN, vlanId);
    }

    /** Adds a VLAN tag of type 0x88A8, inside those that are there. */
    public TestFrames qinq(final int vlanId) {
        return tag(EtherType.QINQ, vlanId);
    }

    private TestFrames tag(final int type, final int tci) {
        tags.add(new int[] {type, tci});
        return this;
    }

    /** ARP request; the target MAC is zero. */
    public TestFrames arpRequest(final String senderMac, final String senderIp, final String targetIp) {
        return arp(ArpPacket.REQUEST, senderMac, senderIp, "00:00:00:00:00:00", targetIp);
    }

    /** ARP reply. */
    public TestFrames arpReply(
            final String senderMac, final String senderIp, final String targetMac, final String targetIp) {
        return arp(ArpPacket.REPLY, senderMac, senderIp, targetMac, targetIp);
    }

    /** Announcement as request: sender and target address alike, target MAC all ones, as {@code arping -U} sends it. */
    public TestFrames gratuitousRequest(final String mac, final String ip) {
        return arp(ArpPacket.REQUEST, mac, ip, "ff:ff:ff:ff:ff:ff", ip);
    }

    /** Announcement as reply: sender and target alike, as {@code arping -A} sends it. */
    public TestFrames gratuitousReply(final String mac, final String ip) {
        return arpReply(mac, ip, mac, ip);
    }

    /** ARP packet with any operation. */
    public TestFrames arp(
            final int operation,
            final String senderMac,
            final String senderIp,
            final String targetMac,
            final String targetIp) {
        final byte[] bytes = new byte[ArpPacket.LENGTH];
        new ArpPacket()
                .wrap(new UnsafeBuffer(bytes), 0)
                .ethernetIpv4()
                .operation(operation)
                .senderMac(MacAddress.parse(senderMac))
                .senderIp(Ipv4Address.parse(senderIp))
                .targetMac(MacAddress.parse(targetMac))
                .targetIp(Ipv4Address.parse(targetIp));
        return rawEtherType(EtherType.ARP, bytes);
    }

    /** Any bytes behind any ether type. */
    public TestFrames rawEtherType(final int type, final byte[] bytes) {
        etherType = type;
        rawPayload = bytes.clone();
        return this;
    }

    /** IPv4 header; addresses as text. */
    public TestFrames ipv4(final String sourceIp, final String destinationIp) {
        isIpv4 = true;
        isIpv6 = false;
        etherType = EtherType.IPV4;
        source = Ipv4Address.parse(sourceIp);
        destination = Ipv4Address.parse(destinationIp);
        return this;
    }

    /** IPv6 header; addresses as text. */
    public TestFrames ipv6(final String sourceIp, final String destinationIp) {
        isIpv6 = true;
        isIpv4 = false;
        etherType = EtherType.IPV6;
        sourceHigh = Ipv6Address.high(sourceIp);
        sourceLow = Ipv6Address.low(sourceIp);
        destinationHigh = Ipv6Address.high(destinationIp);
        destinationLow = Ipv6Address.low(destinationIp);
        return this;
    }

    /** TTL or hop limit. */
    public TestFrames ttl(final int value) {
        ttl = value;
        return this;
    }

    /** Type of service or traffic class. */
    public TestFrames tos(final int value) {
        tos = value;
        return this;
    }

    /** IPv4 identification. */
    public TestFrames id(final int value) {
        id = value;
        return this;
    }

    /** Sets the DF flag of IPv4. */
    public TestFrames dontFragment() {
        rawFragment |= 0x4000;
        return this;
    }

    /**
     * Makes the IPv4 packet a fragment. What stands behind the header is what the other calls say: of a later fragment that is
     * {@link #protocol(int, byte[])}; see also {@link #fragments}.
     *
     * @param offset bytes, a multiple of 8
     * @param more whether fragments follow
     * @return this
     */
    public TestFrames fragment(final int offset, final boolean more) {
        rawFragment = (rawFragment & 0x4000) | (offset >>> 3) | (more ? 0x2000 : 0);
        return this;
    }

    /** IPv4 options; their length is a multiple of 4, at most 40. */
    public TestFrames options(final byte[] bytes) {
        options = bytes.clone();
        return this;
    }

    /** Makes the IPv4 header checksum wrong. */
    public TestFrames badIpChecksum() {
        hasBadIpChecksum = true;
        return this;
    }

    /** Makes the checksum of TCP, UDP, ICMP or ICMPv6 wrong. */
    public TestFrames badTransportChecksum() {
        hasBadTransportChecksum = true;
        return this;
    }

    /** Sends zero for the checksum of TCP, UDP, ICMP or ICMPv6, which for UDP over IPv4 means that there is none. */
    public TestFrames noTransportChecksum() {
        hasTransportChecksum = false;
        return this;
    }

    /** UDP header. */
    public TestFrames udp(final int sourcePort, final int destinationPort) {
        final UdpHeader udp = new UdpHeader().wrap(header(IpProtocol.UDP, UdpHeader.LENGTH), 0);
        udp.sourcePort(sourcePort).destinationPort(destinationPort);
        return this;
    }

    /** TCP header with flags such as {@link TcpHeader#SYN}; sequence and acknowledgment numbers are 1, the window is 65,535. */
    public TestFrames tcp(final int sourcePort, final int destinationPort, final int flags) {
        return tcp(sourcePort, destinationPort, flags, 1, (flags & TcpHeader.ACK) == 0 ? 0 : 1);
    }

    /** TCP header with sequence and acknowledgment numbers; the window is 65,535. */
    public TestFrames tcp(
            final int sourcePort,
            final int destinationPort,
            final int flags,
            final long sequence,
            final long acknowledgment) {
        new TcpHeader()
                .wrap(header(IpProtocol.TCP, TcpHeader.MIN_LENGTH), 0)
                .sourcePort(sourcePort)
                .destinationPort(destinationPort)
                .sequence(sequence)
                .acknowledgment(acknowledgment)
                .headerLength(TcpHeader.MIN_LENGTH)
                .flags(flags)
                .window(0xFFFF);
        return this;
    }

    /** ICMP echo request. */
    public TestFrames icmpEcho(final int identifier, final int sequence) {
        return icmp(IcmpHeader.ECHO_REQUEST, 0, (identifier << 16) | (sequence & 0xFFFF));
    }

    /** ICMP echo reply. */
    public TestFrames icmpEchoReply(final int identifier, final int sequence) {
        return icmp(IcmpHeader.ECHO_REPLY, 0, (identifier << 16) | (sequence & 0xFFFF));
    }

    /**
     * ICMP error.
     *
     * @param type such as {@link IcmpHeader#UNREACHABLE}
     * @param code of the type
     * @param mtu of the next hop, 0 if it says none
     * @param quoted packet from its IPv4 header, see {@link #quote}
     * @return this
     */
    public TestFrames icmpError(final int type, final int code, final int mtu, final byte[] quoted) {
        return icmp(type, code, mtu).payload(quoted);
    }

    /** ICMP message with any second word. */
    public TestFrames icmp(final int type, final int code, final int rest) {
        new IcmpHeader()
                .wrap(header(IpProtocol.ICMP, IcmpHeader.LENGTH), 0)
                .type(type)
                .code(code)
                .rest(rest);
        return this;
    }

    /** ICMPv6 echo request. */
    public TestFrames icmpv6Echo(final int identifier, final int sequence) {
        return icmpv6(Icmpv6Header.ECHO_REQUEST, 0, ((long) identifier << 16) | sequence);
    }

    /** ICMPv6 echo reply. */
    public TestFrames icmpv6EchoReply(final int identifier, final int sequence) {
        return icmpv6(Icmpv6Header.ECHO_REPLY, 0, ((long) identifier << 16) | sequence);
    }

    /** ICMPv6 message with any second word. */
    public TestFrames icmpv6(final int type, final int code, final long rest) {
        new Icmpv6Header()
                .wrap(header(IpProtocol.ICMPV6, Icmpv6Header.LENGTH), 0)
                .type(type)
                .code(code)
                .mtu(rest);
        return this;
    }

    /** Neighbor solicitation with the sender's link-layer address; the hop limit is 255 unless set after. */
    public TestFrames neighborSolicitation(final String targetIp, final String senderMac) {
        final NeighborDiscovery message = neighborDiscovery(Icmpv6Header.NEIGHBOR_SOLICITATION, targetIp);
        message.writeLinkLayerAddress(NeighborDiscovery.SOURCE_LINK_LAYER_ADDRESS, MacAddress.parse(senderMac));
        return this;
    }

    /** Neighbor advertisement, solicited and overriding, with the target's link-layer address; the hop limit is 255 unless set after. */
    public TestFrames neighborAdvertisement(final String targetIp, final String targetMac) {
        final NeighborDiscovery message = neighborDiscovery(Icmpv6Header.NEIGHBOR_ADVERTISEMENT, targetIp);
        message.solicited(true).override(true);
        message.writeLinkLayerAddress(NeighborDiscovery.TARGET_LINK_LAYER_ADDRESS, MacAddress.parse(targetMac));
        return this;
    }

    private NeighborDiscovery neighborDiscovery(final int type, final String targetIp) {
        final int length = NeighborDiscovery.LENGTH + NeighborDiscovery.LINK_LAYER_ADDRESS_LENGTH;
        final UnsafeBuffer buffer = header(IpProtocol.ICMPV6, length);
        ttl = 255;
        new Icmpv6Header().wrap(buffer, 0).type(type);
        return new NeighborDiscovery()
                .wrap(buffer, 0)
                .targetHigh(Ipv6Address.high(targetIp))
                .targetLow(Ipv6Address.low(targetIp));
    }

    /** Any protocol with any bytes, taken as they are. */
    public TestFrames protocol(final int number, final byte[] bytes) {
        protocol = number;
        transport = bytes.clone();
        hasTransportChecksum = false;
        return this;
    }

    /** Payload of so many bytes, counting up from 0. */
    public TestFrames payload(final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return payload(bytes);
    }

    /** Payload behind the transport header. */
    public TestFrames payload(final byte[] bytes) {
        payload = bytes.clone();
        return this;
    }

    /** Pads the frame with zeros to at least so many bytes, as a device pads to 60. */
    public TestFrames padTo(final int length) {
        minLength = length;
        return this;
    }

    /** {@return the frame} */
    public byte[] build() {
        final byte[] packet = isIpv4 ? ipv4Packet() : isIpv6 ? ipv6Packet() : linkPayload();
        final int headersLength = EthernetHeader.LENGTH + tags.size() * VlanTag.LENGTH;
        final byte[] frame = new byte[Math.max(minLength, headersLength + packet.length)];
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        final EthernetHeader ethernet = new EthernetHeader().wrap(buffer, 0);
        ethernet.destination(destinationMac).source(sourceMac).etherType(tags.isEmpty() ? etherType : tags.get(0)[0]);
        for (int i = 0; i < tags.size(); i++) {
            new VlanTag()
                    .wrap(buffer, EthernetHeader.LENGTH + i * VlanTag.LENGTH)
                    .tci(tags.get(i)[1])
                    .etherType(i + 1 < tags.size() ? tags.get(i + 1)[0] : etherType);
        }
        System.arraycopy(packet, 0, frame, headersLength, packet.length);
        return frame;
    }

    private byte[] linkPayload() {
        return rawPayload == null ? payload : rawPayload;
    }

    private UnsafeBuffer header(final int number, final int length) {
        protocol = number;
        transport = new byte[length];
        return new UnsafeBuffer(transport);
    }

    private byte[] ipv4Packet() {
        final int headerLength = Ipv4Header.MIN_LENGTH + options.length;
        final int transportLength = transport.length + payload.length;
        final byte[] packet = new byte[headerLength + transportLength];
        final UnsafeBuffer buffer = new UnsafeBuffer(packet);
        System.arraycopy(options, 0, packet, Ipv4Header.MIN_LENGTH, options.length);
        final Ipv4Header ip = new Ipv4Header()
                .wrap(buffer, 0)
                .version(4)
                .headerLength(headerLength)
                .tos(tos)
                .totalLength(packet.length)
                .id(id)
                .rawFragment(rawFragment)
                .ttl(ttl)
                .protocol(protocolNumber())
                .source(source)
                .destination(destination)
                .updateChecksum();
        if (hasBadIpChecksum) {
            ip.checksum(ip.checksum() ^ 0x0101);
        }
        final int pseudoHeader = InternetChecksum.pseudoHeader(source, destination, protocolNumber(), transportLength);
        writeTransport(buffer, headerLength, pseudoHeader);
        return packet;
    }

    private byte[] ipv6Packet() {
        final int transportLength = transport.length + payload.length;
        final byte[] packet = new byte[Ipv6Header.LENGTH + transportLength];
        final UnsafeBuffer buffer = new UnsafeBuffer(packet);
        new Ipv6Header()
                .wrap(buffer, 0)
                .version(6)
                .trafficClass(tos)
                .payloadLength(transportLength)
                .nextHeader(protocol < 0 ? IpProtocol.NO_NEXT_HEADER : protocol)
                .hopLimit(ttl)
                .sourceHigh(sourceHigh)
                .sourceLow(sourceLow)
                .destinationHigh(destinationHigh)
                .destinationLow(destinationLow);
        final int pseudoHeader = InternetChecksum.pseudoHeader(
                sourceHigh, sourceLow, destinationHigh, destinationLow, protocolNumber(), transportLength);
        writeTransport(buffer, Ipv6Header.LENGTH, pseudoHeader);
        return packet;
    }

    /** {@return the protocol, or 253, which RFC 3692 gives to experiments, if nothing has named one} */
    private int protocolNumber() {
        return protocol < 0 ? 253 : protocol;
    }

    private void writeTransport(final UnsafeBuffer buffer, final int offset, final int pseudoHeader) {
        final int length = transport.length + payload.length;
        buffer.putBytes(offset, transport);
        buffer.putBytes(offset + transport.length, payload);
        if (protocol == IpProtocol.UDP && transport.length == UdpHeader.LENGTH) {
            new UdpHeader().wrap(buffer, offset).length(length);
        }
        if (hasTransportChecksum) {
            writeChecksum(buffer, offset, length, pseudoHeader);
        }
    }

    private void writeChecksum(final UnsafeBuffer buffer, final int offset, final int length, final int pseudoHeader) {
        final int spoil = hasBadTransportChecksum ? 0x0101 : 0;
        switch (protocol) {
            case IpProtocol.UDP -> {
                final UdpHeader udp = new UdpHeader().wrap(buffer, offset).updateChecksum(pseudoHeader);
                udp.checksum(udp.checksum() ^ spoil);
            }
            case IpProtocol.TCP -> {
                final TcpHeader tcp = new TcpHeader().wrap(buffer, offset).updateChecksum(pseudoHeader, length);
                tcp.checksum(tcp.checksum() ^ spoil);
            }
            case IpProtocol.ICMP -> {
                final IcmpHeader icmp = new IcmpHeader().wrap(buffer, offset).updateChecksum(length);
                icmp.checksum(icmp.checksum() ^ spoil);
            }
            case IpProtocol.ICMPV6 -> {
                final Icmpv6Header icmp =
                        new Icmpv6Header().wrap(buffer, offset).updateChecksum(pseudoHeader, length);
                icmp.checksum(icmp.checksum() ^ spoil);
            }
            default -> {
                // Other protocols are taken as they are.
            }
        }
    }
}
