package org.dvr.dataplane.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.RouterPort6;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * The cast of dvr.md §9.0 as one compute host sees it: router R with subnets A and B, external network E, guests a1, b1, a3 on compute1 and
 * a2, b2 on compute2, the SNAT side on network1.
 *
 * <p>Defaults: VXLAN, an fg port, static MACs of the upstream router and of tunnel peers, no port security, no announcements owed.
 */
public final class Cast {
    public static final String MA1 = "fa:16:3e:00:0a:01";
    public static final String MA2 = "fa:16:3e:00:0a:02";
    public static final String MA3 = "fa:16:3e:00:0a:03";
    public static final String MB1 = "fa:16:3e:00:0b:01";
    public static final String MB2 = "fa:16:3e:00:0b:02";
    public static final String GA = "fa:16:3e:00:0a:fe";
    public static final String GB = "fa:16:3e:00:0b:fe";
    public static final String SA = "fa:16:3e:00:0a:05";
    public static final String SB = "fa:16:3e:00:0b:05";
    public static final String D1 = "fa:16:3f:00:00:01";
    public static final String D2 = "fa:16:3f:00:00:02";
    public static final String DN = "fa:16:3f:00:00:03";
    public static final String F1 = "fa:16:3e:00:0e:41";
    public static final String F2 = "fa:16:3e:00:0e:42";
    public static final String Q = "fa:16:3e:00:0e:30";
    public static final String U = "00:00:5e:00:53:01";
    public static final String T1_MAC = "52:54:00:00:00:01";
    public static final String T2_MAC = "52:54:00:00:00:02";
    public static final String TN_MAC = "52:54:00:00:00:03";
    public static final String BROADCAST = "ff:ff:ff:ff:ff:ff";

    public static final String A1 = "10.0.1.11";
    public static final String A2 = "10.0.1.12";
    public static final String A3 = "10.0.1.13";
    public static final String B1 = "10.0.2.11";
    public static final String B2 = "10.0.2.12";
    public static final String QR_A = "10.0.1.1";
    public static final String QR_B = "10.0.2.1";
    public static final String CSNAT_A = "10.0.1.2";
    public static final String CSNAT_B = "10.0.2.2";
    public static final String FIP_A1 = "203.0.113.51";
    public static final String FIP_A2 = "203.0.113.52";
    public static final String FIP_B1 = "203.0.113.61";
    public static final String FG1 = "203.0.113.41";
    public static final String FG2 = "203.0.113.42";
    public static final String QG = "203.0.113.30";
    public static final String UPSTREAM = "203.0.113.1";
    public static final String X = "8.8.8.8";
    public static final String T1 = "192.0.2.1";
    public static final String T2 = "192.0.2.2";
    public static final String T1_V6 = "2001:db8::1";
    public static final String T2_V6 = "2001:db8::2";
    public static final String TN_V6 = "2001:db8::3";
    public static final String TN = "192.0.2.3";
    public static final String RFP = "169.254.64.0";
    public static final String FPR = "169.254.64.1";

    public static final String UNDERLAY = "underlay";
    public static final String PROVIDER = "provider";
    public static final String PHYSNET = "physnet1";
    public static final String TAP_A1 = "tapa1";
    public static final String TAP_A2 = "tapa2";
    public static final String TAP_A3 = "tapa3";
    public static final String TAP_B1 = "tapb1";
    public static final String TAP_B2 = "tapb2";

    public static final int ID_A = 101;
    public static final int ID_B = 102;

    /** What the builder has made so far, for {@link #also}. */
    public static final class Parts {
        public final SnapshotBuilder builder;
        public final Map<String, Attachment> ports = new HashMap<>();
        public final Map<String, Peer> peers = new HashMap<>();
        public Segment a;
        public Segment b;
        public Segment external;
        public ExternalPort externalPort;
        public Router router;
        public RouterPort gatewayA;
        public RouterPort gatewayB;

        private Parts(final SnapshotBuilder builder) {
            this.builder = builder;
        }
    }

