package org.dvr.pcaps.file;

import static org.dvr.pcaps.file.TestCaptures.SECOND_NS;
import static org.dvr.pcaps.file.TestCaptures.enhancedPacket;
import static org.dvr.pcaps.file.TestCaptures.ethernet;
import static org.dvr.pcaps.file.TestCaptures.file;
import static org.dvr.pcaps.file.TestCaptures.hex;
import static org.dvr.pcaps.file.TestCaptures.pcapHeader;
import static org.dvr.pcaps.file.TestCaptures.pcapRecord;
import static org.dvr.pcaps.file.TestCaptures.readAll;
import static org.dvr.pcaps.file.TestCaptures.section;
import static org.dvr.pcaps.file.TestCaptures.with;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.dvr.pcaps.file.TestCaptures.Frame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every format, byte order and resolution that is read, from bytes written by hand. */
class CaptureFormatsTest {
    private static final String DATA = "0a0b0c0d0e0f";

    @TempDir
    private Path folder;

    @Test
    void shouldReadLittleEndianMicrosecondPcap() throws IOException {
        final Path path = file(folder, "a.pcap", pcapHeader(), pcapRecord(), pcapRecord());
        assertEquals(
                List.of(
                        new Frame(1, 24, SECOND_NS + 123_456_000, 60, DATA),
                        new Frame(2, 46, SECOND_NS + 123_456_000, 60, DATA)),
                readAll(path));
    }

    @Test
    void shouldReadLittleEndianNanosecondPcap() throws IOException {
        final byte[] header = hex(
                "4d3cb2a1", // magic: little endian, nanoseconds
                "0200", // major version
                "0400", // minor version
                "00000000 00000000", // reserved
                "ffff0000", // snap length
                "01000000"); // link type Ethernet
        final byte[] record = hex(
                "00f15365", // seconds
                "15cd5b07", // 123456789 nanoseconds
                "02000000", // captured length
                "02000000", // original length
                "c1c2");
        assertEquals(
                List.of(new Frame(1, 24, SECOND_NS + 123_456_789, 2, "c1c2")),
                readAll(file(folder, "a.pcap", header, record)));
    }

    @Test
    void shouldReadBigEndianMicrosecondPcap() throws IOException {
        final byte[] header = hex(
                "a1b2c3d4", // magic: big endian, microseconds
                "0002", // major version
                "0004", // minor version
                "00000000 00000000", // reserved
                "0000ffff", // snap length
                "00000001"); // link type Ethernet
        final byte[] record = hex(
                "6553f100", // seconds
                "0001e240", // 123456 microseconds
                "00000002", // captured length
                "00000003", // original length
                "c1c2");
        assertEquals(
                List.of(new Frame(1, 24, SECOND_NS + 123_456_000, 3, "c1c2")),
                readAll(file(folder, "a.pcap", header, record)));
    }

    @Test
    void shouldReadBigEndianNanosecondPcap() throws IOException {
        final byte[] header = hex(
                "a1b23c4d", // magic: big endian, nanoseconds
                "0002", // major version
                "0004", // minor version
                "00000000 00000000", // reserved
                "00040000", // snap length
                "54000001"); // FCS length 5, present; link type Ethernet
        final byte[] record = hex(
                "6553f100", // seconds
                "075bcd15", // 123456789 nanoseconds
                "00000002", // captured length
                "00000003", // original length
                "c1c2");
        assertEquals(
                List.of(new Frame(1, 24, SECOND_NS + 123_456_789, 3, "c1c2")),
                readAll(file(folder, "a.pcap", header, record)));
    }

    @Test
    void shouldReadTimesAfterTheYear2038() throws IOException {
        final Path path = file(folder, "a.pcap", pcapHeader(), with(pcapRecord(), 0, "ffffffff"));
        assertEquals(
                4_294_967_295L * 1_000_000_000L + 123_456_000,
                readAll(path).getFirst().timestampNs());
    }

