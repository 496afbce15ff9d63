package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.FrameAssert.assertFrame;
import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.codec.testing.TestFrames.fragments;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.ID_B;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.MB2;
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
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;

/** Fragments through translations, and packets that routers cut. */
class FragmentTest {
    private static final String LA = "fa:16:3e:00:0a:99";
    private static final String LE = "fa:16:3e:00:0e:99";
    private static final String LEGACY_IP = "203.0.113.99";
    private static final int HEADERS = 34;

    /** Room for whole packets of any size we send. */
    private static final WorkerConfig LARGE =
            new WorkerConfig(1_024, 9_216, 64, false, Host.config().pipeline());

    private static Cast jumbo() {
        return compute1().mtuA(9_000).mtuB(9_000).mtuExternal(9_000).underlayMtu(9_200);
    }

    /** With a legacy router in network A, whose gateway address all guests share. */
    private static Cast withLegacyRouter() {
        return jumbo().also(parts -> {
            final Router router = parts.builder.centralRouter(8, "router-l", "L", true, /* isSnatSide= */ false);
            parts.builder.centralPort(router, parts.a, "port-la", mac(LA), ip("10.0.1.254"), 24);
            parts.builder.gatewayPort(router, parts.external, mac(LE), ip(LEGACY_IP), ip(UPSTREAM), true);
            parts.builder.externalRoute(router, ip("203.0.113.0"), 24);
            parts.builder.neighborOnWire(parts.ports.get(PROVIDER), ip(FIP_A1), mac(F1));
        });
    }

    private static TestFrames udp(final String source, final String destination, final String from, final String to) {
        return ethernet(source, destination).ipv4(from, to).id(0x1234).udp(4000, 5000);
    }

    private static List<byte[]> bytes(final List<Host.Sent> sent) {
        return sent.stream().map(Host.Sent::bytes).toList();
    }

    private static byte[][] array(final List<byte[]> frames) {
        return frames.toArray(byte[][]::new);
    }

