package org.dvr.bench.report;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/**
 * Measures a {@link Calibration} in some two seconds. Each figure is the best of {@value #ROUNDS} short rounds: what the machine can do, not what it did
 * while others had it. Cold, on the thread that calls.
 */
public final class Calibrator {
    private static final int ROUNDS = 41;
    private static final long ROUND_NS = 2_500_000;
    private static final int LINE_BYTES = 64;
    private static final int LINE = LINE_BYTES / Integer.BYTES;
    private static final long[] CHASED = {32 << 10, 256 << 10, 1 << 20, 8 << 20, 64 << 20};
    private static final long[] COPIED = {4 << 10, 64 << 10, 1 << 20, 64 << 20};
    private static final int SEED = 1;

    private int
            at; // in the region that is walked: rounds go on where the one before ended, so that they meet lines that
    // are not in a cache yet
    private long sink;

    /** {@return what this machine can do now} */
    public Calibration measure() {
        final Map<Long, Double> chase = new TreeMap<>();
        for (final long bytes : CHASED) {
            final int[] cycle = cycle((int) (bytes / LINE_BYTES));
            at = 0;
            chase.put(bytes, best(steps -> walk(cycle, steps)));
        }
        final Map<Long, Double> copy = new TreeMap<>();
        for (final long bytes : COPIED) {
            final int half = (int) bytes / 2;
            final byte[] from = new byte[half];
            final byte[] to = new byte[half];
            copy.put(bytes, half / best(steps -> copy(from, to, steps)));
        }
        return new Calibration(chase, copy, best(Calibrator::multiply));
    }

    /** Sattolo's shuffle: one cycle through all lines, in the first word of each the index of the next. */
    static int[] cycle(final int lines) {
        final SplittableRandom random = new SplittableRandom(SEED);
        final int[] order = new int[lines];
        for (int i = 0; i < lines; i++) {
            order[i] = i;
        }
        for (int i = lines - 1; i > 0; i--) {
            final int j = random.nextInt(i);
            final int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        final int[] words = new int[lines * LINE];
        for (int i = 0; i < lines; i++) {
            words[i * LINE] = order[i] * LINE;
        }
        return words;
    }

    private long walk(final int[] words, final long steps) {
        int next = at;
        for (long i = 0; i < steps; i++) {
            next = words[next];
        }
        at = next;
        return next;
    }

    private static long copy(final byte[] from, final byte[] to, final long steps) {
        for (long i = 0; i < steps; i++) {
            from[0] = (byte) i; // each copy is another one
            System.arraycopy(from, 0, to, 0, from.length);
        }
        return to[0];
    }

    /** Squares: steps by a constant factor would be merged, sixteen into one multiplication, when the compiler unrolls the loop. */
    private static long multiply(final long steps) {
        long x = steps | 3;
        for (long i = 0; i < steps; i++) {
            x = x * x + 1;
        }
        return x;
    }

    /** Nanoseconds of a step, in the best of rounds of {@value #ROUND_NS} ns. */
    private double best(final LongUnaryOperator work) {
        long steps = 1;
        long took = 0;
        while (took < ROUND_NS) { // warms up, and finds how many steps fill a round
            steps *= took < ROUND_NS / 4 ? 4 : 2;
            took = time(work, steps);
        }
        double best = Double.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            best = Math.min(best, (double) time(work, steps) / steps);
        }
        return best;
    }

    private long time(final LongUnaryOperator work, final long steps) {
        final long start = System.nanoTime();
        sink += work.applyAsLong(steps);
        return System.nanoTime() - start;
    }

    /** Keeps the JVM from leaving the work out. */
    long sink() {
        return sink;
    }
}
