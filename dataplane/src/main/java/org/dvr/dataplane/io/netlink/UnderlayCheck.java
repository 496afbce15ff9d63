package org.dvr.dataplane.io.netlink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.ip.Ipv6Header;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.UdpHeader;
import org.dvr.codec.tunnel.GreHeader;
import org.dvr.codec.tunnel.VxlanHeader;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Looks at the start whether the underlay of a topology is there and fit for it. What it finds is told and nothing more: devices, routes and peers may come
 * later.
 */
public final class UnderlayCheck {
    /** What can be wrong. */
    public enum Problem {
        /** The underlay device does not exist. */
        DEVICE_MISSING,
        /** The underlay device is down, or nothing is at its other end. */
        DEVICE_DOWN,
        /** The tunnel address is on no device in the kernel. */
        ADDRESS_MISSING,
        /** The tunnel address is on other devices than the underlay's. */
        ADDRESS_ELSEWHERE,
        /** A tunnel network's packets do not fit once they are wrapped. */
        MTU_TOO_SMALL,
        /** There is no way to a tunnel peer. */
        PEER_UNREACHABLE,
        /** Another station has our tunnel address. */
        ADDRESS_DUPLICATE
    }

    /**
     * Something that is wrong.
     *
     * @param problem what
     * @param text one sentence with names and numbers, then what to do about it
     */
    public record Finding(Problem problem, String text) {}

    private static final int SHOWN_PEERS = 4;
    private static final int LOOPBACK_INDEX = 1; // in every network namespace

    private final TopologySnapshot topology;
    private final String device;
    private final IpAddress local;
    private final List<Finding> findings = new ArrayList<>();

    private UnderlayCheck(final String device, final TopologySnapshot topology) {
        this.device = device;
        this.topology = topology;
        local = topology.vtep();
    }

    /**
     * Asks the kernel; waits for nobody else.
     *
     * @param device the underlay's
     * @param topology what it should carry; one of a host that has a tunnel address
     * @param peers the tunnel peers of the topology
     * @return what is wrong, most important first
     * @throws IOException if the kernel refuses
     */
    public static List<Finding> check(final String device, final TopologySnapshot topology, final List<Peer> peers)
            throws IOException {
        try (LinkWatch links = LinkWatch.open();
                NetlinkSocket requests = NetlinkSocket.forRequests()) {
            final UnderlayCheck check = new UnderlayCheck(device, topology);
            check.findAll(links, requests, peers);
            return List.copyOf(check.findings);
        }
    }

    /**
     * Asks on the wire whether another station has our tunnel address; takes 600 ms when none has. An IPv6 address is not asked for: the kernel does that
     * itself when it is assigned (RFC 4862 §5.4).
     *
     * @param device the underlay's; nothing is asked while it is away or down
     * @param topology of a host that has a tunnel address
     * @return what is wrong: nothing, or one finding
     * @throws IOException if it cannot be asked
     */
    public static List<Finding> checkDuplicate(final String device, final TopologySnapshot topology)
            throws IOException {
        final Link link;
        try (LinkWatch links = LinkWatch.open()) {
            link = links.find(device);
        }
        if (link == null || !link.hasCarrier() || link.mac() == 0 || topology.isIpv6Underlay()) {
            return List.of();
        }
        final long other = new DuplicateAddressProbe().ask(link, topology.vtepIp());
        if (other == DuplicateAddressProbe.NOBODY) {
            return List.of();
        }
        return List.of(new Finding(
                Problem.ADDRESS_DUPLICATE,
                "two hosts have the tunnel address " + IpAddress.ofIpv4(topology.vtepIp()) + ": "
                        + MacAddress.toString(other) + " answers for it on " + device
                        + "; give one of them another local_ip"));
    }

    private void findAll(final LinkWatch links, final NetlinkSocket requests, final List<Peer> peers)
            throws IOException {
        final Link link = links.find(device);
        if (link == null) {
            add(
                    Problem.DEVICE_MISSING,
                    "the underlay device " + device + " does not exist; create it, or correct underlay_device of host "
                            + topology.host() + " (devices here: " + names(links) + ")");
            return;
        }
        if (!link.isUp()) {
            add(Problem.DEVICE_DOWN, "the underlay device " + device + " is down; ip link set " + device + " up");
        } else if (!link.hasCarrier()) {
            add(
                    Problem.DEVICE_DOWN,
                    "the underlay device " + device + " has no carrier; plug it in, or bring its other end up");
        }
        final boolean hasLocal = findAddress(links, requests, link);
        findMtu(link);
        if (hasLocal && link.hasCarrier()) {
            findUnreachable(links, requests, link, peers);
        }
    }

    private static String names(final LinkWatch links) {
        final List<String> names = new ArrayList<>();
        for (final Link link : links.all()) {
            names.add(link.name());
        }
        return String.join(", ", names);
    }

