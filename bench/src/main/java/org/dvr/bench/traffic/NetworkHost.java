package org.dvr.bench.traffic;

import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * The cloud around a network host: no guests here, {@value #GUESTS_PER_NETWORK} guests in each network, one on each of {@value Cloud#PEERS} compute
 * hosts. Each of {@value Cloud#TENANTS} tenants has two routers with two VXLAN networks each: a distributed one, whose SNAT side is here, with csnat ports,
 * and a gateway port that translates for all of its guests; and a legacy one, which is here whole. All share one external network, flat, with its gateway.
 */
final class NetworkHost {
    static final int GUESTS_PER_NETWORK = Cloud.PEERS;

    /** Networks of a tenant's distributed router. */
    static final int FRONT = 0;

    static final int BACK = 1;

    /** Networks of a tenant's legacy router. */
    static final int LEFT = 2;

    static final int RIGHT = 3;

    private static final int NETWORKS_PER_TENANT = 4;
    private static final int FIRST_VNI = 7_001;
    private static final int FIRST_GATEWAY_IP = Cloud.EXTERNAL_NETWORK + 0x10;
    private static final int SNAT_ZONES = 100;
    private static final int LEGACY_ZONES = 200;

    private final TopologySnapshot topology = build();

    TopologySnapshot topology() {
        return topology;
    }

    static int vni(final int tenant, final int network) {
        return FIRST_VNI + number(tenant, network);
    }

    static long guestMac(final int tenant, final int network, final int guest) {
        return 0xFA16_3E10_0000L | (long) number(tenant, network) << 8 | guest + 1;
    }

    static int guestIp(final int tenant, final int network, final int guest) {
        return subnet(tenant, network) | 10 + guest;
    }

    /** The csnat port of a distributed router's network, the interface of a legacy router's. */
    static long centralMac(final int tenant, final int network) {
        return 0xFA16_3E20_0000L | number(tenant, network) + 1;
    }

    /** The gateway port of a tenant's SNAT side. */
    static long gatewayMac(final int tenant) {
        return 0xFA16_3EFF_0100L | tenant;
    }

    /** What a tenant's guests without floating IP leave with. */
    static int gatewayIp(final int tenant) {
        return FIRST_GATEWAY_IP + tenant;
    }

    /** One guest of each network on each host. */
    static int peerOf(final int guest) {
        return guest;
    }

    private static int number(final int tenant, final int network) {
        return tenant * NETWORKS_PER_TENANT + network;
    }

    private static int subnet(final int tenant, final int network) {
        return 0x0A00_0000 | tenant << 16 | network << 8;
    }

    private static TopologySnapshot build() {
        final SnapshotBuilder builder = new SnapshotBuilder(
                "network1", 1, Cloud.TENANTS * NETWORKS_PER_TENANT * (GUESTS_PER_NETWORK + 2) + Cloud.TENANTS);
        builder.underlay(Cloud.UNDERLAY_ID, Cloud.VTEP_IP, Cloud.UNDERLAY_MAC, Cloud.UNDERLAY_MTU);
        builder.dvrMac(Cloud.DVR_MAC);
        final Peer[] peers = new Peer[Cloud.PEERS];
        for (int i = 0; i < peers.length; i++) {
            peers[i] = new Peer(i, Cloud.peerIp(i), Cloud.peerMac(i), "compute" + (i + 1));
            builder.peer(peers[i]);
            builder.foreignDvrMac(Cloud.peerDvrMac(i));
        }
        final Attachment wire = builder.physical(Cloud.PHYSICAL_ID, "provider");
        final Segment outside = builder.segment(
                1, Cloud.id("network", 0), "public", NetworkType.FLAT, 0, wire, /* mtu= */ 1_500, true, true);
        builder.neighborOnWire(wire, Cloud.EXTERNAL_GATEWAY_IP, Cloud.EXTERNAL_GATEWAY_MAC);
        for (int tenant = 0; tenant < Cloud.TENANTS; tenant++) {
            distributed(builder, tenant, peers, outside);
            legacy(builder, tenant, peers);
        }
        return builder.build();
    }

    private static void distributed(
            final SnapshotBuilder builder, final int tenant, final Peer[] peers, final Segment outside) {
        final String routerId = Cloud.id("router", tenant);
        final Router router = builder.router(tenant + 1, routerId, "router" + tenant, true);
        final Router snat = builder.centralRouter(
                SNAT_ZONES + tenant + 1, routerId, "router" + tenant, true, /* isSnatSide= */ true);
        final ExternalPort gateway = builder.gatewayPort(
                snat, outside, gatewayMac(tenant), gatewayIp(tenant), Cloud.EXTERNAL_GATEWAY_IP, /* hasSnat= */ true);
        builder.externalRoute(snat, Cloud.EXTERNAL_NETWORK, Cloud.EXTERNAL_LENGTH);
        builder.neighborOnWire(outside.uplink(), gateway.ip(), gateway.mac());
        for (int network = FRONT; network <= BACK; network++) {
            final Segment segment = network(builder, tenant, network, peers);
            final int number = number(tenant, network);
            final int csnatIp = subnet(tenant, network) | 2;
            final RouterPort port = builder.routerPort(
                    router,
                    segment,
                    Cloud.id("port", number),
                    0xFA16_3E02_0000L | number + 1,
                    subnet(tenant, network) | 1,
                    Cloud.SUBNET_LENGTH,
                    true);
            builder.centralPort(
                    snat,
                    segment,
                    Cloud.id("csnat", number),
                    centralMac(tenant, network),
                    csnatIp,
                    Cloud.SUBNET_LENGTH);
            builder.redirect(port, csnatIp, centralMac(tenant, network));
            builder.neighbor(segment, csnatIp, centralMac(tenant, network), true);
        }
    }

    private static void legacy(final SnapshotBuilder builder, final int tenant, final Peer[] peers) {
        final Router router = builder.centralRouter(
                LEGACY_ZONES + tenant + 1,
                Cloud.id("legacy", tenant),
                "legacy" + tenant,
                true,
                /* isSnatSide= */ false);
        for (int network = LEFT; network <= RIGHT; network++) {
            final Segment segment = network(builder, tenant, network, peers);
            final int ip = subnet(tenant, network) | 1;
            builder.centralPort(
                    router,
                    segment,
                    Cloud.id("interface", number(tenant, network)),
                    centralMac(tenant, network),
                    ip,
                    Cloud.SUBNET_LENGTH);
            builder.neighbor(segment, ip, centralMac(tenant, network), true);
        }
    }

    private static Segment network(
            final SnapshotBuilder builder, final int tenant, final int network, final Peer[] peers) {
        final int id = 2 + number(tenant, network);
        final Segment segment = builder.segment(
                id,
                Cloud.id("network", id),
                "network" + id,
                NetworkType.VXLAN,
                vni(tenant, network),
                null,
                Cloud.MTU,
                false,
                true);
        for (int guest = 0; guest < GUESTS_PER_NETWORK; guest++) {
            final Peer peer = peers[peerOf(guest)];
            builder.remoteMac(segment, guestMac(tenant, network, guest), peer);
            builder.neighbor(segment, guestIp(tenant, network, guest), guestMac(tenant, network, guest), true);
            builder.floodTo(segment, peer);
        }
        return segment;
    }
}
