package org.dvr.app.run;

/** What a worker does while no frame arrives. */
public enum IdleMode {
    /** Looks again at once: lowest latency, a whole core. */
    BUSY(Long.MAX_VALUE),
    /** Looks again for a while, and lets others have the core meanwhile; then waits until a device wakes it. */
    ADAPTIVE(50_000),
    /** Waits at once until a device wakes it. */
    BLOCKING(0);

    private final long spinNs;

    IdleMode(final long spinNs) {
        this.spinNs = spinNs;
    }

    /** @return how long a worker looks again after the last frame, nanoseconds */
    public long spinNs() {
        return spinNs;
    }
}
