package org.dvr.app.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.dvr.control.Topologies;
import org.dvr.control.compile.StableIds;
import org.dvr.control.compile.TopologyCompiler;
import org.dvr.control.model.Findings;
import org.dvr.control.model.Host;
import org.dvr.control.model.HostSettings;
import org.dvr.control.model.Topology;
import org.dvr.control.source.TopologyLoader;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * The topology of a host that runs: files that may change at any time, and what the host's own devices say. A version that does not load or compile
 * leaves the one before in force.
 */
final class LiveTopology {
    private final List<Path> files;
    private final HostSettings settings;
    private final String hostName;
    private TopologyCompiler compiler;
    private Topology cloud;
    private TopologySnapshot snapshot;
    private String seen;
    private String loaded;
    private String underlayDevice = "";
    private long underlayMac;
    private int underlayMtu;

    /**
     * What an attempt to take up files or devices came to.
     *
     * @param snapshot to be published, null where the old one stays in force
     * @param lines errors or warnings, one line each
     */
    record Outcome(TopologySnapshot snapshot, List<String> lines) {
        boolean isRefused() {
            return snapshot == null;
        }
    }

    /**
     * @param files    topology documents, merged by key
     * @param settings what the ini files of the host's agents say, null = nothing
     * @param hostName whose view is compiled
     */
    LiveTopology(final List<Path> files, final HostSettings settings, final String hostName) {
        this.settings = settings;
        this.files = List.copyOf(files);
        this.hostName = hostName;
        compiler = new TopologyCompiler(hostName, new StableIds());
    }

    /**
     * Has guests served metadata; before anything is loaded.
     *
     * @param proxy where the host's proxy listens
     */
    void metadata(final MetadataProxy proxy) {
        compiler = new TopologyCompiler(hostName, new StableIds(), proxy);
    }

    /** {@return true when a file is not what was loaded last, and has been so since the last time this was asked: nobody is writing to it} */
    boolean hasSettledChange() {
        final String now = stamp();
        final boolean isSettled = now.equals(seen) && !now.equals(loaded);
        seen = now;
        return isSettled;
    }

    private String stamp() {
        final StringBuilder stamp = new StringBuilder();
        for (final Path file : files) {
            try {
                final BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                stamp.append(attributes.fileKey()).append(attributes.size()).append(attributes.lastModifiedTime());
            } catch (final IOException e) {
                stamp.append("missing");
            }
            stamp.append('\n');
        }
        return stamp.toString();
    }

    /**
     * Loads the files anew.
     *
     * @return what came of it
     */
    Outcome load() {
        final String stamp = stamp();
        loaded = stamp;
        seen = stamp;
        final TopologyLoader.Result result = Topologies.load(files, settings);
        if (result.findings().hasErrors()) {
            return new Outcome(null, result.findings().errors());
        }
        return compile(result.topology(), result.findings());
    }

    /**
     * Takes up what the underlay device says of itself; it wins over the topology document.
     *
     * @param device its name
     * @param mac of the device, low 48 bits
     * @param mtu of the device in bytes
     * @return what came of it, null when nothing has changed
     */
    Outcome underlay(final String device, final long mac, final int mtu) {
        if (device.equals(underlayDevice) && mac == underlayMac && mtu == underlayMtu) {
            return null;
        }
        underlayDevice = device;
        underlayMac = mac;
        underlayMtu = mtu;
        return cloud == null ? null : compile(cloud, new Findings());
    }

    private Outcome compile(final Topology topology, final Findings findings) {
        final TopologyCompiler.Result result = compiler.compile(withDevice(topology));
        final List<String> lines = new ArrayList<>(findings.warnings());
        if (result.findings().hasErrors()) {
            return new Outcome(null, result.findings().errors());
        }
        lines.addAll(result.findings().warnings());
        cloud = topology;
        snapshot = result.snapshot();
        return new Outcome(snapshot, lines);
    }

    private Topology withDevice(final Topology topology) {
        final Host host = topology.hosts().get(hostName);
        return host == null || underlayDevice.isEmpty() ? topology : topology.withHost(withDevice(host));
    }

    private Host withDevice(final Host host) {
        return underlayDevice.isEmpty() ? host : host.withUnderlay(underlayDevice, underlayMac, underlayMtu);
    }

    /** {@return the host as the files describe it; there is one once something was loaded} */
    Host host() {
        return cloud.hosts().get(hostName);
    }

    /** {@return the host with what its underlay device says of itself} */
    Host deviceHost() {
        return withDevice(host());
    }

    /** {@return what is in force} */
    TopologySnapshot snapshot() {
        return snapshot;
    }
}
