package org.dvr.dataplane.stage.fip;

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
import org.dvr.dataplane.stage.Translatability;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Router;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.policy.SourcePort;
import org.dvr.nat.tuple.TupleKey;

/**
 * Translates between a fixed IP and its floating IP, connection by connection, in the zone of its router (dvr.md §7.1). Owned by one
 * worker. Forwarded ports of a floating IP likewise, each to the guest and the port that its forwarding says. What should have been translated and cannot be is dropped, never leaked (limits.md C4).
 */
public final class FloatingIpNat {
    private final NatTranslator nat;
    private final IcmpErrorNat errors;
    private final SourcePort sourcePort;

    /**
     * @param nat connections of this worker
     * @param errors translates ICMP errors about them
     * @param sourcePort what becomes of the source port of a guest's own connections
     */
    public FloatingIpNat(final NatTranslator nat, final IcmpErrorNat errors, final SourcePort sourcePort) {
        this.nat = nat;
        this.errors = errors;
        this.sourcePort = sourcePort;
    }

    /** @return the connections, for hashes and touches ahead of the decision */
    public ConntrackTable table() {
        return nat.table();
    }

    /**
     * Replaces the source: a packet leaves its router by rfp.
     *
     * @param frame its verdict holds the addresses as they are now
     * @param floatingIp what its source becomes
     * @param nowNs current time
     * @return null when translated, else why it must be dropped
     */
    public DropReason translateSource(final Frame frame, final FloatingIp floatingIp, final long nowNs) {
        if (frame.facts.isIcmpError()) {
            return translateErrorOutwards(frame, floatingIp, nowNs);
        }
        final long wanted = TupleKey.addresses(floatingIp.floatingIp(), frame.verdict.destination);
        final DropReason refused = translate(frame, floatingIp, wanted, /* isSource= */ true, null, nowNs);
        if (refused == null) {
            frame.because(Because.NAT_SOURCE);
        }
        return refused;
    }

    /**
     * Replaces the destination: a packet enters its router by rfp.
     *
     * @param frame its verdict holds the addresses as they are now
     * @param floatingIp its destination
     * @param nowNs current time
     * @return null when translated, else why it must be dropped
     */
    public DropReason translateDestination(final Frame frame, final FloatingIp floatingIp, final long nowNs) {
        if (frame.facts.isIcmpError()) {
            return translateErrorInwards(frame, floatingIp, nowNs);
        }
        final long wanted = TupleKey.addresses(frame.verdict.source, floatingIp.fixedIp());
        final DropReason refused = translate(frame, floatingIp, wanted, /* isSource= */ false, null, nowNs);
        if (refused == null) {
            frame.because(Because.NAT_DESTINATION);
        }
        return refused;
    }

    /**
     * Replaces destination and port: a packet for a forwarded port enters its router by rfp.
     *
     * @param frame its verdict holds addresses and ports as they are now, and the shared floating IP
     * @param forwarding of its destination
     * @param nowNs current time
     * @return null when translated, else why it must be dropped
     */
    public DropReason translateDestination(final Frame frame, final PortForwarding forwarding, final long nowNs) {
        final Verdict verdict = frame.verdict;
        frame.because(Because.NAT_FORWARDED_PORT, forwarding);
        final long wanted = TupleKey.addresses(verdict.source, forwarding.internalIp());
        final DropReason refused =
                translate(frame, verdict.floatingIp, wanted, /* isSource= */ false, forwarding, nowNs);
        if (refused == null) {
            frame.because(Because.NAT_DESTINATION);
        }
        return refused;
    }

    /**
     * An error of a guest, or of a host between it and its router, about a packet that came from outside: the floating IP is the connection's, which
     * in the middle of two guests need not be the sender's.
     */
    private DropReason translateErrorOutwards(final Frame frame, final FloatingIp sendersOwn, final long nowNs) {
        final Verdict verdict = frame.verdict;
        final Router router = sendersOwn.router();
        final int reference = errors.find(frame, router.zone(), nowNs);
        if (reference == NatTranslator.MISSING) {
            return IcmpErrorNat.refusal(frame);
        }
        final FloatingIp floatingIp =
                sendersOwn.isShared() ? sendersOwn : router.floatingIpOf(verdict.quotedDestination);
        if (floatingIp == null || TupleKey.source(nat.translatedAddresses(reference)) != floatingIp.floatingIp()) {
            return DropReason.ICMP_ERROR_UNMATCHED; // no error ends a connection, not even a stale one
        }
        verdict.floatingIp = floatingIp;
        errors.translate(frame, reference, Because.NAT_ERROR);
        return null;
    }

