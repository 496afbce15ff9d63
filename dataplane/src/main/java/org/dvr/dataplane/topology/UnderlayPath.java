package org.dvr.dataplane.topology;

import org.dvr.codec.net.MacAddress;

/**
 * How a tunnel peer is reached, or why not.
 *
 * @param peer its tunnel address
 * @param mac of the next hop towards it in the low 48 bits, 0 where it is not known
 * @param mtu largest IP packet that gets there in bytes, as far as known; 0 where nothing is
 * @param problem what is wrong, in one sentence for the operator; empty where nothing is
 */
public record UnderlayPath(IpAddress peer, long mac, int mtu, String problem) {
    public boolean isResolved() {
        return mac != 0;
    }

    @Override
    public String toString() {
        return peer + (isResolved() ? " by " + MacAddress.toString(mac) + ", MTU " + mtu : ": " + problem);
    }
}
