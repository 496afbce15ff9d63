package org.dvr.dataplane.write;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Offload;

/**
 * Cuts a large TCP or UDP segment into packets, as the device would that its sender has left this to. No payload is moved: the headers of each packet are
 * written in front of its part of the payload, over what has been sent before.
 *
 * <pre>
 *   | headers | payload 0 | payload 1 | payload 2 |      as it came
 *   | headers | payload 0 |                              first packet: sent, its bytes are free
 *             ...| headers | payload 1 |                 second packet, where the end of the first one was
 * </pre>
 *
 * TCP (RFC 9293): sequence numbers go on, FIN and PSH are of the last packet, CWR (RFC 3168 §6.1.2) of the first. IPv4 identifications count up. The
 * sum of the pseudo header in the checksum field is that of the whole: each packet has it with its own length, completed or left to the device it leaves by.
 */
final class Segmenter {
    private static final int IPV4_TOTAL_LENGTH = 2;
    private static final int IPV4_IDENTIFICATION = 4;
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV6_PAYLOAD_LENGTH = 4;
    private static final int IPV6_LENGTH = 40;
    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_FLAGS = 13;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_LENGTH = 4;
    private static final int UDP_CHECKSUM = 6;
    private static final int MAX_HEADERS = 256;

    private final UnsafeBuffer headers = new UnsafeBuffer(new byte[MAX_HEADERS]);

    // Of the segment that is being cut.
    private Frame frame;
    private boolean leavesPartial;
    private boolean isTcp;
    private boolean isIpv4;
    private int headersLength;
    private int l2; // places of headers, from the first byte of the frame
    private int l3;
    private int l4;
    private int segmentSize;
    private int pseudoHeader; // its sum, without the length
    private int identification;
    private int sequence;
    private int flags;
    private int at; // payload not cut off yet
    private int end;
    private boolean isFirst;

    /**
     * Starts with a segment.
     *
     * @param large as it leaves but for its length, of a kind and a size that fit it
     * @param isLeftPartial the device that the packets leave by completes checksums
     * @return how many packets it will be, 2 or more
     */
    int start(final Frame large, final boolean isLeftPartial) {
        final Facts facts = large.facts;
        final UnsafeBuffer buffer = large.buffer();
        final int offset = large.offset();
        frame = large;
        leavesPartial = isLeftPartial;
        isTcp = facts.protocol == IpProtocol.TCP;
        isIpv4 = facts.etherType == EtherType.IPV4;
        l2 = facts.l2Offset - offset;
        l3 = facts.l3Offset - offset;
        l4 = facts.l4Offset - offset;
        final int l4Length =
                isTcp ? facts.l3Offset + facts.packetLength - facts.l4Offset - facts.tcpLength : UdpHeader.LENGTH;
        headersLength = l4 + l4Length;
        segmentSize = large.offload.segmentSize;
        at = offset + headersLength;
        end = facts.l3Offset + facts.packetLength;
        isFirst = true;
        headers.putBytes(0, buffer, offset, headersLength);
        identification = headers.getShort(l3 + IPV4_IDENTIFICATION, BIG_ENDIAN);
        if (isTcp) {
            sequence = headers.getInt(l4 + TCP_SEQUENCE, BIG_ENDIAN);
            flags = headers.getByte(l4 + TCP_FLAGS) & 0xFF;
        }
        final int field = headers.getShort(l4 + (isTcp ? TCP_CHECKSUM : UDP_CHECKSUM), BIG_ENDIAN) & 0xFFFF;
        pseudoHeader = InternetChecksum.add(field, ~(end - facts.l4Offset) & 0xFFFF);
        return (end - at + segmentSize - 1) / segmentSize;
    }

    /** {@return whether there is another packet} */
    boolean hasNext() {
        return at < end;
    }

    /** Turns the frame into the next packet; the one before has been sent. Its facts tell where its headers are and how long it is. */
    void next() {
        final UnsafeBuffer buffer = frame.buffer();
        final int length = Math.min(segmentSize, end - at);
        final int begin = at - headersLength;
        if (!isFirst) {
            buffer.putBytes(begin, headers, 0, headersLength);
        }
        final int packetLength = headersLength - l3 + length;
        if (isIpv4) {
            writeIpv4(buffer, begin + l3, packetLength);
        } else {
            buffer.putShort(begin + l3 + IPV6_PAYLOAD_LENGTH, (short) (packetLength - IPV6_LENGTH), BIG_ENDIAN);
        }
        final boolean isLast = at + length == end;
        if (isTcp) {
            buffer.putInt(begin + l4 + TCP_SEQUENCE, sequence, BIG_ENDIAN);
            buffer.putByte(begin + l4 + TCP_FLAGS, (byte) flagsOf(isFirst, isLast));
            sequence += length;
        } else {
            buffer.putShort(begin + l4 + UDP_LENGTH, (short) (UdpHeader.LENGTH + length), BIG_ENDIAN);
        }
        become(begin, packetLength);
        writeChecksum(buffer, begin + l4, headersLength - l4 + length);
        isFirst = false;
        at += length;
    }

    private void writeIpv4(final UnsafeBuffer buffer, final int offset, final int packetLength) {
        buffer.putShort(offset + IPV4_TOTAL_LENGTH, (short) packetLength, BIG_ENDIAN);
        buffer.putShort(offset + IPV4_IDENTIFICATION, (short) identification++, BIG_ENDIAN);
        buffer.putShort(offset + IPV4_CHECKSUM, (short) 0, BIG_ENDIAN);
        final int headerLength = (buffer.getByte(offset) & 0xF) << 2;
        buffer.putShort(
                offset + IPV4_CHECKSUM, (short) InternetChecksum.compute(buffer, offset, headerLength), BIG_ENDIAN);
    }

    private int flagsOf(final boolean isFirst, final boolean isLast) {
        int kept = flags;
        kept &= isFirst ? ~0 : ~TcpHeader.CWR;
        kept &= isLast ? ~0 : ~(TcpHeader.FIN | TcpHeader.PSH);
        return kept;
    }

    private void become(final int begin, final int packetLength) {
        frame.strip(begin - frame.offset());
        frame.truncate(l3 + packetLength);
        final Facts facts = frame.facts;
        facts.l2Offset = begin + l2;
        facts.l3Offset = begin + l3;
        facts.l4Offset = begin + l4;
        facts.packetLength = packetLength;
        facts.wireLength = packetLength;
    }

    private void writeChecksum(final UnsafeBuffer buffer, final int offset, final int length) {
        final Offload offload = frame.offload;
        offload.segmentKind = Offload.WHOLE;
        offload.segmentSize = 0;
        final int field = offset + (isTcp ? TCP_CHECKSUM : UDP_CHECKSUM);
        buffer.putShort(field, (short) InternetChecksum.add(pseudoHeader, length), BIG_ENDIAN);
        if (leavesPartial) {
            offload.checksumAt = offset;
            return;
        }
        offload.checksumAt = 0;
        final int checksum = InternetChecksum.compute(buffer, offset, length);
        buffer.putShort(field, (short) (isTcp ? checksum : InternetChecksum.asSentByUdp(checksum)), BIG_ENDIAN);
    }
}
