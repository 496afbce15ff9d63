package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What figures are held against, and how they came to be: baseline, peers, spread, surroundings. */
final class ContextSections {
    private static final int STRIP_WIDTH = 240;
    private static final int STRIP_EDGE = 8;
    private static final int LANE_HEIGHT = 6;
    private static final int LANE_EDGE = 6;
    private static final double DIFFERENT = 0.10;

    private final Run run;
    private final Sections out;

    ContextSections(final Run run, final Sections out) {
        this.run = run;
        this.out = out;
    }

    void add(final Comparison comparison, final String baseline, final Noise noise, final Peers peers) {
        if (comparison != null) {
            baseline(comparison, baseline, noise);
        }
        if (peers != null) {
            peers(peers);
        }
        spread();
        surroundings(peers);
    }

    // ---- baseline

    private void baseline(final Comparison comparison, final String name, final Noise noise) {
        out.section("baseline", "Against the baseline")
                .paragraph(
                        name + ". A change above zero is worse, whatever the unit; the whiskers are its 95 % interval.")
                .paragraph(noiseText(noise));
        comparison.warnings().forEach(out::warning);
        final List<Comparison.Row> judged = comparison.rows().stream()
                .filter(row -> !Double.isNaN(row.change()))
                .sorted(Comparator.comparing(Comparison.Row::verdict)) // what changed comes first
                .toList();
        final Chart chart = Chart.dots(
                        "Change against the baseline",
                        judged.stream()
                                .map(row -> row.verdict().mark() + "\u00a0" + shortName(row.name()) + " "
                                        + row.parameters())
                                .toList(),
                        "change, %; above zero is worse")
                .line(0, "", false)
                .line(Comparison.LOSS * 100, "5 % worse", true);
        for (final Verdict verdict : Verdict.values()) {
            Chart.Series series = null;
            for (int i = 0; i < judged.size(); i++) {
                final Comparison.Row row = judged.get(i);
                if (row.verdict() == verdict) {
                    series = series == null ? chart.series(verdict.label(), false) : series;
                    final double change = row.change() * 100;
                    final double band = row.band() * 100;
                    series.add(
                            i,
                            change,
                            change - band,
                            change + band,
                            Numbers.change(row.change()) + " ± " + Numbers.fixed(band, 1) + " %");
                }
            }
        }
        out.chart(chart);
        final Table table = new Table("benchmark", "parameters", "verdict", "#before", "#now", "unit", "#change", "#±");
        for (final Comparison.Row row : comparison.rows()) {
            table.row(row.name())
                    .cell(row.parameters())
                    .cell(row.verdict().mark() + " " + row.verdict().label(), kind(row.verdict()))
                    .cell(Numbers.figure(row.before()))
                    .cell(Numbers.figure(row.now()))
                    .cell(row.unit())
                    .cell(Numbers.change(row.change()))
                    .cell(Double.isNaN(row.band()) ? "–" : Numbers.fixed(row.band() * 100, 1) + " %");
        }
        out.table(table);
        out.paragraph(
                "slower, faster: not by chance, at 5 % false alarms in all of this table together (Benjamini and Hochberg), "
                        + "and by more than 2 %. same: within 5 % either way with 95 % confidence. cannot tell: a loss of 5 % might "
                        + "hide here; run again, with more forks or on a quieter machine.");
    }

    static String shortName(final String name) {
        return name.startsWith("PipelineBenchmark.") ? name.substring(name.indexOf('.') + 1) : name;
    }

    private static String kind(final Verdict verdict) {
        return switch (verdict) {
            case SLOWER -> "bad";
            case FASTER -> "good";
            default -> "";
        };
    }

    static String noiseText(final Noise noise) {
        return noise.isKnown()
                ? "Noise: " + noise.runs()
                        + " runs of history on machines of this class; one and the same code differs from run to run by "
                        + Numbers.fixed(noise.pooledSpread() * 100, 1)
                        + " % (standard deviation, all benchmarks together)."
                : "Noise: too little history on machines of this class (" + noise.runs()
                        + " of 4 runs); 1 % from run to run is assumed beside what the forks show. Save runs with --save.";
    }

