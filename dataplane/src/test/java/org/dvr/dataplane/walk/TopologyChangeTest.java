package org.dvr.dataplane.walk;

import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
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
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologyChange;
import org.dvr.dataplane.topology.TopologyPublication;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;

/** A change of the topology ends the verdicts that it touches, and no others. */
class TopologyChangeTest {
    private static final String MA9 = "fa:16:3e:00:0a:09";

    private static final byte[] FROM_A1 = udp(MA1, GA, A1, X);
    private static final byte[] FROM_B1 = udp(MB1, GB, B1, X);
    private static final byte[] TO_A1 = udp(U, F1, X, FIP_A1);
    private static final byte[] TO_B1 = udp(U, F1, X, FIP_B1);
    private static final byte[] A1_TO_A2 = udp(MA1, MA2, A1, A2);
    private static final byte[] B1_TO_B2 = udp(MB1, GB, B1, B2);
    private static final byte[] A2_TO_A3 = vxlanFrom2(101, udp(D2, MA3, B2, A3));

    private final Host host = new Host(cast(true, true), Host.configWithFlows(64));

    /** Both floating IPs, or that of B1 given to A3. */
    private static Cast cast(final boolean hasOwn, final boolean hasB1) {
        return compute1().withoutFloatingIps().also(parts -> {
            if (hasOwn) {
                parts.builder.floatingIp(parts.router, ip(FIP_A1), ip(A1), ip(UPSTREAM), parts.ports.get(TAP_A1));
            }
            final String guest = hasB1 ? TAP_B1 : TAP_A3;
            parts.builder.floatingIp(
                    parts.router, ip(FIP_B1), ip(hasB1 ? B1 : A3), ip(UPSTREAM), parts.ports.get(guest));
        });
    }

    private long stored() {
        return host.worker().flows().stored();
    }

    private long hits() {
        return host.worker().flows().hits();
    }

    private void send() {
        host.send(TAP_A1, FROM_A1, A1_TO_A2);
        host.send(TAP_B1, FROM_B1, B1_TO_B2);
        host.send(PROVIDER, TO_A1, TO_B1);
        host.send(UNDERLAY, A2_TO_A3);
    }

    private void remember() {
        send();
        send();
        assertEquals(7, stored());
        final long before = hits();
        send();
        assertEquals(before + 7, hits());
    }

    @Test
    void shouldKeepWhatAFloatingIpThatMovesDoesNotTouch() {
        remember();
        host.topology(cast(true, false).version(2));
        final long before = hits();
        host.send(TAP_A1, FROM_A1, A1_TO_A2);
        host.send(PROVIDER, TO_A1);
        assertEquals(before + 3, hits());
        host.sendForOne(PROVIDER, TO_B1).frame().hasDestinationIp(A3);
        host.send(TAP_B1, FROM_B1, B1_TO_B2); // B1 is a guest without floating IP now
        assertEquals(before + 3, hits(), "by B1, or its floating IP");
    }

    @Test
    void shouldEndWhatAFloatingIpThatGoesTouches() {
        remember();
        final List<Host.Sent> announced = host.topology(cast(false, true).version(2));
        assertEquals(List.of(), announced);
        final long before = hits();
        host.send(TAP_B1, FROM_B1, B1_TO_B2);
        host.send(PROVIDER, TO_B1);
        host.send(UNDERLAY, A2_TO_A3);
        assertEquals(before + 4, hits());
        host.sendForOne(TAP_A1, FROM_A1).frame().isVxlan(101); // to the SNAT side
        host.sendForDrop(DropReason.NOT_FLOATING_IP, PROVIDER, TO_A1);
        assertEquals(before + 4, hits());
    }

    @Test
    void shouldEndWhatAnotherPlaceOfAMacTouches() {
        remember();
        host.topology(cast(true, true)
                .also(parts -> parts.builder.remoteMac(parts.a, mac(MA2), parts.peers.get("network")))
                .version(2));
        final long before = hits();
        host.send(TAP_A1, FROM_A1);
        host.send(TAP_B1, FROM_B1, B1_TO_B2);
        host.send(PROVIDER, TO_A1, TO_B1);
        assertEquals(before + 5, hits());
        host.sendForOne(TAP_A1, A1_TO_A2);
        assertEquals(before + 5, hits());
    }

