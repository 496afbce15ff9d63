package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;

/**
 * From guests on compute hosts, routed and wrapped there, through the SNAT side of their router to the outside: all guests of a tenant leave with one
 * address and a source port that the host chooses. Flow: guest (256, 16 of each tenant) x server outside (4,096); two flows that take turns where each
 * packet opens one.
 *
 * <p>The chosen port is taken from what leaves, judged by {@link ChosenPorts}, and every byte else follows from the flow's number.
 */
public final class SourceNatFlows implements Traffic {
    /** Guests that share an outer address. */
    static final int GUESTS_PER_TENANT = NetworkHost.GUESTS_PER_NETWORK;

    private static final int GUESTS = Cloud.TENANTS * GUESTS_PER_TENANT;
    private static final int TTL = 64;
    private static final int SERVICE = 443;
    private static final int SERVERS = 4_096;
    private static final int FIRST_SERVER = 0x6440_0001; // 100.64.0.1
    private static final int FIRST_PORT = 20_000;
    private static final int PORT_STEP = 9_000;
    private static final int ENTROPY_PORT = 50_000;
    private static final int NEVER_ENDS = Integer.MAX_VALUE;

    /** So that no burst holds a flow twice, nor one that is live. */
    private static final int FEWEST_NEW = 2 * Rig.BURST;

    private static final long UDP_NS = ConntrackTimeouts.DEFAULTS.udpSeconds() * 1_000_000_000L;

    private final FrameMaker maker = new FrameMaker();
    private final Kind kind;
    private final NetworkHost host;
    private final ChosenPorts ports;
    private final int flows;

    private enum Kind {
        OPENING,
        ESTABLISHED,
        REPLY,
        NEW
    }

    private SourceNatFlows(final Kind kind, final NetworkHost host, final ChosenPorts ports, final int flows) {
        this.kind = kind;
        this.host = host;
        this.ports = ports;
        this.flows = flows;
    }

    /** @return flows of which both directions have passed before */
    public static SourceNatFlows established() {
        return new SourceNatFlows(Kind.ESTABLISHED, new NetworkHost(), new ChosenPorts(NEVER_ENDS), 0);
    }

    /**
     * Every packet opens a connection in a full table whose connections are all live: an old one is given up by policy. The clock runs so that a connection
     * would end after one and a half times {@code flows} further packets, and twice {@code flows} tuples take turns: so a tuple comes again when its last
     * connection is gone, or at its end.
     *
     * @param asked entries of the table, a power of two; 128 at least
     * @return the traffic, to be started with as many flows
     */
    public static SourceNatFlows opening(final int asked) {
        final int flows = Math.max(asked, FEWEST_NEW);
        return new SourceNatFlows(Kind.NEW, new NetworkHost(), new ChosenPorts(flows / 4), flows);
    }

    private SourceNatFlows as(final Kind other) {
        return new SourceNatFlows(other, host, ports, flows);
    }

    @Override
    public TopologySnapshot topology() {
        return host.topology();
    }

    @Override
    public int directions() {
        return kind == Kind.NEW ? 2 : 1;
    }

    @Override
    public List<Traffic> before() {
        return kind == Kind.ESTABLISHED ? List.of(as(Kind.OPENING), as(Kind.REPLY)) : List.of();
    }

    @Override
    public List<Traffic> after() {
        return kind == Kind.NEW ? List.of(as(Kind.REPLY), as(Kind.ESTABLISHED)) : List.of(as(Kind.REPLY));
    }

    @Override
    public Traffic afresh() {
        return new SourceNatFlows(kind, host, ports.afresh(), flows);
    }

    @Override
    public boolean isObserved() {
        return kind == Kind.OPENING;
    }

    @Override
    public void observe(final int flow, final int turn, final MutableDirectBuffer actual) {
        switch (kind) {
            case OPENING, ESTABLISHED -> ports.kept(flow, turn, maker.sourcePort(actual, 0));
            case NEW -> ports.chosen(flow, turn, maker.sourcePort(actual, 0));
            case REPLY -> {
                // Nothing is chosen.
            }
        }
    }

    @Override
    public int flows(final int asked) {
        return Math.max(asked, flows);
    }

    @Override
    public int connectionCapacity(final int count) {
        return kind == Kind.NEW ? count : Traffic.super.connectionCapacity(count);
    }

    @Override
    public long burstNs() {
        return kind == Kind.NEW ? UDP_NS / (flows / 2 * 3 / Rig.BURST) : BURST_NS;
    }

    @Override
    public void verifyConnections(final ConntrackTable connections, final long received) {
        if (kind != Kind.NEW) {
            Traffic.super.verifyConnections(connections, received);
            return;
        }
        Rig.require(connections.created() == received, "not every packet opened a connection");
        Rig.require(connections.refused() == 0, "connections were refused");
        Rig.require(
                connections.active() >= flows - Rig.BURST && connections.active() <= flows,
                "connections are too few or too many");
        Rig.require(connections.reclaimed() >= received / 4, "hardly any connection was given up for another");
        Rig.require(
                connections.created() == connections.active() + connections.expired() + connections.reclaimed(),
                "connections are not accounted for");
    }

