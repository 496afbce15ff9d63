package org.dvr.nat.conntrack;

import org.agrona.BitUtil;
import org.dvr.nat.tuple.TupleKey;

/**
 * Connection table: two tuples, original and reply, as two keys to one entry. Off heap, fixed capacity.
 *
 * <pre>
 *   entry, one 64-byte cache line, aligned; number 0 is never used
 *     0  original addresses (8)      8  original ports (8)       | fixed at creation
 *    16  reply addresses (8)        24  reply ports (8)          |
 *    32  expiresAtNs (8)            40  createdNs (8)            | changed by packets
 *    48  state word (4)             52  owner (4)                |
 *    56  next free entry (4)        60  generation (4)
 *   state word: | live (1) | 0 | leader (1) | reply seen (1) | original seen (1) | TCP state (8) |
 *
 *   index slot, 8 bytes: | fingerprint (32) | entry number (31) | direction (1) |     0: empty
 * </pre>
 *
 * The index is open addressing with linear probing, at most half full, two slots per connection. A slot's home follows
 * from its fingerprint, so deletion closes the gap by shifting without a look at the entries, and there are no
 * tombstones. Keys are chosen by strangers, therefore the hash is seeded.
 *
 * <p>A <em>reference</em> is an int: the entry number and the direction (0 original, 1 reply) in its lowest bit. It
 * holds until the connection is removed; {@link #generation} tells a later connection in the same entry apart.
 *
 * <p>A packet that travels in one direction leaves as the inverse of the other direction's tuple. Both tuples may be
 * equal (a guest that talks to itself by the same port): then the connection is found in its original direction.
 *
 * <p>Memory misses are the cost of a large table. For a burst: compute all hashes and {@link #touch} each, then {@link
 * #touchEntry} each, then {@link #find} each, so that the misses overlap.
 *
 * <p>Owned by one worker; allocates nothing after construction. Time only moves forward, in nanoseconds of any origin.
 * When full, {@link #open} looks at the next few entries for expired ones, else refuses and counts.
 */
public final class ConntrackTable {
    /** Answer of {@link #find}: no live connection has this tuple. */
    public static final int MISSING = -1;

    /** Answer of {@link #open}: no room, and no expired connection near at hand. */
    public static final int TABLE_FULL = -2;

    /** Answer of {@link #open}: a live connection uses one of the tuples. */
    public static final int CLASH = -3;

    /** The least capacity. */
    public static final int MIN_CAPACITY = 16;

    /** The largest capacity. */
    public static final int MAX_CAPACITY = 1 << 24;

    /** Bytes of a connection, its two index slots not counted. */
    public static final int ENTRY_LENGTH = 64;

    private static final int ENTRY_SHIFT = 6;
    private static final int TUPLE_LENGTH_SHIFT = 4;
    private static final int ORIGINAL_ADDRESSES = 0;
    private static final int ORIGINAL_PORTS = 8;
    private static final int REPLY_ADDRESSES = 16;
    private static final int REPLY_PORTS = 24;
    private static final int EXPIRES_AT = 32;
    private static final int CREATED_AT = 40;
    private static final int STATE = 48;
    private static final int OWNER = 52;
    private static final int NEXT_FREE = 56;
    private static final int GENERATION = 60;

    private static final int TCP_STATE_MASK = 0xFF;
    private static final int SEEN_SHIFT = 8;
    private static final int BOTH_SEEN = 3 << SEEN_SHIFT;
    private static final int LEADER_SHIFT = 10;
    private static final int LIVE = 1 << 31;

    private static final int SLOT_SHIFT = 3;
    private static final long EMPTY = 0;
    /** Entries that {@link #open} looks at in a full table: a few microseconds of a worker's time. */
    private static final int RECLAIM_LIMIT = 64;

    /** Timeouts by TCP state come first, those by protocol after them; the low bit of an index is "replied". */
    private static final int PROTOCOL_TIMEOUTS = 32;

    private static final int TCP_NEW = TcpState.NEW.code();
    private static final int TCP_SYN_SENT = TcpState.SYN_SENT.code();
    private static final int TCP_FIN_WAIT = TcpState.FIN_WAIT.code();

