package org.dvr.dataplane.table;

/**
 * Rows of numbers on their way from a worker's table to the supervisor: a fixed number of longs each, fixed capacity, allocated by whoever asks so that
 * the worker allocates nothing. Belongs to one thread at a time.
 */
public final class RowBlock {
    private final int width;
    private final long[] words;
    private int size;
    private boolean isCut;

    /**
     * @param width longs of a row, 1 or more
     * @param capacity rows it can hold, 1 or more
     */
    public RowBlock(final int width, final int capacity) {
        this.width = width;
        words = new long[Math.multiplyExact(width, capacity)];
    }

    /**
     * Makes room for one more row.
     *
     * @return false when it is full: the row is left out, which {@link #isCut} tells
     */
    public boolean add() {
        if ((size + 1) * width > words.length) {
            isCut = true;
            return false;
        }
        size++;
        return true;
    }

    /**
     * Sets a field of the row added last.
     *
     * @param column 0 to width - 1
     * @param value any
     */
    public void put(final int column, final long value) {
        words[(size - 1) * width + column] = value;
    }

    /**
     * @param row 0 to {@link #size} - 1
     * @param column 0 to width - 1
     * @return the field's value
     */
    public long get(final int row, final int column) {
        return words[row * width + column];
    }

    /** @return rows in it */
    public int size() {
        return size;
    }

    /** @return true when rows were left out for want of room */
    public boolean isCut() {
        return isCut;
    }
}
