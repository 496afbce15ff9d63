package org.dvr.bench.report;

import java.util.List;
import java.util.stream.Collectors;

/** The report in short, for a pull request: what is said first, what changed, and the figures of packets; the rest folded. */
record Markdown(String title, Run run, Comparison comparison, String baseline, Noise noise, Peers peers) {
    String text() {
        final StringBuilder out =
                new StringBuilder("### ").append(escape(title)).append("\n\n");
        for (final Facts.Line line : Facts.of(run, comparison, baseline)) {
            out.append("- ")
                    .append(line.isBad() ? "⚠ " : "")
                    .append(escape(line.text()))
                    .append('\n');
        }
        if (comparison != null) {
            changes(out);
        }
        goals(out);
        figures(out);
        out.append('\n').append(surroundings()).append('\n');
        return out.toString();
    }

    private void changes(final StringBuilder out) {
        final List<Comparison.Row> changed = comparison.rows().stream()
                .filter(row -> row.verdict() == Verdict.SLOWER || row.verdict() == Verdict.FASTER)
                .toList();
        out.append('\n').append(escape(ContextSections.noiseText(noise))).append('\n');
        if (changed.isEmpty()) {
            return;
        }
        out.append("\n| benchmark | | before | now | change |\n|---|---|--:|--:|--:|\n");
        for (final Comparison.Row row : changed) {
            out.append("| ")
                    .append(code(row.name()))
                    .append(' ')
                    .append(escape(row.parameters()))
                    .append(" | ")
                    .append(row.verdict().mark())
                    .append(' ')
                    .append(row.verdict().label())
                    .append(" | ")
                    .append(Numbers.figure(row.before()))
                    .append(" | ")
                    .append(Numbers.figure(row.now()))
                    .append(' ')
                    .append(row.unit())
                    .append(" | ")
                    .append(Numbers.change(row.change()))
                    .append(" ± ")
                    .append(Numbers.fixed(row.band() * 100, 1))
                    .append(" % |\n");
        }
    }

    private void goals(final StringBuilder out) {
        final List<Facts.Reached> goals = Facts.goals(run);
        if (goals.isEmpty()) {
            return;
        }
        out.append("\n| path | flows | ns per packet | goal | | others |\n|---|--:|--:|--:|---|---|\n");
        for (final Facts.Reached each : goals) {
            out.append("| ")
                    .append(code(each.row().method()))
                    .append(" | ")
                    .append(Numbers.grouped(each.row().flows()))
                    .append(" | ")
                    .append(Numbers.ns(each.measured().estimate().value()))
                    .append(" | ")
                    .append(Numbers.fixed(each.row().goal(), 0))
                    .append(" | ")
                    .append(each.isReached() ? "✓ reached" : "✗ not reached")
                    .append(" | ")
                    .append(others(each.row()))
                    .append(" |\n");
        }
    }

    private String others(final Goals.Row row) {
        final String bar = row.figures().stream()
                .map(figure -> figure.system() + " " + figure.text())
                .collect(Collectors.joining("; "));
        final String measured = peers == null
                ? ""
                : peers.figures().stream()
                        .filter(each -> each.path().equals(row.method()) && each.flows() == row.flows())
                        .map(each -> "; measured here: " + each.system() + " " + Numbers.ns(each.median()))
                        .collect(Collectors.joining());
        return escape(bar + measured);
    }

    private void figures(final StringBuilder out) {
        if (run.measured().isEmpty()) {
            return;
        }
        out.append("\n<details><summary>All figures</summary>\n\n");
        out.append("| benchmark | parameters | figure | 95 % interval | B/op |\n|---|---|--:|--:|--:|\n");
        for (final Measured each : run.measured()) {
            out.append("| ")
                    .append(code(each.name()))
                    .append(" | ")
                    .append(escape(each.parameterText()))
                    .append(" | ")
                    .append(Numbers.figure(each.estimate().value()))
                    .append(' ')
                    .append(each.unit())
                    .append(" | ")
                    .append(FigureSections.interval(each.estimate()))
                    .append(" | ")
                    .append(Numbers.allocated(each.allocatedBytes()))
                    .append(each.isAllocating() ? " ⚠" : "")
                    .append(" |\n");
        }
        out.append("\n</details>\n");
    }

    private String surroundings() {
        return Surroundings.of(run).entrySet().stream()
                .filter(each -> List.of("Command", "Commit", "CPU", "Cores", "JDK", "Date")
                        .contains(each.getKey()))
                .map(each -> each.getKey().equals("Command")
                        ? code(each.getValue())
                        : escape(each.getKey() + " " + each.getValue()))
                .collect(Collectors.joining(" · "));
    }

    /** Without what Markdown would make of it. */
    private static String escape(final String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace("|", "\\|")
                .replace("*", "\\*")
                .replace("_", "\\_")
                .replace("`", "\\`");
    }

    private static String code(final String text) {
        return "`" + text.replace("`", "'").replace("|", "\\|") + "`";
    }
}
