package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.BROADCAST;
import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.F2;
import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.GB;
import static org.dvr.pcaps.testing.CastFrames.MA1;
import static org.dvr.pcaps.testing.CastFrames.MA2;
import static org.dvr.pcaps.testing.CastFrames.MB2;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.asks;
import static org.dvr.pcaps.testing.CastFrames.b1;
import static org.dvr.pcaps.testing.CastFrames.connection;
import static org.dvr.pcaps.testing.CastFrames.datagrams;
import static org.dvr.pcaps.testing.CastFrames.outside;

import java.util.Map;
import java.util.function.Supplier;
import org.dvr.codec.testing.TestFrames;

/** Whole walks through several hosts that are wired together (dvr.md §9.2, §9.4 to §9.9). */
final class CloudScenarios {
    private static final String TAP_A1 = "compute1/tapport-a1";
    private static final String TAP_A2 = "compute2/tapport-a2";
    private static final String TAP_B1 = "compute1/tapport-b1";
    private static final String TAP_B2 = "compute2/tapport-b2";
    private static final String PROVIDER = "wire-provider";
    private static final long MS = 1_000;

    private CloudScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        all.put("cloud/same-subnet-across-hosts", sameSubnet());
        all.put("cloud/hosts-ask-each-other-by-arp", sameSubnet());
        for (final String wire : new String[] {"", "-over-gre", "-over-vlan"}) {
            all.put("cloud/routed-across-hosts" + wire, routed());
        }
        all.put(
                "cloud/broadcast-reaches-every-host",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                TestFrames.ethernet(MA1, BROADCAST)
                                        .ipv4("10.0.1.11", "10.0.1.255")
                                        .udp(5000, 9999)
                                        .payload(18)
                                        .build()));
        all.put(
                "cloud/floating-ip-to-floating-ip-across-hosts",
                connection(TAP_A1, () -> a1("203.0.113.52"), TAP_A2, () -> a2("203.0.113.51")));
        all.put(
                "cloud/floating-ip-to-floating-ip-on-one-host",
                connection(TAP_A1, () -> a1("203.0.113.61"), TAP_B1, () -> b1("203.0.113.51")));
        all.put("cloud/each-host-answers-for-its-floating-ips", asksForFloatingIps());
        all.put("cloud/to-outside-and-back", datagrams(TAP_A1, () -> a1(X), PROVIDER, () -> outside("203.0.113.51")));
        all.put("cloud/floating-ip-moves-to-another-host", moves());
    }

    private static TestFrames a2(final String destination) {
        return TestFrames.ethernet(MA2, GA).ipv4("10.0.1.12", destination);
    }

    private static TestFrames b2(final String destination) {
        return TestFrames.ethernet(MB2, GB).ipv4("10.0.2.12", destination);
    }

    /** Each guest asks for the other, the first sends an echo request, the second answers. */
    private static ScenarioInputs sameSubnet() {
        return new ScenarioInputs()
                .at(TAP_A1, 0, asks(MA1, "10.0.1.11", "10.0.1.12"))
                .at(
                        TAP_A1,
                        MS,
                        TestFrames.ethernet(MA1, MA2)
                                .ipv4("10.0.1.11", "10.0.1.12")
                                .icmpEcho(7, 1)
                                .payload(24)
                                .build())
                .at(TAP_A2, 2 * MS, asks(MA2, "10.0.1.12", "10.0.1.11"))
                .at(
                        TAP_A2,
                        3 * MS,
                        TestFrames.ethernet(MA2, MA1)
                                .ipv4("10.0.1.12", "10.0.1.11")
                                .icmpEchoReply(7, 1)
                                .payload(24)
                                .build());
    }

    /** Each guest asks for its gateway, the first sends an echo request, the second answers. */
    private static ScenarioInputs routed() {
        return new ScenarioInputs()
                .at(TAP_A1, 0, asks(MA1, "10.0.1.11", "10.0.1.1"))
                .at(TAP_A1, MS, a1("10.0.2.12").icmpEcho(7, 1).payload(24).build())
                .at(TAP_B2, 2 * MS, asks(MB2, "10.0.2.12", "10.0.2.1"))
                .at(
                        TAP_B2,
                        3 * MS,
                        b2("10.0.1.11").icmpEchoReply(7, 1).payload(24).build());
    }

    /** The upstream router asks for and pings a floating IP of each host, and asks for one that is nobody's. */
    private static ScenarioInputs asksForFloatingIps() {
        return new ScenarioInputs()
                .at(PROVIDER, 0, asks(U, "203.0.113.1", "203.0.113.51"))
                .at(
                        PROVIDER,
                        MS,
                        outside("203.0.113.51").icmpEcho(7, 1).payload(24).build())
                .at(TAP_A1, 2 * MS, a1(X).icmpEchoReply(7, 1).payload(24).build())
                .at(PROVIDER, 3 * MS, asks(U, "203.0.113.1", "203.0.113.52"))
                .at(
                        PROVIDER,
                        4 * MS,
                        TestFrames.ethernet(U, F2)
                                .ipv4(X, "203.0.113.52")
                                .icmpEcho(8, 1)
                                .payload(24)
                                .build())
                .at(TAP_A2, 5 * MS, a2(X).icmpEchoReply(8, 1).payload(24).build())
                .at(PROVIDER, 6 * MS, asks(U, "203.0.113.1", "203.0.113.99"));
    }

    /** A datagram each way before and after. */
    private static ScenarioInputs moves() {
        final Supplier<TestFrames> question = () -> outside("203.0.113.51");
        return new ScenarioInputs()
                .at(PROVIDER, 0, question.get().udp(5000, 7777).payload(18).build())
                .at(TAP_A1, MS, a1(X).udp(7777, 5000).payload(32).build())
                .at(
                        PROVIDER,
                        6 * MS,
                        TestFrames.ethernet(U, F2)
                                .ipv4(X, "203.0.113.51")
                                .udp(5000, 7777)
                                .payload(18)
                                .build())
                .at(TAP_B2, 7 * MS, b2(X).udp(7777, 5000).payload(32).build())
                .at(
                        PROVIDER,
                        8 * MS,
                        TestFrames.ethernet(U, F1)
                                .ipv4(X, "203.0.113.51")
                                .udp(5001, 7777)
                                .payload(18)
                                .build());
    }
}
