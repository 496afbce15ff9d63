package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.ID_B;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.MB2;
import static org.dvr.dataplane.testing.Cast.PHYSNET;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.TAP_B2;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.compute2;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.RouterPort;
import org.junit.jupiter.api.Test;

/** dvr.md §9.1 to §9.4, §9.18, §9.19, §9.21, §9.22. */
class EastWestWalkTest {
    @Test
    void shouldSwitchUnchangedOnOneHost() { // §9.1
        final byte[] frame = udp(MA1, MA3, A1, A3);

        final Host.Sent sent = new Host(compute1()).sendForOne(TAP_A1, frame);

        assertEquals(TAP_A3, sent.attachment());
        assertArrayEquals(frame, sent.bytes());
    }

    @Test
    void shouldTunnelUnchangedToAnotherHost() { // §9.2
        final Host host = new Host(compute1());
        final byte[] frame = udpFrom(MA1, MA2, A1, A2).padTo(60).build();

        final Host.Sent sent = host.sendForOne(TAP_A1, frame);

        assertEquals(UNDERLAY, sent.attachment());
        assertEquals(host.nowNs(), sent.timeNs());
        sent.frame()
                .hasSourceMac(T1_MAC)
                .hasDestinationMac(T2_MAC)
                .isUntagged()
                .hasSourceIp(T1)
                .hasDestinationIp(T2)
                .hasTtl(64)
                .hasTos(0)
                .hasDontFragment(true)
                .hasValidChecksums()
                .isVxlan(ID_A)
                .hasBytes(frame);
    }

    @Test
    void shouldDeliverFromATunnelUnchanged() { // §9.2, the other end
        final byte[] frame = udp(MA2, MA1, A2, A1);

        final Host.Sent sent = new Host(compute1()).sendForOne(UNDERLAY, vxlanFrom2(ID_A, frame));

        assertEquals(TAP_A1, sent.attachment());
        assertArrayEquals(frame, sent.bytes());
    }

    @Test
    void shouldTunnelByGreBothWays() {
        final Host host = new Host(compute1().tenants(NetworkType.GRE));
        final byte[] out = udp(MA1, MA2, A1, A2);
        final byte[] in = udp(MA2, MA1, A2, A1);

        host.sendForOne(TAP_A1, out)
                .frame()
                .hasSourceIp(T1)
                .hasDestinationIp(T2)
                .hasTtl(64)
                .hasDontFragment(true)
                .hasValidChecksums()
                .isGre(ID_A)
                .hasBytes(out);
        final Host.Sent delivered = host.sendForOne(UNDERLAY, Frames.greFrom2(ID_A, in));
        assertEquals(TAP_A1, delivered.attachment());
        assertArrayEquals(in, delivered.bytes());
    }

    @Test
    void shouldUseAllBitsOfAGreKey() {
        final Host host = new Host(compute1().also(parts -> {
            final var segment = parts.builder.segment(
                    9,
                    "net-z",
                    "Z",
                    NetworkType.GRE,
                    0xFFFF_FFFE,
                    null,
                    1458,
                    /* isExternal= */ false,
                    /* isUp= */ true);
            final var guest = parts.builder.guest(
                    9, "tapz", segment, "port-z", "compute:nova", mac(MB2), true, true, /* hasPortSecurity= */ false);
            parts.builder.remoteMac(segment, mac(MA2), parts.peers.get("compute"));
            assertEquals("tapz", guest.name());
        }));

        host.sendForOne("tapz", udp(MB2, MA2, B2, A2)).frame().isGre(0xFFFF_FFFE);
        final Host.Sent in = host.sendForOne(UNDERLAY, Frames.greFrom2(0xFFFF_FFFE, udp(MA2, MB2, A2, B2)));
        assertEquals("tapz", in.attachment());
    }

    @Test
    void shouldRouteOnOneHost() { // §9.3
        final Host host = new Host(compute1());

        final Host.Sent there = host.sendForOne(TAP_A1, udp(MA1, GA, A1, B1));
        final Host.Sent back = host.sendForOne(TAP_B1, udp(MB1, GB, B1, A1));

        assertEquals(TAP_B1, there.attachment());
        there.frame()
                .hasSourceMac(GB)
                .hasDestinationMac(MB1)
                .hasTtl(63)
                .hasSourceIp(A1)
                .hasDestinationIp(B1);
        there.frame().isUdp().hasSourcePort(4000).hasDestinationPort(5000).hasValidChecksums();
        assertEquals(TAP_A1, back.attachment());
        back.frame().hasSourceMac(GA).hasDestinationMac(MA1).hasTtl(63).hasValidChecksums();
    }