    private static int u16(final byte[] frame, final int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    private static int offset(final byte[] frame) {
        return (u16(frame, 20) & 0x1FFF) * 8;
    }

    private static boolean isLast(final byte[] frame) {
        return (u16(frame, 20) & 0x2000) == 0;
    }

    /** What a receiver makes of fragments; strict: no gap, no overlap, one end, and headers that agree. */
    private static byte[] reassembled(final List<byte[]> fragments) {
        final List<byte[]> sorted = new ArrayList<>(fragments);
        sorted.sort((a, b) -> offset(a) - offset(b));
        int end = 0;
        byte[] whole = Arrays.copyOf(sorted.get(0), 14 + (sorted.get(0)[14] & 15) * 4);
        for (final byte[] fragment : sorted) {
            final int header = (fragment[14] & 15) * 4;
            final int length = u16(fragment, 16) - header;
            assertEquals(fragment.length, 14 + header + length);
            assertFrame(fragment).isIpv4(); // its header checksum
            assertEquals(end, offset(fragment));
            assertEquals(fragment == sorted.getLast(), isLast(fragment));
            assertEquals(u16(whole, 18), u16(fragment, 18));
            assertArrayEquals(Arrays.copyOfRange(whole, 26, 34), Arrays.copyOfRange(fragment, 26, 34));
            assertEquals(u16(whole, 22) & 0xFF00, u16(fragment, 22) & 0xFF00);
            final int at = whole.length;
            whole = Arrays.copyOf(whole, at + length);
            System.arraycopy(fragment, 14 + header, whole, at, length);
            end += length;
        }
        final int header = (whole[14] & 15) * 4;
        put16(whole, 16, header + end);
        put16(whole, 20, 0);
        put16(whole, 24, 0);
        int sum = 0;
        for (int i = 14; i < 14 + header; i += 2) {
            sum += u16(whole, i);
        }
        put16(whole, 24, ~((sum & 0xFFFF) + (sum >>> 16)));
        return whole;
    }

    private static void put16(final byte[] frame, final int at, final int value) {
        frame[at] = (byte) (value >>> 8);
        frame[at + 1] = (byte) value;
    }

    @Test
    void shouldTranslateInOrderBothWays() {
        final Host host = new Host(compute1());
        final byte[] out = udp(MA1, GA, A1, X).payload(1_900).build();
        final List<Host.Sent> left = host.send(TAP_A1, array(fragments(out, 700)));
        assertEquals(3, left.size());
        for (final Host.Sent sent : left) {
            assertEquals(PROVIDER, sent.attachment());
            sent.frame()
                    .hasSourceMac(F1)
                    .hasDestinationMac(U)
                    .hasSourceIp(FIP_A1)
                    .hasDestinationIp(X)
                    .hasTtl(62);
        }
        assertFrame(reassembled(bytes(left)))
                .hasValidChecksums()
                .hasSourcePort(4000)
                .hasDestinationPort(5000);
        final byte[] in = ethernet(U, F1)
                .ipv4(X, FIP_A1)
                .id(9)
                .udp(5000, 4000)
                .payload(1_900)
                .build();
        final List<Host.Sent> back = host.send(PROVIDER, array(fragments(in, 700)));
        assertEquals(3, back.size());
        back.get(2)
                .frame()
                .hasSourceMac(GA)
                .hasDestinationMac(MA1)
                .hasSourceIp(X)
                .hasDestinationIp(A1)
                .hasTtl(62);
        assertFrame(reassembled(bytes(back))).hasValidChecksums();
        assertEquals(1, host.worker().connections().active(), "one connection, both ways");
    }

    @Test
    void shouldHoldWhatComesBeforeTheFirst() {
        final Host host = new Host(compute1());
        final List<byte[]> parts = fragments(udp(MA1, GA, A1, X).payload(1_900).build(), 700);
        assertEquals(List.of(), host.send(TAP_A1, parts.get(2), parts.get(1)));
        assertEquals(2, host.held());
        host.advance(Host.SECOND);
        final List<Host.Sent> left = host.send(TAP_A1, parts.get(0));
        assertEquals(0, host.held());
        assertEquals(3, left.size());
        left.get(0).frame().isFragment(0, true); // the first, then the others as they came
        left.get(1).frame().isFragment(offset(parts.get(2)), false);
        left.get(2).frame().isFragment(offset(parts.get(1)), true);
        for (final Host.Sent sent : left) {
            assertEquals(host.nowNs(), sent.timeNs());
        }
        assertFrame(reassembled(bytes(left))).hasValidChecksums();
    }

    @Test
    void shouldGiveUpAfterTwoSeconds() {
        final Host host = new Host(compute1());
        final List<byte[]> parts = fragments(udp(MA1, GA, A1, X).payload(1_900).build(), 700);
        host.send(TAP_A1, parts.get(1));
        host.advance(Host.SECOND);
        host.send(TAP_A1, parts.get(2));
        host.advance(Host.SECOND - 1);
        assertEquals(2, host.held());
        assertEquals(List.of(), host.advance(1));
        assertEquals(Map.of(DropReason.FRAGMENT_TIMEOUT, 2L), host.drops());
        assertEquals(0, host.held());
        assertEquals(3, host.send(TAP_A1, array(parts)).size(), "what timed out is forgotten");
    }

    @Test
    void shouldGiveUpWhenTheTopologyChanges() {
        final Host host = new Host(compute1());
        final List<byte[]> parts = fragments(udp(MA1, GA, A1, X).payload(900).build(), 700);
        host.send(TAP_A1, parts.get(1));
        assertEquals(List.of(), host.topology(compute1().version(2)));
        assertEquals(Map.of(DropReason.FRAGMENT_TIMEOUT, 1L), host.drops());
    }

    @Test
    void shouldDropTheRestWithTheFirst() {
        final Host host = new Host(compute1());
        final byte[] reset = ethernet(MA1, GA)
                .ipv4(A1, X)
                .id(3)
                .tcp(1, 2, TcpHeader.RST)
                .payload(900)
                .build();
        final List<byte[]> parts = fragments(reset, 400);
        host.send(TAP_A1, parts.get(1), parts.get(0), parts.get(2));
        assertEquals(Map.of(DropReason.NAT_NO_CONNECTION, 1L, DropReason.NAT_FRAGMENT, 2L), host.drops());
        assertEquals(0, host.worker().connections().active());
    }

    private static byte[] part(final int protocol, final int offset, final boolean more, final int length) {
        return ethernet(MA1, GA)
                .ipv4(A1, X)
                .id(77)
                .fragment(offset, more)
                .protocol(protocol, new byte[length])
                .build();
    }

    @Test
    void shouldRefuseAttacks() {
        final Host host = new Host(compute1());
        for (final int[] tiny : new int[][] {{6, 16}, {17, 0}, {1, 0}}) {
            host.sendForDrop(
                    tiny[1] == 0 ? DropReason.FRAGMENT_LENGTH : DropReason.FRAGMENT_TINY,
                    TAP_A1,
                    part(tiny[0], 0, true, tiny[1]));
        }
        final byte[] cutOptions = part(6, 0, true, 24);
        cutOptions[HEADERS + 12] = 0x70; // a header of 28 bytes
        host.sendForDrop(DropReason.FRAGMENT_TINY, TAP_A1, cutOptions);
        host.sendForDrop(DropReason.FRAGMENT_LENGTH, TAP_A1, part(17, 8, true, 17));
        host.sendForDrop(DropReason.FRAGMENT_LENGTH, TAP_A1, part(17, 65_000, false, 516));
        host.sendForDrop(DropReason.FRAGMENT_LENGTH, TAP_A1, part(17, 65_528, false, 100)); // ping of death
        assertEquals(1, host.send(TAP_A1, part(17, 0, true, 64)).size());
        host.sendForDrop(DropReason.FRAGMENT_OVERLAP, TAP_A1, part(17, 0, true, 64)); // repeated
        assertEquals(1, host.send(TAP_A1, part(17, 64, true, 64)).size());
        host.sendForDrop(DropReason.FRAGMENT_OVERLAP, TAP_A1, part(17, 120, true, 64));
        host.sendForDrop(DropReason.NAT_FRAGMENT, TAP_A1, part(17, 192, false, 64));
        assertEquals(0, host.held());
    }

    @Test
    void shouldDropWhatWaitsWhenItOverlaps() {
        final Host host = new Host(compute1());
        host.send(TAP_A1, part(17, 64, true, 64));
        host.send(TAP_A1, part(17, 96, true, 64));
        assertEquals(Map.of(DropReason.FRAGMENT_OVERLAP, 2L), host.drops());
        host.sendForDrop(DropReason.NAT_FRAGMENT, TAP_A1, part(17, 0, true, 64));
    }

    @Test
    void shouldRouteWithoutTranslationInAnyOrder() {
        final Host host = new Host(compute1());
        final List<byte[]> parts = fragments(udp(MA1, GA, A1, B1).payload(1_900).build(), 700);
        for (final int i : new int[] {2, 0, 1}) {
            host.sendForOne(TAP_A1, parts.get(i)).frame().hasSourceMac(GB).hasDestinationMac(MB1);
        }
    }

    @Test
    void shouldAnswerNoFragmentForOurOwnAddresses() {
        final byte[] echo =
                ethernet(MA1, GA).ipv4(A1, QR_A).icmpEcho(7, 1).payload(900).build();
        for (final byte[] part : fragments(echo, 500)) {
            new Host(compute1()).sendForDrop(DropReason.LOCAL_NO_SERVICE, TAP_A1, part);
        }
        final byte[] toFg =
                ethernet(U, F1).ipv4(X, FG1).icmpEcho(7, 1).payload(900).build();
        for (final byte[] part : fragments(toFg, 500)) {
            new Host(compute1()).sendForDrop(DropReason.LOCAL_NO_SERVICE, PROVIDER, part);
        }
    }

    private static TestFrames transport(final TestFrames packet, final Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> packet.udp(1_024 + random.nextInt(60_000), 1 + random.nextInt(60_000));
            case 1 -> packet.udp(4_000, 5_000).noTransportChecksum();
            case 2 -> packet.tcp(1_024 + random.nextInt(60_000), 80, TcpHeader.SYN);
            default -> packet.icmpEcho(random.nextInt(65_536), 1);
        };
    }

