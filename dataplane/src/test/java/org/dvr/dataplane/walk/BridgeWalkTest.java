package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.DN;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PHYSNET;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.TN;
import static org.dvr.dataplane.testing.Cast.TN_MAC;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.NO_MAC;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.greFrom2;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.dvr.dataplane.walk.Frames.vxlanFromN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.NetworkType;
import org.junit.jupiter.api.Test;

/** dvr.md §4: DVR MACs, split horizon, flooding, learning; what may come out of a tunnel. */
class BridgeWalkTest {
    private static final String UNKNOWN = "fa:16:3e:00:0a:77";

    @Test
    void shouldDeliverFromAForeignDvrMacToServicedPortsAlone() { // §4.1 tables 1 and 2
        final Host host = new Host(compute1().also(parts -> {
            final var other = parts.builder.guest(
                    9, "tapx", parts.a, "port-x", "other:thing", mac("fa:16:3e:00:0a:09"), false, true, false);
            parts.builder.gatewayOf(other, parts.gatewayA);
        }));
        host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, udp(D2, MA1, B2, A1)))
                .frame()
                .hasSourceMac(GA);
        host.sendForDrop(
                DropReason.DVR_MAC_NOT_LOCAL,
                UNDERLAY,
                vxlanFrom2(ID_A, udp(D2, MA2, B2, A2)), // elsewhere
                vxlanFrom2(ID_A, udp(D2, UNKNOWN, B2, A2)), // nowhere
                vxlanFrom2(ID_A, udp(D2, "fa:16:3e:00:0a:09", B2, A2)), // not serviced
                vxlanFrom2(ID_A, arpRequest(D2, QR_A, "10.0.1.77")), // everybody
                vxlanFrom2(
                        ID_A,
                        ethernet(D2, "01:00:5e:00:00:01").ipv4(B2, "224.0.0.1").build()));
        host.sendForDrop(DropReason.DVR_MAC_NOT_LOCAL, UNDERLAY, vxlanFromN(ID_A, udp(DN, MA2, B2, A2)));
    }

    @Test
    void shouldNotLearnForeignDvrMacs() { // §4.3 step 9
        final Host host = new Host(compute1());
        host.send(UNDERLAY, vxlanFrom2(ID_A, udp(D2, MA1, B2, A1)));
        // Known to nobody, so to everybody.
        assertEquals(3, host.send(TAP_A1, udp(MA1, D2, A1, A2)).size());
    }

    @Test
    void shouldApplyDvrMacRulesOnVlanNetworks() { // §4.4
        final Host host = new Host(compute1().tenants(NetworkType.VLAN));
        host.sendForDrop(
                DropReason.DVR_MAC_NOT_LOCAL,
                PHYSNET,
                udpFrom(D2, MA2, B2, A2).vlan(ID_A).build());
        host.sendForOne(PHYSNET, udpFrom(D2, MA1, B2, A1).vlan(ID_A).build())
                .frame()
                .hasSourceMac(GA);
    }

    @Test
    void shouldTakeAReplyToItsDvrMacForItsGateway() { // §4.1 priorities 99 and 5
        final Host host = new Host(compute1());
        final List<Host.Sent> asked = host.send(TAP_B1, udp(MB1, GB, B1, "10.0.1.77"));
        assertEquals(
                List.of(TAP_A1, TAP_A3, UNDERLAY, UNDERLAY),
                asked.stream().map(Host.Sent::attachment).toList());
        asked.get(0).frame().isArpRequest().hasSourceMac(GA).hasSenderMac(GA).hasSenderIp(QR_A);
        asked.get(2)
                .frame()
                .isVxlan(ID_A)
                .isArpRequest()
                .hasSourceMac(D1)
                .hasSenderMac(GA)
                .hasSenderIp(QR_A);

        final byte[] reply =
                ethernet(UNKNOWN, D1).arpReply(UNKNOWN, "10.0.1.77", GA, QR_A).build();
        final Host.Sent out = host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, reply));
        out.frame()
                .hasDestinationMac(T2_MAC)
                .isVxlan(ID_A)
                .hasSourceMac(D1)
                .hasDestinationMac(UNKNOWN)
                .hasTtl(63);
        assertEquals(1, host.counters().consumedCount());
    }

    @Test
    void shouldRouteWhatComesForItsDvrMac() { // §4.1 priority 5
        final Host.Sent sent = new Host(compute1()).sendForOne(UNDERLAY, vxlanFrom2(ID_A, udp(MA2, D1, A2, B1)));
        assertEquals(TAP_B1, sent.attachment());
        sent.frame().hasSourceMac(GB).hasTtl(63);
    }

    @Test
    void shouldKeepGatewayMacsOnTheHost() { // §4.3 step 1
        final Host host = new Host(compute1());
        host.sendForDrop(DropReason.GATEWAY_MAC_REMOTE, UNDERLAY, vxlanFrom2(ID_A, udp(MA2, GA, A2, B1)));
        host.sendForDrop(DropReason.SOURCE_MAC_OURS, UNDERLAY, vxlanFrom2(ID_A, udp(GA, MA1, A2, A1)));
        host.sendForDrop(DropReason.SOURCE_MAC_OURS, UNDERLAY, vxlanFrom2(ID_A, udp(D1, MA1, A2, A1)));
        host.sendForDrop(DropReason.SOURCE_MAC_OURS, TAP_A1, udp(GA, MA3, A1, A3));
        host.sendForDrop(DropReason.SOURCE_MAC_OURS, TAP_A1, udp(D1, MA3, A1, A3));
        host.sendForDrop(DropReason.SOURCE_MAC_OURS, PROVIDER, udp(F1, U, FIP_A1, X));
    }

    @Test
    void shouldNotSendFromATunnelIntoATunnel() { // §4.3
        final Host host = new Host(compute1());
        host.sendForDrop(DropReason.SPLIT_HORIZON, UNDERLAY, vxlanFrom2(ID_A, udp(MA2, SA, A2, X)));

        final List<Host.Sent> sent = host.send(UNDERLAY, vxlanFrom2(ID_A, arpRequest(MA2, A2, "10.0.1.77")));
        assertEquals(
                List.of(TAP_A1, TAP_A3),
                sent.stream().map(Host.Sent::attachment).toList());
        assertEquals(1, host.counters().floodedCount());
    }

    @Test
    void shouldFloodInOrderOfPortsAndPeers() { // contract.md §6 row 14
        final Host host = new Host(compute1());
        final byte[] frame = udp(MA1, UNKNOWN, A1, "10.0.1.77");

        final List<Host.Sent> sent = host.send(TAP_A1, frame);

        assertEquals(
                List.of(TAP_A3, UNDERLAY, UNDERLAY),
                sent.stream().map(Host.Sent::attachment).toList());
        assertArrayEquals(frame, sent.get(0).bytes());
        sent.get(1)
                .frame()
                .hasDestinationMac(T2_MAC)
                .hasDestinationIp(T2)
                .isVxlan(ID_A)
                .hasBytes(frame);
        sent.get(2)
                .frame()
                .hasDestinationMac(TN_MAC)
                .hasDestinationIp(TN)
                .isVxlan(ID_A)
                .hasBytes(frame);
        assertEquals(2, host.counters().floodedCount());
    }

    @Test
    void shouldFloodToUplinkWithItsTag() {
        final Host host = new Host(compute1().tenants(NetworkType.VLAN));
        final byte[] frame = arpRequest(MA1, A1, "10.0.1.77");
        final List<Host.Sent> sent = host.send(TAP_A1, frame);
        assertEquals(
                List.of(TAP_A3, PHYSNET),
                sent.stream().map(Host.Sent::attachment).toList());
        assertArrayEquals(frame, sent.get(0).bytes());
        sent.get(1).frame().hasVlan(ID_A).isArpRequest().hasSenderMac(MA1);
        assertEquals(frame.length + 4, sent.get(1).bytes().length);
    }

    @Test
    void shouldFloodFromTheWireToGuestsWithoutTag() {
        final Host host = new Host(compute1().tenants(NetworkType.VLAN));
        final byte[] frame =
                ethernet(MA2, BROADCAST).ipv4(A2, "10.0.1.255").udp(1, 2).build();
        final List<Host.Sent> sent = host.send(
                PHYSNET,
                ethernet(MA2, BROADCAST)
                        .vlan(ID_A)
                        .ipv4(A2, "10.0.1.255")
                        .udp(1, 2)
                        .build());
        assertEquals(
                List.of(TAP_A1, TAP_A3),
                sent.stream().map(Host.Sent::attachment).toList());
        assertArrayEquals(frame, sent.get(1).bytes());
    }

    @Test
    void shouldFloodWhatARouterSendsToItsSenderToo() {
        final Host host = new Host(compute1()
                .also(parts ->
                        parts.builder.neighbor(parts.a, ip("10.0.1.77"), mac(UNKNOWN), true))); // no FDB entry: HA port

        final List<Host.Sent> sent = host.send(TAP_B1, udp(MB1, GB, B1, "10.0.1.77"));

        assertEquals(
                List.of(TAP_A1, TAP_A3, UNDERLAY, UNDERLAY),
                sent.stream().map(Host.Sent::attachment).toList());
        sent.get(0).frame().hasSourceMac(GA).hasDestinationMac(UNKNOWN).hasTtl(63);
        sent.get(2)
                .frame()
                .isVxlan(ID_A)
                .hasSourceMac(D1)
                .hasDestinationMac(UNKNOWN)
                .hasTtl(63);
        assertEquals(4, host.send(TAP_A1, udp(MA1, GA, A1, "10.0.1.77")).size());
    }

    @Test
    void shouldDropWhatHasNobodyToBeFloodedTo() {
        final Host host = new Host(compute1().also(parts -> {
            final var segment = parts.builder.segment(
                    9, "net-z", "Z", NetworkType.LOCAL, 0, null, 1500, /* isExternal= */ false, /* isUp= */ true);
            parts.builder.guest(9, "tapz", segment, "port-z", "compute:nova", mac(UNKNOWN), true, true, false);
        }));
        host.sendForDrop(DropReason.FLOOD_LIST_EMPTY, "tapz", arpRequest(UNKNOWN, A1, A2));
    }

    @Test
    void shouldLearnBehindPeersForFiveMinutes() { // §4.3 step 10
        final Host host = new Host(compute1());
        host.send(UNDERLAY, vxlanFrom2(ID_A, udp(UNKNOWN, MA1, "10.0.1.77", A1)));

        host.advance(300 * Host.SECOND - 1);
        host.sendForOne(TAP_A1, udp(MA1, UNKNOWN, A1, "10.0.1.77"))
                .frame()
                .hasDestinationIp(T2)
                .isVxlan(ID_A);
        host.advance(1);
        assertEquals(3, host.send(TAP_A1, udp(MA1, UNKNOWN, A1, "10.0.1.77")).size());
    }

    @Test
    void shouldFollowALearnedMacThatMoves() {
        final Host host = new Host(compute1());
        host.send(UNDERLAY, vxlanFrom2(ID_A, udp(UNKNOWN, MA1, "10.0.1.77", A1)));
        host.send(UNDERLAY, vxlanFromN(ID_A, udp(UNKNOWN, MA1, "10.0.1.77", A1)));
        host.sendForOne(TAP_A1, udp(MA1, UNKNOWN, A1, "10.0.1.77")).frame().hasDestinationIp(TN);
        host.send(TAP_A3, udp(UNKNOWN, MA1, "10.0.1.77", A1));
        assertEquals(
                TAP_A3,
                host.sendForOne(TAP_A1, udp(MA1, UNKNOWN, A1, "10.0.1.77")).attachment());
    }

    @Test
    void shouldPreferTheControlPlaneToWhatItSees() {
        final Host host = new Host(compute1());
        host.send(UNDERLAY, vxlanFromN(ID_A, udp(MA2, MA1, A2, A1)));
        host.sendForOne(TAP_A1, udp(MA1, MA2, A1, A2)).frame().hasDestinationIp(T2);
    }

    @Test
    void shouldNotReflectToThePortAFrameCameFrom() {
        final Host host = new Host(compute1());
        host.sendForDrop(DropReason.SAME_PORT, TAP_A1, udp(MA3, MA1, A3, A1));
    }

    @Test
    void shouldNotMixNetworks() {
        final Host host = new Host(compute1());
        // mb1 is known in B alone.
        assertEquals(3, host.send(TAP_A1, udp(MA1, MB1, A1, B1)).size());
    }

    @Test
    void shouldTakeTunnelFramesOfKnownPeersAndNetworksAlone() {
        final Host host = new Host(compute1());
        final byte[] inner = udp(MA2, MA1, A2, A1);
        host.sendForDrop(
                DropReason.TUNNEL_PEER_UNKNOWN,
                UNDERLAY,
                TestFrames.vxlan(T2_MAC, T1_MAC, "192.0.2.99", T1, ID_A, inner));
        host.sendForDrop(DropReason.VNI_UNKNOWN, UNDERLAY, vxlanFrom2(999, inner));
        host.sendForDrop(DropReason.VNI_UNKNOWN, UNDERLAY, greFrom2(ID_A, inner)); // a VNI is no key
        host.sendForDrop(
                DropReason.UNDERLAY_NOT_FOR_US,
                UNDERLAY,
                TestFrames.vxlan(T2_MAC, T1_MAC, T2, "192.0.2.99", ID_A, inner));
        host.sendForDrop(
                DropReason.UNDERLAY_NOT_TUNNEL,
                UNDERLAY,
                udp(T2_MAC, T1_MAC, T2, T1),
                tcp(T2_MAC, T1_MAC, T2, T1, 1, 2, 0),
                ethernet(T2_MAC, T1_MAC).rawEtherType(0x88CC, new byte[46]).build());
    }

    @Test
    void shouldCheckOuterHeaders() {
        final Host host = new Host(compute1());
        final byte[] good = vxlanFrom2(ID_A, udp(MA2, MA1, A2, A1));
        final byte[] payload = Arrays.copyOfRange(good, 42, good.length);
        host.sendForOne(UNDERLAY, outer().payload(payload).build()); // a right checksum
        host.sendForDrop(
                DropReason.UDP_CHECKSUM,
                UNDERLAY,
                outer().payload(payload).badTransportChecksum().build());
        host.sendForDrop(
                DropReason.IPV4_CHECKSUM,
                UNDERLAY,
                outer().payload(payload).badIpChecksum().build());
        host.sendForDrop(
                DropReason.OUTER_FRAGMENT,
                UNDERLAY,
                outer().fragment(0, true).payload(payload).build());
        final byte[] flagless = payload.clone();
        flagless[0] = 0;
        host.sendForDrop(
                DropReason.VXLAN_VNI_FLAG_UNSET,
                UNDERLAY,
                outer().payload(flagless).build());
        final byte[] reserved = payload.clone();
        reserved[0] = (byte) 0xFF; // ignored on receive (RFC 7348 §5)
        reserved[7] = 1;
        host.sendForOne(UNDERLAY, outer().payload(reserved).build());
        host.sendForDrop(
                DropReason.VXLAN_TRUNCATED, UNDERLAY, outer().payload(4).build());
        host.sendForDrop(
                DropReason.ETHERNET_TRUNCATED,
                UNDERLAY,
                outer().payload(Arrays.copyOf(payload, 18)).build());
    }

    private static TestFrames outer() {
        return ethernet(T2_MAC, T1_MAC).ipv4(T2, T1).udp(50_000, 4789);
    }

    @Test
    void shouldNotTakeOuterPaddingForContent() {
        final byte[] inner = ethernet(MA2, MA1).arpReply(MA2, A2, MA1, A1).build();
        final byte[] padded = Arrays.copyOf(vxlanFrom2(ID_A, inner), 120);
        assertArrayEquals(
                inner, new Host(compute1()).sendForOne(UNDERLAY, padded).bytes());
    }

    @Test
    void shouldDropInnerTagsUnlessAskedToPassThem() { // contract.md §6 row 19
        final byte[] inner = udpFrom(MA2, MA1, A2, A1).vlan(55).build();
        new Host(compute1()).sendForDrop(DropReason.INNER_VLAN_TAG, UNDERLAY, vxlanFrom2(ID_A, inner));
        new Host(compute1().tenants(NetworkType.GRE))
                .sendForDrop(DropReason.INNER_VLAN_TAG, UNDERLAY, greFrom2(ID_A, inner));
        final Host.Sent sent = new Host(compute1(), new StageOptions(true, false, true, 10))
                .sendForOne(UNDERLAY, vxlanFrom2(ID_A, inner));
        assertEquals(TAP_A1, sent.attachment());
        assertArrayEquals(inner, sent.bytes());
    }

    @Test
    void shouldKeepPassedTagsWithinTheirNetwork() { // contract.md §6 row 19
        final Host host = new Host(compute1(), new StageOptions(true, false, true, 10));
        final byte[] inner = udpFrom(MA2, D1, A2, B1).vlan(55).build();
        host.sendForDrop(DropReason.INNER_VLAN_TAG, UNDERLAY, vxlanFrom2(ID_A, inner));
    }

    @Test
    void shouldDropTagsOfGuests() {
        new Host(compute1())
                .sendForDrop(
                        DropReason.GUEST_VLAN_TAG,
                        TAP_A1,
                        udpFrom(MA1, MA3, A1, A3).vlan(55).build());
    }

    @Test
    void shouldKeepInnerTagsOfAVlan() { // the outer tag names the network, the rest is the guests'
        final Host host = new Host(compute1().tenants(NetworkType.VLAN));
        host.sendForOne(PHYSNET, udpFrom(MA2, MA1, A2, A1).vlan(ID_A).vlan(55).build())
                .frame()
                .hasBytes(udpFrom(MA2, MA1, A2, A1).vlan(55).build());
    }

    @Test
    void shouldNotSendMoreThanTheUnderlayCarries() {
        final byte[] frame = udpFrom(MA1, MA2, A1, A2).payload(1_400).build(); // 1,442 bytes, wrapped 1,478 of IP
        new Host(compute1().underlayMtu(1_478)).sendForOne(TAP_A1, frame);
        new Host(compute1().underlayMtu(1_477)).sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, frame);
        final Host host = new Host(compute1().underlayMtu(1_477));
        assertEquals(
                1,
                host.send(TAP_A1, udpFrom(MA1, UNKNOWN, A1, A2).payload(1_400).build())
                        .size());
        assertEquals(2L, host.drops().get(DropReason.UNDERLAY_MTU));
    }

    @Test
    void shouldRefuseSourcesThatNobodyHas() {
        final Host host = new Host(compute1());
        host.sendForDrop(
                DropReason.SOURCE_MAC_INVALID, TAP_A1, udp(NO_MAC, MA3, A1, A3), udp("01:00:5e:00:00:01", MA3, A1, A3));
        host.sendForDrop(DropReason.SOURCE_MAC_INVALID, UNDERLAY, vxlanFrom2(ID_A, udp(NO_MAC, MA1, A2, A1)));
    }

    @Test
    void shouldCountWhatWouldLeaveByAPortThatIsGone() {
        final Host host = new Host(compute1());
        host.unplug(TAP_A3);
        host.sendForDrop(DropReason.PORT_GONE, TAP_A1, udp(MA1, MA3, A1, A3));
    }

    @Test
    void shouldBridgeIpv6() {
        final Host host = new Host(compute1());
        final byte[] frame = ethernet(MA1, MA2)
                .ipv6("fd00::1", "fd00::2")
                .udp(1, 2)
                .payload(9)
                .build();
        host.sendForOne(TAP_A1, frame).frame().isVxlan(ID_A).hasBytes(frame);
    }

    @Test
    void shouldRefuseFramesLongerThanItsOwn() {
        new Host(compute1())
                .sendForDrop(
                        DropReason.FRAME_TOO_LONG,
                        TAP_A1,
                        new byte[Host.config().frameCapacity() + 1]);
    }

    @Test
    void shouldRestoreOurOwnDvrMacBeforeItLooksAtTheSource() {
        // dvr.md §4.1: priority 5 (destination is our DVR MAC) comes before 2 (source is another host's).
        final Host host = new Host(compute1());
        final Host.Sent sent = host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, udp(D2, D1, A2, A1)));
        assertEquals(TAP_A1, sent.attachment());
        sent.frame().hasSourceMac(GA).hasDestinationMac(MA1).hasTtl(63);
    }
}
