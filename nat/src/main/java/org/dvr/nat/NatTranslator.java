package org.dvr.nat;

import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.PortOccupancy;
import org.dvr.nat.conntrack.TcpState;
import org.dvr.nat.policy.PortChoices;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.policy.PortShortages;
import org.dvr.nat.policy.SourcePort;
import org.dvr.nat.tuple.TupleKey;

/**
 * Opens connections with the translations that a floating IP asks for, and finds them again.
 *
 * <p>A packet's way: build its tuple with {@link TupleKey}, {@link #lookup} it; if a connection is found, tell {@link
 * #packet} and rewrite to {@link #translatedAddresses} and {@link #translatedPorts}; if not, decide what the packet's
 * router does to it and open accordingly. Any packet may open but those that are answers by nature: an ICMP echo reply
 * or an ICMP error is the caller's to refuse. Zones are routers: floating IPs of one router never meet those of another
 * here.
 *
 * <p>A guest that addresses its own floating IP passes twice. Its first packet is opened by {@link #openSource}:
 * a:p → F:q becomes F:p' → F:q. When that comes back, one of two things happens:
 *
 * <ul>
 *   <li>p' differs from q: the tuple is unknown and {@link #openDestination} opens a second connection of the same
 *       zone, which delivers F:p' → a:q. The answer a:q → F:p' is the reply of the second, its outcome F:q → F:p' the
 *       reply of the first, and ends as F:q → a:p.
 *   <li>p' equals q, which is so for ICMP echo, too: F:q → F:q is its own inverse, hence already known as the reply of
 *       the first connection, and is delivered as F:q → a:q. One connection carries both directions.
 * </ul>
 *
 * <h2>Source ports</h2>
 *
 * A port is taken only towards a remote address and port: towards others it may be used again (RFC 7857 §3), and it is never given twice to one of them,
 * since the table refuses a second connection with the same answers. Where a port is chosen it is random, by a keyed hash of the tuple and a number that
 * grows with each choice (RFC 6056 §3.3): strangers cannot foretell it, two connections of one tuple get different ones, and the same seed and packets give
 * the same ports again. From there other ports are tried in an order that is random, too, at most {@value #PORT_TRIES}.
 *
 * <p>The ports of one external address towards one remote address and port are a pool of their own, in each zone and protocol. Where one is crowded, so that
 * {@value #CROWDED_TRIES} tries have failed, {@link PortOccupancy} begins to learn its ports, {@value #LOOK_LIMIT} with each connection; once it
 * knows all, the first free port from a random one on is taken. So a connection is refused exactly when every port of its pool belongs to a remembered
 * connection. One that has expired unnoticed is remembered until the sweep meets it, or a refusal does: each looks at {@value #PORT_TRIES} ports in turn.
 *
 * <p>The work of a packet is bounded: {@value #PORT_TRIES} tries and {@value #LOOK_LIMIT} looks, or a thousand words of the pool's bits and {@value
 * #PORT_TRIES} looks. Only in a pool that has filled up without choices (ports that were kept, connections from outside or restored) the first packets that
 * find no port in {@value #PORT_TRIES} tries look at {@value #SEEK_LIMIT} more, and may be refused until all have been looked at: sixteen packets at most.
 *
 * <p>Identifiers of ICMP echo are chosen like ports. Ports of SCTP are told from each other but never changed: its checksum would have to be computed anew
 * over the whole packet, and peers know its ports as part of the association (RFC 9260 §6.8); it does not cover addresses, so translation
 * leaves it alone. SCTP, and protocols without ports (GRE, ESP), are refused by {@link #CLASH} where two guests would look alike to the same remote.
 *
 * <p>Owned by one worker; allocates nothing after construction.
 */
public final class NatTranslator {
    /** No live connection has this tuple. */
    public static final int MISSING = ConntrackTable.MISSING;

    /** The owner, or its zone, holds as many connections as it may. */
    public static final int TABLE_FULL = ConntrackTable.TABLE_FULL;

