package org.dvr.pcaps.testing;

import java.nio.file.Path;

/** The cast of dvr.md §9.0 as a topology document, and where the shipped scenarios lie. */
public final class Cast {
    private Cast() {}

    /** {@return the folder of the scenarios that ship} */
    public static Path scenarios() {
        return Path.of("scenarios").toAbsolutePath();
    }

    /** {@return the topology on VXLAN} */
    public static Path vxlan() {
        return scenarios().resolve("same-subnet/unicast-leaves-in-vxlan/topology.yaml");
    }
}
