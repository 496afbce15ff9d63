package org.dvr.dataplane.stage;

/**
 * Choices in behavior, fixed at launch (contract.md §3 and §6).
 *
 * @param hasInnerVlan passes frames with an 802.1Q tag inside a tunnel within their network; default false: dropped (contract.md §6 row 19)
 * @param hasCollapsedHops the fip namespace spends no TTL: one hop for each router; default false: as the original (limits.md C2)
 * @param hasRouterErrorsToOutside sends the ICMP errors to the outside that the original's qrouter cannot send; default true (dvr.md §10)
 * @param icmpRate generated ICMP errors per second and sender, 0 = none, default 10 (contract.md §6 row 26)
 */
public record StageOptions(
        boolean hasInnerVlan, boolean hasCollapsedHops, boolean hasRouterErrorsToOutside, int icmpRate) {
    /** Errors a sender that was quiet may cause at once. */
    public static final int ICMP_BURST = 50;

    /** The defaults. */
    public static final StageOptions DEFAULT = new StageOptions(false, false, true, 10);

    /** Checks ranges. */
    public StageOptions {
        if (icmpRate < 0 || icmpRate > 1_000_000) {
            throw new IllegalArgumentException("icmp_rate must be 0 to 1000000, icmp_rate=" + icmpRate);
        }
    }
}
