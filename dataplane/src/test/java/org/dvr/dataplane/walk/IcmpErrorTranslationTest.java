package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.codec.testing.TestFrames.quote;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_A2;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.Router;
import org.dvr.nat.conntrack.ConntrackTable;
import org.junit.jupiter.api.Test;

/**
 * ICMP errors through every translation (dvr.md §10, RFC 5508). What must leave is built from nothing by {@link TestFrames}, all its checksums
 * computed in full, and compared byte by byte.
 */
class IcmpErrorTranslationTest {
    /** A router in the middle, outside. */
    private static final String H = "198.51.100.7";

    private static final String LA = "fa:16:3e:00:0a:77";
    private static final String LQ = "fa:16:3e:00:0e:77";
    private static final String GATEWAY = "203.0.113.77";
    private static final String FIP_A3 = "203.0.113.78";
    private static final String FORWARDED = "203.0.113.79";
    /** Around the end of each header; a TCP checksum of which 37 bytes would leave one half says nothing and stays. */
    private static final int[] LENGTHS = {28, 29, 35, 36, 38, 39, 40, 52, 576};

    /** What the quoted packet is; ports or identifiers are the only thing that directions differ in. */
    private enum Kind {
        UDP,
        UDP_WITHOUT_CHECKSUM,
        TCP,
        ECHO,
        GRE;

        boolean hasPorts() {
            return this == TCP || this == UDP || this == UDP_WITHOUT_CHECKSUM;
        }

        TestFrames in(final TestFrames frame, final int sourcePort, final int destinationPort, final int length) {
            return switch (this) {
                case UDP -> frame.udp(sourcePort, destinationPort).payload(length);
                case UDP_WITHOUT_CHECKSUM ->
                    frame.udp(sourcePort, destinationPort).noTransportChecksum().payload(length);
                case TCP ->
                    frame.tcp(sourcePort, destinationPort, TcpHeader.SYN, 7, 0).payload(length);
                case ECHO -> frame.icmpEcho(sourcePort, 3).payload(length);
                case GRE -> frame.protocol(47, new byte[8 + length]);
            };
        }
    }

    private static TestFrames fromA1(final String to, final int ttl) {
        return ethernet(MA1, GA).ipv4(A1, to).ttl(ttl);
    }

    private static TestFrames fromOutside(final String from, final String to, final int ttl) {
        return ethernet(U, F1).ipv4(from, to).ttl(ttl);
    }

    private static void assertLeft(final String attachment, final TestFrames expected, final Host.Sent sent) {
        assertEquals(attachment, sent.attachment());
        sent.frame().hasValidChecksums();
        assertArrayEquals(expected.build(), sent.bytes());
    }

    /** This host with a legacy router L on network A as well: gateway address .77, floating IP .78 for a3, port 8053 of .79 for a1. */
    private static Cast legacy() {
        return compute1().also(parts -> {
            final Router router = parts.builder.centralRouter(9, "router-l", "L", /* isUp= */ true, false);
            parts.builder.centralPort(router, parts.a, "port-la", mac(LA), ip("10.0.1.7"), 24);
            parts.builder.gatewayPort(router, parts.external, mac(LQ), ip(GATEWAY), ip(UPSTREAM), /* hasSnat= */ true);
            parts.builder.centralFloatingIp(router, ip(FIP_A3), ip(A3));
            parts.builder.portForwarding(router, IpProtocol.UDP, ip(FORWARDED), 8053, ip(A1), 53);
            parts.builder.externalRoute(router, ip("203.0.113.0"), 24);
        });
    }

    @Test
    void shouldBringErrorsFromOutsideToTheGuest() { // RFC 5508 REQ-4: of any router on the way; traceroute and path MTU
        for (final Kind kind : Kind.values()) {
            for (final int length : LENGTHS) {
                final Host host = new Host(compute1());
                final Host.Sent out = host.sendForOne(
                        TAP_A1, kind.in(fromA1(X, 64), 1000, 53, 30).build());
                final byte[] original =
                        quote(kind.in(fromA1(X, 62), 1000, 53, 30).build(), length);
                for (final int[] error : new int[][] {{3, 3, 0}, {3, 4, 1400}, {4, 0, 0}, {11, 0, 0}, {12, 0, 0}}) {
                    assertLeft(
                            TAP_A1,
                            ethernet(GA, MA1).ipv4(H, A1).ttl(48).icmpError(error[0], error[1], error[2], original),
                            host.sendForOne(
                                    PROVIDER,
                                    fromOutside(H, FIP_A1, 50)
                                            .icmpError(error[0], error[1], error[2], quote(out.bytes(), length))
                                            .build()));
                }
            }
        }
    }

