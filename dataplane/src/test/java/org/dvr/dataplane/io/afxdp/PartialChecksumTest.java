package org.dvr.dataplane.io.afxdp;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.Offload;
import org.junit.jupiter.api.Test;

class PartialChecksumTest {
    private static final int MARGIN = 7;
    private static final int DISTANCE = 100;
    private static final int ETHERNET = 14;
    private static final int VXLAN_PORT = 4789;

    private final Offload offload = new Offload();

    @Test
    void shouldFindThatOfTcp() {
        assertPartial(left(tcp(), 34, 16, 0x0A000001, 0x0A000002, 6), 34, 16);
    }

    @Test
    void shouldFindThatOfUdp() {
        assertPartial(left(udp(), 34, 6, 0x0A000001, 0x0A000002, 17), 34, 6);
    }

    @Test
    void shouldFindItBehindVlanTags() {
        final byte[] frame = ethernet()
                .vlan(5)
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(21)
                .build();
        assertPartial(left(frame, 38, 6, 0x0A000001, 0x0A000002, 17), 38, 6);
    }

    @Test
    void shouldFindItBehindOptions() {
        final byte[] frame = ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .options(new byte[] {1, 1, 1, 1})
                .udp(1, 2)
                .payload(21)
                .build();
        assertPartial(left(frame, 38, 6, 0x0A000001, 0x0A000002, 17), 38, 6);
    }

    @Test
    void shouldFindItOverIpv6() {
        final byte[] frame = ethernet()
                .ipv6("2001:db8::1", "2001:db8:ffff::fffe")
                .tcp(1, 2, 2)
                .payload(33)
                .build();
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        final int length = frame.length - 54;
        final int addresses = InternetChecksum.sum(buffer, 22, 32, 6 + length);
        buffer.putShort(54 + 16, (short) ~InternetChecksum.fold(addresses), BIG_ENDIAN);
        assertPartial(frame, 54, 16);
    }

    @Test
    void shouldFindThatOfTheInnerPacket() {
        final byte[] inner = left(tcp(), 34, 16, 0x0A000001, 0x0A000002, 6);
        assertPartial(outer().udp(40_000, VXLAN_PORT).payload(vxlan(inner)).build(), 50 + 34, 16);
        assertPartial(
                outer().protocol(47, gre(new byte[] {0, 0, 0x65, 0x58}, inner)).build(), 38 + 34, 16);
        assertPartial(
                outer().protocol(
                                47,
                                gre(new byte[] {(byte) 0xB0, 0, 0x65, 0x58, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}, inner))
                        .build(),
                50 + 34,
                16);
    }

    @Test
    void shouldNotLookIntoTunnelsThatEndElsewhere() {
        final byte[] inner = left(tcp(), 34, 16, 0x0A000001, 0x0A000002, 6);
        final byte[] frame =
                outer().udp(40_000, VXLAN_PORT).payload(vxlan(inner)).build();
        find(frame, frame.length, 0);
        assertFalse(offload.hasPartialChecksum());
    }

    @Test
    void shouldLeaveCompleteChecksumsAlone() {
        assertNone(tcp());
        assertNone(udp());
        assertNone(ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .noTransportChecksum()
                .build());
        assertNone(ethernet().ipv4("10.0.0.1", "10.0.0.2").icmpEcho(1, 2).build());
        assertNone(ethernet()
                .arpRequest("fa:16:3e:00:00:01", "10.0.0.1", "10.0.0.2")
                .build());
        assertNone(outer().udp(40_000, VXLAN_PORT).payload(vxlan(udp())).build());
    }

    @Test
    void shouldNotBeMisledByFragments() {
        final byte[] frame = left(tcp(), 34, 16, 0x0A000001, 0x0A000002, 6);
        frame[ETHERNET + 6] = 0x20; // more of them
        assertNone(frame);
    }

    @Test
    void shouldReadNothingBeyondAFrame() {
        final Random random = new Random(1);
        final byte[][] frames = {
            left(tcp(), 34, 16, 0x0A000001, 0x0A000002, 6),
            outer().udp(40_000, VXLAN_PORT).payload(vxlan(tcp())).build(),
            outer().protocol(47, gre(new byte[] {0x20, 0, 0x65, 0x58, 0, 0, 0, 5}, tcp()))
                    .build(),
            ethernet().vlan(5).ipv6("2001:db8::1", "2001:db8::2").tcp(1, 2, 2).build(),
        };
        for (int i = 0; i < 100_000; i++) {
            final byte[] frame = frames[i & 3].clone();
            for (int j = 0; j < 3; j++) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            // Bounds checks are on: a read past the end throws.
            final int length = random.nextInt(frame.length + 1);
            offload.clear();
            PartialChecksum.find(new UnsafeBuffer(frame, 0, length), 0, length, VXLAN_PORT, 0, offload);
            if (offload.hasPartialChecksum()) {
                assertFalse(offload.checksumAt + offload.checksumOffset + 2 > length);
            }
        }
    }

    private void assertPartial(final byte[] frame, final int at, final int checksumOffset) {
        find(frame, frame.length, VXLAN_PORT);
        assertEquals(MARGIN + at + DISTANCE, offload.checksumAt);
        assertEquals(checksumOffset, offload.checksumOffset);
        for (int length = 0; length < frame.length; length++) {
            find(frame, length, VXLAN_PORT);
            assertFalse(offload.hasPartialChecksum(), "cut to " + length);
        }
    }

    private void assertNone(final byte[] frame) {
        find(frame, frame.length, VXLAN_PORT);
        assertFalse(offload.hasPartialChecksum());
    }

    private void find(final byte[] frame, final int length, final int vxlanPort) {
        final byte[] behindMargin = new byte[MARGIN + length];
        System.arraycopy(frame, 0, behindMargin, MARGIN, length);
        offload.clear();
        PartialChecksum.find(new UnsafeBuffer(behindMargin), MARGIN, length, vxlanPort, DISTANCE, offload);
    }

    /** Puts the sum of the pseudo-header into a frame whose IPv4 packet reaches to its end. */
    private static byte[] left(
            final byte[] frame,
            final int at,
            final int checksumOffset,
            final int source,
            final int destination,
            final int protocol) {
        final int pseudo = InternetChecksum.pseudoHeader(source, destination, protocol, frame.length - at);
        new UnsafeBuffer(frame).putShort(at + checksumOffset, (short) ~InternetChecksum.fold(pseudo), BIG_ENDIAN);
        return frame;
    }

    private static byte[] vxlan(final byte[] inner) {
        return gre(new byte[] {8, 0, 0, 0, 0, 0, 5, 0}, inner);
    }

    private static byte[] gre(final byte[] header, final byte[] inner) {
        final byte[] bytes = new byte[header.length + inner.length];
        System.arraycopy(header, 0, bytes, 0, header.length);
        System.arraycopy(inner, 0, bytes, header.length, inner.length);
        return bytes;
    }

    private static TestFrames outer() {
        return ethernet().ipv4("192.0.2.1", "192.0.2.2");
    }

    private static byte[] tcp() {
        return ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2, 2).payload(100).build();
    }

    private static byte[] udp() {
        return ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(101).build();
    }

    private static TestFrames ethernet() {
        return TestFrames.ethernet("fa:16:3e:00:00:01", "fa:16:3e:00:00:02");
    }
}
