package org.dvr.bench.traffic;

import java.nio.ByteOrder;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.io.PacketPort;

/**
 * A port over memory. Receiving copies a frame out of the ring it was laid out in; transmitting copies it into a ring of slots of 2 KiB. Nobody empties
 * that ring: the device is always fast enough, and the last {@link #SLOTS} frames can be looked at.
 */
final class MemoryPort implements PacketPort {
    /** Frames that can wait on either side. */
    static final int SLOTS = 64;

    private static final int SLOT_MASK = SLOTS - 1;
    private static final int SLOT_SHIFT = 11;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final int[] waitingOffsets = new int[SLOTS];
    private final int[] waitingLengths = new int[SLOTS];
    private final int[] sentLengths = new int[SLOTS];
    private final UnsafeBuffer slots;
    private UnsafeBuffer source = new UnsafeBuffer();
    private int head;
    private int tail;
    private long sentCount;

    MemoryPort() {
        slots = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SLOTS << SLOT_SHIFT, 4_096));
    }

    /** From which ring offered frames are. */
    void source(final UnsafeBuffer buffer) {
        source = buffer;
    }

    /** A frame of the ring waits now. */
    void offer(final int offset, final int length) {
        waitingOffsets[tail & SLOT_MASK] = offset;
        waitingLengths[tail & SLOT_MASK] = length;
        tail++;
    }

    @Override
    public int receive(final MutableDirectBuffer destination, final int offset, final int capacity) {
        if (head == tail) {
            return NOTHING;
        }
        final int slot = head++ & SLOT_MASK;
        final int length = waitingLengths[slot];
        copy(source, waitingOffsets[slot], destination, offset, Math.min(length, capacity));
        return length;
    }

    @Override
    public void transmit(final DirectBuffer buffer, final int offset, final int length, final long nowNs) {
        final int slot = (int) sentCount & SLOT_MASK;
        copy(buffer, offset, slots, slot << SLOT_SHIFT, length);
        sentLengths[slot] = length;
        sentCount++;
    }

    /** Frames of this size are a few words; a call of the general copy costs more than they do. */
    private static void copy(
            final DirectBuffer from,
            final int fromOffset,
            final MutableDirectBuffer to,
            final int toOffset,
            final int length) {
        int i = 0;
        for (; i <= length - Long.BYTES; i += Long.BYTES) {
            to.putLong(toOffset + i, from.getLong(fromOffset + i, ORDER), ORDER);
        }
        for (; i < length; i++) {
            to.putByte(toOffset + i, from.getByte(fromOffset + i));
        }
    }

    /** How many frames were sent since the beginning. */
    long sentCount() {
        return sentCount;
    }

    /** Length of one of the last {@link #SLOTS} frames sent. */
    int sentLength(final long number) {
        return sentLengths[(int) number & SLOT_MASK];
    }

    /** Copies one of the last {@link #SLOTS} frames sent to the beginning of a buffer. */
    void copySent(final long number, final MutableDirectBuffer to) {
        to.putBytes(0, slots, ((int) number & SLOT_MASK) << SLOT_SHIFT, sentLength(number));
    }
}