    @Test
    void shouldKeepVerdictsWhenAPortAppears() {
        remember();
        host.topology(cast(true, true).also(TopologyChangeTest::addA9).version(2));
        final long before = hits();
        send();
        assertEquals(before + 7, hits());
        assertEquals(7, stored());
    }

    private static void addA9(final Cast.Parts parts) {
        parts.builder.neighbor(parts.a, ip("10.0.1.19"), mac(MA9), true);
        parts.builder.guest(9, "tapa9", parts.a, "port-a9", "compute:nova", mac(MA9), true, true, false);
    }

    @Test
    void shouldEndAllVerdictsWhenARouterChanges() {
        remember();
        host.topology(cast(true, true)
                .also(parts -> parts.builder.extraRoute(parts.router, ip("192.0.2.0"), 24, parts.gatewayA, ip(A3)))
                .version(2));
        final long before = hits();
        send();
        assertEquals(before, hits());
        send();
        assertEquals(before + 7, hits());
    }

    @Test
    void shouldKeepAVerdictOverManyChangesThatAFlowSeesAndForgetItOverMoreThatItDoesNot() {
        remember();
        for (int i = 0; i < 63; i++) {
            host.topology(cast(true, i % 2 == 1).version(2 + i));
        }
        final long before = hits();
        host.send(TAP_A1, FROM_A1);
        assertEquals(before + 1, hits());
        for (int i = 63; i < 130; i++) {
            host.topology(cast(true, i % 2 == 1).version(2 + i));
        }
        host.send(TAP_A1, FROM_A1);
        assertEquals(before + 1, hits());
        host.send(TAP_A1, FROM_A1);
        assertEquals(before + 2, hits());
    }

    @Test
    void shouldTellWhatDiffers() {
        final TopologySnapshot both = cast(true, true).build();
        final TopologyChange none =
                TopologyChange.between(both, cast(true, true).version(2).build());
        assertEquals("0 addresses, 0 MACs, 0 attachment points", none.toString());
        assertFalse(none.mayEndConnections());
        assertEquals(List.of(), none.announcements());

        final TopologyChange moved =
                TopologyChange.between(both, cast(true, false).build());
        assertFalse(moved.isEverything());
        assertTrue(moved.mayEndConnections());
        for (final String address : List.of(FIP_B1, B1, A3)) {
            assertTrue(moved.touchesAddress(ip(address)), address);
        }
        for (final String address : List.of(FIP_A1, A1, X)) {
            assertFalse(moved.touchesAddress(ip(address)), address);
        }
        assertEquals(1, moved.announcements().size());
        assertEquals(ip(FIP_B1), moved.announcements().getFirst().ip());

        final TopologyChange added = TopologyChange.between(
                both, cast(true, true).also(TopologyChangeTest::addA9).build());
        assertFalse(added.isEverything());
        assertTrue(added.touchesMac(mac(MA9)));
        assertTrue(added.touchesAttachment(9));
        assertTrue(added.hasMoreNeighbors());
        assertTrue(added.hasOtherAttachments());
        assertFalse(added.mayEndConnections());

        for (final Cast other : List.of(
                cast(true, true).mtuA(1_400),
                cast(true, true).routerDown(),
                cast(true, true).withoutRedirect(),
                cast(true, true).underlayMtu(9_000),
                cast(true, true).networkBDown(),
                cast(true, true).withoutUpstream(),
                cast(true, true).withoutFg())) {
            assertTrue(TopologyChange.between(both, other.build()).isEverything());
        }
    }

    @Test
    void shouldTellWhoeverSkippedPublicationsOfAllChangesSince() {
        final TopologyCell cell = new TopologyCell(cast(true, true).build());
        final TopologyPublication first = cell.publication();
        assertEquals(List.of(), first.changesSince(first));
        cell.publish(cast(true, false).version(2).build());
        final TopologyPublication second = cell.publication();
        cell.publish(cast(true, true).version(3).build());
        assertEquals(2, cell.publication().changesSince(first).size());
        assertEquals(1, cell.publication().changesSince(second).size());
        for (int i = 0; i < TopologyPublication.MEMORY; i++) {
            cell.publish(cast(true, true).version(4 + i).build());
        }
        final List<TopologyChange> changes = cell.publication().changesSince(second);
        assertEquals(1, changes.size());
        assertTrue(changes.getFirst().touchesAddress(ip(FIP_B1)));
    }
}
