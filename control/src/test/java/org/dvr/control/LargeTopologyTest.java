package org.dvr.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import org.dvr.codec.net.MacAddress;
import org.dvr.control.compile.StableIds;
import org.dvr.control.compile.TopologyCompiler;
import org.dvr.control.source.TopologyLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cloud of 100,000 ports on 1,000 hosts: 1,000 networks in pairs behind 500 distributed routers. */
@Tag("slow")
class LargeTopologyTest {
    private static final int HOSTS = 1000;
    private static final int NETWORKS = 1000;
    private static final int GUESTS_PER_NETWORK = 98;
    private static final long LIMIT_MS = 10_000;

    @TempDir
    Path directory;

    @Test
    void shouldLoadAndCompileJsonWithinSeconds() throws IOException {
        loadAndCompile("large.json", true);
    }

    @Test
    void shouldLoadAndCompileYamlWithinSeconds() throws IOException {
        loadAndCompile("large.yaml", false);
    }

    private void loadAndCompile(final String name, final boolean isJson) throws IOException {
        final Path file = directory.resolve(name);
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
            write(out, isJson ? "," : "");
        }
        final long start = System.nanoTime();
        final TopologyLoader.Result loaded = Topologies.load(List.of(file));
        final long loadedAt = System.nanoTime();
        assertEquals("", loaded.findings().toString());
        final TopologyCompiler.Result compiled = Topologies.compile(loaded.topology(), "host-0007", new StableIds());
        final long compiledAt = System.nanoTime();
        assertEquals("", compiled.findings().toString());
        assertEquals(
                NETWORKS * (GUESTS_PER_NETWORK + 2), loaded.topology().ports().size());
        assertEquals(
                98,
                compiled.snapshot().attachments().stream()
                        .filter(attachment -> attachment.name().startsWith("tap"))
                        .count());
        System.out.printf(
                "%s: %d MB, load %d ms, compile %d ms%n",
                name, Files.size(file) >> 20, (loadedAt - start) / 1_000_000, (compiledAt - loadedAt) / 1_000_000);
        assertTrue((compiledAt - start) / 1_000_000 < LIMIT_MS, "load and compile within 10 s");
    }

    /** Lists of flow mappings, which are JSON and YAML alike; JSON has them in an object and with commas. */
    private static void write(final PrintWriter out, final String comma) {
        final boolean isJson = !comma.isEmpty();
        out.println(isJson ? "{" : "# generated");
        list(
                out,
                isJson,
                "hosts",
                HOSTS,
                i -> "{\"name\": \"" + host(i) + "\", \"agent_mode\": \"dvr\", \"local_ip\": \"172.16." + (i >> 8) + "."
                        + (i & 255) + "\"}");
        comma(out, isJson);
        // 1,000 names are enough for two to have the same derived MAC.
        list(
                out,
                isJson,
                "dvr_host_macs",
                HOSTS,
                i -> "{\"host\": \"" + host(i) + "\", \"mac_address\": \"" + MacAddress.toString(0xFA163F000000L + i)
                        + "\"}");
        comma(out, isJson);
        list(
                out,
                isJson,
                "networks",
                NETWORKS,
                i -> "{\"id\": \"" + id('a', i) + "\", \"provider:network_type\": \"vxlan\", "
                        + "\"provider:segmentation_id\": " + (i + 1) + ", \"mtu\": 1450, \"admin_state_up\": true}");
        comma(out, isJson);
        list(
                out,
                isJson,
                "subnets",
                NETWORKS,
                i -> "{\"id\": \"" + id('b', i) + "\", \"network_id\": \"" + id('a', i) + "\", \"cidr\": \"10."
                        + (i >> 8) + "." + (i & 255) + ".0/24\", \"gateway_ip\": \"" + ip(i, 1) + "\"}");
        comma(out, isJson);
        list(
                out,
                isJson,
                "routers",
                NETWORKS / 2,
                i -> "{\"id\": \"" + id('c', i) + "\", \"distributed\": true, " + "\"gw_port_host\": \"" + host(i)
                        + "\"}");
        comma(out, isJson);
        final int perNetwork = GUESTS_PER_NETWORK + 2;
        list(out, isJson, "ports", NETWORKS * perNetwork, i -> port(i / perNetwork, i % perNetwork));
        out.println(isJson ? "}" : "");
    }

    private static String port(final int network, final int number) {
        final String common = "{\"id\": \"" + id('d', network * 1000 + number) + "\", \"network_id\": \""
                + id('a', network)
                + "\", \"mac_address\": \"" + MacAddress.toString(0xFA163E000000L + network * 256L + number)
                + "\", \"fixed_ips\": [{\"subnet_id\": \"" + id('b', network) + "\", \"ip_address\": \""
                + ip(network, number + 1) + "\"}], \"admin_state_up\": true, \"status\": \"ACTIVE\", \"tags\": [], "
                + "\"security_groups\": [\"" + id('e', network) + "\"], ";
        return switch (number) {
            case 0 ->
                common + "\"device_owner\": \"network:router_interface_distributed\", \"device_id\": \""
                        + id('c', network / 2) + "\"}";
            case 1 ->
                common + "\"device_owner\": \"network:router_centralized_snat\", \"device_id\": \""
                        + id('c', network / 2) + "\", \"binding:host_id\": \"" + host(network / 2) + "\"}";
            default ->
                common + "\"device_owner\": \"compute:nova\", \"binding:host_id\": \""
                        + host((network * 7 + number * 13) % HOSTS) + "\"}";
        };
    }

    private static String host(final int number) {
        return String.format("host-%04d", number);
    }

    private static String id(final char kind, final int number) {
        return String.format("%08x-%c000-4000-8000-000000000000", number * 0x9E3779B1, kind);
    }

    private static String ip(final int network, final int host) {
        return "10." + (network >> 8) + "." + (network & 255) + "." + host;
    }

    private static void comma(final PrintWriter out, final boolean isJson) {
        out.println(isJson ? "," : "");
    }

    private static void list(
            final PrintWriter out,
            final boolean isJson,
            final String key,
            final int size,
            final IntFunction<String> item) {
        out.println(isJson ? "\"" + key + "\": [" : key + ":");
        for (int i = 0; i < size; i++) {
            out.println((isJson ? "" : "- ") + item.apply(i) + (isJson && i + 1 < size ? "," : ""));
        }
        if (isJson) {
            out.println("]");
        }
    }
}
