package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.dvr.control.model.AddressPair;
import org.dvr.control.model.Findings;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Network;
import org.dvr.control.model.Origin;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortForwarding;
import org.dvr.control.model.PortOwner;
import org.dvr.control.model.Prefix;
import org.dvr.control.model.RouteSpec;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.Topology;
import org.dvr.control.model.TopologyRules;
import org.dvr.control.model.VirtualRouter;

/** A cloud that changes at random, from one state that holds the rules to the next. */
final class RandomCloud {
    private static final Origin ORIGIN = new Origin("random", "any", 0, "");

    private final Random random;
    private Topology topology;
    private final int addressCount;
    private int numbers;

    RandomCloud(final Topology start, final Random random, final int addressCount) {
        topology = start;
        this.random = random;
        this.addressCount = addressCount;
    }

    Topology topology() {
        return topology;
    }

    void reset(final Topology other) {
        topology = other;
    }

    /** One to three changes that leave the topology valid; says which. */
    String step() {
        while (true) {
            final Draft draft = new Draft(topology);
            final List<String> names = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                names.add(change(draft));
            }
            final Topology next = draft.topology(topology);
            final Findings findings = new Findings();
            new TopologyRules(next, Set.of(), findings).check();
            if (!findings.hasErrors()) {
                topology = next;
                return String.join(", ", names);
            }
        }
    }

    /** Copies of what changes. */
    private static final class Draft {
        private final Map<String, Port> ports;
        private final Map<String, FloatingIpSpec> floatingIps;
        private final Map<String, VirtualRouter> routers;
        private final Map<String, Network> networks;
        private final TreeMap<String, Host> hosts;

        private Draft(final Topology topology) {
            ports = new LinkedHashMap<>(topology.ports());
            floatingIps = new LinkedHashMap<>(topology.floatingIps());
            routers = new LinkedHashMap<>(topology.routers());
            networks = new LinkedHashMap<>(topology.networks());
            hosts = new TreeMap<>(topology.hosts());
        }

        private Topology topology(final Topology before) {
            return new Topology(
                    networks,
                    before.subnets(),
                    ports,
                    routers,
                    floatingIps,
                    before.addressScopes(),
                    before.subnetPools(),
                    hosts,
                    before.dvrMacs(),
                    before.neighbors());
        }
    }

    private String change(final Draft draft) {
        return switch (random.nextInt(14)) {
            case 0, 1 -> addPort(draft);
            case 2 -> removePort(draft);
            case 3, 4, 5 -> changePort(draft);
            case 6, 7 -> addFloatingIp(draft);
            case 8 -> removeFloatingIp(draft);
            case 9, 10, 11 -> moveFloatingIp(draft);
            case 12 -> forward(draft);
            default -> changeElse(draft);
        };
    }

    private <T> T any(final Map<String, T> all, final Predicate<T> isWanted) {
        final List<T> wanted = all.values().stream().filter(isWanted).toList();
        return wanted.isEmpty() ? null : wanted.get(random.nextInt(wanted.size()));
    }

    private Port guest(final Draft draft) {
        return any(draft.ports, port -> port.owner().isServiced());
    }

    private String host() {
        final List<String> hosts = new ArrayList<>(topology.hosts().keySet());
        hosts.add("");
        hosts.add("stranger");
        return hosts.get(random.nextInt(hosts.size()));
    }

    private IpAddress free(final Subnet subnet) {
        return subnet.isV4()
                ? IpAddress.v4(subnet.cidr().address().toInt() + 20 + random.nextInt(addressCount))
                : new IpAddress(6, subnet.cidr().address().high(), 0x20 + random.nextInt(addressCount));
    }

    private List<FixedIp> addresses(final String networkId) {
        final Map<Boolean, FixedIp> found = new HashMap<>();
        for (final Subnet subnet : topology.subnets().values()) {
            if (subnet.networkId().equals(networkId)) {
                found.putIfAbsent(subnet.isV4(), new FixedIp(subnet.id(), free(subnet)));
            }
        }
        return List.copyOf(found.values());
    }

    private long mac() {
        return 0x0200_0000_0000L | (1 + random.nextInt(3));
    }

    private String addPort(final Draft draft) {
        final Subnet subnet = any(topology.subnets(), one -> true);
        final String id = "port-" + numbers++;
        final boolean isPlaceHolder = random.nextInt(8) == 0;
        draft.ports.put(
                id,
                new Port(
                        ORIGIN,
                        id,
                        subnet.networkId(),
                        0x0200_0001_0000L | numbers,
                        addresses(subnet.networkId()),
                        PortOwner.of(isPlaceHolder ? "network:floatingip" : "compute:nova"),
                        "",
                        host(),
                        random.nextInt(12) == 0 ? host() : "",
                        pairs(subnet),
                        random.nextBoolean(),
                        random.nextInt(8) != 0,
                        ""));
        return "add " + id;
    }

    private List<AddressPair> pairs(final Subnet subnet) {
        if (random.nextInt(3) != 0 || !subnet.isV4()) {
            return List.of();
        }
        final int network = subnet.cidr().address().toInt(); // few, so that several ports want the same
        final Prefix prefix = new Prefix(IpAddress.v4(network + 20 + random.nextInt(4)), 32);
        return List.of(new AddressPair(prefix, random.nextBoolean() ? mac() : 0));
    }

    private String removePort(final Draft draft) {
        final Port port = guest(draft);
        if (port == null) {
            return "";
        }
        draft.ports.remove(port.id());
        draft.floatingIps.values().removeIf(spec -> spec.portId().equals(port.id()));
        return "remove " + port.id();
    }

    private String changePort(final Draft draft) {
        final Port port = guest(draft);
        if (port == null) {
            return "";
        }
        final Subnet subnet = any(topology.subnets(), one -> one.networkId().equals(port.networkId()));
        final int what = random.nextInt(6);
        draft.ports.put(
                port.id(),
                new Port(
                        ORIGIN,
                        port.id(),
                        port.networkId(),
                        what == 0 ? 0x0200_0002_0000L | random.nextInt(64) : port.mac(),
                        what == 1 ? addresses(port.networkId()) : port.fixedIps(),
                        port.owner(),
                        port.deviceId(),
                        what == 2 || what == 3 ? host() : port.host(),
                        port.migratingTo(),
                        what == 4 ? pairs(subnet) : port.addressPairs(),
                        port.hasPortSecurity(),
                        what == 5 ? !port.isUp() : port.isUp(),
                        port.status()));
        return "change " + port.id();
    }

    private Subnet outside() {
        return any(
                topology.subnets(),
                subnet -> topology.networks().get(subnet.networkId()).isExternal() && subnet.isV4());
    }

    private String addFloatingIp(final Draft draft) {
        final Port port = guest(draft);
        if (port == null) {
            return "";
        }
        final String id = "fip-" + numbers++;
        final Subnet subnet = outside();
        draft.floatingIps.put(id, spec(id, free(subnet), subnet.networkId(), port.id(), List.of()));
        return "add " + id;
    }

    private static FloatingIpSpec spec(
            final String id,
            final IpAddress address,
            final String networkId,
            final String portId,
            final List<PortForwarding> forwardings) {
        return new FloatingIpSpec(ORIGIN, id, address, networkId, null, portId, "", forwardings);
    }

    private String removeFloatingIp(final Draft draft) {
        final FloatingIpSpec spec = any(draft.floatingIps, one -> true);
        if (spec == null) {
            return "";
        }
        draft.floatingIps.remove(spec.id());
        return "remove " + spec.id();
    }

    private String moveFloatingIp(final Draft draft) {
        final FloatingIpSpec spec = any(draft.floatingIps, one -> true);
        final Port port = guest(draft);
        if (spec == null || port == null) {
            return "";
        }
        draft.floatingIps.put(spec.id(), spec(spec.id(), spec.address(), spec.networkId(), port.id(), List.of()));
        return "move " + spec.id();
    }

    private String forward(final Draft draft) {
        final List<PortForwarding> forwardings = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            final Port port = guest(draft);
            final FixedIp fixedIp = port == null ? null : FixedIp.firstV4(port.fixedIps());
            if (fixedIp != null) {
                forwardings.add(new PortForwarding(i == 0 ? "udp" : "tcp", 8000 + i, fixedIp.address(), 80));
            }
        }
        final String id = "shared-" + random.nextInt(3);
        final Subnet subnet = outside();
        draft.floatingIps.put(
                id,
                spec(
                        id,
                        IpAddress.v4(subnet.cidr().address().toInt() + 230 + id.hashCode() % 10),
                        subnet.networkId(),
                        "",
                        forwardings));
        return "forward " + id;
    }

    private String changeElse(final Draft draft) {
        switch (random.nextInt(3)) {
            case 0 -> {
                final VirtualRouter router = any(draft.routers, one -> true);
                final List<RouteSpec> routes = router.routes().isEmpty()
                        ? List.of(new RouteSpec(Prefix.parse("192.0.2.0/24"), nextHop(router)))
                        : List.of();
                draft.routers.put(
                        router.id(),
                        new VirtualRouter(
                                ORIGIN,
                                router.id(),
                                router.name(),
                                router.isDistributed(),
                                router.isHa(),
                                random.nextInt(4) != 0,
                                router.gateway(),
                                routes,
                                router.snatHost()));
                return "change " + router.id();
            }
            case 1 -> {
                final Network network = any(draft.networks, one -> true);
                draft.networks.put(network.id(), network.withMtu(1400 + random.nextInt(3)));
                return "change " + network.id();
            }
            default -> {
                final Host host = any(draft.hosts, one -> true);
                draft.hosts.put(host.name(), host.withUnderlay("eth0", host.underlayMac(), 1500 + random.nextInt(3)));
                return "change " + host.name();
            }
        }
    }

    private IpAddress nextHop(final VirtualRouter router) {
        for (final Port port : topology.ports().values()) {
            if (port.deviceId().equals(router.id()) && port.owner().isRouterInterface()) {
                final FixedIp fixedIp = FixedIp.firstV4(port.fixedIps());
                if (fixedIp != null) {
                    return IpAddress.v4(fixedIp.address().toInt() + 9);
                }
            }
        }
        return IpAddress.v4(0);
    }
}
