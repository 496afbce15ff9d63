package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a core has done, in ticks since the machine started, as proc_stat(5) says; and the part of it that a forwarder's worker had.
 *
 * @param user    in programs
 * @param system  in the kernel for programs
 * @param softirq in the kernel for the network, mostly
 * @param idle    doing nothing
 * @param stolen  taken by the machine below
 * @param worker  of user, in the worker
 */
record CoreTimes(long user, long system, long softirq, long idle, long stolen, long worker) {
    private static final Path STAT = Path.of("/proc/stat");
    static final String WORKER = "dvr-worker";
    private static final int USER_OF_TASK = 11; // utime is field 14, counted from 3, which follows the name

    /**
     * Now.
     *
     * @param core of the machine
     * @param pid  of a forwarder, 0 = none
     * @return its ticks
     */
    static CoreTimes of(final int core, final long pid) {
        try (Stream<String> lines = Files.lines(STAT)) {
            final String[] fields = lines.filter(line -> line.startsWith("cpu" + core + " "))
                    .findFirst()
                    .orElseThrow(() -> new LabException("no core " + core + " in " + STAT))
                    .split(" +", -1);
            return new CoreTimes(
                    ticks(fields, 1) + ticks(fields, 2),
                    ticks(fields, 3),
                    ticks(fields, 6) + ticks(fields, 7),
                    ticks(fields, 4) + ticks(fields, 5),
                    ticks(fields, 8),
                    pid == 0 ? 0 : worker(pid));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long ticks(final String[] fields, final int index) {
        return Long.parseLong(fields[index]);
    }

    private static long worker(final long pid) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (final Path task : tasks.toList()) {
                final String stat = Files.readString(task.resolve("stat"));
                final int end = stat.lastIndexOf(')');
                if (stat.substring(stat.indexOf('(') + 1, end).equals(WORKER)) {
                    return ticks(stat.substring(end + 2).split(" ", -1), USER_OF_TASK);
                }
            }
        }
        return 0;
    }

    boolean isEmpty() {
        return user + system + softirq + idle + stolen == 0;
    }

    private long all() {
        return Math.max(1, user + system + softirq + idle + stolen);
    }

    CoreTimes since(final CoreTimes before) {
        return new CoreTimes(
                user - before.user,
                system - before.system,
                softirq - before.softirq,
                idle - before.idle,
                stolen - before.stolen,
                worker - before.worker);
    }

    CoreTimes plus(final CoreTimes other) {
        return new CoreTimes(
                user + other.user,
                system + other.system,
                softirq + other.softirq,
                idle + other.idle,
                stolen + other.stolen,
                worker + other.worker);
    }

    /** {@return the share of programs that are not ours, and of the machine below} */
    double others() {
        return (double) (Math.max(0, user - worker) + stolen) / all();
    }

    /** {@return a line for people} */
    String text() {
        final List<Long> parts = Stream.of(worker, Math.max(0, user - worker), system, softirq, stolen, idle)
                .map(ticks -> 100 * ticks / all())
                .toList();
        return "worker %d %%, other programs %d %%, system calls %d %%, softirq %d %%, stolen %d %%, idle %d %%"
                .formatted(parts.toArray());
    }
}
