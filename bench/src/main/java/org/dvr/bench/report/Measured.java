package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * What one benchmark came to with one set of parameters.
 *
 * @param type class of the benchmark, without its package
 * @param method method of the benchmark
 * @param parameters by name, in order
 * @param mean per operation
 * @param error half of the 99.9 % confidence interval, NaN with too few iterations
 * @param unit of the two, such as {@code ns/op}
 * @param allocatedBytes per operation, without JMH's own, NaN when it was not measured
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
        List<List<Double>> forks) {
    /**
     * Reads JMH's results.
     *
     * @param results of a run
     * @return one for each, by class and method, as JMH ran them
     */
    public static List<Measured> of(final Collection<RunResult> results) {
        final List<Measured> all = new ArrayList<>();
        for (final RunResult result : results) {
            final BenchmarkParams params = result.getParams();
            final String name = params.getBenchmark();
            final int dot = name.lastIndexOf('.');
            final Map<String, String> parameters = new LinkedHashMap<>();
            params.getParamsKeys().forEach(key -> parameters.put(key, params.getParam(key)));
            final Result<?> primary = result.getPrimaryResult();
            all.add(new Measured(
                    name.substring(name.lastIndexOf('.', dot - 1) + 1, dot),
                    name.substring(dot + 1),
                    parameters,
                    primary.getScore(),
                    primary.getScoreError(),
                    primary.getScoreUnit(),
                    Allocation.perOperation(result),
                    result.getBenchmarkResults().stream().map(Measured::scores).toList()));
        }
        all.sort(Comparator.comparing(Measured::type)); // stable: within a class as they ran
        return all;
    }

    private static List<Double> scores(final BenchmarkResult fork) {
        final List<Double> scores = new ArrayList<>();
        for (final IterationResult iteration : fork.getIterationResults()) {
            scores.add(iteration.getPrimaryResult().getScore());
        }
        return scores;
    }

    String name() {
        return type + "." + method;
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
