package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * From one network of a legacy router to the other, VXLAN on both sides, over all routers, guests and extra routes of a network host that may be large. To a
 * guest, or where there are extra routes to an address that one of these covers. Flow f: router f mod routers; guests and prefixes are spread over.
 */
public final class GrownTransit implements Traffic {
    private static final int TTL = 64;
    private static final int SERVICE = 5_201;
    private static final int FIRST_PORT = 1_024;
    private static final int PORTS = 60_000;
    private static final int ENTROPY_PORT = 50_000;
    private static final int OTHER = 12_345; // so that pairs differ
    private static final int FEW_GUESTS = 4;
    private static final int PORTS_PER_ROUTER = 1_000;

    private final FrameMaker maker = new FrameMaker();
    private final GrownHost host;
    private final TopologySnapshot topology;

    private GrownTransit(final GrownHost host) {
        this.host = host;
        topology = host.build();
    }

    /**
     * @param routers how many, 1 to 32,000, with two networks of four guests each
     * @return traffic through all of them
     */
    public static GrownTransit routers(final int routers) {
        return new GrownTransit(new GrownHost(routers, FEW_GUESTS, 0, 0));
    }

    /**
     * @param prefixes extra routes of one router, 1 to 100,000, of nine lengths, and a tenth length for prefixes that cover 256 of them each
     * @return traffic to all of them
     */
    public static GrownTransit prefixes(final int prefixes) {
        return new GrownTransit(new GrownHost(1, FEW_GUESTS, prefixes, 0));
    }

    /**
     * @param ports guests of the cloud, 2 or more, a thousand to a router, a hundred to a host up to a thousand hosts
     * @return traffic between all of them
     */
    public static GrownTransit ports(final int ports) {
        final int routers = Math.max(1, ports / PORTS_PER_ROUTER);
        return new GrownTransit(new GrownHost(routers, ports / routers / 2, 0, 0));
    }

    @Override
    public TopologySnapshot topology() {
        return topology;
    }

    @Override
    public int directions() {
        return 1;
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
        final int router = router(flow);
        final int peer = host.peerOf(router, GrownHost.LEFT, source(flow));
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                NetworkType.VXLAN,
                GrownHost.vni(router, GrownHost.LEFT),
                GrownHost.peerMac(peer),
                Cloud.UNDERLAY_MAC,
                GrownHost.peerIp(peer),
                Cloud.VTEP_IP);
        return maker.tunneled(
                buffer,
                offset,
                outer,
                ENTROPY_PORT,
                inner(
                        flow,
                        GrownHost.guestMac(router, GrownHost.LEFT, source(flow)),
                        GrownHost.routerMac(router, GrownHost.LEFT),
                        TTL));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        final int router = router(flow);
        final int peer = host.peerOf(router, GrownHost.RIGHT, nextHop(flow));
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                NetworkType.VXLAN,
                GrownHost.vni(router, GrownHost.RIGHT),
                Cloud.UNDERLAY_MAC,
                GrownHost.peerMac(peer),
                Cloud.VTEP_IP,
                GrownHost.peerIp(peer));
        return maker.tunneled(
                expected,
                0,
                outer,
                maker.outerSourcePort(actual, 0),
                inner(
                        flow,
                        GrownHost.routerMac(router, GrownHost.RIGHT),
                        GrownHost.guestMac(router, GrownHost.RIGHT, nextHop(flow)),
                        TTL - 1));
    }

    private FrameMaker.Datagram inner(final int flow, final long sourceMac, final long destinationMac, final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac,
                destinationMac,
                GrownHost.guestIp(GrownHost.LEFT, source(flow)),
                destination(flow),
                FIRST_PORT + flow / host.routers() % PORTS,
                SERVICE + flow / host.routers() / PORTS,
                ttl,
                flow);
    }

    private int router(final int flow) {
        return flow % host.routers();
    }

    private int source(final int flow) {
        return GrownHost.spread(flow / host.routers(), host.guests());
    }

    private int prefix(final int flow) {
        return GrownHost.spread(flow / host.routers(), host.prefixes());
    }

    private int destination(final int flow) {
        return host.prefixes() == 0
                ? GrownHost.guestIp(GrownHost.RIGHT, nextHop(flow))
                : GrownHost.addressIn(prefix(flow), flow);
    }

    /** The guest that it is sent to: the destination, or who routes further. */
    private int nextHop(final int flow) {
        return host.prefixes() == 0
                ? GrownHost.spread(flow / host.routers() * OTHER, host.guests())
                : host.nextHopGuest(prefix(flow));
    }
}
