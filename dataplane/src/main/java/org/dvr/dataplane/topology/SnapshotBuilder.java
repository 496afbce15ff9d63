package org.dvr.dataplane.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.collections.IntHashSet;
import org.dvr.dataplane.table.NeighborTable;

/**
 * Builds a {@link TopologySnapshot}: first attachment points and segments, then routers and their ports, then what leads to them.
 * Used once, by one thread. It trusts its caller to have validated what it says.
 */
public final class SnapshotBuilder {
    private static final long LINK_LOCAL = 0xFE80L << 48;

    private final TopologySnapshot snapshot;
    private final TopologySnapshot before; // null where nothing is taken over
    private IntHashSet renewedSegments = new IntHashSet();
    private final List<Attachment> attachments = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private final List<Router> routers = new ArrayList<>();
    private final List<ExternalPort> externalPorts = new ArrayList<>();
    private final Map<Segment, List<Attachment>> localPorts = new HashMap<>();
    private final Map<Segment, List<RouterPort>> routerPorts = new HashMap<>();
    private final Map<Segment, List<Peer>> floodPeers = new HashMap<>();
    private final Map<Router, List<RouterPort>> portsOfRouter = new HashMap<>();
    private final Map<Router, List<Route>> onLinkRoutes = new HashMap<>();
    private final List<Peer> peers = new ArrayList<>();
    private final Map<Peer, FdbEntry> peerEntries = new HashMap<>();

    /**
     * @param host name of the host whose view this is
     * @param version grows with every snapshot, 1 or more
     * @param expectedPorts how many MACs the tables will hold, roughly
     */
    public SnapshotBuilder(final String host, final long version, final int expectedPorts) {
        snapshot = new TopologySnapshot(host, version, expectedPorts);
        before = null;
    }

    /**
     * Begins with what an earlier snapshot says of other hosts: tunnel endpoints and DVR MACs, and in each segment which MACs are behind tunnels and wires and
     * which neighbors there are, flood lists included. Whoever uses this says everything else anew, as to an empty builder, and repeats none of that but for
     * the renewed segments.
     *
     * @param before the earlier snapshot of the same host, with the same wires
     * @param version grows with every snapshot
     * @param renewedSegments ids of segments of which nothing is taken over
     */
    public SnapshotBuilder(final TopologySnapshot before, final long version, final IntHashSet renewedSegments) {
        snapshot = new TopologySnapshot(before, version, renewedSegments);
        this.before = before;
        this.renewedSegments = renewedSegments;
    }

    /**
     * Does a segment begin with what the earlier snapshot said of it?
     *
     * @param segment a segment
     * @return true where its far MACs, neighbors and flood list need not be said
     */
    public boolean isTakenOver(final Segment segment) {
        return before != null && before.segmentById(segment.id()) != null && !renewedSegments.contains(segment.id());
    }

    /** A wire is the same object in all snapshots that share what is behind it. */
    private Attachment wire(final int attachmentId, final String name, final AttachmentKind kind, final long mac) {
        Attachment wire = before == null ? null : before.attachmentById(attachmentId);
        if (wire == null || wire.kind() != kind || wire.mac() != mac) {
            wire = new Attachment(attachmentId, name, kind);
            wire.mac = mac;
        }
        attachments.add(wire);
        return wire;
    }

    /**
     * Sets the underlay and adds its attachment point, named {@code underlay}.
     *
     * @param attachmentId stable id
     * @param vtepIp tunnel address of this host
     * @param mac MAC of the device, low 48 bits
     * @param mtu largest IP packet in bytes
     * @return the attachment point
     */
    public Attachment underlay(final int attachmentId, final int vtepIp, final long mac, final int mtu) {
        return underlay(attachmentId, IpAddress.ofIpv4(vtepIp), mac, mtu);
    }

