package org.dvr.bench.conntrack;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
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

/** Connection lookups and turnover, in nanoseconds per connection. Lookups are in a full table, turnover in one half full. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class ConntrackTableBenchmark {
    private static final int BURST = 64;
    private static final int ROUND = 1 << 20;
    private static final int ZONE = 1;
    private static final int FLOATING_IP = 0xC612_0100;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long UDP_NS = 30 * SECOND_NS;

    /** In L1 and L2; in no cache. */
    @Param({"1024", "1048576"})
    public int connections;

    private final int[] visits = new int[ROUND];
    private final long[] hashes = new long[BURST];
    private ConntrackTable table;
    private ConntrackTable turnover;
    private int cursor;
    private int opened;
    private long nowNs;

    /** Opens all connections. */
    @Setup(Level.Trial)
    public void start() {
        final SplittableRandom random = new SplittableRandom(1);
        table = new ConntrackTable(connections, 1, ConntrackTimeouts.DEFAULTS);
        turnover = new ConntrackTable(connections, 1, ConntrackTimeouts.DEFAULTS);
        for (int i = 0; i < connections; i++) {
            open(table, i, 0);
        }
        for (int i = 0; i < ROUND; i++) {
            visits[i] = random.nextInt(connections);
        }
    }

    private static long addresses(final int connection) {
        return TupleKey.addresses(0x0A00_000A + connection % 64, 0x6440_0000 + connection / 64 % 4_096);
    }

    private static long ports(final int connection) {
        return TupleKey.ports(ZONE, TupleKey.UDP, 1_024 + connection / (64 * 4_096) % 60_000, 443);
    }

    private static int open(final ConntrackTable table, final int connection, final long nowNs) {
        final long addresses = addresses(connection);
        final long ports = ports(connection);
        final long reply = TupleKey.addresses(
                /* source= */ TupleKey.destination(addresses), /* destination= */ FLOATING_IP + connection % 64);
        return table.open(addresses, ports, reply, TupleKey.inversePorts(ports), 0, nowNs);
    }

    /**
     * One after the other.
     *
     * @return of the references
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long find() {
        final int first = next();
        long sum = 0;
        for (int i = first; i < first + BURST; i++) {
            final long addresses = addresses(visits[i]);
            final long ports = ports(visits[i]);
            sum += found(table.find(addresses, ports, table.hash(addresses, ports), 0));
        }
        return sum;
    }

    /**
     * In three passes, as a worker does: misses of the cache overlap.
     *
     * @return of the references
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long findTouchedAhead() {
        final int first = next();
        long sum = 0;
        for (int i = 0; i < BURST; i++) {
            hashes[i] = table.hash(addresses(visits[first + i]), ports(visits[first + i]));
            sum += table.touch(hashes[i]);
        }
        for (int i = 0; i < BURST; i++) {
            sum += table.touchEntry(hashes[i]);
        }
        for (int i = 0; i < BURST; i++) {
            final int visit = visits[first + i];
            sum += found(table.find(addresses(visit), ports(visit), hashes[i], 0));
        }
        return sum;
    }

    /**
     * A burst of new connections; as many come to their end and are swept.
     *
     * @return of the references
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long openAndExpire() {
        nowNs += UDP_NS * BURST / (connections / 2);
        long sum = turnover.expire(nowNs, 2 * BURST);
        for (int i = 0; i < BURST; i++) {
            sum += found(open(turnover, opened, nowNs));
            opened = (opened + 1) & 0x3FFF_FFFF;
        }
        return sum;
    }

    private int next() {
        final int first = cursor;
        cursor = (first + BURST) & (ROUND - 1);
        return first;
    }

    private static int found(final int reference) {
        if (reference < 0) {
            throw new IllegalStateException("no connection, answer=" + reference);
        }
        return reference;
    }
}
