package org.dvr.dataplane.topology;

/**
 * A permanent IPv6 neighbor.
 *
 * @param mac low 48 bits
 * @param gateway the router port that has the address, null for everybody else's
 */
public record Neighbor6(long mac, RouterPort6 gateway) {}
