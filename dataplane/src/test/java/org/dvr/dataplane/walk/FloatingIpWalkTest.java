package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.F2;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_A2;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A2;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.TN;
import static org.dvr.dataplane.testing.Cast.TN_MAC;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.compute2;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.echo;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Host;
import org.dvr.nat.conntrack.TcpState;
import org.junit.jupiter.api.Test;

/** dvr.md §9.5 to §9.11 on the compute side, and §7.4, §7.5. */
class FloatingIpWalkTest {
    private static final String R2_GUEST = "fa:16:3e:00:0c:01";

    @Test
    void shouldTranslateInboundAndItsReply() { // §9.5
        final Host host = new Host(compute1());

        final Host.Sent in = host.sendForOne(PROVIDER, udp(U, F1, X, FIP_A1));
        assertEquals(TAP_A1, in.attachment());
        in.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasTtl(62)
                .hasSourceIp(X)
                .hasDestinationIp(A1);
        in.frame().isUdp().hasSourcePort(4000).hasDestinationPort(5000).hasValidChecksums();

        final byte[] answer =
                ethernet(MA1, GA).ipv4(A1, X).udp(5000, 4000).payload(3).build();
        final Host.Sent out = host.sendForOne(TAP_A1, answer);
        assertEquals(PROVIDER, out.attachment());
        out.frame()
                .isUntagged()
                .hasSourceMac(F1)
                .hasDestinationMac(U)
                .hasTtl(62)
                .hasSourceIp(FIP_A1);
        out.frame()
                .hasDestinationIp(X)
                .isUdp()
                .hasSourcePort(5000)
                .hasDestinationPort(4000)
                .hasValidChecksums();
        assertEquals(1, host.worker().connections().active());
    }

    @Test
    void shouldTranslateOutboundAndItsReply() { // §9.6
        for (final int flags : new int[] {TcpHeader.SYN, TcpHeader.ACK}) {
            final Host host = new Host(compute1());

            final Host.Sent out = host.sendForOne(TAP_A1, tcp(MA1, GA, A1, X, 4000, 80, flags));
            assertEquals(PROVIDER, out.attachment());
            out.frame()
                    .hasSourceMac(F1)
                    .hasDestinationMac(U)
                    .hasTtl(62)
                    .hasSourceIp(FIP_A1)
                    .hasDestinationIp(X);
            out.frame()
                    .isTcp()
                    .hasSourcePort(4000)
                    .hasDestinationPort(80)
                    .hasTcpFlags(flags)
                    .hasValidChecksums();

            final Host.Sent in =
                    host.sendForOne(PROVIDER, tcp(U, F1, X, FIP_A1, 80, 4000, TcpHeader.SYN | TcpHeader.ACK));
            assertEquals(TAP_A1, in.attachment());
            in.frame().hasSourceMac(GA).hasDestinationMac(MA1).hasTtl(62).hasDestinationIp(A1);
            in.frame().isTcp().hasSourcePort(80).hasDestinationPort(4000).hasValidChecksums();
        }
    }

    @Test
    void shouldTranslateEcho() {
        final Host host = new Host(compute1());

        host.sendForOne(TAP_A1, echo(MA1, GA, A1, X))
                .frame()
                .hasSourceIp(FIP_A1)
                .isIcmp(IcmpHeader.ECHO_REQUEST, 0)
                .hasIcmpId(77)
                .hasValidChecksums();
        final byte[] reply =
                ethernet(U, F1).ipv4(X, FIP_A1).icmpEchoReply(77, 1).payload(32).build();
        final Host.Sent in = host.sendForOne(PROVIDER, reply);
        assertEquals(TAP_A1, in.attachment());
        in.frame()
                .hasDestinationIp(A1)
                .isIcmp(IcmpHeader.ECHO_REPLY, 0)
                .hasIcmpId(77)
                .hasValidChecksums();
    }

    @Test
    void shouldTranslateProtocolsWithoutPorts() {
        final Host host = new Host(compute1());
        final byte[] out =
                ethernet(MA1, GA).ipv4(A1, X).protocol(47, new byte[24]).build();

        host.sendForOne(TAP_A1, out).frame().hasSourceIp(FIP_A1).hasTtl(62).isIpv4();
        final byte[] in =
                ethernet(U, F1).ipv4(X, FIP_A1).protocol(47, new byte[24]).build();
        host.sendForOne(PROVIDER, in).frame().hasDestinationIp(A1);
    }

