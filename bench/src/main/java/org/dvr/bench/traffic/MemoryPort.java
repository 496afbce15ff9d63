package org.dvr.bench.traffic;

import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Offload;
import org.dvr.dataplane.io.PacketPort;
import org.dvr.nat.memory.Words;

/**
 * A port over memory. Receiving copies a frame out of the ring it was laid out in; transmitting copies it into slots that all
 * ports of a rig share, as the devices of one UMEM do. Nobody empties them: the device is always fast enough, and a port's last {@link #SLOTS} frames
 * can be looked at as long as no more than {@link Slots#COUNT} were sent since.
 */
final class MemoryPort implements PacketPort {
    /** Frames that can wait on either side. */
    static final int SLOTS = 64;

    private static final int SLOT_MASK = SLOTS - 1;

    // Descriptors, as of a device: | offset (32) | length (32) |
    private final long[] waiting = new long[SLOTS];
    private final long[] sent = new long[SLOTS];
    private final Slots slots;
    private UnsafeBuffer source = new UnsafeBuffer();
    private int head;
    private int tail;
    private long sentCount;
    private int placed;

    /** Where the ports of one rig send to. */
    static final class Slots {
        /** How many there are. */
        static final int COUNT = 512;

        private final int slotLength;
        private final UnsafeBuffer buffer;
        private int next;

        /** Slots for frames up to a length, a power of two. */
        Slots(final int slotLength) {
            this.slotLength = slotLength;
            buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(COUNT * slotLength, 128));
        }

        private int take(final int length) {
            if (length > slotLength) {
                throw new IllegalArgumentException("length must be " + slotLength + " or less, length=" + length);
            }
            final int offset = next;
            next = (next + slotLength) & (COUNT * slotLength - 1);
            return offset;
        }
    }

    MemoryPort(final Slots slots) {
        this.slots = slots;
    }

    /** From which ring offered frames are. */
    void source(final UnsafeBuffer buffer) {
        source = buffer;
    }

    /** A frame of the ring waits now. */
    void offer(final int offset, final int length) {
        waiting[tail & SLOT_MASK] = descriptor(offset, length);
        tail++;
    }

    @Override
    public int receive(
            final MutableDirectBuffer destination, final int offset, final int capacity, final Offload offload) {
        if (head == tail) {
            return NOTHING;
        }
        final long descriptor = waiting[head++ & SLOT_MASK];
        final int length = (int) descriptor;
        Words.copy(
                source.addressOffset() + offset(descriptor),
                destination.addressOffset() + offset,
                Math.min(length, capacity));
        return length;
    }

    @Override
    public boolean transmit(
            final DirectBuffer buffer, final int offset, final int length, final Offload offload, final long nowNs) {
        Words.copy(buffer.addressOffset() + offset, place(length), length);
        sendPlaced(length, 0, 0);
        return true;
    }

    @Override
    public int view(final Arrival arrival, final long burst) {
        if (head == tail) {
            return NOTHING;
        }
        final long descriptor = waiting[head++ & SLOT_MASK];
        final int length = (int) descriptor;
        arrival.lies(source.addressOffset() + offset(descriptor), length);
        return length;
    }

    @Override
    public long place(final int length) {
        placed = slots.take(length);
        return slots.buffer.addressOffset() + placed;
    }

    @Override
    public void sendPlaced(final int length, final int checksumStart, final int checksumOffset) {
        sent[(int) sentCount++ & SLOT_MASK] = descriptor(placed, length);
    }

    /** How many frames were sent since the beginning. */
    long sentCount() {
        return sentCount;
    }

    /** Length of one of the last {@link #SLOTS} frames sent. */
    int sentLength(final long number) {
        return (int) sent[(int) number & SLOT_MASK];
    }

    /** Copies one of the last {@link #SLOTS} frames sent to the beginning of a buffer. */
    void copySent(final long number, final MutableDirectBuffer to) {
        to.putBytes(0, slots.buffer, offset(sent[(int) number & SLOT_MASK]), sentLength(number));
    }

    private static long descriptor(final int offset, final int length) {
        return ((long) offset << 32) | length;
    }

    private static int offset(final long descriptor) {
        return (int) (descriptor >>> 32);
    }
}
