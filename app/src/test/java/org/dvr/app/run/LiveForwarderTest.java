package org.dvr.app.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.dvr.app.observe.AdminClient;
import org.dvr.app.observe.RunDir;
import org.dvr.dataplane.io.sys.NetworkNamespace;
import org.dvr.pcaps.replay.ReplayException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A forwarder on devices of a network namespace: what it says of mistakes, and what it leaves behind. */
final class LiveForwarderTest {
    private static final Path TOPOLOGY = Path.of("..", "pcaps", "scenarios", "routed/to-another-host/topology.yaml")
            .toAbsolutePath()
            .normalize();
    private static final Path FLOATING_IPS = TOPOLOGY.resolveSibling("../../floating-ip/udp-to-outside/topology.yaml")
            .normalize();
    private static final long WAIT_NS = 20_000_000_000L;

    @TempDir
    private Path folder;

    private final String name = "dvr-live-" + ProcessHandle.current().pid();
    private final String guest = name + "-g";
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<Forwarder> running = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile Throwable ended;

    @BeforeEach
    void makeNamespace() throws IOException, InterruptedException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root, for network namespaces");
        run("ip", "netns", "add", name);
        run("ip", "netns", "add", guest);
        for (final String device : List.of("u0", "p0")) {
            inside("ip", "link", "add", device, "type", "veth", "peer", "name", device + "-peer");
            inside("ip", "link", "set", device + "-peer", "up");
            inside("ip", "link", "set", device, "mtu", "1600", "up");
        }
        inside("ip", "addr", "add", "172.16.0.1/24", "dev", "u0");
        for (final String tap : List.of("a1", "a3")) {
            inside("ip", "link", "add", "tapport-" + tap, "type", "veth", "peer", "name", tap, "netns", guest);
            inside("ip", "link", "set", "tapport-" + tap, "up");
        }
    }

    @AfterEach
    void removeNamespace() throws IOException, InterruptedException {
        running.forEach(Forwarder::stop);
        for (final Thread thread : threads) {
            thread.join();
        }
        new ProcessBuilder("ip", "netns", "del", name).start().waitFor();
        new ProcessBuilder("ip", "netns", "del", guest).start().waitFor();
    }

    private String inside(final String... command) throws IOException, InterruptedException {
        final List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
        whole.addAll(List.of(command));
        return run(whole.toArray(String[]::new));
    }

    private static String run(final String... command) throws IOException, InterruptedException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output =
                new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + output);
        return output;
    }

    private Path topology(final String... replacements) throws IOException {
        return topologyLike(TOPOLOGY, replacements);
    }

    private Path topologyLike(final Path shipped, final String... replacements) throws IOException {
        String text = Files.readString(shipped)
                .replace("provider: br-ex", "provider: p0")
                .replaceAll("(?m)^ *underlay_mac.*\n", "");
        for (int i = 0; i < replacements.length; i += 2) {
            assertTrue(text.contains(replacements[i]), replacements[i]);
            text = text.replace(replacements[i], replacements[i + 1]);
        }
        return Files.writeString(folder.resolve("topology.yaml"), text);
    }

    private RunConfig config(final Path topology, final IoKind io, final String run, final String... options) {
        final Map<String, String> texts = new java.util.HashMap<>();
        for (int i = 0; i < options.length; i += 2) {
            texts.put(options[i], options[i + 1]);
        }
        return new RunConfig(
                List.of(topology),
                null,
                "compute1",
                io,
                RunOptions.of(texts, "--option"),
                folder.resolve(run),
                folder.resolve(run + ".state"));
    }

    private void start(final RunConfig config) {
        final Thread thread = new Thread(() -> {
            try {
                NetworkNamespace.call(Path.of("/run/netns", name), () -> {
                    final Forwarder forwarder = Forwarder.of(config, lines::add);
                    running.add(forwarder);
                    forwarder.run();
                    return null;
                });
            } catch (final ExecutionException e) {
                ended = e.getCause();
            } catch (final IOException | InterruptedException e) {
                ended = e;
            }
        });
        threads.add(thread);
        thread.start();
    }

    private void awaitLine(final String part) throws InterruptedException {
        final long endNs = System.nanoTime() + WAIT_NS;
        while (lines.stream().noneMatch(line -> line.contains(part))) {
            if (System.nanoTime() > endNs || (ended != null && !part.equals("ready"))) {
                throw new AssertionError("no line with '" + part + "' in " + lines, ended);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private String refusal(final RunConfig config) throws InterruptedException {
        start(config);
        threads.getLast().join(WAIT_NS / 1_000_000);
        assertTrue(ended instanceof ReplayException, () -> ended + " " + lines);
        return ended.getMessage();
    }

    @ParameterizedTest
    @EnumSource(IoKind.class)
    void shouldForwardBetweenGuestsAndLeaveNothingBehind(final IoKind io) throws IOException, InterruptedException {
        run("ip", "-n", guest, "addr", "add", "10.0.1.11/24", "dev", "a1");
        run("ip", "-n", guest, "link", "set", "a1", "address", "fa:16:3e:0a:00:11", "up");
        final String before = inside("ip", "-d", "link");
        start(config(topology(), io, "run"));
        awaitLine("ready");
        // The gateway is answered by us, and nobody else is there.
        final String reply = run("ip", "netns", "exec", guest, "ping", "-c", "2", "-i", "0.2", "-W", "2", "10.0.1.1");
        assertTrue(reply.contains(" 0% packet loss"), reply);
        running.getFirst().stop();
        threads.getFirst().join();
        assertEquals(null, ended);
        assertEquals(before, inside("ip", "-d", "link"));
        assertTrue(Files.exists(folder.resolve("run.state")));
        final String ipv6 = inside("sysctl", "-n", "net.ipv6.conf.tapport-a1.disable_ipv6");
        assertEquals("0", ipv6.strip());
    }

    /** What the kernel shares out comes to its worker at once: next to nothing is handed over. */
    @Test
    void shouldForwardWithTwoWorkers() throws IOException, InterruptedException {
        run("ip", "-n", guest, "addr", "add", "10.0.1.11/24", "dev", "a1");
        run("ip", "-n", guest, "link", "set", "a1", "address", "fa:16:3e:0a:00:11", "up");
        run("ip", "-n", guest, "route", "add", "default", "via", "10.0.1.1");
        // The outside world answers for everybody.
        final String outside = name + "-x";
        run("ip", "netns", "add", outside);
        try {
            inside("ip", "link", "set", "p0-peer", "netns", outside);
            run("ip", "-n", outside, "addr", "add", "203.0.113.1/24", "dev", "p0-peer");
            run("ip", "-n", outside, "link", "set", "p0-peer", "address", "52:54:00:00:00:01", "up");
            run("ip", "-n", outside, "link", "set", "lo", "up");
            run("ip", "-n", outside, "route", "add", "local", "8.8.8.0/24", "dev", "lo");
            start(config(topologyLike(FLOATING_IPS), IoKind.AFPACKET, "run", "workers", "2"));
            awaitLine("ready");
            for (int i = 1; i <= 20; i++) {
                // One by one: of several, ping waits for the last no longer than twice what the first took.
                final String reply = run("ip", "netns", "exec", guest, "ping", "-c", "1", "-W", "10", "8.8.8." + i);
                assertTrue(
                        reply.contains(" 0% packet loss"), () -> reply + asked("show counters") + asked("show ports"));
            }
            final JsonNode counters = asked("show counters");
            assertEquals(20, counters.at("/flows/created").asLong(), counters::toString);
            assertEquals(0, counters.get("handed_over").asLong(), counters::toString);
            running.getFirst().stop();
            threads.getFirst().join();
            assertEquals(null, ended);
        } finally {
            new ProcessBuilder("ip", "netns", "del", outside).start().waitFor();
        }
    }

    private JsonNode asked(final String what) {
        return AdminClient.askOnce(RunDir.find(folder.resolve("run"), null), what);
    }

    @ParameterizedTest
    @EnumSource(names = {"AFXDP", "PCAP"})
    void shouldRefuseSeveralWorkersWhereDevicesCannotBeShared(final IoKind io)
            throws IOException, InterruptedException {
        final String refusal = refusal(config(topology(), io, "run", "workers", "2"));
        assertEquals(
                "option workers: several workers share devices by --io afpacket only, not by "
                        + io.name().toLowerCase(java.util.Locale.ROOT),
                refusal);
    }

    @Test
    void shouldNameWireDevicesThatDoNotExist() throws IOException, InterruptedException {
        final String refusal = refusal(config(
                topology(
                        "provider: p0",
                        "provider: p9",
                        "name: compute1\n",
                        "name: compute1\n    underlay_device: u9\n"),
                IoKind.AFPACKET,
                "run"));
        assertTrue(refusal.contains("provider: no device p9 here"), refusal);
        assertTrue(refusal.contains("underlay: no device u9 here"), refusal);
        assertTrue(refusal.contains("u0"), refusal);
    }

    @Test
    void shouldRefuseADeviceThatAnotherForwarderHas() throws IOException, InterruptedException {
        final Path topology = topology();
        start(config(topology, IoKind.AFPACKET, "run"));
        awaitLine("ready");
        final String refusal = refusal(config(topology, IoKind.AFPACKET, "other"));
        assertTrue(refusal.contains("u0 is taken by another forwarder"), refusal);
    }

    @Test
    void shouldSayWhatIsWrongWithTheUnderlay() throws IOException, InterruptedException {
        inside("ip", "link", "set", "u0", "mtu", "1400");
        inside("ip", "route", "add", "unreachable", "172.16.0.3/32");
        // Somebody else on the wire has our address.
        inside("ip", "link", "add", "vlan9", "link", "u0-peer", "type", "macvlan");
        final String other = name + "-o";
        run("ip", "netns", "add", other);
        try {
            inside("ip", "link", "set", "vlan9", "netns", other);
            run("ip", "-n", other, "addr", "add", "172.16.0.1/24", "dev", "vlan9");
            run("ip", "-n", other, "link", "set", "vlan9", "up");
            start(config(topology(), IoKind.AFPACKET, "run"));
            awaitLine("ready");
            awaitLine("two hosts have the tunnel address 172.16.0.1");
            awaitLine("1400");
            awaitLine("172.16.0.3");
        } finally {
            new ProcessBuilder("ip", "netns", "del", other).start().waitFor();
        }
    }

    @Test
    void shouldRefuseACoreThatItMayNotUse() throws IOException, InterruptedException {
        final String refusal = refusal(config(topology(), IoKind.AFPACKET, "run", "core", "4000"));
        assertTrue(refusal.contains("option core: this process may not run on core 4000"), refusal);
    }

    @Test
    void shouldFollowAMtuThatChangesAndADeviceThatComesBack() throws IOException, InterruptedException {
        start(config(topology(), IoKind.AFPACKET, "run"));
        awaitLine("ready");
        inside("ip", "link", "set", "u0", "mtu", "9000");
        awaitLine("u0: MTU 9000");
        inside("ip", "link", "del", "tapport-a3");
        awaitLine("tapport-a3 closed: device is gone");
        lines.clear();
        inside("ip", "link", "add", "tapport-a3", "type", "veth", "peer", "name", "a3", "netns", guest);
        awaitLine("tapport-a3 opened, is down: ip link set dev tapport-a3 up");
        inside("ip", "link", "set", "tapport-a3", "up");
        awaitLine("tapport-a3 is up again");
        inside("ip", "link", "set", "u0", "down");
        awaitLine("underlay (u0) is down");
    }
}
