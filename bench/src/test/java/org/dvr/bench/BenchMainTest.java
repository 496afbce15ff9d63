package org.dvr.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dvr.bench.report.Measured;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    private int run(final String... args) {
        return BenchMain.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                args);
    }

    private String told() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldPrintUsage() {
        assertEquals(0, run("--help"));
        assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("Usage: dvr bench [--include REGEX]"));
    }

    @Test
    void shouldRefuseUnknownOptions() {
        assertEquals(2, run("--repeat", "3"));
        assertTrue(told().contains("unknown option --repeat"), told());
    }

    @Test
    void shouldRefuseMissingValue() {
        assertEquals(2, run("--json"));
        assertTrue(told().contains("--json needs a value"), told());
    }

    @Test
    void shouldRefuseBadExpression() {
        assertEquals(2, run("--include", "("));
        assertTrue(told().contains("--include is no regular expression"), told());
    }

    @Test
    void shouldRefuseFileThatCannotBeWritten() {
        assertEquals(2, run("--json", "/nowhere/at/all.json"));
        assertTrue(told().contains("/nowhere/at/all.json cannot be written"), told());
    }

    @Test
    void shouldRefuseReportThatCannotBeWrittenBeforeTheRun() {
        assertEquals(2, run("--report", "/nowhere/at/all.html", "--include", "NoSuchBenchmark"));
        assertTrue(told().contains("--report /nowhere/at/all.html cannot be written"), told());
        assertEquals(2, run("--report=" + System.getProperty("java.io.tmpdir"), "--include", "NoSuchBenchmark"));
        assertTrue(told().contains(System.getProperty("java.io.tmpdir") + " cannot be written"), told());
    }

    @Test
    void shouldSayWhenNothingMatches() {
        assertEquals(2, run("--include=NoSuchBenchmark"));
        assertTrue(told().contains("no benchmark matches --include NoSuchBenchmark"), told());
    }

    @Test
    void shouldReadOptions() {
        assertEquals(
                new BenchOptions(
                        "Fib.*",
                        Map.of("flows", List.of("1", "1024"), "cache", List.of("on")),
                        true,
                        200,
                        true,
                        Map.of("--json", "a.json", "--report", "b.html", "--save", ""),
                        List.of("c", "d"),
                        false),
                BenchOptions.parse(
                        "--include",
                        "Fib.*",
                        "--flows=1,1024",
                        "--param",
                        "cache=on",
                        "--quick",
                        "--time=200",
                        "--profile",
                        "--json=a.json",
                        "--report",
                        "b.html",
                        "--save",
                        "--latency",
                        "c",
                        "--latency=d"));
    }

    @Test
    void shouldRefuseOptionsThatDoNotGoTogether() {
        assertEquals(
                2, run("--from", "a.json", "--json", folder.resolve("b.json").toString()));
        assertTrue(told().contains("--from runs nothing"), told());
        assertEquals(2, run("--param", "cache"));
        assertTrue(told().contains("--param takes NAME=VALUE"), told());
    }

    @Test
    void shouldSayInOneLineWhatIsWrongWithAFile() throws IOException {
        final Path broken = Files.writeString(folder.resolve("broken.json"), "[{\"benchmark\":");
        final Path page = folder.resolve("page.html");
        for (final String option : List.of("--from", "--baseline", "--peers", "--latency")) {
            err.reset();
            assertEquals(2, run(option, broken.toString(), "--report", page.toString()), option);
            assertTrue(told().startsWith("dvr bench: " + broken + ": no JSON, or cut off"), told());
            assertEquals(1, told().lines().count(), told());
            assertTrue(Files.notExists(page), "no page of nothing");
        }
    }

    @Test
    void shouldMakePagesAgain() throws IOException {
        final Path results = Files.writeString(
                folder.resolve("results.json"),
                """
                [{"benchmark": "org.dvr.bench.PipelineBenchmark.proxyArp", "params": {"flows": "1024"}, "measurementTime": "1 s",
                  "primaryMetric": {"score": 50.0, "scoreError": 1.0, "scoreUnit": "ns/op", "rawData": [[50.0], [50.1], [49.9]]},
                  "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 0.0001}, "gc.alloc.rate": {"score": 0.005}}}]
                """);
        final Path page = folder.resolve("page.html");
        final Path saved = folder.resolve("saved.json");
        final Path text = folder.resolve("page.md");
        final String from = results.toString();
        assertEquals(
                0,
                run("--from", from, "--report=" + page, "--save=" + saved, "--markdown=" + text, "--baseline=" + from));
        assertTrue(Files.readString(page).startsWith("<!DOCTYPE html>"));
        assertTrue(Files.readString(text).contains("0 slower, 1 same"), Files.readString(text));
        assertEquals(0, run("--from", saved.toString()));
        final Path slower = Files.writeString(
                folder.resolve("slower.json"), Files.readString(results).replaceAll("5(0\\.[01])|49\\.9", "7$1"));
        err.reset();
        assertEquals(1, run("--from", from, "--baseline", fast(results).toString()));
        assertEquals(0, run("--from", from, "--baseline", slower.toString()), "faster is fine");
    }

    private Path fast(final Path results) throws IOException {
        return Files.writeString(
                folder.resolve("fast.json"),
                Files.readString(results)
                        .replace("50.0", "30.0")
                        .replace("50.1", "30.1")
                        .replace("49.9", "29.9"));
    }

    @Test
    void shouldRefuseFlowsThatNoRingHas() {
        assertEquals(2, run("--flows", "1000"));
        assertTrue(told().contains("--flows takes powers of two up to 67108864, not 1000"), told());
    }

    private static Measured row(final String method, final String flows, final double mean, final double bytes) {
        return new Measured(
                "PipelineBenchmark",
                method,
                Map.of("flows", flows),
                mean,
                1.2,
                "ns/op",
                bytes,
                /* isCold= */ false,
                List.of(List.of(mean)));
    }

    @Test
    void shouldFlagWhatAllocates() {
        final ResultTable table =
                new ResultTable(List.of(row("proxyArp", "1", 123.45, 0.0004), row("eastWestGre", "1024", 99, 0.01)));
        assertTrue(table.isAllocating());
        assertEquals(
                """
                benchmark                      parameters        mean           ±  unit        B/op
                PipelineBenchmark.proxyArp     flows=1          123.5         1.2  ns/op      0.000
                PipelineBenchmark.eastWestGre  flows=1024        99.0         1.2  ns/op      0.010
                ALLOCATES: PipelineBenchmark.eastWestGre flows=1024: 0.010 B/op, limit 0.01
                """,
                table.text());
    }

    @Test
    void shouldBeContentWithNoise() {
        assertFalse(new ResultTable(List.of(row("a", "1", 1, 0.009))).isAllocating());
    }
}
