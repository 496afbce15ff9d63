package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PHYSNET;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.greFrom2;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.testing.Host.Work;
import org.dvr.dataplane.testing.SlowDevice;
import org.dvr.dataplane.topology.NetworkType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checksums that are left to be completed and segments that are left to be cut. Whatever way they take, what is on the wires in the end is what would be there had
 * their sender done all of it itself.
 */
class OffloadWalkTest {
    private static final int VXLAN_LENGTH = 50;
    private static final int GRE_LENGTH = 42;
    private static final String[] POINTS = {UNDERLAY, PROVIDER, PHYSNET, TAP_A1, TAP_A3, TAP_B1};
    private static final String UNKNOWN = "fa:16:3e:00:0a:77";
    private static final String A1_6 = "fd00:a::11";
    private static final String B1_6 = "fd00:b::11";

    /** A way through a host: where frames enter, how they are dressed, how they are wrapped. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Way(
            String name,
            Cast cast,
            String at,
            UnaryOperator<TestFrames> dress,
            String[] ends,
            int wrapLength,
            UnaryOperator<byte[]> wrap) {
        Way(final String name, final Cast cast, final String at, final String... ends) {
            this(name, cast, at, UnaryOperator.identity(), ends, 0, UnaryOperator.identity());
        }

        Way tagged(final int vlanId) {
            return new Way(name, cast, at, frame -> frame.vlan(vlanId), ends, 0, UnaryOperator.identity());
        }

        Way wrapped(final int length, final UnaryOperator<byte[]> with) {
            return new Way(name, cast, at, dress, ends, length, with);
        }

        boolean isIpv6() {
            return ends[2].contains(":");
        }

        TestFrames frame() {
            final TestFrames frame = dress.apply(ethernet(ends[0], ends[1]));
            return isIpv6() ? frame.ipv6(ends[2], ends[3]) : frame.ipv4(ends[2], ends[3]);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Way> ways() {
        return Stream.of(
                new Way("bridged here", compute1(), TAP_A1, MA1, MA3, A1, A3),
                new Way("routed here", compute1(), TAP_A1, MA1, GA, A1, B1),
                new Way("by a floating IP", compute1(), TAP_A1, MA1, GA, A1, X),
                new Way("to a floating IP", compute1(), PROVIDER, U, F1, X, FIP_A1),
                new Way("by a floating IP, tagged", compute1().externalVlan(300), TAP_A1, MA1, GA, A1, X),
                new Way("to a floating IP, tagged", compute1().externalVlan(300), PROVIDER, U, F1, X, FIP_A1)
                        .tagged(300),
                new Way("between floating IPs", compute1(), TAP_A1, MA1, GA, A1, FIP_B1),
                new Way("bridged into VXLAN", compute1(), TAP_A1, MA1, MA2, A1, A2),
                new Way("routed into VXLAN", compute1(), TAP_A1, MA1, GA, A1, B2),
                new Way("redirected into VXLAN", compute1(), TAP_A3, MA3, GA, A3, X),
                new Way("out of VXLAN", compute1(), UNDERLAY, D2, MA1, B2, A1)
                        .wrapped(VXLAN_LENGTH, inner -> vxlanFrom2(ID_A, inner)),
                new Way("routed into GRE", compute1().tenants(NetworkType.GRE), TAP_A1, MA1, GA, A1, B2),
                new Way("out of GRE", compute1().tenants(NetworkType.GRE), UNDERLAY, MA2, MA1, A2, A1)
                        .wrapped(GRE_LENGTH, inner -> greFrom2(ID_A, inner)),
                new Way("bridged into VLAN", compute1().tenants(NetworkType.VLAN), TAP_A1, MA1, MA2, A1, A2),
                new Way("routed into VLAN", compute1().tenants(NetworkType.VLAN), TAP_A1, MA1, GA, A1, B2),
                new Way("out of VLAN", compute1().tenants(NetworkType.VLAN), PHYSNET, MA2, MA1, A2, A1).tagged(ID_A),
                new Way("flooded into VXLAN", compute1(), TAP_A1, MA1, UNKNOWN, A1, "10.0.1.77"),
                new Way("flooded flat", compute1().tenantA(NetworkType.FLAT), TAP_A1, MA1, UNKNOWN, A1, "10.0.1.77"),
                new Way("IPv6, bridged here", compute1().ipv6(), TAP_A1, MA1, MA3, A1_6, "fd00:a::13"),
                new Way("IPv6, routed here", compute1().ipv6(), TAP_A1, MA1, GA, A1_6, B1_6),
                new Way("IPv6, into VXLAN", compute1().ipv6(), TAP_A1, MA1, MA2, A1_6, "fd00:a::12"),
                new Way("IPv6, out of VXLAN", compute1().ipv6(), UNDERLAY, MA2, MA1, "fd00:a::12", A1_6)
                        .wrapped(VXLAN_LENGTH, inner -> vxlanFrom2(ID_A, inner)));
    }

    private static byte[] frame(final Way way, final Random random, final int payloadLength) {
        final byte[] payload = new byte[payloadLength];
        random.nextBytes(payload);
        final TestFrames frame = way.frame();
        if (!way.isIpv6()) {
            frame.id(random.nextInt(0x1_0000));
            if (random.nextInt(4) == 0) {
                frame.options(new byte[] {1, 1, 1, 1});
            }
            if (random.nextBoolean()) {
                frame.dontFragment();
            }
        }
        frame.ttl(10 + random.nextInt(240)).tos(random.nextInt(256));
        if (random.nextBoolean()) {
            return frame.udp(4000, 5000).payload(payload).build();
        }
        final int flags = TcpHeader.ACK | (random.nextInt(256) & ~(TcpHeader.SYN | TcpHeader.RST | TcpHeader.FIN));
        final boolean hasOptions = payloadLength > 12 && random.nextBoolean();
        final byte[] bytes = frame.tcp(4000, 5000, flags, random.nextInt() & 0xFFFF_FFFFL, 1)
                .payload(payload)
                .build();
        if (hasOptions) { // what was the beginning of the payload
            bytes[SlowDevice.l4(bytes) + 12] = (byte) 0x80;
        }
        return bytes;
    }

    private static Work deeper(final Work work, final int by) {
        return new Work(
                work.checksumAt() + by,
                work.checksumOffset(),
                work.segmentSize(),
                work.segmentKind(),
                work.isVerified());
    }

    private static byte[] wrapLeaving(final Way way, final byte[] inner, final Random random) {
        final byte[] outer = way.wrap().apply(inner);
        if (way.wrapLength() == VXLAN_LENGTH && random.nextBoolean()) {
            outer[40] = (byte) random.nextInt(256); // an outer checksum that holds once all is done, and not before
            outer[41] = 1;
        }
        return outer;
    }

    private static Map<String, List<String>> byPoint(final List<Host.Sent> sent) {
        final Map<String, List<String>> byPoint = new TreeMap<>();
        for (final Host.Sent one : sent) {
            final List<String> there = byPoint.computeIfAbsent(one.attachment(), name -> new ArrayList<>());
            for (final byte[] frame : SlowDevice.finish(one.bytes(), one.work())) {
                there.add(HexFormat.of().formatHex(frame));
            }
        }
        return byPoint;
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shouldSendWhatItsSenderWouldHaveSent(final Way way) {
        for (int seed = 0; seed < 60; seed++) {
            final Random random = new Random(seed);
            final int flows = random.nextBoolean() ? 64 : 0;
            final Host host = new Host(way.cast(), Host.configOfLongFrames(flows));
            final Host twin = new Host(way.cast(), Host.configOfLongFrames(flows));
            boolean areTaken = true;
            for (final String point : POINTS) {
                final boolean isTaken = random.nextInt(4) != 0;
                host.takesOffload(point, isTaken);
                areTaken &= isTaken;
            }
            for (int round = 0; round < 3; round++) {
                final int segmentSize = 1 + random.nextInt(1370);
                final int payloadLength =
                        random.nextInt(4) == 0 ? 1 + random.nextInt(1370) : 13 + random.nextInt(segmentSize * 40);
                final byte[] inner = frame(way, random, Math.min(payloadLength, 64_000));
                final boolean isLarge = inner.length - SlowDevice.l4(inner) > 1370 || random.nextBoolean();
                final Work work =
                        isLarge ? SlowDevice.leave(inner, Math.max(segmentSize, 33)) : SlowDevice.leave(inner);

                final byte[] frame = wrapLeaving(way, inner, random);
                final List<Host.Sent> sent = host.send(way.at(), deeper(work, way.wrapLength()), frame);
                final byte[][] finished =
                        SlowDevice.finish(inner, work).stream().map(way.wrap()).toArray(byte[][]::new);
                final Map<String, List<String>> expected = byPoint(twin.send(way.at(), finished));
                assertEquals(expected, byPoint(sent), "seed " + seed);
                assertEquals(Map.of(), host.drops());
                assertTrue(!expected.isEmpty());
                final boolean isTunneled =
                        sent.get(sent.size() - 1).attachment().equals(UNDERLAY);
                assertTrue(!areTaken || isTunneled || sent.size() == expected.size(), "handed on whole");
            }
        }
    }

    private static Host host(final Cast cast) {
        return new Host(cast, Host.configOfLongFrames(0));
    }

    private static byte[] tcp(final String from, final String to, final int payloadLength) {
        return ethernet(MA1, GA)
                .ipv4(from, to)
                .dontFragment()
                .tcp(4000, 80, TcpHeader.ACK)
                .payload(payloadLength)
                .build();
    }

    /** What a host sends of finished frames. */
    private static List<String> finished(final Host twin, final String at, final byte[] frame, final Work work) {
        return byPoint(twin.send(at, SlowDevice.finish(frame, work).toArray(byte[][]::new))).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    private static List<String> all(final List<Host.Sent> sent) {
        return byPoint(sent).values().stream().flatMap(List::stream).toList();
    }

    @Test
    void shouldHandOnWholeWhatMayBe() {
        final Host host = host(compute1());
        host.takesOffload(PROVIDER, true);
        final byte[] frame = tcp(A1, X, 60_000);
        final Work work = SlowDevice.leave(frame, 1_448);
        final Host.Sent sent =
                host.sendForOne(TAP_A1, new Work(34, 16, 1_448, Offload.TCP4 | Offload.ECN, true), frame);
        assertEquals(new Work(34, 16, 1_448, Offload.TCP4 | Offload.ECN, true), sent.work());
        sent.frame().hasSourceIp(FIP_A1).hasTtl(62);
        assertEquals(frame.length, sent.bytes().length);
        assertEquals(0, host.counters().generatedCount());
        assertEquals(0, host.counters().segmentedCount());
        assertEquals(finished(host(compute1()), TAP_A1, frame, work), all(List.of(sent)));
    }

    @Test
    void shouldCountPacketsBeyondTheFirstAsGenerated() {
        final Host host = host(compute1());
        final byte[] frame = tcp(A1, B2, 4 * 1_398 + 1);
        final List<Host.Sent> sent = host.send(TAP_A1, SlowDevice.leave(frame, 1_398), frame);
        assertEquals(5, sent.size());
        assertEquals(4, host.counters().generatedCount());
        assertEquals(1, host.counters().segmentedCount());
        assertEquals(0, host.counters().consumedCount());
    }

    @Test
    void shouldTellOfSegmentsInTraces() {
        final byte[] frame = tcp(A1, B2, 4 * 1_398 + 1);
        final FrameTrace trace = host(compute1()).explain(TAP_A1, SlowDevice.leave(frame, 1_398), frame);
        assertTrue(
                trace.steps().stream().anyMatch(step -> step.sentence()
                        .equals("a large segment: leaves as 5 packets of at most 1398 bytes of payload")),
                () -> trace.steps().toString());
    }

    @Test
    void shouldTakeTheLongestPacketThereIs() {
        final Host host = host(compute1().externalVlan(300));
        host.takesOffload(TAP_A1, true);
        final byte[] frame = ethernet(U, F1)
                .vlan(300)
                .ipv4(X, FIP_A1)
                .tcp(80, 4000, TcpHeader.ACK)
                .payload(65_535 - 40)
                .build();
        assertEquals(FramePool.LONGEST_FRAME, frame.length);
        final Work work = SlowDevice.leave(frame, 1_410);
        assertEquals(
                FramePool.LONGEST_FRAME - 4,
                host.sendForOne(PROVIDER, work, frame).bytes().length);
        host.takesOffload(TAP_A1, false);
        assertEquals(
                (65_535 - 40 + 1_409) / 1_410, host.send(PROVIDER, work, frame).size());
        host.sendForDrop(DropReason.FRAME_TOO_LONG, PROVIDER, work, Arrays.copyOf(frame, frame.length + 1));
    }

    @Test
    void shouldHoldMtusAgainstThePacketsOnTheWire() {
        final byte[] frame = tcp(A1, B1, 30_000);
        final Work fits = SlowDevice.leave(frame, 1_410);
        final Work exceeds = SlowDevice.leave(frame, 1_411);
        for (final boolean isTaken : new boolean[] {true, false}) {
            final Host host = host(compute1());
            host.takesOffload(TAP_B1, isTaken);
            assertEquals(isTaken ? 1 : 22, host.send(TAP_A1, fits, frame).size());
            final Host.Sent error = host.sendForOne(TAP_A1, exceeds, frame);
            assertEquals(Map.of(DropReason.PACKET_TOO_BIG, 1L), host.drops());
            assertEquals(TAP_A1, error.attachment());
            error.frame()
                    .isIcmp(IcmpHeader.UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED)
                    .hasValidChecksums();
            assertEquals(1_450, (error.bytes()[40] & 0xFF) << 8 | (error.bytes()[41] & 0xFF));
        }
        final byte[] bridged = ethernet(MA1, MA2)
                .ipv4(A1, A2)
                .tcp(4000, 80, TcpHeader.ACK)
                .payload(30_000)
                .build();
        final Host host = host(compute1());
        assertEquals(
                22, host.send(TAP_A1, SlowDevice.leave(bridged, 1_410), bridged).size());
        host.sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, SlowDevice.leave(bridged, 1_411), bridged);
    }

