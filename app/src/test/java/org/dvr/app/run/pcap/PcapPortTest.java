package org.dvr.app.run.pcap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.UnusableDeviceException;
import org.dvr.dataplane.io.sys.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two ports on the ends of a veth pair in a namespace of its own. */
@Tag("namespaces")
class PcapPortTest {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final String LOCAL = "192.0.2.1";
    private static final String PEER = "192.0.2.7";

    private final String namespace = "dvr-pcap-" + ProcessHandle.current().pid();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[70_000]);
    private final Offload offload = new Offload();

    @BeforeEach
    void makeNamespace() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "needs root, for a network namespace");
        run("ip netns add " + namespace);
        in("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
        in("ip link add near type veth peer name far");
        in("ip link set near up");
        in("ip link set far up");
    }

    @AfterEach
    void removeNamespace() throws Exception {
        run("ip netns delete " + namespace);
    }

    @Test
    void shouldCarryFrames() throws Exception {
        try (PcapPort near = open("near", "");
                PcapPort far = open("far", "")) {
            for (final int length : new int[] {60, 1_514}) {
                final byte[] frame = udp(length, 53).build();
                send(near, frame);
                assertEquals(length, await(far, 40, 1_000));
                final byte[] received = new byte[60];
                buffer.getBytes(40, received);
                assertArrayEquals(Arrays.copyOf(frame, 60), received);
            }
            assertEquals(PacketPort.NOTHING, near.receive(buffer, 0, 1_000, offload), "what it has sent");
            assertEquals(0, far.missed());
            assertFalse(far.takesOffload());
        }
    }

    @Test
    void shouldPutTagsBack() throws Exception {
        try (PcapPort near = open("near", "");
                PcapPort far = open("far", "")) {
            send(
                    near,
                    TestFrames.ethernet("02:00:00:00:00:07", "02:00:00:00:00:01")
                            .vlan(7)
                            .ipv4(PEER, LOCAL)
                            .udp(1, 2)
                            .build());
            await(far, 0, 1_000);
            assertEquals(0x81000007, buffer.getInt(12, ByteOrder.BIG_ENDIAN));
        }
    }

    @Test
    void shouldReceiveOnlyTunnelTrafficOfItsEndpoint() throws Exception {
        try (PcapPort near = open("near", "");
                PcapPort far = open("far", PcapPort.tunnelFilter(Ipv4Address.parse(LOCAL)))) {
            send(near, udp(100, 53).build());
            send(near, udp(200, 4_789).build());
            assertEquals(200, await(far, 0, 1_000));
            assertEquals(PacketPort.NOTHING, far.receive(buffer, 0, 1_000, offload));
        }
    }

    @Test
    void shouldCountWhatTheDeviceRefuses() throws Exception {
        try (PcapPort near = open("near", "")) {
            in("ip link set near down");
            send(near, udp(100, 53).build());
            assertEquals(1, near.refused());
            assertFalse(inside(near::isGone));
            in("ip link delete near");
            assertTrue(inside(near::isGone));
        }
    }

    @Test
    void shouldSayWhyADeviceCannotBeOpened() {
        assertEquals(
                "tap-z: no such device",
                assertThrows(UnusableDeviceException.class, () -> open("tap-z", ""))
                        .getMessage());
        final String said = assertThrows(UnusableDeviceException.class, () -> open("near", "no such words"))
                .getMessage();
        assertTrue(
                said.startsWith("near: ")
                        && said.contains("syntax error")
                        && said.lines().count() == 1,
                said);
    }

    private static TestFrames udp(final int length, final int port) {
        return TestFrames.ethernet("02:00:00:00:00:07", "02:00:00:00:00:01")
                .ipv4(PEER, LOCAL)
                .udp(50_000, port)
                .payload(length - 42);
    }

    private void send(final PcapPort port, final byte[] frame) {
        buffer.putBytes(0, frame);
        assertTrue(port.transmit(buffer, 0, frame.length, offload, 0));
        port.flush();
    }

    private int await(final PcapPort port, final int offset, final int capacity) {
        final long start = System.nanoTime();
        int length;
        do {
            length = port.receive(buffer, offset, capacity, offload);
        } while (length == PacketPort.NOTHING && System.nanoTime() - start < PATIENCE_NS);
        return length;
    }

    private PcapPort open(final String device, final String filter) throws Exception {
        return inside(() -> new PcapPort(device, filter, true));
    }

    private <T> T inside(final Callable<T> action) throws Exception {
        try {
            return NetworkNamespace.call(Path.of("/run/netns", namespace), action);
        } catch (final ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private void in(final String command) throws Exception {
        run("ip netns exec " + namespace + " " + command);
    }

    private static void run(final String command) throws Exception {
        final Process process = new ProcessBuilder(command.split(" ", -1))
                .redirectErrorStream(true)
                .start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> command + ": " + output);
    }
}
