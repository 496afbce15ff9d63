package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What was measured: goals, cost, growth, allocation, latency, stages. */
final class FigureSections {
    private static final String PACKETS = "PipelineBenchmark";
    private static final double WIDE_RANGE = 20; // from here on a linear axis hides the small
    private static final double[] LATENCIES = {50, 90, 99, 99.9, 99.99, 100};

    private final Run run;
    private final Sections out;

    FigureSections(final Run run, final Sections out) {
        this.run = run;
        this.out = out;
    }

    void add() {
        goals();
        costs();
        growth();
        allocation();
        latencies();
        stages();
    }

    // ---- goals

    private void goals() {
        final Goals goals = Goals.load();
        final Map<String, List<Goals.Row>> byMethod = new LinkedHashMap<>();
        for (final Goals.Row row : goals.rows()) {
            if (run.measured().stream()
                    .anyMatch(each -> each.type().equals(PACKETS)
                            && each.method().equals(row.method())
                            && each.parameters().containsKey("flows"))) {
                byMethod.computeIfAbsent(row.method(), name -> new ArrayList<>())
                        .add(row);
            }
        }
        if (byMethod.isEmpty()) {
            return;
        }
        out.section("goals", "Goals")
                .paragraph("ns per packet on one core, by number of flows. Ours is the median of the forks' medians; "
                        + "the others and the goals: " + goals.source() + ".");
        out.beginGrid();
        byMethod.forEach((method, rows) -> out.chart(goalChart(method, rows)));
        out.endGrid();
        final Table table = new Table("path", "#flows", "#ours", "#goal", "", "#of goal", "others");
        for (final List<Goals.Row> rows : byMethod.values()) {
            for (final Goals.Row row : rows) {
                goalRow(table, row, Facts.packets(run, row.method(), row.flows()));
            }
        }
        out.table(table);
    }

    private static void goalRow(final Table table, final Goals.Row row, final Measured measured) {
        final double ours = measured == null ? Double.NaN : measured.estimate().value();
        table.row(row.method())
                .cell(Numbers.grouped(row.flows()))
                .cell(Numbers.ns(ours))
                .cell(Numbers.fixed(row.goal(), 0));
        if (measured == null || Double.isNaN(row.goal())) {
            table.cell(measured == null ? "not run" : "no goal");
        } else {
            table.cell(ours <= row.goal() ? "✓ reached" : "✗ not reached", ours <= row.goal() ? "good" : "bad");
        }
        table.cell(Double.isNaN(ours / row.goal()) ? "–" : Numbers.fixed(ours / row.goal(), 2) + " ×")
                .cell(row.figures().stream()
                        .map(each -> each.system() + " " + each.text())
                        .collect(Collectors.joining("; ")));
    }

    private Chart goalChart(final String method, final List<Goals.Row> rows) {
        final Chart chart = Chart.xy(method + ": " + rows.getFirst().work(), "flows", "ns per packet")
                .xLog(true)
                .yLog(true);
        final Set<Long> places = new LinkedHashSet<>();
        final Chart.Series ours = chart.series("ours", false);
        for (final Measured each : run.measured()) {
            final double flows = Numbers.positive(each.parameters().getOrDefault("flows", ""));
            if (each.type().equals(PACKETS) && each.method().equals(method) && flows > 0) {
                ours.add(flows, each.estimate(), 1, text(each));
                places.add((long) flows);
            }
        }
        final Chart.Series goal = chart.series("goal", true);
        final Map<String, List<Goals.Row>> others = new LinkedHashMap<>();
        for (final Goals.Row row : rows) {
            places.add(row.flows());
            if (!Double.isNaN(row.goal())) {
                goal.add((double) row.flows(), row.goal(), Numbers.fixed(row.goal(), 0) + " ns");
            }
            row.figures().forEach(figure -> others.computeIfAbsent(system(figure), name -> new ArrayList<>())
                    .add(row));
        }
        others.forEach((system, of) -> {
            final Chart.Series series = chart.series(system, true);
            of.stream().distinct().forEach(row -> other(series, row, system));
        });

        places.stream().sorted().forEach(at -> chart.tick(at, Numbers.count(at)));
        return chart;
    }

    private static String system(final Goals.Figure figure) {
        return figure.system().split(",", 2)[0];
    }

