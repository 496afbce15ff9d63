package org.dvr.pcaps.replay;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stats.WorkerCounters;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.worker.Alarms;
import org.dvr.dataplane.worker.Worker;
import org.dvr.nat.conntrack.ConntrackTable;

/** The counters of a host under replay in the form that other programs read (contract.md §4). */
final class Counters {
    private Counters() {}

    /**
     * Reads the counters of a worker between two bursts.
     *
     * @param host        name of the host
     * @param attachments ascending by name
     * @param worker      whose counters
     * @param alarms      of that worker
     * @return every attachment point, every drop reason that occurred, the totals
     */
    static ObjectNode json(
            final String host, final List<Attachment> attachments, final Worker worker, final Alarms alarms) {
        final WorkerCounters counters = worker.counters();
        final ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("host", host);
        final ObjectNode ports = root.putObject("ports");
        for (final Attachment attachment : attachments) {
            ports.putObject(attachment.name())
                    .put("rx", counters.rx(attachment.id()))
                    .put("tx", counters.tx(attachment.id()))
                    .put("rx_bytes", counters.rxBytes(attachment.id()))
                    .put("tx_bytes", counters.txBytes(attachment.id()));
        }
        final ObjectNode drops = root.putObject("drops");
        for (final DropReason reason : DropReason.values()) {
            if (counters.drops(reason) > 0) {
                drops.put(reason.label(), counters.drops(reason));
            }
        }
        root.put("consumed", counters.consumedCount());
        root.put("generated", counters.generatedCount());
        root.put("flooded", counters.floodedCount());
        root.put("held", worker.held());
        putFlows(root.putObject("flows"), worker);
        root.putObject("fragments")
                .put("opened", worker.fragments().openedCount())
                .put("evicted", worker.fragments().evictedCount());
        root.putObject("alarms")
                .put("connections", alarms.connectionAlarms())
                .put("ports", alarms.portAlarms())
                .put("fragments", alarms.fragmentAlarms());
        return root;
    }

    private static void putFlows(final ObjectNode flows, final Worker worker) {
        final ConntrackTable connections = worker.connections();
        flows.put("active", connections.active())
                .put("created", connections.created())
                .put("expired", connections.expired());
        if (connections.restored() > 0) {
            flows.put("restored", connections.restored());
        }
        flows.put("capacity", connections.capacity())
                .put("high_water", connections.highWater())
                .put("removed", connections.removed())
                .put("reclaimed_tentative", connections.reclaimedTentative())
                .put("reclaimed_settled", connections.reclaimedSettled())
                .put("refused_guest", connections.ownerLimitCount())
                .put("refused_router", connections.zoneLimitCount())
                .put("refused_clash", connections.clashCount())
                .put("refused_ports", worker.portShortages().refusedCount())
                .put("resets_ignored", connections.ignoredResetCount());
    }
}
