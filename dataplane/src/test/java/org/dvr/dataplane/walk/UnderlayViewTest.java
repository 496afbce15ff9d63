package org.dvr.dataplane.walk;

import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TN;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.compute2;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.UnderlayCell;
import org.dvr.dataplane.topology.UnderlayPath;
import org.dvr.dataplane.topology.UnderlayView;
import org.junit.jupiter.api.Test;

/** What the supervisor learns about the underlay reaches the packets (contract.md §6 row 10). */
class UnderlayViewTest {
    private static final String GATEWAY_MAC = "52:54:00:00:00:fe";
    private static final String OTHER_MAC = "52:54:00:00:00:fd";
    private static final byte[] FRAME = udpFrom(MA1, MA2, A1, A2).payload(1_400).build(); // wrapped 1,478 bytes of IP
    private static final int WRAPPED = 1_478;

    private final UnderlayCell cell = new UnderlayCell();
    private long version;

    private Host host(final Cast cast) {
        final Host host = new Host(cast);
        host.worker().underlay(cell);
        return host;
    }

    private void publish(final UnderlayPath... paths) {
        cell.publish(new UnderlayView(++version, List.of(paths)));
    }

    private static UnderlayPath path(final String peer, final String mac, final int mtu) {
        return new UnderlayPath(IpAddress.parse(peer), mac(mac), mtu, "");
    }

    @Test
    void shouldSendToTheNextHopWithoutAsking() {
        final Host host = host(compute1().withoutPeerMacs());
        publish(path(T2, GATEWAY_MAC, 1_500));
        host.sendForOne(TAP_A1, FRAME).frame().hasDestinationMac(GATEWAY_MAC).hasDestinationIp(T2);
        publish(path(T2, OTHER_MAC, 1_500));
        host.sendForOne(TAP_A1, FRAME).frame().hasDestinationMac(OTHER_MAC);
    }

    @Test
    void shouldReleaseWhatWaitsForTheNextHop() {
        final Host host = host(compute1().withoutPeerMacs());
        assertEquals(UNDERLAY, host.sendForOne(TAP_A1, FRAME).attachment()); // a request
        assertEquals(1, host.held());
        publish(path(T2, GATEWAY_MAC, 1_500));
        final List<Host.Sent> released = host.advance(1);
        assertEquals(1, released.size());
        released.get(0).frame().hasDestinationMac(GATEWAY_MAC);
        assertEquals(0, host.held());
    }

    @Test
    void shouldStillAskForPeersThatTheKernelDoesNotResolve() {
        final Host host = host(compute1().withoutPeerMacs());
        publish(
                path(TN, GATEWAY_MAC, 1_500),
                new UnderlayPath(IpAddress.parse(T2), 0, 0, "192.0.2.2 does not answer"),
                new UnderlayPath(IpAddress.parse("2001:db8::2"), mac(OTHER_MAC), 1_500, ""),
                path("198.51.100.9", OTHER_MAC, 1_500)); // no peer of this topology
        host.sendForOne(TAP_A1, FRAME).frame().isArpRequest().hasTargetIp(T2);
    }

    @Test
    void shouldBelieveAViewThatDoesNotChange() {
        final Host host = host(compute1().withoutPeerMacs());
        publish(path(T2, GATEWAY_MAC, 1_500));
        for (int minutes = 0; minutes < 10; minutes++) {
            host.advance(60 * Host.SECOND);
        }
        host.sendForOne(TAP_A1, FRAME).frame().hasDestinationMac(GATEWAY_MAC);
    }

    @Test
    void shouldNotBelieveAViewThatIsWithdrawn() {
        final Host host = host(compute1().withoutPeerMacs());
        publish(path(T2, GATEWAY_MAC, 1_500));
        host.advance(1);
        publish();
        host.advance(NeighborCache.LIFETIME_NS - 1);
        host.sendForOne(TAP_A1, FRAME).frame().hasDestinationMac(GATEWAY_MAC);
        host.advance(1);
        host.sendForOne(TAP_A1, FRAME).frame().isArpRequest().hasTargetIp(T2);
    }

    @Test
    void shouldTakeUpTheViewForPeersOfANewTopology() {
        final Host host = host(compute2()); // T2 itself: no peer of its own
        publish(path(T2, GATEWAY_MAC, WRAPPED - 1));
        host.advance(1);
        host.topology(compute1().version(2));
        host.sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, FRAME);
    }

    @Test
    void shouldSendNoMoreThanThePathCarries() {
        final Host host = host(compute1()); // MACs are given: the MTU counts for these, too
        publish(path(T2, GATEWAY_MAC, WRAPPED));
        host.sendForOne(TAP_A1, FRAME);
        publish(path(T2, GATEWAY_MAC, WRAPPED - 1), path(TN, GATEWAY_MAC, 9_000));
        host.sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, FRAME);
        publish(path(T2, GATEWAY_MAC, 9_000));
        host.sendForOne(TAP_A1, FRAME);
        publish(path(T2, GATEWAY_MAC, WRAPPED - 1));
        host.sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, FRAME);
        publish();
        host.sendForOne(TAP_A1, FRAME);
    }

    @Test
    void shouldNotSendMoreThanTheUnderlayForALargerPath() {
        final Host host = host(compute1().underlayMtu(WRAPPED - 1));
        publish(path(T2, GATEWAY_MAC, 9_000));
        host.sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, FRAME);
    }

    @Test
    void shouldTakeUpViewsWithoutAllocating() {
        final Host host = host(compute1().withoutPeerMacs());
        final UnderlayView one = new UnderlayView(1, List.of(path(T2, GATEWAY_MAC, 1_500), path(TN, OTHER_MAC, 1_400)));
        final UnderlayView other = new UnderlayView(2, one.paths());
        AllocationGuard.assertAllocatesNothing(20_000, () -> {
            cell.publish(cell.acquire().version() == 1 ? other : one);
            host.worker().acquire(host.nowNs());
        });
    }
}
