package org.dvr.control.ini;

import org.dvr.control.model.AgentMode;
import org.dvr.control.model.Said;

/**
 * What the L3 agent of the host is told, of {@code l3_agent.ini} and {@code metadata_agent.ini} (dvr.md §12.2).
 *
 * @param agentMode default legacy
 * @param interfaceDriver must be {@code openvswitch}
 * @param useRandomFully source NAT chooses ports at random, default true
 * @param metadataPort where the original's proxy listens, default 9697; nothing listens there here
 * @param enableMetadataProxy default true
 * @param metadataProxySocket Unix socket of the metadata agent, default {@code $state_path/metadata_proxy}
 * @param novaMetadataHost whom the metadata agent asks
 * @param novaMetadataPort TCP port, default 8775
 */
public record L3AgentSettings(
        Said<AgentMode> agentMode,
        Said<String> interfaceDriver,
        Said<Boolean> useRandomFully,
        Said<Integer> metadataPort,
        Said<Boolean> enableMetadataProxy,
        Said<String> metadataProxySocket,
        Said<String> novaMetadataHost,
        Said<Integer> novaMetadataPort) {

    /** @return true where the files say anything that only an L3 agent reads */
    public boolean isPresent() {
        return agentMode.isSaid() || interfaceDriver.isSaid();
    }
}
