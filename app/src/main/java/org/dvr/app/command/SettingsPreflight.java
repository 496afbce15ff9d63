package org.dvr.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.dvr.codec.net.MacAddress;
import org.dvr.control.ini.L2AgentSettings;
import org.dvr.control.ini.L3AgentSettings;
import org.dvr.control.ini.NeutronSettings;
import org.dvr.control.ini.ServerSettings;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.Host;
import org.dvr.control.model.Network;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Port;
import org.dvr.control.model.PortOwner;
import org.dvr.control.model.Said;
import org.dvr.control.model.Topology;
import org.dvr.control.model.VirtualRouter;

/**
 * Do the server's and the agents' settings allow distributed routers? The checks of dvr.md §13 and the combinations of §12.5, each
 * one line with a reason. A check whose file was not given is skipped, and no obstacle. As §13 ends, the type of the networks is none
 * either: tunnels need L2 population, VLAN and flat networks a bridge mapping.
 */
final class SettingsPreflight {
    private static final String SERVER = "server";
    private static final Set<String> ML2 = Set.of("ml2", "neutron.plugins.ml2.plugin.ml2plugin");
    private static final Set<String> ROUTER_PLUGINS =
            Set.of("router", "neutron.services.l3_router.l3_router_plugin.l3routerplugin");

    private final Topology topology;
    private final Host host;
    private final ServerSettings server;
    private final L3AgentSettings l3;
    private final L2AgentSettings l2;
    private final boolean isVouchedFor;
    private final List<PreflightCheck> checks = new ArrayList<>();

    private SettingsPreflight(
            final Topology topology, final Host host, final NeutronSettings settings, final boolean isVouchedFor) {
        this.topology = topology;
        this.host = host;
        this.server = settings.server();
        this.l3 = settings.l3();
        this.l2 = settings.l2();
        this.isVouchedFor = isVouchedFor;
    }

    /**
     * Checks.
     *
     * @param topology    loaded without errors
     * @param host        that the settings are of
     * @param settings    of its agents, and of the server
     * @param distributed TRUE vouches for the settings of the plugins
     * @return the checks
     */
    static List<PreflightCheck> of(
            final Topology topology,
            final Host host,
            final NeutronSettings settings,
            final RouterDistributed distributed) {
        final SettingsPreflight preflight =
                new SettingsPreflight(topology, host, settings, distributed == RouterDistributed.TRUE);
        preflight.corePlugin();
        preflight.servicePlugins();
        preflight.mechanismDrivers();
        preflight.computeSide();
        preflight.networkTypes();
        preflight.role();
        preflight.bothAgents();
        preflight.layer2();
        preflight.dvrMac();
        preflight.externalMapping();
        preflight.snatHosts();
        preflight.newRouters();
        return preflight.checks;
    }

    private void add(final PreflightCheck.Level level, final String subject, final String sentence) {
        checks.add(new PreflightCheck(level, subject, sentence));
    }

    private void add(final boolean isPassed, final String subject, final String sentence) {
        add(isPassed ? PreflightCheck.Level.OK : PreflightCheck.Level.FAIL, subject, sentence);
    }

    /** A check of a plugin's settings, which an operator may vouch for. */
    private void plugin(final boolean isPassed, final String subject, final String sentence) {
        if (isPassed || !isVouchedFor) {
            add(isPassed, subject, sentence);
        } else {
            add(PreflightCheck.Level.WARN, subject, sentence + " (router_distributed=true vouches for it)");
        }
    }

    private void skip(final String subject, final String what, final String key, final String file) {
        add(
                PreflightCheck.Level.SKIP,
                subject,
                what + ": " + key + " is in none of the files given; add the server's " + file);
    }

    private void corePlugin() {
        final Said<String> plugin = server.corePlugin();
        if (plugin.isSaid()) {
            final boolean isMl2 = ML2.contains(plugin.value().toLowerCase(Locale.ROOT));
            plugin(isMl2, SERVER, "core plugin " + plugin.value() + ": " + (isMl2 ? "it is ML2" : "it must be ml2"));
        } else if (server.servicePlugins().isSaid()) {
            plugin(false, SERVER, "core plugin: service_plugins is set, core_plugin is not; it must be ml2");
        } else {
            skip(SERVER, "core plugin", "core_plugin", "neutron.conf");
        }
    }

