package org.dvr.codec.transport;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;

/**
 * Flyweight over a neighbor solicitation or advertisement, read and written in place (RFC 4861 §4.3, §4.4).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  | Type (135/136)|   Code (0)    |          Checksum             |
 *  |R|S|O|                     Reserved                            |
 *  |                                                               |
 *  +                       Target Address (128 bits)               +
 *  |                                                               |
 *  | Option type   | Length in 8 B |  ...                          |
 * </pre>
 * The flags are those of an advertisement. Type, code and checksum are {@link Icmpv6Header}'s business. Owned by one
 * worker. Accessors trust {@link #check} and do not repeat it.
 */
public final class NeighborDiscovery {
    /** Bytes of a message without options. */
    public static final int LENGTH = 24;

    /** Bytes of a link-layer address option for Ethernet. */
    public static final int LINK_LAYER_ADDRESS_LENGTH = 8;

    /** Option: link-layer address of the sender of a solicitation. */
    public static final int SOURCE_LINK_LAYER_ADDRESS = 1;

    /** Option: link-layer address of the target of an advertisement. */
    public static final int TARGET_LINK_LAYER_ADDRESS = 2;

    /** What {@link #findLinkLayerAddress} answers if there is no such option. */
    public static final long MISSING = -1;

    private static final int TYPE_OFFSET = 0;
    private static final int FLAGS_OFFSET = 4;
    private static final int TARGET_HIGH_OFFSET = 8;
    private static final int TARGET_LOW_OFFSET = 16;

    private static final int OPTION_UNIT = 8;
    private static final int ROUTER = 0x80;
    private static final int SOLICITED = 0x40;
    private static final int OVERRIDE = 0x20;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges the length and those of all options: "All included options have a length that is greater than zero"
     * (RFC 4861 §7.1.1).
     *
     * @param buffer what holds the message
     * @param offset of the ICMPv6 type
     * @param length of the whole message in bytes
     * @return {@link DecodeFault#NONE}, {@link DecodeFault#ICMP_TRUNCATED} or
     *     {@link DecodeFault#NEIGHBOR_DISCOVERY_OPTION}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        if (length < LENGTH) {
            return DecodeFault.ICMP_TRUNCATED;
        }
        final int end = offset + length;
        int at = offset + LENGTH;
        while (at < end) {
            if (end - at < OPTION_UNIT) {
                return DecodeFault.NEIGHBOR_DISCOVERY_OPTION;
            }
            final int optionLength = (buffer.getByte(at + 1) & 0xFF) * OPTION_UNIT;
            if (optionLength == 0 || optionLength > end - at) {
                return DecodeFault.NEIGHBOR_DISCOVERY_OPTION;
            }
            at += optionLength;
        }
        return DecodeFault.NONE;
    }

    /**
     * Points this flyweight at the ICMPv6 type of a solicitation or advertisement.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public NeighborDiscovery wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return whether this is a solicitation} */
    public boolean isSolicitation() {
        return (buffer.getByte(offset + TYPE_OFFSET) & 0xFF) == Icmpv6Header.NEIGHBOR_SOLICITATION;
    }

    /** {@return whether this is an advertisement} */
    public boolean isAdvertisement() {
        return (buffer.getByte(offset + TYPE_OFFSET) & 0xFF) == Icmpv6Header.NEIGHBOR_ADVERTISEMENT;
    }

    /** Zeroes flags and reserved bits: as a solicitation has them, and before the flags of an advertisement are set. */
    public NeighborDiscovery clearFlags() {
        buffer.putInt(offset + FLAGS_OFFSET, 0, BIG_ENDIAN);
        return this;
    }

    /** {@return whether the sender is a router, true or false} */
    public boolean router() {
        return (buffer.getByte(offset + FLAGS_OFFSET) & ROUTER) != 0;
    }

    /**
     * Sets whether the sender is a router.
     *
     * @param router true or false
     * @return this
     */
    public NeighborDiscovery router(final boolean router) {
        flag(ROUTER, router);
        return this;
    }

    /** {@return whether this answers a solicitation, true or false} */
    public boolean solicited() {
        return (buffer.getByte(offset + FLAGS_OFFSET) & SOLICITED) != 0;
    }

