package org.dvr.nat.fragment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dvr.codec.testing.AllocationGuard;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;

class FragmentTableTest {
    private static final long ADDRESSES = TupleKey.addresses(0x0A00_010B, 0x0808_0808);
    private static final long KEY = FragmentTable.key(7, TupleKey.UDP, 99);
    private static final int OWNER = 0x0A00_010B;
    private static final int OTHER = 0x0A00_010C;
    private static final long SECOND = 1_000_000_000L;

    private final FragmentTable table = new FragmentTable(1_024, 1);

    private Admission first(final int length) {
        return admit(0, length, false);
    }

    private Admission admit(final int offset, final int length, final boolean isLast) {
        return table.admit(ADDRESSES, KEY, OWNER, offset, length, isLast, 0);
    }

    @Test
    void shouldTellThePortsOfTheFirstFragment() {
        assertEquals(Admission.OPENED, admit(1_480, 1_480, false));
        final int reference = table.reference();
        assertFalse(table.hasPorts(reference));
        assertEquals(Admission.KNOWN, first(1_480));
        assertEquals(reference, table.reference());
        table.first(reference, 65_535, 53);
        assertTrue(table.hasPorts(reference));
        assertEquals(65_535, table.sourcePort(reference));
        assertEquals(53, table.destinationPort(reference));
        assertFalse(table.isComplete(reference));
        assertEquals(Admission.KNOWN, admit(2_960, 1, true));
        assertTrue(table.isComplete(reference));
        table.remove(reference);
        assertEquals(0, table.active(0));
        assertEquals(Admission.OPENED, first(1_480), "an identification may be used again");
    }

    @Test
    void shouldHoldTheLongestPacketByTheByte() {
        for (int offset = 65_504; offset >= 0; offset -= 8) {
            final boolean isLast = offset == 65_504;
            assertEquals(isLast ? Admission.OPENED : Admission.KNOWN, admit(offset, isLast ? 1 : 8, isLast));
        }
        assertTrue(table.isComplete(table.reference()));
    }

    @Test
    void shouldRefuseWhatOverlaps() {
        for (final int[] overlap : new int[][] {{0, 16}, {8, 32}, {24, 24}, {0, 64}, {40, 16}}) {
            final FragmentTable fresh = new FragmentTable(64, overlap[0]);
            assertEquals(Admission.OPENED, fresh.admit(ADDRESSES, KEY, OWNER, 8, 8, false, 0));
            assertEquals(Admission.KNOWN, fresh.admit(ADDRESSES, KEY, OWNER, 32, 16, false, 0));
            assertEquals(Admission.OVERLAP, fresh.admit(ADDRESSES, KEY, OWNER, overlap[0], overlap[1], false, 0));
            assertEquals(Admission.REFUSED, fresh.admit(ADDRESSES, KEY, OWNER, 64, 8, false, 0));
            assertEquals(1, fresh.overlapCount());
        }
    }

    @Test
    void shouldRefuseASecondEnd() {
        for (final int[] end : new int[][] {{72, 8, 1}, {56, 4, 1}, {72, 8, 0}, {8, 8, 1}, {64, 8, 1}}) {
            final FragmentTable fresh = new FragmentTable(64, 1);
            assertEquals(Admission.OPENED, fresh.admit(ADDRESSES, KEY, OWNER, 40, 8, false, 0));
            assertEquals(Admission.KNOWN, fresh.admit(ADDRESSES, KEY, OWNER, 64, 5, true, 0));
            assertEquals(Admission.OVERLAP, fresh.admit(ADDRESSES, KEY, OWNER, end[0], end[1], end[2] == 1, 0));
        }
    }

    @Test
    void shouldRefuseAnEndBeforeWhatHasBeenSeen() {
        admit(64, 8, false);
        assertEquals(Admission.OVERLAP, admit(32, 8, true));
    }

    @Test
    void shouldIgnoreWhatIsRepeated() {
        first(64);
        assertEquals(Admission.REPEATED, first(64));
        assertEquals(Admission.REPEATED, admit(8, 16, false));
        assertEquals(2, table.repeatedCount());
        assertEquals(Admission.KNOWN, admit(64, 8, true), "the packet is none the worse for it");
        assertTrue(table.isComplete(table.reference()));
    }

