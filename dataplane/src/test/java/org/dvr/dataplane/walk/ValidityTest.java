package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.parse.FrameParser;
import org.dvr.dataplane.parse.TransportChecksum;
import org.dvr.dataplane.testing.Host;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.TcpState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that may not open, refresh or change a connection: wrong checksums (dvr.md §7.4), and answers that nobody has asked for. */
class ValidityTest {
    private static final String FIP_V = "203.0.113.71"; // centralised, of a guest on compute2
    private static final int LENGTH = 33; // odd: the last byte counts, too

    /** A packet of one of the three protocols whose checksum is verified. */
    private static TestFrames packet(final TestFrames from, final DropReason kind) {
        return switch (kind) {
            case TCP_CHECKSUM -> from.tcp(4_000, 5_000, TcpHeader.SYN).payload(LENGTH);
            case UDP_CHECKSUM -> from.udp(4_000, 5_000).payload(LENGTH);
            default -> from.icmpEcho(77, 1).payload(LENGTH);
        };
    }

    private static TestFrames fromA1() {
        return ethernet(MA1, GA).ipv4(A1, X);
    }

    private static TestFrames toA1() {
        return ethernet(U, F1).ipv4(X, FIP_A1);
    }

    private static TestFrames fromA3() {
        return ethernet(MA3, GA).ipv4(A3, X);
    }

    private static ConntrackTable connections(final Host host) {
        return host.worker().connections();
    }

    /** The one connection there is. */
    private static int only(final Host host) {
        final int[] found = {-1};
        connections(host).forEach((table, reference) -> {
            assertEquals(-1, found[0], "more than one connection");
            found[0] = reference;
        });
        assertTrue(found[0] >= 0, "no connection");
        return found[0];
    }

    @ParameterizedTest
    @ValueSource(strings = {"TCP_CHECKSUM", "UDP_CHECKSUM", "ICMP_CHECKSUM"})
    void shouldOpenNothingForAWrongChecksum(final String name) {
        final DropReason kind = DropReason.valueOf(name);
        final Host host = new Host(CentralWalkTest.allInOne());
        host.sendForDrop(
                kind, TAP_A1, packet(fromA1(), kind).badTransportChecksum().build());
        host.sendForDrop(
                kind, PROVIDER, packet(toA1(), kind).badTransportChecksum().build());
        host.sendForDrop(
                kind, TAP_A3, packet(fromA3(), kind).badTransportChecksum().build());
        host.sendForDrop(
                kind,
                PROVIDER,
                packet(ethernet(U, Q).ipv4(X, FIP_V), kind)
                        .badTransportChecksum()
                        .build());
        assertEquals(0, connections(host).created());
        host.sendForOne(TAP_A1, packet(fromA1(), kind).build());
        host.sendForOne(TAP_A3, packet(fromA3(), kind).build());
        assertEquals(2, connections(host).created());
    }

    @Test
    void shouldTakeUdpWithoutAChecksum() {
        final Host host = new Host(CentralWalkTest.allInOne());
        host.sendForOne(TAP_A1, fromA1().udp(4_000, 5_000).noTransportChecksum().build());
        host.sendForOne(TAP_A3, fromA3().udp(4_000, 5_000).noTransportChecksum().build());
        assertEquals(2, connections(host).active());
    }

    @Test
    void shouldNotVerifyFragments() { // what the checksum covers has not come
        final Host host = new Host(compute1());
        for (final byte[] fragment : TestFrames.fragments(
                fromA1().id(7)
                        .udp(4_000, 5_000)
                        .badTransportChecksum()
                        .payload(200)
                        .build(),
                120)) {
            host.sendForOne(TAP_A1, fragment);
        }
        assertEquals(1, connections(host).active());
    }

