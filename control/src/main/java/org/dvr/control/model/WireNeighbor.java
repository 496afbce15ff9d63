package org.dvr.control.model;

/**
 * A static neighbor on a wire where nobody answers ARP.
 *
 * @param origin where it was written
 * @param wire {@code underlay} or the label of a physical network
 * @param address its address; null only while findings hold an error about it
 * @param mac low 48 bits
 */
public record WireNeighbor(Origin origin, String wire, IpAddress address, long mac) implements Resource {
    /** {@link #wire()} of the device that carries the tunnels. */
    public static final String UNDERLAY = "underlay";

    @Override
    public String id() {
        return wire + " " + address;
    }
}
