package org.dvr.codec.ip;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.dvr.codec.DecodeFault;

/**
 * An IPv4 header read whole, in three loads, and judged with the same words (RFC 791 §3.1). For the packet path: every load from a buffer costs what
 * several instructions do, and {@link Ipv4Header} loads once for each field.
 *
 * <pre>
 *   first   | version, length | TOS | total length | id | flags, fragment offset |
 *   second  | TTL | protocol | checksum | source |
 *   third   | destination |
 * </pre>
 *
 * Owned by one worker. Values are those of the last {@link #read} that found no fault; it is not changed when the buffer is.
 */
public final class Ipv4Words {
    private static final int PLAIN = 0x45; // version 4, no options
    private static final long LOW_32 = 0xFFFF_FFFFL;

    private long first;
    private long second;
    private int third;

    /**
     * Reads a header and judges what {@link Ipv4Header#check} judges.
     *
     * @param buffer what holds the packet
     * @param offset of the header
     * @param length bytes available from the offset; more than the total length is padding
     * @return {@link DecodeFault#NONE} or the first fault found
     */
    public DecodeFault read(final DirectBuffer buffer, final int offset, final int length) {
        if (length < Ipv4Header.MIN_LENGTH) {
            return DecodeFault.IPV4_TRUNCATED;
        }
        first = buffer.getLong(offset, BIG_ENDIAN);
        second = buffer.getLong(offset + 8, BIG_ENDIAN);
        third = buffer.getInt(offset + 16, BIG_ENDIAN);
        if (first >>> 56 != PLAIN) {
            return Ipv4Header.check(buffer, offset, length); // options, or a fault
        }
        final int totalLength = totalLength();
        if (totalLength < Ipv4Header.MIN_LENGTH || totalLength > length) {
            return DecodeFault.IPV4_TOTAL_LENGTH;
        }
        // RFC 1071 §2 (B): 32-bit halves may be added as well, if all carries are folded in the end.
        long sum = (first >>> 32) + (first & LOW_32) + (second >>> 32) + (second & LOW_32) + (third & LOW_32);
        sum = (sum >>> 32) + (sum & LOW_32);
        sum = (sum >>> 16) + (sum & 0xFFFF);
        sum = (sum >>> 16) + (sum & 0xFFFF);
        sum = (sum >>> 16) + (sum & 0xFFFF);
        return sum == 0xFFFF ? DecodeFault.NONE : DecodeFault.IPV4_CHECKSUM;
    }

    /** {@return header and options in bytes, 20 to 60} */
    public int headerLength() {
        return (int) (first >>> 54) & 0x3C;
    }

    /** {@return type of service, 0 to 255} */
    public int tos() {
        return (int) (first >>> 48) & 0xFF;
    }

    /** {@return header and payload in bytes} */
    public int totalLength() {
        return (int) (first >>> 32) & 0xFFFF;
    }

    /** {@return flags and fragment offset, 16 bits} */
    public int rawFragment() {
        return (int) first & 0xFFFF;
    }

    /** {@return time to live, 0 to 255} */
    public int ttl() {
        return (int) (second >>> 56);
    }

    /** {@return protocol of the payload, 0 to 255} */
    public int protocol() {
        return (int) (second >>> 48) & 0xFF;
    }

    /** {@return source address} */
    public int source() {
        return (int) second;
    }

    /** {@return destination address} */
    public int destination() {
        return third;
    }
}
