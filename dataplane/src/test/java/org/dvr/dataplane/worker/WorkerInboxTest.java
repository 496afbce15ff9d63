package org.dvr.dataplane.worker;

import static org.dvr.codec.testing.TestFrames.ethernet;
import static org.dvr.dataplane.testing.Cast.A1;
import static org.dvr.dataplane.testing.Cast.A2;
import static org.dvr.dataplane.testing.Cast.A3;
import static org.dvr.dataplane.testing.Cast.GA;
import static org.dvr.dataplane.testing.Cast.ID_A;
import static org.dvr.dataplane.testing.Cast.MA1;
import static org.dvr.dataplane.testing.Cast.MA2;
import static org.dvr.dataplane.testing.Cast.MA3;
import static org.dvr.dataplane.testing.Cast.T1;
import static org.dvr.dataplane.testing.Cast.T1_MAC;
import static org.dvr.dataplane.testing.Cast.T2;
import static org.dvr.dataplane.testing.Cast.T2_MAC;
import static org.dvr.dataplane.testing.Cast.TAP_A1;
import static org.dvr.dataplane.testing.Cast.TAP_A3;
import static org.dvr.dataplane.testing.Cast.UNDERLAY;
import static org.dvr.dataplane.testing.Cast.X;
import static org.dvr.dataplane.testing.Cast.compute1;
import static org.dvr.dataplane.testing.Cast.ip;
import static org.dvr.dataplane.testing.Cast.mac;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.dvr.codec.testing.TestFrames;
import org.dvr.dataplane.flow.RememberedFlow;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.dvr.dataplane.testing.Host;
import org.dvr.dataplane.watch.FrameCapture;
import org.dvr.dataplane.watch.LiveTrace;
import org.dvr.dataplane.watch.TracedFrame;
import org.junit.jupiter.api.Test;

class WorkerInboxTest {
    private static final byte[] TO_A2 = udp(MA1, MA2, A1, A2);

    private final Host host = new Host(compute1());

    private static byte[] udp(final String from, final String to, final String source, final String destination) {
        return ethernet(from, to).ipv4(source, destination).udp(4_000, 5_000).build();
    }

    private void ask(final WorkerTask task) {
        assertTrue(host.worker().inbox().offer(task));
        for (int cycle = 0; cycle < 10_000 && !task.isDone(); cycle++) {
            host.worker().doWork(host.nowNs());
        }
        assertTrue(task.isDone());
    }

    private static List<String> told(final FrameTrace story) {
        return story.steps().stream().map(FrameTrace.Step::sentence).toList();
    }

    private int id(final String attachment) {
        return host.topology().attachments().stream()
                .filter(one -> one.name().equals(attachment))
                .findFirst()
                .orElseThrow()
                .id();
    }

    @Test
    void shouldTellTheStoryOfFramesThatMatchAndOfNoMoreThanWanted() {
        final LiveTrace trace = new LiveTrace(frame -> frame.facts.destination == ip(A2), false, 2);
        ask(WatchTask.arm(trace));
        host.send(TAP_A1, udp(MA1, MA3, A1, A3), TO_A2, TO_A2, TO_A2);
        final TracedFrame first = trace.poll();
        assertArrayEquals(TO_A2, first.bytes());
        assertEquals(TAP_A1, first.ingress().name());
        assertEquals(host.nowNs(), first.timeNs());
        assertFalse(first.isDropped());
        assertTrue(told(first.story()).getFirst().contains("frame on tapa1, untagged"), told(first.story())::toString);
        assertEquals(1, first.story().sent().size());
        assertEquals(UNDERLAY, first.story().sent().getFirst().name());
        assertNotNull(trace.poll());
        assertNull(trace.poll());
        ask(WatchTask.disarm(trace));
        assertFalse(host.worker().pipeline().watch().isOn());
    }

