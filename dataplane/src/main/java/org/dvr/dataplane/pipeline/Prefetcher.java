package org.dvr.dataplane.pipeline;

import org.dvr.codec.DecodeFault;
import org.dvr.codec.ethernet.EtherType;
import org.dvr.dataplane.flow.FlowCache;
import org.dvr.dataplane.frame.Action;
import org.dvr.dataplane.frame.Arrival;
import org.dvr.dataplane.frame.Burst;
import org.dvr.dataplane.frame.Facts;
import org.dvr.dataplane.frame.Frame;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.AttachmentKind;
import org.dvr.dataplane.topology.FloatingIp;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.TopologySnapshot;
import org.dvr.nat.conntrack.ConntrackTable;
import org.dvr.nat.tuple.TupleKey;

/**
 * Brings the connection entries that a burst will need into the cache, all at once: a miss costs some 200 ns, and misses that do not depend on each
 * other overlap. It guesses from the facts which connection a frame belongs to; a wrong guess costs a lookup's time and nothing else.
 */
final class Prefetcher {
    /** Fewer connections stay in the L2 cache by themselves: 64 bytes and two index slots each. */
    private static final int FEWEST = 8_192;

    /** Frames whose bytes, facts, verdicts and table entries stay in the L1 cache together. */
    private static final int SMALL_GROUP = 16;

    private static final int LARGE_GROUP = 1 << 16;

    private final ConntrackTable table;
    private final FlowCache flows;
    private long touched; // keeps the loads from being optimized away

    Prefetcher(final ConntrackTable table, final FlowCache flows) {
        this.table = table;
        this.flows = flows;
    }

    /** How many frames to look at together: few while everything they need is near, as many as there are when misses must overlap. */
    int groupSize() {
        return isLarge() ? LARGE_GROUP : SMALL_GROUP;
    }

    /** Does what frames need exceed the cache, so that misses had better overlap? */
    boolean isLarge() {
        return table.active() >= FEWEST || flows.isLarge();
    }

    /** Looks by their tags where flows are remembered, and brings that into the cache. */
    void fetchFlows(final Burst burst, final int first, final int end, final boolean isLarge) {
        if (!flows.isOn()) {
            return;
        }
        long sum = 0;
        if (isLarge) {
            for (int i = first; i < end; i++) {
                sum += flows.touch(burst.get(i).key);
            }
        }
        for (int i = first; i < end; i++) {
            sum += flows.touchEntry(burst.get(i).key);
        }
        touched += sum;
    }

    /** Brings connections into the cache: those of remembered flows, and those that other frames, which have been parsed, probably belong to. */
    void fetchConnections(final Burst burst, final int first, final int end, final TopologySnapshot topology) {
        long sum = 0;
        for (int i = first; i < end; i++) {
            final Arrival arrival = burst.get(i);
            if (isUnknown(arrival) && guess(arrival.frame(), topology)) {
                sum += table.touch(arrival.frame().natHash());
            }
        }
        for (int i = first; i < end; i++) {
            final Arrival arrival = burst.get(i);
            if (arrival.key.entry != FlowCache.ABSENT) {
                sum += flows.touchConnection(arrival.key);
            } else if (isUnknown(arrival) && arrival.frame().hasGuess()) {
                sum += table.touchEntry(arrival.frame().natHash());
            }
        }
        touched += sum;
    }

    private static boolean isUnknown(final Arrival arrival) {
        return arrival.key.entry == FlowCache.ABSENT && !arrival.isHandedOn();
    }

    long touched() {
        return touched;
    }

    private boolean guess(final Frame frame, final TopologySnapshot topology) {
        final Facts facts = frame.facts;
        if (frame.verdict.action != Action.NONE
                || facts.etherType != EtherType.IPV4
                || facts.ipFault != DecodeFault.NONE) {
            return false;
        }
        final int zone = zone(frame, topology);
        if (zone == 0) {
            return false;
        }
        final long addresses = TupleKey.addresses(facts.source, facts.destination);
        final long ports = TupleKey.ports(zone, facts.protocol, facts.sourcePort, facts.destinationPort);
        frame.natKey(addresses, ports, table.hash(addresses, ports));
        return true;
    }

    /** The zone of the connection, 0 when the frame probably needs none. */
    private static int zone(final Frame frame, final TopologySnapshot topology) {
        final Facts facts = frame.facts;
        final Attachment ingress = frame.ingress();
        if (ingress.kind() == AttachmentKind.GUEST) {
            final RouterPort gateway = ingress.gateway();
            final boolean isOutbound = gateway != null
                    && gateway.mac() == facts.destinationMac
                    && (gateway.router().floatingIpOf(facts.source) != null
                            || gateway.router().forwardsTo(facts.source))
                    && gateway.router().fib().find(facts.destination) == null;
            return isOutbound ? gateway.router().zone() : 0;
        }
        if (ingress.kind() == AttachmentKind.PHYSICAL) {
            final int vlanId = facts.vlanId == 0 ? Segment.UNTAGGED : facts.vlanId;
            final Segment segment = topology.segmentByVlan(ingress, vlanId);
            final FloatingIp floatingIp = segment == null || segment.externalPort() == null
                    ? null
                    : segment.externalPort().translated(facts.destination);
            frame.likely(floatingIp);
            return floatingIp == null ? 0 : floatingIp.router().zone();
        }
        return 0;
    }
}