    private final int capacity;
    private final int slotMask;
    private final long seedOfAddresses;
    private final long seedOfPorts;
    private final long seedOfMix;
    private final long[] timeoutsNs;
    private final NativeMemory entries;
    private final NativeMemory index;

    /** Entry numbers from here on were never used: a new table's memory is handed out as it is needed. */
    private int firstUnused = 1;

    private int firstFree;
    private int sweepCursor = 1;
    private int active;
    private long created;
    private long expired;
    private long removed;
    private long fullCount;
    private long clashCount;

    /**
     * Allocates a table.
     *
     * @param capacity the most connections, {@link #MIN_CAPACITY} to {@link #MAX_CAPACITY}; each takes 96 to 128 bytes
     * @param seed of the hash; the same seed gives the same table, and strangers must not know it
     * @param timeouts how long connections are remembered
     * @throws IllegalArgumentException if the capacity is out of range
     */
    public ConntrackTable(final int capacity, final long seed, final ConntrackTimeouts timeouts) {
        if (capacity < MIN_CAPACITY || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException(
                    "capacity must be " + MIN_CAPACITY + " to " + MAX_CAPACITY + ", capacity=" + capacity);
        }
        this.capacity = capacity;
        final int slots = BitUtil.findNextPositivePowerOfTwo(capacity * 4);
        slotMask = slots - 1;
        seedOfAddresses = mix(seed + 1);
        seedOfPorts = mix(seed + 2);
        seedOfMix = mix(seed + 3) | 1;
        timeoutsNs = timeoutsNs(timeouts);
        entries = new NativeMemory((capacity + 1) << ENTRY_SHIFT, ENTRY_LENGTH);
        index = new NativeMemory(slots << SLOT_SHIFT, ENTRY_LENGTH);
    }

    /**
     * Hashes a tuple with the table's seed.
     *
     * @param addresses addresses half of a tuple
     * @param ports ports half of a tuple
     * @return 64 bits, of which the upper 32 are the index's fingerprint
     */
    public long hash(final long addresses, final long ports) {
        // Folded 128-bit products: each operand is secret until multiplied, so strangers cannot steer collisions.
        final long product = fold(addresses ^ seedOfAddresses, ports ^ seedOfPorts);
        return fold(product ^ seedOfPorts, seedOfMix);
    }

    /**
     * Brings the index slot of a hash into the cache: the first pass over a burst.
     *
     * @param hash of a tuple
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touch(final long hash) {
        return index.getLong(home(fingerprint(hash)) << SLOT_SHIFT);
    }

    /**
     * Brings the entry that the home slot of a hash points at, if any, into the cache: the second pass over a burst.
     *
     * @param hash of a tuple
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touchEntry(final long hash) {
        final long slot = index.getLong(home(fingerprint(hash)) << SLOT_SHIFT);
        // An empty slot reads entry 0, which is in the cache anyway: no branch to mispredict.
        return entries.getLong(entryOffset((int) slot));
    }

    /**
     * Finds the live connection of a packet. One whose time has come is removed and counted expired.
     *
     * @param addresses addresses half of the packet's tuple
     * @param ports ports half of the packet's tuple
     * @param hash of the two
     * @param nowNs current time
     * @return reference, whose lowest bit is the direction, or {@link #MISSING}
     */
    public int find(final long addresses, final long ports, final long hash, final long nowNs) {
        final NativeMemory index = this.index;
        final NativeMemory entries = this.entries;
        final int fingerprint = fingerprint(hash);
        int position = home(fingerprint);
        long slot = index.getLong(position << SLOT_SHIFT);
        while (slot != EMPTY) {
            final int reference = (int) slot;
            if (fingerprint(slot) == fingerprint) {
                final int tuple = tupleOffset(reference);
                if (entries.getLong(tuple) == addresses && entries.getLong(tuple + ORIGINAL_PORTS) == ports) {
                    return liveOrExpired(reference, nowNs);
                }
            }
            position = position + 1 & slotMask;
            slot = index.getLong(position << SLOT_SHIFT);
        }
        return MISSING;
    }

