package org.dvr.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.HdrHistogram.Histogram;

/**
 * How a benchmark hands over latencies: it names its histograms at its beginning, and they are written when its JVM ends, where JMH no longer counts what
 * is allocated. They go to a file in the folder that the system property {@value #FOLDER} names, which {@code dvr bench} sets; without it, nowhere.
 * Histograms are filled by the benchmark's thread and read when that has ended.
 */
public final class LatencyFile {
    /** System property: where files go that are read beside JMH's results. */
    public static final String FOLDER = "dvr.bench.side";

    private static final String SUFFIX = ".latency.json";
    private static final Map<String, Pending> PENDING = new LinkedHashMap<>();

    private LatencyFile() {}

    private record Pending(
            String name,
            Map<String, String> parameters,
            double load,
            Histogram histogram,
            IntSupplier collections,
            String note) {
        Latency latency() {
            return new Latency(
                    name,
                    parameters,
                    load,
                    histogram.getTotalCount(),
                    Double.NaN,
                    Latency.percentiles(histogram),
                    collections.getAsInt(),
                    note);
        }
    }

    /**
     * Has a histogram written when this JVM ends, if anything is in it then. The same name, parameters and load replace an earlier one.
     *
     * @param name of the work
     * @param parameters by name
     * @param load share of capacity that is offered, 0 to 1, NaN where it is none
     * @param histogram of nanoseconds
     * @param collections garbage collections while it was filled, asked when the JVM ends; -1 where unknown
     * @param note in the reader's words, may be empty
     */
    public static synchronized void register(
            final String name,
            final Map<String, String> parameters,
            final double load,
            final Histogram histogram,
            final IntSupplier collections,
            final String note) {
        final String folder = System.getProperty(FOLDER);
        if (folder == null) {
            return;
        }
        if (PENDING.isEmpty()) {
            final Path file = Path.of(folder, ProcessHandle.current().pid() + SUFFIX);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> writePending(file), "latency-file"));
        }
        PENDING.put(
                name + parameters + load,
                new Pending(name, Map.copyOf(parameters), load, histogram, collections, note));
    }

    private static synchronized void writePending(final Path file) {
        final List<Latency> latencies = PENDING.values().stream()
                .filter(each -> each.histogram().getTotalCount() > 0)
                .map(Pending::latency)
                .toList();
        try {
            if (!latencies.isEmpty()) {
                write(file, latencies);
            }
        } catch (final IOException e) {
            System.err.println("no latencies are kept: " + e);
        }
    }

    /**
     * Writes latencies as {@code dvr bench --latency} reads them.
     *
     * @param file which is replaced
     * @param latencies to write
     * @throws IOException when it cannot be written
     */
    public static void write(final Path file, final List<Latency> latencies) throws IOException {
        Files.writeString(file, RunWriter.text(latencies));
    }

    /**
     * Reads what the JVMs of a run left in a folder. Of JVMs that measured the same, the one with the longest is taken, since percentiles cannot be added.
     *
     * @param folder that they were given
     * @return one for each name, parameters and load
     * @throws IOException when a file cannot be used
     */
    public static List<Latency> readAll(final Path folder) throws IOException {
        final List<Path> files = new ArrayList<>();
        try (var found = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            found.forEach(files::add);
        }
        files.sort(null);
        final Map<String, Latency> latencies = new LinkedHashMap<>();
        for (final Path file : files) {
            for (final Latency each : RunReader.latencies(file)) {
                // The worst of several JVMs: a report is not to look better than a run was.
                latencies.merge(each.title() + each.load(), each, (a, b) -> longest(a) >= longest(b) ? a : b);
            }
        }
        return List.copyOf(latencies.values());
    }

    private static double longest(final Latency latency) {
        return latency.percentiles().values().stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(0);
    }
}
