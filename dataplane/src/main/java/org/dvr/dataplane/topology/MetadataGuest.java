package org.dvr.dataplane.topology;

import org.dvr.codec.net.Ipv4Address;

/**
 * An address of a guest behind one router, as the metadata proxy knows it. Guests of different projects may have the same address; each of them behind
 * each of its routers has a number of its own here.
 *
 * @param address of 240.0.0.0/16, that stands for the guest: source of its requests, destination of the answers
 * @param fixedIp the guest's own IPv4 address
 * @param port of the router, in the guest's subnet
 * @param mac MAC of the guest's port, low 48 bits
 * @param attachment where the guest is on this host, null where it is on another one
 */
public record MetadataGuest(int address, int fixedIp, RouterPort port, long mac, Attachment attachment) {
    /**
     * Does a packet with the guest's address come from the guest?
     *
     * @param ingress where it arrived
     * @param sourceMac as it arrived, low 48 bits
     * @return false where somebody else uses the address
     */
    public boolean isSentBy(final Attachment ingress, final long sourceMac) {
        return sourceMac == mac && (attachment == null || attachment == ingress);
    }

    @Override
    public String toString() {
        return Ipv4Address.toString(fixedIp) + " behind router " + port.router();
    }
}
