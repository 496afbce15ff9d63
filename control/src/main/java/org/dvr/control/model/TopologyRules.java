package org.dvr.control.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.codec.net.MacAddress;

/**
 * The rules that hold between resources (contract.md §1): references resolve, addresses lie in their subnets, what must be unique
 * is. Used by one thread; every violation becomes a finding. What is unique is remembered, so that later changes of single resources can be checked by what they touch.
 */
public final class TopologyRules {
    private final Topology topology;
    private final Set<Resource> damaged;
    private Findings findings;

    private final Map<MacKey, Port> macs = new HashMap<>();
    private final Map<IpKey, Port> addresses = new HashMap<>();
    private final Map<DeviceKey, Port> devices = new HashMap<>();
    private final Map<IpKey, FloatingIpSpec> floatingAddresses = new HashMap<>();
    private final Map<IpKey, FloatingIpSpec> fixedAddresses = new HashMap<>();
    /** Which of those each floating IP has, by its id. */
    private final Map<String, IpKey> fixed = new HashMap<>();

    private final Map<String, List<Subnet>> subnetsByNetwork = new HashMap<>();
    /** Interfaces in tenant subnets, by router. */
    private final Map<String, List<Port>> interfacesByRouter = new HashMap<>();

    private record MacKey(String networkId, long mac) {}

    private record IpKey(String networkId, IpAddress address) {}

    private record SegmentKey(NetworkKind kind, String physicalNetwork, long segmentationId) {}

    private record DeviceKey(String host, String device) {}

    /**
     * @param topology what to check
     * @param damaged resources that have an error already; others are not blamed for what is missing in them
     * @param findings takes the violations
     */
    public TopologyRules(final Topology topology, final Set<Resource> damaged, final Findings findings) {
        this.topology = topology;
        this.damaged = damaged;
        this.findings = findings;
    }

    /** Checks everything. */
    public void check() {
        for (final Subnet subnet : topology.subnets().values()) {
            subnetsByNetwork
                    .computeIfAbsent(subnet.networkId(), none -> new ArrayList<>())
                    .add(subnet);
        }
        for (final Port port : topology.ports().values()) {
            if (port.owner().isRouterInterface()) {
                interfacesByRouter
                        .computeIfAbsent(port.deviceId(), none -> new ArrayList<>())
                        .add(port);
            }
        }
        checkNetworks();
        checkSubnets();
        checkPorts();
        checkRouters();
        checkFloatingIps();
        checkPools();
        checkHosts();
        checkNeighbors();
    }

    /**
     * Checks a change of floating IPs and ports that no router has, after {@link #check} has found nothing: the topology is as that left it but for the change.
     * Where this finds an error, nothing more can be checked by these rules.
     *
     * @param change local
     * @param otherFloatingIps that the change does not name and that stand for ports it names
     * @param violations takes the violations
     */
    void check(final CloudChange change, final List<FloatingIpSpec> otherFloatingIps, final Findings violations) {
        findings = violations;
        for (final Resource resource : change.gone()) {
            forget(resource);
        }
        otherFloatingIps.forEach(this::forget);
        final Map<String, List<Port>> strangers = new LinkedHashMap<>();
        for (final Resource resource : change.there()) {
            if (resource instanceof Port port) {
                checkPort(port, strangers);
            }
        }
        for (final Resource resource : change.there()) {
            if (resource instanceof FloatingIpSpec floatingIp) {
                checkFloatingIp(floatingIp);
            }
        }
        otherFloatingIps.forEach(this::checkFloatingIp);
        warnOf(strangers);
    }

    private void forget(final Resource resource) {
        if (resource instanceof Port port) {
            macs.remove(new MacKey(port.networkId(), port.mac()), port);
            devices.remove(new DeviceKey(port.host(), port.deviceName()), port);
            for (final FixedIp fixedIp : port.fixedIps()) {
                addresses.remove(new IpKey(port.networkId(), fixedIp.address()), port);
            }
        } else if (resource instanceof FloatingIpSpec floatingIp) {
            floatingAddresses.remove(new IpKey(floatingIp.networkId(), floatingIp.address()), floatingIp);
            fixedAddresses.remove(fixed.remove(floatingIp.id()));
        }
    }

