/**
 * The fip namespace: floating IPs between a router and the external network, their translation included (dvr.md
 * §6.2, §7.1). Owned by one worker; packets leave it by a neighbor or for a router, never by a port.
 */
package org.dvr.dataplane.stage.fip;
