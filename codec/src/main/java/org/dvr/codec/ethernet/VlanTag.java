package org.dvr.codec.ethernet;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;

/**
 * Flyweight over the four bytes that follow the ether type 0x8100 or 0x88A8 (IEEE 802.1Q).
 *
 * <p>It is wrapped right behind the ether type that announces it: at frame offset 14 for the only or outer tag, at
 * frame offset 18 for the tag inside it. So the 0x8100 itself is <em>not</em> part of it, and its own ether type is that
 * of what comes next.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  | PCP |D|        VLAN id        |       Next ether type         |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it.
 */
public final class VlanTag {
    /** Bytes of the tag. */
    public static final int LENGTH = 4;

    private static final int TCI_OFFSET = 0;
    private static final int ETHER_TYPE_OFFSET = 2;
    private static final int PRIORITY_SHIFT = 13;
    private static final int DROP_ELIGIBLE = 0x1000;
    private static final int VLAN_ID_MASK = 0x0FFF;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Judges whether a tag is there.
     *
     * @param buffer what holds the frame
     * @param offset of the byte behind the announcing ether type
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE} or {@link DecodeFault#VLAN_TRUNCATED}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        return length < LENGTH ? DecodeFault.VLAN_TRUNCATED : DecodeFault.NONE;
    }

    /** {@return whether an ether type announces a tag} */
    public static boolean isAnnouncedBy(final int etherType) {
        return etherType == EtherType.VLAN || etherType == EtherType.QINQ;
    }

    /**
     * Points this flyweight at the byte behind the announcing ether type.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public VlanTag wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** {@return the first two bytes as they are: priority, drop eligibility and VLAN id, 0 to 65,535} */
    public int tci() {
        return buffer.getShort(offset + TCI_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the first two bytes as they are: priority, drop eligibility and VLAN id.
     *
     * @param tci 0 to 65,535
     * @return this
     */
    public VlanTag tci(final int tci) {
        buffer.putShort(offset + TCI_OFFSET, (short) tci, BIG_ENDIAN);
        return this;
    }

    /** {@return the priority code point, 0 to 7} */
    public int priority() {
        return tci() >>> PRIORITY_SHIFT;
    }

    /**
     * Sets the priority code point.
     *
     * @param priority 0 to 7
     * @return this
     */
    public VlanTag priority(final int priority) {
        tci((tci() & ~(7 << PRIORITY_SHIFT)) | ((priority & 7) << PRIORITY_SHIFT));
        return this;
    }

    /** {@return whether the frame may be dropped first, true or false} */
    public boolean dropEligible() {
        return (tci() & DROP_ELIGIBLE) != 0;
    }

    /**
     * Sets whether the frame may be dropped first.
     *
     * @param dropEligible true or false
     * @return this
     */
    public VlanTag dropEligible(final boolean dropEligible) {
        tci(dropEligible ? tci() | DROP_ELIGIBLE : tci() & ~DROP_ELIGIBLE);
        return this;
    }

    /** {@return the VLAN id, 0 to 4,095} */
    public int vlanId() {
        return tci() & VLAN_ID_MASK;
    }

    /**
     * Sets the VLAN id.
     *
     * @param vlanId 0 to 4,095
     * @return this
     */
    public VlanTag vlanId(final int vlanId) {
        tci((tci() & ~VLAN_ID_MASK) | (vlanId & VLAN_ID_MASK));
        return this;
    }

    /** {@return the ether type of what follows the tag, 0 to 65,535} */
    public int etherType() {
        return buffer.getShort(offset + ETHER_TYPE_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the ether type of what follows the tag.
     *
     * @param etherType 0 to 65,535
     * @return this
     */
    public VlanTag etherType(final int etherType) {
        buffer.putShort(offset + ETHER_TYPE_OFFSET, (short) etherType, BIG_ENDIAN);
        return this;
    }

    /** Appends the fields. */
    public StringBuilder appendTo(final StringBuilder builder) {
        builder.append("vlan ").append(vlanId()).append(", p ").append(priority());
        if (dropEligible()) {
            builder.append(", DEI");
        }
        return builder.append(", ethertype 0x").append(Integer.toHexString(etherType()));
    }
}
