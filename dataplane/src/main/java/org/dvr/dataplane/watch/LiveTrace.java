package org.dvr.dataplane.watch;

import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/**
 * A wish to hear the story of the next few frames that a filter chooses; one for each worker. The worker allocates only while it is armed and only for
 * frames that were chosen.
 *
 * <p>Frames to be dropped cannot be told before they are decided. A trace of dropped frames follows every chosen one that no remembered verdict forwards,
 * {@link #CANDIDATES} of a burst at most, and keeps those that are dropped.
 */
public final class LiveTrace {
    /** Frames of a burst that a trace of dropped frames follows. */
    public static final int CANDIDATES = 16;

    /** The most frames that may be asked for. */
    public static final int MAX_FRAMES = 1_000;

    private final FrameFilter filter;
    private final boolean isOfDropped;
    private final OneToOneConcurrentArrayQueue<TracedFrame> finished;

    // Worker only.
    private int wanted;
    private int candidates;

    /**
     * @param filter chooses frames
     * @param isOfDropped true to hear of dropped frames only
     * @param count frames wanted, 1 to {@link #MAX_FRAMES}
     */
    public LiveTrace(final FrameFilter filter, final boolean isOfDropped, final int count) {
        if (count < 1 || count > MAX_FRAMES) {
            throw new IllegalArgumentException("count must be 1 to " + MAX_FRAMES + ", count=" + count);
        }
        this.filter = filter;
        this.isOfDropped = isOfDropped;
        wanted = count;
        finished = new OneToOneConcurrentArrayQueue<>(count);
    }

    FrameFilter filter() {
        return filter;
    }

    boolean isOfDropped() {
        return isOfDropped;
    }

    void startBurst() {
        candidates = CANDIDATES;
    }

    /** Takes a place for a frame, so that never more are under way than are wanted. */
    boolean reserve() {
        if (wanted == 0 || candidates == 0) {
            return false;
        }
        candidates--;
        wanted--;
        return true;
    }

    void finished(final TracedFrame frame) {
        if (isOfDropped && !frame.isDropped()) {
            wanted++;
        } else {
            finished.offer(frame); // there is room: no more were reserved than fit
        }
    }

    /**
     * The next frame whose story is complete; supervisor.
     *
     * @return null when none is
     */
    public TracedFrame poll() {
        return finished.poll();
    }
}
