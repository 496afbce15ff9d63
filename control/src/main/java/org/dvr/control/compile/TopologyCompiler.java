package org.dvr.control.compile;

import org.dvr.control.model.Findings;
import org.dvr.control.model.Host;
import org.dvr.control.model.Topology;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * Compiles a topology into what exists on one host. Keeps the host's stable ids, so one compiler serves all reloads of a host.
 * Belongs to the thread that compiles. The same topology and the same history of reloads give the same snapshot.
 */
public final class TopologyCompiler {
    private final String host;
    private final StableIds ids;
    private final MetadataProxy metadata;

    /**
     * What a compilation came to.
     *
     * @param snapshot the snapshot, null where there are errors
     * @param findings errors and warnings
     */
    public record Result(TopologySnapshot snapshot, Findings findings) {}

    /**
     * @param host the host whose view is compiled, exactly as in {@code binding:host_id}
     * @param ids its ids, kept from compilation to compilation
     */
    public TopologyCompiler(final String host, final StableIds ids) {
        this(host, ids, null);
    }

    /**
     * @param host the host whose view is compiled, exactly as in {@code binding:host_id}
     * @param ids its ids, kept from compilation to compilation
     * @param metadata where the host's metadata proxy listens, null where it has none
     */
    public TopologyCompiler(final String host, final StableIds ids, final MetadataProxy metadata) {
        this.host = host;
        this.ids = ids;
        this.metadata = metadata;
    }

    /**
     * Compiles.
     *
     * @param topology a topology that was loaded without errors
     * @return the snapshot, or why there is none
     */
    public Result compile(final Topology topology) {
        final Findings findings = new Findings();
        final Host self = topology.hosts().get(host);
        if (self == null) {
            findings.error("host " + host + " is not in the topology, it knows "
                    + (topology.hosts().isEmpty()
                            ? "no hosts"
                            : String.join(", ", topology.hosts().keySet())));
            return new Result(null, findings);
        }
        final TopologySnapshot snapshot = new Compilation(new Cloud(topology), self, ids, findings, metadata).run();
        return new Result(findings.hasErrors() ? null : snapshot, findings);
    }
}