    /**
     * Opens a connection that {@link #find} misses. Its first packet is then told by {@link #packet}.
     *
     * @param originalAddresses addresses of the first packet, as it arrived
     * @param originalPorts zone, protocol and ports of the first packet, as it arrived
     * @param replyAddresses addresses of the answer, as it will arrive
     * @param replyPorts zone, protocol and ports of the answer, as it will arrive
     * @param owner to whom the connection is accounted, any number; see {@link #owner}
     * @param nowNs current time
     * @return reference in the original direction, {@link #TABLE_FULL} or {@link #CLASH}, both of which are counted
     */
    public int open(
            final long originalAddresses,
            final long originalPorts,
            final long replyAddresses,
            final long replyPorts,
            final int owner,
            final long nowNs) {
        final long originalHash = hash(originalAddresses, originalPorts);
        final long replyHash = hash(replyAddresses, replyPorts);
        if (find(originalAddresses, originalPorts, originalHash, nowNs) != MISSING
                || find(replyAddresses, replyPorts, replyHash, nowNs) != MISSING) {
            clashCount++;
            return CLASH;
        }
        final int number = acquire(nowNs);
        if (number == 0) {
            fullCount++;
            return TABLE_FULL;
        }
        final int entry = number << ENTRY_SHIFT;
        entries.putLong(entry + ORIGINAL_ADDRESSES, originalAddresses);
        entries.putLong(entry + ORIGINAL_PORTS, originalPorts);
        entries.putLong(entry + REPLY_ADDRESSES, replyAddresses);
        entries.putLong(entry + REPLY_PORTS, replyPorts);
        entries.putLong(entry + EXPIRES_AT, nowNs + timeoutNs(TupleKey.protocol(originalPorts), LIVE));
        entries.putLong(entry + CREATED_AT, nowNs);
        entries.putInt(entry + STATE, LIVE);
        entries.putInt(entry + OWNER, owner);
        final int reference = number << 1;
        insert(originalHash, reference);
        insert(replyHash, reference | 1);
        active++;
        created++;
        return reference;
    }

    /**
     * Tracks a packet of a connection: notes its direction, moves the TCP state, starts the timeout again.
     *
     * @param reference the connection, in the packet's direction
     * @param tcpFlags flags of the segment, as in {@link TcpState}; of no account for other protocols
     * @param nowNs current time
     */
    public void packet(final int reference, final int tcpFlags, final long nowNs) {
        final int entry = entryOffset(reference);
        final int direction = reference & 1;
        final int seen = entries.getInt(entry + STATE) | 1 << (SEEN_SHIFT + direction);
        final int protocol = TupleKey.protocol(entries.getLong(entry + ORIGINAL_PORTS));
        if (protocol == TupleKey.TCP) {
            trackTcp(entry, seen, direction, tcpFlags, nowNs);
        } else {
            entries.putInt(entry + STATE, seen);
            entries.putLong(entry + EXPIRES_AT, nowNs + timeoutNs(protocol, seen));
        }
    }

    /**
     * Removes a connection.
     *
     * @param reference the connection, in either direction
     * @return whether it was there
     */
    public boolean remove(final int reference) {
        if (!isLive(reference)) {
            return false;
        }
        release(reference >>> 1);
        removed++;
        return true;
    }

    /**
     * Sweeps the next few entries, round and round, and removes what has expired. For every duty cycle.
     *
     * @param nowNs current time
     * @param limit the most entries to look at
     * @return the number of connections removed
     */
    public int expire(final long nowNs, final int limit) {
        final int last = firstUnused - 1;
        final int steps = Math.min(limit, last);
        int number = sweepCursor;
        int count = 0;
        for (int i = 0; i < steps; i++) {
            if (number > last) {
                number = 1;
            }
            final int entry = number << ENTRY_SHIFT;
            if (entries.getInt(entry + STATE) != 0 && entries.getLong(entry + EXPIRES_AT) - nowNs <= 0) {
                release(number);
                count++;
            }
            number++;
        }
        sweepCursor = number;
        expired += count;
        return count;
    }

    /**
     * Removes everything that has expired; cold.
     *
     * @param nowNs current time
     * @return the number of connections removed
     */
    public int expireAll(final long nowNs) {
        return expire(nowNs, capacity);
    }

    /**
     * Shows every connection, those included whose time has come but that nobody has swept yet; cold.
     *
     * @param visitor sees each, in no particular order
     */
    public void forEach(final ConnectionVisitor visitor) {
        for (int number = 1; number < firstUnused; number++) {
            if (isLive(number << 1)) {
                visitor.onConnection(this, number << 1);
            }
        }
    }

