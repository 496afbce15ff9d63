package org.dvr.dataplane.io.netlink;

import org.dvr.dataplane.topology.IpAddress;

/**
 * What the kernel says about the way to a tunnel peer.
 *
 * @param type RTN_..., 0 when there is none
 * @param index of the device it leaves by
 * @param gateway the next hop, null when the peer is on that link itself
 * @param mtu of the route in bytes, 0 = the device's
 * @param refusal the kernel's words when there is no way, else empty
 */
record UnderlayRoute(int type, int index, IpAddress gateway, int mtu, String refusal) {
    IpAddress nextHop(final IpAddress peer) {
        return gateway == null ? peer : gateway;
    }
}
