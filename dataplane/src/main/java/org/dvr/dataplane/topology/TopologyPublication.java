package org.dvr.dataplane.topology;

import java.util.List;

/**
 * A snapshot as it was published, with what has changed lately: whoever has taken up one of the last few publications need not look for the differences.
 * Immutable.
 *
 * @param number of the publication in its cell, counted from 0
 * @param snapshot in force
 * @param changes the last ones, up to {@link #MEMORY}, oldest first; the last one led to this snapshot
 */
public record TopologyPublication(long number, TopologySnapshot snapshot, List<TopologyChange> changes) {
    /** Changes that are remembered. */
    public static final int MEMORY = 16;

    /**
     * What separates this publication from an earlier one of its cell; cold where that was too long ago.
     *
     * @param earlier one published before
     * @return the changes from that one to this, oldest first
     */
    public List<TopologyChange> changesSince(final TopologyPublication earlier) {
        final long count = number - earlier.number;
        return count <= changes.size()
                ? changes.subList(changes.size() - (int) count, changes.size())
                : List.of(TopologyChange.between(earlier.snapshot, snapshot));
    }
}
