package org.dvr.bench.report;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.special.Gamma;

/**
 * How far figures of one and the same code lie apart from run to run, learned from history: runs saved on machines of the same class, in order of time.
 *
 * <p>A run's level is the logarithm of its {@link Estimate#value()}, taken to the speed of one core by {@link Calibration#multiplyNs()} where both
 * runs know it. Between neighboring runs most of the code is the same, so the differences of levels are noise, but for the few that are changes of the
 * code: their median does not care about those. The spread of a level is 1.4826 times the median of the absolute differences, over the square root of two.
 * Few differences of one benchmark are a poor estimate, so each is mixed with that of all benchmarks. How much that of all counts is learned too: much where
 * all are about as noisy, little where some are noisier than others (the empirical Bayes method of Smyth 2004, "moderated t").
 */
final class Noise {
    /** Assumed of a level, as a share of it, while there is no history: {@value #ASSUMED}. */
    static final double ASSUMED = 0.01;

    private static final double FEWEST_DEGREES = 2; // that of all counts at least as much
    private static final double NORMAL = 1.4826; // median absolute deviation to standard deviation
    private static final double EFFICIENCY = 0.37; // of that estimate, for normal differences
    private static final int FEWEST_RUNS = 4;
    private static final int FEWEST_DIFFERENCES = 3;
    private static final double MOST_DEGREES = 60;

    private final int runs;
    private final Map<String, double[]> differences; // absolute, by key of the figure
    private final double pooled;
    private final double prior; // variance
    private final double priorDegrees;
    private final List<Run> history;

    private Noise(final List<Run> history, final Map<String, double[]> differences) {
        this.history = history;
        runs = history.size();
        this.differences = differences;
        final double[] all = differences.values().stream()
                .flatMapToDouble(Arrays::stream)
                .sorted()
                .toArray();
        pooled = all.length < FEWEST_DIFFERENCES ? Double.NaN : spread(all);
        final List<double[]> known = differences.values().stream()
                .filter(own -> own.length >= FEWEST_DIFFERENCES && spread(own) > 0)
                .toList();
        priorDegrees = priorDegrees(known);
        prior = prior(known, priorDegrees);
    }

    /** Knows nothing. */
    static Noise unknown() {
        return new Noise(List.of(), Map.of());
    }

    /**
     * Reads saved runs.
     *
     * @param folder of {@code *.json}; may be missing
     * @return all that are there
     * @throws IOException when one cannot be used
     */
    static List<Run> readHistory(final Path folder) throws IOException {
        final List<Path> files = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.json")) {
                found.forEach(files::add);
            }
        }
        files.sort(null);
        final List<Run> history = new ArrayList<>();
        for (final Path file : files) {
            history.add(RunReader.read(file));
        }
        return history;
    }

    /**
     * Learns from history.
     *
     * @param history in any order
     * @param machine whose class counts, null = knows nothing
     * @return the noise of this class of machines
     */
    static Noise of(final List<Run> history, final Machine machine) {
        if (machine == null) {
            return unknown();
        }
        final List<Run> same = history.stream()
                .filter(run ->
                        run.machine() != null && run.machine().machineClass().equals(machine.machineClass()))
                .sorted(Comparator.comparing(Run::date))
                .toList();
        final Map<String, List<Double>> levels = new HashMap<>();
        for (final Run run : same) {
            for (final Measured each : run.measured()) {
                levels.computeIfAbsent(each.key(), key -> new ArrayList<>()).add(level(each, run, same.getFirst()));
            }
        }
        final Map<String, double[]> differences = new HashMap<>();
        if (same.size() >= FEWEST_RUNS) {
            levels.forEach((key, of) -> differences.put(key, differences(of)));
        }
        return new Noise(same, differences);
    }

    private static double[] differences(final List<Double> levels) {
        final double[] differences = new double[levels.size() - 1];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = Math.abs(levels.get(i + 1) - levels.get(i));
        }
        Arrays.sort(differences);
        return differences;
    }

    /** Logarithm of the figure as it would be at the other run's speed of a core. */
    static double level(final Measured measured, final Run run, final Run other) {
        final double clock = run.calibration() == null || other.calibration() == null
                ? 1
                : run.calibration().clockRatio(other.calibration());
        final double value = Math.log(measured.estimate().value());
        return measured.isRate() ? value + Math.log(clock) : value - Math.log(clock);
    }

    private static double spread(final double[] sorted) {
        return NORMAL * Estimate.median(sorted) / Math.sqrt(2);
    }

    boolean isKnown() {
        return !Double.isNaN(pooled);
    }

    int runs() {
        return runs;
    }

    /** Of all benchmarks together: a level's standard deviation, as a share of it. */
    double pooledSpread() {
        return isKnown() ? pooled : ASSUMED;
    }

    /** A level's standard deviation for one figure. */
    double spread(final String key) {
        if (!isKnown()) {
            return ASSUMED;
        }
        final double[] own = differences.getOrDefault(key, new double[0]);
        final double degrees = own.length < FEWEST_DIFFERENCES ? 0 : EFFICIENCY * own.length;
        final double spread = degrees == 0 ? 0 : spread(own);
        return Math.sqrt((degrees * spread * spread + priorDegrees * prior) / (degrees + priorDegrees));
    }

    /** Degrees of freedom of {@link #spread}: how well it is known. */
    double degrees(final String key) {
        final double[] own = differences.getOrDefault(key, new double[0]);
        return Math.max(2, priorDegrees + (own.length < FEWEST_DIFFERENCES ? 0 : EFFICIENCY * own.length));
    }

    private static double logVariance(final double[] differences) {
        return 2 * Math.log(spread(differences));
    }

    /** How much alike benchmarks are: what their estimates differ by beyond what estimates of so few differences must. */
    private static double priorDegrees(final List<double[]> known) {
        if (known.size() < 2) {
            return FEWEST_DEGREES;
        }
        final double[] logs = known.stream().mapToDouble(Noise::logVariance).toArray();
        final double chance = known.stream()
                .mapToDouble(own -> Gamma.trigamma(EFFICIENCY * own.length / 2))
                .average()
                .orElseThrow();
        final double beyond = Estimate.variance(logs) - chance;
        double low = FEWEST_DEGREES;
        double high = MOST_DEGREES;
        while (high - low > 0.1) { // trigamma falls
            final double middle = (low + high) / 2;
            if (Gamma.trigamma(middle / 2) > beyond) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static double prior(final List<double[]> known, final double degrees) {
        return Math.exp(known.stream()
                        .mapToDouble(own -> logVariance(own) - bias(EFFICIENCY * own.length))
                        .average()
                        .orElse(Double.NaN)
                + bias(degrees));
    }

    /** Of the logarithm of a variance that is estimated with so many degrees of freedom. */
    private static double bias(final double degrees) {
        return Gamma.digamma(degrees / 2) - Math.log(degrees / 2);
    }

    /**
     * Runs of one commit on this class of machines, beside the one that is compared: they make its level surer.
     *
     * @param run to find more of
     * @return without the run itself; none for changed files
     */
    List<Run> alike(final Run run) {
        return run.commit().equals("unknown") || run.commit().endsWith("-dirty")
                ? List.of()
                : history.stream()
                        .filter(each -> each.commit().equals(run.commit())
                                && !each.date().equals(run.date()))
                        .toList();
    }
}
