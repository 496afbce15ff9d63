package org.dvr.nat.conntrack;

/**
 * How much of a table one router and one guest may hold, expired connections included until they are swept.
 *
 * @param perZone most connections of one zone, that is of one router; {@link #UNLIMITED} by default
 * @param perOwner most connections of one owner in one zone, that is of one guest; {@link #UNLIMITED} by default. Below the table's capacity it is what
 *     keeps a guest whose flood is answered from pushing out others
 */
public record ConntrackLimits(int perZone, int perOwner) {
    /** No limit but the table's capacity. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** The defaults: everybody may use the whole table as long as nobody else needs it. */
    public static final ConntrackLimits DEFAULT = new ConntrackLimits(UNLIMITED, UNLIMITED);

    /**
     * Checks both limits.
     *
     * @throws IllegalArgumentException if one is below 1
     */
    public ConntrackLimits {
        if (perZone < 1) {
            throw new IllegalArgumentException("perZone must be at least 1, perZone=" + perZone);
        }
        if (perOwner < 1) {
            throw new IllegalArgumentException("perOwner must be at least 1, perOwner=" + perOwner);
        }
    }
}
