package org.dvr.app.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dvr.app.lab.Cast.Guest;
import org.dvr.app.lab.Cast.Host;
import org.dvr.app.lab.Cast.Network;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.transport.IcmpHeader;

/**
 * One walk while it is tested: what guests do, what tcpdump saw of it at every point, what is wrong with that, and what shows
 * that it is right.
 */
final class Walk {
    /** Frames are in tcpdump's file a moment after a guest has its answer. */
    private static final long SETTLE_MS = 150;

    private static final int INITIAL_TTL = 64;
    private static final int SHORT = 200;
    private static final Pattern PING = Pattern.compile("(\\d+) packets transmitted, (\\d+) received");
    private static final Pattern HOP = Pattern.compile("From (\\S+) .*Time to live exceeded");
    private static final Pattern MTU = Pattern.compile("mtu ?= ?(\\d+)");

    private final Lab lab;
    private final Recorder recorder;
    private final Conversations conversations;
    private final List<String> faults = new ArrayList<>();
    private final List<String> evidence = new ArrayList<>();
    private Map<String, List<CapturedFrame>> frames = Map.of();

    Walk(final Lab lab, final Recorder recorder, final Conversations conversations) {
        this.lab = lab;
        this.conversations = conversations;
        this.recorder = recorder;
        recorder.drain();
    }

    /** Who talks with whom, and what each should see of the other. */
    record Talk(
            String from,
            String fromIp,
            String to,
            String toIp,
            String ownIp,
            String seenAs,
            int ttlThere,
            int ttlBack) {
        /**
         * A guest that talks to another guest's address.
         *
         * @param from     who begins
         * @param to       who answers
         * @param toIp     by which address it is called
         * @param seenAs   which address it sees
         * @param ttlThere what the way there costs
         * @param ttlBack  what the way back costs
         */
        static Talk of(
                final Guest from,
                final Guest to,
                final String toIp,
                final String seenAs,
                final int ttlThere,
                final int ttlBack) {
            return new Talk(from.name(), from.ip(), to.name(), toIp, to.ip(), seenAs, ttlThere, ttlBack);
        }

        /** From a guest to the outside; {@code ttlThere} and {@code ttlBack} as far as the upstream router, which costs one more. */
        static Talk out(final Guest from, final String seenAs, final int ttlThere, final int ttlBack) {
            return new Talk(
                    from.name(),
                    from.ip(),
                    Lab.OUTSIDE,
                    Cast.OUTSIDE_IP,
                    Cast.OUTSIDE_IP,
                    seenAs,
                    ttlThere + 1,
                    ttlBack + 1);
        }

        /** From the outside to a floating IP. */
        static Talk in(final Guest to, final String floating, final int ttlThere, final int ttlBack) {
            return new Talk(
                    Lab.OUTSIDE,
                    Cast.OUTSIDE_IP,
                    to.name(),
                    floating,
                    to.ip(),
                    Cast.OUTSIDE_IP,
                    ttlThere + 1,
                    ttlBack + 1);
        }
    }

    /**
     * Ping, UDP and TCP; then checks what both ends saw.
     *
     * @param talk who with whom
     */
    void talk(final Talk talk) {
        final Namespace from = lab.guest(talk.from());
        ping(talk.from(), talk.toIp(), 2);
        seen("UDP", talk, () -> conversations.udp(from, talk.toIp(), SHORT));
        seen("TCP", talk, () -> conversations.tcp(from, talk.toIp(), SHORT));
        look();
        protocols(talk.to(), there(talk), talk.ttlThere());
        protocols(talk.from(), back(talk), talk.ttlBack());
        evidence.add("ping UDP TCP, TTL -" + talk.ttlThere() + "/-" + talk.ttlBack() + " seen as " + talk.seenAs());
    }

    private interface Exchange {
        Conversations.Answer run() throws IOException;
    }

    private void seen(final String what, final Talk talk, final Exchange exchange) {
        try {
            final Conversations.Answer answer = exchange.run();
            if (!answer.seen().equals(talk.seenAs())) {
                fault(what + ": " + talk.to() + " sees " + answer.seen() + " instead of " + talk.seenAs());
            }
        } catch (final IOException e) {
            fault(what + " " + talk.from() + " -> " + talk.toIp() + ": " + e.getMessage());
        }
    }

    /** What arrives at the one that was called. */
    Predicate<CapturedFrame> there(final Talk talk) {
        return frame -> frame.isBetween(talk.seenAs(), talk.ownIp()) && isRequest(frame);
    }

