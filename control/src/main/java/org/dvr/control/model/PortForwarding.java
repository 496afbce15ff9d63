package org.dvr.control.model;

/**
 * One port of a floating IP, forwarded to a port of a guest.
 *
 * @param protocol {@code tcp}, {@code udp} … in lower case
 * @param externalPort 1 to 65,535
 * @param internalIp the guest's address, IPv4
 * @param internalPort 1 to 65,535
 */
public record PortForwarding(String protocol, int externalPort, IpAddress internalIp, int internalPort) {}
