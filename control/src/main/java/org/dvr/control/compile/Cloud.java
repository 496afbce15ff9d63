package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.CloudChange;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortForwarding;
import org.dvr.control.model.PortOwner;
import org.dvr.control.model.Resource;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;

/**
 * A topology with what is needed to find one's way in it, and the placement of routers on all hosts (dvr.md §2.2, §2.3). Hosts are numbered in the
 * order of their names.
 *
 * <p>A distributed router's SNAT side, and a legacy router, is active on one host: {@code gw_port_host}; where that is not given, where the gateway port is
 * bound; else on the first host, in the order of names, of those where it has a port (of HA routers: an address on the HA network). HA routers hold no
 * election: the host found by this rule stays the active one until the topology says otherwise.
 */
final class Cloud {
    private static final BitSet NOWHERE = new BitSet();

    private Topology topology;
    private final List<Host> hosts;
    private final Map<String, Integer> hostNumbers = new HashMap<>();
    private final Map<String, List<Port>> portsByNetwork = new HashMap<>();
    private final Map<String, List<Port>> portsByHost = new HashMap<>();
    private final Map<String, List<Port>> migrating = new HashMap<>();
    private final Map<String, List<Subnet>> subnetsByNetwork = new HashMap<>();
    private final Map<String, List<Port>> interfacesByRouter = new HashMap<>();
    private final Map<String, List<VirtualRouter>> routersByNetwork = new HashMap<>();
    private final Map<String, List<VirtualRouter>> routersBySubnet = new HashMap<>();
    private final Map<String, List<Port>> csnatByRouter = new HashMap<>();
    private final Map<String, List<Port>> legacyInterfacesByRouter = new HashMap<>();
    private final Map<String, List<VirtualRouter>> legacyRoutersBySubnet = new HashMap<>();
    private final Map<String, Port> gatewayPorts = new HashMap<>();
    private final Map<String, BitSet> snatHosts = new HashMap<>();
    private final Map<String, String> centralHosts = new HashMap<>();
    private final Map<String, BitSet> wanted = new HashMap<>();
    /** Distributed routers that are wherever one of them is, by each of them. */
    private final Map<String, List<String>> companions = new HashMap<>();

    private final BitSet distributedHosts = new BitSet();
    private final FloatingIpIndex floatingIps;
    private final PortForwardings forwardings;
    private final Map<String, AddressOwners> addressOwners = new HashMap<>();

    Cloud(final Topology topology) {
        this.topology = topology;
        this.hosts = new ArrayList<>(topology.hosts().values());
        for (int i = 0; i < hosts.size(); i++) {
            hostNumbers.put(hosts.get(i).name(), i);
            distributedHosts.set(i, hosts.get(i).mode().isDistributed());
        }
        for (final Subnet subnet : topology.subnets().values()) {
            add(subnetsByNetwork, subnet.networkId(), subnet);
        }
        for (final Port port : topology.ports().values()) {
            index(port);
        }
        findSnatHosts();
        placeRouters();
        floatingIps = new FloatingIpIndex(this);
        forwardings = new PortForwardings(this);
    }

    /**
     * Takes up a change of floating IPs and ports that no router has; costs what it concerns.
     *
     * @param next the topology after it
     * @param change local, and what leads from the topology until now to that
     * @return networks of which something on the second layer is another now, on whatever host
     */
    Set<String> update(final Topology next, final CloudChange change) {
        final Set<String> touched = new HashSet<>();
        topology = next;
        for (final Resource resource : change.gone()) {
            if (resource instanceof Port port) {
                remove(port, touched);
            }
        }
        for (final Resource resource : change.there()) {
            if (resource instanceof Port port) {
                add(port, touched);
            }
        }
        touched.forEach(addressOwners::remove);
        floatingIps.update(change);
        forwardings.update(change);
        return touched;
    }

    private void remove(final Port port, final Set<String> touched) {
        touched.add(port.networkId());
        portsByNetwork.get(port.networkId()).removeIf(other -> other.id().equals(port.id()));
        if (!port.host().isEmpty()) {
            portsByHost.get(port.host()).removeIf(other -> other.id().equals(port.id()));
            if (port.owner().isServiced()) {
                for (final VirtualRouter router : routersOf(port)) {
                    unwant(router.id(), port.host(), touched);
                }
            }
        }
    }

