package org.dvr.dataplane.worker;

import java.util.ArrayList;
import java.util.List;
import org.dvr.dataplane.flow.FlowCache;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Burst;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.shortcut.ShortcutTable;
import org.dvr.dataplane.parse.TunnelTrain;
import org.dvr.dataplane.pipeline.Pipeline;
import org.dvr.dataplane.pipeline.Surroundings;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologyChange;
import org.dvr.dataplane.topology.TopologyPublication;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayCell;
import org.dvr.dataplane.topology.UnderlayView;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.fragment.FragmentTable;
import org.dvr.nat.policy.PortShortages;

/**
 * One worker: receives a burst from each of its ports, has it processed, and does what is due. Whoever drives it gives it the time: a thread
 * with a clock, a replay with the time of its captures, a benchmark with none.
 */
public final class Worker {
    private static final int EXPIRY_LIMIT = 16;
    private static final int EXPORT_BLOCK = 4_096;

    /** How often a view of the underlay that does not change is taken up again: well within the time a neighbor is believed. */
    private static final long UNDERLAY_INTERVAL_NS = 60_000_000_000L;

    private final TopologyCell topologies;
    private final FramePool pool;
    private final Burst burst;
    private long burstNumber;
    private final Pipeline pipeline;
    private TopologyPublication publication;
    private TopologySnapshot topology;
    private UnderlayCell underlayCell = new UnderlayCell();
    private long underlayVersion;
    private long underlayNs;
    // The attachment points that have a port, and their ports, side by side: most polls find nothing and should touch
    // nothing else.
    private Attachment[] attachments = new Attachment[0];
    private PacketPort[] ports = new PacketPort[0];
    private int[] origins = new int[0];
    private boolean hasOtherPorts;
    private int portsVersion;
    private final boolean announcesAtStart;
    private final WorkerInbox inbox = new WorkerInbox();
    private final TunnelTrain train = new TunnelTrain();
    private final ConnectionExport export = new ConnectionExport(EXPORT_BLOCK);
    private final WorkerGroup group; // null where it is alone, as the next two
    private final Desk desk;
    private Steering steering;

    /**
     * @param config sizes and choices
     * @param topologies where snapshots are published
     */
    public Worker(final WorkerConfig config, final TopologyCell topologies) {
        this(config, topologies, Surroundings.alone(config.pipeline()), null, null);
    }

    /** One of several; group and desk are null where it is alone. */
    Worker(
            final WorkerConfig config,
            final TopologyCell topologies,
            final Surroundings surroundings,
            final WorkerGroup group,
            final Desk desk) {
        this.topologies = topologies;
        this.group = group;
        this.desk = desk;
        pool = new FramePool(config.frameCount(), config.frameCapacity());
        burst = new Burst(config.burstCapacity());
        pipeline = new Pipeline(config.pipeline(), pool, surroundings, desk == null ? null : this::handsOn);
        announcesAtStart = config.announcesAtStart();
        if (desk != null) {
            desk.worker(this);
        }
    }

    /**
     * Gives an attachment point its port; not on the packet path.
     *
     * @param attachmentId stable id of the attachment point
     * @param port its device, null when it is gone
     */
    public void port(final int attachmentId, final PacketPort port) {
        pipeline.outlets().set(attachmentId, port);
        hasOtherPorts = true;
    }

    /**
     * Says where the way to tunnel peers is published; at launch. Without it all of them are asked for by ARP.
     *
     * @param cell read once per duty cycle
     */
    public void underlay(final UnderlayCell cell) {
        underlayCell = cell;
    }

    /**
     * Lets the kernel forward known flows by itself; at launch.
     *
     * @param table what it is told
     */
    public void shortcuts(final ShortcutTable table) {
        pipeline.shortcuts(table);
    }