    @Test
    void shouldRememberFlowsWhoseSegmentsFit() {
        final Host host = new Host(compute1(), Host.configOfLongFrames(64));
        final byte[] frame = tcp(A1, B2, 30_000);
        for (int i = 0; i < 5; i++) {
            assertEquals(
                    22, host.send(TAP_A1, SlowDevice.leave(frame, 1_400), frame).size());
        }
        assertEquals(4, host.worker().flows().hits());
        assertEquals(
                TAP_A1,
                host.sendForOne(TAP_A1, SlowDevice.leave(frame, 1_420), frame).attachment());
        assertEquals(Map.of(DropReason.PACKET_TOO_BIG, 1L), host.drops());
    }

    @Test
    void shouldFragmentPacketsOfSegmentsThatMayBe() {
        final byte[] frame =
                udpFrom(MA1, GA, A1, B1).id(7).payload(1_200 * 3 + 5).build();
        final Work work = SlowDevice.leave(frame, 1_200);
        for (final boolean isTaken : new boolean[] {true, false}) {
            final Host host = host(compute1().mtuB(600));
            host.takesOffload(TAP_B1, isTaken);
            final List<Host.Sent> sent = host.send(TAP_A1, work, frame);
            assertEquals(finished(host(compute1().mtuB(600)), TAP_A1, frame, work), all(sent));
            assertEquals(3 * 3 + 1, sent.size());
            assertEquals(3, host.counters().consumedCount()); // the last one fits
        }
    }