    /**
     * Sets the underlay and adds its attachment point, named {@code underlay}.
     *
     * @param attachmentId stable id
     * @param vtep tunnel address of this host; its peers' are of the same family
     * @param mac MAC of the device, low 48 bits
     * @param mtu largest IP packet in bytes
     * @return the attachment point
     */
    public Attachment underlay(final int attachmentId, final IpAddress vtep, final long mac, final int mtu) {
        if (vtep.isIpv4()) {
            snapshot.vtepIp = vtep.ipv4();
        } else {
            snapshot.vtepHigh = vtep.high();
            snapshot.vtepLow = vtep.low();
        }
        snapshot.underlayMac = mac;
        snapshot.underlayMtu = mtu;
        final Attachment attachment = wire(attachmentId, "underlay", AttachmentKind.UNDERLAY, mac);
        snapshot.underlay = attachment;
        return attachment;
    }

    /**
     * Sets the DVR MAC of this host.
     *
     * @param mac low 48 bits
     */
    public void dvrMac(final long mac) {
        snapshot.dvrMac = mac;
    }

    /**
     * Adds the DVR MAC of another host.
     *
     * @param mac low 48 bits
     */
    public void foreignDvrMac(final long mac) {
        snapshot.foreignDvrMacs.add(mac);
    }

    /**
     * Adds another host's tunnel endpoint.
     *
     * @param peer the endpoint
     */
    public void peer(final Peer peer) {
        snapshot.peersByIp.put(peer.ip(), peer);
        if (peer.isIpv6()) {
            final Peer[] alike = snapshot.peersByLow.getOrDefault(peer.low(), new Peer[0]);
            final Peer[] more = Arrays.copyOf(alike, alike.length + 1);
            more[alike.length] = peer;
            snapshot.peersByLow.put(peer.low(), more);
        }
        peers.add(peer);
    }

    /**
     * Adds the attachment point of a physical network.
     *
     * @param attachmentId stable id
     * @param label the network's label
     * @return the attachment point
     */
    public Attachment physical(final int attachmentId, final String label) {
        return wire(attachmentId, label, AttachmentKind.PHYSICAL, 0);
    }

    /**
     * Adds the attachment point of the metadata proxy.
     *
     * @param attachmentId stable id
     * @param proxy where it listens
     */
    public void metadata(final int attachmentId, final MetadataProxy proxy) {
        final Attachment attachment = new Attachment(attachmentId, MetadataPort.NAME, AttachmentKind.METADATA);
        attachment.mac = MetadataPort.DEVICE_MAC;
        snapshot.metadata = new MetadataPort(attachment, proxy);
        attachments.add(attachment);
    }

    /**
     * Lets a guest ask for metadata. The attachment point of the proxy must be there.
     *
     * @param address of 240.0.0.0/16, of nobody else
     * @param fixedIp the guest's IPv4 address
     * @param port of the router, in the guest's subnet
     * @param mac MAC of the guest's port, low 48 bits
     * @param guest its attachment point, null where it is on another host
     */
    public void metadataGuest(
            final int address, final int fixedIp, final RouterPort port, final long mac, final Attachment guest) {
        final MetadataGuest entry = new MetadataGuest(address, fixedIp, port, mac, guest);
        snapshot.metadata.guests.put(address, entry);
        port.router().metadataGuests.put(fixedIp, entry);
    }

    /**
     * The router ports in a segment, in the order they were added.
     *
     * @param segment a segment
     * @return ports of distributed and central routers
     */
    public List<RouterPort> routerPortsIn(final Segment segment) {
        final List<RouterPort> ports = new ArrayList<>();
        for (final Router router : routers) {
            for (final RouterPort port : portsOfRouter.getOrDefault(router, List.of())) {
                if (port.segment() == segment) {
                    ports.add(port);
                }
            }
        }
        return ports;
    }

