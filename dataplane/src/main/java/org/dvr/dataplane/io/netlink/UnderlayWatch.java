package org.dvr.dataplane.io.netlink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.dvr.dataplane.topology.IpAddress;
import org.dvr.dataplane.topology.UnderlayPath;
import org.dvr.dataplane.topology.UnderlayView;

/**
 * Knows how the tunnel peers are reached, as the kernel does: the route from the tunnel address to each peer (device, gateway, MTU), and the MAC of the next
 * hop, which the kernel is asked to keep fresh. Follows what changes.
 *
 * <p>Whoever owns it polls {@link #fd} for reading and calls {@link #work} then, and at {@link #nextDeadlineNs} at the latest.
 *
 * <p>While the tunnel address is on no device in the kernel, nothing is resolved: peers are then for the workers to ask for by ARP.
 */
public final class UnderlayWatch implements AutoCloseable {
    /** How often the kernel is told that next hops are in use, and asked for path MTUs, of which it tells nothing by itself. */
    static final long REFRESH_NS = 5_000_000_000L;

    /** How often the kernel is told to ask again for next hops that it does not know. */
    static final long RETRY_NS = 2_000_000_000L;

    /** Routes are not asked for more often than this, however often they change. */
    static final long SETTLE_NS = 100_000_000L;

    private static final int RECEIVE_BUFFER = 4 << 20;

    private static final AtomicLong VERSIONS = new AtomicLong(); // of all watches, one after the other

    private final NetlinkSocket requests;
    private final NetlinkSocket events;
    private final LinkTable links = new LinkTable();
    private final AddressTable addresses = new AddressTable();
    private final UnderlayNeighbors neighbors = new UnderlayNeighbors();
    private final UnderlayRoutes routes;
    private final String device;
    private final IpAddress local;

    private final Map<IpAddress, UnderlayRoute> ways = new HashMap<>();
    private List<IpAddress> peers = List.of();
    private Set<IpAddress> askedFor = Set.of();
    private Map<String, List<IpAddress>> problems = Map.of();
    private UnderlayView view = UnderlayView.EMPTY;
    private int deviceIndex;
    private boolean isRouteStale = true;
    private boolean isViewStale = true;
    private boolean isRefreshed;
    private long routesNs;
    private long refreshNs;
    private long retryNs;
    private boolean hasUnresolved;

    private UnderlayWatch(
            final NetlinkSocket requests, final NetlinkSocket events, final String device, final IpAddress local) {
        this.requests = requests;
        this.events = events;
        this.device = device;
        this.local = local;
        routes = new UnderlayRoutes(requests);
    }

    /**
     * @param device the underlay's, need not exist yet
     * @param local this host's tunnel address
     * @return the watch
     * @throws IOException if the kernel refuses
     */
    public static UnderlayWatch open(final String device, final IpAddress local) throws IOException {
        return open(device, local, RECEIVE_BUFFER);
    }

