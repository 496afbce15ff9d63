package org.dvr.codec.ethernet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.net.MacAddress;

/**
 * Flyweight over an Ethernet header without VLAN tags, read and written in place.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                  Destination MAC (first 32 bits)              |
 *  | Destination MAC (last 16)     | Source MAC (first 16)         |
 *  |                  Source MAC (last 32 bits)                    |
 *  |           Ether type          |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it.
 */
public final class EthernetHeader {
    /** Bytes of the header. */
    public static final int LENGTH = 14;

    private static final int DESTINATION_OFFSET = 0;
    private static final int SOURCE_OFFSET = 6;
    private static final int ETHER_TYPE_OFFSET = 12;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges whether an Ethernet header is there.
     *
     * @param buffer what holds the frame
     * @param offset of the header
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE} or {@link DecodeFault#ETHERNET_TRUNCATED}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        return length < LENGTH ? DecodeFault.ETHERNET_TRUNCATED : DecodeFault.NONE;
    }

    /** {@return the six bytes at the offset as a MAC in the low 48 bits} */
    public static long readMac(final DirectBuffer buffer, final int offset) {
        return ((buffer.getInt(offset, BIG_ENDIAN) & 0xFFFF_FFFFL) << 16)
                | (buffer.getShort(offset + 4, BIG_ENDIAN) & 0xFFFFL);
    }

    /**
     * Reads the destination with one load.
     *
     * @param buffer what holds the header
     * @param offset of the header, which is complete
     * @return MAC in the low 48 bits
     */
    public static long readDestination(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset, BIG_ENDIAN) >>> 16;
    }

    /**
     * Reads source and ethertype with one load.
     *
     * @param buffer what holds the header
     * @param offset of the header, which is complete
     * @return source MAC in the high 48 bits, ethertype in the low 16
     */
    public static long readSourceAndType(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + SOURCE_OFFSET, BIG_ENDIAN);
    }

    /**
     * Writes destination and source and no other byte.
     *
     * @param buffer to write to
     * @param offset of the header
     * @param destination MAC in the low 48 bits
     * @param source MAC in the low 48 bits
     */
    public static void writeMacs(
            final MutableDirectBuffer buffer, final int offset, final long destination, final long source) {
        buffer.putLong(offset, (destination << 16) | ((source >>> 32) & 0xFFFF), BIG_ENDIAN);
        buffer.putInt(offset + 8, (int) source, BIG_ENDIAN);
    }

    /**
     * Writes six bytes and no other.
     *
     * @param buffer to write to
     * @param offset of the first byte
     * @param mac MAC in the low 48 bits; the others are ignored
     */
    public static void writeMac(final MutableDirectBuffer buffer, final int offset, final long mac) {
        buffer.putInt(offset, (int) (mac >>> 16), BIG_ENDIAN);
        buffer.putShort(offset + 4, (short) mac, BIG_ENDIAN);
    }

    /**
     * Points this flyweight at an Ethernet header.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public EthernetHeader wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return the destination, MAC in the low 48 bits} */
    public long destination() {
        return readMac(buffer, offset + DESTINATION_OFFSET);
    }

    /**
     * Sets the destination.
     *
     * @param destination MAC in the low 48 bits
     * @return this
     */
    public EthernetHeader destination(final long destination) {
        writeMac(buffer, offset + DESTINATION_OFFSET, destination);
        return this;
    }

    /** {@return the source, MAC in the low 48 bits} */
    public long source() {
        return readMac(buffer, offset + SOURCE_OFFSET);
    }

    /**
     * Sets the source.
     *
     * @param source MAC in the low 48 bits
     * @return this
     */
    public EthernetHeader source(final long source) {
        writeMac(buffer, offset + SOURCE_OFFSET, source);
        return this;
    }

    /** {@return the ether type (or, below 1,536, the length of an IEEE 802.3 frame), 0 to 65,535} */
    public int etherType() {
        return buffer.getShort(offset + ETHER_TYPE_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the ether type (or, below 1,536, the length of an IEEE 802.3 frame).
     *
     * @param etherType 0 to 65,535
     * @return this
     */
    public EthernetHeader etherType(final int etherType) {
        buffer.putShort(offset + ETHER_TYPE_OFFSET, (short) etherType, BIG_ENDIAN);
        return this;
    }

    /** Appends the fields in the order in which people read them: source, destination, type. */
    public StringBuilder appendTo(final StringBuilder builder) {
        MacAddress.append(builder, source()).append(" > ");
        MacAddress.append(builder, destination()).append(", ethertype 0x");
        return builder.append(Integer.toHexString(etherType()));
    }
}