    private void add(final Port port, final Set<String> touched) {
        touched.add(port.networkId());
        add(portsByNetwork, port.networkId(), port);
        if (!port.host().isEmpty()) {
            add(portsByHost, port.host(), port);
            if (port.owner().isServiced() && hostNumbers.containsKey(port.host())) {
                for (final VirtualRouter router : routersOf(port)) {
                    if (!isWanted(router.id(), port.host())) {
                        wanted.get(router.id()).set(hostNumbers.get(port.host()));
                        touchNetworks(router.id(), touched);
                    }
                }
            }
        }
    }

    private Set<VirtualRouter> routersOf(final Port port) {
        final Set<VirtualRouter> routers = new LinkedHashSet<>();
        for (final FixedIp fixedIp : port.fixedIps()) {
            routers.addAll(routersOfSubnet(fixedIp.subnetId()));
        }
        return routers;
    }

    /** A port of a router's subnets has left a host: is the router still wanted there, or one of its companions? */
    private void unwant(final String routerId, final String host, final Set<String> touched) {
        final Integer number = hostNumbers.get(host);
        if (number == null || !isWanted(routerId, host)) {
            return;
        }
        final List<String> related = companions.get(routerId);
        for (final String companion : related) {
            if (snatHosts(companion).get(number)) {
                return;
            }
        }
        for (final Port port : wantedBy(number, host)) {
            for (final VirtualRouter router : routersOf(port)) {
                if (related.contains(router.id())) {
                    return;
                }
            }
        }
        wanted.get(routerId).clear(number);
        touchNetworks(routerId, touched);
    }

    /** Ports that want their routers on a host: those that are there, and those that are on their way. */
    private List<Port> wantedBy(final int number, final String host) {
        final List<Port> ports = new ArrayList<>(migrating.getOrDefault(host, List.of()));
        for (final Port port : portsOfHost(hosts.get(number).name())) {
            if (port.owner().isServiced()) {
                ports.add(port);
            }
        }
        return ports;
    }

    /** Where a router is, is said in the flood lists of its networks. */
    private void touchNetworks(final String routerId, final Set<String> touched) {
        for (final String companion : companions.get(routerId)) {
            for (final Port port : interfacesOf(companion)) {
                touched.add(port.networkId());
            }
        }
    }

    private static <T> void add(final Map<String, List<T>> lists, final String key, final T value) {
        lists.computeIfAbsent(key, none -> new ArrayList<>(2)).add(value);
    }

    private static <T> void addOnce(final Map<String, List<T>> lists, final String key, final T value) {
        final List<T> list = lists.computeIfAbsent(key, none -> new ArrayList<>(2));
        if (!list.contains(value)) {
            list.add(value);
        }
    }

    private void index(final Port port) {
        add(portsByNetwork, port.networkId(), port);
        if (!port.host().isEmpty()) {
            add(portsByHost, port.host(), port);
        }
        if (isDistributedInterface(port)) {
            final VirtualRouter router = topology.routers().get(port.deviceId());
            add(interfacesByRouter, router.id(), port);
            addOnce(routersByNetwork, port.networkId(), router);
            for (final FixedIp fixedIp : port.fixedIps()) {
                addOnce(routersBySubnet, fixedIp.subnetId(), router);
            }
        } else if (port.owner().role() == PortOwner.Role.CSNAT) {
            add(csnatByRouter, port.deviceId(), port);
        } else if (isLegacyInterface(port)) {
            final VirtualRouter router = topology.routers().get(port.deviceId());
            add(legacyInterfacesByRouter, router.id(), port);
            for (final FixedIp fixedIp : port.fixedIps()) {
                addOnce(legacyRoutersBySubnet, fixedIp.subnetId(), router);
            }
        } else if (port.owner().role() == PortOwner.Role.ROUTER_GATEWAY && isOnGatewayNetwork(port)) {
            gatewayPorts.merge(port.deviceId(), port, (a, b) -> a.id().compareTo(b.id()) <= 0 ? a : b);
        }
    }

    private boolean isOnGatewayNetwork(final Port port) {
        final VirtualRouter router = topology.routers().get(port.deviceId());
        return router != null
                && router.gateway() != null
                && port.networkId().equals(router.gateway().networkId());
    }