    @Test
    void shouldCompleteChecksumsBeforeItFragments() {
        final byte[] frame = udpFrom(MA1, GA, A1, B1).payload(1_001).build();
        final Work work = SlowDevice.leave(frame);
        final Host host = host(compute1().mtuB(600));
        host.takesOffload(TAP_B1, true);
        final List<Host.Sent> sent = host.send(TAP_A1, work, frame);
        assertEquals(2, sent.size());
        assertEquals(Work.NONE, sent.get(0).work());
        assertEquals(finished(host(compute1().mtuB(600)), TAP_A1, frame, work), all(sent));
    }

    @Test
    void shouldHaveSegmentsWaitForNeighborsAsAWhole() {
        final Cast cast = compute1().withoutUpstream();
        final Host host = host(cast);
        final byte[] frame = tcp(A1, X, 14_480);
        final Work work = SlowDevice.leave(frame, 1_448);
        assertEquals(1, host.send(TAP_A1, work, frame).size()); // an ARP request
        assertEquals(1, host.held());
        final List<Host.Sent> sent = host.send(PROVIDER, arpReply(U, "203.0.113.1", F1, Cast.FG1));
        assertEquals(finished(host(compute1()), TAP_A1, frame, work), all(sent));
        assertEquals(0, host.held());
    }

