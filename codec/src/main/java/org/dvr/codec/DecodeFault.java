package org.dvr.codec;

import java.util.Locale;

/** What can be wrong with bytes: the answer of every {@code check} in this module. */
public enum DecodeFault {
    /** The bytes are what they claim to be. */
    NONE,
    /** Fewer than 14 bytes for an Ethernet header. */
    ETHERNET_TRUNCATED,
    /** Fewer than 4 bytes for a VLAN tag. */
    VLAN_TRUNCATED,
    /** Fewer than 28 bytes for an ARP packet. */
    ARP_TRUNCATED,
    /** An ARP packet whose types or lengths are not those of Ethernet and IPv4 (RFC 826). */
    ARP_NOT_ETHERNET_IPV4,
    /** Fewer bytes than an IPv4 header, options included, needs. */
    IPV4_TRUNCATED,
    /** An IPv4 header whose version is not 4. */
    IPV4_VERSION,
    /** An IPv4 header length below 20 bytes. */
    IPV4_HEADER_LENGTH,
    /** An IPv4 total length below the header length or beyond the bytes that are there. */
    IPV4_TOTAL_LENGTH,
    /** An IPv4 header checksum that does not hold. */
    IPV4_CHECKSUM,
    /** Fewer than 40 bytes for an IPv6 header. */
    IPV6_TRUNCATED,
    /** An IPv6 header whose version is not 6. */
    IPV6_VERSION,
    /** An IPv6 payload length beyond the bytes that are there. */
    IPV6_PAYLOAD_LENGTH,
    /** An IPv6 extension header that ends behind the packet. */
    IPV6_EXTENSION_TRUNCATED,
    /** Too many IPv6 extension headers, or one in a place where it may not be. */
    IPV6_EXTENSION_CHAIN,
    /** Fewer bytes than a TCP header, options included, needs. */
    TCP_TRUNCATED,
    /** A TCP data offset below 20 bytes. */
    TCP_DATA_OFFSET,
    /** Fewer than 8 bytes for a UDP header. */
    UDP_TRUNCATED,
    /** A UDP length below 8 or beyond the bytes that are there. */
    UDP_LENGTH,
    /** A UDP checksum that is not zero and does not hold. */
    UDP_CHECKSUM,
    /** Fewer bytes than an ICMP or ICMPv6 message needs. */
    ICMP_TRUNCATED,
    /** An ICMP or ICMPv6 checksum that does not hold. */
    ICMP_CHECKSUM,
    /** A neighbor discovery option of length zero or one that ends behind the message (RFC 4861 §4.6). */
    NEIGHBOR_DISCOVERY_OPTION,
    /** Fewer than 8 bytes for a VXLAN header. */
    VXLAN_TRUNCATED,
    /** A VXLAN header without the I flag (RFC 7348 §5). */
    VXLAN_VNI_FLAG_UNSET,
    /** Fewer bytes than a GRE header, optional fields included, needs. */
    GRE_TRUNCATED,
    /** A GRE version other than 0. */
    GRE_VERSION,
    /** A GRE header with a bit set that RFC 2784 §2.3 demands to be zero. */
    GRE_RESERVED_BITS,
    /** A GRE checksum that is present and does not hold. */
    GRE_CHECKSUM,
    /** A GRE payload that is not an Ethernet frame. */
    GRE_PROTOCOL,
    /** A GRE header without the key that names the segment. */
    GRE_KEY_MISSING;

    private final String label;

    DecodeFault() {
        label = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** {@return the name as counters and logs show it: {@code ipv4-checksum}} */
    public String label() {
        return label;
    }
}