    @Test
    void shouldTellWhatATunnelFrameSaysInside() {
        final LiveTrace trace = new LiveTrace(frame -> frame.facts.destination == ip(A1), false, 1);
        ask(WatchTask.arm(trace));
        final byte[] wrapped = TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, ID_A, udp(MA2, MA1, A2, A1));
        host.send(UNDERLAY, wrapped);
        final TracedFrame traced = trace.poll();
        assertArrayEquals(wrapped, traced.bytes());
        assertTrue(told(traced.story()).getFirst().contains("tunnel frame from"), told(traced.story())::toString);
        assertEquals(TAP_A1, traced.story().sent().getFirst().name());
        assertArrayEquals(
                udp(MA2, MA1, A2, A1), traced.story().sent().getFirst().bytes());
    }

    /** A peer on the same machine leaves the checksum of the outer UDP header to the device: what is there is only a part of it. */
    @Test
    void shouldNotJudgeWhatSendersLeftToDevicesTwice() {
        final byte[] wrapped = TestFrames.vxlan(T2_MAC, T1_MAC, T2, T1, ID_A, udp(MA2, MA1, A2, A1));
        wrapped[40] = 0x12; // outer UDP checksum
        wrapped[41] = 0x34;
        final PacketPort partial = new PacketPort() {
            private int left = 2;

            @Override
            public int receive(
                    final MutableDirectBuffer destination,
                    final int offset,
                    final int capacity,
                    final Offload offload) {
                if (left-- <= 0) {
                    return NOTHING;
                }
                destination.putBytes(offset, wrapped);
                offload.checksumAt = offset + 34;
                offload.checksumOffset = 6;
                return wrapped.length;
            }

            @Override
            public boolean transmit(
                    final DirectBuffer buffer,
                    final int offset,
                    final int length,
                    final Offload offload,
                    final long nowNs) {
                return true;
            }
        };
        final LiveTrace trace = new LiveTrace(frame -> true, false, 1);
        final LiveTrace ofDropped = new LiveTrace(frame -> true, true, 1);
        ask(WatchTask.arm(trace));
        ask(WatchTask.arm(ofDropped));
        host.worker().port(id(UNDERLAY), partial);
        host.worker().doWork(host.nowNs());
        assertEquals(2, host.counters().tx(id(TAP_A1)), () -> host.drops().toString());
        assertFalse(trace.poll().isDropped());
        assertNull(ofDropped.poll());
    }

    @Test
    void shouldTellOfDroppedFramesOnly() {
        final LiveTrace trace = new LiveTrace(frame -> true, true, 3);
        ask(WatchTask.arm(trace));
        final byte[] spent =
                ethernet(MA1, GA).ipv4(A1, X).ttl(1).udp(4_000, 5_000).build();
        host.send(TAP_A1, TO_A2, spent, TO_A2, new byte[5]);
        final TracedFrame dropped = trace.poll();
        assertTrue(dropped.isDropped());
        assertArrayEquals(spent, dropped.bytes());
        assertTrue(told(dropped.story()).getLast().contains("dropped: ttl-exceeded"), told(dropped.story())::toString);
        assertEquals(1, dropped.story().answers().size());
        final TracedFrame malformed = trace.poll();
        assertTrue(told(malformed.story()).getLast().contains("ethernet-truncated"), told(malformed.story())::toString);
        assertNull(trace.poll());
        for (int i = 0; i < 20; i++) {
            host.send(TAP_A1, TO_A2);
        }
        host.send(TAP_A1, spent);
        assertNotNull(trace.poll(), "frames that were not dropped use nothing up");
    }

    @Test
    void shouldTellAHeldFrameWhenItHasLeft() {
        final Host alone = new Host(compute1().withoutPeerMacs());
        final LiveTrace trace = new LiveTrace(frame -> true, false, 5);
        alone.worker().inbox().offer(WatchTask.arm(trace));
        alone.worker().doWork(alone.nowNs());
        alone.send(TAP_A1, TO_A2);
        assertEquals(1, alone.held());
        assertNull(trace.poll());
        alone.advance(5 * Host.SECOND);
        assertTrue(trace.poll().isDropped());
    }

    @Test
    void shouldEndTheStoriesOfATraceThatIsDisarmed() {
        final Host alone = new Host(compute1().withoutPeerMacs());
        final LiveTrace trace = new LiveTrace(frame -> true, false, 5);
        alone.worker().inbox().offer(WatchTask.arm(trace));
        alone.worker().doWork(alone.nowNs());
        alone.send(TAP_A1, TO_A2);
        alone.worker().inbox().offer(WatchTask.disarm(trace));
        alone.worker().doWork(alone.nowNs());
        alone.advance(5 * Host.SECOND);
        assertNull(trace.poll());
    }

    @Test
    void shouldForwardTheSameBytesWhileWatched() {
        final Host other = new Host(compute1());
        final List<Host.Sent> plain = other.send(TAP_A1, TO_A2, udp(MA1, GA, A1, X), TO_A2);
        ask(WatchTask.arm(new LiveTrace(frame -> true, false, 100)));
        ask(WatchTask.arm(new LiveTrace(frame -> true, true, 100)));
        ask(WatchTask.arm(new FrameCapture(id(TAP_A1), 1 << 16)));
        final List<Host.Sent> watched = host.send(TAP_A1, TO_A2, udp(MA1, GA, A1, X), TO_A2);
        assertEquals(plain.size(), watched.size());
        for (int i = 0; i < plain.size(); i++) {
            assertArrayEquals(plain.get(i).bytes(), watched.get(i).bytes());
        }
    }

    /** A line for each copy. */
    private List<String> drain(final FrameCapture capture) {
        final List<String> lines = new ArrayList<>();
        capture.drain(
                (kind, attachmentId, reason, timeNs, length, buffer, offset, captured) -> {
                    assertEquals(host.nowNs(), timeNs);
                    lines.add(List.of("in", "out", "dropped").get(kind) + " " + length + " " + captured + " "
                            + (attachmentId < 0
                                    ? "nowhere"
                                    : host.topology()
                                            .attachmentById(attachmentId)
                                            .name())
                            + (reason == null ? "" : " " + reason.label()));
                },
                1_000);
        return lines;
    }

    @Test
    void shouldCaptureBothDirectionsOfAnAttachmentPoint() {
        final FrameCapture capture = new FrameCapture(id(TAP_A1), 1 << 16);
        ask(WatchTask.arm(capture));
        host.send(TAP_A1, TO_A2);
        host.send(TAP_A3, udp(MA3, MA1, A3, A1), udp(MA3, MA2, A3, A2));
        final int length = TO_A2.length;
        assertEquals(
                List.of("in " + length + " " + length + " tapa1", "out " + length + " " + length + " tapa1"),
                drain(capture));
        ask(WatchTask.disarm(capture));
        host.send(TAP_A1, TO_A2);
        assertEquals(List.of(), drain(capture));
    }

    @Test
    void shouldCaptureDroppedFramesWithTheirReasons() {
        final FrameCapture capture = new FrameCapture(FrameCapture.NOWHERE, 1 << 16);
        ask(WatchTask.arm(capture));
        final byte[] spent =
                ethernet(MA1, GA).ipv4(A1, X).ttl(1).udp(4_000, 5_000).build();
        host.send(TAP_A1, TO_A2, spent, new byte[5]);
        host.fill(TAP_A3);
        host.send(TAP_A1, udp(MA1, MA3, A1, A3));
        assertEquals(
                List.of(
                        "dropped " + spent.length + " " + spent.length + " tapa1 ttl-exceeded",
                        "dropped 5 5 tapa1 ethernet-truncated",
                        "dropped " + TO_A2.length + " " + TO_A2.length + " tapa1 port-full"),
                drain(capture));
    }

    @Test
    void shouldCountCopiesForWhichThereIsNoRoom() {
        final FrameCapture capture = new FrameCapture(id(TAP_A1), 4_096);
        ask(WatchTask.arm(capture));
        for (int i = 0; i < 100; i++) {
            host.send(TAP_A1, TO_A2);
        }
        final int copied = drain(capture).size();
        assertTrue(copied > 10 && copied < 100, "copied=" + copied);
        assertEquals(100 - copied, capture.lost());
        assertEquals(100, host.counters().rx(id(TAP_A1)));
        host.send(TAP_A1, TO_A2);
        assertEquals(1, drain(capture).size(), "room again");
    }

    @Test
    void shouldCutCopiesThatARingCannotHold() {
        final FrameCapture capture = new FrameCapture(id(TAP_A1), 4_096);
        ask(WatchTask.arm(capture));
        host.send(
                TAP_A1, ethernet(MA1, MA2).ipv4(A1, A2).udp(1, 2).payload(1_000).build());
        assertEquals(List.of("in 1042 488 tapa1"), drain(capture));
    }

    @Test
    void shouldReadCountersBetweenTwoBursts() {
        host.send(TAP_A1, TO_A2, new byte[5]);
        final CounterReading reading = new CounterReading(8);
        ask(reading);
        assertEquals(2, reading.rx(id(TAP_A1)));
        assertEquals(TO_A2.length + 5, reading.rxBytes(id(TAP_A1)));
        assertEquals(1, reading.tx(id(UNDERLAY)));
        assertEquals(host.counters().txBytes(id(UNDERLAY)), reading.txBytes(id(UNDERLAY)));
        assertEquals(1, reading.drops(DropReason.ETHERNET_TRUNCATED));
        assertEquals(1_024, reading.get(CounterDescriptor.FLOWS_CAPACITY));
        assertEquals(0, reading.imbalance());
        final CounterReading twice = new CounterReading(8);
        twice.read(host.worker());
        twice.add(reading);
        twice.add(CounterDescriptor.ALARMS_PORTS, 3);
        assertEquals(4, twice.rx(id(TAP_A1)));
        assertEquals(2, twice.drops(DropReason.ETHERNET_TRUNCATED));
        assertEquals(2_048, twice.get(CounterDescriptor.FLOWS_CAPACITY));
        assertEquals(3, twice.get(CounterDescriptor.ALARMS_PORTS));
        assertEquals(2 * reading.remembered(), twice.remembered());
    }

    @Test
    void shouldCopyConnectionsAndRememberedFlows() {
        final byte[] outbound = udp(MA1, GA, A1, X);
        host.send(TAP_A1, outbound, outbound, outbound);
        final TableTask connections = new TableTask(TableTask.Table.CONNECTIONS, 16);
        ask(connections);
        assertEquals(1, connections.connections().size());
        assertFalse(connections.connections().get(0).isReplied());
        assertFalse(connections.isCut());
        final TableTask flows = new TableTask(TableTask.Table.FLOWS, 16);
        ask(flows);
        assertEquals(1, flows.rows().size());
        final RememberedFlow flow = RememberedFlow.of(flows.rows(), 0);
        assertEquals(id(TAP_A1), flow.attachmentId());
        assertEquals(ip(A1), flow.source());
        assertEquals(ip(X), flow.destination());
        assertEquals(17, flow.protocol());
        assertEquals(4_000, flow.sourcePort());
        assertEquals(5_000, flow.destinationPort());
        assertTrue(flow.isTranslated());
        assertEquals(ip("203.0.113.51"), flow.newSource());
        assertEquals(4_000, flow.newSourcePort());
        assertEquals(5_000, flow.newDestinationPort());
        assertEquals(2, flow.ttlCost());
        assertEquals("provider", host.topology().attachmentById(flow.egressId()).name());
        assertEquals(-1, flow.peerId());
        assertEquals(host.worker().flows().size(), flows.rows().size());
    }

    @Test
    void shouldCopyLearnedMacsAndNeighbors() {
        host.send(
                TAP_A1,
                ethernet("fa:16:3e:00:0a:77", MA3)
                        .ipv4("10.0.1.77", A3)
                        .udp(1, 2)
                        .build());
        final TableTask learned = new TableTask(TableTask.Table.LEARNED, 16);
        ask(learned);
        assertEquals(1, learned.rows().size());
        assertEquals(mac("fa:16:3e:00:0a:77"), learned.rows().get(0, 1));
        assertEquals(id(TAP_A1), learned.rows().get(0, 2));
        assertEquals(0, learned.rows().get(0, 3));

        final Host asking = new Host(compute1().withoutPeerMacs());
        asking.send(TAP_A1, TO_A2);
        final TableTask neighbors = new TableTask(TableTask.Table.NEIGHBORS, 16);
        asking.worker().inbox().offer(neighbors);
        while (!neighbors.isDone()) {
            asking.worker().doWork(asking.nowNs());
        }
        assertEquals(1, neighbors.rows().size());
        assertEquals(-1, neighbors.rows().get(0, 2));
        assertEquals(1, neighbors.rows().get(0, 4));
    }

    @Test
    void shouldSayWhenThereWasMoreThanRoom() {
        for (int i = 0; i < 20; i++) {
            host.send(
                    TAP_A1, ethernet(MA1, GA).ipv4(A1, X).udp(4_000 + i, 5_000).build());
        }
        final TableTask connections = new TableTask(TableTask.Table.CONNECTIONS, 16);
        ask(connections);
        assertEquals(16, connections.connections().size());
        assertTrue(connections.isCut());
    }

    @Test
    void shouldDoASliceInADutyCycleAndBeWokenForIt() {
        final List<String> woken = new ArrayList<>();
        host.worker().inbox().onOffer(() -> woken.add("woken"));
        final TableTask flows = new TableTask(TableTask.Table.FLOWS, 1);
        assertTrue(host.worker().inbox().offer(flows));
        assertEquals(List.of("woken"), woken);
        assertEquals(1, host.worker().doWork(host.nowNs()));
        assertFalse(flows.isDone(), "65,536 places are more than a slice");
        ask(new CounterReading(1));
        assertTrue(flows.isDone(), "one after the other");
        assertEquals(0, host.worker().doWork(host.nowNs()));
    }

    @Test
    void shouldRefuseMoreThanWait() {
        for (int i = 0; i < WorkerInbox.CAPACITY; i++) {
            assertTrue(host.worker().inbox().offer(new CounterReading(1)));
        }
        assertFalse(host.worker().inbox().offer(new CounterReading(1)));
    }
}
