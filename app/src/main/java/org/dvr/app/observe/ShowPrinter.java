package org.dvr.app.observe;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Prints answers of {@code show} as tables: columns as wide as they need, numbers to the right. Given the answer before, it adds what has changed since, per
 * second.
 */
public final class ShowPrinter {
    /** Columns that count something since the start. */
    private static final Set<String> COUNTED =
            Set.of("rx", "tx", "rx_bytes", "tx_bytes", "missed", "refused", "count", "value");

    /** Counters that go up and down. */
    private static final Set<String> LEVELS = Set.of("held", "flows active", "flows capacity", "flows high water");

    private static final String GAP = "  ";

    private final PrintWriter out;

    /**
     * @param out where to
     */
    public ShowPrinter(final PrintWriter out) {
        this.out = out;
    }

    /**
     * Prints an answer.
     *
     * @param answer of the forwarder
     * @param before of the same request, null = none
     * @param elapsedNs time between the two
     */
    public void print(final JsonNode answer, final JsonNode before, final long elapsedNs) {
        final List<Map<String, Object>> rows = rows(answer);
        if (rows.isEmpty()) {
            out.println("nothing to show");
        } else {
            if (before != null && elapsedNs > 0) {
                addRates(rows, rows(before), elapsedNs);
            }
            table(rows);
        }
        if (answer.path("cut").asBoolean()) {
            out.println("(there is more; these are the first " + rows.size() + " rows)");
        }
    }

    private static List<Map<String, Object>> rows(final JsonNode answer) {
        final List<Map<String, Object>> rows = new ArrayList<>();
        if (!answer.has("rows")) {
            flatten("", answer, rows);
            return rows;
        }
        for (final JsonNode row : answer.get("rows")) {
            final Map<String, Object> cells = new LinkedHashMap<>();
            row.properties().forEach(cell -> cells.put(cell.getKey(), value(cell.getValue())));
            rows.add(cells);
        }
        return rows;
    }

    private static Object value(final JsonNode node) {
        return node.isIntegralNumber() ? (Object) node.asLong() : node.asText();
    }

    /** Counters, a row each. */
    private static void flatten(final String prefix, final JsonNode node, final List<Map<String, Object>> rows) {
        for (final Map.Entry<String, JsonNode> each : node.properties()) {
            final String label = prefix + (prefix.isEmpty() ? "" : " ") + each.getKey();
            if (each.getValue().isObject()) {
                flatten(label, each.getValue(), rows);
            } else if (each.getValue().isIntegralNumber()) {
                final Map<String, Object> row = new LinkedHashMap<>();
                row.put("counter", label.startsWith("ports ") ? label : label.replace('_', ' '));
                row.put("value", each.getValue().asLong());
                rows.add(row);
            }
        }
    }

    private static void addRates(
            final List<Map<String, Object>> rows, final List<Map<String, Object>> before, final long elapsedNs) {
        final Map<Object, Map<String, Object>> known = new LinkedHashMap<>();
        for (final Map<String, Object> row : before) {
            known.put(key(row), row);
        }
        for (final Map<String, Object> row : rows) {
            final Map<String, Object> was = known.getOrDefault(key(row), Map.of());
            final Map<String, Object> rates = new LinkedHashMap<>();
            for (final Map.Entry<String, Object> cell : row.entrySet()) {
                if (COUNTED.contains(cell.getKey()) && cell.getValue() instanceof final Long now) {
                    final boolean isLevel = LEVELS.contains(String.valueOf(key(row)));
                    rates.put(
                            cell.getKey().equals("value") ? "per_s" : cell.getKey() + "/s",
                            isLevel ? "" : rate(now, was.get(cell.getKey()), elapsedNs));
                }
            }
            row.putAll(rates);
        }
    }

    private static Object key(final Map<String, Object> row) {
        final Iterator<Object> cells = row.values().iterator();
        return cells.hasNext() ? cells.next() : "";
    }

    /** What was not there before began at 0; what has become less began anew. */
    private static Object rate(final long now, final Object was, final long elapsedNs) {
        final long grown = was instanceof final Long before && before <= now ? now - before : now;
        return Math.round(grown * 1e9 / elapsedNs);
    }

    private void table(final List<Map<String, Object>> rows) {
        final List<String> columns = new ArrayList<>(rows.getFirst().keySet());
        final int[] widths = new int[columns.size()];
        final boolean[] areNumbers = new boolean[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = heading(columns.get(i)).length();
            areNumbers[i] = true;
            for (final Map<String, Object> row : rows) {
                final Object cell = row.getOrDefault(columns.get(i), "");
                widths[i] = Math.max(widths[i], text(cell).length());
                areNumbers[i] &= cell instanceof Long || cell.equals("");
            }
        }
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            cell(line, heading(columns.get(i)), widths[i], areNumbers[i]);
        }
        end(line);
        for (final Map<String, Object> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                cell(line, text(row.getOrDefault(columns.get(i), "")), widths[i], areNumbers[i]);
            }
            end(line);
        }
    }

    private static String heading(final String column) {
        return column.replace('_', ' ');
    }

    private static String text(final Object cell) {
        return cell instanceof final Long number
                ? String.format(Locale.ROOT, "%,d", number)
                : printable(cell.toString());
    }

    /** Names come from whoever made the topology: they shall not move the cursor. */
    private static String printable(final String text) {
        final StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> safe.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return safe.toString();
    }

    private static void cell(final StringBuilder line, final String text, final int width, final boolean isNumber) {
        final String pad = " ".repeat(width - text.length());
        line.append(isNumber ? pad + text : text + pad).append(GAP);
    }

    private void end(final StringBuilder line) {
        out.println(line.toString().stripTrailing());
        line.setLength(0);
    }
}
