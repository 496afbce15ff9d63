package org.dvr.bench.traffic;

import java.util.SplittableRandom;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.dvr.nat.memory.Words;

/**
 * Frames of all flows, off heap, in the order they will be visited: a seeded permutation of the flows. So reading frames is
 * sequential, as from a device's ring, while flow state is met in random order.
 *
 * <pre>   slot: 128 bytes or more, a frame from its first byte on;   descriptor: | attachment id (16) | length (16) |   </pre>
 *
 * Whole bursts, at least one: with fewer flows they repeat.
 */
final class FrameRing {
    static final int BURST = 64;
    private static final int LINE = 64;
    private static final long SEED = 42;

    private final Traffic traffic;
    private final int[] visits; // the flow at each visit
    private final int[] descriptors;
    private final UnsafeBuffer frames;
    private final int slotLength;

    FrameRing(final Traffic traffic, final int flows) {
        if (flows < 1 || flows > traffic.maxFlows() || (Integer.bitCount(flows) != 1 && flows % BURST != 0)) {
            throw new IllegalArgumentException("flows must be a power of two or a multiple of " + BURST + ", 1 to "
                    + traffic.maxFlows() + ", flows=" + flows);
        }
        slotLength = traffic.slotLength();
        this.traffic = traffic;
        visits = permutation(flows);
        descriptors = new int[Math.max(flows * traffic.directions(), BURST)];
        frames = new UnsafeBuffer(
                BufferUtil.allocateDirectAligned(Math.multiplyExact(descriptors.length, slotLength), 4_096));
        for (int slot = 0; slot < descriptors.length; slot++) {
            final int length = traffic.write(frames, offset(slot), flow(slot), direction(slot));
            if (length > slotLength) {
                throw new IllegalArgumentException("frame too long for a slot, length=" + length);
            }
            descriptors[slot] = traffic.ingress(flow(slot), direction(slot)) << 16 | length;
        }
    }

    private static int[] permutation(final int size) {
        final SplittableRandom random = new SplittableRandom(SEED);
        final int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            final int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    Traffic traffic() {
        return traffic;
    }

    /** A multiple of {@link #BURST}. */
    int size() {
        return descriptors.length;
    }

    int flows() {
        return visits.length;
    }

    /** Directions of a flow are half a round apart, so that one does not warm the cache for the other. */
    int flow(final int slot) {
        final int directions = traffic.directions();
        final int visit = slot / directions + slot % directions * (visits.length / 2);
        return visits[visit % visits.length];
    }

    int direction(final int slot) {
        return slot % traffic.directions();
    }

    int descriptor(final int slot) {
        return descriptors[slot];
    }

    static int ingress(final int descriptor) {
        return descriptor >>> 16;
    }

    static int length(final int descriptor) {
        return descriptor & 0xFFFF;
    }

    UnsafeBuffer buffer() {
        return frames;
    }

    /**
     * Has the frames of a burst in the cache, as a device that writes them there (DDIO) leaves them: in order, so that it costs what reading a ring in order costs,
     * whichever ports they belong to.
     *
     * @param first slot of the burst
     * @return what was read, to be accumulated by the caller so that the read is not optimized away
     */
    long touch(final int first) {
        long sum = 0;
        for (long at = frames.addressOffset() + offset(first), end = at + (long) BURST * slotLength;
                at < end;
                at += LINE) {
            sum += Words.getLong(at);
        }
        return sum;
    }

    int offset(final int slot) {
        return slot * slotLength;
    }
}
