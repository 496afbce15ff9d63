package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.F2;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_A2;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.FPR;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PHYSNET;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.RFP;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.TN;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.NetworkType;
import org.junit.jupiter.api.Test;

/** dvr.md §8.1, §8.4, and contract.md §6 rows 5, 6, 16, 17. */
class ArpWalkTest {
    private static final String NOBODY = "0.0.0.0";

    @Test
    void shouldAnswerForTheGatewayAndTellNobodyElse() { // §8.4, row 5
        final Host host = new Host(compute1());

        final Host.Sent reply = host.sendForOne(TAP_A1, arpRequest(MA1, A1, QR_A));

        assertEquals(TAP_A1, reply.attachment());
        assertEquals(42, reply.bytes().length);
        reply.frame()
                .isArpReply()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasSenderMac(GA)
                .hasSenderIp(QR_A)
                .hasTargetMac(MA1)
                .hasTargetIp(A1);
    }

    @Test
    void shouldAnswerAUnicastRequestForTheGateway() {
        new Host(compute1())
                .sendForOne(TAP_A1, ethernet(MA1, GA).arpRequest(MA1, A1, QR_A).build())
                .frame()
                .isArpReply()
                .hasSenderMac(GA);
    }

    @Test
    void shouldDefendGatewayAndFloatingIpAgainstProbes() { // row 17
        final Host host = new Host(compute1());
        host.sendForOne(TAP_A1, arpRequest(MA1, NOBODY, QR_A))
                .frame()
                .isArpReply()
                .hasSenderIp(QR_A)
                .hasTargetMac(MA1)
                .hasTargetIp(NOBODY);
        host.sendForOne(PROVIDER, arpRequest(Q, NOBODY, FIP_A1))
                .frame()
                .isArpReply()
                .hasSenderMac(F1)
                .hasSenderIp(FIP_A1)
                .hasTargetIp(NOBODY);
    }

    @Test
    void shouldNotAnswerGuestsThatProbeOrAnnounceTheirOwn() { // row 17
        final Host host = new Host(compute1());
        final byte[] gratuitous =
                ethernet(MA1, BROADCAST).gratuitousRequest(MA1, A1).build();
        for (final byte[] frame : List.of(arpRequest(MA1, NOBODY, A1), gratuitous)) {
            final List<Host.Sent> sent = host.send(TAP_A1, frame);
            assertEquals(
                    List.of(TAP_A3, UNDERLAY, UNDERLAY),
                    sent.stream().map(Host.Sent::attachment).toList());
            assertArrayEquals(frame, sent.get(0).bytes());
        }
    }

    @Test
    void shouldAnswerForEveryKnownPortOfTheNetwork() { // row 6
        for (final NetworkType type : List.of(NetworkType.VXLAN, NetworkType.GRE, NetworkType.VLAN, NetworkType.FLAT)) {
            final Host host = new Host(compute1().tenants(type));
            final String[][] known = {{A2, MA2}, {A3, MA3}, {CSNAT_A, SA}};
            for (final String[] pair : known) {
                final Host.Sent reply = host.sendForOne(TAP_A1, arpRequest(MA1, A1, pair[0]));
                assertEquals(TAP_A1, reply.attachment());
                reply.frame()
                        .isArpReply()
                        .hasSourceMac(pair[1])
                        .hasSenderMac(pair[1])
                        .hasSenderIp(pair[0]);
            }
        }
    }

    @Test
    void shouldFloodRequestsForUnknownAddresses() { // §8.4
        final byte[] request = arpRequest(MA1, A1, "10.0.1.77");

        final List<Host.Sent> sent = new Host(compute1()).send(TAP_A1, request);

        assertEquals(
                List.of(TAP_A3, UNDERLAY, UNDERLAY),
                sent.stream().map(Host.Sent::attachment).toList());
        assertArrayEquals(request, sent.get(0).bytes());
        sent.get(1).frame().hasDestinationIp(T2).isVxlan(ID_A).hasBytes(request);
        sent.get(2).frame().hasDestinationIp(TN).isVxlan(ID_A).hasBytes(request);
    }

    @Test
    void shouldNotAnswerForPortsThatOnlyRoutersKnow() { // csnat ports of HA routers are found by flooding (§8.4)
        final Host host = new Host(compute1()
                .also(parts -> parts.builder.neighbor(parts.a, ip("10.0.1.88"), mac("fa:16:3e:00:0a:88"), false)));
        assertEquals(3, host.send(TAP_A1, arpRequest(MA1, A1, "10.0.1.88")).size());
    }

