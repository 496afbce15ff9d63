package org.dvr.control.model;

import java.util.List;

/**
 * A subnet.
 *
 * @param origin where it was written
 * @param id Neutron's id
 * @param networkId its network
 * @param cidr its prefix; null only while findings hold an error about it
 * @param gatewayIp null = none
 * @param hostRoutes routes that DHCP hands to guests
 * @param raMode {@code ipv6_ra_mode}, empty = null
 * @param addressMode {@code ipv6_address_mode}, empty = null
 * @param subnetPoolId empty = none
 */
public record Subnet(
        Origin origin,
        String id,
        String networkId,
        Prefix cidr,
        IpAddress gatewayIp,
        List<RouteSpec> hostRoutes,
        String raMode,
        String addressMode,
        String subnetPoolId)
        implements Resource {
    public boolean isV4() {
        return cidr.isV4();
    }
}
