package org.dvr.pcaps.netfilter;

/**
 * A frame that left a router.
 *
 * @param side by which leg
 * @param frame from its Ethernet header
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Sent(Side side, byte[] frame) {}