    @Test
    void shouldHaveSegmentsWaitForTunnelPeersAsAWhole() {
        for (final boolean isTaken : new boolean[] {true, false}) {
            final Host host = host(compute1().withoutPeerMacs());
            host.takesOffload(UNDERLAY, isTaken);
            final byte[] frame = tcp(A1, B2, 13_980);
            final Work work = SlowDevice.leave(frame, 1_398);
            assertEquals(1, host.send(TAP_A1, work, frame).size()); // an ARP request
            assertEquals(1, host.held());
            final byte[] small = tcp(A1, B2, 10);
            assertEquals(0, host.send(TAP_A1, SlowDevice.leave(small), small).size());
            assertEquals(2, host.held());
            final List<Host.Sent> sent = host.send(UNDERLAY, arpReply(T2_MAC, T2, T1_MAC, T1));
            final Host twin = host(compute1());
            final List<String> expected = new ArrayList<>(finished(twin, TAP_A1, frame, work));
            expected.addAll(finished(twin, TAP_A1, small, SlowDevice.leave(small)));
            assertEquals(expected, all(sent));
            assertEquals(11, sent.size());
            assertEquals(isTaken, sent.get(0).work().checksumAt() == 84);
            assertEquals(isTaken, sent.get(10).work().checksumAt() == 84);
        }
    }

