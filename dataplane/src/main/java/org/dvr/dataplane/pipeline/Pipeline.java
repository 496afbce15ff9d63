package org.dvr.dataplane.pipeline;

import java.util.List;
import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.print.FramePrinter;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.flow.FlowCache;
import org.dvr.dataplane.flow.FlowEntry;
import org.dvr.dataplane.flow.TcpNumbers;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.Burst;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FlowKey;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Tunnel;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.io.shortcut.ShortcutTable;
import org.dvr.dataplane.io.sys.HugePages;
import org.dvr.dataplane.parse.FrameParser;
import org.dvr.dataplane.parse.KeyReader;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.ForwardedPorts;
import org.dvr.dataplane.stage.IcmpErrorNat;
import org.dvr.dataplane.stage.IcmpErrors;
import org.dvr.dataplane.stage.Icmpv6Errors;
import org.dvr.dataplane.stage.OwnAddress;
import org.dvr.dataplane.stage.arp.ArpStage;
import org.dvr.dataplane.stage.arp.NeighborDiscoveryStage;
import org.dvr.dataplane.stage.bridge.ForwardStage;
import org.dvr.dataplane.stage.bridge.IngressStage;
import org.dvr.dataplane.stage.central.CentralNat;
import org.dvr.dataplane.stage.central.CentralStage;
import org.dvr.dataplane.stage.fip.FipInStage;
import org.dvr.dataplane.stage.fip.FipOutStage;
import org.dvr.dataplane.stage.fip.FloatingIpNat;
import org.dvr.dataplane.stage.fragment.FragmentGate;
import org.dvr.dataplane.stage.metadata.MetadataInStage;
import org.dvr.dataplane.stage.metadata.MetadataOutStage;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.stage.neighbor.NeighborStage;
import org.dvr.dataplane.stage.router.Route6Stage;
import org.dvr.dataplane.stage.router.RouteStage;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.table.LearnedFdbTable;
import org.dvr.dataplane.table.RateLimiter;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologyChange;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayPath;
import org.dvr.dataplane.topology.UnderlayView;
import org.dvr.dataplane.watch.FrameWatch;
import org.dvr.dataplane.watch.LiveTrace;
import org.dvr.dataplane.write.AnswerWriter;
import org.dvr.dataplane.write.FlowWriter;
import org.dvr.dataplane.write.FrameWriter;
import org.dvr.dataplane.write.Outlets;
import org.dvr.dataplane.write.Shortcuts;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.conntrack.ConnectionFilter;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.fragment.FragmentTable;
import org.dvr.nat.policy.PortShortages;
import org.dvr.nat.tuple.TupleKey;

/**
 * The way of a frame: parsed with its burst, decided stage by stage, written, counted.
 *
 * <pre>
 *   FrameParser -> IngressStage -> ArpStage -----------------------------+
 *                       |             |                                  |
 *                       +-> ForwardStage -> RouteStage -> NeighborStage -> ForwardStage -> FrameWriter
 *                                |              |  ^            ^
 *                                |        FipOutStage ----------+
 *                                |              v  |            |
 *                                +-------> FipInStage           |
 *                                +-------> CentralStage --------+
 *
 *   RouteStage, CentralStage -> MetadataOutStage        IngressStage -> MetadataInStage -> NeighborStage
 * </pre>
 *
 * Owned by one worker. Every frame that enters is sent, dropped for a counted reason, consumed, or held.
 */
public final class Pipeline implements NeighborCache.Listener, Announcer.Sender, Shortcuts.Judge {
    /** Knows whose a frame is. */
    public interface Handover {
        /**
         * Hands a frame on if it is another worker's.
         *
         * @param arrival of which nothing is remembered, as it was received
         * @return false when it is this one's
         */
        boolean handsOn(Arrival arrival);
    }

    /** More steps than any way through one host has; a loop between routers ends by TTL long before. */
    private static final int STEP_LIMIT = 2_048;

    /** Packets in fragments that are remembered at a time, 64 of them of one owner: 1 MiB. */
    private static final int FRAGMENTED_PACKETS = 1_024;

    /** Connections that are looked at in a duty cycle while some are to be cut: some 30 ns each. */
    private static final int CUT_LIMIT = 256;

    private final FramePool pool;
    private final Handover handover;
    private final WorkerCounters counters = new WorkerCounters();
    private final Cycle cycle = new Cycle();
    private final Colleagues colleagues;
    private final Announcer announcer;
    private final NeighborCache neighbors;
    private final LearnedFdbTable learned;
    private final ConntrackTable connections;
    private final FlowCache flows;
    private final NatTranslator translator;
    private final Outlets outlets = new Outlets();