    /**
     * Removes the connections that a filter chooses, as when a floating IP moves; cold.
     *
     * @param filter judges each
     * @return the number of connections removed
     */
    public int removeIf(final ConnectionFilter filter) {
        int count = 0;
        for (int number = 1; number < firstUnused; number++) {
            if (isLive(number << 1) && filter.matches(this, number << 1)) {
                release(number);
                count++;
            }
        }
        removed += count;
        return count;
    }

    /**
     * Tells the direction of a reference.
     *
     * @param reference a connection in one of its directions
     * @return whether it is the reply direction
     */
    public static boolean isReply(final int reference) {
        return (reference & 1) != 0;
    }

    /**
     * The addresses that a packet of this direction leaves with.
     *
     * @param reference the connection, in the packet's direction
     * @return addresses half of a tuple: the inverse of the other direction's
     */
    public long translatedAddresses(final int reference) {
        return TupleKey.inverseAddresses(entries.getLong(tupleOffset(reference ^ 1)));
    }

    /**
     * The ports that a packet of this direction leaves with.
     *
     * @param reference the connection, in the packet's direction
     * @return ports half of a tuple: the inverse of the other direction's
     */
    public long translatedPorts(final int reference) {
        return TupleKey.inversePorts(entries.getLong(tupleOffset(reference ^ 1) + ORIGINAL_PORTS));
    }

    /**
     * Tells tracking from translation.
     *
     * @param reference a connection, in either direction
     * @return whether its packets are changed
     */
    public boolean isTranslated(final int reference) {
        final int entry = entryOffset(reference);
        return entries.getLong(entry + REPLY_ADDRESSES)
                        != TupleKey.inverseAddresses(entries.getLong(entry + ORIGINAL_ADDRESSES))
                || entries.getLong(entry + REPLY_PORTS)
                        != TupleKey.inversePorts(entries.getLong(entry + ORIGINAL_PORTS));
    }

    /**
     * Reads the original tuple.
     *
     * @param reference a connection, in either direction
     * @return its addresses half
     */
    public long originalAddresses(final int reference) {
        return entries.getLong(entryOffset(reference) + ORIGINAL_ADDRESSES);
    }

    /**
     * Reads the original tuple.
     *
     * @param reference a connection, in either direction
     * @return its ports half
     */
    public long originalPorts(final int reference) {
        return entries.getLong(entryOffset(reference) + ORIGINAL_PORTS);
    }

    /**
     * Reads the reply tuple.
     *
     * @param reference a connection, in either direction
     * @return its addresses half
     */
    public long replyAddresses(final int reference) {
        return entries.getLong(entryOffset(reference) + REPLY_ADDRESSES);
    }

    /**
     * Reads the reply tuple.
     *
     * @param reference a connection, in either direction
     * @return its ports half
     */
    public long replyPorts(final int reference) {
        return entries.getLong(entryOffset(reference) + REPLY_PORTS);
    }

    /**
     * Tells whether both directions were seen since the connection began.
     *
     * @param reference a connection, in either direction
     * @return whether it was answered
     */
    public boolean isReplied(final int reference) {
        return replied(entries.getInt(entryOffset(reference) + STATE)) != 0;
    }

    /**
     * The state of a TCP connection; {@link TcpState#NEW} for other protocols.
     *
     * @param reference a connection, in either direction
     * @return its state
     */
    public TcpState tcpState(final int reference) {
        return TcpState.of(entries.getInt(entryOffset(reference) + STATE) & TCP_STATE_MASK);
    }

    /**
     * Tells when the connection ends unless a packet comes: at this very nanosecond it is absent.
     *
     * @param reference a connection, in either direction
     * @return time
     */
    public long expiresAtNs(final int reference) {
        return entries.getLong(entryOffset(reference) + EXPIRES_AT);
    }

    /**
     * Tells when the connection began, or began again by a SYN after its end.
     *
     * @param reference a connection, in either direction
     * @return time
     */
    public long createdNs(final int reference) {
        return entries.getLong(entryOffset(reference) + CREATED_AT);
    }

