package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.CSNAT_B;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_A2;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.SB;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.dvr.dataplane.walk.Frames.vxlanFromN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.flow.FlowCache;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.table.LearnedFdbTable;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.Router;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.conntrack.TcpState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A remembered verdict is what the stages would decide again: with the flow cache on, off or far too small, every byte that leaves is the same. */
class FlowCacheTest {
    private static final String U2 = "00:00:5e:00:53:02";
    private static final String MX = "fa:16:3e:00:0a:77"; // nobody knows it
    private static final int[] FLAGS = {
        TcpHeader.SYN,
        TcpHeader.SYN | TcpHeader.ACK,
        TcpHeader.ACK,
        TcpHeader.ACK,
        TcpHeader.ACK | TcpHeader.PSH,
        TcpHeader.ACK | TcpHeader.FIN,
        TcpHeader.RST,
        0
    };

    private static final String MANY_WAYS = "192.168.9.0"; // two of them, by ports

    /** A host that is a network host, too, and whose upstream router has to be asked for its MAC. */
    private static Cast cast(final boolean hasFloatingIps) {
        final Cast cast = compute1().withoutUpstream().withoutPeerMacs().also(parts -> {
            final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
            parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
            parts.builder.centralPort(snat, parts.b, "port-sb", mac(SB), ip(CSNAT_B), 24);
            parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), true);
            parts.builder.externalRoute(snat, ip("203.0.113.0"), 24);
            parts.builder.extraRoute(parts.router, ip(MANY_WAYS), 24, parts.gatewayB, ip(B1), ip(B2));
        });
        return hasFloatingIps ? cast : cast.withoutFloatingIps();
    }

    /** Without cache, ports copy frames; with one, most are seen and written where they lie. */
    private static Host host(final Cast cast, final int flowCapacity) {
        final Host host = new Host(cast, Host.configWithFlows(flowCapacity));
        return flowCapacity == 0 ? host.copying() : host;
    }

    private static FlowCache flows(final Host host) {
        return host.worker().flows();
    }

    /** Hosts that differ in their flow cache alone. */
    private static final class Triplets {
        private final List<Host> hosts = new ArrayList<>();
        private List<Host.Sent> last = List.of();

        Triplets() {
            for (final int capacity : new int[] {0, 4, 1_024}) {
                hosts.add(host(cast(true), capacity));
            }
        }

        void send(final String attachment, final byte[]... frames) {
            last = hosts.get(0).send(attachment, frames);
            for (final Host host : hosts) {
                if (host != hosts.get(0)) {
                    same(host.send(attachment, frames), host);
                }
            }
        }

        void advance(final long durationNs) {
            last = hosts.get(0).advance(durationNs);
            for (final Host host : hosts) {
                if (host != hosts.get(0)) {
                    same(host.advance(durationNs), host);
                }
            }
        }

        void topology(final boolean hasFloatingIps, final long version) {
            last = hosts.get(0).topology(cast(hasFloatingIps).version(version));
            for (final Host host : hosts) {
                if (host != hosts.get(0)) {
                    same(host.topology(cast(hasFloatingIps).version(version)), host);
                }
            }
        }

        private void same(final List<Host.Sent> sent, final Host host) {
            final Host first = hosts.get(0);
            assertEquals(last.size(), sent.size());
            for (int i = 0; i < sent.size(); i++) {
                assertEquals(last.get(i).attachment(), sent.get(i).attachment());
                assertArrayEquals(last.get(i).bytes(), sent.get(i).bytes());
            }
            assertEquals(first.drops(), host.drops());
            assertEquals(first.held(), host.held());
            assertEquals(first.counters().fdbFullCount(), host.counters().fdbFullCount());
            final ConntrackTable table = first.worker().connections();
            final ConntrackTable other = host.worker().connections();
            assertEquals(table.active(), other.active());
            assertEquals(table.created(), other.created());
            assertEquals(table.expired(), other.expired());
            assertEquals(table.ignoredResetCount(), other.ignoredResetCount());
        }
    }

    private record Flow(String attachment, String source, String destination, String from, String to, int vni) {
        byte[] packet(final Random random) {
            final TestFrames frame = ethernet(source, destination).ipv4(from, to);
            if (random.nextInt(6) == 0) {
                frame.ttl(1 + random.nextInt(4));
            }
            if (random.nextBoolean()) {
                frame.dontFragment();
            }
            final int port = 30_000 + random.nextInt(3);
            final int remote = 20_000 + random.nextInt(2);
            switch (random.nextInt(5)) {
                case 0 -> frame.icmpEcho(port, random.nextInt(9));
                case 1 -> frame.icmpEchoReply(port, random.nextInt(9));
                case 2, 3 -> frame.udp(port, remote);
                default -> frame.tcp(port, remote, FLAGS[random.nextInt(FLAGS.length)]);
            }
            if (random.nextInt(8) == 0) {
                frame.badTransportChecksum();
            }
            final byte[] bytes = frame.payload(random.nextInt(12) == 0 ? 1_460 : random.nextInt(9))
                    .build();
            return vni == 0 ? bytes : vxlanFrom2(vni, bytes);
        }
    }

    private static List<Flow> allFlows() {
        return List.of(
                new Flow(TAP_A1, MA1, GA, A1, X, 0),
                new Flow(TAP_A1, MA1, GA, A1, B1, 0),
                new Flow(TAP_A1, MA1, GA, A1, B2, 0),
                new Flow(TAP_A1, MA1, GA, A1, MANY_WAYS, 0),
                new Flow(TAP_A3, MA3, GA, A3, MANY_WAYS, 0),
                new Flow(TAP_A1, MA1, GA, A1, FIP_B1, 0),
                new Flow(TAP_A1, MA1, GA, A1, FIP_A1, 0),
                new Flow(TAP_A1, MA1, GA, A1, FIP_A2, 0),
                new Flow(TAP_A1, MA1, MA2, A1, A2, 0),
                new Flow(TAP_A1, MX, MA3, "10.0.1.77", A3, 0),
                new Flow(TAP_A1, MA1, MX, A1, "10.0.1.77", 0),
                new Flow(TAP_A3, MA3, GA, A3, X, 0),
                new Flow(TAP_A3, MA3, GA, A3, FIP_A1, 0),
                new Flow(TAP_A3, MA3, GA, A3, QG, 0),
                new Flow(TAP_B1, MB1, GB, B1, FIP_A1, 0),
                new Flow(TAP_B1, MB1, GB, B1, A1, 0),
                new Flow(PROVIDER, U, F1, X, FIP_A1, 0),
                new Flow(PROVIDER, U, F1, X, FIP_B1, 0),
                new Flow(PROVIDER, U2, F1, UPSTREAM, FIP_B1, 0),
                new Flow(PROVIDER, U, Q, X, QG, 0),
                new Flow(UNDERLAY, MA2, MA1, A2, A1, 101),
                new Flow(UNDERLAY, D2, MA1, B2, A1, 101),
                new Flow(UNDERLAY, D2, SA, A2, X, 101),
                new Flow(UNDERLAY, D2, SA, A2, B1, 101),
                new Flow(UNDERLAY, D2, SB, B2, FIP_A1, 102));
    }

    /** What somebody who got a frame would answer; null when it is nothing to answer. */
    private static byte[] answer(final Host.Sent sent) {
        final byte[] frame = sent.bytes().clone();
        if (sent.attachment().equals(UNDERLAY) || frame.length < 42 || frame[12] != 8 || frame[13] != 0) {
            return null;
        }
        System.arraycopy(sent.bytes(), 0, frame, 6, 6);
        System.arraycopy(sent.bytes(), 6, frame, 0, 6);
        System.arraycopy(sent.bytes(), 26, frame, 30, 4);
        System.arraycopy(sent.bytes(), 30, frame, 26, 4);
        final int protocol = frame[23];
        if (protocol == 1 && frame[34] == 8) {
            frame[34] = 0;
            final int sum = (frame[36] & 0xFF) << 8 | (frame[37] & 0xFF);
            final int changed = sum + 0x0800 > 0xFFFF ? sum + 0x0801 - 0x1_0000 : sum + 0x0800;
            frame[36] = (byte) (changed >>> 8);
            frame[37] = (byte) changed;
        } else if (protocol == 6 || protocol == 17) {
            System.arraycopy(sent.bytes(), 34, frame, 36, 2);
            System.arraycopy(sent.bytes(), 36, frame, 34, 2);
        }
        return frame;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldSendTheSameBytesOnOrOff(final long seed) {
        final Random random = new Random(seed);
        final Triplets triplets = new Triplets();
        final List<Flow> flows = allFlows();
        long version = 1;
        for (int i = 0; i < 20_000; i++) {
            final Flow flow = flows.get(random.nextInt(flows.size()));
            final List<Host.Sent> before = triplets.last;
            final byte[] answer = before.isEmpty() || random.nextInt(3) == 0
                    ? null
                    : answer(before.get(random.nextInt(before.size())));
            if (answer != null) {
                triplets.send(before.get(0).attachment(), answer, answer);
            } else {
                triplets.send(flow.attachment(), flow.packet(random), flow.packet(random), flow.packet(random));
            }
            if (random.nextInt(40) == 0) {
                triplets.send(PROVIDER, arpReply(random.nextInt(3) == 0 ? U2 : U, UPSTREAM, F1, FG1));
                triplets.send(PROVIDER, arpReply(U, UPSTREAM, Q, QG));
                triplets.send(UNDERLAY, arpReply(Cast.T2_MAC, Cast.T2, Cast.T1_MAC, Cast.T1));
            }
            if (random.nextInt(25) == 0) {
                triplets.advance(random.nextInt(20) == 0 ? 100 * Host.SECOND : random.nextInt((int) Host.SECOND));
            }
            if (random.nextInt(2_500) == 0) {
                triplets.topology(random.nextInt(3) != 0, ++version);
            }
        }
        triplets.advance(400 * Host.SECOND);
        assertEquals(0, triplets.hosts.get(0).held());
        assertEquals(0, flows(triplets.hosts.get(0)).hits());
        assertTrue(
                flows(triplets.hosts.get(1)).hits() > 100,
                () -> "hits " + flows(triplets.hosts.get(1)).hits());
        assertTrue(
                flows(triplets.hosts.get(2)).hits() > 5_000,
                () -> "hits " + flows(triplets.hosts.get(2)).hits());
    }

    private static byte[] datagram(final String from, final String to, final int port) {
        return ethernet(MA1, GA).ipv4(from, to).udp(port, 80).build();
    }

    @Test
    void shouldRememberOneVerdictForAllPortsOfTwoGuests() {
        final Host host = host(compute1(), 1_024);
        final Host slow = host(compute1(), 0);
        final Set<Integer> outerPorts = new HashSet<>();
        for (int port = 0; port < 100; port++) {
            final byte[] packet = datagram(A1, B2, 5_000 + port);
            final Host.Sent sent = host.sendForOne(TAP_A1, packet);
            assertArrayEquals(slow.sendForOne(TAP_A1, packet).bytes(), sent.bytes());
            outerPorts.add((sent.bytes()[34] & 0xFF) << 8 | (sent.bytes()[35] & 0xFF));
        }
        assertEquals(1, flows(host).size());
        assertEquals(99, flows(host).hits());
        assertTrue(outerPorts.size() > 90, "flows are still spread over paths by the outer source port");

        host.sendForOne(TAP_A1, tcp(MA1, GA, A1, B2, 5_000, 80, TcpHeader.SYN));
        assertEquals(2, flows(host).size(), "another protocol");
    }

    @Test
    void shouldRememberVerdictsForPortsThatMatter() {
        final Host host = host(compute1(), 1_024);
        for (int port = 0; port < 20; port++) { // of a floating IP: each has a connection
            for (int i = 0; i < 3; i++) {
                host.sendForOne(TAP_A1, datagram(A1, X, 5_000 + port));
            }
        }
        assertEquals(20, flows(host).size());
    }

    @Test
    void shouldFindWhatHoldsWhenPortsBeginAndCeaseToMatter() {
        final Host host = host(compute1().withoutFloatingIps(), 1_024);
        final byte[] first = datagram(A1, X, 5_000);
        final byte[] second = datagram(A1, X, 5_001);
        long version = 1;
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 5; i++) { // to the host that does source NAT, or by floating IP
                host.send(TAP_A1, first, second);
            }
            final long stored = flows(host).stored();
            final long hits = flows(host).hits();
            host.send(TAP_A1, first, second, first, second);
            assertEquals(stored, flows(host).stored(), "nothing is decided again, round " + round);
            assertEquals(hits + 4, flows(host).hits());
            host.topology((round % 2 == 0 ? compute1() : compute1().withoutFloatingIps()).version(++version));
        }
    }

    @Test
    void shouldRememberAConnectionOnceItIsKnown() {
        final Host host = host(compute1(), 64);
        final byte[] out = udp(MA1, GA, A1, X);

        host.sendForOne(TAP_A1, out);
        assertEquals(0, flows(host).stored());
        host.sendForOne(TAP_A1, out);
        assertEquals(1, flows(host).stored());
        host.sendForOne(TAP_A1, out).frame().hasSourceIp(FIP_A1).hasTtl(62);
        assertEquals(1, flows(host).hits());
    }

    @Test
    void shouldTrackConnectionsOfRememberedFlows() {
        final Host host = host(compute1(), 64);
        for (int i = 0; i < 10; i++) {
            host.sendForOne(TAP_A1, udp(MA1, GA, A1, X));
            host.advance(20 * Host.SECOND); // of a timeout of 30
        }
        assertEquals(1, host.worker().connections().created());

        host.advance(11 * Host.SECOND);
        assertEquals(0, host.worker().connections().active());
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X));
        assertEquals(2, host.worker().connections().created());
        assertEquals(ConntrackTimeouts.DEFAULTS, Host.config().pipeline().timeouts());
    }

    @Test
    void shouldBelieveNoSegmentThatChangesAConnectionUnverified() {
        final Host host = host(compute1(), 64);
        for (int i = 0; i < 3; i++) { // remembered
            host.sendForOne(TAP_A1, tcp(MA1, GA, A1, X, 4000, 80, TcpHeader.SYN));
        }
        host.sendForOne(PROVIDER, tcp(U, F1, X, FIP_A1, 80, 4000, TcpHeader.SYN | TcpHeader.ACK));
        final TestFrames wrong =
                ethernet(MA1, GA).ipv4(A1, X).tcp(4000, 80, TcpHeader.ACK).badTransportChecksum();
        host.sendForDrop(DropReason.TCP_CHECKSUM, TAP_A1, wrong.build());
        host.worker()
                .connections()
                .forEach((table, reference) -> assertEquals(TcpState.SYN_RECV, table.tcpState(reference)));
    }

    @Test
    void shouldDecideAnewWhatNoLongerFits() {
        final Host host = host(compute1(), 64);
        for (int i = 0; i < 3; i++) {
            host.sendForOne(TAP_A1, udp(MA1, GA, A1, B1));
        }
        assertEquals(2, flows(host).hits());

        host.send(TAP_A1, Frames.udpFrom(MA1, GA, A1, B1).ttl(1).build());
        assertEquals(1, host.drops().get(DropReason.TTL_EXCEEDED));
        host.send(
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, B1)
                        .dontFragment()
                        .udp(4000, 5000)
                        .payload(1_450)
                        .build());
        assertEquals(1, host.drops().get(DropReason.PACKET_TOO_BIG));
        assertEquals(2, flows(host).hits());
    }

    @Test
    void shouldFollowANeighborThatMoves() {
        final Host host = host(compute1().withoutUpstream(), 64);
        host.send(TAP_A1, udp(MA1, GA, A1, X)); // asks
        host.sendForOne(PROVIDER, arpReply(U, UPSTREAM, F1, FG1));
        for (int i = 0; i < 3; i++) {
            host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().hasDestinationMac(U);
        }
        assertEquals(2, flows(host).hits());

        host.send(PROVIDER, arpReply(U2, UPSTREAM, F1, FG1));
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().hasDestinationMac(U2);
        assertEquals(2, flows(host).hits());
    }

    @Test
    void shouldAskAgainForANeighborThatHasAged() {
        final Host host = host(compute1().withoutUpstream(), 64);
        host.send(TAP_A1, udp(MA1, GA, A1, X)); // asks
        host.sendForOne(PROVIDER, arpReply(U, UPSTREAM, F1, FG1));
        for (long aged = 0; aged < NeighborCache.LIFETIME_NS; aged += 10 * Host.SECOND) {
            host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().isIpv4();
            host.advance(10 * Host.SECOND);
        }
        assertTrue(flows(host).hits() > 0);
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().isArp();
    }

    /** A MAC that no port has, learned at one host, moves to another one (a virtual address, a nested guest). */
    @Test
    void shouldFollowALearnedMacThatMoves() {
        final Host host = host(compute1(), 64);
        host.send(UNDERLAY, vxlanFrom2(101, udp(MX, MA1, "10.0.1.77", A1)));
        for (int i = 0; i < 3; i++) {
            host.sendForOne(TAP_A1, udp(MA1, MX, A1, "10.0.1.77")).frame().hasDestinationIp(Cast.T2);
        }
        final long hits = flows(host).hits();
        assertEquals(2, hits);

        host.send(UNDERLAY, vxlanFromN(101, udp(MX, MA1, "10.0.1.77", A1)));
        host.sendForOne(TAP_A1, udp(MA1, MX, A1, "10.0.1.77")).frame().hasDestinationIp(Cast.TN);
        host.sendForOne(TAP_A1, udp(MA1, MX, A1, "10.0.1.77")).frame().hasDestinationIp(Cast.TN);
        assertEquals(hits + 1, flows(host).hits());

        host.advance(LearnedFdbTable.LIFETIME_NS);
        assertTrue(host.send(TAP_A1, udp(MA1, MX, A1, "10.0.1.77")).size() > 1, "flooded once it has aged");
    }

    /** What passes a router untracked may one moment later be the answer of a connection that was opened meanwhile. */
    @Test
    void shouldSeeConnectionsThatOpenAfterIt() {
        final String inner = "10.0.1.6";
        final String innerB = "10.0.2.6";
        final String la = "fa:16:3e:00:0a:06";
        final String lb = "fa:16:3e:00:0b:06";
        final String outside = "203.0.113.71";
        final Host host = host(
                compute1().withoutFloatingIps().also(parts -> {
                    final Router router = parts.builder.centralRouter(9, "router-l", "L", true, false);
                    parts.builder.centralPort(router, parts.a, "port-la", mac(la), ip(inner), 24);
                    parts.builder.centralPort(router, parts.b, "port-lb", mac(lb), ip(innerB), 24);
                    parts.builder.gatewayPort(router, parts.external, mac(Q), ip(QG), ip(UPSTREAM), false);
                    parts.builder.externalRoute(router, ip("203.0.113.0"), 24);
                    parts.builder.centralFloatingIp(router, ip(outside), ip(A1));
                }),
                64);
        for (int i = 0; i < 3; i++) {
            host.sendForOne(TAP_A1, udp(MA1, la, A1, B1)).frame().hasSourceIp(A1);
        }
        assertEquals(2, flows(host).hits());

        host.sendForOne(
                        TAP_B1,
                        ethernet(MB1, lb).ipv4(B1, outside).udp(5000, 4000).build())
                .frame()
                .hasDestinationIp(A1);
        host.sendForOne(TAP_A1, udp(MA1, la, A1, B1)).frame().hasSourceIp(outside);
    }

    @Test
    void shouldForgetAllWithATopology() {
        final Host host = host(compute1(), 64);
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, B1));
        host.topology(compute1().networkBDown().version(2));

        host.sendForDrop(DropReason.PORT_DOWN, TAP_A1, udp(MA1, GA, A1, B1));
        assertEquals(0, flows(host).hits());
    }

    /** A scan of a thousand addresses through four places; the guest's own flow is met again and again. */
    @Test
    void shouldKeepFlowsInUseThroughAScan() {
        final Host host = host(compute1(), 4);
        for (int i = 0; i < 3; i++) {
            host.sendForOne(TAP_A1, udp(MA1, GA, A1, B1));
        }
        final long before = flows(host).hits();
        for (int i = 0; i < 1_000; i++) {
            host.send(TAP_A1, ethernet(MA1, GA).ipv4(A1, X).udp(i + 1, 9).build());
            host.sendForOne(TAP_A1, udp(MA1, GA, A1, B1));
        }
        assertEquals(before + 1_000, flows(host).hits());
    }

    @Test
    void shouldRefuseSizesThatItCannotHave() {
        for (final int capacity : new int[] {-1, 1, 2, 3, 5, 100, 1 << 24, 1 << 25}) {
            assertThrows(IllegalArgumentException.class, () -> host(compute1(), capacity));
        }
    }
}
