/**
 * The host's devices, addresses, routes and neighbors as its kernel knows them, by rtnetlink: which devices there are and what becomes of them, how tunnel
 * peers are reached, and what is wrong with that at the start. Knows nothing of frames, stages and workers; what workers need leaves as an immutable
 * {@link org.dvr.dataplane.topology.UnderlayView}.
 *
 * <p>Thread: the supervisor's. Everything here may allocate and may wait for the kernel, never for the network unless it says so. A socket belongs to the
 * network namespace of the thread that opens it.
 */
package org.dvr.dataplane.io.netlink;
