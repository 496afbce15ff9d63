package org.dvr.dataplane.worker;

import org.dvr.dataplane.flow.RememberedFlow;
import org.dvr.dataplane.stage.neighbor.NeighborCache;
import org.dvr.dataplane.table.LearnedFdbTable;
import org.dvr.dataplane.table.RowBlock;
import org.dvr.nat.conntrack.ConnectionBlock;
import org.dvr.nat.conntrack.ConntrackTable;

/**
 * Copies one of a worker's tables, {@link #SLICE} places each duty cycle. Entries that come or move meanwhile may be missed.
 */
public final class TableTask extends WorkerTask {
    /** Places looked at in a duty cycle: some microseconds. */
    public static final int SLICE = 256;

    /** Which table. */
    public enum Table {
        /** Rows of {@link NeighborCache#export}. */
        NEIGHBORS(NeighborCache.ROW_WIDTH),
        /** Rows of {@link LearnedFdbTable#export}. */
        LEARNED(LearnedFdbTable.ROW_WIDTH),
        /** Rows of {@link RememberedFlow}. */
        FLOWS(RememberedFlow.ROW_WIDTH),
        /** No rows: {@link TableTask#connections}. */
        CONNECTIONS(1);

        private final int width;

        Table(final int width) {
            this.width = width;
        }
    }

    private final Table table;
    private final RowBlock rows;
    private final ConnectionBlock connections;
    private int next;
    private boolean isBegun;
    private long baseNs;

    /**
     * @param table to be copied
     * @param capacity rows at most, 1 or more
     */
    public TableTask(final Table table, final int capacity) {
        this.table = table;
        rows = new RowBlock(table.width, table == Table.CONNECTIONS ? 1 : capacity);
        connections = table == Table.CONNECTIONS ? new ConnectionBlock(capacity) : null;
    }

    /** @return what was copied, once it is done */
    public RowBlock rows() {
        return rows;
    }

    /** @return connections that were copied, once it is done; null of another table */
    public ConnectionBlock connections() {
        return connections;
    }

    /** @return true when there was more than it had room for */
    public boolean isCut() {
        return connections == null ? rows.isCut() : next != ConntrackTable.EXPORT_END;
    }

    @Override
    boolean work(final Worker worker, final long nowNs) {
        return switch (table) {
            case NEIGHBORS -> isOver(worker.pipeline().neighbors().export(next, SLICE, nowNs, rows));
            case LEARNED -> isOver(worker.pipeline().learned().export(next, SLICE, nowNs, rows));
            case FLOWS -> isOver(worker.flows().export(next, SLICE, rows));
            case CONNECTIONS -> export(worker.connections(), nowNs);
        };
    }

    private boolean isOver(final int goOn) {
        next = goOn;
        return goOn < 0 || rows.isCut();
    }

    private boolean export(final ConntrackTable from, final long nowNs) {
        if (!isBegun) {
            isBegun = true;
            baseNs = nowNs;
            next = ConntrackTable.EXPORT_START;
        }
        next = from.export(next, SLICE, nowNs, baseNs, connections);
        return next == ConntrackTable.EXPORT_END || connections.isFull();
    }
}
