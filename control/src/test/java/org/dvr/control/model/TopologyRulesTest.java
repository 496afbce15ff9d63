package org.dvr.control.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dvr.control.Documents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each row changes one thing in the cast of dvr.md §9.0 and says every message that must follow. */
@SuppressWarnings("StringConcatToTextBlock") // replacements are pieces of lines
class TopologyRulesTest {
    private static final String NET_A = "id: net-a, name: A, \"provider:network_type\": vxlan";
    private static final String A1_IP = "{subnet_id: sub-a, ip_address: 10.0.1.11}";

    @TempDir
    Path directory;

    private static Arguments error(final String find, final String replacement, final String... messages) {
        return Arguments.of(find, replacement, List.of(messages), true);
    }

    private static Arguments warning(final String find, final String replacement, final String... messages) {
        return Arguments.of(find, replacement, List.of(messages), false);
    }

    static List<Arguments> rows() {
        final List<Arguments> rows = new ArrayList<>();
        rows.addAll(networkRows());
        rows.addAll(subnetRows());
        rows.addAll(portRows());
        rows.addAll(routerRows());
        rows.addAll(floatingIpRows());
        rows.addAll(hostRows());
        return rows;
    }

    private static List<Arguments> networkRows() {
        return List.of(
                error(
                        NET_A,
                        "id: net-a, \"provider:network_type\": vxlam",
                        "networks[0] (id net-a): provider:network_type vxlam is not one of vxlan, gre, vlan, flat, local, geneve"),
                error(
                        NET_A + ", \"provider:segmentation_id\": 101",
                        "id: net-a, \"provider:segmentation_id\": 101",
                        "networks[0] (id net-a): provider:network_type is missing"),
                error(
                        "\"provider:segmentation_id\": 101",
                        "mtu: 1450",
                        "networks[0] (id net-a): provider:segmentation_id is missing"),
                error(
                        "\"provider:segmentation_id\": 101",
                        "\"provider:segmentation_id\": 16777216",
                        "networks[0] (id net-a): provider:segmentation_id 16777216 is not in 1..16777215"),
                error(
                        NET_A + ", \"provider:segmentation_id\": 101",
                        "id: net-a, \"provider:network_type\": gre, \"provider:segmentation_id\": 4294967296",
                        "networks[0] (id net-a): provider:segmentation_id 4294967296 is not in 1..4294967295"),
                error(
                        NET_A + ", \"provider:segmentation_id\": 101",
                        "id: net-a, \"provider:network_type\": vlan, \"provider:segmentation_id\": 4095, "
                                + "\"provider:physical_network\": provider",
                        "networks[0] (id net-a): provider:segmentation_id 4095 is not in 1..4094"),
                error(
                        "\"provider:segmentation_id\": 102",
                        "\"provider:segmentation_id\": 101",
                        "networks[1] (id net-b): provider:segmentation_id 101 (vxlan) is already used by "
                                + "FILE: networks[0] (id net-a)"),
                error(
                        "\nsubnets:",
                        "\n  - &v {id: v1, \"provider:network_type\": vlan, \"provider:segmentation_id\": 7, "
                                + "\"provider:physical_network\": provider}\n  - {<<: *v, id: v2}\nsubnets:",
                        "networks[4] (id v2): provider:segmentation_id 7 (vlan on provider) is already used by "
                                + "FILE: networks[3] (id v1)"),
                error(
                        "\nsubnets:",
                        "\n  - {id: f2, \"provider:network_type\": flat, \"provider:physical_network\": provider}\nsubnets:",
                        "networks[3] (id f2): provider:physical_network provider (flat) is already used by "
                                + "FILE: networks[2] (id net-e)"),
                error(
                        "\nsubnets:",
                        "\n  - {id: f2, \"provider:network_type\": flat}\nsubnets:",
                        "networks[3] (id f2): provider:physical_network is missing"),
                error(
                        "\"provider:segmentation_id\": 101",
                        "\"provider:segmentation_id\": 101, mtu: 67",
                        "networks[0] (id net-a): mtu 67 is not in 68..65535"),
                error(
                        "\"provider:segmentation_id\": 101",
                        "\"provider:segmentation_id\": abc",
                        "networks[0] (id net-a): provider:segmentation_id must be a whole number, it is the text \"abc\""),
                error(
                        "\"provider:segmentation_id\": 101",
                        "\"provider:segmentation_id\": 101, admin_state_up: \"yes\"",
                        "networks[0] (id net-a): admin_state_up must be true or false, it is the text \"yes\""),
                error(
                        "\"provider:segmentation_id\": 101",
                        "\"provider:segmentation_id\": 101, \"router:external\": 1",
                        "networks[0] (id net-a): router:external must be true or false, it is the number 1"),
                warning(
                        "\nsubnets:",
                        "\n  - {id: g1, \"provider:network_type\": geneve, \"provider:segmentation_id\": 1}\nsubnets:",
                        "networks[3] (id g1): provider:network_type geneve is not served, the network is left out"),
                warning(
                        "\nsubnets:",
                        "\n  - {id: f2, \"provider:network_type\": flat, \"provider:physical_network\": other}\nsubnets:",
                        "networks[3] (id f2): provider:physical_network other is mapped by no host"));
    }

