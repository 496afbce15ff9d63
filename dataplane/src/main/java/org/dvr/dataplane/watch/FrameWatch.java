package org.dvr.dataplane.watch;

import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.ArrayUtil;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * What a worker watches just now: live traces and captures. The packet path asks {@link #isOn} and nothing more while nothing is watched. Owned by one
 * worker.
 */
public final class FrameWatch {
    /** Traces, and captures, that can be armed at a time. */
    public static final int LIMIT = 8;

    private static final LiveTrace[] NO_TRACES = {};
    private static final FrameCapture[] NO_CAPTURES = {};

    private LiveTrace[] traces = NO_TRACES;
    private FrameCapture[] captures = NO_CAPTURES;
    private final List<TracedFrame> underWay = new ArrayList<>();
    private boolean isOn;

    /** @return true when anything is watched */
    public boolean isOn() {
        return isOn;
    }

    /**
     * Arms a trace; between bursts.
     *
     * @param trace told of frames from now on; nothing happens when {@link #LIMIT} are armed
     */
    public void arm(final LiveTrace trace) {
        if (traces.length < LIMIT) {
            traces = ArrayUtil.add(traces, trace);
            isOn = true;
        }
    }

    /**
     * Arms a capture; between bursts.
     *
     * @param capture given copies from now on; nothing happens when {@link #LIMIT} are armed
     */
    public void arm(final FrameCapture capture) {
        if (captures.length < LIMIT) {
            captures = ArrayUtil.add(captures, capture);
            isOn = true;
        }
    }

    /**
     * Ends a trace, frames under way included; between bursts.
     *
     * @param trace armed or not
     */
    public void disarm(final LiveTrace trace) {
        traces = ArrayUtil.remove(traces, trace);
        underWay.removeIf(frame -> frame.owner() == trace);
        isOn = traces.length + captures.length > 0;
    }

    /**
     * Ends a capture; between bursts. What its ring holds can still be drained.
     *
     * @param capture armed or not
     */
    public void disarm(final FrameCapture capture) {
        captures = ArrayUtil.remove(captures, capture);
        isOn = traces.length + captures.length > 0;
    }

    /** A burst begins. */
    public void startBurst() {
        for (final LiveTrace trace : traces) {
            trace.startBurst();
        }
    }

    /**
     * A frame has come in; before its bytes change.
     *
     * @param frame parsed
     * @param length bytes as it came in
     * @param nowNs its time
     */
    public void arrived(final Frame frame, final int length, final long nowNs) {
        final int id = frame.ingress().id();
        for (final FrameCapture capture : captures) {
            if (capture.isOf(id)) {
                capture.put(
                        FrameCapture.IN,
                        id,
                        null,
                        nowNs,
                        frame.buffer(),
                        frame.start(),
                        Math.min(length, frame.capacity()));
            }
        }
    }

    /**
     * Does anybody want the story of a frame that has just been parsed?
     *
     * @param frame parsed
     * @return the trace that has taken a place for it, null when nobody does
     */
    public LiveTrace wanted(final Frame frame) {
        final boolean isDropped = frame.verdict.action == Action.DROP;
        for (final LiveTrace trace : traces) {
            if ((isDropped || !trace.isOfDropped()) && trace.filter().matches(frame) && trace.reserve()) {
                return trace;
            }
        }
        return null;
    }

    /**
     * Does anybody want the story of a frame, in case it is going to be dropped?
     *
     * @param frame parsed, no remembered verdict forwards it
     * @return the trace that has taken a place for it, null when nobody does
     */
    public LiveTrace wantedIfDropped(final Frame frame) {
        for (final LiveTrace trace : traces) {
            if (trace.isOfDropped() && trace.filter().matches(frame) && trace.reserve()) {
                return trace;
            }
        }
        return null;
    }

    /**
     * Starts the story of a frame.
     *
     * @param trace that has taken a place for it
     * @param frame parsed, nothing decided
     * @param length bytes as it came in
     * @param nowNs its time
     * @param topology in force
     */
    public void begin(
            final LiveTrace trace,
            final Frame frame,
            final int length,
            final long nowNs,
            final TopologySnapshot topology) {
        final TracedFrame traced = new TracedFrame(trace, frame, length, nowNs, topology);
        underWay.add(traced);
        frame.trace(traced.draft());
    }

    /**
     * A frame has left by an attachment point.
     *
     * @param frame as it left
     * @param where by which one
     * @param nowNs when
     */
    public void left(final Frame frame, final Attachment where, final long nowNs) {
        for (final FrameCapture capture : captures) {
            if (capture.isOf(where.id())) {
                capture.put(FrameCapture.OUT, where.id(), null, nowNs, frame.buffer(), frame.offset(), frame.length());
            }
        }
        if (frame.trace() != null) {
            final byte[] bytes = new byte[frame.length()];
            frame.buffer().getBytes(frame.offset(), bytes);
            frame.trace().sent().add(new FrameTrace.Sent(where.name(), bytes));
        }
    }

    /**
     * A frame, or a copy of it, was dropped. What came in wrapped is copied with its tunnel headers, unless it was written already.
     *
     * @param frame as it is now
     * @param reason why
     * @param nowNs when
     */
    public void dropped(final Frame frame, final DropReason reason, final long nowNs) {
        for (final FrameCapture capture : captures) {
            if (capture.isOfDropped()) {
                final boolean isAsItCame = !frame.verdict.isOwn && !frame.verdict.isWritten;
                final int from = isAsItCame ? Math.min(frame.start(), frame.offset()) : frame.offset();
                final int end = Math.min(frame.offset() + frame.length(), frame.start() + frame.capacity());
                capture.put(
                        FrameCapture.DROPPED,
                        frame.ingress() == null
                                ? FrameCapture.NOWHERE
                                : frame.ingress().id(),
                        reason,
                        nowNs,
                        frame.buffer(),
                        from,
                        Math.max(0, end - from));
            }
        }
    }

    /**
     * A frame is about to be given back: its story, if anybody wants it, is complete.
     *
     * @param frame whose way is over
     */
    public void finished(final Frame frame) {
        if (frame.trace() == null) {
            return;
        }
        for (int i = 0; i < underWay.size(); i++) {
            final TracedFrame traced = underWay.get(i);
            if (traced.isToldBy(frame.trace())) {
                underWay.remove(i);
                traced.finish(frame);
                traced.owner().finished(traced);
                return;
            }
        }
    }
}
