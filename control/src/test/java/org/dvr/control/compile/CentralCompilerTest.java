package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.control.Documents;
import org.dvr.control.Topologies;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.table.NeighborTable;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SNAT sides, legacy routers and what is translated there, on the cast of dvr.md §9.0 and on changes of it. */
@SuppressWarnings("StringConcatToTextBlock") // pieces of documents
class CentralCompilerTest {
    private static final String CAST = Documents.cast("vxlan");
    /** The same router, legacy: its interfaces and its gateway port are bound to network1. */
    static final String LEGACY = CAST.replace("distributed: true", "distributed: false")
            .replace(
                    "network:router_interface_distributed\n    device_id: router-r\n",
                    "network:router_interface\n    device_id: router-r\n    \"binding:host_id\": network1\n")
            .replaceAll("(?s)  - id: port-sa\n.*?(  # qg)", "$1");

    private static final String SA = "fa:16:3e:0a:00:02";
    private static final String GA = "fa:16:3e:0a:00:01";

    @TempDir
    Path directory;

    private List<String> warnings = List.of();

    private TopologySnapshot compile(final String document, final String host, final StableIds ids) {
        final TopologyLoader.Result loaded =
                new Documents(directory).add("t.yaml", document).load();
        assertEquals(List.of(), loaded.findings().errors());
        final TopologyCompiler.Result result = Topologies.compile(loaded.topology(), host, ids);
        assertEquals(List.of(), result.findings().errors());
        warnings = result.findings().warnings();
        return result.snapshot();
    }

    private TopologySnapshot compile(final String document, final String host) {
        return compile(document, host, new StableIds());
    }

    private static int ip(final String text) {
        return Ipv4Address.parse(text);
    }

    private static Router central(final TopologySnapshot snapshot) {
        final List<Router> found =
                snapshot.routers().stream().filter(Router::isCentral).toList();
        assertTrue(found.size() <= 1, found.toString());
        return found.isEmpty() ? null : found.get(0);
    }

    private static Router distributed(final TopologySnapshot snapshot) {
        return snapshot.routers().stream()
                .filter(router -> !router.isCentral())
                .findFirst()
                .orElse(null);
    }

