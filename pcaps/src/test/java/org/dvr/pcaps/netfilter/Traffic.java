package org.dvr.pcaps.netfilter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/** Random packets, each the same for both routers but for the addresses and ports by which they know the flow. Equal seeds, equal traffic. */
final class Traffic {
    private static final int ACK = TcpHeader.ACK;
    private static final int SYN = TcpHeader.SYN;
    private static final int FIN = TcpHeader.FIN;
    private static final int RST = TcpHeader.RST;
    private static final int PSH = TcpHeader.PSH;

    // Few, so that guests use the same ones towards the same servers.
    private static final int[] CLIENT_PORTS = {
        7, 53, 123, 1_023, 1_024, 4_500, 5_353, 33_000, 40_000, 40_001, 50_000, 65_535
    };
    // Of outsiders: not below 1024, where the kernel would choose among few. Towards the gateway address none that is a
    // server's, too: what a guest's
    // flow is known by there is up to each router.
    private static final int[] OUTSIDER_PORTS = {1_024, 5_353, 33_000, 40_000, 40_001, 50_000, 65_535};
    private static final int[] SERVER_PORTS = {53, 80, 443, 4_500, 33_434};
    private static final int[] OFF_SCRIPT_FLAGS = {
        SYN,
        SYN | ACK,
        ACK,
        FIN | ACK,
        RST,
        RST | ACK,
        PSH | ACK,
        FIN,
        SYN | FIN,
        0,
        SYN | RST,
        FIN | PSH | TcpHeader.URG
    };
    private static final int[] MIDSTREAM_FLAGS = {ACK, PSH | ACK, SYN | ACK, FIN | ACK, RST, RST | ACK};
    private static final int[][] ERRORS = {
        {3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 10}, {3, 13}, {11, 0}, {11, 1}, {12, 0}, {4, 0}
    };
    private static final int RECENT_FLOWS = 60;

    /** Fields that do not depend on the router. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Look(int ttl, int tos, int id, boolean hasDf, byte[] payload, byte[] options, Spoil spoil) {}

    private enum Spoil {
        NOTHING,
        IP_CHECKSUM,
        TRANSPORT_CHECKSUM,
        NO_CHECKSUM
    }

    /** What a packet is to its flow. */
    private record Step(boolean isToServer, int flags, long sequence, long acknowledgment, Look look) {}

    private final Random random;
    private final Set<Kind> kinds;
    private final int weights;
    private final List<Flow> flows = new ArrayList<>();
    private final Map<String, Flow> flowsByTuple = new HashMap<>();
    private final Set<String> chosen = new HashSet<>();
    private final Map<String, List<Flow>> rivals = new HashMap<>();
    private final Map<Flow, Step> last = new HashMap<>();
    private Step pending;

    Traffic(final long seed, final Set<Kind> kinds) {
        random = new Random(seed);
        this.kinds = kinds;
        weights = kinds.stream().mapToInt(Kind::weight).sum();
    }

    /** {@return the next packet} */
    Exchange next() {
        while (true) {
            final Exchange exchange = make(flows.size() < 5 ? Kind.OPENING : anyKind());
            if (exchange != null) {
                return exchange;
            }
        }
    }

    private Kind anyKind() {
        int rest = random.nextInt(weights);
        for (final Kind kind : Kind.values()) {
            if (kinds.contains(kind)) {
                rest -= kind.weight();
                if (rest < 0) {
                    return kind;
                }
            }
        }
        throw new AssertionError("weights do not add up");
    }

