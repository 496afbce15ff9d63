package org.dvr.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dvr.app.command.ExitStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dvr check --config-file}: Neutron's own files beside a topology, and the preflight of dvr.md §13. */
final class ConfigFileTest {
    private static final Path CAST = Path.of(
                    "..", "pcaps", "scenarios", "same-subnet/unicast-leaves-in-vxlan/topology.yaml")
            .toAbsolutePath()
            .normalize();
    private static final String NEUTRON =
            """
            [DEFAULT]
            host = compute1
            core_plugin = neutron.plugins.ml2.plugin.ML2Plugin
            service_plugins = router,
              port_forwarding
            router_distributed = true

            [agent]
            use_random_fully = true
            """;
    private static final String ML2 =
            """
            [ml2]
            type_drivers = flat,vlan,vxlan
            project_network_types = vxlan
            mechanism_drivers = openvswitch,l2population

            [ml2_type_vxlan]
            vni_ranges = 1:1000
            """;
    private static final String OVS =
            """
            [ovs]
            local_ip = 172.16.0.1
            bridge_mappings = provider:br-ex

            [agent]
            tunnel_types = vxlan
            l2_population = True
            enable_distributed_routing = True
            """;
    private static final String L3 =
            """
            [DEFAULT]
            interface_driver = openvswitch
            agent_mode = dvr
            """;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path topology;

    @BeforeEach
    void writeATopologyThatSaysNothingOfCompute1() throws IOException {
        topology = folder.resolve("topology.yaml");
        final String host =
                "    agent_mode: dvr\n    local_ip: 172.16.0.1\n    underlay_mac: \"02:00:00:00:00:01\"\n    bridge_mappings:"
                        + " {provider: br-ex}\n";
        final String cast = Files.readString(CAST);
        assertTrue(cast.contains(host));
        Files.writeString(topology, cast.replace(host, ""));
    }

    private int run(final Object... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        final String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        return Main.create(Map.of())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(texts);
    }

    /** Checks the topology with files of these contents, which are named a.ini, b.ini and so on. */
    private int check(final List<String> contents, final Object... more) throws IOException {
        final List<Object> args =
                new ArrayList<>(List.of("check", "--no-local", "--topology", topology, "--config-file"));
        for (int i = 0; i < contents.size(); i++) {
            args.add(Files.writeString(folder.resolve((char) ('a' + i) + ".ini"), contents.get(i)));
        }
        args.addAll(List.of(more));
        return run(args.toArray());
    }

    private void assertOut(final String part) {
        assertTrue(out.toString().contains(part), out + "\n" + err);
    }

    private void assertErr(final String part) {
        assertTrue(err.toString().replace(folder + "/", "").contains(part), err.toString());
    }

    @Test
    void shouldPassADeploymentThatFillsInTheHost() throws IOException {
        assertEquals(ExitStatus.FINE, check(List.of(NEUTRON, ML2, OVS, L3)), out + "\n" + err);
        assertEquals("", err.toString());
        assertOut("  tunnel address     172.16.0.1");
        assertOut("  203.0.113.51  10.0.1.11  R       tapport-a1");
        assertOut("  ok    server              core plugin neutron.plugins.ml2.plugin.ML2Plugin: it is ML2");
        assertOut("  ok    server              service plugins router, port_forwarding: router is among them");
        assertOut(
                "  ok    server              mechanism drivers openvswitch, l2population: openvswitch and l2population are");
        assertOut("  ok    compute1            compute side, interface driver openvswitch: it is openvswitch");
        assertOut("  ok    compute1            network type vxlan: in tunnel_types; L2 population is required");
        assertOut("  ok    compute1            role compute: dvr is right, agent_mode is dvr");
        assertOut("  ok    compute1            both agents: the host has an L3 agent and an Open vSwitch agent");
        assertOut("  ok    compute1            enable_distributed_routing true");
        assertOut("  ok    compute1            l2_population true");
        assertOut("  ok    server              dvr_snat hosts: 1");
        assertOut("  ok    router_distributed  auto: routers may be distributed, every check passes\n");
        assertFalse(out.toString().contains("iproute"), "this machine is not asked");
    }

    @Test
    void shouldWorkWithoutTheServersFiles() throws IOException {
        assertEquals(ExitStatus.FINE, check(List.of(OVS, L3), "--host", "compute1"), out + "\n" + err);
        assertOut("  skip  server              core plugin: core_plugin is in none of the files given; add the server's"
                + " neutron.conf");
        assertOut("  skip  server              mechanism drivers: mechanism_drivers is in none of the files given");
        assertOut(
                "  ok    router_distributed  auto: routers may be distributed, every check passes that could be made");
    }

