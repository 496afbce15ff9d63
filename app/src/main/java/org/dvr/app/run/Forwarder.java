package org.dvr.app.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.dvr.app.observe.Observability;
import org.dvr.app.observe.RunDir;
import org.dvr.app.run.LiveTopology.Outcome;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.io.netlink.Link;
import org.dvr.dataplane.io.netlink.UnderlayCheck;
import org.dvr.dataplane.io.shortcut.ShortcutMaps;
import org.dvr.dataplane.io.sys.Affinity;
import org.dvr.dataplane.io.sys.Capabilities;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.WorkerGroup;
import org.dvr.pcaps.replay.ReplayException;
import org.dvr.pcaps.state.ConnectionStore;

/**
 * A host that forwards: loads what should be, opens the devices, starts the workers, and from then on supervises: takes up what changes in files and
 * devices, writes the state file, until it is told to stop.
 *
 * <p>Owned by the thread that calls {@link #run}; {@link #stop} and {@link #reload} may be called by any.
 */
public final class Forwarder {
    private static final long TICK_MS = 100;
    /** While nothing changes the supervisor looks around twice a second: what it asks of the kernel is more than the forwarder does when idle. */
    private static final int QUIET_TICKS = 5;
    /** After a change all of it is looked at each tick, for as long as neighbors take to be resolved. */
    private static final int EAGER_TICKS = 50;

    private final RunConfig config;
    private final Links links;
    private final Devices.Opener opener;
    private final Consumer<String> lines;
    private final LiveTopology topology;
    private final Semaphore wakeups = new Semaphore(0);
    private volatile boolean isStopping;
    private volatile boolean isReloadAsked;
    private long reloads;
    private long refusedReloads;

    private TopologyCell cell;
    private WorkerThreads workers;
    private Devices devices;
    private final Underlay underlayPaths;

    /**
     * A forwarder on the devices of this machine.
     *
     * @param config what to run
     * @param lines takes one line at a time for the operator; called by several threads
     * @return ready to {@link #run}
     * @throws IOException when the kernel refuses to tell of its devices
     */
    public static Forwarder of(final RunConfig config, final Consumer<String> lines) throws IOException {
        final LiveTopology topology = new LiveTopology(config.topology(), config.settings(), config.host());
        final Links links = KernelLinks.open();
        return new Forwarder(config, topology, links, new DeviceOpener(config.io(), topology, links, lines), lines);
    }

    /**
     * A forwarder whose devices are somebody else's affair.
     *
     * @param config what to run
     * @param topology of its host, not loaded yet
     * @param links the devices there are
     * @param opener takes them into use
     * @param lines takes one line at a time for the operator
     */
    Forwarder(
            final RunConfig config,
            final LiveTopology topology,
            final Links links,
            final Devices.Opener opener,
            final Consumer<String> lines) {
        this.config = config;
        this.topology = topology;
        this.links = links;
        this.opener = opener;
        this.lines = lines;
        underlayPaths = new Underlay(lines);
    }

    /** Ends {@link #run}; any thread. */
    public void stop() {
        isStopping = true;
        wakeups.release();
    }

    /** Has the topology loaded anew, whether or not its files look changed; any thread. */
    public void reload() {
        isReloadAsked = true;
        wakeups.release();
    }

    /**
     * Forwards until {@link #stop} is called.
     *
     * @throws ReplayException when what is configured cannot be run: one line for each reason
     * @throws IOException when the folder of this run cannot be written
     */
    public void run() throws IOException {
        try (links;
                underlayPaths;
                RunFolder folder = RunFolder.open(config.runFolder(), config.host())) {
            checkCapabilities();
            checkWorkers();
            try (MetadataService metadata = metadata()) {
                forward(folder, metadata);
            }
        }
    }

    /** Null where guests are not served metadata. */
    private MetadataService metadata() throws IOException {
        links.refresh();
        final String agent = config.options().metadataAgent();
        return agent.isEmpty() ? null : MetadataService.create(agent, links, lines);
    }

