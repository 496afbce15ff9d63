package org.dvr.dataplane.frame;

import java.util.Locale;
import org.dvr.codec.DecodeFault;

/**
 * Why a frame ended here. Ids (the ordinals) and labels are an operator contract: append only.
 */
public enum DropReason {
    // The sender's bytes are wrong.
    ETHERNET_TRUNCATED(Kind.MALFORMED, "shorter than an Ethernet header"),
    VLAN_TRUNCATED(Kind.MALFORMED, "shorter than the 802.1Q tag it announces"),
    ARP_TRUNCATED(Kind.MALFORMED, "shorter than an ARP packet"),
    ARP_NOT_ETHERNET_IPV4(Kind.MALFORMED, "ARP for other than Ethernet and IPv4"),
    IPV4_TRUNCATED(Kind.MALFORMED, "shorter than an IPv4 header"),
    IPV4_VERSION(Kind.MALFORMED, "IPv4 ethertype, other version"),
    IPV4_HEADER_LENGTH(Kind.MALFORMED, "IPv4 header length below 20 or beyond the packet"),
    IPV4_TOTAL_LENGTH(Kind.MALFORMED, "IPv4 total length below the header or beyond the frame"),
    IPV4_CHECKSUM(Kind.MALFORMED, "IPv4 header checksum is wrong"),
    IPV6_TRUNCATED(Kind.MALFORMED, "shorter than an IPv6 header"),
    IPV6_VERSION(Kind.MALFORMED, "IPv6 ethertype, other version"),
    IPV6_PAYLOAD_LENGTH(Kind.MALFORMED, "IPv6 payload length beyond the frame"),
    IPV6_EXTENSION_TRUNCATED(Kind.MALFORMED, "IPv6 extension header beyond the packet"),
    IPV6_EXTENSION_CHAIN(Kind.MALFORMED, "too many IPv6 extension headers"),
    TCP_TRUNCATED(Kind.MALFORMED, "shorter than a TCP header"),
    TCP_DATA_OFFSET(Kind.MALFORMED, "TCP data offset below 20 or beyond the segment"),
    UDP_TRUNCATED(Kind.MALFORMED, "shorter than a UDP header"),
    UDP_LENGTH(Kind.MALFORMED, "UDP length below 8 or beyond the packet"),
    UDP_CHECKSUM(Kind.MALFORMED, "UDP checksum is wrong"),
    ICMP_TRUNCATED(Kind.MALFORMED, "shorter than an ICMP header"),
    ICMP_CHECKSUM(Kind.MALFORMED, "ICMP checksum is wrong"),
    NEIGHBOR_DISCOVERY_OPTION(Kind.MALFORMED, "neighbor discovery with an option of length zero or beyond the packet"),
    VXLAN_TRUNCATED(Kind.MALFORMED, "shorter than a VXLAN header"),
    VXLAN_VNI_FLAG_UNSET(Kind.MALFORMED, "VXLAN without the I flag"),
    GRE_TRUNCATED(Kind.MALFORMED, "shorter than the GRE header it announces"),
    GRE_VERSION(Kind.MALFORMED, "GRE version is not 0"),
    GRE_RESERVED_BITS(Kind.MALFORMED, "GRE with routing or reserved bits"),
    GRE_CHECKSUM(Kind.MALFORMED, "GRE checksum is wrong"),
    GRE_PROTOCOL(Kind.MALFORMED, "GRE that does not carry Ethernet"),
    GRE_KEY_MISSING(Kind.MALFORMED, "GRE without a key"),
    FRAME_TOO_LONG(Kind.MALFORMED, "longer than the largest frame this process takes"),
    SOURCE_MAC_INVALID(Kind.MALFORMED, "source MAC is zero or a group address"),