    @Test
    void shouldRefuseWhatWasRefused() {
        first(64);
        table.refuse(table.reference());
        assertEquals(Admission.REFUSED, admit(64, 8, true));
    }

    @Test
    void shouldForgetAfterThirtySeconds() {
        table.admit(ADDRESSES, KEY, OWNER, 0, 64, false, 0);
        table.first(table.reference(), 1, 2);
        table.admit(ADDRESSES, KEY, OWNER, 64, 64, false, 30 * SECOND - 1);
        assertTrue(table.hasPorts(table.reference()));
        assertEquals(1, table.active(30 * SECOND - 1));
        assertEquals(0, table.active(30 * SECOND));
        assertEquals(Admission.OPENED, table.admit(ADDRESSES, KEY, OWNER, 128, 64, false, 30 * SECOND));
        assertFalse(table.hasPorts(table.reference()));
    }

    @Test
    void shouldTellPacketsApart() {
        final long other = TupleKey.addresses(0x0A00_010B, 0x0808_0809);
        final long[][] packets = {
            {ADDRESSES, KEY},
            {other, KEY},
            {ADDRESSES, FragmentTable.key(8, TupleKey.UDP, 99)},
            {ADDRESSES, FragmentTable.key(7, TupleKey.TCP, 99)},
            {ADDRESSES, FragmentTable.key(7, TupleKey.UDP, 98)},
            {ADDRESSES, FragmentTable.key(TupleKey.MAX_ZONE, 255, 65_535)},
        };
        for (final long[] packet : packets) {
            assertEquals(Admission.OPENED, table.admit(packet[0], packet[1], OWNER, 0, 8, false, 0));
        }
        assertEquals(packets.length, table.active(0));
    }

