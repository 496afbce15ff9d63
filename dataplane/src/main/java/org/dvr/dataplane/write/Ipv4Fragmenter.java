package org.dvr.dataplane.write;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;

/**
 * Cuts an IPv4 packet into fragments (RFC 791 §3.2). The first one carries all options, the others those whose copied flag is set, padded to words. A
 * fragment is cut like any packet: its parts lie where they lay, and only the last part of the last fragment is the last.
 */
final class Ipv4Fragmenter {
    private static final int MAX_PACKET_LENGTH = 65_535;
    private static final int TOTAL_LENGTH = 2;
    private static final int RAW_FRAGMENT = 6;
    private static final int CHECKSUM = 10;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;
    private static final int COPIED = 0x80;

    // Of the packet that is being cut.
    private Frame whole;
    private int packet;
    private int headerLength;
    private int laterHeaderLength;
    private int payloadLength;
    private int firstRoom;
    private int laterRoom;
    private int from; // bytes of payload cut off so far

    /**
     * Starts with a packet.
     *
     * @param frame as it leaves but for its length
     * @param mtu most bytes of a fragment, headers included
     * @return how many fragments it needs, 0 when it cannot be cut: no 8 bytes of payload fit, or it ends beyond what offsets can say
     */
    int start(final Frame frame, final int mtu) {
        final Facts facts = frame.facts;
        whole = frame;
        packet = facts.l3Offset;
        headerLength = facts.l4Offset - facts.l3Offset;
        payloadLength = facts.packetLength - headerLength;
        from = 0;
        final int before = facts.isFragment ? facts.fragmentOffset : 0;
        laterHeaderLength = Ipv4Header.MIN_LENGTH + copiedLength();
        firstRoom = (mtu - headerLength) & -8;
        laterRoom = (mtu - laterHeaderLength) & -8;
        if (firstRoom <= 0 || laterRoom <= 0 || before + payloadLength > MAX_PACKET_LENGTH - Ipv4Header.MIN_LENGTH) {
            return 0;
        }
        return 1 + (Math.max(0, payloadLength - firstRoom) + laterRoom - 1) / laterRoom;
    }

    /**
     * Writes the next fragment.
     *
     * @param piece from the pool; it begins with the Ethernet header of the packet afterwards
     */
    void next(final Frame piece) {
        final UnsafeBuffer from = whole.buffer();
        final UnsafeBuffer to = piece.buffer();
        final int start = piece.start();
        final int ethernetLength = packet - whole.offset();
        final int ip = start + ethernetLength;
        final boolean isFirst = this.from == 0;
        final int header = isFirst ? headerLength : laterHeaderLength;
        final int length = Math.min(isFirst ? firstRoom : laterRoom, payloadLength - this.from);
        to.putBytes(start, from, whole.offset(), ethernetLength + (isFirst ? headerLength : Ipv4Header.MIN_LENGTH));
        if (!isFirst) {
            copyOptions(to, ip);
        }
        to.putBytes(ip + header, from, packet + headerLength + this.from, length);
        final int raw = from.getShort(packet + RAW_FRAGMENT, BIG_ENDIAN) & 0xFFFF;
        final boolean isLast = this.from + length == payloadLength;
        final int more = isLast ? 0 : MORE_FRAGMENTS;
        to.putByte(ip, (byte) (0x40 | (header >>> 2)));
        to.putShort(ip + TOTAL_LENGTH, (short) (header + length), BIG_ENDIAN);
        to.putShort(ip + RAW_FRAGMENT, (short) ((raw + (this.from >>> 3)) | more), BIG_ENDIAN);
        to.putShort(ip + CHECKSUM, (short) 0, BIG_ENDIAN);
        to.putShort(ip + CHECKSUM, (short) InternetChecksum.compute(to, ip, header), BIG_ENDIAN);
        piece.received(whole.ingress(), ethernetLength + header + length);
        this.from += length;
    }

    /** Bytes of the options that every fragment carries, in whole words. */
    private int copiedLength() {
        int length = 0;
        final int end = packet + headerLength;
        for (int at = packet + Ipv4Header.MIN_LENGTH; at < end; ) {
            final int optionLength = optionLength(at, end);
            length += isCopied(at) ? optionLength : 0;
            at += optionLength;
        }
        return (length + 3) & -4;
    }

    private void copyOptions(final UnsafeBuffer to, final int ip) {
        int next = ip + Ipv4Header.MIN_LENGTH;
        to.setMemory(next, laterHeaderLength - Ipv4Header.MIN_LENGTH, (byte) END_OF_OPTIONS);
        final int end = packet + headerLength;
        for (int at = packet + Ipv4Header.MIN_LENGTH; at < end; ) {
            final int optionLength = optionLength(at, end);
            if (isCopied(at)) {
                to.putBytes(next, whole.buffer(), at, optionLength);
                next += optionLength;
            }
            at += optionLength;
        }
    }

    private boolean isCopied(final int at) {
        return (whole.buffer().getByte(at) & COPIED) != 0;
    }

    /** What makes no sense is one option to the end of the header. */
    private int optionLength(final int at, final int end) {
        final int type = whole.buffer().getByte(at) & 0xFF;
        if (type == NO_OPERATION) {
            return 1;
        }
        if (type == END_OF_OPTIONS || at + 1 == end) {
            return end - at;
        }
        final int length = whole.buffer().getByte(at + 1) & 0xFF;
        return length < 2 || at + length > end ? end - at : length;
    }
}
