package org.dvr.bench.latency;

import org.HdrHistogram.Histogram;

/**
 * An open loop: packets have a time at which they are to arrive, one after the other at equal distances, whether or not earlier ones are done. Their latency is
 * counted from that time, not from when they were taken: so a pause counts for every packet that would have arrived in it (no coordinated omission).
 *
 * <p>The loop hands out what is due and has it processed, one after the other in one thread. A packet's latency ends when the burst it is in has been sent.
 */
final class Arrivals {
    /** Longest latency told apart from longer ones. */
    static final long LONGEST_NS = 60_000_000_000L;

    private static final int MOST = 64;

    private final Clock clock;
    private final Work work;
    private final Histogram latencies;
    private double intervalNs = 1;
    private long startNs;
    private long lastNs;
    private long arrived;

    /** A clock that goes on while nobody looks. */
    interface Clock {
        /**
         * @return nanoseconds
         */
        long nanoTime();
    }

    /** What is done with packets. */
    interface Work {
        /**
         * Processes packets; none, where none has arrived.
         *
         * @param count 0 to 64
         * @param elapsedNs since the last time
         */
        void process(int count, long elapsedNs);
    }

    /**
     * @param clock of arrivals and latencies
     * @param work what is done with packets
     * @param latencies where they are recorded, up to {@link #LONGEST_NS}
     */
    Arrivals(final Clock clock, final Work work, final Histogram latencies) {
        this.clock = clock;
        this.work = work;
        this.latencies = latencies;
    }

    /**
     * Begins anew: the first packet arrives now.
     *
     * @param intervalNs from one packet to the next, more than 0
     */
    void start(final double intervalNs) {
        this.intervalNs = intervalNs;
        arrived = 0;
        startNs = clock.nanoTime();
        lastNs = startNs;
    }

    /**
     * Waits for so many packets, and processes them; polls for them as a worker does.
     *
     * @param count of packets, which should be many
     */
    void run(final int count) {
        final long end = arrived + count;
        while (arrived < end) {
            final long nowNs = clock.nanoTime();
            final long due = (long) ((nowNs - startNs) / intervalNs) + 1 - arrived;
            final int burst = (int) Math.max(0, Math.min(Math.min(due, MOST), end - arrived));
            work.process(burst, nowNs - lastNs);
            lastNs = nowNs;
            if (burst > 0) {
                record(burst, clock.nanoTime());
            }
        }
    }

    private void record(final int burst, final long doneNs) {
        for (int i = 0; i < burst; i++) {
            final long intendedNs = startNs + (long) (arrived++ * intervalNs);
            latencies.recordValue(Math.max(0, Math.min(doneNs - intendedNs, LONGEST_NS)));
        }
    }
}
