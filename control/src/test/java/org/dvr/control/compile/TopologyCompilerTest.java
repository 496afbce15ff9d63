package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.control.Documents;
import org.dvr.control.Topologies;
import org.dvr.control.model.Topology;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.table.NeighborTable;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What exists where, on the cast of dvr.md §9.0 and on changes of it. */
@SuppressWarnings("StringConcatToTextBlock") // pieces of documents
class TopologyCompilerTest {
    private static final String CAST = Documents.cast("vxlan");
    private static final String A3 = "  - id: port-a3\n";

    @TempDir
    Path directory;

    private List<String> warnings = List.of();

    private Topology load(final String document) {
        final TopologyLoader.Result result =
                new Documents(directory).add("t.yaml", document).load();
        assertEquals(List.of(), result.findings().errors());
        return result.topology();
    }

    private TopologySnapshot compile(final String document, final String host, final StableIds ids) {
        final TopologyCompiler.Result result = Topologies.compile(load(document), host, ids);
        assertEquals(List.of(), result.findings().errors());
        warnings = result.findings().warnings();
        return result.snapshot();
    }

    private TopologySnapshot compile(final String document, final String host) {
        return compile(document, host, new StableIds());
    }

    private static String port(final String id, final String network, final int number, final String more) {
        return "  - id: " + id + "\n    network_id: " + network + "\n    mac_address: \"02:00:00:00:01:"
                + (number < 16 ? "0" : "") + Integer.toHexString(number) + "\"\n" + more;
    }

    private static String with(final String extraPorts) {
        return CAST.replace(A3, extraPorts + A3);
    }

    private static List<String> names(final List<?> things) {
        return things.stream().map(Object::toString).toList();
    }

