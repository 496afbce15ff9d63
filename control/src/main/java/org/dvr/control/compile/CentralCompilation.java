package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.DerivedMac;
import org.dvr.control.model.Findings;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortForwarding;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;

/**
 * The central half of routing on one host: SNAT sides of distributed routers, legacy routers, the floating IPs and the forwarded ports that are translated
 * there (dvr.md §1.5, §6.3, §6.4, §7.2).
 */
final class CentralCompilation {
    private final Cloud cloud;
    private final Topology topology;
    private final Host self;
    private final StableIds ids;
    private final Findings findings;
    private final SnapshotBuilder builder;
    private final Map<String, Segment> segments;
    private final RouteTables tables;
    private final Scopes scopes;

    private final Map<String, Router> routers = new HashMap<>();

    CentralCompilation(
            final Cloud cloud,
            final Host self,
            final StableIds ids,
            final Findings findings,
            final SnapshotBuilder builder,
            final Map<String, Segment> segments) {
        this.cloud = cloud;
        this.topology = cloud.topology();
        this.self = self;
        this.ids = ids;
        this.findings = findings;
        this.builder = builder;
        this.segments = segments;
        this.tables = new RouteTables(cloud, findings, builder);
        this.scopes = new Scopes(cloud, ids);
    }

    /** The routers whose central part is active on a host and that its agent can run, ascending by id; says which it cannot run. */
    static List<VirtualRouter> activeOn(final Cloud cloud, final Host self, final Findings findings) {
        final List<VirtualRouter> active = new ArrayList<>();
        for (final VirtualRouter router : cloud.topology().routers().values()) {
            final boolean isSnatSide = router.isDistributed();
            if ((isSnatSide && router.gateway() == null)
                    || !cloud.centralHostOf(router.id()).equals(self.name())) {
                continue;
            }
            if (isSnatSide ? self.mode().hasSnatSide() : self.mode().hasLegacyRouters()) {
                active.add(router);
            } else {
                findings.warning("host " + self.name() + " has agent_mode "
                        + self.mode().label() + ": "
                        + (isSnatSide ? "the SNAT side of distributed router " : "legacy router ") + router.title()
                        + " does not exist there, though it is bound to it");
            }
        }
        active.sort((a, b) -> a.id().compareTo(b.id()));
        return active;
    }

    /** Adds what is active here. */
    void add(final List<VirtualRouter> active) {
        for (final VirtualRouter router : active) {
            add(router);
        }
        if (routers.isEmpty()) {
            return;
        }
        final Set<String> floatingIps = new LinkedHashSet<>(cloud.floatingIps().withoutRouter());
        for (final VirtualRouter router : active) {
            floatingIps.addAll(cloud.floatingIps().ofRouter(router.id()));
        }
        for (final String id : floatingIps) {
            final FloatingIpSpec floatingIp = topology.floatingIps().get(id);
            addFloatingIp(floatingIp);
            addForwardings(floatingIp);
        }
    }

    private void add(final VirtualRouter spec) {
        final int zone = ids.centralZone(spec.id());
        if (zone == StableIds.EXHAUSTED) {
            findings.error("host " + self.name() + " has had more than 16777215 routers");
            return;
        }
        final Router router = builder.centralRouter(zone, spec.id(), spec.name(), spec.isUp(), spec.isDistributed());
        routers.put(spec.id(), router);
        final List<RouterPort> ports = new ArrayList<>();
        for (final Port port : cloud.centralPortsOf(spec)) {
            final Segment segment = segments.get(port.networkId());
            if (segment != null) {
                addPorts(router, segment, port, ports);
            }
        }
        final boolean hasOutside = spec.gateway() != null && addGateway(spec, router);
        tables.addExtra(
                spec,
                router,
                ports,
                nextHop -> hasOutside && tables.subnetCovering(spec.gateway().networkId(), nextHop) != null);
    }

