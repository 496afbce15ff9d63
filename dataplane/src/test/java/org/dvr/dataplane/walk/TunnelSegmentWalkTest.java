package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.GA;
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
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.testing.Host.Work;
import org.dvr.dataplane.testing.SlowDevice;
import org.dvr.dataplane.topology.NetworkType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Large segments that a device takes with the headers of their tunnel, and those that come so. */
class TunnelSegmentWalkTest {
    private static Host host(final Cast cast) {
        return new Host(cast, Host.configOfLongFrames(0));
    }

    private static Host whole(final Cast cast) {
        final Host host = host(cast);
        host.takesTunnelSegments();
        return host;
    }

    /** What is on the wire, less what may differ: identification and checksum of the outer header. */
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

    @ParameterizedTest
    @EnumSource(
            value = NetworkType.class,
            names = {"VXLAN", "GRE"})
    void shouldCarrySegmentsFromHostToHost(final NetworkType type) {
        for (int seed = 0; seed < 150; seed++) {
            final Random random = new Random(seed);
            final boolean isIpv6 = random.nextInt(4) == 0;
            final boolean isTcp = isIpv6 || random.nextInt(4) != 0;
            final String to = !isIpv6 && random.nextBoolean() ? B2 : A2;
            final int size = 40 + random.nextInt(1_300);
            final int length = Math.min(64_000, size + 13 + random.nextInt(size * 70));
            final byte[] frame = segment(random, isIpv6, isTcp, to, length);
            final Work work = SlowDevice.leave(frame, size);
            final Host from = whole(compute1().tenants(type).ipv6());
            final Host into = host(compute2().tenants(type).ipv6());
            into.takesOffload(to.equals(B2) ? TAP_B2 : TAP_A2, true);

            final List<Host.Sent> carried = from.send(TAP_A1, work, frame.clone());
            final List<Host.Sent> plain = host(compute1().tenants(type).ipv6()).send(TAP_A1, work, frame.clone());
            assertEquals(onWire(plain), onWire(carried), "seed " + seed);
            assertEquals(isTcp ? 1 : plain.size(), carried.size(), "seed " + seed);
            assertEquals(isTcp ? 0 : 1, from.counters().segmentedCount());

            final List<Host.Sent> arrived = new ArrayList<>();
            for (final Host.Sent one : carried) {
                arrived.addAll(into.send(UNDERLAY, one.work(), one.bytes()));
                assertEquals(Map.of(), into.drops());
            }
            final List<Host.Sent> expected = host(compute2().tenants(type).ipv6())
                    .send(UNDERLAY, plain.stream().map(Host.Sent::bytes).toArray(byte[][]::new));
            assertEquals(onWire(expected), onWire(arrived), "seed " + seed);
            assertEquals(carried.size(), arrived.size());
        }
    }

    @Test
    void shouldEnterTheTunnelOnceThePeerIsKnown() {
        final Host host = whole(compute1().withoutPeerMacs());
        final byte[] frame = segment(new Random(1), false, true, A2, 10_000);
        host.send(TAP_A1, SlowDevice.leave(frame, 1_300), frame);
        assertEquals(1, host.held());
        final Host.Sent whole = host.sendForOne(UNDERLAY, arpReply(T2_MAC, T2, T1_MAC, T1));
        assertEquals(Offload.TCP4, whole.work().segmentKind());
        assertEquals(50, whole.work().innerAt());
        assertEquals(0, host.held());
    }

    /** Its packets are what the path carries or not. */
    @Test
    void shouldJudgeThePacketsByTheUnderlaysMtu() {
        final byte[] frame = segment(new Random(1), false, true, A2, 10_000);
        final Host host = whole(compute1());
        host.sendForDrop(DropReason.UNDERLAY_MTU, TAP_A1, SlowDevice.leave(frame, 1_500), frame);
    }

    @Test
    void shouldCutWhatIsLongerThanADeviceTakes() {
        final byte[] frame = segment(new Random(1), false, true, A2, 65_480);
        final List<Host.Sent> sent = whole(compute1()).send(TAP_A1, SlowDevice.leave(frame, 1_300), frame);
        assertEquals(51, sent.size());
    }
}
