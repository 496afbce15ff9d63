package org.dvr.app.observe;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.DirectBuffer;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.watch.FrameCapture;
import org.dvr.dataplane.watch.FrameWatch;
import org.dvr.dataplane.watch.LiveTrace;
import org.dvr.dataplane.watch.TracedFrame;
import org.dvr.dataplane.worker.WatchTask;
import org.dvr.pcaps.replay.ExplainedFrame;
import org.dvr.pcaps.replay.FactSheet;
import org.dvr.pcaps.replay.SentFrame;

/**
 * Answers that go on: live traces and captures. Runs on the client's thread, looks every few milliseconds for what workers have found, and has them stop
 * as soon as the client is gone.
 */
final class LiveFrames {
    private static final int LOOK_MS = 5;
    private static final long STILL_THERE_NS = 500_000_000L;
    private static final int DRAIN_LIMIT = 256;

    private static final String[] KINDS = {"in", "out", "dropped"};

    private final ForwarderView view;
    private final AtomicInteger traces = new AtomicInteger();
    private final AtomicInteger captures = new AtomicInteger();

    LiveFrames(final ForwarderView view) {
        this.view = view;
    }

    private static void enter(final AtomicInteger goingOn, final String what) {
        if (goingOn.incrementAndGet() > FrameWatch.LIMIT) {
            goingOn.decrementAndGet();
            throw new ObserveException(FrameWatch.LIMIT + " " + what + " go on already");
        }
    }

    // ---- Traces
    // --------------------------------------------------------------------------------------------------------

    void trace(final AdminRequest.Trace request, final AdminServer.Answer answer)
            throws IOException, InterruptedException {
        final FilterParser.Condition condition = FilterParser.parse(request.filter(), view.topology());
        enter(traces, "live traces");
        final List<LiveTrace> armed = new ArrayList<>();
        try {
            for (final WorkerView worker : view.workers()) {
                final LiveTrace trace = new LiveTrace(condition.filter(), condition.isOfDropped(), request.count());
                armed.add(trace);
                Workers.offer(worker, WatchTask.arm(trace));
            }
            answer.line(JsonNodeFactory.instance.objectNode().put("armed", true));
            follow(armed, request.count(), answer);
        } finally {
            for (int i = 0; i < armed.size(); i++) {
                disarm(view.workers().get(i), WatchTask.disarm(armed.get(i)));
            }
            traces.decrementAndGet();
        }
        answer.line(JsonNodeFactory.instance.objectNode().put("end", true));
    }

    /** It must end, or the worker would go on copying: an inbox that is full now has room soon. */
    private static void disarm(final WorkerView worker, final WatchTask task) {
        for (int attempt = 0; !worker.worker().inbox().offer(task) && attempt < 1_000; attempt++) {
            try {
                Thread.sleep(LOOK_MS);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return; // the whole forwarder ends
            }
        }
    }

    private void follow(final List<LiveTrace> armed, final int count, final AdminServer.Answer answer)
            throws IOException, InterruptedException {
        long startNs = Long.MIN_VALUE;
        long heardNs = System.nanoTime();
        int told = 0;
        while (told < count) {
            boolean hasFound = false;
            for (int i = 0; i < armed.size() && told < count; i++) {
                final TracedFrame frame = armed.get(i).poll();
                if (frame != null) {
                    hasFound = true;
                    startNs = startNs == Long.MIN_VALUE ? frame.timeNs() : startNs;
                    answer.line(line(frame, ++told, startNs));
                    heardNs = System.nanoTime();
                }
            }
            heardNs = wait(hasFound, heardNs, answer);
        }
    }

    /** Rests when there was nothing, and looks now and then whether the client is there. */
    private static long wait(final boolean hasFound, final long heardNs, final AdminServer.Answer answer)
            throws IOException, InterruptedException {
        if (hasFound) {
            return heardNs;
        }
        Thread.sleep(LOOK_MS);
        if (System.nanoTime() - heardNs < STILL_THERE_NS) {
            return heardNs;
        }
        answer.stillThere();
        return System.nanoTime();
    }

    private ObjectNode line(final TracedFrame frame, final int number, final long startNs) {
        final List<SentFrame> sent = new ArrayList<>();
        collect(frame.story(), sent);
        final StringWriter text = new StringWriter();
        final PrintWriter out = new PrintWriter(text);
        new TracePrinter(out)
                .print(new ExplainedFrame(
                        frame.ingress().name(),
                        number,
                        frame.timeNs(),
                        Math.max(0, frame.timeNs() - startNs),
                        frame.bytes(),
                        FactSheet.of(frame.ingress(), frame.bytes(), frame.topology()),
                        frame.story(),
                        sent,
                        0,
                        frame.isConsumed()));
        out.flush();
        return JsonNodeFactory.instance
                .objectNode()
                .put("frame", number)
                .put("at", frame.ingress().name())
                .put("time_ns", view.epochNs(frame.timeNs()))
                .put("dropped", frame.isDropped())
                .put("text", text.toString());
    }

