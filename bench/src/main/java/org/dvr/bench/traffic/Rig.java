package org.dvr.bench.traffic;

import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.nat.conntrack.ConntrackTimeouts;

/**
 * A worker, its ports, and traffic for it. {@link #burst()} is what is measured: {@value #BURST} frames appear at the ports, in random order over all
 * flows, and the worker does one duty cycle.
 */
public final class Rig {
    /** Frames of one invocation. */
    public static final int BURST = FrameRing.BURST;

    /** Time between two bursts: 640 ns a packet, a flow of a million is seen about once in a second. */
    private static final long BURST_NS = 40_960;

    private static final int VERIFIED_BURSTS = 64;
    private static final int FRAME_COUNT = 1_024;
    private static final int FRAME_CAPACITY = 2_048;

    private final Traffic traffic;
    private final Worker worker;
    private final MemoryPort.Slots slots = new MemoryPort.Slots();
    private final MemoryPort[] ports = new MemoryPort[Cloud.ATTACHMENTS];
    private FrameRing ring;
    private int cursor;
    private long nowNs;

    private Rig(final Traffic traffic, final int flows) {
        this.traffic = traffic;
        worker = worker(traffic, flows);
        for (final Attachment attachment : traffic.cloud().topology().attachments()) {
            ports[attachment.id()] = new MemoryPort(slots);
            worker.port(attachment.id(), ports[attachment.id()]);
        }
    }

    /**
     * Builds everything and opens all connections.
     *
     * @param traffic what travels
     * @param flows how many flows of it, a power of two
     * @return ready to be measured
     */
    public static Rig start(final Traffic traffic, final int flows) {
        final Rig rig = new Rig(traffic, flows);
        for (final Traffic before : traffic.before()) {
            rig.load(new FrameRing(before, flows));
            rig.round();
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
        final OutputCheck check = new OutputCheck(this, new Rig(traffic, ring.flows()));
        for (int i = 0; i < VERIFIED_BURSTS; i++) {
            check.burst();
        }
        verifyCounters();
    }

    private static Worker worker(final Traffic traffic, final int flows) {
        final PipelineConfig defaults = PipelineConfig.DEFAULT;
        final PipelineConfig pipeline = new PipelineConfig(
                StageOptions.DEFAULT,
                Math.max(flows, defaults.connectionCapacity()),
                defaults.fdbCapacity(),
                defaults.neighborCapacity(),
                ConntrackTimeouts.DEFAULTS,
                defaults.limits(),
                defaults.seed());
        return new Worker(
                new WorkerConfig(FRAME_COUNT, FRAME_CAPACITY, BURST, false, pipeline),
                new TopologyCell(traffic.cloud().topology()));
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

    /**
     * Has the next {@value #BURST} frames arrive, and processes them.
     *
     * @return frames processed, {@value #BURST}
     */
    public int burst() {
        final FrameRing ring = this.ring;
        final int first = cursor;
        for (int slot = first; slot < first + BURST; slot++) {
            final int descriptor = ring.descriptor(slot);
            ports[FrameRing.ingress(descriptor)].offer(FrameRing.offset(slot), FrameRing.length(descriptor));
        }
        cursor = (first + BURST) & (ring.size() - 1);
        nowNs += BURST_NS;
        return worker.doWork(nowNs);
    }

    /**
     * Verifies that everything received since the beginning was sent or answered, nothing dropped, flooded or held, and no connection lost or
     * opened anew.
     *
     * @throws IllegalStateException when something was not
     */
    public void verifyCounters() {
        final WorkerCounters counters = worker.counters();
        long received = 0;
        long sent = 0;
        for (int id = 0; id < Cloud.ATTACHMENTS; id++) {
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
        require(
                worker.connections().created() == worker.connections().active(),
                "connections were lost or opened anew");
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

    /** The slot of the ring that comes next. */
    int cursor() {
        return cursor;
    }

    long nowNs() {
        return nowNs;
    }
}