    /** A live connection uses one of the tuples, and nothing may be chosen to avoid it. */
    public static final int CLASH = ConntrackTable.CLASH;

    /** No free source port towards this remote address and port was found. */
    public static final int PORTS_EXHAUSTED = -4;

    /**
     * Ports tried for one connection. A try is a miss of the cache in a large table, so that the dearest packet costs
     * some ten microseconds; at nine tenths full the odds of giving up are one in a million.
     */
    private static final int PORT_TRIES = 128;

    /** So many ports in a row are taken once in 250 choices where half of all are, and in every second choice where nine tenths are. */
    private static final int CROWDED_TRIES = 8;

    /** Ports that each choice looks at in a crowded pool: 252 choices know all of the largest one. */
    private static final int LOOK_LIMIT = 256;

    /** Looks for the first free port of a pool of which little is known: at most half a millisecond. */
    private static final int SEEK_LIMIT = 4_096;

    /** Ports half of no tuple: zones begin at 1. */
    private static final long NOTHING = 0;

    private final ConntrackTable table;
    private final PortRange range;
    private final PortOccupancy occupancy;
    private final PortShortages shortages = new PortShortages();
    private final PortChoices choices;

    // The last tuple that was looked up and missed, and the last answer that was found to be free; until a connection
    // is opened.
    private long missedAddresses;
    private long missedPorts;
    private long missedHash;
    private long freeAddresses;
    private long freePorts;
    private long freeHash;

    /**
     * Uses a table.
     *
     * @param table connections of this worker
     * @param range ports and ICMP identifiers to choose from when a source port cannot be kept
     */
    public NatTranslator(final ConntrackTable table, final PortRange range) {
        this(table, range, new PortChoices());
    }

    /**
     * Uses a table, and numbers its choices of ports together with other translators of the same thread.
     *
     * @param table connections of this worker
     * @param range ports and ICMP identifiers to choose from when a source port cannot be kept
     * @param choices made so far
     */
    public NatTranslator(final ConntrackTable table, final PortRange range, final PortChoices choices) {
        this.table = table;
        this.range = range;
        this.choices = choices;
        occupancy = table.occupancy(range.lowest(), range.size());
    }

    /** The connections: for hashes and touches ahead of a burst, expiry, views and counters. */
    public ConntrackTable table() {
        return table;
    }

    /**
     * Finds the connection of a packet.
     *
     * @param addresses addresses half of the packet's tuple
     * @param ports ports half of the packet's tuple
     * @param nowNs current time
     * @return reference, whose lowest bit is the direction, or {@link #MISSING}
     */
    public int lookup(final long addresses, final long ports, final long nowNs) {
        return lookup(addresses, ports, table.hash(addresses, ports), nowNs);
    }

    /**
     * Finds the connection of a packet whose hash is known.
     *
     * @param addresses addresses half of the packet's tuple
     * @param ports ports half of the packet's tuple
     * @param hash of the two by {@link ConntrackTable#hash}
     * @param nowNs current time
     * @return reference, whose lowest bit is the direction, or {@link #MISSING}
     */
    public int lookup(final long addresses, final long ports, final long hash, final long nowNs) {
        final int reference = table.find(addresses, ports, hash, nowNs);
        missedAddresses = addresses;
        missedPorts = reference == MISSING ? ports : NOTHING;
        missedHash = hash;
        return reference;
    }

    /**
     * Tracks a packet of a connection.
     *
     * @param reference the connection, in the packet's direction
     * @param tcpFlags flags of a TCP segment; of no account for other protocols
     * @param nowNs current time
     */
    public void packet(final int reference, final int tcpFlags, final long nowNs) {
        table.packet(reference, tcpFlags, nowNs);
    }

