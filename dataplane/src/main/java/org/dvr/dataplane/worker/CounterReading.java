package org.dvr.dataplane.worker;

import java.util.Arrays;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.nat.conntrack.ConntrackTable;

/**
 * All counters of a worker at one moment. Asked for as a task they are read between two bursts, and conservation holds exactly; {@link #read} by another
 * thread gives what that thread sees, which may be some frames apart.
 */
public final class CounterReading extends WorkerTask {
    private static final int PORT_FIELDS = 4;
    private static final DropReason[] REASONS = DropReason.values();

    private final long[] ports;
    private final long[] drops = new long[DropReason.COUNT];
    private final long[] others = new long[CounterDescriptor.values().length];
    private int remembered;
    private long hits;
    private long stored;

    /**
     * @param attachmentIds one more than the highest id of an attachment point
     */
    public CounterReading(final int attachmentIds) {
        ports = new long[attachmentIds * PORT_FIELDS];
    }

    @Override
    boolean work(final Worker worker, final long nowNs) {
        read(worker);
        return true;
    }

    /**
     * Reads all of them, as the calling thread sees them.
     *
     * @param worker whose
     */
    public void read(final Worker worker) {
        final WorkerCounters counters = worker.counters();
        for (int id = 0; id * PORT_FIELDS < ports.length; id++) {
            ports[id * PORT_FIELDS] = counters.rx(id);
            ports[id * PORT_FIELDS + 1] = counters.rxBytes(id);
            ports[id * PORT_FIELDS + 2] = counters.tx(id);
            ports[id * PORT_FIELDS + 3] = counters.txBytes(id);
        }
        for (final DropReason reason : REASONS) {
            drops[reason.id()] = counters.drops(reason);
        }
        set(CounterDescriptor.CONSUMED, counters.consumedCount());
        set(CounterDescriptor.GENERATED, counters.generatedCount());
        set(CounterDescriptor.FLOODED, counters.floodedCount());
        set(CounterDescriptor.HELD, worker.held());
        set(CounterDescriptor.SEGMENTED, counters.segmentedCount());
        set(CounterDescriptor.HANDED_OVER, worker.handedOver());
        set(CounterDescriptor.SHORTCUT, counters.shortcutCount());
        final ConntrackTable connections = worker.connections();
        set(CounterDescriptor.FLOWS_ACTIVE, connections.active());
        set(CounterDescriptor.FLOWS_CREATED, connections.created());
        set(CounterDescriptor.FLOWS_EXPIRED, connections.expired());
        set(CounterDescriptor.FLOWS_RESTORED, connections.restored());
        set(CounterDescriptor.FLOWS_CAPACITY, connections.capacity());
        set(CounterDescriptor.FLOWS_HIGH_WATER, connections.highWater());
        set(CounterDescriptor.FLOWS_REMOVED, connections.removed());
        set(CounterDescriptor.FLOWS_RECLAIMED_TENTATIVE, connections.reclaimedTentative());
        set(CounterDescriptor.FLOWS_RECLAIMED_SETTLED, connections.reclaimedSettled());
        set(CounterDescriptor.FLOWS_REFUSED_GUEST, connections.ownerLimitCount());
        set(CounterDescriptor.FLOWS_REFUSED_ROUTER, connections.zoneLimitCount());
        set(CounterDescriptor.FLOWS_REFUSED_CLASH, connections.clashCount());
        set(CounterDescriptor.FLOWS_REFUSED_PORTS, worker.portShortages().refusedCount());
        set(CounterDescriptor.FLOWS_RESETS_IGNORED, connections.ignoredResetCount());
        set(CounterDescriptor.FRAGMENTS_OPENED, worker.fragments().openedCount());
        set(CounterDescriptor.FRAGMENTS_EVICTED, worker.fragments().evictedCount());
        remembered = worker.flows().size();
        hits = worker.flows().hits();
        stored = worker.flows().stored();
    }

    /** Sets all of them to 0. */
    public void clear() {
        Arrays.fill(ports, 0);
        Arrays.fill(drops, 0);
        Arrays.fill(others, 0);
        remembered = 0;
        hits = 0;
        stored = 0;
    }

    /**
     * Adds those of another worker.
     *
     * @param other read for as many attachment points
     */
    public void add(final CounterReading other) {
        for (int i = 0; i < ports.length; i++) {
            ports[i] += other.ports[i];
        }
        for (int i = 0; i < drops.length; i++) {
            drops[i] += other.drops[i];
        }
        for (int i = 0; i < others.length; i++) {
            others[i] += other.others[i];
        }
        remembered += other.remembered;
        hits += other.hits;
        stored += other.stored;
    }

    /**
     * Adds what others count.
     *
     * @param counter of no attachment point
     * @param count to be added
     */
    public void add(final CounterDescriptor counter, final long count) {
        others[index(counter)] += count;
    }

    private void set(final CounterDescriptor counter, final long value) {
        others[index(counter)] = value;
    }

    @SuppressWarnings("EnumOrdinal") // an array by enum; the order is nobody's business
    private static int index(final CounterDescriptor counter) {
        return counter.ordinal();
    }

    /** @return one more than the highest id of an attachment point that was read */
    public int attachmentIds() {
        return ports.length / PORT_FIELDS;
    }

    public long rx(final int attachmentId) {
        return port(attachmentId, 0);
    }

    public long rxBytes(final int attachmentId) {
        return port(attachmentId, 1);
    }

    public long tx(final int attachmentId) {
        return port(attachmentId, 2);
    }

    public long txBytes(final int attachmentId) {
        return port(attachmentId, 3);
    }

    private long port(final int attachmentId, final int field) {
        final int index = attachmentId * PORT_FIELDS + field;
        return index < ports.length ? ports[index] : 0;
    }

    /**
     * @param reason any
     * @return frames that ended for it
     */
    public long drops(final DropReason reason) {
        return drops[reason.id()];
    }

    /**
     * @param counter of no attachment point; alarms are 0, they are not a worker's own
     * @return its value
     */
    public long get(final CounterDescriptor counter) {
        return others[index(counter)];
    }

    /** @return verdicts remembered now */
    public int remembered() {
        return remembered;
    }

    /** @return frames that were decided by a remembered verdict */
    public long hits() {
        return hits;
    }

    /** @return how often a verdict was remembered */
    public long stored() {
        return stored;
    }

    /**
     * What conservation leaves over (contract.md §4).
     *
     * @return 0 when every frame is accounted for
     */
    public long imbalance() {
        long balance = get(CounterDescriptor.GENERATED)
                + get(CounterDescriptor.FLOODED)
                - get(CounterDescriptor.CONSUMED)
                - get(CounterDescriptor.HELD);
        for (int id = 0; id < attachmentIds(); id++) {
            balance += rx(id) - tx(id);
        }
        for (final long count : drops) {
            balance -= count;
        }
        return balance;
    }
}