    private final FragmentGate fragments;
    private boolean isReleasing;

    private final FrameWatch watch = new FrameWatch();
    private final KeyReader keys = new KeyReader();
    private final FrameParser parser = new FrameParser();
    private final Prefetcher prefetcher;
    private final IngressStage ingress;
    private final ArpStage arp;
    private final NeighborDiscoveryStage neighborDiscovery = new NeighborDiscoveryStage();
    private final ForwardStage forward;
    private final RouteStage route;
    private final FipOutStage fipOut;
    private final FipInStage fipIn;
    private final CentralStage central;
    private final NeighborStage neighbor;
    private final MetadataOutStage metadataOut = new MetadataOutStage();
    private final MetadataInStage metadataIn = new MetadataInStage();
    private final FrameWriter writer;
    private final FlowWriter flowWriter;
    private final AnswerWriter answers = new AnswerWriter();

    private Shortcuts shortcuts; // null where all frames come here
    private int shortcutsLearnedVersion;
    private TopologySnapshot topology;
    private final ConnectionFilter ended = (table, reference) -> !isCarried(topology, table, reference);

    /**
     * @param config sizes and choices, fixed at launch
     * @param pool frames of this worker
     */
    public Pipeline(final PipelineConfig config, final FramePool pool) {
        this(config, pool, Surroundings.alone(config), null);
    }

    /**
     * @param config sizes and choices, fixed at launch
     * @param pool frames of this worker
     * @param surroundings what it has together with other workers
     * @param handover hands on what is another worker's, null where it is alone
     */
    public Pipeline(
            final PipelineConfig config,
            final FramePool pool,
            final Surroundings surroundings,
            final Handover handover) {
        this.pool = pool;
        this.handover = handover;
        colleagues = surroundings.colleagues();
        announcer = new Announcer(colleagues.isLeader());
        learned = new LearnedFdbTable(config.fdbCapacity(), config.seed());
        neighbors = new NeighborCache(config.neighborCapacity(), pool.available() / 4, config.seed());
        connections = new ConntrackTable(
                config.connectionCapacity(), config.seed(), config.timeouts(), config.limits(), HugePages.TOUCHED);
        fragments = new FragmentGate(new FragmentTable(FRAGMENTED_PACKETS, config.seed()), pool.available() / 4);
        flows = new FlowCache(config.flowCapacity(), config.seed(), connections, HugePages.LAZY);
        prefetcher = new Prefetcher(connections, flows);
        translator = new NatTranslator(connections, config.ports(), surroundings.choices());
        final IcmpErrorNat errorNat = new IcmpErrorNat(translator);
        final FloatingIpNat nat =
                new FloatingIpNat(translator, errorNat, config.options().floatingIpPort());
        final RateLimiter limiter = surroundings.icmpErrors();
        final IcmpErrors errors = new IcmpErrors(config.options(), limiter);
        final OwnAddress ownAddress = new OwnAddress(errors);
        ingress = new IngressStage(config.options(), learned, counters);
        arp = new ArpStage(neighbors);
        forward = new ForwardStage(learned);
        route = new RouteStage(
                errors,
                ownAddress,
                new Route6Stage(new Icmpv6Errors(limiter)),
                new ForwardedPorts(translator, errorNat),
                fragments);
        fipOut = new FipOutStage(config.options(), nat, errors, ownAddress, fragments);
        fipIn = new FipInStage(config.options(), nat, errors, ownAddress, fragments);
        central =
                new CentralStage(new CentralNat(translator, errorNat, config.options()), errors, ownAddress, fragments);
        neighbor = new NeighborStage(neighbors, errors);
        writer = new FrameWriter(outlets, neighbors, pool, counters, watch);
        flowWriter = new FlowWriter(outlets, writer, neighbors, counters);
        if (colleagues.hasOthers()) {
            learned.observer(colleagues::seen);
            neighbors.observer(colleagues::heard);
        }
        if (!colleagues.isLeader()) {
            neighbors.followsAnother();
        }
    }

    /**
     * Lets the kernel forward known flows by itself; before the first frame.
     *
     * @param table what it is told
     */
    public void shortcuts(final ShortcutTable table) {
        shortcuts = new Shortcuts(table, flows, flowWriter, outlets, counters, this);
    }

    /** What the kernel does by itself is no longer sure to be what would be done here. */
    public void endShortcuts() {
        if (shortcuts != null) {
            shortcuts.closeAll();
        }
    }

