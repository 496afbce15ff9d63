package org.dvr.pcaps.netfilter;

/** What traffic consists of, and how much of each in 1,000 packets. */
enum Kind {
    /** The first packet of a flow, or of one like it. */
    OPENING(150),
    /** What a flow would say next. */
    ON_SCRIPT(480),
    /** The last packet of a flow again. */
    RETRANSMISSION(40),
    /** TCP flags at a time when nobody would send them; with numbers of the connection. */
    OFF_SCRIPT(60),
    /** TCP segments and resets with numbers of no account: blind attacks. */
    BLIND(20),
    /** TCP segments of a connection whose beginning nobody has seen. */
    MIDSTREAM(20),
    /** From outside to the router's own address, to ports of nobody or of other flows. */
    UNSOLICITED(30),
    /** A checksum of IP, TCP, UDP or ICMP is wrong. */
    WRONG_CHECKSUM(30),
    /** Larger than the next link. */
    TOO_BIG(30),
    /** An ICMP error that quotes a packet of a flow as it was seen there. */
    ICMP_ERROR(80),
    /** An ICMP error that quotes a packet of no flow. */
    STRAY_ICMP_ERROR(20),
    /** Fragments, in any order. */
    FRAGMENTS(60);

    private final int weight;

    Kind(final int weight) {
        this.weight = weight;
    }

    int weight() {
        return weight;
    }
}
