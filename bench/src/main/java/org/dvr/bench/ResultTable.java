package org.dvr.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.dvr.bench.report.Allocation;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Results as an aligned table, with the heap each operation allocates. */
final class ResultTable {
    /** From here on an operation allocates: less is the JVM's own noise, divided by millions of packets. */
    static final double ALLOCATION_LIMIT = 0.01;

    private final List<Row> rows = new ArrayList<>();

    /**
     * One line.
     *
     * @param benchmark class and method
     * @param parameters as {@code name=value}
     * @param meanNs per operation
     * @param errorNs half of the 99.9 % confidence interval; NaN with too few iterations
     * @param allocatedBytes per operation, without JMH's own, NaN when nothing was measured
     */
    record Row(String benchmark, String parameters, double meanNs, double errorNs, double allocatedBytes) {
        boolean isAllocating() {
            return !(allocatedBytes < ALLOCATION_LIMIT); // not measured is not clean
        }
    }

    ResultTable(final Collection<RunResult> results) {
        for (final RunResult result : results) {
            final Result<?> primary = result.getPrimaryResult();
            rows.add(new Row(
                    shortName(result.getParams().getBenchmark()),
                    parameters(result.getParams()),
                    primary.getScore(),
                    primary.getScoreError(),
                    Allocation.perOperation(result)));
        }
    }

    ResultTable(final List<Row> rows) {
        this.rows.addAll(rows);
    }

    private static String shortName(final String benchmark) {
        final int method = benchmark.lastIndexOf('.');
        return benchmark.substring(benchmark.lastIndexOf('.', method - 1) + 1);
    }

    private static String parameters(final BenchmarkParams params) {
        final List<String> pairs = new ArrayList<>();
        for (final String key : params.getParamsKeys()) {
            pairs.add(key + "=" + params.getParam(key));
        }
        return String.join(" ", pairs);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    boolean isAllocating() {
        return rows.stream().anyMatch(Row::isAllocating);
    }

    /** The table, and a line for each row that allocates. */
    String text() {
        int name = "benchmark".length();
        int parameters = "parameters".length();
        for (final Row row : rows) {
            name = Math.max(name, row.benchmark().length());
            parameters = Math.max(parameters, row.parameters().length());
        }
        final StringBuilder text = new StringBuilder();
        final String columns = "%-" + name + "s  %-" + parameters + "s  %10s  %10s  %8s%n";
        text.append(String.format(Locale.ROOT, columns, "benchmark", "parameters", "ns/op", "±", "B/op"));
        for (final Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    columns,
                    row.benchmark(),
                    row.parameters(),
                    number(row.meanNs(), 1),
                    number(row.errorNs(), 1),
                    number(row.allocatedBytes(), 3)));
        }
        for (final Row row : rows) {
            if (row.isAllocating()) {
                text.append(String.format(
                        Locale.ROOT,
                        "ALLOCATES: %s %s: %s B/op, limit %s%n",
                        row.benchmark(),
                        row.parameters(),
                        number(row.allocatedBytes(), 3),
                        ALLOCATION_LIMIT));
            }
        }
        return text.toString();
    }

    private static String number(final double value, final int digits) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
