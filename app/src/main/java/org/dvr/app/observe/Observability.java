package org.dvr.app.observe;

import java.io.IOException;
import java.nio.file.Files;

/**
 * Everything by which a running forwarder can be looked into, from start to close. It has threads of its own, all of them daemons; none of them is ever
 * waited for by a worker or by the supervisor.
 */
public final class Observability implements AutoCloseable {
    /** How often counters are copied. */
    static final long PERIOD_MS = 100;

    private static final long CLIENT_PATIENCE_MS = 10_000;
    private static final long JOIN_MS = 2_000;

    private final RunDir dir;
    private final ForwarderView view;
    private final Sampler sampler;
    private final CounterFile counters;
    private final AdminServer server;
    private final Metrics metrics;
    private final LiveFrames frames;
    private final Thread thread;
    private volatile boolean isClosed;

    private Observability(final RunDir dir, final ForwarderView view, final String metricsAddress) {
        this.dir = dir;
        this.view = view;
        sampler = new Sampler(view);
        frames = new LiveFrames(view);
        counters = new CounterFile(dir.counters(), view);
        try {
            metrics = metricsAddress.isEmpty() ? null : new Metrics(view, sampler, Metrics.address(metricsAddress));
        } catch (final RuntimeException e) {
            counters.close();
            throw e;
        }
        try {
            server = new AdminServer(dir.socket(), this::answer, CLIENT_PATIENCE_MS);
        } catch (final RuntimeException e) {
            counters.close();
            if (metrics != null) {
                metrics.close();
            }
            throw e;
        }
        thread = Thread.ofPlatform().daemon().name("dvr-counters").start(this::run);
    }

    /**
     * Starts.
     *
     * @param dir a folder that is this process's own, which only its user can enter
     * @param view what is looked into; its workers run or will run soon
     * @param metricsAddress {@code HOST:PORT} of the Prometheus endpoint, empty = none
     * @return to be closed before the workers end
     * @throws ObserveException in one line, when a file, the socket or the endpoint cannot be made
     */
    public static Observability start(final RunDir dir, final ForwarderView view, final String metricsAddress) {
        return new Observability(dir, view, metricsAddress);
    }

    /** {@return the port of the Prometheus endpoint, -1 without one} */
    public int metricsPort() {
        return metrics == null ? -1 : metrics.port();
    }

    private void run() {
        while (!isClosed) {
            final long nowMs = System.currentTimeMillis();
            sampler.sample(System.nanoTime());
            counters.write(sampler.topology(), sampler.last(), nowMs);
            try {
                Thread.sleep(PERIOD_MS);
            } catch (final InterruptedException e) {
                break; // closed
            }
        }
        sampler.sample(System.nanoTime());
        counters.write(sampler.topology(), sampler.last(), System.currentTimeMillis());
    }

    private void answer(final AdminRequest request, final AdminServer.Answer answer)
            throws IOException, InterruptedException {
        switch (request) {
            case AdminRequest.Show show -> answer.line(Shows.show(view, show.what()));
            case AdminRequest.Trace trace -> frames.trace(trace, answer);
            case AdminRequest.Capture capture -> frames.capture(capture, answer);
        }
    }

    /** Ends all of it: clients are cut off, socket and counters file are removed. */
    @Override
    public void close() {
        isClosed = true;
        server.close();
        if (metrics != null) {
            metrics.close();
        }
        thread.interrupt();
        try {
            thread.join(JOIN_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            counters.close(); // else it may still write to the memory
        }
        try {
            Files.deleteIfExists(dir.socket());
            Files.deleteIfExists(dir.counters());
        } catch (final IOException e) {
            throw new ObserveException("dvr: " + dir + ": cannot be cleaned up (" + e.getMessage() + ")", e);
        }
    }
}
