package org.dvr.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dvr.bench.codec.InternetChecksumBenchmark;
import org.dvr.bench.codec.VxlanFrameBenchmark;
import org.dvr.bench.conntrack.ConntrackScaleBenchmark;
import org.dvr.bench.conntrack.ConntrackTableBenchmark;
import org.dvr.bench.table.FdbTableBenchmark;
import org.dvr.bench.table.FibTableBenchmark;
import org.dvr.bench.table.NeighborTableBenchmark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A few invocations of each, in process: every key is found, every frame is sound, every connection opens. */
final class SmallBenchmarksTest {
    private static final int ENTRIES = 1_024;

    @Test
    void shouldSumPackets() {
        final InternetChecksumBenchmark benchmark = new InternetChecksumBenchmark();
        benchmark.length = 20;
        benchmark.start();
        assertEquals(benchmark.compute(), benchmark.compute());
        assertNotEquals(0, benchmark.replace());
    }

    @Test
    void shouldParseFrames() {
        final VxlanFrameBenchmark benchmark = new VxlanFrameBenchmark();
        benchmark.start();
        assertNotEquals(0, benchmark.parse());
    }

    @Test
    void shouldFindMacs() {
        final FdbTableBenchmark benchmark = new FdbTableBenchmark();
        benchmark.entries = ENTRIES;
        benchmark.start();
        assertNotEquals(0, benchmark.find());
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 1_000})
    void shouldFindRoutes(final int prefixes) {
        final FibTableBenchmark benchmark = new FibTableBenchmark();
        benchmark.prefixes = prefixes;
        benchmark.start();
        assertNotEquals(0, benchmark.find());
    }

    @Test
    void shouldFindNeighbors() {
        final NeighborTableBenchmark benchmark = new NeighborTableBenchmark();
        benchmark.entries = ENTRIES;
        benchmark.start();
        assertNotEquals(0, benchmark.find());
    }

    @Test
    void shouldFindTheSameConnectionsEitherWay() {
        final ConntrackTableBenchmark first = new ConntrackTableBenchmark();
        final ConntrackTableBenchmark second = new ConntrackTableBenchmark();
        first.connections = ENTRIES;
        second.connections = ENTRIES;
        first.start();
        second.start();
        assertNotEquals(0, first.find());
        assertNotEquals(0, second.findTouchedAhead());
    }

    @Test
    void shouldOpenAndExpireForManyRounds() {
        final ConntrackTableBenchmark benchmark = new ConntrackTableBenchmark();
        benchmark.connections = ENTRIES;
        benchmark.start();
        for (int i = 0; i < 1_000; i++) {
            assertNotEquals(0, benchmark.openAndExpire());
        }
    }

    @Test
    void shouldHoldWhatItSaysWhileItTimesEveryOperation() {
        final ConntrackScaleBenchmark benchmark = new ConntrackScaleBenchmark();
        benchmark.live = 100_000;
        benchmark.start();
        for (int i = 0; i < 5_000; i++) {
            assertNotEquals(0, benchmark.openInFullTable());
        }
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        benchmark.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        final String told = out.toString(StandardCharsets.UTF_8);
        for (final String row : List.of("open", "ended", "reclaim", "expire", "machine")) {
            assertTrue(
                    Pattern.compile("(?m)^" + row + " +[1-9][0-9]* times")
                            .matcher(told)
                            .find(),
                    told);
        }
        final Matcher living =
                Pattern.compile("(?m)^([0-9]+) live connections, ").matcher(told);
        assertTrue(living.find() && Integer.parseInt(living.group(1)) >= benchmark.live, told);
    }
}
