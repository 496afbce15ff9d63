package org.dvr.bench.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * One chart as the page's script draws it: what is on its axes, and series of points. Kinds: {@code xy}, values over a number; {@code dots}, values beside
 * names; {@code bars}, shares of a whole beside names.
 */
final class Chart {
    private final ObjectNode node = Json.MAPPER.createObjectNode();
    private final ArrayNode series;
    private final String caption;

    private Chart(final String kind, final String caption) {
        this.caption = caption;
        node.put("kind", kind);
        series = node.putArray("series");
    }

    static Chart xy(final String caption, final String xTitle, final String yTitle) {
        final Chart chart = new Chart("xy", caption);
        chart.node.put("xTitle", xTitle).put("yTitle", yTitle);
        return chart;
    }

    static Chart dots(final String caption, final List<String> names, final String xTitle) {
        final Chart chart = new Chart("dots", caption);
        chart.names(names).node.put("xTitle", xTitle);
        return chart;
    }

    static Chart bars(final String caption, final List<String> names, final String xTitle) {
        final Chart chart = new Chart("bars", caption);
        chart.names(names).node.put("xTitle", xTitle);
        return chart;
    }

    private Chart names(final List<String> names) {
        names.forEach(node.putArray("names")::add);
        return this;
    }

    String caption() {
        return caption;
    }

    ObjectNode node() {
        return node;
    }

    boolean isEmpty() {
        return series.isEmpty();
    }

    Chart xLog(final boolean is) {
        node.put("xLog", is);
        return this;
    }

    Chart yLog(final boolean is) {
        node.put("yLog", is);
        return this;
    }

    /** Says what the same place of the axis is in millions a second. */
    Chart withRates() {
        node.put("rates", true);
        return this;
    }

    /** A place of the x axis that is named. */
    Chart tick(final double x, final String label) {
        node.withArray("xTicks").addObject().put("x", x).put("label", label);
        return this;
    }

    /** A line that values are held against. */
    Chart line(final double value, final String label, final boolean isAlarm) {
        node.withArray("lines")
                .addObject()
                .put("value", value)
                .put("label", label)
                .put("alarm", isAlarm);
        return this;
    }

    /** Begins a series; a reference is drawn thinner and in grey, without points of its own. */
    Series series(final String label, final boolean isReference) {
        final ObjectNode each = series.addObject().put("label", label).put("reference", isReference);
        return new Series(each.putArray("points"));
    }

    /** Points of one series. */
    record Series(ArrayNode points) {
        /** A figure with its interval and its forks. */
        Series add(final double at, final Estimate estimate, final double factor, final String text) {
            final ObjectNode point = add(at, estimate.value() * factor, text).node();
            if (!Double.isNaN(estimate.low())) {
                point.put("low", estimate.low() * factor).put("high", estimate.high() * factor);
            }
            if (estimate.forkMedians().size() > 1) {
                final ArrayNode dots = point.putArray("dots");
                estimate.forkMedians().forEach(median -> dots.add(median * factor));
            }
            return this;
        }

        /** A single number. */
        Series add(final double at, final double value, final String text) {
            points.addObject().put("at", at).put("value", value).put("text", text);
            return this;
        }

        /** A number from one to another. */
        Series add(final double at, final double value, final double low, final double high, final String text) {
            add(at, value, text).node().put("low", low).put("high", high);
            return this;
        }

        private ObjectNode node() {
            return (ObjectNode) points.get(points.size() - 1);
        }
    }
}
