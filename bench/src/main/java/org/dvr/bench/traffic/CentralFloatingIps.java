package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * From outside to guests on other hosts, through floating IPs that legacy routers on a network host translate: external network, translation, VXLAN. Connections
 * are known. Each flow has a server outside of its own; they are spread over the floating IPs.
 */
public final class CentralFloatingIps implements Traffic {
    private static final int TTL = 64;
    private static final int SERVICE = 443;
    private static final int FIRST_SERVER = 0x6440_0001; // 100.64.0.1
    private static final int PORT = 20_000;
    private static final int ENTROPY_PORT = 50_000;
    private static final int FLOATING_IPS_PER_ROUTER = 500;

    private final FrameMaker maker = new FrameMaker();
    private final GrownHost host;
    private final TopologySnapshot topology;
    private final boolean isInbound;

    private CentralFloatingIps(final GrownHost host, final TopologySnapshot topology, final boolean isInbound) {
        this.host = host;
        this.topology = topology;
        this.isInbound = isInbound;
    }

    /**
     * @param floatingIps how many, 1 to 90,000, five hundred to a router
     * @return traffic to all of them
     */
    public static CentralFloatingIps inbound(final int floatingIps) {
        final int routers = Math.ceilDiv(floatingIps, FLOATING_IPS_PER_ROUTER);
        final GrownHost host = new GrownHost(routers, Math.ceilDiv(floatingIps, routers), 0, floatingIps);
        return new CentralFloatingIps(host, host.build(), true);
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
        return List.of(this, new CentralFloatingIps(host, topology, false));
    }

    @Override
    public int ingress(final int flow, final int direction) {
        return isInbound ? Cloud.PHYSICAL_ID : Cloud.UNDERLAY_ID;
    }

    @Override
    public int egress(final int flow, final int direction) {
        return isInbound ? Cloud.UNDERLAY_ID : Cloud.PHYSICAL_ID;
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int direction) {
        final int router = host.routerOf(floatingIp(flow));
        if (isInbound) {
            return maker.datagram(
                    buffer,
                    offset,
                    inward(
                            flow,
                            Cloud.EXTERNAL_GATEWAY_MAC,
                            GrownHost.gatewayMac(router),
                            GrownHost.floatingIp(floatingIp(flow)),
                            TTL));
        }
        final int peer = peer(flow);
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
                outward(flow, guestMac(flow), GrownHost.routerMac(router, GrownHost.LEFT), guestIp(flow), TTL));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        final int router = host.routerOf(floatingIp(flow));
        if (!isInbound) {
            return maker.datagram(
                    expected,
                    0,
                    outward(
                            flow,
                            GrownHost.gatewayMac(router),
                            Cloud.EXTERNAL_GATEWAY_MAC,
                            GrownHost.floatingIp(floatingIp(flow)),
                            TTL - 1));
        }
        final int peer = peer(flow);
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                NetworkType.VXLAN,
                GrownHost.vni(router, GrownHost.LEFT),
                Cloud.UNDERLAY_MAC,
                GrownHost.peerMac(peer),
                Cloud.VTEP_IP,
                GrownHost.peerIp(peer));
        return maker.tunneled(
                expected,
                0,
                outer,
                maker.outerSourcePort(actual, 0),
                inward(flow, GrownHost.routerMac(router, GrownHost.LEFT), guestMac(flow), guestIp(flow), TTL - 1));
    }

    private FrameMaker.Datagram outward(
            final int flow, final long sourceMac, final long destinationMac, final int source, final int ttl) {
        return new FrameMaker.Datagram(sourceMac, destinationMac, source, server(flow), SERVICE, PORT, ttl, flow);
    }

    private FrameMaker.Datagram inward(
            final int flow, final long sourceMac, final long destinationMac, final int destination, final int ttl) {
        return new FrameMaker.Datagram(sourceMac, destinationMac, server(flow), destination, PORT, SERVICE, ttl, flow);
    }

    private int floatingIp(final int flow) {
        return GrownHost.spread(flow, host.floatingIps());
    }

    private int guest(final int flow) {
        return host.guestOf(floatingIp(flow));
    }

    private int guestIp(final int flow) {
        return GrownHost.guestIp(GrownHost.LEFT, guest(flow));
    }

    private long guestMac(final int flow) {
        return GrownHost.guestMac(host.routerOf(floatingIp(flow)), GrownHost.LEFT, guest(flow));
    }

    private int peer(final int flow) {
        return host.peerOf(host.routerOf(floatingIp(flow)), GrownHost.LEFT, guest(flow));
    }

    private int server(final int flow) {
        return FIRST_SERVER + flow;
    }
}