    /**
     * Tracks a packet of a connection whose sequence numbers are known: safe against RSTs of those who do not see the connection.
     *
     * @param reference the connection, in the packet's direction
     * @param tcpFlags flags of a TCP segment; for other protocols this and what follows is of no account
     * @param sequence sequence number of the segment
     * @param acknowledgment acknowledgment number of the segment
     * @param length bytes of payload of the segment
     * @param nowNs current time
     */
    public void packet(
            final int reference,
            final int tcpFlags,
            final int sequence,
            final int acknowledgment,
            final int length,
            final long nowNs) {
        table.packet(reference, tcpFlags, sequence, acknowledgment, length, nowNs);
    }

    /**
     * Notes the sequence numbers of the segment that has opened a connection, directly after.
     *
     * @param reference the connection, as it was opened; of another protocol: nothing happens
     * @param tcpFlags flags of the segment
     * @param sequence sequence number of the segment
     * @param acknowledgment acknowledgment number of the segment
     * @param length bytes of payload of the segment
     */
    public void note(
            final int reference, final int tcpFlags, final int sequence, final int acknowledgment, final int length) {
        table.note(reference, tcpFlags, sequence, acknowledgment, length);
    }

    /**
     * The addresses that a packet leaves with.
     *
     * @param reference the connection, in the packet's direction
     * @return addresses half of a tuple
     */
    public long translatedAddresses(final int reference) {
        return table.translatedAddresses(reference);
    }

    /**
     * The ports that a packet leaves with.
     *
     * @param reference the connection, in the packet's direction
     * @return ports half of a tuple
     */
    public long translatedPorts(final int reference) {
        return table.translatedPorts(reference);
    }

    /**
     * Opens a connection that is tracked and not translated, with its first packet.
     *
     * @param addresses addresses half of the packet's tuple
     * @param ports ports half of the packet's tuple
     * @param tcpFlags flags of a TCP segment
     * @param owner to whom the connection is accounted
     * @param nowNs current time
     * @return reference in the original direction, {@link #TABLE_FULL} or {@link #CLASH}
     */
    public int open(final long addresses, final long ports, final int tcpFlags, final int owner, final long nowNs) {
        final int reference = table.open(
                addresses, ports, TupleKey.inverseAddresses(addresses), TupleKey.inversePorts(ports), owner, nowNs);
        return track(reference, tcpFlags, nowNs);
    }

    /**
     * Opens a connection whose source address is replaced, with its first packet; the source port as {@link SourcePort#KEEP_IF_FREE}.
     *
     * @param addresses addresses half of the packet's tuple
     * @param ports ports half of the packet's tuple
     * @param newSource source address to leave with: the floating IP
     * @param tcpFlags flags of a TCP segment
     * @param owner to whom the connection is accounted
     * @param nowNs current time
     * @return reference in the original direction, {@link #TABLE_FULL}, {@link #CLASH} or {@link #PORTS_EXHAUSTED}
     */
    public int openSource(
            final long addresses,
            final long ports,
            final int newSource,
            final int tcpFlags,
            final int owner,
            final long nowNs) {
        return open(
                addresses,
                ports,
                TupleKey.addresses(newSource, TupleKey.destination(addresses)),
                TupleKey.destinationPort(ports),
                SourcePort.KEEP_IF_FREE,
                tcpFlags,
                owner,
                nowNs);
    }

    /**
     * Opens a connection whose destination address is replaced, with its first packet. All ports are kept; if the guest
     * has a live connection with the very tuple of the answer, the packet cannot be told from it and clashes.
     *
     * @param addresses addresses half of the packet's tuple
     * @param ports ports half of the packet's tuple
     * @param newDestination destination address to arrive with: the fixed IP
     * @param tcpFlags flags of a TCP segment
     * @param owner to whom the connection is accounted
     * @param nowNs current time
     * @return reference in the original direction, {@link #TABLE_FULL} or {@link #CLASH}
     */
    public int openDestination(
            final long addresses,
            final long ports,
            final int newDestination,
            final int tcpFlags,
            final int owner,
            final long nowNs) {
        return open(
                addresses,
                ports,
                TupleKey.addresses(TupleKey.source(addresses), newDestination),
                TupleKey.destinationPort(ports),
                SourcePort.KEEP,
                tcpFlags,
                owner,
                nowNs);
    }

