package org.dvr.dataplane.io.afpacket;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
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
import org.dvr.dataplane.io.sys.SocketBuffers;
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
        program.load(Width.WORD, R0, R1, SocketBuffers.MARK)
                .jumpIfEqual(R0, mark, isOurs)
                .exit(SocketBuffers.PASS);
        program.label(isOurs).move(R6, R1).moveValue(R0, 0).store(Width.WORD, R6, SocketBuffers.MARK, R0);
        program.loadMapValue(R7, mapFd).load(Width.WORD, R8, R7, LENGTH).jumpIfNotEqual(R8, VXLAN_HEADERS, gre);
        SocketBuffers.wrap(program, SocketBuffers.OUTER_UDP, R7, HEADERS, VXLAN_HEADERS, drop);
        program.exit(SocketBuffers.PASS);
        program.label(gre).jumpIfNotEqual(R8, GRE_HEADERS, drop);
        SocketBuffers.wrap(program, SocketBuffers.OUTER_GRE, R7, HEADERS, GRE_HEADERS, drop);
        program.exit(SocketBuffers.PASS);
        return program.label(drop).exit(SocketBuffers.DROP).program();
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