    private void forward(final RunFolder folder, final MetadataService metadata) throws IOException {
        if (metadata != null) {
            topology.metadata(metadata.proxy());
        }
        final TopologySnapshot start = start();
        cell = new TopologyCell(start);
        final ConnectionStore store = new ConnectionStore(config.stateFile(), config.host());
        final WorkerGroup group = new WorkerGroup(
                config.options().replay().workers(), config.options().worker(), cell, /* isOneThread= */ false);
        group.underlay(underlayPaths.cell());
        lines.accept(store.load(start, group, System.nanoTime(), epochNs()).line());
        if (group.size() > 1) {
            opener.steer(group.prepare(start));
        }
        final ShortcutMaps shortcuts = config.options().shortcuts() ? opener.shortcuts(group.size()) : null;
        for (int i = 0; shortcuts != null && i < group.size(); i++) {
            group.worker(i).shortcuts(shortcuts.table(i));
        }
        workers = new WorkerThreads(group, config.options().idle(), this::pin, lines);
        devices = new Devices(links, opener, workers, lines);
        final RunningView view = new RunningView(config.host(), workers, cell, underlayPaths.cell());
        try (StateKeeper keeper = new StateKeeper(
                        store, workers, cell::acquire, config.options().stateSeconds(), lines);
                Observability observability = Observability.start(
                        RunDir.at(config.runFolder()), view, config.options().metrics())) {
            underlayPaths.follow(topology.deviceHost().underlayDevice(), start);
            devices.reconcile(start, topology.deviceHost());
            final List<String> unusable = devices.unusableWires();
            if (!unusable.isEmpty()) { // a mistake of the operator's; guests' devices may come later
                throw new ReplayException(
                        String.join("\n", unusable) + "\n(devices here: " + String.join(", ", links.names()) + ")");
            }
            if (metadata != null) {
                metadata.serve(cell);
            }
            workers.start(); // with all ports that there are: what comes in by one may leave by another
            keeper.start();
            view.ports(devices.statuses());
            folder.ready();
            lines.accept("ready: " + config.host() + " forwards, "
                    + start.attachments().size() + " attachment points" + missing());
            if (observability.metricsPort() > 0) {
                lines.accept("metrics at port " + observability.metricsPort());
            }
            checkUnderlay(start);
            supervise(view);
        } finally {
            workers.close();
            devices.close();
        }
        lines.accept(store.save(cell.acquire(), workers.group().connections(), System.nanoTime(), epochNs()));
        if (workers.failure() != null) {
            throw new IllegalStateException("the worker has ended", workers.failure());
        }
    }

    private TopologySnapshot start() {
        final Outcome outcome = topology.load();
        if (outcome.isRefused()) {
            throw new ReplayException(String.join("\n", outcome.lines()));
        }
        outcome.lines().forEach(lines);
        links.refresh();
        final Link underlay = underlay();
        if (underlay != null) {
            topology.underlay(underlay.name(), underlay.mac(), underlay.mtu());
        }
        return topology.snapshot();
    }

    /** The underlay device: the one that is named, else the one that has the tunnel address. */
    private Link underlay() {
        final IpAddress vtep = topology.snapshot().vtep();
        if (vtep == null) {
            return null;
        }
        final String named = topology.host().underlayDevice();
        final String name = named.isEmpty() ? links.holder(vtep.inetAddress()) : named;
        return name.isEmpty() ? null : links.find(name);
    }

    /** What the underlay device says of itself wins over the topology. */
    private void followUnderlay() {
        final Link underlay = underlay();
        if (underlay != null) {
            take(
                    topology.underlay(underlay.name(), underlay.mac(), underlay.mtu()),
                    underlay.name() + ": MTU " + underlay.mtu() + ", MAC " + MacAddress.toString(underlay.mac()));
        }
    }

    private String missing() {
        final int count = devices.missing().size();
        return count == 0
                ? ""
                : ", " + count + " without a device: "
                        + String.join(", ", devices.missing().keySet());
    }