    private static Segment segment(final TopologySnapshot snapshot, final String name) {
        return snapshot.segments().stream()
                .filter(segment -> segment.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static Attachment attachment(final TopologySnapshot snapshot, final String name) {
        return snapshot.attachments().stream()
                .filter(attachment -> attachment.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static FdbEntry fdb(final TopologySnapshot snapshot, final String segment, final String mac) {
        return snapshot.fdb().find(segment(snapshot, segment).id(), MacAddress.parse(mac));
    }

    /** MAC as text, with a star where only routers may know it; null where there is no neighbor. */
    private static String neighbor(final TopologySnapshot snapshot, final String segment, final String ip) {
        final long value = snapshot.neighbors().find(segment(snapshot, segment).id(), Ipv4Address.parse(ip));
        if (value == NeighborTable.MISSING) {
            return null;
        }
        final boolean isForRouters = (value & NeighborTable.ROUTERS_ONLY) != 0;
        return MacAddress.toString(NeighborTable.mac(value)) + (isForRouters ? "*" : "");
    }

    private static List<String> floodHosts(final TopologySnapshot snapshot, final String segment) {
        return Arrays.stream(segment(snapshot, segment).floodPeers())
                .map(Peer::host)
                .toList();
    }

    private static Router router(final TopologySnapshot snapshot) {
        return snapshot.routers().get(0);
    }

    @Test
    void shouldTunnelBetweenIpv6Addresses() {
        final String ipv6 = CAST.replace("local_ip: 172.16.0.1", "local_ip: \"2001:db8::1\"")
                .replace("local_ip: 172.16.0.2", "local_ip: \"2001:db8::20\"")
                .replace("local_ip: 172.16.0.3", "local_ip: \"2001:db8::3\"");
        assertFalse(ipv6.contains("172.16.0."), ipv6);
        final String given =
                "neighbors:\n  - {on: underlay, ip_address: \"2001:db8::3\", mac_address: \"02:00:00:00:00:33\"}\n";
        final TopologySnapshot c1 = compile(ipv6.replace("neighbors:\n", given), "compute1");
        assertTrue(c1.isIpv6Underlay());
        assertEquals("2001:db8::1", c1.vtep().toString());
        assertEquals(0, c1.vtepIp());
        assertEquals(List.of("network1 (2001:db8::3)", "compute2 (2001:db8::20)"), names(c1.peers()));
        final Peer network = c1.peers().getFirst();
        assertEquals(MacAddress.parse("02:00:00:00:00:33"), network.mac());
        assertSame(network, c1.peer(network.high(), network.low()));
        assertSame(network, c1.peer(network.ip()));
        assertNull(c1.peer(network.high() + 1, network.low()));
        assertEquals(List.of("network1", "compute2"), floodHosts(c1, "A"));
    }

    @Test
    void shouldNameTheKnownHostsWhenAskedForAnother() {
        final TopologyCompiler.Result result = Topologies.compile(load(CAST), "compute", new StableIds());
        assertNull(result.snapshot());
        assertEquals(
                List.of("host compute is not in the topology, it knows compute1, compute2, network1"),
                result.findings().errors());
        assertEquals(List.of("compute1", "compute2", "network1"), Topologies.hostNames(load(CAST)));
    }

    @Test
    void shouldSetUpTheHost() {
        final TopologySnapshot c1 = compile(CAST, "compute1");
        assertEquals(List.of(), warnings);
        assertEquals("compute1", c1.host());
        assertEquals(1, c1.version());
        assertEquals(Ipv4Address.parse("172.16.0.1"), c1.vtepIp());
        assertEquals(MacAddress.parse("02:00:00:00:00:01"), c1.underlayMac());
        assertEquals(1500, c1.underlayMtu());
        assertEquals(MacAddress.parse("fa:16:3f:00:00:01"), c1.dvrMac());
        assertTrue(c1.isForeignDvrMac(MacAddress.parse("fa:16:3f:00:00:02")));
        assertTrue(c1.isForeignDvrMac(MacAddress.parse("fa:16:3f:00:00:03")));
        assertFalse(c1.isForeignDvrMac(c1.dvrMac()));
        assertEquals(
                List.of("provider", "tapport-a1", "tapport-a3", "tapport-b1", "underlay"), names(c1.attachments()));
        final Peer c2 = c1.peer(Ipv4Address.parse("172.16.0.2"));
        assertEquals("compute2", c2.host());
        assertEquals(MacAddress.parse("02:00:00:00:00:02"), c2.mac());
        assertNull(c1.peer(c1.vtepIp()));
        assertEquals(
                MacAddress.parse("52:54:00:00:00:01"),
                c1.neighbors()
                        .find(
                                NeighborTable.domainOfWire(
                                        attachment(c1, "provider").id()),
                                Ipv4Address.parse("203.0.113.1")));
    }

    @Test
    void shouldDeriveWhatIsNotGiven() {
        final String document = CAST.replaceAll("(?m)^    underlay_mac:.*\n", "")
                .replaceAll("dvr_host_macs:\n(  - .*\n)*", "")
                .replace("    agent_mode: dvr\n    local_ip: 172.16.0.1\n", "    agent_mode: dvr\n");
        final TopologySnapshot c2 = compile(document, "compute2");
        assertEquals("fa:16:3e:" + sha("compute2/underlay"), MacAddress.toString(c2.underlayMac()));
        assertEquals("fa:16:3f:" + sha("compute2"), MacAddress.toString(c2.dvrMac()));
        assertTrue(c2.isForeignDvrMac(MacAddress.parse("fa:16:3f:" + sha("compute1"))));
        assertEquals(0, c2.peer(Ipv4Address.parse("172.16.0.3")).mac());
        final TopologySnapshot c1 = compile(document, "compute1");
        assertNull(c1.underlay());
        assertEquals(
                List.of(
                        "network A: host compute1 has no vxlan tunnels, its frames stay on the host",
                        "network B: host compute1 has no vxlan tunnels, its frames stay on the host"),
                warnings);
    }

    /** First three bytes of the SHA-256 of a name, as sha256sum gives them. */
    private static String sha(final String name) {
        return switch (name) {
            case "compute1" -> "d0:24:34";
            case "compute2" -> "2d:c0:f5";
            case "compute2/underlay" -> "9d:67:9c";
            case "compute1/provider" -> "0c:a5:d4";
            default -> throw new IllegalArgumentException(name);
        };
    }

    @Test
    void shouldPreferAnUnderlayNeighborToTheHostsMac() {
        final TopologySnapshot c1 = compile(
                CAST + "  - {on: underlay, ip_address: 172.16.0.2, mac_address: \"02:00:00:00:0a:02\"}\n", "compute1");
        assertEquals(
                MacAddress.parse("02:00:00:00:0a:02"),
                c1.peer(Ipv4Address.parse("172.16.0.2")).mac());
        assertEquals(
                MacAddress.parse("02:00:00:00:0a:02"),
                c1.neighbors().find(NeighborTable.domainOfWire(c1.underlay().id()), Ipv4Address.parse("172.16.0.2")));
    }

    @Test
    void shouldKnowSegmentsByTheirIdOnTheWire() {
        final TopologySnapshot vxlan = compile(CAST, "compute1");
        assertEquals(3, vxlan.segments().size());
        final Segment a = vxlan.segmentByVni(101);
        assertEquals("A", a.name());
        assertEquals(NetworkType.VXLAN, a.type());
        assertEquals(1450, a.mtu());
        assertNull(vxlan.segmentByGreKey(101));
        final Segment e = vxlan.segmentByVlan(attachment(vxlan, "provider"), Segment.UNTAGGED);
        assertTrue(e.isExternal());
        assertSame(attachment(vxlan, "provider"), e.uplink());

        final TopologySnapshot gre = compile(Documents.cast("gre"), "compute1");
        assertEquals("B", gre.segmentByGreKey(102).name());
        assertEquals(1458, gre.segmentByGreKey(102).mtu());
        assertNull(gre.segmentByVni(102));
    }

    @Test
    void shouldSetUpGuests() {
        final String pairs =
                "    allowed_address_pairs: [{ip_address: 10.7.0.0/16, mac_address: \"02:00:00:00:07:07\"}]\n";
        final TopologySnapshot c1 = compile(
                CAST.replace(A3, A3 + pairs + "    port_security_enabled: true\n    admin_state_up: false\n"),
                "compute1");
        final Attachment a1 = attachment(c1, "tapport-a1");
        assertEquals("port-a1", a1.portId());
        assertEquals("compute:nova", a1.deviceOwner());
        assertSame(segment(c1, "A"), a1.segment());
        assertTrue(a1.isServiced() && a1.isUp() && a1.hasPortSecurity());
        assertTrue(a1.mayClaim(Ipv4Address.parse("10.0.1.11")));
        assertFalse(a1.mayClaim(Ipv4Address.parse("10.0.1.12")));
        assertEquals("qr-port-ga", a1.gateway().toString());
        final Attachment a3 = attachment(c1, "tapport-a3");
        assertFalse(a3.isUp());
        assertTrue(a3.mayClaim(Ipv4Address.parse("10.7.8.9")));
        assertTrue(a3.mayUseMac(MacAddress.parse("02:00:00:00:07:07")));
        assertFalse(a1.mayUseMac(MacAddress.parse("02:00:00:00:07:07")));
        assertSame(a3, fdb(c1, "A", "02:00:00:00:07:07").attachment());
    }

    @Test
    void shouldTakeOnlyPortsWithADeviceForGuests() {
        final String here = "    \"binding:host_id\": compute1\n    device_owner: ";
        final StringBuilder ports = new StringBuilder();
        final List<String> owners = List.of(
                "network:dhcp",
                "trunk:subport",
                "neutron:LOADBALANCERV2",
                "\"\"",
                "baremetal:x",
                "network:floatingip",
                "network:router_ha_interface\n    device_id: router-r",
                "network:ha_router_replicated_interface\n    device_id: router-r",
                "network:router_gateway\n    device_id: router-r",
                "network:floatingip_agent_gateway",
                "network:distributed",
                "network:local_ip",
                "network:routed");
        for (int i = 0; i < owners.size(); i++) {
            ports.append(port("x" + i, "net-b", i, here + owners.get(i) + "\n"));
        }
        // A host whose name merely begins alike is another host.
        ports.append(port("x99", "net-b", 99, "    \"binding:host_id\": compute11\n"));
        final TopologySnapshot c1 = compile(with(ports.toString()), "compute1");
        assertEquals(
                List.of("tapport-b1", "tapx0", "tapx1", "tapx2", "tapx3", "tapx4"),
                names(Arrays.asList(segment(c1, "B").localPorts())));
    }

    @Test
    void shouldKnowWhereMacsAre() {
        final TopologySnapshot c1 = compile(CAST, "compute1");
        assertEquals(
                "tapport-a1", fdb(c1, "A", "fa:16:3e:0a:00:11").attachment().name());
        assertEquals("compute2", fdb(c1, "A", "fa:16:3e:0a:00:12").peer().host());
        assertEquals("compute2", fdb(c1, "B", "fa:16:3e:0b:00:12").peer().host());
        assertEquals("network1", fdb(c1, "A", "fa:16:3e:0a:00:02").peer().host());
        assertEquals(FdbEntry.Kind.GATEWAY, fdb(c1, "A", "fa:16:3e:0a:00:01").kind());
        assertEquals(FdbEntry.Kind.EXTERNAL, fdb(c1, "E", "fa:16:3e:0e:00:41").kind());
        assertNull(fdb(c1, "E", "fa:16:3e:0e:00:42"));
        assertNull(fdb(c1, "E", "fa:16:3e:0e:00:30"));
        assertEquals(
                FdbEntry.Kind.CENTRAL,
                fdb(compile(CAST, "network1"), "A", "fa:16:3e:0a:00:02").kind());
    }

    @Test
    void shouldKnowNeighbors() {
        final TopologySnapshot c1 = compile(CAST, "compute1");
        assertEquals("fa:16:3e:0a:00:11", neighbor(c1, "A", "10.0.1.11"));
        assertEquals("fa:16:3e:0a:00:12", neighbor(c1, "A", "10.0.1.12"));
        assertEquals("fa:16:3e:0a:00:01", neighbor(c1, "A", "10.0.1.1"));
        assertEquals("fa:16:3e:0a:00:02", neighbor(c1, "A", "10.0.1.2"));
        assertNull(neighbor(c1, "A", "10.0.2.12"));
        assertEquals("fa:16:3e:0b:00:12", neighbor(c1, "B", "10.0.2.12"));
        assertNull(neighbor(c1, "E", "203.0.113.42"));
        assertNull(neighbor(c1, "E", "203.0.113.30"));
    }

    @Test
    void shouldLeaveTheMacsOfHaRoutersToLearning() {
        final TopologySnapshot c1 = compile(
                CAST.replace("distributed: true", "distributed: true\n    ha: true")
                        .replace("    \"binding:host_id\": network1\n  - id: port-sb", "  - id: port-sb"),
                "compute1");
        assertNull(fdb(c1, "A", "fa:16:3e:0a:00:02"));
        assertNull(fdb(c1, "B", "fa:16:3e:0b:00:02"));
        assertEquals("fa:16:3e:0a:00:02*", neighbor(c1, "A", "10.0.1.2"));
        assertEquals(List.of("compute2", "network1"), floodHosts(c1, "A"));
        assertEquals(
                Ipv4Address.parse("10.0.1.2"),
                router(c1).portWithIp(Ipv4Address.parse("10.0.1.1")).redirectIp());
    }

    @Test
    void shouldFindTheCsnatPortByTheRoutersSnatHost() {
        final TopologySnapshot c1 = compile(
                CAST.replace("    \"binding:host_id\": network1\n  - id: port-sb", "  - id: port-sb"), "compute1");
        assertEquals("network1", fdb(c1, "A", "fa:16:3e:0a:00:02").peer().host());
    }

    @Test
    void shouldFloodToHostsWithAnyPartOfTheNetwork() {
        assertEquals(List.of("compute2", "network1"), floodHosts(compile(CAST, "compute1"), "A"));
        assertEquals(List.of("compute1", "compute2"), floodHosts(compile(CAST, "network1"), "B"));
        // compute2 keeps its guest in A only: router R is there, so B must reach it too.
        final String moved = CAST.replace(
                "device_owner: compute:nova\n    \"binding:host_id\": compute2\nfloatingips",
                "device_owner: compute:nova\nfloatingips");
        assertEquals(List.of("compute2", "network1"), floodHosts(compile(moved, "compute1"), "B"));
        // Without a serviced port of R's subnets nothing of A is on compute2.
        final String gone = moved.replace(
                "device_owner: compute:nova\n    \"binding:host_id\": compute2", "device_owner: compute:nova");
        assertEquals(List.of("network1"), floodHosts(compile(gone, "compute1"), "A"));
        // Only peers that have the tunnel type.
        assertEquals(
                List.of("network1"),
                floodHosts(
                        compile(CAST.replace("172.16.0.2\n", "172.16.0.2\n    tunnel_types: [gre]\n"), "compute1"),
                        "A"));
    }

    @Test
    void shouldHoldNetworksOfPresentRoutersWithoutGuests() {
        final TopologySnapshot c1 = compile(
                CAST.replace(
                        "10.0.2.11}]\n    device_owner: compute:nova\n    \"binding:host_id\": compute1",
                        "10.0.2.11}]"),
                "compute1");
        assertEquals(0, segment(c1, "B").localPorts().length);
        assertEquals("compute2", fdb(c1, "B", "fa:16:3e:0b:00:12").peer().host());
        assertEquals(1, segment(c1, "B").routerPorts().length);
    }

    @Test
    void shouldHaveRoutersWhereTheyAreNeeded() {
        assertEquals(List.of("R"), names(compile(CAST, "compute1").routers()));
        assertEquals(List.of("R", "R"), names(compile(CAST, "network1").routers())); // and its SNAT side
        final String host3 = CAST.replace(
                "dvr_host_macs:", "  - {name: compute3, agent_mode: dvr, local_ip: 172.16.0.4}\ndvr_host_macs:");
        assertEquals(List.of(), compile(host3, "compute3").routers());
        assertEquals(List.of(), compile(host3, "compute3").segments());
        final String dhcp = port(
                "dh",
                "net-b",
                9,
                "    fixed_ips: [10.0.2.3]\n    device_owner: network:dhcp\n    \"binding:host_id\": compute3\n");
        assertEquals(
                List.of("R"),
                names(compile(host3.replace(A3, dhcp + A3), "compute3").routers()));
        assertEquals(
                List.of(
                        "external network E: host compute3 has no way to it (flat on provider), floating IPs of router R "
                                + "are not served there"),
                warnings);
        final String migrating = host3.replace(A3, A3 + "    binding:profile: {migrating_to: compute3}\n");
        assertEquals(List.of("R"), names(compile(migrating, "compute3").routers()));
        final String legacy =
                host3.replace(A3, dhcp + A3).replace("compute3, agent_mode: dvr", "compute3, agent_mode: legacy");
        assertEquals(List.of(), compile(legacy, "compute3").routers());
        assertEquals(
                List.of("host compute3 has agent_mode legacy: distributed router R does not exist there, though it is "
                        + "needed"),
                warnings);
    }

    @Test
    void shouldHaveRelatedRoutersThroughAnyNumberOfSharedNetworks() {
        // R shares B with R2, R2 shares C with R3; R4 is on its own.
        final StringBuilder ports = new StringBuilder();
        final String[][] interfaces = {
            {"r2", "net-b", "10.0.2.200"},
            {"r2", "net-c", "10.0.3.1"},
            {"r3", "net-c", "10.0.3.2"},
            {"r4", "net-d", "10.0.4.1"}
        };
        for (int i = 0; i < interfaces.length; i++) {
            ports.append(port(
                    "i" + i,
                    interfaces[i][1],
                    i,
                    "    fixed_ips: [" + interfaces[i][2]
                            + "]\n    device_owner: network:router_interface_distributed\n    device_id: "
                            + interfaces[i][0]
                            + "\n"));
        }
        final String document = with(ports.toString())
                .replace(
                        "\nsubnets:",
                        """

                          - {id: net-c, provider:network_type: vxlan, provider:segmentation_id: 103}
                          - {id: net-d, provider:network_type: vxlan, provider:segmentation_id: 104}
                        subnets:
                          - {id: sub-c, network_id: net-c, cidr: 10.0.3.0/24, gateway_ip: 10.0.3.1}
                          - {id: sub-d, network_id: net-d, cidr: 10.0.4.0/24}"""
                                .replaceAll("(?m)^ {24}", ""))
                .replace(
                        "\nports:",
                        "\n  - {id: r2, distributed: true}\n  - {id: r3, distributed: true}\n"
                                + "  - {id: r4, distributed: true}\nports:");
        final TopologySnapshot c1 = compile(document, "compute1");
        assertEquals(List.of("r2", "r3", "R"), names(c1.routers()));
        assertNotNull(c1.segmentByVni(103));
        assertNull(c1.segmentByVni(104));
        assertEquals("qr-port-gb", attachment(c1, "tapport-b1").gateway().toString());
    }

    @Test
    void shouldSetUpRouterPorts() {
        final Router r = router(compile(CAST, "compute1"));
        assertEquals(2, r.ports().length);
        assertTrue(r.isUp());
        final RouterPort ga = r.portWithIp(Ipv4Address.parse("10.0.1.1"));
        assertTrue(ga.isGateway());
        assertEquals(24, ga.prefixLength());
        assertEquals(MacAddress.parse("fa:16:3e:0a:00:01"), ga.mac());
        assertEquals(Ipv4Address.parse("10.0.1.2"), ga.redirectIp());
        assertEquals(MacAddress.parse("fa:16:3e:0a:00:02"), ga.redirectMac());
        assertTrue(r.fib().find(Ipv4Address.parse("10.0.2.77")).isConnected());
        assertNull(r.fib().find(Ipv4Address.parse("8.8.8.8")));
    }

    @Test
    void shouldRedirectOnlyWithGatewayAndSayWhereCsnatPortsAreMissing() {
        final String noGateway = CAST.replaceAll("    external_gateway_info:\n(      .*\n)*", "")
                .replaceAll("floatingips:\n(  - .*\n)*", "");
        final Router plain = router(compile(noGateway, "compute1"));
        assertFalse(plain.ports()[0].hasRedirect());
        assertNull(plain.externalPort());
        final String missing =
                CAST.replace("10.0.1.2}]\n    device_owner: network:router_centralized_snat", "10.0.1.2}]");
        assertFalse(router(compile(missing, "compute1"))
                .portWithIp(Ipv4Address.parse("10.0.1.1"))
                .hasRedirect());
        assertEquals(
                List.of(
                        "router R: subnet 10.0.1.0/24 has no csnat port (network:router_centralized_snat), without floating "
                                + "IP there is no way out of it"),
                warnings);
    }

    @Test
    void shouldTakeAnotherPortOfTheSubnetWhereNoRouterOwnsTheGateway() {
        final TopologySnapshot c1 =
                compile(CAST.replace(", gateway_ip: 10.0.1.1}", ", gateway_ip: 10.0.1.254}"), "compute1");
        assertFalse(router(c1).portWithIp(Ipv4Address.parse("10.0.1.1")).isGateway());
        assertEquals("qr-port-ga", attachment(c1, "tapport-a1").gateway().toString());
    }

    @Test
    void shouldTakeALegacyInterfaceOfADistributedRouter() {
        final TopologySnapshot c1 = compile(
                CAST.replace(
                        "10.0.2.1}]\n    device_owner: network:router_interface_distributed",
                        "10.0.2.1}]\n    device_owner: network:router_interface"),
                "compute1");
        assertEquals(2, router(c1).ports().length);
    }

    @Test
    void shouldConnectToTheExternalNetwork() {
        final TopologySnapshot c1 = compile(CAST, "compute1");
        final ExternalPort leg = c1.externalPorts().get(0);
        assertEquals(1, c1.externalPorts().size());
        assertSame(segment(c1, "E"), leg.segment());
        assertSame(leg, segment(c1, "E").externalPort());
        assertEquals(Ipv4Address.parse("203.0.113.41"), leg.ip());
        assertEquals(MacAddress.parse("fa:16:3e:0e:00:41"), leg.mac());
        assertEquals(Ipv4Address.parse("203.0.113.1"), leg.gatewayIp());
        final Router r = router(c1);
        assertSame(leg, r.externalPort());
        assertEquals("169.254.64.0", Ipv4Address.toString(r.rfpIp()));
        assertEquals("169.254.64.1", Ipv4Address.toString(r.fprIp()));
        assertTrue(r.externalFib().find(Ipv4Address.parse("203.0.113.99")).isConnected());
        assertNull(r.externalFib().find(Ipv4Address.parse("8.8.8.8")));
    }

    @Test
    void shouldUseAMacOfItsOwnWithoutFgPort() {
        final String without = CAST.replace("network:floatingip_agent_gateway", "network:routed");
        final ExternalPort derived =
                compile(without, "compute1").externalPorts().get(0);
        assertFalse(derived.hasIp());
        assertEquals(0, derived.gatewayIp());
        assertEquals("fa:16:3e:" + sha("compute1/provider"), MacAddress.toString(derived.mac()));
        final ExternalPort given = compile(
                        without.replace(
                                "    local_ip: 172.16.0.1\n",
                                "    local_ip: 172.16.0.1\n    external_macs: {provider: \"02:00:00:00:00:e1\"}\n"),
                        "compute1")
                .externalPorts()
                .get(0);
        assertEquals(MacAddress.parse("02:00:00:00:00:e1"), given.mac());
        assertEquals(
                Ipv4Address.parse("203.0.113.1"),
                given.floatingIp(Ipv4Address.parse("203.0.113.51")).gatewayIp());
    }

    @Test
    void shouldHaveNoLegWithoutExternalMode() {
        final TopologySnapshot c1 =
                compile(CAST.replaceFirst("agent_mode: dvr\n", "agent_mode: dvr_no_external\n"), "compute1");
        assertEquals(List.of(), c1.externalPorts());
        assertEquals(List.of(), warnings);
        assertNull(segment(c1, "E"));
        assertNull(router(c1).externalPort());
        assertEquals(0, router(c1).rfpIp());
        assertNull(router(c1).floatingIpOf(Ipv4Address.parse("10.0.1.11")));
        assertTrue(router(c1).ports()[0].hasRedirect());
    }

    @Test
    void shouldRealizeTheFloatingIpsOfItsOwnGuests() {
        final TopologySnapshot c1 = compile(CAST, "compute1");
        final FloatingIp fip = router(c1).floatingIpOf(Ipv4Address.parse("10.0.1.11"));
        assertEquals("203.0.113.51", Ipv4Address.toString(fip.floatingIp()));
        assertEquals("203.0.113.1", Ipv4Address.toString(fip.gatewayIp()));
        assertSame(attachment(c1, "tapport-a1"), fip.guest());
        // .61 names neither router nor fixed IP, .52 is compute2's.
        assertEquals(
                "203.0.113.61",
                Ipv4Address.toString(
                        router(c1).floatingIpOf(Ipv4Address.parse("10.0.2.11")).floatingIp()));
        assertNull(c1.externalPorts().get(0).floatingIp(Ipv4Address.parse("203.0.113.52")));
        final TopologySnapshot c2 = compile(CAST, "compute2");
        assertSame(
                router(c2).floatingIpOf(Ipv4Address.parse("10.0.1.12")),
                c2.externalPorts().get(0).floatingIp(Ipv4Address.parse("203.0.113.52")));
        assertEquals(List.of(), compile(CAST, "network1").externalPorts().get(0).sortedFloatingIps());
    }

    @Test
    void shouldTakeTheGatewayOfTheFgPortsSubnet() {
        final String two = CAST.replace(
                        "\nrouters:",
                        "\n  - {id: sub-e2, network_id: net-e, cidr: 198.51.100.0/24, gateway_ip: 198.51.100.1}\nrouters:")
                .replace("203.0.113.61", "198.51.100.61");
        final TopologySnapshot withFg = compile(two, "compute1");
        assertEquals(
                "203.0.113.1",
                Ipv4Address.toString(router(withFg)
                        .floatingIpOf(Ipv4Address.parse("10.0.2.11"))
                        .gatewayIp()));
        assertTrue(router(withFg)
                .externalFib()
                .find(Ipv4Address.parse("198.51.100.7"))
                .isConnected());
        final TopologySnapshot withoutFg =
                compile(two.replace("network:floatingip_agent_gateway", "network:routed"), "compute1");
        assertEquals(
                "198.51.100.1",
                Ipv4Address.toString(router(withoutFg)
                        .floatingIpOf(Ipv4Address.parse("10.0.2.11"))
                        .gatewayIp()));
    }

    @Test
    void shouldPutExtraRoutesWhereTheirNextHopIs() {
        final Router r = router(compile(
                CAST.replace(
                        "distributed: true",
                        """
                        distributed: true
                            routes:
                              - {destination: 192.168.9.0/24, nexthop: 10.0.2.12}
                              - {destination: 192.168.9.0/24, nexthop: 10.0.2.11}
                              - {destination: 192.168.9.0/24, nexthop: 10.0.1.11}
                              - {destination: 10.0.1.0/24, nexthop: 10.0.2.11}
                              - {destination: 172.31.0.0/16, nexthop: 203.0.113.9}"""
                                .replaceAll("(?m)^ {24}", "")),
                "compute1"));
        final Route inside = r.fib().find(Ipv4Address.parse("192.168.9.1"));
        assertEquals(
                List.of("10.0.2.12", "10.0.2.11"),
                Arrays.stream(inside.nextHops()).mapToObj(Ipv4Address::toString).toList());
        assertEquals(Ipv4Address.parse("10.0.2.1"), inside.port().ip());
        assertEquals(
                List.of(
                        "router R: next hop 10.0.1.11 of 192.168.9.0/24 is in another subnet than the first one, it is left "
                                + "out"),
                warnings);
        assertTrue(r.fib().find(Ipv4Address.parse("10.0.1.5")).isConnected());
        assertNull(r.fib().find(Ipv4Address.parse("172.31.0.1")));
        assertEquals(
                Ipv4Address.parse("203.0.113.9"),
                r.externalFib().find(Ipv4Address.parse("172.31.0.1")).nextHops()[0]);
    }

    @Test
    void shouldKeepWhatIsAdministrativelyDown() {
        final TopologySnapshot c1 = compile(
                CAST.replace("distributed: true", "distributed: true\n    admin_state_up: false")
                        .replace(
                                "\"provider:segmentation_id\": 101",
                                "\"provider:segmentation_id\": 101, admin_state_up: false"),
                "compute1");
        assertFalse(router(c1).isUp());
        assertFalse(segment(c1, "A").isUp());
        assertFalse(attachment(c1, "tapport-a1").isUp());
        assertTrue(attachment(c1, "tapport-b1").isUp());
    }

    @Test
    void shouldFollowAddressPairsOfOnePortOnly() {
        final String vip =
                "    allowed_address_pairs: [{ip_address: 10.0.1.100, mac_address: \"00:00:5e:00:01:01\"}]\n";
        final String vipPort = port("vip", "net-a", 1, "    fixed_ips: [10.0.1.100]\n");
        final String single = with(vipPort).replace("  - id: port-a2\n", "  - id: port-a2\n" + vip);
        final TopologySnapshot one = compile(single, "compute1");
        assertEquals("00:00:5e:00:01:01", neighbor(one, "A", "10.0.1.100"));
        assertEquals("compute2", fdb(one, "A", "00:00:5e:00:01:01").peer().host());
        final TopologySnapshot several = compile(single.replace(A3, A3 + vip), "compute1");
        assertNull(neighbor(several, "A", "10.0.1.100"));
        assertNull(fdb(several, "A", "00:00:5e:00:01:01"));
        assertTrue(attachment(several, "tapport-a3").mayUseMac(MacAddress.parse("00:00:5e:00:01:01")));
        // Without anybody claiming it the unbound port itself is the neighbor.
        assertEquals("02:00:00:00:01:01", neighbor(compile(with(vipPort), "compute1"), "A", "10.0.1.100"));
        // A pair without MAC goes with its port's.
        final TopologySnapshot bare = compile(single.replace(", mac_address: \"00:00:5e:00:01:01\"", ""), "compute1");
        assertEquals("fa:16:3e:0a:00:12", neighbor(bare, "A", "10.0.1.100"));
    }

    @Test
    void shouldServeVlanNetworksWithoutPeers() {
        final String vlan = CAST.replace(
                "\"provider:network_type\": vxlan, \"provider:segmentation_id\": 101",
                "\"provider:network_type\": vlan, \"provider:segmentation_id\": 301, \"provider:physical_network\": provider");
        final TopologySnapshot c1 = compile(vlan, "compute1");
        final Segment a = c1.segmentByVlan(attachment(c1, "provider"), 301);
        assertEquals(1500, a.mtu());
        assertEquals(0, a.floodPeers().length);
        // No tunnel leads to guests elsewhere, the wire does.
        assertEquals(
                attachment(c1, "provider"), fdb(c1, "A", "fa:16:3e:0a:00:12").attachment());
        assertEquals("fa:16:3e:0a:00:12", neighbor(c1, "A", "10.0.1.12"));
        compile(vlan.replace("bridge_mappings: {provider: br-ex}", "bridge_mappings: {other: br-x}"), "compute1");
        assertTrue(
                warnings.contains(
                        "network A: host compute1 does not map physical network provider, its frames stay on the host"),
                warnings.toString());
    }

    @Test
    void shouldLeaveOutGeneveNetworks() {
        final String geneve = CAST.replace(
                "\"provider:network_type\": vxlan, \"provider:segmentation_id\": 102",
                "\"provider:network_type\": geneve, \"provider:segmentation_id\": 102");
        final TopologySnapshot c1 = compile(geneve, "compute1");
        assertNull(segment(c1, "B"));
        assertEquals(List.of("provider", "tapport-a1", "tapport-a3", "underlay"), names(c1.attachments()));
        assertEquals(1, router(c1).ports().length);
    }

    @Test
    void shouldCompileTheSameTwice() {
        assertEquals(described(compile(CAST, "compute1")), described(compile(CAST, "compute1")));
        // The order in the file does not matter.
        final String a3 = CAST.substring(CAST.indexOf(A3), CAST.indexOf("  - id: port-b1"));
        final String reordered = CAST.replace(a3, "").replace("floatingips:", a3 + "floatingips:");
        assertEquals(described(compile(CAST, "compute1")), described(compile(reordered, "compute1")));
    }

    @Test
    void shouldKeepIdsAcrossReloads() {
        final StableIds ids = new StableIds();
        final TopologySnapshot before = compile(CAST, "compute1", ids);
        final String more = with(port("port-a0", "net-a", 1, "    \"binding:host_id\": compute1\n"))
                .replace("\nsubnets:", "\n  - {id: net-0, name: Z, provider:network_type: local}\nsubnets:")
                .replace("dvr_host_macs:", "  - {name: compute0, local_ip: 172.16.0.0}\ndvr_host_macs:")
                .replace(
                        "\nports:",
                        "\n  - {id: router-0, distributed: true, external_gateway_info: {network_id: net-e}}\nports:")
                .replace(
                        A3,
                        port(
                                        "i0",
                                        "net-0",
                                        7,
                                        "    device_owner: network:router_interface_distributed\n    device_id: router-0\n    fixed_ips: [10.0.9.1]\n")
                                + port(
                                        "z0",
                                        "net-0",
                                        8,
                                        "    \"binding:host_id\": compute1\n    fixed_ips: [10.0.9.2]\n")
                                + A3)
                .replace("\nrouters:", "\n  - {id: sub-0, network_id: net-0, cidr: 10.0.9.0/24}\nrouters:");
        final TopologySnapshot after = compile(more, "compute1", ids);
        assertEquals(2, after.version());
        final List<String> kept = new ArrayList<>(described(before));
        kept.removeAll(described(after));
        assertEquals(List.of(), kept);
        assertEquals(List.of("router-0", "R"), names(after.routers()));
        assertEquals("169.254.64.2", Ipv4Address.toString(after.routers().get(0).rfpIp()));
        assertEquals("169.254.64.0", Ipv4Address.toString(after.routers().get(1).rfpIp()));
        // What comes back gets its number again.
        compile(CAST, "compute1", ids);
        assertEquals(described(after), described(compile(more, "compute1", ids)));
    }

    /** Every id of a snapshot with what it stands for. */
    private static List<String> described(final TopologySnapshot snapshot) {
        final List<String> lines = new ArrayList<>();
        snapshot.attachments().forEach(a -> lines.add("attachment " + a.id() + " " + a.name()));
        snapshot.segments().forEach(s -> lines.add("segment " + s.id() + " " + s));
        snapshot.routers()
                .forEach(r -> lines.add("router " + r.zone() + " " + r + " " + Ipv4Address.toString(r.rfpIp())));
        for (final String ip : List.of("172.16.0.2", "172.16.0.3")) {
            lines.add("peer " + snapshot.peer(Ipv4Address.parse(ip)));
        }
        return lines;
    }
}
