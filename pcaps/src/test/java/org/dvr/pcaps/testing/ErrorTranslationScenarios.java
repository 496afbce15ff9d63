package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.GB;
import static org.dvr.pcaps.testing.CastFrames.MA1;
import static org.dvr.pcaps.testing.CastFrames.MB1;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.a3;
import static org.dvr.pcaps.testing.CastFrames.b1;
import static org.dvr.pcaps.testing.CastFrames.outside;

import java.util.Map;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;

/**
 * ICMP errors that others send about translated packets (dvr.md §10, RFC 5508). Connections are opened from outside or have no ports, so that what is quoted does
 * not depend on ports that are chosen here.
 */
final class ErrorTranslationScenarios {
    private static final String PROVIDER = "provider";
    private static final String TAP_A1 = "tapport-a1";
    private static final String TAP_A3 = "tapport-a3";
    private static final String TAP_B1 = "tapport-b1";
    private static final String FLOATING = "203.0.113.51";
    private static final String FLOATING_B1 = "203.0.113.61";
    /** A router in the middle, outside. */
    private static final String H = "198.51.100.7";

    private static final long MS = 1_000;

    private ErrorTranslationScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        fromOutside(all);
        fromInside(all);
        drops(all);
    }

    /** What a1 has sent, as it is outside. */
    private static TestFrames left() {
        return TestFrames.ethernet(F1, U).ipv4(FLOATING, X).ttl(1);
    }

    /** What X has sent, as a1 got it. */
    private static TestFrames arrived() {
        return TestFrames.ethernet(GA, MA1).ipv4(X, "10.0.1.11").ttl(62);
    }

    private static byte[] error(
            final TestFrames carrier,
            final int type,
            final int code,
            final int mtu,
            final TestFrames about,
            final int length) {
        return carrier.icmpError(type, code, mtu, TestFrames.quote(about.build(), length))
                .build();
    }

    private static TestFrames fromRouter(final String to) {
        return TestFrames.ethernet(U, F1).ipv4(H, to);
    }

    private static ScenarioInputs afterDatagrams() {
        return new ScenarioInputs()
                .at(PROVIDER, 0, outside(FLOATING).udp(5000, 7777).payload(18).build())
                .at(TAP_A1, MS, a1(X).udp(7777, 5000).payload(32).build());
    }

    private static void fromOutside(final Map<String, ScenarioInputs> all) {
        all.put(
                "icmp/error-from-outside-about-udp",
                afterDatagrams()
                        .at(
                                PROVIDER,
                                2 * MS,
                                error(
                                        outside(FLOATING),
                                        IcmpHeader.UNREACHABLE,
                                        IcmpHeader.PORT,
                                        0,
                                        left().udp(7777, 5000).payload(32),
                                        60))
                        .at(
                                PROVIDER,
                                3 * MS,
                                error(
                                        fromRouter(FLOATING),
                                        IcmpHeader.TIME_EXCEEDED,
                                        IcmpHeader.TTL_EXCEEDED,
                                        0,
                                        left().udp(7777, 5000).payload(32),
                                        28)));
        final TestFrames answer = left().tcp(80, 40000, TcpHeader.SYN | TcpHeader.ACK, 500, 101);
        all.put(
                "icmp/error-from-outside-about-tcp",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                outside(FLOATING)
                                        .tcp(40000, 80, TcpHeader.SYN, 100, 0)
                                        .build())
                        .at(
                                TAP_A1,
                                MS,
                                a1(X).tcp(80, 40000, TcpHeader.SYN | TcpHeader.ACK, 500, 101)
                                        .build())
                        .at(PROVIDER, 2 * MS, error(fromRouter(FLOATING), IcmpHeader.TIME_EXCEEDED, 0, 0, answer, 40))
                        .at(
                                PROVIDER,
                                3 * MS,
                                error(fromRouter(FLOATING), IcmpHeader.UNREACHABLE, IcmpHeader.HOST, 0, answer, 28)));
        all.put(
                "icmp/error-from-outside-about-echo",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                outside(FLOATING).icmpEcho(7, 1).payload(24).build())
                        .at(TAP_A1, MS, a1(X).icmpEchoReply(7, 1).payload(24).build())
                        .at(
                                PROVIDER,
                                2 * MS,
                                error(
                                        fromRouter(FLOATING),
                                        IcmpHeader.UNREACHABLE,
                                        IcmpHeader.HOST,
                                        0,
                                        left().icmpEchoReply(7, 1).payload(24),
                                        52)));
        all.put(
                "icmp/fragmentation-needed-from-outside-reaches-the-guest",
                new ScenarioInputs()
                        .at(PROVIDER, 0, outside(FLOATING).udp(5000, 7777).build())
                        .at(
                                TAP_A1,
                                MS,
                                a1(X).dontFragment()
                                        .udp(7777, 5000)
                                        .payload(1_400)
                                        .build())
                        .at(
                                PROVIDER,
                                2 * MS,
                                error(
                                        fromRouter(FLOATING),
                                        IcmpHeader.UNREACHABLE,
                                        IcmpHeader.FRAGMENTATION_NEEDED,
                                        1_400,
                                        left().ttl(60)
                                                .dontFragment()
                                                .udp(7777, 5000)
                                                .payload(1_400),
                                        548)));
        final byte[] options = {7, 7, 4, 0, 0, 0, 0, 1}; // record route, and a no-operation
        all.put(
                "icmp/error-from-outside-with-options-in-the-quote",
                afterDatagrams()
                        .at(
                                PROVIDER,
                                2 * MS,
                                error(
                                        fromRouter(FLOATING),
                                        IcmpHeader.TIME_EXCEEDED,
                                        IcmpHeader.TTL_EXCEEDED,
                                        0,
                                        left().options(options).udp(7777, 5000).payload(32),
                                        36)));
    }

    private static void fromInside(final Map<String, ScenarioInputs> all) {
        final byte[] request = outside(FLOATING).udp(5000, 7777).payload(18).build();
        final TestFrames delivered = arrived().udp(5000, 7777).payload(18);
        all.put(
                "icmp/error-of-a-guest-leaves-with-its-floating-ip",
                new ScenarioInputs()
                        .at(PROVIDER, 0, request)
                        .at(TAP_A1, MS, error(a1(X), IcmpHeader.UNREACHABLE, IcmpHeader.PORT, 0, delivered, 46)));
        all.put(
                "icmp/error-of-a-host-in-the-middle-leaves-with-the-floating-ip",
                new ScenarioInputs()
                        .at(PROVIDER, 0, request)
                        .at(TAP_A3, MS, error(a3(X), IcmpHeader.UNREACHABLE, IcmpHeader.HOST, 0, delivered, 46)));
        all.put(
                "icmp/error-between-floating-ips-of-one-host",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1(FLOATING_B1)
                                        .protocol(IpProtocol.GRE, new byte[24])
                                        .build())
                        .at(
                                TAP_B1,
                                MS,
                                error(
                                        b1(FLOATING),
                                        IcmpHeader.UNREACHABLE,
                                        IcmpHeader.PROTOCOL,
                                        0,
                                        TestFrames.ethernet(GB, MB1)
                                                .ipv4(FLOATING, "10.0.2.11")
                                                .ttl(61)
                                                .protocol(IpProtocol.GRE, new byte[24]),
                                        44)));
    }

    private static void drops(final Map<String, ScenarioInputs> all) {
        final TestFrames sent = left().udp(7777, 5000).payload(32);
        final int unreachable = IcmpHeader.UNREACHABLE;
        final TestFrames ofError = left().icmpError(unreachable, 1, 0, TestFrames.quote(sent.build(), 28));
        all.put(
                "drops/icmp-errors-with-wrong-quotes",
                afterDatagrams()
                        .at(PROVIDER, 2 * MS, error(fromRouter(FLOATING), unreachable, 1, 0, sent, 23))
                        .at(PROVIDER, 3 * MS, error(fromRouter(FLOATING), unreachable, 1, 0, sent, 12))
                        .at(
                                PROVIDER,
                                4 * MS,
                                fromRouter(FLOATING)
                                        .icmpError(unreachable, 1, 0, new byte[28])
                                        .build())
                        .at(
                                PROVIDER,
                                5 * MS,
                                error(
                                        fromRouter(FLOATING),
                                        unreachable,
                                        1,
                                        0,
                                        left().badIpChecksum().udp(7777, 5000),
                                        28))
                        .at(
                                PROVIDER,
                                6 * MS,
                                error(
                                        fromRouter(FLOATING),
                                        unreachable,
                                        1,
                                        0,
                                        left().fragment(8, false).protocol(IpProtocol.UDP, new byte[8]),
                                        28))
                        .at(PROVIDER, 7 * MS, error(fromRouter(FLOATING), unreachable, 1, 0, ofError, 56))
                        .at(
                                PROVIDER,
                                8 * MS,
                                error(fromRouter(FLOATING).badTransportChecksum(), unreachable, 1, 0, sent, 28)));
        all.put(
                "drops/icmp-error-to-another-floating-ip",
                afterDatagrams().at(PROVIDER, 2 * MS, error(fromRouter(FLOATING_B1), unreachable, 1, 0, sent, 28)));
        all.put(
                "drops/icmp-redirect-about-a-translated-packet",
                afterDatagrams()
                        .at(
                                PROVIDER,
                                2 * MS,
                                error(fromRouter(FLOATING), IcmpHeader.REDIRECT, 1, 0xCB00_7102, sent, 28)));
    }
}
