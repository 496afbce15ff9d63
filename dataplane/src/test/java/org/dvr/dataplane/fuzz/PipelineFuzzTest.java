package org.dvr.dataplane.fuzz;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.BROADCAST;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FG1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_A2;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.FPR;
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
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.testing.Host.Work;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Drives a whole host with any bytes. Three hosts get the same, but for what lies behind each frame in memory; one of them has no flow cache, another
 * one two workers: what they send must be the same. {@link Host} checks after each step that frames are conserved.
 */
class PipelineFuzzTest {
    private static final StageOptions OTHER = new StageOptions(true, true, false, 1_000);
    private static final int MAX_FRAMES = 64;
    private static final String[] POINTS = {UNDERLAY, PROVIDER, PHYSNET, TAP_A1, TAP_A3, TAP_B1, "metadata"};

    /** Of the floating IP that is another host's elsewhere: to guests without and with a floating IP. */
    private static void forwardPorts(final Cast.Parts parts) {
        parts.builder.portForwarding(parts.router, IpProtocol.UDP, ip(FIP_A2), 5000, ip(A3), 4000);
        parts.builder.portForwarding(parts.router, IpProtocol.TCP, ip(FIP_A2), 80, ip(A1), 80);
    }

    /** What was sent where, in no order, but for the numbers that hosts give to packets of their own. */
    static List<String> described(final List<Host.Sent> sent) {
        return sent.stream()
                .map(frame -> frame.attachment()
                        + ' '
                        + frame.work()
                        + ' '
                        + HexFormat.of().formatHex(withoutNumbers(frame.bytes(), 0)))
                .sorted()
                .toList();
    }

    /** A copy without the identification of IPv4 packets, or the checksum over it; of those in tunnels, too. */
    private static byte[] withoutNumbers(final byte[] frame, final int start) {
        final byte[] copy = frame.clone();
        if (copy.length > start + 14 && copy[start + 12] == (byte) 0x81) { // tagged
            return withoutNumbers(copy, start + 4);
        }
        if (copy.length < start + 42 || copy[start + 12] != 8 || copy[start + 13] != 0) {
            return copy;
        }
        copy[start + 18] = 0;
        copy[start + 19] = 0;
        copy[start + 24] = 0;
        copy[start + 25] = 0;
        final boolean isVxlan = copy[start + 23] == IpProtocol.UDP && copy[start + 36] == 0x12;
        final boolean isGre = copy[start + 23] == IpProtocol.GRE;
        return isVxlan || isGre ? withoutNumbers(copy, start + (isVxlan ? 50 : 42)) : copy;
    }

    private static final class Twins {
        final Host zeros;
        final Host ones;
        /** Shared by two workers. */
        final Host shared;
        /** The last packet that left untagged for somebody who may complain about it, and where. */
        private Host.Sent last;

        private int answeredErrors;
        private boolean isFull;

        Twins(final int world) {
            zeros = host(world, /* flowCapacity= */ 0, 1).filledWith(0);
            ones = host(world, /* flowCapacity= */ 64, 1).filledWith(0xFF);
            shared = host(world, /* flowCapacity= */ 64, 2).filledWith(0xA5);
        }

        private static Host host(final int world, final int flowCapacity, final int workers) {
            final WorkerConfig config = Host.configWithFlows(flowCapacity);
            return switch (world & 3) {
                case 0 -> new Host(compute1().ipv6().metadata(), config, workers);
                case 1 ->
                    new Host(cast().tenants(NetworkType.GRE).withoutFg(), Host.withOptions(config, OTHER), workers);
                case 2 -> new Host(cast().tenants(NetworkType.VLAN).externalVlan(300), config, workers);
                default ->
                    new Host(
                            cast().tenantA(NetworkType.FLAT).portSecurity().also(PipelineFuzzTest::forwardPorts),
                            config,
                            workers);
            };
        }

        private static Cast cast() {
            return compute1().withoutUpstream().withoutPeerMacs().ipv6().metadata();
        }

        void send(final int point, final byte[]... frames) {
            send(POINTS[Math.floorMod(point, POINTS.length)], frames);
        }

        private void send(final String name, final byte[]... frames) {
            send(name, Work.NONE, frames);
        }

        /** What its sender has left to be done is right only where it happens to be. */
        void send(final int point, final Work work, final byte[] frame) {
            send(POINTS[Math.floorMod(point, POINTS.length)], work, frame);
        }