    // We were told to.
    UNDERLAY_NOT_TUNNEL(Kind.POLICY, "on the underlay, neither VXLAN nor GRE nor ARP"),
    UNDERLAY_NOT_FOR_US(Kind.POLICY, "on the underlay, for another address than our tunnel endpoint"),
    OUTER_FRAGMENT(Kind.POLICY, "fragment of a tunnel packet: tunnel endpoints do not reassemble"),
    TUNNEL_PEER_UNKNOWN(Kind.POLICY, "tunnel frame from an address that is no known tunnel endpoint"),
    INNER_VLAN_TAG(Kind.POLICY, "802.1Q tag inside a tunnel"),
    GUEST_VLAN_TAG(Kind.POLICY, "802.1Q tag from a guest"),
    PORT_DOWN(Kind.POLICY, "port or network is administratively down"),
    PORT_SECURITY_MAC(Kind.POLICY, "port security: source MAC is not the port's"),
    PORT_SECURITY_ARP(
            Kind.POLICY, "port security: ARP or neighbor advertisement claims an address that is not the port's"),
    SOURCE_MAC_OURS(Kind.POLICY, "source MAC is a gateway's or our own: only we send from it"),
    DVR_MAC_NOT_LOCAL(Kind.POLICY, "from another host's DVR MAC to no serviced port of ours"),
    GATEWAY_MAC_REMOTE(Kind.POLICY, "for a gateway MAC, from another host: gateways are always local"),
    GATEWAY_ARP_REMOTE(
            Kind.POLICY,
            "ARP or neighbor solicitation for a gateway from another host: each host answers its own guests"),
    GATEWAY_ADDRESS_CLAIMED(Kind.POLICY, "somebody else claims a gateway's address"),
    SPLIT_HORIZON(Kind.POLICY, "from a tunnel, for another tunnel"),
    SAME_PORT(Kind.POLICY, "would leave by the port it came from"),
    ARP_NOT_FOR_US(Kind.POLICY, "ARP for an address that is not ours to answer"),
    NOT_IP(Kind.POLICY, "for a router, but not IP"),
    ROUTER_DOWN(Kind.POLICY, "router is administratively down"),
    MARTIAN_SOURCE(Kind.POLICY, "source address that no host may have"),
    MARTIAN_DESTINATION(Kind.POLICY, "destination address that is never routed"),
    DIRECTED_BROADCAST(Kind.POLICY, "broadcast address of a connected subnet"),
    METADATA_RESERVED(Kind.POLICY, "metadata service address: reserved, and not served without the option metadata"),
    TTL_EXCEEDED(Kind.POLICY, "TTL ends at this hop"),
    PACKET_TOO_BIG(Kind.POLICY, "larger than the MTU of the network it goes to"),
    UNDERLAY_MTU(Kind.POLICY, "larger than the underlay carries once it is wrapped: tunnel endpoints do not fragment"),
    LOCAL_NO_SERVICE(Kind.POLICY, "for a router's own address, which answers echo requests only"),
    NOT_FLOATING_IP(Kind.POLICY, "for our MAC on the external network, but for no address of ours"),
    NAT_FRAGMENT(Kind.POLICY, "fragment of a packet whose first one was dropped where addresses are translated"),
    ICMP_ERROR_UNMATCHED(Kind.POLICY, "ICMP error that quotes no connection of ours"),

    // We do not know.
    VNI_UNKNOWN(Kind.STATE, "VNI or GRE key of no network on this host"),
    VLAN_UNKNOWN(Kind.STATE, "VLAN id of no network on this host"),
    FLOOD_LIST_EMPTY(Kind.STATE, "to be flooded, but nobody else is in the network"),
    NETWORK_UNREACHABLE(Kind.STATE, "router has no route"),
    HOST_UNREACHABLE(Kind.STATE, "nobody answered ARP for the next hop"),
    NAT_NO_CONNECTION(Kind.STATE, "would need a connection, and may not open one"),
    PORT_GONE(Kind.STATE, "its way out was removed meanwhile"),

    // We ran out.
    CONNTRACK_FULL(Kind.RESOURCE, "guest or router holds as many connections as it may"),
    NAT_PORTS_EXHAUSTED(Kind.RESOURCE, "no source port is free"),
    NEIGHBOR_QUEUE_FULL(Kind.RESOURCE, "too many packets wait for neighbors to answer ARP"),

    // Ids are a contract: what came later stands here, whatever its kind.
    ADDRESS_SCOPE(Kind.POLICY, "between networks of different address scopes, untranslated"),
    ICMP_QUOTE_TRUNCATED(Kind.MALFORMED, "ICMP error whose quote ends before addresses and ports"),
    ICMP_QUOTE_MALFORMED(Kind.MALFORMED, "ICMP error that quotes no IPv4 header"),
    ICMP_QUOTE_CHECKSUM(Kind.MALFORMED, "ICMP error that quotes an IPv4 header whose checksum is wrong"),
    ICMP_QUOTE_FRAGMENT(Kind.POLICY, "ICMP error that quotes a fragment other than the first, which has no ports"),
    ICMP_ERROR_ABOUT_ERROR(Kind.POLICY, "ICMP error about an ICMP error"),
    ICMP_ERROR_MISDIRECTED(Kind.POLICY, "ICMP error to another address than the source of the packet that it quotes"),
    ICMP_REDIRECT(Kind.POLICY, "ICMP redirect, which would lead around address translation"),
    FRAGMENT_LENGTH(
            Kind.MALFORMED,
            "fragment that is empty, ends beyond 65,535 bytes, or is no multiple of 8 bytes and not the last"),
    FRAGMENT_TINY(Kind.MALFORMED, "first fragment too short for its transport header"),
    FRAGMENT_OVERLAP(Kind.MALFORMED, "fragment that overlaps or contradicts another one of its packet"),
    FRAGMENT_TIMEOUT(Kind.STATE, "fragment whose packet's first one did not come in time"),
    FRAGMENT_QUEUE_FULL(Kind.RESOURCE, "too many fragments wait for the first one of their packets"),
    FRAGMENT_NO_FRAME(Kind.RESOURCE, "no frames are free for the fragments of a packet"),
    TCP_CHECKSUM(Kind.MALFORMED, "TCP checksum is wrong, of a segment that would open or change a connection"),
    PORT_FULL(Kind.RESOURCE, "the device it leaves by has no room for it"),
    OFFLOAD_INCONSISTENT(
            Kind.MALFORMED, "what its sender left to be done, a checksum or the cutting of a segment, does not fit it"),
    METADATA_PORT(Kind.POLICY, "for the metadata service address, but not TCP port 80, or a fragment"),
    METADATA_SOURCE(
            Kind.POLICY, "request for metadata from an address that is not the sender's fixed IP behind this router"),
    METADATA_GUEST_UNKNOWN(Kind.STATE, "from the metadata proxy, for a number that stands for no guest"),
    METADATA_NOT_PROXY(Kind.POLICY, "from the host's metadata device, but not from the proxy's address and port"),
    HANDOVER_FULL(Kind.RESOURCE, "belongs to another worker, which has too much to do to take it");

