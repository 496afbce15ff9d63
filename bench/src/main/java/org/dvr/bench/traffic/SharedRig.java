package org.dvr.bench.traffic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.agrona.collections.IntArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.dataplane.worker.WorkerGroup;

/**
 * Several workers of one host, each with ports and a generator of its own, to be driven by a thread each: {@link #burst} is what is measured, the same work
 * for each worker as {@link Rig#burst} is for one. Generators share frames out as the kernel does, each worker's to itself; or some of them to the worker
 * beside it, which then hands them over.
 *
 * <p>One flow's frame is always received by the same worker, and flows are visited in random order, as there.
 */
public final class SharedRig {
    private static final int BURST = FrameRing.BURST;
    private static final int FRAME_COUNT = 1_024;
    private static final int VERIFIED = 4_096;
    private static final int PERCENT = 100;
    private static final int MOST_AHEAD =
            1; // bursts: with what is under way on both sides four, for which a ring has room
    private static final int PAD = 16; // longs between what two threads write

    /** What one worker receives, and how far it has come; used by its thread. */
    private static final class Feed {
        private final MemoryPort[] ports; // by attachment id
        private int[] slots = new int[0];
        private int cursor;
        private long nowNs;
        private final AtomicLongArray done = new AtomicLongArray(2 * PAD); // bursts, in the middle

        private Feed(final MemoryPort[] ports) {
            this.ports = ports;
        }
    }

    private final Traffic traffic;
    private final WorkerGroup group;
    private final Feed[] feeds;
    private final long burstNs;
    private FrameRing ring;

    private SharedRig(final Traffic traffic, final int flows, final int workers) {
        this.traffic = traffic;
        burstNs = traffic.burstNs();
        final TopologySnapshot topology = traffic.topology();
        final PipelineConfig pipeline = PipelineConfig.DEFAULT
                .withConnectionCapacity(traffic.connectionCapacity(flows))
                .withFlowCapacity(Rig.flowCapacity(flows))
                .withSeed(traffic.seed());
        final WorkerConfig config = new WorkerConfig(FRAME_COUNT, Rig.frameCapacity(traffic), BURST, false, pipeline);
        group = new WorkerGroup(workers, config, new TopologyCell(topology), /* isOneThread= */ false);
        feeds = new Feed[workers];
        for (int i = 0; i < workers; i++) {
            final MemoryPort.Slots slots = new MemoryPort.Slots(traffic.slotLength());
            final MemoryPort[] ports = new MemoryPort[topology.attachments().size()]; // ids without gaps
            for (final Attachment attachment : topology.attachments()) {
                ports[attachment.id()] = new MemoryPort(slots);
                group.worker(i).port(attachment.id(), ports[attachment.id()]);
            }
            feeds[i] = new Feed(ports);
        }
    }

    /**
     * Builds everything, opens all connections, and verifies what leaves.
     *
     * @param traffic what travels; nothing of it may have to be observed
     * @param flows how many, a power of two
     * @param workers how many, 1 or more
     * @param misplaced percentage of the frames that are received by another worker than the one that they belong to; of no account for one
     * @return ready to be measured
     * @throws IllegalStateException when a frame is not as it should be
     */
    public static SharedRig start(final Traffic traffic, final int flows, final int workers, final int misplaced) {
        final SharedRig rig = new SharedRig(traffic, flows, workers);
        for (final Traffic before : traffic.before()) {
            Rig.require(!before.isObserved(), "traffic that must be observed");
            rig.load(new FrameRing(before, flows), misplaced);
            rig.round();
        }
        rig.load(new FrameRing(traffic, flows), misplaced);
        rig.verify();
        rig.round();
        return rig;
    }

    private void load(final FrameRing next, final int misplaced) {
        ring = next;
        final Steering steering = group.prepare(traffic.topology());
        final List<IntArrayList> shares = new ArrayList<>();
        for (final Feed feed : feeds) {
            shares.add(new IntArrayList());
            for (final MemoryPort port : feed.ports) {
                port.source(next.buffer());
            }
        }
        for (int slot = 0; slot < next.size(); slot++) {
            int receiver = owner(steering, slot);
            if (next.flow(slot) % PERCENT < misplaced) {
                receiver = (receiver + 1) % feeds.length;
            }
            shares.get(receiver).addInt(slot);
        }
        for (int i = 0; i < feeds.length; i++) {
            Rig.require(!shares.get(i).isEmpty(), "a worker has no flows: ask for more");
            feeds[i].slots = wholeBursts(shares.get(i));
            feeds[i].cursor = 0;
        }
    }

    private static int[] wholeBursts(final IntArrayList slots) {
        final int[] whole = Arrays.copyOf(slots.toIntArray(), (slots.size() + BURST - 1) / BURST * BURST);
        for (int i = slots.size(); i < whole.length; i++) {
            whole[i] = whole[i - slots.size()];
        }
        return whole;
    }

    private int owner(final Steering steering, final int slot) {
        if (feeds.length == 1) {
            return Steering.LEADER;
        }
        final int descriptor = ring.descriptor(slot);
        final Attachment attachment = traffic.topology().attachmentById(FrameRing.ingress(descriptor));
        final Arrival arrival = new Arrival();
        arrival.lies(ring.buffer().addressOffset() + ring.offset(slot), FrameRing.length(descriptor));
        arrival.came(Arrival.origin(attachment.id(), attachment.kind()));
        return steering.owner(arrival);
    }

