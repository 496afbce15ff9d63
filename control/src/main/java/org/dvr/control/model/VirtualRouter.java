package org.dvr.control.model;

import java.util.List;

/**
 * A router.
 *
 * @param origin where it was written
 * @param id Neutron's id
 * @param name may be empty
 * @param isDistributed {@code distributed}
 * @param isHa {@code ha}
 * @param isUp {@code admin_state_up}
 * @param gateway {@code external_gateway_info}, null = none
 * @param routes extra routes; several of one destination are alternatives
 * @param snatHost {@code gw_port_host}, empty = as the gateway port's binding says
 */
public record VirtualRouter(
        Origin origin,
        String id,
        String name,
        boolean isDistributed,
        boolean isHa,
        boolean isUp,
        ExternalGateway gateway,
        List<RouteSpec> routes,
        String snatHost)
        implements Resource {

    /** @return the name, or where it has none the id */
    public String title() {
        return name.isEmpty() ? id : name;
    }
}
