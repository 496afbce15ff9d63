package org.dvr.dataplane.topology;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2ObjectHashMap;
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
    int scope;
    final FibTable<Route> onLink = new FibTable<>();
    final FibTable<Route> fastExit = new FibTable<>();
    final Int2ObjectHashMap<FloatingIp> floatingIps = new Int2ObjectHashMap<>();
    final Long2ObjectHashMap<PortForwarding> forwardings = new Long2ObjectHashMap<>();
    final Int2ObjectHashMap<FloatingIp> forwardedIps = new Int2ObjectHashMap<>();
    boolean hasPortForwardings;

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
     * @return true for the port's own address, for the floating IPs behind it, and for those whose ports are forwarded here
     */
    public boolean answersFor(final int address) {
        return (ip != 0 && address == ip) || floatingIps.containsKey(address) || forwardedIps.containsKey(address);
    }

    /** @return a number for the IPv4 address scope of the external network, the same across topologies; 0 = no scope (dvr.md §6.8) */
    public int scope() {
        return scope;
    }

    /** @return true when ports of any floating IP are forwarded here */
    public boolean hasPortForwardings() {
        return hasPortForwardings;
    }

    /**
     * Where a port of a floating IP leads (dvr.md §7.2 order 2).
     *
     * @param protocol IP protocol number, 0 to 255
     * @param ip IPv4 address
     * @param port 0 to 65,535
     * @return null where it is not forwarded
     */
    public PortForwarding portForwarding(final int protocol, final int ip, final int port) {
        return forwardings.get(forwardingKey(protocol, ip, port));
    }

    /**
     * The floating IP at an address whose ports are forwarded here.
     *
     * @param ip IPv4 address
     * @return a shared one, null where no port of it is forwarded
     */
    public FloatingIp forwardedIp(final int ip) {
        return forwardedIps.get(ip);
    }

    /** <pre> | 0 (8) | protocol (8) | IPv4 address (32) | port (16) | </pre> */
    static long forwardingKey(final int protocol, final int ip, final int port) {
        return (long) protocol << 48 | (ip & 0xFFFF_FFFFL) << 16 | port;
    }

    /** @return every floating IP with ports that are forwarded here, ascending by (unsigned) address; cold */
    public int[] sortedForwardedIps() {
        final int[] sorted = new int[forwardedIps.size()];
        final Int2ObjectHashMap<FloatingIp>.KeyIterator addresses =
                forwardedIps.keySet().iterator();
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = addresses.nextInt() ^ Integer.MIN_VALUE; // in this form signed order is that of addresses
        }
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] ^= Integer.MIN_VALUE;
        }
        return sorted;
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

    /** @return tenant subnets of the same address scope, which are reached without translation (dvr.md §6.8, §9.20); empty without scope */
    public FibTable<Route> fastExit() {
        return fastExit;
    }

    /** @return the on-link subnets of the external network, for packets that the fip namespace makes itself (dvr.md §6.2, main table) */
    public FibTable<Route> onLink() {
        return onLink;
    }

    /**
     * @param ip IPv4 address
     * @return the floating IP that this host translates and that is one guest's own, null where it is none of ours
     */
    public FloatingIp floatingIp(final int ip) {
        return floatingIps.get(ip);
    }

    /**
     * @param ip IPv4 address
     * @return the floating IP that this host translates, a guest's own or a shared one; null where it is none of ours
     */
    public FloatingIp translated(final int ip) {
        final FloatingIp own = floatingIps.get(ip);
        return own == null && hasPortForwardings ? forwardedIps.get(ip) : own;
    }

    /**
     * Tells every address that {@link #answersFor} is true of, some of them twice, in no order; cold.
     *
     * @param addresses takes an IPv4 address
     */
    public void forEachAddress(final IntConsumer addresses) {
        if (ip != 0) {
            addresses.accept(ip);
        }
        floatingIps.forEachInt((address, floatingIp) -> addresses.accept(address));
        forwardedIps.forEachInt((address, floatingIp) -> addresses.accept(address));
    }

    /** @return every floating IP here, ascending by address; cold */
    public List<FloatingIp> sortedFloatingIps() {
        final List<FloatingIp> sorted = new ArrayList<>(floatingIps.values());
        sorted.sort((a, b) -> Integer.compareUnsigned(a.floatingIp(), b.floatingIp()));
        return sorted;
    }

    /** @return every port that is forwarded here, ascending by address, protocol and port; cold */
    public List<PortForwarding> sortedPortForwardings() {
        final List<PortForwarding> sorted = new ArrayList<>(forwardings.values());
        sorted.sort(Comparator.comparingLong((PortForwarding forwarding) -> forwarding.floatingIp() & 0xFFFF_FFFFL)
                .thenComparingInt(PortForwarding::protocol)
                .thenComparingInt(PortForwarding::externalPort));
        return sorted;
    }

    @Override
    public String toString() {
        return router == null ? "fip namespace of " + segment : "gateway port of " + router + " on " + segment;
    }
}
