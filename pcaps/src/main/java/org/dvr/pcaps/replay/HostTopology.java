package org.dvr.pcaps.replay;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dvr.control.Topologies;
import org.dvr.control.compile.StableIds;
import org.dvr.control.compile.TopologyCompiler;
import org.dvr.control.model.Findings;
import org.dvr.control.model.Topology;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * What one host's topology is in the course of a replay: one at the start, others from some moments on. All of them are loaded and
 * compiled before the first frame, so that an error in any of them is told at once.
 */
public final class HostTopology {
    /**
     * A change under way.
     *
     * @param atNs     time from the first frame, 0 or more
     * @param snapshot in force from then on
     */
    record Change(long atNs, TopologySnapshot snapshot) {}

    private final String host;
    private final MetadataProxy metadata;
    private final StableIds ids = new StableIds();
    private final List<Change> changes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, Attachment> attachments = new TreeMap<>();
    private TopologySnapshot start;

    private HostTopology(final String host, final MetadataProxy metadata) {
        this.host = host;
        this.metadata = metadata;
    }

    /**
     * Loads what holds at the start.
     *
     * @param files topology documents, merged by key
     * @param host  whose view is compiled
     * @return the host's topology
     * @throws ReplayException that names everything that is wrong with the files
     */
    public static HostTopology load(final List<Path> files, final String host) {
        return load(files, host, null);
    }

    /**
     * Loads what holds at the start, of a host whose guests are served metadata.
     *
     * @param files    topology documents, merged by key
     * @param host     whose view is compiled
     * @param metadata where its metadata proxy listens, null where it has none
     * @return the host's topology
     * @throws ReplayException that names everything that is wrong with the files
     */
    public static HostTopology load(final List<Path> files, final String host, final MetadataProxy metadata) {
        final HostTopology topology = new HostTopology(host, metadata);
        topology.start = topology.compile(files);
        return topology;
    }

    /**
     * Compiles what holds at the start.
     *
     * @param cloud loaded without errors
     * @param host  whose view is compiled
     * @param metadata where its metadata proxy listens, null where it has none
     * @return the host's topology
     * @throws ReplayException that names everything that is wrong
     */
    static HostTopology of(final Topology cloud, final String host, final MetadataProxy metadata) {
        final HostTopology topology = new HostTopology(host, metadata);
        topology.start = topology.compile(cloud);
        return topology;
    }

    /**
     * Adds a change under way.
     *
     * @param atNs  time from the first frame; not before that of the change added last
     * @param files topology documents that replace the ones before as a whole
     * @throws ReplayException that names everything that is wrong with the files
     */
    public void change(final long atNs, final List<Path> files) {
        add(atNs, compile(files));
    }

    /**
     * Adds a change under way.
     *
     * @param atNs  time from the first frame; not before that of the change added last
     * @param cloud loaded without errors; replaces the one before as a whole
     * @throws ReplayException that names everything that is wrong
     */
    void change(final long atNs, final Topology cloud) {
        add(atNs, compile(cloud));
    }

    private void add(final long atNs, final TopologySnapshot snapshot) {
        if (!changes.isEmpty() && atNs < changes.getLast().atNs) {
            throw new IllegalArgumentException("changes must be added in order of time, atNs=" + atNs);
        }
        changes.add(new Change(atNs, snapshot));
    }

    private TopologySnapshot compile(final List<Path> files) {
        final TopologyLoader.Result loaded = Topologies.load(files);
        accept(loaded.findings());
        return compile(loaded.topology());
    }

    private TopologySnapshot compile(final Topology cloud) {
        final TopologyCompiler.Result compiled = Topologies.compile(cloud, host, ids, metadata);
        accept(compiled.findings());
        for (final Attachment attachment : compiled.snapshot().attachments()) {
            attachments.put(attachment.name(), attachment);
        }
        return compiled.snapshot();
    }

    private void accept(final Findings findings) {
        if (findings.hasErrors()) {
            throw new ReplayException(String.join("\n", findings.errors()));
        }
        for (final String warning : findings.warnings()) {
            if (!warnings.contains(warning)) {
                warnings.add(warning);
            }
        }
    }

    /** {@return name of the host} */
    public String host() {
        return host;
    }

    /** {@return what holds at the start} */
    public TopologySnapshot start() {
        return start;
    }

    List<Change> changes() {
        return changes;
    }

    /** {@return what is odd about the files but no error, one line each} */
    public List<String> warnings() {
        return warnings;
    }

    /** {@return the names of all attachment points that the host has at any time, ascending} */
    public List<String> attachmentNames() {
        return List.copyOf(attachments.keySet());
    }

    /**
     * The id of an attachment point.
     *
     * @param name of the attachment point
     * @param where begins the error
     * @return its stable id
     * @throws ReplayException that names the attachment points there are, when the host never has this one
     */
    public int attachmentId(final String name, final String where) {
        final Attachment attachment = attachments.get(name);
        if (attachment == null) {
            throw new ReplayException(where + ": host " + host + " has no attachment point " + name
                    + (attachments.isEmpty() ? "" : ", it has " + String.join(", ", attachments.keySet())));
        }
        return attachment.id();
    }

    /** {@return every attachment point that the host has at any time, ascending by name} */
    List<Attachment> attachments() {
        return List.copyOf(attachments.values());
    }
}
