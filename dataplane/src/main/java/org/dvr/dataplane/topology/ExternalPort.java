package org.dvr.dataplane.topology;

import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.dvr.dataplane.table.FibTable;

/**
 * This host's leg in one external network: the fip namespace with its fg port. Without an fg port in the topology it has a MAC
 * of its own and no address (contract.md §1).
 */
public final class ExternalPort {
    private final Segment segment;
    private final long mac;
    private final int ip;
    int gatewayIp;
    final FibTable<Route> onLink = new FibTable<>();
    final Int2ObjectHashMap<FloatingIp> floatingIps = new Int2ObjectHashMap<>();

    ExternalPort(final Segment segment, final long mac, final int ip) {
        this.segment = segment;
        this.mac = mac;
        this.ip = ip;
    }

    /** @return the external network */
    public Segment segment() {
        return segment;
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
        return "fip namespace of " + segment;
    }
}
