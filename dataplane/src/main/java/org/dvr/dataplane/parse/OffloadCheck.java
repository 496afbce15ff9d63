package org.dvr.dataplane.parse;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.frame.Tunnel;

/**
 * Judges what a sender has left to be done to a frame. Guests say it, so nothing of it is believed: whoever completes a checksum writes where they point to,
 * which must not be an address or a port that was looked at before; whoever cuts a segment makes as many packets as they like.
 *
 * <p>The place of the checksum is either that of the packet's own transport, or within the payload of a protocol that may carry other packets: guests have
 * tunnels of their own. A large segment must be the packet itself.
 */
final class OffloadCheck {
    /** Ethernet, a tag, IP and TCP headers with all options they can have, and then some for IPv6 extension headers. */
    static final int MAX_HEADERS = 256;

    /** 64 KiB in packets of the least size that TCP cuts to, 48 bytes less its options (Linux: TCP_MIN_SND_MSS). */
    static final int MAX_SEGMENTS = 2_048;

    private static final int TCP_CHECKSUM = 16;
    private static final int TCP_DATA_OFFSET = 12;
    private static final int UDP_CHECKSUM = 6;

    private OffloadCheck() {}

    /**
     * Judges, forgets what is of no use to us, has padding end the frame no later than the packet, and notes the size of the packets on a wire.
     *
     * @param frame parsed, with something left to be done
     * @return false when that makes no sense
     */
    static boolean settle(final Frame frame) {
        final Facts facts = frame.facts;
        final Offload offload = frame.offload;
        final boolean isLarge = offload.isLargeSegment();
        if (facts.tunnel != Tunnel.NONE && !isLarge && offload.checksumAt < facts.l2Offset) {
            offload.clear(); // that of the outer UDP header, which is gone: the inner packet is complete
            return true;
        }
        if (facts.etherType != EtherType.IPV4 && facts.etherType != EtherType.IPV6) {
            return facts.etherType != EtherType.ARP && !isLarge && isWithin(frame); // bridged by its MACs
        }
        if (facts.ipFault != DecodeFault.NONE || facts.isFragment || !isPlaceOfChecksum(facts, offload)) {
            return false;
        }
        frame.truncate(facts.l3Offset + facts.packetLength - frame.offset());
        return isWithin(frame) && (!isLarge || settleLarge(frame));
    }

    private static boolean isWithin(final Frame frame) {
        final Offload offload = frame.offload;
        final int behind = frame.offset() + frame.length() - offload.checksumAt;
        final int width = offload.checksumOffset == Offload.CRC32C ? Integer.BYTES : Short.BYTES;
        return offload.checksumAt >= frame.facts.l3Offset
                && offload.checksumOffset >= 0
                && (offload.checksumOffset & 1) == 0
                && offload.checksumOffset <= behind - width;
    }

    private static boolean isPlaceOfChecksum(final Facts facts, final Offload offload) {
        final int into = offload.checksumAt - facts.l4Offset;
        final int at = offload.checksumOffset;
        return switch (facts.protocol) {
            case IpProtocol.TCP -> into == 0 && at == TCP_CHECKSUM && facts.transportFault == DecodeFault.NONE;
            case IpProtocol.UDP ->
                ((into == 0 && at == UDP_CHECKSUM) || into >= UdpHeader.LENGTH)
                        && facts.transportFault == DecodeFault.NONE;
            case IpProtocol.SCTP -> into == 0 && at == Offload.CRC32C;
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> false;
            default -> into >= 0;
        };
    }

    private static boolean settleLarge(final Frame frame) {
        final Facts facts = frame.facts;
        final Offload offload = frame.offload;
        if (offload.checksumAt != facts.l4Offset || !isOfKind(facts, offload.kind()) || offload.segmentSize <= 0) {
            return false;
        }
        final boolean isTcp = facts.protocol == IpProtocol.TCP;
        final int headerLength =
                isTcp ? (frame.buffer().getByte(facts.l4Offset + TCP_DATA_OFFSET) & 0xF0) >>> 2 : UdpHeader.LENGTH;
        final int payloadOffset = facts.l4Offset + headerLength;
        final int payloadLength = facts.l3Offset + facts.packetLength - payloadOffset;
        if (payloadLength <= offload.segmentSize) { // one packet already, as Linux has it
            offload.segmentKind = Offload.WHOLE;
            offload.segmentSize = 0;
            return true;
        }
        facts.wireLength = payloadOffset - facts.l3Offset + offload.segmentSize;
        return payloadOffset - frame.offset() <= MAX_HEADERS
                && payloadLength <= (long) offload.segmentSize * MAX_SEGMENTS
                && (isTcp || UdpHeader.LENGTH + payloadLength == udpLength(frame));
    }

    private static boolean isOfKind(final Facts facts, final int kind) {
        return switch (kind) {
            case Offload.TCP4 -> facts.etherType == EtherType.IPV4 && facts.protocol == IpProtocol.TCP;
            case Offload.TCP6 -> facts.etherType == EtherType.IPV6 && facts.protocol == IpProtocol.TCP;
            case Offload.UDP -> facts.protocol == IpProtocol.UDP;
            default -> false;
        };
    }

    private static int udpLength(final Frame frame) {
        return frame.buffer().getShort(frame.facts.l4Offset + 4, BIG_ENDIAN) & 0xFFFF;
    }
}