    // ---- peers

    private void peers(final Peers peers) {
        out.section("peers", "Beside other forwarders").paragraph(peers.source() + ". ns per packet; a ring is a run.");
        if (peers.machine() != null
                && run.machine() != null
                && !peers.machine().cpu().equals(run.machine().cpu())) {
            out.warning("They ran on another processor: " + peers.machine().cpu() + ".");
        }
        if (peers.calibration() != null && run.calibration() != null) {
            final double clock = run.calibration().clockRatio(peers.calibration());
            final double memory = run.calibration().memoryRatio(peers.calibration());
            if (Math.abs(clock - 1) > DIFFERENT || Math.abs(memory - 1) > DIFFERENT) {
                out.warning("By calibration the machine was another then: the core now takes "
                        + Numbers.fixed(clock, 2) + " times as long for the same arithmetic, and a dependent miss "
                        + Numbers.fixed(memory, 2) + " times.");
            }
        }
        final Map<String, Map<Long, List<Peers.Figure>>> byPath = new LinkedHashMap<>();
        peers.figures().forEach(each -> byPath.computeIfAbsent(each.path(), path -> new LinkedHashMap<>())
                .computeIfAbsent(each.flows(), flows -> new ArrayList<>())
                .add(each));
        out.beginGrid();
        byPath.forEach((path, byFlows) -> out.chart(peerChart(path, byFlows)));
        out.endGrid();
        final Table table =
                new Table("path", "#flows", "system", "#ns per packet", "#per second", "#its time by ours", "note");
        byPath.forEach((path, byFlows) -> byFlows.forEach((flows, figures) -> {
            final Measured ours = Facts.packets(run, path, flows);
            final double value = ours == null ? Double.NaN : ours.estimate().value();
            if (ours != null) {
                peerRow(table, path, flows, "dvr", value, Double.NaN, "");
            }
            figures.forEach(each ->
                    peerRow(table, path, flows, each.system(), each.median(), each.median() / value, each.note()));
        }));
        out.table(table);
    }

    private static void peerRow(
            final Table table,
            final String path,
            final long flows,
            final String system,
            final double ns,
            final double ratio,
            final String note) {
        table.row(path)
                .cell(Numbers.grouped(flows))
                .cell(system)
                .cell(Numbers.ns(ns))
                .cell(Numbers.rate(1e9 / ns))
                .cell(Double.isNaN(ratio) ? "–" : Numbers.fixed(ratio, 2) + " ×")
                .cell(note);
    }

    private Chart peerChart(final String path, final Map<Long, List<Peers.Figure>> byFlows) {
        final Chart chart = Chart.xy(path, "flows", "ns per packet").xLog(true).yLog(true);
        final Set<Long> places = new TreeSet<>(byFlows.keySet());
        Chart.Series ours = null;
        for (final Measured each : run.measured()) {
            final double flows = Numbers.positive(each.parameters().getOrDefault("flows", ""));
            if (flows > 0 && each.equals(Facts.packets(run, path, (long) flows))) {
                ours = ours == null ? chart.series("dvr", false) : ours;
                ours.add(flows, each.estimate(), 1, Numbers.ns(each.estimate().value()) + " ns");
                places.add((long) flows);
            }
        }
        final Set<String> systems = new LinkedHashSet<>();
        byFlows.values().forEach(figures -> figures.forEach(each -> systems.add(each.system())));
        for (final String system : systems) {
            final Chart.Series series = chart.series(system, false);
            byFlows.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(at -> at.getValue().stream()
                    .filter(each -> each.system().equals(system))
                    .forEach(each -> series.add(
                            at.getKey(),
                            new Estimate(each.median(), Double.NaN, Double.NaN, each.nsPerPacket()),
                            1,
                            Numbers.ns(each.median()) + " ns")));
        }
        places.forEach(at -> chart.tick(at, Numbers.count(at)));
        return chart;
    }

