package org.dvr.dataplane.frame;

/** Which stage looks at a frame next. Every stage answers with exactly one. */
public enum Next {
    /** {@code stage.bridge.IngressStage}: which segment, and may it enter. */
    INGRESS,
    /** {@code stage.arp.ArpStage}: answered here, learned from, or sent on. */
    ARP,
    /** {@code stage.arp.NeighborDiscoveryStage}: as ARP, for IPv6. */
    NEIGHBOR_DISCOVERY,
    /** {@code stage.bridge.ForwardStage}: by destination MAC. */
    FORWARD,
    /** {@code stage.router.RouteStage}: the qrouter. */
    ROUTE,
    /** {@code stage.fip.FipOutStage}: the fip namespace, from the router towards outside. */
    FIP_OUT,
    /** {@code stage.fip.FipInStage}: the fip namespace, from outside towards the router. */
    FIP_IN,
    /** {@code stage.central.CentralStage}: a SNAT side or a legacy router. */
    CENTRAL,
    /** {@code stage.neighbor.NeighborStage}: the next hop's MAC. */
    NEIGHBOR,
    /** {@code stage.metadata.MetadataOutStage}: to the metadata proxy. */
    METADATA_OUT,
    /** {@code stage.metadata.MetadataInStage}: from the metadata proxy. */
    METADATA_IN,
    /** The verdict is complete. */
    DONE
}
