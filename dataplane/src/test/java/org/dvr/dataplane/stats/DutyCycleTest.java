package org.dvr.dataplane.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.HdrHistogram.Histogram;
import org.dvr.codec.testing.AllocationGuard;
import org.junit.jupiter.api.Test;

class DutyCycleTest {
    private final DutyCycle duty = new DutyCycle();
    private long nowNs = 1_000;

    private void cycle(final int workCount, final long durationNs) {
        duty.start(nowNs);
        duty.done(workCount);
        nowNs += durationNs;
    }

    @Test
    void shouldTellBusyTimeFromIdleTime() {
        cycle(3, 100);
        cycle(0, 5_000);
        cycle(1, 300);
        assertEquals(100, duty.busyNs(), "the last one goes on");
        cycle(0, 0);
        assertEquals(400, duty.busyNs());
        assertEquals(5_000, duty.idleNs());
        assertEquals(3, duty.cycles());
        assertEquals(300, duty.longestNs());
    }

    @Test
    void shouldSampleCyclesThatFindWork() {
        for (int i = 0; i < 10 * DutyCycle.SAMPLE; i++) {
            cycle(1, 100);
            cycle(0, 7_000);
        }
        final Histogram sampled = duty.takeInterval();
        assertEquals(10, sampled.getTotalCount());
        assertEquals(100, sampled.getMaxValue());
        assertEquals(0, duty.takeInterval().getTotalCount());
    }

    @Test
    void shouldStandClocksThatGoBackAndLongPauses() {
        for (int i = 0; i < 2 * DutyCycle.SAMPLE; i++) {
            cycle(1, i % 2 == 0 ? -5 : 5_000_000_000L);
        }
        cycle(0, 0);
        assertEquals(2, duty.takeInterval().getTotalCount());
    }

    @Test
    void shouldAllocateNothing() {
        AllocationGuard.assertAllocatesNothing(20_000, () -> cycle(1, 100));
    }
}