    /** Pieces of uneven size, in any order. */
    private static List<byte[]> pieces(final byte[] whole, final Random random) {
        final int mtu = Math.max(68 + random.nextInt(1_433), whole.length / 20);
        final List<byte[]> pieces = new ArrayList<>();
        for (final byte[] piece : fragments(whole, mtu)) {
            pieces.addAll(random.nextInt(3) == 0 ? fragments(piece, Math.max(68, mtu / 2)) : List.of(piece));
        }
        Collections.shuffle(pieces, random);
        return pieces;
    }

    private static void check(
            final Cast cast, final String at, final String out, final TestFrames packet, final int seed) {
        final Random random = new Random(seed);
        final byte[] whole = transport(packet.id(random.nextInt(65_536)), random)
                .payload(60 + random.nextInt(8_000))
                .build();
        final Host.Sent expected = new Host(cast, LARGE).sendForOne(at, whole);
        final Host host = new Host(cast, LARGE);
        final List<byte[]> left = new ArrayList<>();
        for (final byte[] piece : pieces(whole, random)) {
            for (final Host.Sent sent : host.send(at, piece)) {
                assertEquals(out, sent.attachment(), () -> "seed=" + seed);
                left.add(sent.bytes());
            }
            assertEquals(Map.of(), host.drops(), () -> "seed=" + seed);
        }
        assertEquals(0, host.held(), () -> "seed=" + seed);
        final byte[] received = reassembled(left);
        assertArrayEquals(expected.bytes(), received, () -> "seed=" + seed);
        assertFrame(received).hasValidChecksums();
    }

