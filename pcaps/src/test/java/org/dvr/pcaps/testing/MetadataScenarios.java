package org.dvr.pcaps.testing;

import static org.dvr.pcaps.testing.CastFrames.GA;
import static org.dvr.pcaps.testing.CastFrames.MA1;
import static org.dvr.pcaps.testing.CastFrames.a1;
import static org.dvr.pcaps.testing.CastFrames.asks;
import static org.dvr.pcaps.testing.CastFrames.tells;

import java.util.Map;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** Guests that ask for metadata, and the proxy of their host that answers (dvr.md §6.6, §9.16). */
final class MetadataScenarios {
    private static final String SERVICE = "169.254.169.254";
    private static final String DEVICE = "fa:16:ee:00:00:01";
    private static final String GUESTS = "fa:16:ee:00:00:02";
    private static final String PROXY = "240.0.0.1";
    private static final String AT_A1 = "tapport-a1";
    private static final String AT_PROXY = "metadata";
    private static final long STEP = 1_000;

    // The numbers that stand for guests: made from the router's id and the address, so the same in every run.
    private static final String NUMBER_A1 = "240.0.80.52";
    private static final String NUMBER_C1 = "240.0.224.71";
    private static final String NUMBER_LC1 = "240.0.163.49";

    private MetadataScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        all.put(
                "metadata/request-and-answers-of-a-guest",
                CastFrames.connection(AT_A1, () -> a1(SERVICE), "later", () -> proxy(NUMBER_A1))
                        .at(AT_PROXY, STEP / 2, asks(DEVICE, PROXY, NUMBER_A1))
                        .wrapped("later", AT_PROXY, frame -> frame));
        all.put("metadata/guests-with-one-address-are-told-apart", twoGuests());
        all.put(
                "metadata/legacy-router-serves-a-guest-of-another-host",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                fromCompute1(TestFrames.ethernet("fa:16:3e:0c:00:11", "fa:16:3e:0c:00:01")
                                        .ipv4("10.0.3.11", SERVICE)
                                        .tcp(40000, 80, TcpHeader.SYN, 100, 0)
                                        .build()))
                        .at(
                                AT_PROXY,
                                STEP,
                                proxy(NUMBER_LC1)
                                        .tcp(80, 40000, TcpHeader.SYN | TcpHeader.ACK, 500, 101)
                                        .build()));
        all.put("drops/metadata-refused", refused());
    }

    private static TestFrames proxy(final String number) {
        return TestFrames.ethernet(DEVICE, GUESTS).ipv4(PROXY, number).dontFragment();
    }

    private static byte[] fromCompute1(final byte[] inner) {
        return TestFrames.vxlan("02:00:00:00:00:01", "02:00:00:00:00:03", "172.16.0.1", "172.16.0.3", 103, inner);
    }

    private static ScenarioInputs twoGuests() {
        final ScenarioInputs inputs = new ScenarioInputs();
        inputs.at(AT_A1, 0, a1(SERVICE).tcp(40000, 80, TcpHeader.SYN, 100, 0).build());
        inputs.at(
                "tapport-c1",
                STEP,
                TestFrames.ethernet("fa:16:3e:0c:00:11", "fa:16:3e:0c:00:01")
                        .ipv4("10.0.1.11", SERVICE)
                        .tcp(40000, 80, TcpHeader.SYN, 200, 0)
                        .build());
        final int flags = TcpHeader.SYN | TcpHeader.ACK;
        long at = 2 * STEP;
        for (final String number : new String[] {NUMBER_C1, NUMBER_A1}) {
            inputs.at(
                    AT_PROXY,
                    at,
                    TestFrames.ethernet(DEVICE, GUESTS)
                            .ipv4("192.168.77.1", number)
                            .tcp(8775, 40000, flags, 500, 101)
                            .build());
            at += STEP;
        }
        return inputs;
    }

    private static ScenarioInputs refused() {
        final ScenarioInputs inputs = new ScenarioInputs();
        // Another port, another protocol, a fragment, another guest's address.
        inputs.at(AT_A1, 0, a1(SERVICE).tcp(40000, 443, TcpHeader.SYN).build());
        inputs.at(AT_A1, STEP, a1(SERVICE).udp(5000, 80).payload(18).build());
        inputs.at(
                AT_A1,
                2 * STEP,
                a1(SERVICE)
                        .fragment(0, true)
                        .tcp(40000, 80, TcpHeader.ACK)
                        .payload(12)
                        .build());
        inputs.at(
                AT_A1,
                3 * STEP,
                TestFrames.ethernet(MA1, GA)
                        .ipv4("10.0.1.13", SERVICE)
                        .tcp(40000, 80, TcpHeader.SYN)
                        .build());
        // A number of nobody, by ARP and by TCP; another port of the host, another protocol, an ARP reply.
        inputs.at(AT_PROXY, 4 * STEP, asks(DEVICE, PROXY, "240.0.255.254"));
        inputs.at(
                AT_PROXY,
                5 * STEP,
                proxy("240.0.255.254").tcp(80, 40000, TcpHeader.ACK).build());
        inputs.at(
                AT_PROXY,
                6 * STEP,
                proxy(NUMBER_A1).tcp(22, 40000, TcpHeader.SYN).build());
        inputs.at(
                AT_PROXY, 7 * STEP, proxy(NUMBER_A1).udp(80, 40000).payload(18).build());
        inputs.at(AT_PROXY, 8 * STEP, tells(DEVICE, PROXY, GUESTS, NUMBER_A1));
        // Larger than network A, and not to be fragmented.
        inputs.at(
                AT_PROXY,
                9 * STEP,
                proxy(NUMBER_A1).tcp(80, 40000, TcpHeader.ACK).payload(1_460).build());
        return inputs;
    }
}
