package org.dvr.app.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.dvr.app.observe.PortStatus;
import org.dvr.control.model.Host;
import org.dvr.dataplane.io.netlink.Link;
import org.dvr.dataplane.io.shortcut.ShortcutMaps;
import org.dvr.dataplane.steer.Steering;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * The devices behind the attachment points of this host: opened when both are there, closed when either goes. A guest's tap may appear long after
 * the topology names it, vanish and come back.
 */
final class Devices implements AutoCloseable {
    /** Opens the port of a device. */
    interface Opener {
        /**
         * @param attachment the attachment point
         * @param link       its device
         * @return the device, in use
         * @throws IOException one line: why it cannot be used
         */
        OpenDevice open(Attachment attachment, Link link) throws IOException;

        /**
         * Takes up how frames are shared out among workers: before the first device is opened, and again after another topology was published.
         *
         * @param steering of that topology
         * @throws IOException one line: why devices do not share frames out as it says
         */
        default void steer(final Steering steering) throws IOException {}

        /**
         * Has known flows forwarded by the kernel; before the first device is opened.
         *
         * @param workerCount how many tell it
         * @return what they tell it by, null where these devices have no such thing
         */
        default ShortcutMaps shortcuts(final int workerCount) {
            return null;
        }

        /** Opens no more. */
        default void end() {}
    }

    /** What is open, or why it is not. */
    private static final class Device {
        private final Attachment attachment;
        private Link link;
        private OpenDevice open;
        private String trouble = "";
        // Of the ports that it has had before.
        private long missed;
        private long refused;

        Device(final Attachment attachment) {
            this.attachment = attachment;
        }
    }

    private final Links links;
    private final Opener opener;
    private final WorkerThreads workers;
    private final Consumer<String> lines;
    private final Map<Integer, Device> devices = new HashMap<>();

    Devices(final Links links, final Opener opener, final WorkerThreads workers, final Consumer<String> lines) {
        this.links = links;
        this.opener = opener;
        this.workers = workers;
        this.lines = lines;
    }

    /**
     * Has what is open agree with what is there.
     *
     * @param topology in force
     * @param host     as the topology describes it
     */
    void reconcile(final TopologySnapshot topology, final Host host) {
        final Set<Integer> wanted = new HashSet<>();
        for (final Attachment attachment : topology.attachments()) {
            wanted.add(attachment.id());
            reconcile(devices.computeIfAbsent(attachment.id(), id -> new Device(attachment)), host);
        }
        for (final Iterator<Device> each = devices.values().iterator(); each.hasNext(); ) {
            final Device device = each.next();
            if (!wanted.contains(device.attachment.id())) {
                close(device, "is not in the topology any more");
                each.remove();
            }
        }
    }

    private void reconcile(final Device device, final Host host) {
        final String name = DeviceNames.of(device.attachment, host);
        final Link link = name.isEmpty() ? null : links.find(name);
        if (device.open != null) {
            if (link != null && link.index() != device.link.index()) {
                close(device, "device was replaced");
            } else if (link == null || device.open.isGone()) {
                close(device, "device is gone");
                if (link != null) {
                    return; // the list of devices is older than its going: the next one tells what became of it
                }
            }
        }
        if (device.open != null) {
            if (link.isUp() != device.link.isUp()) {
                lines.accept(title(device) + (link.isUp() ? " is up again" : " is down: nothing is received or sent"));
            }
            device.link = link;
            return;
        }
        if (link == null) {
            trouble(
                    device,
                    name.isEmpty() ? DeviceNames.missing(device.attachment, host) : "no device " + name + " here");
            return;
        }
        open(device, link);
    }

    private void open(final Device device, final Link link) {
        try {
            final OpenDevice opened = opener.open(device.attachment, link);
            device.open = opened;
            device.link = link;
            device.trouble = "";
            final int id = device.attachment.id();
            workers.ports(id, opened.ports());
            lines.accept(title(device) + " opened"
                    + (link.isUp() ? "" : ", is down: ip link set dev " + link.name() + " up"));
        } catch (final IOException e) {
            trouble(device, e.getMessage());
        }
    }

    /** Said once, not every time somebody looks. */
    private void trouble(final Device device, final String trouble) {
        if (!trouble.equals(device.trouble)) {
            device.trouble = trouble;
            lines.accept(device.attachment.name() + ": " + trouble);
        }
    }

    private static String title(final Device device) {
        final String name = device.attachment.name();
        return device.link == null || device.link.name().equals(name) ? name : name + " (" + device.link.name() + ")";
    }

    private void close(final Device device, final String why) {
        if (device.open == null) {
            return;
        }
        lines.accept(title(device) + " closed: " + why);
        release(device);
    }

    private void release(final Device device) {
        final int id = device.attachment.id();
        workers.ports(id, null);
        device.missed += device.open.missed();
        device.refused += device.open.refused();
        device.open.close();
        device.open = null;
        device.link = null;
    }

    /**
     * Which attachment points have no device now?
     *
     * @return why, by name
     */
    SortedMap<String, String> missing() {
        final SortedMap<String, String> missing = new TreeMap<>();
        for (final Device device : devices.values()) {
            if (device.open == null) {
                missing.put(device.attachment.name(), device.trouble);
            }
        }
        return missing;
    }

    /**
     * Which wires, underlay and physical networks, cannot be used now?
     *
     * @return a line for each
     */
    List<String> unusableWires() {
        final List<String> unusable = new ArrayList<>();
        for (final Device device : devices.values()) {
            final AttachmentKind kind = device.attachment.kind();
            if (device.open == null && (kind == AttachmentKind.UNDERLAY || kind == AttachmentKind.PHYSICAL)) {
                unusable.add(device.attachment.name() + ": " + device.trouble);
            }
        }
        return unusable;
    }

    /**
     * What is known of the devices.
     *
     * @return one for each attachment point, in no order that means anything
     */
    List<PortStatus> statuses() {
        final List<PortStatus> statuses = new ArrayList<>();
        for (final Device device : devices.values()) {
            final String name = device.attachment.name();
            if (device.open == null) {
                statuses.add(new PortStatus(name, "", "", device.trouble, device.missed, device.refused));
                continue;
            }
            statuses.add(new PortStatus(
                    name,
                    device.link.name(),
                    device.open.io(),
                    device.link.isUp() ? device.link.hasCarrier() ? "up" : "no carrier" : "down",
                    device.missed + device.open.missed(),
                    device.refused + device.open.refused()));
        }
        return statuses;
    }

    /** Closes all ports; the worker has ended. */
    @Override
    public void close() {
        for (final Device device : devices.values()) {
            if (device.open != null) {
                device.open.close();
                device.open = null;
            }
        }
        opener.end();
    }
}
