package org.dvr.app.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.app.observe.AdminClient;
import org.dvr.app.observe.CounterFileReader;
import org.dvr.app.observe.RunDir;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.netlink.Link;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.pcaps.replay.ReplayException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A forwarder with devices in memory: what it opens and closes, takes up, writes and says. */
final class ForwarderTest {
    private static final Path TOPOLOGY = Path.of("..", "pcaps", "scenarios", "routed/to-another-host/topology.yaml")
            .toAbsolutePath()
            .normalize();
    private static final Path FLOATING_IPS = TOPOLOGY.resolveSibling("../../floating-ip/udp-to-outside/topology.yaml")
            .normalize();
    private static final long WAIT_NS = 10_000_000_000L;

    /** Devices that a test plugs and unplugs. */
    private static final class Machine implements Links, Devices.Opener {
        private final Map<String, Link> links = new ConcurrentHashMap<>();
        private final Map<String, MemoryPort> ports = new ConcurrentHashMap<>();
        private final Map<String, List<MemoryPort>> parts = new ConcurrentHashMap<>(); // one for each worker
        private volatile int workers = 1;
        private final AtomicInteger steered = new AtomicInteger();
        private int nextIndex = 1;
        private volatile String vanishing = "";
        private volatile String vanished = "";

        void plug(final String name) {
            links.put(name, new Link(nextIndex++, name, 0x0200_0000_0001L, 1_600, true, true, "veth"));
        }

        void unplug(final String name) {
            links.remove(name);
        }

        @Override
        public Link find(final String name) {
            return links.get(name);
        }

        @Override
        public String holder(final InetAddress address) {
            return links.containsKey("eth0") ? "eth0" : "";
        }

        @Override
        public List<String> names() {
            return List.copyOf(links.keySet());
        }

        @Override
        public boolean refresh() {
            // Otherwise always as it is: this one goes after it was listed.
            links.remove(vanished);
            vanished = vanishing;
            if (!vanished.isEmpty()) {
                ports.get(vanished).isGone = true;
                vanishing = "";
            }
            return true;
        }

        @Override
        public void steer(final Steering steering) {
            workers = steering.workers();
            steered.incrementAndGet();
        }

        @Override
        public OpenDevice open(final Attachment attachment, final Link link) throws IOException {
            if (link.name().equals(vanished)) {
                throw new IOException("No such device");
            }
            if (link.name().equals("tapport-b1") || link.name().equals("broken")) {
                throw new IOException("it cannot be opened: mend it");
            }
            final MemoryPort port = new MemoryPort();
            ports.put(attachment.name(), port);
            final List<MemoryPort> each = new ArrayList<>(List.of(port));
            while (each.size() < workers) {
                each.add(new MemoryPort());
            }
            parts.put(attachment.name(), each);
            return new OpenDevice().with("memory", each);
        }
    }

    private static final class MemoryPort implements PacketPort {
        private final Queue<byte[]> waiting = new ConcurrentLinkedQueue<>();
        private final List<byte[]> sent = new CopyOnWriteArrayList<>();
        private volatile boolean isClosed;
        private volatile boolean isGone;

        @Override
        public int receive(
                final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
            final byte[] frame = waiting.poll();
            if (frame == null) {
                return NOTHING;
            }
            destination.putBytes(offset, frame);
            return frame.length;
        }

        @Override
        public boolean transmit(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Offload offload,
                final long nowNs) {
            final byte[] frame = new byte[length];
            buffer.getBytes(offset, frame);
            return sent.add(frame);
        }

        @Override
        public boolean isGone() {
            return isGone;
        }

        @Override
        public long missed() {
            return 5;
        }

        @Override
        public long refused() {
            return 2;
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    @TempDir
    private Path folder;

    private final Machine machine = new Machine();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private Path topology;
    private Forwarder forwarder;
    private Thread thread;
    private volatile Throwable ended;

    @BeforeEach
    void copyTopology() throws IOException {
        topology = folder.resolve("topology.yaml");
        Files.copy(TOPOLOGY, topology);
        machine.plug("eth0");
        machine.plug("br-ex");
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (forwarder != null) {
            forwarder.stop();
            thread.join();
        }
    }

    private RunConfig config(final Map<String, String> options) {
        return new RunConfig(
                List.of(topology),
                null,
                "compute1",
                IoKind.AFPACKET,
                RunOptions.of(options, "--option"),
                folder.resolve("run"),
                folder.resolve("state"));
    }

    private Forwarder forwarder(final Map<String, String> options) {
        final LiveTopology live = new LiveTopology(List.of(topology), null, "compute1");
        return new Forwarder(config(options), live, machine, machine, lines::add);
    }

    private void start() {
        start(Map.of("announce", "off"));
    }

    private void start(final Map<String, String> options) {
        forwarder = forwarder(options);
        thread = new Thread(() -> {
            try {
                forwarder.run();
            } catch (final IOException | RuntimeException e) {
                ended = e;
            }
        });
        thread.start();
        awaitLine("ready");
    }

    private static void await(final BooleanSupplier condition, final Runnable otherwise) {
        final long endNs = System.nanoTime() + WAIT_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > endNs) {
                otherwise.run();
            }
            Thread.onSpinWait();
        }
    }

