package org.dvr.dataplane.worker;

import org.dvr.dataplane.frame.FramePool;
import org.dvr.dataplane.pipeline.PipelineConfig;

/**
 * Sizes of one worker, fixed at launch.
 *
 * @param frameCount frames in its pool; default 1,024: a burst, its answers, and what waits for neighbors
 * @param frameCapacity longest frame in bytes; default 9,216, a jumbo frame with its headers, and on live devices the longest there is
 * @param burstCapacity frames processed together; default 64: enough for cache misses to overlap, few enough to stay in the cache
 * @param announcesAtStart gratuitous ARP at the start for what is already associated; default true for live ports, false in replay
 * @param pipeline sizes and choices of its pipeline
 */
public record WorkerConfig(
        int frameCount, int frameCapacity, int burstCapacity, boolean announcesAtStart, PipelineConfig pipeline) {
    /** The defaults of a replay. */
    public static final WorkerConfig REPLAY = new WorkerConfig(1_024, 9_216, 64, false, PipelineConfig.DEFAULT);

    /** The defaults on live devices, which hand over large segments: 128 MiB of frames. */
    public static final WorkerConfig LIVE =
            new WorkerConfig(2_048, FramePool.LONGEST_FRAME, 64, true, PipelineConfig.DEFAULT);

    /** Checks ranges. */
    public WorkerConfig {
        if (burstCapacity < 1 || frameCount < burstCapacity * 2) {
            throw new IllegalArgumentException("frameCount must be at least twice burstCapacity, frameCount="
                    + frameCount + " burstCapacity=" + burstCapacity);
        }
    }
}
