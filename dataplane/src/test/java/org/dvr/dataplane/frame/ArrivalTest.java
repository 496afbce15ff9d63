package org.dvr.dataplane.frame;

import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.testing.Arrivals;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArrivalTest {
    private static final byte[] BYTES = TestFrames.ethernet(MA1, GA)
            .ipv4("10.0.1.10", "10.0.1.11")
            .udp(1, 2)
            .payload(37)
            .build();

    private final TopologySnapshot topology = compute1().build();
    private final FramePool pool = new FramePool(3, 2_048);

    private Attachment guest() {
        return topology.attachments().stream()
                .filter(attachment -> attachment.name().equals(TAP_A1))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] bytes(final Frame frame) {
        final byte[] bytes = new byte[frame.length()];
        frame.buffer().getBytes(frame.offset(), bytes);
        return bytes;
    }

    @Test
    void shouldSettleInAFrameWithAllThatIsKnownOfIt() {
        final Arrival arrival = Arrivals.of(AttachmentKind.GUEST, BYTES);
        arrival.came(Arrival.origin(guest().id(), AttachmentKind.GUEST));
        arrival.leaves(34, 6, true);
        arrival.key.packet = arrival.at() + 14;
        pool.reserve();
        final Frame frame = arrival.settle(pool, topology);
        assertArrayEquals(BYTES, bytes(frame));
        assertSame(guest(), frame.ingress());
        assertEquals(frame.offset() + 34, frame.offload.checksumAt);
        assertEquals(6, frame.offload.checksumOffset);
        assertTrue(frame.offload.isVerified);
        assertEquals(frame.base() + frame.offset(), arrival.at());
        assertEquals(arrival.at() + 14, arrival.key.packet, "the key stays right");
        assertSame(frame, arrival.settle(pool, topology), "once");
        assertEquals(2, pool.available());
    }

    @Test
    void shouldTellThatAPartIsMissing() {
        final byte[] longer = new byte[3_000];
        final Arrival arrival = Arrivals.of(AttachmentKind.GUEST, longer);
        arrival.came(Arrival.origin(guest().id(), AttachmentKind.GUEST));
        pool.reserve();
        final Frame frame = arrival.settle(pool, topology);
        assertEquals(3_000, frame.length(), "the parser drops it");
        assertTrue(arrival.isCut());
    }

    @Test
    void shouldNotTakeAnOddPlaceOfAChecksumForNone() {
        final Frame frame = pool.take();
        frame.buffer().putBytes(frame.start(), BYTES);
        frame.received(guest(), BYTES.length);
        final Arrival arrival = new Arrival();
        for (final int start : new int[] {0, -4, 1 << 16}) {
            frame.offload.checksumAt = frame.start() + start;
            arrival.is(frame);
            assertFalse(arrival.isPlain(), () -> "start=" + start);
        }
        frame.offload.checksumAt = frame.start() + 34;
        arrival.is(frame);
        assertTrue(arrival.isPlain());
        frame.offload.segmentKind = Offload.TCP4;
        arrival.is(frame);
        assertFalse(arrival.isPlain());
    }

    @ParameterizedTest
    @EnumSource(AttachmentKind.class)
    void shouldKnowWhatKindOfAttachmentItCameBy(final AttachmentKind kind) {
        final Arrival arrival = new Arrival();
        arrival.came(Arrival.origin(65_535, kind));
        assertEquals(65_535, arrival.ingressId());
        assertEquals(kind == AttachmentKind.GUEST, arrival.isFromGuest());
        assertEquals(kind == AttachmentKind.UNDERLAY, arrival.isFromUnderlay());
        assertEquals(kind == AttachmentKind.PHYSICAL, arrival.isFromPhysical());
    }

    @Test
    void shouldKeepReservedFramesForThoseWhoseTheyAre() {
        pool.reserve();
        pool.reserve();
        assertEquals(1, pool.available());
        assertNotNull(pool.take());
        assertNull(pool.take(), "two are kept");
        assertNotNull(pool.takeReserved());
        assertNull(pool.take(), "one is kept");
        pool.endReservations();
        assertNotNull(pool.take());
        assertNull(pool.take());
    }
}
