package org.dvr.codec.testing;

import static org.dvr.codec.testing.FrameAssert.assertFrame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.TcpHeader;
import org.junit.jupiter.api.Test;

class TestFramesTest {
    private static final String A = "fa:16:3e:00:00:01";
    private static final String B = "fa:16:3e:00:00:02";
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";

    @Test
    void shouldBuildUdpByteForByte() {
        // By hand: IP 4500+0020+4011+0a00+0001+0a00+0002 = 9934; UDP
        // 0a00+0001+0a00+0002+0011+000c+0001+0002+000c+0001+0203 = 1633.
        final byte[] frame = TestFrames.ethernet(A, B)
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(4)
                .build();
        assertEquals(
                "fa163e000002fa163e0000010800" + "4500002000000000401166cb0a0000010a000002"
                        + "00010002000ce9cc00010203",
                HexFormat.of().formatHex(frame));
    }

    @Test
    void shouldBuildArp() {
        assertFrame(TestFrames.ethernet(A, BROADCAST)
                        .vlan(100)
                        .arpRequest(A, "10.0.0.1", "10.0.0.2")
                        .padTo(64)
                        .build())
                .hasLength(64)
                .hasVlan(100)
                .isArpRequest()
                .hasSenderMac(A)
                .hasSenderIp("10.0.0.1")
                .hasTargetMac("00:00:00:00:00:00")
                .hasTargetIp("10.0.0.2");
        assertFrame(TestFrames.ethernet(A, B)
                        .arpReply(A, "10.0.0.1", B, "10.0.0.2")
                        .build())
                .isUntagged()
                .hasLength(42)
                .isArpReply()
                .hasSourceMac(A)
                .hasDestinationMac(B)
                .hasTargetMac(B);
        assertFrame(TestFrames.ethernet(A, BROADCAST)
                        .gratuitousRequest(A, "10.0.0.1")
                        .build())
                .isArpRequest()
                .hasSenderIp("10.0.0.1")
                .hasTargetMac(BROADCAST)
                .hasTargetIp("10.0.0.1");
        assertFrame(TestFrames.ethernet(A, BROADCAST)
                        .gratuitousReply(A, "10.0.0.1")
                        .build())
                .isArpReply()
                .hasTargetMac(A)
                .hasTargetIp("10.0.0.1");
    }

    @Test
    void shouldBuildTcpWithOptionsOfIp() {
        assertFrame(TestFrames.ethernet(A, B)
                        .qinq(7)
                        .vlan(8)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .ttl(7)
                        .tos(0xB8)
                        .id(99)
                        .dontFragment()
                        .options(new byte[] {1, 1, 1, 0})
                        .tcp(1000, 80, TcpHeader.SYN | TcpHeader.ACK, 5, 6)
                        .payload(3)
                        .build())
                .hasVlan(7)
                .isIpv4()
                .isWhole()
                .hasTtl(7)
                .hasTos(0xB8)
                .hasId(99)
                .hasDontFragment(true)
                .hasSourceIp("10.0.0.1")
                .hasDestinationIp("10.0.0.2")
                .hasSourcePort(1000)
                .hasDestinationPort(80)
                .hasTcpFlags(TcpHeader.SYN | TcpHeader.ACK)
                .hasSequence(5)
                .hasPayload(new byte[] {0, 1, 2})
                .hasValidChecksums();
    }