    @Test
    void shouldLeaveAMissingUdpChecksumMissing() {
        final byte[] frame = udpFrom(MA1, GA, A1, X).noTransportChecksum().build();

        final Host.Sent out = new Host(compute1()).sendForOne(TAP_A1, frame);

        assertEquals(0, out.bytes()[40]);
        assertEquals(0, out.bytes()[41]);
        out.frame().hasSourceIp(FIP_A1).hasValidChecksums();
    }

    @Test
    void shouldReachTheExternalSubnetOnLink() { // §9.6
        final Host host = new Host(compute1());
        final String onLink = "203.0.113.99";

        final List<Host.Sent> asked = host.send(TAP_A1, udp(MA1, GA, A1, onLink));
        assertEquals(1, asked.size());
        assertEquals(PROVIDER, asked.get(0).attachment());
        asked.get(0)
                .frame()
                .isArpRequest()
                .hasSourceMac(F1)
                .hasDestinationMac(BROADCAST)
                .hasSenderMac(F1)
                .hasSenderIp(FG1)
                .hasTargetIp(onLink);
        assertEquals(1, host.held());

        final Host.Sent out = host.sendForOne(PROVIDER, arpReply(Q, onLink, F1, FG1));
        out.frame()
                .hasSourceMac(F1)
                .hasDestinationMac(Q)
                .hasSourceIp(FIP_A1)
                .hasTtl(62)
                .hasValidChecksums();
        assertEquals(0, host.held());
    }

    @Test
    void shouldAskAsTheFloatingIpWithoutAnFgPort() { // contract.md §6 row 1
        final Host host = new Host(compute1().withoutFg().withoutUpstream());

        final List<Host.Sent> asked = host.send(TAP_A1, udp(MA1, GA, A1, X));

        assertEquals(1, asked.size());
        asked.get(0).frame().isArpRequest().hasSenderMac(F1).hasSenderIp(FIP_A1).hasTargetIp(UPSTREAM);
        host.sendForOne(PROVIDER, arpReply(U, UPSTREAM, F1, FIP_A1))
                .frame()
                .hasDestinationMac(U)
                .hasSourceIp(FIP_A1)
                .hasTtl(62);
    }

    @Test
    void shouldTagOnAVlanExternalNetwork() {
        final Host host = new Host(compute1().externalVlan(300));

        final Host.Sent out = host.sendForOne(TAP_A1, udp(MA1, GA, A1, X));
        out.frame().hasVlan(300).hasSourceMac(F1).hasDestinationMac(U).hasValidChecksums();
        final Host.Sent in = host.sendForOne(
                PROVIDER,
                ethernet(U, F1).vlan(300).ipv4(X, FIP_A1).udp(5000, 4000).build());
        assertEquals(TAP_A1, in.attachment());
        in.frame().isUntagged().hasDestinationIp(A1).hasTtl(62).hasValidChecksums();
        host.sendForDrop(DropReason.VLAN_UNKNOWN, PROVIDER, udp(U, F1, X, FIP_A1));
    }

    @Test
    void shouldBringAGuestToItsOwnFloatingIp() { // §9.7
        final Host host = new Host(compute1());

        final Host.Sent there = host.sendForOne(TAP_A1, udp(MA1, GA, A1, FIP_A1));
        assertEquals(TAP_A1, there.attachment());
        there.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(A1)
                .hasTtl(61);
        there.frame().isUdp().hasSourcePort(4000).hasDestinationPort(5000).hasValidChecksums();

        final byte[] answer = ethernet(MA1, GA).ipv4(A1, FIP_A1).udp(5000, 4000).build();
        final Host.Sent back = host.sendForOne(TAP_A1, answer);
        assertEquals(TAP_A1, back.attachment());
        back.frame().hasSourceIp(FIP_A1).hasDestinationIp(A1).hasTtl(61);
        back.frame().isUdp().hasSourcePort(5000).hasDestinationPort(4000).hasValidChecksums();
    }

    @Test
    void shouldBringAnEchoToItsOwnFloatingIp() { // §9.7
        final Host host = new Host(compute1());

        host.sendForOne(TAP_A1, echo(MA1, GA, A1, FIP_A1))
                .frame()
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(A1)
                .isIcmp(IcmpHeader.ECHO_REQUEST, 0)
                .hasIcmpId(77)
                .hasTtl(61)
                .hasValidChecksums();
        final byte[] reply = ethernet(MA1, GA)
                .ipv4(A1, FIP_A1)
                .icmpEchoReply(77, 1)
                .payload(32)
                .build();
        host.sendForOne(TAP_A1, reply)
                .frame()
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(A1)
                .isIcmp(IcmpHeader.ECHO_REPLY, 0)
                .hasIcmpId(77)
                .hasTtl(61)
                .hasValidChecksums();
    }

