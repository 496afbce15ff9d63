/**
 * Our source NAT against the kernel's: both are asked the same random traffic, packet by packet, and must answer alike but for what {@link
 * org.dvr.pcaps.netfilter.KnownDifference} names. The kernel sits behind a pipe ({@code recording/netfilter-router}); one thread owns everything.
 */
package org.dvr.pcaps.netfilter;
