package org.dvr.dataplane.io.afpacket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.InternetChecksum;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.afpacket.AfPacketConfig.Fanout;
import org.dvr.dataplane.io.afpacket.AfPacketConfig.Receive;
import org.dvr.dataplane.io.afpacket.AfPacketConfig.Transmit;
import org.dvr.dataplane.io.guard.IngressGuard;
import org.dvr.dataplane.io.shortcut.ShortcutMaps;
import org.dvr.dataplane.io.sys.Interfaces;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.testing.Namespace;
import org.dvr.nat.memory.Words;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Between the kernel's own stacks in namespaces: what they send must arrive whole, and what a port sends must be as if another of them had. */
@Tag("namespaces")
class AfPacketPortTest {
    private static final int CAPACITY = 70_000;
    private static final int ETHER_TYPE = 0x88b5; // local experiments (IEEE 802)
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;
    private static final int CAP_BPF = 39;
    private static final int CAP_LAST = 40;
    private static final int CAP_SYS_ADMIN = 21; // which implies it here
    private static final int POLLIN = 1;
    private static final int POLLERR = 8;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private final UnsafeBuffer bytes = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, 64));
    private final Offload offload = new Offload();
    private Namespace host;
    private Namespace guest;
    private Namespace other;

    @BeforeEach
    void makeNamespaces() {
        Namespace.skipUnlessPossible();
        host = new Namespace();
        guest = new Namespace();
        other = new Namespace();
        host.pair("tap-a", guest, "eth0");
        host.pair("tap-b", other, "eth0");
        guest.inside("ip", "address", "add", "10.0.0.1/24", "dev", "eth0");
        other.inside("ip", "address", "add", "10.0.0.2/24", "dev", "eth0");
    }

    @AfterEach
    void removeNamespaces() {
        for (final Namespace each : Arrays.asList(host, guest, other)) {
            if (each != null) {
                each.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Receive.class)
    void shouldReceiveADatagramWithItsOffload(final Receive receive) throws Exception {
        try (AfPacketPort port = open(AfPacketConfig.guest("tap-a").withReceive(receive))) {
            neighbor();
            final byte[] payload = new byte[600];
            new Random(1).nextBytes(payload);
            send(payload, 1);
            assertEquals(14 + 20 + 8 + payload.length, await(port, 128, CAPACITY - 128));
            assertEquals(0x0800, bytes.getShort(128 + 12, ByteOrder.BIG_ENDIAN));
            assertArrayEquals(payload, bytes(128 + 42, payload.length));
            assertTrue(offload.hasPartialChecksum());
            assertEquals(128 + 34, offload.checksumAt);
            assertEquals(6, offload.checksumOffset);
            assertFalse(offload.isLargeSegment());
            assertEquals(PacketPort.NOTHING, port.receive(bytes, 0, CAPACITY, offload));
        }
    }

    @ParameterizedTest
    @EnumSource(Receive.class)
    void shouldTellTheLengthOfAFrameThatIsTooLong(final Receive receive) throws Exception {
        try (AfPacketPort port = open(AfPacketConfig.guest("tap-a").withReceive(receive))) {
            neighbor();
            bytes.putByte(200, (byte) 0xa5);
            send(new byte[1_000], 1);
            assertEquals(14 + 20 + 8 + 1_000, await(port, 0, 200));
            assertEquals((byte) 0xa5, bytes.getByte(200));
        }
    }

    @Test
    void shouldShowFramesUntilTheNextBurst() throws Exception {
        final int slots = 32;
        try (AfPacketPort port = open(AfPacketConfig.guest("tap-a").withRing(slots, 2_048))) {
            neighbor();
            drain(port);
            for (int round = 1; round <= 4; round++) {
                final List<Arrival> seen = new ArrayList<>();
                assertEquals(PacketPort.NOTHING, port.view(new Arrival(), round), "and the slots are free");
                for (int i = 0; i < slots + 3; i++) { // the last three find no room
                    send(new byte[] {(byte) round, (byte) i}, 1);
                }
                for (int i = 0; i < slots; i++) {
                    final Arrival arrival = shown(port, round);
                    assertEquals(34, arrival.checksumStart(), "of UDP");
                    assertEquals(6, arrival.checksumOffset());
                    seen.add(arrival);
                }
                for (int i = 0; i < slots; i++) {
                    assertEquals(round, Words.getByte(seen.get(i).at() + 42), "still there");
                    assertEquals(i, Words.getByte(seen.get(i).at() + 43));
                }
                assertEquals(PacketPort.NOTHING, port.view(new Arrival(), round), "all are shown");
            }
            assertEquals(12, port.missed());
        }
    }

    private static Arrival shown(final PacketPort port, final long burst) {
        final Arrival arrival = new Arrival();
        final long start = System.nanoTime();
        while (port.view(arrival, burst) < 0 && System.nanoTime() - start < PATIENCE_NS) {
            Thread.onSpinWait();
        }
        return arrival;
    }

    // A block holds three of the longest segments, and a guest sends more than all hold at once: TCP gets over it.
    @ParameterizedTest
    @CsvSource({"FRAMES, PROGRAM", "FRAMES, BATCH", "FRAMES, RING", "BLOCKS, BATCH"})
    void shouldCarryWhatStacksSendByDefault(final Receive receive, final Transmit transmit) throws Exception {
        try (Wire wire = new Wire(
                AfPacketConfig.guest("tap-a").withReceive(receive).withTransmit(transmit, true),
                AfPacketConfig.guest("tap-b").withReceive(receive).withTransmit(transmit, false))) {
            guest.inside("ping", "-c", "3", "-i", "0.05", "-W", "2", "10.0.0.2");
            // Fragments: many frames back to back.
            guest.inside("ping", "-c", "3", "-i", "0.05", "-W", "2", "-s", "20000", "10.0.0.2");
            transfer("10.0.0.2", 30 << 20);
            assertTrue(wire.longest > 20_000, () -> "no large segments, longest=" + wire.longest);
            assertEquals(0, wire.refused(), "refused");
            if (receive == Receive.FRAMES) {
                assertEquals(0, wire.missed(), "missed");
            }
        }
    }

    @Test
    void shouldCarryLargeDatagramsToBeCut() throws Exception {
        try (Wire wire = new Wire(AfPacketConfig.guest("tap-a"), AfPacketConfig.guest("tap-b"))) {
            final CompletableFuture<String> server = other.start(() -> {
                try (DatagramSocket socket = new DatagramSocket(7_000)) {
                    socket.setSoTimeout(10_000);
                    final StringBuilder lengths = new StringBuilder();
                    for (int i = 0; i < 4; i++) {
                        final DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
                        socket.receive(packet);
                        lengths.append(packet.getLength()).append(' ');
                    }
                    return lengths.toString();
                }
            });
            Thread.sleep(200);
            final String script = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
                    + "s.setsockopt(17, 103, 1000); s.sendto(b'x' * 3500, ('10.0.0.2', 7000))"; // UDP_SEGMENT
            guest.inside("python3", "-c", script);
            assertEquals("1000 1000 1000 500 ", server.get(20, TimeUnit.SECONDS));
            assertTrue(wire.longest > 3_500, () -> "cut before, longest=" + wire.longest);
        }
    }

    @ParameterizedTest
    @EnumSource(Receive.class)
    void shouldPutTagsBack(final Receive receive) throws Exception {
        try (AfPacketPort to = open(AfPacketConfig.guest("tap-a").withReceive(receive));
                AfPacketPort from = guest.call(() -> new AfPacketPort(AfPacketConfig.guest("eth0")))) {
            for (final int length : new int[] {64, 9_000}) { // one in the ring, one beside it
                experiment(length);
                bytes.putInt(12, 0x88a8_a007, ByteOrder.BIG_ENDIAN); // a service tag
                bytes.putInt(16, 0x8100_0009, ByteOrder.BIG_ENDIAN);
                bytes.putByte(length - 1, (byte) 0x5a);
                offload.checksumAt = 40;
                offload.checksumOffset = 6;
                final byte[] sent = bytes(0, length);
                guest.inside("ip", "link", "set", "eth0", "mtu", "16000");
                host.inside("ip", "link", "set", "tap-a", "mtu", "16000");
                assertTrue(from.transmit(bytes, 0, length, offload, 0));
                from.flush();
                assertEquals(length, await(to, 64, CAPACITY - 64));
                assertArrayEquals(sent, bytes(64, length));
                assertEquals(64 + 40, offload.checksumAt);
                assertEquals(6, offload.checksumOffset);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Receive.class)
    void shouldCountWhatItHadNoRoomFor(final Receive receive) throws Exception {
        try (AfPacketPort port =
                open(AfPacketConfig.guest("tap-a").withReceive(receive).withRing(32, 2_048))) {
            neighbor();
            final int sent = 5_000;
            send(new byte[1_000], sent);
            final int received = drain(port);
            assertTrue(received >= 32 && received < sent, () -> "received=" + received);
            assertEquals(sent, received + port.missed());
            assertEquals(sent, received + port.missed(), "asked again");
        }
    }

    @ParameterizedTest
    @EnumSource(Transmit.class)
    void shouldSeeTheLinkGoAndComeAndTheDeviceEnd(final Transmit transmit) throws Exception {
        try (AfPacketPort port = open(AfPacketConfig.guest("tap-a").withTransmit(transmit, true))) {
            neighbor();
            assertFalse(port.isGone());
            host.inside("ip", "link", "set", "tap-a", "down");
            assertFalse(port.isGone());
            experiment(port, 5);
            assertEquals(5, port.refused());
            host.inside("ip", "link", "set", "tap-a", "up");
            awaitCarrier();
            send(new byte[10], 1);
            assertEquals(14 + 28 + 10, await(port, 0, CAPACITY));
            experiment(port, 1);
            host.inside("ip", "link", "delete", "tap-a");
            assertTrue(port.isGone());
            assertEquals(PacketPort.NOTHING, port.receive(bytes, 0, CAPACITY, offload));
            final long refused = port.refused();
            experiment(port, 5);
            assertEquals(refused + 5, port.refused());
        }
    }

    @ParameterizedTest
    @EnumSource(Transmit.class)
    void shouldRefuseOnlyWhatIsTooLongForTheDevice(final Transmit transmit) throws Exception {
        try (AfPacketPort from = open(AfPacketConfig.guest("tap-a").withTransmit(transmit, true));
                AfPacketPort to = guest.call(() -> new AfPacketPort(AfPacketConfig.guest("eth0")))) {
            for (final int length : new int[] {100, 1_900, 200}) {
                experiment(length);
                assertTrue(from.transmit(bytes, 0, length, offload, 0));
            }
            from.flush();
            assertEquals(100, await(to, 0, CAPACITY));
            assertEquals(200, await(to, 0, CAPACITY));
            assertEquals(PacketPort.NOTHING, to.receive(bytes, 0, CAPACITY, offload));
            assertEquals(1, from.refused());
        }
    }

    @ParameterizedTest
    @CsvSource({"FRAMES, PROGRAM", "FRAMES, BATCH", "FRAMES, RING", "BLOCKS, BATCH"})
    void shouldAllocateNothing(final Receive receive, final Transmit transmit) throws Exception {
        try (AfPacketPort from = open(AfPacketConfig.guest("tap-a").withTransmit(transmit, true));
                AfPacketPort to = guest.call(() -> new AfPacketPort(
                        AfPacketConfig.guest("eth0").withReceive(receive).withRing(65_536, 2_048)))) {
            experiment(60);
            final int[] received = new int[1];
            final Runnable burst = () -> {
                for (int i = 0; i < 4; i++) {
                    from.transmit(bytes, 0, 60, offload, 0);
                }
                from.flush();
                while (to.receive(bytes, 0, CAPACITY, offload) > 0) {
                    received[0]++;
                }
            };
            host.call(() -> {
                AllocationGuard.assertAllocatesNothing(50_000, burst);
                return null;
            });
            assertEquals(0, from.refused());
            assertTrue(received[0] > 1_000, () -> "received=" + received[0]);
        }
    }

    @Test
    void shouldCompleteChecksumsOfBursts() throws Exception {
        try (AfPacketPort port = open(AfPacketConfig.guest("tap-a"))) {
            assertEquals("", port.limitation());
            final CompletableFuture<String> receiver = guest.start(() -> {
                try (DatagramSocket socket = new DatagramSocket(7_000)) {
                    socket.setSoTimeout(10_000);
                    final StringBuilder lengths = new StringBuilder();
                    for (int i = 0; i < 6; i++) {
                        final DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
                        socket.receive(packet);
                        lengths.append(packet.getLength()).append(' ');
                    }
                    return lengths.toString();
                }
            });
            Thread.sleep(200);
            final String mac =
                    guest.inside("cat", "/sys/class/net/eth0/address").strip();
            host.call(() -> {
                for (int i = 0; i < 6; i++) { // of all lengths, so that the socket buffer has to grow and shrink
                    final byte[] frame = TestFrames.ethernet("02:00:00:00:00:09", mac)
                            .ipv4("10.0.0.9", "10.0.0.1")
                            .udp(5, 7_000)
                            .payload(1 + 200 * ((i * 5) % 6 + i % 2))
                            .build();
                    offload.clear();
                    bytes.putBytes(0, frame);
                    final int sum = InternetChecksum.pseudoHeader(0x0a00_0009, 0x0a00_0001, 17, frame.length - 34);
                    bytes.putShort(40, (short) sum, ByteOrder.BIG_ENDIAN);
                    offload.checksumAt = 34;
                    offload.checksumOffset = 6;
                    assertTrue(port.transmit(bytes, 0, frame.length, offload, 0));
                }
                port.flush();
                return null;
            });
            assertEquals("1 1201 801 801 401 401 ", receiver.get(20, TimeUnit.SECONDS));
            assertEquals(0, port.refused());
        }
    }

    @Test
    void shouldSendOneByOneFromElsewhere() throws Exception {
        try (AfPacketPort port = open(AfPacketConfig.guest("tap-a"));
                AfPacketPort to = guest.call(() -> new AfPacketPort(AfPacketConfig.guest("eth0")))) {
            experiment(60);
            for (int i = 0; i < 10; i++) { // not in the device's namespace, where its index may be another device's
                port.transmit(bytes, 0, 60, offload, 0);
            }
            port.flush();
            assertEquals(10, drain(to));
            assertEquals(0, port.refused());
        }
    }

    @Test
    void shouldLeaveNothingOpen() throws Exception {
        final Path descriptors = Path.of("/proc/self/fd");
        open(AfPacketConfig.guest("tap-a")).close();
        final int before = descriptors.toFile().list().length;
        for (final Transmit transmit : Transmit.values()) {
            open(AfPacketConfig.guest("tap-a").withTransmit(transmit, true)).close();
            refusal(() -> open(AfPacketConfig.guest("tap-z").withTransmit(transmit, true)));
        }
        assertEquals(before, descriptors.toFile().list().length);
    }

    @Test
    void shouldSendOneByOneWhereProgramsAreNotPermitted() throws Exception {
        try (AfPacketPort port = host.call(() -> {
                    Namespace.giveUp(CAP_NET_ADMIN);
                    Namespace.giveUp(CAP_SYS_ADMIN);
                    return new AfPacketPort(AfPacketConfig.guest("tap-a"));
                });
                AfPacketPort to = guest.call(() -> new AfPacketPort(AfPacketConfig.guest("eth0")))) {
            assertTrue(port.limitation().contains("CAP_NET_ADMIN"), port::limitation);
            experiment(port, 10);
            assertEquals(10, drain(to));
        }
    }

    /** Those of the systemd unit: CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF. */
    @Test
    void shouldBeAsFastWithThreePrivileges() throws Exception {
        final List<String> limitations = host.call(() -> {
            for (int capability = 0; capability <= CAP_LAST; capability++) {
                if (capability != CAP_NET_ADMIN && capability != CAP_NET_RAW && capability != CAP_BPF) {
                    Namespace.giveUp(capability);
                }
            }
            try (ShortcutMaps shortcuts = new ShortcutMaps(1);
                    IngressGuard guard = IngressGuard.all(Interfaces.indexOf(new Libc(), "tap-a"), shortcuts);
                    AfPacketPort guest = new AfPacketPort(AfPacketConfig.guest("tap-a"), shortcuts);
                    AfPacketPort wire = new AfPacketPort(
                            AfPacketConfig.wire("tap-b", TunnelFilter.of(1, 0, 0))
                                    .withTunnels(),
                            shortcuts)) {
                assertTrue(wire.takesTunnelSegments());
                assertNotEquals(0, guest.shortcutDevice());
                return List.of(guard.limitation(), guest.limitation(), wire.limitation());
            }
        });
        assertEquals(List.of("", "", ""), limitations);
    }

    @Test
    void shouldShareAFanout() throws Exception {
        final AfPacketConfig config = AfPacketConfig.guest("tap-a").withFanout(77, Fanout.HASH);
        try (AfPacketPort one = open(config);
                AfPacketPort two = open(config)) {
            neighbor();
            experiment(one, 5); // none of which must come back
            guest.call(() -> {
                for (int i = 0; i < 200; i++) {
                    try (DatagramSocket socket = new DatagramSocket()) {
                        socket.send(new DatagramPacket(new byte[10], 10, InetAddress.getByName("10.0.0.9"), 1_000 + i));
                    }
                }
                return null;
            });
            final int first = drain(one);
            final int second = drain(two);
            assertEquals(200, first + second);
            assertTrue(first > 20 && second > 20, () -> "first=" + first + " second=" + second);
        }
    }

    @Test
    void shouldReceiveOnlyWhatItsFilterAccepts() throws Exception {
        final PacketFilter filter = TunnelFilter.of(Ipv4Address.parse("10.0.0.9"), 0, 0);
        try (AfPacketPort port = open(AfPacketConfig.wire("tap-a", filter))) {
            neighbor();
            guest.call(() -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    for (final int to : new int[] {53, VxlanHeader.PORT, 4_790}) {
                        socket.send(new DatagramPacket(new byte[50], 50, InetAddress.getByName("10.0.0.9"), to));
                    }
                }
                return null;
            });
            assertEquals(14 + 28 + 50, await(port, 0, CAPACITY));
            assertEquals(VxlanHeader.PORT, bytes.getShort(36, ByteOrder.BIG_ENDIAN));
            assertEquals(0, drain(port));
        }
    }

    @Test
    void shouldReceiveForeignMacsWherePromiscuous() throws Exception {
        assertEquals(0, promiscuity());
        try (AfPacketPort port = open(AfPacketConfig.wire("tap-a", null))) {
            assertEquals(1, promiscuity());
            assertFalse(port.isGone());
        }
        assertEquals(0, promiscuity());
    }

    private int promiscuity() {
        final String words = host.inside("ip", "-details", "link", "show", "tap-a");
        return Integer.parseInt(words.replaceAll("(?s).*promiscuity (\\d+).*", "$1"));
    }

    @Test
    void shouldSayThatThereIsNoSuchDevice() {
        assertEquals("tap-z: no such device", refusal(() -> open(AfPacketConfig.guest("tap-z"))));
    }

    @Test
    void shouldSayWhichPrivilegeIsMissing() throws Exception {
        final String said = host.call(() -> {
            Namespace.giveUp(CAP_NET_RAW);
            return refusal(() -> new AfPacketPort(AfPacketConfig.guest("tap-a")));
        });
        assertEquals("tap-a: needs CAP_NET_RAW: run as root or setcap/systemd AmbientCapabilities", said);
    }

    @Test
    void shouldSayThatAFanoutIsOfAnotherKind() throws Exception {
        final AfPacketConfig config = AfPacketConfig.guest("tap-a");
        try (AfPacketPort port = open(config.withFanout(5, Fanout.HASH))) {
            assertEquals(
                    "tap-a: PACKET_FANOUT of group 5: Invalid argument",
                    refusal(() -> open(config.withFanout(5, Fanout.CPU))));
            assertFalse(port.isGone());
        }
    }

    private static String refusal(final Executable opening) {
        return assertThrows(UnusableDeviceException.class, opening).getMessage();
    }

    @Test
    void shouldWakeWhoPollsForIt() throws Exception {
        final UnsafeBuffer descriptor = new UnsafeBuffer(BufferUtil.allocateDirectAligned(8, 8)); // struct pollfd
        final Libc libc = new Libc();
        try (AfPacketPort port = open(AfPacketConfig.guest("tap-a"))) {
            neighbor();
            descriptor.putInt(0, port.fd());
            descriptor.putShort(4, (short) POLLIN);
            assertEquals(0, libc.poll(descriptor.addressOffset(), 1, 0));
            final CompletableFuture<Integer> woken = host.start(() -> libc.poll(descriptor.addressOffset(), 1, 5_000));
            send(new byte[10], 1);
            assertEquals(1, woken.get(10, TimeUnit.SECONDS));
            assertEquals(POLLIN, descriptor.getShort(6));
            assertEquals(14 + 28 + 10, await(port, 0, CAPACITY));
            assertEquals(0, libc.poll(descriptor.addressOffset(), 1, 0));
            host.inside("ip", "link", "set", "tap-a", "down");
            assertEquals(1, libc.poll(descriptor.addressOffset(), 1, 0));
            assertEquals(POLLERR, descriptor.getShort(6) & POLLERR);
            assertFalse(port.isGone());
            assertEquals(0, libc.poll(descriptor.addressOffset(), 1, 0), "an error that was asked about");
        }
    }

    private AfPacketPort open(final AfPacketConfig config) throws Exception {
        return unwrapped(() -> host.call(() -> new AfPacketPort(config)));
    }

    private static <T> T unwrapped(final Callable<T> action) throws Exception {
        try {
            return action.call();
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void neighbor() {
        guest.inside(
                "ip",
                "neighbor",
                "replace",
                "10.0.0.9",
                "lladdr",
                "02:00:00:00:00:09",
                "dev",
                "eth0",
                "nud",
                "permanent");
    }

    private void send(final byte[] payload, final int times) throws Exception {
        guest.call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                for (int i = 0; i < times; i++) {
                    socket.send(new DatagramPacket(payload, payload.length, InetAddress.getByName("10.0.0.9"), 1_000));
                }
            }
            return null;
        });
    }

    /** A frame that no stack answers. */
    private void experiment(final int length) {
        offload.clear();
        bytes.setMemory(0, length, (byte) 0);
        bytes.setMemory(0, 6, (byte) 0xff);
        bytes.putByte(6, (byte) 2);
        bytes.putShort(12, (short) ETHER_TYPE, ByteOrder.BIG_ENDIAN);
    }

    private void experiment(final PacketPort port, final int times) throws Exception {
        experiment(60);
        host.call(() -> {
            for (int i = 0; i < times; i++) {
                port.transmit(bytes, 0, 60, offload, 0);
            }
            port.flush();
            return null;
        });
    }

    private int await(final PacketPort port, final int offset, final int capacity) {
        final long start = System.nanoTime();
        offload.clear();
        int length;
        do {
            length = port.receive(bytes, offset, capacity, offload);
            Thread.onSpinWait();
        } while (length == PacketPort.NOTHING && System.nanoTime() - start < PATIENCE_NS);
        return length;
    }

    /** Until nothing has come for some milliseconds. */
    private int drain(final PacketPort port) throws InterruptedException {
        int count = 0;
        for (int idle = 0; idle < 20; idle++) {
            while (port.receive(bytes, 0, CAPACITY, offload) != PacketPort.NOTHING) {
                count++;
                idle = 0;
            }
            Thread.sleep(1);
        }
        return count;
    }

    private void awaitCarrier() throws InterruptedException {
        final long start = System.nanoTime();
        while (!guest.inside("ip", "link", "show", "eth0").contains("state UP")
                && System.nanoTime() - start < PATIENCE_NS) {
            Thread.sleep(10);
        }
    }

    private byte[] bytes(final int offset, final int length) {
        final byte[] copy = new byte[length];
        bytes.getBytes(offset, copy);
        return copy;
    }

    /** Random bytes from the guest to the other and back, over TCP with the devices' default settings. */
    private void transfer(final String address, final int length) throws Exception {
        final byte[] content = new byte[length];
        new Random(7).nextBytes(content);
        final CompletableFuture<Integer> port = new CompletableFuture<>();
        final CompletableFuture<byte[]> server = other.start(() -> {
            try (ServerSocket listening = new ServerSocket()) {
                listening.bind(new InetSocketAddress(address, 0));
                listening.setSoTimeout(20_000);
                port.complete(listening.getLocalPort());
                try (Socket socket = listening.accept()) {
                    final byte[] received = new byte[length];
                    new DataInputStream(socket.getInputStream()).readFully(received);
                    socket.getOutputStream().write(received);
                    return received;
                }
            }
        });
        final byte[] returned = guest.call(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port.get(10, TimeUnit.SECONDS)), 5_000);
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(content);
                final InputStream in = socket.getInputStream();
                return in.readNBytes(length);
            }
        });
        assertArrayEquals(content, server.get(20, TimeUnit.SECONDS));
        assertArrayEquals(content, returned);
    }

    /** Two ports and a thread that carries frames from each to the other. */
    private final class Wire implements AutoCloseable {
        private static final int BURST = 32;

        private final AfPacketPort one;
        private final AfPacketPort two;
        private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, 64));
        private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        private final Arrival[] seenFrames = new Arrival[BURST];
        private long burst;
        private final Offload left = new Offload();
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final CompletableFuture<Void> end;
        private volatile int longest;

        Wire(final AfPacketConfig one, final AfPacketConfig two) throws Exception {
            Arrays.setAll(seenFrames, i -> new Arrival());
            this.one = open(one);
            this.two = open(two);
            end = host.start(() -> {
                work();
                return null;
            });
        }

        private void work() {
            while (!isOver.get()) {
                if (carry(one, two) + carry(two, one) == 0) {
                    LockSupport.parkNanos(20_000);
                }
            }
        }

        /** Takes what a port shows where it lies, and writes it where the other one sends it from. */
        private int carry(final PacketPort from, final PacketPort to) {
            int count = 0;
            int seen = 0;
            burst++;
            while (count < BURST) {
                final int shown = from.view(seenFrames[seen], burst);
                if (shown >= 0) {
                    seen++;
                    count++;
                    continue;
                }
                pass(seen, to);
                seen = 0;
                left.clear();
                final int length = shown == PacketPort.NOTHING
                        ? PacketPort.NOTHING
                        : from.receive(buffer, 100, CAPACITY - 100, left);
                if (length == PacketPort.NOTHING) {
                    break;
                }
                longest = Math.max(longest, length);
                to.transmit(buffer, 100, length, left, 0);
                count++;
            }
            pass(seen, to);
            to.flush();
            return count;
        }

        private void pass(final int seen, final PacketPort to) {
            for (int i = 0; i < seen; i++) {
                final Arrival arrival = seenFrames[i];
                final long place = to.place(arrival.length());
                view.wrap(arrival.at(), arrival.length());
                if (place == PacketPort.NOWHERE) {
                    left.clear();
                    arrival.leavesTo(left, 0);
                    to.transmit(view, 0, arrival.length(), left, 0);
                } else {
                    Words.copy(arrival.at(), place, arrival.length());
                    to.sendPlaced(arrival.length(), arrival.checksumStart(), arrival.checksumOffset());
                }
            }
        }

        long missed() {
            return one.missed() + two.missed();
        }

        long refused() {
            return one.refused() + two.refused();
        }

        @Override
        public void close() {
            isOver.set(true);
            end.join();
            one.close();
            two.close();
        }
    }
}
