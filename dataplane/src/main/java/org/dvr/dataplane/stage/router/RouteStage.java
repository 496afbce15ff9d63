package org.dvr.dataplane.stage.router;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.ForwardedPorts;
import org.dvr.dataplane.stage.IcmpErrors;
import org.dvr.dataplane.stage.OwnAddress;
import org.dvr.dataplane.stage.Routability;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.stage.fragment.FragmentGate;
import org.dvr.dataplane.stage.metadata.MetadataOutStage;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort;

/**
 * The qrouter: decides in the order of dvr.md §6.1. Own addresses, connected subnets and extra routes, the floating IP of the forwarded port it
 * answers from, that of the source, the SNAT redirect of the source's subnet, unreachable.
 *
 * <p>In: a packet in a router. Next: {@link Next#NEIGHBOR}, {@link Next#FIP_OUT}, {@link Next#METADATA_OUT} or {@link Next#DONE}. Drops: IP faults, {@link
 * DropReason#NOT_IP}, {@link DropReason#ROUTER_DOWN}, martians, {@link DropReason#METADATA_RESERVED}, {@link
 * DropReason#DIRECTED_BROADCAST}, {@link DropReason#TTL_EXCEEDED}, {@link DropReason#PACKET_TOO_BIG}, {@link
 * DropReason#LOCAL_NO_SERVICE}, {@link DropReason#NETWORK_UNREACHABLE}, those of {@link FragmentGate} where ports of the sender are forwarded.
 */
public final class RouteStage implements Stage {
    private static final int PLUMBING = 0xA9FE_4000; // 169.254.64.0/18: the pairs between qrouters and fip namespaces
    private static final int PLUMBING_MASK = 0xFFFF_C000;

    private final IcmpErrors errors;
    private final OwnAddress ownAddress;
    private final Stage route6;
    private final ForwardedPorts forwardedPorts;
    private final FragmentGate fragments;

    /**
     * @param errors tells senders
     * @param ownAddress answers for the router's own addresses
     * @param route6 decides IPv6
     * @param forwardedPorts knows what leaves by a forwarded port
     * @param fragments lets fragments in whose ports tell where they go
     */
    public RouteStage(
            final IcmpErrors errors,
            final OwnAddress ownAddress,
            final Stage route6,
            final ForwardedPorts forwardedPorts,
            final FragmentGate fragments) {
        this.errors = errors;
        this.ownAddress = ownAddress;
        this.route6 = route6;
        this.forwardedPorts = forwardedPorts;
        this.fragments = fragments;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        final Verdict verdict = frame.verdict;
        final Router router = verdict.router;
        if (frame.facts.etherType == EtherType.IPV6 && frame.facts.ipFault == DecodeFault.NONE && router.isUp()) {
            return route6.decide(frame, cycle);
        }
        final DropReason fault = Routability.obstacle(frame.facts, verdict, router);
        if (fault != null) {
            if (fault == DropReason.METADATA_RESERVED && MetadataOutStage.isServed(frame, cycle)) {
                return Next.METADATA_OUT;
            }
            if (frame.trace() != null) {
                frame.because(Because.NOT_ROUTED, fault.sentence());
            }
            return frame.drop(fault);
        }
        final int destination = verdict.destination;
        final Route route = router.fib().find(destination);
        if (route != null) {
            return toTenantNetwork(frame, cycle, router, route);
        }
        if ((destination & PLUMBING_MASK) == PLUMBING && isOwnPair(router, destination)) {
            return toOwnAddress(frame, cycle);
        }
        if (verdict.isFromOutside) {
            return unreachable(frame, cycle);
        }
        return router.hasPortForwardings() && !verdict.isOwn
                ? perhapsForwarded(frame, cycle, router)
                : outside(frame, cycle, router);
    }

    private Next outside(final Frame frame, final Cycle cycle, final Router router) {
        final FloatingIp floatingIp = router.externalPort() == null ? null : floatingIpOf(frame, router);
        if (floatingIp != null) {
            return toFip(frame, cycle, floatingIp);
        }
        return untranslated(frame, cycle, router);
    }

    /**
     * Ports of some guests are forwarded here: what answers from one leaves with its floating IP, all else as ever. Of fragments of such guests the ports
     * must be known; where they go on to a translation, that settles what was begun here.
     */
    private Next perhapsForwarded(final Frame frame, final Cycle cycle, final Router router) {
        final Verdict verdict = frame.verdict;
        final boolean isFragment = frame.facts.isFragment && router.forwardsTo(verdict.source);
        if (isFragment && !fragments.admit(frame, router.zone(), verdict.source, Next.ROUTE, cycle.nowNs())) {
            return Next.DONE;
        }
        verdict.dependsOnPorts = true;
        final FloatingIp shared = forwardedPorts.floatingIpOf(frame, router, cycle.nowNs());
        final Next next = shared == null ? outside(frame, cycle, router) : toFip(frame, cycle, shared);
        if (isFragment && (next != Next.FIP_OUT || verdict.floatingIp == null)) {
            fragments.settle(frame);
        }
        return next;
    }

    /**
     * The floating IP that a packet leaves with: the sender's. An ICMP error of a host in the middle, which has none, leaves with that of the guest for
     * whom the quoted packet was.
     */
    private static FloatingIp floatingIpOf(final Frame frame, final Router router) {
        final FloatingIp floatingIp = router.floatingIpOf(frame.verdict.source);
        final Facts facts = frame.facts;
        return floatingIp == null && facts.isIcmpError() && facts.quoteFault == null && !frame.verdict.isOwn
                ? router.floatingIpOf(frame.verdict.quotedDestination)
                : floatingIp;
    }

