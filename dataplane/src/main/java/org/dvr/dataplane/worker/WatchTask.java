package org.dvr.dataplane.worker;

import org.dvr.dataplane.watch.FrameCapture;
import org.dvr.dataplane.watch.FrameWatch;
import org.dvr.dataplane.watch.LiveTrace;

/** Begins or ends a live trace or a capture. */
public final class WatchTask extends WorkerTask {
    private final LiveTrace trace;
    private final FrameCapture capture;
    private final boolean isArmed;

    private WatchTask(final LiveTrace trace, final FrameCapture capture, final boolean isArmed) {
        this.trace = trace;
        this.capture = capture;
        this.isArmed = isArmed;
    }

    /**
     * @param trace to be begun
     * @return the task
     */
    public static WatchTask arm(final LiveTrace trace) {
        return new WatchTask(trace, null, true);
    }

    /**
     * @param trace to be ended
     * @return the task
     */
    public static WatchTask disarm(final LiveTrace trace) {
        return new WatchTask(trace, null, false);
    }

    /**
     * @param capture to be begun
     * @return the task
     */
    public static WatchTask arm(final FrameCapture capture) {
        return new WatchTask(null, capture, true);
    }

    /**
     * @param capture to be ended
     * @return the task
     */
    public static WatchTask disarm(final FrameCapture capture) {
        return new WatchTask(null, capture, false);
    }

    @Override
    boolean work(final Worker worker, final long nowNs) {
        final FrameWatch watch = worker.pipeline().watch();
        if (trace != null) {
            if (isArmed) {
                watch.arm(trace);
            } else {
                watch.disarm(trace);
            }
        } else if (isArmed) {
            watch.arm(capture);
        } else {
            watch.disarm(capture);
        }
        return true;
    }
}
