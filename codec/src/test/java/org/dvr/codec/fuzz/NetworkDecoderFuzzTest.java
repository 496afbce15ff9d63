package org.dvr.codec.fuzz;

import static org.dvr.codec.fuzz.AnyBytes.exact;
import static org.dvr.codec.fuzz.AnyBytes.isSound;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Extensions;
import org.dvr.codec.ip.Ipv6Header;

class NetworkDecoderFuzzTest {
    @FuzzTest
    void shouldJudgeAnyIpv4Packet(final byte[] data) {
        final boolean hasHeader = isSound(data, Ipv4Header::checkHeader);
        final boolean hasStructure = isSound(data, Ipv4Header::checkStructure);
        final boolean isWhole = isSound(data, Ipv4Header::check);
        assertTrue((hasHeader || !hasStructure) && (hasStructure || !isWhole), "each check asks for more");
        if (hasStructure) {
            final Ipv4Header ip = new Ipv4Header().wrap(exact(data.clone()), 0);
            assertTrue(ip.headerLength() <= ip.totalLength() && ip.totalLength() <= data.length);
            assertFalse(ip.appendTo(new StringBuilder()).isEmpty());
            final int checksum = ip.checksum();
            if (isWhole && checksum != 0xFFFF) {
                // The other zero of ones' complement is accepted and never written.
                assertEquals(checksum, ip.updateChecksum().checksum());
            }
        }
    }

    @FuzzTest
    void shouldJudgeAnyIpv6Packet(final byte[] data) {
        final Ipv6Extensions extensions = new Ipv6Extensions();
        final boolean isSound = isSound(data, Ipv6Header::check);
        if (isSound(data, extensions::walk)) {
            assertEquals(DecodeFault.NONE, extensions.walk(exact(data), 0, data.length));
            final int end = extensions.transportOffset() + extensions.transportLength();
            assertTrue(extensions.transportOffset() >= Ipv6Header.LENGTH && extensions.transportLength() >= 0);
            assertTrue(end <= data.length);
        }
        if (isSound) {
            final Ipv6Header ip = new Ipv6Header().wrap(exact(data), 0);
            assertTrue(Ipv6Header.LENGTH + ip.payloadLength() <= data.length);
            assertFalse(ip.appendTo(new StringBuilder()).isEmpty());
        }
    }

    @FuzzTest
    void shouldSumAnyBytes(final byte[] data) {
        int expected = 0;
        for (int i = 0; i < data.length; i++) {
            expected += (data[i] & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            expected = (expected & 0xFFFF) + (expected >>> 16);
        }
        assertEquals(expected, InternetChecksum.sum(exact(data), 0, data.length, 0));
    }
}