    @Test
    void shouldTakeErrorsOfTheGuestOutside() { // RFC 5508 REQ-5
        for (final Kind kind : Kind.values()) {
            for (final int length : LENGTHS) {
                final Host host = new Host(compute1());
                final Host.Sent in = host.sendForOne(
                        PROVIDER,
                        kind.in(fromOutside(X, FIP_A1, 64), 1000, 53, 30).build());
                final byte[] original =
                        quote(kind.in(fromOutside(X, FIP_A1, 62), 1000, 53, 30).build(), length);
                assertLeft(
                        PROVIDER,
                        ethernet(F1, U).ipv4(FIP_A1, X).ttl(62).icmpError(3, 3, 0, original),
                        host.sendForOne(
                                TAP_A1,
                                fromA1(X, 64)
                                        .icmpError(3, 3, 0, quote(in.bytes(), length))
                                        .build()));
            }
        }
    }

    @Test
    void shouldGiveErrorsOfInnerHostsTheAddressOfTheConnection() { // as netfilter does; nobody outside knows theirs
        final Host host = new Host(compute1());
        final byte[] quoted =
                quote(host.sendForOne(PROVIDER, Frames.udp(U, F1, X, FIP_A1)).bytes(), 48);
        final byte[] original = quote(Frames.udpFrom(U, F1, X, FIP_A1).ttl(62).build(), 48);
        final TestFrames expected = ethernet(F1, U).ipv4(FIP_A1, X).ttl(62).icmpError(3, 1, 0, original);
        // Without a floating IP of its own, and with one.
        assertLeft(
                PROVIDER,
                expected,
                host.sendForOne(
                        TAP_A3,
                        ethernet(MA3, GA).ipv4(A3, X).icmpError(3, 1, 0, quoted).build()));
        assertLeft(
                PROVIDER,
                expected,
                host.sendForOne(
                        TAP_B1,
                        ethernet(MB1, GB).ipv4(B1, X).icmpError(3, 1, 0, quoted).build()));
    }

    @Test
    void shouldStepOverOptionsInTheQuote() { // RFC 5508 REQ-3
        final Host host = new Host(compute1());
        final byte[] options = {7, 7, 4, 0, 0, 0, 0, 1}; // record route, and a no-operation
        final Host.Sent out = host.sendForOne(
                TAP_A1, fromA1(X, 64).options(options).udp(9, 10).payload(8).build());
        final byte[] original =
                quote(fromA1(X, 62).options(options).udp(9, 10).payload(8).build(), 36);
        assertLeft(
                TAP_A1,
                ethernet(GA, MA1).ipv4(H, A1).ttl(62).options(new byte[4]).icmpError(11, 0, 0, original),
                host.sendForOne(
                        PROVIDER,
                        fromOutside(H, FIP_A1, 64)
                                .options(new byte[4])
                                .icmpError(11, 0, 0, quote(out.bytes(), 36))
                                .build()));
    }

    @Test
    void shouldLeaveWhatFollowsTheQuoteAlone() { // RFC 4884: an extension behind a quote that is padded to 128 bytes
        final Host host = new Host(compute1());
        final Host.Sent out = host.sendForOne(TAP_A1, Frames.udp(MA1, GA, A1, X));
        final byte[] before = Arrays.copyOf(quote(out.bytes(), 48), 128 + 12);
        final byte[] after =
                Arrays.copyOf(quote(Frames.udpFrom(MA1, GA, A1, X).ttl(62).build(), 48), 128 + 12);
        for (int i = 128; i < before.length; i++) {
            before[i] = (byte) i;
            after[i] = (byte) i;
        }
        assertLeft(
                TAP_A1,
                ethernet(GA, MA1).ipv4(H, A1).ttl(62).icmp(11, 0, 32 << 16).payload(after),
                host.sendForOne(
                        PROVIDER,
                        fromOutside(H, FIP_A1, 64)
                                .icmp(11, 0, 32 << 16)
                                .payload(before)
                                .build()));
    }

    @Test
    void shouldKeepAWrongQuotedTransportChecksumWrong() { // RFC 5508 REQ-3: not verified, and not repaired
        final Host host = new Host(compute1());
        host.sendForOne(TAP_A1, fromA1(X, 64).udp(9, 10).build()); // the first one is verified
        final TestFrames wrong = fromA1(X, 62).udp(9, 10).badTransportChecksum();
        final Host.Sent out = host.sendForOne(TAP_A1, wrong.ttl(64).payload(8).build());
        assertLeft(
                TAP_A1,
                ethernet(GA, MA1)
                        .ipv4(H, A1)
                        .ttl(62)
                        .icmpError(3, 3, 0, quote(wrong.ttl(62).build(), 36)),
                host.sendForOne(
                        PROVIDER,
                        fromOutside(H, FIP_A1, 64)
                                .icmpError(3, 3, 0, quote(out.bytes(), 36))
                                .build()));
    }

