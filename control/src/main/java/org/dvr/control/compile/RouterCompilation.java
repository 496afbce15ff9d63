package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dvr.control.model.Findings;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortForwarding;
import org.dvr.control.model.PortOwner;
import org.dvr.control.model.RouteSpec;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.RouterPort6;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;

/** The routing half of a compilation: distributed routers, their external legs and floating IPs on one host (dvr.md §2, §6). */
final class RouterCompilation {
    private static final int LINK_LOCAL_BASE = 0xA9FE_4000; // 169.254.64.0 (dvr.md §1.7)

    private final Cloud cloud;
    private final Topology topology;
    private final Host self;
    private final StableIds ids;
    private final Findings findings;
    private final SnapshotBuilder builder;
    private final Map<String, Segment> segments;
    private final Map<String, Attachment> guests;
    private final RouteTables tables;
    private final Scopes scopes;

    private final Map<String, Router> routers = new HashMap<>();
    private final Map<String, List<RouterPort>> portsBySubnet = new HashMap<>();
    private final Map<String, RouterPort6> ports6BySubnet = new HashMap<>();
    private final Map<String, ExternalLeg> legs = new TreeMap<>();

    /** An external network here: its port, and the subnet of its fg port, null without one. */
    private record ExternalLeg(ExternalPort port, Subnet subnet) {}

    RouterCompilation(
            final Cloud cloud,
            final Host self,
            final StableIds ids,
            final Findings findings,
            final SnapshotBuilder builder,
            final Map<String, Segment> segments,
            final Map<String, Attachment> guests) {
        this.cloud = cloud;
        this.topology = cloud.topology();
        this.self = self;
        this.ids = ids;
        this.findings = findings;
        this.builder = builder;
        this.segments = segments;
        this.guests = guests;
        this.tables = new RouteTables(cloud, findings, builder);
        this.scopes = new Scopes(cloud, ids);
    }

    /** Has a host that this router is present on a leg in the router's gateway network? */
    static boolean hasExternalLeg(final VirtualRouter router, final Topology topology, final Host self) {
        if (router.gateway() == null || !self.mode().hasExternalLeg()) {
            return false;
        }
        final Network network = topology.networks().get(router.gateway().networkId());
        return network.kind() != NetworkKind.GENEVE && self.carries(network);
    }

    /** Adds the routers that are present, ascending by id. */
    void add(final List<VirtualRouter> present) {
        addExternalLegs(present);
        for (final VirtualRouter router : present) {
            add(router);
        }
        for (final Map.Entry<String, Attachment> guest : guests.entrySet()) {
            final RouterPort gateway = gatewayOf(topology.ports().get(guest.getKey()));
            if (gateway != null) {
                builder.gatewayOf(guest.getValue(), gateway);
            }
            final RouterPort6 gateway6 = gatewayOf6(topology.ports().get(guest.getKey()));
            if (gateway6 != null) {
                builder.gatewayOf6(guest.getValue(), gateway6);
            }
        }
        for (final String portId : guests.keySet()) {
            for (final String id : cloud.floatingIps().ofPort(portId)) {
                addFloatingIp(topology.floatingIps().get(id));
            }
        }
        for (final String id : cloud.forwardings().homedOn(self.name())) {
            addForwardings(topology.floatingIps().get(id));
        }
    }

    private void addExternalLegs(final List<VirtualRouter> present) {
        for (final VirtualRouter router : present) {
            if (router.gateway() == null || legs.containsKey(router.gateway().networkId())) {
                continue;
            }
            final Network network = topology.networks().get(router.gateway().networkId());
            if (hasExternalLeg(router, topology, self)) {
                final ExternalLeg leg = externalLeg(network);
                builder.scope(leg.port(), scopes.ofNetwork(network.id()));
                legs.put(network.id(), leg);
            } else if (self.mode().hasExternalLeg()) {
                findings.warning("external network " + network.title() + ": host " + self.name()
                        + " has no way to it (" + network.kind().label()
                        + (network.kind().isPhysical() ? " on " + network.physicalNetwork() : "")
                        + "), floating IPs of router " + router.title() + " are not served there");
            }
        }
    }

    private ExternalLeg externalLeg(final Network network) {
        final Segment segment = segments.get(network.id());
        for (final Port port : cloud.portsOfHost(self.name())) {
            if (port.owner().role() == PortOwner.Role.EXTERNAL_AGENT_GATEWAY
                    && port.networkId().equals(network.id())) {
                final FixedIp fixedIp = FixedIp.firstV4(port.fixedIps());
                if (fixedIp != null) {
                    return fgPort(segment, port, fixedIp);
                }
            }
        }
        final String label = network.kind().isPhysical() ? network.physicalNetwork() : network.id();
        return new ExternalLeg(builder.externalPort(segment, self.externalMac(label), 0), null);
    }

