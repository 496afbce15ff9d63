package org.dvr.dataplane.io.afpacket;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;

/**
 * What stands in front of each frame of a socket with PACKET_VNET_HDR: {@code struct virtio_net_hdr}, in the machine's byte order.
 *
 * <pre>
 *   flags (8) | gso_type (8) | hdr_len (16) | gso_size (16) | csum_start (16) | csum_offset (16)
 * </pre>
 */
final class VirtioHeader {
    static final int LENGTH = 10;

    private static final int FLAGS = 0;
    private static final int GSO_TYPE = 1;
    private static final int HDR_LEN = 2;
    private static final int GSO_SIZE = 4;
    private static final int CSUM_START = 6;
    private static final int CSUM_OFFSET = 8;

    private static final int NEEDS_CSUM = 1;
    private static final int DATA_VALID = 2;

    private static final int TCP_DATA_OFFSET = 12;
    private static final int UDP_HEADER_LENGTH = 8;
    private static final int UDP_CHECKSUM = 6;

    private VirtioHeader() {}

    /**
     * @param buffer holds the header
     * @param at where it begins
     * @param frameAt where the frame's first byte is in its own buffer, had no tag been taken out of it by the kernel
     * @param offload filled in
     */
    static void read(final DirectBuffer buffer, final int at, final int frameAt, final Offload offload) {
        // Most frames have nothing of it: the checksum is not even read.
        final int flagsAndType = buffer.getShort(at + FLAGS);
        if (flagsAndType == 0) {
            return;
        }
        final int flags = flagsAndType & 0xff; // little-endian machines only, as everything here
        if ((flags & NEEDS_CSUM) != 0) {
            offload.checksumAt = frameAt + (buffer.getShort(at + CSUM_START) & 0xffff);
            offload.checksumOffset = buffer.getShort(at + CSUM_OFFSET) & 0xffff;
        }
        offload.isVerified = (flags & DATA_VALID) != 0;
        offload.segmentKind = (flagsAndType >>> 8) & 0xff;
        if (offload.segmentKind != Offload.WHOLE) {
            offload.segmentSize = buffer.getShort(at + GSO_SIZE) & 0xffff;
        }
    }

    /**
     * @param buffer where to write it
     * @param at its first byte
     * @param offload what is left to be done to the frame
     * @param frame holds the frame
     * @param frameAt its first byte
     */
    static void write(
            final MutableDirectBuffer buffer,
            final int at,
            final Offload offload,
            final DirectBuffer frame,
            final int frameAt) {
        if (!offload.hasPartialChecksum()) { // nobody sends large segments whose checksums are complete
            buffer.putLong(at, 0);
            buffer.putShort(at + CSUM_OFFSET, (short) 0);
            return;
        }
        final int kind = offload.segmentKind;
        buffer.putByte(at + FLAGS, (byte) NEEDS_CSUM);
        buffer.putByte(at + GSO_TYPE, (byte) kind);
        buffer.putShort(at + HDR_LEN, (short) (kind == Offload.WHOLE ? 0 : headersLength(offload, frame, frameAt)));
        buffer.putShort(at + GSO_SIZE, (short) offload.segmentSize);
        buffer.putShort(at + CSUM_START, (short) (offload.checksumAt - frameAt));
        buffer.putShort(at + CSUM_OFFSET, (short) offload.checksumOffset);
    }

    /**
     * Of a frame that is no large segment.
     *
     * @param buffer where to write it
     * @param at its first byte
     * @param checksumStart from the frame's first byte to the transport header whose checksum is left to be completed, 0 = none
     * @param checksumOffset from there to its checksum field
     */
    static void write(
            final MutableDirectBuffer buffer, final int at, final int checksumStart, final int checksumOffset) {
        buffer.putLong(at, (long) checksumStart << (CSUM_START * Byte.SIZE) | (checksumStart == 0 ? 0 : NEEDS_CSUM));
        buffer.putShort(at + CSUM_OFFSET, (short) checksumOffset);
    }

    /**
     * Says of a frame that lies where a port shows it what is left to be done to it.
     *
     * @param buffer holds the header
     * @param at where it begins
     * @param arrival filled in
     * @return false when it is a large segment
     */
    static boolean read(final DirectBuffer buffer, final int at, final Arrival arrival) {
        final int flagsAndType = buffer.getShort(at + FLAGS);
        if (flagsAndType == 0) {
            return true;
        }
        final boolean isPartial = (flagsAndType & NEEDS_CSUM) != 0;
        arrival.leaves(
                isPartial ? buffer.getShort(at + CSUM_START) & 0xffff : 0,
                isPartial ? buffer.getShort(at + CSUM_OFFSET) & 0xffff : 0,
                (flagsAndType & DATA_VALID) != 0);
        return flagsAndType >>> 8 == Offload.WHOLE;
    }

    /**
     * Completes the transport checksum of the frame behind a header, if it is left to be.
     *
     * @param buffer holds both
     * @param at the header's first byte
     * @param length of the frame
     */
    static void complete(final MutableDirectBuffer buffer, final int at, final int length) {
        if (buffer.getByte(at + FLAGS) != NEEDS_CSUM) {
            return;
        }
        final int start = buffer.getShort(at + CSUM_START) & 0xffff;
        final int field = buffer.getShort(at + CSUM_OFFSET) & 0xffff;
        final int transport = at + LENGTH + start;
        final int checksum = InternetChecksum.compute(buffer, transport, length - start);
        buffer.putShort(
                transport + field,
                (short) (field == UDP_CHECKSUM ? InternetChecksum.asSentByUdp(checksum) : checksum),
                ByteOrder.BIG_ENDIAN);
        buffer.putByte(at + FLAGS, (byte) 0);
    }

    /** What every packet that is cut from it begins with. */
    private static int headersLength(final Offload offload, final DirectBuffer frame, final int frameAt) {
        final int transportLength = offload.segmentKind == Offload.UDP
                ? UDP_HEADER_LENGTH
                : (frame.getByte(offload.checksumAt + TCP_DATA_OFFSET) >>> 2) & 0x3c;
        return offload.checksumAt - frameAt + transportLength;
    }
}
