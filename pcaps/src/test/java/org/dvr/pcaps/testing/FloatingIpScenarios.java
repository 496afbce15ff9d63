package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.BROADCAST;
import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.F2;
import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.MA2;
import static org.dvr.pcaps.testing.CastFrames.MA3;
import static org.dvr.pcaps.testing.CastFrames.ON_LINK;
import static org.dvr.pcaps.testing.CastFrames.OWN;
import static org.dvr.pcaps.testing.CastFrames.Q;
import static org.dvr.pcaps.testing.CastFrames.SA;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.a3;
import static org.dvr.pcaps.testing.CastFrames.asks;
import static org.dvr.pcaps.testing.CastFrames.b1;
import static org.dvr.pcaps.testing.CastFrames.connection;
import static org.dvr.pcaps.testing.CastFrames.datagrams;
import static org.dvr.pcaps.testing.CastFrames.fromNetwork1;
import static org.dvr.pcaps.testing.CastFrames.outside;
import static org.dvr.pcaps.testing.CastFrames.pings;
import static org.dvr.pcaps.testing.CastFrames.tells;

import java.util.Map;
import java.util.function.Supplier;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** Floating IPs, proxy ARP and the way to the SNAT side (dvr.md §8, §9.5 to §9.11, §9.18). */
final class FloatingIpScenarios {
    private static final String PROVIDER = "provider";
    private static final String TAP_A1 = "tapport-a1";
    private static final String TAP_A3 = "tapport-a3";
    private static final String TAP_B1 = "tapport-b1";
    private static final String UNDERLAY = "underlay";
    private static final String FLOATING = "203.0.113.51";
    private static final long MS = 1_000;
    private static final long SECOND = 1_000_000;