        /** Each device takes it or not. */
        void takeOffload(final int choice) {
            for (int i = 0; i < POINTS.length; i++) {
                zeros.takesOffload(POINTS[i], (choice >> i & 1) != 0);
                ones.takesOffload(POINTS[i], (choice >> i & 1) != 0);
                shared.takesOffload(POINTS[i], (choice >> i & 1) != 0);
            }
        }

        private void send(final String name, final Work work, final byte[]... frames) {
            final List<Host.Sent> sent = zeros.send(name, work, frames);
            same(sent, ones.send(name, work, frames));
            alike(sent, shared.send(name, work, frames));
            for (final Host.Sent one : sent) {
                if (isQuotable(one)) {
                    last = one;
                }
            }
        }

        /** No device is told to write where addresses or ports of IP are. */
        private static void assertInside(final Host.Sent sent) {
            final Work work = sent.work();
            if (!work.equals(Work.NONE)) {
                final int field = work.checksumAt() + work.checksumOffset();
                final boolean isIp = sent.bytes()[12] == 8 && sent.bytes()[13] == 0;
                assertTrue(field + 2 <= sent.bytes().length && work.checksumAt() >= (isIp ? 34 : 14), work::toString);
                final int protocol = sent.bytes()[23];
                final boolean hasPorts = isIp && (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP);
                assertTrue(!hasPorts || field >= 38, work::toString);
            }
        }

        /** Whoever got the last packet answers by an error about it, some bytes of which are not as they were. */
        void complain(final byte[] choice) {
            if (last == null || choice.length < 3) {
                return;
            }
            final String name = last.attachment();
            final byte[] error = errorAbout(last.bytes(), choice);
            final List<Host.Sent> sent = zeros.send(name, error);
            same(sent, ones.send(name, error));
            alike(sent, shared.send(name, error));
            answeredErrors += sent.size();
        }

        private static boolean isQuotable(final Host.Sent sent) {
            final byte[] bytes = sent.bytes();
            return !sent.attachment().equals(UNDERLAY) && bytes.length > 42 && bytes[12] == 8 && bytes[13] == 0;
        }

        void advance(final long durationNs) {
            final List<Host.Sent> sent = zeros.advance(durationNs);
            same(sent, ones.advance(durationNs));
            alike(sent, shared.advance(durationNs));
        }

        /**
         * Two workers send the same. What waits for a neighbor waits with each, so that more may wait, and what one holds is released before what the other
         * does; each numbers by itself the packets that it makes.
         */
        private void alike(final List<Host.Sent> one, final List<Host.Sent> both) {
            isFull |= zeros.drops().containsKey(DropReason.NEIGHBOR_QUEUE_FULL)
                    || zeros.drops().containsKey(DropReason.FRAGMENT_QUEUE_FULL);
            if (!isFull) { // from there on there is more to be sent
                assertEquals(described(one), described(both));
                assertEquals(zeros.drops(), shared.drops());
            }
        }

        private void same(final List<Host.Sent> a, final List<Host.Sent> b) {
            assertEquals(a.size(), b.size());
            for (int i = 0; i < a.size(); i++) {
                assertEquals(a.get(i).attachment(), b.get(i).attachment());
                assertArrayEquals(a.get(i).bytes(), b.get(i).bytes());
                assertEquals(a.get(i).work(), b.get(i).work());
                assertInside(a.get(i));
            }
            assertEquals(zeros.drops(), ones.drops());
            assertTrue(zeros.held() <= Host.config().frameCount() / 2); // for neighbors, and for first fragments
        }
    }

    @MethodSource("inputs")
    @FuzzTest(maxDuration = "60s")
    void shouldEndEveryFrame(final byte[] data) {
        final ByteBuffer input = ByteBuffer.wrap(data);
        if (!input.hasRemaining()) {
            return;
        }
        final Twins twins = new Twins(input.get());
        for (int i = 0; i < MAX_FRAMES && input.remaining() >= 3; i++) {
            final int point = input.get();
            final byte[] frame = new byte[Math.min(input.getShort() & 0x7FF, input.remaining())];
            input.get(frame);
            if (point < 0) {
                twins.advance((long) -point * 50_000_000L);
            }
            if ((point & 0x40) != 0) {
                twins.complain(frame);
            } else {
                twins.send(point, frame);
            }
        }
        twins.advance(10 * Host.SECOND);
        assertEquals(0, twins.zeros.held());
    }

