package org.dvr.pcaps.scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * A frame in the form in which frames are compared (contract.md §3 and §6 row 12), with a name for every byte of it.
 * <p>Bytes behind the end of an ARP, IPv4 or IPv6 packet are cut off, also inside a tunnel, where the outer lengths then shrink
 * accordingly. On the underlay the outer IP id, the outer UDP source port and the checksums that cover them are zero.
 */
public final class FrameFields {
    private static final String UNDERLAY = "underlay";
    private static final int IPV6_LENGTH = 40;
    private static final int GRE_KEY_PRESENT = 0x2000;
    private static final int GRE_CHECKSUM_PRESENT = 0x8000;
    private static final int GRE_SEQUENCE_PRESENT = 0x1000;
    private static final int SHOWN_BYTES = 24;

    /** How a field is written. */
    public enum Form {
        MAC,
        IPV4,
        IPV6,
        NUMBER,
        HEX,
        BYTES
    }

    /**
     * A field.
     *
     * @param name   with the names of the headers around it, as {@code inner.ipv4.ttl}
     * @param offset in bytes from the start of the frame
     * @param length in bytes
     * @param form   how it is written
     */
    public record Field(String name, int offset, int length, Form form) {}

    private final byte[] bytes;
    private final List<Field> fields = new ArrayList<>();
    private final int length;
    /** Where the header of the innermost packet begins when that is an ICMP error or an echo reply; -1 otherwise. */
    private int answerOffset = -1;

    private FrameFields(final byte[] frame, final boolean isUnderlay) {
        bytes = frame.clone();
        length = ethernet("", 0, frame.length, isUnderlay);
    }

    /**
     * Takes a frame apart.
     *
     * @param frame      from its Ethernet header; not changed
     * @param isUnderlay true for a frame on the underlay, where tunnels are looked into
     * @return its comparable form
     */
    public static FrameFields of(final byte[] frame, final boolean isUnderlay) {
        return new FrameFields(frame, isUnderlay);
    }

    /**
     * Does an attachment point or wire carry tunnels?
     *
     * @param name {@code underlay}, {@code HOST/underlay}, {@code wire-underlay} or any other
     * @return true for these
     */
    public static boolean isUnderlay(final String name) {
        return name.equals(UNDERLAY) || name.equals("wire-" + UNDERLAY) || name.endsWith("/" + UNDERLAY);
    }

    /** {@return the comparable bytes} */
    public byte[] comparable() {
        return Arrays.copyOf(bytes, length);
    }

    /** {@return the fields in order} */
    public List<Field> fields() {
        return fields;
    }

    /** {@return true when the innermost packet is an ICMP error or an echo reply, which hosts make themselves} */
    boolean isAnswer() {
        return answerOffset >= 0;
    }

    /** {@return the comparable bytes with the IP id of the innermost packet zero, and its header checksum} */
    byte[] comparableWithoutId() {
        final byte[] copy = comparable();
        Arrays.fill(copy, answerOffset + 4, answerOffset + 6, (byte) 0);
        Arrays.fill(copy, answerOffset + 10, answerOffset + 12, (byte) 0);
        return copy;
    }

    /** {@return what tells one answer from another even when addresses are translated: IP id, ICMP type, code and sequence number} */
    long answerKey() {
        final int icmp = answerOffset + ((bytes[answerOffset] & 0xF) << 2);
        final long sequence = u8(icmp) == IcmpHeader.ECHO_REPLY ? u16(icmp + 6) : 0;
        return ((long) u16(answerOffset + 4) << 32) | ((long) u16(icmp) << 16) | sequence;
    }

    /**
     * A field's value as text.
     *
     * @param field one of this frame
     * @return as people write it; long bytes are cut
     */
    public String text(final Field field) {
        return switch (field.form) {
            case MAC -> MacAddress.toString(number(field.offset, 6));
            case IPV4 -> Ipv4Address.toString((int) number(field.offset, 4));
            case IPV6 -> Ipv6Address.toString(number(field.offset, 8), number(field.offset + 8, 8));
            case NUMBER -> Long.toString(number(field.offset, field.length));
            case HEX -> "0x" + HexFormat.of().formatHex(bytes, field.offset, field.offset + field.length);
            case BYTES -> hex(field, 0);
        };
    }

    /**
     * Some bytes of a field as hexadecimal text.
     *
     * @param field one of this frame
     * @param from  first byte within it
     * @return at most 24 bytes and how many the field has
     */
    String hex(final Field field, final int from) {
        final int shown = Math.min(SHOWN_BYTES, field.length - from);
        if (shown <= 0) {
            return "(" + field.length + " bytes)";
        }
        final String text = HexFormat.of().formatHex(bytes, field.offset + from, field.offset + from + shown);
        return text + (from + shown < field.length ? "…" : "") + " (" + field.length + " bytes)";
    }

