package org.dvr.pcaps.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** Captures as hex, one string per field, and what a reader makes of them. */
final class TestCaptures {
    /** 2023-11-14T22:13:20Z: 0x6553f100 seconds. */
    static final long SECOND_NS = 1_700_000_000L * 1_000_000_000L;

    private TestCaptures() {}

    /** One frame as a reader tells it. */
    record Frame(long number, long fileOffset, long timestampNs, int originalLength, String bytes) {}

    static byte[] hex(final String... fields) {
        return HexFormat.of().parseHex(String.join("", fields).replace(" ", ""));
    }

    static byte[] join(final byte[]... parts) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (final byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    /** A copy of the bytes, some of them replaced. */
    static byte[] with(final byte[] bytes, final int offset, final String replacement) {
        final byte[] copy = bytes.clone();
        final byte[] value = hex(replacement);
        System.arraycopy(value, 0, copy, offset, value.length);
        return copy;
    }

    static byte[] head(final byte[] bytes, final int length) {
        return Arrays.copyOf(bytes, length);
    }

    static Path file(final Path folder, final String name, final byte[]... parts) throws IOException {
        return Files.write(folder.resolve(name), join(parts));
    }

    /** Reads to the end, checking on the way that the frame is copied to where it belongs and nowhere else. */
    static List<Frame> readAll(final Path path) {
        final List<Frame> frames = new ArrayList<>();
        final byte[] room = new byte[CaptureReader.MAX_CAPTURED_LENGTH + 2];
        final UnsafeBuffer buffer = new UnsafeBuffer(room);
        try (CaptureReader reader = CaptureReader.open(path)) {
            while (reader.next()) {
                final int length = reader.capturedLength();
                room[0] = 0x5a;
                room[length + 1] = 0x5a;
                if (reader.copyTo(buffer, 1) != length || room[0] != 0x5a || room[length + 1] != 0x5a) {
                    throw new AssertionError("copyTo went astray, frame=" + reader.frameNumber());
                }
                if (reader.linkType() != 1) {
                    throw new AssertionError("linkType=" + reader.linkType());
                }
                frames.add(new Frame(
                        reader.frameNumber(),
                        reader.fileOffset(),
                        reader.timestampNs(),
                        reader.originalLength(),
                        HexFormat.of().formatHex(room, 1, 1 + length)));
            }
        }
        return frames;
    }

    // pcap, little endian, microseconds: one frame of 6 bytes, captured of 60

    static byte[] pcapHeader() {
        return hex(
                "d4c3b2a1", // magic: little endian, microseconds
                "0200", // major version
                "0400", // minor version
                "00000000 00000000", // reserved
                "00000400", // snap length 262144
                "01000000"); // link type Ethernet
    }

    static byte[] pcapRecord() {
        return hex(
                "00f15365", // seconds
                "40e20100", // 123456 microseconds
                "06000000", // captured length
                "3c000000", // original length
                "0a0b0c0d0e0f");
    }

    // pcapng, little endian

    static byte[] section() {
        return hex(
                "0a0d0d0a", // section header
                "1c000000", // block length
                "4d3c2b1a", // byte-order magic
                "0100", // major version
                "0000", // minor version
                "ffffffffffffffff", // section length unknown
                "1c000000");
    }

    static byte[] ethernet() {
        return hex(
                "01000000", // interface description
                "14000000", // block length
                "0100", // link type Ethernet
                "0000", // reserved
                "00000000", // snap length: no limit
                "14000000");
    }

    static byte[] enhancedPacket() {
        return hex(
                "06000000", // enhanced packet
                "28000000", // block length
                "00000000", // interface 0
                "240a0600", // 1700000000123456 microseconds, upper half
                "40222018", // lower half
                "06000000", // captured length
                "3c000000", // original length
                "0a0b0c0d0e0f",
                "0000", // padding
                "28000000");
    }

    static byte[] simplePacket() {
        return hex(
                "03000000", // simple packet
                "14000000", // block length
                "03000000", // original length
                "a1a2a3",
                "00", // padding
                "14000000");
    }

    static byte[] obsoletePacket() {
        return hex(
                "02000000", // obsolete packet
                "24000000", // block length
                "0000", // interface 0
                "0700", // drops
                "240a0600", // timestamp, upper half
                "41222018", // lower half: 1 microsecond after the enhanced packet
                "04000000", // captured length
                "04000000", // original length
                "b1b2b3b4",
                "24000000");
    }

    static byte[] unknownBlock() {
        return hex(
                "ad0b0000", // custom block
                "10000000", // block length
                "deadbeef", // private enterprise number
                "10000000");
    }

    /** A section of every kind of block that carries a frame. */
    static byte[] pcapng() {
        return join(section(), ethernet(), enhancedPacket(), unknownBlock(), simplePacket(), obsoletePacket());
    }
}
