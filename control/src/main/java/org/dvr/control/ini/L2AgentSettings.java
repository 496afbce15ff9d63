package org.dvr.control.ini;

import java.util.Map;
import java.util.Set;
import org.dvr.control.model.IpAddress;
import org.dvr.control.model.NetworkKind;
import org.dvr.control.model.Said;

/**
 * What the Open vSwitch agent of the host is told, of {@code openvswitch_agent.ini} (dvr.md §12.3).
 *
 * @param localIp tunnel end point
 * @param bridgeMappings label of physical network to bridge
 * @param tunnelTypes VXLAN, GRE or both; others are left out with a warning
 * @param vxlanUdpPort default 4789, the only one served
 * @param l2Population default false; must be true with distributed routers and tunnels
 * @param arpResponder default false; forced on with distributed routers and tunnels
 * @param enableDistributedRouting default false; must be true on every host of a DVR cloud
 * @param dontFragment outer don't-fragment, default true, the only one served
 * @param tunnelCsum outer UDP checksum, default false, the only one served
 * @param dscp outer DSCP, default 0, the only one served
 * @param dscpInherit outer DSCP from the inner packet, default false, the only one served
 */
public record L2AgentSettings(
        Said<IpAddress> localIp,
        Said<Map<String, String>> bridgeMappings,
        Said<Set<NetworkKind>> tunnelTypes,
        Said<Integer> vxlanUdpPort,
        Said<Boolean> l2Population,
        Said<Boolean> arpResponder,
        Said<Boolean> enableDistributedRouting,
        Said<Boolean> dontFragment,
        Said<Boolean> tunnelCsum,
        Said<Integer> dscp,
        Said<Boolean> dscpInherit) {

    /** @return true where the files say anything that only an Open vSwitch agent reads */
    public boolean isPresent() {
        return localIp.isSaid()
                || bridgeMappings.isSaid()
                || tunnelTypes.isSaid()
                || l2Population.isSaid()
                || enableDistributedRouting.isSaid();
    }

    /** @return true where there are tunnels */
    public boolean hasTunnels() {
        return tunnelTypes.isSaid() && !tunnelTypes.value().isEmpty();
    }
}
