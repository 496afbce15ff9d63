package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A2;
import static org.dvr.dataplane.testing.Cast.TAP_B2;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.compute2;
import static org.dvr.dataplane.walk.Frames.arpReply;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.testing.Host.Work;
import org.dvr.dataplane.testing.SlowDevice;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;

/** Tunnel packets that are handed to a device, and come from one, as one large datagram. */
class TrainWalkTest {
    private static Host host(final Cast cast) {
        return new Host(cast, Host.configOfLongFrames(0));
    }

    private static Host trains(final Cast cast) {
        final Host host = host(cast);
        host.takesTrains();
        return host;
    }

    /** What is on the wire, less what differs between packets and trains: identification and checksums of the outer headers. */
    private static List<String> onWire(final List<Host.Sent> sent) {
        final List<String> packets = new ArrayList<>();
        for (final Host.Sent one : sent) {
            for (final byte[] packet : SlowDevice.finish(one.bytes(), one.work())) {
                if (one.attachment().equals(UNDERLAY)) {
                    for (final int at : new int[] {18, 19, 24, 25, 40, 41}) {
                        packet[at] = 0;
                    }
                }
                packets.add(HexFormat.of().formatHex(packet));
            }
        }
        return packets;
    }

    private static byte[] segment(
            final Random random, final boolean isIpv6, final boolean isTcp, final String to, final int length) {
        final byte[] payload = new byte[length];
        random.nextBytes(payload);
        final boolean isRouted = to.equals(B2);
        final TestFrames frame = ethernet(MA1, isRouted ? GA : MA2);
        final TestFrames ip = isIpv6
                ? frame.ipv6("fd00:a::11", "fd00:a::12")
                : frame.ipv4(A1, to).id(random.nextInt(0x1_0000)).dontFragment();
        if (!isTcp) {
            return ip.udp(4000, 5000).payload(payload).build();
        }
        final int flags = TcpHeader.ACK | (random.nextInt(256) & (TcpHeader.PSH | TcpHeader.CWR | TcpHeader.ECE));
        final byte[] bytes = ip.tcp(4000, 5000, flags, random.nextInt() & 0xFFFF_FFFFL, 7)
                .payload(payload)
                .build();
        if (random.nextBoolean()) {
            bytes[SlowDevice.l4(bytes) + 12] = (byte) 0x80; // options, what was the beginning of the payload
        }
        return bytes;
    }

    @Test
    void shouldCarrySegmentsFromHostToHost() {
        for (int seed = 0; seed < 150; seed++) {
            final Random random = new Random(seed);
            final boolean isIpv6 = random.nextInt(4) == 0;
            final boolean isTcp = isIpv6 || random.nextInt(4) != 0;
            final String to = !isIpv6 && random.nextBoolean() ? B2 : A2;
            final int size = 40 + random.nextInt(1_300);
            final int length = Math.min(64_000, size + 13 + random.nextInt(size * 70));
            final byte[] frame = segment(random, isIpv6, isTcp, to, length);
            final Work work = SlowDevice.leave(frame, size);
            final Host from = trains(compute1().ipv6());
            final Host into = host(compute2().ipv6());
            into.takesOffload(to.equals(B2) ? TAP_B2 : TAP_A2, true);

            final List<Host.Sent> carried = from.send(TAP_A1, work, frame.clone());
            final List<Host.Sent> plain = host(compute1().ipv6()).send(TAP_A1, work, frame.clone());
            assertEquals(onWire(plain), onWire(carried), "seed " + seed);
            assertTrue(carried.size() <= 2 + plain.size() / 45, "carried in " + carried.size());

            final List<Host.Sent> arrived = new ArrayList<>();
            for (final Host.Sent train : carried) {
                arrived.addAll(into.send(UNDERLAY, train.work(), train.bytes()));
                assertEquals(Map.of(), into.drops());
            }
            final List<Host.Sent> expected = host(compute2().ipv6())
                    .send(UNDERLAY, plain.stream().map(Host.Sent::bytes).toArray(byte[][]::new));
            assertEquals(onWire(expected), onWire(arrived), "seed " + seed);
            assertTrue(!isTcp || arrived.size() == carried.size(), "joined again");
        }
    }