    private boolean findAddress(final LinkWatch links, final NetlinkSocket requests, final Link link)
            throws IOException {
        final AddressTable addresses = new AddressTable();
        addresses.reread(requests);
        final Set<Integer> indexes = addresses.devicesWith(local);
        if (indexes.isEmpty()) {
            add(
                    Problem.ADDRESS_MISSING,
                    "the tunnel address " + local
                            + " is on no device; peers are asked for by ARP alone and gateways are"
                            + " not used; ip address add " + local + "/PREFIX dev " + device);
            return false;
        }
        if (!indexes.contains(link.index())) {
            final List<String> names = new ArrayList<>();
            boolean isOnLoopback = false;
            for (final Link other : links.all()) {
                if (indexes.contains(other.index())) {
                    names.add(other.name());
                    isOnLoopback |= other.index() == LOOPBACK_INDEX;
                }
            }
            if (!isOnLoopback) { // there it is meant for any device that routes lead by
                add(
                        Problem.ADDRESS_ELSEWHERE,
                        "the tunnel address " + local + " is on " + String.join(", ", names)
                                + ", not on the underlay device "
                                + device + "; move it, or name the other device in underlay_device of host "
                                + topology.host());
            }
        }
        return true;
    }

    private void findMtu(final Link link) {
        Segment largest = null;
        int count = 0;
        for (final Segment segment : topology.segments()) {
            if (segment.type().isTunneled() && segment.mtu() + overhead(segment) > link.mtu()) {
                count++;
                if (largest == null || segment.mtu() + overhead(segment) > largest.mtu() + overhead(largest)) {
                    largest = segment;
                }
            }
        }
        if (largest != null) {
            final int needed = largest.mtu() + overhead(largest);
            add(
                    Problem.MTU_TOO_SMALL,
                    "network " + largest.name() + " has MTU " + largest.mtu() + ", wrapped " + needed
                            + " bytes, but " + device + " carries " + link.mtu()
                            + (count > 1 ? ", and " + (count - 1) + " more networks do not fit" : "")
                            + ": larger packets are dropped; ip link set " + device + " mtu " + needed
                            + ", or lower the network's mtu to " + (link.mtu() - overhead(largest)));
        }
    }

    /** Bytes that a tunnel puts around an inner IP packet, the inner Ethernet header included. */
    private int overhead(final Segment segment) {
        final int tunnel =
                segment.type() == NetworkType.VXLAN ? UdpHeader.LENGTH + VxlanHeader.LENGTH : GreHeader.KEYED_LENGTH;
        return (local.isIpv4() ? Ipv4Header.MIN_LENGTH : Ipv6Header.LENGTH) + tunnel + EthernetHeader.LENGTH;
    }

    private void findUnreachable(
            final LinkWatch links, final NetlinkSocket requests, final Link link, final List<Peer> peers)
            throws IOException {
        final UnderlayRoutes routes = new UnderlayRoutes(requests);
        final TreeMap<String, List<Peer>> unreached = new TreeMap<>();
        for (final Peer peer : peers) {
            final String reason = whyNot(links, link, routes.find(local, peer.address()));
            if (reason != null) {
                unreached.computeIfAbsent(reason, key -> new ArrayList<>()).add(peer);
            }
        }
        unreached.forEach((reason, several) -> add(
                Problem.PEER_UNREACHABLE,
                "no way to " + list(several) + ": " + reason + "; see ip route get "
                        + several.getFirst().address() + " from " + local));
    }

    /** Null when there is a way. */
    private String whyNot(final LinkWatch links, final Link link, final UnderlayRoute way) {
        if (!way.refusal().isEmpty()) {
            return way.refusal();
        }
        if (way.type() == Rtnetlink.RTN_LOCAL) {
            return "that is an address of this host itself: two hosts have one tunnel address";
        }
        if (way.index() != link.index()) {
            final Link other = links.find(way.index());
            return "the route leaves by " + (other == null ? "another device" : other.name()) + ", not by " + device;
        }
        return null;
    }

    /** Names peers, not too many of them. */
    static String list(final List<?> peers) {
        final StringBuilder text = new StringBuilder(peers.size() == 1 ? "peer " : "peers ");
        for (int i = 0; i < Math.min(peers.size(), SHOWN_PEERS); i++) {
            text.append(i == 0 ? "" : ", ").append(peers.get(i));
        }
        return peers.size() <= SHOWN_PEERS
                ? text.toString()
                : text.append(" and ")
                        .append(peers.size() - SHOWN_PEERS)
                        .append(" more")
                        .toString();
    }

    private void add(final Problem problem, final String text) {
        findings.add(new Finding(problem, text));
    }
}
