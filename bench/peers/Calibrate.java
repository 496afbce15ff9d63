import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;

/**
 * What this machine can do, so that figures can be carried to another: a pointer chase, a copy, a chain of multiplications. Prints JSON, in some five
 * seconds; {@code java bench/peers/Calibrate.java}. Each figure is the best of five rounds.
 */
public final class Calibrate {
    private static final int ROUNDS = 5;
    private static final long ROUND_NS = 50_000_000;
    private static final int LINE = 16; // ints in 64 bytes
    private static final int[] CHASED = {32 << 10, 1 << 20, 64 << 20};
    private static final int[] COPIED = {64 << 10, 64 << 20};

    private static long sink;

    /** Not constant, or the compiler makes one multiplication of several. */
    private static long factor = 0x5851F42D4C957F2DL;

    private Calibrate() {}

    public static void main(final String[] args) {
        final StringBuilder json = new StringBuilder("{\"chaseNs\":{");
        for (final int bytes : CHASED) {
            final int[] cycle = cycle(bytes / Integer.BYTES / LINE);
            json.append(bytes == CHASED[0] ? "" : ",").append('"').append(bytes).append("\":");
            json.append(number(best(steps -> walk(cycle, steps))));
        }
        json.append("},\"copyGBps\":{");
        for (final int bytes : COPIED) {
            final byte[] region = new byte[bytes];
            final int half = bytes / 2;
            json.append(bytes == COPIED[0] ? "" : ",").append('"').append(bytes).append("\":");
            json.append(number(half / best(steps -> copy(region, half, steps))));
        }
        json.append("},\"multiplyNs\":").append(number(best(Calibrate::multiply))).append('}');
        System.out.println(json);
        if (sink == 42) {
            System.err.println(sink); // what is computed is used
        }
    }

    private static String number(final double value) {
        return String.format(java.util.Locale.ROOT, "%.3f", value);
    }

    /** Nanoseconds per step: as many steps as fill a round, first of all to have them compiled. */
    private static double best(final LongUnaryOperator work) {
        long steps = 1;
        double best = Double.MAX_VALUE;
        for (int round = -3; round < ROUNDS; ) {
            final long before = System.nanoTime();
            sink += work.applyAsLong(steps);
            final long took = System.nanoTime() - before;
            if (took < ROUND_NS) {
                steps *= 2;
                continue;
            }
            if (round >= 0) {
                best = Math.min(best, (double) took / steps);
            }
            round++;
        }
        return best;
    }

    /** One cycle through all lines in random order (Sattolo): in the first word of each the index of the next. */
    private static int[] cycle(final int lines) {
        final SplittableRandom random = new SplittableRandom(1);
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

    private static long walk(final int[] words, final long steps) {
        int at = 0;
        for (long i = 0; i < steps; i++) {
            at = words[at];
        }
        return at;
    }

    private static long copy(final byte[] region, final int half, final long steps) {
        for (long i = 0; i < steps; i++) {
            System.arraycopy(region, 0, region, half, half);
        }
        return region[half];
    }

    private static long multiply(final long steps) {
        final long by = factor;
        long x = 1;
        for (long i = 0; i < steps; i++) {
            x = x * by + 1;
        }
        return x;
    }
}
