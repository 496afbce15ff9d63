package org.dvr.pcaps.replay;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.dvr.control.Topologies;
import org.dvr.control.model.Topology;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.MetadataProxy;

/**
 * What several hosts' topologies are in the course of a replay, each compiled from the same documents, which are loaded once. Names of
 * attachment points begin with their host: {@code compute1/tapport-a1}. The points of one physical network, and the underlay points, are
 * wired to each other by the wire {@code wire-LABEL}, {@code wire-underlay}.
 */
public final class CloudTopology {
    /** Hosts in one replay at most: each has frames, connections and tables of its own. */
    public static final int HOST_LIMIT = 100;

    private static final String WIRE = "wire-";

    private final List<HostTopology> hosts = new ArrayList<>();
    private final Set<String> warnings = new LinkedHashSet<>();

    private CloudTopology() {}

    /**
     * Loads what holds at the start.
     *
     * @param files topology documents, merged by key
     * @param hosts names of the hosts, 1 to {@link #HOST_LIMIT} different ones
     * @return the hosts' topologies
     * @throws ReplayException that names everything that is wrong with the files
     */
    public static CloudTopology load(final List<Path> files, final List<String> hosts) {
        return load(files, hosts, null);
    }

    /**
     * Loads what holds at the start, of hosts whose guests are served metadata.
     *
     * @param files    topology documents, merged by key
     * @param hosts    names of the hosts, 1 to {@link #HOST_LIMIT} different ones
     * @param metadata where the metadata proxy of each of them listens, null where they have none
     * @return the hosts' topologies
     * @throws ReplayException that names everything that is wrong with the files
     */
    public static CloudTopology load(final List<Path> files, final List<String> hosts, final MetadataProxy metadata) {
        final CloudTopology cloud = new CloudTopology();
        final Topology topology = cloud.load(files);
        compile(new TreeSet<>(hosts), host -> cloud.hosts.add(HostTopology.of(topology, host, metadata)));
        return cloud;
    }

    /**
     * Adds a change under way, of all hosts at once.
     *
     * @param atNs  time from the first frame; not before that of the change added last
     * @param files topology documents that replace the ones before as a whole
     * @throws ReplayException that names everything that is wrong with the files
     */
    public void change(final long atNs, final List<Path> files) {
        final Topology topology = load(files);
        compile(hosts, host -> host.change(atNs, topology));
    }

    private Topology load(final List<Path> files) {
        final TopologyLoader.Result loaded = Topologies.load(files);
        if (loaded.findings().hasErrors()) {
            throw new ReplayException(String.join("\n", loaded.findings().errors()));
        }
        warnings.addAll(loaded.findings().warnings());
        return loaded.topology();
    }

    /** Compiles for each host, so that the errors of all are told at once. */
    private static <T> void compile(final Iterable<T> hosts, final Consumer<T> compile) {
        final Set<String> errors = new LinkedHashSet<>();
        for (final T host : hosts) {
            try {
                compile.accept(host);
            } catch (final ReplayException e) {
                errors.addAll(e.getMessage().lines().toList());
            }
        }
        if (!errors.isEmpty()) {
            throw new ReplayException(String.join("\n", errors));
        }
    }

    /** {@return the hosts, ascending by name} */
    List<HostTopology> hosts() {
        return hosts;
    }

    /** {@return what is odd about the files but no error, one line each} */
    public List<String> warnings() {
        final Set<String> all = new LinkedHashSet<>(warnings);
        hosts.forEach(host -> all.addAll(host.warnings()));
        return List.copyOf(all);
    }

    /** {@return the wires, ascending by name} */
    List<String> wireNames() {
        final Set<String> names = new TreeSet<>();
        for (final HostTopology host : hosts) {
            for (final Attachment attachment : host.attachments()) {
                if (isWired(attachment)) {
                    names.add(wireName(attachment));
                }
            }
        }
        return List.copyOf(names);
    }

    /** {@return the names of what is captured: guest points as {@code HOST/NAME}, and wires; ascending} */
    public List<String> captureNames() {
        final Set<String> names = new TreeSet<>(wireNames());
        for (final HostTopology host : hosts) {
            for (final Attachment attachment : host.attachments()) {
                if (!isWired(attachment)) {
                    names.add(name(host, attachment));
                }
            }
        }
        return List.copyOf(names);
    }

    /**
     * Refuses a name that nothing is captured by.
     *
     * @param name  {@code HOST/NAME} of a guest point, or a wire
     * @param where begins the error
     * @throws ReplayException that says which names there are
     */
    public void checkCapture(final String name, final String where) {
        final int slash = name.indexOf('/');
        if (slash < 0) {
            if (!wireNames().contains(name)) {
                throw new ReplayException(where
                        + (name.startsWith(WIRE)
                                ? ": there is no wire " + name + ", there are " + String.join(", ", wireNames())
                                : ": with several hosts a capture is HOST/NAME.pcap or wire-NAME.pcap, not " + name));
            }
            return;
        }
        final HostTopology host = host(name, where);
        final String point = name.substring(slash + 1);
        final int id = host.attachmentId(point, where);
        for (final Attachment attachment : host.attachments()) {
            if (attachment.id() == id && isWired(attachment)) {
                throw new ReplayException(where + ": " + point + " of host " + host.host()
                        + " is wired to the other hosts; its frames belong in " + wireName(attachment));
            }
        }
    }

    /** The host of an attachment point HOST/NAME. */
    HostTopology host(final String name, final String where) {
        final String hostName = name.substring(0, Math.max(0, name.indexOf('/')));
        for (final HostTopology host : hosts) {
            if (host.host().equals(hostName)) {
                return host;
            }
        }
        throw new ReplayException(where + ": "
                + (hostName.isEmpty()
                        ? "with several hosts an attachment point is HOST/NAME, not " + name
                        : "host " + hostName + " is not in this replay, which has "
                                + String.join(
                                        ", ",
                                        hosts.stream().map(HostTopology::host).toList())));
    }

    static String name(final HostTopology host, final Attachment attachment) {
        return host.host() + "/" + attachment.name();
    }

    static boolean isWired(final Attachment attachment) {
        return attachment.kind() == AttachmentKind.UNDERLAY || attachment.kind() == AttachmentKind.PHYSICAL;
    }

    static String wireName(final Attachment attachment) {
        return WIRE + attachment.name();
    }
}
