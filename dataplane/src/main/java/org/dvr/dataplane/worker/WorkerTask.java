package org.dvr.dataplane.worker;

/**
 * Something that a worker is asked for. Whoever asks makes it, with all the room that its answer takes; the worker fills it in, a slice each duty cycle;
 * once {@link #isDone} it belongs to whoever asked again.
 */
public abstract sealed class WorkerTask permits WatchTask, TableTask, CounterReading, PortTask {
    private volatile boolean isDone;

    /**
     * Does a slice; worker.
     *
     * @param worker whose tables these are
     * @param nowNs current time
     * @return true when all is done
     */
    abstract boolean work(Worker worker, long nowNs);

    final void finish() {
        isDone = true;
    }

    /** @return true when the worker has done it; any thread */
    public final boolean isDone() {
        return isDone;
    }
}
