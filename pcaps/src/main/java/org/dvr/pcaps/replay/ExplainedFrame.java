package org.dvr.pcaps.replay;

import java.util.List;
import org.dvr.dataplane.frame.FrameTrace;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerGroup;

/**
 * A frame and all that became of it.
 *
 * @param name        attachment point where it came in
 * @param frameNumber its number in the capture of that attachment point, 0 when it comes from no capture
 * @param timeNs      virtual time
 * @param sinceStartNs virtual time since the first frame
 * @param bytes       the frame
 * @param facts       what its headers say
 * @param story       what the stages decided
 * @param sent        what the host sent on account of it, in order: the frame itself, answers, frames that waited for it
 * @param held        how many more frames wait for a neighbor than before
 * @param isConsumed  true when it was for the host itself
 */
@SuppressWarnings("ArrayRecordComponent") // shown to people, never compared
public record ExplainedFrame(
        String name,
        long frameNumber,
        long timeNs,
        long sinceStartNs,
        byte[] bytes,
        List<FactSheet.Fact> facts,
        FrameTrace story,
        List<SentFrame> sent,
        int held,
        boolean isConsumed) {
    /**
     * Has the worker that a frame belongs to process it now and tell its story.
     *
     * @param workers       their ports note in {@code sent} what leaves
     * @param topology      in force there
     * @param attachment    where the frame comes in
     * @param name          of that attachment point in the replay
     * @param frameNumber   its number in the capture, 0 when it comes from none
     * @param timeNs        virtual time
     * @param sinceStartNs  virtual time since the first frame
     * @param bytes         the frame
     * @param sent          filled while it is processed
     * @return the frame and all that became of it
     */
    static ExplainedFrame of(
            final WorkerGroup workers,
            final TopologySnapshot topology,
            final Attachment attachment,
            final String name,
            final long frameNumber,
            final long timeNs,
            final long sinceStartNs,
            final byte[] bytes,
            final List<SentFrame> sent) {
        final int heldBefore = workers.held();
        final long consumedBefore = consumed(workers);
        final FrameTrace story = workers.explain(attachment, bytes, timeNs);
        return new ExplainedFrame(
                name,
                frameNumber,
                timeNs,
                sinceStartNs,
                bytes,
                FactSheet.of(attachment, bytes, topology),
                story,
                sent,
                workers.held() - heldBefore,
                consumed(workers) > consumedBefore);
    }

    private static long consumed(final WorkerGroup workers) {
        long consumed = 0;
        for (final Worker worker : workers.workers()) {
            consumed += worker.counters().consumedCount();
        }
        return consumed;
    }
}