    private FloatingIpScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        fromOutside(all);
        toOutside(all);
        insideHost(all);
        betweenHosts(all);
        withoutPort(all);
        otherExternalNetworks(all);
        connectionStates(all);
        changes(all);
        redirect(all);
        proxyArp(all);
    }

    private static void fromOutside(final Map<String, ScenarioInputs> all) {
        for (final String type : new String[] {"", "-gre"}) {
            all.put(
                    "floating-ip/udp-from-outside" + type,
                    datagrams(PROVIDER, () -> outside(FLOATING), TAP_A1, () -> a1(X)));
        }
        all.put("floating-ip/tcp-from-outside", connection(PROVIDER, () -> outside(FLOATING), TAP_A1, () -> a1(X)));
        all.put("floating-ip/ping-from-outside", pings(PROVIDER, () -> outside(FLOATING), TAP_A1, () -> a1(X)));
    }

    private static void toOutside(final Map<String, ScenarioInputs> all) {
        for (final String type : new String[] {"", "-gre"}) {
            all.put(
                    "floating-ip/udp-to-outside" + type,
                    datagrams(TAP_A1, () -> a1(X), PROVIDER, () -> outside(FLOATING)));
        }
        all.put("floating-ip/tcp-to-outside", connection(TAP_A1, () -> a1(X), PROVIDER, () -> outside(FLOATING)));
        all.put("floating-ip/ping-to-outside", pings(TAP_A1, () -> a1(X), PROVIDER, () -> outside(FLOATING)));
        all.put(
                "floating-ip/host-on-link-is-asked-for-by-arp",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("203.0.113.9").udp(5000, 7777).payload(18).build())
                        .at(
                                TAP_A1,
                                500,
                                a1("203.0.113.9").udp(5001, 7777).payload(18).build())
                        .at(PROVIDER, MS, tells(ON_LINK, "203.0.113.9", F1, "203.0.113.41"))
                        .at(
                                TAP_A1,
                                2 * MS,
                                a1("203.0.113.9").udp(5002, 7777).payload(18).build())
                        .at(
                                PROVIDER,
                                3 * MS,
                                TestFrames.ethernet(ON_LINK, F1)
                                        .ipv4("203.0.113.9", FLOATING)
                                        .udp(7777, 5000)
                                        .payload(18)
                                        .build()));
        all.put(
                "floating-ip/upstream-router-is-asked-for-by-arp",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1(X).udp(5000, 7777).payload(18).build())
                        .at(PROVIDER, 1_500 * MS, tells(U, "203.0.113.1", F1, "203.0.113.41")));
    }

    private static void insideHost(final Map<String, ScenarioInputs> all) {
        final Supplier<TestFrames> toItself = () -> a1(FLOATING);
        all.put("floating-ip/udp-to-own-floating-ip", datagrams(TAP_A1, toItself, TAP_A1, toItself));
        all.put("floating-ip/tcp-to-own-floating-ip", connection(TAP_A1, toItself, TAP_A1, toItself));
        all.put("floating-ip/ping-to-own-floating-ip", pings(TAP_A1, toItself, TAP_A1, toItself));
        final Supplier<TestFrames> toB1 = () -> a1("203.0.113.61");
        final Supplier<TestFrames> fromB1 = () -> b1(FLOATING);
        all.put("floating-ip/udp-to-guest-of-same-host", datagrams(TAP_A1, toB1, TAP_B1, fromB1));
        all.put("floating-ip/tcp-to-guest-of-same-host", connection(TAP_A1, toB1, TAP_B1, fromB1));
        all.put("floating-ip/ping-to-guest-of-same-host", pings(TAP_A1, toB1, TAP_B1, fromB1));
        final Supplier<TestFrames> toC1 = () -> a1("203.0.113.71");
        final Supplier<TestFrames> fromC1 = () ->
                TestFrames.ethernet("fa:16:3e:0c:00:11", "fa:16:3e:0c:00:01").ipv4("10.0.3.11", FLOATING);
        all.put("floating-ip/udp-to-guest-of-other-router-on-same-host", datagrams(TAP_A1, toC1, "tapport-c1", fromC1));
        all.put(
                "floating-ip/tcp-to-guest-of-other-router-on-same-host",
                connection(TAP_A1, toC1, "tapport-c1", fromC1));
    }

    private static void betweenHosts(final Map<String, ScenarioInputs> all) {
        all.put(
                "floating-ip/other-host-as-sender-sees-it",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("203.0.113.52").udp(5000, 7777).payload(18).build())
                        .at(PROVIDER, MS, tells(F2, "203.0.113.52", F1, "203.0.113.41"))
                        .at(PROVIDER, 2 * MS, asks(F2, "203.0.113.42", FLOATING))
                        .at(
                                PROVIDER,
                                3 * MS,
                                TestFrames.ethernet(F2, F1)
                                        .ipv4("203.0.113.52", FLOATING)
                                        .ttl(62)
                                        .udp(7777, 5000)
                                        .payload(18)
                                        .build()));
        all.put(
                "floating-ip/other-host-as-receiver-sees-it",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(F1, "203.0.113.41", "203.0.113.52"))
                        .at(
                                PROVIDER,
                                MS,
                                TestFrames.ethernet(F1, F2)
                                        .ipv4(FLOATING, "203.0.113.52")
                                        .ttl(62)
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build())
                        .at(
                                "tapport-a2",
                                2 * MS,
                                TestFrames.ethernet(MA2, GA)
                                        .ipv4("10.0.1.12", FLOATING)
                                        .udp(7777, 5000)
                                        .payload(18)
                                        .build())
                        .at(PROVIDER, 3 * MS, tells(F1, FLOATING, F2, "203.0.113.42")));
        final Supplier<TestFrames> client = () -> a1("203.0.113.52");
        final Supplier<TestFrames> server =
                () -> TestFrames.ethernet(F2, F1).ipv4("203.0.113.52", FLOATING).ttl(62);
        final Supplier<TestFrames> arriving =
                () -> TestFrames.ethernet(F1, F2).ipv4(FLOATING, "203.0.113.52").ttl(62);
        final Supplier<TestFrames> leaving = () -> TestFrames.ethernet(MA2, GA).ipv4("10.0.1.12", FLOATING);
        all.put("floating-ip/tcp-from-other-host", connection(PROVIDER, arriving, "tapport-a2", leaving));
        all.put("floating-ip/ping-from-other-host", pings(PROVIDER, arriving, "tapport-a2", leaving));
        all.put("floating-ip/ping-to-other-host", pings(TAP_A1, client, PROVIDER, server));
        all.put("floating-ip/tcp-to-other-host", connection(TAP_A1, client, PROVIDER, server));
    }

    private static void withoutPort(final Map<String, ScenarioInputs> all) {
        final Supplier<TestFrames> toOwn = () -> TestFrames.ethernet(U, OWN).ipv4(X, FLOATING);
        all.put("floating-ip/without-fg-udp-from-outside", datagrams(PROVIDER, toOwn, TAP_A1, () -> a1(X)));
        all.put("floating-ip/without-fg-tcp-to-outside", connection(TAP_A1, () -> a1(X), PROVIDER, toOwn));
        all.put(
                "floating-ip/without-fg-host-on-link-is-asked-for-by-arp",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("203.0.113.9").udp(5000, 7777).payload(18).build())
                        .at(PROVIDER, MS, tells(ON_LINK, "203.0.113.9", OWN, FLOATING)));
        all.put(
                "floating-ip/without-fg-other-host-as-sender-sees-it",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("203.0.113.52").udp(5000, 7777).payload(18).build())
                        .at(PROVIDER, MS, tells(F2, "203.0.113.52", OWN, FLOATING))
                        .at(
                                PROVIDER,
                                2 * MS,
                                TestFrames.ethernet(F2, OWN)
                                        .ipv4("203.0.113.52", FLOATING)
                                        .ttl(62)
                                        .udp(7777, 5000)
                                        .payload(18)
                                        .build()));
        all.put(
                "floating-ip/without-fg-mac-is-derived-from-host-and-label",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, "203.0.113.1", FLOATING))
                        .at(TAP_A1, MS, a1(X).udp(5000, 7777).payload(18).build()));
    }

    private static void otherExternalNetworks(final Map<String, ScenarioInputs> all) {
        all.put(
                "floating-ip/external-network-is-a-vlan",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                TestFrames.ethernet(U, BROADCAST)
                                        .vlan(300)
                                        .arpRequest(U, "203.0.113.1", FLOATING)
                                        .padTo(60)
                                        .build())
                        .at(
                                PROVIDER,
                                MS,
                                outside(FLOATING)
                                        .vlan(300)
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build())
                        .at(TAP_A1, 2 * MS, a1(X).udp(7777, 5000).payload(18).build())
                        .at(
                                TAP_A1,
                                3 * MS,
                                a1("203.0.113.9").icmpEcho(7, 1).payload(24).build())
                        .at(
                                PROVIDER,
                                4 * MS,
                                TestFrames.ethernet(ON_LINK, F1)
                                        .vlan(300)
                                        .arpReply(ON_LINK, "203.0.113.9", F1, "203.0.113.41")
                                        .padTo(60)
                                        .build()));
        all.put(
                "floating-ip/second-external-subnet",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, "198.51.100.1", "198.51.100.53"))
                        .at(
                                PROVIDER,
                                MS,
                                outside("198.51.100.53")
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build())
                        .at(TAP_A3, 2 * MS, a3(X).udp(7777, 5000).payload(18).build())
                        .at(
                                TAP_A3,
                                3 * MS,
                                a3("198.51.100.9").udp(5001, 7777).payload(18).build())
                        .at(PROVIDER, 4 * MS, tells(ON_LINK, "198.51.100.9", F1, "203.0.113.41"))
                        .at(
                                TAP_A3,
                                5 * MS,
                                a3("203.0.113.9").udp(5002, 7777).payload(18).build())
                        .at(PROVIDER, 6 * MS, tells(ON_LINK, "203.0.113.9", F1, "203.0.113.41")));
    }

    private static void connectionStates(final Map<String, ScenarioInputs> all) {
        final int push = TcpHeader.PSH | TcpHeader.ACK;
        all.put(
                "floating-ip/tcp-picked-up-in-mid-stream",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1(X).tcp(40000, 80, push, 7000, 9000)
                                        .payload(10)
                                        .build())
                        .at(
                                PROVIDER,
                                MS,
                                outside(FLOATING)
                                        .tcp(80, 40000, push, 9000, 7010)
                                        .payload(20)
                                        .build())
                        .at(
                                PROVIDER,
                                2 * MS,
                                outside(FLOATING)
                                        .tcp(3333, 22, push, 100, 200)
                                        .payload(10)
                                        .build())
                        .at(
                                TAP_A1,
                                3 * MS,
                                a1(X).tcp(22, 3333, push, 200, 110).payload(20).build()));
        all.put(
                "floating-ip/udp-one-way-ends-after-30-s",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                outside(FLOATING).udp(5000, 7777).payload(18).build())
                        .at(
                                PROVIDER,
                                29 * SECOND,
                                outside(FLOATING).udp(5000, 7777).payload(18).build())
                        .at(
                                PROVIDER,
                                60 * SECOND,
                                outside(FLOATING).udp(5000, 7777).payload(18).build()));
        all.put(
                "floating-ip/udp-stream-ends-after-120-s",
                datagrams(PROVIDER, () -> outside(FLOATING), TAP_A1, () -> a1(X))
                        .at(
                                PROVIDER,
                                3 * SECOND,
                                outside(FLOATING).udp(5000, 7777).payload(18).build())
                        .at(
                                TAP_A1,
                                4 * SECOND,
                                a1(X).udp(7777, 5000).payload(18).build())
                        .at(
                                PROVIDER,
                                123 * SECOND,
                                outside(FLOATING).udp(5000, 7777).payload(18).build())
                        .at(
                                PROVIDER,
                                244 * SECOND,
                                outside(FLOATING).udp(5000, 7777).payload(18).build()));
        all.put(
                "floating-ip/ping-ends-after-30-s",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1(X).icmpEcho(7, 1).payload(24).build())
                        .at(
                                PROVIDER,
                                29 * SECOND,
                                outside(FLOATING)
                                        .icmpEchoReply(7, 1)
                                        .payload(24)
                                        .build())
                        .at(
                                PROVIDER,
                                60 * SECOND,
                                outside(FLOATING)
                                        .icmpEchoReply(7, 2)
                                        .payload(24)
                                        .build()));
        all.put(
                "floating-ip/tcp-half-open-ends-after-120-s",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1(X).tcp(40000, 80, TcpHeader.SYN, 100, 0).build())
                        .at(
                                PROVIDER,
                                121 * SECOND,
                                outside(FLOATING)
                                        .tcp(80, 40000, TcpHeader.SYN | TcpHeader.ACK, 500, 101)
                                        .build()));
        all.put(
                "floating-ip/tcp-established-stays-for-days",
                connection(TAP_A1, () -> a1(X), PROVIDER, () -> outside(FLOATING))
                        .at(
                                TAP_A1,
                                SECOND,
                                a1(X).tcp(40001, 80, TcpHeader.SYN, 100, 0).build())
                        .at(
                                PROVIDER,
                                SECOND + MS,
                                outside(FLOATING)
                                        .tcp(80, 40001, TcpHeader.SYN | TcpHeader.ACK, 500, 101)
                                        .build())
                        .at(
                                TAP_A1,
                                SECOND + 2 * MS,
                                a1(X).tcp(40001, 80, TcpHeader.ACK, 101, 501).build())
                        .at(
                                PROVIDER,
                                400_000 * SECOND,
                                outside(FLOATING)
                                        .tcp(80, 40001, push, 501, 101)
                                        .payload(10)
                                        .build()));
    }

    private static void changes(final Map<String, ScenarioInputs> all) {
        all.put(
                "floating-ip/moves-to-another-guest-of-the-host",
                datagrams(PROVIDER, () -> outside(FLOATING), TAP_A1, () -> a1(X))
                        .at(
                                PROVIDER,
                                2 * SECOND,
                                outside(FLOATING).udp(5000, 7777).payload(18).build())
                        .at(
                                TAP_A3,
                                2 * SECOND + MS,
                                a3(X).udp(7777, 5000).payload(18).build()));
        final ScenarioInputs beside = new ScenarioInputs();
        for (final long from : new long[] {0, 2 * SECOND}) {
            for (final long at : new long[] {from, from + 2 * MS}) {
                beside.at(
                        PROVIDER,
                        at,
                        outside("203.0.113.61").udp(5000, 7777).payload(18).build());
                beside.at(TAP_B1, at + MS, b1(X).udp(7777, 5000).payload(18).build());
            }
            beside.at(
                    PROVIDER,
                    from + 5 * MS,
                    outside(FLOATING).udp(5000, 7777).payload(18).build());
        }
        all.put("floating-ip/moves-while-another-flow-goes-on", beside);
        all.put(
                "floating-ip/arrives-from-another-host",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, "203.0.113.1", "203.0.113.52"))
                        .at(PROVIDER, 2 * SECOND, asks(U, "203.0.113.1", "203.0.113.52"))
                        .at(
                                PROVIDER,
                                2 * SECOND + MS,
                                outside("203.0.113.52")
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build()));
        all.put(
                "floating-ip/announcements-stop-when-it-leaves",
                new ScenarioInputs().at(PROVIDER, 0, asks(U, "203.0.113.1", "203.0.113.52")));
        all.put(
                "floating-ip/is-removed-under-way",
                datagrams(PROVIDER, () -> outside(FLOATING), TAP_A1, () -> a1(X))
                        .at(PROVIDER, 2 * SECOND, asks(U, "203.0.113.1", FLOATING))
                        .at(
                                PROVIDER,
                                2 * SECOND + MS,
                                outside(FLOATING).udp(5000, 7777).payload(18).build())
                        .at(
                                TAP_A1,
                                2 * SECOND + 2 * MS,
                                a1(X).udp(7777, 5000).payload(18).build()));
    }

    private static void redirect(final Map<String, ScenarioInputs> all) {
        final Supplier<TestFrames> reply =
                () -> TestFrames.ethernet(SA, MA3).ipv4(X, "10.0.1.13").ttl(55);
        final byte[] request = a3(X).udp(5000, 7777).payload(18).build();
        final byte[] answer = reply.get().udp(7777, 5000).payload(18).build();
        all.put(
                "snat-redirect/udp-over-vxlan",
                new ScenarioInputs().at(TAP_A3, 0, request).at(UNDERLAY, MS, fromNetwork1(101, answer)));
        all.put(
                "snat-redirect/udp-over-gre",
                new ScenarioInputs()
                        .at(TAP_A3, 0, request)
                        .at(
                                UNDERLAY,
                                MS,
                                TestFrames.gre(
                                        "02:00:00:00:00:03",
                                        "02:00:00:00:00:01",
                                        "172.16.0.3",
                                        "172.16.0.1",
                                        101,
                                        answer)));
        final int ack = TcpHeader.ACK;
        all.put(
                "snat-redirect/tcp-over-vxlan",
                new ScenarioInputs()
                        .at(
                                TAP_A3,
                                0,
                                a3(X).tcp(40000, 80, TcpHeader.SYN, 100, 0).build())
                        .at(
                                UNDERLAY,
                                MS,
                                fromNetwork1(
                                        101,
                                        reply.get()
                                                .tcp(80, 40000, TcpHeader.SYN | ack, 500, 101)
                                                .build()))
                        .at(TAP_A3, 2 * MS, a3(X).tcp(40000, 80, ack, 101, 501).build())
                        .at(
                                TAP_A3,
                                3 * MS,
                                a3(X).tcp(40000, 80, TcpHeader.FIN | ack, 101, 501)
                                        .build())
                        .at(
                                UNDERLAY,
                                4 * MS,
                                fromNetwork1(
                                        101,
                                        reply.get()
                                                .tcp(80, 40000, TcpHeader.FIN | ack, 501, 102)
                                                .build())));
        all.put(
                "snat-redirect/ping-over-vxlan",
                new ScenarioInputs()
                        .at(TAP_A3, 0, a3(X).icmpEcho(7, 1).payload(24).build())
                        .at(
                                UNDERLAY,
                                MS,
                                fromNetwork1(
                                        101,
                                        reply.get()
                                                .icmpEchoReply(7, 1)
                                                .payload(24)
                                                .build())));
        all.put(
                "snat-redirect/second-subnet-has-its-own-csnat-port",
                new ScenarioInputs()
                        .at(
                                "tapport-b2",
                                0,
                                TestFrames.ethernet(CastFrames.MB2, CastFrames.GB)
                                        .ipv4("10.0.2.12", X)
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build()));
        all.put(
                "snat-redirect/to-floating-ip-of-same-host",
                new ScenarioInputs()
                        .at(TAP_A3, 0, a3(FLOATING).udp(5000, 7777).payload(18).build())
                        .at(PROVIDER, MS, asks(Q, "203.0.113.30", FLOATING))
                        .at(
                                PROVIDER,
                                2 * MS,
                                TestFrames.ethernet(Q, F1)
                                        .ipv4("203.0.113.30", FLOATING)
                                        .ttl(62)
                                        .udp(33333, 7777)
                                        .payload(18)
                                        .build())
                        .at(
                                TAP_A1,
                                3 * MS,
                                a1("203.0.113.30").udp(7777, 33333).payload(32).build())
                        .at(
                                UNDERLAY,
                                4 * MS,
                                fromNetwork1(
                                        101,
                                        TestFrames.ethernet(SA, MA3)
                                                .ipv4(FLOATING, "10.0.1.13")
                                                .ttl(61)
                                                .udp(7777, 5000)
                                                .payload(32)
                                                .build())));
        all.put(
                "snat-redirect/to-floating-ip-of-another-host",
                new ScenarioInputs()
                        .at(
                                TAP_A3,
                                0,
                                a3("203.0.113.52").udp(5000, 7777).payload(18).build())
                        .at(
                                UNDERLAY,
                                MS,
                                fromNetwork1(
                                        101,
                                        TestFrames.ethernet(SA, MA3)
                                                .ipv4("203.0.113.52", "10.0.1.13")
                                                .ttl(61)
                                                .udp(7777, 5000)
                                                .payload(32)
                                                .build())));
        all.put("snat-redirect/subnet-without-csnat-port", new ScenarioInputs().at(TAP_A3, 0, request));
        all.put("snat-redirect/router-without-gateway", new ScenarioInputs().at(TAP_A3, 0, request));
    }

    private static void proxyArp(final Map<String, ScenarioInputs> all) {
        final String upstream = "203.0.113.1";
        all.put(
                "proxy-arp/own-floating-ips-are-answered",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, upstream, FLOATING))
                        .at(PROVIDER, MS, asks(U, upstream, "203.0.113.61"))
                        .at(
                                PROVIDER,
                                2 * MS,
                                TestFrames.ethernet(U, F1)
                                        .arpRequest(U, upstream, FLOATING)
                                        .padTo(60)
                                        .build()));
        all.put("proxy-arp/fg-address-is-answered", arpFor("203.0.113.41"));
        all.put("proxy-arp/fixed-ip-is-not-answered", arpFor("10.0.1.11"));
        all.put("proxy-arp/unknown-address-is-not-answered", arpFor("203.0.113.99"));
        all.put("proxy-arp/floating-ip-of-another-host-is-not-answered", arpFor("203.0.113.52"));
        all.put(
                "proxy-arp/link-local-pair-is-not-answered",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, upstream, "169.254.64.0"))
                        .at(PROVIDER, MS, asks(U, upstream, "169.254.64.1")));
        all.put(
                "proxy-arp/gateways-and-csnat-are-not-answered",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, upstream, "10.0.1.1"))
                        .at(PROVIDER, MS, asks(U, upstream, "10.0.1.2"))
                        .at(PROVIDER, 2 * MS, asks(U, upstream, "203.0.113.30")));
        all.put(
                "proxy-arp/probe-for-own-address-is-defended",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(ON_LINK, "0.0.0.0", FLOATING))
                        .at(PROVIDER, MS, asks(ON_LINK, "0.0.0.0", "203.0.113.41")));
        all.put(
                "proxy-arp/announcement-of-another-is-not-answered",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                TestFrames.ethernet(ON_LINK, BROADCAST)
                                        .gratuitousRequest(ON_LINK, FLOATING)
                                        .padTo(60)
                                        .build()));
        all.put(
                "proxy-arp/without-fg-own-mac-answers",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, upstream, FLOATING))
                        .at(PROVIDER, MS, asks(U, upstream, "203.0.113.41"))
                        .at(PROVIDER, 2 * MS, asks(ON_LINK, "0.0.0.0", "203.0.113.61")));
        all.put(
                "proxy-arp/announced-anew-when-an-fg-port-appears",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, upstream, FLOATING))
                        .at(PROVIDER, 2 * SECOND, asks(U, upstream, "203.0.113.61")));
        all.put("proxy-arp/announced-at-start", arpFor("203.0.113.99"));
        all.put("proxy-arp/announced-at-start-without-fg", arpFor("203.0.113.99"));
    }

    private static ScenarioInputs arpFor(final String target) {
        return new ScenarioInputs().at(PROVIDER, 0, asks(U, "203.0.113.1", target));
    }
}
