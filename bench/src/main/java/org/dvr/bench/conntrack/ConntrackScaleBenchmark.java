package org.dvr.bench.conntrack;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.dvr.bench.report.LatencyFile;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.conntrack.TcpState;
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
 * Pauses in a full table of two million live connections: each operation is timed by itself and recorded, and the longest is printed beside the target of
 * a millisecond. The mean that JMH prints is that of an opening with all of this around it.
 *
 * <pre>
 *   open      a connection with shared source NAT (a free port is chosen), where an entry is free
 *   ended     the same in a full table, which finds entries whose time has come
 *   reclaim   the same in a full table, which gives up a live connection by policy
 *   expire    the slice of the sweep that a duty cycle does: 16 entries
 *   machine   the control: the same thread reads the clock and nothing else, for as long as all of the above took, right after it
 * </pre>
 *
 * No operation has a loop that is longer in a larger table: 16 entries are swept, 128 ports tried at most, runs of an index that is at most half full
 * probed. So a pause of a millisecond is the machine's (another process, an interrupt, the hypervisor) or it would be seen in these rows and not in the
 * control, which is exposed to the same machine for the same time. Of pauses above {@value #PAUSE_NS} ns it is also said how long the thread was not
 * running, as its CPU time tells; what a hypervisor takes away is not in that.
 *
 * The table has a twentieth more entries than connections are to live. 15 of 16 are TCP, never answered, and would end after one and a half tables of openings;
 * the others are UDP and end after three eighths, so that of all entries at most 4 % have ended and are not swept yet. What is printed is what was recorded
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
    private static final int UDP_EVERY = 16;
    private static final long SYN_NS = ConntrackTimeouts.DEFAULTS.tcpSynSentSeconds() * 1_000_000_000L;
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final long TARGET_NS = 1_000_000;
    /** From here on it is called a pause: far more than the dearest operation. */
    private static final long PAUSE_NS = 100_000;

    private static final int DIGITS = 3;
    private static final int TEXT_LENGTH = 2_048;

    /** What is asked of a network host. */
    @Param("2000000")
    public int live;

    private final Histogram opens = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram ended = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram reclaims = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram slices = new Histogram(LONGEST_NS, DIGITS);
    private final Histogram machine = new Histogram(LONGEST_NS, DIGITS);
    // JMH counts what is allocated when a trial ends: what is printed then has its place before.
    private final StringBuilder text = new StringBuilder(TEXT_LENGTH);
    private final byte[] bytes = new byte[TEXT_LENGTH];
    // Past System.out, by which JMH sends what a fork prints as serialized objects.
    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.US_ASCII);
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private String memory = "";
    private ConntrackTable table;
    private NatTranslator nat;
    private long stepNs;
    private long nowNs;
    private int opened;
    private boolean isWarmingUp;
    private long busyNs;
    private long idleNs;
    private long pausedNs;
    private long offCpuNs;
    private long longestInBurst;

    /** Fills the table, and looks at the memory that is held then. */
    @Setup(Level.Trial)
    public void start() {
        table = new ConntrackTable(live + live / 20, 1, ConntrackTimeouts.DEFAULTS);
        nat = new NatTranslator(table, PortRange.UNPRIVILEGED);
        stepNs = SYN_NS * 2 / 3 / table.capacity();
        while (table.active() < table.capacity()) {
            open();
        }
        print(new PrintStream(OutputStream.nullOutputStream())); // loads and links what prints: JMH counts it, too
        memory = memory();
        register("opening", opens);
        register("opening where an ended one makes room", ended);
        register("opening where a live one is given up", reclaims);
        register("slice of the sweep", slices);
        register("control: reading the clock", machine);
    }

    private void register(final String what, final Histogram histogram) {
        LatencyFile.register(
                "full connection table: " + what,
                Map.of("live", String.valueOf(live)),
                Double.NaN,
                histogram,
                () -> -1,
                "each operation by itself");
    }

    private String memory() {
        final MemoryMXBean heap = ManagementFactory.getMemoryMXBean();
        heap.gc();
        return mebibytes(table.memoryLength()) + " MiB of native memory, heap "
                + mebibytes(heap.getHeapMemoryUsage().getUsed()) + " MiB in use, the JVM " + resident();
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
        ended.reset();
        reclaims.reset();
        slices.reset();
        machine.reset();
        busyNs = 0;
        idleNs = 0;
        pausedNs = 0;
        offCpuNs = 0;
    }

    /**
     * What a burst of new connections does to a full table, a slice of the sweep, then {@value #BURST} openings; then the control.
     *
     * @return of the references
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long openInFullTable() {
        longestInBurst = 0;
        final long cpuBefore = threads.getCurrentThreadCpuTime();
        long sum = 0;
        final long start = System.nanoTime();
        sum += table.expire(nowNs, SLICE);
        long before = record(slices, start);
        for (int i = 0; i < BURST; i++) {
            final boolean isFull = table.active() == table.capacity();
            final long reclaimed = table.reclaimed();
            sum += open();
            before = record(isFull ? table.reclaimed() == reclaimed ? ended : reclaims : opens, before);
        }
        final long tookNs = before - start;
        busyNs += tookNs;
        if (longestInBurst >= PAUSE_NS) {
            pausedNs += longestInBurst;
            offCpuNs += Math.max(0, tookNs - (threads.getCurrentThreadCpuTime() - cpuBefore));
        }
        idle(tookNs);
        return sum;
    }

    private void idle(final long durationNs) {
        final long start = System.nanoTime();
        long before = start;
        while (before - start < durationNs) {
            final long now = System.nanoTime();
            machine.recordValue(Math.min(now - before, LONGEST_NS));
            before = now;
        }
        idleNs += before - start;
    }

    private long record(final Histogram histogram, final long beforeNs) {
        final long nowNs = System.nanoTime();
        final long tookNs = Math.min(nowNs - beforeNs, LONGEST_NS);
        histogram.recordValue(tookNs);
        longestInBurst = Math.max(longestInBurst, tookNs);
        return nowNs;
    }

    private int open() {
        nowNs += stepNs;
        final int tuple = opened;
        opened = (opened + 1) % TUPLES;
        // Few of the connections that live at once go to one server: ports are plenty.
        final int guest = 0x0A00_0000 | tuple / SERVERS % GUESTS;
        final int server = 0x6440_0000 + tuple % SERVERS;
        final int protocol = tuple % UDP_EVERY == 0 ? TupleKey.UDP : TupleKey.TCP;
        final int reference = nat.open(
                TupleKey.addresses(guest, server),
                TupleKey.ports(ZONE, protocol, 1_024 + tuple % 60_000, SERVICE),
                TupleKey.addresses(GATEWAY_IP, server),
                SERVICE,
                SourcePort.RANDOM,
                TcpState.SYN,
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
        print(out);
    }

    /**
     * As {@link #print()}.
     *
     * @param stream where to
     */
    public void print(final PrintStream stream) {
        text.setLength(0);
        text.append('\n');
        row("open     ", opens);
        row("ended    ", ended);
        row("reclaim  ", reclaims);
        row("expire   ", slices);
        row("machine  ", machine);
        text.append("pauses above 100 us in ").append(busyNs / 1_000_000).append(" ms of all of these: ");
        text.append(pauses(opens, PAUSE_NS)
                + pauses(ended, PAUSE_NS)
                + pauses(reclaims, PAUSE_NS)
                + pauses(slices, PAUSE_NS));
        text.append(", their bursts' longest ").append(pausedNs / 1_000).append(" us together, not running ");
        text.append(offCpuNs / 1_000)
                .append(" us; in ")
                .append(idleNs / 1_000_000)
                .append(" ms of the control: ");
        text.append(pauses(machine, PAUSE_NS)).append('\n');
        text.append("pauses above 1 ms: ");
        text.append(pauses(opens, TARGET_NS)
                + pauses(ended, TARGET_NS)
                + pauses(reclaims, TARGET_NS)
                + pauses(slices, TARGET_NS));
        text.append("; of the control: ").append(pauses(machine, TARGET_NS)).append('\n');
        text.append(living()).append(" live connections, ").append(table.active());
        text.append(" of ").append(table.capacity()).append(" entries taken: ");
        text.append(memory).append('\n');
        final int length = Math.min(text.length(), bytes.length);
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) text.charAt(i);
        }
        stream.write(bytes, 0, length);
        stream.flush();
    }

    private static long pauses(final Histogram histogram, final long fromNs) {
        return histogram.getCountBetweenValues(fromNs, LONGEST_NS);
    }

    private void row(final String name, final Histogram histogram) {
        text.append(name).append(histogram.getTotalCount()).append(" times, ns: median ");
        text.append(histogram.getValueAtPercentile(50)).append(", 99 % ");
        text.append(histogram.getValueAtPercentile(99)).append(", 99.9 % ");
        text.append(histogram.getValueAtPercentile(99.9)).append(", 99.99 % ");
        text.append(histogram.getValueAtPercentile(99.99)).append(", longest ");
        text.append(histogram.getMaxValue());
        text.append(histogram.getMaxValue() < TARGET_NS ? "\n" : ", ABOVE THE TARGET of 1 ms\n");
    }

    private int living() {
        final int[] count = {0};
        table.forEach((connections, reference) -> count[0] += connections.expiresAtNs(reference) > nowNs ? 1 : 0);
        return count[0];
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
