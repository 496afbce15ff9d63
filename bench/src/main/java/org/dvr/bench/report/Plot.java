package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The results of one benchmark class as an inline SVG: time per operation over a parameter on a logarithmic axis, a line for each method (and each other
 * parameter), whiskers for the confidence interval. Without such a parameter: a point for each method.
 */
final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 360;
    private static final int LEFT = 64;
    private static final int RIGHT = WIDTH - 24;
    private static final int TOP = 20;
    private static final int BOTTOM = HEIGHT - 48;
    private static final int EDGE = 36; // between the frame and the first value
    private static final int COLORS = 8;
    private static final int WHISKER = 4;
    private static final int TARGET_HALF = 26;

    private static final String LINE =
            "<line class=\"{{class}}\" x1=\"{{x1}}\" y1=\"{{y1}}\" x2=\"{{x2}}\" y2=\"{{y2}}\"/>\n";
    private static final String TEXT = "<text class=\"{{class}}\" x=\"{{x}}\" y=\"{{y}}\">{{text}}</text>\n";

    /**
     * What a class is meant to reach.
     *
     * @param type class of the benchmark
     * @param parameter whose values the axis shows
     * @param values most time per operation by value of the parameter
     */
    record Targets(String type, String parameter, Map<String, Integer> values) {}

    /** Of a packet's whole way, in nanoseconds. */
    private static final Targets PIPELINE =
            new Targets("PipelineBenchmark", "flows", Map.of("1024", 150, "1048576", 500));

    private final List<Measured> results;
    private final String axis;
    private final TreeMap<Double, String> values = new TreeMap<>();
    private final Map<String, List<Measured>> series = new LinkedHashMap<>();
    private final Map<String, Integer> targets;
    private final double step;
    private final double highest;
    private final StringBuilder marks = new StringBuilder();

    /**
     * @param results of one class, not empty
     */
    Plot(final List<Measured> results) {
        this.results = results;
        axis = axis(results);
        for (final Measured each : results) {
            if (axis != null) {
                final String value = each.parameters().get(axis);
                values.put(Numbers.positive(value), value);
            }
            final String rest = each.parametersBut(axis);
            series.computeIfAbsent(
                            rest.isEmpty() ? each.method() : each.method() + " " + rest, name -> new ArrayList<>())
                    .add(each);
        }
        final boolean hasTargets = results.getFirst().type().equals(PIPELINE.type())
                && PIPELINE.parameter().equals(axis);
        targets = new TreeMap<>(hasTargets ? PIPELINE.values() : Map.of());
        targets.keySet().retainAll(values.values());
        double top = 0;
        double mean = 0;
        for (final Measured each : results) {
            mean = Math.max(mean, each.mean());
            top = Math.max(top, each.mean() + (Double.isNaN(each.error()) ? 0 : each.error()));
        }
        for (final int target : targets.values()) {
            mean = Math.max(mean, target);
            top = Math.max(top, target);
        }
        // A whisker may be longer than all values together: it is cut then, so that the values stay apart.
        top = Math.min(top, 2 * mean);
        step = step(top <= 0 ? 1 : top);
        highest = Math.max(step, Math.ceil(top / step) * step);
    }

    /** The parameter of the axis: {@code flows}, or the first one with several values, all of them numbers; null when there is none. */
    private static String axis(final List<Measured> results) {
        final List<String> names =
                new ArrayList<>(results.getFirst().parameters().keySet());
        if (names.remove(PIPELINE.parameter())) {
            names.addFirst(PIPELINE.parameter());
        }
        for (final String name : names) {
            final boolean isNumber = results.stream()
                    .allMatch(each -> Numbers.positive(each.parameters().getOrDefault(name, "")) > 0);
            final long count = results.stream()
                    .map(each -> each.parameters().get(name))
                    .distinct()
                    .count();
            if (isNumber && (count > 1 || name.equals(PIPELINE.parameter()))) {
                return name;
            }
        }
        return null;
    }

    /** A step of 1, 2 or 5 times a power of ten that divides the axis into four to ten. */
    private static double step(final double top) {
        final double power = Math.pow(10, Math.floor(Math.log10(top / 4)));
        final double times = top / 4 / power;
        return power * (times >= 5 ? 5 : times >= 2 ? 2 : 1);
    }

    private double x(final double value) {
        if (values.size() < 2) {
            return (LEFT + RIGHT) / 2.0;
        }
        final double low = Math.log(values.firstKey());
        final double high = Math.log(values.lastKey());
        return LEFT + EDGE + (Math.log(value) - low) / (high - low) * (RIGHT - LEFT - 2 * EDGE);
    }

    private double y(final double value) {
        return BOTTOM - Math.clamp(value / highest, 0, 1) * (BOTTOM - TOP);
    }

    /** {@return the SVG and its legend} */
    String markup() {
        grid();
        int number = 0;
        final StringBuilder legend = new StringBuilder();
        for (final Map.Entry<String, List<Measured>> each : series.entrySet()) {
            final String color = "s" + number % COLORS;
            final double aside = (number - (series.size() - 1) / 2.0) * (axis == null ? slot() : 3);
            draw(each.getValue(), color, aside);
            legend.append(Template.of("<li><span class=\"key {{color}}\"></span>{{name}}</li>\n")
                    .text("color", color)
                    .text("name", each.getKey())
                    .fill());
            number++;
        }
        targets();
        return Template.of(
                        """
                        <figure>
                        <svg viewBox="0 0 {{width}} {{height}}" role="img" aria-label="{{label}}">
                        {{marks}}</svg>
                        <figcaption><ul class="legend">
                        {{legend}}</ul></figcaption>
                        </figure>
                        """)
                .text("width", WIDTH)
                .text("height", HEIGHT)
                .text(
                        "label",
                        results.getFirst().unit() + " of " + results.getFirst().type()
                                + (axis == null ? "" : " over " + axis))
                .markup("marks", marks.toString())
                .markup("legend", legend.toString())
                .fill();
    }

    private double slot() {
        return (double) (RIGHT - LEFT) / (series.size() + 1);
    }

    private void grid() {
        for (int i = 0; i * step <= highest + step / 2; i++) {
            line("grid", LEFT, y(i * step), RIGHT, y(i * step));
            text(
                    "tick end",
                    LEFT - 8,
                    y(i * step) + 4,
                    step < 1 ? Numbers.fixed(i * step, 2) : Numbers.grouped(Math.round(i * step)));
        }
        values.forEach((value, label) -> {
            line("grid", x(value), TOP, x(value), BOTTOM);
            text(
                    "tick middle",
                    x(value),
                    BOTTOM + 18,
                    value == Math.rint(value) ? Numbers.grouped(Math.round(value)) : label);
        });
        text("tick", LEFT, TOP - 7, results.getFirst().unit());
        if (axis != null) {
            text("tick middle", (LEFT + RIGHT) / 2.0, BOTTOM + 38, axis);
        }
    }

    private void draw(final List<Measured> line, final String color, final double aside) {
        final TreeMap<Double, Measured> points = new TreeMap<>();
        for (final Measured each : line) {
            points.put(axis == null ? 1 : Numbers.positive(each.parameters().get(axis)), each);
        }
        final StringBuilder path = new StringBuilder();
        points.forEach((value, each) -> path.append(path.isEmpty() ? "M" : " L")
                .append(Numbers.fixed(x(value) + aside, 1))
                .append(' ')
                .append(Numbers.fixed(y(each.mean()), 1)));
        marks.append(Template.of("<path class=\"line {{color}}\" d=\"{{path}}\"/>\n")
                .text("color", color)
                .text("path", path)
                .fill());
        points.forEach((value, each) -> {
            final double x = x(value) + aside;
            if (each.error() > 0) {
                whisker(color, x, each.mean() - each.error(), each.mean() + each.error());
            }
            marks.append(Template.of(
                            "<circle class=\"{{color}}\" cx=\"{{x}}\" cy=\"{{y}}\" r=\"3.5\"><title>{{title}}</title></circle>\n")
                    .text("color", color)
                    .at("x", x)
                    .at("y", y(each.mean()))
                    .text(
                            "title",
                            (each.method() + " " + each.parametersBut(null)).strip() + ": " + Numbers.ns(each.mean())
                                    + " ± " + Numbers.ns(each.error()) + " " + each.unit())
                    .fill());
        });
    }

    private void whisker(final String color, final double x, final double low, final double high) {
        line("whisker " + color, x, y(low), x, y(high));
        if (low > 0) {
            line("whisker " + color, x - WHISKER, y(low), x + WHISKER, y(low));
        }
        if (high <= highest) {
            line("whisker " + color, x - WHISKER, y(high), x + WHISKER, y(high));
        }
    }

    private void targets() {
        targets.forEach((value, target) -> {
            final double x = x(Numbers.positive(value));
            line("target", x - TARGET_HALF, y(target), x + TARGET_HALF, y(target));
            text("target left", x - TARGET_HALF - 4, y(target) + 4, "target " + target);
        });
    }

    private void line(final String kind, final double x1, final double y1, final double x2, final double y2) {
        marks.append(Template.of(LINE)
                .text("class", kind)
                .at("x1", x1)
                .at("y1", y1)
                .at("x2", x2)
                .at("y2", y2)
                .fill());
    }

    private void text(final String kind, final double x, final double y, final String text) {
        marks.append(Template.of(TEXT)
                .text("class", kind)
                .at("x", x)
                .at("y", y)
                .text("text", text)
                .fill());
    }
}
