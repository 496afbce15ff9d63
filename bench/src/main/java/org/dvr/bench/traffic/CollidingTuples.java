package org.dvr.bench.traffic;

import org.dvr.codec.ip.IpProtocol;
import org.dvr.dataplane.flow.FlowCache;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.parse.FrameParser;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.memory.MemorySource;
import org.dvr.nat.tuple.TupleKey;

/**
 * What a stranger who knows a seed finds offline: sources of datagrams to one floating IP that fall into one place of a table. The search uses the tables'
 * own hashes, so it stays right when they change.
 *
 * <pre>   source: | IPv4 address (32) | port (16) | 0 (16) |   </pre>
 */
final class CollidingTuples {
    private static final int FIRST_SOURCE = 0x6440_0000; // 100.64.0.0/10
    private static final int SOURCE_BITS = 22;
    private static final int LOWEST_PORT = 1_024;
    private static final int PORTS = 16_384;

    /** Sets of the least flow cache that a rig has. */
    private static final int SET_MASK = 2_047;

    /** Slots of the index that sources should stand in, of {@value #INDEX_MASK} + 1: each search takes some 256 tries. */
    private static final int WINDOW = 256;

    private static final int INDEX_MASK = 65_535;
    private static final int FRAME_CAPACITY = 2_048;

    private CollidingTuples() {}

    static int address(final long source) {
        return (int) (source >>> 32);
    }

    static int port(final long source) {
        return (int) source >>> 16;
    }

    /** The next guess: sources in a row. */
    private static long source(final int guess) {
        return (long) (FIRST_SOURCE | (guess & ((1 << SOURCE_BITS) - 1))) << 32
                | (long) (LOWEST_PORT + (guess >>> SOURCE_BITS) * 31 % PORTS) << 16;
    }

    /** Which set of the flow cache a source's flow falls into. */
    static final class FlowSets {
        private final FramePool pool = new FramePool(4, FRAME_CAPACITY);
        private final FrameParser parser = new FrameParser();
        private final FrameMaker maker = new FrameMaker();
        private final Frame frame = pool.take();
        private final FlowCache cache;
        private final TopologySnapshot topology;

        /** Of datagrams to the floating IP of the first guest of a {@link Cloud}. */
        FlowSets(final long seed, final TopologySnapshot topology) {
            this.topology = topology;
            cache = new FlowCache(
                    (SET_MASK + 1) * 4,
                    seed,
                    new ConntrackTable(ConntrackTable.MIN_CAPACITY, seed, ConntrackTimeouts.DEFAULTS),
                    MemorySource.DIRECT);
        }

        private final FlowKey key = new FlowKey();

        int of(final long source) {
            final FrameMaker.Datagram datagram = new FrameMaker.Datagram(
                    Cloud.EXTERNAL_GATEWAY_MAC,
                    Cloud.EXTERNAL_MAC,
                    address(source),
                    Cloud.floatingIp(0),
                    port(source),
                    Flood.SERVICE,
                    Flood.TTL,
                    0);
            final int length = maker.datagram(frame.buffer(), frame.start(), datagram);
            frame.received(topology.attachmentById(Cloud.PHYSICAL_ID), length);
            parser.parse(frame, topology);
            cache.key(frame, key);
            return (int) (key.hash >>> 1) & SET_MASK;
        }
    }

    /** Finds sources whose flows fall into one set of the flow cache. */
    static long[] inOneSet(final int count, final long seed, final TopologySnapshot topology) {
        final FlowSets sets = new FlowSets(seed, topology);
        final long[] found = new long[count];
        int at = 0;
        for (int guess = 0; at < count; guess++) {
            if (sets.of(source(guess)) == 0) {
                found[at++] = source(guess);
            }
        }
        return found;
    }

    /** Finds sources whose connections stand at one place of the connection table's index. */
    static long[] inOneRun(final int count, final long seed, final int zone, final int floatingIp) {
        final ConntrackTable table = new ConntrackTable(ConntrackTable.MIN_CAPACITY, seed, ConntrackTimeouts.DEFAULTS);
        final long[] found = new long[count];
        int at = 0;
        for (int guess = 0; at < count; guess++) {
            final long source = source(guess);
            final long hash = table.hash(
                    TupleKey.addresses(address(source), floatingIp),
                    TupleKey.ports(zone, IpProtocol.UDP, port(source), Flood.SERVICE));
            if (((int) (hash >>> 32) & INDEX_MASK) < WINDOW) {
                found[at++] = source;
            }
        }
        return found;
    }
}