    /**
     * Sets whether this answers a solicitation.
     *
     * @param solicited true or false
     * @return this
     */
    public NeighborDiscovery solicited(final boolean solicited) {
        flag(SOLICITED, solicited);
        return this;
    }

    /** {@return whether this overrides what the receiver has cached, true or false} */
    public boolean override() {
        return (buffer.getByte(offset + FLAGS_OFFSET) & OVERRIDE) != 0;
    }

    /**
     * Sets whether this overrides what the receiver has cached.
     *
     * @param override true or false
     * @return this
     */
    public NeighborDiscovery override(final boolean override) {
        flag(OVERRIDE, override);
        return this;
    }

    /** {@return the first 64 bits of the target address, host order} */
    public long targetHigh() {
        return buffer.getLong(offset + TARGET_HIGH_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the first 64 bits of the target address.
     *
     * @param targetHigh host order
     * @return this
     */
    public NeighborDiscovery targetHigh(final long targetHigh) {
        buffer.putLong(offset + TARGET_HIGH_OFFSET, targetHigh, BIG_ENDIAN);
        return this;
    }

    /** {@return the last 64 bits of the target address, host order} */
    public long targetLow() {
        return buffer.getLong(offset + TARGET_LOW_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the last 64 bits of the target address.
     *
     * @param targetLow host order
     * @return this
     */
    public NeighborDiscovery targetLow(final long targetLow) {
        buffer.putLong(offset + TARGET_LOW_OFFSET, targetLow, BIG_ENDIAN);
        return this;
    }

    /**
     * Looks for a link-layer address among the options of a message that {@link #check} has passed.
     *
     * @param optionType {@link #SOURCE_LINK_LAYER_ADDRESS} or {@link #TARGET_LINK_LAYER_ADDRESS}
     * @param length of the whole message in bytes
     * @return MAC in the low 48 bits, or {@link #MISSING}
     */
    public long findLinkLayerAddress(final int optionType, final int length) {
        final int end = offset + length;
        int at = offset + LENGTH;
        while (end - at >= LINK_LAYER_ADDRESS_LENGTH) {
            final int units = buffer.getByte(at + 1) & 0xFF;
            if (units == 0) {
                return MISSING;
            }
            if ((buffer.getByte(at) & 0xFF) == optionType && units == 1) {
                return EthernetHeader.readMac(buffer, at + 2);
            }
            at += units * OPTION_UNIT;
        }
        return MISSING;
    }

    /**
     * Writes a link-layer address as the first option, right behind the target: the message then has
     * {@link #LENGTH} + {@link #LINK_LAYER_ADDRESS_LENGTH} bytes.
     *
     * @param optionType {@link #SOURCE_LINK_LAYER_ADDRESS} or {@link #TARGET_LINK_LAYER_ADDRESS}
     * @param mac MAC in the low 48 bits
     * @return this
     */
    public NeighborDiscovery writeLinkLayerAddress(final int optionType, final long mac) {
        buffer.putByte(offset + LENGTH, (byte) optionType);
        buffer.putByte(offset + LENGTH + 1, (byte) 1);
        EthernetHeader.writeMac(buffer, offset + LENGTH + 2, mac);
        return this;
    }

    /** Appends the message without options. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append(isSolicitation() ? "neighbor solicitation, who has " : "neighbor advertisement, tgt is ");
        Ipv6Address.append(builder, targetHigh(), targetLow());
        if (isAdvertisement()) {
            builder.append(", Flags [").append(router() ? "R" : "").append(solicited() ? "S" : "");
            builder.append(override() ? "O" : "").append(']');
        }
        return builder;
    }

    /** Appends a link-layer address found among the options, or nothing. */
    public StringBuilder appendLinkLayerAddressTo(final StringBuilder builder, final int length) {
        final int type = isSolicitation() ? SOURCE_LINK_LAYER_ADDRESS : TARGET_LINK_LAYER_ADDRESS;
        final long mac = findLinkLayerAddress(type, length);
        return mac == MISSING ? builder : MacAddress.append(builder.append(", lladdr "), mac);
    }

    private void flag(final int mask, final boolean isSet) {
        final int flags = buffer.getByte(offset + FLAGS_OFFSET);
        buffer.putByte(offset + FLAGS_OFFSET, (byte) (isSet ? flags | mask : flags & ~mask));
    }
}
