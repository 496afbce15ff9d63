package org.dvr.dataplane.stage;

import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.tuple.TupleKey;

/**
 * Translates ICMP errors by the connection whose packet they quote (RFC 5508 §4, RFC 5382 REQ-9).
 *
 * <p>The quoted packet left its last router translated, in the direction opposite to the error's. So the inverse of the quoted tuple is the tuple of
 * a packet that travels with the error, and what would become of that packet tells everything: the quote becomes the inverse of what it would
 * leave with, the quoted packet as its sender sent it.
 *
 * <p>The outer header is treated as that packet's, too, whoever made the error. Its destination is the quoted source, or the error is refused. Its
 * source becomes the connection's outer address wherever the connection's own source changes in this direction: for an error of the guest itself,
 * and likewise for one of a host or router in the middle, whose address nobody outside could make sense of. RFC 5508 REQ-5 would let such a sender with
 * a floating IP of its own appear by that; like netfilter ({@code nf_nat_icmp_reply_translation}), we give it the connection's. Where the
 * source does not change in this direction, an error of a router in the middle keeps its own, so that traceroute shows it.
 *
 * <p>An error never creates, refreshes or ends a connection (RFC 5508 REQ-6, RFC 5382 REQ-10): connections are looked up and nothing else. A redirect is
 * refused, as netfilter does: it would have the sender go around the translation, and only the first router of a sender may tell it so.
 *
 * <p>Owned by one worker.
 */
public final class IcmpErrorNat {
    private final NatTranslator nat;

    /**
     * @param nat connections of this worker
     */
    public IcmpErrorNat(final NatTranslator nat) {
        this.nat = nat;
    }

    /**
     * Finds the connection that an error is about. Changes nothing.
     *
     * @param frame an ICMP error; its verdict holds addresses and quote as they are now
     * @param zone of the router it is in
     * @param nowNs current time
     * @return reference of the connection in the error's own direction, or {@link NatTranslator#MISSING}; see {@link #refusal}
     */
    public int find(final Frame frame, final int zone, final long nowNs) {
        if (refusal(frame) != DropReason.ICMP_ERROR_UNMATCHED) {
            return NatTranslator.MISSING;
        }
        final Verdict verdict = frame.verdict;
        final long quotedAddresses = TupleKey.addresses(verdict.quotedSource, verdict.quotedDestination);
        final long quotedPorts = TupleKey.ports(
                zone, frame.facts.quotedProtocol, verdict.quotedSourcePort, verdict.quotedDestinationPort);
        return nat.lookup(TupleKey.inverseAddresses(quotedAddresses), TupleKey.inversePorts(quotedPorts), nowNs);
    }

    /**
     * Why {@link #find} finds nothing.
     *
     * @param frame an ICMP error for which nothing was found
     * @return what is wrong with it by itself, else {@link DropReason#ICMP_ERROR_UNMATCHED}
     */
    public static DropReason refusal(final Frame frame) {
        final Facts facts = frame.facts;
        if (facts.quoteFault != null) {
            return facts.quoteFault;
        }
        if (facts.icmpType == IcmpHeader.REDIRECT) {
            return DropReason.ICMP_REDIRECT;
        }
        return frame.verdict.destination == frame.verdict.quotedSource
                ? DropReason.ICMP_ERROR_UNMATCHED
                : DropReason.ICMP_ERROR_MISDIRECTED;
    }

    /**
     * Translates an error.
     *
     * @param frame its verdict receives the new addresses and the new quote
     * @param reference as {@link #find} gave it
     * @param because the sentence for its story
     */
    public void translate(final Frame frame, final int reference, final Because because) {
        final Verdict verdict = frame.verdict;
        final long addresses = nat.translatedAddresses(reference);
        final long ports = nat.translatedPorts(reference);
        final int source = TupleKey.source(addresses);
        if (source != verdict.quotedDestination) {
            verdict.source = source;
        }
        verdict.destination = TupleKey.destination(addresses);
        verdict.quotedSource = TupleKey.destination(addresses);
        verdict.quotedDestination = source;
        verdict.quotedSourcePort = TupleKey.destinationPort(ports);
        verdict.quotedDestinationPort = TupleKey.sourcePort(ports);
        verdict.isTranslated = true;
        if (frame.trace() != null) {
            frame.because(because, quote(verdict));
        }
    }

    private static StringBuilder quote(final Verdict verdict) {
        final StringBuilder text = new StringBuilder();
        Ipv4Address.append(text, verdict.quotedSource);
        text.append(':').append(verdict.quotedSourcePort).append(" > ");
        Ipv4Address.append(text, verdict.quotedDestination);
        return text.append(':').append(verdict.quotedDestinationPort);
    }
}
