package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.junit.jupiter.api.Test;

/** dvr.md §6.6 and §9.16: requests for metadata go to the host's own proxy, and nowhere else. */
class MetadataWalkTest {
    static final String METADATA = "metadata";
    static final String SERVICE = "169.254.169.254";
    static final String PROXY = "240.0.0.1";
    static final String NUMBER_A1 = "240.0.18.52";
    static final String NUMBER_A3 = "240.0.0.3";
    static final String DEVICE = "fa:16:ee:00:00:01";
    static final String GUESTS = "fa:16:ee:00:00:02";

    private static final String LEGACY = "fa:16:3e:00:0a:77";

    /** compute1 with a proxy; a1 and a3 have numbers. */
    static Cast served() {
        return compute1().metadata();
    }

    static byte[] request(final int flags) {
        return tcp(MA1, GA, A1, SERVICE, 43_210, 80, flags);
    }

    static byte[] answer(final int flags) {
        return tcp(DEVICE, GUESTS, PROXY, NUMBER_A1, 80, 43_210, flags);
    }

    @Test
    void shouldHandARequestToTheProxyAsTheGuestsNumber() {
        final Host host = new Host(served());
        final Host.Sent sent = host.sendForOne(TAP_A1, request(TcpHeader.SYN));
        assertEquals(METADATA, sent.attachment());
        sent.frame()
                .hasSourceMac(GUESTS)
                .hasDestinationMac(DEVICE)
                .hasSourceIp(NUMBER_A1)
                .hasDestinationIp(PROXY)
                .hasTtl(64)
                .isTcp()
                .hasSourcePort(43_210)
                .hasDestinationPort(80)
                .hasTcpFlags(TcpHeader.SYN)
                .hasValidChecksums();
        assertEquals(0, host.worker().connections().active(), "no connection is tracked");
    }

    @Test
    void shouldBringTheAnswerBackFromTheServiceAddressByTheGateway() {
        final Host host = new Host(served());
        final Host.Sent sent = host.sendForOne(METADATA, answer(TcpHeader.SYN | TcpHeader.ACK));
        assertEquals(TAP_A1, sent.attachment());
        sent.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasSourceIp(SERVICE)
                .hasDestinationIp(A1)
                .hasTtl(64)
                .isTcp()
                .hasSourcePort(80)
                .hasDestinationPort(43_210)
                .hasValidChecksums();
    }

    @Test
    void shouldReachAProxyAtAnyAddressAndPort() {
        final Host host = new Host(compute1().metadata(MetadataProxy.parse("192.168.77.1:8775")));
        host.sendForOne(TAP_A1, request(TcpHeader.SYN))
                .frame()
                .hasDestinationIp("192.168.77.1")
                .isTcp()
                .hasDestinationPort(8775)
                .hasValidChecksums();
        host.sendForOne(METADATA, tcp(DEVICE, GUESTS, "192.168.77.1", NUMBER_A1, 8775, 43_210, TcpHeader.ACK))
                .frame()
                .hasSourceIp(SERVICE)
                .isTcp()
                .hasSourcePort(80)
                .hasValidChecksums();
    }

    @Test
    void shouldServeARequestWhoseTtlEndsHere() { // a redirect ends on the host: no hop
        new Host(served())
                .sendForOne(
                        TAP_A1,
                        ethernet(MA1, GA)
                                .ipv4(A1, SERVICE)
                                .ttl(1)
                                .tcp(1, 80, TcpHeader.SYN)
                                .build())
                .frame()
                .hasTtl(1);
    }

