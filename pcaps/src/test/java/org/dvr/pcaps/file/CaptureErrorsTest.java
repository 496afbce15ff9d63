package org.dvr.pcaps.file;

import static org.dvr.pcaps.file.TestCaptures.enhancedPacket;
import static org.dvr.pcaps.file.TestCaptures.ethernet;
import static org.dvr.pcaps.file.TestCaptures.file;
import static org.dvr.pcaps.file.TestCaptures.head;
import static org.dvr.pcaps.file.TestCaptures.hex;
import static org.dvr.pcaps.file.TestCaptures.join;
import static org.dvr.pcaps.file.TestCaptures.obsoletePacket;
import static org.dvr.pcaps.file.TestCaptures.pcapHeader;
import static org.dvr.pcaps.file.TestCaptures.pcapRecord;
import static org.dvr.pcaps.file.TestCaptures.readAll;
import static org.dvr.pcaps.file.TestCaptures.section;
import static org.dvr.pcaps.file.TestCaptures.simplePacket;
import static org.dvr.pcaps.file.TestCaptures.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said about each thing that can be wrong with a capture. */
class CaptureErrorsTest {
    private static final String CORRUPT =
            "; the file is corrupt: capture again, or keep the frames before it with editcap";
    private static final String CUT =
            "; the capture was cut short: capture again, or keep the frames before it with editcap";

    @TempDir
    private Path folder;

    @Test
    void shouldNameWhatIsNoFile() throws IOException {
        assertMessage(folder.resolve("none.pcap"), "no such file; check the path");
        assertMessage(folder, "is a directory; give a pcap or pcapng file");
        assertMessage(Path.of("/dev/null"), "is not a regular file; store the capture in a file first");
        assertMessage(file(folder, "a.pcap"), "is empty; give a pcap or pcapng capture");
    }

    @Test
    void shouldNameAFileWithoutPermission() throws IOException {
        final Path path = file(folder, "a.pcap", pcapHeader());
        assertTrue(path.toFile().setReadable(false));
        if (Files.isReadable(path)) { // root reads everything: then it must be read
            try (CaptureReader reader = CaptureReader.open(path)) {
                assertFalse(reader.next());
            }
        } else {
            assertMessage(path, "cannot be read; check its permissions");
        }
    }

    @Test
    void shouldNameWhatIsNoCapture() throws IOException {
        assertWhole("is no capture: only 3 bytes long; give a pcap or pcapng capture", hex("d4c3b2"));
        assertWhole(
                "is no pcap or pcapng capture (magic 0x23212f62); give a pcap or pcapng capture, or convert it with editcap"
                        + " -F nsecpcap",
                hex("23212f62 696e"));
        assertWhole("is compressed; decompress it first", hex("1f8b0800 00000000"));
        assertWhole("is compressed; decompress it first", hex("28b52ffd 00000000"));
        assertWhole(
                "is a modified pcap (magic 0xa1b2cd34); convert it with editcap -F nsecpcap", hex("34cdb2a1 00000000"));
        assertWhole("is a pcap of version 2.3, not 2.4; convert it with editcap", with(pcapHeader(), 6, "0300"));
        assertWhole("the file header is cut off after 23 of 24 bytes; capture again", head(pcapHeader(), 23));
    }

    @Test
    void shouldNameALinkTypeThatIsNotEthernet() throws IOException {
        assertWhole(
                "link type 113 (Linux cooked) is not Ethernet; capture on an Ethernet device",
                with(pcapHeader(), 20, "71000000"));
        assertWhole(
                "link type 9999 is not Ethernet; capture on an Ethernet device", with(pcapHeader(), 20, "0f270000"));
        assertFault(
                1,
                48,
                "interface 0 has link type 101 (raw IP), which is not Ethernet; capture on an Ethernet device",
                section(),
                with(ethernet(), 8, "6500"),
                enhancedPacket());
    }

    @Test
    void shouldNameARecordThatIsCutOff() throws IOException {
        assertFault(
                2,
                46,
                "the record header is cut off after 15 of 16 bytes" + CUT,
                pcapHeader(),
                pcapRecord(),
                head(pcapRecord(), 15));
        assertFault(
                2,
                46,
                "the frame is cut off after 5 of 6 bytes" + CUT,
                pcapHeader(),
                pcapRecord(),
                head(pcapRecord(), 21));
    }

