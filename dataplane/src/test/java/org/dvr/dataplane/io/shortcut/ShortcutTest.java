package org.dvr.dataplane.io.shortcut;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.CSNAT_A;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.ID_B;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MB1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.Q;
import static org.dvr.dataplane.testing.Cast.QG;
import static org.dvr.dataplane.testing.Cast.SA;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_B1;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.codec.testing.FrameAssert;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.io.afpacket.AfPacketConfig;
import org.dvr.dataplane.io.afpacket.AfPacketPort;
import org.dvr.dataplane.io.afpacket.FanoutSteering;
import org.dvr.dataplane.io.afpacket.TunnelFilter;
import org.dvr.dataplane.io.guard.IngressGuard;
import org.dvr.dataplane.io.sys.Interfaces;
import org.dvr.dataplane.io.sys.Libc;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.testing.Host.Sent;
import org.dvr.dataplane.testing.Host.Work;
import org.dvr.dataplane.testing.Namespace;
import org.dvr.dataplane.testing.SlowDevice;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.dataplane.worker.WorkerGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel forwards by itself is, byte for byte, what a worker in memory sends; and it stops when it should. */
@Tag("namespaces")
class ShortcutTest {
    private static final int CAPACITY = 70_000;
    private static final int HEADROOM = 64;
    private static final int PATIENCE_MS = 2_000;
    private static final int SILENCE_MS = 100;
    private static final int VLAN = 77;
    private static final int WORKERS = 3;
    private static final int ENOUGH = 8; // packets that show that a flow goes on
    private static final List<String> DEVICES = List.of(TAP_A1, TAP_B1, UNDERLAY, PROVIDER);

    /** What flows are of, other than TCP; a flow each. */
    private enum Kind {
        UDP,
        UDP_WITHOUT_CHECKSUM,
        ECHO_REQUEST,
        ECHO_REPLY;

        private TestFrames over(final TestFrames packet, final int number) {
            return switch (this) {
                case UDP -> packet.udp(4000, 5000);
                case UDP_WITHOUT_CHECKSUM -> packet.udp(4001, 5000).noTransportChecksum();
                case ECHO_REQUEST -> packet.icmpEcho(4000, number);
                case ECHO_REPLY -> packet.icmpEchoReply(4001, number);
            };
        }
    }

    /** Ways through a compute host. */
    private enum Way {
        ROUTED_HERE(TAP_A1, TAP_B1, NetworkType.VXLAN),
        BRIDGED_INTO_VXLAN(TAP_A1, UNDERLAY, NetworkType.VXLAN),
        ROUTED_INTO_VXLAN(TAP_A1, UNDERLAY, NetworkType.VXLAN),
        ROUTED_INTO_GRE(TAP_A1, UNDERLAY, NetworkType.GRE),
        OUT_OF_VXLAN(UNDERLAY, TAP_A1, NetworkType.VXLAN),
        ROUTED_OUT_OF_VXLAN(UNDERLAY, TAP_B1, NetworkType.VXLAN),
        OUT_OF_GRE(UNDERLAY, TAP_A1, NetworkType.GRE),
        FLOATING_IP_OUT(TAP_A1, PROVIDER, NetworkType.VXLAN),
        FLOATING_IP_IN(PROVIDER, TAP_A1, NetworkType.VXLAN),
        FLOATING_IP_OUT_TAGGED(TAP_A1, PROVIDER, NetworkType.VXLAN),
        FLOATING_IP_IN_TAGGED(PROVIDER, TAP_A1, NetworkType.VXLAN);

        private final String from;
        private final String to;
        private final NetworkType type;

        Way(final String from, final String to, final NetworkType type) {
            this.from = from;
            this.to = to;
            this.type = type;
        }

        private boolean isTranslated() {
            return from.equals(PROVIDER) || to.equals(PROVIDER);
        }

        /** By how many bytes frames are longer when they leave. */
        private int growth() {
            return switch (this) {
                case ROUTED_HERE, FLOATING_IP_OUT, FLOATING_IP_IN -> 0;
                case BRIDGED_INTO_VXLAN, ROUTED_INTO_VXLAN -> 50;
                case ROUTED_INTO_GRE -> 42;
                case OUT_OF_VXLAN, ROUTED_OUT_OF_VXLAN -> -50;
                case OUT_OF_GRE -> -42;
                case FLOATING_IP_OUT_TAGGED -> 4;
                case FLOATING_IP_IN_TAGGED -> -4;
            };
        }

