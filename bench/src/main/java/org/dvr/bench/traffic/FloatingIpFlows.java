package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Between guests here and the outside, through their floating IPs, one direction of it. Flow: guest (64) x server outside (4,096) x port (4).
 * Established: both directions have passed before.
 */
public final class FloatingIpFlows implements Traffic {
    private static final int TTL = 64;
    private static final int HOPS = 2; // qrouter and fip namespace
    private static final int SERVICE = 443;
    private static final int SERVERS = 4_096;
    private static final int FIRST_SERVER = 0x6440_0001; // 100.64.0.1
    private static final int FIRST_PORT = 20_000;
    private static final int PORT_STEP = 9_000;

    private final FrameMaker maker = new FrameMaker();
    private final Cloud cloud;
    private final boolean isOutbound;

    /**
     * @param isOutbound from guests to the outside, else back
     */
    public FloatingIpFlows(final boolean isOutbound) {
        this(isOutbound, new Cloud(NetworkType.VXLAN));
    }

    private FloatingIpFlows(final boolean isOutbound, final Cloud cloud) {
        this.isOutbound = isOutbound;
        this.cloud = cloud;
    }

    @Override
    public TopologySnapshot topology() {
        return cloud.topology();
    }

    @Override
    public int directions() {
        return 1;
    }

    @Override
    public List<Traffic> before() {
        return List.of(new FloatingIpFlows(true, cloud), new FloatingIpFlows(false, cloud));
    }

    @Override
    public int ingress(final int flow, final int direction) {
        return isOutbound ? Cloud.FIRST_GUEST_ID + guest(flow) : Cloud.PHYSICAL_ID;
    }

    @Override
    public int egress(final int flow, final int direction) {
        return isOutbound ? Cloud.PHYSICAL_ID : Cloud.FIRST_GUEST_ID + guest(flow);
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int direction) {
        final int guest = guest(flow);
        return maker.datagram(
                buffer,
                offset,
                isOutbound
                        ? outward(
                                flow,
                                Cloud.guestMac(guest),
                                Cloud.localGatewayMac(Cloud.tenant(guest)),
                                Cloud.guestIp(guest),
                                TTL)
                        : inward(flow, Cloud.EXTERNAL_GATEWAY_MAC, Cloud.EXTERNAL_MAC, Cloud.floatingIp(guest), TTL));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        final int guest = guest(flow);
        return maker.datagram(
                expected,
                0,
                isOutbound
                        ? outward(
                                flow,
                                Cloud.EXTERNAL_MAC,
                                Cloud.EXTERNAL_GATEWAY_MAC,
                                Cloud.floatingIp(guest),
                                TTL - HOPS)
                        : inward(
                                flow,
                                Cloud.localGatewayMac(Cloud.tenant(guest)),
                                Cloud.guestMac(guest),
                                Cloud.guestIp(guest),
                                TTL - HOPS));
    }

    private static FrameMaker.Datagram outward(
            final int flow, final long sourceMac, final long destinationMac, final int source, final int ttl) {
        return new FrameMaker.Datagram(sourceMac, destinationMac, source, server(flow), port(flow), SERVICE, ttl, flow);
    }

    private static FrameMaker.Datagram inward(
            final int flow, final long sourceMac, final long destinationMac, final int destination, final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac, destinationMac, server(flow), destination, SERVICE, port(flow), ttl, flow);
    }

    private static int guest(final int flow) {
        return flow % Cloud.GUESTS;
    }

    private static int server(final int flow) {
        return FIRST_SERVER + flow / Cloud.GUESTS % SERVERS;
    }

    /** Ports of one guest and server differ by {@link #PORT_STEP}, those of neighbors by little. */
    private static int port(final int flow) {
        return FIRST_PORT + PORT_STEP * (flow / (Cloud.GUESTS * SERVERS)) + flow / Cloud.GUESTS % PORT_STEP;
    }
}