    @Test
    void shouldTranslateAnySizesInAnyOrder() {
        for (int seed = 0; seed < 60; seed++) {
            check(jumbo(), TAP_A1, PROVIDER, ethernet(MA1, GA).ipv4(A1, X), seed);
            check(jumbo(), PROVIDER, TAP_A1, ethernet(U, F1).ipv4(X, FIP_A1), seed);
            check(jumbo(), TAP_A1, TAP_B1, ethernet(MA1, GA).ipv4(A1, FIP_B1), seed); // two translations
            check(jumbo(), TAP_A1, TAP_A1, ethernet(MA1, GA).ipv4(A1, FIP_A1), seed);
            check(withLegacyRouter(), TAP_A3, PROVIDER, ethernet(MA3, LA).ipv4(A3, X), seed);
            check(withLegacyRouter(), TAP_A3, TAP_A1, ethernet(MA3, LA).ipv4(A3, FIP_A1), seed); // two routers
        }
    }

    @Test
    void shouldBringAnswersBackThroughALegacyRouter() {
        final Host host = new Host(withLegacyRouter(), LARGE);
        final Host.Sent out = host.sendForOne(TAP_A3, udp(MA3, LA, A3, X).build());
        final int port = u16(out.bytes(), HEADERS);
        final byte[] answer = ethernet(U, LE)
                .ipv4(X, LEGACY_IP)
                .id(5)
                .udp(5000, port)
                .payload(1_900)
                .build();
        final List<byte[]> parts = new ArrayList<>(fragments(answer, 700));
        Collections.reverse(parts);
        final List<Host.Sent> back = host.send(PROVIDER, array(parts));
        assertEquals(3, back.size());
        assertFrame(reassembled(bytes(back)))
                .hasValidChecksums()
                .hasDestinationMac(MA3)
                .hasDestinationIp(A3)
                .hasDestinationPort(4000);
    }

    @Test
    void shouldBoundAFloodAndLetOthersThrough() {
        final Host host = new Host(compute1(), LARGE);
        long refused = 0;
        for (int i = 0; i < 5_000; i++) {
            host.send(
                    TAP_A1,
                    ethernet(MA1, GA)
                            .ipv4(A1, X)
                            .id(i)
                            .fragment(64, true)
                            .protocol(17, new byte[64])
                            .build());
            refused += host.drops().getOrDefault(DropReason.FRAGMENT_QUEUE_FULL, 0L);
            assertTrue(host.held() <= 64);
        }
        assertTrue(refused >= 4_900, "refused=" + refused);
        for (int i = 0; i < 5_000; i++) { // sources do not matter: all of them mean one floating IP
            host.send(
                    PROVIDER,
                    ethernet(U, F1)
                            .ipv4("198.51." + i / 250 + "." + i % 250, FIP_A1)
                            .fragment(64, true)
                            .protocol(17, new byte[64])
                            .build());
            assertTrue(host.held() <= 128);
        }
        final List<byte[]> parts =
                new ArrayList<>(fragments(udp(MB1, GB, B1, X).payload(1_400).build(), 300));
        Collections.reverse(parts);
        assertEquals(parts.size(), host.send(TAP_B1, array(parts)).size());
        final List<byte[]> in =
                new ArrayList<>(fragments(udp(U, F1, X, FIP_B1).payload(1_400).build(), 300));
        Collections.reverse(in);
        assertEquals(in.size(), host.send(PROVIDER, array(in)).size());
        host.advance(3 * Host.SECOND);
        assertEquals(0, host.held());
    }

