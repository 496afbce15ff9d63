package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
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
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.QR_B;
import static org.dvr.dataplane.testing.Cast.RFP;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.walk.Frames.echo;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.dvr.codec.testing.FrameAssert;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.junit.jupiter.api.Test;

/** dvr.md §10 and contract.md §6 rows 4, 11, 25, 26: who tells whom what, and when nobody does. */
class IcmpErrorTest {
    private static FrameAssert error(
            final Host.Sent sent,
            final String attachment,
            final int type,
            final int code,
            final String from,
            final String to) {
        assertEquals(attachment, sent.attachment());
        sent.frame().hasSourceIp(from).hasDestinationIp(to).hasTtl(64).hasDontFragment(false);
        return sent.frame().isIcmp(type, code).hasValidChecksums();
    }

    private static byte[] fromA1(final String to, final int ttl) {
        return udpFrom(MA1, GA, A1, to).ttl(ttl).build();
    }

    @Test
    void shouldEndTheTtlAtTheFirstHopTowardsOutside() { // hop 1: qr address of the sender's subnet
        for (final String to : List.of(X, B1, B2, FIP_A1, FIP_B1)) {
            final Host host = new Host(compute1());
            for (final int ttl : new int[] {0, 1}) {
                final Host.Sent sent = host.sendForOne(TAP_A1, fromA1(to, ttl));
                final FrameAssert frame = error(sent, TAP_A1, 11, 0, QR_A, A1);
                frame.hasSourceMac(GA).hasDestinationMac(MA1).hasTos(0xC0);
                frame.quotedPacket()
                        .hasSourceIp(A1)
                        .hasDestinationIp(to)
                        .hasTtl(ttl)
                        .hasValidChecksums();
                assertEquals(Map.of(DropReason.TTL_EXCEEDED, 1L), host.drops());
            }
        }
    }

    @Test
    void shouldEndTheTtlAtTheFipNamespaceTowardsOutside() { // hop 2: fpr address
        final Host.Sent sent = new Host(compute1()).sendForOne(TAP_A1, fromA1(X, 2));

        error(sent, TAP_A1, 11, 0, FPR, A1).hasSourceMac(GA).hasDestinationMac(MA1);
        sent.frame()
                .quotedPacket()
                .hasSourceIp(A1) // as the guest knows it
                .hasDestinationIp(X)
                .hasTtl(1)
                .hasSourcePort(4000)
                .hasDestinationPort(5000);
        new Host(compute1()).sendForOne(TAP_A1, fromA1(X, 3)).frame().hasTtl(1);
    }

    @Test
    void shouldEndTheTtlOfATurnedPacketAtEachHop() { // §9.8: qrouter, fip, qrouter
        final Host host = new Host(compute1());
        error(host.sendForOne(TAP_A1, fromA1(FIP_B1, 1)), TAP_A1, 11, 0, QR_A, A1);
        error(host.sendForOne(TAP_A1, fromA1(FIP_B1, 2)), TAP_A1, 11, 0, FPR, A1);
        final Host.Sent third = host.sendForOne(TAP_A1, fromA1(FIP_B1, 3));
        error(third, TAP_A1, 11, 0, FIP_B1, A1)
                .quotedPacket()
                .hasSourceIp(A1)
                .hasDestinationIp(FIP_B1)
                .hasTtl(1);
        assertEquals(TAP_B1, host.sendForOne(TAP_A1, fromA1(FIP_B1, 4)).attachment());
    }

    @Test
    void shouldEndTheTtlFromOutsideAtTheFipNamespace() { // row 25: fg address
        final byte[] packet = udpFrom(U, F1, X, FIP_A1).ttl(1).build();

        final Host.Sent sent = new Host(compute1()).sendForOne(PROVIDER, packet);
        error(sent, PROVIDER, 11, 0, FG1, X).hasSourceMac(F1).hasDestinationMac(U);
        sent.frame().quotedPacket().hasSourceIp(X).hasDestinationIp(FIP_A1).hasTtl(1);

        error(new Host(compute1().withoutFg()).sendForOne(PROVIDER, packet), PROVIDER, 11, 0, FIP_A1, X);
    }

    @Test
    void shouldEndTheTtlFromOutsideAtTheRouter() { // row 25: the floating IP, though the original is silent
        final byte[] packet = udpFrom(U, F1, X, FIP_A1).ttl(2).build();

        final Host.Sent sent = new Host(compute1()).sendForOne(PROVIDER, packet);
        error(sent, PROVIDER, 11, 0, FIP_A1, X).hasSourceMac(F1).hasDestinationMac(U);
        sent.frame()
                .quotedPacket()
                .hasSourceIp(X)
                .hasDestinationIp(FIP_A1) // as the sender knows it
                .hasTtl(1);

        final Host silent = new Host(compute1(), new StageOptions(false, false, false, 10));
        silent.sendForDrop(DropReason.TTL_EXCEEDED, PROVIDER, packet);
    }

