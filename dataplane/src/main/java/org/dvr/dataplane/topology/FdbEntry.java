package org.dvr.dataplane.topology;

/**
 * Where the control plane says that a MAC is. Exactly one of the references is set, as the kind tells.
 *
 * @param kind which of the others counts
 * @param attachment a port on this host, or a wire
 * @param peer the host behind which it is
 * @param routerPort the router port that has this MAC, on this host: an anycast gateway, or a central router's
 * @param externalPort the fg or gateway port that has this MAC, on this host
 */
public record FdbEntry(Kind kind, Attachment attachment, Peer peer, RouterPort routerPort, ExternalPort externalPort) {
    /** What a MAC leads to. */
    public enum Kind {
        /** A port bound to this host, or the wire of a VLAN or flat network behind which another host has it. */
        LOCAL,
        /** A port on another host, through the tunnel to it. */
        PEER,
        /** A distributed router's port: always here. */
        GATEWAY,
        /** A fip namespace's fg port, or a central router's gateway port, on this host. */
        EXTERNAL,
        /** A central router's tenant port (csnat port, or interface of a legacy router) on this host. */
        CENTRAL
    }

    /**
     * @param attachment a port on this host, or a wire
     * @return its entry
     */
    public static FdbEntry local(final Attachment attachment) {
        return new FdbEntry(Kind.LOCAL, attachment, null, null, null);
    }

    /**
     * @param peer another host
     * @return the entry of a port there
     */
    public static FdbEntry behind(final Peer peer) {
        return new FdbEntry(Kind.PEER, null, peer, null, null);
    }

    /**
     * @param routerPort a distributed router's port
     * @return its entry
     */
    public static FdbEntry gateway(final RouterPort routerPort) {
        return new FdbEntry(Kind.GATEWAY, null, null, routerPort, null);
    }

    /**
     * @param routerPort a central router's port
     * @return its entry
     */
    public static FdbEntry central(final RouterPort routerPort) {
        return new FdbEntry(Kind.CENTRAL, null, null, routerPort, null);
    }

    /**
     * @param externalPort a port of this host in an external network
     * @return its entry
     */
    public static FdbEntry external(final ExternalPort externalPort) {
        return new FdbEntry(Kind.EXTERNAL, null, null, null, externalPort);
    }
}