    @Test
    void shouldCarryErrorsBetweenFloatingIpsOfThisHost() { // §9.8, RFC 5508 REQ-7
        for (final Kind kind : Kind.values()) {
            final Host host = new Host(compute1());
            final Host.Sent arrived = host.sendForOne(
                    TAP_A1, kind.in(fromA1(FIP_B1, 64), 1000, 53, 30).build());
            assertEquals(TAP_B1, arrived.attachment());
            final byte[] original =
                    quote(kind.in(fromA1(FIP_B1, 61), 1000, 53, 30).build(), 48);
            assertLeft(
                    TAP_A1,
                    ethernet(GA, MA1).ipv4(FIP_B1, A1).ttl(61).icmpError(3, 3, 0, original),
                    host.sendForOne(
                            TAP_B1,
                            ethernet(MB1, GB)
                                    .ipv4(B1, FIP_A1)
                                    .icmpError(3, 3, 0, quote(arrived.bytes(), 48))
                                    .build()));
        }
    }

    @Test
    void shouldTellAGuestTheMtuBehindAFloatingIpOfAnotherHost() { // §9.9 and §10: compute2 tells, compute1 translates
        final Host first = new Host(compute1());
        final Host second = new Host(Cast.compute2().mtuA(1_400));
        final TestFrames big = fromA1(FIP_A2, 64).dontFragment().udp(1000, 53).payload(1_400);
        final Host.Sent onWire = first.sendForOne(TAP_A1, big.build());
        final Host.Sent error = second.sendForOne(PROVIDER, onWire.bytes());
        error.frame().hasSourceIp(FIP_A2).hasDestinationIp(FIP_A1).isIcmp(3, 4).hasIcmpMtu(1_400);

        assertLeft(
                TAP_A1,
                ethernet(GA, MA1)
                        .ipv4(FIP_A2, A1)
                        .id((error.bytes()[18] & 0xFF) << 8 | (error.bytes()[19] & 0xFF))
                        .tos(0xC0)
                        .ttl(62)
                        .icmpError(3, 4, 1_400, quote(big.ttl(61).build(), 548)),
                first.sendForOne(PROVIDER, error.bytes()));
    }

    @Test
    void shouldCarryErrorsOfAGuestToItself() { // §9.7: by one connection where the ports are equal, else by two
        for (final Kind kind : Kind.values()) {
            for (final int port : new int[] {53, 1000}) {
                final Host host = new Host(compute1());
                final Host.Sent arrived = host.sendForOne(
                        TAP_A1, kind.in(fromA1(FIP_A1, 64), port, 53, 30).build());
                final byte[] original =
                        quote(kind.in(fromA1(FIP_A1, 61), port, 53, 30).build(), 48);
                assertLeft(
                        TAP_A1,
                        ethernet(GA, MA1).ipv4(FIP_A1, A1).ttl(61).icmpError(3, 3, 0, original),
                        host.sendForOne(
                                TAP_A1,
                                fromA1(FIP_A1, 64)
                                        .icmpError(3, 3, 0, quote(arrived.bytes(), 48))
                                        .build()));
            }
        }
    }

    @Test
    void shouldBringErrorsThroughASharedAddress() { // the SNAT side: ports and identifiers change, too
        for (final Kind kind : Kind.values()) {
            for (final int length : LENGTHS) {
                final Host host = new Host(legacy());
                final Host.Sent out = host.sendForOne(
                        TAP_A1,
                        kind.in(ethernet(MA1, LA).ipv4(A1, X), 1000, 53, 30).build());
                out.frame().hasSourceIp(GATEWAY);
                assertTrue(!kind.hasPorts() || quotedPort(out.bytes()) != 1000, "its port is chosen at random");
                final byte[] original = quote(
                        kind.in(ethernet(MA1, LA).ipv4(A1, X).ttl(63), 1000, 53, 30)
                                .build(),
                        length);
                assertLeft(
                        TAP_A1,
                        ethernet(LA, MA1).ipv4(H, A1).ttl(63).icmpError(11, 0, 0, original),
                        host.sendForOne(
                                PROVIDER,
                                ethernet(U, LQ)
                                        .ipv4(H, GATEWAY)
                                        .icmpError(11, 0, 0, quote(out.bytes(), length))
                                        .build()));
            }
        }
    }

