package org.dvr.nat.conntrack;

import org.dvr.nat.memory.MemorySource;
import org.dvr.nat.memory.NativeMemory;
import org.dvr.nat.tuple.TupleKey;

/**
 * Connection table: two tuples, original and reply, as two keys to one entry. Off heap, fixed capacity.
 *
 * <pre>
 *   entry, one 64-byte cache line, aligned; number 0 is never used
 *     0  original addresses (8)      8  original ports (8)       | fixed at creation
 *    16  reply addresses (8)        24  reply ports (8)          |
 *    32  expiresAtNs (8)            40  TCP numbers (2 x 8)      | changed by packets
 *    56  state word (4)             60  generation (4)
 *   state word: | live (1) | 0 | TCP numbers known (4) | leader (1) | reply seen (1) | original seen (1) | TCP state (8) |
 * </pre>
 *
 * Beside it, 32 bytes a connection for what its packets do not need, and an index of two slots a connection, at most half full, which takes 32 to 64: 128 to
 * 160 bytes a connection, half a byte for {@link PortOccupancy}, and up to 9 MB for accounts. 2,000,000 connections take 270 MB. Keys are chosen by strangers, therefore all hashes are seeded.
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
 *
 * <h2>When there is no room</h2>
 *
 * A connection is <em>tentative</em> while few would miss it: it was not answered, or it is TCP and its handshake is not complete or its end has come
 * (SYN_SENT to SYN_RECV, TIME_WAIT, CLOSE). Else it is <em>settled</em>. A user is an owner in a zone. A new connection in a full table takes the place of
 *
 * <ol>
 *   <li>an expired one, if there is one among the next {@value #RECLAIM_LOOK} of the sweep; else
 *   <li>a tentative one, if there is any: the oldest of the user that has the most tentative ones; else
 *   <li>the oldest settled one of the user that has the most of them: the one that has been settled for the longest time.
 * </ol>
 *
 * "The most" is exact below 16 and right to an eighth above, and of users that rank alike it is the one that has ranked so for the longest time. So a flood
 * pushes out itself: established connections of others are safe as long as the flood is tentative, or its sender has more of them than they have.
 *
 * <p>Where an owner is at its limit, its own oldest tentative connection is given up, or an expired one among its {@value #EXPIRED_LOOK} oldest settled
 * ones; else the new one is refused. Where a zone is at its limit the same is tried with the zone's leader, the owner that last reached the most tentative
 * connections, and then with the opener. Nothing that is settled is given up for a limit. All of it is a constant number of steps, whatever the sizes.
 */
public final class ConntrackTable {
    /** Answer of {@link #find}: no live connection has this tuple. */
    public static final int MISSING = -1;

    /** Answer of {@link #open}: the owner, or its zone, holds as much as it may. */
    public static final int TABLE_FULL = -2;

    /** Answer of {@link #open}: a live connection uses one of the tuples. */
    public static final int CLASH = -3;

    /** Answer of {@link #export}: every connection has been seen. */
    public static final int EXPORT_END = 0;

    /** Where {@link #export} begins. */
    public static final int EXPORT_START = 1;

    /** The least capacity. */
    public static final int MIN_CAPACITY = 16;

    /** The largest capacity. */
    public static final int MAX_CAPACITY = 1 << 24;

    private static final int ENTRY_SHIFT = 6;
    private static final int TUPLE_LENGTH_SHIFT = 4;
    private static final int ORIGINAL_ADDRESSES = 0;
    private static final int ORIGINAL_PORTS = 8;
    private static final int REPLY_ADDRESSES = 16;
    private static final int REPLY_PORTS = 24;
    private static final int EXPIRES_AT = 32;
    private static final int TCP_NUMBERS = 40;
    private static final int STATE = 56;
    private static final int GENERATION = 60;

    private static final int TCP_STATE_MASK = 0xFF;
    private static final int SEEN_SHIFT = 8;
    static final int BOTH_SEEN = 3 << SEEN_SHIFT;
    private static final int LEADER_SHIFT = 10;
    private static final int LIVE = 1 << 31;

