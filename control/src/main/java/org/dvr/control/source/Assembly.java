package org.dvr.control.source;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.dvr.control.model.AddressScope;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.DvrHostMac;
import org.dvr.control.model.Findings;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Host;
import org.dvr.control.model.HostSettings;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Port;
import org.dvr.control.model.Resource;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.SubnetPool;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;
import org.dvr.control.model.WireNeighbor;

/**
 * Puts together what several files say: merges lists by key, agents into hosts, and fills in what depends on other resources
 * (default MTUs, the subnets of fixed IPs that name none).
 */
final class Assembly implements DocumentReader.Handler {
    private final Findings findings;
    private final HostSettings settings;
    private final ResourceReader reader;
    private final Map<String, Network> networks = new LinkedHashMap<>();
    private final Map<String, Subnet> subnets = new LinkedHashMap<>();
    private final Map<String, Port> ports = new LinkedHashMap<>();
    private final Map<String, VirtualRouter> routers = new LinkedHashMap<>();
    private final Map<String, FloatingIpSpec> floatingIps = new LinkedHashMap<>();
    private final Map<String, AddressScope> addressScopes = new LinkedHashMap<>();
    private final Map<String, SubnetPool> subnetPools = new LinkedHashMap<>();
    private final SortedMap<String, Host> hosts = new TreeMap<>();
    private final Map<String, DvrHostMac> dvrMacs = new LinkedHashMap<>();
    private final Map<String, WireNeighbor> neighbors = new LinkedHashMap<>();
    private final List<AgentSpec> agents = new ArrayList<>();
    private final Set<Resource> damaged = Collections.newSetFromMap(new IdentityHashMap<>());
    private String file = "";

    /** Settings are null where no configuration says anything about a host. */
    Assembly(final Findings findings, final HostSettings settings) {
        this.findings = findings;
        this.settings = settings;
        this.reader = new ResourceReader(findings);
    }

    void startFile(final String name) {
        file = name;
        reader.startFile();
    }

    void endFile() {
        reader.unknownKeys().report(findings);
    }

    @Override
    public void section(final String key) {
        if (!KnownKeys.isSection(key) && !KnownKeys.isNeutronSection(key)) {
            reader.unknownKeys().note(file, "", "", key, KnownKeys.sections());
        }
    }

    @Override
    public void item(final String key, final int index, final Element item) {
        final int before = findings.errors().size();
        final Resource added =
                switch (key) {
                    case "networks" -> add(networks, reader.network(file, index, item));
                    case "subnets" -> add(subnets, reader.subnet(file, index, item));
                    case "ports" -> add(ports, reader.port(file, index, item));
                    case "routers" -> add(routers, reader.router(file, index, item));
                    case "floatingips" -> add(floatingIps, reader.floatingIp(file, index, item));
                    case "address_scopes" -> add(addressScopes, reader.addressScope(file, index, item));
                    case "subnetpools" -> add(subnetPools, reader.subnetPool(file, index, item));
                    case "hosts" -> add(hosts, reader.host(file, index, item));
                    case "dvr_host_macs" -> add(dvrMacs, reader.dvrHostMac(file, index, item));
                    case "neighbors" -> add(neighbors, reader.neighbor(file, index, item));
                    case "agents" -> addAgent(reader.agent(file, index, item));
                    default -> null;
                };
        if (added != null && findings.errors().size() > before) {
            damaged.add(added);
        }
    }

    private Resource addAgent(final AgentSpec agent) {
        if (agent != null) {
            agents.add(agent);
        }
        return null;
    }

    private <T extends Record & Resource> T add(final Map<String, T> all, final T resource) {
        if (resource == null) {
            return null;
        }
        final T first = all.putIfAbsent(resource.id(), resource);
        if (first != null) {
            final boolean isOtherFile =
                    !first.origin().file().equals(resource.origin().file());
            if (!isOtherFile || !isSame(first, resource)) {
                findings.error(
                        resource.origin(),
                        duplicate(resource) + " is already used by " + first.origin()
                                + (isOtherFile ? ", which says something else" : ""));
            }
        }
        return resource;
    }

    private static String duplicate(final Resource resource) {
        return switch (resource) {
            case Host host -> "name " + host.name();
            case DvrHostMac mac -> "host " + mac.host();
            case WireNeighbor neighbor -> "on " + neighbor.wire() + ", ip_address " + neighbor.address();
            default -> "id " + resource.id();
        };
    }

    /** Equal in everything but where they were written. */
    private static boolean isSame(final Record a, final Record b) {
        try {
            for (final RecordComponent component : a.getClass().getRecordComponents()) {
                final Object left = component.getAccessor().invoke(a);
                final Object right = component.getAccessor().invoke(b);
                if (!"origin".equals(component.getName()) && !Objects.equals(left, right)) {
                    return false;
                }
            }
            return true;
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("the model's records are public", e);
        }
    }

    /** Resources about which there is an error already: what others expect of them need not be said too. */
    Set<Resource> damaged() {
        return damaged;
    }

    Topology topology() {
        mergeAgents();
        setDefaultMtus();
        findSubnets();
        return new Topology(
                Collections.unmodifiableMap(networks),
                Collections.unmodifiableMap(subnets),
                Collections.unmodifiableMap(ports),
                Collections.unmodifiableMap(routers),
                Collections.unmodifiableMap(floatingIps),
                Collections.unmodifiableMap(addressScopes),
                Collections.unmodifiableMap(subnetPools),
                Collections.unmodifiableSortedMap(hosts),
                Collections.unmodifiableMap(dvrMacs),
                List.copyOf(neighbors.values()));
    }

