package org.dvr.control;

import java.nio.file.Path;
import java.util.List;
import org.dvr.control.compile.StableIds;
import org.dvr.control.compile.TopologyCompiler;
import org.dvr.control.model.HostSettings;
import org.dvr.control.model.Topology;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.MetadataProxy;

/** The door of this module: load topology documents, list their hosts, compile what a host needs. */
public final class Topologies {
    private Topologies() {}

    /**
     * Loads topology documents, merged by key, and checks them.
     *
     * @param files YAML or JSON, one or more
     * @return the topology and everything that is wrong with it
     */
    public static TopologyLoader.Result load(final List<Path> files) {
        return TopologyLoader.load(files);
    }

    /**
     * Loads topology documents as {@link #load(List)} does, with what Neutron's own configuration says about one host.
     *
     * @param files YAML or JSON, one or more
     * @param settings fills in what the documents leave out about its host
     * @return the topology and everything that is wrong with it
     */
    public static TopologyLoader.Result load(final List<Path> files, final HostSettings settings) {
        return TopologyLoader.load(files, settings);
    }

    /**
     * @param topology a topology
     * @return the hosts it knows, ascending
     */
    public static List<String> hostNames(final Topology topology) {
        return List.copyOf(topology.hosts().keySet());
    }

    /**
     * Compiles what exists on one host.
     *
     * @param topology a topology that was loaded without errors
     * @param host the host's name
     * @param ids the host's ids, kept from one compilation to the next
     * @return the snapshot, or why there is none
     */
    public static TopologyCompiler.Result compile(final Topology topology, final String host, final StableIds ids) {
        return compile(topology, host, ids, null);
    }

    /**
     * Compiles what exists on one host whose guests are served metadata.
     *
     * @param topology a topology that was loaded without errors
     * @param host the host's name
     * @param ids the host's ids, kept from one compilation to the next
     * @param metadata where the host's metadata proxy listens, null where it has none
     * @return the snapshot, or why there is none
     */
    public static TopologyCompiler.Result compile(
            final Topology topology, final String host, final StableIds ids, final MetadataProxy metadata) {
        return new TopologyCompiler(host, ids, metadata).compile(topology);
    }
}
