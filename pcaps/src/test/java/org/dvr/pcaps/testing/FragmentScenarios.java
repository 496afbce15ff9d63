package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.X;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.outside;

import java.util.List;
import java.util.Map;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** Fragments where addresses are translated, and packets that routers cut (dvr.md §7.3, §10). */
final class FragmentScenarios {
    private static final String PROVIDER = "provider";
    private static final String TAP_A1 = "tapport-a1";
    private static final String FLOATING = "203.0.113.51";
    private static final long MS = 1_000;

    private FragmentScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        translated(all);
        cut(all);
        refused(all);
    }

    private static void translated(final Map<String, ScenarioInputs> all) {
        final ScenarioInputs inOrder = new ScenarioInputs();
        add(inOrder, TAP_A1, 0, parts(a1(X).id(11).udp(5000, 7777).payload(2_972), 1_450), 0, 1, 2);
        add(inOrder, PROVIDER, 5, parts(outside(FLOATING).id(12).udp(7777, 5000).payload(1_992), 1_400), 0, 1);
        all.put("fragments/udp-to-outside-and-back", inOrder);
        final ScenarioInputs anyOrder = new ScenarioInputs();
        add(
                anyOrder,
                PROVIDER,
                0,
                parts(outside(FLOATING).id(13).udp(5000, 7777).payload(2_972), 1_400),
                2,
                0,
                1);
        all.put("fragments/the-last-one-comes-first", anyOrder);
        final ScenarioInputs pings = new ScenarioInputs();
        add(pings, TAP_A1, 0, parts(a1(X).id(20).icmpEcho(7, 1).payload(2_992), 1_450), 2, 1, 0);
        add(
                pings,
                PROVIDER,
                3,
                parts(outside(FLOATING).id(21).icmpEchoReply(7, 1).payload(2_992), 1_400),
                1,
                2,
                0);
        all.put("fragments/ping-with-the-first-one-last", pings);
        final ScenarioInputs hairpin = new ScenarioInputs();
        add(hairpin, TAP_A1, 0, parts(a1("203.0.113.61").id(14).udp(5000, 7777).payload(2_972), 1_450), 2, 1, 0);
        all.put("fragments/to-floating-ip-of-same-host", hairpin);
    }

    private static void cut(final Map<String, ScenarioInputs> all) {
        all.put(
                "fragments/cut-on-the-way-to-the-guest",
                new ScenarioInputs()
                        .at(
                                PROVIDER,
                                0,
                                outside(FLOATING)
                                        .id(15)
                                        .udp(5000, 7777)
                                        .payload(1_472)
                                        .build()));
        final ScenarioInputs further = new ScenarioInputs();
        add(further, PROVIDER, 0, parts(outside(FLOATING).id(16).udp(5000, 7777).payload(2_952), 1_500), 0, 1);
        all.put("fragments/cut-further-on-the-way-to-the-guest", further);
        all.put(
                "fragments/cut-between-subnets",
                new ScenarioInputs()
                        .at(
                                TAP_A1,
                                0,
                                a1("10.0.2.11")
                                        .id(17)
                                        .udp(5000, 7777)
                                        .payload(1_400)
                                        .build())
                        .at(
                                TAP_A1,
                                MS,
                                a1("10.0.2.12")
                                        .id(18)
                                        .udp(5000, 7777)
                                        .payload(1_400)
                                        .build()));
    }

    private static void refused(final Map<String, ScenarioInputs> all) {
        final List<byte[]> parts =
                parts(outside(FLOATING).id(18).udp(5000, 7777).payload(152), 84);
        all.put(
                "drops/fragments-that-overlap",
                new ScenarioInputs()
                        .at(PROVIDER, 0, parts.get(0))
                        .at(PROVIDER, MS, part(18, IpProtocol.UDP, 32, true, 64))
                        .at(PROVIDER, 2 * MS, parts.get(2)));
        final ScenarioInputs rest = new ScenarioInputs();
        add(
                rest,
                PROVIDER,
                0,
                parts(
                        outside(FLOATING)
                                .id(19)
                                .tcp(5000, 80, TcpHeader.SYN | TcpHeader.ACK)
                                .payload(100),
                        84),
                0,
                1);
        all.put("drops/rest-of-a-refused-packet", rest);
        all.put(
                "drops/tiny-and-overlong-fragments",
                new ScenarioInputs()
                        .at(PROVIDER, 0, part(22, IpProtocol.TCP, 0, true, 16))
                        .at(PROVIDER, MS, part(23, IpProtocol.UDP, 8, true, 17))
                        .at(PROVIDER, 2 * MS, part(24, IpProtocol.ICMP, 65_528, false, 100)));
        final ScenarioInputs many = new ScenarioInputs();
        for (int i = 0; i < 66; i++) {
            many.at(PROVIDER, i, part(100 + i % 8, IpProtocol.UDP, 64 + i / 8 * 64, true, 64));
        }
        all.put("drops/too-many-fragments-wait", many);
    }

    private static byte[] part(
            final int id, final int protocol, final int offset, final boolean more, final int length) {
        return outside(FLOATING)
                .id(id)
                .fragment(offset, more)
                .protocol(protocol, new byte[length])
                .build();
    }

    private static List<byte[]> parts(final TestFrames packet, final int mtu) {
        return TestFrames.fragments(packet.build(), mtu);
    }

    /** Fragments in an order, a millisecond apart. */
    private static void add(
            final ScenarioInputs inputs,
            final String at,
            final long millis,
            final List<byte[]> parts,
            final int... order) {
        for (int i = 0; i < order.length; i++) {
            inputs.at(at, (millis + i) * MS, parts.get(order[i]));
        }
    }
}