    @Test
    void shouldTurnAroundBetweenFloatingIpsOfOneHost() { // §9.8
        final Host host = new Host(compute1());

        final Host.Sent there = host.sendForOne(TAP_A1, udp(MA1, GA, A1, FIP_B1));
        assertEquals(TAP_B1, there.attachment());
        there.frame()
                .hasSourceMac(GB)
                .hasDestinationMac(MB1)
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(B1)
                .hasTtl(61);
        there.frame().hasValidChecksums();

        final byte[] answer = ethernet(MB1, GB).ipv4(B1, FIP_A1).udp(5000, 4000).build();
        final Host.Sent back = host.sendForOne(TAP_B1, answer);
        assertEquals(TAP_A1, back.attachment());
        back.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasSourceIp(FIP_B1)
                .hasDestinationIp(A1)
                .hasTtl(61);
        back.frame().isUdp().hasSourcePort(5000).hasDestinationPort(4000).hasValidChecksums();
    }

    @Test
    void shouldTurnAroundBetweenRouters() { // §9.8
        final Host host = new Host(compute1().also(parts -> {
            final var segment = parts.builder.segment(
                    8, "net-c", "C", org.dvr.dataplane.topology.NetworkType.VXLAN, 108, null, 1450, false, true);
            final var router = parts.builder.router(8, "router-2", "R2", /* isUp= */ true);
            final var port = parts.builder.routerPort(
                    router, segment, "port-gc", mac("fa:16:3e:00:0c:fe"), ip("10.0.1.1"), 24, true);
            final var guest = parts.builder.guest(
                    8, "tapc1", segment, "port-c1", "compute:nova", mac(R2_GUEST), true, true, false);
            parts.builder.gatewayOf(guest, port);
            parts.builder.neighbor(segment, ip(A1), mac(R2_GUEST), true); // the same addresses as in A
            parts.builder.externalGateway(router, parts.externalPort, ip("169.254.64.2"));
            parts.builder.externalRoute(router, ip("203.0.113.0"), 24);
            parts.builder.floatingIp(router, ip("203.0.113.81"), ip(A1), ip(UPSTREAM), guest);
        }));

        final Host.Sent there = host.sendForOne(TAP_A1, udp(MA1, GA, A1, "203.0.113.81"));
        assertEquals("tapc1", there.attachment());
        there.frame()
                .hasSourceMac("fa:16:3e:00:0c:fe")
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(A1)
                .hasTtl(61);
        there.frame().hasValidChecksums();
        final byte[] answer = ethernet(R2_GUEST, "fa:16:3e:00:0c:fe")
                .ipv4(A1, FIP_A1)
                .udp(5000, 4000)
                .build();
        final Host.Sent back = host.sendForOne("tapc1", answer);
        assertEquals(TAP_A1, back.attachment());
        back.frame().hasSourceIp("203.0.113.81").hasDestinationIp(A1).hasTtl(61).hasValidChecksums();
    }

    @Test
    void shouldCrossTheExternalNetworkBetweenHosts() { // §9.9
        final Host first = new Host(compute1().withoutUpstream());
        final Host second = new Host(compute2().withoutUpstream());

        final Host.Sent question = first.send(TAP_A1, udp(MA1, GA, A1, FIP_A2)).get(0);
        question.frame().isArpRequest().hasSenderIp(FG1).hasTargetIp(FIP_A2);
        final Host.Sent answer = second.sendForOne(PROVIDER, question.bytes());
        answer.frame().isArpReply().hasSenderMac(F2).hasSenderIp(FIP_A2).hasDestinationMac(F1);
        final Host.Sent onWire = first.sendForOne(PROVIDER, answer.bytes());
        assertEquals(PROVIDER, onWire.attachment());
        onWire.frame()
                .hasSourceMac(F1)
                .hasDestinationMac(F2)
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(FIP_A2)
                .hasTtl(62);
        final Host.Sent in = second.sendForOne(PROVIDER, onWire.bytes());
        assertEquals(TAP_A2, in.attachment());
        in.frame()
                .hasSourceMac(GA)
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(A2)
                .hasTtl(60)
                .hasValidChecksums();
    }

