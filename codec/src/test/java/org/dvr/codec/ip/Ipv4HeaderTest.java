package org.dvr.codec.ip;

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

import org.agrona.MutableDirectBuffer;
import org.dvr.codec.DecodeFault;
import org.junit.jupiter.api.Test;

class Ipv4HeaderTest {
    private static final byte[] BYTES = bytes(
            "46", // version 4, header length 24
            "b8", // TOS
            "ff18", // total length
            "fffe", // id
            "6003", // DF, MF, offset 24
            "ff", // TTL
            "2f", // protocol
            "8001", // checksum
            "ff000001", // source
            "0a000002", // destination
            "01010100"); // options

    @Test
    void shouldReadEveryField() {
        final Ipv4Header header = new Ipv4Header().wrap(behindMargin(BYTES), margin());
        assertEquals(4, header.version());
        assertEquals(24, header.headerLength());
        assertEquals(0xb8, header.tos());
        assertEquals(0xff18, header.totalLength());
        assertEquals(0xfffe, header.id());
        assertEquals(0x6003, header.rawFragment());
        assertEquals(true, header.dontFragment());
        assertEquals(true, header.moreFragments());
        assertEquals(24, header.fragmentOffset());
        assertEquals(true, header.isFragment());
        assertEquals(true, header.isLaterFragment());
        assertEquals(255, header.ttl());
        assertEquals(IpProtocol.GRE, header.protocol());
        assertEquals(0x8001, header.checksum());
        assertEquals(0xff000001, header.source());
        assertEquals(0x0a000002, header.destination());
        assertEquals(
                "255.0.0.1 > 10.0.0.2, tos 0xb8, ttl 255, id 65534, DF, frag 24+, proto 47, length 65304",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("450000141c4640004006b20eac100a63ac100a0c", written(Ipv4Header.MIN_LENGTH, Ipv4HeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(
                bytes("45000018", "1c464000", "4006b20a", "ac100a63", "ac100a0c", "01020304"),
                Ipv4Header::check,
                DecodeFault.IPV4_TRUNCATED,
                DecodeFault.IPV4_TOTAL_LENGTH);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.IPV4_TRUNCATED, Ipv4Header::check, "4500");
        assertFault(
                DecodeFault.IPV4_TRUNCATED,
                Ipv4Header::check,
                "4600",
                "0014",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.IPV4_VERSION,
                Ipv4Header::check,
                "6500",
                "0014",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.IPV4_HEADER_LENGTH,
                Ipv4Header::check,
                "4400",
                "0014",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.IPV4_TOTAL_LENGTH,
                Ipv4Header::check,
                "4500",
                "0013",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.IPV4_TOTAL_LENGTH,
                Ipv4Header::check,
                "4500",
                "0015",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.IPV4_CHECKSUM,
                Ipv4Header::check,
                "4500",
                "0014",
                "1c46",
                "4000",
                "40",
                "06",
                "b20f",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.NONE,
                Ipv4Header::checkStructure,
                "4500",
                "0014",
                "1c46",
                "4000",
                "40",
                "06",
                "b20f",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.IPV4_TOTAL_LENGTH,
                Ipv4Header::checkStructure,
                "4500",
                "0015",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.NONE,
                Ipv4Header::checkHeader,
                "4500",
                "0015",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c");
        assertFault(
                DecodeFault.NONE,
                Ipv4Header::check,
                "4500",
                "0014",
                "1c46",
                "4000",
                "40",
                "06",
                "b20e",
                "ac100a63",
                "ac100a0c",
                "0000");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(Ipv4Header.MIN_LENGTH, Ipv4HeaderTest::write);
    }

    @Test
    void shouldKeepOtherBitsOfSharedFields() {
        final Ipv4Header header = new Ipv4Header().wrap(behindMargin(new byte[20]), margin());
        assertEquals(0x4000, header.dontFragment(true).rawFragment());
        assertEquals(0x6000, header.moreFragments(true).rawFragment());
        assertEquals(0x7FFF, header.fragmentOffset(65528).rawFragment());
        assertEquals(65528, header.fragmentOffset());
        assertEquals(0x3FFF, header.dontFragment(false).rawFragment());
        assertEquals(0x1FFF, header.moreFragments(false).rawFragment());
        assertTrue(header.isLaterFragment());
        assertEquals(0x2000, header.fragmentOffset(0).moreFragments(true).rawFragment());
        assertTrue(header.isFragment());
        assertFalse(header.isLaterFragment());
        assertEquals(60, header.version(4).headerLength(60).headerLength());
        assertEquals(4, header.version());
        assertEquals(60, header.version(15).headerLength());
        assertEquals(15, header.headerLength(20).version());
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new Ipv4Header()
                .wrap(buffer, offset)
                .version(4)
                .headerLength(20)
                .tos(0)
                .totalLength(20)
                .id(0x1c46)
                .dontFragment(true)
                .moreFragments(false)
                .fragmentOffset(0)
                .ttl(64)
                .protocol(IpProtocol.TCP)
                .source(0xac100a63)
                .destination(0xac100a0c)
                .rawFragment(0x4000)
                .updateChecksum();
    }
}
