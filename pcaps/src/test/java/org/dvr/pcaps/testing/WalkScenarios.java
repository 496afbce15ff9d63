package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.GB;
import static org.dvr.pcaps.testing.CastFrames.MA1;
import static org.dvr.pcaps.testing.CastFrames.MA2;
import static org.dvr.pcaps.testing.CastFrames.MA3;
import static org.dvr.pcaps.testing.CastFrames.MB1;
import static org.dvr.pcaps.testing.CastFrames.MB2;
import static org.dvr.pcaps.testing.CastFrames.Q;
import static org.dvr.pcaps.testing.CastFrames.SA;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.a3;
import static org.dvr.pcaps.testing.CastFrames.asks;
import static org.dvr.pcaps.testing.CastFrames.tells;

import java.util.Map;
import java.util.function.Supplier;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** Whole walks that pass the network host, and the changes of topology that move them (dvr.md §2.4, §7.5, §9.10 to §9.20). */
final class WalkScenarios {
    private static final String TAP_A1 = "compute1/tapport-a1";
    private static final String TAP_A3 = "compute1/tapport-a3";
    private static final String TAP_B2 = "compute2/tapport-b2";
    private static final String TAP_C1 = "compute1/tapport-c1";
    private static final String TAP_D2 = "compute2/tapport-d2";
    private static final String TAP_V = "compute3/tapport-v";
    private static final String TAP_BALANCER = "compute2/tapport-lb";
    private static final String PROVIDER = "wire-provider";

    private static final String LC = "fa:16:3e:0c:00:01";
    private static final String LD = "fa:16:3e:0d:00:01";
    private static final String LQ = "fa:16:3e:0e:00:31";
    private static final String MC1 = "fa:16:3e:0c:00:11";
    private static final String MC2 = "fa:16:3e:0c:00:12";
    private static final String MD2 = "fa:16:3e:0d:00:12";
    private static final String MV = "fa:16:3e:0a:00:20";
    private static final String MN = "fa:16:3e:0a:00:19";
    private static final String MW1 = "fa:16:3e:0a:00:21";
    private static final String MW2 = "fa:16:3e:0a:00:22";
    private static final String DHCP = "fa:16:3e:0b:00:03";
    private static final String BALANCER = "fa:16:3e:0b:00:50";
    private static final String PAIR = "00:00:5e:00:01:64";

    private static final String QG = "203.0.113.30";
    private static final String UPSTREAM = "203.0.113.1";
    private static final String FIP_A1 = "203.0.113.51";
    private static final String FIP_A2 = "203.0.113.52";
    private static final String FIP_NEW = "203.0.113.55";
    private static final String FIP_V = "203.0.113.71";
    private static final String FIP_C1 = "203.0.113.81";
    private static final String FIP_PORTS = "203.0.113.83";
    private static final String BALANCER_IP = "10.0.2.50";
    private static final String VIRTUAL = "10.0.1.100";

    private static final int SYN = TcpHeader.SYN;
    private static final int ACK = TcpHeader.ACK;
    private static final int PUSH = TcpHeader.PSH | ACK;
    private static final int FIN = TcpHeader.FIN | ACK;
    private static final int MS = 1_000;

