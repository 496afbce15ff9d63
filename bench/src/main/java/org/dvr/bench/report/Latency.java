package org.dvr.bench.report;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * Latencies of one kind of work.
 *
 * @param name of the work
 * @param parameters by name
 * @param load share of capacity that was offered, 0 to 1, NaN where it is none
 * @param count of values, 0 where unknown
 * @param seconds that it took, NaN where unknown
 * @param percentiles nanoseconds by percentile; 100 is the longest
 * @param collections garbage collections meanwhile, -1 where unknown
 * @param note in the reader's words, may be empty
 */
public record Latency(
        String name,
        Map<String, String> parameters,
        double load,
        long count,
        double seconds,
        Map<Double, Double> percentiles,
        int collections,
        String note) {
    private static final double[] SHOWN = {
        0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999, 99.9999, 100
    };

    /** Keeps a map of its own, by percentile. */
    public Latency {
        percentiles = new TreeMap<>(percentiles);
    }

    /**
     * Reads the percentiles off a histogram of nanoseconds.
     *
     * @param histogram of nanoseconds
     * @return nanoseconds by percentile, as far as there are values enough to tell; 100 always
     */
    public static Map<Double, Double> percentiles(final Histogram histogram) {
        final Map<Double, Double> percentiles = new TreeMap<>();
        for (final double percentile : SHOWN) {
            if (percentile == 100 || histogram.getTotalCount() * (100 - percentile) > 99.999) {
                percentiles.put(percentile, (double) histogram.getValueAtPercentile(percentile));
            }
        }
        return percentiles;
    }

    String title() {
        final String text = parameters.isEmpty()
                ? name
                : name + " "
                        + String.join(
                                " ",
                                new TreeMap<>(parameters)
                                        .entrySet().stream()
                                                .map(each -> each.getKey() + "=" + each.getValue())
                                                .toList());
        return text;
    }
}
