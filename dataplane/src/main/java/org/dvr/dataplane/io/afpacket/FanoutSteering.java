package org.dvr.dataplane.io.afpacket;

import static org.dvr.dataplane.io.sys.BpfAssembler.R0;
import static org.dvr.dataplane.io.sys.BpfAssembler.R1;
import static org.dvr.dataplane.io.sys.BpfAssembler.R10;
import static org.dvr.dataplane.io.sys.BpfAssembler.R2;
import static org.dvr.dataplane.io.sys.BpfAssembler.R6;
import static org.dvr.dataplane.io.sys.BpfAssembler.R7;
import static org.dvr.dataplane.io.sys.BpfAssembler.R8;
import static org.dvr.dataplane.io.sys.BpfAssembler.R9;

import org.agrona.collections.Long2LongHashMap;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.BpfAssembler.Label;
import org.dvr.dataplane.io.sys.BpfAssembler.Width;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SocketBuffers;
import org.dvr.dataplane.io.sys.SystemCallException;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.AttachmentKind;

/**
 * {@link Steering} in the kernel: programs that share a device's frames out among the sockets of its workers (PACKET_FANOUT_EBPF), and the tables they look
 * into, one set for all devices of a process. It saves the hand-over and decides nothing: workers look again, and hand on what came to the wrong one, such as while a
 * new topology is taken up, or what does not fit in the tables.
 *
 * <p>The programs run where packet sockets take frames off the stack: the packet is at 0, the Ethernet header at {@code SKF_LL_OFF}, a tag has been taken
 * out. What is too short to tell is worker 0's, as there.
 *
 * <p>Belongs to the supervisor. Held by file descriptors alone.
 */
public final class FanoutSteering implements AutoCloseable {
    private static final int MOST_ADDRESSES = 1 << 18;
    private static final int MOST_MACS = 1 << 16;

    private static final int PROTOCOL = 16; // struct __sk_buff, as on the wire
    private static final int MAC_HEADER = -0x200000; // SKF_LL_OFF
    private static final int MAC_KEY = -8;
    private static final int ADDRESS_KEY = -16;

    private static final int ETHERNET_TYPE = 12;
    private static final int ETHERNET_LENGTH = 14;
    private static final int TAG_LENGTH = 4;
    private static final int IPV4_FRAGMENT = 6;
    private static final int IPV4_PROTOCOL = 9;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV4_DESTINATION = 16;
    private static final int IPV4_LAST = 19;
    private static final int IPV6_NEXT_HEADER = 6;
    private static final int IPV6_SOURCE = 8;
    private static final int IPV6_DESTINATION = 24;
    private static final int IPV6_LENGTH = 40;
    private static final int UDP_AND_VXLAN = 16;
    private static final int FRAGMENT_MASK = 0x3FFF;
    private static final int[] GRE_FLAGS = {0x8000, 0x2000, 0x1000};
    private static final int GRE_LENGTH = 4;
    private static final int FOUR = 4;
    private static final int SIX = 6;
    private static final int WORD_BITS = 32;

    private final Libc libc = new Libc();
    private final Bpf bpf = new Bpf(libc);
    private final int addresses;
    private final int macs;
    private final int[] programs = {-1, -1, -1}; // of guests, wires, underlay
    private Long2LongHashMap written = new Long2LongHashMap(0); // by address, with bit 63 set, or by MAC

    /**
     * Loads the programs; their tables are empty.
     *
     * @param workers how many there are
     * @param seed of the hash, {@link Steering#seed}
     * @throws SystemCallException where programs cannot be had
     */
    public FanoutSteering(final int workers, final int seed) throws SystemCallException {
        addresses = bpf.createTable(Integer.BYTES, MOST_ADDRESSES, "dvr_addresses");
        macs = bpf.createTable(Long.BYTES, MOST_MACS, "dvr_macs");
        boolean isLoaded = false;
        try {
            for (int i = 0; i < programs.length; i++) {
                final long[] program = new Program(i == 0, i == 2, workers, seed).assembled();
                programs[i] = bpf.load(Bpf.PROGRAM_SOCKET_FILTER, 0, program, "dvr_fanout");
            }
            isLoaded = true;
        } finally {
            if (!isLoaded) {
                close();
            }
        }
    }

    /**
     * @param kind of an attachment point
     * @return file descriptor of the program that shares out its frames
     */
    public int program(final AttachmentKind kind) {
        return switch (kind) {
            case GUEST, METADATA -> programs[0];
            case PHYSICAL -> programs[1];
            case UNDERLAY -> programs[2];
        };
    }

