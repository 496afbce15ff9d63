package org.dvr.dataplane.parse;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv4Words;
import org.dvr.codec.ip.Ipv6Extensions;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.NeighborDiscovery;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Tunnel;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.memory.Words;

/**
 * Reads a frame's headers once, outer and inner, and fills in its facts. Frames on the underlay are unwrapped: afterwards the frame begins at
 * the inner Ethernet header.
 *
 * <p>In: a frame as received. Next: {@link Next#INGRESS}. Drops: the faults of Ethernet, tag, ARP and tunnel headers, {@link
 * DropReason#UNDERLAY_NOT_TUNNEL}, {@link DropReason#UNDERLAY_NOT_FOR_US}, {@link DropReason#OUTER_FRAGMENT}, {@link
 * DropReason#SOURCE_MAC_INVALID}, {@link DropReason#OFFLOAD_INCONSISTENT}. Faults inside a packet that is only bridged are none of our business: they are left in {@link
 * Facts#ipFault} for the stage that routes.
 */
public final class FrameParser {
    private static final int FRAGMENT_MASK = 0x3FFF; // more-fragments flag and offset
    private static final int FRAGMENT_OFFSET_MASK = 0x1FFF; // in units of 8 bytes
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int SCTP_LENGTH = 12; // of the common header; what is shorter goes by address alone
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int IDENTIFICATION = 4;
    private static final int FRAGMENT_HEADER = 44; // next header (RFC 8200 §4.5)

    private final VlanTag vlan = new VlanTag();
    private final ArpPacket arp = new ArpPacket();
    private final Ipv4Words ipv4 = new Ipv4Words();
    private final Ipv6Header ipv6 = new Ipv6Header();
    private final Ipv6Extensions extensions = new Ipv6Extensions();
    private final NeighborDiscovery discovery = new NeighborDiscovery();
    private final VxlanHeader vxlan = new VxlanHeader();
    private final GreHeader gre = new GreHeader();

    /**
     * Parses a frame.
     *
     * @param frame as received
     * @param topology tells our own tunnel address
     * @return {@link Next#INGRESS}, or {@link Next#DONE} when it is dropped
     */
    public Next parse(final Frame frame, final TopologySnapshot topology) {
        frame.verdict.reset();
        frame.natKey(0, 0, 0);
        final Facts facts = frame.facts;
        facts.tunnel = Tunnel.NONE;
        if (frame.length() > frame.capacity()) {
            return frame.drop(DropReason.FRAME_TOO_LONG);
        }
        DecodeFault fault = parseEthernet(frame);
        if (fault == DecodeFault.NONE
                && frame.ingress().kind() == AttachmentKind.UNDERLAY
                && facts.etherType != EtherType.ARP) {
            final DropReason reason = unwrap(frame, topology);
            if (reason != null) {
                return dropped(frame, reason);
            }
            fault = parseEthernet(frame);
        }
        if (fault != DecodeFault.NONE) {
            return dropped(frame, DropReason.of(fault));
        }
        if (facts.sourceMac == 0 || MacAddress.isMulticast(facts.sourceMac)) {
            return dropped(frame, DropReason.SOURCE_MAC_INVALID);
        }
        fault = parsePacket(frame);
        if (fault != DecodeFault.NONE) {
            return dropped(frame, DropReason.of(fault));
        }
        if (frame.offload.isPending() && !OffloadCheck.settle(frame)) {
            return dropped(frame, DropReason.OFFLOAD_INCONSISTENT);
        }
        frame.verdict.startFrom(facts);
        frame.because(facts.tunnel == Tunnel.NONE ? Because.PARSED : Because.PARSED_TUNNEL);
        return Next.INGRESS;
    }

