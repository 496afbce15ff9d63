package org.dvr.bench.conntrack;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.policy.SourcePort;
import org.dvr.nat.tuple.TupleKey;
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
 * Pauses in a table of two million live connections: each operation is timed by itself and recorded, and the longest is printed beside the target of a
 * millisecond. The mean that JMH prints is that of an opening with all of this around it.
 *
 * <pre>
 *   open      a connection with shared source NAT (a free port is chosen), where an entry is free
 *   reclaim   the same in a full table: room is made first
 *   expire    the slice of the sweep that a duty cycle does: 16 entries
 *   machine   64 hashes, which touch no table: what the machine and the clock add to every other row
 * </pre>
 *
 * The table has 4 % more entries than there are live connections. Time passes by the number of openings, so that exactly {@link #live} of them
 * live at any moment; nearly all other entries are taken by those that have ended last, and nobody has swept them yet. What is printed is what was recorded
 * while it was measured, not while the JVM warmed up. State belongs to the benchmark's thread.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class ConntrackScaleBenchmark {
    /** Entries that a duty cycle of a worker sweeps. */
    private static final int SLICE = 16;

    private static final int BURST = 64;
    private static final int ZONE = 1;
    private static final int GATEWAY_IP = 0xC612_0010; // 198.18.0.16
    private static final int SERVICE = 443;
    private static final int GUESTS = 1 << 16;
    private static final int SERVERS = 1 << 12;
    private static final int TUPLES = GUESTS * SERVERS;
    private static final long UDP_NS = ConntrackTimeouts.DEFAULTS.udpSeconds() * 1_000_000_000L;
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final long TARGET_NS = 1_000_000;
    private static final int DIGITS = 3;

    /** What is asked of a network host. */
    @Param("2000000")
    public int live;

    private final Histogram opens = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram reclaims = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram slices = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram machine = new Histogram(LONGEST_NS, DIGITS);
    private ConntrackTable table;
    private NatTranslator nat;
    private long stepNs;
    private long nowNs;
    private int opened;
    private boolean isWarmingUp;

    /** Fills the table. */
    @Setup(Level.Trial)
    public void start() {
        table = new ConntrackTable(live + live / 25, 1, ConntrackTimeouts.DEFAULTS);
        nat = new NatTranslator(table, PortRange.UNPRIVILEGED);
        stepNs = UDP_NS / live;
        while (table.active() < table.capacity()) {
            open();
        }
    }

    /**
     * Forgets what was recorded while the JVM warmed up.
     *
     * @param iteration the one that begins
     */
    @Setup(Level.Iteration)
    public void startIteration(final IterationParams iteration) {
        if (isWarmingUp || iteration.getType() == IterationType.WARMUP) {
            forget();
        }
        isWarmingUp = iteration.getType() == IterationType.WARMUP;
    }

    private void forget() {
        opens.reset();
        reclaims.reset();
        slices.reset();
        machine.reset();
    }

    /**
     * What a burst of new connections does to a full table: a slice of the sweep, then {@value #BURST} openings, in the place of some that have ended.
     *
     * @return of the references
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long openInFullTable() {
        long sum = 0;
        long before = System.nanoTime();
        sum += table.expire(nowNs, SLICE);
        before = record(slices, before);
        for (int i = 0; i < BURST; i++) {
            sum += table.hash(nowNs, i);
        }
        before = record(machine, before);
        for (int i = 0; i < BURST; i++) {
            final Histogram histogram = table.active() == table.capacity() ? reclaims : opens;
            sum += open();
            before = record(histogram, before);
        }
        return sum;
    }

    private static long record(final Histogram histogram, final long beforeNs) {
        final long nowNs = System.nanoTime();
        histogram.recordValue(Math.min(nowNs - beforeNs, LONGEST_NS));
        return nowNs;
    }

    private int open() {
        nowNs += stepNs;
        final int tuple = opened;
        opened = (opened + 1) % TUPLES;
        // Few of the connections that live at once go to one server: ports are plenty.
        final int guest = 0x0A00_0000 | tuple / SERVERS % GUESTS;
        final int server = 0x6440_0000 + tuple % SERVERS;
        final int reference = nat.open(
                TupleKey.addresses(guest, server),
                TupleKey.ports(ZONE, TupleKey.UDP, 1_024 + tuple % 60_000, SERVICE),
                TupleKey.addresses(GATEWAY_IP, server),
                SERVICE,
                SourcePort.RANDOM,
                /* tcpFlags= */ 0,
                guest,
                nowNs);
        if (reference < 0) {
            throw new IllegalStateException("no connection, answer=" + reference);
        }
        return reference;
    }

    /** Prints what was recorded, and the memory that all of this takes. */
    @TearDown(Level.Trial)
    public void print() {
        print(System.out);
    }

    /**
     * As {@link #print()}.
     *
     * @param out where to
     */
    public void print(final PrintStream out) {
        out.println();
        row(out, "open", opens);
        row(out, "reclaim", reclaims);
        row(out, "expire", slices);
        row(out, "machine", machine);
        final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        out.printf(
                Locale.ROOT,
                "%d live connections, %d of %d entries taken: %d MiB of native memory; heap %d MiB in use; the JVM %s%n",
                living(),
                table.active(),
                table.capacity(),
                mebibytes(table.memoryLength()),
                mebibytes(memory.getHeapMemoryUsage().getUsed()),
                resident());
    }

    private int living() {
        final int[] count = {0};
        table.forEach((connections, reference) -> count[0] += connections.expiresAtNs(reference) > nowNs ? 1 : 0);
        return count[0];
    }

    private static void row(final PrintStream out, final String name, final Histogram histogram) {
        out.printf(
                Locale.ROOT,
                "%-8s %10d times, ns: median %d, 99 %% %d, 99.9 %% %d, 99.99 %% %d, longest %d%s%n",
                name,
                histogram.getTotalCount(),
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(99),
                histogram.getValueAtPercentile(99.9),
                histogram.getValueAtPercentile(99.99),
                histogram.getMaxValue(),
                histogram.getMaxValue() < TARGET_NS ? "" : ", ABOVE THE TARGET of 1 ms");
    }

    private static long mebibytes(final long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }

    /** What the process holds of the machine's memory, as Linux says. */
    private static String resident() {
        try {
            for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return mebibytes(Long.parseLong(line.replaceAll("[^0-9]", "")) << 10) + " MiB resident";
                }
            }
        } catch (final IOException e) {
            // Not Linux: told below.
        }
        return "not known here";
    }
}
