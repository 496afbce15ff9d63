package org.dvr.dataplane.write;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.util.Arrays;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.watch.FrameWatch;

/**
 * Applies a verdict to a frame and sends it: MACs, TTL, translation, tag, tunnel; for a flood once for each receiver, ports by name, then
 * tunnels by ascending peer address (contract.md §6 row 14). A packet that may be fragmented and has to be leaves in pieces, a large segment in
 * packets wherever it cannot be handed on whole.
 */
public final class FrameWriter {
    private static final int MACS_LENGTH = 12;
    /** Bytes of an outer IP packet: with its Ethernet header below 64 KiB, or devices would have it cut before (GSO_LEGACY_MAX_SIZE). */
    static final int MAX_TUNNEL_SEGMENT = 65_535 - EthernetHeader.LENGTH;

    private final Outlets outlets;
    private final NeighborCache neighbors;
    private final FramePool pool;
    private final WorkerCounters counters;
    private final FrameWatch watch;
    private final Ipv4Fragmenter fragmenter = new Ipv4Fragmenter();
    private int[] mtuByPeer = new int[0]; // by the peer's id; 0 = no less than the underlay's
    private final Segmenter segmenter = new Segmenter();
    private boolean isCutting; // then frames are written that may not be kept: what has to wait is a copy

    /**
     * @param outlets where frames leave
     * @param neighbors MACs of tunnel peers
     * @param pool frames for copies that wait
     * @param counters of this worker
     * @param watch of this worker
     */
    public FrameWriter(
            final Outlets outlets,
            final NeighborCache neighbors,
            final FramePool pool,
            final WorkerCounters counters,
            final FrameWatch watch) {
        this.outlets = outlets;
        this.neighbors = neighbors;
        this.pool = pool;
        this.counters = counters;
        this.watch = watch;
    }

    /**
     * Writes and sends a frame whose verdict is to forward or to flood it. The verdict's action tells what became of it: unchanged when
     * sent, {@link Action#HOLD} when it waits for a tunnel peer's MAC, {@link Action#DROP} when it could not leave, {@link Action#CONSUME} when
     * fragments left in its place.
     *
     * @param frame its bytes change
     * @param cycle of the burst
     */
    public void write(final Frame frame, final Cycle cycle) {
        stripWireTag(frame);
        PacketRewriter.apply(frame);
        final Verdict verdict = frame.verdict;
        final MutableDirectBuffer buffer = frame.buffer();
        EthernetHeader.writeMacs(buffer, frame.offset(), verdict.destinationMac, verdict.sourceMac);
        if (frame.offload.isLargeSegment() && !leavesWhole(frame)) {
            cut(frame, cycle);
        } else {
            leaveInPieces(frame, cycle);
        }
    }

    private void leaveInPieces(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        if (verdict.fragmentMtu > 0 && frame.facts.wireLength > verdict.fragmentMtu) {
            fragment(frame, cycle);
        } else {
            leave(frame, cycle);
        }
    }

    /** May a large segment be handed on as it is? Not into a tunnel, whose headers would have to be cut with it, nor where its packets are fragmented. */
    private boolean leavesWhole(final Frame frame) {
        final Verdict verdict = frame.verdict;
        if (verdict.fragmentMtu > 0 && frame.facts.wireLength > verdict.fragmentMtu) {
            return false;
        }
        if (verdict.action != Action.FLOOD) {
            return verdict.peer == null && outlets.takesOffload(verdict.egress.id());
        }
        final Segment segment = verdict.segment;
        for (final Attachment port : segment.localPorts()) {
            if (!outlets.takesOffload(port.id())) {
                return false;
            }
        }
        return segment.floodPeers().length == 0
                && (segment.uplink() == null
                        || outlets.takesOffload(segment.uplink().id()));
    }

    /** May the checksums of packets be completed by the device that they leave by? Of a flood they are completed here: for all, once. */
    private boolean leavesPartial(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        if (verdict.action == Action.FLOOD || verdict.fragmentMtu > 0) {
            return false;
        }
        final Attachment egress =
                verdict.peer == null ? verdict.egress : cycle.topology().underlay();
        return outlets.takesOffload(egress.id());
    }

