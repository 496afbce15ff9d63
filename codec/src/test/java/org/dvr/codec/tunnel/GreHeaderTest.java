package org.dvr.codec.tunnel;

import static org.dvr.codec.testing.WireChecks.assertFault;
import static org.dvr.codec.testing.WireChecks.assertLeavesNeighborsAlone;
import static org.dvr.codec.testing.WireChecks.assertRejectsEveryTruncation;
import static org.dvr.codec.testing.WireChecks.behindMargin;
import static org.dvr.codec.testing.WireChecks.bytes;
import static org.dvr.codec.testing.WireChecks.margin;
import static org.dvr.codec.testing.WireChecks.written;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.junit.jupiter.api.Test;

class GreHeaderTest {
    private static final byte[] BYTES = bytes(
            "b000", // checksum, key, sequence
            "6558", // protocol type
            "eb4b", // checksum
            "0000", // reserved
            "fffffffe", // key
            "fffffff0"); // sequence

    @Test
    void shouldReadEveryField() {
        final GreHeader header = new GreHeader().wrap(behindMargin(BYTES), margin());
        assertEquals(0xb000, header.flags());
        assertEquals(true, header.hasChecksum());
        assertEquals(true, header.hasKey());
        assertEquals(true, header.hasSequence());
        assertEquals(0, header.version());
        assertEquals(16, header.headerLength());
        assertEquals(EtherType.TRANSPARENT_ETHERNET_BRIDGING, header.protocolType());
        assertEquals(0xeb4b, header.checksum());
        assertEquals(-2, header.key());
        assertEquals(0xfffffff0L, header.sequence());
        assertEquals(
                "GREv0, key 4294967294, seq 4294967280, proto 0x6558",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("b0000800c7fe000080000001fffffffe", written(GreHeader.MAX_LENGTH, GreHeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(bytes("3000 6558 00000001 00000002"), GreHeader::check, DecodeFault.GRE_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.GRE_TRUNCATED, GreHeader::check, "0000", "65");
        assertFault(DecodeFault.GRE_TRUNCATED, GreHeader::check, "2000", "6558", "000000");
        assertFault(DecodeFault.GRE_VERSION, GreHeader::check, "2001", "880b", "00000000");
        assertFault(DecodeFault.GRE_RESERVED_BITS, GreHeader::check, "4000", "6558");
        assertFault(DecodeFault.GRE_RESERVED_BITS, GreHeader::check, "0800", "6558");
        assertFault(DecodeFault.GRE_RESERVED_BITS, GreHeader::check, "0400", "6558");
        assertFault(DecodeFault.NONE, GreHeader::check, "03f8", "6558");
        assertFault(DecodeFault.GRE_CHECKSUM, GreHeader::check, "8000", "0800", "0000", "0000");
        assertFault(DecodeFault.NONE, GreHeader::check, "8000", "0800", "77ff", "0000");
        assertFault(DecodeFault.GRE_PROTOCOL, GreHeader::checkKeyedEthernet, "2000", "0800", "00000001");
        assertFault(DecodeFault.GRE_KEY_MISSING, GreHeader::checkKeyedEthernet, "0000", "6558");
        assertFault(DecodeFault.GRE_VERSION, GreHeader::checkKeyedEthernet, "2001", "6558", "00000001");
        assertFault(DecodeFault.NONE, GreHeader::checkKeyedEthernet, "2000", "6558", "00000001");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(GreHeader.MAX_LENGTH, GreHeaderTest::write);
    }

    @Test
    void shouldPlaceFieldsBehindThosePresent() {
        final GreHeader header = new GreHeader().wrap(behindMargin(bytes("1000 0800 00000007")), margin());
        assertEquals(7, header.sequence());
        assertEquals(8, header.headerLength());
        assertEquals(4, header.hasSequence(false).headerLength());
        assertEquals("2000655800001389", written(8, (buffer, offset) -> new GreHeader()
                .wrap(buffer, offset)
                .writeKeyed(EtherType.TRANSPARENT_ETHERNET_BRIDGING, 5001)));
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new GreHeader()
                .wrap(buffer, offset)
                .flags(0)
                .hasChecksum(true)
                .hasKey(true)
                .hasSequence(true)
                .version(1)
                .version(0)
                .protocolType(EtherType.IPV4)
                .key(0x80000001)
                .sequence(0xfffffffeL)
                .updateChecksum(GreHeader.MAX_LENGTH);
    }
}
