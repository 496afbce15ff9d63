package org.dvr.dataplane.topology;

import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.LongHashSet;

/**
 * What differs between a snapshot and the one before it, as far as a decision about a packet can tell: which remembered verdicts must be decided anew.
 * Found by {@link #between}, on the thread that publishes; read by workers, which allocate nothing for it. Immutable.
 *
 * <p>Verdicts depend on a change of floating IPs, forwarded ports and metadata by an address of the packet, before or after translation; on one of ports here or
 * elsewhere by a MAC that it comes or leaves with, by its next hop, or by the attachment point. All else (networks, routers and their routes, external ports,
 * tunnel endpoints, the host) is rare and concerns many: then nothing that was remembered holds.
 */
public final class TopologyChange {
    /** An address on an external network that is new, or stands for another guest: it is to be announced (dvr.md §8.2). */
    public record Announcement(int segmentId, int ip) {}

    final IntHashSet addresses = new IntHashSet();
    final LongHashSet macs = new LongHashSet();
    final IntHashSet attachments = new IntHashSet();
    final List<Announcement> announcements = new ArrayList<>();
    boolean isEverything;
    boolean hasMoreNeighbors;
    boolean hasOtherPeers;
    boolean mayEndConnections;

    TopologyChange() {}

    /**
     * Finds what differs; cold.
     *
     * @param before in force until now
     * @param next in force from now on, of the same host
     * @return what a worker must know that goes from one to the other
     */
    public static TopologyChange between(final TopologySnapshot before, final TopologySnapshot next) {
        return new SnapshotComparison(before, next).run();
    }

    /** @return true where no verdict that was remembered may be relied on */
    public boolean isEverything() {
        return isEverything;
    }

    /**
     * @param ip IPv4 address of a packet, before or after translation
     * @return true where its verdict may be another now
     */
    public boolean touchesAddress(final int ip) {
        return addresses.contains(ip);
    }

    /** @return true where verdicts depend on any address */
    public boolean touchesAddresses() {
        return !addresses.isEmpty();
    }

    /**
     * @param mac low 48 bits, that a packet comes with, or is sent to in the end
     * @return true where its verdict may be another now
     */
    public boolean touchesMac(final long mac) {
        return macs.contains(mac);
    }

    /**
     * @param attachmentId where a packet comes in, or leaves
     * @return true where its verdict may be another now, or the attachment point is new or gone
     */
    public boolean touchesAttachment(final int attachmentId) {
        return attachments.contains(attachmentId);
    }

    /** @return true where a neighbor is known now that may have been asked for before: verdicts that rest on what was learned may be others */
    public boolean hasMoreNeighbors() {
        return hasMoreNeighbors;
    }

    /** @return true where there are tunnel endpoints that were not there, or not the same */
    public boolean hasOtherPeers() {
        return hasOtherPeers;
    }

    /** @return true where attachment points have come, gone or changed */
    public boolean hasOtherAttachments() {
        return isEverything || !attachments.isEmpty();
    }

    /** @return true where a connection may be translated in a way that does not hold any more */
    public boolean mayEndConnections() {
        return mayEndConnections;
    }

    /** @return what is to be announced on external networks, in the order of ports and addresses; not to be changed */
    public List<Announcement> announcements() {
        return announcements;
    }

    @Override
    public String toString() {
        return isEverything
                ? "everything"
                : addresses.size() + " addresses, " + macs.size() + " MACs, " + attachments.size()
                        + " attachment points";
    }
}
