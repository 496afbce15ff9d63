package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Between two networks of a tenant by way of a legacy router on a network host, both directions in turn: unwrapped, routed, wrapped. Flow: tenant (16)
 * x guest left (16) x guest right (16) x port (256).
 */
public final class EastWestTransit implements Traffic {
    private static final int TTL = 64;
    private static final int SERVICE = 5_201;
    private static final int FIRST_PORT = 20_000;
    private static final int PORT_STEP = 37;
    private static final int TO_THE_RIGHT = 0;
    private static final int ENTROPY_PORT = 50_000;
    private static final int GUESTS = NetworkHost.GUESTS_PER_NETWORK;

    private final FrameMaker maker = new FrameMaker();
    private final NetworkHost host = new NetworkHost();

    /** One end of a flow. */
    private record End(int tenant, int network, int guest, int port) {
        long mac() {
            return NetworkHost.guestMac(tenant, network, guest);
        }

        int ip() {
            return NetworkHost.guestIp(tenant, network, guest);
        }

        long routerMac() {
            return NetworkHost.centralMac(tenant, network);
        }

        int vni() {
            return NetworkHost.vni(tenant, network);
        }

        int peer() {
            return NetworkHost.peerOf(guest);
        }
    }

    @Override
    public TopologySnapshot topology() {
        return host.topology();
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
        return Cloud.UNDERLAY_ID;
    }

    @Override
    public int egress(final int flow, final int direction) {
        return Cloud.UNDERLAY_ID;
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int direction) {
        final End from = from(flow, direction);
        final End to = to(flow, direction);
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                NetworkType.VXLAN,
                from.vni(),
                Cloud.peerMac(from.peer()),
                Cloud.UNDERLAY_MAC,
                Cloud.peerIp(from.peer()),
                Cloud.VTEP_IP);
        return maker.tunneled(
                buffer, offset, outer, ENTROPY_PORT, inner(flow, from.mac(), from.routerMac(), from, to, TTL));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        final End from = from(flow, direction);
        final End to = to(flow, direction);
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                NetworkType.VXLAN,
                to.vni(),
                Cloud.UNDERLAY_MAC,
                Cloud.peerMac(to.peer()),
                Cloud.VTEP_IP,
                Cloud.peerIp(to.peer()));
        return maker.tunneled(
                expected,
                0,
                outer,
                maker.outerSourcePort(actual, 0),
                inner(flow, to.routerMac(), to.mac(), from, to, TTL - 1));
    }

    private static FrameMaker.Datagram inner(
            final int flow,
            final long sourceMac,
            final long destinationMac,
            final End from,
            final End to,
            final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac, destinationMac, from.ip(), to.ip(), from.port(), to.port(), ttl, flow);
    }

    private static End from(final int flow, final int direction) {
        return direction == TO_THE_RIGHT ? left(flow) : right(flow);
    }

    private static End to(final int flow, final int direction) {
        return direction == TO_THE_RIGHT ? right(flow) : left(flow);
    }

    private static End left(final int flow) {
        final int port = FIRST_PORT + PORT_STEP * (flow / (Cloud.TENANTS * GUESTS * GUESTS));
        return new End(flow % Cloud.TENANTS, NetworkHost.LEFT, flow / Cloud.TENANTS % GUESTS, port);
    }

    private static End right(final int flow) {
        return new End(flow % Cloud.TENANTS, NetworkHost.RIGHT, flow / (Cloud.TENANTS * GUESTS) % GUESTS, SERVICE);
    }
}
