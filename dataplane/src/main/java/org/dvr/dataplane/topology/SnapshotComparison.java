package org.dvr.dataplane.topology;

import java.util.Arrays;
import java.util.Objects;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2ObjectHashMap;
import org.dvr.dataplane.table.NeighborTable;

/**
 * Compares two snapshots of a host for {@link TopologyChange}. Objects are others in each snapshot, so they are compared by what they say; what two snapshots
 * share is not looked at. Used once, by one thread.
 */
@SuppressWarnings("ReferenceEquality") // before anything is compared that two snapshots share
final class SnapshotComparison {
    private final TopologySnapshot before;
    private final TopologySnapshot next;
    private final TopologyChange change = new TopologyChange();
    private IntHashSet nextHops; // null until asked for

    SnapshotComparison(final TopologySnapshot before, final TopologySnapshot next) {
        this.before = before;
        this.next = next;
    }

    TopologyChange run() {
        compareHost();
        comparePeers();
        compareSegments();
        compareRouters();
        compareAttachments();
        compareFdb();
        compareNeighbors();
        compareMetadata();
        compareExternalPorts();
        change.mayEndConnections |= change.isEverything;
        change.hasOtherPeers |= change.isEverything;
        return change;
    }

    private void everything(final boolean isOther) {
        change.isEverything |= isOther;
    }

    private void compareHost() {
        everything(before.vtepIp != next.vtepIp
                || before.vtepHigh != next.vtepHigh
                || before.vtepLow != next.vtepLow
                || before.underlayMac != next.underlayMac
                || before.underlayMtu != next.underlayMtu
                || before.dvrMac != next.dvrMac
                || !isSameAttachment(before.underlay, next.underlay));
        if (!before.foreignDvrMacs.equals(next.foreignDvrMacs)) {
            before.foreignDvrMacs.forEach((final Long mac) -> touchMacUnless(next.isForeignDvrMac(mac), mac));
            next.foreignDvrMacs.forEach((final Long mac) -> touchMacUnless(before.isForeignDvrMac(mac), mac));
        }
    }

    private void touchMacUnless(final boolean isThere, final long mac) {
        if (!isThere) {
            change.macs.add(mac);
        }
    }

    /** One that is new changes nothing for what comes from others, and leaves to others. */
    private void comparePeers() {
        if (before.peersById == next.peersById) {
            return;
        }
        for (final Peer peer : before.peersById) {
            everything(peer != null && !peer.equals(next.peerById(peer.id())));
        }
        for (final Peer peer : next.peersById) {
            change.hasOtherPeers |= peer != null && before.peerById(peer.id()) == null;
        }
    }

    /** What comes for a segment that is new was dropped until now. */
    private void compareSegments() {
        for (final Segment segment : before.segments) {
            final Segment other = next.segmentById(segment.id());
            everything(other == null || !isSameSegment(segment, other));
        }
    }

    private static boolean isSameSegment(final Segment a, final Segment b) {
        return a.type() == b.type()
                && a.segmentationId() == b.segmentationId()
                && a.networkId().equals(b.networkId())
                && isSameAttachment(a.uplink, b.uplink)
                && a.mtu == b.mtu
                && a.isExternal == b.isExternal
                && a.isUp == b.isUp
                // A wire takes what nobody knows only where nobody is here (ForwardStage).
                && (a.uplink == null || (a.localPorts.length == 0) == (b.localPorts.length == 0))
                && areSamePorts(a.routerPorts, b.routerPorts)
                && isSameExternalPort(a.externalPort, b.externalPort)
                && areSameExternalPorts(a.externalPorts, b.externalPorts);
    }

    private static boolean areSamePorts(final RouterPort[] a, final RouterPort[] b) {
        boolean isSame = a.length == b.length;
        for (int i = 0; isSame && i < a.length; i++) {
            isSame = isSameRouterPort(a[i], b[i]);
        }
        return isSame;
    }

    private static boolean isSameRouterPort(final RouterPort a, final RouterPort b) {
        if (a == null || b == null) {
            return a == b;
        }
        return a.router().zone() == b.router().zone()
                && a.segment().id() == b.segment().id()
                && a.mac() == b.mac()
                && a.ip() == b.ip()
                && a.prefixLength() == b.prefixLength()
                && a.isGateway == b.isGateway
                && a.redirectIp == b.redirectIp
                && a.redirectMac == b.redirectMac
                && a.scope == b.scope;
    }

