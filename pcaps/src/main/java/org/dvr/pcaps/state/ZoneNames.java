package org.dvr.pcaps.state;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.collections.Int2ObjectHashMap;
import org.dvr.dataplane.topology.Router;
import org.dvr.dataplane.topology.TopologySnapshot;

/**
 * The zones of a host's routers by a name that means the same in every process: the router's id, and {@code central/} before it for its SNAT side or for a
 * legacy router, whose zone is another one. A router that is converted from legacy to distributed keeps the connections of its SNAT side so.
 */
final class ZoneNames {
    private static final String CENTRAL = "central/";

    private final Map<String, Integer> zones = new TreeMap<>();
    private final Int2ObjectHashMap<Router> routers = new Int2ObjectHashMap<>();

    /**
     * @param topology whose routers
     */
    ZoneNames(final TopologySnapshot topology) {
        for (final Router router : topology.routers()) {
            zones.put(router.isCentral() ? CENTRAL + router.routerId() : router.routerId(), router.zone());
            routers.put(router.zone(), router);
        }
    }

    /** {@return zone by name, ascending} */
    Map<String, Integer> zones() {
        return zones;
    }

    /** {@return the router of a zone, null where this topology has none} */
    Router router(final int zone) {
        return routers.get(zone);
    }

    /**
     * What has become of the zones of another process.
     *
     * @param others zone by name, there
     * @return router by zone there; those that are gone are missing
     */
    Map<Integer, Router> match(final Map<String, Integer> others) {
        final Map<Integer, Router> matches = new HashMap<>();
        others.forEach((name, zone) -> {
            final Integer here = zones.get(name);
            if (here != null) {
                matches.put(zone, routers.get((int) here));
            }
        });
        return matches;
    }
}