    private static Segment segment(final TopologySnapshot snapshot, final String name) {
        return snapshot.segments().stream()
                .filter(segment -> segment.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static FdbEntry fdb(final TopologySnapshot snapshot, final String segment, final String mac) {
        return snapshot.fdb().find(segment(snapshot, segment).id(), MacAddress.parse(mac));
    }

    private static String neighbor(final TopologySnapshot snapshot, final String segment, final String ip) {
        final long value = snapshot.neighbors().find(segment(snapshot, segment).id(), ip(ip));
        return value == NeighborTable.MISSING ? null : MacAddress.toString(NeighborTable.mac(value));
    }

    private static List<String> floodHosts(final TopologySnapshot snapshot, final String segment) {
        return Arrays.stream(segment(snapshot, segment).floodPeers())
                .map(Peer::host)
                .toList();
    }

    private static List<String> floatingIps(final Router router) {
        return router.gatewayPort().sortedFloatingIps().stream()
                .map(one -> Ipv4Address.toString(one.floatingIp()) + " " + Ipv4Address.toString(one.fixedIp()))
                .toList();
    }

    private static List<String> distributedFloatingIps(final TopologySnapshot snapshot) {
        final List<String> found = new ArrayList<>();
        for (final ExternalPort port : snapshot.externalPorts()) {
            if (port.router() == null) {
                for (final FloatingIp one : port.sortedFloatingIps()) {
                    found.add(Ipv4Address.toString(one.floatingIp()));
                }
            }
        }
        return found;
    }

    @Test
    void shouldHaveTheSnatSideOnItsHostAlone() {
        final TopologySnapshot n = compile(CAST, "network1");
        assertEquals(List.of(), warnings);
        assertEquals(2, n.routers().size());
        assertFalse(n.routers().get(0).isCentral());
        final Router snat = central(n);
        assertTrue(snat.isSnatSide());
        assertTrue(snat.isUp());
        assertEquals("router-r", snat.routerId());
        assertEquals("R", snat.name());
        assertNotEquals(distributed(n).zone(), snat.zone());
        assertNull(snat.externalPort());
        for (final String host : List.of("compute1", "compute2")) {
            assertNull(central(compile(CAST, host)));
        }
    }

    @Test
    void shouldGiveTheSnatSideItsCsnatPorts() {
        final TopologySnapshot n = compile(CAST, "network1");
        final Router snat = central(n);
        assertEquals(2, snat.ports().length);
        final RouterPort sa = snat.portWithIp(ip("10.0.1.2"));
        assertEquals(MacAddress.parse(SA), sa.mac());
        assertEquals("port-sa", sa.portId());
        assertEquals(24, sa.prefixLength());
        assertSame(segment(n, "A"), sa.segment());
        assertTrue(snat.fib().find(ip("10.0.2.77")).isConnected());
        assertNull(snat.fib().find(ip("8.8.8.8")));
        assertEquals(FdbEntry.Kind.CENTRAL, fdb(n, "A", SA).kind());
        assertSame(sa, fdb(n, "A", SA).routerPort());
        assertEquals(FdbEntry.Kind.GATEWAY, fdb(n, "A", GA).kind());
        assertEquals(1, segment(n, "A").routerPorts().length);
        assertEquals("network1", fdb(compile(CAST, "compute1"), "A", SA).peer().host());
    }

    @Test
    void shouldGiveTheSnatSideItsGatewayPort() {
        final TopologySnapshot n = compile(CAST, "network1");
        final ExternalPort qg = central(n).gatewayPort();
        assertSame(central(n), qg.router());
        assertSame(segment(n, "E"), qg.segment());
        assertEquals(MacAddress.parse("fa:16:3e:0e:00:30"), qg.mac());
        assertEquals(ip("203.0.113.30"), qg.ip());
        assertEquals(ip("203.0.113.1"), qg.gatewayIp());
        assertTrue(qg.hasSnat());
        assertSame(qg, fdb(n, "E", "fa:16:3e:0e:00:30").externalPort());
        assertTrue(central(n).externalFib().find(ip("203.0.113.99")).isConnected());
        assertNull(central(n).externalFib().find(ip("8.8.8.8")));
        // Beside the fip namespace of a dvr_snat host.
        assertEquals(2, segment(n, "E").externalPorts().length);
        assertNotEquals(qg, segment(n, "E").externalPort());
        assertFalse(central(compile(CAST.replace("enable_snat: true", "enable_snat: false"), "network1"))
                .gatewayPort()
                .hasSnat());
    }

    @Test
    void shouldTakeTheGatewayAddressFromTheRouterWhereNoPortHasIt() {
        final String noPort = CAST.replaceAll("(?s)  - id: port-qg\n.*?(  - id: port-fg1)", "$1");
        final ExternalPort qg = central(compile(noPort, "network1")).gatewayPort();
        assertEquals(ip("203.0.113.30"), qg.ip());
        assertEquals(ip("203.0.113.1"), qg.gatewayIp());
        assertEquals("fa:16:3e:fd:c9:0f", MacAddress.toString(qg.mac())); // SHA-256 of router-r/gateway
        assertEquals(List.of(), warnings);
        final Router without = central(compile(noPort.replaceAll("\n      external_fixed_ips:.*", ""), "network1"));
        assertNull(without.gatewayPort());
        assertEquals(
                List.of(
                        "router R: neither a port network:router_gateway nor external_fixed_ips gives it an IPv4 address "
                                + "outside, there is no way out of it"),
                warnings);
    }

    @Test
    void shouldPutExtraRoutesOfTheSnatSideInsideAndOutside() {
        final Router snat = central(compile(
                CAST.replace(
                                "distributed: true",
                                "distributed: true\n    routes:\n"
                                        + "      - {destination: 192.168.9.0/24, nexthop: 10.0.2.12}\n"
                                        + "      - {destination: 172.31.0.0/16, nexthop: 203.0.113.9}\n"
                                        + "      - {destination: 172.30.0.0/16, nexthop: 198.51.100.9}")
                        .replace(
                                "\nrouters:",
                                "\n  - {id: sub-e2, network_id: net-e, cidr: 198.51.100.0/24, gateway_ip: 198.51.100.1}\nrouters:"),
                "network1"));
        final Route inside = snat.fib().find(ip("192.168.9.1"));
        assertEquals(ip("10.0.2.12"), inside.nextHops()[0]);
        assertEquals(ip("10.0.2.2"), inside.port().ip());
        assertEquals(
                ip("203.0.113.9"), snat.externalFib().find(ip("172.31.0.1")).nextHops()[0]);
        assertEquals(
                ip("198.51.100.9"), snat.externalFib().find(ip("172.30.0.1")).nextHops()[0]);
        assertTrue(snat.externalFib().find(ip("198.51.100.7")).isConnected());
        assertEquals(ip("203.0.113.1"), snat.gatewayPort().gatewayIp());
    }

    @Test
    void shouldFindTheHostOfTheSnatSideByTheGatewayPort() {
        final String byPort = CAST.replace("    gw_port_host: network1\n", "");
        assertNotNull(central(compile(byPort, "network1")));
        // The router's own word counts more, and takes the ports with it.
        final String moved = CAST.replace("gw_port_host: network1", "gw_port_host: network2")
                .replace(
                        "dvr_host_macs:",
                        "  - {name: network2, agent_mode: dvr_snat, local_ip: 172.16.0.4, bridge_mappings: {provider: x}}\n"
                                + "dvr_host_macs:");
        assertNull(central(compile(moved, "network1")));
        assertNotNull(central(compile(moved, "network2")));
        assertEquals("network2", fdb(compile(moved, "compute1"), "A", SA).peer().host());
        // On a host that nobody knows: not here.
        assertNull(central(compile(CAST.replace("gw_port_host: network1", "gw_port_host: nowhere"), "network1")));
        // Where neither says anything, the csnat ports do.
        final String byCsnat = byPort.replace(
                "network:router_gateway\n    device_id: router-r\n    \"binding:host_id\": network1",
                "network:router_gateway\n    device_id: router-r");
        assertNotNull(central(compile(byCsnat, "network1")));
    }

    @Test
    void shouldNeedAnAgentThatCan() {
        for (final String mode : List.of("dvr", "dvr_no_external", "legacy")) {
            final String document = CAST.replace("agent_mode: dvr_snat", "agent_mode: " + mode);
            assertNull(central(compile(document, "network1")));
            assertTrue(
                    warnings.contains("host network1 has agent_mode " + mode
                            + ": the SNAT side of distributed router R does not exist there, though it is bound to it"),
                    warnings.toString());
        }
        for (final String mode : List.of("dvr", "dvr_no_external")) {
            assertNull(central(compile(LEGACY.replace("agent_mode: dvr_snat", "agent_mode: " + mode), "network1")));
            assertEquals(
                    List.of("host network1 has agent_mode " + mode
                            + ": legacy router R does not exist there, though it is bound to it"),
                    warnings);
        }
        for (final String mode : List.of("dvr_snat", "legacy")) {
            assertNotNull(central(compile(LEGACY.replace("agent_mode: dvr_snat", "agent_mode: " + mode), "network1")));
            assertEquals(List.of(), warnings);
        }
    }

    @Test
    void shouldActivateAnHaRouterOnOneHost() {
        final String second =
                "  - {name: network0, agent_mode: dvr_snat, local_ip: 172.16.0.9, bridge_mappings: {provider: x}}\n";
        final StringBuilder addresses = new StringBuilder();
        for (int i = 0; i < 2; i++) {
            addresses
                    .append("  - {id: port-ha")
                    .append(i)
                    .append(", network_id: net-b, mac_address: \"02:00:00:00:05:0")
                    .append(i)
                    .append(
                            "\", device_owner: network:router_ha_interface, device_id: router-r, \"binding:host_id\": network")
                    .append(i)
                    .append("}\n");
        }
        for (final String base : List.of(CAST, LEGACY)) {
            final String ha = base.replace("    name: R\n", "    name: R\n    ha: true\n")
                    .replace("dvr_host_macs:", second + "dvr_host_macs:")
                    .replace("  # guests\n", addresses.toString());
            assertNotNull(central(compile(ha, "network1")));
            assertNull(central(compile(ha, "network0")));
            // gw_port_host wins over the binding of the gateway port, that over the order of names.
            final String other = ha.replace("gw_port_host: network1", "gw_port_host: network0");
            assertNotNull(central(compile(other, "network0")));
            assertNull(central(compile(other, "network1")));
            final String byPort = ha.replace("    gw_port_host: network1\n", "");
            assertNotNull(central(compile(byPort, "network1")));
            final String byName = byPort.replace(
                    "network:router_gateway\n    device_id: router-r\n    \"binding:host_id\": network1",
                    "network:router_gateway\n    device_id: router-r");
            assertNotNull(central(compile(byName, "network0")));
            assertNull(central(compile(byName, "network1")));
            // Its MACs are learned elsewhere, and found by flooding to all candidates.
            final TopologySnapshot c1 = compile(byName, "compute1");
            assertNull(fdb(c1, "A", base.equals(CAST) ? SA : GA));
            assertEquals(List.of("compute2", "network1", "network0"), floodHosts(c1, "A"));
            assertEquals(
                    FdbEntry.Kind.CENTRAL,
                    fdb(compile(byName, "network0"), "A", base.equals(CAST) ? SA : GA)
                            .kind());
        }
    }

    @Test
    void shouldHaveALegacyRouterWhole() {
        final TopologySnapshot n = compile(LEGACY, "network1");
        assertEquals(List.of(), warnings);
        assertEquals(1, n.routers().size());
        final Router r = central(n);
        assertFalse(r.isSnatSide());
        assertEquals(2, r.ports().length);
        assertEquals(MacAddress.parse(GA), r.portWithIp(ip("10.0.1.1")).mac());
        assertEquals(FdbEntry.Kind.CENTRAL, fdb(n, "A", GA).kind());
        assertEquals(0, segment(n, "A").routerPorts().length);
        assertEquals(ip("203.0.113.30"), r.gatewayPort().ip());
        assertTrue(r.gatewayPort().hasSnat());
        assertEquals(1, segment(n, "E").externalPorts().length);
        assertNull(segment(n, "E").externalPort());
        assertEquals(List.of("compute1", "compute2"), floodHosts(n, "A"));

        final TopologySnapshot c1 = compile(LEGACY, "compute1");
        assertEquals(List.of(), c1.routers());
        assertEquals("network1", fdb(c1, "A", GA).peer().host());
        assertEquals(GA, neighbor(c1, "A", "10.0.1.1"));
        assertEquals(List.of("compute2", "network1"), floodHosts(c1, "A"));
        assertNull(segment(c1, "E"));
    }

    @Test
    void shouldTakeUnboundInterfacesToTheHostOfTheLegacyRouter() {
        final String unbound = LEGACY.replace(
                "network:router_interface\n    device_id: router-r\n    \"binding:host_id\": network1\n",
                "network:router_interface\n    device_id: router-r\n");
        assertEquals(2, central(compile(unbound, "network1")).ports().length);
        assertEquals(
                "network1", fdb(compile(unbound, "compute1"), "A", GA).peer().host());
        // A router without gateway is where its interfaces are.
        final String inside = LEGACY.replaceAll("    gw_port_host.*\n", "")
                .replaceAll("    external_gateway_info:\n(      .*\n)*", "")
                .replaceAll("floatingips:\n(  - .*\n)*", "")
                .replaceAll("(?s)  - id: port-qg\n.*?(  - id: port-fg1)", "$1");
        final Router r = central(compile(inside, "network1"));
        assertNull(r.gatewayPort());
        assertEquals(2, r.ports().length);
        assertNull(segment(compile(inside, "network1"), "E"));
    }

    @Test
    void shouldResolveEveryPortOfItsTenantNetworks() { // contract.md §6 row 30
        for (final String document : List.of(CAST, LEGACY)) {
            final TopologySnapshot n = compile(document, "network1");
            assertEquals("fa:16:3e:0a:00:11", neighbor(n, "A", "10.0.1.11"));
            assertEquals("fa:16:3e:0a:00:12", neighbor(n, "A", "10.0.1.12"));
            assertEquals("fa:16:3e:0b:00:12", neighbor(n, "B", "10.0.2.12"));
            assertEquals(GA, neighbor(n, "A", "10.0.1.1"));
            assertEquals("compute1", fdb(n, "A", "fa:16:3e:0a:00:11").peer().host());
            assertNull(neighbor(n, "E", "203.0.113.41"));
        }
        assertEquals(SA, neighbor(compile(CAST, "network1"), "A", "10.0.1.2"));
    }

    @Test
    void shouldTranslateFloatingIpsOfUnboundPortsCentrally() {
        final String unbound = CAST.replaceAll(
                "(?s)(  - id: port-a1\n.*?)    \"binding:host_id\": compute1\n(  - id: port-a2)", "$1$2");
        final Router snat = central(compile(unbound, "network1"));
        assertEquals(List.of("203.0.113.51 10.0.1.11"), floatingIps(snat));
        final FloatingIp fip = snat.floatingIpOf(ip("10.0.1.11"));
        assertSame(snat, fip.router());
        assertEquals(ip("203.0.113.1"), fip.gatewayIp());
        assertNull(fip.guest());
        assertNull(distributed(compile(unbound, "network1")).floatingIpOf(ip("10.0.1.11")));
        assertEquals(List.of("203.0.113.61"), distributedFloatingIps(compile(unbound, "compute1")));
        assertEquals(List.of(), floatingIps(central(compile(CAST, "network1"))));
    }

    @Test
    void shouldTranslateFloatingIpsCentrallyWhereTheGuestsHostDoesNot() {
        final String c1 = "  - name: compute1\n    agent_mode: dvr\n";
        for (final String mode : List.of("dvr_no_external", "legacy")) {
            final String document = CAST.replace(c1, c1.replace("dvr\n", mode + "\n"));
            assertEquals(
                    List.of("203.0.113.51 10.0.1.11", "203.0.113.61 10.0.2.11"),
                    floatingIps(central(compile(document, "network1"))));
            final TopologySnapshot there = compile(document, "compute1");
            assertEquals(List.of(), there.externalPorts());
            assertNull(segment(there, "E"));
            assertEquals(List.of("203.0.113.52"), distributedFloatingIps(compile(document, "compute2")));
        }
        // A host that the topology does not have has no L3 agent either.
        final String unknown = CAST.replaceAll(
                "(?s)(  - id: port-a1\n.*?\"binding:host_id\": )compute1\n(  - id: port-a2)", "$1elsewhere\n$2");
        assertEquals(List.of("203.0.113.51 10.0.1.11"), floatingIps(central(compile(unknown, "network1"))));
    }

    @Test
    void shouldSayWhichUnboundPortNoRouterConnects() {
        final String away = CAST.replace(
                        "  # guests\n",
                        "  # guests\n  - {id: port-v, network_id: net-c, fixed_ips: [10.0.3.9], mac_address: \"02:00:00:00:03:09\"}\n")
                .replace("\nsubnets:", "\n  - {id: net-c, provider:network_type: local}\nsubnets:")
                .replace("\nrouters:", "\n  - {id: sub-c, network_id: net-c, cidr: 10.0.3.0/24}\nrouters:")
                .replace(
                        "floatingips:\n",
                        "floatingips:\n  - {id: fip-71, floating_ip_address: 203.0.113.71, floating_network_id: net-e, port_id: port-v}\n");
        assertEquals(List.of(), floatingIps(central(compile(away, "network1"))));
        assertEquals(1, warnings.size());
        assertTrue(warnings.get(0).endsWith("no router connects port port-v to network net-e"), warnings.toString());
        compile(away, "compute1");
        assertEquals(List.of(), warnings);
    }

    @Test
    void shouldTranslateFloatingIpsOfALegacyRouterThere() {
        final Router r = central(compile(LEGACY, "network1"));
        // .61 names no router.
        assertEquals(
                List.of("203.0.113.51 10.0.1.11", "203.0.113.52 10.0.1.12", "203.0.113.61 10.0.2.11"), floatingIps(r));
        assertEquals(List.of(), distributedFloatingIps(compile(LEGACY, "compute1")));
        assertEquals(List.of(), warnings);
    }

    @Test
    void shouldTranslateFloatingIpsOfGuestsOnTheNetworkHostThere() {
        final String here = CAST.replaceAll(
                "(?s)(  - id: port-a1\n.*?\"binding:host_id\": )compute1\n(  - id: port-a2)", "$1network1\n$2");
        final TopologySnapshot n = compile(here, "network1");
        assertEquals(List.of("203.0.113.51"), distributedFloatingIps(n));
        assertEquals(List.of(), floatingIps(central(n)));
    }

    @Test
    void shouldKeepTheZoneOfARouterThatIsConverted() {
        final StableIds ids = new StableIds();
        final Router before = central(compile(LEGACY, "network1", ids));
        final TopologySnapshot after = compile(CAST, "network1", ids);
        assertTrue(central(after).isSnatSide());
        assertEquals(before.zone(), central(after).zone());
        assertNotEquals(before.zone(), distributed(after).zone());
        assertEquals(before.zone(), central(compile(LEGACY, "network1", ids)).zone());
    }

    @Test
    void shouldForwardPorts() {
        final String forwardings =
                "  - id: fip-99\n    floating_ip_address: 203.0.113.99\n    floating_network_id: net-e\n"
                        + "    port_forwardings:\n"
                        + "      - {protocol: tcp, external_port: 80, internal_ip_address: 10.0.1.11, internal_port: 8080}\n"
                        + "      - {protocol: udp, external_port: 80, internal_ip_address: 10.0.2.12, internal_port: 53}\n"
                        + "      - {protocol: icmp, external_port: 80, internal_ip_address: 10.0.2.12, internal_port: 53}\n";
        for (final String base : List.of(CAST, LEGACY)) {
            for (final String router : List.of("", "    router_id: router-r\n")) {
                final String document = base.replace("floatingips:\n", "floatingips:\n" + forwardings + router);
                final Router r = central(compile(document, "network1"));
                final ExternalPort qg = r.gatewayPort();
                assertTrue(qg.hasPortForwardings());
                final PortForwarding web = qg.portForwarding(IpProtocol.TCP, ip("203.0.113.99"), 80);
                assertEquals(ip("10.0.1.11"), web.internalIp());
                assertEquals(8080, web.internalPort());
                assertSame(r, web.router());
                assertEquals(
                        ip("10.0.2.12"),
                        qg.portForwarding(IpProtocol.UDP, ip("203.0.113.99"), 80)
                                .internalIp());
                assertNull(qg.portForwarding(IpProtocol.UDP, ip("203.0.113.99"), 81));
                assertNull(qg.portForwarding(IpProtocol.TCP, ip("203.0.113.98"), 80));
                assertNull(qg.portForwarding(IpProtocol.ICMP, ip("203.0.113.99"), 80));
                assertTrue(qg.answersFor(ip("203.0.113.99")));
                assertFalse(qg.answersFor(ip("203.0.113.98")));
                assertEquals(
                        List.of(ip("203.0.113.99")),
                        Arrays.stream(qg.sortedForwardedIps()).boxed().toList());
                assertEquals(1, warnings.size());
                assertTrue(
                        warnings.get(0)
                                .endsWith("port_forwardings: protocol icmp has no ports, the forwarding is left out"),
                        warnings.toString());
            }
        }
        final TopologySnapshot c1 = compile(CAST.replace("floatingips:\n", "floatingips:\n" + forwardings), "compute1");
        assertFalse(c1.externalPorts().get(0).answersFor(ip("203.0.113.99")));
        assertEquals(List.of(), warnings);
    }

    @Test
    void shouldListForwardedFloatingIpsInOrder() {
        final StringBuilder forwardings = new StringBuilder("floatingips:\n");
        for (final String address : List.of("203.0.113.99", "1.2.3.4", "203.0.113.98")) {
            forwardings
                    .append("  - {id: fip-")
                    .append(address)
                    .append(", floating_network_id: net-e, router_id: router-r, floating_ip_address: ")
                    .append(address)
                    .append(", port_forwardings: [{protocol: tcp, external_port: 80, internal_ip_address: 10.0.1.11, ")
                    .append("internal_port: 80}, {protocol: tcp, external_port: 81, internal_ip_address: 10.0.1.12, ")
                    .append("internal_port: 80}]}\n");
        }
        final String document = CAST.replace("floatingips:\n", forwardings)
                .replace("\nrouters:", "\n  - {id: sub-e2, network_id: net-e, cidr: 1.2.3.0/24}\nrouters:");
        assertEquals(
                List.of("1.2.3.4", "203.0.113.98", "203.0.113.99"),
                Arrays.stream(central(compile(document, "network1"))
                                .gatewayPort()
                                .sortedForwardedIps())
                        .mapToObj(Ipv4Address::toString)
                        .toList());
    }

    @Test
    void shouldNumberAddressScopes() {
        final String scoped = CAST.replace("id: sub-a,", "id: sub-a, subnetpool_id: pool-1,")
                        .replace("id: sub-b,", "id: sub-b, subnetpool_id: pool-2,")
                        .replace("id: sub-e,", "id: sub-e, subnetpool_id: pool-3,")
                + "subnetpools:\n  - {id: pool-1, address_scope_id: scope-x}\n  - {id: pool-2}\n"
                + "  - {id: pool-3, address_scope_id: scope-x}\n"
                + "address_scopes:\n  - {id: scope-x, ip_version: 4}\n  - {id: scope-y, ip_version: 4}\n";
        final StableIds ids = new StableIds();
        final TopologySnapshot n = compile(scoped, "network1", ids);
        final int x = central(n).gatewayPort().scope();
        assertNotEquals(0, x);
        assertEquals(x, segment(n, "E").externalPort().scope());
        assertEquals(x, central(n).portWithIp(ip("10.0.1.2")).scope());
        assertEquals(x, distributed(n).portWithIp(ip("10.0.1.1")).scope());
        assertEquals(0, central(n).portWithIp(ip("10.0.2.2")).scope());
        assertEquals(0, distributed(n).portWithIp(ip("10.0.2.1")).scope());
        final TopologySnapshot other = compile(
                scoped.replace("{id: pool-1, address_scope_id: scope-x}", "{id: pool-1, address_scope_id: scope-y}"),
                "network1",
                ids);
        assertEquals(x, central(other).gatewayPort().scope());
        final int y = central(other).portWithIp(ip("10.0.1.2")).scope();
        assertNotEquals(0, y);
        assertNotEquals(x, y);
        assertEquals(0, central(compile(CAST, "network1")).gatewayPort().scope());
    }
}
