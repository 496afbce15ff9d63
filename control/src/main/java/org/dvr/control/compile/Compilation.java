package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.agrona.collections.IntHashSet;
import org.dvr.control.model.AddressPair;
import org.dvr.control.model.Findings;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.Host;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Port;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;
import org.dvr.control.model.WireNeighbor;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.MetadataPort;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;
import org.dvr.dataplane.topology.TopologySnapshot;

/** One compilation for one host: attachment points, segments and layer 2 here, routing in {@link RouterCompilation} and {@link CentralCompilation}. */
final class Compilation {
    private final Cloud cloud;
    private final Topology topology;
    private final Host self;
    private final StableIds ids;
    private final Findings findings;
    private final MetadataProxy metadata;
    private final Compiled before; // null where nothing is taken over
    private final Set<String> renewed; // networks

    /**
     * What the next compilation may go on from.
     *
     * @param snapshot of the same host
     * @param peers its tunnel endpoints, by host
     * @param routers distributed and central ones that were there, in order
     */
    record Compiled(TopologySnapshot snapshot, Map<String, Peer> peers, List<List<String>> routers) {}

    /** Ports with a device here, by device name. */
    private final Map<String, Port> guestPorts = new TreeMap<>();

    private final List<VirtualRouter> routers = new ArrayList<>();
    private List<VirtualRouter> centralRouters = List.of();
    private final Map<String, Attachment> physicals = new HashMap<>();
    private final Map<String, Attachment> guests = new HashMap<>();
    private final Map<String, Segment> segments = new LinkedHashMap<>();
    private final Map<String, Peer> peers = new HashMap<>();

    /**
     * @param cloud a topology, and where things are in it
     * @param self the host
     * @param ids its ids
     * @param findings takes errors and warnings
     * @param metadata null where the host has no proxy
     * @param before the last compilation for this host, null = to begin anew; hosts, wires, networks, subnets and routers have not changed since
     * @param renewed ids of the networks of which something on the second layer has changed since
     */
    Compilation(
            final Cloud cloud,
            final Host self,
            final StableIds ids,
            final Findings findings,
            final MetadataProxy metadata,
            final Compiled before,
            final Set<String> renewed) {
        this.cloud = cloud;
        this.topology = cloud.topology();
        this.self = self;
        this.ids = ids;
        this.findings = findings;
        this.metadata = metadata;
        this.before = before;
        this.renewed = renewed;
    }

    /** Null where there are errors. */
    Compiled run() {
        findGuestPorts();
        findRouters();
        final SortedSet<String> networkIds = networksHere();
        // Where a router has come or gone, so have its ports among the neighbors.
        final boolean goesOn = before != null && before.routers().equals(routerIds());
        final SnapshotBuilder builder = goesOn ? goOn(networkIds) : begin(networkIds);
        builder.dvrMac(topology.dvrMac(self.name()));
        final Map<String, Attachment> wires = addWires(builder);
        if (!goesOn) {
            addHosts(builder);
            addWireNeighbors(builder, wires);
        }
        addSegments(builder, networkIds);
        if (findings.hasErrors()) {
            return null;
        }
        addGuests(builder);
        for (final String networkId : segments.keySet()) {
            addLayer2(builder, topology.networks().get(networkId));
        }
        new RouterCompilation(cloud, self, ids, findings, builder, segments, guests).add(routers);
        new CentralCompilation(cloud, self, ids, findings, builder, segments).add(centralRouters);
        if (metadata != null && physicals.containsKey(MetadataPort.NAME)) {
            findings.error("host " + self.name() + ": bridge_mappings has the label " + MetadataPort.NAME
                    + ", which is the attachment point of the metadata proxy; switch the option metadata off or name the"
                    + " physical network otherwise");
        } else if (metadata != null && !findings.hasErrors()) {
            builder.metadata(ids.attachment(MetadataPort.NAME), metadata);
            new MetadataCompilation(cloud, self, ids, findings, builder, segments, guests).add(metadata);
        }
        return findings.hasErrors() ? null : new Compiled(builder.build(), peers, routerIds());
    }