    @Override
    public boolean goesOn(
            final FlowKey key, final int ttl, final long frames, final TcpNumbers last, final long nowNs) {
        final long entry = flows.find(key);
        if (entry == FlowCache.ABSENT) {
            return false;
        }
        final int conditions = flows.conditions(entry);
        if (!flows.fits(entry, conditions, ttl, 0, learnedVersion(), nowNs)) {
            return false;
        }
        if (frames == 0) {
            return true;
        }
        if (!flows.trackElsewhere(entry, conditions, frames, last, nowNs)) {
            return false;
        }
        if ((conditions & FlowEntry.LEARNS) != 0) {
            final int attachmentId = (int) key.ports & FlowKey.ATTACHMENT_MASK;
            learnAgain(topology.attachmentById(attachmentId).kind() == AttachmentKind.GUEST, key, entry);
        }
        return true;
    }

    /** Changes when a neighbor or a MAC moves. */
    private int learnedVersion() {
        return neighbors.version() + learned.version();
    }

    private void learnAgain(final boolean isFromGuest, final FlowKey key, final long entry) {
        final long source = (key.macs & 0xFFFF) << 32 | key.kind >>> 32;
        ingress.learnAgain(
                isFromGuest, flows.learnedSegmentId(entry), source, FlowCache.learnedWhere(key, topology), cycle);
    }

    /**
     * Another worker has heard of a neighbor.
     *
     * @param domain segment id or {@link NeighborCache#UNDERLAY}
     * @param ip IPv4 address
     * @param mac low 48 bits
     * @param makesKnown false when it is taken up only where it is known already
     * @param nowNs when
     */
    public void heard(final int domain, final int ip, final long mac, final boolean makesKnown, final long nowNs) {
        if (makesKnown || neighbors.isKnown(domain, ip)) {
            neighbors.learn(domain, ip, mac, nowNs);
        }
    }

    /**
     * Another worker's frames wait for a neighbor, and this one asks for it.
     *
     * @param domain segment id or {@link NeighborCache#UNDERLAY}
     * @param ip IPv4 address
     * @param senderIp sender address of requests
     * @param senderMac of the port that asks, low 48 bits; 0 on the underlay
     * @param nowNs current time
     */
    public void asked(final int domain, final int ip, final int senderIp, final long senderMac, final long nowNs) {
        final long known = neighbors.find(domain, ip, nowNs);
        if (known != NeighborCache.MISSING) {
            colleagues.heard(domain, ip, known, true, neighbors.foundUntilNs() - NeighborCache.LIFETIME_NS);
            return;
        }
        if (domain == NeighborCache.UNDERLAY) {
            neighbors.ask(domain, ip, null, null, senderIp, nowNs);
            return;
        }
        final FdbEntry entry = topology.fdb().find(domain, senderMac);
        if (entry != null && (entry.routerPort() != null || entry.externalPort() != null)) {
            neighbors.ask(domain, ip, entry.routerPort(), entry.externalPort(), senderIp, nowNs);
        }
    }

    /**
     * Another worker has found that a neighbor does not answer.
     *
     * @param domain segment id or {@link NeighborCache#UNDERLAY}
     * @param ip IPv4 address
     * @param nowNs current time
     */
    public void lost(final int domain, final int ip, final long nowNs) {
        neighbors.giveUp(domain, ip, nowNs);
    }

    /**
     * Another worker has seen a MAC.
     *
     * @param segmentId 1 to 65,535
     * @param mac low 48 bits
     * @param where attachment or peer, as the learned FDB has it
     * @param nowNs when
     */
    public void seen(final int segmentId, final long mac, final int where, final long nowNs) {
        learned.learnTold(segmentId, mac, where, nowNs);
    }

    /** A frame ends before it is looked at: its worker could not take it. */
    public void handoverFailed(final Frame frame) {
        frame.drop(DropReason.HANDOVER_FULL);
        counters.dropped(DropReason.HANDOVER_FULL);
        pool.give(frame);
    }

    /**
     * Takes up the first topology.
     *
     * @param first in force from now on
     * @param nowNs current time
     * @param announces whether to announce what is there
     */
    public void start(final TopologySnapshot first, final long nowNs, final boolean announces) {
        topology = first;
        reserveCounters();
        if (announces) {
            for (final ExternalPort port : first.externalPorts()) {
                announceAll(port, nowNs);
            }
        }
    }

    private void announceAll(final ExternalPort port, final long nowNs) {
        final int segmentId = port.segment().id();
        if (port.hasIp()) {
            announcer.start(segmentId, port.ip(), nowNs);
        }
        for (final FloatingIp floatingIp : port.sortedFloatingIps()) {
            announcer.start(segmentId, floatingIp.floatingIp(), nowNs);
        }
        for (final int ip : port.sortedForwardedIps()) {
            if (port.floatingIp(ip) == null) {
                announcer.start(segmentId, ip, nowNs);
            }
        }
    }