    /**
     * Takes over what a topology says, in proportion to what is different.
     *
     * @param steering of that topology, with the workers and the seed of these programs
     * @throws SystemCallException when not all of it fits
     */
    public void update(final Steering steering) throws SystemCallException {
        final Long2LongHashMap wanted = new Long2LongHashMap(0);
        steering.visit(new Steering.Visitor() {
            @Override
            public void ownAddress(final int address) {
                wanted.put(Long.MIN_VALUE | (address & 0xFFFF_FFFFL), 1);
            }

            @Override
            public void way(final long mac, final int way) {
                wanted.put(mac, way);
            }
        });
        for (final Long2LongHashMap.EntryIterator old = written.entrySet().iterator(); old.hasNext(); ) {
            old.next();
            if (wanted.get(old.getLongKey()) == 0) {
                bpf.remove(map(old.getLongKey()), old.getLongKey());
            }
        }
        for (final Long2LongHashMap.EntryIterator next = wanted.entrySet().iterator(); next.hasNext(); ) {
            next.next();
            if (written.get(next.getLongKey()) != next.getLongValue()) {
                bpf.put(map(next.getLongKey()), next.getLongKey(), (int) next.getLongValue());
            }
        }
        written = wanted;
    }

    private int map(final long key) {
        return key < 0 ? addresses : macs;
    }

    /** What a program answers for a frame; for tests. */
    int run(final AttachmentKind kind, final byte[] frame) throws SystemCallException {
        return bpf.run(program(kind), frame);
    }

    @Override
    public void close() {
        for (final int program : programs) {
            if (program >= 0) {
                libc.close(program);
            }
        }
        libc.close(addresses);
        libc.close(macs);
    }

    /** R6 context, R7 where the packet begins, R8 its IP version, R9 the MAC and then the remote address. */
    private final class Program {
        private final BpfAssembler code = new BpfAssembler();
        private final Label judge = new Label();
        private final Label inside = new Label();
        private final Label outside = new Label();
        private final Label owner = new Label();
        private final Label spread = new Label();
        private final Label leader = new Label();
        private final boolean isGuests;
        private final boolean isUnderlay;
        private final int workers;
        private final int seed;

        Program(final boolean isGuests, final boolean isUnderlay, final int workers, final int seed) {
            this.isGuests = isGuests;
            this.isUnderlay = isUnderlay;
            this.workers = workers;
            this.seed = seed;
        }

        long[] assembled() {
            code.move(R6, R1);
            if (isUnderlay) {
                innerFrame();
            } else {
                frame();
            }
            code.label(judge);
            way();
            code.label(outside);
            remoteOfOutside();
            code.label(inside);
            remoteOfInside();
            code.label(owner);
            owner();
            code.label(leader).exit(Steering.LEADER);
            return code.program();
        }

        /** Swaps the bytes of a constant, as the context has it. */
        private static int wire(final int etherType) {
            return Short.reverseBytes((short) etherType) & 0xFFFF;
        }

        private void frame() {
            final Label ipv6 = new Label();
            code.moveValue(R7, 0).load(Width.WORD, R8, R6, PROTOCOL);
            code.jumpIfEqual(R8, wire(EtherType.IPV6), ipv6).jumpIfNotEqual(R8, wire(EtherType.IPV4), leader);
            final Label known = new Label();
            code.moveValue(R8, FOUR).jump(known).label(ipv6).moveValue(R8, SIX).label(known);
            code.loadFrame(Width.HALF, MAC_HEADER).move(R9, R0).shiftLeft(R9, WORD_BITS);
            code.loadFrame(Width.WORD, MAC_HEADER + 2).or(R9, R0);
        }

        private void innerFrame() {
            final Label ipv6 = new Label();
            final Label transport = new Label();
            final Label gre = new Label();
            final Label ethernet = new Label();
            code.load(Width.WORD, R8, R6, PROTOCOL);
            code.jumpIfEqual(R8, wire(EtherType.IPV6), ipv6).jumpIfNotEqual(R8, wire(EtherType.IPV4), leader);
            code.loadFrame(Width.BYTE, IPV4_LAST); // a whole header
            code.loadFrame(Width.BYTE, 0).andValue(R0, 0xF).shiftLeft(R0, 2).move(R7, R0);
            code.loadFrame(Width.BYTE, IPV4_PROTOCOL).jump(transport);
            code.label(ipv6).loadFrame(Width.BYTE, IPV6_LENGTH - 1);
            code.moveValue(R7, IPV6_LENGTH).loadFrame(Width.BYTE, IPV6_NEXT_HEADER);
            code.label(transport).jumpIfEqual(R0, IpProtocol.GRE, gre).jumpIfNotEqual(R0, IpProtocol.UDP, leader);
            code.addValue(R7, UDP_AND_VXLAN).jump(ethernet);
            code.label(gre).loadFrame(Width.WORD, R7, 0).shiftRight(R0, 16).addValue(R7, GRE_LENGTH);
            for (final int flag : GRE_FLAGS) {
                final Label without = new Label();
                final Label next = new Label();
                code.jumpIfAny(R0, flag, without).jump(next);
                code.label(without).addValue(R7, GRE_LENGTH).label(next);
            }
            code.label(ethernet);
            code.loadFrame(Width.HALF, R7, ETHERNET_TYPE).move(R8, R0);
            code.loadFrame(Width.HALF, R7, 0).move(R9, R0).shiftLeft(R9, WORD_BITS);
            code.loadFrame(Width.WORD, R7, 2).or(R9, R0);
            final Label tagged = new Label();
            final Label untagged = new Label();
            code.jumpIfEqual(R8, EtherType.VLAN, tagged).jumpIfNotEqual(R8, EtherType.QINQ, untagged);
            code.label(tagged)
                    .loadFrame(Width.HALF, R7, ETHERNET_TYPE + TAG_LENGTH)
                    .move(R8, R0);
            code.addValue(R7, TAG_LENGTH);
            final Label innerIpv6 = new Label();
            final Label known = new Label();
            code.label(untagged).addValue(R7, ETHERNET_LENGTH);
            code.jumpIfEqual(R8, EtherType.IPV6, innerIpv6).jumpIfNotEqual(R8, EtherType.IPV4, leader);
            code.moveValue(R8, FOUR)
                    .jump(known)
                    .label(innerIpv6)
                    .moveValue(R8, SIX)
                    .label(known);
        }

