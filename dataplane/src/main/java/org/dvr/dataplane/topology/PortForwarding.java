package org.dvr.dataplane.topology;

import org.dvr.codec.net.Ipv4Address;

/**
 * One port of a floating IP, forwarded to a port of a guest.
 *
 * @param protocol IP protocol number with ports: TCP, UDP; SCTP, whose ports must be equal outside and inside
 * @param floatingIp address on the external network
 * @param externalPort 1 to 65,535
 * @param internalIp address of the guest
 * @param internalPort 1 to 65,535
 * @param router the router that realises it
 */
public record PortForwarding(
        int protocol, int floatingIp, int externalPort, int internalIp, int internalPort, Router router) {
    @Override
    public String toString() {
        return Ipv4Address.toString(internalIp) + ":" + internalPort + " by " + router;
    }
}