    @Test
    void shouldBuildIcmpErrorWithQuote() {
        final byte[] about = TestFrames.ethernet(A, B)
                .ipv4("10.0.0.1", "10.0.0.2")
                .ttl(1)
                .udp(5, 6)
                .payload(100)
                .build();
        assertFrame(TestFrames.ethernet(B, A)
                        .ipv4("10.0.0.254", "10.0.0.1")
                        .icmpError(IcmpHeader.UNREACHABLE, 4, 1450, TestFrames.quote(about, 28))
                        .build())
                .isIcmp(3, 4)
                .hasIcmpMtu(1450)
                .hasValidChecksums()
                .quotedPacket()
                .hasLength(28)
                .isIpv4()
                .hasTtl(1)
                .hasSourceIp("10.0.0.1")
                .hasSourcePort(5)
                .hasDestinationPort(6)
                .hasValidChecksums();
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .icmpEcho(0xFFFE, 3)
                        .build())
                .isIcmp(8, 0)
                .hasIcmpId(0xFFFE)
                .hasIcmpSequence(3)
                .hasValidChecksums();
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .icmpEchoReply(1, 2)
                        .build())
                .isIcmp(0, 0)
                .hasValidChecksums();
    }

    @Test
    void shouldBuildIpv6() {
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv6("2001:db8::1", "2001:db8::2")
                        .icmpv6Echo(1, 2)
                        .build())
                .isIpv6()
                .hasTtl(64)
                .hasSourceIp("2001:DB8:0::1")
                .hasDestinationIp("2001:db8::2")
                .isIcmp(Icmpv6Header.ECHO_REQUEST, 0)
                .hasValidChecksums();
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "ff02::1:ff00:2")
                        .neighborSolicitation("fe80::2", A)
                        .build())
                .isIcmp(Icmpv6Header.NEIGHBOR_SOLICITATION, 0)
                .hasTtl(255)
                .hasValidChecksums();
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "fe80::2")
                        .neighborAdvertisement("fe80::1", A)
                        .build())
                .isIcmp(Icmpv6Header.NEIGHBOR_ADVERTISEMENT, 0)
                .hasValidChecksums();
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "fe80::2")
                        .tos(3)
                        .udp(1, 2)
                        .payload(5)
                        .build())
                .isUdp()
                .hasTos(3)
                .hasPayload(new byte[] {0, 1, 2, 3, 4})
                .hasValidChecksums();
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv6("fe80::1", "fe80::2")
                        .tcp(1, 2, TcpHeader.RST)
                        .build())
                .isTcp()
                .hasValidChecksums();
    }

    @Test
    void shouldWrapInTunnels() {
        final byte[] inner = TestFrames.ethernet(A, B)
                .ipv4("10.0.0.1", "10.0.0.2")
                .icmpEcho(1, 1)
                .build();
        final byte[] vxlan = TestFrames.vxlan(A, B, "192.0.2.1", "192.0.2.2", 0xFFFFFF, inner);
        assertFrame(vxlan)
                .hasTtl(64)
                .hasTos(0)
                .hasDontFragment(true)
                .hasValidChecksums()
                .isVxlan(0xFFFFFF)
                .hasBytes(inner);
        assertEquals("0000", HexFormat.of().formatHex(vxlan, 40, 42), "UDP checksum");
        assertEquals("08000000ffffff00", HexFormat.of().formatHex(vxlan, 42, 50), "VXLAN header");
        assertTrue((vxlan[34] & 0xC0) == 0xC0, "source port of 49152 or more");
        final byte[] gre = TestFrames.gre(A, B, "192.0.2.1", "192.0.2.2", -2, inner);
        assertFrame(gre)
                .hasTtl(64)
                .hasDontFragment(true)
                .hasValidChecksums()
                .isGre(-2)
                .hasBytes(inner);
        assertEquals("20006558fffffffe", HexFormat.of().formatHex(gre, 34, 42), "GRE header");
    }

    @Test
    void shouldCutFragmentsThatAddUp() {
        final byte[] whole = TestFrames.ethernet(A, B)
                .ipv4("10.0.0.1", "10.0.0.2")
                .id(7)
                .udp(1, 2)
                .payload(100)
                .build();
        final List<byte[]> fragments = TestFrames.fragments(whole, 68);
        assertEquals(3, fragments.size());
        assertFrame(fragments.get(0))
                .isFragment(0, true)
                .hasSourcePort(1)
                .hasValidChecksums()
                .hasId(7);
        assertFrame(fragments.get(1)).isFragment(48, true).hasLength(14 + 68).hasValidChecksums();
        assertFrame(fragments.get(2))
                .isFragment(96, false)
                .hasLength(14 + 20 + 12)
                .hasValidChecksums();
        assertEquals(1, TestFrames.fragments(whole, 1500).size());
        assertFrame(TestFrames.ethernet(A, B)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .fragment(1480, true)
                        .protocol(IpProtocol.UDP, new byte[8])
                        .build())
                .isFragment(1480, true)
                .hasPayload(new byte[0]);
    }

    @Test
    void shouldFailWhereStatementDoesNotHold() {
        final byte[] frame =
                TestFrames.ethernet(A, B).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).build();
        final AssertionError e =
                assertThrows(AssertionError.class, () -> assertFrame(frame).hasTtl(63));
        assertEquals(
                "expected TTL 63 but was 64 in: fa:16:3e:00:00:01 > fa:16:3e:00:00:02, IPv4, ttl 64, id 0, "
                        + "10.0.0.1.1 > 10.0.0.2.2: UDP, length 0",
                e.getMessage());
        assertThrows(AssertionError.class, () -> assertFrame(frame).isArp());
        assertThrows(AssertionError.class, () -> assertFrame(frame).isIpv6());
        assertThrows(AssertionError.class, () -> assertFrame(frame).isTcp());
        assertThrows(AssertionError.class, () -> assertFrame(frame).isVxlan(1));
        assertThrows(AssertionError.class, () -> assertFrame(frame).isGre(1));
        assertThrows(AssertionError.class, () -> assertFrame(frame).hasVlan(1));
        assertThrows(AssertionError.class, () -> assertFrame(frame).quotedPacket());
        assertThrows(AssertionError.class, () -> assertFrame(frame).hasPayload(new byte[1]));
        assertThrows(AssertionError.class, () -> assertFrame(new byte[13]));
    }

    @Test
    void shouldSeeWrongChecksums() {
        final TestFrames ip =
                TestFrames.ethernet(A, B).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).badIpChecksum();
        assertThrows(AssertionError.class, () -> assertFrame(ip.build()).hasValidChecksums());
        for (final TestFrames bad : List.of(
                TestFrames.ethernet(A, B).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2),
                TestFrames.ethernet(A, B).ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2, 0),
                TestFrames.ethernet(A, B).ipv4("10.0.0.1", "10.0.0.2").icmpEcho(1, 2),
                TestFrames.ethernet(A, B).ipv6("::1", "::2").icmpv6Echo(1, 2),
                TestFrames.ethernet(A, B).ipv6("::1", "::2").udp(1, 2))) {
            assertFrame(bad.build()).hasValidChecksums();
            bad.badTransportChecksum();
            assertThrows(AssertionError.class, () -> assertFrame(bad.build()).hasValidChecksums());
        }
        final TestFrames none =
                TestFrames.ethernet(A, B).ipv6("::1", "::2").udp(1, 2).noTransportChecksum();
        assertThrows(AssertionError.class, () -> assertFrame(none.build()).hasValidChecksums());
    }

    @Test
    void shouldLookAtRangeOfBuffer() {
        final byte[] frame =
                TestFrames.ethernet(A, B).rawEtherType(0x9000, new byte[] {1}).build();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[50]);
        buffer.putBytes(7, frame);
        assertFrame(buffer, 7, frame.length).hasEtherType(0x9000).hasBytes(frame);
    }

    @Test
    void shouldSeeAllocation() {
        final Object[] sink = new Object[1];
        assertThrows(
                AssertionError.class,
                () -> AllocationGuard.assertAllocatesNothing(1_000, () -> sink[0] = new byte[16]));
        AllocationGuard.assertAllocatesNothing(1_000, () -> sink[0] = null);
    }
}