    private final boolean isFirst;
    private NetworkType typeA = NetworkType.VXLAN;
    private NetworkType typeB = NetworkType.VXLAN;
    private int externalVlan;
    private boolean hasFg = true;
    private boolean hasUpstream = true;
    private boolean hasPeerMacs = true;
    private boolean isIpv6Underlay;
    private boolean hasPortSecurity;
    private boolean hasFloatingIps = true;
    private boolean hasRedirect = true;
    private int externalGateway = ip(UPSTREAM);
    private int mtuA = 1450;
    private int mtuB = 1450;
    private int mtuExternal = 1500;
    private int underlayMtu = 1500;
    private boolean isRouterUp = true;
    private boolean isA3Up = true;
    private boolean isBUp = true;
    private long version = 1;
    private final List<Consumer<Parts>> extras = new ArrayList<>();

    private Cast(final boolean isFirst) {
        this.isFirst = isFirst;
    }

    /** The view of compute1. */
    public static Cast compute1() {
        return new Cast(true);
    }

    /** The view of compute2. */
    public static Cast compute2() {
        return new Cast(false);
    }

    /** {@return an IPv4 address from text} */
    public static int ip(final String text) {
        return Ipv4Address.parse(text);
    }

    /** {@return a MAC from text} */
    public static long mac(final String text) {
        return MacAddress.parse(text);
    }

    /** Both tenant networks are of a type; VLAN ids are 101 and 102, a flat A leaves B as VXLAN. */
    public Cast tenants(final NetworkType type) {
        typeA = type;
        typeB = type == NetworkType.FLAT ? NetworkType.VXLAN : type;
        return this;
    }

    /** Network A alone is of a type. */
    public Cast tenantA(final NetworkType type) {
        typeA = type;
        return this;
    }

    /** The external network is VLAN, not flat. */
    public Cast externalVlan(final int vlanId) {
        externalVlan = vlanId;
        return this;
    }

    /** No fg port: the host has a MAC and no address outside. */
    public Cast withoutFg() {
        hasFg = false;
        return this;
    }

    /** Upstream router and other hosts have to be asked by ARP outside. */
    public Cast withoutUpstream() {
        hasUpstream = false;
        return this;
    }

    /** The external subnet has no gateway. */
    public Cast withoutExternalGateway() {
        externalGateway = 0;
        return this;
    }

    /** Tunnel peers have to be asked by ARP. */
    public Cast withoutPeerMacs() {
        hasPeerMacs = false;
        return this;
    }

    /** Tunnel endpoints have IPv6 addresses. */
    public Cast ipv6Underlay() {
        isIpv6Underlay = true;
        return this;
    }

    /** Guests have port security. */
    public Cast portSecurity() {
        hasPortSecurity = true;
        return this;
    }

    /** No floating IPs at all. */
    public Cast withoutFloatingIps() {
        hasFloatingIps = false;
        return this;
    }

    /** No csnat ports. */
    public Cast withoutRedirect() {
        hasRedirect = false;
        return this;
    }

    /** MTU of network A. */
    public Cast mtuA(final int mtu) {
        mtuA = mtu;
        return this;
    }

    /** MTU of network B. */
    public Cast mtuB(final int mtu) {
        mtuB = mtu;
        return this;
    }

    /** MTU of the external network. */
    public Cast mtuExternal(final int mtu) {
        mtuExternal = mtu;
        return this;
    }

    /** MTU of the underlay. */
    public Cast underlayMtu(final int mtu) {
        underlayMtu = mtu;
        return this;
    }

    /** Router R is administratively down. */
    public Cast routerDown() {
        isRouterUp = false;
        return this;
    }

    /** Guest a3 is administratively down. */
    public Cast a3Down() {
        isA3Up = false;
        return this;
    }

    /** Network B is administratively down. */
    public Cast networkBDown() {
        isBUp = false;
        return this;
    }

    /** Another version of the topology. */
    public Cast version(final long number) {
        version = number;
        return this;
    }

    /** Adds what this cast does not have. */
    public Cast also(final Consumer<Parts> extra) {
        extras.add(extra);
        return this;
    }

    /** A metadata proxy at its default place; a1 is 240.0.18.52 and a3 240.0.0.3 to it. */
    public Cast metadata() {
        return metadata(MetadataProxy.DEFAULT);
    }

    /** As {@link #metadata()}, elsewhere. */
    public Cast metadata(final MetadataProxy proxy) {
        return also(parts -> {
            parts.builder.metadata(8, proxy);
            parts.builder.metadataGuest(ip("240.0.18.52"), ip(A1), parts.gatewayA, mac(MA1), parts.ports.get(TAP_A1));
            parts.builder.metadataGuest(ip("240.0.0.3"), ip(A3), parts.gatewayA, mac(MA3), parts.ports.get(TAP_A3));
        });
    }

