package org.dvr.control.ini;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.control.Documents;
import org.dvr.control.Topologies;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.Findings;
import org.dvr.control.model.Host;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Said;
import org.dvr.control.source.TopologyLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a deployment's files come to. */
class NeutronSettingsTest {
    private static final String[] FILES = {
        "neutron.conf", "ml2_conf.ini", "openvswitch_agent.ini", "l3_agent.ini", "metadata_agent.ini"
    };

    @TempDir
    Path folder;

    private final Findings findings = new Findings();
    private final List<Path> files = new ArrayList<>();

    private static Path shipped(final String name) throws URISyntaxException {
        return Path.of(NeutronSettingsTest.class.getResource(name).toURI());
    }

    private NeutronSettings deployment() throws URISyntaxException {
        final List<Path> all = new ArrayList<>();
        for (final String name : FILES) {
            all.add(shipped(name));
        }
        return NeutronSettings.read(all, findings);
    }

    private NeutronSettings read(final String... texts) throws IOException {
        files.clear();
        for (final String text : texts) {
            final Path file = folder.resolve((files.size() + 1) + ".ini");
            files.add(Files.writeString(file, text));
        }
        return NeutronSettings.read(files, findings);
    }

    private List<String> errors() {
        return findings.errors().stream()
                .map(error -> error.replace(folder + "/", ""))
                .toList();
    }

    private List<String> warnings() {
        return findings.warnings().stream()
                .map(warning -> warning.replaceAll("(?<= |^)/\\S*/", ""))
                .toList();
    }

    @Test
    void shouldReadADeployment() throws URISyntaxException {
        final NeutronSettings settings = deployment();
        assertEquals(List.of(), findings.errors());
        assertEquals("compute1", settings.host().value());
        final ServerSettings server = settings.server();
        assertEquals("ml2", server.corePlugin().value());
        assertEquals(
                List.of("router", "segments", "port_forwarding"),
                server.servicePlugins().value());
        assertTrue(server.routerDistributed().value());
        assertFalse(server.l3Ha().value());
        assertFalse(server.enableDvr().isSaid());
        assertTrue(server.hasMl2());
        assertEquals(
                List.of("openvswitch", "l2population"),
                server.mechanismDrivers().value());
        assertEquals(List.of("vxlan"), server.projectNetworkTypes().value());
        assertEquals(List.of("1:1000", "5000:5999"), server.vniRanges().value());
        assertEquals(
                List.of("provider", "physnet1:1000:2999"),
                server.networkVlanRanges().value());
        final L2AgentSettings l2 = settings.l2();
        assertEquals("172.16.0.1", l2.localIp().value().toString());
        assertEquals(
                Map.of("provider", "br-ex", "physnet1", "br-vlan"),
                l2.bridgeMappings().value());
        assertEquals(Set.of(NetworkKind.VXLAN), l2.tunnelTypes().value());
        assertTrue(l2.l2Population().value());
        assertTrue(l2.enableDistributedRouting().value());
        assertTrue(l2.arpResponder().value());
        final L3AgentSettings l3 = settings.l3();
        assertEquals(AgentMode.DVR, l3.agentMode().value());
        assertEquals("openvswitch", l3.interfaceDriver().value());
        assertEquals(9697, l3.metadataPort().value());
        assertTrue(l3.enableMetadataProxy().value());
        assertEquals("controller", l3.novaMetadataHost().value());
        assertEquals(8775, l3.novaMetadataPort().value());
        assertEquals("/var/lib/neutron/metadata_proxy", settings.metadataProxySocket());
        assertEquals(Map.of("random_fully_snat", "on", "random_fully_floating_ip", "on"), settings.options());
    }

    @Test
    void shouldWarnOfWhatNobodyDoesHere() throws URISyntaxException {
        deployment();
        assertEquals(
                List.of(
                        "l3_agent.ini:10: [agent] extensions fip_qos: this extension is not served",
                        "openvswitch_agent.ini:16: [securitygroup] firewall_driver openvswitch: security groups are not"
                                + " enforced here, guests are only kept to their own addresses"),
                warnings());
    }

    @Test
    void shouldLetTheLastFileCount() throws IOException {
        final NeutronSettings settings = read(
                "[DEFAULT]\nhost = a\nagent_mode = legacy\n[ovs]\nlocal_ip = 10.0.0.1",
                "[DEFAULT]\nagent_mode = dvr_snat\nagent_mode = dvr\n",
                "[DEFAULT]\nhost = b\n");
        assertEquals("b", settings.host().value());
        assertEquals(AgentMode.DVR, settings.l3().agentMode().value());
        assertTrue(settings.l3().agentMode().place().endsWith("2.ini:3: [DEFAULT] agent_mode"));
        assertEquals("10.0.0.1", settings.l2().localIp().value().toString());
        assertEquals(Map.of(), settings.options());
    }

