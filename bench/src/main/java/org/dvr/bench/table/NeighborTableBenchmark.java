package org.dvr.bench.table;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.dvr.dataplane.table.NeighborTable;
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

/** Neighbor lookups: an address of a segment, in nanoseconds each. Every key is there. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class NeighborTableBenchmark {
    private static final int BURST = 64;
    private static final int ROUND = 1 << 20; // keys asked before they repeat: more than the branch predictor learns

    /** A host's view of a few networks, in L1 and L2; every port of a large cloud, in no cache. */
    @Param({"1024", "1048576"})
    public int entries;

    private NeighborTable table;
    private final int[] keys = new int[ROUND];
    private int cursor;

    /** Fills the table, and lays out the keys that will be asked for, in random order. */
    @Setup(Level.Trial)
    public void start() {
        final SplittableRandom random = new SplittableRandom(1);
        table = new NeighborTable(entries);
        for (int i = 0; i < entries; i++) {
            table.put(1 + i % 64, 0x0A00_0000 + i, 0xFA16_3E00_0000L + i);
        }
        for (int i = 0; i < ROUND; i++) {
            keys[i] = random.nextInt(entries);
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
            sum += table.find(1 + keys[i] % 64, 0x0A00_0000 + keys[i]);
        }
        return sum;
    }
}