    @Test
    void shouldRouteAtTheSenderAndTunnelInTheNetworkOfTheDestination() { // §9.4
        final Host first = new Host(compute1());
        final Host second = new Host(compute2());

        final Host.Sent out = first.sendForOne(TAP_A1, udp(MA1, GA, A1, B2));
        out.frame()
                .hasSourceMac(T1_MAC)
                .hasDestinationMac(T2_MAC)
                .hasSourceIp(T1)
                .hasDestinationIp(T2)
                .hasValidChecksums()
                .isVxlan(ID_B)
                .hasSourceMac(D1)
                .hasDestinationMac(MB2)
                .hasTtl(63)
                .hasValidChecksums();
        final Host.Sent in = second.sendForOne(UNDERLAY, out.bytes());
        assertEquals(TAP_B2, in.attachment());
        in.frame()
                .hasSourceMac(GB)
                .hasDestinationMac(MB2)
                .hasTtl(63)
                .hasSourceIp(A1)
                .hasValidChecksums();

        final Host.Sent reply = second.sendForOne(TAP_B2, udp(MB2, GB, B2, A1));
        reply.frame().isVxlan(ID_A).hasSourceMac(D2).hasDestinationMac(MA1).hasTtl(63);
        final Host.Sent delivered = first.sendForOne(UNDERLAY, reply.bytes());
        assertEquals(TAP_A1, delivered.attachment());
        delivered.frame().hasSourceMac(GA).hasDestinationMac(MA1).hasTtl(63).hasValidChecksums();
    }

    @Test
    void shouldRouteByGre() {
        final Host host = new Host(compute1().tenants(NetworkType.GRE));

        host.sendForOne(TAP_A1, udp(MA1, GA, A1, B2))
                .frame()
                .isGre(ID_B)
                .hasSourceMac(D1)
                .hasDestinationMac(MB2)
                .hasTtl(63)
                .hasValidChecksums();
    }

    @Test
    void shouldLeaveABadTransportChecksumBadWhenRouted() {
        final byte[] bad = udpFrom(MA1, GA, A1, B1).badTransportChecksum().build();

        final Host.Sent sent = new Host(compute1()).sendForOne(TAP_A1, bad);

        sent.frame().hasTtl(63).hasSourceIp(A1);
        assertEquals(bad[40], sent.bytes()[40]);
        assertEquals(bad[41], sent.bytes()[41]);
    }

    @Test
    void shouldRouteFragmentsAndOptions() {
        final Host host = new Host(compute1());
        final byte[] whole = udpFrom(MA1, GA, A1, B1).payload(1200).build();

        for (final byte[] piece : org.dvr.codec.testing.TestFrames.fragments(whole, 600)) {
            host.sendForOne(TAP_A1, piece)
                    .frame()
                    .hasTtl(63)
                    .hasDestinationMac(MB1)
                    .hasValidChecksums();
        }
        final byte[] withOptions =
                udpFrom(MA1, GA, A1, B1).options(new byte[] {1, 1, 1, 1}).build();
        host.sendForOne(TAP_A1, withOptions).frame().hasTtl(63).hasValidChecksums();
    }