    private SnapshotBuilder begin(final SortedSet<String> networkIds) {
        int expectedPorts = 0;
        for (final String networkId : networkIds) {
            expectedPorts += cloud.portsOfNetwork(networkId).size();
        }
        return new SnapshotBuilder(self.name(), ids.nextVersion(), expectedPorts);
    }

    private SnapshotBuilder goOn(final SortedSet<String> networkIds) {
        peers.putAll(before.peers());
        final IntHashSet renewedIds = new IntHashSet();
        for (final Segment segment : before.snapshot().segments()) {
            if (renewed.contains(segment.networkId()) || !networkIds.contains(segment.networkId())) {
                renewedIds.add(segment.id());
            }
        }
        for (final String networkId : networkIds) {
            final int id = ids.segment(networkId);
            if (id != StableIds.EXHAUSTED && before.snapshot().segmentById(id) == null) {
                renewedIds.add(id);
            }
        }
        return new SnapshotBuilder(before.snapshot(), ids.nextVersion(), renewedIds);
    }

    private List<List<String>> routerIds() {
        return List.of(
                routers.stream().map(VirtualRouter::id).toList(),
                centralRouters.stream().map(VirtualRouter::id).toList());
    }

    private void findGuestPorts() {
        for (final Port port : cloud.portsOfHost(self.name())) {
            if (port.owner().isServiced() && topology.networks().containsKey(port.networkId())) {
                guestPorts.put(port.deviceName(), port);
            }
        }
    }

    private void findRouters() {
        for (final VirtualRouter router : topology.routers().values()) {
            if (cloud.isPresent(router.id(), self.name())) {
                routers.add(router);
            } else if (router.isDistributed() && cloud.isWanted(router.id(), self.name())) {
                findings.warning(
                        "host " + self.name() + " has agent_mode " + self.mode().label() + ": distributed router "
                                + router.title() + " does not exist there, though it is needed");
            }
        }
        routers.sort(Comparator.comparing(VirtualRouter::id));
        centralRouters = CentralCompilation.activeOn(cloud, self, findings);
    }

    /** The networks of local ports, of present routers and of central routers, and external networks with a leg here; served kinds only. */
    private SortedSet<String> networksHere() {
        final SortedSet<String> networkIds = new TreeSet<>();
        for (final Port port : guestPorts.values()) {
            networkIds.add(port.networkId());
        }
        for (final VirtualRouter router : routers) {
            for (final Port port : cloud.interfacesOf(router.id())) {
                networkIds.add(port.networkId());
            }
            if (RouterCompilation.hasExternalLeg(router, topology, self)) {
                networkIds.add(router.gateway().networkId());
            }
        }
        for (final VirtualRouter router : centralRouters) {
            for (final Port port : cloud.centralPortsOf(router)) {
                networkIds.add(port.networkId());
            }
            if (router.gateway() != null) {
                networkIds.add(router.gateway().networkId());
            }
        }
        networkIds.removeIf(id -> topology.networks().get(id).kind() == NetworkKind.GENEVE);
        return networkIds;
    }

    private void addHosts(final SnapshotBuilder builder) {
        final List<Host> others = new ArrayList<>(topology.hosts().values());
        others.remove(self);
        for (final Host other : others) {
            builder.foreignDvrMac(topology.dvrMac(other.name()));
        }
        for (final String listed : topology.dvrMacs().keySet()) {
            if (!listed.equals(self.name())) {
                builder.foreignDvrMac(topology.dvrMac(listed));
            }
        }
        others.removeIf(host -> !host.hasTunnels());
        others.sort(Comparator.comparing(Host::tunnelIp));
        final Map<IpAddress, Long> underlayNeighbors = new HashMap<>();
        for (final WireNeighbor neighbor : topology.neighbors()) {
            if (neighbor.wire().equals(WireNeighbor.UNDERLAY)) {
                underlayNeighbors.put(neighbor.address(), neighbor.mac());
            }
        }
        for (final Host other : others) {
            final long mac = underlayNeighbors.getOrDefault(other.tunnelIp(), other.underlayMac());
            final Peer peer = Peer.of(ids.peer(other.tunnelIp()), tunnelAddress(other), mac, other.name());
            builder.peer(peer);
            peers.put(other.name(), peer);
        }
    }

