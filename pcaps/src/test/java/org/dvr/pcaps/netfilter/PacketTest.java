package org.dvr.pcaps.netfilter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.junit.jupiter.api.Test;

/** A comparison that overlooks something proves nothing. */
class PacketTest {
    private static final int ETHERNET_LENGTH = 14;
    private static final Mapping MAPPING = new Mapping("203.0.113.30", 5_000, true, false);

    private static TestFrames ip() {
        return TestFrames.ethernet("fa:16:3e:00:0e:01", "fa:16:3e:00:0e:30").ipv4("198.51.100.8", "203.0.113.30");
    }

    private static byte[] tcp() {
        return ip().tcp(80, 4_000, TcpHeader.ACK).payload(20).build();
    }

    private static String text(final byte[] frame) {
        return Packet.of(frame).describe(MAPPING, false);
    }

    @Test
    void shouldTellEveryByteApart() {
        final byte[] quoted = TestFrames.quote(tcp(), 28);
        for (final byte[] frame : new byte[][] {
            tcp(),
            ip().udp(53, 4_000).payload(9).build(),
            ip().icmpEcho(4_000, 3).payload(9).build(),
            ip().icmpError(3, 4, 1_400, quoted).build(),
            ip().options(new byte[] {1, 1, 1, 0}).protocol(47, new byte[13]).build()
        }) {
            for (int i = ETHERNET_LENGTH; i < frame.length; i++) {
                for (final int bit : new int[] {1, 0x20}) {
                    final byte[] changed = frame.clone();
                    changed[i] ^= (byte) bit;
                    if (i != ETHERNET_LENGTH) { // version and header length: what is read then is another packet, or
                        // none
                        assertNotEquals(text(frame), text(changed), "byte " + i + " of " + text(frame));
                    }
                }
            }
        }
    }

    @Test
    void shouldNotTellChosenPortsApart() {
        final Mapping other = new Mapping("203.0.113.30", 6_000, true, false);
        assertEquals(
                text(ip().udp(53, 5_000).payload(9).build()),
                Packet.of(ip().udp(53, 6_000).payload(9).build()).describe(other, false));
        assertEquals(
                text(ip().icmpEchoReply(5_000, 1).payload(9).build()),
                Packet.of(ip().icmpEchoReply(6_000, 1).payload(9).build()).describe(other, false));
    }

    @Test
    void shouldTellAnUpdatedChecksumFromOneThatIsNot() {
        final byte[] wrong =
                ip().udp(53, 5_000).badTransportChecksum().payload(9).build();
        final byte[] right = ip().udp(53, 5_000).payload(9).build();
        final byte[] none = ip().udp(53, 5_000).noTransportChecksum().payload(9).build();
        assertTrue(text(wrong).contains("checksum=bad"), text(wrong));
        assertTrue(text(right).contains("checksum=good"), text(right));
        assertTrue(text(none).contains("checksum=none"), text(none));
    }

    @Test
    void shouldReadNothingButIpv4() {
        assertNull(Packet.of(TestFrames.ethernet("fa:16:3e:00:0e:01", "fa:16:3e:00:0e:30")
                .arpRequest("fa:16:3e:00:0e:01", "10.0.0.1", "10.0.0.2")
                .build()));
    }
}