    @MethodSource("inputs")
    @FuzzTest(maxDuration = "60s")
    void shouldEndEveryFrameWithWorkLeftToBeDone(final byte[] data) {
        final ByteBuffer input = ByteBuffer.wrap(data);
        if (input.remaining() < 2) {
            return;
        }
        final Twins twins = new Twins(input.get());
        twins.takeOffload(input.get());
        for (int i = 0; i < MAX_FRAMES && input.remaining() >= 10; i++) {
            final int point = input.get();
            final Work work = new Work(input.getShort(), input.get(), input.getShort(), input.get() & 0x87, false);
            final byte[] frame = new byte[Math.min(input.getShort() & 0x7FF, input.remaining())];
            input.get(frame);
            twins.send(point, work, frame);
        }
        twins.advance(10 * Host.SECOND);
        assertEquals(0, twins.zeros.held());
    }

    @Test
    void shouldEndEveryMutatedFrameWithWorkLeftToBeDone() {
        final Random random = new Random(23);
        final List<byte[]> seeds = seeds();
        final List<byte[]> large = new ArrayList<>();
        for (final String to : new String[] {A3, B1, B2, X, FIP_B1}) {
            large.add(ethernet(MA1, to.equals(A3) ? MA3 : GA)
                    .ipv4(A1, to)
                    .tcp(1, 2, 0x10)
                    .payload(500)
                    .build());
            large.add(ethernet(MA1, to.equals(A3) ? MA3 : GA)
                    .ipv4(A1, to)
                    .udp(1, 2)
                    .payload(500)
                    .build());
        }
        final int[] kinds = {0, 0, 0, Offload.TCP4, Offload.TCP6, Offload.UDP, Offload.UDP | Offload.ECN, 3};
        for (int world = 0; world < 4; world++) {
            final Twins twins = new Twins(world);
            long cut = 0;
            for (int i = 0; i < 12_500; i++) {
                twins.takeOffload(random.nextInt());
                final byte[] frame =
                        random.nextBoolean() ? mutated(random, seeds) : seeds.get(random.nextInt(seeds.size()));
                twins.send(random.nextInt(POINTS.length), work(random, frame, kinds), frame);
                final byte[] segment = large.get(random.nextInt(large.size()));
                final boolean isTcp = segment[23] == IpProtocol.TCP;
                final int kind = isTcp ? Offload.TCP4 : Offload.UDP;
                twins.send(TAP_A1, new Work(34, isTcp ? 16 : 6, random.nextInt(600), kind, false), segment);
                cut = twins.zeros.counters().segmentedCount();
            }
            twins.advance(10 * Host.SECOND);
            assertEquals(0, twins.zeros.held());
            assertTrue(cut > 10, "segments get as far as being cut");
            assertTrue(twins.zeros.counters().drops(DropReason.OFFLOAD_INCONSISTENT) > 1_000);
        }
    }

    /** Often at a transport header, of the packet or of one in it. */
    private static Work work(final Random random, final byte[] frame, final int[] kinds) {
        final int[] places = {34, 38, 54, 84, 88, 76, 104, random.nextInt(frame.length + 10)};
        final int[] offsets = {16, 6, 16, 6, 8, random.nextInt(-1, 40)};
        return new Work(
                places[random.nextInt(places.length)],
                offsets[random.nextInt(offsets.length)],
                random.nextInt(64),
                kinds[random.nextInt(kinds.length)],
                random.nextBoolean());
    }

    /** Each seed, twice, at each point of each world. */
    static Stream<Arguments> inputs() {
        final List<Arguments> inputs = new ArrayList<>();
        int at = 0;
        for (final byte[] seed : seeds()) {
            final ByteBuffer input = ByteBuffer.allocate(1 + 2 * (3 + seed.length) + 6);
            input.put((byte) at);
            for (int i = 0; i < 2; i++) {
                input.put((byte) at++).putShort((short) seed.length).put(seed);
            }
            input.put((byte) (at | 0x40)).putShort((short) 3).put(new byte[] {(byte) at, (byte) (2 * at), 0});
            inputs.add(Arguments.of((Object) input.array()));
        }
        // Handed to another worker, a checksum that begins in front of the frame was forgotten.
        inputs.add(
                Arguments.of(
                        (Object)
                                HexFormat.of()
                                        .parseHex(
                                                "4e4e002affffff53000000fffffffa163e000a010806000108000604005f00000001fa163e0a0108060001080006ff")));
        return inputs.stream();
    }

