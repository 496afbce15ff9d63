package org.dvr.app.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a JVM's collector did, from {@code -Xlog:gc*:file=…:uptime}. */
final class GcLog {
    /** "[12.345s] GC(3) Pause Young (Allocation Failure) 12M->4M(31M) 1.234ms" */
    private static final Pattern PAUSE = Pattern.compile(
            "\\[([\\d.]+)s\\].* GC\\(\\d+\\) (Pause \\w+) \\((.*)\\) (\\d+)M->(\\d+)M\\(\\d+M\\) ([\\d.]+)ms");
    /** The collections that we ask for, to see what is alive. */
    private static final String OURS = "Heap Inspection Initiated GC";

    private final List<Pause> pauses;

    /**
     * A collection.
     *
     * @param seconds since the JVM started
     * @param kind    as {@code Pause Young}
     * @param cause   as {@code Allocation Failure}
     * @param before  heap in use before, in MiB
     * @param after   heap in use after, in MiB
     * @param ms      how long it took
     */
    record Pause(double seconds, String kind, String cause, int before, int after, double ms) {
        boolean isOurs() {
            return OURS.equals(cause);
        }
    }

    private GcLog(final List<Pause> pauses) {
        this.pauses = List.copyOf(pauses);
    }

    static GcLog read(final Path file) {
        try {
            return of(Files.readAllLines(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static GcLog of(final List<String> lines) {
        return new GcLog(lines.stream()
                .map(PAUSE::matcher)
                .filter(Matcher::matches)
                .map(line -> new Pause(
                        Double.parseDouble(line.group(1)),
                        line.group(2),
                        line.group(3),
                        Integer.parseInt(line.group(4)),
                        Integer.parseInt(line.group(5)),
                        Double.parseDouble(line.group(6))))
                .toList());
    }

    /**
     * The part between two moments, without the collections that we asked for.
     *
     * @param from seconds since the JVM started
     * @param to   seconds since the JVM started
     * @return that part
     */
    GcLog between(final double from, final double to) {
        return new GcLog(pauses.stream()
                .filter(pause -> pause.seconds() >= from && pause.seconds() < to && !pause.isOurs())
                .toList());
    }

    int count() {
        return pauses.size();
    }

    double longestMs() {
        return pauses.stream().mapToDouble(Pause::ms).max().orElse(0);
    }

    double totalMs() {
        return pauses.stream().mapToDouble(Pause::ms).sum();
    }

    /** {@return as {@code 12 Pause Young (Allocation Failure), longest 3.1 ms, 20 ms in all}} */
    @Override
    public String toString() {
        if (pauses.isEmpty()) {
            return "none";
        }
        final Map<String, Long> kinds = pauses.stream()
                .collect(Collectors.groupingBy(
                        pause -> pause.kind() + " (" + pause.cause() + ")", TreeMap::new, Collectors.counting()));
        return kinds.entrySet().stream()
                        .map(kind -> kind.getValue() + " " + kind.getKey())
                        .collect(Collectors.joining(", "))
                + ", longest %.1f ms, %.0f ms in all".formatted(longestMs(), totalMs());
    }
}
