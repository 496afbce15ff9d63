package org.dvr.dataplane.parse;

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
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Tunnel;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.memory.NativeMemory;

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
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int GRE_KEYED = 0x2000 << 16 | EtherType.TRANSPARENT_ETHERNET_BRIDGING;
    private static final int VXLAN_BITS = FlowKey.tunnelBits(Tunnel.VXLAN);
    private static final int GRE_BITS = FlowKey.tunnelBits(Tunnel.GRE);

    /**
     * Reads the key of a frame.
     *
     * @param frame as received; its {@link FlowKey#isRoutine} tells the same afterwards
     * @param topology tells our own tunnel address
     * @return false when it has to be parsed
     */
    public boolean read(final Frame frame, final TopologySnapshot topology) {
        final FlowKey key = frame.flowKey;
        final int length = frame.length();
        if (length > frame.capacity() || frame.trace() != null || frame.offload.isLargeSegment()) {
            return key.isRoutine = false;
        }
        final AttachmentKind kind = frame.ingress().kind();
        final int end = frame.offset() + length;
        return key.isRoutine = kind == AttachmentKind.UNDERLAY
                ? !frame.offload.isPending() && readTunnel(frame, key, topology, end)
                : readInner(frame, key, frame.offset(), end, 0, kind == AttachmentKind.PHYSICAL);
    }

    private boolean readTunnel(final Frame frame, final FlowKey key, final TopologySnapshot topology, final int end) {
        final NativeMemory memory = frame.memory();
        final int offset = frame.offset();
        final int l3Offset = offset + EthernetHeader.LENGTH;
        if (end - offset < OUTER + UdpHeader.LENGTH || topology.isIpv6Underlay()) {
            return false;
        }
        final long first = memory.getNetLong(l3Offset);
        final long second = memory.getNetLong(l3Offset + 8);
        final int destination = memory.getNetInt(l3Offset + 16);
        final int l3Length = (int) (first >>> 32) & SHORT;
        if (memory.getNetShort(offset + 12) != EtherType.IPV4
                || !isWhole(first, second, destination)
                || l3Length > end - l3Offset
                || l3Length < Ipv4Header.MIN_LENGTH + UdpHeader.LENGTH
                || destination != topology.vtepIp()) {
            return false;
        }
        final int l4Offset = offset + OUTER;
        final int protocol = (int) (second >>> 48) & 0xFF;
        final long word = memory.getNetLong(l4Offset);
        final int peerIp = (int) second;
        if (protocol == IpProtocol.UDP) {
            final int l4Length = (int) (word >>> 16) & SHORT;
            if (((int) (word >>> 32) & SHORT) != VxlanHeader.PORT
                    || l4Length > l3Length - Ipv4Header.MIN_LENGTH
                    || l4Length < UdpHeader.LENGTH + VxlanHeader.LENGTH
                    || ((word & SHORT) != 0 && !isSound(frame, l4Offset, peerIp, destination, l4Length))) {
                return false;
            }
            final long vxlan = memory.getNetLong(l4Offset + UdpHeader.LENGTH);
            if ((vxlan >>> 56 & VxlanHeader.VNI_FLAG) == 0) {
                return false;
            }
            key.tunnel = FlowKey.tunnel(peerIp, (int) vxlan >>> 8);
            final int inner = l4Offset + UdpHeader.LENGTH + VxlanHeader.LENGTH;
            return readInner(frame, key, inner, l4Offset + l4Length, VXLAN_BITS, /* mayHaveTag= */ false);
        }
        if (protocol != IpProtocol.GRE || (int) (word >>> 32) != GRE_KEYED) {
            return false;
        }
        key.tunnel = FlowKey.tunnel(peerIp, (int) word);
        final int inner = l4Offset + GreHeader.KEYED_LENGTH;
        return readInner(frame, key, inner, l3Offset + l3Length, GRE_BITS, /* mayHaveTag= */ false);
    }

    /** Is the checksum of an outer UDP header, which may be absent over IPv4 (RFC 7348 §5), right or vouched for? */
    private static boolean isSound(
            final Frame frame, final int l4Offset, final int source, final int destination, final int length) {
        return frame.isVouchedFor()
                || UdpHeader.checkChecksum(
                                frame.buffer(),
                                l4Offset,
                                InternetChecksum.pseudoHeader(source, destination, IpProtocol.UDP, length))
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

    private boolean readInner(
            final Frame frame,
            final FlowKey key,
            final int l2Offset,
            final int end,
            final int tunnelBits,
            final boolean mayHaveTag) {
        if (end - l2Offset < LEAST) {
            return false;
        }
        final NativeMemory memory = frame.memory();
        final long next = memory.getNetLong(l2Offset + 8); // last of the source MAC, ether type, what follows
        int l3Offset = l2Offset + EthernetHeader.LENGTH;
        int vlanId = FlowKey.UNTAGGED;
        if (((int) next >>> 8) != IPV4) {
            if (!mayHaveTag || (int) next >>> 16 != EtherType.VLAN || end - l2Offset < LEAST + VlanTag.LENGTH) {
                return false;
            }
            vlanId = (int) next & VLAN_ID;
            if (memory.getNetShort(l3Offset + 2) != EtherType.IPV4) {
                return false;
            }
            l3Offset += VlanTag.LENGTH;
        }
        final long first = memory.getNetLong(l3Offset);
        final long second = memory.getNetLong(l3Offset + 8);
        final int destination = memory.getNetInt(l3Offset + 16);
        final int packetLength = (int) (first >>> 32) & SHORT;
        if (!isWhole(first, second, destination) || packetLength > end - l3Offset) {
            return false;
        }
        final int protocol = (int) (second >>> 48) & 0xFF;
        final int l4Offset = l3Offset + Ipv4Header.MIN_LENGTH;
        final int l4Length = packetLength - Ipv4Header.MIN_LENGTH;
        int ports = 0;
        int icmpType = 0;
        if (protocol == IpProtocol.UDP) {
            if (l4Length < UdpHeader.LENGTH) {
                return false;
            }
            final long word = memory.getNetLong(l4Offset);
            final int length = (int) (word >>> 16) & SHORT;
            if (length < UdpHeader.LENGTH || length > l4Length) {
                return false;
            }
            ports = (int) (word >>> 32);
        } else if (protocol == IpProtocol.TCP) {
            if (l4Length < TcpHeader.MIN_LENGTH) {
                return false;
            }
            final int headerLength = (memory.getByte(l4Offset + DATA_OFFSET) & 0xF0) >>> 2;
            if (headerLength < TcpHeader.MIN_LENGTH || headerLength > l4Length) {
                return false;
            }
            ports = memory.getNetInt(l4Offset);
        } else if (protocol == IpProtocol.ICMP) {
            if (l4Length < IcmpHeader.LENGTH) {
                return false;
            }
            icmpType = memory.getByte(l4Offset);
            if (!IcmpHeader.isEcho(icmpType)) {
                return false;
            }
            final int identifier = memory.getNetShort(l4Offset + 4);
            ports = identifier << 16 | identifier;
        } else if (protocol == IpProtocol.SCTP || l4Length < 0) {
            return false;
        }
        key.end = end;
        if (frame.offload.isPending()) {
            if (frame.offload.checksumAt != l4Offset || frame.offload.checksumOffset != checksumOffset(protocol)) {
                return false;
            }
            key.end = l3Offset + packetLength; // the device completes all up to the end: padding is no part of that
        }
        key.macs = memory.getNetLong(l2Offset);
        key.kind = (next & ~LOW_32) | FlowKey.kind(vlanId, protocol, icmpType);
        key.addresses = second << 32 | (destination & LOW_32);
        key.ports = FlowKey.ports(ports, frame.ingress().id() | tunnelBits);
        if (tunnelBits == 0) {
            key.tunnel = 0;
        }
        key.l3Offset = l3Offset;
        key.packetLength = packetLength;
        key.ttlWord = second;
        return true;
    }

    /** Where the checksum of a protocol stands; of others none can be left to be completed here. */
    private static int checksumOffset(final int protocol) {
        return protocol == IpProtocol.TCP ? TCP_CHECKSUM : protocol == IpProtocol.UDP ? UDP_CHECKSUM : -1;
    }
}