    @Test
    void shouldFillTrainsAndNoMore() {
        final byte[] frame = segment(new Random(1), false, false, A2, 40 * 130);
        final Host host = trains(compute1());
        final List<Host.Sent> sent = host.send(TAP_A1, SlowDevice.leave(frame, 40), frame);
        assertEquals(3, sent.size());
        assertEquals(
                new Work(34, 6, 8 + 42 + 40, Offload.UDP, false), sent.get(0).work());
        assertEquals(42 + 64 * 90, sent.get(1).bytes().length);
        assertEquals(42 + 2 * 90, sent.get(2).bytes().length);
        assertEquals(2, host.counters().generatedCount());
        assertEquals(1, host.counters().segmentedCount());
    }

    @Test
    void shouldSendTheLastPacketAlone() {
        final byte[] frame = segment(new Random(1), false, false, A2, 40 * 64 + 1);
        final List<Host.Sent> sent = trains(compute1()).send(TAP_A1, SlowDevice.leave(frame, 40), frame);
        assertEquals(2, sent.size());
        assertEquals(Work.NONE, sent.get(1).work());
        sent.get(1).frame().hasValidChecksums();
    }

    @Test
    void shouldFormTrainsOnceThePeerIsKnown() {
        final Host host = trains(compute1().withoutPeerMacs());
        final byte[] frame = segment(new Random(1), false, true, A2, 10_000);
        host.send(TAP_A1, SlowDevice.leave(frame, 1_300), frame);
        assertEquals(1, host.held());
        final Host.Sent train = host.sendForOne(UNDERLAY, arpReply(T2_MAC, T2, T1_MAC, T1));
        assertEquals(Offload.UDP, train.work().segmentKind());
        assertEquals(0, host.held());
    }

    @Test
    void shouldFormNoTrainsInGre() {
        final Host host = trains(compute1().tenants(NetworkType.GRE));
        final byte[] frame = segment(new Random(1), false, true, A2, 10_000);
        assertEquals(8, host.send(TAP_A1, SlowDevice.leave(frame, 1_300), frame).size());
    }