    private static List<Arguments> subnetRows() {
        return List.of(
                error(
                        "id: sub-a, network_id: net-a",
                        "id: sub-a, network_id: net-x",
                        "subnets[0] (id sub-a): network_id net-x does not exist",
                        "ports[0] (id port-ga): fixed_ips[0].subnet_id sub-a is not a subnet of network net-a",
                        "ports[2] (id port-sa): fixed_ips[0].subnet_id sub-a is not a subnet of network net-a",
                        "ports[7] (id port-a1): fixed_ips[0].subnet_id sub-a is not a subnet of network net-a",
                        "ports[8] (id port-a2): fixed_ips[0].subnet_id sub-a is not a subnet of network net-a",
                        "ports[9] (id port-a3): fixed_ips[0].subnet_id sub-a is not a subnet of network net-a"),
                error(
                        "gateway_ip: 10.0.1.1}",
                        "gateway_ip: 10.0.9.1}",
                        "subnets[0] (id sub-a): gateway_ip 10.0.9.1 is not in cidr 10.0.1.0/24"),
                error(
                        "cidr: 10.0.1.0/24",
                        "cidr: 10.0.1.5/24",
                        "subnets[0] (id sub-a): cidr 10.0.1.5/24 has bits set behind its length, the network is 10.0.1.0/24"),
                error("cidr: 10.0.1.0/24, ", "", "subnets[0] (id sub-a): cidr is missing"),
                error(
                        "cidr: 10.0.1.0/24",
                        "cidr: 10.0.1.0/33",
                        "subnets[0] (id sub-a): cidr 10.0.1.0/33 is not an address or prefix"),
                error(
                        "ip_version: 4, cidr: 10.0.1.0/24",
                        "ip_version: 6, cidr: 10.0.1.0/24",
                        "subnets[0] (id sub-a): ip_version 6 is not that of cidr 10.0.1.0/24"),
                error(
                        "gateway_ip: 10.0.1.1}",
                        "gateway_ip: 10.0.1.1, ipv6_ra_mode: fast}",
                        "subnets[0] (id sub-a): ipv6_ra_mode fast is not one of slaac, dhcpv6-stateful, dhcpv6-stateless"),
                error(
                        "gateway_ip: 10.0.1.1}",
                        "gateway_ip: 10.0.1.1, host_routes: [{destination: 10.9.0.0/16, nexthop: \"::1\"}]}",
                        "subnets[0] (id sub-a): host_routes[0].nexthop ::1 is not of the IP version of destination 10.9.0.0/16"),
                error(
                        "\nrouters:",
                        "\n  - {id: sub-a2, network_id: net-a, cidr: 10.0.1.128/25}\nrouters:",
                        "subnets[3] (id sub-a2): cidr 10.0.1.128/25 overlaps 10.0.1.0/24 of FILE: subnets[0] (id sub-a) "
                                + "in the same network"),
                error(
                        "gateway_ip: 10.0.1.1}",
                        "gateway_ip: 10.0.1.1, subnetpool_id: p9}\nsubnetpools: [{id: p1, address_scope_id: s9}]\n"
                                + "address_scopes: [{id: s1}]\nsubnets: ",
                        "subnets[0] (id sub-a): subnetpool_id p9 does not exist",
                        "subnetpools[0] (id p1): address_scope_id s9 does not exist"));
    }

