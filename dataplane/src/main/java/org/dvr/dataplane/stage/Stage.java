package org.dvr.dataplane.stage;

import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.frame.Next;

/**
 * One step of a frame's way: reads facts and tables, fills in the verdict, never touches the frame's bytes.
 *
 * <p>A frame is decided from its first stage to its last before the next one is looked at, so that a packet always finds the
 * state its predecessor left, whatever burst they came in. What is done burst-wise is the parsing before and the fetching of
 * table lines ({@code pipeline.Prefetcher}).
 */
@FunctionalInterface
public interface Stage {
    /**
     * Decides.
     *
     * @param frame with its facts, and the verdict as the stages before left it
     * @param cycle topology and time of the burst
     * @return the stage that looks at it next
     */
    Next decide(Frame frame, Cycle cycle);
}
