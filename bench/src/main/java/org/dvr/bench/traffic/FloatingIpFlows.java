package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Between guests here and the outside, through their floating IPs, one direction of it. Flow: guest (64) x server outside (4,096; 262,144 where there are
 * to be more than a million flows) x port (4). Established: both directions have passed before.
 */
public final class FloatingIpFlows implements Traffic {
    private static final int TTL = 64;
    private static final int HOPS = 2; // qrouter and fip namespace
    private static final int SERVICE = 443;
    private static final int SERVERS = 4_096;
    private static final int MORE_SERVERS = 1 << 18;
    private static final int SHORTEST_SLOT = 128;
    private static final int JUMBO_MTU = 9_000;

    /** "Simple IMIX", as Ethernet frames without FCS: 7 of 64 bytes, 4 of 594, 1 of 1,514. */
    private static final int[] IMIX = {64, 594, 64, 64, 594, 64, 1_514, 64, 594, 64, 594, 64};

    private static final int FIRST_SERVER = 0x6440_0001; // 100.64.0.1
    private static final int FIRST_PORT = 20_000;
    private static final int PORT_STEP = 9_000;

    private final FrameMaker maker = new FrameMaker();
    private final Cloud cloud;
    private final boolean isOutbound;
    private final int servers;
    private final int[] lengths;

    /**
     * @param isOutbound from guests to the outside, else back
     */
    public FloatingIpFlows(final boolean isOutbound) {
        this(isOutbound, new Cloud(NetworkType.VXLAN), SERVERS, FrameMaker.INNER_LENGTH);
    }

    private FloatingIpFlows(final boolean isOutbound, final Cloud cloud, final int servers, final int... lengths) {
        this.isOutbound = isOutbound;
        this.cloud = cloud;
        this.servers = servers;
        this.lengths = lengths;
    }

    /** @return outbound, up to 16 million flows */
    public static FloatingIpFlows many() {
        return new FloatingIpFlows(true, new Cloud(NetworkType.VXLAN), MORE_SERVERS, FrameMaker.INNER_LENGTH);
    }

    /**
     * @param length of each frame in bytes, Ethernet header included, 64 to 9,014
     * @return outbound, in a cloud of jumbo frames
     */
    public static FloatingIpFlows ofLength(final int length) {
        return new FloatingIpFlows(true, new Cloud(NetworkType.VXLAN, JUMBO_MTU), SERVERS, length);
    }

    /** @return outbound, in a cloud of jumbo frames: of twelve flows seven have frames of 64 bytes, four of 594, one of 1,514; 361 on average */
    public static FloatingIpFlows imix() {
        return new FloatingIpFlows(true, new Cloud(NetworkType.VXLAN, JUMBO_MTU), SERVERS, IMIX);
    }

    /** @return its host with a floating IP more, that no flow has */
    public TopologySnapshot withOneMore() {
        return cloud.withOneMore();
    }

    /** @return its host after a change that concerns everything */
    public TopologySnapshot withOtherMtu() {
        return cloud.withOtherMtu();
    }

    private FloatingIpFlows to(final boolean isOutwards) {
        return new FloatingIpFlows(isOutwards, cloud, servers, lengths);
    }

    @Override
    public int maxFlows() {
        return servers == SERVERS ? MAX_FLOWS : Cloud.GUESTS * servers;
    }

    @Override
    public int slotLength() {
        int longest = SHORTEST_SLOT;
        for (final int length : lengths) {
            longest = Math.max(longest, length);
        }
        return Integer.highestOneBit(longest * 2 - 1);
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
        return List.of(to(true), to(false));
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
        maker.innerLength(lengths[flow % lengths.length]);
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
        maker.innerLength(lengths[flow % lengths.length]);
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

    private FrameMaker.Datagram outward(
            final int flow, final long sourceMac, final long destinationMac, final int source, final int ttl) {
        return new FrameMaker.Datagram(sourceMac, destinationMac, source, server(flow), port(flow), SERVICE, ttl, flow);
    }

    private FrameMaker.Datagram inward(
            final int flow, final long sourceMac, final long destinationMac, final int destination, final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac, destinationMac, server(flow), destination, SERVICE, port(flow), ttl, flow);
    }

    private static int guest(final int flow) {
        return flow % Cloud.GUESTS;
    }

    private int server(final int flow) {
        return FIRST_SERVER + flow / Cloud.GUESTS % servers;
    }

    /** Ports of one guest and server differ by {@link #PORT_STEP}, those of neighbors by little. */
    private int port(final int flow) {
        return FIRST_PORT + PORT_STEP * (flow / (Cloud.GUESTS * servers)) + flow / Cloud.GUESTS % PORT_STEP;
    }
}