    // ---- spread

    private void spread() {
        final List<Measured> several = run.measured().stream()
                .filter(each -> each.sortedScores().length > 1)
                .toList();
        if (several.isEmpty()) {
            return;
        }
        final double scale = scale(several);
        out.section("spread", "Spread of the iterations")
                .paragraph("A dot for each iteration, a lane for each JVM; the middle is the mean, the ends are "
                        + Numbers.fixed(scale * 100, 0)
                        + " % below and above it in every line. Width: from the least to the most, as a share of the mean. Mean and ± "
                        + "(half of the 99.9 % interval over iterations) are JMH's own.");
        final Table table = new Table(
                "benchmark", "parameters", "#mean", "#±", "#least", "#median", "#most", "#width", "iterations");
        for (final Measured each : several) {
            final double[] scores = each.sortedScores();
            final double least = scores[0];
            final double most = scores[scores.length - 1];
            table.row(each.name())
                    .cell(each.parameterText())
                    .cell(Numbers.figure(each.mean()))
                    .cell(Numbers.figure(each.error()))
                    .cell(Numbers.figure(least))
                    .cell(Numbers.figure(Estimate.median(scores)))
                    .cell(Numbers.figure(most))
                    .cell(Numbers.fixed((most - least) / each.mean() * 100, 1) + " %")
                    .markup(strip(each, scale), "");
        }
        out.table(table);
    }

    /** The largest distance of an iteration from its mean, as a share of it: how far the strips reach, the same for all. */
    private static double scale(final List<Measured> results) {
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
                        aria-label="iterations"><line x1="{{middle}}" y1="0" x2="{{middle}}" y2="{{height}}"/>{{dots}}</svg>""")
                .text("width", STRIP_WIDTH)
                .text("height", height)
                .at("middle", middle)
                .markup("dots", dots.toString())
                .fill();
    }

    // ---- surroundings

    private void surroundings(final Peers peers) {
        out.section("how", "Where and how");
        final StringBuilder facts = new StringBuilder("<dl>\n");
        Surroundings.of(run)
                .forEach((heading, text) -> facts.append(Template.of("<dt>{{heading}}</dt><dd>{{text}}</dd>\n")
                        .text("heading", heading)
                        .text("text", text)
                        .fill()));
        out.add(facts.append("</dl>\n").toString());
        if (run.calibration() == null) {
            return;
        }
        final Calibration ours = run.calibration();
        final Calibration theirs = peers == null ? null : peers.calibration();
        out.paragraph(
                "Calibration, measured before the benchmarks: ns of a load that depends on the one before, over a region "
                        + "walked at random by cache lines; bytes copied a second within a region; ns of a multiplication and addition that "
                        + "depend on the ones before. Best of 41 rounds each.");
        final Table table = new Table("what", "#here", theirs == null ? "" : "#where the others ran");
        ours.chaseNs()
                .forEach((size, ns) -> calibrationRow(
                        table,
                        "dependent load, " + Numbers.bytes(size),
                        ns,
                        theirs == null ? null : theirs.chaseNs().get(size),
                        theirs == null,
                        " ns"));
        ours.copyGBps()
                .forEach((size, rate) -> calibrationRow(
                        table,
                        "copy within " + Numbers.bytes(size),
                        rate,
                        theirs == null ? null : theirs.copyGBps().get(size),
                        theirs == null,
                        " GB/s"));
        if (ours.multiplyNs() > 0) {
            calibrationRow(
                    table,
                    "multiply and add",
                    ours.multiplyNs(),
                    theirs == null ? null : theirs.multiplyNs(),
                    theirs == null,
                    " ns");
        }
        out.table(table);
    }

    private static void calibrationRow(
            final Table table,
            final String what,
            final double here,
            final Double there,
            final boolean isAlone,
            final String unit) {
        table.row(what).cell(Numbers.figure(here) + unit);
        if (!isAlone) {
            table.cell(there == null || there.isNaN() ? "–" : Numbers.figure(there) + unit);
        }
    }
}