    @Test
    void shouldTakeAnAnswerWithAWrongChecksumForNone() {
        final Host host = new Host(compute1());
        host.sendForOne(TAP_A1, fromA1().udp(4_000, 5_000).build());
        final long expiresAtNs = connections(host).expiresAtNs(only(host));
        host.advance(Host.SECOND);
        host.sendForDrop(
                DropReason.UDP_CHECKSUM,
                PROVIDER,
                toA1().udp(5_000, 4_000).badTransportChecksum().build());
        assertFalse(connections(host).isReplied(only(host)));
        assertEquals(expiresAtNs, connections(host).expiresAtNs(only(host)));
        host.sendForOne(PROVIDER, toA1().udp(5_000, 4_000).build());
        assertTrue(connections(host).isReplied(only(host)));
    }

    @Test
    void shouldBelieveNoSegmentWithAWrongChecksumThatWouldChangeTheState() {
        final Host host = new Host(compute1());
        host.sendForOne(TAP_A1, fromA1().tcp(4_000, 80, TcpHeader.SYN, 100, 0).build());
        final int syn = TcpHeader.SYN | TcpHeader.ACK;
        host.sendForDrop(
                DropReason.TCP_CHECKSUM,
                PROVIDER,
                toA1().tcp(80, 4_000, syn, 500, 101).badTransportChecksum().build());
        assertEquals(TcpState.SYN_SENT, connections(host).tcpState(only(host)));
        host.sendForOne(PROVIDER, toA1().tcp(80, 4_000, syn, 500, 101).build());
        host.sendForDrop(
                DropReason.TCP_CHECKSUM,
                TAP_A1,
                fromA1().tcp(4_000, 80, TcpHeader.ACK, 101, 501)
                        .badTransportChecksum()
                        .build());
        assertEquals(TcpState.SYN_RECV, connections(host).tcpState(only(host)));
        host.sendForOne(TAP_A1, fromA1().tcp(4_000, 80, TcpHeader.ACK, 101, 501).build());
        for (final int flags : new int[] {TcpHeader.RST, TcpHeader.FIN | TcpHeader.ACK, TcpHeader.SYN}) {
            host.sendForDrop(
                    DropReason.TCP_CHECKSUM,
                    PROVIDER,
                    toA1().tcp(80, 4_000, flags, 501, 101)
                            .badTransportChecksum()
                            .build());
        }
        assertEquals(TcpState.ESTABLISHED, connections(host).tcpState(only(host)));
    }

    @Test
    void shouldLeaveWrongDataOfAnEstablishedFlowToItsReceiver() {
        final Host host = new Host(CentralWalkTest.allInOne());
        for (final String tap : new String[] {TAP_A1, TAP_A3}) {
            final boolean isA1 = tap.equals(TAP_A1);
            host.sendForOne(tap, (isA1 ? fromA1() : fromA3()).udp(4_000, 5_000).build());
            final Host.Sent sent = host.sendForOne(
                    tap,
                    (isA1 ? fromA1() : fromA3())
                            .udp(4_000, 5_000)
                            .badTransportChecksum()
                            .payload(9)
                            .build());
            sent.frame().hasSourceIp(isA1 ? FIP_A1 : QG);
            assertThrows(AssertionError.class, () -> sent.frame().hasValidChecksums());
        }
    }

    @Test
    void shouldRouteWhatIsNotTranslatedWhateverItsChecksum() { // and remember nothing
        final Host host = new Host(CentralWalkTest.allInOne());
        final TestFrames wrong =
                ethernet(U, Q).ipv4(X, "10.0.1.14").udp(4_000, 5_000).badTransportChecksum();
        host.sendForOne(PROVIDER, wrong.build());
        assertEquals(0, connections(host).active());
        host.sendForOne(
                PROVIDER, ethernet(U, Q).ipv4(X, "10.0.1.14").udp(4_000, 5_000).build());
        assertEquals(1, connections(host).active());
    }