    /** In the data plane's form. */
    private static org.dvr.dataplane.topology.IpAddress tunnelAddress(final Host host) {
        final IpAddress address = host.tunnelIp();
        return address.isV4()
                ? org.dvr.dataplane.topology.IpAddress.ofIpv4(address.toInt())
                : new org.dvr.dataplane.topology.IpAddress(address.high(), address.low());
    }

    private Map<String, Attachment> addWires(final SnapshotBuilder builder) {
        final TreeSet<String> names = new TreeSet<>(self.bridgeMappings().keySet());
        names.addAll(guestPorts.keySet());
        if (self.hasTunnels()) {
            names.add(WireNeighbor.UNDERLAY);
        }
        for (final String name : names) {
            ids.attachment(name);
        }
        final Map<String, Attachment> wires = new HashMap<>();
        if (self.hasTunnels()) {
            wires.put(
                    WireNeighbor.UNDERLAY,
                    builder.underlay(
                            ids.attachment(WireNeighbor.UNDERLAY),
                            tunnelAddress(self),
                            self.ownUnderlayMac(),
                            self.underlayMtu()));
        }
        for (final String label : new TreeSet<>(self.bridgeMappings().keySet())) {
            physicals.put(label, builder.physical(ids.attachment(label), label));
        }
        wires.putAll(physicals);
        return wires;
    }

    private void addWireNeighbors(final SnapshotBuilder builder, final Map<String, Attachment> wires) {
        for (final WireNeighbor neighbor : topology.neighbors()) {
            final Attachment wire = wires.get(neighbor.wire());
            if (wire != null && neighbor.address().isV4()) {
                builder.neighborOnWire(wire, neighbor.address().toInt(), neighbor.mac());
            }
        }
    }

    private void addSegments(final SnapshotBuilder builder, final SortedSet<String> networkIds) {
        for (final String networkId : networkIds) {
            final Network network = topology.networks().get(networkId);
            final int id = ids.segment(networkId);
            if (id == StableIds.EXHAUSTED) {
                findings.error("host " + self.name() + " has had more than 65535 networks");
                return;
            }
            if (network.kind().isTunneled() && !self.carries(network)) {
                findings.warning("network " + network.title() + ": host " + self.name() + " has no "
                        + network.kind().label() + " tunnels, its frames stay on the host");
            } else if (network.kind().isPhysical() && !self.carries(network)) {
                findings.warning("network " + network.title() + ": host " + self.name()
                        + " does not map physical network " + network.physicalNetwork()
                        + ", its frames stay on the host");
            }
            segments.put(
                    networkId,
                    builder.segment(
                            id,
                            networkId,
                            network.name(),
                            NetworkType.valueOf(network.kind().name()),
                            (int) network.segmentationId(),
                            physicals.get(network.physicalNetwork()),
                            network.mtu(),
                            network.isExternal(),
                            network.isUp()));
        }
    }

    private void addGuests(final SnapshotBuilder builder) {
        for (final Port port : guestPorts.values()) {
            final Segment segment = segments.get(port.networkId());
            if (segment == null) {
                continue;
            }
            final Attachment guest = builder.guest(
                    ids.attachment(port.deviceName()),
                    port.deviceName(),
                    segment,
                    port.id(),
                    port.owner().text(),
                    port.mac(),
                    true,
                    port.isUp(),
                    port.hasPortSecurity());
            for (final FixedIp fixedIp : port.fixedIps()) {
                if (fixedIp.address().isV4()) {
                    builder.allow(guest, fixedIp.address().toInt(), 32, port.mac());
                } else {
                    builder.allow6(
                            guest, fixedIp.address().high(), fixedIp.address().low(), 128);
                }
            }
            for (final AddressPair pair : port.addressPairs()) {
                final long mac = pair.mac() == 0 ? port.mac() : pair.mac();
                if (pair.prefix().isV4()) {
                    builder.allow(
                            guest,
                            pair.prefix().address().toInt(),
                            pair.prefix().length(),
                            mac);
                } else {
                    final IpAddress network = pair.prefix().address();
                    builder.allowMac(guest, mac);
                    builder.allow6(
                            guest, network.high(), network.low(), pair.prefix().length());
                }
            }
            for (final AddressPair pair : port.addressPairs()) {
                if (cloud.addressOwnersOf(port.networkId()).isOwnMac(port, pair)) {
                    builder.localMac(guest, pair.mac());
                }
            }
            guests.put(port.id(), guest);
        }
    }

