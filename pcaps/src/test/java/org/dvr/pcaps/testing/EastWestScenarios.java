package org.dvr.pcaps.testing;

import java.util.Map;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** Inputs of scenarios inside and between tenant networks: {@code same-subnet}, {@code routed}, {@code arp}, {@code vlan}, {@code ipv6}, {@code bridge}. */
final class EastWestScenarios {
    // The cast of dvr.md §9.0.
    private static final String GA = "fa:16:3e:0a:00:01";
    private static final String GB = "fa:16:3e:0b:00:01";
    private static final String GC = "fa:16:3e:0c:00:01";
    private static final String A1 = "fa:16:3e:0a:00:11";
    private static final String A2 = "fa:16:3e:0a:00:12";
    private static final String A3 = "fa:16:3e:0a:00:13";
    private static final String B1 = "fa:16:3e:0b:00:11";
    private static final String B2 = "fa:16:3e:0b:00:12";
    private static final String C1 = "fa:16:3e:0c:00:11";
    private static final String D1 = "fa:16:3f:00:00:01";
    private static final String D2 = "fa:16:3f:00:00:02";
    private static final String DHCP = "fa:16:3e:0b:00:03";

    /** MACs that the topology does not know, of network A and of network B. */
    private static final String X = "fa:16:3e:0a:00:77";

    private static final String XB = "fa:16:3e:0b:00:99";
    private static final String ALL = "ff:ff:ff:ff:ff:ff";

    private static final String A1_IP = "10.0.1.11";
    private static final String A2_IP = "10.0.1.12";
    private static final String A3_IP = "10.0.1.13";
    private static final String B1_IP = "10.0.2.11";
    private static final String B2_IP = "10.0.2.12";
    private static final String X_IP = "10.0.1.77";
    private static final String A1_IP6 = "2001:db8:1::11";
    private static final String A2_IP6 = "2001:db8:1::12";
    private static final String B1_IP6 = "2001:db8:2::11";
    private static final String B2_IP6 = "2001:db8:2::12";

    private static final int VNI_A = 101;
    private static final int VNI_B = 102;
    private static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;
    private static final int MILLI = 1_000;
    private static final int SECOND = 1_000_000;

    private EastWestScenarios() {}

    static void addTo(final Map<String, ScenarioInputs> all) {
        sameSubnet(all);
        learning(all);
        routed(all, "", EastWestScenarios::vxlan);
        routed(all, "-over-gre", EastWestScenarios::gre);
        routedSpecially(all);
        arpOfGuests(all);
        arpOfRouters(all);
        vlan(all);
        ipv6(all);
        bridge(all);
    }

