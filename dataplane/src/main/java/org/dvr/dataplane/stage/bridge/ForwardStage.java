package org.dvr.dataplane.stage.bridge;

import org.dvr.codec.net.MacAddress;
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
import org.dvr.dataplane.table.LearnedFdbTable;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;

/**
 * Forwards by destination MAC: to a port here, through a tunnel, onto a physical network, into a router, or to everybody. Bridged and
 * routed frames alike come here last.
 *
 * <p>In: a frame with its segment and MACs. Next: {@link Next#ROUTE}, {@link Next#CENTRAL}, {@link Next#FIP_IN} or {@link Next#DONE}. Drops: {@link
 * DropReason#SPLIT_HORIZON}, {@link DropReason#SAME_PORT}, {@link DropReason#GATEWAY_MAC_REMOTE}, {@link DropReason#PORT_DOWN}, {@link
 * DropReason#INNER_VLAN_TAG}.
 */
public final class ForwardStage implements Stage {
    private final LearnedFdbTable learned;

    /**
     * @param learned learned MACs of this worker
     */
    public ForwardStage(final LearnedFdbTable learned) {
        this.learned = learned;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        final Segment segment = verdict.segment;
        if (MacAddress.isMulticast(verdict.destinationMac)) {
            frame.because(Because.FLOOD);
            return flood(frame);
        }
        final Next near = atHand(frame, cycle, segment);
        if (near != null) {
            return near;
        }
        final FdbEntry entry = cycle.topology().fdb().find(segment.id(), verdict.destinationMac);
        if (entry == null) {
            return unknown(frame, cycle, segment);
        }
        if (entry.kind() != FdbEntry.Kind.LOCAL && entry.kind() != FdbEntry.Kind.PEER && hasInnerTag(frame)) {
            return frame.drop(DropReason.INNER_VLAN_TAG); // passed within its network, never routed
        }
        return switch (entry.kind()) {
            case LOCAL -> {
                final boolean isWire = entry.attachment().kind() == AttachmentKind.PHYSICAL;
                frame.because(isWire ? Because.TO_UPLINK : Because.TO_LOCAL, entry.attachment());
                yield toPort(frame, cycle, entry.attachment());
            }
            case PEER -> {
                frame.because(Because.TO_PEER, entry.peer());
                yield toPeer(frame, cycle, entry.peer());
            }
            case GATEWAY -> toRouter(frame, entry.routerPort());
            case EXTERNAL -> toExternalPort(frame, entry.externalPort());
            case CENTRAL -> toCentral(frame, entry.routerPort());
        };
    }

    /**
     * What most frames are for, told without a look into the FDB, which would say the same: the guest's own gateway, the fip namespace, the wire behind
     * it, the guest of a floating IP. Null = none of these.
     */
    private static Next atHand(final Frame frame, final Cycle cycle, final Segment segment) {
        final Verdict verdict = frame.verdict;
        final long destination = verdict.destinationMac;
        if (verdict.router == null && !verdict.isOwn && frame.ingress().kind() == AttachmentKind.GUEST) {
            final RouterPort gateway = frame.ingress().gateway();
            return gateway != null && destination == gateway.mac() ? toRouter(frame, gateway) : null;
        }
        final ExternalPort external = segment.externalPort();
        if (external != null) {
            if (destination == external.mac()) {
                frame.because(Because.TO_FIP, external);
                verdict.externalPort = external;
                return Next.FIP_IN;
            }
            if (verdict.externalPort == external
                    && segment.externalPorts().length == 1
                    && segment.uplink() != null
                    && segment.localPorts().length == 0) {
                frame.because(Because.TO_UPLINK, segment.uplink()); // nobody else could have it
                return toPort(frame, cycle, segment.uplink());
            }
        } else if (verdict.isFromOutside && verdict.floatingIp != null) {
            final Attachment guest = verdict.floatingIp.guest();
            if (guest != null && destination == guest.mac() && segment == guest.segment()) {
                frame.because(Because.TO_LOCAL, guest);
                return toPort(frame, cycle, guest);
            }
        }
        return null;
    }

    private static boolean hasInnerTag(final Frame frame) {
        return frame.facts.tunnel != Tunnel.NONE && frame.facts.vlanId != Facts.UNTAGGED;
    }

