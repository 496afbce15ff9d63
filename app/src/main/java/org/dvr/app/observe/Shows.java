package org.dvr.app.observe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.flow.RememberedFlow;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.dvr.dataplane.table.LearnedFdbTable;
import org.dvr.dataplane.table.NeighborTable;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayPath;
import org.dvr.dataplane.topology.UnderlayView;
import org.dvr.dataplane.worker.CounterReading;
import org.dvr.dataplane.worker.TableTask;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.nat.tuple.TupleKey;

/** Makes the answers of {@code show}: tables as JSON, {@code {"host": ..., "what": ..., "rows": [{...}, ...]}}; counters in the form of contract.md §4. */
final class Shows {
    /** Rows of a table; when there are more the answer says {@code "cut": true}. */
    static final int MAX_ROWS = 10_000;

    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int NO_PEER = -1;

    private final ForwarderView view;
    private final TopologySnapshot topology;
    private final ObjectNode answer = JsonNodeFactory.instance.objectNode();
    private final ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    private boolean isCut;

    private Shows(final ForwarderView view) {
        this.view = view;
        topology = view.topology();
    }

    /**
     * Answers.
     *
     * @param view whose tables
     * @param what which
     * @return the answer
     * @throws InterruptedException when the calling thread is to end
     */
    static ObjectNode show(final ForwarderView view, final AdminRequest.What what) throws InterruptedException {
        if (what == AdminRequest.What.COUNTERS) {
            return counters(view);
        }
        final Shows show = new Shows(view);
        switch (what) {
            case PORTS -> show.ports();
            case ROUTERS -> show.routers();
            case FDB -> show.fdb();
            case NEIGHBORS -> show.neighbors();
            case FLOWS -> show.flows();
            case NAT -> show.nat();
            case FLOATINGIPS -> show.floatingIps();
            case DROPS -> show.drops();
            case TUNNELS -> show.tunnels();
            case COUNTERS -> throw new IllegalStateException("answered above");
        }
        show.answer.put("host", view.host()).put("what", what.word());
        if (show.isCut) {
            show.answer.put("cut", true);
        }
        show.answer.set("rows", show.rows);
        return show.answer;
    }

    /** A row, or one that nobody sees when there are too many. */
    private ObjectNode row() {
        if (rows.size() < MAX_ROWS) {
            return rows.addObject();
        }
        isCut = true;
        return JsonNodeFactory.instance.objectNode();
    }

    // ---- Counters
    // ------------------------------------------------------------------------------------------------------

    static ObjectNode counters(final ForwarderView view) throws InterruptedException {
        final TopologySnapshot topology = view.topology();
        final CounterReading reading = Workers.read(view);
        final ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("host", view.host());
        final ObjectNode ports = root.putObject("ports");
        for (final Attachment attachment : topology.attachments()) {
            ports.putObject(attachment.name())
                    .put("rx", reading.rx(attachment.id()))
                    .put("tx", reading.tx(attachment.id()))
                    .put("rx_bytes", reading.rxBytes(attachment.id()))
                    .put("tx_bytes", reading.txBytes(attachment.id()));
        }
        final ObjectNode drops = root.putObject("drops");
        for (final DropReason reason : DropReason.values()) {
            if (reading.drops(reason) > 0) {
                drops.put(reason.label(), reading.drops(reason));
            }
        }
        for (final CounterDescriptor counter : CounterDescriptor.values()) {
            final String label = counter.label();
            final int dot = label.indexOf('.');
            if (dot < 0) {
                root.put(label, reading.get(counter));
            } else if (!label.startsWith("ports.")) {
                root.withObjectProperty(label.substring(0, dot)).put(label.substring(dot + 1), reading.get(counter));
            }
        }
        if (reading.get(CounterDescriptor.FLOWS_RESTORED) == 0) {
            root.withObjectProperty("flows").remove("restored"); // as its description says
        }
        return root;
    }

    private void drops() throws InterruptedException {
        final CounterReading reading = Workers.read(view);
        for (final DropReason reason : DropReason.values()) {
            if (reading.drops(reason) > 0) {
                row().put("reason", reason.label())
                        .put("count", reading.drops(reason))
                        .put("kind", reason.kind().name().toLowerCase(Locale.ROOT))
                        .put("meaning", reason.sentence());
            }
        }
    }

