package org.dvr.dataplane.flow;

import org.dvr.dataplane.table.RowBlock;

/**
 * A remembered verdict as {@link FlowCache#export} has copied it; cold.
 *
 * @param attachmentId where frames of the flow come in
 * @param tunnel 0 none, 1 VXLAN, 2 GRE
 * @param peerIp outer source address of a tunnel frame, else 0
 * @param segmentationId VNI or GRE key of a tunnel frame, else 0
 * @param protocol IP protocol number
 * @param source IPv4 source as it comes in
 * @param destination IPv4 destination as it comes in
 * @param isForAnyPorts whether it holds for all ports; the next two are 0 then
 * @param sourcePort as it comes in
 * @param destinationPort as it comes in
 * @param isTranslated whether the next four hold
 * @param newSource IPv4 source as it leaves
 * @param newDestination IPv4 destination as it leaves
 * @param newSourcePort as it leaves
 * @param newDestinationPort as it leaves
 * @param ttlCost hops
 * @param egressId attachment point it leaves by
 * @param peerId tunnel peer it leaves to, -1 none
 * @param segmentId network it leaves in
 */
public record RememberedFlow(
        int attachmentId,
        int tunnel,
        int peerIp,
        int segmentationId,
        int protocol,
        int source,
        int destination,
        boolean isForAnyPorts,
        int sourcePort,
        int destinationPort,
        boolean isTranslated,
        int newSource,
        int newDestination,
        int newSourcePort,
        int newDestinationPort,
        int ttlCost,
        int egressId,
        int peerId,
        int segmentId) {
    /** Longs of a row. */
    public static final int ROW_WIDTH = 9;

    static final int ADDRESSES = 0;
    static final int PORTS = 1;
    static final int TUNNEL = 2;
    static final int KIND = 3;
    static final int CONDITIONS = 4;
    static final int NEW_ADDRESSES = 5;
    static final int NEW_PORTS = 6;
    static final int WAY = 7;
    static final int SEGMENT = 8;

    private static final int SHORT = 0xFFFF;
    private static final int BYTE = 0xFF;

    /**
     * Reads a row.
     *
     * @param rows filled by {@link FlowCache#export}
     * @param row 0 to size - 1
     * @return the verdict in it
     */
    public static RememberedFlow of(final RowBlock rows, final int row) {
        final long addresses = rows.get(row, ADDRESSES);
        final long ports = rows.get(row, PORTS);
        final long tunnel = rows.get(row, TUNNEL);
        final int conditions = (int) rows.get(row, CONDITIONS);
        final long newAddresses = rows.get(row, NEW_ADDRESSES);
        final long way = rows.get(row, WAY);
        return new RememberedFlow(
                (int) ports & 0x3FFF_FFFF,
                (int) ports >>> 30,
                (int) (tunnel >>> 32),
                (int) tunnel,
                (int) rows.get(row, KIND) >>> 8 & BYTE,
                (int) (addresses >>> 32),
                (int) addresses,
                (conditions & FlowEntry.ANY_PORTS) != 0,
                (int) (ports >>> 48),
                (int) (ports >>> 32) & SHORT,
                (conditions & FlowEntry.TRANSLATED) != 0,
                (int) (newAddresses >>> 32),
                (int) newAddresses,
                (int) rows.get(row, NEW_PORTS) >>> 16,
                (int) rows.get(row, NEW_PORTS) & SHORT,
                conditions & BYTE,
                (int) (way >>> 32),
                (int) way,
                (int) rows.get(row, SEGMENT));
    }
}
