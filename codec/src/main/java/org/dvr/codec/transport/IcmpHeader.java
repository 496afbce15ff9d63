package org.dvr.codec.transport;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;

/**
 * Flyweight over an ICMP header, read and written in place (RFC 792, RFC 1191 §4).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Type      |     Code      |           Checksum            |
 *  |         Identifier            |        Sequence number        |   queries
 *  |           unused              |         Next-hop MTU          |   unreachable, code 4
 *  |    Pointer    |                   unused                      |   parameter problem
 *  |                       Gateway address                         |   redirect
 * </pre>
 * Errors quote the packet they are about behind the header. Owned by one worker. Accessors trust {@link #check} and do not
 * repeat it. Setters leave the checksum alone.
 */
public final class IcmpHeader {
    /** Bytes of the header. */
    public static final int LENGTH = 8;

    /** Type: echo reply. */
    public static final int ECHO_REPLY = 0;

    /** Type: destination unreachable. */
    public static final int UNREACHABLE = 3;

    /** Type: source quench, deprecated by RFC 6633. */
    public static final int SOURCE_QUENCH = 4;

    /** Type: redirect. */
    public static final int REDIRECT = 5;

    /** Type: echo request. */
    public static final int ECHO_REQUEST = 8;

    /** Type: time exceeded. */
    public static final int TIME_EXCEEDED = 11;

    /** Type: parameter problem. */
    public static final int PARAMETER_PROBLEM = 12;

    /** Type: timestamp request. */
    public static final int TIMESTAMP_REQUEST = 13;

    /** Type: timestamp reply. */
    public static final int TIMESTAMP_REPLY = 14;

    /** Code of {@link #UNREACHABLE}: network. */
    public static final int NET = 0;

    /** Code of {@link #UNREACHABLE}: host. */
    public static final int HOST = 1;

    /** Code of {@link #UNREACHABLE}: protocol. */
    public static final int PROTOCOL = 2;

    /** Code of {@link #UNREACHABLE}: port. */
    public static final int PORT = 3;
    /** Code of {@link #UNREACHABLE}: communication administratively prohibited (RFC 1812 §5.2.7.1). */
    public static final int ADMINISTRATIVELY_PROHIBITED = 13;

    /** Code of {@link #UNREACHABLE}: fragmentation needed and DF set. */
    public static final int FRAGMENTATION_NEEDED = 4;

    /** Code of {@link #UNREACHABLE}: communication administratively prohibited (RFC 1812 §5.2.7.1). */
    public static final int ADMIN_PROHIBITED = 13;

    /** Code of {@link #TIME_EXCEEDED}: in transit. */
    public static final int TTL_EXCEEDED = 0;

    /** Code of {@link #TIME_EXCEEDED}: fragment reassembly. */
    public static final int REASSEMBLY = 1;

    private static final int TYPE_OFFSET = 0;
    private static final int CODE_OFFSET = 1;

    /** Where the checksum stands in it. */
    public static final int CHECKSUM_OFFSET = 2;

