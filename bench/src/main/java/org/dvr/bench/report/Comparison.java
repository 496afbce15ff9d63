package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * A run beside a baseline, figure by figure: which way it went, by how much, and whether that could be chance.
 *
 * <p>Compared are levels ({@link Noise#level}), so that a change is a factor and the machine's speed is taken out. The standard error of a difference is the
 * larger of two: what the forks' spread says (of one figure mixed with that of all, as a moderated t-test does, since three forks alone say little), and
 * what history says of run to run ({@link Noise}). Runs of history with the commit of either side are averaged with it. Each difference has a p value by
 * Student's t; the method of Benjamini and Hochberg keeps false alarms among all figures of a comparison at {@value #FALSE_DISCOVERY}. Less than
 * {@value #LEAST} is never called a change.
 */
final class Comparison {
    static final double FALSE_DISCOVERY = 0.05;
    static final double LEAST = 0.02;

    /** What must not go unseen. */
    static final double LOSS = 0.05;

    private static final double CONFIDENCE = 0.95;
    private static final double FORK_PRIOR_DEGREES = 8;
    private static final double DIFFERENT_CLOCK = 0.02;
    private static final double DIFFERENT_MEMORY = 0.10;

    /** Variance of the median of so many normal values, as a share of that of one. */
    private static final double[] MEDIAN_VARIANCE = {Double.NaN, 1, 0.5, 0.449, 0.298, 0.287, 0.215, 0.210};

    private final List<Row> rows;
    private final List<String> warnings;

    /**
     * One figure.
     *
     * @param name of the benchmark
     * @param parameters of the benchmark
     * @param unit of the two figures
     * @param before in the baseline, NaN where it has none
     * @param now in the run, NaN where it has none
     * @param change as a share: positive is worse, whatever the unit
     * @param band half width of its 95 % interval
     * @param verdict on it
     */
    record Row(
            String name,
            String parameters,
            String unit,
            double before,
            double now,
            double change,
            double band,
            Verdict verdict) {}

    private record Difference(Measured before, Measured now, double log, double error, double degrees) {
        double p() {
            return 2 * new TDistribution(null, degrees).cumulativeProbability(-Math.abs(log) / error);
        }
    }

    private Comparison(final List<Row> rows, final List<String> warnings) {
        this.rows = rows;
        this.warnings = warnings;
    }

    static Comparison of(final Run run, final Run baseline, final Noise noise) {
        final Map<String, Measured> before = new HashMap<>();
        baseline.measured().forEach(each -> before.put(each.key(), each));
        final List<Measured> both = run.measured().stream()
                .filter(each -> before.containsKey(each.key()))
                .toList();
        final double forkVariance = pooledForkVariance(both, before);
        final List<Difference> differences = new ArrayList<>();
        for (final Measured now : both) {
            differences.add(difference(run, now, baseline, before.get(now.key()), noise, forkVariance));
        }
        final double limit = limit(differences);
        final List<Row> rows = new ArrayList<>();
        for (final Difference each : differences) {
            rows.add(row(each, limit));
        }
        final Set<String> seen = new HashSet<>(before.keySet());
        for (final Measured now : run.measured()) {
            if (!seen.contains(now.key())) {
                rows.add(lone(now, Double.NaN, now.estimate().value(), Verdict.NEW));
            }
        }
        final Set<String> here = new HashSet<>();
        run.measured().forEach(each -> here.add(each.key()));
        for (final Measured then : baseline.measured()) {
            if (!here.contains(then.key())) {
                rows.add(lone(then, then.estimate().value(), Double.NaN, Verdict.GONE));
            }
        }
        return new Comparison(List.copyOf(rows), warnings(run, baseline));
    }

    private static Row lone(final Measured measured, final double before, final double now, final Verdict verdict) {
        return new Row(
                measured.name(),
                measured.parameterText(),
                measured.unit(),
                before,
                now,
                Double.NaN,
                Double.NaN,
                verdict);
    }

    private static Difference difference(
            final Run run,
            final Measured now,
            final Run baseline,
            final Measured before,
            final Noise noise,
            final double forkVariance) {
        final List<Double> levelsNow = levels(run, now, baseline, noise);
        final List<Double> levelsBefore = levels(baseline, before, baseline, noise);
        final double log = mean(levelsNow) - mean(levelsBefore);
        final double degrees = degrees(now) + degrees(before);
        final double own = degrees == 0
                ? forkVariance
                : (degrees(now) * forkVariance(now) + degrees(before) * forkVariance(before)) / degrees;
        final double variance = (degrees * own + FORK_PRIOR_DEGREES * forkVariance) / (degrees + FORK_PRIOR_DEGREES);
        final double fromForks =
                variance * (medianVariance(now) / levelsNow.size() + medianVariance(before) / levelsBefore.size());
        final double spread = noise.spread(now.key());
        final double fromHistory = spread * spread * (1.0 / levelsNow.size() + 1.0 / levelsBefore.size());
        final double worse = now.isRate() ? -log : log;
        if (!noise.isKnown()) {
            return new Difference(before, now, worse, Math.sqrt(fromForks + fromHistory), degrees + FORK_PRIOR_DEGREES);
        }
        return fromForks > fromHistory
                ? new Difference(before, now, worse, Math.sqrt(fromForks), degrees + FORK_PRIOR_DEGREES)
                : new Difference(before, now, worse, Math.sqrt(fromHistory), noise.degrees(now.key()));
    }

    private static List<Double> levels(final Run run, final Measured measured, final Run reference, final Noise noise) {
        final List<Double> levels = new ArrayList<>();
        levels.add(Noise.level(measured, run, reference));
        for (final Run other : noise.alike(run)) {
            for (final Measured each : other.measured()) {
                if (each.key().equals(measured.key())) {
                    levels.add(Noise.level(each, other, reference));
                }
            }
        }
        return levels;
    }

    private static double mean(final List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private static int degrees(final Measured measured) {
        return measured.estimate().forkMedians().size() - 1;
    }

    private static double forkVariance(final Measured measured) {
        return Estimate.variance(measured.estimate().forkMedians().stream()
                .mapToDouble(Math::log)
                .toArray());
    }

    private static double medianVariance(final Measured measured) {
        final int forks = measured.estimate().forkMedians().size();
        return forks < MEDIAN_VARIANCE.length ? MEDIAN_VARIANCE[forks] : Math.PI / 2 / forks;
    }

    /** Mean over all figures, each counted by its degrees of freedom; what is assumed of a level where no figure has two forks. */
    private static double pooledForkVariance(final List<Measured> both, final Map<String, Measured> before) {
        double sum = 0;
        int degrees = 0;
        for (final Measured now : both) {
            for (final Measured each : List.of(now, before.get(now.key()))) {
                sum += degrees(each) * forkVariance(each);
                degrees += degrees(each);
            }
        }
        return degrees == 0 ? Noise.ASSUMED * Noise.ASSUMED : sum / degrees;
    }

    /** The largest p value that is still a discovery (Benjamini and Hochberg 1995), 0 where none is. */
    private static double limit(final List<Difference> differences) {
        final List<Double> sorted = differences.stream()
                .map(Difference::p)
                .sorted(Comparator.naturalOrder())
                .toList();
        double limit = 0;
        for (int i = 0; i < sorted.size(); i++) {
            if (sorted.get(i) <= FALSE_DISCOVERY * (i + 1) / sorted.size()) {
                limit = sorted.get(i);
            }
        }
        return limit;
    }

    private static Row row(final Difference difference, final double limit) {
        final double change = Math.expm1(difference.log());
        final double band = Estimate.studentQuantile(CONFIDENCE, difference.degrees()) * difference.error();
        final Verdict verdict;
        if (difference.p() <= limit && Math.abs(change) > LEAST) {
            verdict = change > 0 ? Verdict.SLOWER : Verdict.FASTER;
        } else {
            verdict = Math.abs(difference.log()) + band < Math.log1p(LOSS) ? Verdict.SAME : Verdict.UNCLEAR;
        }
        return new Row(
                difference.now().name(),
                difference.now().parameterText(),
                difference.now().unit(),
                difference.before().estimate().value(),
                difference.now().estimate().value(),
                change,
                Math.expm1(band),
                verdict);
    }

    private static List<String> warnings(final Run run, final Run baseline) {
        final List<String> warnings = new ArrayList<>();
        if (run.machine() == null || baseline.machine() == null) {
            warnings.add("One side does not say which machine it ran on: the comparison holds if it was the same.");
        } else if (!run.machine().machineClass().equals(baseline.machine().machineClass())) {
            warnings.add("The machines differ: " + run.machine().machineClass() + " now, "
                    + baseline.machine().machineClass() + " in the baseline.");
        } else if (!run.machine().jdk().equals(baseline.machine().jdk())) {
            warnings.add("The JDKs differ: " + run.machine().jdk() + " now, "
                    + baseline.machine().jdk() + " in the baseline.");
        }
        if (run.calibration() != null && baseline.calibration() != null) {
            final double clock = run.calibration().clockRatio(baseline.calibration());
            if (Math.abs(clock - 1) > DIFFERENT_CLOCK) {
                warnings.add("The core ran at " + Numbers.fixed(100 / clock, 0)
                        + " % of the baseline's speed by calibration; this is taken out.");
            }
            final double memory = run.calibration().memoryRatio(baseline.calibration());
            if (Math.abs(memory - 1) > DIFFERENT_MEMORY) {
                warnings.add("A dependent miss cost " + Numbers.fixed(memory * 100, 0)
                        + " % of the baseline's by calibration; this is not taken out, and many flows show it.");
            }
        }
        return warnings;
    }

    List<Row> rows() {
        return rows;
    }

    List<String> warnings() {
        return warnings;
    }

    long count(final Verdict verdict) {
        return rows.stream().filter(row -> row.verdict() == verdict).count();
    }
}
