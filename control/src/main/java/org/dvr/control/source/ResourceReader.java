package org.dvr.control.source;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.AddressPair;
import org.dvr.control.model.AddressScope;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.DvrHostMac;
import org.dvr.control.model.ExternalGateway;
import org.dvr.control.model.Findings;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Origin;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortForwarding;
import org.dvr.control.model.PortOwner;
import org.dvr.control.model.Prefix;
import org.dvr.control.model.RouteSpec;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.SubnetPool;
import org.dvr.control.model.VirtualRouter;
import org.dvr.control.model.WireNeighbor;

/**
 * Reads single resources into the model, with Neutron's defaults for what is absent. A field that cannot be read is a finding and
 * reads as absent, so that the rest of the resource is still checked; without an id there is no resource.
 */
final class ResourceReader {
    private static final int MTU_LOWEST = 68; // RFC 791 §3.2
    private static final int MTU_HIGHEST = 65_535;
    private static final int PORT_HIGHEST = 65_535;

    private final Findings findings;
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, PortOwner> owners = new HashMap<>();
    private UnknownKeys unknown = new UnknownKeys();

    ResourceReader(final Findings findings) {
        this.findings = findings;
    }

    /** Keys nobody knows are gathered per file. */
    void startFile() {
        unknown = new UnknownKeys();
    }

    UnknownKeys unknownKeys() {
        return unknown;
    }

    /** One string for each id and host name, however often it is referred to. */
    private String shared(final String name) {
        final String first = names.putIfAbsent(name, name);
        return first == null ? name : first;
    }

    /** Begins a resource that is known by a key: null where it is no object or lacks the key. */
    private Fields begin(final String file, final String list, final int index, final Element item, final String key) {
        final Origin place = new Origin(shared(file), list, index, "");
        if (item.kind() != Element.Kind.OBJECT) {
            findings.error(place, "must be an object, it is " + item.described());
            return null;
        }
        Fields fields = new Fields(item, place, "", findings);
        if (!key.isEmpty()) {
            final String id = fields.requiredText(key);
            if (id.isEmpty()) {
                return null;
            }
            final String shown = "id".equals(key) ? Origin.abbreviate(id) : id;
            fields = fields.named(new Origin(place.file(), list, index, key + " " + shown));
        }
        fields.checkKeys(list, unknown);
        return fields;
    }

