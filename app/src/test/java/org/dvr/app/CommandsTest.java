package org.dvr.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.dvr.app.command.ExitStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as people type them: what they print, what they write, how they end. */
final class CommandsTest {
    private static final Path SCENARIOS =
            Path.of("..", "pcaps", "scenarios").toAbsolutePath().normalize();
    private static final Path LEAVES = SCENARIOS.resolve("same-subnet/unicast-leaves-in-vxlan");
    private static final String TOPOLOGY = LEAVES.resolve("topology.yaml").toString();
    private static final String INPUT = "tapport-a1=" + LEAVES.resolve("in/tapport-a1.pcap");

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(final Object... args) {
        final String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.create(Map.of())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(texts);
    }

    private void assertErr(final String part) {
        assertTrue(err.toString().contains(part), err.toString());
    }

    private void assertOut(final String part) {
        assertTrue(out.toString().contains(part), out.toString());
    }

    private Path copyOfScenario() throws IOException {
        final Path copy = folder.resolve("scenarios/area/copy");
        for (final String file : new String[] {
            "scenario.yaml", "topology.yaml", "in/tapport-a1.pcap", "out/underlay.pcap", "counters.json"
        }) {
            Files.createDirectories(copy.resolve(file).getParent());
            Files.copy(LEAVES.resolve(file), copy.resolve(file));
        }
        return copy;
    }

    @Test
    void shouldReplayAFolder() throws IOException {
        final Path json = folder.resolve("counters.json");
        assertEquals(ExitStatus.FINE, run("replay", LEAVES, "--json", json), err.toString());
        assertOut("ok     same-subnet/unicast-leaves-in-vxlan  A guest's frame");
        assertOut("1 scenario: ok");
        final String text = Files.readString(json);
        assertTrue(text.startsWith("{") && text.contains("\"host\" : \"compute1\""), text);
    }

    @Test
    void shouldReplaySeveralHosts() throws IOException {
        final Path json = folder.resolve("counters.json");
        final Path scenario = SCENARIOS.resolve("cloud/floating-ip-to-floating-ip-across-hosts");
        assertEquals(ExitStatus.FINE, run("replay", scenario, "--json", json), out.toString());
        assertOut("ok     cloud/floating-ip-to-floating-ip-across-hosts  ");
        final String text = Files.readString(json);
        assertTrue(text.contains("\"hosts\" : {") && text.contains("\"wire-provider\" : {"), text);
        assertEquals(ExitStatus.FINE, run("trace", scenario, "--frame", "2@compute2/provider"), err.toString());
        assertOut("frame 2 at compute2/provider, +0.000000000 s");
        assertOut("leaves by compute2/tapport-a2");
        assertOut("TTL                  62 -> 60");
        assertEquals(ExitStatus.UNUSABLE, run("trace", scenario, "--frame", "2@compute9/provider"));
        assertErr("host compute9 is not in this replay, which has compute1, compute2");
    }

    @Test
    void shouldSayOnStderrThatSomethingRunsShort() throws IOException {
        final Path scenario = SCENARIOS.resolve("limits/connection-table-passes-80-percent");
        assertEquals(ExitStatus.FINE, run("replay", scenario), out.toString());
        assertErr("limits/connection-table-passes-80-percent: compute1 +0.015000000 s: alarm: the connection table runs"
                + " full: 16 of 20 connections (80 %)");
        assertErr("compute1 +31.016000000 s: over: the connection table has room again: 0 of 20 connections");
        assertEquals(
                ExitStatus.FINE,
                run(
                        "replay",
                        "--topology",
                        scenario.resolve("topology.yaml"),
                        "--host",
                        "compute1",
                        "--in",
                        "tapport-a1=" + scenario.resolve("in/tapport-a1.pcap"),
                        "--out",
                        folder.resolve("out"),
                        "--option",
                        "connections=16"),
                err.toString());
        assertErr("compute1 +0.012000000 s: alarm: the connection table runs full: 13 of 16 connections (81 %)");
        assertTrue(out.toString().matches("(?s).*flows capacity +16\\R.*flows high water +16\\R.*"), out.toString());
        assertTrue(out.toString().matches("(?s).*flows reclaimed tentative +1\\R.*"), out.toString());
        assertTrue(out.toString().matches("(?s).*alarms connections +1\\R.*"), out.toString());
        assertFalse(out.toString().contains("flows refused"), out.toString());
    }

