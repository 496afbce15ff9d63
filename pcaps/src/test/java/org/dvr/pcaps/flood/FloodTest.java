package org.dvr.pcaps.flood;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.FrameAssert;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.pcaps.port.FrameSink;
import org.dvr.pcaps.replay.HostTopology;
import org.dvr.pcaps.replay.Replay;
import org.dvr.pcaps.replay.ReplayOptions;
import org.dvr.pcaps.testing.Cast;
import org.dvr.pcaps.testing.ScenarioInputs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever somebody floods with, every packet of a thousand flows of another guest leaves at its time, translated as before, and none of their connections
 * is lost: with a table of 65,536 connections, at a compute host (floating IPs) and at the network host (one gateway address for all).
 */
class FloodTest {
    private static final int TABLE = 65_536;
    private static final int SYNS = 100_000;
    private static final long SEED = 1;
    private static final long MILLISECOND = 1_000_000;
    private static final long ANSWERS_NS = 100 * MILLISECOND;
    private static final long FLOOD_NS = 300 * MILLISECOND;
    private static final long FLOOD_END_NS = 1_500 * MILLISECOND;
    private static final long SETTLE_NS = 5_000 * MILLISECOND;
    private static final int ROUNDS = 8;
    private static final int LOOK_EVERY = 512;
    private static final int FLOOD_PORT = 30_000;
    private static final int FRAGMENTS = 20_000;
    private static final int ERRORS = 20_000;
    private static final int PAYLOAD = 18;
    private static final int STRANGERS = 0x0900_0001;

    /** Frames that may wait in all: those of neighbors and, a quarter of the frames of a host, for first fragments. */
    private static final int MOST_HELD = 512;

    @TempDir
    private Path folder;

    private Place place;
    private Flows flows;
    private Arrivals arrivals;
    private int flooding;
    private final Random random = new Random(SEED);

    /** What left, by what it belongs to, and how much the host ever remembered while it was flooded. */
    private static final class Outcome implements FrameSink {
        private final List<Seen> ofFlows = new ArrayList<>();
        private final List<Seen> others = new ArrayList<>();
        private Replay replay;
        private long frames;
        private int mostActive;
        private int mostHeld;

        @Override
        public void sent(
                final int port,
                final String name,
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final long nowNs) {
            final Seen packet = Seen.of(nowNs - ScenarioInputs.EPOCH_NS, name, buffer, offset, length);
            if (packet != null && Flows.isTheirs(packet)) {
                ofFlows.add(packet);
                final FrameAssert frame = FrameAssert.assertFrame(buffer, offset, length);
                (name.equals("underlay") ? frame.isVxlan(101) : frame).hasValidChecksums();
            } else {
                others.add(packet);
            }
            if (frames++ % LOOK_EVERY == 0) {
                look();
            }
        }

        private void look() {
            final JsonNode counters = replay.counters();
            mostActive =
                    Math.max(mostActive, counters.path("flows").path("active").asInt());
            mostHeld = Math.max(mostHeld, counters.path("held").asInt());
        }

        private long flows(final String name) {
            return replay.counters().path("flows").path(name).asLong();
        }

        private Map<DropReason, Long> drops() {
            final Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
            for (final DropReason reason : DropReason.values()) {
                if (replay.drops(reason) > 0) {
                    drops.put(reason, replay.drops(reason));
                }
            }
            return drops;
        }

        private long dropCount() {
            return drops().values().stream().mapToLong(Long::longValue).sum();
        }

        private long othersAt(final String point) {
            return others.stream()
                    .filter(packet -> packet != null && packet.point().equals(point))
                    .count();
        }
    }

    private Outcome replay(final Arrivals what) {
        final HostTopology topology = HostTopology.load(
                List.of(Cast.scenarios().resolve("network-host/udp-to-outside/topology.yaml")), place.host());
        final ReplayOptions options = ReplayOptions.of(Map.of("connections", Integer.toString(TABLE)), "options");
        final Outcome outcome = new Outcome();
        outcome.replay = new Replay(topology, options, what.write(folder), outcome);
        outcome.replay.settle(SETTLE_NS);
        outcome.replay.run();
        outcome.look();
        return outcome;
    }

    /** The flows are established before the flood and go on during it and after it. */
    private void begin(final Place where, final boolean hasFragments, final boolean hasFragmentsFromOutside) {
        place = where;
        flows = new Flows(place);
        arrivals = new Arrivals();
        flows.open(arrivals);
        flows.learn(replay(arrivals).ofFlows);
        flows.answer(arrivals, ANSWERS_NS);
        final long roundNs = (FLOOD_END_NS - FLOOD_NS) / ROUNDS;
        for (int i = 0; i <= ROUNDS; i++) {
            if (hasFragments && i % 2 == 1) {
                flows.fragments(arrivals, FLOOD_NS + i * roundNs, hasFragmentsFromOutside);
            } else {
                flows.round(arrivals, FLOOD_NS + i * roundNs);
            }
        }
    }

    private void flood(final int number, final int count, final String point, final byte[] frame) {
        arrivals.add(FLOOD_NS + (FLOOD_END_NS - FLOOD_NS) * number / count, point, frame);
        flooding++;
    }

