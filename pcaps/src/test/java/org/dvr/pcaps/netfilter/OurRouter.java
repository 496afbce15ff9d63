package org.dvr.pcaps.netfilter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.net.MacAddress;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.NetworkType;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.dataplane.worker.WorkerGroup;
import org.dvr.nat.policy.SourcePort;

/** Our forwarder as a host with nothing but the SNAT side of a router, whose three networks are wires. */
final class OurRouter {
    // Time hardly passes: no connection ends for it, and errors are not limited to fewer than the packets that cause
    // them.
    private static final long STEP_NS = 10_000;
    private static final int ICMP_RATE = 1_000_000;
    private static final int CONNECTIONS = 1 << 18;
    private static final int ZONE = 7;

    private final class Wire implements PacketPort {
        private final Side side;
        private final Queue<byte[]> waiting = new ArrayDeque<>();

        private Wire(final Side side) {
            this.side = side;
        }

        @Override
        public int receive(
                final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
            final byte[] frame = waiting.poll();
            if (frame == null) {
                return NOTHING;
            }
            destination.putBytes(offset, frame, 0, Math.min(frame.length, capacity));
            return frame.length;
        }

        @Override
        public boolean transmit(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Offload offload,
                final long timeNs) {
            final byte[] copy = new byte[length];
            buffer.getBytes(offset, copy);
            sent.add(new Sent(side, copy));
            return true;
        }
    }

    private final WorkerGroup workers;
    private int turn; // of the workers, to receive
    private final Map<Side, List<Wire>> wires = new EnumMap<>(Side.class);
    private final Map<DropReason, Long> before = new EnumMap<>(DropReason.class);
    private List<Sent> sent = new ArrayList<>();
    private long nowNs = 1_000_000_000_000L;

    /**
     * @param seed     of choices
     * @param isRandom source ports behind floating IPs are chosen even when they are free
     * @param workerCount how many share the work, each receiving a frame in turn
     */
    OurRouter(final long seed, final boolean isRandom, final int workerCount) {
        final SnapshotBuilder builder = new SnapshotBuilder("network1", 1, 64);
        final Map<Side, Segment> segments = new EnumMap<>(Side.class);
        final Map<Side, Integer> attachments = new EnumMap<>(Side.class);
        for (final Side side : Side.values()) {
            final Attachment wire = builder.physical(side.point() + 1, side.label());
            final boolean isExternal = side == Side.OUTSIDE;
            segments.put(
                    side,
                    builder.segment(
                            side.point() + 1,
                            side.label(),
                            side.label(),
                            NetworkType.FLAT,
                            0,
                            wire,
                            side.mtu(),
                            isExternal,
                            true));
            attachments.put(side, wire.id());
        }
        final Router router = builder.centralRouter(ZONE, "router", "R", true, true);
        for (final Side side : List.of(Side.INSIDE_A, Side.INSIDE_B)) {
            builder.centralPort(
                    router, segments.get(side), side.label(), mac(side.routerMac()), ip(side.routerIp()), 24);
        }
        final Segment outside = segments.get(Side.OUTSIDE);
        builder.gatewayPort(
                router, outside, mac(Side.OUTSIDE.routerMac()), ip(Side.GATEWAY_IP), ip("203.0.113.1"), true);
        builder.externalRoute(router, ip("203.0.113.0"), 24);
        for (final Endpoint guest : Endpoint.GUESTS) {
            final Segment segment = segments.get(guest.side());
            builder.neighbor(segment, ip(guest.ip()), mac(guest.mac()), true);
            builder.wireMac(segment, mac(guest.mac()));
            if (guest.floatingIp() != null) {
                builder.centralFloatingIp(router, ip(guest.floatingIp()), ip(guest.ip()));
            }
        }
        final Attachment wire = outside.uplink();
        builder.neighborOnWire(wire, ip("203.0.113.1"), mac("fa:16:3e:00:0e:01"));
        builder.neighborOnWire(wire, ip("203.0.113.200"), mac("fa:16:3e:00:0e:c8"));
        final StageOptions options = new StageOptions(
                false,
                false,
                true,
                isRandom ? SourcePort.RANDOM : SourcePort.KEEP_IF_FREE,
                SourcePort.RANDOM,
                ICMP_RATE);
        workers = new WorkerGroup(
                workerCount,
                new WorkerConfig(
                        WorkerConfig.REPLAY.frameCount(),
                        WorkerConfig.REPLAY.frameCapacity(),
                        WorkerConfig.REPLAY.burstCapacity(),
                        false,
                        WorkerConfig.REPLAY
                                .pipeline()
                                .withOptions(options)
                                .withSeed(seed)
                                .withConnectionCapacity(CONNECTIONS)),
                new TopologyCell(builder.build()),
                /* isOneThread= */ true);
        attachments.forEach((side, id) -> {
            final List<Wire> each = new ArrayList<>();
            for (int i = 0; i < workerCount; i++) {
                each.add(new Wire(side));
            }
            wires.put(side, each);
            workers.ports(id, each);
        });
        workers.acquire(nowNs);
    }

    private static int ip(final String text) {
        return Ipv4Address.parse(text);
    }

    private static long mac(final String text) {
        return MacAddress.parse(text);
    }

    /**
     * Hands it a frame.
     *
     * @param side  leg where the frame arrives
     * @param frame from its Ethernet header
     * @return what left on account of it, in order
     */
    List<Sent> ask(final Side side, final byte[] frame) {
        nowNs += STEP_NS;
        sent = new ArrayList<>();
        for (final DropReason reason : DropReason.values()) {
            before.put(reason, drops(reason));
        }
        turn = (turn + 1) % workers.size();
        final Wire wire = wires.get(side).get(turn);
        wire.waiting.add(frame);
        while (!wire.waiting.isEmpty()) {
            workers.doWork(nowNs);
        }
        return sent;
    }

    private long drops(final DropReason reason) {
        return workers.workers().stream()
                .mapToLong(worker -> worker.counters().drops(reason))
                .sum();
    }

    /** {@return why the last frame was dropped, null where it was not} */
    DropReason dropReason() {
        for (final DropReason reason : DropReason.values()) {
            if (drops(reason) != before.get(reason)) {
                return reason;
            }
        }
        return null;
    }

    /** {@return frames that came in less those that went out or are accounted for: 0} */
    long imbalance() {
        return workers.imbalance();
    }
}
