package org.dvr.control.compile;

import java.util.Set;
import org.dvr.control.model.CloudChange;
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
    private Cloud cloud;
    private Compilation.Compiled compiled; // null where the next compilation cannot go on from it

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
     * Compiles. What differs from the topology compiled last is found out first; where that is floating IPs and ports that no router has, only what they
     * concern is compiled, and the rest taken over.
     *
     * @param topology a topology that was loaded without errors
     * @return the snapshot, or why there is none
     */
    public Result compile(final Topology topology) {
        return compiled == null
                ? compileWhole(topology)
                : compile(topology, CloudChange.between(cloud.topology(), topology));
    }

    /**
     * Compiles a topology of which it is known how it differs from the one compiled last.
     *
     * @param topology a topology without errors
     * @param change what leads to it from the one compiled last
     * @return the snapshot, or why there is none
     */
    public Result compile(final Topology topology, final CloudChange change) {
        if (compiled == null || !change.isLocal()) {
            return compileWhole(topology);
        }
        return run(cloud.update(topology, change), compiled);
    }

    private Result compileWhole(final Topology topology) {
        if (!topology.hosts().containsKey(host)) {
            final Findings findings = new Findings();
            findings.error("host " + host + " is not in the topology, it knows "
                    + (topology.hosts().isEmpty()
                            ? "no hosts"
                            : String.join(", ", topology.hosts().keySet())));
            return new Result(null, findings);
        }
        cloud = new Cloud(topology);
        return run(Set.of(), null);
    }

    private Result run(final Set<String> renewed, final Compilation.Compiled before) {
        final Findings findings = new Findings();
        final Host self = cloud.topology().hosts().get(host);
        compiled = new Compilation(cloud, self, ids, findings, metadata, before, renewed).run();
        if (findings.hasErrors()) {
            compiled = null; // the next one begins anew
        }
        return new Result(compiled == null ? null : compiled.snapshot(), findings);
    }
}
