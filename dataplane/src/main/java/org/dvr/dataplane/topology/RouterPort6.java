package org.dvr.dataplane.topology;

/** One IPv6 address of a virtual router on a tenant network: as {@link RouterPort}, without anything that translates. */
public final class RouterPort6 {
    private final Router router;
    private final Segment segment;
    private final String portId;
    private final long mac;
    private final long high;
    private final long low;

    long redirectMac;

    RouterPort6(
            final Router router,
            final Segment segment,
            final String portId,
            final long mac,
            final long high,
            final long low) {
        this.router = router;
        this.segment = segment;
        this.portId = portId;
        this.mac = mac;
        this.high = high;
        this.low = low;
    }

    public Router router() {
        return router;
    }

    public Segment segment() {
        return segment;
    }

    /** @return gateway MAC in the low 48 bits */
    public long mac() {
        return mac;
    }

    /** @return high half of the router's own address in the subnet */
    public long high() {
        return high;
    }

    /** @return low half of the router's own address in the subnet */
    public long low() {
        return low;
    }

    /** @return MAC of the IPv6 csnat port that outside traffic of this subnet goes to, 0 where there is none (dvr.md §6.5) */
    public long redirectMac() {
        return redirectMac;
    }

    @Override
    public String toString() {
        return "qr-" + (portId.length() > 11 ? portId.substring(0, 11) : portId);
    }
}