    /**
     * Adds a segment that exists on this host.
     *
     * @param id stable id, 1 to 65,535
     * @param networkId the Neutron network
     * @param name its name, may be empty
     * @param type how it travels
     * @param segmentationId VNI, key or VLAN id; 0 where the type has none
     * @param uplink the physical network of VLAN and flat networks, else null
     * @param mtu largest IP packet in bytes
     * @param isExternal {@code router:external}
     * @param isUp {@code admin_state_up}
     * @return the segment
     */
    public Segment segment(
            final int id,
            final String networkId,
            final String name,
            final NetworkType type,
            final int segmentationId,
            final Attachment uplink,
            final int mtu,
            final boolean isExternal,
            final boolean isUp) {
        final Segment segment = new Segment(id, networkId, name, type, segmentationId);
        if (isTakenOver(segment)) {
            before.segmentById(id).neighbors6.copyTo(segment.neighbors6);
        }
        segment.uplink = uplink;
        segment.mtu = mtu;
        segment.isExternal = isExternal;
        segment.isUp = isUp;
        segments.add(segment);
        switch (type) {
            case VXLAN -> snapshot.segmentsByVni.put(segmentationId, segment);
            case GRE -> snapshot.segmentsByGreKey.put(segmentationId, segment);
            case VLAN, FLAT -> {
                if (uplink != null) {
                    snapshot.segmentsByVlan.put(TopologySnapshot.vlanKey(uplink, segment.vlanId()), segment);
                }
            }
            case LOCAL -> {}
        }
        return segment;
    }

    /**
     * Adds a port bound to this host, and its FDB entry.
     *
     * @param attachmentId stable id
     * @param name name of its device
     * @param segment where it is
     * @param portId the Neutron port
     * @param deviceOwner its {@code device_owner}
     * @param mac its MAC, low 48 bits
     * @param isServiced whether routed frames from other hosts are delivered to it (dvr.md §1.3)
     * @param isUp {@code admin_state_up}
     * @param hasPortSecurity {@code port_security_enabled}
     * @return the attachment point
     */
    public Attachment guest(
            final int attachmentId,
            final String name,
            final Segment segment,
            final String portId,
            final String deviceOwner,
            final long mac,
            final boolean isServiced,
            final boolean isUp,
            final boolean hasPortSecurity) {
        final Attachment attachment = new Attachment(attachmentId, name, AttachmentKind.GUEST);
        attachment.segment = segment;
        attachment.portId = portId;
        attachment.deviceOwner = deviceOwner;
        attachment.mac = mac;
        attachment.isServiced = isServiced;
        attachment.isUp = isUp && segment.isUp;
        attachment.hasPortSecurity = hasPortSecurity;
        attachments.add(attachment);
        localPorts.computeIfAbsent(segment, none -> new ArrayList<>()).add(attachment);
        snapshot.fdb.put(segment.id(), mac, FdbEntry.local(attachment));
        return attachment;
    }

    /**
     * Lets a guest claim an address and a MAC: one of its fixed IPs, or an allowed address pair.
     *
     * @param guest the port
     * @param network IPv4 address, host bits as written
     * @param length prefix length, 32 for a single address
     * @param mac MAC that goes with it, low 48 bits
     */
    public void allow(final Attachment guest, final int network, final int length, final long mac) {
        final long[] longer = Arrays.copyOf(guest.allowedPrefixes, guest.allowedPrefixes.length + 1);
        longer[longer.length - 1] = (network & 0xFFFF_FFFFL) << 8 | length;
        guest.allowedPrefixes = longer;
        allowMac(guest, mac);
    }

    /**
     * Lets a guest send from a MAC.
     *
     * @param guest the port
     * @param mac low 48 bits
     */
    public void allowMac(final Attachment guest, final long mac) {
        guest.allowedMacs.add(mac);
    }

    /**
     * Says where a MAC is that another host has.
     *
     * @param segment its segment
     * @param mac low 48 bits
     * @param peer the host, added before
     */
    public void remoteMac(final Segment segment, final long mac, final Peer peer) {
        snapshot.elsewhere.put(segment.id(), mac, peerEntries.computeIfAbsent(peer, FdbEntry::behind));
    }

