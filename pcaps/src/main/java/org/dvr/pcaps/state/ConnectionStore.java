package org.dvr.pcaps.state;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.worker.WorkerGroup;
import org.dvr.nat.conntrack.ConnectionBlock;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.nat.conntrack.ConntrackTable;

/**
 * The state file of one host: connections go into it, and after a restart they come back, but for those whose time ran out meanwhile, whose router is gone
 * or whose floating IP or gateway address stands for something else now.
 *
 * <p>Two clocks: a connection's times are in that of the table ({@code nowNs}, of any origin); how much time passed between two processes is told by
 * that of the wall ({@code epochNs}). Where the latter went back, no time has passed.
 */
public final class ConnectionStore {
    private static final int BLOCK = 4_096;

    private final Path file;
    private final String host;
    private final ConnectionBlock block = new ConnectionBlock(BLOCK);
    private boolean isForeign;

    /**
     * What became of the connections of a file.
     *
     * @param restored connections that go on
     * @param expired whose time ran out meanwhile
     * @param gone whose router is not there any more
     * @param unbound whose addresses are translated in another way now
     * @param refused that did not fit into the table, clashed with another one, or could not have been in any table
     * @param line one line for the operator: what was restored, or why nothing was
     * @param isRefused there is a file and it could not be used
     */
    public record Loaded(
            long restored, long expired, long gone, long unbound, long refused, String line, boolean isRefused) {}

    /**
     * @param file state file; its directory must exist
     * @param host name of the host
     * @throws StateException when it can never be written
     */
    public ConnectionStore(final Path file, final String host) {
        this.file = file;
        this.host = host;
        final Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file) || folder == null) {
            throw StateException.unwritable(file, "is a directory", "name a file", null);
        }
        if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw StateException.unwritable(
                    file, "cannot be written: " + folder + " is no directory that may be written", "create it", null);
        }
    }

    /**
     * Takes in what the file holds; before the first packet. What is wrong with the file is told by the answer: the start goes on.
     *
     * @param topology in force
     * @param connections empty
     * @param nowNs current time of the table
     * @param epochNs current time, nanoseconds since the epoch
     * @return what became of the connections
     */
    public Loaded load(
            final TopologySnapshot topology, final ConntrackTable connections, final long nowNs, final long epochNs) {
        return load(topology, (record, router) -> connections, nowNs, epochNs);
    }

    /**
     * As {@link #load(TopologySnapshot, ConntrackTable, long, long)}, each connection to the worker that its packets will come to. How many workers wrote the file
     * does not matter.
     *
     * @param topology in force
     * @param workers without connections
     * @param nowNs current time of the tables
     * @param epochNs current time, nanoseconds since the epoch
     * @return what became of the connections
     */
    public Loaded load(
            final TopologySnapshot topology, final WorkerGroup workers, final long nowNs, final long epochNs) {
        if (workers.size() == 1) {
            return load(topology, workers.worker(0).connections(), nowNs, epochNs);
        }
        final Steering steering = workers.prepare(topology);
        return load(
                topology,
                (record, router) ->
                        workers.worker(steering.owner(record, router)).connections(),
                nowNs,
                epochNs);
    }

    /** Where a connection goes on. */
    @FunctionalInterface
    private interface Home {
        ConntrackTable of(ConnectionRecord record, Router router);
    }

    private Loaded load(final TopologySnapshot topology, final Home home, final long nowNs, final long epochNs) {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return new Loaded(0, 0, 0, 0, 0, file + ": no state yet, starting without connections", false);
        }
        try (StateReader reader = StateReader.open(file)) {
            if (!reader.host().equals(host)) {
                throw StateException.foreign(file, "is the state of host " + reader.host() + ", not of " + host);
            }
            return restore(reader, new ZoneNames(topology), home, nowNs, epochNs);
        } catch (final StateException e) {
            isForeign = e.isForeign();
            return new Loaded(0, 0, 0, 0, 0, e.getMessage(), true);
        }
    }

    private Loaded restore(
            final StateReader reader, final ZoneNames zones, final Home home, final long nowNs, final long epochNs) {
        final Map<Integer, Router> routers = zones.match(reader.zones());
        final long elapsedNs = Math.max(0, epochNs - reader.epochNs());
        long restored = 0;
        long expired = 0;
        long gone = 0;
        long unbound = 0;
        long refused = 0;
        while (reader.read(block)) {
            for (int i = 0; i < block.size(); i++) {
                final ConnectionRecord record = block.get(i);
                final Router router = routers.get(record.zone());
                if (!record.isPlausible()) {
                    refused++;
                } else if (record.remainingNs() <= elapsedNs) {
                    expired++;
                } else if (router == null) {
                    gone++;
                } else if (!Bindings.hold(router, record)) {
                    unbound++;
                } else if (home.of(record, router).restore(record.zone(router.zone()), elapsedNs, nowNs) < 0) {
                    refused++;
                } else {
                    restored++;
                }
            }
        }
        return new Loaded(
                restored, expired, gone, unbound, refused, line(restored, expired, gone, unbound, refused), false);
    }

    private String line(
            final long restored, final long expired, final long gone, final long unbound, final long refused) {
        final StringBuilder line = new StringBuilder();
        line.append(file).append(": ").append(counted(restored)).append(" restored");
        append(line, expired, "expired meanwhile");
        append(line, gone, "of routers that are gone");
        append(line, unbound, "of addresses that have changed");
        append(line, refused, "that did not fit into the table");
        return line.toString();
    }

    private static String counted(final long count) {
        return count + (count == 1 ? " connection" : " connections");
    }

    private static void append(final StringBuilder line, final long count, final String what) {
        if (count > 0) {
            line.append(", ").append(count).append(' ').append(what);
        }
    }

    /**
     * Writes all connections; not on a worker's way of a packet.
     *
     * @param topology in force
     * @param connections live ones are written
     * @param nowNs current time of the table
     * @param epochNs current time, nanoseconds since the epoch
     * @return one line for the operator: how many were written, or that the file is somebody else's, as {@link #load} found, and left alone
     * @throws StateException when it cannot be written; the old file is as it was
     */
    public String save(
            final TopologySnapshot topology, final ConntrackTable connections, final long nowNs, final long epochNs) {
        return save(topology, List.of(connections), nowNs, epochNs);
    }

    /**
     * Writes the connections of several workers; while none of them works.
     *
     * @param topology in force
     * @param tables live connections are written
     * @param nowNs current time of the tables
     * @param epochNs current time, nanoseconds since the epoch
     * @return one line for the operator: how many were written, or that the file is somebody else's, as {@link #load} found, and left alone
     * @throws StateException when it cannot be written; the old file is as it was
     */
    public String save(
            final TopologySnapshot topology, final List<ConntrackTable> tables, final long nowNs, final long epochNs) {
        if (isForeign) {
            return file + ": not written, it is somebody else's";
        }
        try (StateWriter writer = write(topology)) {
            for (final ConntrackTable connections : tables) {
                int next = ConntrackTable.EXPORT_START;
                do {
                    block.clear();
                    next = connections.export(next, Integer.MAX_VALUE, nowNs, nowNs, block);
                    writer.add(block);
                } while (next != ConntrackTable.EXPORT_END);
            }
            writer.commit(epochNs);
            return file + ": " + counted(writer.count()) + " written";
        }
    }

    /**
     * Begins to write what a worker hands over block by block.
     *
     * @param topology in force
     * @return a writer, to be committed and closed
     * @throws StateException when it cannot be written
     */
    public StateWriter write(final TopologySnapshot topology) {
        return StateWriter.create(file, host, new ZoneNames(topology));
    }
}
