package org.dvr.control.model;

import java.util.HashMap;
import java.util.Map;

/**
 * {@code device_owner} of a port (dvr.md §1.3).
 *
 * @param text as written, may be empty
 * @param role what it means
 */
public record PortOwner(String text, Role role) {
    private static final Map<String, Role> ROLES = new HashMap<>();

    static {
        ROLES.put("network:router_interface", Role.ROUTER_INTERFACE);
        ROLES.put("network:ha_router_replicated_interface", Role.HA_ROUTER_INTERFACE);
        ROLES.put("network:router_interface_distributed", Role.DISTRIBUTED_INTERFACE);
        ROLES.put("network:router_centralized_snat", Role.CSNAT);
        ROLES.put("network:router_gateway", Role.ROUTER_GATEWAY);
        ROLES.put("network:floatingip_agent_gateway", Role.EXTERNAL_AGENT_GATEWAY);
        ROLES.put("network:floatingip", Role.FLOATING_IP);
        ROLES.put("network:router_ha_interface", Role.HA_NETWORK_INTERFACE);
        ROLES.put("network:local_ip", Role.RESERVATION);
        ROLES.put("network:distributed", Role.RESERVATION);
        ROLES.put("network:routed", Role.RESERVATION);
    }

    /** What an owner means. */
    public enum Role {
        /** Guest, DHCP server, load balancer, and any owner we do not know: a device on its host, served by routers. */
        SERVICED,
        /** Interface of a centralized router. */
        ROUTER_INTERFACE,
        /** Interface of a centralized HA router. */
        HA_ROUTER_INTERFACE,
        /** Interface of a distributed router: the same MAC and IP on every host. */
        DISTRIBUTED_INTERFACE,
        /** The SNAT side's address in a tenant subnet. */
        CSNAT,
        /** A router's address on the external network. */
        ROUTER_GATEWAY,
        /** The fg port of one host on one external network. */
        EXTERNAL_AGENT_GATEWAY,
        /** Place holder that reserves a floating address; its MAC is never used. */
        FLOATING_IP,
        /** A router's address on the HA network. */
        HA_NETWORK_INTERFACE,
        /** Other place holders, never plugged. */
        RESERVATION
    }

    /**
     * @param text {@code device_owner}, may be empty
     * @return the owner; ports of unknown owners count as serviced, for whatever is bound to a host wants to be routed
     */
    public static PortOwner of(final String text) {
        return new PortOwner(text, ROLES.getOrDefault(text, Role.SERVICED));
    }

    /** @return true for a port with a device of its own on its host, that routed frames are delivered to */
    public boolean isServiced() {
        return role == Role.SERVICED;
    }

    /** @return true where {@code device_id} names a router */
    public boolean isOfRouter() {
        return switch (role) {
            case ROUTER_INTERFACE,
                    HA_ROUTER_INTERFACE,
                    DISTRIBUTED_INTERFACE,
                    CSNAT,
                    ROUTER_GATEWAY,
                    HA_NETWORK_INTERFACE -> true;
            case SERVICED, EXTERNAL_AGENT_GATEWAY, FLOATING_IP, RESERVATION -> false;
        };
    }

    /** @return true for a router's interface in a tenant subnet, that other ports may have as their gateway */
    public boolean isRouterInterface() {
        return role == Role.ROUTER_INTERFACE || role == Role.HA_ROUTER_INTERFACE || role == Role.DISTRIBUTED_INTERFACE;
    }

    /** @return true for a port that no frame is ever addressed to */
    public boolean isPlaceHolder() {
        return role == Role.FLOATING_IP || role == Role.RESERVATION;
    }

    @Override
    public String toString() {
        return text;
    }
}
