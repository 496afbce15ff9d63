package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A program of a guest that goes on until it is closed. */
final class Background implements AutoCloseable {
    private static final long TIMEOUT_MS = 5_000;
    private static final long SETTLE_MS = 300;

    private final Process process;
    private final Path log;

    Background(final Process process, final Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Waits until it has printed something.
     *
     * @param text part of what it prints when it is ready
     */
    void await(final String text) {
        final long deadline = System.nanoTime() + TIMEOUT_MS * 1_000_000;
        while (process.isAlive() && System.nanoTime() < deadline) {
            if (printed().contains(text)) {
                return;
            }
            Pause.ms(10);
        }
    }

    /** Gives a program time to be ready that does not say when it is. */
    void settle() {
        Pause.ms(SETTLE_MS);
    }

    private String printed() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
