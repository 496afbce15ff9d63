package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.Q;
import static org.dvr.pcaps.testing.CastFrames.SA;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.asks;
import static org.dvr.pcaps.testing.CastFrames.connection;
import static org.dvr.pcaps.testing.CastFrames.tells;

import java.util.Map;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** Inputs of scenarios at network1: SNAT side, centralised floating IPs, legacy router (dvr.md §9.10 to §9.14). */
final class NetworkHostScenarios {
    private static final int VNI_A = 101;
    private static final int VNI_C = 103;
    private static final int VNI_D = 104;
    private static final String V_IP = "10.0.1.20";
    private static final String A2_IP = "10.0.1.12";
    private static final String A3_IP = "10.0.1.13";
    private static final String QG = "203.0.113.30";
    private static final String FIP_V = "203.0.113.71";
    private static final String LC = "fa:16:3e:0c:00:01";
    private static final String LD = "fa:16:3e:0d:00:01";
    private static final String LQ = "fa:16:3e:0e:00:31";
    private static final String C1 = "fa:16:3e:0c:00:11";
    private static final String D2 = "fa:16:3e:0d:00:12";
    private static final String C1_IP = "10.0.3.11";
    private static final String D2_IP = "10.0.4.12";
    private static final int STEP = 1_000;

    private NetworkHostScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        snat(all);
        centralisedFloatingIps(all);
        answers(all);
        legacy(all);
        addressScopes(all);
    }

    /** At compute1: A is in the address scope of the external network, B is in none. */
    private static void addressScopes(final Map<String, ScenarioInputs> all) {
        all.put(
                "address-scope/leaves-by-fast-exit",
                new ScenarioInputs()
                        .at(
                                "tapport-a3",
                                0,
                                CastFrames.a3(X).udp(5000, 7777).payload(18).build())
                        .at(
                                "provider",
                                STEP,
                                CastFrames.outside(A3_IP)
                                        .udp(7777, 5000)
                                        .payload(32)
                                        .build()));
        all.put(
                "address-scope/is-not-left-untranslated",
                new ScenarioInputs()
                        .at(
                                "tapport-a3",
                                0,
                                CastFrames.a3("10.0.2.11")
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build())
                        .at(
                                "provider",
                                STEP,
                                CastFrames.outside("203.0.113.61")
                                        .udp(7777, 5000)
                                        .payload(32)
                                        .build()));
    }

    private static void snat(final Map<String, ScenarioInputs> all) {
        all.put("network-host/udp-to-outside", udpAndAnswer());
        all.put("network-host/udp-to-outside-without-snat", plainBothWays());
        all.put(
                "network-host/source-port-is-random",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(1, A3_IP, X).udp(5000, 7777).payload(18))
                        .at(
                                "underlay",
                                STEP,
                                redirected(2, A2_IP, X).icmpEcho(7, 1).payload(24)));
        all.put(
                "network-host/tcp-to-outside",
                tunneled(connection("inside", () -> inner(1, A3_IP, X), "provider", () -> outside(QG))));
        all.put(
                "network-host/ping-to-outside",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(1, A3_IP, X).icmpEcho(7, 1).payload(24))
                        .at(
                                "provider",
                                STEP,
                                outside(QG).icmpEchoReply(7, 1).payload(24).build()));
        all.put(
                "network-host/same-port-twice-to-one-server",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(1, A3_IP, X).udp(5000, 7777).payload(18))
                        .at(
                                "underlay",
                                STEP,
                                redirected(2, A2_IP, X).udp(5000, 7777).payload(18))
                        .at(
                                "underlay",
                                2 * STEP,
                                redirected(2, A2_IP, "9.9.9.9").udp(5000, 7777).payload(18)));
        all.put(
                "network-host/tcp-segment-of-no-connection",
                new ScenarioInputs()
                        .at("underlay", 0, redirected(1, A3_IP, X).tcp(40000, 80, TcpHeader.ACK | TcpHeader.PSH)));
        all.put(
                "network-host/to-floating-ip-of-another-host",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(1, A3_IP, "203.0.113.52")
                                        .udp(5000, 7777)
                                        .payload(18))
                        .at("provider", STEP, tells(CastFrames.F2, "203.0.113.52", Q, QG))
                        .at(
                                "provider",
                                2 * STEP,
                                TestFrames.ethernet(CastFrames.F2, Q)
                                        .ipv4("203.0.113.52", QG)
                                        .ttl(62)
                                        .udp(7777, 5000)
                                        .payload(32)
                                        .build()));
        all.put(
                "network-host/ttl-ends-at-the-snat-side",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(1, A3_IP, X).ttl(1).udp(5000, 33434).payload(18))
                        .at(
                                "provider",
                                STEP,
                                outside(FIP_V)
                                        .ttl(1)
                                        .udp(7777, 33434)
                                        .payload(18)
                                        .build()));
        all.put(
                "network-host/answer-larger-than-the-tenant-network",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(1, A3_IP, X).udp(5000, 7777).payload(18))
                        .at(
                                "provider",
                                STEP,
                                outside(QG)
                                        .dontFragment()
                                        .udp(7777, 5000)
                                        .payload(1_460)
                                        .build()));
    }

    private static ScenarioInputs udpAndAnswer() {
        return new ScenarioInputs()
                .at("underlay", 0, redirected(1, A3_IP, X).udp(5000, 7777).payload(18))
                .at("provider", STEP, outside(QG).udp(7777, 5000).payload(32).build());
    }

    private static ScenarioInputs plainBothWays() {
        return new ScenarioInputs()
                .at("underlay", 0, redirected(1, A3_IP, X).udp(5000, 7777).payload(18))
                .at("provider", STEP, outside(A3_IP).udp(7777, 5000).payload(32).build())
                .at(
                        "provider",
                        2 * STEP,
                        outside(A3_IP).tcp(999, 22, TcpHeader.SYN).build());
    }

    private static void centralisedFloatingIps(final Map<String, ScenarioInputs> all) {
        all.put(
                "network-host/centralised-floating-ip-from-outside",
                new ScenarioInputs()
                        .at(
                                "provider",
                                0,
                                outside(FIP_V).udp(5000, 7777).payload(18).build())
                        .at(
                                "underlay",
                                STEP,
                                redirected(4, V_IP, X).udp(7777, 5000).payload(32)));
        all.put(
                "network-host/centralised-floating-ip-to-outside",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(4, V_IP, X).udp(5000, 7777).payload(18))
                        .at(
                                "provider",
                                STEP,
                                outside(FIP_V).udp(7777, 5000).payload(32).build()));
        all.put(
                "network-host/centralised-floating-ip-to-itself",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(4, V_IP, FIP_V).udp(5000, 7777).payload(18))
                        .at(
                                "underlay",
                                STEP,
                                redirected(4, V_IP, FIP_V).udp(7777, 5000).payload(32)));
        all.put(
                "network-host/guest-without-floating-ip-to-a-centralised-one",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                redirected(1, A3_IP, FIP_V).udp(5000, 7777).payload(18))
                        .at(
                                "underlay",
                                STEP,
                                redirected(4, V_IP, QG).udp(7777, 5000).payload(32)));
    }

    private static void answers(final Map<String, ScenarioInputs> all) {
        all.put(
                "network-host/arp-for-its-addresses-outside",
                new ScenarioInputs()
                        .at("provider", 0, asks(U, "203.0.113.1", QG))
                        .at("provider", STEP, asks(U, "203.0.113.1", FIP_V))
                        .at("provider", 2 * STEP, asks(U, "203.0.113.1", "203.0.113.52"))
                        .at("provider", 3 * STEP, asks(U, "203.0.113.1", "203.0.113.99")));
        all.put(
                "network-host/echo-to-its-own-addresses",
                new ScenarioInputs()
                        .at(
                                "provider",
                                0,
                                outside(QG).icmpEcho(7, 1).payload(24).build())
                        .at(
                                "underlay",
                                STEP,
                                redirected(1, A3_IP, "10.0.1.2").icmpEcho(7, 2).payload(24)));
        all.put(
                "network-host/answers-of-no-connection",
                new ScenarioInputs()
                        .at(
                                "provider",
                                0,
                                outside(QG)
                                        .tcp(80, 40000, TcpHeader.SYN | TcpHeader.ACK)
                                        .build())
                        .at(
                                "provider",
                                STEP,
                                outside(QG).icmpEchoReply(7, 1).payload(24).build()));
    }

    private static void legacy(final Map<String, ScenarioInputs> all) {
        all.put(
                "legacy-router/between-subnets",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                vxlan(
                                        1,
                                        VNI_C,
                                        TestFrames.ethernet(C1, LC)
                                                .ipv4(C1_IP, D2_IP)
                                                .udp(5000, 7777)
                                                .payload(18)))
                        .at(
                                "underlay",
                                STEP,
                                vxlan(
                                        2,
                                        VNI_D,
                                        TestFrames.ethernet(D2, LD)
                                                .ipv4(D2_IP, C1_IP)
                                                .udp(7777, 5000)
                                                .payload(32))));
        all.put(
                "legacy-router/gateway-answers-arp-from-a-tunnel",
                new ScenarioInputs().at("underlay", 0, vxlan(1, VNI_C, asksFor(C1, C1_IP, "10.0.3.1"))));
        all.put(
                "legacy-router/floating-ip-both-ways",
                new ScenarioInputs()
                        .at(
                                "provider",
                                0,
                                legacyOutside("203.0.113.81")
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build())
                        .at(
                                "underlay",
                                STEP,
                                vxlan(
                                        1,
                                        VNI_C,
                                        TestFrames.ethernet(C1, LC)
                                                .ipv4(C1_IP, X)
                                                .udp(7777, 5000)
                                                .payload(32)))
                        .at(
                                "underlay",
                                2 * STEP,
                                vxlan(
                                        1,
                                        VNI_C,
                                        TestFrames.ethernet(C1, LC)
                                                .ipv4(C1_IP, X)
                                                .udp(6000, 9953)
                                                .payload(18)))
                        .at(
                                "provider",
                                3 * STEP,
                                legacyOutside("203.0.113.81")
                                        .udp(9953, 6000)
                                        .payload(32)
                                        .build()));
        all.put(
                "legacy-router/to-outside-with-the-gateway-address",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                vxlan(
                                        2,
                                        VNI_D,
                                        TestFrames.ethernet(D2, LD)
                                                .ipv4(D2_IP, X)
                                                .udp(5000, 7777)
                                                .payload(18)))
                        .at(
                                "provider",
                                STEP,
                                legacyOutside("203.0.113.31")
                                        .udp(7777, 5000)
                                        .payload(32)
                                        .build()));
        all.put(
                "legacy-router/to-a-floating-ip-of-the-same-router",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                vxlan(
                                        2,
                                        VNI_D,
                                        TestFrames.ethernet(D2, LD)
                                                .ipv4(D2_IP, "203.0.113.81")
                                                .udp(5000, 7777)
                                                .payload(18)))
                        .at(
                                "underlay",
                                STEP,
                                vxlan(
                                        1,
                                        VNI_C,
                                        TestFrames.ethernet(C1, LC)
                                                .ipv4(C1_IP, "203.0.113.31")
                                                .udp(7777, 5000)
                                                .payload(32)))
                        .at(
                                "underlay",
                                2 * STEP,
                                vxlan(
                                        1,
                                        VNI_C,
                                        TestFrames.ethernet(C1, LC)
                                                .ipv4(C1_IP, "203.0.113.81")
                                                .udp(5000, 7777)
                                                .payload(18))));
        all.put(
                "legacy-router/forwards-a-port",
                new ScenarioInputs()
                        .at(
                                "provider",
                                0,
                                legacyOutside("203.0.113.82")
                                        .tcp(40000, 8080, TcpHeader.SYN, 100, 0)
                                        .build())
                        .at(
                                "underlay",
                                STEP,
                                vxlan(
                                        2,
                                        VNI_D,
                                        TestFrames.ethernet(D2, LD)
                                                .ipv4(D2_IP, X)
                                                .tcp(80, 40000, TcpHeader.SYN | TcpHeader.ACK, 500, 101)))
                        .at(
                                "provider",
                                2 * STEP,
                                legacyOutside("203.0.113.82")
                                        .tcp(40000, 8080, TcpHeader.ACK, 101, 501)
                                        .build())
                        .at(
                                "provider",
                                3 * STEP,
                                legacyOutside("203.0.113.82")
                                        .tcp(40000, 8081, TcpHeader.SYN, 100, 0)
                                        .build()));
    }

    /** From outside by the upstream router to the gateway port of R. */
    private static TestFrames outside(final String destination) {
        return TestFrames.ethernet(U, Q).ipv4(X, destination);
    }

    private static TestFrames legacyOutside(final String destination) {
        return TestFrames.ethernet(U, LQ).ipv4(X, destination);
    }

    /** What R on a compute host sends to the csnat port of A: routed once. */
    private static TestFrames inner(final int host, final String from, final String to) {
        return TestFrames.ethernet("fa:16:3f:00:00:0" + host, SA).ipv4(from, to).ttl(63);
    }

    private static Redirected redirected(final int host, final String from, final String to) {
        return new Redirected(host, inner(host, from, to));
    }

    /** A frame of network A in VXLAN from a compute host, finished by its payload. */
    private record Redirected(int host, TestFrames frame) {
        Redirected ttl(final int ttl) {
            return new Redirected(host, frame.ttl(ttl));
        }

        Redirected udp(final int source, final int destination) {
            return new Redirected(host, frame.udp(source, destination));
        }

        Redirected icmpEcho(final int identifier, final int sequence) {
            return new Redirected(host, frame.icmpEcho(identifier, sequence));
        }

        byte[] tcp(final int source, final int destination, final int flags) {
            return vxlan(host, VNI_A, frame.tcp(source, destination, flags));
        }

        byte[] payload(final int length) {
            return vxlan(host, VNI_A, frame.payload(length));
        }
    }

    private static byte[] vxlan(final int host, final int vni, final TestFrames inner) {
        return vxlan(host, vni, inner.build());
    }

    private static byte[] vxlan(final int host, final int vni, final byte[] inner) {
        return TestFrames.vxlan(
                "02:00:00:00:00:0" + host, "02:00:00:00:00:03", "172.16.0." + host, "172.16.0.3", vni, inner);
    }

    private static byte[] asksFor(final String mac, final String ip, final String target) {
        return TestFrames.ethernet(mac, CastFrames.BROADCAST)
                .arpRequest(mac, ip, target)
                .build();
    }

    /** What was made for a point named inside arrives in VXLAN from compute1. */
    private static ScenarioInputs tunneled(final ScenarioInputs inputs) {
        return inputs.wrapped("inside", "underlay", frame -> vxlan(1, VNI_A, frame));
    }
}
