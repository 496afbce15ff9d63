package org.dvr.dataplane.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RegularFlowsTest {
    private static final int PLACE = 7;
    private static final long ONE = 0x0A00_0001_0A00_0002L;
    private static final long OTHER = 0x0A00_0001_0A00_0003L;
    private static final int PORTS = 4000 << 16 | 53;

    private final RegularFlows flows = new RegularFlows();

    private int said(final int packets, final long addresses) {
        int said = 0;
        for (int i = 0; i < packets; i++) {
            said += flows.count(PLACE, addresses, PORTS) ? 1 : 0;
        }
        return said;
    }

    @Test
    void shouldSayOnceThatAFlowGoesOn() {
        assertEquals(0, said(RegularFlows.MANY - 1, ONE));
        assertTrue(flows.count(PLACE, ONE, PORTS));
        assertEquals(0, said(RegularFlows.MANY - 1, ONE));
        assertTrue(flows.count(PLACE, ONE, PORTS), "the first time nothing may have come of it");
    }

    @Test
    void shouldTellFlowsApart() {
        assertEquals(0, said(RegularFlows.MANY - 1, ONE));
        assertFalse(flows.count(PLACE, ONE, PORTS + 1));
        assertFalse(flows.count(PLACE + 1, ONE, PORTS));
        assertFalse(flows.count(PLACE, ONE, PORTS), "one has been taken back");
        assertTrue(flows.count(PLACE, ONE, PORTS));
    }

    /** Of three packets two are of one flow: it gets ahead by one each time. */
    @Test
    void shouldFindTheMajority() {
        int said = 0;
        for (int i = 0; i < RegularFlows.MANY; i++) {
            said += said(2, ONE);
            assertEquals(0, said(1, OTHER + i));
        }
        assertEquals(1, said);
    }

    @Test
    void shouldSayNothingOfFlowsThatComeOnce() {
        for (int i = 0; i < 10_000; i++) {
            assertEquals(0, said(1, OTHER + i));
        }
    }

    @Test
    void shouldBeContentWithOnePacketOfWhatIsExpected() {
        said(RegularFlows.MANY - 1, OTHER);
        flows.expect(PLACE, ONE, PORTS);
        assertTrue(flows.count(PLACE, ONE, PORTS));
    }
}
