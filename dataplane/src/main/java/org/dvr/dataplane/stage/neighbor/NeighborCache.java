package org.dvr.dataplane.stage.neighbor;

import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FrameQueue;
import org.dvr.dataplane.table.Hashing;
import org.dvr.dataplane.table.RowBlock;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.RouterPort;

/**
 * Neighbors learned by ARP, and the frames that wait for them. Open addressing in clusters of bounded length, fixed capacity.
 *
 * <pre>   key: | domain (32) | IPv4 address (32) |    value: MAC, or a queue of frames and the time of the next request </pre>
 *
 * A domain is a segment id, or {@link #UNDERLAY}. Owned by one worker. When a cluster is full its stalest resolved neighbor is
 * forgotten; when all of it waits for answers, nobody new is asked and the caller counts {@code NEIGHBOR_QUEUE_FULL}.
 *
 * <p>A neighbor is believed for {@link #LIFETIME_NS} after it was heard of. An unanswered request is repeated every {@link #RETRY_NS}, {@link
 * #ATTEMPTS} times in all; then what waits is dropped.
 */
public final class NeighborCache {
    /** The domain of tunnel endpoints. */
    public static final int UNDERLAY = 1 << 29;

    /** Returned where the MAC is not known. */
    public static final long MISSING = -1;

    /** How long a neighbor is believed without being heard of. */
    public static final long LIFETIME_NS = 300_000_000_000L;

    /** Longs of a row of {@link #export}. */
    public static final int ROW_WIDTH = 5;

    /** Time between two requests. */
    public static final long RETRY_NS = 1_000_000_000L;

    /** Requests before a neighbor is given up. */
    public static final int ATTEMPTS = 3;

    /** Frames that may wait for one neighbor. */
    public static final int QUEUE_LIMIT = 16;

    private static final int PROBES = 8;

    /** What happens when time passes; implemented by the pipeline, which can make and drop frames. */
    public interface Listener {
        /**
         * A request is due.
         *
         * @param neighbor who is asked for
         */
        void onRequest(Neighbor neighbor);

        /**
         * A frame's neighbor is known now.
         *
         * @param frame it waited; owned by the listener from here on
         * @param mac of the neighbor, low 48 bits
         */
        void onResolved(Frame frame, long mac);

        /**
         * A frame's neighbor did not answer.
         *
         * @param frame it waited; owned by the listener from here on
         */
        void onUnreachable(Frame frame);

        /**
         * A neighbor did not answer, and all that waited for it has been told.
         *
         * @param neighbor who was asked for
         */
        default void onLost(final Neighbor neighbor) {}
    }

    /** Told of neighbors that were heard of, whether or not this cache takes them up. */
    @FunctionalInterface
    public interface Observer {
        /**
         * @param domain segment id or {@link #UNDERLAY}
         * @param ip IPv4 address
         * @param mac low 48 bits
         * @param makesKnown false where only those take it up who know the neighbor already
         * @param nowNs when
         */
        void onHeard(int domain, int ip, long mac, boolean makesKnown, long nowNs);
    }

    /** One neighbor: resolved or being asked for. */
    public static final class Neighbor {
        private int domain;
        private int ip;
        private boolean isUsed;
        private boolean isWaiting;
        private long mac = MISSING;
        private long atNs; // resolved: when heard of; else: when the next request is due
        private int attempts;
        private final FrameQueue queue = new FrameQueue();
        private RouterPort routerPort;
        private ExternalPort externalPort;
        private int senderIp;

        /** @return segment id or {@link NeighborCache#UNDERLAY} */
        public int domain() {
            return domain;
        }

        /** @return the address asked for */
        public int ip() {
            return ip;
        }

        /** @return the router port that asks, null where another does */
        public RouterPort routerPort() {
            return routerPort;
        }

        /** @return the fip namespace that asks, null where another does */
        public ExternalPort externalPort() {
            return externalPort;
        }

