package org.dvr.app.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.dvr.dataplane.io.netlink.UnderlayWatch;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.Peer;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.dataplane.topology.UnderlayCell;

/** How tunnel peers are reached: as the kernel's routes and neighbors say, published for the worker. */
final class Underlay implements AutoCloseable {
    private final UnderlayCell cell = new UnderlayCell();
    private final Consumer<String> lines;
    private UnderlayWatch watch;
    private String device = "";
    private IpAddress local;
    private TopologySnapshot followed;

    /**
     * @param lines takes a line for what goes wrong, and for its end
     */
    Underlay(final Consumer<String> lines) {
        this.lines = lines;
    }

    /** {@return where the worker finds it} */
    UnderlayCell cell() {
        return cell;
    }

    /**
     * Takes up what has changed.
     *
     * @param underlayDevice name of the device, empty = the host has no tunnels, or nobody knows the device
     * @param topology       in force
     * @throws IOException when the kernel refuses
     */
    void follow(final String underlayDevice, final TopologySnapshot topology) throws IOException {
        if (!underlayDevice.equals(device) || !Objects.equals(topology.vtep(), local)) {
            close();
            device = underlayDevice;
            local = topology.vtep();
            followed = null;
            watch = device.isEmpty() || local == null ? null : UnderlayWatch.open(device, local);
        }
        if (watch == null) {
            return;
        }
        if (topology != followed) {
            followed = topology;
            watch.peers(addresses(topology));
        }
        cell.publish(watch.work(System.nanoTime(), lines));
    }

    private static List<IpAddress> addresses(final TopologySnapshot topology) {
        final List<IpAddress> addresses = new ArrayList<>();
        for (final Peer peer : topology.peers()) {
            addresses.add(peer.address());
        }
        return addresses;
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }
}
