package org.dvr.codec.transport;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;

/**
 * Flyweight over a TCP header, read and written in place (RFC 9293 §3.1).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  |                        Sequence Number                        |
 *  |                    Acknowledgment Number                      |
 *  | Offset|  Rsrvd|C|E|U|A|P|R|S|F|            Window             |
 *  |           Checksum            |         Urgent Pointer        |
 *  |                    Options, 0 to 40 bytes                     |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it. Setters leave the checksum alone.
 */
public final class TcpHeader {
    /** Bytes of a header without options. */
    public static final int MIN_LENGTH = 20;

    /** Flag: no more data from the sender. */
    public static final int FIN = 0x01;

    /** Flag: synchronize sequence numbers. */
    public static final int SYN = 0x02;

    /** Flag: reset the connection. */
    public static final int RST = 0x04;

    /** Flag: push. */
    public static final int PSH = 0x08;

    /** Flag: the acknowledgment number counts. */
    public static final int ACK = 0x10;

    /** Flag: the urgent pointer counts. */
    public static final int URG = 0x20;

    /** Flag: congestion was experienced (RFC 3168). */
    public static final int ECE = 0x40;

    /** Flag: the congestion window was reduced (RFC 3168). */
    public static final int CWR = 0x80;

    private static final int SOURCE_PORT_OFFSET = 0;
    private static final int DESTINATION_PORT_OFFSET = 2;
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGMENT_OFFSET = 8;
    private static final int DATA_OFFSET_OFFSET = 12;
    private static final int FLAGS_OFFSET = 13;
    private static final int WINDOW_OFFSET = 14;

    /** Where the checksum stands in it. */
    public static final int CHECKSUM_OFFSET = 16;

    private static final int URGENT_POINTER_OFFSET = 18;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges length and data offset. The checksum needs the addresses and is not judged.
     *
     * @param buffer what holds the segment
     * @param offset of the header
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE}, {@link DecodeFault#TCP_TRUNCATED} (also where options end behind the segment) or
     *     {@link DecodeFault#TCP_DATA_OFFSET}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        if (length < MIN_LENGTH) {
            return DecodeFault.TCP_TRUNCATED;
        }
        final int headerLength = (buffer.getByte(offset + DATA_OFFSET_OFFSET) & 0xF0) >>> 2;
        if (headerLength < MIN_LENGTH) {
            return DecodeFault.TCP_DATA_OFFSET;
        }
        return headerLength > length ? DecodeFault.TCP_TRUNCATED : DecodeFault.NONE;
    }

    /**
     * Points this flyweight at a TCP header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public TcpHeader wrap(final MutableDirectBuffer buffer, final int offset) {
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
    public TcpHeader sourcePort(final int sourcePort) {
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
    public TcpHeader destinationPort(final int destinationPort) {
        buffer.putShort(offset + DESTINATION_PORT_OFFSET, (short) destinationPort, BIG_ENDIAN);
        return this;
    }

    /** {@return the sequence number, 0 to 4,294,967,295} */
    public long sequence() {
        return buffer.getInt(offset + SEQUENCE_OFFSET, BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /**
     * Sets the sequence number.
     *
     * @param sequence 0 to 4,294,967,295
     * @return this
     */
    public TcpHeader sequence(final long sequence) {
        buffer.putInt(offset + SEQUENCE_OFFSET, (int) sequence, BIG_ENDIAN);
        return this;
    }

    /** {@return the acknowledgment number, 0 to 4,294,967,295} */
    public long acknowledgment() {
        return buffer.getInt(offset + ACKNOWLEDGMENT_OFFSET, BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /**
     * Sets the acknowledgment number.
     *
     * @param acknowledgment 0 to 4,294,967,295
     * @return this
     */
    public TcpHeader acknowledgment(final long acknowledgment) {
        buffer.putInt(offset + ACKNOWLEDGMENT_OFFSET, (int) acknowledgment, BIG_ENDIAN);
        return this;
    }

    /** {@return the length of the header with its options; setting it zeroes the reserved bits, 20 to 60 bytes, a multiple of 4} */
    public int headerLength() {
        return (buffer.getByte(offset + DATA_OFFSET_OFFSET) & 0xF0) >>> 2;
    }

    /**
     * Sets the length of the header with its options; setting it zeroes the reserved bits.
     *
     * @param headerLength 20 to 60 bytes, a multiple of 4
     * @return this
     */
    public TcpHeader headerLength(final int headerLength) {
        buffer.putByte(offset + DATA_OFFSET_OFFSET, (byte) ((headerLength << 2) & 0xF0));
        return this;
    }

    /** {@return the flags, {@link #FIN} to {@link #CWR}, 0 to 255} */
    public int flags() {
        return buffer.getByte(offset + FLAGS_OFFSET) & 0xFF;
    }

    /**
     * Sets the flags, {@link #FIN} to {@link #CWR}.
     *
     * @param flags 0 to 255
     * @return this
     */
    public TcpHeader flags(final int flags) {
        buffer.putByte(offset + FLAGS_OFFSET, (byte) flags);
        return this;
    }

    /** {@return whether every flag of the mask is set} */
    public boolean hasFlags(final int mask) {
        return (flags() & mask) == mask;
    }

    /** {@return the window, not scaled, 0 to 65,535} */
    public int window() {
        return buffer.getShort(offset + WINDOW_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the window, not scaled.
     *
     * @param window 0 to 65,535
     * @return this
     */
    public TcpHeader window(final int window) {
        buffer.putShort(offset + WINDOW_OFFSET, (short) window, BIG_ENDIAN);
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
    public TcpHeader checksum(final int checksum) {
        buffer.putShort(offset + CHECKSUM_OFFSET, (short) checksum, BIG_ENDIAN);
        return this;
    }

    /**
     * Computes the checksum anew and writes it.
     *
     * @param pseudoHeader sum of the pseudo header, see {@link InternetChecksum#pseudoHeader}
     * @param length of header and payload in bytes
     * @return this
     */
    public TcpHeader updateChecksum(final int pseudoHeader, final int length) {
        checksum(0);
        return checksum(InternetChecksum.fold(InternetChecksum.sum(buffer, offset, length, pseudoHeader)));
    }

    /** {@return the urgent pointer, 0 to 65,535} */
    public int urgentPointer() {
        return buffer.getShort(offset + URGENT_POINTER_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the urgent pointer.
     *
     * @param urgentPointer 0 to 65,535
     * @return this
     */
    public TcpHeader urgentPointer(final int urgentPointer) {
        buffer.putShort(offset + URGENT_POINTER_OFFSET, (short) urgentPointer, BIG_ENDIAN);
        return this;
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append(sourcePort()).append(" > ").append(destinationPort()).append(", Flags [");
        appendFlags(builder);
        builder.append("], seq ").append(sequence());
        if (hasFlags(ACK)) {
            builder.append(", ack ").append(acknowledgment());
        }
        return builder.append(", win ").append(window());
    }

    /** Appends the flags as letters, a dot for ACK as tcpdump does. */
    private void appendFlags(final StringBuilder builder) {
        final String letters = "FSRP.UEW";
        final int flags = flags();
        for (int i = 0; i < letters.length(); i++) {
            if ((flags & (1 << i)) != 0) {
                builder.append(letters.charAt(i));
            }
        }
        if (flags == 0) {
            builder.append("none");
        }
    }
}
