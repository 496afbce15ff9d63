package org.dvr.dataplane.io.shortcut;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R10;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R3;
import static org.dvr.dataplane.io.sys.BpfAssembler.R4;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;
import static org.dvr.dataplane.io.sys.BpfAssembler.R7;
import static org.dvr.dataplane.io.sys.BpfAssembler.R8;
import static org.dvr.dataplane.io.sys.BpfAssembler.R9;

import java.util.function.Consumer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;
import org.dvr.dataplane.io.sys.SocketBuffers;

/**
 * A packet socket's filter that recognizes packets which the kernel is to forward: they are not received. Packet sockets see a frame before traffic control does, on
 * the same core and with nothing in between; so the filter decides, leaves what it has decided in a map that each core has its own of, and {@link ShortcutProgram} does it.
 *
 * <pre>
 *   decision: | slot + 1, 0 = none (4) | sequence of the slot (4) | length of the frame (4) | device (4) |
 *
 *   stack, from R10:  -54  inner Ethernet header   -40  IPv4   -20  TCP, UDP or ICMP
 *                     -92  outer IPv4   -72  UDP or GRE   -64  VXLAN
 * </pre>
 *
 * Recognized are whole IPv4 packets without options, of UDP, of ICMP echoes, and of TCP without SYN, FIN, RST and URG, that are no longer than what is remembered
 * allows, in time, and the same as the slot's in addresses, ports, MACs, TTL, device, VLAN and tunnel; only TCP in large segments. Header checksums are not verified: they
 * are updated, and stay wrong when they were.
 */
final class ShortcutFilter {
    static final int DECISION_LENGTH = 16;
    static final int DECIDED_SLOT = 0;
    static final int DECIDED_SEQUENCE = 4;
    static final int DECIDED_LENGTH = 8;
    static final int DECIDED_DEVICE = 12;

    private static final int ETHERNET = EthernetHeader.LENGTH;
    private static final int L4_AT = ETHERNET + Ipv4Header.MIN_LENGTH;
    private static final int HEADERS = L4_AT + TcpHeader.MIN_LENGTH;
    private static final int LEAST = L4_AT + UdpHeader.LENGTH; // and that of an echo
    private static final int OUTER_VXLAN = Ipv4Header.MIN_LENGTH + UdpHeader.LENGTH + VxlanHeader.LENGTH;
    private static final int BEHIND_VXLAN = ETHERNET + OUTER_VXLAN;
    private static final int BEHIND_GRE = ETHERNET + Ipv4Header.MIN_LENGTH + GreHeader.KEYED_LENGTH;

    // Places on the stack.
    private static final int MACS = -HEADERS;
    private static final int IP = MACS + ETHERNET;
    private static final int L4 = IP + Ipv4Header.MIN_LENGTH;
    private static final int OUTER_IP = -92;
    private static final int OUTER_L4 = OUTER_IP + Ipv4Header.MIN_LENGTH;
    private static final int SEGMENTATION_ID = -96;
    private static final int SEQUENCE = -100;
    private static final int INDEX = -104;
    private static final int KEY = -108;
    private static final int PORTS = -112;
    private static final int ICMP_TYPE = -116;
    private static final int VLAN_ID = -120;

    private static final int VLAN = 0x0081; // 802.1Q, as it is read
    private static final int VLAN_MASK = 0x0FFF;
    private static final int NO_PART = 0xFF3F; // fragment offset and more-fragments flag, as they are read
    private static final int SPECIAL = 0x27; // FIN, SYN, RST, URG
    private static final int VNI_FLAG = 0x08;
    private static final int GRE_KEYED = 0x5865_0020; // key present, transparent Ethernet bridging, as they are read

    private ShortcutFilter() {}

    /** R6 is the socket buffer, R7 where the inner frame begins, R8 the length of its packet, R9 the slot. */
    static long[] program(
            final int tableFd,
            final int firstSlot,
            final int decisionsFd,
            final boolean isUnderlay,
            final Consumer<BpfAssembler> otherwise) {
        final BpfAssembler program = new BpfAssembler();
        final Label other = new Label();
        program.move(R6, R1);
        if (isUnderlay) {
            program.load(Width.WORD, R0, R6, SocketBuffers.VLAN_PRESENT).jumpIfNotEqual(R0, 0, other);
            program.moveValue(R7, 0);
            readOuter(program, other);
        } else {
            readTag(program, other);
            program.moveValue(R7, 0);
        }
        readInner(program, other);
        findSlot(program, tableFd, firstSlot);
        compare(program, isUnderlay, other);
        decide(program, decisionsFd, other);
        program.label(other);
        otherwise.accept(program);
        return program.program();
    }