    @Test
    void shouldAnswerTheHostsArpForNumbersThatStandForGuests() {
        final Host host = new Host(served());
        final Host.Sent sent = host.sendForOne(METADATA, arpRequest(DEVICE, PROXY, NUMBER_A3));
        assertEquals(METADATA, sent.attachment());
        sent.frame()
                .isArpReply()
                .hasSourceMac(GUESTS)
                .hasDestinationMac(DEVICE)
                .hasSenderMac(GUESTS)
                .hasSenderIp(NUMBER_A3)
                .hasTargetMac(DEVICE)
                .hasTargetIp(PROXY);
        host.sendForDrop(DropReason.METADATA_GUEST_UNKNOWN, METADATA, arpRequest(DEVICE, PROXY, "240.0.0.9"));
        host.sendForDrop(DropReason.METADATA_NOT_PROXY, METADATA, arpReply(DEVICE, PROXY, GUESTS, NUMBER_A3));
    }

    @Test
    void shouldRefuseWhatIsNoRequest() {
        final Host host = new Host(served());
        host.sendForDrop(DropReason.METADATA_PORT, TAP_A1, tcp(MA1, GA, A1, SERVICE, 1, 443, TcpHeader.SYN));
        host.sendForDrop(DropReason.METADATA_PORT, TAP_A1, udp(MA1, GA, A1, SERVICE));
        host.sendForDrop(
                DropReason.METADATA_PORT,
                TAP_A1,
                ethernet(MA1, GA).ipv4(A1, SERVICE).icmpEcho(1, 1).build());
        host.sendForDrop(
                DropReason.METADATA_PORT,
                TAP_A1,
                ethernet(MA1, GA)
                        .ipv4(A1, SERVICE)
                        .fragment(0, true)
                        .tcp(1, 80, TcpHeader.ACK)
                        .payload(12)
                        .build());
        host.sendForDrop(
                DropReason.METADATA_PORT,
                TAP_A1,
                ethernet(MA1, GA).ipv4(A1, SERVICE).protocol(6, new byte[8]).build());
    }

    @Test
    void shouldServeGuestsOnlyInTheirOwnName() {
        final Host host = new Host(served());
        host.sendForDrop(DropReason.METADATA_SOURCE, TAP_A1, tcp(MA1, GA, A3, SERVICE, 1, 80, TcpHeader.SYN));
        host.sendForDrop(DropReason.METADATA_SOURCE, TAP_A1, tcp(MA3, GA, A3, SERVICE, 1, 80, TcpHeader.SYN));
        host.sendForDrop(DropReason.METADATA_SOURCE, TAP_A1, tcp(MA1, GA, "10.0.1.99", SERVICE, 1, 80, TcpHeader.SYN));
        host.sendForDrop(
                DropReason.METADATA_SOURCE,
                TAP_B1,
                tcp(Cast.MB1, Cast.GB, B1, SERVICE, 1, 80, TcpHeader.SYN)); // has no number
    }

    @Test
    void shouldTakeFromTheDeviceOnlyWhatTheProxySaysToGuests() {
        final Host host = new Host(served());
        host.sendForDrop(
                DropReason.METADATA_NOT_PROXY, METADATA, tcp(DEVICE, GUESTS, PROXY, NUMBER_A1, 22, 1, TcpHeader.SYN));
        host.sendForDrop(
                DropReason.METADATA_NOT_PROXY,
                METADATA,
                tcp(DEVICE, GUESTS, "10.9.9.9", NUMBER_A1, 80, 1, TcpHeader.ACK));
        host.sendForDrop(DropReason.METADATA_NOT_PROXY, METADATA, udp(DEVICE, GUESTS, PROXY, NUMBER_A1));
        host.sendForDrop(
                DropReason.METADATA_NOT_PROXY,
                METADATA,
                ethernet(DEVICE, BROADCAST).ipv6("fe80::1", "ff02::2").udp(1, 2).build());
        host.sendForDrop(
                DropReason.METADATA_NOT_PROXY,
                METADATA,
                ethernet(DEVICE, GUESTS)
                        .vlan(5)
                        .ipv4(PROXY, NUMBER_A1)
                        .tcp(80, 1, TcpHeader.ACK)
                        .build());
        host.sendForDrop(
                DropReason.METADATA_GUEST_UNKNOWN,
                METADATA,
                tcp(DEVICE, GUESTS, PROXY, "240.0.0.9", 80, 1, TcpHeader.ACK));
        host.sendForDrop(
                DropReason.METADATA_GUEST_UNKNOWN, METADATA, tcp(DEVICE, GUESTS, PROXY, A1, 80, 1, TcpHeader.ACK));
        host.sendForDrop(
                DropReason.IPV4_CHECKSUM,
                METADATA,
                ethernet(DEVICE, GUESTS)
                        .ipv4(PROXY, NUMBER_A1)
                        .badIpChecksum()
                        .tcp(80, 1, TcpHeader.ACK)
                        .build());
    }