    /** One point for each number of flows: several figures of a system there are a range. */
    private static void other(final Chart.Series series, final Goals.Row row, final String system) {
        double low = Double.MAX_VALUE;
        double high = 0;
        final List<String> texts = new ArrayList<>();
        for (final Goals.Figure figure : row.figures()) {
            if (system(figure).equals(system)) {
                low = Math.min(low, figure.low());
                high = Math.max(high, figure.high());
                texts.add(figure.text() + " ns" + figure.system().substring(system.length()));
            }
        }
        series.add((double) row.flows(), (low + high) / 2, low, high, String.join("; ", texts));
    }

    // ---- cost

    /** Benchmarks of one class and unit. */
    private static Map<String, List<Measured>> groups(final List<Measured> measured) {
        return measured.stream()
                .collect(Collectors.groupingBy(
                        each -> each.type() + "\n" + each.unit(), LinkedHashMap::new, Collectors.toList()));
    }

    private void costs() {
        if (run.measured().isEmpty()) {
            return;
        }
        out.section("cost", "Cost")
                .paragraph(
                        "Time per operation: a packet, a lookup. The figure is the median of the forks' medians; the "
                                + "whiskers are the 95 % interval of Student's t over forks (over iterations where there is one "
                                + "fork, and then they say nothing of the next JVM). A ring is a fork.");
        groups(run.measured()).values().forEach(group -> {
            final Axis axis = Axis.of(group);
            if (axis.parameter() == null) {
                out.chart(dots(group));
            } else if (group.getFirst().type().equals(PACKETS)) {
                out.chart(curve(group, axis).withRates());
            }
        });
        final Table table = new Table(
                "benchmark",
                "parameters",
                "#figure",
                "#95 % interval",
                "unit",
                "#per second",
                "#B/op",
                "#forks × iterations");
        for (final Measured each : run.measured()) {
            final Estimate estimate = each.estimate();
            table.row(each.name())
                    .cell(each.parameterText())
                    .cell(Numbers.figure(estimate.value()))
                    .cell(interval(estimate))
                    .cell(each.unit())
                    .cell(Numbers.rate(1e9 / (estimate.value() * each.nsPerUnit())))
                    .cell(Numbers.allocated(each.allocatedBytes()), each.isAllocating() ? "bad" : "")
                    .cell(each.runs());
        }
        out.paragraph("Per second: on one core; of packets, M are Mpps.");
        out.table(table);
    }

    static String interval(final Estimate estimate) {
        return Double.isNaN(estimate.low())
                ? "–"
                : Numbers.figure(estimate.low()) + " – " + Numbers.figure(estimate.high());
    }

    private static String text(final Measured each) {
        final String interval = interval(each.estimate());
        return (each.parameterText().isEmpty() ? "" : each.parameterText() + ": ")
                + Numbers.figure(each.estimate().value()) + " " + each.unit()
                + (interval.equals("–") ? "" : " (" + interval + ")");
    }

    private static String heading(final Measured each) {
        return each.type().isEmpty() ? each.method() : each.type();
    }

    private static Chart dots(final List<Measured> group) {
        final Measured first = group.getFirst();
        final Chart chart = Chart.dots(
                        heading(first),
                        group.stream()
                                .map(each -> each.parameterText().isEmpty()
                                        ? each.method()
                                        : each.method() + " " + each.parameterText())
                                .toList(),
                        first.unit())
                .xLog(isWide(group));
        final Chart.Series series = chart.series(first.unit(), false);
        for (int i = 0; i < group.size(); i++) {
            series.add(i, group.get(i).estimate(), 1, text(group.get(i)));
        }
        return chart;
    }

    private static boolean isWide(final List<Measured> group) {
        final double[] values = group.stream()
                .mapToDouble(each -> each.estimate().value())
                .sorted()
                .toArray();
        return values[0] > 0 && values[values.length - 1] / values[0] >= WIDE_RANGE;
    }