    /**
     * Says that a MAC is on another host of a VLAN or flat network: behind the wire, and with no guest here.
     *
     * @param segment its segment, with an uplink
     * @param mac low 48 bits
     */
    public void wireMac(final Segment segment, final long mac) {
        snapshot.elsewhere.put(segment.id(), mac, FdbEntry.local(segment.uplink));
    }

    /**
     * Says that a further MAC (of an allowed address pair) is behind a local port.
     *
     * @param guest the port
     * @param mac low 48 bits
     */
    public void localMac(final Attachment guest, final long mac) {
        snapshot.fdb.put(guest.segment.id(), mac, FdbEntry.local(guest));
    }

    /**
     * Puts a peer on a segment's flood list.
     *
     * @param segment the segment
     * @param peer the host, added before
     */
    public void floodTo(final Segment segment, final Peer peer) {
        final List<Peer> flooded = floodPeers.computeIfAbsent(segment, none -> new ArrayList<>());
        if (!flooded.contains(peer)) {
            flooded.add(peer);
        }
    }

    /**
     * Sets a permanent neighbor.
     *
     * @param segment its segment
     * @param ip IPv4 address
     * @param mac low 48 bits
     * @param isAnswered whether the ARP responder may answer for it; false = known to routers only
     */
    public void neighbor(final Segment segment, final int ip, final long mac, final boolean isAnswered) {
        snapshot.neighbors.put(segment.id(), ip, isAnswered ? mac : mac | NeighborTable.ROUTERS_ONLY);
    }

    /**
     * Sets a static neighbor on a wire, where nobody may answer ARP.
     *
     * @param wire underlay or physical network
     * @param ip IPv4 address
     * @param mac low 48 bits
     */
    public void neighborOnWire(final Attachment wire, final int ip, final long mac) {
        snapshot.neighbors.put(NeighborTable.domainOfWire(wire.id()), ip, mac);
    }

    /**
     * Adds this host's leg in an external network.
     *
     * @param segment the external network
     * @param mac MAC that answers there, low 48 bits
     * @param ip address of the fg port, 0 without one
     * @return the fip namespace
     */
    public ExternalPort externalPort(final Segment segment, final long mac, final int ip) {
        final ExternalPort port = new ExternalPort(segment, mac, ip, null);
        segment.externalPort = port;
        add(port);
        return port;
    }

    private void add(final ExternalPort port) {
        final Segment segment = port.segment();
        externalPorts.add(port);
        segment.externalPorts = Arrays.copyOf(segment.externalPorts, segment.externalPorts.length + 1);
        segment.externalPorts[segment.externalPorts.length - 1] = port;
        snapshot.fdb.put(segment.id(), port.mac(), FdbEntry.external(port));
    }

    /**
     * Adds a central router that is on this host: the SNAT side of a distributed router, or a legacy router.
     *
     * @param zone conntrack zone, stable, 1 to 2^24 - 1; not that of the distributed part
     * @param routerId the Neutron router
     * @param name its name, may be empty
     * @param isUp {@code admin_state_up}
     * @param isSnatSide true for the SNAT side of a distributed router
     * @return the router
     */
    public Router centralRouter(
            final int zone, final String routerId, final String name, final boolean isUp, final boolean isSnatSide) {
        final Router router = router(zone, routerId, name, isUp);
        router.isCentral = true;
        router.isSnatSide = isSnatSide;
        return router;
    }

    /**
     * Adds a central router's tenant port with its connected route and FDB entry: a csnat port, or an interface of a legacy router.
     *
     * @param router a central router
     * @param segment the tenant network
     * @param portId the Neutron port
     * @param mac the port's own MAC, low 48 bits
     * @param ip its address
     * @param prefixLength of the subnet
     * @return the port
     */
    public RouterPort centralPort(
            final Router router,
            final Segment segment,
            final String portId,
            final long mac,
            final int ip,
            final int prefixLength) {
        final RouterPort port = new RouterPort(router, segment, portId, mac, ip, prefixLength);
        portsOfRouter.computeIfAbsent(router, none -> new ArrayList<>()).add(port);
        final Route route = Route.connected(port);
        router.fib.put(route.network(), route.length(), route);
        snapshot.fdb.put(segment.id(), mac, FdbEntry.central(port));
        return port;
    }