    private static List<Arguments> portRows() {
        return List.of(
                error(
                        A1_IP,
                        "{subnet_id: sub-a, ip_address: 10.0.9.9}",
                        "ports[7] (id port-a1): fixed_ips[0].ip_address 10.0.9.9 is not in subnet 10.0.1.0/24",
                        "floatingips[0] (id fip-51): fixed_ip_address 10.0.1.11 is not an address of port port-a1"),
                error(
                        "id: port-a3",
                        "id: 7c1f2222-3333-4444-5555-666677778888\n    admin_state_up: 1",
                        "ports[9] (id 7c1f…): admin_state_up must be true or false, it is the number 1"),
                error(
                        A1_IP,
                        "{ip_address: 10.0.9.9}",
                        "ports[7] (id port-a1): fixed_ips[0].ip_address 10.0.9.9 is in no subnet of network net-a",
                        "floatingips[0] (id fip-51): fixed_ip_address 10.0.1.11 is not an address of port port-a1"),
                error(
                        A1_IP,
                        "{subnet_id: sub-a, ip_address: 10.0.1.011}",
                        "ports[7] (id port-a1): fixed_ips[0].ip_address 10.0.1.011 is not an IP address"),
                error(
                        A1_IP,
                        "{subnet_id: sub-x, ip_address: 10.0.1.11}",
                        "ports[7] (id port-a1): fixed_ips[0].subnet_id sub-x does not exist"),
                error(
                        A1_IP,
                        "{subnet_id: sub-b, ip_address: 10.0.2.99}",
                        "ports[7] (id port-a1): fixed_ips[0].subnet_id sub-b is not a subnet of network net-a",
                        "floatingips[0] (id fip-51): fixed_ip_address 10.0.1.11 is not an address of port port-a1"),
                error(
                        "ip_address: 10.0.1.13",
                        "ip_address: 10.0.1.12",
                        "ports[9] (id port-a3): fixed_ips[0].ip_address 10.0.1.12 is already used in the same network by "
                                + "FILE: ports[8] (id port-a2)"),
                error("[" + A1_IP + "]", "{a: b}", "ports[7] (id port-a1): fixed_ips must be a list, it is an object"),
                error(
                        "[" + A1_IP + "]",
                        "[" + A1_IP + ", 7]",
                        "ports[7] (id port-a1): fixed_ips[1] must be an object, it is the number 7"),
                error(
                        "\"fa:16:3e:0a:00:13\"",
                        "\"fa:16:3e:0a:00:12\"",
                        "ports[9] (id port-a3): mac_address fa:16:3e:0a:00:12 is already used in the same network by "
                                + "FILE: ports[8] (id port-a2)"),
                error(
                        "\"fa:16:3e:0a:00:13\"",
                        "\"01:00:5e:00:00:01\"",
                        "ports[9] (id port-a3): mac_address 01:00:5e:00:00:01 is a multicast address"),
                error(
                        "\"fa:16:3e:0a:00:13\"",
                        "\"00:00:00:00:00:00\"",
                        "ports[9] (id port-a3): mac_address 00:00:00:00:00:00 is the zero address"),
                error(
                        "\"fa:16:3e:0a:00:13\"",
                        "\"fa:16:3e:0a:00\"",
                        "ports[9] (id port-a3): mac_address fa:16:3e:0a:00 is not a MAC address"),
                error(
                        "mac_address: \"fa:16:3e:0a:00:13\"",
                        "name: a3",
                        "ports[9] (id port-a3): mac_address is missing"),
                error(
                        "- id: port-a3\n    network_id: net-a",
                        "- id: port-a3\n    network_id: net-x",
                        "ports[9] (id port-a3): network_id net-x does not exist"),
                error("- id: port-a3", "- name: port-a3", "ports[9]: id is missing"),
                error("- id: port-a3", "- id: [a]", "ports[9]: id must be text, it is a list"),
                error(
                        "- id: port-a3",
                        "- allowed_address_pairs: [{mac_address: x}, {ip_address: 10.0.1.0/99}]\n    id: port-a3",
                        "ports[9] (id port-a3): allowed_address_pairs[0].ip_address is missing",
                        "ports[9] (id port-a3): allowed_address_pairs[0].mac_address x is not a MAC address",
                        "ports[9] (id port-a3): allowed_address_pairs[1].ip_address 10.0.1.0/99 is not an address or prefix"),
                error(
                        "- id: port-a3",
                        "- &twin\n    id: port-long-name-1\n    \"binding:host_id\": compute1\n    network_id: net-a\n"
                                + "    mac_address: \"02:00:00:00:00:99\"\n  - <<: *twin\n    id: port-long-name-2\n"
                                + "    mac_address: \"02:00:00:00:00:98\"\n  - id: port-a3",
                        "ports[10] (id port…): id port-long-name-2 gives the same device name tapport-long-n as "
                                + "FILE: ports[9] (id port…) on host compute1"),
                error(
                        "device_owner: network:router_gateway\n    device_id: router-r",
                        "device_owner: network:router_gateway\n    device_id: router-x",
                        "ports[4] (id port-qg): device_id router-x does not exist"),
                error(
                        "device_owner: network:router_gateway\n    device_id: router-r",
                        "device_owner: network:router_gateway",
                        "ports[4] (id port-qg): device_id is missing, network:router_gateway needs its router"),
                warning(
                        "- id: port-a3",
                        "- id: port-x\n    network_id: net-a\n    mac_address: \"02:00:00:00:00:99\"\n"
                                + "    \"binding:host_id\": compute9\n  - id: port-a3",
                        "ports[9] (id port-x): binding:host_id compute9 is not among hosts or agents"),
                warning(
                        "10.0.2.1}]\n    device_owner: network:router_interface_distributed",
                        "10.0.2.1}]\n    device_owner: network:router_interface",
                        "ports[1] (id port-gb): device_owner network:router_interface, but router R is distributed: "
                                + "taken as network:router_interface_distributed"),
                warning(
                        "distributed: true",
                        "distributed: false",
                        "ports[0] (id port-ga): device_owner network:router_interface_distributed, but router R is not "
                                + "distributed",
                        "ports[1] (id port-gb): device_owner network:router_interface_distributed, but router R is not "
                                + "distributed"));
    }