    private void checkNetworks() {
        final Map<SegmentKey, Network> segments = new HashMap<>();
        for (final Network network : topology.networks().values()) {
            final NetworkKind kind = network.kind();
            final boolean hasSegment =
                    kind == NetworkKind.FLAT ? !network.physicalNetwork().isEmpty() : network.segmentationId() != 0;
            if (kind == null || !hasSegment) {
                continue;
            }
            final Network other = segments.putIfAbsent(
                    new SegmentKey(kind, network.physicalNetwork(), network.segmentationId()), network);
            if (other != null) {
                findings.error(network.origin(), segment(network) + " is already used by " + other.origin());
            }
            if (kind.isPhysical() && !isMapped(network.physicalNetwork())) {
                findings.warning(
                        network.origin(),
                        "provider:physical_network " + network.physicalNetwork() + " is mapped by no host");
            }
        }
    }

    private static String segment(final Network network) {
        return switch (network.kind()) {
            case FLAT -> "provider:physical_network " + network.physicalNetwork() + " (flat)";
            case VLAN ->
                "provider:segmentation_id " + network.segmentationId() + " (vlan on " + network.physicalNetwork() + ")";
            default ->
                "provider:segmentation_id " + network.segmentationId() + " ("
                        + network.kind().label() + ")";
        };
    }

    private boolean isMapped(final String label) {
        for (final Host host : topology.hosts().values()) {
            if (host.bridgeMappings().containsKey(label)) {
                return true;
            }
        }
        return false;
    }

    private void checkSubnets() {
        for (final Subnet subnet : topology.subnets().values()) {
            resolves(subnet.origin(), "network_id", subnet.networkId(), topology.networks());
            // A dump may well come without its pools; where pools are listed, the one meant must be among them.
            if (!topology.subnetPools().isEmpty()) {
                resolves(subnet.origin(), "subnetpool_id", subnet.subnetPoolId(), topology.subnetPools());
            }
        }
        for (final List<Subnet> siblings : subnetsByNetwork.values()) {
            for (final Overlap overlap : overlaps(siblings)) {
                findings.error(
                        overlap.second.origin(),
                        "cidr " + overlap.second.cidr() + " overlaps " + overlap.first.cidr() + " of "
                                + overlap.first.origin() + " in the same network");
            }
        }
    }

    private record Overlap(Subnet first, Subnet second) {}

    /** Prefixes nest or are disjoint: sorted, each need only be compared with the outermost before it. */
    private static List<Overlap> overlaps(final List<Subnet> subnets) {
        final List<Subnet> sorted = new ArrayList<>(subnets);
        sorted.removeIf(subnet -> subnet.cidr() == null);
        sorted.sort(Comparator.comparing((Subnet subnet) -> subnet.cidr().first())
                .thenComparing(subnet -> subnet.cidr().length()));
        final List<Overlap> overlaps = new ArrayList<>();
        Subnet outermost = null;
        for (final Subnet subnet : sorted) {
            if (outermost != null && outermost.cidr().contains(subnet.cidr().first())) {
                overlaps.add(new Overlap(outermost, subnet));
            } else {
                outermost = subnet;
            }
        }
        return overlaps;
    }

    private <T> T resolves(final Origin origin, final String field, final String id, final Map<String, T> all) {
        final T found = all.get(id);
        if (found == null && !id.isEmpty()) {
            findings.error(origin, field + " " + id + " does not exist");
        }
        return found;
    }

    private void checkPorts() {
        final Map<String, List<Port>> strangers = new LinkedHashMap<>();
        for (final Port port : topology.ports().values()) {
            checkPort(port, strangers);
        }
        warnOf(strangers);
    }

    private void checkPort(final Port port, final Map<String, List<Port>> strangers) {
        final Network network = resolves(port.origin(), "network_id", port.networkId(), topology.networks());
        // The MAC of a place holder is never used (dvr.md §1.3).
        if (port.mac() != 0 && !port.owner().isPlaceHolder()) {
            final Port other = macs.putIfAbsent(new MacKey(port.networkId(), port.mac()), port);
            if (other != null) {
                findings.error(
                        port.origin(),
                        "mac_address " + MacAddress.toString(port.mac()) + " is already used in the same network by "
                                + other.origin());
            }
        }
        checkFixedIps(port, network);
        if (port.owner().isOfRouter()) {
            checkRouterPort(port);
        }
        if (!port.host().isEmpty()) {
            if (!topology.hosts().containsKey(port.host())) {
                strangers
                        .computeIfAbsent(port.host(), none -> new ArrayList<>())
                        .add(port);
            }
            if (port.owner().isServiced()) {
                final Port other = devices.putIfAbsent(new DeviceKey(port.host(), port.deviceName()), port);
                if (other != null) {
                    findings.error(
                            port.origin(),
                            "id " + port.id() + " gives the same device name " + port.deviceName() + " as "
                                    + other.origin() + " on host " + port.host());
                }
            }
        }
    }

