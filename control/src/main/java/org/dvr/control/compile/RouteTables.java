package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.dvr.control.model.Findings;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Prefix;
import org.dvr.control.model.RouteSpec;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.VirtualRouter;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.SnapshotBuilder;

/** IPv4 routes that routers have beside those to their own subnets: on-link outside, and extra routes (dvr.md §6.1 to §6.4, §6.7). */
final class RouteTables {
    private final Cloud cloud;
    private final Findings findings;
    private final SnapshotBuilder builder;

    RouteTables(final Cloud cloud, final Findings findings, final SnapshotBuilder builder) {
        this.cloud = cloud;
        this.findings = findings;
        this.builder = builder;
    }

    /** Every subnet of an external network is on-link. */
    void addOnLink(final Router router, final String networkId) {
        for (final Subnet subnet : cloud.subnetsOf(networkId)) {
            if (subnet.isV4()) {
                builder.externalRoute(
                        router, subnet.cidr().address().toInt(), subnet.cidr().length());
            }
        }
    }

    /**
     * @param spec the router as written
     * @param router the router here
     * @param ports its tenant ports here
     * @param isOutside which next hops, not in a subnet of those ports, it reaches outside
     */
    void addExtra(
            final VirtualRouter spec,
            final Router router,
            final List<RouterPort> ports,
            final Predicate<IpAddress> isOutside) {
        final Map<Prefix, List<Integer>> inside = new LinkedHashMap<>();
        final Map<Prefix, RouterPort> insidePorts = new HashMap<>();
        final Map<Prefix, List<Integer>> outside = new LinkedHashMap<>();
        for (final RouteSpec route : spec.routes()) {
            if (!route.destination().isV4()) {
                continue;
            }
            final int nextHop = route.nextHop().toInt();
            final RouterPort port = covering(ports, nextHop);
            if (port != null) {
                if (insidePorts.putIfAbsent(route.destination(), port) == port
                        || !inside.containsKey(route.destination())) {
                    inside.computeIfAbsent(route.destination(), none -> new ArrayList<>(1))
                            .add(nextHop);
                } else {
                    findings.warning("router " + spec.title() + ": next hop " + route.nextHop() + " of "
                            + route.destination()
                            + " is in another subnet than the first one, it is left out");
                }
            } else if (isOutside.test(route.nextHop())) {
                outside.computeIfAbsent(route.destination(), none -> new ArrayList<>(1))
                        .add(nextHop);
            }
        }
        inside.forEach((prefix, hops) -> builder.extraRoute(
                router, prefix.address().toInt(), prefix.length(), insidePorts.get(prefix), array(hops)));
        outside.forEach((prefix, hops) ->
                builder.externalRoute(router, prefix.address().toInt(), prefix.length(), array(hops)));
    }

    private static int[] array(final List<Integer> hops) {
        final int[] array = new int[hops.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = hops.get(i);
        }
        return array;
    }

    private static RouterPort covering(final List<RouterPort> ports, final int ip) {
        for (final RouterPort port : ports) {
            if (port.covers(ip)) {
                return port;
            }
        }
        return null;
    }

    /** Null where none of a network's subnets covers an address. */
    Subnet subnetCovering(final String networkId, final IpAddress address) {
        for (final Subnet subnet : cloud.subnetsOf(networkId)) {
            if (subnet.cidr().contains(address)) {
                return subnet;
            }
        }
        return null;
    }
}
