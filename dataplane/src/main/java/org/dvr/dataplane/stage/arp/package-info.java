/**
 * ARP: the gateway, the responder, proxy ARP on external networks, our own address on the underlay (dvr.md §8).
 * Owned by one worker; it decides that an answer is given, never how its bytes look.
 */
package org.dvr.dataplane.stage.arp;
