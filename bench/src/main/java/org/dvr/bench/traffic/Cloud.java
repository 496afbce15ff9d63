package org.dvr.bench.traffic;

import java.util.UUID;
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
 * The cloud around the host under test, a busy compute host: {@value #GUESTS} guests here, each with a floating IP, of {@value #TENANTS} tenants. A
 * tenant has a distributed router between two networks: its guests here are in the first, {@value #REMOTES_PER_TENANT} guests on {@value #PEERS}
 * other hosts in the second. All of them share one external network, flat, with its gateway.
 */
public final class Cloud {
    /** Tenants, each with a router and two networks. */
    public static final int TENANTS = 16;

    /** Guests on the host under test; guest g belongs to tenant g mod {@value #TENANTS}. */
    public static final int GUESTS = 64;

    /** Guests of a tenant on other hosts. */
    public static final int REMOTES_PER_TENANT = 16;

    /** Other hosts. */
    public static final int PEERS = 16;

    static final int UNDERLAY_ID = 0;
    static final int PHYSICAL_ID = 1;
    static final int FIRST_GUEST_ID = 2;

    static final int VTEP_IP = 0xC000_0201; // 192.0.2.1
    static final long UNDERLAY_MAC = 0x0200_0000_0001L;
    static final long DVR_MAC = 0xFA16_3F00_0001L;
    static final long EXTERNAL_MAC = 0xFA16_3EFF_0001L;
    static final long EXTERNAL_GATEWAY_MAC = 0x0200_00FF_0001L;

    private static final int OTHER_VTEPS = 0xC000_0202;
    static final int EXTERNAL_NETWORK = 0xC612_0000; // 198.18.0.0/15
    static final int EXTERNAL_LENGTH = 15;
    static final int EXTERNAL_GATEWAY_IP = EXTERNAL_NETWORK + 1;
    private static final int EXTERNAL_PORT_IP = EXTERNAL_NETWORK + 2;
    private static final int MORE_IP = EXTERNAL_NETWORK + 0x4000; // no guest's, nor any server's
    private static final int UNUSED_IP = 0x0A00_00F0; // 10.0.0.240, in the first tenant's network
    private static final int FIRST_FLOATING_IP = EXTERNAL_NETWORK + 0x100;
    private static final int FIRST_LINK_LOCAL = 0xA9FE_6A00; // 169.254.106.0, a pair per router
    static final int MTU = 1_450;
    static final int UNDERLAY_MTU = 1_550;
    private static final int HEADROOM = 50;
    static final int SUBNET_LENGTH = 24;

    private final NetworkType type;
    private final int mtu;
    private final TopologySnapshot topology;

    /**
     * @param type VXLAN or GRE, of all tenant networks
     */
    public Cloud(final NetworkType type) {
        this(type, MTU);
    }

    /**
     * A cloud of other packet sizes.
     *
     * @param type VXLAN or GRE, of all tenant networks
     * @param mtu of tenant networks in bytes; the underlay has room for their tunnel headers, the external network for {@value #HEADROOM} bytes more
     */
    public Cloud(final NetworkType type, final int mtu) {
        this.type = type;
        this.mtu = mtu;
        topology = build(0, HEADROOM);
    }

    /** @return the same host with a floating IP more, which none of the traffic knows */
    public TopologySnapshot withOneMore() {
        return build(MORE_IP, HEADROOM);
    }

    /** @return the same host with another MTU outside: whatever was decided may be decided otherwise */
    public TopologySnapshot withOtherMtu() {
        return build(0, HEADROOM + 1);
    }

    /** @return what the host under test knows */
    public TopologySnapshot topology() {
        return topology;
    }

    /** @return how tenant networks travel */
    public NetworkType type() {
        return type;
    }

    static int tenant(final int guest) {
        return guest % TENANTS;
    }

    static long guestMac(final int guest) {
        return 0xFA16_3E00_0000L | guest + 1;
    }

    static int guestIp(final int guest) {
        return 0x0A00_0000 | tenant(guest) << 16 | 10 + guest / TENANTS;
    }

    static int floatingIp(final int guest) {
        return FIRST_FLOATING_IP + guest;
    }

    static long remoteMac(final int tenant, final int remote) {
        return 0xFA16_3E01_0000L | tenant << 8 | remote + 1;
    }

    static int remoteIp(final int tenant, final int remote) {
        return 0x0A00_0100 | tenant << 16 | 10 + remote;
    }

    static long localGatewayMac(final int tenant) {
        return 0xFA16_3E02_0000L | tenant + 1;
    }

    static long remoteGatewayMac(final int tenant) {
        return 0xFA16_3E03_0000L | tenant + 1;
    }

    static int localVni(final int tenant) {
        return 5_001 + tenant;
    }

    static int remoteVni(final int tenant) {
        return 6_001 + tenant;
    }

    static int peerOf(final int remote) {
        return remote % PEERS;
    }

    static int peerIp(final int peer) {
        return OTHER_VTEPS + peer;
    }

    static long peerMac(final int peer) {
        return 0x0200_0000_0100L + peer;
    }

    static long peerDvrMac(final int peer) {
        return 0xFA16_3F00_0100L + peer;
    }

    static int requesterIp(final int requester) {
        return (EXTERNAL_NETWORK | 0x1_0000) + 1 + requester; // 198.19.0.1 and up
    }

    static long requesterMac(final int requester) {
        return 0x0200_0100_0000L + requester;
    }

    private TopologySnapshot build(final int moreIp, final int room) {
        final SnapshotBuilder builder =
                new SnapshotBuilder("compute1", 1, GUESTS + TENANTS * (REMOTES_PER_TENANT + 2) + 1);
        builder.underlay(UNDERLAY_ID, VTEP_IP, UNDERLAY_MAC, mtu + 2 * HEADROOM);
        builder.dvrMac(DVR_MAC);
        final Peer[] peers = new Peer[PEERS];
        for (int i = 0; i < PEERS; i++) {
            peers[i] = new Peer(i, peerIp(i), peerMac(i), "compute" + (i + 2));
            builder.peer(peers[i]);
            builder.foreignDvrMac(peerDvrMac(i));
        }
        final Attachment wire = builder.physical(PHYSICAL_ID, "provider");
        final Segment outside =
                builder.segment(1, id("network", 0), "public", NetworkType.FLAT, 0, wire, mtu + room, true, true);
        final ExternalPort external = builder.externalPort(outside, EXTERNAL_MAC, EXTERNAL_PORT_IP);
        builder.externalGatewayIp(external, EXTERNAL_GATEWAY_IP);
        builder.neighborOnWire(wire, EXTERNAL_GATEWAY_IP, EXTERNAL_GATEWAY_MAC);
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            tenant(builder, tenant, peers, external, tenant == 0 ? moreIp : 0);
        }
        return builder.build();
    }

    private void tenant(
            final SnapshotBuilder builder,
            final int tenant,
            final Peer[] peers,
            final ExternalPort external,
            final int moreIp) {
        final int local = 2 + tenant * 2;
        final Segment here = builder.segment(
                local, id("network", local), "front" + tenant, type, localVni(tenant), null, mtu, false, true);
        final Segment there = builder.segment(
                local + 1, id("network", local + 1), "back" + tenant, type, remoteVni(tenant), null, mtu, false, true);
        final Router router = builder.router(tenant + 1, id("router", tenant), "router" + tenant, true);
        builder.externalGateway(router, external, FIRST_LINK_LOCAL + tenant * 2);
        builder.externalRoute(router, EXTERNAL_NETWORK, EXTERNAL_LENGTH);
        final RouterPort gateway = gateway(builder, router, here, localGatewayMac(tenant), guestIp(tenant));
        gateway(builder, router, there, remoteGatewayMac(tenant), remoteIp(tenant, 0));
        for (int remote = 0; remote < REMOTES_PER_TENANT; remote++) {
            final Peer peer = peers[peerOf(remote)];
            builder.remoteMac(there, remoteMac(tenant, remote), peer);
            builder.neighbor(there, remoteIp(tenant, remote), remoteMac(tenant, remote), true);
            builder.floodTo(here, peer);
            builder.floodTo(there, peer);
        }
        for (int guest = tenant; guest < GUESTS; guest += TENANTS) {
            guest(builder, guest, here, gateway, router);
        }
        if (moreIp != 0) {
            builder.floatingIp(router, moreIp, UNUSED_IP, EXTERNAL_GATEWAY_IP, null);
        }
    }

    private static RouterPort gateway(
            final SnapshotBuilder builder,
            final Router router,
            final Segment segment,
            final long mac,
            final int ipInSubnet) {
        final int ip = (ipInSubnet & 0xFFFF_FF00) | 1;
        final RouterPort port =
                builder.routerPort(router, segment, id("port", segment.id()), mac, ip, SUBNET_LENGTH, true);
        builder.neighbor(segment, ip, mac, true);
        return port;
    }

    private static void guest(
            final SnapshotBuilder builder,
            final int guest,
            final Segment segment,
            final RouterPort gateway,
            final Router router) {
        final String portId = id("guest", guest);
        final String device = "tap" + portId.substring(0, 11);
        final Attachment attachment = builder.guest(
                FIRST_GUEST_ID + guest,
                device,
                segment,
                portId,
                "compute:nova",
                guestMac(guest),
                /* isServiced= */ true,
                /* isUp= */ true,
                /* hasPortSecurity= */ true);
        builder.allow(attachment, guestIp(guest), 32, guestMac(guest));
        builder.gatewayOf(attachment, gateway);
        builder.neighbor(segment, guestIp(guest), guestMac(guest), true);
        builder.floatingIp(router, floatingIp(guest), guestIp(guest), EXTERNAL_GATEWAY_IP, attachment);
    }

    static String id(final String kind, final int number) {
        return UUID.nameUUIDFromBytes((kind + number).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .toString();
    }
}