    private static boolean areSameExternalPorts(final ExternalPort[] a, final ExternalPort[] b) {
        boolean isSame = a.length == b.length;
        for (int i = 0; isSame && i < a.length; i++) {
            isSame = isSameExternalPort(a[i], b[i]);
        }
        return isSame;
    }

    /** But for what is translated there. */
    private static boolean isSameExternalPort(final ExternalPort a, final ExternalPort b) {
        if (a == null || b == null) {
            return a == b;
        }
        return a.segment().id() == b.segment().id()
                && a.mac() == b.mac()
                && a.ip() == b.ip()
                && zone(a) == zone(b)
                && a.gatewayIp == b.gatewayIp
                && a.hasSnat == b.hasSnat
                && a.scope == b.scope
                && a.onLink.isAlike(b.onLink, SnapshotComparison::isSameRoute)
                && a.fastExit.isAlike(b.fastExit, SnapshotComparison::isSameRoute);
    }

    private static int zone(final ExternalPort port) {
        return port.router() == null ? 0 : port.router().zone();
    }

    private static boolean isSameRoute(final Route a, final Route b) {
        return isSameRouterPort(a.port(), b.port()) && Arrays.equals(a.nextHops(), b.nextHops());
    }

    private void compareRouters() {
        for (final Router router : before.routers) {
            final Router other = next.routerByZone(router.zone());
            everything(other == null || !isSameRouter(router, other));
        }
    }

    /** But for what it translates. Its IPv6 routes count for nothing that is remembered. */
    private static boolean isSameRouter(final Router a, final Router b) {
        return a.routerId().equals(b.routerId())
                && a.isUp == b.isUp
                && a.isCentral == b.isCentral
                && a.isSnatSide == b.isSnatSide
                && a.rfpIp == b.rfpIp
                && a.fprIp == b.fprIp
                && areSamePorts(a.ports, b.ports)
                && isSameExternalPort(a.externalPort, b.externalPort)
                && isSameExternalPort(a.gatewayPort, b.gatewayPort)
                && translates(a) == translates(b)
                && a.fib.isAlike(b.fib, SnapshotComparison::isSameRoute)
                && a.externalFib.isAlike(b.externalFib, SnapshotComparison::isSameRoute);
    }

    /** A central router without anything to translate keeps no state. */
    private static boolean translates(final Router router) {
        final ExternalPort port = router.gatewayPort;
        return port != null && (port.hasSnat || port.hasPortForwardings || !port.floatingIps.isEmpty());
    }

    private void compareAttachments() {
        for (final Attachment attachment : before.attachments) {
            compareAttachments(attachment, next.attachmentById(attachment.id()), attachment.id());
        }
        for (final Attachment attachment : next.attachments) {
            if (before.attachmentById(attachment.id()) == null) {
                compareAttachments(null, attachment, attachment.id());
            }
        }
    }

    private void compareAttachments(final Attachment a, final Attachment b, final int id) {
        if (!isSameAttachment(a, b)) {
            change.attachments.add(id);
        }
    }

    private static boolean isSameAttachment(final Attachment a, final Attachment b) {
        if (a == b || a == null || b == null) {
            return a == b;
        }
        return a.id() == b.id()
                && a.kind() == b.kind()
                && a.mac == b.mac
                && a.isUp == b.isUp
                && a.hasPortSecurity == b.hasPortSecurity
                && a.isServiced == b.isServiced
                && (a.segment == null ? 0 : a.segment.id()) == (b.segment == null ? 0 : b.segment.id())
                && isSameRouterPort(a.gateway, b.gateway)
                && mac(a.gateway6) == mac(b.gateway6)
                && a.portId.equals(b.portId)
                && a.allowedMacs.equals(b.allowedMacs)
                && Arrays.equals(a.allowedPrefixes, b.allowedPrefixes);
    }

    private static long mac(final RouterPort6 port) {
        return port == null ? 0 : port.mac();
    }

