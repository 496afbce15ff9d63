package org.dvr.codec.ip;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.net.Ipv6Address;

/**
 * Flyweight over an IPv6 header, read and written in place (RFC 8200 §3).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version| Traffic Class |           Flow Label                  |
 *  |         Payload Length        |  Next Header  |   Hop Limit   |
 *  |                                                               |
 *  +                        Source Address (128 bits)              +
 *  |                                                               |
 *  +                     Destination Address (128 bits)            +
 *  |                                                               |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it.
 */
public final class Ipv6Header {
    /** Bytes of the header, extension headers not counted. */
    public static final int LENGTH = 40;

    private static final int VERSION_OFFSET = 0;
    private static final int PAYLOAD_LENGTH_OFFSET = 4;
    private static final int NEXT_HEADER_OFFSET = 6;
    private static final int HOP_LIMIT_OFFSET = 7;
    private static final int SOURCE_HIGH_OFFSET = 8;
    private static final int SOURCE_LOW_OFFSET = 16;
    private static final int DESTINATION_HIGH_OFFSET = 24;
    private static final int DESTINATION_LOW_OFFSET = 32;

    private static final int VERSION = 6;
    private static final int VERSION_SHIFT = 28;
    private static final int TRAFFIC_CLASS_SHIFT = 20;
    private static final int FLOW_LABEL_MASK = 0xF_FFFF;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges length, version and payload length, in this order. Jumbograms (RFC 2675) are not known: a payload length of 0
     * means that there is none.
     *
     * @param buffer what holds the packet
     * @param offset of the header
     * @param length bytes available from the offset; more than header and payload is padding
     * @return {@link DecodeFault#NONE} or the first fault found
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        final DecodeFault fault = checkHeader(buffer, offset, length);
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        final int payloadLength = buffer.getShort(offset + PAYLOAD_LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
        return payloadLength > length - LENGTH ? DecodeFault.IPV6_PAYLOAD_LENGTH : DecodeFault.NONE;
    }

    /**
     * Judges length and version only: for a packet quoted by an ICMPv6 error, which may end early (RFC 4443 §3).
     *
     * @param buffer what holds the packet
     * @param offset of the header
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE} or the first fault found
     */
    public static DecodeFault checkHeader(final DirectBuffer buffer, final int offset, final int length) {
        if (length < LENGTH) {
            return DecodeFault.IPV6_TRUNCATED;
        }
        final int version = (buffer.getByte(offset + VERSION_OFFSET) & 0xF0) >>> 4;
        return version == VERSION ? DecodeFault.NONE : DecodeFault.IPV6_VERSION;
    }

    /**
     * Points this flyweight at an IPv6 header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public Ipv6Header wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return the version, 6} */
    public int version() {
        return word() >>> VERSION_SHIFT;
    }

    /**
     * Sets the version.
     *
     * @param version 6
     * @return this
     */
    public Ipv6Header version(final int version) {
        word((word() & 0x0FFF_FFFF) | (version << VERSION_SHIFT));
        return this;
    }

    /** {@return the traffic class: DSCP in the high six bits, ECN in the low two, 0 to 255} */
    public int trafficClass() {
        return (word() >>> TRAFFIC_CLASS_SHIFT) & 0xFF;
    }

    /**
     * Sets the traffic class: DSCP in the high six bits, ECN in the low two.
     *
     * @param trafficClass 0 to 255
     * @return this
     */
    public Ipv6Header trafficClass(final int trafficClass) {
        word((word() & ~(0xFF << TRAFFIC_CLASS_SHIFT)) | ((trafficClass & 0xFF) << TRAFFIC_CLASS_SHIFT));
        return this;
    }

    /** {@return the flow label, 0 to 1,048,575} */
    public int flowLabel() {
        return word() & FLOW_LABEL_MASK;
    }

    /**
     * Sets the flow label.
     *
     * @param flowLabel 0 to 1,048,575
     * @return this
     */
    public Ipv6Header flowLabel(final int flowLabel) {
        word((word() & ~FLOW_LABEL_MASK) | (flowLabel & FLOW_LABEL_MASK));
        return this;
    }

    /** {@return the length of what follows the header, extension headers included, 0 to 65,535 bytes} */
    public int payloadLength() {
        return buffer.getShort(offset + PAYLOAD_LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the length of what follows the header, extension headers included.
     *
     * @param payloadLength 0 to 65,535 bytes
     * @return this
     */
    public Ipv6Header payloadLength(final int payloadLength) {
        buffer.putShort(offset + PAYLOAD_LENGTH_OFFSET, (short) payloadLength, BIG_ENDIAN);
        return this;
    }

    /** {@return the kind of the header that follows, see {@link IpProtocol}, 0 to 255} */
    public int nextHeader() {
        return buffer.getByte(offset + NEXT_HEADER_OFFSET) & 0xFF;
    }

    /**
     * Sets the kind of the header that follows, see {@link IpProtocol}.
     *
     * @param nextHeader 0 to 255
     * @return this
     */
    public Ipv6Header nextHeader(final int nextHeader) {
        buffer.putByte(offset + NEXT_HEADER_OFFSET, (byte) nextHeader);
        return this;
    }

    /** {@return the hop limit, 0 to 255} */
    public int hopLimit() {
        return buffer.getByte(offset + HOP_LIMIT_OFFSET) & 0xFF;
    }

    /**
     * Sets the hop limit.
     *
     * @param hopLimit 0 to 255
     * @return this
     */
    public Ipv6Header hopLimit(final int hopLimit) {
        buffer.putByte(offset + HOP_LIMIT_OFFSET, (byte) hopLimit);
        return this;
    }

    /** {@return the first 64 bits of the source address, host order} */
    public long sourceHigh() {
        return buffer.getLong(offset + SOURCE_HIGH_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the first 64 bits of the source address.
     *
     * @param sourceHigh host order
     * @return this
     */
    public Ipv6Header sourceHigh(final long sourceHigh) {
        buffer.putLong(offset + SOURCE_HIGH_OFFSET, sourceHigh, BIG_ENDIAN);
        return this;
    }

    /** {@return the last 64 bits of the source address, host order} */
    public long sourceLow() {
        return buffer.getLong(offset + SOURCE_LOW_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the last 64 bits of the source address.
     *
     * @param sourceLow host order
     * @return this
     */
    public Ipv6Header sourceLow(final long sourceLow) {
        buffer.putLong(offset + SOURCE_LOW_OFFSET, sourceLow, BIG_ENDIAN);
        return this;
    }

    /** {@return the first 64 bits of the destination address, host order} */
    public long destinationHigh() {
        return buffer.getLong(offset + DESTINATION_HIGH_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the first 64 bits of the destination address.
     *
     * @param destinationHigh host order
     * @return this
     */
    public Ipv6Header destinationHigh(final long destinationHigh) {
        buffer.putLong(offset + DESTINATION_HIGH_OFFSET, destinationHigh, BIG_ENDIAN);
        return this;
    }

    /** {@return the last 64 bits of the destination address, host order} */
    public long destinationLow() {
        return buffer.getLong(offset + DESTINATION_LOW_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the last 64 bits of the destination address.
     *
     * @param destinationLow host order
     * @return this
     */
    public Ipv6Header destinationLow(final long destinationLow) {
        buffer.putLong(offset + DESTINATION_LOW_OFFSET, destinationLow, BIG_ENDIAN);
        return this;
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        Ipv6Address.append(builder, sourceHigh(), sourceLow()).append(" > ");
        Ipv6Address.append(builder, destinationHigh(), destinationLow());
        builder.append(", class 0x").append(Integer.toHexString(trafficClass()));
        builder.append(", flow 0x").append(Integer.toHexString(flowLabel()));
        builder.append(", hop limit ")
                .append(hopLimit())
                .append(", next header ")
                .append(nextHeader());
        return builder.append(", length ").append(payloadLength());
    }

    private int word() {
        return buffer.getInt(offset + VERSION_OFFSET, BIG_ENDIAN);
    }

    private void word(final int word) {
        buffer.putInt(offset + VERSION_OFFSET, word, BIG_ENDIAN);
    }
}
