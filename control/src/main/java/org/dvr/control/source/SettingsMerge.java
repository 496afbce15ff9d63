package org.dvr.control.source;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.Findings;
import org.dvr.control.model.Host;
import org.dvr.control.model.HostSettings;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Origin;
import org.dvr.control.model.Said;

/** Fills in what a topology leaves out about a host, and warns where the host's own configuration says something else. */
final class SettingsMerge {
    private final HostSettings settings;
    private final Findings findings;

    SettingsMerge(final HostSettings settings, final Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    /** The host with its settings; null is a host that the topology lacks. */
    Host merged(final Host given) {
        final Host host = given == null ? blank() : given;
        return new Host(
                host.origin(),
                host.name(),
                mode(host),
                tunnelIp(host),
                tunnelKinds(host),
                bridgeMappings(host),
                host.externalMacs(),
                host.underlayMac(),
                host.underlayDevice(),
                underlayMtu(host));
    }

    private Host blank() {
        final String place = settings.place();
        final Origin origin =
                new Origin(place.isEmpty() ? "settings" : place, "hosts", Origin.NONE, "host " + settings.host());
        return new Host(origin, settings.host(), null, null, null, Map.of(), Map.of(), 0, "", 0);
    }

    private void contradiction(
            final Host host, final String field, final String value, final Said<?> said, final String other) {
        findings.warning(
                host.origin(),
                field + " " + value + " counts, though " + said.place() + " says " + other + "; make them agree");
    }

    private AgentMode mode(final Host host) {
        final Said<AgentMode> said = settings.mode();
        if (host.mode() == null) {
            return said.value();
        }
        if (said.isSaid() && said.value() != host.mode()) {
            contradiction(
                    host, "agent_mode", host.mode().label(), said, said.value().label());
        }
        return host.mode();
    }

    private IpAddress tunnelIp(final Host host) {
        final Said<IpAddress> said = settings.tunnelIp();
        if (host.tunnelIp() == null) {
            return said.orElse(null);
        }
        if (said.isSaid() && !said.value().equals(host.tunnelIp())) {
            contradiction(
                    host,
                    "local_ip",
                    host.tunnelIp().toString(),
                    said,
                    said.value().toString());
        }
        return host.tunnelIp();
    }

    private Set<NetworkKind> tunnelKinds(final Host host) {
        final Said<Set<NetworkKind>> said = settings.tunnelKinds();
        if (host.tunnelKinds() == null) {
            return said.value();
        }
        if (said.isSaid() && !said.value().equals(host.tunnelKinds())) {
            contradiction(host, "tunnel_types", labels(host.tunnelKinds()), said, labels(said.value()));
        }
        return host.tunnelKinds();
    }

    private static String labels(final Set<NetworkKind> kinds) {
        return kinds.isEmpty()
                ? "none"
                : new TreeSet<>(kinds).stream().map(NetworkKind::label).collect(Collectors.joining(", "));
    }

    private Map<String, String> bridgeMappings(final Host host) {
        final Map<String, String> mappings = new LinkedHashMap<>(host.bridgeMappings());
        settings.bridgeMappings().orElse(Map.of()).forEach((label, bridge) -> {
            final String given = mappings.putIfAbsent(label, bridge);
            if (given != null && !given.equals(bridge)) {
                contradiction(host, "bridge_mappings." + label, given, settings.bridgeMappings(), bridge);
            }
        });
        return mappings;
    }

    private int underlayMtu(final Host host) {
        final Said<Integer> said = settings.underlayMtu();
        if (host.underlayMtu() != 0 && said.isSaid() && said.value() < host.underlayMtu()) {
            contradiction(
                    host, "underlay_mtu", Integer.toString(host.underlayMtu()), said, Integer.toString(said.value()));
        }
        return host.underlayMtu();
    }
}
