package org.dvr.bench.table;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.dvr.dataplane.table.FdbTable;
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

/** FDB lookups: a MAC of a segment, in nanoseconds each. Every key is there. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class FdbTableBenchmark {
    private static final int BURST = 64;
    private static final int ROUND = 1 << 20; // keys asked before they repeat: more than the branch predictor learns

    /** A host's view of a few networks, in L1 and L2; every port of a large cloud, in no cache. */
    @Param({"1024", "1048576"})
    public int entries;

    private FdbTable<Integer> table;
    private final long[] macs = new long[ROUND];
    private int cursor;

    private static long mac(final int entry) {
        return 0xFA16_3E00_0000L + 7L * entry;
    }

    /** Fills the table, and lays out the keys that will be asked for, in random order. */
    @Setup(Level.Trial)
    public void start() {
        final SplittableRandom random = new SplittableRandom(1);
        table = new FdbTable<>(entries);
        for (int i = 0; i < entries; i++) {
            table.put(1 + i % 64, mac(i), i);
        }
        for (int i = 0; i < ROUND; i++) {
            final int entry = random.nextInt(entries);
            macs[i] = (long) (1 + entry % 64) << 48 | mac(entry);
        }
    }

    /**
     * Finds a burst of keys.
     *
     * @return of what was found
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long find() {
        final int first = cursor;
        cursor = (first + BURST) & (ROUND - 1);
        long sum = 0;
        for (int i = first; i < first + BURST; i++) {
            sum += table.find((int) (macs[i] >>> 48), macs[i] & 0xFFFF_FFFF_FFFFL);
        }
        return sum;
    }
}
