package org.dvr.dataplane.topology;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Where the supervisor publishes the snapshot in force and workers pick it up, once per duty cycle. What differs between one snapshot and the next is found out
 * here, by the thread that publishes, so that workers need not.
 */
public final class TopologyCell {
    private final AtomicReference<TopologyPublication> current = new AtomicReference<>();

    /**
     * @param initial the first snapshot
     */
    public TopologyCell(final TopologySnapshot initial) {
        current.setRelease(new TopologyPublication(0, initial, List.of()));
    }

    /**
     * One thread at a time.
     *
     * @param snapshot replaces the one in force, whole
     */
    public void publish(final TopologySnapshot snapshot) {
        final TopologyPublication before = current.getAcquire();
        final List<TopologyChange> changes = new ArrayList<>(before.changes());
        if (changes.size() == TopologyPublication.MEMORY) {
            changes.removeFirst();
        }
        changes.add(TopologyChange.between(before.snapshot(), snapshot));
        current.setRelease(new TopologyPublication(before.number() + 1, snapshot, List.copyOf(changes)));
    }

    /** @return the snapshot in force, one version for a whole duty cycle */
    public TopologySnapshot acquire() {
        return current.getAcquire().snapshot();
    }

    /** @return the snapshot in force, and how it differs from those before it */
    public TopologyPublication publication() {
        return current.getAcquire();
    }
}