    /** A packet of a kind, null where the flow that chance chose has none. */
    private Exchange make(final Kind kind) {
        pending = null;
        final Flow flow = kind == Kind.OPENING || kind == Kind.MIDSTREAM
                ? newFlow()
                : kind == Kind.UNSOLICITED ? unsolicited() : anyFlow();
        return switch (kind) {
            case OPENING ->
                flow.stage == Flow.Stage.NEW || flow.stage == Flow.Stage.SYN_SENT
                        ? exchange(kind, flow, opening(flow, look(300)))
                        : null;
            case UNSOLICITED -> exchange(kind, flow, anySegment(flow, true, look(300)));
            case ON_SCRIPT -> exchange(kind, flow, nextStep(flow, look(600)));
            case RETRANSMISSION -> last.containsKey(flow) ? exchange(kind, flow, last.get(flow)) : null;
            case OFF_SCRIPT -> flow.protocol() == Packet.TCP ? exchange(kind, flow, offScript(flow)) : null;
            case MIDSTREAM -> midstream(flow);
            case BLIND -> flow.protocol() == Packet.TCP ? exchange(kind, flow, blind(flow)) : null;
            case WRONG_CHECKSUM -> exchange(kind, flow, spoiled(flow));
            case TOO_BIG -> tooBig(flow);
            case FRAGMENTS -> fragments(flow);
            case ICMP_ERROR -> icmpError(flow);
            case STRAY_ICMP_ERROR -> strayError();
        };
    }

    /**
     * Takes note of what became of a packet.
     *
     * @param exchange the last one, answered
     */
    void learn(final Exchange exchange) {
        final Flow flow = exchange.flow();
        if (exchange.kind() == Kind.ICMP_ERROR || exchange.kind() == Kind.STRAY_ICMP_ERROR) {
            return;
        }
        if (pending != null && pending.isToServer() && flow.server() != null) {
            final Mapping ours = mapping(flow, exchange.ours());
            final Mapping kernel = mapping(flow, exchange.kernel());
            flow.learnOurs(ours == null ? flow.ours() : ours);
            flow.learnKernel(kernel == null ? flow.kernel() : kernel);
            meet(flow, flow.ours());
            meet(flow, flow.kernel());
        }
        if (exchange.kind() == Kind.OFF_SCRIPT || exchange.kind() == Kind.BLIND || exchange.kind() == Kind.MIDSTREAM) {
            flow.isDisturbed = true;
            return;
        }
        if (exchange.kind() == Kind.WRONG_CHECKSUM) {
            return;
        }
        if (pending != null && isForwarded(flow, pending.isToServer(), exchange.kernel())) {
            if (exchange.kind() != Kind.FRAGMENTS) {
                last.put(flow, pending);
            }
            if (exchange.kind() == Kind.ON_SCRIPT || exchange.kind() == Kind.OPENING) {
                advance(flow, pending);
            }
        }
    }

    /** By chance a router may choose what somebody addresses from the very port that the flow is sent to. */
    private void meet(final Flow flow, final Mapping mapping) {
        final Flow other = flowsByTuple.get(flow.protocol() + flow.server().ip() + ":" + flow.serverPort() + ">"
                + mapping.ip() + ":" + mapping.port());
        if (other != null) {
            other.isMet = true;
        }
        chosen.add(flow.protocol() + flow.server().ip() + ":" + flow.serverPort() + ">" + mapping.ip() + ":"
                + mapping.port());
    }

    private static boolean isForwarded(final Flow flow, final boolean isToServer, final List<Sent> sent) {
        final Endpoint to = isToServer ? flow.server() : flow.client();
        return to != null && sent.stream().anyMatch(one -> isTo(to, flow, one));
    }

    private static boolean isTo(final Endpoint to, final Flow flow, final Sent sent) {
        final Packet packet = Packet.of(sent.frame());
        return sent.side() == to.side()
                && packet != null
                && packet.destination().equals(to.ip())
                && packet.protocol() == flow.protocol()
                && !packet.isIcmpError()
                && packet.fragmentOffset() == 0
                && !Exchange.isOwn(packet);
    }

