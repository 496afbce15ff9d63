/**
 * ARP packets for IPv4 over Ethernet (RFC 826).
 *
 * <p>A flyweight belongs to the thread that wraps it. Must not know who answers which request.
 */
package org.dvr.codec.arp;
