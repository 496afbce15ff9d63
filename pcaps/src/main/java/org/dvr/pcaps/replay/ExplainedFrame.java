package org.dvr.pcaps.replay;

import java.util.List;
import org.dvr.dataplane.frame.FrameTrace;

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
        boolean isConsumed) {}
