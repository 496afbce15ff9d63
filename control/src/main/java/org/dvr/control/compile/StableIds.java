package org.dvr.control.compile;

import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.IpAddress;

/**
 * Small numbers for names on one host, the same from reload to reload: flow state and counters hold them across snapshots. A name
 * keeps its number for the life of the process, also while the topology does not have it. Belongs to the thread that compiles.
 */
public final class StableIds {
    /** Returned where no number is left. */
    public static final int EXHAUSTED = -1;

    private static final int SEGMENT_HIGHEST = 65_535;
    private static final int ZONE_HIGHEST = (1 << 24) - 1;
    private static final int LINK_LOCAL_PAIRS = 8192; // 169.254.64.0/18 in pairs (dvr.md §1.7)

    private static final int METADATA_NETWORK = 0xF000_0000; // 240.0.0.0/16 (dvr.md §6.6)
    private static final int METADATA_MASK = 0xFFFF;
    private static final int METADATA_ADDRESSES = METADATA_MASK + 1;

    private final Map<String, Integer> attachments = new HashMap<>();
    private final Map<String, Integer> segments = new HashMap<>();
    private final Map<String, Integer> zones = new HashMap<>();
    private final Map<String, Integer> scopes = new HashMap<>();
    private final Map<IpAddress, Integer> peers = new HashMap<>();
    private final Map<String, Integer> metadata = new HashMap<>();
    private final Map<String, Map<String, Integer>> linkLocalPairs = new HashMap<>();
    private long version;

    private static <K> int number(final Map<K, Integer> numbers, final K name, final int lowest, final int highest) {
        final Integer known = numbers.get(name);
        if (known != null) {
            return known;
        }
        final int next = lowest + numbers.size();
        if (next > highest) {
            return EXHAUSTED;
        }
        numbers.put(name, next);
        return next;
    }

    int attachment(final String name) {
        return number(attachments, name, 0, Integer.MAX_VALUE - 1);
    }

    /** 1 to 65,535, or {@link #EXHAUSTED}. */
    int segment(final String networkId) {
        return number(segments, networkId, 1, SEGMENT_HIGHEST);
    }

    /** Of a router's distributed part. 1 to 2^24 - 1, or {@link #EXHAUSTED}. */
    int zone(final String routerId) {
        return number(zones, routerId, 1, ZONE_HIGHEST);
    }

    /**
     * Of a router's SNAT side, or of the router when it is a legacy one: the same in both forms, so that flows of its addresses outlive a conversion. 1 to
     * 2^24 - 1, or {@link #EXHAUSTED}.
     */
    int centralZone(final String routerId) {
        return number(zones, routerId + "/central", 1, ZONE_HIGHEST);
    }

    /** Of an IPv4 address scope: 1 or more. */
    int scope(final String addressScopeId) {
        return number(scopes, addressScopeId, 1, Integer.MAX_VALUE - 1);
    }

    int peer(final IpAddress tunnelIp) {
        return number(peers, tunnelIp, 0, Integer.MAX_VALUE - 1);
    }

    /** Which link-local pair of an external network is a router's: 0 to 8,191, or {@link #EXHAUSTED}. */
    int linkLocalPair(final String externalNetworkId, final String routerId) {
        return number(
                linkLocalPairs.computeIfAbsent(externalNetworkId, none -> new HashMap<>()),
                routerId,
                0,
                LINK_LOCAL_PAIRS - 1);
    }

    /**
     * The addresses of 240.0.0.0/16 that stand for guests behind routers. A name keeps its address while it is among those asked for, and gives it back when it
     * is not; a new one begins to look where its hash says, so that most get the same one in another process too.
     *
     * @param names in the order in which new ones choose
     * @param taken address that stands for nobody
     * @return address by name; without those for which none was left
     */
    Map<String, Integer> metadataAddresses(final Collection<String> names, final int taken) {
        metadata.keySet().retainAll(Set.copyOf(names));
        metadata.values().remove(taken);
        final BitSet used = new BitSet(METADATA_ADDRESSES);
        for (final int address : metadata.values()) {
            used.set(address & METADATA_MASK);
        }
        used.set(0); // the network's own address, and its broadcast address
        used.set(METADATA_MASK);
        if ((taken & ~METADATA_MASK) == METADATA_NETWORK) {
            used.set(taken & METADATA_MASK);
        }
        for (final String name : names) {
            if (!metadata.containsKey(name) && used.cardinality() < METADATA_ADDRESSES) {
                final int hash = name.hashCode() * 0x9E37_79B1;
                final int above = used.nextClearBit(hash >>> 16);
                final int free = above < METADATA_ADDRESSES ? above : used.nextClearBit(0);
                used.set(free);
                metadata.put(name, METADATA_NETWORK | free);
            }
        }
        return Map.copyOf(metadata);
    }

    long nextVersion() {
        version++;
        return version;
    }
}
