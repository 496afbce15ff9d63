package org.dvr.dataplane.parse;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Offload;

/**
 * A train: VXLAN packets from one sender, of one size but for the last, that a device has handed over as one large UDP datagram to be cut ({@link Offload#UDP}
 * of the outer header). Whoever sends through the device of a peer on the same machine sends so, and a device that joins what it receives hands it over so.
 *
 * <pre>
 *   | Ethernet, IPv4, UDP | VXLAN, inner frame | VXLAN, inner frame | VXLAN, inner frame |
 *                         |<-- segmentSize --->|
 * </pre>
 *
 * Where the inner frames are what one large TCP segment was cut into, they become that segment again ({@link #join}); else each goes its way ({@link #next}).
 */
public final class TunnelTrain {
    private static final int OUTER_LENGTH = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + UdpHeader.LENGTH;
    private static final int INNER_OFFSET = VxlanHeader.LENGTH;
    private static final int UDP_AT = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
    private static final int ETHERTYPE = 12;
    private static final int IP_AT = EthernetHeader.LENGTH;
    private static final int TOTAL_LENGTH = 2;
    private static final int IDENTIFICATION = 4;
    private static final int FRAGMENT = 6;
    private static final int FRAGMENT_MASK = 0x3FFF;
    private static final int PROTOCOL = 9;
    private static final int IP_CHECKSUM = 10;
    private static final int PAYLOAD_LENGTH = 4;
    private static final int NEXT_HEADER = 6;
    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_ACKNOWLEDGMENT = 8;
    private static final int TCP_FLAGS = 13;
    private static final int TCP_WINDOW = 14;
    private static final int TCP_CHECKSUM = 16;
    private static final int TCP_URGENT = 18;
    private static final int UDP_LENGTH = 4;
    private static final int UDP_CHECKSUM = 6;
    private static final int IPV4_WITHOUT_OPTIONS = 0x45;
    /** These are of the last packet of a segment. */
    private static final int OF_THE_LAST = TcpHeader.FIN | TcpHeader.PSH;
    /** Whoever has these set goes alone. */
    private static final int ALONE = TcpHeader.SYN | TcpHeader.RST | TcpHeader.URG;

    private Frame frame;
    private UnsafeBuffer buffer;
    private int outer; // where the frame begins
    private int size; // of a packet, its VXLAN header included
    private int at; // the next packet
    private int end;

    // Of the inner frames, when they are those of a TCP segment.
    private boolean isIpv4;
    private int first; // the first inner frame
    private int l4; // from the first byte of an inner frame
    private int headersLength;

    /**
     * Looks whether a frame is a train.
     *
     * @param received on the underlay, as received
     * @return true when it is; {@link #next} or {@link #join} may be called then, until the next call of this
     */
    public boolean start(final Frame received) {
        final Offload offload = received.offload;
        frame = received;
        buffer = received.buffer();
        outer = received.offset();
        size = offload.segmentSize;
        if (offload.kind() != Offload.UDP
                || offload.checksumAt != outer + UDP_AT
                || offload.checksumOffset != UDP_CHECKSUM
                || size <= INNER_OFFSET + EthernetHeader.LENGTH
                || received.length() < OUTER_LENGTH + size
                || received.length() > received.capacity()) {
            return false;
        }
        final int ip = outer + IP_AT;
        final int totalLength = unsignedShort(ip + TOTAL_LENGTH);
        at = outer + OUTER_LENGTH;
        end = ip + totalLength;
        return unsignedShort(outer + ETHERTYPE) == EtherType.IPV4
                && buffer.getByte(ip) == IPV4_WITHOUT_OPTIONS
                && buffer.getByte(ip + PROTOCOL) == IpProtocol.UDP
                && (unsignedShort(ip + FRAGMENT) & FRAGMENT_MASK) == 0
                && totalLength <= received.length() - IP_AT
                && end > at
                && unsignedShort(outer + UDP_AT + Short.BYTES) == VxlanHeader.PORT
                && unsignedShort(outer + UDP_AT + UDP_LENGTH) == totalLength - Ipv4Header.MIN_LENGTH
                && InternetChecksum.compute(buffer, ip, Ipv4Header.MIN_LENGTH) == 0;
    }

    /** {@return whether there is another packet} */
    public boolean hasNext() {
        return at < end;
    }

