package org.dvr.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.dvr.bench.report.Calibration;
import org.dvr.bench.report.Calibrator;
import org.dvr.bench.report.JfrStages;
import org.dvr.bench.report.Latency;
import org.dvr.bench.report.LatencyFile;
import org.dvr.bench.report.Load;
import org.dvr.bench.report.Machine;
import org.dvr.bench.report.Measured;
import org.dvr.bench.report.Run;
import org.dvr.bench.report.RunReader;
import org.dvr.bench.report.Stages;
import org.dvr.bench.report.Surroundings;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** One run of the benchmarks that are asked for, and of all that is looked at beside them: calibration, load, latencies, stages. */
final class JmhRun {
    private static final int PROFILE_WARMUP = 3;
    private static final int PROFILE_ITERATIONS = 4;
    private static final String FLOWS = "flows";
    private static final String PROFILED_FLOWS = "1024";

    private final BenchOptions options;
    private final Path home;

    JmhRun(final BenchOptions options, final Path home) {
        this.options = options;
        this.home = home;
    }

    /**
     * Runs it all; takes minutes.
     *
     * @param out hears what is going on
     * @return what came of it
     */
    Run run(final PrintStream out) throws RunnerException, IOException {
        final Path side = Files.createTempDirectory("dvr-bench");
        try {
            final Path json =
                    options.file("--json") == null ? side.resolve("jmh.result") : Path.of(options.file("--json"));
            final Load.Sample before = Load.Sample.now();
            out.println("# Calibrating ...");
            final Calibration calibration = new Calibrator().measure();
            final Load.Sample start = Load.Sample.now();
            final long ownBefore = Load.ownTicks();
            new Runner(measurement(json, side).build()).run();
            final Load load = Load.of(before, start, Load.Sample.now(), Load.ownTicks() - ownBefore);
            final Run jmh = RunReader.read(json);
            final List<Latency> latencies = new ArrayList<>(jmh.latencies());
            latencies.addAll(LatencyFile.readAll(side));
            final List<Stages> stages = options.isProfiled() ? profile(out, jmh, side) : List.of();
            return new Run(
                    Surroundings.now(),
                    Surroundings.commit(home),
                    jmh.facts(),
                    Machine.here(jmh.facts().getOrDefault("JDK", "")),
                    calibration,
                    load,
                    jmh.measured(),
                    latencies,
                    stages);
        } finally {
            delete(side);
        }
    }

    private ChainedOptionsBuilder measurement(final Path json, final Path side) {
        final ChainedOptionsBuilder builder = common(side)
                .include(options.include())
                .addProfiler(GCProfiler.class)
                .resultFormat(ResultFormatType.JSON)
                .result(json.toString())
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(1))
                .measurementTime(TimeValue.seconds(options.seconds()));
        options.parameters().forEach((name, values) -> builder.param(name, values.toArray(String[]::new)));
        return options.isQuick()
                ? builder.forks(1).measurementIterations(3)
                : builder.forks(3).measurementIterations(5);
    }

    private ChainedOptionsBuilder common(final Path side, final String... more) {
        final List<String> flags = new ArrayList<>(List.of(
                "@" + home.resolve("config").resolve("jvm.options").toAbsolutePath(),
                "-Dagrona.disable.bounds.checks=true",
                "-XX:-UseCompressedOops", // as the forwarder runs (jvm.run.options)
                // Nothing is allocated, so a collector has nothing to do but to make stores cheap.
                "-XX:+UseParallelGC",
                "-D" + LatencyFile.FOLDER + "=" + side));
        flags.addAll(List.of(more));
        return new OptionsBuilder()
                .shouldFailOnError(true)
                .shouldDoGC(true) // what a packet needs lies together, as after the first collection of a forwarder
                .jvmArgs(flags.toArray(String[]::new));
    }

    // ---- where the time goes

    private List<Stages> profile(final PrintStream out, final Run jmh, final Path side)
            throws RunnerException, IOException {
        final Path settings = side.resolve("samples.jfc");
        Files.writeString(settings, JfrStages.SETTINGS);
        final List<Stages> stages = new ArrayList<>();
        for (final Measured each : profiled(jmh)) {
            out.println("# Profiling " + each.name() + " " + each.parameterText() + " ...");
            final Path recording = Files.createTempDirectory(side, "recording");
            final ChainedOptionsBuilder builder = common(
                            side.resolve("nowhere"),
                            "-XX:+UnlockDiagnosticVMOptions",
                            "-XX:+DebugNonSafepoints",
                            "-Xlog:jfr+startup=off",
                            "-XX:StartFlightRecording:filename=" + recording + "/samples.jfr,dumponexit=true,settings="
                                    + settings)
                    .include("\\." + Pattern.quote(each.name()) + "$")
                    .verbosity(VerboseMode.SILENT)
                    .forks(1)
                    .warmupIterations(PROFILE_WARMUP)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(PROFILE_ITERATIONS)
                    .measurementTime(TimeValue.seconds(1));
            each.parameters().forEach(builder::param);
            new Runner(builder.build()).run();
            stages.add(JfrStages.read(
                    recording.resolve("samples.jfr"),
                    each.name(),
                    each.parameters(),
                    Duration.ofSeconds(PROFILE_WARMUP)));
        }
        return stages;
    }

    /** Each method once: with 1,024 flows where it has that, else with the first of its parameters. */
    private static List<Measured> profiled(final Run jmh) {
        final Map<String, Measured> profiled = new LinkedHashMap<>();
        for (final Measured each : jmh.measured()) {
            profiled.merge(
                    each.name(),
                    each,
                    (first, next) -> PROFILED_FLOWS.equals(next.parameters().get(FLOWS)) ? next : first);
        }
        return List.copyOf(profiled.values());
    }

    private static void delete(final Path folder) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
            for (final Path each : found) {
                if (Files.isDirectory(each)) {
                    delete(each);
                } else {
                    Files.delete(each);
                }
            }
        }
        Files.delete(folder);
    }
}