    private static Chart curve(final List<Measured> group, final Axis axis) {
        final Chart chart = Chart.xy(
                        heading(group.getFirst()),
                        axis.title(),
                        group.getFirst().unit())
                .xLog(axis.isLogarithmic())
                .yLog(isWide(group));
        axis.values().keySet().forEach(at -> chart.tick(at, Numbers.count(at)));
        axis.series().forEach((name, of) -> {
            final Chart.Series series = chart.series(name, false);
            final TreeMap<Double, Measured> sorted = new TreeMap<>();
            of.forEach(each -> {
                final double at = Numbers.number(each.parameters().getOrDefault(axis.parameter(), ""));
                if (!Double.isNaN(at)) {
                    sorted.put(at, each);
                }
            });
            sorted.forEach((at, each) -> series.add(at, each.estimate(), 1, text(each)));
        });
        return chart;
    }

    private void growth() {
        final List<List<Measured>> growing = groups(run.measured()).values().stream()
                .filter(group -> !group.getFirst().type().equals(PACKETS)
                        && Axis.of(group).isGrowth())
                .toList();
        if (growing.isEmpty()) {
            return;
        }
        out.section("growth", "Growth")
                .paragraph(
                        "How cost grows with what is configured or carried; the numbers are in the table above. A ring is a fork.");
        out.beginGrid();
        growing.forEach(group -> out.chart(curve(group, Axis.of(group))));
        out.endGrid();
    }

    // ---- allocation

    private void allocation() {
        final List<Measured> allocating = run.measured().stream()
                .filter(each -> each.isAllocating() && !Double.isNaN(each.allocatedBytes()))
                .toList();
        final List<Measured> judged = run.measured().stream()
                .filter(each -> !each.isCold() && !Double.isNaN(each.allocatedBytes()))
                .toList();
        if (judged.isEmpty()) {
            return;
        }
        out.section("allocation", "Allocation");
        if (allocating.isEmpty()) {
            out.paragraph("None: all " + judged.size() + " benchmarks stay below " + Allocation.LIMIT
                    + " bytes per operation on the heap, most "
                    + Numbers.fixed(
                            judged.stream()
                                    .mapToDouble(Measured::allocatedBytes)
                                    .max()
                                    .orElse(0),
                            4)
                    + ". What JMH itself allocates in an iteration is taken off; each figure is in the table above.");
            return;
        }
        out.warning(allocating.size() + " of " + judged.size() + " benchmarks allocate " + Allocation.LIMIT
                + " bytes per operation or more. The line is the limit.");
        final Chart chart = Chart.dots(
                        "Bytes allocated per operation",
                        allocating.stream()
                                .map(each ->
                                        (ContextSections.shortName(each.name()) + " " + each.parameterText()).strip())
                                .toList(),
                        "bytes per operation")
                .xLog(true)
                .line(Allocation.LIMIT, "limit " + Allocation.LIMIT, true);
        final Chart.Series series = chart.series("allocated", false);
        for (int i = 0; i < allocating.size(); i++) {
            final double bytes = allocating.get(i).allocatedBytes();
            series.add(i, bytes, Numbers.fixed(bytes, 3) + " B/op");
        }
        out.chart(chart);
    }

    // ---- latency

    private void latencies() {
        if (run.latencies().isEmpty()) {
            return;
        }
        out.section("latency", "Latency");
        final Map<String, List<Latency>> byTitle = run.latencies().stream()
                .collect(Collectors.groupingBy(Latency::title, LinkedHashMap::new, Collectors.toList()));
        out.beginGrid();
        byTitle.forEach((title, of) -> out.chart(latencyChart(title, of)));
        out.endGrid();
        final Table table = new Table(
                "work",
                "#load",
                "#count",
                "#median",
                "#90 %",
                "#99 %",
                "#99.9 %",
                "#99.99 %",
                "#longest",
                "#collections",
                "note");
        for (final Latency each : run.latencies()) {
            table.row(each.title()).cell(load(each)).cell(each.count() == 0 ? "–" : Numbers.grouped(each.count()));
            for (final double percentile : LATENCIES) {
                table.cell(Numbers.ns(each.percentiles().getOrDefault(percentile, Double.NaN)));
            }
            table.cell(
                            each.collections() < 0 ? "–" : String.valueOf(each.collections()),
                            each.collections() > 0 ? "bad" : "")
                    .cell(each.note());
        }
        out.paragraph("Nanoseconds. A percentile with fewer than one value beyond it is left out.");
        out.table(table);
    }

    static String load(final Latency latency) {
        return Double.isNaN(latency.load()) ? "–" : Numbers.fixed(latency.load() * 100, 0) + " %";
    }

