package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.List;

/** What a reader wants to know first, in sentences. */
final class Facts {
    private Facts() {}

    /**
     * @param text one sentence
     * @param isBad it is a reason to worry or to doubt
     */
    record Line(String text, boolean isBad) {}

    /** A goal beside what was measured. */
    record Reached(Goals.Row row, Measured measured) {
        boolean isReached() {
            return measured.estimate().value() <= row.goal();
        }
    }

    static List<Line> of(final Run run, final Comparison comparison, final String baseline) {
        final List<Line> lines = new ArrayList<>();
        final List<Reached> goals = goals(run);
        if (!goals.isEmpty()) {
            final long reached = goals.stream().filter(Reached::isReached).count();
            lines.add(new Line(
                    reached + " of " + goals.size() + (goals.size() == 1 ? " goal" : " goals") + " reached"
                            + (reached == goals.size() ? "." : "; see Goals."),
                    false));
        }
        final long judged =
                run.measured().stream().filter(each -> !each.isCold()).count();
        final long unknown = run.measured().stream()
                .filter(each -> !each.isCold() && Double.isNaN(each.allocatedBytes()))
                .count();
        final long allocating =
                run.measured().stream().filter(Measured::isAllocating).count() - unknown;
        if (allocating > 0) {
            lines.add(new Line(allocating + " of " + judged + " benchmarks allocate on the packet path.", true));
        } else if (judged > unknown) {
            lines.add(new Line(
                    "Nothing is allocated: below 0.01 bytes per operation in " + (judged - unknown) + " of " + judged
                            + " benchmarks" + (unknown == 0 ? "." : ", the others were not measured."),
                    false));
        }
        if (comparison != null) {
            lines.add(new Line(
                    "Against " + baseline + ": " + counts(comparison) + ".", comparison.count(Verdict.SLOWER) > 0));
            comparison.warnings().forEach(warning -> lines.add(new Line(warning, true)));
        }
        run.load().warnings().forEach(warning -> lines.add(new Line(warning + " Do not quote these figures.", true)));
        final long oneJvm =
                run.measured().stream().filter(each -> each.forks().size() == 1).count();
        if (oneJvm > 0) {
            lines.add(new Line(
                    (oneJvm == run.measured().size() ? "One JVM each" : oneJvm + " benchmarks with one JVM each")
                            + ": a look, not a figure to quote. The next JVM may differ by more than the interval.",
                    false));
        }
        return lines;
    }

    static String counts(final Comparison comparison) {
        final List<String> counts = new ArrayList<>();
        for (final Verdict verdict : Verdict.values()) {
            final long count = comparison.count(verdict);
            if (count > 0 || verdict == Verdict.SLOWER) {
                counts.add(count + " " + verdict.label());
            }
        }
        return String.join(", ", counts);
    }

    /** Goals that something was measured for. */
    static List<Reached> goals(final Run run) {
        final List<Reached> goals = new ArrayList<>();
        for (final Goals.Row row : Goals.load().rows()) {
            final Measured measured = packets(run, row.method(), row.flows());
            if (measured != null && !Double.isNaN(row.goal())) {
                goals.add(new Reached(row, measured));
            }
        }
        return goals;
    }

    /** What a packet costs on a path with so many flows; null where it was not measured. */
    static Measured packets(final Run run, final String method, final long flows) {
        for (final Measured each : run.measured()) {
            if (each.type().equals("PipelineBenchmark")
                    && each.method().equals(method)
                    && each.unit().equals("ns/op")
                    && each.parameters().size() == 1
                    && String.valueOf(flows).equals(each.parameters().get("flows"))) {
                return each;
            }
        }
        return null;
    }
}