    private void awaitLine(final String part) {
        await(() -> hasLine(part), () -> {
            throw new AssertionError("no line with '" + part + "' in " + lines, ended);
        });
    }

    private boolean hasLine(final String part) {
        return lines.stream().anyMatch(line -> line.contains(part));
    }

    private static byte[] udp() {
        return TestFrames.ethernet("fa:16:3e:0a:00:11", "fa:16:3e:0a:00:13")
                .ipv4("10.0.1.11", "10.0.1.13")
                .udp(4_000, 5_000)
                .build();
    }

    private void awaitDelivery(final MemoryPort from, final String to) {
        await(
                () -> {
                    final MemoryPort port = machine.ports.get(to);
                    if (port != null && !port.sent.isEmpty()) {
                        return true;
                    }
                    from.waiting.add(udp());
                    return false;
                },
                () -> {
                    throw new AssertionError("nothing arrives at " + to + ": " + lines, ended);
                });
    }

    @Test
    void shouldForwardBetweenDevicesThatAppearAfterTheStart() {
        start();
        assertTrue(hasLine("tapport-a1: no device tapport-a1 here"), lines::toString);
        machine.plug("tapport-a1");
        machine.plug("tapport-a3");
        awaitLine("tapport-a3 opened");
        awaitDelivery(machine.ports.get("tapport-a1"), "tapport-a3");
    }

    @Test
    void shouldCloseTheDeviceThatVanishesAndOpenTheOneThatComesBack() {
        machine.plug("tapport-a1");
        machine.plug("tapport-a3");
        start();
        final MemoryPort first = machine.ports.get("tapport-a3");
        machine.unplug("tapport-a3");
        awaitLine("tapport-a3 closed: device is gone");
        await(() -> first.isClosed, () -> {
            throw new AssertionError("not closed");
        });
        machine.ports.remove("tapport-a3");
        machine.plug("tapport-a3");
        awaitDelivery(machine.ports.get("tapport-a1"), "tapport-a3");
        assertTrue(first.sent.isEmpty());
    }

    @Test
    void shouldNotTryADeviceThatWentAfterItWasListed() {
        machine.plug("tapport-a3");
        start();
        machine.vanishing = "tapport-a3";
        awaitLine("tapport-a3: no device tapport-a3 here");
        assertTrue(lines.contains("tapport-a3 closed: device is gone"), lines::toString);
        assertFalse(lines.toString().contains("No such device"), lines::toString);
    }

    @Test
    void shouldRememberWhatADeviceLostThatWentAway() {
        machine.plug("tapport-a1");
        machine.plug("tapport-a3");
        start();
        assertEquals("5 missed, 2 refused", lostAtA3());
        machine.unplug("tapport-a3");
        awaitLine("tapport-a3 closed: device is gone");
        machine.ports.remove("tapport-a3");
        machine.plug("tapport-a3");
        awaitDelivery(machine.ports.get("tapport-a1"), "tapport-a3");
        // What is shown is taken once in a round of the supervisor.
        await(() -> lostAtA3().equals("10 missed, 4 refused"), () -> {
            throw new AssertionError(lostAtA3());
        });
    }

    private String lostAtA3() {
        final RunDir dir = RunDir.find(folder.resolve("run"), null);
        for (final JsonNode port : AdminClient.askOnce(dir, "show ports").get("rows")) {
            if (port.get("port").asText().equals("tapport-a3")) {
                return port.get("missed").asLong() + " missed, "
                        + port.get("refused").asLong() + " refused";
            }
        }
        return "no such port";
    }

