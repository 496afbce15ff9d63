package org.dvr.control.model;

import java.util.Locale;

/** {@code provider:network_type}: how a network's frames travel (dvr.md §1.1). */
public enum NetworkKind {
    VXLAN((1L << 24) - 1, 50),
    GRE((1L << 32) - 1, 42),
    VLAN(4094, 0),
    FLAT(0, 0),
    LOCAL(0, 0),
    /** Known to Neutron, not served here. */
    GENEVE((1L << 24) - 1, 50);

    private static final int LONGER_BY_IPV6 = 20; // its header is 40 bytes, IPv4's 20

    private final long highestId;
    private final int overhead;

    NetworkKind(final long highestId, final int overhead) {
        this.highestId = highestId;
        this.overhead = overhead;
    }

    /**
     * @param label the name that Neutron gives it
     * @return the kind, null where there is none of that name
     */
    public static NetworkKind of(final String label) {
        for (final NetworkKind kind : values()) {
            if (kind.label().equals(label)) {
                return kind;
            }
        }
        return null;
    }

    /** @return the name Neutron gives it */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return the highest segmentation id, 0 where the kind has none; the lowest is 1 */
    public long highestId() {
        return highestId;
    }

    /**
     * @param isIpv6 the tunnels run over IPv6
     * @return bytes that encapsulation takes from the underlay's MTU
     */
    public int overhead(final boolean isIpv6) {
        return isTunneled() && isIpv6 ? overhead + LONGER_BY_IPV6 : overhead;
    }

    public boolean isTunneled() {
        return this == VXLAN || this == GRE;
    }

    /** @return true where a physical network carries it */
    public boolean isPhysical() {
        return this == VLAN || this == FLAT;
    }
}