    @Override
    public int ingress(final int flow, final int turn) {
        return kind == Kind.REPLY ? Cloud.PHYSICAL_ID : Cloud.UNDERLAY_ID;
    }

    @Override
    public int egress(final int flow, final int turn) {
        return kind == Kind.REPLY ? Cloud.UNDERLAY_ID : Cloud.PHYSICAL_ID;
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int turn) {
        final int tenant = tenant(flow);
        if (kind == Kind.REPLY) {
            return maker.datagram(
                    buffer,
                    offset,
                    inward(
                            flow,
                            turn,
                            Cloud.EXTERNAL_GATEWAY_MAC,
                            NetworkHost.gatewayMac(tenant),
                            NetworkHost.gatewayIp(tenant),
                            ports.of(flow, turn),
                            TTL));
        }
        final int peer = NetworkHost.peerOf(guest(flow));
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                NetworkType.VXLAN,
                NetworkHost.vni(tenant, NetworkHost.FRONT),
                Cloud.peerMac(peer),
                Cloud.UNDERLAY_MAC,
                Cloud.peerIp(peer),
                Cloud.VTEP_IP);
        // Routed once, at the guest's host.
        return maker.tunneled(
                buffer,
                offset,
                outer,
                ENTROPY_PORT,
                outward(
                        flow,
                        turn,
                        Cloud.peerDvrMac(peer),
                        NetworkHost.centralMac(tenant, NetworkHost.FRONT),
                        guestIp(flow),
                        guestPort(flow, turn),
                        TTL - 1));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int turn, final MutableDirectBuffer actual) {
        final int tenant = tenant(flow);
        if (kind != Kind.REPLY) {
            return maker.datagram(
                    expected,
                    0,
                    outward(
                            flow,
                            turn,
                            NetworkHost.gatewayMac(tenant),
                            Cloud.EXTERNAL_GATEWAY_MAC,
                            NetworkHost.gatewayIp(tenant),
                            ports.of(flow, turn),
                            TTL - 2));
        }
        final int peer = NetworkHost.peerOf(guest(flow));
        final FrameMaker.Outer outer = new FrameMaker.Outer(
                NetworkType.VXLAN,
                NetworkHost.vni(tenant, NetworkHost.FRONT),
                Cloud.UNDERLAY_MAC,
                Cloud.peerMac(peer),
                Cloud.VTEP_IP,
                Cloud.peerIp(peer));
        return maker.tunneled(
                expected,
                0,
                outer,
                maker.outerSourcePort(actual, 0),
                inward(
                        flow,
                        turn,
                        NetworkHost.centralMac(tenant, NetworkHost.FRONT),
                        NetworkHost.guestMac(tenant, NetworkHost.FRONT, guest(flow)),
                        guestIp(flow),
                        guestPort(flow, turn),
                        TTL - 1));
    }

    private static FrameMaker.Datagram outward(
            final int flow,
            final int turn,
            final long sourceMac,
            final long destinationMac,
            final int source,
            final int sourcePort,
            final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac, destinationMac, source, server(flow), sourcePort, SERVICE, ttl, number(flow, turn));
    }

    private static FrameMaker.Datagram inward(
            final int flow,
            final int turn,
            final long sourceMac,
            final long destinationMac,
            final int destination,
            final int destinationPort,
            final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac,
                destinationMac,
                server(flow),
                destination,
                SERVICE,
                destinationPort,
                ttl,
                number(flow, turn));
    }

    private static int number(final int flow, final int turn) {
        return turn * MAX_FLOWS + flow;
    }

    private static int tenant(final int flow) {
        return flow % Cloud.TENANTS;
    }

    /** Of the tenant's. */
    private static int guest(final int flow) {
        return flow / Cloud.TENANTS % GUESTS_PER_TENANT;
    }

    private static int guestIp(final int flow) {
        return NetworkHost.guestIp(tenant(flow), NetworkHost.FRONT, guest(flow));
    }

    private static int server(final int flow) {
        return FIRST_SERVER + flow / GUESTS % SERVERS;
    }

    private static int guestPort(final int flow, final int turn) {
        return FIRST_PORT + turn * PORT_STEP + flow / GUESTS % PORT_STEP;
    }

    /**
     * The flow of another guest of the tenant to the same server: their ports must differ.
     *
     * @param flow one
     * @param guest of the tenant
     * @return the other
     */
    static int companion(final int flow, final int guest) {
        return flow / GUESTS * GUESTS + guest * Cloud.TENANTS + tenant(flow);
    }
}
