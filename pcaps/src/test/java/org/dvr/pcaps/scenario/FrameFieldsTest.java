package org.dvr.pcaps.scenario;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.dvr.codec.testing.TestFrames;
import org.junit.jupiter.api.Test;

final class FrameFieldsTest {
    private static final String A = "fa:16:3e:0a:00:11";
    private static final String B = "fa:16:3e:0a:00:12";

    private static TestFrames arp() {
        return TestFrames.ethernet(A, B).arpRequest(A, "10.0.1.11", "10.0.1.12");
    }

    private static byte[] wrap(final byte[] inner) {
        return TestFrames.vxlan(A, B, "172.16.0.1", "172.16.0.2", 101, inner);
    }

    @Test
    void shouldIgnorePaddingBehindAPacket() {
        final byte[] plain = FrameFields.of(arp().build(), false).comparable();
        assertArrayEquals(plain, FrameFields.of(arp().padTo(60).build(), false).comparable());
    }

    @Test
    void shouldIgnorePaddingInsideATunnel() {
        final byte[] plain = FrameFields.of(wrap(arp().build()), true).comparable();
        assertArrayEquals(
                plain, FrameFields.of(wrap(arp().padTo(60).build()), true).comparable());
    }

    @Test
    void shouldLookIntoTunnelsOnTheUnderlayOnly() {
        assertNotNull(FrameFields.of(wrap(arp().build()), true).find("inner.arp.sender-ip"));
        final byte[] frame = wrap(arp().build());
        assertArrayEquals(frame, FrameFields.of(frame, false).comparable());
    }

    @Test
    void shouldNameEveryByteOnceOfAnyFrame() {
        final byte[][] frames = {
            wrap(TestFrames.ethernet(A, B)
                    .ipv4("10.0.1.11", "10.0.1.12")
                    .tcp(1, 2, 2)
                    .payload(5)
                    .build()),
            TestFrames.gre(A, B, "172.16.0.1", "172.16.0.2", 7, arp().build()),
            TestFrames.ethernet(A, B)
                    .vlan(5)
                    .ipv4("10.0.1.11", "10.0.1.12")
                    .icmpError(3, 4, 1400, TestFrames.quote(wrap(arp().build()), 28))
                    .build(),
            TestFrames.ethernet(A, B)
                    .ipv6("2001:db8::1", "2001:db8::2")
                    .icmpv6Echo(1, 2)
                    .build()
        };
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            final byte[] frame = frames[i % frames.length].clone();
            if (i >= frames.length) {
                for (int j = random.nextInt(4); j >= 0; j--) {
                    frame[random.nextInt(frame.length)] = (byte) random.nextInt();
                }
            }
            final byte[] cut = i % 3 == 0 ? frame : Arrays.copyOf(frame, random.nextInt(frame.length + 1));
            final FrameFields fields = FrameFields.of(cut, random.nextBoolean());
            int at = 0;
            for (final FrameFields.Field field : fields.fields()) {
                assertEquals(at, field.offset(), "seed=" + seed + " field=" + field);
                at += field.length();
                assertTrue(!fields.text(field).isEmpty(), "seed=" + seed + " field=" + field);
            }
            assertEquals(at, fields.comparable().length, "seed=" + seed);
        }
    }
}
