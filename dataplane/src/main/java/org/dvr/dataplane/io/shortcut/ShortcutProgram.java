package org.dvr.dataplane.io.shortcut;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R10;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R3;
import static org.dvr.dataplane.io.sys.BpfAssembler.R4;
import static org.dvr.dataplane.io.sys.BpfAssembler.R5;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;
import static org.dvr.dataplane.io.sys.BpfAssembler.R7;
import static org.dvr.dataplane.io.sys.BpfAssembler.R8;
import static org.dvr.dataplane.io.sys.BpfAssembler.R9;

import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;
import org.dvr.dataplane.io.sys.SocketBuffers;

/**
 * Forwards what {@link ShortcutFilter} has recognized, at traffic control's ingress: strips the tag or the tunnel's headers, rewrites the packet, puts new headers in front, and hands
 * the socket buffer to the other device. Its payload stays where it is; large segments stay large.
 */
final class ShortcutProgram {
    private static final int ETHERNET = EthernetHeader.LENGTH;
    private static final int IP = ETHERNET;
    private static final int L4 = IP + Ipv4Header.MIN_LENGTH;
    private static final int GRE_HEADERS = L4 + GreHeader.KEYED_LENGTH + ETHERNET;
    private static final int VXLAN_HEADERS = L4 + UdpHeader.LENGTH + VxlanHeader.LENGTH + ETHERNET;

    private static final int VLAN = 0x0081; // 802.1Q, in network order

    // Places on the stack.
    private static final int KEY = -8;
    private static final int NUMBER = -16;

    private ShortcutProgram() {}

    /** R6 is the socket buffer, R7 the sequence of the slot, R8 the length of the frame as it came, R9 the slot. */
    static void append(final BpfAssembler program, final int tableFd, final int slots, final int decisionsFd) {
        final Label other = new Label();
        final Label drop = new Label();
        final Label leave = new Label();
        takeDecision(program, tableFd, slots, decisionsFd, other);
        popTag(program, drop);
        strip(program, drop);
        rewrite(program, drop);
        putHeaders(program, leave, drop);
        program.label(leave);
        // It may have become another flow's meanwhile: then what was done here makes no sense.
        program.load(Width.WORD, R1, R9, Slot.SEQUENCE).jumpIfNotSame(R1, R7, drop);
        pushTag(program, drop);
        program.moveValue(R1, 1).addAtomically(R9, Slot.FRAMES, R1).addAtomically(R9, Slot.BYTES, R8);
        program.load(Width.WORD, R1, R9, Slot.OUT_DEVICE)
                .moveValue(R2, 0)
                .call(SocketBuffers.REDIRECT)
                .exit();
        program.label(drop).exit(SocketBuffers.DROP);
        program.label(other);
    }

    private static void takeDecision(
            final BpfAssembler program, final int tableFd, final int slots, final int decisionsFd, final Label other) {
        program.moveValue(R0, 0).store(Width.WORD, R10, KEY, R0);
        program.loadMap(R1, decisionsFd).move(R2, R10).addValue(R2, KEY).call(SocketBuffers.MAP_LOOKUP);
        program.jumpIfNull(R0, other).move(R7, R0);
        program.load(Width.WORD, R9, R7, ShortcutFilter.DECIDED_SLOT).jumpIfEqual(R9, 0, other);
        program.moveValue(R1, 0).store(Width.WORD, R7, ShortcutFilter.DECIDED_SLOT, R1);
        program.load(Width.WORD, R8, R6, SocketBuffers.LENGTH);
        program.load(Width.WORD, R1, R7, ShortcutFilter.DECIDED_LENGTH).jumpIfNotSame(R1, R8, other);
        program.load(Width.WORD, R1, R7, ShortcutFilter.DECIDED_DEVICE);
        program.load(Width.WORD, R2, R6, SocketBuffers.DEVICE).jumpIfNotSame(R1, R2, other);
        program.load(Width.WORD, R7, R7, ShortcutFilter.DECIDED_SEQUENCE);
        program.addValue(R9, -1).andValue(R9, slots - 1).shiftLeft(R9, Slot.SHIFT);
        program.move(R1, R9).loadMapValue(R9, tableFd).add(R9, R1);
    }

    private static void popTag(final BpfAssembler program, final Label drop) {
        final Label isBare = new Label();
        program.load(Width.WORD, R1, R6, SocketBuffers.VLAN_PRESENT).jumpIfEqual(R1, 0, isBare);
        program.move(R1, R6).call(SocketBuffers.VLAN_POP).jumpIfNotEqual(R0, 0, drop);
        program.label(isBare);
    }

    private static void pushTag(final BpfAssembler program, final Label drop) {
        final Label isBare = new Label();
        program.load(Width.WORD, R3, R9, Slot.NEW_VLAN_ID).jumpIfEqual(R3, Slot.UNTAGGED, isBare);
        program.move(R1, R6).moveValue(R2, VLAN).call(SocketBuffers.VLAN_PUSH).jumpIfNotEqual(R0, 0, drop);
        program.label(isBare);
    }