    @Test
    void shouldTellSendersOnLinkDirectly() { // row 25: on-link sender or not
        for (final int ttl : new int[] {1, 2}) {
            final Host.Sent sent = new Host(compute1())
                    .sendForOne(PROVIDER, udpFrom(Q, F1, QG, FIP_A1).ttl(ttl).build());
            error(sent, PROVIDER, 11, 0, ttl == 1 ? FG1 : FIP_A1, QG).hasDestinationMac(Q);
        }
    }

    @Test
    void shouldTellThatFragmentationIsNeeded() {
        final byte[] big =
                udpFrom(MA1, GA, A1, B1).dontFragment().payload(1_400).build();
        final Host.Sent eastWest = new Host(compute1().mtuB(1_300)).sendForOne(TAP_A1, big);
        error(eastWest, TAP_A1, 3, 4, QR_A, A1).hasIcmpMtu(1_300);
        assertEquals(14 + 576, eastWest.bytes().length);
        eastWest.frame().quotedPacket().hasTtl(64);

        final byte[] in =
                udpFrom(U, F1, X, FIP_A1).dontFragment().payload(1_430).build();
        final Host.Sent fromOutside = new Host(compute1()).sendForOne(PROVIDER, in);
        error(fromOutside, PROVIDER, 3, 4, FIP_A1, X).hasIcmpMtu(1_450).hasDestinationMac(U);
        fromOutside.frame().quotedPacket().hasDestinationIp(FIP_A1).hasTtl(63);

        final byte[] out = udpFrom(MA1, GA, A1, X).dontFragment().payload(1_350).build();
        final Host.Sent toOutside = new Host(compute1().mtuExternal(1_300)).sendForOne(TAP_A1, out);
        error(toOutside, TAP_A1, 3, 4, FPR, A1).hasIcmpMtu(1_300);
        toOutside.frame().quotedPacket().hasSourceIp(A1).hasDestinationIp(X);

        new Host(compute1().mtuB(1_428)).sendForOne(TAP_A1, big); // just fits
        new Host(compute1(), new StageOptions(false, false, false, 10))
                .sendForDrop(DropReason.PACKET_TOO_BIG, PROVIDER, in);
    }

    @Test
    void shouldTellThatThereIsNoRoute() {
        final Host.Sent sent = new Host(compute1().withoutRedirect()).sendForOne(TAP_A3, udp(MA3, GA, A3, X));
        error(sent, TAP_A3, 3, 0, QR_A, A3).quotedPacket().hasTtl(64);

        final Host.Sent fromFip = new Host(compute1().withoutExternalGateway()).sendForOne(TAP_A1, udp(MA1, GA, A1, X));
        error(fromFip, TAP_A1, 3, 0, FPR, A1);
    }

    @Test
    void shouldTellThatNobodyListensAtItsOwnAddresses() {
        final Host host = new Host(compute1());
        error(host.sendForOne(TAP_A1, fromA1(QR_A, 64)), TAP_A1, 3, 3, QR_A, A1);
        error(host.sendForOne(TAP_A1, fromA1(QR_B, 1)), TAP_A1, 3, 3, QR_B, A1);
        error(host.sendForOne(TAP_A1, fromA1(RFP, 64)), TAP_A1, 3, 3, RFP, A1);
        error(host.sendForOne(TAP_A1, fromA1(FPR, 64)), TAP_A1, 3, 3, FPR, A1);
        error(host.sendForOne(PROVIDER, udp(U, F1, X, FG1)), PROVIDER, 3, 3, FG1, X);
        host.sendForDrop(DropReason.LOCAL_NO_SERVICE, TAP_A1, tcp(MA1, GA, A1, QR_A, 1, 22, 2));
    }

