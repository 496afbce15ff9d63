package org.dvr.bench.report;

/** What a comparison with a baseline says of one figure. */
enum Verdict {
    /** Worse, and not by chance. */
    SLOWER("slower", "▲"),
    /** Better, and not by chance. */
    FASTER("faster", "▼"),
    /** Not told apart, and within 5 % with 95 % confidence. */
    SAME("same", "="),
    /** Not told apart, and 5 % more or less would not have been seen. */
    UNCLEAR("cannot tell", "?"),
    /** The baseline does not have it. */
    NEW("new", "+"),
    /** Only the baseline has it. */
    GONE("gone", "–");

    private final String label;
    private final String mark;

    Verdict(final String label, final String mark) {
        this.label = label;
        this.mark = mark;
    }

    /** One or two words. */
    String label() {
        return label;
    }

    /** A sign that is told apart without color. */
    String mark() {
        return mark;
    }
}
