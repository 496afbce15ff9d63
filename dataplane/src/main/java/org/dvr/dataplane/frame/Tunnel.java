package org.dvr.dataplane.frame;

/** How a frame was or will be wrapped on the underlay. */
public enum Tunnel {
    NONE,
    VXLAN,
    GRE
}
