package org.dvr.dataplane.io.afxdp;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * One of the four rings of an AF_XDP socket, shared with the kernel: one side produces, the other consumes. Counts run freely and are masked; our side's are
 * kept here and published when asked.
 *
 * <pre>
 *   fill, completion:  | chunk (64) |      receive, transmit:  | address (64) | length (32) | options (32) |
 * </pre>
 *
 * Belongs to one worker.
 */
final class XskRing {
    /** Bytes of a descriptor of the fill and completion rings. */
    static final int CHUNK = 8;

    /** Bytes of {@code struct xdp_desc}. */
    static final int DESCRIPTOR = 16;

    private static final int LENGTH = 8;
    private static final int NEED_WAKEUP = 1;

    private final UnsafeBuffer memory;
    private final int producerAt;
    private final int consumerAt;
    private final int flagsAt;
    private final int descriptorsAt;
    private final int stride;
    private final int size;
    private int producer;
    private int consumer;

    /**
     * Lies over mapped memory.
     *
     * @param address of the mapping
     * @param offsets {@code struct xdp_ring_offset} of this ring
     * @param offset of that structure
     * @param size entries, a power of two
     * @param stride bytes of an entry
     */
    XskRing(final long address, final UnsafeBuffer offsets, final int offset, final int size, final int stride) {
        producerAt = (int) offsets.getLong(offset);
        consumerAt = (int) offsets.getLong(offset + 8);
        descriptorsAt = (int) offsets.getLong(offset + 16);
        flagsAt = (int) offsets.getLong(offset + 24);
        memory = new UnsafeBuffer(address, descriptorsAt + size * stride);
        this.size = size;
        this.stride = stride;
    }

    /** Where the entries begin is told by the kernel: how long the mapping has to be. */
    static long mappedLength(final UnsafeBuffer offsets, final int offset, final int size, final int stride) {
        return offsets.getLong(offset + 16) + (long) size * stride;
    }

    // As consumer.

    /** @return true when there is an entry to be taken */
    boolean hasEntry() {
        if (consumer != producer) {
            return true;
        }
        producer = memory.getIntVolatile(producerAt);
        return consumer != producer;
    }

    /** @return address of the next entry to be taken */
    long headAddress() {
        return memory.getLong(descriptorsAt + (consumer & (size - 1)) * stride);
    }

    /** @return length of the next entry to be taken */
    int headLength() {
        return memory.getInt(descriptorsAt + (consumer & (size - 1)) * stride + LENGTH);
    }

    /** Takes the next entry; the kernel learns of it by {@link #release}. */
    void take() {
        consumer++;
    }

    /** Gives what was taken back to the kernel. */
    void release() {
        memory.putIntOrdered(consumerAt, consumer);
    }

    // As producer.

    /** @return true when an entry can be put */
    boolean hasRoom() {
        if (producer - consumer < size) {
            return true;
        }
        consumer = memory.getIntVolatile(consumerAt);
        return producer - consumer < size;
    }

    /** Puts a chunk; the kernel learns of it by {@link #publish}. */
    void put(final long address) {
        memory.putLong(descriptorsAt + (producer & (size - 1)) * stride, address);
        producer++;
    }

    /** Puts a frame; the kernel learns of it by {@link #publish}. */
    void put(final long address, final int length) {
        final int at = descriptorsAt + (producer & (size - 1)) * stride;
        memory.putLong(at, address);
        memory.putLong(at + LENGTH, length); // and no options
        producer++;
    }

    /** Hands what was put to the kernel. */
    void publish() {
        memory.putIntOrdered(producerAt, producer);
    }

    /** @return entries that the kernel has not taken yet */
    int waiting() {
        return producer - memory.getIntVolatile(consumerAt);
    }

    /** @return true when the kernel wants a system call to go on */
    boolean needsWakeup() {
        return (memory.getIntVolatile(flagsAt) & NEED_WAKEUP) != 0;
    }
}
