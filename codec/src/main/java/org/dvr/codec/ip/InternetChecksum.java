package org.dvr.codec.ip;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/**
 * The ones' complement checksum of IPv4, ICMP, TCP, UDP and GRE (RFC 1071), and its incremental update (RFC 1624).
 *
 * <p>A <em>sum</em> is a ones' complement sum in an unsigned {@code int}, not complemented; sums of parts may be added with
 * {@link #add} in any order as long as every part but the last has an even length. A <em>checksum</em> is what stands
 * in a header: 16 bits, complemented. A <em>delta</em> is the sum of what goes out (complemented) and what comes in:
 * one delta serves every checksum that covers the same change.
 */
public final class InternetChecksum {
    private static final int MASK = 0xFFFF;

    private InternetChecksum() {}

    /**
     * Sums a range, padding an odd last byte with zero.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @param length bytes, 0 or more
     * @param initial sum to add to, unsigned
     * @return sum, folded to 0 to 65,535; it is 0 only if every byte and the initial sum are
     */
    public static int sum(final DirectBuffer buffer, final int offset, final int length, final int initial) {
        long sum = initial & 0xFFFF_FFFFL;
        int i = offset;
        final int end = offset + length;
        for (; i <= end - Long.BYTES; i += Long.BYTES) {
            final long word = buffer.getLong(i, BIG_ENDIAN);
            sum += (word >>> 32) + (word & 0xFFFF_FFFFL);
        }
        if (i <= end - Integer.BYTES) {
            sum += buffer.getInt(i, BIG_ENDIAN) & 0xFFFF_FFFFL;
            i += Integer.BYTES;
        }
        if (i <= end - Short.BYTES) {
            sum += buffer.getShort(i, BIG_ENDIAN) & MASK;
            i += Short.BYTES;
        }
        if (i < end) {
            sum += (buffer.getByte(i) & 0xFF) << 8;
        }
        return foldLong(sum);
    }

    /** {@return the checksum of an unsigned sum: folded to 16 bits and complemented, 0 to 65,535} */
    public static int fold(final int sum) {
        return ~foldSum(sum) & MASK;
    }

    /** {@return the sum of two unsigned sums or deltas, 0 to 65,535} */
    public static int add(final int sum, final int other) {
        return foldSum(foldSum(sum) + foldSum(other));
    }

    /**
     * Computes the checksum of a range. Over a range that holds a right checksum the answer is 0.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @param length bytes, 0 or more
     * @return checksum, 0 to 65,535
     */
    public static int compute(final DirectBuffer buffer, final int offset, final int length) {
        return ~sum(buffer, offset, length, 0) & MASK;
    }

    /**
     * Sums the pseudo header of TCP and UDP over IPv4 (RFC 9293 §3.1, RFC 768).
     *
     * @param source host order
     * @param destination host order
     * @param protocol 0 to 255
     * @param length of the transport header and its payload in bytes
     * @return sum
     */
    public static int pseudoHeader(final int source, final int destination, final int protocol, final int length) {
        return foldSum((source >>> 16)
                + (source & MASK)
                + (destination >>> 16)
                + (destination & MASK)
                + protocol
                + (length >>> 16)
                + (length & MASK));
    }

    /**
     * Sums the pseudo header of TCP, UDP and ICMPv6 over IPv6 (RFC 8200 §8.1).
     *
     * @param sourceHigh first 64 bits, host order
     * @param sourceLow last 64 bits, host order
     * @param destinationHigh first 64 bits, host order
     * @param destinationLow last 64 bits, host order
     * @param protocol of the transport, 0 to 255, not of an extension header
     * @param length of the transport header and its payload in bytes
     * @return sum
     */
    public static int pseudoHeader(
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final int protocol,
            final int length) {
        return foldSum(halves(sourceHigh)
                + halves(sourceLow)
                + halves(destinationHigh)
                + halves(destinationLow)
                + protocol
                + (length >>> 16)
                + (length & MASK));
    }

