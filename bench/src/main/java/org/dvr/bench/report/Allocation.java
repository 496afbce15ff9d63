package org.dvr.bench.report;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * What operations allocate on the heap. JMH's profiler counts what all threads allocate in an iteration and divides it by the operations, and that includes
 * what JMH itself allocates to run the iteration: the same few kilobytes whatever is measured, which look like much to each of few slow operations. They
 * are taken off here; JMH's own JSON has the raw number.
 */
public final class Allocation {
    /** Bytes that JMH allocates in an iteration: 5,400 to 5,900 were seen with JMH 1.37 on JDK 25, for operations of 4 ns and of 5 us alike. */
    static final int OWN_BYTES = 6_144;

    private static final String PER_OPERATION = "gc.alloc.rate.norm";
    private static final String RATE = "gc.alloc.rate";
    private static final double BYTES_PER_MEGABYTE = 1 << 20;

    private Allocation() {}

    /**
     * Reads JMH's results.
     *
     * @param result of one benchmark
     * @return bytes per operation without JMH's own, NaN when nothing was measured
     */
    public static double perOperation(final RunResult result) {
        final Result<?> perOperation = result.getSecondaryResults().get(PER_OPERATION);
        final Result<?> rate = result.getSecondaryResults().get(RATE);
        return perOperation == null || rate == null
                ? Double.NaN
                : perOperation(
                        perOperation.getScore(),
                        rate.getScore(),
                        result.getParams().getMeasurement().getTime().convertTo(TimeUnit.MILLISECONDS) / 1_000.0);
    }

    /**
     * Takes off what is JMH's own.
     *
     * @param bytesPerOperation all that was allocated, per operation
     * @param megabytesPerSecond the same in 2^20 bytes per second
     * @param seconds of an iteration
     * @return bytes per operation, 0 or more; NaN when one of the numbers is
     */
    static double perOperation(final double bytesPerOperation, final double megabytesPerSecond, final double seconds) {
        final double bytes = megabytesPerSecond * BYTES_PER_MEGABYTE * seconds;
        if (Double.isNaN(bytesPerOperation) || Double.isNaN(bytes)) {
            return Double.NaN;
        }
        return bytes <= OWN_BYTES ? 0 : bytesPerOperation * (1 - OWN_BYTES / bytes);
    }
}
