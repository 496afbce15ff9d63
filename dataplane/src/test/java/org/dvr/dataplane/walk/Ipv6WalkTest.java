package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.ID_B;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.MB2;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.NeighborDiscovery;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.RouterPort6;
import org.dvr.dataplane.topology.Segment;
import org.junit.jupiter.api.Test;

/** IPv6: distributed east-west like IPv4, gateways answered locally, nothing translated (dvr.md §6.5, §4.3). */
class Ipv6WalkTest {
    private static final String A1 = "fd00:a::11";
    private static final String B1 = "fd00:b::11";
    private static final String B2 = "fd00:b::12";
    private static final String GATEWAY_A = "fd00:a::1";
    private static final String OUTSIDE = "2001:db8::8";
    private static final String SOLICITED_NODE = "33:33:ff:00:00:01";

    private static Cast cast() {
        return compute1().also(parts -> {
            final RouterPort6 a = parts.builder.routerPort6(
                    parts.router,
                    parts.a,
                    "port-g6a",
                    mac(GA),
                    Ipv6Address.high(GATEWAY_A),
                    Ipv6Address.low(GATEWAY_A),
                    64,
                    "fd00:a::/64");
            parts.builder.routerPort6(
                    parts.router,
                    parts.b,
                    "port-g6b",
                    mac(GB),
                    Ipv6Address.high("fd00:b::1"),
                    Ipv6Address.low("fd00:b::1"),
                    64,
                    "fd00:b::/64");
            parts.builder.redirect6(a, mac(SA));
            neighbor(parts, parts.a, A1, MA1);
            neighbor(parts, parts.b, B1, MB1);
            neighbor(parts, parts.b, B2, MB2);
        });
    }

    private static void neighbor(
            final Cast.Parts parts, final Segment segment, final String address, final String mac) {
        parts.builder.neighbor6(segment, Ipv6Address.high(address), Ipv6Address.low(address), mac(mac));
    }

