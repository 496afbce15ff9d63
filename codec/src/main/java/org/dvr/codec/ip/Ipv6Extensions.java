package org.dvr.codec.ip;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.dvr.codec.DecodeFault;

/**
 * Walks from an IPv6 header over its extension headers to the transport (RFC 8200 §4).
 * <pre>
 *  hop-by-hop, routing, destination options:   | next header | length in 8 bytes - 1 | ... |
 *  fragment (8 bytes):   | next header | reserved | offset (13) |00|M| identification (32) |
 *  authentication:       | next header | length in 4 bytes - 2 | ... |
 * </pre>
 * The results are those of the last {@link #walk}; after a fault they mean nothing. Behind the header of a fragment other
 * than the first nothing is walked: what is there is payload. Owned by one worker.
 */
public final class Ipv6Extensions {
    /** The most extension headers that are walked before the chain is called a fault. */
    public static final int LIMIT = 8;

    private static final int UNIT = 8;
    private static final int FRAGMENT_FIELD_OFFSET = 2;
    private static final int FRAGMENT_ID_OFFSET = 4;
    private static final int FRAGMENT_OFFSET_MASK = 0xFFF8;

    private int protocol;
    private int transportOffset;
    private int transportLength;
    private int rawFragment;
    private int fragmentId;
    private boolean hasFragment;

    /**
     * Walks the chain of a packet that {@link Ipv6Header#check} or {@link Ipv6Header#checkHeader} has passed.
     *
     * @param buffer what holds the packet
     * @param offset of the IPv6 header
     * @param length bytes available from the offset; what is behind the payload length is not looked at
     * @return {@link DecodeFault#NONE}, {@link DecodeFault#IPV6_TRUNCATED}, {@link DecodeFault#IPV6_EXTENSION_TRUNCATED} or
     *     {@link DecodeFault#IPV6_EXTENSION_CHAIN}: more than {@link #LIMIT} headers, two fragment headers, or
     *     hop-by-hop options that do not come first
     */
    public DecodeFault walk(final DirectBuffer buffer, final int offset, final int length) {
        hasFragment = false;
        rawFragment = 0;
        fragmentId = 0;
        if (length < Ipv6Header.LENGTH) {
            return DecodeFault.IPV6_TRUNCATED;
        }
        final int payloadLength = buffer.getShort(offset + 4, BIG_ENDIAN) & 0xFFFF;
        final int end = offset + Math.min(length, Ipv6Header.LENGTH + payloadLength);
        int next = buffer.getByte(offset + 6) & 0xFF;
        int at = offset + Ipv6Header.LENGTH;
        for (int count = 0; isExtension(next) && !isLaterFragment(); count++) {
            if (count == LIMIT || (next == IpProtocol.HOP_BY_HOP && count > 0)) {
                return DecodeFault.IPV6_EXTENSION_CHAIN;
            }
            if (end - at < UNIT) {
                return DecodeFault.IPV6_EXTENSION_TRUNCATED;
            }
            if (next == IpProtocol.FRAGMENT) {
                if (hasFragment) {
                    return DecodeFault.IPV6_EXTENSION_CHAIN;
                }
                hasFragment = true;
                rawFragment = buffer.getShort(at + FRAGMENT_FIELD_OFFSET, BIG_ENDIAN) & 0xFFFF;
                fragmentId = buffer.getInt(at + FRAGMENT_ID_OFFSET, BIG_ENDIAN);
            }
            final int headerLength = headerLength(next, buffer.getByte(at + 1) & 0xFF);
            if (headerLength > end - at) {
                return DecodeFault.IPV6_EXTENSION_TRUNCATED;
            }
            next = buffer.getByte(at) & 0xFF;
            at += headerLength;
        }
        protocol = next;
        transportOffset = at;
        transportLength = end - at;
        return DecodeFault.NONE;
    }

    /** {@return the kind of what follows the last extension header walked, see {@link IpProtocol}} */
    public int protocol() {
        return protocol;
    }

    /** {@return where it begins, counted from the start of the buffer} */
    public int transportOffset() {
        return transportOffset;
    }

    /** {@return the bytes from there to the end of the payload, or of what is available if that is less} */
    public int transportLength() {
        return transportLength;
    }

    /** {@return whether a fragment header was met, an atomic one (RFC 6946) included} */
    public boolean hasFragment() {
        return hasFragment;
    }

    /** {@return where the fragment belongs, 0 to 65,528 bytes; 0 without a fragment header} */
    public int fragmentOffset() {
        return rawFragment & FRAGMENT_OFFSET_MASK;
    }

    /** {@return whether fragments follow this one} */
    public boolean moreFragments() {
        return (rawFragment & 1) != 0;
    }

    /** {@return whether this is a fragment other than the first, so that no transport header follows} */
    public boolean isLaterFragment() {
        return fragmentOffset() != 0;
    }

    /** {@return the 32-bit identification of the fragment header, 0 without one} */
    public int fragmentId() {
        return fragmentId;
    }

    private static boolean isExtension(final int next) {
        return switch (next) {
            case IpProtocol.HOP_BY_HOP,
                    IpProtocol.ROUTING,
                    IpProtocol.FRAGMENT,
                    IpProtocol.DESTINATION_OPTIONS,
                    IpProtocol.AH -> true;
            default -> false;
        };
    }

    private static int headerLength(final int kind, final int lengthField) {
        return switch (kind) {
            case IpProtocol.FRAGMENT -> UNIT;
            // "in 32-bit words (4-byte units), minus 2" (RFC 4302 §2.2); in IPv6 it is a multiple of 8 bytes all the
            // same.
            case IpProtocol.AH -> (lengthField + 2) << 2;
            default -> (lengthField + 1) << 3;
        };
    }
}
