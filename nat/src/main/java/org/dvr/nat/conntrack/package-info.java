/**
 * Connection tracking: which connections live, in which state, until when, and what their packets are rewritten to.
 *
 * <p>A table and all its connections belong to one worker thread; nothing here is safe to share. Time is always an
 * argument. The package does not know packets, headers, floating IPs or routers: it is given tuples and gives back
 * tuples.
 */
package org.dvr.nat.conntrack;
