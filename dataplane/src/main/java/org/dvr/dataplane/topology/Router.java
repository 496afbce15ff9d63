package org.dvr.dataplane.topology;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;
import org.dvr.dataplane.table.Fib6Table;
import org.dvr.dataplane.table.FibTable;

/**
 * A virtual router as it is on this host. Distributed: what is {@code qrouter-…} in the original, with the router's tables of the fip namespace.
 * Central: the SNAT side of a distributed router ({@code snat-…}), or a legacy router whole; it owns its addresses and its gateway port.
 */
public final class Router {
    private final int zone;
    private final String routerId;
    private final String name;

    boolean isUp = true;
    boolean isCentral;
    boolean isSnatSide;
    ExternalPort gatewayPort;
    RouterPort[] ports = new RouterPort[0];
    ExternalPort externalPort;
    int rfpIp;
    int fprIp;
    final FibTable<Route> fib = new FibTable<>();
    final Fib6Table<Route6> fib6 = new Fib6Table<>();
    final FibTable<Route> externalFib = new FibTable<>();
    final Int2ObjectHashMap<FloatingIp> floatingIpsByFixedIp = new Int2ObjectHashMap<>();
    IntHashSet forwardedGuests;
    final Int2ObjectHashMap<MetadataGuest> metadataGuests = new Int2ObjectHashMap<>();

    Router(final int zone, final String routerId, final String name) {
        this.zone = zone;
        this.routerId = routerId;
        this.name = name;
    }

    /** @return conntrack zone, 1 to 2^24 - 1, stable across topologies */
    public int zone() {
        return zone;
    }

    public String routerId() {
        return routerId;
    }

    public String name() {
        return name;
    }

    /** @return {@code admin_state_up}; a router that is down routes nothing */
    public boolean isUp() {
        return isUp;
    }

    /** @return true for a SNAT side and for a legacy router: it is here alone, with MACs of its own */
    public boolean isCentral() {
        return isCentral;
    }

    /** @return true for the SNAT side of a distributed router */
    public boolean isSnatSide() {
        return isSnatSide;
    }

    /** @return its port on the external network ({@code qg-…}); null of distributed routers, and without gateway */
    public ExternalPort gatewayPort() {
        return gatewayPort;
    }

    /** @return its tenant ports; not to be changed */
    public RouterPort[] ports() {
        return ports;
    }

    /** @return the fip namespace of its gateway network on this host; null without gateway, or without an external leg here */
    public ExternalPort externalPort() {
        return externalPort;
    }

    /** @return the router's end of the link-local pair to the fip namespace, 0 without {@link #externalPort()} */
    public int rfpIp() {
        return rfpIp;
    }

    /** @return the fip namespace's end of that pair (the second hop of a traceroute), 0 without {@link #externalPort()} */
    public int fprIp() {
        return fprIp;
    }

    /** @return connected subnets and extra routes (dvr.md §6.1 step 2) */
    public FibTable<Route> fib() {
        return fib;
    }

    /** @return connected subnets and extra routes of IPv6 */
    public Fib6Table<Route6> fib6() {
        return fib6;
    }

    /** @return on-link external subnets and extra routes by way of the external network (dvr.md §6.2, §6.3), without the default route */
    public FibTable<Route> externalFib() {
        return externalFib;
    }

    /**
     * Does a subnet's outside traffic leave this host untranslated (dvr.md §6.1 step 4)?
     *
     * @param port a router port of this distributed router
     * @return true where subnet and external network are in one address scope
     */
    public boolean hasFastExit(final RouterPort port) {
        return externalPort != null && externalPort.scope() != 0 && port.scope() == externalPort.scope();
    }

    /**
     * The floating IP that this host translates for a fixed IP (dvr.md §6.1 step 3).
     *
     * @param fixedIp IPv4 address
     * @return null where there is none
     */
    public FloatingIp floatingIpOf(final int fixedIp) {
        return floatingIpsByFixedIp.get(fixedIp);
    }

    /**
     * The guest that asks for metadata.
     *
     * @param fixedIp its IPv4 address
     * @return null where no guest that this router serves here has it
     */
    public MetadataGuest metadataGuest(final int fixedIp) {
        return metadataGuests.get(fixedIp);
    }

    /** @return true when ports of any floating IP are forwarded by this distributed router on this host */
    public boolean hasPortForwardings() {
        return forwardedGuests != null;
    }

    /**
     * Does a forwarded port lead to a guest?
     *
     * @param fixedIp IPv4 address
     * @return true where this host forwards a port of a floating IP to it
     */
    public boolean forwardsTo(final int fixedIp) {
        return forwardedGuests != null && forwardedGuests.contains(fixedIp);
    }

    /**
     * Is a port of a floating IP forwarded to this port of a guest, by this router?
     *
     * @param protocol IP protocol number, 0 to 255
     * @param floatingIp IPv4 address
     * @param port of it, 0 to 65,535
     * @param fixedIp the guest's IPv4 address
     * @param fixedPort 0 to 65,535
     * @return the forwarding, null where there is none such
     */
    public PortForwarding forwarding(
            final int protocol, final int floatingIp, final int port, final int fixedIp, final int fixedPort) {
        final ExternalPort outside = isCentral ? gatewayPort : externalPort;
        final PortForwarding forwarding = outside == null ? null : outside.portForwarding(protocol, floatingIp, port);
        return forwarding != null
                        && forwarding.router() == this
                        && forwarding.internalIp() == fixedIp
                        && forwarding.internalPort() == fixedPort
                ? forwarding
                : null;
    }

    /**
     * The router port that has an address itself.
     *
     * @param ip IPv4 address
     * @return null where none has it
     */
    public RouterPort portWithIp(final int ip) {
        for (final RouterPort port : ports) {
            if (port.ip() == ip) {
                return port;
            }
        }
        return null;
    }

    /**
     * The router port whose subnet covers an address: which address the router uses towards it.
     *
     * @param ip IPv4 address
     * @return null where no subnet covers it
     */
    public RouterPort portCovering(final int ip) {
        for (final RouterPort port : ports) {
            if (port.covers(ip)) {
                return port;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return name.isEmpty() ? routerId : name;
    }
}