    private void addPorts(final Router router, final Segment segment, final Port port, final List<RouterPort> added) {
        for (final FixedIp fixedIp : port.fixedIps()) {
            if (fixedIp.address().isV4()) {
                final Subnet subnet = topology.subnets().get(fixedIp.subnetId());
                final RouterPort routerPort = builder.centralPort(
                        router,
                        segment,
                        port.id(),
                        port.mac(),
                        fixedIp.address().toInt(),
                        subnet.cidr().length());
                builder.scope(routerPort, scopes.of(subnet));
                added.add(routerPort);
            }
        }
    }

    /** The gateway port, as it is among the ports, or as the router says. False where the router has no way out. */
    private boolean addGateway(final VirtualRouter spec, final Router router) {
        final String networkId = spec.gateway().networkId();
        final Segment segment = segments.get(networkId);
        if (segment == null) {
            return false;
        }
        final Port port = cloud.gatewayPortOf(spec);
        FixedIp fixedIp = port == null ? null : FixedIp.firstV4(port.fixedIps());
        if (fixedIp == null) {
            fixedIp = FixedIp.firstV4(spec.gateway().fixedIps());
        }
        if (fixedIp == null) {
            findings.warning("router " + spec.title()
                    + ": neither a port network:router_gateway nor external_fixed_ips gives it an IPv4 address outside, there"
                    + " is no way out of it");
            return false;
        }
        final Subnet subnet = fixedIp.subnetId().isEmpty()
                ? tables.subnetCovering(networkId, fixedIp.address())
                : topology.subnets().get(fixedIp.subnetId());
        final int gatewayIp = subnet == null || subnet.gatewayIp() == null
                ? 0
                : subnet.gatewayIp().toInt();
        final ExternalPort gatewayPort = builder.gatewayPort(
                router,
                segment,
                port == null ? DerivedMac.ofPort(spec.id() + "/gateway") : port.mac(),
                fixedIp.address().toInt(),
                gatewayIp,
                spec.gateway().hasSnat());
        builder.scope(gatewayPort, scopes.ofNetwork(networkId));
        tables.addOnLink(router, networkId);
        return true;
    }

    /** A floating IP of a port that is nowhere, or where no floating IPs are translated, or of a legacy router. */
    private void addFloatingIp(final FloatingIpSpec spec) {
        final Port port = topology.ports().get(spec.portId());
        if (port == null) {
            return;
        }
        final FixedIp fixedIp = cloud.fixedIpOf(spec);
        final VirtualRouter router = cloud.routerOf(spec, fixedIp);
        if (router == null) {
            if (!topology.hosts().containsKey(port.host())) { // else its host says so
                findings.warning(
                        spec.origin(), "no router connects port " + port.id() + " to network " + spec.networkId());
            }
            return;
        }
        if (router.isDistributed() && cloud.isAtHome(spec)) {
            return;
        }
        final Router here = routerHere(router, spec);
        if (here != null) {
            builder.centralFloatingIp(
                    here, spec.address().toInt(), fixedIp.address().toInt());
        }
    }

    /** Ports that lead to guests of several hosts, or of a host that does not translate floating IPs, or of a legacy router. */
    private void addForwardings(final FloatingIpSpec spec) {
        if (!cloud.forwardings().homeOf(spec).isEmpty()) {
            return;
        }
        for (final PortForwarding forwarding : spec.forwardings()) {
            final VirtualRouter router = cloud.routerOf(spec, forwarding);
            final Router here = router == null ? null : routerHere(router, spec);
            if (here == null) {
                continue;
            }
            final String obstacle = PortForwardings.obstacle(forwarding);
            if (obstacle != null) {
                findings.warning(spec.origin(), "port_forwardings: " + obstacle + ", the forwarding is left out");
                continue;
            }
            builder.portForwarding(
                    here,
                    PortForwardings.protocol(forwarding),
                    spec.address().toInt(),
                    forwarding.externalPort(),
                    forwarding.internalIp().toInt(),
                    forwarding.internalPort());
        }
    }

    /** Null where the router's central part is elsewhere, or does not lead to the floating IP's network. */
    private Router routerHere(final VirtualRouter router, final FloatingIpSpec spec) {
        final Router here = routers.get(router.id());
        return here != null
                        && here.gatewayPort() != null
                        && here.gatewayPort().segment().networkId().equals(spec.networkId())
                ? here
                : null;
    }
}
