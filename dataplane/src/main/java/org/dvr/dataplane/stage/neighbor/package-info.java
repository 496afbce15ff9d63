/**
 * Who has the next hop: permanent neighbors, ARP, packets that wait for an answer (dvr.md §4.5, §8.3). Owned by
 * one worker; timers run on the time they are given.
 */
package org.dvr.dataplane.stage.neighbor;
