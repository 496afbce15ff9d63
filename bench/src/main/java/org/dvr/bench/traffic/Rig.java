package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.flow.FlowCache;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;

/**
 * A worker, its ports, and traffic for it. {@link #burst()} is what is measured: {@value #BURST} frames appear at the ports, in random order over all
 * flows, and the worker does one duty cycle.
 */
public final class Rig {
    /** Frames of one invocation. */
    public static final int BURST = FrameRing.BURST;

    private static final int VERIFIED_BURSTS = 64;
    private static final int FRAME_COUNT = 1_024;
    private static final int FRAME_CAPACITY = 2_048;

    private final Traffic traffic;
    private final TopologyCell cell;
    private final Worker worker;
    private final MemoryPort.Slots slots;
    private final MemoryPort[] ports; // by attachment id
    private final long burstNs;
    private FrameRing ring;
    private int cursor;
    private long arrived; // keeps what was touched from being optimized away
    private long nowNs;

    /** Hears of every frame that a burst sent. */
    interface SentListener {
        /**
         * @param slot of the ring, the frame that caused it
         * @param port where it left
         * @param number of the frame at the port
         */
        void onSent(int slot, MemoryPort port, long number);
    }

    private Rig(final Traffic traffic, final int connectionCapacity, final int flowCapacity) {
        this.traffic = traffic;
        burstNs = traffic.burstNs();
        slots = new MemoryPort.Slots(traffic.slotLength());
        cell = new TopologyCell(traffic.topology());
        worker = worker(traffic, connectionCapacity, flowCapacity);
        final List<Attachment> attachments = traffic.topology().attachments();
        ports = new MemoryPort[attachments.size()]; // ids without gaps
        for (final Attachment attachment : attachments) {
            ports[attachment.id()] = new MemoryPort(slots);
            worker.port(attachment.id(), ports[attachment.id()]);
        }
    }

    /**
     * Builds everything and opens all connections.
     *
     * @param traffic what travels
     * @param asked how many flows of it, a power of two or a multiple of a burst; a traffic may need more
     * @return ready to be measured
     */
    public static Rig start(final Traffic traffic, final int asked) {
        final int flows = traffic.flows(asked);
        return start(traffic, flows, flowCapacity(flows));
    }

    /**
     * As {@link #start}, with no flow cache: every packet is decided by the stages, so that the size of their tables shows.
     *
     * @param traffic what travels
     * @param asked how many flows of it; a traffic may need more
     * @return ready to be measured
     */
    public static Rig startWithoutCache(final Traffic traffic, final int asked) {
        return start(traffic, traffic.flows(asked), 0);
    }

    /** As an operator is told: four for each connection. Both directions take one each. */
    static int flowCapacity(final int flows) {
        final long roomy = 4L * flows;
        return Math.clamp(
                Long.highestOneBit(2 * roomy - 1), PipelineConfig.DEFAULT.flowCapacity(), FlowCache.MAX_CAPACITY);
    }

    private static Rig start(final Traffic traffic, final int flows, final int flowCapacity) {
        final Rig rig = new Rig(traffic, traffic.connectionCapacity(flows), flowCapacity);
        for (final Traffic before : traffic.before()) {
            rig.load(new FrameRing(before, flows));
            if (before.isObserved()) {
                rig.observedRound(before);
            } else {
                rig.round();
            }
        }
        rig.load(new FrameRing(traffic, flows));
        rig.round(); // every page has been touched
        return rig;
    }

    /**
     * Verifies the next bursts against expected bytes and against a worker that takes one frame at a time and explains it; then the counters.
     *
     * @throws IllegalStateException when something is not as it should be
     */
    public void verify() {
        final OutputCheck check = check();
        for (int i = 0; i < VERIFIED_BURSTS; i++) {
            check.burst();
        }
        verifyCounters();
    }

    /** What the next bursts are verified by. */
    OutputCheck check() {
        // Roomy: the slow way opens what it verifies, and keeps it longer because it is answered.
        final int roomy =
                Math.max(traffic.connectionCapacity(ring.flows()), PipelineConfig.DEFAULT.connectionCapacity());
        return new OutputCheck(this, new Rig(traffic.afresh(), roomy, /* flowCapacity= */ 0));
    }

    private Worker worker(final Traffic traffic, final int connectionCapacity, final int flowCapacity) {
        final PipelineConfig pipeline = PipelineConfig.DEFAULT
                .withConnectionCapacity(connectionCapacity)
                .withFlowCapacity(flowCapacity)
                .withSeed(traffic.seed());
        return new Worker(new WorkerConfig(FRAME_COUNT, frameCapacity(traffic), BURST, false, pipeline), cell);
    }

    /** Longest frame on its way, headroom not included. */
    static int frameCapacity(final Traffic traffic) {
        return Math.max(FRAME_CAPACITY, traffic.slotLength());
    }