    @Test
    void shouldNameAnImpossibleLength() throws IOException {
        assertFault(
                1,
                24,
                "captured length 262145 is more than 262144" + CORRUPT,
                pcapHeader(),
                with(pcapRecord(), 8, "01000400"));
        assertFault(
                1,
                24,
                "captured length 4294967295 is more than 262144" + CORRUPT,
                pcapHeader(),
                with(pcapRecord(), 8, "ffffffff"));
        assertFault(
                1,
                48,
                "captured length 2147483648 is more than 262144" + CORRUPT,
                section(),
                ethernet(),
                with(enhancedPacket(), 20, "00000080"));
        assertFault(
                1,
                48,
                "captured length 9 does not fit its block, which has room for 8" + CORRUPT,
                section(),
                ethernet(),
                with(enhancedPacket(), 20, "09000000"));
        assertFault(
                1,
                48,
                "captured length 5 does not fit its block, which has room for 4" + CORRUPT,
                section(),
                ethernet(),
                with(obsoletePacket(), 20, "05000000"));
        assertFault(
                1,
                48,
                "captured length 5 does not fit its block, which has room for 4" + CORRUPT,
                section(),
                ethernet(),
                with(simplePacket(), 8, "05000000"));
    }

    @Test
    void shouldNameABadBlockLength() throws IOException {
        assertFault(
                2,
                88,
                "the block header is cut off: 11 bytes left, a block has at least 12" + CUT,
                section(),
                ethernet(),
                enhancedPacket(),
                head(enhancedPacket(), 11));
        assertFault(
                1,
                48,
                "the block is cut off after 39 of 40 bytes" + CUT,
                section(),
                ethernet(),
                head(enhancedPacket(), 39));
        assertFault(
                1,
                48,
                "block length 8 is less than 12" + CORRUPT,
                section(),
                ethernet(),
                with(enhancedPacket(), 4, "08000000"));
        assertFault(
                1,
                48,
                "block length 38 is not a multiple of 4" + CORRUPT,
                section(),
                ethernet(),
                with(enhancedPacket(), 4, "26000000"));
        assertFault(
                1,
                48,
                "block length 40 is 44 at the end of the block" + CORRUPT,
                section(),
                ethernet(),
                with(enhancedPacket(), 36, "2c000000"));
        assertFault(
                1,
                48,
                "packet block length 12 is less than 32" + CORRUPT,
                section(),
                ethernet(),
                hex("06000000", "0c000000", "0c000000"));
        assertFault(
                1,
                48,
                "simple packet block length 12 is less than 16" + CORRUPT,
                section(),
                ethernet(),
                hex("03000000", "0c000000", "0c000000"));
        assertFault(
                1,
                28,
                "interface description block length 16 is less than 20" + CORRUPT,
                section(),
                hex("01000000", "10000000", "01000000", "10000000"));
        assertFault(
                1,
                0,
                "section header block length 16 is less than 28" + CORRUPT,
                hex("0a0d0d0a", "10000000", "4d3c2b1a", "10000000"));
    }

    @Test
    void shouldNameAnUnknownInterface() throws IOException {
        assertFault(1, 28, "interface 0 is unknown, the section has 0" + CORRUPT, section(), enhancedPacket());
        assertFault(1, 28, "interface 0 is unknown, the section has 0" + CORRUPT, section(), simplePacket());
        assertFault(
                2,
                116,
                "interface 0 is unknown, the section has 0" + CORRUPT,
                section(),
                ethernet(),
                enhancedPacket(),
                section(),
                enhancedPacket());
        assertFault(
                1,
                48,
                "interface 4294967295 is unknown, the section has 1" + CORRUPT,
                section(),
                ethernet(),
                with(enhancedPacket(), 8, "ffffffff"));
    }

    @Test
    void shouldRefuseMoreInterfacesThanItKeeps() throws IOException {
        final byte[] interfaces = new byte[65_537 * 20];
        for (int i = 0; i < interfaces.length; i += 20) {
            System.arraycopy(ethernet(), 0, interfaces, i, 20);
        }
        assertFault(
                1,
                28 + 65_536 * 20,
                "the section has more than 65536 interfaces" + CORRUPT,
                section(),
                interfaces,
                enhancedPacket());
    }

    @Test
    void shouldNameABadSectionHeader() throws IOException {
        assertFault(
                1,
                0,
                "section byte-order magic is 0x4d3c2b1b, neither 0x1a2b3c4d nor 0x4d3c2b1a" + CORRUPT,
                with(section(), 8, "4d3c2b1b"));
        assertFault(
                2,
                88,
                "section byte-order magic is 0x00000000, neither 0x1a2b3c4d nor 0x4d3c2b1a" + CORRUPT,
                section(),
                ethernet(),
                enhancedPacket(),
                with(section(), 8, "00000000"));
        assertFault(1, 0, "section of pcapng version 2.0, not 1; convert it with editcap", with(section(), 12, "0200"));
    }

    @Test
    void shouldNameABadInterfaceOption() throws IOException {
        final byte[] description = hex(
                "01000000", // interface description
                "1c000000", // block length
                "0100 0000 00000000",
                "0900 0100", // if_tsresol, 1 byte
                "09 000000",
                "1c000000");
        assertFault(
                1,
                28,
                "interface option 9 of 5 bytes reaches past its block" + CORRUPT,
                section(),
                with(description, 18, "0500"));
        assertFault(
                1,
                28,
                "interface option if_tsresol has length 2, not 1" + CORRUPT,
                section(),
                with(description, 18, "0200"));
        assertFault(
                1,
                28,
                "interface option if_tsoffset has length 1, not 8" + CORRUPT,
                section(),
                with(description, 16, "0e00"));
    }

