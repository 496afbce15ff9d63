package org.dvr.bench.report;

/**
 * What operations allocate on the heap. JMH's profiler counts what all threads allocate in an iteration and divides it by the operations, and that includes
 * what JMH itself allocates to run the iteration: the same few kilobytes whatever is measured, which look like much to each of few slow operations. They
 * are taken off here; JMH's own JSON has the raw number.
 */
public final class Allocation {
    /** From here on, in bytes per operation, an operation allocates: less is the JVM's own noise, divided by millions of packets. */
    public static final double LIMIT = 0.01;

    /** Bytes that JMH allocates in an iteration: 5,400 to 12,200 were seen with JMH 1.37 on JDK 25, for operations of 4 ns and of 136 us alike. */
    static final int OWN_BYTES = 12_288;

    private static final double BYTES_PER_MEGABYTE = 1 << 20;

    private Allocation() {}

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
