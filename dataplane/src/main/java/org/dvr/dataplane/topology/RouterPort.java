package org.dvr.dataplane.topology;

/**
 * One address of a virtual router on a tenant network: what is {@code qr-…} in the original. A distributed router's MAC, the anycast gateway MAC,
 * is the same on every host and never seen outside of one; a central router's ({@code sg-…} of a SNAT side) is an ordinary one.
 */
public final class RouterPort {
    private final Router router;
    private final Segment segment;
    private final String portId;
    private final long mac;
    private final int ip;
    private final int prefixLength;

    boolean isGateway;
    int redirectIp;
    long redirectMac;
    int scope;

    RouterPort(
            final Router router,
            final Segment segment,
            final String portId,
            final long mac,
            final int ip,
            final int prefixLength) {
        this.router = router;
        this.segment = segment;
        this.portId = portId;
        this.mac = mac;
        this.ip = ip;
        this.prefixLength = prefixLength;
    }

    public Router router() {
        return router;
    }

    public Segment segment() {
        return segment;
    }

    public String portId() {
        return portId;
    }

    /** @return gateway MAC in the low 48 bits */
    public long mac() {
        return mac;
    }

    /** @return the router's own IPv4 address in the subnet */
    public int ip() {
        return ip;
    }

    /** @return 0 to 32 */
    public int prefixLength() {
        return prefixLength;
    }

    /** @return true when this port owns the subnet's {@code gateway_ip} */
    public boolean isGateway() {
        return isGateway;
    }

    /** @return true when outside traffic of this subnet goes to a csnat port (dvr.md §6.1 step 5) */
    public boolean hasRedirect() {
        return redirectMac != 0;
    }

    /** @return address of the subnet's csnat port, 0 where there is none */
    public int redirectIp() {
        return redirectIp;
    }

    /** @return MAC of the subnet's csnat port, 0 where there is none */
    public long redirectMac() {
        return redirectMac;
    }

    /** @return a number for the IPv4 address scope of the port's subnet, the same across topologies; 0 = no scope (dvr.md §6.8) */
    public int scope() {
        return scope;
    }

    /**
     * @param address IPv4 address
     * @return true when it lies in this port's subnet
     */
    public boolean covers(final int address) {
        return ((address ^ ip) & mask()) == 0;
    }

    /**
     * @param address IPv4 address
     * @return true for the subnet's network address and its directed broadcast (subnets of /31 and /32 have neither)
     */
    public boolean isBroadcast(final int address) {
        final int host = address & ~mask();
        return prefixLength < 31 && covers(address) && (host == 0 || host == ~mask());
    }

    private int mask() {
        return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
    }

    @Override
    public String toString() {
        return (router.isSnatSide() ? "sg-" : "qr-") + (portId.length() > 11 ? portId.substring(0, 11) : portId);
    }
}
