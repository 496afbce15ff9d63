package org.dvr.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RunReaderTest {
    private static final String JMH =
            """
            [{"benchmark": "org.dvr.bench.PipelineBenchmark.proxyArp", "mode": "avgt", "jdkVersion": "25.0.3", "vmName": "VM",
              "vmVersion": "25", "jvmArgs": ["-Xa", "-Xb"], "measurementTime": "1 s", "params": {"flows": "1024"},
              "primaryMetric": {"score": 12.5, "scoreError": "NaN", "scoreUnit": "ns/op", "rawData": [[12.0, 13.0], [12.5]]},
              "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 24.0}, "gc.alloc.rate": {"score": 1831.0546875}}}]
            """;

    @TempDir
    private Path folder;

    private Path file(final String text) throws IOException {
        return Files.writeString(folder.resolve("results.json"), text);
    }

    @Test
    void shouldReadJmhsOwnJson() throws IOException {
        final Run run = RunReader.read(file(JMH));
        final Measured measured = run.measured().getFirst();
        assertEquals("PipelineBenchmark.proxyArp", measured.name());
        assertEquals("flows=1024", measured.parameterText());
        assertEquals(List.of(List.of(12.0, 13.0), List.of(12.5)), measured.forks());
        assertEquals(24, measured.allocatedBytes(), 0.01);
        assertTrue(Double.isNaN(measured.error()));
        assertTrue(measured.isAllocating());
        assertEquals("25.0.3, VM 25", run.facts().get("JDK"));
        assertEquals("-Xa -Xb", run.facts().get("JVM flags"));
    }

    @Test
    void shouldReadPercentilesOfSampledTimes() throws IOException {
        final Run run = RunReader.read(file(JMH.replace("avgt", "sample")
                .replace("\"NaN\"", "1, \"scorePercentiles\": {\"50.0\": 11, \"99.9\": 40, \"100.0\": 99}")
                .replace("ns/op", "us/op")));
        assertEquals(
                Map.of(50.0, 11_000.0, 99.9, 40_000.0, 100.0, 99_000.0),
                run.latencies().getFirst().percentiles());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                                   | is empty
                    '   '                                | is empty
                    17                                   | holds neither an object nor an array
                    []                                   | holds no results
                    {}                                   | neither JMH's JSON
                    [{"benchmark": "a.b.C.d"             | no JSON, or cut off, at line 1
                    [{"benchmark": "a.b.C.d"}]           | not JMH's JSON: a result without
                    [{}]                                 | not JMH's JSON: a result without
                    {"format": "dvr-bench/1"}            | holds no results
                    {"format": "dvr-bench/1", "results": [{}]} | a result without method or forks
                    {"format": "dvr-bench/1", "latency": [{}]} | a latency without name or percentiles
                    {"format": "dvr-bench/1", "latency": [{"name": "a", "histogram": "AAAA"}]} | cannot be decoded
                    [] []                                | no JSON, or cut off
                    <html>                               | no JSON, or cut off""")
    void shouldSayInOneLineWhatIsWrong(final String text, final String message) throws IOException {
        final Path file = file(text);
        final String told = assertThrows(UnusableResultException.class, () -> RunReader.read(file))
                .getMessage();
        assertTrue(told.startsWith(file + ": ") && told.contains(message), told);
        assertEquals(1, told.lines().count());
    }

    @Test
    void shouldNameAMissingFile() {
        final Path file = folder.resolve("nothing.json");
        assertEquals(
                file + ": no such file",
                assertThrows(UnusableResultException.class, () -> RunReader.read(file))
                        .getMessage());
    }

    @Test
    void shouldReadWhatWasSaved() throws IOException {
        final Measured cold = new Measured(
                "Change",
                "move",
                Map.of("ports", "10"),
                2.5,
                Double.NaN,
                "ms/op",
                52_000,
                /* isCold= */ true,
                List.of(List.of(2.5)));
        final Run run = new Run(
                "2026-02-03T04:05:06Z",
                "abc",
                Map.of("JDK", "25"),
                Runs.MACHINE,
                Runs.CALIBRATION,
                new Load(0.5, 2, Double.NaN, 0.25),
                List.of(Runs.packets("a", "1", 5, 10), cold),
                List.of(new Latency("a", Map.of("flows", "1"), 0.8, 7, 60, Map.of(50.0, 1.0, 100.0, 9.0), 0, "note")),
                List.of(new Stages("P.a", Map.of("flows", "1"), Map.of("parse", 3L))));
        final Path file = folder.resolve("deep").resolve("saved.json");
        RunWriter.write(run, file);
        assertEquals(run, RunReader.read(file));
        assertTrue(Files.readAllLines(file).stream().allMatch(line -> line.length() < 400));
    }

    @Test
    void shouldReadLatenciesOfAHistogram() throws IOException {
        final Histogram histogram = new Histogram(3);
        for (int i = 1; i <= 1_000; i++) {
            histogram.recordValue(i);
        }
        final ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        final int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        final String base64 = Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
        final Latency latency = RunReader.latencies(file("{\"latency\": [{\"name\": \"a\", \"histogram\": \"" + base64
                        + "\", \"percentiles\": {\"max\": 5000}}]}"))
                .getFirst();
        assertEquals(500, latency.percentiles().get(50.0));
        assertEquals(999, latency.percentiles().get(99.9));
        assertTrue(!latency.percentiles().containsKey(99.99), "one in ten thousand is not known of a thousand");
        assertEquals(5_000, latency.percentiles().get(100.0));
        assertTrue(Double.isNaN(latency.load()));
    }

    @Test
    void shouldTakeTheWorstOfSeveralJvms() throws IOException {
        for (int pid = 1; pid <= 3; pid++) {
            LatencyFile.write(
                    folder.resolve(pid + ".latency.json"),
                    List.of(new Latency(
                            "a",
                            Map.of(),
                            0.5,
                            1,
                            1,
                            Map.of(50.0, 1.0, 100.0, pid == 2 ? 90.0 : 9.0),
                            -1,
                            "jvm " + pid)));
        }
        assertEquals(
                List.of("jvm 2"),
                LatencyFile.readAll(folder).stream().map(Latency::note).toList());
    }

    @Test
    void shouldReadPeers() throws IOException {
        final Peers peers = Peers.read(
                file(
                        """
                {"format": "dvr-peers/1", "source": "lab", "calibration": {"multiplyNs": 2, "chaseNs": {"32768": 3, "x": 1}}, "peers":
                 [{"system": "OVS", "path": "proxyArp", "flows": 1024, "nsPerPacket": [3, 1, 2], "other": 1}]}
                """));
        assertEquals(2, peers.figures().getFirst().median());
        assertEquals(Map.of(32_768L, 3.0), peers.calibration().chaseNs());
        for (final String broken : List.of(
                "[]",
                "{\"format\": \"dvr-peers/1\"}",
                "{\"format\": \"dvr-peers/1\", \"peers\": [{\"system\": \"OVS\", \"path\": \"a\", \"nsPerPacket\": [0]}]}",
                "{\"format\": \"dvr-peers/1\", \"peers\": [{\"system\": \"OVS\", \"nsPerPacket\": [1]}]}")) {
            final Path file = file(broken);
            assertThrows(UnusableResultException.class, () -> Peers.read(file), broken);
        }
    }
}