    @Test
    void shouldLetOthersLookInWhileItRuns() throws IOException, InterruptedException {
        machine.plug("tapport-a1");
        machine.plug("tapport-a3");
        start();
        awaitDelivery(machine.ports.get("tapport-a1"), "tapport-a3");
        final RunDir dir = RunDir.find(folder.resolve("run"), null);
        final JsonNode counters = AdminClient.askOnce(dir, "show counters");
        assertEquals("compute1", counters.get("host").asText());
        assertTrue(counters.at("/ports/tapport-a3/tx").asLong() > 0, counters::toString);
        assertTrue(CounterFileReader.read(dir.counters()).heartbeatMs() > 0);
        final JsonNode ports = AdminClient.askOnce(dir, "show ports").get("rows");
        assertTrue(ports.toString().contains("\"device\":\"tapport-a1\""), ports::toString);
        assertTrue(ports.toString().contains("no device tapport-b1"), ports::toString);
        final long askedNs = System.nanoTime();
        for (int i = 0; i < 5; i++) {
            Thread.sleep(150); // its worker waits for frames
            AdminClient.askOnce(dir, "show drops");
        }
        assertTrue(System.nanoTime() - askedNs < 5_000_000_000L);
        forwarder.stop();
        thread.join();
        assertFalse(Files.exists(dir.socket()) || Files.exists(dir.counters()));
    }

    @Test
    void shouldTakeUpATopologyThatChanges() throws IOException {
        machine.plug("tapport-a1");
        machine.plug("tapport-a3");
        start();
        final String text = Files.readString(topology);
        Files.writeString(topology, text.replace("10.0.1.13", "10.0.1.14"));
        awaitLine("topology taken up");
        Files.writeString(topology, text.replace("10.0.1.13", "10.0.1.300"));
        awaitLine("topology refused, the one before stays in force (1 refused so far)");
        assertTrue(hasLine("topology.yaml: ports["), lines::toString);
        awaitDelivery(machine.ports.get("tapport-a1"), "tapport-a3");
    }

    @Test
    void shouldCloseThePortOfAGuestThatIsTakenOutOfTheTopology() throws IOException {
        machine.plug("tapport-a3");
        start();
        final MemoryPort port = machine.ports.get("tapport-a3");
        final String text = Files.readString(topology);
        final int from = text.indexOf("  - id: port-a3");
        final int to = text.indexOf("  - id: port-b1");
        Files.writeString(topology, text.substring(0, from) + text.substring(to));
        awaitLine("tapport-a3 closed: is not in the topology any more");
        await(() -> port.isClosed, () -> {
            throw new AssertionError("not closed");
        });
    }

    /** Each device has a part for each worker; whatever one receives reaches whom it is for. */
    @Test
    void shouldForwardWithSeveralWorkersAndGoOnWithAnotherNumberOfThem() throws IOException, InterruptedException {
        Files.copy(FLOATING_IPS, topology, StandardCopyOption.REPLACE_EXISTING);
        machine.plug("tapport-a1");
        machine.plug("tapport-a3");
        start(Map.of("announce", "off", "workers", "3"));
        assertEquals(3, machine.parts.get("tapport-a1").size());
        for (final MemoryPort from : machine.parts.get("tapport-a1")) {
            final long before = deliveredToA3();
            await(
                    () -> {
                        from.waiting.add(udp());
                        return deliveredToA3() > before;
                    },
                    () -> {
                        throw new AssertionError("nothing arrives: " + lines, ended);
                    });
            outside(from);
        }
        final RunDir dir = RunDir.find(folder.resolve("run"), null);
        await(() -> active(dir) == 60, () -> {
            throw new AssertionError(AdminClient.askOnce(dir, "show counters").toString());
        });
        final JsonNode counters = AdminClient.askOnce(dir, "show counters");
        assertTrue(counters.get("handed_over").asLong() > 60, counters::toString);
        assertEquals(60, AdminClient.askOnce(dir, "show nat").get("rows").size());
        // Each of the three has learned it or was told; it is one MAC.
        machine.parts
                .get("provider")
                .get(1)
                .waiting
                .add(TestFrames.ethernet("02:00:00:00:00:77", "ff:ff:ff:ff:ff:ff")
                        .ipv4("203.0.113.77", "203.0.113.255")
                        .udp(1, 2)
                        .build());
        await(() -> learned(dir) == 1, () -> {
            throw new AssertionError(AdminClient.askOnce(dir, "show fdb").toString());
        });
        forwarder.reload();
        awaitLine("topology taken up (1 so far)");
        await(() -> machine.steered.get() == 2, () -> {
            throw new AssertionError("devices are not told");
        });
        forwarder.stop();
        thread.join();
        assertTrue(
                machine.parts.values().stream().flatMap(List::stream).allMatch(port -> port.isClosed),
                "each part is closed");
        assertTrue(hasLine("60 connections written"), lines::toString);
        lines.clear();
        start(Map.of("announce", "off", "workers", "2"));
        assertTrue(hasLine("60 connections restored"), lines::toString);
        // Each is where its packets come to: nothing is opened anew.
        outside(machine.parts.get("tapport-a1").get(1));
        await(
                () -> machine.parts.get("provider").stream()
                                .mapToInt(port -> port.sent.size())
                                .sum()
                        >= 60,
                () -> {
                    throw new AssertionError(
                            AdminClient.askOnce(dir, "show counters").toString());
                });
        assertEquals(
                0,
                AdminClient.askOnce(dir, "show counters").at("/flows/created").asLong());
    }

