package org.dvr.pcaps.replay;

/** A replay that can stop at a frame and tell its story; once, instead of being run. */
public interface FrameExplainer {
    /**
     * Plays until a frame, and tells its story instead of playing on.
     *
     * @param name        attachment point where it arrives
     * @param frameNumber its number there, 1 for the first
     * @return the story
     * @throws ReplayException when there is no such frame
     */
    ExplainedFrame explain(String name, long frameNumber);

    /**
     * Plays all captures, without settling, then tells the story of one more frame.
     *
     * @param name  attachment point where it comes in
     * @param bytes the frame
     * @return the story
     * @throws ReplayException when there is no such attachment point
     */
    ExplainedFrame explain(String name, byte[] bytes);
}
