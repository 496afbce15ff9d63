package org.dvr.codec.ip;

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

class Ipv6HeaderTest {
    private static final byte[] BYTES = bytes(
            "6b8fffff", // version 6, traffic class 0xb8, flow label 0xfffff
            "fffe", // payload length
            "3a", // next header
            "ff", // hop limit
            "fe800000000000010000000000000002", // source
            "ff020000000000030000000000000004"); // destination

    @Test
    void shouldReadEveryField() {
        final Ipv6Header header = new Ipv6Header().wrap(behindMargin(BYTES), margin());
        assertEquals(6, header.version());
        assertEquals(0xb8, header.trafficClass());
        assertEquals(0xfffff, header.flowLabel());
        assertEquals(0xfffe, header.payloadLength());
        assertEquals(IpProtocol.ICMPV6, header.nextHeader());
        assertEquals(255, header.hopLimit());
        assertEquals(0xfe80000000000001L, header.sourceHigh());
        assertEquals(2, header.sourceLow());
        assertEquals(0xff02000000000003L, header.destinationHigh());
        assertEquals(4, header.destinationLow());
        assertEquals(
                "fe80:0:0:1::2 > ff02:0:0:3::4, class 0xb8, flow 0xfffff, hop limit 255, next header 58, length 65534",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals(
                "602000040005060780000000000000080000000000000009000000000000000af00000000000000b",
                written(Ipv6Header.LENGTH, Ipv6HeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(
                bytes("6000000000003b4020010db800000000000000000000000120010db8000000000000000000000002"),
                Ipv6Header::check,
                DecodeFault.IPV6_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.IPV6_TRUNCATED, Ipv6Header::check, "60");
        assertFault(
                DecodeFault.IPV6_VERSION,
                Ipv6Header::check,
                "40000000",
                "0000",
                "3b",
                "40",
                "20010db8000000000000000000000001",
                "20010db8000000000000000000000002");
        assertFault(
                DecodeFault.IPV6_PAYLOAD_LENGTH,
                Ipv6Header::check,
                "60000000",
                "0001",
                "3b",
                "40",
                "20010db8000000000000000000000001",
                "20010db8000000000000000000000002");
        assertFault(
                DecodeFault.NONE,
                Ipv6Header::checkHeader,
                "60000000",
                "0001",
                "3b",
                "40",
                "20010db8000000000000000000000001",
                "20010db8000000000000000000000002");
        assertFault(
                DecodeFault.NONE,
                Ipv6Header::check,
                "60000000",
                "0000",
                "3b",
                "40",
                "20010db8000000000000000000000001",
                "20010db8000000000000000000000002",
                "00");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(Ipv6Header.LENGTH, Ipv6HeaderTest::write);
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new Ipv6Header()
                .wrap(buffer, offset)
                .version(6)
                .trafficClass(0x102)
                .flowLabel(0x30_0004)
                .payloadLength(5)
                .nextHeader(6)
                .hopLimit(7)
                .sourceHigh(0x8000000000000008L)
                .sourceLow(9)
                .destinationHigh(10)
                .destinationLow(0xF00000000000000BL);
    }
}