    private void warnOf(final Map<String, List<Port>> strangers) {
        strangers.forEach((host, ports) -> findings.warning(
                ports.get(0).origin(),
                "binding:host_id " + host + " is not among hosts or agents"
                        + (ports.size() == 1 ? "" : " (" + (ports.size() - 1) + " more ports there)")));
    }

    private void checkFixedIps(final Port port, final Network network) {
        for (int i = 0; i < port.fixedIps().size(); i++) {
            final FixedIp fixedIp = port.fixedIps().get(i);
            final String field = "fixed_ips[" + i + "]";
            if (!checkInSubnet(port.origin(), field, fixedIp, port.networkId(), network != null)) {
                continue;
            }
            final Port other = addresses.putIfAbsent(new IpKey(port.networkId(), fixedIp.address()), port);
            if (other != null) {
                findings.error(
                        port.origin(),
                        field + ".ip_address " + fixedIp.address() + " is already used in the same network by "
                                + other.origin());
            }
        }
    }

    /** Checks that an address lies in its subnet and that the subnet is one of its network. */
    private boolean checkInSubnet(
            final Origin origin,
            final String field,
            final FixedIp fixedIp,
            final String networkId,
            final boolean isNetworkKnown) {
        if (fixedIp.address() == null) {
            return false;
        }
        if (fixedIp.subnetId().isEmpty()) {
            if (isNetworkKnown) {
                findings.error(
                        origin,
                        field + ".ip_address " + fixedIp.address() + " is in no subnet of network " + networkId);
            }
            return isNetworkKnown;
        }
        final Subnet subnet = resolves(origin, field + ".subnet_id", fixedIp.subnetId(), topology.subnets());
        if (subnet == null) {
            return true;
        }
        if (isNetworkKnown
                && !subnet.networkId().equals(networkId)
                && !subnet.networkId().isEmpty()) {
            findings.error(
                    origin, field + ".subnet_id " + fixedIp.subnetId() + " is not a subnet of network " + networkId);
        }
        if (subnet.cidr() != null && !subnet.cidr().contains(fixedIp.address())) {
            findings.error(origin, field + ".ip_address " + fixedIp.address() + " is not in subnet " + subnet.cidr());
        }
        return true;
    }

    private void checkRouterPort(final Port port) {
        if (port.deviceId().isEmpty()) {
            findings.error(port.origin(), "device_id is missing, " + port.owner() + " needs its router");
            return;
        }
        final VirtualRouter router = resolves(port.origin(), "device_id", port.deviceId(), topology.routers());
        if (router == null || damaged.contains(router)) {
            return;
        }
        final PortOwner.Role role = port.owner().role();
        if (role == PortOwner.Role.DISTRIBUTED_INTERFACE && !router.isDistributed()) {
            findings.warning(
                    port.origin(),
                    "device_owner " + port.owner() + ", but router " + router.title() + " is not distributed");
        } else if (role == PortOwner.Role.ROUTER_INTERFACE && router.isDistributed()) {
            findings.warning(
                    port.origin(),
                    "device_owner " + port.owner() + ", but router " + router.title()
                            + " is distributed: taken as network:router_interface_distributed");
        }
    }

    private void checkRouters() {
        for (final VirtualRouter router : topology.routers().values()) {
            if (router.gateway() != null) {
                checkGateway(router);
            }
            final List<Subnet> connected = connectedSubnets(router);
            for (final Overlap overlap : overlaps(connected)) {
                findings.error(
                        router.origin(),
                        "subnets " + overlap.first.cidr() + " of " + overlap.first.origin() + " and "
                                + overlap.second.cidr() + " of " + overlap.second.origin()
                                + " overlap on one router");
            }
            for (int i = 0; i < router.routes().size(); i++) {
                final IpAddress nextHop = router.routes().get(i).nextHop();
                final boolean isOutside = router.gateway() != null
                        && isInAny(
                                nextHop, subnetsByNetwork.get(router.gateway().networkId()));
                if (!isInAny(nextHop, connected) && !isOutside && !nextHop.isLinkLocalV6()) {
                    findings.error(
                            router.origin(),
                            "routes[" + i + "].nexthop " + nextHop
                                    + " is in no subnet that the router is connected to");
                }
            }
            if (!router.snatHost().isEmpty() && !topology.hosts().containsKey(router.snatHost())) {
                findings.warning(
                        router.origin(), "gw_port_host " + router.snatHost() + " is not among hosts or agents");
            }
        }
    }