    /**
     * Finds a field by name.
     *
     * @param name of the field
     * @return null where this frame does not have it
     */
    public Field find(final String name) {
        for (final Field field : fields) {
            if (field.name.equals(name)) {
                return field;
            }
        }
        return null;
    }

    private void add(final String name, final int offset, final int fieldLength, final Form form) {
        fields.add(new Field(name, offset, fieldLength, form));
    }

    /** The rest up to an end, undecoded. */
    private int data(final String prefix, final int offset, final int end) {
        if (end > offset) {
            add(prefix + "data", offset, end - offset, Form.BYTES);
        }
        return end;
    }

    private int ethernet(final String prefix, final int offset, final int available, final boolean mayBeTunnel) {
        final int end = offset + available;
        if (available < EthernetHeader.LENGTH) {
            return data(prefix, offset, end);
        }
        add(prefix + "ethernet.destination", offset, 6, Form.MAC);
        add(prefix + "ethernet.source", offset + 6, 6, Form.MAC);
        int at = offset + 12;
        for (int tag = 1; VlanTag.isAnnouncedBy(u16(at)) && at + 2 + VlanTag.LENGTH <= end; tag++) {
            add(prefix + "vlan" + (tag == 1 ? "" : tag) + ".type", at, 2, Form.HEX);
            add(prefix + "vlan" + (tag == 1 ? "" : tag) + ".tag", at + 2, 2, Form.HEX);
            at += VlanTag.LENGTH;
        }
        add(prefix + "ethernet.type", at, 2, Form.HEX);
        final int type = u16(at);
        at += 2;
        return switch (type) {
            case EtherType.ARP -> arp(prefix, at, end);
            case EtherType.IPV4 -> ipv4(prefix, at, end, mayBeTunnel);
            case EtherType.IPV6 -> ipv6(prefix, at, end);
            default -> data(prefix, at, end);
        };
    }

    private int arp(final String prefix, final int offset, final int end) {
        if (end - offset < 28 || u8(offset + 4) != 6 || u8(offset + 5) != 4) {
            return data(prefix + "arp.", offset, end);
        }
        add(prefix + "arp.hardware-type", offset, 2, Form.NUMBER);
        add(prefix + "arp.protocol-type", offset + 2, 2, Form.HEX);
        add(prefix + "arp.lengths", offset + 4, 2, Form.HEX);
        add(prefix + "arp.operation", offset + 6, 2, Form.NUMBER);
        add(prefix + "arp.sender-mac", offset + 8, 6, Form.MAC);
        add(prefix + "arp.sender-ip", offset + 14, 4, Form.IPV4);
        add(prefix + "arp.target-mac", offset + 18, 6, Form.MAC);
        add(prefix + "arp.target-ip", offset + 24, 4, Form.IPV4);
        return offset + 28;
    }

    private int ipv4(final String prefix, final int offset, final int limit, final boolean mayBeTunnel) {
        if (limit - offset < Ipv4Header.MIN_LENGTH || u8(offset) >>> 4 != 4) {
            return data(prefix + "ipv4.", offset, limit);
        }
        final int headerLength = (u8(offset) & 0xF) << 2;
        final int totalLength = u16(offset + 2);
        if (headerLength < Ipv4Header.MIN_LENGTH || totalLength < headerLength || totalLength > limit - offset) {
            return data(prefix + "ipv4.", offset, limit);
        }
        ipv4Header(prefix, offset, headerLength);
        final int end = offset + totalLength;
        final int at = offset + headerLength;
        final int protocol = u8(offset + 9);
        final boolean isFragment = (u16(offset + 6) & 0x3FFF) != 0;
        if (mayBeTunnel && !isFragment) {
            final int inner = innerOffset(protocol, at, end);
            if (inner > 0) {
                return tunnel(offset, at, inner, end);
            }
        }
        if ((u16(offset + 6) & 0x1FFF) != 0) {
            return data(prefix, at, end);
        }
        if (protocol == IpProtocol.ICMP && end - at >= IcmpHeader.LENGTH && isAnswerType(u8(at))) {
            answerOffset = offset;
        }
        return transport(prefix, protocol, at, end);
    }