    @Test
    void shouldEndEveryMutatedFrame() {
        final Random random = new Random(20);
        final List<byte[]> seeds = seeds();
        for (int world = 0; world < 4; world++) {
            final Twins twins = new Twins(world);
            for (int i = 0; i < 12_500; i++) {
                twins.send(
                        random.nextInt(POINTS.length),
                        mutated(random, seeds),
                        mutated(random, seeds),
                        mutated(random, seeds),
                        mutated(random, seeds));
                final byte[] choice = new byte[random.nextInt(3, 6)];
                random.nextBytes(choice);
                twins.complain(choice);
                if (random.nextInt(20) == 0) {
                    twins.advance(random.nextInt((int) Host.SECOND));
                }
            }
            twins.advance(10 * Host.SECOND);
            assertEquals(0, twins.zeros.held());
            assertTrue(twins.zeros.counters().consumedCount() > 100, "frames get as far as an answer");
            assertTrue(twins.answeredErrors > 100, "errors get as far as somebody else");
        }
    }

    @Test
    void shouldEndEverySeedAtEveryPoint() {
        for (int world = 0; world < 4; world++) {
            for (int point = 0; point < POINTS.length; point++) {
                final Twins twins = new Twins(world);
                for (final byte[] seed : seeds()) {
                    for (int length = 0; length <= seed.length; length++) {
                        twins.send(point, Arrays.copyOf(seed, length));
                    }
                }
            }
        }
    }

    /** Fragments of a few packets, in any order, now and then one that lies. */
    @Test
    void shouldEndEveryFragment() {
        final Random random = new Random(22);
        final byte[][] wholes = {
            ethernet(MA1, GA).ipv4(A1, X).udp(1, 2).payload(600).build(),
            ethernet(MA1, GA).ipv4(A1, FIP_A1).udp(3, 3).payload(600).build(),
            ethernet(MA1, GA).ipv4(A1, FIP_B1).icmpEcho(5, 1).payload(600).build(),
            ethernet(MA1, GA).ipv4(A1, B1).tcp(6, 7, 2).payload(600).build(),
            ethernet(MA1, GA)
                    .ipv4(A1, X)
                    .options(new byte[12])
                    .tcp(6, 7, 2)
                    .payload(600)
                    .build(),
            ethernet(U, F1).ipv4(X, FIP_A1).tcp(8, 9, 2).payload(1_400).build(),
            ethernet(U, F1).ipv4(X, FG1).icmpEcho(8, 9).payload(600).build(),
        };
        for (int world = 0; world < 4; world++) {
            final Twins twins = new Twins(world);
            for (int i = 0; i < 8_000; i++) {
                final byte[] whole = wholes[random.nextInt(wholes.length)].clone();
                final int id = random.nextInt(200);
                whole[19] = (byte) id;
                final int mtu = 68 + (random.nextInt(10) == 0 ? random.nextInt(700) : id * 37 % 500);
                final List<byte[]> parts = TestFrames.fragments(whole, mtu);
                final byte[] part = parts.get(random.nextInt(parts.size())).clone();
                if (random.nextInt(8) == 0) {
                    part[20 + random.nextInt(2)] = (byte) random.nextInt();
                }
                repair(part, 0);
                twins.send(part[6] == 0 ? 1 : 3, part); // from outside, or from a guest
                if (random.nextInt(30) == 0) {
                    twins.advance(random.nextInt((int) Host.SECOND));
                }
            }
            twins.advance(10 * Host.SECOND);
            assertEquals(0, twins.zeros.held());
            for (final DropReason reason : new DropReason[] {
                DropReason.FRAGMENT_OVERLAP, DropReason.FRAGMENT_TIMEOUT, DropReason.FRAGMENT_LENGTH
            }) {
                assertTrue(twins.zeros.counters().drops(reason) > 10, "fragments get as far as " + reason);
            }
        }
    }