    /**
     * Adds a central router's gateway port. On-link subnets of the external network are added by {@link #externalRoute}, its default route is the
     * gateway address.
     *
     * @param router a central router
     * @param segment the external network
     * @param mac the port's MAC, low 48 bits
     * @param ip its address: what shared source NAT leaves with
     * @param gatewayIp next hop of what is not on-link, 0 = none
     * @param hasSnat {@code enable_snat}
     * @return the port
     */
    public ExternalPort gatewayPort(
            final Router router,
            final Segment segment,
            final long mac,
            final int ip,
            final int gatewayIp,
            final boolean hasSnat) {
        final ExternalPort port = new ExternalPort(segment, mac, ip, router);
        port.gatewayIp = gatewayIp;
        port.hasSnat = hasSnat;
        router.gatewayPort = port;
        add(port);
        return port;
    }

    /**
     * Adds a floating IP that a central router translates. Its gateway port must be there.
     *
     * @param router a central router
     * @param floatingIp address outside
     * @param fixedIp address of the guest
     * @return the floating IP
     */
    public FloatingIp centralFloatingIp(final Router router, final int floatingIp, final int fixedIp) {
        final FloatingIp entry = new FloatingIp(floatingIp, fixedIp, router.gatewayPort.gatewayIp(), router, null);
        router.floatingIpsByFixedIp.put(fixedIp, entry);
        router.gatewayPort.floatingIps.put(floatingIp, entry);
        return entry;
    }

    /**
     * Adds a floating IP whose ports a distributed router forwards on this host, before its ports.
     *
     * @param router the router, which must have been given its external gateway
     * @param floatingIp address outside
     * @param gatewayIp next hop of its outside traffic, 0 = none
     */
    public void forwardedFloatingIp(final Router router, final int floatingIp, final int gatewayIp) {
        router.externalPort.forwardedIps.put(floatingIp, new FloatingIp(floatingIp, 0, gatewayIp, router, null));
    }

    /**
     * Forwards one port of a floating IP. Its router must have been given its gateway port, or, of a distributed router, its external gateway.
     *
     * @param router the router that translates
     * @param protocol IP protocol number, one with ports
     * @param floatingIp address outside
     * @param externalPort 1 to 65,535
     * @param internalIp address of the guest
     * @param internalPort 1 to 65,535
     * @return the forwarding
     */
    public PortForwarding portForwarding(
            final Router router,
            final int protocol,
            final int floatingIp,
            final int externalPort,
            final int internalIp,
            final int internalPort) {
        final PortForwarding forwarding =
                new PortForwarding(protocol, floatingIp, externalPort, internalIp, internalPort, router);
        final ExternalPort port = router.isCentral ? router.gatewayPort : router.externalPort;
        port.forwardings.put(ExternalPort.forwardingKey(protocol, floatingIp, externalPort), forwarding);
        port.hasPortForwardings = true;
        if (!port.forwardedIps.containsKey(floatingIp)) {
            port.forwardedIps.put(floatingIp, new FloatingIp(floatingIp, 0, port.gatewayIp(), router, null));
        }
        if (!router.isCentral) {
            if (router.forwardedGuests == null) {
                router.forwardedGuests = new IntHashSet();
            }
            router.forwardedGuests.add(internalIp);
        }
        return forwarding;
    }

    /**
     * Says in which IPv4 address scope a router port's subnet is.
     *
     * @param port the router port
     * @param scope a number for the scope, the same across topologies; 0 = no scope
     */
    public void scope(final RouterPort port, final int scope) {
        port.scope = scope;
    }

