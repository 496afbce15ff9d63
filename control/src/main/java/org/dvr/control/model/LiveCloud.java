package org.dvr.control.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A cloud that is kept up by changes of single resources, as a control plane tells of them: floating IPs and ports that no router has, which is what changes all
 * day. Each change is held against the rules by what it touches, and taken or refused as a whole. Other resources change by documents that are loaded anew.
 *
 * <p>Belongs to one thread, as does the topology it shows: that one changes with it.
 */
public final class LiveCloud {
    private final Topology topology;
    private final Map<String, Port> ports;
    private final Map<String, FloatingIpSpec> floatingIps;
    private final Map<String, Set<String>> floatingIpsByPort = new HashMap<>();
    private TopologyRules rules; // null after a refusal: they are made anew when they are needed

    /**
     * What became of a change.
     *
     * @param change what differs now, to be compiled; null where it was refused
     * @param findings why, or what is odd
     */
    public record Outcome(CloudChange change, Findings findings) {}

    /**
     * @param start loaded without errors
     */
    public LiveCloud(final Topology start) {
        ports = new LinkedHashMap<>(start.ports());
        floatingIps = new LinkedHashMap<>(start.floatingIps());
        topology = new Topology(
                start.networks(),
                start.subnets(),
                ports,
                start.routers(),
                floatingIps,
                start.addressScopes(),
                start.subnetPools(),
                start.hosts(),
                start.dvrMacs(),
                start.neighbors());
        floatingIps.values().forEach(this::index);
        rules = rules();
    }

    /** @return the cloud as it is; it changes with every change that is taken */
    public Topology topology() {
        return topology;
    }

    /**
     * Changes single resources, all of them or none.
     *
     * @param there ports and floating IPs that are new, or others than they were: these take the place of those with their ids
     * @param gone ports and floating IPs that are no more, known by their ids
     * @return what became of it
     */
    public Outcome apply(final List<Resource> there, final List<Resource> gone) {
        final Findings findings = new Findings();
        final List<Resource> old = new ArrayList<>();
        for (final Resource resource : gone) {
            addOld(old, resource, findings);
        }
        for (final Resource resource : there) {
            final Resource before = find(resource);
            if (before != null) {
                old.add(before);
            }
        }
        final CloudChange change = CloudChange.of(old, there);
        if (!change.isLocal()) {
            findings.error("only floating IPs and ports that no router has can be changed by themselves");
        }
        if (findings.hasErrors()) {
            return new Outcome(null, findings);
        }
        final TopologyRules before = rules == null ? rules() : rules;
        old.forEach(this::remove);
        there.forEach(this::put);
        rules = null;
        before.check(change, othersOf(change), findings);
        if (findings.hasErrors()) {
            there.forEach(this::remove);
            old.forEach(this::put);
            return new Outcome(null, findings);
        }
        rules = before;
        return new Outcome(change, findings);
    }

    private void addOld(final List<Resource> old, final Resource resource, final Findings findings) {
        final Resource before = find(resource);
        if (before == null) {
            findings.error(resource.origin(), "id " + resource.id() + " does not exist");
        } else {
            old.add(before);
        }
    }

    private Resource find(final Resource resource) {
        return resource instanceof Port ? ports.get(resource.id()) : floatingIps.get(resource.id());
    }

    private TopologyRules rules() {
        final TopologyRules made = new TopologyRules(topology, Set.of(), new Findings());
        made.check();
        return made;
    }

    /** Floating IPs that a change does not name, of ports that it names. */
    private List<FloatingIpSpec> othersOf(final CloudChange change) {
        final Set<String> ids = new LinkedHashSet<>();
        for (final List<Resource> resources : List.of(change.gone(), change.there())) {
            for (final Resource resource : resources) {
                if (resource instanceof Port) {
                    ids.addAll(floatingIpsByPort.getOrDefault(resource.id(), Set.of()));
                }
            }
        }
        for (final Resource resource : change.there()) {
            ids.remove(resource.id());
        }
        final List<FloatingIpSpec> others = new ArrayList<>();
        ids.forEach(id -> others.add(floatingIps.get(id)));
        return others;
    }

    private void put(final Resource resource) {
        if (resource instanceof Port port) {
            ports.put(port.id(), port);
        } else if (resource instanceof FloatingIpSpec floatingIp) {
            floatingIps.put(floatingIp.id(), floatingIp);
            index(floatingIp);
        }
    }

    private void remove(final Resource resource) {
        if (resource instanceof Port) {
            ports.remove(resource.id());
        } else if (resource instanceof FloatingIpSpec floatingIp) {
            floatingIps.remove(floatingIp.id());
            final Set<String> ids = floatingIpsByPort.get(floatingIp.portId());
            if (ids != null) {
                ids.remove(floatingIp.id());
            }
        }
    }

    private void index(final FloatingIpSpec floatingIp) {
        if (!floatingIp.portId().isEmpty()) {
            floatingIpsByPort
                    .computeIfAbsent(floatingIp.portId(), none -> new LinkedHashSet<>())
                    .add(floatingIp.id());
        }
    }
}