    /**
     * Tells to whom the connection is accounted.
     *
     * @param reference a connection, in either direction
     * @return the number given to {@link #open}
     */
    public int owner(final int reference) {
        return entries.getInt(entryOffset(reference) + OWNER);
    }

    /**
     * Counts how often the entry was given up: with it, a remembered reference can be checked.
     *
     * @param reference a connection, in either direction; may be stale
     * @return a number that changes when the connection is removed
     */
    public int generation(final int reference) {
        return entries.getInt(entryOffset(reference) + GENERATION);
    }

    /** The most connections. */
    public int capacity() {
        return capacity;
    }

    /** Connections that were opened and neither removed nor swept. */
    public int active() {
        return active;
    }

    /** Connections opened so far. */
    public long created() {
        return created;
    }

    /** Connections that ended by their timeout so far. */
    public long expired() {
        return expired;
    }

    /** Connections that were removed on demand so far. */
    public long removed() {
        return removed;
    }

    /** Connections refused so far: {@link #fullCount} and {@link #clashCount} together. */
    public long refused() {
        return fullCount + clashCount;
    }

    /** Connections refused so far because the table was full. */
    public long fullCount() {
        return fullCount;
    }

    /** Connections refused so far because a live connection had one of their tuples. */
    public long clashCount() {
        return clashCount;
    }

    /** Bytes of native memory that the table holds, all of it from its construction on. */
    public long memoryLength() {
        return (long) entries.capacity() + index.capacity();
    }

    /**
     * Appends a line such as {@code tcp 10.0.1.11:40000 > 198.51.100.10:80 zone 3, reply tcp …, ESTABLISHED, 299 s};
     * cold.
     *
     * @param builder where to append
     * @param reference a connection, in either direction
     * @param nowNs current time
     * @return {@code builder}
     */
    public StringBuilder appendTo(final StringBuilder builder, final int reference, final long nowNs) {
        TupleKey.appendTo(builder, originalAddresses(reference), originalPorts(reference))
                .append(", reply ");
        TupleKey.appendTo(builder, replyAddresses(reference), replyPorts(reference));
        if (TupleKey.protocol(originalPorts(reference)) == TupleKey.TCP) {
            builder.append(", ").append(tcpState(reference));
        }
        builder.append(isReplied(reference) ? ", replied" : ", unreplied");
        return builder.append(", ")
                .append((expiresAtNs(reference) - nowNs) / 1_000_000_000L)
                .append(" s left");
    }

    private void trackTcp(final int entry, final int seen, final int direction, final int tcpFlags, final long nowNs) {
        final int state = seen & TCP_STATE_MASK;
        final boolean leader = (seen >>> LEADER_SHIFT & 1) == direction;
        final int next = TcpState.next(state, tcpFlags, leader);
        if (next == TcpState.IGNORED) {
            entries.putInt(entry + STATE, seen);
            return;
        }
        int word = (seen & ~TCP_STATE_MASK) | next;
        if (next == TCP_SYN_SENT && state != TCP_SYN_SENT) {
            // The first SYN, or ports that are used again: whoever sends it leads, and nothing was answered yet.
            word = LIVE | next | 1 << (SEEN_SHIFT + direction) | direction << LEADER_SHIFT;
            entries.putLong(entry + CREATED_AT, nowNs);
        } else if (state == TCP_NEW || (next == TCP_FIN_WAIT && state != TCP_FIN_WAIT)) {
            word = (word & ~(1 << LEADER_SHIFT)) | direction << LEADER_SHIFT;
        }
        entries.putInt(entry + STATE, word);
        entries.putLong(entry + EXPIRES_AT, nowNs + timeoutNs(TupleKey.TCP, word));
    }

    private int liveOrExpired(final int reference, final long nowNs) {
        if (entries.getLong(entryOffset(reference) + EXPIRES_AT) - nowNs > 0) {
            return reference;
        }
        release(reference >>> 1);
        expired++;
        return MISSING;
    }

    private boolean isLive(final int reference) {
        return entries.getInt(entryOffset(reference) + STATE) != 0;
    }

    private long timeoutNs(final int protocol, final int word) {
        final int row = protocol == TupleKey.TCP ? word & TCP_STATE_MASK : PROTOCOL_TIMEOUTS + protocol;
        return timeoutsNs[row << 1 | replied(word)];
    }