    private static byte[] mutated(final Random random, final List<byte[]> seeds) {
        byte[] frame = seeds.get(random.nextInt(seeds.size())).clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            final int at = random.nextInt(Math.min(frame.length, 110));
            frame[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (frame[at] ^ (1 << random.nextInt(8)));
        }
        if (random.nextInt(8) == 0) {
            frame = Arrays.copyOf(frame, random.nextInt(frame.length + 64));
        }
        if (random.nextBoolean()) { // else most would end at the first checksum
            repair(frame, 0);
            repair(frame, 50); // behind VXLAN
            repair(frame, 42); // behind GRE
        }
        return frame;
    }

    /**
     * An ICMP error about a packet, to its source.
     *
     * @param frame the packet's
     * @param choice type, length of the quote, then pairs of what to change in the quote
     */
    private static byte[] errorAbout(final byte[] frame, final byte[] choice) {
        final int type = new int[] {3, 11, 12, 4, 5, 3, 3, 11}[choice[0] & 7];
        final int length = Math.min(frame.length - EthernetHeader.LENGTH, 20 + (choice[1] & 0x7F));
        final byte[] quote = TestFrames.quote(frame, length);
        for (int i = 2; i + 1 < choice.length; i += 2) {
            quote[(choice[i] & 0xFF) % quote.length] ^= choice[i + 1];
        }
        final byte[] error = ethernet(MA1, GA)
                .ipv4(A1, X)
                .icmpError(type, choice[0] >>> 4 & 0xF, choice[1] & 0xFF, quote)
                .build();
        System.arraycopy(frame, 0, error, 6, 6);
        System.arraycopy(frame, 6, error, 0, 6);
        System.arraycopy(frame, 26, error, 30, 4);
        System.arraycopy(frame, 30, error, 26, 4);
        repair(error, 0);
        return error;
    }

    private static void repair(final byte[] frame, final int offset) {
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        final int at = offset + EthernetHeader.LENGTH;
        if (frame.length - at >= Ipv4Header.MIN_LENGTH
                && Ipv4Header.checkStructure(buffer, at, frame.length - at) == DecodeFault.NONE) {
            final Ipv4Header ip = new Ipv4Header().wrap(buffer, at).updateChecksum();
            if (ip.protocol() == IpProtocol.ICMP && !ip.isFragment()) {
                repairIcmp(buffer, at + ip.headerLength(), ip.totalLength() - ip.headerLength());
            }
        }
    }

    private static void repairIcmp(final UnsafeBuffer buffer, final int at, final int length) {
        if (length < IcmpHeader.LENGTH) {
            return;
        }
        final IcmpHeader icmp = new IcmpHeader().wrap(buffer, at);
        final int quoteAt = at + IcmpHeader.LENGTH;
        if (IcmpHeader.isError(icmp.type())
                && Ipv4Header.checkHeader(buffer, quoteAt, length - IcmpHeader.LENGTH) == DecodeFault.NONE) {
            new Ipv4Header().wrap(buffer, quoteAt).updateChecksum();
        }
        icmp.updateChecksum(length);
    }

    private static byte[] udp(final String from, final String to, final int sourcePort, final int destinationPort) {
        return ethernet(U, F1)
                .ipv4(from, to)
                .options(new byte[4])
                .udp(sourcePort, destinationPort)
                .payload(4)
                .build();
    }