    /**
     * Fills in the facts of a frame whose key has been read: what {@link #parse} would find, without looking for it again.
     *
     * @param frame routine, as {@link KeyReader} has judged
     * @param key what it has read
     */
    public void take(final Frame frame, final FlowKey key) {
        final Facts facts = frame.facts;
        frame.verdict.reset();
        frame.natKey(0, 0, 0);
        final int l3Offset = (int) (key.packet - frame.base());
        final int vlanId = (int) key.kind >>> 16;
        facts.etherType = EtherType.IPV4;
        facts.vlanId = vlanId == FlowKey.UNTAGGED ? Facts.UNTAGGED : vlanId;
        facts.l3Offset = l3Offset;
        facts.destinationMac = key.macs >>> 16;
        facts.sourceMac = (key.macs & 0xFFFF) << 32 | key.kind >>> 32;
        takeTunnel(frame, key);
        facts.l2Offset = frame.offset();
        if (facts.sourceMac == 0 || MacAddress.isMulticast(facts.sourceMac)) {
            dropped(frame, DropReason.SOURCE_MAC_INVALID);
            return;
        }
        takePacket(facts, key);
        frame.verdict.startFrom(facts);
    }

    /** Leaves outer headers behind, and padding that is no part of what is to be completed. */
    private static void takeTunnel(final Frame frame, final FlowKey key) {
        final Facts facts = frame.facts;
        final int l3Offset = facts.l3Offset;
        final int kind = (int) key.ports >>> FlowKey.TUNNEL_SHIFT;
        facts.tunnel = kind == 0 ? Tunnel.NONE : kind == 1 ? Tunnel.VXLAN : Tunnel.GRE;
        if (kind != 0) {
            facts.peerIp = (int) (key.tunnel >>> 32);
            facts.peerHigh = 0;
            facts.segmentationId = (int) key.tunnel;
            frame.place(l3Offset - EthernetHeader.LENGTH, EthernetHeader.LENGTH + key.length);
            frame.offload.isVerified = false; // that was said of the outer packet
        } else {
            frame.truncate(l3Offset - frame.offset() + key.length);
        }
    }

    private static void takePacket(final Facts facts, final FlowKey key) {
        final long first = Words.getNetLong(key.packet);
        final int protocol = (int) key.kind >>> 8 & 0xFF;
        facts.ipFault = DecodeFault.NONE;
        facts.transportFault = DecodeFault.NONE;
        facts.source = (int) (key.addresses >>> 32);
        facts.destination = (int) key.addresses;
        facts.protocol = protocol;
        facts.ttl = (int) (key.ttlWord >>> 56);
        facts.tos = (int) (first >>> 48) & 0xFF;
        facts.packetLength = key.packetLength;
        facts.wireLength = key.packetLength;
        facts.hasDontFragment = (first & DONT_FRAGMENT) != 0;
        facts.isFragment = false;
        facts.fragmentOffset = 0;
        facts.l4Offset = facts.l3Offset + Ipv4Header.MIN_LENGTH;
        facts.sourcePort = (int) (key.ports >>> 48);
        facts.destinationPort = (int) (key.ports >>> 32) & 0xFFFF;
        facts.tcpFlags = 0;
        facts.icmpType = -1;
        if (protocol == IpProtocol.TCP) {
            final long at = key.packet + Ipv4Header.MIN_LENGTH;
            final int lengthAndFlags = Words.getNetShort(at + 12);
            facts.tcpSequence = Words.getNetInt(at + 4);
            facts.tcpAcknowledgment = Words.getNetInt(at + 8);
            facts.tcpLength = key.packetLength - Ipv4Header.MIN_LENGTH - (lengthAndFlags >>> 10 & 0x3C);
            facts.tcpFlags = lengthAndFlags & 0xFF;
        } else if (protocol == IpProtocol.ICMP) {
            facts.icmpType = (int) key.kind & 0xFF;
        }
    }

    /**
     * Parses a packet that we made ourselves.
     *
     * @param frame as made, beginning with an untagged Ethernet header
     */
    public void parseOwn(final Frame frame) {
        frame.verdict.reset();
        frame.natKey(0, 0, 0);
        frame.facts.tunnel = Tunnel.NONE;
        parseEthernet(frame);
        parsePacket(frame);
        frame.verdict.startFrom(frame.facts);
    }

    /**
     * Says what {@link #parse} has found, to whoever wants to hear the story of a frame from its middle on.
     *
     * @param frame parsed, nothing decided yet
     */
    public static void tell(final Frame frame) {
        if (frame.verdict.action == Action.DROP) {
            frame.because(Because.MALFORMED, frame.verdict.dropReason.label());
        } else {
            frame.because(frame.facts.tunnel == Tunnel.NONE ? Because.PARSED : Because.PARSED_TUNNEL);
        }
    }

