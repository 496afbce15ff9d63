package org.dvr.dataplane.flow;

import static org.dvr.dataplane.flow.FlowEntry.ADDRESSES;
import static org.dvr.dataplane.flow.FlowEntry.ANY_PORTS;
import static org.dvr.dataplane.flow.FlowEntry.BY_LEARNED;
import static org.dvr.dataplane.flow.FlowEntry.CONDITIONS;
import static org.dvr.dataplane.flow.FlowEntry.CONNECTION;
import static org.dvr.dataplane.flow.FlowEntry.DELTAS;
import static org.dvr.dataplane.flow.FlowEntry.EGRESS;
import static org.dvr.dataplane.flow.FlowEntry.GENERATION;
import static org.dvr.dataplane.flow.FlowEntry.HAS_SECOND;
import static org.dvr.dataplane.flow.FlowEntry.KIND;
import static org.dvr.dataplane.flow.FlowEntry.LEARNED_UNTIL;
import static org.dvr.dataplane.flow.FlowEntry.LEARNS;
import static org.dvr.dataplane.flow.FlowEntry.MACS;
import static org.dvr.dataplane.flow.FlowEntry.MOMENT;
import static org.dvr.dataplane.flow.FlowEntry.MTU;
import static org.dvr.dataplane.flow.FlowEntry.NEW_ADDRESSES;
import static org.dvr.dataplane.flow.FlowEntry.NEW_MACS;
import static org.dvr.dataplane.flow.FlowEntry.NEW_PORTS;
import static org.dvr.dataplane.flow.FlowEntry.NEW_SOURCE_MAC;
import static org.dvr.dataplane.flow.FlowEntry.PEER;
import static org.dvr.dataplane.flow.FlowEntry.PORTS;
import static org.dvr.dataplane.flow.FlowEntry.SECOND_CONNECTION;
import static org.dvr.dataplane.flow.FlowEntry.SECOND_GENERATION;
import static org.dvr.dataplane.flow.FlowEntry.SEGMENT;
import static org.dvr.dataplane.flow.FlowEntry.SEGMENTATION_ID;
import static org.dvr.dataplane.flow.FlowEntry.TO_GRE;
import static org.dvr.dataplane.flow.FlowEntry.TO_VXLAN;
import static org.dvr.dataplane.flow.FlowEntry.TRANSLATED;
import static org.dvr.dataplane.flow.FlowEntry.TUNNEL;
import static org.dvr.dataplane.flow.FlowEntry.UNTRACKED;
import static org.dvr.dataplane.flow.FlowEntry.UNUSUAL;
import static org.dvr.dataplane.flow.FlowEntry.USED;
import static org.dvr.dataplane.flow.FlowEntry.VERSION;

import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.table.LearnedFdbTable;
import org.dvr.dataplane.table.RowBlock;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologyChange;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.TupleHash;
import org.dvr.nat.memory.MemorySource;
import org.dvr.nat.memory.NativeMemory;
import org.dvr.nat.memory.Words;

/**
 * Remembered verdicts, one for each flow, or one for all ports of two addresses where no stage has looked at them: the next packet of a flow costs one lookup and one write instead of the way through parser, stages and writer. Whatever is
 * remembered, the stages would decide again; with the cache off every byte that leaves is the same.
 *
 * <pre>
 *   tags, 8 bytes a set of four                        entries: {@link FlowEntry}, 128 bytes each
 *   | tag (2) | tag (2) | tag (2) | tag (2) |
 *   tag: upper bits of the key's hash, the lowest one 1; 0 = empty
 * </pre>
 *
 * <p><b>When a verdict holds no longer.</b> A new topology ends those that what is different in it touches ({@link ChangeLog}), or all: each carries the version of the
 * cache under which it was remembered, or was last held against what has changed. A connection that
 * was removed, or whose time has come, ends those that were translated by it; a learned neighbor or MAC that has aged, or any that has moved, those that rely on it.
 * Where a packet passes untracked because no connection is known, any connection that opens has the verdict looked at again. Packets that no longer fit (TTL spent,
 * longer than an MTU on the way, TCP segments that begin or end something) are decided by the stages.
 *
 * <p><b>What is remembered.</b> Verdicts of frames that leave by one way, of connections that are known already: a scan, whose packets each open a
 * connection, leaves nothing here. A new flow takes a place in its set of four that is empty or holds what is void. Else every {@value #PATIENCE}th packet that asks
 * takes that of a flow that was not met again since its last chance; where all four were, each loses its chance and the new flow goes without. So flows in use
 * stay, and far more flows than places cost little more than no cache.
 *
 * <p><b>Its size.</b> Of its places {@value #FIRST_PLACES} are used at first, and twice as many whenever half of them are taken, up to the capacity: few flows stay
 * side by side in the cache of the processor. Nothing is moved then. Flows that belong elsewhere from there on are decided once more by the stages; what they leave
 * behind is not met again.
 *
 * <p>Owned by one worker; allocates nothing after construction.
 */