    private void round() {
        int bursts = 0;
        for (final Feed feed : feeds) {
            bursts = Math.max(bursts, feed.slots.length / BURST);
        }
        for (int i = 0; i < bursts; i++) {
            for (int worker = 0; worker < feeds.length; worker++) {
                burst(worker);
            }
        }
        group.doWork(feeds[0].nowNs);
    }

    /**
     * Has a worker's next {@value #BURST} frames arrive at its ports, and does one duty cycle; the worker's thread.
     *
     * @param worker 0 to workers - 1
     * @return frames processed, those handed over by others among them
     */
    public int burst(final int worker) {
        final Feed feed = feeds[worker];
        final FrameRing ring = this.ring;
        final int[] slots = feed.slots;
        final int end = feed.cursor + BURST;
        for (int i = feed.cursor; i < end; i++) {
            final int descriptor = ring.descriptor(slots[i]);
            feed.ports[FrameRing.ingress(descriptor)].offer(ring.offset(slots[i]), FrameRing.length(descriptor));
        }
        feed.cursor = end == slots.length ? 0 : end;
        feed.nowNs += burstNs;
        final int count = group.worker(worker).doWork(feed.nowNs);
        feed.done.setRelease(PAD, feed.done.getPlain(PAD) + 1);
        return count;
    }

    /**
     * Is a worker so far ahead that the others may have no room for what it hands over? A device would wait; any thread.
     *
     * @param worker 0 to workers - 1
     * @return true when it should wait
     */
    public boolean isAhead(final int worker) {
        final long done = feeds[worker].done.getPlain(PAD);
        for (final Feed feed : feeds) {
            if (done - feed.done.getAcquire(PAD) > MOST_AHEAD) {
                return true;
            }
        }
        return false;
    }

    /** One frame after the other, against bytes made from the number of its flow. */
    private void verify() {
        final UnsafeBuffer actual = new UnsafeBuffer(new byte[Rig.frameCapacity(traffic)]);
        final UnsafeBuffer expected = new UnsafeBuffer(new byte[Rig.frameCapacity(traffic)]);
        for (int worker = 0; worker < feeds.length; worker++) {
            final Feed feed = feeds[worker];
            for (int i = 0; i < Math.min(VERIFIED, feed.slots.length); i++) {
                final int slot = feed.slots[i];
                final int descriptor = ring.descriptor(slot);
                final long before = sent();
                final long[] counts = counts(slot);
                feed.ports[FrameRing.ingress(descriptor)].offer(ring.offset(slot), FrameRing.length(descriptor));
                feed.nowNs += burstNs;
                for (final Feed each : feeds) {
                    each.nowNs = feed.nowNs;
                }
                group.doWork(feed.nowNs);
                Rig.require(sent() == before + 1, "one frame must leave, flow=" + ring.flow(slot));
                final MemoryPort port = sender(slot, counts);
                port.copySent(port.sentCount() - 1, actual);
                final int length = traffic.expect(expected, ring.flow(slot), ring.direction(slot), actual);
                Rig.require(
                        length == port.sentLength(port.sentCount() - 1)
                                && new UnsafeBuffer(expected, 0, length).equals(new UnsafeBuffer(actual, 0, length)),
                        "what leaves is not as expected, flow=" + ring.flow(slot));
            }
        }
    }

    private long[] counts(final int slot) {
        final int egress = traffic.egress(ring.flow(slot), ring.direction(slot));
        return Arrays.stream(feeds)
                .mapToLong(feed -> feed.ports[egress].sentCount())
                .toArray();
    }

    private MemoryPort sender(final int slot, final long[] before) {
        final int egress = traffic.egress(ring.flow(slot), ring.direction(slot));
        for (int i = 0; i < feeds.length; i++) {
            if (feeds[i].ports[egress].sentCount() > before[i]) {
                return feeds[i].ports[egress];
            }
        }
        throw new IllegalStateException("left by another port, flow=" + ring.flow(slot));
    }

    private long sent() {
        long sent = 0;
        for (final Feed feed : feeds) {
            for (final MemoryPort port : feed.ports) {
                sent += port.sentCount();
            }
        }
        return sent;
    }

    /**
     * Verifies that everything received since the beginning was sent; of what was handed over, one in a hundred may have found no room. While no thread drives a worker.
     *
     * @throws IllegalStateException when something was not
     */
    public void verifyCounters() {
        long nowNs = 0;
        for (final Feed feed : feeds) {
            nowNs = Math.max(nowNs, feed.nowNs);
        }
        group.doWork(nowNs); // what is still on its way
        long received = 0;
        long left = 0;
        long refused = 0;
        for (final Worker worker : group.workers()) {
            for (int id = 0; id < feeds[0].ports.length; id++) {
                received += worker.counters().rx(id);
                left += worker.counters().tx(id);
            }
            refused += worker.counters().drops(DropReason.HANDOVER_FULL);
        }
        Rig.require(received == left + refused, "not everything received was sent");
        Rig.require(
                refused * PERCENT <= received,
                "workers do not keep up with what is handed over: " + refused + " of " + received + " frames refused");
        Rig.require(group.imbalance() == 0 && group.held() == 0, "frames are held or lost");
        long active = 0;
        long created = 0;
        for (final Worker worker : group.workers()) {
            active += worker.connections().active();
            created += worker.connections().created();
        }
        Rig.require(active == created, "connections were lost or opened anew");
    }
}
