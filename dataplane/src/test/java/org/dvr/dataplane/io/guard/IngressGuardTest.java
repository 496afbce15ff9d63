package org.dvr.dataplane.io.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.testing.Namespaces;
import org.dvr.dataplane.io.testing.RawSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel's own stack with and without the guard, in namespaces: a peer, and a host that the kernel has addresses of. */
@Tag("namespaces")
class IngressGuardTest {
    private static final String PEER_IP = "192.0.2.1";
    private static final String HOST_IP = "192.0.2.2";
    private static final String PEER_IP6 = "2001:db8::1";
    private static final String HOST_IP6 = "2001:db8::2";
    private static final int FRAMES = 3; // below what the kernel limits its errors to
    private static final byte[] INNER = TestFrames.ethernet("fa:16:3e:00:00:01", "fa:16:3e:00:00:02")
            .ipv4("10.0.0.1", "10.0.0.2")
            .udp(1, 2)
            .build();

    private final Namespaces namespaces = new Namespaces();
    private String peer;
    private String host;
    private int hostDevice;
    private String peerMac;
    private String hostMac;
    private RawSocket peerSocket;
    private RawSocket hostSocket;

    @BeforeEach
    void prepare() throws Exception {
        Namespaces.skipUnlessPossible();
        peer = namespaces.add();
        host = namespaces.add();
        namespaces.veth(peer, "p0", host, "h0");
        namespaces.in(peer, "ip addr add " + PEER_IP + "/24 dev p0");
        namespaces.in(host, "ip addr add " + HOST_IP + "/24 dev h0");
        namespaces.in(peer, "ip addr add " + PEER_IP6 + "/64 dev p0");
        namespaces.in(host, "ip addr add " + HOST_IP6 + "/64 dev h0");
        hostDevice = namespaces.index(host, "h0");
        peerMac = namespaces.in(peer, "cat /sys/class/net/p0/address").strip();
        hostMac = namespaces.in(host, "cat /sys/class/net/h0/address").strip();
        namespaces.in(host, "ip neigh add " + PEER_IP + " dev h0 lladdr " + peerMac);
        namespaces.in(host, "ip neigh add " + PEER_IP6 + " dev h0 lladdr " + peerMac);
        final int peerDevice = namespaces.index(peer, "p0");
        peerSocket = namespaces.inside(peer, () -> new RawSocket(peerDevice));
        hostSocket = namespaces.inside(host, () -> new RawSocket(hostDevice));
        peerSocket.drain();
        hostSocket.drain();
    }

    @AfterEach
    void tidy() throws Exception {
        if (peerSocket != null) {
            peerSocket.close();
        }
        if (hostSocket != null) {
            hostSocket.close();
        }
        namespaces.close();
    }

    @Test
    void shouldKeepTheKernelFromAnsweringVxlan() throws Exception {
        assertEquals(FRAMES, answersTo(udp(HOST_IP, 4789)), "without guard: port unreachable");
        try (IngressGuard guard = underlay(HOST_IP)) {
            assertEquals("", guard.limitation());
            assertEquals(0, answersTo(udp(HOST_IP, 4789)));
        }
        assertEquals(FRAMES, answersTo(udp(HOST_IP, 4789)), "the guard is gone when it is closed");
    }

    @Test
    void shouldKeepTheKernelFromAnsweringGre() throws Exception {
        assertEquals(FRAMES, answersTo(gre()), "without guard: protocol unreachable");
        try (IngressGuard guard = underlay(HOST_IP)) {
            assertEquals(0, answersTo(gre()), guard.limitation());
        }
    }

    @Test
    void shouldKeepTheKernelFromAnsweringVxlanOverIpv6() throws Exception {
        final byte[] frame = TestFrames.ethernet(peerMac, hostMac)
                .ipv6(PEER_IP6, HOST_IP6)
                .udp(40_000, 4789)
                .payload(INNER)
                .build();
        assertEquals(FRAMES, answersTo(frame), "without guard: port unreachable");
        try (IngressGuard guard = underlay(HOST_IP6)) {
            assertEquals(0, answersTo(frame), guard.limitation());
        }
    }

    @Test
    void shouldLeaveTheRestOfTheUnderlayToTheHost() throws Exception {
        try (IngressGuard guard = underlay(HOST_IP)) {
            assertEquals(FRAMES, answersTo(udp(HOST_IP, 4790)), "another port: " + guard.limitation());
            final byte[] echo = TestFrames.ethernet(peerMac, hostMac)
                    .ipv4(PEER_IP, HOST_IP)
                    .icmpEcho(7, 1)
                    .build();
            assertEquals(FRAMES, answersTo(echo));
            namespaces.in(host, "ip addr add 192.0.2.3/24 dev h0");
            assertEquals(FRAMES, answersTo(udp("192.0.2.3", 4789)), "another address");
        }
    }

