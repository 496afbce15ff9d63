package org.dvr.app.metadata;

import org.dvr.codec.net.Ipv4Address;
import org.dvr.dataplane.topology.MetadataGuest;
import org.dvr.dataplane.topology.MetadataPort;
import org.dvr.dataplane.topology.TopologyCell;

/** Whose request it is. Called by every thread of the proxy. */
@FunctionalInterface
public interface GuestLookup {
    /**
     * A guest as the metadata agent wants to know it.
     *
     * @param fixedIp  address of the guest, becomes {@code X-Forwarded-For}
     * @param routerId the router it asked by, becomes {@code X-Neutron-Router-ID}
     */
    record Guest(String fixedIp, String routerId) {}

    /**
     * Finds a guest.
     *
     * @param address where the request comes from, IPv4
     * @return null when the address stands for nobody
     */
    Guest find(int address);

    /**
     * By the numbers of the topology in force.
     *
     * @param topologies what is in force
     * @return finds guests that may ask at this moment
     */
    static GuestLookup of(final TopologyCell topologies) {
        return address -> {
            final MetadataPort port = topologies.acquire().metadata();
            final MetadataGuest guest = port == null ? null : port.guest(address);
            return guest == null
                    ? null
                    : new Guest(
                            Ipv4Address.toString(guest.fixedIp()),
                            guest.port().router().routerId());
        };
    }
}
