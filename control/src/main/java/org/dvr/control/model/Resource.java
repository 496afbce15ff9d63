package org.dvr.control.model;

/** Anything that a topology lists: it has an identity within its list and remembers where it was written. */
public sealed interface Resource
        permits AddressScope,
                DvrHostMac,
                FloatingIpSpec,
                Host,
                Network,
                Port,
                Subnet,
                SubnetPool,
                VirtualRouter,
                WireNeighbor {
    Origin origin();

    /** @return what tells it from the others of its kind: the id, or a host's name */
    String id();
}