    private long deliveredToA3() {
        return machine.parts.get("tapport-a3").stream()
                .mapToLong(port -> port.sent.size())
                .sum();
    }

    /** Packets of a1 for 60 servers, by its floating IP. */
    private static void outside(final MemoryPort from) {
        for (int i = 1; i <= 60; i++) {
            from.waiting.add(TestFrames.ethernet("fa:16:3e:0a:00:11", "fa:16:3e:0a:00:01")
                    .ipv4("10.0.1.11", "8.8.8." + i)
                    .udp(4_000, 5_000)
                    .build());
        }
    }

    private static int learned(final RunDir dir) {
        int count = 0;
        for (final JsonNode row : AdminClient.askOnce(dir, "show fdb").get("rows")) {
            count += row.get("known_by").asText().equals("learned") ? 1 : 0;
        }
        return count;
    }

    private static long active(final RunDir dir) {
        return AdminClient.askOnce(dir, "show counters").at("/flows/active").asLong();
    }

    @Test
    void shouldReloadWhenAsked() {
        start();
        forwarder.reload();
        awaitLine("topology taken up (1 so far)");
    }

    @Test
    void shouldSayOnceWhyADeviceCannotBeOpened() throws InterruptedException {
        machine.plug("tapport-b1");
        start();
        Thread.sleep(350);
        assertEquals(
                1,
                lines.stream()
                        .filter("tapport-b1: it cannot be opened: mend it"::equals)
                        .count(),
                lines::toString);
    }

    @Test
    void shouldRefuseToStartWithoutItsWires() throws IOException {
        Files.writeString(topology, Files.readString(topology).replace("provider: br-ex", "provider: broken"));
        machine.plug("broken");
        final ReplayException refused =
                assertThrows(ReplayException.class, () -> forwarder(Map.of()).run());
        assertTrue(refused.getMessage().contains("provider: it cannot be opened: mend it"), refused::getMessage);
    }

    @Test
    void shouldRefuseAFolderWhereAnotherForwarderRuns() {
        start();
        final Forwarder second = forwarder(Map.of());
        final ReplayException refused = assertThrows(ReplayException.class, second::run);
        assertTrue(refused.getMessage().contains("a forwarder runs here already"), refused::getMessage);
    }

    @Test
    void shouldLeaveNothingBehindButTheState() throws InterruptedException {
        machine.plug("tapport-a1");
        start();
        forwarder.stop();
        thread.join();
        assertTrue(machine.ports.values().stream().allMatch(port -> port.isClosed));
        assertTrue(Files.exists(folder.resolve("state")));
        assertFalse(Files.exists(folder.resolve("run/pid")));
        assertEquals(null, ended);
    }

    @Test
    void shouldPinEachWorkerToACoreOfItsOwn() {
        assertEquals(
                List.of(3, 1),
                RunOptions.of(Map.of("workers", "2", "core", "3,1"), "--option").cores());
        assertEquals(List.of(2), RunOptions.of(Map.of("core", "2"), "--option").cores());
        for (final String wrong : List.of("1", "1,1", "1,2,3")) {
            final ReplayException refused = assertThrows(
                    ReplayException.class, () -> RunOptions.of(Map.of("workers", "2", "core", wrong), "--option"));
            assertEquals(
                    "--option: option core must name as many different cores as there are workers, 2, such as 0,1, not "
                            + wrong,
                    refused.getMessage());
        }
    }

    @Test
    void shouldTakeShortcutsUnlessToldNotTo() {
        assertTrue(RunOptions.of(Map.of(), "--option").shortcuts());
        assertFalse(RunOptions.of(Map.of("shortcuts", "off"), "--option").shortcuts());
    }

    @Test
    void shouldSayEverythingThatIsWrongWithItsOptions() {
        final ReplayException refused = assertThrows(
                ReplayException.class,
                () -> RunOptions.of(
                        Map.of("idle", "never", "core", "x", "icmp_rate", "-1", "shortcuts", "some"), "--option"));
        assertEquals(4, refused.getMessage().lines().count(), refused::getMessage);
    }
}
