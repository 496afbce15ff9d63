package org.dvr.bench.table;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.dvr.dataplane.table.FibTable;
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

/** FIB lookups: longest-prefix match, in nanoseconds each. Prefixes of /16 to /28; every destination is covered by one. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class FibTableBenchmark {
    private static final int BURST = 64;
    private static final int ROUND = 1 << 20; // keys asked before they repeat: more than the branch predictor learns

    /** A tenant's router; a router with extra routes; far more than any router of a cloud has. */
    @Param({"8", "1000", "100000"})
    public int prefixes;

    private FibTable<Integer> table;
    private final int[] destinations = new int[ROUND];
    private int cursor;

    /** Fills the table, and lays out the keys that will be asked for, in random order. */
    @Setup(Level.Trial)
    public void start() {
        final SplittableRandom random = new SplittableRandom(1);
        table = new FibTable<>();
        final int[] networks = new int[prefixes];
        for (int i = 0; i < prefixes; i++) {
            final int length = prefixes < 100 ? 24 : 16 + random.nextInt(13);
            networks[i] = random.nextInt() & -1 << (32 - length);
            table.put(networks[i], length, i);
        }
        table.seal(); // as a snapshot is
        for (int i = 0; i < ROUND; i++) {
            destinations[i] = networks[random.nextInt(prefixes)] | random.nextInt(16);
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
            sum += table.find(destinations[i]);
        }
        return sum;
    }
}