    private static void strip(final BpfAssembler program, final Label drop) {
        final Label isBare = new Label();
        program.load(Width.WORD, R1, R9, Slot.INNER_AT).jumpIfEqual(R1, 0, isBare);
        SocketBuffers.strip(program, R1, drop);
        program.label(isBare);
    }

    private static void rewrite(final BpfAssembler program, final Label drop) {
        final Label isWritten = new Label();
        final Label isRouted = new Label();
        final Label isTranslated = new Label();
        final Label isWithPorts = new Label();
        final Label isWithIdentifier = new Label();
        program.load(Width.WORD, R1, R9, Slot.KIND)
                .jumpIfAny(R1, Slot.ROUTED, isRouted)
                .jump(isWritten);
        program.label(isRouted);
        SocketBuffers.store(program, IP + 8, R9, Slot.NEW_TTL, 1, drop);
        program.moveValue(R2, IP + 10).moveValue(R5, 0);
        replace(program, SocketBuffers.L3_CHECKSUM, Slot.IP_DELTA, drop);
        program.load(Width.WORD, R1, R9, Slot.KIND)
                .jumpIfAny(R1, Slot.TRANSLATED, isTranslated)
                .jump(isWritten);
        program.label(isTranslated);
        SocketBuffers.store(program, IP + 12, R9, Slot.NEW_ADDRESSES, 8, drop);
        program.load(Width.WORD, R1, R9, Slot.KIND)
                .jumpIfAny(R1, Slot.WITH_PORTS, isWithPorts)
                .jumpIfAny(R1, Slot.WITH_IDENTIFIER, isWithIdentifier)
                .jump(isWritten);
        program.label(isWithPorts);
        SocketBuffers.store(program, L4, R9, Slot.NEW_PORTS, 4, drop);
        replaceTransport(program, Slot.ADDRESSES_DELTA, SocketBuffers.PSEUDO_HEADER, drop);
        replaceTransport(program, Slot.PORTS_DELTA, 0, drop);
        program.jump(isWritten);
        program.label(isWithIdentifier);
        SocketBuffers.store(program, L4 + 4, R9, Slot.NEW_PORTS, 2, drop);
        replaceTransport(program, Slot.PORTS_DELTA, 0, drop);
        program.label(isWritten);
    }

    private static void replaceTransport(
            final BpfAssembler program, final int delta, final int flags, final Label drop) {
        program.load(Width.WORD, R2, R9, Slot.CHECKSUM_AT).load(Width.WORD, R5, R9, Slot.CHECKSUM_FLAGS);
        program.addValue(R5, flags);
        replace(program, SocketBuffers.L4_CHECKSUM, delta, drop);
    }

    /** Adds a delta to the checksum at R2, as R5 says; of one that the device completes ports are no part. */
    private static void replace(final BpfAssembler program, final int function, final int delta, final Label drop) {
        program.move(R1, R6).moveValue(R3, 0).load(Width.WORD, R4, R9, delta);
        program.call(function).jumpIfNotEqual(R0, 0, drop);
    }

    private static void putHeaders(final BpfAssembler program, final Label leave, final Label drop) {
        final Label vxlan = new Label();
        final Label gre = new Label();
        program.load(Width.WORD, R1, R9, Slot.HEADERS_LENGTH);
        program.jumpIfEqual(R1, VXLAN_HEADERS, vxlan).jumpIfEqual(R1, GRE_HEADERS, gre);
        SocketBuffers.store(program, 0, R9, Slot.HEADERS, ETHERNET, drop);
        program.jump(leave);
        program.label(gre);
        wrap(program, GRE_HEADERS, SocketBuffers.OUTER_GRE, drop);
        program.jump(leave);
        program.label(vxlan);
        wrap(program, VXLAN_HEADERS, SocketBuffers.OUTER_UDP, drop);
        putLength(program, L4 + 4, L4, drop);
    }

    private static void wrap(final BpfAssembler program, final int length, final int tunnel, final Label drop) {
        SocketBuffers.wrap(program, tunnel, R9, Slot.HEADERS, length, drop);
        putLength(program, IP + 2, IP, drop);
        program.move(R1, R6).moveValue(R2, IP + 10).load(Width.WORD, R3, R9, Slot.OUTER_LENGTH);
        program.load(Width.HALF, R4, R10, NUMBER).moveValue(R5, 2);
        program.call(SocketBuffers.L3_CHECKSUM).jumpIfNotEqual(R0, 0, drop);
    }

    /** Writes how long the frame is from {@code start} on. */
    private static void putLength(final BpfAssembler program, final int to, final int start, final Label drop) {
        program.load(Width.WORD, R0, R6, SocketBuffers.LENGTH).addValue(R0, -start);
        program.toNetworkOrder16(R0).store(Width.HALF, R10, NUMBER, R0);
        SocketBuffers.store(program, to, R10, NUMBER, 2, drop);
    }
}
