package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MB2;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T1_V6;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.T2_V6;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TN_V6;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.compute2;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.UnderlayCell;
import org.dvr.dataplane.topology.UnderlayPath;
import org.dvr.dataplane.topology.UnderlayView;
import org.junit.jupiter.api.Test;

/** Tunnels between IPv6 addresses. */
class Ipv6UnderlayTest {
    private static final int UDP_OFFSET = 14 + 40;
    private static final int INNER_OFFSET = UDP_OFFSET + 8 + 8;
    private static final int CHECKSUM = 6;
    private static final String OTHER_V6 = "2001:db8::99";

    private static Cast first() {
        return compute1().ipv6Underlay();
    }

    /** From compute2 to compute1; with a checksum, as the kernel sends it. */
    private static TestFrames outer(final String from, final String to, final byte[] inner) {
        final byte[] payload = new byte[8 + inner.length];
        payload[0] = 8;
        payload[4] = (byte) (ID_A >>> 16);
        payload[5] = (byte) (ID_A >>> 8);
        payload[6] = (byte) ID_A;
        System.arraycopy(inner, 0, payload, 8, inner.length);
        return ethernet(T2_MAC, T1_MAC).ipv6(from, to).udp(50_000, 4_789).payload(payload);
    }

    private static byte[] fromSecond(final byte[] inner) {
        return outer(T2_V6, T1_V6, inner).build();
    }

    @Test
    void shouldWrapInIpv6() {
        final byte[] frame = udp(MA1, MA2, A1, A2);
        final Host.Sent sent = new Host(first()).sendForOne(TAP_A1, frame);
        assertEquals(UNDERLAY, sent.attachment());
        sent.frame()
                .hasSourceMac(T1_MAC)
                .hasDestinationMac(T2_MAC)
                .isIpv6()
                .hasSourceIp(T1_V6)
                .hasDestinationIp(T2_V6)
                .hasTtl(64)
                .hasTos(0)
                .isUdp()
                .hasDestinationPort(4_789)
                .hasLength(INNER_OFFSET + frame.length);
        final byte[] bytes = sent.bytes();
        assertEquals(0x60, bytes[14], "version 6, traffic class and flow label 0");
        assertEquals(0, bytes[15] | bytes[16] | bytes[17]);
        assertEquals(0, bytes[UDP_OFFSET + CHECKSUM] | bytes[UDP_OFFSET + CHECKSUM + 1], "no checksum");
        assertEquals(bytes.length - UDP_OFFSET, (bytes[UDP_OFFSET + 4] & 0xFF) << 8 | (bytes[UDP_OFFSET + 5] & 0xFF));
        assertEquals(8, bytes[UDP_OFFSET + 8]);
        assertEquals(
                ID_A,
                (bytes[UDP_OFFSET + 12] & 0xFF) << 16
                        | (bytes[UDP_OFFSET + 13] & 0xFF) << 8
                        | (bytes[UDP_OFFSET + 14] & 0xFF));
        assertArrayEquals(frame, Arrays.copyOfRange(bytes, INNER_OFFSET, bytes.length));
    }

    @Test
    void shouldGoFromHostToHostAndBack() {
        for (final NetworkType type : List.of(NetworkType.VXLAN, NetworkType.GRE)) {
            final Host one = new Host(first().tenants(type));
            final Host two = new Host(compute2().ipv6Underlay().tenants(type));
            final byte[] wire = one.sendForOne(TAP_A1, udp(MA1, GA, A1, B2)).bytes();
            two.sendForOne(UNDERLAY, wire)
                    .frame()
                    .hasSourceMac(GB)
                    .hasDestinationMac(MB2)
                    .hasTtl(63);
            final byte[] answer =
                    two.sendForOne(Cast.TAP_B2, udp(MB2, GB, B2, A1)).bytes();
            one.sendForOne(UNDERLAY, answer)
                    .frame()
                    .hasSourceMac(GA)
                    .hasDestinationMac(MA1)
                    .hasTtl(63);
        }
    }

    @Test
    void shouldUnwrapWithAChecksumOrWithout() {
        final Host host = new Host(first());
        final byte[] inner = udp(MA2, MA1, A2, A1);
        host.sendForOne(UNDERLAY, fromSecond(inner)).frame().hasBytes(inner);
        host.sendForOne(
                        UNDERLAY,
                        outer(T2_V6, T1_V6, inner).noTransportChecksum().build())
                .frame()
                .hasBytes(inner);
        final byte[] wrong = fromSecond(inner);
        wrong[UDP_OFFSET + CHECKSUM] ^= 1;
        host.sendForDrop(DropReason.UDP_CHECKSUM, UNDERLAY, wrong);
        host.sendForOne(UNDERLAY, Arrays.copyOf(fromSecond(inner), 400)).frame().hasBytes(inner); // padding
    }