    private void ports() throws InterruptedException {
        final CounterReading reading = Workers.read(view);
        final Map<String, PortStatus> statuses = new HashMap<>();
        for (final PortStatus status : view.ports()) {
            statuses.put(status.name(), status);
        }
        for (final Attachment attachment : topology.attachments()) {
            final PortStatus none = new PortStatus(attachment.name(), "", "", "no device", 0, 0);
            final PortStatus status = statuses.getOrDefault(attachment.name(), none);
            row().put("port", attachment.name())
                    .put("kind", attachment.kind().name().toLowerCase(Locale.ROOT))
                    .put(
                            "network",
                            attachment.segment() == null
                                    ? ""
                                    : attachment.segment().toString())
                    .put("mac", attachment.mac() == 0 ? "" : MacAddress.toString(attachment.mac()))
                    .put("device", status.device())
                    .put("io", status.io())
                    .put("state", attachment.isUp() ? status.state() : "administratively down")
                    .put("rx", reading.rx(attachment.id()))
                    .put("tx", reading.tx(attachment.id()))
                    .put("rx_bytes", reading.rxBytes(attachment.id()))
                    .put("tx_bytes", reading.txBytes(attachment.id()))
                    .put("missed", status.missed())
                    .put("refused", status.refused());
        }
    }

    // ---- Topology
    // ------------------------------------------------------------------------------------------------------

    private void routers() {
        for (final Router router : topology.routers()) {
            final String kind = router.isSnatSide() ? "SNAT side" : router.isCentral() ? "legacy" : "distributed";
            for (final RouterPort port : router.ports()) {
                row().put("router", router.toString())
                        .put("kind", kind)
                        .put("state", router.isUp() ? "up" : "down")
                        .put("port", port.toString())
                        .put("network", port.segment().toString())
                        .put("address", Ipv4Address.toString(port.ip()) + "/" + port.prefixLength())
                        .put("mac", MacAddress.toString(port.mac()))
                        .put("snat_redirect", port.hasRedirect() ? Ipv4Address.toString(port.redirectIp()) : "");
            }
            final ExternalPort gateway = router.gatewayPort();
            if (gateway != null) {
                row().put("router", router.toString())
                        .put("kind", kind)
                        .put("state", router.isUp() ? "up" : "down")
                        .put("port", "gateway")
                        .put("network", gateway.segment().toString())
                        .put("address", Ipv4Address.toString(gateway.ip()))
                        .put("mac", MacAddress.toString(gateway.mac()))
                        .put("snat_redirect", "");
            }
        }
    }

    private void floatingIps() {
        for (final ExternalPort port : topology.externalPorts()) {
            for (final FloatingIp floatingIp : port.sortedFloatingIps()) {
                row().put("floating_ip", Ipv4Address.toString(floatingIp.floatingIp()))
                        .put("fixed_ip", Ipv4Address.toString(floatingIp.fixedIp()))
                        .put("router", floatingIp.router().toString())
                        .put(
                                "port",
                                floatingIp.guest() == null
                                        ? ""
                                        : floatingIp.guest().name())
                        .put("network", port.segment().toString())
                        .put("answers_as", MacAddress.toString(port.mac()))
                        .put("where", port.router() == null ? "here" : "central");
            }
            for (final int ip : port.sortedForwardedIps()) {
                row().put("floating_ip", Ipv4Address.toString(ip))
                        .put("fixed_ip", "by port")
                        .put("router", port.forwardedIp(ip).router().toString())
                        .put("port", "")
                        .put("network", port.segment().toString())
                        .put("answers_as", MacAddress.toString(port.mac()))
                        .put("where", port.router() == null ? "here" : "central");
            }
        }
    }

    private String segment(final int id) {
        final Segment segment = topology.segmentById(id);
        return segment == null ? "gone" : segment.toString();
    }

    private String attachment(final int id) {
        final Attachment attachment = topology.attachmentById(id);
        return attachment == null ? "gone" : attachment.name();
    }

    private String peer(final int id) {
        final Peer peer = topology.peerById(id);
        return peer == null ? "gone" : peer.toString();
    }

    // ---- Layer 2
    // -------------------------------------------------------------------------------------------------------

    private void fdb() throws InterruptedException {
        topology.fdb().forEach((segmentId, mac, entry) -> fdbRow(segmentId, mac, where(entry), "topology")
                .put("age_s", ""));
        for (final long[] learned : once(copies(TableTask.Table.LEARNED), LearnedFdbTable.ROW_WIDTH, Shows::lastSeen)) {
            final int value = (int) learned[2];
            final String where = (value & LearnedFdbTable.PEER) == 0
                    ? attachment(value)
                    : "tunnel to " + peer(value & ~LearnedFdbTable.PEER);
            fdbRow((int) learned[0], learned[1], where, "learned").put("age_s", learned[3] / NS_PER_SECOND);
        }
    }

