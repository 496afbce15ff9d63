package org.dvr.app.run;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.worker.Alarms;
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
    private static final short POLLIN = 1;
    private static final int EFD_NONBLOCK = 0x800;
    private static final long ALARM_NS = 1_000_000_000L;

    private final Worker worker;
    private final IdleMode idle;
    private final Runnable prologue;
    private final Thread thread;
    private final Alarms alarms;
    private final Consumer<String> lines;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();

    // Of the worker's thread.
    private final Libc libc = new Libc();
    private UnsafeBuffer descriptors = descriptors(16);
    private int descriptorCount;
    private long lastWorkNs;
    private long lastSweepNs;
    private long lastAlarmNs;

    private final int wakeFd;
    private final UnsafeBuffer wakeCount = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));
    private final Libc supervisorLibc = new Libc();
    private final UnsafeBuffer wakeSignal = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8));
    private volatile boolean isParked;
    private volatile boolean hasCommands;
    private volatile boolean isStopping;
    private volatile Throwable failure;
    private final AtomicLong busyNs = new AtomicLong();
    private final AtomicLong cycles = new AtomicLong();

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
        wakeFd = supervisorLibc.eventfd(0, EFD_NONBLOCK);
        if (wakeFd < 0) {
            throw new IllegalStateException("eventfd: " + supervisorLibc.error());
        }
        wakeSignal.putLong(0, 1);
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
     * Has something done between two duty cycles; supervisor.
     *
     * @param command short: frames wait meanwhile
     */
    public void execute(final Runnable command) {
        commands.add(command);
        hasCommands = true;
        wake();
    }

    /**
     * As {@link #execute}, and waits until it is done.
     *
     * @param command short: frames wait meanwhile
     */
    public void executeAndWait(final Runnable command) {
        final CountDownLatch done = new CountDownLatch(1);
        execute(() -> {
            try {
                command.run();
            } finally {
                done.countDown();
            }
        });
        try {
            while (!done.await(10, TimeUnit.MILLISECONDS)) {
                if (!thread.isAlive()) {
                    throw new IllegalStateException("the worker has ended", failure);
                }
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends its waiting, if it waits; supervisor. */
    public void wake() {
        if (isParked) {
            supervisorLibc.write(wakeFd, wakeSignal.addressOffset(), Long.BYTES);
        }
    }

    /** @return what ended it, null while it works or when it was stopped */
    public Throwable failure() {
        return failure;
    }

    /** @return nanoseconds spent in duty cycles that had frames, since the start; any thread */
    public long busyNs() {
        return busyNs.getAcquire();
    }

    /** @return duty cycles that had frames, since the start; any thread */
    public long cycles() {
        return cycles.getAcquire();
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
            long nowNs = System.nanoTime();
            lastWorkNs = nowNs;
            lastSweepNs = nowNs;
            while (!isStopping) {
                final int workCount = worker.doWork(nowNs);
                final boolean isCommanded = hasCommands;
                if (isCommanded) {
                    runCommands();
                }
                final long endNs = System.nanoTime();
                if (workCount > 0) {
                    busyNs.setRelease(busyNs.getPlain() + endNs - nowNs);
                    cycles.setRelease(cycles.getPlain() + 1);
                    lastWorkNs = endNs;
                } else if (!isCommanded) {
                    idle(endNs);
                }
                if (endNs - lastAlarmNs >= ALARM_NS) {
                    lastAlarmNs = endNs;
                    alarms.check(endNs, lines);
                }
                nowNs = workCount > 0 ? endNs : System.nanoTime();
            }
        } catch (final Throwable e) {
            failure = e;
        }
    }

    private void runCommands() {
        hasCommands = false;
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
        descriptorCount = 0; // ports may have come or gone: the next duty cycle takes them up
    }

    private void listDescriptors() {
        int count = 1;
        if (descriptors.capacity() < (worker.portCount() + 1) * POLLFD_LENGTH) {
            descriptors = descriptors((worker.portCount() + 1) * 2);
        }
        put(0, wakeFd);
        for (int i = 0; i < worker.portCount(); i++) {
            final PacketPort port = worker.portAt(i);
            if (port.fd() >= 0) {
                put(count++, port.fd());
            }
        }
        descriptorCount = count;
    }

    private void put(final int index, final int fd) {
        descriptors.putInt(index * POLLFD_LENGTH, fd);
        descriptors.putInt(index * POLLFD_LENGTH + POLLFD_EVENTS, POLLIN);
    }

    private void idle(final long nowNs) {
        if (nowNs - lastSweepNs >= TICK_NS) {
            lastSweepNs = nowNs;
            worker.sweep(nowNs, SWEEP_LIMIT);
        }
        if (nowNs - lastWorkNs < idle.spinNs() || worker.export().isFilling()) {
            Thread.onSpinWait();
            return;
        }
        final long untilNs = Math.min(lastSweepNs + TICK_NS, worker.nextDeadlineNs());
        final int timeoutMs = (int) Math.max(0, Math.min(TICK_NS, untilNs - nowNs + 999_999) / 1_000_000);
        isParked = true;
        if (!hasCommands && !isStopping) {
            if (descriptorCount == 0) {
                listDescriptors();
            }
            libc.poll(descriptors.addressOffset(), descriptorCount, timeoutMs);
            libc.read(wakeFd, wakeCount.addressOffset(), Long.BYTES);
        }
        isParked = false;
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
        supervisorLibc.close(wakeFd);
    }
}