        private void way() {
            final Label usual = isGuests ? inside : outside;
            code.store(Width.DOUBLE, R10, MAC_KEY, R9);
            code.loadMap(R1, macs).move(R2, R10).addValue(R2, MAC_KEY).call(SocketBuffers.MAP_LOOKUP);
            code.jumpIfNull(R0, usual).load(Width.WORD, R0, R0, 0);
            code.jumpIfEqual(R0, Steering.TO_LEADER, leader);
            code.jumpIfEqual(R0, isGuests ? Steering.FROM_OUTSIDE : Steering.FROM_INSIDE, isGuests ? outside : inside);
            code.jump(usual);
        }

        private void remoteOfOutside() {
            final Label ipv6 = new Label();
            final Label source = new Label();
            final Label quote = new Label();
            code.jumpIfEqual(R8, SIX, ipv6);
            code.loadFrame(Width.BYTE, R7, IPV4_LAST);
            code.loadFrame(Width.BYTE, R7, IPV4_PROTOCOL).jumpIfNotEqual(R0, IpProtocol.ICMP, source);
            code.loadFrame(Width.HALF, R7, IPV4_FRAGMENT).jumpIfAny(R0, FRAGMENT_MASK, source);
            code.loadFrame(Width.BYTE, R7, 0).andValue(R0, 0xF).shiftLeft(R0, 2);
            code.move(R8, R7).add(R8, R0).loadFrame(Width.BYTE, R8, 0);
            for (int type = 0; type <= 0xFF; type++) {
                if (IcmpHeader.isError(type)) {
                    code.jumpIfEqual(R0, type, quote);
                }
            }
            code.label(source)
                    .loadFrame(Width.WORD, R7, IPV4_SOURCE)
                    .move(R9, R0)
                    .jump(owner);
            code.label(quote).loadFrame(Width.WORD, R8, IcmpHeader.LENGTH + IPV4_DESTINATION);
            code.move(R9, R0).jump(owner);
            code.label(ipv6);
            fold(IPV6_SOURCE);
        }

        private void remoteOfInside() {
            final Label ipv6 = new Label();
            code.jumpIfEqual(R8, SIX, ipv6);
            code.loadFrame(Width.WORD, R7, IPV4_DESTINATION).move(R9, R0).jump(owner);
            code.label(ipv6);
            fold(IPV6_DESTINATION);
        }

        private void fold(final int address) {
            code.loadFrame(Width.BYTE, R7, IPV6_LENGTH - 1);
            code.loadFrame(Width.WORD, R7, address).move(R9, R0);
            for (int word = 1; word < 4; word++) {
                code.loadFrame(Width.WORD, R7, address + word * Integer.BYTES).xor(R9, R0);
            }
            code.jump(spread);
        }

        private void owner() {
            code.store(Width.WORD, R10, ADDRESS_KEY, R9);
            code.loadMap(R1, addresses).move(R2, R10).addValue(R2, ADDRESS_KEY).call(SocketBuffers.MAP_LOOKUP);
            code.jumpIfNull(R0, spread).jump(leader);
            code.label(spread).xorValue32(R9, seed).multiplyValue32(R9, Steering.MIX);
            code.move(R1, R9).shiftRight(R1, Steering.FOLD).xor(R9, R1);
            code.multiplyValue32(R9, Steering.MIX_AGAIN);
            code.multiplyValue(R9, workers)
                    .shiftRight(R9, WORD_BITS)
                    .move(R0, R9)
                    .exit();
        }
    }
}