        private Cast cast() {
            final Cast cast = compute1().tenants(type);
            return this == FLOATING_IP_OUT_TAGGED || this == FLOATING_IP_IN_TAGGED ? cast.externalVlan(VLAN) : cast;
        }

        private TestFrames packet() {
            return switch (this) {
                case ROUTED_HERE -> ethernet(MA1, GA).ipv4(A1, B1);
                case BRIDGED_INTO_VXLAN -> ethernet(MA1, MA2).ipv4(A1, A2);
                case ROUTED_INTO_VXLAN, ROUTED_INTO_GRE -> ethernet(MA1, GA).ipv4(A1, B2);
                case OUT_OF_VXLAN, OUT_OF_GRE -> ethernet(MA2, MA1).ipv4(A2, A1);
                case ROUTED_OUT_OF_VXLAN -> ethernet(D2, MB1).ipv4(A2, B1).ttl(63);
                case FLOATING_IP_OUT, FLOATING_IP_OUT_TAGGED ->
                    ethernet(MA1, GA).ipv4(A1, X);
                case FLOATING_IP_IN -> ethernet(U, F1).ipv4(X, FIP_A1).ttl(57);
                case FLOATING_IP_IN_TAGGED ->
                    ethernet(U, F1).vlan(VLAN).ipv4(X, FIP_A1).ttl(57);
            };
        }

        private byte[] frame(final int flags, final int sequence, final int length) {
            final byte[] payload = new byte[length];
            new Random(sequence).nextBytes(payload);
            return packet().id(sequence & 0xFFFF)
                    .dontFragment()
                    .tcp(4000, 5000, flags, sequence, 7)
                    .payload(payload)
                    .build();
        }

        private byte[] frame(final Kind kind, final int number, final int length) {
            final byte[] payload = new byte[length];
            new Random(number).nextBytes(payload);
            return kind.over(packet().id(number & 0xFFFF), number)
                    .payload(payload)
                    .build();
        }

