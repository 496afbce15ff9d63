package org.dvr.dataplane.topology;

import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.dvr.dataplane.table.FibTable;

/**
 * A port of this host in an external network. Either the fip namespace's fg port, one for each external network; without an fg port in the topology it has
 * a MAC of its own and no address (contract.md §1). Or the gateway port of a central router ({@code qg-…}).
 */
public final class ExternalPort {
    private final Segment segment;
    private final long mac;
    private final int ip;
    private final Router router;
    int gatewayIp;
    boolean hasSnat;
    final FibTable<Route> onLink = new FibTable<>();
    final Int2ObjectHashMap<FloatingIp> floatingIps = new Int2ObjectHashMap<>();

    ExternalPort(final Segment segment, final long mac, final int ip, final Router router) {
        this.segment = segment;
        this.mac = mac;
        this.ip = ip;
        this.router = router;
    }

    /** @return the external network */
    public Segment segment() {
        return segment;
    }

    /** @return the central router whose gateway port this is; null for a fip namespace */
    public Router router() {
        return router;
    }

    /** @return true when packets without a floating IP leave with this port's address ({@code enable_snat}) */
    public boolean hasSnat() {
        return hasSnat;
    }

    /**
     * Does ARP for an address end here?
     *
     * @param address IPv4 address
     * @return true for the port's own address and for the floating IPs behind it
     */
    public boolean answersFor(final int address) {
        return (ip != 0 && address == ip) || floatingIps.containsKey(address);
    }

    /** @return MAC that answers ARP and sends here, in the low 48 bits */
    public long mac() {
        return mac;
    }

    /** @return true when the topology gives this host an fg port */
    public boolean hasIp() {
        return ip != 0;
    }

    /** @return address of the fg port, 0 without one */
    public int ip() {
        return ip;
    }

    /** @return external gateway of the fg port's subnet, 0 without one */
    public int gatewayIp() {
        return gatewayIp;
    }

    /** @return the on-link subnets of the external network, for packets that the fip namespace makes itself (dvr.md §6.2, main table) */
    public FibTable<Route> onLink() {
        return onLink;
    }

    /**
     * @param ip IPv4 address
     * @return the floating IP that this host translates, null where it is none of ours
     */
    public FloatingIp floatingIp(final int ip) {
        return floatingIps.get(ip);
    }

    /** @return every floating IP here, ascending by address; cold */
    public List<FloatingIp> sortedFloatingIps() {
        final List<FloatingIp> sorted = new ArrayList<>(floatingIps.values());
        sorted.sort((a, b) -> Integer.compareUnsigned(a.floatingIp(), b.floatingIp()));
        return sorted;
    }

    @Override
    public String toString() {
        return router == null ? "fip namespace of " + segment : "gateway port of " + router + " on " + segment;
    }
}
