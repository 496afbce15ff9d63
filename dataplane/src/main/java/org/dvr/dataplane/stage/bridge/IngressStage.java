package org.dvr.dataplane.stage.bridge;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Tunnel;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.table.LearnedFdbTable;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.RouterPort6;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Finds the segment a frame is in and judges whether it may enter; turns DVR MACs back into gateway MACs; learns.
 *
 * <p>In: a parsed frame. Next: {@link Next#ARP}, {@link Next#NEIGHBOR_DISCOVERY}, {@link Next#FORWARD}, {@link
 * Next#METADATA_IN}, or {@link Next#DONE} for what another host routed to a port here. Drops: {@link DropReason#PORT_DOWN}, {@link
 * DropReason#GUEST_VLAN_TAG}, {@link DropReason#INNER_VLAN_TAG}, port security, {@link DropReason#VNI_UNKNOWN}, {@link
 * DropReason#VLAN_UNKNOWN}, {@link DropReason#TUNNEL_PEER_UNKNOWN}, {@link DropReason#SOURCE_MAC_OURS}, {@link
 * DropReason#DVR_MAC_NOT_LOCAL}.
 */
public final class IngressStage implements Stage {
    private final StageOptions options;
    private final LearnedFdbTable learned;
    private final WorkerCounters counters;

    // The last source that was looked up and learned from elsewhere, and when.
    private long lastSource;
    private Segment lastSegment;
    private int lastWhere;
    private boolean lastIsLearned;
    private long lastNs;
    private TopologySnapshot lastTopology;

    /**
     * @param options choices in behavior
     * @param learned learned MACs of this worker
     * @param counters of this worker
     */
    public IngressStage(final StageOptions options, final LearnedFdbTable learned, final WorkerCounters counters) {
        this.options = options;
        this.learned = learned;
        this.counters = counters;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        return switch (frame.ingress().kind()) {
            case GUEST -> fromGuest(frame, cycle);
            case UNDERLAY -> frame.facts.tunnel == Tunnel.NONE ? Next.ARP : fromTunnel(frame, cycle);
            case PHYSICAL -> fromWire(frame, cycle);
            case METADATA -> Next.METADATA_IN;
        };
    }

    private Next fromGuest(final Frame frame, final Cycle cycle) {
        final Attachment guest = frame.ingress();
        final Facts facts = frame.facts;
        final Segment segment = guest.segment();
        frame.verdict.segment = segment;
        frame.because(Because.ENTERS, segment);
        if (!guest.isUp()) {
            return frame.drop(DropReason.PORT_DOWN);
        }
        if (facts.vlanId != Facts.UNTAGGED) {
            return frame.drop(DropReason.GUEST_VLAN_TAG);
        }
        if (guest.hasPortSecurity()) {
            if (!guest.mayUseMac(facts.sourceMac)) {
                frame.because(Because.PORT_SECURITY_MAC);
                return frame.drop(DropReason.PORT_SECURITY_MAC);
            }
            if (facts.etherType == EtherType.ARP
                    && facts.arpSenderIp != 0 // a probe claims nothing (RFC 5227 §1.1)
                    && !guest.mayClaim(facts.arpSenderIp)) {
                frame.because(Because.PORT_SECURITY_ARP);
                return frame.drop(DropReason.PORT_SECURITY_ARP);
            }
            if (isNeighborDiscovery(facts, Icmpv6Header.NEIGHBOR_ADVERTISEMENT)
                    && !guest.mayClaim6(facts.ndTargetHigh, facts.ndTargetLow)) {
                frame.because(Because.PORT_SECURITY_ND);
                return frame.drop(DropReason.PORT_SECURITY_ARP);
            }
        }
        if (facts.sourceMac != guest.mac()) {
            final FdbEntry known = cycle.topology().fdb().find(segment.id(), facts.sourceMac);
            if (isOurs(known)
                    || isCentral(known)
                    || facts.sourceMac == cycle.topology().dvrMac()) {
                return sourceOurs(frame, known);
            }
            learn(frame, cycle, known, guest.id(), guest);
        }
        return enter(frame);
    }

    private Next fromTunnel(final Frame frame, final Cycle cycle) {
        final Facts facts = frame.facts;
        final TopologySnapshot topology = cycle.topology();
        final Peer peer = topology.peer(facts.peerIp);
        if (peer == null) {
            frame.because(Because.PEER_UNKNOWN);
            return frame.drop(DropReason.TUNNEL_PEER_UNKNOWN);
        }
        final Segment segment = facts.tunnel == Tunnel.VXLAN
                ? topology.segmentByVni(facts.segmentationId)
                : topology.segmentByGreKey(facts.segmentationId);
        if (segment == null) {
            frame.because(Because.VNI_UNKNOWN);
            return frame.drop(DropReason.VNI_UNKNOWN);
        }
        frame.verdict.segment = segment;
        frame.because(Because.VNI_KNOWN, segment, peer);
        if (facts.vlanId != Facts.UNTAGGED && !options.hasInnerVlan()) {
            return frame.drop(DropReason.INNER_VLAN_TAG);
        }
        return fromElsewhere(frame, cycle, segment, peer.id() | LearnedFdbTable.PEER, peer);
    }

    private Next fromWire(final Frame frame, final Cycle cycle) {
        final Facts facts = frame.facts;
        final int vlanId = facts.vlanId == 0 ? Facts.UNTAGGED : facts.vlanId; // 802.1Q: a priority tag names no VLAN
        final Segment segment = cycle.topology().segmentByVlan(frame.ingress(), vlanId);
        if (segment == null) {
            frame.because(Because.VLAN_UNKNOWN);
            return frame.drop(DropReason.VLAN_UNKNOWN);
        }
        frame.verdict.segment = segment;
        frame.because(Because.VLAN_KNOWN, segment);
        return fromElsewhere(frame, cycle, segment, frame.ingress().id(), frame.ingress());
    }

    /** What tunnels and wires have in common: other hosts' DVR MACs, and learning. */
    private Next fromElsewhere(
            final Frame frame, final Cycle cycle, final Segment segment, final int whereId, final Object where) {
        final Facts facts = frame.facts;
        if (!segment.isUp()) {
            return frame.drop(DropReason.PORT_DOWN);
        }
        final TopologySnapshot topology = cycle.topology();
        if (segment.isExternal()) { // DVR MAC rules hold on tenant networks only (contract.md §6 row 1)
            return learnOrRefuse(frame, cycle, segment, whereId, where);
        }
        final boolean isForUs = facts.destinationMac == topology.dvrMac();
        if (isForUs) {
            restoreDestination(frame, segment);
        }
        if (topology.isForeignDvrMac(facts.sourceMac)) { // never learned (dvr.md §4.3 step 9)
            return isForUs ? enter(frame) : restoreSource(frame, topology, segment);
        }
        return learnOrRefuse(frame, cycle, segment, whereId, where);
    }

    private Next learnOrRefuse(
            final Frame frame, final Cycle cycle, final Segment segment, final int whereId, final Object where) {
        final long source = frame.facts.sourceMac;
        if (isLast(
                source, segment, whereId,
                cycle)) { // a router's frames come in bursts: what was found for the first holds for all
            frame.verdict.learnedSegmentId = lastIsLearned ? segment.id() : 0;
            frame.verdict.learnedWhere = whereId;
            return enter(frame);
        }
        final FdbEntry known = cycle.topology().fdb().find(segment.id(), source);
        if (isOurs(known) || source == cycle.topology().dvrMac()) {
            return sourceOurs(frame, known);
        }
        learn(frame, cycle, known, whereId, where);
        noteLast(source, segment, whereId, known == null, cycle);
        return enter(frame);
    }

    private boolean isLast(final long source, final Segment segment, final int whereId, final Cycle cycle) {
        return source == lastSource
                && segment == lastSegment
                && whereId == lastWhere
                && cycle.nowNs() == lastNs
                && cycle.topology() == lastTopology;
    }

    private void noteLast(
            final long source, final Segment segment, final int whereId, final boolean isLearned, final Cycle cycle) {
        lastSource = source;
        lastSegment = segment;
        lastWhere = whereId;
        lastIsLearned = isLearned;
        lastNs = cycle.nowNs();
        lastTopology = cycle.topology();
    }

    /**
     * Renews what is known of a source, as {@link #decide} does for every packet; for one whose verdict was remembered.
     *
     * @param isGuests whether a guest has sent it
     * @param segmentId where its source was learned
     * @param source its source MAC, low 48 bits
     * @param whereId where it is: an attachment id, or a peer id as {@link LearnedFdbTable} marks it
     * @param cycle of the burst
     */
    public void learnAgain(
            final boolean isGuests, final int segmentId, final long source, final int whereId, final Cycle cycle) {
        final Segment segment = cycle.topology().segmentById(segmentId);
        if (isGuests) {
            learn(segment, source, whereId, cycle.nowNs());
        } else if (!isLast(source, segment, whereId, cycle)) {
            learn(segment, source, whereId, cycle.nowNs());
            noteLast(source, segment, whereId, /* isLearned= */ true, cycle);
        }
    }

    /** dvr.md §4.1, tables 1 and 2: only to a serviced or csnat port here, and then with the MAC of that port's gateway. */
    private Next restoreSource(final Frame frame, final TopologySnapshot topology, final Segment segment) {
        final Verdict verdict = frame.verdict;
        final FdbEntry target = topology.fdb().find(segment.id(), verdict.destinationMac);
        if (target != null && target.kind() == FdbEntry.Kind.LOCAL) {
            final Attachment guest = target.attachment();
            final long gatewayMac = gatewayMac(guest, frame.facts.etherType);
            if (guest.isServiced() && gatewayMac != 0) {
                verdict.sourceMac = gatewayMac;
                frame.because(Because.DVR_SOURCE_RESTORED, guest);
                if (!guest.isUp()) {
                    return frame.drop(DropReason.PORT_DOWN);
                }
                verdict.action = Action.FORWARD; // where it goes has just been looked up
                verdict.egress = guest;
                return Next.DONE;
            }
        }
        if (target != null
                && target.kind() == FdbEntry.Kind.CENTRAL
                && target.routerPort().router().isSnatSide()) {
            final RouterPort gateway = gatewayBeside(segment, target.routerPort());
            if (gateway != null) {
                verdict.sourceMac = gateway.mac();
                frame.because(Because.DVR_SOURCE_RESTORED, target.routerPort());
                return enter(frame);
            }
        }
        frame.because(Because.DVR_SOURCE_DROPPED);
        return frame.drop(DropReason.DVR_MAC_NOT_LOCAL);
    }

    /** The distributed router port in the subnet of a csnat port; null = none. */
    private static RouterPort gatewayBeside(final Segment segment, final RouterPort csnat) {
        for (final RouterPort port : segment.routerPorts()) {
            if (port.covers(csnat.ip())) {
                return port;
            }
        }
        return null;
    }

    /** The gateway of the subnet that the packet is for; of a port in subnets of one version that one's; 0 = none. */
    private static long gatewayMac(final Attachment guest, final int etherType) {
        final RouterPort gateway = guest.gateway();
        final RouterPort6 gateway6 = guest.gateway6();
        if (gateway6 != null && (gateway == null || etherType == EtherType.IPV6)) {
            return gateway6.mac();
        }
        return gateway == null ? 0 : gateway.mac();
    }

    /** dvr.md §4.1, tables 3 and 4, and the rule of priority 99: an ARP reply tells which gateway it is for. */
    private static void restoreDestination(final Frame frame, final Segment segment) {
        final RouterPort[] ports = segment.routerPorts();
        if (ports.length == 0) {
            return;
        }
        RouterPort gateway = ports[0];
        if (frame.facts.etherType == EtherType.ARP) {
            for (final RouterPort port : ports) {
                if (port.mac() == frame.facts.arpTargetMac) {
                    gateway = port;
                }
            }
        }
        frame.verdict.destinationMac = gateway.mac();
        frame.verdict.routerPort = gateway; // it may enter the router though it comes from elsewhere
        frame.because(Because.DVR_DESTINATION_RESTORED, gateway);
    }

    private static Next enter(final Frame frame) {
        final Facts facts = frame.facts;
        if (facts.vlanId > 0 && facts.tunnel != Tunnel.NONE) {
            return Next.FORWARD; // a tag inside a tunnel belongs to the guests
        }
        if (facts.etherType == EtherType.ARP) {
            return Next.ARP;
        }
        return isNeighborDiscovery(facts, Icmpv6Header.NEIGHBOR_SOLICITATION) ? Next.NEIGHBOR_DISCOVERY : Next.FORWARD;
    }

    private static boolean isNeighborDiscovery(final Facts facts, final int type) {
        return facts.etherType == EtherType.IPV6
                && facts.protocol == IpProtocol.ICMPV6
                && facts.icmpType == type
                && facts.ipFault == DecodeFault.NONE
                && facts.transportFault == DecodeFault.NONE
                && facts.ttl == 255; // RFC 4861 §7.1: anything else has passed a router
    }

    private static boolean isOurs(final FdbEntry entry) {
        return entry != null && (entry.kind() == FdbEntry.Kind.GATEWAY || entry.kind() == FdbEntry.Kind.EXTERNAL);
    }

    /** Of the host's own guests none may be a central router; from elsewhere it may be the router's other half that has taken over (dvr.md §11.4). */
    private static boolean isCentral(final FdbEntry entry) {
        return entry != null && entry.kind() == FdbEntry.Kind.CENTRAL;
    }

    private static Next sourceOurs(final Frame frame, final FdbEntry known) {
        frame.because(
                Because.SOURCE_OURS,
                known == null ? "DVR MAC" : known.routerPort() == null ? known.externalPort() : known.routerPort());
        return frame.drop(DropReason.SOURCE_MAC_OURS);
    }

    private void learn(
            final Frame frame, final Cycle cycle, final FdbEntry known, final int whereId, final Object where) {
        if (known != null) {
            return; // the control plane's entry wins (dvr.md §4.3 step 20): remembering would change nothing
        }
        final Segment segment = frame.verdict.segment;
        frame.verdict.learnedSegmentId = segment.id();
        frame.verdict.learnedWhere = whereId;
        final boolean isLearned = learn(segment, frame.facts.sourceMac, whereId, cycle.nowNs());
        frame.because(isLearned ? Because.LEARNED : Because.FDB_FULL, where);
    }

    private boolean learn(final Segment segment, final long source, final int whereId, final long nowNs) {
        final boolean isLearned = learned.learn(segment.id(), source, whereId, nowNs);
        if (!isLearned) {
            counters.fdbFull();
        }
        return isLearned;
    }
}