    private Outcome end() {
        final Outcome outcome = replay(arrivals);
        assertEquals(flows.expected().size() + flooding, arrivals.size());
        assertSame(flows.expected(), outcome.ofFlows);
        assertEquals(0, outcome.replay.imbalance());
        assertEquals(0, outcome.replay.undelivered());
        assertEquals(0, outcome.replay.counters().path("held").asInt());
        assertTrue(outcome.mostActive <= TABLE, "active " + outcome.mostActive);
        assertTrue(outcome.mostHeld <= MOST_HELD, "held " + outcome.mostHeld);
        return outcome;
    }

    private static void assertSame(final List<Seen> expected, final List<Seen> actual) {
        final List<String> wanted =
                expected.stream().map(Seen::toString).sorted().toList();
        final List<String> found = actual.stream().map(Seen::toString).sorted().toList();
        for (int i = 0; i < Math.min(wanted.size(), found.size()); i++) {
            assertEquals(wanted.get(i), found.get(i));
        }
        assertEquals(wanted.size(), found.size());
    }

    /** An address that no flow goes to. */
    private static String stranger(final int number) {
        return Ipv4Address.toString(STRANGERS + number);
    }

    @ParameterizedTest
    @EnumSource
    void shouldOutlastASynFlood(final Place where) {
        begin(where, false, false);
        for (int i = 0; i < SYNS; i++) {
            final byte[] syn = place.fromFlooder(stranger(i))
                    .tcp(FLOOD_PORT + random.nextInt(1_000), 80, TcpHeader.SYN, random.nextInt() & 0xFFFF_FFFFL, 0)
                    .build();
            flood(i, SYNS, place.flooderPoint(), place.carried(syn));
        }
        final Outcome outcome = end();
        assertEquals(Map.of(), outcome.drops());
        assertEquals(SYNS, outcome.othersAt(Place.OUTSIDE));
        assertEquals(Flows.COUNT + SYNS, outcome.flows("created"));
        assertEquals(TABLE, outcome.mostActive);
        assertEquals(TABLE, outcome.flows("active"));
        assertEquals(0, outcome.flows("expired"));
    }

    /** To one server there are no more connections than ports: the flood takes them all, and they are free for every other server. */
    @Test
    void shouldOutlastAFloodThatTakesAllPorts() {
        begin(Place.NETWORK, false, false);
        final int count = 65_535;
        for (int i = 0; i < count; i++) {
            final byte[] syn = place.fromFlooder(stranger(0))
                    .tcp(i + 1, 80, TcpHeader.SYN, random.nextInt() & 0xFFFF_FFFFL, 0)
                    .build();
            flood(i, count, place.flooderPoint(), place.carried(syn));
        }
        final Outcome outcome = end();
        final List<Integer> ports = outcome.others.stream()
                .filter(packet -> packet.point().equals(Place.OUTSIDE))
                .map(Seen::sourcePort)
                .toList();
        assertEquals(Set.of(DropReason.NAT_PORTS_EXHAUSTED), outcome.drops().keySet());
        assertEquals(count, ports.size() + outcome.dropCount());
        assertEquals(ports.size(), Set.copyOf(ports).size(), "no port twice");
        assertEquals(Flows.COUNT + ports.size(), outcome.flows("created"));
        final long generated = outcome.replay.counters().path("generated").asLong();
        assertEquals(generated, outcome.othersAt(place.flooderPoint()), "the flooder is told, but not each time");
        assertTrue(generated > 0 && generated < 65, "generated " + generated); // 50 and 10 a second
    }

    /** Both ends of these belong to the flooder: they are as established as those of the guest that suffers. */
    @ParameterizedTest
    @EnumSource
    void shouldOutlastAFloodOfAnsweredConnections(final Place where) {
        begin(where, false, false);
        final int count = TABLE + 4_464;
        for (int i = 0; i < count; i++) {
            final byte[] ping = place.fromFlooder(stranger(i))
                    .udp(FLOOD_PORT, FLOOD_PORT)
                    .payload(PAYLOAD)
                    .build();
            flood(2 * i, 2 * count, place.flooderPoint(), place.carried(ping));
        }
        final Map<Integer, Integer> ports = portsOfStrangers();
        for (int i = 0; i < count; i++) {
            final byte[] pong = place.fromOutside(stranger(i), place.flooderOutside())
                    .udp(FLOOD_PORT, ports.get(STRANGERS + i))
                    .payload(PAYLOAD)
                    .build();
            flood(2 * i + 1, 2 * count, Place.OUTSIDE, pong);
        }
        final Outcome outcome = end();
        assertEquals(Map.of(), outcome.drops());
        assertEquals(count, outcome.othersAt(Place.OUTSIDE));
        assertEquals(count, outcome.othersAt(place.flooderPoint()));
        assertEquals(Flows.COUNT + count, outcome.flows("created"));
        assertEquals(TABLE, outcome.flows("active"));
    }

    /** The ports that its packets so far leave with, by the server's address. */
    private Map<Integer, Integer> portsOfStrangers() {
        final Map<Integer, Integer> ports = new HashMap<>();
        for (final Seen packet : replay(arrivals).others) {
            ports.put(packet.destination(), packet.sourcePort());
        }
        return ports;
    }

