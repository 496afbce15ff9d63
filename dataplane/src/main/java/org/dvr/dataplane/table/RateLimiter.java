package org.dvr.dataplane.table;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Token buckets, one per sender: how many ICMP errors each may still cause (RFC 1812 §4.3.2.8). Direct mapped, fixed size. All
 * workers of a host share one, by compare-and-set: what it bounds is what a sender sees of the host. Two senders that share a bucket's place share its tokens while both are active: fewer errors, never more.
 */
public final class RateLimiter {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int BUCKETS = 4096;

    private final int ratePerSecond;
    private final long burstNs;
    private final long seed;
    // For each bucket the time up to which its tokens are spent: one word holds the whole bucket (GCRA, ITU-T I.371).
    private final AtomicLongArray spentUntilNs = new AtomicLongArray(BUCKETS);

    /**
     * @param ratePerSecond tokens a second, 0 = none ever
     * @param burst tokens of a bucket that has rested, 1 or more
     * @param seed of the hash: addresses are chosen by senders
     */
    public RateLimiter(final int ratePerSecond, final int burst, final long seed) {
        this.ratePerSecond = ratePerSecond;
        this.burstNs = ratePerSecond == 0 ? 0 : burst * (SECOND_NS / ratePerSecond);
        this.seed = seed;
        for (int i = 0; i < BUCKETS; i++) {
            spentUntilNs.setPlain(i, Long.MIN_VALUE / 2);
        }
    }

    /**
     * Takes a token.
     *
     * @param sender whose bucket
     * @param nowNs current time
     * @return true when there was one
     */
    public boolean tryTake(final long sender, final long nowNs) {
        if (ratePerSecond == 0) {
            return false;
        }
        final int bucket = Hashing.slot(sender ^ seed, BUCKETS - 1);
        while (true) {
            final long before = spentUntilNs.get(bucket);
            final long next = Math.max(before, nowNs - burstNs) + SECOND_NS / ratePerSecond;
            if (next > nowNs) {
                return false;
            }
            if (spentUntilNs.compareAndSet(bucket, before, next)) {
                return true;
            }
        }
    }
}
