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

    /** A time, a rate or a size in three or four digits. */
    static String figure(final double value) {
        final double size = Math.abs(value);
        return size >= 1_000 ? grouped(Math.round(value)) : fixed(value, size >= 10 ? 1 : size >= 1 ? 2 : 3);
    }

    /** A share as a percentage with its sign. */
    static String change(final double share) {
        return Double.isNaN(share) ? "–" : String.format(Locale.ROOT, "%+.1f %%", share * 100);
    }

    /** A number of bytes in the largest binary unit that leaves it whole. */
    static String bytes(final long value) {
        return value >= 1 << 20 && value % (1 << 20) == 0
                ? (value >> 20) + " MiB"
                : value >= 1 << 10 && value % (1 << 10) == 0 ? (value >> 10) + " KiB" : value + " B";
    }

    /** A value of a parameter as axes write it. */
    static String count(final double value) {
        return value == Math.rint(value) ? grouped(Math.round(value)) : String.valueOf(value);
    }

    /** Operations a second: in millions where there are so many. */
    static String rate(final double perSecond) {
        return Double.isNaN(perSecond) || Double.isInfinite(perSecond)
                ? "–"
                : perSecond >= 1e6 ? figure(perSecond / 1e6) + " M" : figure(perSecond);
    }

    /** Bytes per operation: thousandths are of interest below a hundred only. */
    static String allocated(final double bytes) {
        return bytes < 100 || Double.isNaN(bytes) ? fixed(bytes, 3) : grouped(Math.round(bytes));
    }

    /** The text as a number; NaN when it is none. */
    static double number(final String text) {
        try {
            final double value = Double.parseDouble(text);
            return Double.isFinite(value) ? value : Double.NaN;
        } catch (final NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** The text as a number above zero; NaN when it is none. */
    static double positive(final String text) {
        final double value = number(text);
        return value > 0 ? value : Double.NaN;
    }
}