    @Test
    void shouldNameATimeOutOfRange() throws IOException {
        final String what = "the timestamp is outside the years 1677 to 2262; correct it with editcap -t";
        assertFault(1, 48, what, section(), ethernet(), with(enhancedPacket(), 12, "ffffffff ffffffff"));
    }

    @Test
    void shouldSayTheSameAgain() throws IOException {
        final Path path = file(folder, "a.pcap", pcapHeader(), head(pcapRecord(), 21));
        try (CaptureReader reader = CaptureReader.open(path)) {
            final String message =
                    assertThrows(CaptureException.class, reader::next).getMessage();
            assertEquals(
                    message, assertThrows(CaptureException.class, reader::next).getMessage());
        }
    }

    @Test
    void shouldStayAtTheEnd() throws IOException {
        try (CaptureReader reader = CaptureReader.open(file(folder, "a.pcap", pcapHeader(), pcapRecord()))) {
            assertEquals(0, reader.frameNumber());
            assertEquals(0, reader.capturedLength());
            assertTrue(reader.next());
            assertFalse(reader.next());
            assertFalse(reader.next());
            assertEquals(0, reader.copyTo(new UnsafeBuffer(new byte[0]), 0));
            assertEquals(1, reader.frameNumber());
        }
    }

    /** The mapping is gone: a read of it would end the process. */
    @Test
    void shouldRefuseToReadAfterClose() throws IOException {
        final CaptureReader reader = CaptureReader.open(file(folder, "a.pcap", pcapHeader(), pcapRecord()));
        assertTrue(reader.next());
        reader.close();
        reader.close();
        assertThrows(IllegalStateException.class, reader::next);
        assertThrows(IllegalStateException.class, () -> reader.copyTo(new UnsafeBuffer(new byte[60]), 0));
    }

    @Test
    void shouldNoticeAFileThatShrank() throws IOException {
        final Path path = file(folder, "a.pcap", pcapHeader());
        final int length = CaptureReader.MAX_CAPTURED_LENGTH;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            for (int i = 0; i < 100; i++) {
                file.seek(24 + i * (16L + length));
                file.write(hex("00f15365", "40e20100", "00000400", "00000400"));
            }
            file.setLength(24 + 100 * (16L + length));
            try (CaptureReader reader = CaptureReader.open(path)) {
                assertTrue(reader.next());
                file.setLength(18 << 20); // behind the window, which is 17 MiB long
                final CaptureException e = assertThrows(CaptureException.class, () -> {
                    while (reader.next()) {
                        assertEquals(length, reader.capturedLength());
                    }
                });
                assertEquals(
                        path + ": shrank from 26216024 to 18874368 bytes while it was read;"
                                + " leave the file alone until the reader is done",
                        e.getMessage());
            }
        }
    }

    /** Whatever is cut off: either the cut is between two records, or it is said. */
    @Test
    void shouldNoticeEveryTruncation() throws IOException {
        final byte[] pcap = join(pcapHeader(), pcapRecord(), pcapRecord());
        for (int length = 0; length < pcap.length; length++) {
            final Path path = file(folder, "a.pcap", head(pcap, length));
            if (length == 24 || length == 46) {
                assertEquals((length - 24) / 22, readAll(path).size());
            } else {
                assertThrows(CaptureException.class, () -> readAll(path));
            }
        }
        final byte[] pcapng = join(section(), ethernet(), enhancedPacket(), simplePacket());
        for (int length = 0; length < pcapng.length; length++) {
            final Path path = file(folder, "a.pcapng", head(pcapng, length));
            if (length == 28 || length == 48 || length == 88) {
                assertEquals(length / 88, readAll(path).size());
            } else {
                assertThrows(CaptureException.class, () -> readAll(path));
            }
        }
    }

    private void assertWhole(final String message, final byte[]... parts) throws IOException {
        assertMessage(file(folder, "a.pcap", parts), message);
    }

    private void assertFault(final long frameNumber, final long offset, final String message, final byte[]... parts)
            throws IOException {
        final Path path = file(folder, "a.pcapng", parts);
        final CaptureException e =
                assertMessage(path, "frame " + frameNumber + " at offset " + offset + ": " + message);
        assertEquals(frameNumber, e.frameNumber());
        assertEquals(offset, e.fileOffset());
    }

    private static CaptureException assertMessage(final Path path, final String message) {
        final CaptureException e = assertThrows(CaptureException.class, () -> readAll(path));
        assertEquals(path + ": " + message, e.getMessage());
        return e;
    }
}
