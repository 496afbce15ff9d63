package org.dvr.control.ini;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dvr.control.model.Findings;
import org.dvr.control.model.HostSettings;
import org.dvr.control.model.Said;

/**
 * What Neutron's ini files say, as far as it matters to a forwarder: {@code neutron.conf}, {@code ml2_conf.ini},
 * {@code l3_agent.ini}, {@code openvswitch_agent.ini} and {@code metadata_agent.ini} as they are in a deployment. Keys that are not
 * used here are ignored. Immutable.
 *
 * @param host {@code host}: the identity of the host everywhere
 * @param statePath folder of the agents' state
 * @param server what the server is told
 * @param l3 what the L3 agent is told
 * @param l2 what the Open vSwitch agent is told
 */
public record NeutronSettings(
        Said<String> host, Said<String> statePath, ServerSettings server, L3AgentSettings l3, L2AgentSettings l2) {
    /** {@code state_path} of files that say nothing else. */
    public static final String DEFAULT_STATE_PATH = "/var/lib/neutron";

    /**
     * Reads files.
     *
     * @param files in order: of a key that several of them have the last counts
     * @param findings takes what cannot be read or served (errors, one {@code FILE:LINE: [section] key …} each) and what is ignored
     *     though it might be missed (warnings)
     * @return what they say; not to be used where there are errors
     */
    public static NeutronSettings read(final List<Path> files, final Findings findings) {
        final IniValues values = new IniValues(findings);
        for (final Path file : files) {
            values.add(IniReader.read(file, findings));
        }
        return new SettingsReader(values, findings).read();
    }

    /**
     * What the topology may leave out about the host.
     *
     * @param name of the host
     * @return as its agents are told
     */
    public HostSettings hostSettings(final String name) {
        return new HostSettings(
                name, l3.agentMode(), l2.localIp(), l2.tunnelTypes(), l2.bridgeMappings(), underlayMtu());
    }

    /** As the server reckons: the smaller of the physical networks' MTU and the path's, where both are limited. */
    private Said<Integer> underlayMtu() {
        final int global = server.globalPhysnetMtu().orElse(0);
        final int path = server.pathMtu().orElse(0);
        final boolean isPath = path > 0 && (global == 0 || path < global);
        final Said<Integer> least = isPath ? server.pathMtu() : server.globalPhysnetMtu();
        return least.orElse(0) > 0 ? least : Said.nothing();
    }

    /**
     * What the files say about behavior that is an option here.
     *
     * @return options of {@code --option} by name, empty where the files say nothing; a command line's own options win
     */
    public Map<String, String> options() {
        final Map<String, String> options = new LinkedHashMap<>();
        if (l3.useRandomFully().isSaid()) {
            final String value = l3.useRandomFully().value() ? "on" : "off";
            options.put("random_fully_snat", value);
            options.put("random_fully_floating_ip", value);
        }
        return options;
    }

    /** @return Unix socket of the host's metadata agent */
    public String metadataProxySocket() {
        return l3.metadataProxySocket().orElse(statePath.orElse(DEFAULT_STATE_PATH) + "/metadata_proxy");
    }
}