    @Test
    void shouldRefuseWhatIsNoTunnelOfOurs() {
        final Host host = new Host(first());
        final byte[] inner = udp(MA2, MA1, A2, A1);
        host.sendForDrop(
                DropReason.UNDERLAY_NOT_FOR_US,
                UNDERLAY,
                outer(T2_V6, OTHER_V6, inner).build());
        host.sendForDrop(
                DropReason.TUNNEL_PEER_UNKNOWN,
                UNDERLAY,
                outer(OTHER_V6, T1_V6, inner).build());
        // The last 64 bits are a peer's, the first are not.
        host.sendForDrop(
                DropReason.TUNNEL_PEER_UNKNOWN,
                UNDERLAY,
                outer("2001:db8:ffff::2", T1_V6, inner).build());
        host.sendForDrop(
                DropReason.UNDERLAY_NOT_TUNNEL,
                UNDERLAY,
                ethernet(T2_MAC, T1_MAC).ipv6(T2_V6, T1_V6).udp(50_000, 4_790).build());
        final byte[] fragment = fromSecond(inner);
        fragment[14 + 6] = 44;
        host.sendForDrop(DropReason.OUTER_FRAGMENT, UNDERLAY, fragment);
        final byte[] other = fromSecond(inner);
        other[14 + 6] = 0; // hop-by-hop options
        host.sendForDrop(DropReason.UNDERLAY_NOT_TUNNEL, UNDERLAY, other);
        host.sendForDrop(DropReason.IPV6_PAYLOAD_LENGTH, UNDERLAY, Arrays.copyOf(fromSecond(inner), 80));
        host.sendForDrop(DropReason.UNDERLAY_NOT_TUNNEL, UNDERLAY, vxlanFrom2(ID_A, inner)); // over IPv4
        new Host(compute1()).sendForDrop(DropReason.UNDERLAY_NOT_TUNNEL, UNDERLAY, fromSecond(inner));
    }

    @Test
    void shouldNameThePeerInATrace() {
        final Host host = new Host(first());
        final String known = story(host.explain(UNDERLAY, fromSecond(udp(MA2, MA1, A2, A1))));
        assertTrue(known.contains("tunnel frame from " + T2_V6), known);
        assertTrue(known.contains("compute2 (" + T2_V6 + ")"), known);
        final byte[] stranger = outer(OTHER_V6, T1_V6, udp(MA2, MA1, A2, A1)).build();
        final String unknown = story(host.explain(UNDERLAY, stranger));
        assertTrue(unknown.contains("outer source " + OTHER_V6), unknown);
    }

    private static String story(final FrameTrace trace) {
        return String.join(
                "\n", trace.steps().stream().map(FrameTrace.Step::sentence).toList());
    }

    @Test
    void shouldAnswerNoArpOnTheUnderlay() {
        final Host host = new Host(first().withoutPeerMacs());
        host.sendForDrop(DropReason.ARP_NOT_FOR_US, UNDERLAY, arpRequest(T2_MAC, T2, T1));
        host.sendForDrop(DropReason.ARP_NOT_FOR_US, UNDERLAY, arpRequest(T2_MAC, "0.0.0.2", "0.0.0.0"));
        assertEquals(List.of(), host.send(TAP_A1, udp(MA1, MA2, A1, A2)), "0.0.0.2 stands for nobody's MAC");
        assertEquals(1, host.held());
    }

    @Test
    void shouldWaitForTheKernelToResolveAPeer() {
        final Host host = new Host(first().withoutPeerMacs());
        final UnderlayCell cell = new UnderlayCell();
        host.worker().underlay(cell);
        assertEquals(List.of(), host.send(TAP_A1, udp(MA1, MA2, A1, A2)));
        assertEquals(1, host.held());
        cell.publish(new UnderlayView(
                1, List.of(new UnderlayPath(IpAddress.parse(T2_V6), mac("02:00:00:00:00:fe"), 1_500, ""))));
        final List<Host.Sent> sent = host.advance(Host.SECOND);
        assertEquals(1, sent.size());
        sent.get(0).frame().hasDestinationMac("02:00:00:00:00:fe").hasDestinationIp(T2_V6);
        host.sendForOne(TAP_A1, udp(MA1, MA2, A1, A2)).frame().hasDestinationMac("02:00:00:00:00:fe");

        final Host alone = new Host(first().withoutPeerMacs());
        alone.send(TAP_A1, udp(MA1, MA2, A1, A2));
        assertEquals(List.of(), alone.advance(10 * Host.SECOND));
        assertEquals(0, alone.held());
    }

    @Test
    void shouldCountTheLongerHeaderAgainstTheMtu() {
        final byte[] frame = udpFrom(MA1, MA2, A1, A2).payload(1_400).build(); // 1,442 bytes, wrapped 1,498 of IP
        new Host(first().underlayMtu(1_498)).sendForOne(TAP_A1, frame);
        new Host(first().underlayMtu(1_497)).sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, frame);
    }

    @Test
    void shouldFloodToEveryPeer() {
        final List<Host.Sent> sent = new Host(first()).send(TAP_A1, udp(MA1, "fa:16:3e:00:0a:77", A1, A2));
        final List<Host.Sent> wire =
                sent.stream().filter(one -> one.attachment().equals(UNDERLAY)).toList();
        assertEquals(2, wire.size());
        wire.get(0).frame().hasDestinationIp(T2_V6);
        wire.get(1).frame().hasDestinationIp(TN_V6);
    }
}
