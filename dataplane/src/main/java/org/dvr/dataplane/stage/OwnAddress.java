package org.dvr.dataplane.stage;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.parse.TransportChecksum;

/**
 * Packets for an address of a router or of the fip namespace itself: echo requests are answered, UDP is told that nobody listens
 * (what ends a traceroute), the rest is dropped.
 */
public final class OwnAddress {
    private final IcmpErrors errors;

    /**
     * @param errors tells senders
     */
    public OwnAddress(final IcmpErrors errors) {
        this.errors = errors;
    }

    /**
     * Delivers a packet to ourselves. The verdict already says where an answer starts: at a router or in a fip namespace.
     *
     * @param frame its destination is our address
     * @param cycle of the burst
     * @param echo said of an echo request
     * @param other said of anything else
     * @return {@link Next#DONE}
     */
    public Next deliver(final Frame frame, final Cycle cycle, final Because echo, final Because other) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        verdict.answerIp = verdict.destination;
        if (isEchoRequest(facts)) {
            final int length = facts.packetLength - (facts.l4Offset - facts.l3Offset);
            if (IcmpHeader.check(frame.buffer(), facts.l4Offset, length) != DecodeFault.NONE) {
                return frame.drop(DropReason.ICMP_CHECKSUM);
            }
            frame.because(echo);
            verdict.answer = Answer.ECHO_REPLY;
            return frame.consume();
        }
        frame.because(other);
        final DropReason unsound = facts.protocol == IpProtocol.UDP ? TransportChecksum.fault(frame) : null;
        if (unsound != null) { // whose it is, nobody knows: nothing is said about it
            return frame.drop(unsound);
        }
        return facts.protocol == IpProtocol.UDP && !facts.isFragment && facts.transportFault == DecodeFault.NONE
                ? errors.refuse(frame, cycle, DropReason.LOCAL_NO_SERVICE, IcmpHeader.UNREACHABLE, IcmpHeader.PORT, 0)
                : frame.drop(DropReason.LOCAL_NO_SERVICE);
    }

    private static boolean isEchoRequest(final Facts facts) {
        return facts.protocol == IpProtocol.ICMP && facts.icmpType == IcmpHeader.ECHO_REQUEST && !facts.isFragment;
    }
}
