package org.dvr.dataplane.stage.fip;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.IcmpErrors;
import org.dvr.dataplane.stage.OwnAddress;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.stage.Translatability;
import org.dvr.dataplane.stage.fragment.FragmentGate;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Route;

/**
 * From outside, or turned around, through the fip namespace into the router of a floating IP (dvr.md §6.2, §9.5): the destination becomes
 * the fixed IP; of a floating IP whose ports are forwarded, that of the forwarding, with its port. Such a floating IP answers echo requests itself, as it
 * does where it is an address of a network host.
 *
 * <p>In: a packet for our MAC on an external network, or for a floating IP of this host. Next: {@link Next#ROUTE} or {@link Next#DONE}.
 * Drops: IP faults, {@link DropReason#NOT_IP}, {@link DropReason#NOT_FLOATING_IP}, {@link DropReason#LOCAL_NO_SERVICE}, {@link
 * DropReason#TTL_EXCEEDED}, {@link DropReason#MARTIAN_SOURCE}, {@link DropReason#ROUTER_DOWN}, those of {@link FloatingIpNat} and {@link FragmentGate}.
 */
public final class FipInStage implements Stage {
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
    public FipInStage(
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
        if (verdict.isResumed) { // it has come as far as the translation before
            return enterFragment(frame, cycle, verdict.floatingIp);
        }
        final boolean isTurned = verdict.isTurned;
        verdict.isTurned = false;
        if (verdict.hairpinFrom == null) {
            verdict.hairpinFrom = verdict.router; // from a router of this host, by way of the external network
        }
        final DropReason fault = isTurned ? null : unroutable(frame.facts);
        if (fault != null) {
            return frame.drop(fault);
        }
        final ExternalPort port = verdict.externalPort;
        final FloatingIp floatingIp = find(frame, port);
        final Route untranslated = floatingIp == null ? port.fastExit().find(verdict.destination) : null;
        if (floatingIp == null && untranslated == null) {
            return notFloating(frame, cycle, port);
        }
        final boolean needsForwarding = needsForwarding(frame.facts, floatingIp) && !frame.facts.isFragment;
        final PortForwarding forwarding = needsForwarding ? forwardingOf(frame, port) : null;
        verdict.floatingIp = floatingIp;
        if (needsForwarding && forwarding == null) {
            return notForwarded(frame, cycle, port);
        }
        verdict.router = floatingIp == null ? untranslated.port().router() : floatingIp.router();
        say(frame, floatingIp, untranslated);
        verdict.routerPort = null;
        verdict.isFromOutside = true;
        if (!isTurned && !options.hasCollapsedHops()) {
            if (frame.facts.ttl - verdict.ttlCost <= 1) {
                frame.because(Because.FIP_TTL_EXCEEDED);
                return errors.fromFip(
                        frame, cycle, DropReason.TTL_EXCEEDED, IcmpHeader.TIME_EXCEEDED, IcmpHeader.TTL_EXCEEDED, 0);
            }
            verdict.ttlCost++;
        }
        if (!verdict.router.isUp()) {
            return frame.drop(DropReason.ROUTER_DOWN);
        }
        return frame.facts.isFragment && floatingIp != null
                ? enterFragment(frame, cycle, floatingIp)
                : enter(frame, cycle, floatingIp, forwarding);
    }

    private static void say(final Frame frame, final FloatingIp floatingIp, final Route untranslated) {
        if (floatingIp == null) {
            frame.because(Because.FIP_FAST_EXIT, untranslated.port().segment(), frame.verdict.router);
        } else if (floatingIp.isShared()) {
            frame.because(Because.FIP_FORWARDED, frame.verdict.router);
        } else {
            frame.because(Because.FIP_IN, floatingIp, frame.verdict.router);
        }
    }

    /** Do ports tell the guest? ICMP errors go by the connection they are about. */
    private static boolean needsForwarding(final Facts facts, final FloatingIp floatingIp) {
        return floatingIp != null && floatingIp.isShared() && !facts.isIcmpError();
    }