    private static List<Arguments> routerRows() {
        return List.of(
                error(
                        "\n      network_id: net-e",
                        "\n      network_id: net-x",
                        "routers[0] (id router-r): external_gateway_info.network_id net-x does not exist"),
                error(
                        "\n      network_id: net-e",
                        "",
                        "routers[0] (id router-r): external_gateway_info.network_id is missing"),
                error(
                        "ip_address: 203.0.113.30}]\nports:",
                        "ip_address: 203.0.114.30}]\nports:",
                        "routers[0] (id router-r): external_gateway_info.external_fixed_ips[0].ip_address 203.0.114.30 is "
                                + "not in subnet 203.0.113.0/24"),
                error(
                        "[{subnet_id: sub-e, ip_address: 203.0.113.30}]\nports:",
                        "[203.0.114.30]\nports:",
                        "routers[0] (id router-r): external_gateway_info.external_fixed_ips[0].ip_address 203.0.114.30 is "
                                + "in no subnet of network net-e"),
                error(
                        "external_fixed_ips: [{subnet_id: sub-e, ",
                        "external_fixed_ips: [{subnet_id: sub-a, ",
                        "routers[0] (id router-r): external_gateway_info.external_fixed_ips[0].subnet_id sub-a is not a "
                                + "subnet of network net-e",
                        "routers[0] (id router-r): external_gateway_info.external_fixed_ips[0].ip_address 203.0.113.30 is "
                                + "not in subnet 10.0.1.0/24"),
                error(
                        "enable_snat: true",
                        "enable_snat: maybe",
                        "routers[0] (id router-r): external_gateway_info.enable_snat must be true or false, it is the text "
                                + "\"maybe\""),
                error(
                        "distributed: true",
                        "distributed: true\n    routes: [{destination: 10.5.0.0/16, nexthop: 10.9.9.9}]",
                        "routers[0] (id router-r): routes[0].nexthop 10.9.9.9 is in no subnet that the router is connected to"),
                error(
                        "distributed: true",
                        "distributed: true\n    routes: [{destination: 10.5.0.0/33}]",
                        "routers[0] (id router-r): routes[0].destination 10.5.0.0/33 is not an address or prefix",
                        "routers[0] (id router-r): routes[0].nexthop is missing"),
                error(
                        "cidr: 10.0.2.0/24",
                        "cidr: 10.0.0.0/16",
                        "routers[0] (id router-r): subnets 10.0.0.0/16 of FILE: subnets[1] (id sub-b) and 10.0.1.0/24 of "
                                + "FILE: subnets[0] (id sub-a) overlap on one router"),
                warning(
                        "gw_port_host: network1",
                        "gw_port_host: network9",
                        "routers[0] (id router-r): gw_port_host network9 is not among hosts or agents"));
    }

