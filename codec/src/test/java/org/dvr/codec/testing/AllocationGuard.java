package org.dvr.codec.testing;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Shows that a piece of code allocates nothing on the heap once it is warm. */
public final class AllocationGuard {
    private static final int ROUNDS = 10;
    private static final long PATIENCE_NS =
            5_000_000_000L; // what is compiled in the background may have to wait for its turn
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AllocationGuard() {}

    /**
     * Runs an action over several rounds, the first of which warm it up; the best round must allocate no byte. Other rounds
     * may, because code that is not compiled yet, the compilers and the measurement itself now and then do.
     *
     * @param iterations runs of the action per round
     * @param action what must not allocate
     * @throws AssertionError if every round allocates
     */
    public static void assertAllocatesNothing(final int iterations, final Runnable action) {
        final long endNs = System.nanoTime() + PATIENCE_NS;
        long best = Long.MAX_VALUE;
        for (int round = 0; best != 0 && (round < ROUNDS || System.nanoTime() - endNs < 0); round++) {
            best = Math.min(best, bytesOf(iterations, action));
        }
        if (best != 0) {
            throw new AssertionError("allocates in every round, bytes=" + best + " iterations=" + iterations);
        }
    }

    private static long bytesOf(final int iterations, final Runnable action) {
        final long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < iterations; i++) {
            action.run();
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
