package org.dvr.pcaps.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.nat.conntrack.ConntrackTable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two million connections out and in. It prints what it takes; the bounds only tell seconds from minutes. */
@Tag("slow")
final class StateSizeTest {
    private static final int COUNT = 2_000_000;
    private static final long BOUND_NS = 60 * Flows.SECOND;

    @TempDir
    private Path folder;

    @Test
    void shouldKeepTwoMillionConnections() throws IOException {
        final TopologySnapshot topology = Flows.topology(5, "router-a");
        final Path file = folder.resolve("connections.state");
        final ConnectionStore store = new ConnectionStore(file, Flows.HOST);
        long saveNs = 0;
        {
            final ConntrackTable table = Flows.udp(Flows.table(COUNT), 5, COUNT, 1, Flows.SECOND);
            assertEquals(COUNT, table.active());
            final long begin = System.nanoTime();
            store.save(topology, table, Flows.SECOND, Flows.EPOCH);
            saveNs = System.nanoTime() - begin;
        }
        final long length = Files.size(file);
        assertTrue(length < (COUNT + 10L) * ConnectionRecord.LENGTH, "length=" + length);
        final ConntrackTable restored = Flows.table(COUNT);
        final long begin = System.nanoTime();
        assertEquals(
                COUNT, store.load(topology, restored, Flows.SECOND, Flows.EPOCH).restored());
        final long loadNs = System.nanoTime() - begin;
        System.out.printf(
                "%,d connections: %,d bytes, written in %d ms, loaded in %d ms%n",
                COUNT, length, saveNs / 1_000_000, loadNs / 1_000_000);
        assertTrue(saveNs < BOUND_NS, "saveNs=" + saveNs);
        assertTrue(loadNs < BOUND_NS, "loadNs=" + loadNs);
    }
}
