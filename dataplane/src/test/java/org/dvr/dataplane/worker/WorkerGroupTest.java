package org.dvr.dataplane.worker;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.F1;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.PROVIDER;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.U;
import static org.dvr.dataplane.testing.Cast.UPSTREAM;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.testing.Cast;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologyCell;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.junit.jupiter.api.Test;

/** What workers hand to each other; that they do what one would is judged by fuzzing and by the shipped scenarios. */
class WorkerGroupTest {
    private static final int WORKERS = 3;

    private static final class MemoryPort implements PacketPort {
        private final ConcurrentLinkedQueue<byte[]> waiting = new ConcurrentLinkedQueue<>();
        private final AtomicLong sent = new AtomicLong();

        @Override
        public int receive(
                final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
            final byte[] frame = waiting.poll();
            if (frame == null) {
                return NOTHING;
            }
            destination.putBytes(offset, frame);
            return frame.length;
        }

        @Override
        public boolean transmit(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final Offload offload,
                final long nowNs) {
            sent.incrementAndGet();
            return true;
        }
    }

    private static byte[] toRemote(final String remote) {
        return ethernet(MA1, GA).ipv4(A1, remote).udp(5, 6).payload(8).build();
    }

    private static String remoteOf(final int worker, final int number, final TopologySnapshot topology) {
        final Steering steering =
                Steering.of(topology, WORKERS, Host.config().pipeline().seed());
        int left = number;
        for (int remote = ip("8.8.0.0"); ; remote++) {
            if (steering.owner(remote) == worker && left-- == 0) {
                return Ipv4Address.toString(remote);
            }
        }
    }

    private static MemoryPort plug(final WorkerGroup group, final TopologySnapshot topology, final String name) {
        final MemoryPort port = new MemoryPort();
        for (final Attachment attachment : topology.attachments()) {
            if (attachment.name().equals(name)) {
                group.ports(attachment.id(), List.of(port, new MemoryPort(), new MemoryPort()));
            }
        }
        return port;
    }

    @Test
    void shouldWakeWhoSleepsWhenAFrameOfHisIsReceivedByAnother() {
        final TopologySnapshot topology = compute1().build();
        final WorkerGroup group = new WorkerGroup(WORKERS, Host.config(), new TopologyCell(topology), false);
        final MemoryPort port = plug(group, topology, TAP_A1);
        final AtomicInteger woken = new AtomicInteger();
        final AtomicInteger others = new AtomicInteger();
        group.worker(1).inbox().onOffer(others::incrementAndGet);
        group.worker(2).inbox().onOffer(woken::incrementAndGet);
        group.acquire(1);
        assertTrue(group.worker(2).waiting(true), "nothing has come: it may sleep");
        port.waiting.add(toRemote(remoteOf(2, 0, topology)));
        group.worker(0).doWork(1);
        assertEquals(1, woken.get());
        assertEquals(0, others.get());
        assertFalse(group.worker(2).waiting(true), "something has come: it must not sleep");
        group.worker(2).waiting(false);
        assertEquals(1, group.worker(2).doWork(1));
        assertTrue(group.worker(2).waiting(true));
        assertEquals(1, group.worker(2).connections().active());
        assertEquals(0, group.worker(0).connections().active());
    }

    /** Frames of many flows are received by one thread, and each is found by its connection in the thread that it belongs to. */
    @Test
    void shouldHandOverBetweenThreads() throws InterruptedException {
        final TopologySnapshot topology = compute1().build();
        final WorkerGroup group = new WorkerGroup(WORKERS, Host.config(), new TopologyCell(topology), false);
        final MemoryPort port = plug(group, topology, TAP_A1);
        plug(group, topology, PROVIDER);
        final int frames = 30_000;
        final byte[][] flows = new byte[60][];
        for (int i = 0; i < flows.length; i++) {
            flows[i] = toRemote(remoteOf(i % WORKERS, i, topology));
        }
        final AtomicBoolean isOver = new AtomicBoolean();
        final Thread[] threads = new Thread[WORKERS];
        for (int i = 0; i < WORKERS; i++) {
            final Worker worker = group.worker(i);
            threads[i] = new Thread(() -> {
                while (!isOver.get()) {
                    if (worker.doWork(System.nanoTime()) == 0) {
                        LockSupport.parkNanos(1_000);
                    }
                }
            });
            threads[i].start();
        }
        final long endNs = System.nanoTime() + 20_000_000_000L;
        for (int i = 0; i < frames; i++) {
            while (port.waiting.size() > 100 && System.nanoTime() < endNs) {
                LockSupport.parkNanos(1_000);
            }
            port.waiting.add(flows[i % flows.length]);
        }
        while (received(group, topology) < frames && System.nanoTime() < endNs) {
            LockSupport.parkNanos(1_000);
        }
        isOver.set(true);
        for (final Thread thread : threads) {
            thread.join();
        }
        group.doWork(System.nanoTime());
        assertEquals(frames, received(group, topology));
        assertEquals(0, group.imbalance());
        long full = 0;
        for (final Worker worker : group.workers()) {
            assertEquals(20, worker.connections().created());
            full += worker.counters().drops(DropReason.HANDOVER_FULL);
        }
        assertEquals(frames * 2L / 3, group.worker(0).handedOver() + full);
    }

