package org.dvr.app.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Cast.Network;

/**
 * The kernel's bridge, one for each network, its VXLAN devices with static entries, and rules of the packet filter for DVR
 * MACs.
 */
final class KernelSwitch implements HostSwitch {
    private final Host host;
    private final Namespace machine;
    private final int mtu;

    KernelSwitch(final Lab lab, final Host host) {
        this.host = host;
        machine = lab.host(host);
        mtu = lab.transport().mtu();
    }

    @Override
    public void build() {
        final List<String> links = new ArrayList<>();
        for (final Network network : Cast.NETWORKS) {
            final String bridge = bridgeOf(network);
            final String tunnel = tunnelOf(network);
            bridge(links, bridge, network.segment());
            links.add("link add %s mtu %d type vxlan id %d dstport 4789 local %s ttl 64 df set nolearning noudpcsum"
                    .formatted(tunnel, mtu, network.segment(), host.tunnelIp()));
            links.add("link set " + tunnel + " master " + bridge + " up");
        }
        for (final Guest guest : Cast.guestsOn(host)) {
            links.add("link set " + guest.tap() + " master " + bridgeOf(guest.network()));
        }
        machine.ip(links);
        population();
        machine.nft(dvrMacs());
    }

    /** With an address of its own: a bridge that changes its address with its ports forgets its neighbors. */
    private void bridge(final List<String> links, final String name, final int number) {
        links.add("link add %s address 02:00:00:00:%02x:%02x type bridge stp_state 0 mcast_snooping 0"
                .formatted(name, 0x10 + host.number(), number));
        links.add("link set " + name + " up");
    }

    /** What the server pushes (§5): flood lists, unicast entries, and what the ARP responder knows. */
    private void population() {
        final List<String> entries = new ArrayList<>();
        final List<String> neighbors = new ArrayList<>();
        for (final Network network : Cast.NETWORKS) {
            entries.add("link set dev " + tunnelOf(network) + " learning off neigh_suppress on");
            for (final Host peer : Cast.peersOf(host)) {
                entries.add("fdb append 00:00:00:00:00:00 dev " + tunnelOf(network) + " dst " + peer.tunnelIp()
                        + " self permanent");
                if (peer.isNetworkHost()) {
                    remote(entries, neighbors, network, peer, network.csnatMac(), network.csnatIp());
                }
            }
        }
        for (final Guest guest : Cast.GUESTS) {
            if (guest.host().equals(host)) {
                entries.add("fdb replace " + guest.mac() + " dev " + guest.tap() + " master static");
            } else {
                remote(entries, neighbors, guest.network(), guest.host(), guest.mac(), guest.portIp());
            }
        }
        machine.bridge(entries);
        machine.ip(neighbors);
    }

    private static void remote(
            final List<String> entries,
            final List<String> neighbors,
            final Network network,
            final Host peer,
            final String mac,
            final String ip) {
        final String tunnel = tunnelOf(network);
        entries.add("fdb replace " + mac + " dev " + tunnel + " master static");
        entries.add("fdb replace " + mac + " dev " + tunnel + " dst " + peer.tunnelIp() + " self permanent");
        neighbors.add("neigh replace " + ip + " lladdr " + mac + " dev " + bridgeOf(network) + " nud permanent");
    }

    /** No gateway MAC in a tunnel: the host's DVR MAC takes its place on the way out, and gives it back on the way in (§4.1, §4.3). */
    private String dvrMacs() {
        final String others = Cast.peersOf(host).stream().map(Host::dvrMac).collect(Collectors.joining(", "));
        final String gateways = Cast.NETWORKS.stream().map(Network::gatewayMac).collect(Collectors.joining(", "));
        final String gatewayIps = Cast.NETWORKS.stream().map(Network::gatewayIp).collect(Collectors.joining(", "));
        final StringBuilder restore = new StringBuilder();
        for (final Network network : Cast.NETWORKS) {
            final String in = "iifname \"" + tunnelOf(network) + "\" ";
            restore.append(in + "ether daddr " + host.dvrMac() + " ether daddr set " + network.gatewayMac() + "\n");
            restore.append(in + "ether saddr { " + others + " } ether daddr { " + servicedMacs(network)
                    + " } ether saddr set " + network.gatewayMac() + " accept\n");
            restore.append(in + "ether saddr { " + others + " } drop\n");
        }
        return """
                table bridge dvr {
                    chain prerouting {
                        type filter hook prerouting priority 0
                        %s
                    }
                    chain forward {
                        type filter hook forward priority 0
                        oifname "vxlan*" ether daddr { %s } drop
                        oifname "vxlan*" arp operation request arp daddr ip { %s } drop
                    }
                    chain postrouting {
                        type filter hook postrouting priority 0
                        oifname "vxlan*" ether saddr { %s } ether saddr set %s
                    }
                }
                """
                .formatted(restore, gateways, gatewayIps, gateways, host.dvrMac());
    }

    /** MACs of the ports of a network that are here: the gateway's MAC is restored for them alone. */
    private String servicedMacs(final Network network) {
        final List<String> macs = new ArrayList<>();
        Cast.guestsOn(host).stream()
                .filter(guest -> guest.network().equals(network))
                .forEach(guest -> macs.add(guest.mac()));
        if (host.isNetworkHost()) {
            macs.add(network.csnatMac());
        }
        return String.join(", ", macs);
    }

    @Override
    public void plug(final String device, final Network network, final String mac) {
        machine.ip("link set " + device + " master " + bridgeOf(network) + " up");
        // Whatever comes back from a tunnel, the gateway is here.
        machine.bridge(List.of("fdb replace " + mac + " dev " + device + " master static"));
    }

    @Override
    public void finish() {
        // it forwards from the start
    }

    private static String bridgeOf(final Network network) {
        return "br-" + network.name();
    }

    private static String tunnelOf(final Network network) {
        return "vxlan" + network.segment();
    }
}
