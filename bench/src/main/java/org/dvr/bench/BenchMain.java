package org.dvr.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import org.dvr.bench.report.Measured;
import org.dvr.bench.report.Report;
import org.dvr.bench.report.Surroundings;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** {@code dvr bench}: runs benchmarks in JVMs of their own and says what each operation costs and allocates. */
public final class BenchMain {
    private static final int FINE = 0;
    private static final int NO = 1;
    private static final int UNUSABLE = 2;
    private static final int INTERNAL = 3;

    private BenchMain() {}

    /**
     * Runs, prints, exits with the status of {@link BenchOptions#USAGE}.
     *
     * @param args see there
     */
    public static void main(final String[] args) {
        System.exit(run(System.out, System.err, args));
    }

    static int run(final PrintStream out, final PrintStream err, final String... args) {
        final BenchOptions options;
        try {
            options = BenchOptions.parse(args);
            if (options.isHelp()) {
                out.print(BenchOptions.USAGE);
                return FINE;
            }
            checkWritable(options);
        } catch (final IllegalArgumentException e) {
            err.println("dvr bench: " + e.getMessage());
            err.println("Try dvr bench --help.");
            return UNUSABLE;
        }
        try {
            final Collection<RunResult> results = new Runner(jmhOptions(options).build()).run();
            final ResultTable table = new ResultTable(results);
            out.println();
            out.print(table.text());
            writeReport(options, results, args);
            return table.isEmpty() || table.isAllocating() ? NO : FINE;
        } catch (final NoBenchmarksException e) {
            err.println("dvr bench: no benchmark matches --include " + options.include());
            return UNUSABLE;
        } catch (final RunnerException | IOException e) {
            err.println("dvr bench: " + e.getMessage());
            return INTERNAL;
        }
    }

    /** A run takes minutes: what cannot be written is told before. */
    private static void checkWritable(final BenchOptions options) {
        checkWritable("--json", options.jsonFile());
        checkWritable("--report", options.reportFile());
    }

    private static void checkWritable(final String option, final String name) {
        if (name == null) {
            return;
        }
        final Path file = Path.of(name).toAbsolutePath();
        try {
            if (Files.notExists(file)) {
                Files.createFile(file);
            } else if (!Files.isWritable(file) || Files.isDirectory(file)) {
                throw new IllegalArgumentException(option + " " + file + " cannot be written");
            }
        } catch (final IOException e) {
            throw new IllegalArgumentException(option + " " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static void writeReport(
            final BenchOptions options, final Collection<RunResult> results, final String... args) throws IOException {
        if (options.reportFile() == null) {
            return;
        }
        final StringBuilder command = new StringBuilder("./dvr bench");
        for (final String arg : args) {
            command.append(' ').append(quoted(arg));
        }
        new Report(
                        Surroundings.of(results, home(), command.toString()),
                        Measured.of(results),
                        ResultTable.ALLOCATION_LIMIT)
                .write(Path.of(options.reportFile()));
    }

    /** As a shell takes it. */
    private static String quoted(final String arg) {
        return arg.matches("[A-Za-z0-9_./=,:+-]+") ? arg : "'" + arg.replace("'", "'\\''") + "'";
    }

    private static ChainedOptionsBuilder jmhOptions(final BenchOptions options) {
        final ChainedOptionsBuilder builder = new OptionsBuilder()
                .include(options.include())
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .shouldDoGC(true) // what a packet needs lies together, as after the first collection of a forwarder
                .jvmArgs(
                        "@" + jvmOptions(),
                        "-Dagrona.disable.bounds.checks=true",
                        // Nothing is allocated, so a collector has nothing to do but to make stores cheap.
                        "-XX:+UseParallelGC");
        if (options.isQuick()) {
            builder.forks(1);
            builder.warmupIterations(3).warmupTime(TimeValue.seconds(1));
            builder.measurementIterations(3).measurementTime(TimeValue.seconds(1));
        } else {
            builder.forks(3);
            builder.warmupIterations(3).warmupTime(TimeValue.seconds(1));
            builder.measurementIterations(5).measurementTime(TimeValue.seconds(1));
        }
        if (!options.flows().isEmpty()) {
            builder.param("flows", options.flows().toArray(String[]::new));
        }
        if (options.jsonFile() != null) {
            builder.resultFormat(ResultFormatType.JSON).result(options.jsonFile());
        }
        return builder;
    }

    private static Path jvmOptions() {
        return home().resolve("config").resolve("jvm.options").toAbsolutePath();
    }

    /** The checkout: where the launcher says, else where we are. */
    private static Path home() {
        return Path.of(System.getProperty("dvr.home", System.getProperty("user.dir")));
    }
}
