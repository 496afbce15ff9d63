package org.dvr.dataplane.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.codec.print.FramePrinter;
import org.dvr.codec.testing.FrameAssert;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.stage.StageOptions;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.dataplane.worker.WorkerGroup;
import org.dvr.nat.conntrack.ConntrackLimits;

/**
 * A host with a port in memory at each attachment point and a clock that stands still unless told. After everything it does it checks that
 * frames are conserved.
 */
public final class Host {
    /** One second of its clock. */
    public static final long SECOND = 1_000_000_000L;

    private static final int PLACE_LENGTH = 1 << 17;
    private static final int SLACK = 64; // behind a frame, as in a ring

    private static final WorkerConfig CONFIG = new WorkerConfig(
            512, 2_048, 64, false, WorkerConfig.REPLAY.pipeline().withConnectionCapacity(1_024));

    /**
     * What is left to be done to a frame, as {@link Offload} has it but for places, which count from the first byte of the frame.
     */
    public record Work(
            int checksumAt, int checksumOffset, int segmentSize, int segmentKind, int innerAt, boolean isVerified) {
        /** Nothing. */
        public static final Work NONE = new Work(0, 0, 0, Offload.WHOLE, false);

        /** Of a frame that is no large segment in a tunnel, or that has just been received. */
        public Work(
                final int checksumAt,
                final int checksumOffset,
                final int segmentSize,
                final int segmentKind,
                final boolean isVerified) {
            this(checksumAt, checksumOffset, segmentSize, segmentKind, 0, isVerified);
        }

        /** {@return what a device says of a frame that begins there} */
        public static Work of(final Offload offload, final int frameOffset) {
            return offload.isPending()
                    ? new Work(
                            offload.checksumAt == 0 ? 0 : offload.checksumAt - frameOffset,
                            offload.checksumOffset,
                            offload.segmentSize,
                            offload.segmentKind,
                            offload.innerAt == 0 ? 0 : offload.innerAt - frameOffset,
                            offload.isVerified)
                    : NONE;
        }

        void tell(final Offload offload, final int frameOffset) {
            offload.checksumAt = checksumAt == 0 ? 0 : checksumAt + frameOffset;
            offload.checksumOffset = checksumOffset;
            offload.segmentSize = segmentSize;
            offload.segmentKind = segmentKind;
            offload.isVerified = isVerified;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Waiting(byte[] frame, Work work) {}

    /**
     * A frame that left.
     *
     * @param attachment where
     * @param bytes as sent
     * @param timeNs when
     * @param work what is left to be done to it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Sent(String attachment, byte[] bytes, long timeNs, Work work) {
        /** {@return statements about it} */
        public FrameAssert frame() {
            return FrameAssert.assertFrame(bytes);
        }
    }

    private final class MemoryPort implements PacketPort {
        private final String name;
        private final Queue<Waiting> waiting = new ArrayDeque<>();
        private boolean isFull;
        private boolean takesOffload;
        private boolean takesTunnelSegments;
        private boolean hasServed;
        private final List<UnsafeBuffer> shown = new ArrayList<>();
        private long shownBurst;
        private final UnsafeBuffer place = new UnsafeBuffer(BufferUtil.allocateDirectAligned(PLACE_LENGTH, 64));
        private int placeLength;

        private MemoryPort(final String name) {
            this.name = name;
        }

        @Override
        public int view(final Arrival arrival, final long burst) {
            if (burst != shownBurst) { // nobody may look at them any more
                shownBurst = burst;
                shown.forEach(frame -> frame.setMemory(0, frame.capacity(), (byte) 0xA5));
                shown.clear();
            }
            final Waiting next = waiting.peek();
            if (next == null) {
                return NOTHING;
            }
            final int length = next.frame().length;
            if (!showsFrames || next.work().segmentKind() != Offload.WHOLE || length % 5 == 0) {
                return UNSEEN;
            }
            waiting.poll();
            final UnsafeBuffer frame = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length + SLACK, 64));
            frame.setMemory(0, length + SLACK, filler);
            frame.putBytes(0, next.frame());
            shown.add(frame);
            arrival.lies(frame.addressOffset(), length);
            arrival.leaves(
                    next.work().checksumAt(),
                    next.work().checksumOffset(),
                    next.work().isVerified());
            return length;
        }

