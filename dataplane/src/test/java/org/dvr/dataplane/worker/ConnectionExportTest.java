package org.dvr.dataplane.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dvr.nat.conntrack.ConnectionBlock;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.conntrack.ConntrackTimeouts;
import org.dvr.nat.tuple.TupleKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ConnectionExportTest {
    private static final long NOW = 5_000_000_000L;

    private final ConntrackTable table = new ConntrackTable(8_192, 1, ConntrackTimeouts.DEFAULTS);
    private final ConnectionExport export = new ConnectionExport(100);

    private int open(final int guest, final int port, final long nowNs) {
        final long addresses = TupleKey.addresses(guest, 1);
        final long ports = TupleKey.ports(3, TupleKey.UDP, port, 53);
        return table.open(
                addresses, ports, TupleKey.inverseAddresses(addresses), TupleKey.inversePorts(ports), guest, nowNs);
    }

    @Test
    void shouldHandOverBlockAfterBlock() {
        for (int port = 0; port < 250; port++) {
            open(7, port, NOW);
        }
        export.work(table, NOW);
        assertNull(export.take(), "nobody asked");
        assertTrue(export.request());
        assertFalse(export.request(), "one goes on");
        assertNull(export.take(), "the worker had no turn yet");

        final int[] sizes = new int[3];
        for (int i = 0; i < sizes.length; i++) {
            export.work(table, NOW + i);
            final ConnectionBlock block = export.take();
            assertNotNull(block);
            sizes[i] = block.size();
            assertEquals(NOW, export.baseNs());
            export.work(table, NOW); // not its turn: the block stays as it is
            assertEquals(sizes[i], block.size());
            assertEquals(i < 2, export.release());
        }
        assertEquals(250, sizes[0] + sizes[1] + sizes[2]);
        assertNull(export.take());
        assertTrue(export.request(), "and once more");
    }

    @Test
    void shouldLookAtASliceInADutyCycle() {
        for (int port = 0; port < 3 * ConnectionExport.SLICE; port++) {
            table.remove(open(7, port, NOW)); // the same entry again and again
        }
        for (int port = 0; port < 3 * ConnectionExport.SLICE; port++) {
            open(8, port, NOW);
        }
        table.removeIf((connections, reference) -> true);
        assertTrue(export.request());
        export.work(table, NOW);
        assertNull(export.take());
        export.work(table, NOW);
        assertNull(export.take());
        export.work(table, NOW);
        assertEquals(0, export.take().size());
        assertFalse(export.release());
    }

    /** The worker opens and removes all the while: what lives through all of it arrives, once. */
    @Test
    @Timeout(60)
    void shouldExportWhileTheWorkerWorks() throws InterruptedException {
        for (int port = 0; port < 3_000; port++) {
            open(7, port, NOW);
        }
        final AtomicBoolean isDone = new AtomicBoolean();
        final Thread worker = new Thread(() -> {
            int port = 0;
            while (!isDone.get()) {
                for (int i = 0; i < 32; i++) {
                    final int reference = open(8, port++ & 0xFFF, NOW);
                    if (reference >= 0 && (port & 3) != 0) {
                        table.remove(reference);
                    }
                }
                export.work(table, NOW);
            }
        });
        worker.start();
        try {
            for (int round = 0; round < 20; round++) {
                final Map<Long, Integer> seen = new HashMap<>();
                assertTrue(export.request());
                do {
                    ConnectionBlock block = export.take();
                    while (block == null) {
                        Thread.onSpinWait();
                        block = export.take();
                    }
                    for (int i = 0; i < block.size(); i++) {
                        assertTrue(block.get(i).isPlausible());
                        if (block.get(i).owner() == 7) {
                            seen.merge(block.get(i).originalPorts(), 1, Integer::sum);
                        }
                    }
                } while (export.release());
                assertEquals(3_000, seen.size());
                assertTrue(seen.values().stream().allMatch(count -> count == 1));
            }
        } finally {
            isDone.set(true);
            worker.join();
        }
    }
}