    /**
     * Updates a checksum for a 16-bit field that changes (RFC 1624 §3, equation 3).
     *
     * @param checksum as in the header, 0 to 65,535
     * @param oldValue 0 to 65,535
     * @param newValue 0 to 65,535
     * @return checksum, 0 to 65,535; what a full computation gives unless all that is covered has become zero
     */
    public static int replace16(final int checksum, final int oldValue, final int newValue) {
        return applyDelta(checksum, delta16(oldValue, newValue));
    }

    /**
     * Updates a checksum for a 32-bit field at an even place that changes (RFC 1624 §3, equation 3).
     *
     * @param checksum as in the header, 0 to 65,535
     * @param oldValue host order
     * @param newValue host order
     * @return checksum, 0 to 65,535; what a full computation gives unless all that is covered has become zero
     */
    public static int replace32(final int checksum, final int oldValue, final int newValue) {
        return applyDelta(checksum, delta32(oldValue, newValue));
    }

    /** {@return the delta of a 16-bit field, to be added to others or applied, 0 to 65,535} */
    public static int delta16(final int oldValue, final int newValue) {
        return foldSum((~oldValue & MASK) + (newValue & MASK));
    }

    /** {@return the delta of a 32-bit field at an even place, to be added to others or applied, 0 to 65,535} */
    public static int delta32(final int oldValue, final int newValue) {
        return foldSum((~oldValue >>> 16) + (~oldValue & MASK) + (newValue >>> 16) + (newValue & MASK));
    }

    /**
     * Applies a delta: HC' = ~(~HC + ~m + m') (RFC 1624 §3).
     *
     * @param checksum as in the header, 0 to 65,535
     * @param delta unsigned sum of deltas
     * @return checksum, 0 to 65,535
     */
    public static int applyDelta(final int checksum, final int delta) {
        return fold((~checksum & MASK) + foldSum(delta));
    }

    /**
     * Gives a UDP checksum as it is sent: "If the computed checksum is zero, it is transmitted as all ones" (RFC 768).
     *
     * @param checksum computed or updated, 0 to 65,535
     * @return 1 to 65,535
     */
    public static int asSentByUdp(final int checksum) {
        return checksum == 0 ? MASK : checksum;
    }

    private static int halves(final long value) {
        // At most four times 0xFFFF: eight of these fit an int many times over.
        return (int) ((value >>> 48) + ((value >>> 32) & MASK) + ((value >>> 16) & MASK) + (value & MASK));
    }

    /**
     * What the replacement of 32 bits adds to a sum, not folded: deltas of several replacements may be added before {@link #update} folds them all.
     *
     * @param oldValue the 32 bits before
     * @param newValue the 32 bits after
     * @return delta, 0 or more
     */
    public static long longDelta32(final int oldValue, final int newValue) {
        return (~oldValue & 0xFFFF_FFFFL) + (newValue & 0xFFFF_FFFFL);
    }

    /**
     * Updates a checksum (RFC 1624, equation 3).
     *
     * @param checksum as it is in the header
     * @param delta sum of {@link #longDelta32} of all that was replaced, and of 16-bit words
     * @return the new checksum
     */
    public static int update(final int checksum, final long delta) {
        long sum = (~checksum & MASK) + (delta >>> 32) + (delta & 0xFFFF_FFFFL);
        sum = (sum >>> 32) + (sum & 0xFFFF_FFFFL);
        sum = (sum >>> 16) + (sum & MASK);
        sum = (sum >>> 16) + (sum & MASK);
        sum = (sum >>> 16) + (sum & MASK);
        return (int) ~sum & MASK;
    }

    private static int foldSum(final int sum) {
        final int once = (sum >>> 16) + (sum & MASK);
        return (once >>> 16) + (once & MASK);
    }

    private static int foldLong(final long sum) {
        // To 33 bits, to 32 bits, then as any int.
        final long once = (sum >>> 32) + (sum & 0xFFFF_FFFFL);
        return foldSum((int) ((once >>> 32) + once));
    }
}
