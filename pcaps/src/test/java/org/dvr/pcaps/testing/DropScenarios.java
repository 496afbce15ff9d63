package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.BROADCAST;
import static org.dvr.pcaps.testing.CastFrames.D2;
import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.MA1;
import static org.dvr.pcaps.testing.CastFrames.MA2;
import static org.dvr.pcaps.testing.CastFrames.MA3;
import static org.dvr.pcaps.testing.CastFrames.SA;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.a3;
import static org.dvr.pcaps.testing.CastFrames.asks;
import static org.dvr.pcaps.testing.CastFrames.fromCompute2;
import static org.dvr.pcaps.testing.CastFrames.outside;

import java.util.Arrays;
import java.util.Map;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.codec.transport.TcpHeader;

/** Frames that end here: each reason for a drop at least once. */
final class DropScenarios {
    private static final String TAP_A1 = "tapport-a1";
    private static final String TAP_A3 = "tapport-a3";
    private static final String UNDERLAY = "underlay";
    private static final String PROVIDER = "provider";
    private static final String FLOATING = "203.0.113.51";
    private static final long SECOND = 1_000_000;

    private static final int L3 = 14;
    private static final int L4 = L3 + 20;

    private DropScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        malformed(all);
        tunnels(all);
        bridging(all);
        routing(all);
        external(all);
        resources(all);
    }

    private static void malformed(final Map<String, ScenarioInputs> all) {
        final byte[] sound = a1(X).udp(5000, 7777).payload(18).build();
        all.put(
                "drops/malformed-ethernet",
                inTurn(
                        TAP_A1,
                        cut(sound, 10),
                        cut(
                                TestFrames.ethernet(MA1, GA)
                                        .vlan(5)
                                        .rawEtherType(EtherType.IPV4, new byte[0])
                                        .build(),
                                16),
                        TestFrames.ethernet("00:00:00:00:00:00", GA)
                                .ipv4("10.0.1.11", X)
                                .udp(1, 2)
                                .build(),
                        TestFrames.ethernet("01:00:5e:00:00:01", GA)
                                .ipv4("10.0.1.11", X)
                                .udp(1, 2)
                                .build()));
        all.put(
                "drops/frame-too-long",
                inTurn(TAP_A1, a1(X).udp(5000, 7777).payload(9_300).build()));
        final byte[] request = asks(MA1, "10.0.1.11", "10.0.1.1");
        all.put("drops/malformed-arp", inTurn(TAP_A1, cut(request, L3 + 20), with(request, L3, 0, 6)));
        all.put(
                "drops/malformed-ipv4",
                inTurn(
                        TAP_A1,
                        cut(sound, L3 + 10),
                        with(sound, L3, 0x65),
                        with(sound, L3, 0x44),
                        with(sound, L3 + 2, 1, 0),
                        a1(X).badIpChecksum().udp(5000, 7777).build()));
        final byte[] sound6 = TestFrames.ethernet(MA1, GA)
                .ipv6("2001:db8:1::11", "2001:db8:2::11")
                .udp(5000, 7777)
                .payload(18)
                .build();
        final byte[] chain = new byte[9 * 8];
        for (int i = 0; i < 9; i++) {
            chain[i * 8] = (byte) IpProtocol.DESTINATION_OPTIONS;
        }
        all.put(
                "drops/malformed-ipv6",
                inTurn(
                        TAP_A1,
                        cut(sound6, L3 + 20),
                        with(sound6, L3, 0x40),
                        with(sound6, L3 + 4, 1, 0),
                        TestFrames.ethernet(MA1, GA)
                                .ipv6("2001:db8:1::11", "2001:db8:2::11")
                                .protocol(IpProtocol.DESTINATION_OPTIONS, new byte[4])
                                .build(),
                        TestFrames.ethernet(MA1, GA)
                                .ipv6("2001:db8:1::11", "2001:db8:2::11")
                                .protocol(IpProtocol.DESTINATION_OPTIONS, chain)
                                .build()));
        final byte[] segment = a1(X).tcp(40000, 80, TcpHeader.SYN).build();
        final byte[] solicitation = new byte[32];
        solicitation[0] = (byte) Icmpv6Header.NEIGHBOR_SOLICITATION;
        solicitation[24] = 1; // a source link-layer address option of length zero
        all.put(
                "drops/malformed-transport",
                inTurn(
                        TAP_A1,
                        a1(X).protocol(IpProtocol.TCP, new byte[10]).build(),
                        with(segment, L4 + 12, 0x40),
                        a1(X).protocol(IpProtocol.UDP, new byte[4]).build(),
                        with(sound, L4 + 4, 0, 4),
                        a1(X).protocol(IpProtocol.ICMP, new byte[4]).build(),
                        a1("10.0.1.1")
                                .icmpEcho(7, 1)
                                .payload(24)
                                .badTransportChecksum()
                                .build()));
        all.put(
                "drops/malformed-neighbor-solicitation",
                inTurn(
                        TAP_A1,
                        TestFrames.ethernet("fa:16:3e:0a:00:11", "fa:16:3e:0a:00:01")
                                .ipv6("2001:db8:1::11", "2001:db8:1::1")
                                .protocol(IpProtocol.ICMPV6, solicitation)
                                .build()));
    }

    private static TestFrames onUnderlay() {
        return TestFrames.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01").ipv4("172.16.0.2", "172.16.0.1");
    }

    private static byte[] gre(final int... header) {
        final byte[] bytes = new byte[header.length];
        for (int i = 0; i < header.length; i++) {
            bytes[i] = (byte) header[i];
        }
        return onUnderlay().protocol(IpProtocol.GRE, bytes).build();
    }

    private static void tunnels(final Map<String, ScenarioInputs> all) {
        final byte[] inner = TestFrames.ethernet(MA2, MA1)
                .ipv4("10.0.1.12", "10.0.1.11")
                .udp(5000, 7777)
                .payload(18)
                .build();
        final byte[] good = fromCompute2(101, inner);
        final byte[] badChecksum = with(good, L4 + 6, 0x12, 0x34);
        all.put(
                "drops/malformed-outer-vxlan",
                inTurn(
                        UNDERLAY,
                        onUnderlay()
                                .udp(50000, 4789)
                                .payload(4)
                                .noTransportChecksum()
                                .build(),
                        with(good, L4 + 8, 0),
                        badChecksum,
                        fromCompute2(101, cut(inner, 10))));
        all.put(
                "drops/malformed-outer-gre",
                inTurn(
                        UNDERLAY,
                        gre(0x20, 0),
                        gre(0x20, 1, 0x65, 0x58, 0, 0, 0, 101),
                        gre(0x60, 0, 0x65, 0x58, 0, 0, 0, 101),
                        gre(0xA0, 0, 0x65, 0x58, 0x12, 0x34, 0, 0, 0, 0, 0, 101),
                        gre(0x20, 0, 0x08, 0x00, 0, 0, 0, 101),
                        gre(0x00, 0, 0x65, 0x58, 0, 0, 0, 101)));
        all.put(
                "drops/underlay-policy",
                inTurn(
                        UNDERLAY,
                        onUnderlay().tcp(40000, 22, TcpHeader.SYN).build(),
                        onUnderlay().udp(50000, 7777).payload(18).build(),
                        TestFrames.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                                .ipv6("2001:db8::2", "2001:db8::1")
                                .udp(50000, 4789)
                                .payload(18)
                                .build(),
                        TestFrames.vxlan(
                                "02:00:00:00:00:02", "02:00:00:00:00:01", "172.16.0.2", "172.16.0.9", 101, inner),
                        TestFrames.fragments(with(good, L3 + 6, 0, 0), 60).get(0),
                        TestFrames.vxlan(
                                "02:00:00:00:00:77", "02:00:00:00:00:01", "172.16.0.77", "172.16.0.1", 101, inner),
                        asks("02:00:00:00:00:02", "172.16.0.2", "172.16.0.9")));
        all.put(
                "drops/vni-or-key-unknown",
                inTurn(
                        UNDERLAY,
                        fromCompute2(999, inner),
                        TestFrames.gre(
                                "02:00:00:00:00:02", "02:00:00:00:00:01", "172.16.0.2", "172.16.0.1", 999, inner)));
        all.put(
                "drops/vlan-tag-inside-tunnel",
                inTurn(
                        UNDERLAY,
                        fromCompute2(
                                101,
                                TestFrames.ethernet(MA2, MA1)
                                        .vlan(5)
                                        .ipv4("10.0.1.12", "10.0.1.11")
                                        .udp(5000, 7777)
                                        .build())));
        all.put(
                "drops/dvr-and-gateway-macs-from-elsewhere",
                inTurn(
                        UNDERLAY,
                        fromCompute2(
                                101,
                                TestFrames.ethernet(D2, "fa:16:3e:0a:00:99")
                                        .ipv4("10.0.2.12", "10.0.1.99")
                                        .udp(1, 2)
                                        .build()),
                        fromCompute2(
                                101,
                                TestFrames.ethernet(D2, BROADCAST)
                                        .arpRequest(D2, "10.0.1.1", "10.0.1.11")
                                        .build()),
                        fromCompute2(
                                101,
                                TestFrames.ethernet(MA2, GA)
                                        .ipv4("10.0.1.12", "10.0.2.11")
                                        .udp(1, 2)
                                        .build()),
                        fromCompute2(101, asks(MA2, "10.0.1.12", "10.0.1.1")),
                        fromCompute2(
                                101,
                                TestFrames.ethernet(GA, MA1)
                                        .ipv4("10.0.2.12", "10.0.1.11")
                                        .udp(1, 2)
                                        .build()),
                        fromCompute2(
                                101,
                                TestFrames.ethernet("fa:16:3f:00:00:01", MA1)
                                        .ipv4("10.0.2.12", "10.0.1.11")
                                        .udp(1, 2)
                                        .build())));
        all.put(
                "drops/from-tunnel-to-tunnel",
                inTurn(
                        UNDERLAY,
                        fromCompute2(
                                101,
                                TestFrames.ethernet(MA2, SA)
                                        .ipv4("10.0.1.12", X)
                                        .udp(1, 2)
                                        .build())));
    }

    private static void bridging(final Map<String, ScenarioInputs> all) {
        all.put(
                "drops/port-security",
                inTurn(
                        TAP_A1,
                        TestFrames.ethernet("fa:16:3e:0a:00:66", GA)
                                .ipv4("10.0.1.11", X)
                                .udp(1, 2)
                                .build(),
                        asks(MA1, "10.0.1.66", "10.0.1.1"),
                        TestFrames.ethernet(MA1, "33:33:00:00:00:01")
                                .ipv6("2001:db8:1::66", "ff02::1")
                                .neighborAdvertisement("2001:db8:1::66", MA1)
                                .build()));
        all.put(
                "drops/vlan-tag-of-guest",
                inTurn(TAP_A1, a1(X).vlan(5).udp(5000, 7777).payload(18).build()));
        all.put(
                "drops/guest-takes-over-gateway",
                inTurn(
                        TAP_A3,
                        TestFrames.ethernet(MA3, BROADCAST)
                                .gratuitousRequest(MA3, "10.0.1.1")
                                .padTo(60)
                                .build(),
                        TestFrames.ethernet(GA, MA1)
                                .ipv4("10.0.1.1", "10.0.1.11")
                                .udp(1, 2)
                                .build()));
        all.put(
                "drops/back-to-where-it-came-from",
                inTurn(
                        TAP_A1,
                        TestFrames.ethernet(MA1, MA1)
                                .ipv4("10.0.1.11", "10.0.1.11")
                                .udp(1, 2)
                                .build()));
        all.put(
                "drops/port-is-down",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1(X).udp(5000, 7777).payload(18).build())
                        .at(
                                TAP_A3,
                                1_000,
                                TestFrames.ethernet(MA3, MA1)
                                        .ipv4("10.0.1.13", "10.0.1.11")
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build()));
        all.put(
                "drops/nobody-else-in-the-network",
                inTurn(
                        "tapport-d1",
                        TestFrames.ethernet("fa:16:3e:0d:00:11", BROADCAST)
                                .arpRequest("fa:16:3e:0d:00:11", "10.0.4.11", "10.0.4.99")
                                .padTo(60)
                                .build()));
    }

    private static void routing(final Map<String, ScenarioInputs> all) {
        all.put(
                "drops/not-ip-for-router",
                inTurn(
                        TAP_A1,
                        TestFrames.ethernet(MA1, GA)
                                .rawEtherType(0x88B5, new byte[46])
                                .build()));
        all.put(
                "drops/martians",
                inTurn(
                        TAP_A1,
                        TestFrames.ethernet(MA1, GA)
                                .ipv4("127.0.0.1", X)
                                .udp(1, 2)
                                .build(),
                        TestFrames.ethernet(MA1, GA)
                                .ipv4("0.0.0.0", X)
                                .udp(1, 2)
                                .build(),
                        TestFrames.ethernet(MA1, GA)
                                .ipv4("224.0.0.5", X)
                                .udp(1, 2)
                                .build(),
                        a1("127.0.0.1").udp(1, 2).build(),
                        a1("240.0.0.1").udp(1, 2).build(),
                        a1("224.0.0.5").udp(1, 2).build()));
        all.put(
                "drops/directed-broadcast",
                inTurn(TAP_A1, a1("10.0.2.255").udp(5000, 7777).payload(18).build()));
        all.put(
                "drops/metadata-address",
                inTurn(
                                TAP_A1,
                                a1("169.254.169.254")
                                        .tcp(40000, 80, TcpHeader.SYN)
                                        .build())
                        .at(
                                TAP_A3,
                                1_000,
                                a3("169.254.169.254")
                                        .tcp(40000, 80, TcpHeader.SYN)
                                        .build()));
        all.put(
                "drops/router-offers-no-service",
                inTurn(
                        TAP_A1,
                        a1("10.0.1.1").tcp(40000, 22, TcpHeader.SYN).build(),
                        a1("10.0.2.1").icmpEchoReply(7, 1).payload(24).build()));
        all.put(
                "drops/router-is-down",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("10.0.2.11").udp(5000, 7777).payload(18).build())
                        .at(
                                PROVIDER,
                                1_000,
                                outside(FLOATING).udp(5000, 7777).payload(18).build()));
        final byte[] large = TestFrames.ethernet(MA1, MA2)
                .ipv4("10.0.1.11", "10.0.1.12")
                .dontFragment()
                .udp(5000, 7777)
                .payload(1_472)
                .build();
        all.put("drops/larger-than-the-underlay-carries", inTurn(TAP_A1, large));
    }

    private static void external(final Map<String, ScenarioInputs> all) {
        all.put(
                "drops/no-floating-ip-of-ours",
                inTurn(
                        PROVIDER,
                        outside("203.0.113.99").udp(5000, 7777).payload(18).build(),
                        outside("10.0.1.11").udp(5000, 7777).payload(18).build(),
                        TestFrames.ethernet(U, F1)
                                .ipv6("2001:db8::1", "2001:db8::2")
                                .udp(1, 2)
                                .build(),
                        TestFrames.ethernet(U, F1)
                                .rawEtherType(0x88B5, new byte[46])
                                .build(),
                        TestFrames.ethernet(U, F1)
                                .ipv4("127.0.0.1", FLOATING)
                                .udp(1, 2)
                                .build(),
                        TestFrames.ethernet(F1, U)
                                .ipv4("203.0.113.41", X)
                                .udp(1, 2)
                                .build(),
                        TestFrames.ethernet(U, F1)
                                .vlan(77)
                                .ipv4(X, FLOATING)
                                .udp(1, 2)
                                .build()));
        all.put(
                "drops/answers-without-a-connection",
                inTurn(
                        PROVIDER,
                        outside(FLOATING)
                                .tcp(80, 40000, TcpHeader.SYN | TcpHeader.ACK, 500, 101)
                                .build(),
                        outside(FLOATING).tcp(80, 40000, TcpHeader.RST, 500, 0).build(),
                        outside(FLOATING).icmpEchoReply(7, 1).payload(24).build()));
        final byte[] large = outside(FLOATING).id(9).udp(5000, 7777).payload(64).build();
        all.put(
                "drops/icmp-error-about-no-connection",
                inTurn(
                        PROVIDER,
                        outside(FLOATING)
                                .icmpError(
                                        IcmpHeader.UNREACHABLE,
                                        IcmpHeader.PORT,
                                        0,
                                        TestFrames.quote(
                                                TestFrames.ethernet(F1, U)
                                                        .ipv4(FLOATING, X)
                                                        .ttl(50)
                                                        .udp(5000, 7777)
                                                        .build(),
                                                28))
                                .build()));
        all.put(
                "drops/fragment-for-floating-ip",
                inTurn(PROVIDER, TestFrames.fragments(large, 60).get(1)));
    }

    private static void resources(final Map<String, ScenarioInputs> all) {
        final ScenarioInputs flows = new ScenarioInputs();
        final ScenarioInputs answered = new ScenarioInputs();
        for (int i = 0; i < 20; i++) {
            final byte[] frame = a1(X).udp(6000 + i, 7777).payload(18).build();
            flows.at(TAP_A1, i, frame);
            answered.at(TAP_A1, i * 1_000L, frame);
            if (i < 16) {
                answered.at(
                        PROVIDER,
                        i * 1_000L + 500,
                        outside(FLOATING).udp(7777, 6000 + i).payload(18).build());
            }
        }
        all.put("floating-ip/full-table-gives-up-what-has-no-answer", flows);
        all.put("drops/guest-has-all-its-connections", answered);
        final ScenarioInputs waiting = new ScenarioInputs();
        for (int i = 0; i < 18; i++) {
            waiting.at(
                    TAP_A1, i, a1("203.0.113.9").udp(6000 + i, 7777).payload(18).build());
        }
        all.put("drops/too-many-wait-for-a-neighbor", waiting);
        all.put(
                "drops/port-is-removed-while-a-neighbor-is-asked-for",
                inTurn(TAP_A1, a1("10.0.2.99").udp(5000, 7777).payload(18).build()));
    }

    private static ScenarioInputs inTurn(final String attachment, final byte[]... frames) {
        final ScenarioInputs inputs = new ScenarioInputs();
        for (int i = 0; i < frames.length; i++) {
            inputs.at(attachment, i * SECOND / 1_000, frames[i]);
        }
        return inputs;
    }

    private static byte[] cut(final byte[] frame, final int length) {
        return Arrays.copyOf(frame, length);
    }

    private static byte[] with(final byte[] frame, final int offset, final int... values) {
        final byte[] changed = frame.clone();
        for (int i = 0; i < values.length; i++) {
            changed[offset + i] = (byte) values[i];
        }
        return changed;
    }
}