    /** Unless a tunnel takes it whole. Packets beyond the first count as generated. What becomes of each is counted here; the verdict's action stays as it was. */
    private void cut(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        final Action action = verdict.action;
        if (action == Action.FORWARD && verdict.peer != null && !isPeerReady(frame, cycle, verdict.peer)) {
            return;
        }
        if (entersTunnelWhole(frame, cycle)) {
            sendIntoTunnel(frame, cycle);
            return;
        }
        final int size = frame.offload.segmentSize;
        final int count = segmenter.start(frame, leavesPartial(frame, cycle));
        if (frame.trace() != null) {
            frame.because(Because.SEGMENTED, size, count);
        }
        counters.segmented();
        isCutting = true;
        for (int i = 0; segmenter.hasNext(); i++) {
            if (i > 0) {
                counters.generated();
            }
            verdict.isWritten = false;
            segmenter.next();
            leaveInPieces(frame, cycle);
            if (verdict.action == Action.DROP) {
                dropped(frame, cycle, verdict.dropReason);
            } else if (verdict.action == Action.CONSUME) {
                counters.consumed();
            }
            verdict.action = action;
        }
        isCutting = false;
    }

    /** May a large segment be handed on as it is, with the headers of a tunnel that whoever cuts it repeats? */
    private boolean entersTunnelWhole(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        final TopologySnapshot topology = cycle.topology();
        return verdict.action == Action.FORWARD
                && verdict.peer != null
                && (verdict.fragmentMtu == 0 || frame.facts.wireLength <= verdict.fragmentMtu)
                && frame.offload.kind() != Offload.UDP
                && !topology.isIpv6Underlay()
                && TunnelWriter.outerPacketLength(verdict.segment, topology, frame.length()) <= MAX_TUNNEL_SEGMENT
                && outlets.takesTunnelSegments(topology.underlay().id());
    }

    /** Its peer is ready. */
    private void sendIntoTunnel(final Frame frame, final Cycle cycle) {
        final TopologySnapshot topology = cycle.topology();
        final Peer peer = frame.verdict.peer;
        final int innerAt = frame.offset();
        final long mac = peer.mac() != 0
                ? peer.mac()
                : neighbors.find(NeighborCache.UNDERLAY, peer.ip(), cycle.nowNs()); // known: it would wait else
        TunnelWriter.wrap(frame, frame.verdict.segment, topology, peer, mac);
        frame.offload.innerAt = innerAt;
        send(frame, cycle, topology.underlay());
    }

    /** Before a segment is cut for a tunnel: it is dropped or waits as a whole. */
    private boolean isPeerReady(final Frame frame, final Cycle cycle, final Peer peer) {
        final int shorter = frame.facts.packetLength - frame.facts.wireLength;
        final int outerLength =
                TunnelWriter.outerPacketLength(frame.verdict.segment, cycle.topology(), frame.length() - shorter);
        if (outerLength > pathMtu(cycle.topology(), peer)) {
            frame.drop(DropReason.UNDERLAY_MTU);
            return false;
        }
        if (peer.mac() != 0
                || neighbors.find(NeighborCache.UNDERLAY, peer.ip(), cycle.nowNs()) != NeighborCache.MISSING) {
            return true;
        }
        final DropReason refused = hold(frame, cycle, peer);
        if (refused != null) {
            frame.drop(refused);
        }
        frame.verdict.isWritten = true; // but for the tunnel headers of its packets
        return false;
    }

    /** One packet consumed, n fragments generated (contract.md §6 row 7). */
    private void fragment(final Frame frame, final Cycle cycle) {
        if (frame.offload.hasPartialChecksum()) {
            ChecksumCompletion.complete(frame);
        }
        final int count = fragmenter.start(frame, frame.verdict.fragmentMtu);
        if (count == 0) {
            frame.drop(DropReason.PACKET_TOO_BIG);
            return;
        }
        if (pool.available() < count) { // all of them or none
            frame.drop(DropReason.FRAGMENT_NO_FRAME);
            return;
        }
        if (frame.trace() != null) {
            frame.because(Because.FRAGMENTED, frame.verdict.fragmentMtu, count);
        }
        for (int i = 0; i < count; i++) {
            final Frame piece = pool.take();
            fragmenter.next(piece);
            counters.generated();
            piece.facts.takeFlow(frame.facts);
            piece.verdict.reset();
            piece.verdict.takeWay(frame.verdict);
            piece.verdict.isOwn = true; // nobody is told when it cannot be delivered
            leave(piece, cycle);
            if (piece.verdict.action == Action.DROP) {
                dropped(piece, cycle, piece.verdict.dropReason);
            }
            if (piece.verdict.action != Action.HOLD) {
                pool.give(piece);
            }
        }
        frame.consume();
    }