    private ExternalLeg fgPort(final Segment segment, final Port port, final FixedIp fixedIp) {
        final ExternalPort fg =
                builder.externalPort(segment, port.mac(), fixedIp.address().toInt());
        final Subnet subnet = topology.subnets().get(fixedIp.subnetId());
        if (subnet.gatewayIp() != null) {
            builder.externalGatewayIp(fg, subnet.gatewayIp().toInt());
        }
        return new ExternalLeg(fg, subnet);
    }

    private void add(final VirtualRouter spec) {
        final int zone = ids.zone(spec.id());
        if (zone == StableIds.EXHAUSTED) {
            findings.error("host " + self.name() + " has had more than 16777215 routers");
            return;
        }
        final Router router = builder.router(zone, spec.id(), spec.name(), spec.isUp());
        routers.put(spec.id(), router);
        final List<RouterPort> ports = new ArrayList<>();
        for (final Port port : cloud.interfacesOf(spec.id())) {
            final Segment segment = segments.get(port.networkId());
            if (segment != null) {
                addPorts(spec, router, segment, port, ports);
            }
        }
        final ExternalLeg leg =
                spec.gateway() == null ? null : legs.get(spec.gateway().networkId());
        if (leg != null) {
            connect(spec, router, leg);
        }
        tables.addExtra(
                spec,
                router,
                ports,
                nextHop -> leg != null && isReachable(leg, spec.gateway().networkId(), nextHop));
    }

    private void addPorts(
            final VirtualRouter spec,
            final Router router,
            final Segment segment,
            final Port port,
            final List<RouterPort> added) {
        for (final FixedIp fixedIp : port.fixedIps()) {
            final Subnet subnet = topology.subnets().get(fixedIp.subnetId());
            if (!fixedIp.address().isV4()) {
                addPort6(spec, router, segment, port, fixedIp.address(), subnet);
                continue;
            }
            final RouterPort routerPort = builder.routerPort(
                    router,
                    segment,
                    port.id(),
                    port.mac(),
                    fixedIp.address().toInt(),
                    subnet.cidr().length(),
                    fixedIp.address().equals(subnet.gatewayIp()));
            builder.scope(routerPort, scopes.of(subnet));
            added.add(routerPort);
            portsBySubnet
                    .computeIfAbsent(subnet.id(), none -> new ArrayList<>())
                    .add(routerPort);
            if (spec.gateway() != null) {
                redirect(spec, routerPort, subnet);
            }
        }
    }

    /** East-west like IPv4, outside by the csnat port of the network; no floating IPs (dvr.md §6.5). */
    private void addPort6(
            final VirtualRouter spec,
            final Router router,
            final Segment segment,
            final Port port,
            final IpAddress address,
            final Subnet subnet) {
        final RouterPort6 routerPort = builder.routerPort6(
                router,
                segment,
                port.id(),
                port.mac(),
                address.high(),
                address.low(),
                subnet.cidr().length(),
                subnet.cidr().toString());
        if (address.equals(subnet.gatewayIp())) {
            ports6BySubnet.put(subnet.id(), routerPort);
        } else {
            ports6BySubnet.putIfAbsent(subnet.id(), routerPort);
        }
        if (spec.gateway() != null) {
            for (final Port csnat : cloud.csnatPortsOf(spec.id())) {
                for (final FixedIp fixedIp : csnat.fixedIps()) {
                    if (fixedIp.subnetId().equals(subnet.id())) {
                        builder.redirect6(routerPort, csnat.mac());
                    }
                }
            }
        }
        for (final RouteSpec route : spec.routes()) {
            if (!route.destination().isV4() && subnet.cidr().contains(route.nextHop())) {
                builder.extraRoute6(
                        router,
                        route.destination().address().high(),
                        route.destination().address().low(),
                        route.destination().length(),
                        route.destination().toString(),
                        routerPort,
                        route.nextHop().high(),
                        route.nextHop().low());
            }
        }
    }