    private static Mapping mapping(final Flow flow, final List<Sent> sent) {
        for (final Sent one : sent) {
            if (isTo(flow.server(), flow, one)) {
                final Packet packet = Packet.of(one.frame());
                final boolean isLeak = flow.server().side() == Side.OUTSIDE
                        && packet.source().equals(flow.client().ip());
                if (!isLeak && packet.sourcePort() >= 0) {
                    return new Mapping(
                            packet.source(),
                            packet.sourcePort(),
                            !packet.source().equals(flow.client().ip()),
                            flow.client().equals(flow.server()));
                }
            }
        }
        return null;
    }

    // ---- flows -----------------------------------------------------------------------------------------------------

    private Flow newFlow() {
        final int protocol = anyOf(new int[] {Packet.TCP, Packet.TCP, Packet.TCP, Packet.UDP, Packet.UDP, Packet.ICMP});
        final Endpoint guest = anyOf(Endpoint.GUESTS);
        final Endpoint outsider = anyOf(Endpoint.OUTSIDERS);
        final Endpoint floating = anyOf(Endpoint.WITH_FLOATING_IP);
        final int port = random.nextInt(3) == 0 ? 1_024 + random.nextInt(64_000) : anyOf(CLIENT_PORTS);
        final int serverPort = protocol == Packet.ICMP ? 0 : anyOf(SERVER_PORTS);
        final int outsiderPort = random.nextInt(6) == 0 ? 4_500 : anyOf(OUTSIDER_PORTS);
        final int choice = random.nextInt(100);
        if (choice < 50) {
            return flow(protocol, guest, port, outsider.ip(), outsider, serverPort);
        } else if (choice < 68) {
            return flow(protocol, outsider, outsiderPort, floating.floatingIp(), floating, serverPort);
        } else if (choice < 83) {
            return flow(protocol, guest, port, floating.floatingIp(), floating, serverPort);
        } else if (choice < 88) {
            final Endpoint other = anyOf(Endpoint.GUESTS);
            return other.side() == guest.side()
                    ? flow(protocol, guest, port, guest.side().routerIp(), null, serverPort)
                    : flow(protocol, guest, port, other.ip(), other, serverPort);
        } else if (choice < 92) {
            return flow(protocol, outsider, outsiderPort, guest.ip(), guest, serverPort);
        } else if (choice < 97) {
            return flow(protocol, guest, port, Side.GATEWAY_IP, null, serverPort);
        }
        return flow(protocol, outsider, anyOf(OUTSIDER_PORTS), Side.GATEWAY_IP, null, serverPort);
    }

    private Flow unsolicited() {
        final Endpoint outsider = anyOf(Endpoint.OUTSIDERS);
        final int protocol = anyOf(new int[] {Packet.TCP, Packet.UDP, Packet.ICMP});
        final int port = protocol == Packet.ICMP ? 0 : 1_024 + random.nextInt(64_000);
        return flow(protocol, outsider, anyOf(OUTSIDER_PORTS), Side.GATEWAY_IP, null, port);
    }

    private Flow flow(
            final int protocol,
            final Endpoint client,
            final int port,
            final String target,
            final Endpoint server,
            final int serverPort) {
        final String tuple = protocol + client.ip() + ":" + port + ">" + target + ":" + serverPort;
        return flowsByTuple.computeIfAbsent(tuple, none -> {
            final Flow flow = new Flow(flows.size(), protocol, client, port, target, server, serverPort);
            flow.clientNext = random.nextInt() & 0xFFFF_FFFFL;
            flow.serverNext = random.nextInt() & 0xFFFF_FFFFL;
            flow.isMet = chosen.contains(tuple);
            flows.add(flow);
            if (server != null) {
                rivals.computeIfAbsent(flow.plainTuple(), first -> new ArrayList<>())
                        .add(flow);
                flow.rivals = rivals.get(flow.plainTuple());
            }
            return flow;
        });
    }

