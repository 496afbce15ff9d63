package org.dvr.dataplane.flow;

import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.table.RowBlock;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.TupleHash;
import org.dvr.nat.memory.NativeMemory;

/**
 * Remembered verdicts, one for each flow: the next packet of a flow costs one lookup instead of the way through the stages. Whatever is remembered, the
 * stages would decide again; with the cache off every byte that leaves is the same.
 *
 * <pre>
 *   tags, 16 bytes a set of four              entry, two 64-byte cache lines
 *   | tag (4) | tag (4) | tag (4) | tag (4) |    0  FlowKey (5 x 8)
 *                                               40  unused (4)             44  segment where learned (16) | mtu (16)
 *   tag: upper half of the key's hash,          48  connection (4)         52  its generation (4)
 *   0 = empty                                   56  connections created (4) 60  flags (16) | least TTL (8) | TTL cost (8)
 *                                               64  source MAC (48) | source port (16)
 *                                               72  destination MAC (48) | destination port (16)
 *                                               80  IPv4 source (4)        84  IPv4 destination (4)
 *                                               88  egress (4)             92  peer (4)
 *                                               96  segment (4)           100  was used (4)
 *                                              104  second connection (4) 108  its generation (4)
 *                                              112  learned until (8)
 *                                              120  learned version (4)   124  where learned (4)
 * </pre>
 *
 * <p><b>When a verdict holds no longer.</b> A new topology ends all of them. A connection that was removed, or whose time has come, ends those that were translated by it;
 * a learned neighbor or MAC that has aged, or any that has moved, those that rely on it. Where a packet passes untracked because no connection is known, any
 * connection that opens has the verdict looked at again. Packets that no longer fit (TTL spent, longer than an MTU on the way, TCP segments that begin or end something)
 * are decided by the stages.
 *
 * <p><b>What is remembered.</b> Verdicts of frames that leave by one way, of connections that are known already: a scan, whose packets each open a
 * connection, leaves nothing here. A new flow takes a place in its set of four that is empty. Else every {@value #PATIENCE}th packet that asks
 * takes that of a flow that was not met again since its last chance; where all four were, each loses its chance and the new flow goes without. So flows in use
 * stay, and far more flows than places cost little more than no cache.
 *
 * <p>Owned by one worker; allocates nothing after construction.
 */
public final class FlowCache {
    /** A gigabyte of entries: the most that an int tells apart. */
    private static final int MAX_CAPACITY = 1 << 23;

    private static final int WAYS = 4;
    private static final int SET_SHIFT = 4;
    private static final int ENTRY_SHIFT = 7;
    private static final int ABSENT = -1;

    private static final int DESTINATION = 0;
    private static final int SOURCE = 8;
    private static final int ADDRESSES = 16;
    private static final int PORTS = 24;
    private static final int TUNNEL = 32;
    private static final int MTU = 44;
    private static final int CONNECTION = 48;
    private static final int GENERATION = 52;
    private static final int CREATED = 56;
    private static final int CONDITIONS = 60;
    private static final int SOURCE_MAC = 64;
    private static final int DESTINATION_MAC = 72;
    private static final int NEW_ADDRESSES = 80;
    private static final int EGRESS = 88;
    private static final int PEER = 92;
    private static final int SEGMENT = 96;
    private static final int WAS_USED = 100;
    private static final int SECOND_CONNECTION = 104;
    private static final int SECOND_GENERATION = 108;
    private static final int LEARNED_UNTIL = 112;
    private static final int LEARNED_VERSION = 120;
    private static final int LEARNED_WHERE = 124;

    static final int TRANSLATED = 1 << 16;

    private static final int UNTRACKED = 1 << 17;
    private static final int BY_LEARNED = 1 << 18;
    private static final int LEARNS = 1 << 19;
    private static final int LEAST_TTL_SHIFT = 8;
    private static final int BYTE = 0xFF;
    private static final int SHORT = 0xFFFF;
    private static final int NO_PEER = -1;

    /** Flows whose entries fill half of a megabyte. */
    private static final int MANY = 4_096;

