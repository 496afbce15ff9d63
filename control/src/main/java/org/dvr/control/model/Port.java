package org.dvr.control.model;

import java.util.List;

/**
 * A port.
 *
 * @param origin where it was written
 * @param id Neutron's id
 * @param networkId its network
 * @param mac low 48 bits, 0 only while findings hold an error about it
 * @param fixedIps its addresses
 * @param owner {@code device_owner}
 * @param deviceId of router ports the router, else whatever owns it; may be empty
 * @param host {@code binding:host_id}, empty = bound nowhere
 * @param migratingTo target of a live migration under way, empty = none
 * @param addressPairs {@code allowed_address_pairs}
 * @param hasPortSecurity {@code port_security_enabled}
 * @param isUp {@code admin_state_up}
 * @param status {@code ACTIVE}, {@code DOWN} …; may be empty
 */
public record Port(
        Origin origin,
        String id,
        String networkId,
        long mac,
        List<FixedIp> fixedIps,
        PortOwner owner,
        String deviceId,
        String host,
        String migratingTo,
        List<AddressPair> addressPairs,
        boolean hasPortSecurity,
        boolean isUp,
        String status)
        implements Resource {
    private static final int DEVICE_ID_LENGTH = 11;

    /** @return name of its device on its host: {@code tap} and the first 11 characters of its id */
    public String deviceName() {
        return "tap" + (id.length() > DEVICE_ID_LENGTH ? id.substring(0, DEVICE_ID_LENGTH) : id);
    }

    /**
     * @param addresses other addresses
     * @return the same port with these addresses
     */
    public Port withFixedIps(final List<FixedIp> addresses) {
        return new Port(
                origin,
                id,
                networkId,
                mac,
                addresses,
                owner,
                deviceId,
                host,
                migratingTo,
                addressPairs,
                hasPortSecurity,
                isUp,
                status);
    }
}
