package org.dvr.control.model;

import java.util.Locale;

/** {@code agent_mode} of a host's L3 agent (dvr.md §2.1). */
public enum AgentMode {
    /** Centralized routers only; also a host without L3 agent. */
    LEGACY,
    /** Distributed routers, and the floating IPs of its own guests. */
    DVR,
    /** As {@link #DVR}, and the SNAT side, and legacy routers. */
    DVR_SNAT,
    /** Distributed routers without a leg in the external network. */
    DVR_NO_EXTERNAL;

    /**
     * @param label the name that Neutron gives it
     * @return the mode, null where there is none of that name
     */
    public static AgentMode of(final String label) {
        for (final AgentMode mode : values()) {
            if (mode.label().equals(label)) {
                return mode;
            }
        }
        return null;
    }

    /** @return the name Neutron gives it */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return true where distributed routers run */
    public boolean isDistributed() {
        return this != LEGACY;
    }

    /** @return true where SNAT sides of distributed routers, and the floating IPs that are translated there, can be */
    public boolean hasSnatSide() {
        return this == DVR_SNAT;
    }

    /** @return true where legacy routers can be */
    public boolean hasLegacyRouters() {
        return this == LEGACY || this == DVR_SNAT;
    }

    /** @return true where floating IPs of the host's own guests are translated */
    public boolean hasExternalLeg() {
        return this == DVR || this == DVR_SNAT;
    }
}
