package org.dvr.dataplane.stage;

import org.dvr.nat.policy.SourcePort;

/**
 * Choices in behavior, fixed at launch (contract.md §3 and §6).
 *
 * @param hasInnerVlan passes frames with an 802.1Q tag inside a tunnel within their network; default false: dropped (contract.md §6 row 19)
 * @param hasCollapsedHops the fip namespace spends no TTL: one hop for each router; default false: as the original (limits.md C2)
 * @param hasRouterErrorsToOutside sends the ICMP errors to the outside that the original's qrouter cannot send; default true (dvr.md §10)
 * @param floatingIpPort what becomes of the source port behind a floating IP; default {@link SourcePort#KEEP_IF_FREE} (limits.md C6)
 * @param snatPort what becomes of it behind the shared address; default {@link SourcePort#RANDOM}
 * @param icmpRate generated ICMP errors per second and sender, 0 = none, default 10 (contract.md §6 row 26)
 */
public record StageOptions(
        boolean hasInnerVlan,
        boolean hasCollapsedHops,
        boolean hasRouterErrorsToOutside,
        SourcePort floatingIpPort,
        SourcePort snatPort,
        int icmpRate) {
    /** Errors a sender that was quiet may cause at once. */
    public static final int ICMP_BURST = 50;

    /** The defaults. */
    public static final StageOptions DEFAULT =
            new StageOptions(false, false, true, SourcePort.KEEP_IF_FREE, SourcePort.RANDOM, 10);

    /**
     * @param isRandomly whether source ports behind floating IPs are chosen even when they are free
     * @return the same otherwise
     */
    public StageOptions withRandomFloatingIpPorts(final boolean isRandomly) {
        return new StageOptions(
                hasInnerVlan, hasCollapsedHops, hasRouterErrorsToOutside, choice(isRandomly), snatPort, icmpRate);
    }

    /**
     * @param isRandomly whether source ports behind shared addresses are chosen even when they are free
     * @return the same otherwise
     */
    public StageOptions withRandomSnatPorts(final boolean isRandomly) {
        return new StageOptions(
                hasInnerVlan, hasCollapsedHops, hasRouterErrorsToOutside, floatingIpPort, choice(isRandomly), icmpRate);
    }

    private static SourcePort choice(final boolean isRandomly) {
        return isRandomly ? SourcePort.RANDOM : SourcePort.KEEP_IF_FREE;
    }

    /**
     * Choices as {@link #DEFAULT} where nothing is said.
     *
     * @param hasInnerVlan as in the record
     * @param hasCollapsedHops as in the record
     * @param hasRouterErrorsToOutside as in the record
     * @param icmpRate as in the record
     */
    public StageOptions(
            final boolean hasInnerVlan,
            final boolean hasCollapsedHops,
            final boolean hasRouterErrorsToOutside,
            final int icmpRate) {
        this(
                hasInnerVlan,
                hasCollapsedHops,
                hasRouterErrorsToOutside,
                SourcePort.KEEP_IF_FREE,
                SourcePort.RANDOM,
                icmpRate);
    }

    /** Checks ranges. */
    public StageOptions {
        if (icmpRate < 0 || icmpRate > 1_000_000) {
            throw new IllegalArgumentException("icmp_rate must be 0 to 1000000, icmp_rate=" + icmpRate);
        }
    }
}