    @Test
    void shouldNameEachReasonAgainstDistributedRouters() throws IOException {
        final List<String> wrong = List.of(
                NEUTRON.replace("ML2Plugin", "OtherPlugin").replace("router,", "segments,"),
                ML2.replace(",l2population", ""),
                OVS.replace("l2_population = True", "").replace("routing = True", "routing = off"),
                L3.replace("openvswitch", "linuxbridge"));
        assertEquals(ExitStatus.NO, check(wrong), err.toString());
        assertOut("FAIL  server              core plugin neutron.plugins.ml2.plugin.OtherPlugin: it must be ml2");
        assertOut("FAIL  server              service plugins segments, port_forwarding: router must be among them");
        assertOut("FAIL  server              mechanism drivers openvswitch: there are tunnels, so add l2population");
        assertOut("FAIL  compute1            compute side, interface driver linuxbridge: it must be openvswitch");
        assertOut("FAIL  compute1            enable_distributed_routing false: agent_mode is dvr, the gateway MAC would"
                + " collide across hosts; set it on every host");
        assertOut(
                "FAIL  compute1            l2_population false: with tunnels and distributed routers the original's agent"
                        + " does not start; set it on every host");
        assertOut("FAIL  router_distributed  auto: routers cannot be distributed yet: server: core plugin");
        assertOut("; and 5 more");
    }

    @Test
    void shouldLetTheOperatorVouchForThePluginsAlone() throws IOException {
        final List<String> files =
                List.of(NEUTRON.replace("ML2Plugin", "OtherPlugin"), ML2.replace("openvswitch", "ovn"), OVS, L3);
        assertEquals(ExitStatus.NO, check(files));
        assertEquals(ExitStatus.FINE, check(files, "--option", "router_distributed=true"), out.toString());
        assertOut("warn  server              core plugin neutron.plugins.ml2.plugin.OtherPlugin: it must be ml2"
                + " (router_distributed=true vouches for it)");
        assertOut("warn  server              mechanism drivers ovn, l2population: openvswitch must be among them"
                + " (router_distributed=true vouches for it)");
        assertOut("  ok    router_distributed  true: routers may be distributed");
        final List<String> unpopulated = List.of(NEUTRON, ML2, OVS.replace("l2_population = True", ""), L3);
        assertEquals(ExitStatus.NO, check(unpopulated, "--option", "router_distributed=true"));
        assertOut("FAIL  router_distributed  true: routers cannot be distributed yet: compute1: l2_population false");
    }

    @Test
    void shouldNeverPassDistributedRoutersWithFalse() throws IOException {
        assertEquals(ExitStatus.NO, check(List.of(NEUTRON, ML2, OVS, L3), "--option", "router_distributed=false"));
        assertOut("FAIL  router_distributed  false: no router may be distributed, but these are: R");
        assertFalse(out.toString().contains("core plugin"));
        assertEquals(
                ExitStatus.UNUSABLE,
                run("check", "--topology", topology, "--option", "router_distributed=perhaps", "seed=1"));
        assertErr("--option: router_distributed must be auto, true or false, not perhaps");
        assertEquals(ExitStatus.UNUSABLE, run("check", "--topology", topology, "--option", "sed=1"));
        assertErr("--option: unknown option sed");
    }

    @Test
    void shouldServeVlanNetworksWithABridgeMapping() throws IOException {
        final String vlan = Files.readString(topology)
                .replace(
                        "\"provider:network_type\": vxlan, \"provider:segmentation_id\": 102",
                        "\"provider:network_type\": vlan, \"provider:segmentation_id\": 102,"
                                + " \"provider:physical_network\": physnet1");
        Files.writeString(topology, vlan);
        assertEquals(ExitStatus.NO, check(List.of(NEUTRON, ML2, OVS, L3)));
        assertOut("FAIL  compute1            network B is vlan: bridge mapping physnet1 is missing");
        assertOut("warn  compute1            network type vlan: served, but physnet1 is not in bridge_mappings");
        final String mapped = OVS.replace("provider:br-ex", "provider:br-ex,physnet1:br-vlan");
        assertEquals(ExitStatus.FINE, check(List.of(NEUTRON, ML2, mapped, L3)), out.toString());
        assertOut(
                "  ok    compute1            network type vlan: served, and its physical networks are in bridge_mappings");
    }