    private void leave(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        if (verdict.action == Action.FLOOD) {
            flood(frame, cycle);
        } else if (verdict.peer != null) {
            final DropReason refused = toPeer(frame, cycle, verdict.peer, isCutting);
            if (refused != null) {
                frame.drop(refused);
            }
        } else {
            toPort(frame, cycle, verdict.egress);
        }
    }

    /**
     * Sends a frame that waited for its tunnel peer's MAC.
     *
     * @param frame as {@link #write} left it
     * @param cycle of the burst
     * @param mac outer destination, low 48 bits
     */
    public void writeResolved(final Frame frame, final Cycle cycle, final long mac) {
        if (frame.offload.isLargeSegment()) {
            cut(frame, cycle);
            if (frame.verdict.action == Action.DROP) {
                dropped(frame, cycle, frame.verdict.dropReason);
            }
            return;
        }
        EthernetHeader.writeMac(frame.buffer(), frame.offset(), mac);
        send(frame, cycle, cycle.topology().underlay());
    }

    /** A tag that named the segment on a physical network has done its work. */
    private static void stripWireTag(final Frame frame) {
        final Facts facts = frame.facts;
        if (facts.vlanId == Facts.UNTAGGED
                || frame.verdict.isOwn
                || frame.ingress() == null
                || frame.ingress().kind() != AttachmentKind.PHYSICAL) {
            return;
        }
        frame.buffer().putBytes(frame.offset() + VlanTag.LENGTH, frame.buffer(), frame.offset(), MACS_LENGTH);
        frame.strip(VlanTag.LENGTH);
    }

    private void toPort(final Frame frame, final Cycle cycle, final Attachment port) {
        final Segment segment = frame.verdict.segment;
        final boolean isTagged = port.kind() == AttachmentKind.PHYSICAL && segment.vlanId() != Segment.UNTAGGED;
        if (isTagged) {
            pushTag(frame, segment.vlanId());
        }
        send(frame, cycle, port);
        if (isTagged) {
            popTag(frame);
        }
    }

    private static void pushTag(final Frame frame, final int vlanId) {
        final MutableDirectBuffer buffer = frame.buffer();
        buffer.putBytes(frame.offset() - VlanTag.LENGTH, buffer, frame.offset(), MACS_LENGTH);
        frame.strip(-VlanTag.LENGTH);
        buffer.putInt(frame.offset() + MACS_LENGTH, (EtherType.VLAN << 16) | vlanId, BIG_ENDIAN);
    }

    private static void popTag(final Frame frame) {
        final MutableDirectBuffer buffer = frame.buffer();
        buffer.putBytes(frame.offset() + VlanTag.LENGTH, buffer, frame.offset(), MACS_LENGTH);
        frame.strip(VlanTag.LENGTH);
    }

    private void flood(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        final Segment segment = verdict.segment;
        // A bridged frame never returns to where it came from; a routed or own one may go anywhere in its segment.
        final boolean isBridged = verdict.router == null && !verdict.isOwn;
        final Attachment from = isBridged ? frame.ingress() : null;
        int copies = 0;
        for (final Attachment port : segment.localPorts()) {
            if (port != from && port.isUp()) {
                send(frame, cycle, port);
                copies++;
            }
        }
        if (verdict.isFromGateway) { // outside of this host no gateway MAC is ever seen (dvr.md §1.6)
            EthernetHeader.writeMac(
                    frame.buffer(), frame.offset() + 6, cycle.topology().dvrMac());
        }
        final Attachment uplink = segment.uplink();
        if (uplink != null && uplink != from) {
            toPort(frame, cycle, uplink);
            copies++;
        }
        DropReason refused = null;
        if (from == null || from.kind() != AttachmentKind.UNDERLAY) { // split horizon
            for (final Peer peer : segment.floodPeers()) {
                refused = toPeer(frame, cycle, peer, true);
                if (refused != null) {
                    dropped(frame, cycle, refused);
                }
                copies++;
            }
        }
        if (copies == 0) {
            frame.drop(DropReason.FLOOD_LIST_EMPTY);
        } else {
            counters.flooded(copies - 1);
        }
    }

