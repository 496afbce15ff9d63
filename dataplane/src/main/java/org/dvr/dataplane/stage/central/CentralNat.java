package org.dvr.dataplane.stage.central;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.parse.TransportChecksum;
import org.dvr.dataplane.stage.IcmpErrorNat;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.stage.Translatability;
import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Router;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.policy.SourcePort;
import org.dvr.nat.tuple.TupleKey;

/**
 * Translates at a central router, in its zone: floating IPs, shared source address, and the way back (dvr.md §7.2). Both addresses of a connection are
 * decided by its first packet: the destination before the route, the source after it. Owned by one worker.
 */
public final class CentralNat {
    // A SYN with any other of them begins nothing; least of all one with FIN.
    private static final int OPENING_FLAGS = TcpHeader.SYN | TcpHeader.ACK | TcpHeader.RST | TcpHeader.FIN;

    private final NatTranslator nat;
    private final IcmpErrorNat errors;
    private final StageOptions options;

    // Where the packet at hand was sent to, before its destination was translated.
    private int originalDestination;
    private int originalDestinationPort;
    // What its source becomes once it has been routed.
    private int newSource;

    /**
     * @param nat connections of this worker
     * @param errors translates ICMP errors about them
     * @param options choices in behavior
     */
    public CentralNat(final NatTranslator nat, final IcmpErrorNat errors, final StageOptions options) {
        this.nat = nat;
        this.errors = errors;
        this.options = options;
    }

    /**
     * Translates a packet of a known connection, or an ICMP error about one; or drops it, where it should be translated and is not fit to be.
     *
     * @param frame its verdict holds the addresses as they are now
     * @param router where it is
     * @param nowNs current time
     * @return false where no connection is known
     */
    boolean translateKnown(final Frame frame, final Router router, final long nowNs) {
        final Facts facts = frame.facts;
        if (facts.isIcmpError()) {
            return translateError(frame, router, nowNs);
        }
        if (obstacle(frame) != null) {
            return false;
        }
        final Verdict verdict = frame.verdict;
        final int reference = nat.lookup(addresses(verdict), ports(router, facts, verdict), nowNs);
        if (reference == NatTranslator.MISSING || isNoAnswer(facts, verdict, router, reference)) {
            return false;
        }
        final DropReason unfit = facts.isLaterFragment() ? null : Translatability.unfit(frame, nat.table(), reference);
        if (unfit != null && nat.table().isTranslated(reference)) {
            frame.drop(unfit);
            return true;
        }
        if (!facts.isLaterFragment() && unfit == null) { // the first fragment speaks for its packet
            nat.packet(reference, facts.tcpFlags, facts.tcpSequence, facts.tcpAcknowledgment, facts.tcpLength, nowNs);
        }
        verdict.translate(nat.translatedAddresses(reference), nat.translatedPorts(reference));
        if (unfit == null) {
            verdict.track(reference);
        } else {
            verdict.isLasting = false; // untracked this time
        }
        frame.because(Because.CENTRAL_NAT_KNOWN);
        return true;
    }

    private boolean translateError(final Frame frame, final Router router, final long nowNs) {
        final int reference = errors.find(frame, router.zone(), nowNs);
        if (reference == NatTranslator.MISSING) {
            return false;
        }
        errors.translate(frame, reference, Because.CENTRAL_NAT_ERROR);
        return true;
    }

    /**
     * Why an ICMP error about no known connection cannot be delivered, if it is for an address that only connections give a meaning to
     * (contract.md §6 row 28). Others may be routed where nothing is translated.
     *
     * @param frame any packet of no known connection
     * @param router where it is
     * @return null when it may go on
     */
    DropReason unmatchedError(final Frame frame, final Router router) {
        final ExternalPort gatewayPort = router.gatewayPort();
        if (gatewayPort == null || !frame.facts.isIcmpError()) {
            return null;
        }
        final int destination = frame.verdict.destination;
        return gatewayPort.answersFor(destination) ? IcmpErrorNat.refusal(frame) : null;
    }

    /**
     * Whether an echo request only looks like the answer to one of the same identifier: tuples do not tell the two apart. To the gateway address it is for
     * the router; where the other way is untranslated, it would leave untranslated itself.
     */
    private boolean isNoAnswer(final Facts facts, final Verdict verdict, final Router router, final int reference) {
        return facts.protocol == IpProtocol.ICMP
                && facts.icmpType == IcmpHeader.ECHO_REQUEST
                && (reference & 1) != 0
                && ((router.gatewayPort() != null && router.gatewayPort().ip() == verdict.destination)
                        || nat.translatedAddresses(reference) == addresses(verdict));
    }

    /**
     * Where a packet for a forwarded port or a floating IP of the router goes; nothing is opened yet, since the route decides what becomes of the source.
     */
    void translateDestination(final Frame frame, final Router router) {
        final Verdict verdict = frame.verdict;
        originalDestination = verdict.destination;
        originalDestinationPort = verdict.destinationPort;
        final ExternalPort gatewayPort = router.gatewayPort();
        if (gatewayPort == null) {
            return;
        }
        if (gatewayPort.hasPortForwardings() && frame.facts.transportFault == DecodeFault.NONE) {
            final PortForwarding forwarding =
                    gatewayPort.portForwarding(frame.facts.protocol, verdict.destination, verdict.destinationPort);
            if (forwarding != null) {
                verdict.destination = forwarding.internalIp();
                verdict.destinationPort = forwarding.internalPort();
                frame.because(Because.CENTRAL_FORWARDED_PORT, forwarding);
                return;
            }
        }
        final FloatingIp floatingIp = gatewayPort.floatingIp(verdict.destination);
        if (floatingIp != null) {
            verdict.destination = floatingIp.fixedIp();
            frame.because(Because.CENTRAL_FLOATING_IP, floatingIp);
        }
    }

