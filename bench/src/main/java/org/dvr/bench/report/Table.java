package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.List;

/** A table of the page. A heading that begins with {@code #} is one of numbers. */
final class Table {
    private final List<String> headings;
    private final StringBuilder rows = new StringBuilder();
    private int column;

    Table(final String... headings) {
        this.headings = new ArrayList<>(List.of(headings));
    }

    /** Begins a row with its name. */
    Table row(final String name) {
        if (!rows.isEmpty()) {
            rows.append("</tr>\n");
        }
        column = 1;
        rows.append("<tr><th scope=\"row\">").append(breakable(name)).append("</th>");
        return this;
    }

    /** Names of classes and methods may be broken between their words. */
    private static String breakable(final String name) {
        return Template.escape(name).replaceAll("(?<=[a-z])(?=[A-Z])|(?<=\\.)(?=[a-z])", "<wbr/>");
    }

    Table cell(final String text) {
        return cell(text, "");
    }

    /** A cell that is told apart: {@code bad} or {@code good}, beside what its text says. */
    Table cell(final String text, final String kind) {
        return markup(Template.escape(text), kind);
    }

    /** A cell that other templates made. */
    Table markup(final String markup, final String kind) {
        final String classes = (headings.get(column++).startsWith("#") ? "number " + kind : kind).strip();
        rows.append(classes.isEmpty() ? "<td>" : "<td class=\"" + classes + "\">")
                .append(markup)
                .append("</td>");
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    String markup() {
        final StringBuilder out = new StringBuilder("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>");
        for (final String heading : headings) {
            out.append(heading.startsWith("#") ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">")
                    .append(Template.escape(heading.startsWith("#") ? heading.substring(1) : heading))
                    .append("</th>");
        }
        return out.append("</tr></thead>\n<tbody>\n")
                .append(rows)
                .append(rows.isEmpty() ? "" : "</tr>\n")
                .append("</tbody>\n</table></div>\n")
                .toString();
    }
}