    /**
     * Opens a connection with its first packet, whatever of its tuple is replaced. Protocols without ports, and SCTP, have no source port to choose and clash
     * when the answers are taken; so does a TCP segment other than a first SYN, since its connection has told its port already.
     *
     * @param addresses addresses half of the packet's tuple, as it arrived
     * @param ports ports half of the packet's tuple, as it arrived
     * @param leaving addresses half of the tuple it leaves with
     * @param leavingDestinationPort destination port it leaves with; of ICMP echo of no account
     * @param sourcePort what may become of its source port
     * @param tcpFlags flags of a TCP segment
     * @param owner to whom the connection is accounted
     * @param nowNs current time
     * @return reference in the original direction, {@link #TABLE_FULL}, {@link #CLASH} or {@link #PORTS_EXHAUSTED}
     */
    public int open(
            final long addresses,
            final long ports,
            final long leaving,
            final int leavingDestinationPort,
            final SourcePort sourcePort,
            final int tcpFlags,
            final int owner,
            final long nowNs) {
        final long replyAddresses = TupleKey.inverseAddresses(leaving);
        final long wanted = TupleKey.withPorts(ports, TupleKey.sourcePort(ports), leavingDestinationPort);
        final int chosen = sourcePort == SourcePort.KEEP
                ? TupleKey.sourcePort(ports)
                : freeSourcePort(addresses, wanted, replyAddresses, sourcePort, tcpFlags, nowNs);
        if (chosen < 0) {
            return chosen;
        }
        final int reference = open(addresses, ports, replyAddresses, replyPorts(wanted, chosen), owner, nowNs);
        return track(reference, tcpFlags, nowNs);
    }

    /**
     * Removes what has expired among the next few entries; for every duty cycle.
     *
     * @param nowNs current time
     * @param limit the most entries to look at
     * @return the number of connections removed
     */
    public int expire(final long nowNs, final int limit) {
        return table.expire(nowNs, limit);
    }

    /**
     * Cuts every connection that a floating IP and a fixed IP carry together, in either direction, when the pair ceases
     * to exist; cold.
     *
     * @param zone isolation domain of the router
     * @param floatingAddress the floating IP
     * @param fixedAddress the fixed IP it stood for
     * @return the number of connections removed
     */
    public int flush(final int zone, final int floatingAddress, final int fixedAddress) {
        return table.removeIf((connections, reference) -> {
            final long original = connections.originalAddresses(reference);
            final long reply = connections.replyAddresses(reference);
            final boolean outbound =
                    TupleKey.source(original) == fixedAddress && TupleKey.destination(reply) == floatingAddress;
            final boolean inbound =
                    TupleKey.destination(original) == floatingAddress && TupleKey.source(reply) == fixedAddress;
            return TupleKey.zone(connections.originalPorts(reference)) == zone && (outbound || inbound);
        });
    }

    /** Connections refused so far because no source port was free. */
    public long exhaustedCount() {
        return shortages.refusedCount();
    }

    /** The external addresses that had no port free lately. */
    public PortShortages shortages() {
        return shortages;
    }

    private int track(final int reference, final int tcpFlags, final long nowNs) {
        if (reference >= 0) {
            table.packet(reference, tcpFlags, nowNs);
        }
        return reference;
    }

