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
 *   destination   63     destination MAC (48)     16 15   VLAN id, 0xFFFF untagged   0
 *   source        63     source MAC (48)          16 15  protocol   8 7 ICMP type    0
 *   addresses     63     source IPv4              32 31     destination IPv4         0
 *   ports         63 source port 48 destination port 32 31 tunnel 30 29 attachment  0
 *   tunnel        63     peer's tunnel address    32 31     VNI or GRE key           0
 * </pre>
 *
 * Only whole IPv4 packets without options have one: of ICMP only echoes. All others, and frames whose story somebody wants to hear, are decided each by itself.
 */
public final class FlowKey {
    /** {@link #hash} of a frame that has no key. */
    public static final long NONE = 0;

    private static final int TUNNEL_SHIFT = 30;

    public long destination;
    public long source;
    public long addresses;
    public long ports;
    public long tunnel;

    /** Seeded hash of all five, {@link #NONE} when the frame has no key. */
    public long hash = NONE;

    /** Where the flow may be remembered, below 0 = nowhere. */
    public int entry = -1;

    /**
     * Reads the key of a frame.
     *
     * @param frame parsed, nothing decided yet
     * @return false when it has none
     */
    public boolean read(final Frame frame) {
        final Facts facts = frame.facts;
        if (frame.verdict.action != Action.NONE || !isRegular(facts) || frame.trace() != null) {
            return false;
        }
        final int protocol = facts.protocol;
        int kind = protocol << 8;
        if (protocol == IpProtocol.ICMP) {
            if (!IcmpHeader.isEcho(facts.icmpType)) {
                return false;
            }
            kind |= facts.icmpType;
        }
        destination = facts.destinationMac << 16 | (facts.vlanId & 0xFFFF);
        source = facts.sourceMac << 16 | kind;
        addresses = (long) facts.source << 32 | (facts.destination & 0xFFFF_FFFFL);
        long low = frame.ingress().id();
        if (facts.tunnel == Tunnel.NONE) {
            tunnel = 0;
        } else {
            tunnel = (long) facts.peerIp << 32 | (facts.segmentationId & 0xFFFF_FFFFL);
            low |= (facts.tunnel == Tunnel.VXLAN ? 1L : 2L) << TUNNEL_SHIFT;
        }
        ports = (long) facts.sourcePort << 48 | (long) facts.destinationPort << 32 | low;
        return true;
    }

    private static boolean isRegular(final Facts facts) {
        return facts.etherType == EtherType.IPV4
                && facts.ipFault == DecodeFault.NONE
                && facts.transportFault == DecodeFault.NONE
                && !facts.isFragment
                && facts.l4Offset - facts.l3Offset == Ipv4Header.MIN_LENGTH;
    }
}
