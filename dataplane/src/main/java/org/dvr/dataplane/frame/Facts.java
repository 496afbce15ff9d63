package org.dvr.dataplane.frame;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.transport.IcmpHeader;

/**
 * What a frame says: filled by one pass over its headers, never changed after that.
 *
 * <p>A plain struct: stages read many of these, and forty accessors would say no more than forty documented fields. Offsets are
 * in bytes from the start of the frame's buffer. Fields of a header that is not there hold what the last frame left: look
 * at {@link #etherType}, {@link #ipFault} and {@link #protocol} first.
 */
public final class Facts {
    /** {@link #vlanId} of an untagged frame. */
    public static final int UNTAGGED = -1;

    /** How it was wrapped when it arrived. */
    public Tunnel tunnel = Tunnel.NONE;
    /** Outer source address of a tunnel frame; of an IPv6 one what stands for its peer, 0 when that is unknown. */
    public int peerIp;
    /** IPv6: outer source address, high and low halves; the high one is 0 where that is an IPv4 address. */
    public long peerHigh;

    public long peerLow;
    /** VNI or GRE key of a tunnel frame. */
    public int segmentationId;

    /** Where the (inner) Ethernet header begins. */
    public int l2Offset;
    /** 802.1Q VLAN id of the (inner) frame, {@link #UNTAGGED} without a tag; 0 for a priority tag. */
    public int vlanId;
    /** Destination MAC, low 48 bits. */
    public long destinationMac;
    /** Source MAC, low 48 bits. */
    public long sourceMac;
    /** Ethertype behind any tag. */
    public int etherType;
    /** Where the packet begins, behind Ethernet header and tag. */
    public int l3Offset;

    /** What is wrong with the packet's network header; a bridge does not care, a router drops. */
    public DecodeFault ipFault = DecodeFault.NONE;
    /** What is wrong with its transport header; a router does not care, address translation drops. */
    public DecodeFault transportFault = DecodeFault.NONE;
    /** IPv4: source address. */
    public int source;
    /** IPv4: destination address. */
    public int destination;
    /** IPv4 or IPv6: protocol of what follows the IP headers. */
    public int protocol;
    /** TTL or hop limit. */
    public int ttl;
    /** TOS or traffic class. */
    public int tos;
    /** Bytes of the IP packet, headers included; Ethernet padding is not counted. */
    public int packetLength;
    /**
     * Bytes of the largest packet that it will be on a wire, headers included: what an MTU is held against. As {@link #packetLength}, but for a large segment
     * that is still to be cut.
     */
    public int wireLength;
    /** Don't-fragment flag. */
    public boolean hasDontFragment;
    /** True for any part of a fragmented packet. */
    public boolean isFragment;
    /** Bytes of payload before this fragment, 0 for the first and for whole packets. */
    public int fragmentOffset;
    /** IPv4: identification that the fragments of a packet share; read of fragments only. */
    public int identification;
    /** IPv4: whether fragments follow this one. */
    public boolean hasMoreFragments;
    /** IPv6: source and destination, high and low halves. */
    public long sourceHigh;

    public long sourceLow;
    public long destinationHigh;
    public long destinationLow;

    /** Where the transport header begins. */
    public int l4Offset;
    /** TCP, UDP or SCTP source port; ICMP echo: identifier; else 0, and of fragments other than the first. */
    public int sourcePort;
    /** TCP, UDP or SCTP destination port; ICMP echo: identifier; else 0. */
    public int destinationPort;
    /** TCP flags, 0 for others. */
    public int tcpFlags;
    /** TCP sequence number. */
    public int tcpSequence;
    /** TCP acknowledgment number. */
    public int tcpAcknowledgment;
    /** TCP: bytes of payload. */
    public int tcpLength;
    /** ICMP or ICMPv6 type, -1 for others. */
    public int icmpType;

    // ICMP errors over IPv4 only (RFC 792): the packet that is quoted.
    /** Why the quote cannot be translated, null when it can; the fields below hold only then. */
    public DropReason quoteFault;
    /** Where the quoted IPv4 header begins. */
    public int quotedL3Offset;
    /** Where the quoted transport header begins, behind any options. */
    public int quotedL4Offset;
    /** Bytes that are quoted from the IPv4 header on, at most the quoted packet's own length; whatever follows is no part of it (RFC 4884 §4). */
    public int quotedLength;
    /** Quoted source address. */
    public int quotedSource;
    /** Quoted destination address. */
    public int quotedDestination;
    /** Quoted protocol, 0 to 255. */
    public int quotedProtocol;
    /** Quoted TCP or UDP source port; ICMP echo: identifier; else 0. */
    public int quotedSourcePort;
    /** Quoted TCP or UDP destination port; ICMP echo: identifier; else 0. */
    public int quotedDestinationPort;

