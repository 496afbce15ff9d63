package org.dvr.dataplane.io.afpacket;

import java.util.ArrayList;
import java.util.List;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.tunnel.VxlanHeader;

/**
 * Writes the filter of an underlay device, so that the kernel copies nothing else of what the host receives there:
 *
 * <ul>
 *   <li>to the local endpoint, VXLAN over either IP and GRE over IPv4, with all fragments that may be of them (they are refused by name, later);
 *   <li>ARP; with an IPv6 endpoint also neighbor solicitations and advertisements.
 * </ul>
 *
 * Frames with a VLAN tag are none of it. IPv6 extension headers other than a fragment header are not looked behind.
 */
public final class TunnelFilter {
    // linux/bpf_common.h: load a word, half-word or byte; four times the low half of a byte; compare; answer.
    static final int LOAD_WORD = 0x20;
    static final int LOAD_HALF = 0x28;
    static final int LOAD_BYTE = 0x30;
    static final int LOAD_HALF_INDEXED = 0x48;
    static final int LOAD_INDEX_IP_HEADER_LENGTH = 0xb1;
    static final int JUMP_EQUAL = 0x15;
    static final int JUMP_ANY_BIT = 0x45;
    static final int RETURN = 0x06;

    private static final int ETHER_TYPE = 12;
    private static final int IP4 = 14;
    private static final int IP4_FRAGMENT = IP4 + 6;
    private static final int IP4_PROTOCOL = IP4 + 9;
    private static final int IP4_DESTINATION = IP4 + 16;
    private static final int IP6_NEXT_HEADER = 14 + 6;
    private static final int IP6_DESTINATION = 14 + 24;
    private static final int IP6_PAYLOAD = 14 + 40;
    private static final int IP6_FRAGMENT_LENGTH = 8;
    private static final int UDP_DESTINATION_PORT = 2;

    private static final int IP4_FRAGMENT_OFFSET = 0x1fff;
    private static final int IP6_FRAGMENT_OFFSET = 0xfff8;
    private static final int EVERYTHING = 0x40000;

    /** A jump's target: nothing to jump over. */
    private static final String NEXT = "next";

    private static final String ACCEPT = "accept";
    private static final String REFUSE = "refuse";

    private record Step(int code, int operand, String ifTrue, String ifFalse) {}

    private final List<Step> steps = new ArrayList<>();
    private final List<String> labels = new ArrayList<>();
    private final List<Integer> positions = new ArrayList<>();

    private TunnelFilter() {}

    /**
     * @param ip local endpoint, IPv4 in host order, 0 = none
     * @param ip6High local endpoint's first 64 bits, host order
     * @param ip6Low and its last, both 0 = none
     * @return what accepts tunnel traffic only
     */
    public static PacketFilter of(final int ip, final long ip6High, final long ip6Low) {
        final boolean hasIp6 = (ip6High | ip6Low) != 0;
        final TunnelFilter filter = new TunnelFilter();
        filter.load(LOAD_HALF, ETHER_TYPE);
        filter.jump(JUMP_EQUAL, EtherType.ARP, ACCEPT, NEXT);
        filter.jump(JUMP_EQUAL, EtherType.IPV4, "ipv4", hasIp6 ? NEXT : REFUSE);
        if (hasIp6) {
            filter.jump(JUMP_EQUAL, EtherType.IPV6, NEXT, REFUSE);
            filter.ipv6(ip6High, ip6Low);
        }
        filter.label("ipv4");
        filter.ipv4(ip);
        filter.label(ACCEPT);
        filter.load(RETURN, EVERYTHING);
        filter.label(REFUSE);
        filter.load(RETURN, 0);
        return filter.assemble();
    }

    private void ipv4(final int ip) {
        load(LOAD_WORD, IP4_DESTINATION);
        jump(JUMP_EQUAL, ip, NEXT, REFUSE);
        load(LOAD_BYTE, IP4_PROTOCOL);
        jump(JUMP_EQUAL, IpProtocol.GRE, ACCEPT, NEXT);
        jump(JUMP_EQUAL, IpProtocol.UDP, NEXT, REFUSE);
        load(LOAD_HALF, IP4_FRAGMENT);
        jump(JUMP_ANY_BIT, IP4_FRAGMENT_OFFSET, ACCEPT, NEXT);
        load(LOAD_INDEX_IP_HEADER_LENGTH, IP4);
        load(LOAD_HALF_INDEXED, IP4 + UDP_DESTINATION_PORT);
        jump(JUMP_EQUAL, VxlanHeader.PORT, ACCEPT, REFUSE);
    }

    private void ipv6(final long high, final long low) {
        load(LOAD_BYTE, IP6_NEXT_HEADER);
        jump(JUMP_EQUAL, IpProtocol.ICMPV6, NEXT, "addressed");
        load(LOAD_BYTE, IP6_PAYLOAD); // to whichever address: solicitations go to groups
        jump(JUMP_EQUAL, Icmpv6Header.NEIGHBOR_SOLICITATION, ACCEPT, NEXT);
        jump(JUMP_EQUAL, Icmpv6Header.NEIGHBOR_ADVERTISEMENT, ACCEPT, REFUSE);
        label("addressed");
        for (int i = 0; i < 4; i++) {
            load(LOAD_WORD, IP6_DESTINATION + i * Integer.BYTES);
            jump(JUMP_EQUAL, (int) ((i < 2 ? high : low) >>> ((i & 1) == 0 ? 32 : 0)), NEXT, REFUSE);
        }
        load(LOAD_BYTE, IP6_NEXT_HEADER);
        jump(JUMP_EQUAL, IpProtocol.UDP, "udp", NEXT);
        jump(JUMP_EQUAL, IpProtocol.FRAGMENT, NEXT, REFUSE);
        load(LOAD_BYTE, IP6_PAYLOAD);
        jump(JUMP_EQUAL, IpProtocol.UDP, NEXT, REFUSE);
        load(LOAD_HALF, IP6_PAYLOAD + 2);
        jump(JUMP_ANY_BIT, IP6_FRAGMENT_OFFSET, ACCEPT, NEXT);
        load(LOAD_HALF, IP6_PAYLOAD + IP6_FRAGMENT_LENGTH + UDP_DESTINATION_PORT);
        jump(JUMP_EQUAL, VxlanHeader.PORT, ACCEPT, REFUSE);
        label("udp");
        load(LOAD_HALF, IP6_PAYLOAD + UDP_DESTINATION_PORT);
        jump(JUMP_EQUAL, VxlanHeader.PORT, ACCEPT, REFUSE);
    }

    private void load(final int code, final int operand) {
        jump(code, operand, NEXT, NEXT);
    }

    private void jump(final int code, final int operand, final String ifTrue, final String ifFalse) {
        steps.add(new Step(code, operand, ifTrue, ifFalse));
    }

    /** Names the step that follows. */
    private void label(final String name) {
        labels.add(name);
        positions.add(steps.size());
    }

    private PacketFilter assemble() {
        final long[] instructions = new long[steps.size()];
        for (int i = 0; i < instructions.length; i++) {
            final Step step = steps.get(i);
            instructions[i] = step.code
                    | (distance(i, step.ifTrue) << 16)
                    | (distance(i, step.ifFalse) << 24)
                    | ((long) step.operand << 32);
        }
        return new PacketFilter(instructions);
    }

    /** Steps to leave out, 0 to 255. */
    private long distance(final int from, final String label) {
        return label.equals(NEXT) ? 0 : positions.get(labels.indexOf(label)) - from - 1;
    }
}
