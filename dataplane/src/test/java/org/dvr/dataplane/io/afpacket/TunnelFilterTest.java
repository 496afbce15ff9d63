package org.dvr.dataplane.io.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.io.sys.Bpf;
import org.dvr.dataplane.io.sys.BpfAssembler;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.io.sys.SystemCallException;
import org.dvr.dataplane.testing.Namespace;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TunnelFilterTest {
    private static final String PEER = "192.0.2.7";
    private static final String LOCAL = "192.0.2.1";
    private static final String PEER6 = "2001:db8::7";
    private static final String LOCAL6 = "2001:db8:0:1:2:3:4:5";
    private static final int GRE = 47;
    private static final int FRAGMENT = 44;
    private static final int VXLAN = 4_789;

    private final PacketFilter ipv4 = TunnelFilter.of(Ipv4Address.parse(LOCAL), 0, 0);
    private final PacketFilter both =
            TunnelFilter.of(Ipv4Address.parse(LOCAL), Ipv6Address.high(LOCAL6), Ipv6Address.low(LOCAL6));
    private final PacketFilter ipv6 = TunnelFilter.of(0, Ipv6Address.high(LOCAL6), Ipv6Address.low(LOCAL6));

    @Test
    void shouldTakeTunnelsToTheLocalEndpoint() {
        accepted(true, true, frame().ipv4(PEER, LOCAL).udp(50_000, VXLAN));
        accepted(true, true, frame().ipv4(PEER, LOCAL).options(new byte[8]).udp(50_000, VXLAN));
        accepted(true, true, frame().ipv4(PEER, LOCAL).protocol(GRE, new byte[20]));
        accepted(false, true, frame().ipv6(PEER6, LOCAL6).udp(50_000, VXLAN));
    }

    @Test
    void shouldTakeWhatResolvesNeighbors() {
        accepted(true, true, frame().arpRequest("02:00:00:00:00:07", PEER, LOCAL));
        accepted(false, true, frame().ipv6(PEER6, "ff02::1:ff04:5").neighborSolicitation(LOCAL6, "02:00:00:00:00:07"));
        accepted(false, true, frame().ipv6(PEER6, LOCAL6).neighborAdvertisement(PEER6, "02:00:00:00:00:07"));
    }

    @Test
    void shouldTakeFragmentsThatMayBeOfTunnels() {
        accepted(true, true, frame().ipv4(PEER, LOCAL).fragment(0, true).udp(50_000, VXLAN));
        accepted(true, true, frame().ipv4(PEER, LOCAL).fragment(1_480, true).protocol(17, new byte[20]));
        accepted(true, true, frame().ipv4(PEER, LOCAL).fragment(1_480, false).protocol(GRE, new byte[20]));
        accepted(false, true, fragment6(17, 0, VXLAN));
        accepted(false, true, fragment6(17, 1_448, 53));
    }

    @Test
    void shouldLeaveTheRestToTheHost() {
        accepted(false, false, frame().ipv4(PEER, LOCAL).udp(VXLAN, 53));
        accepted(false, false, frame().ipv4(PEER, LOCAL).fragment(0, true).udp(50_000, 53));
        accepted(false, false, frame().ipv4(PEER, LOCAL).tcp(50_000, VXLAN, 2));
        accepted(false, false, frame().ipv4(PEER, LOCAL).icmpEcho(1, 1));
        accepted(false, false, frame().ipv4(PEER, "192.0.2.2").udp(50_000, VXLAN));
        accepted(false, false, frame().ipv4(PEER, "192.0.2.2").protocol(GRE, new byte[20]));
        accepted(false, false, frame().ipv6(PEER6, LOCAL6).udp(VXLAN, 53));
        accepted(false, false, frame().ipv6(PEER6, LOCAL6).icmpv6Echo(1, 1));
        accepted(false, false, frame().ipv6(PEER6, LOCAL6).protocol(GRE, new byte[20]));
        accepted(false, false, fragment6(17, 0, 53));
        accepted(false, false, fragment6(6, 1_448, VXLAN));
        for (int word = 0; word < 4; word++) {
            final byte[] stranger =
                    frame().ipv6(PEER6, LOCAL6).udp(50_000, VXLAN).build();
            stranger[14 + 24 + word * 4] ^= 1;
            assertFalse(run(both, stranger), "word=" + word);
        }
        accepted(false, false, frame().vlan(7).ipv4(PEER, LOCAL).udp(50_000, VXLAN));
        accepted(false, false, frame().rawEtherType(0x88cc, new byte[46]));
        final byte[] whole = frame().ipv4(PEER, LOCAL).udp(50_000, VXLAN).build();
        for (int length = 0; length < 14 + 20 + 4; length++) {
            assertFalse(run(both, Arrays.copyOf(whole, length)), "length=" + length);
        }
    }

    @Test
    void shouldDoWithoutAnIpv4Endpoint() {
        assertTrue(run(ipv6, frame().ipv6(PEER6, LOCAL6).udp(50_000, VXLAN).build()));
        assertFalse(run(ipv6, frame().ipv4(PEER, LOCAL).udp(50_000, VXLAN).build()));
    }

    /** In the other kind of program it says the same; the kernel runs that. */
    @Test
    @Tag("namespaces")
    void shouldSayTheSameInAProgramOfTheOtherKind() throws SystemCallException {
        Namespace.skipUnlessPossible();
        final Bpf bpf = new Bpf(new Libc());
        final Map<PacketFilter, Integer> programs = new HashMap<>();
        for (final PacketFilter filter : List.of(ipv4, both, ipv6)) {
            final BpfAssembler program = new BpfAssembler().move(BpfAssembler.R6, BpfAssembler.R1);
            filter.appendTo(program);
            programs.put(filter, bpf.load(Bpf.PROGRAM_SCHED_CLS, 0, program.program(), "dvr_test"));
        }
        final Random random = new Random(5);
        final List<byte[]> frames = List.of(
                frame().ipv4(PEER, LOCAL)
                        .options(new byte[8])
                        .udp(50_000, VXLAN)
                        .build(),
                frame().ipv4(PEER, LOCAL).protocol(GRE, new byte[20]).build(),
                frame().ipv4(PEER, LOCAL).fragment(0, true).udp(50_000, VXLAN).build(),
                frame().arpRequest("02:00:00:00:00:07", PEER, LOCAL).build(),
                frame().ipv6(PEER6, LOCAL6).udp(50_000, VXLAN).build(),
                frame().ipv6(PEER6, LOCAL6)
                        .neighborAdvertisement(PEER6, "02:00:00:00:00:07")
                        .build(),
                fragment6(17, 0, VXLAN).build());
        int accepted = 0;
        for (int i = 0; i < 5_000; i++) {
            final byte[] frame = frames.get(i % frames.size()).clone();
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                frame[12 + random.nextInt(frame.length - 12)] ^= (byte) (1 << random.nextInt(8));
            }
            for (final Map.Entry<PacketFilter, Integer> program : programs.entrySet()) {
                final boolean isAccepted = run(program.getKey(), frame);
                assertEquals(isAccepted, bpf.run(program.getValue(), frame) != 0, "frame " + i);
                accepted += isAccepted ? 1 : 0;
            }
        }
        assertTrue(accepted > 2_000 && accepted < 13_000, "accepted=" + accepted);
        for (final int program : programs.values()) {
            new Libc().close(program);
        }
    }

    private static TestFrames frame() {
        return TestFrames.ethernet("02:00:00:00:00:07", "02:00:00:00:00:01");
    }

    private static TestFrames fragment6(final int protocol, final int offset, final int port) {
        final ByteBuffer bytes = ByteBuffer.allocate(40);
        bytes.put((byte) protocol).put((byte) 0).putShort((short) (offset | 1)).putInt(1);
        bytes.putShort((short) 50_000).putShort((short) port);
        return frame().ipv6(PEER6, LOCAL6).protocol(FRAGMENT, bytes.array());
    }

    private void accepted(final boolean withIpv4, final boolean withBoth, final TestFrames frame) {
        final byte[] bytes = frame.build();
        assertEquals(withIpv4, run(ipv4, bytes), "IPv4 endpoint");
        assertEquals(withBoth, run(both, bytes), "both endpoints");
    }

    /** The kernel's interpreter, as far as it is used: what reads beyond the frame refuses it. */
    private static boolean run(final PacketFilter filter, final byte[] frame) {
        final ByteBuffer bytes = ByteBuffer.wrap(frame);
        int accumulator = 0;
        int index = 0;
        try {
            for (int i = 0; ; i++) {
                final int operand = filter.operand(i);
                boolean isTrue = false;
                switch (filter.code(i)) {
                    case 0x20 -> accumulator = bytes.getInt(operand);
                    case 0x28 -> accumulator = bytes.getShort(operand) & 0xffff;
                    case 0x30 -> accumulator = bytes.get(operand) & 0xff;
                    case 0x48 -> accumulator = bytes.getShort(operand + index) & 0xffff;
                    case 0xb1 -> index = (bytes.get(operand) & 0xf) * 4;
                    case 0x15 -> isTrue = accumulator == operand;
                    case 0x45 -> isTrue = (accumulator & operand) != 0;
                    case 0x06 -> {
                        return operand != 0;
                    }
                    default -> throw new AssertionError("code=" + filter.code(i));
                }
                i += isTrue ? filter.jumpIfTrue(i) : filter.jumpIfFalse(i);
            }
        } catch (final IndexOutOfBoundsException e) {
            return false;
        }
    }
}
