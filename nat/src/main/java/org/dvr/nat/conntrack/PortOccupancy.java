package org.dvr.nat.conntrack;

import java.util.Arrays;
import org.dvr.nat.tuple.TupleKey;

/**
 * Which ports, or ICMP identifiers, are taken towards crowded destinations: a bit for each port of a range, so that a free one is found, or known not to be
 * there, in a bounded number of steps however few are left.
 *
 * <pre>
 *   pool:  | addresses of answers (64) | zone (24) | protocol (8) | remote port (16) |     one external address towards one remote address and port
 *   value: known (int): ports from the lowest on that were looked at     used (int): bits set among them     a bit for each port
 * </pre>
 *
 * A pool is watched from the time when ports are hard to find by chance, and looked through a stretch at a time; what is known of it is kept right by every
 * connection that is opened or removed. One that is known in full is forgotten when three quarters are free again. A port counts as taken while a connection that
 * was not removed has it in either of its tuples, one that has expired unnoticed included.
 *
 * <p>There is room for every pool that can be half full at a time, since a connection has two tuples: half a byte for each connection that the table may
 * hold, whatever the range. Where more pools than that are watched, the one that has fewest ports in use gives way.
 *
 * <p>Owned by one worker, changed by its {@link ConntrackTable}; allocates nothing after construction.
 */
public final class PortOccupancy {
    /** The pool is not watched. */
    public static final int UNWATCHED = -1;

    /** Every port of the pool is taken. */
    public static final int NONE_FREE = -2;

    /** Enough for the largest table with the largest range, and for smaller ones in proportion. */
    private static final int MAX_POOLS = 4_096;

    private static final int PORT_MASK = 0xFFFF;

    private final ConntrackTable table;
    private final int lowest;
    private final int size;
    private final int words;

    private final long[] addresses;
    private final long[] keys;
    private final int[] known; // 0 or more while it is watched
    private final int[] used;
    private final int[] cursors;
    private final long[] bits;

    /** Behind the last one that is watched: 0 nearly always. */
    private int end;

    /**
     * @param table whose connections
     * @param lowest the lowest port of the range
     * @param size ports in the range, 1 to 65,536
     */
    PortOccupancy(final ConntrackTable table, final int lowest, final int size) {
        this.table = table;
        this.lowest = lowest;
        this.size = size;
        words = (size + 63) >>> 6;
        final int count = (int) Math.min(MAX_POOLS, 4L * table.capacity() / size + 1);
        addresses = new long[count];
        keys = new long[count];
        known = new int[count];
        used = new int[count];
        cursors = new int[count];
        bits = new long[count * words];
        Arrays.fill(known, UNWATCHED);
    }

    /**
     * Finds the pool of an answer.
     *
     * @param answerAddresses addresses half of an answer's tuple
     * @param answerPorts ports half of it, with any port of the range
     * @return number of the pool, 0 or more, until {@link #watch} or a removal of a connection; or {@link #UNWATCHED}
     */
    public int find(final long answerAddresses, final long answerPorts) {
        final int end = this.end;
        if (end == 0) {
            return UNWATCHED; // nearly always
        }
        final long key = key(answerPorts);
        for (int i = 0; i < end; i++) {
            if (addresses[i] == answerAddresses && keys[i] == key && known[i] >= 0) {
                return i;
            }
        }
        return UNWATCHED;
    }

