package org.dvr.pcaps.file;

import static org.dvr.pcaps.file.TestCaptures.hex;
import static org.dvr.pcaps.file.TestCaptures.join;
import static org.dvr.pcaps.file.TestCaptures.readAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.pcaps.file.TestCaptures.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureWriterTest {
    private static final long MAX_TIMESTAMP_NS = 4_294_967_296L * 1_000_000_000L - 1;

    @TempDir
    private Path folder;

    @Test
    void shouldWriteEveryField() throws IOException {
        final Path path = folder.resolve("a.pcap");
        try (CaptureWriter writer = CaptureWriter.create(path)) {
            writer.write(TestCaptures.SECOND_NS + 123_456_789, new UnsafeBuffer(hex("ff c1c2c3 ff")), 1, 3);
            writer.write(MAX_TIMESTAMP_NS, new UnsafeBuffer(new byte[0]), 0, 0);
            assertEquals(2, writer.frameCount());
            assertEquals(59, writer.length());
        }
        final byte[] expected = hex(
                "4d3cb2a1", // magic: little endian, nanoseconds
                "0200", // major version
                "0400", // minor version
                "00000000 00000000", // reserved
                "00000400", // snap length 262144
                "01000000", // link type Ethernet
                // first record
                "00f15365", // seconds
                "15cd5b07", // 123456789 nanoseconds
                "03000000", // captured length
                "03000000", // original length
                "c1c2c3",
                // second record
                "ffffffff", // seconds
                "ffc99a3b", // 999999999 nanoseconds
                "00000000", // captured length
                "00000000"); // original length
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    @Test
    void shouldCreateTheFoldersAboveTheFile() {
        final Path path = folder.resolve("one").resolve("two").resolve("a.pcap");
        CaptureWriter.create(path).close();
        assertEquals(List.of(), readAll(path));
    }

    @Test
    void shouldLeaveNothingOfAnOlderFile() throws IOException {
        final Path path = folder.resolve("a.pcap");
        final byte[] older = new byte[100_000];
        Arrays.fill(older, (byte) 0xa5);
        Files.write(path, older);
        try (CaptureWriter writer = CaptureWriter.create(path)) {
            writer.write(0, new UnsafeBuffer(hex("c1c2")), 0, 2);
        }
        assertArrayEquals(
                join(
                        hex("4d3cb2a1 02000400 00000000 00000000 00000400 01000000"),
                        hex("00000000 00000000 02000000 02000000 c1c2")),
                Files.readAllBytes(path));
    }

    /** Frames of up to the longest length, so that they cross from chunk to chunk of the writer and of the reader. */
    @Test
    void shouldReadBackWhatItWrote() throws IOException {
        final Path path = folder.resolve("a.pcap");
        final Path again = folder.resolve("b.pcap");
        final List<Frame> written = writeFrames(path, 1);
        assertEquals(written, readAll(path));
        assertTrue(Files.size(path) > 20 << 20, "several chunks, length=" + Files.size(path));

        writeFrames(again, 1);
        assertEquals(-1, Files.mismatch(path, again));
    }

    private static List<Frame> writeFrames(final Path path, final long seed) {
        final Random random = new Random(seed);
        final UnsafeBuffer heap = new UnsafeBuffer(new byte[CaptureWriter.MAX_LENGTH]);
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(CaptureWriter.MAX_LENGTH));
        final List<Frame> frames = new ArrayList<>();
        try (CaptureWriter writer = CaptureWriter.create(path)) {
            for (int i = 0; i < 300; i++) {
                final UnsafeBuffer buffer = random.nextBoolean() ? heap : direct;
                final int length = i % 50 == 0 ? CaptureWriter.MAX_LENGTH : random.nextInt(160_000);
                final byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                final int offset = random.nextInt(CaptureWriter.MAX_LENGTH - length + 1);
                buffer.putBytes(offset, bytes);
                final long timestampNs = random.nextLong(MAX_TIMESTAMP_NS);
                final long fileOffset = writer.length();
                writer.write(timestampNs, buffer, offset, length);
                frames.add(new Frame(
                        i + 1, fileOffset, timestampNs, length, HexFormat.of().formatHex(bytes)));
            }
        }
        return frames;
    }

    @Test
    void shouldRefuseWhatTheFormatCannotHold() throws IOException {
        final Path path = folder.resolve("a.pcap");
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[300_000]);
        try (CaptureWriter writer = CaptureWriter.create(path)) {
            assertThrows(IllegalArgumentException.class, () -> writer.write(-1, buffer, 0, 60));
            assertThrows(IllegalArgumentException.class, () -> writer.write(MAX_TIMESTAMP_NS + 1, buffer, 0, 60));
            assertThrows(IllegalArgumentException.class, () -> writer.write(0, buffer, 0, -1));
            assertThrows(IllegalArgumentException.class, () -> writer.write(0, buffer, 0, 262_145));
            assertThrows(IndexOutOfBoundsException.class, () -> writer.write(0, buffer, 299_999, 60));
            assertEquals(0, writer.frameCount());
        }
        assertEquals(24, Files.size(path));
    }

    @Test
    void shouldRefuseToWriteAfterClose() throws IOException {
        final Path path = folder.resolve("a.pcap");
        final CaptureWriter writer = CaptureWriter.create(path);
        writer.close();
        writer.close();
        assertThrows(IllegalStateException.class, () -> writer.write(0, new UnsafeBuffer(new byte[60]), 0, 60));
        assertEquals(24, Files.size(path));
    }

    @Test
    void shouldNameWhatCannotBeCreated() throws IOException {
        assertMessage(folder, "is a directory; name a file to write");
        assertMessage(Path.of("/dev/null"), "is not a regular file; name a file to write");
        assertMessage(Path.of("/proc/a.pcap"), "cannot be written; check the permissions of its directory");
        final Path file = Files.write(folder.resolve("file"), new byte[] {1});
        assertMessage(
                file.resolve("a.pcap"),
                "its directory cannot be created (" + file + "); check the path and its permissions");
    }

    private static void assertMessage(final Path path, final String message) {
        final CaptureException e = assertThrows(CaptureException.class, () -> CaptureWriter.create(path));
        assertEquals(path + ": " + message, e.getMessage());
        assertEquals(CaptureException.NONE, e.frameNumber());
        assertEquals(CaptureException.NONE, e.fileOffset());
    }
}
