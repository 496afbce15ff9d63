package org.dvr.codec.tunnel;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.InternetChecksum;

/**
 * Flyweight over a GRE header, read and written in place (RFC 2784 §2, RFC 2890 §2).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |C| |K|S| Reserved0       | Ver |         Protocol Type         |
 *  |      Checksum (if C)          |       Reserved1 (if C)        |
 *  |                           Key (if K)                          |
 *  |                   Sequence Number (if S)                      |
 * </pre>
 * The optional fields begin where those before them end: set the flags first, then the fields. Owned by one worker.
 * Accessors trust {@link #check} and do not repeat it.
 */
public final class GreHeader {
    /** Bytes of a header without optional fields. */
    public static final int MIN_LENGTH = 4;

    /** Bytes of a header with a key alone, as we send it. */
    public static final int KEYED_LENGTH = 8;

    /** Bytes of a header with every optional field. */
    public static final int MAX_LENGTH = 16;

    private static final int FLAGS_OFFSET = 0;
    private static final int PROTOCOL_TYPE_OFFSET = 2;
    private static final int CHECKSUM_OFFSET = 4;
    private static final int FIELD_LENGTH = 4;

    private static final int CHECKSUM_FLAG = 0x8000;
    private static final int KEY_FLAG = 0x2000;
    private static final int SEQUENCE_FLAG = 0x1000;
    private static final int VERSION_MASK = 0x0007;

    // "A receiver MUST discard a packet where any of bits 1-5 are non-zero" (RFC 2784 §2.3); RFC 2890 takes bits 2 and
    // 3 out
    // of these. Bits 6-12 "MUST be ignored on receipt".
    private static final int RESERVED_MASK = 0x4C00;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges length, version, reserved bits, the length of the optional fields and the checksum, if present, in this order.
     *
     * @param buffer what holds the header
     * @param offset of the header
     * @param length of header and payload in bytes: the IP payload without padding
     * @return {@link DecodeFault#NONE} or the first fault found
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        return check(buffer, offset, length, /* verifiesChecksum= */ true);
    }

    private static DecodeFault check(
            final DirectBuffer buffer, final int offset, final int length, final boolean verifiesChecksum) {
        if (length < MIN_LENGTH) {
            return DecodeFault.GRE_TRUNCATED;
        }
        final int flags = buffer.getShort(offset + FLAGS_OFFSET, BIG_ENDIAN) & 0xFFFF;
        if ((flags & VERSION_MASK) != 0) {
            return DecodeFault.GRE_VERSION;
        }
        if ((flags & RESERVED_MASK) != 0) {
            return DecodeFault.GRE_RESERVED_BITS;
        }
        if (headerLength(flags) > length) {
            return DecodeFault.GRE_TRUNCATED;
        }
        if (verifiesChecksum && (flags & CHECKSUM_FLAG) != 0 && InternetChecksum.compute(buffer, offset, length) != 0) {
            return DecodeFault.GRE_CHECKSUM;
        }
        return DecodeFault.NONE;
    }

    /**
     * Judges what {@link #check} judges, then whether the payload is an Ethernet frame of a segment that a key names.
     *
     * @param buffer what holds the header
     * @param offset of the header
     * @param length of header and payload in bytes: the IP payload without padding
     * @return {@link DecodeFault#NONE} or the first fault found, {@link DecodeFault#GRE_PROTOCOL} and
     *     {@link DecodeFault#GRE_KEY_MISSING} last
     */
    public static DecodeFault checkKeyedEthernet(final DirectBuffer buffer, final int offset, final int length) {
        return checkKeyedEthernet(buffer, offset, length, /* verifiesChecksum= */ true);
    }

    /**
     * As {@link #checkKeyedEthernet(DirectBuffer, int, int)}.
     *
     * @param buffer what holds the header
     * @param offset of the header
     * @param length of header and payload in bytes: the IP payload without padding
     * @param verifiesChecksum false where somebody vouches for the checksum, or what it covers is not complete yet
     * @return as there
     */
    public static DecodeFault checkKeyedEthernet(
            final DirectBuffer buffer, final int offset, final int length, final boolean verifiesChecksum) {
        final DecodeFault fault = check(buffer, offset, length, verifiesChecksum);
        if (fault != DecodeFault.NONE) {
            return fault;
        }
        final int protocolType = buffer.getShort(offset + PROTOCOL_TYPE_OFFSET, BIG_ENDIAN) & 0xFFFF;
        if (protocolType != EtherType.TRANSPARENT_ETHERNET_BRIDGING) {
            return DecodeFault.GRE_PROTOCOL;
        }
        final int flags = buffer.getShort(offset + FLAGS_OFFSET, BIG_ENDIAN);
        return (flags & KEY_FLAG) == 0 ? DecodeFault.GRE_KEY_MISSING : DecodeFault.NONE;
    }

