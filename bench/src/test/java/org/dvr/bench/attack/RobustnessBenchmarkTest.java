package org.dvr.bench.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever attacks: flows that are established stay remembered, and no connection of theirs is lost. No time is measured here. */
final class RobustnessBenchmarkTest {
    private static final int WARM_UP_WINDOWS = 150; // more than a round: tables are full, what is to be remembered is
    private static final int WINDOWS = 80;

    private static RobustnessBenchmark ran(final String attack) {
        final RobustnessBenchmark benchmark = new RobustnessBenchmark();
        benchmark.attack = attack;
        benchmark.start();
        for (int i = 0; i < WARM_UP_WINDOWS; i++) {
            benchmark.besideAttack();
        }
        benchmark.startIteration();
        for (int i = 0; i < WINDOWS; i++) {
            benchmark.besideAttack();
        }
        benchmark.endIteration();
        benchmark.verifyCounters();
        return benchmark;
    }

    @ParameterizedTest
    @ValueSource(strings = {"SYN_SCAN", "UDP_SPRAY", "GUEST_SPRAY", "COLLIDING_CONNECTIONS"})
    void shouldRememberEstablishedFlowsWhateverScansPass(final String attack) {
        final RobustnessBenchmark benchmark = ran(attack);
        assertTrue(benchmark.ordinaryHitShare() >= 0.98, () -> "ordinary " + benchmark.ordinaryHitShare());
        assertTrue(benchmark.attackedHitShare() >= 0.98, () -> "attacked " + benchmark.attackedHitShare());
        assertTrue(benchmark.attackedHitShare() <= 1, () -> "attacked " + benchmark.attackedHitShare());
    }

    @Test
    void shouldSpreadFlowsThatCollideUnderAnotherSeed() {
        final RobustnessBenchmark benchmark = ran("COLLIDING_FLOWS");
        // Others come again, too: nearly all of both hit.
        assertTrue(benchmark.ordinaryHitShare() >= 1.96, () -> "ordinary " + benchmark.ordinaryHitShare());
        assertTrue(benchmark.attackedHitShare() >= 1.96, () -> "attacked " + benchmark.attackedHitShare());
    }

    @Test
    void shouldShowThatTheSameFlowsDoCollideUnderTheSeedTheyWereFoundFor() {
        final RobustnessBenchmark benchmark = ran("COLLIDING_FLOWS_KNOWN_SEED");
        // Of 512 flows four find a place: the others miss, and established ones still hit.
        assertTrue(benchmark.attackedHitShare() >= 0.95, () -> "attacked " + benchmark.attackedHitShare());
        assertTrue(benchmark.attackedHitShare() <= 1.1, () -> "attacked " + benchmark.attackedHitShare());
    }

    @Test
    void shouldSayWhatWasSeen() {
        final RobustnessBenchmark benchmark = ran("SYN_SCAN");
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        benchmark.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        final String told = out.toString(StandardCharsets.UTF_8);
        assertTrue(told.contains("SYN_SCAN beside established flows: "), told);
        assertTrue(told.contains(" with one of SYN_CLIENTS: throughput "), told);
        assertEquals(1, told.strip().lines().count());
    }
}