    /** A source port whose answers are free, {@link #PORTS_EXHAUSTED}, or its own where {@code open} will clash. */
    private int freeSourcePort(
            final long addresses,
            final long ports,
            final long replyAddresses,
            final SourcePort sourcePort,
            final int tcpFlags,
            final long nowNs) {
        final int kept = TupleKey.sourcePort(ports);
        final boolean isKept =
                sourcePort == SourcePort.KEEP_IF_FREE && isFree(replyAddresses, replyPorts(ports, kept), nowNs);
        if (isKept || !mayChoose(TupleKey.protocol(ports), tcpFlags)) {
            return kept;
        }
        final long hash = table.hash(addresses ^ choices.next(), ports);
        final int chosen = choose(replyAddresses, ports, hash, nowNs);
        if (chosen < 0) {
            shortages.refused(TupleKey.destination(replyAddresses), nowNs);
            return PORTS_EXHAUSTED;
        }
        return chosen;
    }

    /** A free port, or one below 0. */
    private int choose(final long replyAddresses, final long ports, final long hash, final long nowNs) {
        int pool = occupancy.find(replyAddresses, replyPorts(ports, 0));
        if (pool >= 0 && occupancy.isComplete(pool)) {
            return choose(pool, hash, nowNs);
        }
        int port = range.first(hash);
        if (isFree(replyAddresses, replyPorts(ports, port), nowNs)) {
            return port; // nearly always
        }
        final int step = range.step(hash);
        final int tries = Math.min(PORT_TRIES, range.size());
        port = range.next(port, step);
        int taken = 1;
        while (taken < tries && !isFree(replyAddresses, replyPorts(ports, port), nowNs)) {
            port = range.next(port, step);
            taken++;
        }
        if (taken < CROWDED_TRIES || tries == range.size()) { // a small range has been seen in full
            return taken < tries ? port : PORTS_EXHAUSTED;
        }
        if (pool < 0) {
            pool = occupancy.watch(replyAddresses, replyPorts(ports, 0));
        }
        if (taken < tries) {
            occupancy.look(pool, LOOK_LIMIT, nowNs);
            return port;
        }
        return choose(pool, hash, nowNs);
    }

    private int choose(final int pool, final long hash, final long nowNs) {
        int port = occupancy.free(pool, range.first(hash));
        if (port < 0) {
            port = occupancy.seek(pool, SEEK_LIMIT, nowNs);
        }
        return port >= 0 ? port : occupancy.expired(pool, PORT_TRIES, nowNs);
    }

    /** Opens a connection; what has been looked up for it a moment ago is not looked up again. */
    private int open(
            final long addresses,
            final long ports,
            final long replyAddresses,
            final long replyPorts,
            final int owner,
            final long nowNs) {
        final boolean isKnownFree = missedPorts == ports
                && missedAddresses == addresses
                && freePorts == replyPorts
                && freeAddresses == replyAddresses;
        final int reference = isKnownFree
                ? table.openFree(addresses, ports, missedHash, replyAddresses, replyPorts, freeHash, owner, nowNs)
                : table.open(addresses, ports, replyAddresses, replyPorts, owner, nowNs);
        missedPorts = NOTHING;
        freePorts = NOTHING;
        return reference;
    }

    private boolean isFree(final long addresses, final long ports, final long nowNs) {
        final long hash = table.hash(addresses, ports);
        final boolean isFree = table.find(addresses, ports, hash, nowNs) == MISSING;
        freeAddresses = addresses;
        freePorts = isFree ? ports : NOTHING;
        freeHash = hash;
        return isFree;
    }

    private static long replyPorts(final long ports, final int sourcePort) {
        // An echo's identifier stands in both places, and the answer carries the new one.
        final int remotePort = isEcho(TupleKey.protocol(ports)) ? sourcePort : TupleKey.destinationPort(ports);
        return TupleKey.withPorts(ports, remotePort, sourcePort);
    }

    private static boolean mayChoose(final int protocol, final int tcpFlags) {
        return protocol == TupleKey.TCP
                ? (tcpFlags & (TcpState.SYN | TcpState.ACK)) == TcpState.SYN
                : protocol == TupleKey.UDP || isEcho(protocol);
    }

    private static boolean isEcho(final int protocol) {
        return protocol == TupleKey.ICMP || protocol == TupleKey.ICMPV6;
    }
}
