package org.dvr.bench.traffic;

import java.util.List;
import java.util.SplittableRandom;
import org.agrona.MutableDirectBuffer;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;

/**
 * Half of each burst is of established flows, from guests through floating IPs to the outside; the other half is something else, of strangers or of a guest: what an
 * attack is made of, or as many packets of the same kind from ordinary clients. Of most kinds each packet opens a connection, in a table that is full: one of
 * those that were never answered has to go. Two kinds come again and are remembered.
 */
public final class Flood implements Traffic {
    /** What half of the packets are. */
    public enum Kind {
        /** First segments of clients, each of another address, to the floating IPs' service. */
        SYN_CLIENTS(true, false, false),
        /** First segments of one address to a thousand ports of every floating IP. */
        SYN_SCAN(true, false, false),
        /** First datagrams of clients, each of another address, to the floating IPs' service. */
        UDP_CLIENTS(true, false, false),
        /** Datagrams of random addresses and ports to random ports of the floating IPs. */
        UDP_SPRAY(true, false, false),
        /** First datagrams of all guests to the service of other servers. */
        GUESTS(false, false, false),
        /** Datagrams of one guest to random addresses and ports. */
        GUEST_SPRAY(false, false, false),
        /** Datagrams of {@value #FLOWS} clients that keep coming. */
        CLIENT_FLOWS(true, true, false),
        /** The same, of clients whose flows all fall into one set of the flow cache, as far as they know. */
        COLLIDING_FLOWS(true, true, false),
        /** As COLLIDING_FLOWS, and they know the seed: what the seed is for. */
        COLLIDING_FLOWS_KNOWN_SEED(true, true, true),
        /** First datagrams of clients whose connections all stand at one place of the connection table's index, as far as they know. */
        COLLIDING_CONNECTIONS(true, false, false),
        /** As COLLIDING_CONNECTIONS, and they know the seed. */
        COLLIDING_CONNECTIONS_KNOWN_SEED(true, false, true);

        private final boolean isInbound;
        private final boolean isRepeated;
        private final boolean isSeedKnown;

        Kind(final boolean isInbound, final boolean isRepeated, final boolean isSeedKnown) {
            this.isInbound = isInbound;
            this.isRepeated = isRepeated;
            this.isSeedKnown = isSeedKnown;
        }

        private boolean isSyn() {
            return this == SYN_CLIENTS || this == SYN_SCAN;
        }
    }

    /** Established packets of a burst; as many are others. */
    public static final int ESTABLISHED = FrameRing.BURST / 2;

    static final int SERVICE = 443;
    static final int TTL = 64;

    private static final int OTHERS = FrameRing.BURST - ESTABLISHED;
    private static final int ROUND_BURSTS = 2_048;
    private static final int NUMBERS = ROUND_BURSTS * OTHERS;
    private static final int FLOWS = 512;
    private static final int CONNECTIONS = 16_384; // a quarter of those that a round opens
    private static final int HOPS = 2; // qrouter and fip namespace
    private static final int STEP = 37;
    private static final int FIRST_CLIENT = 0x6460_0000; // 100.96.0.0
    private static final int SCANNER = 0x645F_0001; // 100.95.0.1
    private static final int ANY_ADDRESS = 0x6440_0000; // 100.64.0.0/10
    private static final int ADDRESS_MASK = 0x003F_FFFF;
    private static final int PORT = 40_000;
    private static final int LOWEST_PORT = 1_024;
    private static final int ZONE_OF_FIRST_TENANT = 1;

    /** The seed that strangers guess, and that they know of two kinds. */
    private static final long KNOWN_SEED = 0;

    private final FrameMaker maker = new FrameMaker();
    private final FloatingIpFlows established = new FloatingIpFlows(true);
    private final Kind kind;
    private final long[] random; // as many bits as anybody wants, by number
    private final long[] sources; // of colliding kinds

    /** Addresses and ports of a packet that is not of an established flow. */
    private record Other(int guest, int stranger, int strangerPort, int guestPort) {}

    /**
     * @param kind what half of the packets are
     */
    public Flood(final Kind kind) {
        this.kind = kind;
        random = new SplittableRandom(1).longs(NUMBERS).toArray();
        sources = switch (kind) {
            case COLLIDING_FLOWS, COLLIDING_FLOWS_KNOWN_SEED -> CollidingTuples.inOneSet(FLOWS, KNOWN_SEED, topology());
            case COLLIDING_CONNECTIONS, COLLIDING_CONNECTIONS_KNOWN_SEED ->
                CollidingTuples.inOneRun(NUMBERS, KNOWN_SEED, ZONE_OF_FIRST_TENANT, Cloud.floatingIp(0));
            default -> new long[0];
        };
    }

    @Override
    public TopologySnapshot topology() {
        return established.topology();
    }

    /** Each packet of a burst is a direction of its own: so all bursts are alike. */
    @Override
    public int directions() {
        return FrameRing.BURST;
    }

    @Override
    public int flows(final int asked) {
        return ROUND_BURSTS;
    }

    @Override
    public List<Traffic> before() {
        return established.before();
    }

    @Override
    public int connectionCapacity(final int count) {
        return CONNECTIONS;
    }

    @Override
    public long seed() {
        return kind.isSeedKnown ? KNOWN_SEED : Traffic.super.seed();
    }

