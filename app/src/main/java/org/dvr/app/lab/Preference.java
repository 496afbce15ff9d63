package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Threads that go before whatever else a machine does: what a busy machine needs so that figures mean something. Forwarders' workers, and the thread in which
 * the kernel handles interrupts of a core that has too many, so that neither is preferred to the other; that one is put back when this is closed.
 */
final class Preference implements AutoCloseable {
    private static final Path PROC = Path.of("/proc");
    private static final String FIRST = "-20";
    private static final String USUAL = "0";

    private final String interrupts;

    private Preference(final String interrupts) {
        this.interrupts = interrupts;
    }

    /** Prefers interrupts of a core. */
    static Preference of(final int core) {
        final String thread = thread(PROC, "ksoftirqd/" + core);
        renice(thread, FIRST);
        group(ProcessHandle.current().pid(), FIRST);
        return new Preference(thread);
    }

    /** Prefers the worker of a forwarder. */
    static void worker(final long pid) {
        renice(thread(PROC.resolve(pid + "/task"), CoreTimes.WORKER), FIRST);
        group(pid, FIRST);
    }

    /** Finds a thread by its name. */
    private static String thread(final Path folder, final String name) {
        try (Stream<Path> threads = Files.list(folder)) {
            return threads.filter(each ->
                            Character.isDigit(each.getFileName().toString().charAt(0)))
                    .filter(each -> name.equals(nameOf(each)))
                    .findFirst()
                    .map(each -> each.getFileName().toString())
                    .orElseThrow(() -> new LabException("no thread " + name + " in " + folder));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String nameOf(final Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (final IOException e) {
            return ""; // has ended meanwhile
        }
    }

    private static void renice(final String thread, final String nice) {
        Tools.run(List.of("renice", "-n", nice, "-p", thread));
    }

    /** Where the kernel shares a core between sessions first, sched(7), a thread's own preference counts among those of its session only. */
    private static void group(final long pid, final String nice) {
        final Path file = PROC.resolve(pid + "/autogroup");
        if (Files.exists(file)) {
            try {
                Files.writeString(file, nice);
            } catch (final IOException e) {
                throw new LabException(file + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() {
        renice(interrupts, USUAL);
        group(ProcessHandle.current().pid(), USUAL);
    }
}
