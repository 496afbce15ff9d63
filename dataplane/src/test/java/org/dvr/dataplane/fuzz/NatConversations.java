package org.dvr.dataplane.fuzz;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.CSNAT_B;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.GB;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.SB;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.ip.Ipv4Header;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.FrameAssert;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.IcmpHeader;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.pipeline.PipelineConfig;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.nat.conntrack.ConntrackLimits;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.policy.PortRange;
import org.dvr.nat.tuple.TupleKey;

/**
 * Guests and servers talk through one host that is a compute host and a network host: floating IPs here, shared and centralised addresses and a forwarded
 * port there, in a table of few connections. Why a packet is dropped is of no account, but what leaves is judged:
 *
 * <ul>
 *   <li>what a guest sends leaves with its own outside address and with the port that its connection has had so far, and the answer to that finds back to the
 *       guest and its port: never to another, and of a shared address never without a connection;
 *   <li>payloads are as they were, checksums are right, no fixed address is seen outside;
 *   <li>an ICMP error arrives with a quote that its receiver has sent, and changes no connection;
 *   <li>fragments that leave are all of a packet, in whatever order they came, unless one stayed out, came late or twice, or there was no room;
 *   <li>a host without a flow cache does the same, byte for byte, and remembers the same;
 *   <li>no two connections share a tuple, so no port is used twice towards a destination;
 *   <li>counts add up, limits hold, and memory stays what it was. Conservation of frames is judged by {@link Host}.
 * </ul>
 */
final class NatConversations {
    /** What a run must have met, or it says nothing. */
    enum Met {
        /** A packet left a guest translated. */
        OUT,
        /** An answer reached the guest that had asked. */
        IN,
        /** Somebody outside reached a guest. */
        OPENED_FROM_OUTSIDE,
        /** A guest's source port was replaced. */
        PORT_CHANGED,
        /** An error from outside reached a guest. */
        ERROR_IN,
        /** A guest's error reached the outside. */
        ERROR_OUT,
        /** All fragments of a packet left. */
        REASSEMBLED,
        /** A connection ended by its time. */
        EXPIRED,
        /** A connection made room for another. */
        RECLAIMED,
        /** A connection ended with its floating IP. */
        FLUSHED
    }

    private record Guest(String attachment, String ip, String outside, boolean isCentral, int zone) {}

    private record Inside(int guest, int port) {}

    /** Seen from the guest: protocol, guest, its port, server, the server's port. */
    private record Conversation(int protocol, int guest, int port, int server, int serverPort) {}

    /** Seen from outside: protocol, the guest's outside address and port, server, the server's port. */
    private record Outside(int protocol, int address, int port, int server, int serverPort) {}

    private static final int ZONE = 7;
    private static final int CENTRAL_ZONE = 8;
    private static final String A4 = "10.0.1.14";
    private static final String A5 = "10.0.1.15";
    private static final String V = "10.0.1.20";
    private static final String FIP_V = "203.0.113.71";
    private static final String FORWARDED = "203.0.113.82";
    private static final String GUESTS_MAC = "fa:16:3e:00:0a:04";
    private static final int FORWARDED_PORT = 8_080;
    private static final int FORWARDED_TO = 1_001;
    private static final int FORWARDING_GUEST = 2;
    private static final Guest[] GUESTS = {
        new Guest(TAP_A1, A1, FIP_A1, false, ZONE),
        new Guest(TAP_B1, B1, FIP_B1, false, ZONE),
        new Guest(UNDERLAY, A4, QG, true, CENTRAL_ZONE),
        new Guest(UNDERLAY, A5, QG, true, CENTRAL_ZONE),
        new Guest(UNDERLAY, V, FIP_V, true, CENTRAL_ZONE),
    };
    private static final int ESP = 50;
    private static final String[] SERVERS = {"8.8.8.8", "8.8.4.4", "9.9.9.9"};
    private static final int[] PROTOCOLS = {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP, ESP};
    private static final int[] FLAGS = {
        TcpHeader.ACK,
        TcpHeader.ACK | TcpHeader.PSH,
        TcpHeader.ACK | TcpHeader.FIN,
        TcpHeader.SYN,
        TcpHeader.SYN | TcpHeader.ACK,
        TcpHeader.RST,
        TcpHeader.RST | TcpHeader.ACK,
        TcpHeader.ACK
    };
    private static final long[] TIMES = {10_000_000L, Host.SECOND, 40 * Host.SECOND, 86_400 * Host.SECOND};
    private static final int MOST_FRAMES = 512;