    /**
     * Cuts off the next packet.
     *
     * @param piece from the pool; holds the packet afterwards, as received where the train was
     */
    public void next(final Frame piece) {
        final int length = Math.min(size, end - at);
        final int to = piece.start();
        piece.buffer().putBytes(to, buffer, outer, OUTER_LENGTH);
        piece.buffer().putBytes(to + OUTER_LENGTH, buffer, at, length);
        writeOuter(piece.buffer(), to, length);
        piece.received(frame.ingress(), OUTER_LENGTH + length);
        at += length;
    }

    /** Nobody need verify the checksum of the outer header any more. */
    private static void writeOuter(final UnsafeBuffer to, final int outer, final int length) {
        final int ip = outer + IP_AT;
        to.putShort(ip + TOTAL_LENGTH, (short) (OUTER_LENGTH - IP_AT + length), BIG_ENDIAN);
        to.putShort(ip + IP_CHECKSUM, (short) 0, BIG_ENDIAN);
        to.putShort(ip + IP_CHECKSUM, (short) InternetChecksum.compute(to, ip, Ipv4Header.MIN_LENGTH), BIG_ENDIAN);
        to.putShort(outer + UDP_AT + UDP_LENGTH, (short) (UdpHeader.LENGTH + length), BIG_ENDIAN);
        to.putShort(outer + UDP_AT + UDP_CHECKSUM, (short) 0, BIG_ENDIAN);
    }

    /**
     * Makes one packet of the train, with a large TCP segment in it, if its inner frames are what such a segment was cut into: alike but for what cutting
     * makes differ, with right checksums.
     *
     * @return false when they are not; the train is as it was
     */
    public boolean join() {
        first = at + INNER_OFFSET;
        if (end - at <= size || !isTcp() || !areAlike()) {
            return false;
        }
        int to = at + size;
        int flags = buffer.getByte(first + l4 + TCP_FLAGS);
        for (int packet = at + size; packet < end; packet += size) {
            final int payload = packet + INNER_OFFSET + headersLength;
            final int length = Math.min(size, end - packet) - INNER_OFFSET - headersLength;
            flags |= buffer.getByte(packet + INNER_OFFSET + l4 + TCP_FLAGS) & OF_THE_LAST;
            buffer.putBytes(to, buffer, payload, length);
            to += length;
        }
        buffer.putByte(first + l4 + TCP_FLAGS, (byte) flags);
        final int l4Length = to - first - l4;
        final int length = to - first - IP_AT;
        if (isIpv4) {
            final int ip = first + IP_AT;
            buffer.putShort(ip + TOTAL_LENGTH, (short) length, BIG_ENDIAN);
            buffer.putShort(ip + IP_CHECKSUM, (short) 0, BIG_ENDIAN);
            buffer.putShort(ip + IP_CHECKSUM, (short) InternetChecksum.compute(buffer, ip, l4 - IP_AT), BIG_ENDIAN);
        } else {
            buffer.putShort(first + IP_AT + PAYLOAD_LENGTH, (short) (length - Ipv6Header.LENGTH), BIG_ENDIAN);
        }
        buffer.putShort(first + l4 + TCP_CHECKSUM, (short) pseudoHeader(first, l4Length), BIG_ENDIAN);
        writeOuter(buffer, outer, to - at);
        frame.truncate(to - outer);
        final Offload offload = frame.offload;
        offload.checksumAt = first + l4;
        offload.checksumOffset = TCP_CHECKSUM;
        offload.segmentSize = size - INNER_OFFSET - headersLength;
        offload.segmentKind = isIpv4 ? Offload.TCP4 : Offload.TCP6;
        offload.isVerified = false;
        return true;
    }

    /** Is the first inner frame an untagged TCP packet with some payload, that may be part of a larger segment? */
    private boolean isTcp() {
        final int ip = first + IP_AT;
        final int etherType = unsignedShort(first + ETHERTYPE);
        final int room = size - INNER_OFFSET;
        isIpv4 = etherType == EtherType.IPV4;
        if (isIpv4) {
            if (room < IP_AT + Ipv4Header.MIN_LENGTH + TcpHeader.MIN_LENGTH
                    || buffer.getByte(ip) != IPV4_WITHOUT_OPTIONS
                    || buffer.getByte(ip + PROTOCOL) != IpProtocol.TCP
                    || (unsignedShort(ip + FRAGMENT) & FRAGMENT_MASK) != 0) {
                return false;
            }
            l4 = IP_AT + Ipv4Header.MIN_LENGTH;
        } else {
            if (etherType != EtherType.IPV6
                    || room < IP_AT + Ipv6Header.LENGTH + TcpHeader.MIN_LENGTH
                    || (buffer.getByte(ip) & 0xF0) != 0x60
                    || buffer.getByte(ip + NEXT_HEADER) != IpProtocol.TCP) {
                return false;
            }
            l4 = IP_AT + Ipv6Header.LENGTH;
        }
        final int tcpLength = (buffer.getByte(first + l4 + 12) & 0xF0) >>> 2;
        headersLength = l4 + tcpLength;
        return tcpLength >= TcpHeader.MIN_LENGTH
                && headersLength < room
                && (buffer.getByte(first + l4 + TCP_FLAGS) & ALONE) == 0;
    }

