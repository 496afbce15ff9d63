/**
 * Fragments of IPv4 packets: which parts of a packet have been seen, and with which ports its first one came.
 *
 * <p>A table belongs to one worker thread. Time is always an argument. The package does not know packets or frames: it is told where a fragment begins and
 * ends, and those that have to wait are kept by somebody else.
 */
package org.dvr.nat.fragment;