    /**
     * Says in which IPv4 address scope a port's external network is.
     *
     * @param port fip namespace or gateway port
     * @param scope a number for the scope, the same across topologies; 0 = no scope
     */
    public void scope(final ExternalPort port, final int scope) {
        port.scope = scope;
    }

    /**
     * Sets where the fip namespace itself sends what is not on-link: the gateway of the fg port's subnet.
     *
     * @param port the fip namespace
     * @param gatewayIp IPv4 address, 0 = none
     */
    public void externalGatewayIp(final ExternalPort port, final int gatewayIp) {
        port.gatewayIp = gatewayIp;
    }

    /**
     * Adds a distributed router that exists on this host.
     *
     * @param zone conntrack zone, stable, 1 to 2^24 - 1
     * @param routerId the Neutron router
     * @param name its name, may be empty
     * @param isUp {@code admin_state_up}
     * @return the router
     */
    public Router router(final int zone, final String routerId, final String name, final boolean isUp) {
        final Router router = new Router(zone, routerId, name);
        router.isUp = isUp;
        routers.add(router);
        snapshot.routersByZone.put(zone, router);
        return router;
    }

    /**
     * Adds a router port with its connected route and FDB entry.
     *
     * @param router the router
     * @param segment the tenant network
     * @param portId the Neutron port
     * @param mac gateway MAC, low 48 bits
     * @param ip the router's address
     * @param prefixLength of the subnet
     * @param isGateway whether it owns the subnet's {@code gateway_ip}
     * @return the port
     */
    public RouterPort routerPort(
            final Router router,
            final Segment segment,
            final String portId,
            final long mac,
            final int ip,
            final int prefixLength,
            final boolean isGateway) {
        final RouterPort port = new RouterPort(router, segment, portId, mac, ip, prefixLength);
        port.isGateway = isGateway;
        portsOfRouter.computeIfAbsent(router, none -> new ArrayList<>()).add(port);
        routerPorts.computeIfAbsent(segment, none -> new ArrayList<>()).add(port);
        final Route route = Route.connected(port);
        router.fib.put(route.network(), route.length(), route);
        snapshot.fdb.put(segment.id(), mac, FdbEntry.gateway(port));
        return port;
    }

    /**
     * Adds an IPv6 address of a router with its connected route, its neighbor entry and, for its MAC, the FDB entry. The link-local address that follows
     * from the MAC (RFC 4291 appendix A) is added with it.
     *
     * @param router the router
     * @param segment the tenant network
     * @param portId the Neutron port
     * @param mac gateway MAC, low 48 bits
     * @param high high half of the router's address
     * @param low low half of the router's address
     * @param prefixLength of the subnet
     * @param prefix the subnet as text, for explanations
     * @return the port
     */
    public RouterPort6 routerPort6(
            final Router router,
            final Segment segment,
            final String portId,
            final long mac,
            final long high,
            final long low,
            final int prefixLength,
            final String prefix) {
        final RouterPort6 port = new RouterPort6(router, segment, portId, mac, high, low);
        router.fib6.put(high, low, prefixLength, new Route6(prefix, port, 0, 0));
        final Neighbor6 neighbor = new Neighbor6(mac, port);
        segment.neighbors6.put(high, low, 128, neighbor);
        segment.neighbors6.put(LINK_LOCAL, eui64(mac), 128, neighbor);
        if (snapshot.fdb.find(segment.id(), mac) == null) {
            snapshot.fdb.put(segment.id(), mac, FdbEntry.gateway(new RouterPort(router, segment, portId, mac, 0, 32)));
        }
        return port;
    }

    private static long eui64(final long mac) {
        return ((mac >>> 24 ^ 0x02_0000L) << 40) | 0xFF_FE00_0000L | (mac & 0xFF_FFFFL);
    }

