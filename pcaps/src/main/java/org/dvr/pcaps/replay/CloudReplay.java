package org.dvr.pcaps.replay;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.dvr.codec.print.FramePrinter;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.dataplane.worker.WorkerGroup;
import org.dvr.pcaps.port.FrameBlock;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.port.ReplayPort;

/**
 * Several hosts under replay, each with a topology, a worker and counters of its own, wired to each other ({@link CloudTopology}). Captures
 * come in at guest points, and on a wire from whoever is not under replay.
 * <p>Virtual time is the only clock, as in {@link Replay}. Crossing a wire takes none: when a frame arrives, a timer fires or the topology
 * changes, what the hosts send on the wires arrives in a round of its own at the same time, and what they send on account of that in the next,
 * until nothing is in flight; then the clock moves on. In a round the hosts take turns in order of their names.
 */
public final class CloudReplay implements FrameExplainer {
    /** Rounds at one time at most. A packet that is routed in circles ends sooner: each round costs it a TTL. */
    private static final int ROUND_LIMIT = 1_000;

    /** Frames that arrive by wires at one time at most. */
    private static final int ARRIVAL_LIMIT = 250_000;

    private static final long SECOND = 1_000_000_000L;

    /** Frames of all hosts' pools together, as far as {@link #FRAMES_LEAST} allows. */
    private static final int FRAMES_IN_ALL = 16_384;

    private static final int FRAMES_LEAST = 512;

    /** One host: its worker, and its ports by the id of their attachment point. */
    private static final class Machine {
        private final HostTopology topology;
        private final TopologyCell cell;
        private final WorkerGroup workers;
        private final AlarmLines alarms;
        private final ReplayPort[][] ports; // by worker and attachment id
        private final List<ReplayPort> present = new ArrayList<>();
        /** Number of its first port among those of all hosts. */
        private final int firstPort;

        private boolean hasWork;
        private int receiver;

        private Machine(
                final HostTopology topology, final int workerCount, final WorkerConfig config, final int firstPort) {
            this.topology = topology;
            this.firstPort = firstPort;
            cell = new TopologyCell(topology.start());
            workers = new WorkerGroup(workerCount, config, cell, /* isOneThread= */ true);
            alarms = new AlarmLines(topology.host(), workers);
            int highest = -1;
            for (final Attachment attachment : topology.attachments()) {
                highest = Math.max(highest, attachment.id());
            }
            ports = new ReplayPort[workerCount][highest + 1];
        }

        private void add(final int id, final int worker, final ReplayPort port) {
            ports[worker][id] = port;
            present.add(port);
        }

        /** Whoever receives a frame hands it to the worker whose it is: they take turns, so that most are handed on. */
        private int nextReceiver() {
            receiver = receiver + 1 == ports.length ? 0 : receiver + 1;
            return receiver;
        }
    }

    private final CloudTopology topology;
    private final List<ReplayInput> inputs;
    private final int[] inputPorts;
    private final FrameSink sink;
    private final List<Machine> machines = new ArrayList<>();
    /** The machine of each port. */
    private final Machine[] owners;

    private final Map<String, Wire> wires = new TreeMap<>();
    /** Wires by number, which goes on where that of the ports ends. */
    private final Wire[] wiresByPort;

    private final InFlight inFlight = new InFlight();
    private int roundLimit = ROUND_LIMIT;
    private int arrivalLimit = ARRIVAL_LIMIT;
    private long settleNs;

    // Virtual time.
    private long startNs;
    private long nowNs;
    private int nextChange;

    // What is to be explained.
    private int targetPort = -1;
    private long targetNumber;
    private long targetSeen;
    private ExplainedFrame explained;

    private long undelivered;

