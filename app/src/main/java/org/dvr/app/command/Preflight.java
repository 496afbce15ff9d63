package org.dvr.app.command;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Port;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;

/**
 * Can these hosts do what the topology asks of them? The checks of dvr.md §13 as far as a topology tells, each one line with a
 * reason. {@link SettingsPreflight} adds what the agents' and the server's settings tell, {@link MachinePreflight} what the machine does.
 */
final class Preflight {
    private final Topology topology;
    private final List<PreflightCheck> checks = new ArrayList<>();
    /** Networks with a port that is plugged on a host, by host. */
    private final Map<String, Set<Network>> networksByHost = new TreeMap<>();

    private Preflight(final Topology topology) {
        this.topology = topology;
        for (final Port port : topology.ports().values()) {
            if (!port.host().isEmpty() && port.owner().isServiced()) {
                networksByHost
                        .computeIfAbsent(port.host(), host -> new LinkedHashSet<>())
                        .add(topology.networks().get(port.networkId()));
            }
        }
    }

    /**
     * Checks.
     *
     * @param topology loaded without errors
     * @param only     the one host to look at, null for all
     * @return the checks, hosts ascending by name
     */
    static List<PreflightCheck> of(final Topology topology, final String only) {
        final Preflight preflight = new Preflight(topology);
        for (final Host host : topology.hosts().values()) {
            if (only == null || host.name().equals(only)) {
                preflight.host(host);
            }
        }
        topology.routers().values().forEach(preflight::router);
        return preflight.checks;
    }

    private void add(final boolean isPassed, final String subject, final String sentence) {
        checks.add(
                new PreflightCheck(isPassed ? PreflightCheck.Level.OK : PreflightCheck.Level.FAIL, subject, sentence));
    }

    private void host(final Host host) {
        agentMode(host);
        final Set<NetworkKind> tunnels = new TreeSet<>(host.tunnelKinds());
        if (host.hasTunnels() && !tunnels.isEmpty()) {
            final List<String> labels = tunnels.stream().map(NetworkKind::label).toList();
            add(
                    true,
                    host.name(),
                    "tunnel types " + String.join(", ", labels) + ": L2 population is required, and is always on here");
        }
        for (final Network network : networksByHost.getOrDefault(host.name(), Set.of())) {
            network(host, network);
        }
        external(host);
    }

    private void agentMode(final Host host) {
        final String mode = "agent mode " + host.mode().label() + ": ";
        switch (host.mode()) {
            case DVR -> add(true, host.name(), mode + "distributed routers, and the floating IPs of its own guests");
            case DVR_SNAT -> add(true, host.name(), mode + "distributed routers, floating IPs and the SNAT side");
            case DVR_NO_EXTERNAL ->
                add(true, host.name(), mode + "distributed routers; floating IPs of its guests are served elsewhere");
            case LEGACY -> {
                final List<String> routers = distributedRoutersOfGuests(host);
                add(
                        routers.isEmpty(),
                        host.name(),
                        mode
                                + (routers.isEmpty()
                                        ? "no distributed router is needed here"
                                        : "guests here use distributed router " + String.join(", ", routers)
                                                + ", which needs dvr, dvr_snat or dvr_no_external"));
            }
        }
    }

    private List<String> distributedRoutersOfGuests(final Host host) {
        final Set<String> routers = new TreeSet<>();
        final Set<Network> networks = networksByHost.getOrDefault(host.name(), Set.of());
        for (final Port port : topology.ports().values()) {
            if (port.owner().isRouterInterface()
                    && networks.contains(topology.networks().get(port.networkId()))) {
                final VirtualRouter router = topology.routers().get(port.deviceId());
                if (router != null && router.isDistributed()) {
                    routers.add(router.title());
                }
            }
        }
        return List.copyOf(routers);
    }

    private void network(final Host host, final Network network) {
        final String what =
                "network " + network.title() + " is " + network.kind().label() + ": ";
        if (network.kind().isTunneled()) {
            final boolean isCarried = host.carries(network);
            add(
                    isCarried,
                    host.name(),
                    what
                            + (isCarried
                                    ? "the host has that tunnel type"
                                    : host.hasTunnels()
                                            ? "the host's tunnel types do not have it; ports here reach nobody elsewhere"
                                            : "the host has no local_ip; ports here reach nobody elsewhere"));
            if (isCarried && network.mtu() + host.overhead(network.kind()) > host.underlayMtu()) {
                add(
                        false,
                        host.name(),
                        "network " + network.title() + " has MTU " + network.mtu() + ", wrapped "
                                + (network.mtu() + host.overhead(network.kind())) + ": more than underlay_mtu "
                                + host.underlayMtu());
            }
        } else if (network.kind().isPhysical()) {
            mapping(host, network, what);
        }
    }

    private void mapping(final Host host, final Network network, final String what) {
        final String label = network.physicalNetwork();
        final String device = host.bridgeMappings().get(label);
        add(
                device != null,
                host.name(),
                what
                        + (device != null
                                ? "bridge mapping " + label + " is " + device
                                : "bridge mapping " + label + " is missing; ports here reach nobody elsewhere"));
    }

    private void external(final Host host) {
        if (!host.mode().hasExternalLeg()) {
            return;
        }
        final Set<Network> needed = new LinkedHashSet<>();
        for (final FloatingIpSpec floatingIp : topology.floatingIps().values()) {
            final Port port = topology.ports().get(floatingIp.portId());
            if (port != null && port.host().equals(host.name())) {
                needed.add(topology.networks().get(floatingIp.networkId()));
            }
        }
        for (final VirtualRouter router : topology.routers().values()) {
            if (router.gateway() != null && snatHost(router).equals(host.name())) {
                needed.add(topology.networks().get(router.gateway().networkId()));
            }
        }
        for (final Network network : needed) {
            if (network.kind().isPhysical()) {
                mapping(host, network, "way to external network " + network.title() + ": ");
            }
        }
    }

    private String snatHost(final VirtualRouter router) {
        if (!router.snatHost().isEmpty()) {
            return router.snatHost();
        }
        for (final Port port : topology.ports().values()) {
            if (port.deviceId().equals(router.id()) && port.owner().text().equals("network:router_gateway")) {
                return port.host();
            }
        }
        return "";
    }

    private void router(final VirtualRouter router) {
        if (!router.isDistributed()
                || router.gateway() == null
                || !router.gateway().hasSnat()) {
            return;
        }
        final String name = "router " + router.title();
        final String snatHost = snatHost(router);
        final Host host = topology.hosts().get(snatHost);
        if (snatHost.isEmpty()) {
            add(
                    false,
                    name,
                    "SNAT side: no gw_port_host and no binding of its gateway port; guests without floating IP reach nobody"
                            + " outside");
        } else if (host == null) {
            add(false, name, "SNAT side: on " + snatHost + ", which is no host of the topology");
        } else {
            final boolean isPassed = host.mode() == AgentMode.DVR_SNAT;
            add(
                    isPassed,
                    name,
                    "SNAT side: on " + snatHost + ", agent mode " + host.mode().label()
                            + (isPassed ? "" : "; it must be dvr_snat"));
        }
    }
}
