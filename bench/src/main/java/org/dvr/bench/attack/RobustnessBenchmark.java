package org.dvr.bench.attack;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.dvr.bench.traffic.Apart;
import org.dvr.bench.traffic.Flood;
import org.dvr.bench.traffic.Flood.Kind;
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

/**
 * What an attack costs established flows. Half of all packets are theirs; the other half are an attack's in one rig, and in another as many packets of
 * the same kind and protocol from ordinary clients. The two take turns of {@value #WINDOW_BURSTS} bursts, so that what disturbs the machine disturbs both; the
 * median of each is printed when the fork ends, as time per established packet with all that comes beside it: its inverse is what established flows get. It may
 * fall by {@value #ALLOWED_PERCENT} % at most. Beside it stands the share of established packets that were still decided by what is remembered of their flow.
 *
 * <p>The kinds are those of {@code traffic.Flood.Kind}. Where a seed is known, the attacker is right about it: these two are no part of the claim, they show
 * that the keys do collide and what the seed prevents. What JMH prints is the mean over both rigs, ns per packet.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class RobustnessBenchmark {
    private static final int WINDOW_BURSTS = 16;
    private static final int PACKETS = 2 * WINDOW_BURSTS * Rig.BURST;
    private static final int ESTABLISHED = WINDOW_BURSTS * Flood.ESTABLISHED;
    private static final int ALLOWED_PERCENT = 20;
    private static final long LONGEST_NS = 60_000_000_000L;
    private static final int DIGITS = 3;
    private static final double MEDIAN = 50;

    /** What the attack is. */
    @Param({
        "SYN_SCAN",
        "UDP_SPRAY",
        "GUEST_SPRAY",
        "COLLIDING_FLOWS",
        "COLLIDING_CONNECTIONS",
        "COLLIDING_FLOWS_KNOWN_SEED",
        "COLLIDING_CONNECTIONS_KNOWN_SEED"
    })
    public String attack;

    private final Side ordinary = new Side();
    private final Side attacked = new Side();

    /** One of the two rigs, and what was seen of it while it was measured. */
    private static final class Side {
        private final Histogram windows = new Histogram(LONGEST_NS, DIGITS);
        private Rig rig;
        private long hitsBefore;
        private long hits;

        void window() {
            final long start = System.nanoTime();
            for (int i = 0; i < WINDOW_BURSTS; i++) {
                rig.burst();
            }
            windows.recordValue(Math.min(System.nanoTime() - start, LONGEST_NS));
        }

        void start() {
            windows.reset();
            hitsBefore = rig.hits();
        }

        void end() {
            hits = rig.hits() - hitsBefore;
        }

        /** Median time for each established packet, with all that comes beside it. */
        double medianNs() {
            return (double) windows.getValueAtPercentile(MEDIAN) / ESTABLISHED;
        }

        /** Hits for each established packet; where the others are remembered, too, up to 2. */
        double hitShare() {
            return (double) hits / (windows.getTotalCount() * ESTABLISHED);
        }
    }

    /** Verifies what leaves, apart; opens the established connections of both rigs. */
    @Setup(Level.Trial)
    @SuppressWarnings("EnumOrdinal") // a number is all that goes over to classes loaded apart
    public void start() {
        final Kind kind = Kind.valueOf(attack);
        Apart.verify(getClass(), kind.ordinal());
        Apart.verify(getClass(), ordinary(kind).ordinal());
        ordinary.rig = rig(ordinary(kind));
        attacked.rig = rig(kind);
    }

    private static Rig rig(final Kind kind) {
        return Rig.start(new Flood(kind), Rig.BURST); // it knows how many flows it has
    }

    /** What the same number of packets of the same kind would be without an attacker. */
    static Kind ordinary(final Kind kind) {
        return switch (kind) {
            case SYN_SCAN, SYN_CLIENTS -> Kind.SYN_CLIENTS;
            case UDP_SPRAY, COLLIDING_CONNECTIONS, COLLIDING_CONNECTIONS_KNOWN_SEED, UDP_CLIENTS -> Kind.UDP_CLIENTS;
            case GUEST_SPRAY, GUESTS -> Kind.GUESTS;
            case COLLIDING_FLOWS, COLLIDING_FLOWS_KNOWN_SEED, CLIENT_FLOWS -> Kind.CLIENT_FLOWS;
        };
    }

    /**
     * Compares every byte that leaves a rig of its own.
     *
     * @param kind ordinal of the kind of packets
     */
    @SuppressWarnings("EnumOrdinal")
    public void verifyRig(final int kind) {
        rig(Kind.values()[kind]).verify();
    }

    /** What is printed when the fork ends is not counted into what its last iteration allocates. */
    @Setup(Level.Trial)
    public void printAtTheEnd() {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> print(new PrintStream(
                                new FileOutputStream(FileDescriptor.out), true, StandardCharsets.US_ASCII)),
                        "robustness"));
    }

    /** Forgets what was seen before: what is printed is of the last iteration, when the JVM is warm and tables are full. */
    @Setup(Level.Iteration)
    public void startIteration() {
        ordinary.start();
        attacked.start();
    }

    /** Takes down the hits. */
    @TearDown(Level.Iteration)
    public void endIteration() {
        ordinary.end();
        attacked.end();
    }

    /** Nothing may have been dropped, and no established connection lost. */
    @TearDown(Level.Trial)
    public void verifyCounters() {
        ordinary.rig.verifyCounters();
        attacked.rig.verifyCounters();
    }

    /**
     * A window of each.
     *
     * @return windows until now
     */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long besideAttack() {
        ordinary.window();
        attacked.window();
        return attacked.windows.getTotalCount();
    }

    /** Share of established packets, and of others where they are remembered, that hit beside ordinary packets. */
    double ordinaryHitShare() {
        return ordinary.hitShare();
    }

    /** The same beside the attack. */
    double attackedHitShare() {
        return attacked.hitShare();
    }

    /**
     * Prints what was seen.
     *
     * @param out where to
     */
    void print(final PrintStream out) {
        final double lost = 100 * (1 - ordinary.medianNs() / attacked.medianNs());
        // In one piece: JMH prints to the same stream.
        out.print(String.format(
                Locale.ROOT,
                "%n%s beside established flows: %.1f ns for each established packet and one of the attack, %.1f with one of %s: "
                        + "throughput %+.1f %%%s; hits for each established packet %.3f, and %.3f%n",
                attack,
                attacked.medianNs(),
                ordinary.medianNs(),
                ordinary(Kind.valueOf(attack)),
                -lost,
                lost > ALLOWED_PERCENT ? ", MORE THAN IS ALLOWED" : "",
                attacked.hitShare(),
                ordinary.hitShare()));
        out.flush();
    }
}
