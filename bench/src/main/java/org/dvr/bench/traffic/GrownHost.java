package org.dvr.bench.traffic;

import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * The cloud around a network host of any size: legacy routers, each between two VXLAN networks of its own, whose guests are on compute hosts; extra routes;
 * floating IPs. All tenants use the same addresses, as tenants do. One external network, flat, with its gateway.
 *
 * @param routers 1 to {@value #MOST_ROUTERS}
 * @param guests in each network, 1 to {@value #MOST_GUESTS}
 * @param prefixes extra routes of each router, 0 to {@value #MOST_PREFIXES}; another one for each {@value #BLOCKS_PER_AGGREGATE}, which covers these
 * @param floatingIps of all routers together, 0 to {@value #MOST_FLOATING_IPS}: one for each of the first guests of the first network
 */
record GrownHost(int routers, int guests, int prefixes, int floatingIps) {
    static final int MOST_ROUTERS = 32_000;
    static final int MOST_GUESTS = 65_000;
    static final int MOST_PREFIXES = 100_000;
    static final int MOST_FLOATING_IPS = 90_000;

    /** Networks of a router. */
    static final int LEFT = 0;

    static final int RIGHT = 1;

    private static final int GUESTS_PER_PEER = 100;
    private static final int MOST_PEERS = 1_000;

    private static final int FIRST_VTEP = 0xAC10_0002; // 172.16.0.2
    private static final int FIRST_SEGMENT_ID = 2;
    private static final int FIRST_VNI = 10_001;
    private static final int NETWORK_LENGTH = 16; // 10.0.0.0/16 and 10.1.0.0/16
    private static final int FIRST_BLOCK = 0x1400_0000; // 20.0.0.0, a /20 for each prefix
    private static final int BLOCK_SHIFT = 12;
    private static final int BLOCK_LENGTH = 20;
    private static final int LENGTHS = 9; // /20 to /28
    private static final int BLOCKS_PER_AGGREGATE = 256; // a /12
    private static final int AGGREGATE_LENGTH = 12;
    private static final int FIRST_GATEWAY_IP = Cloud.EXTERNAL_NETWORK + 0x10;
    private static final int FIRST_FLOATING_IP = Cloud.EXTERNAL_NETWORK + 0x8000;

    GrownHost {
        if (routers < 1
                || routers > MOST_ROUTERS
                || guests < 1
                || guests > MOST_GUESTS
                || prefixes < 0
                || prefixes > MOST_PREFIXES
                || floatingIps < 0
                || floatingIps > Math.min(MOST_FLOATING_IPS, routers * guests)) {
            throw new IllegalArgumentException("out of range, routers=" + routers + " guests=" + guests + " prefixes="
                    + prefixes + " floatingIps=" + floatingIps);
        }
    }

    /**
     * Spreads numbers evenly, neighbors far apart.
     *
     * @param number any
     * @param size how many there are to spread over
     * @return 0 to {@code size} - 1
     */
    static int spread(final int number, final int size) {
        final int mixed = number * 0x9E37_79B1;
        return (int) ((Integer.toUnsignedLong(mixed) * size) >>> 32);
    }

    private int peers() {
        return Math.clamp(2L * routers * guests / GUESTS_PER_PEER, 1, MOST_PEERS);
    }

    static int peerIp(final int peer) {
        return FIRST_VTEP + peer;
    }

    static long peerMac(final int peer) {
        return 0x0200_0001_0000L + peer;
    }

    /** Which host has a guest. */
    int peerOf(final int router, final int network, final int guest) {
        return (network(router, network) * guests + guest) % peers();
    }

    private static int network(final int router, final int network) {
        return router * 2 + network;
    }

    static int vni(final int router, final int network) {
        return FIRST_VNI + network(router, network);
    }

    static long guestMac(final int router, final int network, final int guest) {
        return 0x0600_0000_0000L | (long) network(router, network) << 16 | guest + 1;
    }

    static int guestIp(final int network, final int guest) {
        return 0x0A00_0000 | network << 16 | guest + 10;
    }

    static long routerMac(final int router, final int network) {
        return 0x0E00_0000_0000L | network(router, network);
    }

    static long gatewayMac(final int router) {
        return 0x0E01_0000_0000L | router;
    }

    /** Router of a floating IP: they take turns. */
    int routerOf(final int floatingIp) {
        return floatingIp % routers;
    }

    /** Guest of a floating IP, of the first network of its router. */
    int guestOf(final int floatingIp) {
        return floatingIp / routers;
    }

    static int floatingIp(final int number) {
        return FIRST_FLOATING_IP + number;
    }

    /** Length of an extra route: all of 20 to 28 occur, each as often as any other. */
    private static int prefixLength(final int prefix) {
        return BLOCK_LENGTH + prefix % LENGTHS;
    }

    /** An address that an extra route covers, and none longer. */
    static int addressIn(final int prefix, final int number) {
        final int hosts = 1 << (32 - prefixLength(prefix));
        return FIRST_BLOCK + (prefix << BLOCK_SHIFT) + number % hosts;
    }

    /** Next hop of an extra route: a guest of the second network, never the last, which the covering prefixes have. */
    int nextHopGuest(final int prefix) {
        return prefix % Math.max(1, guests - 1);
    }

    TopologySnapshot build() {
        final SnapshotBuilder builder = new SnapshotBuilder("network1", 1, routers * 2 * (guests + 2) + floatingIps);
        builder.underlay(Cloud.UNDERLAY_ID, Cloud.VTEP_IP, Cloud.UNDERLAY_MAC, Cloud.UNDERLAY_MTU);
        builder.dvrMac(Cloud.DVR_MAC);
        final Peer[] peers = new Peer[peers()];
        for (int i = 0; i < peers.length; i++) {
            peers[i] = new Peer(i, peerIp(i), peerMac(i), "compute" + (i + 1));
            builder.peer(peers[i]);
        }
        final Attachment wire = builder.physical(Cloud.PHYSICAL_ID, "provider");
        final Segment outside = builder.segment(
                1, Cloud.id("network", 0), "public", NetworkType.FLAT, 0, wire, /* mtu= */ 1_500, true, true);
        builder.neighborOnWire(wire, Cloud.EXTERNAL_GATEWAY_IP, Cloud.EXTERNAL_GATEWAY_MAC);
        for (int router = 0; router < routers; router++) {
            router(builder, router, peers, outside);
        }
        return builder.build();
    }

    private void router(final SnapshotBuilder builder, final int number, final Peer[] peers, final Segment outside) {
        final Router router = builder.centralRouter(
                number + 1, Cloud.id("legacy", number), "legacy" + number, true, /* isSnatSide= */ false);
        network(builder, router, number, LEFT, peers);
        final RouterPort right = network(builder, router, number, RIGHT, peers);
        for (int prefix = 0; prefix < prefixes; prefix++) {
            final int length = prefixLength(prefix);
            builder.extraRoute(router, addressIn(prefix, 0), length, right, guestIp(RIGHT, nextHopGuest(prefix)));
            if (prefix % BLOCKS_PER_AGGREGATE == 0) {
                builder.extraRoute(router, addressIn(prefix, 0), AGGREGATE_LENGTH, right, guestIp(RIGHT, guests - 1));
            }
        }
        if (floatingIps > 0) {
            builder.gatewayPort(
                    router,
                    outside,
                    gatewayMac(number),
                    FIRST_GATEWAY_IP + number,
                    Cloud.EXTERNAL_GATEWAY_IP,
                    /* hasSnat= */ true);
            builder.externalRoute(router, Cloud.EXTERNAL_NETWORK, Cloud.EXTERNAL_LENGTH);
            for (int i = number; i < floatingIps; i += routers) {
                builder.centralFloatingIp(router, floatingIp(i), guestIp(LEFT, guestOf(i)));
            }
        }
    }

    private RouterPort network(
            final SnapshotBuilder builder, final Router router, final int number, final int side, final Peer[] peers) {
        final int network = network(number, side);
        final Segment segment = builder.segment(
                FIRST_SEGMENT_ID + network,
                Cloud.id("network", FIRST_SEGMENT_ID + network),
                "network" + network,
                NetworkType.VXLAN,
                vni(number, side),
                null,
                Cloud.MTU,
                false,
                true);
        for (int guest = 0; guest < guests; guest++) {
            final Peer peer = peers[peerOf(number, side, guest)];
            builder.remoteMac(segment, guestMac(number, side, guest), peer);
            builder.neighbor(segment, guestIp(side, guest), guestMac(number, side, guest), true);
            if (guest < peers.length) { // guests follow each other from host to host: these are on all of them
                builder.floodTo(segment, peer);
            }
        }
        final int ip = 0x0A00_0001 | side << 16;
        builder.neighbor(segment, ip, routerMac(number, side), true);
        return builder.centralPort(
                router, segment, Cloud.id("interface", network), routerMac(number, side), ip, NETWORK_LENGTH);
    }
}
