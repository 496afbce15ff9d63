package org.dvr.pcaps.flood;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;

/**
 * A thousand flows of one guest to a thousand servers in 8.8.0.0/16: of ten, seven are TCP, two UDP, one is an echo. Whatever goes in by {@link #round}
 * must come out translated at its time.
 */
final class Flows {
    static final int COUNT = 1_000;

    private static final int FIRST_PORT = 20_000;
    private static final int SERVER_PORT = 20_443;
    private static final int SERVERS = 0x0808_0000;
    private static final int SERVERS_PER_NET = 250;
    private static final long STEP_NS = 100_000;
    private static final long ANSWER_NS = 50_000;
    private static final long NEXT_FRAGMENT_NS = 5_000_000;
    private static final int CLIENT_START = 1_000;
    private static final int SERVER_START = 500_000;
    private static final int PAYLOAD = 16;
    private static final int LONG_PAYLOAD = 64;
    private static final int FRAGMENT_MTU = 60;

    private final Place place;
    private final int[] portsOutside = new int[COUNT];
    private final long[] clientSent = new long[COUNT];
    private final long[] serverSent = new long[COUNT];
    private final List<Seen> expected = new ArrayList<>();
    private int identification;

    Flows(final Place place) {
        this.place = place;
    }

    /** Whether a packet is one of theirs. */
    static boolean isTheirs(final Seen packet) {
        final boolean isServers =
                (packet.source() & 0xFFFF_0000) == SERVERS || (packet.destination() & 0xFFFF_0000) == SERVERS;
        final boolean isError =
                packet.protocol() == IpProtocol.ICMP && packet.sourcePort() == 0 && packet.fragment() == 0;
        return isServers && !isError;
    }

    /** The first packet of each, beginning at time 0. */
    void open(final Arrivals arrivals) {
        for (int i = 0; i < COUNT; i++) {
            final TestFrames frame = place.fromVictim(server(i));
            final byte[] first = protocol(i) == IpProtocol.TCP
                    ? frame.tcp(FIRST_PORT + i, SERVER_PORT, TcpHeader.SYN, CLIENT_START, 0)
                            .build()
                    : data(i, frame, false, PAYLOAD);
            out(arrivals, i, i * STEP_NS, first);
            clientSent[i] = CLIENT_START + 1;
        }
    }

    /** Sees by which ports they left, which nobody can foretell. */
    void learn(final List<Seen> left) {
        for (final Seen packet : left) {
            final int server = packet.destination() - SERVERS;
            portsOutside[(server >>> 8) * SERVERS_PER_NET + (server & 0xFF) - 1] = packet.sourcePort();
        }
        expected.replaceAll(packet -> packet.as(
                packet.timeNs(),
                packet.point(),
                packet.source(),
                packet.destination(),
                portOf(packet.destination()),
                packet.protocol() == IpProtocol.ICMP ? portOf(packet.destination()) : SERVER_PORT,
                packet.ttl()));
    }

    private int portOf(final int address) {
        final int server = address - SERVERS;
        return portsOutside[(server >>> 8) * SERVERS_PER_NET + (server & 0xFF) - 1];
    }

    /** The first answer of each; a TCP handshake is completed. */
    void answer(final Arrivals arrivals, final long startNs) {
        for (int i = 0; i < COUNT; i++) {
            final long timeNs = startNs + i * STEP_NS;
            final TestFrames frame = place.fromOutside(server(i), place.victimOutside());
            if (protocol(i) == IpProtocol.TCP) {
                final int flags = TcpHeader.SYN | TcpHeader.ACK;
                in(
                        arrivals,
                        i,
                        timeNs,
                        frame.tcp(SERVER_PORT, portsOutside[i], flags, SERVER_START, CLIENT_START + 1)
                                .build());
                serverSent[i] = SERVER_START + 1;
                out(
                        arrivals,
                        i,
                        timeNs + ANSWER_NS,
                        place.fromVictim(server(i))
                                .tcp(FIRST_PORT + i, SERVER_PORT, TcpHeader.ACK, clientSent[i], serverSent[i])
                                .build());
            } else {
                in(arrivals, i, timeNs, data(i, frame, true, PAYLOAD));
            }
        }
    }

    /** Each sends something and is answered. */
    void round(final Arrivals arrivals, final long startNs) {
        for (int i = 0; i < COUNT; i++) {
            final long timeNs = startNs + i * STEP_NS;
            out(arrivals, i, timeNs, data(i, place.fromVictim(server(i)), false, PAYLOAD));
            in(
                    arrivals,
                    i,
                    timeNs + ANSWER_NS,
                    data(i, place.fromOutside(server(i), place.victimOutside()), true, PAYLOAD));
        }
    }

    /** The datagrams of those that are UDP, in two fragments each, every other one in reverse order. */
    void fragments(final Arrivals arrivals, final long startNs, final boolean hasAnswers) {
        for (int i = 0; i < COUNT; i++) {
            if (protocol(i) == IpProtocol.UDP) {
                final long timeNs = startNs + i * STEP_NS;
                final TestFrames out = place.fromVictim(server(i)).id(++identification);
                parts(arrivals, i, timeNs, data(i, out, false, LONG_PAYLOAD), false);
                if (hasAnswers) {
                    final TestFrames in = place.fromOutside(server(i), place.victimOutside());
                    parts(arrivals, i, timeNs + ANSWER_NS, data(i, in.id(identification), true, LONG_PAYLOAD), true);
                }
            }
        }
    }