    private Flow anyFlow() {
        final int among = random.nextInt(4) == 0 ? flows.size() : Math.min(flows.size(), RECENT_FLOWS);
        final Flow flow = flows.get(flows.size() - 1 - random.nextInt(among));
        // What is said to the router itself has no sequel: less of it.
        return flow.server() != null || random.nextInt(5) == 0
                ? flow
                : flows.get(flows.size() - 1 - random.nextInt(among));
    }

    // ---- what a flow says ------------------------------------------------------------------------------------------

    private Step opening(final Flow flow, final Look look) {
        final long first = flow.stage == Flow.Stage.SYN_SENT ? flow.clientNext - 1 & 0xFFFF_FFFFL : flow.clientNext;
        return new Step(true, SYN, first, 0, look);
    }

    private Step nextStep(final Flow flow, final Look look) {
        final boolean isToServer = !flow.isAnswerable() || random.nextBoolean();
        if (flow.protocol() != Packet.TCP) {
            return new Step(isToServer, 0, 0, 0, look);
        }
        return switch (flow.stage) {
            case NEW -> opening(flow, look);
            case SYN_SENT -> flow.isAnswerable() ? segment(flow, false, SYN | ACK, look) : opening(flow, look);
            case SYN_ANSWERED -> segment(flow, true, ACK, look);
            case OPEN ->
                segment(
                        flow,
                        isToServer,
                        anyOf(new int[] {ACK, ACK, PSH | ACK, PSH | ACK, PSH | ACK, FIN | ACK}),
                        look);
            case FIN_SENT -> segment(flow, !flow.isFinByClient, ACK, look);
            case FIN_ACKNOWLEDGED -> segment(flow, !flow.isFinByClient, FIN | ACK, look);
            case BOTH_FIN_SENT -> segment(flow, flow.isFinByClient, ACK, look);
            case CLOSED -> {
                flow.clientNext = flow.clientNext + 100_000 + random.nextInt(1_000_000) & 0xFFFF_FFFFL;
                flow.serverNext = random.nextInt() & 0xFFFF_FFFFL;
                flow.stage = Flow.Stage.NEW;
                yield opening(flow, look);
            }
        };
    }

    private static Step segment(final Flow flow, final boolean isToServer, final int flags, final Look look) {
        final long own = isToServer ? flow.clientNext : flow.serverNext;
        final long other = isToServer ? flow.serverNext : flow.clientNext;
        return new Step(isToServer, flags, own, (flags & ACK) == 0 ? 0 : other, look);
    }

    private Step anySegment(final Flow flow, final boolean isToServer, final Look look) {
        return segment(flow, isToServer, anyOf(OFF_SCRIPT_FLAGS), look);
    }

    private Step offScript(final Flow flow) {
        return anySegment(flow, !flow.isAnswerable() || random.nextBoolean(), look(200));
    }

    private Exchange midstream(final Flow flow) {
        return flow.protocol() == Packet.TCP && flow.stage == Flow.Stage.NEW && !last.containsKey(flow)
                ? exchange(Kind.MIDSTREAM, flow, segment(flow, true, anyOf(MIDSTREAM_FLAGS), look(200)))
                : null;
    }

    private Step blind(final Flow flow) {
        final Step step = offScript(flow);
        return new Step(
                step.isToServer(),
                step.flags(),
                random.nextInt() & 0xFFFF_FFFFL,
                (step.flags() & ACK) == 0 ? 0 : random.nextInt() & 0xFFFF_FFFFL,
                step.look());
    }

    private Step spoiled(final Flow flow) {
        final Look look = look(200);
        final Spoil spoil = random.nextInt(4) == 0 ? Spoil.IP_CHECKSUM : Spoil.TRANSPORT_CHECKSUM;
        final Look bad =
                new Look(look.ttl(), look.tos(), look.id(), look.hasDf(), look.payload(), look.options(), spoil);
        return nextStep(flow, bad);
    }

