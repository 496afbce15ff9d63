package org.dvr.dataplane.stage.central;

import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.IcmpErrors;
import org.dvr.dataplane.stage.OwnAddress;
import org.dvr.dataplane.stage.Routability;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.stage.fragment.FragmentGate;
import org.dvr.dataplane.stage.metadata.MetadataOutStage;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;

/**
 * A central router: destination translation, route, source translation, in the order of dvr.md §7.2.
 *
 * <p>In: a packet at a central router, from a tenant port ({@code verdict.routerPort}), from outside by the gateway port, or made by the router itself.
 * Next: {@link Next#NEIGHBOR} or {@link Next#DONE}. Drops: IP faults, {@link DropReason#NOT_IP}, {@link DropReason#ROUTER_DOWN}, martians, {@link
 * DropReason#METADATA_RESERVED}, {@link DropReason#DIRECTED_BROADCAST}, {@link DropReason#TTL_EXCEEDED}, {@link DropReason#PACKET_TOO_BIG}, {@link
 * DropReason#LOCAL_NO_SERVICE}, {@link DropReason#NETWORK_UNREACHABLE}, those of {@link CentralNat} and {@link FragmentGate}.
 */
public final class CentralStage implements Stage {
    private final CentralNat nat;
    private final IcmpErrors errors;
    private final OwnAddress ownAddress;
    private final FragmentGate fragments;

    /**
     * @param nat translates
     * @param errors tells senders
     * @param ownAddress answers for the router's own addresses
     * @param fragments lets fragments in
     */
    public CentralStage(
            final CentralNat nat, final IcmpErrors errors, final OwnAddress ownAddress, final FragmentGate fragments) {
        this.nat = nat;
        this.errors = errors;
        this.ownAddress = ownAddress;
        this.fragments = fragments;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        final Router router = verdict.router;
        final DropReason fault = Routability.obstacle(frame.facts, verdict, router);
        if (fault != null) {
            if (fault == DropReason.METADATA_RESERVED && MetadataOutStage.isServed(frame, cycle)) {
                return Next.METADATA_OUT;
            }
            if (frame.trace() != null) {
                frame.because(Because.CENTRAL_NOT_ROUTED, fault.sentence());
            }
            return frame.drop(fault);
        }
        if (verdict.isOwn) { // no translation: what we say ourselves is said from our own addresses
            return route(frame, cycle, router);
        }
        if (!frame.facts.isFragment || !translates(router)) {
            return pass(frame, cycle, router);
        }
        final int owner = verdict.routerPort != null ? verdict.source : verdict.destination;
        if (!fragments.admit(frame, router.zone(), owner, Next.CENTRAL, cycle.nowNs())) {
            return Next.DONE;
        }
        final Next next = pass(frame, cycle, router);
        fragments.settle(frame);
        return next;
    }

    /** A router that only routes has no use for the ports of fragments. */
    static boolean translates(final Router router) {
        final ExternalPort gatewayPort = router.gatewayPort();
        return gatewayPort != null
                && (gatewayPort.hasSnat()
                        || gatewayPort.hasPortForwardings()
                        || !gatewayPort.sortedFloatingIps().isEmpty());
    }

    private Next pass(final Frame frame, final Cycle cycle, final Router router) {
        final Verdict verdict = frame.verdict;
        final boolean isFromInside = verdict.routerPort != null;
        verdict.dependsOnPorts |= router.gatewayPort() != null; // without one it has no connections
        final boolean isKnown = nat.translateKnown(frame, router, cycle.nowNs());
        if (!isKnown) {
            final DropReason unmatched = nat.unmatchedError(frame, router);
            if (unmatched != null) {
                return refuse(frame, unmatched);
            }
            nat.translateDestination(frame, router);
        } else if (verdict.action == Action.DROP) {
            return refuse(frame, verdict.dropReason);
        }
        if (isOwnAddress(router, verdict.destination)) {
            verdict.answerRouter = router;
            return ownAddress.deliver(frame, cycle, Because.CENTRAL_OWN_ECHO, Because.CENTRAL_OWN);
        }
        final Next next = route(frame, cycle, router);
        if (next == Next.DONE || isKnown) {
            return next;
        }
        final Object strange = nat.decideSource(frame, router, isFromInside) ? strangeScope(verdict, router) : null;
        if (strange != null) {
            frame.because(Because.CENTRAL_SCOPE, strange);
            return frame.drop(DropReason.ADDRESS_SCOPE);
        }
        final DropReason refused = nat.open(frame, router, isFromInside, cycle.nowNs());
        if (refused == null) {
            return next;
        }
        refuse(frame, refused);
        // RFC 5508 R8, RFC 6888 R11: whoever cannot be served is told.
        return refused.kind() == DropReason.Kind.RESOURCE
                ? errors.fromCentral(
                        frame, cycle, refused, IcmpHeader.UNREACHABLE, IcmpHeader.ADMINISTRATIVELY_PROHIBITED, 0)
                : Next.DONE;
    }