public final class FlowCache {
    /** Answer of {@link #find}: nothing is remembered of the flow. */
    public static final long ABSENT = 0;

    /** A gigabyte of entries: the most that it holds. */
    public static final int MAX_CAPACITY = 1 << 23;

    /** Places that are used while there are few flows. */
    private static final int FIRST_PLACES = 8_192;

    private static final int EXPORT_END = -1;
    private static final int WAYS = 4;
    private static final int TAG_SHIFT = 4; // bits of a tag
    private static final long LOWEST = 0x0001_0001_0001_0001L;
    private static final long HIGHEST = 0x8000_8000_8000_8000L;
    private static final int ENTRY_SHIFT = 7;
    private static final int LEAST_TTL_SHIFT = 8;
    private static final int BYTE = 0xFF;
    private static final int SHORT = 0xFFFF;
    private static final int NO_PEER = -1;

    /** Few flows have one of these. */
    private static final int RARE = UNTRACKED | BY_LEARNED;

    /** Flows whose entries fill half of a megabyte. */
    private static final int MANY = 4_096;

    /** One packet in so many that find their set full may push another flow out: what is met once is not worth the writing. */
    private static final int PATIENCE = 16;

    private static final int TCP_NUMBERS = 4;
    private static final int TCP_OFFSET_AND_FLAGS = 12;

    private final ConntrackTable connections;
    private final ChangeLog changes = new ChangeLog();
    private final int lastSet;
    private final NativeMemory tags;
    private final NativeMemory entries; // keeps what base points at alive
    private final long base;
    private final long seed0;
    private final long seed1;
    private final long seed2;
    private final long seed3;
    private final long seed4;
    private final long seed5;
    private int setMask;
    private int outdated; // entries that were forgotten all at once and that nobody has taken over yet, at most
    private int asked;
    private int size;
    private long hits;
    private long stored;

    /**
     * @param capacity flows remembered, a power of two from 4 to 2^23, or 0: the cache is off
     * @param seed of the hash: keys are chosen by strangers
     * @param connections of the same worker
     * @param source of memory, of which as much is touched as there are places in use
     */
    public FlowCache(final int capacity, final long seed, final ConntrackTable connections, final MemorySource source) {
        if (capacity != 0 && (capacity < WAYS || capacity > MAX_CAPACITY || Integer.bitCount(capacity) != 1)) {
            throw new IllegalArgumentException(
                    "capacity must be 0 or a power of two from 4 to " + MAX_CAPACITY + ", capacity=" + capacity);
        }
        this.connections = connections;
        lastSet = capacity / WAYS - 1;
        setMask = Math.min(capacity, FIRST_PLACES) / WAYS - 1;
        tags = capacity == 0 ? null : source.allocate(capacity << 1, 64);
        entries = capacity == 0 ? null : source.allocate(Math.multiplyExact(capacity, FlowEntry.LENGTH), 128);
        base = capacity == 0 ? 0 : entries.address(0);
        long state = seed;
        seed0 = TupleHash.mix(++state);
        seed1 = TupleHash.mix(++state);
        seed2 = TupleHash.mix(++state);
        seed3 = TupleHash.mix(++state);
        seed4 = TupleHash.mix(++state) | 1;
        seed5 = TupleHash.mix(++state) | 1;
    }

    /** @return false when nothing is ever remembered */
    public boolean isOn() {
        return tags != null;
    }

    /**
     * Reads the key of a frame that has been parsed; its hash is {@link FlowKey#NONE} when the frame has none, or the cache is off.
     *
     * @param frame nothing is decided about it yet
     * @param key filled in
     */
    public void key(final Frame frame, final FlowKey key) {
        if (tags == null || !key.read(frame)) {
            key.hash = FlowKey.NONE;
        } else {
            hash(key);
        }
    }

    /**
     * Computes the hash of a key.
     *
     * @param key its five longs are there
     */
    public void hash(final FlowKey key) {
        key.hashOfAnyPorts = hashOfAnyPorts(key.macs, key.kind, key.addresses, key.ports, key.tunnel);
        key.hash = hashOfPorts(key.hashOfAnyPorts, key.ports);
    }

