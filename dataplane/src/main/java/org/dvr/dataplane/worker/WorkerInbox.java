package org.dvr.dataplane.worker;

import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * Where other threads ask a worker for something: to watch frames, to copy a table. The worker does a bounded slice of one task each duty cycle, between
 * two bursts, and never waits. While there is none, a duty cycle reads one place of the queue and no more.
 */
public final class WorkerInbox {
    /** Tasks that may wait. */
    public static final int CAPACITY = 64;

    private final ManyToOneConcurrentArrayQueue<WorkerTask> tasks = new ManyToOneConcurrentArrayQueue<>(CAPACITY);
    private volatile Runnable wakeUp = () -> {};

    // Worker only.
    private WorkerTask current;

    /**
     * Says how a worker that sleeps is woken; whoever drives it does, before others ask for anything.
     *
     * @param wakeUp called after each offer, by the thread that offers
     */
    public void onOffer(final Runnable wakeUp) {
        this.wakeUp = wakeUp;
    }

    /**
     * Asks for something; any thread.
     *
     * @param task not offered before
     * @return false when {@link #CAPACITY} tasks wait already
     */
    public boolean offer(final WorkerTask task) {
        if (!tasks.offer(task)) {
            return false;
        }
        wakeUp.run();
        return true;
    }

    /** Wakes the worker, if it sleeps; any thread. */
    void wake() {
        wakeUp.run();
    }

    /** @return true when something is asked for: the worker should not wait then; the worker's thread */
    public boolean hasTask() {
        return current != null || !tasks.isEmpty();
    }

    /** Does a slice of what was asked for; worker, every duty cycle. */
    int work(final Worker worker, final long nowNs) {
        if (current == null) {
            current = tasks.poll();
            if (current == null) {
                return 0; // nearly always
            }
        }
        if (current.work(worker, nowNs)) {
            current.finish();
            current = null;
        }
        return 1;
    }
}