    private boolean areAlike() {
        final int payloadLength = size - INNER_OFFSET - headersLength;
        int sequence = buffer.getInt(first + l4 + TCP_SEQUENCE, BIG_ENDIAN);
        int identification = unsignedShort(first + IP_AT + IDENTIFICATION);
        for (int packet = at; packet < end; packet += size) {
            final int length = Math.min(size, end - packet) - INNER_OFFSET;
            final int inner = packet + INNER_OFFSET;
            if (length <= headersLength
                    || buffer.getLong(packet) != buffer.getLong(at)
                    || !isLikeFirst(inner, 0, IP_AT)
                    || !isIpLikeFirst(inner, length - IP_AT, identification)
                    || buffer.getInt(inner + l4 + TCP_SEQUENCE, BIG_ENDIAN) != sequence
                    || !isTcpLikeFirst(inner, packet + size >= end)
                    || !isChecksumRight(inner, length - l4)) {
                return false;
            }
            sequence += payloadLength;
            identification = (identification + 1) & 0xFFFF;
        }
        return true;
    }

    private boolean isIpLikeFirst(final int inner, final int length, final int identification) {
        final int ip = inner + IP_AT;
        if (!isIpv4) {
            return unsignedShort(ip + PAYLOAD_LENGTH) == length - Ipv6Header.LENGTH
                    && isLikeFirst(inner, IP_AT, PAYLOAD_LENGTH)
                    && isLikeFirst(inner, IP_AT + NEXT_HEADER, l4 - IP_AT - NEXT_HEADER);
        }
        return unsignedShort(ip + TOTAL_LENGTH) == length
                && unsignedShort(ip + IDENTIFICATION) == identification
                && isLikeFirst(inner, IP_AT, TOTAL_LENGTH)
                && isLikeFirst(inner, IP_AT + FRAGMENT, IP_CHECKSUM - FRAGMENT)
                && isLikeFirst(inner, IP_AT + 12, l4 - IP_AT - 12)
                && InternetChecksum.compute(buffer, ip, l4 - IP_AT) == 0;
    }

    private boolean isTcpLikeFirst(final int inner, final boolean isLast) {
        final int flags = buffer.getByte(inner + l4 + TCP_FLAGS);
        int expected = buffer.getByte(first + l4 + TCP_FLAGS) & ~OF_THE_LAST;
        if (inner != first) {
            expected &= ~TcpHeader.CWR;
        }
        return (flags & ~(isLast ? OF_THE_LAST : 0) & 0xFF) == (expected & 0xFF)
                && isLikeFirst(inner, l4, TCP_SEQUENCE)
                && isLikeFirst(inner, l4 + TCP_ACKNOWLEDGMENT, TCP_FLAGS - TCP_ACKNOWLEDGMENT)
                && isLikeFirst(inner, l4 + TCP_WINDOW, Short.BYTES)
                && isLikeFirst(inner, l4 + TCP_URGENT, headersLength - l4 - TCP_URGENT);
    }

    private boolean isChecksumRight(final int inner, final int length) {
        return InternetChecksum.fold(InternetChecksum.sum(buffer, inner + l4, length, pseudoHeader(inner, length)))
                == 0;
    }

    private int pseudoHeader(final int inner, final int length) {
        final int ip = inner + IP_AT;
        final int addresses = isIpv4 ? ip + 12 : ip + 8;
        return InternetChecksum.sum(buffer, addresses, inner + l4 - addresses, IpProtocol.TCP + length);
    }

    private boolean isLikeFirst(final int inner, final int offset, final int length) {
        int i = offset;
        final int limit = offset + length;
        for (; i <= limit - Long.BYTES; i += Long.BYTES) {
            if (buffer.getLong(inner + i) != buffer.getLong(first + i)) {
                return false;
            }
        }
        for (; i < limit; i++) {
            if (buffer.getByte(inner + i) != buffer.getByte(first + i)) {
                return false;
            }
        }
        return true;
    }

    private int unsignedShort(final int offset) {
        return buffer.getShort(offset, BIG_ENDIAN) & 0xFFFF;
    }
}