    @ParameterizedTest
    @CsvSource({"COMPUTE, false", "COMPUTE, true", "NETWORK, false", "NETWORK, true"})
    void shouldOutlastAFragmentFlood(final Place where, final boolean isFromOutside) {
        // Fragments from outside to the gateway address are all accounted to it, whomever they are for: no flow's can
        // be told from the flood's.
        begin(where, true, !isFromOutside || where == Place.COMPUTE);
        int firsts = 0;
        for (int i = 0; i < FRAGMENTS; i++) {
            final TestFrames frame = isFromOutside
                    ? place.fromOutside(stranger(0), place.flooderOutside())
                    : place.fromFlooder(stranger(0));
            final byte[] whole = frame.id(random.nextInt(1 << 16))
                    .udp(FLOOD_PORT, FLOOD_PORT)
                    .payload(400)
                    .build();
            final List<byte[]> parts = TestFrames.fragments(whole, 68 + 8 * random.nextInt(16));
            // Mostly what waits for a first one that does not come, else what begins and does not end; some overlap.
            final int part = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(parts.size() - 1);
            firsts += part == 0 ? 1 : 0;
            final byte[] fragment = parts.get(part);
            flood(i, FRAGMENTS, isFromOutside ? Place.OUTSIDE : place.flooderPoint(), carried(isFromOutside, fragment));
        }
        final Outcome outcome = end();
        assertTrue(firsts > 0);
        assertEquals(FRAGMENTS, outcome.dropCount() + outcome.others.size());
        assertTrue(outcome.drops().get(DropReason.FRAGMENT_QUEUE_FULL) > FRAGMENTS / 10, outcome.drops()::toString);
        final boolean opens = !isFromOutside || where == Place.COMPUTE;
        assertEquals(Flows.COUNT + (opens ? 1 : 0), outcome.flows("created"));
    }

    private byte[] carried(final boolean isFromOutside, final byte[] frame) {
        return isFromOutside ? frame : place.carried(frame);
    }

    @ParameterizedTest
    @EnumSource
    void shouldOutlastAFloodOfIcmpErrors(final Place where) {
        begin(where, false, false);
        final int[] kinds = new int[4];
        for (int i = 0; i < ERRORS; i++) {
            final int kind = random.nextInt(kinds.length);
            kinds[kind]++;
            final int flow = random.nextInt(Flows.COUNT);
            switch (kind) {
                case 0 -> flood(i, ERRORS, Place.OUTSIDE, error(i, place.victimOutside(), flows.leaving(flow)));
                case 1 -> flood(i, ERRORS, Place.OUTSIDE, error(i, place.victimOutside(), aboutNothing(i)));
                case 2 -> flood(i, ERRORS, Place.OUTSIDE, error(i, place.victimOutside(), fromAnother(flow)));
                default -> {
                    final byte[] late = place.fromFlooder(stranger(i))
                            .ttl(1)
                            .udp(FLOOD_PORT, FLOOD_PORT)
                            .payload(PAYLOAD)
                            .build();
                    flood(i, ERRORS, place.flooderPoint(), place.carried(late));
                }
            }
        }
        final Outcome outcome = end();
        final long generated = outcome.replay.counters().path("generated").asLong();
        assertEquals(
                Map.of(
                        DropReason.ICMP_ERROR_UNMATCHED,
                        (long) kinds[1],
                        DropReason.ICMP_ERROR_MISDIRECTED,
                        (long) kinds[2],
                        DropReason.TTL_EXCEEDED,
                        (long) kinds[3]),
                outcome.drops());
        // Those about its flows reach the guest that suffers, true or not; they end nothing.
        assertEquals(kinds[0] + generated, outcome.others.size());
        assertTrue(generated >= 50 && generated < 65, "generated " + generated); // 50 and 10 a second
        assertEquals(Flows.COUNT, outcome.flows("created"));
        assertEquals(Flows.COUNT, outcome.flows("active"));
    }

    private byte[] error(final int number, final String to, final byte[] about) {
        final int type = random.nextInt(4) == 0 ? IcmpHeader.TIME_EXCEEDED : IcmpHeader.UNREACHABLE;
        return place.fromOutside(stranger(number), to)
                .icmpError(
                        type,
                        type == IcmpHeader.UNREACHABLE ? random.nextInt(5) : 0,
                        1_400,
                        TestFrames.quote(about, 28))
                .build();
    }

    /** A packet that nobody has sent, to nobody's server. */
    private byte[] aboutNothing(final int number) {
        return place.fromOutside(place.victimOutside(), stranger(number))
                .udp(1 + random.nextInt(65_535), FLOOD_PORT)
                .payload(PAYLOAD)
                .build();
    }

    /** A packet of a flow, but from an address that is not its. */
    private byte[] fromAnother(final int flow) {
        return place.fromOutside("203.0.113.99", Flows.server(flow))
                .tcp(FLOOD_PORT, FLOOD_PORT, TcpHeader.ACK)
                .build();
    }
}