    private void ipv4Header(final String prefix, final int offset, final int headerLength) {
        add(prefix + "ipv4.version-and-length", offset, 1, Form.HEX);
        add(prefix + "ipv4.tos", offset + 1, 1, Form.HEX);
        add(prefix + "ipv4.total-length", offset + 2, 2, Form.NUMBER);
        add(prefix + "ipv4.id", offset + 4, 2, Form.NUMBER);
        add(prefix + "ipv4.flags-and-fragment", offset + 6, 2, Form.HEX);
        add(prefix + "ipv4.ttl", offset + 8, 1, Form.NUMBER);
        add(prefix + "ipv4.protocol", offset + 9, 1, Form.NUMBER);
        add(prefix + "ipv4.checksum", offset + 10, 2, Form.HEX);
        add(prefix + "ipv4.source", offset + 12, 4, Form.IPV4);
        add(prefix + "ipv4.destination", offset + 16, 4, Form.IPV4);
        if (headerLength > Ipv4Header.MIN_LENGTH) {
            add(
                    prefix + "ipv4.options",
                    offset + Ipv4Header.MIN_LENGTH,
                    headerLength - Ipv4Header.MIN_LENGTH,
                    Form.BYTES);
        }
    }

    private static boolean isAnswerType(final int type) {
        return type == IcmpHeader.ECHO_REPLY || isErrorType(type);
    }

    private static boolean isErrorType(final int type) {
        return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    }

    /** Where the frame inside a tunnel packet begins, 0 where it is none. */
    private int innerOffset(final int protocol, final int at, final int end) {
        if (protocol == IpProtocol.UDP && end - at >= 16 && u16(at + 2) == VxlanHeader.PORT) {
            return at + 16;
        }
        if (protocol == IpProtocol.GRE
                && end - at >= 4
                && u16(at + 2) == EtherType.TRANSPARENT_ETHERNET_BRIDGING
                && (u16(at) & 0x4FFF) == 0) {
            final int inner = at + greLength(u16(at));
            return inner <= end ? inner : 0;
        }
        return 0;
    }

    private static int greLength(final int flags) {
        return 4
                + ((flags & GRE_CHECKSUM_PRESENT) != 0 ? 4 : 0)
                + ((flags & GRE_KEY_PRESENT) != 0 ? 4 : 0)
                + ((flags & GRE_SEQUENCE_PRESENT) != 0 ? 4 : 0);
    }

    private int tunnel(final int ip, final int at, final int inner, final int end) {
        final boolean isVxlan = u8(ip + 9) == IpProtocol.UDP;
        if (isVxlan) {
            udp("", at);
            add("vxlan.flags", at + 8, 1, Form.HEX);
            add("vxlan.reserved", at + 9, 3, Form.HEX);
            add("vxlan.vni", at + 12, 3, Form.NUMBER);
            add("vxlan.reserved2", at + 15, 1, Form.HEX);
        } else {
            add("gre.flags", at, 2, Form.HEX);
            add("gre.protocol", at + 2, 2, Form.HEX);
            int field = at + 4;
            if ((u16(at) & GRE_CHECKSUM_PRESENT) != 0) {
                add("gre.checksum", field, 4, Form.HEX);
                field += 4;
            }
            if ((u16(at) & GRE_KEY_PRESENT) != 0) {
                add("gre.key", field, 4, Form.NUMBER);
                field += 4;
            }
            if ((u16(at) & GRE_SEQUENCE_PRESENT) != 0) {
                add("gre.sequence", field, 4, Form.NUMBER);
            }
        }
        final int innerEnd = ethernet("inner.", inner, end - inner, false);
        final int padding = end - innerEnd;
        put16(ip + 2, u16(ip + 2) - padding);
        put16(ip + 4, 0);
        put16(ip + 10, 0);
        if (isVxlan) {
            put16(at, 0);
            put16(at + 4, u16(at + 4) - padding);
            put16(at + 6, 0);
        }
        return innerEnd;
    }

    private int ipv6(final String prefix, final int offset, final int limit) {
        if (limit - offset < IPV6_LENGTH || u8(offset) >>> 4 != 6) {
            return data(prefix + "ipv6.", offset, limit);
        }
        final int end = offset + IPV6_LENGTH + u16(offset + 4);
        if (end > limit) {
            return data(prefix + "ipv6.", offset, limit);
        }
        add(prefix + "ipv6.version-class-label", offset, 4, Form.HEX);
        add(prefix + "ipv6.payload-length", offset + 4, 2, Form.NUMBER);
        add(prefix + "ipv6.next-header", offset + 6, 1, Form.NUMBER);
        add(prefix + "ipv6.hop-limit", offset + 7, 1, Form.NUMBER);
        add(prefix + "ipv6.source", offset + 8, 16, Form.IPV6);
        add(prefix + "ipv6.destination", offset + 24, 16, Form.IPV6);
        return transport(prefix, u8(offset + 6), offset + IPV6_LENGTH, end);
    }

