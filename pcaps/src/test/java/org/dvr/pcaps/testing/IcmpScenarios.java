package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.OWN;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.a3;
import static org.dvr.pcaps.testing.CastFrames.outside;

import java.util.Map;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;

/** ICMP errors and echo replies that routers send (dvr.md §10, contract.md §6 rows 4, 11, 25, 26). */
final class IcmpScenarios {
    private static final String PROVIDER = "provider";
    private static final String TAP_A1 = "tapport-a1";
    private static final String TAP_A3 = "tapport-a3";
    private static final String FLOATING = "203.0.113.51";
    private static final long MS = 1_000;
    private static final long SECOND = 1_000_000;

    private IcmpScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        timeExceeded(all);
        tooBig(all);
        unreachable(all);
        echoes(all);
        silence(all);
        collapsed(all);
    }

    private static void timeExceeded(final Map<String, ScenarioInputs> all) {
        all.put(
                "icmp/traceroute-to-outside",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1(X).ttl(1).udp(40000, 33434).payload(18).build())
                        .at(
                                TAP_A1,
                                MS,
                                a1(X).ttl(2).udp(40000, 33435).payload(18).build())
                        .at(
                                TAP_A1,
                                2 * MS,
                                a1(X).ttl(3).udp(40000, 33436).payload(18).build()));
        all.put(
                "icmp/traceroute-to-outside-without-floating-ip",
                new ScenarioInputs()
                        .at(
                                TAP_A3,
                                0,
                                a3(X).ttl(1).udp(40000, 33434).payload(18).build())
                        .at(
                                TAP_A3,
                                MS,
                                a3(X).ttl(2).udp(40000, 33435).payload(18).build()));
        all.put(
                "icmp/traceroute-between-subnets",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("10.0.2.11")
                                        .ttl(1)
                                        .udp(40000, 33434)
                                        .payload(18)
                                        .build())
                        .at(
                                TAP_A1,
                                MS,
                                a1("10.0.2.11")
                                        .ttl(2)
                                        .udp(40000, 33435)
                                        .payload(18)
                                        .build()));
        final ScenarioInputs inward = new ScenarioInputs();
        final ScenarioInputs inwardOwn = new ScenarioInputs();
        final ScenarioInputs pings = new ScenarioInputs();
        for (int i = 0; i < 3; i++) {
            inward.at(
                    PROVIDER,
                    i * MS,
                    outside(FLOATING)
                            .ttl(i + 1)
                            .udp(40000, 33434 + i)
                            .payload(18)
                            .build());
            inwardOwn.at(
                    PROVIDER,
                    i * MS,
                    TestFrames.ethernet(U, OWN)
                            .ipv4(X, FLOATING)
                            .ttl(i + 1)
                            .udp(40000, 33434 + i)
                            .payload(18)
                            .build());
            pings.at(
                    PROVIDER,
                    i * MS,
                    outside(FLOATING).ttl(i + 1).icmpEcho(7, i).payload(24).build());
        }
        all.put("icmp/traceroute-from-outside", inward);
        all.put("icmp/traceroute-from-outside-by-ping", pings);
        all.put("icmp/traceroute-from-outside-without-fg", inwardOwn);
        all.put(
                "icmp/traceroute-to-floating-ip-of-same-host",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("203.0.113.61")
                                        .ttl(1)
                                        .udp(40000, 33434)
                                        .payload(18)
                                        .build())
                        .at(
                                TAP_A1,
                                MS,
                                a1("203.0.113.61")
                                        .ttl(2)
                                        .udp(40000, 33435)
                                        .payload(18)
                                        .build())
                        .at(
                                TAP_A1,
                                2 * MS,
                                a1("203.0.113.61")
                                        .ttl(3)
                                        .udp(40000, 33436)
                                        .payload(18)
                                        .build())
                        .at(
                                TAP_A1,
                                3 * MS,
                                a1("203.0.113.61")
                                        .ttl(4)
                                        .udp(40000, 33437)
                                        .payload(18)
                                        .build()));
    }

    private static void tooBig(final Map<String, ScenarioInputs> all) {
        all.put(
                "icmp/fragmentation-needed-towards-outside",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1(X).dontFragment()
                                        .udp(5000, 7777)
                                        .payload(1_422)
                                        .build())
                        .at(
                                TAP_A1,
                                MS,
                                a1(X).dontFragment()
                                        .udp(5000, 7777)
                                        .payload(1_372)
                                        .build()));
        all.put(
                "icmp/fragmentation-needed-towards-guest",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                outside(FLOATING)
                                        .dontFragment()
                                        .udp(5000, 7777)
                                        .payload(1_472)
                                        .build())
                        .at(
                                PROVIDER,
                                MS,
                                outside(FLOATING)
                                        .dontFragment()
                                        .udp(5000, 7777)
                                        .payload(1_422)
                                        .build()));
        all.put(
                "icmp/fragmentation-needed-between-subnets",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("10.0.2.11")
                                        .dontFragment()
                                        .udp(5000, 7777)
                                        .payload(1_422)
                                        .build())
                        .at(
                                TAP_A1,
                                MS,
                                a1("10.0.2.11")
                                        .dontFragment()
                                        .udp(5000, 7777)
                                        .payload(1_372)
                                        .build()));
        all.put(
                "icmp/errors-to-outside-switched-off",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                outside(FLOATING)
                                        .dontFragment()
                                        .udp(5000, 7777)
                                        .payload(1_472)
                                        .build())
                        .at(
                                PROVIDER,
                                MS,
                                outside(FLOATING)
                                        .ttl(2)
                                        .udp(40000, 33435)
                                        .payload(18)
                                        .build())
                        .at(
                                PROVIDER,
                                2 * MS,
                                outside(FLOATING)
                                        .ttl(1)
                                        .udp(40000, 33434)
                                        .payload(18)
                                        .build()));
    }

    private static void unreachable(final Map<String, ScenarioInputs> all) {
        all.put(
                "icmp/host-unreachable-on-link",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("203.0.113.9").udp(5000, 7777).payload(18).build()));
        all.put(
                "icmp/host-unreachable-in-tenant-network",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("10.0.2.99").udp(5000, 7777).payload(18).build()));
        all.put(
                "icmp/network-unreachable-without-upstream-router",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1(X).udp(5000, 7777).payload(18).build()));
        all.put(
                "icmp/port-unreachable-at-own-addresses",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("10.0.1.1").udp(40000, 33434).payload(18).build())
                        .at(
                                TAP_A1,
                                MS,
                                a1("10.0.2.1").udp(40000, 33435).payload(18).build())
                        .at(
                                PROVIDER,
                                2 * MS,
                                outside("203.0.113.41")
                                        .udp(40000, 33434)
                                        .payload(18)
                                        .build()));
    }

    private static void echoes(final Map<String, ScenarioInputs> all) {
        all.put(
                "icmp/echo-to-own-addresses",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1("10.0.1.1").icmpEcho(7, 1).payload(24).build())
                        .at(
                                TAP_A1,
                                MS,
                                a1("10.0.2.1").icmpEcho(7, 2).payload(24).build())
                        .at(
                                TAP_A1,
                                2 * MS,
                                a1("169.254.64.0").icmpEcho(7, 3).payload(24).build())
                        .at(
                                PROVIDER,
                                3 * MS,
                                outside("203.0.113.41")
                                        .icmpEcho(7, 4)
                                        .payload(24)
                                        .build()));
    }

    private static void silence(final Map<String, ScenarioInputs> all) {
        final byte[] quoted = TestFrames.quote(
                TestFrames.ethernet(U, F1).ipv4(X, "10.0.1.11").udp(7777, 5000).build(), 28);
        final byte[] large = a1(X).ttl(1).id(9).udp(5000, 7777).payload(64).build();
        final byte[] first = TestFrames.fragments(large, 60).get(0);
        final byte[] second = TestFrames.fragments(large, 60).get(1);
        all.put(
                "icmp/no-error-about-errors-or-later-fragments",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1(X).ttl(1)
                                        .icmpError(IcmpHeader.UNREACHABLE, IcmpHeader.PORT, 0, quoted)
                                        .build())
                        .at(TAP_A1, MS, second)
                        .at(TAP_A1, 2 * MS, first));
        all.put(
                "icmp/no-error-about-broadcasts-or-martians",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("10.0.2.255")
                                        .ttl(1)
                                        .udp(5000, 7777)
                                        .payload(18)
                                        .build())
                        .at(
                                TAP_A1,
                                MS,
                                a1("10.0.1.1").tcp(40000, 22, TcpHeader.SYN).build())
                        .at(
                                TAP_A1,
                                2 * MS,
                                TestFrames.ethernet(CastFrames.MA1, CastFrames.GA)
                                        .ipv4("224.0.0.5", X)
                                        .ttl(1)
                                        .udp(5000, 7777)
                                        .build()));
        final ScenarioInputs burst = new ScenarioInputs();
        for (int i = 0; i < 60; i++) {
            burst.at(TAP_A1, 0, a1(X).ttl(1).udp(40000, 33434).payload(18).build());
        }
        for (int i = 0; i < 15; i++) {
            burst.at(TAP_A1, SECOND, a1(X).ttl(1).udp(40000, 33434).payload(18).build());
        }
        burst.at(TAP_A3, SECOND, a3(X).ttl(1).udp(40000, 33434).payload(18).build());
        all.put("icmp/errors-are-limited-to-50-and-10-each-second", burst);
    }

    private static void collapsed(final Map<String, ScenarioInputs> all) {
        all.put(
                "icmp/collapsed-router-is-one-hop",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1(X).udp(5000, 7777).payload(18).build())
                        .at(
                                PROVIDER,
                                MS,
                                outside(FLOATING).udp(7777, 5000).payload(18).build())
                        .at(
                                TAP_A1,
                                2 * MS,
                                a1(X).ttl(1).udp(40000, 33434).payload(18).build())
                        .at(
                                TAP_A1,
                                3 * MS,
                                a1(X).ttl(2).udp(40000, 33435).payload(18).build())
                        .at(
                                PROVIDER,
                                4 * MS,
                                outside(FLOATING)
                                        .ttl(1)
                                        .udp(40000, 33434)
                                        .payload(18)
                                        .build())
                        .at(
                                PROVIDER,
                                5 * MS,
                                outside(FLOATING)
                                        .ttl(2)
                                        .udp(40000, 33435)
                                        .payload(18)
                                        .build()));
    }
}