    private final Host host;
    /** The same without a flow cache: whatever leaves leaves there, too. */
    private final Host twin;
    /** The same with two workers, where there is room for all: where there is not, each gives up connections by itself. Else null. */
    private final Host shared;

    private final ConntrackTable table;
    private final ConntrackLimits limits;
    private final long memoryLength;
    private final Map<Conversation, Outside> ofFloatingIps = new HashMap<>();
    private final Map<Conversation, Outside> ofCentral = new HashMap<>();
    private final Map<Outside, Inside> insides = new HashMap<>();
    private final Map<Conversation, Parsed> lastOut = new HashMap<>();
    private final Map<Conversation, byte[]> lastIn = new HashMap<>();
    private final List<Conversation> recent = new ArrayList<>();
    private final Map<Met, Long> counts = new EnumMap<>(Met.class);
    private boolean hasFloatingIps = true;
    private int version = 1;
    private int identification;
    private boolean mayBeCut;

    /**
     * @param choice of limits, table size and options
     */
    NatConversations(final int choice) {
        final boolean isRoomy = (choice & 32) != 0;
        limits = isRoomy || (choice & 1) == 0 ? ConntrackLimits.DEFAULT : new ConntrackLimits(20, 6);
        final StageOptions options = StageOptions.DEFAULT
                .withRandomSnatPorts((choice & 2) != 0)
                .withRandomFloatingIpPorts((choice & 4) != 0);
        final int flows = (choice & 16) == 0 ? 64 : 8;
        host = host(options, choice, flows, 1);
        twin = host(options, choice, 0, 1);
        shared = isRoomy ? host(options, choice, flows, 2) : null;
        table = host.worker().connections();
        memoryLength = table.memoryLength();
    }

    private Host host(final StageOptions options, final int choice, final int flows, final int workers) {
        final PipelineConfig pipeline = new PipelineConfig(
                options,
                (choice & 32) != 0 ? 2_048 : (choice & 8) == 0 ? 16 : 64,
                64,
                64,
                flows,
                ConntrackTimeouts.DEFAULTS,
                limits,
                PortRange.UNPRIVILEGED,
                choice);
        return new Host(cast(), new WorkerConfig(MOST_FRAMES, 2_048, 64, false, pipeline), workers);
    }

    private Cast cast() {
        final Cast cast = compute1().version(version);
        return (hasFloatingIps ? cast : cast.withoutFloatingIps()).also(parts -> {
            final Router snat = parts.builder.centralRouter(CENTRAL_ZONE, "router-r", "R", true, true);
            parts.builder.centralPort(snat, parts.a, "port-sa", mac(SA), ip(CSNAT_A), 24);
            parts.builder.centralPort(snat, parts.b, "port-sb", mac(SB), ip(CSNAT_B), 24);
            parts.builder.gatewayPort(snat, parts.external, mac(Q), ip(QG), ip(UPSTREAM), true);
            parts.builder.externalRoute(snat, ip("203.0.113.0"), 24);
            parts.builder.centralFloatingIp(snat, ip(FIP_V), ip(V));
            for (final int protocol : new int[] {IpProtocol.TCP, IpProtocol.UDP}) {
                parts.builder.portForwarding(snat, protocol, ip(FORWARDED), FORWARDED_PORT, ip(A4), FORWARDED_TO);
            }
            for (final Guest guest : GUESTS) {
                if (guest.isCentral) {
                    parts.builder.neighbor(parts.a, ip(guest.ip), mac(macOf(guest)), true);
                    parts.builder.remoteMac(parts.a, mac(macOf(guest)), parts.peers.get("compute"));
                }
            }
        });
    }

    private static String macOf(final Guest guest) {
        return GUESTS_MAC.substring(0, GUESTS_MAC.length() - 2) + String.format("%02x", ip(guest.ip) & 0xFF);
    }

    /** {@return how often something was met} */
    long count(final Met met) {
        return counts.getOrDefault(met, 0L);
    }

    private void met(final Met met) {
        met(met, 1);
    }

    private void met(final Met met, final long times) {
        counts.merge(met, times, Long::sum);
    }

