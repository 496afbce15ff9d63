package org.dvr.dataplane.flow;

/**
 * What is remembered of a flow, in two 64-byte cache lines: the first says which flow it is and when the verdict holds, the second what becomes of its packets, as
 * the words that {@code write.FlowWriter} puts in their place.
 *
 * <pre>
 *    0  FlowKey (5 x 8), without ports where the verdict holds for all of them
 *   40  version of the cache (4)         44  flags (16) | least TTL (8) | TTL cost (8)
 *   48  connection (4)                   52  its generation (4)
 *   56  segment where learned (16) | MTU (16)
 *   60  VNI or GRE key it leaves with (4)
 *
 *   64  destination MAC (48) | source MAC, first two bytes (16)
 *   72  source MAC (48) | outer source port, or VLAN id, 0xFFFF untagged (16)
 *   80  IPv4 source (4)                  84  IPv4 destination (4); for any ports: flow hash without them (8)
 *   88  source port (16) | destination port (16)
 *   92  delta of the IPv4 header's checksum (16) | delta of the transport's checksum (16)
 *   96  egress (4)                      100  peer (4), -1 none
 *  104  segment (4)                     108  moment (4): connections created, version of what was learned
 *  112  second connection (4)           116  its generation (4)
 *  120  learned until (8)
 * </pre>
 *
 * Words are in native byte order, those of them that hold bytes of a frame with the first byte highest.
 */
public final class FlowEntry {
    /** Bytes of an entry. */
    public static final int LENGTH = 128;

    /** In {@link #CONDITIONS}: addresses, or ports, differ. */
    public static final int TRANSLATED = 1 << 16;

    /** In {@link #CONDITIONS}: it passes because no connection is known. */
    static final int UNTRACKED = 1 << 17;

    /** In {@link #CONDITIONS}: it rests on something that was learned. */
    static final int BY_LEARNED = 1 << 18;

    /** In {@link #CONDITIONS}: each packet has its source learned. */
    public static final int LEARNS = 1 << 19;

    /** In {@link #CONDITIONS}: it passes two routers that translate. */
    static final int HAS_SECOND = 1 << 20;

    /** In {@link #CONDITIONS}: it was met since another flow last asked for its place. */
    static final int USED = 1 << 21;

    /** In {@link #CONDITIONS}: it leaves by VXLAN over IPv4. */
    public static final int TO_VXLAN = 1 << 22;

    /** In {@link #CONDITIONS}: it leaves by GRE over IPv4. */
    public static final int TO_GRE = 1 << 23;

    /** In {@link #CONDITIONS}: its bytes are written by way of facts and verdict alone. */
    public static final int UNUSUAL = 1 << 24;

    /** In {@link #CONDITIONS}: it holds for all ports, and {@link #PORTS} has none. */
    public static final int ANY_PORTS = 1 << 25;

    static final int MACS = 0;
    static final int KIND = 8;
    static final int ADDRESSES = 16;
    static final int PORTS = 24;
    static final int TUNNEL = 32;
    static final int VERSION = 40;

    /** Flags, least TTL, TTL cost. */
    public static final int CONDITIONS = 44;

    static final int CONNECTION = 48;
    static final int GENERATION = 52;
    static final int MTU = 56;

    /** VNI or GRE key. */
    public static final int SEGMENTATION_ID = 60;

    /** First eight bytes of the Ethernet header. */
    public static final int NEW_MACS = 64;

    /** Source MAC, and above the Ethernet header what tells this flow apart. */
    public static final int NEW_SOURCE_MAC = 72;

    /** Both addresses. */
    public static final int NEW_ADDRESSES = 80;

    /** In their place, where the verdict holds for {@link #ANY_PORTS}: what the flow hash, of which the outer source port is taken, is made of beside ports. */
    public static final int FLOW_HASH = NEW_ADDRESSES;

    /** Both ports; of ICMP the identifier, twice. */
    public static final int NEW_PORTS = 88;

    /** Both deltas. */
    public static final int DELTAS = 92;

    /** Attachment id. */
    public static final int EGRESS = 96;

    /** Peer id. */
    public static final int PEER = 100;

    static final int SEGMENT = 104;
    static final int MOMENT = 108;
    static final int SECOND_CONNECTION = 112;
    static final int SECOND_GENERATION = 116;
    static final int LEARNED_UNTIL = 120;

    private FlowEntry() {}
}