    private static Next dropped(final Frame frame, final DropReason reason) {
        frame.because(Because.MALFORMED, reason.label());
        return frame.drop(reason);
    }

    private DecodeFault parseEthernet(final Frame frame) {
        final Facts facts = frame.facts;
        final MutableDirectBuffer buffer = frame.buffer();
        final int offset = frame.offset();
        final DecodeFault fault = EthernetHeader.check(buffer, offset, frame.length());
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        final long sourceAndType = EthernetHeader.readSourceAndType(buffer, offset);
        facts.l2Offset = offset;
        facts.destinationMac = EthernetHeader.readDestination(buffer, offset);
        facts.sourceMac = sourceAndType >>> 16;
        facts.etherType = (int) sourceAndType & 0xFFFF;
        facts.vlanId = Facts.UNTAGGED;
        facts.l3Offset = offset + EthernetHeader.LENGTH;
        if (VlanTag.isAnnouncedBy(facts.etherType)) {
            final DecodeFault tagFault = VlanTag.check(buffer, facts.l3Offset, frame.length() - EthernetHeader.LENGTH);
            if (tagFault != DecodeFault.NONE) {
                return tagFault;
            }
            vlan.wrap(buffer, facts.l3Offset);
            facts.vlanId = vlan.vlanId();
            facts.etherType = vlan.etherType();
            facts.l3Offset += VlanTag.LENGTH;
        }
        return DecodeFault.NONE;
    }

    /** Strips the outer headers of a tunnel frame; null = done. */
    private DropReason unwrap(final Frame frame, final TopologySnapshot topology) {
        final Facts facts = frame.facts;
        if (facts.vlanId != Facts.UNTAGGED) {
            return DropReason.UNDERLAY_NOT_TUNNEL;
        }
        if (facts.etherType != EtherType.IPV4 || topology.isIpv6Underlay()) {
            return facts.etherType == EtherType.IPV6 && topology.isIpv6Underlay()
                    ? unwrapIpv6(frame, topology)
                    : DropReason.UNDERLAY_NOT_TUNNEL;
        }
        final int l3Offset = facts.l3Offset;
        final int available = frame.offset() + frame.length() - l3Offset;
        final DecodeFault fault = ipv4.read(frame.buffer(), l3Offset, available);
        if (fault != DecodeFault.NONE) {
            return DropReason.of(fault);
        }
        if (ipv4.destination() != topology.vtepIp()) {
            return DropReason.UNDERLAY_NOT_FOR_US;
        }
        final int protocol = ipv4.protocol();
        if (protocol != IpProtocol.UDP && protocol != IpProtocol.GRE) {
            return DropReason.UNDERLAY_NOT_TUNNEL;
        }
        if ((ipv4.rawFragment() & FRAGMENT_MASK) != 0) {
            return DropReason.OUTER_FRAGMENT;
        }
        facts.peerIp = ipv4.source();
        facts.peerHigh = 0;
        final int l4Offset = l3Offset + ipv4.headerLength();
        final int l4Length = ipv4.totalLength() - ipv4.headerLength();
        return protocol == IpProtocol.UDP
                ? unwrapVxlan(frame, topology, l4Offset, l4Length)
                : unwrapGre(frame, l4Offset, l4Length);
    }

    /** As {@link #unwrap}, of a packet without extension headers: no tunnel endpoint has use for them. */
    private DropReason unwrapIpv6(final Frame frame, final TopologySnapshot topology) {
        final Facts facts = frame.facts;
        final int l3Offset = facts.l3Offset;
        final int available = frame.offset() + frame.length() - l3Offset;
        final DecodeFault fault = Ipv6Header.check(frame.buffer(), l3Offset, available);
        if (fault != DecodeFault.NONE) {
            return DropReason.of(fault);
        }
        ipv6.wrap(frame.buffer(), l3Offset);
        if (ipv6.destinationHigh() != topology.vtepHigh() || ipv6.destinationLow() != topology.vtepLow()) {
            return DropReason.UNDERLAY_NOT_FOR_US;
        }
        final int protocol = ipv6.nextHeader();
        if (protocol == FRAGMENT_HEADER) {
            return DropReason.OUTER_FRAGMENT;
        }
        if (protocol != IpProtocol.UDP && protocol != IpProtocol.GRE) {
            return DropReason.UNDERLAY_NOT_TUNNEL;
        }
        facts.peerHigh = ipv6.sourceHigh();
        facts.peerLow = ipv6.sourceLow();
        final Peer peer = topology.peer(facts.peerHigh, facts.peerLow);
        facts.peerIp = peer == null ? 0 : peer.ip();
        final int l4Offset = l3Offset + Ipv6Header.LENGTH;
        return protocol == IpProtocol.UDP
                ? unwrapVxlan(frame, topology, l4Offset, ipv6.payloadLength())
                : unwrapGre(frame, l4Offset, ipv6.payloadLength());
    }