    private void compareFdb() {
        if (before.elsewhere == next.elsewhere) {
            compareOwnFdb();
            return;
        }
        before.fdb.forEach((segmentId, mac, entry) -> compareFdb(mac, entry, next.fdb.find(segmentId, mac)));
        next.fdb.forEach((segmentId, mac, entry) -> {
            if (before.segmentById(segmentId) != null && before.fdb.find(segmentId, mac) == null) {
                compareFdb(mac, null, entry);
            }
        });
    }

    /** What is elsewhere is the same: then it differs only where one of the two has an entry of its own. */
    private void compareOwnFdb() {
        before.fdb.forEachOwn((segmentId, mac, entry) -> compareFdb(mac, entry, next.fdb.find(segmentId, mac)));
        next.fdb.forEachOwn((segmentId, mac, entry) -> {
            if (before.segmentById(segmentId) != null) {
                compareFdb(mac, before.fdb.find(segmentId, mac), entry);
            }
        });
    }

    private void compareFdb(final long mac, final FdbEntry a, final FdbEntry b) {
        if (!isSameEntry(a, b)) {
            change.macs.add(mac);
            everything(isOurs(a)
                    || isOurs(b)); // on the way through routers a packet is sent to these, which nobody remembers
        }
    }

    private static boolean isOurs(final FdbEntry entry) {
        return entry != null && entry.kind() != FdbEntry.Kind.LOCAL && entry.kind() != FdbEntry.Kind.PEER;
    }

    private static boolean isSameEntry(final FdbEntry a, final FdbEntry b) {
        if (a == null || b == null) {
            return a == null && b == null;
        }
        return a.kind() == b.kind()
                && isSameAttachment(a.attachment(), b.attachment())
                && Objects.equals(a.peer(), b.peer())
                && isSameRouterPort(a.routerPort(), b.routerPort())
                && isSameExternalPort(a.externalPort(), b.externalPort());
    }

    private void compareNeighbors() {
        if (before.neighbors == next.neighbors) {
            return;
        }
        before.neighbors.forEach((domain, ip, value) -> {
            final long now = next.neighbors.find(domain, ip);
            if (now != value) {
                change.addresses.add(ip);
                change.macs.add(NeighborTable.mac(value)); // that of a route's next hop shows in the MAC alone
            }
            everything(now != value && isWire(domain));
        });
        next.neighbors.forEach((domain, ip, value) -> {
            if (before.neighbors.find(domain, ip) == NeighborTable.MISSING) {
                change.addresses.add(ip);
                change.hasMoreNeighbors = true;
                everything(isWire(domain));
            }
        });
    }

    private static boolean isWire(final int domain) {
        return domain >= NeighborTable.domainOfWire(0);
    }

    private void compareMetadata() {
        final MetadataPort a = before.metadata;
        final MetadataPort b = next.metadata;
        if (a == null || b == null) {
            everything(a != b);
            return;
        }
        everything(!a.proxy().equals(b.proxy()));
        a.guests.forEachInt((address, guest) -> compareGuests(guest, b.guest(address)));
        b.guests.forEachInt((address, guest) -> compareGuests(a.guest(address), guest));
    }

    private void compareGuests(final MetadataGuest a, final MetadataGuest b) {
        final boolean isSame = a != null
                && b != null
                && a.fixedIp() == b.fixedIp()
                && a.mac() == b.mac()
                && isSameRouterPort(a.port(), b.port())
                && isSameAttachment(a.attachment(), b.attachment());
        if (!isSame) {
            touch(a);
            touch(b);
        }
    }

    private void touch(final MetadataGuest guest) {
        if (guest != null) {
            change.addresses.add(guest.address());
            change.addresses.add(guest.fixedIp());
        }
    }

    private void compareExternalPorts() {
        for (final ExternalPort port : before.externalPorts) {
            compareTranslations(port, find(next, port));
        }
        for (final ExternalPort port : next.externalPorts) {
            final ExternalPort old = find(before, port);
            if (old == null) {
                compareTranslations(null, port);
            }
            announce(port, old);
        }
    }

    private static ExternalPort find(final TopologySnapshot topology, final ExternalPort like) {
        for (final ExternalPort port : topology.externalPorts) {
            if (port.segment().id() == like.segment().id() && port.mac() == like.mac() && zone(port) == zone(like)) {
                return port;
            }
        }
        return null;
    }

