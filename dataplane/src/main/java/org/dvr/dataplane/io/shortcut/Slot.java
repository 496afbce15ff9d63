package org.dvr.dataplane.io.shortcut;

/**
 * A place of a {@link ShortcutTable}: which packets, until when, and what becomes of them. Words of frames stand as they stand there, all others in the machine's byte
 * order.
 *
 * <pre>
 *    0  sequence (4), odd while it is written         4  device it comes by (4)
 *    8  destination MAC, last 4; source MAC, first 4  16  destination MAC, first 2; source MAC, last 2
 *   20  ports (4)    24  IPv4 source (4)    28  IPv4 destination (4)
 *   32  outer IPv4 source (4)    36  VNI and a byte, or GRE key (4)
 *   40  until, CLOCK_MONOTONIC in ns (8)
 *   48  where the inner frame begins (4)    52  TTL, protocol, ICMP type (1 each)    56  longest packet on a wire (4)    60  longest frame (4)
 *
 *   64  frames (8)    72  bytes (8)     written by the kernel alone, as the next four
 *   80  TCP sequence number (4)    84  acknowledgment number (4)    88  data offset, flags, window (4), 0 of others    92  packet's length (4)
 *
 *   96  device it leaves by (4)    100  length of the headers (4)    104  TTL it leaves with (4)
 *  108  deltas of checksums: IPv4 header (4), addresses (4), ports (4)    120  what changes: {@link #ROUTED} and what follows it (4)
 *  124  outer packet's length in the headers (4)    128  addresses (8)    136  ports (4)    140  outer IPv4 destination (4)
 *  144  headers (64)    208  transport checksum's place (4)    212  how it is updated (4)
 *  216  VLAN id (4)    220  VLAN id it leaves with (4), each 0xFFFF without
 * </pre>
 */
final class Slot {
    static final int SHIFT = 8;
    static final int LENGTH = 1 << SHIFT;

    static final int SEQUENCE = 0;
    static final int DEVICE = 4;
    static final int DESTINATION_MAC_TAIL = 8;
    static final int SOURCE_MAC_HEAD = 12;
    static final int DESTINATION_MAC_HEAD = 16;
    static final int SOURCE_MAC_TAIL = 18;
    static final int PORTS = 20;
    static final int SOURCE = 24;
    static final int DESTINATION = 28;
    static final int OUTER_SOURCE = 32;
    static final int SEGMENTATION_ID = 36;
    static final int UNTIL = 40;
    static final int INNER_AT = 48;
    static final int TTL_AND_PROTOCOL = 52;
    static final int ICMP_TYPE = 54;
    static final int LONGEST_PACKET = 56;
    static final int LONGEST_FRAME = 60;

    static final int FRAMES = 64;
    static final int BYTES = 72;
    static final int TCP_SEQUENCE = 80;
    static final int TCP_ACKNOWLEDGMENT = 84;
    static final int TCP_FLAGS = 88;
    static final int PACKET_LENGTH = 92;

    static final int OUT_DEVICE = 96;
    static final int HEADERS_LENGTH = 100;
    static final int NEW_TTL = 104;
    static final int IP_DELTA = 108;
    static final int ADDRESSES_DELTA = 112;
    static final int PORTS_DELTA = 116;
    static final int KIND = 120;
    static final int OUTER_LENGTH = 124;
    static final int NEW_ADDRESSES = 128;
    static final int NEW_PORTS = 136;
    static final int OUTER_DESTINATION = 140;
    static final int HEADERS = 144;
    static final int CHECKSUM_AT = 208;
    static final int CHECKSUM_FLAGS = 212;
    static final int VLAN_ID = 216;
    static final int NEW_VLAN_ID = 220;

    /** In {@link #VLAN_ID} and {@link #NEW_VLAN_ID}: no tag. */
    static final int UNTAGGED = 0xFFFF;

    /** In {@link #KIND}: the TTL falls, or addresses change. */
    static final int ROUTED = 1;

    /** In {@link #KIND}: addresses change. */
    static final int TRANSLATED = 2;

    /** In {@link #KIND}: ports change with the addresses, and a checksum that covers both. */
    static final int WITH_PORTS = 4;

    /** In {@link #KIND}: an echo's identifier changes, and its checksum, which covers no addresses. */
    static final int WITH_IDENTIFIER = 8;

    private Slot() {}
}
