package org.dvr.control.model;

/**
 * A network.
 *
 * @param origin where it was written
 * @param id Neutron's id
 * @param name may be empty
 * @param kind how it travels; null only while findings hold an error about it
 * @param segmentationId VNI, GRE key or VLAN id; 0 where the kind has none
 * @param physicalNetwork label of the physical network of VLAN and flat networks, else empty
 * @param isExternal {@code router:external}
 * @param mtu largest IP packet in bytes
 * @param isUp {@code admin_state_up}
 */
public record Network(
        Origin origin,
        String id,
        String name,
        NetworkKind kind,
        long segmentationId,
        String physicalNetwork,
        boolean isExternal,
        int mtu,
        boolean isUp)
        implements Resource {

    /** @return the name, or where it has none the id */
    public String title() {
        return name.isEmpty() ? id : name;
    }

    /**
     * @param bytes largest IP packet
     * @return the same network with that MTU
     */
    public Network withMtu(final int bytes) {
        return new Network(origin, id, name, kind, segmentationId, physicalNetwork, isExternal, bytes, isUp);
    }
}
