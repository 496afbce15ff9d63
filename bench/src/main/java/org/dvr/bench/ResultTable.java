package org.dvr.bench;

import java.util.List;
import java.util.Locale;
import org.dvr.bench.report.Allocation;
import org.dvr.bench.report.Measured;

/** Results as an aligned table, with the heap each operation allocates. */
final class ResultTable {
    private final List<Measured> rows;

    ResultTable(final List<Measured> rows) {
        this.rows = List.copyOf(rows);
    }

    boolean isAllocating() {
        return rows.stream().anyMatch(Measured::isAllocating);
    }

    /** The table, and a line for each row that allocates. */
    String text() {
        int name = "benchmark".length();
        int parameters = "parameters".length();
        for (final Measured row : rows) {
            name = Math.max(name, row.name().length());
            parameters = Math.max(parameters, row.parameterText().length());
        }
        final StringBuilder text = new StringBuilder();
        final String columns = "%-" + name + "s  %-" + parameters + "s  %10s  %10s  %-6s  %8s%n";
        text.append(String.format(Locale.ROOT, columns, "benchmark", "parameters", "mean", "±", "unit", "B/op"));
        for (final Measured row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    columns,
                    row.name(),
                    row.parameterText(),
                    number(row.mean(), 1),
                    number(row.error(), 1),
                    row.unit(),
                    number(row.allocatedBytes(), 3)));
        }
        for (final Measured row : rows) {
            if (row.isAllocating()) {
                text.append(String.format(
                        Locale.ROOT,
                        "ALLOCATES: %s %s: %s B/op, limit %s%n",
                        row.name(),
                        row.parameterText(),
                        number(row.allocatedBytes(), 3),
                        Allocation.LIMIT));
            }
        }
        return text.toString();
    }

    private static String number(final double value, final int digits) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