    @Test
    void shouldPutValuesInThePlaceOfReferences() throws IOException {
        final NeutronSettings settings = read(
                """
                [DEFAULT]
                my_ip = 172.16.0.9
                state_path = /srv/$host
                host = n1
                name = ${ovs.label}
                [ovs]
                label = ext
                local_ip = $my_ip
                bridge_mappings = ${label}:br-$DEFAULT.name
                """);
        assertEquals(List.of(), errors());
        assertEquals("172.16.0.9", settings.l2().localIp().value().toString());
        assertEquals(Map.of("ext", "br-ext"), settings.l2().bridgeMappings().value());
        assertEquals("/srv/n1/metadata_proxy", settings.metadataProxySocket());
        assertEquals(
                "/var/lib/neutron/m$1",
                read("[DEFAULT]\nmetadata_proxy_socket = $state_path/m$$1").metadataProxySocket());
        read("[ovs]\nlocal_ip = $my_ip\n[DEFAULT]\nhost = $a\na = $host\nstate_path = ${x");
        assertEquals(
                List.of(
                        "1.ini:5: [DEFAULT] a: $host leads back here, write a value in one of the places",
                        "1.ini:6: [DEFAULT] state_path: $x is not set in the files given, set it or write its value here;"
                                + " $$ is a dollar sign",
                        "1.ini:2: [ovs] local_ip: $my_ip is not set in the files given, set it or write its value here; $$"
                                + " is a dollar sign"),
                errors());
    }

    @Test
    void shouldTellOfEveryValueThatCannotBeRead() throws IOException {
        read(
                """
                [DEFAULT]
                agent_mode = dvr-snat
                l3_ha = maybe
                global_physnet_mtu = 70000
                [ovs]
                local_ip = eth0
                bridge_mappings = provider, a:b, a:c, d:b
                [agent]
                tunnel_types = vxlan, stt
                l2_population = true # with DVR
                """);
        assertEquals(
                Set.of(
                        "1.ini:2: [DEFAULT] agent_mode dvr-snat: is not one of legacy, dvr, dvr_snat, dvr_no_external",
                        "1.ini:3: [DEFAULT] l3_ha maybe: is not a truth value, write true or false",
                        "1.ini:4: [DEFAULT] global_physnet_mtu 70000: is not a whole number from 0 to 65535",
                        "1.ini:6: [ovs] local_ip eth0: is not an IP address",
                        "1.ini:7: [ovs] bridge_mappings provider: is not LABEL:BRIDGE, as in provider:br-ex",
                        "1.ini:7: [ovs] bridge_mappings a:c: a is mapped twice, keep one of them",
                        "1.ini:7: [ovs] bridge_mappings d:b: b serves another label already, keep one of them",
                        "1.ini:9: [agent] tunnel_types stt: is not a type of tunnel, write vxlan, gre or both",
                        "1.ini:10: [agent] l2_population true # with DVR: is not a truth value, write true or false; a"
                                + " comment needs a line of its own that begins with #"),
                Set.copyOf(errors()));
        assertEquals(9, errors().size());
    }

    @Test
    void shouldRefuseWhatWouldChangeTheWire() throws IOException {
        read(
                """
                [DEFAULT]
                base_mac = fa:16:3f:00:00:00
                [ovs]
                local_ip = fe80::1
                [agent]
                tunnel_types = vxlan,geneve
                vxlan_udp_port = 8472
                tunnel_csum = true
                dont_fragment = false
                dscp = 8
                dscp_inherit = true
                """);
        final String everywhere = ", set it so on every host or leave it out";
        assertEquals(
                List.of(
                        "1.ini:4: [ovs] local_ip fe80::1: is no address that a host has for others, give its own one on"
                                + " the underlay",
                        "1.ini:2: [DEFAULT] base_mac fa:16:3f:00:00:00: base_mac and dvr_base_mac are the same, they must"
                                + " differ",
                        "1.ini:7: [agent] vxlan_udp_port 8472: VXLAN is served on port 4789 only" + everywhere,
                        "1.ini:8: [agent] tunnel_csum true: VXLAN is sent with UDP checksum 0 only" + everywhere,
                        "1.ini:9: [agent] dont_fragment false: tunnel packets are sent with don't-fragment only"
                                + everywhere,
                        "1.ini:10: [agent] dscp 8: tunnel packets are sent with DSCP 0 only, set 0 or leave it out",
                        "1.ini:11: [agent] dscp_inherit true: tunnel packets are sent with DSCP 0 only, set false or leave"
                                + " it out"),
                errors());
        assertEquals(
                List.of(
                        "1.ini:6: [agent] tunnel_types geneve: is not served, networks of that type reach nobody elsewhere"),
                warnings());
    }

