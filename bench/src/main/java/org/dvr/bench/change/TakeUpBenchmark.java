package org.dvr.bench.change;

import java.util.concurrent.TimeUnit;
import org.dvr.bench.traffic.FloatingIpFlows;
import org.dvr.bench.traffic.Rig;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a change costs the packet path: the time of the duty cycle that takes it up, with a burst of 64 packets of established flows in it, by flows. {@code none}
 * is that of any other cycle. After {@code floatingIp} no flow is decided anew; after {@code everything} each is, when it is met.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class TakeUpBenchmark {
    private static final int VERIFIED_BURSTS = 64;

    /** What is published before each burst. */
    @Param({"none", "floatingIp", "everything"})
    public String change;

    /** Established, visited in random order. */
    @Param({"1024", "65536", "1048576"})
    public int flows;

    private final TopologySnapshot[] turns = new TopologySnapshot[2];
    private Rig rig;
    private int turn;

    /** Opens all connections and verifies that verdicts outlive what does not concern them. */
    @Setup
    public void start() {
        final FloatingIpFlows traffic = new FloatingIpFlows(true);
        rig = Rig.start(traffic, flows);
        turns[0] = change.equals("everything") ? traffic.withOtherMtu() : traffic.withOneMore();
        turns[1] = traffic.topology();
        for (long i = 0; i < 4L * flows; i += Rig.BURST) { // until all are remembered where they belong
            rig.burst();
        }
        final long usual = hits(false);
        final long hits = hits(true);
        final boolean isSpared = !change.equals("everything");
        if (isSpared ? hits < usual * 95 / 100 : hits > usual / 2) {
            throw new IllegalStateException(hits + " packets by what was remembered, else " + usual);
        }
        if (change.equals("none")) { // else announcements are sent besides
            rig.verifyCounters();
        }
    }

    private long hits(final boolean isPublishing) {
        final long before = rig.hits();
        for (int i = 0; i < VERIFIED_BURSTS; i++) {
            if (isPublishing) {
                publish();
            }
            rig.burst();
        }
        return rig.hits() - before;
    }

    /** Publishes; not measured. */
    @Setup(Level.Invocation)
    public void publish() {
        if (!change.equals("none")) {
            rig.publish(turns[turn++ & 1]);
        }
    }

    /**
     * Takes the change up and processes a burst.
     *
     * @return frames processed
     */
    @Benchmark
    public int burst() {
        return rig.burst();
    }
}
