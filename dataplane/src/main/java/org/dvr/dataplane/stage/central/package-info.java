/**
 * Central routers: the {@code snat-…} namespace of a distributed router on its network host, and legacy routers (dvr.md §6.3, §6.4, §7.2). Owned by one
 * worker; it knows no switch and no tunnel.
 */
package org.dvr.dataplane.stage.central;
