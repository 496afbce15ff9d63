package org.dvr.app.lab;

import java.util.List;

/**
 * Who plays in the lab: the cast of {@code dvr.md} §9.0, with addresses as text. Three hosts, router R with the subnets A and B,
 * the external network E, guests, and the outside world.
 * <p>Guest v has its address by an allowed pair; the port that owns the address is bound nowhere, so that its floating IP is
 * centralised (§1.5, §9.12). The networks behind b2 are what the router's extra route leads to (§9.19).
 */
final class Cast {
    /** How the tenant networks cross the underlay. */
    enum Transport {
        VXLAN("vxlan", 1450, false),
        GRE("gre", 1458, false),
        /** Over IPv6. */
        VXLAN6("vxlan", 1430, true);

        private final String label;
        private final int mtu;
        private final boolean isOverIpv6;

        Transport(final String label, final int mtu, final boolean isOverIpv6) {
            this.label = label;
            this.mtu = mtu;
            this.isOverIpv6 = isOverIpv6;
        }

        /** {@return the address of a host on the underlay} */
        String address(final Host host) {
            final String ip = host.tunnelIp();
            return isOverIpv6 ? "2001:db8::" + ip.substring(ip.lastIndexOf('.') + 1) : ip;
        }

        /** {@return the underlay's prefix} */
        String cidr() {
            return isOverIpv6 ? "2001:db8::/64" : "192.0.2.0/24";
        }

        boolean isOverIpv6() {
            return isOverIpv6;
        }

        /** {@return what a tenant network carries over an underlay of 1500 bytes} */
        int mtu() {
            return mtu;
        }

        /** {@return the name in {@code provider:network_type} and {@code tunnel_types}} */
        String label() {
            return label;
        }
    }

    /**
     * A host.
     *
     * @param name        as {@code compute1}
     * @param number      1, 2 or 3
     * @param tunnelIp    its address on the underlay, where that is IPv4
     * @param underlayMac of the device that has it
     * @param dvrMac      what stands in for a gateway's MAC in tunnels
     * @param fgIp        its own address on E; empty where it has none
     * @param fgMac       the MAC of that
     */
    record Host(
            String name, int number, String tunnelIp, String underlayMac, String dvrMac, String fgIp, String fgMac) {
        /** {@return true for the host of the SNAT side} */
        boolean isNetworkHost() {
            return fgIp.isEmpty();
        }
    }

    /**
     * A tenant network with its one subnet.
     *
     * @param name       a or b
     * @param segment    VNI or GRE key
     * @param subnet     the first three bytes
     * @param gatewayMac the same on every host
     * @param csnatMac   of the SNAT side's address
     */
    record Network(String name, int segment, String subnet, String gatewayMac, String csnatMac) {
        String cidr() {
            return subnet + ".0/24";
        }

        String gatewayIp() {
            return subnet + ".1";
        }

        String csnatIp() {
            return subnet + ".2";
        }
    }

    /**
     * A guest.
     *
     * @param name     as {@code a1}
     * @param network  its network
     * @param host     where it runs
     * @param portIp   the fixed address of its port
     * @param ip       what it talks with: that address, or one of an allowed pair
     * @param mac      of its device
     * @param floating the floating IP behind which it is; empty where it has none
     */
    record Guest(String name, Network network, Host host, String portIp, String ip, String mac, String floating) {
        /** {@return the host's device for its port, contract.md §2} */
        String tap() {
            return "tapport-" + name;
        }

        boolean hasFloating() {
            return !floating.isEmpty();
        }

        /** {@return true where the floating IP is translated on the network host, whatever host the guest is on} */
        boolean isCentralised() {
            return hasFloating() && !portIp.equals(ip);
        }
    }

    static final int UNDERLAY_MTU = 1500;
    static final String EXTERNAL_CIDR = "203.0.113.0/24";
    static final String GATEWAY_IP = "203.0.113.30";
    static final String GATEWAY_MAC = "fa:16:3e:0e:00:30";
    static final String UPSTREAM_IP = "203.0.113.1";
    static final String UPSTREAM_MAC = "52:54:00:00:00:01";
    static final String OUTSIDE_IP = "8.8.8.8";
    /** A second address of the outside host: a STUN server answers from two. */
    static final String OUTSIDE_OTHER_IP = "8.8.8.9";

    static final String OUTSIDE_GATEWAY_IP = "8.8.8.1";
    static final String BEHIND_B2_CIDR = "192.168.9.0/24";
    static final String BEHIND_B2_IP = "192.168.9.1";

    static final Host COMPUTE1 = new Host(
            "compute1", 1, "192.0.2.11", "02:00:00:00:00:01", "fa:16:3f:00:00:01", "203.0.113.41", "fa:16:3e:0e:00:41");
    static final Host COMPUTE2 = new Host(
            "compute2", 2, "192.0.2.12", "02:00:00:00:00:02", "fa:16:3f:00:00:02", "203.0.113.42", "fa:16:3e:0e:00:42");
    static final Host NETWORK1 =
            new Host("network1", 3, "192.0.2.21", "02:00:00:00:00:03", "fa:16:3f:00:00:03", "", "");
    static final List<Host> HOSTS = List.of(COMPUTE1, COMPUTE2, NETWORK1);

    static final Network A = new Network("a", 101, "10.0.1", "fa:16:3e:0a:00:01", "fa:16:3e:0a:00:02");
    static final Network B = new Network("b", 102, "10.0.2", "fa:16:3e:0b:00:01", "fa:16:3e:0b:00:02");
    static final List<Network> NETWORKS = List.of(A, B);

    static final Guest A1 = guest("a1", A, COMPUTE1, 11, "203.0.113.51");
    static final Guest A3 = guest("a3", A, COMPUTE1, 13, "");
    static final Guest B1 = guest("b1", B, COMPUTE1, 11, "203.0.113.61");
    static final Guest V = new Guest("v", A, COMPUTE1, "10.0.1.14", "10.0.1.20", "fa:16:3e:0a:00:14", "203.0.113.71");
    static final Guest A2 = guest("a2", A, COMPUTE2, 12, "203.0.113.52");
    static final Guest B2 = guest("b2", B, COMPUTE2, 12, "");
    static final List<Guest> GUESTS = List.of(A1, A3, B1, V, A2, B2);

    private Cast() {}

    private static Guest guest(
            final String name, final Network network, final Host host, final int last, final String floating) {
        final String ip = network.subnet() + "." + last;
        return new Guest(name, network, host, ip, ip, network.gatewayMac().substring(0, 11) + ":00:" + last, floating);
    }

    /** {@return the guests of a host} */
    static List<Guest> guestsOn(final Host host) {
        return GUESTS.stream().filter(guest -> guest.host().equals(host)).toList();
    }

    /** {@return every host but one} */
    static List<Host> peersOf(final Host host) {
        return HOSTS.stream().filter(other -> !other.equals(host)).toList();
    }

    /**
     * Finds a host.
     *
     * @param name as {@code compute1}
     * @return the host
     */
    static Host host(final String name) {
        return HOSTS.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new LabException("no host " + name + " in the lab"));
    }
}
