package org.dvr.dataplane.pipeline;

/**
 * The other workers of a host, as one worker's pipeline speaks to them. What is asked of neighbors and told to the outside is done once for the host, by its
 * leader: ARP requests and announcements. What one learns all get to know. Nobody waits for anybody: what cannot be told now is lost, and told or asked
 * again later.
 */
public interface Colleagues {
    /** A worker that is alone. */
    Colleagues NONE = new Colleagues() {
        @Override
        public boolean isLeader() {
            return true;
        }

        @Override
        public boolean hasOthers() {
            return false;
        }

        @Override
        public void heard(final int domain, final int ip, final long mac, final boolean makesKnown, final long nowNs) {}

        @Override
        public void asks(final int domain, final int ip, final int senderIp, final long senderMac) {}

        @Override
        public void lost(final int domain, final int ip) {}

        @Override
        public void seen(final int segmentId, final long mac, final int where, final long nowNs) {}
    };

    /** @return whether ARP and announcements are ours */
    boolean isLeader();

    /** @return whether there is anybody to tell */
    boolean hasOthers();

    /**
     * Tells all that a neighbor was heard of.
     *
     * @param domain segment id or that of the underlay
     * @param ip IPv4 address
     * @param mac low 48 bits
     * @param makesKnown false where only those take it up who know the neighbor already
     * @param nowNs when
     */
    void heard(int domain, int ip, long mac, boolean makesKnown, long nowNs);

    /**
     * Has the leader ask for a neighbor.
     *
     * @param domain segment id or that of the underlay
     * @param ip IPv4 address
     * @param senderIp sender address of requests
     * @param senderMac of the port that asks, low 48 bits; 0 on the underlay
     */
    void asks(int domain, int ip, int senderIp, long senderMac);

    /**
     * Tells all that a neighbor did not answer.
     *
     * @param domain segment id or that of the underlay
     * @param ip IPv4 address
     */
    void lost(int domain, int ip);

    /**
     * Tells all where a MAC was seen.
     *
     * @param segmentId 1 to 65,535
     * @param mac low 48 bits
     * @param where attachment or peer, as the learned FDB has it
     * @param nowNs when
     */
    void seen(int segmentId, long mac, int where, long nowNs);
}
