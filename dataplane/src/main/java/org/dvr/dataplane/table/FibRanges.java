package org.dvr.dataplane.table;

import java.util.Arrays;

/** Turns prefixes, which lie within each other, into ranges of addresses, which do not: what {@link FibTable} is sealed by. Cold, used once. */
final class FibRanges {
    private static final int DEPTH = 34; // 33 lengths, and what no prefix covers
    private static final long END = 1L << 32;

    private int[] starts;
    private Object[] answers;
    private int size;
    // The prefixes that are open: each within the one before.
    private final long[] ends = new long[DEPTH];
    private final Object[] open = new Object[DEPTH];
    private int depth;

    /**
     * @param prefixes how many will be added
     */
    FibRanges(final int prefixes) {
        starts = new int[2 * prefixes + 1];
        answers = new Object[starts.length];
        ends[0] = END + 1; // never left
        append(0, null);
    }

    /** The next prefix by network, of two with one network the shorter first. */
    void add(final long network, final long width, final Object answer) {
        leave(network);
        append(network, answer);
        depth++;
        ends[depth] = network + width;
        open[depth] = answer;
    }

    /** After the last. */
    void finish() {
        leave(END);
        starts = Arrays.copyOf(starts, size);
        answers = Arrays.copyOf(answers, size);
    }

    private void leave(final long network) {
        while (ends[depth] <= network) {
            final long end = ends[depth--];
            append(end, open[depth]);
        }
    }

    private void append(final long address, final Object answer) {
        if (address == END) {
            return;
        }
        final int start = (int) address ^ Integer.MIN_VALUE;
        if (size > 0 && starts[size - 1] == start) {
            size--; // nothing was in it
        }
        if (size == 0 || answers[size - 1] != answer) {
            starts[size] = start;
            answers[size++] = answer;
        }
    }

    /** First addresses, in the order of signed numbers. */
    int[] starts() {
        return starts;
    }

    /** Answers, null where no prefix covers a range. */
    Object[] answers() {
        return answers;
    }
}