    /** An interface of a router that is not distributed, whatever kind of interface the port still says it is. */
    private boolean isLegacyInterface(final Port port) {
        final VirtualRouter router =
                port.owner().isRouterInterface() ? topology.routers().get(port.deviceId()) : null;
        return router != null && !router.isDistributed();
    }

    /** An interface of a router that is distributed, whatever kind of interface the port still says it is. */
    boolean isDistributedInterface(final Port port) {
        final PortOwner.Role role = port.owner().role();
        if (role != PortOwner.Role.DISTRIBUTED_INTERFACE && role != PortOwner.Role.ROUTER_INTERFACE) {
            return false;
        }
        final VirtualRouter router = topology.routers().get(port.deviceId());
        return router != null && router.isDistributed();
    }

    private void findSnatHosts() {
        for (final VirtualRouter router : topology.routers().values()) {
            addSnatHost(router.id(), router.snatHost());
        }
        for (final Port port : topology.ports().values()) {
            final VirtualRouter router =
                    port.owner().isOfRouter() ? topology.routers().get(port.deviceId()) : null;
            if (router != null
                    && isOfSnatSide(port)
                    && (router.isHa() || router.snatHost().isEmpty())) {
                addSnatHost(router.id(), port.host());
            }
        }
        for (final VirtualRouter router : topology.routers().values()) {
            final String said = saidHostOf(router);
            if (!said.isEmpty()) {
                if (hostNumbers.containsKey(said)) {
                    centralHosts.put(router.id(), said);
                }
                continue; // on a host that the topology does not have, and so on none that it has
            }
            if (snatHosts(router.id()).isEmpty()) {
                for (final Port port : centralPortsOf(router)) {
                    addSnatHost(router.id(), port.host());
                }
            }
            final int first = snatHosts(router.id()).nextSetBit(0);
            if (first >= 0) {
                centralHosts.put(router.id(), hosts.get(first).name());
            }
        }
    }

    /** Where a router's central part is by the router's own words, or by the binding of its gateway port; empty = they do not say. */
    private String saidHostOf(final VirtualRouter router) {
        final Port gatewayPort = gatewayPorts.get(router.id());
        return router.snatHost().isEmpty() && gatewayPort != null ? gatewayPort.host() : router.snatHost();
    }

    private static boolean isOfSnatSide(final Port port) {
        return switch (port.owner().role()) {
            case ROUTER_GATEWAY, HA_NETWORK_INTERFACE -> true;
            default -> false;
        };
    }

    private void addSnatHost(final String routerId, final String host) {
        final Integer number = hostNumbers.get(host);
        if (number != null) {
            snatHosts.computeIfAbsent(routerId, none -> new BitSet()).set(number);
        }
    }

    /**
     * Where each distributed router is wanted: hosts with a serviced port in one of its subnets, or the target of such a port's
     * migration; its SNAT hosts; and, through any number of shared networks, where a router is that shares a network with it.
     */
    private void placeRouters() {
        for (final VirtualRouter router : topology.routers().values()) {
            if (router.isDistributed()) {
                final BitSet place = new BitSet();
                place.or(snatHosts(router.id()));
                wanted.put(router.id(), place);
            }
        }
        for (final Port port : topology.ports().values()) {
            if (port.owner().isServiced()) {
                want(port, port.host());
                want(port, port.migratingTo());
                if (!port.migratingTo().isEmpty()) {
                    add(migrating, port.migratingTo(), port);
                }
            }
        }
        for (final List<String> related : relatedRouters()) {
            final BitSet together = new BitSet();
            for (final String routerId : related) {
                together.or(wanted.get(routerId));
            }
            for (final String routerId : related) {
                wanted.put(routerId, together);
                companions.put(routerId, related);
            }
        }
    }

    private void want(final Port port, final String host) {
        final Integer number = hostNumbers.get(host);
        if (number == null) {
            return;
        }
        for (final FixedIp fixedIp : port.fixedIps()) {
            for (final VirtualRouter router : routersBySubnet.getOrDefault(fixedIp.subnetId(), List.of())) {
                wanted.get(router.id()).set(number);
            }
        }
    }