    private void advance(final Flow flow, final Step step) {
        if (flow.protocol() != Packet.TCP) {
            return;
        }
        if (flow.stage == Flow.Stage.SYN_SENT && step.isToServer()) {
            return; // the same SYN again
        }
        final int flags = step.flags();
        final int length = (flags & (SYN | RST)) != 0 ? 0 : step.look().payload().length;
        final long next = step.sequence() + length + ((flags & (SYN | FIN)) != 0 ? 1 : 0) & 0xFFFF_FFFFL;
        if (step.isToServer()) {
            flow.clientNext = next;
        } else {
            flow.serverNext = next;
        }
        flow.stage = switch (flow.stage) {
            case NEW -> Flow.Stage.SYN_SENT;
            case SYN_SENT -> Flow.Stage.SYN_ANSWERED;
            case SYN_ANSWERED -> Flow.Stage.OPEN;
            case OPEN -> (flags & FIN) == 0 ? Flow.Stage.OPEN : finSent(flow, step.isToServer());
            case FIN_SENT -> Flow.Stage.FIN_ACKNOWLEDGED;
            case FIN_ACKNOWLEDGED -> Flow.Stage.BOTH_FIN_SENT;
            case BOTH_FIN_SENT, CLOSED -> Flow.Stage.CLOSED;
        };
    }

    private static Flow.Stage finSent(final Flow flow, final boolean isByClient) {
        flow.isFinByClient = isByClient;
        return Flow.Stage.FIN_SENT;
    }

    // ---- packets ---------------------------------------------------------------------------------------------------

    private Look look(final int longest) {
        final int chance = random.nextInt(100);
        final int ttl = chance < 3 ? 1 : chance < 6 ? 2 : anyOf(new int[] {3, 63, 64, 128, 255});
        final byte[] payload = new byte[random.nextInt(longest)];
        random.nextBytes(payload);
        return new Look(
                ttl,
                random.nextInt(5) == 0 ? random.nextInt(256) : 0,
                random.nextInt(65_536),
                random.nextInt(3) == 0,
                payload,
                random.nextInt(40) == 0 ? new byte[] {1, 1, 1, 0} : new byte[0], // no-operation, end of list
                random.nextInt(30) == 0 ? Spoil.NO_CHECKSUM : Spoil.NOTHING);
    }

    private Exchange exchange(final Kind kind, final Flow flow, final Step step) {
        return exchange(kind, flow, step, List::of);
    }

    /** The step as each router is to see it, cut into frames in the same way. */
    private Exchange exchange(
            final Kind kind, final Flow flow, final Step step, final Function<byte[], List<byte[]>> cut) {
        if (!step.isToServer() && !flow.isAnswerable()) {
            return null;
        }
        pending = step;
        final Side side = (step.isToServer() ? flow.client() : flow.server()).side();
        return new Exchange(
                kind,
                story(flow, step),
                flow,
                step.isToServer(),
                side,
                cut.apply(frame(flow, step, flow.ours())),
                cut.apply(frame(flow, step, flow.kernel())));
    }

    private static String story(final Flow flow, final Step step) {
        return (step.isToServer() ? "request" : "answer")
                + (flow.protocol() == Packet.TCP ? " flags " + Integer.toHexString(step.flags()) : "")
                + (step.look().spoil() == Spoil.NOTHING ? "" : " " + step.look().spoil());
    }

    private static byte[] frame(final Flow flow, final Step step, final Mapping mapping) {
        final Endpoint from = step.isToServer() ? flow.client() : flow.server();
        return packet(
                TestFrames.ethernet(from.mac(), from.side().routerMac())
                        .ipv4(from.ip(), step.isToServer() ? flow.target() : mapping.ip()),
                flow,
                step,
                step.isToServer() ? flow.clientPort() : flow.serverPort(),
                step.isToServer() ? flow.serverPort() : mapping.port());
    }