    @Test
    void shouldNotDeliverWhatIsLargerThanTheGuestsNetwork() {
        final Host host = new Host(served().mtuA(600));
        final TestFrames large = ethernet(DEVICE, GUESTS)
                .ipv4(PROXY, NUMBER_A1)
                .tcp(80, 1, TcpHeader.ACK)
                .payload(700);
        assertEquals(2, host.send(METADATA, large.build()).size(), "in fragments where that is allowed");
        host.sendForDrop(
                DropReason.PACKET_TOO_BIG,
                METADATA,
                ethernet(DEVICE, GUESTS)
                        .ipv4(PROXY, NUMBER_A1)
                        .dontFragment()
                        .tcp(80, 1, TcpHeader.ACK)
                        .payload(700)
                        .build());
    }

    @Test
    void shouldNotServeByARouterThatIsDown() {
        final Host host = new Host(served().routerDown());
        host.sendForDrop(DropReason.ROUTER_DOWN, TAP_A1, request(TcpHeader.SYN));
        host.sendForDrop(DropReason.ROUTER_DOWN, METADATA, answer(TcpHeader.ACK));
    }

    @Test
    void shouldKeepTheProxysPortOfTheOriginalClosed() { // dvr.md §6.6: 9697 is closed to others
        final Host host = new Host(served());
        host.sendForDrop(DropReason.LOCAL_NO_SERVICE, TAP_A1, tcp(MA1, GA, A1, QR_A, 1, 9697, TcpHeader.SYN));
        host.sendForDrop(DropReason.METADATA_PORT, TAP_A1, tcp(MA1, GA, A1, SERVICE, 1, 9697, TcpHeader.SYN));
        host.sendForDrop(DropReason.MARTIAN_DESTINATION, TAP_A1, tcp(MA1, GA, A1, PROXY, 1, 80, TcpHeader.SYN));
    }

    /** A legacy router serves guests wherever they are; a SNAT side serves nobody. */
    private static Cast central(final boolean isSnatSide) {
        return compute1().also(parts -> {
            final Router router = parts.builder.centralRouter(9, "router-l", "L", true, isSnatSide);
            final RouterPort port = parts.builder.centralPort(
                    router, parts.a, "port-l", mac(isSnatSide ? SA : LEGACY), ip("10.0.1.7"), 24);
            parts.builder.metadata(8, MetadataProxy.DEFAULT);
            parts.builder.metadataGuest(ip(NUMBER_A1), ip(A2), port, mac(MA2), null);
        });
    }

    @Test
    void shouldServeGuestsElsewhereByALegacyRouter() {
        final Host host = new Host(central(false));
        final byte[] request = tcp(MA2, LEGACY, A2, SERVICE, 43_210, 80, TcpHeader.SYN);
        final Host.Sent sent = host.sendForOne(UNDERLAY, vxlanFrom2(ID_A, request));
        assertEquals(METADATA, sent.attachment());
        sent.frame()
                .hasSourceMac(GUESTS)
                .hasSourceIp(NUMBER_A1)
                .hasDestinationIp(PROXY)
                .hasTtl(64);
        final Host.Sent back = host.sendForOne(METADATA, answer(TcpHeader.ACK));
        assertEquals(UNDERLAY, back.attachment());
        back.frame()
                .hasDestinationIp(T2)
                .isVxlan(ID_A)
                .hasSourceMac(LEGACY)
                .hasDestinationMac(MA2)
                .hasSourceIp(SERVICE)
                .hasDestinationIp(A2)
                .hasTtl(64)
                .hasValidChecksums();
        host.sendForDrop(
                DropReason.METADATA_SOURCE,
                UNDERLAY,
                vxlanFrom2(ID_A, tcp("fa:16:3e:00:0a:66", LEGACY, A2, SERVICE, 1, 80, TcpHeader.SYN)));
        assertEquals(0, host.worker().connections().active());
    }

