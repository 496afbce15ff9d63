package org.dvr.dataplane.frame;

/** A burst: up to {@link #capacity()} frames that are processed together, in order of arrival. */
public final class Burst {
    private final Arrival[] arrivals;
    private int size;

    /**
     * @param capacity the most it can hold, 1 or more
     */
    public Burst(final int capacity) {
        arrivals = new Arrival[capacity];
        for (int i = 0; i < capacity; i++) {
            arrivals[i] = new Arrival();
        }
    }

    public int capacity() {
        return arrivals.length;
    }

    public int size() {
        return size;
    }

    public boolean isFull() {
        return size == arrivals.length;
    }

    /**
     * @param index 0 to size - 1
     * @return the frame there
     */
    public Arrival get(final int index) {
        return arrivals[index];
    }

    /** @return the place of the next frame, to be filled before {@link #add()}; there must be room */
    public Arrival next() {
        return arrivals[size];
    }

    /** Appends what {@link #next} was filled with. */
    public void add() {
        size++;
    }

    /** Forgets its frames; whoever processed them has given them back. */
    public void clear() {
        size = 0;
    }
}
