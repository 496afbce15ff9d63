package org.dvr.nat.conntrack;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Room for some connections on their way out of a table or into one: records side by side, {@link ConnectionRecord#LENGTH} bytes each. Fixed capacity,
 * outside of the heap; belongs to one thread at a time.
 */
public final class ConnectionBlock {
    private final ConnectionRecord record = new ConnectionRecord();
    private final UnsafeBuffer buffer;
    private final int capacity;
    private int size;

    /**
     * Allocates a block.
     *
     * @param capacity records it can hold, 1 or more
     */
    public ConnectionBlock(final int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be 1 or more, capacity=" + capacity);
        }
        this.capacity = capacity;
        buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(capacity * ConnectionRecord.LENGTH));
    }

    /** {@return the records, from offset 0 on} */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** {@return records it can hold} */
    public int capacity() {
        return capacity;
    }

    /** {@return records in it} */
    public int size() {
        return size;
    }

    /** {@return bytes of the records in it} */
    public int length() {
        return size * ConnectionRecord.LENGTH;
    }

    /** {@return true when nothing more fits} */
    public boolean isFull() {
        return size == capacity;
    }

    /** Forgets its records. */
    public void clear() {
        size = 0;
    }

    /**
     * Looks at one record.
     *
     * @param index 0 to {@link #size}, exclusive
     * @return a flyweight, good until the next call
     */
    public ConnectionRecord get(final int index) {
        return record.wrap(buffer, index * ConnectionRecord.LENGTH);
    }

    /**
     * Makes room for one more record at the end.
     *
     * @return a flyweight over bytes of any content, good until the next call; the block must not be full
     */
    public ConnectionRecord add() {
        return get(size++);
    }
}