    @Test
    void shouldHandUnicastRequestsToTheOneAsked() {
        final byte[] request = ethernet(MA1, MA3).arpRequest(MA1, A1, A3).build();
        final Host.Sent sent = new Host(compute1()).sendForOne(TAP_A1, request);
        assertEquals(TAP_A3, sent.attachment());
        assertArrayEquals(request, sent.bytes());
    }

    @Test
    void shouldDeliverRequestsFromTunnelsWithoutAnswering() {
        final byte[] request = arpRequest(MA2, A2, A1);
        final List<Host.Sent> sent = new Host(compute1()).send(UNDERLAY, vxlanFrom2(ID_A, request));
        assertEquals(
                List.of(TAP_A1, TAP_A3),
                sent.stream().map(Host.Sent::attachment).toList());
    }

    @Test
    void shouldLeaveGatewayRequestsOfOthersToTheirHosts() { // row 16
        new Host(compute1())
                .sendForDrop(DropReason.GATEWAY_ARP_REMOTE, UNDERLAY, vxlanFrom2(ID_A, arpRequest(MA2, A2, QR_A)));
        new Host(compute1().tenants(NetworkType.FLAT))
                .sendForDrop(DropReason.GATEWAY_ARP_REMOTE, PHYSNET, arpRequest(MA2, A2, QR_A));
    }

    @Test
    void shouldLeaveGatewayRequestsFromAVlanToTheirHosts() { // row 16
        final byte[] request =
                ethernet(MA2, BROADCAST).vlan(ID_A).arpRequest(MA2, A2, QR_A).build();
        new Host(compute1().tenants(NetworkType.VLAN)).sendForDrop(DropReason.GATEWAY_ARP_REMOTE, PHYSNET, request);
    }

    @Test
    void shouldAnswerForFloatingIpsOnAVlan() {
        final byte[] request =
                ethernet(U, BROADCAST).vlan(300).arpRequest(U, UPSTREAM, FIP_A1).build();
        final Host.Sent reply = new Host(compute1().externalVlan(300)).sendForOne(PROVIDER, request);
        assertEquals(46, reply.bytes().length);
        reply.frame()
                .hasVlan(300)
                .isArpReply()
                .hasSourceMac(F1)
                .hasDestinationMac(U)
                .hasSenderIp(FIP_A1);
    }

    @Test
    void shouldTakeAVlanReplyToOurDvrMacForTheGateway() { // §4.1 priority 99
        final Host host = new Host(compute1().tenants(NetworkType.VLAN));
        assertEquals(3, host.send(TAP_B1, udp(MB1, GB, B1, "10.0.1.77")).size()); // asks everybody
        final byte[] reply = ethernet("fa:16:3e:00:0a:77", D1)
                .vlan(ID_A)
                .arpReply("fa:16:3e:00:0a:77", "10.0.1.77", GA, QR_A)
                .build();

        final Host.Sent sent = host.sendForOne(PHYSNET, reply);

        assertEquals(PHYSNET, sent.attachment());
        sent.frame()
                .hasVlan(ID_A)
                .hasSourceMac(D1)
                .hasDestinationMac("fa:16:3e:00:0a:77")
                .hasTtl(63);
    }

    @Test
    void shouldRefuseClaimsOfAGatewayAddress() {
        new Host(compute1())
                .sendForDrop(
                        DropReason.GATEWAY_ADDRESS_CLAIMED,
                        TAP_A1,
                        ethernet(MA1, BROADCAST).gratuitousRequest(MA1, QR_A).build());
    }

    @Test
    void shouldProxyForItsFloatingIpsAndItsFgAlone() { // §8.1
        final Host host = new Host(compute1());
        for (final String ours : List.of(FIP_A1, FIP_B1, FG1)) {
            final Host.Sent reply = host.sendForOne(PROVIDER, arpRequest(U, UPSTREAM, ours));
            assertEquals(PROVIDER, reply.attachment());
            assertEquals(host.nowNs(), reply.timeNs()); // no delay
            reply.frame()
                    .isArpReply()
                    .hasSourceMac(F1)
                    .hasDestinationMac(U)
                    .hasSenderMac(F1)
                    .hasSenderIp(ours);
            reply.frame().hasTargetMac(U).hasTargetIp(UPSTREAM);
        }
        for (final String others : List.of(FIP_A2, A1, RFP, FPR, QR_A, "203.0.113.200")) {
            host.sendForDrop(DropReason.ARP_NOT_FOR_US, PROVIDER, arpRequest(U, UPSTREAM, others));
        }
        final Host bare = new Host(compute1().withoutFg());
        bare.sendForOne(PROVIDER, arpRequest(U, UPSTREAM, FIP_A1)).frame().hasSenderMac(F1);
        bare.sendForDrop(DropReason.ARP_NOT_FOR_US, PROVIDER, arpRequest(U, UPSTREAM, FG1));
    }

