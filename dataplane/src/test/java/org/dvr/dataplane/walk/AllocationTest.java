package org.dvr.dataplane.walk;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.B1;
import static org.dvr.dataplane.testing.Cast.B2;
import static org.dvr.dataplane.testing.Cast.D2;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.FIP_A1;
import static org.dvr.dataplane.testing.Cast.FIP_B1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.QR_A;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.walk.Frames.arpRequest;
import static org.dvr.dataplane.walk.Frames.echo;
import static org.dvr.dataplane.walk.Frames.greFrom2;
import static org.dvr.dataplane.walk.Frames.tcp;
import static org.dvr.dataplane.walk.Frames.udp;
import static org.dvr.dataplane.walk.Frames.udpFrom;
import static org.dvr.dataplane.walk.Frames.vxlanFrom2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.ip.IpProtocol;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.codec.testing.TestFrames;
import org.dvr.codec.transport.TcpHeader;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.watch.FrameCapture;
import org.dvr.dataplane.watch.LiveTrace;
import org.dvr.dataplane.worker.WatchTask;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.dataplane.worker.WorkerGroup;
import org.junit.jupiter.api.Test;

/** No way of a packet allocates. */
class AllocationTest {
    private static final int ROUNDS = 2_000;
    private static final int BURST = 8;
    private static final long STEP_NS = 10_000_000;

    /** Offers the same frames over and over, with another source port each time if asked, and forgets what is sent. */
    private static final class Treadmill implements PacketPort {
        private final byte[][] frames;
        private final int portOffset;
        private int at;
        private int left;
        private int next;
        private long sent;
        private Offload leaves; // to be done to each frame

        Treadmill(final int portOffset, final byte[]... frames) {
            this.frames = frames;
            this.portOffset = portOffset;
        }

        @Override
        public int receive(
                final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
            if (left == 0) {
                return NOTHING;
            }
            left--;
            final byte[] frame = frames[at];
            at = at + 1 == frames.length ? 0 : at + 1;
            destination.putBytes(offset, frame);
            if (leaves != null) {
                offload.takeFrom(leaves, offset);
            }
            if (portOffset > 0) {
                destination.putShort(offset + portOffset, (short) next++);
            }
            return frame.length;
        }

        @Override
        public boolean transmit(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Offload offload,
                final long nowNs) {
            sent += buffer.getByte(offset + length - 1) == 0 ? 1 : 2;
            return true;
        }
    }

    private static final class Mill {
        private final Worker worker;
        private final Treadmill source;
        private final Treadmill sink = new Treadmill(0);
        private long nowNs = 1_000_000_000_000L;

        Mill(
                final Cast cast,
                final StageOptions options,
                final String at,
                final int portOffset,
                final byte[]... frames) {
            final WorkerConfig replay = WorkerConfig.REPLAY;
            final WorkerConfig config = new WorkerConfig(
                    256,
                    2_048,
                    64,
                    false,
                    replay.pipeline().withConnectionCapacity(1_024).withOptions(options));
            final TopologySnapshot topology = cast.build();
            worker = new Worker(config, new TopologyCell(topology));
            source = new Treadmill(portOffset, frames);
            for (final Attachment attachment : topology.attachments()) {
                worker.port(attachment.id(), attachment.name().equals(at) ? source : sink);
            }
        }

        /** Another frame comes first, at the same place. */
        Mill after(final byte[] opening) {
            final byte[] frame = source.frames[0];
            source.frames[0] = opening;
            run();
            source.frames[0] = frame;
            return this;
        }

        void run() {
            source.left = BURST;
            nowNs += STEP_NS;
            worker.doWork(nowNs);
        }

        long sent() {
            return source.sent + sink.sent;
        }
    }

    private static Mill turn(final Cast cast, final String at, final byte[] frame) {
        return turn(cast, StageOptions.DEFAULT, at, frame, 0);
    }

    private static Mill turn(
            final Cast cast, final StageOptions options, final String at, final byte[] frame, final int portOffset) {
        return turn(new Mill(cast, options, at, portOffset, frame));
    }

    private static Mill turn(final Mill mill) {
        AllocationGuard.assertAllocatesNothing(ROUNDS, mill::run);
        assertEquals(0, mill.worker.counters().imbalance(mill.worker.held()));
        return mill;
    }

