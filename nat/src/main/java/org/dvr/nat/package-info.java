/**
 * What a connection remembers: the one door of the module, {@link org.dvr.nat.NatTranslator}.
 *
 * <p>Everything here belongs to one worker thread, does no I/O and reads no clock. It does not know frames: it answers
 * with the addresses and ports that a packet should wear, and somebody else writes them.
 */
package org.dvr.nat;
