package org.dvr.dataplane.io.sys;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R3;
import static org.dvr.dataplane.io.sys.BpfAssembler.R4;
import static org.dvr.dataplane.io.sys.BpfAssembler.R5;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;

import org.dvr.dataplane.io.sys.BpfAssembler.Label;

/**
 * What programs for socket buffers have to know of the kernel (linux/bpf.h): fields of their context, {@code struct __sk_buff}, functions that they call, verdicts at
 * traffic control, and the steps that several of them take. The context is in R6.
 */
public final class SocketBuffers {
    /** Field: bytes of the frame. */
    public static final int LENGTH = 0;

    /** Field: mark. */
    public static final int MARK = 8;

    /** Field: not 0 when a VLAN tag stands beside the frame. */
    public static final int VLAN_PRESENT = 20;

    /** Field: that tag, its priority included. */
    public static final int VLAN_TAG = 24;

    /** Field: ether type of it, in network order. */
    public static final int VLAN_PROTOCOL = 28;

    /** Field: index of the device. */
    public static final int DEVICE = 40;

    /** Field: bytes of payload of the packets that a large segment becomes, 0 of others. */
    public static final int SEGMENT_SIZE = 176;

    /** Function: finds the value of a key in a map. */
    public static final int MAP_LOOKUP = 1;

    /** Function: CLOCK_MONOTONIC in ns. */
    public static final int MONOTONIC_TIME = 5;

    /** Function: writes bytes into the frame. */
    public static final int STORE_BYTES = 9;

    /** Function: replaces a checksum of a network header. */
    public static final int L3_CHECKSUM = 10;

    /** Function: replaces a transport checksum. */
    public static final int L4_CHECKSUM = 11;

    /** Function: sends a copy by a device. */
    public static final int CLONE_REDIRECT = 13;

    /** Function: puts a VLAN tag beside the frame. */
    public static final int VLAN_PUSH = 18;

    /** Function: takes it away. */
    public static final int VLAN_POP = 19;

    /** Function: has the frame sent by a device; its result is the verdict. */
    public static final int REDIRECT = 23;

    /** Function: copies bytes out of the frame. */
    public static final int LOAD_BYTES = 26;

    /** Function: cuts the frame or makes it longer. */
    public static final int CHANGE_TAIL = 38;

    /** Flag of {@link #L4_CHECKSUM}: what changes is part of the pseudo header. */
    public static final int PSEUDO_HEADER = 1 << 4;

    /** Flag of {@link #L4_CHECKSUM}: 0 means that there is none, and is never what comes of it, as with UDP. */
    public static final int MAY_BE_ABSENT = 1 << 5;

    /** Tunnel of {@link #wrap}: UDP, with VXLAN behind. */
    public static final int OUTER_UDP = 1 << 4;

    /** Tunnel of {@link #wrap}: GRE. */
    public static final int OUTER_GRE = 1 << 3;

    /** Verdict: whoever else is attached decides (TCX_NEXT). */
    public static final int PASS = -1;

    /** Verdict: it ends here (TCX_DROP). */
    public static final int DROP = 2;

    private static final int ADJUST_ROOM = 50;
    private static final int BEHIND_ETHERNET = 1;
    private static final int FIXED_SEGMENT_SIZE = 1;
    private static final int OUTER_IPV4 = 1 << 1;
    private static final int INNER_ETHERNET = 1 << 6;
    private static final int INNER_LENGTH_SHIFT = 56;
    private static final int ETHERNET = 14;

    private SocketBuffers() {}

    /**
     * Writes bytes into the frame; R0 to R5 are lost.
     *
     * @param program to append to
     * @param to where in the frame
     * @param base register
     * @param from where behind it
     * @param length how many
     * @param refused where it goes on when there is no room
     */
    public static void store(
            final BpfAssembler program,
            final int to,
            final int base,
            final int from,
            final int length,
            final Label refused) {
        program.move(R1, R6).moveValue(R2, to).move(R3, base).addValue(R3, from);
        program.moveValue(R4, length).moveValue(R5, 0).call(STORE_BYTES).jumpIfNotEqual(R0, 0, refused);
    }

    /**
     * Takes bytes out behind the Ethernet header, of each packet that a large segment becomes; R0 to R5 are lost.
     *
     * @param program to append to
     * @param length register, not R2: how many
     * @param refused where it goes on when that cannot be
     */
    public static void strip(final BpfAssembler program, final int length, final Label refused) {
        program.moveValue(R2, 0).subtract(R2, length).move(R1, R6);
        program.moveValue(R3, BEHIND_ETHERNET).moveValue(R4, FIXED_SEGMENT_SIZE);
        program.call(ADJUST_ROOM).jumpIfNotEqual(R0, 0, refused);
    }

    /**
     * Puts the headers of a tunnel in front of each packet that the frame becomes: the Ethernet header that is there becomes the outer one, the room behind it takes the
     * rest, the inner one included. R0 to R5 are lost.
     *
     * @param program to append to
     * @param tunnel {@link #OUTER_UDP} or {@link #OUTER_GRE}
     * @param base register
     * @param from where behind it: both Ethernet headers, and what is between them
     * @param length of all that
     * @param refused where it goes on when that cannot be
     */
    public static void wrap(
            final BpfAssembler program,
            final int tunnel,
            final int base,
            final int from,
            final int length,
            final Label refused) {
        program.move(R1, R6).moveValue(R2, length - ETHERNET).moveValue(R3, BEHIND_ETHERNET);
        program.moveValue(R4, ETHERNET).shiftLeft(R4, INNER_LENGTH_SHIFT);
        program.addValue(R4, FIXED_SEGMENT_SIZE | OUTER_IPV4 | tunnel | INNER_ETHERNET);
        program.call(ADJUST_ROOM).jumpIfNotEqual(R0, 0, refused);
        store(program, 0, base, from, length, refused);
    }
}
