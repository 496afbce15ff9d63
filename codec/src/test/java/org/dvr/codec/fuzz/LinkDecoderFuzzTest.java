package org.dvr.codec.fuzz;

import static org.dvr.codec.fuzz.AnyBytes.exact;
import static org.dvr.codec.fuzz.AnyBytes.isSound;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;

class LinkDecoderFuzzTest {
    @FuzzTest
    void shouldJudgeAnyFrame(final byte[] data) {
        assertEquals(data.length >= EthernetHeader.LENGTH, isSound(data, EthernetHeader::check));
        if (data.length >= EthernetHeader.LENGTH) {
            assertFalse(new EthernetHeader()
                    .wrap(exact(data), 0)
                    .appendTo(new StringBuilder())
                    .isEmpty());
        }
        assertEquals(data.length >= VlanTag.LENGTH, isSound(data, VlanTag::check));
        if (data.length >= VlanTag.LENGTH) {
            assertFalse(new VlanTag()
                    .wrap(exact(data), 0)
                    .appendTo(new StringBuilder())
                    .isEmpty());
        }
    }

    @FuzzTest
    void shouldJudgeAnyArpPacket(final byte[] data) {
        if (isSound(data, ArpPacket::check)) {
            final byte[] fixed = data.clone();
            ArpPacket.writeFixed(exact(fixed), 0);
            assertEquals(exact(data), exact(fixed));
            assertFalse(new ArpPacket()
                    .wrap(exact(data), 0)
                    .appendTo(new StringBuilder())
                    .isEmpty());
        }
    }
}