    private void load(final FrameRing next) {
        ring = next;
        cursor = 0;
        for (final MemoryPort port : ports) {
            port.source(next.buffer());
        }
    }

    private void round() {
        for (int i = 0; i < ring.size(); i += BURST) {
            burst();
        }
    }

    private void observedRound(final Traffic observer) {
        final UnsafeBuffer sent = new UnsafeBuffer(new byte[frameCapacity(traffic)]);
        for (int i = 0; i < ring.size(); i += BURST) {
            burst((slot, port, number) -> {
                port.copySent(number, sent);
                observer.observe(ring.flow(slot), ring.direction(slot), sent);
            });
        }
    }

    /**
     * As {@link #burst()}, and looks at what it sent: one frame for each.
     *
     * @throws IllegalStateException when it sent more or less
     */
    void burst(final SentListener listener) {
        final int first = cursor;
        final long[] next = new long[ports.length];
        for (int id = 0; id < ports.length; id++) {
            next[id] = ports[id].sentCount();
        }
        require(burst() == BURST, "not every frame was processed");
        // A worker asks its ports in this order, and each port keeps the order of arrival.
        for (final Attachment attachment : traffic.topology().attachments()) {
            for (int slot = first; slot < first + BURST; slot++) {
                if (FrameRing.ingress(ring.descriptor(slot)) == attachment.id()) {
                    final int egress = ring.traffic().egress(ring.flow(slot), ring.direction(slot));
                    require(next[egress] < ports[egress].sentCount(), "no frame left for flow " + ring.flow(slot));
                    listener.onSent(slot, ports[egress], next[egress]++);
                }
            }
        }
        for (int id = 0; id < ports.length; id++) {
            require(next[id] == ports[id].sentCount(), "frames too many at attachment " + id);
        }
    }

    /**
     * Has the next {@value #BURST} frames arrive, and processes them.
     *
     * @return frames processed, {@value #BURST}
     */
    public int burst() {
        final FrameRing ring = this.ring;
        final int first = cursor;
        arrived += ring.touch(first);
        for (int slot = first; slot < first + BURST; slot++) {
            final int descriptor = ring.descriptor(slot);
            ports[FrameRing.ingress(descriptor)].offer(ring.offset(slot), FrameRing.length(descriptor));
        }
        cursor = first + BURST == ring.size() ? 0 : first + BURST;
        nowNs += burstNs;
        return worker.doWork(nowNs);
    }

    /** @return packets that were decided by what is remembered of their flow, since the beginning */
    public long hits() {
        return worker.flows().hits();
    }

    /**
     * Has the next few frames arrive and does one duty cycle, at a time that the caller tells: what an open loop needs.
     *
     * @param count of frames, 0 to {@value #BURST}
     * @param elapsedNs since the last duty cycle
     * @return frames processed, {@code count}
     */
    public int work(final int count, final long elapsedNs) {
        final FrameRing ring = this.ring;
        int slot = cursor;
        for (int i = 0; i < count; i++) {
            final int descriptor = ring.descriptor(slot);
            ports[FrameRing.ingress(descriptor)].offer(ring.offset(slot), FrameRing.length(descriptor));
            slot = slot + 1 == ring.size() ? 0 : slot + 1;
        }
        cursor = slot;
        nowNs += elapsedNs;
        return worker.doWork(nowNs);
    }

    /**
     * Publishes another topology, which the next burst takes up.
     *
     * @param next with the same attachment points
     */
    public void publish(final TopologySnapshot next) {
        cell.publish(next);
    }

    /** What was touched when frames arrived, of no meaning. */
    long arrived() {
        return arrived;
    }

    /**
     * Verifies that everything received since the beginning was sent or answered, nothing dropped, flooded or held, and that the connections are as
     * the traffic leaves them.
     *
     * @throws IllegalStateException when something was not
     */
    public void verifyCounters() {
        final WorkerCounters counters = worker.counters();
        long received = 0;
        long sent = 0;
        for (int id = 0; id < ports.length; id++) {
            received += counters.rx(id);
            sent += counters.tx(id);
        }
        long dropped = 0;
        for (final DropReason reason : DropReason.values()) {
            dropped += counters.drops(reason);
        }
        require(dropped == 0, "frames were dropped");
        require(received == sent, "not everything received was sent or answered");
        require(counters.floodedCount() == 0, "frames were flooded");
        require(counters.imbalance(worker.held()) == 0 && worker.held() == 0, "frames are held or lost");
        traffic.verifyConnections(worker.connections(), received);
    }

    static void require(final boolean isRight, final String otherwise) {
        if (!isRight) {
            throw new IllegalStateException(otherwise);
        }
    }

    Traffic traffic() {
        return traffic;
    }

    Worker worker() {
        return worker;
    }

    MemoryPort port(final int attachmentId) {
        return ports[attachmentId];
    }

    FrameRing ring() {
        return ring;
    }

    long nowNs() {
        return nowNs;
    }
}