    private void servicePlugins() {
        final Said<List<String>> plugins = server.servicePlugins();
        if (plugins.isSaid()) {
            final boolean hasRouter =
                    plugins.value().stream().anyMatch(name -> ROUTER_PLUGINS.contains(name.toLowerCase(Locale.ROOT)));
            plugin(
                    hasRouter,
                    SERVER,
                    "service plugins " + joined(plugins.value()) + ": "
                            + (hasRouter ? "router is among them" : "router must be among them"));
        } else if (server.corePlugin().isSaid()) {
            plugin(
                    false,
                    SERVER,
                    "service plugins: core_plugin is set, service_plugins is not; it must contain router");
        } else {
            skip(SERVER, "service plugins", "service_plugins", "neutron.conf");
        }
    }

    private void mechanismDrivers() {
        final String what =
                "mechanism drivers " + joined(server.mechanismDrivers().orElse(List.of())) + ": ";
        if (!server.mechanismDrivers().isSaid()) {
            if (server.hasMl2()) {
                plugin(false, SERVER, what + "openvswitch must be among them");
            } else {
                skip(SERVER, "mechanism drivers", "mechanism_drivers", "ml2_conf.ini");
            }
            return;
        }
        final List<String> drivers = server.mechanismDrivers().value();
        if (!drivers.contains("openvswitch")) {
            plugin(false, SERVER, what + "openvswitch must be among them");
        } else if (hasTunnels() && !drivers.contains("l2population")) {
            plugin(false, SERVER, what + "there are tunnels, so add l2population");
        } else {
            plugin(
                    true,
                    SERVER,
                    what + "openvswitch" + (hasTunnels() ? " and l2population are" : " is") + " among them");
        }
    }

    private boolean hasTunnels() {
        return host.hasTunnels() && !host.tunnelKinds().isEmpty();
    }

