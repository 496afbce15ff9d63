package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StableIdsTest {
    private final StableIds ids = new StableIds();

    @Test
    void shouldGiveANameTheSameNumberAgain() {
        assertEquals(0, ids.attachment("tap1"));
        assertEquals(1, ids.attachment("underlay"));
        assertEquals(0, ids.attachment("tap1"));
        assertEquals(1, ids.segment("n"));
        assertEquals(1, ids.zone("r"));
        assertEquals(0, ids.peer(0xAC100001));
        assertEquals(1, ids.peer(0));
    }

    @Test
    void shouldCountLinkLocalPairsPerExternalNetwork() {
        for (int i = 0; i < 8192; i++) {
            assertEquals(i, ids.linkLocalPair("e1", "r" + i));
        }
        assertEquals(StableIds.EXHAUSTED, ids.linkLocalPair("e1", "one more"));
        assertEquals(8191, ids.linkLocalPair("e1", "r8191"));
        assertEquals(0, ids.linkLocalPair("e2", "r8191"));
    }

    @Test
    void shouldRunOutOfSegmentsAtSixteenBits() {
        for (int i = 1; i <= 65_535; i++) {
            assertEquals(i, ids.segment("n" + i));
        }
        assertEquals(StableIds.EXHAUSTED, ids.segment("one more"));
        assertEquals(7, ids.segment("n7"));
    }

    @Test
    void shouldCountVersionsFromOne() {
        assertEquals(1, ids.nextVersion());
        assertEquals(2, ids.nextVersion());
    }
}
