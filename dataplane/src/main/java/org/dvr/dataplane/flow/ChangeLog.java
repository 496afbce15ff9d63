package org.dvr.dataplane.flow;

import org.dvr.dataplane.topology.TopologyChange;

/**
 * The last changes of the topology, each of which leads to a version, so that what was decided before some of them can be held against those. What was decided
 * before more than {@value #MEMORY} changes, or before one that spares nothing, is forgotten. Owned by one worker.
 */
final class ChangeLog {
    /** Changes that are remembered: a power of two. */
    static final int MEMORY = 64;

    private final TopologyChange[] changes = new TopologyChange[MEMORY];
    private int version = 1; // memory that was never written has version 0
    private int last = 1; // to which the last change led that spared nothing

    void add(final TopologyChange change) {
        version++;
        changes[version & (MEMORY - 1)] = change;
        if (change.isEverything()) {
            last = version;
        }
    }

    /** Of the topology in force. */
    int version() {
        return version;
    }

    /** Tells whether a change has come since a version that spared nothing. */
    boolean isBeforeAll(final int decidedUnder) {
        return decidedUnder < last;
    }

    /** Tells whether too much has changed since a version to know better. */
    boolean isForgotten(final int decidedUnder) {
        return decidedUnder < last || version - decidedUnder > MEMORY;
    }

    /** The change that led to a version, since one that is not {@link #isForgotten forgotten}. */
    TopologyChange get(final int leadsTo) {
        return changes[leadsTo & (MEMORY - 1)];
    }
}
