package org.dvr.app.observe;

import org.HdrHistogram.Histogram;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.CounterReading;

/**
 * Reads the counters of all workers some times a second, as they are, and keeps the last reading for those who come by: the counters file, the metrics.
 * One thread samples and, in the steady state, allocates nothing; any thread reads.
 */
final class Sampler {
    /** Durations of duty cycles are told over this time, and as much again at most. */
    static final long WINDOW_NS = 10_000_000_000L;

    private static final long LONGEST_NS = 1_000_000_000L;

    /** Durations of one worker's duty cycles: those of the window that is over, and of the one that goes on. */
    static final class Durations {
        private final Histogram all = new Histogram(LONGEST_NS, 2);
        private Histogram over = new Histogram(LONGEST_NS, 2);
        private Histogram current = new Histogram(LONGEST_NS, 2);
        private long sumNs;

        private synchronized void add(final Histogram interval, final boolean isWindowOver) {
            if (isWindowOver) {
                final Histogram next = over;
                over = current;
                current = next;
                current.reset();
            }
            if (interval.getTotalCount() > 0) {
                current.add(interval);
                all.add(interval);
                sumNs += (long) (interval.getMean() * interval.getTotalCount());
            }
        }

        /** {@return a copy of what the last 10 to 20 seconds had} */
        synchronized Histogram recent() {
            final Histogram recent = over.copy();
            recent.add(current);
            return recent;
        }

        synchronized long count() {
            return all.getTotalCount();
        }

        synchronized long sumNs() {
            return sumNs;
        }
    }

    private final ForwarderView view;
    private final Durations[] durations;
    private CounterReading scratch = new CounterReading(0);
    private CounterReading next = new CounterReading(0);
    private volatile CounterReading last;
    private TopologySnapshot topology;
    private int attachmentIds = -1;
    private long windowNs;
    private boolean hasWindow;

    Sampler(final ForwarderView view) {
        this.view = view;
        durations = new Durations[view.workers().size()];
        for (int i = 0; i < durations.length; i++) {
            durations[i] = new Durations();
        }
        sample(0);
    }

    /**
     * Reads all counters.
     *
     * @param nowNs a clock of any origin
     */
    void sample(final long nowNs) {
        if (view.topology() != topology) {
            topology = view.topology();
            attachmentIds = Math.max(attachmentIds, Workers.attachmentIds(topology));
        }
        if (next.attachmentIds() != attachmentIds) {
            next = new CounterReading(attachmentIds);
        }
        if (scratch.attachmentIds() != attachmentIds) {
            scratch = new CounterReading(attachmentIds);
        }
        next.clear();
        final boolean isWindowOver = hasWindow && nowNs - windowNs >= WINDOW_NS;
        if (isWindowOver || !hasWindow) {
            windowNs = nowNs;
            hasWindow = true;
        }
        for (int i = 0; i < durations.length; i++) {
            final WorkerView worker = view.workers().get(i);
            scratch.read(worker.worker());
            next.add(scratch);
            durations[i].add(worker.dutyCycle().takeInterval(), isWindowOver);
        }
        Workers.addAlarms(view, next);
        final CounterReading before = last;
        last = next;
        next = before == null ? new CounterReading(attachmentIds) : before;
    }

    /** {@return the last reading; it is written over by the second next sample} */
    CounterReading last() {
        return last;
    }

    /** {@return the topology that the last sample was taken under} */
    TopologySnapshot topology() {
        return topology;
    }

    /**
     * @param worker its number
     * @return durations of its duty cycles
     */
    Durations durations(final int worker) {
        return durations[worker];
    }
}
