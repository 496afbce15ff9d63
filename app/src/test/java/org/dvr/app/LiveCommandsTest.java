package org.dvr.app;

import static org.dvr.app.observe.MemoryForwarder.TAP_A1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.dvr.app.command.ExitStatus;
import org.dvr.app.observe.MemoryForwarder;
import org.dvr.app.observe.Observability;
import org.dvr.app.observe.RunDir;
import org.dvr.pcaps.file.CaptureReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that look into a running forwarder, as people type them. */
@Timeout(120)
final class LiveCommandsTest {
    @TempDir
    private Path base;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final MemoryForwarder forwarder = new MemoryForwarder();
    private RunDir dir;
    private Observability observability;

    @BeforeEach
    void start() throws IOException {
        dir = RunDir.at(base.resolve("compute1"));
        Files.createDirectory(dir.folder());
        observability = Observability.start(dir, forwarder, "");
    }

    @AfterEach
    void stop() throws InterruptedException {
        observability.close();
        forwarder.close();
    }

    private int run(final Object... args) {
        final String[] texts = new String[args.length + 2];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        texts[args.length] = "--run-dir";
        texts[args.length + 1] = base.toString();
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.create(Map.of())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(texts);
    }

    private void assertOut(final String pattern) {
        assertTrue(out.toString().lines().anyMatch(line -> line.matches(pattern)), out.toString());
    }

