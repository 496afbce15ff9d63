package org.dvr.dataplane.parse;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Tunnel;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.memory.Words;

/**
 * Reads the flow key of a routine frame without parsing it: the few words that make the key, and those that prove that {@link FrameParser} would find
 * nothing wrong with it and the same key. The frame stays as it is.
 *
 * <p>Routine is a whole IPv4 packet without options, header checksum right, lengths consistent, of TCP, UDP, ICMP echo or a protocol without ports; behind
 * an Ethernet header, from a wire also behind a VLAN tag; or behind those, outer IPv4 and UDP with VXLAN, or GRE with a key alone, for our tunnel address. A sender
 * may have left the packet's own checksum to be completed, nothing else. Whatever is not routine is parsed and decided by the stages.
 *
 * <p>What a key holds is not judged here, such as a source MAC that no station can have: such a frame is never remembered.
 */
public final class KeyReader {
    private static final int LEAST = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    private static final int OUTER = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    private static final int IPV4 = EtherType.IPV4 << 8 | 0x45; // and version 4, five words long
    private static final long PLAIN = 0x45;
    private static final long LOW_32 = 0xFFFF_FFFFL;
    private static final int SHORT = 0xFFFF;
    private static final int VLAN_ID = 0x0FFF;
    private static final int FRAGMENT_MASK = 0x3FFF; // more-fragments flag and offset
    private static final int DATA_OFFSET = 12;
    private static final int ETHER_TYPE = 12;
    private static final long NO_TAG = FlowKey.kind(FlowKey.UNTAGGED, 0, 0);
    private static final long VNI_FLAG = (long) VxlanHeader.VNI_FLAG << 56;
    private static final int GRE_KEYED = 0x2000 << 16 | EtherType.TRANSPARENT_ETHERNET_BRIDGING;
    private static final int VXLAN_BITS = FlowKey.tunnelBits(Tunnel.VXLAN);
    private static final int GRE_BITS = FlowKey.tunnelBits(Tunnel.GRE);

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    /**
     * Reads the key of a frame.
     *
     * @param arrival as received; the {@link FlowKey#isRoutine} of its key tells the same afterwards
     * @param topology tells our own tunnel address
     * @return false when it has to be parsed
     */
    public boolean read(final Arrival arrival, final TopologySnapshot topology) {
        final FlowKey key = arrival.key;
        final int length = arrival.length();
        final boolean isRoutine;
        if (!arrival.isPlain()) {
            isRoutine = false;
        } else if (arrival.isFromUnderlay()) {
            isRoutine = arrival.checksumStart() == 0 && readTunnel(arrival, key, topology, length);
        } else {
            key.tunnel = 0;
            isRoutine = readInner(arrival, key, arrival.at(), length, arrival.ingressId());
        }
        key.isRoutine = isRoutine;
        return isRoutine;
    }

    private boolean readTunnel(
            final Arrival arrival, final FlowKey key, final TopologySnapshot topology, final int length) {
        if (length < OUTER + UdpHeader.LENGTH) {
            return false;
        }
        final long at = arrival.at();
        final long first = Words.getNetLong(at + EthernetHeader.LENGTH);
        final long second = Words.getNetLong(at + EthernetHeader.LENGTH + 8);
        final int destination = Words.getNetInt(at + EthernetHeader.LENGTH + 16);
        final int l4Length = ((int) (first >>> 32) & SHORT) - Ipv4Header.MIN_LENGTH;
        if (Words.getNetShort(at + ETHER_TYPE) != EtherType.IPV4
                || !isWhole(first, second, destination)
                || l4Length > length - OUTER
                || l4Length < UdpHeader.LENGTH
                || destination != topology.vtepIp()
                || topology.isIpv6Underlay()) {
            return false;
        }
        final int protocol = (int) (second >>> 48) & 0xFF;
        final int peerIp = (int) second;
        final long word = Words.getNetLong(at + OUTER);
        if (protocol == IpProtocol.UDP) {
            final int udpLength = (int) (word >>> 16) & SHORT;
            final long vxlan = Words.getNetLong(at + OUTER + UdpHeader.LENGTH);
            if (((int) (word >>> 32) & SHORT) != VxlanHeader.PORT
                    || udpLength > l4Length
                    || udpLength < UdpHeader.LENGTH + VxlanHeader.LENGTH
                    || (vxlan & VNI_FLAG) == 0
                    || ((word & SHORT) != 0 && !isSound(arrival, peerIp, destination, udpLength))) {
                return false;
            }
            key.tunnel = FlowKey.tunnel(peerIp, (int) vxlan >>> 8);
            final int headers = UdpHeader.LENGTH + VxlanHeader.LENGTH;
            return readInner(arrival, key, at + OUTER + headers, udpLength - headers, arrival.ingressId() | VXLAN_BITS);
        }
        if (protocol != IpProtocol.GRE || (int) (word >>> 32) != GRE_KEYED) {
            return false;
        }
        key.tunnel = FlowKey.tunnel(peerIp, (int) word);
        return readInner(
                arrival,
                key,
                at + OUTER + GreHeader.KEYED_LENGTH,
                l4Length - GreHeader.KEYED_LENGTH,
                arrival.ingressId() | GRE_BITS);
    }

    /** Is the checksum of an outer UDP header, which may be absent over IPv4 (RFC 7348 §5), right or vouched for? */
    private boolean isSound(final Arrival arrival, final int source, final int destination, final int length) {
        if (arrival.isVouchedFor()) {
            return true;
        }
        view.wrap(arrival.at(), arrival.length());
        return UdpHeader.checkChecksum(
                        view, OUTER, InternetChecksum.pseudoHeader(source, destination, IpProtocol.UDP, length))
                == DecodeFault.NONE;
    }

