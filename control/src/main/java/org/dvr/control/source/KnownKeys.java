package org.dvr.control.source;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The keys that Neutron's REST API returns or that contract.md §1 adds, per resource and nested object. */
final class KnownKeys {
    private static final Map<String, Set<String>> SHAPES = new HashMap<>();
    private static final Set<String> SECTIONS;
    private static final Set<String> NEUTRON_SECTIONS;

    static {
        // What we read and what Neutron has besides; the second kind is ignored without a word.
        shape(
                "networks",
                "id name tenant_id project_id description status admin_state_up revision_number "
                        + "created_at updated_at tags tags-any shared subnets mtu availability_zones "
                        + "availability_zone_hints router:external provider:network_type "
                        + "provider:segmentation_id provider:physical_network port_security_enabled "
                        + "ipv4_address_scope ipv6_address_scope is_default qos_policy_id dns_domain "
                        + "l2_adjacency vlan_transparent qinq segments router_id is_vlan_transparent");
        shape(
                "subnets",
                "id name tenant_id project_id description status admin_state_up revision_number "
                        + "created_at updated_at tags tags-any network_id ip_version cidr gateway_ip "
                        + "enable_dhcp allocation_pools dns_nameservers host_routes ipv6_ra_mode "
                        + "ipv6_address_mode subnetpool_id use_default_subnetpool prefixlen segment_id "
                        + "service_types dns_publish_fixed_ip router:external shared");
        shape(
                "ports",
                "id name tenant_id project_id description status admin_state_up revision_number "
                        + "created_at updated_at tags tags-any network_id mac_address fixed_ips device_id "
                        + "device_owner binding:host_id binding:profile binding:vnic_type "
                        + "binding:vif_type binding:vif_details bindings allowed_address_pairs "
                        + "port_security_enabled security_groups security_group_ids extra_dhcp_opts "
                        + "dns_name dns_domain dns_assignment data_plane_status hardware_offload_type "
                        + "hints ip_allocation mac_learning_enabled numa_affinity_policy "
                        + "propagate_uplink_status qos_network_policy_id qos_policy_id resource_request "
                        + "trunk_details trusted device_profile");
        shape(
                "routers",
                "id name tenant_id project_id description status admin_state_up revision_number "
                        + "created_at updated_at tags tags-any distributed ha external_gateway_info "
                        + "external_gateways routes availability_zones availability_zone_hints flavor_id "
                        + "service_type_id enable_ndp_proxy enable_snat enable_default_route_bfd "
                        + "enable_default_route_ecmp conntrack_helpers qos_policy_id gw_port_host "
                        + "gw_port_id ha_vr_id");
        shape(
                "floatingips",
                "id name tenant_id project_id description status admin_state_up revision_number "
                        + "created_at updated_at tags tags-any floating_ip_address floating_network_id "
                        + "fixed_ip_address port_id router_id port_details port_forwardings dns_name "
                        + "dns_domain qos_policy_id qos_network_policy_id distributed subnet_id "
                        + "floating_port_id dvr_snat_bound host dest_host");
        shape(
                "address_scopes",
                "id name tenant_id project_id description status admin_state_up revision_number "
                        + "created_at updated_at tags tags-any ip_version shared");
        shape(
                "subnetpools",
                "id name tenant_id project_id description status admin_state_up revision_number "
                        + "created_at updated_at tags tags-any prefixes address_scope_id "
                        + "default_prefixlen min_prefixlen max_prefixlen default_quota ip_version shared "
                        + "is_default");
        shape(
                "agents",
                "id agent_type binary topic host admin_state_up alive availability_zone "
                        + "configurations created_at started_at heartbeat_timestamp description "
                        + "resources_synced resource_versions load ha_state");
        shape("dvr_host_macs", "id host mac_address");
        shape(
                "hosts",
                "name agent_mode local_ip tunnel_types bridge_mappings external_macs "
                        + "underlay_mac underlay_device underlay_mtu");
        shape("neighbors", "on ip_address mac_address");
        SECTIONS = Set.copyOf(SHAPES.keySet());
        shape("ports.fixed_ips", "subnet_id ip_address");
        shape("ports.allowed_address_pairs", "ip_address mac_address active");
        shape("routers.external_gateway_info", "network_id enable_snat external_fixed_ips qos_policy_id");
        shape("routers.external_gateway_info.external_fixed_ips", "subnet_id ip_address");
        shape("routers.routes", "destination nexthop bfd");
        shape("subnets.host_routes", "destination nexthop");
        shape(
                "floatingips.port_forwardings",
                "id description protocol external_port external_port_range internal_ip_address "
                        + "internal_port internal_port_range internal_port_id");
        shape(
                "networks.segments",
                "provider:network_type provider:segmentation_id provider:physical_network id " + "name");
        NEUTRON_SECTIONS = words("security_groups security_group_rules default_security_group_rules "
                + "address_groups trunks segments segment_ranges network_segment_ranges policies "
                + "qos_policies rbac_policies flavors service_profiles service_providers "
                + "metering_labels metering_label_rules local_ips ndp_proxies conntrack_helpers "
                + "port_forwardings bgp_speakers bgp_peers bgpvpns logs log_resources "
                + "availability_zones extensions quotas quota network_ip_availabilities "
                + "auto_allocated_topology loadbalancers listeners pools firewall_groups "
                + "firewall_policies firewall_rules vpnservices ikepolicies ipsecpolicies "
                + "tap_services tap_flows tags sfc port_chains");
    }

    private KnownKeys() {}

    private static void shape(final String name, final String keys) {
        SHAPES.put(name, words(keys));
    }

    private static Set<String> words(final String keys) {
        return new LinkedHashSet<>(List.of(keys.split(" ", -1)));
    }

    /**
     * @param shape a section, or section and path of a nested object: {@code ports.fixed_ips}
     * @return its keys
     */
    static Set<String> of(final String shape) {
        return SHAPES.get(shape);
    }

    static boolean isSection(final String key) {
        return SECTIONS.contains(key);
    }

    /** A top-level key that Neutron's API has and we do not use, the links of paged answers included. */
    static boolean isNeutronSection(final String key) {
        return NEUTRON_SECTIONS.contains(key) || key.endsWith("_links");
    }

    /** The sections we read, for messages. */
    static Set<String> sections() {
        return new TreeSet<>(SECTIONS);
    }

    /**
     * The known key that a misspelled one most likely stands for: the one with the fewest changed letters, the first of
     * several.
     */
    static String nearest(final String key, final Set<String> known) {
        String nearest = "";
        int fewest = Integer.MAX_VALUE;
        for (final String candidate : known) {
            final int changes = distance(key, candidate);
            if (changes < fewest) {
                fewest = changes;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Levenshtein distance, where exchanging a neighbor costs one too. */
    private static int distance(final String a, final String b) {
        int[] before = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        int[] next = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            next[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                final boolean isSame = a.charAt(i - 1) == b.charAt(j - 1);
                int least = Math.min(row[j - 1] + (isSame ? 0 : 1), Math.min(row[j], next[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, before[j - 2] + 1);
                }
                next[j] = least;
            }
            final int[] free = before;
            before = row;
            row = next;
            next = free;
        }
        return row[b.length()];
    }
}
