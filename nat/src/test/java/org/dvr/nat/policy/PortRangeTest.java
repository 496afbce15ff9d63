package org.dvr.nat.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PortRangeTest {
    @Test
    void shouldMeetEveryPortOnceForAnyHash() {
        final Random random = new Random(11);
        final PortRange[] ranges = {
            PortRange.UNPRIVILEGED,
            new PortRange(0, 65_535),
            new PortRange(5, 5),
            new PortRange(5, 6),
            new PortRange(1_000, 1_209)
        };
        for (final PortRange range : ranges) {
            for (int i = 0; i < 20; i++) {
                assertVisitsAll(range, random.nextLong());
            }
        }
    }

    @Test
    void shouldStartElsewhereForAnotherHash() {
        final Random random = new Random(12);
        final BitSet starts = new BitSet();
        for (int i = 0; i < 1_000; i++) {
            starts.set(PortRange.UNPRIVILEGED.first(random.nextLong()));
        }
        assertTrue(starts.cardinality() > 900, "starts=" + starts.cardinality());
    }

    @Test
    void shouldNameTheBoundThatIsWrong() {
        assertEquals("lowest must be 0 to 65535, lowest=-1", messageOf(-1, 5));
        assertEquals("lowest must be 0 to 65535, lowest=65536", messageOf(65_536, 65_537));
        assertEquals("highest must be 10 to 65535, highest=9", messageOf(10, 9));
        assertEquals("highest must be 10 to 65535, highest=65536", messageOf(10, 65_536));
    }

    private static String messageOf(final int lowest, final int highest) {
        return assertThrows(IllegalArgumentException.class, () -> new PortRange(lowest, highest))
                .getMessage();
    }

    private static void assertVisitsAll(final PortRange range, final long hash) {
        final BitSet seen = new BitSet();
        final int step = range.step(hash);
        int port = range.first(hash);
        for (int i = 0; i < range.size(); i++) {
            assertTrue(port >= range.lowest() && port <= range.highest(), "port=" + port);
            seen.set(port);
            port = range.next(port, step);
        }
        assertEquals(range.size(), seen.cardinality(), "hash=" + hash);
        assertEquals(range.first(hash), port, "the order closes");
    }
}
