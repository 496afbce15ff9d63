package org.dvr.dataplane.parse;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;

/**
 * Reads the packet that an ICMP error quotes behind its header: the IPv4 header, and of what follows at least 64 bits (RFC 792), often more (RFC 1812
 * §4.3.2.3).
 *
 * <p>A fault here is for translation only: whoever bridges or merely routes an error does not look into it. Checksums of the error and of the quoted
 * IPv4 header must be right, options in the quote are stepped over, and the checksum of the quoted transport is not looked at, since it may
 * cover what is not there (RFC 5508 REQ-3).
 */
final class QuoteParser {
    private static final int TOTAL_LENGTH_OFFSET = 2;
    private static final int FRAGMENT_OFFSET = 6;
    private static final int FRAGMENT_OFFSET_MASK = 0x1FFF;
    private static final int PROTOCOL_OFFSET = 9;
    private static final int SOURCE_OFFSET = 12;
    private static final int DESTINATION_OFFSET = 16;
    private static final int IDENTIFIER_OFFSET = 4;
    private static final int PORTS_LENGTH = 4;

    private QuoteParser() {}

    /**
     * Reads a quote.
     *
     * @param buffer what holds the frame
     * @param facts of the frame, up to its ICMP type; receives the quote
     * @param length of the ICMP message, header included, {@link IcmpHeader#LENGTH} or more
     */
    static void read(final DirectBuffer buffer, final Facts facts, final int length) {
        facts.quotedL3Offset = facts.l4Offset + IcmpHeader.LENGTH;
        facts.quoteFault = IcmpHeader.check(buffer, facts.l4Offset, length) == DecodeFault.NONE
                ? readHeader(buffer, facts, length - IcmpHeader.LENGTH)
                : DropReason.ICMP_CHECKSUM;
    }

    private static DropReason readHeader(final DirectBuffer buffer, final Facts facts, final int available) {
        final int offset = facts.quotedL3Offset;
        final DecodeFault fault = Ipv4Header.checkHeader(buffer, offset, available);
        if (fault != DecodeFault.NONE) {
            return fault == DecodeFault.IPV4_TRUNCATED
                    ? DropReason.ICMP_QUOTE_TRUNCATED
                    : DropReason.ICMP_QUOTE_MALFORMED;
        }
        final int headerLength = (buffer.getByte(offset) & 0xF) << 2;
        if (InternetChecksum.compute(buffer, offset, headerLength) != 0) {
            return DropReason.ICMP_QUOTE_CHECKSUM;
        }
        final int totalLength = buffer.getShort(offset + TOTAL_LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
        if (totalLength < headerLength) {
            return DropReason.ICMP_QUOTE_MALFORMED;
        }
        if ((buffer.getShort(offset + FRAGMENT_OFFSET, BIG_ENDIAN) & FRAGMENT_OFFSET_MASK) != 0) {
            return DropReason.ICMP_QUOTE_FRAGMENT;
        }
        facts.quotedL4Offset = offset + headerLength;
        facts.quotedLength = Math.min(totalLength, available);
        facts.quotedSource = buffer.getInt(offset + SOURCE_OFFSET, BIG_ENDIAN);
        facts.quotedDestination = buffer.getInt(offset + DESTINATION_OFFSET, BIG_ENDIAN);
        facts.quotedProtocol = buffer.getByte(offset + PROTOCOL_OFFSET) & 0xFF;
        return readTransport(buffer, facts, facts.quotedLength - headerLength);
    }

    private static DropReason readTransport(final DirectBuffer buffer, final Facts facts, final int length) {
        final int offset = facts.quotedL4Offset;
        facts.quotedSourcePort = 0;
        facts.quotedDestinationPort = 0;
        switch (facts.quotedProtocol) {
            case IpProtocol.TCP, IpProtocol.UDP -> {
                if (length < PORTS_LENGTH) {
                    return DropReason.ICMP_QUOTE_TRUNCATED;
                }
                final int ports = buffer.getInt(offset, BIG_ENDIAN);
                facts.quotedSourcePort = ports >>> 16;
                facts.quotedDestinationPort = ports & 0xFFFF;
            }
            case IpProtocol.ICMP -> {
                if (length < IcmpHeader.LENGTH) {
                    return DropReason.ICMP_QUOTE_TRUNCATED;
                }
                final int type = buffer.getByte(offset) & 0xFF;
                if (IcmpHeader.isError(type)) {
                    return DropReason.ICMP_ERROR_ABOUT_ERROR; // nobody may send it (RFC 1812 §4.3.2.7)
                }
                if (IcmpHeader.isEcho(type)) {
                    final int identifier = buffer.getShort(offset + IDENTIFIER_OFFSET, BIG_ENDIAN) & 0xFFFF;
                    facts.quotedSourcePort = identifier;
                    facts.quotedDestinationPort = identifier;
                }
            }
            default -> {
                // Connections of other protocols are told apart by their addresses alone.
            }
        }
        return null;
    }
}
