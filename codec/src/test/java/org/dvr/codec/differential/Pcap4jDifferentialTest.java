package org.dvr.codec.differential;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.dvr.codec.DecodeFault;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.junit.jupiter.api.Test;

class Pcap4jDifferentialTest {
    private static final String A = "fa:16:3e:00:00:01";
    private static final String B = "fa:16:3e:00:00:02";
    private static final long SEED = 4;
    private static final int MUTATIONS = 500;

    @Test
    void shouldAgreeOnFramesWeBuild() {
        final Map<DecodeFault, Integer> verdicts = compare(built());
        assertTrue(verdicts.get(DecodeFault.NONE) > 30, () -> "verdicts=" + verdicts);
    }

    @Test
    void shouldAgreeOnSpoiledFrames() {
        final Random random = new Random(SEED);
        final Map<DecodeFault, Integer> verdicts = new EnumMap<>(DecodeFault.class);
        for (final byte[] frame : built()) {
            for (int i = 0; i < MUTATIONS; i++) {
                final byte[] spoiled = Arrays.copyOf(frame, 1 + random.nextInt(frame.length));
                if (random.nextBoolean()) {
                    spoiled[random.nextInt(spoiled.length)] = (byte) random.nextInt();
                }
                new Comparison(spoiled).compare().forEach((fault, count) -> verdicts.merge(fault, count, Integer::sum));
            }
        }
        assertTrue(verdicts.size() > 10, () -> "seed=" + SEED + " verdicts=" + verdicts);
    }

    @Test
    void shouldAgreeOnCaptures() throws IOException {
        final Optional<Path> folder = PcapFrames.folder();
        assumeTrue(folder.isPresent(), "no shared/captures folder beside the project");
        final List<byte[]> frames = PcapFrames.readAll(folder.get());
        final Map<DecodeFault, Integer> verdicts = compare(frames);
        assertTrue(verdicts.get(DecodeFault.NONE) > frames.size(), () -> "verdicts=" + verdicts);
    }

    private static Map<DecodeFault, Integer> compare(final List<byte[]> frames) {
        final Map<DecodeFault, Integer> verdicts = new EnumMap<>(DecodeFault.class);
        for (final byte[] frame : frames) {
            new Comparison(frame).compare().forEach((fault, count) -> verdicts.merge(fault, count, Integer::sum));
        }
        return verdicts;
    }

    private static List<byte[]> built() {
        final byte[] udp =
                ipv4().tos(0xB8).id(0xFFFE).udp(0xFFFE, 53).payload(33).build();
        final byte[] tcp = ipv4().tcp(0xFFFD, 80, TcpHeader.SYN | TcpHeader.URG, 0xFFFFFFFEL, 0x80000000L)
                .build();
        return List.of(
                TestFrames.ethernet(A, B)
                        .arpRequest(A, "10.0.0.1", "10.0.0.2")
                        .padTo(60)
                        .build(),
                TestFrames.ethernet(A, B)
                        .vlan(0xFFF)
                        .arpReply(A, "10.0.0.1", B, "255.0.0.2")
                        .build(),
                udp,
                tcp,
                ipv4().options(new byte[] {1, 1, 1, 0})
                        .dontFragment()
                        .icmpEcho(0xFFFE, 1)
                        .payload(9)
                        .build(),
                ipv4().icmpError(IcmpHeader.UNREACHABLE, 4, 1450, TestFrames.quote(udp, 28))
                        .build(),
                ipv4().fragment(1480, true).protocol(17, new byte[16]).build(),
                ipv4().udp(1, 2).badIpChecksum().build(),
                ipv4().udp(1, 2).payload(3).badTransportChecksum().build(),
                ipv4().udp(1, 2).payload(3).noTransportChecksum().build(),
                ipv4().icmpEchoReply(1, 2).badTransportChecksum().build(),
                TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "fe80::2")
                        .icmpv6Echo(1, 2)
                        .build(),
                TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "fe80::2")
                        .tos(0xB8)
                        .tcp(1, 2, TcpHeader.ACK)
                        .build(),
                TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "fe80::2")
                        .udp(1, 2)
                        .payload(5)
                        .build(),
                TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "ff02::1:ff00:2")
                        .neighborSolicitation("fe80::2", A)
                        .build(),
                TestFrames.vxlan(A, B, "192.0.2.1", "192.0.2.2", 5001, tcp),
                TestFrames.gre(A, B, "192.0.2.1", "192.0.2.2", 5001, udp));
    }

    private static TestFrames ipv4() {
        return TestFrames.ethernet(A, B).ipv4("10.0.0.1", "10.0.0.2");
    }
}