    private static int quotedPort(final byte[] frame) {
        return (frame[34] & 0xFF) << 8 | (frame[35] & 0xFF);
    }

    @Test
    void shouldTakeErrorsThroughASharedAddress() { // of the guest, and of a host in the middle
        for (final Kind kind : Kind.values()) {
            final Host host = new Host(legacy());
            final Host.Sent out = host.sendForOne(
                    TAP_A1, kind.in(ethernet(MA1, LA).ipv4(A1, X), 1000, 53, 30).build());
            final int port = kind.hasPorts() || kind == Kind.ECHO ? outerPort(kind, out.bytes()) : 0;
            final TestFrames answer = answer(kind, ethernet(U, LQ).ipv4(X, GATEWAY), port);
            final Host.Sent in = host.sendForOne(PROVIDER, answer.build());
            assertEquals(TAP_A1, in.attachment());
            final byte[] original = quote(answer.ttl(63).build(), 36);
            final TestFrames expected = ethernet(LQ, U).ipv4(GATEWAY, X).ttl(63).icmpError(3, 3, 0, original);
            assertLeft(
                    PROVIDER,
                    expected,
                    host.sendForOne(
                            TAP_A1,
                            ethernet(MA1, LA)
                                    .ipv4(A1, X)
                                    .icmpError(3, 3, 0, quote(in.bytes(), 36))
                                    .build()));
            assertLeft(
                    PROVIDER,
                    expected,
                    host.sendForOne(
                            TAP_A3,
                            ethernet(MA3, LA)
                                    .ipv4(A3, X)
                                    .icmpError(3, 3, 0, quote(in.bytes(), 36))
                                    .build()));
        }
    }

