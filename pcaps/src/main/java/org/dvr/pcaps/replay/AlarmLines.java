package org.dvr.pcaps.replay;

import java.util.List;
import java.util.function.Consumer;
import org.dvr.dataplane.worker.Alarms;
import org.dvr.dataplane.worker.WorkerGroup;

/** The alarms of a host under replay, each line with the host's name and the time since the start. Looked at between bursts. */
final class AlarmLines {
    private static final long SECOND = 1_000_000_000L;

    private final String host;
    private final List<Alarms> alarms;
    private final Consumer<String> printer = this::print;
    private Consumer<String> lines = line -> {};
    private long startNs;
    private long nowNs;

    /**
     * The alarms of a host.
     *
     * @param host    its name
     * @param workers its workers
     */
    AlarmLines(final String host, final WorkerGroup workers) {
        this.host = host;
        alarms = workers.workers().stream().map(Alarms::new).toList();
    }

    /**
     * Tells where lines go.
     *
     * @param taker takes one at a time
     */
    void to(final Consumer<String> taker) {
        lines = taker;
    }

    /**
     * Begins.
     *
     * @param timeNs virtual time that lines count from
     */
    void start(final long timeNs) {
        startNs = timeNs;
    }

    /**
     * Looks whether something begins or ends.
     *
     * @param timeNs virtual time
     */
    void check(final long timeNs) {
        nowNs = timeNs;
        for (int i = 0; i < alarms.size(); i++) {
            alarms.get(i).check(timeNs, printer);
        }
    }

    /** {@return how often what began, of each worker} */
    List<Alarms> alarms() {
        return alarms;
    }

    private void print(final String line) {
        final long sinceNs = nowNs - startNs;
        lines.accept(String.format("%s +%d.%09d s: %s", host, sinceNs / SECOND, sinceNs % SECOND, line));
    }
}
