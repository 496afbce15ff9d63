package org.dvr.codec.ip;

import static org.dvr.codec.testing.WireChecks.assertRejectsEveryTruncation;
import static org.dvr.codec.testing.WireChecks.behindMargin;
import static org.dvr.codec.testing.WireChecks.bytes;
import static org.dvr.codec.testing.WireChecks.margin;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.agrona.DirectBuffer;
import org.dvr.codec.DecodeFault;
import org.junit.jupiter.api.Test;

class Ipv6ExtensionsTest {
    private static final String HOP_BY_HOP = "00";
    private static final String ROUTING = "2b";
    private static final String FRAGMENT = "2c";
    private static final String AH = "33";
    private static final String UDP = "11";
    private static final String DESTINATION = "3c";
    private static final String REST = "00 000000000000";

    private final Ipv6Extensions extensions = new Ipv6Extensions();

    @Test
    void shouldFindTransportWithoutExtensions() {
        assertEquals(DecodeFault.NONE, walk(packet(UDP, "0001000200080000")));
        assertEquals(IpProtocol.UDP, extensions.protocol());
        assertEquals(margin() + 40, extensions.transportOffset());
        assertEquals(8, extensions.transportLength());
        assertFalse(extensions.hasFragment());
        assertFalse(extensions.isLaterFragment());
    }

    @Test
    void shouldWalkEveryKindOfExtension() {
        final byte[] packet = packet(
                HOP_BY_HOP,
                DESTINATION + REST, // hop-by-hop, 8 bytes
                ROUTING + "01" + "00".repeat(14), // destination options, 16 bytes
                AH + REST, // routing, 8 bytes
                FRAGMENT + "04" + "00".repeat(22), // authentication, 24 bytes
                UDP + "00 0001 deadbeef", // first fragment
                "0001000200080000");
        assertEquals(DecodeFault.NONE, walk(packet));
        assertEquals(IpProtocol.UDP, extensions.protocol());
        assertEquals(margin() + 40 + 8 + 16 + 8 + 24 + 8, extensions.transportOffset());
        assertEquals(8, extensions.transportLength());
        assertTrue(extensions.hasFragment() && extensions.moreFragments());
        assertEquals(0, extensions.fragmentOffset());
        assertEquals(0xdeadbeef, extensions.fragmentId());
    }

    @Test
    void shouldStopBehindHeaderOfLaterFragment() {
        // What follows would be a destination options header, were it not payload.
        assertEquals(DecodeFault.NONE, walk(packet(FRAGMENT, DESTINATION + "00 fff8 00000001", "11ff")));
        assertEquals(IpProtocol.DESTINATION_OPTIONS, extensions.protocol());
        assertEquals(65528, extensions.fragmentOffset());
        assertTrue(extensions.isLaterFragment());
        assertFalse(extensions.moreFragments());
        assertEquals(2, extensions.transportLength());
    }

    @Test
    void shouldForgetPacketBefore() {
        assertEquals(DecodeFault.NONE, walk(packet(FRAGMENT, UDP + "00 fff9 00000001")));
        assertEquals(DecodeFault.NONE, walk(packet(UDP)));
        assertFalse(extensions.hasFragment() || extensions.moreFragments() || extensions.isLaterFragment());
        assertEquals(0, extensions.fragmentId());
    }

    @Test
    void shouldRejectEveryTruncation() {
        assertRejectsEveryTruncation(
                packet(HOP_BY_HOP, AH + REST, UDP + "01" + "00".repeat(10)),
                this::walk,
                DecodeFault.IPV6_TRUNCATED,
                DecodeFault.IPV6_EXTENSION_TRUNCATED);
    }

    @Test
    void shouldReportEachFault() {
        assertEquals(DecodeFault.IPV6_TRUNCATED, walk(new byte[39]));
        assertEquals(DecodeFault.IPV6_EXTENSION_TRUNCATED, walk(packet(DESTINATION, UDP + "01" + "00".repeat(6))));
        assertEquals(DecodeFault.IPV6_EXTENSION_TRUNCATED, walk(packet(FRAGMENT, UDP + "00 0000 000000")));
        assertEquals(DecodeFault.IPV6_EXTENSION_CHAIN, walk(packet(DESTINATION, HOP_BY_HOP + REST, UDP + REST)));
        assertEquals(DecodeFault.IPV6_EXTENSION_CHAIN, walk(packet(FRAGMENT, FRAGMENT + REST, UDP + REST)));
    }

    @Test
    void shouldBoundTheChain() {
        final String[] eight = new String[8];
        Arrays.fill(eight, DESTINATION + REST);
        eight[7] = UDP + REST;
        assertEquals(DecodeFault.NONE, walk(packet(DESTINATION, eight)));
        eight[7] = DESTINATION + REST;
        assertEquals(DecodeFault.IPV6_EXTENSION_CHAIN, walk(packet(DESTINATION, String.join("", eight), UDP + REST)));
    }

    @Test
    void shouldNotLookBehindPayloadLength() {
        final byte[] packet = packet(DESTINATION, UDP + REST);
        packet[5] = 7;
        assertEquals(DecodeFault.IPV6_EXTENSION_TRUNCATED, walk(packet));
    }

    private DecodeFault walk(final byte[] packet) {
        return walk(behindMargin(packet), margin(), packet.length);
    }

    private DecodeFault walk(final DirectBuffer buffer, final int offset, final int length) {
        return extensions.walk(buffer, offset, length);
    }

    private static byte[] packet(final String nextHeader, final String... payload) {
        final byte[] bytes = bytes(payload);
        final String length = HexFormat.of().toHexDigits((short) bytes.length);
        return bytes(
                "60000000",
                length,
                nextHeader,
                "40",
                "00".repeat(32),
                HexFormat.of().formatHex(bytes));
    }
}
