package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.nativeOrder;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.agrona.DirectBuffer;
import org.dvr.dataplane.topology.IpAddress;

/**
 * A cursor over the attributes of a message ({@code struct rtattr}).
 *
 * <pre>   length (2), type (2), value, padding to four bytes </pre>
 *
 * Attributes that claim more than there is end the walk.
 */
final class Attributes {
    private static final int HEADER = 4;
    private static final int TYPE_MASK = 0x3FFF; // NLA_F_NESTED and NLA_F_NET_BYTEORDER are above

    private DirectBuffer buffer;
    private int next;
    private int end;
    private int offset;
    private int length;
    private int type;

    /**
     * @param buffer holds the message
     * @param offset of the first attribute
     * @param end of the last one
     */
    Attributes wrap(final DirectBuffer buffer, final int offset, final int end) {
        this.buffer = buffer;
        this.next = offset;
        this.end = end;
        return this;
    }

    /** {@return false when there is no further attribute} */
    boolean next() {
        if (end - next < HEADER) {
            return false;
        }
        final int total = buffer.getShort(next, nativeOrder()) & 0xFFFF;
        if (total < HEADER || total > end - next) {
            return false;
        }
        type = buffer.getShort(next + 2, nativeOrder()) & TYPE_MASK;
        offset = next + HEADER;
        length = total - HEADER;
        next += Rtnetlink.align(total);
        return true;
    }

    int type() {
        return type;
    }

    /** {@return bytes of the value} */
    int length() {
        return length;
    }

    /** {@return a number of 32 bits in the machine's order, 0 when there are fewer} */
    int asInt() {
        return length < Integer.BYTES ? 0 : buffer.getInt(offset, nativeOrder());
    }

    /** {@return a text without its zero byte} */
    String asText() {
        int size = length;
        while (size > 0 && buffer.getByte(offset + size - 1) == 0) {
            size--;
        }
        final byte[] bytes = new byte[size];
        buffer.getBytes(offset, bytes);
        return new String(bytes, UTF_8);
    }

    /** {@return a MAC in the low 48 bits, 0 when it is of another length} */
    long asMac() {
        return length == 6
                ? (buffer.getInt(offset, BIG_ENDIAN) & 0xFFFF_FFFFL) << 16
                        | (buffer.getShort(offset + 4, BIG_ENDIAN) & 0xFFFF)
                : 0;
    }

    /** {@return an address of 4 or 16 bytes, from a place in the value on; null when it is of another length} */
    IpAddress asAddress(final int skipped) {
        return switch (length - skipped) {
            case 4 -> IpAddress.ofIpv4(buffer.getInt(offset + skipped, BIG_ENDIAN));
            case 16 ->
                new IpAddress(
                        buffer.getLong(offset + skipped, BIG_ENDIAN), buffer.getLong(offset + skipped + 8, BIG_ENDIAN));
            default -> null;
        };
    }

    /** {@return a cursor over the attributes within this one} */
    Attributes nested() {
        return new Attributes().wrap(buffer, offset, offset + length);
    }
}