    @Test
    void shouldAcceptTunnelSettingsThatNothingUses() throws IOException {
        read("[agent]\ntunnel_types =\nvxlan_udp_port = 8472\ndscp = 8\n");
        assertEquals(List.of(), errors());
        read("[agent]\ntunnel_types = gre\nvxlan_udp_port = 8472\n");
        assertEquals(List.of(), errors());
    }

    @Test
    void shouldTellOfFilesThatCannotBeRead() {
        NeutronSettings.read(List.of(folder.resolve("gone.ini"), folder), findings);
        assertEquals(
                List.of("gone.ini: no such file", folder + ": cannot be read: it is a folder, name the files in it"),
                errors());
    }

    private TopologyLoader.Result load(final String topology, final NeutronSettings settings) throws IOException {
        final Path file = Files.writeString(folder.resolve("topology.yaml"), topology);
        return Topologies.load(List.of(file), settings.hostSettings("compute1"));
    }

    @Test
    void shouldFillInWhatTheTopologyLeavesOut() throws IOException, URISyntaxException {
        final TopologyLoader.Result loaded = load("hosts: [{name: compute1, underlay_device: eth1}]", deployment());
        assertEquals("", loaded.findings().toString());
        final Host host = loaded.topology().hosts().get("compute1");
        assertEquals(AgentMode.DVR, host.mode());
        assertEquals("172.16.0.1", host.tunnelIp().toString());
        assertEquals(Set.of(NetworkKind.VXLAN), host.tunnelKinds());
        assertEquals(Map.of("provider", "br-ex", "physnet1", "br-vlan"), host.bridgeMappings());
        assertEquals("eth1", host.underlayDevice());
        assertEquals(1500, host.underlayMtu());
    }

    @Test
    void shouldAddAHostThatTheTopologyLacks() throws IOException {
        final NeutronSettings settings =
                read("[DEFAULT]\nglobal_physnet_mtu = 9000\n[ml2]\npath_mtu = 8950\n[ovs]\nlocal_ip = 172.16.0.2\n");
        final TopologyLoader.Result loaded =
                load("hosts: [{name: compute2, local_ip: 172.16.0.2}, {name: h3, underlay_mtu: 1400}]", settings);
        assertEquals(8950, loaded.topology().hosts().get("compute1").underlayMtu());
        assertEquals(8950, loaded.topology().hosts().get("compute2").underlayMtu());
        assertEquals(1400, loaded.topology().hosts().get("h3").underlayMtu());
        assertEquals(1, loaded.findings().errors().size(), "two hosts with one tunnel address");
        assertTrue(
                loaded.findings().errors().getFirst().endsWith("local_ip 172.16.0.2 is already used by host compute1"),
                loaded.findings().toString());
    }

    @Test
    void shouldLetTheTopologyCountAndNameBothPlaces() throws IOException, URISyntaxException {
        final TopologyLoader.Result loaded = load(
                """
                hosts:
                - {name: compute1, agent_mode: dvr_snat, local_ip: 172.16.0.8, tunnel_types: [gre], underlay_mtu: 9000,
                   bridge_mappings: {provider: eth2}}
                """,
                deployment());
        final Host host = loaded.topology().hosts().get("compute1");
        assertEquals(AgentMode.DVR_SNAT, host.mode());
        assertEquals("172.16.0.8", host.tunnelIp().toString());
        assertEquals(Set.of(NetworkKind.GRE), host.tunnelKinds());
        assertEquals(Map.of("provider", "eth2", "physnet1", "br-vlan"), host.bridgeMappings());
        final String origin = "topology.yaml: hosts[0] (name compute1): ";
        assertEquals(
                List.of(
                        origin + "agent_mode dvr_snat counts, though l3_agent.ini:3: [DEFAULT] agent_mode says dvr",
                        origin
                                + "local_ip 172.16.0.8 counts, though openvswitch_agent.ini:2: [ovs] local_ip says 172.16.0.1",
                        origin
                                + "tunnel_types gre counts, though openvswitch_agent.ini:8: [agent] tunnel_types says vxlan",
                        origin + "bridge_mappings.provider eth2 counts, though openvswitch_agent.ini:3: [ovs]"
                                + " bridge_mappings says br-ex",
                        origin
                                + "underlay_mtu 9000 counts, though neutron.conf:11: [DEFAULT] global_physnet_mtu says 1500"),
                loaded.findings().warnings().stream()
                        .map(warning -> warning.replaceAll("(?<= |^)/\\S*/", "").replace("; make them agree", ""))
                        .toList());
    }

    @Test
    void shouldLeaveAgentsInTheTopologyAsTheyWere() {
        final TopologyLoader.Result loaded =
                new Documents(folder).add("cast.yaml", Documents.cast("vxlan")).load();
        assertEquals(
                loaded.topology().hosts(),
                Topologies.load(List.of(folder.resolve("cast.yaml")), null)
                        .topology()
                        .hosts());
        assertFalse(Said.nothing().isSaid());
    }
}
