package org.dvr.pcaps.state;

import java.util.Set;
import java.util.TreeSet;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.conntrack.TcpState;
import org.dvr.nat.tuple.TupleKey;

/** Connections to be kept, and the routers they belong to. */
final class Flows {
    static final String HOST = "network1";
    static final long SECOND = 1_000_000_000L;
    static final long EPOCH = 1_767_225_600L * SECOND;
    static final int GUEST = 0x0A00010B;
    static final int SHARED = 0xCB00711E;
    static final int FLOATING = 0xCB007133;
    static final int REMOTE = 0x08080808;

    private Flows() {}

    /** A host with central routers of these ids, in zones from the first one on; each shares {@link #SHARED}. */
    static TopologySnapshot topology(final int firstZone, final String... routerIds) {
        return topology(firstZone, SHARED, GUEST, routerIds);
    }

    /** Router {@code router-a} in zone 5, which forwards a TCP port of a floating IP to {@link #GUEST}. */
    static TopologySnapshot forwarding(final int floatingIp, final int externalPort, final int internalPort) {
        final SnapshotBuilder builder = new SnapshotBuilder(HOST, 1, 16);
        final Attachment provider = builder.physical(1, "provider");
        final Segment outside = builder.segment(1, "net-e", "E", NetworkType.FLAT, 0, provider, 1500, true, true);
        final Router router = builder.centralRouter(5, "router-a", "", true, true);
        builder.gatewayPort(router, outside, 0x02_0000_0000_10L, SHARED, 0, true);
        builder.portForwarding(router, TupleKey.TCP, floatingIp, externalPort, GUEST, internalPort);
        return builder.build();
    }

    /** As {@link #topology(int, String...)}, with another shared address, and {@link #FLOATING} for another guest. */
    static TopologySnapshot topology(
            final int firstZone, final int shared, final int floatingGuest, final String... routerIds) {
        final SnapshotBuilder builder = new SnapshotBuilder(HOST, 1, 16);
        final Attachment provider = builder.physical(1, "provider");
        final Segment outside = builder.segment(1, "net-e", "E", NetworkType.FLAT, 0, provider, 1500, true, true);
        for (int i = 0; i < routerIds.length; i++) {
            final Router router = builder.centralRouter(firstZone + i, routerIds[i], "", true, true);
            builder.gatewayPort(router, outside, 0x02_0000_0000_10L + i, shared, 0, true);
            builder.centralFloatingIp(router, FLOATING, floatingGuest);
        }
        return builder.build();
    }

    static ConntrackTable table(final int capacity) {
        return new ConntrackTable(capacity, 1, ConntrackTimeouts.DEFAULTS);
    }

    /** Opens UDP flows that are translated to the shared address, with ports from 1 on, 65,536 to each server. */
    static ConntrackTable udp(
            final ConntrackTable table, final int zone, final int count, final int owner, final long nowNs) {
        for (int port = 1; port <= count; port++) {
            open(table, zone, TupleKey.UDP, REMOTE + (port >>> 16), port & 0xFFFF, SHARED, owner, nowNs);
        }
        return table;
    }

    /** Opens a TCP flow and establishes it. */
    static void tcp(final ConntrackTable table, final int zone, final int port, final int outer, final long nowNs) {
        final int reference = open(table, zone, TupleKey.TCP, REMOTE, port, outer, GUEST, nowNs);
        table.packet(reference, TcpState.SYN, nowNs);
        table.packet(reference | 1, TcpState.SYN | TcpState.ACK, nowNs);
        table.packet(reference, TcpState.ACK, nowNs);
    }

    private static int open(
            final ConntrackTable table,
            final int zone,
            final int protocol,
            final int remote,
            final int port,
            final int outer,
            final int owner,
            final long nowNs) {
        final int reference = table.open(
                TupleKey.addresses(GUEST, remote),
                TupleKey.ports(zone, protocol, port, 443),
                TupleKey.addresses(remote, outer),
                TupleKey.ports(zone, protocol, 443, port),
                owner,
                nowNs);
        if (reference >= 0) {
            table.packet(reference, 0, nowNs);
        }
        return reference;
    }

    static Set<String> lines(final ConntrackTable table, final long nowNs) {
        final Set<String> lines = new TreeSet<>();
        table.forEach((connections, reference) -> lines.add(
                connections.appendTo(new StringBuilder(), reference, nowNs).toString()));
        return lines;
    }
}
