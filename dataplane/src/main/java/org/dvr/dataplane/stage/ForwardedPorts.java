package org.dvr.dataplane.stage;

import org.dvr.codec.DecodeFault;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Router;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.tuple.TupleKey;

/**
 * Tells what a guest sends in connections that have come by a forwarded port from what it sends on its own account: only the former leaves with the
 * floating IP of the forwarding, and by the fip namespace of this host. The ports of a packet do not tell, its connection does. Owned by one worker;
 * changes nothing in the table of connections.
 */
public final class ForwardedPorts {
    private static final int REPLY = 1;

    private final NatTranslator nat;
    private final IcmpErrorNat errors;

    /**
     * @param nat connections of this worker
     * @param errors finds those that ICMP errors are about
     */
    public ForwardedPorts(final NatTranslator nat, final IcmpErrorNat errors) {
        this.nat = nat;
        this.errors = errors;
    }

    /**
     * The floating IP that a packet leaves with because it answers a connection of a forwarded port, or is an ICMP error about one.
     *
     * @param frame in a distributed router, on its way out; its ports are known, also if it is a fragment
     * @param router whose forwardings count
     * @param nowNs current time
     * @return a shared floating IP; null where it is none of these
     */
    public FloatingIp floatingIpOf(final Frame frame, final Router router, final long nowNs) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        if (facts.isIcmpError()) {
            final boolean isAboutGuest = facts.quoteFault == null && router.forwardsTo(verdict.quotedDestination);
            return isAboutGuest
                    ? floatingIpOf(
                            router,
                            errors.find(frame, router.zone(), nowNs),
                            facts.quotedProtocol,
                            verdict.quotedDestination,
                            verdict.quotedDestinationPort)
                    : null;
        }
        if (!router.forwardsTo(verdict.source) || facts.transportFault != DecodeFault.NONE) {
            return null;
        }
        final long addresses = TupleKey.addresses(verdict.source, verdict.destination);
        final long ports = TupleKey.ports(router.zone(), facts.protocol, verdict.sourcePort, verdict.destinationPort);
        if (!frame.hasNatKey(addresses, ports)) {
            frame.natKey(addresses, ports, nat.table().hash(addresses, ports)); // its translation looks it up again
        }
        final int reference = nat.lookup(addresses, ports, frame.natHash(), nowNs);
        if (reference == NatTranslator.MISSING) {
            verdict.isUntracked = true; // it would answer one that opens meanwhile
        }
        return floatingIpOf(router, reference, facts.protocol, verdict.source, verdict.sourcePort);
    }

    private FloatingIp floatingIpOf(
            final Router router, final int reference, final int protocol, final int guest, final int guestPort) {
        if (reference == NatTranslator.MISSING || (reference & REPLY) == 0) {
            return null;
        }
        final int outer = TupleKey.source(nat.translatedAddresses(reference));
        final int outerPort = TupleKey.sourcePort(nat.translatedPorts(reference));
        final PortForwarding forwarding = router.forwarding(protocol, outer, outerPort, guest, guestPort);
        return forwarding == null ? null : router.externalPort().forwardedIp(outer);
    }
}
