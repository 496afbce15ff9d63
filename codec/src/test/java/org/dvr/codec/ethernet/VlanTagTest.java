package org.dvr.codec.ethernet;

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

class VlanTagTest {
    private static final byte[] BYTES = bytes(
            "b064", // priority 5, drop eligible, VLAN id 100
            "0806"); // ether type

    @Test
    void shouldReadEveryField() {
        final VlanTag header = new VlanTag().wrap(behindMargin(BYTES), margin());
        assertEquals(5, header.priority());
        assertEquals(true, header.dropEligible());
        assertEquals(100, header.vlanId());
        assertEquals(0xb064, header.tci());
        assertEquals(EtherType.ARP, header.etherType());
        assertEquals(
                "vlan 100, p 5, DEI, ethertype 0x806",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("70010800", written(VlanTag.LENGTH, VlanTagTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(BYTES, VlanTag::check, DecodeFault.VLAN_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.VLAN_TRUNCATED, VlanTag::check, "0064", "08");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(VlanTag.LENGTH, VlanTagTest::write);
    }

    @Test
    void shouldKeepOtherBitsOfTheTag() {
        final VlanTag tag = new VlanTag().wrap(behindMargin(bytes("ffff 0800")), margin());
        assertEquals(0xEFFF, tag.dropEligible(false).tci());
        assertEquals(0x0FFF, tag.priority(0).tci());
        assertEquals(0x0000, tag.vlanId(0).tci());
        assertTrue(VlanTag.isAnnouncedBy(0x8100) && VlanTag.isAnnouncedBy(0x88A8));
        assertFalse(VlanTag.isAnnouncedBy(0x0800));
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new VlanTag()
                .wrap(buffer, offset)
                .priority(3)
                .dropEligible(true)
                .vlanId(0xFF_F001)
                .etherType(EtherType.IPV4);
    }
}
