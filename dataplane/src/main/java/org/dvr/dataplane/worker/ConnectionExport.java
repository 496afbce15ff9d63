package org.dvr.dataplane.worker;

import java.util.concurrent.atomic.AtomicInteger;
import org.dvr.nat.conntrack.ConnectionBlock;
import org.dvr.nat.conntrack.ConntrackTable;

/**
 * Hands a worker's connections to the supervisor, which writes them to a file: a block that goes to and fro. The worker copies a bounded slice into it
 * each duty cycle and never waits; the supervisor may take as long as it likes.
 *
 * <pre>
 *   supervisor  request() ----> FILLING ----------------+----------------> FILLED ---- take(), read, release() --+
 *   worker                         ^  work(): a slice, until the block is full or all has been seen              |
 *                                  +------------------------------- unless it was the last ----------------------+--> IDLE
 * </pre>
 *
 * The block belongs to the worker while it is filled, else to the supervisor; the turn passes with release and acquire. Nothing is allocated after
 * construction.
 */
public final class ConnectionExport {
    /** Entries that a worker looks at in a duty cycle at most: some microseconds. */
    public static final int SLICE = 256;

    private static final int IDLE = 0;
    private static final int FILLING = 1;
    private static final int FILLED = 2;

    private final AtomicInteger turn = new AtomicInteger(IDLE);
    private final ConnectionBlock block;
    private int next = ConntrackTable.EXPORT_END;
    private long baseNs;
    private boolean isBegun;

    /**
     * @param blockCapacity connections handed over at once, 1 or more
     */
    public ConnectionExport(final int blockCapacity) {
        block = new ConnectionBlock(blockCapacity);
    }

    /**
     * Asks for all connections; supervisor.
     *
     * @return false while an export goes on
     */
    public boolean request() {
        if (turn.getAcquire() != IDLE) {
            return false;
        }
        isBegun = false;
        turn.setRelease(FILLING);
        return true;
    }

    /**
     * Copies a slice, if it is wanted; worker, every duty cycle.
     *
     * @param connections the worker's
     * @param nowNs current time
     */
    void work(final ConntrackTable connections, final long nowNs) {
        if (turn.getAcquire() != FILLING) {
            return;
        }
        if (!isBegun) {
            isBegun = true;
            baseNs = nowNs;
            next = ConntrackTable.EXPORT_START;
        }
        next = connections.export(next, SLICE, nowNs, baseNs, block);
        if (block.isFull() || next == ConntrackTable.EXPORT_END) {
            turn.setRelease(FILLED);
        }
    }

    /** @return true while the worker has to go on filling: it should not wait then */
    public boolean isFilling() {
        return turn.getAcquire() == FILLING;
    }

    /**
     * Takes what the worker has filled; supervisor.
     *
     * @return the block, to be read until {@link #release}; null while the worker fills it or nothing was asked for
     */
    public ConnectionBlock take() {
        return turn.getAcquire() == FILLED ? block : null;
    }

    /**
     * Time from which the lifetimes in the block count, in the worker's time; supervisor, after {@link #take}.
     *
     * @return the time of the worker's first slice
     */
    public long baseNs() {
        return baseNs;
    }

    /**
     * Gives a block back that was taken; supervisor.
     *
     * @return whether more follows
     */
    public boolean release() {
        final boolean hasMore = next != ConntrackTable.EXPORT_END;
        block.clear();
        turn.setRelease(hasMore ? FILLING : IDLE);
        return hasMore;
    }

    /** Gives a block back that was taken, and wants no more: the reader failed; supervisor. */
    public void cancel() {
        block.clear();
        turn.setRelease(IDLE);
    }
}
