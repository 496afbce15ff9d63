/**
 * IPv4 and IPv6 headers, IPv6 extension headers and the Internet checksum (RFC 1071, updates by RFC 1624).
 *
 * <p>A flyweight or walker belongs to the thread that wraps it. Must not know transports or tunnels.
 */
package org.dvr.codec.ip;
