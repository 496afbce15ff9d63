package org.dvr.app.run;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dvr.app.observe.ForwarderView;
import org.dvr.app.observe.PortStatus;
import org.dvr.app.observe.WorkerView;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayCell;
import org.dvr.dataplane.topology.UnderlayView;

/** The running forwarder for those who look into it: nothing but what is published to any thread. */
final class RunningView implements ForwarderView {
    private final String host;
    private final List<WorkerView> workers;
    private final TopologyCell topologies;
    private final UnderlayCell underlay;
    private final long startedEpochMs = System.currentTimeMillis();
    private final long epochOffsetNs = TimeUnit.MILLISECONDS.toNanos(startedEpochMs) - System.nanoTime();
    private volatile List<PortStatus> ports = List.of();

    RunningView(
            final String host,
            final WorkerThreads threads,
            final TopologyCell topologies,
            final UnderlayCell underlay) {
        this.host = host;
        this.topologies = topologies;
        this.underlay = underlay;
        workers = threads.threads().stream()
                .map(thread -> new WorkerView(thread.worker(), thread.dutyCycle(), thread.alarms()))
                .toList();
    }

    /** Takes up what the supervisor knows of devices. */
    void ports(final List<PortStatus> known) {
        ports = known;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public long startedEpochMs() {
        return startedEpochMs;
    }

    @Override
    public long epochNs(final long nowNs) {
        return nowNs + epochOffsetNs;
    }

    @Override
    public List<WorkerView> workers() {
        return workers;
    }

    @Override
    public TopologySnapshot topology() {
        return topologies.acquire();
    }

    @Override
    public List<PortStatus> ports() {
        return ports;
    }

    @Override
    public UnderlayView underlay() {
        return underlay.acquire();
    }
}
