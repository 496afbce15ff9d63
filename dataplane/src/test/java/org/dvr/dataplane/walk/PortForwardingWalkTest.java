package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.codec.testing.TestFrames.fragments;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.CSNAT_B;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FPR;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
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
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.echo;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.Router;
import org.junit.jupiter.api.Test;

/** Ports of a floating IP that are forwarded at the host of their guests: TTL and MAC results as of a floating IP (dvr.md §9.5 to §9.11). */
class PortForwardingWalkTest {
    private static final String SHARED = "203.0.113.79";
    private static final int WEB = 8080; // of .79: TCP to port 80 of a3
    private static final int DNS = 8053; // of .79: UDP to port 53 of b1
    private static final int OWN = 8054; // of .79: UDP to port 54 of a1, which has a floating IP, too
    private static final int CLIENT = 30_000;

    private static Cast cast() {
        return compute1().also(PortForwardingWalkTest::forward);
    }

    private static void forward(final Cast.Parts parts) {
        parts.builder.portForwarding(parts.router, IpProtocol.TCP, ip(SHARED), WEB, ip(A3), 80);
        parts.builder.portForwarding(parts.router, IpProtocol.UDP, ip(SHARED), DNS, ip(B1), 53);
        parts.builder.portForwarding(parts.router, IpProtocol.UDP, ip(SHARED), OWN, ip(A1), 54);
        parts.builder.portForwarding(parts.router, IpProtocol.UDP, ip(SHARED), 8055, ip(A3), 55);
    }

    /** b1 without the floating IP that the cast gives it. */
    private static Cast withoutFloatingIps() {
        return cast().withoutFloatingIps();
    }

    private static TestFrames toShared(final int port) {
        return ethernet(U, F1).ipv4(X, SHARED).udp(CLIENT, port);
    }

    private static TestFrames fromA3(final String to) {
        return ethernet(MA3, GA).ipv4(A3, to);
    }

    private static byte[] quote(final byte[] frame, final int length) {
        return Arrays.copyOfRange(frame, 14, Math.min(frame.length, 14 + length));
    }

    private static void assertLeft(final String attachment, final TestFrames expected, final Host.Sent sent) {
        assertEquals(attachment, sent.attachment());
        sent.frame().hasValidChecksums();
        assertArrayEquals(expected.build(), sent.bytes());
    }

    @Test
    void shouldAnswerArpForAFloatingIpWhosePortsAreForwarded() { // §8.1
        final Host.Sent reply = new Host(cast()).sendForOne(PROVIDER, arpRequest(U, UPSTREAM, SHARED));
        assertEquals(PROVIDER, reply.attachment());
        reply.frame().isArpReply().hasSenderIp(SHARED).hasSourceMac(F1).hasDestinationMac(U);
    }

    @Test
    void shouldForwardPortsBothWays() { // §9.5
        final Host host = new Host(withoutFloatingIps());
        assertLeft(
                TAP_A3,
                ethernet(GA, MA3).ipv4(X, A3).ttl(62).tcp(CLIENT, 80, TcpHeader.SYN),
                host.sendForOne(PROVIDER, tcp(U, F1, X, SHARED, CLIENT, WEB, TcpHeader.SYN)));
        assertLeft(
                PROVIDER,
                ethernet(F1, U).ipv4(SHARED, X).ttl(62).tcp(WEB, CLIENT, TcpHeader.SYN | TcpHeader.ACK),
                host.sendForOne(TAP_A3, tcp(MA3, GA, A3, X, 80, CLIENT, TcpHeader.SYN | TcpHeader.ACK)));
        assertLeft(
                TAP_B1,
                ethernet(GB, MB1).ipv4(X, B1).ttl(62).udp(CLIENT, 53).payload(9),
                host.sendForOne(PROVIDER, toShared(DNS).payload(9).build()));
        assertLeft(
                PROVIDER,
                ethernet(F1, U).ipv4(SHARED, X).ttl(62).udp(DNS, CLIENT).payload(9),
                host.sendForOne(
                        TAP_B1,
                        ethernet(MB1, GB).ipv4(B1, X).udp(53, CLIENT).payload(9).build()));
        assertEquals(2, host.worker().connections().active());
    }

