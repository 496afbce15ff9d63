package org.dvr.pcaps.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerGroup;
import org.dvr.pcaps.port.FrameBlock;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.port.ReplayPort;
import org.dvr.pcaps.state.ConnectionStore;

/**
 * One host under replay. Virtual time is the only clock: it starts at the time of the first frame, timers fire between frames at
 * exactly the time they are due (before a frame of the same time), a topology change before a frame of the same time, and after the last frame
 * the clock runs on for the time to settle. Frames of one attachment point and one time form a burst; the result is that of one frame after
 * the other.
 * <p>A frame for an attachment point that the host does not have at that moment is not delivered, as no device is there to deliver it.
 * <p>With several workers each frame is received by the next one in turn and nothing else happens before it has found its end: they give what one gives.
 * <p>Captures are streamed: memory does not grow with them, except in {@link #loop}.
 */
public final class Replay implements FrameExplainer {
    /** Frames processed together at most. */
    public static final int BURST_LIMIT = 64;

    /** Bytes of frames that {@link #loop} holds in memory at most. */
    public static final long MEMORY_LIMIT = 2L << 30;

    private static final long PROGRESS_INTERVAL_NS = 2_000_000_000L;
    private static final long LONGEST_BURST_NS = 10_000_000_000L;

    private final HostTopology topology;
    private final List<ReplayInput> inputs;
    private final int[] inputPorts;
    private final FrameSink sink;
    private final TopologyCell cell;
    private final WorkerGroup workers;
    private final ReplayPort[][] ports; // by worker and attachment id
    private final AlarmLines alarms;
    private long settleNs;
    private Consumer<String> progress = line -> {};
    private ConnectionStore store;
    private Consumer<String> storeNotes = line -> {};

    // Virtual time.
    private long startNs;
    private long nowNs;
    private int nextChange;
    private int receiver;

    // What is to be explained.
    private int targetPort = -1;
    private long targetNumber;
    private long targetSeen;
    private ExplainedFrame explained;

    // What was measured.
    private final Histogram bursts = new Histogram(LONGEST_BURST_NS, 3);
    private long frames;
    private long undelivered;
    private long readNs;
    private long processNs;
    private long progressNs;

    /**
     * A host before the first frame.
     *
     * @param topology of the host
     * @param options  choices in behavior
     * @param inputs   captures, at most one for each attachment point
     * @param sink     takes what the host sends
     * @throws ReplayException when the host does not have an attachment point
     */
    public Replay(
            final HostTopology topology,
            final ReplayOptions options,
            final List<ReplayInput> inputs,
            final FrameSink sink) {
        this.topology = topology;
        this.inputs = new ArrayList<>(inputs);
        this.inputs.sort(Comparator.comparing(ReplayInput::name));
        this.sink = sink;
        inputPorts = new int[inputs.size()];
        for (int i = 0; i < inputPorts.length; i++) {
            final ReplayInput input = this.inputs.get(i);
            if (i > 0 && input.name().equals(this.inputs.get(i - 1).name())) {
                throw new ReplayException(input.file() + ": a second capture for " + input.name()
                        + "; merge the two with mergecap and give one");
            }
            inputPorts[i] = topology.attachmentId(input.name(), input.file().toString());
        }
        cell = new TopologyCell(topology.start());
        workers = new WorkerGroup(options.workers(), options.worker(), cell, /* isOneThread= */ true);
        alarms = new AlarmLines(topology.host(), workers);
        int highest = -1;
        for (final Attachment attachment : topology.attachments()) {
            highest = Math.max(highest, attachment.id());
        }
        ports = new ReplayPort[workers.size()][highest + 1];
        for (final Attachment attachment : topology.attachments()) {
            for (final ReplayPort[] each : ports) {
                each[attachment.id()] = new ReplayPort(attachment.id(), attachment.name(), sink);
            }
        }
        plug(topology.start());
    }

