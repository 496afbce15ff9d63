package org.dvr.app.lab;

/** Waiting, where there is nothing to wait on but time. */
final class Pause {
    private Pause() {}

    /**
     * Sleeps.
     *
     * @param milliseconds how long
     * @throws LabException when the process is asked to end meanwhile
     */
    static void ms(final long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }
}
