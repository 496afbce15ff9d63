package org.dvr.bench.latency;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.dvr.bench.report.LatencyFile;
import org.dvr.bench.traffic.Apart;
import org.dvr.bench.traffic.FloatingIpFlows;
import org.dvr.bench.traffic.Rig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;

/**
 * How long a packet is under way in the pipeline at a share of its capacity, from guests through floating IPs to the outside. Packets arrive by a fixed
 * schedule, an open loop: latency is counted from when a packet was to arrive until the burst it is in has been sent. The mean that JMH prints is the distance of
 * packets (capacity divided by load), which shows that the schedule was kept; percentiles are printed when the fork ends.
 *
 * <p>Capacity is measured first, in the same fork, with the same loop and packets that are always due: bursts of 64. One thread does all, so nothing but its
 * own core is needed; what it shows is the pipeline's time, waiting for the worker included, and every pause of the thread, whoever makes it (JVM,
 * kernel, hypervisor, neighbors). What it does not show: devices, interrupts and copies of a host with real ones ({@code dvr lab measure} does), and
 * arrivals in bursts.
 *
 * <p>A garbage collection while it is measured fails the benchmark. For ten minutes: {@code --quick --time 200}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class LatencyBenchmark {
    private static final int PACKETS = 1 << 16;
    private static final int WARM_UP_ROUNDS = 40;
    private static final int CAPACITY_ROUNDS = 21;
    private static final double ALWAYS_DUE = 1e-3;
    private static final double PERCENT = 100;
    private static final int DIGITS = 3;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

    /** Percent of capacity. */
    @Param({"50", "80", "95"})
    public int load;

    /** Established, visited in random order. */
    @Param("65536")
    public int flows;

    private final Histogram latencies = new Histogram(Arrivals.LONGEST_NS, DIGITS);
    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private Rig rig;
    private Arrivals arrivals;
    private double capacityNs;
    private boolean isWarmingUp;
    private long collectionsBefore;
    private long collections;
    private long wallBeforeNs;
    private long cpuBeforeNs;
    private long wallNs;
    private long cpuNs;

    /** Verifies what leaves, apart; opens connections; measures the capacity. */
    @Setup(Level.Trial)
    public void start() {
        Apart.verify(getClass(), flows);
        rig = Rig.start(new FloatingIpFlows(true), flows);
        arrivals = new Arrivals(System::nanoTime, rig::work, latencies);
        measureCapacity();
        LatencyFile.register(
                "floatingIpOutbound",
                Map.of("flows", String.valueOf(flows)),
                load / PERCENT,
                latencies,
                () -> (int) collections,
                String.format(
                        Locale.ROOT,
                        "open loop, of a capacity of %.1f ns a packet; counted from when a packet was to arrive",
                        capacityNs));
    }

    /**
     * Compares every byte that leaves a rig of its own.
     *
     * @param count of flows
     */
    public void verifyRig(final int count) {
        Rig.start(new FloatingIpFlows(true), count).verify();
    }

    /** What is printed when the fork ends is not counted into what its last iteration allocates. */
    @Setup(Level.Trial)
    public void printAtTheEnd() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> print(new PrintStream(
                                new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII)),
                        "latencies"));
    }

    /** The median of several rounds: a neighbor's disturbance must not make the capacity small and the load light. */
    private void measureCapacity() {
        final double[] rounds = new double[CAPACITY_ROUNDS];
        for (int i = -WARM_UP_ROUNDS; i < CAPACITY_ROUNDS; i++) {
            arrivals.start(ALWAYS_DUE);
            final long before = System.nanoTime();
            arrivals.run(PACKETS);
            if (i >= 0) {
                rounds[i] = (double) (System.nanoTime() - before) / PACKETS;
            }
        }
        Arrays.sort(rounds);
        capacityNs = rounds[CAPACITY_ROUNDS / 2];
        latencies.reset();
    }

    /**
     * Begins a schedule; forgets what was recorded while the JVM warmed up.
     *
     * @param iteration the one that begins
     */
    @Setup(Level.Iteration)
    public void startIteration(final IterationParams iteration) {
        start(iteration.getType() == IterationType.WARMUP);
    }

    void start(final boolean isWarmUp) {
        if (isWarmingUp || isWarmUp) {
            latencies.reset();
            collections = 0;
            wallNs = 0;
            cpuNs = 0;
        }
        isWarmingUp = isWarmUp;
        collectionsBefore = collections();
        cpuBeforeNs = threads.getCurrentThreadCpuTime();
        wallBeforeNs = System.nanoTime();
        arrivals.start(intervalNs());
    }

    private double intervalNs() {
        return capacityNs * PERCENT / load;
    }

    /** Nothing may have been collected meanwhile: the worker has not allocated anything. */
    @TearDown(Level.Iteration)
    public void endIteration() {
        wallNs += System.nanoTime() - wallBeforeNs;
        cpuNs += threads.getCurrentThreadCpuTime() - cpuBeforeNs;
        collections += collections() - collectionsBefore;
        if (collections != 0) {
            throw new IllegalStateException("garbage was collected while it was measured, times=" + collections);
        }
    }

    private long collections() {
        long count = 0;
        for (int i = 0; i < collectors.size(); i++) {
            count += collectors.get(i).getCollectionCount();
        }
        return count;
    }

    /** Nothing may have been dropped while it was measured. */
    @TearDown(Level.Trial)
    public void verifyCounters() {
        rig.verifyCounters();
    }

    /**
     * Guest, route, floating IP, external network; packets that arrive when it is their time.
     *
     * @return packets processed since the beginning of the schedule
     */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long floatingIpOutbound() {
        arrivals.run(PACKETS);
        return latencies.getTotalCount();
    }

    /** What was recorded while it was measured. */
    Histogram latencies() {
        return latencies;
    }

    /**
     * Prints what was recorded.
     *
     * @param out where to
     */
    void print(final PrintStream out) {
        final StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%nload %d %% of %.1f ns a packet, %d flows: %d packets in %.1f s, ns:",
                load,
                capacityNs,
                flows,
                latencies.getTotalCount(),
                wallNs / 1e9));
        for (final double percentile : PERCENTILES) {
            text.append(String.format(
                    Locale.ROOT,
                    " p%s %d,",
                    Double.toString(percentile).replaceAll("\\.0$", ""),
                    latencies.getValueAtPercentile(percentile)));
        }
        text.append(String.format(
                Locale.ROOT,
                " longest %d; garbage collections %d; the thread was not running for %.1f ms of it%n",
                latencies.getMaxValue(),
                collections,
                Math.max(0, wallNs - cpuNs) / 1e6));
        out.print(text);
        out.flush();
    }
}