    /** What the short form of a host says counts; agents say the rest. */
    private void mergeAgents() {
        final Set<String> shortForms = new HashSet<>(hosts.keySet());
        for (final AgentSpec agent : agents) {
            final Host before = hosts.get(agent.host());
            hosts.put(
                    agent.host(),
                    merged(before == null ? blank(agent) : before, agent, shortForms.contains(agent.host())));
        }
        if (settings != null) {
            hosts.compute(settings.host(), (name, host) -> new SettingsMerge(settings, findings).merged(host));
        }
        final int underlayMtu = settings == null
                ? Host.DEFAULT_UNDERLAY_MTU
                : settings.underlayMtu().orElse(Host.DEFAULT_UNDERLAY_MTU);
        hosts.replaceAll((name, host) -> complete(host, underlayMtu));
    }

    private static Host blank(final AgentSpec agent) {
        return new Host(agent.origin(), agent.host(), null, null, null, Map.of(), Map.of(), 0, "", 0);
    }

    private static Host complete(final Host host, final int underlayMtu) {
        return new Host(
                host.origin(),
                host.name(),
                host.mode() == null ? AgentMode.LEGACY : host.mode(),
                host.tunnelIp(),
                host.tunnelKinds() == null ? Set.of(NetworkKind.VXLAN, NetworkKind.GRE) : host.tunnelKinds(),
                host.bridgeMappings(),
                host.externalMacs(),
                host.underlayMac(),
                host.underlayDevice(),
                host.underlayMtu() == 0 ? underlayMtu : host.underlayMtu());
    }

    private Host merged(final Host host, final AgentSpec agent, final boolean isShortForm) {
        if (!isShortForm
                && host.tunnelIp() != null
                && agent.tunnelIp() != null
                && !host.tunnelIp().equals(agent.tunnelIp())) {
            findings.error(
                    agent.origin(),
                    "configurations.tunneling_ip " + agent.tunnelIp() + " is not " + host.tunnelIp()
                            + " as another agent of the host says");
        }
        final Map<String, String> mappings = new LinkedHashMap<>(agent.bridgeMappings());
        mappings.putAll(host.bridgeMappings());
        return new Host(
                host.origin(),
                host.name(),
                host.mode() == null ? agent.mode() : host.mode(),
                host.tunnelIp() == null ? agent.tunnelIp() : host.tunnelIp(),
                host.tunnelKinds() == null ? agent.tunnelKinds() : host.tunnelKinds(),
                mappings,
                host.externalMacs(),
                host.underlayMac(),
                host.underlayDevice(),
                host.underlayMtu());
    }

    /** A network without an MTU gets that of the smallest underlay, less what its encapsulation takes. */
    private void setDefaultMtus() {
        int underlayMtu = Integer.MAX_VALUE;
        boolean isIpv6 = false;
        for (final Host host : hosts.values()) {
            isIpv6 |= host.isIpv6Underlay();
            underlayMtu = Math.min(underlayMtu, host.underlayMtu());
        }
        final int smallest = underlayMtu == Integer.MAX_VALUE ? Host.DEFAULT_UNDERLAY_MTU : underlayMtu;
        final boolean isIpv6Underlay = isIpv6;
        networks.replaceAll((id, network) -> {
            if (network.mtu() != 0 || network.kind() == null) {
                return network;
            }
            final int overhead = network.kind().overhead(isIpv6Underlay);
            final Network complete = network.withMtu(overhead == 0 ? Host.DEFAULT_UNDERLAY_MTU : smallest - overhead);
            if (damaged.contains(network)) {
                damaged.add(complete);
            }
            return complete;
        });
    }

    /** A fixed IP written without its subnet is in the one of its network that covers it. */
    private void findSubnets() {
        final Map<String, List<Subnet>> byNetwork = new LinkedHashMap<>();
        for (final Subnet subnet : subnets.values()) {
            byNetwork
                    .computeIfAbsent(subnet.networkId(), none -> new ArrayList<>())
                    .add(subnet);
        }
        ports.replaceAll((id, port) -> {
            boolean isComplete = true;
            for (final FixedIp fixedIp : port.fixedIps()) {
                isComplete &= !fixedIp.subnetId().isEmpty() || fixedIp.address() == null;
            }
            if (isComplete) {
                return port;
            }
            final Port complete =
                    port.withFixedIps(found(port.fixedIps(), byNetwork.getOrDefault(port.networkId(), List.of())));
            if (damaged.contains(port)) {
                damaged.add(complete);
            }
            return complete;
        });
    }

    private static List<FixedIp> found(final List<FixedIp> fixedIps, final List<Subnet> candidates) {
        final List<FixedIp> found = new ArrayList<>(fixedIps.size());
        for (final FixedIp fixedIp : fixedIps) {
            String subnetId = fixedIp.subnetId();
            if (subnetId.isEmpty() && fixedIp.address() != null) {
                for (final Subnet subnet : candidates) {
                    if (subnet.cidr() != null && subnet.cidr().contains(fixedIp.address())) {
                        subnetId = subnet.id();
                        break;
                    }
                }
            }
            found.add(new FixedIp(subnetId, fixedIp.address()));
        }
        return List.copyOf(found);
    }
}