    @Test
    void shouldServeNobodyByASnatSide() {
        new Host(central(true))
                .sendForDrop(
                        DropReason.METADATA_RESERVED,
                        UNDERLAY,
                        vxlanFrom2(ID_A, tcp(MA2, SA, A2, SERVICE, 1, 80, TcpHeader.SYN)));
    }

    @Test
    void shouldSayTheSameWithTheFlowCacheOnAndOff() {
        final Host with = new Host(served(), Host.configWithFlows(1_024));
        final Host without = new Host(served(), Host.configWithFlows(0));
        for (int i = 0; i < 40; i++) {
            final byte[] request = request(i % 3 == 0 ? TcpHeader.SYN : TcpHeader.ACK);
            final byte[] answer = answer(TcpHeader.ACK);
            assertArrayEquals(
                    without.sendForOne(TAP_A1, request).bytes(),
                    with.sendForOne(TAP_A1, request).bytes());
            assertArrayEquals(
                    without.sendForOne(METADATA, answer).bytes(),
                    with.sendForOne(METADATA, answer).bytes());
        }
        assertTrue(
                with.worker().flows().hits() >= 70,
                "hits " + with.worker().flows().hits());
    }

    @Test
    void shouldTellItsStory() {
        final Host host = new Host(served());
        assertEquals(
                "a request of guest 10.0.1.11 behind router R: goes to the proxy at 240.0.0.1:80, from 240.0.18.52",
                told(host.explain(TAP_A1, request(TcpHeader.SYN))));
        assertEquals(
                "an answer for guest 10.0.1.11 behind router R: goes to 10.0.1.11, from 169.254.169.254:80",
                told(host.explain(METADATA, answer(TcpHeader.ACK))));
        assertEquals(
                "240.0.0.3 stands for guest 10.0.1.13 behind router R: answered with " + GUESTS,
                told(host.explain(METADATA, arpRequest(DEVICE, PROXY, NUMBER_A3))));
        assertEquals(
                "refused: " + DropReason.METADATA_PORT.sentence(),
                told(host.explain(TAP_A1, udp(MA1, GA, A1, SERVICE))));
        final byte[] large = ethernet(DEVICE, GUESTS)
                .ipv4(PROXY, NUMBER_A1)
                .dontFragment()
                .tcp(80, 1, TcpHeader.ACK)
                .payload(1_500)
                .build();
        assertEquals(
                "an answer for guest 10.0.1.11 behind router R: goes to 10.0.1.11, from 169.254.169.254:80|1540 bytes exceed"
                        + " the MTU of network A",
                told(host.explain(METADATA, large)));
    }

    private static String told(final FrameTrace trace) {
        return trace.steps().stream()
                .filter(step -> step.stage().equals("metadata"))
                .map(FrameTrace.Step::sentence)
                .collect(Collectors.joining("|"));
    }

    @Test
    void shouldGiveUpAPlaceThatAReloadTookAway() {
        final Host host = new Host(served());
        host.topology(compute1().version(2));
        host.sendForDrop(DropReason.METADATA_RESERVED, TAP_A1, request(TcpHeader.SYN));
        final List<Host.Sent> left = new ArrayList<>(host.topology(served().version(3)));
        left.addAll(host.send(TAP_A1, request(TcpHeader.SYN)));
        assertEquals(METADATA, left.getLast().attachment());
    }
}
