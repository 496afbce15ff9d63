package org.dvr.codec.transport;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;

/**
 * Flyweight over a UDP header, read and written in place (RFC 768).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  |            Length             |           Checksum            |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it. Setters leave the checksum alone.
 */
public final class UdpHeader {
    /** Bytes of the header. */
    public static final int LENGTH = 8;

    private static final int SOURCE_PORT_OFFSET = 0;
    private static final int DESTINATION_PORT_OFFSET = 2;
    private static final int LENGTH_OFFSET = 4;

    /** Where the checksum stands in it. */
    public static final int CHECKSUM_OFFSET = 6;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges the length available and the length field. For a whole datagram: the first fragment of one holds less than
     * its length field says, see {@link #checkHeader}.
     *
     * @param buffer what holds the datagram
     * @param offset of the header
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE}, {@link DecodeFault#UDP_TRUNCATED} or {@link DecodeFault#UDP_LENGTH}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        if (length < LENGTH) {
            return DecodeFault.UDP_TRUNCATED;
        }
        final int field = buffer.getShort(offset + LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
        return field < LENGTH || field > length ? DecodeFault.UDP_LENGTH : DecodeFault.NONE;
    }

    /**
     * Judges the length available only: for a first fragment or a datagram quoted by an ICMP error.
     *
     * @param length bytes available
     * @return {@link DecodeFault#NONE} or {@link DecodeFault#UDP_TRUNCATED}
     */
    public static DecodeFault checkHeader(final int length) {
        return length < LENGTH ? DecodeFault.UDP_TRUNCATED : DecodeFault.NONE;
    }

    /**
     * Judges the checksum of a datagram that {@link #check} has passed. Zero stands for "no checksum" and is no fault; that
     * IPv6 forbids it (RFC 8200 §8.1) is for the caller to know.
     *
     * @param buffer what holds the datagram
     * @param offset of the header
     * @param pseudoHeader sum of the pseudo header with the length field's length, see {@link InternetChecksum#pseudoHeader}
     * @return {@link DecodeFault#NONE} or {@link DecodeFault#UDP_CHECKSUM}
     */
    public static DecodeFault checkChecksum(final DirectBuffer buffer, final int offset, final int pseudoHeader) {
        if (buffer.getShort(offset + CHECKSUM_OFFSET, BIG_ENDIAN) == 0) {
            return DecodeFault.NONE;
        }
        final int length = buffer.getShort(offset + LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
        final int rest = InternetChecksum.fold(InternetChecksum.sum(buffer, offset, length, pseudoHeader));
        return rest == 0 ? DecodeFault.NONE : DecodeFault.UDP_CHECKSUM;
    }

    /**
     * Points this flyweight at a UDP header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public UdpHeader wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return the source port, 0 to 65,535} */
    public int sourcePort() {
        return buffer.getShort(offset + SOURCE_PORT_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the source port.
     *
     * @param sourcePort 0 to 65,535
     * @return this
     */
    public UdpHeader sourcePort(final int sourcePort) {
        buffer.putShort(offset + SOURCE_PORT_OFFSET, (short) sourcePort, BIG_ENDIAN);
        return this;
    }

    /** {@return the destination port, 0 to 65,535} */
    public int destinationPort() {
        return buffer.getShort(offset + DESTINATION_PORT_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the destination port.
     *
     * @param destinationPort 0 to 65,535
     * @return this
     */
    public UdpHeader destinationPort(final int destinationPort) {
        buffer.putShort(offset + DESTINATION_PORT_OFFSET, (short) destinationPort, BIG_ENDIAN);
        return this;
    }

    /** {@return the length of header and payload, 8 to 65,535 bytes} */
    public int length() {
        return buffer.getShort(offset + LENGTH_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the length of header and payload.
     *
     * @param length 8 to 65,535 bytes
     * @return this
     */
    public UdpHeader length(final int length) {
        buffer.putShort(offset + LENGTH_OFFSET, (short) length, BIG_ENDIAN);
        return this;
    }

    /** {@return the checksum as it is; 0 stands for none, 0 to 65,535} */
    public int checksum() {
        return buffer.getShort(offset + CHECKSUM_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the checksum as it is; 0 stands for none.
     *
     * @param checksum 0 to 65,535
     * @return this
     */
    public UdpHeader checksum(final int checksum) {
        buffer.putShort(offset + CHECKSUM_OFFSET, (short) checksum, BIG_ENDIAN);
        return this;
    }

    /**
     * Computes the checksum anew over {@link #length()} bytes and writes it, 0xFFFF where it is zero.
     *
     * @param pseudoHeader sum of the pseudo header, see {@link InternetChecksum#pseudoHeader}
     * @return this
     */
    public UdpHeader updateChecksum(final int pseudoHeader) {
        checksum(0);
        final int computed = InternetChecksum.fold(InternetChecksum.sum(buffer, offset, length(), pseudoHeader));
        return checksum(InternetChecksum.asSentByUdp(computed));
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append(sourcePort()).append(" > ").append(destinationPort());
        return builder.append(", length ").append(length());
    }
}