    private static long received(final WorkerGroup group, final TopologySnapshot topology) {
        long received = 0;
        for (final Attachment attachment : topology.attachments()) {
            for (final Worker worker : group.workers()) {
                received += worker.counters().rx(attachment.id());
            }
        }
        return received;
    }

    /** Frames of two workers wait for one neighbor; one asks, once, and both hear of the answer. */
    @Test
    void shouldAskOnceForANeighborThatSeveralWaitFor() {
        final Cast cast = compute1().withoutUpstream();
        final TopologySnapshot topology = cast.build();
        final Host host = new Host(cast, Host.config(), WORKERS);
        int requests = 0;
        for (int worker = 0; worker < WORKERS; worker++) {
            requests +=
                    host.send(TAP_A1, toRemote(remoteOf(worker, 0, topology))).size();
        }
        assertEquals(1, requests);
        assertEquals(WORKERS, host.held());
        final byte[] reply =
                TestFrames.ethernet(U, F1).arpReply(U, UPSTREAM, F1, Cast.FG1).build();
        assertEquals(WORKERS, host.send(PROVIDER, reply).size());
        assertEquals(0, host.held());
    }

    @Test
    void shouldGiveUpOnANeighborTogether() {
        final Cast cast = compute1().withoutUpstream();
        final TopologySnapshot topology = cast.build();
        final Host host = new Host(cast, Host.config(), WORKERS);
        for (int worker = 0; worker < WORKERS; worker++) {
            host.send(TAP_A1, toRemote(remoteOf(worker, 0, topology)));
        }
        // Two more requests, and an error to the guest for each that waited.
        assertEquals(2 + WORKERS, host.advance(3 * Host.SECOND).size());
        assertEquals(Map.of(DropReason.HOST_UNREACHABLE, (long) WORKERS), host.drops());
        assertEquals(0, host.held());
    }

    @Test
    void shouldForwardByWhatAnotherHasLearned() {
        final Host host = new Host(compute1(), Host.config(), WORKERS);
        final String moved = "fa:16:3e:00:0a:77";
        final byte[] from = ethernet(moved, MA1).ipv4("10.0.1.77", A1).udp(1, 2).build();
        final byte[] to = ethernet(MA1, moved).ipv4(A1, "10.0.1.77").udp(2, 1).build();
        final int flooded = host.send(TAP_A1, to).size();
        assertTrue(flooded > 1);
        host.send(Cast.UNDERLAY, TestFrames.vxlan(Cast.T2_MAC, Cast.T1_MAC, Cast.T2, Cast.T1, Cast.ID_A, from));
        for (int turn = 0; turn < WORKERS; turn++) {
            final byte[] elsewhere = ethernet(MA1, moved)
                    .ipv4(A1, "10.0.1." + (80 + turn))
                    .udp(2, 1)
                    .build();
            assertEquals(1, host.send(TAP_A1, elsewhere).size());
        }
    }

    @Test
    void shouldMakeTheFunctionOfATopologyOnce() {
        final TopologySnapshot topology = compute1().build();
        final WorkerGroup group = new WorkerGroup(WORKERS, Host.config(), new TopologyCell(topology), true);
        final Steering prepared = group.prepare(topology);
        group.acquire(1);
        assertSame(prepared, group.worker(1).steering());
        assertSame(prepared, group.worker(2).steering());
    }

    @Test
    void shouldRefuseANumberOfWorkersThatNobodyHas() {
        final TopologyCell cell = new TopologyCell(compute1().build());
        assertThrows(IllegalArgumentException.class, () -> new WorkerGroup(0, Host.config(), cell, true));
        assertThrows(IllegalArgumentException.class, () -> new WorkerGroup(65, Host.config(), cell, true));
    }
}
