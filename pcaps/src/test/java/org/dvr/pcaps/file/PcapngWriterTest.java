package org.dvr.pcaps.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.dvr.pcaps.file.TestCaptures.hex;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.pcaps.file.PcapngWriter.Direction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapngWriterTest {
    private static final long TIME_NS = 1_700_000_000_123_456_789L;

    @TempDir
    private Path folder;

    @Test
    void shouldWriteEveryField() throws IOException {
        final Path path = folder.resolve("a.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(path, "dvr")) {
            assertEquals(0, writer.addInterface("tapab"));
            writer.write(
                    0, 0x0102_0304_0506_0708L, Direction.OUTBOUND, "ab c", new UnsafeBuffer(hex("ff c1c2c3")), 1, 3, 9);
            writer.write(0, 0, Direction.UNKNOWN, null, new UnsafeBuffer(hex("c1")), 0, 0, 0);
            assertEquals(2, writer.frameCount());
            assertEquals(Files.size(path) + 40 + 44 + 56 + 32, writer.length(), "still in memory");
        }
        assertArrayEquals(
                hex(
                        "0a0d0d0a 28000000 4d3c2b1a 01000000 ffffffffffffffff", // section
                        "0400 0300 64767200 00000000 28000000", // shb_userappl
                        "01000000 2c000000 0100 0000 00000400", // interface
                        "0200 0500 7461706162000000 0900 0100 09000000 00000000 2c000000", // if_name, if_tsresol
                        "06000000 38000000 00000000 04030201 08070605 03000000 09000000 c1c2c300", // packet
                        "0100 0400 61622063 0200 0400 02000000 00000000 38000000", // opt_comment, epb_flags
                        "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000"),
                Files.readAllBytes(path));
    }

    /** So many that the file is mapped, of all lengths: over bytes that are not zero, as a mapped file's may be. */
    @Test
    void shouldBeReadBack() {
        final Path path = folder.resolve("a.pcapng");
        final Random random = new Random(1);
        final byte[] bytes = new byte[70_000];
        random.nextBytes(bytes);
        final int[] lengths = new int[500];
        try (PcapngWriter writer = PcapngWriter.create(path, "dvr")) {
            writer.addInterface("one");
            writer.addInterface("two");
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = random.nextInt(bytes.length);
                writer.write(
                        i & 1,
                        TIME_NS + i,
                        Direction.INBOUND,
                        "comment ".repeat(i % 7),
                        new UnsafeBuffer(bytes),
                        0,
                        lengths[i],
                        lengths[i]);
            }
        }
        try (CaptureReader reader = CaptureReader.open(path)) {
            for (int i = 0; i < lengths.length; i++) {
                reader.next();
                assertEquals(TIME_NS + i, reader.timestampNs());
                assertEquals(lengths[i], reader.capturedLength());
                final byte[] read = new byte[lengths[i]];
                reader.copyTo(new UnsafeBuffer(read), 0);
                assertArrayEquals(Arrays.copyOf(bytes, lengths[i]), read);
            }
            assertEquals(false, reader.next());
        }
    }

    @Test
    void shouldCutCommentsBetweenTwoCharacters() throws IOException {
        final Path path = folder.resolve("a.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(path, "dvr")) {
            writer.addInterface("one");
            writer.write(0, 0, Direction.UNKNOWN, "ä".repeat(3_000), new UnsafeBuffer(new byte[0]), 0, 0, 0);
            writer.write(0, 0, Direction.UNKNOWN, "x" + "ä".repeat(3_000), new UnsafeBuffer(new byte[0]), 0, 0, 0);
        }
        final String text = Files.readString(path, ISO_8859_1);
        final String two = new String("ä".getBytes(UTF_8), ISO_8859_1);
        assertEquals(2_048 + 2_047, text.split(two, -1).length - 1);
    }

    @Test
    void shouldRefuseWhatIsOutOfRange() {
        try (PcapngWriter writer = PcapngWriter.create(folder.resolve("a.pcapng"), "dvr")) {
            final UnsafeBuffer frame = new UnsafeBuffer(new byte[16]);
            final long length = writer.length();
            assertThrows(
                    IllegalArgumentException.class, () -> writer.write(0, 0, Direction.UNKNOWN, null, frame, 0, 1, 1));
            writer.addInterface("one");
            assertThrows(
                    IllegalArgumentException.class, () -> writer.write(0, -1, Direction.UNKNOWN, null, frame, 0, 1, 1));
            assertThrows(
                    IllegalArgumentException.class, () -> writer.write(0, 0, Direction.UNKNOWN, null, frame, 0, 2, 1));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> writer.write(0, 0, Direction.UNKNOWN, null, frame, 0, 17, 17));
            assertEquals(length + 40, writer.length());
        }
    }

    @Test
    void shouldBeReadByOthers() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/tshark")), "needs tshark");
        final Path path = folder.resolve("a.pcapng");
        try (PcapngWriter writer = PcapngWriter.create(path, "dvr")) {
            writer.addInterface("underlay");
            writer.addInterface("tap1111aaaa-01");
            final UnsafeBuffer frame = new UnsafeBuffer(hex("ffffffffffff fa163e000001 0806", "00".repeat(28)));
            writer.write(1, TIME_NS, Direction.INBOUND, "vni-unknown: no network", frame, 0, 42, 42);
            writer.write(0, TIME_NS + 1, Direction.OUTBOUND, null, frame, 0, 20, 42);
        }
        final Process tshark = new ProcessBuilder(
                        "/usr/bin/tshark",
                        "-r",
                        path.toString(),
                        "-T",
                        "fields",
                        "-e",
                        "frame.interface_name",
                        "-e",
                        "frame.time_epoch",
                        "-e",
                        "frame.packet_flags_direction",
                        "-e",
                        "frame.len",
                        "-e",
                        "frame.cap_len",
                        "-e",
                        "frame.comment")
                .redirectErrorStream(false)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        final List<String> lines = new String(tshark.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .map(String::strip)
                .toList();
        assertEquals(0, tshark.waitFor());
        assertEquals(2, lines.size(), lines::toString);
        assertEquals(
                List.of("tap1111aaaa-01", "1700000000.123456789", "0x00000001", "42", "42", "vni-unknown: no network"),
                List.of(lines.get(0).split("\t")));
        assertEquals(
                List.of("underlay", "1700000000.123456790", "0x00000002", "42", "20"),
                List.of(lines.get(1).split("\t")));
    }
}
