package org.dvr.codec.transport;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;

/**
 * Flyweight over an ICMPv6 header, read and written in place (RFC 4443 §2.1).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Type      |     Code      |          Checksum             |
 *  |         Identifier            |        Sequence number        |   echo
 *  |                             MTU                               |   packet too big
 *  |                           Pointer                             |   parameter problem
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it. Setters leave the checksum alone.
 */
public final class Icmpv6Header {
    /** Bytes of the header, the first word of the body included. */
    public static final int LENGTH = 8;

    /** Type: destination unreachable. */
    public static final int UNREACHABLE = 1;

    /** Type: packet too big. */
    public static final int PACKET_TOO_BIG = 2;

    /** Type: time exceeded. */
    public static final int TIME_EXCEEDED = 3;

    /** Type: parameter problem. */
    public static final int PARAMETER_PROBLEM = 4;

    /** Type: echo request. */
    public static final int ECHO_REQUEST = 128;

    /** Type: echo reply. */
    public static final int ECHO_REPLY = 129;

    /** Type: router solicitation. */
    public static final int ROUTER_SOLICITATION = 133;

    /** Type: router advertisement. */
    public static final int ROUTER_ADVERTISEMENT = 134;

    /** Type: neighbor solicitation. */
    public static final int NEIGHBOR_SOLICITATION = 135;

    /** Type: neighbor advertisement. */
    public static final int NEIGHBOR_ADVERTISEMENT = 136;

    /** Type: redirect. */
    public static final int REDIRECT = 137;

    private static final int TYPE_OFFSET = 0;
    private static final int CODE_OFFSET = 1;
    private static final int CHECKSUM_OFFSET = 2;
    private static final int IDENTIFIER_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 6;
    private static final int INFORMATIONAL = 0x80;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges the length. The checksum needs the addresses, see {@link #checkChecksum}.
     *
     * @param buffer what holds the message
     * @param offset of the header
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE} or {@link DecodeFault#ICMP_TRUNCATED}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        return length < LENGTH ? DecodeFault.ICMP_TRUNCATED : DecodeFault.NONE;
    }

    /**
     * Judges the checksum of a whole message.
     *
     * @param buffer what holds the message
     * @param offset of the header
     * @param length of the whole message in bytes, not of a fragment
     * @param sourceHigh first 64 bits of the packet's source, host order
     * @param sourceLow last 64 bits of the packet's source, host order
     * @param destinationHigh first 64 bits of the packet's destination, host order
     * @param destinationLow last 64 bits of the packet's destination, host order
     * @return {@link DecodeFault#NONE} or {@link DecodeFault#ICMP_CHECKSUM}
     */
    public static DecodeFault checkChecksum(
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow) {
        final int rest =
                computeChecksum(buffer, offset, length, sourceHigh, sourceLow, destinationHigh, destinationLow);
        return rest == 0 ? DecodeFault.NONE : DecodeFault.ICMP_CHECKSUM;
    }

    /**
     * Computes the checksum of a message over the pseudo header of RFC 8200 §8.1 and all its bytes as they are: write 0 to
     * the field before; over a message with a right checksum the answer is 0.
     *
     * @param buffer what holds the message
     * @param offset of the header
     * @param length of the whole message in bytes
     * @param sourceHigh first 64 bits of the packet's source, host order
     * @param sourceLow last 64 bits of the packet's source, host order
     * @param destinationHigh first 64 bits of the packet's destination, host order
     * @param destinationLow last 64 bits of the packet's destination, host order
     * @return checksum, 0 to 65,535
     */
    public static int computeChecksum(
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow) {
        final int pseudoHeader = InternetChecksum.pseudoHeader(
                sourceHigh, sourceLow, destinationHigh, destinationLow, IpProtocol.ICMPV6, length);
        return InternetChecksum.fold(InternetChecksum.sum(buffer, offset, length, pseudoHeader));
    }

    /** {@return whether messages of this type report an error and quote a packet: "0 to 127" (RFC 4443 §2.1)} */
    public static boolean isError(final int type) {
        return (type & INFORMATIONAL) == 0;
    }

