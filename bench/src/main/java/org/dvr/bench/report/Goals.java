package org.dvr.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** What packets are meant to cost, beside what they cost in other forwarders: the file {@code goals.json} beside this class. */
final class Goals {
    private final String source;
    private final List<Row> rows;

    /**
     * One path with so many flows, ns per packet.
     *
     * @param method of {@code PipelineBenchmark}
     * @param work in a reader's words
     * @param flows as its parameter
     * @param goal at most, NaN where none is set
     * @param figures of others, as the source writes them; may be empty
     */
    record Row(String method, String work, long flows, double goal, List<Figure> figures) {}

    /**
     * What another forwarder needs.
     *
     * @param system its name
     * @param text as the source writes it
     * @param low least of it
     * @param high most of it
     */
    record Figure(String system, String text, double low, double high) {}

    private Goals(final String source, final List<Row> rows) {
        this.source = source;
        this.rows = rows;
    }

    static Goals load() {
        final JsonNode tree;
        try (InputStream in = Goals.class.getResourceAsStream("goals.json")) {
            tree = Json.MAPPER.readTree(in);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final List<Row> rows = new ArrayList<>();
        for (final JsonNode each : tree.path("rows")) {
            final List<Figure> figures = new ArrayList<>();
            each.path("others").properties().forEach(other -> {
                final String text = other.getValue().asText();
                final String[] ends = text.replaceAll("[^0-9.–]", "").split("–", -1);
                figures.add(new Figure(
                        other.getKey(), text, Double.parseDouble(ends[0]), Double.parseDouble(ends[ends.length - 1])));
            });
            rows.add(new Row(
                    each.path("method").asText(),
                    each.path("work").asText(),
                    each.path("flows").asLong(),
                    Json.number(each.path("goal")),
                    figures));
        }
        return new Goals(tree.path("source").asText(), rows);
    }

    String source() {
        return source;
    }

    List<Row> rows() {
        return rows;
    }
}
