package org.dvr.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dvr.bench.report.Latency;
import org.dvr.bench.report.Peers;
import org.dvr.bench.report.Report;
import org.dvr.bench.report.Run;
import org.dvr.bench.report.RunReader;
import org.dvr.bench.report.RunWriter;
import org.dvr.bench.report.Surroundings;
import org.dvr.bench.report.UnusableResultException;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.RunnerException;

/** {@code dvr bench}: runs benchmarks in JVMs of their own and says what each operation costs and allocates. */
public final class BenchMain {
    private static final int FINE = 0;
    private static final int NO = 1;
    private static final int UNUSABLE = 2;
    private static final int INTERNAL = 3;

    /** Options that name a file to be written. */
    private static final List<String> WRITTEN = List.of("--json", "--report", "--markdown", "--save");

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
            for (final String option : WRITTEN) {
                checkWritable(option, options.file(option));
            }
        } catch (final IllegalArgumentException e) {
            err.println("dvr bench: " + e.getMessage());
            err.println("Try dvr bench --help.");
            return UNUSABLE;
        }
        try {
            checkReadable(options);
            return show(out, options, measured(out, options, args));
        } catch (final NoBenchmarksException e) {
            err.println("dvr bench: no benchmark matches --include " + options.include());
            return UNUSABLE;
        } catch (final UnusableResultException e) {
            err.println("dvr bench: " + e.getMessage());
            return UNUSABLE;
        } catch (final RunnerException | IOException e) {
            err.println("dvr bench: " + e.getMessage());
            return INTERNAL;
        }
    }

    /** A run takes minutes: what cannot be written is told before. */
    private static void checkWritable(final String option, final String name) {
        if (name == null || name.equals(BenchOptions.BY_NAME)) {
            return;
        }
        final Path file = Path.of(name).toAbsolutePath();
        try {
            if (Files.notExists(file)) {
                Files.createFile(file);
                Files.delete(file); // an empty file is no result
            } else if (!Files.isWritable(file) || Files.isDirectory(file)) {
                throw new IllegalArgumentException(option + " " + file + " cannot be written");
            }
        } catch (final IOException e) {
            throw new IllegalArgumentException(option + " " + file + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** And so is what cannot be read. */
    private static void checkReadable(final BenchOptions options) throws IOException {
        if (options.file("--baseline") != null) {
            RunReader.read(Path.of(options.file("--baseline")));
        }
        if (options.file("--peers") != null) {
            Peers.read(Path.of(options.file("--peers")));
        }
        for (final String file : options.latencyFiles()) {
            RunReader.latencies(Path.of(file));
        }
    }

    private static Run measured(final PrintStream out, final BenchOptions options, final String... args)
            throws RunnerException, IOException {
        final Run run = options.file("--from") != null
                ? RunReader.read(Path.of(options.file("--from")))
                : new JmhRun(options, home()).run(out);
        final List<Latency> latencies = new ArrayList<>(run.latencies());
        for (final String file : options.latencyFiles()) {
            latencies.addAll(RunReader.latencies(Path.of(file)));
        }
        final Map<String, String> facts = new LinkedHashMap<>();
        if (options.file("--from") == null) {
            facts.put("Command", command(args));
        }
        facts.putAll(run.facts());
        return new Run(
                run.date(),
                run.commit(),
                facts,
                run.machine(),
                run.calibration(),
                run.load(),
                run.measured(),
                latencies,
                run.stages());
    }

    private static String command(final String... args) {
        final StringBuilder command = new StringBuilder("./dvr bench");
        for (final String arg : args) {
            command.append(' ').append(quoted(arg));
        }
        return command.toString();
    }

    /** Prints, writes what is asked for, and judges. */
    private static int show(final PrintStream out, final BenchOptions options, final Run run) throws IOException {
        final ResultTable table = new ResultTable(run.measured());
        out.println();
        out.print(table.text());
        Report report = Report.of("dvr bench", run);
        if (options.file("--baseline") != null) {
            report = report.against(
                    Path.of(options.file("--baseline")),
                    options.file("--history") == null ? history() : Path.of(options.file("--history")));
        }
        if (options.file("--peers") != null) {
            report = report.beside(Peers.read(Path.of(options.file("--peers"))));
        }
        report.verdicts().forEach(out::println);
        if (options.file("--report") != null) {
            report.write(Path.of(options.file("--report")));
        }
        if (options.file("--markdown") != null) {
            report.writeMarkdown(Path.of(options.file("--markdown")));
        }
        if (options.file("--save") != null) {
            final Path file = options.file("--save").equals(BenchOptions.BY_NAME)
                    ? history().resolve(name(run))
                    : Path.of(options.file("--save"));
            RunWriter.write(run, file);
            out.println("saved as " + file);
        }
        return table.isAllocating() || report.isSlower() ? NO : FINE;
    }

    /** By time, so that names sort; results of JMH's own JSON do not say theirs. */
    private static String name(final Run run) {
        final String date = run.date().isEmpty() ? Surroundings.now() : run.date();
        return date.replaceAll("[^0-9TZ]", "") + "-" + run.commit() + ".json";
    }

    /** As a shell takes it. */
    private static String quoted(final String arg) {
        return arg.matches("[A-Za-z0-9_./=,:+-]+") ? arg : "'" + arg.replace("'", "'\\''") + "'";
    }

    private static Path history() {
        return home().resolve("bench").resolve("history");
    }

    /** The checkout: where the launcher says, else where we are. */
    private static Path home() {
        return Path.of(System.getProperty("dvr.home", System.getProperty("user.dir")));
    }
}
