package org.dvr.dataplane.stage;

import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.table.RateLimiter;
import org.dvr.dataplane.topology.Route;
import org.dvr.dataplane.topology.Router;

/**
 * Drops a packet and, where allowed, has its sender told: which hop says so, from which address (contract.md §6 row 4), and whether at all
 * (RFC 1812 §4.3.2.7 and §4.3.2.8).
 */
public final class IcmpErrors {
    private static final String OWN = "the packet is our own";

    private final StageOptions options;
    private final RateLimiter limiter;

    /**
     * @param options choices in behavior
     * @param limiter of this worker
     */
    public IcmpErrors(final StageOptions options, final RateLimiter limiter) {
        this.options = options;
        this.limiter = limiter;
    }

    /**
     * The qrouter drops a packet.
     *
     * @param frame in a router
     * @param cycle of the burst
     * @param reason why it is dropped
     * @param type ICMP type
     * @param code ICMP code
     * @param mtu told in a fragmentation-needed error, else 0
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
        if (verdict.isFromOutside && verdict.floatingIp == null && !verdict.externalPort.hasIp()) {
            return silently(frame, reason, "neither floating IP nor fg address to say it from");
        }
        if (verdict.isFromOutside && verdict.hairpinFrom == null) {
            // The original's qrouter has no way to tell the outside (dvr.md §10); we tell it as the floating IP.
            verdict.answerIp = outsideAddress(verdict);
            verdict.answerRouter = null;
            verdict.answerExternalPort = verdict.externalPort;
            if (!options.hasRouterErrorsToOutside()) {
                return silently(frame, reason, "switched off");
            }
        } else if (verdict.isFromOutside) {
            verdict.answerIp = outsideAddress(verdict);
            verdict.answerRouter = verdict.hairpinFrom;
        } else {
            verdict.answerRouter = verdict.router;
            verdict.answerIp = addressTowards(verdict.router, frame);
        }
        return refuse(frame, cycle, reason, type, code, mtu);
    }

    /** The router is known outside by the floating IP; behind a fast exit, by the fg address. */
    private static int outsideAddress(final Verdict verdict) {
        return verdict.floatingIp == null ? verdict.externalPort.ip() : verdict.floatingIp.floatingIp();
    }

    /**
     * The fip namespace drops a packet.
     *
     * @param frame in the fip namespace
     * @param cycle of the burst
     * @param reason why it is dropped
     * @param type ICMP type
     * @param code ICMP code
     * @param mtu told in a fragmentation-needed error, else 0
     * @return {@link Next#DONE}
     */
    public Next fromFip(
            final Frame frame,
            final Cycle cycle,
            final DropReason reason,
            final int type,
            final int code,
            final int mtu) {
        final Verdict verdict = frame.verdict;
        if (verdict.isOwn) { // it has no router to be told through
            return silently(frame, reason, OWN);
        }
        if (verdict.isFromOutside) {
            verdict.answerIp = verdict.externalPort.hasIp() ? verdict.externalPort.ip() : outsideAddress(verdict);
            verdict.answerRouter = verdict.hairpinFrom; // a router of this host, if it came by one, knows the sender
            verdict.answerExternalPort = verdict.externalPort;
        } else {
            verdict.answerIp = verdict.router.fprIp();
            verdict.answerRouter = verdict.router;
        }
        return refuse(frame, cycle, reason, type, code, mtu);
    }

    /**
     * A central router drops a packet: the sender is told from the address it faces, by the way its packet came (contract.md §6 row 4).
     *
     * @param frame in a central router
     * @param cycle of the burst
     * @param reason why it is dropped
     * @param type ICMP type
     * @param code ICMP code
     * @param mtu told in a fragmentation-needed error, else 0
     * @return {@link Next#DONE}
     */
    public Next fromCentral(
            final Frame frame,
            final Cycle cycle,
            final DropReason reason,
            final int type,
            final int code,
            final int mtu) {
        final Verdict verdict = frame.verdict;
        if (verdict.isOwn) {
            return silently(frame, reason, OWN);
        }
        final Router router = verdict.router;
        verdict.answerRouter = verdict.hairpinFrom == null ? router : verdict.hairpinFrom;
        verdict.answerIp = verdict.routerPort == null ? router.gatewayPort().ip() : addressTowards(router, frame);
        return refuse(frame, cycle, reason, type, code, mtu);
    }

    /** The router's address in the sender's subnet; where the sender is not on-link, that of the port it came in by. */
    private static int addressTowards(final Router router, final Frame frame) {
        final Route route = router.fib().find(frame.facts.source);
        if (route != null) {
            return route.port().ip();
        }
        return frame.verdict.routerPort == null ? router.rfpIp() : frame.verdict.routerPort.ip();
    }

    /**
     * Drops a packet; the verdict already says from which address its sender is told, and where that starts.
     *
     * @param frame to be dropped
     * @param cycle of the burst
     * @param reason why
     * @param type ICMP type
     * @param code ICMP code
     * @param mtu told in a fragmentation-needed error, else 0
     * @return {@link Next#DONE}
     */
    public Next refuse(
            final Frame frame,
            final Cycle cycle,
            final DropReason reason,
            final int type,
            final int code,
            final int mtu) {
        final String obstacle = obstacle(frame);
        if (obstacle != null) {
            return silently(frame, reason, obstacle);
        }
        final Verdict verdict = frame.verdict;
        final int scope = verdict.answerRouter == null ? 0 : verdict.answerRouter.zone();
        if (!limiter.tryTake(((long) scope << 32) | (frame.facts.source & 0xFFFF_FFFFL), cycle.nowNs())) {
            verdict.answer = Answer.NONE;
            frame.because(Because.ANSWER_LIMITED);
            return frame.drop(reason);
        }
        return frame.refuse(reason, type, code, mtu);
    }

    private static Next silently(final Frame frame, final DropReason reason, final String why) {
        frame.because(Because.ANSWER_FORBIDDEN, why);
        return frame.drop(reason);
    }

    /** What forbids an error (RFC 1812 §4.3.2.7), in words; null = nothing. */
    private static String obstacle(final Frame frame) {
        final Facts facts = frame.facts;
        if (facts.etherType != EtherType.IPV4) {
            return "not IPv4";
        }
        if (frame.verdict.isOwn) {
            return OWN;
        }
        if (facts.protocol == IpProtocol.ICMP && IcmpHeader.isError(facts.icmpType)) {
            return "the packet is an ICMP error itself";
        }
        if (facts.isFragment && facts.fragmentOffset > 0) {
            return "the packet is not the first fragment";
        }
        if (MacAddress.isMulticast(facts.destinationMac)
                || Ipv4Address.isMulticast(facts.destination)
                || Ipv4Address.isLimitedBroadcast(facts.destination)) {
            return "the packet went to many";
        }
        if (facts.source == 0 || Ipv4Address.isMartianSource(facts.source)) {
            return "the source address is no host's";
        }
        return null;
    }
}