    /** One packet in so many that find their set full may push another flow out: what is met once is not worth the writing. */
    private static final int PATIENCE = 16;

    private final ConntrackTable connections;
    private final int setMask;
    private final NativeMemory tags;
    private final NativeMemory entries;
    private final long seed0;
    private final long seed1;
    private final long seed2;
    private final long seed3;
    private final long seed4;
    private int asked;
    private int size;
    private long hits;
    private long stored;

    /**
     * @param capacity flows remembered, a power of two from 4 to 2^23, or 0: the cache is off
     * @param seed of the hash: keys are chosen by strangers
     * @param connections of the same worker
     */
    public FlowCache(final int capacity, final long seed, final ConntrackTable connections) {
        if (capacity != 0 && (capacity < WAYS || capacity > MAX_CAPACITY || Integer.bitCount(capacity) != 1)) {
            throw new IllegalArgumentException(
                    "capacity must be 0 or a power of two from 4 to " + MAX_CAPACITY + ", capacity=" + capacity);
        }
        this.connections = connections;
        setMask = capacity / WAYS - 1;
        tags = capacity == 0 ? null : new NativeMemory(capacity << 2, 64);
        entries = capacity == 0 ? null : new NativeMemory(Math.multiplyExact(capacity, 1 << ENTRY_SHIFT), 64);
        long state = seed;
        seed0 = TupleHash.mix(++state);
        seed1 = TupleHash.mix(++state);
        seed2 = TupleHash.mix(++state);
        seed3 = TupleHash.mix(++state);
        seed4 = TupleHash.mix(++state) | 1;
    }

    /**
     * Reads the key of a frame that has been parsed; its hash is {@link FlowKey#NONE} when the frame has none, or the cache is off.
     *
     * @param frame nothing is decided about it yet
     */
    public void key(final Frame frame) {
        final FlowKey key = frame.flowKey;
        if (tags == null || !key.read(frame)) {
            key.hash = FlowKey.NONE;
            return;
        }
        // Products folded as in the connection table: each operand is secret until it is multiplied.
        final long macs = TupleHash.fold(key.destination ^ seed0, key.source ^ seed1);
        final long tuple = TupleHash.fold(key.addresses ^ seed2, key.ports ^ seed3);
        key.hash = TupleHash.fold(macs ^ tuple ^ key.tunnel, seed4) | 1;
    }

    /**
     * Brings the tags of a key's set into the cache: the first pass over a burst.
     *
     * @param key of a frame
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touch(final FlowKey key) {
        return tags == null ? 0 : tags.getInt(set(key.hash));
    }

    /**
     * Looks where a flow may be remembered, by its tag alone: the second pass over a burst.
     *
     * @param key of a frame; where it may be is noted in it
     * @return false when nothing is remembered of it
     */
    public boolean locate(final FlowKey key) {
        key.entry = key.hash == FlowKey.NONE ? ABSENT : candidate(key.hash);
        return key.entry != ABSENT;
    }

    /**
     * Brings what is remembered of a flow into the cache, both lines: the third pass over a burst.
     *
     * @param key of a frame that {@link #locate} has found
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touchEntry(final FlowKey key) {
        return (long) entries.getInt(key.entry + MTU) + entries.getInt(key.entry + WAS_USED);
    }

    /**
     * Brings the connection of a remembered flow into the cache: the fourth pass over a burst.
     *
     * @param key of a frame that {@link #locate} has found
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touchConnection(final FlowKey key) {
        return connections.touchConnection(entries.getInt(key.entry + CONNECTION));
    }

    /**
     * Decides a frame as the last one of its flow was, if that still holds, and tracks its connections.
     *
     * @param frame with its key; its verdict is filled in when true is returned, else nothing has happened
     * @param topology in force
     * @param learnedVersion changes when a neighbor or a MAC moves
     * @param nowNs current time
     * @return false when the stages have to decide
     */
    public boolean recall(
            final Frame frame, final TopologySnapshot topology, final int learnedVersion, final long nowNs) {
        final FlowKey key = frame.flowKey;
        final int entry = key.entry;
        if (entry == ABSENT || !isOf(entry, key)) {
            return false;
        }
        final int conditions = entries.getInt(entry + CONDITIONS);
        final Facts facts = frame.facts;
        if (facts.ttl < (conditions >>> LEAST_TTL_SHIFT & BYTE)
                || facts.wireLength > (entries.getInt(entry + MTU) & SHORT)
                || !holds(entry, conditions, learnedVersion, nowNs)
                || !track(entry, facts, nowNs)) {
            return false;
        }
        fill(frame.verdict, entry, conditions, topology);
        if (entries.getInt(entry + WAS_USED) == 0) {
            entries.putInt(entry + WAS_USED, 1);
        }
        hits++;
        return true;
    }

