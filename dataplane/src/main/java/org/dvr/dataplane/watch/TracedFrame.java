package org.dvr.dataplane.watch;

import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;

/** A frame that a live trace has chosen, and all that became of it. Written by the worker, read by the supervisor once it is finished. */
public final class TracedFrame {
    private final LiveTrace owner;
    private final Attachment ingress;
    private final long timeNs;
    private final byte[] bytes;
    private final TopologySnapshot topology;
    private final FrameTrace story;
    private FrameTrace told;
    private boolean isConsumed;
    private boolean isDropped;

    TracedFrame(
            final LiveTrace owner,
            final Frame frame,
            final int length,
            final long timeNs,
            final TopologySnapshot topology) {
        this.owner = owner;
        this.timeNs = timeNs;
        this.topology = topology;
        ingress = frame.ingress();
        bytes = new byte[Math.min(length, frame.capacity())];
        frame.buffer().getBytes(frame.start(), bytes);
        story = new FrameTrace(frame);
    }

    void finish(final Frame frame) {
        isConsumed = frame.verdict.action == Action.CONSUME;
        isDropped = frame.verdict.action == Action.DROP;
        told = story.copy(); // a frame made on account of it may still be on its way
    }

    /** Is this the frame with that trace? */
    boolean isToldBy(final FrameTrace trace) {
        return story == trace;
    }

    /** Where the stages write. */
    FrameTrace draft() {
        return story;
    }

    LiveTrace owner() {
        return owner;
    }

    /** @return where it came in */
    public Attachment ingress() {
        return ingress;
    }

    /** @return when, in the time of its worker */
    public long timeNs() {
        return timeNs;
    }

    /** @return the frame as it came in; not to be changed */
    public byte[] bytes() {
        return bytes;
    }

    /** @return what was in force then */
    public TopologySnapshot topology() {
        return topology;
    }

    /** @return what the stages decided, what was sent, and the stories of what was made on account of it */
    public FrameTrace story() {
        return told;
    }

    /** @return true when it was for this host itself */
    public boolean isConsumed() {
        return isConsumed;
    }

    /** @return true when it was dropped */
    public boolean isDropped() {
        return isDropped;
    }
}
