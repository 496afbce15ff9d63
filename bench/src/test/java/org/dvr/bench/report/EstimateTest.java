package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EstimateTest {
    @Test
    void shouldTakeTheMedianOfTheForksMedians() {
        final Estimate estimate =
                Estimate.of(List.of(List.of(90.0, 100.0, 500.0), List.of(110.0), List.of(104.0, 106.0)));
        assertEquals(List.of(100.0, 110.0, 105.0), estimate.forkMedians());
        assertEquals(105, estimate.value());
    }

    @Test
    void shouldGiveStudentsIntervalOverForks() {
        // Logarithms 0, 1, 2: mean 1, deviation 1; t of 2 degrees at 97.5 % is 4.3027.
        final Estimate estimate = Estimate.of(List.of(List.of(1.0), List.of(Math.E), List.of(Math.E * Math.E)));
        final double half = 4.3027 / Math.sqrt(3);
        assertEquals(1 - half, Math.log(estimate.low()), 1e-4);
        assertEquals(1 + half, Math.log(estimate.high()), 1e-4);
    }

    @Test
    void shouldHoldTheTruthAsOftenAsItSays() {
        final Random random = new Random(7);
        int held = 0;
        for (int i = 0; i < 4_000; i++) {
            final List<List<Double>> forks = List.of(
                    List.of(Math.exp(random.nextGaussian() * 0.02)),
                    List.of(Math.exp(random.nextGaussian() * 0.02)),
                    List.of(Math.exp(random.nextGaussian() * 0.02)));
            final Estimate estimate = Estimate.of(forks);
            held += estimate.low() <= 1 && 1 <= estimate.high() ? 1 : 0;
        }
        assertEquals(0.95, held / 4_000.0, 0.012);
    }

    @Test
    void shouldUseIterationsOfASingleFork() {
        final Estimate estimate = Estimate.of(List.of(List.of(99.0, 100.0, 101.0)));
        assertEquals(100, estimate.value());
        assertTrue(estimate.low() < 99 && estimate.high() > 101);
    }

    @Test
    void shouldSayWhatItCannotKnow() {
        final Estimate one = Estimate.of(List.of(List.of(5.0)));
        assertEquals(5, one.value());
        assertTrue(Double.isNaN(one.low()) && Double.isNaN(one.high()));
        assertTrue(Double.isNaN(Estimate.of(List.of()).value()));
        assertTrue(Double.isNaN(Estimate.of(List.of(List.of())).value()));
    }
}
