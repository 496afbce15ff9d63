package org.dvr.bench.report;

import java.util.Locale;

/** Numbers as the page writes them, the same in every locale. */
final class Numbers {
    private Numbers() {}

    /** With so many digits behind the point; a dash for what was not measured. */
    static String fixed(final double value, final int digits) {
        return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** A whole number in groups of three. */
    static String grouped(final long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Nanoseconds: tenths are of interest below a thousand only. */
    static String ns(final double value) {
        return value < 1_000 || Double.isNaN(value) ? fixed(value, 1) : grouped(Math.round(value));
    }

    /** The value as a number above zero, as a logarithmic axis needs it; NaN when it is none. */
    static double positive(final String text) {
        try {
            final double value = Double.parseDouble(text);
            return value > 0 && Double.isFinite(value) ? value : Double.NaN;
        } catch (final NumberFormatException e) {
            return Double.NaN;
        }
    }
}