    /**
     * The hosts before the first frame.
     *
     * @param topology of the hosts
     * @param options  choices in behavior, the same on all hosts
     * @param inputs   captures, at most one for each guest point {@code HOST/NAME} and each wire
     * @param sink     takes what is sent to guests and on wires
     * @throws ReplayException when there is no such point or wire
     */
    public CloudReplay(
            final CloudTopology topology,
            final ReplayOptions options,
            final List<ReplayInput> inputs,
            final FrameSink sink) {
        this.topology = topology;
        this.sink = sink;
        this.inputs = new ArrayList<>(inputs);
        this.inputs.sort(Comparator.comparing(ReplayInput::name));
        for (int i = 0; i < this.inputs.size(); i++) {
            final ReplayInput input = this.inputs.get(i);
            topology.checkCapture(input.name(), input.file().toString());
            if (i > 0 && input.name().equals(this.inputs.get(i - 1).name())) {
                throw new ReplayException(input.file() + ": a second capture for " + input.name()
                        + "; merge the two with mergecap and give one");
            }
        }
        final WorkerConfig config = config(options, topology.hosts().size());
        int portCount = 0;
        for (final HostTopology host : topology.hosts()) {
            final Machine machine = new Machine(host, options.workers(), config, portCount);
            machines.add(machine);
            portCount += machine.ports[0].length;
        }
        owners = new Machine[portCount];
        final List<String> wireNames = topology.wireNames();
        wiresByPort = new Wire[wireNames.size()];
        for (int i = 0; i < wiresByPort.length; i++) {
            wiresByPort[i] = new Wire(portCount + i, wireNames.get(i), sink, inFlight);
            wires.put(wireNames.get(i), wiresByPort[i]);
        }
        for (final Machine machine : machines) {
            build(machine);
            plug(machine, machine.topology.start());
        }
        inputPorts = new int[this.inputs.size()];
        for (int i = 0; i < inputPorts.length; i++) {
            inputPorts[i] = number(this.inputs.get(i).name());
        }
    }

    /** A pool of frames for each host, smaller where there are many, so that all of them fit in memory. */
    private static WorkerConfig config(final ReplayOptions options, final int hosts) {
        final WorkerConfig config = options.worker();
        final int frames = Math.max(FRAMES_LEAST, Math.min(config.frameCount(), FRAMES_IN_ALL / hosts));
        return new WorkerConfig(
                frames, config.frameCapacity(), config.burstCapacity(), config.announcesAtStart(), config.pipeline());
    }

    private void build(final Machine machine) {
        for (final Attachment attachment : machine.topology.attachments()) {
            final int port = machine.firstPort + attachment.id();
            owners[port] = machine;
            for (int worker = 0; worker < machine.workers.size(); worker++) {
                machine.add(
                        attachment.id(),
                        worker,
                        new ReplayPort(port, CloudTopology.name(machine.topology, attachment), outlet(attachment)));
            }
        }
    }

    private FrameSink outlet(final Attachment attachment) {
        if (!CloudTopology.isWired(attachment)) {
            return sink;
        }
        final Wire wire = wires.get(CloudTopology.wireName(attachment));
        return (port, name, buffer, offset, length, timeNs) -> wire.send(port, buffer, offset, length, timeNs);
    }

    /** Attachment points have a device, and wires a port, while the topology in force has them. */
    private void plug(final Machine machine, final TopologySnapshot snapshot) {
        for (final Attachment attachment : machine.topology.attachments()) {
            final int id = attachment.id();
            final boolean isThere = snapshot.attachmentById(id) != null;
            for (int i = 0; i < machine.workers.size(); i++) {
                machine.workers.worker(i).port(id, isThere ? machine.ports[i][id] : null);
            }
            if (!CloudTopology.isWired(attachment)) {
                continue;
            }
            final Wire wire = wires.get(CloudTopology.wireName(attachment));
            final int port = machine.firstPort + id;
            if (!isThere) {
                wire.unplug(port);
            } else {
                wire.plug(port);
                if (attachment.kind() == AttachmentKind.UNDERLAY) {
                    wire.know(snapshot.underlayMac(), port);
                }
            }
        }
    }

    /** The number of a guest point or wire that {@link CloudTopology#checkCapture} accepts. */
    private int number(final String name) {
        for (int i = 0; i < wiresByPort.length; i++) {
            if (wiresByPort[i].name().equals(name)) {
                return owners.length + i;
            }
        }
        return portNumber(name, name);
    }

    /** The number of any attachment point HOST/NAME. */
    private int portNumber(final String name, final String where) {
        final HostTopology host = topology.host(name, where);
        final int id = host.attachmentId(name.substring(name.indexOf('/') + 1), where);
        for (final Machine machine : machines) {
            if (machine.topology == host) {
                return machine.firstPort + id;
            }
        }
        throw new IllegalStateException("host without a machine, host=" + host.host());
    }

    /**
     * Lets the clock run on after the last frame.
     *
     * @param ns for how long
     */
    public void settle(final long ns) {
        settleNs = ns;
    }

