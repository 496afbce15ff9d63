package org.dvr.codec.ethernet;

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

class EthernetHeaderTest {
    private static final byte[] BYTES = bytes(
            "fa163e000001", // destination
            "fedcba987654", // source
            "88a8"); // ether type

    @Test
    void shouldReadEveryField() {
        final EthernetHeader header = new EthernetHeader().wrap(behindMargin(BYTES), margin());
        assertEquals(0xfa163e000001L, header.destination());
        assertEquals(0xfedcba987654L, header.source());
        assertEquals(EtherType.QINQ, header.etherType());
        assertEquals(
                "fe:dc:ba:98:76:54 > fa:16:3e:00:00:01, ethertype 0x88a8",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("fa163e000001fedcba98765486dd", written(EthernetHeader.LENGTH, EthernetHeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(BYTES, EthernetHeader::check, DecodeFault.ETHERNET_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.ETHERNET_TRUNCATED, EthernetHeader::check, "fa163e000001", "fedcba987654", "88");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(EthernetHeader.LENGTH, EthernetHeaderTest::write);
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new EthernetHeader()
                .wrap(buffer, offset)
                .destination(0xfa163e000001L)
                .source(0x7766_fedcba987654L)
                .etherType(EtherType.IPV6);
    }
}
