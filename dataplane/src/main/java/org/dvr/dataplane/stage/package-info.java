/**
 * The steps of a frame's way. Each stage reads facts and tables, fills in the verdict and says which stage comes next; none touches
 * the frame's bytes. One folder per place of the original:
 *
 * <ul>
 *   <li>{@code bridge}: br-int, br-tun and the physical bridges (dvr.md §4, §5)
 *   <li>{@code arp}: gateway ARP, ARP responder, proxy ARP (dvr.md §8)
 *   <li>{@code router}: qrouter (dvr.md §6.1)
 *   <li>{@code fip}: the fip namespace and floating-IP translation (dvr.md §6.2, §7.1)
 *   <li>{@code neighbor}: who has the next hop (dvr.md §4.5, §8.3)
 * </ul>
 *
 * <p>Owned by one worker. Stages know tables and the topology, no port and no clock.
 */
package org.dvr.dataplane.stage;