        /** @return the sender address of requests */
        public int senderIp() {
            return senderIp;
        }
    }

    private final Neighbor[] slots;
    private final long seed;
    private final Neighbor[] waiting;
    private int waitingSize;
    private final int heldLimit;
    private int held;
    private long dueNs = Long.MAX_VALUE;
    private long foundUntilNs;
    private int version;
    private Observer observer; // null where nobody wants to know
    private int attemptLimit = ATTEMPTS;
    private long retryNs = RETRY_NS;

    /**
     * @param capacity a power of two, 16 or more
     * @param heldLimit frames that may wait in all: a part of the pool, or nothing could be received meanwhile
     * @param seed of the hash
     */
    public NeighborCache(final int capacity, final int heldLimit, final long seed) {
        if (capacity < 16 || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two and 16 or more, capacity=" + capacity);
        }
        slots = new Neighbor[capacity];
        waiting = new Neighbor[capacity];
        for (int i = 0; i < capacity; i++) {
            slots[i] = new Neighbor();
        }
        this.heldLimit = heldLimit;
        this.seed = seed;
    }

    /**
     * Tells another what is heard; at launch.
     *
     * @param told by the owner's thread
     */
    public void observer(final Observer told) {
        observer = told;
    }

    /**
     * Leaves it to another to ask, and to find out that a neighbor does not answer. It is told of each neighbor once, and once more should it have said nothing after
     * the time that takes. At launch.
     */
    public void followsAnother() {
        attemptLimit = 2;
        retryNs = (ATTEMPTS + 1) * RETRY_NS;
    }

    /**
     * A neighbor was heard of on a wire.
     *
     * @param domain segment id or {@link #UNDERLAY}
     * @param ip IPv4 address
     * @param mac low 48 bits
     * @param makesKnown false when it is taken up only where it is known already
     * @param nowNs current time
     * @return true when it is remembered
     */
    public boolean hear(final int domain, final int ip, final long mac, final boolean makesKnown, final long nowNs) {
        if (observer != null) {
            observer.onHeard(domain, ip, mac, makesKnown, nowNs);
        }
        if (!makesKnown && !isKnown(domain, ip)) {
            return false;
        }
        learn(domain, ip, mac, nowNs);
        return true;
    }

    /**
     * The MAC of a neighbor.
     *
     * @param domain segment id or {@link #UNDERLAY}
     * @param ip IPv4 address
     * @param nowNs current time
     * @return low 48 bits, or {@link #MISSING}
     */
    public long find(final int domain, final int ip, final long nowNs) {
        final Neighbor neighbor = get(domain, ip);
        if (neighbor == null || neighbor.mac == MISSING || nowNs - neighbor.atNs >= LIFETIME_NS) {
            return MISSING;
        }
        foundUntilNs = neighbor.atNs + LIFETIME_NS;
        return neighbor.mac;
    }

    /** @return until when what the last successful {@link #find} has found will be found again, unless {@link #version} changes */
    public long foundUntilNs() {
        return foundUntilNs;
    }

    /** @return a number that changes whenever a neighbor that was resolved moves to another MAC, or is forgotten for another one */
    public int version() {
        return version;
    }

    /**
     * @param domain segment id or {@link #UNDERLAY}
     * @param ip IPv4 address
     * @return true when it is resolved or being asked for
     */
    public boolean isKnown(final int domain, final int ip) {
        return get(domain, ip) != null;
    }

    /**
     * Remembers a neighbor. Frames that wait for it are handed on by the next {@link #release}.
     *
     * @param domain segment id or {@link #UNDERLAY}
     * @param ip IPv4 address
     * @param mac low 48 bits
     * @param nowNs current time
     */
    public void learn(final int domain, final int ip, final long mac, final long nowNs) {
        Neighbor neighbor = get(domain, ip);
        if (neighbor == null) {
            neighbor = allocate(domain, ip);
            if (neighbor == null) {
                return; // all of its cluster waits for answers: it will be asked for when needed
            }
        }
        if (neighbor.mac != mac && neighbor.mac != MISSING) {
            version++;
        }
        neighbor.mac = mac;
        neighbor.atNs = nowNs;
        if (neighbor.isWaiting) {
            dueNs = nowNs;
        }
    }