    /** The port, or the identifier, that a packet left with. */
    private static int outerPort(final Kind kind, final byte[] frame) {
        final int at = kind == Kind.ECHO ? 38 : 34;
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    private static TestFrames answer(final Kind kind, final TestFrames frame, final int port) {
        return switch (kind) {
            case TCP -> frame.tcp(53, port, TcpHeader.SYN | TcpHeader.ACK);
            case ECHO -> frame.icmpEchoReply(port, 3);
            default -> kind.in(frame, 53, port, 8);
        };
    }

    @Test
    void shouldCarryErrorsThroughBothTranslationsOfACentralRouter() { // §9.14: guest without floating IP to one with
        final Host host = new Host(legacy());
        final Host.Sent arrived = host.sendForOne(
                TAP_A1,
                ethernet(MA1, LA).ipv4(A1, FIP_A3).udp(1000, 53).payload(8).build());
        assertEquals(TAP_A3, arrived.attachment());
        arrived.frame().hasSourceIp(GATEWAY).hasDestinationIp(A3);
        final byte[] original = quote(
                ethernet(MA1, LA)
                        .ipv4(A1, FIP_A3)
                        .ttl(63)
                        .udp(1000, 53)
                        .payload(8)
                        .build(),
                36);
        assertLeft(
                TAP_A1,
                ethernet(LA, MA1).ipv4(FIP_A3, A1).ttl(63).icmpError(3, 3, 0, original),
                host.sendForOne(
                        TAP_A3,
                        ethernet(MA3, LA)
                                .ipv4(A3, GATEWAY)
                                .icmpError(3, 3, 0, quote(arrived.bytes(), 36))
                                .build()));
    }

    @Test
    void shouldCarryErrorsThroughAForwardedPort() { // the port of the guest's own side changes
        final Host host = new Host(legacy());
        final TestFrames request =
                ethernet(U, LQ).ipv4(X, FORWARDED).udp(4000, 8053).payload(8);
        final TestFrames reply = ethernet(MA1, LA).ipv4(A1, X).udp(53, 4000).payload(8);
        final Host.Sent in = host.sendForOne(PROVIDER, request.build());
        in.frame().hasDestinationIp(A1).hasDestinationPort(53);
        assertLeft(
                PROVIDER,
                ethernet(LQ, U)
                        .ipv4(FORWARDED, X)
                        .ttl(63)
                        .icmpError(3, 3, 0, quote(request.ttl(63).build(), 36)),
                host.sendForOne(
                        TAP_A1,
                        ethernet(MA1, LA)
                                .ipv4(A1, X)
                                .icmpError(3, 3, 0, quote(in.bytes(), 36))
                                .build()));
        final Host.Sent out = host.sendForOne(TAP_A1, reply.build());
        assertLeft(
                TAP_A1,
                ethernet(LA, MA1)
                        .ipv4(H, A1)
                        .ttl(63)
                        .icmpError(11, 0, 0, quote(reply.ttl(63).build(), 36)),
                host.sendForOne(
                        PROVIDER,
                        ethernet(U, LQ)
                                .ipv4(H, FORWARDED)
                                .icmpError(11, 0, 0, quote(out.bytes(), 36))
                                .build()));
        host.sendForDrop(
                DropReason.ICMP_ERROR_UNMATCHED,
                PROVIDER,
                ethernet(U, LQ)
                        .ipv4(H, FORWARDED)
                        .icmpError(
                                3,
                                3,
                                0,
                                quote(
                                        ethernet(LQ, U)
                                                .ipv4(FORWARDED, X)
                                                .udp(8053, 4001)
                                                .build(),
                                        28))
                        .build());
    }

    @Test
    void shouldRouteErrorsPlainlyWhereNothingIsTranslated() { // between subnets; what they quote is not looked at
        final byte[] error = fromA1(B1, 64).icmpError(3, 3, 0, new byte[28]).build();
        final Host host = new Host(compute1());
        assertLeft(
                TAP_B1,
                ethernet(GB, MB1).ipv4(A1, B1).ttl(63).icmpError(3, 3, 0, new byte[28]),
                host.sendForOne(TAP_A1, error));
    }

    @Test
    void shouldTellTheOutsideAboutPacketsAsItKnowsThem() { // contract.md §6 rows 4 and 11, at a central router
        final Host host = new Host(legacy());
        final byte[] out = host.sendForOne(
                        TAP_A1, ethernet(MA1, LA).ipv4(A1, X).udp(1000, 53).build())
                .bytes();
        final byte[] spent = ethernet(U, LQ)
                .ipv4(X, GATEWAY)
                .ttl(1)
                .udp(53, quotedPort(out))
                .payload(8)
                .build();
        final Host.Sent error = host.sendForOne(PROVIDER, spent);
        assertEquals(PROVIDER, error.attachment());
        error.frame().hasSourceIp(GATEWAY).hasDestinationIp(X).isIcmp(11, 0).hasValidChecksums();
        assertArrayEquals(quote(spent, 36), Arrays.copyOfRange(error.bytes(), 42, error.bytes().length));
    }

    @Test
    void shouldTellAGuestByTheCentralRouterThatItsPacketCameBy() { // it ends in the fip namespace of its own host
        final Host host = new Host(
                legacy().also(parts -> parts.builder.neighborOnWire(parts.ports.get(PROVIDER), ip(FIP_B1), mac(F1))));
        final Host.Sent error = host.sendForOne(
                TAP_A1, ethernet(MA1, LA).ipv4(A1, FIP_B1).ttl(2).udp(1000, 53).build());
        assertEquals(TAP_A1, error.attachment());
        error.frame()
                .hasSourceMac(LA)
                .hasSourceIp(FG1)
                .hasDestinationIp(A1)
                .isIcmp(11, 0)
                .hasValidChecksums()
                .quotedPacket()
                .hasSourceIp(A1)
                .hasDestinationIp(FIP_B1)
                .hasTtl(1);
    }

    @Test
    void shouldNeitherCreateNorRefreshNorEndAConnection() { // RFC 5508 REQ-6, RFC 5382 REQ-10, RFC 4787 REQ-12
        final Host host = new Host(compute1());
        final ConntrackTable table = host.worker().connections();
        final byte[] out = host.sendForOne(TAP_A1, Frames.tcp(MA1, GA, A1, X, 1000, 80, TcpHeader.SYN))
                .bytes();
        host.send(PROVIDER, Frames.tcp(U, F1, X, FIP_A1, 80, 1000, TcpHeader.SYN | TcpHeader.ACK));
        host.send(TAP_A1, Frames.tcp(MA1, GA, A1, X, 1000, 80, TcpHeader.ACK));
        final List<String> before = state(table);
        assertEquals(1, before.size());
        host.advance(Host.SECOND);
        for (int type = 0; type < 256; type++) {
            if (IcmpHeader.isError(type)) {
                for (int code = 0; code < 16; code++) {
                    host.send(
                            PROVIDER,
                            fromOutside(H, FIP_A1, 64)
                                    .icmpError(type, code, 0, quote(out, 40))
                                    .build(),
                            fromOutside(H, FIP_A1, 64)
                                    .icmpError(
                                            type,
                                            code,
                                            0,
                                            quote(
                                                    ethernet(F1, U)
                                                            .ipv4(FIP_A1, X)
                                                            .udp(1, 2)
                                                            .build(),
                                                    28))
                                    .build());
                }
            }
        }
        assertEquals(before, state(table));
        assertEquals(1, table.created());
        assertEquals(1, table.active());
    }

    private static List<String> state(final ConntrackTable table) {
        final List<String> state = new ArrayList<>();
        table.forEach((connections, reference) -> state.add(
                connections.appendTo(new StringBuilder(), reference, 0).toString()
                        + connections.expiresAtNs(reference)));
        return state;
    }

    @Test
    void shouldNotFindExpiredConnections() {
        final Host host = new Host(compute1());
        final byte[] out = host.sendForOne(TAP_A1, Frames.udp(MA1, GA, A1, X)).bytes();
        final byte[] error =
                fromOutside(H, FIP_A1, 64).icmpError(3, 3, 0, quote(out, 28)).build();
        host.advance(29 * Host.SECOND);
        host.sendForOne(PROVIDER, error);
        host.advance(Host.SECOND);
        host.sendForDrop(DropReason.ICMP_ERROR_UNMATCHED, PROVIDER, error);
    }

    @Test
    void shouldDropErrorsThatQuoteNoConnection() {
        final Host host = new Host(compute1());
        final byte[] out = host.sendForOne(TAP_A1, Frames.udp(MA1, GA, A1, X)).bytes();
        final byte[] answer = Frames.udp(U, F1, X, FIP_A1);
        host.sendForDrop(
                DropReason.ICMP_ERROR_UNMATCHED,
                PROVIDER,
                // another port, another protocol, another remote host
                error(H, FIP_A1, ethernet(F1, U).ipv4(FIP_A1, X).udp(4001, 5000).build()),
                error(
                        H,
                        FIP_A1,
                        ethernet(F1, U).ipv4(FIP_A1, X).tcp(4000, 5000, 2).build()),
                error(H, FIP_A1, ethernet(F1, U).ipv4(FIP_A1, H).udp(4000, 5000).build()));
        host.sendForDrop(
                DropReason.ICMP_ERROR_MISDIRECTED,
                PROVIDER,
                // a packet that came from outside, the packet as the guest sent it, and the right one to another
                // floating IP
                error(H, FIP_A1, answer),
                error(H, FIP_A1, Frames.udp(MA1, GA, A1, X)),
                error(H, FIP_B1, out));
        host.sendForDrop(
                DropReason.ICMP_ERROR_UNMATCHED,
                TAP_A1,
                // a guest about a packet that never came
                fromA1(H, 64)
                        .icmpError(3, 3, 0, quote(Frames.udp(GA, MA1, H, A1), 28))
                        .build());
        host.sendForDrop(
                DropReason.ICMP_ERROR_MISDIRECTED,
                TAP_A1,
                fromA1(X, 64).icmpError(3, 3, 0, quote(out, 28)).build());
    }

    private static byte[] error(final String from, final String to, final byte[] about) {
        return fromOutside(from, to, 64).icmpError(3, 3, 0, quote(about, 28)).build();
    }

    @Test
    void shouldDropErrorsThatAreWrongInThemselves() { // RFC 5508 REQ-3, RFC 1812 §4.3.2.7
        final Host host = new Host(compute1());
        final byte[] out = host.sendForOne(
                        TAP_A1, fromA1(X, 64).udp(9, 10).payload(32).build())
                .bytes();
        final byte[] good = quote(out, 60);
        final TestFrames frame = fromOutside(H, FIP_A1, 64);
        host.sendForDrop(
                DropReason.ICMP_CHECKSUM,
                PROVIDER,
                fromOutside(H, FIP_A1, 64)
                        .icmpError(3, 3, 0, good)
                        .badTransportChecksum()
                        .build());
        host.sendForDrop(
                DropReason.ICMP_QUOTE_CHECKSUM,
                PROVIDER,
                frame.icmpError(3, 3, 0, patched(good, 10, good[10] + 1)).build());
        for (int length = 0; length < 24; length++) {
            host.sendForDrop(
                    DropReason.ICMP_QUOTE_TRUNCATED,
                    PROVIDER,
                    frame.icmpError(3, 3, 0, quote(out, length)).build());
        }
        host.sendForDrop(
                DropReason.ICMP_QUOTE_MALFORMED,
                PROVIDER,
                frame.icmpError(3, 3, 0, patched(good, 0, 0x65)).build(),
                frame.icmpError(3, 3, 0, patched(good, 0, 0x44)).build(),
                frame.icmpError(3, 3, 0, withHeaderChecksum(patched(patched(good, 2, 0), 3, 19)))
                        .build());
        host.sendForDrop(
                DropReason.ICMP_QUOTE_FRAGMENT,
                PROVIDER,
                error(
                        H,
                        FIP_A1,
                        ethernet(F1, U)
                                .ipv4(FIP_A1, X)
                                .fragment(8, false)
                                .protocol(17, new byte[8])
                                .build()));
        host.sendForDrop(
                DropReason.ICMP_ERROR_ABOUT_ERROR,
                PROVIDER,
                error(
                        H,
                        FIP_A1,
                        ethernet(F1, U).ipv4(FIP_A1, X).icmpError(3, 3, 0, good).build()));
        host.sendForDrop(
                DropReason.ICMP_REDIRECT,
                PROVIDER,
                frame.icmpError(5, 1, 0, good).build());
        // All of it holds for guests.
        host.sendForDrop(
                DropReason.ICMP_CHECKSUM,
                TAP_A1,
                fromA1(X, 64).icmpError(3, 3, 0, good).badTransportChecksum().build());
        // The first fragment has ports.
        host.sendForOne(
                PROVIDER,
                error(
                        H,
                        FIP_A1,
                        ethernet(F1, U)
                                .ipv4(FIP_A1, X)
                                .fragment(0, true)
                                .udp(9, 10)
                                .build()));
    }

    private static byte[] patched(final byte[] bytes, final int at, final int value) {
        final byte[] copy = bytes.clone();
        copy[at] = (byte) value;
        return copy;
    }

    @Test
    void shouldDropErrorsForACentralRouterThatItCannotDeliver() { // contract.md §6 row 28
        final Host host = new Host(legacy());
        final byte[] out = host.sendForOne(
                        TAP_A1, ethernet(MA1, LA).ipv4(A1, X).udp(9, 10).build())
                .bytes();
        final byte[] other = ethernet(LQ, U).ipv4(GATEWAY, X).udp(9, 11).build();
        host.sendForDrop(
                DropReason.ICMP_ERROR_UNMATCHED,
                PROVIDER,
                ethernet(U, LQ)
                        .ipv4(H, GATEWAY)
                        .icmpError(3, 3, 0, quote(other, 28))
                        .build());
        host.sendForDrop(
                DropReason.ICMP_ERROR_MISDIRECTED,
                PROVIDER,
                ethernet(U, LQ)
                        .ipv4(H, FIP_A3)
                        .icmpError(3, 3, 0, quote(out, 28))
                        .build());
        host.sendForDrop(
                DropReason.ICMP_REDIRECT,
                PROVIDER,
                ethernet(U, LQ)
                        .ipv4(H, GATEWAY)
                        .icmpError(5, 0, 0, quote(out, 28))
                        .build());
        host.sendForDrop(
                DropReason.ICMP_QUOTE_TRUNCATED,
                TAP_A1,
                ethernet(MA1, LA).ipv4(A1, X).icmpError(3, 3, 0, new byte[8]).build());
        assertEquals(1, host.worker().connections().active());
    }

    @Test
    void shouldForgetConnectionsOfAFloatingIpThatMoved() { // the error is not delivered to whom the packet was not from
        final Host host = new Host(compute1());
        final byte[] out = host.sendForOne(TAP_A1, Frames.udp(MA1, GA, A1, X)).bytes();
        host.topology(compute1()
                .withoutFloatingIps()
                .version(2)
                .also(parts -> parts.builder.floatingIp(
                        parts.router, ip(FIP_A1), ip(B1), ip(UPSTREAM), parts.ports.get(TAP_B1))));
        host.sendForDrop(DropReason.ICMP_ERROR_UNMATCHED, PROVIDER, error(H, FIP_A1, out));
    }

    @Test
    void shouldExplainWhatBecomesOfAnError() {
        final Host host = new Host(compute1());
        final byte[] out = host.sendForOne(TAP_A1, Frames.udp(MA1, GA, A1, X)).bytes();
        assertTrue(host.explain(PROVIDER, error(H, FIP_A1, out)).steps().stream()
                .anyMatch(step -> step.sentence().contains("from 198.51.100.7 to 10.0.1.11")
                        && step.sentence().contains("the quote becomes 10.0.1.11:4000 > 8.8.8.8:5000")));
        assertEquals(Map.of(), host.drops());
    }

    /** A random packet of each world, translated; a random error about it; then the other way. All that comes back is what was sent. */
    @Test
    void shouldGiveBackWhatWasSent() {
        final long seed = 5508;
        final Random random = new Random(seed);
        Host host = null;
        for (int i = 0; i < 3_000; i++) {
            if (i % 300 == 0) {
                host = new Host(legacy(), StageOptions.DEFAULT.withRandomFloatingIpPorts(i % 600 == 0));
            }
            roundTrip(host, random, "seed " + seed + " round " + i);
        }
    }

    private static void roundTrip(final Host host, final Random random, final String round) {
        final boolean isCentral = random.nextBoolean();
        final boolean isOutbound = random.nextBoolean();
        final String outer = isCentral ? isOutbound ? GATEWAY : FIP_A3 : FIP_A1;
        final String inner = isCentral && !isOutbound ? A3 : A1;
        final String innerMac = isCentral && !isOutbound ? MA3 : MA1;
        final String tap = isCentral && !isOutbound ? TAP_A3 : TAP_A1;
        final String innerGateway = isCentral ? LA : GA;
        final String outerGateway = isCentral ? LQ : F1;
        final String remote = "198.18." + random.nextInt(256) + "." + (1 + random.nextInt(250));
        final Kind kind = Kind.values()[random.nextInt(4)];
        final TestFrames sent = isOutbound
                ? ethernet(innerMac, innerGateway).ipv4(inner, remote)
                : ethernet(U, outerGateway).ipv4(remote, outer);
        kind.in(sent, random.nextInt(65_536), random.nextInt(65_536), random.nextInt(80))
                .tos(random.nextInt(256))
                .id(random.nextInt(65_536))
                .options(new byte[4 * random.nextInt(11)]);
        final byte[] before = sent.build();
        final byte[] translated =
                host.sendForOne(isOutbound ? tap : PROVIDER, before).bytes();
        assertValid(quote(translated, 65_535), round);

        final byte[] whole = quote(translated, 65_535);
        final int headerLength = (whole[0] & 0xF) << 2;
        final int any = headerLength + 8 + random.nextInt(whole.length - headerLength - 7);
        final int length = kind == Kind.TCP && any == headerLength + 17 ? any + 1 : any; // half a checksum says nothing
        final int[] error =
                new int[][] {{3, 4, 1280}, {3, 13, 0}, {11, 0, 0}, {12, 0, 0}, {4, 0, 0}}[random.nextInt(5)];
        final byte[] about = Arrays.copyOf(whole, length);
        final TestFrames message = isOutbound
                ? ethernet(U, outerGateway).ipv4(H, outer)
                : ethernet(innerMac, innerGateway).ipv4(inner, remote);
        final byte[] received = host.sendForOne(
                        isOutbound ? PROVIDER : tap,
                        message.icmpError(error[0], error[1], error[2], about).build())
                .bytes();
        assertValid(quote(received, 65_535), round);
        final byte[] expected = quote(before, length);
        expected[8] = about[8]; // TTL as it was where the error was made
        assertArrayEquals(withHeaderChecksum(expected), Arrays.copyOfRange(received, 42, received.length), round);
    }

    /** Checksums of a packet, of what it quotes, and of the transport where all of it is there; not by the code under test. */
    private static void assertValid(final byte[] packet, final String round) {
        final int headerLength = (packet[0] & 0xF) << 2;
        assertEquals(0xFFFF, sum(packet, 0, headerLength, 0), round);
        final int length = packet.length - headerLength;
        if (packet[9] == 1) {
            assertEquals(0xFFFF, sum(packet, headerLength, length, 0), round);
        } else if (packet[9] == 6 || (packet[9] == 17 && (packet[headerLength + 6] | packet[headerLength + 7]) != 0)) {
            assertEquals(0xFFFF, sum(packet, headerLength, length, sum(packet, 12, 8, packet[9] + length)), round);
        }
    }

    /** The ones' complement sum, word by word. */
    private static int sum(final byte[] bytes, final int from, final int length, final int initial) {
        int sum = initial;
        for (int i = 0; i < length; i += 2) {
            final int low = i + 1 < length ? bytes[from + i + 1] & 0xFF : 0;
            sum += (bytes[from + i] & 0xFF) << 8 | low;
            if (sum > 0xFFFF) {
                sum -= 0xFFFF;
            }
        }
        return sum;
    }

    private static byte[] withHeaderChecksum(final byte[] packet) {
        final byte[] copy = patched(patched(packet, 10, 0), 11, 0);
        final int checksum = ~sum(copy, 0, (packet[0] & 0xF) << 2, 0);
        return patched(patched(copy, 10, checksum >>> 8), 11, checksum);
    }
}
