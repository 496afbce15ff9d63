package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.CSNAT_B;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.SB;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.echo;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.FrameAssert;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.Router;
import org.junit.jupiter.api.Test;

/** dvr.md §9.10 to §9.14 at the network host; the host is a {@code dvr_snat} one that has guests as well. */
class CentralWalkTest {
    private static final String A4 = "10.0.1.14"; // on compute2, without floating IP
    private static final String MA4 = "fa:16:3e:00:0a:04";
    private static final String V = "10.0.1.20"; // on compute2, with the centralised floating IP .71
    private static final String MV = "fa:16:3e:00:0a:20";
    private static final String FIP_V = "203.0.113.71";

    /** A {@code dvr_snat} host with guests: a3 goes out by the gateway address. */
    static Cast allInOne() {
        return withSnat(true);
    }

    private static Cast withSnat(final boolean hasSnat) {
        return compute1().also(parts -> {
            final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
            parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
            parts.builder.centralPort(snat, parts.b, "port-sb", mac(SB), ip(CSNAT_B), 24);
            parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), hasSnat);
            parts.builder.externalRoute(snat, ip("203.0.113.0"), 24);
            parts.builder.centralFloatingIp(snat, ip(FIP_V), ip(V));
            for (final String[] guest : new String[][] {{A4, MA4}, {V, MV}}) {
                parts.builder.neighbor(parts.a, ip(guest[0]), mac(guest[1]), true);
                parts.builder.remoteMac(parts.a, mac(guest[1]), parts.peers.get("compute"));
            }
        });
    }

    /** What R on compute2 sends to the csnat port for one of its guests. */
    private static byte[] redirected(final String from, final String to, final int sourcePort, final int port) {
        return vxlanFrom2(
                101,
                ethernet(D2, SA)
                        .ipv4(from, to)
                        .ttl(63)
                        .udp(sourcePort, port)
                        .payload(9)
                        .build());
    }

    private static FrameAssert assertTunneledTo2(final Host.Sent sent) {
        assertEquals(UNDERLAY, sent.attachment());
        return sent.frame()
                .hasSourceMac(T1_MAC)
                .hasDestinationMac(T2_MAC)
                .hasSourceIp(T1)
                .hasDestinationIp(T2)
                .isVxlan(101);
    }

    @Test
    void shouldShareTheGatewayAddress() { // §9.10
        final Host host = new Host(allInOne());

        final Host.Sent out = host.sendForOne(UNDERLAY, redirected(A4, X, 4000, 53));
        assertEquals(PROVIDER, out.attachment());
        out.frame()
                .hasSourceMac(Q)
                .hasDestinationMac(U)
                .hasTtl(62)
                .hasSourceIp(QG)
                .hasDestinationIp(X);
        out.frame().isUdp().hasDestinationPort(53).hasValidChecksums();
        final int chosen = sourcePort(out);
        assertNotEquals(4000, chosen);
        assertTrue(chosen >= 1024, "port " + chosen);

        final byte[] answer =
                ethernet(U, Q).ipv4(X, QG).udp(53, chosen).payload(9).build();
        final FrameAssert inner = assertTunneledTo2(host.sendForOne(PROVIDER, answer));
        inner.hasSourceMac(SA).hasDestinationMac(MA4).hasTtl(63).hasSourceIp(X).hasDestinationIp(A4);
        inner.isUdp().hasSourcePort(53).hasDestinationPort(4000).hasValidChecksums();
        assertEquals(1, host.worker().connections().active());
    }

    @Test
    void shouldServeAGuestOfItsOwn() { // §9.10 with C1 = N
        final Host host = new Host(allInOne());

        final Host.Sent out = host.sendForOne(TAP_A3, udp(MA3, GA, A3, X));
        assertEquals(PROVIDER, out.attachment());
        out.frame().hasSourceMac(Q).hasDestinationMac(U).hasTtl(62).hasSourceIp(QG);

        final byte[] answer =
                ethernet(U, Q).ipv4(X, QG).udp(5000, sourcePort(out)).payload(3).build();
        final Host.Sent in = host.sendForOne(PROVIDER, answer);
        assertEquals(TAP_A3, in.attachment());
        in.frame().hasSourceMac(SA).hasDestinationMac(MA3).hasTtl(63).hasDestinationIp(A3);
        in.frame().isUdp().hasDestinationPort(4000).hasValidChecksums();
    }

    @Test
    void shouldChooseAnotherIdentifierForEcho() {
        final Host host = new Host(allInOne());

        final Host.Sent out = host.sendForOne(TAP_A3, echo(MA3, GA, A3, X));
        out.frame().hasSourceIp(QG).hasValidChecksums();
        final int identifier = identifier(out);
        assertNotEquals(77, identifier);

        final byte[] answer = ethernet(U, Q)
                .ipv4(X, QG)
                .icmpEchoReply(identifier, 1)
                .payload(32)
                .build();
        final Host.Sent in = host.sendForOne(PROVIDER, answer);
        assertEquals(TAP_A3, in.attachment());
        in.frame().hasValidChecksums();
        assertEquals(77, identifier(in));
    }

    @Test
    void shouldLetNoPingOutUntranslatedForOneThatCameInSo() { // limits.md C4
        final Host host = new Host(allInOne());
        host.sendForOne(PROVIDER, ethernet(U, Q).ipv4(X, A4).icmpEcho(7, 1).build());

        final byte[] ping = ethernet(D2, SA).ipv4(A4, X).ttl(63).icmpEcho(7, 1).build();
        host.send(UNDERLAY, vxlanFrom2(101, ping)).stream()
                .filter(sent -> sent.attachment().equals(PROVIDER))
                .forEach(sent -> sent.frame().hasSourceIp(QG));

        final byte[] answer =
                ethernet(D2, SA).ipv4(A4, X).ttl(63).icmpEchoReply(7, 1).build();
        host.sendForOne(UNDERLAY, vxlanFrom2(101, answer)).frame().hasSourceIp(A4);
    }

    @Test
    void shouldAnswerPingsOfItsAddressWhateverTheirIdentifier() { // no guest's ping is answered by a request
        final Host host = new Host(allInOne());
        final byte[] ping = ethernet(D2, SA).ipv4(A4, X).ttl(63).icmpEcho(7, 1).build();
        final int chosen = identifier(host.sendForOne(UNDERLAY, vxlanFrom2(101, ping)));

        final byte[] unsolicited =
                ethernet(U, Q).ipv4(X, QG).icmpEcho(chosen, 1).build();
        final Host.Sent answer = host.sendForOne(PROVIDER, unsolicited);
        assertEquals(PROVIDER, answer.attachment());
        answer.frame().hasSourceIp(QG).hasDestinationIp(X);
    }

    @Test
    void shouldReachAFloatingIpOfTheSameHostByTheOutside() { // §9.11
        final Host host = new Host(allInOne());

        final Host.Sent there = host.sendForOne(TAP_A3, udp(MA3, GA, A3, FIP_A1));
        assertEquals(TAP_A1, there.attachment());
        there.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasTtl(60)
                .hasSourceIp(QG)
                .hasDestinationIp(A1);
        there.frame().isUdp().hasValidChecksums();

        final byte[] answer = ethernet(MA1, GA)
                .ipv4(A1, QG)
                .udp(5000, sourcePort(there))
                .payload(3)
                .build();
        final Host.Sent back = host.sendForOne(TAP_A1, answer);
        assertEquals(TAP_A3, back.attachment());
        back.frame().hasSourceMac(SA).hasTtl(61).hasSourceIp(FIP_A1).hasDestinationIp(A3);
        back.frame().isUdp().hasDestinationPort(4000).hasValidChecksums();
    }

    @Test
    void shouldTranslateACentralisedFloatingIpFromOutside() { // §9.12 row 1
        final Host host = new Host(allInOne());

        final Host.Sent in = host.sendForOne(PROVIDER, udp(U, Q, X, FIP_V));
        final FrameAssert inner = assertTunneledTo2(in);
        inner.hasSourceMac(SA).hasDestinationMac(MV).hasTtl(63).hasSourceIp(X).hasDestinationIp(V);
        inner.isUdp().hasSourcePort(4000).hasDestinationPort(5000).hasValidChecksums();

        final Host.Sent out = host.sendForOne(UNDERLAY, redirected(V, X, 5000, 4000));
        assertEquals(PROVIDER, out.attachment());
        out.frame().hasSourceMac(Q).hasDestinationMac(U).hasTtl(62).hasSourceIp(FIP_V);
        out.frame().isUdp().hasSourcePort(5000).hasDestinationPort(4000).hasValidChecksums();
    }

    @Test
    void shouldLetACentralisedFloatingIpReachItself() { // §9.12 row 3, hairpin by row 5 of §7.2
        final Host host = new Host(allInOne());

        final FrameAssert inner = assertTunneledTo2(host.sendForOne(UNDERLAY, redirected(V, FIP_V, 4000, 5000)));
        inner.hasSourceMac(SA)
                .hasDestinationMac(MV)
                .hasTtl(62)
                .hasSourceIp(FIP_V)
                .hasDestinationIp(V);

        final FrameAssert back = assertTunneledTo2(host.sendForOne(UNDERLAY, redirected(V, FIP_V, 5000, 4000)));
        back.hasSourceMac(SA)
                .hasDestinationMac(MV)
                .hasTtl(62)
                .hasSourceIp(FIP_V)
                .hasDestinationIp(V);
    }

    @Test
    void shouldHideAGuestThatTurnsBackToACentralisedFloatingIp() { // row 8 of §7.2
        final Host host = new Host(allInOne());

        final FrameAssert inner = assertTunneledTo2(host.sendForOne(UNDERLAY, redirected(A4, FIP_V, 4000, 5000)));
        inner.hasSourceMac(SA).hasDestinationMac(MV).hasTtl(62).hasSourceIp(QG).hasDestinationIp(V);
    }

    @Test
    void shouldRouteBetweenDistributedAndCentralisedFloatingIps() { // §9.12 rows 4 and 5
        final Host host = new Host(allInOne());

        final FrameAssert there = assertTunneledTo2(host.sendForOne(TAP_A1, udp(MA1, GA, A1, FIP_V)));
        there.hasSourceMac(SA)
                .hasDestinationMac(MV)
                .hasTtl(61)
                .hasSourceIp(FIP_A1)
                .hasDestinationIp(V);

        final Host.Sent back = host.sendForOne(UNDERLAY, redirected(V, FIP_A1, 5000, 4000));
        assertEquals(TAP_A1, back.attachment());
        back.frame().hasSourceMac(GA).hasTtl(60).hasSourceIp(FIP_V).hasDestinationIp(A1);
    }

    @Test
    void shouldRoutePlainlyWithoutSnat() { // contract.md §6 row 21
        final Host host = new Host(withSnat(false));

        final Host.Sent out = host.sendForOne(UNDERLAY, redirected(A4, X, 4000, 53));
        out.frame().hasSourceMac(Q).hasTtl(62).hasSourceIp(A4).isUdp().hasSourcePort(4000);

        final FrameAssert inner = assertTunneledTo2(host.sendForOne(PROVIDER, udp(U, Q, X, A4)));
        inner.hasSourceMac(SA).hasDestinationMac(MA4).hasTtl(63).hasSourceIp(X).hasDestinationIp(A4);
        assertEquals(0, host.worker().connections().active());
    }

    @Test
    void shouldRefuseATcpSegmentOfNoConnection() { // contract.md §6 row 2
        final Host host = new Host(allInOne());

        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION, TAP_A3, tcp(MA3, GA, A3, X, 4000, 80, TcpHeader.ACK | TcpHeader.PSH));
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION, TAP_A3, tcp(MA3, GA, A3, X, 4000, 80, TcpHeader.SYN | TcpHeader.FIN));
        host.sendForOne(TAP_A3, tcp(MA3, GA, A3, X, 4000, 80, TcpHeader.SYN));
        host.sendForOne(TAP_A3, tcp(MA3, GA, A3, X, 4000, 80, TcpHeader.ACK));
    }

    @Test
    void shouldTellOfTtlFromTheAddressTheSenderFaces() { // contract.md §6 row 4
        final Host host = new Host(allInOne());

        final byte[] spent =
                ethernet(MA3, GA).ipv4(A3, X).ttl(2).udp(4000, 33434).payload(3).build();
        final Host.Sent inside = host.sendForOne(TAP_A3, spent);
        assertEquals(TAP_A3, inside.attachment());
        inside.frame()
                .hasSourceMac(SA)
                .hasDestinationMac(MA3)
                .hasSourceIp(CSNAT_A)
                .hasDestinationIp(A3);
        inside.frame().isIcmp(IcmpHeader.TIME_EXCEEDED, 0);

        final byte[] fromOutside =
                ethernet(U, Q).ipv4(X, FIP_V).ttl(1).udp(4000, 33434).payload(3).build();
        final Host.Sent outside = host.sendForOne(PROVIDER, fromOutside);
        assertEquals(PROVIDER, outside.attachment());
        outside.frame().hasSourceMac(Q).hasDestinationMac(U).hasSourceIp(QG).hasDestinationIp(X);
        outside.frame().isIcmp(IcmpHeader.TIME_EXCEEDED, 0);
    }

    @Test
    void shouldAnswerForItsAddressesOutside() {
        final Host host = new Host(allInOne());

        for (final String address : new String[] {QG, FIP_V}) {
            final Host.Sent reply = host.sendForOne(PROVIDER, arpRequest(U, UPSTREAM, address));
            reply.frame().isArpReply().hasSourceMac(Q).hasDestinationMac(U);
        }
        final Host.Sent echo = host.sendForOne(PROVIDER, echo(U, Q, X, QG));
        assertEquals(PROVIDER, echo.attachment());
        echo.frame().hasSourceMac(Q).hasSourceIp(QG).hasDestinationIp(X).isIcmp(IcmpHeader.ECHO_REPLY, 0);
        host.sendForDrop(DropReason.LOCAL_NO_SERVICE, PROVIDER, tcp(U, Q, X, QG, 999, 22, TcpHeader.SYN));
    }

    @Test
    void shouldForwardAPort() { // dvr.md §7.2 row 2
        final Host host = new Host(allInOne().also(parts -> {
            final Router snat = parts.builder.centralRouter(9, "router-l", "L", true, false);
            parts.builder.centralPort(snat, parts.a, "port-la", mac("fa:16:3e:00:0a:06"), ip("10.0.1.6"), 24);
            parts.builder.gatewayPort(
                    snat, parts.external, mac("fa:16:3e:00:0e:31"), ip("203.0.113.31"), ip(UPSTREAM), true);
            parts.builder.externalRoute(snat, ip("203.0.113.0"), 24);
            parts.builder.portForwarding(snat, IpProtocol.UDP, ip("203.0.113.72"), 8053, ip(V), 53);
        }));
        final String hardware = "fa:16:3e:00:0e:31";

        host.sendForOne(PROVIDER, arpRequest(U, UPSTREAM, "203.0.113.72"))
                .frame()
                .isArpReply()
                .hasSourceMac(hardware);
        final byte[] question = ethernet(U, hardware)
                .ipv4(X, "203.0.113.72")
                .udp(4000, 8053)
                .payload(4)
                .build();
        final FrameAssert inner = assertTunneledTo2(host.sendForOne(PROVIDER, question));
        inner.hasDestinationMac(MV).hasTtl(63).hasSourceIp(X).hasDestinationIp(V);
        inner.isUdp().hasSourcePort(4000).hasDestinationPort(53).hasValidChecksums();

        final byte[] answer = vxlanFrom2(
                101,
                ethernet(MV, "fa:16:3e:00:0a:06")
                        .ipv4(V, X)
                        .udp(53, 4000)
                        .payload(4)
                        .build());
        final Host.Sent out = host.sendForOne(UNDERLAY, answer);
        assertEquals(PROVIDER, out.attachment());
        out.frame()
                .hasSourceMac(hardware)
                .hasTtl(63)
                .hasSourceIp("203.0.113.72")
                .hasDestinationIp(X);
        out.frame().isUdp().hasSourcePort(8053).hasDestinationPort(4000).hasValidChecksums();

        final byte[] other = ethernet(U, hardware)
                .ipv4(X, "203.0.113.72")
                .udp(4000, 8054)
                .payload(4)
                .build();
        final Host.Sent refused = host.sendForOne(PROVIDER, other); // the address is the router's own
        refused.frame().hasSourceIp("203.0.113.72").hasDestinationIp(X);
        refused.frame().isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.PORT);
    }

    @Test
    void shouldKeepPortsWhenAskedTo() { // limits.md C6
        final Host keeping = new Host(allInOne(), StageOptions.DEFAULT.withRandomSnatPorts(false));
        final Host.Sent kept = keeping.sendForOne(UNDERLAY, redirected(A4, X, 4000, 53));
        assertEquals(4000, sourcePort(kept));

        final Host choosing = new Host(allInOne(), StageOptions.DEFAULT.withRandomFloatingIpPorts(true));
        final Host.Sent chosen = choosing.sendForOne(TAP_A1, udp(MA1, GA, A1, X));
        chosen.frame().hasSourceIp(FIP_A1);
        assertNotEquals(4000, sourcePort(chosen));
    }

    private static int sourcePort(final Host.Sent sent) {
        return be16(sent.bytes(), 34);
    }

    private static int identifier(final Host.Sent sent) {
        return be16(sent.bytes(), 38);
    }

    private static int be16(final byte[] bytes, final int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }
}
