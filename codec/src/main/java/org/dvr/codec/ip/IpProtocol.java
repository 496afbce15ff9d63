package org.dvr.codec.ip;

/** Protocol numbers of IPv4 and next-header values of IPv6 that the forwarder tells apart. */
public final class IpProtocol {
    /** IPv6 hop-by-hop options. */
    public static final int HOP_BY_HOP = 0;

    /** ICMP for IPv4. */
    public static final int ICMP = 1;

    /** TCP. */
    public static final int TCP = 6;

    /** UDP. */
    public static final int UDP = 17;

    /** IPv6 routing header. */
    public static final int ROUTING = 43;

    /** IPv6 fragment header. */
    public static final int FRAGMENT = 44;

    /** GRE. */
    public static final int GRE = 47;

    /** Encapsulating security payload. */
    public static final int ESP = 50;

    /** Authentication header. */
    public static final int AH = 51;

    /** ICMP for IPv6. */
    public static final int ICMPV6 = 58;

    /** Nothing follows (RFC 8200 §4.7). */
    public static final int NO_NEXT_HEADER = 59;

    /** IPv6 destination options. */
    public static final int DESTINATION_OPTIONS = 60;

    /** VRRP. */
    public static final int VRRP = 112;

    /** SCTP. */
    public static final int SCTP = 132;

    private IpProtocol() {}
}
