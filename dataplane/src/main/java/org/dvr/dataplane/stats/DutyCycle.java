package org.dvr.dataplane.stats;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * How busy a worker is, and how long its bursts take: measured by whoever drives it, from the clock readings that it makes anyway.
 *
 * <pre>
 *   for (;;) {
 *       nowNs = clock;                                  one reading a cycle
 *       dutyCycle.start(nowNs);                         ends the cycle before
 *       workCount = worker.doWork(nowNs);
 *       dutyCycle.done(workCount);
 *       ...                                             idle when workCount is 0
 *   }
 * </pre>
 *
 * A cycle that has found work lasts until the next one starts; one that has found none counts as idle, sleep included. Every {@link #SAMPLE}th that has
 * found work goes into a histogram. Written by the worker's thread; the sums are read by any thread, the histogram by one other.
 */
public final class DutyCycle {
    /** One busy cycle in so many is recorded in the histogram. */
    public static final int SAMPLE = 16;

    /** The longest time that the histogram tells apart: a second. */
    private static final long LONGEST_NS = 1_000_000_000L;

    private final SingleWriterRecorder recorder = new SingleWriterRecorder(LONGEST_NS, 2);
    private final AtomicLong busyNs = new AtomicLong();
    private final AtomicLong idleNs = new AtomicLong();
    private final AtomicLong cycles = new AtomicLong();
    private final AtomicLong longestNs = new AtomicLong();

    // Worker's thread only.
    private long startNs = Long.MIN_VALUE;
    private boolean wasBusy;
    private int sinceSample;

    // Reader only.
    private Histogram interval;

    /**
     * A cycle starts, and the one before ends.
     *
     * @param nowNs current time
     */
    public void start(final long nowNs) {
        if (startNs != Long.MIN_VALUE) {
            final long lastedNs = nowNs - startNs;
            cycles.lazySet(cycles.getPlain() + 1);
            if (wasBusy) {
                busy(lastedNs);
            } else {
                idleNs.lazySet(idleNs.getPlain() + lastedNs);
            }
        }
        startNs = nowNs;
        wasBusy = false;
    }

    private void busy(final long lastedNs) {
        busyNs.lazySet(busyNs.getPlain() + lastedNs);
        if (lastedNs > longestNs.getPlain()) {
            longestNs.lazySet(lastedNs);
        }
        if (++sinceSample >= SAMPLE) {
            sinceSample = 0;
            recorder.recordValue(Math.clamp(lastedNs, 0, LONGEST_NS));
        }
    }

    /**
     * The worker has done its work.
     *
     * @param workCount what it answered
     */
    public void done(final int workCount) {
        wasBusy = workCount > 0;
    }

    /** @return time in cycles that found work, since the start */
    public long busyNs() {
        return busyNs.get();
    }

    /** @return time in cycles that found none, since the start */
    public long idleNs() {
        return idleNs.get();
    }

    /** @return cycles since the start */
    public long cycles() {
        return cycles.get();
    }

    /** @return the longest cycle that found work, since the start, sampled or not */
    public long longestNs() {
        return longestNs.get();
    }

    /**
     * What was sampled since the last call; one reader.
     *
     * @return durations of cycles in nanoseconds, good until the next call
     */
    public Histogram takeInterval() {
        interval = recorder.getIntervalHistogram(interval);
        return interval;
    }
}
