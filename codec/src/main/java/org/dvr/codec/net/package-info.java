/**
 * Address primitives: a MAC in the low 48 bits of a {@code long}, an IPv4 address in an {@code int}, an IPv6
 * address in two {@code long}s.
 *
 * <p>Static functions of their arguments; any thread may call them. Predicates are hot, text is cold: parsing throws and
 * printing may allocate. Must not know headers or buffers.
 */
package org.dvr.codec.net;
