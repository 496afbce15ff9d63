package org.dvr.codec.ethernet;

/** Ether types that the forwarder tells apart. */
public final class EtherType {
    /** IPv4. */
    public static final int IPV4 = 0x0800;

    /** ARP. */
    public static final int ARP = 0x0806;

    /** Ethernet frame inside GRE: transparent Ethernet bridging. */
    public static final int TRANSPARENT_ETHERNET_BRIDGING = 0x6558;

    /** VLAN tag of a customer, IEEE 802.1Q. */
    public static final int VLAN = 0x8100;

    /** IPv6. */
    public static final int IPV6 = 0x86DD;

    /** VLAN tag of a provider, IEEE 802.1ad. */
    public static final int QINQ = 0x88A8;

    private EtherType() {}
}