    @Test
    void shouldReplayFoldersBelowAFolderIntoAnArray() throws IOException {
        final Path json = folder.resolve("counters.json");
        assertEquals(ExitStatus.FINE, run("replay", SCENARIOS.resolve("same-subnet"), "--json", json), err.toString());
        final String text = Files.readString(json);
        assertTrue(
                text.startsWith("[") && text.contains("\"scenario\" : \"same-subnet/unicast-leaves-in-vxlan\""), text);
    }

    @Test
    void shouldAnswerNoWhereTheOutputDiffersAndUpdateOnRequest() throws IOException {
        final Path copy = copyOfScenario();
        Files.delete(copy.resolve("out/underlay.pcap"));
        assertEquals(ExitStatus.NO, run("replay", copy));
        assertOut("FAIL   area/copy");
        assertOut("out/underlay: 2 frames too many, first is frame 1");
        assertEquals(ExitStatus.FINE, run("replay", copy, "--update"));
        assertOut("wrote  area/copy");
        assertEquals(ExitStatus.FINE, run("replay", copy));
        assertEquals(-1, Files.mismatch(copy.resolve("out/underlay.pcap"), LEAVES.resolve("out/underlay.pcap")));
    }

    @Test
    void shouldGoOnAfterAnUnusableScenario() throws IOException {
        final Path copy = copyOfScenario();
        Files.writeString(copy.resolve("in/tapport-a1.pcap"), "not a capture");
        assertEquals(ExitStatus.UNUSABLE, run("replay", copy, LEAVES));
        assertOut("error  area/copy");
        assertOut("ok     same-subnet/unicast-leaves-in-vxlan");
        assertOut("2 scenarios: 1 ok, 0 failed, 1 unusable");
    }

    @Test
    void shouldReplayAnyCapturesThroughAHost() throws IOException {
        final Path result = folder.resolve("result");
        Files.createDirectories(result);
        Files.writeString(result.resolve("provider.pcap"), "of an earlier run");
        final Path json = folder.resolve("counters.json");
        assertEquals(
                ExitStatus.FINE,
                run(
                        "replay",
                        "--topology",
                        TOPOLOGY,
                        "--host",
                        "compute1",
                        "--in",
                        INPUT,
                        "--out",
                        result,
                        "--json",
                        json,
                        "--option",
                        "seed=3",
                        "announce=off"),
                err.toString());
        assertTrue(Files.exists(result.resolve("underlay.pcap")));
        assertFalse(Files.exists(result.resolve("provider.pcap")), "it sent nothing in this run");
        assertTrue(Files.readString(json).contains("\"rx\" : 2"));
        assertOut("tapport-a1");
    }

    @Test
    void shouldMeasureALoop() {
        assertEquals(
                ExitStatus.FINE,
                run("replay", "--topology", TOPOLOGY, "--host", "compute1", "--in", INPUT, "--loop", 3),
                err.toString());
        assertOut("measured 2 passes, 4 frames, from memory");
        assertOut("packets per second");
        assertOut("percentile");
        assertEquals(
                ExitStatus.FINE,
                run("replay", "--topology", TOPOLOGY, "--host", "compute1", "--in", INPUT, "--loop", 1));
        assertOut("measured 1 pass, 2 frames, streamed from the disk");
    }

    @Test
    void shouldShowALoopOnAPage() throws IOException {
        final Path page = folder.resolve("loop.html");
        assertEquals(
                ExitStatus.FINE,
                run(
                        "replay",
                        "--topology",
                        TOPOLOGY,
                        "--host",
                        "compute1",
                        "--in",
                        INPUT,
                        "--loop",
                        3,
                        "--report",
                        page),
                err.toString());
        final String text = Files.readString(page);
        assertTrue(text.contains("<title>dvr replay: compute1</title>"));
        assertTrue(text.contains("4 frames in 2 passes, from memory"));
        assertTrue(text.contains("burst of up to 64 frames"));
        assertEquals(
                ExitStatus.UNUSABLE,
                run("replay", "--topology", TOPOLOGY, "--host", "compute1", "--out", folder, "--report", page));
        assertErr("--report goes with --loop");
        assertEquals(
                ExitStatus.UNUSABLE,
                run(
                        "replay",
                        "--topology",
                        TOPOLOGY,
                        "--host",
                        "compute1",
                        "--in",
                        INPUT,
                        "--loop",
                        3,
                        "--report",
                        folder.resolve("none/loop.html")));
        assertErr("cannot be written");
    }