    /** Groups of distributed routers that are connected by shared networks: union-find over the networks' routers. */
    private Iterable<List<String>> relatedRouters() {
        final Map<String, String> parents = new HashMap<>();
        for (final List<VirtualRouter> sharing : routersByNetwork.values()) {
            final String first = root(parents, sharing.get(0).id());
            for (final VirtualRouter router : sharing) {
                parents.put(root(parents, router.id()), first);
            }
        }
        final Map<String, List<String>> groups = new HashMap<>();
        for (final String routerId : wanted.keySet()) {
            add(groups, root(parents, routerId), routerId);
        }
        return groups.values();
    }

    private static String root(final Map<String, String> parents, final String routerId) {
        String at = routerId;
        String parent = parents.getOrDefault(at, at);
        while (!parent.equals(at)) {
            at = parent;
            parent = parents.getOrDefault(at, at);
        }
        return at;
    }

    Topology topology() {
        return topology;
    }

    List<Port> portsOfNetwork(final String networkId) {
        return portsByNetwork.getOrDefault(networkId, List.of());
    }

    List<Port> portsOfHost(final String host) {
        return portsByHost.getOrDefault(host, List.of());
    }

    List<Subnet> subnetsOf(final String networkId) {
        return subnetsByNetwork.getOrDefault(networkId, List.of());
    }

    /** Interfaces of a distributed router. */
    List<Port> interfacesOf(final String routerId) {
        return interfacesByRouter.getOrDefault(routerId, List.of());
    }

    /** Distributed routers with an interface in a network. */
    List<VirtualRouter> routersOfNetwork(final String networkId) {
        return routersByNetwork.getOrDefault(networkId, List.of());
    }

    /** Distributed routers with an interface in a subnet. */
    List<VirtualRouter> routersOfSubnet(final String subnetId) {
        return routersBySubnet.getOrDefault(subnetId, List.of());
    }

    List<Port> csnatPortsOf(final String routerId) {
        return csnatByRouter.getOrDefault(routerId, List.of());
    }

    /** Tenant ports of a router's central part: csnat ports, or of a legacy router its interfaces. */
    List<Port> centralPortsOf(final VirtualRouter router) {
        return router.isDistributed()
                ? csnatPortsOf(router.id())
                : legacyInterfacesByRouter.getOrDefault(router.id(), List.of());
    }

    private List<VirtualRouter> legacyRoutersOfSubnet(final String subnetId) {
        return legacyRoutersBySubnet.getOrDefault(subnetId, List.of());
    }

    /** A router's port on its external network; null where the topology has none. */
    Port gatewayPortOf(final VirtualRouter router) {
        return gatewayPorts.get(router.id());
    }

    /** The host where a router's SNAT side, or a legacy router, is active, whether or not the host's agent can; empty = nowhere. */
    String centralHostOf(final String routerId) {
        return centralHosts.getOrDefault(routerId, "");
    }

    /**
     * Is a floating IP of a port translated where the port is? Not where the port is bound nowhere, to a host without external leg, or to one without L3
     * agent: then the router's central part does it (dvr.md §1.5).
     */
    boolean hasFloatingIpsAtHome(final Port port) {
        final Host host = topology.hosts().get(port.host());
        return host != null && host.mode().hasExternalLeg() && port.owner().isServiced();
    }

    /** Is a floating IP that stands for a port translated where that is? Not where ports of it are forwarded besides: one address has one place. */
    boolean isAtHome(final FloatingIpSpec spec) {
        return spec.forwardings().isEmpty()
                && hasFloatingIpsAtHome(topology.ports().get(spec.portId()));
    }

    PortForwardings forwardings() {
        return forwardings;
    }

    FloatingIpIndex floatingIps() {
        return floatingIps;
    }

    /** Whose the allowed address pairs of a network are. */
    AddressOwners addressOwnersOf(final String networkId) {
        return addressOwners.computeIfAbsent(networkId, id -> new AddressOwners(portsOfNetwork(id)));
    }

    /** Hosts of a router's SNAT side, or of a legacy router: one, or of HA routers all candidates. */
    BitSet snatHosts(final String routerId) {
        return snatHosts.getOrDefault(routerId, NOWHERE);
    }

