package org.dvr.dataplane.io.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.UnderlayPath;
import org.dvr.dataplane.topology.UnderlayView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A host at 192.0.2.1; on its wire 192.0.2.12 and the gateways 192.0.2.254 and, by another device, 192.0.2.253. */
@Tag("namespaces")
class UnderlayWatchTest {
    private static final String LOCAL = "192.0.2.1";
    private static final String NEAR = "192.0.2.12";
    private static final String FAR = "198.51.100.12";
    private static final String NOBODY = "192.0.2.99";
    private static final long WIRE_MAC = MacAddress.parse("02:00:00:00:00:02");
    private static final long OTHER_MAC = MacAddress.parse("02:00:00:00:00:03");
    private static final long PATIENCE_NS = 20_000_000_000L;
    private static final long PAUSE_MS = 20;

    private final List<String> lines = new ArrayList<>();
    private Namespace host;
    private Namespace wire;
    private UnderlayWatch watch;

    @BeforeEach
    void open() throws Exception {
        host = Namespace.open();
        wire = Namespace.open();
        wire.ip("link add br0 address 02:00:00:00:00:02 type bridge");
        wire.ip("link add other0 address 02:00:00:00:00:03 type veth peer name other1");
        wire.ip("link set other1 master br0 up");
        wire.run("sysctl", "-q", "-w", "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.ip_forward=1");
        wire.ip("address add 192.0.2.12/24 dev br0");
        wire.ip("address add 192.0.2.254/32 dev br0");
        wire.ip("address add 2001:db8::12/64 dev br0 nodad");
        wire.ip("address add 192.0.2.253/32 dev other0");
        wire.ip("link set br0 up");
        wire.ip("link set other0 up");
        plug();
    }

    private void plug() throws Exception {
        host.ip("link add underlay0 type veth peer name wire0 netns " + wire.path());
        wire.ip("link set wire0 master br0 up");
        host.ip("address add 192.0.2.1/24 dev underlay0");
        host.ip("address add 2001:db8::1/64 dev underlay0 nodad");
        host.ip("link set underlay0 up");
        host.run(
                "sysctl",
                "-q",
                "-w",
                "net.ipv4.neigh.underlay0.retrans_time_ms=100",
                "net.ipv6.neigh.underlay0.retrans_time_ms=100");
    }

    private void watch(final String local, final String... peers) throws Exception {
        watch = host.call(() -> UnderlayWatch.open("underlay0", IpAddress.parse(local)));
        watch.peers(Arrays.stream(peers).map(IpAddress::parse).toList());
    }

    @AfterEach
    void close() {
        if (watch != null) {
            watch.close();
        }
        if (host != null) {
            host.close();
        }
        if (wire != null) {
            wire.close();
        }
    }

    @Test
    void shouldResolvePeersOnTheLinkAndBehindAGateway() throws Exception {
        host.ip("route add 198.51.100.0/24 via 192.0.2.253 mtu 1400");
        watch(LOCAL, FAR, NEAR, "2001:db8::12");
        final UnderlayView view =
                await(now -> find(now, FAR).isResolved() && find(now, NEAR).isResolved());
        assertEquals(
                List.of(path(NEAR, WIRE_MAC, 1_500), path(FAR, OTHER_MAC, 1_400)),
                view.paths(),
                "in order, and none of the other family");
        assertEquals(List.of(), lines);
        assertEquals(view.version(), watch.work(System.nanoTime(), lines::add).version());
    }

    @Test
    void shouldResolveIpv6Peers() throws Exception {
        host.ip("-6 route add 2001:db8:9::/64 via 2001:db8::12 mtu 1380");
        watch("2001:db8::1", "2001:db8::12", "2001:db8:9::2", NEAR);
        final UnderlayView view = await(now -> find(now, "2001:db8::12").isResolved()
                && find(now, "2001:db8:9::2").isResolved());
        assertEquals(
                List.of(path("2001:db8::12", WIRE_MAC, 1_500), path("2001:db8:9::2", WIRE_MAC, 1_380)), view.paths());
    }

