package org.dvr.dataplane.pipeline;

import java.util.ArrayDeque;
import org.dvr.dataplane.topology.ExternalPort;

/**
 * Gratuitous ARP for addresses on external networks (dvr.md §8.2): three rounds, two seconds apart, each with a request form and a reply
 * form. A series stops when the address goes away. Filled when a topology is taken up, which is not on the packet path.
 */
final class Announcer {
    /** Rounds of a series. */
    static final int ROUNDS = 3;

    /** Time between two rounds. */
    static final long INTERVAL_NS = 2_000_000_000L;

    /** Sends one round. */
    interface Sender {
        /**
         * @param port where
         * @param ip what is announced
         */
        void announce(ExternalPort port, int ip);
    }

    private static final class Series {
        private final int segmentId;
        private final int ip;
        private int roundsLeft = ROUNDS;
        private long dueNs;

        private Series(final int segmentId, final int ip, final long dueNs) {
            this.segmentId = segmentId;
            this.ip = ip;
            this.dueNs = dueNs;
        }
    }

    // First rounds are due when they are started and all others one interval after the last: in each queue, what is due
    // first is at the head.
    private final ArrayDeque<Series> started = new ArrayDeque<>();
    private final ArrayDeque<Series> running = new ArrayDeque<>();

    private final boolean isOurs;

    /** @param isOurs false where another worker of the host announces */
    Announcer(final boolean isOurs) {
        this.isOurs = isOurs;
    }

    void start(final int segmentId, final int ip, final long nowNs) {
        if (!isOurs) {
            return;
        }
        started.removeIf(series -> series.ip == ip && series.segmentId == segmentId);
        running.removeIf(series -> series.ip == ip && series.segmentId == segmentId);
        started.add(new Series(segmentId, ip, nowNs));
    }

    long nextDeadlineNs() {
        return Math.min(dueNs(started), dueNs(running));
    }

    private static long dueNs(final ArrayDeque<Series> queue) {
        return queue.isEmpty() ? Long.MAX_VALUE : queue.peek().dueNs;
    }

    /**
     * Sends what is due.
     *
     * @param ports fip namespaces in force
     * @param nowNs current time
     * @param sender makes and sends the frames
     */
    void run(final Iterable<ExternalPort> ports, final long nowNs, final Sender sender) {
        while (nextDeadlineNs() <= nowNs) {
            final Series series = (dueNs(running) <= dueNs(started) ? running : started).poll();
            final ExternalPort port = portOf(ports, series);
            if (port != null) {
                sender.announce(port, series.ip);
                if (--series.roundsLeft > 0) {
                    series.dueNs += INTERVAL_NS;
                    running.add(series);
                }
            }
        }
    }

    private static ExternalPort portOf(final Iterable<ExternalPort> ports, final Series series) {
        for (final ExternalPort port : ports) {
            if (port.segment().id() == series.segmentId && port.answersFor(series.ip)) {
                return port;
            }
        }
        return null;
    }
}