    private static PortForwarding forwardingOf(final Frame frame, final ExternalPort port) {
        final Verdict verdict = frame.verdict;
        return frame.facts.transportFault == DecodeFault.NONE
                ? port.portForwarding(frame.facts.protocol, verdict.destination, verdict.destinationPort)
                : null;
    }

    private Next enterFragment(final Frame frame, final Cycle cycle, final FloatingIp floatingIp) {
        final int zone = floatingIp.router().zone();
        if (!fragments.admit(frame, zone, floatingIp.floatingIp(), Next.FIP_IN, cycle.nowNs())) {
            return Next.DONE;
        }
        final ExternalPort port = frame.verdict.externalPort;
        final boolean needsForwarding = needsForwarding(frame.facts, floatingIp);
        final PortForwarding forwarding = needsForwarding ? forwardingOf(frame, port) : null;
        final Next next = needsForwarding && forwarding == null
                ? notForwarded(frame, cycle, port)
                : enter(frame, cycle, floatingIp, forwarding);
        fragments.settle(frame);
        return next;
    }

    /** @param forwarding of the port it is for; null where the floating IP, if any, is a guest's own */
    private Next enter(
            final Frame frame, final Cycle cycle, final FloatingIp floatingIp, final PortForwarding forwarding) {
        final DropReason refused = forwarding != null
                ? nat.translateDestination(frame, forwarding, cycle.nowNs())
                : floatingIp == null ? null : nat.translateDestination(frame, floatingIp, cycle.nowNs());
        if (refused == null) {
            return Next.ROUTE;
        }
        final Next dropped = refuse(frame, refused);
        // RFC 5508 R8, RFC 6888 R11: whoever cannot be served is told.
        return refused.kind() == DropReason.Kind.RESOURCE
                ? errors.fromRouter(
                        frame, cycle, refused, IcmpHeader.UNREACHABLE, IcmpHeader.ADMINISTRATIVELY_PROHIBITED, 0)
                : dropped;
    }

    private static Next refuse(final Frame frame, final DropReason reason) {
        if (frame.trace() != null) {
            frame.because(Because.NAT_REFUSED, reason.sentence());
        }
        return frame.drop(reason);
    }

    private static FloatingIp find(final Frame frame, final ExternalPort port) {
        final int destination = frame.verdict.destination;
        final FloatingIp likely = frame.likelyFloatingIp();
        return likely != null
                        && likely.floatingIp() == destination
                        && likely.router().externalPort() == port
                ? likely
                : port.translated(destination);
    }

    private static DropReason unroutable(final Facts facts) {
        if (facts.ipFault != DecodeFault.NONE) {
            return DropReason.of(facts.ipFault);
        }
        if (facts.etherType != EtherType.IPV4) {
            return facts.etherType == EtherType.IPV6 ? DropReason.NOT_FLOATING_IP : DropReason.NOT_IP;
        }
        return Ipv4Address.isMartianSource(facts.source) ? DropReason.MARTIAN_SOURCE : null;
    }

    private Next notFloating(final Frame frame, final Cycle cycle, final ExternalPort port) {
        if (!port.hasIp() || frame.verdict.destination != port.ip()) {
            frame.because(Because.FIP_NOT_OURS);
            return frame.drop(DropReason.NOT_FLOATING_IP);
        }
        frame.verdict.answerExternalPort = port;
        return ownAddress.deliver(frame, cycle, Because.FIP_OWN_ECHO, Because.FIP_OWN);
    }

    private Next notForwarded(final Frame frame, final Cycle cycle, final ExternalPort port) {
        final DropReason fault = Translatability.obstacle(frame.facts);
        if (fault != null) {
            return refuse(frame, fault);
        }
        if (!frame.verdict.floatingIp.router().isUp()) { // whose address it is
            return frame.drop(DropReason.ROUTER_DOWN);
        }
        frame.verdict.answerRouter = frame.verdict.hairpinFrom; // null = from outside, and back there
        frame.verdict.answerExternalPort = port;
        return ownAddress.deliver(frame, cycle, Because.FIP_FORWARDED_ECHO, Because.FIP_NOT_FORWARDED);
    }
}
