package org.dvr.control.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.CloudChange;
import org.dvr.control.model.FloatingIpSpec;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortForwarding;
import org.dvr.control.model.Resource;
import org.dvr.control.model.VirtualRouter;

/**
 * Floating IPs by the ports that they stand for, and by the routers that may translate them: a host looks at those of its own guests and routers, not at all
 * there are. Ids, so that what is said of them is what the topology in force says.
 */
final class FloatingIpIndex {
    private final Cloud cloud;
    private final Map<String, Set<String>> byPort = new HashMap<>();
    private final Map<String, Set<String>> byRouter = new HashMap<>();
    /** Those of ports that no router connects to their networks. */
    private final Set<String> withoutRouter = new LinkedHashSet<>();
    /** Where each is listed. */
    private final Map<String, List<Set<String>>> places = new HashMap<>();

    FloatingIpIndex(final Cloud cloud) {
        this.cloud = cloud;
        cloud.topology().floatingIps().values().forEach(this::add);
    }

    /** Takes up a local change; the cloud has taken up its ports. */
    void update(final CloudChange change) {
        for (final Resource resource : change.gone()) {
            if (resource instanceof FloatingIpSpec) {
                remove(resource.id());
            } else if (resource instanceof Port) {
                renew(resource.id());
            }
        }
        for (final Resource resource : change.there()) {
            if (resource instanceof FloatingIpSpec spec) {
                remove(spec.id());
                add(spec);
            } else if (resource instanceof Port) {
                renew(resource.id());
            }
        }
    }

    /** Which router a floating IP has may follow from its port. */
    private void renew(final String portId) {
        for (final String id : List.copyOf(byPort.getOrDefault(portId, Set.of()))) {
            final FloatingIpSpec spec = cloud.topology().floatingIps().get(id);
            remove(id);
            if (spec != null) {
                add(spec);
            }
        }
    }

    private void add(final FloatingIpSpec spec) {
        final Port port = cloud.topology().ports().get(spec.portId());
        if (port != null) {
            put(byPort, port.id(), spec);
            final VirtualRouter router = cloud.routerOf(spec, cloud.fixedIpOf(spec));
            if (router == null) {
                put(withoutRouter, spec);
            } else {
                put(byRouter, router.id(), spec);
            }
        }
        for (final PortForwarding forwarding : spec.forwardings()) {
            final VirtualRouter router = cloud.routerOf(spec, forwarding);
            if (router != null) {
                put(byRouter, router.id(), spec);
            }
        }
    }

    private void put(final Map<String, Set<String>> lists, final String key, final FloatingIpSpec spec) {
        put(lists.computeIfAbsent(key, none -> new LinkedHashSet<>()), spec);
    }

    private void put(final Set<String> list, final FloatingIpSpec spec) {
        list.add(spec.id());
        places.computeIfAbsent(spec.id(), none -> new ArrayList<>(2)).add(list);
    }

    private void remove(final String id) {
        final List<Set<String>> lists = places.remove(id);
        if (lists != null) {
            lists.forEach(list -> list.remove(id));
        }
    }

    Set<String> ofPort(final String portId) {
        return byPort.getOrDefault(portId, Set.of());
    }

    /** Those of its ports and those of which it may forward ports. */
    Set<String> ofRouter(final String routerId) {
        return byRouter.getOrDefault(routerId, Set.of());
    }

    Set<String> withoutRouter() {
        return withoutRouter;
    }
}
