package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Between two networks of a tenant, both directions in turn. From a guest here: routed, wrapped, to another host. From another host, routed there
 * already: unwrapped, the DVR MAC turned into the gateway's, to a guest here. Flow: guest (64) x remote guest of its tenant (16) x ports (1,024).
 */
public final class EastWest implements Traffic {
    private static final int TTL = 64;
    private static final int SERVICE = 5_201;
    private static final int FIRST_PORT = 20_000;
    private static final int PORT_STEP = 37;
    private static final int FROM_GUEST = 0;
    private static final int ENTROPY_PORT = 50_000;

    private final FrameMaker maker = new FrameMaker();
    private final Cloud cloud;

    /**
     * @param type VXLAN or GRE
     */
    public EastWest(final NetworkType type) {
        cloud = new Cloud(type);
    }

    @Override
    public TopologySnapshot topology() {
        return cloud.topology();
    }

    @Override
    public int directions() {
        return 2;
    }

    @Override
    public List<Traffic> before() {
        return List.of();
    }

    @Override
    public int ingress(final int flow, final int direction) {
        return direction == FROM_GUEST ? Cloud.FIRST_GUEST_ID + guest(flow) : Cloud.UNDERLAY_ID;
    }

    @Override
    public int egress(final int flow, final int direction) {
        return direction == FROM_GUEST ? Cloud.UNDERLAY_ID : Cloud.FIRST_GUEST_ID + guest(flow);
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int direction) {
        final int guest = guest(flow);
        final int tenant = Cloud.tenant(guest);
        if (direction == FROM_GUEST) {
            return maker.datagram(
                    buffer, offset, outward(flow, Cloud.guestMac(guest), Cloud.localGatewayMac(tenant), TTL));
        }
        final int peer = Cloud.peerOf(remote(flow));
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                cloud.type(),
                Cloud.localVni(tenant),
                Cloud.peerMac(peer),
                Cloud.UNDERLAY_MAC,
                Cloud.peerIp(peer),
                Cloud.VTEP_IP);
        return maker.tunneled(buffer, offset, outer, ENTROPY_PORT, inward(flow, Cloud.peerDvrMac(peer)));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        final int tenant = Cloud.tenant(guest(flow));
        if (direction != FROM_GUEST) {
            return maker.datagram(expected, 0, inward(flow, Cloud.localGatewayMac(tenant)));
        }
        final int peer = Cloud.peerOf(remote(flow));
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                cloud.type(),
                Cloud.remoteVni(tenant),
                Cloud.UNDERLAY_MAC,
                Cloud.peerMac(peer),
                Cloud.VTEP_IP,
                Cloud.peerIp(peer));
        return maker.tunneled(
                expected,
                0,
                outer,
                maker.outerSourcePort(actual, 0),
                outward(flow, Cloud.DVR_MAC, Cloud.remoteMac(tenant, remote(flow)), TTL - 1));
    }

    private static FrameMaker.Datagram outward(
            final int flow, final long sourceMac, final long destinationMac, final int ttl) {
        final int guest = guest(flow);
        return new FrameMaker.Datagram(
                sourceMac,
                destinationMac,
                Cloud.guestIp(guest),
                Cloud.remoteIp(Cloud.tenant(guest), remote(flow)),
                port(flow),
                SERVICE,
                ttl,
                flow);
    }

    private static FrameMaker.Datagram inward(final int flow, final long sourceMac) {
        final int guest = guest(flow);
        return new FrameMaker.Datagram(
                sourceMac,
                Cloud.guestMac(guest),
                Cloud.remoteIp(Cloud.tenant(guest), remote(flow)),
                Cloud.guestIp(guest),
                SERVICE,
                port(flow),
                TTL - 1,
                flow);
    }

    private static int guest(final int flow) {
        return flow % Cloud.GUESTS;
    }

    private static int remote(final int flow) {
        return flow / Cloud.GUESTS % Cloud.REMOTES_PER_TENANT;
    }

    private static int port(final int flow) {
        return FIRST_PORT + PORT_STEP * (flow / (Cloud.GUESTS * Cloud.REMOTES_PER_TENANT));
    }
}
