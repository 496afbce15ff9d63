package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.Q;
import static org.dvr.pcaps.testing.CastFrames.U;
import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a3;

import java.util.List;
import java.util.Map;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;

/** TTL, MTU and fragments on the whole walk of a guest without floating IP to outside (dvr.md §7.4, §10). */
final class PathScenarios {
    private static final String TAP_A3 = "compute1/tapport-a3";
    private static final String PROVIDER = "wire-provider";
    private static final String QG = "203.0.113.30";
    /** A router further out, with a smaller MTU behind it. */
    private static final String FAR_ROUTER = "198.51.100.5";

    private static final String UPSTREAM = "203.0.113.1";
    private static final int MS = 1_000;

    private PathScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        all.put("cloud/traceroute-through-the-network-host", traceroute());
        all.put("cloud/path-mtu-through-the-network-host", pathMtu());
        all.put("cloud/fragments-through-the-network-host", fragments());
    }

    private static ScenarioInputs traceroute() {
        final ScenarioInputs inputs = new ScenarioInputs();
        for (int ttl = 1; ttl <= 3; ttl++) {
            inputs.at(
                    TAP_A3,
                    (long) ttl * MS,
                    a3(X).ttl(ttl).udp(5000, 33_433 + ttl).payload(18).build());
        }
        return inputs.at(
                PROVIDER,
                4 * MS,
                outside(UPSTREAM)
                        .icmpError(
                                IcmpHeader.TIME_EXCEEDED,
                                IcmpHeader.TTL_EXCEEDED,
                                0,
                                TestFrames.quote(
                                        left().ttl(1)
                                                .udp(5000, 33_436)
                                                .payload(18)
                                                .build(),
                                        46))
                        .build());
    }

    private static ScenarioInputs pathMtu() {
        return new ScenarioInputs()
                .at(
                        TAP_A3,
                        0,
                        a3(X).dontFragment().udp(5000, 7777).payload(1_400).build())
                .at(
                        PROVIDER,
                        MS,
                        outside(FAR_ROUTER)
                                .icmpError(
                                        IcmpHeader.UNREACHABLE,
                                        IcmpHeader.FRAGMENTATION_NEEDED,
                                        1_300,
                                        TestFrames.quote(
                                                left().dontFragment()
                                                        .ttl(61)
                                                        .udp(5000, 7777)
                                                        .payload(1_400)
                                                        .build(),
                                                28))
                                .build())
                .at(
                        PROVIDER,
                        2 * MS,
                        outside(X).dontFragment().udp(7777, 5000).payload(1_460).build());
    }

    /** A datagram each way, in two fragments. */
    private static ScenarioInputs fragments() {
        final List<byte[]> question =
                TestFrames.fragments(a3(X).id(1).udp(5000, 7777).payload(2_000).build(), 1_400);
        final List<byte[]> answer = TestFrames.fragments(
                outside(X).id(2).udp(7777, 5000).payload(2_000).build(), 1_400);
        return new ScenarioInputs()
                .at(TAP_A3, 0, question.get(0))
                .at(TAP_A3, MS, question.get(1))
                .at(PROVIDER, 2 * MS, answer.get(0))
                .at(PROVIDER, 3 * MS, answer.get(1));
    }

    private static TestFrames outside(final String from) {
        return TestFrames.ethernet(U, Q).ipv4(from, QG);
    }

    /** What a3 sent, as it left the network host. */
    private static TestFrames left() {
        return TestFrames.ethernet(Q, U).ipv4(QG, X);
    }
}
