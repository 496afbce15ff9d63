package org.dvr.nat.policy;

/**
 * A number that grows with each choice of a source port, so that two connections of one tuple get different ports (RFC 6056 §3.3). Owned by one thread: translators
 * that work in turns on one may share it, and then choose what a single one would.
 */
public final class PortChoices {
    /** Spreads consecutive numbers over 64 bits. */
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;

    private long number;

    /** {@return the next number} */
    public long next() {
        number += GOLDEN_RATIO;
        return number;
    }
}