    @Test
    void shouldGiveUpSegmentsWhoseTunnelPeerDoesNotAnswer() {
        final Host host = host(compute1().withoutPeerMacs());
        final byte[] frame = tcp(A1, B2, 13_980);
        host.send(TAP_A1, SlowDevice.leave(frame, 1_398), frame);
        host.advance(4 * Host.SECOND);
        assertEquals(Map.of(DropReason.HOST_UNREACHABLE, 1L), host.drops());
        assertEquals(0, host.held());
    }

    @Test
    void shouldKeepCopiesOfFloodedSegmentsThatWait() {
        final Host host = host(compute1().withoutPeerMacs());
        final byte[] frame = ethernet(MA1, UNKNOWN)
                .ipv4(A1, "10.0.1.77")
                .tcp(4000, 80, TcpHeader.ACK)
                .payload(3_000)
                .build();
        final Work work = SlowDevice.leave(frame, 1_000);
        final List<Host.Sent> first = host.send(TAP_A1, work, frame);
        assertEquals(
                3, first.stream().filter(one -> one.attachment().equals(TAP_A3)).count());
        assertEquals(6, host.held());
        assertEquals(3, host.send(UNDERLAY, arpReply(T2_MAC, T2, T1_MAC, T1)).size());
        assertEquals(3, host.held());
    }

    @Test
    void shouldLeaveTheChecksumOfATunnelsPacketsToADeviceThatTakesIt() {
        final Host host = host(compute1());
        host.takesOffload(UNDERLAY, true);
        final byte[] frame = tcp(A1, B2, 1_000);
        final Host.Sent sent = host.sendForOne(TAP_A1, SlowDevice.leave(frame), frame);
        assertEquals(new Work(VXLAN_LENGTH + 34, 16, 0, Offload.WHOLE, false), sent.work());
    }

    @Test
    void shouldForgetWhatIsLeftOfAnOuterHeader() {
        final Host host = host(compute1());
        host.takesOffload(TAP_A1, true);
        final byte[] inner =
                ethernet(MA2, MA1).ipv4(A2, A1).tcp(1, 2, TcpHeader.ACK).build();
        final byte[] outer = vxlanFrom2(ID_A, inner);
        outer[40] = 0x12; // the sum of a pseudo header
        final Host.Sent sent = host.sendForOne(UNDERLAY, new Work(34, 6, 0, Offload.WHOLE, false), outer);
        assertEquals(Work.NONE, sent.work());
        assertArrayEquals(inner, sent.bytes());
        host.sendForDrop(DropReason.UDP_CHECKSUM, UNDERLAY, Work.NONE, outer);
    }

    @Test
    void shouldVerifyNoChecksumOfGreWhoseContentIsNotComplete() {
        final Host host = host(compute1().tenants(NetworkType.GRE));
        final byte[] inner =
                ethernet(MA2, MA1).ipv4(A2, A1).tcp(1, 2, TcpHeader.ACK).build();
        final byte[] gre = new byte[12 + inner.length];
        gre[0] = (byte) 0xA0; // checksum and key
        gre[2] = 0x65;
        gre[3] = 0x58;
        gre[4] = 0x77; // not right yet
        gre[11] = ID_A;
        final Work work = SlowDevice.leave(inner);
        System.arraycopy(inner, 0, gre, 12, inner.length);
        final byte[] outer = ethernet(T2_MAC, T1_MAC)
                .ipv4(T2, T1)
                .protocol(IpProtocol.GRE, gre)
                .build();
        final Host.Sent sent = host.sendForOne(UNDERLAY, deeper(work, 34 + 12), outer);
        assertArrayEquals(SlowDevice.finish(inner, work).get(0), sent.bytes());
        host.sendForDrop(DropReason.GRE_CHECKSUM, UNDERLAY, Work.NONE, outer);
    }

