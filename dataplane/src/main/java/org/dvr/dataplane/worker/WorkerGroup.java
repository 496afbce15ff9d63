package org.dvr.dataplane.worker;

import java.util.ArrayList;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.pipeline.Surroundings;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.table.RateLimiter;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayCell;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.policy.PortChoices;

/**
 * The workers of a host. Each has the connections of the remote addresses that {@link Steering} gives it; a frame that another one received is handed to
 * it. The first is the leader: it asks for neighbors, answers ARP and announces. One alone is steered nothing and shares nothing.
 *
 * <p>They are driven one by one by a thread each, or all together by one thread ({@link #doWork}): then what they do depends on the frames and their order
 * alone, and is what one would do.
 */
public final class WorkerGroup {
    /** The most workers. */
    public static final int MAX_WORKERS = 64;

    private final List<Worker> workers = new ArrayList<>();
    private final long seed;
    private final int count;
    private volatile Prepared prepared;

    /** The function for a topology. */
    private record Prepared(TopologySnapshot topology, Steering steering) {}

    /**
     * @param count workers, 1 to {@link #MAX_WORKERS}
     * @param config of all of them together: connections and remembered flows are divided among them
     * @param topologies where snapshots are published
     * @param isOneThread true when one thread drives all: they choose source ports together then
     */
    public WorkerGroup(
            final int count, final WorkerConfig config, final TopologyCell topologies, final boolean isOneThread) {
        if (count < 1 || count > MAX_WORKERS) {
            throw new IllegalArgumentException("workers must be 1 to " + MAX_WORKERS + ", workers=" + count);
        }
        this.count = count;
        seed = config.pipeline().seed();
        if (count == 1) {
            workers.add(new Worker(config, topologies));
            return;
        }
        final WorkerConfig each = share(config, count);
        final RateLimiter icmpErrors = Surroundings.limiter(config.pipeline());
        final PortChoices choices = new PortChoices();
        final Desk[] desks = new Desk[count];
        for (int i = 0; i < count; i++) {
            desks[i] = new Desk(i, desks, config.frameCapacity());
            final Surroundings surroundings =
                    new Surroundings(desks[i], icmpErrors, isOneThread ? choices : new PortChoices());
            workers.add(new Worker(each, topologies, surroundings, this, desks[i]));
        }
    }

    private static WorkerConfig share(final WorkerConfig config, final int count) {
        final PipelineConfig all = config.pipeline();
        final int flows = all.flowCapacity() == 0 ? 0 : Math.max(4, Integer.highestOneBit(all.flowCapacity() / count));
        final PipelineConfig each = all.withConnectionCapacity(
                        Math.max(ConntrackTable.MIN_CAPACITY, (all.connectionCapacity() + count - 1) / count))
                .withFlowCapacity(flows);
        return new WorkerConfig(
                config.frameCount(), config.frameCapacity(), config.burstCapacity(), config.announcesAtStart(), each);
    }

    /** {@return how many workers there are} */
    public int size() {
        return count;
    }

    /** {@return all of them, the leader first} */
    public List<Worker> workers() {
        return workers;
    }

    /**
     * @param index 0 to size - 1
     * @return a worker, 0 is the leader
     */
    public Worker worker(final int index) {
        return workers.get(index);
    }

    /**
     * Does for a topology what takes long, before it is published; the supervisor. Where nobody has, the first worker that takes the topology up does.
     *
     * @param topology to be published
     * @return the function that it gives
     */
    public Steering prepare(final TopologySnapshot topology) {
        final Prepared last = prepared;
        return last != null && last.topology == topology ? last.steering : make(topology);
    }

    private synchronized Steering make(final TopologySnapshot topology) {
        if (prepared == null || prepared.topology != topology) {
            prepared = new Prepared(topology, Steering.of(topology, count, seed));
        }
        return prepared.steering;
    }

