package org.dvr.dataplane.io.afxdp;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R3;
import static org.dvr.dataplane.io.sys.BpfAssembler.R4;
import static org.dvr.dataplane.io.sys.BpfAssembler.R5;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;

/**
 * XDP programs that hand frames to the socket of their receive queue. Their context is {@code struct xdp_md} of {@code linux/bpf.h}. What is not ours, what
 * is too short to be judged and what comes by a queue without socket goes on to the kernel's own stack.
 */
final class XdpProgram {
    private static final int XDP_PASS = 2;
    private static final int REDIRECT_MAP = 51; // bpf_redirect_map

    private static final int CONTEXT_DATA = 0;
    private static final int CONTEXT_DATA_END = 4;
    private static final int CONTEXT_QUEUE = 16;

    private static final int ETHER_TYPE = 12;
    private static final int IP = 14;
    private static final int ARP_TARGET_IP = IP + 24;
    private static final int ARP_END = IP + 28;
    private static final int IPV4_FRAGMENT = IP + 6;
    private static final int IPV4_PROTOCOL = IP + 9;
    private static final int IPV4_DESTINATION = IP + 16;
    private static final int IPV4_END = IP + 20;
    private static final int IPV4_SHORTEST = 5; // words of a header
    private static final int IPV4_LONGEST = 15;
    private static final int IPV6_NEXT_HEADER = IP + 6;
    private static final int IPV6_DESTINATION = IP + 24;
    private static final int IPV6_END = IP + 40;
    private static final int UDP_DESTINATION_PORT = 2;
    private static final int UDP_PORTS_END = 4;

    private final BpfAssembler program = new BpfAssembler();
    private final Label pass = new Label();
    private final Label redirect = new Label();

    private XdpProgram() {}

    /** Every frame is ours. */
    static long[] redirectAll(final int mapFd) {
        final XdpProgram it = new XdpProgram();
        it.redirect(mapFd);
        return it.program.program();
    }

    /**
     * Tunnel traffic for one endpoint is ours: VXLAN, over IPv4 also GRE. First fragments of VXLAN too, to be refused by name; later ones have no port.
     *
     * @param mapFd sockets by receive queue
     * @param address of the endpoint, 4 or 16 bytes in wire order
     * @param vxlanPort UDP port of VXLAN
     * @param takesArp ARP for the endpoint is ours too; IPv4
     */
    static long[] redirectTunnelTraffic(
            final int mapFd, final byte[] address, final int vxlanPort, final boolean takesArp) {
        final XdpProgram it = new XdpProgram();
        it.program.load(Width.WORD, R2, R1, CONTEXT_DATA).load(Width.WORD, R3, R1, CONTEXT_DATA_END);
        it.needs(R2, IP);
        it.program.load(Width.HALF, R0, R2, ETHER_TYPE);
        if (address.length == Integer.BYTES) {
            it.judgeIpv4(ByteBuffer.wrap(address), vxlanPort, takesArp);
        } else {
            it.judgeIpv6(ByteBuffer.wrap(address), vxlanPort);
        }
        it.program.jump(it.pass);
        it.redirect(mapFd);
        return it.program.label(it.pass).exit(XDP_PASS).program();
    }

    private void judgeIpv4(final ByteBuffer address, final int vxlanPort, final boolean takesArp) {
        final int local = address.order(ByteOrder.LITTLE_ENDIAN).getInt(); // as the machine reads it from a frame
        if (takesArp) {
            final Label other = new Label();
            program.jumpIfNotEqual(R0, wire(EtherType.ARP), other);
            needs(R2, ARP_END);
            program.load(Width.WORD, R0, R2, ARP_TARGET_IP)
                    .jumpIfEqual(R0, local, redirect)
                    .jump(pass);
            program.label(other);
        }
        program.jumpIfNotEqual(R0, wire(EtherType.IPV4), pass);
        needs(R2, IPV4_END);
        program.load(Width.WORD, R0, R2, IPV4_DESTINATION).jumpIfNotEqual(R0, local, pass);
        program.load(Width.BYTE, R0, R2, IPV4_PROTOCOL)
                .jumpIfEqual(R0, IpProtocol.GRE, redirect)
                .jumpIfNotEqual(R0, IpProtocol.UDP, pass);
        program.load(Width.HALF, R0, R2, IPV4_FRAGMENT).jumpIfAny(R0, wire(0x1FFF), pass);
        program.load(Width.BYTE, R5, R2, IP).andValue(R5, 0x0F);
        // A case for each length: the verifier allows sums of pointers and variables to CAP_PERFMON only.
        for (int words = IPV4_SHORTEST; words <= IPV4_LONGEST; words++) {
            final int udp = IP + words * Integer.BYTES;
            final Label longer = new Label();
            program.jumpIfNotEqual(R5, words, longer);
            needs(R2, udp + UDP_PORTS_END);
            program.load(Width.HALF, R0, R2, udp + UDP_DESTINATION_PORT)
                    .jumpIfEqual(R0, wire(vxlanPort), redirect)
                    .jump(pass);
            program.label(longer);
        }
    }

    private void judgeIpv6(final ByteBuffer address, final int vxlanPort) {
        program.jumpIfNotEqual(R0, wire(EtherType.IPV6), pass);
        needs(R2, IPV6_END + UDP_PORTS_END);
        address.order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < address.capacity(); i += Integer.BYTES) {
            program.load(Width.WORD, R0, R2, IPV6_DESTINATION + i).jumpIfNotEqual(R0, address.getInt(i), pass);
        }
        program.load(Width.BYTE, R0, R2, IPV6_NEXT_HEADER).jumpIfNotEqual(R0, IpProtocol.UDP, pass);
        program.load(Width.HALF, R0, R2, IPV6_END + UDP_DESTINATION_PORT).jumpIfEqual(R0, wire(vxlanPort), redirect);
    }

    /** Passes frames that end before this many bytes behind a pointer, with R3 at the frame's end. */
    private void needs(final int pointer, final int length) {
        program.move(R4, pointer).addValue(R4, length).jumpIfAbove(R4, R3, pass);
    }

    private void redirect(final int mapFd) {
        // The context's register is untouched until here.
        program.label(redirect)
                .load(Width.WORD, R2, R1, CONTEXT_QUEUE)
                .loadMap(R1, mapFd)
                .moveValue(R3, XDP_PASS) // where the queue has no socket
                .call(REDIRECT_MAP)
                .exit();
    }

    /** A number of two bytes as the machine reads it from a frame. */
    private static int wire(final int value) {
        return Short.toUnsignedInt(Short.reverseBytes((short) value));
    }
}
