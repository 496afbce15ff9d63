package org.dvr.app.lab;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Cast.Network;
import org.dvr.app.lab.Cast.Transport;

/** The cast as the topology document of contract.md §1, which every {@code dvr run} of the lab reads. */
final class TopologyDocument {
    private final Transport transport;
    /** Floating IP to the guest behind it: the one thing that walks change. */
    private final Map<String, Guest> floating = new LinkedHashMap<>();

    TopologyDocument(final Transport transport) {
        this.transport = transport;
        Cast.GUESTS.stream().filter(Guest::hasFloating).forEach(guest -> floating.put(guest.floating(), guest));
    }

    /**
     * Gives a floating IP to another guest.
     *
     * @param address the floating IP
     * @param guest   who is behind it from now on
     * @return this
     */
    TopologyDocument move(final String address, final Guest guest) {
        floating.put(address, guest);
        return this;
    }

    /** {@return the document in YAML} */
    String text() {
        final StringBuilder yaml = new StringBuilder("# The cast of dvr.md §9.0, written by dvr lab.\nhosts:\n");
        Cast.HOSTS.forEach(host -> host(yaml, host));
        yaml.append("dvr_host_macs:\n");
        for (final Host host : Cast.HOSTS) {
            yaml.append("  - {host: %s, mac_address: \"%s\"}%n".formatted(host.name(), host.dvrMac()));
        }
        networks(yaml);
        yaml.append(
                """
                routers:
                  - id: router-r
                    name: R
                    distributed: true
                    gw_port_host: network1
                    routes: [{destination: %s, nexthop: %s}]
                    external_gateway_info:
                      network_id: net-e
                      enable_snat: true
                      external_fixed_ips: [{subnet_id: sub-e, ip_address: %s}]
                ports:
                """
                        .formatted(Cast.BEHIND_B2_CIDR, Cast.B2.ip(), Cast.GATEWAY_IP));
        ports(yaml);
        yaml.append("floatingips:\n");
        floating.forEach((address, guest) -> yaml.append(
                "  - {id: fip-%s, floating_ip_address: %s, floating_network_id: net-e, port_id: port-%s, fixed_ip_address: %s, router_id: router-r}%n"
                        .formatted(
                                address.substring(address.lastIndexOf('.') + 1),
                                address,
                                guest.name() + (guest.isCentralised() ? "-address" : ""),
                                guest.ip())));
        return yaml.toString();
    }

    private void host(final StringBuilder yaml, final Host host) {
        yaml.append(
                """
                  - name: %s
                    agent_mode: %s
                    local_ip: %s
                    tunnel_types: [%s]
                    underlay_device: %s
                    underlay_mtu: %d
                    bridge_mappings: {provider: %s}
                """
                        .formatted(
                                host.name(),
                                host.isNetworkHost() ? "dvr_snat" : "dvr",
                                transport.address(host),
                                transport.label(),
                                Lab.UNDERLAY_DEVICE,
                                Cast.UNDERLAY_MTU,
                                Lab.PROVIDER_DEVICE));
    }

    private void networks(final StringBuilder yaml) {
        yaml.append("networks:\n");
        for (final Network network : Cast.NETWORKS) {
            yaml.append(
                    "  - {id: net-%s, name: %s, mtu: %d, \"provider:network_type\": %s, \"provider:segmentation_id\": %d}%n"
                            .formatted(
                                    network.name(),
                                    network.name().toUpperCase(java.util.Locale.ROOT),
                                    transport.mtu(),
                                    transport.label(),
                                    network.segment()));
        }
        yaml.append(
                """
                  - {id: net-e, name: E, mtu: 1500, "provider:network_type": flat, "provider:physical_network": provider, "router:external": true}
                subnets:
                """);
        for (final Network network : Cast.NETWORKS) {
            subnet(yaml, network.name(), network.cidr(), network.gatewayIp());
        }
        subnet(yaml, "e", Cast.EXTERNAL_CIDR, Cast.UPSTREAM_IP);
    }

    private static void subnet(
            final StringBuilder yaml, final String network, final String cidr, final String gatewayIp) {
        yaml.append("  - {id: sub-%1$s, network_id: net-%1$s, ip_version: 4, cidr: %2$s, gateway_ip: %3$s}%n"
                .formatted(network, cidr, gatewayIp));
    }

    private static void ports(final StringBuilder yaml) {
        for (final Network network : Cast.NETWORKS) {
            final String name = network.name();
            port(
                    yaml,
                    "g" + name,
                    name,
                    network.gatewayMac(),
                    network.gatewayIp(),
                    "network:router_interface_distributed",
                    "");
            port(
                    yaml,
                    "s" + name,
                    name,
                    network.csnatMac(),
                    network.csnatIp(),
                    "network:router_centralized_snat",
                    "network1");
        }
        port(yaml, "qg", "e", Cast.GATEWAY_MAC, Cast.GATEWAY_IP, "network:router_gateway", "network1");
        for (final Host host : Cast.HOSTS) {
            if (!host.fgIp().isEmpty()) {
                port(
                        yaml,
                        "fg" + host.number(),
                        "e",
                        host.fgMac(),
                        host.fgIp(),
                        "network:floatingip_agent_gateway",
                        host.name());
            }
        }
        for (final Guest guest : Cast.GUESTS) {
            final String network = guest.network().name();
            port(
                    yaml,
                    guest.name(),
                    network,
                    guest.mac(),
                    guest.portIp(),
                    "compute:nova",
                    guest.host().name());
            if (guest.isCentralised()) {
                yaml.append("    allowed_address_pairs: [{ip_address: %s}]%n".formatted(guest.ip()));
                port(yaml, guest.name() + "-address", network, "fa:16:3e:0a:00:f1", guest.ip(), "", "");
            }
        }
    }

    private static void port(
            final StringBuilder yaml,
            final String name,
            final String network,
            final String mac,
            final String ip,
            final String owner,
            final String host) {
        yaml.append(
                """
                  - id: port-%1$s
                    network_id: net-%2$s
                    mac_address: "%3$s"
                    fixed_ips: [{subnet_id: sub-%2$s, ip_address: %4$s}]
                    device_owner: "%5$s"
                """
                        .formatted(name, network, mac, ip, owner));
        if (owner.startsWith("network:router_")) {
            yaml.append("    device_id: router-r\n");
        }
        if (!host.isEmpty()) {
            yaml.append("    \"binding:host_id\": " + host + "\n");
        }
        if (name.equals(Cast.B2.name())) {
            // Port security has to let the network behind it pass (§9.19).
            yaml.append("    allowed_address_pairs: [{ip_address: %s}]%n".formatted(Cast.BEHIND_B2_CIDR));
        }
    }
}
