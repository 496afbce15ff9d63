package org.dvr.codec.ip;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.net.Ipv4Address;

/**
 * Flyweight over an IPv4 header, read and written in place (RFC 791 §3.1).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version|  IHL  |Type of Service|          Total Length         |
 *  |         Identification        |0|D|M|     Fragment Offset     |
 *  |  Time to Live |    Protocol   |        Header Checksum        |
 *  |                        Source Address                         |
 *  |                     Destination Address                       |
 *  |                    Options, 0 to 40 bytes                     |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it. Setters leave the checksum alone.
 */
public final class Ipv4Header {
    /** Bytes of a header without options. */
    public static final int MIN_LENGTH = 20;

    /** Bytes of a header with all the options it can have. */
    public static final int MAX_LENGTH = 60;

    private static final int VERSION_OFFSET = 0;
    private static final int TOS_OFFSET = 1;
    private static final int TOTAL_LENGTH_OFFSET = 2;
    private static final int ID_OFFSET = 4;
    private static final int FRAGMENT_OFFSET = 6;
    private static final int TTL_OFFSET = 8;
    private static final int PROTOCOL_OFFSET = 9;
    private static final int CHECKSUM_OFFSET = 10;
    private static final int SOURCE_OFFSET = 12;
    private static final int DESTINATION_OFFSET = 16;

    private static final int VERSION = 4;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int FRAGMENT_OFFSET_MASK = 0x1FFF;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges length, version, header length, total length and header checksum, in this order (RFC 1812 §5.2.2).
     *
     * @param buffer what holds the packet
     * @param offset of the header
     * @param length bytes available from the offset; more than the total length is padding
     * @return {@link DecodeFault#NONE} or the first fault found
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        final DecodeFault fault = checkStructure(buffer, offset, length);
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        final int headerLength = (buffer.getByte(offset + VERSION_OFFSET) & 0xF) << 2;
        if (InternetChecksum.compute(buffer, offset, headerLength) != 0) {
            return DecodeFault.IPV4_CHECKSUM;
        }
        return DecodeFault.NONE;
    }