    private void checkGateway(final VirtualRouter router) {
        final String networkId = router.gateway().networkId();
        final Network network =
                resolves(router.origin(), "external_gateway_info.network_id", networkId, topology.networks());
        if (network != null && !network.isExternal() && !damaged.contains(network)) {
            findings.error(
                    router.origin(), "external_gateway_info.network_id " + networkId + " is not router:external");
        }
        final List<FixedIp> fixedIps = router.gateway().fixedIps();
        for (int i = 0; i < fixedIps.size(); i++) {
            final FixedIp fixedIp = fixedIps.get(i);
            final String field = "external_gateway_info.external_fixed_ips[" + i + "]";
            if (!fixedIp.subnetId().isEmpty()) {
                checkInSubnet(router.origin(), field, fixedIp, networkId, network != null);
            } else if (fixedIp.address() != null
                    && network != null
                    && !isInAny(fixedIp.address(), subnetsByNetwork.get(networkId))) {
                findings.error(
                        router.origin(),
                        field + ".ip_address " + fixedIp.address() + " is in no subnet of network " + networkId);
            }
        }
    }

    private List<Subnet> connectedSubnets(final VirtualRouter router) {
        final Map<String, Subnet> connected = new LinkedHashMap<>();
        for (final Port port : interfacesByRouter.getOrDefault(router.id(), List.of())) {
            for (final FixedIp fixedIp : port.fixedIps()) {
                final Subnet subnet = topology.subnets().get(fixedIp.subnetId());
                if (subnet != null) {
                    connected.put(subnet.id(), subnet);
                }
            }
        }
        return new ArrayList<>(connected.values());
    }

    private static boolean isInAny(final IpAddress address, final List<Subnet> subnets) {
        if (subnets == null) {
            return false;
        }
        for (final Subnet subnet : subnets) {
            if (subnet.cidr() == null || subnet.cidr().contains(address)) {
                return true;
            }
        }
        return false;
    }

    private void checkFloatingIps() {
        topology.floatingIps().values().forEach(this::checkFloatingIp);
    }

    private void checkFloatingIp(final FloatingIpSpec floatingIp) {
        checkFloatingAddress(floatingIp);
        final Port port = resolves(floatingIp.origin(), "port_id", floatingIp.portId(), topology.ports());
        final VirtualRouter router =
                resolves(floatingIp.origin(), "router_id", floatingIp.routerId(), topology.routers());
        if (port != null && !damaged.contains(port)) {
            checkAssociation(floatingIp, port);
        }
        if (router != null && !damaged.contains(router) && !leadsTo(router, floatingIp.networkId())) {
            findings.warning(
                    floatingIp.origin(),
                    "router_id: router " + router.title() + " has no gateway on network " + floatingIp.networkId());
        }
        checkForwardings(floatingIp, router);
    }

    /** True also where it leads to a network that does not exist: that has been said. */
    private boolean leadsTo(final VirtualRouter router, final String networkId) {
        return router.gateway() != null
                && (router.gateway().networkId().equals(networkId)
                        || !topology.networks().containsKey(router.gateway().networkId()));
    }

    private void checkFloatingAddress(final FloatingIpSpec floatingIp) {
        final Network network =
                resolves(floatingIp.origin(), "floating_network_id", floatingIp.networkId(), topology.networks());
        if (network == null || floatingIp.address() == null) {
            return;
        }
        if (!network.isExternal() && !damaged.contains(network)) {
            findings.error(
                    floatingIp.origin(), "floating_network_id " + floatingIp.networkId() + " is not router:external");
        }
        if (!isInAny(floatingIp.address(), subnetsByNetwork.get(network.id()))) {
            findings.error(
                    floatingIp.origin(),
                    "floating_ip_address " + floatingIp.address() + " is in no subnet of network " + network.id());
        }
        final FloatingIpSpec other =
                floatingAddresses.putIfAbsent(new IpKey(network.id(), floatingIp.address()), floatingIp);
        if (other != null) {
            findings.error(
                    floatingIp.origin(),
                    "floating_ip_address " + floatingIp.address() + " is already used by " + other.origin());
        }
    }

