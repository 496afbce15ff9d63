package org.dvr.dataplane.frame;

/** A burst: up to {@link #capacity()} frames that are processed together, in order of arrival. */
public final class FrameVector {
    private final Frame[] frames;
    private int size;

    /**
     * @param capacity the most it can hold, 1 or more
     */
    public FrameVector(final int capacity) {
        frames = new Frame[capacity];
    }

    public int capacity() {
        return frames.length;
    }

    public int size() {
        return size;
    }

    public boolean isFull() {
        return size == frames.length;
    }

    /**
     * @param index 0 to size - 1
     * @return the frame there
     */
    public Frame get(final int index) {
        return frames[index];
    }

    /**
     * @param frame appended; there must be room
     */
    public void add(final Frame frame) {
        frames[size++] = frame;
    }

    /** Forgets its frames; whoever processed them has given them back. */
    public void clear() {
        size = 0;
    }
}
