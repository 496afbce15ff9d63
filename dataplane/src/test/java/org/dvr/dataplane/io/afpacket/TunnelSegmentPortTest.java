package org.dvr.dataplane.io.afpacket;

import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.DataInputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.testing.Namespace;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest of ours and the kernel's own VXLAN device, both with the settings they have by default: what the kernel sends in tunnels, and what it takes. */
@Tag("namespaces")
class TunnelSegmentPortTest {
    private static final int LENGTH = 40 << 20;

    private Namespace host;
    private Namespace guest;
    private Namespace other;
    private volatile boolean isOver;

    @BeforeEach
    void makeNamespaces() {
        Namespace.skipUnlessPossible();
        host = new Namespace();
        guest = new Namespace();
        other = new Namespace();
        host.pair("tap-a", guest, "eth0");
        host.pair("wire", other, "eth0");
        guest.inside("ip", "link", "set", "eth0", "address", MA1, "mtu", "1450");
        guest.inside("ip", "address", "add", "10.0.1.11/24", "dev", "eth0");
        host.inside("ip", "link", "set", "wire", "address", T1_MAC);
        other.inside("ip", "link", "set", "eth0", "address", T2_MAC);
        other.inside("ip", "address", "add", "192.0.2.2/24", "dev", "eth0");
        other.inside("ip", "neighbor", "add", "192.0.2.1", "lladdr", T1_MAC, "dev", "eth0");
        other.inside(
                "ip",
                "link",
                "add",
                "v0",
                "address",
                MA2,
                "type",
                "vxlan",
                "id",
                "101",
                "local",
                "192.0.2.2",
                "dstport",
                "4789",
                "nolearning",
                "dev",
                "eth0");
        other.inside("ip", "address", "add", "10.0.1.12/24", "dev", "v0");
        other.inside("ip", "link", "set", "v0", "up");
        other.inside("bridge", "fdb", "append", MA1, "dev", "v0", "dst", "192.0.2.1");
        other.inside("ip", "neighbor", "add", "10.0.1.11", "lladdr", MA1, "dev", "v0");
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
    @ValueSource(booleans = {false, true})
    void shouldExchangeSegmentsWithAVxlanDeviceOfTheKernel(final boolean isWhole) throws Exception {
        final AfPacketConfig device = AfPacketConfig.guest("wire");
        final AfPacketConfig config = isWhole ? device.withTunnels() : device;
        final TopologySnapshot topology = compute1().build();
        final Worker worker = new Worker(WorkerConfig.LIVE, new TopologyCell(topology));
        try (AfPacketPort tap = host.call(() -> new AfPacketPort(AfPacketConfig.guest("tap-a")));
                AfPacketPort wire = host.call(() -> new AfPacketPort(config))) {
            assertEquals("", wire.limitation());
            for (final Attachment attachment : topology.attachments()) {
                if (attachment.name().equals(TAP_A1)) {
                    worker.port(attachment.id(), tap);
                } else if (attachment.name().equals(UNDERLAY)) {
                    worker.port(attachment.id(), wire);
                }
            }
            final Thread thread = Thread.ofPlatform().daemon().start(() -> {
                while (!isOver) {
                    if (worker.doWork(System.nanoTime()) == 0) {
                        LockSupport.parkNanos(5_000);
                    }
                }
            });
            try {
                transfer("10.0.1.12");
            } finally {
                isOver = true;
                thread.join();
            }
        }
        final WorkerCounters counters = worker.counters();
        assertEquals(isWhole, counters.segmentedCount() == 0, () -> "segments cut " + counters.segmentedCount());
        assertEquals(0, counters.drops(DropReason.PORT_FULL));
        for (final DropReason reason : DropReason.values()) {
            if (reason.kind() == DropReason.Kind.MALFORMED) {
                assertEquals(0, counters.drops(reason), reason.label());
            }
        }
    }

    /** There and back again. */
    private void transfer(final String address) throws Exception {
        final byte[] content = new byte[LENGTH];
        new Random(7).nextBytes(content);
        final CompletableFuture<Integer> port = new CompletableFuture<>();
        final CompletableFuture<byte[]> server = other.start(() -> {
            try (ServerSocket listening = new ServerSocket()) {
                listening.bind(new InetSocketAddress(address, 0));
                listening.setSoTimeout(20_000);
                port.complete(listening.getLocalPort());
                try (Socket socket = listening.accept()) {
                    final byte[] received = new byte[LENGTH];
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
                return socket.getInputStream().readNBytes(LENGTH);
            }
        });
        assertArrayEquals(content, server.get(20, TimeUnit.SECONDS));
        assertArrayEquals(content, returned);
    }
}
