package org.dvr.nat.policy;

/**
 * External addresses whose ports have run out lately, for an alarm. The packet path notes refusals; who watches reads what there is, address by address.
 *
 * <p>A shortage lasts until nothing was refused for {@link #CALM_NS}. At most {@link #CAPACITY} addresses are remembered: where more of them are short at a
 * time, the others are only counted.
 *
 * <p>Owned by one worker; allocates nothing after construction.
 */
public final class PortShortages {
    /** Addresses that are remembered at a time. */
    public static final int CAPACITY = 16;

    /** A shortage is over when nothing was refused for so long. */
    public static final long CALM_NS = 60_000_000_000L;

    private final int[] addresses = new int[CAPACITY];
    private final long[] refusedCounts = new long[CAPACITY]; // 0: not in use
    private final long[] lastNs = new long[CAPACITY];
    private long refusedCount;

    /**
     * No port was free.
     *
     * @param address the external address, host-order value of the big-endian address
     * @param nowNs current time
     */
    public void refused(final int address, final long nowNs) {
        refusedCount++;
        int unused = -1;
        for (int i = 0; i < CAPACITY; i++) {
            if (refusedCounts[i] == 0) {
                unused = unused < 0 ? i : unused;
            } else if (addresses[i] == address) {
                refusedCounts[i]++;
                lastNs[i] = nowNs;
                return;
            }
        }
        if (unused >= 0) {
            addresses[unused] = address;
            refusedCounts[unused] = 1;
            lastNs[unused] = nowNs;
        }
    }

    /** {@return connections refused so far, whatever the address} */
    public long refusedCount() {
        return refusedCount;
    }

    /**
     * Is there a shortage at a place?
     *
     * @param place 0 to {@link #CAPACITY} - 1
     * @return whether an address is remembered there
     */
    public boolean isShort(final int place) {
        return refusedCounts[place] != 0;
    }

    /**
     * The address at a place.
     *
     * @param place where there is a shortage
     * @return external address, host-order value of the big-endian address
     */
    public int address(final int place) {
        return addresses[place];
    }

    /**
     * How many connections a shortage has cost.
     *
     * @param place 0 to {@link #CAPACITY} - 1
     * @return refusals since it began, 0 where there is none
     */
    public long refusedCount(final int place) {
        return refusedCounts[place];
    }

    /**
     * Is a shortage over?
     *
     * @param place where there is one
     * @param nowNs current time
     * @return whether nothing was refused for {@link #CALM_NS}
     */
    public boolean isOver(final int place, final long nowNs) {
        return nowNs - lastNs[place] >= CALM_NS;
    }

    /**
     * Forgets a shortage.
     *
     * @param place where there is one
     */
    public void forget(final int place) {
        refusedCounts[place] = 0;
    }
}
