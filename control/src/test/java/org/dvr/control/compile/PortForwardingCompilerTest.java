package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.control.Documents;
import org.dvr.control.Topologies;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which host forwards the ports of a floating IP, on the cast of dvr.md §9.0 and on changes of it: one, whatever they lead to. */
@SuppressWarnings("StringConcatToTextBlock") // pieces of documents
class PortForwardingCompilerTest {
    private static final String CAST = Documents.cast("vxlan");
    private static final List<String> HOSTS = List.of("compute1", "compute2", "network1");
    private static final int SHARED = Ipv4Address.parse("203.0.113.99");

    @TempDir
    Path directory;

    private final List<String> warnings = new ArrayList<>();

    private TopologySnapshot compile(final String document, final String host) {
        final TopologyLoader.Result loaded =
                new Documents(directory).add("t.yaml", document).load();
        assertEquals(List.of(), loaded.findings().errors());
        final TopologyCompiler.Result result = Topologies.compile(loaded.topology(), host, new StableIds());
        assertEquals(List.of(), result.findings().errors());
        warnings.addAll(result.findings().warnings());
        return result.snapshot();
    }

    /** Ports of .99 lead to these addresses. */
    private static String forwarding(final String base, final String... targets) {
        final StringBuilder forwardings = new StringBuilder("floatingips:\n  - id: fip-99\n")
                .append(
                        "    floating_ip_address: 203.0.113.99\n    floating_network_id: net-e\n    port_forwardings:\n");
        int port = 8_000;
        for (final String target : targets) {
            forwardings
                    .append("      - {protocol: tcp, external_port: ")
                    .append(port++)
                    .append(", internal_ip_address: ")
                    .append(target)
                    .append(", internal_port: 80}\n");
        }
        return base.replace("floatingips:\n", forwardings);
    }

    /** The hosts that answer for .99 on the external network. */
    private List<String> answering(final String document) {
        final List<String> answering = new ArrayList<>();
        for (final String host : HOSTS) {
            for (final ExternalPort port : compile(document, host).externalPorts()) {
                if (port.answersFor(SHARED)) {
                    answering.add(port.router() == null ? host : host + " centrally");
                }
            }
        }
        return answering;
    }

    @Test
    void shouldForwardAtTheHostOfTheOnlyTarget() {
        final TopologySnapshot c1 = compile(forwarding(CAST, "10.0.1.13", "10.0.2.11"), "compute1");
        final ExternalPort fg = c1.externalPorts().get(0);
        final Router router = c1.routers().get(0);
        final FloatingIp shared = fg.forwardedIp(SHARED);
        assertTrue(shared.isShared());
        assertEquals("203.0.113.1", Ipv4Address.toString(shared.gatewayIp()));
        assertEquals(router, shared.router());
        assertNull(fg.floatingIp(SHARED));
        assertEquals(shared, fg.translated(SHARED));

        final PortForwarding web = fg.portForwarding(IpProtocol.TCP, SHARED, 8_000);
        assertEquals("10.0.1.13:80 by R", web.toString());
        assertEquals(
                "10.0.2.11:80 by R",
                fg.portForwarding(IpProtocol.TCP, SHARED, 8_001).toString());
        assertNull(fg.portForwarding(IpProtocol.UDP, SHARED, 8_000));
        assertTrue(router.forwardsTo(Ipv4Address.parse("10.0.1.13")));
        assertFalse(router.forwardsTo(Ipv4Address.parse("10.0.1.11")));
        assertNotNull(router.forwarding(IpProtocol.TCP, SHARED, 8_000, web.internalIp(), 80));
        assertNull(router.forwarding(IpProtocol.TCP, SHARED, 8_000, web.internalIp(), 81));
        assertNull(router.forwarding(IpProtocol.TCP, SHARED, 8_001, web.internalIp(), 80));
        assertNull(router.floatingIpOf(web.internalIp()), "what the guest begins leaves otherwise");
        assertEquals(List.of(), warnings);
    }

