package org.dvr.nat.tuple;

/**
 * A tuple, packed into two longs: the sender's view of one direction of a connection.
 *
 * <pre>
 *   addresses   63             32 31              0
 *              |  source IPv4    | destination IPv4 |
 *   ports       63          40 39      32 31         16 15              0
 *              |  zone (24)   | protocol | source port | destination port |
 * </pre>
 *
 * The zone is the isolation domain, one per virtual router: the same addresses and ports in two zones are two tuples.
 * For ICMP echo both ports are the identifier, in the request and in the reply alike, so that the reply's tuple is the
 * inverse of the request's; a request of the other side that happens to use the same identifier is the same
 * connection. SCTP has its ports at the same place as UDP. All other protocols (GRE, ESP and so on) go by their addresses
 * alone and have 0 in both.
 */
public final class TupleKey {
    /** IP protocol number of ICMP. */
    public static final int ICMP = 1;

    /** IP protocol number of TCP. */
    public static final int TCP = 6;

    /** IP protocol number of UDP. */
    public static final int UDP = 17;

    /** IP protocol number of GRE. */
    public static final int GRE = 47;

    /** IP protocol number of ICMPv6. */
    public static final int ICMPV6 = 58;

    /** IP protocol number of SCTP. */
    public static final int SCTP = 132;

    /** The highest zone number. */
    public static final int MAX_ZONE = (1 << 24) - 1;

    private static final int ZONE_SHIFT = 40;
    private static final int PROTOCOL_SHIFT = 32;
    private static final int PORT_BITS = 16;
    private static final int PORT_MASK = 0xFFFF;
    private static final long ZONE_AND_PROTOCOL_MASK = 0xFFFF_FFFF_0000_0000L;

    private TupleKey() {}

    /**
     * Packs two addresses.
     *
     * @param source IPv4 address, host-order value of the big-endian address
     * @param destination IPv4 address, likewise
     * @return the addresses half of a tuple
     */
    public static long addresses(final int source, final int destination) {
        return (long) source << 32 | Integer.toUnsignedLong(destination);
    }

    /**
     * Packs everything but the addresses. Bits of an argument beyond its width are cut off.
     *
     * @param zone isolation domain, 0 to {@link #MAX_ZONE}
     * @param protocol IP protocol number, 0 to 255
     * @param sourcePort port or ICMP identifier, 0 to 65,535
     * @param destinationPort port or ICMP identifier, 0 to 65,535
     * @return the ports half of a tuple
     */
    public static long ports(final int zone, final int protocol, final int sourcePort, final int destinationPort) {
        return (long) zone << ZONE_SHIFT
                | (protocol & 0xFFL) << PROTOCOL_SHIFT
                | (sourcePort & (long) PORT_MASK) << PORT_BITS
                | (destinationPort & (long) PORT_MASK);
    }

    /**
     * Reads the source address.
     *
     * @param addresses addresses half of a tuple
     * @return IPv4 address, host-order value of the big-endian address
     */
    public static int source(final long addresses) {
        return (int) (addresses >>> 32);
    }

    /**
     * Reads the destination address.
     *
     * @param addresses addresses half of a tuple
     * @return IPv4 address, host-order value of the big-endian address
     */
    public static int destination(final long addresses) {
        return (int) addresses;
    }

    /**
     * Reads the zone.
     *
     * @param ports ports half of a tuple
     * @return isolation domain, 0 to {@link #MAX_ZONE}
     */
    public static int zone(final long ports) {
        return (int) (ports >>> ZONE_SHIFT);
    }

    /**
     * Reads the protocol.
     *
     * @param ports ports half of a tuple
     * @return IP protocol number, 0 to 255
     */
    public static int protocol(final long ports) {
        return (int) (ports >>> PROTOCOL_SHIFT) & 0xFF;
    }

    /**
     * Reads the source port.
     *
     * @param ports ports half of a tuple
     * @return port or ICMP identifier, 0 to 65,535
     */
    public static int sourcePort(final long ports) {
        return (int) (ports >>> PORT_BITS) & PORT_MASK;
    }

    /**
     * Reads the destination port.
     *
     * @param ports ports half of a tuple
     * @return port or ICMP identifier, 0 to 65,535
     */
    public static int destinationPort(final long ports) {
        return (int) ports & PORT_MASK;
    }

    /**
     * The addresses of the opposite direction.
     *
     * @param addresses addresses half of a tuple
     * @return the same with source and destination exchanged
     */
    public static long inverseAddresses(final long addresses) {
        return addresses << 32 | addresses >>> 32;
    }

    /**
     * The ports of the opposite direction, in the same zone and protocol.
     *
     * @param ports ports half of a tuple
     * @return the same with source and destination port exchanged
     */
    public static long inversePorts(final long ports) {
        return (ports & ZONE_AND_PROTOCOL_MASK) | (ports & PORT_MASK) << PORT_BITS | (ports >>> PORT_BITS & PORT_MASK);
    }

    /**
     * The same zone and protocol with other ports.
     *
     * @param ports ports half of a tuple
     * @param sourcePort port or ICMP identifier, 0 to 65,535
     * @param destinationPort port or ICMP identifier, 0 to 65,535
     * @return the zone and protocol of {@code ports} with these two ports
     */
    public static long withPorts(final long ports, final int sourcePort, final int destinationPort) {
        return (ports & ZONE_AND_PROTOCOL_MASK)
                | (sourcePort & (long) PORT_MASK) << PORT_BITS
                | (destinationPort & (long) PORT_MASK);
    }

    /**
     * Appends a line such as {@code tcp 10.0.1.11:40000 > 198.51.100.10:80 zone 3}; cold.
     *
     * @param builder where to append
     * @param addresses addresses half of a tuple
     * @param ports ports half of a tuple
     * @return {@code builder}
     */
    public static StringBuilder appendTo(final StringBuilder builder, final long addresses, final long ports) {
        final int protocol = protocol(ports);
        final boolean hasPorts = protocol == TCP || protocol == UDP || protocol == SCTP;
        appendProtocol(builder, protocol).append(' ');
        appendAddress(builder, source(addresses));
        if (hasPorts) {
            builder.append(':').append(sourcePort(ports));
        }
        builder.append(" > ");
        appendAddress(builder, destination(addresses));
        if (hasPorts) {
            builder.append(':').append(destinationPort(ports));
        } else if (protocol == ICMP || protocol == ICMPV6) {
            builder.append(" id ").append(sourcePort(ports));
        }
        return builder.append(" zone ").append(zone(ports));
    }

    private static StringBuilder appendProtocol(final StringBuilder builder, final int protocol) {
        return switch (protocol) {
            case ICMP -> builder.append("icmp");
            case TCP -> builder.append("tcp");
            case UDP -> builder.append("udp");
            case GRE -> builder.append("gre");
            case ICMPV6 -> builder.append("icmpv6");
            case SCTP -> builder.append("sctp");
            default -> builder.append("protocol ").append(protocol);
        };
    }

    private static void appendAddress(final StringBuilder builder, final int address) {
        builder.append(address >>> 24)
                .append('.')
                .append(address >>> 16 & 0xFF)
                .append('.')
                .append(address >>> 8 & 0xFF)
                .append('.')
                .append(address & 0xFF);
    }
}