    private long hash(final long macs, final long kind, final long addresses, final long ports, final long tunnel) {
        return hashOfPorts(hashOfAnyPorts(macs, kind, addresses, ports, tunnel), ports);
    }

    /** Of all that has to be the same where a verdict holds for any ports. */
    private long hashOfAnyPorts(
            final long macs, final long kind, final long addresses, final long ports, final long tunnel) {
        // Products folded as in the connection table: each operand is secret until it is multiplied.
        final long first = TupleHash.fold(macs ^ seed0, kind ^ seed1);
        final long second = TupleHash.fold(addresses ^ seed2, tunnel ^ seed3);
        return TupleHash.fold(first ^ second ^ (ports & FlowKey.ORIGIN_MASK), seed4) | 1;
    }

    /** And the ports; those of a protocol that has none change nothing. */
    private long hashOfPorts(final long hashOfAnyPorts, final long ports) {
        final long both = ports >>> 32;
        return both == 0 ? hashOfAnyPorts : TupleHash.fold(hashOfAnyPorts ^ both, seed5) | 1;
    }

    /**
     * Brings the tags of a key's set into the cache: the first pass over a burst.
     *
     * @param key of a frame
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touch(final FlowKey key) {
        return tags.getLong(set(key.hash) << 3);
    }

    /**
     * Looks where a flow may be remembered, by its tag alone, and brings that into the cache, both lines: the second pass over a burst.
     *
     * @param key of a frame; where it may be is noted in it
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touchEntry(final FlowKey key) {
        long entry = ABSENT;
        if (key.hash != FlowKey.NONE) {
            entry = candidate(key.hash);
            if (entry == ABSENT) {
                entry = candidate(key.hashOfAnyPorts);
            }
        }
        key.entry = entry;
        return entry == ABSENT ? 0 : (long) Words.getInt(entry + VERSION) + Words.getInt(entry + EGRESS);
    }

    /**
     * Brings the connection of a remembered flow into the cache: the third pass over a burst.
     *
     * @param key of a frame that {@link #touchEntry} has found
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touchConnection(final FlowKey key) {
        return connections.touchConnection(Words.getInt(key.entry + CONNECTION));
    }

    /**
     * Finds what is remembered of a flow, whether or not it still holds.
     *
     * @param key with its hash
     * @return where it is, or {@link #ABSENT}
     */
    public long find(final FlowKey key) {
        final long entry = find(key, key.hash);
        return entry == ABSENT ? find(key, key.hashOfAnyPorts) : entry;
    }

    private long find(final FlowKey key, final long hash) {
        final int set = set(hash);
        long matches = matches(set, hash);
        while (matches != 0) {
            final long entry = entry(set, Long.numberOfTrailingZeros(matches) >>> TAG_SHIFT);
            if (isOf(entry, key)) {
                return entry;
            }
            matches &= matches - 1;
        }
        return ABSENT;
    }

    /**
     * As {@link #find}, for a key whose entry has been touched.
     *
     * @param key where it may be is noted in it
     * @return where it is, or {@link #ABSENT}
     */
    public long findTouched(final FlowKey key) {
        final long entry = key.entry;
        return entry == ABSENT || isOf(entry, key) ? entry : find(key);
    }

    /**
     * Reads the flags of an entry, its least TTL and the TTL its packets spend.
     *
     * @param entry where {@link #find} has found it
     * @return as {@link FlowEntry#CONDITIONS} has them
     */
    public int conditions(final long entry) {
        return Words.getInt(entry + CONDITIONS);
    }

    /**
     * Tells whether what is remembered holds for a packet, as far as that can be seen without its connection.
     *
     * @param entry where {@link #find} has found it
     * @param conditions of the entry
     * @param ttl of the packet
     * @param wireLength of the packet, see {@link Facts#wireLength}
     * @param learnedVersion changes when a neighbor or a MAC moves
     * @param nowNs current time
     * @return false when the stages have to decide
     */
    public boolean fits(
            final long entry,
            final int conditions,
            final int ttl,
            final int wireLength,
            final int learnedVersion,
            final long nowNs) {
        return isInForce(entry, conditions)
                && ttl >= (conditions >>> LEAST_TTL_SHIFT & BYTE)
                && wireLength <= (Words.getInt(entry + MTU) & SHORT)
                && ((conditions & RARE) == 0 || holds(entry, conditions, learnedVersion, nowNs));
    }

    private boolean isInForce(final long entry, final int conditions) {
        return Words.getInt(entry + VERSION) == changes.version() || outlived(entry, conditions);
    }