    private static byte[] packet(
            final TestFrames frame, final Flow flow, final Step step, final int sourcePort, final int destinationPort) {
        final Look look = step.look();
        frame.ttl(look.ttl()).tos(look.tos()).id(look.id()).options(look.options());
        if (look.hasDf()) {
            frame.dontFragment();
        }
        switch (flow.protocol()) {
            case Packet.TCP ->
                frame.tcp(sourcePort, destinationPort, step.flags(), step.sequence(), step.acknowledgment());
            case Packet.UDP -> frame.udp(sourcePort, destinationPort);
            default -> {
                if (step.isToServer()) {
                    frame.icmpEcho(sourcePort, look.id() & 0xFF);
                } else {
                    frame.icmpEchoReply(destinationPort, look.id() & 0xFF);
                }
            }
        }
        final boolean isEmpty = flow.protocol() == Packet.TCP && (step.flags() & (SYN | RST)) != 0;
        frame.payload(isEmpty ? new byte[0] : look.payload());
        switch (look.spoil()) {
            case IP_CHECKSUM -> frame.badIpChecksum();
            case TRANSPORT_CHECKSUM -> frame.badTransportChecksum();
            case NO_CHECKSUM -> {
                if (flow.protocol() == Packet.UDP) {
                    frame.noTransportChecksum();
                }
            }
            case NOTHING -> {}
        }
        return frame.build();
    }

    private Exchange tooBig(final Flow flow) {
        final Step step = nextStep(flow, look(1));
        final Side side = (step.isToServer() ? flow.client() : flow.server()).side();
        final Look look = new Look(
                anyOf(new int[] {64, 128}),
                0,
                random.nextInt(65_536),
                !kinds.contains(Kind.FRAGMENTS) || random.nextBoolean(),
                payload(side.mtu() - 40 - random.nextInt(60)),
                new byte[0],
                Spoil.NOTHING);
        return exchange(
                Kind.TOO_BIG,
                flow,
                new Step(step.isToServer(), step.flags(), step.sequence(), step.acknowledgment(), look));
    }

    private byte[] payload(final int length) {
        final byte[] payload = new byte[length];
        random.nextBytes(payload);
        return payload;
    }

    private Exchange fragments(final Flow flow) {
        final Step step = nextStep(flow, look(1));
        final Look look = new Look(
                anyOf(new int[] {64, 128}),
                random.nextInt(4) == 0 ? 8 : 0,
                random.nextInt(65_536),
                false,
                payload(600 + random.nextInt(2_000)),
                new byte[0],
                random.nextInt(10) == 0 ? Spoil.NO_CHECKSUM : Spoil.NOTHING);
        if (flow.protocol() == Packet.TCP && (step.flags() & (SYN | RST)) != 0) {
            return null;
        }
        final int mtu = anyOf(new int[] {276, 576, 1_000, 1_280});
        final long order = random.nextInt(2) == 0 ? 0 : random.nextLong();
        return exchange(
                Kind.FRAGMENTS,
                flow,
                new Step(step.isToServer(), step.flags(), step.sequence(), step.acknowledgment(), look),
                frame -> {
                    final List<byte[]> parts = new ArrayList<>(TestFrames.fragments(frame, mtu));
                    if (order != 0) {
                        Collections.shuffle(parts, new Random(order));
                    }
                    return parts;
                });
    }

    // ---- errors ----------------------------------------------------------------------------------------------------

