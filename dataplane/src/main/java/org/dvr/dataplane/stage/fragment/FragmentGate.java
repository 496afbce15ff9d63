package org.dvr.dataplane.stage.fragment;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FrameQueue;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.nat.fragment.Admission;
import org.dvr.nat.fragment.FragmentTable;
import org.dvr.nat.tuple.TupleKey;

/**
 * Lets fragments into a translation (contract.md §6 row 20). The first one of a packet tells its ports, those that follow are given them, those that came
 * before it wait: bounded in number, for {@link #PATIENCE_NS}, in order of arrival. Attacks by overlapping, tiny and overlong fragments end here (RFC 1858,
 * RFC 3128, RFC 5722).
 *
 * <p>A packet is known by its addresses, identification and protocol as they are when it comes to a translation, and by the zone of that translation: one
 * that passes several within this host is known to each.
 *
 * <p>Drops: {@link DropReason#FRAGMENT_LENGTH}, {@link DropReason#FRAGMENT_TINY}, {@link DropReason#FRAGMENT_OVERLAP}, {@link DropReason#NAT_FRAGMENT}, {@link
 * DropReason#FRAGMENT_TIMEOUT}, {@link DropReason#FRAGMENT_QUEUE_FULL}.
 *
 * <p>A stage asks {@link #admit} before it translates and tells {@link #settle} after it. What waited and need not any more is taken by {@link #poll}.
 */
public final class FragmentGate {
    /** How long a fragment waits for the first one of its packet: FRAGMENT_MIN of RFC 6146 §4. */
    public static final long PATIENCE_NS = 2_000_000_000L;

    private static final int MAX_PACKET_LENGTH = 65_535;
    private static final int UNIT_MASK = 7;
    private static final int NONE = -1;
    /** An owner's part of all that may wait. */
    private static final int OWNERS_PART = 4;

    private final FragmentTable table;
    private final int heldLimit;
    private int held;

    // By reference: what waits for the first fragment, until when, and the packets it waits for in order of their time.
    private final FrameQueue[] queues;
    private final long[] deadlinesNs;
    private final int[] older;
    private final int[] newer;
    private int oldest = NONE;
    private int newest = NONE;

    private final FrameQueue ready = new FrameQueue();
    private int first = NONE; // packet of the first fragment that is being translated