    /**
     * Tells when a host begins to run short of connections, source ports or room for fragments, and when that is over.
     *
     * @param lines takes a line at a time, with the name of the host
     */
    public void alarms(final Consumer<String> lines) {
        for (final Machine machine : machines) {
            machine.alarms.to(lines);
        }
    }

    /** Sets how much may happen at one time before the replay gives up. */
    void limit(final int rounds, final int arrivals) {
        roundLimit = rounds;
        arrivalLimit = arrivals;
    }

    /**
     * Plays the captures once, from the disk.
     *
     * @throws ReplayException when frames go round without end
     */
    public void run() {
        try (inFlight;
                CaptureMerger merger = new CaptureMerger(inputs, inputPorts);
                FrameBlock block = new FrameBlock()) {
            start(merger.nextTimeNs());
            while (explained == null && merger.read(block)) {
                for (int at = 0; at < block.end() && explained == null; at = block.next(at)) {
                    play(block, at);
                }
            }
            if (explained == null) {
                finish();
            }
        }
    }

    private void start(final long firstNs) {
        startNs = firstNs == Long.MAX_VALUE ? 0 : firstNs;
        nowNs = startNs;
        for (final Machine machine : machines) {
            machine.workers.acquire(startNs);
            machine.alarms.start(startNs);
        }
        deliver();
    }

    private void finish() {
        long endNs = nowNs + settleNs;
        final List<HostTopology.Change> changes = changes();
        if (nextChange < changes.size()) {
            endNs = Math.max(endNs, startNs + changes.getLast().atNs());
        }
        advance(endNs);
        nowNs = endNs;
        for (final Machine machine : machines) {
            machine.workers.timers(endNs);
        }
        deliver();
        for (final Machine machine : machines) {
            machine.workers.expireAll(endNs);
            machine.alarms.check(endNs);
        }
    }

    /** When the topology changes, which it does on all hosts at once. */
    private List<HostTopology.Change> changes() {
        return topology.hosts().getFirst().changes();
    }

    /** Does everything that is due until a time, that time included. */
    private void advance(final long untilNs) {
        while (explained == null) {
            long deadlineNs = Long.MAX_VALUE;
            for (final Machine machine : machines) {
                deadlineNs = Math.min(deadlineNs, machine.workers.nextDeadlineNs());
            }
            final long changeNs = nextChange < changes().size()
                    ? startNs + changes().get(nextChange).atNs()
                    : Long.MAX_VALUE;
            if (Math.min(deadlineNs, changeNs) > untilNs) {
                return;
            }
            nowNs = Math.max(nowNs, Math.min(deadlineNs, changeNs));
            if (deadlineNs > changeNs) {
                for (final Machine machine : machines) {
                    final TopologySnapshot next =
                            machine.topology.changes().get(nextChange).snapshot();
                    machine.cell.publish(next);
                    plug(machine, next);
                }
                nextChange++;
            }
            for (final Machine machine : machines) {
                machine.workers.timers(nowNs);
                machine.alarms.check(nowNs);
            }
            deliver();
        }
    }

    private void play(final FrameBlock block, final int frame) {
        final long timeNs = Math.max(nowNs, block.timeNs(frame));
        advance(timeNs);
        nowNs = timeNs;
        if (explained != null) {
            return;
        }
        final int port = block.port(frame);
        if (port >= owners.length) {
            wiresByPort[port - owners.length].send(
                    Wire.OUTSIDE, block.buffer(), block.dataOffset(frame), block.length(frame), nowNs);
        } else {
            arrive(block, frame);
            work();
        }
        deliver();
    }

    /** Rounds until nothing is in flight. */
    private void deliver() {
        int rounds = 0;
        int arrivals = 0;
        while (inFlight.count() > 0 && explained == null) {
            arrivals += inFlight.count();
            if (++rounds > roundLimit || arrivals > arrivalLimit) {
                throw endless(rounds);
            }
            for (final FrameBlock block : inFlight.nextRound()) {
                for (int at = 0; at < block.end() && explained == null; at = block.next(at)) {
                    arrive(block, at);
                }
                work();
            }
        }
    }

    private ReplayException endless(final int rounds) {
        final FrameBlock block = inFlight.nextRound().getFirst();
        final long sinceNs = nowNs - startNs;
        return new ReplayException("frames cross the wires without end: at "
                + String.format("+%d.%09d s ", sinceNs / SECOND, sinceNs % SECOND)
                + (rounds > roundLimit
                        ? "hosts still send to each other after " + roundLimit + " rounds"
                        : "more than " + arrivalLimit + " frames arrive by wires")
                + "; the next goes to " + name(block.port(0)) + ": "
                + FramePrinter.toString(SentFrame.copy(block.buffer(), block.dataOffset(0), block.length(0))));
    }

