package org.dvr.dataplane.stage;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.parse.TransportChecksum;
import org.dvr.nat.NatTranslator;
import org.dvr.nat.conntrack.ConntrackTable;

/** What no address translation can do, whichever router does it. */
public final class Translatability {
    private Translatability() {}

    /**
     * What is wrong with a packet that is to be translated.
     *
     * @param facts of the packet
     * @return null = nothing
     */
    public static DropReason obstacle(final Facts facts) {
        if (facts.isFragment && IcmpHeader.isError(facts.icmpType)) {
            return DropReason.NAT_FRAGMENT; // what it quotes is spread over several packets
        }
        return facts.transportFault == DecodeFault.NONE ? null : DropReason.of(facts.transportFault);
    }

    /**
     * Why a packet may not count as one of a known connection: it would change the connection and is not sound, or it is an echo reply that goes with the
     * requests though nobody has asked in the other direction. Tuples do not tell requests from replies.
     *
     * @param frame any but a later fragment
     * @param table where the connection is
     * @param reference the connection, in the packet's direction
     * @return null = nothing
     */
    public static DropReason unfit(final Frame frame, final ConntrackTable table, final int reference) {
        final Facts facts = frame.facts;
        if (facts.icmpType == IcmpHeader.ECHO_REPLY
                && facts.protocol == IpProtocol.ICMP
                && !ConntrackTable.isReply(reference)
                && !table.isReplied(reference)
                && !isOwnAnswer(table, reference)) {
            return DropReason.NAT_NO_CONNECTION;
        }
        return table.isChangedBy(reference, facts.tcpFlags) ? TransportChecksum.fault(frame) : null;
    }

    /** Whether requests and replies have one tuple: somebody at a central router talks to himself by his floating IP. */
    private static boolean isOwnAnswer(final ConntrackTable table, final int reference) {
        return table.originalAddresses(reference) == table.replyAddresses(reference)
                && table.originalPorts(reference) == table.replyPorts(reference);
    }

    /**
     * Why no connection was opened.
     *
     * @param answer of {@link NatTranslator#open}, below 0
     * @return the reason to drop its packet
     */
    public static DropReason refused(final int answer) {
        return answer == NatTranslator.TABLE_FULL ? DropReason.CONNTRACK_FULL : DropReason.NAT_PORTS_EXHAUSTED;
    }
}
