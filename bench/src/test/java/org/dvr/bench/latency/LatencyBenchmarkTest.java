package org.dvr.bench.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class LatencyBenchmarkTest {
    private static final int LOOK_NS = 10;
    private static final int PACKET_NS = 100;

    private final Histogram latencies = new Histogram(Arrivals.LONGEST_NS, 3);
    private long nowNs;
    private long pauseAtPacket = Long.MAX_VALUE;
    private long pauseNs;
    private long processed;

    private long look() {
        return nowNs += LOOK_NS;
    }

    /** Each packet takes its time, and one of them a pause more. */
    private void process(final int count, final long elapsedNs) {
        nowNs += (long) count * PACKET_NS;
        if (processed < pauseAtPacket && processed + count >= pauseAtPacket) {
            nowNs += pauseNs;
        }
        processed += count;
    }

    private void run(final double intervalNs, final int packets) {
        final Arrivals arrivals = new Arrivals(this::look, this::process, latencies);
        arrivals.start(intervalNs);
        arrivals.run(packets);
        assertEquals(packets, processed);
        assertEquals(packets, latencies.getTotalCount());
    }

    @Test
    void shouldCountWhatOnePacketTakesWhereLoadIsLight() {
        run(10 * PACKET_NS, 10_000);
        assertTrue(latencies.getMaxValue() <= PACKET_NS + 3 * LOOK_NS, () -> "max=" + latencies.getMaxValue());
        assertTrue(latencies.getMinValue() >= PACKET_NS, () -> "min=" + latencies.getMinValue());
    }

    @Test
    void shouldCountAPauseForEveryPacketThatWasToArriveInIt() {
        pauseAtPacket = 5_000;
        pauseNs = 1_000_000;
        run(10 * PACKET_NS, 10_000); // a thousand packets arrive in the pause
        final long late = latencies.getCountBetweenValues(10 * PACKET_NS, Arrivals.LONGEST_NS);
        assertTrue(late >= 1_000, () -> "late=" + late);
        // And wait on average for half of it, not one of them for all of it.
        final long halfAsLate = latencies.getCountBetweenValues(pauseNs / 2, Arrivals.LONGEST_NS);
        assertTrue(halfAsLate >= 450 && halfAsLate <= 650, () -> "half as late=" + halfAsLate);
    }

    @Test
    void shouldFallBehindWithoutEndWhereLoadIsMoreThanCapacity() {
        run(PACKET_NS / 2.0, 10_000);
        assertTrue(latencies.getMaxValue() > 10_000 * PACKET_NS / 3, () -> "max=" + latencies.getMaxValue());
    }

    @Test
    void shouldRecordEveryPacketAndSayWhatItFound() {
        final LatencyBenchmark benchmark = new LatencyBenchmark();
        benchmark.load = 50;
        benchmark.flows = 1_024;
        benchmark.start();
        benchmark.start(/* isWarmUp= */ true);
        benchmark.floatingIpOutbound();
        benchmark.start(/* isWarmUp= */ false);
        assertEquals(0, benchmark.latencies().getTotalCount());
        final long recorded = benchmark.floatingIpOutbound();
        assertEquals(1 << 16, recorded);
        benchmark.endIteration();
        benchmark.verifyCounters();
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        benchmark.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        final String told = out.toString(StandardCharsets.UTF_8);
        assertTrue(told.contains("load 50 % of "), told);
        assertTrue(told.contains("65536 packets"), told);
        assertTrue(told.contains("garbage collections 0;"), told);
    }

    @Test
    void shouldFailWhereGarbageIsCollected() {
        final LatencyBenchmark benchmark = new LatencyBenchmark();
        benchmark.load = 50;
        benchmark.flows = 1;
        benchmark.start();
        benchmark.start(/* isWarmUp= */ false);
        System.gc();
        assertThrows(IllegalStateException.class, benchmark::endIteration);
    }
}