    private static String joined(final List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    private void computeSide() {
        final Said<String> driver = l3.interfaceDriver();
        if (driver.isSaid()) {
            final boolean isOvs =
                    driver.value().toLowerCase(Locale.ROOT).matches("openvswitch|.*\\.ovsinterfacedriver");
            plugin(
                    isOvs,
                    host.name(),
                    "compute side, interface driver " + driver.value() + ": "
                            + (isOvs ? "it is openvswitch" : "it must be openvswitch"));
        } else if (l3.isPresent()) {
            plugin(false, host.name(), "compute side: interface_driver is not set; it must be openvswitch");
        } else {
            add(
                    PreflightCheck.Level.SKIP,
                    host.name(),
                    "compute side: interface_driver is in none of the files given; add the host's l3_agent.ini");
        }
    }

    private void networkTypes() {
        final Set<NetworkKind> kinds = new TreeSet<>();
        for (final Network network : topology.networks().values()) {
            if (!network.isExternal() && network.kind() != NetworkKind.LOCAL) {
                kinds.add(network.kind());
            }
        }
        for (final NetworkKind kind : kinds) {
            final String what = "network type " + kind.label() + ": ";
            if (kind == NetworkKind.GENEVE) {
                add(PreflightCheck.Level.WARN, host.name(), what + "is not served, networks of that type are left out");
            } else if (kind.isTunneled()) {
                final boolean isServed = host.hasTunnels() && host.tunnelKinds().contains(kind);
                add(
                        isServed ? PreflightCheck.Level.OK : PreflightCheck.Level.WARN,
                        host.name(),
                        what
                                + (isServed
                                        ? "in tunnel_types; L2 population is required"
                                        : "not in tunnel_types with a local_ip; guests of such networks must not be put here"));
            } else {
                final List<String> unmapped = unmapped(kind);
                add(
                        unmapped.isEmpty() ? PreflightCheck.Level.OK : PreflightCheck.Level.WARN,
                        host.name(),
                        what
                                + (unmapped.isEmpty()
                                        ? "served, and its physical networks are in bridge_mappings"
                                        : "served, but " + joined(unmapped)
                                                + " is not in bridge_mappings; guests of such networks must not be put here"));
            }
        }
    }

    private List<String> unmapped(final NetworkKind kind) {
        return topology.networks().values().stream()
                .filter(network -> network.kind() == kind && !network.isExternal())
                .map(Network::physicalNetwork)
                .filter(label -> !host.bridgeMappings().containsKey(label))
                .distinct()
                .sorted()
                .toList();
    }

    private void role() {
        boolean hasGuests = false;
        boolean hasSnatSide = false;
        for (final Port port : topology.ports().values()) {
            if (port.host().equals(host.name())) {
                hasGuests |= port.owner().text().startsWith("compute:");
                hasSnatSide |= port.owner().role() == PortOwner.Role.CSNAT
                        || port.owner().role() == PortOwner.Role.ROUTER_GATEWAY;
            }
        }
        for (final VirtualRouter router : topology.routers().values()) {
            hasSnatSide |= router.snatHost().equals(host.name());
        }
        final AgentMode mode = host.mode();
        final String is = ", agent_mode is " + mode.label();
        if (hasSnatSide) {
            add(
                    mode == AgentMode.DVR_SNAT || (mode == AgentMode.LEGACY && !hasDistributedRouters()),
                    host.name(),
                    "role network" + (hasGuests ? " and compute" : "") + ": dvr_snat is right" + is);
        } else if (hasGuests) {
            final boolean isUnusual = mode == AgentMode.DVR_SNAT;
            add(
                    isUnusual
                            ? PreflightCheck.Level.WARN
                            : mode == AgentMode.LEGACY && hasDistributedRouters()
                                    ? PreflightCheck.Level.FAIL
                                    : PreflightCheck.Level.OK,
                    host.name(),
                    "role compute: " + (mode == AgentMode.DVR_NO_EXTERNAL ? "dvr or dvr_no_external" : "dvr")
                            + " is right" + is
                            + (isUnusual ? ", which works but is not supported by the original on compute nodes" : ""));
        } else {
            add(true, host.name(), "role: neither guests nor SNAT sides are here yet" + is);
        }
    }

    private boolean hasDistributedRouters() {
        return topology.routers().values().stream().anyMatch(VirtualRouter::isDistributed);
    }

    private void bothAgents() {
        final boolean hasL3 = l3.isPresent() || host.mode() != AgentMode.LEGACY;
        if (!l3.isPresent() && !l2.isPresent()) {
            add(
                    PreflightCheck.Level.SKIP,
                    host.name(),
                    "both agents: none of the files given is an agent's; add l3_agent.ini and openvswitch_agent.ini");
        } else {
            add(
                    hasL3 && l2.isPresent(),
                    host.name(),
                    "both agents: "
                            + (!hasL3
                                    ? "nothing is said to the L3 agent; distributed routers need it beside the Open vSwitch agent"
                                    : !l2.isPresent()
                                            ? "nothing is said to the Open vSwitch agent; distributed routers need it beside"
                                                    + " the L3 agent"
                                            : "the host has an L3 agent and an Open vSwitch agent"));
        }
    }

    /** Rows 1 and 3 of dvr.md §12.5. */
    private void layer2() {
        if (!l2.isPresent()) {
            return;
        }
        final boolean isDistributed = l2.enableDistributedRouting().orElse(false);
        if (host.mode().isDistributed() || isDistributed) {
            add(
                    isDistributed,
                    host.name(),
                    "enable_distributed_routing "
                            + (isDistributed
                                    ? "true: as distributed routers need it on every host"
                                    : "false: agent_mode is " + host.mode().label()
                                            + ", the gateway MAC would collide across hosts; set it on every host"));
        }
        if (!isDistributed && !host.mode().isDistributed()) {
            return;
        }
        final Said<Set<NetworkKind>> types = l2.tunnelTypes();
        if (l2.localIp().isSaid() && !types.isSaid()) {
            add(
                    PreflightCheck.Level.WARN,
                    host.name(),
                    "tunnel_types is not set beside local_ip: the original has no tunnels then, here "
                            + labels(host.tunnelKinds()) + " count");
        }
        if (hasTunnels()) {
            final boolean isPopulated = l2.l2Population().orElse(false);
            add(
                    isPopulated,
                    host.name(),
                    "l2_population "
                            + (isPopulated
                                    ? "true: as distributed routers need it with tunnels"
                                    : "false: with tunnels and distributed routers the original's agent does not start; set it on"
                                            + " every host"));
        }
    }

    private static String labels(final Set<NetworkKind> kinds) {
        return new TreeSet<>(kinds).stream().map(NetworkKind::label).collect(Collectors.joining(", "));
    }

    /** Row 2 of dvr.md §12.5. */
    private void dvrMac() {
        if (!host.mode().isDistributed()) {
            return;
        }
        final boolean isListed = topology.dvrMacs().containsKey(host.name());
        add(
                isListed || topology.dvrMacs().isEmpty() ? PreflightCheck.Level.OK : PreflightCheck.Level.WARN,
                host.name(),
                "DVR MAC " + MacAddress.toString(topology.dvrMac(host.name())) + ": "
                        + (isListed
                                ? "listed in dvr_host_macs"
                                : "made from the host's name, hosts that run the original know it only when the server does;"
                                        + " list it in dvr_host_macs"));
    }

    /** Row 4 of dvr.md §12.5. */
    private void externalMapping() {
        if (!host.mode().hasExternalLeg()) {
            return;
        }
        final List<String> labels = topology.networks().values().stream()
                .filter(network -> network.isExternal() && network.kind().isPhysical())
                .map(Network::physicalNetwork)
                .distinct()
                .sorted()
                .toList();
        final boolean hasAny = labels.isEmpty() || labels.stream().anyMatch(host.bridgeMappings()::containsKey);
        final String what = "agent_mode " + host.mode().label() + ", external bridge mapping: ";
        if (labels.isEmpty()) {
            add(true, host.name(), what + "there is no external network yet");
        } else {
            add(
                    hasAny,
                    host.name(),
                    what
                            + (hasAny
                                    ? "the host has a way to an external network"
                                    : "none of " + joined(labels)
                                            + " is mapped, floating IPs stay down; map it, or set dvr_no_external"));
        }
    }

    /** Rows 5 and 6 of dvr.md §12.5. */
    private void snatHosts() {
        final long count = topology.hosts().values().stream()
                .filter(other -> other.mode() == AgentMode.DVR_SNAT)
                .count();
        if (topology.routers().values().stream()
                .anyMatch(router -> router.isDistributed() && router.gateway() != null)) {
            add(
                    count > 0,
                    SERVER,
                    "dvr_snat hosts: "
                            + (count > 0
                                    ? Long.toString(count)
                                    : "none, so no SNAT and no centralized floating IPs; one is needed"));
        }
        if (server.routerDistributed().orElse(false) && server.l3Ha().orElse(false)) {
            add(
                    count == 0
                            ? PreflightCheck.Level.FAIL
                            : count == 1 ? PreflightCheck.Level.WARN : PreflightCheck.Level.OK,
                    SERVER,
                    "router_distributed and l3_ha are both true, " + count + " dvr_snat "
                            + (count == 1 ? "host" : "hosts")
                            + (count < 2 ? ": new routers are distributed and highly available, which needs two" : ""));
        }
    }

    /** Row 8 of dvr.md §12.5, and {@code enable_dvr}. */
    private void newRouters() {
        if (!server.enableDvr().orElse(true)) {
            add(
                    !hasDistributedRouters(),
                    SERVER,
                    "enable_dvr false: hides distributed routers completely"
                            + (hasDistributedRouters() ? ", though there are some; set it true" : ""));
        }
        final Said<Boolean> isDistributed = server.routerDistributed();
        if (isDistributed.isSaid()) {
            add(
                    true,
                    SERVER,
                    "router_distributed "
                            + (isDistributed.value()
                                    ? "true: new routers are distributed; those that exist stay as they are"
                                    : "false: new routers are distributed on request only; those that exist stay as they are"));
        }
    }
}
