package org.dvr.dataplane.worker;

import java.util.function.Consumer;
import org.dvr.codec.net.Ipv4Address;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.fragment.FragmentTable;
import org.dvr.nat.policy.PortShortages;

/**
 * Tells when a worker runs short of something, once when it begins and once when it is over:
 *
 * <ul>
 *   <li>connections: from 80 % of the table on, until there are less than 70 %
 *   <li>source ports: a connection was refused at an external address because none was free, until none was for {@link PortShortages#CALM_NS}
 *   <li>fragments: a packet was forgotten before all of it had come, for want of room, until none was for {@link #CALM_NS}
 * </ul>
 *
 * The packet path only counts. Whoever drives the worker calls {@link #check} between duty cycles, on its thread; it costs a few comparisons
 * while nothing begins or ends.
 */
public final class Alarms {
    /** Fragments run short no longer when no packet was forgotten for so long. */
    public static final long CALM_NS = 60_000_000_000L;

    private static final int PERCENT = 100;

    private final ConntrackTable connections;
    private final PortShortages shortages;
    private final FragmentTable fragments;
    private final boolean[] isPortTold = new boolean[PortShortages.CAPACITY];

    private boolean isConnectionsTold;
    private boolean isFragmentsTold;
    private long portRefusedCount;
    private long fragmentsEvictedCount;
    private long fragmentsEvictedNs;
    private int activePorts;

    private long connectionAlarms;
    private long portAlarms;
    private long fragmentAlarms;

    /**
     * @param worker to be watched, from its beginning on
     */
    public Alarms(final Worker worker) {
        connections = worker.connections();
        shortages = worker.portShortages();
        fragments = worker.fragments();
    }

    /**
     * Looks whether something begins or ends.
     *
     * @param nowNs current time
     * @param lines takes a line for each
     */
    public void check(final long nowNs, final Consumer<String> lines) {
        if (connections.isAlarming() != isConnectionsTold) {
            tellConnections(lines);
        }
        if (activePorts > 0 || shortages.refusedCount() != portRefusedCount) {
            checkPorts(nowNs, lines);
        }
        if (isFragmentsTold || fragments.evictedCount() != fragmentsEvictedCount) {
            checkFragments(nowNs, lines);
        }
    }

    private void tellConnections(final Consumer<String> lines) {
        isConnectionsTold = connections.isAlarming();
        final String state = connections.active() + " of " + connections.capacity() + " connections ("
                + (long) connections.active() * PERCENT / connections.capacity() + " %)";
        if (isConnectionsTold) {
            connectionAlarms++;
            lines.accept("alarm: the connection table runs full: " + state
                    + "; when it is full, each new one takes the place of an old one");
        } else {
            lines.accept("over: the connection table has room again: " + state);
        }
    }

    private void checkPorts(final long nowNs, final Consumer<String> lines) {
        portRefusedCount = shortages.refusedCount();
        activePorts = 0;
        for (int place = 0; place < PortShortages.CAPACITY; place++) {
            if (!shortages.isShort(place)) {
                continue;
            }
            if (!isPortTold[place]) {
                isPortTold[place] = true;
                portAlarms++;
                lines.accept("alarm: source ports run out on " + Ipv4Address.toString(shortages.address(place))
                        + ": a new connection was refused, more are while its destination has no port left");
            }
            if (shortages.isOver(place, nowNs)) {
                isPortTold[place] = false;
                lines.accept("over: source ports of " + Ipv4Address.toString(shortages.address(place))
                        + " suffice again: " + shortages.refusedCount(place) + " connections were refused");
                shortages.forget(place);
            } else {
                activePorts++;
            }
        }
    }

    private void checkFragments(final long nowNs, final Consumer<String> lines) {
        final long evictedCount = fragments.evictedCount();
        if (evictedCount != fragmentsEvictedCount) {
            fragmentsEvictedCount = evictedCount;
            fragmentsEvictedNs = nowNs;
            if (!isFragmentsTold) {
                isFragmentsTold = true;
                fragmentAlarms++;
                lines.accept(
                        "alarm: the fragment table runs full: packets are forgotten before all of their fragments have come");
            }
        } else if (nowNs - fragmentsEvictedNs >= CALM_NS) {
            isFragmentsTold = false;
            lines.accept("over: the fragment table has room again: " + evictedCount
                    + " packets were forgotten early so far");
        }
    }

    /** @return how often connections began to run short */
    public long connectionAlarms() {
        return connectionAlarms;
    }

    /** @return how often the ports of an external address began to run out */
    public long portAlarms() {
        return portAlarms;
    }

    /** @return how often fragments began to run short */
    public long fragmentAlarms() {
        return fragmentAlarms;
    }
}
