package org.dvr.dataplane.topology;

/**
 * Where the control plane says that a MAC is. Exactly one of the references is set, as the kind tells.
 *
 * @param kind which of the others counts
 * @param attachment a port on this host, or a wire
 * @param peer the host behind which it is
 * @param routerPort the anycast gateway that has this MAC, on this host
 * @param externalPort the fip namespace whose fg port has this MAC, on this host
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
        /** The fip namespace's fg port on this host. */
        EXTERNAL
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
     * @param externalPort a fip namespace
     * @return the entry of its fg port
     */
    public static FdbEntry external(final ExternalPort externalPort) {
        return new FdbEntry(Kind.EXTERNAL, null, null, null, externalPort);
    }
}