    /** Entries that {@link #open} looks at in a full table. */
    private static final int RECLAIM_LOOK = 16;

    /** Connections of an owner that {@link #open} looks at where a limit is reached. */
    private static final int EXPIRED_LOOK = 8;

    /** An alarm begins at so many percent of the capacity. */
    private static final long ALARM_PERCENT = 80;

    /** An alarm ends below so many percent of the capacity. */
    private static final long CALM_PERCENT = 70;

    /** Timeouts by TCP state come first, those by protocol after them; the low bit of an index is "replied". */
    private static final int PROTOCOL_TIMEOUTS = 32;

    private static final int TCP_NEW = TcpState.NEW.code();
    private static final int TCP_SYN_SENT = TcpState.SYN_SENT.code();
    private static final int TCP_FIN_WAIT = TcpState.FIN_WAIT.code();

    private final int capacity;
    private final int alarmCount;
    private final int calmCount;
    private final long[] timeoutsNs;
    private final TupleHash hash;
    private final NativeMemory entries;
    private final ConntrackIndex index;
    private final ConntrackLedger ledger;
    private final TcpSequences sequences;
    private PortOccupancy occupancy; // null where nobody chooses ports
    private ConnectionFilter cut; // null while nothing is being cut
    private int cutCursor = 1;
    private int cutLeft;

    /** Entry numbers from here on were never used: a new table's memory is handed out as it is needed. */
    private int firstUnused = 1;

    private int firstFree;
    private int sweepCursor = 1;
    private int active;
    private int highWater;
    private boolean isAlarming;
    private long created;
    private long expired;
    private long removed;
    private long restored;
    private long reclaimedTentative;
    private long reclaimedSettled;
    private long ownerLimitCount;
    private long zoneLimitCount;
    private long clashCount;
    private long ignoredResetCount;

    /**
     * Allocates a table without limits for owners and zones.
     *
     * @param capacity the most connections, {@link #MIN_CAPACITY} to {@link #MAX_CAPACITY}
     * @param seed of the hashes; the same seed gives the same table, and strangers must not know it
     * @param timeouts how long connections are remembered
     * @throws IllegalArgumentException if the capacity is out of range
     */
    public ConntrackTable(final int capacity, final long seed, final ConntrackTimeouts timeouts) {
        this(capacity, seed, timeouts, ConntrackLimits.DEFAULT);
    }

    /**
     * Allocates a table.
     *
     * @param capacity the most connections, {@link #MIN_CAPACITY} to {@link #MAX_CAPACITY}
     * @param seed of the hashes; the same seed gives the same table, and strangers must not know it
     * @param timeouts how long connections are remembered
     * @param limits of owners and zones
     * @throws IllegalArgumentException if the capacity is out of range
     */
    public ConntrackTable(
            final int capacity, final long seed, final ConntrackTimeouts timeouts, final ConntrackLimits limits) {
        this(capacity, seed, timeouts, limits, MemorySource.DIRECT);
    }

    /**
     * Allocates a table.
     *
     * @param capacity the most connections, {@link #MIN_CAPACITY} to {@link #MAX_CAPACITY}
     * @param seed of the hashes; the same seed gives the same table, and strangers must not know it
     * @param timeouts how long connections are remembered
     * @param limits of owners and zones
     * @param source of entries and index
     * @throws IllegalArgumentException if the capacity is out of range
     */
    public ConntrackTable(
            final int capacity,
            final long seed,
            final ConntrackTimeouts timeouts,
            final ConntrackLimits limits,
            final MemorySource source) {
        if (capacity < MIN_CAPACITY || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException(
                    "capacity must be " + MIN_CAPACITY + " to " + MAX_CAPACITY + ", capacity=" + capacity);
        }
        this.capacity = capacity;
        alarmCount = (int) ((capacity * ALARM_PERCENT + 99) / 100);
        calmCount = (int) (capacity * CALM_PERCENT / 100);
        timeoutsNs = timeoutsNs(timeouts);
        hash = new TupleHash(seed);
        entries = source.allocate((capacity + 1) << ENTRY_SHIFT, 1 << ENTRY_SHIFT);
        index = new ConntrackIndex(capacity, source);
        ledger = new ConntrackLedger(capacity, seed, limits);
        sequences = new TcpSequences(entries, TCP_NUMBERS);
    }

