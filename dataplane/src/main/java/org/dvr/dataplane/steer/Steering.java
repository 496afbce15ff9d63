package org.dvr.dataplane.steer;

import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2LongHashMap;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.table.FibTable;
import org.dvr.dataplane.table.Hashing;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.nat.memory.Words;
import org.dvr.nat.tuple.TupleKey;

/**
 * Steers by the <em>remote</em> address: of the two addresses of a packet, the one on the far side of whatever translates it here. Translation changes
 * the near address and never the far one, so both directions of a connection have the same remote address, before and after every translation on their way.
 *
 * <pre>
 *   guest a1 -> X          to a gateway MAC or a csnat port: from inside       remote = destination = X
 *   X -> floating IP       to an external port's MAC: from outside             remote = source = X
 *   router M -> floating IP, ICMP error that quotes floating IP -> X           remote = quoted destination = X
 *   csnat -> a1, b1 -> a1  by tunnel or wire to a guest: routed already        remote = source
 * </pre>
 *
 * No port is looked at. So fragments stay with their packet, ICMP errors with their connection, and since two source translations can clash only
 * towards one remote address, each worker chooses ports by itself out of all of them.
 *
 * <p>Where the remote address is one of this host's own (two guests of this host that meet by floating IPs: each is the other's remote), the two directions have
 * different ones, and the {@link #LEADER} has them all. So has it what is translated at a central router with floating IPs and without source NAT, where
 * guests behind it may meet with one address translated only; whatever is not IP; and what is too short to tell.
 *
 * <p>Built for a snapshot off the packet path; immutable, read by any thread. The kernel's counterpart is {@code io.afpacket.FanoutProgram}.
 */
public final class Steering {
    /** The worker that answers ARP, announces, and has what belongs to nobody else. */
    public static final int LEADER = 0;

    /** Way of a MAC: who sends to it sends from inside, on whatever it comes by. */
    public static final int FROM_INSIDE = 1;

    /** Way of a MAC: who sends to it sends from outside, guests too. */
    public static final int FROM_OUTSIDE = 2;

    /** Way of a MAC: all that is sent to it is the leader's. */
    public static final int TO_LEADER = 3;

    /** First factor of {@link #hash}. */
    public static final int MIX = 0x9E37_79B1;

    /** Second factor of {@link #hash}. */
    public static final int MIX_AGAIN = 0x85EB_CA77;

    /** Bits that {@link #hash} folds between the two. */
    public static final int FOLD = 15;

    private static final int ETHER_TYPE_LENGTH = 2;
    private static final int IPV4_LENGTH = 20;
    private static final int IPV4_FRAGMENT = 6;
    private static final int IPV4_PROTOCOL = 9;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV4_DESTINATION = 16;
    private static final int IPV6_NEXT_HEADER = 6;
    private static final int IPV6_SOURCE = 8;
    private static final int IPV6_DESTINATION = 24;
    private static final int FRAGMENT_MASK = 0x3FFF; // more-fragments flag and offset
    private static final int GRE_CHECKSUM = 0x8000;
    private static final int GRE_KEY = 0x2000;
    private static final int GRE_SEQUENCE = 0x1000;
    private static final int GRE_FIELD = 4;
    private static final long NOWHERE = 0;
    private static final int NO_WAY = 0;
    private static final int WAY_BITS = 16;
    private static final int WAY_MASK = 0xFFFF;

    private final int workers;
    private final int seed;
    // Open addressing, at most a quarter full: nearly every look-up is one load that finds nothing.
    private final int[] ownAddresses; // by hash(address), 0 = empty
    private final long[] ways; // by the low bits of the MAC, | MAC (48) | way (16) |, 0 = empty
    private final FibTable<?>[] untranslated;

    private Steering(
            final int workers,
            final int seed,
            final IntHashSet own,
            final Long2LongHashMap ways,
            final List<FibTable<?>> untranslated) {
        this.workers = workers;
        this.seed = seed;
        this.untranslated = untranslated.toArray(FibTable<?>[]::new);
        ownAddresses = new int[Hashing.capacityFor(2 * own.size())];
        own.forEach(address -> put(ownAddresses, address, hash(address, seed)));
        this.ways = new long[Hashing.capacityFor(2 * ways.size())];
        ways.forEach((mac, way) -> put(this.ways, mac << WAY_BITS | way));
    }

    private static void put(final int[] table, final int address, final int hash) {
        int slot = hash & (table.length - 1);
        while (table[slot] != 0) {
            slot = (slot + 1) & (table.length - 1);
        }
        table[slot] = address;
    }

    private static void put(final long[] table, final long entry) {
        int slot = slot(entry >>> WAY_BITS, table.length - 1);
        while (table[slot] != 0) {
            slot = (slot + 1) & (table.length - 1);
        }
        table[slot] = entry;
    }

    private static int slot(final long mac, final int mask) {
        return (((int) mac * MIX) >>> FOLD) & mask;
    }