    /** Over how rare it is: each decade is one nine more. */
    private static Chart latencyChart(final String title, final List<Latency> latencies) {
        final Chart chart = Chart.xy(title, "percentile; the last point is the longest", "ns")
                .xLog(true)
                .yLog(true);
        chart.node().put("continuous", true);
        double rarest = 10;
        for (final Latency each : latencies) {
            final Chart.Series series =
                    chart.series(Double.isNaN(each.load()) ? each.name() : "load " + load(each), false);
            for (final Map.Entry<Double, Double> at : each.percentiles().entrySet()) {
                if (at.getKey() >= 10 && at.getKey() < 100 && at.getValue() > 0) {
                    final double rare = 100 / (100 - at.getKey());
                    rarest = Math.max(rarest, rare);
                    series.add(rare, at.getValue(), at.getKey() + " %: " + Numbers.ns(at.getValue()) + " ns");
                }
            }
            final Double longest = each.percentiles().get(100.0);
            if (longest != null && longest > 0) {
                final double rare = Math.max(rarest * 2, (double) each.count());
                series.add(rare, longest, "longest: " + Numbers.ns(longest) + " ns");
                rarest = Math.max(rarest, rare);
            }
        }
        chart.tick(2, "50");
        final String[] nines = {"90", "99", "99.9", "99.99", "99.999", "99.9999", "99.99999"};
        double rare = 10;
        for (int i = 0; i < nines.length && rare <= rarest * 1.001; i++, rare *= 10) {
            chart.tick(rare, nines[i]);
        }
        return chart;
    }

    // ---- stages

    private void stages() {
        final List<Stages> known =
                run.stages().stream().filter(each -> each.total() > 0).toList();
        if (known.isEmpty()) {
            return;
        }
        final Set<String> names = new LinkedHashSet<>();
        known.forEach(each -> names.addAll(each.samples().keySet()));
        out.section("stages", "Where the time goes")
                .paragraph(
                        "Samples of the thread every millisecond of a run of its own, by the stage whose code was on top; "
                                + "what libraries do counts for who called them. Times are shares of the figure above. The sampling "
                                + "itself costs time, and code that the compiler merged counts for one of its stages: a few percent "
                                + "either way mean nothing.");
        final List<String> rows = known.stream()
                .map(each -> (ContextSections.shortName(each.name()) + " " + parameters(each)).strip())
                .toList();
        final Chart chart = Chart.bars("Where the time of an operation goes", rows, "share of time, %");
        for (final String stage : names) {
            final Chart.Series series = chart.series(stage, false);
            for (int i = 0; i < known.size(); i++) {
                final double share = share(known.get(i), stage);
                series.add(i, share * 100, Numbers.fixed(share * 100, 0) + " %" + ns(known.get(i), share));
            }
        }

        out.chart(chart);
        final List<String> headings = new ArrayList<>(List.of("benchmark"));
        names.forEach(name -> headings.add("#" + name));
        headings.add("#ns in all");
        headings.add("#samples");
        final Table table = new Table(headings.toArray(String[]::new));
        for (int i = 0; i < known.size(); i++) {
            final Stages each = known.get(i);
            table.row(rows.get(i));
            for (final String stage : names) {
                final double share = share(each, stage);
                table.cell(Numbers.fixed(share * 100, 0) + " %" + ns(each, share));
            }
            table.cell(Numbers.ns(figure(each))).cell(Numbers.grouped(each.total()));
        }
        out.table(table);
    }

    private String ns(final Stages each, final double share) {
        final double ns = share * figure(each);
        return Double.isNaN(ns) ? "" : " · " + Numbers.fixed(ns, 1) + " ns";
    }

    private static String parameters(final Stages each) {
        return each.parameters().entrySet().stream()
                .map(of -> of.getKey() + "=" + of.getValue())
                .collect(Collectors.joining(" "));
    }

    private static double share(final Stages each, final String stage) {
        return (double) each.samples().getOrDefault(stage, 0L) / each.total();
    }

    /** Nanoseconds of the same benchmark, measured without sampling; NaN where it was not. */
    private double figure(final Stages stages) {
        for (final Measured each : run.measured()) {
            if (each.name().equals(stages.name()) && each.parameters().equals(stages.parameters())) {
                return each.estimate().value() * each.nsPerUnit();
            }
        }
        return Double.NaN;
    }
}