    /** FDB, neighbors and flood list of a segment (dvr.md §4.5, §5). */
    private void addLayer2(final SnapshotBuilder builder, final Network network) {
        final Segment segment = segments.get(network.id());
        if (builder.isTakenOver(segment)) {
            return;
        }
        final List<Port> ports = cloud.portsOfNetwork(network.id());
        final AddressOwners owners = cloud.addressOwnersOf(network.id());
        final boolean isCarried = network.kind().isTunneled() && self.carries(network);
        for (final Port port : ports) {
            if (port.owner().isPlaceHolder()) {
                continue;
            }
            final Peer peer = isCarried ? peerOf(port, network) : null;
            final Attachment guest = guests.get(port.id());
            if (peer != null && !cloud.isHighlyAvailable(port)) {
                builder.remoteMac(segment, port.mac(), peer);
            }
            if (isBehindWire(port, network, segment)) {
                builder.wireMac(segment, port.mac());
            }
            // External networks are the outside world's: neighbors there answer for themselves (contract.md §6 row 8).
            if (!network.isExternal()) {
                addNeighbors(builder, segment, port, owners);
            }
            addPairs(builder, segment, port, owners, guest != null, peer, network.isExternal());
        }
        if (isCarried) {
            final BitSet served = cloud.hostsOfNetwork(network.id());
            for (int i = served.nextSetBit(0); i >= 0; i = served.nextSetBit(i + 1)) {
                final Host host = cloud.hosts().get(i);
                if (!host.name().equals(self.name()) && host.carries(network)) {
                    builder.floodTo(segment, peers.get(host.name()));
                }
            }
        }
    }

    /** Has another host a port of a VLAN or flat network? Of external networks the wire alone tells (contract.md §6 row 8). */
    private boolean isBehindWire(final Port port, final Network network, final Segment segment) {
        final String host = cloud.hostOf(port);
        return segment.uplink() != null
                && !network.isExternal()
                && host != null
                && !host.isEmpty()
                && !host.equals(self.name())
                && !cloud.isDistributedInterface(port)
                && !cloud.isHighlyAvailable(port);
    }

    /** The host behind whose tunnel a port is; null where it is here, nowhere or everywhere. */
    private Peer peerOf(final Port port, final Network network) {
        if (cloud.isDistributedInterface(port)) {
            return null;
        }
        final Host host = topology.hosts().get(cloud.hostOf(port));
        return host == null || !host.carries(network) ? null : peers.get(host.name());
    }

    private void addNeighbors(
            final SnapshotBuilder builder, final Segment segment, final Port port, final AddressOwners owners) {
        final boolean isAnswered = !cloud.isHighlyAvailable(port);
        for (final FixedIp fixedIp : port.fixedIps()) {
            if (!fixedIp.address().isV4()) {
                builder.neighbor6(
                        segment, fixedIp.address().high(), fixedIp.address().low(), port.mac());
                continue;
            }
            final int ip = fixedIp.address().toInt();
            // A virtual address: the port that reserves it is bound nowhere, those that may use it are elsewhere.
            final boolean isVirtual = port.owner().isServiced() && port.host().isEmpty() && owners.isClaimedByPair(ip);
            if (!isVirtual) {
                builder.neighbor(segment, ip, port.mac(), isAnswered);
            }
        }
    }

    private void addPairs(
            final SnapshotBuilder builder,
            final Segment segment,
            final Port port,
            final AddressOwners owners,
            final boolean isHere,
            final Peer peer,
            final boolean isExternal) {
        if (port.host().isEmpty()) {
            return;
        }
        for (final AddressPair pair : port.addressPairs()) {
            if (!isExternal && owners.isOwnIp(pair)) {
                final long mac = pair.mac() == 0 ? port.mac() : pair.mac();
                builder.neighbor(segment, pair.prefix().address().toInt(), mac, true);
            }
            if (!isHere && peer != null && owners.isOwnMac(port, pair)) {
                builder.remoteMac(segment, pair.mac(), peer);
            }
        }
    }
}
