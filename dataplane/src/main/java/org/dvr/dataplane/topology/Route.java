package org.dvr.dataplane.topology;

/**
 * What a FIB says of a prefix: directly connected, or by way of one or more next hops.
 *
 * <p>In a router's own table the port is the router port the packet leaves by. In its table of the fip namespace (dvr.md §6.2) the
 * port is null: everything there leaves by the external port.
 *
 * @param network network address of the prefix
 * @param length prefix length, 0 to 32
 * @param port router port it leaves by, null in the table of the fip namespace
 * @param nextHops IPv4 next hops, empty = connected; several = one of them by flow (ECMP); not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared: routes are found by prefix
public record Route(int network, int length, RouterPort port, int[] nextHops) {
    private static final int[] NONE = {};

    /**
     * @param port a router port
     * @return the route to the port's own subnet
     */
    public static Route connected(final RouterPort port) {
        final int mask = port.prefixLength() == 0 ? 0 : -1 << (32 - port.prefixLength());
        return new Route(port.ip() & mask, port.prefixLength(), port, NONE);
    }

    /** @return true when destinations of the prefix are neighbors themselves */
    public boolean isConnected() {
        return nextHops.length == 0;
    }

    /** @return true when the next hop is one of several */
    public boolean isMultipath() {
        return nextHops.length > 1;
    }

    /**
     * @param destination where the packet goes
     * @param flowHash any hash that is constant for a flow; selects among several next hops
     * @return the address to resolve to a MAC
     */
    public int nextHop(final int destination, final int flowHash) {
        return switch (nextHops.length) {
            case 0 -> destination;
            case 1 -> nextHops[0];
            default -> nextHops[Integer.remainderUnsigned(flowHash, nextHops.length)];
        };
    }
}
