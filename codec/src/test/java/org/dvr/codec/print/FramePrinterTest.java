package org.dvr.codec.print;

import static org.dvr.codec.testing.WireChecks.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.junit.jupiter.api.Test;

class FramePrinterTest {
    private static final String A = "fa:16:3e:00:00:01";
    private static final String B = "fa:16:3e:00:00:02";
    private static final String MACS = A + " > " + B + ", ";

    @Test
    void shouldPrintArp() {
        assertEquals(
                MACS + "vlan 5, p 0, ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28",
                print(TestFrames.ethernet(A, B).vlan(5).arpRequest(A, "10.0.0.1", "10.0.0.2")));
        assertEquals(
                MACS + "ARP, Reply 10.0.0.1 is-at fa:16:3e:00:00:01, length 28",
                print(TestFrames.ethernet(A, B).arpReply(A, "10.0.0.1", B, "10.0.0.2")));
    }

    @Test
    void shouldPrintTcp() {
        assertEquals(
                MACS + "IPv4, ttl 64, id 9, tos 0x10, DF, 10.0.0.1.1000 > 10.0.0.2.80: "
                        + "TCP, Flags [S.], seq 1, ack 1, win 65535, length 2",
                print(ipv4().id(9)
                        .tos(16)
                        .dontFragment()
                        .tcp(1000, 80, TcpHeader.SYN | TcpHeader.ACK)
                        .payload(2)));
    }

    @Test
    void shouldPrintIcmpWithQuote() {
        final byte[] about = ipv4().udp(5, 6).payload(100).build();
        assertEquals(
                MACS + "IPv4, ttl 64, id 0, 10.0.0.1 > 10.0.0.2: ICMP, unreachable code 4, mtu 1450, length 36, "
                        + "about {IPv4, ttl 64, id 0, 10.0.0.1.5 > 10.0.0.2.6: UDP, length 0}",
                print(ipv4().icmpError(IcmpHeader.UNREACHABLE, 4, 1450, TestFrames.quote(about, 28))));
        assertEquals(
                MACS + "IPv4, ttl 64, id 0, 10.0.0.1 > 10.0.0.2: ICMP, echo request, id 1, seq 2, length 8",
                print(ipv4().icmpEcho(1, 2)));
    }

    @Test
    void shouldPrintFragments() {
        assertEquals(
                MACS + "IPv4, ttl 64, id 0, frag 1480+, 10.0.0.1 > 10.0.0.2: proto 17 fragment, length 8",
                print(ipv4().fragment(1480, true).protocol(17, new byte[8])));
    }

    @Test
    void shouldPrintIpv6() {
        assertEquals(
                MACS + "IPv6, hlim 255, fe80::1 > ff02::1:ff00:2: ICMPv6, neighbor solicitation, who has fe80::2, "
                        + "lladdr fa:16:3e:00:00:01, length 32",
                print(TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "ff02::1:ff00:2")
                        .neighborSolicitation("fe80::2", A)));
        assertEquals(
                MACS + "IPv6, hlim 64, ::1.1 > ::2.2: UDP, length 3",
                print(TestFrames.ethernet(A, B).ipv6("::1", "::2").udp(1, 2).payload(3)));
    }

    @Test
    void shouldPrintFramesInTunnels() {
        final byte[] inner = ipv4().icmpEcho(1, 2).build();
        final String innerLine = FramePrinter.toString(inner);
        final String vxlan = FramePrinter.toString(TestFrames.vxlan(A, B, "192.0.2.1", "192.0.2.2", 5001, inner));
        assertTrue(vxlan.endsWith(".4789: UDP, length 50: VXLAN, vni 5001: " + innerLine), vxlan);
        final String gre = FramePrinter.toString(TestFrames.gre(A, B, "192.0.2.1", "192.0.2.2", -1, inner));
        assertEquals(
                MACS + "IPv4, ttl 64, id 0, DF, 192.0.2.1 > 192.0.2.2: GRE, key 4294967295, proto 0x6558: " + innerLine,
                gre);
    }

    @Test
    void shouldBoundTheDepth() {
        byte[] frame = ipv4().icmpEcho(1, 2).build();
        for (int i = 0; i < 10; i++) {
            frame = TestFrames.vxlan(A, B, "192.0.2.1", "192.0.2.2", i, frame);
        }
        assertTrue(FramePrinter.toString(frame).contains("vni 5: nested too deep, length "));
    }

    @Test
    void shouldSayWhatIsWrong() {
        assertEquals("[ethernet-truncated] length 3", FramePrinter.toString(bytes("010203")));
        assertEquals("[ethernet-truncated] length 0", FramePrinter.toString(new byte[0]));
        assertTrue(print(ipv4().udp(1, 2).badIpChecksum()).contains("[ipv4-checksum] 10.0.0.1.1 > 10.0.0.2.2: UDP"));
        assertTrue(print(ipv4().icmpEcho(1, 2).badTransportChecksum()).contains("ICMP, [icmp-checksum] echo"));
        final byte[] frame = ipv4().tcp(1, 2, 0).build();
        assertTrue(FramePrinter.toString(Arrays.copyOf(frame, 50)).contains("[ipv4-total-length] "));
        assertTrue(FramePrinter.toString(Arrays.copyOf(frame, 20)).contains("[ipv4-truncated] length 6"));
        frame[14] = 0x44;
        assertEquals(MACS + "IPv4, [ipv4-header-length] length 40", FramePrinter.toString(frame));
        assertEquals(
                MACS + "802.3, length field 38, length 2",
                print(TestFrames.ethernet(A, B).rawEtherType(38, new byte[2])));
        assertEquals(
                MACS + "ethertype 0x88cc, length 2",
                print(TestFrames.ethernet(A, B).rawEtherType(0x88cc, new byte[2])));
    }

    @Test
    void shouldPrintAnyBytesAsOneLineWithoutReadingFurther() {
        final long seed = 7;
        final Random random = new Random(seed);
        final byte[] inner = ipv4().icmpError(
                        3, 3, 0, TestFrames.quote(ipv4().udp(1, 2).build(), 28))
                .build();
        final byte[] sound = TestFrames.vxlan(A, B, "192.0.2.1", "192.0.2.2", 5001, inner);
        for (int i = 0; i < 20_000; i++) {
            final byte[] frame = Arrays.copyOf(sound, random.nextInt(sound.length + 1));
            for (int flips = random.nextInt(4); flips > 0 && frame.length > 0; flips--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            final String line = FramePrinter.toString(frame);
            assertFalse(line.isEmpty() || line.contains("\n"), "seed=" + seed + " round=" + i);
            // The same with other bytes behind the end.
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[frame.length + 64]);
            buffer.setMemory(0, buffer.capacity(), (byte) 0x45);
            buffer.putBytes(5, frame);
            final StringBuilder builder = new StringBuilder();
            assertEquals(
                    line, FramePrinter.append(builder, buffer, 5, frame.length).toString(), "seed=" + seed);
        }
    }

    @Test
    void shouldCutLengthToWhatIsThere() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[8]);
        assertEquals(
                "[ethernet-truncated] length 6",
                FramePrinter.append(new StringBuilder(), buffer, 2, 100).toString());
        assertEquals(
                "[ethernet-truncated] length 0",
                FramePrinter.append(new StringBuilder(), buffer, 9, -1).toString());
    }

    private static TestFrames ipv4() {
        return TestFrames.ethernet(A, B).ipv4("10.0.0.1", "10.0.0.2");
    }

    private static String print(final TestFrames frame) {
        return FramePrinter.toString(frame.build());
    }
}
