package org.dvr.pcaps.scenario;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Times as scenarios write them: {@code 5s}, {@code 3.5s}, {@code 200ms}, {@code 1m}; without a unit, seconds. */
public final class Durations {
    private static final List<Map.Entry<String, Long>> UNITS = List.of(
            Map.entry("ns", 1L),
            Map.entry("us", 1_000L),
            Map.entry("ms", 1_000_000L),
            Map.entry("s", 1_000_000_000L),
            Map.entry("m", 60_000_000_000L),
            Map.entry("h", 3_600_000_000_000L),
            Map.entry("", 1_000_000_000L));
    private static final BigDecimal LONGEST_NS = BigDecimal.valueOf(30L * 86_400_000_000_000L);

    private Durations() {}

    /**
     * Reads a time.
     *
     * @param text as written
     * @return nanoseconds, 0 to 30 days; -1 when the text is none
     */
    public static long parse(final String text) {
        final String trimmed = text.trim();
        for (final Map.Entry<String, Long> unit : UNITS) {
            if (trimmed.endsWith(unit.getKey())) {
                final String number = trimmed.substring(
                                0, trimmed.length() - unit.getKey().length())
                        .trim();
                try {
                    final BigDecimal ns = new BigDecimal(number).multiply(BigDecimal.valueOf(unit.getValue()));
                    if (ns.signum() >= 0 && ns.compareTo(LONGEST_NS) <= 0) {
                        return ns.longValueExact();
                    }
                } catch (final ArithmeticException | NumberFormatException e) {
                    // perhaps with another unit
                }
            }
        }
        return -1;
    }
}