    private static void readTag(final BpfAssembler program, final Label other) {
        final Label isRead = new Label();
        program.moveValue(R1, Slot.UNTAGGED).load(Width.WORD, R0, R6, SocketBuffers.VLAN_PRESENT);
        program.jumpIfEqual(R0, 0, isRead);
        program.load(Width.WORD, R0, R6, SocketBuffers.VLAN_PROTOCOL).jumpIfNotEqual(R0, VLAN, other);
        program.load(Width.WORD, R1, R6, SocketBuffers.VLAN_TAG).andValue(R1, VLAN_MASK);
        program.label(isRead).store(Width.WORD, R10, VLAN_ID, R1);
    }

    private static void readOuter(final BpfAssembler program, final Label other) {
        final Label gre = new Label();
        final Label isRead = new Label();
        loadBytes(program, ETHERNET, OUTER_IP, OUTER_VXLAN, other);
        program.loadFrame(Width.HALF, ETHERNET - 2).jumpIfNotEqual(R0, EtherType.IPV4, other);
        checkIp(program, OUTER_IP, other);
        program.load(Width.BYTE, R0, R10, OUTER_IP + 9).jumpIfNotEqual(R0, IpProtocol.UDP, gre);
        program.load(Width.HALF, R0, R10, OUTER_L4 + 2);
        program.jumpIfNotEqual(R0, Short.toUnsignedInt(Short.reverseBytes((short) VxlanHeader.PORT)), other);
        program.load(Width.HALF, R0, R10, OUTER_L4 + 6).jumpIfNotEqual(R0, 0, other); // a checksum: ours to verify
        program.load(Width.BYTE, R0, R10, OUTER_L4 + UdpHeader.LENGTH).andValue(R0, VNI_FLAG);
        program.jumpIfEqual(R0, 0, other);
        program.load(Width.WORD, R0, R10, OUTER_L4 + UdpHeader.LENGTH + 4).moveValue(R7, BEHIND_VXLAN);
        program.jump(isRead);
        program.label(gre).jumpIfNotEqual(R0, IpProtocol.GRE, other);
        program.load(Width.WORD, R0, R10, OUTER_L4).jumpIfNotEqual(R0, GRE_KEYED, other);
        program.load(Width.WORD, R0, R10, OUTER_L4 + 4).moveValue(R7, BEHIND_GRE);
        program.label(isRead).store(Width.WORD, R10, SEGMENTATION_ID, R0);
    }

    private static void loadBytes(
            final BpfAssembler program, final int from, final int to, final int length, final Label other) {
        program.move(R1, R6).move(R2, R7).addValue(R2, from).move(R3, R10).addValue(R3, to);
        program.moveValue(R4, length).call(SocketBuffers.LOAD_BYTES).jumpIfNotEqual(R0, 0, other);
    }

    private static void checkIp(final BpfAssembler program, final int ip, final Label other) {
        program.load(Width.BYTE, R0, R10, ip).jumpIfNotEqual(R0, 0x45, other);
        program.load(Width.HALF, R0, R10, ip + 6).jumpIfAny(R0, NO_PART, other);
    }

    private static void readInner(final BpfAssembler program, final Label other) {
        loadBytes(program, 0, MACS, LEAST, other);
        program.load(Width.HALF, R0, R10, MACS + 12);
        program.jumpIfNotEqual(R0, Short.toUnsignedInt(Short.reverseBytes((short) EtherType.IPV4)), other);
        checkIp(program, IP, other);
        program.loadFrame(Width.HALF, R7, ETHERNET + 2).move(R8, R0);
        program.move(R1, R8).add(R1, R7).addValue(R1, ETHERNET).load(Width.WORD, R2, R6, SocketBuffers.LENGTH);
        program.jumpIfAbove(R1, R2, other);
        readTransport(program, other);
    }

