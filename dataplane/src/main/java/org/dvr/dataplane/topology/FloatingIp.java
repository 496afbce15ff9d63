package org.dvr.dataplane.topology;

import org.dvr.codec.net.Ipv4Address;

/**
 * A floating IP that this host translates: a distributed one, whose guest is here, or a central router's.
 *
 * @param floatingIp address on the external network
 * @param fixedIp address of the guest
 * @param gatewayIp next hop of its outside traffic: the external gateway of the fg port's subnet, without an fg port that of the floating
 *     IP's own subnet; 0 = none
 * @param router the router that realises it
 * @param guest the guest's attachment point, on this host; null of a central router's floating IP, whose guest may be anywhere
 */
public record FloatingIp(int floatingIp, int fixedIp, int gatewayIp, Router router, Attachment guest) {
    @Override
    public String toString() {
        return guest == null ? Ipv4Address.toString(fixedIp) + " by " + router : guest.toString();
    }
}
