package org.dvr.nat.fragment;

import java.util.Arrays;

/**
 * Packets that come in fragments: what has been seen of each, and the ports that its first fragment told. Sets of bounded size, fixed capacity.
 *
 * <pre>
 *   key:    | source (32) | destination (32) |   | zone (24) | protocol (8) | identification (16) |
 *   value:  ports of the first fragment, a bit for each 8 bytes of payload seen, where it ends, how many fragments wait
 *
 *   sets of 16 entries:   | 4 sets | 4 sets | ...     the group of a packet follows from its owner, the set in the group from its key
 * </pre>
 *
 * An owner is whoever a packet is accounted to, so that all packets of one owner together take 64 entries at most. When a set is full, the owner with
 * most entries in it loses its oldest one; a flood pushes out itself. Keys are chosen by strangers, therefore both hashes are seeded.
 *
 * <p>A packet is forgotten when all of it has been seen, or {@link #LIFETIME_NS} after the first to come of its fragments. Until then every byte is
 * admitted once: who receives what is admitted never has to choose between two versions of a byte (RFC 1858, RFC 3128, RFC 5722).
 *
 * <p>Owned by one worker; allocates nothing after construction.
 */
public final class FragmentTable {
    /** How long a packet is remembered after the first of its fragments: the limit of RFC 1122 §3.3.2 as kernels have it. */
    public static final long LIFETIME_NS = 30_000_000_000L;

    /** Entries of a set: the most that a look-up reads. */
    public static final int WAYS = 16;

    /** The least capacity: one group of sets, the most packets of one owner. */
    public static final int MIN_CAPACITY = 64;

    /** The largest capacity; an entry takes a little over 1 KiB. */
    public static final int MAX_CAPACITY = 1 << 18;

    private static final int GROUP_SETS = 4;
    private static final int GROUP = GROUP_SETS * WAYS;
    private static final int UNIT_SHIFT = 3;
    private static final int BITMAP_SHIFT = 7; // 128 words of 64 units of 8 bytes are the longest payload
    private static final int BITMAP_WORDS = 1 << BITMAP_SHIFT;

    private static final int LIVE = 1;
    private static final int FIRST = 2;
    private static final int LAST = 4;
    private static final int REFUSED = 8;

    private final long seed;
    private final int groupMask;

    // Fixed when a packet is opened.
    private final long[] addresses;
    private final long[] keys;
    private final int[] owners;
    private final long[] openedNs;
    // Changed by fragments.
    private final int[] states;
    private final int[] ports;
    private final int[] ends; // of the highest byte seen; of the packet once the last fragment was seen
    private final int[] units; // bits set in the bitmap
    private final int[] waiting;
    private final long[] bitmaps;

    private int reference;
    private long openedCount;
    private long evictedCount;
    private long overlapCount;
    private long repeatedCount;

