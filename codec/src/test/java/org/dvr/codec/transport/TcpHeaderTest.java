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
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.junit.jupiter.api.Test;

class TcpHeaderTest {
    private static final byte[] BYTES = bytes(
            "fffe", // source port
            "0050", // destination port
            "fffffffd", // sequence
            "fffffffc", // acknowledgment
            "60", // header length 24
            "92", // CWR, ACK, SYN
            "fffb", // window
            "fffa", // checksum
            "fff9", // urgent pointer
            "020405b4"); // options

    @Test
    void shouldReadEveryField() {
        final TcpHeader header = new TcpHeader().wrap(behindMargin(BYTES), margin());
        assertEquals(0xfffe, header.sourcePort());
        assertEquals(80, header.destinationPort());
        assertEquals(0xfffffffdL, header.sequence());
        assertEquals(0xfffffffcL, header.acknowledgment());
        assertEquals(24, header.headerLength());
        assertEquals(TcpHeader.CWR | TcpHeader.ACK | TcpHeader.SYN, header.flags());
        assertEquals(true, header.hasFlags(TcpHeader.SYN | TcpHeader.ACK));
        assertEquals(false, header.hasFlags(TcpHeader.SYN | TcpHeader.FIN));
        assertEquals(0xfffb, header.window());
        assertEquals(0xfffa, header.checksum());
        assertEquals(0xfff9, header.urgentPointer());
        assertEquals(
                "65534 > 80, Flags [S.W], seq 4294967293, ack 4294967292, win 65531",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("0001fffefffffffd00000004506d000500060007", written(TcpHeader.MIN_LENGTH, TcpHeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(BYTES, TcpHeader::check, DecodeFault.TCP_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.TCP_TRUNCATED, TcpHeader::check, "0001");
        assertFault(
                DecodeFault.TCP_DATA_OFFSET,
                TcpHeader::check,
                "0001",
                "0002",
                "00000003",
                "00000004",
                "4f",
                "02",
                "0005",
                "0006",
                "0007");
        assertFault(
                DecodeFault.TCP_TRUNCATED,
                TcpHeader::check,
                "0001",
                "0002",
                "00000003",
                "00000004",
                "60",
                "02",
                "0005",
                "0006",
                "0007");
        assertFault(
                DecodeFault.NONE,
                TcpHeader::check,
                "0001",
                "0002",
                "00000003",
                "00000004",
                "50",
                "02",
                "0005",
                "0006",
                "0007");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(TcpHeader.MIN_LENGTH, TcpHeaderTest::write);
    }

    @Test
    void shouldComputeChecksumOverPseudoHeader() {
        // Sum by hand: 10.0.0.1 10.0.0.2, 6, 20: 0x141d; header without checksum: 0x5018; together 0x6435.
        final TcpHeader header =
                new TcpHeader().wrap(behindMargin(bytes("0001 0002 00000003 00000004 5002 0005 beef 0007")), margin());
        final int pseudoHeader = InternetChecksum.pseudoHeader(0x0a000001, 0x0a000002, IpProtocol.TCP, 20);
        assertEquals(0x9bca, header.updateChecksum(pseudoHeader, 20).checksum());
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new TcpHeader()
                .wrap(buffer, offset)
                .sourcePort(0x1_0001)
                .destinationPort(0xfffe)
                .sequence(0xfffffffdL)
                .acknowledgment(4)
                .headerLength(20)
                .flags(TcpHeader.RST | TcpHeader.PSH | TcpHeader.URG | TcpHeader.ECE | TcpHeader.FIN)
                .window(5)
                .checksum(6)
                .urgentPointer(7);
    }
}
