package org.dvr.dataplane.frame;

import org.dvr.codec.ethernet.EthernetHeader;
import org.dvr.codec.ethernet.VlanTag;
import org.dvr.nat.memory.NativeMemory;

/**
 * The frames of one worker, allocated at launch: one native buffer cut into slots. When it is empty, {@link #take} answers null; a
 * received frame then stays with its device, and an answer is not made.
 */
public final class FramePool {
    /** The longest frame there is, in bytes: an IP packet of 65,535 behind a tagged Ethernet header. */
    public static final int LONGEST_FRAME = EthernetHeader.LENGTH + VlanTag.LENGTH + 65_535;

    private static final int CACHE_LINE = 64;

    private final Frame[] free; // the last one given is the next one taken: it is in the cache
    private int available;
    private int reserved;

    /**
     * @param count number of frames, 1 or more
     * @param capacity the longest frame in bytes, 64 to {@link #LONGEST_FRAME}
     */
    public FramePool(final int count, final int capacity) {
        if (count < 1 || capacity < CACHE_LINE || capacity > LONGEST_FRAME) {
            throw new IllegalArgumentException("count must be 1 or more and capacity 64 to " + LONGEST_FRAME
                    + ", count=" + count + " capacity=" + capacity);
        }
        // An odd number of cache lines: slots a power of two apart would all compete for the same sets of the cache.
        final int lines = (Frame.HEADROOM + capacity + CACHE_LINE - 1) / CACHE_LINE;
        final int slot = (lines | 1) * CACHE_LINE;
        final NativeMemory memory = new NativeMemory(Math.multiplyExact(slot, count) + CACHE_LINE, CACHE_LINE);
        free = new Frame[count];
        for (int i = count - 1; i >= 0; i--) {
            give(new Frame(memory, i * slot, capacity));
        }
    }

    /** @return a frame with undefined content and nothing left to be done to it, null when none is free */
    public Frame take() {
        if (available <= reserved) {
            return null;
        }
        final Frame frame = free[--available];
        frame.offload.clear();
        return frame;
    }

    /** Keeps a frame for one that lies in its port's memory, in case it has to be copied; there must be one {@linkplain #available}. */
    public void reserve() {
        reserved++;
    }

    /** @return a frame that was kept, as of {@link #take} */
    Frame takeReserved() {
        reserved--;
        return take();
    }

    /** None of those that are still kept is needed. */
    public void endReservations() {
        reserved = 0;
    }

    /**
     * Takes a frame back; its content is lost.
     *
     * @param frame one of this pool
     */
    public void give(final Frame frame) {
        frame.endTrace();
        free[available++] = frame;
    }

    /** @return how many frames are free, and not kept */
    public int available() {
        return available - reserved;
    }
}
