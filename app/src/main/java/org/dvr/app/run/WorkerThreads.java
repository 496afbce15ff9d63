package org.dvr.app.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.worker.WorkerGroup;

/** The threads of all workers, as the supervisor sees them. */
final class WorkerThreads implements AutoCloseable {
    private final WorkerGroup group;
    private final List<WorkerThread> threads = new ArrayList<>();

    /**
     * Threads that are not at work yet.
     *
     * @param group    what they drive, one worker each
     * @param idle     what they do while nothing arrives
     * @param prologue runs first on each thread, with the number of its worker
     * @param lines    takes alarms, one line at a time; called on the threads of the workers
     */
    WorkerThreads(
            final WorkerGroup group, final IdleMode idle, final IntConsumer prologue, final Consumer<String> lines) {
        this.group = group;
        for (int i = 0; i < group.size(); i++) {
            final int number = i;
            final String name = group.size() == 1 ? "dvr-worker" : "dvr-worker-" + i;
            final Consumer<String> told =
                    group.size() == 1 ? lines : line -> lines.accept("worker " + number + ": " + line);
            threads.add(new WorkerThread(name, group.worker(i), idle, () -> prologue.accept(number), told));
        }
    }

    /** {@return what they drive} */
    WorkerGroup group() {
        return group;
    }

    /** {@return one for each worker, in their order} */
    List<WorkerThread> threads() {
        return threads;
    }

    /** Begins. */
    void start() {
        threads.forEach(WorkerThread::start);
    }

    /**
     * Gives an attachment point its ports, or takes them away, and waits until that is done.
     *
     * @param attachmentId stable id of the attachment point
     * @param ports        one for each worker, null when its device is gone
     */
    void ports(final int attachmentId, final List<? extends PacketPort> ports) {
        for (int i = 0; i < threads.size(); i++) {
            threads.get(i).port(attachmentId, ports == null ? null : ports.get(i));
        }
    }

    /** Ends the waiting of all; any thread. */
    void wake() {
        threads.forEach(WorkerThread::wake);
    }

    /** {@return what ended any of them, null while all work or when they were stopped} */
    Throwable failure() {
        for (final WorkerThread thread : threads) {
            if (thread.failure() != null) {
                return thread.failure();
            }
        }
        return null;
    }

    /** Stops receiving, and waits until the duty cycles under way are over; what they have handed to each other and not looked at is lost with them. */
    @Override
    public void close() {
        threads.forEach(WorkerThread::close);
    }
}