    @Test
    void shouldAnswerThroughTheTunnelOnAnExternalNetworkThatIsTunneled() {
        final Host host = new Host(compute1().also(parts -> {
            final var segment = parts.builder.segment(
                    9, "net-e2", "E2", NetworkType.VXLAN, 109, null, 1450, /* isExternal= */ true, /* isUp= */ true);
            parts.builder.externalPort(segment, mac(F2), ip("198.51.100.41"));
        }));
        final byte[] request = vxlanFrom2(109, arpRequest(U, "198.51.100.1", "198.51.100.41"));

        host.sendForOne(UNDERLAY, request)
                .frame()
                .hasDestinationIp(T2)
                .isVxlan(109)
                .isArpReply()
                .hasSourceMac(F2)
                .hasDestinationMac(U)
                .hasSenderIp("198.51.100.41");
    }

    @Test
    void shouldNotAnswerAnnouncementsOfOthers() {
        new Host(compute1())
                .sendForDrop(
                        DropReason.ARP_NOT_FOR_US,
                        PROVIDER,
                        ethernet(Q, BROADCAST).gratuitousRequest(Q, FIP_A1).build());
    }

    @Test
    void shouldAnswerForItsTunnelAddress() {
        final Host host = new Host(compute1().withoutPeerMacs());

        host.sendForOne(UNDERLAY, arpRequest(T2_MAC, T2, T1))
                .frame()
                .isArpReply()
                .hasSourceMac(T1_MAC)
                .hasDestinationMac(T2_MAC)
                .hasSenderIp(T1);
        // The asker is known from now on.
        host.sendForOne(TAP_A1, udp(MA1, MA2, A1, A2))
                .frame()
                .hasDestinationMac(T2_MAC)
                .isVxlan(ID_A);
        host.sendForDrop(DropReason.ARP_NOT_FOR_US, UNDERLAY, arpRequest(T2_MAC, T2, TN));
    }

    @Test
    void shouldFollowAGratuitousReplyOfAKnownNeighborOutside() {
        final Host host = new Host(compute1().withoutUpstream());
        host.send(TAP_A1, udp(MA1, GA, A1, X));
        host.sendForOne(PROVIDER, arpReply(U, UPSTREAM, F1, FG1)).frame().hasDestinationMac(U);

        assertTrue(host.send(
                        PROVIDER,
                        ethernet(Q, BROADCAST).gratuitousReply(Q, UPSTREAM).build())
                .isEmpty());

        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().hasDestinationMac(Q);
    }

    @Test
    void shouldLearnNobodyFromAnAnnouncementOfAStranger() {
        final Host host = new Host(compute1().withoutUpstream());
        host.send(PROVIDER, ethernet(Q, BROADCAST).gratuitousReply(Q, UPSTREAM).build());
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().isArpRequest();
    }

    @Test
    void shouldHoldGuestsToTheirAddresses() { // §4.2
        final Host host = new Host(compute1().portSecurity());
        host.sendForDrop(DropReason.PORT_SECURITY_ARP, TAP_A1, arpRequest(MA1, A3, QR_A));
        host.sendForDrop(DropReason.PORT_SECURITY_ARP, TAP_A1, arpReply(MA1, A2, MA3, A3));
        host.sendForDrop(DropReason.PORT_SECURITY_MAC, TAP_A1, arpRequest(MA3, A1, QR_A));
        host.sendForDrop(DropReason.PORT_SECURITY_MAC, TAP_A1, udp(MA3, GA, A1, B1));
        host.sendForOne(TAP_A1, arpRequest(MA1, A1, QR_A)).frame().isArpReply();
        host.sendForOne(TAP_A1, arpRequest(MA1, NOBODY, QR_A)).frame().isArpReply();

        final String pairMac = "00:00:5e:00:01:07";
        final Host paired = new Host(compute1()
                .portSecurity()
                .also(parts -> parts.builder.allow(parts.ports.get(TAP_A1), ip("10.0.1.64"), 26, mac(pairMac))));
        paired.sendForOne(TAP_A1, arpRequest(pairMac, "10.0.1.100", QR_A))
                .frame()
                .isArpReply();
        paired.sendForDrop(DropReason.PORT_SECURITY_ARP, TAP_A1, arpRequest(pairMac, "10.0.1.128", QR_A));
    }
}
