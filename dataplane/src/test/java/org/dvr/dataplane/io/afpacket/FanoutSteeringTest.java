package org.dvr.dataplane.io.afpacket;

import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.D1;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.io.sys.Capabilities;
import org.dvr.dataplane.io.sys.SystemCallException;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.testing.Arrivals;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel's programs answer what the function in Java does, for frames and for what is left of them when they are cut or bent. */
@Tag("raw-socket")
class FanoutSteeringTest {
    private static final int FRAMES = 20_000;
    private static final int WORKERS = 5;
    private static final int SHORTEST = 60; // that the kernel runs a program on

    private static final String[] MACS = {GA, SA, F1, Q, MA1, D1, "02:00:00:00:00:09", "fa:16:3e:00:77:01"};
    private static final String[] ADDRESSES = {A1, X, FIP_A1, FIP_B1, QG, "9.9.9.9", "10.0.2.77", "203.0.113.99"};
    private static final AttachmentKind[] KINDS = {
        AttachmentKind.GUEST, AttachmentKind.PHYSICAL, AttachmentKind.UNDERLAY
    };

    @BeforeEach
    void needsPrivileges() throws Exception {
        Assumptions.assumeTrue(
                Capabilities.ofThisProcess()
                        .missing(EnumSet.allOf(Capabilities.Capability.class))
                        .isEmpty(),
                "needs CAP_BPF and CAP_NET_ADMIN: run as root");
    }

    private static TopologySnapshot topology(final Cast cast) {
        return cast.also(parts -> {
                    final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
                    parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
                    parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), true);
                    final Router plain = parts.builder.centralRouter(9, "router-p", "P", true, true);
                    parts.builder.centralPort(plain, parts.a, "port-pa", mac("fa:16:3e:00:77:01"), ip("10.0.1.3"), 24);
                    parts.builder.gatewayPort(
                            plain, parts.external, mac("fa:16:3e:00:77:02"), ip("203.0.113.31"), ip(UPSTREAM), false);
                    parts.builder.centralFloatingIp(plain, ip("203.0.113.90"), ip("10.0.1.90"));
                })
                .build();
    }

    @Test
    void shouldAnswerWhatTheFunctionAnswers() throws Exception {
        final long seed = 0x1234_5678_9ABC_DEF0L;
        final Random random = new Random(7);
        final Steering steering = Steering.of(topology(compute1()), WORKERS, seed);
        final Steering after = Steering.of(topology(compute1().withoutFloatingIps()), WORKERS, seed);
        final int[] counts = new int[WORKERS];
        try (FanoutSteering kernel = new FanoutSteering(WORKERS, steering.seed())) {
            kernel.update(steering);
            compare(kernel, steering, random, counts);
            kernel.update(after);
            compare(kernel, after, random, counts);
            kernel.update(steering);
            compare(kernel, steering, random, counts);
        }
        for (final int count : counts) {
            assertTrue(count > FRAMES / 20, Arrays.toString(counts));
        }
    }

    private static void compare(
            final FanoutSteering kernel, final Steering steering, final Random random, final int[] counts)
            throws SystemCallException {
        for (int i = 0; i < FRAMES; i++) {
            final AttachmentKind kind = KINDS[random.nextInt(KINDS.length)];
            final byte[] frame = frame(kind, random);
            final int owner = steering.owner(Arrivals.of(kind, frame));
            counts[owner]++;
            assertEquals(
                    owner,
                    kernel.run(kind, frame),
                    () -> kind + " " + java.util.HexFormat.of().formatHex(frame));
        }
    }

    private static byte[] frame(final AttachmentKind kind, final Random random) {
        byte[] frame = packet(random);
        if (kind == AttachmentKind.UNDERLAY) {
            if (random.nextInt(4) == 0) {
                frame = withTag(frame);
            }
            final String from = MacAddress.toString(2);
            frame = switch (random.nextInt(4)) {
                case 0 -> TestFrames.gre(from, from, "192.0.2.2", "192.0.2.1", 101, frame);
                case 1 ->
                    TestFrames.ethernet(from, from)
                            .ipv6("2001:db8::2", "2001:db8::1")
                            .udp(50_000, 4_789)
                            .payload(concat(new byte[8], frame))
                            .build();
                case 2 ->
                    TestFrames.ethernet(from, from)
                            .ipv4("192.0.2.2", "192.0.2.1")
                            .protocol(47, concat(gre(random), frame))
                            .build();
                default -> TestFrames.vxlan(from, from, "192.0.2.2", "192.0.2.1", 101, frame);
            };
        }
        for (int bent = random.nextInt(3); bent > 0; bent--) {
            final int at = 14 + random.nextInt(frame.length - 14); // the type is told apart before the program runs
            frame[at] ^= (byte) (1 << random.nextInt(8));
        }
        final int length = random.nextInt(3) == 0 ? 15 + random.nextInt(frame.length - 14) : frame.length;
        return Arrays.copyOf(frame, Math.max(SHORTEST, length));
    }

    private static byte[] gre(final Random random) {
        final int flags = random.nextInt(8); // checksum, key, sequence number
        final byte[] header = new byte[4 + 4 * Integer.bitCount(flags)];
        header[0] = (byte) ((flags & 1) << 7 | (flags >> 1 & 1) << 5 | (flags >> 2 & 1) << 4);
        header[2] = 0x65;
        header[3] = 0x58;
        return header;
    }

    private static byte[] concat(final byte[] first, final byte[] second) {
        final byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static byte[] withTag(final byte[] frame) {
        final byte[] tagged = new byte[frame.length + 4];
        System.arraycopy(frame, 0, tagged, 0, 12);
        tagged[12] = (byte) 0x81;
        tagged[15] = 7;
        System.arraycopy(frame, 12, tagged, 16, frame.length - 12);
        return tagged;
    }

    private static byte[] packet(final Random random) {
        final TestFrames frame = TestFrames.ethernet(MA1, MACS[random.nextInt(MACS.length)]);
        final String source = address(random);
        final String destination = address(random);
        return switch (random.nextInt(8)) {
            case 0 -> frame.arpRequest(MA1, source, destination).build();
            case 1 ->
                frame.ipv6("fd00:a::" + random.nextInt(9_999), "fd00:b::" + random.nextInt(9_999))
                        .udp(1, 2)
                        .payload(9)
                        .build();
            case 2, 3 ->
                frame.ipv4(source, destination)
                        .icmpError(random.nextInt(19), 0, 0, quoted(address(random), address(random)))
                        .build();
            case 4 ->
                frame.ipv4(source, destination)
                        .options(new byte[8])
                        .icmpError(3, 4, 1_400, quoted(address(random), address(random)))
                        .build();
            case 5 ->
                frame.ipv4(source, destination)
                        .fragment(random.nextInt(2) * 1_480, true)
                        .protocol(1, new byte[40])
                        .build();
            default -> frame.ipv4(source, destination).tcp(1, 2, 2).payload(9).build();
        };
    }

    private static byte[] quoted(final String source, final String destination) {
        return TestFrames.quote(
                TestFrames.ethernet(MA1, GA).ipv4(source, destination).udp(1, 2).build(), 28);
    }

    private static String address(final Random random) {
        return random.nextBoolean()
                ? ADDRESSES[random.nextInt(ADDRESSES.length)]
                : Ipv4Address.toString(random.nextInt());
    }
}