    private void compareTranslations(final ExternalPort a, final ExternalPort b) {
        if (a != null) {
            a.floatingIps.forEachInt(
                    (ip, floatingIp) -> compareFloatingIps(floatingIp, b == null ? null : b.floatingIp(ip)));
            a.forwardedIps.forEachInt(
                    (ip, floatingIp) -> compareFloatingIps(floatingIp, b == null ? null : b.forwardedIp(ip)));
        }
        if (b != null) {
            b.floatingIps.forEachInt(
                    (ip, floatingIp) -> compareFloatingIps(a == null ? null : a.floatingIp(ip), floatingIp));
            b.forwardedIps.forEachInt(
                    (ip, floatingIp) -> compareFloatingIps(a == null ? null : a.forwardedIp(ip), floatingIp));
        }
        compareForwardings(a, b);
        compareForwardings(b, a);
    }

    private void compareFloatingIps(final FloatingIp a, final FloatingIp b) {
        final boolean isSame = a != null
                && b != null
                && a.fixedIp() == b.fixedIp()
                && a.gatewayIp() == b.gatewayIp()
                && a.router().zone() == b.router().zone()
                && isSameAttachment(a.guest(), b.guest());
        if (!isSame) {
            touch(a);
            touch(b);
        }
    }

    private void touch(final FloatingIp floatingIp) {
        if (floatingIp != null) {
            change.mayEndConnections = true;
            change.addresses.add(floatingIp.floatingIp());
            if (!floatingIp.isShared()) {
                change.addresses.add(floatingIp.fixedIp());
            }
            everything(isOnOtherPackets(floatingIp.floatingIp()));
        }
    }

    /** What one of them has and the other has not, or otherwise. */
    private void compareForwardings(final ExternalPort a, final ExternalPort b) {
        final Long2ObjectHashMap<PortForwarding> one = a == null ? new Long2ObjectHashMap<>() : a.forwardings;
        one.forEachLong((key, forwarding) -> {
            final PortForwarding other = b == null ? null : b.forwardings.get(key);
            if (other == null
                    || other.internalIp() != forwarding.internalIp()
                    || other.internalPort() != forwarding.internalPort()
                    || other.router().zone() != forwarding.router().zone()) {
                change.mayEndConnections = true;
                change.addresses.add(forwarding.floatingIp());
                change.addresses.add(forwarding.internalIp());
            }
        });
    }

    /** Is an address the next hop of packets that do not have it themselves? Where several ports of this host are on one network, it decides who answers. */
    private boolean isOnOtherPackets(final int ip) {
        if (nextHops == null) {
            nextHops = new IntHashSet();
            addNextHops(before);
            addNextHops(next);
        }
        return nextHops.contains(ip);
    }

    private void addNextHops(final TopologySnapshot topology) {
        for (final ExternalPort port : topology.externalPorts) {
            nextHops.add(port.gatewayIp());
        }
        for (final Router router : topology.routers) {
            router.externalFib.forEach(route -> {
                for (final int hop : route.nextHops()) {
                    nextHops.add(hop);
                }
            });
            router.floatingIpsByFixedIp.forEachInt((fixedIp, floatingIp) -> nextHops.add(floatingIp.gatewayIp()));
        }
    }

    /** An address is announced when it appears, when another MAC answers for it, and when it stands for another guest (dvr.md §8.2). */
    private void announce(final ExternalPort port, final ExternalPort old) {
        final int segmentId = port.segment().id();
        if (port.hasIp() && isNew(old, port, port.ip())) {
            announce(segmentId, port.ip());
        }
        for (final FloatingIp floatingIp : port.sortedFloatingIps()) {
            if (isNew(old, port, floatingIp.floatingIp())) {
                announce(segmentId, floatingIp.floatingIp());
            }
        }
        for (final int ip : port.sortedForwardedIps()) {
            if (port.floatingIp(ip) == null && (old == null || !old.answersFor(ip))) {
                announce(segmentId, ip);
            }
        }
    }

    private void announce(final int segmentId, final int ip) {
        change.announcements.add(new TopologyChange.Announcement(segmentId, ip));
    }

    private static boolean isNew(final ExternalPort old, final ExternalPort port, final int ip) {
        if (old == null) {
            return true;
        }
        final FloatingIp before = old.floatingIp(ip);
        final FloatingIp now = port.floatingIp(ip);
        return old.ip() != ip && (before == null || now == null || before.fixedIp() != now.fixedIp());
    }
}
