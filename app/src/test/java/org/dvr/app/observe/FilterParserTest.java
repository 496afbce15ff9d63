package org.dvr.app.observe;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.parse.FrameParser;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.pcaps.replay.HostTopology;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterParserTest {
    static final TopologySnapshot TOPOLOGY = HostTopology.load(
                    List.of(Path.of("..", "pcaps", "scenarios", "floating-ip", "udp-to-outside", "topology.yaml")),
                    "compute1")
            .start();
    private static final String A = "fa:16:3e:0a:00:11";
    private static final String B = "fa:16:3e:0a:00:13";

    static final byte[] DNS =
            ethernet(A, B).ipv4("10.0.1.11", "10.0.1.13").udp(4_000, 53).build();

    static Frame frame(final String at, final byte[] bytes) {
        final Attachment attachment = TOPOLOGY.attachments().stream()
                .filter(one -> one.name().equals(at))
                .findFirst()
                .orElseThrow();
        final Frame frame = new FramePool(1, 2_048).take();
        // Facts of the last frame in this place must not show through.
        frame.buffer().putBytes(frame.start(), DNS);
        frame.received(attachment, DNS.length);
        new FrameParser().parse(frame, TOPOLOGY);
        frame.buffer().putBytes(frame.start(), bytes);
        frame.received(attachment, bytes.length);
        new FrameParser().parse(frame, TOPOLOGY);
        return frame;
    }

    private static boolean matches(final String filter, final byte[] bytes) {
        return FilterParser.parse(filter, TOPOLOGY).filter().matches(frame("tapport-a1", bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "'', true",
        "host 10.0.1.11, true",
        "host 10.0.1.13, true",
        "host 10.0.1.12, false",
        "src host 10.0.1.11, true",
        "dst host 10.0.1.11, false",
        "net 10.0.1.0/28, true",
        "src net 10.0.1.13/32, false",
        "net 0.0.0.0/0, true",
        "port 53, true",
        "src port 53, false",
        "dst port 53, true",
        "udp, true",
        "tcp, false",
        "proto 17, true",
        "proto udp, true",
        "proto icmp, false",
        "arp, false",
        "ip, true",
        "ip6, false",
        "in tapport-a1, true",
        "in underlay, false",
        "vni 101, true",
        "vni 102, false",
        "vlan 5, false",
        "mac fa:16:3e:0a:00:11, true",
        "dst mac fa:16:3e:0a:00:11, false",
        "not tcp, true",
        "not not udp, true",
        "host 10.0.1.11 and udp port 53, error",
        "host 10.0.1.11 and udp and port 53, true",
        "host 10.0.1.12 or port 53, true",
        "host 10.0.1.12 or port 53 and tcp, false",
        "(host 10.0.1.11 or port 54) and tcp, false",
        "  ( ( host 10.0.1.11 ) )  and not ( tcp or icmp ) , true",
    })
    void shouldChooseWhatItSays(final String filter, final String expected) {
        if (expected.equals("error")) {
            assertThrows(ObserveException.class, () -> FilterParser.parse(filter, TOPOLOGY));
        } else {
            assertEquals(Boolean.parseBoolean(expected), matches(filter, DNS));
        }
    }

    @Test
    void shouldLookAtWhatAFrameHas() {
        final byte[] arp = ethernet(A, "ff:ff:ff:ff:ff:ff")
                .arpRequest(A, "10.0.1.11", "10.0.1.1")
                .build();
        assertTrue(matches("arp and src host 10.0.1.11 and dst host 10.0.1.1", arp));
        assertTrue(matches("proto arp", arp));
        assertFalse(matches("port 53", arp));
        final byte[] echo =
                ethernet(A, B).ipv4("10.0.1.11", "10.0.1.13").icmpEcho(53, 1).build();
        assertFalse(matches("port 53", echo));
        assertTrue(matches("icmp", echo));
        final byte[] ip6 =
                ethernet(A, B).ipv6("fd00::1", "fd00::2").udp(4_000, 53).build();
        assertTrue(matches("ip6 and port 53 and host fd00::2 and src host fd00::1", ip6));
        assertFalse(matches("dst host fd00::1", ip6));
        assertFalse(matches("host 10.0.1.11", ip6));
        final byte[] tagged =
                ethernet(A, B).vlan(5).ipv4("10.0.1.11", "10.0.1.13").udp(1, 2).build();
        assertTrue(matches("vlan 5", tagged));
        final byte[] later = ethernet(A, B)
                .ipv4("10.0.1.11", "10.0.1.13")
                .fragment(8, false)
                .udp(4_000, 53)
                .build();
        assertFalse(matches("port 53", later));
        assertTrue(matches("udp", later));
    }

    @Test
    void shouldLookInsideTunnels() {
        final byte[] wrapped =
                TestFrames.vxlan("02:00:00:00:00:02", "02:00:00:00:00:01", "172.16.0.2", "172.16.0.1", 101, DNS);
        final Frame frame = frame("underlay", wrapped);
        assertTrue(FilterParser.parse("in underlay and vni 101 and host 10.0.1.13 and port 53", TOPOLOGY)
                .filter()
                .matches(frame));
        assertFalse(FilterParser.parse("vni 102", TOPOLOGY).filter().matches(frame));
    }

    @Test
    void shouldKnowOfMalformedFramesOnlyWhereTheyCameIn() {
        final byte[] bytes = {1, 2, 3};
        assertTrue(matches("in tapport-a1", bytes));
        assertFalse(matches("host 10.0.1.11 or udp or port 53 or mac fa:16:3e:0a:00:11 or ip or vlan 0", bytes));
    }

    @Test
    void shouldTakeDroppedBesideTheRest() {
        assertTrue(FilterParser.parse("dropped", TOPOLOGY).isOfDropped());
        final FilterParser.Condition both = FilterParser.parse("udp and (dropped and port 53)", TOPOLOGY);
        assertTrue(both.isOfDropped());
        assertTrue(both.filter().matches(frame("tapport-a1", DNS)));
        assertFalse(FilterParser.parse("udp", TOPOLOGY).isOfDropped());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host | filter: 'host' takes an address, and nothing follows it",
                "host 10.0.1 | filter: '10.0.1' is no IPv4 or IPv6 address",
                "host fd00::x | filter: 'fd00::x' is no IPv4 or IPv6 address",
                "net 10.0.1.0 | filter: '10.0.1.0' is no IPv4 prefix such as 10.0.1.0/24",
                "port 65536 | filter: 'port' takes a number from 0 to 65535, not '65536'",
                "port dns | filter: 'port' takes a number from 0 to 65535, not 'dns'",
                "proto 256 | filter: '256' is no protocol: arp, icmp, icmp6, tcp, udp, sctp, gre, esp, vrrp or a number to 255",
                "mac 1:2:3 | filter: '1:2:3' is no MAC address",
                "in tapx | filter: there is no attachment point 'tapx' on host compute1",
                "src 10.0.1.11 | filter: 'src' takes host, net, port or mac, not '10.0.1.11'",
                "udp port 53 | filter: after 'udp' comes 'and' or 'or', not 'port'",
                "udp and | filter: nothing follows 'and'",
                "(udp | filter: a parenthesis is not closed",
                "udp ) | filter: after 'udp' comes 'and' or 'or', not ')'",
                "not dropped | filter: 'dropped' stands beside the rest; 'not dropped' cannot be told in time",
                "dropped or udp | filter: 'dropped' stands beside the rest, joined by 'and'; here it is joined by 'or'",
                "vni -1 | filter: 'vni' takes a number from 0 to 4294967295, not '-1'",
            })
    void shouldSayWhatCannotBeUsed(final String row) {
        final String[] parts = row.split(" \\| ", -1);
        final ObserveException refused =
                assertThrows(ObserveException.class, () -> FilterParser.parse(parts[0], TOPOLOGY));
        assertEquals(parts[1], refused.getMessage());
    }

    @Test
    void shouldBoundNesting() {
        final ObserveException refused =
                assertThrows(ObserveException.class, () -> FilterParser.parse("not ".repeat(1_000) + "udp", TOPOLOGY));
        assertEquals("filter: more than 32 parentheses and 'not' within each other", refused.getMessage());
        FilterParser.parse("udp and ".repeat(400) + "udp", TOPOLOGY).filter().matches(frame("tapport-a1", DNS));
    }
}