    /** Something happens; the numbers, 0 to 255 each, say what. */
    void event(final int kind, final int who, final int ports, final int flags, final int rest) {
        final int protocol = PROTOCOLS[rest & 3];
        final boolean hasServerPort = hasPorts(protocol);
        final Conversation named = new Conversation(
                protocol,
                who % GUESTS.length,
                protocol == ESP ? 0 : 1_000 + (ports & 7),
                (who >>> 4) % SERVERS.length,
                hasServerPort ? 2_000 + ((ports >>> 3) & 1) : 0);
        final Conversation one =
                recent.isEmpty() || (kind & 0x80) != 0 ? named : recent.get((who * recent.size()) >>> 8);
        switch (kind & 0x0F) {
            case 0, 1 -> out(named, TcpHeader.SYN, flags);
            case 2, 3 -> out(one, FLAGS[flags & 7], rest);
            case 4, 5, 6 -> in(one, FLAGS[flags & 7], rest);
            case 7 -> openFromOutside(named, flags);
            case 8 -> errorIn(one, flags, rest);
            case 9 -> errorOut(one, flags, rest);
            case 10 -> fragmentsOut(one, flags, rest);
            case 11 -> fragmentsIn(one, flags, rest);
            case 12 -> advance(TIMES[flags & 3] * (1 + (rest & 7)));
            case 13 -> toEachOther(named, flags);
            case 14 -> changeFloatingIps(flags);
            default -> out(named, TcpHeader.ACK, flags);
        }
        judgeTable();
    }

    private static boolean hasPorts(final int protocol) {
        return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
    }

    /** Nothing waits for ever, and everything ends. */
    void end() {
        advance(10 * Host.SECOND);
        assertEquals(0, host.held());
        met(Met.EXPIRED, table.expired());
        met(Met.RECLAIMED, table.reclaimed());
        final long endNs = host.nowNs() + ConntrackTimeouts.MAX_SECONDS * Host.SECOND;
        table.expireAll(endNs);
        twin.worker().connections().expireAll(endNs);
        judgeTable();
        assertEquals(0, table.active());
    }

    private void out(final Conversation one, final int tcpFlags, final int number) {
        final byte[] payload = payload(number, 12);
        final Outside before = liveOutside(one);
        final List<Parsed> sent = send(
                GUESTS[one.guest].attachment, carried(one, packet(fromGuest(one), one, false, 0, tcpFlags, payload)));
        for (final Parsed packet : sent) {
            if (packet.attachment().equals(PROVIDER) && !packet.isError()) {
                judgeOut(one, before, packet);
                assertPayload(payload, packet.payload());
                lastOut.put(one, packet);
            } else {
                assertIsToldOnly(packet, GUESTS[one.guest]);
            }
        }
    }

    private void judgeOut(final Conversation one, final Outside before, final Parsed packet) {
        final Outside outside =
                new Outside(one.protocol, packet.source(), packet.sourcePort(), one.server, one.serverPort);
        assertEquals(one.protocol, packet.protocol());
        assertEquals(ip(SERVERS[one.server]), packet.destination());
        if (one.protocol != IpProtocol.ICMP) {
            assertEquals(one.serverPort, packet.destinationPort());
        }
        if (before == null) {
            assertEquals(ip(outsideOf(one.guest)), packet.source());
        } else {
            assertEquals(before, outside);
        }
        met(Met.OUT);
        if (packet.sourcePort() != one.port) {
            met(Met.PORT_CHANGED);
        }
        outsides(one).put(one, outside);
        insides.put(outside, new Inside(one.guest, one.port));
        remember(one);
        // The answer finds back.
        final long addresses =
                TupleKey.addresses(/* source= */ packet.destination(), /* destination= */ packet.source());
        final int reference = find(addresses, keyPorts(outside, zoneOf(one.guest)));
        assertNotEquals(ConntrackTable.MISSING, reference);
        assertEquals(
                TupleKey.addresses(packet.destination(), ip(GUESTS[one.guest].ip)),
                table.translatedAddresses(reference));
        assertEquals(one.port, TupleKey.destinationPort(table.translatedPorts(reference)));
    }

    /** As the router knows them by which the guest leaves now; connections of the other one go on. */
    private Map<Conversation, Outside> outsides(final Conversation one) {
        return zoneOf(one.guest) == ZONE ? ofFloatingIps : ofCentral;
    }