    /**
     * Takes up another topology, between two bursts: what it costs follows from what has changed, not from how much is remembered. Connections of floating IPs
     * that are gone are cut (limits.md C5), at once as far as packets can tell; new addresses are announced.
     *
     * @param next in force from now on
     * @param changes how it differs from the one before, step by step
     * @param nowNs current time
     */
    public void topology(final TopologySnapshot next, final List<TopologyChange> changes, final long nowNs) {
        endShortcuts();
        topology = next;
        cycle.start(next, nowNs);
        boolean mayEndConnections = false;
        boolean hasOtherAttachments = false;
        boolean hasOtherPeers = false;
        for (final TopologyChange change : changes) {
            flows.changed(change);
            hasOtherPeers |= change.hasOtherPeers();
            mayEndConnections |= change.mayEndConnections();
            hasOtherAttachments |= change.hasOtherAttachments();
            for (final TopologyChange.Announcement announcement : change.announcements()) {
                announcer.start(announcement.segmentId(), announcement.ip(), nowNs);
            }
        }
        if (hasOtherAttachments) {
            reserveCounters();
        }
        if (hasOtherPeers) {
            flowWriter.forgetPeers();
        }
        fragments.clear();
        releaseFragments();
        if (mayEndConnections) {
            connections.cut(ended);
            connections.cutSome(CUT_LIMIT);
        }
    }

    private void reserveCounters() {
        for (final Attachment attachment : topology.attachments()) {
            counters.reserve(attachment.id());
        }
    }

    /**
     * Takes up how tunnel peers are reached, between two bursts. Next hops count as heard of now; peers it does not resolve stay as they are.
     *
     * @param view in force from now on
     * @param nowNs current time
     */
    public void underlay(final UnderlayView view, final long nowNs) {
        endShortcuts();
        writer.forgetPathMtus();
        flowWriter.forgetPeers();
        for (int i = 0, size = view.paths().size(); i < size; i++) {
            final UnderlayPath path = view.paths().get(i);
            final IpAddress address = path.peer();
            final Peer peer =
                    address.isIpv4() ? topology.peer(address.ipv4()) : topology.peer(address.high(), address.low());
            if (peer != null) {
                writer.pathMtu(peer, path.mtu());
                if (path.isResolved()) {
                    neighbors.learn(NeighborCache.UNDERLAY, peer.ip(), path.mac(), nowNs);
                }
            }
        }
    }

    /** Does what is in force still translate between the pairs of addresses that this connection does? */
    private static boolean isCarried(final TopologySnapshot next, final ConntrackTable table, final int reference) {
        final long original = table.originalAddresses(reference);
        final long reply = table.replyAddresses(reference);
        final Router router = next.routerByZone(TupleKey.zone(table.originalPorts(reference)));
        return router != null
                && isCarried(router, TupleKey.source(original), TupleKey.destination(reply))
                && (isCarried(router, TupleKey.source(reply), TupleKey.destination(original))
                        || isForwarded(router, table, reference));
    }

    /** Does a router still stand for an inner address with this outer one? */
    private static boolean isCarried(final Router router, final int inner, final int outer) {
        if (inner == outer) {
            return true; // not translated
        }
        final FloatingIp floatingIp = router.floatingIpOf(inner);
        if (floatingIp != null && floatingIp.floatingIp() == outer) {
            return true;
        }
        final ExternalPort gatewayPort = router.gatewayPort();
        return floatingIp == null && gatewayPort != null && gatewayPort.hasSnat() && gatewayPort.ip() == outer;
    }

    private static boolean isForwarded(final Router router, final ConntrackTable table, final int reference) {
        final long ports = table.originalPorts(reference);
        return router.forwarding(
                        TupleKey.protocol(ports),
                        TupleKey.destination(table.originalAddresses(reference)),
                        TupleKey.destinationPort(ports),
                        TupleKey.source(table.replyAddresses(reference)),
                        TupleKey.sourcePort(table.replyPorts(reference)))
                != null;
    }

    /**
     * Processes a burst: every frame is counted received and finds its end, or waits.
     *
     * @param burst frames in order of arrival; empty afterwards
     * @param nowNs its time
     */
    public void process(final Burst burst, final long nowNs) {
        cycle.start(topology, nowNs);
        if (watch.isOn()) {
            watch.startBurst();
        }
        final int size = burst.size();
        final int group = prefetcher.groupSize();
        for (int first = 0; first < size; first += group) {
            process(burst, first, Math.min(size, first + group), nowNs);
        }
        burst.clear();
        pool.endReservations();
    }