    @Test
    void shouldNameUnwiseCombinations() throws IOException {
        final String unmapped = OVS.replace("bridge_mappings = provider:br-ex", "");
        assertEquals(ExitStatus.NO, check(List.of(NEUTRON, ML2, unmapped, L3)));
        assertOut(
                "FAIL  compute1            agent_mode dvr, external bridge mapping: none of provider is mapped, floating IPs"
                        + " stay down; map it, or set dvr_no_external");
        final String ha = NEUTRON.replace("router_distributed = true", "router_distributed = true\nl3_ha = true");
        assertEquals(ExitStatus.FINE, check(List.of(ha, ML2, OVS, L3)), out.toString());
        assertOut(
                "warn  server              router_distributed and l3_ha are both true, 1 dvr_snat host: new routers are"
                        + " distributed and highly available, which needs two");
        final String hidden = NEUTRON.replace("router_distributed = true", "enable_dvr = false");
        assertEquals(ExitStatus.NO, check(List.of(hidden, ML2, OVS, L3)));
        assertOut(
                "FAIL  server              enable_dvr false: hides distributed routers completely, though there are some");
        assertEquals(ExitStatus.FINE, check(List.of(NEUTRON, ML2, OVS, L3.replace("dvr", "dvr_snat"))), out.toString());
        assertOut(
                "warn  compute1            role compute: dvr is right, agent_mode is dvr_snat, which works but is not");
        assertEquals(ExitStatus.NO, check(List.of(NEUTRON, ML2, L3)));
        assertOut("FAIL  compute1            both agents: nothing is said to the Open vSwitch agent");
        assertEquals(ExitStatus.NO, check(List.of(NEUTRON, ML2, OVS)));
        assertOut("FAIL  compute1            both agents: nothing is said to the L3 agent");
        Files.writeString(topology, Files.readString(topology).replace("agent_mode: dvr_snat", "agent_mode: dvr"));
        assertEquals(ExitStatus.NO, check(List.of(NEUTRON, ML2, OVS, L3)));
        assertOut(
                "FAIL  server              dvr_snat hosts: none, so no SNAT and no centralized floating IPs; one is needed");
    }

    @Test
    void shouldWarnWhereTheTopologySaysSomethingElse() throws IOException {
        Files.copy(CAST, topology, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(
                ExitStatus.FINE,
                check(List.of(NEUTRON, ML2, OVS.replace("172.16.0.1", "172.16.0.9"), L3)),
                out.toString());
        assertErr(
                "warning: topology.yaml: hosts[0] (name compute1): local_ip 172.16.0.1 counts, though c.ini:2: [ovs] local_ip"
                        + " says 172.16.0.9; make them agree");
        assertEquals(ExitStatus.FINE, check(List.of(NEUTRON.replace("compute1", "compute7")), "--host", "compute1"));
        assertErr("warning: --host compute1 counts, though a.ini:2: [DEFAULT] host says compute7; make them agree");
    }

    @Test
    void shouldPrintEveryErrorOfTheFiles() throws IOException {
        assertEquals(
                ExitStatus.UNUSABLE,
                check(List.of(NEUTRON, OVS.replace("vxlan", "vxlan\nvxlan_udp_port = 8472\ntunnel_csum = 1"), "x\n")));
        assertErr("c.ini:1: there is no = in \"x\", write KEY = VALUE, or # before a comment\n");
        assertErr(
                "b.ini:7: [agent] vxlan_udp_port 8472: VXLAN is served on port 4789 only, set it so on every host or leave it"
                        + " out\n");
        assertErr("b.ini:8: [agent] tunnel_csum true: VXLAN is sent with UDP checksum 0 only");
        assertEquals("", out.toString());
        assertEquals(ExitStatus.UNUSABLE, check(List.of(OVS, L3)));
        assertErr("--config-file: which host is it about? Give --host, or host in [DEFAULT] of a.ini");
    }

    @Test
    void shouldLookAtThisMachineOnRequest() {
        assertEquals(ExitStatus.NO, run("check", "--topology", CAST, "--host", "compute1", "--local"));
        assertOut("FAIL  compute1  tunnel address 172.16.0.1: no device of this machine has it");
        assertEquals(ExitStatus.FINE, run("check", "--topology", CAST, "--host", "compute1", "--no-local"));
        assertFalse(out.toString().contains("no device of this machine"));
    }

    @Test
    void shouldListForwardedPorts() {
        final Path forwarding = CAST.resolve("../../../port-forwarding/tcp-from-outside/topology.yaml")
                .normalize();
        assertEquals(ExitStatus.FINE, run("check", "--topology", forwarding, "--host", "compute1"), out.toString());
        assertOut("  floating IP   port       forwarded to     router\n");
        assertOut("  203.0.113.79  tcp 28080  10.0.1.13:20080  R\n");
        assertOut("  203.0.113.79  udp 28053  10.0.2.11:20053  R\n");
    }
}
