package org.dvr.bench.report;

import java.util.Map;
import java.util.TreeMap;

/**
 * What the machine can do, measured in seconds, so that figures can be carried from one machine to another with some idea of what that is worth.
 *
 * @param chaseNs nanoseconds of a load that depends on the one before, by bytes of the region that is walked at random
 * @param copyGBps bytes copied per nanosecond (10^9 a second), by bytes of source and target together
 * @param multiplyNs nanoseconds of a 64-bit multiplication and addition that depend on the ones before: follows the core's clock
 */
public record Calibration(Map<Long, Double> chaseNs, Map<Long, Double> copyGBps, double multiplyNs) {
    /** Keeps maps of its own, by size. */
    public Calibration {
        chaseNs = new TreeMap<>(chaseNs);
        copyGBps = new TreeMap<>(copyGBps);
    }

    /** The largest region that both walked, as this machine's time by the other's; NaN where there is none. */
    double memoryRatio(final Calibration other) {
        double ratio = Double.NaN;
        for (final Map.Entry<Long, Double> each : chaseNs.entrySet()) {
            final Double there = other.chaseNs.get(each.getKey());
            ratio = there == null ? ratio : each.getValue() / there;
        }
        return ratio;
    }

    /** This core's time for the same arithmetic by the other's; 1 where one of them is unknown. */
    double clockRatio(final Calibration other) {
        final double ratio = multiplyNs / other.multiplyNs;
        return ratio > 0 && Double.isFinite(ratio) ? ratio : 1;
    }
}