    /**
     * Has a frame wait for a neighbor; the first one for it has it asked for.
     *
     * @param frame owned by this cache if true is returned
     * @param domain segment id or {@link #UNDERLAY}
     * @param ip IPv4 address
     * @param routerPort the router port that asks, or null
     * @param externalPort the fip namespace that asks, or null
     * @param senderIp sender address of requests
     * @param nowNs current time
     * @return true when it waits, false when there is no room
     */
    public boolean hold(
            final Frame frame,
            final int domain,
            final int ip,
            final RouterPort routerPort,
            final ExternalPort externalPort,
            final int senderIp,
            final long nowNs) {
        if (held >= heldLimit) {
            return false;
        }
        final Neighbor neighbor = wanted(domain, ip, routerPort, externalPort, senderIp, nowNs);
        if (neighbor == null || neighbor.queue.size() >= QUEUE_LIMIT) {
            return false;
        }
        neighbor.queue.add(frame);
        held++;
        return true;
    }

    /**
     * Has a neighbor asked for though no frame waits here; one that is resolved is not.
     *
     * @param domain segment id or {@link #UNDERLAY}
     * @param ip IPv4 address
     * @param routerPort the router port that asks, or null
     * @param externalPort the fip namespace that asks, or null
     * @param senderIp sender address of requests
     * @param nowNs current time
     */
    public void ask(
            final int domain,
            final int ip,
            final RouterPort routerPort,
            final ExternalPort externalPort,
            final int senderIp,
            final long nowNs) {
        if (find(domain, ip, nowNs) == MISSING) {
            wanted(domain, ip, routerPort, externalPort, senderIp, nowNs);
        }
    }

    /** A neighbor that is asked for, from now on or already; null when there is no room. */
    private Neighbor wanted(
            final int domain,
            final int ip,
            final RouterPort routerPort,
            final ExternalPort externalPort,
            final int senderIp,
            final long nowNs) {
        Neighbor neighbor = get(domain, ip);
        if (neighbor != null && neighbor.isWaiting) {
            return neighbor;
        }
        if (neighbor == null) {
            neighbor = allocate(domain, ip);
            if (neighbor == null) {
                return null;
            }
        }
        neighbor.mac = MISSING;
        neighbor.routerPort = routerPort;
        neighbor.externalPort = externalPort;
        neighbor.senderIp = senderIp;
        neighbor.attempts = 0;
        neighbor.atNs = nowNs;
        neighbor.isWaiting = true;
        waiting[waitingSize++] = neighbor;
        dueNs = nowNs;
        return neighbor;
    }

    /**
     * Another found that a neighbor does not answer: the next {@link #release} gives it up.
     *
     * @param domain segment id or {@link #UNDERLAY}
     * @param ip IPv4 address
     * @param nowNs current time
     */
    public void giveUp(final int domain, final int ip, final long nowNs) {
        final Neighbor neighbor = get(domain, ip);
        if (neighbor != null && neighbor.isWaiting && neighbor.mac == MISSING) {
            neighbor.attempts = attemptLimit;
            neighbor.atNs = nowNs;
            dueNs = nowNs;
        }
    }

    /** @return frames that wait */
    public int held() {
        return held;
    }

    /** @return when {@link #release} has something to do, {@link Long#MAX_VALUE} when nothing waits */
    public long nextDeadlineNs() {
        return dueNs;
    }