    @Test
    void shouldRestoreTheGatewayOfTheSubnetAPortLivesIn() { // §9.18
        final String other = "fa:16:3e:00:0c:fe";
        final Host host = new Host(compute1().also(parts -> {
            final RouterPort port =
                    parts.builder.routerPort(parts.router, parts.a, "port-gc", mac(other), ip("10.0.3.1"), 24, true);
            parts.builder.neighbor(parts.a, ip("10.0.3.1"), mac(other), true);
            parts.builder.gatewayOf(parts.ports.get(TAP_A3), port);
        }));

        host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, udp(D2, MA3, B2, "10.0.3.13")))
                .frame()
                .hasSourceMac(other);
        host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, udp(D2, MA1, B2, A1)))
                .frame()
                .hasSourceMac(GA);
    }

    @Test
    void shouldRouteBetweenTwoSubnetsOfOneNetwork() { // §9.18
        final String other = "fa:16:3e:00:0c:fe";
        final Host host = new Host(compute1().also(parts -> {
            parts.builder.routerPort(parts.router, parts.a, "port-gc", mac(other), ip("10.0.3.1"), 24, true);
            parts.builder.neighbor(parts.a, ip("10.0.3.1"), mac(other), true);
            parts.builder.neighbor(parts.a, ip("10.0.3.13"), mac(MA3), true);
        }));

        final Host.Sent sent = host.sendForOne(TAP_A1, udp(MA1, GA, A1, "10.0.3.13"));

        assertEquals(TAP_A3, sent.attachment());
        sent.frame().hasSourceMac(other).hasDestinationMac(MA3).hasTtl(63);
    }

    @Test
    void shouldFollowAnExtraRouteToAGuestElsewhere() { // §9.19
        final Host host = new Host(compute1()
                .also(parts -> parts.builder.extraRoute(parts.router, ip("192.168.9.0"), 24, parts.gatewayB, ip(B2))));

        host.sendForOne(TAP_A1, udp(MA1, GA, A1, "192.168.9.1"))
                .frame()
                .isVxlan(ID_B)
                .hasSourceMac(D1)
                .hasDestinationMac(MB2)
                .hasDestinationIp("192.168.9.1")
                .hasTtl(63)
                .hasValidChecksums();
    }

    @Test
    void shouldSpreadFlowsOverTheNextHopsOfARoute() { // §6.7
        final Host host = new Host(compute1()
                .also(parts ->
                        parts.builder.extraRoute(parts.router, ip("192.168.9.0"), 24, parts.gatewayB, ip(B1), ip(B2))));
        int local = 0;
        for (int port = 0; port < 64; port++) {
            final byte[] frame = ethernet(MA1, GA)
                    .ipv4(A1, "192.168.9.1")
                    .udp(1024 + port, 53)
                    .build();
            final String out = host.sendForOne(TAP_A1, frame).attachment();
            assertEquals(out, host.sendForOne(TAP_A1, frame).attachment());
            local += out.equals(TAP_B1) ? 1 : 0;
        }
        assertEquals(32, local, 16, "about half of the flows take each next hop");
    }

    @Test
    void shouldTagAndStripOnVlanTenantNetworks() { // §9.21
        final Host host = new Host(compute1().tenants(NetworkType.VLAN));
        host.send(PHYSNET, udpFrom(MA2, MA1, A2, A1).vlan(ID_A).build()); // tells where ma2 is
        host.send(PHYSNET, udpFrom(MB2, MB1, B2, B1).vlan(ID_B).build());
        final byte[] inner = udp(MA1, MA2, A1, A2);

        final Host.Sent bridged = host.sendForOne(TAP_A1, inner);
        assertEquals(PHYSNET, bridged.attachment());
        bridged.frame().hasVlan(ID_A).hasSourceMac(MA1).hasDestinationMac(MA2).hasTtl(64);
        assertEquals(inner.length + 4, bridged.bytes().length);

        final Host.Sent routed = host.sendForOne(TAP_A1, udp(MA1, GA, A1, B2));
        assertEquals(PHYSNET, routed.attachment());
        routed.frame()
                .hasVlan(ID_B)
                .hasSourceMac(D1)
                .hasDestinationMac(MB2)
                .hasTtl(63)
                .hasValidChecksums();

        final Host.Sent in =
                host.sendForOne(PHYSNET, udpFrom(D2, MA1, B2, A1).vlan(ID_A).build());
        assertEquals(TAP_A1, in.attachment());
        in.frame()
                .isUntagged()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasTtl(64)
                .hasValidChecksums();
    }

    @Test
    void shouldTagNothingOnFlatTenantNetworks() { // §9.21
        final Host host = new Host(compute1().tenants(NetworkType.FLAT));
        host.send(PHYSNET, udp(MA2, MA1, A2, A1)); // tells where ma2 is

        final Host.Sent out = host.sendForOne(TAP_A1, udp(MA1, MA2, A1, A2));

        assertEquals(PHYSNET, out.attachment());
        assertArrayEquals(udp(MA1, MA2, A1, A2), out.bytes());
    }

    @Test
    void shouldTakeAPriorityTagForNoTag() { // 802.1Q §9.6
        final Host host = new Host(compute1().tenants(NetworkType.FLAT));

        final Host.Sent in =
                host.sendForOne(PHYSNET, udpFrom(MA2, MA1, A2, A1).vlan(7 << 13).build());

        assertEquals(TAP_A1, in.attachment());
        assertArrayEquals(udp(MA2, MA1, A2, A1), in.bytes());
    }

    @Test
    void shouldRouteBetweenVlanAndVxlan() { // §9.22
        final Host host = new Host(compute1().tenantA(NetworkType.VLAN));
        host.send(PHYSNET, udpFrom(MA2, MA1, A2, A1).vlan(ID_A).build()); // tells where ma2 is

        host.sendForOne(TAP_A1, udp(MA1, GA, A1, B2))
                .frame()
                .isVxlan(ID_B)
                .hasSourceMac(D1)
                .isUntagged()
                .hasTtl(63)
                .hasValidChecksums();
        final Host.Sent back = host.sendForOne(TAP_B1, udp(MB1, GB, B1, A2));
        assertEquals(PHYSNET, back.attachment());
        back.frame()
                .hasVlan(ID_A)
                .hasSourceMac(D1)
                .hasDestinationMac(MA2)
                .hasTtl(63)
                .hasValidChecksums();
    }

    @Test
    void shouldBridgeBetweenGuestsWithoutLookingIntoPackets() {
        final Host host = new Host(compute1());
        final byte[] odd =
                ethernet(MA1, MA3).rawEtherType(0x0800, new byte[] {0x45, 1}).build();

        assertArrayEquals(odd, host.sendForOne(TAP_A1, odd).bytes());
        host.sendForDrop(
                DropReason.IPV4_TRUNCATED,
                TAP_A1,
                ethernet(MA1, GA).rawEtherType(0x0800, new byte[] {0x45, 1}).build());
    }

    @Test
    void shouldNotSendToAPortThatIsDown() {
        new Host(compute1().a3Down()).sendForDrop(DropReason.PORT_DOWN, TAP_A1, udp(MA1, MA3, A1, A3));
        new Host(compute1().a3Down()).sendForDrop(DropReason.PORT_DOWN, TAP_A3, udp(MA3, MA1, A3, A1));
        new Host(compute1().networkBDown())
                .sendForDrop(DropReason.PORT_DOWN, UNDERLAY, vxlanFrom2(ID_B, udp(MB2, MB1, B2, B1)));
    }

    @Test
    void shouldNotRouteWhatNoRouterForwards() {
        final Host host = new Host(compute1());
        host.sendForDrop(DropReason.MARTIAN_SOURCE, TAP_A1, udp(MA1, GA, "127.0.0.1", B1));
        host.sendForDrop(DropReason.MARTIAN_DESTINATION, TAP_A1, udp(MA1, GA, A1, "127.0.0.1"));
        host.sendForDrop(DropReason.MARTIAN_DESTINATION, TAP_A1, udp(MA1, GA, A1, "255.255.255.255"));
        host.sendForDrop(DropReason.DIRECTED_BROADCAST, TAP_A1, udp(MA1, GA, A1, "10.0.2.255"));
        host.sendForDrop(DropReason.DIRECTED_BROADCAST, TAP_A1, udp(MA1, GA, A1, "10.0.2.0"));
        host.sendForDrop(DropReason.METADATA_RESERVED, TAP_A1, udp(MA1, GA, A1, "169.254.169.254"));
        host.sendForDrop(
                DropReason.NOT_IP,
                TAP_A1,
                ethernet(MA1, GA).rawEtherType(0x88CC, new byte[50]).build());
        host.sendForDrop(
                DropReason.NETWORK_UNREACHABLE,
                TAP_A1,
                ethernet(MA1, GA).ipv6("fd00::1", "fd00::2").udp(1, 2).build());
        host.sendForDrop(
                DropReason.IPV4_CHECKSUM,
                TAP_A1,
                udpFrom(MA1, GA, A1, B1).badIpChecksum().build());
        new Host(compute1().routerDown()).sendForDrop(DropReason.ROUTER_DOWN, TAP_A1, udp(MA1, GA, A1, B1));
    }

    @Test
    void shouldAgreeWithItselfAcrossACloudOfTwoHosts() {
        final Cast[] clouds = {compute1(), compute1().tenants(NetworkType.GRE)};
        for (final Cast cast : clouds) {
            final Host host = new Host(cast);
            for (int size = 0; size < 1_300; size += 13) {
                final byte[] frame = udpFrom(MA1, GA, A1, B2).payload(size).build();
                host.sendForOne(TAP_A1, frame).frame().hasValidChecksums();
            }
        }
    }
}
