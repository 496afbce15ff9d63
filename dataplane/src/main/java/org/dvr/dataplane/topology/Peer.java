package org.dvr.dataplane.topology;

/**
 * Another host's tunnel endpoint (VTEP).
 *
 * @param id stable across topologies, 0 or more
 * @param ip its tunnel address, IPv4; of an endpoint with an IPv6 address the number that stands for it on the packet path, 1 or more
 * @param high first 64 bits of its IPv6 tunnel address, host order; 0 where it has an IPv4 address
 * @param low last 64 bits
 * @param mac its underlay MAC in the low 48 bits where the topology gives it, 0 = to be asked for
 * @param host name of the host
 */
public record Peer(int id, int ip, long high, long low, long mac, String host) {
    /**
     * An endpoint with an IPv4 address.
     *
     * @param id stable across topologies, 0 or more
     * @param ip its tunnel address
     * @param mac its underlay MAC in the low 48 bits, 0 = to be asked by ARP
     * @param host name of the host
     */
    public Peer(final int id, final int ip, final long mac, final String host) {
        this(id, ip, 0, 0, mac, host);
    }

    /**
     * An endpoint with an address of either family.
     *
     * @param id stable across topologies, 0 or more
     * @param address its tunnel address
     * @param mac its underlay MAC in the low 48 bits, 0 = to be asked for
     * @param host name of the host
     * @return the endpoint
     */
    public static Peer of(final int id, final IpAddress address, final long mac, final String host) {
        return address.isIpv4()
                ? new Peer(id, address.ipv4(), mac, host)
                : new Peer(id, id + 1, address.high(), address.low(), mac, host);
    }

    public boolean isIpv6() {
        return high != 0;
    }

    /** @return its tunnel address; not for the packet path */
    public IpAddress address() {
        return isIpv6() ? new IpAddress(high, low) : IpAddress.ofIpv4(ip);
    }

    @Override
    public String toString() {
        return host + " (" + address() + ")";
    }
}