    private static void turnAndSend(final Cast cast, final String at, final byte[] frame) {
        assertTrue(turn(cast, at, frame).sent() > ROUNDS);
    }

    @Test
    void shouldBridgeWithoutAllocating() {
        turnAndSend(compute1(), TAP_A1, udp(MA1, MA3, A1, A3));
        turnAndSend(compute1(), TAP_A1, udp(MA1, MA2, A1, A2));
        turnAndSend(compute1(), UNDERLAY, vxlanFrom2(ID_A, udp(MA2, MA1, A2, A1)));
        turnAndSend(compute1().tenants(NetworkType.GRE), TAP_A1, udp(MA1, MA2, A1, A2));
        turnAndSend(compute1().tenants(NetworkType.GRE), UNDERLAY, greFrom2(ID_A, udp(MA2, MA1, A2, A1)));
        turnAndSend(compute1().tenants(NetworkType.VLAN), TAP_A1, udp(MA1, MA2, A1, A2));
        turnAndSend(compute1(), TAP_A1, udp(MA1, "fa:16:3e:00:0a:77", A1, "10.0.1.77")); // flooded
    }

    @Test
    void shouldWatchOtherFramesWithoutAllocating() {
        final Mill mill = new Mill(compute1(), StageOptions.DEFAULT, TAP_A1, 0, udp(MA1, GA, A1, X));
        mill.worker.inbox().offer(WatchTask.arm(new LiveTrace(frame -> frame.facts.destination == 1, false, 10)));
        mill.worker.inbox().offer(WatchTask.arm(new LiveTrace(frame -> frame.facts.destination == 1, true, 10)));
        final FrameCapture full = new FrameCapture(0, 4_096);
        mill.worker.inbox().offer(WatchTask.arm(full));
        mill.worker.inbox().offer(WatchTask.arm(new FrameCapture(FrameCapture.NOWHERE, 4_096)));
        for (int i = 0; i < 4; i++) {
            mill.run();
        }
        assertTrue(turn(mill).sent() > ROUNDS);
    }

    /** All is received by the leader; what belongs to the other worker is handed over, and what is learned is told. */
    @Test
    void shouldHandOverWithoutAllocating() {
        final WorkerConfig config = new WorkerConfig(
                256, 2_048, 64, false, WorkerConfig.REPLAY.pipeline().withConnectionCapacity(1_024));
        final TopologySnapshot topology = compute1().build();
        final WorkerGroup group = new WorkerGroup(2, config, new TopologyCell(topology), /* isOneThread= */ true);
        final byte[][] frames = new byte[16][];
        for (int i = 0; i < frames.length; i++) {
            final String remote = "8.8.8." + i;
            frames[i] = i % 2 == 0
                    ? udp(MA1, GA, A1, remote)
                    : udp("fa:16:3e:00:0a:7" + i % 10, GA, A1, remote); // learned by either, and told again
        }
        final Treadmill source = new Treadmill(0, frames);
        final Treadmill sink = new Treadmill(0);
        for (final Attachment attachment : topology.attachments()) {
            final boolean isSource = attachment.name().equals(TAP_A1);
            group.ports(attachment.id(), List.of(isSource ? source : sink, sink));
        }
        final long[] nowNs = {1_000_000_000_000L};
        AllocationGuard.assertAllocatesNothing(ROUNDS, () -> {
            source.left = BURST;
            nowNs[0] += STEP_NS;
            group.doWork(nowNs[0]);
        });
        assertEquals(0, group.imbalance());
        final long rx = group.worker(1).counters().rx(attachmentId(topology, TAP_A1));
        assertTrue(rx > ROUNDS);
        assertEquals(rx, group.worker(0).handedOver());
    }

    private static int attachmentId(final TopologySnapshot topology, final String name) {
        return topology.attachments().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow()
                .id();
    }

    @Test
    void shouldLearnWithoutAllocating() {
        turnAndSend(compute1(), UNDERLAY, vxlanFrom2(ID_A, udp("fa:16:3e:00:0a:77", MA1, "10.0.1.77", A1)));
    }

