package org.dvr.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BenchMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

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
                new BenchOptions("Fib.*", List.of("1", "1024"), true, "a.json", "b.html", false),
                BenchOptions.parse(
                        "--include", "Fib.*", "--flows=1,1024", "--quick", "--json=a.json", "--report", "b.html"));
    }

    @Test
    void shouldRefuseFlowsThatNoRingHas() {
        assertEquals(2, run("--flows", "1000"));
        assertTrue(told().contains("--flows takes powers of two up to 67108864, not 1000"), told());
    }

    @Test
    void shouldFlagWhatAllocates() {
        final ResultTable table = new ResultTable(List.of(
                new ResultTable.Row("PipelineBenchmark.proxyArp", "flows=1", 123.45, 1.2, 0.0004),
                new ResultTable.Row("PipelineBenchmark.eastWestGre", "flows=1024", 99, 2, 0.01)));
        assertTrue(table.isAllocating());
        assertEquals(
                """
                benchmark                      parameters       ns/op           ±      B/op
                PipelineBenchmark.proxyArp     flows=1          123.5         1.2     0.000
                PipelineBenchmark.eastWestGre  flows=1024        99.0         2.0     0.010
                ALLOCATES: PipelineBenchmark.eastWestGre flows=1024: 0.010 B/op, limit 0.01
                """,
                table.text());
    }

    @Test
    void shouldBeContentWithNoise() {
        assertFalse(new ResultTable(List.of(new ResultTable.Row("a", "", 1, 1, 0.009))).isAllocating());
    }
}