    /**
     * One duty cycle: topology, at most a burst from each port, timers.
     *
     * @param nowNs current time, never less than before
     * @return frames processed, and 1 while something that was asked for is going on
     */
    public int doWork(final long nowNs) {
        acquire(nowNs);
        int workCount = desk == null ? 0 : desk.take(nowNs);
        final PacketPort[] ports = this.ports;
        for (int i = 0; i < ports.length; i++) {
            workCount += receive(ports[i], i, nowNs);
        }
        if (burst.size() > 0) {
            process(nowNs);
        }
        pipeline.timers(nowNs, EXPIRY_LIMIT);
        pipeline.outlets().flush();
        if (desk != null) {
            desk.wakeOthers();
        }
        export.work(pipeline.connections(), nowNs);
        return workCount + inbox.work(this, nowNs);
    }

    /**
     * Takes up the topology in force and the way to tunnel peers, if they are others.
     *
     * @param nowNs current time
     */
    @SuppressWarnings("ReferenceEquality") // each is published once
    public void acquire(final long nowNs) {
        final TopologyPublication published = topologies.publication();
        final boolean isPublished = publication == null || published.number() != publication.number();
        final boolean isOther = isPublished && take(published, nowNs);
        if (hasOtherPorts) {
            hasOtherPorts = false;
            listPorts();
        }
        final UnderlayView view = underlayCell.acquire();
        if (view.version() != underlayVersion || isOther || nowNs - underlayNs >= UNDERLAY_INTERVAL_NS) {
            underlayVersion = view.version();
            underlayNs = nowNs;
            pipeline.underlay(view, nowNs);
        }
    }

    /** Takes up another topology; true where tunnel peers are others. */
    private boolean take(final TopologyPublication published, final long nowNs) {
        final TopologyPublication before = publication;
        publication = published;
        topology = published.snapshot();
        steering = group == null ? null : group.prepare(topology);
        if (before == null) {
            hasOtherPorts = true;
            pipeline.start(topology, nowNs, announcesAtStart);
            return true;
        }
        final List<TopologyChange> changes = published.changesSince(before);
        pipeline.topology(topology, changes, nowNs);
        boolean hasOtherPeers = false;
        for (final TopologyChange change : changes) {
            hasOtherPorts |= change.hasOtherAttachments();
            hasOtherPeers |= change.hasOtherPeers();
        }
        if (!hasOtherPorts) {
            for (int i = 0; i < attachments.length; i++) {
                attachments[i] = topology.attachmentById(attachments[i].id());
            }
        }
        return hasOtherPeers;
    }

    private void listPorts() {
        portsVersion++;
        pipeline.endShortcuts();
        final List<Attachment> plugged = new ArrayList<>(topology.attachments().size());
        for (final Attachment attachment : topology.attachments()) {
            if (pipeline.outlets().get(attachment.id()) != null) {
                plugged.add(attachment);
            }
        }
        attachments = plugged.toArray(Attachment[]::new);
        ports = new PacketPort[attachments.length];
        origins = new int[attachments.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = pipeline.outlets().get(attachments[i].id());
            origins[i] = Arrival.origin(attachments[i].id(), attachments[i].kind());
        }
    }

    private void process(final long nowNs) {
        pipeline.process(burst, nowNs);
        burstNumber++;
    }

    /** Takes at most a burst from a port. What few frames each of many ports has are processed together, so that their cache misses overlap. */
    private int receive(final PacketPort port, final int index, final long nowNs) {
        final int origin = origins[index];
        int count = 0;
        int frames = 0;
        long bytes = 0;
        while (count < burst.capacity()
                && pool.available() > 0) { // what is held comes back by itself; the device keeps what waits
            final Arrival arrival = burst.next();
            final int length = port.view(arrival, burstNumber);
            if (length >= 0) {
                count++;
                pool.reserve();
                arrival.came(origin);
                frames++;
                bytes += length;
                add(nowNs);
                continue;
            }
            final int copied = length == PacketPort.NOTHING ? 0 : receiveCopy(port, attachments[index], nowNs);
            if (copied == 0) {
                break;
            }
            count += copied;
        }
        if (frames != 0) {
            pipeline.counters().received(Arrival.attachmentId(origin), frames, bytes);
        }
        return count;
    }

