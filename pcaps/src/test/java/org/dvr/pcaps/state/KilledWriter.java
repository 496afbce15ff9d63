package org.dvr.pcaps.state;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;

/** A program that writes state, over and over, until it is killed. Each state is whole: its connections have one owner, whose number is their count. */
final class KilledWriter {
    /** Counts of connections that are written in turn: within a chunk of the mapped file, and over several. */
    static final List<Integer> COUNTS = List.of(100, 20_000, 200_000, 50_000);

    private KilledWriter() {}

    /**
     * @param args the state file
     */
    public static void main(final String[] args) {
        final ConnectionStore store = new ConnectionStore(Path.of(args[0]), Flows.HOST);
        final TopologySnapshot topology = Flows.topology(5, "router-a");
        final List<ConntrackTable> tables = new ArrayList<>();
        for (final int count : COUNTS) {
            tables.add(Flows.udp(Flows.table(count + 16), 5, count, count, Flows.SECOND));
        }
        while (true) {
            for (final ConntrackTable table : tables) {
                store.save(topology, table, Flows.SECOND, Flows.EPOCH);
                System.out.println("written"); // whoever kills waits for it
            }
        }
    }
}
