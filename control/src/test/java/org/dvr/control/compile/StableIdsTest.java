package org.dvr.control.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.dvr.control.model.IpAddress;
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
        assertEquals(0, ids.peer(IpAddress.v4(0xAC100001)));
        assertEquals(1, ids.peer(IpAddress.v4(0)));
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

    private static SortedSet<String> guests(final int count) {
        final SortedSet<String> names = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            names.add("router-r 10.0." + (i >>> 8) + "." + (i & 255));
        }
        return names;
    }

    @Test
    void shouldKeepTheNumbersOfGuestsWhileTheyAreThere() {
        final int proxy = 0xF000_0001;
        final Map<String, Integer> first = ids.metadataAddresses(guests(300), proxy);
        assertEquals(300, Set.copyOf(first.values()).size());
        assertEquals(first, new StableIds().metadataAddresses(guests(300), proxy), "in another process");
        final Map<String, Integer> more = ids.metadataAddresses(guests(9_000), proxy);
        assertTrue(more.entrySet().containsAll(first.entrySet()));
        assertEquals(9_000, Set.copyOf(more.values()).size());
        final Map<String, Integer> fewer = ids.metadataAddresses(guests(10), proxy);
        assertEquals(10, fewer.size());
        assertTrue(first.entrySet().containsAll(fewer.entrySet()));
        for (final int address : more.values()) {
            assertEquals(0xF000, address >>> 16);
            assertTrue(address != proxy && (address & 0xFFFF) != 0 && (address & 0xFFFF) != 0xFFFF);
        }
    }

    @Test
    void shouldRunOutOfNumbersOfGuests() {
        assertEquals(65_533, ids.metadataAddresses(guests(65_536), 0xF000_0001).size());
        assertEquals(65_534, ids.metadataAddresses(guests(65_536), 0x0A00_0001).size());
        assertEquals(5, ids.metadataAddresses(guests(5), 0xF000_0001).size());
    }

    @Test
    void shouldGiveUpANumberThatTheProxyTakes() {
        final Map<String, Integer> before = ids.metadataAddresses(guests(1), 0);
        final int taken = before.values().iterator().next();
        final Map<String, Integer> after = ids.metadataAddresses(guests(1), taken);
        assertEquals(1, after.size());
        assertFalse(after.containsValue(taken));
    }

    @Test
    void shouldCountVersionsFromOne() {
        assertEquals(1, ids.nextVersion());
        assertEquals(2, ids.nextVersion());
    }
}