        @Override
        public long place(final int length) {
            if (!showsFrames || length % 7 == 0) {
                return NOWHERE;
            }
            placeLength = length;
            return isFull ? FULL : place.addressOffset();
        }

        @Override
        public void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
            assertEquals(placeLength, length, "another length than it was asked for");
            assertTrue(checksumStart == 0 || takesOffload, () -> name + " was left work that it does not take");
            final byte[] copy = new byte[length];
            place.getBytes(0, copy);
            final Work work =
                    checksumStart == 0 ? Work.NONE : new Work(checksumStart, checksumOffset, 0, Offload.WHOLE, false);
            sent.add(new Sent(name, copy, nowNs, work));
        }

        @Override
        public int receive(
                final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
            final Waiting next = waiting.poll();
            if (next == null) {
                return NOTHING;
            }
            final byte[] frame = next.frame();
            next.work().tell(offload, offset);
            if (hasFiller) {
                destination.setMemory(offset, capacity, filler);
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
            if (isFull) {
                return false;
            }
            final byte[] copy = new byte[length];
            buffer.getBytes(offset, copy);
            if (offload.isPending() && !takesOffload) {
                throw new AssertionError(name + " was left work that it does not take");
            }
            sent.add(new Sent(name, copy, timeNs, Work.of(offload, offset)));
            return true;
        }

        @Override
        public boolean takesOffload() {
            return takesOffload;
        }

        @Override
        public boolean takesTunnelSegments() {
            return takesTunnelSegments;
        }
    }

    /** A worker's part of a port: it receives one frame when it is its turn, or any number when it is alone. */
    private final class Part implements PacketPort {
        private final MemoryPort port;
        private final int index;

        private Part(final MemoryPort port, final int index) {
            this.port = port;
            this.index = index;
        }

        @Override
        public int receive(
                final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
            if (workers.size() == 1) {
                return port.receive(destination, offset, capacity, offload);
            }
            if (index != turn || port.hasServed) {
                return NOTHING;
            }
            port.hasServed = true;
            return port.receive(destination, offset, capacity, offload);
        }

        @Override
        public int view(final Arrival arrival, final long burst) {
            if (workers.size() == 1) {
                return port.view(arrival, burst);
            }
            if (index != turn || port.hasServed) {
                return NOTHING;
            }
            final int length = port.view(arrival, burst);
            port.hasServed = length != UNSEEN;
            return length;
        }

        @Override
        public long place(final int length) {
            return port.place(length);
        }

        @Override
        public void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
            port.sendPlaced(length, checksumStart, checksumOffset);
        }

        @Override
        public boolean transmit(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Offload offload,
                final long timeNs) {
            return port.transmit(buffer, offset, length, offload, timeNs);
        }

        @Override
        public boolean takesOffload() {
            return port.takesOffload();
        }

        @Override
        public boolean takesTunnelSegments() {
            return port.takesTunnelSegments();
        }
    }

    private final TopologyCell cell;
    private final WorkerGroup workers;
    private int turn; // of the workers, to receive
    private final Map<String, MemoryPort> ports = new HashMap<>();
    private final Map<DropReason, Long> dropsBefore = new EnumMap<>(DropReason.class);
    private List<Sent> sent = new ArrayList<>();
    private TopologySnapshot topology;
    private long nowNs = 1_000 * SECOND;
    private boolean hasFiller;
    private boolean showsFrames = true;
    private byte filler;

    /** A host with default options. */
    public Host(final Cast cast) {
        this(cast, CONFIG);
    }

    /** A host with options of its own. */
    public Host(final Cast cast, final StageOptions options) {
        this(cast, withOptions(CONFIG, options));
    }

    /** A host with sizes of its own. */
    public Host(final Cast cast, final WorkerConfig config) {
        this(cast, config, 1);
    }

    /** A host whose workers take turns to receive a frame. */
    public Host(final Cast cast, final WorkerConfig config, final int workerCount) {
        topology = cast.build();
        cell = new TopologyCell(topology);
        workers = new WorkerGroup(workerCount, config, cell, /* isOneThread= */ true);
        plug();
        workers.acquire(nowNs);
    }

    /** {@return the sizes used when a test names none} */
    public static WorkerConfig config() {
        return CONFIG;
    }

    /** {@return the sizes of {@link #config}, with so many connections for each guest} */
    public static WorkerConfig configWithConnections(final int perGuest) {
        return new WorkerConfig(
                CONFIG.frameCount(),
                CONFIG.frameCapacity(),
                CONFIG.burstCapacity(),
                CONFIG.announcesAtStart(),
                CONFIG.pipeline().withLimits(new ConntrackLimits(ConntrackLimits.UNLIMITED, perGuest)));
    }

    /** {@return the sizes of {@link #config}, with so many remembered flows, 0 = none} */
    public static WorkerConfig configWithFlows(final int capacity) {
        return new WorkerConfig(
                CONFIG.frameCount(),
                CONFIG.frameCapacity(),
                CONFIG.burstCapacity(),
                CONFIG.announcesAtStart(),
                CONFIG.pipeline().withFlowCapacity(capacity));
    }

    /** {@return the same sizes with other options} */
    public static WorkerConfig withOptions(final WorkerConfig config, final StageOptions options) {
        return new WorkerConfig(
                config.frameCount(),
                config.frameCapacity(),
                config.burstCapacity(),
                config.announcesAtStart(),
                config.pipeline().withOptions(options));
    }

    /** Has all ports copy frames, as devices do that show none. */
    public Host copying() {
        showsFrames = false;
        return this;
    }

    /** Fills what lies behind a received frame: nothing may depend on it. */
    public Host filledWith(final int value) {
        hasFiller = true;
        filler = (byte) value;
        return this;
    }

    private void plug() {
        for (final Attachment attachment : topology.attachments()) {
            final MemoryPort port = ports.computeIfAbsent(attachment.name(), MemoryPort::new);
            for (int i = 0; i < workers.size(); i++) {
                workers.worker(i).port(attachment.id(), new Part(port, i));
            }
        }
    }

    /** Publishes another topology, which is taken up at once. */
    public List<Sent> topology(final Cast cast) {
        topology = cast.build();
        cell.publish(topology);
        plug();
        begin();
        workers.timers(nowNs);
        return end();
    }

    /** Has the device of an attachment point refuse what is sent. */
    public void fill(final String attachment) {
        ports.get(attachment).isFull = true;
    }

    /** Has the device of an attachment point take what is left to be done, or not. */
    public void takesOffload(final String attachment, final boolean takesOffload) {
        ports.get(attachment).takesOffload = takesOffload;
    }

    /** Has the device of the underlay take large segments in tunnels, and all else that is left to be done. */
    public void takesTunnelSegments() {
        takesOffload("underlay", true);
        ports.get("underlay").takesTunnelSegments = true;
    }

    /** The device of an attachment point goes away. */
    public void unplug(final String attachment) {
        workers.ports(attachment(attachment).id(), null);
    }

    /**
     * Frames arrive together at one attachment point.
     *
     * @param attachment where
     * @param frames in this order
     * @return what left on account of them, in order
     */
    public List<Sent> send(final String attachment, final byte[]... frames) {
        return send(attachment, Work.NONE, frames);
    }

    /** As {@link #send(String, byte[]...)}, with the same work left to be done to each. */
    public List<Sent> send(final String attachment, final Work work, final byte[]... frames) {
        begin();
        for (final byte[] frame : frames) {
            ports.get(attachment).waiting.add(new Waiting(frame, work));
        }
        while (!ports.get(attachment).waiting.isEmpty()) {
            ports.get(attachment).hasServed = false;
            workers.doWork(nowNs);
            turn = (turn + 1) % workers.size();
        }
        return end();
    }

    /** Frames arrive together, and the leader receives all of them before any other worker does anything. */
    public List<Sent> sendToLeader(final String attachment, final byte[]... frames) {
        begin();
        final MemoryPort port = ports.get(attachment);
        turn = 0;
        for (final byte[] frame : frames) {
            port.waiting.add(new Waiting(frame, Work.NONE));
        }
        while (!port.waiting.isEmpty()) {
            port.hasServed = false;
            workers.worker(0).doWork(nowNs);
        }
        workers.doWork(nowNs);
        return end();
    }

    /** As {@link #send}, when exactly one frame must leave. */
    public Sent sendForOne(final String attachment, final byte[]... frames) {
        return sendForOne(attachment, Work.NONE, frames);
    }

    /** As {@link #sendForOne(String, byte[]...)}, with the same work left to be done to each. */
    public Sent sendForOne(final String attachment, final Work work, final byte[]... frames) {
        final List<Sent> left = send(attachment, work, frames);
        if (left.size() != 1) {
            throw new AssertionError("expected one frame to leave, but left " + describe(left) + "; drops " + drops());
        }
        return left.get(0);
    }

    /** As {@link #send}, when nothing may leave and every frame must be dropped for one reason. */
    public void sendForDrop(final DropReason reason, final String attachment, final byte[]... frames) {
        sendForDrop(reason, attachment, Work.NONE, frames);
    }

    /** As {@link #sendForDrop(DropReason, String, byte[]...)}, with the same work left to be done to each. */
    public void sendForDrop(final DropReason reason, final String attachment, final Work work, final byte[]... frames) {
        final List<Sent> left = send(attachment, work, frames);
        if (!left.isEmpty() || !drops().equals(Map.of(reason, (long) frames.length))) {
            throw new AssertionError(
                    "expected drop " + reason + ", but left " + describe(left) + " and drops " + drops());
        }
    }

    /** {@return the sizes of {@link #config}, with frames of any length and so many remembered flows, 0 = none} */
    public static WorkerConfig configOfLongFrames(final int flowCapacity) {
        return new WorkerConfig(
                64, FramePool.LONGEST_FRAME, 16, false, CONFIG.pipeline().withFlowCapacity(flowCapacity));
    }

    private static List<String> describe(final List<Sent> frames) {
        return frames.stream()
                .map(one -> one.attachment() + ": " + FramePrinter.toString(one.bytes()))
                .toList();
    }

    /** Time passes; timers fire when they are due. */
    public List<Sent> advance(final long durationNs) {
        begin();
        final long end = nowNs + durationNs;
        for (long due = workers.nextDeadlineNs(); due <= end; due = workers.nextDeadlineNs()) {
            nowNs = Math.max(nowNs, due);
            workers.timers(nowNs);
        }
        nowNs = end;
        workers.timers(nowNs);
        return end();
    }

    /** {@return the story of a frame} */
    public FrameTrace explain(final String attachment, final byte[] frame) {
        return explain(attachment, Work.NONE, frame);
    }

    /** {@return the story of a frame to which work is left to be done} */
    public FrameTrace explain(final String attachment, final Work work, final byte[] frame) {
        begin();
        final Offload offload = new Offload();
        work.tell(offload, 0);
        final FrameTrace trace = workers.explain(attachment(attachment), frame, offload, nowNs);
        end();
        return trace;
    }

    private Attachment attachment(final String name) {
        return topology.attachments().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void begin() {
        sent = new ArrayList<>();
        for (final DropReason reason : DropReason.values()) {
            dropsBefore.put(reason, dropped(reason));
        }
    }

    private List<Sent> end() {
        final long imbalance = workers.imbalance();
        if (imbalance != 0) {
            throw new AssertionError("frames are not conserved, imbalance=" + imbalance + " drops=" + drops());
        }
        return sent;
    }

    /** {@return drops since the last call that sent or advanced, without zeros} */
    public Map<DropReason, Long> drops() {
        final Map<DropReason, Long> since = new EnumMap<>(DropReason.class);
        for (final DropReason reason : DropReason.values()) {
            final long count = dropped(reason) - dropsBefore.getOrDefault(reason, 0L);
            if (count != 0) {
                since.put(reason, count);
            }
        }
        return since;
    }

    private long dropped(final DropReason reason) {
        long count = 0;
        for (final Worker worker : workers.workers()) {
            count += worker.counters().drops(reason);
        }
        return count;
    }

    /** {@return the counters of its worker, or of the leader of several} */
    public WorkerCounters counters() {
        return worker().counters();
    }

    /** {@return its worker, or the leader of several} */
    public Worker worker() {
        return workers.worker(0);
    }

    /** {@return all of its workers} */
    public WorkerGroup workers() {
        return workers;
    }

    /** {@return the topology in force} */
    public TopologySnapshot topology() {
        return topology;
    }

    /** {@return frames that wait} */
    public int held() {
        return workers.held();
    }

    public long nowNs() {
        return nowNs;
    }
}