    @Test
    void shouldRouteBetweenSubnetsOfOneHost() {
        final Host.Sent sent = new Host(cast())
                .sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv6(A1, B1)
                                .udp(1_000, 2_000)
                                .payload(20)
                                .build());
        assertEquals(TAP_B1, sent.attachment());
        sent.frame()
                .isIpv6()
                .hasSourceMac(GB)
                .hasDestinationMac(MB1)
                .hasTtl(63)
                .hasSourceIp(A1)
                .hasDestinationIp(B1)
                .hasValidChecksums();
    }

    @Test
    void shouldLeaveTheHostWithTheDvrMacInTheDestinationsNetwork() {
        final Host.Sent sent = new Host(cast())
                .sendForOne(
                        TAP_A1, ethernet(MA1, GA).ipv6(A1, B2).icmpv6Echo(1, 1).build());
        assertEquals(UNDERLAY, sent.attachment());
        sent.frame()
                .isVxlan(ID_B)
                .isIpv6()
                .hasSourceMac(D1)
                .hasDestinationMac(MB2)
                .hasTtl(63);
    }

    @Test
    void shouldRestoreTheGatewayMacOfWhatAnotherHostRouted() {
        final byte[] routed =
                ethernet(D2, MA1).ipv6(B2, A1).ttl(63).icmpv6EchoReply(1, 1).build();
        final Host.Sent sent = new Host(cast()).sendForOne(UNDERLAY, Frames.vxlanFrom2(ID_A, routed));
        assertEquals(TAP_A1, sent.attachment());
        sent.frame().isIpv6().hasSourceMac(GA).hasDestinationMac(MA1).hasTtl(63);
    }

    @Test
    void shouldRedirectOutsideTrafficToTheCsnatPort() {
        final Host host = new Host(cast());
        final List<Host.Sent> sent =
                host.send(TAP_A1, ethernet(MA1, GA).ipv6(A1, OUTSIDE).udp(1, 2).build());
        assertEquals(UNDERLAY, sent.get(0).attachment());
        sent.get(0).frame().isVxlan(ID_A).hasSourceMac(D1).hasDestinationMac(SA).hasTtl(63);
    }

    @Test
    void shouldTellTheSenderWhenTheHopLimitEnds() {
        final Host host = new Host(cast());
        final Host.Sent sent = host.sendForOne(
                TAP_A1, ethernet(MA1, GA).ipv6(A1, B2).ttl(1).udp(1, 2).build());
        assertEquals(TAP_A1, sent.attachment());
        sent.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasSourceIp(GATEWAY_A)
                .hasDestinationIp(A1);
        assertEquals(Icmpv6Header.TIME_EXCEEDED, sent.bytes()[14 + 40] & 0xFF);
        sent.frame().hasValidChecksums();
        assertEquals(1L, host.drops().get(DropReason.TTL_EXCEEDED));
    }

    @Test
    void shouldTellTheSenderWhatFits() {
        final Host host = new Host(cast());
        final Host.Sent sent = host.sendForOne(
                TAP_A1, ethernet(MA1, GA).ipv6(A1, B2).udp(1, 2).payload(1_420).build());
        assertEquals(Icmpv6Header.PACKET_TOO_BIG, sent.bytes()[14 + 40] & 0xFF);
        assertEquals(1_450, new UnsafeBuffer(sent.bytes()).getInt(14 + 40 + 4, java.nio.ByteOrder.BIG_ENDIAN));
        sent.frame().hasValidChecksums();
        assertTrue(sent.bytes().length <= 14 + 1_280, "RFC 4443 §2.4 c");
    }

    @Test
    void shouldTellTheSenderOfUnknownNeighborsAndMissingRoutes() {
        final Host host = new Host(cast());
        host.sendForOne(
                TAP_A1, ethernet(MA1, GA).ipv6(A1, "fd00:b::99").udp(1, 2).build());
        assertEquals(1L, host.drops().get(DropReason.HOST_UNREACHABLE));
        host.sendForOne(TAP_B1, ethernet(MB1, GB).ipv6(B1, OUTSIDE).udp(1, 2).build());
        assertEquals(1L, host.drops().get(DropReason.NETWORK_UNREACHABLE));
    }

    @Test
    void shouldAnswerEchoToTheGateway() {
        final Host.Sent sent = new Host(cast())
                .sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv6(A1, GATEWAY_A)
                                .icmpv6Echo(7, 3)
                                .payload(8)
                                .build());
        assertEquals(TAP_A1, sent.attachment());
        sent.frame()
                .hasSourceMac(GA)
                .hasSourceIp(GATEWAY_A)
                .hasDestinationIp(A1)
                .hasTtl(64)
                .hasValidChecksums();
        assertEquals(Icmpv6Header.ECHO_REPLY, sent.bytes()[14 + 40] & 0xFF);
    }

    @Test
    void shouldAnswerSolicitationsForTheGatewayAndNotFloodThem() {
        for (final String target : List.of(GATEWAY_A, linkLocalOf(GA))) {
            final Host.Sent sent = new Host(cast())
                    .sendForOne(
                            TAP_A1,
                            ethernet(MA1, SOLICITED_NODE)
                                    .ipv6(A1, "ff02::1:ff00:1")
                                    .neighborSolicitation(target, MA1)
                                    .build());
            assertEquals(TAP_A1, sent.attachment());
            sent.frame()
                    .hasSourceMac(GA)
                    .hasDestinationMac(MA1)
                    .hasSourceIp(target)
                    .hasTtl(255)
                    .hasValidChecksums();
            final NeighborDiscovery advertisement =
                    new NeighborDiscovery().wrap(new UnsafeBuffer(sent.bytes()), 14 + 40);
            assertTrue(advertisement.isAdvertisement() && advertisement.router() && advertisement.solicited());
            assertEquals(
                    mac(GA),
                    advertisement.findLinkLayerAddress(
                            NeighborDiscovery.TARGET_LINK_LAYER_ADDRESS, sent.bytes().length - 54));
        }
    }

    @Test
    void shouldDefendTheGatewayAgainstDuplicateAddressDetection() {
        final Host.Sent sent = new Host(cast())
                .sendForOne(
                        TAP_A1,
                        ethernet(MA1, SOLICITED_NODE)
                                .ipv6("::", "ff02::1:ff00:1")
                                .neighborSolicitation(GATEWAY_A, MA1)
                                .build());
        sent.frame()
                .hasDestinationMac("33:33:00:00:00:01")
                .hasDestinationIp("ff02::1")
                .hasValidChecksums();
    }

    @Test
    void shouldFloodSolicitationsForOthersAndIgnoreThoseOfOtherHosts() {
        final Host host = new Host(cast());
        final byte[] other = ethernet(MA1, "33:33:ff:00:00:12")
                .ipv6(A1, "ff02::1:ff00:12")
                .neighborSolicitation("fd00:a::12", MA1)
                .build();
        assertTrue(host.send(TAP_A1, other).size() > 1, "there is no responder for IPv6 (dvr.md §5.1)");
        final byte[] remote = ethernet(MA2, SOLICITED_NODE)
                .ipv6("fd00:a::12", "ff02::1:ff00:1")
                .neighborSolicitation(GATEWAY_A, MA2)
                .build();
        host.sendForDrop(DropReason.GATEWAY_ARP_REMOTE, UNDERLAY, Frames.vxlanFrom2(ID_A, remote));
    }

    @Test
    void shouldHoldAdvertisementsAgainstPortSecurity() {
        final Host host = new Host(cast().portSecurity()
                .also(parts ->
                        parts.builder.allow6(parts.ports.get(TAP_A1), Ipv6Address.high(A1), Ipv6Address.low(A1), 128)));
        final byte[] stolen = ethernet(MA1, BROADCAST)
                .ipv6(A1, "ff02::1")
                .neighborAdvertisement("fd00:a::12", MA1)
                .build();
        host.sendForDrop(DropReason.PORT_SECURITY_ARP, TAP_A1, stolen);
        final byte[] own = ethernet(MA1, BROADCAST)
                .ipv6(A1, "ff02::1")
                .neighborAdvertisement(A1, MA1)
                .build();
        assertTrue(!host.send(TAP_A1, own).isEmpty());
    }

    @Test
    void shouldRouteNoLinkLocalOrMulticastAddresses() {
        final Host host = new Host(cast());
        host.sendForDrop(
                DropReason.MARTIAN_DESTINATION,
                TAP_A1,
                ethernet(MA1, GA).ipv6(A1, "fe80::99").udp(1, 2).build());
        host.sendForDrop(
                DropReason.MARTIAN_SOURCE,
                TAP_A1,
                ethernet(MA1, GA).ipv6("fe80::1", B1).udp(1, 2).build());
    }

    private static String linkLocalOf(final String macText) {
        final long mac = mac(macText);
        final long low = (((mac >>> 24) ^ 0x02_0000L) << 40) | 0xFF_FE00_0000L | (mac & 0xFF_FFFFL);
        return Ipv6Address.append(new StringBuilder(), 0xFE80L << 48, low).toString();
    }
}