    private static final int IDENTIFIER_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 6;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges length and checksum.
     *
     * @param buffer what holds the message
     * @param offset of the header
     * @param length of the whole message in bytes: the IP payload without padding, not of a fragment
     * @return {@link DecodeFault#NONE}, {@link DecodeFault#ICMP_TRUNCATED} or {@link DecodeFault#ICMP_CHECKSUM}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        if (length < LENGTH) {
            return DecodeFault.ICMP_TRUNCATED;
        }
        return InternetChecksum.compute(buffer, offset, length) == 0 ? DecodeFault.NONE : DecodeFault.ICMP_CHECKSUM;
    }

    /**
     * Judges the length only: for a fragment or a message quoted by an ICMP error.
     *
     * @param length bytes available
     * @return {@link DecodeFault#NONE} or {@link DecodeFault#ICMP_TRUNCATED}
     */
    public static DecodeFault checkHeader(final int length) {
        return length < LENGTH ? DecodeFault.ICMP_TRUNCATED : DecodeFault.NONE;
    }

    /** {@return whether messages of this type report an error and quote a packet (RFC 1812 §4.3.1)} */
    public static boolean isError(final int type) {
        return switch (type) {
            case UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM -> true;
            default -> false;
        };
    }

    /** {@return whether messages of this type ask or answer an echo} */
    public static boolean isEcho(final int type) {
        return type == ECHO_REQUEST || type == ECHO_REPLY;
    }

    /**
     * Points this flyweight at an ICMP header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public IcmpHeader wrap(final MutableDirectBuffer buffer, final int offset) {
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
    public IcmpHeader type(final int type) {
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
    public IcmpHeader code(final int code) {
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
    public IcmpHeader checksum(final int checksum) {
        buffer.putShort(offset + CHECKSUM_OFFSET, (short) checksum, BIG_ENDIAN);
        return this;
    }

    /**
     * Computes the checksum anew and writes it.
     *
     * @param length of the whole message in bytes
     * @return this
     */
    public IcmpHeader updateChecksum(final int length) {
        checksum(0);
        return checksum(InternetChecksum.compute(buffer, offset, length));
    }

    /** {@return the identifier of a query, 0 to 65,535} */
    public int identifier() {
        return buffer.getShort(offset + IDENTIFIER_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the identifier of a query.
     *
     * @param identifier 0 to 65,535
     * @return this
     */
    public IcmpHeader identifier(final int identifier) {
        buffer.putShort(offset + IDENTIFIER_OFFSET, (short) identifier, BIG_ENDIAN);
        return this;
    }

    /** {@return the place of the error in the quoted packet (parameter problem), 0 to 255 bytes} */
    public int pointer() {
        return buffer.getByte(offset + IDENTIFIER_OFFSET) & 0xFF;
    }

    /**
     * Sets the place of the error in the quoted packet (parameter problem).
     *
     * @param pointer 0 to 255 bytes
     * @return this
     */
    public IcmpHeader pointer(final int pointer) {
        buffer.putByte(offset + IDENTIFIER_OFFSET, (byte) pointer);
        return this;
    }

    /** {@return the address of the better router (redirect), host order} */
    public int gateway() {
        return buffer.getInt(offset + IDENTIFIER_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the address of the better router (redirect).
     *
     * @param gateway host order
     * @return this
     */
    public IcmpHeader gateway(final int gateway) {
        buffer.putInt(offset + IDENTIFIER_OFFSET, gateway, BIG_ENDIAN);
        return this;
    }

    /** {@return the second word of the header as it is, host order} */
    public int rest() {
        return buffer.getInt(offset + IDENTIFIER_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the second word of the header as it is.
     *
     * @param rest host order
     * @return this
     */
    public IcmpHeader rest(final int rest) {
        buffer.putInt(offset + IDENTIFIER_OFFSET, rest, BIG_ENDIAN);
        return this;
    }

    /** {@return the sequence number of a query, 0 to 65,535} */
    public int sequence() {
        return buffer.getShort(offset + SEQUENCE_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the sequence number of a query.
     *
     * @param sequence 0 to 65,535
     * @return this
     */
    public IcmpHeader sequence(final int sequence) {
        buffer.putShort(offset + SEQUENCE_OFFSET, (short) sequence, BIG_ENDIAN);
        return this;
    }

    /** {@return the MTU of the next hop (unreachable, fragmentation needed), 0 to 65,535 bytes; 0 where the router does not say} */
    public int mtu() {
        return buffer.getShort(offset + SEQUENCE_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the MTU of the next hop (unreachable, fragmentation needed).
     *
     * @param mtu 0 to 65,535 bytes; 0 where the router does not say
     * @return this
     */
    public IcmpHeader mtu(final int mtu) {
        buffer.putShort(offset + SEQUENCE_OFFSET, (short) mtu, BIG_ENDIAN);
        return this;
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append("type ").append(type()).append(", code ").append(code());
        if (isEcho(type())) {
            builder.append(", id ").append(identifier()).append(", seq ").append(sequence());
        } else if (type() == UNREACHABLE && code() == FRAGMENTATION_NEEDED) {
            builder.append(", mtu ").append(mtu());
        }
        return builder;
    }
}