    /** The topology is another one than when this was decided, or was looked at last: has nothing changed that it depends on? */
    private boolean outlived(final long entry, final int conditions) {
        final int decidedUnder = Words.getInt(entry + VERSION);
        if (changes.isForgotten(decidedUnder)) {
            return false;
        }
        for (int version = decidedUnder + 1; version <= changes.version(); version++) {
            if (isTouched(changes.get(version), entry, conditions)) {
                return false;
            }
        }
        Words.putInt(entry + VERSION, changes.version());
        return true;
    }

    private boolean isTouched(final TopologyChange change, final long entry, final int conditions) {
        final long macs = Words.getLong(entry + MACS);
        final int ingress = (int) Words.getLong(entry + PORTS) & FlowKey.ATTACHMENT_MASK;
        return (change.touchesAddresses() && isTouchedByAddress(change, entry, conditions))
                || change.touchesMac(macs >>> 16)
                || change.touchesMac((macs & SHORT) << 32 | Words.getLong(entry + KIND) >>> 32)
                || change.touchesMac(Words.getLong(entry + NEW_MACS) >>> 16)
                || change.touchesAttachment(ingress)
                || change.touchesAttachment(Words.getInt(entry + EGRESS))
                || (change.hasMoreNeighbors() && (conditions & BY_LEARNED) != 0);
    }

    private boolean isTouchedByAddress(final TopologyChange change, final long entry, final int conditions) {
        final long addresses = Words.getLong(entry + ADDRESSES);
        if (change.touchesAddress((int) (addresses >>> 32)) || change.touchesAddress((int) addresses)) {
            return true;
        }
        if ((conditions & TRANSLATED) == 0) {
            return false;
        }
        // Of a packet that was translated twice, what it was in between is not known here.
        final long leaving = Words.getLong(entry + NEW_ADDRESSES);
        return (conditions & HAS_SECOND) != 0
                || change.touchesAddress((int) (leaving >>> 32))
                || change.touchesAddress((int) leaving);
    }

    private boolean holds(final long entry, final int conditions, final int learnedVersion, final long nowNs) {
        return Words.getInt(entry + MOMENT) == moment(conditions, learnedVersion)
                && ((conditions & BY_LEARNED) == 0 || Words.getLong(entry + LEARNED_UNTIL) - nowNs > 0);
    }

    /** Of what only ever grows, a sum that is the same is the same in all its parts. */
    private int moment(final int conditions, final int learnedVersion) {
        return ((conditions & UNTRACKED) == 0 ? 0 : (int) connections.created())
                + ((conditions & BY_LEARNED) == 0 ? 0 : learnedVersion);
    }

    /**
     * Tracks the connections of a routine packet, if it does no more than start their timeouts again; counts a hit.
     *
     * @param entry it {@link #fits}
     * @param conditions of the entry
     * @param key of the packet, as it was read without parsing
     * @param nowNs current time
     * @return false when the stages have to decide; nothing has happened then
     */
    public boolean track(final long entry, final int conditions, final FlowKey key, final long nowNs) {
        final int connection = Words.getInt(entry + CONNECTION);
        if (connection != 0) {
            final int protocol = (int) key.kind >>> 8 & BYTE;
            if (protocol == IpProtocol.TCP || (conditions & HAS_SECOND) != 0) {
                if (!trackNumbers(entry, connection, protocol, key, nowNs)) {
                    return false;
                }
            } else if (!connections.renew(connection, Words.getInt(entry + GENERATION), protocol, nowNs)) {
                return false;
            }
        }
        met(entry, conditions);
        return true;
    }

    /**
     * Tracks the connections of packets that somebody else has forwarded, by the last of them: as {@link #track}.
     *
     * @param entry it {@link #fits}
     * @param conditions of the entry
     * @param frames how many there were
     * @param last numbers of the last one
     * @param nowNs current time
     * @return false when the stages have to decide about those to come
     */
    public boolean trackElsewhere(
            final long entry, final int conditions, final long frames, final TcpNumbers last, final long nowNs) {
        final int connection = Words.getInt(entry + CONNECTION);
        if (connection != 0
                && !track(entry, connection, last.flags, last.sequence, last.acknowledgment, last.length, nowNs)) {
            return false;
        }
        met(entry, conditions);
        hits += frames - 1;
        return true;
    }

    /**
     * Tells whether a verdict is one that holds until something happens that this cache is told of.
     *
     * @param conditions of an entry
     * @return false when any packet of another flow may make it void
     */
    public static boolean isSteady(final int conditions) {
        return (conditions & UNTRACKED) == 0;
    }

    /**
     * Reads the longest packet that passes whole.
     *
     * @param entry where {@link #find} has found it
     * @return bytes, at most 65,535
     */
    public int longestPacket(final long entry) {
        return Words.getInt(entry + MTU) & SHORT;
    }