    private static List<Arguments> floatingIpRows() {
        return List.of(
                error(
                        "floating_ip_address: 203.0.113.61",
                        "floating_ip_address: 203.0.114.61",
                        "floatingips[2] (id fip-61): floating_ip_address 203.0.114.61 is in no subnet of network net-e"),
                error(
                        "floating_ip_address: 203.0.113.61",
                        "floating_ip_address: 203.0.113.51",
                        "floatingips[2] (id fip-61): floating_ip_address 203.0.113.51 is already used by "
                                + "FILE: floatingips[0] (id fip-51)"),
                error(
                        "floating_ip_address: 203.0.113.61",
                        "floating_ip_address: \"2001:db8::1\"",
                        "floatingips[2] (id fip-61): floating_ip_address 2001:db8::1 is not an IPv4 address"),
                error(
                        "floating_ip_address: 203.0.113.61, ",
                        "",
                        "floatingips[2] (id fip-61): floating_ip_address is missing"),
                error(
                        "floating_network_id: net-e, port_id: port-b1",
                        "floating_network_id: net-x, port_id: port-b1",
                        "floatingips[2] (id fip-61): floating_network_id net-x does not exist"),
                error(
                        "port_id: port-b1",
                        "port_id: port-x",
                        "floatingips[2] (id fip-61): port_id port-x does not exist"),
                error(
                        "port_id: port-b1",
                        "router_id: router-x, port_id: port-b1",
                        "floatingips[2] (id fip-61): router_id router-x does not exist"),
                error(
                        "port_id: port-b1",
                        "fixed_ip_address: 10.0.2.12, port_id: port-b1",
                        "floatingips[2] (id fip-61): fixed_ip_address 10.0.2.12 is not an address of port port-b1"),
                error(
                        "port_id: port-b1",
                        "fixed_ip_address: 10.0.2.12",
                        "floatingips[2] (id fip-61): fixed_ip_address is given, but port_id is missing"),
                error(
                        "port_id: port-b1",
                        "port_id: port-a2",
                        "floatingips[2] (id fip-61): fixed_ip_address 10.0.1.12 of port port-a2 already has the floating IP of "
                                + "FILE: floatingips[1] (id fip-52)"),
                error(
                        "[{subnet_id: sub-b, ip_address: 10.0.2.11}]",
                        "[10.0.2.11, 10.0.2.111]",
                        "floatingips[2] (id fip-61): fixed_ip_address is missing, port port-b1 has several IPv4 addresses"),
                error(
                        "[{subnet_id: sub-b, ip_address: 10.0.2.11}]",
                        "[]",
                        "floatingips[2] (id fip-61): fixed_ip_address is missing, port port-b1 has no IPv4 addresses"),
                error(
                        ", \"router:external\": true",
                        "",
                        "routers[0] (id router-r): external_gateway_info.network_id net-e is not router:external",
                        "floatingips[0] (id fip-51): floating_network_id net-e is not router:external",
                        "floatingips[1] (id fip-52): floating_network_id net-e is not router:external",
                        "floatingips[2] (id fip-61): floating_network_id net-e is not router:external"),
                error(
                        "port_id: port-b1",
                        "port_forwardings: [{protocol: tpc, external_port: 0, internal_port: 70000}]",
                        "floatingips[2] (id fip-61): port_forwardings[0].protocol tpc is not one of tcp, udp, sctp, dccp, icmp",
                        "floatingips[2] (id fip-61): port_forwardings[0].external_port 0 is not in 1..65535",
                        "floatingips[2] (id fip-61): port_forwardings[0].internal_port 70000 is not in 1..65535",
                        "floatingips[2] (id fip-61): port_forwardings[0].internal_ip_address is missing"),
                error(
                        "port_id: port-b1",
                        "port_forwardings: [{protocol: tcp, external_port: 80, internal_port: 1, internal_ip_address: "
                                + "10.0.1.11}, {protocol: TCP, external_port: 80, internal_port: 2, internal_ip_address: "
                                + "10.0.1.11}]",
                        "floatingips[2] (id fip-61): port_forwardings: tcp 80 is forwarded twice"),
                error(
                        "port_id: port-b1",
                        "router_id: router-r, port_forwardings: [{protocol: tcp, external_port: 80, internal_port: 1, "
                                + "internal_ip_address: 10.0.3.11}]",
                        "floatingips[2] (id fip-61): port_forwardings: internal_ip_address 10.0.3.11 is in no subnet that "
                                + "router R is connected to"),
                warning(
                        "port_id: port-b1}",
                        "router_id: r2}\nrouters: [{id: r2}]",
                        "floatingips[2] (id fip-61): router_id: router r2 has no gateway on network net-e"));
    }