    /** Is it the header, without options and right, of a packet that is no fragment? */
    private static boolean isWhole(final long first, final long second, final int third) {
        long sum = (first >>> 32) + (first & LOW_32) + (second >>> 32) + (second & LOW_32) + (third & LOW_32);
        sum = (sum >>> 32) + (sum & LOW_32);
        sum = (sum >>> 16) + (sum & SHORT);
        sum = (sum >>> 16) + (sum & SHORT);
        sum = (sum >>> 16) + (sum & SHORT);
        return sum == SHORT && (first & FRAGMENT_MASK) == 0 && first >>> 56 == PLAIN;
    }

    /** {@code at}: where the Ethernet header is; {@code length}: of the frame from there; {@code origin}: attachment id, and how it was wrapped. */
    private static boolean readInner(
            final Arrival arrival, final FlowKey key, final long at, final int length, final int origin) {
        if (length < LEAST) {
            return false;
        }
        final long next = Words.getNetLong(at + 8); // last of the source MAC, ether type, what follows
        if (((int) next >>> 8) != IPV4) {
            return readTagged(arrival, key, at, length, origin);
        }
        key.macs = Words.getNetLong(at);
        return readPacket(
                arrival, key, at + EthernetHeader.LENGTH, length - EthernetHeader.LENGTH, next, NO_TAG, origin);
    }

    /** Tags name networks on wires; those in tunnels, and of guests, are none of our business. */
    private static boolean readTagged(
            final Arrival arrival, final FlowKey key, final long at, final int length, final int origin) {
        final long next = Words.getNetLong(at + 8);
        if (!arrival.isFromPhysical()
                || (int) next >>> 16 != EtherType.VLAN
                || length < LEAST + VlanTag.LENGTH
                || Words.getNetShort(at + EthernetHeader.LENGTH + 2) != EtherType.IPV4) {
            return false;
        }
        key.macs = Words.getNetLong(at);
        final int headers = EthernetHeader.LENGTH + VlanTag.LENGTH;
        final long tag = FlowKey.kind((int) next & VLAN_ID, 0, 0);
        return readPacket(arrival, key, at + headers, length - headers, next, tag, origin);
    }

    private static boolean readPacket(
            final Arrival arrival,
            final FlowKey key,
            final long at,
            final int length,
            final long sourceMac,
            final long tag,
            final int origin) {
        final long first = Words.getNetLong(at);
        final long second = Words.getNetLong(at + 8);
        final int destination = Words.getNetInt(at + 16);
        final int packetLength = (int) (first >>> 32) & SHORT;
        if (!isWhole(first, second, destination) || packetLength > length) {
            return false;
        }
        key.packet = at;
        key.length = length;
        key.packetLength = packetLength;
        key.ttlWord = second;
        key.addresses = second << 32 | (destination & LOW_32);
        final int protocol = (int) (second >>> 48) & 0xFF;
        key.kind = (sourceMac & ~LOW_32) | tag | protocol << 8;
        if (protocol == IpProtocol.UDP) {
            final long word = Words.getNetLong(at + Ipv4Header.MIN_LENGTH);
            final int udpLength = (int) (word >>> 16) & SHORT;
            key.ports = (word & ~LOW_32) | (origin & LOW_32);
            return udpLength >= UdpHeader.LENGTH
                    && udpLength <= packetLength - Ipv4Header.MIN_LENGTH
                    && (arrival.checksumStart() == 0 || isLeft(arrival, key, UdpHeader.CHECKSUM_OFFSET));
        }
        return readOther(arrival, key, protocol, packetLength - Ipv4Header.MIN_LENGTH, origin);
    }

    private static boolean readOther(
            final Arrival arrival, final FlowKey key, final int protocol, final int length, final int origin) {
        final long at = key.packet + Ipv4Header.MIN_LENGTH;
        if (protocol == IpProtocol.TCP) {
            if (length < TcpHeader.MIN_LENGTH) {
                return false;
            }
            key.ports = FlowKey.ports(Words.getNetInt(at), origin);
            final int headerLength = (Words.getByte(at + DATA_OFFSET) & 0xF0) >>> 2;
            return headerLength >= TcpHeader.MIN_LENGTH
                    && headerLength <= length
                    && (arrival.checksumStart() == 0 || isLeft(arrival, key, TcpHeader.CHECKSUM_OFFSET));
        }
        if (arrival.checksumStart() != 0) {
            return false;
        }
        if (protocol == IpProtocol.ICMP) {
            if (length < IcmpHeader.LENGTH) {
                return false;
            }
            final int type = Words.getByte(at);
            final int identifier = Words.getNetShort(at + 4);
            key.kind |= type;
            key.ports = FlowKey.ports(identifier << 16 | identifier, origin);
            return IcmpHeader.isEcho(type);
        }
        key.ports = FlowKey.ports(0, origin);
        return protocol != IpProtocol.SCTP && length >= 0;
    }

    /** Is what is left to be done the packet's own checksum? The device completes all up to the end: padding is left behind. */
    private static boolean isLeft(final Arrival arrival, final FlowKey key, final int checksumOffset) {
        key.length = key.packetLength;
        return arrival.at() + arrival.checksumStart() == key.packet + Ipv4Header.MIN_LENGTH
                && arrival.checksumOffset() == checksumOffset;
    }
}
