package org.dvr.dataplane.table;

import org.agrona.collections.IntHashSet;

/**
 * Permanent neighbors of a snapshot: the MAC of each address that the control plane knows. Open addressing, linear probing.
 *
 * <pre>   key: | domain (32) | IPv4 address (32) |      value: | flags | MAC (48) | </pre>
 *
 * A domain is where the address is unique: the segment id on tenant networks, {@link #domainOfWire} for static neighbors on a
 * wire. Filled while the snapshot is built (it grows then), only read afterwards, by any thread.
 */
public final class NeighborTable {
    /** Returned where no neighbor is known. No entry has this value: its MAC would be the broadcast address. */
    public static final long MISSING = -1;

    /** Set on a value that routers use and that the ARP responder must not give away (csnat ports of HA routers). */
    public static final long ROUTERS_ONLY = 1L << 48;

    /** Is told of neighbors. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * @param domain segment id or wire domain
         * @param ip IPv4 address
         * @param value MAC in the low 48 bits, with flags
         */
        void neighbor(int domain, int ip, long value);
    }

    private static final long MAC_MASK = 0xFFFF_FFFF_FFFFL;

    private long[] keys;
    private long[] values;
    private int size;

    /**
     * @param expected number of entries it should hold without growing, 0 or more
     */
    public NeighborTable(final int expected) {
        final int capacity = Hashing.capacityFor(expected);
        keys = new long[capacity];
        values = new long[capacity];
    }

    /**
     * The domain of static neighbors on a wire.
     *
     * @param attachmentId the attachment point that carries the wire (underlay or a physical network)
     * @return a domain that is no segment's
     */
    public static int domainOfWire(final int attachmentId) {
        return attachmentId | (1 << 30);
    }

    /**
     * MAC of a value.
     *
     * @param value a value found, not {@link #MISSING}
     * @return MAC in the low 48 bits
     */
    public static long mac(final long value) {
        return value & MAC_MASK;
    }

    /**
     * The neighbor with an address.
     *
     * @param domain segment id or wire domain, not 0
     * @param ip IPv4 address
     * @return MAC in the low 48 bits with flags above, or {@link #MISSING}
     */
    public long find(final int domain, final int ip) {
        final long[] keys = this.keys;
        final int mask = keys.length - 1;
        final long key = (long) domain << 32 | (ip & 0xFFFF_FFFFL);
        int slot = Hashing.slot(key, mask);
        long found = keys[slot];
        while (found != 0) {
            if (found == key) {
                return values[slot];
            }
            slot = (slot + 1) & mask;
            found = keys[slot];
        }
        return MISSING;
    }

    /**
     * Sets a neighbor; one that is there already is replaced.
     *
     * @param domain segment id or wire domain, not 0
     * @param ip IPv4 address
     * @param value MAC in the low 48 bits, with flags
     */
    public void put(final int domain, final int ip, final long value) {
        if (domain == 0) {
            throw new IllegalArgumentException("domain must not be 0, ip=" + ip);
        }
        if ((size + 1) * 2 > keys.length) {
            grow();
        }
        final int mask = keys.length - 1;
        final long key = (long) domain << 32 | (ip & 0xFFFF_FFFFL);
        int slot = Hashing.slot(key, mask);
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        if (keys[slot] == 0) {
            size++;
        }
        keys[slot] = key;
        values[slot] = value;
    }

    /**
     * The same table without the neighbors of some domains; cold.
     *
     * @param domains whose neighbors are left out
     * @return a copy
     */
    public NeighborTable without(final IntHashSet domains) {
        final NeighborTable copy = new NeighborTable(size);
        forEach((domain, ip, value) -> {
            if (!domains.contains(domain)) {
                copy.put(domain, ip, value);
            }
        });
        return copy;
    }

    /**
     * Tells of every neighbor, in no order; cold.
     *
     * @param visitor told of each
     */
    public void forEach(final Visitor visitor) {
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                visitor.neighbor((int) (keys[i] >>> 32), (int) keys[i], values[i]);
            }
        }
    }

    /** @return the number of entries */
    public int size() {
        return size;
    }

    private void grow() {
        final long[] oldKeys = keys;
        final long[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new long[oldKeys.length * 2];
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                put((int) (oldKeys[i] >>> 32), (int) oldKeys[i], oldValues[i]);
            }
        }
    }
}