    private boolean trackNumbers(
            final long entry, final int connection, final int protocol, final FlowKey key, final long nowNs) {
        if (protocol != IpProtocol.TCP) {
            return track(entry, connection, 0, 0, 0, 0, nowNs);
        }
        final long at = key.packet + Ipv4Header.MIN_LENGTH;
        final long numbers = Words.getNetLong(at + TCP_NUMBERS);
        final int offsetAndFlags = Words.getNetShort(at + TCP_OFFSET_AND_FLAGS);
        final int length =
                key.packetLength - Ipv4Header.MIN_LENGTH - (offsetAndFlags >>> 10 & 0x3C); // in units of four
        return track(entry, connection, offsetAndFlags & BYTE, (int) (numbers >>> 32), (int) numbers, length, nowNs);
    }

    private void met(final long entry, final int conditions) {
        if ((conditions & USED) == 0) {
            Words.putInt(entry + CONDITIONS, conditions | USED);
        }
        hits++;
    }

    /**
     * Decides a parsed frame as the last one of its flow was, if that still holds, and tracks its connections.
     *
     * @param frame its verdict is filled in when true is returned, else nothing has happened
     * @param key of the frame
     * @param topology in force
     * @param learnedVersion changes when a neighbor or a MAC moves
     * @param nowNs current time
     * @return false when the stages have to decide
     */
    public boolean recall(
            final Frame frame,
            final FlowKey key,
            final TopologySnapshot topology,
            final int learnedVersion,
            final long nowNs) {
        if (key.hash == FlowKey.NONE) {
            return false;
        }
        final long entry = find(key);
        if (entry == ABSENT) {
            return false;
        }
        final Facts facts = frame.facts;
        final int conditions = conditions(entry);
        if (!fits(entry, conditions, facts.ttl, facts.wireLength, learnedVersion, nowNs)) {
            return false;
        }
        final int connection = Words.getInt(entry + CONNECTION);
        if (connection != 0
                && !track(
                        entry,
                        connection,
                        facts.tcpFlags,
                        facts.tcpSequence,
                        facts.tcpAcknowledgment,
                        facts.tcpLength,
                        nowNs)) {
            return false;
        }
        fill(frame, key, entry, topology);
        met(entry, conditions);
        return true;
    }

    private boolean track(
            final long entry,
            final int connection,
            final int flags,
            final int sequence,
            final int acknowledgment,
            final int length,
            final long nowNs) {
        final int second = Words.getInt(entry + SECOND_CONNECTION);
        if (!isRoutine(connection, Words.getInt(entry + GENERATION), flags, nowNs)
                || (second != 0 && !isRoutine(second, Words.getInt(entry + SECOND_GENERATION), flags, nowNs))) {
            return false;
        }
        connections.packet(connection, flags, sequence, acknowledgment, length, nowNs);
        if (second != 0) {
            connections.packet(second, flags, sequence, acknowledgment, length, nowNs);
        }
        return true;
    }

    /** Does a packet do no more than start the timeout of a live connection again? Else the stages verify its checksum first. */
    private boolean isRoutine(final int connection, final int generation, final int flags, final long nowNs) {
        return connections.isCurrent(connection, generation, nowNs) && !connections.isChangedBy(connection, flags);
    }

    private void fill(final Frame frame, final FlowKey key, final long entry, final TopologySnapshot topology) {
        final Verdict verdict = frame.verdict;
        final int conditions = Words.getInt(entry + CONDITIONS);
        final long macs = Words.getLong(entry + NEW_MACS);
        verdict.action = Action.FORWARD;
        verdict.destinationMac = macs >>> 16;
        verdict.sourceMac = Words.getLong(entry + NEW_SOURCE_MAC) >>> 16;
        verdict.ttlCost = conditions & BYTE;
        if ((conditions & TRANSLATED) != 0) {
            final long addresses = Words.getLong(entry + NEW_ADDRESSES);
            final int ports = Words.getInt(entry + NEW_PORTS);
            verdict.isTranslated = true;
            verdict.source = (int) (addresses >>> 32);
            verdict.destination = (int) addresses;
            verdict.sourcePort = ports >>> 16;
            verdict.destinationPort = ports & SHORT;
        }
        verdict.egress = topology.attachmentById(Words.getInt(entry + EGRESS));
        verdict.segment = topology.segmentById(Words.getInt(entry + SEGMENT));
        final int peer = Words.getInt(entry + PEER);
        if (peer != NO_PEER) {
            verdict.peer = topology.peerById(peer);
        }
        if ((conditions & LEARNS) != 0) {
            verdict.learnedSegmentId = learnedSegmentId(entry);
            verdict.learnedWhere = learnedWhere(key, topology);
        }
    }