    /** Whose fault a drop is. */
    public enum Kind {
        MALFORMED,
        POLICY,
        STATE,
        RESOURCE
    }

    /** Number of reasons. */
    public static final int COUNT = values().length;

    private final Kind kind;
    private final String sentence;
    private final String label;

    DropReason(final Kind kind, final String sentence) {
        this.kind = kind;
        this.sentence = sentence;
        this.label = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @return stable id, 0 to COUNT - 1 */
    @SuppressWarnings("EnumOrdinal") // the order is the contract: append only
    public int id() {
        return ordinal();
    }

    /** @return whose fault it is */
    public Kind kind() {
        return kind;
    }

    /** @return kebab-case name, as in counters */
    public String label() {
        return label;
    }

    /** @return what happened, in words */
    public String sentence() {
        return sentence;
    }

    /**
     * The reason for a fault. A new fault without a reason does not compile.
     *
     * @param fault any but NONE
     * @return its reason
     */
    public static DropReason of(final DecodeFault fault) {
        return switch (fault) {
            case NONE -> throw new IllegalArgumentException("no fault");
            case ETHERNET_TRUNCATED -> ETHERNET_TRUNCATED;
            case VLAN_TRUNCATED -> VLAN_TRUNCATED;
            case ARP_TRUNCATED -> ARP_TRUNCATED;
            case ARP_NOT_ETHERNET_IPV4 -> ARP_NOT_ETHERNET_IPV4;
            case IPV4_TRUNCATED -> IPV4_TRUNCATED;
            case IPV4_VERSION -> IPV4_VERSION;
            case IPV4_HEADER_LENGTH -> IPV4_HEADER_LENGTH;
            case IPV4_TOTAL_LENGTH -> IPV4_TOTAL_LENGTH;
            case IPV4_CHECKSUM -> IPV4_CHECKSUM;
            case IPV6_TRUNCATED -> IPV6_TRUNCATED;
            case IPV6_VERSION -> IPV6_VERSION;
            case IPV6_PAYLOAD_LENGTH -> IPV6_PAYLOAD_LENGTH;
            case IPV6_EXTENSION_TRUNCATED -> IPV6_EXTENSION_TRUNCATED;
            case IPV6_EXTENSION_CHAIN -> IPV6_EXTENSION_CHAIN;
            case TCP_TRUNCATED -> TCP_TRUNCATED;
            case TCP_DATA_OFFSET -> TCP_DATA_OFFSET;
            case UDP_TRUNCATED -> UDP_TRUNCATED;
            case UDP_LENGTH -> UDP_LENGTH;
            case UDP_CHECKSUM -> UDP_CHECKSUM;
            case ICMP_TRUNCATED -> ICMP_TRUNCATED;
            case ICMP_CHECKSUM -> ICMP_CHECKSUM;
            case NEIGHBOR_DISCOVERY_OPTION -> NEIGHBOR_DISCOVERY_OPTION;
            case VXLAN_TRUNCATED -> VXLAN_TRUNCATED;
            case VXLAN_VNI_FLAG_UNSET -> VXLAN_VNI_FLAG_UNSET;
            case GRE_TRUNCATED -> GRE_TRUNCATED;
            case GRE_VERSION -> GRE_VERSION;
            case GRE_RESERVED_BITS -> GRE_RESERVED_BITS;
            case GRE_CHECKSUM -> GRE_CHECKSUM;
            case GRE_PROTOCOL -> GRE_PROTOCOL;
            case GRE_KEY_MISSING -> GRE_KEY_MISSING;
        };
    }
}
