package org.dvr.dataplane.watch;

import org.dvr.dataplane.frame.Frame;

/** Chooses frames by what they say. Called by a worker for each frame while a live trace is armed: it compares primitives and allocates nothing. */
@FunctionalInterface
public interface FrameFilter {
    /**
     * @param frame parsed, nothing decided yet unless it was malformed
     * @return true for a frame to be looked at
     */
    boolean matches(Frame frame);
}