    /** IPv6 neighbor discovery: the target address of a solicitation or advertisement. */
    public long ndTargetHigh;

    public long ndTargetLow;

    /** ARP operation. */
    public int arpOperation;
    /** ARP sender hardware address, low 48 bits. */
    public long arpSenderMac;
    /** ARP sender protocol address. */
    public int arpSenderIp;
    /** ARP target hardware address, low 48 bits. */
    public long arpTargetMac;
    /** ARP target protocol address. */
    public int arpTargetIp;

    /**
     * Is it a whole ICMP error over IPv4, so that the fields of its quote were read? Not of a fragment.
     *
     * @return true when {@link #quoteFault} and what follows it are this frame's
     */
    public boolean isIcmpError() {
        return protocol == IpProtocol.ICMP && IcmpHeader.isError(icmpType) && !isFragment;
    }

    /**
     * A hash that is the same for every packet of a flow in one direction, and for every fragment of a packet: chooses among equal next hops and
     * outer source ports.
     *
     * @return any int
     */
    public int flowHash() {
        if (ipFault != DecodeFault.NONE) {
            return (int) (hashOfMacs() >>> 32);
        }
        final long h = flowHashOfAnyPorts();
        return isFragment ? finish(h ^ protocol) : flowHash(h, sourcePort, destinationPort, protocol);
    }

    private long hashOfMacs() {
        final long h = destinationMac * 0x9E37_79B9_7F4A_7C15L + sourceMac;
        return (h ^ (h >>> 29)) * 0xBF58_476D_1CE4_E5B9L;
    }

    /** @return of an IPv4 or IPv6 packet, what {@link #flowHash(long, int, int, int)} makes the flow hash of */
    public long flowHashOfAnyPorts() {
        final long h = hashOfMacs() ^ ((long) source << 32) ^ destination;
        return (h ^ (h >>> 31)) * 0x94D0_49BB_1331_11EBL;
    }

    /**
     * {@link #flowHash()} of a whole packet of which there are no facts.
     *
     * @param ofAnyPorts {@link #flowHashOfAnyPorts} of a packet between the same two
     * @param sourcePort its source port
     * @param destinationPort its destination port
     * @param protocol its IP protocol
     * @return the same
     */
    public static int flowHash(
            final long ofAnyPorts, final int sourcePort, final int destinationPort, final int protocol) {
        return finish(ofAnyPorts ^ (((long) sourcePort << 32) | ((long) destinationPort << 8) | protocol));
    }

    private static int finish(final long h) {
        return (int) (((h ^ (h >>> 29)) * 0x9E37_79B9_7F4A_7C15L) >>> 32);
    }

    /**
     * {@return whether this is a fragment other than the first, so that no transport header follows}; of an IP packet only
     */
    public boolean isLaterFragment() {
        return isFragment && fragmentOffset > 0;
    }

    /** Forgets the last frame's packet: as of one that says nothing of its own. */
    public void forgetPacket() {
        ipFault = DecodeFault.NONE;
        source = 0;
        destination = 0;
        transportFault = DecodeFault.NONE;
        protocol = -1;
        icmpType = -1;
        tcpFlags = 0;
        sourcePort = 0;
        destinationPort = 0;
        isFragment = false;
    }

    /**
     * Fills in what is known of an untagged ARP frame made here: to read what was written a moment ago costs more than to write it. No stage asks what the
     * ARP packet says.
     *
     * @param offset where it begins
     * @param to destination MAC, low 48 bits
     * @param from source MAC, low 48 bits
     */
    public void ownArp(final int offset, final long to, final long from) {
        tunnel = Tunnel.NONE;
        l2Offset = offset;
        vlanId = UNTAGGED;
        destinationMac = to;
        sourceMac = from;
        etherType = EtherType.ARP;
        l3Offset = offset + EthernetHeader.LENGTH;
        forgetPacket();
    }

    /**
     * Takes over what {@link #flowHash} looks at, for a fragment made of a packet.
     *
     * @param whole facts of that packet
     */
    public void takeFlow(final Facts whole) {
        takeAddresses(whole);
        isFragment = true;
    }

    private void takeAddresses(final Facts whole) {
        destinationMac = whole.destinationMac;
        sourceMac = whole.sourceMac;
        etherType = whole.etherType;
        ipFault = whole.ipFault;
        source = whole.source;
        destination = whole.destination;
        protocol = whole.protocol;
    }

    /**
     * Appends the outer source address; cold.
     *
     * @param builder to append to
     * @return the builder
     */
    public StringBuilder appendPeer(final StringBuilder builder) {
        return peerHigh != 0 ? Ipv6Address.append(builder, peerHigh, peerLow) : Ipv4Address.append(builder, peerIp);
    }
}