    /**
     * @param table of this worker
     * @param heldLimit fragments that may wait in all: a part of the pool, or nothing could be received meanwhile
     */
    public FragmentGate(final FragmentTable table, final int heldLimit) {
        this.table = table;
        this.heldLimit = heldLimit;
        queues = new FrameQueue[table.capacity()];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new FrameQueue();
        }
        deadlinesNs = new long[queues.length];
        older = new int[queues.length];
        newer = new int[queues.length];
    }

    /**
     * Judges a packet that is about to be translated; whole ones pass. A later fragment that passes has the ports of the first one in its verdict.
     *
     * @param frame its verdict holds the addresses as they are now
     * @param zone of the translation
     * @param owner whom the packet is accounted to: the guest, or the address outside that it was sent to
     * @param resumesAt the stage that asks
     * @param nowNs current time
     * @return true when it may be translated now; else its verdict says that it is dropped or waits
     */
    public boolean admit(final Frame frame, final int zone, final int owner, final Next resumesAt, final long nowNs) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        if (!facts.isFragment) {
            return true;
        }
        if (verdict.isResumed) {
            verdict.isResumed = false;
            return true;
        }
        final int headerLength = facts.l4Offset - facts.l3Offset;
        final DropReason fault = fault(facts, headerLength);
        if (fault != null) {
            return refuse(frame, fault);
        }
        final Admission admission = table.admit(
                TupleKey.addresses(verdict.source, verdict.destination),
                FragmentTable.key(zone, facts.protocol, facts.identification),
                owner,
                facts.fragmentOffset,
                facts.packetLength - headerLength,
                !facts.hasMoreFragments,
                nowNs);
        final int packet = table.reference();
        switch (admission) {
            case OPENED -> giveUp(packet, DropReason.FRAGMENT_QUEUE_FULL); // those of the packet it has pushed out
            case KNOWN -> {
                // One part more.
            }
            case REPEATED -> {
                return refuse(frame, DropReason.FRAGMENT_OVERLAP);
            }
            case OVERLAP -> {
                giveUp(packet, DropReason.FRAGMENT_OVERLAP);
                return refuse(frame, DropReason.FRAGMENT_OVERLAP);
            }
            case REFUSED -> {
                return refuse(frame, DropReason.NAT_FRAGMENT);
            }
        }
        if (facts.fragmentOffset == 0) {
            table.first(packet, verdict.sourcePort, verdict.destinationPort);
            frame.because(Because.FRAGMENT_FIRST);
            first = packet;
            return true;
        }
        if (!table.hasPorts(packet)) {
            hold(frame, packet, resumesAt, nowNs);
            return false;
        }
        takePorts(verdict, packet);
        frame.because(Because.FRAGMENT_LATER);
        if (table.isComplete(packet)) {
            table.remove(packet);
        }
        return true;
    }

    /** What is wrong with a fragment by itself; null = nothing. */
    private static DropReason fault(final Facts facts, final int headerLength) {
        final int length = facts.packetLength - headerLength;
        final boolean isCut = facts.hasMoreFragments && (length & UNIT_MASK) != 0;
        if (length == 0 || isCut || facts.fragmentOffset + length > MAX_PACKET_LENGTH - Ipv4Header.MIN_LENGTH) {
            return DropReason.FRAGMENT_LENGTH;
        }
        return facts.fragmentOffset == 0 && facts.transportFault != DecodeFault.NONE ? DropReason.FRAGMENT_TINY : null;
    }

    private static boolean refuse(final Frame frame, final DropReason reason) {
        if (frame.trace() != null) {
            frame.because(Because.FRAGMENT_REFUSED, reason.sentence());
        }
        frame.drop(reason);
        return false;
    }

    private void takePorts(final Verdict verdict, final int packet) {
        verdict.sourcePort = table.sourcePort(packet);
        verdict.destinationPort = table.destinationPort(packet);
    }

    private void hold(final Frame frame, final int packet, final Next resumesAt, final long nowNs) {
        if (table.waitingOfOwner(packet) * OWNERS_PART >= heldLimit) {
            refuse(frame, DropReason.FRAGMENT_QUEUE_FULL);
            return;
        }
        if (held == heldLimit) {
            final int given = oldest;
            giveUp(given, DropReason.FRAGMENT_QUEUE_FULL);
            if (given != packet) {
                table.remove(given);
            }
        }
        if (queues[packet].size() == 0) {
            deadlinesNs[packet] = nowNs + PATIENCE_NS;
            append(packet);
        }
        queues[packet].add(frame);
        table.addWaiting(packet);
        held++;
        frame.because(Because.FRAGMENT_HELD);
        frame.verdict.resumesAt = resumesAt;
        frame.verdict.action = Action.HOLD;
    }

    /**
     * Ends what {@link #admit} has begun: when it was the first fragment of its packet that was let in, those that wait may go on, or, if it was dropped, end.
     *
     * @param frame as the stage has decided it
     */
    public void settle(final Frame frame) {
        final int packet = first;
        if (packet == NONE) {
            return;
        }
        first = NONE;
        if (frame.verdict.action == Action.DROP) {
            table.refuse(packet);
            giveUp(packet, DropReason.NAT_FRAGMENT);
        } else {
            resume(packet);
        }
        if (table.isComplete(packet)) {
            table.remove(packet);
        }
    }

    private void resume(final int packet) {
        final FrameQueue queue = queues[packet];
        if (queue.size() == 0) {
            return;
        }
        unlink(packet);
        for (Frame frame = queue.poll(); frame != null; frame = queue.poll()) {
            held--;
            frame.verdict.action = Action.NONE;
            frame.verdict.isResumed = true;
            takePorts(frame.verdict, packet);
            frame.because(Because.FRAGMENT_RESUMED);
            ready.add(frame);
        }
        table.clearWaiting(packet);
    }

    private void giveUp(final int packet, final DropReason reason) {
        final FrameQueue queue = queues[packet];
        if (queue.size() == 0) {
            return;
        }
        unlink(packet);
        for (Frame frame = queue.poll(); frame != null; frame = queue.poll()) {
            held--;
            refuse(frame, reason);
            ready.add(frame);
        }
        table.clearWaiting(packet);
    }

    /**
     * Gives up on fragments that have waited long enough.
     *
     * @param nowNs current time
     */
    public void expire(final long nowNs) {
        while (oldest != NONE && deadlinesNs[oldest] <= nowNs) {
            forgetOldest();
        }
    }

    /** Gives up on all that waits: what its stages decided about it holds no longer. */
    public void clear() {
        while (oldest != NONE) {
            forgetOldest();
        }
    }

    /** None of the packet has left: nothing of it needs to be remembered. */
    private void forgetOldest() {
        final int packet = oldest;
        giveUp(packet, DropReason.FRAGMENT_TIMEOUT);
        table.remove(packet);
    }

    /** @return true when {@link #poll} has a frame */
    public boolean isReady() {
        return ready.size() > 0;
    }

    /** @return a frame that does not wait any more: with a verdict to drop it, or to be decided from its {@code resumesAt} on; null when there is none */
    public Frame poll() {
        return ready.poll();
    }

    /** @return when {@link #expire} has something to do, {@link Long#MAX_VALUE} when nothing waits */
    public long nextDeadlineNs() {
        return oldest == NONE ? Long.MAX_VALUE : deadlinesNs[oldest];
    }

    /** @return frames that wait */
    public int held() {
        return held;
    }

    /** @return what is known of packets that come in fragments */
    public FragmentTable table() {
        return table;
    }

    private void append(final int packet) {
        older[packet] = newest;
        newer[packet] = NONE;
        if (newest == NONE) {
            oldest = packet;
        } else {
            newer[newest] = packet;
        }
        newest = packet;
    }

    private void unlink(final int packet) {
        final int before = older[packet];
        final int after = newer[packet];
        if (before == NONE) {
            oldest = after;
        } else {
            newer[before] = after;
        }
        if (after == NONE) {
            newest = before;
        } else {
            older[after] = before;
        }
    }
}
