package org.dvr.control.source;

import java.util.Map;
import java.util.Set;
import org.dvr.control.model.AgentMode;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Origin;

/**
 * What one agent says of its host; agents of one host complement each other.
 *
 * @param origin where it was written
 * @param host the host
 * @param mode of an L3 agent, null of others
 * @param tunnelIp null = not said
 * @param tunnelKinds null = not said
 * @param bridgeMappings empty = not said
 */
record AgentSpec(
        Origin origin,
        String host,
        AgentMode mode,
        IpAddress tunnelIp,
        Set<NetworkKind> tunnelKinds,
        Map<String, String> bridgeMappings) {}
