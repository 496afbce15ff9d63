package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one benchmark came to with one set of parameters.
 *
 * @param type class of the benchmark, without its package
 * @param method method of the benchmark
 * @param parameters by name, in order
 * @param mean per operation
 * @param error half of the 99.9 % confidence interval as JMH has it, NaN with too few iterations
 * @param unit of all of these, such as {@code ns/op}
 * @param allocatedBytes per operation, without JMH's own, NaN when it was not measured
 * @param isCold not on the packet path: its allocation is not judged
 * @param forks the score of every iteration, by JVM
 */
public record Measured(
        String type,
        String method,
        Map<String, String> parameters,
        double mean,
        double error,
        String unit,
        double allocatedBytes,
        boolean isCold,
        List<List<Double>> forks) {
    /** {@return class and method} */
    public String name() {
        return type.isEmpty() ? method : type + "." + method;
    }

    /** {@return parameters as {@code name=value}} */
    public String parameterText() {
        return parametersBut(null);
    }

    /** {@return whether it allocates on the packet path, or nobody knows} */
    public boolean isAllocating() {
        return !isCold && !(allocatedBytes < Allocation.LIMIT); // not measured is not clean
    }

    /** What makes a figure of one run and of another the same: name, parameters in the order of their names, unit. */
    String key() {
        return name() + " " + new TreeMap<>(parameters) + " " + unit;
    }

    /** Parameters as {@code name=value}, but the one with this name. */
    String parametersBut(final String axis) {
        final List<String> pairs = new ArrayList<>();
        parameters.forEach((name, value) -> {
            if (!name.equals(axis)) {
                pairs.add(name + "=" + value);
            }
        });
        return String.join(" ", pairs);
    }

    Estimate estimate() {
        return Estimate.of(forks);
    }

    /** Operations per second where the unit has one, such as {@code ops/s}: more is better. */
    boolean isRate() {
        return unit.startsWith("ops/");
    }

    /** Nanoseconds per operation in one unit, NaN for what is no time. */
    double nsPerUnit() {
        return switch (unit) {
            case "ns/op" -> 1;
            case "us/op" -> 1e3;
            case "ms/op" -> 1e6;
            case "s/op" -> 1e9;
            default -> Double.NaN;
        };
    }

    /** {@code 3 × 5}, or the number of iterations of each fork where they differ. */
    String runs() {
        final List<Integer> sizes = forks.stream().map(List::size).distinct().toList();
        return sizes.size() == 1
                ? forks.size() + " × " + sizes.getFirst()
                : String.join(
                        " + ",
                        forks.stream().map(fork -> String.valueOf(fork.size())).toList());
    }

    double[] sortedScores() {
        return forks.stream()
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
    }
}