    @Override
    public void verifyConnections(final ConntrackTable connections, final long received) {
        final long bursts =
                (received - 2 * ROUND_BURSTS) / FrameRing.BURST; // the established ones were opened and answered before
        final long opened = kind.isRepeated ? FLOWS : OTHERS * bursts;
        Rig.require(
                connections.created() == ROUND_BURSTS + opened,
                "established connections were lost, or others not opened: " + (connections.created() - ROUND_BURSTS)
                        + " instead of " + opened);
        Rig.require(connections.refused() == 0, "connections were refused");
    }

    private static boolean isEstablished(final int direction) {
        return direction >= OTHERS;
    }

    private static int establishedFlow(final int flow, final int direction) {
        return (flow + direction * STEP) % ROUND_BURSTS;
    }

    private int number(final int flow, final int direction) {
        final int number = flow * OTHERS + direction;
        return kind.isRepeated ? number % FLOWS : number;
    }

    private Other other(final int number) {
        final int guest = number % Cloud.GUESTS;
        final long bits = random[number];
        final int anyAddress = ANY_ADDRESS | ((int) (bits >>> 32) & ADDRESS_MASK);
        final int anyPort = LOWEST_PORT + ((int) bits & 0x7FFF);
        final int otherPort = LOWEST_PORT + ((int) bits >>> 17);
        return switch (kind) {
            case SYN_CLIENTS, UDP_CLIENTS, CLIENT_FLOWS -> new Other(guest, FIRST_CLIENT + number, PORT, SERVICE);
            case SYN_SCAN -> new Other(guest, SCANNER, PORT, 1 + number / Cloud.GUESTS);
            case UDP_SPRAY -> new Other(guest, anyAddress, anyPort, otherPort);
            case GUESTS -> new Other(guest, FIRST_CLIENT + number, SERVICE, PORT);
            case GUEST_SPRAY -> new Other(0, anyAddress, anyPort, otherPort);
            case COLLIDING_FLOWS, COLLIDING_FLOWS_KNOWN_SEED, COLLIDING_CONNECTIONS, COLLIDING_CONNECTIONS_KNOWN_SEED ->
                new Other(0, CollidingTuples.address(sources[number]), CollidingTuples.port(sources[number]), SERVICE);
        };
    }

    private int guestPort(final int flow, final int direction) {
        return Cloud.FIRST_GUEST_ID + other(number(flow, direction)).guest();
    }

    @Override
    public int ingress(final int flow, final int direction) {
        if (isEstablished(direction)) {
            return established.ingress(establishedFlow(flow, direction), 0);
        }
        return kind.isInbound ? Cloud.PHYSICAL_ID : guestPort(flow, direction);
    }

    @Override
    public int egress(final int flow, final int direction) {
        if (isEstablished(direction)) {
            return established.egress(establishedFlow(flow, direction), 0);
        }
        return kind.isInbound ? guestPort(flow, direction) : Cloud.PHYSICAL_ID;
    }

    @Override
    public int write(final MutableDirectBuffer buffer, final int offset, final int flow, final int direction) {
        if (isEstablished(direction)) {
            return established.write(buffer, offset, establishedFlow(flow, direction), 0);
        }
        final int number = number(flow, direction);
        final Other other = other(number);
        final int guest = other.guest();
        return make(
                buffer,
                offset,
                kind.isInbound
                        ? inward(
                                number,
                                other,
                                Cloud.EXTERNAL_GATEWAY_MAC,
                                Cloud.EXTERNAL_MAC,
                                Cloud.floatingIp(guest),
                                TTL)
                        : outward(
                                number,
                                other,
                                Cloud.guestMac(guest),
                                Cloud.localGatewayMac(Cloud.tenant(guest)),
                                Cloud.guestIp(guest),
                                TTL));
    }

    @Override
    public int expect(
            final MutableDirectBuffer expected, final int flow, final int direction, final MutableDirectBuffer actual) {
        if (isEstablished(direction)) {
            return established.expect(expected, establishedFlow(flow, direction), 0, actual);
        }
        final int number = number(flow, direction);
        final Other other = other(number);
        final int guest = other.guest();
        return make(
                expected,
                0,
                kind.isInbound
                        ? inward(
                                number,
                                other,
                                Cloud.localGatewayMac(Cloud.tenant(guest)),
                                Cloud.guestMac(guest),
                                Cloud.guestIp(guest),
                                TTL - HOPS)
                        : outward(
                                number,
                                other,
                                Cloud.EXTERNAL_MAC,
                                Cloud.EXTERNAL_GATEWAY_MAC,
                                Cloud.floatingIp(guest),
                                TTL - HOPS));
    }

    private int make(final MutableDirectBuffer buffer, final int offset, final FrameMaker.Datagram frame) {
        return kind.isSyn() ? maker.syn(buffer, offset, frame) : maker.datagram(buffer, offset, frame);
    }

    private static FrameMaker.Datagram inward(
            final int number,
            final Other other,
            final long sourceMac,
            final long destinationMac,
            final int destination,
            final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac,
                destinationMac,
                other.stranger(),
                destination,
                other.strangerPort(),
                other.guestPort(),
                ttl,
                number);
    }

    private static FrameMaker.Datagram outward(
            final int number,
            final Other other,
            final long sourceMac,
            final long destinationMac,
            final int source,
            final int ttl) {
        return new FrameMaker.Datagram(
                sourceMac,
                destinationMac,
                source,
                other.stranger(),
                other.guestPort(),
                other.strangerPort(),
                ttl,
                number);
    }
}