    /** IPv6 subnets fd00:a::/64 and fd00:b::/64 with gateways ::1 and the guests a1 and b1 as ::11. */
    public Cast ipv6() {
        return also(parts -> {
            final RouterPort6 a = gateway6(parts, parts.a, "fd00:a::1", GA, "fd00:a::/64");
            parts.builder.redirect6(a, mac(SA));
            gateway6(parts, parts.b, "fd00:b::1", GB, "fd00:b::/64");
            parts.builder.neighbor6(parts.a, Ipv6Address.high("fd00:a::11"), Ipv6Address.low("fd00:a::11"), mac(MA1));
            parts.builder.neighbor6(parts.b, Ipv6Address.high("fd00:b::11"), Ipv6Address.low("fd00:b::11"), mac(MB1));
        });
    }

    private static RouterPort6 gateway6(
            final Parts parts, final Segment segment, final String ip, final String hardware, final String cidr) {
        return parts.builder.routerPort6(
                parts.router,
                segment,
                "port-" + cidr,
                mac(hardware),
                Ipv6Address.high(ip),
                Ipv6Address.low(ip),
                64,
                cidr);
    }

    /** {@return the snapshot} */
    public TopologySnapshot build() {
        final SnapshotBuilder builder = new SnapshotBuilder(isFirst ? "compute1" : "compute2", version, 16);
        final Parts parts = new Parts(builder);
        hosts(builder, parts);
        final Attachment provider = builder.physical(1, PROVIDER);
        final Attachment physnet = builder.physical(2, PHYSNET);
        parts.ports.put(PROVIDER, provider);
        parts.ports.put(PHYSNET, physnet);
        parts.a = segment(builder, 1, "A", typeA, ID_A, physnet, mtuA, true);
        parts.b = segment(builder, 2, "B", typeB, ID_B, physnet, mtuB, isBUp);
        final NetworkType typeE = externalVlan == 0 ? NetworkType.FLAT : NetworkType.VLAN;
        parts.external =
                builder.segment(3, "net-e", "E", typeE, externalVlan, provider, mtuExternal, true, /* isUp= */ true);
        router(builder, parts);
        guests(builder, parts);
        external(builder, parts);
        for (final Consumer<Parts> extra : extras) {
            extra.accept(parts);
        }
        return builder.build();
    }

    private void hosts(final SnapshotBuilder builder, final Parts parts) {
        final Attachment underlay =
                builder.underlay(0, tunnel(isFirst ? T1 : T2), mac(isFirst ? T1_MAC : T2_MAC), underlayMtu);
        parts.ports.put(UNDERLAY, underlay);
        builder.dvrMac(mac(isFirst ? D1 : D2));
        builder.foreignDvrMac(mac(isFirst ? D2 : D1));
        builder.foreignDvrMac(mac(DN));
        final Peer compute = isFirst
                ? Peer.of(1, tunnel(T2), hasPeerMacs ? mac(T2_MAC) : 0, "compute2")
                : Peer.of(0, tunnel(T1), hasPeerMacs ? mac(T1_MAC) : 0, "compute1");
        final Peer network = Peer.of(2, tunnel(TN), hasPeerMacs ? mac(TN_MAC) : 0, "network1");
        builder.peer(compute);
        builder.peer(network);
        parts.peers.put("compute", compute);
        parts.peers.put("network", network);
    }

    private IpAddress tunnel(final String ipv4) {
        if (!isIpv6Underlay) {
            return IpAddress.parse(ipv4);
        }
        return IpAddress.parse(ipv4.equals(T1) ? T1_V6 : ipv4.equals(T2) ? T2_V6 : TN_V6);
    }

    private static Segment segment(
            final SnapshotBuilder builder,
            final int id,
            final String name,
            final NetworkType type,
            final int number,
            final Attachment physnet,
            final int mtu,
            final boolean isUp) {
        final boolean isTagged = type == NetworkType.VLAN || type.isTunneled();
        return builder.segment(
                id,
                "net-" + name,
                name,
                type,
                isTagged ? number : 0,
                type.isTunneled() ? null : physnet,
                mtu,
                /* isExternal= */ false,
                isUp);
    }

