package org.dvr.dataplane.io.guard;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;
import static org.dvr.dataplane.io.sys.BpfAssembler.R7;

import java.nio.ByteBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.dataplane.io.shortcut.ShortcutMaps;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;
import org.dvr.dataplane.io.sys.SocketBuffers;

/**
 * Programs for traffic control's ingress (TCX), which lies behind packet sockets and before the kernel's own stack. Their context is {@code struct
 * __sk_buff} of {@code linux/bpf.h}; offsets count from the Ethernet header. Frames too short to be judged are left to the kernel.
 */
final class GuardProgram {
    private static final int ETHER_TYPE = 12;
    private static final int IP = 14;
    private static final int IPV4_FRAGMENT = IP + 6;
    private static final int IPV4_PROTOCOL = IP + 9;
    private static final int IPV4_DESTINATION = IP + 16;
    private static final int IPV6_NEXT_HEADER = IP + 6;
    private static final int IPV6_DESTINATION = IP + 24;
    private static final int IPV6_PAYLOAD = IP + 40;
    private static final int UDP_DESTINATION_PORT = 2;

    private GuardProgram() {}

    /**
     * Nothing gets through.
     *
     * @param shortcuts what the kernel forwards by itself, null = nothing
     */
    static long[] dropAll(final ShortcutMaps shortcuts) {
        return begin(shortcuts).exit(SocketBuffers.DROP).program();
    }

    /** R6 has the context from there on. */
    private static BpfAssembler begin(final ShortcutMaps shortcuts) {
        final BpfAssembler program = new BpfAssembler().move(R6, R1);
        if (shortcuts != null) {
            shortcuts.begin(program);
        }
        return program;
    }

    /**
     * Tunnel traffic for one endpoint does not get through: VXLAN, over IPv4 also GRE. Later fragments of a UDP datagram have no port; they get through, and
     * nothing is answered to them without their first.
     *
     * @param address of the endpoint, 4 or 16 bytes in wire order
     * @param vxlanPort UDP port of VXLAN
     * @param shortcuts what the kernel forwards by itself, null = nothing
     */
    static long[] dropTunnelTraffic(final byte[] address, final int vxlanPort, final ShortcutMaps shortcuts) {
        final BpfAssembler program = begin(shortcuts);
        final Label pass = new Label();
        final Label drop = new Label();
        // A tag that the device has stripped: the frame is for a VLAN device above this one.
        program.load(Width.WORD, R0, R6, SocketBuffers.VLAN_PRESENT).jumpIfNotEqual(R0, 0, pass);
        program.loadFrame(Width.HALF, ETHER_TYPE);
        if (address.length == Integer.BYTES) {
            judgeIpv4(program, address, vxlanPort, pass, drop);
        } else {
            judgeIpv6(program, address, vxlanPort, pass, drop);
        }
        program.label(pass).exit(SocketBuffers.PASS);
        return program.label(drop).exit(SocketBuffers.DROP).program();
    }

    private static void judgeIpv4(
            final BpfAssembler program, final byte[] address, final int vxlanPort, final Label pass, final Label drop) {
        program.jumpIfNotEqual(R0, EtherType.IPV4, pass);
        program.loadFrame(Width.WORD, IPV4_DESTINATION)
                .jumpIfNotEqual(R0, ByteBuffer.wrap(address).getInt(), pass);
        program.loadFrame(Width.BYTE, IPV4_PROTOCOL)
                .jumpIfEqual(R0, IpProtocol.GRE, drop)
                .jumpIfNotEqual(R0, IpProtocol.UDP, pass);
        program.loadFrame(Width.HALF, IPV4_FRAGMENT).jumpIfAny(R0, 0x1FFF, pass);
        program.loadFrame(Width.BYTE, IP).andValue(R0, 0x0F).shiftLeft(R0, 2).move(R7, R0);
        program.loadFrame(Width.HALF, R7, IP + UDP_DESTINATION_PORT).jumpIfEqual(R0, vxlanPort, drop);
    }

    private static void judgeIpv6(
            final BpfAssembler program, final byte[] address, final int vxlanPort, final Label pass, final Label drop) {
        program.jumpIfNotEqual(R0, EtherType.IPV6, pass);
        for (int i = 0; i < address.length; i += Integer.BYTES) {
            program.loadFrame(Width.WORD, IPV6_DESTINATION + i)
                    .jumpIfNotEqual(R0, ByteBuffer.wrap(address).getInt(i), pass);
        }
        program.loadFrame(Width.BYTE, IPV6_NEXT_HEADER).jumpIfNotEqual(R0, IpProtocol.UDP, pass);
        program.loadFrame(Width.HALF, IPV6_PAYLOAD + UDP_DESTINATION_PORT).jumpIfEqual(R0, vxlanPort, drop);
    }
}
