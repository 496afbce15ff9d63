package org.dvr.app.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.app.lab.Measured.Bar;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.Ipv4Header;
import org.junit.jupiter.api.Test;

class MeasuredTest {
    @Test
    void shouldCompareMedians() {
        final Measured row = new Measured("packets", "Mpps", 2, Bar.TWICE);
        List.of(1.0, 9.0, 1.2).forEach(value -> row.add(true, value));
        List.of(0.4, 0.5, 0.6, 0.7).forEach(value -> row.add(false, value));

        assertEquals(1.2 / 0.55, row.ratio(), 1e-9);
        assertTrue(row.isReached());
        assertEquals("1.20 (1.00 .. 9.00)", row.cells().get(2));
    }

    @Test
    void shouldKnowWhereLessIsBetter() {
        assertTrue(Bar.HALF_AS_FAST.isReached(2.0));
        assertFalse(Bar.HALF_AS_FAST.isReached(2.1));
        assertFalse(Bar.NO_LATER.isReached(1.01));
        assertFalse(Bar.AS_GOOD.isReached(0.99));
    }

    @Test
    void shouldNameACoreAsSysfsDoes() {
        assertEquals("0", MeasuredLab.mask(-1));
        assertEquals("2", MeasuredLab.mask(1));
        assertEquals("80000000", MeasuredLab.mask(31));
        assertEquals("2,00000000", MeasuredLab.mask(33));
    }

    @Test
    void shouldSendFramesOf64Bytes() {
        final List<UnsafeBuffer> frames = MeasuredFrames.fromGuest(Cast.A1, Cast.OUTSIDE_IP);

        assertEquals(MeasuredFrames.FLOWS, frames.size());
        for (final UnsafeBuffer frame : frames) {
            assertEquals(60, frame.capacity()); // and four of the check sequence
            assertEquals(DecodeFault.NONE, Ipv4Header.check(frame, 14, 46));
        }
        final UnsafeBuffer tunnel =
                MeasuredFrames.toNetworkHost(Cast.A3, Cast.NETWORK1).getFirst();
        assertEquals(110, tunnel.capacity());
        assertEquals(DecodeFault.NONE, Ipv4Header.check(tunnel, 14, 96));
        assertEquals(DecodeFault.NONE, Ipv4Header.check(tunnel, 64, 46));
    }
}
