package org.dvr.codec.arp;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;

/**
 * Flyweight over an ARP packet for IPv4 over Ethernet, read and written in place (RFC 826).
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |     Hardware type (1)         |     Protocol type (0x0800)    |
 *  | Hw length (6) | Pr length (4) |           Operation           |
 *  |                  Sender MAC (first 32 bits)                   |
 *  |     Sender MAC (last 16)      |     Sender IP (first 16)      |
 *  |     Sender IP (last 16)       |     Target MAC (first 16)     |
 *  |                  Target MAC (last 32 bits)                    |
 *  |                           Target IP                           |
 * </pre>
 * Owned by one worker. Accessors trust {@link #check} and do not repeat it.
 */
public final class ArpPacket {
    /** Bytes of the packet. */
    public static final int LENGTH = 28;

    /** Operation: who has the target IP? */
    public static final int REQUEST = 1;

    /** Operation: the sender has the sender IP. */
    public static final int REPLY = 2;

    private static final int TYPES_OFFSET = 0;
    private static final int LENGTHS_OFFSET = 4;
    private static final int OPERATION_OFFSET = 6;
    private static final int SENDER_MAC_OFFSET = 8;
    private static final int SENDER_IP_OFFSET = 14;
    private static final int TARGET_MAC_OFFSET = 18;
    private static final int TARGET_IP_OFFSET = 24;

    private static final int ETHERNET = 1;
    private static final int TYPES = (ETHERNET << 16) | EtherType.IPV4;
    private static final short LENGTHS = 0x0604;

    private MutableDirectBuffer buffer;
    private int offset;

    /**
     * Writes a whole packet.
     *
     * @param buffer to write to
     * @param offset of the packet
     * @param operation {@link #REQUEST} or {@link #REPLY}
     * @param senderMac in the low 48 bits
     * @param senderIp IPv4 address
     * @param targetMac in the low 48 bits
     * @param targetIp IPv4 address
     */
    public static void write(
            final MutableDirectBuffer buffer,
            final int offset,
            final int operation,
            final long senderMac,
            final int senderIp,
            final long targetMac,
            final int targetIp) {
        buffer.putLong(offset, ((long) TYPES << 32) | ((long) LENGTHS << 16) | operation, BIG_ENDIAN);
        buffer.putLong(offset + SENDER_MAC_OFFSET, (senderMac << 16) | (senderIp >>> 16), BIG_ENDIAN);
        buffer.putLong(
                offset + SENDER_IP_OFFSET + 2, ((long) senderIp << 48) | (targetMac & 0xFFFF_FFFF_FFFFL), BIG_ENDIAN);
        buffer.putInt(offset + TARGET_IP_OFFSET, targetIp, BIG_ENDIAN);
    }

    /**
     * Judges length, hardware and protocol types and their lengths, not the operation. Bytes behind the packet are padding.
     *
     * @param buffer what holds the packet
     * @param offset of the packet
     * @param length bytes available from the offset
     * @return {@link DecodeFault#NONE}, {@link DecodeFault#ARP_TRUNCATED} or {@link DecodeFault#ARP_NOT_ETHERNET_IPV4}
     */
    public static DecodeFault check(final DirectBuffer buffer, final int offset, final int length) {
        if (length < LENGTH) {
            return DecodeFault.ARP_TRUNCATED;
        }
        if (buffer.getInt(offset + TYPES_OFFSET, BIG_ENDIAN) != TYPES
                || buffer.getShort(offset + LENGTHS_OFFSET, BIG_ENDIAN) != LENGTHS) {
            return DecodeFault.ARP_NOT_ETHERNET_IPV4;
        }
        return DecodeFault.NONE;
    }

    /**
     * Writes hardware type, protocol type and their lengths: six bytes.
     *
     * @param buffer to write to
     * @param offset of the packet
     */
    public static void writeFixed(final MutableDirectBuffer buffer, final int offset) {
        buffer.putInt(offset + TYPES_OFFSET, TYPES, BIG_ENDIAN);
        buffer.putShort(offset + LENGTHS_OFFSET, LENGTHS, BIG_ENDIAN);
    }

    /**
     * Points this flyweight at an ARP packet.
     *
     * @param buffer what holds the bytes
     * @param offset of the first byte
     * @return this
     */
    public ArpPacket wrap(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
        return this;
    }

    /** Writes what is the same in every packet for IPv4 over Ethernet: the first six bytes. */
    public ArpPacket ethernetIpv4() {
        writeFixed(buffer, offset);
        return this;
    }

    /** {@return the operation, 0 to 65,535} */
    public int operation() {
        return buffer.getShort(offset + OPERATION_OFFSET, BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Sets the operation.
     *
     * @param operation 0 to 65,535
     * @return this
     */
    public ArpPacket operation(final int operation) {
        buffer.putShort(offset + OPERATION_OFFSET, (short) operation, BIG_ENDIAN);
        return this;
    }

    /** {@return the MAC of the sender, MAC in the low 48 bits} */
    public long senderMac() {
        return EthernetHeader.readMac(buffer, offset + SENDER_MAC_OFFSET);
    }

    /**
     * Sets the MAC of the sender.
     *
     * @param senderMac MAC in the low 48 bits
     * @return this
     */
    public ArpPacket senderMac(final long senderMac) {
        EthernetHeader.writeMac(buffer, offset + SENDER_MAC_OFFSET, senderMac);
        return this;
    }

    /** {@return the address of the sender, host order} */
    public int senderIp() {
        return buffer.getInt(offset + SENDER_IP_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the address of the sender.
     *
     * @param senderIp host order
     * @return this
     */
    public ArpPacket senderIp(final int senderIp) {
        buffer.putInt(offset + SENDER_IP_OFFSET, senderIp, BIG_ENDIAN);
        return this;
    }

    /** {@return the MAC of the target, MAC in the low 48 bits} */
    public long targetMac() {
        return EthernetHeader.readMac(buffer, offset + TARGET_MAC_OFFSET);
    }

    /**
     * Sets the MAC of the target.
     *
     * @param targetMac MAC in the low 48 bits
     * @return this
     */
    public ArpPacket targetMac(final long targetMac) {
        EthernetHeader.writeMac(buffer, offset + TARGET_MAC_OFFSET, targetMac);
        return this;
    }

    /** {@return the address of the target, host order} */
    public int targetIp() {
        return buffer.getInt(offset + TARGET_IP_OFFSET, BIG_ENDIAN);
    }

    /**
     * Sets the address of the target.
     *
     * @param targetIp host order
     * @return this
     */
    public ArpPacket targetIp(final int targetIp) {
        buffer.putInt(offset + TARGET_IP_OFFSET, targetIp, BIG_ENDIAN);
        return this;
    }

    /** Appends the packet as a sentence. */
    public StringBuilder appendTo(final StringBuilder builder) {
        if (operation() == REQUEST) {
            Ipv4Address.append(builder.append("Request who-has "), targetIp());
            if (!MacAddress.isZero(targetMac())) {
                MacAddress.append(builder.append(" ("), targetMac()).append(')');
            }
            Ipv4Address.append(builder.append(" tell "), senderIp());
        } else if (operation() == REPLY) {
            Ipv4Address.append(builder.append("Reply "), senderIp());
            MacAddress.append(builder.append(" is-at "), senderMac());
        } else {
            builder.append("operation ").append(operation());
        }
        return builder;
    }
}