    /**
     * Sends an IPv6 subnet's outside traffic to a csnat port (dvr.md §6.5).
     *
     * @param port router port of the subnet
     * @param csnatMac MAC of the csnat port, low 48 bits
     */
    public void redirect6(final RouterPort6 port, final long csnatMac) {
        port.redirectMac = csnatMac;
    }

    /**
     * Adds an IPv6 extra route. Connected subnets win over an extra route of the same prefix.
     *
     * @param router the router
     * @param high high half of the network address
     * @param low low half of the network address
     * @param length prefix length
     * @param prefix the prefix as text, for explanations
     * @param port router port in whose subnet the next hop lies
     * @param nextHopHigh high half of the next hop
     * @param nextHopLow low half of the next hop
     */
    public void extraRoute6(
            final Router router,
            final long high,
            final long low,
            final int length,
            final String prefix,
            final RouterPort6 port,
            final long nextHopHigh,
            final long nextHopLow) {
        if (router.fib6.get(high, low, length) == null) {
            router.fib6.put(high, low, length, new Route6(prefix, port, nextHopHigh, nextHopLow));
        }
    }

    /**
     * Sets a permanent IPv6 neighbor.
     *
     * @param segment its segment
     * @param high high half of the address
     * @param low low half of the address
     * @param mac low 48 bits
     */
    public void neighbor6(final Segment segment, final long high, final long low, final long mac) {
        if (segment.neighbors6.get(high, low, 128) == null) {
            segment.neighbors6.put(high, low, 128, new Neighbor6(mac, null));
        }
    }

    /**
     * Lets a guest claim IPv6 addresses: one of its fixed IPs, or an allowed address pair.
     *
     * @param guest the port
     * @param high high half of the address or network
     * @param low low half of the address or network
     * @param length prefix length, 128 for a single address
     */
    public void allow6(final Attachment guest, final long high, final long low, final int length) {
        guest.allowedPrefixes6.put(high, low, length, Boolean.TRUE);
    }

    /**
     * Sends a subnet's outside traffic to its csnat port (dvr.md §6.1 step 5).
     *
     * @param port router port of the subnet
     * @param csnatIp address of the csnat port
     * @param csnatMac its MAC, low 48 bits
     */
    public void redirect(final RouterPort port, final int csnatIp, final long csnatMac) {
        port.redirectIp = csnatIp;
        port.redirectMac = csnatMac;
    }

    /**
     * Says which router port is the gateway of a guest: whose MAC its routed frames come from.
     *
     * @param guest a port on this host
     * @param gateway a router port in its segment
     */
    public void gatewayOf(final Attachment guest, final RouterPort gateway) {
        guest.gateway = gateway;
    }

    /**
     * Says which router port is the IPv6 gateway of a guest: whose MAC its routed IPv6 frames come from.
     *
     * @param guest a port on this host
     * @param gateway a router port in its segment
     */
    public void gatewayOf6(final Attachment guest, final RouterPort6 gateway) {
        guest.gateway6 = gateway;
    }

    /**
     * Adds an extra route. Connected subnets win over an extra route of the same prefix.
     *
     * @param router the router
     * @param network network address
     * @param length prefix length
     * @param port router port in whose subnet the next hops lie
     * @param nextHops one or more
     */
    public void extraRoute(
            final Router router, final int network, final int length, final RouterPort port, final int... nextHops) {
        if (router.fib.get(network, length) == null) {
            router.fib.put(network, length, new Route(network, length, port, nextHops));
        }
    }

    /**
     * Connects a router to the fip namespace of its gateway network.
     *
     * @param router the router
     * @param externalPort the fip namespace
     * @param rfpIp the router's end of the link-local pair
     */
    public void externalGateway(final Router router, final ExternalPort externalPort, final int rfpIp) {
        router.externalPort = externalPort;
        router.rfpIp = rfpIp;
        router.fprIp = rfpIp + 1;
    }