    @Test
    void shouldTolerateACapturedLengthAboveTheOriginalAndAboveTheSnapLength() throws IOException {
        final byte[] header = with(pcapHeader(), 16, "04000000"); // snap length 4
        final byte[] record = with(pcapRecord(), 12, "05000000"); // original length 5
        assertEquals(
                List.of(new Frame(1, 24, SECOND_NS + 123_456_000, 5, DATA)),
                readAll(file(folder, "a.pcap", header, record)));
    }

    @Test
    void shouldReadAFrameOfNoBytes() throws IOException {
        final byte[] record = hex("00f15365", "40e20100", "00000000", "3c000000");
        assertEquals(
                List.of(new Frame(1, 24, SECOND_NS + 123_456_000, 60, "")),
                readAll(file(folder, "a.pcap", pcapHeader(), record)));
    }

    @Test
    void shouldReadCapturesWithoutFrames() throws IOException {
        assertEquals(List.of(), readAll(file(folder, "a.pcap", pcapHeader())));
        assertEquals(List.of(), readAll(file(folder, "a.pcapng", section(), ethernet())));
    }

    @Test
    void shouldReadEveryKindOfPacketBlock() throws IOException {
        final long timestampNs = SECOND_NS + 123_456_000;
        assertEquals(
                List.of(
                        new Frame(1, 48, timestampNs, 60, DATA),
                        new Frame(2, 104, timestampNs, 3, "a1a2a3"), // it has no time: that of the frame before
                        new Frame(3, 124, timestampNs + 1_000, 4, "b1b2b3b4")),
                readAll(file(folder, "a.pcapng", TestCaptures.pcapng())));
    }

    @Test
    void shouldReadBigEndianNanosecondPcapng() throws IOException {
        assertEquals(
                List.of(new Frame(1, 56, SECOND_NS + 123_456_789, 60, "c1c2c3c4c5")),
                readAll(file(folder, "a.pcapng", bigEndianSection(), bigEndianNanoseconds(), bigEndianPacket())));
    }

    @Test
    void shouldReadBigEndianMicrosecondPcapng() throws IOException {
        final byte[] description = hex(
                "00000001", // interface description
                "00000014", // block length
                "0001", // link type Ethernet
                "0000", // reserved
                "0000ffff", // snap length
                "00000014");
        final byte[] packet = hex(
                "00000006", // enhanced packet
                "00000024", // block length
                "00000000", // interface 0
                "00060a24", // 1700000000123456 microseconds, upper half
                "18202240", // lower half
                "00000002", // captured length
                "00000002", // original length
                "c1c2",
                "0000", // padding
                "00000024");
        assertEquals(
                List.of(new Frame(1, 48, SECOND_NS + 123_456_000, 2, "c1c2")),
                readAll(file(folder, "a.pcapng", bigEndianSection(), description, packet)));
    }

    @Test
    void shouldReadSectionsOfEitherByteOrderWithTheirOwnInterfaces() throws IOException {
        assertEquals(
                List.of(
                        new Frame(1, 48, SECOND_NS + 123_456_000, 60, DATA),
                        new Frame(2, 144, SECOND_NS + 123_456_789, 60, "c1c2c3c4c5"),
                        new Frame(3, 236, SECOND_NS + 123_456_000, 60, DATA)),
                readAll(file(
                        folder,
                        "a.pcapng",
                        section(),
                        ethernet(),
                        enhancedPacket(),
                        bigEndianSection(),
                        bigEndianNanoseconds(),
                        bigEndianPacket(),
                        section(),
                        ethernet(),
                        enhancedPacket())));
    }