    /**
     * Says where the way to tunnel peers is published; at launch.
     *
     * @param cell read once per duty cycle by each
     */
    public void underlay(final UnderlayCell cell) {
        workers.forEach(worker -> worker.underlay(cell));
    }

    // ---- All by one thread

    /**
     * Takes up the topology in force.
     *
     * @param nowNs current time
     */
    public void acquire(final long nowNs) {
        for (final Worker worker : workers) {
            worker.acquire(nowNs);
        }
    }

    /**
     * A duty cycle of each, until nothing is on its way between them.
     *
     * @param nowNs current time, never less than before
     * @return frames and notes processed
     */
    public int doWork(final long nowNs) {
        int workCount = 0;
        for (int i = 0; i < count; i++) {
            workCount += workers.get(i).doWork(nowNs);
        }
        return count == 1 ? workCount : workCount + settle(nowNs);
    }

    private int settle(final long nowNs) {
        int workCount = 0;
        boolean hasMail = true;
        while (hasMail) {
            hasMail = false;
            for (int i = 0; i < count; i++) {
                if (workers.get(i).hasMail()) {
                    hasMail = true;
                    workCount += workers.get(i).takeMail(nowNs);
                }
            }
        }
        return workCount;
    }

    /**
     * Does what is due without receiving.
     *
     * @param nowNs current time
     */
    public void timers(final long nowNs) {
        for (final Worker worker : workers) {
            worker.timers(nowNs);
        }
        if (count > 1) {
            settle(nowNs);
        }
    }

    /** {@return when something is to be sent without a frame arriving, {@link Long#MAX_VALUE} when never} */
    public long nextDeadlineNs() {
        long deadlineNs = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            deadlineNs = Math.min(deadlineNs, workers.get(i).nextDeadlineNs());
        }
        return deadlineNs;
    }

    /**
     * Gives an attachment point a port of each worker; while nobody drives them.
     *
     * @param attachmentId stable id of the attachment point
     * @param ports one for each worker, null when they are gone
     */
    public void ports(final int attachmentId, final List<? extends PacketPort> ports) {
        for (int i = 0; i < count; i++) {
            workers.get(i).port(attachmentId, ports == null ? null : ports.get(i));
        }
    }

    /**
     * Has the worker that a frame belongs to process it now and tell its story; cold.
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
        final FrameTrace trace = workers.get(owner(attachment, bytes)).explain(attachment, bytes, offload, nowNs);
        if (count > 1) {
            settle(nowNs);
        }
        return trace;
    }

    private int owner(final Attachment attachment, final byte[] bytes) {
        if (count == 1) {
            return Steering.LEADER;
        }
        final UnsafeBuffer frame = new UnsafeBuffer(BufferUtil.allocateDirectAligned(bytes.length + Long.BYTES, 64));
        frame.putBytes(0, bytes);
        final Arrival arrival = new Arrival();
        arrival.lies(frame.addressOffset(), bytes.length);
        arrival.came(Arrival.origin(attachment.id(), attachment.kind()));
        return workers.get(Steering.LEADER).steering().owner(arrival);
    }

    /**
     * Ends what has expired; at the end of a replay.
     *
     * @param nowNs current time
     */
    public void expireAll(final long nowNs) {
        workers.forEach(worker -> worker.connections().expireAll(nowNs));
    }

    /** {@return frames that wait, of all workers} */
    public int held() {
        int held = 0;
        for (final Worker worker : workers) {
            held += worker.held();
        }
        return held;
    }

    /** {@return what conservation leaves over in all, 0 when every frame is accounted for} */
    public long imbalance() {
        long imbalance = 0;
        for (final Worker worker : workers) {
            imbalance += worker.counters().imbalance(worker.held());
        }
        return imbalance;
    }

    /** {@return tables of connections, in the order of the workers; for while nobody drives them} */
    public List<ConntrackTable> connections() {
        return workers.stream().map(Worker::connections).toList();
    }
}