    private static int replied(final int word) {
        return (word & BOTH_SEEN) == BOTH_SEEN ? 1 : 0;
    }

    /** Takes an entry out of the stock: freed ones first, they are more likely in the cache. 0 when there is none. */
    private int acquire(final long nowNs) {
        if (firstFree == 0) {
            if (firstUnused <= capacity) {
                return firstUnused++;
            }
            expire(nowNs, RECLAIM_LIMIT);
        }
        final int number = firstFree;
        if (number != 0) {
            firstFree = entries.getInt((number << ENTRY_SHIFT) + NEXT_FREE);
        }
        return number;
    }

    private void release(final int number) {
        final int entry = number << ENTRY_SHIFT;
        unlink(hash(entries.getLong(entry + ORIGINAL_ADDRESSES), entries.getLong(entry + ORIGINAL_PORTS)), number << 1);
        unlink(hash(entries.getLong(entry + REPLY_ADDRESSES), entries.getLong(entry + REPLY_PORTS)), number << 1 | 1);
        entries.putInt(entry + STATE, 0);
        entries.putInt(entry + GENERATION, entries.getInt(entry + GENERATION) + 1);
        entries.putInt(entry + NEXT_FREE, firstFree);
        firstFree = number;
        active--;
    }

    private void insert(final long hash, final int reference) {
        int position = home(fingerprint(hash));
        while (index.getLong(position << SLOT_SHIFT) != EMPTY) {
            position = position + 1 & slotMask;
        }
        index.putLong(position << SLOT_SHIFT, slot(hash, reference));
    }

    private void unlink(final long hash, final int reference) {
        final long wanted = slot(hash, reference);
        int position = home(fingerprint(hash));
        while (index.getLong(position << SLOT_SHIFT) != wanted) {
            position = position + 1 & slotMask;
        }
        closeGap(position);
    }

    /** Moves back every slot of the run behind a gap that may stand there, so that probing never meets a hole. */
    private void closeGap(final int position) {
        int gap = position;
        int next = gap + 1 & slotMask;
        long slot = index.getLong(next << SLOT_SHIFT);
        while (slot != EMPTY) {
            final int distanceFromHome = next - home(fingerprint(slot)) & slotMask;
            if (distanceFromHome >= (next - gap & slotMask)) {
                index.putLong(gap << SLOT_SHIFT, slot);
                gap = next;
            }
            next = next + 1 & slotMask;
            slot = index.getLong(next << SLOT_SHIFT);
        }
        index.putLong(gap << SLOT_SHIFT, EMPTY);
    }

    private int home(final int fingerprint) {
        return fingerprint & slotMask;
    }

    /** The fingerprint of a hash, and of a slot: both keep it in their upper half. */
    private static int fingerprint(final long hashOrSlot) {
        return (int) (hashOrSlot >>> 32);
    }

    private static long slot(final long hash, final int reference) {
        return (hash & 0xFFFF_FFFF_0000_0000L) | reference;
    }

    private static int entryOffset(final int reference) {
        return reference >>> 1 << ENTRY_SHIFT;
    }

    private static int tupleOffset(final int reference) {
        return entryOffset(reference) + ((reference & 1) << TUPLE_LENGTH_SHIFT);
    }

    private static long fold(final long a, final long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ a * b;
    }

    /** Spreads a small seed over 64 bits. */
    private static long mix(final long value) {
        long mixed = value * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return mixed ^ mixed >>> 32;
    }

    private static long[] timeoutsNs(final ConntrackTimeouts timeouts) {
        final long[] timeoutsNs = new long[(PROTOCOL_TIMEOUTS + 256) << 1];
        for (final TcpState state : TcpState.values()) {
            timeoutsNs[state.code() << 1] = timeouts.tcpNs(state, false);
            timeoutsNs[state.code() << 1 | 1] = timeouts.tcpNs(state, true);
        }
        for (int protocol = 0; protocol < 256; protocol++) {
            timeoutsNs[(PROTOCOL_TIMEOUTS + protocol) << 1] = timeouts.otherNs(protocol, false);
            timeoutsNs[(PROTOCOL_TIMEOUTS + protocol) << 1 | 1] = timeouts.otherNs(protocol, true);
        }
        return timeoutsNs;
    }
}