    private static byte[] train(final List<byte[]> inner, final Random random) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (final byte[] frame : inner) {
            final byte[] vxlan = vxlanFrom2(ID_A, frame);
            final int from = bytes.size() == 0 ? 0 : 42;
            bytes.write(vxlan, from, vxlan.length - from);
        }
        final byte[] train = bytes.toByteArray();
        train[16] = (byte) ((train.length - 14) >> 8);
        train[17] = (byte) (train.length - 14);
        train[38] = (byte) ((train.length - 34) >> 8);
        train[39] = (byte) (train.length - 34);
        train[40] = (byte) random.nextInt();
        train[24] = 0;
        train[25] = 0;
        int sum = 0;
        for (int i = 14; i < 34; i += 2) {
            sum += (train[i] & 0xFF) << 8 | (train[i + 1] & 0xFF);
        }
        sum = ~((sum & 0xFFFF) + (sum >>> 16));
        train[24] = (byte) (sum >> 8);
        train[25] = (byte) sum;
        return train;
    }

    /** Whatever differs, a byte at any place: the packets go their way as they are, and none is made right that was wrong. */
    @Test
    void shouldJoinNothingThatDiffers() {
        final Random random = new Random(3);
        final byte[] whole = ethernet(MA2, MA1)
                .ipv4(A2, A1)
                .tcp(4000, 5000, TcpHeader.ACK)
                .payload(400)
                .build();
        final List<byte[]> packets = SlowDevice.finish(whole, SlowDevice.leave(whole, 100));
        final Work work = new Work(34, 6, 8 + 54 + 100, Offload.UDP, false);
        final Host host = host(compute1());
        host.takesOffload(TAP_A1, true);
        final Host.Sent joined = host.sendForOne(UNDERLAY, work, train(packets, random));
        assertEquals(new Work(34, 16, 100, Offload.TCP4, false), joined.work());
        assertEquals(
                onWire(List.of(joined)),
                packets.stream().map(HexFormat.of()::formatHex).toList());
        for (int packet = 0; packet < 4; packet++) {
            for (int at = 14; at < 154; at++) {
                final List<byte[]> changed = new ArrayList<>(packets);
                changed.set(packet, packets.get(packet).clone());
                changed.get(packet)[at] ^= (byte) (1 << random.nextInt(8));
                final Host one = host(compute1());
                one.takesOffload(TAP_A1, true);
                final Host twin = host(compute1());
                twin.takesOffload(TAP_A1, true);
                final List<Host.Sent> expected = twin.send(
                        UNDERLAY,
                        changed.stream().map(frame -> vxlanFrom2(ID_A, frame)).toArray(byte[][]::new));
                assertEquals(onWire(expected), onWire(one.send(UNDERLAY, work, train(changed, random))));
                assertEquals(twin.drops(), one.drops());
            }
        }
    }

    @Test
    void shouldCountThePacketsOfATrainThatIsCut() {
        final byte[] frame =
                ethernet(MA2, MA1).ipv4(A2, A1).udp(1, 2).payload(58).build();
        final Host host = host(compute1());
        final Work work = new Work(34, 6, 108, Offload.UDP, false);
        final byte[] train = train(List.of(frame, frame, Arrays.copyOf(frame, 100)), new Random(1));
        assertEquals(3, host.send(UNDERLAY, work, train).size());
        assertEquals(3, host.counters().rx(0));
        assertEquals(0, host.counters().generatedCount());
    }

    @Test
    void shouldRefuseWhatIsNoTrain() {
        final byte[] frame =
                ethernet(MA2, MA1).ipv4(A2, A1).udp(1, 2).payload(58).build();
        final byte[] train = train(List.of(frame, frame), new Random(1));
        for (final Work work : new Work[] {
            new Work(34, 6, 22, Offload.UDP, false),
            new Work(34, 6, 5_000, Offload.UDP, false),
            new Work(34, 16, 108, Offload.UDP, false),
            new Work(38, 6, 108, Offload.UDP, false),
            new Work(34, 6, 108, Offload.TCP4, false)
        }) {
            host(compute1()).sendForDrop(DropReason.OFFLOAD_INCONSISTENT, UNDERLAY, work, train);
        }
        final Work right = new Work(34, 6, 108, Offload.UDP, false);
        final byte[] toAnother = train.clone();
        toAnother[37] ^= 1;
        host(compute1()).sendForDrop(DropReason.UNDERLAY_NOT_TUNNEL, UNDERLAY, right, toAnother);
        final byte[] corrupt = train.clone();
        corrupt[24] ^= 1;
        host(compute1()).sendForDrop(DropReason.IPV4_CHECKSUM, UNDERLAY, right, corrupt);
        host(compute1()).sendForDrop(DropReason.IPV4_TOTAL_LENGTH, UNDERLAY, right, Arrays.copyOf(train, 200));
    }

    @Test
    void shouldCutTrainsOfMorePacketsThanThereAreFrames() {
        final WorkerConfig config = new WorkerConfig(
                8, FramePool.LONGEST_FRAME, 4, false, Host.config().pipeline());
        final Host host = new Host(compute1().withoutPeerMacs().withoutUpstream(), config);
        final byte[] frame =
                ethernet(MA2, MA1).ipv4(A2, A1).udp(1, 2).payload(58).build();
        final Work work = new Work(34, 6, 108, Offload.UDP, false);
        final byte[][] many = new byte[30][];
        Arrays.fill(many, frame);
        assertEquals(
                30,
                host.send(UNDERLAY, work, train(List.of(many), new Random(1))).size());
        assertEquals(Map.of(), host.drops()); // what is sent on comes back
    }
}
