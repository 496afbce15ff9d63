package org.dvr.dataplane.frame;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.IcmpHeader;

/**
 * Everything about a frame that a verdict can depend on and that is alike for all packets of a flow, packed into five longs. What differs from
 * packet to packet (TTL, length, TCP flags) is not in it.
 *
 * <pre>
 *   macs          63     destination MAC (48)     16 15   source MAC, first two     0
 *   kind          63 source MAC, last four 32 31 VLAN id 16 15 protocol 8 7 ICMP type 0    VLAN id: 0xFFFF untagged
 *   addresses     63     source IPv4              32 31     destination IPv4         0
 *   ports         63 source port 48 destination port 32 31 tunnel 30 29 attachment  0
 *   tunnel        63     peer's tunnel address    32 31     VNI or GRE key           0
 * </pre>
 *
 * MACs stand as they do in a frame, so that {@code parse.KeyReader} takes them from there by words. Only whole IPv4 packets without options have a key: of ICMP only
 * echoes. All others, and frames whose story somebody wants to hear, are decided each by itself.
 */
public final class FlowKey {
    /** {@link #hash} of a frame that has no key. */
    public static final long NONE = 0;

    /** Tunnel kinds stand above attachment ids in {@link #ports}. */
    public static final int TUNNEL_SHIFT = 30;

    /** The attachment point's id in {@link #ports}. */
    public static final int ATTACHMENT_MASK = (1 << TUNNEL_SHIFT) - 1;

    /** What is not a port in {@link #ports}. */
    public static final long ORIGIN_MASK = 0xFFFF_FFFFL;

    /** VLAN id of frames without a tag. */
    public static final int UNTAGGED = 0xFFFF;

    public long macs;
    public long kind;
    public long addresses;
    public long ports;
    public long tunnel;

    /** Seeded hash of all five, {@link #NONE} when the frame has no key. */
    public long hash = NONE;

    /** Seeded hash of all but the ports; only where there is one of all. */
    public long hashOfAnyPorts;

    /** Where the flow may be remembered: an absolute address, 0 = nowhere. */
    public long entry;

    // Of a frame whose key was read without parsing it.
    /** True when nothing about it is out of the ordinary, so that what is remembered may be done to its bytes as they are; the fields below hold only then. */
    public boolean isRoutine;
    /** Absolute address at which the (inner) packet begins. */
    public long packet;
    /** Bytes of the (inner) frame from there on, padding included. */
    public int length;
    /** Bytes of the (inner) packet. */
    public int packetLength;
    /** TTL, protocol, checksum and source address of the (inner) packet, as they stand in its header. */
    public long ttlWord;

    /**
     * Reads the key of a frame that has been parsed.
     *
     * @param frame parsed, nothing decided yet
     * @return false when it has none
     */
    public boolean read(final Frame frame) {
        final Facts facts = frame.facts;
        if (frame.verdict.action != Action.NONE || !isRegular(facts) || frame.isTraced()) {
            return false;
        }
        final int protocol = facts.protocol;
        if (protocol == IpProtocol.ICMP && !IcmpHeader.isEcho(facts.icmpType)) {
            return false;
        }
        macs = facts.destinationMac << 16 | facts.sourceMac >>> 32;
        kind = facts.sourceMac << 32 | kind(facts.vlanId, protocol, facts.icmpType);
        addresses = (long) facts.source << 32 | (facts.destination & 0xFFFF_FFFFL);
        final int attachment = frame.ingress().id();
        if (facts.tunnel == Tunnel.NONE) {
            tunnel = 0;
            ports = ports(facts.sourcePort << 16 | facts.destinationPort, attachment);
        } else {
            tunnel = tunnel(facts.peerIp, facts.segmentationId);
            ports = ports(facts.sourcePort << 16 | facts.destinationPort, attachment | tunnelBits(facts.tunnel));
        }
        return true;
    }

    private static boolean isRegular(final Facts facts) {
        return facts.etherType == EtherType.IPV4
                && facts.ipFault == DecodeFault.NONE
                && facts.transportFault == DecodeFault.NONE
                && !facts.isFragment
                && facts.l4Offset - facts.l3Offset == Ipv4Header.MIN_LENGTH;
    }

    /**
     * Takes over what another key says of its flow.
     *
     * @param other with its hashes
     */
    public void takeFrom(final FlowKey other) {
        macs = other.macs;
        kind = other.kind;
        addresses = other.addresses;
        ports = other.ports;
        tunnel = other.tunnel;
        hash = other.hash;
        hashOfAnyPorts = other.hashOfAnyPorts;
    }

    /**
     * The lower half of {@link #kind}.
     *
     * @param vlanId 802.1Q VLAN id, below 0 or {@link #UNTAGGED} without a tag
     * @param protocol IP protocol, 0 to 255
     * @param icmpType of an ICMP echo; of no account for other protocols
     * @return 32 bits
     */
    public static long kind(final int vlanId, final int protocol, final int icmpType) {
        return (vlanId & 0xFFFFL) << 16 | protocol << 8 | (protocol == IpProtocol.ICMP ? icmpType : 0);
    }

    /**
     * A {@link #ports} word.
     *
     * @param ports source port in the upper, destination port in the lower half
     * @param origin attachment id, with {@link #tunnelBits}
     * @return 64 bits
     */
    public static long ports(final int ports, final int origin) {
        return (long) ports << 32 | (origin & 0xFFFF_FFFFL);
    }

    /**
     * What stands above the attachment id of a frame that came by a tunnel.
     *
     * @param tunnel VXLAN or GRE
     * @return two bits at their place
     */
    public static int tunnelBits(final Tunnel tunnel) {
        return (tunnel == Tunnel.VXLAN ? 1 : 2) << TUNNEL_SHIFT;
    }

    /**
     * A {@link #tunnel} word.
     *
     * @param peerIp outer source address
     * @param segmentationId VNI or GRE key
     * @return 64 bits
     */
    public static long tunnel(final int peerIp, final int segmentationId) {
        return (long) peerIp << 32 | (segmentationId & 0xFFFF_FFFFL);
    }
}
