package org.dvr.control.ini;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.dvr.control.model.Findings;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Said;

/**
 * Takes out of ini files what matters, and judges it: a setting that would change what is on the wire and is not served is an error,
 * one whose absence somebody might only miss is a warning.
 */
final class SettingsReader {
    private static final String DEFAULT = IniEntry.DEFAULT;
    private static final String AGENT = "agent";
    private static final String ML2 = "ml2";
    private static final String OVS = "ovs";
    private static final int VXLAN_PORT = 4789; // RFC 7348 §8
    private static final int HIGHEST_MTU = 65_535;
    private static final int HIGHEST_PORT = 65_535;
    private static final int HIGHEST_DSCP = 63;
    private static final String BASE_MAC = "fa:16:3e:00:00:00";
    private static final String DVR_BASE_MAC = "fa:16:3f:00:00:00";

    private final IniValues values;
    private final Findings findings;

    SettingsReader(final IniValues values, final Findings findings) {
        this.values = values;
        this.findings = findings;
    }

    NeutronSettings read() {
        final NeutronSettings settings = new NeutronSettings(
                values.text(DEFAULT, "host"), values.text(DEFAULT, "state_path"), server(), l3Agent(), l2Agent());
        checkMacs();
        checkTunnels(settings.l2());
        checkLeftOut(settings);
        return settings;
    }

    private ServerSettings server() {
        final Said<List<String>> types = values.list(ML2, "project_network_types");
        return new ServerSettings(
                values.text(DEFAULT, "core_plugin"),
                values.list(DEFAULT, "service_plugins"),
                values.flag(DEFAULT, "router_distributed"),
                values.flag(DEFAULT, "enable_dvr"),
                values.flag(DEFAULT, "l3_ha"),
                values.number(DEFAULT, "global_physnet_mtu", 0, HIGHEST_MTU),
                values.number(ML2, "path_mtu", 0, HIGHEST_MTU),
                values.list(ML2, "mechanism_drivers"),
                values.list(ML2, "type_drivers"),
                types.isSaid() ? types : values.list(ML2, "tenant_network_types"), // its name before 2023.1
                values.list("ml2_type_vxlan", "vni_ranges"),
                values.list("ml2_type_gre", "tunnel_id_ranges"),
                values.list("ml2_type_vlan", "network_vlan_ranges"),
                values.list("ml2_type_flat", "flat_networks"),
                values.hasSection(ML2)
                        || values.hasSection("ml2_type_vxlan")
                        || values.hasSection("ml2_type_gre")
                        || values.hasSection("ml2_type_vlan"));
    }

    private L3AgentSettings l3Agent() {
        return new L3AgentSettings(
                values.mode(DEFAULT, "agent_mode"),
                values.text(DEFAULT, "interface_driver"),
                values.flag(AGENT, "use_random_fully"),
                values.number(DEFAULT, "metadata_port", 0, HIGHEST_PORT),
                values.flag(DEFAULT, "enable_metadata_proxy"),
                values.text(DEFAULT, "metadata_proxy_socket"),
                values.text(DEFAULT, "nova_metadata_host"),
                values.number(DEFAULT, "nova_metadata_port", 0, HIGHEST_PORT));
    }

    private L2AgentSettings l2Agent() {
        return new L2AgentSettings(
                localIp(),
                bridgeMappings(),
                tunnelTypes(),
                values.number(AGENT, "vxlan_udp_port", 1, HIGHEST_PORT),
                values.flag(AGENT, "l2_population"),
                values.flag(AGENT, "arp_responder"),
                values.flag(AGENT, "enable_distributed_routing"),
                values.flag(AGENT, "dont_fragment"),
                values.flag(AGENT, "tunnel_csum"),
                values.number(AGENT, "dscp", 0, HIGHEST_DSCP),
                values.flag(AGENT, "dscp_inherit"));
    }

    private Said<IpAddress> localIp() {
        final Said<IpAddress> address = values.address(OVS, "local_ip");
        if (!address.isSaid()) {
            return Said.nothing();
        }
        if (address.value().isV4()
                ? address.value().toInt() == 0
                : !address.value().isHostV6()) {
            findings.error(address.place() + " " + address.value()
                    + ": is no address that a host has for others, give its own one on the underlay");
            return Said.nothing();
        }
        return address;
    }

    private Said<Map<String, String>> bridgeMappings() {
        final Said<List<String>> items = values.list(OVS, "bridge_mappings");
        if (!items.isSaid()) {
            return Said.nothing();
        }
        final Map<String, String> mappings = new LinkedHashMap<>();
        for (final String item : items.value()) {
            final int colon = item.indexOf(':');
            final String label = item.substring(0, Math.max(0, colon)).strip();
            final String bridge = item.substring(colon + 1).strip();
            if (label.isEmpty() || bridge.isEmpty()) {
                findings.error(items.place() + " " + item + ": is not LABEL:BRIDGE, as in provider:br-ex");
            } else if (mappings.putIfAbsent(label, bridge) != null) {
                findings.error(items.place() + " " + item + ": " + label + " is mapped twice, keep one of them");
            } else if (mappings.values().stream().filter(bridge::equals).count() > 1) {
                findings.error(
                        items.place() + " " + item + ": " + bridge + " serves another label already, keep one of them");
            }
        }
        return new Said<>(Map.copyOf(mappings), items.place());
    }

