package org.dvr.nat.conntrack;

import org.agrona.BitUtil;
import org.dvr.nat.memory.MemorySource;
import org.dvr.nat.memory.NativeMemory;

/**
 * Where the tuples of connections stand: open addressing with linear probing, at most half full, two slots per connection. Off heap.
 *
 * <pre>   slot, 8 bytes: | fingerprint (32) | entry number (31) | direction (1) |     0: empty   </pre>
 *
 * A slot's home follows from its fingerprint, so deletion closes the gap by shifting without a look at the entries, and there are no tombstones. It does not
 * know tuples: whoever finds an equal fingerprint must compare. Owned by one worker, allocated at launch; it cannot be full, since entries run out first.
 */
final class ConntrackIndex {
    /** What an unused slot holds. */
    static final long EMPTY = 0;

    private static final int SLOT_SHIFT = 3;
    private static final int CACHE_LINE = 64;

    private final int slotMask;
    private final NativeMemory slots;

    /**
     * @param capacity the most connections
     * @param source of its memory
     */
    ConntrackIndex(final int capacity, final MemorySource source) {
        final int count = BitUtil.findNextPositivePowerOfTwo(capacity * 4);
        slotMask = count - 1;
        slots = source.allocate(count << SLOT_SHIFT, CACHE_LINE);
    }

    int length() {
        return slots.capacity();
    }

    /** Where a hash's slot is when nothing is in its way. */
    int home(final long hash) {
        return fingerprint(hash) & slotMask;
    }

    int next(final int position) {
        return position + 1 & slotMask;
    }

    long slot(final int position) {
        return slots.getLong(position << SLOT_SHIFT);
    }

    /** The fingerprint of a hash, and of a slot: both keep it in their upper half. */
    static int fingerprint(final long hashOrSlot) {
        return (int) (hashOrSlot >>> 32);
    }

    void insert(final long hash, final int reference) {
        int position = home(hash);
        while (slot(position) != EMPTY) {
            position = next(position);
        }
        slots.putLong(position << SLOT_SHIFT, slotOf(hash, reference));
    }

    void remove(final long hash, final int reference) {
        final long wanted = slotOf(hash, reference);
        int position = home(hash);
        while (slot(position) != wanted) {
            position = next(position);
        }
        closeGap(position);
    }

    /** Moves back every slot of the run behind a gap that may stand there, so that probing never meets a hole. */
    private void closeGap(final int position) {
        int gap = position;
        int next = next(gap);
        long slot = slot(next);
        while (slot != EMPTY) {
            final int distanceFromHome = next - home(slot) & slotMask;
            if (distanceFromHome >= (next - gap & slotMask)) {
                slots.putLong(gap << SLOT_SHIFT, slot);
                gap = next;
            }
            next = next(next);
            slot = slot(next);
        }
        slots.putLong(gap << SLOT_SHIFT, EMPTY);
    }

    private static long slotOf(final long hash, final int reference) {
        return (hash & 0xFFFF_FFFF_0000_0000L) | reference;
    }
}
