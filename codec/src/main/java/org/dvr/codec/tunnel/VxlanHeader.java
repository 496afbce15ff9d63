package org.dvr.codec.tunnel;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;

/**
 * Flyweight over a VXLAN header, read and written in place (RFC 7348 §5).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |R|R|R|R|I|R|R|R|                   Reserved                    |
 *  |                      VNI                      |   Reserved    |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it.
 */
public final class VxlanHeader {
    /** Bytes of the header. */
    public static final int LENGTH = 8;

    /** UDP destination port that IANA has assigned. */
    public static final int PORT = 4789;

    /** The highest VNI. */
    public static final int MAX_VNI = 0xFF_FFFF;

    /** The flags as sent: the VNI is valid, all else zero. */
    public static final int VNI_FLAG = 0x08;

    private static final int FLAGS_OFFSET = 0;
    private static final int VNI_OFFSET = 4;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges length and the I flag.
     *
     * @param buffer what holds the header
     * @param offset of the header
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE}, {@link DecodeFault#VXLAN_TRUNCATED} or {@link DecodeFault#VXLAN_VNI_FLAG_UNSET}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        if (length < LENGTH) {
            return DecodeFault.VXLAN_TRUNCATED;
        }
        // The other seven flag bits are "ignored on receipt" (RFC 7348 §5).
        if ((buffer.getByte(offset + FLAGS_OFFSET) & VNI_FLAG) == 0) {
            return DecodeFault.VXLAN_VNI_FLAG_UNSET;
        }
        return DecodeFault.NONE;
    }

    /**
     * Points this flyweight at a VXLAN header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public VxlanHeader wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return the flags; setting them also zeroes the 24 reserved bits behind them, 0 to 255} */
    public int flags() {
        return buffer.getByte(offset + FLAGS_OFFSET) & 0xFF;
    }

    /**
     * Sets the flags; setting them also zeroes the 24 reserved bits behind them.
     *
     * @param flags 0 to 255
     * @return this
     */
    public VxlanHeader flags(final int flags) {
        buffer.putInt(offset + FLAGS_OFFSET, flags << 24, BIG_ENDIAN);
        return this;
    }

    /** {@return the VNI; setting it also zeroes the reserved byte behind it, 0 to 16,777,215} */
    public int vni() {
        return buffer.getInt(offset + VNI_OFFSET, BIG_ENDIAN) >>> 8;
    }

    /**
     * Sets the VNI; setting it also zeroes the reserved byte behind it.
     *
     * @param vni 0 to 16,777,215
     * @return this
     */
    public VxlanHeader vni(final int vni) {
        buffer.putInt(offset + VNI_OFFSET, vni << 8, BIG_ENDIAN);
        return this;
    }

    /** Writes the whole header: the I flag, a VNI of 0 to 16,777,215, and zero where the RFC reserves. */
    public VxlanHeader write(final int vni) {
        return flags(VNI_FLAG).vni(vni);
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append("VXLAN, flags 0x").append(Integer.toHexString(flags()));
        return builder.append(", vni ").append(vni());
    }
}