    @Test
    void shouldRouteWithoutAllocating() {
        turnAndSend(compute1(), TAP_A1, udp(MA1, GA, A1, B1));
        turnAndSend(compute1(), TAP_A1, udp(MA1, GA, A1, B2));
        turnAndSend(compute1(), UNDERLAY, vxlanFrom2(ID_A, udp(D2, MA1, B2, A1)));
        turnAndSend(compute1(), TAP_A3, udp(MA3, GA, A3, X));
    }

    @Test
    void shouldTranslateWithoutAllocating() {
        turnAndSend(compute1(), TAP_A1, udp(MA1, GA, A1, X));
        turnAndSend(compute1(), PROVIDER, udp(U, F1, X, FIP_A1));
        turnAndSend(compute1(), TAP_A1, echo(MA1, GA, A1, FIP_B1));
        turnAndSend(compute1(), TAP_A1, tcp(MA1, GA, A1, X, 1, 2, TcpHeader.ACK));
    }

    @Test
    void shouldForwardPortsWithoutAllocating() {
        final String shared = "203.0.113.79";
        final Cast cast = compute1()
                .also(parts ->
                        parts.builder.portForwarding(parts.router, IpProtocol.UDP, ip(shared), 5000, ip(A1), 5000));
        turnAndSend(cast, PROVIDER, udp(U, F1, X, shared));
        turnAndSend(cast, TAP_A3, udp(MA3, GA, A3, X)); // of another guest
        final byte[] answer =
                ethernet(MA1, GA).ipv4(A1, FIP_A1).udp(5000, 4000).payload(20).build();
        final Mill mill = new Mill(cast, StageOptions.DEFAULT, TAP_A1, 0, answer);
        assertTrue(turn(mill.after(udp(MA1, GA, A1, shared))).sent() > ROUNDS);
        assertEquals(2, mill.worker.connections().active());
    }

    @Test
    void shouldServeMetadataWithoutAllocating() {
        final String at = MetadataWalkTest.METADATA;
        turnAndSend(MetadataWalkTest.served(), TAP_A1, MetadataWalkTest.request(TcpHeader.ACK));
        turnAndSend(MetadataWalkTest.served(), at, MetadataWalkTest.answer(TcpHeader.ACK));
        turn(MetadataWalkTest.served(), at, MetadataWalkTest.answer(TcpHeader.SYN));
        turn(MetadataWalkTest.served(), TAP_A1, udp(MA1, GA, A1, MetadataWalkTest.SERVICE));
        turn(MetadataWalkTest.served(), at, udp(MetadataWalkTest.DEVICE, MetadataWalkTest.GUESTS, X, A1));
    }

    @Test
    void shouldTranslateErrorsWithoutAllocating() {
        final byte[] about =
                ethernet(F1, U).ipv4(FIP_A1, X).udp(5000, 4000).payload(20).build();
        final byte[] error = ethernet(U, F1)
                .ipv4(X, FIP_A1)
                .icmpError(3, 3, 0, TestFrames.quote(about, 48))
                .build();
        final Mill mill = new Mill(compute1(), StageOptions.DEFAULT, PROVIDER, 0, error).after(udp(U, F1, X, FIP_A1));
        AllocationGuard.assertAllocatesNothing(ROUNDS, mill::run);
        assertTrue(mill.sent() > ROUNDS);
        turn(compute1(), PROVIDER, error);
    }

    @Test
    void shouldOpenConnectionsWithoutAllocating() {
        final byte[] out = udpFrom(MA1, GA, A1, X).noTransportChecksum().build();
        final Mill outbound = turn(compute1(), StageOptions.DEFAULT, TAP_A1, out, 34);
        assertTrue(outbound.worker.connections().active() > 100);
        final byte[] in = udpFrom(U, F1, X, FIP_A1).noTransportChecksum().build();
        final Mill inbound = turn(compute1(), StageOptions.DEFAULT, PROVIDER, in, 34);
        assertTrue(inbound.worker.connections().active() > 100);
    }

    @Test
    void shouldAnswerWithoutAllocating() {
        turnAndSend(compute1(), TAP_A1, arpRequest(MA1, A1, QR_A));
        turnAndSend(compute1(), TAP_A1, arpRequest(MA1, A1, A2));
        turnAndSend(compute1(), PROVIDER, arpRequest(U, UPSTREAM, FIP_A1));
        turnAndSend(compute1(), TAP_A1, echo(MA1, GA, A1, QR_A));
    }