    /** What is wrong with the underlay is said and no reason to stop: routes, addresses and peers may come later. */
    private void checkUnderlay(final TopologySnapshot start) throws IOException {
        final String device = topology.deviceHost().underlayDevice();
        if (start.vtep() == null || device.isEmpty()) {
            return;
        }
        UnderlayCheck.check(device, start, start.peers()).forEach(finding -> lines.accept(finding.text()));
        final Thread probe = new Thread(() -> probeForDuplicate(device, start), "dvr-probe");
        probe.setDaemon(true);
        probe.start(); // waits for answers: nothing else should
    }

    private void probeForDuplicate(final String device, final TopologySnapshot start) {
        try {
            UnderlayCheck.checkDuplicate(device, start).forEach(finding -> lines.accept(finding.text()));
        } catch (final IOException e) {
            lines.accept("cannot ask whether another host has our tunnel address: " + e.getMessage());
        }
    }

    /** All at once, before the first device says no. */
    private void checkCapabilities() throws IOException {
        final List<String> missing = Capabilities.ofThisProcess().missing(EnumSet.allOf(Capabilities.Capability.class));
        if (!missing.isEmpty()) {
            throw new ReplayException(String.join("\n", missing));
        }
    }

    private void checkWorkers() throws IOException {
        if (config.options().replay().workers() > 1 && config.io() != IoKind.AFPACKET) {
            throw new ReplayException("option workers: several workers share devices by --io afpacket only, not by "
                    + config.io().name().toLowerCase(Locale.ROOT));
        }
        for (final int core : config.options().cores()) {
            if (!Affinity.allowed().get(core)) {
                throw new ReplayException(
                        "option core: this process may not run on core " + core + ", only on " + Affinity.allowed());
            }
        }
    }

    private void pin(final int worker) {
        try {
            if (!config.options().cores().isEmpty()) {
                Affinity.pin(config.options().cores().get(worker));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void supervise(final RunningView view) throws IOException {
        int eager = EAGER_TICKS;
        for (int tick = 0; !isStopping && workers.failure() == null; tick++) {
            if (links.refresh() || isReloadAsked) {
                eager = EAGER_TICKS;
            }
            if (eager > 0 || tick % QUIET_TICKS == 0) {
                eager--;
                if (lookAround(view)) {
                    eager = EAGER_TICKS;
                }
            }
            try {
                if (wakeups.tryAcquire(TICK_MS, TimeUnit.MILLISECONDS)) {
                    wakeups.drainPermits();
                }
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Takes up what files, devices and routes have become; answers whether there was a topology to take up. */
    private boolean lookAround(final RunningView view) throws IOException {
        final boolean isReload = isReloadAsked || topology.hasSettledChange();
        if (isReload) {
            isReloadAsked = false;
            take(topology.load(), "topology");
        }
        followUnderlay();
        underlayPaths.follow(topology.deviceHost().underlayDevice(), cell.acquire());
        devices.reconcile(cell.acquire(), topology.deviceHost());
        view.ports(devices.statuses());
        return isReload;
    }

    private void take(final Outcome outcome, final String what) {
        if (outcome == null) {
            return;
        }
        outcome.lines().forEach(lines);
        if (outcome.isRefused()) {
            refusedReloads++;
            lines.accept(what + " refused, the one before stays in force (" + refusedReloads + " refused so far)");
            return;
        }
        reloads++;
        lines.accept(what + " taken up (" + reloads + " so far)");
        final WorkerGroup group = workers.group();
        final Steering steering = group.size() == 1 ? null : group.prepare(outcome.snapshot());
        cell.publish(outcome.snapshot());
        workers.wake();
        if (steering != null) {
            steer(steering); // until then workers hand on what comes to the wrong one
        }
    }

    /** What devices do not share out as they should, workers do. */
    private void steer(final Steering steering) {
        try {
            opener.steer(steering);
        } catch (final IOException e) {
            lines.accept("frames are shared out by workers as far as devices do not: " + e.getMessage());
        }
    }

    private static long epochNs() {
        return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    }
}
