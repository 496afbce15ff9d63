/**
 * TCP, UDP, ICMP and ICMPv6 headers, neighbor discovery included.
 *
 * <p>A flyweight belongs to the thread that wraps it. Must not know connections or what a message leads to.
 */
package org.dvr.codec.transport;