    @Test
    void shouldSendOutsideTrafficWithoutFloatingIpToTheSnatSide() { // §9.10, §9.11
        final Host host = new Host(compute1());
        for (final String outside : new String[] {X, FIP_A2, FIP_A1}) {
            host.sendForOne(TAP_A3, udp(MA3, GA, A3, outside))
                    .frame()
                    .hasDestinationMac(TN_MAC)
                    .hasDestinationIp(TN)
                    .isVxlan(ID_A)
                    .hasSourceMac(D1)
                    .hasDestinationMac(SA)
                    .hasSourceIp(A3)
                    .hasDestinationIp(outside)
                    .hasTtl(63)
                    .hasValidChecksums();
        }
        final Host.Sent back = host.sendForOne(UNDERLAY, Frames.vxlanFromN(ID_A, udp(SA, MA3, X, A3)));
        assertEquals(TAP_A3, back.attachment());
        back.frame().hasSourceMac(SA).hasDestinationMac(MA3).hasTtl(64);
    }

    @Test
    void shouldLeaveOnTheSubnetOfTheSource() { // §6.1 step 5
        new Host(compute1())
                .sendForOne(TAP_B1, udp(MB1, GB, A3, X)) // entered from B with a source of A
                .frame()
                .isVxlan(ID_A)
                .hasDestinationMac(SA);
    }

    @Test
    void shouldDeliverRepliesToTheSnatSideOfAnotherHost() { // §9.11 inbound: N's gateway address as source
        final Host host = new Host(compute1());

        host.sendForOne(PROVIDER, udp(Q, F1, QG, FIP_A1))
                .frame()
                .hasSourceIp(QG)
                .hasTtl(62);
        final Host.Sent out = host.sendForOne(
                TAP_A1, ethernet(MA1, GA).ipv4(A1, QG).udp(5000, 4000).build());
        out.frame().hasDestinationMac(Q).hasSourceIp(FIP_A1).hasTtl(62).hasValidChecksums();
    }

    @Test
    void shouldPreferConnectedSubnetsToFloatingIps() { // §6.1 step 2
        final Host.Sent sent = new Host(compute1()).sendForOne(TAP_A1, udp(MA1, GA, A1, B1));
        assertEquals(TAP_B1, sent.attachment());
        sent.frame().hasSourceIp(A1);
    }