    /** {@return whether messages of this type ask or answer an echo} */
    public static boolean isEcho(final int type) {
        return type == ECHO_REQUEST || type == ECHO_REPLY;
    }

    /**
     * Points this flyweight at an ICMPv6 header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public Icmpv6Header wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return the type, 0 to 255} */
    public int type() {
        return buffer.getByte(offset + TYPE_OFFSET) & 0xFF;
    }

    /**
     * Sets the type.
     *
     * @param type 0 to 255
     * @return this
     */
    public Icmpv6Header type(final int type) {
        buffer.putByte(offset + TYPE_OFFSET, (byte) type);
        return this;
    }

    /** {@return the code, 0 to 255} */
    public int code() {
        return buffer.getByte(offset + CODE_OFFSET) & 0xFF;
    }

    /**
     * Sets the code.
     *
     * @param code 0 to 255
     * @return this
     */
    public Icmpv6Header code(final int code) {
        buffer.putByte(offset + CODE_OFFSET, (byte) code);
        return this;
    }

    /** {@return the checksum as it is, 0 to 65,535} */
    public int checksum() {
        return buffer.getShort(offset + CHECKSUM_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the checksum as it is.
     *
     * @param checksum 0 to 65,535
     * @return this
     */
    public Icmpv6Header checksum(final int checksum) {
        buffer.putShort(offset + CHECKSUM_OFFSET, (short) checksum, BIG_ENDIAN);
        return this;
    }

    /**
     * Computes the checksum anew and writes it.
     *
     * @param pseudoHeader sum of the pseudo header, see {@link InternetChecksum#pseudoHeader}
     * @param length of the whole message in bytes
     * @return this
     */
    public Icmpv6Header updateChecksum(final int pseudoHeader, final int length) {
        checksum(0);
        return checksum(InternetChecksum.fold(InternetChecksum.sum(buffer, offset, length, pseudoHeader)));
    }

    /** {@return the identifier of an echo, 0 to 65,535} */
    public int identifier() {
        return buffer.getShort(offset + IDENTIFIER_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the identifier of an echo.
     *
     * @param identifier 0 to 65,535
     * @return this
     */
    public Icmpv6Header identifier(final int identifier) {
        buffer.putShort(offset + IDENTIFIER_OFFSET, (short) identifier, BIG_ENDIAN);
        return this;
    }

    /** {@return the sequence number of an echo, 0 to 65,535} */
    public int sequence() {
        return buffer.getShort(offset + SEQUENCE_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the sequence number of an echo.
     *
     * @param sequence 0 to 65,535
     * @return this
     */
    public Icmpv6Header sequence(final int sequence) {
        buffer.putShort(offset + SEQUENCE_OFFSET, (short) sequence, BIG_ENDIAN);
        return this;
    }

    /** {@return the MTU of the next hop (packet too big), 0 to 4,294,967,295} */
    public long mtu() {
        return buffer.getInt(offset + IDENTIFIER_OFFSET, BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /**
     * Sets the MTU of the next hop (packet too big).
     *
     * @param mtu 0 to 4,294,967,295
     * @return this
     */
    public Icmpv6Header mtu(final long mtu) {
        buffer.putInt(offset + IDENTIFIER_OFFSET, (int) mtu, BIG_ENDIAN);
        return this;
    }

    /** {@return the place of the error in the quoted packet (parameter problem), 0 to 4,294,967,295} */
    public long pointer() {
        return buffer.getInt(offset + IDENTIFIER_OFFSET, BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /**
     * Sets the place of the error in the quoted packet (parameter problem).
     *
     * @param pointer 0 to 4,294,967,295
     * @return this
     */
    public Icmpv6Header pointer(final long pointer) {
        buffer.putInt(offset + IDENTIFIER_OFFSET, (int) pointer, BIG_ENDIAN);
        return this;
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append("type ").append(type()).append(", code ").append(code());
        if (isEcho(type())) {
            builder.append(", id ").append(identifier()).append(", seq ").append(sequence());
        } else if (type() == PACKET_TOO_BIG) {
            builder.append(", mtu ").append(mtu());
        }
        return builder;
    }
}
