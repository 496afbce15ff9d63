package org.dvr.app.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.CounterReading;
import org.dvr.dataplane.worker.WorkerTask;

/** Asks all workers for something and waits for the answers, within limits; on a client's thread. */
final class Workers {
    private static final long PATIENCE_MS = 5_000;

    private Workers() {}

    /**
     * Has each worker do a task.
     *
     * @param view whose workers
     * @param task makes one for each
     * @param <T> kind of task
     * @return the tasks, done, in the order of the workers
     * @throws ObserveException when a worker has too much to do already, or does not come round to it
     * @throws InterruptedException when the calling thread is to end
     */
    static <T extends WorkerTask> List<T> ask(final ForwarderView view, final Supplier<T> task)
            throws InterruptedException {
        final List<T> tasks = new ArrayList<>();
        for (final WorkerView worker : view.workers()) {
            final T one = task.get();
            tasks.add(one);
            offer(worker, one);
        }
        final long untilNs = System.nanoTime() + PATIENCE_MS * 1_000_000;
        for (int i = 0; i < tasks.size(); i++) {
            while (!tasks.get(i).isDone()) {
                if (System.nanoTime() - untilNs > 0) {
                    throw new ObserveException("worker " + i + " does not answer");
                }
                Thread.sleep(1);
            }
        }
        return tasks;
    }

    /**
     * Has a worker do a task some time.
     *
     * @param worker which
     * @param task what
     */
    static void offer(final WorkerView worker, final WorkerTask task) {
        if (!worker.worker().inbox().offer(task)) {
            throw new ObserveException("a worker has more to answer than it can: try again");
        }
    }

    /**
     * The counters of all workers, each read between two of its bursts.
     *
     * @param view whose
     * @return their sums
     * @throws InterruptedException when the calling thread is to end
     */
    static CounterReading read(final ForwarderView view) throws InterruptedException {
        final int ids = attachmentIds(view.topology());
        final CounterReading sum = new CounterReading(ids);
        for (final CounterReading one : ask(view, () -> new CounterReading(ids))) {
            sum.add(one);
        }
        addAlarms(view, sum);
        return sum;
    }

    static int attachmentIds(final TopologySnapshot topology) {
        int ids = 0;
        for (final Attachment attachment : topology.attachments()) {
            ids = Math.max(ids, attachment.id() + 1);
        }
        return ids;
    }

    static void addAlarms(final ForwarderView view, final CounterReading sum) {
        for (final WorkerView worker : view.workers()) {
            if (worker.alarms() != null) {
                sum.add(CounterDescriptor.ALARMS_CONNECTIONS, worker.alarms().connectionAlarms());
                sum.add(CounterDescriptor.ALARMS_PORTS, worker.alarms().portAlarms());
                sum.add(CounterDescriptor.ALARMS_FRAGMENTS, worker.alarms().fragmentAlarms());
            }
        }
    }
}