    private DropReason unwrapVxlan(
            final Frame frame, final TopologySnapshot topology, final int l4Offset, final int available) {
        final Facts facts = frame.facts;
        final MutableDirectBuffer buffer = frame.buffer();
        DecodeFault fault = UdpHeader.check(buffer, l4Offset, available);
        if (fault != DecodeFault.NONE) {
            return DropReason.of(fault);
        }
        final long udp = buffer.getLong(l4Offset, BIG_ENDIAN); // ports, length, checksum
        if (((int) (udp >>> 32) & 0xFFFF) != VxlanHeader.PORT) {
            return DropReason.UNDERLAY_NOT_TUNNEL;
        }
        final int l4Length = (int) (udp >>> 16) & 0xFFFF;
        // RFC 7348 §5, RFC 6935 §5: zero is accepted, anything else must be right; where checksums are left to devices,
        // it
        // is not yet.
        if ((udp & 0xFFFF) != 0 && !frame.isVouchedFor()) {
            fault = UdpHeader.checkChecksum(buffer, l4Offset, pseudoHeader(facts, topology, l4Length));
            if (fault != DecodeFault.NONE) {
                return DropReason.of(fault);
            }
        }
        final int tunnelOffset = l4Offset + UdpHeader.LENGTH;
        fault = VxlanHeader.check(buffer, tunnelOffset, l4Length - UdpHeader.LENGTH);
        if (fault != DecodeFault.NONE) {
            return DropReason.of(fault);
        }
        facts.tunnel = Tunnel.VXLAN;
        facts.segmentationId = vxlan.wrap(buffer, tunnelOffset).vni();
        strip(frame, tunnelOffset + VxlanHeader.LENGTH, l4Offset + l4Length);
        return null;
    }

    private static int pseudoHeader(final Facts facts, final TopologySnapshot topology, final int length) {
        return facts.peerHigh == 0
                ? InternetChecksum.pseudoHeader(facts.peerIp, topology.vtepIp(), IpProtocol.UDP, length)
                : InternetChecksum.pseudoHeader(
                        facts.peerHigh, facts.peerLow, topology.vtepHigh(), topology.vtepLow(), IpProtocol.UDP, length);
    }

    private DropReason unwrapGre(final Frame frame, final int l4Offset, final int l4Length) {
        final Facts facts = frame.facts;
        final MutableDirectBuffer buffer = frame.buffer();
        final DecodeFault fault = GreHeader.checkKeyedEthernet(buffer, l4Offset, l4Length, !frame.isVouchedFor());
        if (fault != DecodeFault.NONE) {
            return DropReason.of(fault);
        }
        gre.wrap(buffer, l4Offset);
        facts.tunnel = Tunnel.GRE;
        facts.segmentationId = gre.key();
        strip(frame, l4Offset + gre.headerLength(), l4Offset + l4Length);
        return null;
    }

    /** What follows the outer packet is padding. */
    private static void strip(final Frame frame, final int inner, final int end) {
        frame.strip(inner - frame.offset());
        frame.truncate(end - inner);
        frame.offload.isVerified = false; // that was said of the outer packet
    }

    /** Looks into ARP and IP. Only ARP faults are returned: nobody can bridge what he may have to answer. */
    private DecodeFault parsePacket(final Frame frame) {
        final Facts facts = frame.facts;
        facts.forgetPacket();
        final int available = frame.offset() + frame.length() - facts.l3Offset;
        switch (facts.etherType) {
            case EtherType.IPV4 -> facts.ipFault = parseIpv4(frame, facts, available);
            case EtherType.IPV6 -> facts.ipFault = parseIpv6(frame, facts, available);
            case EtherType.ARP -> {
                return parseArp(frame, facts, available);
            }
            default -> {
                // Bridged by its MACs.
            }
        }
        return DecodeFault.NONE;
    }