    @Test
    void shouldPickUpTcpInMidStreamAndKeepThePort() { // contract.md §6 row 2
        final Host host = new Host(compute1());

        host.sendForOne(PROVIDER, tcp(U, F1, X, FIP_A1, 80, 4000, TcpHeader.ACK))
                .frame()
                .hasDestinationIp(A1)
                .hasDestinationPort(4000);
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                TAP_A1,
                tcp(MA1, GA, A1, X, 1, 2, TcpHeader.SYN | TcpHeader.ACK),
                tcp(MA1, GA, A1, X, 3, 4, TcpHeader.RST),
                ethernet(MA1, GA).ipv4(A1, X).icmpEchoReply(9, 9).build());
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                PROVIDER,
                tcp(U, F1, X, FIP_A1, 1, 2, TcpHeader.SYN | TcpHeader.ACK),
                tcp(U, F1, X, FIP_A1, 3, 4, TcpHeader.RST),
                ethernet(U, F1).ipv4(X, FIP_A1).icmpEchoReply(9, 9).build());
    }

    @Test
    void shouldLeakNothingThatCannotBeTranslated() { // limits.md C4
        final Host host = new Host(compute1());
        final byte[] fragment = ethernet(MA1, GA)
                .ipv4(A1, X)
                .fragment(64, true)
                .protocol(17, new byte[64])
                .build();
        assertEquals(List.of(), host.send(TAP_A1, fragment)); // waits for the first one
        assertEquals(List.of(), host.advance(2 * Host.SECOND));
        assertEquals(Map.of(DropReason.FRAGMENT_TIMEOUT, 1L), host.drops());
        final byte[] cutTcp =
                ethernet(MA1, GA).ipv4(A1, X).protocol(6, new byte[8]).build();
        host.sendForDrop(DropReason.TCP_TRUNCATED, TAP_A1, cutTcp);
        final byte[] error = ethernet(MA1, GA)
                .ipv4(A1, X)
                .icmpError(3, 1, 0, TestFrames.quote(udp(GA, MA1, X, A1), 28))
                .build();
        host.sendForDrop(DropReason.ICMP_ERROR_UNMATCHED, TAP_A1, error);
    }

    @Test
    void shouldForgetItsOldestUnansweredConnectionWhenTheTableIsFull() {
        final Host host = new Host(compute1());
        for (int i = 0; i < 1_100; i++) {
            host.sendForOne(
                    TAP_A1, ethernet(MA1, GA).ipv4(A1, X).udp(1024 + i, 53).build());
        }
        assertEquals(1_024, host.worker().connections().active());
        assertEquals(76, host.worker().connections().reclaimedTentative());
        assertTrue(host.worker().connections().isAlarming());
        host.sendForOne(
                PROVIDER, ethernet(U, F1).ipv4(X, FIP_A1).udp(53, 1024 + 76).build());
    }

    @Test
    void shouldRefuseConnectionsBeyondTheLimitOfAGuest() {
        final Host host = new Host(compute1(), Host.configWithConnections(2));
        for (int i = 0; i < 2; i++) {
            host.sendForOne(
                    TAP_A1, ethernet(MA1, GA).ipv4(A1, X).udp(1024 + i, 53).build());
            host.sendForOne(
                    PROVIDER, ethernet(U, F1).ipv4(X, FIP_A1).udp(53, 1024 + i).build());
        }
        final Host.Sent told = host.sendForOne(
                TAP_A1, ethernet(MA1, GA).ipv4(A1, X).udp(3_000, 53).build());
        assertEquals(TAP_A1, told.attachment());
        assertEquals(Map.of(DropReason.CONNTRACK_FULL, 1L), host.drops());
        assertEquals(1, host.worker().connections().ownerLimitCount());
    }

    @Test
    void shouldKeepAConnectionThroughRstsOfThoseWhoDoNotSeeIt() {
        final Host host = new Host(compute1());
        host.sendForOne(
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, X)
                        .tcp(4000, 80, TcpHeader.SYN, 7_000, 0)
                        .build());
        host.sendForOne(
                PROVIDER,
                ethernet(U, F1)
                        .ipv4(X, FIP_A1)
                        .tcp(80, 4000, TcpHeader.SYN | TcpHeader.ACK, 9_000, 7_001)
                        .build());
        host.sendForOne(
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, X)
                        .tcp(4000, 80, TcpHeader.ACK, 7_001, 9_001)
                        .payload(new byte[100])
                        .build());
        final byte[] blind = ethernet(U, F1)
                .ipv4(X, FIP_A1)
                .tcp(80, 4000, TcpHeader.RST, 9_500, 0)
                .build();
        host.sendForOne(PROVIDER, blind).frame().isTcp().hasValidChecksums(); // for the guest to judge
        assertEquals(List.of(TcpState.ESTABLISHED), states(host));
        host.sendForOne(
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, X)
                        .tcp(4000, 80, TcpHeader.RST, 7_101, 0)
                        .build());
        assertEquals(List.of(TcpState.CLOSE), states(host));
        assertEquals(1, host.worker().connections().ignoredResetCount());
    }

    @Test
    void shouldTellAssociationsOfSctpByTheirPortsAndLeaveTheirBytesAlone() {
        final Host host = new Host(compute1());
        for (int port = 1; port <= 2; port++) {
            final byte[] init = {0, (byte) port, 0x0B, 0x59, 1, 2, 3, 4, /* CRC32c */ 5, 6, 7, 8, 1, 0, 0, 4};
            final byte[] answer = {0x0B, 0x59, 0, (byte) port, 4, 3, 2, 1, /* CRC32c */ 8, 7, 6, 5, 2, 0, 0, 4};
            final Host.Sent out = host.sendForOne(
                    TAP_A1,
                    ethernet(MA1, GA)
                            .ipv4(A1, X)
                            .protocol(IpProtocol.SCTP, init)
                            .build());
            out.frame().isIpv4().hasSourceIp(FIP_A1);
            assertArrayEquals(init, Arrays.copyOfRange(out.bytes(), 34, 50));
            final Host.Sent in = host.sendForOne(
                    PROVIDER,
                    ethernet(U, F1)
                            .ipv4(X, FIP_A1)
                            .protocol(IpProtocol.SCTP, answer)
                            .build());
            in.frame().isIpv4().hasDestinationIp(A1);
            assertArrayEquals(answer, Arrays.copyOfRange(in.bytes(), 34, 50));
            assertEquals(port, host.worker().connections().active());
        }
        // Too short for ports: by address alone.
        host.sendForOne(
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, X)
                        .protocol(IpProtocol.SCTP, new byte[4])
                        .build());
        assertEquals(3, host.worker().connections().active());
    }

    private static List<TcpState> states(final Host host) {
        final List<TcpState> states = new ArrayList<>();
        host.worker().connections().forEach((table, reference) -> states.add(table.tcpState(reference)));
        return states;
    }

    @Test
    void shouldCutConnectionsOfAFloatingIpThatMoved() { // §7.5
        final Host host = new Host(compute1());
        host.send(TAP_A1, tcp(MA1, GA, A1, X, 4000, 80, TcpHeader.SYN));
        host.send(TAP_B1, tcp(MB1, GB, B1, X, 4000, 80, TcpHeader.SYN));
        host.send(PROVIDER, udp(U, F1, X, FIP_A1));
        assertEquals(3, host.worker().connections().active());

        host.topology(compute1().version(2).withoutFloatingIps().also(parts -> {
            parts.builder.floatingIp(parts.router, ip(FIP_A1), ip(A3), ip(UPSTREAM), parts.ports.get(TAP_A3));
            parts.builder.floatingIp(parts.router, ip(FIP_B1), ip(B1), ip(UPSTREAM), parts.ports.get(TAP_B1));
        }));

        assertEquals(1, host.worker().connections().active());
        final Host.Sent in = host.sendForOne(PROVIDER, tcp(U, F1, X, FIP_A1, 80, 4000, TcpHeader.ACK));
        assertEquals(TAP_A3, in.attachment());
        in.frame().hasDestinationIp(A3);
        host.sendForOne(TAP_A1, tcp(MA1, GA, A1, X, 4000, 80, TcpHeader.ACK))
                .frame()
                .isVxlan(ID_A);
        host.sendForOne(PROVIDER, tcp(U, F1, X, FIP_B1, 80, 4000, TcpHeader.SYN | TcpHeader.ACK));
    }

    @Test
    void shouldTellHopsOfOneHostApartUnlessCollapsed() { // limits.md C2
        final Host host = new Host(compute1(), new StageOptions(false, true, true, 10));
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().hasTtl(63).hasValidChecksums();
        host.sendForOne(PROVIDER, udp(U, F1, X, FIP_A1)).frame().hasTtl(63).hasValidChecksums();
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, FIP_B1)).frame().hasTtl(62).hasValidChecksums();
        host.sendForOne(TAP_A1, udpFrom(MA1, GA, A1, X).ttl(2).build()).frame().hasTtl(1);
    }

    @Test
    void shouldTranslateABurstAsIfOneByOne() { // the prefetcher's guesses change nothing
        final Host alone = new Host(compute1());
        final Host together = new Host(compute1());
        final byte[][] frames = {
            udp(MA1, GA, A1, X),
            udp(MA1, GA, A1, X),
            echo(MA1, GA, A1, FIP_A1),
            udp(MA1, GA, A1, B1),
            tcp(MA1, GA, A1, X, 1, 2, TcpHeader.RST),
            arpRequest(MA1, A1, QR_A),
            ethernet(MA1, GA).ipv6("fd00::1", "fd00::2").udp(1, 2).build(),
            udp(MA1, GA, A1, FIP_B1),
        };
        final List<Host.Sent> burst = together.send(TAP_A1, frames);
        int at = 0;
        for (final byte[] frame : frames) {
            for (final Host.Sent sent : alone.send(TAP_A1, frame)) {
                assertEquals(sent.attachment(), burst.get(at).attachment());
                burst.get(at++).frame().hasBytes(sent.bytes());
            }
        }
        assertEquals(at, burst.size());
    }

    @Test
    void shouldRefuseWhatIsForNoAddressOfOurs() {
        new Host(compute1()).sendForDrop(DropReason.NOT_FLOATING_IP, PROVIDER, udp(U, F1, X, FIP_A2));
        new Host(compute1().withoutFg()).sendForDrop(DropReason.NOT_FLOATING_IP, PROVIDER, udp(U, F1, X, FG1));
        new Host(compute1().routerDown()).sendForDrop(DropReason.ROUTER_DOWN, PROVIDER, udp(U, F1, X, FIP_A1));
        new Host(compute1()).sendForDrop(DropReason.MARTIAN_SOURCE, PROVIDER, udp(U, F1, "127.0.0.1", FIP_A1));
    }
}
