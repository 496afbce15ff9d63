package org.dvr.bench.change;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.DvrHostMac;
import org.dvr.control.model.ExternalGateway;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Origin;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortOwner;
import org.dvr.control.model.Prefix;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;

/**
 * A cloud of so many ports, in networks of 100, a host for each hundred: two networks behind each distributed router, guests spread over all hosts, a floating IP for
 * every tenth port. Each host has about 100 guests, in as many networks.
 */
final class LargeCloud {
    static final String HOST = "host-0000";

    private static final int PORTS_PER_NETWORK = 100;
    private static final int PORTS_PER_HOST = 100;
    private static final int PORTS_PER_FLOATING_IP = 10;
    private static final int EXTERNAL = 0x0B00_0000; // 11.0.0.0/8
    private static final Origin ORIGIN = new Origin("bench", "cloud", 0, "");
    private static final String OUTSIDE = "net-outside";
    private static final String OUTSIDE_SUBNET = "subnet-outside";

    private final Map<String, Network> networks = new LinkedHashMap<>();
    private final Map<String, Subnet> subnets = new LinkedHashMap<>();
    private final Map<String, Port> ports = new LinkedHashMap<>();
    private final Map<String, VirtualRouter> routers = new LinkedHashMap<>();
    private final Map<String, FloatingIpSpec> floatingIps = new LinkedHashMap<>();
    private final SortedMap<String, Host> hosts = new TreeMap<>();
    private final Map<String, DvrHostMac> dvrMacs = new LinkedHashMap<>();
    private final List<Port> guestsHere = new ArrayList<>();
    private final int hostCount;

    LargeCloud(final int portCount) {
        hostCount = Math.max(2, portCount / PORTS_PER_HOST);
        for (int i = 0; i < hostCount; i++) {
            addHost(i);
        }
        addNetwork(OUTSIDE, NetworkKind.FLAT, 0, true);
        addSubnet(OUTSIDE_SUBNET, OUTSIDE, "11.0.0.0/8", IpAddress.v4(EXTERNAL + 1));
        final int networkCount = Math.max(2, portCount / PORTS_PER_NETWORK);
        for (int i = 0; i < networkCount; i++) {
            addTenant(i);
        }
    }

    private static String host(final int number) {
        return String.format("host-%04d", number);
    }

    private void addHost(final int number) {
        final String name = host(number);
        hosts.put(
                name,
                new Host(
                        ORIGIN,
                        name,
                        AgentMode.DVR_SNAT,
                        IpAddress.v4(0xAC10_0001 + number),
                        Set.of(NetworkKind.VXLAN),
                        Map.of("provider", "br-ex"),
                        Map.of(),
                        0x0200_0000_0000L + number,
                        "",
                        1_600));
        // A thousand names are enough for two to have the same derived MAC.
        dvrMacs.put(name, new DvrHostMac(ORIGIN, name, 0xFA16_3F00_0000L + number));
    }

    private void addNetwork(
            final String id, final NetworkKind kind, final int segmentationId, final boolean isExternal) {
        final String physical = kind == NetworkKind.FLAT ? "provider" : "";
        networks.put(id, new Network(ORIGIN, id, "", kind, segmentationId, physical, isExternal, 1_500, true));
    }

    private void addSubnet(final String id, final String networkId, final String cidr, final IpAddress gatewayIp) {
        subnets.put(id, new Subnet(ORIGIN, id, networkId, Prefix.parse(cidr), gatewayIp, List.of(), "", "", ""));
    }

    private void addTenant(final int number) {
        final String networkId = "net-" + number;
        final String subnetId = "subnet-" + number;
        final String routerId = "router-" + number / 2;
        final int network = 0x0A00_0000 + (number << 8);
        addNetwork(networkId, NetworkKind.VXLAN, number + 1, false);
        addSubnet(subnetId, networkId, IpAddress.v4(network) + "/24", IpAddress.v4(network + 1));
        if (number % 2 == 0) {
            final ExternalGateway gateway = new ExternalGateway(
                    OUTSIDE, true, List.of(new FixedIp(OUTSIDE_SUBNET, IpAddress.v4(EXTERNAL + (1 << 20) + number))));
            routers.put(
                    routerId,
                    new VirtualRouter(
                            ORIGIN,
                            routerId,
                            "",
                            true,
                            false,
                            true,
                            gateway,
                            List.of(),
                            host(1 + number % (hostCount - 1))));
        }
        for (int i = 0; i < PORTS_PER_NETWORK; i++) {
            final String owner = i == 0
                    ? "network:router_interface_distributed"
                    : i == 1 ? "network:router_centralized_snat" : "compute:nova";
            final boolean isRouters = i < 2;
            final String bound = i == 0
                    ? ""
                    : i == 1 ? host(1 + number / 2 * 2 % (hostCount - 1)) : host((number * 7 + i * 13) % hostCount);
            addPort(
                    number * PORTS_PER_NETWORK + i,
                    networkId,
                    subnetId,
                    network + 1 + i,
                    owner,
                    isRouters ? routerId : "",
                    bound);
        }
    }

    private void addPort(
            final int number,
            final String networkId,
            final String subnetId,
            final int ip,
            final String owner,
            final String deviceId,
            final String bound) {
        final String id = String.format("%08x-%06d", number, number);
        final Port port = new Port(
                ORIGIN,
                id,
                networkId,
                0xFA16_3E00_0000L + number,
                List.of(new FixedIp(subnetId, IpAddress.v4(ip))),
                PortOwner.of(owner),
                deviceId,
                bound,
                "",
                List.of(),
                true,
                true,
                "ACTIVE");
        ports.put(id, port);
        if (deviceId.isEmpty() && bound.equals(HOST)) {
            guestsHere.add(port);
        }
        if (deviceId.isEmpty() && number % PORTS_PER_FLOATING_IP == PORTS_PER_FLOATING_IP - 1) {
            final FloatingIpSpec floatingIp = floatingIp("fip-" + number, EXTERNAL + (2 << 20) + number, id);
            floatingIps.put(floatingIp.id(), floatingIp);
        }
    }

    private static FloatingIpSpec floatingIp(final String id, final int address, final String portId) {
        return new FloatingIpSpec(ORIGIN, id, IpAddress.v4(address), OUTSIDE, null, portId, "", List.of());
    }

    Topology topology() {
        return new Topology(
                networks, subnets, ports, routers, floatingIps, Map.of(), Map.of(), hosts, dvrMacs, List.of());
    }

    /** One more floating IP, that stands for a guest of {@link #HOST} which has none: another guest each time. */
    FloatingIpSpec moving(final int turn) {
        final List<Port> free = guestsHere.stream()
                .filter(port -> floatingIps.values().stream()
                        .noneMatch(other -> other.portId().equals(port.id())))
                .limit(2)
                .toList();
        return floatingIp(
                "fip-moving", EXTERNAL + (1 << 22), free.get(turn % free.size()).id());
    }

    /** A guest elsewhere, in a network of {@link #HOST}, whose MAC differs with each turn. */
    Port changing(final int turn) {
        final Port here = guestsHere.getFirst();
        final Port there = ports.values().stream()
                .filter(port -> port.networkId().equals(here.networkId())
                        && port.owner().isServiced()
                        && !port.host().equals(HOST))
                .findFirst()
                .orElseThrow();
        return new Port(
                ORIGIN,
                there.id(),
                there.networkId(),
                0xFA16_3EFF_FF00L + turn % 2,
                there.fixedIps(),
                there.owner(),
                there.deviceId(),
                there.host(),
                "",
                List.of(),
                true,
                true,
                "ACTIVE");
    }
}