    private void remember(final Conversation one) {
        if (!recent.contains(one)) {
            recent.add(one);
            if (recent.size() > 16) {
                recent.remove(0);
            }
        }
    }

    /** How the outside knows a conversation whose connection lives; null when there is none, or the model never saw it leave. */
    private Outside liveOutside(final Conversation one) {
        final Guest guest = GUESTS[one.guest];
        final int serverPort = one.protocol == IpProtocol.ICMP ? one.port : one.serverPort;
        final int reference = find(
                TupleKey.addresses(ip(guest.ip), ip(SERVERS[one.server])),
                TupleKey.ports(zoneOf(one.guest), one.protocol, one.port, serverPort));
        return reference == ConntrackTable.MISSING ? null : outsides(one).get(one);
    }

    private void in(final Conversation one, final int tcpFlags, final int number) {
        final Outside outside = outsides(one).get(one);
        if (outside == null) {
            return;
        }
        final byte[] payload = payload(number, 20);
        final int reference = find(
                TupleKey.addresses(ip(SERVERS[one.server]), outside.address),
                keyPorts(outside, zoneOfOutside(outside)));
        final List<Parsed> sent =
                send(PROVIDER, packet(fromServer(one, outside.address), one, true, outside.port, tcpFlags, payload));
        for (final Parsed packet : sent) {
            if (packet.attachment().equals(PROVIDER)) {
                assertTrue(packet.isError() || outside.protocol == IpProtocol.ICMP); // said by a router itself
                continue;
            }
            judgeIn(outside, reference, packet);
            assertPayload(payload, packet.payload());
            if (insides.get(outside).guest == one.guest) { // else another has that port by now
                lastIn.put(one, packet.frame());
            }
        }
    }

    private void judgeIn(final Outside outside, final int reference, final Parsed packet) {
        assertEquals(ip(SERVERS[outside.server]), packet.source());
        assertEquals(outside.protocol, packet.protocol());
        final Inside inside = insides.get(outside);
        final Guest guest = GUESTS[inside.guest];
        assertEquals(guest.attachment, packet.attachment());
        assertEquals(ip(guest.ip), packet.destination());
        if (reference == ConntrackTable.MISSING) {
            assertNotEquals(ip(QG), outside.address); // nobody is behind a shared address without a connection
        } else if (ConntrackTable.isReply(reference)) {
            met(Met.IN);
        }
        assertEquals(portInside(outside, reference), packet.destinationPort());
    }

    /** The guest's port: that of the conversation it has begun, else the one that was addressed. */
    private int portInside(final Outside outside, final int reference) {
        if (reference != ConntrackTable.MISSING && ConntrackTable.isReply(reference)) {
            return insides.get(outside).port;
        }
        return outside.address == ip(FORWARDED) ? FORWARDED_TO : outside.port;
    }

    /** To a floating IP, or to the forwarded port. */
    private void openFromOutside(final Conversation named, final int number) {
        final boolean isForwarded = named.guest == FORWARDING_GUEST && hasPorts(named.protocol);
        final Conversation one = isForwarded
                ? new Conversation(named.protocol, named.guest, FORWARDED_TO, named.server, named.serverPort)
                : named;
        final Guest guest = GUESTS[one.guest];
        if (!isForwarded && guest.outside.equals(QG)) {
            return;
        }
        final int address = ip(isForwarded ? FORWARDED : guest.outside);
        final int port = isForwarded ? FORWARDED_PORT : one.port;
        final int serverPort = one.serverPort;
        final Outside outside = new Outside(one.protocol, address, port, one.server, serverPort);
        final int reference =
                find(TupleKey.addresses(ip(SERVERS[one.server]), address), keyPorts(outside, zoneOfOutside(outside)));
        final byte[] payload = payload(number, 20);
        final TestFrames frame = fromServer(one, address);
        final byte[] bytes = one.protocol == IpProtocol.ICMP
                ? frame.icmpEcho(port, 1).payload(payload).build()
                : packet(frame, one, true, port, TcpHeader.SYN, payload);
        for (final Parsed packet : send(PROVIDER, bytes)) {
            if (!packet.attachment().equals(PROVIDER)) {
                if (reference == ConntrackTable.MISSING) { // else it belongs to a conversation that has its own port
                    outsides(one).put(one, outside);
                    insides.put(outside, new Inside(one.guest, one.port));
                    assertEquals(one.port, packet.destinationPort());
                    met(Met.OPENED_FROM_OUTSIDE);
                }
                assertEquals(guest.attachment, packet.attachment());
                assertEquals(ip(guest.ip), packet.destination());
                assertPayload(payload, packet.payload());
                remember(one);
                lastIn.put(one, packet.frame());
            }
        }
    }