    private static void readTransport(final BpfAssembler program, final Label other) {
        final Label udp = new Label();
        final Label echo = new Label();
        final Label isRead = new Label();
        program.moveValue(R1, 0).store(Width.WORD, R10, ICMP_TYPE, R1);
        program.store(Width.WORD, R10, L4 + 8, R1).store(Width.DOUBLE, R10, L4 + 12, R1);
        program.load(Width.WORD, R2, R10, L4).store(Width.WORD, R10, PORTS, R2);
        program.load(Width.BYTE, R0, R10, IP + 9).jumpIfEqual(R0, IpProtocol.UDP, udp);
        program.jumpIfEqual(R0, IpProtocol.ICMP, echo).jumpIfNotEqual(R0, IpProtocol.TCP, other);
        loadBytes(program, L4_AT, L4, TcpHeader.MIN_LENGTH, other);
        program.load(Width.BYTE, R0, R10, L4 + 13).jumpIfAny(R0, SPECIAL, other);
        program.load(Width.BYTE, R0, R10, L4 + 12).shiftRight(R0, 4).shiftLeft(R0, 2);
        program.jumpIfBelow(R0, TcpHeader.MIN_LENGTH, other).addValue(R0, Ipv4Header.MIN_LENGTH);
        program.jumpIfAbove(R0, R8, other).jump(isRead);
        program.label(udp).load(Width.HALF, R0, R10, L4 + 4).toNetworkOrder16(R0);
        program.jumpIfBelow(R0, UdpHeader.LENGTH, other).addValue(R0, Ipv4Header.MIN_LENGTH);
        program.jumpIfAbove(R0, R8, other).jump(isRead);
        program.label(echo).jumpIfBelow(R8, Ipv4Header.MIN_LENGTH + IcmpHeader.LENGTH, other);
        program.load(Width.BYTE, R0, R10, L4).store(Width.BYTE, R10, ICMP_TYPE, R0);
        program.load(Width.HALF, R0, R10, L4 + 4);
        program.store(Width.HALF, R10, PORTS, R0).store(Width.HALF, R10, PORTS + 2, R0);
        program.label(isRead);
    }

    /** As {@link ShortcutTable#slot}. */
    private static void findSlot(final BpfAssembler program, final int tableFd, final int firstSlot) {
        program.load(Width.WORD, R0, R10, IP + 12).multiplyValue32(R0, ShortcutTable.FIRST_FACTOR);
        program.load(Width.WORD, R1, R10, IP + 16).add(R0, R1).multiplyValue32(R0, ShortcutTable.SECOND_FACTOR);
        program.load(Width.WORD, R1, R10, PORTS).add(R0, R1).multiplyValue32(R0, ShortcutTable.THIRD_FACTOR);
        program.shiftRight(R0, ShortcutTable.HASH_SHIFT).addValue(R0, firstSlot).store(Width.WORD, R10, INDEX, R0);
        program.shiftLeft(R0, Slot.SHIFT).loadMapValue(R9, tableFd).add(R9, R0);
    }