    private DecodeFault parseArp(final Frame frame, final Facts facts, final int available) {
        final DecodeFault fault = ArpPacket.check(frame.buffer(), facts.l3Offset, available);
        if (fault == DecodeFault.NONE) {
            arp.wrap(frame.buffer(), facts.l3Offset);
            facts.arpOperation = arp.operation();
            facts.arpSenderMac = arp.senderMac();
            facts.arpSenderIp = arp.senderIp();
            facts.arpTargetMac = arp.targetMac();
            facts.arpTargetIp = arp.targetIp();
        }
        return fault;
    }

    private DecodeFault parseIpv4(final Frame frame, final Facts facts, final int available) {
        final MutableDirectBuffer buffer = frame.buffer();
        final int offset = facts.l3Offset;
        final DecodeFault fault = ipv4.read(buffer, offset, available);
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        facts.source = ipv4.source();
        facts.destination = ipv4.destination();
        facts.protocol = ipv4.protocol();
        facts.ttl = ipv4.ttl();
        facts.tos = ipv4.tos();
        facts.packetLength = ipv4.totalLength();
        facts.wireLength = facts.packetLength;
        final int fragment = ipv4.rawFragment();
        facts.hasDontFragment = (fragment & DONT_FRAGMENT) != 0;
        facts.isFragment = (fragment & FRAGMENT_MASK) != 0;
        facts.fragmentOffset = (fragment & FRAGMENT_OFFSET_MASK) << 3;
        final int headerLength = ipv4.headerLength();
        facts.l4Offset = offset + headerLength;
        if (facts.isFragment) {
            facts.identification = buffer.getShort(offset + IDENTIFICATION, BIG_ENDIAN) & 0xFFFF;
            facts.hasMoreFragments = (fragment & MORE_FRAGMENTS) != 0;
            if (facts.fragmentOffset == 0) { // ports are in the first part only
                facts.transportFault = parseFirst(buffer, facts, facts.packetLength - headerLength);
            }
            return DecodeFault.NONE;
        }
        facts.transportFault = parseTransport(buffer, facts, facts.packetLength - headerLength);
        return DecodeFault.NONE;
    }

    /** As {@link #parseTransport}, but lengths that count the whole packet are not held against its first part. */
    private DecodeFault parseFirst(final MutableDirectBuffer buffer, final Facts facts, final int length) {
        if (facts.protocol != IpProtocol.UDP) {
            return parseTransport(buffer, facts, length);
        }
        final DecodeFault fault = UdpHeader.checkHeader(length);
        if (fault == DecodeFault.NONE) {
            readPorts(buffer, facts, facts.l4Offset);
        }
        return fault;
    }

    private DecodeFault parseIpv6(final Frame frame, final Facts facts, final int available) {
        final MutableDirectBuffer buffer = frame.buffer();
        final int offset = facts.l3Offset;
        DecodeFault fault = Ipv6Header.check(buffer, offset, available);
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        ipv6.wrap(buffer, offset);
        facts.sourceHigh = ipv6.sourceHigh();
        facts.sourceLow = ipv6.sourceLow();
        facts.destinationHigh = ipv6.destinationHigh();
        facts.destinationLow = ipv6.destinationLow();
        // Enough for hashes to tell flows apart.
        facts.source = Long.hashCode(facts.sourceHigh ^ facts.sourceLow);
        facts.destination = Long.hashCode(facts.destinationHigh ^ facts.destinationLow);
        facts.ttl = ipv6.hopLimit();
        facts.tos = ipv6.trafficClass();
        facts.packetLength = Ipv6Header.LENGTH + ipv6.payloadLength();
        facts.wireLength = facts.packetLength;
        facts.hasDontFragment = true; // routers never fragment IPv6 (RFC 8200 §5)
        fault = extensions.walk(buffer, offset, facts.packetLength);
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        facts.protocol = extensions.protocol();
        facts.l4Offset = extensions.transportOffset();
        facts.isFragment = extensions.hasFragment();
        facts.fragmentOffset = extensions.fragmentOffset();
        if (facts.isFragment) {
            return DecodeFault.NONE;
        }
        facts.transportFault = parseTransport(buffer, facts, extensions.transportLength());
        return DecodeFault.NONE;
    }