    /**
     * Where the source MAC of every packet is learned.
     *
     * @param entry that {@link FlowEntry#LEARNS}
     * @return segment id
     */
    public int learnedSegmentId(final long entry) {
        return Words.getInt(entry + MTU) >>> 16;
    }

    /**
     * Where frames of a flow come from, as {@link LearnedFdbTable} marks it.
     *
     * @param key of the flow
     * @param topology in force
     * @return attachment id, or marked peer id
     */
    public static int learnedWhere(final FlowKey key, final TopologySnapshot topology) {
        return (int) key.ports >>> FlowKey.TUNNEL_SHIFT == 0
                ? (int) key.ports
                : topology.peer((int) (key.tunnel >>> 32)).id() | LearnedFdbTable.PEER;
    }

    /**
     * Remembers what the stages have decided about a frame, if it will hold for the next one of its flow.
     *
     * @param frame decided, not written yet
     * @param key of the frame
     * @param learnedVersion changes when a neighbor or a MAC moves
     */
    public void remember(final Frame frame, final FlowKey key, final int learnedVersion) {
        final Verdict verdict = frame.verdict;
        if (key.hash == FlowKey.NONE
                || verdict.action != Action.FORWARD
                || !verdict.isLasting
                || verdict.fragmentMtu != 0
                || verdict.ttlCost >= BYTE
                || verdict.answer != Answer.NONE) {
            return;
        }
        final boolean isForAnyPorts = isForAnyPorts(verdict);
        if (isForAnyPorts) {
            forget(key);
            key.ports &= FlowKey.ORIGIN_MASK;
            key.hash = key.hashOfAnyPorts;
        }
        final long entry = place(key);
        if (entry != ABSENT) {
            stored++;
            store(entry, key);
            storeConditions(entry, verdict, isForAnyPorts, learnedVersion);
            storeRewrite(entry, frame.facts, verdict, isForAnyPorts);
        }
    }

    /** Has nothing looked at ports, so that one verdict is enough for all that the two have to say to each other? */
    private static boolean isForAnyPorts(final Verdict verdict) {
        return !verdict.dependsOnPorts
                && !verdict.isTranslated
                && !verdict.isUntracked
                && verdict.connection == 0
                && verdict.secondConnection == 0;
    }

    /** What was remembered while ports mattered is void, and would be met first. */
    private void forget(final FlowKey key) {
        final long entry = find(key, key.hash);
        if (entry == ABSENT || (Words.getInt(entry + CONDITIONS) & ANY_PORTS) != 0) {
            return;
        }
        final int place = (int) ((entry - base) >>> ENTRY_SHIFT);
        final int tagsAt = place >>> 2 << 3;
        tags.putLong(tagsAt, tags.getLong(tagsAt) & ~((long) SHORT << ((place & (WAYS - 1)) << TAG_SHIFT)));
        if (changes.isBeforeAll(Words.getInt(entry + VERSION))) {
            outdated--;
        } else {
            size--;
        }
    }

    private void store(final long entry, final FlowKey key) {
        Words.putLong(entry + MACS, key.macs);
        Words.putLong(entry + KIND, key.kind);
        Words.putLong(entry + ADDRESSES, key.addresses);
        Words.putLong(entry + PORTS, key.ports);
        Words.putLong(entry + TUNNEL, key.tunnel);
        Words.putInt(entry + VERSION, changes.version());
    }

    private void storeConditions(
            final long entry, final Verdict verdict, final boolean isForAnyPorts, final int learnedVersion) {
        int conditions = verdict.ttlCost;
        conditions |= isForAnyPorts ? ANY_PORTS : 0;
        if (verdict.ttlCost > 0) {
            conditions |= (verdict.ttlCost + 1) << LEAST_TTL_SHIFT;
        }
        conditions |= verdict.isTranslated ? TRANSLATED : 0;
        conditions |= verdict.isUntracked ? UNTRACKED : 0;
        conditions |= verdict.learnedUntilNs == Long.MAX_VALUE ? 0 : BY_LEARNED;
        conditions |= verdict.learnedSegmentId == 0 ? 0 : LEARNS;
        conditions |= verdict.secondConnection == 0 ? 0 : HAS_SECOND;
        if (verdict.peer != null) {
            final boolean isVxlan = verdict.segment.type() == NetworkType.VXLAN;
            conditions |= verdict.peer.isIpv6() ? UNUSUAL : isVxlan ? TO_VXLAN : TO_GRE;
        }
        Words.putInt(entry + CONDITIONS, conditions);
        Words.putInt(entry + MTU, verdict.learnedSegmentId << 16 | Math.min(verdict.mtu, SHORT));
        Words.putInt(entry + CONNECTION, verdict.connection);
        Words.putInt(entry + GENERATION, connections.generation(verdict.connection));
        Words.putInt(entry + SECOND_CONNECTION, verdict.secondConnection);
        Words.putInt(entry + SECOND_GENERATION, connections.generation(verdict.secondConnection));
        Words.putInt(entry + MOMENT, moment(conditions, learnedVersion));
        Words.putLong(entry + LEARNED_UNTIL, verdict.learnedUntilNs);
    }