    /** An error from outside about a packet that a guest sent. */
    private DropReason translateErrorInwards(final Frame frame, final FloatingIp floatingIp, final long nowNs) {
        final int reference = errors.find(frame, floatingIp.router().zone(), nowNs);
        if (reference == NatTranslator.MISSING) {
            return IcmpErrorNat.refusal(frame);
        }
        final boolean isOurs = floatingIp.isShared()
                ? isForwarded(frame, floatingIp, reference)
                : TupleKey.destination(nat.translatedAddresses(reference)) == floatingIp.fixedIp();
        if (!isOurs) {
            return DropReason.ICMP_ERROR_UNMATCHED;
        }
        errors.translate(frame, reference, Because.NAT_ERROR);
        return null;
    }

    /** Did the quoted packet answer from a forwarded port? */
    private boolean isForwarded(final Frame frame, final FloatingIp shared, final int reference) {
        return shared.router()
                        .forwarding(
                                frame.facts.quotedProtocol,
                                shared.floatingIp(),
                                frame.verdict.quotedSourcePort,
                                TupleKey.destination(nat.translatedAddresses(reference)),
                                TupleKey.destinationPort(nat.translatedPorts(reference)))
                != null;
    }

    /** Finds the connection that leads to the wanted addresses, or opens it. */
    private DropReason translate(
            final Frame frame,
            final FloatingIp floatingIp,
            final long wanted,
            final boolean isSource,
            final PortForwarding forwarding,
            final long nowNs) {
        final Facts facts = frame.facts;
        final DropReason obstacle = Translatability.obstacle(facts);
        if (obstacle != null) {
            return obstacle;
        }
        final Verdict verdict = frame.verdict;
        final int zone = floatingIp.router().zone();
        final long addresses = TupleKey.addresses(verdict.source, verdict.destination);
        final long ports = TupleKey.ports(zone, facts.protocol, verdict.sourcePort, verdict.destinationPort);
        int reference = find(frame, addresses, ports, nowNs);
        if (reference != NatTranslator.MISSING && !leadsTo(reference, wanted, forwarding)) {
            reference = forget(frame, reference);
        }
        if (reference == NatTranslator.MISSING) {
            verdict.isLasting = false; // a flow is worth remembering once its second packet has come
            if (!mayOpen(facts) || (isSource && floatingIp.isShared())) {
                return DropReason.NAT_NO_CONNECTION;
            }
            final DropReason unsound = TransportChecksum.fault(frame);
            if (unsound != null) {
                return unsound;
            }
            final int owner = forwarding == null ? floatingIp.fixedIp() : forwarding.internalIp();
            reference = nat.open(
                    addresses,
                    ports,
                    wanted,
                    forwarding == null ? verdict.destinationPort : forwarding.internalPort(),
                    isSource ? sourcePort : SourcePort.KEEP,
                    facts.tcpFlags,
                    owner,
                    nowNs);
            if (reference < 0) {
                return Translatability.refused(reference);
            }
            nat.note(reference, facts.tcpFlags, facts.tcpSequence, facts.tcpAcknowledgment, facts.tcpLength);
            opened(frame);
        } else {
            if (!facts.isLaterFragment()) { // the first fragment speaks for its packet
                final DropReason unfit = Translatability.unfit(frame, nat.table(), reference);
                if (unfit != null) {
                    return unfit;
                }
                nat.packet(
                        reference, facts.tcpFlags, facts.tcpSequence, facts.tcpAcknowledgment, facts.tcpLength, nowNs);
            }
            frame.because(Because.NAT_KNOWN);
        }
        verdict.translate(wanted, nat.translatedPorts(reference));
        verdict.track(reference);
        return null;
    }

    private boolean leadsTo(final int reference, final long wanted, final PortForwarding forwarding) {
        return nat.translatedAddresses(reference) == wanted
                && (forwarding == null
                        || TupleKey.destinationPort(nat.translatedPorts(reference)) == forwarding.internalPort());
    }

    private int find(final Frame frame, final long addresses, final long ports, final long nowNs) {
        return frame.hasNatKey(addresses, ports)
                ? nat.lookup(addresses, ports, frame.natHash(), nowNs)
                : nat.lookup(addresses, ports, nowNs);
    }

    /** The floating IP has moved since: its connections end with the old pair (dvr.md §7.5, limits.md C5). */
    private int forget(final Frame frame, final int reference) {
        frame.because(Because.NAT_STALE);
        nat.table().remove(reference);
        return NatTranslator.MISSING;
    }

    private void opened(final Frame frame) {
        if (frame.trace() != null) {
            frame.because(Because.NAT_NEW, nat.table().active());
        }
    }

    /** Answers open nothing; TCP is picked up in mid-stream (contract.md §6 row 2). */
    private static boolean mayOpen(final Facts facts) {
        if (facts.isLaterFragment()) {
            return false; // its first one would have
        }
        return switch (facts.protocol) {
            case IpProtocol.TCP ->
                (facts.tcpFlags & TcpHeader.RST) == 0
                        && (facts.tcpFlags & (TcpHeader.SYN | TcpHeader.ACK)) != (TcpHeader.SYN | TcpHeader.ACK);
            case IpProtocol.ICMP -> facts.icmpType == IcmpHeader.ECHO_REQUEST;
            default -> true;
        };
    }
}
