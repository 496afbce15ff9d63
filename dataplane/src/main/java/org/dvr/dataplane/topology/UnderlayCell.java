package org.dvr.dataplane.topology;

import java.util.concurrent.atomic.AtomicReference;

/** Where the supervisor publishes how tunnel peers are reached, and workers pick it up, once per duty cycle. */
public final class UnderlayCell {
    private final AtomicReference<UnderlayView> current = new AtomicReference<>(UnderlayView.EMPTY);

    /**
     * @param view replaces the one in force, whole
     */
    public void publish(final UnderlayView view) {
        current.setRelease(view);
    }

    /** @return the view in force */
    public UnderlayView acquire() {
        return current.getAcquire();
    }
}
