package org.dvr.app.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.ConnectionExport;
import org.dvr.nat.conntrack.ConnectionBlock;
import org.dvr.pcaps.state.ConnectionStore;
import org.dvr.pcaps.state.StateException;
import org.dvr.pcaps.state.StateWriter;

/**
 * Writes the connections to the state file again and again, so that a forwarder that was killed goes on with those it had some seconds before. On a
 * thread of its own: each worker in turn hands over a slice in each duty cycle and waits for nobody.
 *
 * <p>A large table takes its time: between two writings passes four times what the last one took, at least the interval.
 */
final class StateKeeper implements AutoCloseable {
    private static final int REST_FACTOR = 4;
    private static final long PAUSE_NS = 200_000;

    private final ConnectionStore store;
    private final WorkerThreads workers;
    private final Supplier<TopologySnapshot> topology;
    private final long intervalNs;
    private final Consumer<String> lines;
    private final Thread thread;
    private volatile boolean isStopping;
    private String lastError = "";

    StateKeeper(
            final ConnectionStore store,
            final WorkerThreads workers,
            final Supplier<TopologySnapshot> topology,
            final int intervalSeconds,
            final Consumer<String> lines) {
        this.store = store;
        this.workers = workers;
        this.topology = topology;
        this.intervalNs = TimeUnit.SECONDS.toNanos(intervalSeconds);
        this.lines = lines;
        thread = new Thread(this::run, "dvr-state");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        long restNs = intervalNs;
        while (!isStopping) {
            pause(restNs);
            if (isStopping) {
                return;
            }
            final long beginNs = System.nanoTime();
            try {
                write();
                lastError = "";
            } catch (final StateException e) {
                if (!e.getMessage().equals(lastError)) { // once, not every two seconds
                    lastError = e.getMessage();
                    lines.accept(lastError);
                }
            }
            restNs = Math.max(intervalNs, REST_FACTOR * (System.nanoTime() - beginNs));
        }
    }

    private void pause(final long restNs) {
        final long endNs = System.nanoTime() + restNs;
        for (long left = restNs; left > 0 && !isStopping; left = endNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void write() {
        try (StateWriter writer = store.write(topology.get())) {
            for (final WorkerThread worker : workers.threads()) {
                if (!write(writer, worker)) {
                    return;
                }
            }
            writer.commit(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
        }
    }

    /** False when not all of a worker's connections could be had. */
    private boolean write(final StateWriter writer, final WorkerThread worker) {
        final ConnectionExport export = worker.worker().export();
        if (!export.request()) {
            return false;
        }
        worker.wake();
        boolean hasMore = true;
        while (hasMore) {
            final ConnectionBlock block = export.take();
            if (block != null) {
                hasMore = add(writer, block, export);
                worker.wake();
            } else if (isStopping || workers.failure() != null) {
                return false; // what is complete is written at the end
            } else {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
        return true;
    }

    private static boolean add(final StateWriter writer, final ConnectionBlock block, final ConnectionExport export) {
        try {
            writer.add(block);
        } catch (final StateException e) {
            export.cancel();
            throw e;
        }
        return export.release();
    }

    /** Ends after the writing under way. */
    @Override
    public void close() {
        isStopping = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
