package org.dvr.control.compile;

import org.dvr.control.model.AddressScope;
import org.dvr.control.model.Subnet;
import org.dvr.control.model.SubnetPool;
import org.dvr.control.model.Topology;

/** IPv4 address scopes by their numbers on this host (dvr.md §6.8). */
final class Scopes {
    /** Of a subnet in no scope. */
    static final int NONE = 0;

    private final Cloud cloud;
    private final Topology topology;
    private final StableIds ids;

    Scopes(final Cloud cloud, final StableIds ids) {
        this.cloud = cloud;
        this.topology = cloud.topology();
        this.ids = ids;
    }

    /** By its pool; a pool or a scope that is not listed puts it in none, or says no version. */
    int of(final Subnet subnet) {
        final SubnetPool pool = subnet.isV4() ? topology.subnetPools().get(subnet.subnetPoolId()) : null;
        if (pool == null || pool.addressScopeId().isEmpty()) {
            return NONE;
        }
        final AddressScope scope = topology.addressScopes().get(pool.addressScopeId());
        return scope != null && scope.ipVersion() != 4 ? NONE : ids.scope(pool.addressScopeId());
    }

    /** Of a network: all of its IPv4 subnets are of one pool, the first that has any tells. */
    int ofNetwork(final String networkId) {
        for (final Subnet subnet : cloud.subnetsOf(networkId)) {
            final int scope = of(subnet);
            if (scope != NONE) {
                return scope;
            }
        }
        return NONE;
    }
}