    /**
     * Has it kept which ports are taken towards crowded destinations, from now on, for one range at a time.
     *
     * @param lowest the lowest port of the range that is chosen from
     * @param size ports in that range
     * @return what is known of them
     */
    public PortOccupancy occupancy(final int lowest, final int size) {
        occupancy = new PortOccupancy(this, lowest, size);
        return occupancy;
    }

    /**
     * Hashes a tuple with the table's seed.
     *
     * @param addresses addresses half of a tuple
     * @param ports ports half of a tuple
     * @return 64 bits, of which the upper 32 are the index's fingerprint
     */
    public long hash(final long addresses, final long ports) {
        return hash.hash(addresses, ports);
    }

    /**
     * Brings the index slot of a hash into the cache: the first pass over a burst.
     *
     * @param hash of a tuple
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touch(final long hash) {
        return index.slot(index.home(hash));
    }

    /**
     * Brings the entry that the home slot of a hash points at, if any, into the cache: the second pass over a burst.
     *
     * @param hash of a tuple
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touchEntry(final long hash) {
        final long slot = index.slot(index.home(hash));
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
        final ConntrackIndex index = this.index;
        final NativeMemory entries = this.entries;
        final int fingerprint = ConntrackIndex.fingerprint(hash);
        int position = index.home(hash);
        long slot = index.slot(position);
        while (slot != ConntrackIndex.EMPTY) {
            final int reference = (int) slot;
            if (ConntrackIndex.fingerprint(slot) == fingerprint) {
                final int tuple = tupleOffset(reference);
                if (entries.getLong(tuple) == addresses && entries.getLong(tuple + ORIGINAL_PORTS) == ports) {
                    return liveOrExpired(reference, nowNs);
                }
            }
            position = index.next(position);
            slot = index.slot(position);
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
     * @param owner to whom the connection is accounted, in its zone: the guest's address
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
        return openFree(
                originalAddresses, originalPorts, originalHash, replyAddresses, replyPorts, replyHash, owner, nowNs);
    }

    /**
     * Opens a connection as {@link #open} does, for a caller that has just seen that neither tuple is in use.
     *
     * @param originalAddresses addresses of the first packet, as it arrived
     * @param originalPorts zone, protocol and ports of the first packet, as it arrived
     * @param originalHash of the two, which {@link #find} has missed
     * @param replyAddresses addresses of the answer, as it will arrive
     * @param replyPorts zone, protocol and ports of the answer, as it will arrive
     * @param replyHash of the two, which {@link #find} has missed
     * @param owner to whom the connection is accounted, in its zone: the guest's address
     * @param nowNs current time
     * @return reference in the original direction, or {@link #TABLE_FULL}, which is counted
     */
    public int openFree(
            final long originalAddresses,
            final long originalPorts,
            final long originalHash,
            final long replyAddresses,
            final long replyPorts,
            final long replyHash,
            final int owner,
            final long nowNs) {
        final int account = ledger.charge(TupleKey.zone(originalPorts), owner);
        if (!isAdmitted(account, nowNs)) {
            ledger.discharge(account);
            return TABLE_FULL;
        }
        final int number = acquire(nowNs);
        final int entry = number << ENTRY_SHIFT;
        entries.putLong(entry + ORIGINAL_ADDRESSES, originalAddresses);
        entries.putLong(entry + ORIGINAL_PORTS, originalPorts);
        entries.putLong(entry + REPLY_ADDRESSES, replyAddresses);
        entries.putLong(entry + REPLY_PORTS, replyPorts);
        entries.putLong(entry + EXPIRES_AT, nowNs + timeoutNs(TupleKey.protocol(originalPorts), LIVE));
        entries.putInt(entry + STATE, LIVE);
        ledger.add(number, account, owner, nowNs);
        final int reference = number << 1;
        index.insert(originalHash, reference);
        index.insert(replyHash, reference | 1);
        if (occupancy != null && occupancy.isWatching()) {
            occupancy.opened(originalAddresses, originalPorts);
            occupancy.opened(replyAddresses, replyPorts);
        }
        created++;
        active++;
        highWater = Math.max(highWater, active);
        isAlarming |= active >= alarmCount;
        return reference;
    }

