package org.dvr.dataplane.io.afxdp;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.afxdp.AfXdpConfig.Attachment;
import org.dvr.dataplane.io.afxdp.AfXdpConfig.Copying;
import org.dvr.dataplane.io.testing.Namespaces;
import org.dvr.dataplane.io.testing.RawSocket;
import org.dvr.nat.memory.Words;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** AF_XDP over a veth pair between a peer, played by the kernel, and a host whose address the kernel has. */
@Tag("namespaces")
class AfXdpPortTest {
    private static final String PEER_IP = "192.0.2.1";
    private static final String HOST_IP = "192.0.2.2";
    private static final String PEER_IP6 = "2001:db8::1";
    private static final String HOST_IP6 = "2001:db8::2";
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final int CAPACITY = 2_048;
    private static final int MARGIN = 128;
    private static final byte[] INNER = TestFrames.ethernet("fa:16:3e:00:00:01", "fa:16:3e:00:00:02")
            .ipv4("10.0.0.1", "10.0.0.2")
            .udp(1, 2)
            .payload(30)
            .build();

    private final Namespaces namespaces = new Namespaces();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MARGIN + CAPACITY]);
    private final Offload offload = new Offload();
    private String peer;
    private String host;
    private String peerMac;
    private String hostMac;
    private RawSocket peerSocket;

    @BeforeEach
    void prepare() throws Exception {
        Namespaces.skipUnlessPossible();
        peer = namespaces.add();
        host = namespaces.add();
        namespaces.veth(peer, "p0 numtxqueues 2 numrxqueues 2", host, "h0 numtxqueues 2 numrxqueues 2");
        namespaces.in(peer, "ip addr add " + PEER_IP + "/24 dev p0");
        namespaces.in(host, "ip addr add " + HOST_IP + "/24 dev h0");
        peerMac = namespaces.in(peer, "cat /sys/class/net/p0/address").strip();
        hostMac = namespaces.in(host, "cat /sys/class/net/h0/address").strip();
        namespaces.in(host, "ip neigh add " + PEER_IP + " dev h0 lladdr " + peerMac);
        namespaces.in(peer, "ip neigh add " + HOST_IP + " dev p0 lladdr " + hostMac);
        final int peerDevice = namespaces.index(peer, "p0");
        peerSocket = namespaces.inside(peer, () -> new RawSocket(peerDevice));
        peerSocket.drain();
    }

    @AfterEach
    void tidy() throws Exception {
        if (peerSocket != null) {
            peerSocket.close();
        }
        namespaces.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Attachment.class,
            names = {"NATIVE", "GENERIC"})
    void shouldTakeTunnelTrafficAndLeaveTheRestToTheHost(final Attachment attachment) throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP).withMode(attachment, Copying.ANY))) {
            assertFalse(port.isZeroCopy());
            assertTrue(deviceLine().contains(attachment == Attachment.NATIVE ? " xdp " : " xdpgeneric "));
            assertTaken(port, udp(HOST_IP, 4789));
            assertTaken(port, gre());
            assertTaken(port, withOptions());
            assertLeft(port, udp(HOST_IP, 4790), "port unreachable");
            assertLeft(port, echo(), "echo");
            assertLeft(port, arp(), "ARP");
            final byte[] later = TestFrames.fragments(udpOf(3_000), 1_500).get(1);
            peerSocket.send(later);
            assertNull(next(port), "a later fragment has no port");
        }
        assertFalse(deviceLine().contains("xdp"), "gone when it is closed");
    }

    @Test
    void shouldTakeTunnelTrafficOverIpv6() throws Exception {
        final byte[] vxlan = TestFrames.ethernet(peerMac, hostMac)
                .ipv6(PEER_IP6, HOST_IP6)
                .udp(40_000, 4789)
                .payload(INNER)
                .build();
        final byte[] other = TestFrames.ethernet(peerMac, hostMac)
                .ipv6(PEER_IP6, "2001:db8::3")
                .udp(40_000, 4789)
                .payload(INNER)
                .build();
        try (AfXdpPort port = open(tunnels(HOST_IP6))) {
            assertTaken(port, vxlan);
            peerSocket.send(other);
            peerSocket.send(udp(HOST_IP, 4789));
            assertNull(next(port));
        }
    }

    @Test
    void shouldTakeArpForItsEndpointWhereTheKernelHasNoAddress() throws Exception {
        namespaces.in(host, "ip addr del " + HOST_IP + "/24 dev h0");
        final XdpTraffic traffic = new XdpTraffic.Tunnels(InetAddress.getByName(HOST_IP), 4789, true);
        try (AfXdpPort port = open(AfXdpConfig.wire("h0", traffic))) {
            assertTaken(port, arp());
            assertTaken(port, udp(HOST_IP, 4789));
            peerSocket.send(TestFrames.ethernet(peerMac, BROADCAST)
                    .arpRequest(peerMac, PEER_IP, "192.0.2.3")
                    .build());
            assertNull(next(port), "ARP for others");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Attachment.class,
            names = {"NATIVE", "GENERIC"})
    void shouldTakeEverythingOfAPhysicalNetwork(final Attachment attachment) throws Exception {
        final AfXdpPort port = open(AfXdpConfig.wire("h0", new XdpTraffic.All()).withMode(attachment, Copying.COPY));
        try {
            assertTrue(namespaces.in(host, "ip -d link show dev h0").contains("promiscuity 1"));
            assertTrue(port.describe().endsWith(", queues [0, 1]"), port.describe());
            assertTrue(namespaces.in(host, "ethtool -k h0").contains("rx-vlan-offload: off"), "tags stay in frames");
            assertTaken(
                    port,
                    TestFrames.ethernet(peerMac, BROADCAST)
                            .vlan(100)
                            .arpRequest(peerMac, PEER_IP, HOST_IP)
                            .build());
            assertTaken(port, echo());
            assertTaken(port, arp());
            assertTaken(
                    port,
                    TestFrames.ethernet(peerMac, "fa:16:3f:00:00:01")
                            .rawEtherType(0x88cc, new byte[50])
                            .build());
        } finally {
            namespaces.inside(host, () -> {
                port.close(); // what it undoes, it undoes where it is
                return null;
            });
        }
        assertTrue(namespaces.in(host, "ethtool -k h0").contains("rx-vlan-offload: on"), "as it was");
    }

    @Test
    void shouldSendBurstsInOrder() throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP))) {
            for (int burst = 0; burst < 20; burst++) {
                for (int i = 0; i < 200; i++) {
                    final byte[] frame = numbered(burst * 200 + i);
                    if (i % 3 == 0) {
                        assertTrue(port.transmit(new UnsafeBuffer(frame), 0, frame.length, offload, 0));
                        continue;
                    }
                    new UnsafeBuffer(port.place(frame.length), frame.length).putBytes(0, frame);
                    port.sendPlaced(frame.length, 0, 0);
                }
                port.flush();
                for (int i = 0; i < 200; i++) {
                    assertArrayEquals(numbered(burst * 200 + i), peerSocket.receive(500), "frame " + i);
                }
            }
        }
    }

    @Test
    void shouldRefuseFramesThatFindNoRoom() throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP).withQueues(List.of(0), 64))) {
            final byte[] frame = numbered(0);
            final UnsafeBuffer bytes = new UnsafeBuffer(frame);
            for (int i = 0; i < 64; i++) {
                assertTrue(port.transmit(bytes, 0, frame.length, offload, 0));
            }
            assertFalse(port.transmit(bytes, 0, frame.length, offload, 0), "the ring is full until it is flushed");
            assertEquals(PacketPort.FULL, port.place(frame.length));
            port.flush();
            assertEquals(64, peerSocket.drain());
            assertTrue(port.transmit(bytes, 0, frame.length, offload, 0));
            port.flush();
            assertFalse(port.transmit(new UnsafeBuffer(new byte[5_000]), 0, 5_000, offload, 0), "longer than a chunk");
        }
    }

    @Test
    void shouldShowFramesUntilTheNextBurst() throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP).withQueues(List.of(0), 64))) {
            for (int round = 1; round < 8; round++) { // more than there are chunks
                final List<Arrival> seen = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    peerSocket.send(udp(HOST_IP, 4789, new byte[] {(byte) round, (byte) i}));
                    RawSocket.isReadable(port.fd(), 500);
                    final Arrival arrival = new Arrival();
                    assertTrue(port.view(arrival, round) > 0);
                    seen.add(arrival);
                }
                for (int i = 0; i < 20; i++) {
                    assertEquals(round, Words.getByte(seen.get(i).at() + 42), "still there");
                    assertEquals(i, Words.getByte(seen.get(i).at() + 43));
                }
                assertEquals(PacketPort.NOTHING, port.view(new Arrival(), round));
            }
            assertEquals(0, port.missed());
        }
    }

    @Test
    void shouldCountWhatNobodyReceivedInTime() throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP).withQueues(List.of(0, 1), 64))) {
            for (int i = 0; i < 300; i++) {
                peerSocket.send(udp(HOST_IP, 4789));
            }
            int received = 0;
            while (next(port) != null) {
                received++;
            }
            assertTrue(received >= 64, "received " + received);
            assertEquals(300, received + port.missed());
            assertTaken(port, udp(HOST_IP, 4789));
        }
    }

    @Test
    void shouldServeAllQueues() throws Exception {
        try (AfXdpDevice device = namespaces.inside(host, () -> new AfXdpDevice(tunnels(HOST_IP)))) {
            assertEquals(List.of(0, 1), device.queues());
            assertTrue(device.describe().startsWith("h0: AF_XDP, native, queues [0, 1]"), device.describe());
            try (AfXdpPort first = namespaces.inside(host, () -> device.open(List.of(0)));
                    AfXdpPort second = namespaces.inside(host, () -> device.open(List.of(1)))) {
                sendFromManyPorts();
                assertTrue(next(first) != null && next(second) != null, "the peer spreads flows over its queues");
            }
            try (AfXdpPort both = namespaces.inside(host, () -> device.open(device.queues()))) {
                sendFromManyPorts();
                int received = 0;
                while (next(both) != null) {
                    received++;
                }
                assertEquals(64, received);
            }
        }
    }

    private void sendFromManyPorts() throws Exception {
        for (int i = 0; i < 64; i++) {
            namespaces.inside(peer, () -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    socket.send(new DatagramPacket(INNER, INNER.length, new InetSocketAddress(HOST_IP, 4789)));
                }
                return null;
            });
        }
    }

    @Test
    void shouldBeWaitedFor() throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP))) {
            assertFalse(RawSocket.isReadable(port.fd(), 10));
            peerSocket.send(udp(HOST_IP, 4789));
            assertTrue(RawSocket.isReadable(port.fd(), 1_000));
            assertNotNull(next(port));
            assertNull(next(port));
            assertFalse(RawSocket.isReadable(port.fd(), 10));
        }
    }

    /** A VXLAN device of the kernel at the other end: its ping is answered by us, the checksum of its TCP segments is left to us. */
    @ParameterizedTest
    @EnumSource(
            value = Attachment.class,
            names = {"NATIVE", "GENERIC"})
    void shouldTalkToAVxlanDeviceOfTheKernel(final Attachment attachment) throws Exception {
        namespaces.in(peer, "ip link add vx type vxlan id 77 dstport 4789 remote " + HOST_IP + " dev p0");
        namespaces.in(peer, "ip link set vx up mtu 1450");
        namespaces.in(peer, "ip addr add 10.0.0.1/24 dev vx");
        namespaces.in(peer, "ip neigh add 10.0.0.2 dev vx lladdr fa:16:3e:00:00:02");
        try (AfXdpPort port = open(tunnels(HOST_IP).withMode(attachment, Copying.ANY))) {
            final Thread ping = Thread.ofPlatform().start(() -> assertPings());
            byte[] frame = next(port);
            while (ping.isAlive()) {
                if (frame != null && frame[73] == 1) { // the inner protocol
                    answerEcho(port, frame);
                }
                frame = next(port);
            }
            assertTrue(isPinged);
            namespaces.inside(peer, () -> {
                try (Socket socket = new Socket()) {
                    assertThrows(IOException.class, () -> socket.connect(new InetSocketAddress("10.0.0.2", 80), 50));
                }
                return null;
            });
            frame = next(port);
            while (frame != null && frame[73] != 6) {
                frame = next(port);
            }
            assertNotNull(frame, "SYN");
            assertEquals(MARGIN + 84, offload.checksumAt);
            assertEquals(16, offload.checksumOffset);
            final int length = frame.length - 84;
            final int completed = InternetChecksum.fold(InternetChecksum.sum(new UnsafeBuffer(frame), 84, length, 0));
            new UnsafeBuffer(frame).putShort(84 + 16, (short) completed, BIG_ENDIAN);
            final int pseudo = InternetChecksum.pseudoHeader(0x0A000001, 0x0A000002, 6, length);
            assertEquals(0, InternetChecksum.fold(InternetChecksum.sum(new UnsafeBuffer(frame), 84, length, pseudo)));
        }
    }

    private volatile boolean isPinged;

    private void assertPings() {
        try {
            isPinged = namespaces.in(peer, "ping -c 5 -i 0.05 -W 2 10.0.0.2").contains(" 0% packet loss");
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }

    private void answerEcho(final AfXdpPort port, final byte[] request) {
        final byte[] reply = request.clone();
        for (final int ethernet : new int[] {0, 50}) {
            System.arraycopy(request, ethernet, reply, ethernet + 6, 6);
            System.arraycopy(request, ethernet + 6, reply, ethernet, 6);
            System.arraycopy(request, ethernet + 26, reply, ethernet + 30, 4);
            System.arraycopy(request, ethernet + 30, reply, ethernet + 26, 4);
        }
        reply[84] = 0; // echo reply: the sum falls by 0x0800
        final UnsafeBuffer bytes = new UnsafeBuffer(reply);
        bytes.putShort(40, (short) 0); // the outer checksum was left to the device too
        bytes.putShort(86, (short) 0);
        final int sum = InternetChecksum.fold(InternetChecksum.sum(bytes, 84, reply.length - 84, 0));
        bytes.putShort(86, (short) sum, BIG_ENDIAN);
        assertTrue(port.transmit(bytes, 0, reply.length, offload, 0));
        port.flush();
    }

    @Test
    void shouldSayWhenItsDeviceIsGone() throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP))) {
            assertFalse(port.isGone());
            namespaces.in(host, "ip link set h0 down");
            assertFalse(port.isGone(), "down is not gone");
            namespaces.in(host, "ip link set h0 up");
            assertTaken(port, udp(HOST_IP, 4789));
            namespaces.in(host, "ip link del h0");
            assertTrue(port.isGone());
            assertTrue(port.isGone(), "and stays so");
            assertNull(next(port));
            assertTrue(port.transmit(buffer, 0, 60, offload, 0));
            port.flush();
        }
    }

    @Test
    void shouldAllocateNothing() throws Exception {
        try (AfXdpPort port = open(tunnels(HOST_IP))) {
            final byte[] frame = udp(HOST_IP, 4789);
            final UnsafeBuffer bytes = new UnsafeBuffer(numbered(1));
            AllocationGuard.assertAllocatesNothing(20_000, () -> {
                sendOrFail(frame);
                port.transmit(bytes, 0, bytes.capacity(), offload, 0);
                port.flush();
                received += port.receive(buffer, 0, CAPACITY, offload) == frame.length ? 1 : 0;
            });
            assertTrue(received >= 20_000, "received " + received);
        }
    }

    private int received;

    private void sendOrFail(final byte[] frame) {
        try {
            peerSocket.send(frame);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldSayWhyADeviceCannotBeUsed() throws Exception {
        assertUnusable("h1: no such device", AfXdpConfig.wire("h1", new XdpTraffic.All()));
        assertUnusable("h0: has no queue 5", tunnels(HOST_IP).withQueues(List.of(5), 64));
        assertUnusable(
                "h0: its driver does not do zero-copy AF_XDP",
                tunnels(HOST_IP).withMode(Attachment.ANY, Copying.ZERO_COPY));
        try (AfXdpPort port = open(tunnels(HOST_IP))) {
            assertUnusable(
                    "h0: another XDP program is attached (ip link show dev h0): end its owner, or take it off: "
                            + "ip link set dev h0 xdp off",
                    tunnels(HOST_IP));
            assertTaken(port, udp(HOST_IP, 4789));
        }
        try (AfXdpDevice device = namespaces.inside(host, () -> new AfXdpDevice(tunnels(HOST_IP)));
                AfXdpPort port = namespaces.inside(host, () -> device.open(List.of(0)))) {
            assertFalse(port.isGone());
            final UnusableDeviceException taken = assertThrows(
                    UnusableDeviceException.class, () -> namespaces.inside(host, () -> device.open(List.of(0))));
            assertEquals("h0: queue 0 is taken by another AF_XDP socket: another forwarder?", taken.getMessage());
        }
        namespaces.in(peer, "ip link set p0 mtu 9000");
        assertUnusable(
                "h0: its driver does not run XDP programs, or not with its present settings: "
                        + "cannot attach a BPF program: Numerical result out of range",
                tunnels(HOST_IP).withMode(Attachment.NATIVE, Copying.ANY));
        try (AfXdpPort port = open(tunnels(HOST_IP))) {
            assertTrue(deviceLine().contains("xdpgeneric"), "falls back");
            assertTaken(port, udp(HOST_IP, 4789));
        }
        namespaces.in(host, "ip link set h0 mtu 9000");
        assertUnusable(
                "h0: its MTU of 9000 is more than AF_XDP carries here (3822): use afpacket, or lower it",
                tunnels(HOST_IP));
        assertFalse(deviceLine().contains("xdp"), "nothing stays behind");
    }

    private void assertUnusable(final String message, final AfXdpConfig config) {
        final UnusableDeviceException unusable = assertThrows(UnusableDeviceException.class, () -> open(config));
        assertEquals(message, unusable.getMessage());
    }

    @Test
    void shouldLeaveNothingBehindWhenItsProcessIsKilled() throws Exception {
        final Process process =
                new ProcessBuilder(command()).redirectErrorStream(true).start();
        try {
            final byte[] ready = process.getInputStream().readNBytes(Holder.READY.length());
            assertEquals(Holder.READY, new String(ready, StandardCharsets.US_ASCII));
            assertTrue(deviceLine().contains(" xdp "));
        } finally {
            process.destroyForcibly();
        }
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        assertFalse(deviceLine().contains("xdp"));
        try (AfXdpPort port = open(tunnels(HOST_IP))) {
            assertTaken(port, udp(HOST_IP, 4789));
        }
    }

    /** CAP_PERFMON is not needed; memory is locked within RLIMIT_MEMLOCK only where CAP_IPC_LOCK is missing. */
    @Test
    void shouldNeedThreeCapabilitiesOnly() throws Exception {
        assertEquals(Holder.READY, outputWith("+net_raw,+net_admin,+bpf"));
        assertTrue(outputWith("+net_raw,+net_admin").contains("h0: cannot make a BPF map: Operation not permitted"));
        assertTrue(outputWith("+net_raw,+bpf").contains("Operation not permitted"));
        assertTrue(outputWith("+net_admin,+bpf").contains("h0: cannot open an AF_XDP socket: Operation not permitted"));
    }

    private String outputWith(final String capabilities) throws Exception {
        final List<String> words =
                new ArrayList<>(command("setpriv", "--bounding-set=-all," + capabilities, "--inh-caps=-all"));
        words.add("at once");
        final Process process =
                new ProcessBuilder(words).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        return output;
    }

    private List<String> command(final String... prefix) {
        final List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", host));
        words.addAll(List.of(prefix));
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "@" + Path.of(System.getProperty("basedir", "."), "../config/jvm.options"),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                HOST_IP));
        return words;
    }

    /** A process that has a device until it is killed. */
    static final class Holder {
        static final String READY = "ready";

        private Holder() {}

        public static void main(final String[] arguments) throws Exception {
            final XdpTraffic traffic = new XdpTraffic.Tunnels(InetAddress.getByName(arguments[0]), 4789, false);
            // A ring that fits where little memory may be locked.
            final AfXdpConfig config = AfXdpConfig.wire("h0", traffic).withQueues(List.of(), 64);
            try (AfXdpPort port = AfXdpPort.open(config)) {
                System.out.print(port.isGone() ? "gone" : READY);
                System.out.flush();
                Thread.sleep(arguments.length > 1 ? 0 : 60_000);
            }
        }
    }

    private String deviceLine() throws Exception {
        return namespaces.in(host, "ip link show dev h0");
    }

    private static AfXdpConfig tunnels(final String ip) throws IOException {
        return AfXdpConfig.wire("h0", new XdpTraffic.Tunnels(InetAddress.getByName(ip), 4789, false));
    }

    private AfXdpPort open(final AfXdpConfig config) throws Exception {
        return namespaces.inside(host, () -> AfXdpPort.open(config));
    }

    private void assertTaken(final AfXdpPort port, final byte[] frame) throws IOException {
        peerSocket.send(frame);
        byte[] received = next(port);
        while (received != null && !Arrays.equals(frame, received)) {
            received = next(port); // the kernel's own chatter
        }
        assertNotNull(received, "not received: " + HexFormat.of().formatHex(frame));
        assertFalse(isAnswered(), "the kernel has answered");
    }

    private void assertLeft(final AfXdpPort port, final byte[] frame, final String what) throws IOException {
        peerSocket.send(frame);
        assertTrue(isAnswered(), "the kernel has not answered: " + what);
        assertNull(next(port), what);
    }

    private boolean isAnswered() {
        final byte[] toPeer = HexFormat.ofDelimiter(":").parseHex(peerMac);
        boolean isAnswered = false;
        for (byte[] next = peerSocket.receive(20); next != null; next = peerSocket.receive(20)) {
            isAnswered |= Arrays.equals(toPeer, 0, toPeer.length, next, 0, toPeer.length);
        }
        return isAnswered;
    }

    /** Answers the next frame, or null when none comes within some milliseconds. */
    private byte[] next(final AfXdpPort port) {
        RawSocket.isReadable(port.fd(), 50);
        offload.clear();
        final int length = port.receive(buffer, MARGIN, CAPACITY, offload);
        if (length == PacketPort.NOTHING) {
            return null;
        }
        final byte[] frame = new byte[length];
        buffer.getBytes(MARGIN, frame);
        return frame;
    }

    private byte[] udp(final String ip, final int port, final byte[] payload) {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, ip)
                .udp(40_000, port)
                .payload(payload)
                .build();
    }

    private byte[] udp(final String ip, final int port) {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, ip)
                .udp(40_000, port)
                .payload(INNER)
                .build();
    }

    private byte[] udpOf(final int length) {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, HOST_IP)
                .udp(40_000, 4789)
                .payload(length)
                .build();
    }

    private byte[] withOptions() {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, HOST_IP)
                .options(new byte[] {1, 1, 1, 1})
                .udp(40_000, 4789)
                .payload(INNER)
                .build();
    }

    private byte[] gre() {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, HOST_IP)
                .protocol(47, new byte[] {0x20, 0, 0x65, 0x58, 0, 0, 0, 5})
                .build();
    }

    private byte[] echo() {
        return TestFrames.ethernet(peerMac, hostMac)
                .ipv4(PEER_IP, HOST_IP)
                .icmpEcho(7, 1)
                .build();
    }

    private byte[] arp() {
        return TestFrames.ethernet(peerMac, BROADCAST)
                .arpRequest(peerMac, PEER_IP, HOST_IP)
                .build();
    }

    private byte[] numbered(final int number) {
        return TestFrames.ethernet(hostMac, peerMac)
                .ipv4(HOST_IP, PEER_IP)
                .udp(40_000, 4789)
                .payload(new byte[] {
                    (byte) (number >>> 8), (byte) number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
                })
                .build();
    }
}
