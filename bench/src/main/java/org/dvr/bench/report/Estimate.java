package org.dvr.bench.report;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * What a figure is and how sure of it one can be: the median of the forks' medians, and the 95 % interval of Student's t over the forks' medians, on a
 * logarithmic scale. Forks and not iterations are counted, since iterations of one JVM share its compilation and its memory layout and are no
 * independent trials. With one fork the interval is that of its iterations and says nothing of the next JVM.
 *
 * @param value median of the medians
 * @param low end of the interval, NaN with fewer than two numbers
 * @param high end of the interval, NaN with fewer than two numbers
 * @param forkMedians one for each fork, in their order
 */
public record Estimate(double value, double low, double high, List<Double> forkMedians) {
    private static final double CONFIDENCE = 0.95;

    /**
     * @param forks scores of each iteration, by fork; empty forks are left out
     * @return the estimate, NaN where there is no score
     */
    public static Estimate of(final List<List<Double>> forks) {
        final List<Double> medians = forks.stream()
                .filter(fork -> !fork.isEmpty())
                .map(Estimate::median)
                .toList();
        if (medians.isEmpty()) {
            return new Estimate(Double.NaN, Double.NaN, Double.NaN, medians);
        }
        final List<Double> trials = medians.size() > 1
                ? medians
                : forks.stream().filter(fork -> !fork.isEmpty()).findFirst().orElseThrow();
        final double value = median(medians);
        final int count = trials.size();
        if (count < 2 || trials.stream().anyMatch(trial -> !(trial > 0))) {
            return new Estimate(value, Double.NaN, Double.NaN, medians);
        }
        final double[] logs = trials.stream().mapToDouble(Math::log).toArray();
        final double mean = Arrays.stream(logs).average().orElseThrow();
        final double half = studentQuantile(CONFIDENCE, count - 1.0) * Math.sqrt(variance(logs) / count);
        // The median lies within, also where one fork is far from the others.
        return new Estimate(
                value, Math.min(value, Math.exp(mean - half)), Math.max(value, Math.exp(mean + half)), medians);
    }

    /** Half of the t distribution's central part with this confidence. */
    static double studentQuantile(final double confidence, final double degrees) {
        return new TDistribution(null, degrees).inverseCumulativeProbability((1 + confidence) / 2);
    }

    static double median(final List<Double> values) {
        final double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return median(sorted);
    }

    static double median(final double[] sorted) {
        return sorted.length == 0 ? Double.NaN : (sorted[sorted.length / 2] + sorted[(sorted.length - 1) / 2]) / 2;
    }

    /** Unbiased; 0 of a single value. */
    static double variance(final double[] values) {
        final double mean = Arrays.stream(values).average().orElse(Double.NaN);
        double sum = 0;
        for (final double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return values.length < 2 ? 0 : sum / (values.length - 1);
    }
}
