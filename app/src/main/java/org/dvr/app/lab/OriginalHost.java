package org.dvr.app.lab;

import java.util.ArrayList;
import java.util.List;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Cast.Network;
import org.dvr.codec.net.Ipv4Address;

/**
 * A host as the original builds it ({@code dvr.md} §3): a switch in br-int's and br-tun's place, a qrouter, a fip and a snat
 * namespace of the kernel with rules of its packet filter.
 * <pre>
 *   namespace HOST              HOST-qrouter        HOST-fip         HOST-snat (network host)
 *   tapport-a1 --+
 *   vxlan101 ----+-- br-a ----- qr-a                                 sg-a
 *   tapport-b1 --+
 *   vxlan102 ----+-- br-b ----- qr-b   rfp -------- fpr              sg-b
 *   provider0 ------ br-ex ------------------------ fg               qg
 * </pre>
 */
final class OriginalHost {
    private static final String RFP_IP = "169.254.64.0";
    private static final String FPR_IP = "169.254.64.1";
    private static final String RFP_MAC = "02:00:00:00:01:00";
    private static final String FPR_MAC = "02:00:00:00:01:01";
    private static final int FLOATING_TABLE = 16;
    private static final int FLOATING_PRIORITY = 40_000;
    /** 169.254.64.1 as a number, §1.7. */
    private static final long FPR_TABLE = 2_851_995_649L;

    private final Lab lab;
    private final Host host;
    private final Namespace machine;
    private final HostSwitch joined;
    private final int mtu;
    private final List<Guest> floating;

    OriginalHost(final Lab lab, final Host host, final HostSwitch joined) {
        this.lab = lab;
        this.joined = joined;
        this.host = host;
        machine = lab.host(host);
        mtu = lab.transport().mtu();
        floating = Cast.guestsOn(host).stream()
                .filter(guest -> guest.hasFloating() && !guest.isCentralised())
                .toList();
    }

    /** Puts the parts into the host's namespace, where the devices of wires and guests are already. */
    void build() {
        joined.build();
        machine.ip(
                "link add br-ex address 02:00:00:00:%02x:ff type bridge stp_state 0 mcast_snooping 0"
                        .formatted(0x10 + host.number()),
                "link set br-ex up",
                "link set " + Lab.PROVIDER_DEVICE + " master br-ex");
        router();
        if (host.isNetworkHost()) {
            snat();
        } else {
            floatingIps();
        }
        joined.finish();
    }

    // ---- qrouter ----

    private void router() {
        final Namespace router = lab.add(host.name() + "-qrouter");
        router.sysctl(
                "net.ipv4.ip_forward=1",
                "net.ipv4.icmp_ratemask=0",
                "net.ipv4.conf.all.arp_ignore=1",
                "net.ipv4.conf.all.arp_announce=2");
        for (final Network network : Cast.NETWORKS) {
            leg(router, "qr-" + network.name(), network, network.gatewayMac(), network.gatewayIp());
        }
        final List<String> lines = new ArrayList<>();
        lines.add("route add " + Cast.BEHIND_B2_CIDR + " via " + Cast.B2.ip());
        for (final Network network : Cast.NETWORKS) {
            final String device = " dev qr-" + network.name();
            lines.add("neigh add " + network.csnatIp() + " lladdr " + network.csnatMac() + device + " nud permanent");
            // The redirect to the SNAT side: table and priority are the gateway's address as a number, §1.7.
            final long number = Integer.toUnsignedLong(Ipv4Address.parse(network.gatewayIp()));
            lines.add("route add default via " + network.csnatIp() + device + " table " + number);
            lines.add("rule add from " + network.cidr() + " table " + number + " priority " + number);
        }
        for (final Guest guest : Cast.GUESTS) {
            for (final String ip : List.of(guest.portIp(), guest.ip())) {
                lines.add("neigh replace " + ip + " lladdr " + guest.mac() + " dev qr-"
                        + guest.network().name() + " nud permanent");
            }
        }
        router.ip(lines);
    }

    // ---- floating IPs of this host: rfp, fpr, fg ----