    @Test
    void shouldForwardABurstAsIfOneByOne() { // the prefetcher's guesses change nothing
        final Host host = new Host(withoutFloatingIps());
        final byte[] question = toShared(DNS).payload(9).build();
        assertEquals(3, host.send(PROVIDER, question, question, question).size());
        final byte[] answer =
                ethernet(MB1, GB).ipv4(B1, X).udp(53, CLIENT).payload(9).build();
        for (final Host.Sent sent : host.send(TAP_B1, answer, answer)) {
            assertLeft(
                    PROVIDER,
                    ethernet(F1, U).ipv4(SHARED, X).ttl(62).udp(DNS, CLIENT).payload(9),
                    sent);
        }
    }

    @Test
    void shouldSendWhatAGuestBeginsItselfTheWayOfSourceNat() { // §9.10
        final Host host = new Host(withoutFloatingIps());
        host.sendForOne(PROVIDER, tcp(U, F1, X, SHARED, CLIENT, WEB, TcpHeader.SYN));
        // From the forwarded port to another port outside, and from another port.
        for (final int[] ports : new int[][] {{80, CLIENT + 1}, {81, CLIENT}}) {
            final Host.Sent own = host.sendForOne(TAP_A3, tcp(MA3, GA, A3, X, ports[0], ports[1], TcpHeader.SYN));
            assertEquals(UNDERLAY, own.attachment());
            own.frame().isVxlan(ID_A).hasDestinationMac(SA).hasSourceIp(A3).hasTtl(63);
        }
        assertEquals(1, host.worker().connections().active());
    }

    @Test
    void shouldSeeAConnectionThatOpensWhileTheGuestSendsOnItsOwnAccount() { // no remembered verdict outlives it
        final Host host = new Host(withoutFloatingIps());
        final byte[] packet = fromA3(X).udp(55, CLIENT).payload(9).build();
        for (int i = 0; i < 3; i++) {
            host.sendForOne(TAP_A3, packet).frame().isVxlan(ID_A);
        }
        for (int i = 0; i < 3; i++) {
            assertEquals(
                    TAP_A3,
                    host.sendForOne(PROVIDER, toShared(8055).payload(9).build()).attachment());
        }
        for (int i = 0; i < 3; i++) {
            assertLeft(
                    PROVIDER,
                    ethernet(F1, U).ipv4(SHARED, X).ttl(62).udp(8055, CLIENT).payload(9),
                    host.sendForOne(TAP_A3, packet));
        }
        host.topology(compute1().withoutFloatingIps().version(2));
        host.sendForOne(TAP_A3, packet).frame().isVxlan(ID_A);
    }

    @Test
    void shouldLetAGuestWithAFloatingIpAnswerByTheForwardedPort() { // bugs 1799137 and 1799138 of the original
        final Host host = new Host(cast());
        host.sendForOne(PROVIDER, toShared(OWN).payload(9).build());
        final byte[] answer =
                ethernet(MA1, GA).ipv4(A1, X).udp(54, CLIENT).payload(9).build();
        assertLeft(
                PROVIDER,
                ethernet(F1, U).ipv4(SHARED, X).ttl(62).udp(OWN, CLIENT).payload(9),
                host.sendForOne(TAP_A1, answer));
        final byte[] own =
                ethernet(MA1, GA).ipv4(A1, X).udp(54, CLIENT + 1).payload(9).build();
        assertLeft(
                PROVIDER,
                ethernet(F1, U).ipv4(FIP_A1, X).ttl(62).udp(54, CLIENT + 1).payload(9),
                host.sendForOne(TAP_A1, own));
    }