    @Test
    void shouldTellOfErrorsWithoutAllocating() {
        final StageOptions often = new StageOptions(false, false, true, 1_000_000);
        final byte[] spent = udpFrom(MA1, GA, A1, X).ttl(1).build();
        assertTrue(turn(compute1(), often, TAP_A1, spent, 0).sent() > ROUNDS);
        final byte[] fromOutside = udpFrom(U, F1, X, FIP_A1).ttl(2).build();
        assertTrue(turn(compute1(), often, PROVIDER, fromOutside, 0).sent() > ROUNDS);
        turn(compute1(), TAP_A1, spent); // mostly limited
    }

    @Test
    void shouldDropWithoutAllocating() {
        assertEquals(
                0,
                turn(compute1(), UNDERLAY, vxlanFrom2(999, udp(MA2, MA1, A2, A1)))
                        .sent());
        assertEquals(0, turn(compute1(), TAP_A1, new byte[5]).sent());
        assertEquals(
                0,
                turn(compute1(), PROVIDER, ethernet(U, F1).ipv6("::1", "::2").build())
                        .sent());
    }

    /** Some 100 packets in fragments, the last first: known, waiting, overlapping, timed out and pushed out. */
    @Test
    void shouldTranslateFragmentsWithoutAllocating() {
        final List<byte[]> frames = new ArrayList<>();
        for (int id = 0; id < 101; id++) {
            final byte[] whole = udpFrom(MA1, GA, A1, X).id(id).payload(200).build();
            final List<byte[]> parts = new ArrayList<>(TestFrames.fragments(whole, 100));
            Collections.reverse(parts);
            frames.addAll(id % 7 == 0 ? parts.subList(0, 2) : parts);
            if (id % 5 == 0) {
                frames.add(parts.get(1));
            }
        }
        final Mill mill = new Mill(compute1(), StageOptions.DEFAULT, TAP_A1, 0, frames.toArray(byte[][]::new));
        assertTrue(turn(mill).sent() > ROUNDS);
        for (final DropReason reason : new DropReason[] {DropReason.FRAGMENT_OVERLAP, DropReason.FRAGMENT_TIMEOUT}) {
            assertTrue(mill.worker.counters().drops(reason) > 0, reason.label());
        }
    }

    @Test
    void shouldCutWithoutAllocating() {
        final byte[] packet = udpFrom(MA1, GA, A1, B1)
                .options(new byte[] {7, 4, 4, 0, (byte) 0x94, 4, 0, 0})
                .payload(1_000)
                .build();
        turnAndSend(compute1().mtuB(300), TAP_A1, packet);
    }

    @Test
    void shouldWaitWithoutAllocating() {
        assertTrue(
                turn(compute1().withoutUpstream(), TAP_A1, udp(MA1, GA, A1, X)).sent() > 1);
        assertTrue(turn(compute1().withoutPeerMacs(), TAP_A1, udp(MA1, MA2, A1, A2))
                        .sent()
                > 1);
    }

    @Test
    void shouldDoWhatIsLeftToDevicesWithoutAllocating() {
        for (final String to : new String[] {X, B1, B2}) {
            final byte[] tcp = ethernet(MA1, GA)
                    .ipv4(A1, to)
                    .tcp(1, 2, TcpHeader.ACK)
                    .payload(1_800)
                    .build();
            for (final int segmentSize : new int[] {0, 300}) {
                final Cast cast =
                        compute1().mtuA(9_000).mtuB(9_000).mtuExternal(9_000).underlayMtu(9_000);
                final Mill mill = new Mill(cast, StageOptions.DEFAULT, TAP_A1, 0, tcp);
                mill.source.leaves = new Offload();
                mill.source.leaves.checksumAt = 34;
                mill.source.leaves.checksumOffset = 16;
                mill.source.leaves.segmentSize = segmentSize;
                mill.source.leaves.segmentKind = segmentSize == 0 ? Offload.WHOLE : Offload.TCP4;
                assertTrue(turn(mill).sent() > ROUNDS);
                assertEquals(segmentSize > 0, mill.worker.counters().segmentedCount() > 0);
            }
        }
    }
}