    private static List<byte[]> seeds() {
        final List<byte[]> inner = new ArrayList<>();
        for (final String to : new String[] {A2, A3, B1, B2, X, FIP_A1, FIP_B1, QR_A, FG1, FPR, "10.0.1.77"}) {
            inner.add(ethernet(MA1, GA).ipv4(A1, to).udp(1000, 2000).payload(9).build());
            inner.add(ethernet(MA1, GA).ipv4(A1, to).ttl(2).tcp(1000, 80, 2).build());
            inner.add(ethernet(MA1, GA).ipv4(A1, to).icmpEcho(7, 1).payload(8).build());
            inner.add(ethernet(MA1, BROADCAST).arpRequest(MA1, A1, to).build());
        }
        inner.add(ethernet(MA1, GA).ipv4(A1, "169.254.169.254").tcp(1, 80, 2).build());
        inner.add(ethernet(MA1, GA)
                .ipv4("240.0.0.1", "240.0.18.52")
                .tcp(80, 1, 16)
                .build());
        inner.add(ethernet(MA1, BROADCAST)
                .arpRequest(MA1, "240.0.0.1", "240.0.0.3")
                .build());
        inner.add(ethernet(MA2, MA1).ipv4(A2, A1).udp(1, 2).payload(4).build());
        inner.add(ethernet(D2, MA1).ipv4(B2, A1).udp(1, 2).payload(4).build());
        inner.add(ethernet(MA2, D1).ipv4(A2, B1).udp(1, 2).payload(4).build());
        inner.add(ethernet(MA2, D1).arpReply(MA2, "10.0.1.77", GA, QR_A).build());
        inner.add(ethernet(MA1, MA3)
                .ipv6("fd00::1", "fd00::2")
                .udp(1, 2)
                .payload(4)
                .build());
        inner.add(ethernet(MA1, GA)
                .ipv4(A1, X)
                .fragment(64, true)
                .protocol(17, new byte[32])
                .build());
        inner.add(ethernet(MA1, GA)
                .ipv4(A1, X)
                .fragment(0, true)
                .protocol(17, new byte[64])
                .build());
        inner.add(ethernet(MA1, GA).ipv4(A1, B1).options(new byte[8]).udp(1, 2).build());
        inner.add(ethernet(MA1, GA)
                .ipv4(A1, X)
                .icmpError(3, 4, 1400, TestFrames.quote(inner.get(0), 28))
                .build());
        inner.add(ethernet(MA1, GA)
                .ipv4(A1, X)
                .icmpError(3, 3, 0, TestFrames.quote(udp(X, A1, 1, 2), 28))
                .build());
        inner.add(ethernet(MA1, GA)
                .ipv4(A1, FIP_B1)
                .icmpError(11, 0, 0, TestFrames.quote(udp(FIP_B1, A1, 2000, 1000), 32))
                .build());
        inner.add(ethernet(MA2, MA1).vlan(ID_A).ipv4(A2, A1).udp(1, 2).build());
        inner.add(ethernet(MA2, BROADCAST).vlan(ID_A).arpRequest(MA2, A2, QR_A).build());
        for (final String to : new String[] {"fd00:a::1", "fd00:a::11", "fd00:b::11", "fd00:b::77", "2001:db8::8"}) {
            inner.add(ethernet(MA1, GA)
                    .ipv6("fd00:a::11", to)
                    .icmpv6Echo(1, 2)
                    .payload(8)
                    .build());
            inner.add(ethernet(MA1, GA).ipv6("fd00:a::11", to).ttl(1).udp(1, 2).build());
            inner.add(ethernet(MA1, "33:33:ff:00:00:01")
                    .ipv6("fd00:a::11", "ff02::1:ff00:1")
                    .neighborSolicitation(to, MA1)
                    .build());
            inner.add(ethernet(MA1, MA3)
                    .ipv6("fd00:a::11", "ff02::1")
                    .neighborAdvertisement(to, MA1)
                    .build());
        }
        final List<byte[]> all = new ArrayList<>(inner);
        for (final byte[] frame : inner) {
            all.add(TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, ID_A, frame));
            all.add(TestFrames.gre(T2_MAC, T1_MAC, T2, T1, ID_A, frame));
        }
        for (final String to : new String[] {FIP_A1, FIP_B1, FG1, FIP_A2}) {
            all.add(ethernet(U, F1).ipv4(X, to).udp(1, 2).payload(4).build());
            all.add(ethernet(U, F1).ipv4(X, to).ttl(2).icmpEcho(3, 4).build());
            all.add(ethernet(U, F1).vlan(300).ipv4(X, to).ttl(1).tcp(1, 2, 2).build());
            all.add(ethernet(U, F1)
                    .ipv4(UPSTREAM, to)
                    .icmpError(11, 0, 0, TestFrames.quote(udp(to, X, 1000, 2000), 32))
                    .build());
            all.add(ethernet(U, F1)
                    .ipv4(X, to)
                    .icmpError(3, 4, 1300, TestFrames.quote(udp(to, X, 2, 1), 28))
                    .build());
            all.add(ethernet(U, BROADCAST).arpRequest(U, UPSTREAM, to).build());
            all.add(ethernet(U, BROADCAST).vlan(300).arpRequest(U, UPSTREAM, to).build());
        }
        all.add(ethernet(U, F1).arpReply(U, UPSTREAM, F1, FG1).build());
        all.add(ethernet(T2_MAC, T1_MAC).arpReply(T2_MAC, T2, T1_MAC, T1).build());
        all.add(ethernet(T2_MAC, BROADCAST).arpRequest(T2_MAC, T2, T1).build());
        return all;
    }
}
