package org.dvr.dataplane.stage.neighbor;

import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.IcmpErrors;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.table.NeighborTable;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Finds the MAC of the next hop and dresses the frame in the MACs it leaves with.
 *
 * <p>In: a routed packet with its next hop and the port it leaves by. Next: {@link Next#FORWARD}, or {@link Next#DONE} while it
 * waits. Drops: {@link DropReason#NEIGHBOR_QUEUE_FULL}.
 */
public final class NeighborStage implements Stage {
    private final NeighborCache cache;
    private final IcmpErrors errors;

    // The last static neighbor on a wire: nearly always the external gateway.
    private int lastNextHop;
    private Segment lastSegment;
    private TopologySnapshot lastTopology;
    private long lastMac;

    /**
     * @param cache neighbors learned by this worker
     * @param errors tells senders
     */
    public NeighborStage(final NeighborCache cache, final IcmpErrors errors) {
        this.cache = cache;
        this.errors = errors;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        return verdict.outPort != null
                ? onTenantNetwork(frame, cycle, verdict.outPort)
                : onExternalNetwork(frame, cycle, verdict.externalPort);
    }

    private Next onTenantNetwork(final Frame frame, final Cycle cycle, final RouterPort port) {
        final Verdict verdict = frame.verdict;
        final Segment segment = port.segment();
        verdict.segment = segment;
        verdict.sourceMac = port.mac();
        verdict.isFromGateway = !port.router().isCentral(); // a central router's MACs are its own
        if (verdict.isFromOutside && verdict.floatingIp != null && verdict.nextHop == verdict.floatingIp.fixedIp()) {
            verdict.destinationMac = verdict.floatingIp.guest().mac(); // what the table would say
            frame.because(Because.NEIGHBOR_PERMANENT);
            return Next.FORWARD;
        }
        final long permanent = cycle.topology().neighbors().find(segment.id(), verdict.nextHop);
        if (permanent != NeighborTable.MISSING) {
            verdict.destinationMac = NeighborTable.mac(permanent);
            frame.because(Because.NEIGHBOR_PERMANENT);
            return Next.FORWARD;
        }
        return ask(frame, cycle, segment.id(), port, null, port.ip());
    }

    /** Static neighbors and ARP only: the topology's own ports are no substitute there (contract.md §6 row 8). */
    private Next onExternalNetwork(final Frame frame, final Cycle cycle, final ExternalPort port) {
        final Verdict verdict = frame.verdict;
        final Segment segment = port.segment();
        verdict.segment = segment;
        verdict.sourceMac = port.mac();
        verdict.isFromGateway = false;
        if (verdict.nextHop == lastNextHop && segment == lastSegment && cycle.topology() == lastTopology) {
            verdict.destinationMac = lastMac;
            frame.because(Because.NEIGHBOR_PERMANENT);
            return Next.FORWARD;
        }
        if (segment.externalPorts().length > 1) { // another port of this host would answer
            final ExternalPort own = segment.externalPortFor(verdict.nextHop);
            if (own != null) {
                verdict.destinationMac = own.mac();
                frame.because(Because.NEIGHBOR_OWN);
                return Next.FORWARD;
            }
        }
        if (segment.uplink() != null) {
            final long onWire = cycle.topology()
                    .neighbors()
                    .find(NeighborTable.domainOfWire(segment.uplink().id()), verdict.nextHop);
            if (onWire != NeighborTable.MISSING) {
                verdict.destinationMac = NeighborTable.mac(onWire);
                lastNextHop = verdict.nextHop;
                lastSegment = segment;
                lastTopology = cycle.topology();
                lastMac = verdict.destinationMac;
                frame.because(Because.NEIGHBOR_PERMANENT);
                return Next.FORWARD;
            }
        }
        // Without an fg port our requests carry the floating IP as sender (contract.md §6 row 1).
        final int senderIp = port.hasIp() ? port.ip() : verdict.source;
        return ask(frame, cycle, segment.id(), null, port, senderIp);
    }

    private Next ask(
            final Frame frame,
            final Cycle cycle,
            final int domain,
            final RouterPort routerPort,
            final ExternalPort externalPort,
            final int senderIp) {
        final Verdict verdict = frame.verdict;
        final long learned = cache.find(domain, verdict.nextHop, cycle.nowNs());
        if (learned != NeighborCache.MISSING) {
            verdict.destinationMac = learned;
            verdict.until(cache.foundUntilNs());
            frame.because(Because.NEIGHBOR_LEARNED);
            return Next.FORWARD;
        }
        final boolean isAsked = cache.isKnown(domain, verdict.nextHop);
        if (!cache.hold(frame, domain, verdict.nextHop, routerPort, externalPort, senderIp, cycle.nowNs())) {
            return frame.drop(DropReason.NEIGHBOR_QUEUE_FULL);
        }
        frame.because(isAsked ? Because.NEIGHBOR_WAITED : Because.NEIGHBOR_ASKED);
        verdict.action = Action.HOLD;
        return Next.DONE;
    }

    /**
     * Gives up on a frame whose next hop did not answer.
     *
     * @param frame it waited
     * @param cycle of the burst
     * @return {@link Next#DONE}
     */
    public Next unreachable(final Frame frame, final Cycle cycle) {
        if (frame.verdict.isWritten) {
            return frame.drop(DropReason.HOST_UNREACHABLE); // a tunnel peer: senders are not told of the underlay
        }
        return frame.verdict.outPort != null
                ? errors.fromRouter(
                        frame, cycle, DropReason.HOST_UNREACHABLE, IcmpHeader.UNREACHABLE, IcmpHeader.HOST, 0)
                : errors.fromFip(frame, cycle, DropReason.HOST_UNREACHABLE, IcmpHeader.UNREACHABLE, IcmpHeader.HOST, 0);
    }
}