    @Test
    void shouldRefuseUnusableArguments() {
        assertEquals(ExitStatus.UNUSABLE, run("replay", "--topology", TOPOLOGY, "--host", "compute1", "--in", INPUT));
        assertErr("--out is missing");
        assertEquals(ExitStatus.UNUSABLE, run("replay", "--host", "compute1", "--out", folder));
        assertErr("--topology is missing");
        assertEquals(ExitStatus.UNUSABLE, run("replay", "--topology", TOPOLOGY, "--host", "compute9", "--out", folder));
        assertErr("compute1, compute2, network1");
        assertEquals(
                ExitStatus.UNUSABLE,
                run("replay", "--topology", TOPOLOGY, "--host", "compute1", "--out", folder, "--in", "underlay"));
        assertErr("--in must be NAME=FILE, not underlay");
        assertEquals(
                ExitStatus.UNUSABLE,
                run("replay", "--topology", TOPOLOGY, "--host", "compute1", "--out", folder, "--in", "eth0=x.pcap"));
        assertErr("host compute1 has no attachment point eth0, it has provider");
        assertEquals(
                ExitStatus.UNUSABLE,
                run(
                        "replay",
                        "--topology",
                        TOPOLOGY,
                        "--host",
                        "compute1",
                        "--out",
                        folder,
                        "--in",
                        "underlay=gone.pcap"));
        assertErr("gone.pcap: no such file");
        assertEquals(
                ExitStatus.UNUSABLE,
                run(
                        "replay",
                        "--topology",
                        TOPOLOGY,
                        "--host",
                        "compute1",
                        "--out",
                        folder,
                        "--option",
                        "flow_cach=on"));
        assertErr("--option: unknown option flow_cach");
        assertEquals(
                ExitStatus.UNUSABLE,
                run(
                        "replay",
                        "--topology",
                        TOPOLOGY,
                        "--host",
                        "compute1",
                        "--in",
                        INPUT,
                        "--out",
                        LEAVES.resolve("in")));
        assertErr("which would be written over");
        assertEquals(ExitStatus.UNUSABLE, run("replay", folder));
        assertErr("no scenario.yaml in it or below it");
    }

    @Test
    void shouldExplainAFrameOfAScenario() {
        assertEquals(ExitStatus.FINE, run("trace", LEAVES, "--frame", "2@tapport-a1"), err.toString());
        assertOut("frame 2 at tapport-a1, +1.000000000 s");
        assertOut("  packet           IPv4 10.0.1.11 > 10.0.1.12, TTL 64, TOS 0, 84 bytes");
        assertOut("  br-int in        tapport-a1 is in network A");
        assertOut("  leaves by underlay in VXLAN, VNI 101, 172.16.0.1 > 172.16.0.2");
        assertEquals(ExitStatus.UNUSABLE, run("trace", LEAVES, "--frame", "3@tapport-a1"));
        assertErr("3@tapport-a1: the capture of tapport-a1 has the frames 1 to 2");
        assertEquals(ExitStatus.UNUSABLE, run("trace", LEAVES, "--frame", "1@provider"));
        assertErr("there is no capture of provider, only of tapport-a1");
        assertEquals(ExitStatus.UNUSABLE, run("trace", LEAVES, "--frame", "x@tapport-a1"));
        assertErr("--frame must be N@NAME with N from 1, not x@tapport-a1");
    }

    @Test
    void shouldExplainAFrameInHex() {
        final String arp =
                "ff:ff:ff:ff:ff:ff fa163e0a0011 0806\n0001 0800 06 04 0001 fa163e0a0011 0a00010b 00-00-00-00-00-00"
                        + " 0a000101@tapport-a1";
        assertEquals(
                ExitStatus.FINE,
                run("trace", "--topology", TOPOLOGY, "--host", "compute1", "--hex", arp),
                err.toString());
        assertOut("ARP, Reply 10.0.1.1 is-at fa:16:3e:0a:00:01");
        assertOut("  consumed: it was for this host");
        assertEquals(ExitStatus.UNUSABLE, run("trace", LEAVES, "--hex", "0g@tapport-a1"));
        assertErr("--hex has the character g, which is no hexadecimal digit");
        assertEquals(ExitStatus.UNUSABLE, run("trace", LEAVES, "--hex", "000@tapport-a1"));
        assertErr("--hex has 3 digits");
        assertEquals(ExitStatus.FINE, run("trace", LEAVES, "--hex", "00@tapport-a1"));
        assertOut("dropped: ethernet-truncated");
    }