    private void storeRewrite(final long entry, final Facts facts, final Verdict verdict, final boolean isForAnyPorts) {
        final Segment segment = verdict.segment;
        final int wire = verdict.peer != null ? facts.flowHash() & SHORT : tag(verdict.egress, segment);
        Words.putLong(entry + NEW_MACS, verdict.destinationMac << 16 | verdict.sourceMac >>> 32);
        Words.putLong(entry + NEW_SOURCE_MAC, verdict.sourceMac << 16 | wire);
        Words.putLong(
                entry + NEW_ADDRESSES,
                isForAnyPorts
                        ? facts.flowHashOfAnyPorts()
                        : (long) verdict.source << 32 | (verdict.destination & 0xFFFF_FFFFL));
        Words.putInt(entry + NEW_PORTS, verdict.sourcePort << 16 | (verdict.destinationPort & SHORT));
        Words.putInt(entry + DELTAS, deltas(facts, verdict));
        Words.putInt(entry + EGRESS, verdict.egress.id());
        Words.putInt(entry + PEER, verdict.peer == null ? NO_PEER : verdict.peer.id());
        Words.putInt(entry + SEGMENT, segment.id());
        Words.putInt(entry + SEGMENTATION_ID, segment.segmentationId());
    }

    private static int tag(final Attachment egress, final Segment segment) {
        return egress.kind() == AttachmentKind.PHYSICAL && segment.vlanId() != Segment.UNTAGGED
                ? segment.vlanId()
                : FlowKey.UNTAGGED;
    }

    /** What every packet of the flow adds to the sums of its two headers (RFC 1624): that of the TTL is the same whatever the TTL is. */
    private static int deltas(final Facts facts, final Verdict verdict) {
        final long ttl = SHORT - ((long) verdict.ttlCost << 8);
        if (!verdict.isTranslated) {
            return fold(ttl) << 16;
        }
        final long addresses = InternetChecksum.longDelta32(facts.source, verdict.source)
                + InternetChecksum.longDelta32(facts.destination, verdict.destination);
        if (facts.protocol == IpProtocol.ICMP) {
            return fold(addresses + ttl)
                    << 16; // its checksum does not cover addresses; an identifier is rarely translated
        }
        final int before = facts.sourcePort << 16 | facts.destinationPort;
        final int after = verdict.sourcePort << 16 | verdict.destinationPort;
        return fold(addresses + ttl) << 16 | fold(addresses + InternetChecksum.longDelta32(before, after));
    }

    private static int fold(final long sum) {
        return ~InternetChecksum.update(SHORT, sum) & SHORT;
    }

    /** Where a flow is remembered now, or will be; {@link #ABSENT} when it goes without. */
    private long place(final FlowKey key) {
        final long known = find(key, key.hash);
        if (known != ABSENT) {
            if (changes.isBeforeAll(Words.getInt(known + VERSION))) {
                outdated--;
                size++;
            }
            return known;
        }
        int set = set(key.hash);
        if (size > setMask << 1 && setMask < lastSet) {
            setMask = setMask << 1 | 1;
            set = set(key.hash);
        }
        final int empty = Long.numberOfTrailingZeros(zeros(tags.getLong(set << 3)));
        if (empty < Long.SIZE) {
            size++;
            return take(set, empty >>> TAG_SHIFT, key);
        }
        if (outdated > 0) {
            for (int way = 0; way < WAYS; way++) {
                if (changes.isBeforeAll(Words.getInt(entry(set, way) + VERSION))) {
                    outdated--;
                    size++;
                    return take(set, way, key);
                }
            }
        }
        if (++asked % PATIENCE != 0) {
            return ABSENT;
        }
        // From another one each time, or two flows could take turns at one place for ever.
        final int hand = asked / PATIENCE;
        for (int i = 0; i < WAYS; i++) {
            final int way = (hand + i) & (WAYS - 1);
            final long entry = entry(set, way);
            final int conditions = Words.getInt(entry + CONDITIONS);
            if ((conditions & USED) == 0 || changes.isForgotten(Words.getInt(entry + VERSION))) {
                return take(set, way, key);
            }
            Words.putInt(entry + CONDITIONS, conditions & ~USED);
        }
        return ABSENT;
    }

