package org.dvr.codec.transport;

import static org.dvr.codec.testing.WireChecks.assertFault;
import static org.dvr.codec.testing.WireChecks.assertLeavesNeighborsAlone;
import static org.dvr.codec.testing.WireChecks.assertRejectsEveryTruncation;
import static org.dvr.codec.testing.WireChecks.behindMargin;
import static org.dvr.codec.testing.WireChecks.bytes;
import static org.dvr.codec.testing.WireChecks.margin;
import static org.dvr.codec.testing.WireChecks.written;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.junit.jupiter.api.Test;

class UdpHeaderTest {
    private static final byte[] BYTES = bytes(
            "fffe", // source port
            "12b5", // destination port
            "0008", // length
            "fffc"); // checksum

    @Test
    void shouldReadEveryField() {
        final UdpHeader header = new UdpHeader().wrap(behindMargin(BYTES), margin());
        assertEquals(0xfffe, header.sourcePort());
        assertEquals(4789, header.destinationPort());
        assertEquals(8, header.length());
        assertEquals(0xfffc, header.checksum());
        assertEquals(
                "65534 > 4789, length 8", header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("ffff0002fffd8004", written(UdpHeader.LENGTH, UdpHeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(BYTES, UdpHeader::check, DecodeFault.UDP_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.UDP_TRUNCATED, UdpHeader::check, "0001", "0002", "0008");
        assertFault(DecodeFault.UDP_LENGTH, UdpHeader::check, "0001", "0002", "0007", "0000");
        assertFault(DecodeFault.UDP_LENGTH, UdpHeader::check, "0001", "0002", "0009", "0000");
        assertFault(DecodeFault.NONE, UdpHeader::check, "0001", "0002", "0008", "0000", "00");
        assertFault(DecodeFault.UDP_CHECKSUM, UdpHeaderTest::checkChecksum, "0001", "0002", "0008", "1234");
        assertFault(DecodeFault.NONE, UdpHeaderTest::checkChecksum, "0001", "0002", "0008", "0000");
        assertFault(DecodeFault.NONE, UdpHeaderTest::checkChecksum, "0001", "0002", "0008", "fff4");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(UdpHeader.LENGTH, UdpHeaderTest::write);
    }

    @Test
    void shouldSendAllOnesWhereChecksumIsZero() {
        final UdpHeader header = new UdpHeader().wrap(behindMargin(bytes("0001 0002 0008 0000")), margin());
        assertEquals(0xFFFF, header.updateChecksum(0xFFF4).checksum());
        assertEquals(0xFFF4, header.updateChecksum(0).checksum());
    }

    private static DecodeFault checkChecksum(final DirectBuffer buffer, final int offset, final int length) {
        return UdpHeader.checkChecksum(buffer, offset, 0);
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new UdpHeader()
                .wrap(buffer, offset)
                .sourcePort(0xffff)
                .destinationPort(0x1_0002)
                .length(0xfffd)
                .checksum(0x8004);
    }
}
