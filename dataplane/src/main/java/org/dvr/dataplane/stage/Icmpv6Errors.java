package org.dvr.dataplane.stage;

import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.table.RateLimiter;
import org.dvr.dataplane.topology.Route6;

/** As {@link IcmpErrors}, for IPv6 (RFC 4443 §2.4): a router drops a packet and has its sender told. */
public final class Icmpv6Errors {
    private final RateLimiter limiter;

    /**
     * @param limiter of this worker
     */
    public Icmpv6Errors(final RateLimiter limiter) {
        this.limiter = limiter;
    }

    /**
     * A router drops a packet.
     *
     * @param frame in a router
     * @param cycle of the burst
     * @param reason why it is dropped
     * @param type ICMPv6 type
     * @param code ICMPv6 code
     * @param mtu told in a packet-too-big error, else 0
     * @return {@link Next#DONE}
     */
    public Next fromRouter(
            final Frame frame,
            final Cycle cycle,
            final DropReason reason,
            final int type,
            final int code,
            final int mtu) {
        final Verdict verdict = frame.verdict;
        final Facts facts = frame.facts;
        final Route6 back = verdict.router.fib6().find(facts.sourceHigh, facts.sourceLow);
        final String obstacle = back == null ? "no route to the sender" : obstacle(frame, type);
        if (obstacle != null) {
            frame.because(Because.ANSWER_FORBIDDEN, obstacle);
            return frame.drop(reason);
        }
        final long sender = facts.sourceHigh ^ Long.rotateLeft(facts.sourceLow, 17);
        if (!limiter.tryTake(sender, cycle.nowNs())) {
            frame.because(Because.ANSWER_LIMITED);
            return frame.drop(reason);
        }
        verdict.answerHigh = back.port().high();
        verdict.answerLow = back.port().low();
        verdict.answerRouter = verdict.router;
        final Next next = frame.refuse(reason, type, code, mtu);
        verdict.answer = Answer.ICMPV6_ERROR;
        return next;
    }

    /** What forbids an error (RFC 4443 §2.4 e), in words; null = nothing. */
    private static String obstacle(final Frame frame, final int type) {
        final Facts facts = frame.facts;
        if (frame.verdict.isOwn) {
            return "the packet is our own";
        }
        if (facts.protocol == IpProtocol.ICMPV6 && Icmpv6Header.isError(facts.icmpType)) {
            return "the packet is an ICMPv6 error itself";
        }
        if (facts.isFragment && facts.fragmentOffset > 0) {
            return "the packet is not the first fragment";
        }
        if (type != Icmpv6Header.PACKET_TOO_BIG
                && (MacAddress.isMulticast(facts.destinationMac) || Ipv6Address.isMulticast(facts.destinationHigh))) {
            return "the packet went to many";
        }
        if (Ipv6Address.isMulticast(facts.sourceHigh) || (facts.sourceHigh == 0 && facts.sourceLow == 0)) {
            return "the source address is no host's";
        }
        return null;
    }
}
