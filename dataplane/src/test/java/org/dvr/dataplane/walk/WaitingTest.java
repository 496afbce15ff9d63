package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FPR;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.QR_B;
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
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.testing.Host;
import org.junit.jupiter.api.Test;

/** dvr.md §4.5, §8.3; contract.md §6 rows 8 and 9: frames that wait for somebody's MAC. */
class WaitingTest {
    private static final String UNKNOWN = "fa:16:3e:00:0a:77";

    @Test
    void shouldHoldAndReleaseInOrder() {
        final Host host = new Host(compute1().withoutUpstream());
        final byte[][] frames = new byte[3][];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = udpFrom(MA1, GA, A1, X).id(i + 1).build();
        }
        assertEquals(1, host.send(TAP_A1, frames).size());
        assertEquals(3, host.held());
        host.advance(Host.SECOND / 2);

        final List<Host.Sent> released = host.send(PROVIDER, arpReply(U, UPSTREAM, F1, FG1));

        assertEquals(3, released.size());
        for (int i = 0; i < frames.length; i++) {
            assertEquals(host.nowNs(), released.get(i).timeNs());
            released.get(i)
                    .frame()
                    .hasId(i + 1)
                    .hasDestinationMac(U)
                    .hasSourceIp(FIP_A1)
                    .hasTtl(62)
                    .hasValidChecksums();
        }
        assertEquals(0, host.held());
        host.sendForOne(TAP_A1, frames[0]).frame().hasDestinationMac(U);
    }

    @Test
    void shouldAskThreeTimesAndThenTellTheSender() {
        final Host host = new Host(compute1().withoutUpstream());
        final long start = host.nowNs();
        final List<Host.Sent> first = host.send(TAP_A1, udp(MA1, GA, A1, X));
        assertEquals(List.of(start), first.stream().map(Host.Sent::timeNs).toList());

        final List<Host.Sent> later = host.advance(10 * Host.SECOND);

        assertEquals(3, later.size());
        later.get(0).frame().isArpRequest().hasTargetIp(UPSTREAM);
        later.get(1).frame().isArpRequest().hasTargetIp(UPSTREAM);
        assertEquals(start + Host.SECOND, later.get(0).timeNs());
        assertEquals(start + 2 * Host.SECOND, later.get(1).timeNs());
        assertEquals(start + 3 * Host.SECOND, later.get(2).timeNs());
        assertEquals(TAP_A1, later.get(2).attachment());
        later.get(2).frame().hasSourceIp(FPR).hasDestinationIp(A1).isIcmp(3, 1).hasValidChecksums();
        later.get(2).frame().quotedPacket().hasSourceIp(A1).hasDestinationIp(X);
        assertEquals(1, host.counters().drops(DropReason.HOST_UNREACHABLE));
        assertEquals(0, host.held());
    }

    @Test
    void shouldTellOfASilentTenantNeighbor() {
        final Host host = new Host(compute1());
        assertEquals(4, host.send(TAP_B1, udp(MB1, GB, B1, "10.0.1.77")).size());

        final List<Host.Sent> later = host.advance(10 * Host.SECOND);

        assertEquals(2 * 4 + 1, later.size());
        final Host.Sent last = later.get(8);
        assertEquals(TAP_B1, last.attachment());
        last.frame().hasSourceIp(QR_B).hasDestinationIp(B1).isIcmp(3, 1);
    }

    @Test
    void shouldRouteToALocalGuestThatAnswers() { // an address that only ARP knows (allowed pair on several ports)
        final Host host = new Host(compute1());
        host.send(TAP_B1, udp(MB1, GB, B1, "10.0.1.77"));

        final Host.Sent sent = host.sendForOne(TAP_A3, arpReply(MA3, "10.0.1.77", GA, QR_A));

        assertEquals(TAP_A3, sent.attachment());
        sent.frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA3)
                .hasDestinationIp("10.0.1.77")
                .hasTtl(63);
    }

    @Test
    void shouldHoldForTunnelPeers() {
        final Host host = new Host(compute1().withoutPeerMacs());

        final Host.Sent asked = host.sendForOne(TAP_A1, udp(MA1, MA2, A1, A2));
        assertEquals(UNDERLAY, asked.attachment());
        asked.frame()
                .isArpRequest()
                .hasSourceMac(T1_MAC)
                .hasDestinationMac(BROADCAST)
                .hasSenderIp(T1)
                .hasTargetIp(T2);
        final Host.Sent out = host.sendForOne(UNDERLAY, arpReply(T2_MAC, T2, T1_MAC, T1));
        out.frame()
                .hasSourceMac(T1_MAC)
                .hasDestinationMac(T2_MAC)
                .hasValidChecksums()
                .isVxlan(ID_A)
                .hasBytes(udp(MA1, MA2, A1, A2));
    }

    @Test
    void shouldHoldACopyForEachSilentPeerOfAFlood() {
        final Host host = new Host(compute1().withoutPeerMacs());
        final byte[] frame = udp(MA1, UNKNOWN, A1, "10.0.1.77");

        final List<Host.Sent> sent = host.send(TAP_A1, frame); // a3, and two questions
        assertEquals(3, sent.size());
        assertEquals(2, host.held());
        host.sendForOne(UNDERLAY, arpReply(TN_MAC, TN, T1_MAC, T1))
                .frame()
                .hasDestinationMac(TN_MAC)
                .hasDestinationIp(TN)
                .isVxlan(ID_A)
                .hasBytes(frame);
        host.sendForOne(UNDERLAY, arpReply(T2_MAC, T2, T1_MAC, T1))
                .frame()
                .hasDestinationMac(T2_MAC)
                .hasDestinationIp(T2)
                .isVxlan(ID_A)
                .hasBytes(frame);
        assertEquals(0, host.held());
    }

    @Test
    void shouldTellNobodyOfASilentTunnelPeer() {
        final Host host = new Host(compute1().withoutPeerMacs());
        host.send(TAP_A1, udp(MA1, MA2, A1, A2), udp(MA1, GA, A1, B2));
        final List<Host.Sent> later = host.advance(5 * Host.SECOND);
        assertTrue(later.stream().allMatch(one -> one.attachment().equals(UNDERLAY)));
        assertEquals(2, later.size());
        assertEquals(2, host.counters().drops(DropReason.HOST_UNREACHABLE));
    }

    @Test
    void shouldBoundWhatWaitsForOne() {
        final Host host = new Host(compute1().withoutUpstream());
        final byte[][] frames = new byte[NeighborCache.QUEUE_LIMIT + 5][];
        java.util.Arrays.fill(frames, udp(MA1, GA, A1, X));
        host.send(TAP_A1, frames);
        assertEquals(NeighborCache.QUEUE_LIMIT, host.held());
        assertEquals(Map.of(DropReason.NEIGHBOR_QUEUE_FULL, 5L), host.drops());
    }

    @Test
    void shouldBoundWhatWaitsInAll() {
        final Host host = new Host(compute1());
        for (int i = 20; i < 220; i++) {
            final byte[] frame = udp(MB1, GB, B1, "10.0.1." + i);
            host.send(TAP_B1, frame, frame, frame);
        }
        assertEquals(Host.config().frameCount() / 4, host.held());
        assertEquals(TAP_A1, host.sendForOne(TAP_B1, udp(MB1, GB, B1, A1)).attachment());
    }

    @Test
    void shouldReleaseIntoATopologyThatHasChanged() {
        final Host host = new Host(compute1().withoutUpstream());
        host.send(TAP_A1, udp(MA1, GA, A1, X));
        host.topology(compute1().version(2).withoutUpstream().mtuA(1_400));
        host.sendForOne(PROVIDER, arpReply(U, UPSTREAM, F1, FG1))
                .frame()
                .hasDestinationMac(U)
                .hasSourceIp(FIP_A1);
    }

    @Test
    void shouldForgetANeighborAfterFiveMinutes() {
        final Host host = new Host(compute1().withoutUpstream());
        host.send(TAP_A1, udp(MA1, GA, A1, X));
        host.send(PROVIDER, arpReply(U, UPSTREAM, F1, FG1));
        host.advance(300 * Host.SECOND - 1);
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().isUdp();
        host.advance(1);
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X)).frame().isArpRequest();
    }

    @Test
    void shouldLearnWhoAsksForItsAddresses() { // RFC 826: who asks us will hear from us
        final Host host = new Host(compute1().withoutUpstream());
        host.send(PROVIDER, arpRequest(U, UPSTREAM, FIP_A1));
        host.sendForOne(TAP_A1, udp(MA1, GA, A1, X))
                .frame()
                .hasDestinationMac(U)
                .isUdp();
    }

    @Test
    void shouldTakeNoGroupAddressForANeighbor() {
        final Host host = new Host(compute1().withoutUpstream());
        host.send(TAP_A1, udp(MA1, GA, A1, X));
        host.send(
                PROVIDER, ethernet(U, F1).arpReply(BROADCAST, UPSTREAM, F1, FG1).build());
        assertEquals(1, host.held());
    }
}
