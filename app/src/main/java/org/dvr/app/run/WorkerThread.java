package org.dvr.app.run;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.stats.DutyCycle;
import org.dvr.dataplane.worker.Alarms;
import org.dvr.dataplane.worker.PortTask;
import org.dvr.dataplane.worker.Worker;

/**
 * The thread of one worker: duty cycles, and between them what the supervisor wants done. While nothing arrives it waits as its {@link IdleMode} says: in
 * {@code poll(2)} on the devices and on an eventfd that the supervisor writes to.
 */
public final class WorkerThread implements AutoCloseable {
    private static final long TICK_NS = 100_000_000L; // expiry goes on while nothing arrives
    private static final int SWEEP_LIMIT = 4_096; // entries looked at in a tick without frames
    private static final int POLLFD_LENGTH = 8; // struct pollfd: int fd, short events, short revents
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_RETURNED = 6;
    private static final int MS_NS = 1_000_000;

    /** So long nobody else gets the core: frames of a burst come closer together. */
    private static final long YIELD_AFTER_NS = 2_000;

    private static final long WAIT_NS = 100_000;
    private static final short POLLIN = 1;
    private static final int EFD_NONBLOCK = 0x800;
    private static final long ALARM_NS = 1_000_000_000L;

    private final Worker worker;
    private final IdleMode idle;
    private final Runnable prologue;
    private final Thread thread;
    private final DutyCycle dutyCycle = new DutyCycle();
    private final Alarms alarms;
    private final Consumer<String> lines;

