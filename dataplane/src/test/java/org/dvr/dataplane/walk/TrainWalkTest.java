package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.testing.Host.Work;
import org.dvr.dataplane.testing.SlowDevice;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.Test;

/** Tunnel packets that come from a device as one large datagram. */
class TrainWalkTest {
    private static Host host(final Cast cast) {
        return new Host(cast, Host.configOfLongFrames(0));
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
