package org.dvr.dataplane.topology;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;
import org.dvr.dataplane.table.FdbTable;
import org.dvr.dataplane.table.NeighborTable;

/**
 * What the network should be, seen from one host, at one version. Immutable once built, read by any thread without locks.
 *
 * <p>Hosts appear in it only as tunnel peers and DVR MACs; networks, routers and floating IPs only where they exist on this host
 * (dvr.md §2).
 */
public final class TopologySnapshot {
    final String host;
    final long version;
    int vtepIp;
    long vtepHigh;
    long vtepLow;
    long underlayMac;
    int underlayMtu;
    long dvrMac;
    Attachment underlay;
    MetadataPort metadata;
    List<Attachment> attachments = List.of();
    List<Segment> segments = List.of();
    List<Router> routers = List.of();
    List<ExternalPort> externalPorts = List.of();
    Attachment[] attachmentsById = new Attachment[0];
    Peer[] peersById = new Peer[0];
    Segment[] segmentsById = new Segment[0];
    final LongHashSet foreignDvrMacs;
    final Int2ObjectHashMap<Router> routersByZone = new Int2ObjectHashMap<>();
    final Int2ObjectHashMap<Segment> segmentsByVni = new Int2ObjectHashMap<>();
    final Int2ObjectHashMap<Segment> segmentsByGreKey = new Int2ObjectHashMap<>();
    final Long2ObjectHashMap<Segment> segmentsByVlan = new Long2ObjectHashMap<>();
    final Int2ObjectHashMap<Peer> peersByIp;
    final Long2ObjectHashMap<Peer[]> peersByLow; // of IPv6 addresses; mostly one each
    final FdbTable<FdbEntry> elsewhere; // MACs behind tunnels and wires: nothing in it is of one snapshot alone
    final FdbTable<FdbEntry> fdb;
    final NeighborTable neighbors;

    TopologySnapshot(final String host, final long version, final int expectedPorts) {
        this.host = host;
        this.version = version;
        foreignDvrMacs = new LongHashSet();
        peersByIp = new Int2ObjectHashMap<>();
        peersByLow = new Long2ObjectHashMap<>();
        elsewhere = new FdbTable<>(expectedPorts);
        fdb = new FdbTable<>(0, elsewhere);
        neighbors = new NeighborTable(expectedPorts);
    }

    /** Shares with another one what it says of other hosts, and of networks but for those that are said anew. */
    TopologySnapshot(final TopologySnapshot before, final long version, final IntHashSet renewedSegments) {
        host = before.host;
        this.version = version;
        foreignDvrMacs = before.foreignDvrMacs;
        peersByIp = before.peersByIp;
        peersByLow = before.peersByLow;
        peersById = before.peersById;
        elsewhere = renewedSegments.isEmpty() ? before.elsewhere : before.elsewhere.without(renewedSegments);
        fdb = new FdbTable<>(before.fdb.size(), elsewhere);
        neighbors = renewedSegments.isEmpty() ? before.neighbors : before.neighbors.without(renewedSegments);
    }

    /** @return the name of the host this is the view of */
    public String host() {
        return host;
    }

    /** @return grows with every snapshot that is compiled in a process, 1 or more */
    public long version() {
        return version;
    }

    /** @return this host's tunnel address, IPv4; 0 where it has none, or an IPv6 address */
    public int vtepIp() {
        return vtepIp;
    }

    /** @return true where this host's tunnel address, and thereby all its peers', is an IPv6 address */
    public boolean isIpv6Underlay() {
        return vtepHigh != 0;
    }

    /** @return first 64 bits of this host's IPv6 tunnel address, host order, 0 where it has none */
    public long vtepHigh() {
        return vtepHigh;
    }

    /** @return last 64 bits of this host's IPv6 tunnel address, host order */
    public long vtepLow() {
        return vtepLow;
    }

    /** @return this host's tunnel address of either family, null where it has none; not for the packet path */
    public IpAddress vtep() {
        if (isIpv6Underlay()) {
            return new IpAddress(vtepHigh, vtepLow);
        }
        return vtepIp == 0 ? null : IpAddress.ofIpv4(vtepIp);
    }