    /**
     * Builds it; in proportion to what this host translates, not on the packet path.
     *
     * @param topology in force
     * @param workers how many there are, 1 or more
     * @param seed of the hash: remote addresses are chosen by strangers
     * @return the function
     */
    public static Steering of(final TopologySnapshot topology, final int workers, final long seed) {
        final IntHashSet own = new IntHashSet();
        final Long2LongHashMap ways = new Long2LongHashMap(NO_WAY);
        final List<FibTable<?>> untranslated = new ArrayList<>();
        ways.put(topology.dvrMac(), FROM_INSIDE);
        for (final Router router : topology.routers()) {
            if (router.isCentral()) {
                final int way = mayMeetHalfTranslated(router) ? TO_LEADER : FROM_INSIDE;
                for (final RouterPort port : router.ports()) {
                    ways.put(port.mac(), way);
                }
            }
        }
        for (final ExternalPort port : topology.externalPorts()) {
            final boolean isLeaders = port.router() != null && mayMeetHalfTranslated(port.router());
            ways.put(port.mac(), isLeaders ? TO_LEADER : FROM_OUTSIDE);
            port.forEachAddress(own::add);
            if (port.fastExit().size() > 0) {
                untranslated.add(port.fastExit());
            }
        }
        own.remove(0);
        ways.remove(0);
        return new Steering(workers, (int) (seed ^ (seed >>> 32)), own, ways, untranslated);
    }

    /** A guest behind it that sends to the floating IP of another keeps its own address: nothing in the answer tells that it is translated. */
    private static boolean mayMeetHalfTranslated(final Router router) {
        final ExternalPort port = router.gatewayPort();
        return port != null
                && !port.hasSnat()
                && (port.hasPortForwardings() || !port.sortedFloatingIps().isEmpty());
    }

    /** @return how many workers there are */
    public int workers() {
        return workers;
    }

    /** @return what {@link #hash} begins with */
    public int seed() {
        return seed;
    }

    /**
     * The worker of a remote address.
     *
     * @param remote IPv4 address, host order
     * @return 0 to workers - 1
     */
    public int owner(final int remote) {
        final int hash = hash(remote, seed);
        return isOwn(remote, hash) ? LEADER : owner(hash, workers);
    }

    private boolean isOwn(final int remote, final int hash) {
        final int[] table = ownAddresses;
        final int mask = table.length - 1;
        int slot = hash & mask;
        for (int found = table[slot]; found != 0; found = table[slot]) {
            if (found == remote) {
                return true;
            }
            slot = (slot + 1) & mask;
        }
        for (final FibTable<?> subnets : untranslated) {
            if (subnets.find(remote) != null) { // meets floating IPs of this host untranslated (dvr.md §6.8)
                return true;
            }
        }
        return false;
    }

    private int way(final long mac) {
        final long[] table = ways;
        final int mask = table.length - 1;
        int slot = slot(mac, mask);
        for (long found = table[slot]; found != 0; found = table[slot]) {
            if (found >>> WAY_BITS == mac) {
                return (int) found & WAY_MASK;
            }
            slot = (slot + 1) & mask;
        }
        return NO_WAY;
    }

    /**
     * Spreads addresses.
     *
     * @param remote address
     * @param seed of the process
     * @return any 32 bits
     */
    public static int hash(final int remote, final int seed) {
        int h = (remote ^ seed) * MIX;
        h ^= h >>> FOLD;
        return h * MIX_AGAIN;
    }

    private static int owner(final int hash, final int workers) {
        return (int) (((hash & 0xFFFF_FFFFL) * workers) >>> 32);
    }

    /**
     * The worker of a frame.
     *
     * @param arrival as it came in
     * @return 0 to workers - 1
     */
    public int owner(final Arrival arrival) {
        final long end = arrival.at() + arrival.length();
        final long at = arrival.isFromUnderlay() ? inner(arrival.at(), end) : arrival.at();
        return at == NOWHERE ? LEADER : owner(!arrival.isFromUnderlay() && !arrival.isFromPhysical(), at, end);
    }

    /** Where the frame in a tunnel begins; what is wrong with the outer headers is told when they are parsed. */
    private static long inner(final long start, final long end) {
        final long l3 = start + EthernetHeader.LENGTH;
        if (l3 > end) {
            return NOWHERE;
        }
        final int protocol;
        final long l4;
        switch (etherType(l3)) {
            case EtherType.IPV4 -> {
                if (l3 + IPV4_LENGTH > end) {
                    return NOWHERE;
                }
                protocol = Words.getByte(l3 + IPV4_PROTOCOL);
                l4 = l3 + ((Words.getByte(l3) & 0xF) << 2);
            }
            case EtherType.IPV6 -> {
                if (l3 + Ipv6Header.LENGTH > end) {
                    return NOWHERE;
                }
                protocol = Words.getByte(l3 + IPV6_NEXT_HEADER);
                l4 = l3 + Ipv6Header.LENGTH;
            }
            default -> {
                return NOWHERE;
            }
        }
        if (protocol == IpProtocol.UDP) {
            return l4 + UdpHeader.LENGTH + VxlanHeader.LENGTH;
        }
        if (protocol != IpProtocol.GRE || l4 + GreHeader.MIN_LENGTH > end) {
            return NOWHERE;
        }
        final int flags = Words.getNetShort(l4);
        long at = l4 + GreHeader.MIN_LENGTH;
        at += (flags & GRE_CHECKSUM) == 0 ? 0 : GRE_FIELD;
        at += (flags & GRE_KEY) == 0 ? 0 : GRE_FIELD;
        at += (flags & GRE_SEQUENCE) == 0 ? 0 : GRE_FIELD;
        return at;
    }