    /** A guest's own VXLAN: the checksum is that of a packet in the payload, and the datagram around it is translated. */
    @Test
    void shouldCompleteChecksumsWithinGuestsTunnels() {
        for (final boolean isTaken : new boolean[] {true, false}) {
            final byte[] inner = ethernet(MA2, MA3)
                    .ipv4("172.16.0.1", "172.16.0.2")
                    .tcp(1, 2, TcpHeader.ACK)
                    .payload(100)
                    .build();
            final byte[] payload = new byte[8 + inner.length];
            System.arraycopy(inner, 0, payload, 8, inner.length);
            final byte[] right = ethernet(MA1, GA)
                    .ipv4(A1, X)
                    .udp(8472, 8472)
                    .payload(payload)
                    .build();
            final byte[] left = right.clone();
            final Work work = SlowDevice.leave(inner);
            System.arraycopy(inner, 0, left, 50, inner.length); // the outer checksum is as it will be right
            final Host host = host(compute1());
            host.takesOffload(PROVIDER, isTaken);
            final Host.Sent sent = host.sendForOne(TAP_A1, deeper(work, 50), left);
            assertEquals(isTaken ? deeper(work, 50) : Work.NONE, sent.work());
            assertEquals(all(host(compute1()).send(TAP_A1, right)), all(List.of(sent)));
        }
    }

    @Test
    void shouldCompleteTheChecksumOfSctpForWhomever() {
        final byte[] sctp = new byte[12 + 33];
        Arrays.fill(sctp, (byte) 0x5A);
        for (final boolean isTaken : new boolean[] {true, false}) {
            final byte[] frame = ethernet(MA1, GA)
                    .ipv4(A1, X)
                    .protocol(IpProtocol.SCTP, sctp)
                    .build();
            final Work work = new Work(34, Offload.CRC32C, 0, Offload.WHOLE, false);
            final Host host = host(compute1());
            host.takesOffload(PROVIDER, isTaken);
            final Host.Sent sent = host.sendForOne(TAP_A1, work, frame);
            assertEquals(Work.NONE, sent.work());
            assertEquals(finished(host(compute1()), TAP_A1, frame, work), all(List.of(sent)));
        }
    }

    @Test
    void shouldEndAPacketWithPaddingWhereItEnds() {
        final byte[] frame =
                ethernet(MA1, MA3).ipv4(A1, A3).udp(1, 2).payload(3).build();
        final Work work = SlowDevice.leave(frame);
        final byte[] padded = Arrays.copyOf(frame, 60);
        padded[59] = 0x55;
        final Host.Sent sent = host(compute1()).sendForOne(TAP_A1, work, padded);
        assertArrayEquals(SlowDevice.finish(frame, work).get(0), sent.bytes());
    }

    @Test
    void shouldQuotePacketsAsTheyCame() {
        final byte[] frame = ethernet(MA1, GA)
                .ipv4(A1, X)
                .ttl(1)
                .tcp(4000, 80, TcpHeader.ACK)
                .payload(5_000)
                .build();
        final Host.Sent error = host(compute1()).sendForOne(TAP_A1, SlowDevice.leave(frame, 1_000), frame);
        assertEquals(Work.NONE, error.work());
        error.frame().hasSourceIp(QR_A).isIcmp(IcmpHeader.TIME_EXCEEDED, 0).hasValidChecksums();
        assertArrayEquals(Arrays.copyOfRange(frame, 14, 14 + 548), Arrays.copyOfRange(error.bytes(), 42, 42 + 548));
    }

    @Test
    void shouldDropEachPacketThatADeviceHasNoRoomFor() {
        final Host host = host(compute1());
        host.fill(UNDERLAY);
        final byte[] frame = tcp(A1, B2, 4_000);
        assertEquals(0, host.send(TAP_A1, SlowDevice.leave(frame, 1_000), frame).size());
        assertEquals(Map.of(DropReason.PORT_FULL, 4L), host.drops());
        host.unplug(UNDERLAY);
        assertEquals(0, host.send(TAP_A1, SlowDevice.leave(frame, 1_000), frame).size());
        assertEquals(Map.of(DropReason.PORT_GONE, 4L), host.drops());
    }

