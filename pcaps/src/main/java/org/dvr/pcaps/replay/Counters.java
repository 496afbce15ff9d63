package org.dvr.pcaps.replay;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.ToLongFunction;
import org.dvr.dataplane.frame.DropReason;
import org.dvr.dataplane.stats.CounterDescriptor;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.worker.Alarms;
import org.dvr.dataplane.worker.CounterReading;
import org.dvr.dataplane.worker.Worker;
import org.dvr.dataplane.worker.WorkerGroup;

/** The counters of a host under replay in the form that other programs read (contract.md §4). */
final class Counters {
    private Counters() {}

    /**
     * Reads the counters of all workers between two bursts.
     *
     * @param host        name of the host
     * @param attachments ascending by name
     * @param workers     whose counters are added up
     * @param alarms      of those workers
     * @return every attachment point, every drop reason that occurred, the totals
     */
    static ObjectNode json(
            final String host,
            final List<Attachment> attachments,
            final WorkerGroup workers,
            final List<Alarms> alarms) {
        final CounterReading sum = sum(attachments, workers);
        final ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("host", host);
        final ObjectNode ports = root.putObject("ports");
        for (final Attachment attachment : attachments) {
            ports.putObject(attachment.name())
                    .put("rx", sum.rx(attachment.id()))
                    .put("tx", sum.tx(attachment.id()))
                    .put("rx_bytes", sum.rxBytes(attachment.id()))
                    .put("tx_bytes", sum.txBytes(attachment.id()));
        }
        final ObjectNode drops = root.putObject("drops");
        for (final DropReason reason : DropReason.values()) {
            if (sum.drops(reason) > 0) {
                drops.put(reason.label(), sum.drops(reason));
            }
        }
        root.put("consumed", sum.get(CounterDescriptor.CONSUMED));
        root.put("generated", sum.get(CounterDescriptor.GENERATED));
        root.put("flooded", sum.get(CounterDescriptor.FLOODED));
        root.put("held", sum.get(CounterDescriptor.HELD));
        putFlows(root.putObject("flows"), sum);
        root.putObject("fragments")
                .put("opened", sum.get(CounterDescriptor.FRAGMENTS_OPENED))
                .put("evicted", sum.get(CounterDescriptor.FRAGMENTS_EVICTED));
        root.putObject("alarms")
                .put("connections", total(alarms, Alarms::connectionAlarms))
                .put("ports", total(alarms, Alarms::portAlarms))
                .put("fragments", total(alarms, Alarms::fragmentAlarms));
        return root;
    }

    private static CounterReading sum(final List<Attachment> attachments, final WorkerGroup workers) {
        int ids = 0;
        for (final Attachment attachment : attachments) {
            ids = Math.max(ids, attachment.id() + 1);
        }
        final CounterReading sum = new CounterReading(ids);
        final CounterReading one = new CounterReading(ids);
        for (final Worker worker : workers.workers()) {
            one.read(worker);
            sum.add(one);
        }
        return sum;
    }

    private static long total(final List<Alarms> alarms, final ToLongFunction<Alarms> count) {
        return alarms.stream().mapToLong(count).sum();
    }

    private static void putFlows(final ObjectNode flows, final CounterReading sum) {
        flows.put("active", sum.get(CounterDescriptor.FLOWS_ACTIVE))
                .put("created", sum.get(CounterDescriptor.FLOWS_CREATED))
                .put("expired", sum.get(CounterDescriptor.FLOWS_EXPIRED));
        if (sum.get(CounterDescriptor.FLOWS_RESTORED) > 0) {
            flows.put("restored", sum.get(CounterDescriptor.FLOWS_RESTORED));
        }
        flows.put("capacity", sum.get(CounterDescriptor.FLOWS_CAPACITY))
                .put("high_water", sum.get(CounterDescriptor.FLOWS_HIGH_WATER))
                .put("removed", sum.get(CounterDescriptor.FLOWS_REMOVED))
                .put("reclaimed_tentative", sum.get(CounterDescriptor.FLOWS_RECLAIMED_TENTATIVE))
                .put("reclaimed_settled", sum.get(CounterDescriptor.FLOWS_RECLAIMED_SETTLED))
                .put("refused_guest", sum.get(CounterDescriptor.FLOWS_REFUSED_GUEST))
                .put("refused_router", sum.get(CounterDescriptor.FLOWS_REFUSED_ROUTER))
                .put("refused_clash", sum.get(CounterDescriptor.FLOWS_REFUSED_CLASH))
                .put("refused_ports", sum.get(CounterDescriptor.FLOWS_REFUSED_PORTS))
                .put("resets_ignored", sum.get(CounterDescriptor.FLOWS_RESETS_IGNORED));
    }
}
