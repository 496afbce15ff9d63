package org.dvr.dataplane.io.netlink;

import java.io.IOException;
import java.util.Collection;
import java.util.TreeMap;

/**
 * Watches the devices of the network namespace it is opened in. Whoever owns it polls {@link #fd} for reading and then calls {@link #work}; calling it
 * without need costs a system call.
 *
 * <p>When more happens at once than the kernel keeps, all devices are asked for anew and what differs is told: no device that appeared, vanished or was made
 * anew goes unnoticed, only what was undone meanwhile.
 */
public final class LinkWatch implements AutoCloseable {
    private static final int RECEIVE_BUFFER = 4 << 20; // some thousand devices made at once

    private final NetlinkSocket requests;
    private final NetlinkSocket events;
    private final LinkTable links = new LinkTable();
    private long overflowCount;

    private LinkWatch(final NetlinkSocket requests, final NetlinkSocket events) {
        this.requests = requests;
        this.events = events;
    }

    /**
     * Begins to watch; what is there already is known and told of no more.
     *
     * @return the watch
     * @throws IOException if the kernel refuses
     */
    public static LinkWatch open() throws IOException {
        return open(RECEIVE_BUFFER);
    }

    static LinkWatch open(final int receiveBuffer) throws IOException {
        final NetlinkSocket requests = NetlinkSocket.forRequests();
        LinkWatch watch = null;
        try {
            // Events first: what happens between the two is told twice rather than never.
            watch = new LinkWatch(requests, NetlinkSocket.forEvents(receiveBuffer, Rtnetlink.RTNLGRP_LINK));
            watch.reread(event -> {});
            return watch;
        } catch (final IOException e) {
            if (watch == null) {
                requests.close();
            } else {
                watch.close();
            }
            throw e;
        }
    }

    /** @return to be polled for reading */
    public int fd() {
        return events.fd();
    }

    /**
     * Takes up what has happened; never waits.
     *
     * @param listener told of it
     * @throws IOException if the kernel refuses
     */
    public void work(final LinkEvent.Listener listener) throws IOException {
        final boolean isWhole = events.receiveEvents(
                (type, buffer, offset, end) -> links.onMessage(type, buffer, offset, end, listener));
        if (!isWhole) {
            overflowCount++;
            reread(listener);
        }
    }

    private void reread(final LinkEvent.Listener listener) throws IOException {
        final TreeMap<Integer, Link> all = new TreeMap<>();
        requests.dump(LinkTable.dump(), all::clear, (type, buffer, offset, end) -> {
            if (type == Rtnetlink.RTM_NEWLINK && LinkTable.isOfDevice(buffer, offset, end)) {
                final Link link = LinkTable.read(buffer, offset, end);
                all.put(link.index(), link);
            }
        });
        links.replace(all, listener);
    }

    /**
     * @param name of a device
     * @return null where there is none
     */
    public Link find(final String name) {
        return links.find(name);
    }

    /**
     * @param index the kernel's number for a device
     * @return null where there is none
     */
    public Link find(final int index) {
        return links.find(index);
    }

    /** @return all devices, ascending by index */
    public Collection<Link> all() {
        return links.all();
    }

    /** @return how often more happened at once than the kernel kept */
    public long overflowCount() {
        return overflowCount;
    }

    @Override
    public void close() {
        events.close();
        requests.close();
    }
}