    /** Null where it has no id. */
    Network network(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "networks", index, item, "id");
        if (fields == null) {
            return null;
        }
        final Fields provider = provider(fields);
        final String type = provider.requiredText("provider:network_type");
        final NetworkKind kind = NetworkKind.of(type);
        if (kind == null && !type.isEmpty()) {
            provider.error("provider:network_type " + type + " is not one of vxlan, gre, vlan, flat, local, geneve");
        } else if (kind == NetworkKind.GENEVE) {
            provider.warning("provider:network_type geneve is not served, the network is left out");
        }
        final boolean hasId = kind != null && kind.highestId() > 0;
        if (hasId && !provider.has("provider:segmentation_id")) {
            provider.error("provider:segmentation_id is missing");
        }
        final long segmentationId = hasId ? provider.number("provider:segmentation_id", 1, kind.highestId(), 0) : 0;
        final boolean isPhysical = kind != null && kind.isPhysical();
        return new Network(
                fields.origin(),
                shared(fields.text("id")),
                fields.text("name"),
                kind,
                segmentationId,
                isPhysical ? shared(provider.requiredText("provider:physical_network")) : "",
                fields.flag("router:external", false),
                (int) mtu(fields, "mtu", 0),
                fields.flag("admin_state_up", true));
    }

    /** Where the provider attributes are: in the network, or in the only one of its segments. */
    private Fields provider(final Fields network) {
        final List<Fields> segments = network.objects("segments", "");
        if (segments.isEmpty() || network.has("provider:network_type")) {
            return network;
        }
        for (final Fields segment : segments) {
            segment.checkKeys("networks.segments", unknown);
        }
        if (segments.size() > 1) {
            network.warning("segments: of " + segments.size() + " segments only the first is served");
        }
        return segments.get(0);
    }

    /** Neutron writes 0 for a network whose MTU it does not know. */
    private static long mtu(final Fields fields, final String key, final long absent) {
        return "0".equals(fields.text(key)) ? absent : fields.number(key, MTU_LOWEST, MTU_HIGHEST, absent);
    }

    /** Null where it has no id. */
    Subnet subnet(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "subnets", index, item, "id");
        if (fields == null) {
            return null;
        }
        final Prefix cidr = fields.network("cidr");
        final long version = fields.number("ip_version", 4, 6, 0);
        if (cidr != null && version != 0 && version != cidr.address().version()) {
            fields.error("ip_version " + version + " is not that of cidr " + cidr);
        }
        final IpAddress gatewayIp = fields.address("gateway_ip");
        if (cidr != null && gatewayIp != null && !cidr.contains(gatewayIp) && !gatewayIp.isLinkLocalV6()) {
            fields.error("gateway_ip " + gatewayIp + " is not in cidr " + cidr);
        }
        return new Subnet(
                fields.origin(),
                shared(fields.text("id")),
                shared(fields.requiredText("network_id")),
                cidr,
                gatewayIp,
                routes(fields, "host_routes", "subnets.host_routes"),
                mode(fields, "ipv6_ra_mode"),
                mode(fields, "ipv6_address_mode"),
                shared(fields.text("subnetpool_id")));
    }

    private static String mode(final Fields fields, final String key) {
        final String mode = fields.text(key);
        if (!mode.isEmpty()
                && !Set.of("slaac", "dhcpv6-stateful", "dhcpv6-stateless").contains(mode)) {
            fields.error(key + " " + mode + " is not one of slaac, dhcpv6-stateful, dhcpv6-stateless");
            return "";
        }
        return mode;
    }

    private List<RouteSpec> routes(final Fields fields, final String key, final String shape) {
        final List<RouteSpec> routes = new ArrayList<>();
        for (final Fields route : fields.objects(key, "")) {
            route.checkKeys(shape, unknown);
            final Prefix destination = route.network("destination");
            final IpAddress nextHop = route.requiredAddress("nexthop");
            if (destination != null && nextHop != null) {
                if (destination.isV4() == nextHop.isV4()) {
                    routes.add(new RouteSpec(destination, nextHop));
                } else {
                    route.error("nexthop " + nextHop + " is not of the IP version of destination " + destination);
                }
            }
        }
        return List.copyOf(routes);
    }

    /** Null where it has no id. */
    Port port(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "ports", index, item, "id");
        if (fields == null) {
            return null;
        }
        final Fields profile = fields.object("binding:profile");
        return new Port(
                fields.origin(),
                shared(fields.text("id")),
                shared(fields.requiredText("network_id")),
                fields.requiredMac("mac_address"),
                fixedIps(fields, "fixed_ips", "ports.fixed_ips"),
                owners.computeIfAbsent(fields.text("device_owner"), PortOwner::of),
                shared(fields.text("device_id")),
                shared(fields.text("binding:host_id")),
                profile == null ? "" : shared(profile.text("migrating_to")),
                addressPairs(fields),
                fields.flag("port_security_enabled", true),
                fields.flag("admin_state_up", true),
                shared(fields.text("status")));
    }

    private List<FixedIp> fixedIps(final Fields fields, final String key, final String shape) {
        final List<Fields> items = fields.objects(key, "ip_address");
        final List<FixedIp> fixedIps = new ArrayList<>(items.size());
        for (final Fields item : items) {
            item.checkKeys(shape, unknown);
            final IpAddress address = item.requiredAddress("ip_address");
            // One that cannot be read keeps its place, so that later messages count right.
            fixedIps.add(new FixedIp(shared(item.text("subnet_id")), address));
        }
        return fixedIps.isEmpty() ? List.of() : List.copyOf(fixedIps);
    }

    private List<AddressPair> addressPairs(final Fields fields) {
        final List<Fields> items = fields.objects("allowed_address_pairs", "ip_address");
        final List<AddressPair> pairs = new ArrayList<>(items.size());
        for (final Fields item : items) {
            item.checkKeys("ports.allowed_address_pairs", unknown);
            if (!item.has("ip_address")) {
                item.error("ip_address is missing");
            }
            final Prefix prefix = item.prefix("ip_address");
            final long mac = item.mac("mac_address");
            if (prefix != null) {
                pairs.add(new AddressPair(prefix, mac));
            }
        }
        return pairs.isEmpty() ? List.of() : List.copyOf(pairs);
    }

    /** Null where it has no id. */
    VirtualRouter router(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "routers", index, item, "id");
        if (fields == null) {
            return null;
        }
        final Fields outside = fields.object("external_gateway_info");
        ExternalGateway gateway = null;
        if (outside != null && outside.has("network_id")) {
            outside.checkKeys("routers.external_gateway_info", unknown);
            gateway = new ExternalGateway(
                    shared(outside.text("network_id")),
                    outside.flag("enable_snat", true),
                    fixedIps(outside, "external_fixed_ips", "routers.external_gateway_info.external_fixed_ips"));
        } else if (outside != null) {
            outside.checkKeys("routers.external_gateway_info", unknown);
            if (outside.has("external_fixed_ips")) {
                outside.error("network_id is missing");
            }
        }
        return new VirtualRouter(
                fields.origin(),
                shared(fields.text("id")),
                fields.text("name"),
                fields.flag("distributed", false),
                fields.flag("ha", false),
                fields.flag("admin_state_up", true),
                gateway,
                routes(fields, "routes", "routers.routes"),
                shared(fields.text("gw_port_host")));
    }

    /** Null where it has no id. */
    FloatingIpSpec floatingIp(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "floatingips", index, item, "id");
        if (fields == null) {
            return null;
        }
        if (!fields.has("floating_ip_address")) {
            fields.error("floating_ip_address is missing");
        }
        final IpAddress address = fields.addressV4("floating_ip_address");
        final IpAddress fixedIp = fields.addressV4("fixed_ip_address");
        if (fields.has("fixed_ip_address") && !fields.has("port_id")) {
            fields.error("fixed_ip_address is given, but port_id is missing");
        }
        return new FloatingIpSpec(
                fields.origin(),
                shared(fields.text("id")),
                address,
                shared(fields.requiredText("floating_network_id")),
                fixedIp,
                shared(fields.text("port_id")),
                shared(fields.text("router_id")),
                forwardings(fields));
    }

    private List<PortForwarding> forwardings(final Fields fields) {
        final List<PortForwarding> forwardings = new ArrayList<>();
        for (final Fields item : fields.objects("port_forwardings", "")) {
            item.checkKeys("floatingips.port_forwardings", unknown);
            final String protocol = item.requiredText("protocol").toLowerCase(Locale.ROOT);
            if (!protocol.isEmpty()
                    && !Set.of("tcp", "udp", "sctp", "dccp", "icmp", "ipv6-icmp")
                            .contains(protocol)) {
                item.error("protocol " + protocol + " is not one of tcp, udp, sctp, dccp, icmp");
            }
            if (item.has("external_port_range") && !item.has("external_port")) {
                item.warning("external_port_range is not served, the forwarding is left out");
                continue;
            }
            final int externalPort = forwardedPort(item, "external_port");
            final int internalPort = forwardedPort(item, "internal_port");
            if (!item.has("internal_ip_address")) {
                item.error("internal_ip_address is missing");
            }
            final IpAddress internalIp = item.addressV4("internal_ip_address");
            if (externalPort != 0 && internalPort != 0 && internalIp != null) {
                forwardings.add(new PortForwarding(protocol, externalPort, internalIp, internalPort));
            }
        }
        return forwardings.isEmpty() ? List.of() : List.copyOf(forwardings);
    }

    private static int forwardedPort(final Fields item, final String key) {
        if (!item.has(key)) {
            item.error(key + " is missing");
        }
        return (int) item.number(key, 1, PORT_HIGHEST, 0);
    }

    /** Null where it has no id. */
    AddressScope addressScope(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "address_scopes", index, item, "id");
        if (fields == null) {
            return null;
        }
        final int version = (int) fields.number("ip_version", 4, 6, 4);
        return new AddressScope(fields.origin(), shared(fields.text("id")), fields.text("name"), version);
    }

    /** Null where it has no id. */
    SubnetPool subnetPool(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "subnetpools", index, item, "id");
        if (fields == null) {
            return null;
        }
        final String scope = shared(fields.text("address_scope_id"));
        return new SubnetPool(fields.origin(), shared(fields.text("id")), fields.text("name"), scope);
    }

    /** Null where it has no name. Mode and tunnel kinds are null, the MTU 0, where it says nothing of them: others may. */
    Host host(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "hosts", index, item, "name");
        if (fields == null) {
            return null;
        }
        return new Host(
                fields.origin(),
                shared(fields.text("name")),
                fields.has("agent_mode") ? mode(fields) : null,
                tunnelIp(fields, "local_ip"),
                fields.has("tunnel_types") ? tunnelKinds(fields, true) : null,
                fields.mapping("bridge_mappings"),
                fields.macs("external_macs"),
                fields.mac("underlay_mac"),
                fields.text("underlay_device"),
                (int) mtu(fields, "underlay_mtu", 0));
    }

    private static AgentMode mode(final Fields fields) {
        if (!fields.has("agent_mode")) {
            return AgentMode.LEGACY;
        }
        final String label = fields.text("agent_mode");
        final AgentMode mode = AgentMode.of(label);
        if (mode == null && !label.isEmpty()) {
            fields.error("agent_mode " + label + " is not one of legacy, dvr, dvr_snat, dvr_no_external");
        }
        return mode == null ? AgentMode.LEGACY : mode;
    }

    /** Null where absent. */
    private static IpAddress tunnelIp(final Fields fields, final String key) {
        final IpAddress address = fields.address(key);
        if (address != null && !address.isV4() && !address.isHostV6()) {
            fields.error(key + " " + address + " is no address that a host has for others");
            return null;
        }
        return address == null || (address.isV4() && address.toInt() == 0) ? null : address;
    }

    private static Set<NetworkKind> tunnelKinds(final Fields fields, final boolean isChecked) {
        final EnumSet<NetworkKind> kinds = EnumSet.noneOf(NetworkKind.class);
        final List<Element> items = fields.list("tunnel_types");
        for (int i = 0; i < items.size(); i++) {
            final NetworkKind kind = NetworkKind.of(items.get(i).text());
            if (kind != null && kind.isTunneled()) {
                kinds.add(kind);
            } else if (isChecked && kind != NetworkKind.GENEVE) {
                fields.error("tunnel_types[" + i + "] must be one of vxlan, gre, it is "
                        + items.get(i).described());
            }
        }
        return Set.copyOf(kinds);
    }

    /** Null where it names no host. */
    AgentSpec agent(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "agents", index, item, "host");
        if (fields == null) {
            return null;
        }
        final Fields said = fields.object("configurations");
        final Fields configurations =
                said == null ? new Fields(Element.object(Map.of()), fields.origin(), "", findings) : said;
        final boolean isL3 = "L3 agent".equals(fields.text("agent_type")) || configurations.has("agent_mode");
        return new AgentSpec(
                fields.origin(),
                shared(fields.text("host")),
                isL3 ? mode(configurations) : null,
                tunnelIp(configurations, "tunneling_ip"),
                configurations.has("tunnel_types") ? tunnelKinds(configurations, false) : null,
                configurations.has("bridge_mappings") ? configurations.mapping("bridge_mappings") : Map.of());
    }

    /** Null where it names no host. */
    DvrHostMac dvrHostMac(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "dvr_host_macs", index, item, "host");
        if (fields == null) {
            return null;
        }
        return new DvrHostMac(fields.origin(), shared(fields.text("host")), fields.requiredMac("mac_address"));
    }

    /** Null where it cannot be read. */
    WireNeighbor neighbor(final String file, final int index, final Element item) {
        final Fields fields = begin(file, "neighbors", index, item, "");
        if (fields == null) {
            return null;
        }
        final String wire = fields.requiredText("on");
        if (!fields.has("ip_address")) {
            fields.error("ip_address is missing");
        }
        final IpAddress address = fields.address("ip_address");
        final long mac = fields.requiredMac("mac_address");
        return wire.isEmpty() || address == null || mac == 0
                ? null
                : new WireNeighbor(fields.origin(), shared(wire), address, mac);
    }
}
