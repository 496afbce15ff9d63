package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.F1;
import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.MA1;
import static org.dvr.pcaps.testing.CastFrames.Q;
import static org.dvr.pcaps.testing.CastFrames.SA;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.outside;

import java.util.Map;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** What runs short, and what may not count: source ports, connections, wrong checksums, answers that nobody has asked for. */
final class LimitScenarios {
    private static final String TAP_A1 = "tapport-a1";
    private static final String PROVIDER = "provider";
    private static final String UNDERLAY = "underlay";
    private static final String FLOATING = "203.0.113.51";
    private static final String CENTRAL = "203.0.113.71";
    private static final String ELSEWHERE = "9.9.9.9";
    private static final long STEP = 1_000;

    private LimitScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        ports(all);
        connections(all);
        checksums(all);
        final int id = 7; // of the request and of every reply
        all.put(
                "floating-ip/echo-reply-that-nobody-has-asked-for",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1(X).icmpEchoReply(id, 1).payload(24).build())
                        .at(
                                PROVIDER,
                                STEP,
                                outside(FLOATING)
                                        .icmpEchoReply(id, 1)
                                        .payload(24)
                                        .build())
                        .at(TAP_A1, 2 * STEP, a1(X).icmpEcho(id, 2).payload(24).build())
                        .at(
                                TAP_A1,
                                3 * STEP,
                                a1(X).icmpEchoReply(id, 2).payload(24).build())
                        .at(
                                PROVIDER,
                                4 * STEP,
                                outside(FLOATING)
                                        .icmpEchoReply(id, 2)
                                        .payload(24)
                                        .build()));
    }

    /** Four ports are there, five guests' flows come, and one more to somebody else. */
    private static void ports(final Map<String, ScenarioInputs> all) {
        final ScenarioInputs shared = new ScenarioInputs();
        final ScenarioInputs identifiers = new ScenarioInputs();
        final ScenarioInputs floating = new ScenarioInputs();
        for (int i = 0; i <= 5; i++) {
            final String to = i == 5 ? ELSEWHERE : X;
            shared.at(
                    UNDERLAY,
                    i * STEP,
                    tunneled(inner(to).udp(6000 + i, 7777).payload(18).build()));
            identifiers.at(
                    UNDERLAY,
                    i * STEP,
                    tunneled(inner(to).icmpEcho(i, 1).payload(24).build()));
            floating.at(TAP_A1, i * STEP, a1(to).udp(6000 + i, 7777).payload(18).build());
        }
        all.put("limits/source-ports-run-out", shared);
        all.put("limits/echo-identifiers-run-out", identifiers);
        all.put("limits/source-ports-of-a-floating-ip-run-out", floating);
    }

    private static void connections(final Map<String, ScenarioInputs> all) {
        final ScenarioInputs flows = new ScenarioInputs();
        for (int i = 0; i < 17; i++) {
            flows.at(TAP_A1, i * STEP, a1(X).udp(6000 + i, 7777).payload(18).build());
        }
        all.put("limits/connection-table-passes-80-percent", flows);
    }

    private static void checksums(final Map<String, ScenarioInputs> all) {
        final ScenarioInputs floating = new ScenarioInputs();
        final ScenarioInputs central = new ScenarioInputs();
        for (int i = 0; i < 3; i++) {
            floating.at(TAP_A1, i * STEP, wrong(a1(X), i));
            floating.at(PROVIDER, i * STEP, wrong(outside(FLOATING), i));
            central.at(UNDERLAY, i * STEP, tunneled(wrong(inner(X), i)));
            central.at(PROVIDER, i * STEP, wrong(TestFrames.ethernet(U, Q).ipv4(X, CENTRAL), i));
        }
        floating.at(
                TAP_A1,
                4 * STEP,
                a1(X).udp(5000, 7777).noTransportChecksum().payload(18).build());
        central.at(
                UNDERLAY,
                4 * STEP,
                tunneled(inner(X).udp(5000, 7777)
                        .noTransportChecksum()
                        .payload(18)
                        .build()));
        all.put("floating-ip/wrong-checksums-open-nothing", floating);
        all.put("network-host/wrong-checksums-open-nothing", central);
        final int syn = TcpHeader.SYN;
        final int ack = TcpHeader.ACK;
        all.put(
                "floating-ip/reset-with-a-wrong-checksum-ends-nothing",
                new ScenarioInputs()
                        .at(TAP_A1, 0, a1(X).tcp(40000, 80, syn, 100, 0).build())
                        .at(
                                PROVIDER,
                                STEP,
                                toFloating().tcp(80, 40000, syn | ack, 500, 101).build())
                        .at(
                                TAP_A1,
                                2 * STEP,
                                a1(X).tcp(40000, 80, ack, 101, 501).build())
                        .at(
                                PROVIDER,
                                3 * STEP,
                                toFloating()
                                        .tcp(80, 40000, TcpHeader.RST, 501, 0)
                                        .badTransportChecksum()
                                        .build())
                        .at(
                                TAP_A1,
                                20_000_000,
                                a1(X).tcp(40000, 80, ack, 101, 501).payload(5).build()));
        all.put(
                "icmp/no-error-about-udp-with-a-wrong-checksum",
                new ScenarioInputs()
                        .at(TAP_A1, 0, toGateway().badTransportChecksum().build())
                        .at(TAP_A1, STEP, toGateway().build()));
    }

    private static TestFrames toGateway() {
        return TestFrames.ethernet(MA1, GA)
                .ipv4("10.0.1.11", "10.0.1.1")
                .udp(5000, 33434)
                .payload(18);
    }

    private static TestFrames toFloating() {
        return TestFrames.ethernet(U, F1).ipv4(X, FLOATING);
    }

    private static byte[] wrong(final TestFrames from, final int kind) {
        final TestFrames packet =
                switch (kind) {
                    case 0 -> from.tcp(40000, 80, TcpHeader.SYN, 100, 0);
                    case 1 -> from.udp(5000, 7777);
                    default -> from.icmpEcho(7, 1);
                };
        return packet.payload(18).badTransportChecksum().build();
    }

    /** What R on compute1 sends to the csnat port of A for the guest a3. */
    private static TestFrames inner(final String to) {
        return TestFrames.ethernet("fa:16:3f:00:00:01", SA)
                .ipv4("10.0.1.13", to)
                .ttl(63);
    }

    private static byte[] tunneled(final byte[] inner) {
        return TestFrames.vxlan("02:00:00:00:00:01", "02:00:00:00:00:03", "172.16.0.1", "172.16.0.3", 101, inner);
    }
}
