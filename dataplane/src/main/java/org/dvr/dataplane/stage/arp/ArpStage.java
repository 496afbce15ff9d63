package org.dvr.dataplane.stage.arp;

import org.dvr.codec.arp.ArpPacket;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.table.NeighborTable;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FdbEntry;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Answers ARP for what this host answers for, learns neighbors, and sends the rest on (dvr.md §8).
 *
 * <p>In: an ARP frame in its segment, or on the underlay. Next: {@link Next#FORWARD}, or {@link Next#DONE} with an answer. Drops: {@link
 * DropReason#ARP_NOT_FOR_US}, {@link DropReason#GATEWAY_ARP_REMOTE}, {@link DropReason#GATEWAY_ADDRESS_CLAIMED}.
 */
public final class ArpStage implements Stage {
    private final NeighborCache neighbors;

    /**
     * @param neighbors neighbors learned by this worker
     */
    public ArpStage(final NeighborCache neighbors) {
        this.neighbors = neighbors;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        final Segment segment = frame.verdict.segment;
        if (segment == null) {
            return onUnderlay(frame, cycle);
        }
        final boolean isRequest = frame.facts.arpOperation == ArpPacket.REQUEST;
        if (segment.externalPorts().length > 0) {
            return isRequest ? externalRequest(frame, cycle, segment) : externalReply(frame, cycle, segment);
        }
        return isRequest ? tenantRequest(frame, cycle, segment) : tenantReply(frame, cycle, segment);
    }

    private Next onUnderlay(final Frame frame, final Cycle cycle) {
        final Facts facts = frame.facts;
        final TopologySnapshot topology = cycle.topology();
        if (topology.isIpv6Underlay()) { // there is no tunnel endpoint with an IPv4 address
            frame.because(Because.ARP_UNDERLAY_OTHER);
            return frame.drop(DropReason.ARP_NOT_FOR_US);
        }
        if (facts.arpTargetIp != topology.vtepIp() || facts.arpSenderIp == facts.arpTargetIp) {
            refresh(frame, cycle, NeighborCache.UNDERLAY);
            frame.because(Because.ARP_UNDERLAY_OTHER);
            return frame.drop(DropReason.ARP_NOT_FOR_US);
        }
        learn(frame, cycle, NeighborCache.UNDERLAY);
        if (facts.arpOperation == ArpPacket.REQUEST) {
            frame.because(Because.ARP_UNDERLAY);
            return answer(frame, topology.underlayMac());
        }
        frame.because(Because.ARP_REPLY_OURS);
        return frame.consume();
    }

    private Next tenantRequest(final Frame frame, final Cycle cycle, final Segment segment) {
        final Facts facts = frame.facts;
        final TopologySnapshot topology = cycle.topology();
        final long known = topology.neighbors().find(segment.id(), facts.arpTargetIp);
        if (known == NeighborTable.MISSING) {
            refresh(frame, cycle, segment.id()); // a virtual address that announces where it is now
            frame.because(Because.ARP_UNKNOWN);
            return Next.FORWARD;
        }
        final long mac = NeighborTable.mac(known);
        final boolean isFromGuest = frame.ingress().kind() == AttachmentKind.GUEST;
        final FdbEntry entry = topology.fdb().find(segment.id(), mac);
        if (entry != null && entry.kind() == FdbEntry.Kind.GATEWAY) {
            return gatewayRequest(frame, cycle, entry.routerPort(), isFromGuest);
        }
        if (entry != null && entry.kind() == FdbEntry.Kind.CENTRAL) {
            return centralRequest(frame, cycle, entry.routerPort(), isFromGuest);
        }
        final boolean isResponders = isFromGuest
                && (known & NeighborTable.ROUTERS_ONLY) == 0
                && MacAddress.isMulticast(facts.destinationMac); // a guest that checks on a neighbor asks it directly
        if (!isResponders) {
            return Next.FORWARD;
        }
        if (mac == facts.arpSenderMac || facts.arpSenderIp == facts.arpTargetIp) {
            frame.because(Because.ARP_OWN_ADDRESS);
            return Next.FORWARD;
        }
        frame.verdict.answerMac = mac;
        frame.because(Because.ARP_RESPONDER);
        return answer(frame, mac);
    }

    /** The anycast gateway: each host answers its own guests, and nobody else (contract.md §6 rows 5, 16, 17). */
    private Next gatewayRequest(
            final Frame frame, final Cycle cycle, final RouterPort gateway, final boolean isFromGuest) {
        if (!isFromGuest) {
            frame.because(Because.ARP_GATEWAY_REMOTE);
            return frame.drop(DropReason.GATEWAY_ARP_REMOTE);
        }
        if (frame.facts.arpSenderIp == frame.facts.arpTargetIp) {
            frame.because(Because.ARP_GATEWAY_CLAIMED, gateway.router());
            return frame.drop(DropReason.GATEWAY_ADDRESS_CLAIMED);
        }
        refresh(frame, cycle, gateway.segment().id());
        frame.verdict.answerMac = gateway.mac();
        frame.because(Because.ARP_GATEWAY, gateway.router());
        return answer(frame, gateway.mac());
    }

    /** A central router owns its addresses: it answers whoever asks, from wherever, also where the responder may not (dvr.md §8.4). */
    private Next centralRequest(
            final Frame frame, final Cycle cycle, final RouterPort port, final boolean isFromGuest) {
        if (frame.facts.arpSenderIp == frame.facts.arpTargetIp) { // an announcement, nobody waits for an answer
            if (isFromGuest) {
                frame.because(Because.ARP_GATEWAY_CLAIMED, port.router());
                return frame.drop(DropReason.GATEWAY_ADDRESS_CLAIMED);
            }
            return Next.FORWARD;
        }
        learn(frame, cycle, port.segment().id());
        frame.verdict.answerMac = port.mac();
        frame.because(Because.ARP_GATEWAY, port.router());
        return answer(frame, port.mac());
    }

    private Next tenantReply(final Frame frame, final Cycle cycle, final Segment segment) {
        final FdbEntry target = cycle.topology().fdb().find(segment.id(), frame.verdict.destinationMac);
        if (target != null && (target.kind() == FdbEntry.Kind.GATEWAY || target.kind() == FdbEntry.Kind.CENTRAL)) {
            frame.because(Because.ARP_REPLY_OURS);
            learn(frame, cycle, segment.id());
            return frame.consume();
        }
        refresh(frame, cycle, segment.id());
        return Next.FORWARD;
    }

    /** Proxy ARP: only for floating IPs realised here and our own addresses, at once (dvr.md §8.1). */
    private Next externalRequest(final Frame frame, final Cycle cycle, final Segment segment) {
        final Facts facts = frame.facts;
        final boolean isAnnouncement = facts.arpSenderIp == facts.arpTargetIp;
        final ExternalPort port = isAnnouncement ? null : segment.externalPortFor(facts.arpTargetIp);
        if (port != null) {
            learn(frame, cycle, segment.id());
            frame.verdict.answerMac = port.mac();
            final FloatingIp floatingIp = port.floatingIp(facts.arpTargetIp);
            final FloatingIp shared = floatingIp == null ? port.forwardedIp(facts.arpTargetIp) : null;
            if (floatingIp != null) {
                frame.because(Because.PROXY_ARP, floatingIp);
            } else if (shared != null) {
                frame.because(Because.PROXY_ARP_FORWARDED, shared.router());
            } else {
                frame.because(Because.PROXY_ARP_OWN, port);
            }
            return answer(frame, port.mac());
        }
        refresh(frame, cycle, segment.id());
        frame.because(Because.PROXY_ARP_NOT_OURS);
        return sendOn(frame, segment);
    }

    private Next externalReply(final Frame frame, final Cycle cycle, final Segment segment) {
        for (final ExternalPort port : segment.externalPorts()) {
            if (frame.facts.destinationMac == port.mac()) {
                frame.because(Because.ARP_REPLY_OURS);
                learn(frame, cycle, segment.id());
                return frame.consume();
            }
        }
        refresh(frame, cycle, segment.id());
        return sendOn(frame, segment);
    }

    /** Others in the external network on this host may want it; from the wire with nobody here it ends. */
    private static Next sendOn(final Frame frame, final Segment segment) {
        final boolean isFromGuest = frame.ingress().kind() == AttachmentKind.GUEST;
        return isFromGuest || segment.localPorts().length > 0 ? Next.FORWARD : frame.drop(DropReason.ARP_NOT_FOR_US);
    }

    /** RFC 826: who asks us will hear from us, so his address is worth remembering. */
    private void learn(final Frame frame, final Cycle cycle, final int domain) {
        learn(frame, cycle, domain, /* makesKnown= */ true);
    }

    /** Gratuitous ARP moves addresses that are known already; it makes nobody known (RFC 826 merge). */
    private void refresh(final Frame frame, final Cycle cycle, final int domain) {
        learn(frame, cycle, domain, /* makesKnown= */ false);
    }

    private void learn(final Frame frame, final Cycle cycle, final int domain, final boolean makesKnown) {
        final Facts facts = frame.facts;
        if (facts.arpSenderIp == 0 || MacAddress.isMulticast(facts.arpSenderMac) || facts.arpSenderMac == 0) {
            return;
        }
        final boolean isLearned =
                neighbors.hear(domain, facts.arpSenderIp, facts.arpSenderMac, makesKnown, cycle.nowNs());
        if (isLearned && frame.trace() != null) {
            frame.because(Because.ARP_LEARNED, MacAddress.toString(facts.arpSenderMac));
        }
    }

    private static Next answer(final Frame frame, final long mac) {
        final Verdict verdict = frame.verdict;
        verdict.answer = Answer.ARP_REPLY;
        verdict.answerMac = mac;
        verdict.answerIp = frame.facts.arpTargetIp;
        return frame.consume();
    }
}
