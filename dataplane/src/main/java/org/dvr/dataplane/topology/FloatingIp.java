package org.dvr.dataplane.topology;

import org.dvr.codec.net.Ipv4Address;

/**
 * A floating IP that this host translates: a distributed one, whose guest is here, or a central router's. One whose ports are forwarded is no guest's
 * own: its guests are those of its forwardings.
 *
 * @param floatingIp address on the external network
 * @param fixedIp address of the guest, 0 where ports are forwarded and that is all
 * @param gatewayIp next hop of its outside traffic: the external gateway of the fg port's subnet, without an fg port that of the floating
 *     IP's own subnet; 0 = none
 * @param router the router that realises it
 * @param guest the guest's attachment point, on this host; null of a central router's floating IP, whose guest may be anywhere, and where ports are
 *     forwarded
 */
public record FloatingIp(int floatingIp, int fixedIp, int gatewayIp, Router router, Attachment guest) {
    /** @return true where only ports of it lead to guests, each to its own: nothing that a guest begins leaves with it */
    public boolean isShared() {
        return fixedIp == 0;
    }

    @Override
    public String toString() {
        if (isShared()) {
            return "forwarded ports by " + router;
        }
        return guest == null ? Ipv4Address.toString(fixedIp) + " by " + router : guest.toString();
    }
}
