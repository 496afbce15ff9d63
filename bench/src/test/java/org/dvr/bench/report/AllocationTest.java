package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class AllocationTest {
    private static final double MEGABYTE = 1 << 20;

    private static double perOperation(final double bytes, final double operations, final double seconds) {
        return Allocation.perOperation(bytes / operations, bytes / seconds / MEGABYTE, seconds);
    }

    @Test
    void shouldTakeOffWhatJmhAllocatesItself() {
        assertEquals(0, perOperation(5_800, 200_000, 1));
        assertEquals(0, perOperation(12_200, 25_000, 1));
        assertEquals(0, perOperation(5_800, 200_000, 5), "however long an iteration is");
        assertEquals(0, perOperation(0, 200_000, 1));
    }

    @Test
    void shouldShowWhatOperationsAllocate() {
        // One object of 24 bytes in a hundred slow operations, beside JMH's own at its least.
        final double seldom = 200_000 / 100.0 * 24;
        assertEquals(seldom / 200_000, perOperation(Allocation.OWN_BYTES + seldom, 200_000, 1), 1e-9);
        assertTrue(perOperation(5_400 + seldom, 200_000, 1) > 0.01);
        assertEquals(24, perOperation(24e6, 1e6, 1), 0.02);
    }

    @Test
    void shouldNotCallCleanWhatWasNotMeasured() {
        assertTrue(Double.isNaN(Allocation.perOperation(Double.NaN, 1, 1)));
        assertTrue(Double.isNaN(Allocation.perOperation(1, Double.NaN, 1)));
    }
}