    /** Reads keys, fetches ahead, decides: what frames {@code first} to {@code end - 1} touch should stay in the L1 cache from one to the next. */
    private void process(final Burst burst, final int first, final int end, final long nowNs) {
        final boolean mayRecall = flows.isOn() && !watch.isOn();
        for (int i = first; i < end; i++) {
            final Arrival arrival = burst.get(i);
            if (mayRecall && keys.read(arrival, topology)) {
                flows.hash(arrival.key);
            } else if (!isHandedOn(arrival)) {
                parse(arrival, nowNs);
            }
        }
        final boolean isLarge = prefetcher.isLarge();
        prefetcher.fetchFlows(burst, first, end, isLarge);
        if (isLarge) {
            takeUnknown(burst, first, end);
            prefetcher.fetchConnections(burst, first, end, topology);
        }
        for (int i = first; i < end; i++) {
            final Arrival arrival = burst.get(i);
            if (!arrival.key.isRoutine || !isForwarded(arrival, nowNs)) {
                if (arrival.isHandedOn() || (arrival.key.isRoutine && isHandedOn(arrival))) {
                    continue;
                }
                decide(arrival, nowNs);
                release(nowNs);
            } else if (i == first) {
                release(nowNs); // a frame that is forwarded so makes nothing due
            }
        }
    }

    /**
     * Is a frame another worker's, and on its way there? A flow that is remembered here is this worker's, and what makes it another's makes the verdict void: so nobody
     * has to ask for known flows.
     */
    private boolean isHandedOn(final Arrival arrival) {
        if (handover == null || arrival.isSurelyOurs() || !handover.handsOn(arrival)) {
            return false;
        }
        arrival.handOn();
        return true;
    }

    private void release(final long nowNs) {
        if (neighbors.nextDeadlineNs() <= nowNs) {
            neighbors.release(nowNs, this);
        }
        if (fragments.nextDeadlineNs() <= nowNs) {
            fragments.expire(nowNs);
            releaseFragments();
        }
    }

    /** Routine frames of which nothing is remembered have to be known better before one can guess their connections. */
    private void takeUnknown(final Burst burst, final int first, final int end) {
        for (int i = first; i < end; i++) {
            final Arrival arrival = burst.get(i);
            final FlowKey key = arrival.key;
            if (key.isRoutine && key.entry == FlowCache.ABSENT && !isHandedOn(arrival)) {
                key.isRoutine = false;
                parser.take(arrival.settle(pool, topology), key);
            }
        }
    }

    private void parse(final Arrival arrival, final long nowNs) {
        final int length = arrival.length();
        final Frame frame = arrival.settle(pool, topology);
        arrival.key.isRoutine = false;
        parser.parse(frame, topology);
        if (watch.isOn()) {
            watch(frame, length, nowNs);
        }
        flows.key(frame, arrival.key);
    }

    /** Has a routine frame been forwarded as the last one of its flow was? Else nothing has happened. */
    private boolean isForwarded(final Arrival arrival, final long nowNs) {
        final FlowKey key = arrival.key;
        final long entry = flows.findTouched(key);
        if (entry == FlowCache.ABSENT) {
            return false;
        }
        final int conditions = flows.conditions(entry);
        if (!flows.fits(entry, conditions, (int) (key.ttlWord >>> 56), key.packetLength, learnedVersion(), nowNs)
                || !flowWriter.canWrite(entry, conditions, key, cycle)
                || !flows.track(entry, conditions, key, nowNs)) {
            return false;
        }
        if ((conditions & FlowEntry.LEARNS) != 0) {
            learnAgain(arrival.isFromGuest(), key, entry);
        }
        flowWriter.write(arrival, entry, conditions, cycle);
        if (shortcuts != null && shortcuts.isWorthwhile(key)) {
            shortcuts.offer(key, (int) (key.ttlWord >>> 56), cycle);
        }
        if (arrival.frame() != null) {
            pool.give(arrival.frame());
            arrival.leaveFrame();
        }
        return true;
    }

