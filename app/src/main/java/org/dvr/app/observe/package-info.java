/**
 * Looking into a running forwarder: the counters file, the admin socket and what it answers, the Prometheus endpoint, and the client side of all of it.
 *
 * <p>Runs on daemon threads of its own; workers are asked through their inboxes and never waited for without limit. It must not know the command line nor
 * how the forwarder is started: that is told by a {@link org.dvr.app.observe.ForwarderView}.
 */
package org.dvr.app.observe;