    /**
     * Opens the connection of a first packet that has been routed and whose source has been decided.
     *
     * @param frame its verdict holds the destination as it will leave
     * @param router where it is
     * @param isFromInside came by a tenant port
     * @param nowNs current time
     * @return null when it may leave, else why not
     */
    DropReason open(final Frame frame, final Router router, final boolean isFromInside, final long nowNs) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        final boolean isDestinationChanged = verdict.destination != originalDestination;
        final boolean isOut = verdict.outPort == null;
        final boolean isTranslated = !isUntranslated(verdict);
        final boolean isTracked = isTranslated || (hasState(router) && (isOut || !isFromInside));
        if (!isTracked) {
            verdict.isUntracked |= CentralStage.translates(router);
            return null;
        }
        verdict.isLasting = false; // the next packet finds what this one opens
        final DropReason obstacle = obstacle(frame);
        if (obstacle != null || !mayOpen(facts)) {
            return isTranslated ? obstacle == null ? DropReason.NAT_NO_CONNECTION : obstacle : null;
        }
        final DropReason unsound = TransportChecksum.fault(frame);
        if (unsound != null) {
            return isTranslated ? unsound : null;
        }
        final int reference = nat.open(
                TupleKey.addresses(verdict.source, originalDestination),
                TupleKey.ports(router.zone(), facts.protocol, verdict.sourcePort, originalDestinationPort),
                TupleKey.addresses(newSource, verdict.destination),
                verdict.destinationPort,
                sourcePort(router, verdict.source, newSource),
                facts.tcpFlags,
                isFromInside ? verdict.source : verdict.destination,
                nowNs);
        if (reference < 0) {
            return isTranslated ? Translatability.refused(reference) : null;
        }
        nat.note(reference, facts.tcpFlags, facts.tcpSequence, facts.tcpAcknowledgment, facts.tcpLength);
        final boolean isSourceChanged = newSource != verdict.source;
        verdict.translate(nat.translatedAddresses(reference), nat.translatedPorts(reference));
        say(frame, isDestinationChanged, isSourceChanged);
        return null;
    }

    private static void say(final Frame frame, final boolean isDestinationChanged, final boolean isSourceChanged) {
        if (isDestinationChanged) {
            frame.because(Because.CENTRAL_NAT_DESTINATION);
        }
        if (isSourceChanged) {
            frame.because(Because.CENTRAL_NAT_SOURCE);
        }
        if (!isDestinationChanged && !isSourceChanged) {
            frame.because(Because.CENTRAL_NAT_NONE);
        }
    }

    /**
     * Decides the source of a first packet that has been routed.
     *
     * @param frame its verdict holds the destination as it will leave
     * @param router where it is
     * @param isFromInside came by a tenant port
     * @return true when it leaves as it came
     */
    boolean decideSource(final Frame frame, final Router router, final boolean isFromInside) {
        final Verdict verdict = frame.verdict;
        newSource = newSource(
                router, verdict, isFromInside, verdict.outPort == null, verdict.destination != originalDestination);
        return isUntranslated(verdict);
    }

    private boolean isUntranslated(final Verdict verdict) {
        return verdict.destination == originalDestination && newSource == verdict.source;
    }

    /** Rows 4 to 8 of dvr.md §7.2. */
    private static int newSource(
            final Router router,
            final Verdict verdict,
            final boolean isFromInside,
            final boolean isOut,
            final boolean isDestinationChanged) {
        if (!isOut && !isDestinationChanged) {
            return verdict.source;
        }
        final FloatingIp own = router.floatingIpOf(verdict.source);
        if (own != null) {
            return own.floatingIp();
        }
        final ExternalPort gatewayPort = router.gatewayPort();
        final boolean isOneScope = isOut
                && verdict.routerPort != null
                && gatewayPort.scope() != 0
                && verdict.routerPort.scope() == gatewayPort.scope(); // row 6
        final boolean hasSnat = gatewayPort != null && gatewayPort.hasSnat() && !isOneScope;
        return hasSnat && (isOut || isFromInside) ? gatewayPort.ip() : verdict.source;
    }

    /** A router that only routes remembers nothing (contract.md §6 row 21). */
    private static boolean hasState(final Router router) {
        return router.gatewayPort() != null && router.gatewayPort().hasSnat();
    }

    private SourcePort sourcePort(final Router router, final int source, final int newSource) {
        if (newSource == source) {
            return SourcePort.KEEP;
        }
        return newSource == router.gatewayPort().ip() ? options.snatPort() : options.floatingIpPort();
    }

    private static long addresses(final Verdict verdict) {
        return TupleKey.addresses(verdict.source, verdict.destination);
    }

    private static long ports(final Router router, final Facts facts, final Verdict verdict) {
        return TupleKey.ports(router.zone(), facts.protocol, verdict.sourcePort, verdict.destinationPort);
    }

    /** What cannot be translated at all; null = nothing. */
    private static DropReason obstacle(final Frame frame) {
        final DropReason obstacle = Translatability.obstacle(frame.facts);
        return obstacle == null && frame.facts.isIcmpError() ? IcmpErrorNat.refusal(frame) : obstacle;
    }

    /** No answer opens a connection, and no TCP segment but the first: what it would be translated to, nobody knows (contract.md §6 row 2). */
    private static boolean mayOpen(final Facts facts) {
        if (facts.isLaterFragment()) {
            return false; // its first one would have
        }
        return switch (facts.protocol) {
            case IpProtocol.TCP -> (facts.tcpFlags & OPENING_FLAGS) == TcpHeader.SYN;
            case IpProtocol.ICMP -> facts.icmpType == IcmpHeader.ECHO_REQUEST;
            default -> true;
        };
    }
}