    static UnderlayWatch open(final String device, final IpAddress local, final int receiveBuffer) throws IOException {
        final NetlinkSocket requests = NetlinkSocket.forRequests();
        UnderlayWatch watch = null;
        try {
            final NetlinkSocket events = NetlinkSocket.forEvents(
                    receiveBuffer,
                    Rtnetlink.RTNLGRP_LINK,
                    Rtnetlink.RTNLGRP_NEIGH,
                    Rtnetlink.RTNLGRP_IPV4_IFADDR,
                    Rtnetlink.RTNLGRP_IPV6_IFADDR,
                    Rtnetlink.RTNLGRP_IPV4_ROUTE,
                    Rtnetlink.RTNLGRP_IPV6_ROUTE);
            watch = new UnderlayWatch(requests, events, device, local);
            watch.reread();
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
     * Says who the tunnel peers are; those of the other address family than the tunnel address are left out.
     *
     * @param all their tunnel addresses, of the topology in force
     */
    public void peers(final Collection<IpAddress> all) {
        final List<IpAddress> next = new ArrayList<>(new TreeSet<>(all));
        next.removeIf(peer -> peer.isIpv4() != local.isIpv4());
        if (!next.equals(peers)) {
            peers = List.copyOf(next);
            ways.keySet().retainAll(new HashSet<>(next));
            isRouteStale = true;
            isRefreshed = false;
        }
    }

    /**
     * Takes up what has happened and asks for what is due; waits for the kernel, never for the network.
     *
     * @param nowNs current time
     * @param lines takes a line for what goes wrong, beginning with {@code alarm:}, and for its end, beginning with {@code over:}
     * @return the view now; its version is another one when it has changed, {@link UnderlayView#EMPTY} before there are peers
     * @throws IOException if the kernel refuses
     */
    public UnderlayView work(final long nowNs, final Consumer<String> lines) throws IOException {
        if (!events.receiveEvents(this::onMessage)) {
            reread();
        }
        final boolean isDue = !isRefreshed || nowNs - refreshNs >= REFRESH_NS;
        if (isDue || (isRouteStale && nowNs - routesNs >= SETTLE_NS)) {
            findRoutes(nowNs);
        }
        if (isDue) {
            isRefreshed = true;
            refreshNs = nowNs;
            useNextHops(askedFor);
        }
        if (nowNs - retryNs >= RETRY_NS) {
            useUnresolved(nowNs);
        }
        if (isViewStale) {
            isViewStale = false;
            rebuild(lines);
        }
        return view;
    }

    /** @return when {@link #work} has something to do though nothing happens */
    public long nextDeadlineNs() {
        if (!isRefreshed) {
            return Long.MIN_VALUE;
        }
        long deadlineNs = refreshNs + REFRESH_NS;
        if (isRouteStale) {
            deadlineNs = Math.min(deadlineNs, routesNs + SETTLE_NS);
        }
        return hasUnresolved ? Math.min(deadlineNs, retryNs + RETRY_NS) : deadlineNs;
    }

    private void onMessage(final int type, final DirectBuffer buffer, final int offset, final int end) {
        switch (type) {
            case Rtnetlink.RTM_NEWLINK, Rtnetlink.RTM_DELLINK ->
                links.onMessage(type, buffer, offset, end, this::onLinkEvent);
            case Rtnetlink.RTM_NEWADDR, Rtnetlink.RTM_DELADDR ->
                isRouteStale |= addresses.onMessage(type, buffer, offset, end);
            case Rtnetlink.RTM_NEWROUTE, Rtnetlink.RTM_DELROUTE -> isRouteStale = true;
            case Rtnetlink.RTM_NEWNEIGH -> isViewStale |= neighbors.onMessage(type, buffer, offset, end);
            case Rtnetlink.RTM_DELNEIGH -> // flushed: has it asked for again at once
                isRouteStale |= neighbors.onMessage(type, buffer, offset, end);
            default -> {} // nobody has asked
        }
    }

    private void onLinkEvent(final LinkEvent event) {
        isRouteStale = true;
        isViewStale = true;
    }

    private void reread() throws IOException {
        final TreeMap<Integer, Link> all = new TreeMap<>();
        requests.dump(LinkTable.dump(), all::clear, (type, buffer, offset, end) -> {
            if (type == Rtnetlink.RTM_NEWLINK && LinkTable.isOfDevice(buffer, offset, end)) {
                final Link link = LinkTable.read(buffer, offset, end);
                all.put(link.index(), link);
            }
        });
        links.replace(all, this::onLinkEvent);
        addresses.reread(requests);
        final Link link = links.find(device);
        deviceIndex = link == null ? 0 : link.index();
        if (deviceIndex != 0) {
            neighbors.reread(requests, deviceIndex);
        }
        isRouteStale = true;
        isViewStale = true;
    }

    private void findRoutes(final long nowNs) throws IOException {
        isRouteStale = false;
        isViewStale = true;
        routesNs = nowNs;
        final Link link = links.find(device);
        final int index = link == null ? 0 : link.index();
        if (index != deviceIndex) { // made anew
            deviceIndex = index;
            if (index != 0) {
                neighbors.reread(requests, index);
            }
        }
        ways.clear();
        if (deviceProblem(link) == null) {
            for (final IpAddress peer : peers) {
                ways.put(peer, routes.find(local, peer));
            }
        }
        final Set<IpAddress> hops = nextHops();
        neighbors.want(hops);
        askedFor = hops;
        useUnresolved(nowNs);
    }

    private void useUnresolved(final long nowNs) throws IOException {
        retryNs = nowNs;
        final Set<IpAddress> unresolved = new HashSet<>(askedFor);
        unresolved.removeIf(hop -> neighbors.find(hop).isResolved());
        hasUnresolved = !unresolved.isEmpty();
        useNextHops(unresolved);
    }

    private Set<IpAddress> nextHops() {
        final Set<IpAddress> hops = new HashSet<>();
        ways.forEach((peer, way) -> {
            if (way.type() == Rtnetlink.RTN_UNICAST && way.index() == deviceIndex) {
                hops.add(way.nextHop(peer));
            }
        });
        return hops;
    }

    private void useNextHops(final Set<IpAddress> hops) throws IOException {
        for (final IpAddress hop : hops) {
            try {
                neighbors.use(requests, hop);
            } catch (final NetlinkException e) {
                // The device has just gone or gone down: events tell, and this is tried again when routes are.
                isRouteStale = true;
            }
        }
    }

    /** What is wrong for all peers alike; null when nothing is. */
    private String deviceProblem(final Link link) {
        if (link == null) {
            return "there is no device " + device;
        }
        if (!link.isUp()) {
            return device + " is down";
        }
        if (!link.hasCarrier()) {
            return device + " has no carrier";
        }
        return hasLocal() ? null : "the kernel has no address " + local;
    }

    private boolean hasLocal() {
        return !addresses.devicesWith(local).isEmpty();
    }

    private void rebuild(final Consumer<String> lines) {
        final List<UnderlayPath> paths = new ArrayList<>(peers.size());
        final Map<String, List<IpAddress>> causes = new LinkedHashMap<>();
        final Link link = links.find(device);
        final String common = deviceProblem(link);
        // Without a tunnel address in the kernel workers ask by ARP: nothing is wrong with that where peers are on the
        // link.
        final boolean isTold = hasLocal();
        for (final IpAddress peer : peers) {
            final UnderlayRoute way = ways.get(peer);
            final UnderlayPath path;
            if (common != null) {
                path = new UnderlayPath(peer, 0, 0, common);
            } else if (way == null) {
                path = new UnderlayPath(peer, 0, 0, ""); // not asked for yet
            } else {
                path = path(peer, way, link);
            }
            paths.add(path);
            if (isTold && !path.problem().isEmpty()) {
                causes.computeIfAbsent(path.problem(), cause -> new ArrayList<>())
                        .add(peer);
            }
        }
        if (!paths.equals(view.paths())) {
            view = new UnderlayView(VERSIONS.incrementAndGet(), paths);
        }
        tell(causes, lines);
        problems = causes;
    }

    private UnderlayPath path(final IpAddress peer, final UnderlayRoute way, final Link link) {
        if (!way.refusal().isEmpty()) {
            return new UnderlayPath(peer, 0, 0, way.refusal());
        }
        if (way.type() == Rtnetlink.RTN_LOCAL) {
            return new UnderlayPath(peer, 0, 0, peer + " is an address of this host itself");
        }
        if (way.type() != Rtnetlink.RTN_UNICAST) {
            return new UnderlayPath(peer, 0, 0, "the kernel's route to " + peer + " leads to no single host");
        }
        if (way.index() != link.index()) {
            final Link other = links.find(way.index());
            return new UnderlayPath(
                    peer,
                    0,
                    0,
                    "the kernel's route to " + peer + " leaves by " + (other == null ? "another device" : other.name())
                            + ", not by " + device);
        }
        final int mtu = way.mtu() == 0 ? link.mtu() : Math.min(way.mtu(), link.mtu());
        final UnderlayNeighbors.Entry next = neighbors.find(way.nextHop(peer));
        if (next.isResolved()) {
            return new UnderlayPath(peer, next.mac(), mtu, "");
        }
        if (!neighbors.isSilent(way.nextHop(peer))) {
            return new UnderlayPath(peer, 0, mtu, ""); // being asked for
        }
        return new UnderlayPath(
                peer,
                0,
                mtu,
                way.gateway() == null
                        ? "peer " + peer + " does not answer on " + device
                        : "gateway " + way.gateway() + " does not answer on " + device);
    }

    private void tell(final Map<String, List<IpAddress>> causes, final Consumer<String> lines) {
        problems.forEach((cause, unreached) -> {
            if (!causes.containsKey(cause)) {
                lines.accept("over: " + cause + ": " + UnderlayCheck.list(unreached) + " no longer concerned");
            }
        });
        causes.forEach((cause, unreached) -> {
            if (!problems.containsKey(cause)) {
                lines.accept("alarm: " + cause + ": no way to " + UnderlayCheck.list(unreached));
            }
        });
    }

    /** @return the view as it was last */
    public UnderlayView view() {
        return view;
    }

    @Override
    public void close() {
        events.close();
        requests.close();
    }
}