    private static void compare(final BpfAssembler program, final boolean isUnderlay, final Label other) {
        program.load(Width.WORD, R1, R9, Slot.SEQUENCE).jumpIfAny(R1, 1, other);
        program.store(Width.WORD, R10, SEQUENCE, R1);
        program.load(Width.WORD, R1, R9, Slot.DEVICE).load(Width.WORD, R2, R6, SocketBuffers.DEVICE);
        program.jumpIfNotSame(R1, R2, other);
        program.load(Width.WORD, R1, R9, Slot.INNER_AT).jumpIfNotSame(R1, R7, other);
        same(program, Width.WORD, Slot.SOURCE, IP + 12, other);
        same(program, Width.WORD, Slot.DESTINATION, IP + 16, other);
        same(program, Width.WORD, Slot.PORTS, PORTS, other);
        same(program, Width.HALF, Slot.DESTINATION_MAC_HEAD, MACS, other);
        same(program, Width.WORD, Slot.DESTINATION_MAC_TAIL, MACS + 2, other);
        same(program, Width.WORD, Slot.SOURCE_MAC_HEAD, MACS + 6, other);
        same(program, Width.HALF, Slot.SOURCE_MAC_TAIL, MACS + 10, other);
        same(program, Width.HALF, Slot.TTL_AND_PROTOCOL, IP + 8, other);
        same(program, Width.BYTE, Slot.ICMP_TYPE, ICMP_TYPE, other);
        if (isUnderlay) {
            same(program, Width.WORD, Slot.OUTER_SOURCE, OUTER_IP + 12, other);
            same(program, Width.WORD, Slot.OUTER_DESTINATION, OUTER_IP + 16, other);
            same(program, Width.WORD, Slot.SEGMENTATION_ID, SEGMENTATION_ID, other);
        } else {
            same(program, Width.WORD, Slot.VLAN_ID, VLAN_ID, other);
        }
        checkLength(program, other);
        program.call(SocketBuffers.MONOTONIC_TIME)
                .load(Width.DOUBLE, R1, R9, Slot.UNTIL)
                .jumpIfAbove(R0, R1, other);
        program.load(Width.WORD, R1, R9, Slot.SEQUENCE).load(Width.WORD, R2, R10, SEQUENCE);
        program.jumpIfNotSame(R1, R2, other);
    }

    private static void same(
            final BpfAssembler program, final Width width, final int inSlot, final int onStack, final Label other) {
        program.load(width, R1, R9, inSlot).load(width, R2, R10, onStack).jumpIfNotSame(R1, R2, other);
    }

    /** Of a large segment what counts is how long the packets are that it will be on a wire. */
    private static void checkLength(final BpfAssembler program, final Label other) {
        final Label isLarge = new Label();
        final Label isKnown = new Label();
        program.load(Width.WORD, R1, R6, SocketBuffers.SEGMENT_SIZE).jumpIfNotEqual(R1, 0, isLarge);
        program.move(R1, R8).jump(isKnown);
        program.label(isLarge)
                .load(Width.BYTE, R2, R10, IP + 9)
                .jumpIfNotEqual(R2, IpProtocol.TCP, other)
                .load(Width.BYTE, R2, R10, L4 + 12)
                .andValue(R2, 0xF0)
                .shiftRight(R2, 2);
        program.add(R1, R2).addValue(R1, Ipv4Header.MIN_LENGTH);
        program.label(isKnown).load(Width.WORD, R2, R9, Slot.LONGEST_PACKET).jumpIfAbove(R1, R2, other);
        program.load(Width.WORD, R1, R6, SocketBuffers.LENGTH).load(Width.WORD, R2, R9, Slot.LONGEST_FRAME);
        program.jumpIfAbove(R1, R2, other);
    }

    private static void decide(final BpfAssembler program, final int decisionsFd, final Label other) {
        program.moveValue(R0, 0).store(Width.WORD, R10, KEY, R0);
        program.loadMap(R1, decisionsFd).move(R2, R10).addValue(R2, KEY).call(SocketBuffers.MAP_LOOKUP);
        program.jumpIfNull(R0, other);
        copyWord(program, L4 + 4, Slot.TCP_SEQUENCE);
        copyWord(program, L4 + 8, Slot.TCP_ACKNOWLEDGMENT);
        copyWord(program, L4 + 12, Slot.TCP_FLAGS);
        program.store(Width.WORD, R9, Slot.PACKET_LENGTH, R8);
        program.load(Width.WORD, R1, R10, INDEX).addValue(R1, 1).store(Width.WORD, R0, DECIDED_SLOT, R1);
        program.load(Width.WORD, R1, R10, SEQUENCE).store(Width.WORD, R0, DECIDED_SEQUENCE, R1);
        program.load(Width.WORD, R1, R6, SocketBuffers.LENGTH).store(Width.WORD, R0, DECIDED_LENGTH, R1);
        program.load(Width.WORD, R1, R6, SocketBuffers.DEVICE).store(Width.WORD, R0, DECIDED_DEVICE, R1);
        program.exit(0);
    }

    private static void copyWord(final BpfAssembler program, final int onStack, final int inSlot) {
        program.load(Width.WORD, R1, R10, onStack).store(Width.WORD, R9, inSlot, R1);
    }
}
