package org.dvr.app.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One figure, of both labs, with its bar. */
final class Measured {
    /** What is better, and how good is good enough. */
    enum Bar {
        TWICE("at least 2.0 of the kernel's", 2.0, true),
        AS_GOOD("at least the kernel's", 1.0, true),
        HALF_AS_FAST("at most 2.0 of the kernel's", 2.0, false),
        NO_LATER("at most the kernel's", 1.0, false),
        NONE("", 0, true);

        private final String text;
        private final double ratio;
        private final boolean isMoreBetter;

        Bar(final String text, final double ratio, final boolean isMoreBetter) {
            this.text = text;
            this.ratio = ratio;
            this.isMoreBetter = isMoreBetter;
        }

        String text() {
            return text;
        }

        boolean isReached(final double value) {
            return isMoreBetter ? value >= ratio : value <= ratio;
        }
    }

    private final String what;
    private final String unit;
    private final int digits;
    private final Bar bar;
    private final List<Double> dvr = new ArrayList<>();
    private final List<Double> kernel = new ArrayList<>();
    private CoreTimes dvrCore = new CoreTimes(0, 0, 0, 0, 0, 0);
    private CoreTimes kernelCore = dvrCore;
    private final double[] offered = new double[2];

    Measured(final String what, final String unit, final int digits, final Bar bar) {
        this.what = what;
        this.unit = unit;
        this.digits = digits;
        this.bar = bar;
    }

    void add(final boolean isDvr, final double value) {
        (isDvr ? dvr : kernel).add(value);
    }

    void add(final boolean isDvr, final CoreTimes times) {
        if (isDvr) {
            dvrCore = dvrCore.plus(times);
        } else {
            kernelCore = kernelCore.plus(times);
        }
    }

    void offered(final boolean isDvr, final double value) {
        offered[isDvr ? 1 : 0] = Math.max(offered(isDvr), value);
    }

    double offered(final boolean isDvr) {
        return offered[isDvr ? 1 : 0];
    }

    String what() {
        return what;
    }

    String unit() {
        return unit;
    }

    Bar bar() {
        return bar;
    }

    List<Double> values(final boolean isDvr) {
        return List.copyOf(isDvr ? dvr : kernel);
    }

    CoreTimes core(final boolean isDvr) {
        return isDvr ? dvrCore : kernelCore;
    }

    double ratio() {
        return median(dvr) / median(kernel);
    }

    boolean isReached() {
        return bar.isReached(ratio());
    }

    static double median(final List<Double> values) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        final List<Double> sorted = values.stream().sorted().toList();
        final int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** "0.61 (0.55 … 0.64)" */
    private String cell(final List<Double> values) {
        if (values.isEmpty()) {
            return "";
        }
        final String format = "%." + digits + "f";
        final String all = format + " (" + format + " .. " + format + ")";
        return all.formatted(
                median(values),
                values.stream().mapToDouble(Double::doubleValue).min().orElse(0),
                values.stream().mapToDouble(Double::doubleValue).max().orElse(0));
    }

    /** {@return the cells of its line in a table} */
    List<String> cells() {
        return List.of(
                what,
                unit,
                cell(dvr),
                cell(kernel),
                dvr.isEmpty() ? "" : String.format(Locale.ROOT, "%.2f", ratio()),
                bar.text(),
                bar == Bar.NONE ? "" : isReached() ? "yes" : "NO");
    }
}