    /** Wraps and sends, or has it wait; null unless it must be dropped. */
    private DropReason toPeer(final Frame frame, final Cycle cycle, final Peer peer, final boolean isCopy) {
        final TopologySnapshot topology = cycle.topology();
        final Segment segment = frame.verdict.segment;
        if (frame.verdict.isWritten) {
            TunnelWriter.rewrap(frame, segment, topology, peer, peer.mac());
        } else {
            if (TunnelWriter.outerPacketLength(segment, topology, frame.length()) > pathMtu(topology, peer)) {
                return DropReason.UNDERLAY_MTU;
            }
            TunnelWriter.wrap(frame, segment, topology, peer, peer.mac());
            frame.verdict.isWritten = true;
        }
        if (peer.mac() != 0) {
            send(frame, cycle, topology.underlay());
            return null;
        }
        final long mac = neighbors.find(NeighborCache.UNDERLAY, peer.ip(), cycle.nowNs());
        if (mac != NeighborCache.MISSING) {
            writeResolved(frame, cycle, mac);
            return null;
        }
        return isCopy ? holdCopy(frame, cycle, peer) : hold(frame, cycle, peer);
    }

    int pathMtu(final TopologySnapshot topology, final Peer peer) {
        final int mtu = peer.id() < mtuByPeer.length ? mtuByPeer[peer.id()] : 0;
        return mtu == 0 ? topology.underlayMtu() : Math.min(mtu, topology.underlayMtu());
    }

    /**
     * Says how large outer packets to a peer may be, beside what the underlay as a whole carries; between two bursts.
     *
     * @param peer who
     * @param mtu bytes of the outer IP packet, 0 = no limit of its own
     */
    public void pathMtu(final Peer peer, final int mtu) {
        if (peer.id() >= mtuByPeer.length) {
            mtuByPeer = Arrays.copyOf(mtuByPeer, Math.max(peer.id() + 1, 2 * mtuByPeer.length));
        }
        mtuByPeer[peer.id()] = mtu;
    }

    /** Forgets what was said about peers. */
    public void forgetPathMtus() {
        Arrays.fill(mtuByPeer, 0);
    }

    private DropReason hold(final Frame frame, final Cycle cycle, final Peer peer) {
        final boolean isHeld = neighbors.hold(
                frame,
                NeighborCache.UNDERLAY,
                peer.ip(),
                null,
                null,
                cycle.topology().vtepIp(),
                cycle.nowNs());
        if (!isHeld) {
            return DropReason.NEIGHBOR_QUEUE_FULL;
        }
        frame.verdict.nextHop = peer.ip();
        frame.verdict.action = Action.HOLD;
        return null;
    }

    private DropReason holdCopy(final Frame frame, final Cycle cycle, final Peer peer) {
        final Frame copy = pool.take();
        if (copy == null) {
            return DropReason.NEIGHBOR_QUEUE_FULL;
        }
        copy.received(frame.ingress(), frame.length());
        copy.strip(frame.offset() - frame.start() + copy.start() - copy.offset());
        copy.truncate(frame.length());
        copy.offload.takeFrom(frame.offload, copy.offset() - frame.offset());
        copy.buffer().putBytes(copy.offset(), frame.buffer(), frame.offset(), frame.length());
        copy.verdict.reset();
        copy.verdict.segment = frame.verdict.segment;
        copy.verdict.peer = peer;
        copy.verdict.isWritten = true;
        copy.verdict.isOwn = true; // nobody is told when it cannot be delivered
        final DropReason refused = hold(copy, cycle, peer);
        if (refused != null) {
            pool.give(copy);
        }
        return refused;
    }

    private void send(final Frame frame, final Cycle cycle, final Attachment port) {
        final DropReason refused = outlets.send(port.id(), frame, cycle.nowNs());
        if (refused == null) {
            counters.sent(port.id(), frame.length());
            if (watch.isOn()) {
                watch.left(frame, port, cycle.nowNs());
            }
        } else {
            dropped(frame, cycle, refused);
        }
    }

    /** It could not leave, or one copy of it. */
    private void dropped(final Frame frame, final Cycle cycle, final DropReason reason) {
        counters.dropped(reason);
        if (frame.trace() != null) {
            frame.because(Because.DROPPED, reason.label(), reason.sentence());
        }
        if (watch.isOn()) {
            watch.dropped(frame, reason, cycle.nowNs());
        }
    }
}