    /**
     * Begins to watch a pool. Nothing is known of it yet.
     *
     * @param answerAddresses as for {@link #find}, which did not find it
     * @param answerPorts likewise
     * @return its number
     */
    public int watch(final long answerAddresses, final long answerPorts) {
        int pool = 0;
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < known.length; i++) {
            if (known[i] < 0) {
                pool = i;
                break;
            }
            if (used[i] < fewest) {
                fewest = used[i];
                pool = i;
            }
        }
        addresses[pool] = answerAddresses;
        keys[pool] = key(answerPorts);
        known[pool] = 0;
        used[pool] = 0;
        cursors[pool] = 0;
        Arrays.fill(bits, pool * words, (pool + 1) * words, 0);
        end = Math.max(end, pool + 1);
        return pool;
    }

    /**
     * Is every port of a pool known?
     *
     * @param pool its number
     * @return false while {@link #look} has something to do
     */
    public boolean isComplete(final int pool) {
        return known[pool] == size;
    }

    /**
     * Looks at the next ports of a pool.
     *
     * @param pool its number
     * @param limit ports to look at, at most
     * @param nowNs current time
     */
    public void look(final int pool, final int limit, final long nowNs) {
        final int last = Math.min(size, known[pool] + limit);
        for (int index = known[pool]; index < last; index++) {
            if (isTaken(pool, index, nowNs)) {
                set(pool, index);
            }
            known[pool] = index + 1;
        }
    }

    /**
     * Finds a free port among those that are known.
     *
     * @param pool its number
     * @param from port of the range to begin with, going up and round
     * @return the first free port, or {@link #NONE_FREE}
     */
    public int free(final int pool, final int from) {
        final int known = this.known[pool];
        if (used[pool] == known) {
            return NONE_FREE;
        }
        final int first = from - lowest;
        final int base = pool * words;
        int word = first >>> 6;
        long free = ~bits[base + word] & (-1L << first);
        // Once round, and the first word again for what lies before the beginning.
        for (int i = 0; i <= words; i++) {
            final int index = (word << 6) + Long.numberOfTrailingZeros(free);
            if (free != 0 && index < known) {
                return lowest + index;
            }
            word = word + 1 == words ? 0 : word + 1;
            free = ~bits[base + word];
        }
        return NONE_FREE;
    }

    /**
     * Looks at the next ports of a pool until one is free.
     *
     * @param pool its number
     * @param limit ports to look at, at most
     * @param nowNs current time
     * @return a free port, or {@link #NONE_FREE}: none was among those, and if the pool is complete there is none
     */
    public int seek(final int pool, final int limit, final long nowNs) {
        final int last = Math.min(size, known[pool] + limit);
        while (known[pool] < last) {
            final int index = known[pool];
            look(pool, 1, nowNs);
            if ((bits[pool * words + (index >>> 6)] & 1L << index) == 0) {
                return lowest + index;
            }
        }
        return NONE_FREE;
    }

    /**
     * Looks for connections whose time has come among those of a pool that has no free port known, in turn, so that each is met again after a number of calls.
     *
     * @param pool number of a pool without ports that are known to be free
     * @param limit ports to look at, at most
     * @param nowNs current time
     * @return a port that has become free, or {@link #NONE_FREE}
     */
    public int expired(final int pool, final int limit, final long nowNs) {
        for (int i = 0; i < limit; i++) {
            final int index = cursors[pool];
            cursors[pool] = index + 1 == size ? 0 : index + 1;
            if (!isTaken(pool, index, nowNs)) { // looking has removed it
                return lowest + index;
            }
        }
        return NONE_FREE;
    }

    /** A connection with this tuple has been opened. */
    void opened(final long tupleAddresses, final long tuplePorts) {
        final int pool = find(tupleAddresses, tuplePorts);
        final int index = (int) (tuplePorts & PORT_MASK) - lowest;
        if (pool >= 0 && index >= 0 && index < known[pool]) {
            set(pool, index);
        }
    }

    /** A connection with this tuple has been removed. */
    void removed(final long tupleAddresses, final long tuplePorts) {
        final int pool = find(tupleAddresses, tuplePorts);
        final int index = (int) (tuplePorts & PORT_MASK) - lowest;
        if (pool < 0 || index < 0 || index >= known[pool]) {
            return;
        }
        final int word = pool * words + (index >>> 6);
        final long bit = 1L << index;
        if ((bits[word] & bit) != 0) {
            bits[word] &= ~bit;
            used[pool]--;
        }
        if (isComplete(pool) && used[pool] < size >>> 2) {
            known[pool] = UNWATCHED;
            while (end > 0 && known[end - 1] < 0) {
                end--;
            }
        }
    }

    /** {@return whether any pool is watched} */
    boolean isWatching() {
        return end > 0;
    }

    /** {@return bytes of memory for bits} */
    long length() {
        return (long) bits.length * Long.BYTES;
    }

    private void set(final int pool, final int index) {
        final int word = pool * words + (index >>> 6);
        final long bit = 1L << index;
        if ((bits[word] & bit) == 0) {
            bits[word] |= bit;
            used[pool]++;
        }
    }

    private boolean isTaken(final int pool, final int index, final long nowNs) {
        final int port = lowest + index;
        final long key = keys[pool];
        final int protocol = TupleKey.protocol(key);
        final long ports = TupleKey.withPorts(key, isEcho(protocol) ? port : TupleKey.sourcePort(key), port);
        final long poolAddresses = addresses[pool];
        return table.find(poolAddresses, ports, table.hash(poolAddresses, ports), nowNs) != ConntrackTable.MISSING;
    }

    /** An echo's identifier stands in both places. */
    private static long key(final long ports) {
        return TupleKey.withPorts(ports, isEcho(TupleKey.protocol(ports)) ? 0 : TupleKey.sourcePort(ports), 0);
    }

    private static boolean isEcho(final int protocol) {
        return protocol == TupleKey.ICMP || protocol == TupleKey.ICMPV6;
    }
}