    /**
     * Hands on frames whose neighbor has been learned, repeats requests that are due and gives up on those that were not answered.
     *
     * @param nowNs current time
     * @param listener told what happens
     */
    public void release(final long nowNs, final Listener listener) {
        for (int i = 0; i < waitingSize; i++) {
            final Neighbor neighbor = waiting[i];
            final boolean isResolved = neighbor.mac != MISSING;
            final boolean isGivenUp = !isResolved && neighbor.atNs <= nowNs && neighbor.attempts == attemptLimit;
            if (isResolved || isGivenUp) {
                waiting[i--] = waiting[--waitingSize];
                waiting[waitingSize] = null;
                handOn(neighbor, isResolved, listener);
                // Only now may another take its place: what the listener does may have to wait for somebody, too.
                neighbor.isWaiting = false;
                neighbor.isUsed = isResolved;
                if (isGivenUp) {
                    listener.onLost(neighbor);
                }
            } else if (neighbor.atNs <= nowNs) {
                neighbor.attempts++;
                neighbor.atNs = nowNs + retryNs;
                listener.onRequest(neighbor);
            }
        }
        dueNs = Long.MAX_VALUE;
        for (int i = 0; i < waitingSize; i++) {
            dueNs = Math.min(dueNs, waiting[i].atNs);
        }
    }

    private void handOn(final Neighbor neighbor, final boolean isResolved, final Listener listener) {
        for (Frame frame = neighbor.queue.poll(); frame != null; frame = neighbor.queue.poll()) {
            held--;
            if (isResolved) {
                listener.onResolved(frame, neighbor.mac);
            } else {
                listener.onUnreachable(frame);
            }
        }
    }

    /**
     * Copies the next few neighbors out: a slice for each duty cycle.
     *
     * @param next slot to begin with: 0, then what the last call answered
     * @param limit slots to look at, 1 or more
     * @param nowNs current time
     * @param rows takes {@link #ROW_WIDTH} longs each: domain, IPv4 address, MAC or {@link #MISSING} of one that is being asked for, age of a resolved one
     *     in ns, frames that wait for it
     * @return slot to go on with, -1 at the end
     */
    public int export(final int next, final int limit, final long nowNs, final RowBlock rows) {
        final int end = Math.min(slots.length, next + limit);
        for (int slot = next; slot < end; slot++) {
            final Neighbor neighbor = slots[slot];
            final boolean isLive = neighbor.isUsed && (neighbor.mac == MISSING || nowNs - neighbor.atNs < LIFETIME_NS);
            if (isLive && rows.add()) {
                rows.put(0, neighbor.domain);
                rows.put(1, neighbor.ip & 0xFFFF_FFFFL);
                rows.put(2, neighbor.mac);
                rows.put(3, neighbor.mac == MISSING ? 0 : nowNs - neighbor.atNs);
                rows.put(4, neighbor.queue.size());
            }
        }
        return end < slots.length ? end : -1;
    }

    private Neighbor get(final int domain, final int ip) {
        int slot = home(domain, ip);
        for (int probe = 0; probe < PROBES; probe++) {
            final Neighbor neighbor = slots[slot];
            if (neighbor.isUsed && neighbor.ip == ip && neighbor.domain == domain) {
                return neighbor;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return null;
    }

    private Neighbor allocate(final int domain, final int ip) {
        int slot = home(domain, ip);
        Neighbor best = null;
        for (int probe = 0; probe < PROBES; probe++) {
            final Neighbor neighbor = slots[slot];
            if (!neighbor.isUsed) {
                best = neighbor;
                break;
            }
            if (neighbor.mac != MISSING && !neighbor.isWaiting && (best == null || neighbor.atNs < best.atNs)) {
                best = neighbor;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        if (best != null) {
            if (best.isUsed && best.mac != MISSING) {
                version++;
            }
            best.isUsed = true;
            best.domain = domain;
            best.ip = ip;
            best.mac = MISSING;
        }
        return best;
    }

    private int home(final int domain, final int ip) {
        return Hashing.slot((((long) domain << 32) | (ip & 0xFFFF_FFFFL)) ^ seed, slots.length - 1);
    }
}
