package org.dvr.pcaps.netfilter;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.dvr.dataplane.frame.DropReason;

/**
 * Where our router and the kernel's may answer one packet differently, how exactly, and what decided that. The rows are in docs/conformance.md, too.
 * Each must occur; anything else fails the test.
 */
enum KnownDifference {
    /** Two flows that cannot be told apart on the guest's side, see {@link Flow#plainTuple}. First, since it may look like any other. */
    RIVAL("dvr.md §7.1", exchange -> exchange.flow().hasRival()),

    /** TCP to an address of the router itself: nothing listens there; the kernel resets, we are silent. */
    OWN_TCP_RESET(
            "RFC 5382 R4",
            exchange -> exchange.flow().protocol() == Packet.TCP
                    && exchange.flow().server() == null
                    && exchange.ours().isEmpty()
                    && exchange.dropReason() == DropReason.LOCAL_NO_SERVICE
                    && isReset(exchange)),

    /** Fragments of a packet to an address of the router itself: the kernel puts them together and answers, ours keeps no fragment that goes no further. */
    OWN_FRAGMENTS(
            "limits.md C12",
            exchange -> exchange.kind() == Kind.FRAGMENTS
                    && exchange.flow().server() == null
                    && exchange.ours().isEmpty()
                    && exchange.kernel().stream().allMatch(sent -> sent.side() == exchange.side())),

    /** An ICMP error of the router itself about a packet that is being translated: ours comes from the leg's address, the kernel's from the addressee's. */
    ERROR_SOURCE(
            "contract.md §6 row 4",
            exchange -> bothComplain(exchange)
                    && withoutSource(exchange.ourText()).equals(withoutSource(exchange.kernelText()))
                    && Packet.of(exchange.ours().getFirst().frame())
                            .source()
                            .equals(exchange.side().routerIp())
                    && Packet.of(exchange.kernel().getFirst().frame())
                            .source()
                            .equals(exchange.given().destination())),

    /** A segment of no connection, an ICMP error about none or with a wrong checksum: the kernel routes it untranslated, we do not let it out. */
    NOT_LEAKED(
            "limits.md C4, contract.md §6 rows 2 and 28",
            exchange -> ((exchange.dropReason() == DropReason.NAT_NO_CONNECTION && isOfDisturbedTcp(exchange))
                            || exchange.dropReason() == DropReason.ICMP_ERROR_UNMATCHED
                            || exchange.dropReason() == DropReason.ICMP_CHECKSUM)
                    && exchange.ours().isEmpty()
                    && isUntranslatedByKernel(exchange)),

    /**
     * The kernel calls a segment invalid, or has forgotten its connection at a reset, and does not translate it, or opens another one with another port; ours
     * is translated as before.
     */
    OUT_OF_STATE(
            "dvr.md §7.4",
            exchange -> isOfDisturbedTcp(exchange)
                    && (((exchange.isTranslatedRightByUs() || isOurError(exchange)) && isUntranslatedByKernel(exchange))
                            || withoutPorts(exchange.ourText()).equals(withoutPorts(exchange.kernelText()))
                            || (exchange.isTranslatedRightByUs() && isBeginningForKernel(exchange)))),

    /**
     * The kernel does not translate a packet whose transport checksum is wrong. Ours drops it where it would open or change a connection, else keeps it exactly
     * as wrong for the receiver to judge.
     */
    WRONG_CHECKSUM(
            "dvr.md §7.4",
            exchange -> exchange.kind() == Kind.WRONG_CHECKSUM
                    && (exchange.isTranslatedRightByUs() || isOurError(exchange) || isRefusedByUs(exchange))
                    && isUntranslatedByKernel(exchange));

    private static final Set<String> LOCAL_ADDRESSES = Set.of(
            Side.GATEWAY_IP,
            Side.INSIDE_A.routerIp(),
            Side.INSIDE_B.routerIp(),
            "203.0.113.71",
            "203.0.113.72",
            "203.0.113.73");

    private static final Set<DropReason> CHECKSUMS =
            EnumSet.of(DropReason.TCP_CHECKSUM, DropReason.UDP_CHECKSUM, DropReason.ICMP_CHECKSUM);

    private final String decidedIn;

    @SuppressWarnings("ImmutableEnumChecker") // they hold nothing
    private final Predicate<Exchange> is;

    KnownDifference(final String decidedIn, final Predicate<Exchange> is) {
        this.decidedIn = decidedIn;
        this.is = is;
    }

    /**
     * Judges an exchange in which the answers differ.
     *
     * @param exchange answered by both
     * @return the difference, null where it is none of these
     */
    static KnownDifference of(final Exchange exchange) {
        for (final KnownDifference difference : values()) {
            if (difference.is.test(exchange)) {
                return difference;
            }
        }
        return null;
    }

    /** {@return where it was decided} */
    String decidedIn() {
        return decidedIn;
    }

    private static boolean isOfDisturbedTcp(final Exchange exchange) {
        return exchange.flow().protocol() == Packet.TCP && exchange.flow().isDisturbed;
    }

    private static boolean isRefusedByUs(final Exchange exchange) {
        return exchange.ours().isEmpty() && CHECKSUMS.contains(exchange.dropReason());
    }

    private static boolean isReset(final Exchange exchange) {
        if (exchange.kernel().size() != 1) {
            return false;
        }
        final Packet reset = Packet.of(exchange.kernel().getFirst().frame());
        return reset.isReset()
                && reset.source().equals(exchange.given().destination())
                && reset.destination().equals(exchange.given().source())
                && exchange.kernel().getFirst().side() == exchange.side();
    }

    /** As if there were no translation: routed as it is; or at the end of its way, where it is reset or comes to nothing. */
    private static boolean isUntranslatedByKernel(final Exchange exchange) {
        final Packet given = exchange.given();
        if (LOCAL_ADDRESSES.contains(given.destination())) {
            return exchange.kernel().isEmpty() || isReset(exchange);
        }
        if (exchange.kernel().size() != 1) {
            return false;
        }
        final Packet packet = Packet.of(exchange.kernel().getFirst().frame());
        final boolean isAsItWas = packet.source().equals(given.source())
                && packet.destination().equals(given.destination())
                && packet.sourcePort() == given.sourcePort();
        return isAsItWas || (packet.isIcmpError() && Exchange.isOwn(packet));
    }

    /** A SYN against the direction of a flow that the kernel does not remember: it opens one. */
    private static boolean isBeginningForKernel(final Exchange exchange) {
        return exchange.given().isFirstSyn()
                && !exchange.isToServer()
                && exchange.kernel().size() == 1
                && exchange.kernel().getFirst().side()
                        == exchange.ours().getFirst().side();
    }

    private static boolean isOurError(final Exchange exchange) {
        return exchange.ours().size() == 1 && isError(exchange.ours().getFirst());
    }

    private static boolean bothComplain(final Exchange exchange) {
        return isOurError(exchange)
                && exchange.kernel().size() == 1
                && isError(exchange.kernel().getFirst());
    }

    private static boolean isError(final Sent sent) {
        final Packet packet = Packet.of(sent.frame());
        return packet != null && packet.isIcmpError() && packet.ttl() == 64;
    }

    private static List<String> withoutPorts(final List<String> text) {
        return text.stream()
                .map(line -> line.replaceAll(" (tcp|udp) \\w+>\\w+", " $1 any"))
                .toList();
    }

    private static List<String> withoutSource(final List<String> text) {
        return text.stream()
                .map(line -> line.replaceFirst(" [0-9.]+>", " any>").replaceFirst(" id=\\w+", ""))
                .toList();
    }
}