    private static boolean isOwnPair(final Router router, final int destination) {
        return router.rfpIp() != 0 && (destination == router.rfpIp() || destination == router.fprIp());
    }

    private Next toTenantNetwork(final Frame frame, final Cycle cycle, final Router router, final Route route) {
        final Verdict verdict = frame.verdict;
        final RouterPort port = route.port();
        final int destination = verdict.destination;
        if (route.isConnected()) {
            if (destination == port.ip()) {
                return toOwnAddress(frame, cycle);
            }
            if (port.isBroadcast(destination)) {
                return frame.drop(DropReason.DIRECTED_BROADCAST);
            }
            verdict.nextHop = destination;
            frame.because(Because.ROUTE_CONNECTED, route);
        } else {
            final RouterPort own = router.portWithIp(destination);
            if (own != null) {
                return toOwnAddress(frame, cycle);
            }
            verdict.nextHop = route.nextHop(destination, frame.facts.flowHash());
            verdict.dependsOnPorts |= route.isMultipath();
            frame.because(Because.ROUTE_EXTRA, route);
        }
        verdict.outPort = port;
        if (isOutOfScope(verdict, port)) {
            frame.because(Because.ROUTE_SCOPE, port.segment());
            return frame.drop(DropReason.ADDRESS_SCOPE);
        }
        return forward(frame, cycle, port);
    }

    /** dvr.md §6.8: what a floating IP has brought in may go anywhere. */
    private static boolean isOutOfScope(final Verdict verdict, final RouterPort port) {
        if (verdict.routerPort != null) {
            return verdict.routerPort.scope() != port.scope();
        }
        return verdict.isFromOutside && verdict.floatingIp == null && verdict.externalPort.scope() != port.scope();
    }

    private Next toFip(final Frame frame, final Cycle cycle, final FloatingIp floatingIp) {
        final Verdict verdict = frame.verdict;
        frame.because(
                floatingIp == null
                        ? Because.ROUTE_FAST_EXIT
                        : floatingIp.isShared() ? Because.ROUTE_FORWARDED : Because.ROUTE_FLOATING_IP);
        if (isTtlSpent(frame)) {
            return ttlExceeded(frame, cycle);
        }
        spendTtl(verdict);
        verdict.floatingIp = floatingIp;
        verdict.externalPort = verdict.router.externalPort();
        return Next.FIP_OUT;
    }

    /** By fast exit, or to the SNAT side, on the same subnet the packet came from (dvr.md §6.1 steps 4 and 5). */
    private Next untranslated(final Frame frame, final Cycle cycle, final Router router) {
        final Verdict verdict = frame.verdict;
        final Route back = router.fib().find(verdict.source);
        if (back == null || !back.isConnected()) {
            return unreachable(frame, cycle);
        }
        final RouterPort port = back.port();
        if (router.hasFastExit(port)) {
            return toFip(frame, cycle, null);
        }
        if (!port.hasRedirect()) {
            return unreachable(frame, cycle);
        }
        verdict.nextHop = port.redirectIp();
        verdict.outPort = port;
        frame.because(Because.ROUTE_REDIRECT);
        return forward(frame, cycle, port);
    }

    private Next forward(final Frame frame, final Cycle cycle, final RouterPort port) {
        final Verdict verdict = frame.verdict;
        if (isTtlSpent(frame)) {
            return ttlExceeded(frame, cycle);
        }
        final int mtu = port.segment().mtu();
        verdict.limit(mtu);
        if (frame.facts.wireLength > mtu) {
            frame.because(Because.TOO_BIG, port.segment());
            if (frame.facts.hasDontFragment) {
                return tooBig(frame, cycle, mtu);
            }
            verdict.fragment(mtu);
        }
        spendTtl(verdict);
        return Next.NEIGHBOR;
    }

    private Next toOwnAddress(final Frame frame, final Cycle cycle) {
        frame.verdict.answerRouter = frame.verdict.router;
        return ownAddress.deliver(frame, cycle, Because.OWN_ADDRESS_ECHO, Because.OWN_ADDRESS);
    }

    private Next tooBig(final Frame frame, final Cycle cycle, final int mtu) {
        return errors.fromRouter(
                frame, cycle, DropReason.PACKET_TOO_BIG, IcmpHeader.UNREACHABLE, IcmpHeader.FRAGMENTATION_NEEDED, mtu);
    }

    private Next ttlExceeded(final Frame frame, final Cycle cycle) {
        frame.because(Because.TTL_EXCEEDED);
        return errors.fromRouter(
                frame, cycle, DropReason.TTL_EXCEEDED, IcmpHeader.TIME_EXCEEDED, IcmpHeader.TTL_EXCEEDED, 0);
    }

    private Next unreachable(final Frame frame, final Cycle cycle) {
        frame.because(Because.ROUTE_NONE);
        return errors.fromRouter(
                frame, cycle, DropReason.NETWORK_UNREACHABLE, IcmpHeader.UNREACHABLE, IcmpHeader.NET, 0);
    }

    private static boolean isTtlSpent(final Frame frame) {
        return !frame.verdict.isOwn && frame.facts.ttl - frame.verdict.ttlCost <= 1;
    }

    private static void spendTtl(final Verdict verdict) {
        if (!verdict.isOwn) {
            verdict.ttlCost++;
        }
    }
}