    /** The way through the stages, or what is remembered of a frame that is not routine. */
    private void decide(final Arrival arrival, final long nowNs) {
        final Frame frame = arrival.settle(pool, topology);
        arrival.leaveFrame();
        if (arrival.key.isRoutine) {
            parser.take(frame, arrival.key);
        }
        if (shortcuts != null && (frame.facts.tcpFlags & TcpHeader.RST) != 0) {
            shortcuts.settleFor(frame.facts, nowNs);
        }
        if (frame.verdict.action == Action.NONE) {
            recallOrDecide(frame, arrival, nowNs);
        }
        final boolean isForShortcut = shortcuts != null && !watch.isOn() && shortcuts.isWorthwhile(frame, arrival.key);
        final int ttl = frame.facts.ttl;
        conclude(frame);
        if (isForShortcut) {
            shortcuts.offer(arrival.key, ttl, cycle);
        }
    }

    /** Somebody watches: cold. */
    private void watch(final Frame frame, final int length, final long nowNs) {
        watch.arrived(frame, length, nowNs);
        final LiveTrace trace = frame.trace() == null ? watch.wanted(frame) : null;
        if (trace != null) {
            tell(trace, frame, length, nowNs);
        }
    }

    private void tell(final LiveTrace trace, final Frame frame, final int length, final long nowNs) {
        watch.begin(trace, frame, length, nowNs, topology);
        FrameParser.tell(frame); // not parsed anew: what senders left to be done was settled the first time
    }

    private void tellIfDropped(final Frame frame, final long nowNs) {
        final LiveTrace trace = frame.trace() == null ? watch.wantedIfDropped(frame) : null;
        if (trace != null) {
            tell(trace, frame, frame.offset() + frame.length() - frame.start(), nowNs);
        }
    }

    private void recallOrDecide(final Frame frame, final Arrival arrival, final long nowNs) {
        final FlowKey key = arrival.key;
        final int learnedVersion = learnedVersion();
        if (key.entry == FlowCache.ABSENT || !flows.recall(frame, key, topology, learnedVersion, nowNs)) {
            if (watch.isOn()) {
                tellIfDropped(frame, nowNs);
            }
            decide(frame, Next.INGRESS);
            flows.remember(frame, key, learnedVersion);
        } else if (frame.verdict.learnedSegmentId != 0) {
            final Verdict verdict = frame.verdict;
            ingress.learnAgain(
                    arrival.isFromGuest(),
                    verdict.learnedSegmentId,
                    frame.facts.sourceMac,
                    verdict.learnedWhere,
                    cycle);
        }
    }

    /**
     * Does what is due: ARP requests to repeat, neighbors to give up, announcements, a slice of expired connections.
     *
     * @param nowNs current time
     * @param expiryLimit connections to look at
     * @return how much was done
     */
    public int timers(final long nowNs, final int expiryLimit) {
        cycle.start(topology, nowNs);
        release(nowNs);
        if (shortcuts != null) {
            followShortcuts(nowNs);
        }
        if (announcer.nextDeadlineNs() <= nowNs) {
            announcer.run(topology.externalPorts(), nowNs, this);
        }
        return sweep(nowNs, expiryLimit);
    }

    private void followShortcuts(final long nowNs) {
        final int learnedVersion = learnedVersion();
        if (learnedVersion != shortcutsLearnedVersion || watch.isOn()) {
            shortcutsLearnedVersion = learnedVersion;
            shortcuts.closeAll();
        } else {
            shortcuts.timers(nowNs);
        }
    }

    /**
     * Looks at a slice of the connections: for those that have expired, and for those that a change has ended.
     *
     * @param nowNs current time
     * @param limit connections to look at
     * @return how many have expired
     */
    public int sweep(final long nowNs, final int limit) {
        if (connections.isCutting()) {
            connections.cutSome(CUT_LIMIT);
        }
        return connections.expire(nowNs, limit);
    }

    /** @return when {@link #timers} has something to send, {@link Long#MAX_VALUE} when never */
    public long nextDeadlineNs() {
        final long own = Math.min(neighbors.nextDeadlineNs(), announcer.nextDeadlineNs());
        final long next = Math.min(fragments.nextDeadlineNs(), own);
        return shortcuts == null ? next : Math.min(next, shortcuts.nextDeadlineNs());
    }

    private void decide(final Frame frame, final Next first) {
        Next next = first;
        for (int step = 0; next != Next.DONE; step++) {
            next = step == STEP_LIMIT ? frame.drop(DropReason.TTL_EXCEEDED) : decideAt(next, frame);
        }
    }

