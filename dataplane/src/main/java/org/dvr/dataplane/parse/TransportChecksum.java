package org.dvr.dataplane.parse;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;

/**
 * Verifies the transport checksum of a received packet, for those who ask: it takes a pass over the whole payload, so that parsing leaves it out.
 *
 * <p>Address translation asks before a packet opens a connection or changes one. It does not ask for the packets in between: their checksum is updated by
 * what the translation changes, hence stays exactly as wrong as it was, and the receiver drops them.
 */
public final class TransportChecksum {
    private static final int UDP_LENGTH = 4;

    private TransportChecksum() {}

    /**
     * Verifies it over the bytes as they arrived, with the addresses that they arrived with.
     *
     * @param frame an IPv4 packet without transport fault, not yet written to
     * @return why the packet is not sound; null where it is, where it has no checksum (UDP may go without, other protocols than TCP, UDP and ICMP are not
     *     looked at), where none can be verified (a fragment), and where its port vouches for it
     */
    public static DropReason fault(final Frame frame) {
        final Facts facts = frame.facts;
        if (facts.isFragment || facts.transportFault != DecodeFault.NONE || frame.isVouchedFor()) {
            return null;
        }
        final DirectBuffer buffer = frame.buffer();
        final int offset = facts.l4Offset;
        final int length = facts.packetLength - (offset - facts.l3Offset);
        return switch (facts.protocol) {
            case IpProtocol.TCP ->
                unless(isRight(buffer, offset, length, pseudoHeader(facts, length)), DropReason.TCP_CHECKSUM);
            case IpProtocol.UDP -> {
                final int udpLength = buffer.getShort(offset + UDP_LENGTH, BIG_ENDIAN) & 0xFFFF;
                final DecodeFault fault = UdpHeader.checkChecksum(buffer, offset, pseudoHeader(facts, udpLength));
                yield unless(fault == DecodeFault.NONE, DropReason.UDP_CHECKSUM);
            }
            case IpProtocol.ICMP -> unless(isRight(buffer, offset, length, 0), DropReason.ICMP_CHECKSUM);
            default -> null;
        };
    }

    private static DropReason unless(final boolean isRight, final DropReason reason) {
        return isRight ? null : reason;
    }

    private static int pseudoHeader(final Facts facts, final int length) {
        return InternetChecksum.pseudoHeader(facts.source, facts.destination, facts.protocol, length);
    }

    private static boolean isRight(final DirectBuffer buffer, final int offset, final int length, final int initial) {
        return InternetChecksum.fold(InternetChecksum.sum(buffer, offset, length, initial)) == 0;
    }
}
