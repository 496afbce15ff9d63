package org.dvr.dataplane.table;

import java.util.Arrays;

/**
 * Learned FDB: where each MAC was last seen that the control plane does not know. Open addressing, linear probing, fixed capacity.
 *
 * <pre>   key: | segmentId (16) | MAC (48) |      value: attachment id, or peer id | PEER      last seen (ns) </pre>
 *
 * Owned by one worker. An entry lives {@link #LIFETIME_NS} after it was last installed; every frame renews it (dvr.md §4.3 step 10).
 * Never grows: when no slot near its home is empty or expired, the table refuses, the caller counts and floods.
 */
public final class LearnedFdbTable {
    /** Returned where nothing is known. */
    public static final int MISSING = -1;

    /** Flag of a value: the rest is the id of a tunnel peer, not of an attachment point. */
    public static final int PEER = 1 << 30;

    /** Longs of a row of {@link #export}. */
    public static final int ROW_WIDTH = 4;

    /** Hard timeout of a learned entry. */
    public static final long LIFETIME_NS = 300_000_000_000L;

    /** What is learned is told to other workers when it is new, and again when it was told so long ago. */
    public static final long TOLD_NS = 1_000_000_000L;

    /** Another worker's table, which is to know the same. */
    @FunctionalInterface
    public interface Observer {
        /**
         * @param segmentId 1 to 65,535
         * @param mac low 48 bits
         * @param value attachment id, or peer id with {@link LearnedFdbTable#PEER}
         * @param nowNs when it was seen
         */
        void onSeen(int segmentId, long mac, int value, long nowNs);
    }

    private static final int PROBES = 16; // a bounded cluster instead of deletion: expired entries are overwritten

    private final long[] keys;
    private final int[] values;
    private final long[] seenNs;
    private final long seed;
    private long foundUntilNs;
    private int version;
    private Observer observer; // null where nobody wants to know
    private long[] toldNs;

    /**
     * @param capacity a power of two, 16 or more
     * @param seed of the hash: MACs are chosen by guests
     */
    public LearnedFdbTable(final int capacity, final long seed) {
        if (capacity < PROBES || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two and 16 or more, capacity=" + capacity);
        }
        keys = new long[capacity];
        values = new int[capacity];
        seenNs = new long[capacity];
        this.seed = seed;
    }

    /**
     * Tells another what is learned here; at launch.
     *
     * @param told by the owner's thread
     */
    public void observer(final Observer told) {
        observer = told;
        toldNs = new long[keys.length];
    }

    /**
     * Where a MAC was last seen.
     *
     * @param segmentId 1 to 65,535
     * @param mac low 48 bits
     * @param nowNs current time
     * @return an attachment id, a peer id with {@link #PEER}, or {@link #MISSING}
     */
    public int find(final int segmentId, final long mac, final long nowNs) {
        final int slot = slotOf(((long) segmentId << 48) | mac);
        if (slot == MISSING || nowNs - seenNs[slot] >= LIFETIME_NS) {
            return MISSING;
        }
        foundUntilNs = seenNs[slot] + LIFETIME_NS;
        return values[slot];
    }

    /** @return until when what the last successful {@link #find} has found will be found again, unless {@link #version} changes */
    public long foundUntilNs() {
        return foundUntilNs;
    }

    /** @return a number that changes whenever a MAC that was learned is seen elsewhere */
    public int version() {
        return version;
    }

    /**
     * Remembers where a MAC was seen.
     *
     * @param segmentId 1 to 65,535
     * @param mac low 48 bits
     * @param value attachment id, or peer id with {@link #PEER}
     * @param nowNs current time
     * @return true unless there was no room
     */
    public boolean learn(final int segmentId, final long mac, final int value, final long nowNs) {
        return learn(segmentId, mac, value, nowNs, observer != null);
    }

    /**
     * Remembers what another worker has learned.
     *
     * @param segmentId 1 to 65,535
     * @param mac low 48 bits
     * @param value attachment id, or peer id with {@link #PEER}
     * @param nowNs when it was seen
     */
    public void learnTold(final int segmentId, final long mac, final int value, final long nowNs) {
        learn(segmentId, mac, value, nowNs, /* tells= */ false);
    }

    private boolean learn(final int segmentId, final long mac, final int value, final long nowNs, final boolean tells) {
        final long key = ((long) segmentId << 48) | mac;
        int slot = slotOf(key);
        boolean isNews = false;
        if (slot == MISSING) {
            slot = freeSlot(key, nowNs);
            if (slot == MISSING) {
                return false;
            }
            keys[slot] = key;
            isNews = true;
        } else if (values[slot] != value) {
            version++;
            isNews = true;
        }
        values[slot] = value;
        seenNs[slot] = nowNs;
        if (tells) {
            if (isNews || nowNs - toldNs[slot] >= TOLD_NS) {
                toldNs[slot] = nowNs;
                observer.onSeen(segmentId, mac, value, nowNs);
            }
        } else if (toldNs != null) {
            toldNs[slot] = nowNs; // all know
        }
        return true;
    }

    /** Forgets everything; cold. */
    public void clear() {
        Arrays.fill(keys, 0);
    }

    /**
     * Copies the next few live entries out: a slice for each duty cycle.
     *
     * @param next slot to begin with: 0, then what the last call answered
     * @param limit slots to look at, 1 or more
     * @param nowNs current time
     * @param rows takes {@link #ROW_WIDTH} longs each: segment id, MAC, value as {@link #find} answers, age in ns
     * @return slot to go on with, {@link #MISSING} at the end
     */
    public int export(final int next, final int limit, final long nowNs, final RowBlock rows) {
        final int end = Math.min(keys.length, next + limit);
        for (int slot = next; slot < end; slot++) {
            if (keys[slot] != 0 && nowNs - seenNs[slot] < LIFETIME_NS && rows.add()) {
                rows.put(0, keys[slot] >>> 48);
                rows.put(1, keys[slot] & 0xFFFF_FFFF_FFFFL);
                rows.put(2, values[slot]);
                rows.put(3, nowNs - seenNs[slot]);
            }
        }
        return end < keys.length ? end : MISSING;
    }

    private int slotOf(final long key) {
        final int mask = keys.length - 1;
        int slot = Hashing.slot(key ^ seed, mask);
        for (int probe = 0; probe < PROBES; probe++) {
            final long found = keys[slot];
            if (found == key) {
                return slot;
            }
            if (found == 0) {
                return MISSING; // slots never become empty one by one: nothing was ever put behind this one
            }
            slot = (slot + 1) & mask;
        }
        return MISSING;
    }

    private int freeSlot(final long key, final long nowNs) {
        final int mask = keys.length - 1;
        int slot = Hashing.slot(key ^ seed, mask);
        for (int probe = 0; probe < PROBES; probe++) {
            if (keys[slot] == 0 || nowNs - seenNs[slot] >= LIFETIME_NS) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return MISSING;
    }
}