    /** Workers tell each other what they learn: what several know is one row, by its first two fields. */
    private static Collection<long[]> once(
            final List<TableTask> copies, final int width, final BinaryOperator<long[]> both) {
        final Map<List<Long>, long[]> rows = new LinkedHashMap<>();
        for (final TableTask task : copies) {
            for (int i = 0; i < task.rows().size(); i++) {
                final long[] row = new long[width];
                for (int column = 0; column < width; column++) {
                    row[column] = task.rows().get(i, column);
                }
                rows.merge(List.of(row[0], row[1]), row, both);
            }
        }
        return rows.values();
    }

    private static long[] lastSeen(final long[] one, final long[] other) {
        return one[3] <= other[3] ? one : other;
    }

    /** Resolved if it is to anybody, as heard of last; what waits waits with each. */
    private static long[] lastHeard(final long[] one, final long[] other) {
        final boolean isOnes =
                other[2] == NeighborCache.MISSING || (one[2] != NeighborCache.MISSING && one[3] <= other[3]);
        final long[] row = (isOnes ? one : other).clone();
        row[4] = one[4] + other[4];
        return row;
    }

    private ObjectNode fdbRow(final int segmentId, final long mac, final String where, final String from) {
        return row().put("network", segment(segmentId))
                .put("mac", MacAddress.toString(mac))
                .put("where", where)
                .put("known_by", from);
    }

    private static String where(final FdbEntry entry) {
        return switch (entry.kind()) {
            case LOCAL -> entry.attachment().name();
            case PEER -> "tunnel to " + entry.peer();
            case GATEWAY, CENTRAL ->
                entry.routerPort() + " of router " + entry.routerPort().router();
            case EXTERNAL -> entry.externalPort().toString();
        };
    }

    private void neighbors() throws InterruptedException {
        topology.neighbors()
                .forEach((domain, ip, value) -> neighborRow(domain, ip, MacAddress.toString(NeighborTable.mac(value)))
                        .put("known_by", "topology")
                        .put("age_s", "")
                        .put("held", 0));
        for (final long[] learned :
                once(copies(TableTask.Table.NEIGHBORS), NeighborCache.ROW_WIDTH, Shows::lastHeard)) {
            final boolean isResolved = learned[2] != NeighborCache.MISSING;
            final ObjectNode row =
                    neighborRow((int) learned[0], (int) learned[1], isResolved ? MacAddress.toString(learned[2]) : "");
            row.put("known_by", isResolved ? "ARP" : "being asked");
            if (isResolved) {
                row.put("age_s", learned[3] / NS_PER_SECOND);
            } else {
                row.put("age_s", "");
            }
            row.put("held", learned[4]);
        }
    }

    private ObjectNode neighborRow(final int domain, final int ip, final String mac) {
        return row().put("on", domain(domain))
                .put("address", Ipv4Address.toString(ip))
                .put("mac", mac);
    }

    private String domain(final int domain) {
        if (domain == NeighborCache.UNDERLAY) {
            return "underlay";
        }
        final int wire = NeighborTable.domainOfWire(0);
        return (domain & wire) == wire ? attachment(domain & ~wire) : segment(domain);
    }

    private List<TableTask> copies(final TableTask.Table table) throws InterruptedException {
        final List<TableTask> tasks = Workers.ask(view, () -> new TableTask(table, MAX_ROWS));
        for (final TableTask task : tasks) {
            isCut |= task.isCut();
        }
        return tasks;
    }

    // ---- Flows
    // ---------------------------------------------------------------------------------------------------------

    private void flows() throws InterruptedException {
        for (final TableTask task : copies(TableTask.Table.FLOWS)) {
            for (int i = 0; i < task.rows().size(); i++) {
                final RememberedFlow flow = RememberedFlow.of(task.rows(), i);
                row().put("in", attachment(flow.attachmentId()))
                        .put("id", flow.tunnel() == 0 ? "" : Integer.toUnsignedString(flow.segmentationId()))
                        .put("protocol", protocol(flow.protocol()))
                        .put("source", end(flow, flow.source(), flow.sourcePort()))
                        .put("destination", end(flow, flow.destination(), flow.destinationPort()))
                        .put(
                                "becomes",
                                flow.isTranslated()
                                        ? endpoint(flow.protocol(), flow.newSource(), flow.newSourcePort()) + " > "
                                                + endpoint(
                                                        flow.protocol(),
                                                        flow.newDestination(),
                                                        flow.newDestinationPort())
                                        : "")
                        .put("ttl_cost", flow.ttlCost())
                        .put("network", segment(flow.segmentId()))
                        .put(
                                "out",
                                flow.peerId() == NO_PEER
                                        ? attachment(flow.egressId())
                                        : "tunnel to " + peer(flow.peerId()));
            }
        }
    }