    private static List<Arguments> hostRows() {
        return List.of(
                error(
                        "local_ip: 172.16.0.2",
                        "local_ip: 172.16.0.1",
                        "hosts[1] (name compute2): local_ip 172.16.0.1 is already used by host compute1"),
                error(
                        "local_ip: 172.16.0.2",
                        "local_ip: \"fd00::2\"",
                        "hosts[1] (name compute2): local_ip fd00::2 is not of the address family of host compute1's, "
                                + "172.16.0.1: tunnels run over one of them"),
                error(
                        "local_ip: 172.16.0.2",
                        "local_ip: \"fe80::2\"",
                        "hosts[1] (name compute2): local_ip fe80::2 is no address that a host has for others"),
                error(
                        "local_ip: 172.16.0.2",
                        "local_ip: \"ff02::2\"",
                        "hosts[1] (name compute2): local_ip ff02::2 is no address that a host has for others"),
                error(
                        "local_ip: 172.16.0.2",
                        "local_ip: \"::1\"",
                        "hosts[1] (name compute2): local_ip ::1 is no address that a host has for others"),
                error(
                        "local_ip: 172.16.0.2",
                        "local_ip: 172.16.0.2\n    tunnel_types: [vxlan, stt]",
                        "hosts[1] (name compute2): tunnel_types[1] must be one of vxlan, gre, it is the text \"stt\""),
                error(
                        "agent_mode: dvr_snat",
                        "agent_mode: snat",
                        "hosts[2] (name network1): agent_mode snat is not one of legacy, dvr, dvr_snat, dvr_no_external"),
                error("- name: compute2\n", "- underlay_device: e0\n", "hosts[1]: name is missing", "WARNING"),
                error(
                        "\"02:00:00:00:00:02\"",
                        "\"03:00:00:00:00:02\"",
                        "hosts[1] (name compute2): underlay_mac 03:00:00:00:00:02 is a multicast address"),
                error(
                        "\"02:00:00:00:00:02\"",
                        "\"02:00:00:00:00:02\"\n    underlay_mtu: 10",
                        "hosts[1] (name compute2): underlay_mtu 10 is not in 68..65535"),
                error(
                        "\"02:00:00:00:00:02\"",
                        "\"02:00:00:00:00:02\"\n    external_macs: {provider: zz}",
                        "hosts[1] (name compute2): external_macs.provider zz is not a MAC address"),
                error(
                        "- name: compute2",
                        "- name: compute1",
                        "hosts[1] (name compute1): name compute1 is already used by FILE: hosts[0] (name compute1)",
                        "WARNING"),
                error(
                        "fa:16:3f:00:00:02",
                        "fa:16:3f:00:00:01",
                        "hosts[1] (name compute2): host compute2 has the same DVR MAC fa:16:3f:00:00:01 as host compute1, "
                                + "give it another in dvr_host_macs"),
                error(
                        "{host: compute2, ",
                        "{host: compute1, ",
                        "dvr_host_macs[1] (host compute1): host compute1 is already used by FILE: dvr_host_macs[0] (host "
                                + "compute1)"),
                error(
                        "\nneighbors:",
                        "\nagents:\n  - {host: h, configurations: {tunneling_ip: 172.16.0.8}}\n"
                                + "  - {host: h, configurations: {tunneling_ip: 172.16.0.9}}\nneighbors:",
                        "agents[1] (host h): configurations.tunneling_ip 172.16.0.9 is not 172.16.0.8 as another agent of the "
                                + "host says"),
                error(
                        "\"on\": provider, ip_address: 203.0.113.1, mac_address",
                        "mac_address",
                        "neighbors[0]: on is missing",
                        "neighbors[0]: ip_address is missing"),
                error(
                        "\"52:54:00:00:00:01\"}",
                        "\"52:54:00:00:00:01\"}\n  - {\"on\": provider, ip_address: 203.0.113.1, mac_address: "
                                + "\"52:54:00:00:00:02\"}",
                        "neighbors[1]: on provider, ip_address 203.0.113.1 is already used by FILE: neighbors[0]"),
                warning(
                        "\"02:00:00:00:00:02\"",
                        "\"02:00:00:00:00:02\"\n    external_macs: {other: \"02:00:00:00:00:77\"}",
                        "hosts[1] (name compute2): external_macs.other is not in bridge_mappings"),
                error(
                        "bridge_mappings: {provider: br-ex}",
                        "bridge_mappings: {provider: br-ex, underlay: eth0}",
                        "hosts[0] (name compute1): bridge_mappings.underlay is the name of the tunnels' device, no physical "
                                + "network can have it"),
                warning("\"on\": provider", "\"on\": other", "neighbors[0]: on other is mapped by no host"));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void shouldSayWhatIsWrong(
            final String find, final String replacement, final List<String> messages, final boolean isError) {
        final String cast = Documents.cast("vxlan");
        assertTrue(cast.contains(find), "the cast has no " + find);
        final int at = cast.indexOf(find);
        final Documents documents = new Documents(directory)
                .add("FILE", cast.substring(0, at) + replacement + cast.substring(at + find.length()));
        final List<String> expected = messages.stream()
                .filter(message -> !message.equals("WARNING"))
                .map(message -> "FILE: " + message)
                .toList();
        assertEquals(expected, isError ? documents.errors() : documents.warnings());
        if (isError && !messages.contains("WARNING")) {
            assertEquals(List.of(), documents.warnings());
        } else if (!isError) {
            assertEquals(List.of(), documents.errors());
        }
    }

    @Test
    void shouldSayAllErrorsAtOnce() {
        final String cast = Documents.cast("vxlan")
                .replace("ip_address: 10.0.1.13", "ip_address: 10.0.9.9")
                .replace("fa:16:3e:0b:00:12", "fa:16:3e:0b:00:zz")
                .replace("\"provider:segmentation_id\": 102", "\"provider:segmentation_id\": 0");
        assertEquals(
                List.of(
                        "t.yaml: networks[1] (id net-b): provider:segmentation_id 0 is not in 1..16777215",
                        "t.yaml: ports[11] (id port-b2): mac_address fa:16:3e:0b:00:zz is not a MAC address",
                        "u.yaml: line 1, column 5: mapping values are not allowed here",
                        "t.yaml: ports[9] (id port-a3): fixed_ips[0].ip_address 10.0.9.9 is not in subnet 10.0.1.0/24"),
                new Documents(directory)
                        .add("t.yaml", cast)
                        .add("u.yaml", "a: b: c\n")
                        .errors());
    }

    @Test
    void shouldCheckIpv6AsIpv4() {
        final String v6 = Documents.cast("vxlan")
                .replace(
                        "\nrouters:",
                        "\n  - {id: sub-6, network_id: net-a, ip_version: 6, cidr: \"2001:db8:1::/64\", "
                                + "gateway_ip: \"fe80::1\", ipv6_ra_mode: slaac, ipv6_address_mode: slaac}\nrouters:");
        final String good = v6.replace(A1_IP, A1_IP + ", {subnet_id: sub-6, ip_address: \"2001:DB8:1:0::11\"}");
        assertEquals(List.of(), new Documents(directory).add("t.yaml", good).errors());
        assertEquals(
                List.of(
                        "t.yaml: ports[7] (id port-a1): fixed_ips[1].ip_address 2001:db8:2::11 is not in subnet "
                                + "2001:db8:1::/64",
                        "t.yaml: ports[9] (id port-a3): fixed_ips[1].ip_address 2001:db8:2::11 is not in subnet "
                                + "2001:db8:1::/64",
                        "t.yaml: ports[9] (id port-a3): fixed_ips[1].ip_address 2001:db8:2::11 is already used in the same "
                                + "network by t.yaml: ports[7] (id port-a1)"),
                new Documents(directory)
                        .add(
                                "t.yaml",
                                good.replace("2001:DB8:1:0::11", "2001:db8:2::11")
                                        .replace(
                                                "ip_address: 10.0.1.13}",
                                                "ip_address: 10.0.1.13}, {subnet_id: sub-6, ip_address: \"2001:db8:2::11\"}"))
                        .errors());
    }
}