    /** Each stage by its own type: a call through the interface could go to any of them, and would never be inlined. */
    private Next decideAt(final Next next, final Frame frame) {
        return switch (next) {
            case INGRESS -> ingress.decide(frame, cycle);
            case ARP -> arp.decide(frame, cycle);
            case NEIGHBOR_DISCOVERY -> neighborDiscovery.decide(frame, cycle);
            case FORWARD -> forward.decide(frame, cycle);
            case ROUTE -> route.decide(frame, cycle);
            case FIP_OUT -> fipOut.decide(frame, cycle);
            case FIP_IN -> fipIn.decide(frame, cycle);
            case CENTRAL -> central.decide(frame, cycle);
            case NEIGHBOR -> neighbor.decide(frame, cycle);
            case METADATA_OUT -> metadataOut.decide(frame, cycle);
            case METADATA_IN -> metadataIn.decide(frame, cycle);
            case DONE -> throw new IllegalStateException("no stage");
        };
    }

    /** Carries out a verdict and counts how the frame ended; gives it back unless it waits. */
    private void conclude(final Frame frame) {
        final Verdict verdict = frame.verdict;
        if (verdict.action == Action.FORWARD || verdict.action == Action.FLOOD) {
            writer.write(frame, cycle);
        }
        switch (verdict.action) {
            case DROP -> {
                counters.dropped(verdict.dropReason);
                if (frame.trace() != null) {
                    frame.because(Because.DROPPED, verdict.dropReason.label(), verdict.dropReason.sentence());
                }
                if (watch.isOn()) {
                    watch.dropped(frame, verdict.dropReason, cycle.nowNs());
                }
            }
            case CONSUME -> counters.consumed();
            default -> {
                // Sent and counted there, or held.
            }
        }
        if (verdict.answer != Answer.NONE) {
            answer(frame);
        }
        if (verdict.action != Action.HOLD) {
            giveBack(frame);
        }
        releaseFragments();
    }

    private void giveBack(final Frame frame) {
        if (watch.isOn()) {
            watch.finished(frame);
        }
        pool.give(frame);
    }

    /** What waited for the first fragment of its packet goes on once that one has found its end, or ends itself. */
    private void releaseFragments() {
        if (isReleasing || !fragments.isReady()) {
            return; // nearly always
        }
        isReleasing = true;
        for (Frame frame = fragments.poll(); frame != null; frame = fragments.poll()) {
            if (frame.verdict.action == Action.NONE) {
                decide(frame, frame.verdict.resumesAt);
            }
            conclude(frame);
        }
        isReleasing = false;
    }

    private void answer(final Frame cause) {
        final Frame made = pool.take();
        if (made == null) {
            counters.answerSuppressed();
            return;
        }
        final boolean isWritten =
                switch (cause.verdict.answer) {
                    case ARP_REPLY -> {
                        answers.arpReply(cause, made);
                        yield true;
                    }
                    case ECHO_REPLY -> answers.echoReply(cause, made);
                    case ICMP_ERROR -> answers.icmpError(cause, made);
                    case NEIGHBOR_ADVERTISEMENT -> {
                        answers.neighborAdvertisement(cause, made);
                        yield true;
                    }
                    case ECHO_REPLY6 -> answers.echoReply6(cause, made);
                    case ICMPV6_ERROR -> answers.icmpv6Error(cause, made);
                    case NONE -> false;
                };
        if (!isWritten) {
            pool.give(made);
            counters.answerSuppressed();
            return;
        }
        if (cause.trace() != null) {
            made.trace(cause.trace().answer(made));
        }
        if (cause.verdict.answer == Answer.ARP_REPLY) {
            startOwnArp(made);
        } else {
            startOwn(made);
        }
        final Verdict verdict = made.verdict;
        if (cause.verdict.answer == Answer.ARP_REPLY || cause.verdict.answer == Answer.NEIGHBOR_ADVERTISEMENT) {
            verdict.segment = cause.verdict.segment;
            verdict.egress = cause.ingress();
            if (cause.facts.tunnel != Tunnel.NONE) { // asked on an external network that is tunneled
                verdict.peer = topology.peer(cause.facts.peerIp);
            }
            verdict.action = Action.FORWARD;
        } else if (made.facts.etherType == EtherType.IPV6) {
            // Back to whoever handed the packet to the gateway: link-local senders have no route.
            verdict.router = cause.verdict.answerRouter;
            verdict.segment = cause.verdict.routerPort.segment();
            verdict.sourceMac = cause.verdict.routerPort.mac();
            verdict.destinationMac = cause.facts.sourceMac;
            verdict.isFromGateway = true;
            decide(made, Next.FORWARD);
        } else if (cause.verdict.answerRouter != null) {
            verdict.router = cause.verdict.answerRouter;
            decide(made, verdict.router.isCentral() ? Next.CENTRAL : Next.ROUTE);
        } else {
            verdict.externalPort = cause.verdict.answerExternalPort;
            verdict.floatingIp = cause.verdict.floatingIp;
            decide(made, Next.FIP_OUT);
        }
        conclude(made);
    }

