package org.dvr.codec.arp;

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

class ArpPacketTest {
    private static final byte[] BYTES = bytes(
            "0001", // hardware type: Ethernet
            "0800", // protocol type: IPv4
            "06", // hardware length
            "04", // protocol length
            "0002", // operation: reply
            "fedcba987654", // sender MAC
            "ff000001", // sender IP
            "fa163e000002", // target MAC
            "0a000002"); // target IP

    @Test
    void shouldReadEveryField() {
        final ArpPacket header = new ArpPacket().wrap(behindMargin(BYTES), margin());
        assertEquals(ArpPacket.REPLY, header.operation());
        assertEquals(0xfedcba987654L, header.senderMac());
        assertEquals(0xff000001, header.senderIp());
        assertEquals(0xfa163e000002L, header.targetMac());
        assertEquals(0x0a000002, header.targetIp());
        assertEquals(
                "Reply 255.0.0.1 is-at fe:dc:ba:98:76:54",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals(
                "0001080006040001fa163e0000010a000001000000000000c0000202",
                written(ArpPacket.LENGTH, ArpPacketTest::write));
    }

    @Test
    void shouldWriteAWholePacketAtOnce() {
        assertEquals(
                "0001080006040002fedcba987654ff000001fa163e0000020a000002",
                written(
                        ArpPacket.LENGTH,
                        (buffer, offset) -> ArpPacket.write(
                                buffer,
                                offset,
                                ArpPacket.REPLY,
                                0xfedcba987654L,
                                0xff000001,
                                0xfa163e000002L,
                                0x0a000002)));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(BYTES, ArpPacket::check, DecodeFault.ARP_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(
                DecodeFault.ARP_TRUNCATED,
                ArpPacket::check,
                "0001",
                "0800",
                "06",
                "04",
                "0001",
                "fa163e000001",
                "0a000001",
                "000000000000",
                "0a0000");
        assertFault(
                DecodeFault.ARP_NOT_ETHERNET_IPV4,
                ArpPacket::check,
                "0006",
                "0800",
                "06",
                "04",
                "0001",
                "fa163e000001",
                "0a000001",
                "000000000000",
                "0a000002");
        assertFault(
                DecodeFault.ARP_NOT_ETHERNET_IPV4,
                ArpPacket::check,
                "0001",
                "86dd",
                "06",
                "04",
                "0001",
                "fa163e000001",
                "0a000001",
                "000000000000",
                "0a000002");
        assertFault(
                DecodeFault.ARP_NOT_ETHERNET_IPV4,
                ArpPacket::check,
                "0001",
                "0800",
                "08",
                "04",
                "0001",
                "fa163e000001",
                "0a000001",
                "000000000000",
                "0a000002");
        assertFault(
                DecodeFault.ARP_NOT_ETHERNET_IPV4,
                ArpPacket::check,
                "0001",
                "0800",
                "06",
                "10",
                "0001",
                "fa163e000001",
                "0a000001",
                "000000000000",
                "0a000002");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(ArpPacket.LENGTH, ArpPacketTest::write);
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new ArpPacket()
                .wrap(buffer, offset)
                .ethernetIpv4()
                .operation(ArpPacket.REQUEST)
                .senderMac(0xfa163e000001L)
                .senderIp(0x0a000001)
                .targetMac(0)
                .targetIp(0xc0000202);
    }
}
