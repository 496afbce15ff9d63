package org.dvr.dataplane.frame;

/** How a frame ends. */
public enum Action {
    /** Not decided yet. */
    NONE,
    /** Leaves by {@link Verdict#egress}, or by the tunnel to {@link Verdict#peer}. */
    FORWARD,
    /** Leaves to everybody else in {@link Verdict#segment}. */
    FLOOD,
    /** Ends here, for {@link Verdict#dropReason}. */
    DROP,
    /** Ends here as it should: it was for us. */
    CONSUME,
    /** Waits for the MAC of a next hop. */
    HOLD
}