    private DecodeFault parseTransport(final MutableDirectBuffer buffer, final Facts facts, final int length) {
        final int offset = facts.l4Offset;
        switch (facts.protocol) {
            case IpProtocol.TCP -> {
                final DecodeFault fault = TcpHeader.check(buffer, offset, length);
                if (fault != DecodeFault.NONE) {
                    return fault;
                }
                readPorts(buffer, facts, offset);
                final long numbers = buffer.getLong(offset + 4, BIG_ENDIAN);
                final int lengthAndFlags = buffer.getShort(offset + 12, BIG_ENDIAN);
                facts.tcpSequence = (int) (numbers >>> 32);
                facts.tcpAcknowledgment = (int) numbers;
                facts.tcpLength = length - (lengthAndFlags >>> 10 & 0x3C); // a data offset in units of four bytes
                facts.tcpFlags = lengthAndFlags & 0xFF;
            }
            case IpProtocol.UDP -> {
                final DecodeFault fault = UdpHeader.check(buffer, offset, length);
                if (fault != DecodeFault.NONE) {
                    return fault;
                }
                readPorts(buffer, facts, offset);
            }
            case IpProtocol.SCTP -> {
                if (length >= SCTP_LENGTH) {
                    readPorts(buffer, facts, offset); // at the same place as UDP's (RFC 9260 §3.1)
                }
            }
            case IpProtocol.ICMP -> {
                if (facts.etherType != EtherType.IPV4) {
                    return DecodeFault.NONE;
                }
                final DecodeFault fault = IcmpHeader.checkHeader(length);
                if (fault != DecodeFault.NONE) {
                    return fault;
                }
                facts.icmpType = buffer.getByte(offset) & 0xFF;
                if (IcmpHeader.isEcho(facts.icmpType)) {
                    readIdentifier(buffer, facts, offset);
                } else if (facts.isIcmpError()) {
                    QuoteParser.read(buffer, facts, length);
                }
            }
            case IpProtocol.ICMPV6 -> {
                if (facts.etherType != EtherType.IPV6) {
                    return DecodeFault.NONE;
                }
                final DecodeFault fault = Icmpv6Header.check(buffer, offset, length);
                if (fault != DecodeFault.NONE) {
                    return fault;
                }
                facts.icmpType = buffer.getByte(offset) & 0xFF;
                if (Icmpv6Header.isEcho(facts.icmpType)) {
                    readIdentifier(buffer, facts, offset);
                } else if (isNeighborDiscovery(facts.icmpType)) {
                    return readTarget(buffer, facts, offset, length);
                }
            }
            default -> {
                // By address alone.
            }
        }
        return DecodeFault.NONE;
    }

    private static boolean isNeighborDiscovery(final int icmpType) {
        return icmpType == Icmpv6Header.NEIGHBOR_SOLICITATION || icmpType == Icmpv6Header.NEIGHBOR_ADVERTISEMENT;
    }

    /** What is not valid by RFC 4861 §7.1 is no neighbor discovery to us: it is bridged like any other packet. */
    private DecodeFault readTarget(
            final MutableDirectBuffer buffer, final Facts facts, final int offset, final int length) {
        final DecodeFault fault = NeighborDiscovery.check(buffer, offset, length);
        if (fault == DecodeFault.NONE) {
            discovery.wrap(buffer, offset);
            facts.ndTargetHigh = discovery.targetHigh();
            facts.ndTargetLow = discovery.targetLow();
        }
        return fault;
    }

    private static void readPorts(final MutableDirectBuffer buffer, final Facts facts, final int offset) {
        final int ports = buffer.getInt(offset, BIG_ENDIAN);
        facts.sourcePort = ports >>> 16;
        facts.destinationPort = ports & 0xFFFF;
    }

    /** Echo: both ports are the identifier, in both directions. */
    private static void readIdentifier(final MutableDirectBuffer buffer, final Facts facts, final int offset) {
        final int identifier = buffer.getShort(offset + 4, BIG_ENDIAN) & 0xFFFF;
        facts.sourcePort = identifier;
        facts.destinationPort = identifier;
    }
}
