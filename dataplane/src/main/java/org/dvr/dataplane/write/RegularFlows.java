package org.dvr.dataplane.write;

import org.dvr.dataplane.io.shortcut.ShortcutTable;

/**
 * Finds flows that go on, by packets alone: for each place of a {@link ShortcutTable} the flow that most of the last packets were of (Boyer and Moore's majority vote).
 * Others of the same place take back what it has added, and take its turn when nothing is left; so a crowd of short flows wears a long one down at most for a while.
 * Owned by one worker; allocates nothing after construction.
 */
final class RegularFlows {
    /** Packets, more than of all others, by which a flow shows that it goes on. */
    static final int MANY = 8;

    // By place.
    private final long[] addresses = new long[ShortcutTable.SLOTS];
    private final int[] ports = new int[ShortcutTable.SLOTS];
    private final int[] ahead = new int[ShortcutTable.SLOTS];

    /**
     * Counts a packet.
     *
     * @param place of its flow
     * @param flowAddresses IPv4 source and destination
     * @param flowPorts source and destination port
     * @return true when its flow goes on; said once, and again after {@value #MANY} more packets
     */
    boolean count(final int place, final long flowAddresses, final int flowPorts) {
        if (addresses[place] != flowAddresses || ports[place] != flowPorts) {
            if (--ahead[place] <= 0) {
                put(place, flowAddresses, flowPorts, 1);
            }
            return false;
        }
        if (++ahead[place] < MANY) {
            return false;
        }
        ahead[place] = 0;
        return true;
    }

    /** Has the next packet of a flow be enough. */
    void expect(final int place, final long flowAddresses, final int flowPorts) {
        put(place, flowAddresses, flowPorts, MANY - 1);
    }

    private void put(final int place, final long flowAddresses, final int flowPorts, final int count) {
        addresses[place] = flowAddresses;
        ports[place] = flowPorts;
        ahead[place] = count;
    }
}
