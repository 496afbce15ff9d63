package org.dvr.nat.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.TimeUnit;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ConntrackTableSizeTest {
    private static final int MILLION = 1 << 20;
    private static final long SECOND = 1_000_000_000L;

    @Test
    @Timeout(value = 10, unit = TimeUnit.SECONDS)
    void shouldHoldAMillionConnectionsIn138BytesEach() {
        final ConntrackTable table = new ConntrackTable(MILLION, 42, ConntrackTimeouts.DEFAULTS);
        System.out.println("conntrack: " + table.memoryLength() / MILLION + " B per connection at capacity " + MILLION);
        assertEquals(138, table.memoryLength() / MILLION, "128 and the accounts' share");
        for (int i = 0; i < MILLION; i++) {
            final int reference = table.open(addresses(i), ports(i), replyAddresses(i), replyPorts(i), i, 0);
            table.packet(reference, 0, 0);
        }
        assertEquals(MILLION, table.active());
        for (int i = 0; i < MILLION; i++) {
            final int reference = find(table, addresses(i), ports(i), SECOND);
            if (table.owner(reference) != i
                    || find(table, replyAddresses(i), replyPorts(i), SECOND) != (reference | 1)) {
                fail("connection " + i);
            }
        }
        assertEquals(MILLION, table.expireAll(30 * SECOND));
        assertEquals(0, table.active());
    }

    @Test
    void shouldHoldTwoMillionConnectionsInAQuarterOfAGibibyte() {
        final ConntrackTable table = new ConntrackTable(2_000_000, 42, ConntrackTimeouts.DEFAULTS);
        System.out.println("conntrack: " + table.memoryLength() + " B at capacity 2,000,000");
        assertTrue(table.memoryLength() < 270_000_000, "memoryLength=" + table.memoryLength());
    }

    @Test
    void shouldTake160BytesPerConnectionAtWorstAndTheAccounts() {
        final int worst = (1 << 19) + 1;
        final long accounts = (AccountTable.MAX_ACCOUNTS + 3) * 64L + 2 * 2 * AccountTable.MAX_ACCOUNTS * 4L;
        final ConntrackTable table = new ConntrackTable(worst, 42, ConntrackTimeouts.DEFAULTS);
        assertTrue((table.memoryLength() - accounts) / worst <= 160, "memoryLength=" + table.memoryLength());
    }

    private static int find(final ConntrackTable table, final long addresses, final long ports, final long nowNs) {
        return table.find(addresses, ports, table.hash(addresses, ports), nowNs);
    }

    private static long addresses(final int i) {
        return TupleKey.addresses(0x0A000000 + (i >>> 10), 0xC633640A);
    }

    private static long ports(final int i) {
        return TupleKey.ports(i & 15, TupleKey.UDP, 32_768 + (i & 1_023), 53);
    }

    private static long replyAddresses(final int i) {
        return TupleKey.addresses(0xC633640A, 0xCB000000 + (i >>> 10));
    }

    private static long replyPorts(final int i) {
        return TupleKey.inversePorts(ports(i));
    }
}