    private boolean holds(final int entry, final int conditions, final int learnedVersion, final long nowNs) {
        if ((conditions & (UNTRACKED | BY_LEARNED)) == 0) {
            return true; // nearly always
        }
        if ((conditions & UNTRACKED) != 0 && entries.getInt(entry + CREATED) != (int) connections.created()) {
            return false;
        }
        return (conditions & BY_LEARNED) == 0
                || (entries.getLong(entry + LEARNED_UNTIL) - nowNs > 0
                        && entries.getInt(entry + LEARNED_VERSION) == learnedVersion);
    }

    private boolean track(final int entry, final Facts facts, final long nowNs) {
        final int connection = entries.getInt(entry + CONNECTION);
        if (connection == 0) {
            return true;
        }
        final int second = entries.getInt(entry + SECOND_CONNECTION);
        if (!isRoutine(connection, entries.getInt(entry + GENERATION), facts, nowNs)
                || (second != 0 && !isRoutine(second, entries.getInt(entry + SECOND_GENERATION), facts, nowNs))) {
            return false;
        }
        tell(connection, facts, nowNs);
        if (second != 0) {
            tell(second, facts, nowNs);
        }
        return true;
    }

    /** Does a packet do no more than start the timeout of a live connection again? Else the stages verify its checksum first. */
    private boolean isRoutine(final int connection, final int generation, final Facts facts, final long nowNs) {
        return connections.isCurrent(connection, generation, nowNs)
                && !connections.isChangedBy(connection, facts.tcpFlags);
    }

    private void tell(final int connection, final Facts facts, final long nowNs) {
        connections.packet(
                connection, facts.tcpFlags, facts.tcpSequence, facts.tcpAcknowledgment, facts.tcpLength, nowNs);
    }

    private void fill(final Verdict verdict, final int entry, final int conditions, final TopologySnapshot topology) {
        final long source = entries.getLong(entry + SOURCE_MAC);
        final long destination = entries.getLong(entry + DESTINATION_MAC);
        verdict.action = Action.FORWARD;
        verdict.sourceMac = source >>> 16;
        verdict.destinationMac = destination >>> 16;
        verdict.ttlCost = conditions & BYTE;
        if ((conditions & TRANSLATED) != 0) {
            final long addresses = entries.getLong(entry + NEW_ADDRESSES);
            verdict.isTranslated = true;
            verdict.source = (int) (addresses >>> 32);
            verdict.destination = (int) addresses;
            verdict.sourcePort = (int) source & SHORT;
            verdict.destinationPort = (int) destination & SHORT;
        }
        verdict.egress = topology.attachmentById(entries.getInt(entry + EGRESS));
        verdict.segment = topology.segmentById(entries.getInt(entry + SEGMENT));
        final int peer = entries.getInt(entry + PEER);
        if (peer != NO_PEER) {
            verdict.peer = topology.peerById(peer);
        }
        if ((conditions & LEARNS) != 0) {
            verdict.learnedSegmentId = entries.getInt(entry + MTU) >>> 16;
            verdict.learnedWhere = entries.getInt(entry + LEARNED_WHERE);
        }
    }

