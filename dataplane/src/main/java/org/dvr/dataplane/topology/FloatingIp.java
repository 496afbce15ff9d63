package org.dvr.dataplane.topology;

/**
 * A distributed floating IP that this host translates.
 *
 * @param floatingIp address on the external network
 * @param fixedIp address of the guest
 * @param gatewayIp next hop of its outside traffic: the external gateway of the fg port's subnet, without an fg port that of the floating
 *     IP's own subnet; 0 = none
 * @param router the router that realises it
 * @param guest the guest's attachment point, on this host
 */
public record FloatingIp(int floatingIp, int fixedIp, int gatewayIp, Router router, Attachment guest) {}