    @Test
    void shouldHaveTheOldestGiveWayToMany() {
        final Host host = new Host(withLegacyRouter(), LARGE);
        for (int i = 0; i < 1_000; i++) { // a guest that invents its address
            host.send(
                    TAP_A3,
                    ethernet(MA3, LA)
                            .ipv4("10.9." + i / 250 + "." + i % 250, X)
                            .fragment(64, true)
                            .protocol(17, new byte[64])
                            .build());
            assertTrue(host.held() <= 256);
        }
        final List<byte[]> parts = fragments(udp(MB1, GB, B1, X).payload(1_400).build(), 300);
        assertEquals(List.of(), host.send(TAP_B1, parts.get(1)));
        assertEquals(2, host.send(TAP_B1, parts.get(0)).size());
    }

    @Test
    void shouldCutWhatExceedsTheTenantMtu() {
        final Host host = new Host(compute1());
        final byte[] packet = udp(U, F1, X, FIP_A1).payload(1_472).build();
        final List<Host.Sent> left = host.send(PROVIDER, packet);
        assertEquals(2, left.size());
        left.get(0).frame().hasLength(14 + 1_444).isFragment(0, true).hasTtl(62).hasDestinationIp(A1);
        left.get(1)
                .frame()
                .hasLength(14 + 76)
                .isFragment(1_424, false)
                .hasTtl(62)
                .hasDestinationMac(MA1);
        assertFrame(reassembled(bytes(left))).hasValidChecksums();
        assertEquals(1, host.counters().consumedCount());
        assertEquals(2, host.counters().generatedCount());
        assertEquals(
                1,
                host.send(PROVIDER, udp(U, F1, X, FIP_A1).payload(1_422).build())
                        .size(),
                "just fits");
    }

    @Test
    void shouldCutTowardsOutside() {
        final Host host = new Host(compute1().mtuExternal(576));
        final List<Host.Sent> left =
                host.send(TAP_A1, udp(MA1, GA, A1, X).payload(1_300).build());
        assertEquals(3, left.size());
        assertFrame(reassembled(bytes(left))).hasValidChecksums().hasSourceIp(FIP_A1);
    }

    @Test
    void shouldCutFragmentsFurther() {
        final byte[] whole = udp(MA1, GA, A1, X).payload(2_500).build();
        final Host host = new Host(jumbo().mtuExternal(500), LARGE);
        final List<byte[]> parts = new ArrayList<>(fragments(whole, 1_400));
        Collections.reverse(parts);
        final List<byte[]> left = bytes(host.send(TAP_A1, array(parts)));
        assertEquals(6, left.size());
        assertFrame(reassembled(left)).hasValidChecksums();
        final byte[] middle = ethernet(MA1, GA)
                .ipv4(A1, B1)
                .fragment(800, true)
                .protocol(17, new byte[1_200])
                .build();
        final List<Host.Sent> cut = new Host(compute1().mtuB(620)).send(TAP_A1, middle);
        cut.get(0).frame().isFragment(800, true).hasLength(14 + 620);
        cut.get(1).frame().isFragment(1_400, true).hasLength(14 + 620);
    }

    @Test
    void shouldCopyOptionsThatAreToBeCopied() {
        final byte[] options = {7, 7, 4, 0, 0, 0, 0, 1, (byte) 0x94, 4, 0, 0
        }; // record route, no operation, router alert
        final byte[] packet =
                udp(MA1, GA, A1, B1).options(options).payload(1_000).build();
        final List<Host.Sent> left = new Host(compute1().mtuB(632)).send(TAP_A1, packet);
        assertEquals(2, left.size());
        final byte[] first = left.get(0).bytes();
        final byte[] second = left.get(1).bytes();
        assertEquals(0x48, first[14]);
        assertArrayEquals(options, Arrays.copyOfRange(first, 34, 46));
        assertEquals(0x46, second[14]);
        assertArrayEquals(new byte[] {(byte) 0x94, 4, 0, 0}, Arrays.copyOfRange(second, 34, 38));
        assertFrame(reassembled(bytes(left))).hasValidChecksums();
        // Options without sense stay with the first.
        for (final byte[] odd : new byte[][] {{7, 0, 0, 0}, {0, (byte) 0x94, 4, 0}, {1, 1, 1, 7}, {7, 44, 0, 0}}) {
            final List<Host.Sent> sent = new Host(compute1().mtuB(632))
                    .send(
                            TAP_A1,
                            udp(MA1, GA, A1, B1).options(odd).payload(1_000).build());
            assertEquals(0x45, sent.get(1).bytes()[14]);
            assertFrame(reassembled(bytes(sent))).hasValidChecksums();
        }
    }

