package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.D2;
import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.F2;
import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.GB;
import static org.dvr.pcaps.testing.CastFrames.MA3;
import static org.dvr.pcaps.testing.CastFrames.MB1;
import static org.dvr.pcaps.testing.CastFrames.MB2;
import static org.dvr.pcaps.testing.CastFrames.Q;
import static org.dvr.pcaps.testing.CastFrames.SA;
import static org.dvr.pcaps.testing.CastFrames.SB;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.a3;
import static org.dvr.pcaps.testing.CastFrames.asks;
import static org.dvr.pcaps.testing.CastFrames.b1;
import static org.dvr.pcaps.testing.CastFrames.outside;
import static org.dvr.pcaps.testing.CastFrames.tells;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;

/**
 * Ports of floating IP .79 that are forwarded: TCP 28080 to port 20080 of a3, UDP 28053 to port 20053 of b1, UDP 28055 to port 20055 of a3, both on
 * compute1; where it has guests on two hosts, UDP 28054 to port 20054 of b2 on compute2 besides.
 */
final class PortForwardingScenarios {
    private static final String SHARED = "203.0.113.79";
    private static final String QG = "203.0.113.30";
    private static final String UPSTREAM = "203.0.113.1";
    private static final String H = "198.51.100.7";
    private static final String PROVIDER = "provider";
    private static final String UNDERLAY = "underlay";
    private static final String TAP_A1 = "tapport-a1";
    private static final String TAP_A3 = "tapport-a3";
    private static final String TAP_B1 = "tapport-b1";
    private static final String WIRE = "wire-provider";

    private static final int CLIENT = 25_000;
    private static final int TCP_CLIENT = 40_000;
    private static final int A3_TCP = 28_080;
    private static final int B1_UDP = 28_053;
    private static final int B2_UDP = 28_054;
    private static final int A3_UDP = 28_055;
    private static final int INSIDE = 8_000; // a forwarded port is so much lower inside

    private static final long MS = 1_000;
    private static final long SECOND = 1_000_000;

