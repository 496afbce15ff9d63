package org.dvr.dataplane.topology;

import java.util.concurrent.atomic.AtomicReference;

/** Where the supervisor publishes the snapshot in force and workers pick it up, once per duty cycle. */
public final class TopologyCell {
    private final AtomicReference<TopologySnapshot> current = new AtomicReference<>();

    /**
     * @param initial the first snapshot
     */
    public TopologyCell(final TopologySnapshot initial) {
        current.setRelease(initial);
    }

    /**
     * @param snapshot replaces the one in force, whole
     */
    public void publish(final TopologySnapshot snapshot) {
        current.setRelease(snapshot);
    }

    /** @return the snapshot in force, one version for a whole duty cycle */
    public TopologySnapshot acquire() {
        return current.getAcquire();
    }
}
