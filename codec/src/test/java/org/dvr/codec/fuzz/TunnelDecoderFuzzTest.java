package org.dvr.codec.fuzz;

import static org.dvr.codec.fuzz.AnyBytes.exact;
import static org.dvr.codec.fuzz.AnyBytes.isSound;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;

class TunnelDecoderFuzzTest {
    @FuzzTest
    void shouldJudgeAnyVxlanHeader(final byte[] data) {
        if (isSound(data, VxlanHeader::check)) {
            final VxlanHeader vxlan = new VxlanHeader().wrap(exact(data), 0);
            assertTrue(vxlan.vni() >= 0 && vxlan.vni() <= VxlanHeader.MAX_VNI);
            assertFalse(vxlan.appendTo(new StringBuilder()).isEmpty());
        }
    }

    @FuzzTest
    void shouldJudgeAnyGrePacket(final byte[] data) {
        final boolean isKeyedEthernet = isSound(data, GreHeader::checkKeyedEthernet);
        final boolean isSound = isSound(data, GreHeader::check);
        assertTrue(isSound || !isKeyedEthernet);
        if (isSound) {
            final GreHeader gre = new GreHeader().wrap(exact(data), 0);
            assertTrue(gre.headerLength() <= data.length);
            assertFalse(gre.appendTo(new StringBuilder()).isEmpty());
        }
    }
}