    /**
     * Adds a route to a router's table in the fip namespace (dvr.md §6.2).
     *
     * @param router the router
     * @param network network address
     * @param length prefix length
     * @param nextHops none = on-link
     */
    public void externalRoute(final Router router, final int network, final int length, final int... nextHops) {
        if (router.externalFib.get(network, length) == null) {
            final Route route = new Route(network, length, null, nextHops);
            router.externalFib.put(network, length, route);
            if (route.isConnected()) {
                onLinkRoutes.computeIfAbsent(router, none -> new ArrayList<>()).add(route);
            }
        }
    }

    /**
     * Adds a floating IP that this host translates. Its router must have been given its external gateway.
     *
     * @param router the router
     * @param floatingIp address outside
     * @param fixedIp address of the guest
     * @param gatewayIp next hop of its outside traffic, 0 = none
     * @param guest the guest's attachment point
     * @return the floating IP
     */
    public FloatingIp floatingIp(
            final Router router, final int floatingIp, final int fixedIp, final int gatewayIp, final Attachment guest) {
        final FloatingIp entry = new FloatingIp(floatingIp, fixedIp, gatewayIp, router, guest);
        router.floatingIpsByFixedIp.put(fixedIp, entry);
        router.externalPort.floatingIps.put(floatingIp, entry);
        return entry;
    }

    private static void addFastExit(final Router router) {
        for (final RouterPort port : router.ports) {
            if (router.hasFastExit(port)) {
                final Route route = Route.connected(port);
                router.externalPort.fastExit.put(route.network(), route.length(), route);
            }
        }
    }

    private void listPeers() {
        final int ids = peers.stream().mapToInt(Peer::id).max().orElse(-1) + 1;
        snapshot.peersById = new Peer[ids];
        for (final Peer peer : peers) {
            snapshot.peersById[peer.id()] = peer;
        }
    }

    /**
     * Seals the snapshot. The builder is of no use afterwards.
     *
     * @return the snapshot
     */
    public TopologySnapshot build() {
        final Comparator<Attachment> byName = Comparator.comparing(Attachment::name);
        attachments.sort(byName);
        for (final Segment segment : segments) {
            segment.localPorts = localPorts.getOrDefault(segment, List.of()).stream()
                    .sorted(byName)
                    .toArray(Attachment[]::new);
            segment.routerPorts = routerPorts.getOrDefault(segment, List.of()).toArray(RouterPort[]::new);
            segment.floodPeers = isTakenOver(segment)
                    ? before.segmentById(segment.id()).floodPeers
                    : floodPeers.getOrDefault(segment, List.of()).stream()
                            .sorted(Comparator.comparing(Peer::address))
                            .toArray(Peer[]::new);
        }
        for (final Router router : routers) {
            router.ports = portsOfRouter.getOrDefault(router, List.of()).toArray(RouterPort[]::new);
            if (router.externalPort != null) {
                for (final Route route : onLinkRoutes.getOrDefault(router, List.of())) {
                    router.externalPort.onLink.put(route.network(), route.length(), route);
                }
                addFastExit(router);
            }
            router.fib.seal();
            router.externalFib.seal();
        }
        for (final ExternalPort port : externalPorts) {
            port.onLink.seal();
            port.fastExit.seal();
        }
        final int ids = attachments.stream().mapToInt(Attachment::id).max().orElse(-1) + 1;
        snapshot.attachmentsById = new Attachment[ids];
        for (final Attachment attachment : attachments) {
            snapshot.attachmentsById[attachment.id()] = attachment;
        }
        if (before == null) {
            listPeers();
        }
        final int segmentIds = segments.stream().mapToInt(Segment::id).max().orElse(-1) + 1;
        snapshot.segmentsById = new Segment[segmentIds];
        for (final Segment segment : segments) {
            snapshot.segmentsById[segment.id()] = segment;
        }
        snapshot.attachments = List.copyOf(attachments);
        snapshot.segments = List.copyOf(segments);
        snapshot.routers = List.copyOf(routers);
        snapshot.externalPorts = List.copyOf(externalPorts);
        return snapshot;
    }
}