    /**
     * Allocates a table.
     *
     * @param capacity the most packets, a power of two, {@link #MIN_CAPACITY} to {@link #MAX_CAPACITY}
     * @param seed of the hashes; strangers must not know it
     * @throws IllegalArgumentException if the capacity is out of range
     */
    public FragmentTable(final int capacity, final long seed) {
        if (capacity < MIN_CAPACITY || capacity > MAX_CAPACITY || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two, " + MIN_CAPACITY + " to "
                    + MAX_CAPACITY + ", capacity=" + capacity);
        }
        this.seed = seed;
        groupMask = capacity / GROUP - 1;
        addresses = new long[capacity];
        keys = new long[capacity];
        owners = new int[capacity];
        openedNs = new long[capacity];
        states = new int[capacity];
        ports = new int[capacity];
        ends = new int[capacity];
        units = new int[capacity];
        waiting = new int[capacity];
        bitmaps = new long[capacity << BITMAP_SHIFT];
    }

    /**
     * The second half of a key.
     *
     * @param zone isolation domain, 24 bits
     * @param protocol IP protocol number, 0 to 255
     * @param id identification, 0 to 65,535
     * @return the three packed
     */
    public static long key(final int zone, final int protocol, final int id) {
        return (long) zone << 24 | protocol << 16 | id;
    }

    /**
     * Judges a fragment by those of the same packet before it, and remembers it unless it is refused. {@link #reference()} is its packet afterwards.
     *
     * @param addresses source and destination as they are at this step, as {@code TupleKey.addresses} packs them
     * @param key zone, protocol and identification, by {@link #key}
     * @param owner whom the packet is accounted to
     * @param offset bytes of payload before it, a multiple of 8
     * @param length bytes of payload, 1 or more; a multiple of 8 unless it is the last
     * @param isLast no fragment follows
     * @param nowNs current time
     * @return what became of it
     */
    public Admission admit(
            final long addresses,
            final long key,
            final int owner,
            final int offset,
            final int length,
            final boolean isLast,
            final long nowNs) {
        final int set = setOf(addresses, key, owner);
        int found = -1;
        for (int i = set; i < set + WAYS; i++) {
            if (this.keys[i] == key && this.addresses[i] == addresses && owners[i] == owner && isLive(i, nowNs)) {
                found = i;
                break;
            }
        }
        Admission admission = Admission.KNOWN;
        if (found < 0) {
            found = open(set, addresses, key, owner, nowNs);
            admission = Admission.OPENED;
        }
        reference = found;
        if ((states[found] & REFUSED) != 0) {
            return Admission.REFUSED;
        }
        return mark(found, offset, length, isLast, admission);
    }

    private boolean isLive(final int index, final long nowNs) {
        return (states[index] & LIVE) != 0 && nowNs - openedNs[index] < LIFETIME_NS;
    }

    private Admission mark(
            final int index, final int offset, final int length, final boolean isLast, final Admission admission) {
        final int end = offset + length;
        final boolean isEndKnown = (states[index] & LAST) != 0;
        final int from = offset >>> UNIT_SHIFT;
        final int to = (end + 7) >>> UNIT_SHIFT;
        final int seen = countSeen(index, from, to);
        // The end of a packet is where its one last fragment ends, and nothing lies behind it.
        final boolean isContradiction =
                isLast ? end < ends[index] || (isEndKnown && end != ends[index]) : isEndKnown && end > ends[index];
        if (isContradiction || (seen > 0 && seen < to - from)) {
            states[index] |= REFUSED;
            overlapCount++;
            return Admission.OVERLAP;
        }
        if (seen > 0) {
            repeatedCount++;
            return Admission.REPEATED;
        }
        setSeen(index, from, to);
        units[index] += to - from;
        ends[index] = Math.max(ends[index], end);
        if (isLast) {
            states[index] |= LAST;
        }
        return admission;
    }

    private int countSeen(final int index, final int from, final int to) {
        final int base = index << BITMAP_SHIFT;
        int count = 0;
        for (int word = from >>> 6; word <= (to - 1) >>> 6; word++) {
            count += Long.bitCount(bitmaps[base + word] & maskOf(word, from, to));
        }
        return count;
    }

    private void setSeen(final int index, final int from, final int to) {
        final int base = index << BITMAP_SHIFT;
        for (int word = from >>> 6; word <= (to - 1) >>> 6; word++) {
            bitmaps[base + word] |= maskOf(word, from, to);
        }
    }

    /** The units {@code from} to {@code to - 1} as far as they lie in a word. */
    private static long maskOf(final int word, final int from, final int to) {
        final int low = Math.max(0, from - (word << 6));
        final int high = Math.min(64, to - (word << 6));
        return (-1L >>> (64 - (high - low))) << low;
    }

    private int open(final int set, final long addresses, final long key, final int owner, final long nowNs) {
        int index = -1;
        for (int i = set; i < set + WAYS; i++) {
            if (!isLive(i, nowNs)) {
                index = i;
                break;
            }
        }
        if (index < 0) {
            index = victim(set, owner);
            evictedCount++;
        }
        this.addresses[index] = addresses;
        keys[index] = key;
        owners[index] = owner;
        openedNs[index] = nowNs;
        states[index] = LIVE;
        ends[index] = 0;
        units[index] = 0;
        waiting[index] = 0;
        final int base = index << BITMAP_SHIFT;
        Arrays.fill(bitmaps, base, base + BITMAP_WORDS, 0);
        openedCount++;
        return index;
    }

    /** The oldest packet of the owner that would have most in the set. */
    private int victim(final int set, final int owner) {
        int best = set;
        int most = 0;
        for (int i = set; i < set + WAYS; i++) {
            int count = owners[i] == owner ? 1 : 0;
            for (int j = set; j < set + WAYS; j++) {
                count += owners[j] == owners[i] ? 1 : 0;
            }
            if (count > most || (count == most && openedNs[i] < openedNs[best])) {
                most = count;
                best = i;
            }
        }
        return best;
    }

    private int setOf(final long addresses, final long key, final int owner) {
        final int group = (int) mix(owner ^ seed) & groupMask;
        final int way = (int) (mix(mix(addresses ^ seed) ^ key) >>> 33) & GROUP_SETS - 1;
        return (group * GROUP_SETS + way) * WAYS;
    }

    private static long mix(final long value) {
        long h = value * 0x9E37_79B9_7F4A_7C15L;
        h = (h ^ h >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        return h ^ h >>> 32;
    }

    /** {@return the packet of the fragment admitted last, 0 to capacity - 1; it holds until the packet is removed or another one opened in its place} */
    public int reference() {
        return reference;
    }

    /**
     * Remembers what the first fragment told.
     *
     * @param reference its packet
     * @param sourcePort port or ICMP identifier, 0 to 65,535
     * @param destinationPort port or ICMP identifier, 0 to 65,535
     */
    public void first(final int reference, final int sourcePort, final int destinationPort) {
        states[reference] |= FIRST;
        ports[reference] = sourcePort << 16 | destinationPort;
    }

    /** {@return whether the first fragment of a packet has come and its ports are known} */
    public boolean hasPorts(final int reference) {
        return (states[reference] & FIRST) != 0;
    }

    /** {@return the source port of the first fragment, 0 to 65,535} */
    public int sourcePort(final int reference) {
        return ports[reference] >>> 16;
    }

    /** {@return the destination port of the first fragment, 0 to 65,535} */
    public int destinationPort(final int reference) {
        return ports[reference] & 0xFFFF;
    }

    /**
     * Refuses what else comes of a packet, until its time is up.
     *
     * @param reference the packet
     */
    public void refuse(final int reference) {
        states[reference] |= REFUSED;
    }

    /** {@return whether every byte of a packet has been seen} */
    public boolean isComplete(final int reference) {
        return (states[reference] & LAST) != 0 && units[reference] == (ends[reference] + 7) >>> UNIT_SHIFT;
    }

    /**
     * Forgets a packet.
     *
     * @param reference the packet
     */
    public void remove(final int reference) {
        states[reference] = 0;
        waiting[reference] = 0;
    }

    /**
     * Notes that one more fragment of a packet waits for the first one.
     *
     * @param reference the packet
     */
    public void addWaiting(final int reference) {
        waiting[reference]++;
    }

    /**
     * Notes that no fragment of a packet waits any more.
     *
     * @param reference the packet
     */
    public void clearWaiting(final int reference) {
        waiting[reference] = 0;
    }

    /**
     * How many fragments of the owner of a packet wait, those of its other packets included.
     *
     * @param reference the packet
     * @return fragments, 0 or more
     */
    public int waitingOfOwner(final int reference) {
        final int owner = owners[reference];
        final int group = reference & -GROUP;
        int sum = 0;
        for (int i = group; i < group + GROUP; i++) {
            sum += owners[i] == owner ? waiting[i] : 0;
        }
        return sum;
    }

    /** {@return the most packets that are remembered at a time} */
    public int capacity() {
        return states.length;
    }

    /**
     * Counts what is remembered; cold.
     *
     * @param nowNs current time
     * @return packets, 0 to {@link #capacity}
     */
    public int active(final long nowNs) {
        int count = 0;
        for (int i = 0; i < states.length; i++) {
            count += isLive(i, nowNs) ? 1 : 0;
        }
        return count;
    }

    /** {@return packets of which a fragment came} */
    public long openedCount() {
        return openedCount;
    }

    /** {@return packets forgotten early for want of room} */
    public long evictedCount() {
        return evictedCount;
    }

    /** {@return packets refused because fragments overlapped or contradicted each other} */
    public long overlapCount() {
        return overlapCount;
    }

    /** {@return fragments that had been seen before} */
    public long repeatedCount() {
        return repeatedCount;
    }
}
