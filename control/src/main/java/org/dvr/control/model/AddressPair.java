package org.dvr.control.model;

/**
 * An allowed address pair: what a port may use besides its own addresses.
 *
 * @param prefix address or prefix
 * @param mac low 48 bits, 0 = the port's own
 */
public record AddressPair(Prefix prefix, long mac) {}