    private static void sameSubnet(final Map<String, ScenarioInputs> all) {
        final byte[] toA2 = echo(A1, A2, A1_IP, A2_IP, 1);
        final byte[] fromA2 = reply(A2, A1, A2_IP, A1_IP, 1);
        final byte[] toNobody = echo(A1, X, A1_IP, X_IP, 1);
        all.put(
                "same-subnet/guests-of-one-host",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, A3, A1_IP, A3_IP, 1))
                        .at("tapport-a3", MILLI, reply(A3, A1, A3_IP, A1_IP, 1))
                        .at("tapport-a1", 2 * MILLI, udp(A1, A3, A1_IP, A3_IP, 40001, 7777, 1)));
        all.put(
                "same-subnet/conversation-seen-from-the-other-host",
                new ScenarioInputs().at("underlay", 0, vxlan(1, 2, VNI_A, toA2)).at("tapport-a2", MILLI, fromA2));
        all.put(
                "same-subnet/conversation-over-gre",
                new ScenarioInputs().at("tapport-a1", 0, toA2).at("underlay", MILLI, gre(2, 1, VNI_A, fromA2)));
        all.put(
                "same-subnet/conversation-over-gre-seen-from-the-other-host",
                new ScenarioInputs().at("underlay", 0, gre(1, 2, VNI_A, toA2)).at("tapport-a2", MILLI, fromA2));
        all.put("same-subnet/unknown-destination-is-flooded", new ScenarioInputs().at("tapport-a1", 0, toNobody));
        all.put(
                "same-subnet/unknown-destination-is-flooded-over-gre",
                new ScenarioInputs().at("tapport-a1", 0, toNobody));
        all.put("same-subnet/broadcast-is-flooded", new ScenarioInputs().at("tapport-a1", 0, dhcpDiscover(A1)));
        all.put(
                "same-subnet/broadcast-from-tunnel-stays-here",
                new ScenarioInputs().at("underlay", 0, vxlan(2, 1, VNI_A, dhcpDiscover(A2))));
        all.put(
                "same-subnet/split-horizon",
                new ScenarioInputs().at("underlay", 0, vxlan(3, 1, VNI_A, echo(X, A2, X_IP, A2_IP, 1))));
        all.put(
                "same-subnet/unknown-destination-from-tunnel-stays-here",
                new ScenarioInputs().at("underlay", 0, vxlan(2, 1, VNI_A, echo(A2, X, A2_IP, X_IP, 1))));
    }

    private static void learning(final Map<String, ScenarioInputs> all) {
        all.put(
                "same-subnet/learned-from-tunnel-then-unicast",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(3, 1, VNI_A, echo(X, A1, X_IP, A1_IP, 1)))
                        .at("tapport-a1", MILLI, reply(A1, X, A1_IP, X_IP, 1)));
        all.put(
                "same-subnet/learned-follows-a-move",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(2, 1, VNI_A, echo(X, A1, X_IP, A1_IP, 1)))
                        .at("tapport-a1", MILLI, reply(A1, X, A1_IP, X_IP, 1))
                        .at("underlay", 2 * MILLI, vxlan(3, 1, VNI_A, echo(X, A1, X_IP, A1_IP, 2)))
                        .at("tapport-a1", 3 * MILLI, reply(A1, X, A1_IP, X_IP, 2)));
        all.put(
                "same-subnet/learned-expires-after-300-seconds",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(2, 1, VNI_A, echo(X, A1, X_IP, A1_IP, 1)))
                        .at("underlay", 200 * SECOND, vxlan(2, 1, VNI_A, echo(X, A1, X_IP, A1_IP, 2)))
                        .at("tapport-a1", 499 * SECOND, reply(A1, X, A1_IP, X_IP, 1))
                        .at("tapport-a1", 501 * SECOND, reply(A1, X, A1_IP, X_IP, 2)));
    }

    private static void routed(final Map<String, ScenarioInputs> all, final String suffix, final Wrapper tunnel) {
        all.put(
                "routed/to-another-host" + suffix,
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, GA, A1_IP, B2_IP, 1))
                        .at("tapport-a1", MILLI, udp(A1, GA, A1_IP, B2_IP, 40001, 7777, 64))
                        .at("tapport-a1", 2 * MILLI, tcp(A1, GA, A1_IP, B2_IP, 40002, 8080, TcpHeader.SYN, 64)));
        all.put(
                "routed/from-another-host" + suffix,
                new ScenarioInputs()
                        .at("underlay", 0, tunnel.wrap(1, 2, VNI_B, routedEcho(D1, B2, A1_IP, B2_IP, 1)))
                        .at(
                                "underlay",
                                MILLI,
                                tunnel.wrap(1, 2, VNI_B, tcp(D1, B2, A1_IP, B2_IP, 40002, 8080, TcpHeader.SYN, 63))));
        all.put(
                "routed/answer-leaves-the-other-host" + suffix,
                new ScenarioInputs()
                        .at("tapport-b2", 0, reply(B2, GB, B2_IP, A1_IP, 1))
                        .at("tapport-b2", MILLI, tcp(B2, GB, B2_IP, A1_IP, 8080, 40002, SYN_ACK, 64)));
        all.put(
                "routed/answer-arrives-from-another-host" + suffix,
                new ScenarioInputs()
                        .at("underlay", 0, tunnel.wrap(2, 1, VNI_A, routedReply(D2, A1, B2_IP, A1_IP, 1)))
                        .at(
                                "underlay",
                                MILLI,
                                tunnel.wrap(2, 1, VNI_A, tcp(D2, A1, B2_IP, A1_IP, 8080, 40002, SYN_ACK, 63))));
    }

    private static void routedSpecially(final Map<String, ScenarioInputs> all) {
        all.put(
                "routed/guests-of-one-host",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, GA, A1_IP, B1_IP, 1))
                        .at("tapport-b1", MILLI, reply(B1, GB, B1_IP, A1_IP, 1))
                        .at("tapport-a1", 2 * MILLI, udp(A1, GA, A1_IP, B1_IP, 40001, 7777, 64))
                        .at("tapport-a1", 3 * MILLI, tcp(A1, GA, A1_IP, B1_IP, 40002, 8080, TcpHeader.SYN, 64)));
        all.put(
                "routed/two-subnets-on-one-network",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, GA, A1_IP, "10.0.3.11", 1))
                        .at("tapport-a1", MILLI, echo(A1, GA, A1_IP, "10.0.3.12", 2))
                        .at("tapport-c1", 2 * MILLI, echo(C1, GC, "10.0.3.11", A2_IP, 3))
                        .at("underlay", 3 * MILLI, vxlan(2, 1, VNI_A, routedReply(D2, A1, "10.0.3.12", A1_IP, 2)))
                        .at("underlay", 4 * MILLI, vxlan(2, 1, VNI_A, routedReply(D2, C1, A2_IP, "10.0.3.11", 3))));
        all.put(
                "routed/extra-route-by-a-guest-on-another-host",
                new ScenarioInputs().at("tapport-a1", 0, echo(A1, GA, A1_IP, "192.168.9.1", 1)));
        all.put(
                "routed/extra-route-arrives-at-the-guest-in-between",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(1, 2, VNI_B, routedEcho(D1, B2, A1_IP, "192.168.9.1", 1))));
        all.put(
                "routed/router-answers-echo-to-all-its-addresses",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, GA, A1_IP, "10.0.1.1", 1))
                        .at("tapport-a1", MILLI, echo(A1, GA, A1_IP, "10.0.2.1", 2)));
        all.put(
                "routed/dns-question-reaches-a-dhcp-port",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(1, 2, VNI_B, dns(D1, DHCP, A1_IP, "10.0.2.3", 40053, 53, 63)))
                        .at("tapport-dhcp", MILLI, dns(DHCP, GB, "10.0.2.3", A1_IP, 53, 40053, 64)));
        all.put(
                "routed/ttl-ends-at-the-router",
                new ScenarioInputs().at("tapport-a1", 0, udp(A1, GA, A1_IP, B2_IP, 40001, 7777, 1)));
    }

    private static void arpOfGuests(final Map<String, ScenarioInputs> all) {
        all.put(
                "arp/known-guest-is-answered-by-the-responder",
                new ScenarioInputs()
                        .at("tapport-a1", 0, arpRequest(A1, A1_IP, A2_IP))
                        .at("tapport-a1", MILLI, arpRequest(A1, A1_IP, A3_IP))
                        .at("tapport-a1", 2 * MILLI, arpRequest(A1, "0.0.0.0", A2_IP)));
        all.put("arp/unknown-is-flooded", new ScenarioInputs().at("tapport-a1", 0, arpRequest(A1, A1_IP, "10.0.1.99")));
        all.put(
                "arp/csnat-is-answered-by-the-responder",
                new ScenarioInputs().at("tapport-a1", 0, arpRequest(A1, A1_IP, "10.0.1.2")));
        all.put(
                "arp/csnat-of-an-ha-router-is-flooded",
                new ScenarioInputs().at("tapport-a1", 0, arpRequest(A1, A1_IP, "10.0.1.2")));
        all.put(
                "arp/own-address-is-never-answered",
                new ScenarioInputs()
                        .at("tapport-a1", 0, arpRequest(A1, "0.0.0.0", A1_IP))
                        .at("tapport-a1", MILLI, gratuitousRequest(A1, A1_IP))
                        .at("tapport-a1", 2 * MILLI, gratuitousReply(A1, A1_IP)));
        all.put(
                "arp/gratuitous-from-tunnel-reaches-guests",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(2, 1, VNI_A, gratuitousRequest(A2, A2_IP)))
                        .at("underlay", MILLI, vxlan(2, 1, VNI_A, gratuitousReply(A2, A2_IP))));
        all.put(
                "arp/request-from-tunnel-is-the-guests-to-answer",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(3, 1, VNI_A, arpRequest(X, X_IP, A1_IP)))
                        .at("tapport-a1", MILLI, arpReply(A1, X, A1, A1_IP, X, X_IP)));
        all.put(
                "arp/unicast-request-goes-to-whom-it-is-sent",
                new ScenarioInputs()
                        .at(
                                "tapport-a1",
                                0,
                                TestFrames.ethernet(A1, A2)
                                        .arpRequest(A1, A1_IP, A2_IP)
                                        .build())
                        .at("underlay", MILLI, vxlan(2, 1, VNI_A, arpReply(A2, A1, A2, A2_IP, A1, A1_IP))));
    }

    private static void arpOfRouters(final Map<String, ScenarioInputs> all) {
        all.put(
                "arp/gateway-is-answered-here",
                new ScenarioInputs()
                        .at("tapport-a1", 0, arpRequest(A1, A1_IP, "10.0.1.1"))
                        .at(
                                "tapport-a1",
                                MILLI,
                                TestFrames.ethernet(A1, GA)
                                        .arpRequest(A1, A1_IP, "10.0.1.1")
                                        .build())
                        .at("tapport-a1", 2 * MILLI, arpRequest(A1, "0.0.0.0", "10.0.1.1")));
        all.put(
                "arp/gateway-asked-from-tunnel-is-ignored",
                new ScenarioInputs().at("underlay", 0, vxlan(2, 1, VNI_A, arpRequest(A2, A2_IP, "10.0.1.1"))));
        all.put(
                "arp/from-a-remote-router-is-dropped",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                vxlan(
                                        2,
                                        1,
                                        VNI_A,
                                        TestFrames.ethernet(D2, ALL)
                                                .arpRequest(GA, "10.0.1.1", A1_IP)
                                                .build())));
        all.put(
                "arp/gateway-of-a-legacy-router-is-answered-as-any-port",
                new ScenarioInputs()
                        .at("tapport-a1", 0, arpRequest(A1, A1_IP, "10.0.1.1"))
                        .at("tapport-a1", MILLI, echo(A1, GA, A1_IP, B2_IP, 1)));
        all.put(
                "arp/gateway-of-a-legacy-ha-router-is-flooded",
                new ScenarioInputs()
                        .at("tapport-a1", 0, arpRequest(A1, A1_IP, "10.0.1.1"))
                        .at("underlay", MILLI, vxlan(3, 1, VNI_A, arpReply(GA, A1, GA, "10.0.1.1", A1, A1_IP)))
                        .at("tapport-a1", 2 * MILLI, echo(A1, GA, A1_IP, B2_IP, 1)));
        all.put(
                "arp/router-asks-and-the-answer-to-its-dvr-mac-is-taken",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, GA, A1_IP, "10.0.2.99", 1))
                        .at(
                                "underlay",
                                10 * MILLI,
                                vxlan(3, 1, VNI_B, arpReply(XB, D1, XB, "10.0.2.99", GB, "10.0.2.1")))
                        .at("tapport-a1", 20 * MILLI, echo(A1, GA, A1_IP, "10.0.2.99", 2)));
    }

    private static void vlan(final Map<String, ScenarioInputs> all) {
        final byte[] toB2 = echo(A1, GA, A1_IP, B2_IP, 1);
        final byte[] fromB2 = reply(B2, GB, B2_IP, A1_IP, 1);
        final byte[] fromB2Routed = tagged(VNI_A, D2, A1)
                .ipv4(B2_IP, A1_IP)
                .ttl(63)
                .icmpEchoReply(7, 1)
                .payload(56)
                .build();
        all.put(
                "vlan/same-subnet-is-tagged",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, A2, A1_IP, A2_IP, 1))
                        .at(
                                "physnet1",
                                MILLI,
                                tagged(VNI_A, A2, A1)
                                        .ipv4(A2_IP, A1_IP)
                                        .icmpEchoReply(7, 1)
                                        .payload(56)
                                        .build()));
        all.put(
                "vlan/routed-leaves-with-the-tag-of-the-destination",
                new ScenarioInputs().at("tapport-a1", 0, toB2).at("physnet1", MILLI, fromB2Routed));
        all.put(
                "vlan/routed-arrives-with-a-dvr-mac",
                new ScenarioInputs()
                        .at(
                                "physnet1",
                                0,
                                tagged(VNI_B, D1, B2)
                                        .ipv4(A1_IP, B2_IP)
                                        .ttl(63)
                                        .icmpEcho(7, 1)
                                        .payload(56)
                                        .build())
                        .at("tapport-b2", MILLI, fromB2));
        all.put(
                "vlan/gateway-arp-stays-off-the-wire",
                new ScenarioInputs()
                        .at("tapport-a1", 0, arpRequest(A1, A1_IP, "10.0.1.1"))
                        .at(
                                "physnet1",
                                MILLI,
                                tagged(VNI_A, A2, ALL)
                                        .arpRequest(A2, A2_IP, "10.0.1.1")
                                        .build()));
        all.put(
                "vlan/responder-answers-and-unknown-is-flooded",
                new ScenarioInputs()
                        .at("tapport-a1", 0, arpRequest(A1, A1_IP, A2_IP))
                        .at("tapport-a1", MILLI, arpRequest(A1, A1_IP, "10.0.1.99")));
        all.put(
                "vlan/unknown-tag-is-dropped",
                new ScenarioInputs()
                        .at(
                                "physnet1",
                                0,
                                tagged(999, A2, A1)
                                        .ipv4(A2_IP, A1_IP)
                                        .icmpEcho(7, 1)
                                        .payload(56)
                                        .build())
                        .at("physnet1", MILLI, echo(A2, A1, A2_IP, A1_IP, 2)));
        all.put(
                "vlan/broadcast-with-a-dvr-mac-from-the-wire-is-dropped",
                new ScenarioInputs()
                        .at(
                                "physnet1",
                                0,
                                tagged(VNI_A, D2, ALL)
                                        .arpRequest(GA, "10.0.1.1", A1_IP)
                                        .build()));
        all.put(
                "vlan/vlan-to-vxlan",
                new ScenarioInputs().at("tapport-a1", 0, toB2).at("physnet1", MILLI, fromB2Routed));
        all.put(
                "vlan/vxlan-to-vlan",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(1, 2, VNI_B, routedEcho(D1, B2, A1_IP, B2_IP, 1)))
                        .at("tapport-b2", MILLI, fromB2));
        all.put(
                "vlan/flat-tenant-network",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo(A1, A2, A1_IP, A2_IP, 1))
                        .at("tapport-a1", MILLI, echo(A1, GA, A1_IP, B2_IP, 2))
                        .at("physnet1", 2 * MILLI, reply(A2, A1, A2_IP, A1_IP, 1))
                        .at("physnet1", 3 * MILLI, routedReply(D2, A1, B2_IP, A1_IP, 2)));
        all.put(
                "vlan/flat-tenant-network-is-routed-to",
                new ScenarioInputs().at("tapport-b1", 0, echo(B1, GB, B1_IP, A2_IP, 1)));
    }

    private static void ipv6(final Map<String, ScenarioInputs> all) {
        final String gateway = "2001:db8:1::1";
        final String linkLocal = "fe80::f816:3eff:fe0a:1"; // of GA, RFC 4291 appendix A
        all.put(
                "ipv6/bridged-in-a-tunnel",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo6(A1, A2, A1_IP6, A2_IP6, 64, 1))
                        .at("underlay", MILLI, vxlan(2, 1, VNI_A, reply6(A2, A1, A2_IP6, A1_IP6, 64, 1))));
        all.put(
                "ipv6/gateway-solicitation-is-answered-here",
                new ScenarioInputs()
                        .at("tapport-a1", 0, solicitation(A1, "33:33:ff:00:00:01", A1_IP6, "ff02::1:ff00:1", gateway))
                        .at(
                                "tapport-a1",
                                MILLI,
                                solicitation(A1, "33:33:ff:0a:00:01", A1_IP6, "ff02::1:ff0a:1", linkLocal)));
        all.put(
                "ipv6/gateway-solicitation-from-tunnel-is-ignored",
                new ScenarioInputs()
                        .at(
                                "underlay",
                                0,
                                vxlan(
                                        2,
                                        1,
                                        VNI_A,
                                        solicitation(A2, "33:33:ff:00:00:01", A2_IP6, "ff02::1:ff00:1", gateway))));
        all.put(
                "ipv6/other-solicitation-is-flooded",
                new ScenarioInputs()
                        .at("tapport-a1", 0, solicitation(A1, "33:33:ff:00:00:12", A1_IP6, "ff02::1:ff00:12", A2_IP6)));
        all.put(
                "ipv6/guests-of-one-host",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo6(A1, GA, A1_IP6, B1_IP6, 64, 1))
                        .at("tapport-b1", MILLI, reply6(B1, GB, B1_IP6, A1_IP6, 64, 1)));
        all.put(
                "ipv6/to-another-host",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo6(A1, GA, A1_IP6, B2_IP6, 64, 1))
                        .at("underlay", MILLI, vxlan(2, 1, VNI_A, reply6(D2, A1, B2_IP6, A1_IP6, 63, 1))));
        all.put(
                "ipv6/from-another-host",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(1, 2, VNI_B, echo6(D1, B2, A1_IP6, B2_IP6, 63, 1)))
                        .at("tapport-b2", MILLI, reply6(B2, GB, B2_IP6, A1_IP6, 64, 1)));
        all.put(
                "ipv6/hop-limit-ends-at-the-router",
                new ScenarioInputs().at("tapport-a1", 0, echo6(A1, GA, A1_IP6, B2_IP6, 1, 1)));
        all.put(
                "ipv6/router-answers-echo",
                new ScenarioInputs()
                        .at("tapport-a1", 0, echo6(A1, GA, A1_IP6, gateway, 64, 1))
                        .at("tapport-a1", MILLI, echo6(A1, GA, A1_IP6, linkLocal, 64, 2))
                        .at("tapport-a1", 2 * MILLI, echo6(A1, GA, A1_IP6, "2001:db8:2::1", 64, 3)));
    }

    private static void bridge(final Map<String, ScenarioInputs> all) {
        all.put(
                "bridge/dvr-mac-to-nobody-here-is-dropped",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(2, 1, VNI_A, routedEcho(D2, X, B2_IP, X_IP, 1)))
                        .at("underlay", MILLI, vxlan(2, 1, VNI_A, routedEcho(D2, A2, B2_IP, A2_IP, 2))));
        all.put(
                "bridge/broadcast-with-a-dvr-mac-is-dropped",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(2, 1, VNI_A, routedEcho(D2, ALL, B2_IP, "255.255.255.255", 1)))
                        .at(
                                "underlay",
                                MILLI,
                                vxlan(2, 1, VNI_A, routedEcho(D2, "01:00:5e:00:00:05", B2_IP, "224.0.0.5", 2))));
        all.put(
                "bridge/dvr-mac-is-not-learned",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(2, 1, VNI_A, routedEcho(D2, A1, B2_IP, A1_IP, 1)))
                        .at("tapport-a1", MILLI, echo(A1, D2, A1_IP, A2_IP, 2)));
        all.put(
                "bridge/own-dvr-mac-is-restored-to-the-gateway",
                new ScenarioInputs().at("underlay", 0, vxlan(2, 1, VNI_A, echo(A2, D1, A2_IP, B1_IP, 1))));
        all.put(
                "bridge/gateway-mac-from-tunnel-is-dropped",
                new ScenarioInputs()
                        .at("underlay", 0, vxlan(2, 1, VNI_A, echo(A2, GA, A2_IP, B1_IP, 1)))
                        .at("underlay", MILLI, vxlan(2, 1, VNI_A, routedEcho(GA, A1, B2_IP, A1_IP, 2))));
        all.put(
                "bridge/ports-of-other-networks-hear-nothing",
                new ScenarioInputs().at("underlay", 0, vxlan(2, 1, VNI_A, echo(A2, B1, A2_IP, B1_IP, 1))));
    }

    /** Wraps a frame in a tunnel from one host to another, in a segment. */
    private interface Wrapper {
        byte[] wrap(int from, int to, int segment, byte[] inner);
    }

    private static byte[] vxlan(final int from, final int to, final int vni, final byte[] inner) {
        return TestFrames.vxlan(underlayMac(from), underlayMac(to), tunnelIp(from), tunnelIp(to), vni, inner);
    }

    private static byte[] gre(final int from, final int to, final int key, final byte[] inner) {
        return TestFrames.gre(underlayMac(from), underlayMac(to), tunnelIp(from), tunnelIp(to), key, inner);
    }

    private static String underlayMac(final int host) {
        return "02:00:00:00:00:0" + host;
    }

    private static String tunnelIp(final int host) {
        return "172.16.0." + host;
    }

    private static TestFrames tagged(final int vlan, final String source, final String destination) {
        return TestFrames.ethernet(source, destination).vlan(vlan);
    }

    private static byte[] echo(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int n) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .id(n)
                .icmpEcho(7, n)
                .payload(56)
                .build();
    }

    private static byte[] reply(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int n) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .id(n)
                .icmpEchoReply(7, n)
                .payload(56)
                .build();
    }

    /** One hop behind it. */
    private static byte[] routedEcho(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int n) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .ttl(63)
                .id(n)
                .icmpEcho(7, n)
                .payload(56)
                .build();
    }

    /** One hop behind it. */
    private static byte[] routedReply(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int n) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .ttl(63)
                .id(n)
                .icmpEchoReply(7, n)
                .payload(56)
                .build();
    }

    private static byte[] udp(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int sourcePort,
            final int destinationPort,
            final int ttl) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .ttl(ttl)
                .udp(sourcePort, destinationPort)
                .payload(32)
                .build();
    }

    private static byte[] tcp(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int sourcePort,
            final int destinationPort,
            final int flags,
            final int ttl) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .ttl(ttl)
                .dontFragment()
                .tcp(sourcePort, destinationPort, flags)
                .build();
    }

    /** A DNS header without questions. */
    private static byte[] dns(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int sourcePort,
            final int destinationPort,
            final int ttl) {
        return TestFrames.ethernet(source, destination)
                .ipv4(sourceIp, destinationIp)
                .ttl(ttl)
                .udp(sourcePort, destinationPort)
                .payload(new byte[] {0x10, 0x51, (byte) (sourcePort == 53 ? 0x81 : 0x01), 0, 0, 0, 0, 0, 0, 0, 0, 0})
                .build();
    }

    /** RFC 2131: op BOOTREQUEST, the magic cookie, message type DISCOVER, end. */
    private static byte[] dhcpDiscover(final String mac) {
        final byte[] message = new byte[300];
        message[0] = 1;
        message[1] = 1;
        message[2] = 6;
        final byte[] options = {0x63, (byte) 0x82, 0x53, 0x63, 53, 1, 1, (byte) 0xff};
        System.arraycopy(options, 0, message, 236, options.length);
        return TestFrames.ethernet(mac, ALL)
                .ipv4("0.0.0.0", "255.255.255.255")
                .udp(68, 67)
                .payload(message)
                .build();
    }

    private static byte[] arpRequest(final String mac, final String ip, final String targetIp) {
        return TestFrames.ethernet(mac, ALL).arpRequest(mac, ip, targetIp).build();
    }

    private static byte[] gratuitousRequest(final String mac, final String ip) {
        return TestFrames.ethernet(mac, ALL).gratuitousRequest(mac, ip).build();
    }

    private static byte[] gratuitousReply(final String mac, final String ip) {
        return TestFrames.ethernet(mac, ALL).gratuitousReply(mac, ip).build();
    }

    private static byte[] arpReply(
            final String source,
            final String destination,
            final String mac,
            final String ip,
            final String targetMac,
            final String targetIp) {
        return TestFrames.ethernet(source, destination)
                .arpReply(mac, ip, targetMac, targetIp)
                .build();
    }

    private static byte[] echo6(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int hopLimit,
            final int n) {
        return TestFrames.ethernet(source, destination)
                .ipv6(sourceIp, destinationIp)
                .ttl(hopLimit)
                .icmpv6Echo(7, n)
                .payload(56)
                .build();
    }

    private static byte[] reply6(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final int hopLimit,
            final int n) {
        return TestFrames.ethernet(source, destination)
                .ipv6(sourceIp, destinationIp)
                .ttl(hopLimit)
                .icmpv6EchoReply(7, n)
                .payload(56)
                .build();
    }

    private static byte[] solicitation(
            final String source,
            final String destination,
            final String sourceIp,
            final String destinationIp,
            final String targetIp) {
        return TestFrames.ethernet(source, destination)
                .ipv6(sourceIp, destinationIp)
                .neighborSolicitation(targetIp, source)
                .build();
    }
}