    private static void await(final BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(5);
        }
        assertTrue(condition.getAsBoolean());
    }

    private void pass(final int frames) throws InterruptedException {
        final int before = forwarder.sentCount("provider");
        for (int i = 0; i < frames; i++) {
            forwarder.send(TAP_A1, MemoryForwarder.outbound(4_000));
        }
        await(() -> forwarder.sentCount("provider") == before + frames);
    }

    /** Sends frames as soon as somebody watches. */
    private void sendWhenWatched(final byte[]... frames) {
        Thread.ofVirtual().start(() -> {
            try {
                await(forwarder::isWatched);
                forwarder.send(TAP_A1, frames);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Test
    void shouldShowTables() throws InterruptedException {
        pass(2);
        for (final String what :
                List.of("ports", "routers", "fdb", "neighbors", "flows", "nat", "floatingips", "counters", "tunnels")) {
            assertEquals(ExitStatus.FINE, run("show", what), err.toString());
            assertTrue(out.toString().lines().count() > 1, what + ": " + out);
            assertEquals("", err.toString());
        }
        assertEquals(ExitStatus.FINE, run("show", "ports"));
        assertOut("port +kind +network +mac +device +io +state +rx +tx +rx bytes +tx bytes +missed +refused");
        assertOut("tapport-a1 +guest +A +fa:16:3e:0a:00:11 +tapport-a1 +afpacket +up +2 +0 +124 +0 +7 +3");
        assertEquals(ExitStatus.FINE, run("show", "counters"));
        assertOut("ports provider tx +2");
        assertOut("flows high water +1");
        assertEquals(ExitStatus.FINE, run("show", "nat", "--host", "compute1"));
        assertOut("R +udp +10.0.1.11:4000 > 8.8.8.8:53 +8.8.8.8:53 > 203.0.113.51:4000 +unreplied +0 +\\d+");
        assertEquals(ExitStatus.FINE, run("show", "drops"));
        assertOut("nothing to show");
        assertEquals(ExitStatus.FINE, run("show", "floatingips", "--json"));
        assertTrue(out.toString().startsWith("{\"host\":\"compute1\",\"what\":\"floatingips\""), out.toString());
    }

    @Test
    void shouldShowRatesWhileWatching() throws InterruptedException {
        pass(1_000);
        assertEquals(ExitStatus.FINE, run("show", "ports", "--watch", "--count", "2"), err.toString());
        assertTrue(out.toString().startsWith("\033[H\033[2J"), "clears the screen");
        assertOut(".*port +kind .* missed +refused +rx/s +tx/s +rx bytes/s +tx bytes/s +missed/s +refused/s");
        assertOut("tapport-a1 .* up +1,000 +0 +62,000 +0 +7 +3 +0 +0 +0 +0 +0 +0");
        assertEquals(ExitStatus.FINE, run("show", "counters", "--watch", "--count", "2"), err.toString());
        assertOut(".*counter +value +per s");
        assertOut("ports tapport-a1 rx_bytes +62,000 +0");
        assertOut("flows active +1");
    }

    @Test
    void shouldSayInOneLineThatNobodyAnswers() throws IOException {
        observability.close();
        assertEquals(ExitStatus.UNUSABLE, run("show", "ports"));
        assertTrue(
                err.toString().startsWith("dvr: no forwarder runs: looked for " + base + "/admin.sock and "),
                err.toString());
        leaveStaleSocket();
        assertEquals(ExitStatus.UNUSABLE, run("show", "ports"));
        assertTrue(
                err.toString().startsWith("dvr: nobody answers at " + dir.socket() + " (Connection refused)"),
                err.toString());
        assertEquals(1, err.toString().lines().count());
        assertEquals(ExitStatus.UNUSABLE, run("show", "ports", "--host", "compute9"));
        assertTrue(
                err.toString().startsWith("dvr: no forwarder of host compute9 runs: looked for " + base),
                err.toString());
        assertEquals(ExitStatus.UNUSABLE, run("show", "everything"));
        assertTrue(err.toString().startsWith("dvr: show takes one of ports, routers,"), err.toString());
    }

    /** As a killed process does. */
    private void leaveStaleSocket() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(dir.socket()));
        }
    }

    @Test
    void shouldReplaceWhatAKilledForwarderLeftBehind() throws IOException {
        observability.close();
        leaveStaleSocket();
        Files.write(dir.counters(), new byte[10]);
        observability = Observability.start(dir, forwarder, "");
        assertEquals(ExitStatus.FINE, run("show", "counters"), err.toString());
        assertEquals(ExitStatus.FINE, run("show", "counters", "--file", dir.counters()), err.toString());
    }

    @Test
    void shouldReadTheCountersOfADeadForwarder() throws Exception {
        pass(3);
        Thread.sleep(300); // written ten times a second
        final Path file = Files.copy(dir.counters(), base.resolve("left-behind"));
        observability.close();
        assertEquals(ExitStatus.FINE, run("show", "counters", "--file", file), err.toString());
        assertOut("ports provider tx +3");
        assertTrue(
                err.toString().matches("(?s).*left-behind: written \\d+\\.\\d s ago by process \\d+\\R"),
                err.toString());
        assertEquals(ExitStatus.UNUSABLE, run("show", "ports", "--file", file));
        assertTrue(err.toString().startsWith("dvr: --file has counters, not ports"), err.toString());
    }

    @Test
    void shouldTraceLiveFrames() {
        sendWhenWatched(MemoryForwarder.outbound(1), MemoryForwarder.outbound(2), MemoryForwarder.spent());
        assertEquals(
                ExitStatus.FINE,
                run("trace", "--live", "src host 10.0.1.11 and udp  and not src port 1", "-n", "2"),
                err.toString());
        assertOut("frame 1 at tapport-a1, \\+0\\.000000000 s");
        assertOut("  tapport-a1 .*");
        assertOut("  leaves by provider");
        assertOut("    source address +10.0.1.11 -> 203.0.113.51");
        assertOut("  dropped: ttl-exceeded \\(TTL ends at this hop\\)");
        assertEquals(ExitStatus.UNUSABLE, run("trace", "--live", "port dns"));
        assertEquals(
                "dvr: filter: 'port' takes a number from 0 to 65535, not 'dns'",
                err.toString().strip());
        assertEquals(ExitStatus.UNUSABLE, run("trace", "--live", "", "-n", "0"));
        assertEquals(
                "dvr: request: trace takes a number of frames from 1 to 1000",
                err.toString().strip());
        assertEquals(ExitStatus.UNUSABLE, run("trace", "--live", "udp", "--frame", "1@underlay"));
    }

    @Test
    void shouldPrintCapturedFrames() {
        sendWhenWatched(MemoryForwarder.outbound(1), MemoryForwarder.spent());
        assertEquals(ExitStatus.FINE, run("capture", TAP_A1, "-n", "3"), err.toString());
        assertOut("\\d\\d:\\d\\d:\\d\\d\\.\\d{6} tapport-a1 in .*10\\.0\\.1\\.11.*");
        assertOut(".* tapport-a1 out .*");
        assertEquals("3 frames", err.toString().strip());
        sendWhenWatched(MemoryForwarder.outbound(1), MemoryForwarder.spent());
        assertEquals(ExitStatus.FINE, run("capture", "--dropped", "-n", "1"), err.toString());
        assertOut(".* tapport-a1 dropped .*");
        assertOut("    dropped: ttl-exceeded: TTL ends at this hop");
        assertEquals(ExitStatus.UNUSABLE, run("capture"));
        assertEquals(ExitStatus.UNUSABLE, run("capture", TAP_A1, "--dropped"));
        assertEquals(ExitStatus.UNUSABLE, run("capture", "tapx"));
        assertTrue(err.toString().startsWith("dvr: there is no attachment point tapx"), err.toString());
    }

    @Test
    void shouldWriteDroppedFramesWithTheirReasonsAsComments() throws Exception {
        final Path file = base.resolve("dropped.pcapng");
        sendWhenWatched(MemoryForwarder.spent(), new byte[] {1, 2, 3}, MemoryForwarder.outbound(1));
        assertEquals(ExitStatus.FINE, run("capture", "--dropped", "-n", "2", "-w", file), err.toString());
        assertEquals("2 frames in " + file, err.toString().strip());
        assertEquals("", out.toString());
        try (CaptureReader reader = CaptureReader.open(file)) {
            assertTrue(reader.next());
            assertEquals(MemoryForwarder.spent().length, reader.capturedLength());
            assertTrue(reader.next());
            assertEquals(3, reader.capturedLength());
            assertFalse(reader.next());
        }
        if (!Files.isExecutable(Path.of("/usr/bin/tshark"))) {
            return;
        }
        final Process tshark = new ProcessBuilder(
                        "/usr/bin/tshark",
                        "-r",
                        file.toString(),
                        "-T",
                        "fields",
                        "-e",
                        "frame.interface_name",
                        "-e",
                        "frame.comment")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertEquals(
                List.of(
                        "tapport-a1\tdropped: ttl-exceeded: TTL ends at this hop",
                        "tapport-a1\tdropped: ethernet-truncated: shorter than an Ethernet header"),
                tshark.inputReader().lines().toList());
        assertEquals(0, tshark.waitFor());
    }
}
