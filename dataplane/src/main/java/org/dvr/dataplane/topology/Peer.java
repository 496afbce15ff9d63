package org.dvr.dataplane.topology;

import org.dvr.codec.net.Ipv4Address;

/**
 * Another host's tunnel endpoint (VTEP).
 *
 * @param id stable across topologies, 0 or more
 * @param ip its tunnel address, IPv4
 * @param mac its underlay MAC in the low 48 bits where the topology gives it, 0 = to be asked by ARP
 * @param host name of the host
 */
public record Peer(int id, int ip, long mac, String host) {
    @Override
    public String toString() {
        return host + " (" + Ipv4Address.toString(ip) + ")";
    }
}
