package org.dvr.pcaps.state;

import org.dvr.dataplane.topology.ExternalPort;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.PortForwarding;
import org.dvr.dataplane.topology.Router;
import org.dvr.nat.conntrack.ConnectionRecord;
import org.dvr.nat.tuple.TupleKey;

/**
 * Tells whether a connection's translation is still what the topology asks for. A floating IP or a forwarded port may have moved, a gateway address changed, while nobody ran:
 * flows that would have been cut then (dvr.md §7.5) are not taken in.
 */
final class Bindings {
    private Bindings() {}

    /**
     * Judges one connection.
     *
     * @param router whose zone it is in
     * @param record the connection
     * @return whether each address that it replaces stands for the other on this router
     */
    static boolean hold(final Router router, final ConnectionRecord record) {
        final int source = TupleKey.source(record.originalAddresses());
        final int destination = TupleKey.destination(record.originalAddresses());
        final int newSource = TupleKey.destination(record.replyAddresses());
        final int newDestination = TupleKey.source(record.replyAddresses());
        return (source == newSource || isFloating(router, newSource, source) || isShared(router, newSource))
                && (destination == newDestination
                        || isFloating(router, destination, newDestination)
                        || isForwarded(router.gatewayPort(), record)
                        || isForwarded(router.externalPort(), record));
    }

    private static boolean isFloating(final Router router, final int outer, final int inner) {
        final FloatingIp floatingIp = router.floatingIpOf(inner);
        return floatingIp != null && floatingIp.floatingIp() == outer;
    }

    private static boolean isForwarded(final ExternalPort port, final ConnectionRecord record) {
        final long ports = record.originalPorts();
        final PortForwarding forwarding = port == null
                ? null
                : port.portForwarding(
                        TupleKey.protocol(ports),
                        TupleKey.destination(record.originalAddresses()),
                        TupleKey.destinationPort(ports));
        return forwarding != null
                && forwarding.internalIp() == TupleKey.source(record.replyAddresses())
                && forwarding.internalPort() == TupleKey.sourcePort(record.replyPorts());
    }

    private static boolean isShared(final Router router, final int outer) {
        final ExternalPort gatewayPort = router.gatewayPort();
        return gatewayPort != null && gatewayPort.hasSnat() && gatewayPort.ip() == outer;
    }
}