    /** What arrives at the one that began. */
    Predicate<CapturedFrame> back(final Talk talk) {
        return frame -> frame.isBetween(talk.toIp(), talk.fromIp()) && isAnswer(frame);
    }

    static boolean isRequest(final CapturedFrame frame) {
        return frame.ip().protocol() == IpProtocol.ICMP
                ? frame.ip().sourcePort() == IcmpHeader.ECHO_REQUEST
                : frame.ip().destinationPort() == Conversations.PORT;
    }

    static boolean isAnswer(final CapturedFrame frame) {
        return frame.ip().protocol() == IpProtocol.ICMP
                ? frame.ip().sourcePort() == IcmpHeader.ECHO_REPLY
                : frame.ip().sourcePort() == Conversations.PORT;
    }

    private void protocols(final String point, final Predicate<CapturedFrame> filter, final int spent) {
        final List<CapturedFrame> arrived = at(point, filter);
        for (final int protocol : new int[] {IpProtocol.ICMP, IpProtocol.UDP, IpProtocol.TCP}) {
            if (arrived.stream().noneMatch(frame -> frame.ip().protocol() == protocol)) {
                fault("at " + point + ": nothing of IP protocol " + protocol + " arrives");
            }
        }
        each(point, arrived, "TTL " + (INITIAL_TTL - spent), frame -> frame.ip().ttl() == INITIAL_TTL - spent);
    }

    /**
     * Pings that all have to be answered.
     *
     * @param from  a guest or the outside
     * @param ip    whom
     * @param count how often
     * @param more  options of ping
     * @return what ping printed
     */
    String ping(final String from, final String ip, final int count, final String... more) {
        final List<String> command =
                new ArrayList<>(List.of("ping", "-n", "-c", Integer.toString(count), "-i", "0.2", "-W", "3"));
        command.addAll(List.of(more));
        command.add(ip);
        final String output =
                lab.guest(from).attempt(command.toArray(String[]::new)).output();
        final Matcher matcher = PING.matcher(output);
        if (!matcher.find() || Integer.parseInt(matcher.group(2)) != count) {
            fault("ping " + from + " -> " + ip + " " + String.join(" ", more) + ": "
                    + output.lines()
                            .filter(line -> line.contains("From ") || line.contains("received"))
                            .toList());
        }
        return output;
    }

    /**
     * Traceroute by ping, one TTL after the other.
     *
     * @param from  a guest or the outside
     * @param ip    where to
     * @param hops  who should say that the time is exceeded, in order; {@code *} for nobody
     */
    void trace(final String from, final String ip, final List<String> hops) {
        final List<String> found = new ArrayList<>();
        for (int ttl = 1; ttl <= hops.size(); ttl++) {
            final boolean isSilent = "*".equals(hops.get(ttl - 1));
            final String output = lab.guest(from)
                    .attempt("ping", "-n", "-c", "1", "-W", isSilent ? "0.5" : "3", "-t", Integer.toString(ttl), ip)
                    .output();
            final Matcher matcher = HOP.matcher(output);
            found.add(matcher.find() ? matcher.group(1) : output.contains("1 received") ? "arrived" : "*");
        }
        if (!found.equals(hops)) {
            fault("traceroute " + from + " -> " + ip + ": hops " + found + " instead of " + hops);
        }
        ping(from, ip, 1, "-t", Integer.toString(hops.size() + 1));
        evidence.add("hops " + String.join(" ", found));
    }

    /**
     * A packet that must not be fragmented and is too long.
     *
     * @param from a guest or the outside
     * @param ip   where to
     * @param size of ping's payload
     * @param mtu  which the error has to name
     */
    void tooLong(final String from, final String ip, final int size, final int mtu) {
        final String output = lab.guest(from)
                .attempt("ping", "-n", "-c", "1", "-W", "2", "-M", "do", "-s", Integer.toString(size), ip)
                .output();
        final Matcher matcher = MTU.matcher(output);
        if (!matcher.find() || Integer.parseInt(matcher.group(1)) != mtu) {
            fault("ping -M do -s " + size + " " + from + " -> " + ip + ": no path MTU of " + mtu + ": "
                    + output.lines().skip(1).filter(line -> !line.isBlank()).toList());
        }
        evidence.add("path MTU " + mtu);
    }

