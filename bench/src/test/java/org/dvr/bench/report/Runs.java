package org.dvr.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Results for tests. */
final class Runs {
    static final Machine MACHINE = new Machine("A <fast> & \"new\" one", 2, "amd64", "Linux 6.1", "25.0.3");
    static final Calibration CALIBRATION =
            new Calibration(Map.of(32_768L, 1.2, 67_108_864L, 110.0), Map.of(65_536L, 40.0), 1.1);

    private Runs() {}

    static Measured packets(final String method, final String flows, final double... forks) {
        return measured("PipelineBenchmark", method, Map.of("flows", flows), "ns/op", 0.001, forks);
    }

    /** Three iterations around each fork's figure. */
    static Measured measured(
            final String type,
            final String method,
            final Map<String, String> parameters,
            final String unit,
            final double allocated,
            final double... forks) {
        final List<List<Double>> scores = new ArrayList<>();
        double sum = 0;
        for (final double fork : forks) {
            scores.add(List.of(fork * 0.99, fork, fork * 1.01));
            sum += fork;
        }
        return new Measured(
                type,
                method,
                new LinkedHashMap<>(parameters),
                sum / forks.length,
                1,
                unit,
                allocated,
                /* isCold= */ false,
                scores);
    }

    static Run run(final List<Measured> measured) {
        return run("2026-01-01T00:00:00Z", "c0ffee", measured);
    }

    static Run run(final String date, final String commit, final List<Measured> measured) {
        return new Run(
                date,
                commit,
                Map.of("Command", "./dvr bench"),
                MACHINE,
                CALIBRATION,
                new Load(0.1, 2, 0.01, 0),
                measured,
                List.of(),
                List.of());
    }

    /** The same machine, so much slower for the same work. */
    static Run slowed(final Run run, final double factor) {
        return new Run(
                run.date(),
                run.commit(),
                run.facts(),
                run.machine(),
                new Calibration(CALIBRATION.chaseNs(), CALIBRATION.copyGBps(), CALIBRATION.multiplyNs() * factor),
                run.load(),
                run.measured(),
                run.latencies(),
                run.stages());
    }

    /**
     * A run of benchmarks whose figures are 100 ns and more, with noise of two kinds.
     *
     * @param runSpread share by which a benchmark's level differs from run to run; of odd ones so many times more
     * @param uneven 1 for all alike
     * @param forkSpread share by which forks differ within a run
     * @param factor of the benchmark number 0, as if its code had changed
     */
    static Run noisy(
            final Random random,
            final int day,
            final int benchmarks,
            final double runSpread,
            final double uneven,
            final double forkSpread,
            final double factor) {
        final List<Measured> measured = new ArrayList<>();
        for (int i = 0; i < benchmarks; i++) {
            final double level = (100 + 10 * i)
                    * (i == 0 ? factor : 1)
                    * Math.exp(random.nextGaussian() * runSpread * (i % 2 == 0 ? 1 : uneven));
            final double[] forks = new double[3];
            for (int fork = 0; fork < forks.length; fork++) {
                forks[fork] = level * Math.exp(random.nextGaussian() * forkSpread);
            }
            measured.add(packets("m" + i, "1024", forks));
        }
        return run(String.format("2026-01-%02dT00:00:00Z", day), "commit" + day, measured);
    }
}
