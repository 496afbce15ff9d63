package org.dvr.dataplane.io.afpacket;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R3;
import static org.dvr.dataplane.io.sys.BpfAssembler.R4;
import static org.dvr.dataplane.io.sys.BpfAssembler.R5;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;
import static org.dvr.dataplane.io.sys.BpfAssembler.R7;
import static org.dvr.dataplane.io.sys.BpfAssembler.R8;

import org.agrona.DirectBuffer;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SharedMemory;
import org.dvr.dataplane.io.sys.SystemCallException;

/**
 * Puts the outer headers in front of large segments inside the kernel. A packet socket cannot say "cut the inner TCP segment and repeat the tunnel's headers", a
 * program at traffic control's egress can: the socket sends the inner segment with a mark, the program makes room and copies the headers from shared memory.
 * From there on the kernel takes it for a segment of a tunnel device of its own: devices that can cut it do, for the others the kernel does, and a veth device hands it
 * over whole.
 *
 * <pre>
 *   shared memory: | length of the headers (32), 4 | outer Ethernet, IPv4, UDP and VXLAN or GRE, inner Ethernet |
 * </pre>
 *
 * The program has run when the sending system call returns, so one place is enough. It is held by descriptors alone and is gone with the process. Linux 6.6; owned by
 * the thread that sends.
 */
final class TunnelProgram {
    private static final int ETHERNET = EthernetHeader.LENGTH;
    private static final int VXLAN_HEADERS =
            ETHERNET + Ipv4Header.MIN_LENGTH + UdpHeader.LENGTH + VxlanHeader.LENGTH + ETHERNET;
    private static final int GRE_HEADERS = ETHERNET + Ipv4Header.MIN_LENGTH + GreHeader.KEYED_LENGTH + ETHERNET;

    private static final int LENGTH = 0;
    private static final int HEADERS = 8;
    private static final int MEMORY_LENGTH = HEADERS + VXLAN_HEADERS;

    /** Marks of ours begin so; then comes a number that no other program of this process has. */
    private static final int MARK = 0x4456_0000;

    // Functions of the kernel, the mark in struct __sk_buff, and how room is made (linux/bpf.h).
    private static final int SKB_STORE_BYTES = 9;
    private static final int SKB_ADJUST_ROOM = 50;
    private static final int CONTEXT_MARK = 8;
    private static final int BEHIND_ETHERNET = 1;
    private static final int FIXED_SEGMENT_SIZE = 1;
    private static final int OUTER_IPV4 = 1 << 1;
    private static final int OUTER_GRE = 1 << 3;
    private static final int OUTER_UDP = 1 << 4;
    private static final int INNER_ETHERNET = 1 << 6;
    private static final int INNER_LENGTH_SHIFT = 56;

    /** TCX_NEXT: whoever else is attached decides. */
    private static final int PASS = -1;

    /** TCX_DROP. */
    private static final int DROP = 2;

    private static final int PROTOCOL_AT = ETHERNET + 9;

    private final Libc libc = new Libc();
    private final int link;
    private final SharedMemory memory;

    /**
     * @param device index of the device
     * @throws SystemCallException if the kernel refuses, for want of CAP_BPF and CAP_NET_ADMIN or because it is too old
     */
    TunnelProgram(final int device) throws SystemCallException {
        final Bpf bpf = new Bpf(libc);
        memory = new SharedMemory(libc, MEMORY_LENGTH, "dvr_tunnel");
        int program = -1;
        int attached = -1;
        try {
            program =
                    bpf.load(Bpf.PROGRAM_SCHED_CLS, Bpf.ATTACH_TCX_EGRESS, program(memory.fd(), mark()), "dvr_tunnel");
            attached = bpf.link(program, device, Bpf.ATTACH_TCX_EGRESS, Bpf.LINK_FIRST);
        } finally {
            libc.close(program); // the link holds it
            if (attached < 0) {
                memory.close();
            }
        }
        link = attached;
    }

    /** R6 is the socket buffer, R7 the shared memory, R8 the length of the headers. */
    private static long[] program(final int mapFd, final int mark) {
        final BpfAssembler program = new BpfAssembler();
        final Label isOurs = new Label();
        final Label gre = new Label();
        final Label drop = new Label();
        program.load(Width.WORD, R0, R1, CONTEXT_MARK)
                .jumpIfEqual(R0, mark, isOurs)
                .exit(PASS);
        program.label(isOurs).move(R6, R1).moveValue(R0, 0).store(Width.WORD, R6, CONTEXT_MARK, R0);
        program.loadMapValue(R7, mapFd).load(Width.WORD, R8, R7, LENGTH).jumpIfNotEqual(R8, VXLAN_HEADERS, gre);
        putHeaders(program, VXLAN_HEADERS, OUTER_UDP, drop);
        program.label(gre).jumpIfNotEqual(R8, GRE_HEADERS, drop);
        putHeaders(program, GRE_HEADERS, OUTER_GRE, drop);
        return program.label(drop).exit(DROP).program();
    }

    /** The Ethernet header that is there becomes the outer one: the room behind it takes the rest, the inner one included. */
    private static void putHeaders(final BpfAssembler program, final int length, final int tunnel, final Label drop) {
        program.move(R1, R6).moveValue(R2, length - ETHERNET).moveValue(R3, BEHIND_ETHERNET);
        program.moveValue(R4, ETHERNET).shiftLeft(R4, INNER_LENGTH_SHIFT);
        program.addValue(R4, FIXED_SEGMENT_SIZE | OUTER_IPV4 | tunnel | INNER_ETHERNET);
        program.call(SKB_ADJUST_ROOM).jumpIfNotEqual(R0, 0, drop);
        program.move(R1, R6).moveValue(R2, 0).move(R3, R7).addValue(R3, HEADERS);
        program.moveValue(R4, length).moveValue(R5, 0);
        program.call(SKB_STORE_BYTES).jumpIfNotEqual(R0, 0, drop);
        program.exit(PASS);
    }

    /** @return what the socket marks a segment with */
    int mark() {
        return MARK | (memory.fd() & 0xFFFF);
    }

    /**
     * Takes the headers of the segment that is sent next.
     *
     * @param buffer holds the frame
     * @param offset where its outer Ethernet header begins
     * @param innerAt where its inner Ethernet header begins
     * @return false when they are none of those it knows: VXLAN and keyed GRE over IPv4
     */
    boolean takeHeaders(final DirectBuffer buffer, final int offset, final int innerAt) {
        final int length = innerAt - offset + ETHERNET;
        final int protocol = buffer.getByte(offset + PROTOCOL_AT);
        if (length != (protocol == IpProtocol.UDP ? VXLAN_HEADERS : GRE_HEADERS)) {
            return false;
        }
        memory.buffer().putInt(LENGTH, length);
        memory.buffer().putBytes(HEADERS, buffer, offset, length);
        return true;
    }

    void close() {
        libc.close(link);
        memory.close();
    }
}
