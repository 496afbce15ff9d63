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
import org.junit.jupiter.api.Test;

class VxlanHeaderTest {
    private static final byte[] BYTES = bytes(
            "ff", // flags: all
            "a5a5a5", // reserved
            "fedcba", // VNI
            "a5"); // reserved

    @Test
    void shouldReadEveryField() {
        final VxlanHeader header = new VxlanHeader().wrap(behindMargin(BYTES), margin());
        assertEquals(255, header.flags());
        assertEquals(0xfedcba, header.vni());
        assertEquals(
                "VXLAN, flags 0xff, vni 16702650",
                header.appendTo(new StringBuilder()).toString());
    }

    @Test
    void shouldWriteEveryField() {
        assertEquals("08000000fedcba00", written(VxlanHeader.LENGTH, VxlanHeaderTest::write));
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(BYTES, VxlanHeader::check, DecodeFault.VXLAN_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertFault(DecodeFault.VXLAN_TRUNCATED, VxlanHeader::check, "08000000", "000001");
        assertFault(DecodeFault.VXLAN_VNI_FLAG_UNSET, VxlanHeader::check, "f7000000", "00000100");
        assertFault(DecodeFault.NONE, VxlanHeader::check, "08000000", "00000100");
    }

    @Test
    void shouldLeaveNeighboringBytesAlone() {
        assertLeavesNeighborsAlone(VxlanHeader.LENGTH, VxlanHeaderTest::write);
    }

    private static void write(final MutableDirectBuffer buffer, final int offset) {
        new VxlanHeader().wrap(buffer, offset).write(0xfedcba);
    }
}
