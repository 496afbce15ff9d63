package org.dvr.codec.transport;

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
import org.junit.jupiter.api.Test;

class IcmpHeaderTest {
    private static final byte[] BYTES = bytes(
            "03", // type: unreachable
            "04", // code: fragmentation needed
            "ef40", // checksum
            "8001", // identifier
            "8bb9"); // sequence, MTU

    @Test
    void shouldReadEveryField() {
        final IcmpHeader header = new IcmpHeader().wrap(behindMargin(BYTES), margin());
        assertEquals(IcmpHeader.UNREACHABLE, header.type());
        assertEquals(IcmpHeader.FRAGMENTATION_NEEDED, header.code());
        assertEquals(0xef40, header.checksum());
        assertEquals(0x8001, header.identifier());
        assertEquals(0x80, header.pointer());
        assertEquals(0x80018bb9, header.gateway());
        assertEquals(0x80018bb9, header.rest());
        assertEquals(0x8bb9, header.sequence());
        assertEquals(0x8bb9, header.mtu());
        assertEquals(
                "type 3, code 4, mtu 35769",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("0800f7fdfffe0003", written(IcmpHeader.LENGTH, IcmpHeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(bytes("0800 f7fd fffe 0003"), IcmpHeader::check, DecodeFault.ICMP_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.ICMP_TRUNCATED, IcmpHeader::check, "0800", "f7fd", "fffe", "00");
        assertFault(DecodeFault.ICMP_CHECKSUM, IcmpHeader::check, "0800", "f7fc", "fffe", "0003");
        assertFault(DecodeFault.NONE, IcmpHeader::check, "0800", "f7fd", "fffe", "0003");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(IcmpHeader.LENGTH, IcmpHeaderTest::write);
    }

    @Test
    void shouldTellErrorsFromQueries() {
        for (int type = 0; type < 256; type++) {
            final boolean isExpected = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
            assertEquals(isExpected, IcmpHeader.isError(type), "type=" + type);
            assertEquals(type == 0 || type == 8, IcmpHeader.isEcho(type), "type=" + type);
        }
    }

    @Test
    void shouldWriteFieldsOfErrors() {
        final IcmpHeader header = new IcmpHeader().wrap(behindMargin(new byte[8]), margin());
        assertEquals(0x000005dc, header.rest(0).mtu(1500).rest());
        assertEquals(0x140005dc, header.pointer(20).rest());
        assertEquals(0x0a000001, header.gateway(0x0a000001).rest());
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new IcmpHeader()
                .wrap(buffer, offset)
                .type(IcmpHeader.ECHO_REQUEST)
                .code(0)
                .identifier(0xfffe)
                .sequence(0x1_0003)
                .updateChecksum(IcmpHeader.LENGTH);
    }
}