    @Test
    void shouldReadEachInterfaceWithItsOwnClock() throws IOException {
        final byte[] powerOfTwo = hex(
                "01000000", // interface description
                "20000000", // block length
                "0100 0000 00000000",
                "0900 0100", // if_tsresol
                "94 000000", // 2^-20 s
                "0000 0000", // end of options
                "20000000");
        final byte[] secondsAndOffset = hex(
                "01000000", // interface description
                "34000000", // block length
                "0100 0000 00000000",
                "0200 0300", // if_name, of no interest
                "657468 00", // "eth"
                "0900 0100", // if_tsresol
                "00 000000", // 10^0: seconds
                "0e00 0800", // if_tsoffset
                "100e000000000000", // 3600 s
                "0000 0000", // end of options
                "34000000");
        final byte[] halfSecond = with(with(enhancedPacket(), 8, "01000000"), 12, "3f550600 00000810");
        final byte[] anHourLess = with(with(enhancedPacket(), 8, "02000000"), 12, "00000000 f0e25365");
        assertEquals(
                List.of(
                        new Frame(1, 132, SECOND_NS + 123_456_000, 60, DATA),
                        new Frame(2, 172, SECOND_NS + 500_000_000, 60, DATA),
                        new Frame(3, 212, SECOND_NS, 60, DATA)),
                readAll(file(
                        folder,
                        "a.pcapng",
                        section(),
                        ethernet(),
                        powerOfTwo,
                        secondsAndOffset,
                        enhancedPacket(),
                        halfSecond,
                        anHourLess)));
    }

    @Test
    void shouldLimitASimplePacketToTheSnapLength() throws IOException {
        final byte[] description = with(ethernet(), 12, "02000000"); // snap length 2
        assertEquals(
                List.of(new Frame(1, 48, 0, 3, "a1a2")), // no frame before it: time 0
                readAll(file(folder, "a.pcapng", section(), description, TestCaptures.simplePacket())));
    }

    @Test
    void shouldIgnoreAnInterfaceThatIsNotEthernetUntilAFrameComesFromIt() throws IOException {
        final byte[] cooked = with(ethernet(), 8, "7100"); // Linux cooked
        assertEquals(
                1,
                readAll(file(folder, "a.pcapng", section(), ethernet(), cooked, enhancedPacket()))
                        .size());
    }

    @Test
    void shouldReadMoreInterfacesThanItFirstHasRoomFor() throws IOException {
        final byte[][] parts = new byte[102][];
        parts[0] = section();
        for (int i = 1; i < 101; i++) {
            parts[i] = ethernet();
        }
        parts[101] = with(enhancedPacket(), 8, "63000000"); // interface 99
        assertEquals(
                SECOND_NS + 123_456_000,
                readAll(file(folder, "a.pcapng", parts)).getFirst().timestampNs());
    }

    /** The file is 3 GiB long and almost all of it a hole; the window jumps to the end of the block and on. */
    @Test
    void shouldSkipABlockOfGibibytes() throws IOException {
        final Path path = file(folder, "a.pcapng", section(), ethernet());
        final long length = 3L << 30;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(48);
            file.write(hex("ad0b0000", "000000c0")); // custom block, 3 GiB
            file.seek(48 + length - 4);
            file.write(hex("000000c0"));
            file.write(enhancedPacket());
        }
        assertEquals(List.of(new Frame(1, 48 + length, SECOND_NS + 123_456_000, 60, DATA)), readAll(path));
    }

    private static byte[] bigEndianSection() {
        return hex(
                "0a0d0d0a", // section header
                "0000001c", // block length
                "1a2b3c4d", // byte-order magic
                "0001", // major version
                "0002", // minor version
                "ffffffffffffffff", // section length unknown
                "0000001c");
    }

    private static byte[] bigEndianNanoseconds() {
        return hex(
                "00000001", // interface description
                "0000001c", // block length
                "0001", // link type Ethernet
                "0000", // reserved
                "0000ffff", // snap length
                "0009 0001", // if_tsresol
                "09 000000", // nanoseconds; no end of options
                "0000001c");
    }

    private static byte[] bigEndianPacket() {
        return hex(
                "00000006", // enhanced packet
                "0000002c", // block length
                "00000000", // interface 0
                "17979cfe", // 1700000000123456789 nanoseconds, upper half
                "3d85cd15", // lower half
                "00000005", // captured length
                "0000003c", // original length
                "c1c2c3c4c5",
                "000000", // padding
                "0001 0000", // an empty comment
                "0000002c");
    }
}