    /**
     * Remembers what the stages have decided about a frame, if it will hold for the next one of its flow.
     *
     * @param frame decided, not written yet
     * @param learnedVersion changes when a neighbor or a MAC moves
     */
    public void remember(final Frame frame, final int learnedVersion) {
        final FlowKey key = frame.flowKey;
        final Verdict verdict = frame.verdict;
        if (key.hash == FlowKey.NONE
                || verdict.action != Action.FORWARD
                || !verdict.isLasting
                || verdict.fragmentMtu != 0
                || verdict.ttlCost >= BYTE
                || verdict.answer != Answer.NONE) {
            return;
        }
        final int entry = place(key);
        if (entry != ABSENT) {
            stored++;
            store(entry, key);
            store(entry, verdict, learnedVersion);
        }
    }

    private void store(final int entry, final FlowKey key) {
        entries.putLong(entry + DESTINATION, key.destination);
        entries.putLong(entry + SOURCE, key.source);
        entries.putLong(entry + ADDRESSES, key.addresses);
        entries.putLong(entry + PORTS, key.ports);
        entries.putLong(entry + TUNNEL, key.tunnel);
        entries.putInt(entry + WAS_USED, 0);
    }

    private void store(final int entry, final Verdict verdict, final int learnedVersion) {
        int conditions = verdict.ttlCost;
        if (verdict.ttlCost > 0) {
            conditions |= (verdict.ttlCost + 1) << LEAST_TTL_SHIFT;
        }
        conditions |= verdict.isTranslated ? TRANSLATED : 0;
        conditions |= verdict.isUntracked ? UNTRACKED : 0;
        conditions |= verdict.learnedUntilNs == Long.MAX_VALUE ? 0 : BY_LEARNED;
        conditions |= verdict.learnedSegmentId == 0 ? 0 : LEARNS;
        entries.putInt(entry + CONDITIONS, conditions);
        entries.putInt(entry + MTU, verdict.learnedSegmentId << 16 | Math.min(verdict.mtu, SHORT));
        entries.putInt(entry + CONNECTION, verdict.connection);
        entries.putInt(entry + GENERATION, connections.generation(verdict.connection));
        entries.putInt(entry + SECOND_CONNECTION, verdict.secondConnection);
        entries.putInt(entry + SECOND_GENERATION, connections.generation(verdict.secondConnection));
        entries.putInt(entry + CREATED, (int) connections.created());
        entries.putLong(entry + SOURCE_MAC, verdict.sourceMac << 16 | (verdict.sourcePort & SHORT));
        entries.putLong(entry + DESTINATION_MAC, verdict.destinationMac << 16 | (verdict.destinationPort & SHORT));
        entries.putLong(entry + NEW_ADDRESSES, (long) verdict.source << 32 | (verdict.destination & 0xFFFF_FFFFL));
        entries.putInt(entry + EGRESS, verdict.egress.id());
        entries.putInt(entry + PEER, verdict.peer == null ? NO_PEER : verdict.peer.id());
        entries.putInt(entry + SEGMENT, verdict.segment.id());
        entries.putLong(entry + LEARNED_UNTIL, verdict.learnedUntilNs);
        entries.putInt(entry + LEARNED_VERSION, learnedVersion);
        entries.putInt(entry + LEARNED_WHERE, verdict.learnedWhere);
    }

    /** Where a flow is remembered now, or will be; {@link #ABSENT} when it goes without. */
    private int place(final FlowKey key) {
        final int known = find(key);
        if (known != ABSENT) {
            return known;
        }
        final int set = set(key.hash);
        for (int i = 0; i < WAYS; i++) {
            final int tag = way(set, tag(key.hash), i);
            if (tags.getInt(tag) == 0) {
                size++;
                return take(tag, key);
            }
        }
        if (++asked % PATIENCE != 0) {
            return ABSENT;
        }
        // From another one each time, or two flows could take turns at one place for ever.
        final int hand = asked / PATIENCE;
        for (int i = 0; i < WAYS; i++) {
            final int tag = set + (((hand + i) & (WAYS - 1)) << 2);
            final int entry = entry(tag);
            if (entries.getInt(entry + WAS_USED) == 0) {
                return take(tag, key);
            }
            entries.putInt(entry + WAS_USED, 0);
        }
        return ABSENT;
    }

    private int take(final int tag, final FlowKey key) {
        tags.putInt(tag, tag(key.hash));
        return entry(tag);
    }