    /**
     * Points this flyweight at a GRE header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public GreHeader wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return flags, reserved bits and version as they are, 0 to 65,535} */
    public int flags() {
        return buffer.getShort(offset + FLAGS_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets flags, reserved bits and version as they are.
     *
     * @param flags 0 to 65,535
     * @return this
     */
    public GreHeader flags(final int flags) {
        buffer.putShort(offset + FLAGS_OFFSET, (short) flags, BIG_ENDIAN);
        return this;
    }

    /** {@return whether a checksum is present, true or false} */
    public boolean hasChecksum() {
        return (flags() & CHECKSUM_FLAG) != 0;
    }

    /**
     * Sets whether a checksum is present.
     *
     * @param hasChecksum true or false
     * @return this
     */
    public GreHeader hasChecksum(final boolean hasChecksum) {
        flags(hasChecksum ? flags() | CHECKSUM_FLAG : flags() & ~CHECKSUM_FLAG);
        return this;
    }

    /** {@return whether a key is present, true or false} */
    public boolean hasKey() {
        return (flags() & KEY_FLAG) != 0;
    }

    /**
     * Sets whether a key is present.
     *
     * @param hasKey true or false
     * @return this
     */
    public GreHeader hasKey(final boolean hasKey) {
        flags(hasKey ? flags() | KEY_FLAG : flags() & ~KEY_FLAG);
        return this;
    }

    /** {@return whether a sequence number is present, true or false} */
    public boolean hasSequence() {
        return (flags() & SEQUENCE_FLAG) != 0;
    }

    /**
     * Sets whether a sequence number is present.
     *
     * @param hasSequence true or false
     * @return this
     */
    public GreHeader hasSequence(final boolean hasSequence) {
        flags(hasSequence ? flags() | SEQUENCE_FLAG : flags() & ~SEQUENCE_FLAG);
        return this;
    }

    /** {@return the version, 0 to 7} */
    public int version() {
        return flags() & VERSION_MASK;
    }

    /**
     * Sets the version.
     *
     * @param version 0 to 7
     * @return this
     */
    public GreHeader version(final int version) {
        flags((flags() & ~VERSION_MASK) | (version & VERSION_MASK));
        return this;
    }

    /** {@return the bytes of the header with the optional fields that its flags announce, 4 to 16} */
    public int headerLength() {
        return headerLength(flags());
    }

    /** {@return the ether type of the payload, 0 to 65,535} */
    public int protocolType() {
        return buffer.getShort(offset + PROTOCOL_TYPE_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the ether type of the payload.
     *
     * @param protocolType 0 to 65,535
     * @return this
     */
    public GreHeader protocolType(final int protocolType) {
        buffer.putShort(offset + PROTOCOL_TYPE_OFFSET, (short) protocolType, BIG_ENDIAN);
        return this;
    }

    /** {@return the checksum as it is; only there if {@link #hasChecksum()}, 0 to 65,535} */
    public int checksum() {
        return buffer.getShort(offset + CHECKSUM_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the checksum as it is; only there if {@link #hasChecksum()}.
     *
     * @param checksum 0 to 65,535
     * @return this
     */
    public GreHeader checksum(final int checksum) {
        buffer.putShort(offset + CHECKSUM_OFFSET, (short) checksum, BIG_ENDIAN);
        return this;
    }

    /**
     * Computes the checksum anew over header and payload and writes it and the zero behind it. Only if {@link #hasChecksum()}.
     *
     * @param length of header and payload in bytes
     * @return this
     */
    public GreHeader updateChecksum(final int length) {
        buffer.putInt(offset + CHECKSUM_OFFSET, 0, BIG_ENDIAN);
        return checksum(InternetChecksum.compute(buffer, offset, length));
    }

    /** {@return the key; only there if {@link #hasKey()}, all 32 bits, to be read as unsigned} */
    public int key() {
        return buffer.getInt(keyOffset(), BIG_ENDIAN);
    }

    /**
     * Sets the key; only there if {@link #hasKey()}.
     *
     * @param key all 32 bits, to be read as unsigned
     * @return this
     */
    public GreHeader key(final int key) {
        buffer.putInt(keyOffset(), key, BIG_ENDIAN);
        return this;
    }

    /** {@return the sequence number; only there if {@link #hasSequence()}, 0 to 4,294,967,295} */
    public long sequence() {
        return buffer.getInt(sequenceOffset(), BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /**
     * Sets the sequence number; only there if {@link #hasSequence()}.
     *
     * @param sequence 0 to 4,294,967,295
     * @return this
     */
    public GreHeader sequence(final long sequence) {
        buffer.putInt(sequenceOffset(), (int) sequence, BIG_ENDIAN);
        return this;
    }

    /**
     * Writes a whole header of {@link #KEYED_LENGTH} bytes: version 0, a key, no checksum, no sequence number.
     *
     * @param protocolType ether type of the payload
     * @param key all 32 bits
     * @return this
     */
    public GreHeader writeKeyed(final int protocolType, final int key) {
        return flags(KEY_FLAG).protocolType(protocolType).key(key);
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append("GREv").append(version());
        if (hasKey()) {
            builder.append(", key ").append(Integer.toUnsignedString(key()));
        }
        if (hasSequence()) {
            builder.append(", seq ").append(sequence());
        }
        return builder.append(", proto 0x").append(Integer.toHexString(protocolType()));
    }

    private int keyOffset() {
        return offset + MIN_LENGTH + (hasChecksum() ? FIELD_LENGTH : 0);
    }

    private int sequenceOffset() {
        return keyOffset() + (hasKey() ? FIELD_LENGTH : 0);
    }

    private static int headerLength(final int flags) {
        return MIN_LENGTH + FIELD_LENGTH * Integer.bitCount(flags & (CHECKSUM_FLAG | KEY_FLAG | SEQUENCE_FLAG));
    }
}