    private void nat() throws InterruptedException {
        final Map<Integer, String> zones = new HashMap<>();
        for (final Router router : topology.routers()) {
            zones.put(router.zone(), router + (router.isSnatSide() ? " (SNAT side)" : ""));
        }
        for (final TableTask task : copies(TableTask.Table.CONNECTIONS)) {
            for (int i = 0; i < task.connections().size(); i++) {
                natRow(task.connections().get(i), zones);
            }
        }
    }

    private void natRow(final ConnectionRecord connection, final Map<Integer, String> zones) {
        final int protocol = TupleKey.protocol(connection.originalPorts());
        row().put("router", zones.getOrDefault(connection.zone(), "gone"))
                .put("protocol", protocol(protocol))
                .put("original", tuple(connection.originalAddresses(), connection.originalPorts()))
                .put("reply", tuple(connection.replyAddresses(), connection.replyPorts()))
                .put(
                        "state",
                        protocol == TupleKey.TCP
                                ? connection.tcpState().name().toLowerCase(Locale.ROOT)
                                : connection.isReplied() ? "replied" : "unreplied")
                .put("age_s", connection.ageNs() / NS_PER_SECOND)
                .put("expires_s", connection.remainingNs() / NS_PER_SECOND);
    }

    private static String tuple(final long addresses, final long ports) {
        final int protocol = TupleKey.protocol(ports);
        return endpoint(protocol, TupleKey.source(addresses), TupleKey.sourcePort(ports)) + " > "
                + endpoint(protocol, TupleKey.destination(addresses), TupleKey.destinationPort(ports));
    }

    /** One end of a remembered flow: the address alone where the verdict holds for all ports. */
    private static String end(final RememberedFlow flow, final int address, final int port) {
        return flow.isForAnyPorts() ? Ipv4Address.toString(address) : endpoint(flow.protocol(), address, port);
    }

    private static String endpoint(final int protocol, final int address, final int port) {
        final boolean hasPorts = protocol == TupleKey.TCP || protocol == TupleKey.UDP || protocol == TupleKey.SCTP;
        return Ipv4Address.toString(address) + (hasPorts ? ":" : "#") + port;
    }

    private static String protocol(final int number) {
        return switch (number) {
            case TupleKey.ICMP -> "icmp";
            case TupleKey.TCP -> "tcp";
            case TupleKey.UDP -> "udp";
            case TupleKey.GRE -> "gre";
            case TupleKey.SCTP -> "sctp";
            default -> Integer.toString(number);
        };
    }

    // ---- Tunnels
    // -------------------------------------------------------------------------------------------------------

    private void tunnels() throws InterruptedException {
        final Map<Integer, String> resolved = new HashMap<>();
        for (final TableTask task : copies(TableTask.Table.NEIGHBORS)) {
            for (int i = 0; i < task.rows().size(); i++) {
                if (task.rows().get(i, 0) == NeighborCache.UNDERLAY
                        && task.rows().get(i, 2) != NeighborCache.MISSING) {
                    resolved.put(
                            (int) task.rows().get(i, 1),
                            MacAddress.toString(task.rows().get(i, 2)));
                }
            }
        }
        answer.put("address", topology.vtep() == null ? "" : topology.vtep().toString());
        final UnderlayView underlay = view.underlay();
        for (final Peer peer : topology.peers()) {
            int networks = 0;
            for (final Segment segment : topology.segments()) {
                for (final Peer flooded : segment.floodPeers()) {
                    networks += flooded.id() == peer.id() ? 1 : 0;
                }
            }
            final UnderlayPath path = underlay.find(peer.address());
            row().put("host", peer.host())
                    .put("address", peer.address().toString())
                    .put(
                            "mac",
                            peer.mac() == 0 ? resolved.getOrDefault(peer.ip(), "") : MacAddress.toString(peer.mac()))
                    .put(
                            "known_by",
                            peer.mac() != 0
                                    ? "topology"
                                    : path != null && path.isResolved()
                                            ? "kernel"
                                            : resolved.containsKey(peer.ip()) ? "ARP" : "not resolved")
                    .put("networks", networks)
                    .put("mtu", path == null || path.mtu() == 0 ? topology.underlayMtu() : path.mtu())
                    .put("problem", path == null ? "" : path.problem());
        }
    }
}
