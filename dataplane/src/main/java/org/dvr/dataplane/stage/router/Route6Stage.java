package org.dvr.dataplane.stage.router;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv6Address;
import org.dvr.codec.transport.Icmpv6Header;
import org.dvr.dataplane.frame.Answer;
import org.dvr.dataplane.frame.Because;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;
import org.dvr.dataplane.frame.Verdict;
import org.dvr.dataplane.stage.Cycle;
import org.dvr.dataplane.stage.Icmpv6Errors;
import org.dvr.dataplane.stage.Stage;
import org.dvr.dataplane.topology.Neighbor6;
import org.dvr.dataplane.topology.Route6;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.RouterPort6;

/**
 * The qrouter for IPv6 (dvr.md §6.5): own addresses, connected subnets and extra routes, the redirect to the csnat port, unreachable. No
 * floating IPs, no translation.
 *
 * <p>In: an IPv6 packet without header faults, in a router. Next: {@link Next#FORWARD} or {@link Next#DONE}. Drops: {@link
 * DropReason#MARTIAN_SOURCE}, {@link DropReason#MARTIAN_DESTINATION}, {@link DropReason#TTL_EXCEEDED}, {@link
 * DropReason#PACKET_TOO_BIG}, {@link DropReason#LOCAL_NO_SERVICE}, {@link DropReason#ICMP_CHECKSUM}, {@link
 * DropReason#NETWORK_UNREACHABLE}, {@link DropReason#HOST_UNREACHABLE}.
 */
public final class Route6Stage implements Stage {
    private static final int NO_ROUTE = 0;
    private static final int ADDRESS_UNREACHABLE = 3;

    private final Icmpv6Errors errors;

    /**
     * @param errors tells senders
     */
    public Route6Stage(final Icmpv6Errors errors) {
        this.errors = errors;
    }

    @Override
    public Next decide(final Frame frame, final Cycle cycle) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        final Router router = verdict.router;
        final long high = facts.destinationHigh;
        final long low = facts.destinationLow;
        final Neighbor6 own = verdict.segment == null ? null : verdict.segment.neighbor6(high, low);
        if (own != null && own.gateway() != null && own.gateway().router() == router) {
            return toOwnAddress(frame);
        }
        if (isUnroutable(facts.sourceHigh, facts.sourceLow)) {
            return frame.drop(DropReason.MARTIAN_SOURCE);
        }
        if (isUnroutable(high, low)) {
            return frame.drop(DropReason.MARTIAN_DESTINATION);
        }
        final Route6 route = router.fib6().find(high, low);
        if (route == null) {
            return redirect(frame, cycle, router);
        }
        final RouterPort6 port = route.port();
        if (high == port.high() && low == port.low()) {
            return toOwnAddress(frame);
        }
        verdict.nextHopHigh = route.isConnected() ? high : route.nextHopHigh();
        verdict.nextHopLow = route.isConnected() ? low : route.nextHopLow();
        frame.because(route.isConnected() ? Because.ROUTE_CONNECTED : Because.ROUTE6_EXTRA, route);
        final Neighbor6 neighbor = port.segment().neighbor6(verdict.nextHopHigh, verdict.nextHopLow);
        if (neighbor == null) {
            frame.because(Because.NEIGHBOR6_UNKNOWN);
            return errors.fromRouter(
                    frame, cycle, DropReason.HOST_UNREACHABLE, Icmpv6Header.UNREACHABLE, ADDRESS_UNREACHABLE, 0);
        }
        return forward(frame, cycle, port, neighbor.mac(), Because.NEIGHBOR6_PERMANENT);
    }

    /** Unspecified, loopback, multicast and link-local addresses are not routed (RFC 4291 §2.5, §2.7). */
    private static boolean isUnroutable(final long high, final long low) {
        return (high == 0 && (low == 0 || low == 1)) || Ipv6Address.isMulticast(high) || Ipv6Address.isLinkLocal(high);
    }

    private Next redirect(final Frame frame, final Cycle cycle, final Router router) {
        final Route6 back = router.fib6().find(frame.facts.sourceHigh, frame.facts.sourceLow);
        if (back == null || !back.isConnected() || back.port().redirectMac() == 0) {
            frame.because(Because.ROUTE_NONE);
            return errors.fromRouter(
                    frame, cycle, DropReason.NETWORK_UNREACHABLE, Icmpv6Header.UNREACHABLE, NO_ROUTE, 0);
        }
        return forward(frame, cycle, back.port(), back.port().redirectMac(), Because.ROUTE6_REDIRECT);
    }

    private Next forward(
            final Frame frame, final Cycle cycle, final RouterPort6 port, final long mac, final Because because) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        if (!verdict.isOwn) {
            if (facts.ttl - verdict.ttlCost <= 1) {
                frame.because(Because.TTL_EXCEEDED);
                return errors.fromRouter(frame, cycle, DropReason.TTL_EXCEEDED, Icmpv6Header.TIME_EXCEEDED, 0, 0);
            }
            verdict.ttlCost++;
        }
        final int mtu = port.segment().mtu();
        if (facts.wireLength > mtu) {
            frame.because(Because.TOO_BIG, port.segment());
            return errors.fromRouter(frame, cycle, DropReason.PACKET_TOO_BIG, Icmpv6Header.PACKET_TOO_BIG, 0, mtu);
        }
        verdict.segment = port.segment();
        verdict.sourceMac = port.mac();
        verdict.destinationMac = mac;
        verdict.isFromGateway = true;
        frame.because(because);
        return Next.FORWARD;
    }

    private static Next toOwnAddress(final Frame frame) {
        final Facts facts = frame.facts;
        final Verdict verdict = frame.verdict;
        final boolean isEcho =
                facts.protocol == IpProtocol.ICMPV6 && facts.icmpType == Icmpv6Header.ECHO_REQUEST && !facts.isFragment;
        if (facts.transportFault != DecodeFault.NONE) {
            return frame.drop(DropReason.of(facts.transportFault));
        }
        if (!isEcho) {
            frame.because(Because.OWN_ADDRESS);
            return frame.drop(DropReason.LOCAL_NO_SERVICE);
        }
        final int length = facts.packetLength - (facts.l4Offset - facts.l3Offset);
        final DecodeFault fault = Icmpv6Header.checkChecksum(
                frame.buffer(),
                facts.l4Offset,
                length,
                facts.sourceHigh,
                facts.sourceLow,
                facts.destinationHigh,
                facts.destinationLow);
        if (fault != DecodeFault.NONE) {
            return frame.drop(DropReason.ICMP_CHECKSUM);
        }
        frame.because(Because.OWN_ADDRESS_ECHO);
        verdict.answer = Answer.ECHO_REPLY6;
        verdict.answerHigh = facts.destinationHigh;
        verdict.answerLow = facts.destinationLow;
        verdict.answerRouter = verdict.router;
        return frame.consume();
    }
}
