package org.dvr.dataplane.write;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Verdict;

/**
 * Applies TTL and translation to an IPv4 packet in place. Checksums are updated by what changed (RFC 1624), so a packet that was corrupted
 * before stays recognizably so.
 */
final class PacketRewriter {
    private static final int IPV4_TTL = 8;
    private static final int IPV4_DESTINATION = 16;
    private static final int IPV6_HOP_LIMIT = 7;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int ICMP_CHECKSUM = 2;
    private static final int ICMP_IDENTIFIER = 4;

    private PacketRewriter() {}

    static void apply(final Frame frame) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        if (verdict.ttlCost == 0 && !verdict.isTranslated) {
            return;
        }
        if (facts.etherType != EtherType.IPV4) {
            if (facts.etherType == EtherType.IPV6) {
                frame.buffer().putByte(facts.l3Offset + IPV6_HOP_LIMIT, (byte) (facts.ttl - verdict.ttlCost));
            }
            return;
        }
        // TTL, protocol, checksum and source are one word: read once, written once.
        final MutableDirectBuffer buffer = frame.buffer();
        final int offset = facts.l3Offset;
        final long word = buffer.getLong(offset + IPV4_TTL, BIG_ENDIAN);
        final int old = (int) (word >>> 48);
        final int changed = old - (verdict.ttlCost << 8);
        long delta = (~old & 0xFFFF) + (long) changed;
        if (verdict.isTranslated) {
            final long addressDelta = InternetChecksum.longDelta32(facts.source, verdict.source)
                    + InternetChecksum.longDelta32(facts.destination, verdict.destination);
            buffer.putInt(offset + IPV4_DESTINATION, verdict.destination, BIG_ENDIAN);
            if (!facts.isLaterFragment()) { // in these no transport header follows
                translateTransport(buffer, facts, verdict, addressDelta, isPartial(frame));
            }
            delta += addressDelta;
        }
        final int checksum = InternetChecksum.update((int) (word >>> 32) & 0xFFFF, delta);
        final long head = ((long) changed << 48) | ((long) checksum << 32);
        buffer.putLong(offset + IPV4_TTL, head | (verdict.source & 0xFFFF_FFFFL), BIG_ENDIAN);
    }

    /** Is its own transport checksum left to a device? That of a packet within its payload, a tunnel of guests, does not concern us. */
    private static boolean isPartial(final Frame frame) {
        return frame.offload.checksumAt == frame.facts.l4Offset;
    }

    /** The field holds the sum of the pseudo header, not complemented: addresses count, ports do not, and zero is a sum like any other. */
    private static void updatePartial(final MutableDirectBuffer buffer, final int at, final long addressDelta) {
        final int old = buffer.getShort(at, BIG_ENDIAN) & 0xFFFF;
        buffer.putShort(at, (short) ~InternetChecksum.update(~old & 0xFFFF, addressDelta), BIG_ENDIAN);
    }

    private static void translateTransport(
            final MutableDirectBuffer buffer,
            final Facts facts,
            final Verdict verdict,
            final long addressDelta,
            final boolean isPartial) {
        final int offset = facts.l4Offset;
        switch (facts.protocol) {
            case IpProtocol.TCP -> {
                final long delta = addressDelta + writePorts(buffer, facts, verdict);
                if (isPartial) {
                    updatePartial(buffer, offset + TCP_CHECKSUM, addressDelta);
                    return;
                }
                final int old = buffer.getShort(offset + TCP_CHECKSUM, BIG_ENDIAN) & 0xFFFF;
                buffer.putShort(offset + TCP_CHECKSUM, (short) InternetChecksum.update(old, delta), BIG_ENDIAN);
            }
            case IpProtocol.UDP -> {
                final long delta = addressDelta + writePorts(buffer, facts, verdict);
                if (isPartial) {
                    updatePartial(buffer, offset + UDP_CHECKSUM, addressDelta);
                    return;
                }
                final int old = buffer.getShort(offset + UDP_CHECKSUM, BIG_ENDIAN) & 0xFFFF;
                if (old != 0) { // zero means "no checksum" and stays so (RFC 768)
                    buffer.putShort(
                            offset + UDP_CHECKSUM,
                            (short) InternetChecksum.asSentByUdp(InternetChecksum.update(old, delta)),
                            BIG_ENDIAN);
                }
            }
            case IpProtocol.ICMP -> {
                if (facts.isIcmpError()) {
                    if (facts.quoteFault == null) { // else it was routed, and nothing is known of the quote
                        QuoteRewriter.apply(buffer, facts, verdict);
                    }
                    return;
                }
                // An identifier has one direction: the port that is ours (the other equals it).
                final int identifier =
                        verdict.sourcePort != facts.sourcePort ? verdict.sourcePort : verdict.destinationPort;
                if (identifier != facts.sourcePort) {
                    final int old = buffer.getShort(offset + ICMP_CHECKSUM, BIG_ENDIAN) & 0xFFFF;
                    buffer.putShort(offset + ICMP_IDENTIFIER, (short) identifier, BIG_ENDIAN);
                    buffer.putShort(
                            offset + ICMP_CHECKSUM,
                            (short) InternetChecksum.replace16(old, facts.sourcePort, identifier),
                            BIG_ENDIAN);
                }
            }
            default -> {
                // No ports, and no checksum over addresses that we know of.
            }
        }
    }

    private static long writePorts(final MutableDirectBuffer buffer, final Facts facts, final Verdict verdict) {
        final int old = (facts.sourcePort << 16) | facts.destinationPort;
        final int changed = (verdict.sourcePort << 16) | verdict.destinationPort;
        buffer.putInt(facts.l4Offset, changed, BIG_ENDIAN);
        return InternetChecksum.longDelta32(old, changed);
    }
}
