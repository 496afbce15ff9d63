package org.dvr.dataplane.topology;

import org.dvr.dataplane.table.Fib6Table;

/**
 * The layer-2 domain of one network on this host: what a VNI, a GRE key or a VLAN id selects.
 */
public final class Segment {
    /** {@link #vlanId()} of a segment whose frames are untagged on the wire. */
    public static final int UNTAGGED = -1;

    private final int id;
    private final String networkId;
    private final String name;
    private final NetworkType type;
    private final int segmentationId;

    Attachment uplink;
    int mtu;
    boolean isExternal;
    boolean isUp = true;
    ExternalPort externalPort;
    ExternalPort[] externalPorts = new ExternalPort[0];
    Attachment[] localPorts = new Attachment[0];
    RouterPort[] routerPorts = new RouterPort[0];
    Peer[] floodPeers = new Peer[0];
    final Fib6Table<Neighbor6> neighbors6 = new Fib6Table<>();

    Segment(final int id, final String networkId, final String name, final NetworkType type, final int segmentationId) {
        this.id = id;
        this.networkId = networkId;
        this.name = name;
        this.type = type;
        this.segmentationId = segmentationId;
    }

    /** @return stable across topologies, 1 to 65,535 */
    public int id() {
        return id;
    }

    public String networkId() {
        return networkId;
    }

    public String name() {
        return name;
    }

    public NetworkType type() {
        return type;
    }

    /** @return VNI, GRE key (unsigned 32 bits) or VLAN id; 0 for flat and local networks */
    public int segmentationId() {
        return segmentationId;
    }

    /** @return 1 to 4,094, or {@link #UNTAGGED} */
    public int vlanId() {
        return type == NetworkType.VLAN ? segmentationId : UNTAGGED;
    }

    /** @return the physical network that carries a VLAN or flat network, null for the others */
    public Attachment uplink() {
        return uplink;
    }

    /** @return largest IP packet in bytes */
    public int mtu() {
        return mtu;
    }

    /** @return {@code router:external} */
    public boolean isExternal() {
        return isExternal;
    }

    /** @return {@code admin_state_up} */
    public boolean isUp() {
        return isUp;
    }

    /** @return this host's leg in an external network (the fg port), null where it has none */
    public ExternalPort externalPort() {
        return externalPort;
    }

    /** @return every port of this host in an external network: the fg port, if any, and the gateway ports of central routers; not to be changed */
    public ExternalPort[] externalPorts() {
        return externalPorts;
    }

    /**
     * The port of this host that ARP for an address on this external network ends at.
     *
     * @param ip IPv4 address
     * @return null where this host answers for none such
     */
    public ExternalPort externalPortFor(final int ip) {
        for (final ExternalPort port : externalPorts) {
            if (port.answersFor(ip)) {
                return port;
            }
        }
        return null;
    }

    /** @return the ports of the segment on this host, ascending by name; not to be changed */
    public Attachment[] localPorts() {
        return localPorts;
    }

    /** @return distributed router ports in the segment; not to be changed */
    public RouterPort[] routerPorts() {
        return routerPorts;
    }

    /** @return peers that get what is flooded, ascending by (unsigned) address; not to be changed */
    public Peer[] floodPeers() {
        return floodPeers;
    }

    /**
     * The permanent neighbor with an IPv6 address.
     *
     * @param high high half of the address
     * @param low low half of the address
     * @return null where the control plane knows none
     */
    public Neighbor6 neighbor6(final long high, final long low) {
        return neighbors6.get(high, low, 128);
    }

    @Override
    public String toString() {
        return name.isEmpty() ? networkId : name;
    }
}