    /** Somebody outside complains about the last packet of a guest. */
    private void errorIn(final Conversation one, final int kind, final int length) {
        final Parsed about = lastOut.get(one);
        if (about == null) {
            return;
        }
        final Outside outside =
                new Outside(one.protocol, about.source(), about.sourcePort(), one.server, one.serverPort);
        final int reference = find(
                TupleKey.addresses(/* source= */ about.destination(), /* destination= */ about.source()),
                keyPorts(outside, zoneOfOutside(outside)));
        final byte[] error = ethernet(U, macFor(outside.address))
                .ipv4((kind & 1) == 0 ? SERVERS[one.server] : "192.88.99.7", text(outside.address))
                .icmpError(
                        typeOf(kind),
                        typeOf(kind) == IcmpHeader.UNREACHABLE ? kind >>> 4 : 0,
                        1_400,
                        quote(about.frame(), length))
                .build();
        final String before = tableText();
        for (final Parsed packet : send(PROVIDER, error)) {
            assertNotEquals(ConntrackTable.MISSING, reference);
            final Inside inside = insides.get(outside);
            final Parsed quoted = packet.quoted();
            assertTrue(packet.isError());
            assertEquals(GUESTS[inside.guest].attachment, packet.attachment());
            assertEquals(ip(GUESTS[inside.guest].ip), packet.destination());
            assertEquals(packet.destination(), quoted.source());
            assertEquals(ip(SERVERS[one.server]), quoted.destination());
            assertEquals(portInside(outside, reference), quoted.sourcePort());
            met(Met.ERROR_IN);
        }
        assertEquals(before, tableText());
    }

    /** A guest complains about the last packet that it got. */
    private void errorOut(final Conversation one, final int kind, final int length) {
        final byte[] about = lastIn.get(one);
        if (about == null) {
            return;
        }
        final byte[] error = carried(
                one,
                fromGuest(one)
                        .icmpError(typeOf(kind), 0, 0, quote(about, length))
                        .build());
        final String before = tableText();
        for (final Parsed packet : send(GUESTS[one.guest].attachment, error)) {
            if (packet.attachment().equals(PROVIDER)) {
                final Parsed quoted = packet.quoted();
                final Inside inside = insides.get(new Outside(
                        one.protocol, quoted.destination(), quoted.destinationPort(), one.server, one.serverPort));
                assertTrue(packet.isError());
                assertEquals(packet.source(), quoted.destination());
                assertEquals(ip(SERVERS[one.server]), packet.destination());
                assertEquals(packet.destination(), quoted.source());
                assertEquals(one.guest, inside.guest);
                met(Met.ERROR_OUT);
            }
        }
        assertEquals(before, tableText());
    }

    private void fragmentsOut(final Conversation one, final int order, final int number) {
        final byte[] payload = payload(number, 60 + (number & 0x7F));
        final Outside before = liveOutside(one);
        final TestFrames frame = fromGuest(one).id(++identification & 0xFFFF);
        final byte[] whole = packet(frame, one, false, 0, TcpHeader.ACK, payload);
        final List<Parsed> sent = new ArrayList<>();
        final int parts = fragments(whole, order, part -> carried(one, part), GUESTS[one.guest].attachment, sent);
        sent.stream()
                .filter(packet -> packet.attachment().equals(PROVIDER) && packet.offset() == 0 && !packet.isError())
                .limit(1)
                .forEach(first -> judgeOut(one, before, first));
        final Parsed joined = joined(sent, parts, PROVIDER);
        if (joined != null) {
            assertPayload(payload, joined.payload());
            met(Met.REASSEMBLED);
        }
    }