    private static Next refuse(final Frame frame, final DropReason reason) {
        if (frame.trace() != null) {
            frame.because(Because.CENTRAL_NAT_REFUSED, reason.sentence());
        }
        return frame.drop(reason);
    }

    /** The network it would go to though that is in another address scope than where it came from (dvr.md §6.8); null = none. */
    private static Object strangeScope(final Verdict verdict, final Router router) {
        final ExternalPort gatewayPort = router.gatewayPort();
        final int outside = gatewayPort == null ? 0 : gatewayPort.scope();
        final int from = verdict.routerPort == null ? outside : verdict.routerPort.scope();
        final int to = verdict.outPort == null ? outside : verdict.outPort.scope();
        if (from == to) {
            return null;
        }
        return verdict.outPort == null ? gatewayPort.segment() : verdict.outPort.segment();
    }

    private static boolean isOwnAddress(final Router router, final int destination) {
        final ExternalPort gatewayPort = router.gatewayPort();
        return (gatewayPort != null && gatewayPort.answersFor(destination)) || router.portWithIp(destination) != null;
    }

    /** Connected, extra routes, on-link outside, default (dvr.md §6.3). */
    private Next route(final Frame frame, final Cycle cycle, final Router router) {
        final Verdict verdict = frame.verdict;
        final int destination = verdict.destination;
        final Route inside = router.fib().find(destination);
        if (inside != null) {
            final RouterPort port = inside.port();
            if (inside.isConnected() && port.isBroadcast(destination)) {
                return frame.drop(DropReason.DIRECTED_BROADCAST);
            }
            verdict.nextHop = inside.nextHop(destination, frame.facts.flowHash());
            verdict.dependsOnPorts |= inside.isMultipath();
            frame.because(inside.isConnected() ? Because.CENTRAL_CONNECTED : Because.CENTRAL_EXTRA, inside);
            verdict.outPort = port;
            return forward(frame, cycle, port.segment().mtu(), port.segment());
        }
        final ExternalPort gatewayPort = router.gatewayPort();
        final Route outside = router.externalFib().find(destination);
        if (gatewayPort == null || (outside == null && gatewayPort.gatewayIp() == 0)) {
            frame.because(Because.CENTRAL_NO_ROUTE);
            return errors.fromCentral(
                    frame, cycle, DropReason.NETWORK_UNREACHABLE, IcmpHeader.UNREACHABLE, IcmpHeader.NET, 0);
        }
        verdict.outPort = null;
        verdict.externalPort = gatewayPort;
        if (outside == null) {
            verdict.nextHop = gatewayPort.gatewayIp();
            frame.because(Because.CENTRAL_DEFAULT);
        } else {
            verdict.nextHop = outside.nextHop(destination, frame.facts.flowHash());
            frame.because(
                    outside.isConnected() ? Because.CENTRAL_ONLINK : Because.CENTRAL_EXTRA,
                    outside.isConnected() ? gatewayPort.segment() : outside);
        }
        return forward(frame, cycle, gatewayPort.segment().mtu(), gatewayPort.segment());
    }

    private Next forward(final Frame frame, final Cycle cycle, final int mtu, final Object network) {
        final Verdict verdict = frame.verdict;
        if (verdict.isOwn) {
            return Next.NEIGHBOR;
        }
        if (frame.facts.ttl - verdict.ttlCost <= 1) {
            frame.because(Because.CENTRAL_TTL_EXCEEDED);
            return errors.fromCentral(
                    frame, cycle, DropReason.TTL_EXCEEDED, IcmpHeader.TIME_EXCEEDED, IcmpHeader.TTL_EXCEEDED, 0);
        }
        verdict.limit(mtu);
        if (frame.facts.wireLength > mtu) {
            frame.because(Because.CENTRAL_TOO_BIG, network);
            if (frame.facts.hasDontFragment) {
                return errors.fromCentral(
                        frame,
                        cycle,
                        DropReason.PACKET_TOO_BIG,
                        IcmpHeader.UNREACHABLE,
                        IcmpHeader.FRAGMENTATION_NEEDED,
                        mtu);
            }
            verdict.fragment(mtu);
        }
        verdict.ttlCost++;
        return Next.NEIGHBOR;
    }
}
