package org.dvr.bench.codec;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.InternetChecksum;
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

/** Internet checksum: over a whole header or packet, and updated for two replaced addresses (RFC 1624), in nanoseconds each. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class InternetChecksumBenchmark {
    private static final int BURST = 64;
    private static final int STRIDE = 2_048;

    /** An IPv4 header; a 64-byte frame's packet; a full packet of Ethernet. */
    @Param({"20", "50", "1500"})
    public int length;

    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(BURST * STRIDE, STRIDE));
    private final int[] addresses = new int[BURST + 1];

    /** Fills packets with chance. */
    @Setup(Level.Trial)
    public void start() {
        final SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.putByte(i, (byte) random.nextInt());
        }
        for (int i = 0; i <= BURST; i++) {
            addresses[i] = random.nextInt();
        }
    }

    /**
     * Computed anew.
     *
     * @return of all
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int compute() {
        int sum = 0;
        for (int i = 0; i < BURST; i++) {
            sum += InternetChecksum.compute(buffer, i * STRIDE, length);
        }
        return sum;
    }

    /**
     * Updated by what changed; the length is of no account.
     *
     * @return of all
     */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int replace() {
        int sum = 0;
        for (int i = 0; i < BURST; i++) {
            sum += InternetChecksum.replace32(i, addresses[i], addresses[i + 1]);
        }
        return sum;
    }
}