    // Of the worker's thread.
    private final Libc libc = new Libc();
    private UnsafeBuffer descriptors = descriptors(16);
    private int descriptorCount;
    private int listedVersion = -1;
    private boolean hasBlindPorts;
    private long lastWorkNs;
    private long lastSweepNs;
    private long lastAlarmNs;
    private final UnsafeBuffer wakeCount = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));

    // Of those who wake it, one at a time.
    private final int wakeFd;
    private final Libc wakerLibc = new Libc();
    private final UnsafeBuffer wakeSignal = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));

    private volatile boolean isStopping;
    private volatile Throwable failure;

    /**
     * @param name of the thread
     * @param worker what it drives; nobody else does from {@link #start} on
     * @param idle what it does while nothing arrives
     * @param prologue runs first on the thread, such as pinning it to a core
     * @param lines takes alarms, one line at a time; called on the worker's thread
     */
    public WorkerThread(
            final String name,
            final Worker worker,
            final IdleMode idle,
            final Runnable prologue,
            final Consumer<String> lines) {
        this.worker = worker;
        this.idle = idle;
        this.prologue = prologue;
        this.lines = lines;
        alarms = new Alarms(worker);
        wakeFd = wakerLibc.eventfd(0, EFD_NONBLOCK);
        if (wakeFd < 0) {
            throw new IllegalStateException("eventfd: " + wakerLibc.error());
        }
        wakeSignal.putLong(0, 1);
        worker.inbox().onOffer(this::wake);
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    private static UnsafeBuffer descriptors(final int count) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(count * POLLFD_LENGTH, Long.BYTES));
    }

    /** Begins. */
    public void start() {
        thread.start();
    }

    /**
     * Gives an attachment point its port, or takes it away, and waits until that is done; supervisor.
     *
     * @param attachmentId stable id of the attachment point
     * @param port its device, null when it is gone
     */
    public void port(final int attachmentId, final PacketPort port) {
        if (thread.getState() == Thread.State.NEW) {
            worker.port(attachmentId, port); // it is not at work yet
            return;
        }
        final PortTask task = new PortTask(attachmentId, port);
        while (!worker.inbox().offer(task)) {
            await();
        }
        while (!task.isDone()) {
            await();
        }
    }

    private void await() {
        requireAlive();
        LockSupport.parkNanos(WAIT_NS);
    }

    private void requireAlive() {
        if (!thread.isAlive()) {
            throw new IllegalStateException("the worker has ended", failure);
        }
    }

    /** Ends its waiting, if it waits; any thread. */
    public synchronized void wake() {
        wakerLibc.write(wakeFd, wakeSignal.addressOffset(), Long.BYTES);
    }

    /** @return what ended it, null while it works or when it was stopped */
    public Throwable failure() {
        return failure;
    }

    /** @return how busy it is; any thread */
    public DutyCycle dutyCycle() {
        return dutyCycle;
    }

    /** @return the alarms of its worker; counts may be read by any thread, late */
    public Alarms alarms() {
        return alarms;
    }

    /** @return what it drives */
    public Worker worker() {
        return worker;
    }

    private void run() {
        try {
            prologue.run();
            libc.linkCallsOfWorkers();
            long nowNs = System.nanoTime();
            lastWorkNs = nowNs;
            lastSweepNs = nowNs;
            while (!isStopping) {
                dutyCycle.start(nowNs);
                final int workCount = worker.doWork(nowNs);
                dutyCycle.done(workCount);
                if (workCount > 0) {
                    lastWorkNs = nowNs;
                } else {
                    idle(nowNs);
                }
                if (nowNs - lastAlarmNs >= ALARM_NS) {
                    lastAlarmNs = nowNs;
                    alarms.check(nowNs, lines);
                }
                nowNs = System.nanoTime();
            }
        } catch (final Throwable e) {
            failure = e;
        }
    }

    private void idle(final long nowNs) {
        if (nowNs - lastSweepNs >= TICK_NS) {
            lastSweepNs = nowNs;
            worker.sweep(nowNs, SWEEP_LIMIT);
        }
        if (nowNs - lastWorkNs < idle.spinNs() || worker.export().isFilling()) {
            lookAgain(nowNs);
            return;
        }
        if (listedVersion != worker.portsVersion()) {
            listDescriptors();
        }
        if (worker.waiting(true)) { // else another worker has handed something over a moment ago
            libc.poll(descriptors.addressOffset(), descriptorCount, timeoutMs(nowNs));
        }
        worker.waiting(false);
        if (descriptors.getShort(POLLFD_RETURNED) != 0) {
            libc.takeEvents(wakeFd, wakeCount.addressOffset());
        }
        for (int i = 1; i < descriptorCount; i++) {
            if ((descriptors.getShort(i * POLLFD_LENGTH + POLLFD_RETURNED) & ~POLLIN) != 0) {
                clearErrors();
                break;
            }
        }
    }

    /**
     * Where others want the core (the kernel's own threads, guests and forwarders that share few of them), what they do is what there is to wait for: they go first.
     * Where nobody does, this costs a system call of some hundred nanoseconds.
     */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it
    private void lookAgain(final long nowNs) {
        if (nowNs - lastWorkNs > YIELD_AFTER_NS) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    /** A link went down: to be asked once, or waiting ends at once again and again. One that is gone is closed by the supervisor soon. */
    private void clearErrors() {
        boolean isGone = false;
        for (int i = 0; i < worker.portCount(); i++) {
            isGone |= worker.portAt(i).isGone();
        }
        if (isGone) {
            LockSupport.parkNanos(MS_NS);
        }
    }

    private int timeoutMs(final long nowNs) {
        if (hasBlindPorts) {
            return 1;
        }
        final long untilNs = Math.min(lastSweepNs + TICK_NS, worker.nextDeadlineNs());
        return (int) (Math.clamp(untilNs - nowNs, 0, TICK_NS) + MS_NS - 1) / MS_NS;
    }

    private void listDescriptors() {
        listedVersion = worker.portsVersion();
        hasBlindPorts = false;
        if (descriptors.capacity() < (worker.portCount() + 1) * POLLFD_LENGTH) {
            descriptors = descriptors((worker.portCount() + 1) * 2);
        }
        descriptorCount = 0;
        watch(wakeFd);
        for (int i = 0; i < worker.portCount(); i++) {
            final int fd = worker.portAt(i).fd();
            if (fd >= 0) {
                watch(fd);
            } else {
                hasBlindPorts = true;
            }
        }
    }

    private void watch(final int fd) {
        final int offset = descriptorCount++ * POLLFD_LENGTH;
        descriptors.putInt(offset, fd);
        descriptors.putShort(offset + POLLFD_EVENTS, POLLIN);
    }

    /** Stops receiving, and waits until the duty cycle under way is over. What its connections are may be read afterwards. */
    @Override
    public void close() {
        isStopping = true;
        wake();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        wakerLibc.close(wakeFd);
    }
}