    @Test
    void shouldCutIntoATunnel() {
        final byte[] packet = udp(MA1, GA, A1, B2).payload(1_300).build();
        final List<Host.Sent> left = new Host(compute1().mtuB(700)).send(TAP_A1, packet);
        assertEquals(2, left.size());
        final List<byte[]> inner = new ArrayList<>();
        for (final Host.Sent sent : left) {
            assertEquals(UNDERLAY, sent.attachment());
            sent.frame().hasSourceIp(T1).hasDestinationIp(T2).isWhole().isVxlan(ID_B);
            final byte[] frame = Arrays.copyOfRange(sent.bytes(), 50, sent.bytes().length);
            assertFrame(frame).hasSourceMac(D1).hasDestinationMac(MB2).hasTtl(63);
            inner.add(frame);
        }
        assertEquals(u16(left.get(0).bytes(), 34), u16(left.get(1).bytes(), 34), "one way through the underlay");
        assertFrame(reassembled(inner)).hasValidChecksums();
    }

    @Test
    void shouldHaveFragmentsWaitForATunnelPeer() {
        final Host host = new Host(compute1().mtuB(700).withoutPeerMacs());
        final byte[] packet = udp(MA1, GA, A1, B2).payload(1_300).build();
        host.sendForOne(TAP_A1, packet).frame().isArpRequest();
        assertEquals(2, host.held());
        final List<Host.Sent> left = host.send(UNDERLAY, arpReply(T2_MAC, T2, T1_MAC, T1));
        assertEquals(2, left.size());
        left.get(0).frame().hasDestinationMac(T2_MAC);
        assertEquals(0, host.held());
    }

    @Test
    void shouldDropWhatCannotBeCut() {
        final byte[] packet =
                udp(MA1, GA, A1, B1).options(new byte[40]).payload(100).build();
        new Host(compute1().mtuB(67)).sendForDrop(DropReason.PACKET_TOO_BIG, TAP_A1, packet);
        final byte[] end = ethernet(MA1, GA)
                .ipv4(A1, B1)
                .fragment(65_000, false)
                .protocol(17, new byte[600])
                .build();
        new Host(compute1().mtuB(500)).sendForDrop(DropReason.PACKET_TOO_BIG, TAP_A1, end);
        final WorkerConfig few =
                new WorkerConfig(16, 2_048, 8, false, Host.config().pipeline());
        new Host(compute1().mtuB(68), few)
                .sendForDrop(
                        DropReason.FRAGMENT_NO_FRAME,
                        TAP_A1,
                        udp(MA1, GA, A1, B1).payload(1_000).build());
    }

    @Test
    void shouldTellTheStoryOfFragments() {
        final Host host = new Host(compute1());
        final List<byte[]> parts = fragments(udp(MA1, GA, A1, X).payload(1_900).build(), 700);
        told(host.explain(TAP_A1, parts.get(1)), "the first one of its packet has not come yet: held");
        told(host.explain(TAP_A1, parts.get(0)), "first fragment: 4000 and 5000 are remembered");
        told(host.explain(TAP_A1, parts.get(2)), "later fragment: 4000 and 5000 are known");
        told(host.explain(TAP_A1, part(6, 0, true, 16)), "refused: first fragment too short");
        told(
                host.explain(PROVIDER, udp(U, F1, X, FIP_A1).payload(1_472).build()),
                "1500 bytes exceed 1450: leaves in 2 fragments");
    }

    private static void told(final FrameTrace trace, final String sentence) {
        assertTrue(
                trace.steps().stream().anyMatch(step -> step.sentence().contains(sentence)),
                () -> sentence + " is not in " + trace.steps());
    }
}
