package org.dvr.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;

/** The page's sections while they are put together: headings, paragraphs, tables, and charts with the data that the script draws. */
final class Sections {
    private final StringBuilder markup = new StringBuilder();
    private final StringBuilder links = new StringBuilder();
    private final ObjectNode data = Json.MAPPER.createObjectNode();
    private final ArrayNode charts = data.putArray("charts");

    /** Begins a section. */
    Sections section(final String id, final String heading) {
        links.append(Template.of("<a href=\"#{{id}}\">{{heading}}</a> ")
                .text("id", id)
                .text("heading", heading)
                .fill());
        markup.append(Template.of("<h2 id=\"{{id}}\">{{heading}}</h2>\n")
                .text("id", id)
                .text("heading", heading)
                .fill());
        return this;
    }

    Sections paragraph(final String text) {
        return add(Template.of("<p>{{text}}</p>\n").text("text", text).fill());
    }

    Sections warning(final String text) {
        return add(Template.of("<p class=\"bad\">⚠ {{text}}</p>\n")
                .text("text", text)
                .fill());
    }

    Sections beginGrid() {
        return add("<div class=\"grid\">\n");
    }

    Sections endGrid() {
        return add("</div>\n");
    }

    /** A chart, if it shows anything. */
    Sections chart(final Chart chart) {
        if (chart.isEmpty()) {
            return this;
        }
        add(Template.of(
                        """
                        <figure><figcaption>{{caption}}</figcaption><div class="plot"><canvas id="chart-{{number}}" role="img" \
                        aria-label="{{caption}}; numbers in the table">{{caption}}</canvas></div></figure>
                        """)
                .text("caption", chart.caption())
                .text("number", charts.size())
                .fill());
        charts.add(chart.node());
        return this;
    }

    Sections table(final Table table) {
        return add(table.markup());
    }

    Sections add(final String more) {
        markup.append(more);
        return this;
    }

    String markup() {
        return markup.toString();
    }

    String links() {
        return links.toString();
    }

    /** What the script reads, safe inside of a script element. */
    String data() {
        try {
            return Json.MAPPER.writeValueAsString(data).replace("<", "\\u003c").replace("&", "\\u0026");
        } catch (final JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
