package org.dvr.bench.change;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dvr.bench.report.Cold;
import org.dvr.control.compile.StableIds;
import org.dvr.control.compile.TopologyCompiler;
import org.dvr.control.model.CloudChange;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.LiveCloud;
import org.dvr.control.model.Port;
import org.dvr.control.model.Resource;
import org.dvr.control.model.Topology;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologyChange;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a supervisor does for one change, by ports of the cloud: holds it against the rules, compiles what it concerns, finds what differs and publishes. The host
 * has about a hundred guests; a tenth of all ports has a floating IP. Reading documents is not part of it: of 100,000 ports that takes seconds.
 */
@Cold
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class TopologyChangeBenchmark {
    /** In the whole cloud. */
    @Param({"1000", "10000", "100000"})
    public int ports;

    private LiveCloud cloud;
    private TopologyCompiler compiler;
    private TopologyCell cell;
    private FloatingIpSpec[] floatingIps;
    private Port[] changed;
    private Topology before;
    private Topology after;
    private int turn;

    /** Compiles everything once, and has every change verified. */
    @Setup
    public void start() {
        final LargeCloud large = new LargeCloud(ports);
        cloud = new LiveCloud(large.topology());
        compiler = new TopologyCompiler(LargeCloud.HOST, new StableIds());
        cell = new TopologyCell(compiler.compile(cloud.topology()).snapshot());
        floatingIps = new FloatingIpSpec[] {large.moving(0), large.moving(1)};
        changed = new Port[] {large.changing(0), large.changing(1)};
        before = with(large.topology(), floatingIps[0]);
        after = with(large.topology(), floatingIps[1]);
        moveFloatingIp();
        verify(moveFloatingIp(), 3); // its address, and those of two guests
        changePort();
        verify(changePort(), 1);
    }

    private static Topology with(final Topology topology, final FloatingIpSpec floatingIp) {
        final LiveCloud copy = new LiveCloud(topology);
        copy.apply(List.of(floatingIp), List.of());
        return copy.topology();
    }

    private static void verify(final TopologyChange change, final int addresses) {
        if (change.isEverything() || !change.toString().startsWith(addresses + " addresses")) {
            throw new IllegalStateException("not the change that was made: " + change);
        }
    }

    private TopologyChange apply(final Resource resource) {
        final CloudChange change = cloud.apply(List.of(resource), List.of()).change();
        cell.publish(compiler.compile(cloud.topology(), change).snapshot());
        return cell.publication().changes().getLast();
    }

    /**
     * A floating IP goes from one guest of this host to another.
     *
     * @return what differs
     */
    @Benchmark
    public final TopologyChange moveFloatingIp() {
        return apply(floatingIps[turn++ & 1]);
    }

    /**
     * A port of another host, in a network that is here, gets another MAC.
     *
     * @return what differs
     */
    @Benchmark
    public final TopologyChange changePort() {
        return apply(changed[turn++ & 1]);
    }

    /**
     * Finds how two states of the whole cloud differ: by one floating IP. What a reload of documents does beside reading them.
     *
     * @return the difference
     */
    @Benchmark
    public CloudChange compareClouds() {
        return CloudChange.between(before, after);
    }

    /**
     * For comparison: compiles everything anew.
     *
     * @return number of the snapshot
     */
    @Benchmark
    public long compileWhole() {
        final TopologyCompiler fresh = new TopologyCompiler(LargeCloud.HOST, new StableIds());
        return fresh.compile(cloud.topology()).snapshot().version();
    }
}