    private Said<Set<NetworkKind>> tunnelTypes() {
        final Said<List<String>> items = values.list(AGENT, "tunnel_types");
        if (!items.isSaid()) {
            return Said.nothing();
        }
        final Set<NetworkKind> kinds = EnumSet.noneOf(NetworkKind.class);
        for (final String item : items.value()) {
            final NetworkKind kind = NetworkKind.of(item.toLowerCase(Locale.ROOT));
            if (kind != null && kind.isTunneled()) {
                kinds.add(kind);
            } else if (kind == NetworkKind.GENEVE) {
                findings.warning(
                        items.place() + " geneve: is not served, networks of that type reach nobody elsewhere");
            } else {
                findings.error(items.place() + " " + item + ": is not a type of tunnel, write vxlan, gre or both");
            }
        }
        return new Said<>(Set.copyOf(kinds), items.place());
    }

    private void checkMacs() {
        final Said<String> base = values.text(DEFAULT, "base_mac");
        final Said<String> dvr = values.text(DEFAULT, "dvr_base_mac");
        if (base.orElse(BASE_MAC).equalsIgnoreCase(dvr.orElse(DVR_BASE_MAC))) {
            findings.error((dvr.isSaid() ? dvr : base).place() + " " + dvr.orElse(DVR_BASE_MAC)
                    + ": base_mac and dvr_base_mac are the same, they must differ");
        } else if (dvr.isSaid() && !dvr.value().equalsIgnoreCase(DVR_BASE_MAC)) {
            findings.warning(dvr.place() + " " + dvr.value()
                    + ": DVR MACs come from dvr_host_macs of the topology; of hosts that are not listed there they begin"
                    + " with fa:16:3f");
        }
    }

    /** What would change the frames that leave by tunnels. */
    private void checkTunnels(final L2AgentSettings l2) {
        if (!l2.hasTunnels()) {
            return;
        }
        final String everywhere = ", set it so on every host or leave it out";
        final boolean hasVxlan = l2.tunnelTypes().value().contains(NetworkKind.VXLAN);
        if (hasVxlan) {
            refuse(l2.vxlanUdpPort(), VXLAN_PORT, "VXLAN is served on port 4789 only" + everywhere);
            refuse(l2.tunnelCsum(), false, "VXLAN is sent with UDP checksum 0 only" + everywhere);
        } else {
            refuse(l2.tunnelCsum(), false, "GRE is sent without checksum only" + everywhere);
        }
        refuse(l2.dontFragment(), true, "tunnel packets are sent with don't-fragment only" + everywhere);
        refuse(l2.dscp(), 0, "tunnel packets are sent with DSCP 0 only, set 0 or leave it out");
        refuse(l2.dscpInherit(), false, "tunnel packets are sent with DSCP 0 only, set false or leave it out");
    }

    private <T> void refuse(final Said<T> said, final T served, final String message) {
        if (said.isSaid() && !said.value().equals(served)) {
            findings.error(said.place() + " " + said.value() + ": " + message);
        }
    }

    /** What nobody does here, though somebody may count on it. */
    private void checkLeftOut(final NeutronSettings settings) {
        for (final IniEntry entry : values.all(AGENT, "extensions")) {
            for (final String extension : IniValues.items(entry.value())) {
                if (!"port_forwarding".equals(extension)) {
                    findings.warning(entry.place() + " " + extension + ": this extension is not served");
                }
            }
        }
        final Said<String> firewall = values.text("securitygroup", "firewall_driver");
        if (firewall.isSaid()
                && !firewall.value().toLowerCase(Locale.ROOT).contains("noop")
                && values.flag("securitygroup", "enable_security_group").orElse(true)) {
            findings.warning(firewall.place() + " " + firewall.value()
                    + ": security groups are not enforced here, guests are only kept to their own addresses");
        }
        final Said<String> bridge = values.text(DEFAULT, "external_network_bridge");
        if (bridge.isSaid()) {
            findings.warning(bridge.place() + " " + bridge.value()
                    + ": is not used, the external network's label belongs into [ovs] bridge_mappings");
        }
        final Said<Boolean> distributed = settings.server().routerDistributed();
        if (distributed.orElse(false) && !settings.server().enableDvr().orElse(true)) {
            findings.warning(
                    distributed.place() + " true: enable_dvr is false, which hides distributed routers completely");
        }
    }
}