    /**
     * Judges what {@link #check} judges, but neither checksum.
     *
     * @param buffer what holds the packet
     * @param offset of the header
     * @param length bytes available from the offset; more than the total length is padding
     * @return {@link DecodeFault#NONE} or the first fault found
     */
    public static DecodeFault checkStructure(final DirectBuffer buffer, final int offset, final int length) {
        final DecodeFault fault = checkHeader(buffer, offset, length);
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        final int headerLength = (buffer.getByte(offset + VERSION_OFFSET) & 0xF) << 2;
        final int totalLength = buffer.getShort(offset + TOTAL_LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
        if (totalLength < headerLength || totalLength > length) {
            return DecodeFault.IPV4_TOTAL_LENGTH;
        }
        return DecodeFault.NONE;
    }

    /**
     * Judges length, version and header length only: for a packet quoted by an ICMP error, which ends early (RFC 792).
     *
     * @param buffer what holds the packet
     * @param offset of the header
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE} or the first fault found
     */
    public static DecodeFault checkHeader(final DirectBuffer buffer, final int offset, final int length) {
        if (length < MIN_LENGTH) {
            return DecodeFault.IPV4_TRUNCATED;
        }
        final int first = buffer.getByte(offset + VERSION_OFFSET) & 0xFF;
        if (first >>> 4 != VERSION) {
            return DecodeFault.IPV4_VERSION;
        }
        final int headerLength = (first & 0xF) << 2;
        if (headerLength < MIN_LENGTH) {
            return DecodeFault.IPV4_HEADER_LENGTH;
        }
        return headerLength > length ? DecodeFault.IPV4_TRUNCATED : DecodeFault.NONE;
    }

    /**
     * Points this flyweight at an IPv4 header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public Ipv4Header wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return the version, 4} */
    public int version() {
        return (buffer.getByte(offset + VERSION_OFFSET) & 0xF0) >>> 4;
    }

    /**
     * Sets the version.
     *
     * @param version 4
     * @return this
     */
    public Ipv4Header version(final int version) {
        buffer.putByte(offset + VERSION_OFFSET, (byte) ((version << 4) | (headerLength() >>> 2)));
        return this;
    }

    /** {@return the length of the header with its options, 20 to 60 bytes, a multiple of 4} */
    public int headerLength() {
        return (buffer.getByte(offset + VERSION_OFFSET) & 0xF) << 2;
    }

    /**
     * Sets the length of the header with its options.
     *
     * @param headerLength 20 to 60 bytes, a multiple of 4
     * @return this
     */
    public Ipv4Header headerLength(final int headerLength) {
        buffer.putByte(offset + VERSION_OFFSET, (byte) ((version() << 4) | ((headerLength >>> 2) & 0xF)));
        return this;
    }

    /** {@return the type of service: DSCP in the high six bits, ECN in the low two, 0 to 255} */
    public int tos() {
        return buffer.getByte(offset + TOS_OFFSET) & 0xFF;
    }

    /**
     * Sets the type of service: DSCP in the high six bits, ECN in the low two.
     *
     * @param tos 0 to 255
     * @return this
     */
    public Ipv4Header tos(final int tos) {
        buffer.putByte(offset + TOS_OFFSET, (byte) tos);
        return this;
    }

    /** {@return the length of header and payload, 0 to 65,535 bytes} */
    public int totalLength() {
        return buffer.getShort(offset + TOTAL_LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the length of header and payload.
     *
     * @param totalLength 0 to 65,535 bytes
     * @return this
     */
    public Ipv4Header totalLength(final int totalLength) {
        buffer.putShort(offset + TOTAL_LENGTH_OFFSET, (short) totalLength, BIG_ENDIAN);
        return this;
    }

    /** {@return the identification that the fragments of a packet share, 0 to 65,535} */
    public int id() {
        return buffer.getShort(offset + ID_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the identification that the fragments of a packet share.
     *
     * @param id 0 to 65,535
     * @return this
     */
    public Ipv4Header id(final int id) {
        buffer.putShort(offset + ID_OFFSET, (short) id, BIG_ENDIAN);
        return this;
    }

    /** {@return the 16-bit field of flags and fragment offset as it is, 0 to 65,535} */
    public int rawFragment() {
        return buffer.getShort(offset + FRAGMENT_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the 16-bit field of flags and fragment offset as it is.
     *
     * @param rawFragment 0 to 65,535
     * @return this
     */
    public Ipv4Header rawFragment(final int rawFragment) {
        buffer.putShort(offset + FRAGMENT_OFFSET, (short) rawFragment, BIG_ENDIAN);
        return this;
    }

    /** {@return whether routers may not fragment the packet, true or false} */
    public boolean dontFragment() {
        return (rawFragment() & DONT_FRAGMENT) != 0;
    }

    /**
     * Sets whether routers may not fragment the packet.
     *
     * @param dontFragment true or false
     * @return this
     */
    public Ipv4Header dontFragment(final boolean dontFragment) {
        rawFragment(dontFragment ? rawFragment() | DONT_FRAGMENT : rawFragment() & ~DONT_FRAGMENT);
        return this;
    }

    /** {@return whether fragments follow this one, true or false} */
    public boolean moreFragments() {
        return (rawFragment() & MORE_FRAGMENTS) != 0;
    }

    /**
     * Sets whether fragments follow this one.
     *
     * @param moreFragments true or false
     * @return this
     */
    public Ipv4Header moreFragments(final boolean moreFragments) {
        rawFragment(moreFragments ? rawFragment() | MORE_FRAGMENTS : rawFragment() & ~MORE_FRAGMENTS);
        return this;
    }

    /** {@return where this fragment belongs in the payload, 0 to 65,528 bytes, a multiple of 8} */
    public int fragmentOffset() {
        return (rawFragment() & FRAGMENT_OFFSET_MASK) << 3;
    }

    /**
     * Sets where this fragment belongs in the payload.
     *
     * @param fragmentOffset 0 to 65,528 bytes, a multiple of 8
     * @return this
     */
    public Ipv4Header fragmentOffset(final int fragmentOffset) {
        rawFragment((rawFragment() & ~FRAGMENT_OFFSET_MASK) | ((fragmentOffset >>> 3) & FRAGMENT_OFFSET_MASK));
        return this;
    }

    /** {@return whether this is a fragment, the first one included} */
    public boolean isFragment() {
        return (rawFragment() & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) != 0;
    }

    /** {@return whether this is a fragment other than the first, so that no transport header follows} */
    public boolean isLaterFragment() {
        return (rawFragment() & FRAGMENT_OFFSET_MASK) != 0;
    }

    /** {@return the time to live, 0 to 255} */
    public int ttl() {
        return buffer.getByte(offset + TTL_OFFSET) & 0xFF;
    }

    /**
     * Sets the time to live.
     *
     * @param ttl 0 to 255
     * @return this
     */
    public Ipv4Header ttl(final int ttl) {
        buffer.putByte(offset + TTL_OFFSET, (byte) ttl);
        return this;
    }

    /** {@return the protocol of the payload, see {@link IpProtocol}, 0 to 255} */
    public int protocol() {
        return buffer.getByte(offset + PROTOCOL_OFFSET) & 0xFF;
    }

    /**
     * Sets the protocol of the payload, see {@link IpProtocol}.
     *
     * @param protocol 0 to 255
     * @return this
     */
    public Ipv4Header protocol(final int protocol) {
        buffer.putByte(offset + PROTOCOL_OFFSET, (byte) protocol);
        return this;
    }

    /** {@return the header checksum as it is, 0 to 65,535} */
    public int checksum() {
        return buffer.getShort(offset + CHECKSUM_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the header checksum as it is.
     *
     * @param checksum 0 to 65,535
     * @return this
     */
    public Ipv4Header checksum(final int checksum) {
        buffer.putShort(offset + CHECKSUM_OFFSET, (short) checksum, BIG_ENDIAN);
        return this;
    }

    /** Computes the header checksum anew over {@link #headerLength()} bytes and writes it. */
    public Ipv4Header updateChecksum() {
        checksum(0);
        return checksum(InternetChecksum.compute(buffer, offset, headerLength()));
    }

    /** {@return the source address, host order} */
    public int source() {
        return buffer.getInt(offset + SOURCE_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the source address.
     *
     * @param source host order
     * @return this
     */
    public Ipv4Header source(final int source) {
        buffer.putInt(offset + SOURCE_OFFSET, source, BIG_ENDIAN);
        return this;
    }

    /** {@return the destination address, host order} */
    public int destination() {
        return buffer.getInt(offset + DESTINATION_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the destination address.
     *
     * @param destination host order
     * @return this
     */
    public Ipv4Header destination(final int destination) {
        buffer.putInt(offset + DESTINATION_OFFSET, destination, BIG_ENDIAN);
        return this;
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        Ipv4Address.append(builder, source()).append(" > ");
        Ipv4Address.append(builder, destination());
        builder.append(", tos 0x").append(Integer.toHexString(tos()));
        builder.append(", ttl ").append(ttl()).append(", id ").append(id());
        if (dontFragment()) {
            builder.append(", DF");
        }
        if (isFragment()) {
            builder.append(", frag ").append(fragmentOffset()).append(moreFragments() ? "+" : "");
        }
        return builder.append(", proto ").append(protocol()).append(", length ").append(totalLength());
    }
}