    @Test
    void shouldAnswerEchoAtItsOwnAddresses() {
        final Host host = new Host(compute1());
        for (final String own : List.of(QR_A, QR_B, RFP, FPR)) {
            final Host.Sent sent = host.sendForOne(TAP_A1, echo(MA1, GA, A1, own));
            assertEquals(TAP_A1, sent.attachment());
            sent.frame()
                    .hasSourceMac(GA)
                    .hasDestinationMac(MA1)
                    .hasSourceIp(own)
                    .hasDestinationIp(A1)
                    .hasTtl(64)
                    .isIcmp(IcmpHeader.ECHO_REPLY, 0)
                    .hasIcmpId(77)
                    .hasIcmpSequence(1)
                    .hasValidChecksums();
        }
        final Host.Sent outside = host.sendForOne(PROVIDER, echo(U, F1, X, FG1));
        outside.frame()
                .hasSourceMac(F1)
                .hasDestinationMac(U)
                .hasSourceIp(FG1)
                .hasTtl(64)
                .hasIcmpId(77);
        final Host.Sent guest = host.sendForOne(TAP_A1, echo(MA1, GA, A1, FG1));
        guest.frame()
                .hasSourceMac(GA)
                .hasSourceIp(FG1)
                .hasDestinationIp(A1)
                .hasTtl(63)
                .hasIcmpId(77);
        final byte[] remote = udpFrom(MA1, GA, A1, QR_A).build();
        host.send(UNDERLAY, vxlanFrom2(ID_A, remote)); // never from elsewhere
        host.sendForDrop(
                DropReason.ICMP_CHECKSUM,
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, QR_A)
                        .icmpEcho(1, 1)
                        .badTransportChecksum()
                        .build());
    }

    @Test
    void shouldAnswerOnLinkEchoDirectly() { // §6.2: the external subnet is connected on fg
        new Host(compute1())
                .sendForOne(PROVIDER, echo(Q, F1, QG, FG1))
                .frame()
                .hasDestinationMac(Q)
                .hasDestinationIp(QG)
                .hasSourceIp(FG1);
    }

    @Test
    void shouldSurviveAnAnswerWithoutAWayOut() {
        final Host host = new Host(compute1().withoutExternalGateway());
        assertTrue(host.send(PROVIDER, echo(U, F1, X, FG1)).isEmpty());
        assertEquals(Map.of(DropReason.NETWORK_UNREACHABLE, 1L), host.drops());
        assertTrue(host.send(PROVIDER, udpFrom(U, F1, X, FIP_A1).ttl(1).build()).isEmpty());
    }

    @Test
    void shouldSurviveAnAnswerWhoseNextHopIsSilent() {
        final Host host = new Host(compute1().withoutUpstream());
        host.sendForOne(PROVIDER, udpFrom(U, F1, X, FIP_A1).ttl(1).build())
                .frame()
                .isArpRequest();
        assertEquals(1, host.held());

        host.advance(3 * Host.SECOND);

        assertEquals(0, host.held());
        assertEquals(1, host.counters().drops(DropReason.HOST_UNREACHABLE));
    }

    @Test
    void shouldTellNobodyAboutErrorsFragmentsBroadcastsAndStrangers() { // RFC 1812 §4.3.2.7
        final Host host = new Host(compute1());
        final byte[] quoted = TestFrames.quote(udp(MA1, GA, A1, B1), 28);
        host.sendForDrop(
                DropReason.TTL_EXCEEDED,
                TAP_A1,
                ethernet(MA1, GA).ipv4(A1, B1).ttl(1).icmpError(3, 3, 0, quoted).build(),
                ethernet(MA1, GA)
                        .ipv4(A1, B1)
                        .ttl(1)
                        .fragment(64, false)
                        .protocol(17, new byte[64])
                        .build(),
                ethernet(MA1, GA)
                        .ipv4(A1, B1)
                        .ttl(1)
                        .fragment(8, true)
                        .protocol(17, new byte[64])
                        .build());
        host.sendForDrop(
                DropReason.MARTIAN_SOURCE,
                TAP_A1,
                udpFrom(MA1, GA, "0.0.0.0", B1).ttl(1).build());
        // The first fragment may cause one.
        host.sendForOne(
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, B1)
                        .ttl(1)
                        .fragment(0, true)
                        .protocol(17, new byte[64])
                        .build());
        host.sendForDrop(
                DropReason.DIRECTED_BROADCAST,
                TAP_A1,
                udpFrom(MA1, GA, A1, "10.0.2.255").ttl(1).build());
    }

    @Test
    void shouldLimitErrorsPerSender() { // row 26
        final Host host = new Host(compute1());
        final byte[][] many = new byte[60][];
        java.util.Arrays.fill(many, fromA1(X, 1));

        assertEquals(50, host.send(TAP_A1, many).size());
        assertEquals(
                1, host.send(TAP_B1, udpFrom(MB1, GB, B1, X).ttl(1).build()).size());
        host.advance(Host.SECOND);
        assertEquals(10, host.send(TAP_A1, many).size());

        final Host off = new Host(compute1(), new StageOptions(false, false, true, 0));
        off.sendForDrop(DropReason.TTL_EXCEEDED, TAP_A1, fromA1(X, 1));
    }

    @Test
    void shouldKeepTheDscpAndEcnOfAnErrorToItself() { // row 11: TOS = (original & 0x1e) | 0xc0
        new Host(compute1())
                .sendForOne(TAP_A1, udpFrom(MA1, GA, A1, X).ttl(1).tos(0xBB).build())
                .frame()
                .hasTos(0xDA)
                .quotedPacket()
                .hasTos(0xBB);
    }

    @Test
    void shouldQuoteNoMoreThanThePacket() {
        final byte[] small =
                ethernet(MA1, GA).ipv4(A1, X).ttl(1).udp(1, 2).padTo(60).build();
        final Host.Sent sent = new Host(compute1()).sendForOne(TAP_A1, small);
        assertEquals(14 + 20 + 8 + 28, sent.bytes().length);
    }

    @Test
    void shouldTellAGuestBehindAnotherSubnetOfItsRouter() { // the sender is not in the subnet it came in by
        final Cast cast = compute1()
                .also(parts -> parts.builder.extraRoute(parts.router, ip("192.168.9.0"), 24, parts.gatewayA, ip(A1)));
        final Host.Sent sent = new Host(cast)
                .sendForOne(TAP_A1, udpFrom(MA1, GA, "192.168.9.1", B1).ttl(1).build());
        error(sent, TAP_A1, 11, 0, QR_A, "192.168.9.1").hasDestinationMac(MA1);
    }
}