    /** Somebody on the way of a packet, or its addressee, complains: quotes it as it was there. */
    private Exchange icmpError(final Flow flow) {
        if (!flow.isAnswerable()) {
            return null;
        }
        final boolean isAboutRequest = random.nextBoolean();
        final Endpoint addressee = isAboutRequest ? flow.server() : flow.client();
        final Endpoint speaker =
                addressee.side() == Side.OUTSIDE && random.nextInt(3) == 0 ? Endpoint.MIDDLE : addressee;
        final int[] error = anyOf(ERRORS);
        final int rest = error[0] == 3 && error[1] == 4
                ? anyOf(new int[] {1_400, 1_280, 576})
                : error[0] == 12 ? 0x0800_0000 : 0;
        final Step quoted = new Step(
                isAboutRequest,
                ACK,
                flow.clientNext,
                flow.serverNext,
                new Look(
                        30, 0, random.nextInt(65_536), true, payload(random.nextInt(300)), new byte[0], Spoil.NOTHING));
        final int length = anyOf(new int[] {28, 28, 48, 120, 548});
        final boolean isSpoiled = random.nextInt(12) == 0;
        final Look look = look(1);
        return new Exchange(
                Kind.ICMP_ERROR,
                "error " + error[0] + "/" + error[1] + " about " + (isAboutRequest ? "a request" : "an answer")
                        + (isSpoiled ? ", checksum wrong" : ""),
                flow,
                !isAboutRequest,
                addressee.side(),
                List.of(error(flow, quoted, flow.ours(), addressee, speaker, error, rest, length, look, isSpoiled)),
                List.of(error(flow, quoted, flow.kernel(), addressee, speaker, error, rest, length, look, isSpoiled)));
    }

    private static byte[] error(
            final Flow flow,
            final Step step,
            final Mapping mapping,
            final Endpoint addressee,
            final Endpoint speaker,
            final int[] error,
            final int rest,
            final int length,
            final Look look,
            final boolean isSpoiled) {
        // A request as the server sees it, or an answer as the client sees it.
        final String source = step.isToServer() ? mapping.ip() : flow.target();
        final byte[] quoted = packet(
                TestFrames.ethernet(addressee.mac(), addressee.mac()).ipv4(source, addressee.ip()),
                flow,
                step,
                step.isToServer() ? mapping.port() : flow.serverPort(),
                step.isToServer() ? flow.serverPort() : flow.clientPort());
        final TestFrames frame = TestFrames.ethernet(
                        speaker.mac(), addressee.side().routerMac())
                .ipv4(speaker.ip(), source)
                .ttl(look.ttl())
                .id(look.id())
                .tos(0xC0)
                .icmpError(error[0], error[1], rest, TestFrames.quote(quoted, length));
        return (isSpoiled ? frame.badTransportChecksum() : frame).build();
    }

    private Exchange strayError() {
        // Nobody speaks with the stranger: what the kernel chose for a flow can never be what is quoted here.
        final Endpoint speaker = Endpoint.STRANGER;
        final boolean isInside = random.nextBoolean();
        final Endpoint guest = anyOf(Endpoint.GUESTS);
        final Endpoint from = isInside ? guest : speaker;
        final String to = isInside
                ? speaker.ip()
                : random.nextBoolean()
                        ? Side.GATEWAY_IP
                        : anyOf(Endpoint.WITH_FLOATING_IP).floatingIp();
        final int protocol = anyOf(new int[] {Packet.TCP, Packet.UDP, Packet.ICMP});
        final Flow flow =
                new Flow(-1, protocol, from, 60_000 + random.nextInt(5_000), to, null, 60_000 + random.nextInt(5_000));
        final Step step = new Step(true, ACK, 1, 1, look(50));
        final byte[] quoted = packet(
                TestFrames.ethernet(from.mac(), from.mac()).ipv4(to, from.ip()),
                flow,
                step,
                flow.clientPort(),
                flow.serverPort());
        final int[] error = anyOf(ERRORS);
        final byte[] frame = TestFrames.ethernet(from.mac(), from.side().routerMac())
                .ipv4(from.ip(), to)
                .id(random.nextInt(65_536))
                .icmpError(error[0], error[1], 0, TestFrames.quote(quoted, 548))
                .build();
        return new Exchange(
                Kind.STRAY_ICMP_ERROR,
                "error " + error[0] + "/" + error[1],
                flow,
                true,
                from.side(),
                List.of(frame),
                List.of(frame));
    }

    private int anyOf(final int[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> T anyOf(final T[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> T anyOf(final List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
