package org.dvr.app.observe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.stats.DutyCycle;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayPath;
import org.dvr.dataplane.topology.UnderlayView;
import org.dvr.dataplane.worker.Alarms;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerConfig;
import org.dvr.pcaps.replay.HostTopology;

/** compute1 of the shipped scenarios with ports in memory: two workers driven by one thread, frames go to the first unless told otherwise. */
public final class MemoryForwarder implements ForwarderView, AutoCloseable {
    public static final String TAP_A1 = "tapport-a1";
    public static final String TAP_A3 = "tapport-a3";
    public static final String MAC_A1 = "fa:16:3e:0a:00:11";
    public static final String MAC_A3 = "fa:16:3e:0a:00:13";
    public static final String GATEWAY = "fa:16:3e:0a:00:01";
    public static final long EPOCH_NS = 1_700_000_000_000_000_000L;

    private static final Path TOPOLOGY =
            Path.of("..", "pcaps", "scenarios", "floating-ip", "udp-to-outside", "topology.yaml");
    private static final WorkerConfig CONFIG = new WorkerConfig(
            512, 2_048, 64, false, WorkerConfig.REPLAY.pipeline().withConnectionCapacity(1_024));

    private static final class MemoryPort implements PacketPort {
        private final Queue<byte[]> waiting = new ConcurrentLinkedQueue<>();
        private final Queue<byte[]> sent = new ConcurrentLinkedQueue<>();

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
                final long nowNs) {
            final byte[] copy = new byte[length];
            buffer.getBytes(offset, copy);
            sent.add(copy);
            return true;
        }
    }

    private final TopologySnapshot topology =
            HostTopology.load(List.of(TOPOLOGY), "compute1").start();
    private final List<WorkerView> workers = new ArrayList<>();
    private final List<Map<String, MemoryPort>> ports = new ArrayList<>();
    private final long originNs = System.nanoTime();
    private volatile boolean isClosed;
    private final Thread thread = new Thread(this::run, "memory-forwarder");

    public MemoryForwarder() {
        for (int i = 0; i < 2; i++) {
            final Worker worker = new Worker(CONFIG, new TopologyCell(topology));
            final Map<String, MemoryPort> own = new ConcurrentHashMap<>();
            for (final Attachment attachment : topology.attachments()) {
                own.put(attachment.name(), new MemoryPort());
                worker.port(attachment.id(), own.get(attachment.name()));
            }
            workers.add(new WorkerView(worker, new DutyCycle(), new Alarms(worker)));
            ports.add(own);
        }
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!isClosed) {
            int workCount = 0;
            for (final WorkerView view : workers) {
                final long nowNs = System.nanoTime();
                view.dutyCycle().start(nowNs);
                final int count = view.worker().doWork(nowNs);
                view.dutyCycle().done(count);
                view.alarms().check(nowNs, line -> {});
                workCount += count;
            }
            if (workCount == 0) {
                LockSupport.parkNanos(200_000);
            }
        }
    }

    public void send(final String attachment, final byte[]... frames) {
        send(0, attachment, frames);
    }

    public void send(final int worker, final String attachment, final byte[]... frames) {
        for (final byte[] frame : frames) {
            ports.get(worker).get(attachment).waiting.add(frame);
        }
    }

    /** A guest's datagram to the outside: through its floating IP. */
    public static byte[] outbound(final int sourcePort) {
        return TestFrames.ethernet(MAC_A1, GATEWAY)
                .ipv4("10.0.1.11", "8.8.8.8")
                .udp(sourcePort, 53)
                .payload(20)
                .build();
    }

    /** One that a router drops. */
    public static byte[] spent() {
        return TestFrames.ethernet(MAC_A1, GATEWAY)
                .ipv4("10.0.1.11", "8.8.8.8")
                .ttl(1)
                .udp(4_000, 53)
                .build();
    }

    public int sentCount(final String attachment) {
        return ports.get(0).get(attachment).sent.size();
    }

    @Override
    public String host() {
        return "compute1";
    }

    @Override
    public long startedEpochMs() {
        return EPOCH_NS / 1_000_000;
    }

    @Override
    public long epochNs(final long nowNs) {
        return EPOCH_NS + nowNs - originNs;
    }

    @Override
    public List<WorkerView> workers() {
        return workers;
    }

    @Override
    public TopologySnapshot topology() {
        return topology;
    }

    @Override
    public List<PortStatus> ports() {
        return List.of(
                new PortStatus(TAP_A1, TAP_A1, "afpacket", "up", 7, 3),
                new PortStatus("underlay", "eth1", "afxdp", "up", 0, 0));
    }

    @Override
    public UnderlayView underlay() {
        return new UnderlayView(
                1,
                List.of(new UnderlayPath(topology.peers().getFirst().address(), 0, 1_400, "no route to 172.16.0.2")));
    }

    /** {@return whether workers watch anything} */
    public boolean isWatched() {
        return workers.stream().anyMatch(view -> view.worker().isWatched());
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
