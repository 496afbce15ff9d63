package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
    private static final int BENCHMARKS = 32;
    private static final int TRIALS = 300;
    private static final double FORK_SPREAD = 0.006;

    /** What a simulated comparison came to, as shares of all trials. */
    private record Rates(double falseAlarms, double found, double hidden) {}

    /** Histories and comparisons with this noise from run to run, one benchmark changed by a factor. */
    private static Rates simulate(final double runSpread, final double factor, final int historyRuns) {
        return simulate(runSpread, 1, factor, historyRuns);
    }

    private static Rates simulate(
            final double runSpread, final double uneven, final double factor, final int historyRuns) {
        final Random random = new Random(11);
        int alarms = 0;
        int found = 0;
        int hidden = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            final List<Run> history = new ArrayList<>();
            for (int day = 1; day <= historyRuns; day++) {
                history.add(Runs.noisy(random, day, BENCHMARKS, runSpread, uneven, FORK_SPREAD, 1));
            }
            final Run baseline = Runs.noisy(random, 20, BENCHMARKS, runSpread, uneven, FORK_SPREAD, 1);
            final Run now = Runs.noisy(random, 21, BENCHMARKS, runSpread, uneven, FORK_SPREAD, factor);
            final List<Comparison.Row> rows = Comparison.of(now, baseline, Noise.of(history, Runs.MACHINE))
                    .rows();
            alarms += rows.stream()
                            .skip(1)
                            .anyMatch(row -> row.verdict() == Verdict.SLOWER || row.verdict() == Verdict.FASTER)
                    ? 1
                    : 0;
            found += rows.getFirst().verdict() == Verdict.SLOWER ? 1 : 0;
            hidden += rows.getFirst().verdict() == Verdict.SAME ? 1 : 0;
        }
        return new Rates((double) alarms / TRIALS, (double) found / TRIALS, (double) hidden / TRIALS);
    }

    @Test
    void shouldTakeNoiseForNoise() {
        for (final double spread : new double[] {0.003, 0.01, 0.03}) {
            final Rates rates = simulate(spread, 1, 10);
            assertTrue(rates.falseAlarms() <= 0.08, spread + ": " + rates); // 5 % are meant, 300 trials
        }
    }

    /** Where many flows are noisier than few: figures of one kind must not pay for the other. */
    @Test
    void shouldKnowThatSomeBenchmarksAreNoisier() {
        final Rates rates = simulate(0.004, 3, 1, 12);
        assertTrue(rates.falseAlarms() <= 0.08, rates.toString());
    }

    @Test
    void shouldFindALossOfFivePercent() {
        final Rates quiet = simulate(0.004, 1.05, 10);
        assertTrue(quiet.found() >= 0.93, quiet.toString());
        assertTrue(quiet.falseAlarms() <= 0.08, quiet.toString());
        assertTrue(simulate(0.005, 1.05, 10).found() >= 0.82);
        // Noisier machines find it less often, and then do not call it the same.
        final Rates noisy = simulate(0.01, 1.05, 10);
        assertTrue(noisy.hidden() <= 0.05, noisy.toString());
    }

    /** On a machine with 1 % from run to run, four runs of each of the two commits are enough. */
    @Test
    void shouldFindItOnANoisyMachineWithMoreRuns() {
        final Random random = new Random(13);
        int found = 0;
        int alarms = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            final List<Run> history = new ArrayList<>();
            for (int day = 1; day <= 14; day++) {
                final double factor = day > 10 ? 1.05 : 1;
                final Run run = Runs.noisy(random, day, BENCHMARKS, 0.01, 1, FORK_SPREAD, factor);
                final String commit = day > 10 ? "now" : day > 6 ? "before" : run.commit();
                history.add(Runs.run(run.date(), commit, run.measured()));
            }
            final List<Comparison.Row> rows = Comparison.of(
                            history.getLast(), history.get(9), Noise.of(history, Runs.MACHINE))
                    .rows();
            found += rows.getFirst().verdict() == Verdict.SLOWER ? 1 : 0;
            alarms += rows.stream().skip(1).anyMatch(row -> row.verdict() == Verdict.SLOWER) ? 1 : 0;
        }
        assertTrue(found >= 0.93 * TRIALS, found + " of " + TRIALS);
        assertTrue(alarms <= 0.08 * TRIALS, alarms + " of " + TRIALS);
    }

    @Test
    void shouldFindItWithoutHistoryOnAQuietMachine() {
        final Rates rates = simulate(0.003, 1.10, 0);
        assertTrue(rates.found() >= 0.9, rates.toString());
        assertTrue(rates.falseAlarms() <= 0.08, rates.toString());
        assertTrue(simulate(0.003, 1.05, 0).hidden() <= 0.04);
    }

    @Test
    void shouldKnowWhichWayIsBetter() {
        final Run before = Runs.run(List.of(
                Runs.packets("a", "1", 100, 100.1, 99.9),
                Runs.measured("B", "b", Map.of(), "ops/s", 0, 100, 100.1, 99.9)));
        final Run now = Runs.run(List.of(
                Runs.packets("a", "1", 80, 80.1, 79.9), Runs.measured("B", "b", Map.of(), "ops/s", 0, 80, 80.1, 79.9)));
        final List<Comparison.Row> rows =
                Comparison.of(now, before, Noise.unknown()).rows();
        assertEquals(Verdict.FASTER, rows.get(0).verdict());
        assertEquals(-0.2, rows.get(0).change(), 1e-9);
        assertEquals(Verdict.SLOWER, rows.get(1).verdict());
        assertEquals(0.25, rows.get(1).change(), 1e-9); // a time of 1/80 is a quarter more than 1/100
    }

    @Test
    void shouldNotBlameTheCodeForASlowerCore() {
        final Run before = Runs.run(List.of(Runs.packets("a", "1", 100, 100.1, 99.9)));
        final Run now = Runs.slowed(Runs.run(List.of(Runs.packets("a", "1", 120, 120.1, 119.9))), 1.2);
        final Comparison comparison = Comparison.of(now, before, Noise.unknown());
        assertEquals(0, comparison.rows().getFirst().change(), 1e-9);
        assertTrue(
                comparison.warnings().getFirst().contains("83 % of the baseline's speed"),
                comparison.warnings().toString());
        // The other way round it is the code.
        final Comparison same = Comparison.of(Runs.slowed(before, 1.2), before, Noise.unknown());
        assertEquals(Verdict.FASTER, same.rows().getFirst().verdict());
    }

    @Test
    void shouldBeSurerWithMoreRunsOfACommit() {
        final Random random = new Random(3);
        final List<Run> history = new ArrayList<>();
        for (int day = 1; day <= 8; day++) {
            history.add(Runs.noisy(random, day, BENCHMARKS, 0.01, 1, FORK_SPREAD, 1));
        }
        final Run now = Runs.noisy(random, 21, BENCHMARKS, 0.01, 1, FORK_SPREAD, 1);
        final Run baseline = Runs.noisy(random, 20, BENCHMARKS, 0.01, 1, FORK_SPREAD, 1);
        final double alone = Comparison.of(now, baseline, Noise.of(history, Runs.MACHINE))
                .rows()
                .getFirst()
                .band();
        for (int day = 10; day < 14; day++) {
            final Run again = Runs.noisy(random, day, BENCHMARKS, 0.01, 1, FORK_SPREAD, 1);
            history.add(Runs.run(again.date(), baseline.commit(), again.measured()));
        }
        final double together = Comparison.of(now, baseline, Noise.of(history, Runs.MACHINE))
                .rows()
                .getFirst()
                .band();
        assertTrue(together < alone * 0.87, together + " " + alone); // sqrt((1 + 1/5) / 2) is 0.77
    }

    @Test
    void shouldNameWhatOnlyOneSideHas() {
        final Comparison comparison = Comparison.of(
                Runs.run(List.of(Runs.packets("a", "1", 5, 5))),
                Runs.run(List.of(Runs.packets("a", "2", 7, 7))),
                Noise.unknown());
        assertEquals(
                List.of(Verdict.NEW, Verdict.GONE),
                comparison.rows().stream().map(Comparison.Row::verdict).toList());
        assertEquals(1, comparison.count(Verdict.GONE));
    }

    @Test
    void shouldWarnOfAnotherMachine() {
        final Run here = Runs.run(List.of(Runs.packets("a", "1", 5, 5)));
        final Run there = new Run(
                here.date(),
                here.commit(),
                Map.of(),
                new Machine("other", 64, "arm64", "", ""),
                null,
                Load.UNKNOWN,
                here.measured(),
                List.of(),
                List.of());
        assertTrue(Comparison.of(here, there, Noise.unknown())
                .warnings()
                .getFirst()
                .startsWith("The machines differ"));
        assertEquals(List.of(), Comparison.of(here, here, Noise.unknown()).warnings());
    }

    @Test
    void shouldLearnTheNoiseFromRunToRun() {
        final Random random = new Random(5);
        final List<Run> history = new ArrayList<>();
        for (int day = 1; day <= 12; day++) {
            // In the middle everything becomes twice as fast: a change of the code is no noise.
            final Run run = Runs.noisy(random, day, BENCHMARKS, 0.012, 1, 0.0001, 1);
            history.add(
                    day <= 6
                            ? run
                            : Runs.run(
                                    run.date(),
                                    run.commit(),
                                    run.measured().stream()
                                            .map(each -> Runs.packets(
                                                    each.method(), "1024", each.mean() / 2, each.mean() / 2))
                                            .toList()));
        }
        final Noise noise = Noise.of(history, Runs.MACHINE);
        assertTrue(noise.isKnown());
        assertEquals(12, noise.runs());
        assertEquals(0.012, noise.pooledSpread(), 0.002);
        assertEquals(
                0.012, noise.spread(history.getFirst().measured().getFirst().key()), 0.005);
        assertFalse(Noise.of(history, new Machine("other", 2, "amd64", "", "")).isKnown());
        assertFalse(Noise.of(history.subList(0, 3), Runs.MACHINE).isKnown());
        assertEquals(Noise.ASSUMED, Noise.unknown().spread("any"));
    }
}
