package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dvr.control.model.Findings;
import org.dvr.control.model.FixedIp;
import org.dvr.control.model.Host;
import org.dvr.control.model.Port;
import org.dvr.dataplane.topology.Attachment;
import org.dvr.dataplane.topology.MetadataProxy;
import org.dvr.dataplane.topology.RouterPort;
import org.dvr.dataplane.topology.Segment;
import org.dvr.dataplane.topology.SnapshotBuilder;

/**
 * Who may ask for metadata here (dvr.md §6.6): guests of this host by each distributed router of their subnets, and by a legacy router that is
 * here guests wherever they are. Each of them, behind each router, has a number of its own.
 */
final class MetadataCompilation {
    private final Cloud cloud;
    private final Host self;
    private final StableIds ids;
    private final Findings findings;
    private final SnapshotBuilder builder;
    private final Map<String, Segment> segments;
    private final Map<String, Attachment> guests;

    /** By router and address: the order in which new ones are numbered. */
    private final Map<String, Candidate> candidates = new TreeMap<>();

    private record Candidate(int fixedIp, RouterPort port, long mac, Attachment guest) {}

    MetadataCompilation(
            final Cloud cloud,
            final Host self,
            final StableIds ids,
            final Findings findings,
            final SnapshotBuilder builder,
            final Map<String, Segment> segments,
            final Map<String, Attachment> guests) {
        this.cloud = cloud;
        this.self = self;
        this.ids = ids;
        this.findings = findings;
        this.builder = builder;
        this.segments = segments;
        this.guests = guests;
    }

    /** Adds whoever may ask; the proxy's own address stands for nobody. */
    void add(final MetadataProxy proxy) {
        final Map<String, List<Port>> here = new HashMap<>();
        for (final String portId : guests.keySet()) {
            final Port port = cloud.topology().ports().get(portId);
            here.computeIfAbsent(port.networkId(), none -> new ArrayList<>()).add(port);
        }
        segments.forEach((networkId, segment) -> {
            for (final RouterPort routerPort : builder.routerPortsIn(segment)) {
                if (routerPort.router().isCentral() && !routerPort.router().isSnatSide()) {
                    cloud.portsOfNetwork(networkId).forEach(port -> consider(routerPort, port));
                } else if (!routerPort.router().isCentral()) {
                    here.getOrDefault(networkId, List.of()).forEach(port -> consider(routerPort, port));
                }
            }
        });
        final Map<String, Integer> addresses = ids.metadataAddresses(candidates.keySet(), proxy.ip());
        candidates.forEach((name, candidate) -> {
            final Integer address = addresses.get(name);
            if (address != null) {
                builder.metadataGuest(address, candidate.fixedIp, candidate.port, candidate.mac, candidate.guest);
            }
        });
        if (addresses.size() < candidates.size()) {
            findings.warning("host " + self.name() + " has " + candidates.size()
                    + " addresses of guests behind routers, metadata is served to " + addresses.size() + " of them");
        }
    }

    private void consider(final RouterPort routerPort, final Port port) {
        final Attachment guest = guests.get(port.id());
        if (!port.owner().isServiced() || (guest == null && !routerPort.router().isCentral())) {
            return;
        }
        for (final FixedIp fixedIp : port.fixedIps()) {
            if (fixedIp.address().isV4() && routerPort.covers(fixedIp.address().toInt())) {
                candidates.putIfAbsent(
                        routerPort.router().routerId() + " " + fixedIp.address(),
                        new Candidate(fixedIp.address().toInt(), routerPort, port.mac(), guest));
            }
        }
    }
}