    /**
     * Many bytes by TCP.
     *
     * @param from  who connects
     * @param ip    to whom
     * @param bytes each way
     */
    void transfer(final String from, final String ip, final long bytes) {
        try {
            evidence.add(conversations.tcp(lab.guest(from), ip, bytes).summary());
        } catch (final IOException e) {
            fault("TCP " + from + " -> " + ip + ", " + bytes + " bytes: " + e.getMessage());
        }
    }

    /**
     * One datagram there and back.
     *
     * @param from   who sends
     * @param ip     to whom
     * @param length of its payload
     */
    void datagram(final String from, final String ip, final int length) {
        try {
            conversations.udp(lab.guest(from), ip, length);
            evidence.add("UDP of " + length + " bytes");
        } catch (final IOException e) {
            fault("UDP of " + length + " bytes " + from + " -> " + ip + ": " + e.getMessage());
        }
    }

    /**
     * A program of a guest that must end well.
     *
     * @param role    a guest or the outside
     * @param command program and arguments
     * @return what it printed
     */
    String program(final String role, final String... command) {
        final Tools.Outcome outcome = lab.guest(role).attempt(command);
        if (!outcome.isFine()) {
            fault(String.join(" ", command) + " at " + role + ": " + Tools.complaint(outcome));
        }
        return outcome.output();
    }

    /**
     * A program of a guest that goes on.
     *
     * @param role    a guest or the outside
     * @param command program and arguments
     * @return to be closed
     */
    Background background(final String role, final String... command) {
        final Path log = lab.file(command[0] + ".log");
        return new Background(Tools.start(lab.guest(role).within(command), log), log);
    }

    // ---- what tcpdump saw ----

    /** Takes up what was captured since the walk began. */
    void look() {
        Pause.ms(SETTLE_MS);
        frames = recorder.drain();
        always();
    }

    List<CapturedFrame> at(final String point, final Predicate<CapturedFrame> filter) {
        return frames.getOrDefault(point, List.of()).stream().filter(filter).toList();
    }

    /** Every one of some frames has to be so, and there have to be some. */
    void each(
            final String point,
            final List<CapturedFrame> some,
            final String what,
            final Predicate<CapturedFrame> isSo) {
        if (some.isEmpty()) {
            fault("at " + point + ": nothing seen that should have " + what);
        }
        some.stream()
                .filter(isSo.negate())
                .findFirst()
                .ifPresent(frame -> fault("at " + point + ": not " + what + ": " + frame));
    }

    void none(final String point, final String what, final Predicate<CapturedFrame> filter) {
        at(point, filter).stream().findFirst().ifPresent(frame -> fault("at " + point + ": " + what + ": " + frame));
    }

    /**
     * MACs of what arrives at a guest.
     *
     * @param guest     where
     * @param filter    which frames
     * @param sourceMac whose MAC they should come from
     */
    void from(final Guest guest, final Predicate<CapturedFrame> filter, final String sourceMac) {
        each(
                guest.name(),
                at(guest.name(), filter),
                "source MAC " + sourceMac,
                frame -> frame.sourceMac().equals(sourceMac)
                        && frame.destinationMac().equals(guest.mac()));
    }

    /**
     * What crosses the underlay between two addresses: one tunnel only, one segment, these MACs.
     *
     * @param source      of the inner packet
     * @param destination of the inner packet
     * @param one         host that sends
     * @param other       host that receives
     * @param network     in whose segment
     * @param sourceMac   inner
     * @param macThere    inner
     * @param spent       TTL spent so far
     */
    void tunnel(
            final String source,
            final String destination,
            final Host one,
            final Host other,
            final Network network,
            final String sourceMac,
            final String macThere,
            final int spent) {
        final List<CapturedFrame> crossing = at(Lab.UNDERLAY, frame -> frame.isBetween(source, destination));
        each(
                Lab.UNDERLAY,
                crossing,
                source + " > " + destination + " in the tunnel " + one.name() + " > " + other.name() + " segment "
                        + network.segment(),
                frame -> frame.tunnel() != null
                        && frame.tunnel().source().equals(lab.transport().address(one))
                        && frame.tunnel().destination().equals(lab.transport().address(other))
                        && frame.tunnel().segment() == network.segment());
        each(
                Lab.UNDERLAY,
                crossing,
                sourceMac + " > " + macThere,
                frame -> frame.sourceMac().equals(sourceMac)
                        && frame.destinationMac().equals(macThere));
        each(
                Lab.UNDERLAY,
                crossing,
                "TTL " + (INITIAL_TTL - spent),
                frame -> frame.ip().ttl() == INITIAL_TTL - spent || isRouted(frame));
        if (!crossing.isEmpty()) {
            evidence.add("tunnel " + one.name() + ">" + other.name() + " segment " + network.segment() + " " + sourceMac
                    + ">" + macThere);
        }
    }