    private void router(final SnapshotBuilder builder, final Parts parts) {
        parts.router = builder.router(7, "router-r", "R", isRouterUp);
        parts.gatewayA = builder.routerPort(parts.router, parts.a, "port-ga", mac(GA), ip(QR_A), 24, true);
        parts.gatewayB = builder.routerPort(parts.router, parts.b, "port-gb", mac(GB), ip(QR_B), 24, true);
        builder.neighbor(parts.a, ip(QR_A), mac(GA), true);
        builder.neighbor(parts.b, ip(QR_B), mac(GB), true);
        if (hasRedirect) {
            builder.redirect(parts.gatewayA, ip(CSNAT_A), mac(SA));
            builder.redirect(parts.gatewayB, ip(CSNAT_B), mac(SB));
            builder.neighbor(parts.a, ip(CSNAT_A), mac(SA), true);
            builder.neighbor(parts.b, ip(CSNAT_B), mac(SB), true);
            remote(builder, parts, parts.a, SA, "network");
            remote(builder, parts, parts.b, SB, "network");
        }
        for (final Segment segment : List.of(parts.a, parts.b)) {
            if (segment.type().isTunneled()) {
                builder.floodTo(segment, parts.peers.get("network"));
                builder.floodTo(segment, parts.peers.get("compute"));
            }
        }
    }

    private static void remote(
            final SnapshotBuilder builder,
            final Parts parts,
            final Segment segment,
            final String address,
            final String peer) {
        if (segment.type().isTunneled()) {
            builder.remoteMac(segment, mac(address), parts.peers.get(peer));
        }
    }

    private void guests(final SnapshotBuilder builder, final Parts parts) {
        place(builder, parts, TAP_A1, 3, A1, MA1, isFirst);
        place(builder, parts, TAP_B1, 4, B1, MB1, isFirst);
        place(builder, parts, TAP_A3, 5, A3, MA3, isFirst);
        place(builder, parts, TAP_A2, 6, A2, MA2, !isFirst);
        place(builder, parts, TAP_B2, 7, B2, MB2, !isFirst);
    }

    private void place(
            final SnapshotBuilder builder,
            final Parts parts,
            final String name,
            final int id,
            final String address,
            final String hardware,
            final boolean isHere) {
        final boolean isInA = name.startsWith("tapa");
        final Segment segment = isInA ? parts.a : parts.b;
        builder.neighbor(segment, ip(address), mac(hardware), true);
        if (!isHere) {
            remote(builder, parts, segment, hardware, "compute");
            return;
        }
        final boolean isUp = isA3Up || id != 5;
        final Attachment guest = builder.guest(
                id, name, segment, "port-" + name, "compute:nova", mac(hardware), true, isUp, hasPortSecurity);
        builder.allow(guest, ip(address), 32, mac(hardware));
        builder.gatewayOf(guest, isInA ? parts.gatewayA : parts.gatewayB);
        parts.ports.put(name, guest);
    }

    private void external(final SnapshotBuilder builder, final Parts parts) {
        final String fg = isFirst ? FG1 : FG2;
        parts.externalPort = builder.externalPort(parts.external, mac(isFirst ? F1 : F2), hasFg ? ip(fg) : 0);
        if (hasFg) {
            builder.externalGatewayIp(parts.externalPort, externalGateway);
        }
        builder.externalGateway(parts.router, parts.externalPort, ip(RFP));
        builder.externalRoute(parts.router, ip("203.0.113.0"), 24);
        if (hasUpstream) {
            final Attachment provider = parts.ports.get(PROVIDER);
            builder.neighborOnWire(provider, ip(UPSTREAM), mac(U));
            builder.neighborOnWire(provider, ip(isFirst ? FIP_A2 : FIP_A1), mac(isFirst ? F2 : F1));
            builder.neighborOnWire(provider, ip(QG), mac(Q));
        }
        if (hasFloatingIps && isFirst) {
            builder.floatingIp(parts.router, ip(FIP_A1), ip(A1), externalGateway, parts.ports.get(TAP_A1));
            builder.floatingIp(parts.router, ip(FIP_B1), ip(B1), externalGateway, parts.ports.get(TAP_B1));
        } else if (hasFloatingIps) {
            builder.floatingIp(parts.router, ip(FIP_A2), ip(A2), externalGateway, parts.ports.get(TAP_A2));
        }
    }
}