    private WalkScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        snatSide(all);
        centralisedFloatingIps(all);
        legacyRouter(all);
        forwardedPorts(all);
        conversions(all);
        floatingIpChanges(all);
        addresses(all);
    }

    /** Dvr.md §9.10 and §9.11. */
    private static void snatSide(final Map<String, ScenarioInputs> all) {
        all.put("cloud/without-floating-ip-to-outside", talk(0, TAP_A3, () -> a3(X), PROVIDER, () -> outside(Q, QG)));
        all.put(
                "cloud/two-hosts-share-the-gateway-address",
                new ScenarioInputs()
                        .at(TAP_A3, 0, udp(a3(X), 5000, 7777))
                        .at(TAP_B2, MS, udp(b2(X), 5001, 7777))
                        .at(PROVIDER, 2 * MS, udp(outside(Q, QG), 7777, 5001))
                        .at(PROVIDER, 3 * MS, udp(outside(Q, QG), 7777, 5000)));
        all.put(
                "cloud/without-floating-ip-to-floating-ip-of-another-host",
                talk(0, TAP_A3, () -> a3(FIP_A2), "compute2/tapport-a2", () -> a2(QG)));
        all.put(
                "cloud/without-floating-ip-to-floating-ip-of-same-host",
                talk(0, TAP_A3, () -> a3(FIP_A1), TAP_A1, () -> a1(QG)));
        all.put(
                "network-host/guest-here-to-outside",
                talk(0, "tapport-n1", () -> n1(X), "provider", () -> outside(Q, QG)));
        all.put(
                "network-host/guest-here-with-a-floating-ip",
                talk(0, "provider", () -> outside("fa:16:3e:0e:00:43", FIP_NEW), "tapport-n1", () -> n1(X)));
        all.put(
                "cloud/without-floating-ip-to-floating-ip-of-the-network-host",
                talk(0, TAP_A3, () -> a3(FIP_NEW), "network1/tapport-n1", () -> n1(QG)));
    }

    /** Dvr.md §9.12 and §9.13: v is on a host without external leg. */
    private static void centralisedFloatingIps(final Map<String, ScenarioInputs> all) {
        all.put(
                "cloud/centralised-floating-ip-from-outside",
                talk(
                        new ScenarioInputs().at(PROVIDER, 0, asks(U, UPSTREAM, FIP_V)),
                        MS,
                        PROVIDER,
                        () -> outside(Q, FIP_V),
                        TAP_V,
                        () -> v(X)));
        all.put(
                "cloud/centralised-floating-ip-to-outside",
                talk(0, TAP_V, () -> v(X), PROVIDER, () -> outside(Q, FIP_V)));
        all.put("cloud/centralised-floating-ip-to-itself", talk(0, TAP_V, () -> v(FIP_V), TAP_V, () -> v(FIP_V)));
        all.put("cloud/floating-ip-to-a-centralised-one", talk(0, TAP_A1, () -> a1(FIP_V), TAP_V, () -> v(FIP_A1)));
        all.put(
                "cloud/centralised-floating-ip-to-floating-ip",
                talk(0, TAP_V, () -> v(FIP_A1), TAP_A1, () -> a1(FIP_V)));
        all.put("cloud/without-floating-ip-to-a-centralised-one", talk(0, TAP_A3, () -> a3(FIP_V), TAP_V, () -> v(QG)));
        all.put(
                "cloud/without-external-leg-or-floating-ip-to-outside",
                talk(0, "compute3/tapport-v2", () -> from(MW1, GA, "10.0.1.21", X), PROVIDER, () -> outside(Q, QG)));
    }

    /** Dvr.md §9.14: c1 has a floating IP, d2 has none. */
    private static void legacyRouter(final Map<String, ScenarioInputs> all) {
        all.put(
                "cloud/legacy-router-between-subnets",
                talk(
                        new ScenarioInputs().at(TAP_C1, 0, asks(MC1, "10.0.3.11", "10.0.3.1")),
                        MS,
                        TAP_C1,
                        () -> c1("10.0.4.12"),
                        TAP_D2,
                        () -> d2("10.0.3.11")));
        all.put(
                "cloud/legacy-router-to-outside",
                talk(0, TAP_D2, () -> d2(X), PROVIDER, () -> outside(LQ, "203.0.113.31")));
        all.put(
                "cloud/legacy-router-floating-ip-from-outside",
                talk(
                        new ScenarioInputs().at(PROVIDER, 0, asks(U, UPSTREAM, FIP_C1)),
                        MS,
                        PROVIDER,
                        () -> outside(LQ, FIP_C1),
                        TAP_C1,
                        () -> c1(X)));
        all.put(
                "cloud/legacy-router-floating-ip-to-outside",
                talk(0, TAP_C1, () -> c1(X), PROVIDER, () -> outside(LQ, FIP_C1)));
        all.put(
                "cloud/legacy-router-without-floating-ip-to-its-floating-ip",
                talk(0, TAP_D2, () -> d2(FIP_C1), TAP_C1, () -> c1("203.0.113.31")));
        all.put(
                "cloud/legacy-router-floating-ip-to-itself",
                talk(0, TAP_C1, () -> c1(FIP_C1), TAP_C1, () -> c1(FIP_C1)));
        all.put(
                "cloud/floating-ip-to-one-of-a-legacy-router",
                talk(0, TAP_A1, () -> a1(FIP_C1), TAP_C1, () -> c1(FIP_A1)));
        all.put(
                "cloud/legacy-router-floating-ip-to-a-distributed-one",
                talk(0, TAP_C1, () -> c1(FIP_A1), TAP_A1, () -> a1(FIP_C1)));
    }

    /** One address, its ports on guests of two hosts: 8080 is port 80 of a3, 8081 is port 7777 of b2. */
    private static void forwardedPorts(final Map<String, ScenarioInputs> all) {
        all.put(
                "cloud/forwarded-ports-to-two-hosts",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, UPSTREAM, FIP_PORTS))
                        .at(PROVIDER, MS, tcp(outside(Q, FIP_PORTS), 40000, 8080, SYN, 100, 0))
                        .at(TAP_A3, 2 * MS, tcp(a3(X), 80, 40000, SYN | ACK, 500, 101))
                        .at(PROVIDER, 3 * MS, tcp(outside(Q, FIP_PORTS), 40000, 8080, PUSH, 101, 501))
                        .at(TAP_A3, 4 * MS, tcp(a3(X), 80, 40000, PUSH, 501, 111))
                        .at(PROVIDER, 5 * MS, udp(outside(Q, FIP_PORTS), 5000, 8081))
                        .at(TAP_B2, 6 * MS, udp(b2(X), 7777, 5000))
                        .at(PROVIDER, 7 * MS, udp(outside(Q, FIP_PORTS), 5000, 8082)));
        all.put(
                "cloud/forwarded-port-from-inside",
                new ScenarioInputs()
                        .at(TAP_B2, 0, tcp(b2(FIP_PORTS), 40000, 8080, SYN, 100, 0))
                        .at(TAP_A3, MS, tcp(a3(QG), 80, 40000, SYN | ACK, 500, 101))
                        .at(TAP_A1, 2 * MS, tcp(a1(FIP_PORTS), 40001, 8080, SYN, 100, 0))
                        .at(TAP_A3, 3 * MS, tcp(a3(FIP_A1), 80, 40001, SYN | ACK, 500, 101)));
        all.put(
                "cloud/forwarded-port-outlives-another-change",
                new ScenarioInputs()
                        .at(PROVIDER, 0, tcp(outside(Q, FIP_PORTS), 40000, 8080, SYN, 100, 0))
                        .at(TAP_A3, MS, tcp(a3(X), 80, 40000, SYN | ACK, 500, 101))
                        .at(PROVIDER, 6 * MS, tcp(outside(Q, FIP_PORTS), 40000, 8080, PUSH, 101, 501))
                        .at(TAP_A3, 7 * MS, tcp(a3(X), 80, 40000, PUSH, 501, 111)));
    }

    /**
     * A connection behind the gateway address, one of a centralised floating IP and one of a1's floating IP, before and after the router
     * is converted at 10 ms.
     */
    private static void conversions(final Map<String, ScenarioInputs> all) {
        for (final String place : new String[] {"cloud", "network-host"}) {
            all.put(place + "/distributed-router-becomes-legacy", conversion(place.equals("cloud"), true));
            all.put(place + "/legacy-router-becomes-distributed", conversion(place.equals("cloud"), false));
        }
    }

    private static ScenarioInputs conversion(final boolean isCloud, final boolean toLegacy) {
        final String u = isCloud ? PROVIDER : "provider";
        final ScenarioInputs inputs = new ScenarioInputs();
        final Conversion before = new Conversion(inputs, isCloud, toLegacy);
        final Conversion after = new Conversion(inputs, isCloud, !toLegacy);
        final String macBefore = toLegacy ? F1 : Q;
        final String macAfter = toLegacy ? Q : F1;
        before.guest(TAP_A3, 0, tcp(before.a3(), 40000, 80, SYN, 100, 0));
        inputs.at(u, MS, tcp(outside(Q, QG), 80, 40000, SYN | ACK, 500, 101));
        before.guest(TAP_A3, 2 * MS, tcp(before.a3(), 40000, 80, ACK, 101, 501));
        inputs.at(u, 3 * MS, udp(outside(Q, FIP_V), 5000, 7777));
        before.guest(TAP_V, 4 * MS, udp(before.v(), 7777, 5000));
        if (isCloud || !toLegacy) {
            inputs.at(u, 5 * MS, tcp(outside(macBefore, FIP_A1), 41000, 80, SYN, 100, 0));
            before.guest(TAP_A1, 6 * MS, tcp(before.a1(), 80, 41000, SYN | ACK, 500, 101));
            inputs.at(u, 7 * MS, tcp(outside(macBefore, FIP_A1), 41000, 80, ACK, 101, 501));
        }
        after.guest(TAP_A3, 11 * MS, tcp(after.a3(), 40000, 80, PUSH, 101, 501));
        inputs.at(u, 12 * MS, tcp(outside(Q, QG), 80, 40000, PUSH, 501, 111));
        inputs.at(u, 13 * MS, udp(outside(Q, FIP_V), 5000, 7777));
        after.guest(TAP_V, 14 * MS, udp(after.v(), 7777, 5000));
        if (isCloud || toLegacy) {
            inputs.at(u, 15 * MS, tcp(outside(macAfter, FIP_A1), 41000, 80, PUSH, 101, 501));
            after.guest(TAP_A1, 16 * MS, tcp(after.a1(), 80, 41000, PUSH, 501, 111));
        }
        if (toLegacy) {
            inputs.at(u, 17 * MS, tcp(outside(macAfter, FIP_A1), 42000, 80, SYN, 100, 0));
            after.guest(TAP_A1, 18 * MS, tcp(after.a1(), 80, 42000, SYN | ACK, 500, 101));
        }
        return inputs;
    }

    /** What guests send: at their taps in a cloud, or as it reaches the network host, which depends on who routes. */
    private record Conversion(ScenarioInputs inputs, boolean isCloud, boolean isDistributed) {
        private TestFrames a1() {
            return sent(1, MA1, "10.0.1.11");
        }

        private TestFrames a3() {
            return sent(1, MA3, "10.0.1.13");
        }

        private TestFrames v() {
            return sent(4, MV, "10.0.1.20");
        }

        private TestFrames sent(final int host, final String mac, final String ip) {
            return isCloud || !isDistributed
                    ? from(mac, GA, ip, X)
                    : from("fa:16:3f:00:00:0" + host, SA, ip, X).ttl(63);
        }

        private void guest(final String tap, final long micros, final byte[] frame) {
            final int host = tap.equals(TAP_V) ? 4 : 1;
            inputs.at(isCloud ? tap : "underlay", micros, isCloud ? frame : vxlan(host, 101, frame));
        }
    }

    /** Dvr.md §7.5 and §9.13. The topology changes at 5 ms, and once more at 10 ms. */
    private static void floatingIpChanges(final Map<String, ScenarioInputs> all) {
        all.put(
                "cloud/floating-ip-is-associated",
                new ScenarioInputs()
                        .at(TAP_A3, 0, udp(a3(X), 5000, 7777))
                        .at(PROVIDER, MS, udp(outside(Q, QG), 7777, 5000))
                        .at(TAP_A3, 6 * MS, udp(a3(X), 5001, 7777))
                        .at(PROVIDER, 7 * MS, udp(outside(F1, FIP_NEW), 7777, 5001))
                        .at(PROVIDER, 8 * MS, udp(outside(Q, QG), 7777, 5000))
                        .at(PROVIDER, 9 * MS, udp(outside(F1, FIP_NEW), 5002, 7778))
                        .at(TAP_A3, 10 * MS, udp(a3(X), 7778, 5002)));
        all.put(
                "cloud/floating-ip-is-disassociated",
                new ScenarioInputs()
                        .at(PROVIDER, 0, udp(outside(F1, FIP_A1), 5000, 7777))
                        .at(TAP_A1, MS, udp(a1(X), 7777, 5000))
                        .at(TAP_A1, 6 * MS, udp(a1(X), 7777, 5000))
                        .at(PROVIDER, 7 * MS, udp(outside(Q, QG), 5000, 7777))
                        .at(PROVIDER, 8 * MS, udp(outside(F1, FIP_A1), 5000, 7777))
                        .at(PROVIDER, 9 * MS, asks(U, UPSTREAM, FIP_A1)));
        all.put(
                "cloud/floating-ip-moves-to-another-guest-of-the-host",
                new ScenarioInputs()
                        .at(PROVIDER, 0, udp(outside(F1, FIP_A1), 5000, 7777))
                        .at(TAP_A1, MS, udp(a1(X), 7777, 5000))
                        .at(PROVIDER, 6 * MS, udp(outside(F1, FIP_A1), 5000, 7777))
                        .at(TAP_A3, 7 * MS, udp(a3(X), 7777, 5000))
                        .at(TAP_A1, 8 * MS, udp(a1(X), 7777, 5000)));
        all.put(
                "cloud/centralised-floating-ip-moves-to-another-guest",
                new ScenarioInputs()
                        .at(PROVIDER, 0, udp(outside(Q, FIP_V), 5000, 7777))
                        .at(TAP_V, MS, udp(v(X), 7777, 5000))
                        .at(PROVIDER, 6 * MS, udp(outside(Q, FIP_V), 5000, 7777))
                        .at("compute3/tapport-v2", 7 * MS, udp(from(MW1, GA, "10.0.1.21", X), 7777, 5000))
                        .at(TAP_V, 8 * MS, udp(v(X), 7777, 5000)));
        all.put(
                "cloud/floating-ip-becomes-centralised-and-back",
                new ScenarioInputs()
                        .at(PROVIDER, 0, udp(outside(F1, FIP_A1), 5000, 7777))
                        .at(TAP_A1, MS, udp(a1(X), 7777, 5000))
                        .at(PROVIDER, 6 * MS, udp(outside(Q, FIP_A1), 5000, 7777))
                        .at("compute3/tapport-a1", 7 * MS, udp(a1(X), 7777, 5000))
                        .at(PROVIDER, 11 * MS, udp(outside(F1, FIP_A1), 5000, 7777))
                        .at(TAP_A1, 12 * MS, udp(a1(X), 7777, 5000)));
    }

    /** Dvr.md §9.15 and §9.17 to §9.20. */
    private static void addresses(final Map<String, ScenarioInputs> all) {
        all.put("cloud/virtual-address-behind-a-centralised-floating-ip", virtualAddress());
        all.put(
                "cloud/allowed-pairs-of-one-port",
                talk(0, TAP_A1, () -> a1("10.0.2.101"), TAP_B2, () -> from(PAIR, GB, "10.0.2.101", "10.0.1.11"))
                        .at(TAP_A1, 20 * MS, udp(a1("10.0.2.100"), 5000, 7777))
                        .at(TAP_B2, 21 * MS, udp(from(MB2, GB, "10.0.2.100", "10.0.1.11"), 7777, 5000)));
        all.put(
                "cloud/two-subnets-on-one-network",
                talk(0, TAP_A1, () -> a1("10.0.3.12"), "compute2/tapport-c2", () -> c2("10.0.1.11")));
        all.put(
                "cloud/two-subnets-on-one-network-to-outside",
                new ScenarioInputs()
                        .at(TAP_A1, 0, udp(a1(X), 5000, 7777))
                        .at("compute2/tapport-c2", MS, udp(c2(X), 5001, 7777))
                        .at(PROVIDER, 2 * MS, udp(outside(Q, QG), 7777, 5000))
                        .at(PROVIDER, 3 * MS, udp(outside(Q, QG), 7777, 5001)));
        all.put("network-host/second-external-subnet", secondExternalSubnet());
        all.put(
                "cloud/extra-route-by-a-guest",
                talk(0, TAP_A1, () -> a1("192.168.9.1"), TAP_B2, () -> from(MB2, GB, "192.168.9.1", "10.0.1.11")));
        all.put(
                "cloud/one-address-scope-needs-no-translation",
                new ScenarioInputs()
                        .at(TAP_A3, 0, udp(a3(X), 5000, 7777))
                        .at(PROVIDER, MS, udp(outside(F1, "10.0.1.13"), 7777, 5000))
                        .at(TAP_V, 2 * MS, udp(v(X), 5000, 7777))
                        .at(PROVIDER, 3 * MS, udp(outside(Q, "10.0.1.20"), 7777, 5000)));
        all.put("cloud/dhcp-port-of-the-network-host", dhcp());
        all.put(
                "cloud/load-balancer-port-of-another-host",
                new ScenarioInputs()
                        .at(TAP_A1, 0, udp(a1(BALANCER_IP), 5000, 7777))
                        .at(TAP_BALANCER, MS, udp(from(BALANCER, GB, BALANCER_IP, "10.0.1.11"), 7777, 5000))
                        .at(PROVIDER, 2 * MS, udp(outside(CastFrames.F2, "203.0.113.62"), 5000, 7777))
                        .at(TAP_BALANCER, 3 * MS, udp(from(BALANCER, GB, BALANCER_IP, X), 7777, 5000)));
        all.put(
                "cloud/virtual-address-routed-on-the-host-of-its-owner",
                new ScenarioInputs()
                        .at("compute1/tapport-b1", 0, udp(from(MB1, GB, "10.0.2.11", VIRTUAL), 5000, 7777))
                        .at("compute1/tapport-w1", 100, tells(MW1, VIRTUAL, GA, "10.0.1.1"))
                        .at("compute1/tapport-w1", MS, udp(from(MW1, GA, VIRTUAL, "10.0.2.11"), 7777, 5000)));
        extraRoutesOutside(all);
        all.put(
                "address-scope/legacy-router-keeps-scopes-apart",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(1, 103, udp(c1("10.0.4.12"), 5000, 7777)))
                        .at("underlay", MS, vxlan(2, 104, udp(d2("10.0.3.11"), 5000, 7777)))
                        .at("underlay", 2 * MS, vxlan(2, 104, udp(d2(X), 5000, 7777)))
                        .at("provider", 3 * MS, udp(outside(LQ, "203.0.113.31"), 7777, 5000))
                        .at("provider", 4 * MS, udp(outside(LQ, FIP_C1), 5000, 7777))
                        .at("underlay", 5 * MS, vxlan(1, 103, udp(c1(X), 7777, 5000))));
    }

    /** By a router in the external network, for a guest with a floating IP and for one without. */
    private static void extraRoutesOutside(final Map<String, ScenarioInputs> all) {
        final String far = "198.18.0.1";
        final String router = "203.0.113.9";
        all.put(
                "network-host/extra-route-outside",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                vxlan(
                                        1,
                                        101,
                                        udp(
                                                from("fa:16:3f:00:00:01", SA, "10.0.1.13", far)
                                                        .ttl(63),
                                                5000,
                                                7777)))
                        .at("provider", MS, tells(CastFrames.ON_LINK, router, Q, QG))
                        .at("provider", 2 * MS, udp(from(CastFrames.ON_LINK, Q, far, QG), 7777, 5000)));
        all.put(
                "floating-ip/extra-route-outside",
                new ScenarioInputs()
                        .at("tapport-a1", 0, udp(a1(far), 5000, 7777))
                        .at("provider", MS, tells(CastFrames.ON_LINK, router, F1, "203.0.113.41"))
                        .at("provider", 2 * MS, udp(from(CastFrames.ON_LINK, F1, far, FIP_A1), 7777, 5000)));
    }

    /** The floating IP of a port that is bound nowhere: w1 has the virtual address, then w2 announces that it has it. */
    private static ScenarioInputs virtualAddress() {
        return new ScenarioInputs()
                .at(PROVIDER, 0, asks(U, UPSTREAM, "203.0.113.72"))
                .at(PROVIDER, MS, udp(outside(Q, "203.0.113.72"), 5000, 7777))
                .at("compute1/tapport-w1", MS + 100, tells(MW1, VIRTUAL, SA, "10.0.1.2"))
                .at("compute1/tapport-w1", 2 * MS, udp(from(MW1, GA, VIRTUAL, X), 7777, 5000))
                .at(
                        "compute2/tapport-w2",
                        3 * MS,
                        TestFrames.ethernet(MW2, CastFrames.BROADCAST)
                                .gratuitousRequest(MW2, VIRTUAL)
                                .build())
                .at(PROVIDER, 4 * MS, udp(outside(Q, "203.0.113.72"), 5000, 7777))
                .at("compute2/tapport-w2", 5 * MS, udp(from(MW2, GA, VIRTUAL, X), 7777, 5000));
    }

    private static ScenarioInputs secondExternalSubnet() {
        final String floatingIp = "198.51.100.71";
        return new ScenarioInputs()
                .at("provider", 0, asks(U, "198.51.100.1", floatingIp))
                .at("provider", MS, udp(outside(Q, floatingIp), 5000, 7777))
                .at("underlay", 2 * MS, fromV(X, 7777, 5000))
                .at("underlay", 3 * MS, fromV("198.51.100.9", 5001, 7777))
                .at("provider", 3 * MS + 100, tells(CastFrames.ON_LINK, "198.51.100.9", Q, QG))
                .at(
                        "provider",
                        4 * MS,
                        udp(TestFrames.ethernet(CastFrames.ON_LINK, Q).ipv4("198.51.100.9", floatingIp), 7777, 5001));
    }

    /** As R on compute3 sends what v sends to outside. */
    private static byte[] fromV(final String destination, final int sourcePort, final int destinationPort) {
        return vxlan(
                4,
                101,
                udp(from("fa:16:3f:00:00:04", SA, "10.0.1.20", destination).ttl(63), sourcePort, destinationPort));
    }

    /** B1 looks for a DHCP server, which answers; b1 asks it something in its network, a1 from another one. */
    private static ScenarioInputs dhcp() {
        final String tap = "network1/tapport-dhcp";
        return new ScenarioInputs()
                .at(
                        "compute1/tapport-b1",
                        0,
                        dhcp(
                                from(MB1, CastFrames.BROADCAST, "0.0.0.0", "255.255.255.255")
                                        .udp(68, 67),
                                1))
                .at(tap, MS, dhcp(from(DHCP, MB1, "10.0.2.3", "10.0.2.11").udp(67, 68), 2))
                .at("compute1/tapport-b1", 2 * MS, udp(from(MB1, DHCP, "10.0.2.11", "10.0.2.3"), 5000, 20053))
                .at(tap, 3 * MS, udp(from(DHCP, MB1, "10.0.2.3", "10.0.2.11"), 20053, 5000))
                .at(TAP_A1, 4 * MS, udp(a1("10.0.2.3"), 5000, 20053))
                .at(tap, 5 * MS, udp(from(DHCP, GB, "10.0.2.3", "10.0.1.11"), 20053, 5000));
    }

    /** RFC 2131: BOOTREQUEST with message type DISCOVER (1), BOOTREPLY with OFFER (2). */
    private static byte[] dhcp(final TestFrames frame, final int type) {
        final byte[] message = new byte[300];
        message[0] = (byte) type;
        message[1] = 1;
        message[2] = 6;
        final byte[] options = {0x63, (byte) 0x82, 0x53, 0x63, 53, 1, (byte) type, (byte) 0xff};
        System.arraycopy(options, 0, message, 236, options.length);
        return frame.payload(message).build();
    }

    /** From a host to the network host. */
    private static byte[] vxlan(final int host, final int vni, final byte[] frame) {
        return TestFrames.vxlan(
                "02:00:00:00:00:0" + host, "02:00:00:00:00:03", "172.16.0." + host, "172.16.0.3", vni, frame);
    }

    private static TestFrames from(final String mac, final String to, final String ip, final String destination) {
        return TestFrames.ethernet(mac, to).ipv4(ip, destination);
    }

    private static TestFrames a2(final String destination) {
        return from(MA2, GA, "10.0.1.12", destination);
    }

    private static TestFrames b2(final String destination) {
        return from(MB2, GB, "10.0.2.12", destination);
    }

    private static TestFrames c1(final String destination) {
        return from(MC1, LC, "10.0.3.11", destination);
    }

    /** Where C is a second subnet of network A. */
    private static TestFrames c2(final String destination) {
        return from(MC2, LC, "10.0.3.12", destination);
    }

    private static TestFrames d2(final String destination) {
        return from(MD2, LD, "10.0.4.12", destination);
    }

    private static TestFrames n1(final String destination) {
        return from(MN, GA, "10.0.1.19", destination);
    }

    private static TestFrames v(final String destination) {
        return from(MV, GA, "10.0.1.20", destination);
    }

    private static TestFrames outside(final String mac, final String destination) {
        return from(U, mac, X, destination);
    }

    private static byte[] udp(final TestFrames frame, final int source, final int destination) {
        return frame.udp(source, destination).payload(18).build();
    }

    private static byte[] tcp(
            final TestFrames frame,
            final int source,
            final int destination,
            final int flags,
            final long sequence,
            final long acknowledgment) {
        return frame.tcp(source, destination, flags, sequence, acknowledgment)
                .payload(flags == PUSH ? 10 : 0)
                .build();
    }

    /**
     * A datagram, an echo request and a TCP connection from SYN to the last ACK with their answers, a millisecond apart: the client sends 7
     * frames, from ports 5000 and 40000 with identifier 7, the server 5, from ports 7777 and 80.
     */
    private static ScenarioInputs talk(
            final int start,
            final String clientAt,
            final Supplier<TestFrames> client,
            final String serverAt,
            final Supplier<TestFrames> server) {
        return talk(new ScenarioInputs(), start, clientAt, client, serverAt, server);
    }

    private static ScenarioInputs talk(
            final ScenarioInputs inputs,
            final int start,
            final String clientAt,
            final Supplier<TestFrames> client,
            final String serverAt,
            final Supplier<TestFrames> server) {
        return inputs.at(clientAt, start, udp(client.get(), 5000, 7777))
                .at(serverAt, start + MS, udp(server.get(), 7777, 5000))
                .at(
                        clientAt,
                        start + 2 * MS,
                        client.get().icmpEcho(7, 1).payload(24).build())
                .at(
                        serverAt,
                        start + 3 * MS,
                        server.get().icmpEchoReply(7, 1).payload(24).build())
                .at(clientAt, start + 4 * MS, tcp(client.get(), 40000, 80, SYN, 100, 0))
                .at(serverAt, start + 5 * MS, tcp(server.get(), 80, 40000, SYN | ACK, 500, 101))
                .at(clientAt, start + 6 * MS, tcp(client.get(), 40000, 80, ACK, 101, 501))
                .at(clientAt, start + 7 * MS, tcp(client.get(), 40000, 80, PUSH, 101, 501))
                .at(serverAt, start + 8 * MS, tcp(server.get(), 80, 40000, PUSH, 501, 111))
                .at(clientAt, start + 9 * MS, tcp(client.get(), 40000, 80, FIN, 111, 511))
                .at(serverAt, start + 10 * MS, tcp(server.get(), 80, 40000, FIN, 511, 112))
                .at(clientAt, start + 11 * MS, tcp(client.get(), 40000, 80, ACK, 112, 512));
    }
}
