package org.dvr.control.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dvr.control.Documents;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Port;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologyLoaderTest {
    private static final String NETWORKS =
            """
            {"networks": [{"id": "9f7b2d3c-1111-4222-8333-444455556666", "name": "blue", "tenant_id": "t", "status": "ACTIVE",
              "subnets": ["s"], "shared": false, "availability_zone_hints": [], "provider:network_type": "vxlan",
              "provider:segmentation_id": 7, "provider:physical_network": null, "router:external": false, "mtu": 1450,
              "admin_state_up": true, "tags": [], "revision_number": 3}], "networks_links": [{"rel": "next", "href": "x"}]}
            """;
    private static final String SUBNETS =
            """
            {"subnets": [{"id": "5a", "network_id": "9f7b2d3c-1111-4222-8333-444455556666", "cidr": "10.0.1.0/24",
              "ip_version": 4, "gateway_ip": "10.0.1.1", "enable_dhcp": true, "allocation_pools": [{"start": "10.0.1.2",
              "end": "10.0.1.254"}], "host_routes": [], "dns_nameservers": [], "ipv6_ra_mode": null,
              "ipv6_address_mode": null, "subnetpool_id": null, "service_types": []}]}
            """;
    private static final String PORTS =
            """
            {"ports": [{"id": "7c1f0000-aaaa-4bbb-8ccc-ddddeeeeffff", "network_id": "9f7b2d3c-1111-4222-8333-444455556666",
              "mac_address": "fa:16:3e:00:00:07", "fixed_ips": [{"subnet_id": "5a", "ip_address": "10.0.1.7"}],
              "device_owner": "compute:nova", "device_id": "vm", "binding:host_id": "compute1", "binding:profile": {},
              "binding:vif_details": {"port_filter": true}, "binding:vif_type": "ovs", "binding:vnic_type": "normal",
              "allowed_address_pairs": [{"ip_address": "10.0.1.100", "mac_address": "fa:16:3e:00:00:08"}],
              "port_security_enabled": false, "admin_state_up": true, "status": "ACTIVE", "security_groups": ["g"],
              "extra_dhcp_opts": [], "dns_name": "", "qos_policy_id": null, "resource_request": null}]}
            """;
    private static final String AGENTS =
            """
            {"agents": [
              {"id": "a1", "agent_type": "Open vSwitch agent", "binary": "neutron-openvswitch-agent", "host": "compute1",
               "alive": true, "admin_state_up": true, "topic": "N/A", "configurations": {"tunneling_ip": "172.16.0.1",
               "tunnel_types": ["vxlan"], "bridge_mappings": {"provider": "br-ex"}, "l2_population": true, "devices": 3}},
              {"id": "a2", "agent_type": "L3 agent", "binary": "neutron-l3-agent", "host": "compute1", "alive": true,
               "configurations": {"agent_mode": "dvr", "routers": 1}},
              {"id": "a3", "agent_type": "DHCP agent", "host": "network1", "configurations": {"subnets": 1}}]}
            """;

    @TempDir
    Path directory;

    private Documents documents() {
        return new Documents(directory);
    }

    @Test
    void shouldTakeRestDumps() {
        final TopologyLoader.Result result = documents()
                .add("networks.json", NETWORKS)
                .add("subnets.json", SUBNETS)
                .add("ports.json", PORTS)
                .add("agents.json", AGENTS)
                .load();
        assertEquals("", result.findings().toString());
        final Topology topology = result.topology();
        final Network network = topology.networks().get("9f7b2d3c-1111-4222-8333-444455556666");
        assertEquals(NetworkKind.VXLAN, network.kind());
        assertEquals(7, network.segmentationId());
        assertEquals(1450, network.mtu());
        final Port port = topology.ports().get("7c1f0000-aaaa-4bbb-8ccc-ddddeeeeffff");
        assertEquals(0xFA163E000007L, port.mac());
        assertEquals(IpAddress.parse("10.0.1.7"), port.fixedIps().get(0).address());
        assertEquals(0xFA163E000008L, port.addressPairs().get(0).mac());
        assertFalse(port.hasPortSecurity());
        assertEquals("tap7c1f0000-aa", port.deviceName());
        final Host host = topology.hosts().get("compute1");
        assertEquals(AgentMode.DVR, host.mode());
        assertEquals(IpAddress.parse("172.16.0.1"), host.tunnelIp());
        assertEquals("[VXLAN]", host.tunnelKinds().toString());
        assertEquals("{provider=br-ex}", host.bridgeMappings().toString());
        assertEquals(AgentMode.LEGACY, topology.hosts().get("network1").mode());
    }

    @Test
    void shouldReadYamlAndJsonAlike() throws IOException {
        final Documents json = documents().add("topology.json", PORTS.replace("compute1", "host1"));
        final String yaml =
                """
                ports:
                - id: 7c1f0000-aaaa-4bbb-8ccc-ddddeeeeffff
                  network_id: 9f7b2d3c-1111-4222-8333-444455556666
                  mac_address: fa:16:3e:00:00:07
                  fixed_ips:
                  - {subnet_id: 5a, ip_address: 10.0.1.7}
                  device_owner: compute:nova
                  device_id: vm
                  binding:host_id: host1
                  allowed_address_pairs:
                  - {ip_address: 10.0.1.100, mac_address: "fa:16:3e:00:00:08"}
                  port_security_enabled: false
                  status: ACTIVE
                """;
        final Port fromJson = json.load().topology().ports().values().iterator().next();
        // The name does not say what it is: the content does, and places in messages are equal.
        Files.delete(directory.resolve("topology.json"));
        final Port fromYaml = new Documents(directory)
                .add("topology.json", yaml.isEmpty() ? "" : "{}")
                .add("topology", yaml)
                .load()
                .topology()
                .ports()
                .values()
                .iterator()
                .next();
        assertEquals(fromJson.toString().replace("topology.json", "topology"), fromYaml.toString());
    }

    @Test
    void shouldTellJsonByItsFirstCharacter() {
        assertEquals(
                "blue",
                documents()
                        .add("dump", "\n  " + NETWORKS)
                        .load()
                        .topology()
                        .networks()
                        .get("9f7b2d3c-1111-4222-8333-444455556666")
                        .name());
    }

    @Test
    void shouldMergeEqualResourcesOfSeveralFiles() {
        final Documents documents = documents().add("a.json", NETWORKS).add("b.json", NETWORKS);
        assertEquals(List.of(), documents.errors());
        assertEquals(1, documents.load().topology().networks().size());
    }

    @Test
    void shouldRefuseOneIdWithTwoMeanings() {
        assertEquals(
                List.of("b.json: networks[0] (id 9f7b…): id 9f7b2d3c-1111-4222-8333-444455556666 is already used by "
                        + "a.json: networks[0] (id 9f7b…), which says something else"),
                documents()
                        .add("a.json", NETWORKS)
                        .add("b.json", NETWORKS.replace("blue", "red"))
                        .errors());
    }

    @Test
    void shouldRefuseOneIdTwiceInAFile() {
        assertEquals(
                List.of(
                        "a.yaml: address_scopes[1] (id s1): id s1 is already used by a.yaml: address_scopes[0] (id s1)"),
                documents()
                        .add("a.yaml", "address_scopes:\n- {id: s1, ip_version: 4}\n- {id: s1, ip_version: 4}\n")
                        .errors());
    }

    @Test
    void shouldTakeFromAgentsWhatAHostLeavesOut() {
        final Host host = documents()
                .add("agents.json", AGENTS)
                .add(
                        "hosts.yaml",
                        """
                hosts:
                - {name: compute1, underlay_mac: "02:00:00:00:00:01", bridge_mappings: {other: br-x}}
                """)
                .load()
                .topology()
                .hosts()
                .get("compute1");
        assertEquals(0x020000000001L, host.underlayMac());
        assertEquals(AgentMode.DVR, host.mode());
        assertEquals(IpAddress.parse("172.16.0.1"), host.tunnelIp());
        assertEquals("[VXLAN]", host.tunnelKinds().toString());
        assertEquals("br-ex", host.bridgeMappings().get("provider"));
        assertEquals("br-x", host.bridgeMappings().get("other"));
    }

    @Test
    void shouldLeaveRoomForTheLongerHeaderOfAnIpv6Underlay() {
        final Topology topology = documents()
                .add(
                        "t.yaml",
                        """
                hosts:
                - {name: h1, local_ip: "2001:DB8:0::1"}
                agents:
                - {host: h2, configurations: {tunneling_ip: "2001:db8::2"}}
                networks:
                - {id: v, provider:network_type: vxlan, provider:segmentation_id: 1}
                - {id: g, provider:network_type: gre, provider:segmentation_id: 2}
                - {id: l, provider:network_type: local}
                """)
                .load()
                .topology();
        assertEquals(1430, topology.networks().get("v").mtu());
        assertEquals(1438, topology.networks().get("g").mtu());
        assertEquals(1500, topology.networks().get("l").mtu());
        assertEquals("2001:db8::1", topology.hosts().get("h1").tunnelIp().toString());
        assertEquals("2001:db8::2", topology.hosts().get("h2").tunnelIp().toString());
    }

    @Test
    void shouldFillInDefaults() {
        final Topology topology = documents()
                .add(
                        "t.yaml",
                        """
                hosts:
                - {name: h1, underlay_mtu: 9000, bridge_mappings: {p: eth1}}
                - {name: h2, local_ip: 172.16.0.2, underlay_mtu: 8950}
                networks:
                - {id: v, provider:network_type: vxlan, provider:segmentation_id: 1}
                - {id: g, provider:network_type: gre, provider:segmentation_id: 4294967295, mtu: 0}
                - {id: l, provider:network_type: vlan, provider:segmentation_id: 4094, provider:physical_network: p}
                - {id: f, provider:network_type: flat, provider:physical_network: p, mtu: 1400}
                subnets: [{id: s, network_id: v, cidr: 10.0.0.0/8}]
                routers: [{id: r, external_gateway_info: null}]
                ports: [{id: p, network_id: v, mac_address: "02:00:00:00:00:01", fixed_ips: [10.1.2.3]}]
                """)
                .load()
                .topology();
        assertEquals(8900, topology.networks().get("v").mtu());
        assertEquals(8908, topology.networks().get("g").mtu());
        assertEquals(4294967295L, topology.networks().get("g").segmentationId());
        assertEquals(1500, topology.networks().get("l").mtu());
        assertEquals(1400, topology.networks().get("f").mtu());
        assertTrue(topology.networks().get("v").isUp());
        final Port port = topology.ports().get("p");
        assertTrue(port.isUp() && port.hasPortSecurity() && port.owner().isServiced());
        assertEquals("s", port.fixedIps().get(0).subnetId());
        final VirtualRouter router = topology.routers().get("r");
        assertTrue(router.isUp() && !router.isDistributed() && !router.isHa());
        assertEquals(AgentMode.LEGACY, topology.hosts().get("h1").mode());
        assertEquals(2, topology.hosts().get("h2").tunnelKinds().size());
    }

    @Test
    void shouldReadWhatYamlMightTakeForSomethingElse() {
        final Topology topology = documents()
                .add(
                        "t.yaml",
                        """
                hosts: [{name: 007, bridge_mappings: {p: e0}}]
                dvr_host_macs: [{host: 007, mac_address: 52:54:00:12:34:56}]
                neighbors: [{on: p, ip_address: 10.0.0.1, mac_address: 10:20:30:40:50:06}]
                networks: [{id: 1e3, provider:network_type: local}, {id: 0x10, provider:network_type: local}]
                """)
                .load()
                .topology();
        assertEquals(0x525400123456L, topology.dvrMac("007"));
        assertEquals(0x102030405006L, topology.neighbors().get(0).mac());
        assertEquals("p", topology.neighbors().get(0).wire());
        assertEquals("[1e3, 0x10]", topology.networks().keySet().toString());
    }

    @Test
    void shouldFollowAnchorsAndMergeKeys() {
        final Topology topology = documents()
                .add(
                        "t.yaml",
                        """
                x-base: &base {provider:network_type: vxlan, admin_state_up: false}
                x-other: 5
                networks:
                - {<<: *base, id: a, provider:segmentation_id: 1}
                - {id: b, provider:segmentation_id: 2, <<: *base, admin_state_up: true}
                """)
                .load()
                .topology();
        assertEquals(NetworkKind.VXLAN, topology.networks().get("a").kind());
        assertFalse(topology.networks().get("a").isUp());
        assertTrue(topology.networks().get("b").isUp());
    }

    @Test
    void shouldBoundAliases() {
        final String document = "x: &x [1]\ny: [" + "*x, ".repeat(DocumentReader.ALIAS_LIMIT) + "*x]\n";
        assertEquals(
                List.of("t.yaml: line 2, column 4005: more than 1000 aliases"),
                documents().add("t.yaml", document).errors());
    }

    @Test
    void shouldBoundNesting() {
        final String deep = "[".repeat(100) + "]".repeat(100);
        for (final String name : List.of("t.json", "t.yaml")) {
            final List<String> errors =
                    documents().add(name, "{\"ports\": " + deep + "}").errors();
            assertEquals(1, errors.size(), errors.toString());
            assertTrue(errors.get(0).startsWith(name + ": line 1, column "), errors.toString());
        }
    }

    @Test
    void shouldSayLineAndColumnOfSyntaxErrors() {
        assertEquals(
                List.of("t.json: line 2, column 20: Unexpected character ('}' (code 125)): expected a value"),
                documents()
                        .add("t.json", "{\"ports\": [\n{\"id\": \"1\", \"name\":}]}")
                        .errors());
        assertEquals(
                List.of(
                        "t.yaml: line 3, column 1: while parsing a flow mapping: expected ',' or '}', but got <stream end>"),
                documents().add("t.yaml", "ports:\n- {id: 1\n").errors());
        assertEquals(
                List.of("t.yaml: line 2, column 15: key id is given twice"),
                documents().add("t.yaml", "ports:\n- {id: 1, id: 2}\n").errors());
        assertEquals(
                List.of("t.yaml: line 1, column 9: alias *p stands for no list or object before it"),
                documents().add("t.yaml", "ports: [*p]").errors());
    }

    @Test
    void shouldSayWhichFileCannotBeRead() throws IOException {
        Files.createDirectory(directory.resolve("sub.yaml"));
        Files.write(directory.resolve("latin.yaml"), new byte[] {'a', ':', ' ', (byte) 0xE4, '\n'});
        assertEquals(
                List.of(
                        "missing.yaml: no such file",
                        "sub.yaml: is a directory, a file is needed",
                        "latin.yaml: is not UTF-8 text",
                        "empty.yaml: is empty",
                        "list.yaml: must be an object with keys such as networks and ports, it is a list",
                        "kinds.yaml: networks must be a list, it is an object",
                        "kinds.yaml: ports[0]: must be an object, it is the number 5"),
                documents()
                        .add(directory.resolve("missing.yaml"))
                        .add(directory.resolve("sub.yaml"))
                        .add(directory.resolve("latin.yaml"))
                        .add("empty.yaml", "")
                        .add("list.yaml", "- 1\n")
                        .add("kinds.yaml", "networks: {a: 1}\nsubnets:\nports: [5]\n")
                        .errors());
    }

    @Test
    void shouldNameTheNearestKeyOfAnUnknownOne() {
        final Documents documents = documents()
                .add(
                        "t.yaml",
                        """
                network: []
                security_groups: [{id: g}]
                networks:
                - {id: a, "provider:network_typ": vxlan, provider:network_type: local, qos_policy_id: null}
                - {id: b, provider:network_type: local, "provider:network_typ": vxlan}
                - {id: c, provider:network_type: local, amdin_state_up: true}
                ports:
                - {id: p, network_id: a, mac_address: "02:00:00:00:00:01", fixed_ips: [], allowed_address_pairs: [
                    {ip_adress: 1.1.1.1, ip_address: 1.1.1.1}]}
                """);
        assertEquals(List.of(), documents.errors());
        assertEquals(
                List.of(
                        "t.yaml: key network is not known, did you mean networks?",
                        "t.yaml: networks[0] (id a): key provider:network_typ is not known, did you mean "
                                + "provider:network_type? (1 more like this)",
                        "t.yaml: networks[2] (id c): key amdin_state_up is not known, did you mean admin_state_up?",
                        "t.yaml: ports[0] (id p): key allowed_address_pairs[0].ip_adress is not known, did you mean "
                                + "ip_address?"),
                documents.warnings());
    }

    @Test
    void shouldLoadTheCastWithoutFindings() {
        assertEquals(
                "",
                documents()
                        .add("t.yaml", Documents.cast("vxlan"))
                        .load()
                        .findings()
                        .toString());
        assertEquals(
                "",
                documents()
                        .add("t.yaml", Documents.cast("gre"))
                        .load()
                        .findings()
                        .toString());
    }
}
