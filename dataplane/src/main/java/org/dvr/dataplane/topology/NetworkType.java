package org.dvr.dataplane.topology;

import java.util.Locale;

/** How a network's frames travel between hosts ({@code provider:network_type}). */
public enum NetworkType {
    VXLAN(true),
    GRE(true),
    VLAN(false),
    FLAT(false),
    LOCAL(false);

    private final boolean isTunneled;

    NetworkType(final boolean isTunneled) {
        this.isTunneled = isTunneled;
    }

    /** @return true where frames leave the host inside a tunnel */
    public boolean isTunneled() {
        return isTunneled;
    }

    /** @return the name Neutron gives it */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