    @Test
    void shouldTellOfAPeerThatDoesNotAnswerAndWhenItDoes() throws Exception {
        watch(LOCAL, NOBODY, NEAR);
        await(now -> !find(now, NOBODY).problem().isEmpty());
        assertEquals(List.of("alarm: peer 192.0.2.99 does not answer on underlay0: no way to peer 192.0.2.99"), lines);
        assertEquals(1_500, find(watch.view(), NOBODY).mtu());
        assertTrue(find(watch.view(), NEAR).isResolved());
        lines.clear();
        awaitTime(2 * UnderlayWatch.REFRESH_NS + UnderlayWatch.REFRESH_NS / 2); // asked again and again: told once
        assertEquals(List.of(), lines);
        wire.ip("address add 192.0.2.99/24 dev br0");
        assertEquals(
                WIRE_MAC,
                find(await(now -> find(now, NOBODY).isResolved()), NOBODY).mac());
        assertEquals(
                List.of("over: peer 192.0.2.99 does not answer on underlay0: peer 192.0.2.99 no longer concerned"),
                lines);
    }

    @Test
    void shouldTellOnceOfAGatewayThatDoesNotAnswer() throws Exception {
        host.ip("route add 198.51.100.0/24 via 192.0.2.99");
        watch(LOCAL, FAR, "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.5");
        await(now -> !find(now, FAR).problem().isEmpty());
        assertEquals(
                List.of("alarm: gateway 192.0.2.99 does not answer on underlay0: no way to peers 198.51.100.1, "
                        + "198.51.100.2, 198.51.100.3, 198.51.100.4 and 2 more"),
                lines);
    }

    @Test
    void shouldFollowRoutes() throws Exception {
        host.ip("route add 198.51.100.0/24 via 192.0.2.254");
        watch(LOCAL, FAR);
        await(now -> find(now, FAR).mac() == WIRE_MAC);
        host.ip("route replace 198.51.100.0/24 via 192.0.2.253");
        await(now -> find(now, FAR).mac() == OTHER_MAC);
        host.ip("route replace 198.51.100.0/24 via 192.0.2.253 mtu 1300");
        await(now -> find(now, FAR).mtu() == 1_300);
        assertEquals(List.of(), lines);
        host.ip("route del 198.51.100.0/24");
        await(now -> !find(now, FAR).isResolved());
        assertEquals(
                List.of("alarm: the kernel has no route: Network is unreachable: no way to peer 198.51.100.12"), lines);
        lines.clear();
        host.ip("route add blackhole 198.51.100.0/24");
        awaitLine("alarm: the kernel has no route: Invalid argument: no way to peer 198.51.100.12");
        host.ip("route del 198.51.100.0/24");
        host.ip("link add else0 type veth peer name else1");
        host.ip("link set else0 up");
        host.ip("link set else1 up");
        host.ip("route add 198.51.100.0/24 dev else0");
        awaitLine("alarm: the kernel's route to 198.51.100.12 leaves by else0, not by underlay0: "
                + "no way to peer 198.51.100.12");
    }

    @Test
    void shouldFollowTheDevice() throws Exception {
        watch(LOCAL, NEAR);
        await(now -> find(now, NEAR).isResolved());
        host.ip("link set underlay0 mtu 1450");
        await(now -> find(now, NEAR).mtu() == 1_450);
        wire.ip("link set wire0 down");
        awaitLine("alarm: underlay0 has no carrier: no way to peer 192.0.2.12");
        wire.ip("link set wire0 up");
        await(now -> find(now, NEAR).isResolved());
        assertEquals("over: underlay0 has no carrier: peer 192.0.2.12 no longer concerned", lines.getLast());
        host.ip("link set underlay0 down");
        awaitLine("alarm: underlay0 is down: no way to peer 192.0.2.12");
        host.ip("link del underlay0");
        await(now -> find(now, NEAR).problem().equals("there is no device underlay0"));
        plug();
        await(now -> find(now, NEAR).equals(path(NEAR, WIRE_MAC, 1_500)));
    }

    @Test
    void shouldHearOfANextHopThatMoves() throws Exception {
        watch(LOCAL, NEAR);
        await(now -> find(now, NEAR).mac() == WIRE_MAC);
        wire.ip("address del 192.0.2.12/24 dev br0");
        wire.ip("address add 192.0.2.12/24 dev other0");
        host.ip("neigh flush dev underlay0");
        await(now -> find(now, NEAR).mac() == OTHER_MAC);
    }

