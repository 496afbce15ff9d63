package org.dvr.pcaps.replay;

import org.HdrHistogram.Histogram;

/**
 * How long a replay took, by the clock on the wall. Nothing of it reaches the worker.
 *
 * @param passes      how often the captures were played in the measured time
 * @param frames      frames played in that time
 * @param processNs   time spent in the packet path
 * @param readNs      time spent reading captures, outside of {@code processNs}
 * @param bursts      time of each burst in nanoseconds
 * @param burstLimit  frames in a burst at most
 * @param memoryBytes frames held in memory, 0 when they were streamed
 */
public record Measurement(
        long passes, long frames, long processNs, long readNs, Histogram bursts, int burstLimit, long memoryBytes) {
    /** {@return packets per second of the packet path} */
    public double packetsPerSecond() {
        return processNs == 0 ? 0 : frames * 1e9 / processNs;
    }

    /** {@return nanoseconds per packet in the packet path} */
    public double nsPerPacket() {
        return frames == 0 ? 0 : (double) processNs / frames;
    }

    /** {@return the part of the whole time that went into reading captures, 0 to 1} */
    public double readShare() {
        return processNs + readNs == 0 ? 0 : (double) readNs / (processNs + readNs);
    }
}