    /**
     * Tracks a packet of a connection: notes its direction, moves the TCP state, starts the timeout again. RSTs are believed.
     *
     * @param reference the connection, in the packet's direction
     * @param tcpFlags flags of the segment, as in {@link TcpState}; of no account for other protocols
     * @param nowNs current time
     */
    public void packet(final int reference, final int tcpFlags, final long nowNs) {
        final int entry = entryOffset(reference);
        final int direction = reference & 1;
        final int word = entries.getInt(entry + STATE);
        final int seen = word | 1 << (SEEN_SHIFT + direction);
        final int protocol = TupleKey.protocol(entries.getLong(entry + ORIGINAL_PORTS));
        if (protocol == TupleKey.TCP) {
            trackTcp(entry, word, seen, direction, tcpFlags, nowNs);
        } else {
            changeState(entry, word, seen);
            entries.putLong(entry + EXPIRES_AT, nowNs + timeoutNs(protocol, seen));
        }
    }

    /**
     * Would a packet do more than start the timeout again? Such a one should be known to be sound before it is told by {@link #packet}.
     *
     * @param reference the connection, in the packet's direction
     * @param tcpFlags flags of the segment, as in {@link TcpState}; of no account for other protocols
     * @return true for the first packet of a direction, for a SYN, FIN or RST, and for any other segment that moves the TCP state
     */
    public boolean isChangedBy(final int reference, final int tcpFlags) {
        final int entry = entryOffset(reference);
        final int word = entries.getInt(entry + STATE);
        final int direction = reference & 1;
        if ((word >>> (SEEN_SHIFT + direction) & 1) == 0) {
            return true;
        }
        if (TupleKey.protocol(entries.getLong(entry + ORIGINAL_PORTS)) != TupleKey.TCP) {
            return false;
        }
        if ((tcpFlags & (TcpState.SYN | TcpState.FIN | TcpState.RST)) != 0) {
            return true;
        }
        final int state = word & TCP_STATE_MASK;
        final int next = TcpState.next(state, tcpFlags, (word >>> LEADER_SHIFT & 1) == direction);
        return next != state && next != TcpState.IGNORED;
    }

    /**
     * Starts the timeout of a live connection again, for a packet of another protocol than TCP that changes nothing else: {@link #isCurrent},
     * {@link #isChangedBy} and {@link #packet(int, int, long)} in one.
     *
     * @param reference the connection, in the packet's direction; may be stale
     * @param generation what {@link #generation} said when it was remembered
     * @param protocol of the packet, 0 to 255, not TCP
     * @param nowNs current time
     * @return false, and nothing has happened, when the connection is gone or was not seen in this direction yet
     */
    public boolean renew(final int reference, final int generation, final int protocol, final long nowNs) {
        final int entry = entryOffset(reference);
        final int word = entries.getInt(entry + STATE);
        if (entries.getInt(entry + GENERATION) != generation
                || (word >>> (SEEN_SHIFT + (reference & 1)) & 1) == 0 // nor in a free entry
                || entries.getLong(entry + EXPIRES_AT) - nowNs <= 0) {
            return false;
        }
        entries.putLong(entry + EXPIRES_AT, nowNs + timeoutNs(protocol, word));
        return true;
    }

