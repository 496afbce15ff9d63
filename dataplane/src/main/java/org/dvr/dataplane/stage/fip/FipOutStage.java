package org.dvr.dataplane.stage.fip;

import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.IcmpErrors;
import org.dvr.dataplane.stage.OwnAddress;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.stage.fragment.FragmentGate;
import org.dvr.dataplane.table.FibTable;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.Router;

/**
 * From a router through the fip namespace towards outside: the source becomes the floating IP, then the fip namespace routes (dvr.md §6.2): back to a
 * floating IP of this host, on-link, by an extra route, or to the external gateway. Packets that the fip namespace makes itself start
 * here too.
 *
 * <p>In: a packet with its fip namespace. Next: {@link Next#NEIGHBOR}, {@link Next#FIP_IN} (turned around) or {@link Next#DONE}. Drops: those of
 * {@link FloatingIpNat}, {@link DropReason#TTL_EXCEEDED}, {@link DropReason#PACKET_TOO_BIG}, {@link DropReason#NETWORK_UNREACHABLE}, {@link
 * DropReason#LOCAL_NO_SERVICE}, those of {@link FragmentGate}.
 */
public final class FipOutStage implements Stage {
    private final StageOptions options;
    private final FloatingIpNat nat;
    private final IcmpErrors errors;
    private final OwnAddress ownAddress;
    private final FragmentGate fragments;

    /**
     * @param options choices in behavior
     * @param nat translates
     * @param errors tells senders
     * @param ownAddress answers for the fg address
     * @param fragments lets fragments in
     */
    public FipOutStage(
            final StageOptions options,
            final FloatingIpNat nat,
            final IcmpErrors errors,
            final OwnAddress ownAddress,
            final FragmentGate fragments) {
        this.options = options;
        this.nat = nat;
        this.errors = errors;
        this.ownAddress = ownAddress;
        this.fragments = fragments;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        frame.verdict.dependsOnPorts = true;
        final Verdict verdict = frame.verdict;
        if (verdict.isOwn) {
            return route(frame, cycle, gatewayOf(verdict));
        }
        if (!frame.facts.isFragment || verdict.floatingIp == null) {
            return leave(frame, cycle);
        }
        final int zone = verdict.floatingIp.router().zone();
        final boolean isAdmitted = verdict.router.forwardsTo(verdict.source); // its router had to know its ports
        if (!isAdmitted && !fragments.admit(frame, zone, verdict.source, Next.FIP_OUT, cycle.nowNs())) {
            return Next.DONE;
        }
        final Next next = leave(frame, cycle);
        fragments.settle(frame);
        return next;
    }

    private Next leave(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        final DropReason refused =
                verdict.floatingIp == null ? null : nat.translateSource(frame, verdict.floatingIp, cycle.nowNs());
        if (refused != null) {
            if (frame.trace() != null) {
                frame.because(Because.NAT_REFUSED, refused.sentence());
            }
            // RFC 5508 R8, RFC 6888 R11: whoever cannot be served is told.
            return refused.kind() == DropReason.Kind.RESOURCE
                    ? errors.fromRouter(
                            frame, cycle, refused, IcmpHeader.UNREACHABLE, IcmpHeader.ADMINISTRATIVELY_PROHIBITED, 0)
                    : frame.drop(refused);
        }
        final ExternalPort port = verdict.externalPort;
        if (port.hasIp() && verdict.destination == port.ip()) {
            verdict.answerRouter = verdict.router; // the way back is through its router
            return ownAddress.deliver(frame, cycle, Because.FIP_OWN_ECHO, Because.FIP_OWN);
        }
        if (!options.hasCollapsedHops()) {
            if (frame.facts.ttl - verdict.ttlCost <= 1) {
                frame.because(Because.FIP_TTL_EXCEEDED);
                return errors.fromFip(
                        frame, cycle, DropReason.TTL_EXCEEDED, IcmpHeader.TIME_EXCEEDED, IcmpHeader.TTL_EXCEEDED, 0);
            }
            verdict.ttlCost++;
        }
        if (port.translated(verdict.destination) != null) {
            frame.because(Because.FIP_TURN);
            verdict.hairpinFrom = verdict.router;
            verdict.isTurned = true;
            return Next.FIP_IN;
        }
        return route(frame, cycle, gatewayOf(verdict));
    }

    private static int gatewayOf(final Verdict verdict) {
        return verdict.floatingIp == null ? verdict.externalPort.gatewayIp() : verdict.floatingIp.gatewayIp();
    }

    private Next route(final Frame frame, final Cycle cycle, final int gatewayIp) {
        final Verdict verdict = frame.verdict;
        final ExternalPort port = verdict.externalPort;
        verdict.segment = port.segment();
        verdict.outPort = null;
        final Router router = verdict.floatingIp == null ? verdict.router : verdict.floatingIp.router();
        final FibTable<Route> fib = router == null ? port.onLink() : router.externalFib();
        final Route route = fib.find(verdict.destination);
        if (route != null) {
            verdict.nextHop = route.nextHop(verdict.destination, frame.facts.flowHash());
            frame.because(route.isConnected() ? Because.FIP_ONLINK : Because.FIP_ROUTE, route);
        } else if (gatewayIp != 0) {
            verdict.nextHop = gatewayIp;
            frame.because(Because.FIP_DEFAULT);
        } else {
            frame.because(Because.FIP_NO_ROUTE);
            return errors.fromFip(
                    frame, cycle, DropReason.NETWORK_UNREACHABLE, IcmpHeader.UNREACHABLE, IcmpHeader.NET, 0);
        }
        final int mtu = port.segment().mtu();
        verdict.limit(mtu);
        if (frame.facts.wireLength > mtu) {
            frame.because(Because.FIP_TOO_BIG, port.segment());
            if (frame.facts.hasDontFragment) {
                return errors.fromFip(
                        frame,
                        cycle,
                        DropReason.PACKET_TOO_BIG,
                        IcmpHeader.UNREACHABLE,
                        IcmpHeader.FRAGMENTATION_NEEDED,
                        mtu);
            }
            verdict.fragment(mtu);
        }
        return Next.NEIGHBOR;
    }
}
