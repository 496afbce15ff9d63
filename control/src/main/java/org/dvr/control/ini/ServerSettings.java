package org.dvr.control.ini;

import java.util.List;
import org.dvr.control.model.Said;

/**
 * What the Neutron server is told, of {@code neutron.conf} and {@code ml2_conf.ini} (dvr.md §12.1, §12.4). Hosts often lack these files,
 * so nothing here is needed to forward.
 *
 * @param corePlugin must be ML2
 * @param servicePlugins must contain {@code router}
 * @param routerDistributed new routers are distributed, default false
 * @param enableDvr default true; false hides distributed routers completely
 * @param l3Ha new routers are highly available, default false
 * @param globalPhysnetMtu base of all MTU arithmetic, in bytes
 * @param pathMtu of the underlay in bytes; 0 = not limited
 * @param mechanismDrivers must contain {@code openvswitch}, and with tunnels {@code l2population}
 * @param typeDrivers types of network that may exist
 * @param projectNetworkTypes types that users get, in order of preference
 * @param vniRanges as {@code lowest:highest}
 * @param tunnelIdRanges of GRE, as {@code lowest:highest}
 * @param networkVlanRanges as {@code label} or {@code label:lowest:highest}
 * @param flatNetworks labels, or {@code *}
 * @param hasMl2 true where any section of ML2 is in the files
 */
public record ServerSettings(
        Said<String> corePlugin,
        Said<List<String>> servicePlugins,
        Said<Boolean> routerDistributed,
        Said<Boolean> enableDvr,
        Said<Boolean> l3Ha,
        Said<Integer> globalPhysnetMtu,
        Said<Integer> pathMtu,
        Said<List<String>> mechanismDrivers,
        Said<List<String>> typeDrivers,
        Said<List<String>> projectNetworkTypes,
        Said<List<String>> vniRanges,
        Said<List<String>> tunnelIdRanges,
        Said<List<String>> networkVlanRanges,
        Said<List<String>> flatNetworks,
        boolean hasMl2) {}
