package org.dvr.dataplane.topology;

import org.agrona.collections.LongHashSet;
import org.dvr.dataplane.table.Fib6Table;

/**
 * An attachment point of this host: underlay, a physical network, or a port bound here.
 *
 * <p>Its id is stable across topologies, so counters and ports outlive a reload.
 */
public final class Attachment {
    private final int id;
    private final String name;
    private final AttachmentKind kind;

    Segment segment;
    RouterPort gateway;
    RouterPort6 gateway6;
    String portId = "";
    String deviceOwner = "";
    long mac;
    boolean isUp = true;
    boolean hasPortSecurity;
    boolean isServiced;
    final LongHashSet allowedMacs = new LongHashSet();
    long[] allowedPrefixes = new long[0];
    final Fib6Table<Boolean> allowedPrefixes6 = new Fib6Table<>();

    Attachment(final int id, final String name, final AttachmentKind kind) {
        this.id = id;
        this.name = name;
        this.kind = kind;
    }

    /** @return stable id, 0 or more, unique on this host */
    public int id() {
        return id;
    }

    /** @return {@code underlay}, the label of a physical network, or {@code tap} and 11 characters of the port id */
    public String name() {
        return name;
    }

    public AttachmentKind kind() {
        return kind;
    }

    /** @return the segment a guest is in; null for underlay and physical networks, where the frame tells */
    public Segment segment() {
        return segment;
    }

    /** @return as {@link #gateway()}, of its IPv6 subnet; null = none */
    public RouterPort6 gateway6() {
        return gateway6;
    }

    /** @return the gateway of the subnet this port lives in: what its MAC is restored from a DVR MAC to; null = none */
    public RouterPort gateway() {
        return gateway;
    }

    /** @return the Neutron port's id, empty where there is none */
    public String portId() {
        return portId;
    }

    /** @return the Neutron port's {@code device_owner}, empty where there is none */
    public String deviceOwner() {
        return deviceOwner;
    }

    /** @return MAC of the port in the low 48 bits, 0 where there is none */
    public long mac() {
        return mac;
    }

    /** @return {@code admin_state_up} of the port and of its network */
    public boolean isUp() {
        return isUp;
    }

    public boolean hasPortSecurity() {
        return hasPortSecurity;
    }

    /** @return true for ports that routed frames from other hosts are delivered to (dvr.md §1.3) */
    public boolean isServiced() {
        return isServiced;
    }

    /**
     * May this port send frames from a MAC? (dvr.md §4.2)
     *
     * @param source MAC in the low 48 bits
     * @return true for its own MAC and those of its allowed address pairs
     */
    public boolean mayUseMac(final long source) {
        return source == mac || allowedMacs.contains(source);
    }

    /**
     * May this port claim an address in ARP? (dvr.md §4.2)
     *
     * @param ip IPv4 address
     * @return true for its fixed IPs and allowed address pairs
     */
    public boolean mayClaim(final int ip) {
        for (final long prefix : allowedPrefixes) {
            final int length = (int) prefix & 0xFF;
            final int mask = length == 0 ? 0 : -1 << (32 - length);
            if (((int) (prefix >>> 8) & mask) == (ip & mask)) {
                return true;
            }
        }
        return false;
    }

    /**
     * May this port claim an IPv6 address in a neighbor advertisement? (dvr.md §4.2) Link-local addresses are its own affair.
     *
     * @param high high half of the address
     * @param low low half of the address
     * @return true for its fixed IPs, allowed address pairs and link-local addresses
     */
    public boolean mayClaim6(final long high, final long low) {
        return high >>> 54 == 0x3FA || allowedPrefixes6.find(high, low) != null;
    }

    @Override
    public String toString() {
        return name;
    }
}