    /** Attachment points have a device while the topology in force has them: nothing leaves by one that is gone. */
    private void plug(final TopologySnapshot snapshot) {
        for (final Attachment attachment : topology.attachments()) {
            final int id = attachment.id();
            for (int i = 0; i < workers.size(); i++) {
                workers.worker(i).port(id, snapshot.attachmentById(id) == null ? null : ports[i][id]);
            }
        }
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
     * Tells how far long work has come, every two seconds.
     *
     * @param lines takes one line at a time
     */
    public void progress(final Consumer<String> lines) {
        progress = lines;
    }

    /**
     * Tells when the host begins to run short of connections, source ports or room for fragments, and when that is over.
     *
     * @param lines takes a line at a time, with the name of the host
     */
    public void alarms(final Consumer<String> lines) {
        alarms.to(lines);
    }

    /**
     * Goes on with the connections of an earlier replay, and leaves its own to the next one: they are read before the first frame and written at the end.
     * The time between the two is that between the captures.
     *
     * @param connections where they are kept
     * @param notes       takes a line when they are read and one when they are written
     */
    public void state(final ConnectionStore connections, final Consumer<String> notes) {
        store = connections;
        storeNotes = notes;
    }

    /** Plays the captures once, from the disk. */
    public void run() {
        try (CaptureMerger merger = new CaptureMerger(inputs, inputPorts);
                FrameBlock block = new FrameBlock()) {
            start(merger);
            while (read(merger, block)) {
                final long beginNs = System.nanoTime();
                play(block);
                processNs += System.nanoTime() - beginNs;
                tellProgress("replayed " + frames + " frames");
                if (explained != null) {
                    return;
                }
            }
        }
        finish();
    }

    @Override
    public ExplainedFrame explain(final String name, final long frameNumber) {
        final String where = frameNumber + "@" + name;
        targetPort = topology.attachmentId(name, where);
        targetNumber = frameNumber;
        if (inputs.stream().noneMatch(input -> input.name().equals(name))) {
            throw new ReplayException(where + ": there is no capture of " + name
                    + (inputs.isEmpty()
                            ? ""
                            : ", only of "
                                    + String.join(
                                            ", ",
                                            inputs.stream()
                                                    .map(ReplayInput::name)
                                                    .toList())));
        }
        run();
        if (explained == null) {
            throw new ReplayException(where + ": the capture of " + name + " has "
                    + (targetSeen == 0 ? "no frames" : "the frames 1 to " + targetSeen));
        }
        return explained;
    }

    @Override
    public ExplainedFrame explain(final String name, final byte[] bytes) {
        final int port = topology.attachmentId(name, "@" + name);
        settleNs = 0;
        run();
        return explain(port, 0, bytes);
    }

    private ExplainedFrame explain(final int port, final long frameNumber, final byte[] bytes) {
        final Attachment attachment = cell.acquire().attachmentById(port);
        if (attachment == null) {
            throw new ReplayException("@" + ports[0][port].name() + ": host " + topology.host()
                    + " does not have this attachment point at that time");
        }
        final List<SentFrame> sent = new ArrayList<>();
        setSink(SentFrame.recorder(sent));
        final ExplainedFrame explained = ExplainedFrame.of(
                workers,
                cell.acquire(),
                attachment,
                attachment.name(),
                frameNumber,
                nowNs,
                nowNs - startNs,
                bytes,
                sent);
        setSink(sink);
        return explained;
    }

    private void setSink(final FrameSink next) {
        for (final ReplayPort[] each : ports) {
            for (final ReplayPort port : each) {
                if (port != null) {
                    port.sink(next);
                }
            }
        }
    }

    /**
     * Plays the captures several times and measures. One pass is played from the disk as {@link #run} does and measured as it is. Of several,
     * the first is played from memory, frame by frame at its own time, and recorded; the others follow in bursts of
     * {@link #BURST_LIMIT}, are measured, and what they send is thrown away. Each pass begins a microsecond of virtual time after the
     * last. Within a burst the ports are served in order of their names, as devices are.
     *
     * @param passes 1 or more
     * @return what was measured
     * @throws ReplayException when the captures are longer than {@link #MEMORY_LIMIT} and passes is more than 1
     */
    public Measurement loop(final int passes) {
        if (passes == 1) {
            run();
            return new Measurement(1, frames, processNs, readNs, bursts, BURST_LIMIT, 0);
        }
        final List<FrameBlock> blocks = new ArrayList<>();
        try {
            try (CaptureMerger merger = new CaptureMerger(inputs, inputPorts)) {
                start(merger);
                for (FrameBlock block = new FrameBlock(); ; block = new FrameBlock()) {
                    blocks.add(block);
                    if (!read(merger, block)) {
                        break;
                    }
                    checkMemory(blocks.size());
                    tellProgress("read " + ((blocks.size() * (long) FrameBlock.CAPACITY) >> 20) + " MiB");
                }
            }
            return loop(passes, blocks);
        } finally {
            blocks.forEach(FrameBlock::close);
        }
    }

    private static void checkMemory(final int blocks) {
        if (blocks * (long) FrameBlock.CAPACITY > MEMORY_LIMIT) {
            throw new ReplayException("the captures are longer than the " + (MEMORY_LIMIT >> 20)
                    + " MiB that --loop holds in memory; cut them with editcap -c, or use --loop 1, which streams");
        }
    }

    private Measurement loop(final int passes, final List<FrameBlock> blocks) {
        for (final FrameBlock block : blocks) {
            play(block);
        }
        setSink(FrameSink.NONE);
        bursts.reset();
        final long first = frames;
        final long lengthNs = nowNs - startNs + 1_000;
        final long beginNs = System.nanoTime();
        for (int pass = 1; pass < passes; pass++) {
            for (final FrameBlock block : blocks) {
                playBursts(block, pass * lengthNs);
                tellProgress("pass " + (pass + 1) + " of " + passes + ", " + frames + " frames");
            }
        }
        final long elapsedNs = System.nanoTime() - beginNs;
        final long measured = frames - first;
        finish();
        final long memory = blocks.size() * (long) FrameBlock.CAPACITY;
        return new Measurement(passes - 1L, measured, elapsedNs, 0, bursts, BURST_LIMIT, memory);
    }

    private boolean read(final CaptureMerger merger, final FrameBlock block) {
        final long beginNs = System.nanoTime();
        final boolean hasFrames = merger.read(block);
        readNs += System.nanoTime() - beginNs;
        return hasFrames;
    }

    private void start(final CaptureMerger merger) {
        final long firstNs = merger.nextTimeNs();
        startNs = firstNs == Long.MAX_VALUE ? 0 : firstNs;
        nowNs = startNs;
        progressNs = System.nanoTime();
        workers.acquire(startNs);
        alarms.start(startNs);
        if (store != null) {
            storeNotes.accept(
                    store.load(cell.acquire(), workers, startNs, startNs).line());
        }
    }

    private void finish() {
        long endNs = nowNs + settleNs;
        if (nextChange < topology.changes().size()) {
            endNs = Math.max(endNs, startNs + topology.changes().getLast().atNs());
        }
        advance(endNs);
        nowNs = endNs;
        workers.timers(endNs);
        workers.expireAll(endNs);
        alarms.check(endNs);
        if (store != null) {
            storeNotes.accept(store.save(cell.acquire(), workers.connections(), endNs, endNs));
        }
    }

    /** Does everything that is due until a time, that time included. */
    private void advance(final long untilNs) {
        while (true) {
            final long deadlineNs = workers.nextDeadlineNs();
            final long changeNs = nextChange < topology.changes().size()
                    ? startNs + topology.changes().get(nextChange).atNs()
                    : Long.MAX_VALUE;
            if (Math.min(deadlineNs, changeNs) > untilNs) {
                return;
            }
            if (deadlineNs <= changeNs) {
                nowNs = Math.max(nowNs, deadlineNs);
            } else {
                nowNs = Math.max(nowNs, changeNs);
                final TopologySnapshot next =
                        topology.changes().get(nextChange++).snapshot();
                cell.publish(next);
                plug(next);
            }
            workers.timers(nowNs);
            alarms.check(nowNs);
        }
    }

    private void play(final FrameBlock block) {
        final int end = block.end();
        int at = 0;
        while (at < end) {
            final long timeNs = Math.max(nowNs, block.timeNs(at));
            advance(timeNs);
            nowNs = timeNs;
            final int port = block.port(at);
            if (port == targetPort && ++targetSeen == targetNumber) {
                explained = explain(
                        port, targetNumber, SentFrame.copy(block.buffer(), block.dataOffset(at), block.length(at)));
                return;
            }
            final ReplayPort receiver = ports[nextReceiver()][port];
            int count = 0;
            do {
                receiver.offer(block, at);
                at = block.next(at);
                count++;
            } while (targetPort < 0
                    && at < end
                    && count < burstLimit()
                    && block.port(at) == port
                    && block.timeNs(at) <= timeNs);
            work(timeNs);
            undelivered += receiver.discard();
            frames += count;
        }
    }

    /** Whoever receives a frame hands it to the worker whose it is: they take turns, so that most are handed on. */
    private int nextReceiver() {
        receiver = receiver + 1 == workers.size() ? 0 : receiver + 1;
        return receiver;
    }

    /** Several workers would change the order within a burst. */
    private int burstLimit() {
        return workers.size() == 1 ? BURST_LIMIT : 1;
    }

    private void playBursts(final FrameBlock block, final long shiftNs) {
        final int end = block.end();
        int at = 0;
        while (at < end) {
            long timeNs = nowNs;
            int count = 0;
            while (at < end && count < BURST_LIMIT) {
                ports[nextReceiver()][block.port(at)].offer(block, at);
                timeNs = Math.max(timeNs, block.timeNs(at) + shiftNs);
                at = block.next(at);
                count++;
            }
            advance(timeNs);
            nowNs = timeNs;
            work(timeNs);
            for (final ReplayPort[] each : ports) {
                for (final int port : inputPorts) {
                    undelivered += each[port].discard();
                }
            }
            frames += count;
        }
    }

    private void work(final long timeNs) {
        final long beginNs = System.nanoTime();
        workers.doWork(timeNs);
        bursts.recordValue(Math.min(LONGEST_BURST_NS, System.nanoTime() - beginNs));
        alarms.check(timeNs);
    }

    private void tellProgress(final String line) {
        final long wallNs = System.nanoTime();
        if (wallNs - progressNs >= PROGRESS_INTERVAL_NS) {
            progressNs = wallNs;
            progress.accept(line);
        }
    }

    /** {@return virtual time at the start, nanoseconds since the epoch} */
    public long startNs() {
        return startNs;
    }

    /** {@return virtual time now, nanoseconds since the epoch} */
    public long nowNs() {
        return nowNs;
    }

    /** {@return frames that were played} */
    public long frames() {
        return frames;
    }

    /** {@return frames for attachment points that were not there when they arrived} */
    public long undelivered() {
        return undelivered;
    }

    /**
     * What conservation leaves over.
     *
     * @return 0 when every frame found its end or waits
     */
    public long imbalance() {
        return workers.imbalance();
    }

    /**
     * How many frames ended for a reason.
     *
     * @param reason any
     * @return the count
     */
    public long drops(final DropReason reason) {
        long drops = 0;
        for (final Worker worker : workers.workers()) {
            drops += worker.counters().drops(reason);
        }
        return drops;
    }

    /** {@return the counters as contract.md §4 writes them} */
    public ObjectNode counters() {
        return Counters.json(topology.host(), topology.attachments(), workers, alarms.alarms());
    }
}
