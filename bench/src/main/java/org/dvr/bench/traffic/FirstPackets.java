package org.dvr.bench.traffic;

import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;

/**
 * From guests through their floating IPs to the outside; of each burst some packets are the first of their flow and open a connection, the others are of
 * connections that are known. A tuple that opened one comes again a round later; the clock runs so that its connection, never answered, has ended then, and
 * that those which are known have not.
 */
public final class FirstPackets implements Traffic {
    private static final int BURST = FrameRing.BURST;
    private static final int ROUND_BURSTS = 2_048;
    private static final int TTL = 64;
    private static final int HOPS = 2; // qrouter and fip namespace
    private static final int SERVICE = 443;
    private static final int FIRST_SERVER = 0x6450_0001; // 100.80.0.1: not those of known connections
    private static final int PORT = 30_000;
    private static final int STEP = 37;

    /** Twice as long as a datagram that nobody answers is remembered. */
    private static final long ROUND_NS = 2L * ConntrackTimeouts.DEFAULTS.udpSeconds() * 1_000_000_000L;

    private final FrameMaker maker = new FrameMaker();
    private final FloatingIpFlows known = new FloatingIpFlows(true);
    private final int firstPackets;

    /**
     * @param percent share of first packets, 0 to 100; of 64 packets as many as come closest, 1 at least unless it is 0
     */
    public FirstPackets(final int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("percent must be 0 to 100, percent=" + percent);
        }
        firstPackets = percent == 0 ? 0 : Math.max(1, (percent * BURST + 50) / 100);
    }

    @Override
    public TopologySnapshot topology() {
        return known.topology();
    }

    /** Each packet of a burst is a direction of its own: so each burst has the same share of first packets. */
    @Override
    public int directions() {
        return BURST;
    }

    @Override
    public int flows(final int asked) {
        return ROUND_BURSTS;
    }

    @Override
    public List<Traffic> before() {
        return known.before();
    }

    @Override
    public long burstNs() {
        return ROUND_NS / ROUND_BURSTS;
    }

    @Override
    public void verifyConnections(final ConntrackTable connections, final long received) {
        final long bursts = (received - 2 * ROUND_BURSTS) / BURST; // all known ones were opened and answered before
        Rig.require(
                connections.created() == ROUND_BURSTS + firstPackets * bursts,
                "not every first packet opened a connection, or others did");
        Rig.require(connections.refused() == 0, "connections were refused");
    }

    private boolean isFirst(final int direction) {
        return direction < firstPackets;
    }

    private static int number(final int flow, final int direction) {
        return flow * BURST + direction;
    }

    private static int guest(final int flow, final int direction) {
        return (flow + direction) % Cloud.GUESTS;
    }

    private static int knownFlow(final int flow, final int direction) {
        return (flow + direction * STEP) % ROUND_BURSTS;
    }

    @Override
    public int ingress(final int flow, final int direction) {
        return isFirst(direction)
                ? Cloud.FIRST_GUEST_ID + guest(flow, direction)
                : known.ingress(knownFlow(flow, direction), 0);
    }

    @Override
    public int egress(final int flow, final int direction) {
        return Cloud.PHYSICAL_ID;
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int direction) {
        if (!isFirst(direction)) {
            return known.write(buffer, offset, knownFlow(flow, direction), 0);
        }
        final int guest = guest(flow, direction);
        return maker.datagram(
                buffer,
                offset,
                outward(
                        number(flow, direction),
                        Cloud.guestMac(guest),
                        Cloud.localGatewayMac(Cloud.tenant(guest)),
                        Cloud.guestIp(guest),
                        TTL));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        if (!isFirst(direction)) {
            return known.expect(expected, knownFlow(flow, direction), 0, actual);
        }
        return maker.datagram(
                expected,
                0,
                outward(
                        number(flow, direction),
                        Cloud.EXTERNAL_MAC,
                        Cloud.EXTERNAL_GATEWAY_MAC,
                        Cloud.floatingIp(guest(flow, direction)),
                        TTL - HOPS));
    }

    private static FrameMaker.Datagram outward(
            final int number, final long sourceMac, final long destinationMac, final int source, final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac, destinationMac, source, FIRST_SERVER + number, PORT, SERVICE, ttl, number);
    }
}
