package org.dvr.codec.transport;

import static org.dvr.codec.testing.WireChecks.assertFault;
import static org.dvr.codec.testing.WireChecks.assertLeavesNeighborsAlone;
import static org.dvr.codec.testing.WireChecks.assertRejectsEveryTruncation;
import static org.dvr.codec.testing.WireChecks.behindMargin;
import static org.dvr.codec.testing.WireChecks.bytes;
import static org.dvr.codec.testing.WireChecks.margin;
import static org.dvr.codec.testing.WireChecks.written;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;
import org.junit.jupiter.api.Test;

class Icmpv6HeaderTest {
    private static final byte[] BYTES = bytes(
            "02", // type: packet too big
            "fe", // code
            "fffd", // checksum
            "8000", // identifier, MTU
            "8001"); // sequence

    @Test
    void shouldReadEveryField() {
        final Icmpv6Header header = new Icmpv6Header().wrap(behindMargin(BYTES), margin());
        assertEquals(Icmpv6Header.PACKET_TOO_BIG, header.type());
        assertEquals(0xfe, header.code());
        assertEquals(0xfffd, header.checksum());
        assertEquals(0x8000, header.identifier());
        assertEquals(0x8001, header.sequence());
        assertEquals(0x80008001L, header.mtu());
        assertEquals(0x80008001L, header.pointer());
        assertEquals(
                "type 2, code 254, mtu 2147516417",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("8100fffd00020003", written(Icmpv6Header.LENGTH, Icmpv6HeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(BYTES, Icmpv6Header::check, DecodeFault.ICMP_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.ICMP_TRUNCATED, Icmpv6Header::check, "80", "00", "0000", "000000");
        assertFault(DecodeFault.ICMP_CHECKSUM, Icmpv6HeaderTest::checkChecksum, "80", "00", "0001", "00000000");
        assertFault(DecodeFault.NONE, Icmpv6HeaderTest::checkChecksum, "80", "00", "7fbc", "00000000");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(Icmpv6Header.LENGTH, Icmpv6HeaderTest::write);
    }

    @Test
    void shouldComputeChecksumOverPseudoHeader() {
        final Icmpv6Header header = new Icmpv6Header().wrap(behindMargin(bytes("80 00 beef 00000000")), margin());
        // Protocol 58 and length 8 make 0x42, source and destination 1 each: 0x44 + 0x8000 = 0x8044.
        final int pseudoHeader = InternetChecksum.pseudoHeader(0L, 1L, 1L, 0L, 58, 8);
        assertEquals(0x7fbb, header.updateChecksum(pseudoHeader, 8).checksum());
    }

    @Test
    void shouldTellErrorsFromQueries() {
        assertTrue(Icmpv6Header.isError(Icmpv6Header.UNREACHABLE) && Icmpv6Header.isError(127));
        assertFalse(Icmpv6Header.isError(Icmpv6Header.ECHO_REQUEST) || Icmpv6Header.isError(255));
        assertTrue(Icmpv6Header.isEcho(128) && Icmpv6Header.isEcho(129));
        assertFalse(Icmpv6Header.isEcho(127) || Icmpv6Header.isEcho(130));
    }

    private static DecodeFault checkChecksum(final DirectBuffer buffer, final int offset, final int length) {
        return Icmpv6Header.checkChecksum(buffer, offset, length, 0, 1, 0, 0);
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new Icmpv6Header()
                .wrap(buffer, offset)
                .type(Icmpv6Header.ECHO_REPLY)
                .code(0)
                .checksum(0xfffd)
                .mtu(0xffffffffL)
                .identifier(0x1_0002)
                .sequence(3);
    }
}