    private void parts(
            final Arrivals arrivals, final int flow, final long timeNs, final byte[] frame, final boolean isAnswer) {
        final List<byte[]> parts = TestFrames.fragments(frame, FRAGMENT_MTU);
        final boolean isReversed = (identification & 1) != 0;
        for (int i = 0; i < parts.size(); i++) {
            final int position = isReversed ? parts.size() - 1 - i : i;
            final long arrivalNs = timeNs + position * NEXT_FRAGMENT_NS;
            final long leavingNs = isReversed ? timeNs + (parts.size() - 1) * NEXT_FRAGMENT_NS : arrivalNs;
            if (isAnswer) {
                in(arrivals, flow, arrivalNs, parts.get(i), leavingNs);
            } else {
                out(arrivals, flow, arrivalNs, parts.get(i), leavingNs);
            }
        }
    }

    private byte[] data(final int flow, final TestFrames frame, final boolean isAnswer, final int length) {
        final byte[] payload = new byte[length];
        new UnsafeBuffer(payload).putLong(0, expected.size() + 1L);
        return switch (protocol(flow)) {
            case IpProtocol.TCP -> {
                final long sequence = isAnswer ? serverSent[flow] : clientSent[flow];
                final long acknowledgment = isAnswer ? clientSent[flow] : serverSent[flow];
                (isAnswer ? serverSent : clientSent)[flow] += length;
                yield frame.tcp(
                                isAnswer ? SERVER_PORT : FIRST_PORT + flow,
                                isAnswer ? portsOutside[flow] : SERVER_PORT,
                                TcpHeader.ACK | TcpHeader.PSH,
                                sequence,
                                acknowledgment)
                        .payload(payload)
                        .build();
            }
            case IpProtocol.UDP ->
                frame.udp(isAnswer ? SERVER_PORT : FIRST_PORT + flow, isAnswer ? portsOutside[flow] : SERVER_PORT)
                        .payload(payload)
                        .build();
            default ->
                (isAnswer ? frame.icmpEchoReply(portsOutside[flow], 1) : frame.icmpEcho(FIRST_PORT + flow, 1))
                        .payload(payload)
                        .build();
        };
    }

    private void out(final Arrivals arrivals, final int flow, final long timeNs, final byte[] frame) {
        out(arrivals, flow, timeNs, frame, timeNs);
    }

    private void out(
            final Arrivals arrivals, final int flow, final long timeNs, final byte[] frame, final long leavingNs) {
        arrivals.add(timeNs, place.victimPoint(), place.carried(frame));
        expected.add(seen(timeNs, frame)
                .as(
                        leavingNs,
                        Place.OUTSIDE,
                        Ipv4Address.parse(place.victimOutside()),
                        serverIp(flow),
                        portsOutside[flow],
                        protocol(flow) == IpProtocol.ICMP ? portsOutside[flow] : SERVER_PORT,
                        Place.TTL_OUT));
    }

    private void in(final Arrivals arrivals, final int flow, final long timeNs, final byte[] frame) {
        in(arrivals, flow, timeNs, frame, timeNs);
    }

    private void in(
            final Arrivals arrivals, final int flow, final long timeNs, final byte[] frame, final long leavingNs) {
        arrivals.add(timeNs, Place.OUTSIDE, frame);
        expected.add(seen(timeNs, frame)
                .as(
                        leavingNs,
                        place.victimPoint(),
                        serverIp(flow),
                        Ipv4Address.parse(place.victimInside()),
                        protocol(flow) == IpProtocol.ICMP ? FIRST_PORT + flow : SERVER_PORT,
                        FIRST_PORT + flow,
                        place.ttlIn()));
    }

    private static Seen seen(final long timeNs, final byte[] frame) {
        return Seen.of(timeNs, "", new UnsafeBuffer(frame), 0, frame.length);
    }

    /** {@return what must leave} */
    List<Seen> expected() {
        return expected;
    }

    /** {@return a packet of a flow as the outside knows it} */
    byte[] leaving(final int flow) {
        final TestFrames frame = place.fromOutside(place.victimOutside(), server(flow));
        return switch (protocol(flow)) {
            case IpProtocol.TCP ->
                frame.tcp(portsOutside[flow], SERVER_PORT, TcpHeader.ACK, clientSent[flow], serverSent[flow])
                        .build();
            case IpProtocol.UDP ->
                frame.udp(portsOutside[flow], SERVER_PORT).payload(PAYLOAD).build();
            default -> frame.icmpEcho(portsOutside[flow], 1).payload(PAYLOAD).build();
        };
    }

    private static int protocol(final int flow) {
        final int kind = flow % 10;
        return kind < 7 ? IpProtocol.TCP : kind < 9 ? IpProtocol.UDP : IpProtocol.ICMP;
    }

    private static int serverIp(final int flow) {
        return SERVERS + ((flow / SERVERS_PER_NET) << 8) + 1 + flow % SERVERS_PER_NET;
    }

    static String server(final int flow) {
        return Ipv4Address.toString(serverIp(flow));
    }
}