    /** Errors of routers start with a TTL of their own. */
    private static boolean isRouted(final CapturedFrame frame) {
        return frame.ip().protocol() == IpProtocol.ICMP
                && IcmpHeader.isError(frame.ip().sourcePort());
    }

    /**
     * What crosses the external network between two addresses.
     *
     * @param source      of the packet there
     * @param destination of the packet there
     * @param sourceMac   who sends it there
     * @param macThere    who receives it there
     * @param ttl         it has there
     */
    void external(
            final String source,
            final String destination,
            final String sourceMac,
            final String macThere,
            final int ttl) {
        final List<CapturedFrame> crossing = at(Lab.PROVIDER, frame -> frame.isBetween(source, destination));
        each(
                Lab.PROVIDER,
                crossing,
                sourceMac + " > " + macThere + " TTL " + ttl,
                frame -> frame.sourceMac().equals(sourceMac)
                        && frame.destinationMac().equals(macThere)
                        && frame.ip().ttl() == ttl);
        if (!crossing.isEmpty()) {
            evidence.add("external wire " + sourceMac + ">" + macThere);
        }
    }

    /** Nothing of two addresses, in either direction, on a wire. */
    void notOn(final String wire, final String one, final String other) {
        none(wire, "should not be there", frame -> frame.isBetween(one, other) || frame.isBetween(other, one));
    }

    /** What holds on the wires whatever the walk: they are looked at in each. */
    private void always() {
        for (final Network network : Cast.NETWORKS) {
            for (final String wire : List.of(Lab.UNDERLAY, Lab.PROVIDER)) {
                none(
                        wire,
                        "a gateway's MAC outside its host",
                        frame -> frame.sourceMac().equals(network.gatewayMac())
                                || frame.destinationMac().equals(network.gatewayMac()));
                none(
                        wire,
                        "ARP for a gateway outside its host",
                        frame -> frame.arp() != null
                                && frame.arp().operation() == 1
                                && frame.arp().targetIp().equals(network.gatewayIp()));
            }
            none(
                    Lab.PROVIDER,
                    "a tenant's address outside",
                    frame -> frame.ip() != null
                            && (frame.ip().source().startsWith(network.subnet() + ".")
                                    || frame.ip().destination().startsWith(network.subnet() + ".")));
        }
        none(Lab.UNDERLAY, "something that is no tunnel", frame -> frame.ip() != null && frame.tunnel() == null);
        none(
                Lab.UNDERLAY,
                "a tunnel that may be fragmented",
                frame -> frame.tunnel() != null
                        && !(frame.tunnel().dontFragment() && frame.tunnel().ttl() == INITIAL_TTL));
        for (final String point : frames.keySet()) {
            none(
                    point,
                    "a wrong checksum",
                    frame -> frame.ip() != null && !frame.ip().hasValidChecksums());
        }
    }

    void fault(final String sentence) {
        faults.add(sentence);
    }

    void show(final String sentence) {
        evidence.add(sentence);
    }

    Conversations conversations() {
        return conversations;
    }

    Lab lab() {
        return lab;
    }

    /** {@return what is wrong, a sentence each; MACs by the names of dvr.md §9.0} */
    List<String> faults() {
        return faults.stream().map(Walk::named).distinct().toList();
    }

    /** {@return what shows that the walk is right, on a line; MACs by the names of dvr.md §9.0} */
    String evidence() {
        return evidence.stream().map(Walk::named).distinct().collect(Collectors.joining("; "));
    }

    private static String named(final String sentence) {
        String text = sentence.replace(Cast.GATEWAY_MAC, "q").replace(Cast.UPSTREAM_MAC, "u");
        for (final Host host : Cast.HOSTS) {
            text = text.replace(host.dvrMac(), "D" + host.number());
            if (!host.fgMac().isEmpty()) {
                text = text.replace(host.fgMac(), "f" + host.number());
            }
        }
        for (final Network network : Cast.NETWORKS) {
            final String name = network.name().toUpperCase(java.util.Locale.ROOT);
            text = text.replace(network.gatewayMac(), "g" + name).replace(network.csnatMac(), "s" + name);
        }
        for (final Guest guest : Cast.GUESTS) {
            text = text.replace(guest.mac(), "m" + guest.name());
        }
        return text;
    }
}