    /**
     * Tracks a packet of a connection whose sequence numbers are known: as without them, except that a RST must come from somebody who sees the connection,
     * else it is counted and leaves the connection as it is. The segment is to be forwarded in any case.
     *
     * @param reference the connection, in the packet's direction
     * @param tcpFlags flags of the segment, as in {@link TcpState}; for other protocols this and what follows is of no account
     * @param sequence sequence number of the segment
     * @param acknowledgment acknowledgment number of the segment
     * @param length bytes of payload of the segment
     * @param nowNs current time
     */
    public void packet(
            final int reference,
            final int tcpFlags,
            final int sequence,
            final int acknowledgment,
            final int length,
            final long nowNs) {
        final int entry = entryOffset(reference);
        if (TupleKey.protocol(entries.getLong(entry + ORIGINAL_PORTS)) != TupleKey.TCP) {
            packet(reference, tcpFlags, nowNs);
        } else if ((tcpFlags & TcpState.RST) == 0) {
            packet(reference, tcpFlags, nowNs);
            note(reference, tcpFlags, sequence, acknowledgment, length);
        } else if (sequences.isReset(
                entry, entries.getInt(entry + STATE), reference & 1, tcpFlags, sequence, acknowledgment)) {
            packet(reference, tcpFlags, nowNs);
        } else {
            ignoredResetCount++;
        }
    }