    private static void refused(final byte[] frame, final Work work) {
        host(compute1().ipv6()).sendForDrop(DropReason.OFFLOAD_INCONSISTENT, TAP_A1, work, frame);
    }

    private static Work place(final int at, final int offset) {
        return new Work(at, offset, 0, Offload.WHOLE, false);
    }

    @Test
    void shouldRefusePlacesThatAreNoChecksum() {
        final byte[] tcp = tcp(A1, X, 1_000);
        final byte[] udp = udpFrom(MA1, GA, A1, X).build();
        final byte[] icmp = Frames.echo(MA1, GA, A1, X);
        refused(tcp, place(14, 12)); // its source address
        refused(tcp, place(14, 36));
        refused(tcp, place(34, 0)); // its port
        refused(tcp, place(34, 6));
        refused(tcp, place(34, 15));
        refused(tcp, place(34, -2));
        refused(tcp, place(34, Integer.MAX_VALUE - 1));
        refused(tcp, place(54, 16)); // nothing is within TCP
        refused(tcp, place(-100, 16));
        refused(tcp, place(tcp.length, 16));
        refused(udp, place(34, 16));
        refused(udp, place(38, 2));
        refused(udp, place(42, udp.length));
        refused(udp, place(42, udp.length - 43));
        refused(icmp, place(34, 2));
        refused(Frames.arpRequest(MA1, A1, QR_A), place(14, 6));
        refused(TestFrames.fragments(tcp, 576).get(0), place(34, 16));
        final byte[] sctp = ethernet(MA1, GA)
                .ipv4(A1, X)
                .protocol(IpProtocol.SCTP, new byte[11])
                .build();
        refused(sctp, place(34, Offload.CRC32C));
        final byte[] broken = ethernet(MA1, MA3)
                .ipv4(A1, A3)
                .badIpChecksum()
                .tcp(1, 2, TcpHeader.ACK)
                .build();
        refused(broken, place(34, 16));
    }

    @Test
    void shouldRefuseSegmentsThatCannotBeCut() {
        final byte[] tcp = tcp(A1, X, 40_000);
        final byte[] udp = udpFrom(MA1, GA, A1, X).payload(40_000).build();
        final byte[] tcp6 = ethernet(MA1, GA)
                .ipv6(A1_6, B1_6)
                .tcp(1, 2, TcpHeader.ACK)
                .payload(40_000)
                .build();
        refused(tcp, new Work(0, 0, 1_000, Offload.TCP4, false));
        refused(tcp, new Work(0, 0, 1_000, Offload.TCP4, true));
        refused(tcp, new Work(34, 16, 0, Offload.TCP4, false));
        refused(tcp, new Work(34, 16, -1, Offload.TCP4, false));
        refused(tcp, new Work(34, 16, 19, Offload.TCP4, false)); // more packets than anybody means
        refused(tcp, new Work(34, 16, 1_000, Offload.TCP6, false));
        refused(tcp, new Work(34, 16, 1_000, Offload.UDP, false));
        refused(tcp, new Work(34, 16, 1_000, 3, false));
        refused(tcp, new Work(34, 16, 1_000, Offload.ECN, false));
        refused(udp, new Work(34, 6, 1_000, Offload.TCP4, false));
        refused(udp, new Work(42, 6, 1_000, Offload.UDP, false)); // within a tunnel of the guest's own
        refused(tcp6, new Work(54, 16, 1_000, Offload.TCP4, false));
        final byte[] shorter = udp.clone();
        shorter[38] = 0x10; // a UDP length of less than the packet
        refused(shorter, new Work(34, 6, 1_000, Offload.UDP, false));
    }

    @Test
    void shouldTakeSegmentsOfOnePacketAsPackets() { // as Linux does (virtio_net_hdr_to_skb)
        final byte[] frame = tcp(A1, X, 1_000);
        final Host host = host(compute1());
        host.takesOffload(PROVIDER, true);
        for (final int segmentSize : new int[] {1_000, 1_001, 65_535}) {
            final Work work = SlowDevice.leave(frame, segmentSize);
            assertEquals(
                    place(34, 16), host.sendForOne(TAP_A1, work, frame.clone()).work());
        }
        final Work work = SlowDevice.leave(frame, 999);
        assertEquals(work, host.sendForOne(TAP_A1, work, frame).work());
    }
}