    private void fragmentsIn(final Conversation one, final int order, final int number) {
        final Outside outside = outsides(one).get(one);
        if (outside == null) {
            return;
        }
        final byte[] payload = payload(number, 60 + (number & 0x7F));
        final int reference = find(
                TupleKey.addresses(ip(SERVERS[one.server]), outside.address),
                keyPorts(outside, zoneOfOutside(outside)));
        final TestFrames frame = fromServer(one, outside.address).id(++identification & 0xFFFF);
        final byte[] whole = packet(frame, one, true, outside.port, TcpHeader.ACK, payload);
        final List<Parsed> sent = new ArrayList<>();
        final int parts = fragments(whole, order, part -> part, PROVIDER, sent);
        final Inside inside = insides.get(outside);
        final Parsed joined = joined(sent, parts, GUESTS[inside.guest].attachment);
        if (joined != null) {
            judgeIn(outside, reference, joined);
            assertPayload(payload, joined.payload());
            met(Met.REASSEMBLED);
        }
    }

    /** Sends the fragments of a packet in some order; now and then one stays out, comes twice, or comes late. */
    private int fragments(
            final byte[] whole,
            final int order,
            final UnaryOperator<byte[]> carrier,
            final String attachment,
            final List<Parsed> sent) {
        final List<byte[]> parts = new ArrayList<>(TestFrames.fragments(whole, 60));
        final int count = parts.size();
        if ((order & 1) != 0) {
            Collections.reverse(parts);
        }
        Collections.rotate(parts, (order >>> 1) & 3);
        mayBeCut = (order & 0x38) == 0x08 || (order & 0x38) == 0x10 || (order & 0xC0) == 0x40;
        if ((order & 0x38) == 0x08) {
            parts.remove(0);
        } else if ((order & 0x38) == 0x10) {
            parts.add(parts.get(0));
        }
        for (final byte[] part : parts) {
            if ((order & 0xC0) == 0x40) {
                add(sent, advance(300_000_000L));
            }
            add(sent, arrives(attachment, carrier.apply(part)));
            mayBeCut |= host.drops().keySet().stream().anyMatch(reason -> reason.kind() == DropReason.Kind.RESOURCE);
        }
        return count;
    }

    /** The packet whose fragments these are, with its checksums judged; null unless each of them is there. */
    private Parsed joined(final List<Parsed> sent, final int count, final String attachment) {
        final List<Parsed> parts = new ArrayList<>();
        sent.stream()
                .filter(packet -> packet.attachment().equals(attachment) && !packet.isWhole())
                .sorted(Comparator.comparingInt(Parsed::offset))
                .forEach(part -> {
                    // One that comes again when all of its packet has left may leave again.
                    if (parts.isEmpty() || parts.getLast().offset() != part.offset()) {
                        parts.add(part);
                    }
                });
        if (parts.size() != count) {
            assertTrue(mayBeCut || parts.isEmpty(), "where its first fragment has left, all of a packet leaves");
            return null;
        }
        final byte[] first = parts.get(0).frame();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final int transport = 34;
        bytes.write(first, 0, transport);
        for (final Parsed part : parts) {
            final int length = (part.frame()[16] & 0xFF) << 8 | (part.frame()[17] & 0xFF);
            assertEquals(part.offset(), bytes.size() - transport);
            bytes.write(part.frame(), transport, length - 20);
        }
        final byte[] whole = bytes.toByteArray();
        final int length = whole.length - 14;
        whole[16] = (byte) (length >>> 8);
        whole[17] = (byte) length;
        whole[20] = 0;
        whole[21] = 0;
        new Ipv4Header().wrap(new UnsafeBuffer(whole), 14).updateChecksum();
        return Parsed.of(attachment, whole, false);
    }

    /** Guests that know each other by outside addresses only; judged by what holds for every packet. */
    private void toEachOther(final Conversation one, final int number) {
        final String[] addresses = {FIP_A1, FIP_B1, FIP_V, QG, FORWARDED, A1, B1, A4};
        final TestFrames frame = TestFrames.ethernet(sourceMac(one), gatewayMac(one))
                .ipv4(GUESTS[one.guest].ip, addresses[number & 7])
                .ttl(GUESTS[one.guest].isCentral ? 63 : 64);
        send(
                GUESTS[one.guest].attachment,
                carried(one, packet(frame, one, false, 0, TcpHeader.SYN, payload(number, 8))));
    }