    private static int etherType(final long l3) {
        return Words.getNetShort(l3 - ETHER_TYPE_LENGTH);
    }

    private int owner(final boolean isGuests, final long start, final long end) {
        long l3 = start + EthernetHeader.LENGTH;
        if (l3 > end) {
            return LEADER;
        }
        int etherType = etherType(l3);
        if (VlanTag.isAnnouncedBy(etherType)) {
            l3 += VlanTag.LENGTH;
            if (l3 > end) {
                return LEADER;
            }
            etherType = etherType(l3);
        }
        final boolean isIpv4 = etherType == EtherType.IPV4;
        if (!isIpv4 && etherType != EtherType.IPV6) {
            return LEADER;
        }
        final int way = way(Words.getNetLong(start) >>> 16);
        if (way == TO_LEADER) {
            return LEADER;
        }
        final boolean isFromInside = isGuests ? way != FROM_OUTSIDE : way == FROM_INSIDE;
        return isIpv4 ? ownerOfIpv4(isFromInside, l3, end) : ownerOfIpv6(isFromInside, l3, end);
    }

    private int ownerOfIpv4(final boolean isFromInside, final long l3, final long end) {
        if (l3 + IPV4_LENGTH > end) {
            return LEADER;
        }
        if (isFromInside) {
            return owner(Words.getNetInt(l3 + IPV4_DESTINATION));
        }
        final boolean isIcmp = Words.getByte(l3 + IPV4_PROTOCOL) == IpProtocol.ICMP;
        if (isIcmp && (Words.getNetShort(l3 + IPV4_FRAGMENT) & FRAGMENT_MASK) == 0) {
            final long l4 = l3 + ((Words.getByte(l3) & 0xF) << 2);
            if (l4 + 1 > end) {
                return LEADER;
            }
            if (IcmpHeader.isError(Words.getByte(l4))) {
                // Whoever in the middle makes it, it is about a packet from here to the remote address.
                final long quoted = l4 + IcmpHeader.LENGTH;
                return quoted + IPV4_LENGTH > end ? LEADER : owner(Words.getNetInt(quoted + IPV4_DESTINATION));
            }
        }
        return owner(Words.getNetInt(l3 + IPV4_SOURCE));
    }

    /** Not translated anywhere: packets of a flow have to stay in order, no more. */
    private int ownerOfIpv6(final boolean isFromInside, final long l3, final long end) {
        if (l3 + Ipv6Header.LENGTH > end) {
            return LEADER;
        }
        final long at = l3 + (isFromInside ? IPV6_DESTINATION : IPV6_SOURCE);
        final int folded =
                Words.getNetInt(at) ^ Words.getNetInt(at + 4) ^ Words.getNetInt(at + 8) ^ Words.getNetInt(at + 12);
        return owner(hash(folded, seed), workers);
    }

    /**
     * The worker of a connection that is taken up from elsewhere; cold.
     *
     * @param connection both of its tuples
     * @param router whose zone it is in
     * @return the worker that its packets will come to
     */
    public int owner(final ConnectionRecord connection, final Router router) {
        if (router.isCentral() && mayMeetHalfTranslated(router)) {
            return LEADER;
        }
        final int source = TupleKey.source(connection.originalAddresses());
        final int destination = TupleKey.destination(connection.originalAddresses());
        final boolean isSourceChanged = source != TupleKey.destination(connection.replyAddresses());
        final boolean isDestinationChanged = destination != TupleKey.source(connection.replyAddresses());
        if (isSourceChanged == isDestinationChanged) {
            return isSourceChanged
                    ? LEADER // two of this host's own have met
                    : owner(router.portCovering(source) != null ? destination : source);
        }
        return owner(isSourceChanged ? destination : source);
    }

    /** Takes what a copy of this function has to know. */
    public interface Visitor {
        /** @param address IPv4, host order: the leader's when it is remote */
        void ownAddress(int address);

        /**
         * @param mac low 48 bits
         * @param way {@link #FROM_INSIDE}, {@link #FROM_OUTSIDE} or {@link #TO_LEADER}
         */
        void way(long mac, int way);
    }

    /**
     * Tells its tables; cold. Subnets that reach the outside untranslated are not among them: frames of theirs that a copy steers otherwise are handed on.
     *
     * @param visitor told of each entry
     */
    public void visit(final Visitor visitor) {
        for (final int address : ownAddresses) {
            if (address != 0) {
                visitor.ownAddress(address);
            }
        }
        for (final long entry : ways) {
            if (entry != 0) {
                visitor.way(entry >>> WAY_BITS, (int) entry & WAY_MASK);
            }
        }
    }
}