    private PortForwardingScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        fromOutside(all);
        betweenGuests(all);
        errors(all);
        changes(all);
        atTheNetworkHost(all);
        cloud(all);
    }

    private static byte[] question(final TestFrames from, final int port) {
        return from.udp(CLIENT, port).payload(18).build();
    }

    private static byte[] answer(final TestFrames from, final int port) {
        return from.udp(port - INSIDE, CLIENT).payload(32).build();
    }

    private static ScenarioInputs connection(
            final ScenarioInputs inputs,
            final long start,
            final String clientAt,
            final Supplier<TestFrames> client,
            final String serverAt,
            final Supplier<TestFrames> server) {
        final int inside = A3_TCP - INSIDE;
        final int ack = TcpHeader.ACK;
        final int push = TcpHeader.PSH | ack;
        final int fin = TcpHeader.FIN | ack;
        return inputs.at(
                        clientAt,
                        start,
                        client.get()
                                .tcp(TCP_CLIENT, A3_TCP, TcpHeader.SYN, 100, 0)
                                .build())
                .at(
                        serverAt,
                        start + MS,
                        server.get()
                                .tcp(inside, TCP_CLIENT, TcpHeader.SYN | ack, 500, 101)
                                .build())
                .at(
                        clientAt,
                        start + 2 * MS,
                        client.get().tcp(TCP_CLIENT, A3_TCP, ack, 101, 501).build())
                .at(
                        clientAt,
                        start + 3 * MS,
                        client.get()
                                .tcp(TCP_CLIENT, A3_TCP, push, 101, 501)
                                .payload(10)
                                .build())
                .at(
                        serverAt,
                        start + 4 * MS,
                        server.get()
                                .tcp(inside, TCP_CLIENT, push, 501, 111)
                                .payload(20)
                                .build())
                .at(
                        clientAt,
                        start + 5 * MS,
                        client.get().tcp(TCP_CLIENT, A3_TCP, fin, 111, 521).build())
                .at(
                        serverAt,
                        start + 6 * MS,
                        server.get().tcp(inside, TCP_CLIENT, fin, 521, 112).build())
                .at(
                        clientAt,
                        start + 7 * MS,
                        client.get().tcp(TCP_CLIENT, A3_TCP, ack, 112, 522).build());
    }

    private static void fromOutside(final Map<String, ScenarioInputs> all) {
        all.put(
                "port-forwarding/is-answered-for-by-the-host-of-its-guests",
                new ScenarioInputs().at(PROVIDER, 0, asks(U, UPSTREAM, SHARED)));
        all.put(
                "port-forwarding/tcp-from-outside",
                connection(new ScenarioInputs(), 0, PROVIDER, () -> outside(SHARED), TAP_A3, () -> a3(X)));
        all.put(
                "port-forwarding/udp-to-two-guests-of-one-host",
                new ScenarioInputs()
                        .at(PROVIDER, 0, question(outside(SHARED), B1_UDP))
                        .at(TAP_B1, MS, answer(b1(X), B1_UDP))
                        .at(PROVIDER, 2 * MS, question(outside(SHARED), A3_UDP))
                        .at(TAP_A3, 3 * MS, answer(a3(X), A3_UDP)));
        all.put(
                "port-forwarding/own-connections-of-the-guest-leave-by-snat",
                new ScenarioInputs()
                        .at(PROVIDER, 0, question(outside(SHARED), A3_UDP))
                        .at(TAP_A3, MS, answer(a3(X), A3_UDP))
                        .at(
                                TAP_A3,
                                2 * MS,
                                a3(X).udp(A3_UDP - INSIDE, CLIENT + 1)
                                        .payload(18)
                                        .build())
                        .at(
                                TAP_A3,
                                3 * MS,
                                a3(X).tcp(A3_TCP - INSIDE, TCP_CLIENT, TcpHeader.SYN, 100, 0)
                                        .build()));
        all.put(
                "port-forwarding/other-ports-end-at-the-floating-ip",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                outside(SHARED).icmpEcho(7, 1).payload(24).build())
                        .at(PROVIDER, MS, question(outside(SHARED), 28_099))
                        .at(
                                PROVIDER,
                                2 * MS,
                                outside(SHARED)
                                        .tcp(TCP_CLIENT, B1_UDP, TcpHeader.SYN, 100, 0)
                                        .build()));
        all.put(
                "port-forwarding/traceroute-from-outside",
                new ScenarioInputs()
                        .at(PROVIDER, 0, question(outside(SHARED).ttl(1), B1_UDP))
                        .at(PROVIDER, MS, question(outside(SHARED).ttl(2), B1_UDP))
                        .at(PROVIDER, 2 * MS, question(outside(SHARED).ttl(3), B1_UDP)));
        final ScenarioInputs fragments = new ScenarioInputs();
        final List<byte[]> question = TestFrames.fragments(
                outside(SHARED).id(31).udp(CLIENT, B1_UDP).payload(2_972).build(), 1_400);
        final List<byte[]> answer = TestFrames.fragments(
                b1(X).id(32).udp(B1_UDP - INSIDE, CLIENT).payload(1_992).build(), 1_400);
        fragments
                .at(PROVIDER, 0, question.get(2))
                .at(PROVIDER, MS, question.get(0))
                .at(PROVIDER, 2 * MS, question.get(1))
                .at(TAP_B1, 3 * MS, answer.get(1))
                .at(TAP_B1, 4 * MS, answer.get(0));
        all.put("fragments/to-a-forwarded-port-and-back", fragments);
    }

    private static void betweenGuests(final Map<String, ScenarioInputs> all) {
        all.put(
                "port-forwarding/from-a-floating-ip-of-the-same-host",
                new ScenarioInputs()
                        .at(TAP_A1, 0, question(a1(SHARED), B1_UDP))
                        .at(TAP_B1, MS, answer(b1("203.0.113.51"), B1_UDP)));
        all.put(
                "port-forwarding/from-a-floating-ip-of-another-host",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                question(
                                        TestFrames.ethernet(F2, F1)
                                                .ipv4("203.0.113.52", SHARED)
                                                .ttl(62),
                                        A3_UDP))
                        .at(TAP_A3, MS, answer(a3("203.0.113.52"), A3_UDP))
                        .at(PROVIDER, 2 * MS, tells(F2, "203.0.113.52", F1, "203.0.113.41")));
        all.put(
                "port-forwarding/from-a-guest-without-floating-ip",
                new ScenarioInputs()
                        .at(TAP_B1, 0, question(b1(SHARED), A3_UDP))
                        .at(
                                PROVIDER,
                                MS,
                                question(
                                        TestFrames.ethernet(Q, F1)
                                                .ipv4(QG, SHARED)
                                                .ttl(62),
                                        A3_UDP))
                        .at(TAP_A3, 2 * MS, answer(a3(QG), A3_UDP))
                        .at(PROVIDER, 3 * MS, tells(Q, QG, F1, "203.0.113.41")));
    }

    private static void errors(final Map<String, ScenarioInputs> all) {
        final TestFrames arrived = TestFrames.ethernet(GB, MB1)
                .ipv4(X, "10.0.2.11")
                .ttl(62)
                .udp(CLIENT, B1_UDP - INSIDE)
                .payload(18);
        all.put(
                "port-forwarding/error-of-the-guest-leaves-with-the-floating-ip",
                new ScenarioInputs()
                        .at(PROVIDER, 0, question(outside(SHARED), B1_UDP))
                        .at(
                                TAP_B1,
                                MS,
                                b1(X).icmpError(
                                                IcmpHeader.UNREACHABLE,
                                                IcmpHeader.PORT,
                                                0,
                                                TestFrames.quote(arrived.build(), 46))
                                        .build()));
        final TestFrames left = TestFrames.ethernet(F1, U)
                .ipv4(SHARED, X)
                .ttl(1)
                .udp(B1_UDP, CLIENT)
                .payload(32);
        all.put(
                "port-forwarding/error-from-outside-about-an-answer",
                new ScenarioInputs()
                        .at(PROVIDER, 0, question(outside(SHARED), B1_UDP))
                        .at(TAP_B1, MS, answer(b1(X), B1_UDP))
                        .at(
                                PROVIDER,
                                2 * MS,
                                TestFrames.ethernet(U, F1)
                                        .ipv4(H, SHARED)
                                        .icmpError(
                                                IcmpHeader.TIME_EXCEEDED,
                                                IcmpHeader.TTL_EXCEEDED,
                                                0,
                                                TestFrames.quote(left.build(), 28))
                                        .build())
                        .at(
                                PROVIDER,
                                3 * MS,
                                TestFrames.ethernet(U, F1)
                                        .ipv4(H, SHARED)
                                        .icmpError(
                                                IcmpHeader.UNREACHABLE,
                                                IcmpHeader.PORT,
                                                0,
                                                TestFrames.quote(
                                                        TestFrames.ethernet(F1, U)
                                                                .ipv4(SHARED, X)
                                                                .udp(A3_UDP, CLIENT)
                                                                .payload(32)
                                                                .build(),
                                                        28))
                                        .build()));
    }

    private static void changes(final Map<String, ScenarioInputs> all) {
        all.put(
                "port-forwarding/is-announced-with-its-first-port",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, UPSTREAM, SHARED))
                        .at(PROVIDER, 2 * SECOND, asks(U, UPSTREAM, SHARED)));
        all.put(
                "port-forwarding/is-removed-under-way",
                underWay()
                        .at(
                                PROVIDER,
                                3 * SECOND / 2,
                                outside(SHARED)
                                        .tcp(TCP_CLIENT, A3_TCP, TcpHeader.ACK, 101, 501)
                                        .build())
                        .at(
                                TAP_A3,
                                3 * SECOND / 2 + MS,
                                a3(X).tcp(A3_TCP - INSIDE, TCP_CLIENT, TcpHeader.ACK | TcpHeader.PSH, 501, 101)
                                        .payload(20)
                                        .build())
                        .at(TAP_B1, 3 * SECOND / 2 + 2 * MS, answer(b1(X), B1_UDP)));
        all.put(
                "port-forwarding/a-guest-on-a-second-host-takes-it-away",
                underWay()
                        .at(PROVIDER, 3 * SECOND / 2, asks(U, UPSTREAM, SHARED))
                        .at(PROVIDER, 3 * SECOND / 2 + MS, question(outside(SHARED), B1_UDP))
                        .at(TAP_B1, 3 * SECOND / 2 + 2 * MS, answer(b1(X), B1_UDP)));
    }

    /** Two connections of forwarded ports, the first second. */
    private static ScenarioInputs underWay() {
        return new ScenarioInputs()
                .at(
                        PROVIDER,
                        0,
                        outside(SHARED)
                                .tcp(TCP_CLIENT, A3_TCP, TcpHeader.SYN, 100, 0)
                                .build())
                .at(
                        TAP_A3,
                        MS,
                        a3(X).tcp(A3_TCP - INSIDE, TCP_CLIENT, TcpHeader.SYN | TcpHeader.ACK, 500, 101)
                                .build())
                .at(PROVIDER, 2 * MS, question(outside(SHARED), B1_UDP));
    }

    private static void atTheNetworkHost(final Map<String, ScenarioInputs> all) {
        all.put(
                "port-forwarding/network-host-leaves-it-to-the-host-of-its-guests",
                new ScenarioInputs().at(PROVIDER, 0, asks(U, UPSTREAM, SHARED)));
        all.put(
                "port-forwarding/network-host-serves-guests-of-two-hosts",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, UPSTREAM, SHARED))
                        .at(
                                PROVIDER,
                                MS,
                                outsideToQ()
                                        .tcp(TCP_CLIENT, A3_TCP, TcpHeader.SYN, 100, 0)
                                        .build())
                        .at(
                                UNDERLAY,
                                2 * MS,
                                toNetwork1(
                                        1,
                                        101,
                                        TestFrames.ethernet("fa:16:3f:00:00:01", SA)
                                                .ipv4("10.0.1.13", X)
                                                .ttl(63)
                                                .tcp(
                                                        A3_TCP - INSIDE,
                                                        TCP_CLIENT,
                                                        TcpHeader.SYN | TcpHeader.ACK,
                                                        500,
                                                        101)))
                        .at(PROVIDER, 3 * MS, question(outsideToQ(), B2_UDP))
                        .at(
                                UNDERLAY,
                                4 * MS,
                                toNetwork1(
                                        2,
                                        102,
                                        TestFrames.ethernet(D2, SB)
                                                .ipv4("10.0.2.12", X)
                                                .ttl(63)
                                                .udp(B2_UDP - INSIDE, CLIENT)
                                                .payload(32))));
        all.put(
                "port-forwarding/host-of-one-of-its-guests-does-not-answer",
                new ScenarioInputs()
                        .at(PROVIDER, 0, asks(U, UPSTREAM, SHARED))
                        .at(PROVIDER, MS, question(outside(SHARED), B1_UDP)));
    }

    private static TestFrames outsideToQ() {
        return TestFrames.ethernet(U, Q).ipv4(X, SHARED);
    }

    private static byte[] toNetwork1(final int host, final int vni, final TestFrames inner) {
        return TestFrames.vxlan(
                "02:00:00:00:00:0" + host, "02:00:00:00:00:03", "172.16.0." + host, "172.16.0.3", vni, inner.build());
    }

    private static void cloud(final Map<String, ScenarioInputs> all) {
        all.put(
                "cloud/forwarded-port-at-the-host-of-its-guest",
                connection(
                        new ScenarioInputs().at(WIRE, 0, asks(U, UPSTREAM, SHARED)),
                        MS,
                        WIRE,
                        () -> outside(SHARED),
                        "compute1/" + TAP_A3,
                        () -> a3(X)));
        all.put(
                "cloud/forwarded-port-from-a-guest-of-another-host",
                new ScenarioInputs()
                        .at(
                                "compute2/tapport-b2",
                                0,
                                question(TestFrames.ethernet(MB2, GB).ipv4("10.0.2.12", SHARED), A3_UDP))
                        .at(
                                "compute1/" + TAP_A3,
                                MS,
                                answer(TestFrames.ethernet(MA3, GA).ipv4("10.0.1.13", QG), A3_UDP)));
        all.put(
                "cloud/forwarded-ports-of-guests-on-two-hosts",
                new ScenarioInputs()
                        .at(WIRE, 0, asks(U, UPSTREAM, SHARED))
                        .at(WIRE, MS, question(outsideToQ(), A3_UDP))
                        .at("compute1/" + TAP_A3, 2 * MS, answer(a3(X), A3_UDP))
                        .at(WIRE, 3 * MS, question(outsideToQ(), B2_UDP))
                        .at(
                                "compute2/tapport-b2",
                                4 * MS,
                                answer(TestFrames.ethernet(MB2, GB).ipv4("10.0.2.12", X), B2_UDP)));
    }
}
