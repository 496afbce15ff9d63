package org.dvr.app.run;

import java.io.IOException;
import java.util.function.Consumer;
import org.dvr.app.metadata.GuestLookup;
import org.dvr.app.metadata.MetadataConfig;
import org.dvr.app.metadata.MetadataServer;
import org.dvr.dataplane.io.netlink.Link;
import org.dvr.dataplane.io.netlink.LinkControl;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.MetadataPort;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.TopologyCell;

/**
 * The metadata service of a running forwarder: a pair of devices between the dataplane and the host's own stack, and the proxy that listens there.
 *
 * <pre>
 *   guests -> dataplane -> {@value DeviceNames#METADATA} == {@value #HOST_DEVICE} (240.0.0.1/16) -> proxy -> Neutron's metadata agent
 * </pre>
 *
 * The host's TCP serves the guests: nothing of it has to be written again, and no namespace is needed, since every guest has a number of its own.
 */
final class MetadataService implements AutoCloseable {
    /** The host's end. */
    static final String HOST_DEVICE = "dvr-md-host";

    private final MetadataProxy proxy;
    private final String agent;
    private final Consumer<String> lines;
    private MetadataServer server;

    private MetadataService(final MetadataProxy proxy, final String agent, final Consumer<String> lines) {
        this.proxy = proxy;
        this.agent = agent;
        this.lines = lines;
    }

    /**
     * Makes the devices; whatever an earlier run has left behind is replaced.
     *
     * @param agent {@code unix:/path} or {@code HOST:PORT} of the metadata agent
     * @param links the devices there are
     * @param lines takes a line for what goes wrong later
     * @return the service, not listening yet
     * @throws IOException when the kernel refuses
     */
    static MetadataService create(final String agent, final Links links, final Consumer<String> lines)
            throws IOException {
        final MetadataService service = new MetadataService(MetadataProxy.DEFAULT, agent, lines);
        try (LinkControl control = new LinkControl()) {
            if (links.find(HOST_DEVICE) != null) {
                control.delete(HOST_DEVICE);
            }
            control.createVeth(HOST_DEVICE, DeviceNames.METADATA, MetadataPort.DEVICE_MAC, MetadataPort.GUESTS_MAC);
            control.up(DeviceNames.METADATA, true);
            control.up(HOST_DEVICE, true);
            links.refresh();
            final Link host = links.find(HOST_DEVICE);
            control.addAddress(host, IpAddress.ofIpv4(service.proxy.ip()), MetadataPort.PREFIX_LENGTH);
        }
        return service;
    }

    /** {@return where the proxy will listen} */
    MetadataProxy proxy() {
        return proxy;
    }

    /**
     * Begins to serve.
     *
     * @param topologies tell whose request it is
     * @throws IOException when it cannot listen
     */
    void serve(final TopologyCell topologies) throws IOException {
        server = MetadataServer.start(new MetadataConfig(proxy, agent), GuestLookup.of(topologies));
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        try (LinkControl control = new LinkControl()) {
            control.delete(HOST_DEVICE);
        } catch (final IOException e) {
            lines.accept("metadata: " + HOST_DEVICE + " could not be removed: " + e.getMessage());
        }
    }
}