    @Test
    void shouldLeaveNeighborsAloneThatAnOperatorHasSet() throws Exception {
        host.ip("neigh add 192.0.2.99 lladdr 02:00:00:00:00:77 dev underlay0 nud permanent");
        watch(LOCAL, NOBODY);
        await(now -> find(now, NOBODY).isResolved());
        awaitTime(UnderlayWatch.REFRESH_NS + UnderlayWatch.REFRESH_NS / 2);
        assertEquals(
                MacAddress.parse("02:00:00:00:00:77"),
                find(watch.view(), NOBODY).mac());
        assertTrue(host.run("ip", "neigh", "show", "192.0.2.99").contains("PERMANENT"));
    }

    @Test
    void shouldKeepANextHopFreshThatNobodyElseUses() throws Exception {
        host.run("sysctl", "-q", "-w", "net.ipv4.neigh.underlay0.base_reachable_time_ms=1000");
        watch(LOCAL, NEAR);
        await(now -> find(now, NEAR).isResolved());
        host.run("sysctl", "-q", "-w", "net.ipv4.neigh.underlay0.delay_first_probe_time=1");
        wire.ip("address del 192.0.2.12/24 dev br0"); // it dies without a word
        awaitLine("alarm: peer 192.0.2.12 does not answer on underlay0: no way to peer 192.0.2.12");
    }

    @Test
    void shouldLeavePeersToWorkersWhereTheKernelHasNoTunnelAddress() throws Exception {
        watch("192.0.2.2", NEAR);
        final UnderlayView view = await(now -> now.paths().size() == 1);
        assertEquals("the kernel has no address 192.0.2.2", find(view, NEAR).problem());
        assertFalse(find(view, NEAR).isResolved());
        assertEquals(List.of(), lines);
        host.ip("address add 192.0.2.2/32 dev lo");
        await(now -> find(now, NEAR).isResolved());
    }

    @Test
    void shouldFollowThePeers() throws Exception {
        watch(LOCAL);
        assertEquals(UnderlayView.EMPTY, watch.work(System.nanoTime(), lines::add));
        watch.peers(List.of(IpAddress.parse(NEAR), IpAddress.parse(LOCAL)));
        await(now -> find(now, NEAR).isResolved());
        assertEquals(List.of("alarm: 192.0.2.1 is an address of this host itself: no way to peer 192.0.2.1"), lines);
        watch.peers(List.of());
        await(now -> now.paths().isEmpty());
    }

    @Test
    void shouldMissNothingWhenMoreHappensThanTheKernelKeeps() throws Exception {
        watch = host.call(() -> UnderlayWatch.open("underlay0", IpAddress.parse(LOCAL), 1));
        watch.peers(List.of(IpAddress.parse(FAR)));
        host.ip("route add 198.51.100.0/24 via 192.0.2.254");
        await(now -> find(now, FAR).mac() == WIRE_MAC);
        final StringBuilder commands = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            commands.append("route add 203.0.113.").append(i).append(" via 192.0.2.254\n");
        }
        host.ipBatch(commands + "route replace 198.51.100.0/24 via 192.0.2.253\n");
        await(now -> find(now, FAR).mac() == OTHER_MAC);
    }

    private static UnderlayPath path(final String peer, final long mac, final int mtu) {
        return new UnderlayPath(IpAddress.parse(peer), mac, mtu, "");
    }

    /** A path, or one that says nothing. */
    private static UnderlayPath find(final UnderlayView view, final String peer) {
        final UnderlayPath path = view.find(IpAddress.parse(peer));
        return path == null ? path(peer, 0, 0) : path;
    }

    private UnderlayView await(final Predicate<UnderlayView> condition) throws Exception {
        final long start = System.nanoTime();
        while (System.nanoTime() - start < PATIENCE_NS) {
            final UnderlayView view = watch.work(System.nanoTime(), lines::add);
            if (condition.test(view)) {
                return view;
            }
            Thread.sleep(PAUSE_MS);
        }
        return fail("not within " + PATIENCE_NS / 1_000_000_000L + " s: " + watch.view() + " " + lines);
    }

    private void awaitLine(final String line) throws Exception {
        await(now -> lines.contains(line));
    }

    private void awaitTime(final long durationNs) throws Exception {
        final long end = System.nanoTime() + durationNs;
        await(now -> System.nanoTime() - end >= 0);
    }
}