    private void changeFloatingIps(final int choice) {
        if ((choice & 3) != 0) {
            return;
        }
        hasFloatingIps = !hasFloatingIps;
        version++;
        final long removed = table.removed();
        final List<Host.Sent> sent = same(host.topology(cast()), twin.topology(cast()));
        if (shared != null) {
            alike(sent, shared.topology(cast()));
        }
        add(new ArrayList<>(), sent);
        met(Met.FLUSHED, table.removed() - removed);
        if (!hasFloatingIps) {
            table.forEach((connections, reference) -> assertNotEquals(
                    ZONE, TupleKey.zone(connections.originalPorts(reference)), "ended with its address"));
        }
    }

    private List<Parsed> send(final String attachment, final byte[] frame) {
        final List<Parsed> sent = new ArrayList<>();
        add(sent, arrives(attachment, frame));
        return sent;
    }

    private List<Host.Sent> arrives(final String attachment, final byte[] frame) {
        final List<Host.Sent> sent = same(host.send(attachment, frame), twin.send(attachment, frame));
        if (shared != null) {
            alike(sent, shared.send(attachment, frame));
        }
        return sent;
    }

    private List<Host.Sent> advance(final long durationNs) {
        final List<Host.Sent> sent = same(host.advance(durationNs), twin.advance(durationNs));
        if (shared != null) {
            alike(sent, shared.advance(durationNs));
        }
        return sent;
    }

    /** Both workers together send the same, ports and all, and remember the same; but what each makes itself it numbers itself. */
    private void alike(final List<Host.Sent> sent, final List<Host.Sent> sentByBoth) {
        assertEquals(host.drops(), shared.drops());
        assertEquals(
                PipelineFuzzTest.described(sent).toString(),
                PipelineFuzzTest.described(sentByBoth).toString());
        long created = 0;
        for (final ConntrackTable each : shared.workers().connections()) {
            created += each.created();
        }
        assertEquals(table.created(), created);
        assertEquals(host.held(), shared.held());
    }

    private List<Host.Sent> same(final List<Host.Sent> sent, final List<Host.Sent> sentByTwin) {
        assertEquals(twin.drops(), host.drops());
        assertEquals(sentByTwin.size(), sent.size());
        for (int i = 0; i < sent.size(); i++) {
            assertEquals(sentByTwin.get(i).attachment(), sent.get(i).attachment());
            assertArrayEquals(sentByTwin.get(i).bytes(), sent.get(i).bytes());
        }
        return sent;
    }

    private void add(final List<Parsed> parsed, final List<Host.Sent> sent) {
        for (final Host.Sent one : sent) {
            final Parsed packet =
                    Parsed.of(one.attachment(), one.bytes(), one.attachment().equals(UNDERLAY));
            if (packet != null) {
                final boolean isFixed = packet.source() >>> 24 == 10;
                assertTrue(!packet.attachment().equals(PROVIDER) || !isFixed, "fixed address outside");
                parsed.add(packet);
            }
        }
        assertTrue(host.held() <= MOST_FRAMES / 2, "held " + host.held());
    }

    private void judgeTable() {
        assertEquals(memoryLength, table.memoryLength());
        assertEquals(table.created() - table.removed() - table.expired() - table.reclaimed(), table.active());
        assertTrue(table.active() <= table.capacity());
        final int[] visited = new int[1];
        final Map<Integer, Integer> perZone = new HashMap<>();
        final Set<List<Long>> tuples = new HashSet<>();
        table.forEach((connections, reference) -> {
            visited[0]++;
            perZone.merge(TupleKey.zone(connections.originalPorts(reference)), 1, Integer::sum);
            assertTrue(connections.countOfOwner(reference) <= limits.perOwner());
            final List<Long> original =
                    List.of(connections.originalAddresses(reference), connections.originalPorts(reference));
            final List<Long> reply = List.of(connections.replyAddresses(reference), connections.replyPorts(reference));
            assertTrue(tuples.add(original), "two connections of one tuple");
            assertTrue(original.equals(reply) || tuples.add(reply), "two connections of one tuple");
        });
        assertEquals(table.active(), visited[0]);
        assertEquals(tableText(twin.worker().connections()), tableText());
        perZone.forEach((zone, count) -> assertTrue(count <= limits.perZone(), "zone " + zone + " has " + count));
    }

    /** Everything about connections but what expires unseen. */
    private String tableText() {
        return tableText(table);
    }

    private String tableText(final ConntrackTable any) {
        final StringBuilder text = new StringBuilder();
        any.forEach((connections, reference) -> {
            if (connections.expiresAtNs(reference) > host.nowNs()) {
                connections.appendTo(text, reference, host.nowNs());
                text.append(connections.expiresAtNs(reference)).append('\n');
            }
        });
        return text.toString();
    }