    private static void collect(final FrameTrace story, final List<SentFrame> sent) {
        story.sent().forEach(one -> sent.add(new SentFrame(one.name(), one.bytes())));
        story.answers().forEach(made -> collect(made, sent));
    }

    // ---- Captures
    // ------------------------------------------------------------------------------------------------------

    void capture(final AdminRequest.Capture request, final AdminServer.Answer answer)
            throws IOException, InterruptedException {
        final int id = request.name().isEmpty() ? FrameCapture.NOWHERE : attachmentId(request.name());
        enter(captures, "captures");
        final List<FrameCapture> armed = new ArrayList<>();
        final Copies copies = new Copies(request.count(), answer);
        try {
            for (final WorkerView worker : view.workers()) {
                final FrameCapture capture = new FrameCapture(id, FrameCapture.DEFAULT_CAPACITY);
                armed.add(capture);
                Workers.offer(worker, WatchTask.arm(capture));
            }
            answer.line(JsonNodeFactory.instance.objectNode().put("armed", true));
            copies.follow(armed);
        } finally {
            for (int i = 0; i < armed.size(); i++) {
                disarm(view.workers().get(i), WatchTask.disarm(armed.get(i)));
            }
            captures.decrementAndGet();
        }
        answer.line(JsonNodeFactory.instance.objectNode().put("end", true).put("lost", lost(armed)));
    }

    private static long lost(final List<FrameCapture> armed) {
        long lost = 0;
        for (final FrameCapture capture : armed) {
            lost += capture.lost();
        }
        return lost;
    }

    private int attachmentId(final String name) {
        for (final Attachment attachment : view.topology().attachments()) {
            if (attachment.name().equals(name)) {
                return attachment.id();
            }
        }
        throw new ObserveException("there is no attachment point " + name + " on host " + view.host() + "; it has "
                + String.join(
                        ", ",
                        view.topology().attachments().stream()
                                .limit(20)
                                .map(Attachment::name)
                                .toList()));
    }

    /** Copies on their way to one client. */
    private final class Copies {
        private final long count;
        private final AdminServer.Answer answer;
        private final List<ObjectNode> lines = new ArrayList<>();
        private long told;
        private long toldLost;

        Copies(final long count, final AdminServer.Answer answer) {
            this.count = count == 0 ? Long.MAX_VALUE : count;
            this.answer = answer;
        }

        void follow(final List<FrameCapture> armed) throws IOException, InterruptedException {
            long heardNs = System.nanoTime();
            while (told < count) {
                for (final FrameCapture capture : armed) {
                    capture.drain(this::take, DRAIN_LIMIT);
                }
                final boolean hasFound = !lines.isEmpty();
                for (final ObjectNode line : lines) {
                    if (told < count) {
                        told++;
                        answer.line(line);
                        heardNs = System.nanoTime();
                    }
                }
                lines.clear();
                final long lost = lost(armed);
                if (lost != toldLost) {
                    toldLost = lost;
                    answer.line(JsonNodeFactory.instance.objectNode().put("lost", lost));
                }
                heardNs = LiveFrames.wait(hasFound, heardNs, answer);
            }
        }

        private void take(
                final int kind,
                final int attachmentId,
                final DropReason reason,
                final long timeNs,
                final int length,
                final DirectBuffer buffer,
                final int offset,
                final int captured) {
            final byte[] bytes = new byte[captured];
            buffer.getBytes(offset, bytes);
            final ObjectNode line = JsonNodeFactory.instance
                    .objectNode()
                    .put("time_ns", view.epochNs(timeNs))
                    .put("at", name(attachmentId))
                    .put("kind", KINDS[kind])
                    .put("length", length);
            if (reason != null) {
                line.put("reason", reason.label()).put("meaning", reason.sentence());
            }
            lines.add(line.put("bytes", bytes));
        }

        private String name(final int attachmentId) {
            final TopologySnapshot topology = view.topology();
            final Attachment attachment = attachmentId < 0 ? null : topology.attachmentById(attachmentId);
            return attachment == null ? (attachmentId < 0 ? "this host" : "gone") : attachment.name();
        }
    }
}
