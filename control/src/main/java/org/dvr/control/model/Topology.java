package org.dvr.control.model;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Desired state of a whole cloud. The maps are by id (hosts and DVR MACs by host name), in the order written, and not to be
 * changed.
 *
 * @param networks networks
 * @param subnets subnets
 * @param ports ports
 * @param routers routers
 * @param floatingIps floating IPs
 * @param addressScopes address scopes
 * @param subnetPools subnet pools
 * @param hosts hosts, ascending by name
 * @param dvrMacs DVR MACs that were listed
 * @param neighbors static neighbors
 */
public record Topology(
        Map<String, Network> networks,
        Map<String, Subnet> subnets,
        Map<String, Port> ports,
        Map<String, VirtualRouter> routers,
        Map<String, FloatingIpSpec> floatingIps,
        Map<String, AddressScope> addressScopes,
        Map<String, SubnetPool> subnetPools,
        SortedMap<String, Host> hosts,
        Map<String, DvrHostMac> dvrMacs,
        List<WireNeighbor> neighbors) {

    /**
     * The DVR MAC of a host.
     *
     * @param host its name
     * @return as listed, or {@code fa:16:3f} and the first three bytes of the SHA-256 of its name (contract.md §1)
     */
    public long dvrMac(final String host) {
        final DvrHostMac listed = dvrMacs.get(host);
        return listed != null && listed.mac() != 0 ? listed.mac() : DerivedMac.ofHost(host);
    }

    /**
     * The same cloud with one host described anew.
     *
     * @param host one of its hosts
     * @return a copy
     */
    public Topology withHost(final Host host) {
        final SortedMap<String, Host> changed = new TreeMap<>(hosts);
        changed.put(host.name(), host);
        return new Topology(
                networks,
                subnets,
                ports,
                routers,
                floatingIps,
                addressScopes,
                subnetPools,
                changed,
                dvrMacs,
                neighbors);
    }
}
