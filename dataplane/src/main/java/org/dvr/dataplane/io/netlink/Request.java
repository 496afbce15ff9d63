package org.dvr.dataplane.io.netlink;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.nativeOrder;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.topology.IpAddress;

/**
 * A message to the kernel while it is written: {@code struct nlmsghdr}, a header of its type, attributes.
 *
 * <pre>   length (4), type (2), flags (2), sequence (4), port (4), all in the machine's order </pre>
 */
final class Request {
    static final int HEADER = 16;
    static final int LENGTH = 0;
    static final int TYPE = 4;
    static final int FLAGS = 6;
    static final int SEQUENCE = 8;

    private static final int CAPACITY = 1_024; // more than any request of ours
    private static final int ATTRIBUTE = 4;
    private static final int NESTED = 0x8000;

    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, Long.BYTES));
    private final String what;
    private int length;

    /**
     * @param what is asked for, for people
     * @param type RTM_...
     * @param flags NLM_F_... beside NLM_F_REQUEST
     * @param familyHeader length of the header of its type, all zero
     */
    Request(final String what, final int type, final int flags, final int familyHeader) {
        this.what = what;
        length = HEADER + Rtnetlink.align(familyHeader);
        buffer.putShort(TYPE, (short) type, nativeOrder());
        buffer.putShort(FLAGS, (short) (flags | Rtnetlink.NLM_F_REQUEST), nativeOrder());
    }

    /** Writes a byte of the type's header. */
    Request header8(final int offset, final int value) {
        buffer.putByte(HEADER + offset, (byte) value);
        return this;
    }

    /** Writes 16 bits of the type's header. */
    Request header16(final int offset, final int value) {
        buffer.putShort(HEADER + offset, (short) value, nativeOrder());
        return this;
    }

    /** Writes 32 bits of the type's header. */
    Request header32(final int offset, final int value) {
        buffer.putInt(HEADER + offset, value, nativeOrder());
        return this;
    }

    /** Skips a header within an attribute, all zero. */
    Request zeroes(final int count) {
        length += Rtnetlink.align(count);
        return this;
    }

    Request attribute(final int type, final int value) {
        final int offset = begin(type);
        buffer.putInt(length, value, nativeOrder());
        length += Integer.BYTES;
        return end(offset);
    }

    Request attribute(final int type, final String text) {
        final byte[] bytes = text.getBytes(UTF_8);
        final int offset = begin(type);
        buffer.putBytes(length, bytes);
        length += bytes.length + 1;
        return end(offset);
    }

    Request attribute(final int type, final IpAddress address) {
        final int offset = begin(type);
        if (address.isIpv4()) {
            buffer.putInt(length, address.ipv4(), BIG_ENDIAN);
            length += Integer.BYTES;
        } else {
            buffer.putLong(length, address.high(), BIG_ENDIAN);
            buffer.putLong(length + Long.BYTES, address.low(), BIG_ENDIAN);
            length += 2 * Long.BYTES;
        }
        return end(offset);
    }

    Request macAttribute(final int type, final long mac) {
        final int offset = begin(type);
        buffer.putShort(length, (short) (mac >>> 32), BIG_ENDIAN);
        buffer.putInt(length + 2, (int) mac, BIG_ENDIAN);
        length += 6;
        return end(offset);
    }

    /** Opens an attribute that others are in; {@return what {@link #end} takes}. */
    int nest(final int type) {
        return begin(type | NESTED);
    }

    /** Closes an attribute. */
    Request end(final int offset) {
        buffer.putShort(offset, (short) (length - offset), nativeOrder());
        length = Rtnetlink.align(length);
        return this;
    }

    private int begin(final int type) {
        final int offset = length;
        buffer.putShort(offset + 2, (short) type, nativeOrder());
        length += ATTRIBUTE;
        return offset;
    }

    String what() {
        return what;
    }

    /** Completes the message. */
    void seal(final int sequence, final boolean wantsAck) {
        final int flags = buffer.getShort(FLAGS, nativeOrder()) | (wantsAck ? Rtnetlink.NLM_F_ACK : 0);
        buffer.putInt(LENGTH, length, nativeOrder());
        buffer.putShort(FLAGS, (short) flags, nativeOrder());
        buffer.putInt(SEQUENCE, sequence, nativeOrder());
    }

    long address() {
        return buffer.addressOffset();
    }

    int length() {
        return length;
    }

    int type() {
        return buffer.getShort(TYPE, nativeOrder());
    }
}
