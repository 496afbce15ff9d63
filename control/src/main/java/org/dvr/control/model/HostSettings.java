package org.dvr.control.model;

import java.util.Map;
import java.util.Set;

/**
 * What the configuration of a host's own agents says. It fills in what the topology leaves out; where the two disagree the topology
 * counts, and a warning names both.
 *
 * @param host name of the host
 * @param mode {@code agent_mode}
 * @param tunnelIp {@code local_ip}
 * @param tunnelKinds {@code tunnel_types}
 * @param bridgeMappings label of physical network to bridge
 * @param underlayMtu largest IP packet of the underlay in bytes; of every host that says nothing else
 */
public record HostSettings(
        String host,
        Said<AgentMode> mode,
        Said<IpAddress> tunnelIp,
        Said<Set<NetworkKind>> tunnelKinds,
        Said<Map<String, String>> bridgeMappings,
        Said<Integer> underlayMtu) {

    /** @return the place that says most of where the host is from: where its first setting was written, empty where none was */
    public String place() {
        for (final Said<?> said : new Said<?>[] {tunnelIp, mode, tunnelKinds, bridgeMappings, underlayMtu}) {
            if (said.isSaid()) {
                return said.place();
            }
        }
        return "";
    }
}