    @Test
    void shouldForwardAtOneHostOnly() {
        assertEquals(List.of("compute1"), answering(forwarding(CAST, "10.0.1.13")));
        assertEquals(List.of("compute1"), answering(forwarding(CAST, "10.0.1.13", "10.0.2.11", "10.0.1.11")));
        assertEquals(List.of("compute2"), answering(forwarding(CAST, "10.0.2.12")));
        assertEquals(List.of("network1 centrally"), answering(forwarding(CAST, "10.0.1.13", "10.0.2.12")));
        assertEquals(List.of("network1 centrally"), answering(forwarding(CAST, "10.0.1.13", "10.0.1.99"))); // nobody's
        assertEquals(List.of(), warnings);
    }

    @Test
    void shouldForwardCentrallyWhereTheGuestsHostCannot() {
        final String one = forwarding(CAST, "10.0.1.13");
        final String noExternal = one.replaceFirst("agent_mode: dvr\n", "agent_mode: dvr_no_external\n");
        assertEquals(List.of("network1 centrally"), answering(noExternal));
        final String noLeg = one.replaceFirst("bridge_mappings: \\{provider: br-ex}", "bridge_mappings: {}");
        assertEquals(List.of("network1 centrally"), answering(noLeg));
        final String unbound = one.replaceAll(
                "(ip_address: 10.0.1.13}]\n    device_owner: )compute:nova\n    \"binding:host_id\": compute1\n",
                "$1\"\"\n");
        assertEquals(List.of("network1 centrally"), answering(unbound));
        final String onTheNetworkHost = one.replaceAll(
                "(ip_address: 10.0.1.13}]\n    device_owner: compute:nova\n    \"binding:host_id\": )compute1\n",
                "$1network1\n");
        assertEquals(List.of("network1"), answering(onTheNetworkHost));
    }

    @Test
    void shouldHaveOnePlaceForAFloatingIpThatIsAPortsBesides() {
        final String both = forwarding(CAST, "10.0.1.13")
                .replace("    port_forwardings:", "    port_id: port-b2\n    port_forwardings:");
        assertEquals(List.of("network1 centrally"), answering(both));
        final Router central = compile(both, "network1").routers().stream()
                .filter(Router::isCentral)
                .findFirst()
                .orElseThrow();
        assertEquals(
                "10.0.2.12",
                Ipv4Address.toString(central.gatewayPort().floatingIp(SHARED).fixedIp()));
    }

    @Test
    void shouldLeaveOutWhatCannotBeForwarded() {
        final Map<String, String> refused = Map.of(
                "icmp, external_port: 1", "protocol icmp has no ports",
                "dccp, external_port: 1", "protocol dccp is translated by address alone",
                "sctp, external_port: 2", "the checksum of sctp does not allow another port inside (2 to 1)");
        refused.forEach((forwarding, why) -> {
            for (final String guest : List.of("10.0.1.11", "10.0.2.12")) { // at one host or two, it does not count
                warnings.clear();
                assertEquals(List.of("compute1"), answering(with(forwarding, guest)));
                assertEquals(1, warnings.size(), warnings.toString());
                assertTrue(warnings.get(0).endsWith(why + ", the forwarding is left out"), warnings.get(0));
            }
        });
        warnings.clear();
        final TopologySnapshot c1 = compile(with("sctp, external_port: 1", "10.0.1.11"), "compute1");
        assertNotNull(c1.externalPorts().get(0).portForwarding(132, SHARED, 1));
        assertEquals(List.of(), warnings);
    }

    private static String with(final String forwarding, final String guest) {
        return forwarding(CAST, "10.0.1.13")
                .replace(
                        "    port_forwardings:\n",
                        "    port_forwardings:\n      - {protocol: " + forwarding + ", internal_ip_address: " + guest
                                + ", internal_port: 1}\n");
    }
}
