package org.dvr.app.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.dvr.app.observe.MemoryForwarder.TAP_A1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A forwarder in memory, looked into over a real socket. */
@Timeout(60)
class ObservabilityTest {
    @TempDir
    private Path base;

    private final MemoryForwarder forwarder = new MemoryForwarder();
    private RunDir dir;
    private Observability observability;

    @BeforeEach
    void start() {
        dir = RunDir.at(base);
        observability = Observability.start(dir, forwarder, "127.0.0.1:0");
    }

    @AfterEach
    void stop() throws InterruptedException {
        observability.close();
        forwarder.close();
        assertFalse(Files.exists(dir.socket()) || Files.exists(dir.counters()), "nothing is left behind");
    }

    private JsonNode show(final String what) {
        return AdminClient.askOnce(dir, "show " + what);
    }

    private static void await(final BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(5);
        }
        assertTrue(condition.getAsBoolean());
    }

    private static JsonNode row(final JsonNode answer, final String column, final String value) {
        for (final JsonNode row : answer.get("rows")) {
            if (row.get(column).asText().equals(value)) {
                return row;
            }
        }
        throw new AssertionError(column + " " + value + " is not in " + answer);
    }

    private void pass(final int frames) throws InterruptedException {
        final int before = forwarder.sentCount("provider");
        for (int i = 0; i < frames; i++) {
            forwarder.send(TAP_A1, MemoryForwarder.outbound(4_000));
        }
        await(() -> forwarder.sentCount("provider") == before + frames);
    }

    @Test
    void shouldShowCountersInTheFormOfTheContract() throws InterruptedException {
        pass(10);
        forwarder.send(TAP_A1, MemoryForwarder.spent());
        forwarder.send(1, TAP_A1, MemoryForwarder.spent());
        await(() -> show("counters").at("/drops/ttl-exceeded").asLong() == 2);
        final JsonNode counters = show("counters");
        assertEquals("compute1", counters.get("host").asText());
        assertEquals(12, counters.at("/ports/tapport-a1/rx").asLong());
        assertEquals(2, counters.at("/ports/tapport-a1/tx").asLong(), "two ICMP errors");
        assertEquals(10, counters.at("/ports/provider/tx").asLong());
        assertEquals(
                10L * MemoryForwarder.outbound(1).length,
                counters.at("/ports/provider/tx_bytes").asLong());
        assertEquals(2, counters.at("/generated").asLong());
        assertEquals(1, counters.at("/flows/active").asLong());
        assertEquals(2_048, counters.at("/flows/capacity").asLong(), "of both workers");
        assertEquals(0, counters.at("/alarms/ports").asLong());
        assertFalse(counters.get("flows").has("restored"));
        long balance = counters.get("generated").asLong()
                + counters.get("flooded").asLong()
                - counters.get("consumed").asLong()
                - counters.get("held").asLong();
        for (final JsonNode port : counters.get("ports")) {
            balance += port.get("rx").asLong() - port.get("tx").asLong();
        }
        for (final JsonNode drop : counters.get("drops")) {
            balance -= drop.asLong();
        }
        assertEquals(0, balance);
    }

    @Test
    void shouldShowWhatTheTopologySays() {
        final JsonNode ports = show("ports");
        final JsonNode port = row(ports, "port", TAP_A1);
        assertEquals("guest", port.get("kind").asText());
        assertEquals("A", port.get("network").asText());
        assertEquals("up", port.get("state").asText());
        assertEquals(7, port.get("missed").asLong());
        assertEquals(3, port.get("refused").asLong());
        assertEquals("no device", row(ports, "port", "provider").get("state").asText());
        final JsonNode router = row(show("routers"), "network", "A");
        assertEquals("10.0.1.1/24", router.get("address").asText());
        assertEquals("distributed", router.get("kind").asText());
        final JsonNode floatingIp = row(show("floatingips"), "floating_ip", "203.0.113.51");
        assertEquals("10.0.1.11", floatingIp.get("fixed_ip").asText());
        assertEquals(TAP_A1, floatingIp.get("port").asText());
        final JsonNode tunnels = show("tunnels");
        assertEquals("172.16.0.1", tunnels.get("address").asText());
        final JsonNode tunnel = row(tunnels, "host", "compute2");
        assertEquals("172.16.0.2", tunnel.get("address").asText());
        assertEquals("topology", tunnel.get("known_by").asText());
        assertEquals("no route to 172.16.0.2", tunnel.get("problem").asText());
        assertEquals(1_400, tunnel.get("mtu").asInt());
    }

    @Test
    void shouldShowWhatWorkersKnow() throws InterruptedException {
        pass(3);
        final JsonNode flow = row(show("flows"), "in", TAP_A1);
        assertEquals("10.0.1.11:4000", flow.get("source").asText());
        assertEquals("203.0.113.51:4000 > 8.8.8.8:53", flow.get("becomes").asText());
        assertEquals("provider", flow.get("out").asText());
        final JsonNode connection = row(show("nat"), "router", "R");
        assertEquals("udp", connection.get("protocol").asText());
        assertEquals("10.0.1.11:4000 > 8.8.8.8:53", connection.get("original").asText());
        assertEquals("8.8.8.8:53 > 203.0.113.51:4000", connection.get("reply").asText());
        assertEquals("unreplied", connection.get("state").asText());
        final JsonNode known = row(show("fdb"), "mac", MemoryForwarder.MAC_A1);
        assertEquals(TAP_A1, known.get("where").asText());
        assertEquals("topology", known.get("known_by").asText());
        final JsonNode gateway = row(show("neighbors"), "address", "203.0.113.1");
        assertEquals("provider", gateway.get("on").asText());
        assertEquals("52:54:00:00:00:01", gateway.get("mac").asText());
        forwarder.send(TAP_A1, MemoryForwarder.spent());
        await(() -> show("drops").get("rows").size() == 1);
        final JsonNode drop = row(show("drops"), "reason", "ttl-exceeded");
        assertEquals(1, drop.get("count").asLong());
        assertEquals("TTL ends at this hop", drop.get("meaning").asText());
    }

    @Test
    void shouldRefuseInOneLine() {
        for (final String wrong :
                List.of("", "show", "show nothing", "halt", "trace", "trace 0", "capture 1", "trace x y")) {
            final String message = assertThrows(ObserveException.class, () -> AdminClient.askOnce(dir, wrong))
                    .getMessage();
            assertTrue(message.startsWith("dvr: request: ") && message.lines().count() == 1, message);
        }
        final String noPort = assertThrows(ObserveException.class, () -> AdminClient.askOnce(dir, "capture 1 tapx"))
                .getMessage();
        assertTrue(
                noPort.startsWith("dvr: there is no attachment point tapx on host compute1; it has provider, tap"),
                noPort);
        final String tooLong = assertThrows(
                        ObserveException.class, () -> AdminClient.askOnce(dir, "trace 1 " + "x".repeat(10_000)))
                .getMessage();
        assertTrue(tooLong.contains("longer than 4096 bytes") || tooLong.contains("went away"), tooLong);
    }

    @Test
    void shouldNotTakeTheSocketOfALivingForwarder() {
        final String message = assertThrows(ObserveException.class, () -> Observability.start(dir, forwarder, ""))
                .getMessage();
        assertEquals(
                "dvr: " + dir.socket() + ": another forwarder answers there: stop it first, or choose another folder"
                        + " with --run-dir",
                message);
        assertEquals("compute1", show("counters").get("host").asText());
    }

    @Test
    void shouldLetOnlyItsUserIn() throws IOException {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.socket())));
    }

    @Test
    void shouldAnswerOthersWhileSomeAreSlow() throws IOException {
        final List<SocketChannel> silent = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            final SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(dir.socket()));
            channel.write(ByteBuffer.wrap("sho".getBytes(UTF_8)));
            silent.add(channel);
        }
        assertEquals("compute1", show("counters").get("host").asText());
        for (final SocketChannel channel : silent) {
            channel.close();
        }
        assertEquals("compute1", show("counters").get("host").asText());
    }

    @Test
    void shouldTellTheStoryOfFramesThatPass() throws InterruptedException {
        try (AdminClient client = AdminClient.ask(dir, "trace 2 host 10.0.1.11 and udp and dst port 53")) {
            assertTrue(client.next().get("armed").asBoolean());
            await(forwarder::isWatched);
            pass(3);
            final JsonNode first = client.next();
            final String text = first.get("text").asText();
            assertTrue(text.startsWith("frame 1 at tapport-a1, +0.000000000 s\n"), text);
            assertTrue(text.contains("source becomes 203.0.113.51:4000"), text);
            assertTrue(text.contains("leaves by provider"), text);
            assertTrue(text.contains("TTL                  64 -> 62"), text);
            assertFalse(first.get("dropped").asBoolean());
            assertTrue(client.next().get("text").asText().startsWith("frame 2 at tapport-a1"));
            assertTrue(client.next().get("end").asBoolean());
            assertEquals(null, client.next());
        }
        await(() -> !forwarder.isWatched());
    }

    @Test
    void shouldTellOfDroppedFramesOfAnyWorker() throws InterruptedException {
        try (AdminClient client = AdminClient.ask(dir, "trace 2 dropped and in tapport-a1")) {
            assertTrue(client.next().get("armed").asBoolean());
            await(forwarder::isWatched);
            pass(3);
            forwarder.send(0, TAP_A1, MemoryForwarder.spent());
            forwarder.send(1, TAP_A1, MemoryForwarder.spent());
            for (int i = 0; i < 2; i++) {
                final String text = client.next().get("text").asText();
                assertTrue(text.contains("dropped: ttl-exceeded (TTL ends at this hop)"), text);
                assertTrue(text.contains("on account of it"), text);
            }
        }
    }

    @Test
    void shouldStopWatchingWhenTheClientGoes() throws InterruptedException {
        final AdminClient trace = AdminClient.ask(dir, "trace 1000 host 1.2.3.4");
        final AdminClient capture = AdminClient.ask(dir, "capture 0 underlay");
        trace.next();
        capture.next();
        await(forwarder::isWatched);
        trace.close();
        capture.close();
        await(() -> !forwarder.isWatched());
    }

    @Test
    void shouldCaptureAnAttachmentPoint() throws IOException, InterruptedException {
        try (AdminClient client = AdminClient.ask(dir, "capture 2 tapport-a1")) {
            assertTrue(client.next().get("armed").asBoolean());
            await(forwarder::isWatched);
            forwarder.send(TAP_A1, MemoryForwarder.spent());
            final JsonNode in = client.next();
            assertEquals("in", in.get("kind").asText());
            assertEquals(TAP_A1, in.get("at").asText());
            assertArrayEquals(MemoryForwarder.spent(), in.get("bytes").binaryValue());
            final long sinceStartNs = in.get("time_ns").asLong() - MemoryForwarder.EPOCH_NS;
            assertTrue(sinceStartNs > 0 && sinceStartNs < 60_000_000_000L);
            assertEquals("out", client.next().get("kind").asText());
            assertEquals(0, client.next().get("lost").asLong());
        }
    }

    @Test
    void shouldBoundHowManyWatch() {
        final List<AdminClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            clients.add(AdminClient.ask(dir, "capture 0 underlay"));
            clients.getLast().next();
        }
        final String message = assertThrows(
                        ObserveException.class, () -> AdminClient.askOnce(dir, "capture 1 underlay"))
                .getMessage();
        assertEquals("dvr: 8 captures go on already", message);
        clients.forEach(AdminClient::close);
    }

    @Test
    void shouldWriteCountersWhereOthersReadThem() throws InterruptedException {
        pass(5);
        forwarder.send(TAP_A1, MemoryForwarder.spent());
        await(() -> CounterFileReader.read(dir.counters())
                        .json()
                        .at("/drops/ttl-exceeded")
                        .asLong()
                == 1);
        final CounterFileReader reader = CounterFileReader.read(dir.counters());
        final JsonNode asked = show("counters");
        for (final String part :
                List.of("ports", "drops", "consumed", "generated", "flooded", "held", "fragments", "alarms")) {
            assertEquals(asked.get(part).toString(), reader.json().get(part).toString(), part);
        }
        assertEquals(1, reader.json().at("/flows/created").asLong());
        assertEquals("compute1", reader.json().get("host").asText());
        assertEquals(ProcessHandle.current().pid(), reader.pid());
        assertTrue(System.currentTimeMillis() - reader.heartbeatMs() < 5_000);
        final long before = reader.heartbeatMs();
        await(() -> CounterFileReader.read(dir.counters()).heartbeatMs() > before);
        assertTrue(reader.age(before + 1_500).startsWith("written 1.5 s ago by process "));
    }

    @Test
    void shouldRefuseFilesThatHoldNoCounters() throws IOException {
        for (final int length : new int[] {0, 100, 5_000}) {
            final Path file = Files.write(base.resolve("other"), new byte[length]);
            assertTrue(assertThrows(ObserveException.class, () -> CounterFileReader.read(file))
                    .getMessage()
                    .endsWith("no counters file of a forwarder"));
        }
        assertTrue(assertThrows(ObserveException.class, () -> CounterFileReader.read(base.resolve("missing")))
                .getMessage()
                .contains("cannot be read"));
    }

    private String scrape() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(
                                            URI.create("http://127.0.0.1:" + observability.metricsPort() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static void assertHas(final String scraped, final String line) {
        assertTrue(scraped.lines().anyMatch(line::equals), () -> line + " is not in\n" + scraped);
    }

    @Test
    void shouldBeScraped() throws IOException, InterruptedException {
        pass(5);
        forwarder.send(TAP_A1, MemoryForwarder.spent());
        await(() -> CounterFileReader.read(dir.counters())
                        .json()
                        .at("/drops/ttl-exceeded")
                        .asLong()
                == 1);
        final String scraped = scrape();
        assertHas(scraped, "# HELP dvr_rx_total frames received at an attachment point");
        assertHas(scraped, "dvr_rx_total{host=\"compute1\",port=\"tapport-a1\"} 6.0");
        assertHas(scraped, "dvr_tx_total{host=\"compute1\",port=\"provider\"} 5.0");
        assertHas(scraped, "dvr_drops_total{host=\"compute1\",kind=\"policy\",reason=\"ttl-exceeded\"} 1.0");
        assertHas(
                scraped,
                "dvr_drop_reason_info{kind=\"policy\",meaning=\"TTL ends at this hop\",reason=\"ttl-exceeded\"} 1");
        assertHas(scraped, "dvr_flows_active{host=\"compute1\"} 1.0");
        assertHas(scraped, "dvr_flows_opened_total{host=\"compute1\"} 1.0");
        assertHas(scraped, "dvr_port_missed_total{host=\"compute1\",port=\"tapport-a1\"} 7.0");
        assertHas(scraped, "dvr_port_refused_total{host=\"compute1\",port=\"tapport-a1\"} 3.0");
        for (final String name : List.of(
                "dvr_worker_busy_seconds_total{host=\"compute1\",worker=\"0\"}",
                "dvr_worker_idle_seconds_total{host=\"compute1\",worker=\"1\"}",
                "dvr_worker_cycle_seconds{host=\"compute1\",worker=\"0\",quantile=\"0.99\"}",
                "dvr_worker_cycle_seconds_count{host=\"compute1\",worker=\"0\"}",
                "jvm_memory_used_bytes{area=\"heap\"}",
                "jvm_gc_collection_seconds_count",
                "process_open_fds")) {
            assertTrue(scraped.lines().anyMatch(line -> line.startsWith(name)), name + " is not in\n" + scraped);
        }
    }

    @Test
    void shouldSayWhereMetricsCannotListen() throws IOException {
        final String taken = "127.0.0.1:" + observability.metricsPort();
        final RunDir other = RunDir.at(base.resolve("other"));
        Files.createDirectory(other.folder());
        for (final String address : List.of(taken, "here", "a:b", "1.2.3.4:99999", ":1")) {
            final String message = assertThrows(
                            ObserveException.class, () -> Observability.start(other, forwarder, address))
                    .getMessage();
            assertTrue(message.startsWith("dvr: metrics=" + address + ": "), message);
            assertTrue(Files.deleteIfExists(other.counters()));
        }
    }
}
