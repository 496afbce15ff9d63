package org.dvr.dataplane.frame;

import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.nat.tuple.TupleKey;

/**
 * What is decided about a frame. Stages fill it in, step by step; {@code write.FrameWriter} alone turns it into bytes.
 *
 * <p>A plain struct, as {@link Facts}: while a frame passes several routers inside the host, each step reads here what the steps before it
 * decided (addresses as translated so far, TTL spent so far), never the frame's bytes.
 */
public final class Verdict {
    // How it ends.
    public Action action = Action.NONE;
    public DropReason dropReason;
    /** Where it leaves, when it is forwarded outside of a tunnel; never null together with {@link #peer}. */
    public Attachment egress;
    /** The host at the other end of the tunnel it leaves by, or null. */
    public Peer peer;

    // What it wears when it leaves.
    /** The segment it is in at this step; the VNI, key or VLAN tag it leaves with. */
    public Segment segment;
    /** Source MAC, low 48 bits. */
    public long sourceMac;
    /** Destination MAC, low 48 bits. */
    public long destinationMac;
    /** True when the source MAC is a gateway's: outside of this host it becomes the DVR MAC. */
    public boolean isFromGateway;
    /** By how much the TTL falls. */
    public int ttlCost;
    /** True when an address or a port differs from the facts. */
    public boolean isTranslated;
    /** IPv4 source as it is at this step. */
    public int source;
    /** IPv4 destination as it is at this step. */
    public int destination;
    /** Source port or ICMP identifier as it is at this step. */
    public int sourcePort;
    /** Destination port or ICMP identifier as it is at this step. */
    public int destinationPort;

    // ICMP errors over IPv4 only: the quote, as the facts have it until it is translated.
    /** Quoted source as it is at this step. */
    public int quotedSource;
    /** Quoted destination as it is at this step. */
    public int quotedDestination;
    /** Quoted source port or ICMP identifier as it is at this step. */
    public int quotedSourcePort;
    /** Quoted destination port or ICMP identifier as it is at this step. */
    public int quotedDestinationPort;

    // How far the decision has come.
    /** The router it is in, or was in last; null while it is bridged. */
    public Router router;
    /** The router port it entered by, null when it came through the fip namespace or was made here. */
    public RouterPort routerPort;
    /** The router port it leaves by; null when it leaves by {@link #externalPort}. */
    public RouterPort outPort;
    /** The fip namespace, or the central router's gateway port, that it came or leaves by. */
    public ExternalPort externalPort;
    /** The floating IP that it was sent to, or that it leaves with. */
    public FloatingIp floatingIp;
    /** True once it has come through the fip namespace towards its router (arrived on rfp). */
    public boolean isFromOutside;
    /** The first router it passed, when it went on to another one's outside within this host; else null. */
    public Router hairpinFrom;
    /** True while the fip namespace sends it back to where its packets come from. */
    public boolean isTurned;
    /** True for packets this host makes itself: they spend no TTL at the router that makes them. */
    public boolean isOwn;
    /** True once its bytes are as they leave, tunnel headers included: only the outer MAC may be missing. */
    public boolean isWritten;
    /** It leaves in fragments of at most this many bytes if it is longer, IP headers included; 0 = whole. */
    public int fragmentMtu;
    /** Where a fragment that waits for the first one of its packet goes on. */
    public Next resumesAt;
    /** True when the first fragment of its packet has come: the ports are known, the stage that had it wait goes on from there. */
    public boolean isResumed;
    /** The address whose MAC is looked for. */
    public int nextHop;

    /** The IPv6 address whose MAC is looked for. */
    public long nextHopHigh;

    public long nextHopLow;

    // Whether the next packet of its flow may be told the same (flow.FlowCache).
    /** False when something has decided that may be otherwise for the next packet, or when the first packet of a connection is special. */
    public boolean isLasting;
    /** True when it was decided so because no connection is known that it would belong to. */
    public boolean isUntracked;
    /** True when another packet between the same two, of the same protocol, might be told otherwise for its ports: something has looked at them. */
    public boolean dependsOnPorts;
    /** The longest packet that passes whole: the least MTU that was asked for, {@link Integer#MAX_VALUE} = none was. */
    public int mtu;
    /** The connection by which it was translated, in its direction; 0 = none. */
    public int connection;
    /** The second connection, of a packet that passes two routers here; 0 = none. */
    public int secondConnection;
    /** Until when holds what was learned of its next hop, a MAC or where that is; {@link Long#MAX_VALUE} = nothing was. */
    public long learnedUntilNs;
    /** Segment in which its source MAC was learned, so that every packet of it renews what is known; 0 = it was not. */
    public int learnedSegmentId;
    /** Where it was learned: an attachment id, or a peer id as {@code table.LearnedFdbTable} marks it. */
    public int learnedWhere;