    private long take(final int set, final int way, final FlowKey key) {
        final int shift = way << TAG_SHIFT;
        final long others = tags.getLong(set << 3) & ~((long) SHORT << shift);
        tags.putLong(set << 3, others | tag(key.hash) << shift);
        return entry(set, way);
    }

    private long candidate(final long hash) {
        final int set = set(hash);
        final long matches = matches(set, hash);
        return matches == 0 ? ABSENT : entry(set, Long.numberOfTrailingZeros(matches) >>> TAG_SHIFT);
    }

    /** The highest bit of every tag of a set that is a hash's, and maybe of one that follows such a one. */
    private long matches(final int set, final long hash) {
        return zeros(tags.getLong(set << 3) ^ tag(hash) * LOWEST);
    }

    /** The highest bit of every 16-bit word that is 0, and maybe of one that is 1 and follows such a one. */
    private static long zeros(final long words) {
        return (words - LOWEST) & ~words & HIGHEST;
    }

    private boolean isOf(final long entry, final FlowKey key) {
        final long compared = (Words.getInt(entry + CONDITIONS) & ANY_PORTS) == 0 ? -1 : FlowKey.ORIGIN_MASK;
        return ((Words.getLong(entry + ADDRESSES) ^ key.addresses)
                        | ((Words.getLong(entry + PORTS) ^ key.ports) & compared)
                        | (Words.getLong(entry + MACS) ^ key.macs)
                        | (Words.getLong(entry + KIND) ^ key.kind)
                        | (Words.getLong(entry + TUNNEL) ^ key.tunnel))
                == 0;
    }

    private int set(final long hash) {
        return (int) (hash >>> 1) & setMask;
    }

    private static long tag(final long hash) {
        return hash >>> 48 | 1;
    }

    private long entry(final int set, final int way) {
        return base + ((long) (set << 2 | way) << ENTRY_SHIFT);
    }

    /**
     * Another topology is in force: from now on each verdict that was remembered is held against the change once, when its flow is met again. Costs the same
     * whatever is remembered.
     *
     * @param change how it differs from the one before
     */
    public void changed(final TopologyChange change) {
        changes.add(change);
        if (change.isEverything()) {
            outdated += size;
            size = 0;
        }
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
        final int places = tags == null ? 0 : (setMask + 1) * WAYS;
        final int end = Math.min(places, next + limit);
        for (int i = next; i < end; i++) {
            final long entry = entry(0, i);
            if (isInUse(i) && rows.add()) {
                rows.put(RememberedFlow.ADDRESSES, Words.getLong(entry + ADDRESSES));
                rows.put(RememberedFlow.PORTS, Words.getLong(entry + PORTS));
                rows.put(RememberedFlow.TUNNEL, Words.getLong(entry + TUNNEL));
                rows.put(RememberedFlow.KIND, Words.getLong(entry + KIND));
                rows.put(RememberedFlow.CONDITIONS, Words.getInt(entry + CONDITIONS));
                rows.put(RememberedFlow.NEW_ADDRESSES, Words.getLong(entry + NEW_ADDRESSES));
                rows.put(RememberedFlow.NEW_PORTS, Words.getInt(entry + NEW_PORTS));
                rows.put(
                        RememberedFlow.WAY,
                        (long) Words.getInt(entry + EGRESS) << 32 | Integer.toUnsignedLong(Words.getInt(entry + PEER)));
                rows.put(RememberedFlow.SEGMENT, Words.getInt(entry + SEGMENT));
            }
        }
        return end < places ? end : EXPORT_END;
    }

    /** It holds, as far as the topology goes, and was not left behind where its flow no longer belongs. */
    private boolean isInUse(final int place) {
        final long entry = entry(0, place);
        return (tags.getLong(place >>> 2 << 3) >>> ((place & (WAYS - 1)) << TAG_SHIFT) & SHORT) != 0
                && isInForce(entry, Words.getInt(entry + CONDITIONS))
                && set(hash(
                                Words.getLong(entry + MACS),
                                Words.getLong(entry + KIND),
                                Words.getLong(entry + ADDRESSES),
                                Words.getLong(entry + PORTS),
                                Words.getLong(entry + TUNNEL)))
                        == place >>> 2;
    }

    /** @return verdicts remembered now, left behind, or touched by a change and not met since */
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
