package org.dvr.control.model;

import java.util.List;

/**
 * A floating IP as written.
 *
 * @param origin where it was written
 * @param id Neutron's id
 * @param address {@code floating_ip_address}; null only while findings hold an error about it
 * @param networkId {@code floating_network_id}
 * @param fixedIp {@code fixed_ip_address}; null = not associated, or the port's only IPv4 address
 * @param portId empty = not associated
 * @param routerId empty = not associated, or to be derived
 * @param forwardings port forwardings
 */
public record FloatingIpSpec(
        Origin origin,
        String id,
        IpAddress address,
        String networkId,
        IpAddress fixedIp,
        String portId,
        String routerId,
        List<PortForwarding> forwardings)
        implements Resource {}