    @Test
    void shouldPickUpTcpThatComesToAForwardedPort() { // contract.md §6 row 2
        final Host host = new Host(cast());
        assertEquals(
                TAP_A3,
                host.sendForOne(PROVIDER, tcp(U, F1, X, SHARED, CLIENT, WEB, TcpHeader.ACK))
                        .attachment());
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                PROVIDER,
                tcp(U, F1, X, SHARED, CLIENT + 1, WEB, TcpHeader.SYN | TcpHeader.ACK));
    }

    @Test
    void shouldBeAHostOfItsOwnAtOtherPorts() { // as the address is where a network host has it
        final Host host = new Host(cast());
        final Host.Sent pong = host.sendForOne(PROVIDER, echo(U, F1, X, SHARED));
        assertEquals(PROVIDER, pong.attachment());
        pong.frame().hasSourceMac(F1).hasDestinationMac(U).hasSourceIp(SHARED).hasTtl(64);
        pong.frame().isIcmp(IcmpHeader.ECHO_REPLY, 0).hasValidChecksums();

        final Host.Sent refused =
                host.sendForOne(PROVIDER, toShared(WEB).payload(9).build());
        refused.frame().hasSourceIp(SHARED).hasDestinationIp(X).isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.PORT);
        host.sendForDrop(DropReason.LOCAL_NO_SERVICE, PROVIDER, tcp(U, F1, X, SHARED, CLIENT, DNS, TcpHeader.SYN));
        host.sendForDrop(
                DropReason.UDP_TRUNCATED,
                PROVIDER,
                ethernet(U, F1)
                        .ipv4(X, SHARED)
                        .protocol(IpProtocol.UDP, new byte[4])
                        .build());

        final Host down = new Host(cast().routerDown());
        down.sendForDrop(DropReason.ROUTER_DOWN, PROVIDER, echo(U, F1, X, SHARED));
        down.sendForDrop(
                DropReason.ROUTER_DOWN, PROVIDER, toShared(DNS).payload(9).build());

        final Host.Sent inside =
                host.sendForOne(TAP_A1, echo(MA1, GA, A1, SHARED)); // the way back is through its router
        assertEquals(TAP_A1, inside.attachment());
        inside.frame().hasSourceMac(GA).hasSourceIp(SHARED).hasDestinationIp(A1).isIcmp(IcmpHeader.ECHO_REPLY, 0);
    }

    @Test
    void shouldAnswerWithoutAnFgAddress() { // contract.md §6 row 1: by the gateway of the floating IP's own subnet
        final Host host = new Host(compute1().withoutFg().also(parts -> {
            parts.builder.forwardedFloatingIp(parts.router, ip(SHARED), ip(UPSTREAM));
            forward(parts);
        }));
        host.sendForOne(PROVIDER, echo(U, F1, X, SHARED))
                .frame()
                .hasDestinationMac(U)
                .hasSourceIp(SHARED);
        host.sendForOne(PROVIDER, tcp(U, F1, X, SHARED, CLIENT, WEB, TcpHeader.SYN));
        host.sendForOne(TAP_A3, tcp(MA3, GA, A3, X, 80, CLIENT, TcpHeader.SYN | TcpHeader.ACK))
                .frame()
                .hasDestinationMac(U)
                .hasSourceIp(SHARED);
    }

    @Test
    void shouldTellOfHopsAsOfAFloatingIp() { // contract.md §6 rows 4 and 25
        final Host host = new Host(withoutFloatingIps());
        for (final String[] hop : new String[][] {{"1", FG1}, {"2", SHARED}}) {
            final Host.Sent error = host.sendForOne(
                    PROVIDER,
                    toShared(DNS).ttl(Integer.parseInt(hop[0])).payload(9).build());
            assertEquals(PROVIDER, error.attachment());
            error.frame().hasSourceIp(hop[1]).hasDestinationIp(X).isIcmp(IcmpHeader.TIME_EXCEEDED, 0);
        }
        host.sendForOne(PROVIDER, toShared(DNS).payload(9).build());
        for (final String[] hop : new String[][] {{"1", "10.0.2.1"}, {"2", FPR}}) {
            final byte[] answer = ethernet(MB1, GB)
                    .ipv4(B1, X)
                    .ttl(Integer.parseInt(hop[0]))
                    .udp(53, CLIENT)
                    .payload(9)
                    .build();
            final Host.Sent error = host.sendForOne(TAP_B1, answer);
            assertEquals(TAP_B1, error.attachment());
            error.frame().hasSourceIp(hop[1]).hasDestinationIp(B1).isIcmp(IcmpHeader.TIME_EXCEEDED, 0);
        }
        final Host collapsed = new Host(withoutFloatingIps(), new StageOptions(false, true, true, 10));
        collapsed
                .sendForOne(PROVIDER, toShared(DNS).payload(9).build())
                .frame()
                .hasTtl(63)
                .hasValidChecksums();
    }

    @Test
    void shouldTakeErrorsOfTheGuestOutside() { // RFC 5508 REQ-5
        for (final int length : new int[] {28, 36, 52}) {
            final Host host = new Host(withoutFloatingIps());
            final Host.Sent in =
                    host.sendForOne(PROVIDER, toShared(DNS).payload(30).build());
            final byte[] original = quote(toShared(DNS).ttl(62).payload(30).build(), length);
            final TestFrames expected = ethernet(F1, U).ipv4(SHARED, X).ttl(62).icmpError(3, 3, 0, original);
            assertLeft(
                    PROVIDER,
                    expected,
                    host.sendForOne(
                            TAP_B1,
                            ethernet(MB1, GB)
                                    .ipv4(B1, X)
                                    .icmpError(3, 3, 0, quote(in.bytes(), length))
                                    .build()));
            assertLeft( // of a host between it and its router
                    PROVIDER,
                    expected,
                    host.sendForOne(
                            TAP_A3,
                            fromA3(X)
                                    .icmpError(3, 3, 0, quote(in.bytes(), length))
                                    .build()));
        }
    }

    @Test
    void shouldBringErrorsFromOutsideToTheGuest() { // RFC 5508 REQ-4
        final Host host = new Host(withoutFloatingIps());
        host.sendForOne(PROVIDER, toShared(DNS).payload(30).build());
        final TestFrames answer = ethernet(MB1, GB).ipv4(B1, X).udp(53, CLIENT).payload(30);
        final byte[] left = quote(host.sendForOne(TAP_B1, answer.build()).bytes(), 36);
        final byte[] original = quote(answer.ttl(62).build(), 36);
        assertLeft(
                TAP_B1,
                ethernet(GB, MB1).ipv4("198.51.100.7", B1).ttl(48).icmpError(11, 0, 0, original),
                host.sendForOne(
                        PROVIDER,
                        ethernet(U, F1)
                                .ipv4("198.51.100.7", SHARED)
                                .ttl(50)
                                .icmpError(11, 0, 0, left)
                                .build()));

        final byte[] ofNobody = quote(
                ethernet(F1, U).ipv4(SHARED, X).udp(DNS, CLIENT + 1).payload(30).build(), 36);
        host.sendForDrop(
                DropReason.ICMP_ERROR_UNMATCHED,
                PROVIDER,
                ethernet(U, F1).ipv4(X, SHARED).icmpError(3, 3, 0, ofNobody).build());
        final byte[] ofAnother = quote(
                ethernet(F1, U).ipv4(FIP_A1, X).udp(DNS, CLIENT).payload(30).build(), 36);
        host.sendForDrop(
                DropReason.ICMP_ERROR_MISDIRECTED,
                PROVIDER,
                ethernet(U, F1).ipv4(X, SHARED).icmpError(3, 3, 0, ofAnother).build());
        assertEquals(1, host.worker().connections().active());
    }

    @Test
    void shouldBeReachedByAFloatingIpOfTheSameHost() { // §9.8
        final Host host = new Host(cast());
        assertLeft(
                TAP_A3,
                ethernet(GA, MA3).ipv4(FIP_A1, A3).ttl(61).udp(CLIENT, 55).payload(9),
                host.sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv4(A1, SHARED)
                                .udp(CLIENT, 8055)
                                .payload(9)
                                .build()));
        final TestFrames answer = fromA3(FIP_A1).udp(55, CLIENT).payload(9);
        final Host.Sent back = host.sendForOne(TAP_A3, answer.build());
        assertLeft(
                TAP_A1,
                ethernet(GA, MA1).ipv4(SHARED, A1).ttl(61).udp(8055, CLIENT).payload(9),
                back);

        // An error of the client about the answer comes back to the guest as about its own.
        assertLeft(
                TAP_A3,
                ethernet(GA, MA3)
                        .ipv4(FIP_A1, A3)
                        .ttl(61)
                        .icmpError(3, 3, 0, quote(answer.ttl(61).build(), 36)),
                host.sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv4(A1, SHARED)
                                .icmpError(3, 3, 0, quote(back.bytes(), 36))
                                .build()));
    }

    @Test
    void shouldBeReachedByTheFloatingIpOfItsOwnGuest() { // as §9.7, by two addresses
        final Host host = new Host(cast());
        assertLeft(
                TAP_A1,
                ethernet(GA, MA1).ipv4(FIP_A1, A1).ttl(61).udp(54, 54).payload(9),
                host.sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv4(A1, SHARED)
                                .udp(54, OWN)
                                .payload(9)
                                .build()));
        assertLeft(
                TAP_A1,
                ethernet(GA, MA1).ipv4(SHARED, A1).ttl(61).udp(OWN, 54).payload(9),
                host.sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv4(A1, FIP_A1)
                                .udp(54, 54)
                                .payload(9)
                                .build()));
    }

    @Test
    void shouldBeReachedByWayOfSourceNat() { // §9.11, the network host's side on the same host
        final Host host = new Host(withoutFloatingIps().also(parts -> {
            final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
            parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
            parts.builder.centralPort(snat, parts.b, "port-sb", mac(SB), ip(CSNAT_B), 24);
            parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), true);
            parts.builder.externalRoute(snat, ip("203.0.113.0"), 24);
        }));
        // From another guest, and from the guest of the port itself.
        for (final String[] client : new String[][] {{TAP_A1, MA1, A1}, {TAP_A3, MA3, A3}}) {
            final Host.Sent there = host.sendForOne(
                    client[0],
                    ethernet(client[1], GA)
                            .ipv4(client[2], SHARED)
                            .udp(CLIENT, 8055)
                            .payload(9)
                            .build());
            assertEquals(TAP_A3, there.attachment());
            there.frame().hasSourceMac(GA).hasTtl(60).hasSourceIp(QG).hasDestinationIp(A3);
            there.frame().isUdp().hasDestinationPort(55).hasValidChecksums();
            final int port = (there.bytes()[34] & 0xFF) << 8 | (there.bytes()[35] & 0xFF);
            final Host.Sent back =
                    host.sendForOne(TAP_A3, fromA3(QG).udp(55, port).payload(9).build());
            assertLeft(
                    client[0],
                    ethernet(SA, client[1])
                            .ipv4(SHARED, client[2])
                            .ttl(61)
                            .udp(8055, CLIENT)
                            .payload(9),
                    back);
        }
        final Host.Sent pong = host.sendForOne(TAP_A1, echo(MA1, GA, A1, SHARED));
        assertEquals(TAP_A1, pong.attachment());
        pong.frame().hasSourceIp(SHARED).hasDestinationIp(A1).isIcmp(IcmpHeader.ECHO_REPLY, 0);
    }

    @Test
    void shouldForwardFragmentsBothWaysInAnyOrder() { // contract.md §6 row 20
        final Host host = new Host(withoutFloatingIps());
        final List<byte[]> question =
                fragments(toShared(DNS).id(7).payload(1_900).build(), 700);
        assertEquals(List.of(), host.send(PROVIDER, question.get(2), question.get(1)));
        final List<Host.Sent> in = host.send(PROVIDER, question.get(0));
        assertEquals(3, in.size());
        final List<byte[]> expectedIn = fragments(
                ethernet(GB, MB1)
                        .ipv4(X, B1)
                        .ttl(62)
                        .id(7)
                        .udp(CLIENT, 53)
                        .payload(1_900)
                        .build(),
                700);
        assertSent(TAP_B1, expectedIn, new int[] {0, 2, 1}, in);

        final List<byte[]> answer = fragments(
                ethernet(MB1, GB)
                        .ipv4(B1, X)
                        .id(8)
                        .udp(53, CLIENT)
                        .payload(1_900)
                        .build(),
                700);
        final List<byte[]> expectedOut = fragments(
                ethernet(F1, U)
                        .ipv4(SHARED, X)
                        .ttl(62)
                        .id(8)
                        .udp(DNS, CLIENT)
                        .payload(1_900)
                        .build(),
                700);
        assertEquals(List.of(), host.send(TAP_B1, answer.get(1)));
        assertEquals(1, host.held());
        assertSent(PROVIDER, expectedOut, new int[] {0, 1}, host.send(TAP_B1, answer.get(0)));
        assertSent(PROVIDER, expectedOut, new int[] {2}, host.send(TAP_B1, answer.get(2)));
        assertEquals(0, host.held());
    }

    private static void assertSent(
            final String attachment, final List<byte[]> expected, final int[] order, final List<Host.Sent> sent) {
        assertEquals(order.length, sent.size());
        for (int i = 0; i < order.length; i++) {
            assertEquals(attachment, sent.get(i).attachment());
            assertArrayEquals(expected.get(order[i]), sent.get(i).bytes());
        }
    }

    @Test
    void shouldSendFragmentsOfAGuestsOwnTheWayOfSourceNat() {
        final Host host = new Host(withoutFloatingIps());
        final List<byte[]> own =
                fragments(fromA3(X).id(9).udp(5_000, 53).payload(1_900).build(), 700);
        assertEquals(List.of(), host.send(TAP_A3, own.get(1)));
        final List<Host.Sent> left = host.send(TAP_A3, own.get(0), own.get(2));
        assertEquals(3, left.size());
        for (final Host.Sent sent : left) {
            sent.frame().isVxlan(ID_A).hasDestinationMac(SA).hasSourceIp(A3).hasTtl(63);
        }
        final List<byte[]> withFloatingIp = fragments(
                ethernet(MA1, GA)
                        .ipv4(A1, X)
                        .id(9)
                        .udp(5_000, 53)
                        .payload(1_900)
                        .build(),
                700);
        final Host other = new Host(cast());
        for (final byte[] part : withFloatingIp) {
            other.sendForOne(TAP_A1, part).frame().hasSourceIp(FIP_A1).hasTtl(62);
        }
    }

    @Test
    void shouldDropTheRestOfAPacketForNoForwardedPort() {
        final Host host = new Host(cast());
        final List<byte[]> parts = fragments(toShared(9).id(7).payload(1_900).build(), 700);
        host.send(PROVIDER, parts.get(1), parts.get(0), parts.get(2));
        assertEquals(Map.of(DropReason.LOCAL_NO_SERVICE, 1L, DropReason.NAT_FRAGMENT, 2L), host.drops());
        assertEquals(0, host.held());
    }

    @Test
    void shouldCutConnectionsOfAForwardingThatCeases() { // §7.5
        final Host host = new Host(withoutFloatingIps());
        host.sendForOne(PROVIDER, tcp(U, F1, X, SHARED, CLIENT, WEB, TcpHeader.SYN));
        host.sendForOne(PROVIDER, toShared(DNS).payload(9).build());
        host.sendForOne(PROVIDER, toShared(8055).payload(9).build());
        assertEquals(3, host.worker().connections().active());

        assertEquals(List.of(), host.topology(withoutFloatingIps().version(2)));
        assertEquals(3, host.worker().connections().active(), "what stays as it was");

        host.topology(compute1().withoutFloatingIps().version(3).also(parts -> {
            parts.builder.portForwarding(parts.router, IpProtocol.TCP, ip(SHARED), WEB, ip(B1), 80); // another guest
            parts.builder.portForwarding(parts.router, IpProtocol.UDP, ip(SHARED), DNS, ip(B1), 53); // as it was
            parts.builder.portForwarding(parts.router, IpProtocol.UDP, ip(SHARED), 8055, ip(A3), 56); // another port
        }));
        assertEquals(1, host.worker().connections().active());
        assertEquals(
                UNDERLAY,
                host.sendForOne(TAP_A3, tcp(MA3, GA, A3, X, 80, CLIENT, TcpHeader.ACK))
                        .attachment());
        assertEquals(
                TAP_B1,
                host.sendForOne(PROVIDER, tcp(U, F1, X, SHARED, CLIENT, WEB, TcpHeader.SYN))
                        .attachment());
        assertEquals(
                PROVIDER,
                host.sendForOne(
                                TAP_B1,
                                ethernet(MB1, GB)
                                        .ipv4(B1, X)
                                        .udp(53, CLIENT)
                                        .payload(9)
                                        .build())
                        .attachment());

        host.topology(compute1().withoutFloatingIps().version(4));
        assertEquals(0, host.worker().connections().active());
        host.sendForDrop(DropReason.NOT_FLOATING_IP, PROVIDER, tcp(U, F1, X, SHARED, CLIENT, WEB, TcpHeader.ACK));
    }

    @Test
    void shouldTellItsStory() {
        final Host host = new Host(withoutFloatingIps());
        assertTold(
                host.explain(PROVIDER, arpRequest(U, UPSTREAM, SHARED)),
                "203.0.113.79 is a floating IP whose ports router R forwards on this host: answered with " + F1);
        assertTold(
                host.explain(PROVIDER, toShared(DNS).payload(9).build()),
                "203.0.113.79 is a floating IP whose ports are forwarded: to router R by rfp",
                "a forwarded port, to 10.0.2.11:53 by R",
                "new connection, 1 flows tracked",
                "destination becomes 10.0.2.11:53");
        assertTold(
                host.explain(
                        TAP_B1,
                        ethernet(MB1, GB).ipv4(B1, X).udp(53, CLIENT).payload(9).build()),
                "no route to 8.8.8.8, but it belongs to a connection of a forwarded port: table 16, out by rfp",
                "source becomes 203.0.113.79:8053");
        assertTold(
                host.explain(
                        TAP_B1,
                        ethernet(MB1, GB).ipv4(B1, X).udp(53, 1).payload(9).build()),
                "SNAT redirect to csnat port 10.0.2.2");
        assertTold(
                host.explain(PROVIDER, toShared(1).payload(9).build()),
                "ports of floating IP 203.0.113.79 are forwarded here, but not this one",
                "dropped: local-no-service");
        assertTold(host.explain(PROVIDER, echo(U, F1, X, SHARED)), "are forwarded here: echo answered");
    }

    private static void assertTold(final FrameTrace trace, final String... sentences) {
        final String story = trace.steps().toString();
        for (final String sentence : sentences) {
            assertTrue(story.contains(sentence), () -> sentence + " is not told in " + story);
        }
    }

    @Test
    void shouldAccountConnectionsToTheGuestOfTheirPort() { // one guest's flood leaves the others' room
        final Host host = new Host(withoutFloatingIps(), Host.configWithConnections(2));
        for (int i = 0; i < 2; i++) {
            host.sendForOne(
                    PROVIDER,
                    ethernet(U, F1)
                            .ipv4(X, SHARED)
                            .udp(CLIENT + i, DNS)
                            .payload(9)
                            .build());
            host.sendForOne(
                    TAP_B1,
                    ethernet(MB1, GB).ipv4(B1, X).udp(53, CLIENT + i).payload(9).build());
        }
        host.sendForOne(
                        PROVIDER,
                        ethernet(U, F1)
                                .ipv4(X, SHARED)
                                .udp(CLIENT + 2, DNS)
                                .payload(9)
                                .build())
                .frame()
                .hasDestinationIp(X)
                .isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.ADMINISTRATIVELY_PROHIBITED);
        assertEquals(Map.of(DropReason.CONNTRACK_FULL, 1L), host.drops());
        host.sendForOne(PROVIDER, toShared(8055).payload(9).build());
        assertTrue(host.worker().connections().active() >= 3);
    }
}