    private String name(final int port) {
        return owners[port].ports[0][port - owners[port].firstPort].name();
    }

    private void arrive(final FrameBlock block, final int frame) {
        final int port = block.port(frame);
        final Machine machine = owners[port];
        if (port == targetPort && ++targetSeen == targetNumber) {
            work(); // what arrived before it
            explained = explain(
                    machine,
                    port,
                    targetNumber,
                    SentFrame.copy(block.buffer(), block.dataOffset(frame), block.length(frame)));
            return;
        }
        machine.ports[machine.nextReceiver()][port - machine.firstPort].offer(block, frame);
        machine.hasWork = true;
        if (machine.workers.size() > 1) {
            work(machine); // several would change the order of what arrives together
        }
    }

    /** The hosts that frames have arrived at take their turns. */
    private void work() {
        for (final Machine machine : machines) {
            if (!machine.hasWork) {
                continue;
            }
            work(machine);
        }
    }

    private void work(final Machine machine) {
        machine.hasWork = false;
        while (machine.workers.doWork(nowNs) > 0) {
            // until nothing waits
        }
        machine.alarms.check(nowNs);
        for (final ReplayPort port : machine.present) {
            undelivered += port.discard();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @param name any attachment point {@code HOST/NAME}, wired ones included: then the frame is the one that arrives there as the
     *     {@code frameNumber}th by its wire
     */
    @Override
    public ExplainedFrame explain(final String name, final long frameNumber) {
        final String where = frameNumber + "@" + name;
        targetPort = portNumber(name, where);
        targetNumber = frameNumber;
        run();
        if (explained == null) {
            throw new ReplayException(where + ": "
                    + (targetSeen == 0 ? "no frame arrives there" : "the frames 1 to " + targetSeen + " arrive there"));
        }
        return explained;
    }

    @Override
    public ExplainedFrame explain(final String name, final byte[] bytes) {
        final int port = portNumber(name, "@" + name);
        settleNs = 0;
        run();
        return explain(owners[port], port, 0, bytes);
    }

    private ExplainedFrame explain(final Machine machine, final int port, final long frameNumber, final byte[] bytes) {
        final String name = name(port);
        final Attachment attachment = machine.cell.acquire().attachmentById(port - machine.firstPort);
        if (attachment == null) {
            throw new ReplayException("@" + name + ": the host does not have this attachment point at that time");
        }
        final List<SentFrame> sent = new ArrayList<>();
        for (final ReplayPort each : machine.present) {
            each.sink(SentFrame.recorder(sent));
        }
        return ExplainedFrame.of(
                machine.workers,
                machine.cell.acquire(),
                attachment,
                name,
                frameNumber,
                nowNs,
                nowNs - startNs,
                bytes,
                sent);
    }

    /** {@return virtual time at the start, nanoseconds since the epoch} */
    public long startNs() {
        return startNs;
    }

    /** {@return frames for attachment points that were not there when they arrived} */
    public long undelivered() {
        return undelivered;
    }

    /**
     * What conservation leaves over on each host.
     *
     * @return by name of the host, those alone where it is not 0
     */
    public Map<String, Long> imbalances() {
        final Map<String, Long> imbalances = new TreeMap<>();
        for (final Machine machine : machines) {
            final long imbalance = machine.workers.imbalance();
            if (imbalance != 0) {
                imbalances.put(machine.topology.host(), imbalance);
            }
        }
        return imbalances;
    }

    /** {@return the counters of each host as contract.md §4 writes them under {@code hosts}, and of each wire under {@code wires}} */
    public ObjectNode counters() {
        final ObjectNode root = JsonNodeFactory.instance.objectNode();
        final ObjectNode hosts = root.putObject("hosts");
        for (final Machine machine : machines) {
            hosts.set(
                    machine.topology.host(),
                    Counters.json(
                            machine.topology.host(),
                            machine.topology.attachments(),
                            machine.workers,
                            machine.alarms.alarms()));
        }
        final ObjectNode crossed = root.putObject("wires");
        wires.forEach((name, wire) ->
                crossed.putObject(name).put("frames", wire.frames()).put("bytes", wire.bytes()));
        return root;
    }
}