    @Test
    void shouldHaveAFloodPushOutItself() {
        // The smallest table: all owners share its one group.
        final FragmentTable small = new FragmentTable(64, 3);
        final List<Long> others = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            small.admit(ADDRESSES, FragmentTable.key(7, TupleKey.UDP, i), OTHER, 0, 8, false, i);
            others.add(FragmentTable.key(7, TupleKey.UDP, i));
        }
        for (int i = 0; i < 10_000; i++) {
            small.admit(TupleKey.addresses(OWNER, i), KEY, OWNER, 8, 8, false, 100 + i);
        }
        assertTrue(small.evictedCount() > 9_000);
        for (final long key : others) {
            assertEquals(Admission.KNOWN, small.admit(ADDRESSES, key, OTHER, 8, 8, false, 20_000));
        }
    }

    @Test
    void shouldBoundWhatOneOwnerTakes() {
        for (int i = 0; i < 10_000; i++) {
            table.admit(TupleKey.addresses(OWNER, i), KEY, OWNER, 8, 8, false, i);
        }
        assertEquals(64, table.active(10_000));
    }

    @Test
    void shouldCountWhatWaitsByOwner() {
        for (int i = 0; i < 10; i++) {
            table.admit(ADDRESSES, FragmentTable.key(7, TupleKey.UDP, i), OWNER, 8, 8, false, 0);
            table.addWaiting(table.reference());
        }
        table.admit(ADDRESSES, FragmentTable.key(7, TupleKey.UDP, 0), OTHER, 8, 8, false, 0);
        assertEquals(0, table.waitingOfOwner(table.reference()));
        table.admit(ADDRESSES, FragmentTable.key(7, TupleKey.UDP, 5), OWNER, 16, 8, false, 0);
        final int reference = table.reference();
        assertEquals(10, table.waitingOfOwner(reference));
        table.clearWaiting(reference);
        assertEquals(9, table.waitingOfOwner(reference));
        table.remove(reference);
        assertEquals(9, table.waitingOfOwner(reference));
    }

    @Test
    void shouldRejectCapacities() {
        for (final int capacity : new int[] {0, 32, 100, 1 << 19}) {
            assertThrows(IllegalArgumentException.class, () -> new FragmentTable(capacity, 1));
        }
    }

    /** A packet as a set of bytes. */
    private static final class Model {
        private final BitSet bytes = new BitSet();
        private int end = -1;
        private boolean isRefused;

        Admission admit(final int offset, final int length, final boolean isLast) {
            if (isRefused) {
                return Admission.REFUSED;
            }
            final BitSet part = new BitSet();
            part.set(offset, offset + length);
            if (part.intersects(bytes) || (isLast ? isWrongEnd(offset + length) : end >= 0 && offset + length > end)) {
                final BitSet left = (BitSet) part.clone();
                left.andNot(bytes);
                final boolean isRepeated = left.isEmpty() && !(isLast && isWrongEnd(offset + length));
                isRefused = !isRepeated;
                return isRepeated ? Admission.REPEATED : Admission.OVERLAP;
            }
            bytes.or(part);
            end = isLast ? offset + length : end;
            return Admission.KNOWN;
        }

        private boolean isWrongEnd(final int last) {
            return last < bytes.length() || (end >= 0 && end != last);
        }

        boolean isComplete() {
            return end >= 0 && bytes.cardinality() == end;
        }
    }

    @Test
    void shouldAgreeWithAModel() {
        for (int seed = 0; seed < 300; seed++) {
            final Random random = new Random(seed);
            final FragmentTable tested = new FragmentTable(1_024, seed);
            final Map<Integer, Model> models = new HashMap<>();
            for (int i = 0; i < 200; i++) {
                final int id = random.nextInt(6);
                final int offset = random.nextInt(12) * 8;
                final boolean isLast = random.nextInt(6) == 0;
                final int length = (1 + random.nextInt(3)) * 8; // whole units: what they are for
                final Model model = models.computeIfAbsent(id, key -> new Model());
                final boolean isNew = model.bytes.isEmpty() && !model.isRefused;
                final Admission expected = model.admit(offset, length, isLast);
                final Admission actual = tested.admit(
                        ADDRESSES, FragmentTable.key(1, TupleKey.UDP, id), OWNER, offset, length, isLast, i);
                assertEquals(isNew ? Admission.OPENED : expected, actual, "seed=" + seed + " i=" + i);
                if (!model.isRefused) {
                    assertEquals(model.isComplete(), tested.isComplete(tested.reference()), "seed=" + seed);
                }
                if (model.isComplete()) {
                    tested.remove(tested.reference());
                    models.remove(id);
                }
            }
        }
    }

    @Test
    void shouldCompleteInAnyOrder() {
        for (int seed = 0; seed < 200; seed++) {
            final Random random = new Random(seed);
            final int unit = 8 * (1 + random.nextInt(185));
            final int length = 1 + random.nextInt(65_515);
            final List<Integer> offsets = new ArrayList<>();
            for (int offset = 0; offset < length; offset += unit) {
                offsets.add(offset);
            }
            Collections.shuffle(offsets, random);
            final FragmentTable tested = new FragmentTable(64, seed);
            for (int i = 0; i < offsets.size(); i++) {
                final int offset = offsets.get(i);
                final boolean isLast = offset + unit >= length;
                tested.admit(ADDRESSES, KEY, OWNER, offset, Math.min(unit, length - offset), isLast, i);
                assertEquals(i == offsets.size() - 1, tested.isComplete(tested.reference()), "seed=" + seed);
            }
            assertEquals(1, tested.openedCount());
        }
    }

    @Test
    void shouldAllocateNothing() {
        final int[] next = {0};
        AllocationGuard.assertAllocatesNothing(20_000, () -> {
            final int i = next[0]++;
            table.admit(TupleKey.addresses(i & 255, i), KEY, i & 255, 0, 1_480, false, i);
            table.first(table.reference(), i & 0xFFFF, 53);
            table.addWaiting(table.reference());
            table.waitingOfOwner(table.reference());
            table.admit(TupleKey.addresses(i & 255, i), KEY, i & 255, 1_480, 9, (i & 1) == 0, i);
            if (table.isComplete(table.reference())) {
                table.remove(table.reference());
            }
        });
        assertTrue(table.evictedCount() > 0);
    }
}