    /**
     * Notes how far the first segment of a TCP connection goes, which {@link #packet(int, int, long)} has tracked.
     *
     * @param reference the connection, in the segment's direction; of another protocol: nothing happens
     * @param tcpFlags flags of the segment
     * @param sequence sequence number of the segment
     * @param acknowledgment acknowledgment number of the segment
     * @param length bytes of payload of the segment
     */
    public void note(
            final int reference, final int tcpFlags, final int sequence, final int acknowledgment, final int length) {
        final int entry = entryOffset(reference);
        if (TupleKey.protocol(entries.getLong(entry + ORIGINAL_PORTS)) == TupleKey.TCP) {
            final int word = entries.getInt(entry + STATE);
            final int known = sequences.note(entry, word, reference & 1, tcpFlags, sequence, acknowledgment, length);
            if (known != word) {
                entries.putInt(entry + STATE, known);
            }
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
     * Ends the connections that a filter chooses, as when a floating IP moves: from now on {@link #find} misses them, and {@link #cutSome} removes them a slice
     * at a time. Another cut takes the place of one that is under way, so its filter must choose what is left of that one, too.
     *
     * @param filter judges each connection once, or more often, until all have been looked at
     */
    public void cut(final ConnectionFilter filter) {
        cut = filter;
        cutLeft = firstUnused - 1; // those that open from now on are found free of it
    }

    /** @return true while a {@link #cut} has connections left to look at */
    public boolean isCutting() {
        return cut != null;
    }

    /**
     * Goes on with a {@link #cut}; for every duty cycle while there is one.
     *
     * @param limit the most entries to look at
     * @return the number of connections removed
     */
    public int cutSome(final int limit) {
        if (cut == null) {
            return 0;
        }
        final int last = firstUnused - 1;
        final int steps = Math.min(limit, cutLeft);
        int number = cutCursor;
        int count = 0;
        for (int i = 0; i < steps; i++) {
            if (number > last) {
                number = 1;
            }
            if (isLive(number << 1) && cut.matches(this, number << 1)) {
                release(number);
                count++;
            }
            number++;
        }
        cutCursor = number;
        cutLeft -= steps;
        if (cutLeft == 0) {
            cut = null;
        }
        removed += count;
        return count;
    }

    /**
     * Copies the next few live connections out, so that another thread may have them: a slice for each duty cycle. Each record is as it was when it was
     * copied. Connections that begin or move while the slices go on may be missed; one that ends and begins again may come twice.
     *
     * @param number entry to begin with: {@link #EXPORT_START}, then what the last call answered
     * @param limit the most entries to look at, 1 or more
     * @param nowNs current time: what has expired is left out
     * @param baseNs time from which lifetimes and ages are counted, the same for all slices of an export; not after {@code nowNs}
     * @param block takes the records, behind those that it has
     * @return entry to go on with, or {@link #EXPORT_END}; no entry is skipped for a block that is full
     */
    public int export(
            final int number, final int limit, final long nowNs, final long baseNs, final ConnectionBlock block) {
        final int end = (int) Math.min(firstUnused, (long) number + limit);
        int next = number;
        while (next < end) {
            final int reference = next << 1;
            if (isLive(reference) && expiresAtNs(reference) - nowNs > 0) {
                if (block.isFull()) {
                    return next;
                }
                final ConnectionRecord record = block.add();
                record.tuples(
                        originalAddresses(reference),
                        originalPorts(reference),
                        replyAddresses(reference),
                        replyPorts(reference));
                record.times(expiresAtNs(reference) - baseNs, Math.max(0, baseNs - createdNs(reference)));
                record.state(entries.getInt(entryOffset(reference) + STATE), owner(reference));
            }
            next++;
        }
        return next < firstUnused ? next : EXPORT_END;
    }

    /**
     * Takes in a connection that was copied out before, perhaps of another process; before the first packet. It is not counted as created, takes nobody's
     * place in a full table, and is the newest of its user. What the numbers of TCP are is learned again from the next segments.
     *
     * @param record a plausible one, in a zone of this process
     * @param elapsedNs time since the export's base, 0 or more; less than the record's remaining lifetime
     * @param nowNs current time
     * @return reference in the original direction, {@link #TABLE_FULL} or {@link #CLASH}
     */
    public int restore(final ConnectionRecord record, final long elapsedNs, final long nowNs) {
        if (active == capacity) {
            return TABLE_FULL;
        }
        final long ports = record.originalPorts();
        final int reference = open(
                record.originalAddresses(), ports, record.replyAddresses(), record.replyPorts(), record.owner(), nowNs);
        if (reference < 0) {
            return reference;
        }
        created--;
        restored++;
        final int entry = entryOffset(reference);
        final int word = LIVE | record.stateWord();
        changeState(entry, LIVE, word);
        // Timeouts may be shorter now than they were.
        final long remainingNs = Math.min(record.remainingNs() - elapsedNs, timeoutNs(TupleKey.protocol(ports), word));
        entries.putLong(entry + EXPIRES_AT, nowNs + remainingNs);
        ledger.createdNs(reference >>> 1, nowNs - record.ageNs() - elapsedNs);
        return reference;
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
        return ledger.createdNs(reference >>> 1);
    }

    /**
     * Tells to whom the connection is accounted.
     *
     * @param reference a connection, in either direction
     * @return the number given to {@link #open}
     */
    public int owner(final int reference) {
        return ledger.owner(reference >>> 1);
    }

    /**
     * Tells whether few would miss the connection: not answered, or TCP that is opening or over. Such a connection goes first when room is needed.
     *
     * @param reference a connection, in either direction
     * @return whether it is tentative
     */
    public boolean isTentative(final int reference) {
        return ledger.kind(reference >>> 1) == ConntrackLedger.TENTATIVE;
    }

    /**
     * Counts what the same owner holds in the same zone.
     *
     * @param reference a connection, in either direction
     * @return connections, this one included
     */
    public int countOfOwner(final int reference) {
        return ledger.countOfOwner(reference >>> 1);
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

    /**
     * Tells whether a remembered reference still means the same live connection.
     *
     * @param reference a connection, in either direction; may be stale
     * @param generation what {@link #generation} said when it was remembered
     * @param nowNs current time
     * @return false once the connection was removed or its time has come
     */
    public boolean isCurrent(final int reference, final int generation, final long nowNs) {
        final int entry = entryOffset(reference);
        return entries.getInt(entry + GENERATION) == generation
                && entries.getInt(entry + STATE) != 0
                && entries.getLong(entry + EXPIRES_AT) - nowNs > 0;
    }

    /**
     * Brings a connection into the cache, ahead of the packets of a burst.
     *
     * @param reference a connection, in either direction; may be stale
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    public long touchConnection(final int reference) {
        return entries.getLong(entryOffset(reference));
    }

    /** The most connections. */
    public int capacity() {
        return capacity;
    }

    /** Connections that were opened and neither removed nor swept. */
    public int active() {
        return active;
    }

    /** The most connections that there ever were at a time. */
    public int highWater() {
        return highWater;
    }

    /** Whether the table is nearly full: from 80 % of its capacity on, until there are less than 70 %. */
    public boolean isAlarming() {
        return isAlarming;
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

    /** Connections taken in so far that had begun elsewhere: {@link #restore}. */
    public long restored() {
        return restored;
    }

    /** Connections given up so far to make room: {@link #reclaimedTentative} and {@link #reclaimedSettled} together. */
    public long reclaimed() {
        return reclaimedTentative + reclaimedSettled;
    }

    /** Tentative connections given up so far to make room. */
    public long reclaimedTentative() {
        return reclaimedTentative;
    }

    /** Settled connections given up so far to make room: the table is too small for its users. */
    public long reclaimedSettled() {
        return reclaimedSettled;
    }

    /** Connections refused so far: {@link #fullCount} and {@link #clashCount} together. */
    public long refused() {
        return fullCount() + clashCount;
    }

    /** Connections refused so far by a limit: {@link #ownerLimitCount} and {@link #zoneLimitCount} together. */
    public long fullCount() {
        return ownerLimitCount + zoneLimitCount;
    }

    /** Connections refused so far because their owner, a guest, holds as many as it may. */
    public long ownerLimitCount() {
        return ownerLimitCount;
    }

    /** Connections refused so far because their zone, a router, holds as many as it may. */
    public long zoneLimitCount() {
        return zoneLimitCount;
    }

    /** Connections refused so far because a live connection had one of their tuples. */
    public long clashCount() {
        return clashCount;
    }

    /** RSTs so far that nobody who sees the connection has sent; they changed nothing. */
    public long ignoredResetCount() {
        return ignoredResetCount;
    }

    /** Bytes of memory that the table holds, all of it from its construction on. */
    public long memoryLength() {
        return entries.capacity() + index.length() + ledger.length() + (occupancy == null ? 0 : occupancy.length());
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

    private void trackTcp(
            final int entry,
            final int before,
            final int seen,
            final int direction,
            final int tcpFlags,
            final long nowNs) {
        final int state = seen & TCP_STATE_MASK;
        final boolean leader = (seen >>> LEADER_SHIFT & 1) == direction;
        final int next = TcpState.next(state, tcpFlags, leader);
        if (next == TcpState.IGNORED) {
            changeState(entry, before, seen);
            return;
        }
        int word = (seen & ~TCP_STATE_MASK) | next;
        if (next == TCP_SYN_SENT && state != TCP_SYN_SENT) {
            // The first SYN, or ports that are used again: whoever sends it leads, and nothing was answered yet.
            word = LIVE | next | 1 << (SEEN_SHIFT + direction) | direction << LEADER_SHIFT;
            if (state != TCP_NEW) {
                ledger.restart(entry >>> ENTRY_SHIFT, nowNs);
            }
        } else if (state == TCP_NEW || (next == TCP_FIN_WAIT && state != TCP_FIN_WAIT)) {
            word = (word & ~(1 << LEADER_SHIFT)) | direction << LEADER_SHIFT;
        }
        changeState(entry, before, word);
        entries.putLong(entry + EXPIRES_AT, nowNs + timeoutNs(TupleKey.TCP, word));
    }

    /** Most packets change nothing but the time. */
    private void changeState(final int entry, final int before, final int now) {
        if (now != before) {
            entries.putInt(entry + STATE, now);
            final int kind = kind(now);
            if (kind != kind(before)) {
                ledger.move(entry >>> ENTRY_SHIFT, kind);
            }
        }
    }

    private static int kind(final int word) {
        return replied(word) & ~TcpState.tentative(word & TCP_STATE_MASK);
    }

    private int liveOrExpired(final int reference, final long nowNs) {
        if (entries.getLong(entryOffset(reference) + EXPIRES_AT) - nowNs > 0) {
            return cut == null || !isCut(reference) ? reference : MISSING;
        }
        release(reference >>> 1);
        expired++;
        return MISSING;
    }

    /** Removes a connection that is to be cut and that nobody has come to yet. */
    private boolean isCut(final int reference) {
        if (!cut.matches(this, reference & ~1)) {
            return false;
        }
        release(reference >>> 1);
        removed++;
        return true;
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

    /** Whether the limits allow a connection that is charged already, if need be after another one of the owner or the zone was given up. */
    private boolean isAdmitted(final int account, final long nowNs) {
        if (ledger.isOverOwnerLimit(account) && !hasGivenUp(account, nowNs)) {
            ownerLimitCount++;
            return false;
        }
        if (ledger.isOverZoneLimit(account)
                && !hasGivenUp(ledger.leader(account), nowNs)
                && !hasGivenUp(account, nowNs)) {
            zoneLimitCount++;
            return false;
        }
        return true;
    }

    private boolean hasGivenUp(final int account, final long nowNs) {
        if (account == 0) {
            return false;
        }
        int number = ledger.oldest(account, ConntrackLedger.TENTATIVE);
        if (number != 0) {
            reclaim(number, nowNs);
            return true;
        }
        number = ledger.oldest(account, ConntrackLedger.SETTLED);
        for (int i = 0; i < EXPIRED_LOOK && number != 0; i++) {
            if (isExpired(number, nowNs)) {
                reclaim(number, nowNs);
                return true;
            }
            number = ledger.newer(number);
        }
        return false;
    }

    /** Takes an entry out of the stock, freed ones first since they are more likely in the cache; if there is none, makes one free. */
    private int acquire(final long nowNs) {
        if (firstFree == 0) {
            if (firstUnused <= capacity) {
                return firstUnused++;
            }
            if (expire(nowNs, RECLAIM_LOOK) == 0) {
                final int tentative = ledger.oldestOfLargest(ConntrackLedger.TENTATIVE);
                reclaim(tentative != 0 ? tentative : ledger.oldestOfLargest(ConntrackLedger.SETTLED), nowNs);
            }
        }
        final int number = firstFree;
        firstFree = ledger.nextFree(number);
        return number;
    }

    private void reclaim(final int number, final long nowNs) {
        if (isExpired(number, nowNs)) {
            expired++;
        } else if (ledger.kind(number) == ConntrackLedger.TENTATIVE) {
            reclaimedTentative++;
        } else {
            reclaimedSettled++;
        }
        release(number);
    }

    private boolean isExpired(final int number, final long nowNs) {
        return entries.getLong((number << ENTRY_SHIFT) + EXPIRES_AT) - nowNs <= 0;
    }

    private void release(final int number) {
        final int entry = number << ENTRY_SHIFT;
        index.remove(
                hash(entries.getLong(entry + ORIGINAL_ADDRESSES), entries.getLong(entry + ORIGINAL_PORTS)),
                number << 1);
        index.remove(
                hash(entries.getLong(entry + REPLY_ADDRESSES), entries.getLong(entry + REPLY_PORTS)), number << 1 | 1);
        if (occupancy != null && occupancy.isWatching()) {
            occupancy.removed(entries.getLong(entry + ORIGINAL_ADDRESSES), entries.getLong(entry + ORIGINAL_PORTS));
            occupancy.removed(entries.getLong(entry + REPLY_ADDRESSES), entries.getLong(entry + REPLY_PORTS));
        }
        entries.putInt(entry + STATE, 0);
        entries.putInt(entry + GENERATION, entries.getInt(entry + GENERATION) + 1);
        ledger.remove(number);
        ledger.nextFree(number, firstFree);
        firstFree = number;
        active--;
        isAlarming &= active >= calmCount;
    }

    private static int entryOffset(final int reference) {
        return reference >>> 1 << ENTRY_SHIFT;
    }

    private static int tupleOffset(final int reference) {
        return entryOffset(reference) + ((reference & 1) << TUPLE_LENGTH_SHIFT);
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
