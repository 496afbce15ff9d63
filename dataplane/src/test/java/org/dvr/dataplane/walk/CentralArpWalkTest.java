package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PHYSNET;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.echo;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Router;
import org.junit.jupiter.api.Test;

/** A host with a central router's ports: their addresses on tenant networks (dvr.md §8.4), their MACs, and other ports of the host outside. */
class CentralArpWalkTest {
    private static final String UNKNOWN = "10.0.1.77";
    private static final String MUNKNOWN = "fa:16:3e:00:0a:77";

    private static Cast central(final boolean isSnatSide) {
        return central(isSnatSide, true);
    }

    /** The SNAT side of R, or a legacy router, has 10.0.1.2 in network A here. */
    private static Cast central(final boolean isSnatSide, final boolean isAnswered) {
        return compute1().withoutRedirect().also(parts -> {
            final Router router = parts.builder.centralRouter(8, "router-c", "C", true, isSnatSide);
            parts.builder.centralPort(router, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
            parts.builder.neighbor(parts.a, ip(CSNAT_A), mac(SA), isAnswered);
            parts.builder.gatewayPort(router, parts.external, mac(Q), ip(QG), ip(UPSTREAM), true);
            parts.builder.externalRoute(router, ip("203.0.113.0"), 24);
            parts.builder.redirect(parts.gatewayA, ip(CSNAT_A), mac(SA));
        });
    }

    @Test
    void shouldAnswerLocalGuestsForACentralPort() {
        for (final boolean isAnswered :
                new boolean[] {true, false}) { // the responder may not for an HA router, its owner may
            final Host host = new Host(central(true, isAnswered));
            final Host.Sent reply = host.sendForOne(TAP_A1, arpRequest(MA1, A1, CSNAT_A));
            assertEquals(TAP_A1, reply.attachment());
            reply.frame()
                    .isArpReply()
                    .hasSourceMac(SA)
                    .hasDestinationMac(MA1)
                    .hasSenderMac(SA)
                    .hasSenderIp(CSNAT_A)
                    .hasTargetIp(A1);
            host.sendForOne(
                            TAP_A1,
                            ethernet(MA1, SA).arpRequest(MA1, A1, CSNAT_A).build())
                    .frame()
                    .isArpReply()
                    .hasSenderMac(SA);
        }
    }

    @Test
    void shouldAnswerForACentralPortThroughTheTunnel() {
        for (final boolean isSnatSide : new boolean[] {true, false}) {
            final Host host = new Host(central(isSnatSide));
            final Host.Sent reply = host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, arpRequest(MA2, A2, CSNAT_A)));
            assertEquals(UNDERLAY, reply.attachment());
            reply.frame()
                    .hasDestinationIp(T2)
                    .isVxlan(ID_A)
                    .isArpReply()
                    .hasSourceMac(SA)
                    .hasDestinationMac(MA2)
                    .hasSenderMac(SA)
                    .hasSenderIp(CSNAT_A);
        }
    }

    @Test
    void shouldAnswerForACentralPortOnAFlatNetwork() {
        final Host.Sent reply =
                new Host(central(false).tenants(NetworkType.FLAT)).sendForOne(PHYSNET, arpRequest(MA2, A2, CSNAT_A));
        assertEquals(PHYSNET, reply.attachment());
        reply.frame().isArpReply().hasSourceMac(SA).hasSenderIp(CSNAT_A);
    }

    @Test
    void shouldStillLeaveTheDistributedGatewayToItsHosts() {
        new Host(central(true))
                .sendForDrop(
                        DropReason.GATEWAY_ARP_REMOTE, UNDERLAY, vxlanFrom2(ID_A, arpRequest(MA2, A2, "10.0.1.1")));
    }

    @Test
    void shouldRefuseClaimsOfACentralPortsAddressByGuestsAndFloodThoseOfOtherHosts() {
        final Host host = new Host(central(true));
        host.sendForDrop(
                DropReason.GATEWAY_ADDRESS_CLAIMED,
                TAP_A1,
                ethernet(MA1, BROADCAST).gratuitousRequest(MA1, CSNAT_A).build());
        final byte[] takeover = ethernet(MUNKNOWN, BROADCAST)
                .gratuitousRequest(MUNKNOWN, CSNAT_A)
                .build();
        assertEquals(
                List.of(TAP_A1, TAP_A3),
                host.send(UNDERLAY, vxlanFrom2(ID_A, takeover)).stream()
                        .map(Host.Sent::attachment)
                        .toList());
    }

    @Test
    void shouldAskForAnUnknownAddressFromTheCentralPortAndTakeTheReply() {
        final Host host = new Host(central(true));
        // To the SNAT side, for an address in its subnet that the topology does not know.
        final List<Host.Sent> asked = host.send(TAP_A1, udp(MA1, SA, A1, UNKNOWN));
        assertEquals(
                List.of(TAP_A1, TAP_A3, UNDERLAY),
                asked.stream().map(Host.Sent::attachment).distinct().toList());
        asked.get(0)
                .frame()
                .isArpRequest()
                .hasSourceMac(SA)
                .hasSenderIp(CSNAT_A)
                .hasTargetIp(UNKNOWN);
        final Host.Sent sent = host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, arpReply(MUNKNOWN, UNKNOWN, SA, CSNAT_A)));
        sent.frame()
                .hasDestinationIp(T2)
                .isVxlan(ID_A)
                .hasSourceMac(SA)
                .hasDestinationMac(MUNKNOWN)
                .hasTtl(63);
    }

    @Test
    void shouldKnowWhoAskedForACentralPort() {
        final Host host = new Host(central(true));
        host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, arpRequest(MUNKNOWN, UNKNOWN, CSNAT_A)));
        host.sendForOne(TAP_A1, udp(MA1, SA, A1, UNKNOWN))
                .frame()
                .hasDestinationIp(T2)
                .isVxlan(ID_A)
                .hasDestinationMac(MUNKNOWN);
    }

    @Test
    void shouldTakeWhatAnotherHostRoutedToACsnatPort() { // §9.10 steps 3 to 5
        final Host.Sent sent = new Host(central(true)).sendForOne(UNDERLAY, vxlanFrom2(ID_A, udp(D2, SA, A2, X)));
        assertEquals(PROVIDER, sent.attachment());
        sent.frame()
                .hasSourceMac(Q)
                .hasDestinationMac(U)
                .hasSourceIp(QG)
                .hasDestinationIp(X)
                .hasTtl(63);
    }

    @Test
    void shouldDropWhatAnotherHostRoutedToALegacyInterface() { // §4.1: serviced and csnat ports only
        new Host(central(false))
                .sendForDrop(DropReason.DVR_MAC_NOT_LOCAL, UNDERLAY, vxlanFrom2(ID_A, udp(D2, SA, A2, X)));
    }

    @Test
    void shouldSendOnTheHostItselfFromGatewayPortToFloatingIp() { // §9.11, fg and qg on one host
        final Host host = new Host(central(true));
        final Host.Sent there = host.sendForOne(TAP_A3, echo(MA3, GA, A3, FIP_A1));
        assertEquals(TAP_A1, there.attachment());
        there.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasSourceIp(QG)
                .hasDestinationIp(A1)
                .hasTtl(60);
    }

    @Test
    void shouldSendOnTheHostItselfFromFloatingIpToGatewayPort() {
        final Host host = new Host(central(true));
        // An address behind the gateway port that is another floating IP of this host.
        final Host other = new Host(central(true).also(parts -> {
            final Router router = parts.builder.centralRouter(9, "router-l", "L", true, false);
            parts.builder.centralPort(router, parts.b, "port-l", mac(MUNKNOWN), ip("10.0.2.200"), 24);
            parts.builder.gatewayPort(router, parts.external, mac("fa:16:3e:00:0e:77"), ip("203.0.113.77"), 0, true);
            parts.builder.externalRoute(router, ip("203.0.113.0"), 24);
            parts.builder.centralFloatingIp(router, ip("203.0.113.71"), ip("10.0.2.12"));
        }));
        host.sendForOne(PROVIDER, arpRequest(U, UPSTREAM, QG))
                .frame()
                .isArpReply()
                .hasSenderMac(Q);
        final Host.Sent sent = other.sendForOne(TAP_A1, echo(MA1, GA, A1, "203.0.113.71"));
        assertEquals(UNDERLAY, sent.attachment());
        sent.frame()
                .hasDestinationIp(T2)
                .isVxlan(102)
                .hasSourceMac(MUNKNOWN)
                .hasSourceIp(FIP_A1)
                .hasDestinationIp("10.0.2.12")
                .hasTtl(61); // qrouter, fip, legacy router (§9.14)
        other.sendForOne(PROVIDER, arpRequest(U, UPSTREAM, FIP_A1)).frame().hasSenderMac(F1);
        assertEquals(1, other.send(TAP_A1, udp(MA1, GA, A1, X)).size());
    }

    @Test
    void shouldRefuseGuestsThatSendFromACentralPortsMac() {
        new Host(central(true)).sendForDrop(DropReason.SOURCE_MAC_OURS, TAP_A1, udp(SA, MA3, A1, A3));
        assertEquals(
                TAP_A3,
                new Host(central(true))
                        .sendForOne(UNDERLAY, vxlanFrom2(ID_A, udp(SA, MA3, X, A3)))
                        .attachment());
    }

    @Test
    void shouldNotTakeItsOwnDvrMacForACsnatPort() {
        new Host(central(true)).sendForDrop(DropReason.SOURCE_MAC_OURS, UNDERLAY, vxlanFrom2(ID_A, udp(D1, SA, A2, X)));
    }
}