    private void redirect(final VirtualRouter spec, final RouterPort routerPort, final Subnet subnet) {
        for (final Port csnat : cloud.csnatPortsOf(spec.id())) {
            for (final FixedIp fixedIp : csnat.fixedIps()) {
                if (fixedIp.subnetId().equals(subnet.id())) {
                    builder.redirect(routerPort, fixedIp.address().toInt(), csnat.mac());
                    return;
                }
            }
        }
        findings.warning(
                "router " + spec.title() + ": subnet " + subnet.cidr()
                        + " has no csnat port (network:router_centralized_snat), without floating IP there is no way out of it");
    }

    private void connect(final VirtualRouter spec, final Router router, final ExternalLeg leg) {
        final String networkId = spec.gateway().networkId();
        final int pair = ids.linkLocalPair(networkId, spec.id());
        if (pair == StableIds.EXHAUSTED) {
            findings.error("host " + self.name() + " has had more than 8192 routers on external network " + networkId);
            return;
        }
        builder.externalGateway(router, leg.port(), LINK_LOCAL_BASE + 2 * pair);
        tables.addOnLink(router, networkId);
    }

    /** The fip namespace takes extra routes by way of the fg port's subnet only (dvr.md §6.2); without fg port, of any. */
    private boolean isReachable(final ExternalLeg leg, final String networkId, final IpAddress nextHop) {
        if (leg.subnet() != null) {
            return leg.subnet().cidr().contains(nextHop);
        }
        return tables.subnetCovering(networkId, nextHop) != null;
    }

    /** Gateway of a port's first IPv4 subnet, or another distributed router's port there. */
    private RouterPort gatewayOf(final Port port) {
        final FixedIp fixedIp = FixedIp.firstV4(port.fixedIps());
        if (fixedIp == null) {
            return null;
        }
        RouterPort any = null;
        for (final RouterPort candidate : portsBySubnet.getOrDefault(fixedIp.subnetId(), List.of())) {
            if (candidate.isGateway()) {
                return candidate;
            }
            any = any == null ? candidate : any;
        }
        return any;
    }

    /** Gateway of a port's first IPv6 subnet with a distributed router, or that router's port there. */
    private RouterPort6 gatewayOf6(final Port port) {
        for (final FixedIp fixedIp : port.fixedIps()) {
            final RouterPort6 found = ports6BySubnet.get(fixedIp.subnetId());
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private void addFloatingIp(final FloatingIpSpec spec) {
        final Attachment guest = guests.get(spec.portId());
        if (guest == null) {
            return;
        }
        final FixedIp fixedIp = cloud.fixedIpOf(spec);
        final VirtualRouter router = cloud.routerOf(spec, fixedIp);
        if (router == null) {
            findings.warning(
                    spec.origin(), "no router connects port " + spec.portId() + " to network " + spec.networkId());
            return;
        }
        final Router here = routers.get(router.id());
        final ExternalLeg leg = legs.get(spec.networkId());
        if (here == null || leg == null || !cloud.isAtHome(spec) || here.externalPort() != leg.port()) {
            return;
        }
        builder.floatingIp(here, spec.address().toInt(), fixedIp.address().toInt(), gatewayIp(spec, leg), guest);
    }

    /** Next hop of what leaves with a floating IP, 0 = none. */
    private int gatewayIp(final FloatingIpSpec spec, final ExternalLeg leg) {
        final Subnet subnet =
                leg.subnet() != null ? leg.subnet() : tables.subnetCovering(spec.networkId(), spec.address());
        final IpAddress gatewayIp = subnet == null ? null : subnet.gatewayIp();
        return gatewayIp == null ? 0 : gatewayIp.toInt();
    }

    /** All lead to guests of this host, by one router. */
    private void addForwardings(final FloatingIpSpec spec) {
        final ExternalLeg leg = legs.get(spec.networkId());
        for (final PortForwarding forwarding : spec.forwardings()) {
            final VirtualRouter router = cloud.routerOf(spec, forwarding);
            final Router here = router == null ? null : routers.get(router.id());
            if (here == null || leg == null || here.externalPort() != leg.port()) {
                continue;
            }
            final String obstacle = PortForwardings.obstacle(forwarding);
            if (obstacle != null) {
                findings.warning(spec.origin(), "port_forwardings: " + obstacle + ", the forwarding is left out");
                continue;
            }
            builder.forwardedFloatingIp(here, spec.address().toInt(), gatewayIp(spec, leg));
            builder.portForwarding(
                    here,
                    PortForwardings.protocol(forwarding),
                    spec.address().toInt(),
                    forwarding.externalPort(),
                    forwarding.internalIp().toInt(),
                    forwarding.internalPort());
        }
    }
}