    /** Takes the next frame that a port cannot show. */
    private int receiveCopy(final PacketPort port, final Attachment attachment, final long nowNs) {
        final Frame frame = pool.take();
        final int length = port.receive(frame.buffer(), frame.start(), frame.capacity(), frame.offload);
        if (length == PacketPort.NOTHING) {
            pool.give(frame);
            return 0;
        }
        frame.received(attachment, length);
        if (frame.offload.isLargeSegment() && isTrain(frame)) {
            return cut(frame, nowNs);
        }
        addReceived(frame, nowNs);
        return 1;
    }

    private void addReceived(final Frame frame, final long nowNs) {
        burst.next().is(frame);
        pipeline.counters().received(frame.ingress().id(), frame.length());
        add(nowNs);
    }

    /** What the burst's next place was filled with is this worker's. */
    private void add(final long nowNs) {
        burst.add();
        if (burst.isFull()) {
            process(nowNs);
        }
    }

    /** Whoever received a frame hands it to the worker whose it is, and counts it only where that fails. */
    private boolean handsOn(final Arrival arrival) {
        if (arrival.isCut()) {
            return false; // only its beginning is here: dropped when it is parsed
        }
        final int owner = steering.owner(arrival);
        if (owner == desk.index()) {
            return false;
        }
        final Frame frame = arrival.settle(pool, topology);
        if (desk.hand(frame, owner)) {
            pipeline.counters().received(arrival.ingressId(), -1, -arrival.length());
            pool.give(frame);
        } else {
            pipeline.handoverFailed(frame);
        }
        return true;
    }

    /**
     * Takes a frame that is this worker's into its burst.
     *
     * @param frame of its pool
     * @param nowNs current time
     */
    void handed(final Frame frame, final long nowNs) {
        burst.next().is(frame);
        burst.next().foundOurs();
        pipeline.counters().received(frame.ingress().id(), frame.length());
        add(nowNs);
    }

    /** @return how many frames may be handed over now */
    int roomForFrames() {
        return Math.min(2 * burst.capacity(), pool.available());
    }

    /** @return a frame of its pool, for one that is handed over */
    Frame takeFrame() {
        return pool.take();
    }

    /** @return an attachment point of the topology that it has taken up, null where there is none with that id */
    Attachment attachment(final int id) {
        return topology.attachmentById(id);
    }

    /** @return true when another worker has handed something over; the thread that drives it */
    public boolean hasMail() {
        return desk != null && desk.hasMail();
    }

    /** Does what others have handed over, and what that makes due, and nothing else. */
    int takeMail(final long nowNs) {
        final int workCount = desk.take(nowNs);
        if (burst.size() > 0) {
            process(nowNs);
        }
        pipeline.timers(nowNs, 0);
        pipeline.outlets().flush();
        desk.wakeOthers();
        return workCount;
    }

    /**
     * Says that its thread is about to sleep, or has slept.
     *
     * @param waits true before
     * @return false when something has been handed over meanwhile: it must not sleep then
     */
    public boolean waiting(final boolean waits) {
        return desk == null || desk.waiting(waits);
    }

    /** @return frames that it received and handed to others */
    public long handedOver() {
        return desk == null ? 0 : desk.handedOver();
    }

    /** @return the function that tells whose a frame is, null where it is alone */
    Steering steering() {
        return steering;
    }

    /** A train of tunnel packets that cannot be made one packet. */
    private boolean isTrain(final Frame frame) {
        return frame.ingress().kind() == AttachmentKind.UNDERLAY && train.start(frame) && !train.join();
    }