    private void floatingIps() {
        final Namespace router = lab.namespace(host.name() + "-qrouter");
        final Namespace fip = lab.add(host.name() + "-fip");
        fip.sysctl("net.ipv4.ip_forward=1", "net.ipv4.ip_nonlocal_bind=1", "net.ipv4.icmp_ratemask=0");
        router.ip(
                "link add rfp address " + RFP_MAC + " type veth peer name fpr address " + FPR_MAC + " netns " + fip,
                "address add " + RFP_IP + "/31 dev rfp",
                "link set rfp up",
                "neigh add " + FPR_IP + " lladdr " + FPR_MAC + " dev rfp nud permanent");
        fip.ip(
                "address add " + FPR_IP + "/31 dev fpr",
                "link set fpr up",
                "neigh add " + RFP_IP + " lladdr " + RFP_MAC + " dev fpr nud permanent");
        externalLeg(fip, "fg", host.fgMac(), host.fgIp());
        // proxy_delay 1 = 10 ms, §3.
        fip.sysctl("net.ipv4.conf.fg.proxy_arp=1", "net.ipv4.neigh.fg.proxy_delay=1");
        final List<String> outside = new ArrayList<>();
        outside.add("route add default via " + Cast.UPSTREAM_IP + " dev fg table " + FPR_TABLE);
        outside.add("rule add iif fpr table " + FPR_TABLE + " priority " + FPR_TABLE);
        // What the namespace says itself (time exceeded) takes the same way.
        outside.add("rule add iif lo table " + FPR_TABLE + " priority " + (FPR_TABLE + 1));
        final List<String> inside = new ArrayList<>();
        inside.add("route add default via " + FPR_IP + " dev rfp table " + FLOATING_TABLE);
        final StringBuilder toFixed = new StringBuilder();
        final StringBuilder toFloating = new StringBuilder();
        for (final Guest guest : floating) {
            outside.add("route add " + guest.floating() + "/32 via " + RFP_IP + " dev fpr");
            inside.add("rule add from " + guest.ip() + " table " + FLOATING_TABLE + " priority " + FLOATING_PRIORITY);
            toFixed.append("iifname \"rfp\" ip daddr " + guest.floating() + " dnat to " + guest.ip() + "\n");
            toFloating.append("ip saddr " + guest.ip() + " snat to " + guest.floating() + " fully-random\n");
        }
        fip.ip(outside);
        router.ip(inside);
        // §7.1
        router.nft(
                """
                table ip nat {
                    chain prerouting {
                        type nat hook prerouting priority dstnat
                        %s
                    }
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname != "rfp" ct status ! dnat accept
                        %s
                    }
                }
                """
                        .formatted(toFixed, toFloating));
        router.sysctl("net.netfilter.nf_conntrack_tcp_be_liberal=1");
        // §7.3
        fip.nft(
                """
                table ip raw {
                    chain prerouting { type filter hook prerouting priority raw; notrack; }
                    chain output { type filter hook output priority raw; notrack; }
                }
                """);
    }

    // ---- the SNAT side ----

    private void snat() {
        final Namespace snat = lab.add(host.name() + "-snat");
        snat.sysctl(
                "net.ipv4.ip_forward=1",
                "net.ipv4.ip_nonlocal_bind=1",
                "net.ipv4.icmp_ratemask=0",
                "net.ipv4.conf.all.arp_announce=2");
        externalLeg(snat, "qg", Cast.GATEWAY_MAC, Cast.GATEWAY_IP);
        for (final Network network : Cast.NETWORKS) {
            leg(snat, "sg-" + network.name(), network, network.csnatMac(), network.csnatIp());
        }
        final List<String> lines = new ArrayList<>();
        lines.add("route add default via " + Cast.UPSTREAM_IP);
        lines.add("route add " + Cast.BEHIND_B2_CIDR + " via " + Cast.B2.ip());
        final StringBuilder toFixed = new StringBuilder();
        final StringBuilder toFloating = new StringBuilder();
        for (final Guest guest : Cast.GUESTS) {
            lines.add("neigh add " + guest.portIp() + " lladdr " + guest.mac() + " dev sg-"
                    + guest.network().name() + " nud permanent");
            if (guest.isCentralised()) {
                lines.add("address add " + guest.floating() + "/32 dev qg");
                toFixed.append("ip daddr " + guest.floating() + " dnat to " + guest.ip() + "\n");
                toFloating.append("ip saddr " + guest.ip() + " snat to " + guest.floating() + " fully-random\n");
            }
        }
        snat.ip(lines);
        // §7.2
        snat.nft(
                """
                table ip nat {
                    chain outside { type filter hook prerouting priority mangle; iifname "qg" meta mark set 0x2; }
                    chain prerouting {
                        type nat hook prerouting priority dstnat
                        %1$s
                    }
                    chain output {
                        type nat hook output priority -100
                        %1$s
                    }
                    chain postrouting {
                        type nat hook postrouting priority srcnat
                        oifname != "qg" ct status ! dnat accept
                        %2$s
                        oifname "qg" snat to %3$s fully-random
                        meta mark != 0x2 ct status dnat snat to %3$s fully-random
                    }
                }
                """
                        .formatted(toFixed, toFloating, Cast.GATEWAY_IP));
        snat.sysctl("net.netfilter.nf_conntrack_tcp_loose=0", "net.netfilter.nf_conntrack_tcp_be_liberal=1");
    }

    /** A device of a namespace on a tenant network. */
    private void leg(
            final Namespace namespace, final String device, final Network network, final String mac, final String ip) {
        final String port = device + "-br";
        machine.ip(pair(port, device, mac, mtu, namespace));
        joined.plug(port, network, mac);
        namespace.ip("link set " + device + " up", "address add " + ip + "/24 dev " + device);
        if (joined instanceof OvsSwitch) {
            namespace.run("ethtool", "-K", device, "tx", "off", "tso", "off", "gso", "off");
        }
    }

    /** A device of a namespace on the external network. */
    private void externalLeg(final Namespace namespace, final String device, final String mac, final String ip) {
        final String port = device + "-br";
        machine.ip(pair(port, device, mac, Cast.UNDERLAY_MTU, namespace), "link set " + port + " master br-ex up");
        namespace.ip("link set " + device + " up", "address add " + ip + "/24 dev " + device);
    }

    private static String pair(
            final String port, final String device, final String mac, final int deviceMtu, final Namespace namespace) {
        return "link add %s mtu %d type veth peer name %s address %s mtu %2$d netns %s"
                .formatted(port, deviceMtu, device, mac, namespace);
    }
}