    private void checkAssociation(final FloatingIpSpec floatingIp, final Port port) {
        IpAddress only = null;
        int count = 0;
        boolean isFound = false;
        for (final FixedIp fixedIp : port.fixedIps()) {
            if (fixedIp.address() != null && fixedIp.address().isV4()) {
                only = fixedIp.address();
                count++;
                isFound |= only.equals(floatingIp.fixedIp());
            }
        }
        if (floatingIp.fixedIp() != null && !isFound) {
            findings.error(
                    floatingIp.origin(),
                    "fixed_ip_address " + floatingIp.fixedIp() + " is not an address of port " + port.id());
            return;
        }
        if (floatingIp.fixedIp() == null && count != 1) {
            findings.error(
                    floatingIp.origin(),
                    "fixed_ip_address is missing, port " + port.id() + " has " + (count == 0 ? "no" : "several")
                            + " IPv4 addresses");
            return;
        }
        final IpAddress address = floatingIp.fixedIp() == null ? only : floatingIp.fixedIp();
        final IpKey key = new IpKey(floatingIp.networkId() + "/" + port.id(), address);
        final FloatingIpSpec other = fixedAddresses.putIfAbsent(key, floatingIp);
        fixed.putIfAbsent(floatingIp.id(), key);
        if (other != null) {
            findings.error(
                    floatingIp.origin(),
                    "fixed_ip_address " + address + " of port " + port.id() + " already has the floating IP of "
                            + other.origin());
        }
    }

    private void checkForwardings(final FloatingIpSpec floatingIp, final VirtualRouter router) {
        final Set<String> seen = new HashSet<>();
        final List<Subnet> connected =
                floatingIp.forwardings().isEmpty() || router == null ? List.of() : connectedSubnets(router);
        for (final PortForwarding forwarding : floatingIp.forwardings()) {
            if (router != null && !isInAny(forwarding.internalIp(), connected)) {
                findings.error(
                        floatingIp.origin(),
                        "port_forwardings: internal_ip_address " + forwarding.internalIp()
                                + " is in no subnet that router " + router.title() + " is connected to");
            }
            final String external = forwarding.protocol() + " " + forwarding.externalPort();
            if (!seen.add(external)) {
                findings.error(floatingIp.origin(), "port_forwardings: " + external + " is forwarded twice");
            }
        }
    }

    private void checkPools() {
        for (final SubnetPool pool : topology.subnetPools().values()) {
            if (!topology.addressScopes().isEmpty()) {
                resolves(pool.origin(), "address_scope_id", pool.addressScopeId(), topology.addressScopes());
            }
        }
    }

    private void checkHosts() {
        final Map<IpAddress, Host> tunnelIps = new HashMap<>();
        Host first = null;
        final Map<Long, String> dvrMacs = new HashMap<>();
        for (final Host host : topology.hosts().values()) {
            final Host other = host.hasTunnels() ? tunnelIps.putIfAbsent(host.tunnelIp(), host) : null;
            if (other != null) {
                findings.error(
                        host.origin(), "local_ip " + host.tunnelIp() + " is already used by host " + other.name());
            }
            if (first == null && host.hasTunnels()) {
                first = host;
            } else if (first != null && host.hasTunnels() && first.isIpv6Underlay() != host.isIpv6Underlay()) {
                findings.error(
                        host.origin(),
                        "local_ip " + host.tunnelIp() + " is not of the address family of host " + first.name() + "'s, "
                                + first.tunnelIp() + ": tunnels run over one of them");
            }
            if (host.bridgeMappings().containsKey(WireNeighbor.UNDERLAY)) {
                findings.error(
                        host.origin(),
                        "bridge_mappings.underlay is the name of the tunnels' device, no physical network can have it");
            }
            for (final String label : host.externalMacs().keySet()) {
                if (!host.bridgeMappings().containsKey(label)) {
                    findings.warning(host.origin(), "external_macs." + label + " is not in bridge_mappings");
                }
            }
            checkDvrMac(host.name(), host.origin(), dvrMacs);
        }
        for (final DvrHostMac listed : topology.dvrMacs().values()) {
            if (!topology.hosts().containsKey(listed.host())) {
                checkDvrMac(listed.host(), listed.origin(), dvrMacs);
            }
        }
    }

    private void checkDvrMac(final String host, final Origin origin, final Map<Long, String> dvrMacs) {
        final long mac = topology.dvrMac(host);
        final String other = dvrMacs.putIfAbsent(mac, host);
        if (other != null) {
            findings.error(
                    origin,
                    "host " + host + " has the same DVR MAC " + MacAddress.toString(mac) + " as host " + other
                            + ", give it another in dvr_host_macs");
        }
    }

    private void checkNeighbors() {
        for (final WireNeighbor neighbor : topology.neighbors()) {
            if (!neighbor.wire().equals(WireNeighbor.UNDERLAY) && !isMapped(neighbor.wire())) {
                findings.warning(neighbor.origin(), "on " + neighbor.wire() + " is mapped by no host");
            }
        }
    }
}
