package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Benchmarks of one class and unit, and the parameter that they are drawn over: the numeric one of which the most values were run.
 *
 * @param parameter its name, null where there is none
 * @param values as they were given, by number
 * @param series the benchmarks by what else tells them apart, method and other parameters
 */
record Axis(String parameter, TreeMap<Double, String> values, Map<String, List<Measured>> series) {
    private static final Map<String, String> WORDS = Map.of(
            "frameLength", "frame length, bytes",
            "firstPacketShare", "share of first packets, %",
            "floatingIps", "floating IPs",
            "prefixes", "prefixes per router",
            "ports", "ports",
            "routers", "routers",
            "flows", "flows",
            "entries", "entries");

    static Axis of(final List<Measured> results) {
        final Map<String, TreeMap<Double, String>> numeric = new LinkedHashMap<>();
        for (final Measured each : results) {
            each.parameters().forEach((name, value) -> {
                final double number = Numbers.number(value);
                final TreeMap<Double, String> values = numeric.computeIfAbsent(name, key -> new TreeMap<>());
                values.put(number, value); // NaN sorts last
            });
        }
        String parameter = null;
        int most = 1;
        for (final Map.Entry<String, TreeMap<Double, String>> each : numeric.entrySet()) {
            if (!each.getValue().containsKey(Double.NaN) && each.getValue().size() > most) {
                most = each.getValue().size();
                parameter = each.getKey();
            }
        }
        final Map<String, List<Measured>> series = new LinkedHashMap<>();
        for (final Measured each : results) {
            final String rest = each.parametersBut(parameter);
            series.computeIfAbsent(
                            rest.isEmpty() ? each.method() : each.method() + " " + rest, name -> new ArrayList<>())
                    .add(each);
        }
        return new Axis(parameter, parameter == null ? new TreeMap<>() : numeric.get(parameter), series);
    }

    /** Over the load that is offered nothing grows: the time between packets is what was asked for, and latencies are shown by themselves. */
    boolean isGrowth() {
        return parameter != null && !parameter.equals("load");
    }

    String title() {
        return WORDS.getOrDefault(parameter, parameter);
    }

    /** Decades are far apart: an axis of ratios. */
    boolean isLogarithmic() {
        return values.firstKey() > 0 && values.lastKey() / values.firstKey() >= 8;
    }
}