    private Next unknown(final Frame frame, final Cycle cycle, final Segment segment) {
        final int where = learned.find(segment.id(), frame.verdict.destinationMac, cycle.nowNs());
        if (where != LearnedFdbTable.MISSING) {
            frame.verdict.until(learned.foundUntilNs());
            if ((where & LearnedFdbTable.PEER) != 0) {
                final Peer peer = cycle.topology().peerById(where & ~LearnedFdbTable.PEER);
                if (peer != null) {
                    frame.because(Because.TO_LEARNED_PEER, peer);
                    return toPeer(frame, cycle, peer);
                }
            } else {
                final Attachment port = cycle.topology().attachmentById(where);
                if (port != null) {
                    frame.because(Because.TO_LEARNED_PORT, port);
                    return toPort(frame, cycle, port);
                }
            }
        }
        final Attachment uplink = segment.uplink();
        if (uplink != null && segment.localPorts().length == 0 && uplink != frame.ingress()) {
            frame.because(Because.TO_UPLINK, uplink); // nobody else could have it
            return toPort(frame, cycle, uplink);
        }
        frame.because(Because.FLOOD_UNKNOWN);
        return flood(frame);
    }

    private static Next toExternalPort(final Frame frame, final ExternalPort port) {
        final Verdict verdict = frame.verdict;
        verdict.externalPort = port;
        if (port.router() == null) {
            frame.because(Because.TO_FIP, port);
            return Next.FIP_IN;
        }
        frame.because(Because.TO_GATEWAY_PORT, port);
        if (verdict.hairpinFrom == null) {
            verdict.hairpinFrom = verdict.router; // from a router of this host, by way of the external network
        }
        return enterCentral(frame, port.router(), null);
    }

    private static Next toCentral(final Frame frame, final RouterPort port) {
        frame.because(Because.TO_CENTRAL, port, port.router());
        return enterCentral(frame, port.router(), port);
    }

    private static Next enterCentral(final Frame frame, final Router router, final RouterPort port) {
        final Verdict verdict = frame.verdict;
        verdict.router = router;
        verdict.routerPort = port;
        verdict.outPort = null;
        verdict.isOwn = false;
        verdict.isFromOutside = false;
        return Next.CENTRAL;
    }

    private static Next toRouter(final Frame frame, final RouterPort port) {
        final Verdict verdict = frame.verdict;
        frame.because(Because.TO_ROUTER, port, port.router());
        final boolean isFromElsewhere =
                frame.ingress() != null && frame.ingress().kind() != AttachmentKind.GUEST;
        // In by a restored DVR MAC, or handed on by a router in this host: these may enter.
        if (isFromElsewhere && verdict.routerPort == null && verdict.router == null) {
            frame.because(Because.GATEWAY_FROM_REMOTE);
            return frame.drop(DropReason.GATEWAY_MAC_REMOTE);
        }
        verdict.router = port.router();
        verdict.routerPort = port;
        verdict.isOwn = false;
        verdict.isFromOutside = false;
        return Next.ROUTE;
    }

    private static Next toPort(final Frame frame, final Cycle cycle, final Attachment port) {
        final Verdict verdict = frame.verdict;
        if (port == frame.ingress() && verdict.router == null && !verdict.isOwn) {
            frame.because(Because.SAME_PORT);
            return frame.drop(DropReason.SAME_PORT);
        }
        if (!port.isUp()) {
            return frame.drop(DropReason.PORT_DOWN);
        }
        if (port.kind() == AttachmentKind.PHYSICAL) {
            leave(frame, cycle);
        }
        verdict.action = Action.FORWARD;
        verdict.egress = port;
        return Next.DONE;
    }

    private static Next toPeer(final Frame frame, final Cycle cycle, final Peer peer) {
        final Verdict verdict = frame.verdict;
        if (frame.facts.tunnel != Tunnel.NONE && verdict.router == null) {
            frame.because(Because.SPLIT_HORIZON);
            return frame.drop(DropReason.SPLIT_HORIZON);
        }
        leave(frame, cycle);
        verdict.action = Action.FORWARD;
        verdict.peer = peer;
        verdict.egress = cycle.topology().underlay();
        return Next.DONE;
    }

    /** Outside of this host no gateway MAC is ever seen (dvr.md §1.6). */
    private static void leave(final Frame frame, final Cycle cycle) {
        if (frame.verdict.isFromGateway) {
            frame.verdict.sourceMac = cycle.topology().dvrMac();
            frame.because(Because.DVR_MAC_OUT);
        }
    }

    private static Next flood(final Frame frame) {
        frame.verdict.action = Action.FLOOD;
        return Next.DONE;
    }
}