    @Test
    void shouldSayNothingAboutUdpToItselfWithAWrongChecksum() {
        final Host host = new Host(CentralWalkTest.allInOne());
        host.sendForDrop(
                DropReason.UDP_CHECKSUM,
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, QR_A)
                        .udp(4_000, 5_000)
                        .badTransportChecksum()
                        .build());
        host.sendForDrop(
                DropReason.UDP_CHECKSUM,
                PROVIDER,
                ethernet(U, Q)
                        .ipv4(X, QG)
                        .udp(4_000, 5_000)
                        .badTransportChecksum()
                        .build());
        host.sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA).ipv4(A1, QR_A).udp(4_000, 5_000).build())
                .frame()
                .isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.PORT);
    }

    @Test
    void shouldNotVerifyWhatThePortVouchesFor() {
        final FramePool pool = new FramePool(1, 256);
        final Frame frame = pool.take();
        final byte[] wrong = fromA1().udp(4_000, 5_000).badTransportChecksum().build();
        frame.buffer().putBytes(frame.start(), wrong);
        frame.received(null, wrong.length);
        new FrameParser().parseOwn(frame);
        assertEquals(DropReason.UDP_CHECKSUM, TransportChecksum.fault(frame));
        frame.offload.isVerified = true;
        assertNull(TransportChecksum.fault(frame));
        pool.give(frame);
        assertFalse(pool.take().isVouchedFor());
    }

    @Test
    void shouldTakeNoEchoReplyThatNobodyHasAskedFor() {
        final Host host = new Host(CentralWalkTest.allInOne());
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                TAP_A1,
                fromA1().icmpEchoReply(77, 1).build());
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                PROVIDER,
                toA1().icmpEchoReply(77, 1).build());
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                TAP_A3,
                fromA3().icmpEchoReply(77, 1).build());
        assertEquals(0, connections(host).created());
    }

    @Test
    void shouldNotRefreshARequestByRepliesOfItsOwnSender() {
        final Host host = new Host(compute1());
        host.sendForOne(TAP_A1, fromA1().icmpEcho(77, 1).build());
        final long expiresAtNs = connections(host).expiresAtNs(only(host));
        host.advance(Host.SECOND);
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                TAP_A1,
                fromA1().icmpEchoReply(77, 1).build());
        assertEquals(expiresAtNs, connections(host).expiresAtNs(only(host)));

        // Both sides ask with one identifier: one connection carries both, and both are answered.
        host.sendForOne(PROVIDER, toA1().icmpEcho(77, 1).build()).frame().hasDestinationIp(A1);
        host.sendForOne(TAP_A1, fromA1().icmpEchoReply(77, 1).build()).frame().hasSourceIp(FIP_A1);
        host.sendForOne(PROVIDER, toA1().icmpEchoReply(77, 1).build()).frame().hasDestinationIp(A1);
    }

    @Test
    void shouldLetAGuestPingItselfByItsCentralisedFloatingIp() { // both directions have one tuple
        final Host host = new Host(CentralWalkTest.allInOne());
        final String own = "10.0.1.20";
        for (final TestFrames packet : new TestFrames[] {
            ethernet(D2, SA).ipv4(own, FIP_V).icmpEcho(77, 1),
            ethernet(D2, SA).ipv4(own, FIP_V).icmpEchoReply(77, 1)
        }) {
            final Host.Sent sent = host.sendForOne(UNDERLAY, vxlanFrom2(101, packet.build()));
            sent.frame().isVxlan(101).hasSourceIp(FIP_V).hasDestinationIp(own);
        }
        assertEquals(1, connections(host).active());
    }

    @Test
    void shouldNotRefreshARequestAtACentralRouterByRepliesOfItsOwnSender() {
        final Host host = new Host(CentralWalkTest.allInOne());
        host.sendForOne(TAP_A3, fromA3().icmpEcho(77, 1).build());
        final long expiresAtNs = connections(host).expiresAtNs(only(host));
        host.advance(Host.SECOND);
        host.sendForDrop(
                DropReason.NAT_NO_CONNECTION,
                TAP_A3,
                fromA3().icmpEchoReply(77, 1).build());
        assertEquals(expiresAtNs, connections(host).expiresAtNs(only(host)));
    }
}