    /** Is there a reason for a distributed router to be on a host, whether or not the host's agent can? */
    boolean isWanted(final String routerId, final String host) {
        return wanted.getOrDefault(routerId, NOWHERE).get(hostNumbers.get(host));
    }

    /** Does a distributed router exist on a host? */
    boolean isPresent(final String routerId, final String host) {
        final int number = hostNumbers.get(host);
        return distributedHosts.get(number)
                && wanted.getOrDefault(routerId, NOWHERE).get(number);
    }

    /** Is any part of a network on each of the hosts? Says on which its frames are to be flooded (contract.md §6 row 27). */
    BitSet hostsOfNetwork(final String networkId) {
        final BitSet served = new BitSet();
        for (final VirtualRouter router : routersOfNetwork(networkId)) {
            served.or(wanted.getOrDefault(router.id(), NOWHERE));
        }
        served.and(distributedHosts);
        for (final Port port : portsOfNetwork(networkId)) {
            final Integer number = hostNumbers.get(hostOf(port));
            if (number != null && !port.owner().isPlaceHolder()) {
                served.set(number);
            }
            if (isCentralTenantPort(port) && isHighlyAvailable(port)) {
                served.or(snatHosts(port.deviceId()));
            }
        }
        return served;
    }

    List<Host> hosts() {
        return hosts;
    }

    /** Belongs to an HA router: it moves without the control plane, so its MAC is learned (dvr.md §5.2). */
    boolean isHighlyAvailable(final Port port) {
        final VirtualRouter router =
                port.owner().isOfRouter() ? topology.routers().get(port.deviceId()) : null;
        return router != null && router.isHa() && !isDistributedInterface(port);
    }

    /** Which of its port's addresses a floating IP stands for: as written, or the first IPv4 address. */
    FixedIp fixedIpOf(final FloatingIpSpec spec) {
        final Port port = topology.ports().get(spec.portId());
        for (final FixedIp fixedIp : port.fixedIps()) {
            if (fixedIp.address().equals(spec.fixedIp())) {
                return fixedIp;
            }
        }
        return FixedIp.firstV4(port.fixedIps());
    }

    /**
     * The router of a floating IP: as written, or one that connects the port's subnet to the floating IP's network, a distributed one first. Null where
     * there is none.
     */
    VirtualRouter routerOf(final FloatingIpSpec spec, final FixedIp fixedIp) {
        return spec.routerId().isEmpty()
                ? routerBetween(fixedIp.subnetId(), spec.networkId())
                : topology.routers().get(spec.routerId());
    }

    /** As {@link #routerOf(FloatingIpSpec, FixedIp)}, of a forwarded port. */
    VirtualRouter routerOf(final FloatingIpSpec spec, final PortForwarding forwarding) {
        if (!spec.routerId().isEmpty()) {
            return topology.routers().get(spec.routerId());
        }
        for (final Subnet subnet : topology.subnets().values()) {
            if (subnet.cidr().contains(forwarding.internalIp())) {
                final VirtualRouter router = routerBetween(subnet.id(), spec.networkId());
                if (router != null) {
                    return router;
                }
            }
        }
        return null;
    }

    private VirtualRouter routerBetween(final String subnetId, final String externalNetworkId) {
        for (final List<VirtualRouter> candidates :
                List.of(routersOfSubnet(subnetId), legacyRoutersOfSubnet(subnetId))) {
            for (final VirtualRouter router : candidates) {
                if (router.gateway() != null && router.gateway().networkId().equals(externalNetworkId)) {
                    return router;
                }
            }
        }
        return null;
    }

    private boolean isCentralTenantPort(final Port port) {
        return port.owner().role() == PortOwner.Role.CSNAT || isLegacyInterface(port);
    }

    /**
     * Where a port is: as bound; the ports of a SNAT side and of a legacy router are where that is, if anywhere. Empty for nowhere, or
     * everywhere.
     */
    String hostOf(final Port port) {
        final PortOwner.Role role = port.owner().role();
        if (role == PortOwner.Role.ROUTER_GATEWAY || isCentralTenantPort(port)) {
            final String central = centralHostOf(port.deviceId());
            return central.isEmpty() ? port.host() : central;
        }
        return role == PortOwner.Role.DISTRIBUTED_INTERFACE ? "" : port.host();
    }
}
