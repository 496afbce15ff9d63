package org.dvr.dataplane.topology;

/** What is behind an attachment point. */
public enum AttachmentKind {
    /** The device that carries the tunnels. */
    UNDERLAY,
    /** The device of a physical network, named by its label in {@code bridge_mappings}. */
    PHYSICAL,
    /** A port bound to this host: guest, DHCP server, load balancer. */
    GUEST,
    /** A device of the host's own stack, behind which the metadata proxy is. */
    METADATA
}
