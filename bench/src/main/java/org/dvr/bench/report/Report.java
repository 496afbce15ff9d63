package org.dvr.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The page: what ran and where, every figure, a plot for each benchmark class, and how far the iterations lie apart. One file that needs nothing else; it
 * follows the reader's choice of a light or dark screen.
 */
public final class Report {
    private static final int STRIP_WIDTH = 240;
    private static final int STRIP_EDGE = 8;
    private static final int LANE_HEIGHT = 6;
    private static final int LANE_EDGE = 6;

    private final Map<String, String> surroundings;
    private final List<Measured> results;
    private final double allocationLimit;

    /**
     * @param surroundings text by heading
     * @param results in the order of the page
     * @param allocationLimit bytes per operation from which on a row is marked
     */
    public Report(final Map<String, String> surroundings, final List<Measured> results, final double allocationLimit) {
        this.surroundings = surroundings;
        this.results = results;
        this.allocationLimit = allocationLimit;
    }

    /**
     * Writes the page.
     *
     * @param file which is replaced
     * @throws IOException when it cannot be written
     */
    public void write(final Path file) throws IOException {
        Files.writeString(file, html());
    }

    /** {@return the page} */
    public String html() {
        return Template.resource("page.html")
                .text("title", results.isEmpty() ? "dvr bench" : "dvr bench: " + String.join(", ", byType().keySet()))
                .markup("surroundings", surroundings())
                .markup("rows", rows())
                .markup("plots", plots())
                .markup("spread", spread())
                .text("scale", Numbers.fixed(scale() * 100, 0))
                .fill();
    }

    private Map<String, List<Measured>> byType() {
        return results.stream().collect(Collectors.groupingBy(Measured::type, LinkedHashMap::new, Collectors.toList()));
    }

    private String surroundings() {
        final StringBuilder out = new StringBuilder();
        surroundings.forEach((heading, text) -> out.append(Template.of("<dt>{{heading}}</dt><dd>{{text}}</dd>\n")
                .text("heading", heading)
                .text("text", text)
                .fill()));
        return out.toString();
    }

    private String rows() {
        final StringBuilder out = new StringBuilder();
        for (final Measured each : results) {
            final boolean isAllocating = !(each.allocatedBytes() < allocationLimit); // not measured is not clean
            out.append(Template.of(
                            """
                            <tr><th scope="row">{{name}}</th><td>{{parameters}}</td><td class="number">{{mean}}</td>\
                            <td class="number">{{error}}</td><td class="number{{mark}}">{{bytes}}</td><td class="number">{{runs}}</td></tr>
                            """)
                    .text("name", each.name())
                    .text("parameters", each.parametersBut(null))
                    .text("mean", Numbers.ns(each.mean()))
                    .text("error", Numbers.ns(each.error()))
                    .text("mark", isAllocating ? " bad" : "")
                    .text("bytes", Numbers.fixed(each.allocatedBytes(), 3))
                    .text("runs", each.runs())
                    .fill());
        }
        return out.toString();
    }

    private String plots() {
        final StringBuilder out = new StringBuilder();
        byType().forEach((type, of) -> out.append(Template.of("<h3>{{type}}</h3>\n{{plot}}")
                .text("type", type)
                .markup("plot", new Plot(of).markup())
                .fill()));
        return out.toString();
    }

    private String spread() {
        final double scale = scale();
        final StringBuilder out = new StringBuilder();
        for (final Measured each : results) {
            final double[] scores = each.sortedScores();
            if (scores.length == 0) {
                continue;
            }
            final double least = scores[0];
            final double most = scores[scores.length - 1];
            out.append(Template.of(
                            """
                            <tr><th scope="row">{{name}}</th><td>{{parameters}}</td><td class="number">{{least}}</td>\
                            <td class="number">{{median}}</td><td class="number">{{most}}</td><td class="number">{{width}}</td>\
                            <td>{{strip}}</td></tr>
                            """)
                    .text("name", each.name())
                    .text("parameters", each.parametersBut(null))
                    .text("least", Numbers.ns(least))
                    .text("median", Numbers.ns((scores[scores.length / 2] + scores[(scores.length - 1) / 2]) / 2))
                    .text("most", Numbers.ns(most))
                    .text("width", Numbers.fixed((most - least) / each.mean() * 100, 1) + " %")
                    .markup("strip", strip(each, scale))
                    .fill());
        }
        return out.toString();
    }

    /** The largest distance of an iteration from its mean, as a share of it: how far the strips reach, the same for all. */
    private double scale() {
        double scale = 0.01;
        for (final Measured each : results) {
            for (final double score : each.sortedScores()) {
                scale = Math.max(scale, Math.abs(score / each.mean() - 1));
            }
        }
        return Math.ceil(scale * 100) / 100;
    }

    /** A dot for each iteration, a lane for each JVM, the mean in the middle. */
    private static String strip(final Measured measured, final double scale) {
        final double middle = STRIP_WIDTH / 2.0;
        final int height = 2 * LANE_EDGE + LANE_HEIGHT * (measured.forks().size() - 1);
        final StringBuilder dots = new StringBuilder();
        for (int fork = 0; fork < measured.forks().size(); fork++) {
            for (final double score : measured.forks().get(fork)) {
                dots.append(Template.of(
                                "<circle class=\"s{{fork}}\" cx=\"{{x}}\" cy=\"{{y}}\" r=\"2.5\"><title>{{title}}</title></circle>")
                        .text("fork", fork % 8)
                        .at("x", middle + (score / measured.mean() - 1) / scale * (middle - STRIP_EDGE))
                        .at("y", LANE_EDGE + fork * LANE_HEIGHT)
                        .text("title", "fork " + (fork + 1) + ": " + Numbers.ns(score) + " " + measured.unit())
                        .fill());
            }
        }
        return Template.of(
                        """
                        <svg class="strip" viewBox="0 0 {{width}} {{height}}" width="{{width}}" height="{{height}}" role="img" \
                        aria-label="iterations"><line class="grid" x1="{{middle}}" y1="0" x2="{{middle}}" y2="{{height}}"/>{{dots}}</svg>""")
                .text("width", STRIP_WIDTH)
                .text("height", height)
                .at("middle", middle)
                .markup("dots", dots.toString())
                .fill();
    }
}