    @Test
    void shouldCheckATopology() {
        assertEquals(ExitStatus.FINE, run("check", "--topology", TOPOLOGY, "--host", "compute1"), err.toString());
        assertOut("topology is valid: 3 hosts, 3 networks, 3 subnets, 12 ports, 1 routers, 3 floating IPs");
        assertOut("  ok    compute1  agent mode dvr: distributed routers, and the floating IPs of its own guests");
        assertOut("  203.0.113.51  10.0.1.11  R       tapport-a1");
        assertEquals(ExitStatus.FINE, run("check", "--topology", TOPOLOGY));
        assertOut("  ok    network1  agent mode dvr_snat");
    }

    @Test
    void shouldSayWhichCheckOfThePreflightFails() throws IOException {
        final Path file = folder.resolve("topology.yaml");
        final String sound = Files.readString(Path.of(TOPOLOGY));
        Files.writeString(file, sound.replaceFirst("bridge_mappings: \\{provider: br-ex}", "tunnel_types: [gre]"));
        assertEquals(ExitStatus.NO, run("check", "--topology", file, "--host", "compute1"), err.toString());
        assertOut("FAIL  compute1  network A is vxlan: the host's tunnel types do not have it");
        assertOut("FAIL  compute1  way to external network E: bridge mapping provider is missing");
        Files.writeString(file, sound.replaceFirst("agent_mode: dvr\n", "agent_mode: legacy\n"));
        assertEquals(ExitStatus.NO, run("check", "--topology", file));
        assertOut("agent mode legacy: guests here use distributed router R");
    }

    @Test
    void shouldPrintEveryErrorOfATopology() throws IOException {
        final Path file = folder.resolve("topology.yaml");
        Files.writeString(
                file,
                Files.readString(Path.of(TOPOLOGY))
                        .replace("10.0.1.11", "10.0.9.9")
                        .replace("10.0.2.11", "10.0.9.10"));
        assertEquals(ExitStatus.UNUSABLE, run("check", "--topology", file));
        assertErr("fixed_ips[0].ip_address 10.0.9.9 is not in subnet 10.0.1.0/24");
        assertErr("fixed_ips[0].ip_address 10.0.9.10 is not in subnet 10.0.2.0/24");
    }

    @Test
    void shouldKeepConnectionsFromReplayToReplay() throws IOException {
        final Path connection = SCENARIOS.resolve("floating-ip/tcp-established-stays-for-days");
        final Path state = folder.resolve("connections.state");
        final Object[] args = {
            "replay",
            "--topology",
            connection.resolve("topology.yaml"),
            "--host",
            "compute1",
            "--in",
            "tapport-a1=" + connection.resolve("in/tapport-a1.pcap"),
            "provider=" + connection.resolve("in/provider.pcap"),
            "--out",
            folder.resolve("out"),
            "--state",
            state
        };
        assertEquals(ExitStatus.FINE, run(args));
        assertErr(state + ": no state yet, starting without connections");
        assertErr(state + ": 1 connection written");
        assertEquals(ExitStatus.FINE, run(args));
        assertErr(state + ": 1 connection restored");
        assertTrue(out.toString().matches("(?s).*flows restored +1\\R.*"), out.toString());

        Files.write(state, Arrays.copyOf(Files.readAllBytes(state), 60));
        assertEquals(ExitStatus.FINE, run(args));
        assertErr(state + ": is torn: it ends at byte 60, its header says ");
        assertErr("; starting without its connections, the next state written replaces it");
        assertErr(state + ": 1 connection written");
    }

    @Test
    void shouldRefuseAStateThatCannotBeWrittenBeforeTheReplay() {
        final Path nowhere = folder.resolve("not/there");
        assertEquals(
                ExitStatus.UNUSABLE,
                run(
                        "replay",
                        "--topology",
                        TOPOLOGY,
                        "--host",
                        "compute1",
                        "--in",
                        INPUT,
                        "--out",
                        folder.resolve("out"),
                        "--state",
                        nowhere));
        assertErr(nowhere + ": cannot be written");
        assertFalse(Files.exists(folder.resolve("out")));
        assertEquals(ExitStatus.UNUSABLE, run("replay", "--state", nowhere));
        assertErr("--state go with --topology and --host");
    }
}