        private Stimulus wrap(final byte[] inner, final Work work) {
            if (!from.equals(UNDERLAY)) {
                return new Stimulus(inner, work);
            }
            final byte[] outer =
                    switch (type) {
                        case GRE -> TestFrames.gre(T2_MAC, T1_MAC, T2, T1, ID_A, inner);
                        default ->
                            TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, this == ROUTED_OUT_OF_VXLAN ? ID_B : ID_A, inner);
                    };
            final int innerAt = outer.length - inner.length;
            return new Stimulus(
                    outer,
                    new Work(
                            work.checksumAt() == 0 ? 0 : work.checksumAt() + innerAt,
                            work.checksumOffset(),
                            work.segmentSize(),
                            work.segmentKind(),
                            work.segmentKind() == Offload.WHOLE ? 0 : innerAt,
                            false));
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Stimulus(byte[] bytes, Work work) {}

    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CAPACITY, 64));
    private final Map<String, AfPacketPort> peers = new HashMap<>();
    private final List<AutoCloseable> closing = new ArrayList<>();
    private Namespace host;
    private Namespace others;
    private ShortcutMaps maps;
    private TopologyCell topologies;
    private WorkerGroup group;
    private Worker worker; // the first one, mostly the only one
    private Host judge;

    @BeforeEach
    void makeNamespaces() throws Exception {
        Namespace.skipUnlessPossible();
        host = new Namespace();
        others = new Namespace();
        for (final String device : DEVICES) {
            host.pair(device, others, "x" + device);
        }
        maps = new ShortcutMaps(WORKERS);
    }

    @AfterEach
    void removeNamespaces() throws Exception {
        for (int i = closing.size() - 1; i >= 0; i--) {
            closing.get(i).close();
        }
        if (host != null) {
            maps.close();
            host.close();
            others.close();
        }
    }

    private void start(final Cast cast) throws Exception {
        start(cast, 1);
    }

    private void start(final Cast cast, final int workers) throws Exception {
        judge = new Host(cast, Host.configOfLongFrames(0));
        DEVICES.forEach(device -> judge.takesOffload(device, true));
        judge.takesTunnelSegments();
        topologies = new TopologyCell(cast.build());
        group = new WorkerGroup(workers, WorkerConfig.LIVE, topologies, /* isOneThread= */ true);
        worker = group.worker(0);
        for (int i = 0; i < workers; i++) {
            group.worker(i).shortcuts(maps.table(i));
        }
        final FanoutSteering fanout = workers == 1 ? null : fanout();
        for (final String device : DEVICES) {
            final boolean isUnderlay = device.equals(UNDERLAY);
            final AfPacketConfig config = isUnderlay
                    ? AfPacketConfig.wire(device, TunnelFilter.of(Cast.ip(T1), 0, 0))
                            .withTunnels()
                    : AfPacketConfig.guest(device);
            final List<AfPacketPort> ports = host.call(() -> {
                final int index = Interfaces.indexOf(new Libc(), device);
                closing.add(
                        isUnderlay
                                ? IngressGuard.underlay(index, InetAddress.ofLiteral(T1), 4789, maps)
                                : IngressGuard.all(index, maps));
                return workers == 1
                        ? List.of(new AfPacketPort(config, maps))
                        : AfPacketPort.share(
                                config,
                                workers,
                                fanout.program(attachment(device).kind()),
                                maps);
            });
            closing.addAll(ports);
            final AfPacketConfig peer = AfPacketConfig.wire("x" + device, null);
            peers.put(device, others.call(() -> new AfPacketPort(isUnderlay ? peer.withTunnels() : peer)));
            closing.add(peers.get(device));
            group.ports(attachment(device).id(), ports);
        }
        group.doWork(System.nanoTime());
    }

    private FanoutSteering fanout() throws Exception {
        final Steering steering = group.prepare(topologies.acquire());
        final FanoutSteering fanout = new FanoutSteering(group.size(), steering.seed());
        closing.add(fanout);
        fanout.update(steering);
        return fanout;
    }

    private Attachment attachment(final String name) {
        return topologies.acquire().attachments().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Puts a frame where it is sent from. */
    private Offload put(final Stimulus stimulus) {
        final Offload offload = new Offload();
        final Work work = stimulus.work();
        offload.checksumAt = work.checksumAt() == 0 ? 0 : work.checksumAt() + HEADROOM;
        offload.checksumOffset = work.checksumOffset();
        offload.segmentSize = work.segmentSize();
        offload.segmentKind = work.segmentKind();
        offload.innerAt = work.innerAt() == 0 ? 0 : work.innerAt() + HEADROOM;
        buffer.putBytes(HEADROOM, stimulus.bytes());
        return offload;
    }

    private void transmit(final String device, final Stimulus stimulus) {
        final Offload offload = put(stimulus);
        final PacketPort peer = peers.get(device);
        assertTrue(peer.transmit(buffer, HEADROOM, stimulus.bytes().length, offload, 0));
        peer.flush();
        assertEquals(0, peer.refused());
    }

    /** What arrives at the other end of a device within some time, null when nothing does; the worker works meanwhile, or does not. */
    private Stimulus arrives(final String device, final int timeoutMs, final boolean isWorking) {
        final long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        final Offload offload = new Offload();
        while (System.nanoTime() < endNs) {
            if (isWorking) {
                group.doWork(System.nanoTime());
            }
            offload.clear();
            final int length = peers.get(device).receive(buffer, 0, CAPACITY, offload);
            if (length > 20 && isIpv4()) { // and no announcement
                final byte[] bytes = new byte[length];
                buffer.getBytes(0, bytes);
                return new Stimulus(bytes, Work.of(offload, 0));
            }
        }
        return null;
    }

    private boolean isIpv4() {
        final int type = buffer.getShort(12, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        return type == EtherType.IPV4
                || (type == EtherType.VLAN && buffer.getShort(16, ByteOrder.BIG_ENDIAN) == EtherType.IPV4);
    }

    private void exchange(final Way way, final Stimulus stimulus, final boolean isWorking) {
        final Sent expected = judge.sendForOne(
                way.from, received(stimulus.work()), stimulus.bytes().clone());
        assertEquals(way.to, expected.attachment());
        transmit(way.from, stimulus);
        final Stimulus arrived = arrives(way.to, PATIENCE_MS, isWorking);
        assertNotNull(arrived, () -> way + " " + (isWorking ? "by the worker" : "by the kernel"));
        assertEquals(beginning(expected.bytes()), beginning(arrived.bytes()), way::toString);
        assertEquals(-1, Arrays.mismatch(expected.bytes(), arrived.bytes()), way::toString);
        assertEquals(received(expected.work()), received(arrived.work()), way::toString);
    }

    /** All headers; more than that nobody wants to read. */
    private static String beginning(final byte[] frame) {
        return HexFormat.of().formatHex(frame, 0, Math.min(frame.length, 110));
    }

    private void comesToTheWorker(final Way way, final Stimulus stimulus) {
        transmit(way.from, stimulus);
        assertNull(arrives(way.to, SILENCE_MS, false));
        assertNotNull(arrives(way.to, PATIENCE_MS, true));
    }

    /** A device does not say where an inner frame begins, nor whether anybody has looked at a checksum. */
    private static Work received(final Work work) {
        return new Work(work.checksumAt(), work.checksumOffset(), work.segmentSize(), work.segmentKind(), 0, false);
    }

    private static Stimulus large(final Way way, final int sequence) {
        final byte[] frame = way.frame(TcpHeader.ACK, sequence, 40_000);
        final Work work = SlowDevice.leave(frame, 1_300);
        return way.wrap(frame, work);
    }

    private static Stimulus partial(final Way way, final int sequence, final int length) {
        final byte[] frame = way.frame(TcpHeader.ACK | TcpHeader.PSH, sequence, length);
        return way.wrap(frame, SlowDevice.leave(frame));
    }

    private static Stimulus complete(final Way way, final int flags, final int sequence) {
        return way.wrap(way.frame(flags, sequence, 700), Work.NONE);
    }

    /** Until the kernel forwards the flow: what comes first is decided, what comes next is recalled. */
    private void open(final Way way) {
        for (int i = 0; i < 2; i++) {
            exchange(way, large(way, 100 + i), true);
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void shouldForwardAsTheWorkerWould(final Way way) throws Exception {
        start(way.cast());
        open(way);
        exchange(way, large(way, 1_000), false);
        exchange(way, complete(way, TcpHeader.ACK, 2_000), false);
        exchange(way, partial(way, 3_000, 1), false);
        exchange(way, partial(way, 3_001, 1_200), false);
        assertEquals(0, worker.counters().shortcutCount());
        // What ends a connection is the worker's.
        comesToTheWorker(way, complete(way, TcpHeader.ACK | TcpHeader.FIN, 4_000));
        awaitCount(4);
        final WorkerCounters counters = worker.counters();
        assertEquals(0, counters.imbalance(worker.held()));
        assertEquals(7, counters.rx(attachment(way.from).id()));
        assertTrue(counters.tx(attachment(way.to).id()) >= 7); // announcements, too
        if (way.to.equals(PROVIDER)) {
            return; // announcements have bytes, too
        }
        final long difference = counters.txBytes(attachment(way.to).id())
                - counters.rxBytes(attachment(way.from).id());
        assertEquals(7L * way.growth(), difference);
    }

    /** What keeps going on is forwarded by the kernel after a while, large or not. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void shouldForwardDatagramsAsTheWorkerWould(final Way way) throws Exception {
        start(way.cast());
        int received = 0;
        int forwarded = 0;
        for (final Kind kind : Kind.values()) {
            if (kind == Kind.ECHO_REPLY && way.isTranslated()) {
                continue; // to what question?
            }
            for (int i = 0; i <= ENOUGH; i++) { // what is first decided for ports may be decided for all of them next
                received++;
                exchange(way, way.wrap(way.frame(kind, i, 40), Work.NONE), true);
            }
            for (final int length : new int[] {0, 1, 40, 1_300}) {
                exchange(way, way.wrap(way.frame(kind, 500 + length, length), Work.NONE), false);
                forwarded++;
            }
            if (kind == Kind.UDP) {
                final byte[] partial = way.frame(kind, 600, 333);
                exchange(way, way.wrap(partial, SlowDevice.leave(partial)), false);
                forwarded++;
            }
        }
        awaitReceived(way.from, received + forwarded);
        final long count = worker.counters().shortcutCount();
        assertTrue(count >= forwarded, "by the kernel " + count);
        assertEquals(0, worker.counters().imbalance(worker.held()));
    }

    private void awaitReceived(final String device, final long count) {
        final int id = attachment(device).id();
        await(count, counters -> counters.rx(id));
    }

    /** Of all workers together. */
    private void await(final long count, final ToLongFunction<WorkerCounters> counter) {
        final long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        while (sum(counter) < count && System.nanoTime() < endNs) {
            group.doWork(System.nanoTime());
        }
        assertEquals(count, sum(counter));
    }

    private byte[] passes(final String from, final String to, final byte[] frame, final boolean isWorking) {
        transmit(from, new Stimulus(frame, Work.NONE));
        final Stimulus arrived = arrives(to, PATIENCE_MS, isWorking);
        assertNotNull(arrived, () -> from + " to " + to + (isWorking ? " by the worker" : " by the kernel"));
        return arrived.bytes();
    }

    /** Which port or identifier stands for a guest is chosen at random: what the worker has sent is what the kernel has to send. */
    @ParameterizedTest
    @ValueSource(ints = {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP})
    void shouldShareAnAddressAsTheWorkerWould(final int protocol) throws Exception {
        start(compute1().withoutFloatingIps().also(parts -> {
            final Router snat = parts.builder.centralRouter(8, "router-r", "R", true, true);
            parts.builder.centralPort(snat, parts.a, "port-sa", Cast.mac(SA), Cast.ip(CSNAT_A), 24);
            parts.builder.gatewayPort(snat, parts.external, Cast.mac(Q), Cast.ip(QG), Cast.ip(UPSTREAM), true);
        }));
        final byte[] first = passes(TAP_A1, PROVIDER, question(protocol, TcpHeader.SYN), true);
        FrameAssert.assertFrame(first).hasSourceIp(QG);
        final int chosen =
                new UnsafeBuffer(first).getShort(protocol == IpProtocol.ICMP ? 38 : 34, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        assertNotEquals(4000, chosen);
        passes(PROVIDER, TAP_A1, answer(protocol, chosen, TcpHeader.SYN | TcpHeader.ACK), true);
        final byte[] question = question(protocol, TcpHeader.ACK);
        final byte[] answer = answer(protocol, chosen, TcpHeader.ACK);
        final byte[] shared = passes(TAP_A1, PROVIDER, question, true);
        final byte[] answered = passes(PROVIDER, TAP_A1, answer, true);
        for (int i = 1; i < ENOUGH + 1; i++) {
            assertArrayEquals(shared, passes(TAP_A1, PROVIDER, question, true));
        }
        assertArrayEquals(shared, passes(TAP_A1, PROVIDER, question, false));
        assertArrayEquals(answered, passes(PROVIDER, TAP_A1, answer, true));
        assertArrayEquals(answered, passes(PROVIDER, TAP_A1, answer, false), "one of its packets is enough");
        awaitReceived(TAP_A1, ENOUGH + 3);
        awaitReceived(PROVIDER, 4);
        assertEquals(0, worker.counters().imbalance(worker.held()));
        assertEquals(1, worker.connections().active());
    }

    private static byte[] question(final int protocol, final int flags) {
        final TestFrames packet = ethernet(MA1, GA).ipv4(A1, X);
        return switch (protocol) {
            case IpProtocol.TCP -> packet.tcp(4000, 5000, flags).payload(9).build();
            case IpProtocol.UDP -> packet.udp(4000, 5000).payload(9).build();
            default -> packet.icmpEcho(4000, 1).payload(9).build();
        };
    }

    private static byte[] answer(final int protocol, final int chosen, final int flags) {
        final TestFrames packet = ethernet(U, Q).ipv4(X, QG).ttl(50);
        return switch (protocol) {
            case IpProtocol.TCP -> packet.tcp(5000, chosen, flags).payload(7).build();
            case IpProtocol.UDP -> packet.udp(5000, chosen).payload(7).build();
            default -> packet.icmpEchoReply(chosen, 1).payload(7).build();
        };
    }

    /** More than are looked at in one duty cycle; two of one place take turns at most. */
    @Test
    void shouldForwardManyFlows() throws Exception {
        final Way way = Way.ROUTED_HERE;
        start(way.cast());
        final int flows = 300;
        final Set<Integer> places = new HashSet<>();
        final List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < flows; i++) {
            places.add(ShortcutTable.slot(
                    ((long) Cast.ip(A1) << 32) | (Cast.ip(B1) & 0xFFFF_FFFFL), (4000 + i) << 16 | 5000));
            frames.add(way.packet().udp(4000 + i, 5000).payload(30).build());
        }
        for (int round = 0; round <= ENOUGH; round++) {
            for (final byte[] frame : frames) {
                passes(way.from, way.to, frame, true);
            }
        }
        for (int round = 0; round < 5; round++) {
            for (final byte[] frame : frames) {
                passes(way.from, way.to, frame, true);
            }
        }
        awaitReceived(way.from, (ENOUGH + 6L) * flows);
        final long count = worker.counters().shortcutCount();
        assertTrue(count >= 5L * places.size(), () -> "by the kernel " + count + " of " + places.size() + " places");
        assertTrue(count <= 6L * places.size(), () -> "by the kernel " + count + " of " + places.size() + " places");
    }

    /** A tag is part of what a flow is known by; its priority is not. */
    @Test
    void shouldTellVlansApart() throws Exception {
        final Way way = Way.FLOATING_IP_IN_TAGGED;
        start(way.cast());
        for (int i = 0; i <= ENOUGH; i++) {
            exchange(way, new Stimulus(way.frame(Kind.UDP, i, 40), Work.NONE), true);
        }
        final byte[] urgent = way.frame(Kind.UDP, 50, 40);
        urgent[14] |= (byte) 0xE0;
        exchange(way, new Stimulus(urgent, Work.NONE), false);
        final byte[] elsewhere = way.frame(Kind.UDP, 51, 40);
        elsewhere[15]++;
        transmit(way.from, new Stimulus(elsewhere, Work.NONE));
        transmit(way.from, new Stimulus(Way.FLOATING_IP_IN.frame(Kind.UDP, 52, 40), Work.NONE));
        assertNull(arrives(way.to, SILENCE_MS, false));
        awaitReceived(way.from, ENOUGH + 4);
        assertNull(arrives(way.to, 0, false));
    }

    /** Each worker tells of its own flows, and its own sockets leave them alone. */
    @Test
    void shouldForwardForSeveralWorkers() throws Exception {
        start(compute1(), WORKERS);
        final List<byte[]> frames = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            frames.add(ethernet(MA1, GA)
                    .ipv4(A1, "8.8.8." + i)
                    .udp(4000 + i, 53)
                    .payload(30)
                    .build());
        }
        final List<byte[]> sent = new ArrayList<>();
        for (int round = 0; round <= ENOUGH; round++) {
            sent.clear();
            for (final byte[] frame : frames) {
                sent.add(passes(TAP_A1, PROVIDER, frame, true));
            }
        }
        for (int i = 0; i < frames.size(); i++) {
            assertArrayEquals(sent.get(i), passes(TAP_A1, PROVIDER, frames.get(i), false));
        }
        awaitReceived(TAP_A1, (ENOUGH + 2L) * frames.size());
        for (final Worker each : group.workers()) {
            assertNotEquals(0, each.counters().shortcutCount());
            assertEquals(0, each.counters().imbalance(each.held()));
        }
    }

    private long sum(final ToLongFunction<WorkerCounters> counter) {
        return group.workers().stream()
                .mapToLong(each -> counter.applyAsLong(each.counters()))
                .sum();
    }

    /** Each of these comes to the worker, with shortcuts for datagrams and echoes open. */
    @Test
    void shouldLeaveToTheWorkerWhatIsNoPlainDatagramOfTheFlow() throws Exception {
        final Way way = Way.ROUTED_HERE;
        start(way.cast());
        for (int i = 0; i <= ENOUGH; i++) {
            exchange(way, new Stimulus(way.frame(Kind.UDP, i, 40), Work.NONE), true);
            exchange(way, new Stimulus(way.frame(Kind.ECHO_REQUEST, i, 40), Work.NONE), true);
        }
        exchange(way, new Stimulus(way.frame(Kind.UDP, 50, 40), Work.NONE), false);
        exchange(way, new Stimulus(way.frame(Kind.ECHO_REQUEST, 50, 40), Work.NONE), false);
        final byte[] cut = way.frame(Kind.UDP, 51, 3_000);
        final byte[] tooShort = way.frame(Kind.UDP, 52, 40);
        tooShort[39] = 7; // its length
        final byte[] tooLong = way.frame(Kind.UDP, 53, 40);
        tooLong[39] = 49;
        final List<Stimulus> stimuli = List.of(
                new Stimulus(cut, SlowDevice.leave(cut, 1_000)),
                new Stimulus(tooShort, Work.NONE),
                new Stimulus(tooLong, Work.NONE),
                new Stimulus(way.packet().udp(4000, 5001).payload(40).build(), Work.NONE),
                new Stimulus(
                        way.packet().udp(4000, 5000).payload(1_423).build(),
                        Work.NONE), // longer than its networks allow
                new Stimulus(way.packet().ttl(9).udp(4000, 5000).payload(40).build(), Work.NONE),
                new Stimulus(way.packet().icmpEcho(4001, 1).payload(40).build(), Work.NONE),
                new Stimulus(way.packet().icmpEchoReply(4000, 1).payload(40).build(), Work.NONE),
                new Stimulus(way.packet().icmp(13, 0, 4000 << 16).payload(40).build(), Work.NONE));
        awaitReceived(way.from, 2 * (ENOUGH + 1) + 2);
        final long byKernel = worker.counters().shortcutCount();
        stimuli.forEach(stimulus -> transmit(way.from, stimulus));
        assertNull(arrives(way.to, SILENCE_MS, false));
        awaitReceived(way.from, 2 * (ENOUGH + 1) + 2 + stimuli.size());
        assertEquals(byKernel, worker.counters().shortcutCount());
        assertEquals(0, worker.counters().imbalance(worker.held()));
    }

    private void awaitCount(final int count) {
        await(count, WorkerCounters::shortcutCount);
    }

    /** Each of these comes to the worker, with the shortcut open. */
    @Test
    void shouldLeaveToTheWorkerWhatIsNotTheFlowsNextPacket() throws Exception {
        final Way way = Way.ROUTED_INTO_VXLAN;
        start(way.cast());
        open(way);
        final List<byte[]> frames = List.of(
                way.frame(TcpHeader.SYN, 1, 0),
                way.frame(TcpHeader.RST, 1, 0),
                way.packet().ttl(63).tcp(4000, 5000, TcpHeader.ACK, 1, 7).build(),
                way.packet().tcp(4001, 5000, TcpHeader.ACK, 1, 7).build(),
                way.packet()
                        .fragment(0, true)
                        .tcp(4000, 5000, TcpHeader.ACK, 1, 7)
                        .payload(8)
                        .build(),
                way.packet()
                        .options(new byte[4])
                        .tcp(4000, 5000, TcpHeader.ACK, 1, 7)
                        .build(),
                way.packet().udp(4000, 5000).payload(50).build(),
                ethernet(MA1, GA)
                        .vlan(5)
                        .ipv4(A1, B2)
                        .tcp(4000, 5000, TcpHeader.ACK, 1, 7)
                        .build(),
                ethernet(MA2, GA)
                        .ipv4(A1, B2)
                        .tcp(4000, 5000, TcpHeader.ACK, 1, 7)
                        .build(),
                way.frame(TcpHeader.ACK, 1, 1_420)); // longer than the tunnel's way
        for (final byte[] frame : frames) {
            transmit(way.from, new Stimulus(frame, Work.NONE));
        }
        assertNull(arrives(way.to, SILENCE_MS, false));
        final long before = worker.counters().rx(attachment(way.from).id());
        awaitReceived(way.from, before + frames.size());
        assertEquals(0, worker.counters().shortcutCount());
        exchange(way, drained(way), false);
    }

    /** What the worker has just sent is taken first. */
    private Stimulus drained(final Way way) {
        Stimulus left = arrives(way.to, SILENCE_MS, false);
        while (left != null) {
            left = arrives(way.to, SILENCE_MS, false);
        }
        return complete(way, TcpHeader.ACK, 9_000);
    }

    @Test
    void shouldEndWithTheTopology() throws Exception {
        final Way way = Way.BRIDGED_INTO_VXLAN;
        start(way.cast());
        open(way);
        exchange(way, complete(way, TcpHeader.ACK, 1_000), false);
        topologies.publish(compute1().version(2).mtuB(1_400).build());
        group.doWork(System.nanoTime());
        assertEquals(1, worker.counters().shortcutCount());
        comesToTheWorker(way, complete(way, TcpHeader.ACK, 2_000));
        open(way);
        exchange(way, complete(way, TcpHeader.ACK, 3_000), false);
    }

    /** Nobody looks at it any more: then nobody may rely on it. */
    @Test
    void shouldEndWithItsWorker() throws Exception {
        final Way way = Way.OUT_OF_VXLAN;
        start(way.cast());
        open(way);
        exchange(way, complete(way, TcpHeader.ACK, 1_000), false);
        Thread.sleep(1_100);
        comesToTheWorker(way, complete(way, TcpHeader.ACK, 2_000));
    }

    /** With nothing going by, a shortcut ends; with something, it goes on far beyond its lease. */
    @Test
    void shouldGoOnWhileItIsUsed() throws Exception {
        final Way way = Way.FLOATING_IP_OUT;
        start(way.cast());
        open(way);
        for (int i = 0; i < 30; i++) {
            exchange(way, complete(way, TcpHeader.ACK, 1_000 + i), false);
            Thread.sleep(50);
            group.doWork(System.nanoTime());
        }
        assertEquals(30, worker.counters().shortcutCount());
        final long endNs = System.nanoTime() + 1_300_000_000L;
        while (System.nanoTime() < endNs) {
            group.doWork(System.nanoTime());
            Thread.sleep(5);
        }
        comesToTheWorker(way, complete(way, TcpHeader.ACK, 2_000));
    }

    /** Opening, counting and closing. */
    @Test
    void shouldAllocateNothing() throws Exception {
        final Way way = Way.ROUTED_INTO_VXLAN;
        start(way.cast());
        open(way);
        final Stimulus large = large(way, 500);
        final Offload offload = put(large);
        final long[] nowNs = {System.nanoTime()};
        final int from = attachment(way.from).id();
        final Runnable round = () -> {
            nowNs[0] += 1_200_000_000L; // nothing has gone by: it ends
            group.doWork(nowNs[0]);
            final long before = worker.counters().rx(from);
            for (int i = 0; i < 2; i++) { // to the worker, which opens it again, and by the kernel
                peers.get(way.from).transmit(buffer, HEADROOM, large.bytes().length, offload, 0);
                peers.get(way.from).flush();
                group.doWork(nowNs[0]);
            }
            nowNs[0] += 60_000_000L;
            group.doWork(nowNs[0]);
            assertEquals(before + 2, worker.counters().rx(from));
        };
        host.call(() -> {
            AllocationGuard.assertAllocatesNothing(2_000, round);
            return null;
        });
        assertTrue(
                worker.counters().shortcutCount() >= 2_000,
                () -> "by the kernel " + worker.counters().shortcutCount());
    }

    @Test
    void shouldSpreadFlowsOverItsPlaces() {
        final Random random = new Random(3);
        final boolean[] isUsed = new boolean[ShortcutTable.SLOTS];
        int used = 0;
        for (int i = 0; i < 4 * ShortcutTable.SLOTS; i++) {
            final int slot = ShortcutTable.slot(random.nextLong(), random.nextInt());
            used += isUsed[slot] ? 0 : 1;
            isUsed[slot] = true;
        }
        assertTrue(used > 0.95 * ShortcutTable.SLOTS, "spread over " + used);
    }
}
