package org.dvr.dataplane.write;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.ip.Crc32c;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;

/**
 * Completes a transport checksum that its sender has left to a device: the field holds the sum of the pseudo header, the checksum covers all from the transport
 * header to the end of the frame. Of a packet in a guest's own tunnel the same holds, and what covers it outside was written by its sender as it will be right then.
 */
final class ChecksumCompletion {
    private static final int UDP_CHECKSUM = 6;

    private ChecksumCompletion() {}

    /**
     * Completes it unless a port sees to that. No port is left a CRC32c: the virtio-net header cannot tell it from an Internet checksum.
     *
     * @param port where the frame leaves
     * @param frame as it leaves, with its checksum to be completed
     */
    static void completeFor(final PacketPort port, final Frame frame) {
        completeFor(port, frame.buffer(), frame.offset(), frame.length(), frame.offload);
    }

    /**
     * As {@link #completeFor(PacketPort, Frame)}, for a frame that is in no pool.
     *
     * @param port where the frame leaves
     * @param buffer holds it
     * @param offset of its first byte
     * @param length in bytes
     * @param offload says what is left to be done; nothing afterwards, if it was done here
     */
    static void completeFor(
            final PacketPort port,
            final MutableDirectBuffer buffer,
            final int offset,
            final int length,
            final Offload offload) {
        if (!port.takesOffload() || offload.checksumOffset == Offload.CRC32C) {
            complete(buffer, offset + length, offload);
        }
    }

    /**
     * Completes it.
     *
     * @param frame with a partial checksum; nothing is left to be done to it afterwards
     */
    static void complete(final Frame frame) {
        complete(frame.buffer(), frame.offset() + frame.length(), frame.offload);
    }

    private static void complete(final MutableDirectBuffer buffer, final int end, final Offload offload) {
        final int from = offload.checksumAt;
        final int length = end - from;
        final int field = from + offload.checksumOffset;
        if (offload.checksumOffset == Offload.CRC32C) {
            buffer.putInt(field, 0, LITTLE_ENDIAN);
            buffer.putInt(field, Crc32c.compute(buffer, from, length), LITTLE_ENDIAN); // RFC 9260 appendix A
        } else {
            final int checksum = InternetChecksum.compute(buffer, from, length);
            final boolean isUdp = offload.checksumOffset == UDP_CHECKSUM;
            buffer.putShort(field, (short) (isUdp ? InternetChecksum.asSentByUdp(checksum) : checksum), BIG_ENDIAN);
        }
        offload.clear();
    }
}
