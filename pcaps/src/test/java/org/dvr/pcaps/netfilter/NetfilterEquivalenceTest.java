package org.dvr.pcaps.netfilter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Our SNAT side against the kernel's own netfilter with the rules of dvr.md §7.2, packet by packet, over random traffic. Needs root, for network
 * namespaces. {@code -Dnetfilter.packets=1000000 -Dnetfilter.seed=7} asks for more and for other traffic.
 */
@Tag("namespaces")
class NetfilterEquivalenceTest {
    private static final int PACKETS = Integer.getInteger("netfilter.packets", 15_000);
    private static final long SEED = Long.getLong("netfilter.seed", 1);
    private static final int SHOWN = 20;
    private static final int LOWEST_PORT = 1_024;
    private static final List<String> TOOLS = List.of("ip", "nft", "ethtool", "sysctl", "python3", "bash");

    private final Path module = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
    private final Set<Kind> kinds = EnumSet.allOf(Kind.class);
    private final Map<KnownDifference, Integer> known = new EnumMap<>(KnownDifference.class);
    private final Map<Kind, Integer> packets = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> passed = new EnumMap<>(Kind.class);
    private final List<String> unexplained = new ArrayList<>();
    private final Map<String, Flow> flowsByMapping = new HashMap<>();

    @ParameterizedTest
    @CsvSource({"false, 1", "true, 1", "false, 2"})
    void shouldAnswerRandomTrafficAsNetfilterDoes(final boolean hasRandomPorts, final int workers) throws Exception {
        skipUnlessPossible();
        final Traffic traffic = new Traffic(SEED, kinds);
        final OurRouter ours = new OurRouter(SEED, hasRandomPorts, workers);
        try (KernelRouter kernel = new KernelRouter(module.resolve("recording/netfilter-router"), hasRandomPorts)) {
            for (int i = 0; i < PACKETS; i++) {
                final Exchange exchange = traffic.next();
                ask(exchange, ours, kernel);
                traffic.learn(exchange);
                judge(exchange);
                checkPort(exchange.flow());
            }
            assertEquals(0, ours.imbalance(), "frames are not conserved");
        }
        System.out.println(report());
        assertTrue(
                unexplained.isEmpty(),
                () -> unexplained.size() + " differences, seed " + SEED + ", the first:\n"
                        + String.join("\n", unexplained.subList(0, Math.min(SHOWN, unexplained.size()))));
        assertEquals(kinds, packets.keySet(), "kinds of traffic");
        assertEquals(EnumSet.allOf(KnownDifference.class), known.keySet(), "a difference that is gone is none");
    }

    @Test
    void shouldListEveryKnownDifferenceForPeople() throws Exception {
        final String document = Files.readString(module.resolve("../docs/conformance.md"));
        for (final KnownDifference difference : KnownDifference.values()) {
            final String row = "| `" + difference + "` | " + difference.decidedIn() + " |";
            assertTrue(document.contains(row), () -> "docs/conformance.md has no row " + row);
        }
    }

    private static void ask(final Exchange exchange, final OurRouter ours, final KernelRouter kernel)
            throws IOException {
        final List<Sent> byUs = new ArrayList<>();
        for (final byte[] frame : exchange.ourFrames()) {
            byUs.addAll(ours.ask(exchange.side(), frame));
        }
        final List<Sent> byKernel = new ArrayList<>();
        for (final byte[] frame : exchange.kernelFrames()) {
            byKernel.addAll(kernel.ask(exchange.side(), frame));
        }
        exchange.answered(byUs, byKernel, ours.dropReason());
    }

    private void judge(final Exchange exchange) {
        packets.merge(exchange.kind(), 1, Integer::sum);
        if (isLeak(exchange)) {
            unexplained.add("untranslated to the outside: " + exchange);
            return;
        }
        if (exchange.ourText().equals(exchange.kernelText())) {
            passed.merge(exchange.kind(), exchange.ours().isEmpty() ? 0 : 1, Integer::sum);
            return;
        }
        final KnownDifference difference = KnownDifference.of(exchange);
        if (difference == null) {
            unexplained.add(exchange.toString());
        } else {
            known.merge(difference, 1, Integer::sum);
        }
    }

    /** limits.md C4: nothing with a guest's own address leaves but an answer to whoever has addressed it. */
    private static boolean isLeak(final Exchange exchange) {
        return exchange.ours().stream()
                .anyMatch(sent -> sent.side() == Side.OUTSIDE
                        && Packet.of(sent.frame()).source().startsWith("10.")
                        && !(exchange.flow().rivals.stream().anyMatch(Flow::isPlainFromOutside)
                                && !exchange.given().isEchoRequest()));
    }

    /** contract.md §6 row 3: of the gateway address and not below 1024, and never the same towards one server for two flows. */
    private void checkPort(final Flow flow) {
        final Mapping mapping = flow.ours();
        if (!mapping.isChosen() || mapping.port() < 0 || flow.server() == null) { // nothing has left yet
            return;
        }
        if (mapping.ip().equals(Side.GATEWAY_IP) && mapping.port() < LOWEST_PORT) {
            unexplained.add("port below " + LOWEST_PORT + ": " + flow);
        }
        final String key = flow.protocol() + " " + mapping.ip() + ":" + mapping.port() + ">"
                + flow.server().ip() + ":" + flow.serverPort();
        final Flow other = flowsByMapping.putIfAbsent(key, flow);
        if (other != null && other != flow) {
            unexplained.add("one port for two flows: " + flow + " and " + other);
        }
    }

    private String report() {
        final int differing =
                known.values().stream().mapToInt(Integer::intValue).sum() + unexplained.size();
        final StringBuilder text = new StringBuilder();
        text.append(String.format(
                "netfilter equivalence: seed %d, %d packets, %d answered alike, %d known and %d other differences%n",
                SEED, PACKETS, PACKETS - differing, differing - unexplained.size(), unexplained.size()));
        packets.forEach((kind, count) -> text.append(String.format(
                "    %-18s %6d packets, %6d passed by both alike%n", kind, count, passed.getOrDefault(kind, 0))));
        known.forEach((difference, count) ->
                text.append(String.format("    %-18s %6d packets, %s%n", difference, count, difference.decidedIn())));
        return text.toString();
    }

    private static void skipUnlessPossible() throws IOException, InterruptedException {
        final List<String> missing =
                TOOLS.stream().filter(tool -> !isOnPath(tool)).toList();
        if (!missing.isEmpty()) {
            skip("not installed: " + String.join(", ", missing));
        }
        final Process probe = new ProcessBuilder("unshare", "--net", "true").start();
        if (probe.waitFor() != 0) {
            skip("not root, or no network namespaces here");
        }
    }

    private static boolean isOnPath(final String program) {
        return Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static void skip(final String reason) {
        System.out.println("NetfilterEquivalenceTest skipped: " + reason);
        abort(reason);
    }
}