    /** Each packet of a train counts as received. */
    private int cut(final Frame frame, final long nowNs) {
        int count = 0;
        while (train.hasNext()) {
            Frame piece = pool.take();
            if (piece == null) {
                process(nowNs); // gives back what need not wait: at most half of all frames ever do
                piece = pool.take();
            }
            train.next(piece);
            addReceived(piece, nowNs);
            count++;
        }
        pool.give(frame);
        return count;
    }

    /**
     * Processes one frame now and tells its story; cold.
     *
     * @param attachment where it comes in
     * @param bytes the frame
     * @param nowNs current time
     * @return its story
     */
    public FrameTrace explain(final Attachment attachment, final byte[] bytes, final long nowNs) {
        return explain(attachment, bytes, new Offload(), nowNs);
    }

    /**
     * As {@link #explain(Attachment, byte[], long)}, for a frame to which its sender has left something to be done.
     *
     * @param attachment where it comes in
     * @param bytes the frame
     * @param offload what is left to be done, its place counted from the first byte
     * @param nowNs current time
     * @return its story
     */
    public FrameTrace explain(
            final Attachment attachment, final byte[] bytes, final Offload offload, final long nowNs) {
        acquire(nowNs);
        final Frame frame = pool.take();
        frame.offload.takeFrom(offload, frame.start());
        frame.buffer().putBytes(frame.start(), bytes, 0, Math.min(bytes.length, frame.capacity()));
        frame.received(attachment, bytes.length);
        final FrameTrace trace = new FrameTrace(frame);
        frame.trace(trace);
        handed(frame, nowNs);
        process(nowNs);
        pipeline.timers(nowNs, 0);
        pipeline.outlets().flush();
        return trace;
    }

    /**
     * Does what is due without receiving.
     *
     * @param nowNs current time
     */
    public void timers(final long nowNs) {
        acquire(nowNs);
        if (desk != null) {
            takeMail(nowNs);
        }
        pipeline.timers(nowNs, EXPIRY_LIMIT);
        pipeline.outlets().flush();
        if (desk != null) {
            desk.wakeOthers();
        }
    }

    /**
     * Looks for expired connections while nothing arrives, so that they go as soon as they would under load.
     *
     * @param nowNs current time
     * @param limit entries to look at
     */
    public void sweep(final long nowNs, final int limit) {
        pipeline.sweep(nowNs, limit);
    }

    /** @return a number that changes when {@link #portAt} answers otherwise; the worker's thread */
    public int portsVersion() {
        return portsVersion;
    }

    /** @return how many attachment points have a port; the worker's thread */
    public int portCount() {
        return ports.length;
    }

    /**
     * @param index 0 to {@link #portCount()} - 1
     * @return a port, in no order that means anything; the worker's thread
     */
    public PacketPort portAt(final int index) {
        return ports[index];
    }

    /** @return when something is to be sent without a frame arriving, {@link Long#MAX_VALUE} when never */
    public long nextDeadlineNs() {
        return pipeline.nextDeadlineNs();
    }

    public WorkerCounters counters() {
        return pipeline.counters();
    }

    /** @return connections of this worker */
    public ConntrackTable connections() {
        return pipeline.connections();
    }

    /** @return remembered verdicts of this worker */
    public FlowCache flows() {
        return pipeline.flows();
    }

    /** @return external addresses that had no source port free lately */
    public PortShortages portShortages() {
        return pipeline.portShortages();
    }

    /** @return packets in fragments that this worker knows */
    public FragmentTable fragments() {
        return pipeline.fragments();
    }

    /** @return where the supervisor asks for the connections of this worker while it works */
    public ConnectionExport export() {
        return export;
    }

    /** @return where other threads ask this worker for something */
    public WorkerInbox inbox() {
        return inbox;
    }

    /** @return true while a live trace or a capture is armed; as the calling thread sees it */
    public boolean isWatched() {
        return pipeline.watch().isOn();
    }

    Pipeline pipeline() {
        return pipeline;
    }

    /** @return frames that wait for a neighbor */
    public int held() {
        return pipeline.held();
    }
}