    // What is sent back.
    public Answer answer = Answer.NONE;
    public int icmpType;
    public int icmpCode;
    /** MTU told in a fragmentation-needed error. */
    public int icmpMtu;
    /** Source address of the answer. */
    public int answerIp;
    /** IPv6 source address of the answer. */
    public long answerHigh;

    public long answerLow;
    /** Source MAC of the answer, low 48 bits. */
    public long answerMac;
    /** Where the answer starts: at this router; null = in the fip namespace {@link #answerExternalPort}, or on the wire (ARP). */
    public Router answerRouter;
    /** The fip namespace the answer starts in, when no router makes it. */
    public ExternalPort answerExternalPort;

    /**
     * Replaces addresses and ports by those of a tuple.
     *
     * @param addresses addresses half of the tuple it leaves with
     * @param ports ports half of it
     */
    public void translate(final long addresses, final long ports) {
        isTranslated = true;
        source = TupleKey.source(addresses);
        destination = TupleKey.destination(addresses);
        sourcePort = TupleKey.sourcePort(ports);
        destinationPort = TupleKey.destinationPort(ports);
    }

    /**
     * Has it leave in fragments where it exceeds an MTU.
     *
     * @param mtu of a network on its way; the smallest counts
     */
    public void fragment(final int mtu) {
        fragmentMtu = fragmentMtu == 0 ? mtu : Math.min(fragmentMtu, mtu);
    }

    /**
     * Notes the MTU of a network on its way, that it passes whole.
     *
     * @param limit bytes of the IP packet
     */
    public void limit(final int limit) {
        mtu = Math.min(mtu, limit);
    }

    /**
     * Notes that something was learned which may age.
     *
     * @param untilNs when it has aged
     */
    public void until(final long untilNs) {
        learnedUntilNs = Math.min(learnedUntilNs, untilNs);
    }

    /**
     * Notes a known connection that it belongs to and was translated by.
     *
     * @param reference the connection, in its direction
     */
    public void track(final int reference) {
        if (connection == 0) {
            connection = reference;
        } else if (secondConnection == 0) {
            secondConnection = reference;
        } else {
            isLasting = false; // nobody passes three
        }
    }

    /**
     * Takes over how a packet leaves, for a fragment made of it.
     *
     * @param whole verdict of that packet
     */
    public void takeWay(final Verdict whole) {
        action = whole.action;
        egress = whole.egress;
        peer = whole.peer;
        segment = whole.segment;
        router = whole.router;
        isFromGateway = whole.isFromGateway;
        sourceMac = whole.sourceMac;
        destinationMac = whole.destinationMac;
    }

    /** Forgets the last frame; addresses start as the facts have them. */
    public void reset() {
        action = Action.NONE;
        dropReason = null;
        egress = null;
        peer = null;
        segment = null;
        isFromGateway = false;
        ttlCost = 0;
        isTranslated = false;
        router = null;
        routerPort = null;
        outPort = null;
        externalPort = null;
        floatingIp = null;
        isFromOutside = false;
        hairpinFrom = null;
        isTurned = false;
        isOwn = false;
        isWritten = false;
        fragmentMtu = 0;
        resumesAt = null;
        isResumed = false;
        isLasting = true;
        isUntracked = false;
        dependsOnPorts = false;
        mtu = Integer.MAX_VALUE;
        connection = 0;
        secondConnection = 0;
        learnedUntilNs = Long.MAX_VALUE;
        learnedSegmentId = 0;
        answer = Answer.NONE;
        answerRouter = null;
        answerExternalPort = null;
    }

    /**
     * Takes over what the frame wears as it arrived.
     *
     * @param facts of the same frame
     */
    public void startFrom(final Facts facts) {
        sourceMac = facts.sourceMac;
        destinationMac = facts.destinationMac;
        source = facts.source;
        destination = facts.destination;
        sourcePort = facts.sourcePort;
        destinationPort = facts.destinationPort;
        if (facts.isIcmpError()) {
            startQuoteFrom(facts);
        }
    }

    private void startQuoteFrom(final Facts facts) {
        quotedSource = facts.quotedSource;
        quotedDestination = facts.quotedDestination;
        quotedSourcePort = facts.quotedSourcePort;
        quotedDestinationPort = facts.quotedDestinationPort;
    }
}