    private int find(final FlowKey key) {
        final int set = set(key.hash);
        final int tag = tag(key.hash);
        for (int i = 0; i < WAYS; i++) {
            final int offset = way(set, tag, i);
            if (tags.getInt(offset) == tag && isOf(entry(offset), key)) {
                return entry(offset);
            }
        }
        return ABSENT;
    }

    private int candidate(final long hash) {
        final int set = set(hash);
        final int tag = tag(hash);
        for (int i = 0; i < WAYS; i++) {
            final int offset = way(set, tag, i);
            if (tags.getInt(offset) == tag) {
                return entry(offset);
            }
        }
        return ABSENT;
    }

    private boolean isOf(final int entry, final FlowKey key) {
        return entries.getLong(entry + ADDRESSES) == key.addresses
                && entries.getLong(entry + PORTS) == key.ports
                && entries.getLong(entry + DESTINATION) == key.destination
                && entries.getLong(entry + SOURCE) == key.source
                && entries.getLong(entry + TUNNEL) == key.tunnel;
    }

    /** The ways of a set in the order of a tag's preference: nearly always it is in the first one. */
    private static int way(final int set, final int tag, final int i) {
        return set + ((((tag >>> 1) + i) & (WAYS - 1)) << 2);
    }

    private int set(final long hash) {
        return ((int) (hash >>> 1) & setMask) << SET_SHIFT;
    }

    private static int tag(final long hash) {
        return (int) (hash >>> 32) | 1;
    }

    /** Tags have four bytes and entries 128. */
    private static int entry(final int tagOffset) {
        return tagOffset << (ENTRY_SHIFT - 2);
    }

    /** Forgets everything: another topology is in force. */
    public void clear() {
        for (int tag = 0; size > 0 && tag < tags.capacity(); tag += Integer.BYTES) {
            tags.putInt(tag, 0);
        }
        size = 0;
    }

    /**
     * Copies the next few remembered verdicts out: a slice for each duty cycle.
     *
     * @param next place to begin with: 0, then what the last call answered
     * @param limit places to look at, 1 or more
     * @param rows takes a {@link RememberedFlow} each
     * @return place to go on with, -1 at the end
     */
    public int export(final int next, final int limit, final RowBlock rows) {
        final int capacity = tags == null ? 0 : tags.capacity() >> 2;
        final int end = Math.min(capacity, next + limit);
        for (int i = next; i < end; i++) {
            if (tags.getInt(i << 2) != 0 && rows.add()) {
                final int entry = entry(i << 2);
                rows.put(RememberedFlow.ADDRESSES, entries.getLong(entry + ADDRESSES));
                rows.put(RememberedFlow.PORTS, entries.getLong(entry + PORTS));
                rows.put(RememberedFlow.TUNNEL, entries.getLong(entry + TUNNEL));
                rows.put(RememberedFlow.SOURCE, entries.getLong(entry + SOURCE));
                rows.put(RememberedFlow.CONDITIONS, entries.getInt(entry + CONDITIONS));
                rows.put(RememberedFlow.NEW_ADDRESSES, entries.getLong(entry + NEW_ADDRESSES));
                rows.put(RememberedFlow.NEW_SOURCE, entries.getLong(entry + SOURCE_MAC));
                rows.put(RememberedFlow.NEW_DESTINATION, entries.getLong(entry + DESTINATION_MAC));
                rows.put(
                        RememberedFlow.WAY,
                        (long) entries.getInt(entry + EGRESS) << 32
                                | Integer.toUnsignedLong(entries.getInt(entry + PEER)));
                rows.put(RememberedFlow.SEGMENT, entries.getInt(entry + SEGMENT));
            }
        }
        return end < capacity ? end : ABSENT;
    }

    /** @return verdicts remembered now */
    public int size() {
        return size;
    }

    /** @return true when what is remembered exceeds the L2 cache, so that misses had better overlap */
    public boolean isLarge() {
        return size >= MANY;
    }

    /** Frames that were decided as the last one of their flow was. */
    public long hits() {
        return hits;
    }

    /** How often a verdict was remembered. */
    public long stored() {
        return stored;
    }
}
