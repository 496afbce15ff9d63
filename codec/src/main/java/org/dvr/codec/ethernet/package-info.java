/**
 * Ethernet headers, VLAN tags and ether types.
 *
 * <p>A flyweight belongs to the thread that wraps it. Must not know what an Ethernet payload means.
 */
package org.dvr.codec.ethernet;