    private int transport(final String prefix, final int protocol, final int at, final int end) {
        final int available = end - at;
        if (protocol == IpProtocol.UDP && available >= 8) {
            udp(prefix, at);
            return data(prefix + "udp.", at + 8, end);
        }
        if (protocol == IpProtocol.TCP && available >= 20) {
            return tcp(prefix, at, end);
        }
        if (protocol == IpProtocol.ICMP && available >= IcmpHeader.LENGTH) {
            return icmp(prefix, at, end);
        }
        if (protocol == IpProtocol.ICMPV6 && available >= IcmpHeader.LENGTH) {
            icmpHeader(prefix + "icmpv6.", at);
            add(prefix + "icmpv6.rest", at + 4, 4, Form.HEX);
            return data(prefix + "icmpv6.", at + 8, end);
        }
        return data(prefix, at, end);
    }

    private void udp(final String prefix, final int at) {
        add(prefix + "udp.source-port", at, 2, Form.NUMBER);
        add(prefix + "udp.destination-port", at + 2, 2, Form.NUMBER);
        add(prefix + "udp.length", at + 4, 2, Form.NUMBER);
        add(prefix + "udp.checksum", at + 6, 2, Form.HEX);
    }

    private int tcp(final String prefix, final int at, final int end) {
        add(prefix + "tcp.source-port", at, 2, Form.NUMBER);
        add(prefix + "tcp.destination-port", at + 2, 2, Form.NUMBER);
        add(prefix + "tcp.sequence", at + 4, 4, Form.NUMBER);
        add(prefix + "tcp.acknowledgment", at + 8, 4, Form.NUMBER);
        add(prefix + "tcp.offset-and-flags", at + 12, 2, Form.HEX);
        add(prefix + "tcp.window", at + 14, 2, Form.NUMBER);
        add(prefix + "tcp.checksum", at + 16, 2, Form.HEX);
        add(prefix + "tcp.urgent", at + 18, 2, Form.NUMBER);
        final int headerLength = (u8(at + 12) >>> 4) << 2;
        if (headerLength > 20 && headerLength <= end - at) {
            add(prefix + "tcp.options", at + 20, headerLength - 20, Form.BYTES);
            return data(prefix + "tcp.", at + headerLength, end);
        }
        return data(prefix + "tcp.", at + 20, end);
    }

    private void icmpHeader(final String prefix, final int at) {
        add(prefix + "type", at, 1, Form.NUMBER);
        add(prefix + "code", at + 1, 1, Form.NUMBER);
        add(prefix + "checksum", at + 2, 2, Form.HEX);
    }

    private int icmp(final String prefix, final int at, final int end) {
        icmpHeader(prefix + "icmp.", at);
        if (!isErrorType(u8(at))) {
            add(prefix + "icmp.identifier", at + 4, 2, Form.NUMBER);
            add(prefix + "icmp.sequence", at + 6, 2, Form.NUMBER);
            return data(prefix + "icmp.", at + 8, end);
        }
        add(prefix + "icmp.unused", at + 4, 2, Form.HEX);
        add(prefix + "icmp.mtu", at + 6, 2, Form.NUMBER);
        final int quoted = at + 8;
        if (end - quoted < Ipv4Header.MIN_LENGTH || u8(quoted) >>> 4 != 4) {
            return data(prefix + "icmp.", quoted, end);
        }
        final int headerLength = (u8(quoted) & 0xF) << 2;
        if (headerLength < Ipv4Header.MIN_LENGTH || headerLength > end - quoted) {
            return data(prefix + "icmp.", quoted, end);
        }
        ipv4Header(prefix + "quoted.", quoted, headerLength);
        int rest = quoted + headerLength;
        final int protocol = u8(quoted + 9);
        if ((protocol == IpProtocol.UDP || protocol == IpProtocol.TCP) && end - rest >= 4) {
            add(prefix + "quoted.source-port", rest, 2, Form.NUMBER);
            add(prefix + "quoted.destination-port", rest + 2, 2, Form.NUMBER);
            rest += 4;
        }
        return data(prefix + "quoted.", rest, end);
    }

    private int u8(final int offset) {
        return bytes[offset] & 0xFF;
    }

    private int u16(final int offset) {
        return (u8(offset) << 8) | u8(offset + 1);
    }

    private long number(final int offset, final int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = (value << 8) | u8(offset + i);
        }
        return value;
    }

    private void put16(final int offset, final int value) {
        bytes[offset] = (byte) (value >>> 8);
        bytes[offset + 1] = (byte) value;
    }
}
