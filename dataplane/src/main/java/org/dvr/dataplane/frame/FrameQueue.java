package org.dvr.dataplane.frame;

/** Frames in order of arrival, linked through themselves: a bounded queue that allocates nothing. */
public final class FrameQueue {
    private Frame head;
    private Frame tail;
    private int size;

    /**
     * @param frame in no other queue; appended
     */
    public void add(final Frame frame) {
        frame.next = null;
        if (tail == null) {
            head = frame;
        } else {
            tail.next = frame;
        }
        tail = frame;
        size++;
    }

    /** @return the oldest frame, taken out; null when empty */
    public Frame poll() {
        final Frame frame = head;
        if (frame != null) {
            head = frame.next;
            frame.next = null;
            if (head == null) {
                tail = null;
            }
            size--;
        }
        return frame;
    }

    public int size() {
        return size;
    }
}