    private int find(final long addresses, final long ports) {
        // One whose time has come is removed by a look: both look.
        final ConntrackTable twins = twin.worker().connections();
        final int reference = table.find(addresses, ports, table.hash(addresses, ports), host.nowNs());
        assertEquals(twins.find(addresses, ports, twins.hash(addresses, ports), twin.nowNs()), reference);
        return reference;
    }

    private static long keyPorts(final Outside outside, final int zone) {
        final int serverPort = outside.protocol == IpProtocol.ICMP ? outside.port : outside.serverPort;
        return TupleKey.ports(zone, outside.protocol, serverPort, outside.port);
    }

    /** Without floating IPs all guests share the gateway address. */
    private String outsideOf(final int guest) {
        return hasFloatingIps || GUESTS[guest].isCentral ? GUESTS[guest].outside : QG;
    }

    private int zoneOf(final int guest) {
        return hasFloatingIps ? GUESTS[guest].zone : CENTRAL_ZONE;
    }

    private static int zoneOfOutside(final Outside outside) {
        return outside.address == ip(FIP_A1) || outside.address == ip(FIP_B1) ? ZONE : CENTRAL_ZONE;
    }

    private static String macFor(final int address) {
        return address == ip(FIP_A1) || address == ip(FIP_B1) ? F1 : Q;
    }

    private static String text(final int address) {
        return Ipv4Address.toString(address);
    }

    private static String sourceMac(final Conversation one) {
        final Guest guest = GUESTS[one.guest];
        return guest.isCentral ? D2 : guest.ip.equals(A1) ? MA1 : MB1;
    }

    private static String gatewayMac(final Conversation one) {
        final Guest guest = GUESTS[one.guest];
        return guest.isCentral ? SA : guest.ip.equals(A1) ? GA : GB;
    }

    private static TestFrames fromGuest(final Conversation one) {
        return ethernet(sourceMac(one), gatewayMac(one))
                .ipv4(GUESTS[one.guest].ip, SERVERS[one.server])
                .ttl(GUESTS[one.guest].isCentral ? 63 : 64);
    }

    private static TestFrames fromServer(final Conversation one, final int address) {
        return ethernet(U, macFor(address)).ipv4(SERVERS[one.server], text(address));
    }

    private static byte[] carried(final Conversation one, final byte[] frame) {
        return GUESTS[one.guest].isCentral ? TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, 101, frame) : frame;
    }

    private static byte[] packet(
            final TestFrames frame,
            final Conversation one,
            final boolean isAnswer,
            final int portOutside,
            final int tcpFlags,
            final byte[] payload) {
        final int from = isAnswer ? one.serverPort : one.port;
        final int to = isAnswer ? portOutside : one.serverPort;
        return switch (one.protocol) {
            case IpProtocol.TCP ->
                frame.tcp(from, to, tcpFlags).payload(payload).build();
            case IpProtocol.UDP -> frame.udp(from, to).payload(payload).build();
            case ESP -> frame.protocol(ESP, payload).build();
            default ->
                (isAnswer ? frame.icmpEchoReply(portOutside, 1) : frame.icmpEcho(one.port, 1))
                        .payload(payload)
                        .build();
        };
    }

    private static byte[] payload(final int number, final int length) {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) number);
        return bytes;
    }

    private static byte[] quote(final byte[] frame, final int choice) {
        return TestFrames.quote(frame, (choice & 1) == 0 ? 28 + (choice >>> 3) : frame.length);
    }

    private static int typeOf(final int kind) {
        return (kind & 2) == 0 ? IcmpHeader.UNREACHABLE : IcmpHeader.TIME_EXCEEDED;
    }

    /** Devices pad what is short. */
    private static void assertPayload(final byte[] expected, final byte[] actual) {
        assertArrayEquals(expected, actual);
    }

    /** Whoever cannot be served is told by an error, and by nothing else. */
    private static void assertIsToldOnly(final Parsed packet, final Guest guest) {
        assertTrue(packet.isError());
        assertEquals(ip(guest.ip), packet.destination());
        assertEquals(guest.attachment, packet.attachment());
        FrameAssert.assertFrame(packet.frame()).hasValidChecksums();
    }
}