    @Test
    void shouldFindThePortBehindOptions() throws Exception {
        final byte[] withOptions = TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, HOST_IP)
                .options(new byte[] {1, 1, 1, 1})
                .udp(40_000, 4789)
                .payload(INNER)
                .build();
        assertEquals(FRAMES, answersTo(withOptions), "without guard");
        try (IngressGuard guard = underlay(HOST_IP)) {
            assertEquals(0, answersTo(withOptions), guard.limitation());
        }
    }

    @Test
    void shouldKeepGuestsFromTheHost() throws Exception {
        final byte[] request = TestFrames.ethernet(peerMac, "ff:ff:ff:ff:ff:ff")
                .arpRequest(peerMac, PEER_IP, HOST_IP)
                .build();
        final byte[] echo = TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, HOST_IP)
                .icmpEcho(7, 1)
                .build();
        assertEquals(FRAMES, answersTo(request), "without guard");
        try (IngressGuard guard = namespaces.inside(host, () -> IngressGuard.all(hostDevice, null))) {
            assertEquals("", guard.limitation());
            assertEquals(0, answersTo(request));
            assertEquals(0, answersTo(echo));
        }
    }

    @Test
    void shouldOwnTunnelTrafficBySocketsOnOlderKernels() throws Exception {
        final byte[] address = InetAddress.getByName(HOST_IP).getAddress();
        try (IngressGuard guard =
                namespaces.inside(host, () -> IngressGuard.withoutTcx(new Libc(), hostDevice, address, 4789))) {
            assertTrue(guard.limitation().startsWith("h0: this kernel has no TCX"), guard.limitation());
            assertEquals(0, answersTo(udp(HOST_IP, 4789)));
            assertEquals(0, answersTo(gre()));
        }
        assertEquals(FRAMES, answersTo(udp(HOST_IP, 4789)), "gone when it is closed");
    }

    @Test
    void shouldRefuseAPortThatTheKernelsOwnTunnelHas() throws Exception {
        namespaces.in(host, "ip link add vx type vxlan id 5 dstport 4789 local " + HOST_IP);
        namespaces.in(host, "ip link set vx up");
        final IOException taken = assertThrows(IOException.class, () -> underlay(HOST_IP));
        assertTrue(taken.getMessage().startsWith("UDP port 4789 on 192.0.2.2 is taken: "), taken.getMessage());
        namespaces.in(host, "ip link del vx");
        underlay(HOST_IP).close();
    }

    @Test
    void shouldSayWhichDeviceIsNot() {
        final IOException missing = assertThrows(IOException.class, () -> IngressGuard.all(99_999, null));
        assertTrue(missing.getMessage().startsWith("interface 99999: cannot attach"), missing.getMessage());
    }

    @Test
    void shouldLeaveNothingBehindWhenItsProcessIsKilled() throws Exception {
        final Process process =
                new ProcessBuilder(command()).redirectErrorStream(true).start();
        try {
            final byte[] ready = process.getInputStream().readNBytes(Holder.READY.length());
            assertEquals(Holder.READY, new String(ready, StandardCharsets.US_ASCII));
            assertEquals(0, answersTo(udp(HOST_IP, 4789)));
        } finally {
            process.destroyForcibly();
        }
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        assertEquals(FRAMES, answersTo(udp(HOST_IP, 4789)));
    }

    /** Sends a frame several times; the host's packet socket must see each. Answers how many come back. */
    private int answersTo(final byte[] frame) throws IOException {
        for (int i = 0; i < FRAMES; i++) {
            peerSocket.send(frame);
        }
        int seen = 0;
        for (byte[] next = hostSocket.receive(20); next != null; next = hostSocket.receive(20)) {
            seen += Arrays.equals(frame, next) ? 1 : 0;
        }
        assertEquals(FRAMES, seen, "frames at the packet socket");
        int answers = 0;
        final byte[] toPeer = HexFormat.ofDelimiter(":").parseHex(peerMac);
        for (byte[] next = peerSocket.receive(20); next != null; next = peerSocket.receive(20)) {
            // Multicast listener reports are nobody's answer.
            answers += Arrays.equals(toPeer, 0, toPeer.length, next, 0, toPeer.length) ? 1 : 0;
        }
        return answers;
    }

    private IngressGuard underlay(final String ip) throws Exception {
        return namespaces.inside(host, () -> IngressGuard.underlay(hostDevice, InetAddress.getByName(ip), 4789, null));
    }

    private byte[] udp(final String ip, final int port) {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, ip)
                .udp(40_000, port)
                .payload(INNER)
                .build();
    }

    private byte[] gre() {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, HOST_IP)
                .protocol(47, new byte[] {0x20, 0, 0x65, 0x58, 0, 0, 0, 5})
                .build();
    }

    private List<String> command() throws IOException {
        final Path options = Path.of(System.getProperty("basedir", "."), "../config/jvm.options");
        assertTrue(Files.isReadable(options), options.toString());
        return List.of(
                "ip",
                "netns",
                "exec",
                host,
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "@" + options,
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                Integer.toString(hostDevice),
                HOST_IP);
    }

    /** A process that guards a device until it is killed. */
    static final class Holder {
        static final String READY = "ready";

        private Holder() {}

        public static void main(final String[] arguments) throws Exception {
            try (IngressGuard guard = IngressGuard.underlay(
                    Integer.parseInt(arguments[0]), InetAddress.getByName(arguments[1]), 4789, null)) {
                System.out.print(guard.limitation() + READY);
                System.out.flush();
                Thread.sleep(60_000);
            }
        }
    }
}
