package org.dvr.dataplane.write;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Verdict;

/**
 * Applies a translation to the packet that an ICMP error quotes, in place: addresses, ports or identifier, the quoted header checksum, the
 * quoted transport checksum where the quote reaches that far, and the checksum of the error, which covers all of it (RFC 5508 REQ-4, REQ-5).
 * All are updated by what changed, so that what was wrong in the quoted transport stays so. A checksum of which only one half is quoted
 * says nothing and stays.
 */
final class QuoteRewriter {
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV4_SOURCE = 12;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int ICMP_CHECKSUM = 2;
    private static final int ICMP_IDENTIFIER = 4;
    /** Nothing behind this many bytes of a quote is changed; even, since sums of parts must begin at even places. */
    private static final int REACH = Ipv4Header.MAX_LENGTH + TcpHeader.MIN_LENGTH;

    private QuoteRewriter() {}

    static void apply(final MutableDirectBuffer buffer, final Facts facts, final Verdict verdict) {
        final int offset = facts.quotedL3Offset;
        final int reach = Math.min(facts.quotedLength, REACH);
        final int sumBefore = InternetChecksum.sum(buffer, offset, reach, 0);
        final long addressDelta = InternetChecksum.longDelta32(facts.quotedSource, verdict.quotedSource)
                + InternetChecksum.longDelta32(facts.quotedDestination, verdict.quotedDestination);
        update(buffer, offset + IPV4_CHECKSUM, addressDelta);
        final long addresses = ((long) verdict.quotedSource << 32) | (verdict.quotedDestination & 0xFFFF_FFFFL);
        buffer.putLong(offset + IPV4_SOURCE, addresses, BIG_ENDIAN);
        translateTransport(buffer, facts, verdict, addressDelta);
        final int sumAfter = InternetChecksum.sum(buffer, offset, reach, 0);
        update(buffer, facts.l4Offset + ICMP_CHECKSUM, InternetChecksum.delta16(sumBefore, sumAfter));
    }

    private static void translateTransport(
            final MutableDirectBuffer buffer, final Facts facts, final Verdict verdict, final long addressDelta) {
        final int offset = facts.quotedL4Offset;
        final int length = facts.quotedL3Offset + facts.quotedLength - offset;
        switch (facts.quotedProtocol) {
            case IpProtocol.TCP -> {
                final long delta = addressDelta + writePorts(buffer, facts, verdict);
                if (length >= TCP_CHECKSUM + Short.BYTES) {
                    update(buffer, offset + TCP_CHECKSUM, delta);
                }
            }
            case IpProtocol.UDP -> {
                final long delta = addressDelta + writePorts(buffer, facts, verdict);
                if (length >= UDP_CHECKSUM + Short.BYTES) {
                    updateUdp(buffer, offset + UDP_CHECKSUM, delta);
                }
            }
            case IpProtocol.ICMP -> {
                final int identifier = verdict.quotedSourcePort; // both ports are the identifier
                if (identifier != facts.quotedSourcePort) {
                    buffer.putShort(offset + ICMP_IDENTIFIER, (short) identifier, BIG_ENDIAN);
                    update(
                            buffer,
                            offset + ICMP_CHECKSUM,
                            InternetChecksum.delta16(facts.quotedSourcePort, identifier));
                }
            }
            default -> {
                // No ports, and no checksum over addresses that we know of.
            }
        }
    }

    private static long writePorts(final MutableDirectBuffer buffer, final Facts facts, final Verdict verdict) {
        final int old = (facts.quotedSourcePort << 16) | facts.quotedDestinationPort;
        final int changed = (verdict.quotedSourcePort << 16) | verdict.quotedDestinationPort;
        buffer.putInt(facts.quotedL4Offset, changed, BIG_ENDIAN);
        return InternetChecksum.longDelta32(old, changed);
    }

    private static void update(final MutableDirectBuffer buffer, final int at, final long delta) {
        final int old = buffer.getShort(at, BIG_ENDIAN) & 0xFFFF;
        buffer.putShort(at, (short) InternetChecksum.update(old, delta), BIG_ENDIAN);
    }

    private static void updateUdp(final MutableDirectBuffer buffer, final int at, final long delta) {
        final int old = buffer.getShort(at, BIG_ENDIAN) & 0xFFFF;
        if (old != 0) { // zero means "no checksum" and stays so (RFC 768)
            final int changed = InternetChecksum.asSentByUdp(InternetChecksum.update(old, delta));
            buffer.putShort(at, (short) changed, BIG_ENDIAN);
        }
    }
}
