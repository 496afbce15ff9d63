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
        if (!port.takesOffload() || frame.offload.checksumOffset == Offload.CRC32C) {
            complete(frame);
        }
    }

    /**
     * Completes it.
     *
     * @param frame with a partial checksum; nothing is left to be done to it afterwards
     */
    static void complete(final Frame frame) {
        final Offload offload = frame.offload;
        final MutableDirectBuffer buffer = frame.buffer();
        final int from = offload.checksumAt;
        final int length = frame.offset() + frame.length() - from;
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