    private void startOwn(final Frame made) {
        parser.parseOwn(made);
        start(made);
    }

    private void startOwnArp(final Frame made) {
        made.verdict.reset();
        made.verdict.startFrom(made.facts);
        start(made);
    }

    private void start(final Frame made) {
        made.verdict.isOwn = true;
        counters.generated();
        if (made.trace() != null) {
            final StringBuilder line = new StringBuilder();
            FramePrinter.append(line, made.buffer(), made.offset(), made.length());
            made.because(Because.MADE, line);
        }
    }

    @Override
    public void onRequest(final NeighborCache.Neighbor asked) {
        if (!colleagues.isLeader()) {
            final long portMac = asked.routerPort() != null
                    ? asked.routerPort().mac()
                    : asked.externalPort() != null ? asked.externalPort().mac() : 0;
            colleagues.asks(asked.domain(), asked.ip(), asked.senderIp(), portMac);
            return;
        }
        if (asked.domain() == NeighborCache.UNDERLAY && topology.isIpv6Underlay()) {
            return; // the kernel asks, by neighbor discovery; its answer comes with a view of the underlay
        }
        final Frame made = pool.take();
        if (made == null) {
            counters.answerSuppressed();
            return;
        }
        final long senderMac = asked.routerPort() != null
                ? asked.routerPort().mac()
                : asked.externalPort() != null ? asked.externalPort().mac() : topology.underlayMac();
        answers.arpRequest(made, senderMac, asked.senderIp(), asked.ip());
        startOwnArp(made);
        final Verdict verdict = made.verdict;
        if (asked.domain() == NeighborCache.UNDERLAY) {
            verdict.action = Action.FORWARD;
            verdict.egress = topology.underlay();
        } else {
            verdict.isFromGateway =
                    asked.routerPort() != null && !asked.routerPort().router().isCentral();
            verdict.segment = asked.routerPort() != null
                    ? asked.routerPort().segment()
                    : asked.externalPort().segment();
            decide(made, Next.FORWARD);
        }
        conclude(made);
    }

    @Override
    public void onResolved(final Frame frame, final long mac) {
        if (frame.verdict.isWritten) {
            frame.verdict.action = Action.FORWARD;
            writer.writeResolved(frame, cycle, mac);
            if (frame.verdict.action != Action.HOLD) {
                giveBack(frame);
            }
            return;
        }
        frame.verdict.action = Action.NONE;
        frame.verdict.destinationMac = mac;
        decide(frame, Next.FORWARD);
        conclude(frame);
    }

    @Override
    public void onUnreachable(final Frame frame) {
        frame.because(Because.NEIGHBOR_FAILED);
        frame.verdict.action = Action.NONE;
        neighbor.unreachable(frame, cycle);
        conclude(frame);
    }

    @Override
    public void onLost(final NeighborCache.Neighbor neighbor) {
        if (colleagues.isLeader()) {
            colleagues.lost(neighbor.domain(), neighbor.ip());
        }
    }

    @Override
    public void announce(final ExternalPort port, final int ip) {
        announce(port, ip, ArpPacket.REQUEST);
        announce(port, ip, ArpPacket.REPLY);
    }

    private void announce(final ExternalPort port, final int ip, final int operation) {
        final Frame made = pool.take();
        if (made == null) {
            counters.answerSuppressed();
            return;
        }
        answers.announcement(made, port.mac(), ip, operation);
        startOwnArp(made);
        made.verdict.segment = port.segment();
        decide(made, Next.FORWARD);
        conclude(made);
    }

    /** @return where frames leave, by attachment id */
    public Outlets outlets() {
        return outlets;
    }

    public WorkerCounters counters() {
        return counters;
    }

    /** @return connections of this worker */
    public ConntrackTable connections() {
        return connections;
    }

    /** @return remembered verdicts of this worker */
    public FlowCache flows() {
        return flows;
    }

    /** @return neighbors learned by this worker */
    public NeighborCache neighbors() {
        return neighbors;
    }

    /** @return MACs learned by this worker */
    public LearnedFdbTable learned() {
        return learned;
    }

    /** @return what is watched just now */
    public FrameWatch watch() {
        return watch;
    }

    /** @return external addresses that had no source port free lately */
    public PortShortages portShortages() {
        return translator.shortages();
    }

    /** @return packets in fragments that this worker knows */
    public FragmentTable fragments() {
        return fragments.table();
    }

    /** @return frames that wait for a neighbor, or for the first fragment of their packet */
    public int held() {
        return neighbors.held() + fragments.held();
    }
}