    /** @return MAC of the underlay device in the low 48 bits */
    public long underlayMac() {
        return underlayMac;
    }

    /** @return largest IP packet of the underlay in bytes */
    public int underlayMtu() {
        return underlayMtu;
    }

    /** @return this host's DVR MAC in the low 48 bits */
    public long dvrMac() {
        return dvrMac;
    }

    /**
     * @param mac MAC in the low 48 bits
     * @return true for the DVR MAC of any other host
     */
    public boolean isForeignDvrMac(final long mac) {
        return foreignDvrMacs.contains(mac);
    }

    /** @return the attachment point of the tunnels, null where the host has no tunnel address */
    public Attachment underlay() {
        return underlay;
    }

    /** @return the way to the metadata proxy, null where it is not served */
    public MetadataPort metadata() {
        return metadata;
    }

    /** @return every attachment point, ascending by name */
    public List<Attachment> attachments() {
        return attachments;
    }

    /**
     * @param id stable id of an attachment point
     * @return null where this topology has none with that id
     */
    public Attachment attachmentById(final int id) {
        return id < attachmentsById.length ? attachmentsById[id] : null;
    }

    /**
     * @param id stable id of a tunnel peer
     * @return null where this topology has none with that id
     */
    public Peer peerById(final int id) {
        return id < peersById.length ? peersById[id] : null;
    }

    /**
     * @param id stable id of a segment
     * @return null where this topology has none with that id
     */
    public Segment segmentById(final int id) {
        return id < segmentsById.length ? segmentsById[id] : null;
    }

    /** @return the networks that exist on this host */
    public List<Segment> segments() {
        return segments;
    }

    /** @return the routers that exist on this host, distributed ones first */
    public List<Router> routers() {
        return routers;
    }

    /**
     * @param zone conntrack zone
     * @return the router of this host with that zone, null where this topology has none
     */
    public Router routerByZone(final int zone) {
        return routersByZone.get(zone);
    }

    /** @return the ports of this host in external networks: fip namespaces, and gateway ports of central routers */
    public List<ExternalPort> externalPorts() {
        return externalPorts;
    }

    /**
     * @param vni 24 bits
     * @return the segment on this host, null where it does not serve it
     */
    public Segment segmentByVni(final int vni) {
        return segmentsByVni.get(vni);
    }

    /**
     * @param key GRE key, unsigned 32 bits in an int
     * @return the segment on this host, null where it does not serve it
     */
    public Segment segmentByGreKey(final int key) {
        return segmentsByGreKey.get(key);
    }

    /**
     * @param attachment a physical network
     * @param vlanId 1 to 4,094 or {@link Segment#UNTAGGED}
     * @return the segment on this host, null where it does not serve it
     */
    public Segment segmentByVlan(final Attachment attachment, final int vlanId) {
        return segmentsByVlan.get(vlanKey(attachment, vlanId));
    }

    static long vlanKey(final Attachment attachment, final int vlanId) {
        return (long) attachment.id() << 16 | (vlanId + 1);
    }

    /**
     * @param ip outer source address of a tunnel frame, or what stands for it: {@link Peer#ip}
     * @return the host with that tunnel address, null where none is known
     */
    public Peer peer(final int ip) {
        return peersByIp.get(ip);
    }

    /** @return every other host whose tunnel frames are taken, ascending by address; cold */
    public List<Peer> peers() {
        final List<Peer> peers = new ArrayList<>(peersByIp.values());
        peers.sort(Comparator.comparing(Peer::address));
        return peers;
    }

    /**
     * @param high first 64 bits of the outer source address of a tunnel frame, host order
     * @param low last 64 bits
     * @return the host with that tunnel address, null where none is known
     */
    public Peer peer(final long high, final long low) {
        final Peer[] peers = peersByLow.get(low);
        if (peers != null) {
            for (final Peer peer : peers) {
                if (peer.high() == high) {
                    return peer;
                }
            }
        }
        return null;
    }

    /** @return where MACs are, by segment */
    public FdbTable<FdbEntry> fdb() {
        return fdb;
    }

    /** @return permanent neighbors, by segment or wire */
    public NeighborTable neighbors() {
        return neighbors;
    }
}
